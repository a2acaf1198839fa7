//! Is an uploaded file a paper that every seat can show? The answer comes from
//! the PDF worker, a process of its own: no byte of a PDF is parsed here.

use hemicycle_pdf::{
    Assets, Limits, PaperProblem, Program, WorkerConfig, assets, check_once, compare_once,
};
use hemicycle_protocol::wire::limits;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// The argument that makes this program the worker.
pub const WORKER_ARGUMENT: &str = "pdf-worker";

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
                    WorkerConfig::new(program, found).reading_only([papers.join("coming")]);
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

    /// Pages of `new`, from 1, that are not in `old`; none where that cannot be told.
    pub async fn compare(&self, old: PathBuf, new: PathBuf) -> Option<Vec<u32>> {
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
