//! A paper with a member's ink in it, made in steps: one for each page with ink, and the last one for the
//! whole. A worker may end between two of them, or close the paper for another; then the ink is sent again.

use super::{Worker, WorkerError, process};
use crate::ink::{self, PageInk};
use crate::wire::{PaperHandle, Request, Response};
use std::path::{Path, PathBuf};

/// How many workers may end over it before it is given up.
const ENDED: u8 = 3;

/// A paper that is being annotated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Export {
    pub paper: PathBuf,
    author: String,
    pages: Vec<PageInk>,
    /// The page whose ink is sent next.
    next: usize,
    draft: Option<Draft>,
    ended: u8,
}

/// Where the ink is that was sent already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Draft {
    process: u64,
    paper: PaperHandle,
    export: u64,
}

impl Export {
    pub fn new(paper: &Path, author: &str, pages: Vec<PageInk>) -> Self {
        let (paper, author) = (paper.to_owned(), author.to_owned());
        Self { paper, author, pages, next: 0, draft: None, ended: 0 }
    }

    /// The new paper after the last step.
    pub fn step(&mut self, worker: &mut Worker) -> Result<Option<Vec<u8>>, WorkerError> {
        let draft = self.draft(worker)?;
        if let Some(ink) = self.pages.get(self.next) {
            worker.ink(&self.paper, draft, ink)?;
            self.next += 1;
            return Ok(None);
        }
        worker.put_together(&self.paper, draft, &self.author).map(Some)
    }

    fn draft(&mut self, worker: &mut Worker) -> Result<Draft, WorkerError> {
        let paper = worker.opened(&self.paper, worker.config.patience.open)?.0;
        let process = worker.starts;
        if let Some(draft) = self.draft {
            if (draft.process, draft.paper) == (process, paper) {
                return Ok(draft);
            }
            self.ended += u8::from(draft.process != process);
            if self.ended >= ENDED {
                let detail = "the worker ended too often in between".to_owned();
                let paper = self.paper.clone();
                return Err(WorkerError::Refused { paper, task: TASK, detail });
            }
        }
        worker.exports += 1;
        self.next = 0;
        Ok(*self.draft.insert(Draft { process, paper, export: worker.exports }))
    }
}

const TASK: &str = "annotate";

impl Worker {
    /// The paper's bytes with these lines as annotations of the author's on its pages, one for each line. All
    /// else of the paper stays as it is, its text and its own annotations among it. A paper that is encrypted
    /// cannot be annotated, even where it opens without a password: [`PaperProblem::Encrypted`]. Nor can one
    /// that would become larger than [`Limits::annotated_bytes`].
    ///
    /// [`PaperProblem::Encrypted`]: crate::PaperProblem::Encrypted
    /// [`Limits::annotated_bytes`]: crate::Limits::annotated_bytes
    pub fn annotate(
        &mut self,
        paper: &Path,
        author: &str,
        pages: &[PageInk],
    ) -> Result<Vec<u8>, WorkerError> {
        let mut export = Export::new(paper, author, pages.to_vec());
        loop {
            if let Some(bytes) = export.step(self)? {
                return Ok(bytes);
            }
        }
    }

    fn ink(&mut self, paper: &Path, draft: Draft, ink: &PageInk) -> Result<(), WorkerError> {
        self.opened_page(paper, ink.page)?;
        for part in ink::to_parts(&ink.lines) {
            let request = Request::Ink { paper: draft.paper, export: draft.export, page: ink.page };
            let question = process::Question { request, body: &part, max_answer: 0 };
            let wait = self.config.patience.page;
            let response = self.ask_with(paper, TASK, question, wait)?.0;
            let Response::Inked = response else { return Err(self.unexpected(&response)) };
        }
        Ok(())
    }

    fn put_together(
        &mut self,
        paper: &Path,
        draft: Draft,
        author: &str,
    ) -> Result<Vec<u8>, WorkerError> {
        let request = Request::Annotate {
            paper: draft.paper,
            export: draft.export,
            path: paper.to_owned(),
            key: self.keys.get(paper).cloned(),
            author: author.to_owned(),
        };
        let max_answer = self.config.limits.annotated_bytes;
        let question = process::Question { request, body: &[], max_answer };
        let wait = self.config.patience.export;
        let (response, bytes) = self.ask_with(paper, TASK, question, wait)?;
        let Response::Annotated = response else { return Err(self.unexpected(&response)) };
        if !bytes.starts_with(b"%PDF-") {
            return Err(self.distrust("a paper that is none"));
        }
        Ok(bytes)
    }
}
