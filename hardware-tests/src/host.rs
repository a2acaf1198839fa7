//! The real server as a process: loading the sample, starting, killing,
//! stopping, starting again on the same data folder.

use crate::guard;
use crate::socket::{Address, SocketError};
use rustix::process::{Pid, Signal, kill_process};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use thiserror::Error;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};

use hemicycle_protocol::ids::VoteId;
use serde::Deserialize;

/// How long the server may take to start: a long log is replayed first.
const START: Duration = Duration::from_secs(60);
/// How long it may take to stop in order.
const STOP: Duration = Duration::from_secs(20);
/// The clerk that the demo makes.
pub const CLERK: &str = "clerk";

/// Where the programs and the assets are.
#[derive(Clone, Debug)]
pub struct Programs {
    /// A program that is its own guard: see `guard`.
    pub guard: PathBuf,
    pub server: PathBuf,
    pub terminal: PathBuf,
    pub assets: PathBuf,
}

/// Why there is no server.
#[derive(Debug, Error)]
pub enum HostError {
    #[error("{path} is not there; build it first: cargo build -p {package}")]
    NotBuilt { path: PathBuf, package: &'static str },
    #[error("the assets folder was not found; point HEMICYCLE_ASSETS at it")]
    NoAssets,
    #[error("{program}: {source}")]
    Io { program: String, source: std::io::Error },
    #[error("{program} failed ({status}); {said}")]
    Failed { program: String, status: String, said: String },
    #[error("the server did not say where it listens; its last words are in {0}")]
    Silent(PathBuf),
    #[error("what the program printed is not understood: {0}")]
    Strange(String),
    #[error(transparent)]
    Address(#[from] SocketError),
}

/// What was loaded.
#[derive(Clone, Debug, Deserialize)]
pub struct Loaded {
    pub people: usize,
    pub items: usize,
    pub papers: u32,
    /// By the sample's own name for it.
    pub votes: BTreeMap<String, VoteId>,
}

/// A server that runs.
#[derive(Debug)]
pub struct Host {
    pub address: Address,
    /// The hall's page, token included.
    pub hall: String,
    child: Child,
}

impl Programs {
    /// Those that stand beside `guard`.
    pub fn beside(guard: &Path) -> Result<Self, HostError> {
        let beside = |name: &str| guard.with_file_name(name);
        let server =
            std::env::var_os("HEMICYCLE_BIN").map_or_else(|| beside("hemicycle"), PathBuf::from);
        if !server.is_file() {
            return Err(HostError::NotBuilt { path: server, package: "hemicycle" });
        }
        let terminal = beside("hemicycle-terminal");
        Ok(Self { guard: guard.into(), server, terminal, assets: assets()? })
    }

    /// The sample meeting.
    pub fn sample(&self) -> PathBuf {
        self.assets.join("sample")
    }

    /// Loads the sample into a fresh data folder; `members` at least.
    pub async fn load_sample(&self, data: &Path, members: u32) -> Result<Loaded, HostError> {
        let members = members.to_string();
        let from = self.sample();
        let mut command = self.guarded(&self.server);
        command.arg("sample").arg("--data").arg(data).arg("--from").arg(from);
        command.arg("--seats").arg(members);
        let printed = output("hemicycle sample", command, "").await?;
        serde_json::from_str(printed.trim()).map_err(|_| HostError::Strange(printed))
    }

    /// Makes the clerk, or gives it another password; returns the password.
    pub async fn set_clerk(&self, data: &Path) -> Result<String, HostError> {
        let mut command = self.guarded(&self.server);
        command.args(["clerk", "set", CLERK, "--data"]).arg(data);
        let printed = output("hemicycle clerk set", command, "\n").await?;
        let password = printed.trim().to_owned();
        // Never the words themselves: they hold a password.
        match password.split_whitespace().count() {
            1 => Ok(password),
            _ => Err(HostError::Strange("the password of the clerk".into())),
        }
    }

    /// Starts the server on a data folder; port 0 is a free one. `log` gets
    /// what it says on standard error. Terminals get the seats they wish for.
    pub async fn serve(&self, data: &Path, port: u16, log: &Path) -> Result<Host, HostError> {
        let io = |source| HostError::Io { program: self.server.display().to_string(), source };
        let settings = log.with_file_name("server.toml");
        std::fs::write(&settings, "enrolment = \"open\"\n").map_err(io)?;
        let said = std::fs::OpenOptions::new().create(true).append(true).open(log).map_err(io)?;
        let mut command = self.guarded(&self.server);
        command.arg("serve").arg("--data").arg(data).arg("--config").arg(&settings);
        command.arg("--listen").arg(format!("127.0.0.1:{port}"));
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(said).spawn().map_err(io)?;
        let told = async {
            let mut lines = BufReader::new(child.stdout.take()?).lines();
            let (mut console, mut hall) = (None, None);
            while let Some(line) = lines.next_line().await.ok()? {
                for url in line.split_whitespace().filter(|word| word.starts_with("http")) {
                    let page = if url.contains("/hall") { &mut hall } else { &mut console };
                    page.get_or_insert_with(|| url.to_owned());
                }
                if let (Some(console), Some(hall)) = (&console, &hall) {
                    let found = (console.clone(), hall.clone());
                    // Whatever else it prints is taken, so that it never waits for us.
                    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
                    return Some(found);
                }
            }
            None
        };
        let silent = || HostError::Silent(log.into());
        let told = tokio::time::timeout(START, told).await.map_err(|_| silent())?;
        let (console, hall) = told.ok_or_else(silent)?;
        Ok(Host { address: Address::parse(&console)?, hall, child })
    }

    /// Exports the meeting's record of a data folder and checks the folder.
    pub async fn record(&self, data: &Path, to: &Path) -> Result<String, HostError> {
        let mut export = self.guarded(&self.server);
        export.arg("export").arg("--data").arg(data).arg("--out").arg(to);
        output("hemicycle export", export, "").await?;
        let mut verify = self.guarded(&self.server);
        verify.arg("verify").arg(to);
        output("hemicycle verify", verify, "").await
    }

    /// A command that ends with us.
    pub fn guarded(&self, program: &Path) -> Command {
        let mut command = guard::command(&self.guard, program);
        command.env("HEMICYCLE_ASSETS", &self.assets);
        command
    }
}

impl Host {
    /// The console's page.
    pub fn console(&self) -> String {
        format!("{}://{}/console", self.address.scheme(), self.address)
    }

    /// The port that was taken.
    pub fn port(&self) -> u16 {
        let port = self.address.authority().rsplit_once(':').and_then(|(_, p)| p.parse().ok());
        port.unwrap_or_default()
    }

    /// The process.
    pub fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// The most memory that the process has had, in KiB, where the system tells.
    pub fn peak_kib(&self) -> Option<u64> {
        self.memory("VmHWM:")
    }

    /// The memory that the process has now, in KiB, where the system tells.
    pub fn now_kib(&self) -> Option<u64> {
        self.memory("VmRSS:")
    }

    fn memory(&self, what: &str) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid()?)).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix(what))?;
        line.split_whitespace().next()?.parse().ok()
    }

    /// As a power cut would: nothing is finished, nothing said.
    pub async fn kill(mut self) -> Result<(), HostError> {
        let io = |source| HostError::Io { program: "hemicycle".into(), source };
        self.child.kill().await.map_err(io)
    }

    /// Stops the process where it is; only [`Host::kill`] is left then.
    pub fn freeze(&self) {
        signal(&self.child, Signal::STOP);
    }

    /// In order. An error if it does not end well.
    pub async fn stop(mut self) -> Result<(), HostError> {
        let io = |source| HostError::Io { program: "hemicycle".into(), source };
        end(&self.child);
        let ended = tokio::time::timeout(STOP, self.child.wait()).await;
        let status = match ended {
            Ok(status) => status.map_err(io)?,
            Err(_) => {
                self.child.kill().await.map_err(io)?;
                return Err(failed("hemicycle serve", "it did not stop", ""));
            }
        };
        match status.success() {
            true => Ok(()),
            false => Err(failed("hemicycle serve", &status.to_string(), "")),
        }
    }

    /// Waits until the server ends by itself.
    pub async fn ended(&mut self) -> String {
        match self.child.wait().await {
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        }
    }
}

/// Asks a child to end.
pub fn end(child: &Child) {
    signal(child, Signal::TERM);
}

fn signal(child: &Child, signal: Signal) {
    let pid = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
    if let Some(pid) = pid {
        // Already gone is as good.
        let _ = kill_process(pid, signal);
    }
}

/// The folder `assets`: named by the environment, beside this program or above
/// it, or where this program was built.
fn assets() -> Result<PathBuf, HostError> {
    if let Some(named) = std::env::var_os("HEMICYCLE_ASSETS") {
        return Ok(named.into());
    }
    let program = std::env::current_exe().unwrap_or_default();
    let built = Path::new(env!("CARGO_MANIFEST_DIR"));
    let above = program.ancestors().skip(1).chain(built.ancestors());
    above
        .map(|folder| folder.join("assets"))
        .find(|assets| assets.join("sample/meeting.json").is_file())
        .ok_or(HostError::NoAssets)
}

async fn output(name: &str, mut command: Command, input: &str) -> Result<String, HostError> {
    let io = |source| HostError::Io { program: name.to_owned(), source };
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(io)?;
    if let Some(mut stdin) = child.stdin.take() {
        // A program that reads nothing closes its end first.
        let _ = stdin.write_all(input.as_bytes()).await;
    }
    let output = child.wait_with_output().await.map_err(io)?;
    if output.status.success() {
        return String::from_utf8(output.stdout)
            .map_err(|_| HostError::Strange(format!("{name}: not text")));
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(failed(name, &output.status.to_string(), said.trim()))
}

fn failed(program: &str, status: &str, said: &str) -> HostError {
    HostError::Failed { program: program.into(), status: status.into(), said: said.into() }
}
