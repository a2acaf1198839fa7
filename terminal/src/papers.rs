//! The papers on the terminal: which are here, which are still wanted, and the one that is
//! coming in. They lie encrypted ([`file`]), the confidential ones in memory only; a paper
//! counts as here when the whole of it has hashed to its name.

mod file;
mod memory;

use file::Coming;
use hemicycle_pdf::sealed::SealKey;
use hemicycle_protocol::ids::{Hash, Hex};
use hemicycle_protocol::topic::{PaperKey, PaperLock};
use hemicycle_protocol::wire::{Chunk, Up};
use std::collections::{HashSet, VecDeque};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Asked for at a time: the credit given to the server.
pub const RANGE: u64 = 256 * 1024;
/// Papers that may wait.
const MOST_WANTED: usize = 2000;
/// How files end that are whole, and those that are not.
const WHOLE: &str = "paper";
const PART: &str = "part";

/// What this terminal keeps papers under: an X25519 public key.
pub type Lock = Hex<32>;

/// A paper that is to come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    pub hash: Hash,
    pub bytes: u64,
    /// Never on the disk.
    pub confidential: bool,
}

/// What came of a piece.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arrival {
    Progress { hash: Hash, have: u64 },
    Ready { hash: Hash },
    Failed { hash: Hash },
}

/// The papers of one terminal.
#[derive(Debug)]
pub struct Papers {
    disk: PathBuf,
    /// A folder that is only in memory; none where this machine has none.
    memory: Option<PathBuf>,
    lock: Option<Lock>,
    key: Option<Key>,
    wanted: VecDeque<Wanted>,
    coming: Option<(Coming, Wanted)>,
    /// Those that were broken off, to go on with.
    halves: Vec<Coming>,
    confidential: HashSet<Hash>,
}

struct Key(Zeroizing<[u8; 32]>);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key")
    }
}

impl Papers {
    /// Uses this folder, making it if need be, only for its owner.
    pub fn open(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        crate::keys::only_mine(folder, 0o700)?;
        let memory = memory::folder(folder).unwrap_or_else(|error| {
            tracing::warn!(%error, "there is no folder in memory: confidential papers cannot be kept");
            None
        });
        let papers = Self {
            disk: folder.to_owned(),
            memory,
            lock: None,
            key: None,
            wanted: VecDeque::new(),
            coming: None,
            halves: Vec::new(),
            confidential: HashSet::new(),
        };
        papers.clear(|_| true);
        Ok(papers)
    }

    /// Can confidential papers be kept here?
    pub fn has_memory(&self) -> bool {
        self.memory.is_some()
    }

    /// Where papers lie; the worker may read nothing else.
    pub fn folders(&self) -> Vec<PathBuf> {
        std::iter::once(&self.disk).chain(&self.memory).cloned().collect()
    }

    /// Papers lie under this from now on. What lies under another, nobody can open any
    /// more, and it goes; without one, everything does.
    pub fn keep_under(&mut self, lock: Option<&PaperLock>) {
        let before = self.lock;
        self.lock = lock.map(|lock| lock.lock);
        let bytes = lock.and_then(|lock| lock.key.as_ref()).and_then(PaperKey::bytes);
        self.key = bytes.map(|bytes| Key(Zeroizing::new(bytes)));
        if self.lock.is_none() || before.is_some_and(|before| Some(before) != self.lock) {
            self.coming = None;
            self.halves.clear();
            self.wanted.clear();
            self.confidential.clear();
            self.clear(|_| false);
        }
    }

    /// Where a complete paper lies, and what opens it; none before sign-in.
    pub fn opened(&self, hash: &Hash) -> Option<(PathBuf, SealKey)> {
        let path = self.path(hash)?;
        let key = file::key_of(&path, &self.lock?, &self.key.as_ref()?.0);
        let key = key.inspect_err(|e| tracing::warn!(paper = %hash, error = %e, "not opened"));
        Some((path, key.ok()?))
    }

    /// The paper that a file in one of the folders is. Files of other kinds are none: those
    /// of terminals before papers were sealed lie in clear.
    fn hash_of(path: &Path) -> Option<Hash> {
        let text = |part: Option<&std::ffi::OsStr>| part?.to_str().map(str::to_owned);
        let ending = text(path.extension())?;
        let ours = ending == WHOLE || ending == PART;
        text(path.file_stem()).filter(|_| ours).and_then(|stem| Hex::parse(&stem))
    }

    fn path(&self, hash: &Hash) -> Option<PathBuf> {
        Some(self.folder(hash)?.join(format!("{hash}.{WHOLE}")))
    }

    fn folder(&self, hash: &Hash) -> Option<&Path> {
        if self.confidential.contains(hash) { self.memory.as_deref() } else { Some(&self.disk) }
    }

    /// Puts a paper on the list. `Ready` at once if it is here already.
    pub fn want(&mut self, wanted: Wanted, urgent: bool) -> Option<Arrival> {
        let Wanted { hash, bytes, confidential } = wanted;
        let changed = if confidential {
            self.confidential.insert(hash)
        } else {
            self.confidential.remove(&hash)
        };
        if changed {
            self.moves(&hash);
        }
        let Some(path) = self.path(&hash) else { return Some(Arrival::Failed { hash }) };
        if self.lock.is_some_and(|lock| file::is_whole(&path, &lock, bytes)) {
            return Some(Arrival::Ready { hash });
        }
        if self.coming.as_ref().is_some_and(|(coming, _)| coming.hash == hash) {
            return None;
        }
        self.wanted.retain(|w| w.hash != hash);
        if self.wanted.len() >= MOST_WANTED {
            return Some(Arrival::Failed { hash });
        }
        if urgent {
            self.wanted.push_front(wanted);
        } else {
            self.wanted.push_back(wanted);
        }
        None
    }

    /// It is to lie in the other folder: nothing of it may stay in this one.
    fn moves(&mut self, hash: &Hash) {
        self.wanted.retain(|w| w.hash != *hash);
        self.halves.retain(|half| half.hash != *hash);
        if let Some((coming, _)) = self.coming.take_if(|(coming, _)| coming.hash == *hash) {
            coming.drop_part();
        }
        for folder in self.folders() {
            if self.folder(hash) == Some(folder.as_path()) {
                continue;
            }
            for ending in [WHOLE, PART] {
                let path = folder.join(format!("{hash}.{ending}"));
                match fs::remove_file(&path) {
                    Err(e) if e.kind() != io::ErrorKind::NotFound => {
                        tracing::error!(error = %e, "a paper cannot be removed");
                    }
                    Ok(()) | Err(_) => {}
                }
            }
        }
    }

    /// The next request to the server, if nothing is on its way.
    pub fn ask(&mut self) -> Option<Up> {
        while self.coming.is_none() {
            let lock = self.lock?;
            let wanted = self.wanted.pop_front()?;
            match self.begin(wanted, &lock) {
                Ok(coming) => self.coming = Some((coming, wanted)),
                Err(e) => tracing::warn!(paper = %wanted.hash, error = %e, "cannot keep a paper"),
            }
        }
        let (coming, _) = self.coming.as_mut()?;
        if coming.asked_to > coming.have {
            return None;
        }
        let length = RANGE.min(coming.bytes.saturating_sub(coming.have));
        coming.asked_to = coming.have + length;
        Some(Up::Fetch { hash: coming.hash, offset: coming.have, length })
    }

    /// Goes on where an earlier attempt ended.
    fn begin(&mut self, wanted: Wanted, lock: &Lock) -> io::Result<Coming> {
        let Wanted { hash, bytes, .. } = wanted;
        if let Some(at) = self.halves.iter().position(|half| half.hash == hash) {
            let mut half = self.halves.swap_remove(at);
            if half.bytes == bytes {
                half.asked_to = half.have;
                return Ok(half);
            }
        }
        let none = || io::Error::other("there is no folder in memory");
        let part = self.folder(&hash).ok_or_else(none)?.join(format!("{hash}.{PART}"));
        Coming::begin(part, hash, bytes, lock, self.key.as_ref().map(|key| &*key.0))
    }

    /// Takes in a binary frame.
    pub fn chunk(&mut self, frame: &[u8]) -> Option<Arrival> {
        let chunk = Chunk::decode(frame).ok()?;
        let (coming, _) = self.coming.as_mut().filter(|(c, _)| c.hash == chunk.hash)?;
        let hash = coming.hash;
        let end = chunk.offset.checked_add(chunk.data.len() as u64)?;
        if chunk.offset != coming.have || end > coming.bytes {
            return None;
        }
        if let Err(e) = coming.write(chunk.data) {
            tracing::warn!(paper = %hash, error = %e, "cannot write a paper");
            return Some(self.give_up());
        }
        if end < coming.bytes {
            return Some(Arrival::Progress { hash, have: end });
        }
        Some(self.finish())
    }

    /// The server has no such paper.
    pub fn refused(&mut self, hash: &Hash) -> Option<Arrival> {
        self.coming.as_ref().filter(|(coming, _)| coming.hash == *hash)?;
        Some(self.give_up())
    }

    /// The connection is gone: what was asked for must be asked for again.
    pub fn interrupted(&mut self) {
        if let Some((coming, wanted)) = self.coming.take() {
            self.halves.push(coming);
            self.wanted.push_front(wanted);
        }
    }

    fn finish(&mut self) -> Arrival {
        let Some((coming, Wanted { hash, .. })) = self.coming.take() else {
            return Arrival::Failed { hash: Hash::default() };
        };
        let kept = match self.path(&hash) {
            Some(path) => coming.finish(&path),
            None => Err(io::Error::other("there is no folder in memory")),
        };
        match kept {
            Ok(()) => Arrival::Ready { hash },
            Err(e) => {
                tracing::warn!(paper = %hash, error = %e, "a paper did not arrive whole");
                if let Some(folder) = self.folder(&hash) {
                    let _ = fs::remove_file(folder.join(format!("{hash}.{PART}")));
                }
                Arrival::Failed { hash }
            }
        }
    }

    fn give_up(&mut self) -> Arrival {
        let Some((coming, Wanted { hash, .. })) = self.coming.take() else {
            return Arrival::Failed { hash: Hash::default() };
        };
        coming.drop_part();
        Arrival::Failed { hash }
    }

    /// Removes what is not among these.
    pub fn keep(&mut self, hashes: &[Hash]) {
        self.wanted.retain(|w| hashes.contains(&w.hash));
        self.halves.retain(|half| hashes.contains(&half.hash));
        self.confidential.retain(|hash| hashes.contains(hash));
        self.clear(|hash| hashes.contains(hash));
    }

    /// Removes files: all but those that stay, and of confidential ones what lies on the disk.
    fn clear(&self, stays: impl Fn(&Hash) -> bool) {
        for folder in self.folders() {
            let Ok(entries) = fs::read_dir(&folder) else { continue };
            for path in entries.flatten().map(|e| e.path()) {
                let here = |hash: &Hash| self.folder(hash) == Some(folder.as_path());
                let known = Self::hash_of(&path).is_some_and(|hash| stays(&hash) && here(&hash));
                if !known && let Err(e) = fs::remove_file(&path) {
                    tracing::warn!(error = %e, "cannot remove an old paper");
                }
            }
        }
    }
}

impl Drop for Papers {
    fn drop(&mut self) {
        if let Some(folder) = &self.memory {
            let _ = fs::remove_dir_all(folder);
        }
    }
}

#[cfg(test)]
mod tests;
