//! Papers on their way in, in pieces: who began one may go on where it broke off. A piece is
//! there whole or not at all, and what is there is asked for by the file's own SHA-256, so
//! that neither a lost answer nor a page that was loaded anew costs more than a piece. What
//! becomes of a whole file is decided by `http::papers`; nothing here outlives the server.

use crate::clock::Clock;
use crate::http::Trouble;
use crate::papers::{Shelf, ShelfError, Upload};
use axum::http::StatusCode;
use hemicycle_protocol::ids::{Hash, Millis};
use hemicycle_protocol::wire::limits;
use std::collections::HashMap;
use std::future::Future;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use thiserror::Error;
use tokio::sync::watch;

/// Bytes of a piece at most.
pub const PIECE: usize = 4 * 1024 * 1024;
/// Files on their way at most.
pub const MOST: usize = 64;
/// Nothing came for so long: the file is given up.
pub const KEPT: i64 = 60 * 60 * 1000;
/// So long an answer is known to who asks again.
const ANSWERED: i64 = 10 * 60 * 1000;
/// How often that is looked for.
const TIDIED: Duration = Duration::from_secs(60);

/// What became of a whole file.
pub type Outcome = Result<serde_json::Value, Trouble>;

/// All files on their way.
#[derive(Debug, Default)]
pub struct Uploads {
    coming: Mutex<HashMap<(String, Hash), Arc<Coming>>>,
}

/// Why an upload does not begin or go on.
#[derive(Debug, Error)]
pub enum UploadError {
    #[error("nothing of this file is here")]
    Unknown,
    #[error("{MOST} files are on their way already")]
    TooMany,
    #[error("an empty file is no paper")]
    Empty,
    #[error("{at} bytes are here")]
    Elsewhere { at: u64 },
    #[error("what came is not the file that was announced")]
    Damaged,
    #[error(transparent)]
    Shelf(#[from] ShelfError),
}

impl UploadError {
    /// What the page is told.
    pub fn trouble(&self) -> Trouble {
        let told = |status, code| Trouble::new(status, code, self);
        match self {
            Self::Unknown => told(StatusCode::NOT_FOUND, "not_found"),
            Self::TooMany => told(StatusCode::TOO_MANY_REQUESTS, "too_many_uploads"),
            Self::Empty => told(StatusCode::UNPROCESSABLE_ENTITY, "empty"),
            Self::Elsewhere { .. } => told(StatusCode::CONFLICT, "elsewhere"),
            Self::Damaged => told(StatusCode::UNPROCESSABLE_ENTITY, "damaged"),
            Self::Shelf(shelf) => Trouble::shelf(shelf),
        }
    }
}

/// One of them.
#[derive(Debug)]
pub struct Coming {
    sha256: Hash,
    size: u64,
    at: AtomicU64,
    touched: AtomicI64,
    /// None: it is whole, and given on.
    part: tokio::sync::Mutex<Option<Upload>>,
    outcome: watch::Sender<Option<Outcome>>,
}

impl Uploads {
    /// Begins, or goes on with what is here of it. The answer is how much that is.
    pub fn begin(
        &self,
        shelf: &Shelf,
        owner: &str,
        sha256: Hash,
        size: u64,
        now: Millis,
    ) -> Result<u64, UploadError> {
        if size == 0 {
            return Err(UploadError::Empty);
        }
        if size > limits::PAPER {
            return Err(ShelfError::TooLarge { limit: limits::PAPER }.into());
        }
        let mut all = self.all();
        sweep(&mut all, now);
        let key = (owner.to_owned(), sha256);
        if let Some(coming) = all.get(&key)
            && coming.size == size
            && !coming.has_failed()
        {
            coming.touch(now);
            return Ok(coming.at());
        }
        all.remove(&key);
        if all.len() >= MOST {
            return Err(UploadError::TooMany);
        }
        let announced: u64 = all.values().map(|c| c.size).sum();
        shelf.has_room(announced.saturating_add(size))?;
        let coming = Coming {
            sha256,
            size,
            at: AtomicU64::new(0),
            touched: AtomicI64::new(now.0),
            part: tokio::sync::Mutex::new(Some(shelf.begin()?)),
            outcome: watch::Sender::new(None),
        };
        all.insert(key, Arc::new(coming));
        Ok(0)
    }

    /// A file that this clerk began.
    pub fn find(&self, owner: &str, sha256: Hash, now: Millis) -> Result<Arc<Coming>, UploadError> {
        let all = self.all();
        let coming = all.get(&(owner.to_owned(), sha256)).ok_or(UploadError::Unknown)?;
        coming.touch(now);
        Ok(Arc::clone(coming))
    }

    /// Nothing more of it is wanted.
    pub fn forget(&self, owner: &str, sha256: Hash) {
        self.all().remove(&(owner.to_owned(), sha256));
    }

    /// What nobody went on with goes.
    pub fn sweep(&self, now: Millis) {
        sweep(&mut self.all(), now);
    }

    fn all(&self) -> std::sync::MutexGuard<'_, HashMap<(String, Hash), Arc<Coming>>> {
        self.coming.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sweeps from time to time, until the server stops.
pub async fn tidy(uploads: Arc<Uploads>, clock: Clock, mut stop: watch::Receiver<bool>) {
    let over = async {
        let _ = stop.wait_for(|stop| *stop).await;
    };
    tokio::pin!(over);
    while tokio::time::timeout(TIDIED, &mut over).await.is_err() {
        uploads.sweep(clock.now());
    }
}

fn sweep(all: &mut HashMap<(String, Hash), Arc<Coming>>, now: Millis) {
    all.retain(|_, coming| {
        let age = now.0.saturating_sub(coming.touched.load(Ordering::Relaxed));
        let over = coming.outcome.borrow().is_some();
        age <= if over { ANSWERED } else { KEPT }
    });
}

impl Coming {
    /// How much of it is here.
    pub fn at(&self) -> u64 {
        self.at.load(Ordering::Relaxed)
    }

    fn touch(&self, now: Millis) {
        self.touched.store(now.0, Ordering::Relaxed);
    }

    fn has_failed(&self) -> bool {
        matches!(*self.outcome.borrow(), Some(Err(_)))
    }

    /// Adds a piece that begins at `offset`; how much is here then.
    pub async fn add(&self, offset: u64, piece: axum::body::Bytes) -> Result<u64, UploadError> {
        let mut part = self.part.lock().await;
        let at = self.at();
        let end = offset.saturating_add(piece.len() as u64);
        let Some(mut upload) = part.take() else { return Err(UploadError::Elsewhere { at }) };
        if offset != at {
            *part = Some(upload);
            return Err(UploadError::Elsewhere { at });
        }
        if end > self.size {
            *part = Some(upload);
            return Err(UploadError::Damaged);
        }
        // A piece that is not written whole takes the file with it: nobody knows then how
        // much is there.
        let written = tokio::task::spawn_blocking(move || upload.write(&piece).map(|()| upload));
        match written.await {
            Ok(Ok(upload)) => {
                *part = Some(upload);
                self.at.store(end, Ordering::Relaxed);
                Ok(end)
            }
            Ok(Err(error)) => Err(self.failed(error.into())),
            Err(_) => Err(self.failed(UploadError::Unknown)),
        }
    }

    /// It is over: who begins it again begins anew.
    fn failed(&self, error: UploadError) -> UploadError {
        self.outcome.send_replace(Some(Err(error.trouble())));
        error
    }

    /// What became of the whole file. The first one to ask has `take_in` look at it; whoever
    /// asks again, because the answer was lost, gets the same one.
    pub async fn finish<F>(
        self: Arc<Self>,
        take_in: impl FnOnce(Upload) -> F + Send + 'static,
    ) -> Result<watch::Receiver<Option<Outcome>>, UploadError>
    where
        F: Future<Output = Outcome> + Send + 'static,
    {
        let told = self.outcome.subscribe();
        let mut part = self.part.lock().await;
        if let Some(upload) = part.take() {
            let at = self.at();
            if at != self.size {
                *part = Some(upload);
                return Err(UploadError::Elsewhere { at });
            }
            if upload.hash() != self.sha256 {
                return Err(self.failed(UploadError::Damaged));
            }
            drop(part);
            // A task of its own: who asked may lose the connection.
            tokio::spawn(async move {
                let taken = tokio::spawn(take_in(upload)).await;
                let broken =
                    |error| Err(Trouble::new(StatusCode::SERVICE_UNAVAILABLE, "unchecked", error));
                self.outcome.send_replace(Some(taken.unwrap_or_else(broken)));
            });
        }
        Ok(told)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hemicycle_protocol::ids::Hex;
    use sha2::{Digest, Sha256};

    const NOW: Millis = Millis(1_000);

    fn shelf(dir: &std::path::Path, quota: u64) -> Shelf {
        Shelf::open(dir, quota).unwrap()
    }

    fn sha(bytes: &[u8]) -> Hash {
        Hex(Sha256::digest(bytes).into())
    }

    fn files(dir: &std::path::Path) -> usize {
        std::fs::read_dir(dir.join("coming")).unwrap().count()
    }

    #[tokio::test]
    async fn it_goes_on_where_it_broke_off() {
        let dir = tempfile::tempdir().unwrap();
        let shelf = shelf(dir.path(), 100);
        let (all, hash) = (Uploads::default(), sha(b"hello"));
        assert_eq!(all.begin(&shelf, "li", hash, 5, NOW).unwrap(), 0);
        let coming = all.find("li", hash, NOW).unwrap();
        assert_eq!(coming.add(0, "he".into()).await.unwrap(), 2);
        // The same piece again, or one further on: it is told where to go on.
        for offset in [0, 3] {
            let refused = coming.add(offset, "he".into()).await;
            assert!(matches!(refused, Err(UploadError::Elsewhere { at: 2 })), "{refused:?}");
        }
        assert!(matches!(coming.add(2, "llo!".into()).await, Err(UploadError::Damaged)));
        assert_eq!(all.begin(&shelf, "li", hash, 5, NOW).unwrap(), 2, "asked for again");
        assert!(matches!(all.find("wang", hash, NOW), Err(UploadError::Unknown)), "another clerk");
        assert_eq!(all.begin(&shelf, "wang", hash, 5, NOW).unwrap(), 0);
        let early = Arc::clone(&coming).finish(|_| async { Ok("early".into()) }).await;
        assert!(matches!(early, Err(UploadError::Elsewhere { at: 2 })));
        assert_eq!(coming.add(2, "llo".into()).await.unwrap(), 5);
        let mut told = Vec::new();
        for answer in ["first", "second"] {
            let coming = Arc::clone(&coming);
            let mut said = coming.finish(move |_| async move { Ok(answer.into()) }).await.unwrap();
            told.push(said.wait_for(Option::is_some).await.unwrap().clone().unwrap().unwrap());
        }
        assert_eq!(told, ["first", "first"], "a lost answer is given again");
    }

    #[tokio::test]
    async fn what_is_not_the_file_is_not_taken() {
        let dir = tempfile::tempdir().unwrap();
        let shelf = shelf(dir.path(), 100);
        let (all, hash) = (Uploads::default(), sha(b"hello"));
        all.begin(&shelf, "li", hash, 5, NOW).unwrap();
        let coming = all.find("li", hash, NOW).unwrap();
        coming.add(0, "hallo".into()).await.unwrap();
        let done = coming.finish(|_| async { Ok("taken".into()) }).await;
        assert!(matches!(done, Err(UploadError::Damaged)));
        assert_eq!(files(dir.path()), 0, "it is gone");
        assert_eq!(all.begin(&shelf, "li", hash, 5, NOW).unwrap(), 0, "and begins anew");
        let coming = all.find("li", hash, NOW).unwrap();
        assert_eq!(coming.add(0, "hello".into()).await.unwrap(), 5);
    }

    #[test]
    fn number_size_and_age_are_bounded() {
        let dir = tempfile::tempdir().unwrap();
        let shelf = shelf(dir.path(), 100);
        let all = Uploads::default();
        let begin = |n: u8, size, now| all.begin(&shelf, "li", Hex([n; 32]), size, now);
        assert!(matches!(begin(0, 0, NOW), Err(UploadError::Empty)));
        let large = begin(0, limits::PAPER + 1, NOW);
        assert!(matches!(large, Err(UploadError::Shelf(ShelfError::TooLarge { .. }))));
        begin(1, 60, NOW).unwrap();
        let full = begin(2, 60, NOW);
        assert!(
            matches!(full, Err(UploadError::Shelf(ShelfError::Full { quota: 100 }))),
            "what is announced takes its room"
        );
        all.forget("li", Hex([1; 32]));
        assert_eq!(files(dir.path()), 0, "called off");
        for n in 0..u8::try_from(MOST).unwrap() {
            begin(n, 1, NOW).unwrap();
        }
        assert!(matches!(begin(200, 1, NOW), Err(UploadError::TooMany)));
        let later = Millis(NOW.0 + KEPT + 1);
        begin(200, 1, later).unwrap();
        assert_eq!(files(dir.path()), 1, "what nobody went on with is gone");
        all.sweep(Millis(later.0 + KEPT + 1));
        assert_eq!(files(dir.path()), 0);
    }
}
