//! What stands in the log beside an event, and how a log becomes a state
//! again. The format is versioned; a log with a newer one is not read.

use super::answers::{Answers, Settled, Who};
use crate::store::{Store, StoreError};
use hemicycle_meeting::{Actor, Event, Meta, State, apply};
use hemicycle_protocol::ids::{CommandId, MemberId, Millis, Seq, VoteId};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Version of an entry.
pub const V: u8 = 1;

/// The payload of one log entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub v: u8,
    pub at: Millis,
    pub who: Actor,
    /// The command that it came from, by its sender's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<CommandId>,
    /// The id that the command was answered with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made: Option<u32>,
    /// The ballot whose receipt the command was answered with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<(VoteId, MemberId)>,
    pub event: Event,
}

/// What a log adds up to.
#[derive(Debug, Default)]
pub struct Replayed {
    pub state: State,
    pub answers: Answers,
    /// Time of the last entry.
    pub last: Millis,
}

impl Entry {
    /// As it is stored.
    pub fn bytes(&self) -> Vec<u8> {
        // Entries are plain structs: writing one cannot fail.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

/// The payload of an entry that the server itself writes.
pub fn first_entry(at: Millis, event: Event) -> Vec<u8> {
    Entry { v: V, at, who: Actor::Server, id: None, made: None, receipt: None, event }.bytes()
}

/// Adds up a whole log.
pub fn replay(store: &mut dyn Store) -> Result<Replayed, StoreError> {
    let mut replayed = Replayed::default();
    store.read(&mut |seq, payload| visit_entry(&mut replayed, seq, payload))?;
    Ok(replayed)
}

/// Adds one entry.
pub fn visit_entry(to: &mut Replayed, seq: Seq, payload: &[u8]) -> Result<(), StoreError> {
    #[derive(Deserialize)]
    struct Versioned {
        v: u8,
    }
    let path = || PathBuf::from("the log");
    let damaged =
        |what: &str| StoreError::Damaged { path: path(), what: format!("entry {seq} {what}") };
    let entry: Entry = match serde_json::from_slice(payload) {
        Ok(entry) => entry,
        Err(_) => {
            return Err(match serde_json::from_slice::<Versioned>(payload) {
                Ok(Versioned { v }) if v > V => {
                    StoreError::Newer { path: path(), found: v.into(), known: V.into() }
                }
                Ok(_) | Err(_) => damaged("cannot be read"),
            });
        }
    };
    if entry.v > V {
        return Err(StoreError::Newer { path: path(), found: entry.v.into(), known: V.into() });
    }
    let Entry { v: _, at, who, id, made, receipt, event } = entry;
    apply(&mut to.state, &event, &Meta { seq, at, who: who.clone() });
    to.last = at;
    let sender = match who {
        Actor::Seat { terminal, .. } => Some(Who::Terminal(terminal)),
        Actor::Clerk { name, .. } => Some(Who::Clerk(name)),
        Actor::Server => None,
    };
    if let (Some(sender), Some(id)) = (sender, id) {
        to.answers.put(sender, id, Ok(Settled { seq, made, ballot: receipt }));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use hemicycle_protocol::ids::Hex;
    use hemicycle_protocol::people::ClerkRole;

    #[test]
    fn an_entry_has_its_fixed_form() {
        let entry = Entry {
            v: V,
            at: Millis(1_700_000_000_000),
            who: Actor::Clerk { name: "李敏".into(), role: ClerkRole::Clerk },
            id: Some(Hex([0xab; 16])),
            made: None,
            receipt: None,
            event: Event::SignInOpened,
        };
        assert_eq!(
            String::from_utf8(entry.bytes()).unwrap(),
            "{\"v\":1,\"at\":1700000000000,\"who\":{\"as\":\"clerk\",\"name\":\"李敏\"},\
             \"id\":\"abababababababababababababababab\",\"event\":{\"event\":\"sign_in_opened\"}}"
        );
    }

    #[test]
    fn newer_and_damaged_entries_are_told_apart() {
        let mut replayed = Replayed::default();
        let mut visit = |text: &str| visit_entry(&mut replayed, Seq(1), text.as_bytes());
        assert!(matches!(visit("{\"v\":2,\"what\":1}"), Err(StoreError::Newer { found: 2, .. })));
        assert!(matches!(visit("{\"v\":1}"), Err(StoreError::Damaged { .. })));
        assert!(matches!(visit("x"), Err(StoreError::Damaged { .. })));
    }
}
