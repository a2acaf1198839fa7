//! The keys under which seats keep papers. A terminal writes papers to its disk under a
//! lock that the server gives it; what opens the lock it gets while the person at the
//! seat is signed in, and keeps in memory. All of these keys are made from one secret,
//! which is destroyed at the end of the meeting: what lies on the terminals' disks then
//! cannot be read by anybody, also where a terminal is switched off. Members' notes go
//! the same way: what opens them is made from the same secret.

use crate::folder::{FolderError, write_durably};
use hemicycle_protocol::ids::{Hash, Hex, Key, MeetingId, MemberId};
use hemicycle_protocol::ink::NotesKey;
use hemicycle_protocol::topic::{PaperKey, PaperLock};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use x25519_dalek::{X25519_BASEPOINT_BYTES, x25519};
use zeroize::Zeroizing;

/// In the data folder. No backup has it: what is destroyed must not lie about.
pub const FILE: &str = "papers.key";
/// Bound into every key, so that none is good for anything else.
const PURPOSE: &[u8] = b"hemicycle/1 papers of a seat";
const NOTES_PURPOSE: &[u8] = b"hemicycle/1 notes of a member";

/// See the module.
#[derive(Debug)]
pub struct PaperKeys {
    path: PathBuf,
    /// None once it is destroyed.
    secrets: Mutex<Option<Secrets>>,
}

/// The one that all are made from, and those that were made: each takes a moment, and a
/// congress of thousands is told of every vote at once.
struct Secrets {
    root: Secret,
    made: HashMap<Key, Pair>,
}

/// The private half, and the public one.
struct Pair(Secret, Hash);

type Secret = Zeroizing<[u8; 32]>;

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets")
    }
}

impl PaperKeys {
    /// Those of this data folder. Where there is no secret one is drawn, unless the
    /// meeting is over.
    pub fn open(folder: &Path, over: bool) -> Result<Self, FolderError> {
        let path = folder.join(FILE);
        let at = |source| FolderError::Io { path: path.clone(), source };
        let secret = match fs::read(&path).map(Zeroizing::new) {
            Ok(bytes) => {
                let damaged = FolderError::Damaged { path: path.clone(), what: "no key" };
                let secret = <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| damaged)?;
                Some(Zeroizing::new(secret))
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound && over => None,
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                let mut secret = Zeroizing::new([0; 32]);
                getrandom::fill(secret.as_mut_slice()).map_err(|e| at(io::Error::other(e)))?;
                write_durably(&path, secret.as_slice(), 0o600)?;
                Some(secret)
            }
            Err(e) => return Err(at(e)),
        };
        let secrets = secret.map(|root| Secrets { root, made: HashMap::new() });
        Ok(Self { path, secrets: Mutex::new(secrets) })
    }

    /// What this terminal keeps papers under; with the key where it may open them.
    pub fn lock(&self, meeting: MeetingId, terminal: &Key, may_open: bool) -> Option<PaperLock> {
        let mut secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        let Secrets { root, made } = secrets.as_mut()?;
        let Pair(key, lock) = made.entry(*terminal).or_insert_with(|| {
            let of = Sha256::new()
                .chain_update(PURPOSE)
                .chain_update(root.as_slice())
                .chain_update(meeting.0)
                .chain_update(terminal.0);
            let key: Secret = Zeroizing::new(of.finalize().into());
            let lock = Hex(x25519(*key, X25519_BASEPOINT_BYTES));
            Pair(key, lock)
        });
        Some(PaperLock { lock: *lock, key: may_open.then(|| PaperKey::new(key)) })
    }

    /// What opens this member's notes, at whichever seat.
    pub fn notes_key(&self, meeting: MeetingId, member: MemberId) -> Option<NotesKey> {
        let secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        let of = Sha256::new()
            .chain_update(NOTES_PURPOSE)
            .chain_update(secrets.as_ref()?.root.as_slice())
            .chain_update(meeting.0)
            .chain_update(member.0.to_be_bytes());
        let key: Secret = Zeroizing::new(of.finalize().into());
        Some(NotesKey::new(&key))
    }

    /// Are there still any?
    pub fn exist(&self) -> bool {
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// From now on nobody can open what terminals have kept. It is gone from the disk
    /// before this says so.
    pub fn destroy(&self) -> io::Result<()> {
        let mut secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        match OpenOptions::new().write(true).open(&self.path) {
            Ok(mut file) => {
                file.write_all(&[0; 32])?;
                file.sync_all()?;
                fs::remove_file(&self.path)?;
                if let Some(folder) = self.path.parent() {
                    fs::File::open(folder)?.sync_all()?;
                }
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(e) => return Err(e),
        }
        *secrets = None;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_terminal_has_its_own_until_they_are_destroyed() {
        let folder = tempfile::tempdir().unwrap();
        let keys = PaperKeys::open(folder.path(), false).unwrap();
        let meeting: MeetingId = Hex([3; 16]);
        let lock =
            |keys: &PaperKeys, terminal, open| keys.lock(meeting, &Hex([terminal; 32]), open);
        let shut = lock(&keys, 1, false).unwrap();
        let open = lock(&keys, 1, true).unwrap();
        assert_eq!((shut.lock, shut.key), (open.lock, None));
        let key = open.key.as_ref().and_then(PaperKey::bytes).unwrap();
        assert_eq!(x25519(key, X25519_BASEPOINT_BYTES), open.lock.0);
        assert_ne!(lock(&keys, 2, false).unwrap().lock, open.lock);

        let elsewhere = PaperKeys::open(folder.path(), false).unwrap();
        let other = elsewhere.lock(Hex([4; 16]), &Hex([1; 32]), false);
        assert_ne!(other.unwrap().lock, open.lock, "another meeting");

        let notes = |keys: &PaperKeys, member| keys.notes_key(meeting, MemberId(member));
        let mine = notes(&keys, 1).unwrap();
        assert_ne!(notes(&keys, 2).unwrap(), mine);
        assert_ne!(keys.notes_key(Hex([4; 16]), MemberId(1)).unwrap(), mine);

        // The same after a start.
        let keys = PaperKeys::open(folder.path(), true).unwrap();
        assert_eq!(lock(&keys, 1, true).unwrap(), open);
        assert_eq!(notes(&keys, 1).unwrap(), mine);

        // A second name for the bytes shows what becomes of them.
        let witness = folder.path().join("witness");
        fs::hard_link(folder.path().join(FILE), &witness).unwrap();
        keys.destroy().unwrap();
        keys.destroy().unwrap();
        assert_eq!(fs::read(&witness).unwrap(), [0; 32]);
        assert!(!keys.exist() && lock(&keys, 1, true).is_none() && notes(&keys, 1).is_none());
        assert!(!PaperKeys::open(folder.path(), true).unwrap().exist(), "the meeting is over");
        assert!(!folder.path().join(FILE).exists());
    }
}
