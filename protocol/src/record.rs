//! The log's envelope: each entry names its place and the hash of the one
//! before it, so that nothing can be changed, dropped or put in later without
//! the hashes after it telling. The payload is opaque here.

use crate::ids::{Hash, Hex, Seq};
use sha2::{Digest, Sha256};
use thiserror::Error;

/// Format of the envelope.
pub const ENVELOPE: u8 = 1;

/// The hash of an entry: SHA-256 over
/// `hemicycle/1/log`, line feed, envelope version (1 byte), `seq` (8 bytes, big
/// endian), parent hash (32 bytes), payload. The first entry's parent is zero.
pub fn entry_hash(seq: Seq, parent: &Hash, payload: &[u8]) -> Hash {
    let mut sha = Sha256::new();
    sha.update(b"hemicycle/1/log\n");
    sha.update([ENVELOPE]);
    sha.update(seq.0.to_be_bytes());
    sha.update(parent.0);
    sha.update(payload);
    Hex(sha.finalize().into())
}

/// Why a chain is broken, and where.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Broken {
    #[error("entry {found} stands where {expected} belongs")]
    Gap { expected: Seq, found: Seq },
    #[error("entry {0} does not hash to what is written beside it")]
    Changed(Seq),
}

/// Follows a chain entry by entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Chain {
    seq: Seq,
    head: Hash,
}

impl Chain {
    /// The last entry's place; 0 for an empty log.
    pub fn seq(&self) -> Seq {
        self.seq
    }

    /// The last entry's hash; zero for an empty log.
    pub fn head(&self) -> Hash {
        self.head
    }

    /// Adds an entry that is being written; returns its place and hash.
    pub fn push(&mut self, payload: &[u8]) -> (Seq, Hash) {
        self.seq = Seq(self.seq.0 + 1);
        self.head = entry_hash(self.seq, &self.head, payload);
        (self.seq, self.head)
    }

    /// Checks an entry that was read.
    pub fn check(&mut self, seq: Seq, payload: &[u8], hash: &Hash) -> Result<(), Broken> {
        let expected = Seq(self.seq.0 + 1);
        if seq != expected {
            return Err(Broken::Gap { expected, found: seq });
        }
        let mut next = *self;
        next.push(payload);
        if next.head != *hash {
            return Err(Broken::Changed(seq));
        }
        *self = next;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_tells_every_change() {
        let mut chain = Chain::default();
        let log: Vec<_> =
            [b"a", b"b", b"c"].map(|p| (p.to_vec(), chain.push(p))).into_iter().collect();
        let read = |log: &[(Vec<u8>, (Seq, Hash))]| {
            let mut chain = Chain::default();
            log.iter().try_for_each(|(p, (seq, hash))| chain.check(*seq, p, hash)).map(|()| chain)
        };
        assert_eq!(read(&log), Ok(chain));
        let mut bent = log.clone();
        bent[1].0 = b"x".to_vec();
        assert_eq!(read(&bent), Err(Broken::Changed(Seq(2))));
        let mut short = log.clone();
        short.remove(1);
        assert_eq!(read(&short), Err(Broken::Gap { expected: Seq(2), found: Seq(3) }));
    }

    #[test]
    fn the_hash_is_fixed() {
        assert_eq!(
            entry_hash(Seq(1), &Hash::default(), b"{}").to_string(),
            "970108e60622e1e18392acb5899855933563162d30d1d644217f26cfae95e9cb"
        );
    }
}
