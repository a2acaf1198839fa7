//! Who asks for something, when, and what is asked beside the commands of the
//! wire. The wire's own `Command` is used as it is; nothing is decided here.

use crate::event::Event;
use hemicycle_protocol::ids::{Bytes, Hash, Key, MeetingId, MemberId, Millis, SeatId, VoteId};
use serde::{Deserialize, Serialize};

/// Who acts. Whoever claims to be one of these has been checked by the shell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "as", rename_all = "snake_case")]
pub enum Actor {
    /// The terminal at a seat. Signatures in its commands were verified with
    /// its key before they come here.
    Seat { seat: SeatId, terminal: Key },
    /// A clerk, by the name of the account.
    Clerk { name: String },
    /// The server itself: time running out, open enrolment.
    Server,
}

/// What a decision depends on beside the state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    pub now: Millis,
    pub actor: Actor,
}

/// What is asked without a command of the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServerCommand {
    /// The first entry of every log.
    CreateMeeting { id: MeetingId },
    /// A file was uploaded, checked and stored: papers may now name its hash.
    StorePaper(StoredPaper),
    /// Open enrolment: a terminal takes a free seat without a clerk.
    Enrol { terminal: Key, seat: SeatId },
    /// Close what is past its time. See `State::next_deadline`.
    Deadline,
}

/// What is known of an uploaded file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredPaper {
    pub hash: Hash,
    pub bytes: Bytes,
    pub pages: u32,
    /// Fonts that the file does not carry.
    pub substituted_fonts: Vec<String>,
}

/// What follows from a command: the facts to be stored, in order.
///
/// No events is a success too: what was asked for holds already and the
/// answer can be given again (a ballot whose receipt was lost).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decision {
    pub events: Vec<Event>,
    /// The id of what was made (item, paper, vote).
    pub made: Option<u32>,
    /// The answer carries the receipt of this ballot: `State::receipt` after
    /// the events were applied.
    pub receipt: Option<(VoteId, MemberId)>,
}

impl Decision {
    /// Nothing to store.
    pub fn nothing() -> Self {
        Self::default()
    }

    /// With the id of what was made.
    pub fn making(event: Event, id: u32) -> Self {
        Self { made: Some(id), ..Self::from(event) }
    }
}

impl From<Event> for Decision {
    fn from(event: Event) -> Self {
        Self { events: vec![event], ..Self::default() }
    }
}

impl From<Vec<Event>> for Decision {
    fn from(events: Vec<Event>) -> Self {
        Self { events, ..Self::default() }
    }
}
