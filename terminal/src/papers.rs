//! The paper cache on the terminal: which papers are here, which are still
//! wanted, and the one that is coming in. Pieces go straight to disk; a paper
//! counts as here only when the whole file hashes to its name.

use hemicycle_protocol::ids::{Hash, Hex};
use hemicycle_protocol::wire::{Chunk, Up};
use sha2::{Digest, Sha256};
use std::collections::VecDeque;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Asked for at a time: the credit given to the server.
pub const RANGE: u64 = 256 * 1024;
/// Papers that may wait.
const MOST_WANTED: usize = 2000;

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
    folder: PathBuf,
    wanted: VecDeque<(Hash, u64)>,
    coming: Option<Coming>,
}

#[derive(Debug)]
struct Coming {
    hash: Hash,
    bytes: u64,
    have: u64,
    asked_to: u64,
    file: File,
}

impl Papers {
    /// Uses this folder, making it if need be, only for its owner.
    pub fn open(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        crate::keys::only_mine(folder, 0o700)?;
        Ok(Self { folder: folder.to_owned(), wanted: VecDeque::new(), coming: None })
    }

    /// Where papers lie; the worker may read nothing else.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where a complete paper lies.
    pub fn path(&self, hash: &Hash) -> PathBuf {
        self.folder.join(format!("{hash}.pdf"))
    }

    /// The paper that a file in the folder is.
    pub fn hash_of(&self, path: &Path) -> Option<Hash> {
        path.file_stem().and_then(|s| s.to_str()).and_then(Hex::parse)
    }

    fn part(&self, hash: &Hash) -> PathBuf {
        self.folder.join(format!("{hash}.part"))
    }

    /// Puts a paper on the list. `Ready` at once if it is here already.
    pub fn want(&mut self, hash: Hash, bytes: u64, urgent: bool) -> Option<Arrival> {
        if self.path(&hash).is_file() {
            return Some(Arrival::Ready { hash });
        }
        if self.coming.as_ref().is_some_and(|c| c.hash == hash) {
            return None;
        }
        self.wanted.retain(|(h, _)| *h != hash);
        if self.wanted.len() >= MOST_WANTED {
            return Some(Arrival::Failed { hash });
        }
        if urgent {
            self.wanted.push_front((hash, bytes));
        } else {
            self.wanted.push_back((hash, bytes));
        }
        None
    }

    /// The next request to the server, if nothing is on its way.
    pub fn ask(&mut self) -> Option<Up> {
        while self.coming.is_none() {
            let (hash, bytes) = self.wanted.pop_front()?;
            match self.begin(hash, bytes) {
                Ok(coming) => self.coming = Some(coming),
                Err(e) => tracing::warn!(paper = %hash, error = %e, "cannot keep a paper"),
            }
        }
        let coming = self.coming.as_mut()?;
        if coming.asked_to > coming.have {
            return None;
        }
        let length = RANGE.min(coming.bytes.saturating_sub(coming.have));
        coming.asked_to = coming.have + length;
        Some(Up::Fetch { hash: coming.hash, offset: coming.have, length })
    }

    /// Goes on where an earlier attempt ended.
    fn begin(&self, hash: Hash, bytes: u64) -> io::Result<Coming> {
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(self.part(&hash))?;
        let mut have = file.metadata()?.len();
        if have >= bytes {
            file.set_len(0)?;
            have = 0;
        }
        file.seek(SeekFrom::Start(have))?;
        Ok(Coming { hash, bytes, have, asked_to: have, file })
    }

    /// Takes in a binary frame.
    pub fn chunk(&mut self, frame: &[u8]) -> Option<Arrival> {
        let chunk = Chunk::decode(frame).ok()?;
        let coming = self.coming.as_mut().filter(|c| c.hash == chunk.hash)?;
        let hash = coming.hash;
        let end = chunk.offset.checked_add(chunk.data.len() as u64)?;
        if chunk.offset != coming.have || end > coming.bytes {
            return None;
        }
        if let Err(e) = coming.file.write_all(chunk.data) {
            tracing::warn!(paper = %hash, error = %e, "cannot write a paper");
            return Some(self.give_up());
        }
        coming.have = end;
        if end < coming.bytes {
            return Some(Arrival::Progress { hash, have: end });
        }
        Some(self.finish())
    }

    /// The server has no such paper.
    pub fn refused(&mut self, hash: &Hash) -> Option<Arrival> {
        self.coming.as_ref().filter(|c| c.hash == *hash)?;
        Some(self.give_up())
    }

    /// The connection is gone: what was asked for must be asked for again.
    pub fn interrupted(&mut self) {
        if let Some(coming) = self.coming.take() {
            self.wanted.push_front((coming.hash, coming.bytes));
        }
    }

    fn finish(&mut self) -> Arrival {
        let Some(coming) = self.coming.take() else {
            return Arrival::Failed { hash: Hash::default() };
        };
        let hash = coming.hash;
        let part = self.part(&hash);
        let kept = digest(&part).and_then(|found| {
            if found != hash {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    "it hashes to something else",
                ));
            }
            coming.file.sync_all()?;
            fs::rename(&part, self.path(&hash))
        });
        match kept {
            Ok(()) => Arrival::Ready { hash },
            Err(e) => {
                tracing::warn!(paper = %hash, error = %e, "a paper did not arrive whole");
                let _ = fs::remove_file(&part);
                Arrival::Failed { hash }
            }
        }
    }

    fn give_up(&mut self) -> Arrival {
        let hash = self.coming.take().map(|c| c.hash).unwrap_or_default();
        let _ = fs::remove_file(self.part(&hash));
        Arrival::Failed { hash }
    }

    /// Removes what is not among these.
    pub fn keep(&mut self, hashes: &[Hash]) {
        self.wanted.retain(|(h, _)| hashes.contains(h));
        let Ok(entries) = fs::read_dir(&self.folder) else { return };
        for path in entries.flatten().map(|e| e.path()) {
            let known = self.hash_of(&path).is_some_and(|h| hashes.contains(&h));
            if !known && let Err(e) = fs::remove_file(&path) {
                tracing::warn!(error = %e, "cannot remove an old paper");
            }
        }
    }
}

fn digest(path: &Path) -> io::Result<Hash> {
    let mut file = File::open(path)?;
    let mut sha = Sha256::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(Hex(sha.finalize().into())),
            n => sha.update(buffer.get(..n).unwrap_or_default()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(data: &[u8]) -> Hash {
        Hex(Sha256::digest(data).into())
    }

    /// Serves what is asked for, from `data`, until nothing is asked any more.
    fn serve(papers: &mut Papers, data: &[u8], most: usize) -> Vec<Arrival> {
        let mut arrivals = vec![];
        for _ in 0..most {
            let Some(Up::Fetch { hash, offset, length }) = papers.ask() else { break };
            let range = &data[offset as usize..(offset + length) as usize];
            for (i, piece) in range.chunks(64 * 1024).enumerate() {
                let offset = offset + (i * 64 * 1024) as u64;
                arrivals.extend(papers.chunk(&Chunk { hash, offset, data: piece }.encode()));
            }
        }
        arrivals
    }

    #[test]
    fn a_paper_comes_in_ranges_and_goes_on_after_a_break() {
        let folder = tempfile::tempdir().unwrap();
        let data: Vec<u8> = (0..700_000u32).map(|i| (i % 251) as u8).collect();
        let name = hash(&data);
        let mut papers = Papers::open(folder.path()).unwrap();
        assert_eq!(papers.want(name, data.len() as u64, false), None);
        serve(&mut papers, &data, 1);
        papers.interrupted();
        let mut papers = Papers::open(folder.path()).unwrap();
        papers.want(name, data.len() as u64, false);
        assert_eq!(
            papers.ask(),
            Some(Up::Fetch { hash: name, offset: RANGE, length: RANGE }),
            "it goes on where it was"
        );
        papers.interrupted();
        let arrivals = serve(&mut papers, &data, 10);
        assert_eq!(arrivals.last(), Some(&Arrival::Ready { hash: name }));
        assert_eq!(fs::read(papers.path(&name)).unwrap(), data);
        assert_eq!(papers.want(name, 1, false), Some(Arrival::Ready { hash: name }));
        papers.keep(&[]);
        assert!(!papers.path(&name).exists());
    }

    #[test]
    fn a_paper_that_hashes_to_something_else_is_not_kept() {
        let folder = tempfile::tempdir().unwrap();
        let mut papers = Papers::open(folder.path()).unwrap();
        let name = hash(b"the real paper");
        papers.want(name, 14, true);
        assert_eq!(serve(&mut papers, b"the fake paper", 2), [Arrival::Failed { hash: name }]);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn pieces_that_were_not_asked_for_change_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let mut papers = Papers::open(folder.path()).unwrap();
        let name = hash(b"0123456789");
        let piece = |offset, data: &[u8]| Chunk { hash: name, offset, data }.encode();
        assert_eq!(papers.chunk(&piece(0, b"x")), None);
        papers.want(name, 10, false);
        papers.ask();
        assert_eq!(papers.chunk(&piece(5, b"56789")), None, "out of order");
        assert_eq!(papers.chunk(&piece(0, b"0123456789ab")), None, "too long");
        assert_eq!(papers.chunk(b"junk"), None);
        assert_eq!(papers.chunk(&piece(0, b"0123456789")), Some(Arrival::Ready { hash: name }));
    }
}
