//! How long honest seats wait for their receipts while neighbours mean harm, held
//! against how long they wait when it is quiet, turn by turn in one run.

use crate::clerk::{Clerk, ClerkError, Session};
use crate::figures::Spread;
use crate::host::{CLERK, HostError, Programs};
use crate::hostile::{Neighbours, Siege, knock};
use crate::swarm::{Options, Pace, Papers, Press, Standing, Stuck, Swarm};
use hemicycle_protocol::ids::{ItemId, SeatId, VoteId};
use hemicycle_protocol::topic::{ItemKind, Standing as Role, VoteState};
use hemicycle_protocol::vote::{Form, Method, Preset, Rule};
use hemicycle_protocol::wire::{Command, RosterRow, VoteSpec};
use serde::Serialize;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use thiserror::Error;

/// An end for what hangs.
const LIMIT: Duration = Duration::from_secs(180);
/// Until the neighbours are all there, and some were sent away and came again.
const SETTLE: Duration = Duration::from_secs(12);
/// Connections whose memory is measured.
const CONNECTIONS: usize = 1000;
/// What the server says on standard error.
pub const LOG: &str = "server.log";

/// See the module.
#[derive(Clone, Debug, Serialize)]
pub struct Besieged {
    pub seats: u16,
    pub neighbours: Neighbours,
    pub quiet: Vec<Round>,
    pub attacked: Vec<Round>,
    /// The middle p99 under attack, in quiet ones.
    pub ratio: f64,
    /// Memory of the server for each TLS connection of a terminal that is quiet, in KiB.
    pub connection_kib: f64,
    /// The most memory that the server has had, before the first attack and at the end.
    pub peak_kib_quiet: u64,
    pub peak_kib_attacked: u64,
    /// What the neighbours did.
    pub opened: u64,
    pub ended: u64,
    pub commands: u64,
    /// Lines that the log has of them.
    pub log_lines: Vec<String>,
}

/// One vote.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Round {
    pub acknowledged: usize,
    pub press_to_receipt_ms: Option<Spread>,
}

/// Why nothing was measured.
#[derive(Debug, Error)]
pub enum SiegeError {
    #[error(transparent)]
    Host(#[from] HostError),
    #[error(transparent)]
    Clerk(#[from] ClerkError),
    #[error(transparent)]
    Stuck(#[from] Stuck),
    #[error(transparent)]
    Io(#[from] std::io::Error),
    #[error("{0} was made and has no number")]
    NoNumber(&'static str),
    #[error("vote {0}: {1} of {2} have a receipt")]
    Receipts(VoteId, usize, u16),
}

/// Holds so many votes in quiet and as many under attack, turn by turn.
pub async fn besiege(
    programs: &Programs,
    folder: &Path,
    seats: u16,
    rounds: usize,
    neighbours: Neighbours,
) -> Result<Besieged, SiegeError> {
    let data = folder.join("server");
    let log = folder.join(LOG);
    let password = programs.set_clerk(&data).await?;
    let host = programs.serve(&data, 0, &log).await?;
    let session = Session::sign_in(&host.address, CLERK, &password).await?;
    let clerk = Clerk::open(&session).await?;
    let row = |seat: u16| RosterRow {
        seat: SeatId(seat),
        name: format!("委员{seat}"),
        title: String::new(),
        standing: Role::Member,
        chair: seat == 1,
    };
    let people = (1..=seats).map(row).collect();
    clerk.ask(Command::ImportRoster { people, layout: vec![] }).await?;
    let (title, short) = ("决定".to_owned(), "决定".to_owned());
    let item = clerk.ask(Command::AddItem { title, short, kind: ItemKind::Decision }).await?.made;
    let item = ItemId(item.ok_or(SiegeError::NoNumber("an item"))?);
    let swarm = Swarm::start(Options {
        server: host.address.over_tls(),
        seats: (1..=seats).map(SeatId).collect(),
        press: Arc::new(Press::All(0)),
        pace: Pace::Together,
        papers: Papers::None,
        secret: [9; 32],
    });
    let seated = |now: &[Standing]| now.iter().all(|seat| seat.online);
    swarm.until("every seat", LIMIT, seated).await?;
    clerk.ask(Command::OpenSignIn).await?;
    let here = |now: &[Standing]| now.iter().all(|seat| seat.signed_in);
    swarm.until("everybody to sign in", LIMIT, here).await?;
    clerk.ask(Command::OpenMeeting).await?;
    clerk.ask(Command::StartItem { item }).await?;

    let before = host.now_kib().unwrap_or_default();
    let quiet_ones = knock(&host.address, CONNECTIONS).await;
    let grown = host.now_kib().unwrap_or_default().saturating_sub(before);
    let connection_kib = grown as f64 / quiet_ones.len().max(1) as f64;
    drop(quiet_ones);

    let (mut quiet, mut attacked) = (Vec::new(), Vec::new());
    let (mut opened, mut ended, mut commands, mut peak_kib_quiet) = (0, 0, 0, 0);
    // The first is for the machine to get warm.
    round(&clerk, &swarm, item, seats).await?;
    for turn in 0..rounds {
        quiet.push(round(&clerk, &swarm, item, seats).await?);
        if turn == 0 {
            peak_kib_quiet = host.peak_kib().unwrap_or_default();
        }
        let siege = Siege::begin(&host.address, neighbours);
        tokio::time::sleep(SETTLE).await;
        attacked.push(round(&clerk, &swarm, item, seats).await?);
        opened += siege.done.opened.load(Ordering::Relaxed);
        ended += siege.done.ended.load(Ordering::Relaxed);
        commands += siege.done.commands.load(Ordering::Relaxed);
    }
    let peak_kib_attacked = host.peak_kib().unwrap_or_default();
    clerk.ask(Command::FinishItem { item }).await?;
    clerk.ask(Command::CloseMeeting).await?;
    swarm.stop().await;
    drop(clerk);
    host.stop().await?;
    let said = std::fs::read_to_string(&log)?;
    let log_lines = said.lines().filter(|line| line.contains("connections: "));
    let ratio = middle(&attacked) / middle(&quiet);
    Ok(Besieged {
        seats,
        neighbours,
        quiet,
        attacked,
        connection_kib: (connection_kib * 10.0).round() / 10.0,
        ratio: (ratio * 100.0).round() / 100.0,
        peak_kib_quiet,
        peak_kib_attacked,
        opened,
        ended,
        commands,
        log_lines: log_lines.map(str::to_owned).collect(),
    })
}

/// One recorded vote in which everybody presses in the same instant.
async fn round(
    clerk: &Clerk,
    swarm: &Swarm,
    item: ItemId,
    seats: u16,
) -> Result<Round, SiegeError> {
    let spec = VoteSpec {
        title: "决定".into(),
        form: Form::Motion,
        method: Method::Recorded,
        rule: Rule::preset(Preset::Committee),
        seconds: None,
        signatories: 0,
    };
    let made = clerk.ask(Command::AddVote { item, spec }).await?.made;
    let vote = VoteId(made.ok_or(SiegeError::NoNumber("a vote"))?);
    clerk.ask(Command::OpenVote { vote }).await?;
    let confirmed = |now: &[Standing]| now.iter().all(|seat| seat.confirmed == Some(vote));
    swarm.until("a receipt at every seat", LIMIT, confirmed).await?;
    clerk.ask(Command::CloseVote { vote }).await?;
    clerk.ask(Command::DeclareVote { vote }).await?;
    let over = |now: &[Standing]| {
        let declared = |seat: &Standing| {
            seat.vote.as_ref().is_some_and(|v| v.id == vote && v.state == VoteState::Declared)
        };
        now.iter().all(declared)
    };
    swarm.until("the result at every seat", LIMIT, over).await?;
    let report = swarm.vote(vote);
    let acknowledged = report.as_ref().map_or(0, |report| report.acknowledged);
    if acknowledged != usize::from(seats) {
        return Err(SiegeError::Receipts(vote, acknowledged, seats));
    }
    let press_to_receipt_ms = report.and_then(|report| report.press_to_receipt_ms);
    Ok(Round { acknowledged, press_to_receipt_ms })
}

fn middle(rounds: &[Round]) -> f64 {
    let times = rounds.iter().filter_map(|round| round.press_to_receipt_ms);
    let mut p99: Vec<f64> = times.map(|spread| spread.p99).collect();
    p99.sort_by(f64::total_cmp);
    p99.get(p99.len() / 2).copied().unwrap_or_default()
}
