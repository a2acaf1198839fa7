//! Files that come in pieces, as they lie in `papers/coming`: beside each a note of whose it is,
//! which file it will be, how much of it is there and when that came. A piece is on the disk
//! before the note says so, and what lies behind the place in the note counts for nothing. So
//! such a file is found again, however the server ended. Who may go on with it, and when it is
//! given up, is decided by `uploads`.

use super::{Shelf, ShelfError, Upload};
use crate::folder::{sync_folder, write_durably};
use hemicycle_protocol::ids::{Hash, Millis};
use hemicycle_protocol::wire::limits;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::PoisonError;

/// Bytes that are read anew at a time.
const READ: usize = 128 * 1024;

/// What is known about such a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// The account of who sends it.
    pub owner: String,
    pub sha256: Hash,
    pub size: u64,
    /// How much of it is there.
    pub at: u64,
    /// When the last piece came.
    pub touched: Millis,
}

/// One that was found when the server was started.
#[derive(Debug)]
pub(super) struct Left {
    path: PathBuf,
    note: Note,
    file: File,
}

impl Shelf {
    /// Starts to take in a file that comes in pieces. Dropped unfinished, it stays.
    pub fn begin_pieces(&self, note: Note) -> Result<Upload, ShelfError> {
        let mut upload = self.begin()?;
        upload.note = Some(note);
        Ok(upload)
    }

    /// Those that were on their way when the server ended; they are told of once.
    pub fn left(&self) -> Vec<(Note, Upload)> {
        let left = std::mem::take(&mut *self.left.lock().unwrap_or_else(PoisonError::into_inner));
        let again = |Left { path, note, file }| {
            let upload = Upload {
                path,
                file,
                sha: Sha256::new(),
                hashed: 0,
                bytes: note.at,
                room: self.room(),
                quota: self.quota,
                kept: false,
                note: Some(note.clone()),
            };
            (note, upload)
        };
        left.into_iter().map(again).collect()
    }
}

impl Upload {
    /// Adds a piece, and notes that it is there once it is.
    pub fn add(&mut self, piece: &[u8], now: Millis) -> Result<(), ShelfError> {
        self.catch_up()?;
        let first = self.bytes == 0;
        self.write(piece)?;
        let Some(note) = &mut self.note else { return Ok(()) };
        (note.at, note.touched) = (self.bytes, now);
        let at = |source| ShelfError::Io { path: self.path.clone(), source };
        self.file.sync_data().map_err(at)?;
        if first {
            sync_folder(&self.path).map_err(at)?;
        }
        let text = serde_json::to_vec(note).map_err(|e| at(e.into()))?;
        Ok(write_durably(&note_of(&self.path), &text, 0o600)?)
    }

    /// Reads what came before the server was started, for the hash of the whole.
    pub fn catch_up(&mut self) -> Result<(), ShelfError> {
        let at = |source| ShelfError::Io { path: self.path.clone(), source };
        if self.hashed == self.bytes {
            return Ok(());
        }
        self.sha = Sha256::new();
        self.file.rewind().map_err(at)?;
        let mut from = (&self.file).take(self.bytes);
        let mut piece = vec![0; READ];
        self.hashed = 0;
        while self.hashed < self.bytes {
            let n = from.read(&mut piece).map_err(at)?;
            let Some(read) = piece.get(..n).filter(|read| !read.is_empty()) else {
                return Err(at(io::ErrorKind::UnexpectedEof.into()));
            };
            self.sha.update(read);
            self.hashed += n as u64;
        }
        Ok(())
    }
}

/// Nothing of it stays, wherever it is read or written just now.
pub fn remove(path: &Path) {
    // Either may be gone already; the next start clears what is of no use.
    let _ = fs::remove_file(note_of(path));
    let _ = fs::remove_file(path);
}

fn note_of(path: &Path) -> PathBuf {
    path.with_extension("note")
}

/// Clears the folder of everything but files that somebody may go on with, and finds the first
/// number that no file has.
pub(super) fn clear(folder: &Path) -> io::Result<(Vec<Left>, u64)> {
    let (mut left, mut next) = (Vec::new(), 0);
    let paths: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    for path in paths.iter().filter(|path| path.extension().is_some_and(|e| e == "pdf")) {
        let number = path.file_stem().and_then(|s| s.to_str()).and_then(|s| s.parse::<u64>().ok());
        if let (Some(number), Some(found)) = (number, find(path)) {
            next = next.max(number.saturating_add(1));
            left.push(found);
        }
    }
    for path in paths {
        if left.iter().any(|found| path == found.path || path == note_of(&found.path)) {
            continue;
        }
        if path.is_dir() { fs::remove_dir_all(path)? } else { fs::remove_file(path)? }
    }
    Ok((left, next))
}

/// A file whose note is whole, without what was half-written.
fn find(path: &Path) -> Option<Left> {
    let note: Note = serde_json::from_slice(&fs::read(note_of(path)).ok()?).ok()?;
    let file = OpenOptions::new().read(true).write(true).open(path).ok()?;
    let sane = (1..=limits::PAPER).contains(&note.size) && (1..=note.size).contains(&note.at);
    if !sane || file.metadata().ok()?.len() < note.at {
        return None;
    }
    file.set_len(note.at).ok()?;
    Some(Left { path: path.into(), note, file })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn note(size: u64) -> Note {
        let sha256 = hemicycle_protocol::ids::Hex(Sha256::digest(b"hello").into());
        Note { owner: "李 \"li\"/..".into(), sha256, size, at: 0, touched: Millis(1) }
    }

    fn names(dir: &Path) -> Vec<String> {
        let name = |e: io::Result<fs::DirEntry>| e.unwrap().file_name().into_string().unwrap();
        let mut names: Vec<_> = fs::read_dir(dir.join("coming")).unwrap().map(name).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_found_again_as_far_as_its_note_says() {
        let dir = tempfile::tempdir().unwrap();
        let shelf = Shelf::open(dir.path(), 100).unwrap();
        let _no_pieces = shelf.begin().unwrap();
        let mut upload = shelf.begin_pieces(note(5)).unwrap();
        upload.add(b"he", Millis(7)).unwrap();
        for name in names(dir.path()) {
            let mode = fs::metadata(dir.path().join("coming").join(name)).unwrap();
            assert_eq!(mode.permissions().mode() & 0o777, 0o600);
        }
        // The server ends in the middle of a piece.
        upload.write(b"lx").unwrap();
        std::mem::forget(upload);
        fs::write(dir.path().join("coming/1.note.new"), "{").unwrap();
        fs::create_dir(dir.path().join("coming/0.work")).unwrap();
        drop(shelf);

        let shelf = Shelf::open(dir.path(), 100).unwrap();
        assert_eq!(names(dir.path()), ["1.note", "1.pdf"]);
        let (found, mut upload) = shelf.left().pop().unwrap();
        assert_eq!(found, Note { at: 2, touched: Millis(7), ..note(5) });
        assert!(shelf.left().is_empty(), "told of once");
        assert_eq!(fs::read(upload.path()).unwrap(), b"he");
        assert_ne!(shelf.begin().unwrap().path(), upload.path(), "a number of its own");
        upload.add(b"llo", Millis(8)).unwrap();
        assert_eq!(upload.hash(), found.sha256);
        // Ended when it was whole; what is there is read for the hash.
        drop((upload, shelf));
        let shelf = Shelf::open(dir.path(), 100).unwrap();
        let (found, mut upload) = shelf.left().pop().unwrap();
        assert_eq!((found.at, upload.bytes()), (5, 5));
        upload.catch_up().unwrap();
        assert_eq!(upload.hash(), found.sha256);
        remove(upload.path());
        assert!(names(dir.path()).is_empty());
    }

    #[test]
    fn what_no_note_fits_is_cleared() {
        let dir = tempfile::tempdir().unwrap();
        drop(Shelf::open(dir.path(), 100).unwrap());
        let place = |name: &str| dir.path().join("coming").join(name);
        let known = |at, size| serde_json::to_vec(&Note { at, ..note(size) }).unwrap();
        for (n, text) in [
            known(3, 5),
            known(0, 5),
            known(2, 1),
            known(1, limits::PAPER + 1),
            known(2, 5)[..20].to_vec(),
            vec![0; 64],
        ]
        .into_iter()
        .enumerate()
        {
            fs::write(place(&format!("{n}.pdf")), "he").unwrap();
            fs::write(place(&format!("{n}.note")), text).unwrap();
        }
        fs::write(place("90.pdf"), "he").unwrap();
        fs::write(place("91.note"), known(2, 5)).unwrap();
        fs::write(place("x.pdf"), "he").unwrap();
        fs::write(place("x.note"), known(2, 5)).unwrap();
        let shelf = Shelf::open(dir.path(), 100).unwrap();
        assert!(shelf.left().is_empty());
        assert!(names(dir.path()).is_empty());
    }
}
