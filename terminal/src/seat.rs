//! The seat as a state machine: what it knows, what can happen to it, what it
//! then wants done. No socket, no clock, no window, no file: those send `Msg`
//! and carry out `Effect`. The windowed terminal and the virtual seats of the
//! load tests run exactly this.

mod answer;
mod beside;
mod cast;
mod chair;
mod export;
mod finding;
mod follow;
mod heads;
mod keeping;
mod notes;
mod page;
mod pairing;
mod pen;
mod places;
mod prove;
mod read;
mod report;
mod search;
mod secret;
mod talk;
mod touched;
mod trust;
mod two;

pub use answer::{MOST_PENDING, Pending, TALK_TIMEOUT};
pub use cast::{BAD_RECEIPT, Casting, Draft};
pub(crate) use chair::command;
pub use export::{Export, ExportTrouble, Exporting};
pub(crate) use finding::IN_VAIN;
pub use finding::{Finding, FoundRoom, Heard};
pub use follow::Following;
pub use notes::{Keeping, Notes};
pub use page::{Book, Facts, Heading, Reading, Shelf, THUMBNAIL};
pub use pen::{Pen, PenTool};
pub use places::Places;
pub use prove::Proof;
pub use search::{Found, Hit, MOST_HITS, MOST_TYPED, Offer, Search, Spot};
pub use secret::{Alarm, Checked, Job, Making, Memo, Obstacle, Opening, Outcome, Private};
pub use talk::Contact;
pub(crate) use touched::service as service_on_wire;
pub use trust::{Channel, Distrust, Pin};
pub use two::{Half, Other, Two};

use crate::screen::{BitmapId, Language, SpeakSection, TextSize};
use crate::touch::{ChairView, Touch};
use hemicycle_protocol::identity::Identity;
use hemicycle_protocol::ids::{CommandId, Hash, Hex, Millis, PaperId, SeatId, VoteId};
use hemicycle_protocol::refusal::Refusal;
use hemicycle_protocol::topic::{self, PaperLock};
use hemicycle_protocol::wire::{Down, Up};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Msg {
    /// The socket is open; the server speaks first.
    LinkUp(Channel),
    /// A message of the server.
    Received(Box<Down>),
    /// The socket is gone, or could not be opened.
    LinkDown,
    /// Time goes on. Comes at least when `State::wake_at` has passed.
    Tick,
    Touch(Touch),
    /// So much of a paper is here.
    PaperProgress {
        hash: Hash,
        have: u64,
    },
    /// The paper is complete, checked by its hash, and can be opened.
    PaperReady {
        hash: Hash,
    },
    /// The paper could not be kept or did not hash right; it is asked for again later.
    PaperFailed {
        hash: Hash,
    },
    /// The worker has read the paper.
    Opened {
        hash: Hash,
        facts: Facts,
    },
    /// The worker has read the paper's table of contents.
    Contents {
        hash: Hash,
        contents: Vec<Heading>,
    },
    /// A part of the open paper was looked through for the wish of this number.
    Found {
        hash: Hash,
        wish: u32,
        found: Found,
    },
    /// A page's picture was handed to the window under this name.
    Drawn {
        bitmap: BitmapId,
    },
    /// The worker cannot show it.
    NotDrawn {
        hash: Hash,
        code: String,
    },
    /// A binary frame for which `State::wants_piece` said yes.
    Piece(Vec<u8>),
    /// What was to be kept is on disk and will be there after a loss of power.
    Kept {
        name: String,
    },
    /// It could not be written.
    NotKept {
        name: String,
    },
    /// What was to be destroyed is gone from the disk.
    Destroyed {
        name: String,
    },
    /// A job is done.
    Worked(Outcome),
    /// A server says on the network that it is there.
    Heard(Heard),
    /// It says that it goes, or was not heard for long.
    HeardNoMore {
        name: String,
    },
    /// The network cannot be listened to, for now.
    Deaf,
    /// What has come of an export.
    Exported(Exporting),
}

/// Something that is to be done.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Open the socket, after so many milliseconds.
    Connect {
        after: u32,
    },
    /// Connections go to this address from now on: `wss://10.0.0.5:8480/ws`.
    CallAt {
        place: String,
    },
    /// Close it.
    Hang,
    /// Close it, and open none until the next `Connect`.
    Rest,
    Send(Up),
    /// See to it that this paper comes in, before those that were asked for earlier if `urgent`.
    WantPaper {
        hash: Hash,
        bytes: u64,
        urgent: bool,
        /// Nothing of it may be written to the disk.
        confidential: bool,
    },
    /// Papers lie under this from now on. With the key they can be opened; without it what was
    /// opened is closed. What lies under another lock goes, and without any lock everything.
    KeepUnder(Option<PaperLock>),
    /// These papers are on the agenda; others may be dropped from the cache.
    KeepPapers {
        hashes: Vec<Hash>,
    },
    /// Have the worker read a paper and answer `Opened` or `NotDrawn`.
    OpenPaper {
        hash: Hash,
    },
    /// Have the paper looked through for these words, page by page, and answer `Found`. Takes the
    /// place of every earlier wish. No words: only read its text, as it will soon be wanted.
    Find {
        hash: Hash,
        wish: u32,
        words: String,
    },
    /// Nothing is looked for any more.
    StopFinding,
    /// Have the worker draw a page at this width, in device pixels. Of several that wait, those
    /// that are not `ahead` come first.
    Draw {
        hash: Hash,
        bitmap: BitmapId,
        ahead: bool,
    },
    /// What was drawn is no longer wanted.
    ForgetDrawings,
    /// Remember the server that this terminal belongs to, in place of what was remembered.
    Pin(Pin),
    /// Remember the server that was picked and has given no seat yet, or that none is.
    Picked(Option<Pin>),
    /// Remember how this member likes the screen.
    SavePreferences(Preferences),
    /// Remember where papers were left.
    KeepPlaces(Places),
    /// Forget where papers were left: the meeting is over.
    DropPlaces,
    /// Write this into the terminal's private storage, in place of what has this name there, and
    /// answer `Kept` once it is durable. Names are of small letters, digits and hyphens.
    Keep {
        name: String,
        bytes: Private,
    },
    /// Remove what has this name there so that it cannot be read again, and answer `Destroyed`.
    /// Comes in order with `Keep`.
    Destroy {
        name: String,
    },
    /// Run this on a worker thread and answer `Worked`.
    Work(Job),
    /// Put a paper with these notes on the medium that is plugged in, and answer `Exported`.
    Export(Export),
}

/// How the screen is liked; kept on the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Preferences {
    pub language: Language,
    pub text_size: TextSize,
    /// Papers are read page below page.
    pub continuous: bool,
}

/// What the seat shows when nothing of the meeting asks for attention.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum View {
    /// Whatever the meeting is at.
    #[default]
    Follow,
    Agenda,
    Reader,
    Chair(ChairView),
}

/// What lies over the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Over {
    #[default]
    Nothing,
    TextSize,
    Speak(SpeakSection),
    /// Words are looked for in the open paper.
    Find,
    /// Its pages by number, and its table of contents.
    GoTo,
    /// How its pages lie on the desk.
    Layout,
    /// What has become of an export.
    Export,
}

/// The topics, as last received.
#[derive(Debug, Clone, Default)]
pub struct Room {
    pub meeting: Option<topic::Meeting>,
    pub roll: Option<topic::Roll>,
    /// The agenda as everybody has it.
    pub common: topic::Agenda,
    /// The same with the papers that are for this person.
    pub agenda: topic::Agenda,
    pub attendance: topic::Attendance,
    pub vote: Option<topic::Vote>,
    pub votes: topic::Votes,
    pub floor: topic::Floor,
    pub display: topic::Display,
    pub notice: Option<topic::Notice>,
    pub next: topic::Next,
    pub me: Option<topic::Me>,
    pub scrutiny: Option<topic::Scrutiny>,
}

/// How far the sign-in at this seat has come.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum SigningIn {
    #[default]
    Ready,
    Busy(CommandId),
    Failed(Refusal),
}

/// Everything the seat knows.
pub struct State {
    pub(crate) identity: Identity,
    seed: [u8; 32],
    drawn_ids: u64,
    known: talk::Known,
    /// When the step that the chair's page offers last became another one.
    step_since: Millis,
    /// `hemicycle-terminal/0.1.0`
    pub client: String,
    pub wish: Option<SeatId>,
    pub preferences: Preferences,
    pub now: Millis,
    /// Server time less own time.
    pub clock_offset: i64,
    /// The room's time zone, east of Greenwich.
    pub utc_offset_minutes: i32,
    pub contact: Contact,
    /// The connection that stands.
    channel: Option<Channel>,
    /// What people compare while this terminal has no seat.
    pairing: Option<pairing::Progress>,
    /// The server that this terminal belongs to, once one has given it a seat.
    pub pin: Option<Pin>,
    /// Where no address was given: what is heard of servers on the network.
    pub finding: Option<Finding>,
    pub room: Room,
    pub pending: Vec<Pending>,
    pub signing_in: SigningIn,
    /// What the member has typed or drawn for it.
    pub proof: Proof,
    pub draft: Option<Draft>,
    pub casting: Option<Casting>,
    /// The vote whose receipt was verified here, and the fingerprint.
    pub confirmed: Option<(VoteId, Hash)>,
    /// The result that the member has put away.
    pub dismissed_vote: Option<VoteId>,
    pub dismissed_notice: Option<Millis>,
    /// A refusal to show for a while.
    pub trouble: Option<(Refusal, Millis)>,
    /// A ballot that was submitted and is not in the count, and why: said until it is put away.
    pub uncounted: Option<(VoteId, Refusal)>,
    /// How the chair means to decide a tied vote.
    pub(crate) tie: Option<(VoteId, bool)>,
    pub view: View,
    /// The vote that runs stands beside the paper that is read.
    pub beside: bool,
    pub over: Over,
    pub woken: bool,
    /// The item of the agenda that is unfolded, by place; none: the current one.
    pub unfolded: Option<Option<u16>>,
    pub shelf: Shelf,
    /// The paper in hand.
    pub book: Book,
    /// What lies beside it.
    pub two: Option<Two>,
    /// How it goes along with whoever shows a paper to all.
    following: Following,
    pub(crate) notes: Notes,
    pen: Option<Pen>,
    /// What the last export is at.
    pub exporting: Option<Exporting>,
    /// The search in the open paper.
    pub search: Option<Search>,
    /// How many wishes to find something there have been.
    wishes: u32,
    /// Where papers were left before this start.
    pub kept_places: Option<Places>,
    /// How much of each paper is here; complete ones are in `shelf.ready`.
    pub arriving: BTreeMap<Hash, u64>,
    /// What papers are kept under, as it was said last; none: nothing was said yet.
    kept_under: Option<Option<PaperLock>>,
    /// This machine has no folder that is only in memory: what is taken back after the meeting
    /// cannot be kept.
    pub without_memory: bool,
    /// Papers that could not be had, and when they are asked for again.
    pub postponed: BTreeMap<Hash, Millis>,
    /// The version of each paper that was last opened.
    pub seen: BTreeMap<PaperId, u32>,
    /// What the server is told of them.
    report: report::Report,
    secret: secret::Secret,
    /// Where the log ended, with each vote.
    heads: heads::Heads,
}

impl State {
    /// A seat before its first connection. `seed` is 32 fresh random bytes: names of commands
    /// come from it.
    pub fn new(identity: Identity, seed: [u8; 32], now: Millis) -> Self {
        Self {
            identity,
            seed,
            drawn_ids: 0,
            known: talk::Known::default(),
            step_since: Millis(i64::MIN),
            client: concat!("hemicycle-terminal/", env!("CARGO_PKG_VERSION")).into(),
            wish: None,
            preferences: Preferences::default(),
            now,
            clock_offset: 0,
            utc_offset_minutes: 480,
            contact: Contact::default(),
            channel: None,
            pairing: None,
            pin: None,
            finding: None,
            room: Room::default(),
            pending: Vec::new(),
            signing_in: SigningIn::default(),
            proof: Proof::default(),
            draft: None,
            casting: None,
            confirmed: None,
            dismissed_vote: None,
            dismissed_notice: None,
            trouble: None,
            uncounted: None,
            tie: None,
            view: View::default(),
            beside: false,
            over: Over::default(),
            woken: false,
            unfolded: None,
            shelf: Shelf::default(),
            book: Book::default(),
            two: None,
            following: Following::default(),
            notes: Notes::default(),
            pen: None,
            exporting: None,
            search: None,
            wishes: 0,
            kept_places: None,
            arriving: BTreeMap::new(),
            kept_under: None,
            without_memory: false,
            postponed: BTreeMap::new(),
            seen: BTreeMap::new(),
            report: report::Report::default(),
            secret: secret::Secret::default(),
            heads: heads::Heads::default(),
        }
    }

    /// How the screen was liked before this start.
    pub fn like(&mut self, preferences: Preferences) {
        self.preferences = preferences;
        self.book.continuous = preferences.continuous;
    }

    /// The terminal's key, whose short form the clerk compares.
    pub fn key(&self) -> hemicycle_protocol::ids::Key {
        self.identity.key()
    }

    /// The server's time.
    pub fn server_now(&self) -> Millis {
        Millis(self.now.0.saturating_add(self.clock_offset))
    }

    /// The server's time on the wall: `10:38`.
    pub fn clock_words(&self) -> String {
        crate::screen::clock(self.server_now(), self.utc_offset_minutes)
    }

    /// The first thing to do.
    pub fn start(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        if !self.has_nobody_to_call() {
            self.contact = Contact::Calling { attempt: 0 };
            self.call(0, &mut effects);
        }
        effects
    }

    /// Takes in what happened at `now` and says what is to be done.
    pub fn update(&mut self, msg: Msg, now: Millis) -> Vec<Effect> {
        self.now = now;
        let mut effects = Vec::new();
        match msg {
            Msg::LinkUp(channel) => self.link_up(channel),
            Msg::Received(down) => self.received(*down, &mut effects),
            Msg::LinkDown => self.link_down(&mut effects),
            Msg::Tick => self.tick(&mut effects),
            Msg::Touch(touch) => self.touched(touch, &mut effects),
            Msg::PaperProgress { hash, have } => self.paper_grew(hash, have),
            Msg::PaperReady { hash } => self.paper_came(hash, &mut effects),
            Msg::PaperFailed { hash } => self.paper_failed(hash),
            Msg::Opened { hash, facts } => self.opened(hash, facts, &mut effects),
            Msg::Contents { hash, contents } => self.contents_came(hash, contents),
            Msg::Found { hash, wish, found } => self.found(hash, wish, found),
            Msg::Drawn { bitmap } => self.drawn(bitmap),
            Msg::NotDrawn { hash, code } => self.not_drawn(hash, &code),
            Msg::Piece(frame) => self.piece(&frame),
            Msg::Kept { name } => self.kept(&name, true),
            Msg::NotKept { name } => self.kept(&name, false),
            Msg::Destroyed { name } => self.destroyed(&name),
            Msg::Worked(outcome) => self.worked(outcome, &mut effects),
            Msg::Heard(heard) => self.heard(heard, &mut effects),
            Msg::HeardNoMore { name } => self.heard_no_more(&name),
            Msg::Deaf => self.is_deaf(),
            Msg::Exported(exporting) => self.exported(exporting),
        }
        self.tend_notes(&mut effects);
        self.tend_following(&mut effects);
        self.tend_secrets(&mut effects);
        self.tend_report(&mut effects);
        effects
    }

    /// When `Msg::Tick` is wanted next, in own time: once a second while a clock or a countdown is
    /// on the screen (they turn with the server's second), never otherwise.
    pub fn wake_at(&self) -> Millis {
        let server = self.server_now().0;
        let rest = if self.counts_seconds() {
            1000 - server.rem_euclid(1000)
        } else {
            60_000 - server.rem_euclid(60_000)
        };
        let turn = Millis(self.now.0.saturating_add(rest));
        let also = [
            self.secret.wake_at(self.now),
            self.picks_at(),
            self.report_at(),
            self.notes_wake_at(),
            self.tell_at(),
        ];
        also.into_iter().flatten().fold(turn, Millis::min)
    }

    fn counts_seconds(&self) -> bool {
        let running = self
            .room
            .vote
            .as_ref()
            .is_some_and(|v| v.ends_at.is_some() && v.state == topic::VoteState::Open);
        let speaking = self.room.floor.speaking.is_some();
        let waiting = !self.pending.is_empty()
            || self.trouble.is_some()
            || matches!(self.contact, Contact::Back { .. })
            || matches!(self.signing_in, SigningIn::Busy(_));
        running || speaking || waiting
    }

    /// A name for a command that nobody else will draw.
    fn command_id(&mut self) -> CommandId {
        self.drawn_ids += 1;
        let mut sha = Sha256::new();
        sha.update(b"hemicycle/1/command-id\n");
        sha.update(self.seed);
        sha.update(self.drawn_ids.to_be_bytes());
        let digest: [u8; 32] = sha.finalize().into();
        let mut id = [0; 16];
        id.copy_from_slice(digest.split_at(16).0);
        Hex(id)
    }

    /// Does the person at this seat lead the meeting?
    pub fn is_chair(&self) -> bool {
        self.me().is_some_and(|me| me.person.as_ref().is_some_and(|p| p.chair))
    }

    /// Has a server given it a seat?
    pub fn has_seat(&self) -> bool {
        self.me().is_some_and(|me| me.seat.is_some())
    }

    /// This seat's own topic, once it has come.
    pub fn me(&self) -> Option<&topic::Me> {
        self.room.me.as_ref()
    }

    /// The meeting's own name, once the server has said it.
    pub fn meeting_id(&self) -> Option<hemicycle_protocol::ids::MeetingId> {
        self.known.meeting
    }

    /// What the server calls its room; empty until it has spoken.
    pub fn room_name(&self) -> &str {
        &self.known.room
    }

    /// Is there a live, welcomed connection?
    pub fn online(&self) -> bool {
        matches!(self.contact, Contact::Welcomed | Contact::Back { .. })
    }
}
