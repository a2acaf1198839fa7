//! Read receipts (阅读回执): how far a paper has come at a seat, as the seat
//! reports it and as the console is shown it.

use crate::ids::{Bits, Hash, PaperId};
use serde::{Deserialize, Serialize};

/// How far a paper has come at a seat. Each step holds the ones before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// 已送达: it is there whole, and checked against its hash.
    Held,
    /// 已打开: the person at the seat has had it on the screen.
    Opened,
    /// 已读完: its last page was reached.
    Ended,
}

/// What a seat reports of one version of a paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct ReadPaper {
    pub paper: PaperId,
    /// The version's.
    pub hash: Hash,
    pub reach: Reach,
}

/// Topic `reading`: of every paper on the agenda, in order, how far its valid
/// version has come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Reading {
    /// The meeting keeps read receipts. If not, there are no papers here.
    pub kept: bool,
    pub papers: Vec<PaperReading>,
}

/// One paper; one bit a person, in the order of the roll.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct PaperReading {
    pub paper: PaperId,
    pub version: u32,
    /// Whom it is for; empty: everybody.
    #[serde(default, skip_serializing_if = "Bits::is_empty")]
    pub readers: Bits,
    /// At whose seat a terminal is connected that holds it.
    pub held: Bits,
    pub opened: Bits,
    pub ended: Bits,
}
