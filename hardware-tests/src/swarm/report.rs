//! What was measured, as it is printed.

use super::table::Standing;
use crate::figures::Spread;
use crate::socket::Traffic;
use hemicycle_protocol::ids::{SeatId, VoteId};
use hemicycle_protocol::vote::{Ballot, Method};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;

/// Everything, one line of JSON.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    pub seats: usize,
    /// Seats that were welcomed at least once.
    pub connected: usize,
    /// Welcomes after the first.
    pub reconnected: u32,
    pub signed_in: usize,
    pub acknowledged: usize,
    pub lost: usize,
    pub duplicated: usize,
    pub refused: u32,
    pub press_to_receipt_ms: Option<Spread>,
    pub connect_ms: Option<Spread>,
    /// From the start until the last seat was welcomed.
    pub all_connected_ms: Option<f64>,
    /// The same value of a topic, from the first seat to the last.
    pub fan_out_ms: Option<Spread>,
    pub fan_out_versions: usize,
    pub bytes_in: u64,
    pub bytes_out: u64,
    pub paper_bytes: u64,
    pub votes: Vec<VoteReport>,
}

/// One vote.
#[derive(Clone, Debug, Serialize)]
pub struct VoteReport {
    pub vote: VoteId,
    pub title: String,
    pub kind: String,
    /// None: no seat has seen it.
    pub method: Option<Method>,
    /// Ballots that were submitted.
    pub pressed: usize,
    /// Those whose receipt was verified at the seat.
    pub acknowledged: usize,
    /// Submitted, and no receipt.
    pub lost: usize,
    pub duplicated: usize,
    /// Refusals, by their code.
    pub refused: BTreeMap<String, u32>,
    pub press_to_receipt_ms: Option<Spread>,
    /// From the instant in which all pressed to the last receipt.
    pub last_receipt_ms: Option<f64>,
    /// Opened, closed, declared: from the first seat that saw it to the last.
    pub fan_out_ms: BTreeMap<String, f64>,
    /// What was submitted.
    #[serde(skip)]
    pub ballots: BTreeMap<SeatId, Option<Ballot>>,
    /// Whose receipt was verified.
    #[serde(skip)]
    pub confirmed: BTreeSet<SeatId>,
}

/// What the seats measured together.
#[derive(Clone, Debug)]
pub(super) struct Measured {
    pub connect: Option<Spread>,
    pub all_connected: Option<f64>,
    pub fan_out: Option<Spread>,
    pub fan_out_versions: usize,
    pub press_to_receipt: Option<Spread>,
    pub votes: Vec<VoteReport>,
}

impl Report {
    pub(super) fn new(lines: &[Standing], traffic: &Traffic, measured: Measured) -> Self {
        let Measured { connect, all_connected, fan_out, fan_out_versions, press_to_receipt, votes } =
            measured;
        let sum = |of: fn(&VoteReport) -> usize| votes.iter().map(of).sum();
        Self {
            seats: lines.len(),
            connected: lines.iter().filter(|l| l.welcomes > 0).count(),
            reconnected: lines.iter().map(|l| l.welcomes.saturating_sub(1)).sum(),
            signed_in: lines.iter().filter(|l| l.signed_in).count(),
            acknowledged: sum(|v| v.acknowledged),
            lost: sum(|v| v.lost),
            duplicated: sum(|v| v.duplicated),
            refused: votes.iter().flat_map(|v| v.refused.values()).sum(),
            press_to_receipt_ms: press_to_receipt,
            connect_ms: connect,
            all_connected_ms: all_connected,
            fan_out_ms: fan_out,
            fan_out_versions,
            bytes_in: traffic.received.load(Ordering::Relaxed),
            bytes_out: traffic.sent.load(Ordering::Relaxed),
            paper_bytes: 0,
            votes,
        }
    }

    pub(super) fn with_papers(self, paper_bytes: u64) -> Self {
        Self { paper_bytes, ..self }
    }
}
