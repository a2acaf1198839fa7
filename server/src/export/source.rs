//! The data folder as an exporter reads it, also while a server runs on it:
//! nothing in it is locked or changed. Of its secrets only the server's own key
//! is read, to sign the record's head; `secret/` is never opened.

use super::Trouble;
use crate::folder::FORMAT;
use crate::store::sqlite;
use hemicycle_protocol::ballot::archive;
use hemicycle_protocol::identity::Identity;
use hemicycle_protocol::ids::{Hash, Hex, Seq};
use hemicycle_protocol::record::Chain;
use rusqlite::{Connection, OpenFlags};
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;
use zeroize::Zeroizing;

/// `HEMI`: says whose database it is.
const APPLICATION: i64 = 0x4845_4d49;
/// What every archive of a secret vote begins with.
const MARK: &[u8; 9] = b"BELENIOS\0";

/// Takes an entry; an error ends the reading.
pub type Visit<'a> = dyn FnMut(Seq, &Hash, &[u8]) -> Result<(), Trouble> + 'a;

/// See the module.
#[derive(Debug)]
pub struct Source {
    data: PathBuf,
}

impl Source {
    /// Looks whether this is a data folder that is understood here.
    pub fn open(data: &Path) -> Result<Self, Trouble> {
        let path = data.join("format");
        let text = std::fs::read_to_string(&path).map_err(|e| {
            let missing = e.kind() == io::ErrorKind::NotFound;
            if missing { Trouble::NoData(data.into()) } else { Trouble::io(&path, e) }
        })?;
        match text.trim().parse::<u32>() {
            Ok(found) if found <= FORMAT => Ok(Self { data: data.into() }),
            Ok(found) => Err(Trouble::Newer { path, found: found.into(), known: FORMAT.into() }),
            Err(_) => Err(Trouble::damaged(&path, "no number")),
        }
    }

    /// The server's key.
    pub fn identity(&self) -> Result<Identity, Trouble> {
        let path = self.data.join("server.key");
        let text = std::fs::read_to_string(&path).map_err(|e| Trouble::io(&path, e))?;
        let text = Zeroizing::new(text);
        let mut secret = Zeroizing::new([0; 32]);
        hex::decode_to_slice(text.trim(), secret.as_mut_slice())
            .map_err(|_| Trouble::damaged(&path, "not 64 hexadecimal digits"))?;
        Ok(Identity::from_secret(&secret))
    }

    /// Visits every entry in order as one moment has them, each checked against
    /// the chain. Returns where the log ended at that moment.
    pub fn log(&self, visit: &mut Visit<'_>) -> Result<Chain, Trouble> {
        let path = self.data.join("log.sqlite");
        let at = |e: rusqlite::Error| Trouble::io(&path, io::Error::other(e));
        let mut db = open_to_read(&path).map_err(at)?;
        db.busy_timeout(Duration::from_secs(5)).map_err(at)?;
        db.execute_batch("PRAGMA trusted_schema=OFF; PRAGMA query_only=ON;").map_err(at)?;
        // One transaction: the log may grow meanwhile, what is read does not.
        let tx = db.transaction().map_err(at)?;
        let pragma =
            |name: &str| tx.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).map_err(at);
        match (pragma("application_id")?, pragma("user_version")?) {
            (APPLICATION, found) if found > sqlite::FORMAT => {
                return Err(Trouble::Newer { path, found, known: sqlite::FORMAT });
            }
            (APPLICATION, _) => {}
            (_, _) => return Err(Trouble::damaged(&path, "not the log of a Hemicycle server")),
        }
        let mut chain = Chain::default();
        let mut select =
            tx.prepare("SELECT seq, hash, payload FROM log ORDER BY seq").map_err(at)?;
        let mut rows = select.query(()).map_err(at)?;
        while let Some(row) = rows.next().map_err(at)? {
            let seq = Seq(row.get::<_, i64>(0).map_err(at)?.cast_unsigned());
            let hash: Hash = Hex(row.get(1).map_err(at)?);
            let payload = row.get_ref(2).map_err(at)?;
            let payload = payload.as_blob().map_err(|e| at(e.into()))?;
            chain
                .check(seq, payload, &hash)
                .map_err(|broken| Trouble::damaged(&path, &broken.to_string()))?;
            visit(seq, &hash, payload)?;
        }
        Ok(chain)
    }

    /// Opens a paper.
    pub fn paper(&self, hash: &Hash) -> Result<(PathBuf, File), Trouble> {
        let name = hash.to_string();
        let folder = crate::papers_folder(&self.data).join(name.get(..2).unwrap_or_default());
        let path = folder.join(format!("{name}.pdf"));
        let file = File::open(&path).map_err(|e| Trouble::io(&path, e))?;
        Ok((path, file))
    }

    /// Reads a file that terminals have fetched.
    pub fn blob(&self, hash: &Hash) -> Result<(PathBuf, Vec<u8>), Trouble> {
        let path = self.data.join("records/blobs").join(hash.to_string());
        let bytes = std::fs::read(&path).map_err(|e| Trouble::io(&path, e))?;
        Ok((path, bytes))
    }

    /// The archives of secret votes that are there, by their last event.
    pub fn archives(&self) -> Result<HashMap<Hash, PathBuf>, Trouble> {
        let root = self.data.join("records");
        let mut found = HashMap::new();
        let mut folders = vec![root];
        while let Some(folder) = folders.pop() {
            let at = |e| Trouble::io(&folder, e);
            let entries = match std::fs::read_dir(&folder) {
                Ok(entries) => entries,
                Err(e) if e.kind() == io::ErrorKind::NotFound => continue,
                Err(e) => return Err(at(e)),
            };
            for entry in entries {
                let entry = entry.map_err(at)?;
                let kind = entry.file_type().map_err(at)?;
                if kind.is_dir() {
                    folders.push(entry.path());
                } else if kind.is_file()
                    && let Some(last) = last_event(&entry.path())?
                {
                    found.insert(last, entry.path());
                }
            }
        }
        Ok(found)
    }
}

/// A folder in which no server writes is read without leaving anything in it.
pub(crate) fn open_to_read(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut wal = path.as_os_str().to_owned();
    wal.push("-wal");
    match path.to_str() {
        Some(text) if path.exists() && !Path::new(&wal).exists() => {
            let text = text.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
            let uri = format!("file:{text}?mode=ro&immutable=1");
            Connection::open_with_flags(uri, flags | OpenFlags::SQLITE_OPEN_URI)
        }
        Some(_) | None => Connection::open_with_flags(path, flags),
    }
}

/// The last event of the archive in a file; none if it is something else.
fn last_event(path: &Path) -> Result<Option<Hash>, Trouble> {
    let at = |e| Trouble::io(path, e);
    let mut file = match File::open(path) {
        Ok(file) => file,
        // The server took it away meanwhile: it was on its way to another name.
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(at(e)),
    };
    let mut bytes = Vec::new();
    file.by_ref().take(MARK.len() as u64).read_to_end(&mut bytes).map_err(at)?;
    if bytes != MARK {
        return Ok(None);
    }
    file.read_to_end(&mut bytes).map_err(at)?;
    // One that cannot be read is of no use; if a vote needs it, the vote is named.
    let contents = archive::read(&bytes).ok();
    Ok(contents.and_then(|c| c.events.last().map(|event| Hex(event.hash.0))))
}
