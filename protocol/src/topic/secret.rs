//! What the topics say of secret votes: who keeps the key, the files of a vote, how
//! far an opening is, and what a scrutineer's terminal has to do.

use super::{KeyFault, Objection};
use crate::ids::{Bytes, Hash, Key, MemberId, Millis, SeatId, Signature, VoteId};
use crate::vote::Form;
use serde::{Deserialize, Serialize};

/// A file that is fetched by its hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Blob {
    pub hash: Hash,
    pub bytes: Bytes,
}

/// What the terminals need of a secret vote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct SecretVote {
    /// Which of the meeting's secret votes it is, from 0: credentials are for a slot.
    pub slot: u32,
    /// The record's archive up to its first event.
    pub setup: Blob,
    /// Members with a credential in the list.
    pub credentials: u32,
    /// Who has checked that each of them belongs to one member.
    #[serde(default)]
    pub checks: ListChecks,
    /// Where sums are opened while the vote runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live: Option<SecretLive>,
    /// From the closing until the sum is open.
    pub opening: Option<SumOpening>,
    /// Once the sum is open.
    pub record: Option<RecordRef>,
}

/// What the scrutineers' terminals found in the list of credentials of a vote.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ListChecks {
    /// Each credential is one member's.
    pub checked: Vec<MemberId>,
    /// It is not so.
    pub objected: Vec<Objected>,
}

/// A scrutineer whose terminal objects, or whose part was wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Objected {
    pub member: MemberId,
    pub why: Objection,
}

/// The running count of a secret vote, which is the vote's `count` while it is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct SecretLive {
    /// Any two sums that are shown differ by at least so many ballots.
    pub step: u32,
    /// Ballots in the count; 0: no sum is open yet.
    pub counted: u32,
    /// Of the sum that is being opened, if one is.
    pub opening: Option<SumOpening>,
}

/// How far the opening of a sum has come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct SumOpening {
    /// Parts of scrutineers that are still needed.
    pub needed: u32,
    /// Whose parts are there.
    pub given: Vec<MemberId>,
    /// Whose parts could still come.
    pub missing: Vec<MemberId>,
    /// Whose parts were wrong, or who would not open.
    pub refused: Vec<Objected>,
}

/// What everybody compares of a finished record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct RecordRef {
    /// The list of its events (`ballot::archive::EventList`).
    pub events: Blob,
    /// Hash of the last event.
    pub last: Hash,
}

/// Topic `scrutiny`: who keeps the key of secret votes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Scrutiny {
    /// Counts the key generations; 0: nobody was named yet.
    pub attempt: u32,
    /// How many of them open a sum.
    pub threshold: u32,
    pub scrutineers: Vec<Scrutineer>,
    pub key: ScrutinyKey,
    /// The slot that the next secret vote takes.
    pub next_slot: u32,
}

/// 监票人
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Scrutineer {
    pub member: MemberId,
    pub seat: SeatId,
    pub name: String,
    /// The terminal that holds this share.
    pub terminal: Key,
    /// Rounds of the key generation, of four, that it has spoken in.
    pub rounds: u32,
    /// Its share is destroyed.
    pub destroyed: bool,
}

/// How the key of secret votes stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ScrutinyKey {
    #[default]
    Absent,
    /// Being made.
    Making { since: Millis },
    /// There. All scrutineers' terminals show this code.
    Ready { code: String },
    /// Not made: these members' terminals were silent, or broke a rule.
    Failed { members: Vec<MemberId>, why: KeyFault },
}

/// What a scrutineer's terminal needs for its work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Duty {
    pub attempt: u32,
    /// Its number among the scrutineers, from 1.
    pub index: u32,
    pub threshold: u32,
    /// The scrutineers' terminals in order.
    pub terminals: Vec<Key>,
    /// What was said so far, while the key is being made and once it is there.
    pub said: Vec<Said>,
    /// The vote whose list of credentials this terminal has not spoken about yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<ListTask>,
    /// The sum that waits for this terminal's part.
    pub open: Option<OpenTask>,
}

/// A list of credentials that is to be checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ListTask {
    pub vote: VoteId,
    pub slot: u32,
    pub title: String,
    pub form: Form,
    /// The record's archive up to its first event.
    pub setup: Blob,
    /// The signed registrations (`secret::Registered`), a JSON list.
    pub registrations: Blob,
}

/// A message of the key generation as everybody gets it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Said {
    /// Number of the sender, from 1.
    pub from: u32,
    pub message: String,
    /// Of the sender's terminal over `identity::KeygenSpeech`.
    pub signature: Signature,
}

/// A sum that is to be opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct OpenTask {
    pub vote: VoteId,
    pub slot: u32,
    pub title: String,
    pub form: Form,
    /// The record's archive up to the encrypted sum; of a live sum up to its last ballot.
    pub archive: Blob,
    /// The signed registrations (`secret::Registered`), a JSON list.
    pub registrations: Blob,
    /// Hints of the archive's ballots, in their order: the check takes a fraction of the time with them, and finds the
    /// same without. Only of a closed vote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hints: Option<Blob>,
    /// Of a vote that still runs; none: the final sum.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live: Option<LiveSum>,
}

/// The sum of the first ballots of a vote that still runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct LiveSum {
    /// Ballots in it.
    pub ballots: u32,
    /// Ballots that are in.
    pub received: u32,
    /// Any two sums of the vote differ by at least so many ballots.
    pub step: u32,
}
