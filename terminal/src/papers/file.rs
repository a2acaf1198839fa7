//! One paper on its way to the disk: sealed under a key of its own as it comes, so that
//! nothing of it is ever written in clear. That key is kept in the file, locked: only the
//! key that the server gives after sign-in opens it. While the paper is coming it is in
//! memory too, and afterwards it is forgotten.

use super::Lock;
use chacha20poly1305::aead::{Aead as _, KeyInit as _};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use hemicycle_pdf::sealed::{HEADER, SEGMENT, SealKey, Sealer, TAG, sealed_length};
use hemicycle_protocol::ids::{Hash, Hex};
use sha2::{Digest, Sha256};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use x25519_dalek::{X25519_BASEPOINT_BYTES, x25519};
use zeroize::{Zeroize, Zeroizing};

/// The first bytes of a file, the form of it that this is.
const MAGIC: [u8; 4] = *b"HCP1";
/// Where the parts of the header end: mark, lock, the passing key, the locked key, length.
const LOCK_END: usize = 4 + 32;
const PASSING_END: usize = LOCK_END + 32;
const KEY_END: usize = PASSING_END + 32 + TAG;
/// Bound into what locks a file's key.
const PURPOSE: &[u8] = b"hemicycle/1 key of a paper";

/// See the module.
pub struct Coming {
    pub hash: Hash,
    pub bytes: u64,
    /// So much has come, what is still in memory included.
    pub have: u64,
    /// Asked for, up to here.
    pub asked_to: u64,
    sealer: Sealer,
    sha: Sha256,
    /// Of the segment that is not full yet.
    tail: Zeroizing<Vec<u8>>,
    number: u64,
    file: File,
    part: PathBuf,
}

impl std::fmt::Debug for Coming {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Coming({}, {} of {})", self.hash.short(), self.have, self.bytes)
    }
}

impl Coming {
    /// Goes on where an earlier attempt ended, if that one can be opened; else begins anew.
    pub fn begin(
        part: PathBuf,
        hash: Hash,
        bytes: u64,
        lock: &Lock,
        key: Option<&[u8; 32]>,
    ) -> io::Result<Self> {
        if let Some(key) = key
            && let Ok(coming) = Self::resume(&part, hash, bytes, lock, key)
        {
            return Ok(coming);
        }
        let mut file_key = Zeroizing::new([0; 32]);
        getrandom::fill(file_key.as_mut_slice()).map_err(io::Error::other)?;
        let file_key = SealKey::new(*file_key);
        let header = header(lock, &file_key, bytes)?;
        let mut file =
            OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&part)?;
        file.write_all(&header)?;
        let sealer = Sealer::new(&file_key, bytes);
        let tail = Zeroizing::new(Vec::with_capacity(SEGMENT + TAG));
        let (have, asked_to, number) = (0, 0, 0);
        let sha = Sha256::new();
        Ok(Self { hash, bytes, have, asked_to, sealer, sha, tail, number, file, part })
    }

    fn resume(
        part: &Path,
        hash: Hash,
        bytes: u64,
        lock: &Lock,
        key: &[u8; 32],
    ) -> io::Result<Self> {
        let mut file = OpenOptions::new().read(true).write(true).open(part)?;
        let file_key = unlock(&mut file, lock, key, Some(bytes))?;
        let sealer = Sealer::new(&file_key, bytes);
        let (mut sha, mut number) = (Sha256::new(), 0_u64);
        let mut segment = Zeroizing::new(Vec::with_capacity(SEGMENT + TAG));
        loop {
            segment.clear();
            (&mut file).take((SEGMENT + TAG) as u64).read_to_end(&mut segment)?;
            // Half of one was written, or it is damaged: it comes again.
            if segment.len() < SEGMENT + TAG || sealer.open(number, &mut segment).is_err() {
                break;
            }
            sha.update(segment.as_slice());
            number += 1;
        }
        let have = number * SEGMENT as u64;
        let end = HEADER as u64 + number * (SEGMENT + TAG) as u64;
        file.set_len(end)?;
        file.seek(SeekFrom::Start(end))?;
        segment.clear();
        let (tail, part, asked_to) = (segment, part.to_owned(), have);
        Ok(Self { hash, bytes, have, asked_to, sealer, sha, tail, number, file, part })
    }

    /// Takes the next bytes.
    pub fn write(&mut self, mut data: &[u8]) -> io::Result<()> {
        self.have += data.len() as u64;
        while !data.is_empty() {
            let room = SEGMENT.saturating_sub(self.tail.len());
            let (now, later) = data.split_at(room.min(data.len()));
            self.tail.extend_from_slice(now);
            data = later;
            if self.tail.len() == SEGMENT {
                self.flush()?;
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sha.update(self.tail.as_slice());
        self.sealer.seal(self.number, &mut self.tail).map_err(io::Error::other)?;
        self.file.write_all(&self.tail)?;
        self.number += 1;
        self.tail.zeroize();
        Ok(())
    }

    /// All has come: the file gets its name, if it is the paper that it should be.
    pub fn finish(mut self, to: &Path) -> io::Result<()> {
        if !self.tail.is_empty() {
            self.flush()?;
        }
        let found: Hash = Hex(self.sha.clone().finalize().into());
        if found != self.hash {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "it hashes to something else"));
        }
        self.file.sync_all()?;
        fs::rename(&self.part, to)
    }

    /// It is given up.
    pub fn drop_part(self) {
        let _ = fs::remove_file(&self.part);
    }
}

/// Is this a whole paper of this length under this lock?
pub fn is_whole(path: &Path, lock: &Lock, bytes: u64) -> bool {
    let is = || -> io::Result<bool> {
        let mut file = File::open(path)?;
        let long = file.metadata()?.len() == sealed_length(bytes);
        let header = read_header(&mut file)?;
        Ok(long && header.get(4..LOCK_END) == Some(lock.0.as_slice()))
    };
    is().unwrap_or(false)
}

/// The key of a file that lies here.
pub fn key_of(path: &Path, lock: &Lock, key: &[u8; 32]) -> io::Result<SealKey> {
    unlock(&mut File::open(path)?, lock, key, None)
}

fn header(lock: &Lock, file_key: &SealKey, bytes: u64) -> io::Result<Vec<u8>> {
    let mut passing = Zeroizing::new([0; 32]);
    getrandom::fill(passing.as_mut_slice()).map_err(io::Error::other)?;
    let shown = x25519(*passing, X25519_BASEPOINT_BYTES);
    let shared = Zeroizing::new(x25519(*passing, lock.0));
    let locked = cipher(&shared, &shown, lock)
        .encrypt(&Nonce::from([0; 12]), file_key.bytes().as_slice())
        .map_err(|_| io::Error::other("a paper's key cannot be locked"))?;
    let mut header = Vec::with_capacity(HEADER);
    header.extend(MAGIC);
    header.extend(lock.0);
    header.extend(shown);
    header.extend(locked);
    header.extend(bytes.to_le_bytes());
    Ok(header)
}

fn unlock(file: &mut File, lock: &Lock, key: &[u8; 32], bytes: Option<u64>) -> io::Result<SealKey> {
    let other = || io::Error::new(io::ErrorKind::InvalidData, "it is locked with another key");
    let header = read_header(file)?;
    let shown: [u8; 32] = header[LOCK_END..PASSING_END].try_into().map_err(io::Error::other)?;
    let same_length = bytes.is_none_or(|bytes| header[KEY_END..] == bytes.to_le_bytes());
    if header[4..LOCK_END] != lock.0 || !same_length {
        return Err(other());
    }
    let shared = Zeroizing::new(x25519(*key, shown));
    let opened = cipher(&shared, &shown, lock)
        .decrypt(&Nonce::from([0; 12]), &header[PASSING_END..KEY_END])
        .map_err(|_| other())?;
    let opened = Zeroizing::new(opened);
    Ok(SealKey::new(opened.as_slice().try_into().map_err(|_| other())?))
}

fn read_header(file: &mut File) -> io::Result<[u8; HEADER]> {
    let mut header = [0; HEADER];
    file.read_exact(&mut header)?;
    if header.starts_with(&MAGIC) {
        Ok(header)
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidData, "no sealed paper"))
    }
}

/// What locks a file's key is good for this one key: its passing half is drawn anew.
fn cipher(shared: &[u8; 32], shown: &[u8; 32], lock: &Lock) -> ChaCha20Poly1305 {
    let of = Sha256::new().chain_update(PURPOSE).chain_update(shared);
    let mut key: [u8; 32] = of.chain_update(shown).chain_update(lock.0).finalize().into();
    let cipher = ChaCha20Poly1305::new(&Key::from(key));
    key.zeroize();
    cipher
}
