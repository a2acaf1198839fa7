//! Children that never outlive whoever started them. A child is started by way
//! of this program, which asks the system to end it when its parent ends and
//! then becomes the child: so it holds even when the parent is killed.

use rustix::process::{Pid, Signal, getppid, set_parent_process_death_signal};
use std::convert::Infallible;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::ExitCode;
use tokio::process::Command;

/// The first argument that makes a program the guard.
pub const WORD: &str = "guarded-child";

/// A command that runs `program` as a guarded child; `guard` is a program that
/// calls [`main_if_asked`] first thing. The child stands in a process group of
/// its own: Ctrl-C reaches the parent, which decides.
///
/// It must be spawned from a thread that lives as long as the child shall.
pub fn command(guard: &Path, program: &Path) -> Command {
    let mut command = Command::new(guard);
    command.arg(WORD).arg(std::process::id().to_string()).arg(program);
    command.process_group(0).kill_on_drop(true);
    command
}

/// To be called first in `main`: returns only if this process is no guard.
pub fn main_if_asked() -> Option<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next()? != OsStr::new(WORD) {
        return None;
    }
    let Err(error) = become_child(arguments.collect());
    eprintln!("{error}");
    Some(ExitCode::FAILURE)
}

fn become_child(arguments: Vec<OsString>) -> io::Result<Infallible> {
    let [parent, program, rest @ ..] = arguments.as_slice() else {
        return Err(io::Error::other("a guard needs its parent and a program"));
    };
    let parent = parent.to_str().and_then(|p| p.parse().ok()).and_then(Pid::from_raw);
    set_parent_process_death_signal(Some(Signal::TERM))?;
    // The parent may have ended before the system was asked.
    if parent.is_none() || getppid() != parent {
        return Err(io::Error::other("whoever asked for this program is gone"));
    }
    let error = std::process::Command::new(program).args(rest).exec();
    Err(io::Error::new(error.kind(), format!("{}: {error}", Path::new(program).display())))
}
