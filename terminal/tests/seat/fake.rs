//! A small server: the state of the topics, and a seat beside it. What the
//! server says goes straight into the seat; what the seat sends is kept until
//! the scene asks for it. Nothing is answered unless a scene says so.

use hemicycle_protocol::identity::{
    Identity, Presence, Receipt, RecordedBallot, fingerprint, verify,
};
use hemicycle_protocol::ids::*;
use hemicycle_protocol::refusal::Code;
use hemicycle_protocol::topic::*;
use hemicycle_protocol::vote::{Ballot, Form, Method, Nominee, PersonAction, Preset, Rule};
use hemicycle_protocol::wire::{
    self, Answer, Ask, Command, Done, Down, Reply, Role, SignedReceipt, TopicFrame, Up,
    VouchedCertificate,
};
use hemicycle_terminal::screen::{self, Page, Screen};
use hemicycle_terminal::seat::{Channel, Effect, Msg, State};
use hemicycle_terminal::touch::Touch;

pub const MEETING: MeetingId = Hex([0x4d; 16]);
pub const SEAT: SeatId = SeatId(12);
pub const START: i64 = 1_787_706_000_000; // 2026-08-26 09:00 in Beijing

/// Every page, by the name that `Room::page_name` gives it.
pub const PAGES: [&str; 15] = [
    "starting",
    "message",
    "rooms",
    "standby",
    "sign-in",
    "agenda",
    "reader",
    "vote",
    "list",
    "plurality",
    "submitted",
    "result",
    "pause",
    "chair",
    "ended",
];

/// The seat, and everything outside of it.
pub struct Room {
    pub server: Identity,
    pub seat: State,
    pub now: i64,
    /// The server's run.
    pub run: RunId,
    versions: u64,
    /// What the seat wanted done since the last look.
    pub effects: Vec<Effect>,
    pub meeting: Meeting,
    pub me: Me,
    pub agenda: Agenda,
    pub vote: Option<Vote>,
}

impl Room {
    /// A seat that nobody has spoken to.
    pub fn silent() -> Self {
        let seat = State::new(Identity::from_secret(&[12; 32]), [1; 32], Millis(START));
        let mut room = Room {
            server: Identity::from_secret(&[99; 32]),
            seat,
            now: START,
            run: Hex([0x52; 8]),
            versions: 0,
            effects: vec![],
            meeting: meeting(),
            me: me(),
            agenda: agenda(),
            vote: None,
        };
        room.effects = room.seat.start();
        room
    }

    /// A member at seat 12, connected, before sign-in opens.
    pub fn connected() -> Self {
        let mut room = Self::silent();
        room.connect();
        room
    }

    /// The same, signed in, with the meeting in session at item 4.
    pub fn in_session() -> Self {
        let mut room = Self::silent();
        room.meeting.phase = Phase::InSession;
        room.me.signed_in = true;
        room.me.lock = Some(lock(true));
        room.connect();
        room
    }

    /// The same, with a vote open.
    pub fn voting(form: Form) -> Self {
        let mut room = Self::in_session();
        room.open_vote(vote(7, form));
        room
    }

    pub fn msg(&mut self, msg: Msg) {
        let effects = self.seat.update(msg, Millis(self.now));
        self.effects.extend(effects);
    }

    pub fn touch(&mut self, touch: Touch) {
        self.msg(Msg::Touch(touch));
    }

    pub fn say(&mut self, down: Down) {
        self.msg(Msg::Received(Box::new(down)));
    }

    pub fn topic(&mut self, topic: Topic) {
        self.versions += 1;
        self.say(Down::Topic(TopicFrame { version: Version(self.versions), topic }));
    }

    pub fn greet(&mut self) {
        self.msg(Msg::LinkUp(Channel::Within));
        self.say_greeting(None);
    }

    pub fn say_greeting(&mut self, certificate: Option<VouchedCertificate>) {
        let (server, nonce, room) = (self.server.key(), Hex([5; 32]), "东厅".into());
        self.say(Down::Greeting { protocol: wire::VERSION, server, room, nonce, certificate });
    }

    pub fn welcome(&mut self, meeting: MeetingId) {
        let pairing = Some(Hex([6; 32]));
        let run = Some(self.run);
        self.say(Down::Welcome { meeting, run, now: Millis(self.now), pairing });
    }

    /// Greeting, welcome and all topics, as after the first `hello`.
    pub fn connect(&mut self) {
        self.greet();
        self.welcome(self.meeting.id);
        self.topics();
    }

    pub fn topics(&mut self) {
        self.topic(Topic::Meeting(self.meeting.clone()));
        self.topic(Topic::Agenda(self.agenda.clone()));
        self.topic(Topic::Attendance(attendance()));
        self.topic(Topic::Vote(self.vote.clone()));
        self.topic(Topic::Floor(Floor::default()));
        self.topic(Topic::Notice(None));
        self.topic(Topic::Me(self.me.clone()));
    }

    /// The socket breaks, and is there again; the server has nothing new.
    pub fn come_back(&mut self) {
        self.msg(Msg::LinkDown);
        self.greet();
        self.welcome(MEETING);
    }

    pub fn open_vote(&mut self, vote: Vote) {
        self.me.may_vote = true;
        self.me.ballot = None;
        self.vote = Some(vote);
        self.topic(Topic::Vote(self.vote.clone()));
        self.topic(Topic::Me(self.me.clone()));
    }

    /// The same vote in another state, with whatever else changes.
    pub fn move_vote(&mut self, state: VoteState, change: impl FnOnce(&mut Vote)) {
        let vote = self.vote.as_mut().expect("a vote stands");
        vote.state = state;
        change(vote);
        self.topic(Topic::Vote(self.vote.clone()));
    }

    pub fn choose(&mut self, choice: u8) {
        self.touch(Touch::Choose { question: 0, choice });
    }

    /// Chooses 赞成 and submits; the command that was sent.
    pub fn cast(&mut self) -> Ask {
        self.choose(0);
        self.effects.clear();
        self.touch(Touch::Submit);
        self.only_command()
    }

    pub fn wait(&mut self, ms: i64) {
        self.now += ms;
        self.msg(Msg::Tick);
    }

    pub fn answer(&mut self, id: CommandId, answer: Answer) {
        self.say(Down::Reply(Reply { id, answer }));
    }

    pub fn refuse(&mut self, id: CommandId, code: Code) {
        self.answer(id, Answer::Refused(code.into()));
    }

    /// The receipt that an honest server gives for this command.
    pub fn receipt(&self, ask: &Ask) -> SignedReceipt {
        self.receipt_of(&self.statement(ask))
    }

    pub fn receipt_of(&self, ballot: &RecordedBallot) -> SignedReceipt {
        let receipt = Receipt {
            meeting: ballot.meeting,
            vote: ballot.vote,
            seat: ballot.seat,
            ballot: fingerprint(ballot),
            seq: Seq(41),
            at: Millis(self.now),
        };
        let signature = self.server.sign(&receipt);
        SignedReceipt { receipt, signature }
    }

    pub fn confirm(&mut self, ask: &Ask) {
        let receipt = Some(self.receipt(ask));
        self.answer(ask.id, Answer::Ok(Done { seq: Seq(41), made: None, receipt }));
    }

    /// The statement that a `cast` command stands for, with its signature checked.
    pub fn statement(&self, ask: &Ask) -> RecordedBallot {
        let Command::Cast { vote, ballot, signature } = &ask.command else {
            panic!("not a ballot: {:?}", ask.command);
        };
        let person = self.me.person.as_ref().expect("a person sits here");
        let statement = RecordedBallot {
            meeting: self.meeting.id,
            vote: *vote,
            member: person.member,
            seat: self.me.seat.expect("a seat"),
            ballot: ballot.clone(),
        };
        verify(&self.seat.key(), &statement, signature).expect("the seat signed its ballot");
        statement
    }

    pub fn screen(&self) -> Screen {
        screen::screen(&self.seat)
    }

    pub fn page(&self) -> Page {
        self.screen().page
    }

    /// The name of the page, for short comparisons.
    pub fn page_name(&self) -> &'static str {
        match self.page() {
            Page::Starting { .. } => "starting",
            Page::Message(_) => "message",
            Page::Rooms(_) => "rooms",
            Page::Standby(_) => "standby",
            Page::SignIn(_) => "sign-in",
            Page::Agenda(_) => "agenda",
            Page::Reader(_) => "reader",
            Page::Vote(_) => "vote",
            Page::List(_) => "list",
            Page::Plurality(_) => "plurality",
            Page::Submitted(_) => "submitted",
            Page::Result(_) => "result",
            Page::Pause(_) => "pause",
            Page::Chair(_) => "chair",
            Page::Ended(_) => "ended",
        }
    }

    pub fn banner(&self) -> String {
        self.screen().banner.map(|b| format!("{}：{}", b.title, b.body)).unwrap_or_default()
    }

    /// Everything on the screen as one text.
    pub fn shown(&self) -> String {
        format!("{:?}", self.screen())
    }

    pub fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// The commands that were sent since the last look.
    pub fn commands(&mut self) -> Vec<Ask> {
        self.take_effects()
            .into_iter()
            .filter_map(|e| match e {
                Effect::Send(Up::Command(ask)) => Some(ask),
                _ => None,
            })
            .collect()
    }

    pub fn only_command(&mut self) -> Ask {
        let mut commands = self.commands();
        assert_eq!(commands.len(), 1, "one command was expected: {commands:?}");
        commands.remove(0)
    }

    /// The `hello` that was sent, with its signature checked.
    pub fn hello(&mut self) -> wire::Hello {
        self.hello_bound_to(None)
    }

    /// The same, good for one connection.
    pub fn hello_bound_to(&mut self, binding: Option<Hash>) -> wire::Hello {
        let hello = self.take_effects().into_iter().find_map(|e| match e {
            Effect::Send(Up::Hello(hello)) => Some(hello),
            _ => None,
        });
        let hello = hello.expect("the seat says hello");
        let Role::Seat { terminal, signature, .. } = &hello.role else { panic!("a seat speaks") };
        let (server, nonce) = (self.server.key(), Hex([5; 32]));
        let presence = Presence { server, nonce, terminal: *terminal, binding };
        verify(terminal, &presence, signature).expect("the seat signed its presence");
        hello
    }
}

pub fn meeting() -> Meeting {
    Meeting {
        id: MEETING,
        title: "安平区第七届人大常委会第二十三次会议".into(),
        body: "安平区人大常委会".into(),
        place: "常委会会议厅".into(),
        starts_at: "2026-08-26T09:00".into(),
        phase: Phase::Preparing,
        settings: Settings::default(),
        people: 31,
    }
}

pub fn person() -> Person {
    Person {
        member: MemberId(12),
        seat: SEAT,
        name: "陈望舒".into(),
        title: "区人大常委会委员".into(),
        standing: Standing::Member,
        chair: false,
    }
}

pub fn me() -> Me {
    Me { seat: Some(SEAT), person: Some(person()), lock: Some(lock(false)), ..Me::default() }
}

/// What papers are kept under; with the key for who has signed in.
pub fn lock(open: bool) -> PaperLock {
    PaperLock { lock: Hex([0x10; 32]), key: open.then(|| PaperKey::new(&[0x11; 32])) }
}

pub fn attendance() -> Attendance {
    Attendance {
        members: 31,
        present: 28,
        on_leave: 2,
        missing: 1,
        attendees: 4,
        quorum: 16,
        has_quorum: true,
        here: Bits::collect((0..31).map(|i| i < 28)),
        leave: Bits::collect((0..31).map(|i| i >= 29)),
    }
}

pub fn roll() -> Roll {
    let people = (1..=31u16).map(|n| Person {
        member: MemberId(n.into()),
        seat: SeatId(n),
        name: if n == 12 { "陈望舒".into() } else { format!("委员{n}") },
        title: "区人大常委会委员".into(),
        standing: Standing::Member,
        chair: n == 1,
    });
    let layout = (1..=31).map(|n| Place { seat: SeatId(n), x: n % 8 * 2, y: n / 8 * 2 });
    Roll { people: people.collect(), layout: layout.collect() }
}

/// Six items; the fourth is being dealt with. Papers 41 and 42 belong to it, 10 · n to the others.
pub fn agenda() -> Agenda {
    let item = |n: u32| Item {
        id: ItemId(n),
        rev: 1,
        title: format!("审议第{n}项议题的全称"),
        short: format!("议题{n}"),
        kind: ItemKind::Decision,
        state: match n {
            0..=3 => ItemState::Done,
            4 => ItemState::Current,
            _ => ItemState::Waiting,
        },
        papers: match n {
            4 => vec![paper(41), paper(42)],
            6 => vec![],
            _ => vec![paper(n * 10)],
        },
        votes: vec![],
    };
    Agenda { items: (1..=6).map(item).collect() }
}

pub fn paper(id: u32) -> Paper {
    Paper {
        id: PaperId(id),
        title: format!("文件{id}"),
        hash: hash(id),
        bytes: Bytes(1000),
        pages: 12,
        version: 1,
        replaced_at: None,
        substituted_fonts: vec![],
        terms: PaperTerms::default(),
        changed: vec![],
        earlier: vec![],
    }
}

pub fn hash(id: u32) -> Hash {
    let mut bytes = [0; 32];
    bytes[..4].copy_from_slice(&id.to_be_bytes());
    Hex(bytes)
}

pub fn vote(id: u32, form: Form) -> Vote {
    let preset = match form {
        Form::Motion | Form::Personnel { .. } => Preset::Committee,
        Form::Satisfaction { .. } => Preset::Survey,
        Form::Plurality { .. } => Preset::Plurality,
    };
    Vote {
        id: VoteId(id),
        rev: 1,
        item: ItemId(4),
        title: "关于批准2026年区级预算调整方案的决议（草案）".into(),
        form,
        method: Method::Recorded,
        rule: Rule::preset(preset),
        signatories: 0,
        state: VoteState::Open,
        opened_at: Some(Millis(START)),
        ends_at: None,
        seconds_left: None,
        members: 31,
        present: 28,
        roll: 28,
        cast: 3,
        threshold: Some(16),
        count: None,
        unpressed: None,
        verdict: None,
        counted_by: CountedBy::Terminals,
        reason: None,
        by_name: None,
        papers: vec![],
        secret: None,
        log: None,
    }
}

pub fn nominees(n: usize) -> Vec<Nominee> {
    let names = ["林知远", "周若水", "吴越", "郑大川", "冯雨桐", "褚明"];
    let nominee = |name: &&str| Nominee {
        name: (*name).into(),
        action: PersonAction::DecideAppointment,
        post: "区人民政府副区长".into(),
    };
    names.iter().take(n).map(nominee).collect()
}

/// Another ballot of the person at this seat, as from another terminal.
pub fn ballot_against(room: &Room) -> RecordedBallot {
    RecordedBallot {
        meeting: room.meeting.id,
        vote: room.vote.as_ref().expect("a vote stands").id,
        member: MemberId(12),
        seat: SEAT,
        ballot: Ballot::Motion { choice: hemicycle_protocol::vote::Choice::Against },
    }
}
