//! Who asks for something, when, and what is asked beside the commands of the
//! wire. The wire's own `Command` is used as it is; nothing is decided here.

use crate::event::{Event, SecretOpening};
use crate::state::secret::Part;
use hemicycle_protocol::ids::{
    Bytes, Hash, Key, MeetingId, MemberId, Millis, PaperId, SeatId, VoteId,
};
use hemicycle_protocol::people::{AccountChange, ClerkRole};
use hemicycle_protocol::topic::{Blob, KeyFault, RecordRef};
use hemicycle_protocol::vote::Count;
use serde::{Deserialize, Serialize};

/// Who acts. Whoever claims to be one of these has been checked by the shell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "as", rename_all = "snake_case")]
pub enum Actor {
    /// The terminal at a seat. Signatures in its commands were verified with
    /// its key before they come here.
    Seat { seat: SeatId, terminal: Key },
    /// By the name of an account, and what that account is for.
    Clerk {
        name: String,
        #[serde(default, skip_serializing_if = "ClerkRole::is_clerk")]
        role: ClerkRole,
    },
    /// The server itself: time running out, open enrolment.
    Server,
}

/// What a decision depends on beside the state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    pub now: Millis,
    pub actor: Actor,
    pub vouched: Vouched,
}

impl Context {
    /// With nothing that the shell vouches for.
    pub fn new(now: Millis, actor: Actor) -> Self {
        Self { now, actor, vouched: Vouched::Nothing }
    }
}

/// What the shell made or checked for a command of a secret vote: the meeting
/// holds no keys and computes no proofs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Vouched {
    #[default]
    Nothing,
    /// `open_vote`: the setup is made and stored.
    Opening(SecretOpening),
    /// `cast_secret`: all proofs hold, and the credential is this member's.
    Ballot,
    /// `open_part`: both proofs hold, and it is this trustee's.
    Part { owner: u32 },
    /// `open_part`: its proofs do not hold.
    BadPart,
    /// `sign_in`: the PIN is this member's.
    Pin { member: MemberId },
}

/// What is asked without a command of the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServerCommand {
    /// The first entry of every log.
    CreateMeeting {
        id: MeetingId,
    },
    /// A file was uploaded, checked and stored: papers may now name its hash.
    StorePaper(StoredPaper),
    /// Open enrolment: a terminal takes a free seat without a clerk.
    Enrol {
        terminal: Key,
        seat: SeatId,
    },
    /// The seat that asks has sent a wrong PIN.
    MissPin,
    /// The people of these names have PINs from now on.
    SetPins {
        names: Vec<String>,
    },
    /// An account at the console changes.
    SetAccount {
        account: String,
        change: AccountChange,
        role: ClerkRole,
    },
    /// The hall's link so far opens nothing more.
    RenewHallLink,
    /// Who asks has signed in at the console, or out.
    EnterConsole,
    LeaveConsole,
    /// Hand out and close what is due. See `State::next_deadline`.
    Deadline,
    /// The pages of this version were compared with those of the one before.
    PaperCompared {
        paper: PaperId,
        version: u32,
        changed: Option<Vec<u32>>,
        gone: Vec<u32>,
    },
    /// The keys of the papers at the seats are destroyed.
    PaperKeysDestroyed,
    /// The key generation is done.
    KeyMade {
        attempt: u32,
        item: String,
        code: String,
    },
    /// It is over without a key, by these members' doing or silence.
    KeyFailed {
        attempt: u32,
        members: Vec<MemberId>,
        why: KeyFault,
    },
    /// A secret vote that runs: the archive with its first ballots is stored.
    LiveSummed {
        vote: VoteId,
        ballots: u32,
        archive: Blob,
    },
    /// Their sum is open.
    LiveCounted {
        vote: VoteId,
        ballots: u32,
        count: Count,
    },
    /// A closed secret vote: the archive up to its sum is stored.
    Summed {
        vote: VoteId,
        archive: Blob,
        hints: Blob,
    },
    /// The server's own part of an opening, of a live sum or of the final one.
    OwnPart {
        vote: VoteId,
        live: Option<u32>,
        part: Part,
    },
    /// The sum is open, the record complete.
    Counted {
        vote: VoteId,
        count: Count,
        record: RecordRef,
    },
    /// The server's key of this vote is destroyed.
    KeyDestroyed {
        vote: VoteId,
    },
    /// So are the registrations of credentials.
    RegistrationsDestroyed,
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
