//! A room for tests: say what somebody does and what comes of it. After every
//! step it checks what must hold of any step: the log read again gives the same
//! state, and whatever a viewer sees differently has another version.

use hemicycle_meeting::view::{self, Viewer};
use hemicycle_meeting::{
    Actor, Context, Decision, Event, Meta, ServerCommand, State, StoredPaper, Vouched, apply,
    decide, decide_server,
};
use hemicycle_protocol::ids::{
    Bytes, Hex, ItemId, Key, MemberId, Millis, PaperId, SeatId, Seq, Signature, VoteId,
};
use hemicycle_protocol::people::ClerkRole;
use hemicycle_protocol::refusal::{Code, Refusal};
use hemicycle_protocol::topic::{
    Agenda, Attendance, Display, Floor, ItemKind, Me, Next, Settings, Standing, Topic, TopicName,
    Vote, Votes,
};
use hemicycle_protocol::vote::{Ballot, Choice, Form, Method, Preset, Rule};
use hemicycle_protocol::wire::{Command, RosterRow, VoteSpec};
use std::collections::BTreeMap;

pub use hemicycle_protocol::vote::Choice::{Abstain, Against, For};

pub struct Room {
    pub state: State,
    pub log: Vec<(Event, Meta)>,
    pub now: i64,
    /// Compare all views after each step; off for large rooms.
    pub careful: bool,
}

/// Seats count from 1; the first is the chair's, attendees come last.
pub fn rows(members: u16, attendees: u16) -> Vec<RosterRow> {
    let row = |n: u16| RosterRow {
        seat: SeatId(n),
        name: format!("委员{n}"),
        title: String::new(),
        standing: if n <= members { Standing::Member } else { Standing::Attendee },
        chair: n == 1,
    };
    (1..=members + attendees).map(row).collect()
}

pub fn key(seat: u16) -> Key {
    let [a, b] = seat.to_be_bytes();
    let mut bytes = [7; 32];
    (bytes[0], bytes[1]) = (a, b);
    Hex(bytes)
}

pub fn file(n: u8) -> StoredPaper {
    StoredPaper { hash: Hex([n; 32]), bytes: Bytes(1000), pages: 3, substituted_fonts: vec![] }
}

pub fn motion(title: &str) -> VoteSpec {
    VoteSpec {
        title: title.into(),
        form: Form::Motion,
        method: Method::Recorded,
        rule: Rule::preset(Preset::Committee),
        seconds: None,
        signatories: 0,
    }
}

pub fn ballot(choice: Choice) -> Ballot {
    Ballot::Motion { choice }
}

impl Room {
    /// Made, nothing in it.
    pub fn empty() -> Self {
        let mut room = Self { state: State::new(), log: vec![], now: 1_000_000, careful: true };
        room.server(ServerCommand::CreateMeeting { id: Hex([1; 16]) }).unwrap();
        room
    }

    /// With people at their terminals.
    pub fn of(members: u16, attendees: u16) -> Self {
        let mut room = Self::empty();
        room.careful = members <= 40;
        room.clerk(Command::ImportRoster { people: rows(members, attendees), layout: vec![] });
        for seat in 1..=members + attendees {
            room.server(ServerCommand::Enrol { terminal: key(seat), seat: SeatId(seat) }).unwrap();
        }
        room
    }

    /// In session, with these seats signed in and one item being dealt with.
    pub fn in_session(members: u16, here: impl IntoIterator<Item = u16>) -> Self {
        let mut room = Self::of(members, 2);
        room.clerk(Command::OpenSignIn);
        here.into_iter().for_each(|seat| room.sign_in(seat));
        room.clerk(Command::OpenMeeting);
        let item = room.add_item("决定");
        room.clerk(Command::StartItem { item });
        room
    }

    pub fn ask(&mut self, actor: Actor, command: &Command) -> Result<Decision, Refusal> {
        self.vouched(actor, command, Vouched::Nothing)
    }

    /// With what the shell vouches for.
    pub fn vouched(
        &mut self,
        actor: Actor,
        command: &Command,
        vouched: Vouched,
    ) -> Result<Decision, Refusal> {
        let cx = Context { vouched, ..Context::new(Millis(self.now), actor.clone()) };
        let decision = decide(&self.state, command, &cx)?;
        self.commit(&decision, actor);
        Ok(decision)
    }

    pub fn server(&mut self, command: ServerCommand) -> Result<Decision, Refusal> {
        self.server_as(Actor::Server, command)
    }

    pub fn server_as(&mut self, actor: Actor, command: ServerCommand) -> Result<Decision, Refusal> {
        let cx = Context::new(Millis(self.now), actor.clone());
        let decision = decide_server(&self.state, command, &cx)?;
        self.commit(&decision, actor);
        Ok(decision)
    }

    fn commit(&mut self, decision: &Decision, who: Actor) {
        let before = if self.careful { self.sights() } else { BTreeMap::new() };
        for event in &decision.events {
            let seq = Seq(self.state.seq().0 + 1);
            let meta = Meta { seq, at: Millis(self.now), who: who.clone() };
            apply(&mut self.state, event, &meta);
            self.log.push((event.clone(), meta));
        }
        let after = if self.careful { self.sights() } else { BTreeMap::new() };
        for (what, (version, value)) in &after {
            if let Some((old_version, old_value)) = before.get(what) {
                assert!(
                    version != old_version || value == old_value,
                    "{what} changed without a new version by {:?}\n{old_value}\n{value}",
                    decision.events
                );
            }
        }
    }

    /// Everything that anybody sees.
    fn sights(&self) -> BTreeMap<String, (u64, String)> {
        let mut viewers = vec![Viewer::Hall, Viewer::Console];
        viewers.extend(self.state.people().iter().map(|p| view::viewer_at(&self.state, p.seat)));
        let mut sights = BTreeMap::new();
        for viewer in &viewers {
            for name in TopicName::ALL {
                // Seats differ in `me` only.
                let shared = matches!(viewer, Viewer::Seat(seat) if seat.0 > 2);
                if shared && name != TopicName::Me {
                    continue;
                }
                let Some(value) = view::topic(&self.state, name, viewer) else { continue };
                let version = view::version(&self.state, name, viewer).0;
                sights.insert(
                    format!("{name:?} for {viewer:?}"),
                    (version, serde_json::to_string(&value).unwrap()),
                );
            }
        }
        sights
    }

    // — who does something —

    pub fn as_clerk() -> Actor {
        Actor::Clerk { name: "罗晨".into(), role: ClerkRole::Clerk }
    }

    pub fn at(seat: u16) -> Actor {
        Actor::Seat { seat: SeatId(seat), terminal: key(seat) }
    }

    #[track_caller]
    pub fn clerk(&mut self, command: Command) -> Decision {
        match self.ask(Self::as_clerk(), &command) {
            Ok(decision) => decision,
            Err(refusal) => panic!("{command:?}: {refusal}"),
        }
    }

    #[track_caller]
    pub fn seat(&mut self, seat: u16, command: Command) -> Decision {
        match self.ask(Self::at(seat), &command) {
            Ok(decision) => decision,
            Err(refusal) => panic!("seat {seat}: {command:?}: {refusal}"),
        }
    }

    #[track_caller]
    pub fn clerk_refused(&mut self, command: Command, code: Code) {
        self.refused(Self::as_clerk(), command, code);
    }

    #[track_caller]
    pub fn seat_refused(&mut self, seat: u16, command: Command, code: Code) {
        self.refused(Self::at(seat), command, code);
    }

    #[track_caller]
    pub fn refused(&mut self, actor: Actor, command: Command, code: Code) {
        match self.ask(actor, &command) {
            Ok(decision) => panic!("{command:?}: accepted with {decision:?}, not {code:?}"),
            Err(refusal) => assert_eq!(refusal.code, code, "{command:?}: {refusal}"),
        }
    }

    // — what is done often —

    #[track_caller]
    pub fn sign_in(&mut self, seat: u16) {
        self.seat(
            seat,
            Command::SignIn { signature: Signature::default(), pin: None, drawing: None },
        );
    }

    #[track_caller]
    pub fn add_item(&mut self, title: &str) -> ItemId {
        let (title, short, kind) = (title.into(), String::new(), ItemKind::Decision);
        ItemId(self.clerk(Command::AddItem { title, short, kind }).made.unwrap())
    }

    #[track_caller]
    pub fn add_paper(&mut self, item: ItemId, n: u8) -> PaperId {
        self.server(ServerCommand::StorePaper(file(n))).unwrap();
        let (title, hash) = (format!("文件{n}"), file(n).hash);
        PaperId(
            self.clerk(Command::AddPaper { item, title, hash, terms: Default::default() })
                .made
                .unwrap(),
        )
    }

    /// Adds a vote to the first item.
    #[track_caller]
    pub fn add_vote(&mut self, spec: VoteSpec) -> VoteId {
        VoteId(self.clerk(Command::AddVote { item: ItemId(1), spec }).made.unwrap())
    }

    #[track_caller]
    pub fn open(&mut self, spec: VoteSpec) -> VoteId {
        let vote = self.add_vote(spec);
        self.clerk(Command::OpenVote { vote });
        vote
    }

    #[track_caller]
    pub fn cast(&mut self, seat: u16, vote: VoteId, choice: Choice) {
        self.seat(seat, casting(vote, ballot(choice)));
    }

    #[track_caller]
    pub fn close(&mut self, vote: VoteId) {
        self.clerk(Command::CloseVote { vote });
    }

    #[track_caller]
    pub fn settings(&mut self, change: impl FnOnce(&mut Settings)) {
        let mut settings = self.state.settings().clone();
        change(&mut settings);
        self.clerk(Command::SetSettings { settings });
    }

    // — what is seen —

    pub fn sees(&self, topic: TopicName, viewer: Viewer) -> Option<Topic> {
        view::topic(&self.state, topic, &viewer)
    }

    pub fn vote(&self, viewer: Viewer) -> Option<Vote> {
        match self.sees(TopicName::Vote, viewer) {
            Some(Topic::Vote(vote)) => vote,
            other => panic!("{other:?}"),
        }
    }

    pub fn votes(&self, viewer: Viewer) -> Votes {
        match self.sees(TopicName::Votes, viewer) {
            Some(Topic::Votes(votes)) => votes,
            other => panic!("{other:?}"),
        }
    }

    pub fn agenda(&self) -> Agenda {
        match self.sees(TopicName::Agenda, Viewer::Console) {
            Some(Topic::Agenda(agenda)) => agenda,
            other => panic!("{other:?}"),
        }
    }

    pub fn attendance(&self) -> Attendance {
        match self.sees(TopicName::Attendance, Viewer::Console) {
            Some(Topic::Attendance(attendance)) => attendance,
            other => panic!("{other:?}"),
        }
    }

    pub fn floor(&self) -> Floor {
        match self.sees(TopicName::Floor, Viewer::Hall) {
            Some(Topic::Floor(floor)) => floor,
            other => panic!("{other:?}"),
        }
    }

    pub fn display(&self) -> Display {
        match self.sees(TopicName::Display, Viewer::Hall) {
            Some(Topic::Display(display)) => display,
            other => panic!("{other:?}"),
        }
    }

    pub fn next(&self) -> Next {
        match self.sees(TopicName::Next, Viewer::Console) {
            Some(Topic::Next(next)) => next,
            other => panic!("{other:?}"),
        }
    }

    pub fn me(&self, seat: u16) -> Me {
        match self.sees(TopicName::Me, Viewer::Seat(SeatId(seat))) {
            Some(Topic::Me(me)) => me,
            other => panic!("{other:?}"),
        }
    }

    /// The log, written and read, gives the same state.
    pub fn check_replay(&self) {
        let mut again = State::new();
        for (event, meta) in &self.log {
            let text = serde_json::to_string(event).unwrap();
            let read: Event = serde_json::from_str(&text).unwrap();
            assert_eq!(&read, event);
            apply(&mut again, &read, meta);
        }
        assert!(again == self.state, "replay differs");
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.check_replay();
        }
    }
}

pub fn casting(vote: VoteId, ballot: Ballot) -> Command {
    Command::Cast { vote, ballot, signature: Signature::default() }
}

pub fn member(n: u32) -> MemberId {
    MemberId(n)
}
