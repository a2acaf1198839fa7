//! Papers on their way in, in pieces: who began one may go on where it broke off. A piece is
//! there whole or not at all, and what is there is asked for by the file's own SHA-256, so
//! that neither a lost answer nor a page that was loaded anew nor a server that was started
//! again costs more than a piece. What becomes of a whole file is decided by `http::papers`, how
//! it lies on the disk by `papers::pieces`.

use crate::clock::Clock;
use crate::http::Trouble;
use crate::papers::pieces::{self, Note};
use crate::papers::{Shelf, ShelfError, Upload};
use axum::http::StatusCode;
use hemicycle_protocol::ids::{Hash, Millis};
use hemicycle_protocol::wire::limits;
use std::collections::HashMap;
use std::future::Future;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
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
    /// Where it lies.
    path: PathBuf,
    /// None: it is whole, and given on.
    part: tokio::sync::Mutex<Option<Upload>>,
    given: AtomicBool,
    /// Nobody asks for it any more.
    forgotten: AtomicBool,
    outcome: watch::Sender<Option<Outcome>>,
}

impl Uploads {
    /// Those that were on their way when the server ended, if somebody may still go on with them.
    pub fn left(shelf: &Shelf, now: Millis) -> Self {
        let mut left = shelf.left();
        left.sort_by_key(|(note, _)| std::cmp::Reverse(note.touched));
        let mut all = HashMap::new();
        for (note, upload) in left {
            // A clock that was put back keeps nothing longer.
            let touched = note.touched.min(now);
            let key = (note.owner.clone(), note.sha256);
            let over = now.0.saturating_sub(touched.0) > KEPT;
            if over || all.len() >= MOST || all.contains_key(&key) {
                pieces::remove(upload.path());
                continue;
            }
            tracing::info!(clerk = %note.owner, file = %note.sha256, at = note.at, size = note.size, "a file may go on");
            all.insert(key, Arc::new(Coming::new(&note, touched, upload)));
        }
        Self { coming: Mutex::new(all) }
    }

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
        if let Some(failed) = all.remove(&key) {
            failed.discard();
        }
        if all.len() >= MOST {
            return Err(UploadError::TooMany);
        }
        let announced: u64 = all.values().map(|c| c.size).sum();
        shelf.has_room(announced.saturating_add(size))?;
        let note = Note { owner: owner.to_owned(), sha256, size, at: 0, touched: now };
        let upload = shelf.begin_pieces(note.clone())?;
        all.insert(key, Arc::new(Coming::new(&note, now, upload)));
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
        let gone = self.all().remove(&(owner.to_owned(), sha256));
        if let Some(coming) = gone {
            coming.discard();
        }
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
        let stays = age <= if over { ANSWERED } else { KEPT };
        if !stays {
            coming.discard();
        }
        stays
    });
}

impl Coming {
    fn new(note: &Note, touched: Millis, upload: Upload) -> Self {
        Self {
            sha256: note.sha256,
            size: note.size,
            at: AtomicU64::new(note.at),
            touched: AtomicI64::new(touched.0),
            path: upload.path().to_owned(),
            part: tokio::sync::Mutex::new(Some(upload)),
            given: AtomicBool::new(false),
            forgotten: AtomicBool::new(false),
            outcome: watch::Sender::new(None),
        }
    }

    /// Nothing of it stays on the disk; what is looked at already is seen through.
    fn discard(&self) {
        self.forgotten.store(true, Ordering::SeqCst);
        if !self.given.load(Ordering::SeqCst) || self.outcome.borrow().is_some() {
            pieces::remove(&self.path);
        }
    }

    fn is_forgotten(&self) -> bool {
        self.forgotten.load(Ordering::SeqCst)
    }

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

    /// Adds a piece that begins at `offset`; how much is here then. Who sent it may lose the
    /// connection while it is written.
    pub async fn add(
        self: &Arc<Self>,
        offset: u64,
        piece: axum::body::Bytes,
        now: Millis,
    ) -> Result<u64, UploadError> {
        let coming = Arc::clone(self);
        let added = tokio::spawn(async move { coming.write(offset, piece, now).await });
        added.await.unwrap_or(Err(UploadError::Unknown))
    }

    async fn write(
        &self,
        offset: u64,
        piece: axum::body::Bytes,
        now: Millis,
    ) -> Result<u64, UploadError> {
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
        let write = move || upload.add(&piece, now).map(|()| upload);
        match tokio::task::spawn_blocking(write).await {
            Ok(Ok(upload)) => {
                if self.is_forgotten() {
                    pieces::remove(&self.path);
                }
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
        pieces::remove(&self.path);
        self.outcome.send_replace(Some(Err(error.trouble())));
        error
    }

    /// What became of the whole file. The first one to ask has `take_in` look at it; whoever
    /// asks again, because the answer was lost, gets the same one. Who asked may lose the
    /// connection.
    pub async fn finish<F>(
        self: Arc<Self>,
        take_in: impl FnOnce(Upload) -> F + Send + 'static,
    ) -> Result<watch::Receiver<Option<Outcome>>, UploadError>
    where
        F: Future<Output = Outcome> + Send + 'static,
    {
        let told = self.outcome.subscribe();
        let given = tokio::spawn(async move {
            let Some(upload) = self.whole().await? else { return Ok(()) };
            tokio::spawn(async move {
                let taken = tokio::spawn(take_in(upload)).await;
                let broken =
                    |error| Err(Trouble::new(StatusCode::SERVICE_UNAVAILABLE, "unchecked", error));
                self.over(taken.unwrap_or_else(broken));
            });
            Ok(())
        });
        given.await.unwrap_or(Err(UploadError::Unknown))?;
        Ok(told)
    }

    /// The whole file, for the one who asks first.
    async fn whole(&self) -> Result<Option<Upload>, UploadError> {
        let mut part = self.part.lock().await;
        let at = self.at();
        let Some(mut upload) = part.take() else { return Ok(None) };
        if at != self.size {
            *part = Some(upload);
            return Err(UploadError::Elsewhere { at });
        }
        let read = move || upload.catch_up().map(|()| upload);
        let upload = match tokio::task::spawn_blocking(read).await {
            Ok(Ok(upload)) if upload.hash() == self.sha256 => upload,
            Ok(Ok(_)) => return Err(self.failed(UploadError::Damaged)),
            Ok(Err(error)) => return Err(self.failed(error.into())),
            Err(_) => return Err(self.failed(UploadError::Unknown)),
        };
        self.given.store(true, Ordering::SeqCst);
        Ok(Some(upload))
    }

    fn over(&self, taken: Outcome) {
        // What this server could not look at now, the next one may.
        let unavailable = StatusCode::SERVICE_UNAVAILABLE;
        if !matches!(&taken, Err(trouble) if trouble.status == unavailable) {
            pieces::remove(&self.path);
        }
        self.outcome.send_replace(Some(taken));
        if self.is_forgotten() {
            pieces::remove(&self.path);
        }
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

    /// Notes apart.
    fn files(dir: &std::path::Path) -> usize {
        let all = std::fs::read_dir(dir.join("coming")).unwrap();
        all.filter(|e| e.as_ref().unwrap().path().extension() != Some("note".as_ref())).count()
    }

    #[tokio::test]
    async fn it_goes_on_where_it_broke_off() {
        let dir = tempfile::tempdir().unwrap();
        let shelf = shelf(dir.path(), 100);
        let (all, hash) = (Uploads::default(), sha(b"hello"));
        assert_eq!(all.begin(&shelf, "li", hash, 5, NOW).unwrap(), 0);
        let coming = all.find("li", hash, NOW).unwrap();
        assert_eq!(coming.add(0, "he".into(), NOW).await.unwrap(), 2);
        // The same piece again, or one further on: it is told where to go on.
        for offset in [0, 3] {
            let refused = coming.add(offset, "he".into(), NOW).await;
            assert!(matches!(refused, Err(UploadError::Elsewhere { at: 2 })), "{refused:?}");
        }
        assert!(matches!(coming.add(2, "llo!".into(), NOW).await, Err(UploadError::Damaged)));
        assert_eq!(all.begin(&shelf, "li", hash, 5, NOW).unwrap(), 2, "asked for again");
        assert!(matches!(all.find("wang", hash, NOW), Err(UploadError::Unknown)), "another clerk");
        assert_eq!(all.begin(&shelf, "wang", hash, 5, NOW).unwrap(), 0);
        let early = Arc::clone(&coming).finish(|_| async { Ok("early".into()) }).await;
        assert!(matches!(early, Err(UploadError::Elsewhere { at: 2 })));
        assert_eq!(coming.add(2, "llo".into(), NOW).await.unwrap(), 5);
        let mut told = Vec::new();
        for answer in ["first", "second"] {
            let coming = Arc::clone(&coming);
            let mut said = coming.finish(move |_| async move { Ok(answer.into()) }).await.unwrap();
            told.push(said.wait_for(Option::is_some).await.unwrap().clone().unwrap().unwrap());
        }
        assert_eq!(told, ["first", "first"], "a lost answer is given again");
    }

    #[tokio::test]
    async fn a_piece_whose_sender_is_gone_is_seen_through() {
        let dir = tempfile::tempdir().unwrap();
        let shelf = shelf(dir.path(), 100);
        let (all, hash) = (Uploads::default(), sha(b"hello"));
        all.begin(&shelf, "li", hash, 5, NOW).unwrap();
        let coming = all.find("li", hash, NOW).unwrap();
        {
            let mut adding = Box::pin(coming.add(0, "he".into(), NOW));
            assert!(futures_util::poll!(&mut adding).is_pending());
        }
        // The next one waits for it.
        let refused = coming.add(0, "he".into(), NOW).await;
        assert!(matches!(refused, Err(UploadError::Elsewhere { at: 2 })), "{refused:?}");
        coming.add(2, "llo".into(), NOW).await.unwrap();
        let take = |coming: &Arc<Coming>| Arc::clone(coming).finish(|_| async { Ok("it".into()) });
        {
            let mut asking = Box::pin(take(&coming));
            assert!(futures_util::poll!(&mut asking).is_pending());
        }
        let mut told = take(&coming).await.unwrap();
        let told = told.wait_for(Option::is_some).await.unwrap().clone().unwrap().unwrap();
        assert_eq!(told, "it");
    }

    #[tokio::test]
    async fn what_is_not_the_file_is_not_taken() {
        let dir = tempfile::tempdir().unwrap();
        let shelf = shelf(dir.path(), 100);
        let (all, hash) = (Uploads::default(), sha(b"hello"));
        all.begin(&shelf, "li", hash, 5, NOW).unwrap();
        let coming = all.find("li", hash, NOW).unwrap();
        coming.add(0, "hallo".into(), NOW).await.unwrap();
        let done = coming.finish(|_| async { Ok("taken".into()) }).await;
        assert!(matches!(done, Err(UploadError::Damaged)));
        assert_eq!(files(dir.path()), 0, "it is gone");
        assert_eq!(all.begin(&shelf, "li", hash, 5, NOW).unwrap(), 0, "and begins anew");
        let coming = all.find("li", hash, NOW).unwrap();
        assert_eq!(coming.add(0, "hello".into(), NOW).await.unwrap(), 5);
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

    #[tokio::test]
    async fn a_server_that_was_started_again_goes_on() {
        let dir = tempfile::tempdir().unwrap();
        let (first, hash) = (shelf(dir.path(), 100), sha(b"hello"));
        let all = Uploads::default();
        all.begin(&first, "li", hash, 5, NOW).unwrap();
        all.begin(&first, "wang", hash, 5, NOW).unwrap();
        all.begin(&first, "wang", sha(b"nothing"), 7, NOW).unwrap();
        let later = Millis(NOW.0 + 10);
        let add = |owner: &'static str, piece: &'static str, now| {
            let coming = all.find(owner, hash, now).unwrap();
            async move { coming.add(0, piece.into(), now).await.unwrap() }
        };
        add("li", "hel", later).await;
        add("wang", "hello", NOW).await;
        drop((all, first));

        // Who sends what has not changed, and it takes its room as before.
        let again = shelf(dir.path(), 12);
        let all = Uploads::left(&again, later);
        assert_eq!(files(dir.path()), 2, "nothing had come of the third");
        assert!(matches!(all.find("zhao", hash, later), Err(UploadError::Unknown)));
        let full = all.begin(&again, "li", Hex([1; 32]), 3, later);
        assert!(matches!(full, Err(UploadError::Shelf(ShelfError::Full { .. }))), "{full:?}");
        assert_eq!(all.begin(&again, "wang", hash, 5, later).unwrap(), 5, "whole");
        assert_eq!(all.begin(&again, "li", hash, 5, later).unwrap(), 3);
        let coming = all.find("li", hash, later).unwrap();
        coming.add(3, "lo".into(), later).await.unwrap();
        for owner in ["li", "wang"] {
            let coming = all.find(owner, hash, later).unwrap();
            let take = |upload: Upload| async move { Ok(upload.hash().to_string().into()) };
            let mut told = coming.finish(take).await.unwrap();
            let told = told.wait_for(Option::is_some).await.unwrap().clone().unwrap().unwrap();
            assert_eq!(told, hash.to_string());
        }
        assert_eq!(std::fs::read_dir(dir.path().join("coming")).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn what_is_left_is_bounded_as_before() {
        let dir = tempfile::tempdir().unwrap();
        let begun = |owner: &'static str, now| {
            let (shelf, hash) = (shelf(dir.path(), 100), sha(b"hello"));
            let all = Uploads::left(&shelf, now);
            all.begin(&shelf, owner, hash, 5, now).unwrap();
            let coming = all.find(owner, hash, now).unwrap();
            async move { coming.add(0, "hallo".into(), now).await.unwrap() }
        };
        begun("li", NOW).await;
        let later = Millis(NOW.0 + KEPT);
        begun("wang", later).await;
        assert_eq!(files(dir.path()), 2);
        let now = Millis(later.0 + 1);
        let again = shelf(dir.path(), 100);
        let all = Uploads::left(&again, now);
        assert_eq!(files(dir.path()), 1, "an hour is over, though no server ran meanwhile");
        assert!(matches!(all.find("li", sha(b"hello"), now), Err(UploadError::Unknown)));
        // What is there is judged by its hash, as if it had come just now.
        let coming = all.find("wang", sha(b"hello"), now).unwrap();
        let done = coming.finish(|_| async { Ok("taken".into()) }).await;
        assert!(matches!(done, Err(UploadError::Damaged)));
        assert_eq!(files(dir.path()), 0);

        // One that could not be looked at stays on the disk until it is forgotten.
        all.begin(&again, "wang", sha(b"hello"), 5, now).unwrap();
        let coming = all.find("wang", sha(b"hello"), now).unwrap();
        coming.add(0, "hello".into(), now).await.unwrap();
        let stops = |_| async {
            Err(Trouble::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "it stops"))
        };
        let mut told = coming.finish(stops).await.unwrap();
        told.wait_for(Option::is_some).await.unwrap();
        assert_eq!(files(dir.path()), 1);
        let after = shelf(dir.path(), 100);
        let next = Uploads::left(&after, now);
        assert_eq!(next.begin(&after, "wang", sha(b"hello"), 5, now).unwrap(), 5);
        next.sweep(Millis(now.0 + KEPT + 1));
        assert_eq!(std::fs::read_dir(dir.path().join("coming")).unwrap().count(), 0);
    }
}
