//! One frame on the pipe between the worker and its client:
//! `"HPDF"`, version, length of the head, length of the body (little-endian `u32` each), the head as JSON, the body as bytes.
//! The lengths are checked before anything is allocated: the worker's words are not trusted either.

use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io::{self, Read, Write};

/// Both sides come from one binary, so any other version is a mistake and not a peer to talk to.
pub const VERSION: u32 = 1;
/// Enough for the page sizes of the longest paper.
pub const MAX_HEAD: u32 = 1 << 20;

const MAGIC: [u8; 4] = *b"HPDF";
const PREFIX: usize = 16;

#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    #[error("the pipe broke: {0}")]
    Pipe(#[from] io::Error),
    #[error("the pipe carries something else than frames")]
    NotAFrame,
    #[error("frame version {theirs}, expected {VERSION}")]
    Version { theirs: u32 },
    #[error("a {part} of {bytes} bytes, at most {limit} allowed")]
    TooLong { part: &'static str, bytes: u32, limit: u32 },
    #[error("a head that cannot be read: {0}")]
    Head(#[from] serde_json::Error),
}

pub fn write(to: &mut impl Write, head: &impl Serialize, body: &[u8]) -> Result<(), FrameError> {
    let head = serde_json::to_vec(head)?;
    let head_length = length("head", head.len(), MAX_HEAD)?;
    let body_length = length("body", body.len(), u32::MAX)?;
    let mut start = Vec::with_capacity(PREFIX + head.len());
    start.extend_from_slice(&MAGIC);
    start.extend_from_slice(&VERSION.to_le_bytes());
    start.extend_from_slice(&head_length.to_le_bytes());
    start.extend_from_slice(&body_length.to_le_bytes());
    start.extend_from_slice(&head);
    to.write_all(&start)?;
    to.write_all(body)?;
    to.flush()?;
    Ok(())
}

/// The next frame, or `None` where the other side has closed the pipe between two frames.
pub fn read<T: DeserializeOwned>(
    from: &mut impl Read,
    max_body: u32,
) -> Result<Option<(T, Vec<u8>)>, FrameError> {
    read_within(from, || max_body)
}

/// The same where the limit is known only when the frame has come.
pub fn read_within<T: DeserializeOwned>(
    from: &mut impl Read,
    max_body: impl FnOnce() -> u32,
) -> Result<Option<(T, Vec<u8>)>, FrameError> {
    let mut prefix = [0; PREFIX];
    if !fill_or_end(from, &mut prefix)? {
        return Ok(None);
    }
    let [m0, m1, m2, m3, v0, v1, v2, v3, h0, h1, h2, h3, b0, b1, b2, b3] = prefix;
    if [m0, m1, m2, m3] != MAGIC {
        return Err(FrameError::NotAFrame);
    }
    let theirs = u32::from_le_bytes([v0, v1, v2, v3]);
    if theirs != VERSION {
        return Err(FrameError::Version { theirs });
    }
    let head = read_part(from, "head", u32::from_le_bytes([h0, h1, h2, h3]), MAX_HEAD)?;
    let body = read_part(from, "body", u32::from_le_bytes([b0, b1, b2, b3]), max_body())?;
    Ok(Some((serde_json::from_slice(&head)?, body)))
}

fn read_part(
    from: &mut impl Read,
    part: &'static str,
    bytes: u32,
    limit: u32,
) -> Result<Vec<u8>, FrameError> {
    if bytes > limit {
        return Err(FrameError::TooLong { part, bytes, limit });
    }
    let mut buffer = Vec::with_capacity(bytes as usize);
    from.take(u64::from(bytes)).read_to_end(&mut buffer)?;
    if buffer.len() < bytes as usize {
        return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
    }
    Ok(buffer)
}

/// False where the pipe ended before the first byte; an end in the middle is an error.
fn fill_or_end(from: &mut impl Read, buffer: &mut [u8]) -> Result<bool, FrameError> {
    let mut have = 0;
    while have < buffer.len() {
        match from.read(&mut buffer[have..]) {
            Ok(0) if have == 0 => return Ok(false),
            Ok(0) => return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
            Ok(more) => have += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(true)
}

fn length(part: &'static str, bytes: usize, limit: u32) -> Result<u32, FrameError> {
    let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
    if bytes > limit { Err(FrameError::TooLong { part, bytes, limit }) } else { Ok(bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framed(head: &str, body: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        write(&mut bytes, &head, body).unwrap();
        bytes
    }

    #[test]
    fn the_layout_is_fixed() {
        assert_eq!(framed("a", b"xyz"), b"HPDF\x01\0\0\0\x03\0\0\0\x03\0\0\0\"a\"xyz");
    }

    #[test]
    fn reads_what_was_written_and_then_the_end() {
        let mut bytes = framed("one", b"1");
        bytes.extend(framed("two", b""));
        let mut pipe = bytes.as_slice();
        assert_eq!(read::<String>(&mut pipe, 8).unwrap(), Some(("one".into(), b"1".to_vec())));
        assert_eq!(read::<String>(&mut pipe, 8).unwrap(), Some(("two".into(), vec![])));
        assert_eq!(read::<String>(&mut pipe, 8).unwrap(), None);
    }

    #[test]
    fn every_cut_is_an_error_except_the_empty_one() {
        let whole = framed("one", b"body");
        for cut in 1..whole.len() {
            let error = read::<String>(&mut &whole[..cut], 8).unwrap_err();
            assert!(matches!(error, FrameError::Pipe(_)), "cut at {cut}: {error}");
        }
    }

    #[test]
    fn refuses_strangers_other_versions_and_long_parts() {
        let mut stranger = framed("one", b"");
        stranger[0] = b'X';
        let mut other = framed("one", b"");
        other[4] = 2;
        let mut long_head = framed("one", b"");
        long_head[8..12].copy_from_slice(&(MAX_HEAD + 1).to_le_bytes());
        let long_body = framed("one", b"123456789");
        let refuse = |bytes: &[u8]| read::<String>(&mut &*bytes, 8).unwrap_err();
        assert!(matches!(refuse(&stranger), FrameError::NotAFrame));
        assert!(matches!(refuse(&other), FrameError::Version { theirs: 2 }));
        assert!(matches!(refuse(&long_head), FrameError::TooLong { part: "head", .. }));
        assert!(matches!(refuse(&long_body), FrameError::TooLong { part: "body", bytes: 9, .. }));
    }
}
