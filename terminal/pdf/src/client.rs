//! The other side of the pipe: starts the worker, asks it, waits only so long, and starts another one
//! when it has died. A paper is named by its path throughout; which of them the present process has open
//! is nobody's business but this module's.

mod annotate;
mod check;
mod compare;
mod error;
mod process;

pub(crate) use annotate::Export;
pub use check::check_once;
pub use compare::{Changes, compare_once};
pub use error::WorkerError;

use crate::Assets;
use crate::limits::{Limits, Patience};
use crate::paper::{PageFacts, PaperInfo, PaperProblem, Picture, PictureSpec};
use crate::sealed::SealKey;
use crate::text::{Heading, PageText};
use crate::wire::{Confinement, PaperHandle, Request, Response, StartOptions};
use process::{Process, Question, Trouble};
use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Which program is the worker, and the arguments that make it one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    pub path: PathBuf,
    pub arguments: Vec<OsString>,
}

impl Program {
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), arguments: Vec::new() }
    }

    /// The running program itself, started with one argument that makes it call [`crate::worker_main`].
    /// Goes through the kernel's link, so that it works while the file is being replaced by an update.
    pub fn itself(argument: impl Into<OsString>) -> Self {
        Self { path: PathBuf::from("/proc/self/exe"), arguments: vec![argument.into()] }
    }
}

#[derive(Clone, Debug)]
pub struct WorkerConfig {
    pub program: Program,
    pub assets: Assets,
    /// The only folders that papers may be read from; any, where the list is empty.
    /// Folders that do not exist yet when the worker starts stay closed to it.
    pub folders: Vec<PathBuf>,
    pub limits: Limits,
    pub patience: Patience,
}

impl WorkerConfig {
    pub fn new(program: Program, assets: Assets) -> Self {
        let (limits, patience) = (Limits::default(), Patience::default());
        Self { program, assets, folders: Vec::new(), limits, patience }
    }

    pub fn reading_only(mut self, folders: impl IntoIterator<Item = PathBuf>) -> Self {
        self.folders.extend(folders);
        self
    }
}

/// Asks a worker process, one question at a time. Every method blocks, for a bounded time.
#[derive(Debug)]
pub struct Worker {
    config: WorkerConfig,
    running: Option<Running>,
    starts: u64,
    /// How many papers were begun to be annotated.
    exports: u64,
    /// Of papers that lie sealed.
    keys: HashMap<PathBuf, SealKey>,
}

#[derive(Debug)]
struct Running {
    process: Process,
    confinement: Confinement,
    /// The one used last comes last.
    open: Vec<Open>,
}

#[derive(Debug)]
struct Open {
    path: PathBuf,
    handle: PaperHandle,
    info: Arc<PaperInfo>,
}

impl Worker {
    /// Starts the process at once, so that a broken installation shows before the first paper.
    pub fn spawn(config: WorkerConfig) -> Result<Self, WorkerError> {
        let mut worker = Self::lazy(config);
        worker.running()?;
        Ok(worker)
    }

    /// Starts the process with the first question.
    pub fn lazy(config: WorkerConfig) -> Self {
        Self { config, running: None, starts: 0, exports: 0, keys: HashMap::new() }
    }

    pub fn config(&self) -> &WorkerConfig {
        &self.config
    }

    /// How many processes there have been so far.
    pub fn starts(&self) -> u64 {
        self.starts
    }

    /// The process that runs now, if one does.
    pub fn process_id(&self) -> Option<u32> {
        self.running.as_ref().map(|running| running.process.id())
    }

    /// What the system took away from the process that runs now.
    pub fn confinement(&mut self) -> Result<Confinement, WorkerError> {
        Ok(self.running()?.confinement)
    }

    pub fn open(&mut self, paper: &Path) -> Result<Arc<PaperInfo>, WorkerError> {
        Ok(self.opened(paper, self.config.patience.open)?.1)
    }

    pub fn inspect(&mut self, paper: &Path, page: u32) -> Result<PageFacts, WorkerError> {
        self.inspect_within(paper, page, self.config.patience.page)
    }

    pub fn render(&mut self, paper: &Path, picture: &PictureSpec) -> Result<Picture, WorkerError> {
        self.render_within(paper, picture, self.config.patience.page)
    }

    /// The whole page, small: its longer side has this many pixels.
    pub fn thumbnail(
        &mut self,
        paper: &Path,
        page: u32,
        longest_side: u32,
    ) -> Result<Picture, WorkerError> {
        let picture = self.thumbnail_spec(paper, page, longest_side)?;
        self.render(paper, &picture)
    }

    /// The text of a page and where it stands.
    pub fn text(&mut self, paper: &Path, page: u32) -> Result<PageText, WorkerError> {
        let handle = self.opened_page(paper, page)?.0;
        let request = Request::Text { paper: handle, page };
        let (response, body) =
            self.ask(paper, "read a page's text", request, self.config.patience.page)?;
        let Response::Text { chars, cut } = response else {
            return Err(self.unexpected(&response));
        };
        let most = self.config.limits.text_chars;
        match PageText::from_bytes(&body, cut) {
            Some(text) if text.len() == chars && chars <= most => Ok(text),
            Some(_) | None => Err(self.distrust("a text that does not add up")),
        }
    }

    /// The paper's table of contents as its file has it; empty where it has none.
    pub fn outline(&mut self, paper: &Path) -> Result<Vec<Heading>, WorkerError> {
        let (handle, info) = self.opened(paper, self.config.patience.open)?;
        let request = Request::Outline { paper: handle };
        let response = self.ask(paper, "read the contents", request, self.config.patience.page)?.0;
        let Response::Outline { headings } = response else {
            return Err(self.unexpected(&response));
        };
        let sound = |heading: &Heading| heading.page.is_none_or(|page| page < info.pages);
        if headings.len() > self.config.limits.headings as usize || !headings.iter().all(sound) {
            return Err(self.distrust("contents that do not add up"));
        }
        Ok(headings)
    }

    /// Frees what the worker holds of a paper. Without this the least recently used one goes by itself.
    pub fn close(&mut self, paper: &Path) {
        let Some(running) = &mut self.running else { return };
        let Some(at) = running.open.iter().position(|open| open.path == paper) else { return };
        let handle = running.open.remove(at).handle;
        // A worker that cannot even close has died, and everything is closed with it.
        let _ =
            self.ask(paper, "close", Request::Close { paper: handle }, self.config.patience.page);
    }

    /// From now on this paper lies sealed under this key.
    pub fn unlock(&mut self, paper: &Path, key: SealKey) {
        self.keys.insert(paper.to_owned(), key);
    }

    /// Forgets all keys, and whatever was opened with them.
    pub fn lock(&mut self) {
        self.keys.clear();
        self.rest();
    }

    /// Ends the process and frees all that it holds. The next question starts another one.
    pub fn rest(&mut self) {
        self.running = None;
    }

    /// Makes the worker misbehave, to see what comes of it.
    #[cfg(debug_assertions)]
    pub fn probe(&mut self, probe: crate::wire::Probe, wait: Duration) -> Result<(), WorkerError> {
        self.ask(Path::new("(probe)"), "probe", Request::Probe(probe), wait).map(|_| ())
    }

    pub(crate) fn inspect_within(
        &mut self,
        paper: &Path,
        page: u32,
        wait: Duration,
    ) -> Result<PageFacts, WorkerError> {
        let handle = self.opened_page(paper, page)?.0;
        let request = Request::Inspect { paper: handle, page };
        let response = self.ask(paper, "look into a page", request, wait)?.0;
        let Response::Inspected { facts } = response else {
            return Err(self.unexpected(&response));
        };
        Ok(facts)
    }

    pub(crate) fn render_within(
        &mut self,
        paper: &Path,
        picture: &PictureSpec,
        wait: Duration,
    ) -> Result<Picture, WorkerError> {
        let handle = self.opened_page(paper, picture.page)?.0;
        let request = Request::Render { paper: handle, picture: *picture };
        let (response, pixels) = self.ask(paper, "render a page", request, wait)?;
        let Response::Rendered { width, height, format } = response else {
            return Err(self.unexpected(&response));
        };
        let part = picture.part();
        let asked = (part.width, part.height, picture.format);
        // The worker may have been taken over by a paper: pixels of another size would be read out of bounds.
        let bytes = u64::from(width) * u64::from(height) * u64::from(format.bytes_per_pixel());
        if (width, height, format) != asked || pixels.len() as u64 != bytes {
            return Err(self.distrust("a picture of another size than asked for"));
        }
        Ok(Picture { width, height, format, pixels })
    }

    pub(crate) fn thumbnail_spec(
        &mut self,
        paper: &Path,
        page: u32,
        longest_side: u32,
    ) -> Result<PictureSpec, WorkerError> {
        let info = self.opened_page(paper, page)?.1;
        let size = info.sizes.get(page as usize).copied().ok_or_else(|| {
            WorkerError::NoSuchPage { paper: paper.to_owned(), page, pages: info.pages }
        })?;
        let side = longest_side.max(1);
        let (width, height) = if size.is_landscape() {
            (side, size.height_for(side))
        } else {
            (size.width_for(side), side)
        };
        Ok(PictureSpec { height, ..PictureSpec::whole(page, size, width) })
    }

    fn opened_page(
        &mut self,
        paper: &Path,
        page: u32,
    ) -> Result<(PaperHandle, Arc<PaperInfo>), WorkerError> {
        let (handle, info) = self.opened(paper, self.config.patience.open)?;
        if page >= info.pages {
            let (paper, pages) = (paper.to_owned(), info.pages);
            return Err(WorkerError::NoSuchPage { paper, page, pages });
        }
        Ok((handle, info))
    }

    fn opened(
        &mut self,
        paper: &Path,
        wait: Duration,
    ) -> Result<(PaperHandle, Arc<PaperInfo>), WorkerError> {
        let most = self.config.limits.open_papers.max(1) as usize;
        let running = self.running()?;
        if let Some(at) = running.open.iter().position(|open| open.path == paper) {
            let open = running.open.remove(at);
            let found = (open.handle, Arc::clone(&open.info));
            running.open.push(open);
            return Ok(found);
        }
        while let Some(oldest) = self.running.as_ref().and_then(|running| running.open.first())
            && self.running.as_ref().is_some_and(|running| running.open.len() >= most)
        {
            let oldest = oldest.path.clone();
            self.close(&oldest);
        }
        let key = self.keys.get(paper).cloned();
        let request = Request::Open { path: paper.to_owned(), key };
        let response = self.ask(paper, "open", request, wait)?.0;
        let Response::Opened { paper: handle, info } = response else {
            return Err(self.unexpected(&response));
        };
        if info.pages as usize != info.sizes.len() || info.pages == 0 {
            return Err(self.distrust("a paper whose pages do not add up"));
        }
        let info = Arc::new(info);
        if let Some(running) = &mut self.running {
            let path = paper.to_owned();
            running.open.push(Open { path, handle, info: Arc::clone(&info) });
        }
        Ok((handle, info))
    }

    /// One question and its answer. Whatever goes wrong beneath ends the process; the next question starts another.
    fn ask(
        &mut self,
        paper: &Path,
        task: &'static str,
        request: Request,
        wait: Duration,
    ) -> Result<(Response, Vec<u8>), WorkerError> {
        let max_answer = self.config.limits.picture_pixels.saturating_mul(4);
        self.ask_with(paper, task, Question { request, body: &[], max_answer }, wait)
    }

    fn ask_with(
        &mut self,
        paper: &Path,
        task: &'static str,
        question: Question<'_>,
        wait: Duration,
    ) -> Result<(Response, Vec<u8>), WorkerError> {
        let answer = self.running()?.process.ask(question, wait);
        let trouble = match answer {
            Ok((Response::Problem(problem), _)) => {
                return Err(WorkerError::Paper { paper: paper.to_owned(), problem });
            }
            Ok((Response::Fault { detail }, _)) => {
                return Err(WorkerError::Refused { paper: paper.to_owned(), task, detail });
            }
            Ok(answer) => return Ok(answer),
            Err(trouble) => trouble,
        };
        let how = self.running.take().map_or_else(String::new, |running| running.process.end());
        let paper = paper.to_owned();
        Err(match trouble {
            Trouble::TimedOut => WorkerError::TimedOut { paper, task, seconds: wait.as_secs_f32() },
            Trouble::Ended if how == process::OUT_OF_TIME => WorkerError::TimedOut {
                paper,
                task,
                seconds: self.config.limits.cpu_seconds as f32,
            },
            Trouble::Ended => WorkerError::Died { paper, task, how },
            Trouble::Nonsense(detail) => WorkerError::Nonsense { detail },
        })
    }

    fn running(&mut self) -> Result<&mut Running, WorkerError> {
        // One that died while nobody asked is nobody's fault and simply replaced.
        let alive = self
            .running
            .take()
            .and_then(|mut running| if running.process.is_alive() { Some(running) } else { None });
        let fresh = match alive {
            Some(running) => running,
            None => self.start()?,
        };
        Ok(self.running.insert(fresh))
    }

    fn start(&mut self) -> Result<Running, WorkerError> {
        let limits = self.config.limits.clone();
        let failed = |reason: String| WorkerError::Start {
            program: self.config.program.path.clone(),
            reason,
        };
        let mut process =
            Process::start(&self.config.program).map_err(|error| failed(error.to_string()))?;
        self.starts += 1;
        let request = Request::Start(StartOptions {
            library: self.config.assets.library.clone(),
            fonts: self.config.assets.fonts.clone(),
            folders: self.config.folders.clone(),
            limits,
        });
        let question = Question { request, body: &[], max_answer: 0 };
        let reason = match process.ask(question, self.config.patience.start) {
            Ok((Response::Ready { confinement }, _)) => {
                return Ok(Running { process, confinement, open: Vec::new() });
            }
            Ok((Response::Fault { detail }, _)) => detail,
            Ok((other, _)) => format!("an unexpected answer: {other:?}"),
            Err(Trouble::TimedOut) => "it did not get ready in time".to_owned(),
            Err(Trouble::Ended) => format!("it ended at once: {}", process.end()),
            Err(Trouble::Nonsense(detail)) => detail,
        };
        Err(failed(reason))
    }

    fn unexpected(&mut self, response: &Response) -> WorkerError {
        let kind = match response {
            Response::Ready { .. } => "ready",
            Response::Opened { .. } => "opened",
            Response::Inspected { .. } => "inspected",
            Response::Rendered { .. } => "rendered",
            Response::Text { .. } => "text",
            Response::Outline { .. } => "outline",
            Response::Inked => "inked",
            Response::Annotated => "annotated",
            Response::Closed => "closed",
            Response::Problem(_) => "problem",
            Response::Fault { .. } => "fault",
        };
        self.distrust(&format!("the answer \"{kind}\" to another question"))
    }

    fn distrust(&mut self, detail: &str) -> WorkerError {
        self.running = None;
        WorkerError::Nonsense { detail: detail.to_owned() }
    }
}

/// The paper's fault, as far as a checker is concerned.
pub(crate) fn as_problem(error: WorkerError) -> PaperProblem {
    match error {
        WorkerError::Paper { problem, .. } => problem,
        WorkerError::TimedOut { .. } => PaperProblem::TimedOut,
        WorkerError::Died { how, .. } => {
            PaperProblem::Broken { detail: format!("reading it ended the reader: {how}") }
        }
        WorkerError::Nonsense { detail } => {
            PaperProblem::Broken { detail: format!("reading it confused the reader: {detail}") }
        }
        WorkerError::Start { .. }
        | WorkerError::Refused { .. }
        | WorkerError::NoSuchPage { .. } => PaperProblem::Unchecked { detail: error.to_string() },
    }
}
