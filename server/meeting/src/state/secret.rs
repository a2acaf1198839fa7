//! Secret votes as far as the meeting knows them: who keeps the key, how far its
//! making is, and what is public of each encrypted vote. Which ballot is whose,
//! and every key, are not here: the log never holds them.

use crate::event::{NamedScrutineer, SecretOpening};
use hemicycle_protocol::ids::{Key, MemberId, Millis};
use hemicycle_protocol::topic::{Blob, Objection, RecordRef, Said, ScrutinyKey};
use hemicycle_protocol::vote::Count;
use std::collections::BTreeMap;

/// The scrutineers and their key.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scrutiny {
    /// Counts the key generations; 0: none yet.
    pub attempt: u32,
    pub threshold: u32,
    pub scrutineers: Vec<NamedScrutineer>,
    pub key: ScrutinyKey,
    /// What was said in the key generation that runs or ran last.
    pub said: Vec<Said>,
    /// The scrutineers' item of the trustees record, as JSON, once it is made.
    pub item: Option<String>,
    /// Whose shares are destroyed.
    pub destroyed: Vec<MemberId>,
    /// Slots that secret votes have taken.
    pub slots: u32,
}

impl Scrutiny {
    /// A new key generation begins.
    pub fn begin(
        &mut self,
        attempt: u32,
        threshold: u32,
        scrutineers: Vec<NamedScrutineer>,
        at: Millis,
    ) {
        let slots = self.slots;
        let key = ScrutinyKey::Making { since: at };
        *self = Self { attempt, threshold, scrutineers, key, slots, ..Self::default() };
    }

    /// Is there a key for secret votes?
    pub fn is_ready(&self) -> bool {
        match self.key {
            ScrutinyKey::Ready { .. } => true,
            ScrutinyKey::Absent | ScrutinyKey::Making { .. } | ScrutinyKey::Failed { .. } => false,
        }
    }

    /// Do any two groups that open a sum have a member in common? Otherwise two groups could be
    /// asked for sums that are too close to each other, and neither would know.
    pub fn is_by_majority(&self) -> bool {
        let size = u32::try_from(self.scrutineers.len()).unwrap_or(u32::MAX);
        self.threshold > size / 2
    }

    /// Is the key being made?
    pub fn is_making(&self) -> bool {
        match self.key {
            ScrutinyKey::Making { .. } => true,
            ScrutinyKey::Absent | ScrutinyKey::Ready { .. } | ScrutinyKey::Failed { .. } => false,
        }
    }

    /// The number of a terminal among the scrutineers', from 1.
    pub fn index_of(&self, terminal: &Key) -> Option<u32> {
        let place = self.scrutineers.iter().position(|s| s.terminal == *terminal)?;
        u32::try_from(place + 1).ok()
    }

    /// Messages that scrutineer number `from` has sent.
    pub fn rounds(&self, from: u32) -> u32 {
        let said = self.said.iter().filter(|said| said.from == from).count();
        u32::try_from(said).unwrap_or(u32::MAX)
    }
}

/// A scrutineer's part of an opening, or the server's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Number of the trustee: 1 is the server, then the scrutineers in order.
    pub owner: u32,
    pub partial: String,
    pub second: String,
}

/// What is public of an encrypted vote.
#[derive(Clone, Debug, PartialEq)]
pub struct Sealed {
    pub opening: SecretOpening,
    /// Sums are opened while it runs, in steps of at least so many ballots.
    pub live: Option<u32>,
    /// In order; only the last one may still be under way.
    pub live_sums: Vec<LiveStep>,
    /// Who has checked its list of credentials, and who objects.
    pub checks: BTreeMap<MemberId, Option<Objection>>,
    /// The archive up to the encrypted sum, once it is closed.
    pub summed: Option<Blob>,
    /// Hints of its ballots in their order.
    pub hints: Option<Blob>,
    pub parts: Vec<Part>,
    /// Whose part was wrong, or who would not open, and why.
    pub refused: BTreeMap<MemberId, Objection>,
    pub record: Option<RecordRef>,
    /// The server's key of this vote is gone.
    pub key_destroyed: bool,
}

/// A sum of the first ballots of a vote that runs.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveStep {
    pub ballots: u32,
    /// Ballots that were in when it was begun.
    pub received: u32,
    /// The archive up to the last of them.
    pub archive: Blob,
    pub parts: Vec<Part>,
    pub refused: BTreeMap<MemberId, Objection>,
    /// Once it is open.
    pub count: Option<Count>,
}

impl LiveStep {
    /// Is this trustee's part there?
    pub fn has_part(&self, owner: u32) -> bool {
        self.parts.iter().any(|part| part.owner == owner)
    }
}

impl Sealed {
    /// As it is opened for ballots.
    pub fn new(opening: SecretOpening, live: Option<u32>) -> Self {
        Self {
            opening,
            live,
            live_sums: Vec::new(),
            checks: BTreeMap::new(),
            summed: None,
            hints: None,
            parts: Vec::new(),
            refused: BTreeMap::new(),
            record: None,
            key_destroyed: false,
        }
    }

    /// Is this trustee's part there?
    pub fn has_part(&self, owner: u32) -> bool {
        self.parts.iter().any(|part| part.owner == owner)
    }

    /// The live sum that is being opened.
    pub fn live_under_way(&self) -> Option<&LiveStep> {
        self.live_sums.last().filter(|step| step.count.is_none())
    }

    /// The live sum that was opened last.
    pub fn live_opened(&self) -> Option<(&LiveStep, &Count)> {
        self.live_sums.iter().rev().find_map(|step| Some((step, step.count.as_ref()?)))
    }

    /// The live sum of so many ballots.
    pub fn live_sum(&self, ballots: u32) -> Option<&LiveStep> {
        self.live_sums.iter().find(|step| step.ballots == ballots)
    }

    /// For changes.
    pub fn live_sum_mut(&mut self, ballots: u32) -> Option<&mut LiveStep> {
        self.live_sums.iter_mut().find(|step| step.ballots == ballots)
    }
}
