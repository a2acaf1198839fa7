//! Papers on disk by their SHA-256: `papers/ab/abcdef….pdf`, beside each what
//! the check found (`.json`). A file appears whole under its name or not at
//! all; until then it is in `papers/coming`. Whether a paper is a good one is
//! decided by `check`, who may read it by the session.

mod check;
pub mod pieces;
pub mod word;

pub use check::{Checker, Facts};

use crate::folder::{FolderError, sync_folder, write_durably};
use hemicycle_protocol::ids::{Hash, Hex};
use hemicycle_protocol::wire::limits;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError, RwLock};
use thiserror::Error;
use tokio::sync::Notify;

/// The folder within the papers' for what is on its way.
pub const COMING: &str = "coming";

/// All papers of the data folder.
#[derive(Debug)]
pub struct Shelf {
    root: PathBuf,
    known: RwLock<HashMap<Hash, Facts>>,
    taken: AtomicU64,
    quota: u64,
    counter: AtomicU64,
    left: Mutex<Vec<pieces::Left>>,
    news: Notify,
}

/// Why a paper is not taken in.
#[derive(Debug, Error)]
pub enum ShelfError {
    #[error("the paper is larger than {limit} bytes")]
    TooLarge { limit: u64 },
    #[error("all papers together may take {quota} bytes; this one would be too much")]
    Full { quota: u64 },
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: io::Error },
    #[error(transparent)]
    Folder(#[from] FolderError),
}

/// A file that is still coming. Dropped unfinished, it leaves nothing, unless it comes in
/// pieces.
#[derive(Debug)]
pub struct Upload {
    path: PathBuf,
    file: File,
    sha: Sha256,
    /// How much of it is in the hash.
    hashed: u64,
    bytes: u64,
    room: u64,
    quota: u64,
    kept: bool,
    /// It comes in pieces.
    note: Option<pieces::Note>,
}

impl Shelf {
    /// Opens the folder and learns what is in it; half-written files go, but for those that come
    /// in pieces.
    pub fn open(root: &Path, quota: u64) -> Result<Self, ShelfError> {
        let at = |source| ShelfError::Io { path: root.into(), source };
        let coming = root.join(COMING);
        fs::create_dir_all(&coming).map_err(at)?;
        let (left, next) = pieces::clear(&coming).map_err(at)?;
        let (mut known, mut taken) = (HashMap::new(), 0_u64);
        for folder in fs::read_dir(root).map_err(at)? {
            let folder = folder.map_err(at)?.path();
            if !folder.is_dir() || folder == coming {
                continue;
            }
            for file in fs::read_dir(&folder).map_err(at)? {
                let path = file.map_err(at)?.path();
                let stem = path.file_stem().and_then(|s| s.to_str()).and_then(Hash::parse);
                let (Some(hash), Some("pdf")) = (stem, path.extension().and_then(|e| e.to_str()))
                else {
                    continue;
                };
                taken += path.metadata().map_err(at)?.len();
                match fs::read(path.with_extension("json")).map(|t| serde_json::from_slice(&t)) {
                    Ok(Ok(facts)) => {
                        known.insert(hash, facts);
                    }
                    Ok(Err(_)) | Err(_) => {
                        tracing::warn!(paper = %hash, "what is known about a paper is lost; it counts as never uploaded");
                    }
                }
            }
        }
        Ok(Self {
            root: root.into(),
            known: RwLock::new(known),
            taken: AtomicU64::new(taken),
            quota,
            counter: AtomicU64::new(next),
            left: Mutex::new(left),
            news: Notify::new(),
        })
    }

    /// What is known about a paper that was taken in.
    pub fn facts(&self, hash: &Hash) -> Option<Facts> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).get(hash).cloned()
    }

    /// All papers that were taken in.
    pub fn hashes(&self) -> Vec<Hash> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).keys().copied().collect()
    }

    /// Opens a paper for reading.
    pub fn read(&self, hash: &Hash) -> io::Result<File> {
        File::open(self.path(hash))
    }

    /// May so many bytes more be taken in?
    pub fn has_room(&self, bytes: u64) -> Result<(), ShelfError> {
        if bytes > self.room() { Err(ShelfError::Full { quota: self.quota }) } else { Ok(()) }
    }

    fn room(&self) -> u64 {
        self.quota.saturating_sub(self.taken.load(Ordering::Relaxed))
    }

    /// Starts to take a paper in.
    pub fn begin(&self) -> Result<Upload, ShelfError> {
        let name = format!("{}.pdf", self.counter.fetch_add(1, Ordering::Relaxed));
        let path = self.root.join(COMING).join(name);
        let file = OpenOptions::new()
            .create_new(true)
            .write(true)
            .mode(0o600)
            .open(&path)
            .map_err(|source| ShelfError::Io { path: path.clone(), source })?;
        let (room, sha) = (self.room(), Sha256::new());
        let quota = self.quota;
        Ok(Upload { path, file, sha, hashed: 0, bytes: 0, room, quota, kept: false, note: None })
    }

    /// Puts a paper that was found good in its place. Two people may do so
    /// with the same file at the same time.
    pub fn keep(&self, mut upload: Upload, facts: Facts) -> Result<Hash, ShelfError> {
        let hash = upload.hash();
        let place = self.path(&hash);
        let at = |source| ShelfError::Io { path: place.clone(), source };
        if self.facts(&hash).is_some() && place.exists() {
            return Ok(hash);
        }
        upload.file.sync_all().map_err(at)?;
        if let Some(folder) = place.parent()
            && !folder.exists()
        {
            fs::create_dir_all(folder).map_err(at)?;
            sync_folder(folder).map_err(at)?;
        }
        // What is known first: a paper without it would not count.
        let known = serde_json::to_vec(&facts).map_err(|e| at(e.into()))?;
        write_durably(&place.with_extension("json"), &known, 0o600)?;
        fs::rename(&upload.path, &place).map_err(at)?;
        sync_folder(&place).map_err(at)?;
        upload.kept = true;
        self.taken.fetch_add(upload.bytes, Ordering::Relaxed);
        self.known.write().unwrap_or_else(PoisonError::into_inner).insert(hash, facts);
        self.news.notify_one();
        Ok(hash)
    }

    /// Comes back once a paper was taken in since it did so last. For one who waits.
    pub async fn news(&self) {
        self.news.notified().await;
    }

    /// Where it lies.
    pub fn path(&self, hash: &Hash) -> PathBuf {
        let name = hash.to_string();
        self.root.join(name.get(..2).unwrap_or_default()).join(format!("{name}.pdf"))
    }
}

impl Upload {
    /// Adds bytes.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), ShelfError> {
        self.bytes = self.bytes.saturating_add(bytes.len() as u64);
        if self.bytes > limits::PAPER {
            return Err(ShelfError::TooLarge { limit: limits::PAPER });
        }
        if self.bytes > self.room {
            return Err(ShelfError::Full { quota: self.quota });
        }
        self.sha.update(bytes);
        self.hashed = self.bytes;
        self.file
            .write_all(bytes)
            .map_err(|source| ShelfError::Io { path: self.path.clone(), source })
    }

    /// A folder that nobody else has, for what is made of it.
    pub fn beside(&self) -> PathBuf {
        self.path.with_extension("work")
    }

    /// Where it lies while it is coming, for the check.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How much has come.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// SHA-256 of what has come.
    pub fn hash(&self) -> Hash {
        Hex(self.sha.clone().finalize().into())
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if !self.kept && self.note.is_none() {
            // It may be gone already; the next start clears the folder.
            let _ = fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> Facts {
        Facts { pages: 2, bytes: 5, title: None, fonts_missing: vec!["SimSun".into()] }
    }

    #[test]
    fn a_paper_is_found_by_its_hash_after_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let shelf = Shelf::open(dir.path(), 100).unwrap();
        let mut upload = shelf.begin().unwrap();
        upload.write(b"he").unwrap();
        upload.write(b"llo").unwrap();
        let hash = shelf.keep(upload, facts()).unwrap();
        assert_eq!(
            hash.to_string(),
            "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
        );
        // The same again takes no more room.
        let mut upload = shelf.begin().unwrap();
        upload.write(b"hello").unwrap();
        assert_eq!(shelf.keep(upload, facts()).unwrap(), hash);
        drop(shelf);

        fs::write(dir.path().join("coming/9.pdf"), "half").unwrap();
        let shelf = Shelf::open(dir.path(), 100).unwrap();
        assert_eq!(shelf.facts(&hash), Some(facts()));
        assert_eq!(shelf.taken.load(Ordering::Relaxed), 5);
        assert_eq!(io::read_to_string(shelf.read(&hash).unwrap()).unwrap(), "hello");
        assert_eq!(fs::read_dir(dir.path().join("coming")).unwrap().count(), 0);
        assert!(shelf.facts(&Hex([0; 32])).is_none());
    }

    #[test]
    fn the_quota_holds_and_nothing_is_left_of_a_refused_paper() {
        let dir = tempfile::tempdir().unwrap();
        let shelf = Shelf::open(dir.path(), 4).unwrap();
        let mut upload = shelf.begin().unwrap();
        assert!(matches!(upload.write(b"hello"), Err(ShelfError::Full { quota: 4 })));
        drop(upload);
        assert_eq!(fs::read_dir(dir.path().join("coming")).unwrap().count(), 0);
    }
}
