//! `hemicycle-lan`: a whole local network in a box. Every host is a network
//! namespace: the real server on one, real terminals on others, a bridge between
//! them and cables to it that can be bad or pulled. Nothing in it knows an address: terminals
//! find the server by multicast and are paired by their codes. Then a meeting is
//! held while the network gets worse. Every ballot must be acknowledged, and stored
//! once.

mod hosts;
mod meeting;
mod robot;
mod seats;
mod server;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use hemicycle_hardware_tests::guard;
use hemicycle_terminal::begin::{Orders, worker_if_asked};
use std::path::PathBuf;
use std::process::ExitCode;

/// What the exit code says of a machine where this cannot be done.
const NOT_HERE: u8 = 77;

/// A room's network in network namespaces; wants root and /dev/net/tun.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    role: Option<Role>,
    /// Draws what is lost, doubled and overtaken
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Keep the folder with data and logs here
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Role {
    /// Only say whether it can be done here
    Allowed,
    /// Inside of the namespaces
    #[command(hide = true)]
    Inside,
    /// A terminal that does as it is told on standard input
    #[command(hide = true)]
    Seat {
        #[arg(long)]
        data: PathBuf,
        #[arg(long)]
        room: Option<String>,
        #[arg(long)]
        server: Option<String>,
    },
}

fn main() -> ExitCode {
    if let Some(code) = guard::main_if_asked().or_else(worker_if_asked) {
        return code;
    }
    let arguments = Arguments::parse();
    let done = match &arguments.role {
        None => return box_it(),
        Some(Role::Allowed) => return allowed().map_or_else(not_here, |()| ExitCode::SUCCESS),
        Some(Role::Inside) => inside(&arguments),
        Some(Role::Seat { data, room, server }) => {
            tracing_subscriber::fmt().with_writer(std::io::stderr).init();
            let (folder, room, server) = (data.clone(), room.clone(), server.clone());
            let orders = Orders { folder, room, server, ..Orders::default() };
            robot::sit(&orders)
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("hemicycle-lan: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// An error says why not.
fn allowed() -> Result<(), String> {
    let tried = std::process::Command::new("unshare")
        .args(["--net", "--mount", "--", "ip", "tuntap", "add", "dev", "probe", "mode", "tap"])
        .output()
        .map_err(|error| error.to_string())?;
    match tried.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&tried.stderr).trim().to_owned()),
    }
}

fn not_here(why: String) -> ExitCode {
    eprintln!("hemicycle-lan: NOT RUN. Network namespaces and TAP devices are not allowed here");
    eprintln!("(root, the packages iproute2 and util-linux, and /dev/net/tun are needed): {why}");
    ExitCode::from(NOT_HERE)
}

/// This program again, in a network of its own that goes when it does.
fn box_it() -> ExitCode {
    if let Err(why) = allowed() {
        return not_here(why);
    }
    let this = std::env::current_exe().unwrap_or_default();
    let status = std::process::Command::new("unshare")
        .args(["--net", "--mount", "--"])
        .arg(this)
        .args(std::env::args_os().skip(1))
        .arg("inside")
        .status();
    match status {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("hemicycle-lan: unshare: {error}");
            ExitCode::FAILURE
        }
    }
}

/// One thread: children end with the thread that started them.
fn inside(arguments: &Arguments) -> Result<()> {
    let folder = tempfile::Builder::new().prefix("hemicycle-lan-").tempdir()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let this = std::env::current_exe()?;
    let played = runtime.block_on(async {
        tokio::select! {
            played = meeting::play(&this, folder.path(), arguments.seed) => played,
            stop = tokio::signal::ctrl_c() => stop.context("signals"),
        }
    });
    if let Some(keep) = &arguments.keep {
        let kept = folder.keep();
        std::fs::rename(&kept, keep).with_context(|| format!("what happened is in {kept:?}"))?;
    }
    played
}
