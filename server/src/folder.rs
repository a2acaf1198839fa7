//! The data folder: whose it is, who has it open, and the secrets in it (the
//! server's key, the hall's token). What is in the log, the papers and the
//! clerks' file is none of its business; it only says where they are.

use hemicycle_protocol::identity::Identity;
use rustix::fs::{FlockOperation, flock};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use thiserror::Error;
use zeroize::Zeroizing;

/// Format of the folder as a whole.
pub const FORMAT: u32 = 1;

/// The server's key, as hexadecimal text.
const KEY: &str = "server.key";

/// An open data folder. Nobody else can open it meanwhile.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    _lock: File,
}

/// Why the folder cannot be used. Each sentence says what to do.
#[derive(Debug, Error)]
pub enum FolderError {
    #[error(
        "the data folder {0} is in use by another Hemicycle server: stop that one first, or give this one a folder of its own"
    )]
    Locked(PathBuf),
    #[error(
        "the data folder {0} cannot be written: give the user who runs the server write permission to it, or use another folder"
    )]
    ReadOnly(PathBuf),
    #[error(
        "the data folder {path} was made by a newer version of Hemicycle (format {found}, this one knows {FORMAT}): start that version, or use another folder"
    )]
    Newer { path: PathBuf, found: u32 },
    #[error("{0} is not empty and not a data folder of Hemicycle: name an empty or new folder")]
    Foreign(PathBuf),
    #[error(
        "{path} in the data folder is damaged ({what}): keep a copy of the folder as evidence, then restore it from a backup"
    )]
    Damaged { path: PathBuf, what: &'static str },
    #[error(
        "the meeting in {data} was begun by a server with another key than the one in {room}: name the folder that it was begun with, or leave it out"
    )]
    OtherIdentity { data: PathBuf, room: PathBuf },
    #[error("{path} cannot be used: {source}")]
    Io { path: PathBuf, source: io::Error },
}

impl Folder {
    /// Opens the folder, making it if there is none.
    pub fn open(path: &Path) -> Result<Self, FolderError> {
        let at = |source: io::Error| trouble(path, source);
        fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(at)?;
        let path = &path.canonicalize().map_err(at)?;
        let format = path.join("format");
        match read(&format)? {
            Some(text) => match text.trim().parse::<u32>() {
                Ok(found) if found > FORMAT => {
                    return Err(FolderError::Newer { path: path.clone(), found });
                }
                Ok(_) => {}
                Err(_) => {
                    return Err(FolderError::Damaged { path: format, what: "no number" });
                }
            },
            None if is_foreign(path).map_err(at)? => {
                return Err(FolderError::Foreign(path.clone()));
            }
            None => {}
        }
        let lock = path.join("lock");
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&lock)
            .map_err(|e| trouble(&lock, e))?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => return Err(FolderError::Locked(path.clone())),
            Err(e) => return Err(trouble(&lock, e.into())),
        }
        if !format.exists() {
            write_durably(&format, format!("{FORMAT}\n").as_bytes(), 0o600)?;
        }
        Ok(Self { path: path.clone(), _lock: file })
    }

    /// The log's database.
    pub fn log(&self) -> PathBuf {
        self.path.join("log.sqlite")
    }

    /// The papers' folder.
    pub fn papers(&self) -> PathBuf {
        self.path.join("papers")
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The server's key; drawn when there is none.
    pub fn identity(&self) -> Result<Identity, FolderError> {
        let secret = secret(&self.path.join(KEY))?;
        Ok(Identity::from_secret(&secret))
    }

    /// The server's key as the room's folder has it, which is made if there is
    /// none: with it the server is the same in every meeting. Each data folder has
    /// a copy, so that what was signed can be exported from it alone.
    pub fn identity_from(&self, room: &Path) -> Result<Identity, FolderError> {
        let at = |source: io::Error| trouble(room, source);
        fs::DirBuilder::new().recursive(true).mode(0o700).create(room).map_err(at)?;
        let (here, there) = (self.path.join(KEY), room.join(KEY));
        let copy = |from: &Path, to: &Path| {
            let text = Zeroizing::new(hex::encode(*secret(from)?));
            write_durably(to, text.as_bytes(), 0o600)
        };
        match (here.exists(), there.exists()) {
            (true, false) => copy(&here, &there)?,
            (false, true | false) => {
                secret(&there)?;
                copy(&there, &here)?;
            }
            (true, true) => {
                if *secret(&here)? != *secret(&there)? {
                    return Err(FolderError::OtherIdentity {
                        data: self.path.clone(),
                        room: room.into(),
                    });
                }
            }
        }
        self.identity()
    }

    /// What the hall's word is made of; drawn when there is none.
    pub fn hall_secret(&self) -> Result<Zeroizing<[u8; 32]>, FolderError> {
        secret(&self.hall_path())
    }

    /// Where it is.
    pub fn hall_path(&self) -> PathBuf {
        self.path.join("hall.token")
    }
}

fn secret(path: &Path) -> Result<Zeroizing<[u8; 32]>, FolderError> {
    let mut secret = Zeroizing::new([0; 32]);
    if let Some(text) = read(path)? {
        let text = Zeroizing::new(text);
        hex::decode_to_slice(text.trim(), secret.as_mut_slice()).map_err(|_| {
            FolderError::Damaged { path: path.into(), what: "not 64 hexadecimal digits" }
        })?;
        return Ok(secret);
    }
    getrandom::fill(secret.as_mut_slice()).map_err(|e| trouble(path, io::Error::other(e)))?;
    let text = Zeroizing::new(hex::encode(*secret));
    write_durably(path, text.as_bytes(), 0o600)?;
    Ok(secret)
}

/// Writes a file whole or not at all, and makes it survive a power cut.
pub fn write_durably(path: &Path, bytes: &[u8], mode: u32) -> Result<(), FolderError> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let new = path.with_file_name(name);
    let write = || {
        let mut file =
            OpenOptions::new().create(true).truncate(true).write(true).mode(mode).open(&new)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&new, path)?;
        sync_folder(path)
    };
    write().map_err(|e| trouble(path, e))
}

/// Makes a file's name in its folder survive a power cut.
pub fn sync_folder(of: &Path) -> io::Result<()> {
    match of.parent() {
        Some(parent) => File::open(parent)?.sync_all(),
        None => Ok(()),
    }
}

fn read(path: &Path) -> Result<Option<String>, FolderError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) if e.kind() == io::ErrorKind::InvalidData => {
            Err(FolderError::Damaged { path: path.into(), what: "no text" })
        }
        Err(e) => Err(trouble(path, e)),
    }
}

/// Something lies in it that no start of ours left there: the only files that
/// come before `format` are the lock and a clerk set beforehand.
fn is_foreign(path: &Path) -> io::Result<bool> {
    for entry in fs::read_dir(path)? {
        let name = entry?.file_name();
        let ours =
            ["lock", "format.new", "clerks.json", "clerks.json.new", "clerks.lock", "lost+found"];
        if !ours.iter().any(|o| name == *o) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn trouble(path: &Path, source: io::Error) -> FolderError {
    let denied = [io::ErrorKind::PermissionDenied, io::ErrorKind::ReadOnlyFilesystem];
    if denied.contains(&source.kind()) {
        FolderError::ReadOnly(path.into())
    } else {
        FolderError::Io { path: path.into(), source }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn one_at_a_time_and_secrets_stay() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("room");
        let folder = Folder::open(&path).unwrap();
        assert!(matches!(Folder::open(&path), Err(FolderError::Locked(_))));
        let (key, token) = (folder.identity().unwrap().key(), folder.hall_secret().unwrap());
        drop(folder);
        let folder = Folder::open(&path).unwrap();
        assert_eq!(folder.identity().unwrap().key(), key);
        assert_eq!(*folder.hall_secret().unwrap(), *token);
        for name in ["server.key", "hall.token"] {
            let mode = fs::metadata(path.join(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
    }

    #[test]
    fn a_room_keeps_its_key_from_meeting_to_meeting() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        let meeting = |name: &str| Folder::open(&at(name)).unwrap();
        let first = meeting("first");
        let key = first.identity_from(&at("room")).unwrap().key();
        assert_eq!(first.identity().unwrap().key(), key);
        assert_eq!(meeting("second").identity_from(&at("room")).unwrap().key(), key);
        // A meeting that began before the room had a folder gives it its key.
        let old = meeting("old");
        let own = old.identity().unwrap().key();
        assert_eq!(old.identity_from(&at("its own")).unwrap().key(), own);
        assert_eq!(meeting("next").identity_from(&at("its own")).unwrap().key(), own);
        let other = old.identity_from(&at("room"));
        assert!(matches!(other, Err(FolderError::OtherIdentity { .. })));
        let mode = fs::metadata(at("room").join(KEY)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn other_peoples_folders_newer_ones_and_bent_keys_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("letter.txt"), "x").unwrap();
        assert!(matches!(Folder::open(dir.path()), Err(FolderError::Foreign(_))));

        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("format"), "2\n").unwrap();
        assert!(matches!(Folder::open(dir.path()), Err(FolderError::Newer { found: 2, .. })));

        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::open(dir.path()).unwrap();
        fs::write(dir.path().join("server.key"), "not a key").unwrap();
        assert!(matches!(folder.identity(), Err(FolderError::Damaged { .. })));
    }
}
