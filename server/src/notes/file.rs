//! Members' notes in SQLite, as ciphertext: a row for each page of a paper that a member
//! has drawn on. A database of its own, so that it can be destroyed as a whole.

use super::NotesError;
use hemicycle_protocol::ids::{Hash, MemberId};
use hemicycle_protocol::refusal::{Code, Refusal};
use hemicycle_protocol::wire::limits;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, Transaction};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// In the data folder. No backup has them: what is destroyed must not lie about.
pub const FILES: [&str; 3] = ["notes.sqlite", "notes.sqlite-wal", "notes.sqlite-shm"];
/// All notes of all members, in bytes: the log, which is on the same disk, must not be
/// in want of room for them.
pub const ALL: u64 = 4 * 1024 * 1024 * 1024;
/// Format of the database.
const FORMAT: i64 = 1;
/// `HEMN`: says whose file it is.
const APPLICATION: i64 = 0x4845_4d4e;

const SCHEMA: &str = "
    CREATE TABLE notes (
        member INTEGER NOT NULL,
        paper BLOB NOT NULL,
        page INTEGER NOT NULL,
        sealed BLOB NOT NULL,
        PRIMARY KEY (member, paper, page)
    ) STRICT;
";

/// See the module.
pub struct NotesFile {
    db: Connection,
    path: PathBuf,
    /// Bytes of all notes.
    all: u64,
    /// As many as there may be.
    most: u64,
}

/// A page to be kept in place of the one that is.
#[derive(Debug)]
pub struct Keep {
    pub member: MemberId,
    pub paper: Hash,
    pub page: u32,
    /// Ciphertext; none: the page has no notes any more.
    pub sealed: Vec<u8>,
}

impl NotesFile {
    /// Opens the file of a data folder, making it if there is none.
    pub fn open(folder: &Path) -> Result<Self, NotesError> {
        let path = folder.join(FILES[0]);
        let at = |source| NotesError::Io { path: path.clone(), source };
        // SQLite would make it for whoever the umask allows; its companions are as it is.
        let options = &mut OpenOptions::new();
        options.create(true).truncate(false).write(true).mode(0o600).open(&path).map_err(at)?;
        let opened = Self::open_at(&path);
        opened
            .map_err(|source| NotesError::Database { path: path.clone(), source })?
            .ok_or_else(|| NotesError::Foreign { path: path.clone() })
    }

    /// None: it is not a file of ours.
    fn open_at(path: &Path) -> rusqlite::Result<Option<Self>> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut db = Connection::open_with_flags(path, flags)?;
        db.busy_timeout(Duration::from_secs(2))?;
        let pragma =
            |db: &Connection, name| db.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
        let (application, format) = (pragma(&db, "application_id")?, pragma(&db, "user_version")?);
        let tables: i64 = db.query_row("SELECT count(*) FROM sqlite_schema", (), |r| r.get(0))?;
        db.pragma_update(None, "journal_mode", "WAL")?;
        db.execute_batch(
            "PRAGMA synchronous=FULL; PRAGMA trusted_schema=OFF; PRAGMA temp_store=MEMORY; \
             PRAGMA secure_delete=ON;",
        )?;
        match (application, format, tables) {
            (0, 0, 0) => {
                let tx = db.transaction()?;
                tx.execute_batch(SCHEMA)?;
                tx.pragma_update(None, "application_id", APPLICATION)?;
                tx.pragma_update(None, "user_version", FORMAT)?;
                tx.commit()?;
            }
            (APPLICATION, FORMAT, _) => {}
            (_, _, _) => return Ok(None),
        }
        let sum = "SELECT coalesce(sum(length(sealed)), 0) FROM notes";
        let all: i64 = db.query_row(sum, (), |row| row.get(0))?;
        Ok(Some(Self { db, path: path.into(), all: all.max(0).unsigned_abs(), most: ALL }))
    }

    /// Keeps these in one transaction, each as those before it left the rest; durable
    /// when it returns. Says of each whether there was room for it.
    pub fn keep(&mut self, pages: &[Keep]) -> Result<Vec<Result<(), Refusal>>, NotesError> {
        let mut all = self.all;
        let mut write = || {
            let tx = self.db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
            let mut kept = Vec::with_capacity(pages.len());
            for page in pages {
                kept.push(put(&tx, page, &mut all, self.most)?);
            }
            tx.commit()?;
            Ok(kept)
        };
        let kept = write();
        let at = |source| NotesError::Database { path: self.path.clone(), source };
        let kept = kept.map_err(at)?;
        self.all = all;
        Ok(kept)
    }

    /// A member's pages of a paper, in order.
    pub fn fetch(&self, member: MemberId, paper: &Hash) -> Result<Vec<(u32, Vec<u8>)>, NotesError> {
        let read = || {
            let mut select = self.db.prepare_cached(
                "SELECT page, sealed FROM notes WHERE member = ?1 AND paper = ?2 ORDER BY page",
            )?;
            let rows =
                select.query_map((member.0, paper.0), |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect::<rusqlite::Result<_>>()
        };
        read().map_err(|source| NotesError::Database { path: self.path.clone(), source })
    }

    /// Overwrites what it has; then its files can be removed.
    pub fn empty(self) -> Result<(), NotesError> {
        let write = || {
            self.db.execute("DELETE FROM notes", ())?;
            self.db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |row| row.get::<_, i64>(0))
        };
        write().map(|_| ()).map_err(|source| NotesError::Database { path: self.path, source })
    }

    #[cfg(test)]
    pub fn with_room_for(mut self, most: u64) -> Self {
        self.most = most;
        self
    }
}

fn put(
    tx: &Transaction<'_>,
    page: &Keep,
    all: &mut u64,
    most: u64,
) -> rusqlite::Result<Result<(), Refusal>> {
    let Keep { member, paper, page, sealed } = page;
    let key = (member.0, paper.0, *page);
    let before = tx
        .prepare_cached(
            "SELECT length(sealed) FROM notes WHERE member = ?1 AND paper = ?2 AND page = ?3",
        )?
        .query_row(key, |row| row.get::<_, i64>(0))
        .optional()?;
    let others = all.saturating_sub(before.unwrap_or_default().max(0).unsigned_abs());
    if sealed.is_empty() {
        tx.prepare_cached("DELETE FROM notes WHERE member = ?1 AND paper = ?2 AND page = ?3")?
            .execute(key)?;
        *all = others;
        return Ok(Ok(()));
    }
    // In characters of base64, as the limits are. The lengths alone are read for that.
    let (of_paper, of_member): (i64, i64) = tx
        .prepare_cached(
            "SELECT coalesce(sum(chars) FILTER (WHERE paper = ?2), 0), coalesce(sum(chars), 0)
             FROM (SELECT paper, (length(sealed) + 2) / 3 * 4 AS chars FROM notes
                   WHERE member = ?1 AND NOT (paper = ?2 AND page = ?3))",
        )?
        .query_row(key, |row| Ok((row.get(0)?, row.get(1)?)))?;
    let chars = sealed.len().div_ceil(3).saturating_mul(4);
    let is_past = |others: i64, most: usize| {
        usize::try_from(others).unwrap_or(usize::MAX).saturating_add(chars) > most
    };
    if is_past(of_paper, limits::NOTES_PAPER) {
        return Ok(Err(Refusal::of(Code::TooLarge, "notes on a paper")));
    }
    if is_past(of_member, limits::NOTES) {
        return Ok(Err(Refusal::of(Code::TooLarge, "notes of a member")));
    }
    let after = others.saturating_add(u64::try_from(sealed.len()).unwrap_or(u64::MAX));
    if after > most {
        return Ok(Err(Refusal::of(Code::Full, "notes of all members")));
    }
    tx.prepare_cached(
        "INSERT INTO notes (member, paper, page, sealed) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO UPDATE SET sealed = excluded.sealed",
    )?
    .execute((member.0, paper.0, *page, sealed))?;
    *all = after;
    Ok(Ok(()))
}

/// Removes the files from a data folder; those that are not there are no error.
pub fn remove(folder: &Path) -> Result<(), NotesError> {
    let mut removed = false;
    for name in FILES {
        let path = folder.join(name);
        match fs::remove_file(&path) {
            Ok(()) => removed = true,
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(source) => return Err(NotesError::Io { path, source }),
        }
    }
    if removed {
        let sync = || File::open(folder)?.sync_all();
        sync().map_err(|source| NotesError::Io { path: folder.into(), source })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use hemicycle_protocol::ids::Hex;
    use std::os::unix::fs::PermissionsExt;

    fn page(member: u32, paper: u8, page: u32, sealed: Vec<u8>) -> Keep {
        Keep { member: MemberId(member), paper: Hex([paper; 32]), page, sealed }
    }

    fn codes(file: &mut NotesFile, pages: &[Keep]) -> Vec<Option<Code>> {
        file.keep(pages).unwrap().into_iter().map(|kept| kept.err().map(|r| r.code)).collect()
    }

    #[test]
    fn pages_are_a_members_own_and_the_last_one_counts() {
        let dir = tempfile::tempdir().unwrap();
        let mut file = NotesFile::open(dir.path()).unwrap();
        let pages = [
            page(1, 7, 3, vec![1; 40]),
            page(1, 7, 0, vec![2; 40]),
            page(2, 7, 3, vec![3; 40]),
            page(1, 8, 3, vec![4; 40]),
            page(1, 7, 3, vec![5; 50]),
        ];
        assert_eq!(codes(&mut file, &pages), [None; 5]);
        let of = |file: &NotesFile, member, paper| {
            file.fetch(MemberId(member), &Hex([paper; 32])).unwrap()
        };
        assert_eq!(of(&file, 1, 7), [(0, vec![2; 40]), (3, vec![5; 50])]);
        assert_eq!(of(&file, 2, 7), [(3, vec![3; 40])]);
        assert!(of(&file, 2, 8).is_empty());
        assert_eq!(codes(&mut file, &[page(1, 7, 0, vec![]), page(1, 7, 1, vec![])]), [None; 2]);
        drop(file);

        let file = NotesFile::open(dir.path()).unwrap();
        assert_eq!((of(&file, 1, 7), file.all), (vec![(3, vec![5; 50])], 130));
        for name in FILES {
            let mode = fs::metadata(dir.path().join(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
        let pragma = |name| file.db.pragma_query_value(None, name, |r| r.get::<_, i64>(0)).unwrap();
        assert_eq!((pragma("synchronous"), pragma("secure_delete")), (2, 1));
    }

    #[test]
    fn there_is_room_for_so_much() {
        let dir = tempfile::tempdir().unwrap();
        let mut file = NotesFile::open(dir.path()).unwrap();
        // 192 KiB of characters, which is a page.
        let full = || vec![9; limits::NOTES_PAGE / 4 * 3];
        let a_paper = u32::try_from(limits::NOTES_PAPER / limits::NOTES_PAGE).unwrap();
        let papers = u8::try_from(limits::NOTES / limits::NOTES_PAPER).unwrap();
        for paper in 0..papers {
            for number in 0..a_paper {
                assert_eq!(codes(&mut file, &[page(1, paper, number, full())]), [None]);
            }
        }
        let too_large = [Some(Code::TooLarge)];
        assert_eq!(codes(&mut file, &[page(1, 0, a_paper, vec![1; 28])]), too_large);
        // In place of another there is room for it; what is gone makes room.
        assert_eq!(codes(&mut file, &[page(1, 0, 1, full())]), [None]);
        let rest = limits::NOTES - usize::from(papers) * limits::NOTES_PAPER;
        let rest = u32::try_from(rest / limits::NOTES_PAGE).unwrap();
        for number in 0..rest {
            assert_eq!(codes(&mut file, &[page(1, 100, number, full())]), [None]);
        }
        let refused = file.keep(&[page(1, 101, 0, full())]).unwrap().remove(0).unwrap_err();
        assert_eq!(refused, Refusal::of(Code::TooLarge, "notes of a member"));
        assert_eq!(codes(&mut file, &[page(2, 101, 0, full())]), [None]);
        let swap = [page(1, 0, 1, vec![]), page(1, 101, 0, full())];
        assert_eq!(codes(&mut file, &swap), [None; 2]);

        let dir = tempfile::tempdir().unwrap();
        let mut file = NotesFile::open(dir.path()).unwrap().with_room_for(100);
        let pages = [
            page(1, 7, 0, vec![1; 60]),
            page(2, 7, 0, vec![1; 60]),
            page(1, 7, 0, vec![1; 40]),
            page(2, 7, 0, vec![1; 60]),
        ];
        assert_eq!(codes(&mut file, &pages), [None, Some(Code::Full), None, None]);
    }

    #[test]
    fn nothing_is_left_of_it() {
        let dir = tempfile::tempdir().unwrap();
        let mut file = NotesFile::open(dir.path()).unwrap();
        file.keep(&[page(1, 7, 0, vec![0xa7; 9_000]), page(1, 7, 1, vec![0xa7; 50])]).unwrap();
        // Second names for the bytes show what becomes of them.
        for name in &FILES[..2] {
            let witness = dir.path().join(format!("{name}.witness"));
            fs::hard_link(dir.path().join(name), witness).unwrap();
        }
        file.empty().unwrap();
        remove(dir.path()).unwrap();
        remove(dir.path()).unwrap();
        for name in &FILES[..2] {
            let bytes = fs::read(dir.path().join(format!("{name}.witness"))).unwrap();
            assert!(!bytes.windows(32).any(|run| run == [0xa7; 32]), "{name}");
        }
        assert!(FILES.iter().all(|name| !dir.path().join(name).exists()));
    }

    #[test]
    fn what_is_not_ours_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(FILES[0]);
        Connection::open(&path).unwrap().execute_batch("CREATE TABLE mine (x)").unwrap();
        assert!(matches!(NotesFile::open(dir.path()), Err(NotesError::Foreign { .. })));
        fs::write(&path, [0x5a; 8192]).unwrap();
        assert!(matches!(NotesFile::open(dir.path()), Err(NotesError::Database { .. })));
    }
}
