//! `hemicycle-demo`: a whole room on one machine. See `hardware_tests::demo`.

use clap::{Parser, ValueEnum};
use hemicycle_hardware_tests::demo::{self, Ended, Options};
use hemicycle_hardware_tests::{guard, limits, swarm};
use std::path::PathBuf;
use std::process::ExitCode;

/// A whole meeting on this machine: server, terminals, virtual seats.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Members; those beyond the sample's 31 are made up
    #[arg(long, default_value_t = 31, value_parser = clap::value_parser!(u32).range(1..=4000))]
    seats: u32,
    /// No terminal windows
    #[arg(long)]
    headless: bool,
    /// A scripted clerk leads the meeting; one line of JSON at the end
    #[arg(long)]
    auto: bool,
    /// Keep the data there [default: a fresh temporary folder]
    #[arg(long)]
    data: Option<PathBuf>,
    /// The server's port [default: a free one]
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    port: u16,
    /// How much of the papers the virtual seats take
    #[arg(long, value_enum, default_value_t = Papers::First)]
    papers: Papers,
    /// The virtual seats speak TLS
    #[arg(long)]
    tls: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Papers {
    None,
    First,
    All,
}

fn main() -> ExitCode {
    if let Some(code) = guard::main_if_asked() {
        return code;
    }
    let arguments = Arguments::parse();
    limits::raise_open_files();
    match start(arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("hemicycle-demo: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn start(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let Arguments { seats, headless, auto, data, port, papers, tls } = arguments;
    let papers = match papers {
        Papers::None => swarm::Papers::None,
        Papers::First => swarm::Papers::First,
        Papers::All => swarm::Papers::All,
    };
    let options = Options { seats, headless, auto, data, port, papers, tls };
    let this = std::env::current_exe()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    match runtime.block_on(demo::run(&options, &this))? {
        Ended::Minutes(minutes) => {
            println!("{}", serde_json::to_string(&minutes)?);
            for wrong in &minutes.wrong {
                eprintln!("not as expected: {wrong}");
            }
            Ok(if minutes.ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        // A script that was stopped has shown nothing.
        Ended::Stopped if auto => Ok(ExitCode::FAILURE),
        Ended::Stopped => Ok(ExitCode::SUCCESS),
    }
}
