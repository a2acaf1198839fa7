//! When and how the board gets its new values. Steps of the meeting are shown
//! at once; presses at the seats gather, the longer the more terminals have to
//! be told, so that telling everybody never takes more of the machine than a
//! part of it. The console and the hall are few and are told sooner.

mod pace;
mod renew;

use super::{Signatures, reading};
use crate::board::{Board, Frame, SeatBoard, Sheet};
use crate::devices::Devices;
use crate::paper_keys::PaperKeys;
use crate::secret::{Polls, receipt};
use hemicycle_meeting::{Audience, State, Viewer, view};
use hemicycle_protocol::identity::{Identity, LogHead, Receipt};
use hemicycle_protocol::ids::{Key, MemberId, Millis, PaperId, SeatId, Signature, Version, VoteId};
use hemicycle_protocol::ink::Stroke;
use hemicycle_protocol::record::Chain;
use hemicycle_protocol::topic::{
    Me, MyBallot, Phase, Pointer, SignedHead, Topic, TopicName, VoteState,
};
use pace::{Presses, STEP, Telling};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Presses within this time are shown together at the console and in the hall.
const PRESSES: Duration = Duration::from_millis(60);
/// The console sees comings and goings of terminals this often at most.
const DEVICES: Duration = Duration::from_millis(250);

/// The console sees who has read what this often at most.
const READING: Duration = Duration::from_secs(1);

/// Stands for every ordinary seat, and for every chair's: what they have in
/// common does not depend on where they sit.
const ANY: SeatId = SeatId(0);

/// See the module.
pub struct Publisher {
    board: Arc<Board>,
    makers: Makers,
    signatures: Signatures,
    /// Values that are written already.
    written: HashMap<(TopicName, Audience), Frame>,
    /// When the seats are to be told.
    seats_due: Option<Instant>,
    /// The same of presses at other seats.
    presses: Option<Presses>,
    /// When the console and the hall are.
    desks_due: Option<Instant>,
    devices_due: Option<Instant>,
    devices_version: Version,
    /// When the console is to be told who has read what.
    reading_due: Option<Instant>,
    /// Terminals hold other papers than they did, or others came or went.
    held_changed: bool,
    held_version: Version,
    /// The page that is shown to all: no log has it.
    shown: Option<Shown>,
    /// When it is to be told.
    telling: Telling,
    frozen: bool,
    /// Where the log ends.
    chain: Chain,
}

/// What the meeting's values are completed with.
pub struct Makers {
    pub polls: Arc<Polls>,
    pub paper_keys: Arc<PaperKeys>,
    pub identity: Arc<Identity>,
}

/// 同步翻页: where whoever shows a paper to all has it open.
#[derive(Clone, Debug)]
struct Shown {
    paper: PaperId,
    page: u32,
    pointer: Option<Pointer>,
    ink: Vec<Stroke>,
    version: Version,
}

impl Publisher {
    /// `start` makes versions that are not the log's differ from those of an
    /// earlier run of the server.
    pub fn new(board: Arc<Board>, makers: Makers, start: Millis, chain: Chain) -> Self {
        let now = Instant::now();
        Self {
            board,
            makers,
            signatures: HashMap::new(),
            written: HashMap::new(),
            seats_due: Some(now),
            presses: None,
            desks_due: Some(now),
            devices_due: Some(now),
            devices_version: Version(start.0.max(0).unsigned_abs()),
            reading_due: Some(now),
            held_changed: false,
            held_version: Version(start.0.max(0).unsigned_abs()),
            shown: None,
            telling: Telling::default(),
            frozen: false,
            chain,
        }
    }

    /// So much is durable.
    pub fn stored(&mut self, chain: Chain) {
        self.chain = chain;
    }

    /// Shows nothing new any more.
    pub fn freeze(&mut self) {
        self.frozen = true;
    }

    /// When there is something to show.
    pub fn due(&self) -> Option<Instant> {
        if self.frozen {
            return None;
        }
        let presses = self.presses.map(|presses| presses.due);
        let others = [self.devices_due, self.reading_due, self.telling.due];
        let dues = [self.seats_due, presses, self.desks_due].into_iter().chain(others);
        dues.flatten().min()
    }

    /// The meeting changed. A step of the meeting is shown to everybody at the
    /// same moment, together with the presses that wait: nobody in the hall
    /// sees a step that a seat does not know yet.
    pub fn changed(&mut self, by_presses: bool, terminals: usize) {
        let now = Instant::now();
        self.read();
        if by_presses {
            self.presses = Some(Presses::one_more(self.presses, now, terminals));
            sooner(&mut self.desks_due, now + PRESSES);
        } else {
            sooner(&mut self.seats_due, now + STEP);
            if let Some(waiting) = self.desks_due {
                sooner(&mut self.seats_due, waiting);
            }
            self.desks_due = self.seats_due;
        }
    }

    /// Terminals came or went.
    pub fn devices_changed(&mut self) {
        self.devices_due.get_or_insert_with(|| Instant::now() + DEVICES);
        self.held_changed();
    }

    /// Terminals hold other papers than they did.
    pub fn held_changed(&mut self) {
        self.held_changed = true;
        self.read();
    }

    /// Somebody may have read something.
    pub fn read(&mut self) {
        self.reading_due.get_or_insert_with(|| Instant::now() + READING);
    }

    /// Whoever shows this paper to all has turned to this page, points there, or draws.
    pub fn shows(
        &mut self,
        (paper, page): (PaperId, u32),
        pointer: Option<Pointer>,
        ink: Vec<Stroke>,
        terminals: usize,
    ) {
        let version = self.shown.as_ref().map_or(self.held_version, |shown| shown.version);
        let version = Version(version.0.wrapping_add(1));
        let points = ink.iter().map(|stroke| stroke.line.len()).sum();
        self.shown = Some(Shown { paper, page, pointer, ink, version });
        self.telling.changed(Instant::now(), points, terminals);
    }

    /// Puts what changed on the board.
    pub fn publish(&mut self, state: &State, devices: &Devices) {
        let now = Instant::now();
        if self.devices_due.is_some_and(|due| due <= now) {
            self.devices_due = None;
            self.devices_version = Version(self.devices_version.0 + 1);
        }
        if self.telling.take(now) {
            self.publish_shown(state);
        }
        let presses = self.presses.map(|presses| presses.due);
        if [self.seats_due, presses].into_iter().flatten().any(|due| due <= now) {
            (self.seats_due, self.presses) = (None, None);
            self.publish_seats(state);
        }
        let desks = self.desks_due.is_some_and(|due| due <= now);
        if desks {
            self.desks_due = None;
            self.publish_hall(state);
        }
        self.publish_console(state, devices, desks);
        if self.reading_due.is_some_and(|due| due <= now) {
            self.reading_due = None;
            self.publish_reading(state, devices);
        }
    }

    /// The signature of a receipt, if it was made.
    pub fn signature(&self, vote: VoteId, member: MemberId) -> Option<Signature> {
        self.signatures.get(&(vote, member)).copied()
    }

    /// Remembers signatures.
    pub fn keep_signatures(&mut self, state: &State, signed: Vec<(Receipt, Signature)>) {
        for (receipt, signature) in signed {
            if let Some(person) = state.person_at(receipt.seat) {
                self.keep(receipt.vote, person.member, signature);
            }
        }
    }

    /// Signs a receipt, once.
    pub fn sign(&mut self, receipt: &Receipt, vote: VoteId, member: MemberId) -> Signature {
        if let Some(known) = self.signature(vote, member) {
            return known;
        }
        let signature = self.makers.identity.sign(receipt);
        self.keep(vote, member, signature);
        signature
    }

    fn keep(&mut self, vote: VoteId, member: MemberId, signature: Signature) {
        // Only the vote before the room is asked for often.
        if self.signatures.keys().next().is_some_and(|(v, _)| *v != vote) {
            self.signatures.clear();
        }
        self.signatures.insert((vote, member), signature);
    }

    fn publish_seats(&mut self, state: &State) {
        let mut new = SeatBoard::clone(&self.board.seats.borrow());
        let mut changed = self.renew(&mut new.ordinary, state, Viewer::Seat(ANY));
        changed |= self.renew(&mut new.chair, state, Viewer::Chair(ANY));
        changed |= renew::sittings(&mut new, state);
        changed |= renew::refused(&mut new, state);
        changed |= renew::records(&mut new, state);
        changed |= self.renew_me(&mut new, state);
        changed |= renew::papers(&mut new, state);
        if changed {
            self.board.seats.send_replace(Arc::new(new));
        }
    }

    /// The page alone: what gathers for the seats goes on gathering.
    fn publish_shown(&mut self, state: &State) {
        let viewer = Viewer::Seat(ANY);
        let frame = self.write(state, TopicName::Floor, Audience::Everyone, &viewer);
        let mut seats = SeatBoard::clone(&self.board.seats.borrow());
        for sheet in [&mut seats.ordinary, &mut seats.chair] {
            Arc::make_mut(sheet).put(TopicName::Floor, Some(frame.clone()));
        }
        self.board.seats.send_replace(Arc::new(seats));
        for desk in [&self.board.hall, &self.board.console] {
            let mut sheet = Arc::clone(&desk.borrow());
            Arc::make_mut(&mut sheet).put(TopicName::Floor, Some(frame.clone()));
            desk.send_replace(sheet);
        }
    }

    /// Whoever began to show another paper has its first page open until it says otherwise.
    fn shown(&self, state: &State) -> Option<&Shown> {
        let presenting = state.presenting()?;
        self.shown.as_ref().filter(|shown| shown.paper == presenting.paper)
    }

    fn renew_me(&mut self, board: &mut SeatBoard, state: &State) -> bool {
        let mut newer = Vec::new();
        for (seat, terminal) in state.bindings() {
            let viewer = view::viewer_at(state, seat);
            let version = view::version(state, TopicName::Me, &viewer);
            if board.me.get(&seat).is_some_and(|frame| frame.version == version) {
                continue;
            }
            if let Some(mut topic) = view::topic(state, TopicName::Me, &viewer) {
                if let Topic::Me(me) = &mut topic {
                    self.complete(me, state, &terminal);
                }
                newer.push((seat, Frame::new(version, topic)));
            }
        }
        if newer.is_empty() {
            return false;
        }
        Arc::make_mut(&mut board.me).extend(newer);
        true
    }

    /// What only the shell knows.
    fn complete(&mut self, me: &mut Me, state: &State, terminal: &Key) {
        let Some(person) = &me.person else { return };
        if let Some(ballot) = me.ballot.take()
            && let Some(receipt) = receipt(state, &self.makers.polls, ballot.vote, person.member)
        {
            let signature = self.sign(&receipt, ballot.vote, person.member);
            me.ballot = Some(MyBallot { vote: ballot.vote, receipt, signature });
        }
        if state.phase() != Phase::Closed {
            let keys = &self.makers.paper_keys;
            let meeting = self.board.meeting;
            me.lock = keys.lock(meeting, terminal, me.signed_in);
            me.notes = keys.notes_key(meeting, person.member).filter(|_| me.signed_in);
        }
    }

    fn publish_hall(&mut self, state: &State) {
        let mut sheet = Arc::clone(&self.board.hall.borrow());
        if self.renew(&mut sheet, state, Viewer::Hall) {
            self.board.hall.send_replace(sheet);
        }
    }

    fn publish_console(&mut self, state: &State, devices: &Devices, all: bool) {
        let mut sheet = Arc::clone(&self.board.console.borrow());
        let mut changed = false;
        if all {
            let of = |sheet: &Sheet| sheet.get(TopicName::Attendance).map(|f| f.version);
            let before = of(&sheet);
            changed |= self.renew(&mut sheet, state, Viewer::Console);
            if before != of(&sheet) {
                self.board.show_drawings(state.drawings().clone());
            }
        }
        // Seats given and calls made are in the log, the rest is not.
        let of_log = view::version(state, TopicName::Devices, &Viewer::Console);
        let version = Version(self.devices_version.0.wrapping_add(of_log.0));
        if sheet.get(TopicName::Devices).is_none_or(|f| f.version != version) {
            let seen = renew::terminals(state, devices);
            let mut value = view::topic(state, TopicName::Devices, &Viewer::Console);
            if let Some(Topic::Devices(devices)) = &mut value {
                devices.terminals = seen;
            }
            let frame = value.map(|value| Frame::new(version, value));
            Arc::make_mut(&mut sheet).put(TopicName::Devices, frame);
            changed = true;
        }
        if changed {
            self.board.console.send_replace(sheet);
        }
    }

    fn publish_reading(&mut self, state: &State, devices: &Devices) {
        if std::mem::take(&mut self.held_changed) {
            self.held_version = Version(self.held_version.0.wrapping_add(1));
        }
        let of_log = view::version(state, TopicName::Reading, &Viewer::Console);
        let version = Version(self.held_version.0.wrapping_add(of_log.0));
        let mut sheet = Arc::clone(&self.board.console.borrow());
        if sheet.get(TopicName::Reading).is_none_or(|frame| frame.version != version) {
            let frame = reading::topic(state, devices).map(|value| Frame::new(version, value));
            Arc::make_mut(&mut sheet).put(TopicName::Reading, frame);
            self.board.console.send_replace(sheet);
        }
    }

    /// Brings a sheet up to date; tells whether it changed.
    fn renew(&mut self, sheet: &mut Arc<Sheet>, state: &State, viewer: Viewer) -> bool {
        let mut changed = false;
        // `me`, `devices` and `reading` are written elsewhere.
        for topic in TopicName::ALL.into_iter().filter(|topic| topic.is_common()) {
            let frame = view::audience(state, topic, &viewer)
                .map(|audience| self.write(state, topic, audience, &viewer));
            let (old, new) = (sheet.get(topic), frame.as_ref());
            if old.map(Frame::identity) != new.map(Frame::identity) {
                Arc::make_mut(sheet).put(topic, frame);
                changed = true;
            }
        }
        changed
    }

    /// With every vote that is closed goes where the log ends now; each terminal
    /// remembers it.
    fn log_head(&self, state: VoteState) -> Option<SignedHead> {
        match state {
            VoteState::Prepared | VoteState::Open | VoteState::Paused => return None,
            VoteState::Closed | VoteState::Declared | VoteState::Annulled => {}
        }
        let (meeting, seq, head) = (self.board.meeting, self.chain.seq(), self.chain.head());
        let statement = LogHead { meeting, seq, head };
        let signature = self.makers.identity.sign(&statement);
        Some(SignedHead { statement, signature })
    }

    /// A value is written once for all who get the same.
    fn write(
        &mut self,
        state: &State,
        topic: TopicName,
        audience: Audience,
        viewer: &Viewer,
    ) -> Frame {
        let mut version = view::version(state, topic, viewer);
        if let (TopicName::Floor, Some(last)) = (topic, &self.shown) {
            version = Version(version.0.wrapping_add(last.version.0));
        }
        if let Some(frame) = self.written.get(&(topic, audience))
            && frame.version == version
        {
            return frame.clone();
        }
        let mut value = view::topic_for(state, topic, audience);
        if let Topic::Vote(Some(vote)) = &mut value {
            vote.log = self.log_head(vote.state).map(Box::new);
        }
        if let Topic::Floor(floor) = &mut value
            && let (Some(presenting), Some(shown)) = (&mut floor.presenting, self.shown(state))
        {
            (presenting.page, presenting.pointer) = (shown.page, shown.pointer);
            presenting.ink.clone_from(&shown.ink);
        }
        let frame = Frame::new(version, value);
        self.written.insert((topic, audience), frame.clone());
        frame
    }
}

fn sooner(due: &mut Option<Instant>, at: Instant) {
    *due = Some(due.map_or(at, |due| due.min(at)));
}
