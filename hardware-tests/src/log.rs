//! What stands in a server's log, read from its data folder after it has
//! stopped: the last word on what was stored, and how often.

use hemicycle_protocol::ids::{Hash, Hex, SeatId, Seq, VoteId};
use hemicycle_protocol::record::{Broken, Chain};
use hemicycle_protocol::vote::Ballot;
use rusqlite::{Connection, OpenFlags};
use serde::Deserialize;
use std::path::Path;
use thiserror::Error;

/// Why the log cannot be read.
#[derive(Debug, Error)]
pub enum LogError {
    #[error(transparent)]
    Database(#[from] rusqlite::Error),
    #[error(transparent)]
    Broken(#[from] Broken),
    #[error("entry {0} is not understood: {1}")]
    Strange(Seq, serde_json::Error),
    #[error("the hash of entry {0} has another length")]
    Hash(Seq),
}

/// A stored ballot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredBallot {
    pub seq: Seq,
    pub vote: VoteId,
    pub seat: SeatId,
    pub ballot: Ballot,
}

#[derive(Deserialize)]
struct Entry {
    event: serde_json::Value,
}

#[derive(Deserialize)]
struct Cast {
    vote: VoteId,
    seat: SeatId,
    ballot: Ballot,
}

/// All ballots that seats cast, in the order of the log, whose chain is checked.
pub fn ballots(data: &Path) -> Result<Vec<StoredBallot>, LogError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let database = Connection::open_with_flags(data.join("log.sqlite"), flags)?;
    let mut entries = database.prepare("SELECT seq, hash, payload FROM log ORDER BY seq")?;
    let mut rows = entries.query([])?;
    let (mut chain, mut found) = (Chain::default(), Vec::new());
    while let Some(row) = rows.next()? {
        let seq = Seq(row.get::<_, i64>(0)?.unsigned_abs());
        let hash: Vec<u8> = row.get(1)?;
        let payload: Vec<u8> = row.get(2)?;
        let hash: Hash = Hex(hash.try_into().map_err(|_| LogError::Hash(seq))?);
        chain.check(seq, &payload, &hash)?;
        let strange = |error| LogError::Strange(seq, error);
        let Entry { event } = serde_json::from_slice(&payload).map_err(strange)?;
        if event.get("event").and_then(|name| name.as_str()) == Some("ballot_cast") {
            let Cast { vote, seat, ballot } = serde_json::from_value(event).map_err(strange)?;
            found.push(StoredBallot { seq, vote, seat, ballot });
        }
    }
    Ok(found)
}

/// How many encrypted ballots are stored.
pub fn sealed_ballots(data: &Path) -> Result<usize, LogError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let database = Connection::open_with_flags(data.join("log.sqlite"), flags)?;
    let stored: i64 = database.query_row("SELECT count(*) FROM ballots", [], |row| row.get(0))?;
    Ok(usize::try_from(stored).unwrap_or(usize::MAX))
}
