//! `live-sums.json`: the sums of a secret vote that were opened while it ran,
//! with the parts that opened them and both their proofs. The parts and counts
//! follow from the log; the archive beside it tells which ballots they are of.
//! Checked by `verify/live_sums.rs`.

use super::read_part;
use hemicycle_meeting::state::secret::{LiveStep, Sealed};
use hemicycle_protocol::ballot::records::{PartialDecryption, Proof};
use hemicycle_protocol::ballot::scalar::RecordHash;
use hemicycle_protocol::vote::Count;
use serde::Serialize;

/// The file.
#[derive(Debug, Serialize)]
struct LiveSums<'a> {
    version: u32,
    /// Any two sums of the vote differ by at least so many ballots.
    step: u32,
    sums: Vec<LiveSum<'a>>,
}

#[derive(Debug, Serialize)]
struct LiveSum<'a> {
    /// It is the sum of so many ballots, the first ones in the archive.
    ballots: u32,
    /// Hash of the event of the last of them.
    last: RecordHash,
    parts: Vec<GivenPart>,
    /// None: the vote closed before enough parts were there.
    count: Option<&'a Count>,
}

#[derive(Debug, Serialize)]
struct GivenPart {
    owner: u32,
    partial: PartialDecryption,
    /// The second proofs, question by answer.
    proofs: Vec<Vec<Proof>>,
}

/// Does a vote leave such a file?
pub fn has_any(sealed: &Sealed) -> bool {
    !sealed.live_sums.is_empty()
}

/// Its bytes; `events` are the hashes of the archive's events in order.
pub fn bytes(sealed: &Sealed, events: &[RecordHash]) -> Result<Vec<u8>, String> {
    let sums = sealed.live_sums.iter().map(|step| sum(step, events));
    let sums = sums.collect::<Result<_, String>>()?;
    let file = LiveSums { version: 1, step: sealed.live.unwrap_or_default(), sums };
    serde_json::to_vec(&file).map_err(|e| e.to_string())
}

fn sum<'a>(step: &'a LiveStep, events: &[RecordHash]) -> Result<LiveSum<'a>, String> {
    let place = usize::try_from(step.ballots).unwrap_or(usize::MAX);
    let last = events.get(place).ok_or("a live sum of more ballots than there are")?;
    let mut parts = Vec::new();
    for part in &step.parts {
        let opened = read_part(part)?;
        let (owner, partial, proofs) = (opened.owner, opened.partial, opened.second);
        parts.push(GivenPart { owner, partial, proofs });
    }
    let (ballots, count) = (step.ballots, step.count.as_ref());
    Ok(LiveSum { ballots, last: *last, parts, count })
}
