//! What came out of a scripted meeting, as its one line of JSON says it.

use crate::figures::Spread;
use crate::swarm::Report;
use hemicycle_protocol::topic;
use hemicycle_protocol::vote::{Count, Method, Verdict};
use serde::Serialize;
use std::path::PathBuf;

/// The whole meeting.
#[derive(Clone, Debug, Serialize)]
pub struct Minutes {
    /// Everything was as it must be.
    pub ok: bool,
    pub attendance: Attendance,
    pub votes: Vec<Held>,
    pub acknowledged: usize,
    pub lost: usize,
    pub duplicated: usize,
    /// What was not.
    pub wrong: Vec<String>,
    /// What the virtual seats measured.
    pub seats: Option<Seats>,
    /// The most memory that the server has had.
    pub server_peak_kib: Option<u64>,
    /// The key of the secret votes.
    pub scrutiny: Option<Scrutiny>,
    /// The exported record, which `hemicycle verify` has found right.
    pub record: Option<PathBuf>,
}

/// How the scrutineers' terminals made the key.
#[derive(Clone, Debug, Serialize)]
pub struct Scrutiny {
    pub scrutineers: usize,
    pub threshold: u32,
    /// What they compare.
    pub code: String,
    /// From the clerk's press to the key.
    pub key_ms: f64,
}

/// Who was there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Attendance {
    pub members: u32,
    pub present: u32,
    pub on_leave: u32,
    pub missing: u32,
    pub attendees: u32,
    pub quorum: u32,
}

/// One vote.
#[derive(Clone, Debug, Serialize)]
pub struct Held {
    pub title: String,
    pub kind: String,
    pub method: Method,
    pub count: Option<Count>,
    pub unpressed: Option<u32>,
    pub members: u32,
    pub present: u32,
    pub verdict: Option<Verdict>,
    /// Receipts verified at the seats.
    pub acknowledged: usize,
    /// Pressed, and without a receipt or not in the record.
    pub lost: usize,
    /// Twice in the record, or in it without having been pressed.
    pub duplicated: usize,
    /// Ballots in the record.
    pub recorded: usize,
    /// Of a secret vote: seats that found their own ballot in the record.
    pub found: Option<usize>,
    /// From the instant in which all pressed.
    #[serde(rename = "press_to_receipt_ms")]
    pub times: Option<Spread>,
    pub last_receipt_ms: Option<f64>,
    /// From the clerk's press to the count at the last seat.
    pub close_to_count_ms: f64,
    /// The same to the hall screen.
    pub close_to_hall_ms: Option<f64>,
}

/// The virtual seats.
#[derive(Clone, Debug, Serialize)]
pub struct Seats {
    pub connected: usize,
    pub reconnected: u32,
    pub connect_ms: Option<Spread>,
    pub all_connected_ms: Option<f64>,
    pub fan_out_ms: Option<Spread>,
    pub bytes_in: u64,
    pub bytes_out: u64,
    pub paper_bytes: u64,
}

impl Minutes {
    pub(super) fn new(attendance: Attendance, votes: Vec<Held>, wrong: Vec<String>) -> Self {
        let sum = |of: fn(&Held) -> usize| votes.iter().map(of).sum();
        Self {
            ok: wrong.is_empty(),
            attendance,
            acknowledged: sum(|v| v.acknowledged),
            lost: sum(|v| v.lost),
            duplicated: sum(|v| v.duplicated),
            votes,
            wrong,
            seats: None,
            server_peak_kib: None,
            scrutiny: None,
            record: None,
        }
    }

    /// With the record that was exported and checked; or what is wrong with it.
    pub(super) fn with_record(mut self, record: Result<PathBuf, String>) -> Self {
        match record {
            Ok(folder) => self.record = Some(folder),
            Err(why) => {
                self.ok = false;
                self.wrong.push(why);
            }
        }
        self
    }

    pub(super) fn with(self, report: Report) -> Self {
        let seats = Some(Seats {
            connected: report.connected,
            reconnected: report.reconnected,
            connect_ms: report.connect_ms,
            all_connected_ms: report.all_connected_ms,
            fan_out_ms: report.fan_out_ms,
            bytes_in: report.bytes_in,
            bytes_out: report.bytes_out,
            paper_bytes: report.paper_bytes,
        });
        Self { seats, ..self }
    }
}

impl Attendance {
    pub(super) fn of(now: &topic::Attendance) -> Self {
        Self {
            members: now.members,
            present: now.present,
            on_leave: now.on_leave,
            missing: now.missing,
            attendees: now.attendees,
            quorum: now.quorum,
        }
    }
}

impl Held {
    /// In a few words.
    pub(super) fn line(&self) -> String {
        let count = match &self.count {
            Some(Count::Motion { tally }) => {
                format!("赞成 {} 反对 {} 弃权 {}", tally.in_favour, tally.against, tally.abstain)
            }
            Some(Count::Personnel { tallies }) => {
                let each: Vec<_> = tallies.iter().map(|t| t.in_favour.to_string()).collect();
                format!("赞成 {}", each.join("/"))
            }
            Some(Count::Satisfaction { .. } | Count::Plurality { .. }) | None => String::new(),
        };
        let last = self.last_receipt_ms.map_or(String::new(), |ms| format!("，{ms} ms"));
        format!("{}: {count}，回执 {}{last}", self.title, self.acknowledged)
    }
}
