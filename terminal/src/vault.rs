//! The terminal's private storage for secret votes: small files for their owner
//! only, durable when they are said to be, overwritten before they go. What is
//! in them is the seat's business.

use crate::seat::Private;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Files larger than this are none of ours.
const MOST_BYTES: u64 = 1 << 20;
/// A file that was being written when the power went.
const ASIDE: &str = "new";

/// A folder of private files.
#[derive(Debug)]
pub struct Vault {
    folder: PathBuf,
}

impl Vault {
    /// Uses this folder, making it if need be, only for its owner.
    pub fn open(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        crate::keys::only_mine(folder, 0o700)?;
        let vault = Self { folder: folder.to_owned() };
        for path in vault.files()? {
            if path.extension().is_some_and(|e| e == ASIDE) {
                wipe(&path)?;
            }
        }
        Ok(vault)
    }

    /// Everything that was kept.
    pub fn recall(&self) -> io::Result<Vec<(String, Private)>> {
        let mut kept = Vec::new();
        for path in self.files()? {
            let Some(name) = path.file_name().and_then(|n| n.to_str()) else { continue };
            if !is_name(name) {
                continue;
            }
            let file = File::open(&path)?;
            let size = file.metadata()?.len().min(MOST_BYTES);
            let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0) + 1);
            file.take(MOST_BYTES).read_to_end(&mut bytes)?;
            kept.push((name.to_owned(), Private::new(bytes)));
        }
        Ok(kept)
    }

    /// Writes a file in place of the one of this name. What stood there is overwritten.
    pub fn keep(&self, name: &str, bytes: &Private) -> io::Result<()> {
        let path = self.path(name)?;
        let aside = path.with_extension(ASIDE);
        let mut file =
            OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&aside)?;
        file.write_all(bytes.reveal())?;
        file.sync_all()?;
        let before = match OpenOptions::new().write(true).open(&path) {
            Ok(before) => Some(before),
            Err(e) if e.kind() == io::ErrorKind::NotFound => None,
            Err(e) => return Err(e),
        };
        fs::rename(&aside, &path)?;
        self.sync()?;
        // The new file is durable under its name: now the old bytes can go.
        before.map_or(Ok(()), overwrite)
    }

    /// Removes a file so that it cannot be read again, as far as the disk obeys.
    pub fn destroy(&self, name: &str) -> io::Result<()> {
        match wipe(&self.path(name)?) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
            Ok(()) | Err(_) => self.sync(),
        }
    }

    fn path(&self, name: &str) -> io::Result<PathBuf> {
        if is_name(name) {
            Ok(self.folder.join(name))
        } else {
            Err(io::Error::new(io::ErrorKind::InvalidInput, "no name for a private file"))
        }
    }

    fn files(&self) -> io::Result<Vec<PathBuf>> {
        fs::read_dir(&self.folder)?.map(|entry| entry.map(|e| e.path())).collect()
    }

    fn sync(&self) -> io::Result<()> {
        File::open(&self.folder)?.sync_all()
    }
}

fn is_name(name: &str) -> bool {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    !name.is_empty() && name.len() <= 100 && name.bytes().all(fits)
}

fn wipe(path: &Path) -> io::Result<()> {
    overwrite(OpenOptions::new().write(true).open(path)?)?;
    fs::remove_file(path)
}

fn overwrite(mut file: File) -> io::Result<()> {
    let size = usize::try_from(file.metadata()?.len()).unwrap_or(0);
    file.write_all(&vec![0; size])?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{MetadataExt, PermissionsExt};

    fn private(text: &str) -> Private {
        Private::new(text.as_bytes().to_vec())
    }

    #[test]
    fn what_was_kept_is_there_again_and_only_for_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        let vault = Vault::open(&path).unwrap();
        vault.keep("aa-share-1", &private("one")).unwrap();
        vault.keep("aa-share-1", &private("two")).unwrap();
        vault.keep("aa-mark-0", &private("three")).unwrap();
        fs::write(path.join("aa-share-2.new"), b"half").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(&path.join("aa-share-1"))), (0o700, 0o600));
        let mut kept = Vault::open(&path).unwrap().recall().unwrap();
        kept.sort_by(|a, b| a.0.cmp(&b.0));
        assert_eq!(
            kept,
            [("aa-mark-0".to_owned(), private("three")), ("aa-share-1".to_owned(), private("two"))]
        );
        assert_eq!(fs::read_dir(&path).unwrap().count(), 2, "what was half written is gone");
        vault.destroy("aa-share-1").unwrap();
        vault.destroy("aa-share-1").unwrap();
        assert_eq!(vault.recall().unwrap().len(), 1);
    }

    #[test]
    fn bytes_are_overwritten_before_they_go() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::open(folder.path()).unwrap();
        vault.keep("aa-share-1", &private("secret one")).unwrap();
        // A second name for the same bytes shows what becomes of them.
        let witness = folder.path().join("witness");
        fs::hard_link(folder.path().join("aa-share-1"), &witness).unwrap();
        let number = fs::metadata(&witness).unwrap().ino();
        vault.keep("aa-share-1", &private("secret two")).unwrap();
        assert_eq!(fs::read(&witness).unwrap(), [0; 10]);
        let other = fs::metadata(folder.path().join("aa-share-1")).unwrap().ino();
        assert_ne!(number, other);
        fs::remove_file(&witness).unwrap();
        fs::hard_link(folder.path().join("aa-share-1"), &witness).unwrap();
        vault.destroy("aa-share-1").unwrap();
        assert_eq!(fs::read(&witness).unwrap(), [0; 10]);
    }

    #[test]
    fn names_stay_in_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::open(folder.path()).unwrap();
        for name in ["", "../x", "a/b", "A", "a.new", "\u{e9}"] {
            assert!(vault.keep(name, &private("x")).is_err(), "{name}");
            assert!(vault.destroy(name).is_err(), "{name}");
        }
    }
}
