//! Why a command is refused. The codes are stable: faces turn them into words,
//! other people's terminals match on them. A refusal never contains a choice.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// A stable reason.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
        pub enum Code {
            $($(#[$doc])* #[serde(rename = $text)] $name,)*
        }

        impl Code {
            /// All of them, for catalogues and tests.
            pub const ALL: &'static [Code] = &[$(Code::$name,)*];

            /// As on the wire.
            pub fn text(self) -> &'static str {
                match self { $(Code::$name => $text,)* }
            }
        }
    };
}

codes! {
    /// The message is not one that this protocol knows, or its fields are off.
    Malformed = "malformed",
    /// The message is larger than its limit.
    TooLarge = "too_large",
    /// A message that does not belong here in the conversation.
    OutOfOrder = "out_of_order",
    /// The client speaks another version of the protocol.
    WrongVersion = "wrong_version",
    /// Too many messages in too short a time.
    TooFast = "too_fast",
    /// The server is stopping or cannot write; try again.
    Unavailable = "unavailable",
    /// Signature, token or session does not hold.
    NotAuthentic = "not_authentic",
    /// This role may not do that.
    NotAllowed = "not_allowed",
    /// The account's role does not allow it.
    WrongRole = "wrong_role",
    /// The terminal has no seat yet.
    NoSeat = "no_seat",
    /// The seat wished for is taken by another terminal.
    SeatTaken = "seat_taken",
    /// There is no person for that seat.
    SeatEmpty = "seat_empty",
    /// No such item, paper, vote, member, seat, terminal.
    NotFound = "not_found",
    /// A text is empty, too long or has characters that cannot be shown.
    BadText = "bad_text",
    /// A number, list or rule is outside of what is possible.
    BadValue = "bad_value",
    /// Somebody else changed it meanwhile.
    ChangedMeanwhile = "changed_meanwhile",
    /// The meeting is not in a phase that allows it.
    WrongPhase = "wrong_phase",
    /// The vote is not in a state that allows it.
    WrongState = "wrong_state",
    /// Another vote is open.
    AnotherVoteOpen = "another_vote_open",
    /// Too few members present.
    NoQuorum = "no_quorum",
    /// The vote is closed, or not open yet.
    VoteNotOpen = "vote_not_open",
    /// This member's ballot is stored already and final.
    AlreadyVoted = "already_voted",
    /// The member is not on the roll of this vote.
    NotOnRoll = "not_on_roll",
    /// The member has not signed in.
    NotSignedIn = "not_signed_in",
    /// The member is signed in already.
    AlreadySignedIn = "already_signed_in",
    /// The meeting asks for a PIN, or this member has none.
    PinNeeded = "pin_needed",
    /// Not this member's PIN.
    WrongPin = "wrong_pin",
    /// Too many wrong PINs: a clerk has to release the seat.
    PinLocked = "pin_locked",
    /// The meeting asks for a drawn signature, or it is empty or too large.
    SignatureNeeded = "signature_needed",
    /// Sign-in is not open.
    SignInClosed = "sign_in_closed",
    /// The ballot does not answer the question in its form.
    BadBallot = "bad_ballot",
    /// Secret votes are not available in this room.
    SecretUnavailable = "secret_unavailable",
    /// The roster has a seat or a name twice, or no chair.
    BadRoster = "bad_roster",
    /// It is in use and cannot be removed.
    InUse = "in_use",
    /// Nothing would change.
    NoChange = "no_change",
    /// A list has reached its limit.
    Full = "full",
}

/// A refusal as it travels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Refusal {
    pub code: Code,
    /// The culprit, for the log and for technicians; faces speak by the code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

impl Refusal {
    /// With a culprit.
    pub fn of(code: Code, detail: impl fmt::Display) -> Self {
        Self { code, detail: Some(detail.to_string()) }
    }
}

impl From<Code> for Refusal {
    fn from(code: Code) -> Self {
        Self { code, detail: None }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.detail {
            Some(detail) => write!(f, "{}: {detail}", self.code.text()),
            None => f.write_str(self.code.text()),
        }
    }
}

impl std::error::Error for Refusal {}
