//! Where the files of secret votes are: the server's keys and who registered
//! which credential in `secret/`, which is nobody else's business and is
//! destroyed in time; public records in `records/`. What stands in the files
//! is written and read elsewhere.
//!
//! ```text
//! secret/vote-7.key           the server's key of vote 7, 64 hexadecimal digits, until its sum is open
//! secret/registrations.jsonl  credentials of the members, until the meeting is over
//! secret/blobs/HASH           registrations as the scrutineers' terminals fetch them, until the sum is open
//! records/blobs/HASH          setups, encrypted sums, hints of ballots, lists of events: files that are fetched
//! records/vote-7.bel          the finished record of vote 7
//! records/vote-7.decryption-proofs.json
//! ```

use crate::folder::{FolderError, sync_folder, write_durably};
use hemicycle_protocol::ballot::keys::SecretKey;
use hemicycle_protocol::ids::{Bytes, Hash, Hex, VoteId};
use hemicycle_protocol::topic::Blob;
use sha2::{Digest, Sha256};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

const BLOBS: &str = "blobs";
const KEY: &str = ".key";

/// See the module.
#[derive(Debug)]
pub struct Vault {
    secret: PathBuf,
    records: PathBuf,
}

impl Vault {
    /// Makes the folders where they are missing; what was half-written goes.
    pub fn open(data: &Path) -> Result<Self, FolderError> {
        let (secret, records) = (data.join("secret"), data.join("records"));
        for folder in [&secret, &records] {
            let blobs = folder.join(BLOBS);
            let made = DirBuilder::new().recursive(true).mode(0o700).create(&blobs);
            made.map_err(|source| FolderError::Io { path: blobs.clone(), source })?;
            for folder in [folder, &blobs] {
                for path in files(folder)? {
                    if path.extension().is_some_and(|e| e == "new") {
                        destroy(&path)?;
                    }
                }
            }
        }
        Ok(Self { secret, records })
    }

    /// Where registrations are appended.
    pub fn registrations(&self) -> PathBuf {
        self.secret.join("registrations.jsonl")
    }

    /// Keeps the server's key of a vote. A key that was there before, of an
    /// opening that came to nothing, is destroyed.
    pub fn write_key(&self, vote: VoteId, key: &SecretKey) -> Result<(), FolderError> {
        let path = self.key(vote);
        destroy(&path)?;
        let mut text = Zeroizing::new([0; 64]);
        let written = hex::encode_to_slice(key.to_bytes().as_slice(), text.as_mut_slice())
            .map_err(io::Error::other)
            .and_then(|()| {
                let mut file =
                    OpenOptions::new().create_new(true).write(true).mode(0o600).open(&path)?;
                file.write_all(text.as_slice())?;
                file.sync_all()?;
                sync_folder(&path)
            });
        written.map_err(|source| FolderError::Io { path, source })
    }

    /// The server's key of a vote.
    pub fn read_key(&self, vote: VoteId) -> Result<SecretKey, FolderError> {
        let path = self.key(vote);
        let (mut text, mut bytes) = (Zeroizing::new([0; 64]), Zeroizing::new([0; 32]));
        File::open(&path)
            .and_then(|mut file| file.read_exact(text.as_mut_slice()))
            .map_err(|source| FolderError::Io { path: path.clone(), source })?;
        hex::decode_to_slice(text.as_slice(), bytes.as_mut_slice())
            .ok()
            .and_then(|()| SecretKey::from_bytes(&bytes).ok())
            .ok_or(FolderError::Damaged { path, what: "no key" })
    }

    /// Destroys the server's key of a vote, if it is there.
    pub fn destroy_key(&self, vote: VoteId) -> Result<(), FolderError> {
        destroy(&self.key(vote))
    }

    /// The votes whose key is there.
    pub fn keys(&self) -> Result<Vec<VoteId>, FolderError> {
        let vote = |path: PathBuf| {
            let name = path.file_name()?.to_str()?.strip_prefix("vote-")?.strip_suffix(KEY)?;
            name.parse().ok().map(VoteId)
        };
        Ok(files(&self.secret)?.into_iter().filter_map(vote).collect())
    }

    /// Keeps a public file by its hash.
    pub fn put_record(&self, bytes: &[u8]) -> Result<Blob, FolderError> {
        put(&self.records.join(BLOBS), bytes)
    }

    /// Reads a public file by its hash.
    pub fn read_record(&self, hash: &Hash) -> Result<Vec<u8>, FolderError> {
        let path = self.records.join(BLOBS).join(hash.to_string());
        fs::read(&path).map_err(|source| FolderError::Io { path, source })
    }

    /// Takes a public file away that a finished record holds as well.
    pub fn remove_record(&self, hash: &Hash) -> Result<(), FolderError> {
        let path = self.records.join(BLOBS).join(hash.to_string());
        match fs::remove_file(&path) {
            Ok(()) => Ok(()),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(source) => Err(FolderError::Io { path, source }),
        }
    }

    /// Keeps a file by its hash that only scrutineers' terminals fetch.
    pub fn put_private(&self, bytes: &[u8]) -> Result<Blob, FolderError> {
        put(&self.secret.join(BLOBS), bytes)
    }

    /// Destroys such a file, if it is there.
    pub fn destroy_private(&self, hash: &Hash) -> Result<(), FolderError> {
        destroy(&self.secret.join(BLOBS).join(hash.to_string()))
    }

    /// Destroys all such files.
    pub fn destroy_all_private(&self) -> Result<(), FolderError> {
        files(&self.secret.join(BLOBS))?.iter().try_for_each(|path| destroy(path))
    }

    /// Opens a file by its hash, of either kind.
    pub fn open_blob(&self, hash: &Hash) -> io::Result<File> {
        let name = hash.to_string();
        match File::open(self.records.join(BLOBS).join(&name)) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                File::open(self.secret.join(BLOBS).join(&name))
            }
            opened => opened,
        }
    }

    /// Keeps the finished record of a vote.
    pub fn finish(&self, vote: VoteId, archive: &[u8], proofs: &[u8]) -> Result<(), FolderError> {
        write_durably(&self.archive(vote), archive, 0o600)?;
        write_durably(&self.proofs(vote), proofs, 0o600)
    }

    /// The finished record of a vote.
    pub fn archive(&self, vote: VoteId) -> PathBuf {
        self.records.join(format!("vote-{vote}.bel"))
    }

    /// The full-statement proofs beside it.
    pub fn proofs(&self, vote: VoteId) -> PathBuf {
        self.records.join(format!("vote-{vote}.decryption-proofs.json"))
    }

    fn key(&self, vote: VoteId) -> PathBuf {
        self.secret.join(format!("vote-{vote}{KEY}"))
    }
}

/// Overwrites a file's bytes, then removes its name. Nothing there: nothing to do.
pub fn destroy(path: &Path) -> Result<(), FolderError> {
    match wipe(path).and_then(|()| fs::remove_file(path)).and_then(|()| sync_folder(path)) {
        Ok(()) => Ok(()),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(source) => Err(FolderError::Io { path: path.into(), source }),
    }
}

/// Overwrites a file's bytes and leaves it empty.
pub fn wipe(path: &Path) -> io::Result<()> {
    const PIECE: usize = 64 * 1024;
    let mut file = OpenOptions::new().write(true).open(path)?;
    let mut left = file.metadata()?.len();
    file.seek(SeekFrom::Start(0))?;
    while left > 0 {
        let piece = usize::try_from(left).unwrap_or(PIECE).min(PIECE);
        file.write_all(&[0; PIECE][..piece])?;
        left = left.saturating_sub(piece as u64);
    }
    file.sync_all()?;
    file.set_len(0)?;
    file.sync_all()
}

fn put(folder: &Path, bytes: &[u8]) -> Result<Blob, FolderError> {
    let hash: Hash = Hex(Sha256::digest(bytes).into());
    write_durably(&folder.join(hash.to_string()), bytes, 0o600)?;
    Ok(Blob { hash, bytes: Bytes(bytes.len() as u64) })
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, FolderError> {
    let at = |source| FolderError::Io { path: folder.into(), source };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(at)? {
        let path = entry.map_err(at)?.path();
        if path.is_file() {
            files.push(path);
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::os_random;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_key_is_kept_for_its_owner_alone_and_destroyed() {
        let dir = tempfile::tempdir().unwrap();
        let vault = Vault::open(dir.path()).unwrap();
        let key = SecretKey::generate(&mut os_random());
        vault.write_key(VoteId(7), &SecretKey::generate(&mut os_random())).unwrap();
        vault.write_key(VoteId(7), &key).unwrap();
        assert_eq!(vault.read_key(VoteId(7)).unwrap().public(), key.public());
        assert_eq!(vault.keys().unwrap(), [VoteId(7)]);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&vault.key(VoteId(7))), 0o600);
        assert_eq!(mode(&dir.path().join("secret")), 0o700);
        vault.destroy_key(VoteId(7)).unwrap();
        vault.destroy_key(VoteId(7)).unwrap();
        assert!(vault.keys().unwrap().is_empty());
        assert!(vault.read_key(VoteId(7)).is_err());
    }

    #[test]
    fn files_are_found_by_their_hash_and_half_written_ones_go() {
        let dir = tempfile::tempdir().unwrap();
        let vault = Vault::open(dir.path()).unwrap();
        let public = vault.put_record(b"public").unwrap();
        let private = vault.put_private(b"private").unwrap();
        for (blob, text) in [(public, "public"), (private, "private")] {
            let file = vault.open_blob(&blob.hash).unwrap();
            assert_eq!(io::read_to_string(file).unwrap(), text);
        }
        vault.destroy_private(&private.hash).unwrap();
        assert!(vault.open_blob(&private.hash).is_err());
        fs::write(dir.path().join("secret/vote-3.key.new"), "half").unwrap();
        Vault::open(dir.path()).unwrap();
        assert!(!dir.path().join("secret/vote-3.key.new").exists());
    }

    #[test]
    fn wiping_leaves_no_byte() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        fs::write(&path, vec![7; 200_000]).unwrap();
        let second_name = dir.path().join("y");
        fs::hard_link(&path, &second_name).unwrap();
        destroy(&path).unwrap();
        assert!(!path.exists());
        assert_eq!(fs::read(second_name).unwrap(), b"");
    }
}
