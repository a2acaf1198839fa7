//! The terminal's main loop: everything that happens becomes a `Msg`, the seat
//! answers with effects, and the face is shown the new screen. Runs without a
//! window too: the face is a trait.

use crate::desk::{self, Desk, Outcome};
use crate::discovery;
use crate::keys;
use crate::link;
use crate::papers::{Arrival, Papers, Wanted};
use crate::screen::{self, BitmapId, Screen};
use crate::seat::{Effect, Job, Memo, Msg, Pin, Places, State};
use crate::touch::Touch;
use crate::vault::Vault;
use getrandom::SysRng;
use getrandom::rand_core::UnwrapErr;
use hemicycle_pdf::{Delivery, Picture};
use hemicycle_protocol::ids::Millis;
use hemicycle_protocol::wire::{Down, Up};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::mpsc;
use url::Url;

/// What shows the seat to a person.
pub trait Face: Send {
    /// The whole screen, whenever it has changed.
    fn show(&mut self, screen: &Screen);
    /// Pixels that a screen will name.
    fn picture(&mut self, bitmap: BitmapId, picture: Arc<Picture>);
    /// None of the pictures will be named again.
    fn forget_pictures(&mut self);
}

/// A face that nobody looks at: for terminals without a screen.
pub struct NoFace;

impl Face for NoFace {
    fn show(&mut self, _: &Screen) {}
    fn picture(&mut self, _: BitmapId, _: Arc<Picture>) {}
    fn forget_pictures(&mut self) {}
}

/// What a terminal is started with.
pub struct Setup {
    /// Where the server is; none: what the network tells is listened to.
    pub server: Option<Url>,
    pub folder: PathBuf,
    pub papers: Papers,
    /// Private storage; the seat has recalled what was in it.
    pub vault: Vault,
    pub worker: hemicycle_pdf::WorkerConfig,
    /// Where what is plugged in comes up.
    pub media: Vec<PathBuf>,
}

/// How long the listening to the network may take to end.
const LEAVING: Duration = Duration::from_millis(500);
/// Frames and touches that may wait.
const QUEUE: usize = 256;

struct App<F> {
    state: State,
    face: F,
    shown: Option<Screen>,
    setup: Setup,
    desk: Desk,
    up: Option<mpsc::Sender<Up>>,
    events: mpsc::Sender<(u64, link::Event)>,
    connections: u64,
    connecting: Option<tokio::task::JoinHandle<()>>,
    /// What of the effects is answered by others: the disk and the worker thread.
    answers: mpsc::UnboundedSender<Msg>,
    memo: Memo,
}

/// Runs until `touches` is closed.
pub async fn run(
    state: State,
    setup: Setup,
    face: impl Face,
    mut touches: mpsc::Receiver<Touch>,
) -> std::io::Result<()> {
    let (events, mut heard) = mpsc::channel(QUEUE);
    let (deliver, mut delivered) = mpsc::channel::<Delivery>(QUEUE);
    // At most one answer for each thing that the seat has asked for.
    let (answers, mut answered) = mpsc::unbounded_channel();
    let desk = Desk::start(setup.worker.clone(), move |d| drop(deliver.blocking_send(d)))?;
    let (hears, mut told) = mpsc::channel(discovery::QUEUE);
    let listening = if state.finding.is_some() {
        Some(tokio::spawn(discovery::listen(hears)))
    } else {
        drop(hears);
        None
    };
    let mut app = App {
        state,
        face,
        shown: None,
        setup,
        desk,
        up: None,
        events,
        connections: 0,
        connecting: None,
        answers,
        memo: Memo::default(),
    };
    let effects = app.state.start();
    app.carry_out(effects);
    loop {
        app.refresh();
        let wait = u64::try_from(app.state.wake_at().0 - now().0).unwrap_or(0).max(10);
        tokio::select! {
            touch = touches.recv() => match touch {
                Some(touch) => app.take(Msg::Touch(touch)),
                None => {
                    // Its thread ends by itself once nobody listens.
                    drop(told);
                    if let Some(listening) = listening {
                        let _ = tokio::time::timeout(LEAVING, listening).await;
                    }
                    return Ok(());
                }
            },
            Some(msg) = told.recv() => app.take(msg),
            Some((connection, event)) = heard.recv() => app.heard(connection, event),
            Some(delivery) = delivered.recv() => {
                let outcome = app.desk.delivered(delivery);
                app.drawn(outcome);
            }
            Some(answer) = answered.recv() => app.take(answer),
            () = tokio::time::sleep(Duration::from_millis(wait)) => app.take(Msg::Tick),
        }
        // What came meanwhile is taken in before the screen is drawn again.
        while let Ok((connection, event)) = heard.try_recv() {
            app.heard(connection, event);
        }
    }
}

/// The terminal's own clock; the server's is followed by an offset.
pub fn now() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

impl<F: Face> App<F> {
    fn take(&mut self, msg: Msg) {
        let effects = self.state.update(msg, now());
        self.carry_out(effects);
    }

    fn refresh(&mut self) {
        let screen = screen::screen(&self.state);
        if self.shown.as_ref() != Some(&screen) {
            self.face.show(&screen);
            self.shown = Some(screen);
        }
    }

    fn heard(&mut self, connection: u64, event: link::Event) {
        if connection != self.connections {
            return;
        }
        match event {
            link::Event::Up(channel) => self.take(Msg::LinkUp(channel)),
            link::Event::Message(down) => {
                if let Down::NoBlob { hash, .. } = &*down {
                    let arrival = self.setup.papers.refused(hash);
                    self.arrived(arrival);
                }
                self.take(Msg::Received(down));
            }
            link::Event::Chunk(bytes) => {
                if self.state.wants_piece(&bytes) {
                    self.take(Msg::Piece(bytes.to_vec()));
                } else {
                    let arrival = self.setup.papers.chunk(&bytes);
                    self.arrived(arrival);
                }
            }
            link::Event::Down(why) => {
                tracing::info!(%why, "disconnected");
                self.up = None;
                self.setup.papers.interrupted();
                self.take(Msg::LinkDown);
            }
        }
        self.ask_for_papers();
    }

    fn arrived(&mut self, arrival: Option<Arrival>) {
        match arrival {
            Some(Arrival::Progress { hash, have }) => self.take(Msg::PaperProgress { hash, have }),
            Some(Arrival::Ready { hash }) => self.take(Msg::PaperReady { hash }),
            Some(Arrival::Failed { hash }) => self.take(Msg::PaperFailed { hash }),
            None => {}
        }
    }

    fn ask_for_papers(&mut self) {
        if !self.state.online() {
            return;
        }
        if let Some(up) = &self.up
            && let Ok(place) = up.try_reserve()
            && let Some(fetch) = self.setup.papers.ask()
        {
            place.send(fetch);
        }
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        let mut wishes = Vec::new();
        for effect in effects {
            match effect {
                Effect::Connect { after } => self.connect(after),
                Effect::CallAt { place } => match link::address(&place) {
                    Ok(url) => {
                        tracing::info!(server = %url, "calling");
                        self.setup.server = Some(url);
                    }
                    Err(e) => tracing::error!(error = %e, "this cannot be called"),
                },
                Effect::Hang => self.up = None,
                Effect::Rest => self.rest(),
                Effect::Send(up) => self.send(up),
                Effect::WantPaper { hash, bytes, urgent, confidential } => {
                    let wanted = Wanted { hash, bytes, confidential };
                    let arrival = self.setup.papers.want(wanted, urgent);
                    self.arrived(arrival);
                    self.ask_for_papers();
                }
                Effect::KeepPapers { hashes } => self.setup.papers.keep(&hashes),
                Effect::KeepUnder(lock) => {
                    if lock.as_ref().is_none_or(|lock| lock.key.is_none()) {
                        self.desk.lock();
                    }
                    self.setup.papers.keep_under(lock.as_ref());
                    self.ask_for_papers();
                }
                Effect::OpenPaper { hash } => {
                    let outcome = match self.setup.papers.opened(&hash) {
                        Some((path, key)) => self.desk.open(hash, path, key),
                        None => desk::failed(hash, "locked"),
                    };
                    self.drawn(outcome);
                }
                Effect::Find { hash, wish, words } => {
                    let outcome = self.desk.find(hash, wish, &words);
                    self.drawn(outcome);
                }
                Effect::StopFinding => self.desk.stop_finding(),
                Effect::KeepPlaces(places) => self.keep_places(Some(&places)),
                Effect::DropPlaces => self.keep_places(None),
                Effect::Draw { hash, bitmap, ahead } => wishes.push((hash, bitmap, ahead)),
                Effect::ForgetDrawings => {
                    self.desk.forget();
                    self.face.forget_pictures();
                }
                Effect::Pin(pin) => {
                    self.remember(&pin, true);
                }
                Effect::Picked(Some(pin)) => self.remember(&pin, false),
                Effect::Picked(None) => {
                    if let Err(e) = keys::forget_pin(&self.setup.folder) {
                        tracing::error!(error = %e, "cannot forget the server");
                    }
                }
                Effect::SavePreferences(preferences) => {
                    if let Err(e) = keys::save_preferences(&self.setup.folder, preferences) {
                        tracing::warn!(error = %e, "cannot keep the preferences");
                    }
                }
                Effect::Keep { name, bytes } => {
                    let kept = self.setup.vault.keep(&name, &bytes);
                    if let Err(e) = &kept {
                        tracing::error!(error = %e, "cannot write to the private storage");
                    }
                    let ok = kept.is_ok();
                    self.answer(if ok { Msg::Kept { name } } else { Msg::NotKept { name } });
                }
                Effect::Destroy { name } => match self.setup.vault.destroy(&name) {
                    Ok(()) => self.answer(Msg::Destroyed { name }),
                    Err(e) => tracing::error!(error = %e, "cannot destroy a private file"),
                },
                Effect::Work(job) => self.work(job),
                Effect::Export(export) => {
                    let outcome = self.desk.export(export);
                    self.drawn(outcome);
                }
            }
        }
        if !wishes.is_empty() {
            let outcome = self.desk.draw(&wishes);
            self.drawn(outcome);
        }
    }

    fn keep_places(&self, places: Option<&Places>) {
        if let Err(e) = keys::save_places(&self.setup.folder, places) {
            tracing::warn!(error = %e, "cannot keep where papers were left");
        }
    }

    fn drawn(&mut self, outcome: Outcome) {
        for drawing in outcome.drawings {
            self.face.picture(drawing.bitmap, drawing.picture);
        }
        if let Some((title, paper)) = outcome.export {
            self.hand_out(title, paper);
        }
        for message in outcome.messages {
            self.take(message);
        }
    }

    /// A slow stick must not hold the seat up.
    fn hand_out(&self, title: String, paper: Arc<Vec<u8>>) {
        let (answers, media) = (self.answers.clone(), self.setup.media.clone());
        tokio::task::spawn_blocking(move || {
            let exporting = desk::hand_out(&media, &title, &paper);
            drop(answers.send(Msg::Exported(exporting)));
        });
    }

    /// Answers come after what is being carried out now.
    fn answer(&self, msg: Msg) {
        drop(self.answers.send(msg));
    }

    /// A thread of its own: the seat goes on talking while sums are checked.
    fn work(&self, job: Job) {
        let (answers, memo) = (self.answers.clone(), self.memo.clone());
        tokio::task::spawn_blocking(move || {
            let threads = std::thread::available_parallelism().map_or(1, usize::from);
            let mut rng = UnwrapErr(SysRng);
            drop(answers.send(Msg::Worked(job.run(&mut rng, threads, &memo))));
        });
    }

    fn send(&mut self, up: Up) {
        // A full queue means a stuck connection: it is given up, and commands are sent again.
        if self.up.as_ref().is_some_and(|link| link.try_send(up).is_err()) {
            self.up = None;
        }
    }

    fn remember(&self, pin: &Pin, seated: bool) {
        let address = self.setup.server.as_ref().map_or("", Url::as_str);
        if let Err(e) = keys::save_pin(&self.setup.folder, pin, address, seated) {
            tracing::error!(error = %e, "cannot remember the server");
        }
    }

    /// No connection, and none to come; whatever is still heard of the last one is of no interest.
    fn rest(&mut self) {
        if let Some(before) = self.connecting.take() {
            before.abort();
        }
        self.connections += 1;
        self.up = None;
    }

    fn connect(&mut self, after: u32) {
        self.rest();
        let Some(url) = self.setup.server.clone() else { return };
        let connection = self.connections;
        let (up, up_end) = mpsc::channel(QUEUE);
        self.up = Some(up);
        let events = self.events.clone();
        self.connecting = Some(tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(after.into())).await;
            let (sender, mut receiver) = mpsc::channel(QUEUE);
            let link = tokio::spawn(link::run(url, up_end, sender));
            while let Some(event) = receiver.recv().await {
                if events.send((connection, event)).await.is_err() {
                    break;
                }
            }
            link.abort();
        }));
    }
}
