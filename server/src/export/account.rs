//! What a log adds up to for whoever exports or checks it: the meeting's state,
//! and what the state lets go of (who signed for what, by which key a secret
//! vote was opened). It judges nothing; `crate::verify` does.

use hemicycle_meeting::{Actor, Event, Meta, State, apply};
use hemicycle_protocol::ids::{Key, MemberId, Millis, Seq, Signature, VoteId};
use hemicycle_protocol::people::SignInBy;
use hemicycle_protocol::topic::Phase;
use hemicycle_protocol::vote::{Count, Verdict};
use serde::Deserialize;
use std::collections::BTreeMap;
use thiserror::Error;

/// Version of an entry's payload.
pub const PAYLOAD: u8 = 1;

/// The payload of a log entry, as far as a record needs it.
#[derive(Clone, Debug, Deserialize)]
pub struct Entry {
    pub v: u8,
    pub at: Millis,
    pub who: Actor,
    pub event: Event,
}

/// Why a payload is not understood.
#[derive(Debug, Error)]
pub enum EntryFault {
    #[error("made by a newer version of Hemicycle (entry format {0}, this one knows {PAYLOAD})")]
    Newer(u64),
    #[error("no entry of a meeting's log: {0}")]
    Unreadable(serde_json::Error),
}

/// How somebody came to be signed in, or a ballot into a recorded vote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hand {
    /// Signed at the seat, and for a sign-in with what beside the press.
    Seat { terminal: Key, signature: Signature, by: SignInBy },
    /// Entered by a clerk.
    Clerk { name: String, reason: String },
}

/// One sign-in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    pub seq: Seq,
    pub at: Millis,
    pub member: MemberId,
    pub hand: Hand,
}

/// What was said of a secret vote when its sum was opened, before any tie was
/// broken.
#[derive(Clone, Debug)]
pub struct Counted {
    pub seq: Seq,
    pub count: Count,
    pub verdict: Verdict,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Account {
    pub state: State,
    /// Time of the last entry.
    pub last: Millis,
    pub opened_at: Option<Millis>,
    pub closed_at: Option<Millis>,
    pub sign_ins: Vec<SignedIn>,
    /// Of each recorded ballot.
    pub hands: BTreeMap<(VoteId, MemberId), Hand>,
    /// The scrutineers' item under which each secret vote was opened.
    pub items: BTreeMap<VoteId, String>,
    pub counted: BTreeMap<VoteId, Counted>,
}

impl Entry {
    /// Reads a payload.
    pub fn read(payload: &[u8]) -> Result<Self, EntryFault> {
        #[derive(Deserialize)]
        struct Versioned {
            v: u64,
        }
        let found = serde_json::from_slice::<Versioned>(payload).map_err(EntryFault::Unreadable)?;
        if found.v > u64::from(PAYLOAD) {
            return Err(EntryFault::Newer(found.v));
        }
        serde_json::from_slice(payload).map_err(EntryFault::Unreadable)
    }
}

impl Account {
    /// Adds an entry.
    pub fn add(&mut self, seq: Seq, entry: &Entry) {
        let Entry { at, who, event, .. } = entry;
        self.note(seq, entry);
        self.last = *at;
        apply(&mut self.state, event, &Meta { seq, at: *at, who: who.clone() });
    }

    /// Is the meeting over?
    pub fn is_over(&self) -> bool {
        match self.state.phase() {
            Phase::Closed => true,
            Phase::Preparing | Phase::SignIn | Phase::InSession | Phase::Adjourned => false,
        }
    }

    fn note(&mut self, seq: Seq, entry: &Entry) {
        let Entry { at, who, event, .. } = entry;
        let at = *at;
        let by_clerk = |reason: &str| {
            let name = match who {
                Actor::Clerk { name, .. } => name.clone(),
                Actor::Seat { .. } | Actor::Server => String::new(),
            };
            Hand::Clerk { name, reason: reason.to_owned() }
        };
        if let Event::SignedIn { member, terminal, signature, by_pin, drawing, .. } = event {
            let by = match (by_pin, drawing) {
                (true, _) => SignInBy::Pin,
                (false, Some(_)) => SignInBy::Signature,
                (false, None) => SignInBy::Touch,
            };
            let hand = Hand::Seat { terminal: *terminal, signature: *signature, by };
            self.sign_ins.push(SignedIn { seq, at, member: *member, hand });
        } else if let Event::SignedInFor { member, reason } = event {
            let hand = by_clerk(reason);
            self.sign_ins.push(SignedIn { seq, at, member: *member, hand });
        } else if let Event::BallotCast { vote, member, terminal, signature, .. } = event {
            let by = SignInBy::Touch;
            let hand = Hand::Seat { terminal: *terminal, signature: *signature, by };
            self.hands.entry((*vote, *member)).or_insert(hand);
        } else if let Event::BallotEntered { vote, member, reason, .. } = event {
            self.hands.entry((*vote, *member)).or_insert_with(|| by_clerk(reason));
        } else if let Event::VoteOpened { vote, opening } = event
            && opening.secret.is_some()
            && let Some(item) = &self.state.scrutiny().item
        {
            self.items.insert(*vote, item.clone());
        } else if let Event::SecretCounted { vote, count, verdict, .. } = event {
            let (count, verdict) = (count.clone(), verdict.clone());
            self.counted.insert(*vote, Counted { seq, count, verdict });
        } else if matches!(event, Event::MeetingOpened) {
            self.opened_at.get_or_insert(at);
        } else if matches!(event, Event::MeetingClosed) {
            self.closed_at = Some(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newer_and_foreign_payloads_are_told_apart() {
        assert!(matches!(Entry::read(b"{\"v\":2,\"new\":1}"), Err(EntryFault::Newer(2))));
        assert!(matches!(Entry::read(b"{\"v\":1}"), Err(EntryFault::Unreadable(_))));
        assert!(matches!(Entry::read(b"x"), Err(EntryFault::Unreadable(_))));
        let sound = b"{\"v\":1,\"at\":5,\"who\":{\"as\":\"server\"},\"event\":{\"event\":\"notice_cleared\"}}";
        assert_eq!(Entry::read(sound).unwrap().at, Millis(5));
    }
}
