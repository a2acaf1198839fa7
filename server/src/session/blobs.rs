//! Papers, and files of secret votes, on their way to one client: the ranges it asked for, in order, in
//! pieces. The next piece is read from disk while others are being sent.

use bytes::Bytes;
use hemicycle_protocol::ids::Hash;
use hemicycle_protocol::refusal::{Code, Refusal};
use hemicycle_protocol::wire::{Chunk, limits};
use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use tokio::task::{JoinHandle, spawn_blocking};

/// Ranges that wait at most.
const RANGES: usize = 8;

/// See the module.
#[derive(Debug, Default)]
pub struct Blobs {
    ranges: VecDeque<Range>,
    file: Option<(Hash, Arc<File>)>,
    opening: Option<(Hash, JoinHandle<io::Result<File>>)>,
    reading: Option<JoinHandle<io::Result<Bytes>>>,
}

#[derive(Debug)]
struct Range {
    hash: Hash,
    offset: u64,
    end: u64,
}

/// What comes next.
#[derive(Debug)]
pub enum Next {
    /// This file is needed: call [`Blobs::opened`].
    Open(Hash),
    Piece(Bytes),
    /// The range cannot be served; it is dropped.
    Failed(Hash, io::Error),
}

impl Blobs {
    /// Queues a range of a paper of `size` bytes.
    pub fn ask(&mut self, hash: Hash, offset: u64, length: u64, size: u64) -> Result<(), Refusal> {
        if length == 0 || length > limits::FETCH {
            return Err(Refusal::of(Code::BadValue, "length"));
        }
        if offset >= size {
            return Err(Refusal::of(Code::BadValue, "offset"));
        }
        if self.ranges.len() >= RANGES {
            return Err(Code::TooFast.into());
        }
        let end = offset.saturating_add(length).min(size);
        self.ranges.push_back(Range { hash, offset, end });
        Ok(())
    }

    /// Is anything on its way?
    pub fn is_busy(&self) -> bool {
        !self.ranges.is_empty()
    }

    /// Starts to open the file that [`Next::Open`] asked for.
    pub fn opened(&mut self, hash: Hash, open: impl FnOnce() -> io::Result<File> + Send + 'static) {
        self.opening = Some((hash, spawn_blocking(open)));
    }

    /// The next piece. Cancelling it loses nothing.
    pub async fn next(&mut self) -> Next {
        let Some(range) = self.ranges.front() else {
            return std::future::pending().await;
        };
        let hash = range.hash;
        if self.file.as_ref().is_none_or(|(open, _)| *open != hash) {
            let Some((opening, task)) = &mut self.opening else { return Next::Open(hash) };
            let (opening, opened) = (*opening, joined(task.await));
            self.opening = None;
            match opened {
                Ok(file) => self.file = Some((opening, Arc::new(file))),
                Err(error) => {
                    self.ranges.pop_front();
                    return Next::Failed(opening, error);
                }
            }
            if opening != hash {
                return Next::Open(hash);
            }
        }
        let (Some(range), Some((_, file))) = (self.ranges.front(), &self.file) else {
            return std::future::pending().await;
        };
        let reading = self.reading.get_or_insert_with(|| {
            let (file, offset) = (Arc::clone(file), range.offset);
            let length = (range.end - range.offset).min(limits::CHUNK as u64);
            spawn_blocking(move || piece(&file, hash, offset, length))
        });
        let read = joined(reading.await);
        self.reading = None;
        match read {
            Ok(bytes) => {
                if let Some(range) = self.ranges.front_mut() {
                    range.offset = range.offset.saturating_add(limits::CHUNK as u64);
                    if range.offset >= range.end {
                        self.ranges.pop_front();
                    }
                }
                if self.ranges.is_empty() {
                    self.file = None;
                }
                Next::Piece(bytes)
            }
            Err(error) => {
                self.ranges.pop_front();
                self.file = None;
                Next::Failed(hash, error)
            }
        }
    }
}

fn piece(file: &File, hash: Hash, offset: u64, length: u64) -> io::Result<Bytes> {
    let mut data = vec![0; usize::try_from(length).unwrap_or(limits::CHUNK)];
    file.read_exact_at(&mut data, offset)?;
    Ok(Chunk { hash, offset, data: &data }.encode().into())
}

fn joined<T>(result: Result<io::Result<T>, tokio::task::JoinError>) -> io::Result<T> {
    result.unwrap_or_else(|e| Err(io::Error::other(e)))
}
