//! A real terminal without glass: the program's own loop with its socket, its
//! private storage, its papers and their worker; what it shows and what it is
//! told goes over channels instead of a window.

use anyhow::{Context as _, Result};
use hemicycle_pdf::{Picture, Program, WorkerConfig};
use hemicycle_protocol::ids::{Key, SeatId};
use hemicycle_terminal::app::{self, Face, Setup};
use hemicycle_terminal::papers::Papers;
use hemicycle_terminal::screen::{BitmapId, Screen};
use hemicycle_terminal::seat::{Finding, State};
use hemicycle_terminal::touch::Touch;
use hemicycle_terminal::vault::Vault;
use hemicycle_terminal::{keys, link};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::{mpsc, watch};

/// An end for what hangs.
const PATIENCE: Duration = Duration::from_secs(60);
/// Touches that may wait.
const TOUCHES: usize = 64;

type Pictures = Arc<Mutex<BTreeMap<BitmapId, Arc<Picture>>>>;

/// See the module. It runs on a thread of its own, as behind a window.
pub struct Terminal {
    pub key: Key,
    touches: Option<mpsc::Sender<Touch>>,
    screen: watch::Receiver<Screen>,
    pictures: Pictures,
    thread: Option<JoinHandle<std::io::Result<()>>>,
}

/// Where its server is.
#[derive(Clone, Copy)]
pub enum Where<'a> {
    /// At this address.
    At(&'a str),
    /// Among those that announce themselves on the network.
    Announced,
}

struct Glass {
    screen: watch::Sender<Screen>,
    pictures: Pictures,
}

impl Face for Glass {
    fn show(&mut self, screen: &Screen) {
        self.screen.send_replace(screen.clone());
    }

    fn picture(&mut self, bitmap: BitmapId, picture: Arc<Picture>) {
        self.pictures.lock().unwrap_or_else(PoisonError::into_inner).insert(bitmap, picture);
    }

    fn forget_pictures(&mut self) {
        self.pictures.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl Terminal {
    /// Starts one with this folder, which may be that of an earlier run. `worker` is the program
    /// that renders papers when it is started with `--pdf-worker`.
    pub fn start(
        server: Where<'_>,
        folder: &Path,
        wish: Option<SeatId>,
        worker: &Path,
    ) -> Result<Self> {
        let identity = keys::identity(folder)?;
        let key = identity.key();
        let mut state = State::new(identity, keys::random()?, app::now());
        state.wish = wish;
        state.like(keys::preferences(folder));
        state.kept_places = keys::places(folder);
        state.pin = keys::pin(folder)?.map(|kept| kept.pin);
        let server = match server {
            Where::At(address) => Some(link::address(address)?),
            Where::Announced => {
                state.finding = Some(Finding::new(None, None, None));
                None
            }
        };
        let papers = Papers::open(&folder.join("papers"))?;
        let vault = Vault::open(&folder.join("secret"))?;
        let unreadable = state.recall(vault.recall()?);
        anyhow::ensure!(unreadable.is_empty(), "private files of {key:?}: {unreadable:?}");
        let program = Program { path: worker.into(), arguments: vec!["--pdf-worker".into()] };
        let worker = WorkerConfig::new(program, hemicycle_pdf::assets::find()?)
            .reading_only(papers.folders());
        let media = vec![folder.join("media")];
        let setup = Setup { server, folder: folder.into(), papers, vault, worker, media };
        let (touches, touched) = mpsc::channel(TOUCHES);
        let (show, screen) = watch::channel(Screen::default());
        let pictures = Pictures::default();
        let face = Glass { screen: show, pictures: Arc::clone(&pictures) };
        let thread = std::thread::Builder::new().name("seat".into()).spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(app::run(state, setup, face, touched))
        })?;
        Ok(Self { key, touches: Some(touches), screen, pictures, thread: Some(thread) })
    }

    pub async fn touch(&self, touch: Touch) -> Result<()> {
        let touches = self.touches.as_ref().context("the terminal is being stopped")?;
        touches.send(touch).await.context("the seat has stopped")
    }

    pub fn screen(&self) -> Screen {
        self.screen.borrow().clone()
    }

    /// A page's pixels, once they are drawn.
    pub fn picture(&self, bitmap: BitmapId) -> Option<Arc<Picture>> {
        self.pictures.lock().unwrap_or_else(PoisonError::into_inner).get(&bitmap).cloned()
    }

    /// Waits for a screen as wanted.
    pub async fn until(
        &mut self,
        what: &str,
        mut wanted: impl FnMut(&Screen) -> bool,
    ) -> Result<Screen> {
        let wait = self.screen.wait_for(|s| wanted(s));
        let found = match tokio::time::timeout(PATIENCE, wait).await {
            Ok(screen) => Some(screen.context("the seat has stopped")?.clone()),
            Err(_) => None,
        };
        found.with_context(|| {
            let Screen { page, banner, .. } = self.screen();
            let page: String = format!("{page:?}").chars().take(1500).collect();
            format!("waited in vain for {what}; the seat shows {banner:?} {page}")
        })
    }

    /// Waits until the screen is another one, for so long. False: it stayed.
    pub async fn changes_within(&mut self, time: Duration) -> bool {
        tokio::time::timeout(time, self.screen.changed()).await.is_ok_and(|ok| ok.is_ok())
    }

    /// What is on the screen now counts as seen.
    pub fn seen(&mut self) -> Screen {
        self.screen.borrow_and_update().clone()
    }

    /// Switches it off. Its folder stays.
    pub async fn stop(mut self) -> Result<()> {
        self.touches = None;
        let Some(thread) = self.thread.take() else { return Ok(()) };
        let ended = tokio::task::spawn_blocking(move || thread.join()).await?;
        ended.map_err(|_| anyhow::anyhow!("the seat's thread panicked"))?.context("the seat")
    }
}
