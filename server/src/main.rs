//! `hemicycle`: starts the chair server, and what belongs to running one.

use anyhow::{Context, Result, bail};
use clap::{Parser, Subcommand};
use hemicycle::certificate::{Brought, addresses};
use hemicycle::clerks::{Clerks, draw_password};
use hemicycle::clock::Clock;
use hemicycle::{Config, Running, export, sample};
use hemicycle_protocol::ids::{Hash, Key};
use hemicycle_protocol::people::ClerkRole;
use hemicycle_protocol::topic::SignedHead;
use std::io::{IsTerminal, Read, Write};
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};
use zeroize::Zeroizing;

/// 议席 Hemicycle: the chair server of a meeting room.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Serve a room until Ctrl-C.
    Serve {
        /// The data folder; made if there is none.
        #[arg(long)]
        data: PathBuf,
        /// Address and port [default: 127.0.0.1:8480].
        #[arg(long)]
        listen: Option<SocketAddr>,
        /// Configuration file, TOML.
        #[arg(long)]
        config: Option<PathBuf>,
        /// Folder of the server's key and certificate [default: the data folder].
        #[arg(long)]
        identity: Option<PathBuf>,
        /// Do not tell the local network that this server is there.
        #[arg(long)]
        no_announce: bool,
        /// A certificate that the site brings, PEM.
        #[arg(long, requires = "tls_key")]
        tls_cert: Option<PathBuf>,
        /// Its private key, PEM.
        #[arg(long, requires = "tls_cert")]
        tls_key: Option<PathBuf>,
    },
    /// Load a sample meeting into a fresh data folder.
    Sample {
        /// The data folder.
        #[arg(long)]
        data: PathBuf,
        /// The folder with meeting.json.
        #[arg(long)]
        from: PathBuf,
        /// Seats in all; further members are made up.
        #[arg(long)]
        seats: Option<u16>,
        /// Folder of the server's key and certificate [default: the data folder].
        #[arg(long)]
        identity: Option<PathBuf>,
    },
    /// Clerks' accounts.
    #[command(subcommand)]
    Clerk(ClerkCommand),
    /// Write everything that the meeting leaves behind into one folder; a server may run meanwhile.
    Export {
        /// The data folder.
        #[arg(long)]
        data: PathBuf,
        /// The folder to write; must be new or empty.
        #[arg(long)]
        out: PathBuf,
        /// Also as a zip file beside it.
        #[arg(long)]
        zip: bool,
    },
    /// Copy the data folder, so that a server can start from the copy; a server may run meanwhile.
    Backup {
        /// The data folder.
        #[arg(long)]
        data: PathBuf,
        /// The folder to write; must be new or empty.
        #[arg(long)]
        out: PathBuf,
    },
    /// Check an exported record, offline; fails if anything in it is wrong.
    Verify {
        /// The folder.
        folder: PathBuf,
        /// The server's key as it is known from the meeting, 64 hexadecimal digits.
        #[arg(long, value_parser = key)]
        server: Option<Key>,
        /// What a terminal remembers of the log: its file `log-heads-…`. May be given for many.
        #[arg(long)]
        heads: Vec<PathBuf>,
    },
    /// Check an archive of secret ballots, offline; fails if anything in it is wrong.
    VerifyBallots {
        /// The `.bel` file.
        file: PathBuf,
    },
    /// Started by the server itself to look into papers.
    #[command(hide = true)]
    PdfWorker,
}

#[derive(Subcommand)]
enum ClerkCommand {
    /// Make an account, or give one another password: read from standard input,
    /// or drawn and shown if that is a terminal or empty. Ends its sessions.
    #[command(visible_alias = "add")]
    Set {
        name: String,
        /// What it is for [default: clerk, or as it was].
        #[arg(long, value_parser = role)]
        role: Option<ClerkRole>,
        /// The data folder; a server may run on it.
        #[arg(long)]
        data: PathBuf,
    },
    /// Who has an account.
    List {
        /// The data folder; a server may run on it.
        #[arg(long)]
        data: PathBuf,
    },
}

fn main() -> ExitCode {
    let what = Cli::parse().what;
    // Before any thread and any log: the worker has a life of its own.
    if matches!(what, What::PdfWorker) {
        return hemicycle_pdf::worker_main();
    }
    // Whatever is made is its owner's alone: the log says who chose what.
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
    log_to_stderr();
    match run(what) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("hemicycle: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(what: What) -> Result<()> {
    match what {
        What::PdfWorker => Ok(()),
        What::Serve { data, listen, config, identity, no_announce, tls_cert, tls_key } => {
            let mut settings = Config::new(data);
            if let Some(path) = config {
                settings = settings.read_file(&path)?;
            }
            settings.listen = listen.unwrap_or(settings.listen);
            settings.announce &= !no_announce;
            settings.identity = identity.or(settings.identity);
            if let (Some(certificate), Some(key)) = (tls_cert, tls_key) {
                settings.tls = Some(Brought { certificate, key });
            }
            runtime()?.block_on(serve(settings))
        }
        What::Sample { data, from, seats, identity } => runtime()?.block_on(async {
            let config = Config { identity, ..Config::new(data) };
            let loaded = sample::load(config, &from, seats).await?;
            println!("{loaded}");
            Ok(())
        }),
        What::Clerk(ClerkCommand::Set { name, role, data }) => set_clerk(&name, role, data),
        What::Clerk(ClerkCommand::List { data }) => list_clerks(&data),
        What::Export { data, out, zip } => {
            print!("{}", export::export(&data, &out, zip)?);
            Ok(())
        }
        What::Backup { data, out } => {
            print!("{}", hemicycle::backup::backup(&data, &out)?);
            Ok(())
        }
        What::Verify { folder, server, heads } => verify(&folder, server, &heads),
        What::VerifyBallots { file } => {
            print!("{}", hemicycle::verify::ballots(&file)?);
            Ok(())
        }
    }
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the system does not let us start threads")
}

async fn serve(config: Config) -> Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut running = hemicycle::serve(config).await?;
    announce(&running)?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        failed = running.failed() => bail!(failed),
    }
    tracing::info!("stopping");
    running.stop().await?;
    tracing::info!("stopped");
    Ok(())
}

/// What a person has to know, on standard output and nowhere else: the log
/// never holds the password or the token.
fn announce(running: &Running) -> Result<()> {
    let setup = running.setup()?;
    let mut out = std::io::stdout().lock();
    let addr = running.addr;
    let within = addr.ip().is_loopback();
    let (http, ws) = if within { ("http", "ws") } else { ("https", "wss") };
    // Where it listens on all of its addresses, the first is as good as any.
    let ip = addresses(addr.ip()).into_iter().next().unwrap_or(addr.ip());
    let addr = SocketAddr::new(ip, addr.port());
    writeln!(out, "议席 Hemicycle")?;
    if let Some(token) = setup {
        writeln!(out, "  首次启动：用这个链接设置第一个账号（一次有效，一小时内）")?;
        writeln!(out, "  first start: make the first account by this link (once, within an hour)")?;
        writeln!(out, "  {http}://{addr}/console#setup={}", token.as_str())?;
        writeln!(out)?;
    }
    writeln!(out, "  控制台 console  {http}://{addr}/console")?;
    writeln!(out, "  会场屏 hall     {http}://{addr}/hall#{}", running.hall_word().as_str())?;
    writeln!(out, "  本机   server   {}", running.server.short())?;
    if !within {
        writeln!(out, "  证书   SHA-256  {}", pairs(&running.certificate))?;
    }
    // The last line: whoever reads it knows that everything was said.
    writeln!(out, "  终端   seats    {ws}://{addr}/ws")?;
    out.flush()?;
    Ok(())
}

/// As browsers show it: `AB:CD:…`
fn pairs(fingerprint: &Hash) -> String {
    let bytes: Vec<String> = fingerprint.0.iter().map(|byte| format!("{byte:02X}")).collect();
    bytes.join(":")
}

/// Says what holds line by line, and at the end whether everything does.
fn verify(folder: &Path, server: Option<Key>, heads: &[PathBuf]) -> Result<()> {
    let mut remembered: Vec<SignedHead> = Vec::new();
    for path in heads {
        let about = || format!("{}", path.display());
        let text = std::fs::read(path).with_context(about)?;
        let heads: Vec<SignedHead> = serde_json::from_slice(&text).with_context(about)?;
        remembered.extend(heads);
    }
    let mut out = std::io::stdout().lock();
    // Whoever stops listening gets the answer by the exit status.
    let checked =
        hemicycle::verify::folder_with(folder, server.as_ref(), &remembered, &mut |line| {
            let _ = writeln!(out, "{line}");
        });
    checked.map_err(|wrong| anyhow::anyhow!("✗ 记录不成立 the record does not hold: {wrong}"))?;
    let _ = writeln!(out, "记录成立 the record holds");
    Ok(())
}

fn key(text: &str) -> Result<Key, &'static str> {
    Key::parse(text).ok_or("not 64 lower-case hexadecimal digits")
}

fn role(text: &str) -> Result<ClerkRole, &'static str> {
    let found = ClerkRole::ALL.into_iter().find(|role| role.text() == text);
    found.ok_or("one of clerk, technician, viewer")
}

fn list_clerks(data: &Path) -> Result<()> {
    let now = Clock::system().now();
    let mut out = std::io::stdout().lock();
    for account in Clerks::open(data, now)?.list(now)? {
        let state = if account.disabled { "  停用 disabled" } else { "" };
        writeln!(out, "{}  {}{state}", account.name, account.role.text())?;
    }
    Ok(())
}

fn set_clerk(name: &str, role: Option<ClerkRole>, data: PathBuf) -> Result<()> {
    let about = || format!("{}", data.display());
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&data).with_context(about)?;
    let clerks = Clerks::open(&data, Clock::system().now())?;
    let mut password = Zeroizing::new(String::new());
    let mut input = std::io::stdin();
    if !input.is_terminal() {
        input.by_ref().take(4096).read_to_string(&mut password).context("standard input")?;
    }
    let given = password.trim_end_matches(['\r', '\n']);
    if given.is_empty() {
        let drawn = draw_password()?;
        clerks.set_with(name, &drawn, role)?;
        println!("{}", drawn.as_str());
    } else {
        clerks.set_with(name, given, role)?;
    }
    Ok(())
}

fn log_to_stderr() {
    use tracing_subscriber::EnvFilter;
    let mut filter =
        EnvFilter::try_from_env("HEMICYCLE_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    // These would write down what goes over the wire: passwords, ballots.
    for quiet in ["tungstenite", "tokio_tungstenite", "hyper", "hyper_util", "axum", "tower"] {
        filter = match format!("{quiet}=info").parse() {
            Ok(directive) => filter.add_directive(directive),
            Err(_) => filter,
        };
    }
    let text = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if std::env::var_os("HEMICYCLE_LOG_JSON").is_some() {
        text.json().init();
    } else {
        text.with_ansi(std::io::stderr().is_terminal()).init();
    }
}
