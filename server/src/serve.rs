//! Puts the server together, starts it, stops it.

use crate::app::App;
use crate::board::Board;
use crate::certificate::{self, Certificate, CertificateError};
use crate::chance::Chance;
use crate::clerks::{ClerkError, Clerks, Gate, Setup};
use crate::clock::Clock;
use crate::config::{Config, ConfigError};
use crate::devices::Devices;
use crate::discovery::{self, Announced};
use crate::folder::{Folder, FolderError};
use crate::hall::Hall;
use crate::http::untold;
use crate::listener::{Listener, Wire};
use crate::notes::Notes;
use crate::paper_keys::PaperKeys;
use crate::papers::{Checker, Shelf, ShelfError};
use crate::pins::{PinError, Pins};
use crate::room::{self, INBOX, LOOKS, Parts, Replayed, Room, visit_entry};
use crate::secret::{self, Polls, Registrations, Vault};
use crate::store::{SqliteStore, Store, StoreError, Writer};
use crate::texts::Texts;
use crate::troubles::Troubles;
use crate::{http, intake, uploads};
use hemicycle_meeting::{Actor, Context, ServerCommand, decide_server};
use hemicycle_protocol::ids::{Hash, Hex, Key, MeetingId, RunId};
use hemicycle_protocol::topic::Phase;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;
use thiserror::Error;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::{Semaphore, mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use zeroize::Zeroizing;

/// Connections that wait to be accepted: a congress that comes back at once.
const BACKLOG: u32 = 4096;
/// Bytes that the system holds for one connection: a paper that is under way
/// must not stand in front of an answer for long.
const SEND_BUFFER: u32 = 256 * 1024;
/// Pieces of papers in memory: those that broke off stay for half a minute.
const PIECES: usize = 16;
/// How long connections may take to say goodbye.
const GOODBYE: Duration = Duration::from_secs(3);

/// A server that runs.
#[derive(Debug)]
pub struct Running {
    /// Where it listens.
    pub addr: SocketAddr,
    /// Its public key.
    pub server: Key,
    /// SHA-256 of the certificate that it shows in TLS.
    pub certificate: Hash,
    app: Arc<App>,
    http: JoinHandle<std::io::Result<()>>,
    room: JoinHandle<()>,
    stop_room: oneshot::Sender<()>,
    announced: Option<Announced>,
    _folder: Folder,
}

/// Why the server does not start, or ends.
#[derive(Debug, Error)]
pub enum ServeError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Folder(#[from] FolderError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Papers(#[from] ShelfError),
    #[error(transparent)]
    Clerks(#[from] ClerkError),
    #[error(transparent)]
    Pins(#[from] PinError),
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    #[error("cannot listen on {addr}: {source}; choose another address with --listen")]
    Listen { addr: SocketAddr, source: std::io::Error },
    #[error("the system refuses: {0}")]
    System(String),
    #[error("the meeting refuses to begin: {0}")]
    Refused(String),
    #[error("the room has ended; the log above says why")]
    RoomEnded,
}

/// Starts a server. It runs until [`Running::stop`].
pub async fn serve(config: Config) -> Result<Running, ServeError> {
    serve_with(config, Clock::system(), Chance::system()).await
}

/// The same with another clock and other random bytes.
pub async fn serve_with(
    config: Config,
    clock: Clock,
    chance: Chance,
) -> Result<Running, ServeError> {
    config.check()?;
    raise_file_limit();
    let at = config.clone();
    let system = |e: &dyn std::fmt::Display| ServeError::System(e.to_string());
    let opened = tokio::task::spawn_blocking(move || open(&at)).await.map_err(|e| system(&e))?;
    let Opened { folder, replayed, store, shelf, vault, registrations, polls } = opened?;
    let keys = config.identity.as_deref().unwrap_or(folder.path());
    let identity = Arc::new(match &config.identity {
        Some(room) => folder.identity_from(room)?,
        None => folder.identity()?,
    });
    let certificate = match &config.tls {
        Some(brought) => Certificate::brought(brought, clock.now())?,
        None => {
            let names = certificate::names(config.listen.ip());
            Certificate::own(keys, &names, &identity, clock.now())?
        }
    };
    let vouched = certificate.vouched(&identity);
    let tls = certificate.config()?;
    let hall = Hall::open(&folder)?;
    let pins = Arc::new(Pins::open(&config.data)?);
    let writer = Writer::start(store).map_err(|e| system(&e))?;
    let reader = writer.reader();
    let polls = Arc::new(polls);
    let (replayed, meeting) = begin(replayed, &writer, &clock, &chance).await?;
    let mut run: RunId = Hex([0; 8]);
    chance.fill(&mut run.0).map_err(|e| system(&e))?;
    let chain = writer.with(|store| store.head()).await?;
    let clerks = Clerks::open(&config.data, clock.now())?;
    let over = replayed.state.phase() == Phase::Closed;
    let paper_keys = Arc::new(PaperKeys::open(&config.data, over)?);
    let notes = Arc::new(Notes::start(&config.data, over).map_err(|e| system(&e))?);
    let listener = listen(config.listen)
        .map_err(|source| ServeError::Listen { addr: config.listen, source })?;
    let addr = listener.local_addr().map_err(|e| system(&e))?;
    let troubles = Arc::new(Troubles::default());
    let most = config.connections_per_address;
    let listener =
        Listener::start(listener, tls, most, Arc::clone(&troubles)).map_err(|e| system(&e))?;

    let announced = announce(&config, addr, identity.key());
    let board = Arc::new(Board::new(meeting));
    let devices = Arc::new(Devices::default());
    let left = uploads::Uploads::left(&shelf, clock.now());
    let shelf = Arc::new(shelf);
    let checker = Checker::new(config.assets.as_deref(), config.pdf_worker, &folder.papers());
    let (to_room, inbox) = mpsc::channel(INBOX);
    let (looks, looked_at) = mpsc::channel(LOOKS);
    let (to_intake, incoming) = mpsc::channel(intake::QUEUE);
    let (stop, _) = watch::channel(false);
    let fonts = config
        .assets
        .or_else(|| hemicycle_pdf::assets::find().ok().map(|a| a.root))
        .map(|root| root.join("fonts"));
    let app = Arc::new(App {
        identity: Arc::clone(&identity),
        certificate: vouched.clone(),
        board: Arc::clone(&board),
        run,
        devices: Arc::clone(&devices),
        clerks,
        gate: Gate::default(),
        setup: Setup::default(),
        keeping: tokio::sync::Mutex::default(),
        pins: Arc::clone(&pins),
        hall,
        shelf: Arc::clone(&shelf),
        checker: checker.clone(),
        notes: Arc::clone(&notes),
        texts: Arc::new(Texts::new(Arc::clone(&shelf))),
        vault: Arc::clone(&vault),
        clock: clock.clone(),
        chance,
        room_name: config.room,
        fonts,
        intake: to_intake,
        looks,
        stop,
        uploading: Semaphore::new(4),
        pieces: Semaphore::new(PIECES),
        uploads: Arc::new(left),
        connections: AtomicU64::new(1),
        open: watch::Sender::new(0),
        troubles,
    });
    let server = identity.key();
    let enrolment = config.enrolment;
    let secret = secret::Parts { vault, polls: Arc::clone(&polls), registrations, reader };
    let parts = Parts {
        replayed,
        writer,
        identity,
        board,
        devices,
        shelf,
        clock,
        enrolment,
        inbox,
        looks: looked_at,
        back: to_room.downgrade(),
        chain,
        pins,
        paper_keys,
        notes,
        checker,
        secret,
    };
    let (stop_room, room_stops) = oneshot::channel();
    let room = tokio::spawn(Room::new(parts).run(room_stops));
    let (to_ballots, ballots) = mpsc::channel(secret::ballots::QUEUE);
    tokio::spawn(secret::ballots::run(ballots, polls, to_room.clone()));
    tokio::spawn(intake::run(incoming, to_ballots, to_room));
    if let Err(trouble) = untold::tell(&app).await {
        tracing::warn!(?trouble, "the log does not have all changes of accounts");
    }
    tokio::spawn(untold::watch(Arc::clone(&app)));
    tokio::spawn(uploads::tidy(Arc::clone(&app.uploads), app.clock.clone(), app.stopping()));
    tokio::spawn(Arc::clone(&app.texts).run(app.checker.clone(), app.stopping()));
    let http = tokio::spawn(accept(listener, Arc::clone(&app)));
    tracing::info!(%addr, %meeting, "serving");
    let certificate = vouched.fingerprint;
    Ok(Running {
        addr,
        server,
        certificate,
        app,
        http,
        room,
        stop_room,
        announced,
        _folder: folder,
    })
}

impl Running {
    /// The token of the link that makes the first account, if there is none yet. It
    /// opens once, for an hour; asking again makes the one before void.
    pub fn setup(&self) -> Result<Option<Zeroizing<String>>, ServeError> {
        if !self.app.clerks.is_empty()? {
            return Ok(None);
        }
        let drawn = self.app.setup.draw(self.app.clock.now());
        drawn.map(Some).map_err(|e| ServeError::System(e.to_string()))
    }

    /// The word that opens the hall's page.
    pub fn hall_word(&self) -> Zeroizing<String> {
        self.app.hall.word()
    }

    /// What connections share: for tests and for loading a sample.
    pub fn app(&self) -> &Arc<App> {
        &self.app
    }

    /// Says goodbye to everybody, finishes what was taken in, closes the log.
    pub async fn stop(self) -> Result<(), ServeError> {
        let Running { app, http, room, stop_room, announced, _folder, .. } = self;
        if let Some(announced) = announced {
            announced.stop().await;
        }
        app.stop.send_replace(true);
        let abort = http.abort_handle();
        if tokio::time::timeout(GOODBYE, http).await.is_err() {
            abort.abort();
            tracing::info!("some connections did not say goodbye");
        }
        let mut open = app.open.subscribe();
        if tokio::time::timeout(GOODBYE, open.wait_for(|open| *open == 0)).await.is_err() {
            tracing::info!("some terminals did not say goodbye");
        }
        // Already gone is gone all the same.
        let _ = stop_room.send(());
        let ended = room.await.map_err(|_| ServeError::RoomEnded);
        app.notes.close().await;
        ended
    }

    /// Waits for what never should happen: the room or the listener ends by
    /// itself.
    pub async fn failed(&mut self) -> ServeError {
        tokio::select! {
            _ = &mut self.room => ServeError::RoomEnded,
            ended = &mut self.http => ServeError::System(format!("the listener ended: {ended:?}")),
        }
    }
}

/// A network that takes no multicast does not keep a room from meeting.
fn announce(config: &Config, at: SocketAddr, server: Key) -> Option<Announced> {
    if !config.announce {
        return None;
    }
    discovery::announce(at, &config.room, server).unwrap_or_else(|error| {
        tracing::warn!(%error, "terminals cannot find this server by themselves");
        None
    })
}

struct Opened {
    folder: Folder,
    replayed: Replayed,
    store: SqliteStore,
    shelf: Shelf,
    vault: Arc<Vault>,
    registrations: Registrations,
    polls: Polls,
}

fn open(config: &Config) -> Result<Opened, ServeError> {
    let folder = Folder::open(&config.data)?;
    let mut replayed = Replayed::default();
    let mut visit = |seq, payload: &[u8]| visit_entry(&mut replayed, seq, payload);
    let mut store = SqliteStore::open(&folder.log(), &mut visit)?;
    let entries = store.head().seq();
    tracing::info!(%entries, "log read");
    let shelf = Shelf::open(&folder.papers(), config.paper_quota)?;
    let vault = Arc::new(Vault::open(&config.data)?);
    let path = vault.registrations();
    let registrations =
        Registrations::open(path.clone()).map_err(|source| FolderError::Io { path, source })?;
    let polls = secret::restore(&vault, &registrations, &replayed.state, &mut store);
    let polls = polls.unwrap_or_else(|error| {
        // The meeting can go on without it, and annul it.
        tracing::error!(%error, "the last secret vote cannot go on");
        Polls::default()
    });
    Ok(Opened { folder, replayed, store, shelf, vault, registrations, polls })
}

/// A fresh folder gets its meeting.
async fn begin(
    replayed: Replayed,
    writer: &Writer,
    clock: &Clock,
    chance: &Chance,
) -> Result<(Replayed, MeetingId), ServeError> {
    if let Some(id) = replayed.state.meeting_id() {
        return Ok((replayed, id));
    }
    let mut id: MeetingId = Hex([0; 16]);
    chance.fill(&mut id.0).map_err(|e| ServeError::System(e.to_string()))?;
    let context = Context::new(clock.now(), Actor::Server);
    let decision = decide_server(&replayed.state, ServerCommand::CreateMeeting { id }, &context)
        .map_err(|refusal| ServeError::Refused(refusal.to_string()))?;
    let payloads =
        decision.events.into_iter().map(|event| room::first_entry(context.now, event)).collect();
    writer.append(payloads, Vec::new()).await?;
    let replayed = writer.with(room::replay).await??;
    Ok((replayed, id))
}

fn listen(addr: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if addr.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    socket.set_send_buffer_size(SEND_BUFFER)?;
    socket.bind(addr)?;
    socket.listen(BACKLOG)
}

async fn accept(listener: Listener, app: Arc<App>) -> std::io::Result<()> {
    let mut stop = app.stopping();
    let service = http::router(app).into_make_service_with_connect_info::<Wire>();
    axum::serve(listener, service)
        .with_graceful_shutdown(async move {
            let _ = stop.wait_for(|stop| *stop).await;
        })
        .await
}

/// A congress has more connections than a process may have files by default.
fn raise_file_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let now = getrlimit(Resource::Nofile);
    let wanted = Rlimit { current: now.maximum, maximum: now.maximum };
    if let Err(error) = setrlimit(Resource::Nofile, wanted) {
        tracing::debug!(%error, "the number of connections stays limited");
    }
}

/// Where the papers of a data folder are; for tests and tools.
pub fn papers_folder(data: impl Into<PathBuf>) -> PathBuf {
    data.into().join("papers")
}
