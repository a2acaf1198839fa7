//! What the seats measure together: presses, receipts, and when the same thing
//! reached the first seat and the last.

use super::report::{Measured, VoteReport};
use crate::figures::{Spread, millis};
use hemicycle_protocol::ids::{Hash, SeatId, Seq, Version, VoteId};
use hemicycle_protocol::refusal::Code;
use hemicycle_protocol::topic::{TopicName, Vote, VoteState};
use hemicycle_protocol::vote::{Ballot, Form, Method};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Versions whose way to the seats is followed at a time.
const MOST_VERSIONS: usize = 4096;

/// See the module.
#[derive(Debug, Default)]
pub struct Measure(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    connects: Vec<Duration>,
    last_connect: Option<Duration>,
    votes: BTreeMap<VoteId, OfVote>,
    versions: BTreeMap<(TopicName, Version), Way>,
    fan_outs: Vec<(usize, Duration)>,
}

/// From the first seat that saw something to the last.
#[derive(Clone, Copy, Debug)]
struct Way {
    first: Instant,
    last: Instant,
    seats: usize,
}

#[derive(Debug, Default)]
struct OfVote {
    title: String,
    kind: &'static str,
    method: Option<Method>,
    started: Option<Instant>,
    /// None: encrypted, nobody but the seat knows it.
    pressed: BTreeMap<SeatId, Option<Ballot>>,
    confirmed: BTreeMap<SeatId, Duration>,
    last_confirmed: Option<Instant>,
    receipts: BTreeMap<SeatId, BTreeSet<(Seq, Hash)>>,
    refused: BTreeMap<&'static str, u32>,
    steps: BTreeMap<&'static str, Way>,
}

impl Measure {
    /// A seat was welcomed so long after it asked for the connection, and so
    /// long after the beginning.
    pub fn connected(&self, took: Duration, since_beginning: Duration) {
        let mut inner = self.lock();
        inner.connects.push(took);
        inner.last_connect = Some(since_beginning);
    }

    /// A topic's value reached a seat.
    pub fn topic(&self, topic: TopicName, version: Version, at: Instant) {
        let mut inner = self.lock();
        if inner.versions.len() >= MOST_VERSIONS
            && let Some((_, way)) = inner.versions.pop_first()
        {
            inner.fan_outs.push((way.seats, way.time()));
        }
        see(inner.versions.entry((topic, version)).or_insert(Way::new(at)), at);
    }

    /// A vote reached a seat in a new state.
    pub fn vote_seen(&self, vote: &Vote, at: Instant) {
        let step = match vote.state {
            VoteState::Prepared => return,
            VoteState::Open => "opened",
            VoteState::Paused => "paused",
            VoteState::Closed => "closed",
            VoteState::Declared => "declared",
            VoteState::Annulled => "annulled",
        };
        let mut inner = self.lock();
        let of = inner.votes.entry(vote.id).or_default();
        if of.kind.is_empty() {
            of.title.clone_from(&vote.title);
            of.kind = kind(&vote.form);
            of.method = Some(vote.method);
        }
        see(of.steps.entry(step).or_insert(Way::new(at)), at);
    }

    /// Everybody presses now.
    pub fn started(&self, vote: VoteId, at: Instant) {
        self.lock().votes.entry(vote).or_default().started = Some(at);
    }

    /// A seat has submitted a ballot.
    pub fn pressed(&self, vote: VoteId, seat: SeatId, ballot: Option<Ballot>) {
        self.lock().votes.entry(vote).or_default().pressed.insert(seat, ballot);
    }

    /// A receipt reached a seat, verified or not.
    pub fn receipt(&self, vote: VoteId, seat: SeatId, seq: Seq, ballot: Hash) {
        let mut inner = self.lock();
        let of = inner.votes.entry(vote).or_default();
        of.receipts.entry(seat).or_default().insert((seq, ballot));
    }

    /// A seat has verified its receipt, so long after the press.
    pub fn confirmed(&self, vote: VoteId, seat: SeatId, took: Duration, at: Instant) {
        let mut inner = self.lock();
        let of = inner.votes.entry(vote).or_default();
        of.confirmed.entry(seat).or_insert(took);
        of.last_confirmed = of.last_confirmed.max(Some(at));
    }

    /// A seat's ballot was refused.
    pub fn refused(&self, vote: VoteId, code: Code) {
        *self.lock().votes.entry(vote).or_default().refused.entry(code.text()).or_default() += 1;
    }

    /// One vote so far.
    pub fn vote(&self, vote: VoteId) -> Option<VoteReport> {
        Some(self.lock().votes.get(&vote)?.report(vote))
    }

    /// Votes that were seen.
    pub fn votes(&self) -> Vec<VoteId> {
        self.lock().votes.keys().copied().collect()
    }

    /// Everything so far.
    pub fn report(&self) -> Measured {
        let inner = self.lock();
        let under_way = inner.versions.values().map(|way| (way.seats, way.time()));
        let fan_outs: Vec<_> = inner.fan_outs.iter().copied().chain(under_way).collect();
        // What went to nearly everybody; slow seats skip versions.
        let most = fan_outs.iter().map(|(seats, _)| *seats).max().unwrap_or(0);
        let to_all = fan_outs.iter().filter(|(seats, _)| seats * 20 >= most * 19);
        Measured {
            connect: Spread::of(inner.connects.iter().copied()),
            all_connected: inner.last_connect.map(millis),
            fan_out: Spread::of(to_all.clone().map(|(_, time)| *time)),
            fan_out_versions: to_all.count(),
            press_to_receipt: Spread::of(
                inner.votes.values().flat_map(|of| of.confirmed.values().copied()),
            ),
            votes: inner.votes.iter().map(|(id, of)| of.report(*id)).collect(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Way {
    fn new(at: Instant) -> Self {
        Self { first: at, last: at, seats: 0 }
    }

    fn time(&self) -> Duration {
        self.last.saturating_duration_since(self.first)
    }
}

fn see(way: &mut Way, at: Instant) {
    way.first = way.first.min(at);
    way.last = way.last.max(at);
    way.seats += 1;
}

impl OfVote {
    fn report(&self, vote: VoteId) -> VoteReport {
        let acknowledged = self.confirmed.len();
        let twice = self.receipts.values().filter(|r| r.len() > 1).count();
        let places: BTreeSet<Seq> = self.receipts.values().flatten().map(|(seq, _)| *seq).collect();
        let receipts: usize = self.receipts.values().map(BTreeSet::len).sum();
        let lost = self.pressed.keys().filter(|s| !self.confirmed.contains_key(s)).count();
        let last = self.started.zip(self.last_confirmed);
        let fan_out = |way: &Way| millis(way.time());
        VoteReport {
            vote,
            title: self.title.clone(),
            kind: self.kind.to_owned(),
            method: self.method,
            pressed: self.pressed.len(),
            acknowledged,
            lost,
            // Two receipts at one seat, or one place of the log for two seats.
            duplicated: twice + (receipts - places.len()),
            refused: self.refused.iter().map(|(c, n)| ((*c).to_owned(), *n)).collect(),
            press_to_receipt_ms: Spread::of(self.confirmed.values().copied()),
            last_receipt_ms: last.map(|(from, to)| millis(to.saturating_duration_since(from))),
            fan_out_ms: self.steps.iter().map(|(s, w)| ((*s).to_owned(), fan_out(w))).collect(),
            ballots: self.pressed.clone(),
            confirmed: self.confirmed.keys().copied().collect(),
        }
    }
}

/// The kind's name on the wire.
pub fn kind(form: &Form) -> &'static str {
    match form {
        Form::Motion => "motion",
        Form::Personnel { .. } => "personnel",
        Form::Satisfaction { .. } => "satisfaction",
        Form::Plurality { .. } => "plurality",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hemicycle_protocol::ids::Hex;
    use hemicycle_protocol::vote::Choice;

    #[test]
    fn losses_and_doubles_are_told() {
        let measure = Measure::default();
        let vote = VoteId(1);
        let ballot = Ballot::Motion { choice: Choice::For };
        let now = Instant::now();
        for seat in 1..=4 {
            measure.pressed(vote, SeatId(seat), Some(ballot.clone()));
        }
        for seat in 1..=3 {
            measure.receipt(vote, SeatId(seat), Seq(seat.into()), Hex([0; 32]));
            measure.confirmed(vote, SeatId(seat), Duration::from_millis(seat.into()), now);
        }
        let report = measure.vote(vote).unwrap();
        assert_eq!((report.pressed, report.acknowledged), (4, 3));
        assert_eq!((report.lost, report.duplicated), (1, 0));
        // The same receipt again is one receipt.
        measure.receipt(vote, SeatId(1), Seq(1), Hex([0; 32]));
        assert_eq!(measure.vote(vote).unwrap().duplicated, 0);
        measure.receipt(vote, SeatId(1), Seq(9), Hex([0; 32]));
        assert_eq!(measure.vote(vote).unwrap().duplicated, 1);
        measure.receipt(vote, SeatId(4), Seq(3), Hex([0; 32]));
        assert_eq!(measure.vote(vote).unwrap().duplicated, 2);
    }
}
