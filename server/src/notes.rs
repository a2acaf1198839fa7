//! Members' notes on papers: kept as the ciphertext that seats send, given back to the
//! same member at whichever seat, destroyed at the end of the meeting. They are none of
//! the meeting's: no log, record, search or backup has them.
//!
//! A thread of its own does it, so that nothing of the meeting waits for a note. It
//! makes durable what waits in one go, and answers only then.

mod file;

pub use file::FILES;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use file::{Keep, NotesFile, remove};
use hemicycle_protocol::ids::{Hash, MemberId};
use hemicycle_protocol::ink::SealedPage;
use hemicycle_protocol::refusal::{Code, Refusal};
use hemicycle_protocol::wire::limits;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use thiserror::Error;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

/// Requests that wait at most: a congress that opens a paper together.
const QUEUE: usize = 4096;
/// KiB of notes that wait at most.
const WAITING_KIB: usize = 32 * 1024;
/// Pages that are made durable together at most.
const GROUP: usize = 64;
/// A nonce and a tag, without which nothing is sealed.
const LEAST: usize = 12 + 16;

/// Why notes cannot be kept.
#[derive(Debug, Error)]
pub enum NotesError {
    #[error("{path} cannot be used: {source}")]
    Io { path: PathBuf, source: io::Error },
    #[error("{path} cannot be used: {source}")]
    Database { path: PathBuf, source: rusqlite::Error },
    #[error("{path} holds no notes of this version of Hemicycle: move it away")]
    Foreign { path: PathBuf },
    #[error("the notes' thread has ended")]
    Ended,
}

/// Takes an answer to whoever asked. Must not block.
pub type ReplyTo<T> = Box<dyn FnOnce(Result<T, Refusal>) + Send>;

/// See the module.
#[derive(Debug)]
pub struct Notes {
    jobs: mpsc::Sender<Job>,
    waiting: Arc<Semaphore>,
}

enum Job {
    Keep(Keep, OwnedSemaphorePermit, ReplyTo<()>),
    Fetch(MemberId, Hash, ReplyTo<Vec<SealedPage>>),
    Destroy(oneshot::Sender<Result<(), NotesError>>),
    Close(oneshot::Sender<()>),
}

/// What the thread has.
enum Store {
    Open(NotesFile),
    /// It cannot be used; somebody has to look at it.
    Broken,
    /// The meeting is, and there are no notes any more.
    Over,
    /// The server stops.
    Closed,
}

impl Notes {
    /// Those of this data folder. A meeting that is over has none. Where the file
    /// cannot be used, the meeting goes on without notes.
    pub fn start(folder: &Path, over: bool) -> io::Result<Self> {
        let store = if over {
            if let Err(error) = remove(folder) {
                tracing::error!(%error, "members' notes cannot be destroyed");
            }
            Store::Over
        } else {
            match NotesFile::open(folder) {
                Ok(file) => Store::Open(file),
                Err(error) => {
                    tracing::error!(%error, "no notes are kept");
                    Store::Broken
                }
            }
        };
        let (jobs, inbox) = mpsc::channel(QUEUE);
        let folder = folder.to_path_buf();
        thread::Builder::new().name("notes".into()).spawn(move || run(store, &folder, inbox))?;
        Ok(Self { jobs, waiting: Arc::new(Semaphore::new(WAITING_KIB)) })
    }

    /// Keeps a page in place of the one that is kept. That the member may, and that the
    /// paper has such a page, is for the caller to know.
    pub fn keep(&self, member: MemberId, paper: Hash, page: &SealedPage, reply: ReplyTo<()>) {
        let sealed = match ciphertext(&page.sealed) {
            Ok(sealed) => sealed,
            Err(refusal) => return reply(Err(refusal)),
        };
        let kib = u32::try_from(sealed.len().div_ceil(1024)).unwrap_or(u32::MAX);
        let Ok(permit) = Arc::clone(&self.waiting).try_acquire_many_owned(kib) else {
            return reply(Err(busy()));
        };
        let keep = Keep { member, paper, page: page.page, sealed };
        self.put(Job::Keep(keep, permit, reply));
    }

    /// All pages of a paper on which this member has notes.
    pub fn fetch(&self, member: MemberId, paper: Hash, reply: ReplyTo<Vec<SealedPage>>) {
        self.put(Job::Fetch(member, paper, reply));
    }

    /// Destroys all notes. They are gone from the disk before this says so.
    pub async fn destroy(&self) -> Result<(), NotesError> {
        let (done, result) = oneshot::channel();
        self.jobs.send(Job::Destroy(done)).await.map_err(|_| NotesError::Ended)?;
        result.await.map_err(|_| NotesError::Ended)?
    }

    /// Finishes what waits and closes the file.
    pub async fn close(&self) {
        let (done, closed) = oneshot::channel();
        // Whose thread has ended is closed.
        if self.jobs.send(Job::Close(done)).await.is_ok() {
            let _ = closed.await;
        }
    }

    fn put(&self, job: Job) {
        match self.jobs.try_send(job) {
            Ok(()) => {}
            Err(mpsc::error::TrySendError::Full(job)) => job.refuse(busy()),
            Err(mpsc::error::TrySendError::Closed(job)) => job.refuse(unavailable()),
        }
    }
}

impl Job {
    fn refuse(self, refusal: Refusal) {
        match self {
            Job::Keep(_, _, reply) => reply(Err(refusal)),
            Job::Fetch(_, _, reply) => reply(Err(refusal)),
            // Whoever waits for these sees that nobody answers.
            Job::Destroy(_) | Job::Close(_) => {}
        }
    }
}

/// What was sealed, out of its letters.
fn ciphertext(sealed: &str) -> Result<Vec<u8>, Refusal> {
    if sealed.len() > limits::NOTES_PAGE {
        return Err(Refusal::of(Code::TooLarge, "notes on a page"));
    }
    let bytes = STANDARD.decode(sealed).map_err(|_| Refusal::of(Code::BadValue, "base64"))?;
    if !bytes.is_empty() && bytes.len() < LEAST {
        return Err(Refusal::of(Code::BadValue, "neither sealed nor empty"));
    }
    Ok(bytes)
}

fn busy() -> Refusal {
    Refusal::of(Code::Unavailable, "too many at once")
}

fn unavailable() -> Refusal {
    Refusal::of(Code::Unavailable, "notes")
}

fn run(mut store: Store, folder: &Path, mut inbox: mpsc::Receiver<Job>) {
    let mut next = None;
    while let Some(job) = next.take().or_else(|| inbox.blocking_recv()) {
        match job {
            Job::Keep(page, permit, reply) => {
                let mut group = vec![(page, permit, reply)];
                while group.len() < GROUP && next.is_none() {
                    match inbox.try_recv() {
                        Ok(Job::Keep(page, permit, reply)) => group.push((page, permit, reply)),
                        Ok(job @ (Job::Fetch(..) | Job::Destroy(_) | Job::Close(_))) => {
                            next = Some(job);
                        }
                        Err(_) => break,
                    }
                }
                store.keep(group);
            }
            Job::Fetch(member, paper, reply) => reply(store.fetch(member, &paper)),
            Job::Destroy(done) => {
                if let Store::Open(file) = std::mem::replace(&mut store, Store::Over)
                    && let Err(error) = file.empty()
                {
                    // The key is gone already, and the file goes now.
                    tracing::warn!(%error, "notes are removed without being overwritten");
                }
                let _ = done.send(remove(folder));
            }
            Job::Close(done) => {
                if matches!(store, Store::Open(_)) {
                    store = Store::Closed;
                }
                let _ = done.send(());
            }
        }
    }
}

impl Store {
    fn file(&mut self) -> Result<&mut NotesFile, Refusal> {
        match self {
            Store::Open(file) => Ok(file),
            Store::Broken => Err(unavailable()),
            Store::Over => Err(Refusal::of(Code::WrongPhase, "closed")),
            Store::Closed => Err(Refusal::of(Code::Unavailable, "the server stops")),
        }
    }

    fn keep(&mut self, group: Vec<(Keep, OwnedSemaphorePermit, ReplyTo<()>)>) {
        let (mut pages, mut replies) = (Vec::new(), Vec::new());
        for (page, permit, reply) in group {
            pages.push(page);
            replies.push((permit, reply));
        }
        let kept = self.file().and_then(|file| file.keep(&pages).map_err(|e| failed(&e)));
        match kept {
            Ok(kept) => {
                for ((_, reply), kept) in replies.into_iter().zip(kept) {
                    reply(kept);
                }
            }
            Err(refusal) => {
                for (_, reply) in replies {
                    reply(Err(refusal.clone()));
                }
            }
        }
    }

    fn fetch(&mut self, member: MemberId, paper: &Hash) -> Result<Vec<SealedPage>, Refusal> {
        let pages = self.file()?.fetch(member, paper).map_err(|e| failed(&e))?;
        let write =
            |(page, sealed): (u32, Vec<u8>)| SealedPage { page, sealed: STANDARD.encode(sealed) };
        Ok(pages.into_iter().map(write).collect())
    }
}

fn failed(error: &NotesError) -> Refusal {
    tracing::error!(%error, "notes are neither kept nor found");
    unavailable()
}

#[cfg(test)]
mod tests {
    use super::*;
    use hemicycle_protocol::ids::Hex;

    const PAPER: Hash = Hex([7; 32]);

    async fn keep(notes: &Notes, member: u32, page: u32, sealed: &str) -> Result<(), Code> {
        let (tell, told) = oneshot::channel();
        let page = SealedPage { page, sealed: sealed.into() };
        let reply = Box::new(move |kept| tell.send(kept).unwrap());
        notes.keep(MemberId(member), PAPER, &page, reply);
        told.await.unwrap().map_err(|refused: Refusal| refused.code)
    }

    async fn fetch(notes: &Notes, member: u32) -> Result<Vec<SealedPage>, Code> {
        let (tell, told) = oneshot::channel();
        notes.fetch(MemberId(member), PAPER, Box::new(move |pages| tell.send(pages).unwrap()));
        told.await.unwrap().map_err(|refused: Refusal| refused.code)
    }

    #[tokio::test]
    async fn notes_outlast_the_server_and_not_the_meeting() {
        let dir = tempfile::tempdir().unwrap();
        let notes = Notes::start(dir.path(), false).unwrap();
        let sealed = STANDARD.encode([1; 40]);
        let together = (0..200).map(|page| keep(&notes, 1, page, &sealed));
        for kept in futures_util::future::join_all(together).await {
            kept.unwrap();
        }
        keep(&notes, 2, 0, &sealed).await.unwrap();
        keep(&notes, 1, 5, "").await.unwrap();
        notes.close().await;
        assert_eq!(keep(&notes, 1, 5, "").await, Err(Code::Unavailable));

        let notes = Notes::start(dir.path(), false).unwrap();
        let pages = fetch(&notes, 1).await.unwrap();
        assert_eq!((pages.len(), pages[5].page, &pages[5].sealed), (199, 6, &sealed));
        notes.destroy().await.unwrap();
        assert_eq!(fetch(&notes, 2).await, Err(Code::WrongPhase));
        notes.destroy().await.unwrap();
        let left = || std::fs::read_dir(dir.path()).unwrap().count();
        assert_eq!(left(), 0);

        // Killed in between, it has a file that nobody needs any more.
        std::fs::write(dir.path().join(FILES[0]), "left").unwrap();
        let notes = Notes::start(dir.path(), true).unwrap();
        assert_eq!((left(), keep(&notes, 1, 0, &sealed).await), (0, Err(Code::WrongPhase)));
    }

    #[tokio::test]
    async fn only_what_was_sealed_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let notes = Notes::start(dir.path(), false).unwrap();
        let whole = "A".repeat(limits::NOTES_PAGE);
        keep(&notes, 1, 0, &whole).await.unwrap();
        assert_eq!(fetch(&notes, 1).await.unwrap()[0].sealed, whole);
        assert_eq!(keep(&notes, 1, 0, &format!("{whole}AAAA")).await, Err(Code::TooLarge));
        let short = STANDARD.encode([1; LEAST - 1]);
        for bad in ["!", "AAAAA", &short, &"A".repeat(41), &format!("{}B=", "A".repeat(42))] {
            assert_eq!(keep(&notes, 1, 0, bad).await, Err(Code::BadValue), "{bad}");
        }
    }

    #[tokio::test]
    async fn a_file_that_cannot_be_used_keeps_nobody_from_meeting() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(FILES[0]), [0x5a; 8192]).unwrap();
        let notes = Notes::start(dir.path(), false).unwrap();
        assert_eq!(fetch(&notes, 1).await, Err(Code::Unavailable));
        notes.destroy().await.unwrap();
        assert!(!dir.path().join(FILES[0]).exists());
    }
}
