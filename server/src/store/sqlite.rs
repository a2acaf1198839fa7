//! The log in SQLite: write-ahead log, `synchronous=FULL`, a table of entries
//! and one of encrypted ballots. Opening reads the entries once from end to
//! end, so that damage is found at the start and not in the middle of a vote.

use super::{SealedBallot, Store, StoreError, Visit};
use hemicycle_protocol::ids::{Hash, Hex, Seq, VoteId};
use hemicycle_protocol::record::Chain;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Format of the database.
pub const FORMAT: i64 = 2;
/// `HEMI`: says whose file it is.
const APPLICATION: i64 = 0x4845_4d49;

const SCHEMA: &str = "
    CREATE TABLE log (
        seq INTEGER PRIMARY KEY,
        hash BLOB NOT NULL,
        payload BLOB NOT NULL
    ) STRICT;
    CREATE TRIGGER log_is_never_changed BEFORE UPDATE ON log
        BEGIN SELECT RAISE(ABORT, 'the log is never changed'); END;
    CREATE TRIGGER log_is_never_shortened BEFORE DELETE ON log
        BEGIN SELECT RAISE(ABORT, 'the log is never shortened'); END;
";

/// Since format 2. By tracker and without row numbers: the order says nothing.
const BALLOTS: &str = "
    CREATE TABLE ballots (
        vote INTEGER NOT NULL,
        tracker BLOB NOT NULL,
        ballot BLOB NOT NULL,
        PRIMARY KEY (vote, tracker)
    ) STRICT, WITHOUT ROWID;
    CREATE TRIGGER ballots_are_never_changed BEFORE UPDATE ON ballots
        BEGIN SELECT RAISE(ABORT, 'ballots are never changed'); END;
    CREATE TRIGGER ballots_are_never_removed BEFORE DELETE ON ballots
        BEGIN SELECT RAISE(ABORT, 'ballots are never removed'); END;
";

/// See the module.
#[derive(Debug)]
pub struct SqliteStore {
    db: Connection,
    path: PathBuf,
    chain: Chain,
}

impl SqliteStore {
    /// Opens the log, making it if there is none, and visits all entries.
    pub fn open(path: &Path, visit: &mut Visit<'_>) -> Result<Self, StoreError> {
        let at = |e: rusqlite::Error| explain(path, &e);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut db = Connection::open_with_flags(path, flags).map_err(at)?;
        db.busy_timeout(Duration::from_secs(2)).map_err(at)?;
        if db.is_readonly("main").map_err(at)? {
            return Err(StoreError::ReadOnly { path: path.into() });
        }
        let pragma = |db: &Connection, name: &str| {
            db.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).map_err(at)
        };
        let (application, format) = (pragma(&db, "application_id")?, pragma(&db, "user_version")?);
        let tables: i64 =
            db.query_row("SELECT count(*) FROM sqlite_schema", (), |r| r.get(0)).map_err(at)?;
        match (application, format, tables) {
            (0, 0, 0) => {
                db.pragma_update(None, "journal_mode", "WAL").map_err(at)?;
                let tx = db.transaction().map_err(at)?;
                tx.execute_batch(SCHEMA).map_err(at)?;
                tx.execute_batch(BALLOTS).map_err(at)?;
                tx.pragma_update(None, "application_id", APPLICATION).map_err(at)?;
                tx.pragma_update(None, "user_version", FORMAT).map_err(at)?;
                tx.commit().map_err(at)?;
            }
            (APPLICATION, FORMAT, _) => {}
            (APPLICATION, 1, _) => {
                let tx = db.transaction().map_err(at)?;
                tx.execute_batch(BALLOTS).map_err(at)?;
                tx.pragma_update(None, "user_version", FORMAT).map_err(at)?;
                tx.commit().map_err(at)?;
            }
            (APPLICATION, found, _) if found > FORMAT => {
                return Err(StoreError::Newer { path: path.into(), found, known: FORMAT });
            }
            (_, _, _) => return Err(StoreError::Foreign { path: path.into() }),
        }
        let mode: String =
            db.query_row("PRAGMA journal_mode=WAL", (), |row| row.get(0)).map_err(at)?;
        if mode != "wal" {
            let what = format!("the journal is {mode} where wal is needed");
            return Err(StoreError::Failed { path: path.into(), what });
        }
        db.execute_batch(
            "PRAGMA synchronous=FULL; PRAGMA trusted_schema=OFF; PRAGMA temp_store=MEMORY; \
             PRAGMA secure_delete=ON;",
        )
        .map_err(at)?;
        let mut store = Self { db, path: path.into(), chain: Chain::default() };
        store.chain = store.read(visit)?;
        Ok(store)
    }
}

impl Store for SqliteStore {
    fn head(&self) -> Chain {
        self.chain
    }

    fn append(
        &mut self,
        payloads: &[Vec<u8>],
        ballots: &[SealedBallot],
    ) -> Result<Chain, StoreError> {
        if payloads.is_empty() && ballots.is_empty() {
            return Ok(self.chain);
        }
        let mut chain = self.chain;
        let mut write = || {
            // Immediate: whoever else writes is found before anything is done.
            let tx = self.db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
            {
                let mut insert =
                    tx.prepare_cached("INSERT INTO log (seq, hash, payload) VALUES (?1, ?2, ?3)")?;
                for payload in payloads {
                    let (seq, hash) = chain.push(payload);
                    insert.execute((seq.0.cast_signed(), hash.0, payload))?;
                }
            }
            if !ballots.is_empty() {
                let mut insert = tx.prepare_cached(
                    "INSERT INTO ballots (vote, tracker, ballot) VALUES (?1, ?2, ?3) \
                     ON CONFLICT DO NOTHING",
                )?;
                for SealedBallot { vote, tracker, ballot } in ballots {
                    insert.execute((vote.0, tracker.0, ballot))?;
                }
            }
            tx.commit()
        };
        write().map_err(|e| explain(&self.path, &e))?;
        self.chain = chain;
        Ok(chain)
    }

    fn ballots(&mut self, vote: VoteId) -> Result<Vec<SealedBallot>, StoreError> {
        let at = |e: rusqlite::Error| explain(&self.path, &e);
        let mut select = self
            .db
            .prepare("SELECT tracker, ballot FROM ballots WHERE vote = ?1 ORDER BY tracker")
            .map_err(at)?;
        let read = |row: &rusqlite::Row<'_>| {
            Ok(SealedBallot { vote, tracker: Hex(row.get(0)?), ballot: row.get(1)? })
        };
        let rows = select.query_map((vote.0,), read).map_err(at)?;
        rows.collect::<Result<_, _>>().map_err(at)
    }

    fn pick(&mut self, vote: VoteId, trackers: &[Hash]) -> Result<Vec<SealedBallot>, StoreError> {
        let at = |e: rusqlite::Error| explain(&self.path, &e);
        let mut select = self
            .db
            .prepare("SELECT ballot FROM ballots WHERE vote = ?1 AND tracker = ?2")
            .map_err(at)?;
        let mut ballot = |tracker: &Hash| {
            let found = select.query_row((vote.0, tracker.0), |row| row.get(0)).optional();
            let ballot = found.map_err(at)?.ok_or_else(|| StoreError::missing(&self.path, vote))?;
            Ok(SealedBallot { vote, tracker: *tracker, ballot })
        };
        trackers.iter().map(&mut ballot).collect()
    }

    fn tidy(&mut self) -> Result<(), StoreError> {
        // The pages of a table lie in the order in which they were filled, and
        // the write-ahead log in the order of the commits: copy all, forget both.
        let at = |e: rusqlite::Error| explain(&self.path, &e);
        self.db.execute_batch("VACUUM").map_err(at)?;
        let emptied =
            self.db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |row| row.get::<_, i64>(0));
        match emptied.map_err(at)? {
            0 => Ok(()),
            _ => Err(StoreError::Locked { path: self.path.clone() }),
        }
    }

    fn read(&mut self, visit: &mut Visit<'_>) -> Result<Chain, StoreError> {
        let at = |e: rusqlite::Error| explain(&self.path, &e);
        let mut chain = Chain::default();
        let mut select =
            self.db.prepare("SELECT seq, hash, payload FROM log ORDER BY seq").map_err(at)?;
        let mut rows = select.query(()).map_err(at)?;
        while let Some(row) = rows.next().map_err(at)? {
            let seq = Seq(row.get::<_, i64>(0).map_err(at)?.cast_unsigned());
            let hash: Hash = row.get::<_, [u8; 32]>(1).map(Hex).map_err(|_| {
                let what = format!("entry {seq} has no proper hash");
                StoreError::Damaged { path: self.path.clone(), what }
            })?;
            let payload = row.get_ref(2).map_err(at)?.as_blob().map_err(|_| {
                let what = format!("entry {seq} is no bytes");
                StoreError::Damaged { path: self.path.clone(), what }
            })?;
            chain
                .check(seq, payload, &hash)
                .map_err(|broken| StoreError::broken(&self.path, &broken))?;
            visit(seq, payload)?;
        }
        Ok(chain)
    }
}

fn explain(path: &Path, error: &rusqlite::Error) -> StoreError {
    let path = path.to_path_buf();
    let what = error.to_string();
    let Some(code) = error.sqlite_error_code() else {
        return StoreError::Failed { path, what };
    };
    if matches!(code, ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) {
        StoreError::Locked { path }
    } else if matches!(
        code,
        ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied
    ) {
        StoreError::ReadOnly { path }
    } else if code == ErrorCode::DiskFull {
        StoreError::Full { path }
    } else if matches!(code, ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) {
        StoreError::Damaged { path, what }
    } else {
        StoreError::Failed { path, what }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(path: &Path) -> Result<SqliteStore, StoreError> {
        SqliteStore::open(path, &mut |_, _| Ok(()))
    }

    #[test]
    fn keeps_the_contract() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log.sqlite");
        crate::store::contract::check(|| open(&path).unwrap(), true);
    }

    #[test]
    fn is_recent_and_durable() {
        assert!(rusqlite::version_number() >= 3_051_003, "{}", rusqlite::version());
        let dir = tempfile::tempdir().unwrap();
        let store = open(&dir.path().join("log.sqlite")).unwrap();
        let pragma = |name| store.db.pragma_query_value(None, name, |r| r.get::<_, i64>(0));
        assert_eq!(pragma("synchronous").unwrap(), 2);
        let mode: String = store.db.pragma_query_value(None, "journal_mode", |r| r.get(0)).unwrap();
        assert_eq!(mode, "wal");
    }

    #[test]
    fn a_changed_entry_is_found_and_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log.sqlite");
        let mut store = open(&path).unwrap();
        store.append(&[b"one".to_vec(), b"two".to_vec()], &[]).unwrap();
        assert!(store.db.execute("UPDATE log SET payload = x'00' WHERE seq = 2", ()).is_err());
        store.db.execute_batch("DROP TRIGGER log_is_never_changed").unwrap();
        store.db.execute("UPDATE log SET payload = x'00' WHERE seq = 2", ()).unwrap();
        drop(store);
        let error = open(&path).unwrap_err();
        assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
        assert!(error.to_string().contains("entry 2"), "{error}");
    }

    /// Where on the disk each ballot lies, in the order of the trackers.
    fn places(dir: &Path, arrival: &[u8]) -> Vec<usize> {
        let path = dir.join("log.sqlite");
        let mut store = open(&path).unwrap();
        for tracker in arrival {
            let ballot = SealedBallot {
                vote: VoteId(1),
                tracker: Hex([*tracker; 32]),
                ballot: vec![0xA0 + tracker; 6_000],
            };
            store.append(&[b"cast".to_vec()], &[ballot]).unwrap();
        }
        assert!(store.db.execute("UPDATE ballots SET ballot = x'00'", ()).is_err());
        assert!(store.db.execute("DELETE FROM ballots", ()).is_err());
        store.tidy().unwrap();
        let wal = std::fs::metadata(dir.join("log.sqlite-wal")).map_or(0, |m| m.len());
        assert_eq!(wal, 0);
        let bytes = std::fs::read(&path).unwrap();
        let mut trackers = arrival.to_vec();
        trackers.sort_unstable();
        let place = |tracker: &u8| {
            let run = [0xA0 + tracker; 32];
            bytes.chunks_exact(32).position(|chunk| chunk == run).unwrap()
        };
        trackers.iter().map(place).collect()
    }

    #[test]
    fn where_a_ballot_lies_does_not_tell_when_it_came() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        // 61 is a prime: all different.
        let arrival: Vec<u8> = (1..=60_u32).map(|i| (i * 37 % 61) as u8).collect();
        let backwards: Vec<u8> = arrival.iter().rev().copied().collect();
        assert_eq!(places(one.path(), &arrival), places(other.path(), &backwards));
    }

    #[test]
    fn a_log_of_the_first_format_gets_its_table_of_ballots() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log.sqlite");
        let mut store = open(&path).unwrap();
        store.append(&[b"old".to_vec()], &[]).unwrap();
        store.db.execute_batch("DROP TABLE ballots").unwrap();
        store.db.pragma_update(None, "user_version", 1).unwrap();
        drop(store);
        let mut store = open(&path).unwrap();
        assert_eq!(store.head().seq(), Seq(1));
        assert!(store.ballots(VoteId(1)).unwrap().is_empty());
    }

    #[test]
    fn errors_tell_what_is_wrong() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log.sqlite");
        std::fs::write(&path, vec![0x5a; 8192]).unwrap();
        assert!(matches!(open(&path), Err(StoreError::Damaged { .. })));

        let path = dir.path().join("newer.sqlite");
        let store = open(&path).unwrap();
        store.db.pragma_update(None, "user_version", 7).unwrap();
        drop(store);
        let error = open(&path).unwrap_err();
        assert!(matches!(error, StoreError::Newer { found: 7, .. }), "{error}");

        let path = dir.path().join("foreign.sqlite");
        let db = Connection::open(&path).unwrap();
        db.execute_batch("CREATE TABLE mine (x)").unwrap();
        drop(db);
        assert!(matches!(open(&path), Err(StoreError::Foreign { .. })));
    }

    #[test]
    fn somebody_elses_transaction_is_named_and_passes() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log.sqlite");
        let mut store = open(&path).unwrap();
        store.db.busy_timeout(Duration::from_millis(1)).unwrap();
        let other = Connection::open(&path).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let error = store.append(&[b"x".to_vec()], &[]).unwrap_err();
        assert!(matches!(error, StoreError::Locked { .. }) && error.passes(), "{error}");
        other.execute_batch("ROLLBACK").unwrap();
        assert_eq!(store.append(&[b"x".to_vec()], &[]).unwrap().seq(), Seq(1));
    }
}
