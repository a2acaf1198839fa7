//! `hemicycle-bench`: a scripted meeting of the real server with many seats,
//! held against what the machine can do bare, as one line of JSON.

use clap::Parser;
use hemicycle_hardware_tests::demo::{self, Ended, Options};
use hemicycle_hardware_tests::swarm::Papers;
use hemicycle_hardware_tests::{bench, guard, limits};
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
        let seats = usize::try_from(arguments.seats)?;
        let before = bench::bare(seats, folder.path(), "before").await?;
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
        let after = bench::bare(seats, folder.path(), "after").await?;
        let bare = (before.sent_to_answer_ms.max + after.sent_to_answer_ms.max) / 2.0;
        let mut last: Vec<f64> = minutes.votes.iter().filter_map(|v| v.last_receipt_ms).collect();
        last.sort_by(f64::total_cmp);
        let typical = last.get(last.len() / 2).copied().unwrap_or_default();
        let figures = serde_json::json!({
            "seats": seats,
            "tls": arguments.tls,
            "bare": [before, after],
            "last_receipt_ms": last,
            "typical_to_bare": (typical / bare * 10.0).round() / 10.0,
            "meeting": minutes,
        });
        println!("{figures}");
        anyhow::ensure!(minutes.ok, "not as expected: {:?}", minutes.wrong);
        Ok(())
    })
}
