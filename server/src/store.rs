//! The log on disk: entries are appended in one durable transaction, read from
//! the beginning, and never changed. Each carries the hash of the one before
//! it. What a payload means is the room's business.
//!
//! Beside the log lie the encrypted ballots of secret votes, written in the
//! transaction of the entry that says that somebody has cast. They are kept by
//! their trackers alone: no number, no time, no member; and [`Store::tidy`]
//! takes away what the place of bytes on the disk could tell of their order.
//!
//! [`contract`] is what every store must do; both stores run it as a test.

pub mod memory;
pub mod sqlite;
mod writer;

pub use memory::MemoryStore;
pub use sqlite::SqliteStore;
pub use writer::{Reader, Writer};

use hemicycle_protocol::ids::{Hash, Seq, VoteId};
use hemicycle_protocol::record::{Broken, Chain};
use std::path::PathBuf;
use thiserror::Error;

/// An append-only log.
pub trait Store: Send + 'static {
    /// Where the log ends.
    fn head(&self) -> Chain;

    /// Adds all of them or none, entries and ballots. When it returns, they
    /// survive a power cut. After an error nothing of them is readable.
    fn append(
        &mut self,
        payloads: &[Vec<u8>],
        ballots: &[SealedBallot],
    ) -> Result<Chain, StoreError>;

    /// All ballots of a secret vote in the order of their trackers.
    fn ballots(&mut self, vote: VoteId) -> Result<Vec<SealedBallot>, StoreError>;

    /// The ballots of these trackers, in this order; an error if one is missing.
    fn pick(&mut self, vote: VoteId, trackers: &[Hash]) -> Result<Vec<SealedBallot>, StoreError>;

    /// Writes everything anew in its own order, so that where bytes lie says
    /// nothing of when they came.
    fn tidy(&mut self) -> Result<(), StoreError>;

    /// Visits every entry in order, each checked against the chain first.
    fn read(&mut self, visit: &mut Visit<'_>) -> Result<Chain, StoreError>;
}

/// An encrypted ballot as its terminal sent it.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedBallot {
    pub vote: VoteId,
    /// SHA-256 of the ballot.
    pub tracker: Hash,
    pub ballot: Vec<u8>,
}

/// A ballot is in no log, not even an encrypted one.
impl std::fmt::Debug for SealedBallot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SealedBallot(vote {})", self.vote)
    }
}

/// Takes an entry; an error ends the reading.
pub type Visit<'a> = dyn FnMut(Seq, &[u8]) -> Result<(), StoreError> + 'a;

/// Why the log cannot be used. Each sentence says what to do.
#[derive(Debug, Error)]
pub enum StoreError {
    #[error(
        "{path} is in use by another program: close whatever has it open (a database viewer, a backup), then try again"
    )]
    Locked { path: PathBuf },
    #[error(
        "{path} cannot be written: give the user who runs the server write permission to it and its folder, or use another data folder"
    )]
    ReadOnly { path: PathBuf },
    #[error("the disk of {path} is full: make room on it; nothing that was confirmed is lost")]
    Full { path: PathBuf },
    #[error(
        "{path} was made by a newer version of Hemicycle (format {found}, this one knows {known}): start that version, or use another data folder"
    )]
    Newer { path: PathBuf, found: i64, known: i64 },
    #[error("{path} is not the log of a Hemicycle server: use another data folder")]
    Foreign { path: PathBuf },
    #[error(
        "{path} is damaged ({what}): keep a copy of the whole data folder as evidence, then restore the folder from a backup"
    )]
    Damaged { path: PathBuf, what: String },
    #[error("{path} cannot be used: {what}")]
    Failed { path: PathBuf, what: String },
}

impl StoreError {
    /// Will it perhaps work the next time? Everything else stays wrong until
    /// somebody has looked: after a failed write to disk nobody knows what the
    /// disk holds.
    pub fn passes(&self) -> bool {
        match self {
            StoreError::Locked { .. } | StoreError::Full { .. } => true,
            StoreError::ReadOnly { .. }
            | StoreError::Newer { .. }
            | StoreError::Foreign { .. }
            | StoreError::Damaged { .. }
            | StoreError::Failed { .. } => false,
        }
    }

    fn missing(path: &std::path::Path, vote: VoteId) -> Self {
        let what = format!("a ballot of vote {vote} is missing");
        StoreError::Damaged { path: path.into(), what }
    }

    fn broken(path: &std::path::Path, broken: &Broken) -> Self {
        StoreError::Damaged { path: path.into(), what: broken.to_string() }
    }
}

#[cfg(test)]
pub(crate) mod contract {
    //! What every store must do.

    use super::*;
    use hemicycle_protocol::ids::Hex;

    fn all(store: &mut dyn Store) -> Vec<(u64, Vec<u8>)> {
        let mut entries = Vec::new();
        let end = store
            .read(&mut |seq, payload| {
                entries.push((seq.0, payload.to_vec()));
                Ok(())
            })
            .unwrap();
        assert_eq!(end, store.head());
        entries
    }

    /// `open` opens the same log again each time it is called.
    pub fn check<S: Store>(mut open: impl FnMut() -> S, reopens: bool) {
        let mut store = open();
        assert_eq!(store.head(), Chain::default());
        assert!(all(&mut store).is_empty());

        // Nothing to add adds nothing.
        assert_eq!(store.append(&[], &[]).unwrap(), Chain::default());

        // A batch stands in order, and the chain is the protocol's.
        let head = store.append(&[b"a".to_vec(), Vec::new(), b"c".to_vec()], &[]).unwrap();
        let mut chain = Chain::default();
        for payload in [b"a".as_slice(), b"", b"c"] {
            chain.push(payload);
        }
        assert_eq!((head, store.head()), (chain, chain));
        assert_ne!(head.head(), Hash::default());
        let first = vec![(1, b"a".to_vec()), (2, Vec::new()), (3, b"c".to_vec())];
        assert_eq!(all(&mut store), first);

        // Reading does not move the end; a reader may stop it.
        let stop = || StoreError::Failed { path: "x".into(), what: "enough".into() };
        let mut seen = 0;
        let ended = store.read(&mut |seq, _| {
            seen = seq.0;
            if seq.0 == 2 { Err(stop()) } else { Ok(()) }
        });
        assert!(ended.is_err());
        assert_eq!(seen, 2);
        assert_eq!(store.head(), chain);

        // Large entries and many of them.
        let many: Vec<Vec<u8>> =
            (0..1_000_u32).map(|i| vec![b'x'; (i % 97) as usize * 100]).collect();
        store.append(&many, &[]).unwrap();
        let read = all(&mut store);
        assert_eq!(read.len(), 1_003);
        assert!(read.iter().skip(3).map(|(_, p)| p).eq(&many));

        // Ballots stand by vote and tracker, whatever the order they came in.
        let ballot = |vote, byte: u8| SealedBallot {
            vote: VoteId(vote),
            tracker: Hex([byte; 32]),
            ballot: vec![byte; 9_000],
        };
        store.append(&[b"cast".to_vec()], &[ballot(7, 9)]).unwrap();
        store.append(&[b"cast".to_vec(), b"cast".to_vec()], &[ballot(7, 3), ballot(8, 5)]).unwrap();
        let seven = vec![ballot(7, 3), ballot(7, 9)];
        assert_eq!(store.ballots(VoteId(7)).unwrap(), seven);
        assert_eq!(store.ballots(VoteId(8)).unwrap(), [ballot(8, 5)]);
        assert!(store.ballots(VoteId(9)).unwrap().is_empty());
        let picked = store.pick(VoteId(7), &[Hex([9; 32]), Hex([3; 32])]).unwrap();
        assert_eq!(picked, [ballot(7, 9), ballot(7, 3)]);
        assert!(store.pick(VoteId(8), &[Hex([9; 32])]).is_err());
        // The same one again is there once.
        store.append(&[b"cast".to_vec()], &[ballot(8, 5)]).unwrap();
        assert_eq!(store.ballots(VoteId(8)).unwrap().len(), 1);
        store.tidy().unwrap();
        assert_eq!(store.ballots(VoteId(7)).unwrap(), seven);
        assert_eq!(all(&mut store).len(), 1_007);

        if reopens {
            let head = store.head();
            drop(store);
            let mut again = open();
            assert_eq!(again.head(), head);
            assert_eq!(all(&mut again).len(), 1_007);
            assert_eq!(again.ballots(VoteId(7)).unwrap(), seven);
            assert_eq!(again.append(&[b"z".to_vec()], &[]).unwrap().seq(), Seq(1_008));
        }
    }
}
