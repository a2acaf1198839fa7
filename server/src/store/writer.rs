//! The thread that owns the store. It does nothing but write and, rarely,
//! read back, and asks the system to run it before others: on a busy machine
//! that is the difference between a commit in 4 ms and one in 0.1 ms.

use super::{SealedBallot, Store, StoreError};
use hemicycle_protocol::record::Chain;
use std::path::PathBuf;
use std::thread;
use tokio::sync::{mpsc, oneshot};

type Job = Box<dyn FnOnce(&mut dyn Store) + Send>;

/// Sends work to the thread. The thread ends when this is dropped.
#[derive(Debug)]
pub struct Writer {
    jobs: mpsc::Sender<Job>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread.
    pub fn start(mut store: impl Store) -> std::io::Result<Self> {
        let (jobs, mut inbox) = mpsc::channel::<Job>(1);
        let thread = thread::Builder::new().name("log-writer".into()).spawn(move || {
            run_before_others();
            while let Some(job) = inbox.blocking_recv() {
                job(&mut store);
            }
        })?;
        Ok(Self { jobs, thread: Some(thread) })
    }

    /// See [`Store::append`].
    pub async fn append(
        &self,
        payloads: Vec<Vec<u8>>,
        ballots: Vec<SealedBallot>,
    ) -> Result<Chain, StoreError> {
        self.with(move |store| store.append(&payloads, &ballots)).await?
    }

    /// A way to the same thread for others. It does not keep the thread alive.
    pub fn reader(&self) -> Reader {
        Reader(self.jobs.downgrade())
    }

    /// Lets the thread do something with its store.
    pub async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn Store) -> T + Send + 'static,
    ) -> Result<T, StoreError> {
        send(&self.jobs, work).await
    }

    /// Waits for the thread to finish what it has.
    pub fn finish(mut self) {
        let (closed, _) = mpsc::channel(1);
        self.jobs = closed;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the log's thread ended in a panic");
        }
    }
}

/// See [`Writer::reader`].
#[derive(Clone, Debug)]
pub struct Reader(mpsc::WeakSender<Job>);

impl Reader {
    /// See [`Writer::with`].
    pub async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn Store) -> T + Send + 'static,
    ) -> Result<T, StoreError> {
        let jobs = self.0.upgrade().ok_or_else(gone)?;
        send(&jobs, work).await
    }
}

async fn send<T: Send + 'static>(
    jobs: &mpsc::Sender<Job>,
    work: impl FnOnce(&mut dyn Store) -> T + Send + 'static,
) -> Result<T, StoreError> {
    let (done, result) = oneshot::channel();
    let job: Job = Box::new(move |store| {
        // Nobody may be waiting any more; the work counts all the same.
        let _ = done.send(work(store));
    });
    jobs.send(job).await.map_err(|_| gone())?;
    result.await.map_err(|_| gone())
}

fn gone() -> StoreError {
    StoreError::Failed { path: PathBuf::from("the log"), what: "its thread has ended".into() }
}

/// Best effort: without the right to do so it stays as it was.
fn run_before_others() {
    let me = rustix::thread::gettid();
    for priority in [-20, -10, -5] {
        if rustix::process::setpriority_process(Some(me), priority).is_ok() {
            tracing::debug!(priority, "the log's thread runs before others");
            return;
        }
    }
    tracing::debug!("the log's thread has no right to run before others");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::MemoryStore;

    #[tokio::test]
    async fn writes_and_reads_back() {
        let writer = Writer::start(MemoryStore::failing_after(1)).unwrap();
        let chain = writer.append(vec![b"a".to_vec()], Vec::new()).await.unwrap();
        assert_eq!(chain.seq().0, 1);
        assert!(writer.append(vec![b"b".to_vec()], Vec::new()).await.is_err());
        let head = writer.with(|store| store.head()).await.unwrap();
        assert_eq!(head, chain);
        writer.finish();
    }
}
