//! Anything in any order. The seat must never panic, nothing in it may grow
//! without end, and 已提交 may stand on the screen only for a ballot whose
//! receipt was verified: the model beside it knows which those are.

use crate::fake::*;
use hemicycle_protocol::identity::{RecordedBallot, fingerprint};
use hemicycle_protocol::ids::*;
use hemicycle_protocol::ink::{Colour, NotesKey, SealedPage, Stroke, Tool};
use hemicycle_protocol::refusal::Code;
use hemicycle_protocol::topic::*;
use hemicycle_protocol::vote::{Count, Form, Method, Outcome, Tally, Verdict};
use hemicycle_protocol::wire::{Answer, Ask, Command, Done, Down, Up};
use hemicycle_terminal::screen::{BitmapId, Language, Page, ReceiptState, SubmitState};
use hemicycle_terminal::seat::{Channel, Effect, Facts, Half, MOST_PENDING, Msg, PenTool};
use hemicycle_terminal::touch::{ChairView, ServiceKind, Touch};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// One thing that happens.
#[derive(Debug, Clone)]
pub enum Happening {
    Link(bool),
    Greet {
        stranger: bool,
    },
    Welcome {
        other: bool,
        now: i64,
    },
    Goodbye(Code),
    Meeting {
        phase: Phase,
        people: u32,
        starts_at: String,
    },
    Me {
        seated: u8,
        signed_in: bool,
        may_vote: bool,
        chair: bool,
        ballot: Option<Told>,
    },
    Agenda {
        current: u32,
        replaced: bool,
        empty: bool,
    },
    Vote(Option<VoteNow>),
    Next(Option<Step>),
    /// An answer about notes, asked for or not.
    Notes {
        refused: bool,
    },
    Floor {
        since: i64,
        waiting: u32,
        shown: Option<(u32, u32, u32)>,
    },
    Notice(i64),
    Roll,
    Answer {
        to: prop::sample::Index,
        with: Told,
    },
    Refuse {
        to: prop::sample::Index,
        code: Code,
    },
    Paper {
        id: u32,
        what: u8,
        pages: Vec<(u32, u32)>,
        text: Option<(u16, u16)>,
    },
    Drawn(BitmapId),
    Touch(Touch),
    Time(i64),
}

#[derive(Debug, Clone)]
pub struct VoteNow {
    id: u32,
    form: u8,
    state: VoteState,
    secret: bool,
    ends_at: Option<i64>,
    counted: bool,
}

/// What a receipt is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    True,
    Forged,
    OtherBallot,
    OtherSeat,
    OtherVote,
    Missing,
}

fn number() -> impl Strategy<Value = i64> {
    prop_oneof![
        Just(i64::MIN),
        Just(i64::MAX),
        Just(0),
        START - 100_000..START + 100_000,
        any::<i64>()
    ]
}

fn told() -> impl Strategy<Value = Told> {
    prop_oneof![
        5 => Just(Told::True),
        1 => Just(Told::Forged),
        1 => Just(Told::OtherBallot),
        1 => Just(Told::OtherSeat),
        1 => Just(Told::OtherVote),
        1 => Just(Told::Missing),
    ]
}

fn code() -> impl Strategy<Value = Code> {
    prop::sample::select(Code::ALL)
}

fn vote_now() -> impl Strategy<Value = VoteNow> {
    let states = prop_oneof![
        6 => Just(VoteState::Open),
        1 => Just(VoteState::Prepared),
        1 => Just(VoteState::Paused),
        2 => Just(VoteState::Closed),
        2 => Just(VoteState::Declared),
        1 => Just(VoteState::Annulled),
    ];
    let form = prop_oneof![6 => Just(0u8), 4 => 1..4u8];
    (1..4u32, form, states, prop::bool::weighted(0.05), prop::option::of(number()), any::<bool>())
        .prop_map(|(id, form, state, secret, ends_at, counted)| VoteNow {
            id,
            form,
            state,
            secret,
            ends_at,
            counted,
        })
}

fn step() -> impl Strategy<Value = Step> {
    let (item, vote) = (ItemId(4), VoteId(1));
    prop::sample::select(vec![
        Step::OpenSignIn,
        Step::OpenMeeting,
        Step::StartItem { item },
        Step::OpenVote { vote },
        Step::CloseVote { vote },
        Step::BreakTie { vote },
        Step::DeclareVote { vote },
        Step::CloseMeeting,
    ])
}

fn touch() -> impl Strategy<Value = Touch> {
    let views = [
        ChairView::Overview,
        ChairView::Steps,
        ChairView::Missing,
        ChairView::Queue,
        ChairView::Announcement,
    ];
    prop_oneof![
        8 => (0..4u16, 0..4u8).prop_map(|(question, choice)| Touch::Choose { question, choice }),
        8 => Just(Touch::Submit),
        4 => prop::sample::select(vec![41u32, 42, 10, 99]).prop_map(Touch::OpenPaper),
        12 => prop::sample::select(vec![
            Touch::Wake,
            Touch::SignIn,
            Touch::OpenAgenda,
            Touch::OpenVotePage,
            Touch::OpenSpeak,
            Touch::OpenService,
            Touch::OpenTextSize,
            Touch::OpenChair,
            Touch::CloseSheet,
            Touch::ClosePaper,
            Touch::PageNext,
            Touch::PagePrev,
            Touch::ZoomIn,
            Touch::ZoomOut,
            Touch::FitWidth,
            Touch::FollowPresenter(true),
            Touch::BackToPapers,
            Touch::AskToSpeak,
            Touch::WithdrawSpeech,
            Touch::CancelService,
            Touch::Language(Language::En),
            Touch::RetryNow,
            Touch::OtherRoom,
            Touch::PickRoom(Hex([7; 32])),
            Touch::Dismiss,
            Touch::ChairNext,
            Touch::TieChosen { adopted: true },
            Touch::TieChosen { adopted: false },
            Touch::EndFloor,
            Touch::FollowPresenter(true),
            Touch::FollowPresenter(false),
            Touch::PointAt { x: 300.0, y: 200.0 },
            Touch::ReadBeside(true),
            Touch::ReadBeside(false),
            Touch::ReadTwo(true),
            Touch::ReadTwo(false),
            Touch::TakeHalf(Half::Left),
            Touch::TakeHalf(Half::Right),
            Touch::CloseHalf(Half::Left),
            Touch::CloseHalf(Half::Right),
            Touch::OpenPen,
            Touch::ClosePen,
            Touch::TakeTool(PenTool::Blue),
            Touch::TakeTool(PenTool::Marker),
            Touch::TakeTool(PenTool::Eraser),
            Touch::TakeTool(PenTool::Point),
            Touch::PenDown { x: 300.0, y: 200.0 },
            Touch::PenMove { x: 900.0, y: f32::NAN },
            Touch::PenMove { x: -9e9, y: 700.0 },
            Touch::PenUp { x: 500.0, y: 300.0 },
            Touch::PenCancel,
            Touch::Undo,
            Touch::Redo,
            Touch::ExportNotes,
        ]),
        1 => any::<u16>().prop_map(Touch::OpenItem),
        1 => any::<u32>().prop_map(Touch::GoToPage),
        1 => any::<f32>().prop_map(Touch::PinchZoom),
        1 => any::<(f32, f32)>().prop_map(|(x, y)| Touch::ScrollTo { x, y }),
        1 => any::<(u32, u32)>().prop_map(|(width, height)| Touch::ReaderSized { width, height }),
        1 => any::<(u32, u32)>().prop_map(|(first, last)| Touch::ThumbnailsSeen { first, last }),
        1 => any::<u8>().prop_map(Touch::TextSize),
        1 => prop::sample::select(&ServiceKind::ALL[..]).prop_map(Touch::CallService),
        1 => prop::sample::select(views.to_vec()).prop_map(Touch::ChairShow),
        1 => (0..30u32).prop_map(|seat| Touch::GiveFloor { seat }),
    ]
}

fn happening() -> impl Strategy<Value = Happening> {
    let phases = prop_oneof![
        6 => Just(Phase::InSession),
        1 => Just(Phase::Preparing),
        1 => Just(Phase::SignIn),
        1 => Just(Phase::Adjourned),
        1 => Just(Phase::Closed),
    ];
    let texts = prop_oneof![Just("2026-08-26T09:00".to_owned()), "[0-9T:-]{0,24}", ".{0,8}"];
    let seated = prop_oneof![8 => Just(0u8), 1 => 1..4u8];
    let yes = || prop::bool::weighted(0.85);
    let me = (seated, yes(), yes(), prop::bool::weighted(0.2), prop::option::weighted(0.3, told()))
        .prop_map(|(seated, signed_in, may_vote, chair, ballot)| Happening::Me {
            seated,
            signed_in,
            may_vote,
            chair,
            ballot,
        });
    let sizes = prop::collection::vec(any::<(u32, u32)>(), 0..4);
    let paper = (
        prop::sample::select(vec![41u32, 42, 410, 99]),
        0..5u8,
        sizes,
        prop::option::of(any::<(u16, u16)>()),
    )
        .prop_map(|(id, what, pages, text)| Happening::Paper { id, what, pages, text });
    let bitmap = (prop::sample::select(vec![41u32, 42]), 0..4u32, any::<u32>(), 0..3u32).prop_map(
        |(paper, page, width, generation)| {
            Happening::Drawn(BitmapId { paper, page, width: width % 300, generation, turn: 0 })
        },
    );
    prop_oneof![
        2 => prop::bool::weighted(0.4).prop_map(Happening::Link),
        2 => prop::bool::weighted(0.1).prop_map(|stranger| Happening::Greet { stranger }),
        3 => (prop::bool::weighted(0.1), prop_oneof![4 => Just(START), 1 => number()])
            .prop_map(|(other, now)| Happening::Welcome { other, now }),
        1 => code().prop_map(Happening::Goodbye),
        1 => (phases, any::<u32>(), texts)
            .prop_map(|(phase, people, starts_at)| Happening::Meeting { phase, people, starts_at }),
        4 => me,
        2 => (0..7u32, any::<bool>(), prop::bool::weighted(0.1))
            .prop_map(|(current, replaced, empty)| Happening::Agenda { current, replaced, empty }),
        6 => prop::option::weighted(0.9, vote_now()).prop_map(Happening::Vote),
        1 => prop::option::of(step()).prop_map(Happening::Next),
        1 => (number(), 0..30u32, proptest::option::of((1..14u32, 39..44u32, 0..20u32)))
            .prop_map(|(since, waiting, shown)| Happening::Floor { since, waiting, shown }),
        1 => number().prop_map(Happening::Notice),
        1 => Just(Happening::Roll),
        2 => any::<bool>().prop_map(|refused| Happening::Notes { refused }),
        6 => (any::<prop::sample::Index>(), told())
            .prop_map(|(to, with)| Happening::Answer { to, with }),
        2 => (any::<prop::sample::Index>(), code())
            .prop_map(|(to, code)| Happening::Refuse { to, code }),
        3 => paper,
        1 => bitmap,
        16 => touch().prop_map(Happening::Touch),
        2 => prop_oneof![0..10_000i64, number()].prop_map(Happening::Time),
    ]
}

/// The seat with a model of what it may claim.
pub struct World {
    pub room: Room,
    stranger: hemicycle_protocol::identity::Identity,
    asks: Vec<Ask>,
    /// Meeting, vote and ballot of every true receipt that the server gave.
    receipts: BTreeSet<(MeetingId, VoteId, Hash)>,
    meeting: MeetingId,
    linked: bool,
}

impl World {
    fn new() -> Self {
        let room = Room::in_session();
        let stranger = hemicycle_protocol::identity::Identity::from_secret(&[98; 32]);
        Self {
            room,
            stranger,
            asks: vec![],
            receipts: BTreeSet::new(),
            meeting: MEETING,
            linked: true,
        }
    }

    /// At a vote that is open.
    pub fn voting() -> Self {
        let mut world = Self::new();
        world.room.open_vote(vote(1, Form::Motion));
        world
    }

    pub fn happen(&mut self, what: Happening) {
        let room = &mut self.room;
        match what {
            Happening::Link(up) => {
                self.linked = up;
                room.msg(if up { Msg::LinkUp(Channel::Within) } else { Msg::LinkDown });
            }
            Happening::Greet { stranger } => {
                // Nobody greets where there is no connection.
                if !std::mem::replace(&mut self.linked, true) {
                    room.msg(Msg::LinkUp(Channel::Within));
                }
                let server = if stranger { self.stranger.key() } else { room.server.key() };
                let (room_name, nonce) = ("东厅".to_owned(), Hex([5; 32]));
                let certificate = None;
                room.say(Down::Greeting {
                    protocol: 1,
                    server,
                    room: room_name,
                    nonce,
                    certificate,
                });
            }
            Happening::Welcome { other, now } => {
                self.meeting = if other { Hex([0x4e; 16]) } else { MEETING };
                room.meeting.id = self.meeting;
                let (meeting, run) = (self.meeting, Some(Hex([other.into(); 8])));
                room.say(Down::Welcome { meeting, run, now: Millis(now), pairing: None });
            }
            Happening::Goodbye(code) => room.say(Down::Goodbye { refused: code.into() }),
            Happening::Meeting { phase, people, starts_at } => {
                let meeting = Meeting { phase, people, starts_at, ..room.meeting.clone() };
                room.topic(Topic::Meeting(meeting));
            }
            Happening::Me { seated, signed_in, may_vote, chair, ballot } => {
                self.me(seated, signed_in, may_vote, chair, ballot);
            }
            Happening::Agenda { current, replaced, empty } => {
                let mut agenda = if empty { Agenda::default() } else { agenda() };
                for item in &mut agenda.items {
                    item.state =
                        if item.id.0 == current { ItemState::Current } else { ItemState::Waiting };
                    if replaced && let Some(paper) = item.papers.first_mut() {
                        paper.hash = hash(paper.id.0 * 10);
                        paper.version = 2;
                        paper.replaced_at = Some(Millis(START));
                    }
                }
                room.topic(Topic::Agenda(agenda));
            }
            Happening::Vote(now) => {
                room.vote = now.map(topic_of);
                room.topic(Topic::Vote(room.vote.clone()));
            }
            Happening::Next(step) => {
                room.topic(Topic::Next(Next { steps: step.into_iter().collect() }));
            }
            Happening::Floor { since, waiting, shown } => {
                let speaking = Speaking {
                    member: MemberId(1),
                    seat: SeatId(1),
                    name: "甲".into(),
                    title: String::new(),
                    since: Millis(since),
                    ends_at: None,
                };
                let queue = (2..waiting).map(|n| Waiting {
                    member: MemberId(n),
                    seat: SeatId(n as u16),
                    name: "乙".into(),
                    at: Millis(since),
                });
                let presenting = shown.map(|(member, paper, page)| Presenting {
                    member: MemberId(member),
                    name: "丙".into(),
                    paper: PaperId(paper),
                    page,
                    pointer: Some(Pointer { x: 5_000, y: u16::MAX }),
                    ink: vec![Stroke { tool: Tool::Pen, colour: Colour::Red, line: vec![] }],
                });
                let queue = queue.collect();
                let floor = Floor { speaking: Some(speaking), queue, presenting };
                room.topic(Topic::Floor(floor));
            }
            Happening::Notice(at) => {
                let (text, level, at) = ("通知".to_owned(), Level::Info, Millis(at));
                room.topic(Topic::Notice(Some(Notice { text, level, at, paper: None })));
            }
            Happening::Notes { refused } => {
                let refused = refused.then(|| Code::Unavailable.into());
                let page = SealedPage { page: 3, sealed: "AAAA".into() };
                let pages = vec![page];
                room.say(Down::Notes { paper: hash(41), pages, refused: refused.clone() });
                for effect in room.effects.clone() {
                    if let Effect::Send(Up::KeepNotes { id, .. }) = effect {
                        room.say(Down::NotesKept { id, refused: refused.clone() });
                    }
                }
            }
            Happening::Roll => {
                let mut roll = roll();
                roll.layout[11].x = u16::MAX;
                roll.layout[11].y = u16::MAX;
                room.topic(Topic::Roll(roll));
            }
            Happening::Answer { to, with } => self.answer(&to, with),
            Happening::Refuse { to, code } => {
                if !self.asks.is_empty() {
                    let id = to.get(&self.asks).id;
                    room.refuse(id, code);
                }
            }
            Happening::Paper { id, what, pages, text } => {
                let hash = hash(id);
                room.msg(match what {
                    0 => Msg::PaperProgress { hash, have: u64::MAX },
                    1 => Msg::PaperReady { hash },
                    2 => Msg::PaperFailed { hash },
                    3 => Msg::Opened { hash, facts: Facts { pages, text } },
                    _ => Msg::NotDrawn { hash, code: "broken".into() },
                });
            }
            Happening::Drawn(bitmap) => room.msg(Msg::Drawn { bitmap }),
            Happening::Touch(touch) => room.touch(touch),
            Happening::Time(by) => {
                room.now = room.now.saturating_add(by);
                room.msg(Msg::Tick);
            }
        }
        for effect in self.room.take_effects() {
            if let Effect::Send(Up::Command(ask)) = effect
                && !self.asks.contains(&ask)
            {
                self.asks.push(ask);
            }
        }
    }

    fn me(
        &mut self,
        seated: u8,
        signed_in: bool,
        may_vote: bool,
        chair: bool,
        ballot: Option<Told>,
    ) {
        let person = Person { chair, ..person() };
        let mut me =
            Me { seat: Some(SEAT), person: Some(person), signed_in, may_vote, ..Me::default() };
        me.lock = Some(lock(signed_in));
        me.notes = signed_in.then(|| NotesKey::new(&[0x21; 32]));
        match seated {
            1 => me.seat = None,
            2 => me.person = None,
            3 => {
                me.seat = Some(SeatId(13));
                me.person = me.person.map(|p| Person { member: MemberId(13), ..p });
            }
            _ => {}
        }
        self.room.me = me.clone();
        let vote = self.room.vote.as_ref().map(|v| v.id);
        let stored = vote.and_then(|vote| self.cast_in(vote));
        if let (Some(with), Some(stored)) = (ballot, stored)
            && let Some(signed) = self.sign(&stored, with)
        {
            let vote = stored.vote;
            me.ballot =
                Some(MyBallot { vote, receipt: signed.receipt, signature: signed.signature });
        }
        self.room.topic(Topic::Me(me));
    }

    /// A statement of a ballot that the seat has submitted.
    fn cast_in(&self, wanted: VoteId) -> Option<RecordedBallot> {
        let mut asks = self.asks.iter().rev();
        asks.find_map(|a| self.statement(a).filter(|s| s.vote == wanted))
    }

    fn statement(&self, ask: &Ask) -> Option<RecordedBallot> {
        let Command::Cast { vote, ballot, .. } = &ask.command else { return None };
        Some(RecordedBallot {
            meeting: self.meeting,
            vote: *vote,
            member: self.room.me.person.as_ref()?.member,
            seat: self.room.me.seat?,
            ballot: ballot.clone(),
        })
    }

    /// Signs a receipt, and remembers it if it says the truth about this seat.
    fn sign(
        &mut self,
        ballot: &RecordedBallot,
        with: Told,
    ) -> Option<hemicycle_protocol::wire::SignedReceipt> {
        let mut statement = ballot.clone();
        match with {
            Told::Missing => return None,
            Told::OtherSeat => statement.seat = SeatId(31),
            Told::OtherVote => statement.vote = VoteId(statement.vote.0 + 100),
            Told::True | Told::Forged | Told::OtherBallot => {}
        }
        let mut signed = self.room.receipt_of(&statement);
        if with == Told::OtherBallot {
            signed.receipt.ballot.0[0] ^= 1;
            signed.signature = self.room.server.sign(&signed.receipt);
        }
        match with {
            Told::Forged => signed.signature.0[5] ^= 1,
            // Signed by the server for this seat: what it says is stored, is stored.
            Told::True | Told::OtherBallot | Told::OtherVote => {
                let receipt = &signed.receipt;
                self.receipts.insert((receipt.meeting, receipt.vote, receipt.ballot));
            }
            Told::OtherSeat | Told::Missing => {}
        }
        Some(signed)
    }

    fn answer(&mut self, to: &prop::sample::Index, with: Told) {
        if self.asks.is_empty() {
            return;
        }
        let ask = to.get(&self.asks).clone();
        let statement = self.statement(&ask);
        let receipt = statement.and_then(|s| self.sign(&s, with));
        self.room.answer(ask.id, Answer::Ok(Done { receipt, ..Done::default() }));
    }

    fn check(&self) {
        let seat = &self.room.seat;
        let screen = self.room.screen();
        assert!(seat.pending.len() <= MOST_PENDING);
        assert!(seat.arriving.len() + seat.postponed.len() <= 20);
        assert!(seat.shelf.ready.len() <= 20 && seat.shelf.facts.len() <= 20);
        assert!(seat.wake_at() >= seat.now);
        assert!(!format!("{screen:?}").contains('⟦'), "{screen:?}");
        match &screen.page {
            Page::Submitted(page) if page.state == ReceiptState::Confirmed => {
                let (vote, ballot) = seat.confirmed.expect("a receipt was verified");
                assert_eq!(Some(vote), seat.room.vote.as_ref().map(|v| v.id));
                assert_eq!(page.receipt, ballot.short());
                assert!(
                    self.receipts.contains(&(self.meeting, vote, ballot)),
                    "已提交 without a receipt of the server"
                );
            }
            Page::Submitted(page) => assert_ne!(page.title, "已提交"),
            Page::Vote(page) => {
                let ready = page.submit.state == SubmitState::Ready;
                let chosen = page.choices.iter().filter(|c| c.chosen).count();
                assert!(chosen <= 1 && (!ready || chosen == 1), "{page:?}");
                assert!(!ready || seat.online(), "submitting without a connection");
            }
            Page::Plurality(page) => assert!(page.chosen <= page.seats),
            Page::Reader(page) => {
                assert!((0.0..=6000.0).contains(&page.sheet_width), "{page:?}");
                assert!((0.0..=6000.0).contains(&page.sheet_height), "{page:?}");
                assert!(page.page < page.pages || page.pages == 0, "{page:?}");
                let two = seat.two.as_ref().is_some_and(|_| seat.book.reading.is_none());
                assert!(!two, "a half is empty that should be in hand");
            }
            Page::Starting { .. }
            | Page::Message(_)
            | Page::Rooms(_)
            | Page::Standby(_)
            | Page::SignIn(_)
            | Page::Agenda(_)
            | Page::List(_)
            | Page::Result(_)
            | Page::Pause(_)
            | Page::Chair(_)
            | Page::Ended(_) => {}
        }
    }
}

fn topic_of(now: VoteNow) -> Vote {
    let tally = Tally { in_favour: u32::MAX, against: u32::MAX, abstain: u32::MAX };
    let (form, count, verdict) = match now.form {
        0 => (
            Form::Motion,
            Count::Motion { tally },
            Verdict::Motion { outcome: Outcome::TiedForChair },
        ),
        1 => (
            Form::Personnel { nominees: nominees(3) },
            Count::Personnel { tallies: vec![tally; 2] },
            Verdict::Personnel { outcomes: vec![Outcome::Adopted] },
        ),
        2 => (
            Form::Satisfaction { subjects: vec!["甲".into(), "乙".into()] },
            Count::Satisfaction { tallies: vec![] },
            Verdict::Satisfaction,
        ),
        _ => (
            Form::Plurality { candidates: nominees(3), seats: 2 },
            Count::Plurality { votes: vec![u32::MAX; 5], invalid: 1 },
            Verdict::Plurality { elected: vec![0, 700], tied: vec![1], open_seats: 1 },
        ),
    };
    let method = if now.secret { Method::Secret } else { Method::Recorded };
    Vote {
        state: now.state,
        method,
        ends_at: now.ends_at.map(Millis),
        seconds_left: now.ends_at.map(|_| u32::MAX),
        count: now.counted.then_some(count),
        verdict: now.counted.then_some(verdict),
        unpressed: now.counted.then_some(u32::MAX),
        ..vote(now.id, form)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn anything_in_any_order(course in prop::collection::vec(happening(), 1..80)) {
        let mut world = World::new();
        world.check();
        for what in course {
            world.happen(what);
            world.check();
        }
    }

    #[test]
    fn votes_in_any_order(course in vote_course()) {
        let mut world = World::voting();
        for what in course {
            world.happen(what);
            world.check();
        }
    }
}

/// Only what belongs to a vote: so that ballots are cast, lost, found and confirmed often.
pub fn vote_course() -> impl Strategy<Value = Vec<Happening>> {
    let choose = |choice| Just(Happening::Touch(Touch::Choose { question: 0, choice }));
    let me =
        |ballot| Happening::Me { seated: 0, signed_in: true, may_vote: true, chair: false, ballot };
    let motion = |v| Happening::Vote(Some(VoteNow { form: 0, secret: false, ..v }));
    let happening = prop_oneof![
        3 => choose(0),
        2 => choose(1),
        5 => Just(Happening::Touch(Touch::Submit)),
        1 => Just(Happening::Link(false)),
        2 => Just(Happening::Greet { stranger: false }),
        3 => Just(Happening::Welcome { other: false, now: START }),
        4 => (any::<prop::sample::Index>(), told())
            .prop_map(|(to, with)| Happening::Answer { to, with }),
        2 => (any::<prop::sample::Index>(), code())
            .prop_map(|(to, code)| Happening::Refuse { to, code }),
        3 => vote_now().prop_map(motion),
        2 => prop::option::weighted(0.5, told()).prop_map(me),
        1 => (0..6000i64).prop_map(Happening::Time),
        1 => Just(Happening::Touch(Touch::BackToPapers)),
        1 => Just(Happening::Touch(Touch::OpenVotePage)),
    ];
    prop::collection::vec(happening, 1..60)
}

/// The generators reach what they are for: a confirmed ballot, and one that is afloat.
#[test]
fn the_courses_reach_both_ends() {
    let mut world = World::voting();
    let me = Happening::Me {
        seated: 0,
        signed_in: true,
        may_vote: true,
        chair: false,
        ballot: Some(Told::True),
    };
    world.happen(me.clone());
    world.happen(Happening::Touch(Touch::Choose { question: 0, choice: 0 }));
    world.happen(Happening::Touch(Touch::Submit));
    assert_eq!(world.asks.len(), 1);
    let statement = world.statement(&world.asks[0]).expect("a ballot");
    world.happen(Happening::Link(false));
    assert_eq!(world.room.page_name(), "submitted");
    world.happen(Happening::Greet { stranger: false });
    world.happen(Happening::Welcome { other: false, now: START });
    world.happen(me);
    assert_eq!(world.room.seat.confirmed, Some((VoteId(1), fingerprint(&statement))));
    world.check();
}
