//! `hemicycle-swarm`: many virtual seats in one process against a server that
//! runs. Prints what it measured as one line of JSON.

use anyhow::{Context, bail};
use clap::Parser;
use hemicycle_hardware_tests::sample::Sample;
use hemicycle_hardware_tests::socket::Address;
use hemicycle_hardware_tests::swarm::{Options, Pace, Papers, Press, Standing, Swarm};
use hemicycle_hardware_tests::{demo, limits};
use hemicycle_protocol::ids::{SeatId, VoteId};
use hemicycle_protocol::topic::{Phase, VoteState};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

/// Virtual seats. They sign in, press in every vote, and stay until the
/// meeting is closed, or Ctrl-C.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// The server's address, such as http://127.0.0.1:8480
    #[arg(long)]
    server: String,
    /// Number of seats
    #[arg(long)]
    seats: u16,
    /// The first seat; the others follow
    #[arg(long, default_value_t = 1)]
    first: u16,
    /// Press as this script says (choices.json, with its meeting.json beside it)
    #[arg(long, conflicts_with = "random")]
    choices: Option<PathBuf>,
    /// Press by chance, the same for the same number
    #[arg(long, default_value_t = 0)]
    random: u64,
    /// Seats that never sign in: 4,7,19
    #[arg(long, value_delimiter = ',', conflicts_with = "choices")]
    leave: Vec<u16>,
    /// Press at different times within so many seconds, not in the same instant
    #[arg(long)]
    within: Option<f32>,
    /// Where the seats' keys are kept, so that they can come again [default: new ones]
    #[arg(long)]
    keys: Option<PathBuf>,
    /// Take all papers, not only the beginning of one
    #[arg(long)]
    all_papers: bool,
    /// Leave after so many votes
    #[arg(long)]
    votes: Option<usize>,
}

fn main() -> ExitCode {
    match start(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("hemicycle-swarm: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn start(arguments: Arguments) -> anyhow::Result<()> {
    let files = limits::raise_open_files();
    let needed = u64::from(arguments.seats) + 64;
    if files < needed {
        bail!("{files} open files are allowed here and {needed} are needed: ulimit -n {needed}");
    }
    let options = options(&arguments)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let report = runtime.block_on(async {
        let swarm = Swarm::start(options);
        let most = arguments.votes.unwrap_or(usize::MAX);
        let mut over = BTreeSet::new();
        let seen = std::sync::Mutex::new(&mut over);
        let end = swarm.until("the end of the meeting", FOREVER, |seats| {
            let Ok(mut over) = seen.lock() else { return true };
            over.extend(ended_everywhere(seats));
            over.len() >= most || seats.iter().all(|s| s.phase == Some(Phase::Closed))
        });
        tokio::select! {
            end = end => end?,
            stop = tokio::signal::ctrl_c() => stop?,
        }
        anyhow::Ok(swarm.stop().await)
    })?;
    println!("{}", serde_json::to_string(&report)?);
    if report.lost > 0 || report.duplicated > 0 {
        bail!("{} ballots lost, {} duplicated", report.lost, report.duplicated);
    }
    Ok(())
}

/// The vote that every seat sees before the room, if it takes no more ballots.
fn ended_everywhere(seats: &[Standing]) -> Option<VoteId> {
    let first = seats.first()?.vote.as_ref()?.id;
    let ended = |seat: &Standing| {
        seat.vote.as_ref().is_some_and(|v| {
            v.id == first && !matches!(v.state, VoteState::Open | VoteState::Paused)
        })
    };
    seats.iter().all(ended).then_some(first)
}

/// Longer than any meeting.
const FOREVER: Duration = Duration::from_secs(30 * 24 * 3600);

fn options(arguments: &Arguments) -> anyhow::Result<Options> {
    let last = arguments.first.checked_add(arguments.seats.saturating_sub(1));
    let last = last.context("there is no such seat number")?;
    let press = match &arguments.choices {
        Some(path) => Press::Sample(Box::new(Sample::read(path)?)),
        None => Press::Chance {
            seed: arguments.random,
            absent: arguments.leave.iter().copied().map(SeatId).collect(),
        },
    };
    let mut secret = [0; 32];
    match &arguments.keys {
        Some(path) => secret = demo::secret(path)?,
        None => getrandom::fill(&mut secret).context("no random numbers")?,
    }
    let pace = match arguments.within {
        Some(seconds) => Pace::Within(
            Duration::try_from_secs_f32(seconds).context("--within wants a number of seconds")?,
        ),
        None => Pace::Together,
    };
    Ok(Options {
        server: Address::parse(&arguments.server)?,
        seats: (arguments.first..=last).map(SeatId).collect(),
        press: Arc::new(press),
        pace,
        papers: if arguments.all_papers { Papers::All } else { Papers::First },
        secret,
    })
}
