//! `hemicycle-bench`: a scripted meeting of the real server with many seats,
//! held against what the machine can do bare, as one line of JSON.

use clap::Parser;
use hemicycle_hardware_tests::bench::{self, Bare};
use hemicycle_hardware_tests::demo::minutes::{Held, Minutes};
use hemicycle_hardware_tests::demo::{self, Ended, Options};
use hemicycle_hardware_tests::distribution::distribute;
use hemicycle_hardware_tests::host::Programs;
use hemicycle_hardware_tests::hostile::Neighbours;
use hemicycle_hardware_tests::presenting::present;
use hemicycle_hardware_tests::siege::besiege;
use hemicycle_hardware_tests::swarm::Papers;
use hemicycle_hardware_tests::{guard, limits};
use hemicycle_protocol::vote::Method;
use std::path::Path;
use std::process::ExitCode;

/// The whole sample meeting with many seats, and the machine's bare limits.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Members
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(31..=4000))]
    seats: u32,
    /// The seats speak TLS
    #[arg(long)]
    tls: bool,
    /// In place of a meeting: how long receipts take beside hostile neighbours, over TLS, against
    /// a quiet network
    #[arg(long, conflicts_with = "tls")]
    hostile: bool,
    /// In place of a meeting: a paper of so many MiB goes to every seat, over TLS, and how long
    /// receipts take meanwhile, against quiet
    #[arg(long, value_name = "MIB", conflicts_with_all = ["tls", "hostile"],
          value_parser = clap::value_parser!(u16).range(1..=200))]
    paper: Option<u16>,
    /// In place of a meeting: pages are turned for all to follow, so many times, over TLS
    #[arg(long, value_name = "TURNS", conflicts_with_all = ["tls", "hostile", "paper"])]
    present: Option<u16>,
    /// Votes of each kind, with --hostile and --paper
    #[arg(long, default_value_t = 5)]
    rounds: usize,
}

fn main() -> ExitCode {
    if let Some(code) = guard::main_if_asked() {
        return code;
    }
    limits::raise_open_files();
    match start(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("hemicycle-bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn start(arguments: &Arguments) -> anyhow::Result<()> {
    let this = std::env::current_exe()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let folder = tempfile::tempdir()?;
        if arguments.hostile {
            let (seats, rounds) = (u16::try_from(arguments.seats)?, arguments.rounds);
            let programs = Programs::beside(&this)?;
            let neighbours = Neighbours::MANY;
            let figures = besiege(&programs, folder.path(), seats, rounds, neighbours).await?;
            println!("{}", serde_json::to_string(&figures)?);
            return Ok(());
        }
        if let Some(mib) = arguments.paper {
            let (seats, rounds) = (u16::try_from(arguments.seats)?, arguments.rounds);
            let programs = Programs::beside(&this)?;
            let figures = distribute(&programs, folder.path(), seats, mib.into(), rounds).await?;
            println!("{}", serde_json::to_string(&figures)?);
            return Ok(());
        }
        if let Some(turns) = arguments.present {
            let seats = u16::try_from(arguments.seats)?;
            let programs = Programs::beside(&this)?;
            let figures = present(&programs, folder.path(), seats, turns.into()).await?;
            println!("{}", serde_json::to_string(&figures)?);
            return Ok(());
        }
        let seats = usize::try_from(arguments.seats)?;
        let before = bare(seats, folder.path(), "before").await?;
        let options = Options {
            seats: arguments.seats,
            headless: true,
            auto: true,
            data: None,
            port: 0,
            papers: Papers::None,
            tls: arguments.tls,
        };
        let minutes = match demo::run(&options, &this).await? {
            Ended::Minutes(minutes) => minutes,
            Ended::Stopped => anyhow::bail!("stopped"),
        };
        // Before and after: the machine may have been busy with something else.
        let after = bare(seats, folder.path(), "after").await?;
        let bare = [before, after].concat();
        let figures = serde_json::json!({
            "seats": seats,
            "tls": arguments.tls,
            "recorded": against(&bare, &minutes, Method::Recorded),
            "secret": against(&bare, &minutes, Method::Secret),
            "bare": bare,
            "meeting": minutes,
        });
        println!("{figures}");
        anyhow::ensure!(minutes.ok, "not as expected: {:?}", minutes.wrong);
        Ok(())
    })
}

/// What the machine can do bare, for ballots of both kinds.
async fn bare(seats: usize, folder: &Path, name: &str) -> anyhow::Result<Vec<Bare>> {
    let mut measured = Vec::new();
    for method in [Method::Recorded, Method::Secret] {
        let name = format!("{name}-{method:?}");
        measured.push(bench::bare(seats, method, folder, &name).await?);
    }
    Ok(measured)
}

/// The votes of one kind against what is possible; null: there was none.
fn against(bare: &[Bare], minutes: &Minutes, method: Method) -> Option<serde_json::Value> {
    let votes: Vec<&Held> = minutes.votes.iter().filter(|v| v.method == method).collect();
    let times: Vec<f64> = votes.iter().filter_map(|v| v.last_receipt_ms).collect();
    let bare: Vec<f64> =
        bare.iter().filter(|b| b.method == method).map(|b| b.sent_to_answer_ms.max).collect();
    let bare = bare.iter().sum::<f64>() / bare.len() as f64;
    let mut sorted = times.clone();
    sorted.sort_by(f64::total_cmp);
    let typical = sorted.get(sorted.len() / 2)?;
    Some(serde_json::json!({
        "press_to_receipt_ms": votes.iter().map(|v| v.times).collect::<Vec<_>>(),
        "last_receipt_ms": times,
        "close_to_hall_ms": votes.iter().map(|v| v.close_to_hall_ms).collect::<Vec<_>>(),
        "typical_to_bare": (typical / bare * 10.0).round() / 10.0,
    }))
}
