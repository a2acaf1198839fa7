//! Why something about secret votes did not come about, in stable codes: what
//! terminals say, the log keeps and faces have words for. Nothing of a choice
//! can be told with them.

use crate::ballot::disclosure::DisclosureError;
use crate::ballot::election::ElectionError;
use crate::ballot::follow::FollowError;
use crate::ballot::keygen::Fault;
use crate::ids::MemberId;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Why a scrutineer's terminal does not help, or why its part was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Error)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "code", rename_all = "snake_case", deny_unknown_fields)]
pub enum Objection {
    #[error("this terminal does not hold its share of the key")]
    NoShare,
    #[error("this terminal's share does not belong to the vote")]
    ForeignShare,
    #[error("the vote is not the one that the room sees")]
    OtherVote,
    /// What the terminal was given as the vote's record.
    #[error("the record does not hold (event {event})")]
    Record { event: u32 },
    #[error("the record does not continue what it was before (event {event})")]
    NotContinued { event: u32 },
    #[error("the record does not end with an encrypted sum")]
    NoSum,
    #[error("the record asks something else than the meeting")]
    OtherQuestion,
    #[error("the trustees are not the server and the scrutineers")]
    OtherTrustees,
    #[error("a ballot was replaced by a later one")]
    ReplacedBallot,
    #[error("the list of registrations cannot be read")]
    Registrations,
    #[error("the registration of member {member} does not hold")]
    Registration { member: MemberId },
    #[error("member {member} has more than one credential for this vote, or another's")]
    TwoCredentials { member: MemberId },
    /// `place` in the list of credentials, from 1.
    #[error("credential {place} of the list was registered by nobody")]
    Stranger { place: u32 },
    #[error("the numbers of ballots contradict each other")]
    Contradiction,
    #[error("the sum is too close to another")]
    TooClose,
    #[error("the final sum has been opened")]
    AfterFinal,
    #[error("another sum of as many ballots has been opened")]
    OtherSum,
    #[error("the ballots of a sum that has been opened are not its beginning")]
    OtherBallots,
    /// Two groups of scrutineers without a common member could be asked for different sums.
    #[error("half of the scrutineers or fewer open a sum")]
    TooFew,
    /// Said by the server: the proofs of a part do not hold.
    #[error("the proofs of the part do not hold")]
    WrongPart,
}

/// How the key of secret votes was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Error)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "code", rename_all = "snake_case", deny_unknown_fields)]
pub enum KeyFault {
    /// Nothing was heard of these terminals in this round, from 1 to 4.
    #[error("silent in round {round}")]
    Silent { round: u32 },
    #[error("what was sent is no message")]
    Malformed,
    #[error("a message of another session or sender")]
    OtherSession,
    #[error("two different messages in one round")]
    Contradiction,
    #[error("revealed something else than committed to")]
    Commitment,
    #[error("a part of the trustees record is wrong")]
    Trustee,
    #[error("the signature on a message does not hold")]
    Signature,
    #[error("not one share for each other participant")]
    Receivers,
    #[error("a share does not fit its commitments")]
    Share,
    #[error("a complaint without cause")]
    FalseComplaint,
    #[error("other messages were seen than the others saw")]
    OtherTranscript,
}

impl Objection {
    /// Its stable name, a key of the catalogues.
    pub fn code(&self) -> &'static str {
        match self {
            Objection::NoShare => "no_share",
            Objection::ForeignShare => "foreign_share",
            Objection::OtherVote => "other_vote",
            Objection::Record { .. } => "record",
            Objection::NotContinued { .. } => "not_continued",
            Objection::NoSum => "no_sum",
            Objection::OtherQuestion => "other_question",
            Objection::OtherTrustees => "other_trustees",
            Objection::ReplacedBallot => "replaced_ballot",
            Objection::Registrations => "registrations",
            Objection::Registration { .. } => "registration",
            Objection::TwoCredentials { .. } => "two_credentials",
            Objection::Stranger { .. } => "stranger",
            Objection::Contradiction => "contradiction",
            Objection::TooClose => "too_close",
            Objection::AfterFinal => "after_final",
            Objection::OtherSum => "other_sum",
            Objection::OtherBallots => "other_ballots",
            Objection::TooFew => "too_few",
            Objection::WrongPart => "wrong_part",
        }
    }

    /// The member whom it is about.
    pub fn member(&self) -> Option<MemberId> {
        match self {
            Objection::Registration { member } | Objection::TwoCredentials { member } => {
                Some(*member)
            }
            Objection::NoShare
            | Objection::ForeignShare
            | Objection::OtherVote
            | Objection::Record { .. }
            | Objection::NotContinued { .. }
            | Objection::NoSum
            | Objection::OtherQuestion
            | Objection::OtherTrustees
            | Objection::ReplacedBallot
            | Objection::Registrations
            | Objection::Stranger { .. }
            | Objection::Contradiction
            | Objection::TooClose
            | Objection::AfterFinal
            | Objection::OtherSum
            | Objection::OtherBallots
            | Objection::TooFew
            | Objection::WrongPart => None,
        }
    }
}

impl KeyFault {
    /// Its stable name, a key of the catalogues.
    pub fn code(&self) -> &'static str {
        match self {
            KeyFault::Silent { .. } => "silent",
            KeyFault::Malformed => "malformed",
            KeyFault::OtherSession => "other_session",
            KeyFault::Contradiction => "contradiction",
            KeyFault::Commitment => "commitment",
            KeyFault::Trustee => "trustee",
            KeyFault::Signature => "signature",
            KeyFault::Receivers => "receivers",
            KeyFault::Share => "share",
            KeyFault::FalseComplaint => "false_complaint",
            KeyFault::OtherTranscript => "other_transcript",
        }
    }

    /// Was nothing said, rather than something wrong?
    pub fn is_silence(&self) -> bool {
        match self {
            KeyFault::Silent { .. } => true,
            KeyFault::Malformed
            | KeyFault::OtherSession
            | KeyFault::Contradiction
            | KeyFault::Commitment
            | KeyFault::Trustee
            | KeyFault::Signature
            | KeyFault::Receivers
            | KeyFault::Share
            | KeyFault::FalseComplaint
            | KeyFault::OtherTranscript => false,
        }
    }
}

impl From<&Fault> for KeyFault {
    fn from(fault: &Fault) -> Self {
        match fault {
            Fault::Malformed(_) => KeyFault::Malformed,
            Fault::OtherSession => KeyFault::OtherSession,
            Fault::Contradiction => KeyFault::Contradiction,
            Fault::Commitment => KeyFault::Commitment,
            Fault::Trustee(_) => KeyFault::Trustee,
            Fault::Signature => KeyFault::Signature,
            Fault::Receivers => KeyFault::Receivers,
            Fault::Share { .. } => KeyFault::Share,
            Fault::FalseComplaint { .. } => KeyFault::FalseComplaint,
            Fault::OtherTranscript => KeyFault::OtherTranscript,
        }
    }
}

impl From<ElectionError> for Objection {
    fn from(error: ElectionError) -> Self {
        let event = match error {
            ElectionError::Archive(error) => error.event,
            ElectionError::Event { event, .. } => number(event),
            ElectionError::SecondProofs(_) => 0,
        };
        Objection::Record { event }
    }
}

impl From<FollowError> for Objection {
    fn from(error: FollowError) -> Self {
        match error {
            FollowError::Record(error) => error.into(),
            FollowError::NotContinued { event } => Objection::NotContinued { event: number(event) },
            FollowError::NotOpen { event } => Objection::Record { event: number(event) },
        }
    }
}

impl From<DisclosureError> for Objection {
    fn from(error: DisclosureError) -> Self {
        match error {
            DisclosureError::Impossible => Objection::Contradiction,
            DisclosureError::TooClose => Objection::TooClose,
            DisclosureError::Final => Objection::AfterFinal,
            DisclosureError::OtherSum => Objection::OtherSum,
            DisclosureError::OtherBallots => Objection::OtherBallots,
        }
    }
}

fn number(event: usize) -> u32 {
    u32::try_from(event).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_the_one_that_is_written() {
        let member = MemberId(7);
        for objection in [
            Objection::NoShare,
            Objection::Record { event: 3 },
            Objection::TwoCredentials { member },
            Objection::WrongPart,
        ] {
            let written = serde_json::to_value(objection).unwrap();
            assert_eq!(written["code"], objection.code());
            assert_eq!(serde_json::from_value::<Objection>(written).unwrap(), objection);
        }
        for fault in [KeyFault::Silent { round: 2 }, KeyFault::OtherTranscript] {
            let written = serde_json::to_value(fault).unwrap();
            assert_eq!(written["code"], fault.code());
        }
        let silent = KeyFault::Silent { round: 2 };
        assert!(silent.is_silence() && !KeyFault::Share.is_silence());
        assert!(serde_json::from_str::<Objection>("{\"code\":\"else\"}").is_err());
    }
}
