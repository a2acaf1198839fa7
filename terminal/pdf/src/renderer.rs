//! A thread around a [`Worker`] for a screen. Asking never blocks; results come by callback.
//!
//! What is visible comes first, and only its latest version: a page that was turned past before its turn came
//! is never rendered. Pages that may be wanted next follow, with less patience, and wait in a cache of bounded size.

mod cache;
mod queue;

use crate::client::{Export, Worker, WorkerConfig, WorkerError};
use crate::ink::PageInk;
use crate::paper::{PageFacts, PaperInfo, Picture, PictureSpec, Turn};
use crate::sealed::SealKey;
use crate::text::{Heading, PageText};
use cache::Cache;
use queue::{Job, Queue};
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

/// One picture of one paper: the name under which it is asked for, cached and delivered.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct View {
    pub paper: PathBuf,
    pub picture: PictureSpec,
}

impl View {
    /// A whole page at a width in pixels; `None` where the paper has no such page.
    pub fn whole(paper: &Path, info: &PaperInfo, page: u32, width: u32) -> Option<Self> {
        let size = *info.sizes.get(page as usize)?;
        Some(Self { paper: paper.to_owned(), picture: PictureSpec::whole(page, size, width) })
    }

    /// The same, turned; the width is that of the page as it then lies there.
    pub fn turned(
        paper: &Path,
        info: &PaperInfo,
        page: u32,
        width: u32,
        turn: Turn,
    ) -> Option<Self> {
        let size = info.sizes.get(page as usize)?.turned(turn);
        let picture = PictureSpec { turn, ..PictureSpec::whole(page, size, width) };
        Some(Self { paper: paper.to_owned(), picture })
    }

    /// What a reader of this page turns to next, likeliest first, at the same width.
    pub fn neighbours(&self, info: &PaperInfo) -> Vec<Self> {
        let page = self.picture.page;
        [page.checked_add(1), page.checked_sub(1), page.checked_add(2)]
            .into_iter()
            .flatten()
            .filter_map(|page| Self::whole(&self.paper, info, page, self.picture.width))
            .collect()
    }
}

/// What the callback gets.
#[derive(Clone, Debug)]
pub enum Delivery {
    Opened {
        paper: PathBuf,
        result: Result<Arc<PaperInfo>, WorkerError>,
    },
    Inspected {
        paper: PathBuf,
        page: u32,
        result: Result<Arc<PageFacts>, WorkerError>,
    },
    Outline {
        paper: PathBuf,
        result: Result<Arc<Vec<Heading>>, WorkerError>,
    },
    Text {
        paper: PathBuf,
        page: u32,
        result: Result<Arc<PageText>, WorkerError>,
    },
    /// Only for what is still in sight.
    Shown {
        view: View,
        result: Result<Arc<Picture>, WorkerError>,
    },
    Thumbnail {
        paper: PathBuf,
        page: u32,
        longest_side: u32,
        result: Result<Arc<Picture>, WorkerError>,
    },
    /// The bytes of the new PDF. Not for a paper that was forgotten or locked meanwhile.
    Annotated {
        paper: PathBuf,
        result: Result<Arc<Vec<u8>>, WorkerError>,
    },
}

#[derive(Clone, Debug)]
pub struct RendererSettings {
    pub worker: WorkerConfig,
    /// Rendered pages kept for turning back and ahead, in bytes of pixels.
    pub cache_bytes: usize,
}

impl RendererSettings {
    /// Four whole pages on a 1,920 pixel panel.
    pub const CACHE_BYTES: usize = 64 << 20;

    pub fn new(worker: WorkerConfig) -> Self {
        Self { worker, cache_bytes: Self::CACHE_BYTES }
    }
}

/// Ends its thread and its process when dropped.
#[derive(Debug)]
pub struct Renderer {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    wake: Condvar,
}

#[derive(Debug)]
struct State {
    queue: Queue,
    cache: Cache,
    ended: bool,
}

impl Renderer {
    /// The callback runs on the renderer's thread and should only pass the delivery on.
    pub fn start(
        settings: RendererSettings,
        deliver: impl FnMut(Delivery) + Send + 'static,
    ) -> std::io::Result<Self> {
        let state = State {
            queue: Queue::default(),
            cache: Cache::new(settings.cache_bytes),
            ended: false,
        };
        let shared = Arc::new(Shared { state: Mutex::new(state), wake: Condvar::new() });
        let theirs = Arc::clone(&shared);
        let thread = thread::Builder::new().name("pdf-renderer".to_owned()).spawn(move || {
            let worker = Worker::lazy(settings.worker);
            Bench { shared: theirs, worker, deliver, avoid: HashSet::new() }.run();
        })?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// What is on the screen now, and what may be wanted next. Replaces what was asked for before.
    /// Returns the picture where it is there already; otherwise it will be delivered.
    pub fn show(&self, view: &View, ahead: &[View]) -> Option<Arc<Picture>> {
        self.show_all(std::slice::from_ref(view), ahead).pop().flatten()
    }

    /// The same for several pages in sight, the most wanted first; one answer for each.
    pub fn show_all(&self, views: &[View], ahead: &[View]) -> Vec<Option<Arc<Picture>>> {
        self.with(|state| {
            let ready: Vec<_> = views.iter().map(|view| state.cache.get(view)).collect();
            let missing = views.iter().zip(&ready).filter(|(_, ready)| ready.is_none());
            state.queue.show(missing.map(|(view, _)| view.clone()).collect(), ahead);
            ready
        })
    }

    /// Nothing is on the screen any more: what was asked for by [`Renderer::show`] is dropped.
    pub fn hide(&self) {
        self.with(|state| state.queue.show(Vec::new(), &[]));
    }

    /// False where too much is waiting already; likewise below.
    pub fn open(&self, paper: &Path) -> bool {
        self.with(|state| state.queue.push(Job::Open { paper: paper.to_owned(), key: None }))
    }

    /// A paper that lies sealed.
    pub fn open_sealed(&self, paper: &Path, key: SealKey) -> bool {
        self.with(|state| state.queue.push(Job::Open { paper: paper.to_owned(), key: Some(key) }))
    }

    /// Forgets the keys, what was opened with them, and what waits.
    pub fn lock(&self) {
        self.with(|state| {
            state.queue = Queue::default();
            state.cache.clear();
            state.queue.push(Job::Lock);
        });
    }

    pub fn inspect(&self, paper: &Path, page: u32) -> bool {
        self.with(|state| state.queue.push(Job::Inspect { paper: paper.to_owned(), page }))
    }

    pub fn outline(&self, paper: &Path) -> bool {
        self.with(|state| state.queue.push(Job::Outline { paper: paper.to_owned() }))
    }

    /// After what is on the screen and ahead of it, before thumbnails.
    pub fn text(&self, paper: &Path, page: u32) -> bool {
        self.with(|state| state.queue.push(Job::Text { paper: paper.to_owned(), page }))
    }

    pub fn thumbnail(&self, paper: &Path, page: u32, longest_side: u32) -> bool {
        self.with(|state| {
            state.queue.push(Job::Thumbnail { paper: paper.to_owned(), page, longest_side })
        })
    }

    /// A copy of the paper with this ink in it, as by [`Worker::annotate`]. After all else, and page by page,
    /// so that a page that is turned to meanwhile comes first.
    pub fn annotate(&self, paper: &Path, author: &str, pages: Vec<PageInk>) -> bool {
        let export = Box::new(Export::new(paper, author, pages));
        self.with(|state| state.queue.push(Job::Annotate(export)))
    }

    /// Nothing of this paper is wanted or kept any more.
    pub fn forget(&self, paper: &Path) {
        self.with(|state| {
            state.cache.forget(paper);
            state.queue.forget(paper);
        });
    }

    /// Nothing is wanted for a while: the pixels and the process go. The next request brings them back.
    pub fn rest(&self) {
        self.with(|state| {
            state.queue.show(Vec::new(), &[]);
            state.queue.push(Job::Rest);
        });
    }

    /// Bytes of pixels that are kept now.
    pub fn cached_bytes(&self) -> usize {
        self.with(|state| state.cache.bytes())
    }

    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        let result = act(&mut self.shared.lock());
        self.shared.wake.notify_one();
        result
    }
}

impl Drop for Renderer {
    fn drop(&mut self) {
        self.with(|state| state.ended = true);
        if let Some(thread) = self.thread.take()
            // A callback may own the last handle; a thread cannot wait for itself.
            && thread.thread().id() != thread::current().id()
        {
            let _ = thread.join();
        }
    }
}

impl Shared {
    /// The state is whole between any two statements, so a panic elsewhere does not spoil it.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&self) -> Option<Job> {
        let mut state = self.lock();
        loop {
            if state.ended {
                return None;
            }
            if let Some(job) = state.queue.next() {
                return Some(job);
            }
            state = self.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Pages that cost a worker are not tried again ahead of time; more than these are forgotten.
const AVOIDED: usize = 1_000;

struct Bench<F> {
    shared: Arc<Shared>,
    worker: Worker,
    deliver: F,
    avoid: HashSet<(PathBuf, u32)>,
}

impl<F: FnMut(Delivery)> Bench<F> {
    fn run(mut self) {
        while let Some(job) = self.shared.next() {
            match job {
                Job::Open { paper, key } => {
                    if let Some(key) = key {
                        self.worker.unlock(&paper, key);
                    }
                    let result = self.worker.open(&paper);
                    (self.deliver)(Delivery::Opened { paper, result });
                }
                Job::Inspect { paper, page } => {
                    let result = self.worker.inspect(&paper, page).map(Arc::new);
                    (self.deliver)(Delivery::Inspected { paper, page, result });
                }
                Job::Outline { paper } => {
                    let result = self.worker.outline(&paper).map(Arc::new);
                    (self.deliver)(Delivery::Outline { paper, result });
                }
                Job::Text { paper, page } => {
                    let result = self.worker.text(&paper, page).map(Arc::new);
                    (self.deliver)(Delivery::Text { paper, page, result });
                }
                Job::Lock => {
                    self.shared.lock().cache.clear();
                    self.worker.lock();
                }
                Job::Rest => {
                    self.shared.lock().cache.clear();
                    self.worker.rest();
                }
                Job::Show(view) => self.show(view),
                Job::Ahead(view) => self.prepare(view),
                Job::Thumbnail { paper, page, longest_side } => {
                    let result = self.worker.thumbnail(&paper, page, longest_side).map(Arc::new);
                    (self.deliver)(Delivery::Thumbnail { paper, page, longest_side, result });
                }
                Job::Annotate(export) => self.annotate(export),
            }
        }
    }

    fn show(&mut self, view: View) {
        let ready = self.shared.lock().cache.get(&view);
        let result = match ready {
            Some(picture) => Ok(picture),
            None => self.worker.render(&view.paper, &view.picture).map(Arc::new),
        };
        let still_wanted = {
            let mut state = self.shared.lock();
            if let Ok(picture) = &result {
                state.cache.put(view.clone(), Arc::clone(picture));
            }
            state.queue.shown(&view)
        };
        if still_wanted {
            (self.deliver)(Delivery::Shown { view, result });
        }
    }

    fn annotate(&mut self, mut export: Box<Export>) {
        let result = match export.step(&mut self.worker) {
            Ok(None) => return self.shared.lock().queue.resume(export),
            Ok(Some(bytes)) => Ok(Arc::new(bytes)),
            Err(error) => Err(error),
        };
        let still_wanted = self.shared.lock().queue.exported();
        if still_wanted {
            (self.deliver)(Delivery::Annotated { paper: export.paper, result });
        }
    }

    /// Failures are kept to themselves: whoever turns to that page will hear of it.
    fn prepare(&mut self, view: View) {
        let page = (view.paper.clone(), view.picture.page);
        if self.avoid.contains(&page) || self.shared.lock().cache.has(&view) {
            return;
        }
        let wait = self.worker.config().patience.ahead;
        match self.worker.render_within(&view.paper, &view.picture, wait) {
            Ok(picture) => self.shared.lock().cache.put(view, Arc::new(picture)),
            Err(error) if error.cost_a_worker() => {
                if self.avoid.len() >= AVOIDED {
                    self.avoid.clear();
                }
                self.avoid.insert(page);
            }
            Err(_) => {}
        }
    }
}
