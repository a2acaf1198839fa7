//! How long honest seats wait for their receipts while neighbours mean harm, held
//! against how long they wait when it is quiet, turn by turn in one run.

use crate::ground::{Ground, GroundError, Round, ratio};
use crate::host::Programs;
use crate::hostile::{Neighbours, Siege, knock};
use crate::swarm::Papers;
use serde::Serialize;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::Duration;

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

/// Holds so many votes in quiet and as many under attack, turn by turn.
pub async fn besiege(
    programs: &Programs,
    folder: &Path,
    seats: u16,
    rounds: usize,
    neighbours: Neighbours,
) -> Result<Besieged, GroundError> {
    let (data, log) = (folder.join("server"), folder.join(LOG));
    let ground = Ground::open(programs, &data, &log, seats, Papers::None).await?;
    let host = &ground.host;

    let before = host.now_kib().unwrap_or_default();
    let quiet_ones = knock(&host.address, CONNECTIONS).await;
    let grown = host.now_kib().unwrap_or_default().saturating_sub(before);
    let connection_kib = grown as f64 / quiet_ones.len().max(1) as f64;
    drop(quiet_ones);

    let (mut quiet, mut attacked) = (Vec::new(), Vec::new());
    let (mut opened, mut ended, mut commands, mut peak_kib_quiet) = (0, 0, 0, 0);
    // The first is for the machine to get warm.
    ground.round().await?;
    for turn in 0..rounds {
        quiet.push(ground.round().await?);
        if turn == 0 {
            peak_kib_quiet = host.peak_kib().unwrap_or_default();
        }
        let siege = Siege::begin(&host.address, neighbours)?;
        tokio::time::sleep(SETTLE).await;
        attacked.push(ground.round().await?);
        opened += siege.done.opened.load(Ordering::Relaxed);
        ended += siege.done.ended.load(Ordering::Relaxed);
        commands += siege.done.commands.load(Ordering::Relaxed);
    }
    let peak_kib_attacked = host.peak_kib().unwrap_or_default();
    ground.close().await?;
    let said = std::fs::read_to_string(&log)?;
    let log_lines = said.lines().filter(|line| line.contains("connections: "));
    Ok(Besieged {
        seats,
        neighbours,
        connection_kib: (connection_kib * 10.0).round() / 10.0,
        ratio: ratio(&attacked, &quiet),
        quiet,
        attacked,
        peak_kib_quiet,
        peak_kib_attacked,
        opened,
        ended,
        commands,
        log_lines: log_lines.map(str::to_owned).collect(),
    })
}
