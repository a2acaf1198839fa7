//! A paper as it lies on a seat's disk: encrypted in segments, behind a header of its
//! owner's that is not looked at here. The segments are ChaCha20-Poly1305 under the file's
//! own key; the nonce is the segment's number, and how long the whole paper is goes into
//! every one, so that none can be left out, moved, or taken from another paper.

use crate::paper::{PaperProblem, TooLarge};
use chacha20poly1305::aead::{AeadInOut as _, KeyInit as _};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Bytes of the paper in a segment; the last one has the rest.
pub const SEGMENT: usize = 64 * 1024;
/// Bytes by which a segment is longer on the disk.
pub const TAG: usize = 16;
/// Bytes of a file before its first segment.
pub const HEADER: usize = 124;

/// The key of one file. It is wiped when it is dropped, and nothing that prints prints it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub struct SealKey([u8; 32]);

impl SealKey {
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealKey")
    }
}

/// Why a segment cannot be opened: another key, another place, or damage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it does not open with this key, or it is damaged")]
pub struct NotOpened;

/// Seals and opens the segments of one paper.
pub struct Sealer {
    cipher: ChaCha20Poly1305,
    total: [u8; 8],
}

impl Sealer {
    /// For a paper of so many bytes.
    pub fn new(key: &SealKey, total: u64) -> Self {
        let cipher = ChaCha20Poly1305::new(&Key::from(key.0));
        Self { cipher, total: total.to_le_bytes() }
    }

    /// The paper's bytes become the segment's.
    pub fn seal(&self, number: u64, bytes: &mut Vec<u8>) -> Result<(), NotOpened> {
        self.cipher.encrypt_in_place(&nonce(number), &self.total, bytes).map_err(|_| NotOpened)
    }

    /// And back.
    pub fn open(&self, number: u64, bytes: &mut Vec<u8>) -> Result<(), NotOpened> {
        self.cipher.decrypt_in_place(&nonce(number), &self.total, bytes).map_err(|_| NotOpened)
    }
}

/// A key seals each number once: it is drawn anew for every file.
fn nonce(number: u64) -> Nonce {
    let mut nonce = [0; 12];
    nonce[4..].copy_from_slice(&number.to_le_bytes());
    nonce.into()
}

/// How long a paper of so many bytes is as a file.
pub fn sealed_length(total: u64) -> u64 {
    HEADER as u64 + total + total.div_ceil(SEGMENT as u64) * TAG as u64
}

/// Opens a whole file.
pub(crate) fn read(path: &Path, key: &SealKey, limit: u64) -> Result<Vec<u8>, PaperProblem> {
    let unreadable = |error: io::Error| PaperProblem::Unreadable { detail: error.to_string() };
    let mut file = File::open(path).map_err(unreadable)?;
    let on_disk = file.metadata().map_err(unreadable)?.len();
    let content = on_disk.saturating_sub(HEADER as u64);
    let segments = content.div_ceil((SEGMENT + TAG) as u64);
    let total = content.saturating_sub(segments * TAG as u64);
    if total > limit {
        let what = TooLarge::Bytes { bytes: total, limit };
        return Err(PaperProblem::TooLarge { what });
    }
    let mut header = [0; HEADER];
    file.read_exact(&mut header).map_err(unreadable)?;
    let sealer = Sealer::new(key, total);
    let mut paper = Vec::with_capacity(usize::try_from(total).unwrap_or(0));
    let mut segment = Vec::with_capacity(SEGMENT + TAG);
    for number in 0..segments {
        segment.clear();
        let mut next = (&mut file).take((SEGMENT + TAG) as u64);
        next.read_to_end(&mut segment).map_err(unreadable)?;
        let opened = sealer.open(number, &mut segment);
        opened.map_err(|error| PaperProblem::Unreadable { detail: error.to_string() })?;
        paper.extend_from_slice(&segment);
    }
    segment.zeroize();
    Ok(paper)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file as a seat writes it, with a header of nothing.
    fn sealed(paper: &[u8], key: &SealKey) -> Vec<u8> {
        let sealer = Sealer::new(key, paper.len() as u64);
        let mut file = vec![0; HEADER];
        for (number, piece) in (0..).zip(paper.chunks(SEGMENT)) {
            let mut piece = piece.to_vec();
            sealer.seal(number, &mut piece).unwrap();
            file.extend(piece);
        }
        file
    }

    #[test]
    fn a_file_opens_with_its_key_alone_and_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("paper");
        let key = SealKey::new([7; 32]);
        for size in [0, 1, SEGMENT - 1, SEGMENT, SEGMENT + 1, 3 * SEGMENT + 99] {
            let paper: Vec<u8> = (0..size).map(|i| (i % 251) as u8).collect();
            let file = sealed(&paper, &key);
            assert_eq!(file.len() as u64, sealed_length(size as u64));
            std::fs::write(&path, &file).unwrap();
            assert_eq!(read(&path, &key, 1 << 20).as_deref(), Ok(paper.as_slice()), "{size}");
            if size > 0 {
                assert!(read(&path, &SealKey::new([8; 32]), 1 << 20).is_err(), "{size}");
                assert!(read(&path, &key, size as u64 - 1).is_err(), "{size}");
                let mut bent = file.clone();
                *bent.last_mut().unwrap() ^= 1;
                std::fs::write(&path, bent).unwrap();
                assert!(read(&path, &key, 1 << 20).is_err(), "{size} bent");
            }
            if size > SEGMENT {
                // Cut between two segments, and two of them exchanged.
                std::fs::write(&path, &file[..HEADER + SEGMENT + TAG]).unwrap();
                assert!(read(&path, &key, 1 << 20).is_err(), "{size} cut");
            }
        }
        let paper = vec![1; 2 * SEGMENT];
        let mut file = sealed(&paper, &key);
        let (one, other) = file[HEADER..].split_at_mut(SEGMENT + TAG);
        one.swap_with_slice(other);
        std::fs::write(&path, file).unwrap();
        assert!(read(&path, &key, 1 << 20).is_err(), "exchanged");
        assert_eq!(format!("{key:?}"), "SealKey");
    }
}
