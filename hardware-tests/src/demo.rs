//! The demo: a whole room on one machine. Starts the real server with the
//! sample meeting, windows for a few seats where there is a display, virtual
//! seats for the others; a person or a scripted clerk leads the meeting.

pub mod course;
pub mod minutes;

use crate::clerk::{Clerk, ClerkError, Room, Session};
use crate::hall::Hall;
use crate::host::{CLERK, Host, HostError, Programs, end};
use crate::sample::{Sample, SampleError};
use crate::socket::Address;
use crate::swarm::{Options as SwarmOptions, Pace, Papers, Press, Swarm};
use course::{Course, CourseError};
use hemicycle_protocol::ids::SeatId;
use hemicycle_protocol::topic::{Phase, Standing};
use minutes::Minutes;
use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use tokio::process::Child;
use tokio::signal::unix::{SignalKind, signal};

/// Seats that get a window when a person leads: the chair, a member, and a
/// member whose name not every font can show.
const WINDOWS: [u16; 3] = [1, 3, 10];
/// When a script leads, nobody is at the windows: they only watch.
const WATCHERS: [u16; 3] = [32, 33, 34];
/// How long virtual members think when a person leads.
const THINKING: Duration = Duration::from_secs(6);

/// How long a window may take to close.
const CLOSE: Duration = Duration::from_secs(3);
/// What the server says on standard error.
const LOG: &str = "server.log";

/// What the demo is told.
#[derive(Clone, Debug)]
pub struct Options {
    /// Members; at least the sample's own.
    pub seats: u32,
    pub headless: bool,
    /// A scripted clerk leads.
    pub auto: bool,
    /// None: a temporary folder.
    pub data: Option<PathBuf>,
    /// 0: a free one.
    pub port: u16,
    pub papers: Papers,
    /// The virtual seats speak TLS, as they would across a network.
    pub tls: bool,
}

/// Why the demo ends early.
#[derive(Debug, Error)]
pub enum DemoError {
    #[error(transparent)]
    Host(#[from] HostError),
    #[error(transparent)]
    Clerk(#[from] ClerkError),
    #[error(transparent)]
    Sample(#[from] SampleError),
    #[error(transparent)]
    Course(#[from] CourseError),
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: std::io::Error },
    #[error(
        "a scripted meeting begins at the beginning, and {0} holds one that has begun: name a fresh folder"
    )]
    NotFresh(PathBuf),
    #[error("the server has ended ({status}); its last words, from {log}, are above")]
    ServerEnded { status: String, log: PathBuf },
    #[error("signals cannot be waited for: {0}")]
    Signals(std::io::Error),
}

/// How the demo ended.
#[derive(Debug)]
pub enum Ended {
    /// The scripted meeting is over.
    Minutes(Box<Minutes>),
    /// It was told to stop.
    Stopped,
}

/// Where the demo keeps its files.
struct Folder {
    path: PathBuf,
    /// Deletes it at the end, if it is a temporary one.
    temporary: Option<tempfile::TempDir>,
}

/// Runs the demo to its end and stops everything that it started. `guard` is
/// this program. To be called on the main thread: children end with the thread
/// that started them.
pub async fn run(options: &Options, guard: &Path) -> Result<Ended, DemoError> {
    let mut signals = Signals::new().map_err(DemoError::Signals)?;
    let folder = Folder::new(options.data.as_deref())?;
    let ready = tokio::select! {
        ready = prepare(options, guard, &folder.path) => ready?,
        () = signals.any() => return Ok(Ended::Stopped),
    };
    let Stage { programs, password, sample, mut host } = ready;
    let rooms = Rooms { address: host.address.clone(), hall: host.hall.clone(), password };
    let windows = Windows::open(options, &programs, &rooms, &folder.path)?;
    let played = tokio::select! {
        played = play(options, &rooms, sample, &windows.seats, &folder.path) => played,
        status = host.ended() => Err(DemoError::ServerEnded { status, log: folder.log() }),
        () = signals.any() => {
            eprintln!("正在结束 / stopping");
            Ok(Ended::Stopped)
        }
    };
    if played.is_err() {
        eprintln!("{}", last_words(&folder.log()));
    }
    windows.close().await;
    let server_peak_kib = host.peak_kib();
    let stopped = host.stop().await;
    let ended = played?;
    stopped?;
    match ended {
        Ended::Minutes(minutes) => {
            let record = keep_record(&programs, &folder).await;
            let minutes = Minutes { server_peak_kib, ..*minutes }.with_record(record);
            Ok(Ended::Minutes(Box::new(minutes)))
        }
        Ended::Stopped => Ok(Ended::Stopped),
    }
}

/// Exports the record beside the data, or, where the data go away, to a folder
/// that stays; and checks it as anybody could. An error says what is wrong.
async fn keep_record(programs: &Programs, folder: &Folder) -> Result<PathBuf, String> {
    let to = match &folder.temporary {
        None => folder.path.join("record"),
        Some(_) => {
            let made = tempfile::Builder::new().prefix("hemicycle-record-").tempdir();
            made.map_err(|error| format!("no folder for the record: {error}"))?.keep()
        }
    };
    let report = programs
        .record(&folder.path.join("server"), &to)
        .await
        .map_err(|error| format!("the record does not hold: {error}"))?;
    eprint!("{report}");
    eprintln!("  会议记录 record  {}", to.display());
    Ok(to)
}

/// What is there before anybody comes.
struct Stage {
    programs: Programs,
    password: String,
    sample: Sample,
    host: Host,
}

/// How the room is reached.
struct Rooms {
    address: Address,
    hall: String,
    password: String,
}

async fn prepare(options: &Options, guard: &Path, folder: &Path) -> Result<Stage, DemoError> {
    let programs = Programs::beside(guard)?;
    let data = folder.join("server");
    let sample = Sample::read(&programs.sample().join("choices.json"))?;
    if !data.join("log.sqlite").exists() {
        eprintln!("正在装入示例会议 / loading the sample meeting");
        let loaded = programs.load_sample(&data, options.seats).await?;
        eprintln!(
            "  {} 人 people, {} 项议程 items, {} 份文件 papers, {} 次表决 votes",
            loaded.people,
            loaded.items,
            loaded.papers,
            loaded.votes.len()
        );
    }
    let password = programs.set_clerk(&data).await?;
    let host = programs.serve(&data, options.port, &folder.join(LOG)).await?;
    Ok(Stage { programs, password, sample, host })
}

/// The seats come; then the script is played, or a person leads until the end.
async fn play(
    options: &Options,
    rooms: &Rooms,
    sample: Sample,
    windows: &[SeatId],
    folder: &Path,
) -> Result<Ended, DemoError> {
    let session = Session::sign_in(&rooms.address, CLERK, &rooms.password).await?;
    let clerk = Clerk::open(&session).await?;
    let room = clerk.room();
    if options.auto && room.meeting.as_ref().map(|m| m.phase) != Some(Phase::Preparing) {
        return Err(DemoError::NotFresh(folder.into()));
    }
    let cast = sample.with_members(members(&room));
    if cast.members() < options.seats {
        eprintln!("{} 人 / the meeting in this folder has {0} members", cast.members());
    }
    let seats = room.roll.people.iter().map(|p| p.seat);
    let seats: Vec<SeatId> = seats.filter(|seat| !windows.contains(seat)).collect();
    let plain = rooms.address.clone();
    let swarm = Swarm::start(SwarmOptions {
        server: if options.tls { plain.over_tls() } else { plain },
        press: Arc::new(Press::Sample(Box::new(cast.sample().clone()))),
        pace: if options.auto { Pace::Together } else { Pace::Within(THINKING) },
        papers: options.papers,
        secret: secret(&folder.join("swarm.key"))?,
        seats,
    });
    announce(rooms, &swarm, windows, folder);
    if !options.auto {
        // The console is the person's now.
        drop(clerk);
        return std::future::pending().await;
    }
    let hall = Hall::open(&rooms.hall).await?;
    let minutes = Course::new(&clerk, &swarm, &cast).with_hall(&hall).whole().await?;
    let report = swarm.stop().await;
    Ok(Ended::Minutes(Box::new(minutes.with(report))))
}

/// Terminal windows. They are killed when this is dropped.
struct Windows {
    seats: Vec<SeatId>,
    children: Vec<Child>,
}

impl Windows {
    fn open(
        options: &Options,
        programs: &Programs,
        rooms: &Rooms,
        folder: &Path,
    ) -> Result<Self, DemoError> {
        let mut windows = Self { seats: Vec::new(), children: Vec::new() };
        if options.headless {
            return Ok(windows);
        }
        if std::env::var_os("DISPLAY").is_none_or(|display| display.is_empty()) {
            eprintln!("没有显示器，不打开终端窗口 / no display (DISPLAY is not set): no windows");
            return Ok(windows);
        }
        if !programs.terminal.is_file() {
            return Err(HostError::NotBuilt {
                path: programs.terminal.clone(),
                package: "hemicycle-terminal",
            }
            .into());
        }
        for seat in if options.auto { WATCHERS } else { WINDOWS } {
            let home = folder.join(format!("terminal-{seat}"));
            let log = folder.join(format!("terminal-{seat}.log"));
            let io = |source| DemoError::Io { path: log.clone(), source };
            let said = fs::OpenOptions::new().create(true).append(true).open(&log).map_err(io)?;
            let mut command = programs.guarded(&programs.terminal);
            command.arg("--server").arg(format!("{}://{}", rooms.address.scheme(), rooms.address));
            command.arg("--data").arg(home).arg("--seat").arg(seat.to_string());
            command.args(["--windowed", "--size", "1280x800"]);
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(said);
            windows.children.push(command.spawn().map_err(io)?);
            windows.seats.push(SeatId(seat));
        }
        Ok(windows)
    }

    /// Closes them in order.
    async fn close(mut self) {
        self.children.iter().for_each(end);
        for child in &mut self.children {
            // One that does not close is killed when it is dropped.
            let _ = tokio::time::timeout(CLOSE, child.wait()).await;
        }
    }
}

impl Folder {
    fn new(named: Option<&Path>) -> Result<Self, DemoError> {
        let Some(named) = named else {
            let io = |source| DemoError::Io { path: std::env::temp_dir(), source };
            let made = tempfile::Builder::new().prefix("hemicycle-demo-").tempdir().map_err(io)?;
            return Ok(Self { path: made.path().to_owned(), temporary: Some(made) });
        };
        let io = |source| DemoError::Io { path: named.into(), source };
        fs::create_dir_all(named).map_err(io)?;
        Ok(Self { path: named.canonicalize().map_err(io)?, temporary: None })
    }

    fn log(&self) -> PathBuf {
        self.path.join(LOG)
    }
}

/// What ends a demo.
struct Signals([tokio::signal::unix::Signal; 3]);

impl Signals {
    fn new() -> std::io::Result<Self> {
        let [interrupt, terminate, hangup] =
            [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
        Ok(Self([signal(interrupt)?, signal(terminate)?, signal(hangup)?]))
    }

    async fn any(&mut self) {
        let Self([interrupt, terminate, hangup]) = self;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    }
}

fn members(room: &Room) -> u32 {
    let members = room.roll.people.iter().filter(|p| p.standing == Standing::Member).count();
    u32::try_from(members).unwrap_or(u32::MAX)
}

/// The virtual seats keep their keys with the data: they come back as themselves.
pub fn secret(path: &Path) -> Result<[u8; 32], DemoError> {
    let io = |source| DemoError::Io { path: path.into(), source };
    let mut secret = [0; 32];
    match fs::read_to_string(path) {
        Ok(text) => {
            hex::decode_to_slice(text.trim(), &mut secret)
                .map_err(|error| io(std::io::Error::other(error)))?;
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            getrandom::fill(&mut secret).map_err(|error| io(std::io::Error::other(error)))?;
            let mut file = fs::OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(path)
                .map_err(io)?;
            file.write_all(hex::encode(secret).as_bytes()).map_err(io)?;
        }
        Err(error) => return Err(io(error)),
    }
    Ok(secret)
}

fn announce(rooms: &Rooms, swarm: &Swarm, windows: &[SeatId], folder: &Path) {
    let Rooms { address, hall, password } = rooms;
    let virtual_seats = swarm.look(<[_]>::len);
    let shown = match windows {
        [] => "0".to_owned(),
        seats => seats.iter().map(SeatId::to_string).collect::<Vec<_>>().join(", "),
    };
    eprintln!();
    eprintln!("议席 Hemicycle");
    eprintln!("  控制台 console        {}://{address}/console", address.scheme());
    eprintln!("  用户名 name           {CLERK}");
    eprintln!("  密码   password       {password}");
    eprintln!("  会场屏 hall           {hall}");
    eprintln!("  终端窗口 windows      {shown}");
    eprintln!("  虚拟席位 virtual seats {virtual_seats}");
    eprintln!("  数据   data           {}", folder.display());
    eprintln!("  按 Ctrl-C 结束 / Ctrl-C stops everything");
    eprintln!();
}

fn last_words(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines.get(lines.len().saturating_sub(20)..).unwrap_or_default().join("\n")
}
