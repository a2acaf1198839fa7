//! Is an uploaded file a paper that every seat can show? The answer comes from
//! the PDF worker, a process of its own: no byte of a PDF is parsed here.

use hemicycle_pdf::{
    Assets, Changes, Limits, PaperProblem, Program, Worker, WorkerConfig, WorkerError, assets,
    check_once, compare_once,
};
use hemicycle_protocol::wire::limits;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// The argument that makes this program the worker.
pub const WORKER_ARGUMENT: &str = "pdf-worker";

/// Pages of one paper whose text the worker may fail to read.
const MOST_LOST: u32 = 10;

/// What the check found about a good paper.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    pub pages: u32,
    pub bytes: u64,
    pub title: Option<String>,
    /// Fonts that it uses and does not carry.
    pub fonts_missing: Vec<String>,
}

/// Checks papers, one at a time: a check takes a processor for seconds, and
/// the room needs the other one.
#[derive(Clone, Debug)]
pub struct Checker {
    worker: Result<Arc<WorkerConfig>, String>,
    /// The same one, for papers that were taken in.
    shelf: PathBuf,
    turn: Arc<Semaphore>,
}

impl Checker {
    /// `worker` is the program to start; none: this program itself.
    pub fn new(assets: Option<&Path>, worker: Option<PathBuf>, papers: &Path) -> Self {
        let found = match assets {
            Some(root) => Assets::in_folder(root),
            None => assets::find(),
        };
        let worker = match found {
            Ok(found) => {
                let program = match worker {
                    Some(path) => Program { path, arguments: vec![WORKER_ARGUMENT.into()] },
                    None => Program::itself(WORKER_ARGUMENT),
                };
                let mut config =
                    WorkerConfig::new(program, found).reading_only([papers.join(super::COMING)]);
                config.limits = Limits { paper_bytes: limits::PAPER, ..config.limits };
                Ok(Arc::new(config))
            }
            Err(missing) => {
                tracing::warn!(%missing, "papers cannot be taken in");
                Err(missing.to_string())
            }
        };
        Self { worker, shelf: papers.into(), turn: Arc::new(Semaphore::new(1)) }
    }

    /// What is not in both versions; none where that cannot be told.
    pub async fn compare(&self, old: PathBuf, new: PathBuf) -> Option<Changes> {
        let mut config = WorkerConfig::clone(self.worker.as_ref().ok()?);
        config.folders = vec![self.shelf.clone()];
        let _turn = self.turn.acquire().await.ok()?;
        let compared = tokio::task::spawn_blocking(move || compare_once(config, &old, &new)).await;
        match compared {
            Ok(Ok(changed)) => changed,
            Ok(Err(error)) => {
                tracing::warn!(%error, "two versions of a paper cannot be compared");
                None
            }
            Err(error) => {
                tracing::error!(%error, "a comparison broke off");
                None
            }
        }
    }

    /// The text of each page of a paper that was taken in; none where it cannot be read. Waits
    /// for nobody, and nobody waits for it.
    pub async fn read(&self, paper: PathBuf) -> Option<Vec<String>> {
        let mut config = WorkerConfig::clone(self.worker.as_ref().ok()?);
        config.folders = vec![self.shelf.clone()];
        let read = tokio::task::spawn_blocking(move || texts(config, &paper)).await;
        match read {
            Ok(Ok(pages)) => Some(pages),
            Ok(Err(error)) => {
                tracing::warn!(%error, "the text of a paper cannot be read");
                None
            }
            Err(error) => {
                tracing::error!(%error, "the reading of a paper broke off");
                None
            }
        }
    }

    /// Checks one file.
    pub async fn check(&self, path: PathBuf) -> Result<Facts, PaperProblem> {
        let unchecked = |detail: String| PaperProblem::Unchecked { detail };
        let config = self.worker.clone().map_err(unchecked)?;
        let _turn = self.turn.acquire().await.map_err(|e| unchecked(e.to_string()))?;
        let config = Arc::unwrap_or_clone(config);
        let found = tokio::task::spawn_blocking(move || check_once(config, &path))
            .await
            .map_err(|_| unchecked("the check broke off".into()))??;
        let fonts_missing = found.fonts_missing;
        Ok(Facts { pages: found.pages, bytes: found.bytes, title: found.title, fonts_missing })
    }
}

/// In a worker of its own. A page that it cannot read is as one without a text: the others are
/// worth having.
fn texts(config: WorkerConfig, paper: &Path) -> Result<Vec<String>, WorkerError> {
    let mut worker = Worker::lazy(config);
    let pages = worker.open(paper)?.pages;
    let mut lost = 0;
    let mut read = Vec::new();
    for page in 0..pages {
        match worker.text(paper, page) {
            Ok(text) => read.push(text.chars().iter().collect()),
            Err(_) if lost < MOST_LOST => {
                lost += 1;
                read.push(String::new());
            }
            Err(error) => return Err(error),
        }
    }
    Ok(read)
}
