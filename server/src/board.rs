//! The latest value of every topic, ready to be sent: written once for each
//! audience, shared by everybody who may see it. Sessions compare versions and
//! take what they lack; whoever is slow skips values and delays nobody.
//! Who may see what is decided in the meeting's `view`.

use axum::extract::ws::Utf8Bytes;
use hemicycle_protocol::ids::{Bytes, Hash, Key, MeetingId, MemberId, SeatId, Version};
use hemicycle_protocol::people::Drawing;
use hemicycle_protocol::topic::{Me, Topic, TopicName};
use hemicycle_protocol::wire::{Down, TopicFrame, write};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;

/// A topic's value as the text of its message.
#[derive(Clone, Debug)]
pub struct Frame {
    pub version: Version,
    pub text: Utf8Bytes,
}

impl Frame {
    /// Writes a value.
    pub fn new(version: Version, topic: Topic) -> Self {
        Self { version, text: write(&Down::Topic(TopicFrame { version, topic })).into() }
    }

    /// Equal for frames that are the same writing of the same value.
    pub fn identity(&self) -> (Version, *const u8) {
        (self.version, self.text.as_str().as_ptr())
    }
}

/// All that one audience sees in common.
#[derive(Clone, Debug, Default)]
pub struct Sheet(BTreeMap<TopicName, Frame>);

impl Sheet {
    /// The value of a topic, if this audience may see it.
    pub fn get(&self, topic: TopicName) -> Option<&Frame> {
        self.0.get(&topic)
    }

    /// Puts a newer value, or takes it away.
    pub fn put(&mut self, topic: TopicName, frame: Option<Frame>) {
        match frame {
            Some(frame) => self.0.insert(topic, frame),
            None => self.0.remove(&topic),
        };
    }
}

/// A terminal that has a seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sitting {
    pub seat: SeatId,
    /// Whose signature counts there.
    pub member: Option<MemberId>,
    /// That person is signed in.
    pub here: bool,
    pub chair: bool,
    /// It gets the whole roll, as the chair does.
    pub roll: bool,
}

/// What the seats need.
#[derive(Clone, Debug, Default)]
pub struct SeatBoard {
    pub ordinary: Arc<Sheet>,
    pub chair: Arc<Sheet>,
    /// `me` of each seat that has a terminal.
    pub me: Arc<HashMap<SeatId, Frame>>,
    pub sittings: Arc<HashMap<Key, Sitting>>,
    /// Terminals that a clerk wants at no seat.
    pub refused: Arc<BTreeSet<Key>>,
    pub files: Arc<Files>,
    /// Files of secret votes.
    pub records: Arc<Records>,
}

/// Papers of the agenda, as seats may fetch them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Files {
    /// The entry of the log that changed them last.
    pub as_of: Version,
    pub everybodys: HashSet<Hash>,
    /// Those that not everybody gets, with the seats that do.
    pub own: HashMap<Hash, BTreeSet<SeatId>>,
}

impl Files {
    /// May this seat fetch that one?
    pub fn are_for(&self, seat: SeatId, hash: &Hash) -> bool {
        let own = || self.own.get(hash).is_some_and(|seats| seats.contains(&seat));
        self.everybodys.contains(hash) || own()
    }
}

/// Files of secret votes that may be fetched, with their sizes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Records {
    pub everybodys: HashMap<Hash, Bytes>,
    /// Of scrutineers' seats, while their terminals have work to do.
    pub own: HashMap<SeatId, HashMap<Hash, Bytes>>,
}

impl Records {
    /// The size of a file, if this seat may fetch it.
    pub fn size(&self, seat: SeatId, hash: &Hash) -> Option<Bytes> {
        let own = || self.own.get(&seat).and_then(|own| own.get(hash));
        self.everybodys.get(hash).or_else(own).copied()
    }
}

impl SeatBoard {
    /// A topic as a terminal sees it. One without a seat sees only that.
    pub fn get(&self, terminal: &Key, topic: TopicName) -> Option<Frame> {
        let Some(sitting) = self.sittings.get(terminal) else {
            let refused = self.refused.contains(terminal);
            // No seat's own version is that small: the log begins before the first seat.
            let version = Version(refused.into());
            return (topic == TopicName::Me)
                .then(|| Frame::new(version, Topic::Me(Me { refused, ..Me::default() })));
        };
        if topic == TopicName::Me {
            return self.me.get(&sitting.seat).cloned();
        }
        // What is not common is on no sheet of a seat.
        let leads = sitting.chair || (topic == TopicName::Roll && sitting.roll);
        let sheet = if leads { &self.chair } else { &self.ordinary };
        sheet.get(topic).cloned()
    }
}

/// See the module. The room writes, the sessions read.
#[derive(Debug)]
pub struct Board {
    pub meeting: MeetingId,
    pub seats: watch::Sender<Arc<SeatBoard>>,
    pub hall: watch::Sender<Arc<Sheet>>,
    pub console: watch::Sender<Arc<Sheet>>,
    /// Signatures that were drawn, for the console to ask for one by one.
    drawings: Mutex<Drawings>,
}

/// See [`Board`].
pub type Drawings = BTreeMap<MemberId, Arc<Drawing>>;

impl Board {
    /// Empty.
    pub fn new(meeting: MeetingId) -> Self {
        Self {
            meeting,
            seats: watch::Sender::new(Arc::default()),
            hall: watch::Sender::new(Arc::default()),
            console: watch::Sender::new(Arc::default()),
            drawings: Mutex::default(),
        }
    }

    /// The signature that a member has drawn.
    pub fn drawing(&self, member: MemberId) -> Option<Arc<Drawing>> {
        self.drawings.lock().unwrap_or_else(PoisonError::into_inner).get(&member).cloned()
    }

    /// Shows these.
    pub fn show_drawings(&self, drawings: Drawings) {
        *self.drawings.lock().unwrap_or_else(PoisonError::into_inner) = drawings;
    }
}
