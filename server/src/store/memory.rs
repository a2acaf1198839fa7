//! The log in memory: for tests, and for looking at a log without a disk.

use super::{SealedBallot, Store, StoreError, Visit};
use hemicycle_protocol::ids::{Hash, VoteId};
use hemicycle_protocol::record::Chain;
use std::collections::BTreeMap;
use std::path::Path;

/// See the module.
#[derive(Debug, Default)]
pub struct MemoryStore {
    entries: Vec<(Hash, Vec<u8>)>,
    ballots: BTreeMap<(VoteId, Hash), Vec<u8>>,
    chain: Chain,
    /// How many more appends work before one fails; none: all.
    fail_after: Option<u32>,
    /// It fails once, as a full disk that somebody then makes room on.
    passes: bool,
}

impl MemoryStore {
    /// Fails every append after the first `appends` ones.
    pub fn failing_after(appends: u32) -> Self {
        Self { fail_after: Some(appends), ..Self::default() }
    }

    /// Has no room for the one append after the first `appends` ones.
    pub fn full_once_after(appends: u32) -> Self {
        Self { fail_after: Some(appends), passes: true, ..Self::default() }
    }
}

impl Store for MemoryStore {
    fn head(&self) -> Chain {
        self.chain
    }

    fn append(
        &mut self,
        payloads: &[Vec<u8>],
        ballots: &[SealedBallot],
    ) -> Result<Chain, StoreError> {
        if let Some(left) = &mut self.fail_after {
            match left.checked_sub(1) {
                Some(less) => *left = less,
                None if self.passes => {
                    self.fail_after = None;
                    return Err(StoreError::Full { path: "memory".into() });
                }
                None => {
                    return Err(StoreError::Failed {
                        path: "memory".into(),
                        what: "told to fail".into(),
                    });
                }
            }
        }
        for payload in payloads {
            let (_, hash) = self.chain.push(payload);
            self.entries.push((hash, payload.clone()));
        }
        for SealedBallot { vote, tracker, ballot } in ballots {
            self.ballots.insert((*vote, *tracker), ballot.clone());
        }
        Ok(self.chain)
    }

    fn ballots(&mut self, vote: VoteId) -> Result<Vec<SealedBallot>, StoreError> {
        let of = self.ballots.iter().filter(|((of, _), _)| *of == vote);
        let ballot = |((vote, tracker), ballot): (&(VoteId, Hash), &Vec<u8>)| SealedBallot {
            vote: *vote,
            tracker: *tracker,
            ballot: ballot.clone(),
        };
        Ok(of.map(ballot).collect())
    }

    fn pick(&mut self, vote: VoteId, trackers: &[Hash]) -> Result<Vec<SealedBallot>, StoreError> {
        let ballot = |tracker: &Hash| {
            let ballot = self.ballots.get(&(vote, *tracker)).cloned();
            let ballot = ballot.ok_or_else(|| StoreError::missing(Path::new("memory"), vote))?;
            Ok(SealedBallot { vote, tracker: *tracker, ballot })
        };
        trackers.iter().map(ballot).collect()
    }

    fn tidy(&mut self) -> Result<(), StoreError> {
        Ok(())
    }

    fn read(&mut self, visit: &mut Visit<'_>) -> Result<Chain, StoreError> {
        let mut chain = Chain::default();
        for (hash, payload) in &self.entries {
            let seq = hemicycle_protocol::ids::Seq(chain.seq().0 + 1);
            chain
                .check(seq, payload, hash)
                .map_err(|broken| StoreError::broken(Path::new("memory"), &broken))?;
            visit(seq, payload)?;
        }
        Ok(chain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_contract() {
        crate::store::contract::check(MemoryStore::default, false);
    }

    #[test]
    fn a_failed_append_leaves_nothing() {
        let mut store = MemoryStore::failing_after(1);
        store.append(&[b"a".to_vec()], &[]).unwrap();
        let head = store.head();
        assert!(store.append(&[b"b".to_vec()], &[]).is_err());
        assert_eq!(store.head(), head);
    }
}
