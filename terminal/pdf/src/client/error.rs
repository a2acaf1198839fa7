//! What can go wrong with a question to the worker. Names the paper and what was being done with it.

use crate::paper::PaperProblem;
use std::path::{Path, PathBuf};

#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum WorkerError {
    #[error("the PDF worker {} does not start: {reason}", .program.display())]
    Start { program: PathBuf, reason: String },
    #[error("{}: {problem}", .paper.display())]
    Paper { paper: PathBuf, problem: PaperProblem },
    #[error("{}: gave up after {seconds} s trying to {task}", .paper.display())]
    TimedOut { paper: PathBuf, task: &'static str, seconds: f32 },
    #[error("{}: the PDF worker ended trying to {task}: {how}", .paper.display())]
    Died { paper: PathBuf, task: &'static str, how: String },
    #[error("{}: there is no page {} among {pages}", .paper.display(), .page + 1)]
    NoSuchPage { paper: PathBuf, page: u32, pages: u32 },
    #[error("{}: the PDF worker refused to {task}: {detail}", .paper.display())]
    Refused { paper: PathBuf, task: &'static str, detail: String },
    #[error("the PDF worker sent {detail}")]
    Nonsense { detail: String },
}

impl WorkerError {
    /// Stable, for logs and for choosing words on a screen.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Start { .. } => "worker_start",
            Self::Paper { problem, .. } => problem.code(),
            Self::TimedOut { .. } => "timed_out",
            Self::Died { .. } => "worker_died",
            Self::NoSuchPage { .. } => "no_such_page",
            Self::Refused { .. } => "worker_refused",
            Self::Nonsense { .. } => "worker_nonsense",
        }
    }

    /// The paper it happened with, where it was one.
    pub fn paper(&self) -> Option<&Path> {
        match self {
            Self::Paper { paper, .. }
            | Self::TimedOut { paper, .. }
            | Self::Died { paper, .. }
            | Self::NoSuchPage { paper, .. }
            | Self::Refused { paper, .. } => Some(paper),
            Self::Start { .. } | Self::Nonsense { .. } => None,
        }
    }

    /// The same question to a fresh worker would probably end the same way.
    pub fn cost_a_worker(&self) -> bool {
        match self {
            Self::TimedOut { .. } | Self::Died { .. } | Self::Nonsense { .. } => true,
            Self::Start { .. }
            | Self::Paper { .. }
            | Self::NoSuchPage { .. }
            | Self::Refused { .. } => false,
        }
    }
}
