//! `hemicycle-panel`: how soon a terminal can be used, and what it asks of its
//! machine when nothing happens, as one line of JSON.

use clap::Parser;
use hemicycle_hardware_tests::{guard, panel};
use std::process::ExitCode;
use std::time::Duration;

/// A terminal's start, idle processor time and memory, on a virtual screen.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Starts after the first one
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1000))]
    runs: u32,
    /// Seconds that it is left alone, at its nameplate and over an open paper
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3600))]
    idle: u64,
}

fn main() -> ExitCode {
    if let Some(code) = guard::main_if_asked() {
        return code;
    }
    match start(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("hemicycle-panel: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn start(arguments: &Arguments) -> anyhow::Result<()> {
    let this = std::env::current_exe()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let idle = Duration::from_secs(arguments.idle);
    let figures = runtime.block_on(panel::measure(&this, arguments.runs, idle))?;
    println!("{}", serde_json::to_string(&figures)?);
    Ok(())
}
