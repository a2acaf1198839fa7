//! Encrypted ballots on their way in: their proofs are checked here, by all
//! processors, many at once when many come at once. What holds goes on to the
//! room; what does not is refused, and costs nobody but its sender: whoever
//! has sent some bad ones is made to wait.

use super::os_random;
use super::poll::Poll;
use crate::intake::Incoming;
use crate::room::{CheckedCast, Evidence, Request, What};
use crate::secret::Polls;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hemicycle_protocol::ballot::hints::Hints;
use hemicycle_protocol::ballot::verify::{CheckedBallot, Submission, verify_many};
use hemicycle_protocol::ids::{Hash, Hex, Key, MemberId, VoteId};
use hemicycle_protocol::refusal::{Code, Refusal};
use hemicycle_protocol::wire::{Answer, Command};
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// Ballots that wait for their check at most.
pub const QUEUE: usize = 4096;
/// Checked together at most: not so many that the first waits for the last.
const BATCH: usize = 256;
/// Bad ballots of a terminal that are looked at without more ado.
const FORGIVEN: u32 = 8;
/// How long a terminal waits after each bad one beyond those.
const PENANCE: Duration = Duration::from_secs(10);
/// Terminals whose bad ballots are remembered.
const REMEMBERED: usize = 8192;

/// Terminals that have sent bad ballots.
#[derive(Debug, Default)]
struct Wrong(HashMap<Key, (u32, Instant)>);

/// A ballot that is to be checked.
struct Candidate {
    poll: Arc<Poll>,
    member: MemberId,
    key: Key,
    tracker: Hash,
    request: Request,
}

/// Checks ballots from `from` until nobody sends any or nobody takes them.
pub async fn run(
    mut from: mpsc::Receiver<Incoming>,
    polls: Arc<Polls>,
    room: mpsc::Sender<Request>,
) {
    let mut wrong = Wrong::default();
    let mut batch = Vec::with_capacity(BATCH);
    while from.recv_many(&mut batch, BATCH).await > 0 {
        let mut candidates = Vec::new();
        for incoming in batch.drain(..) {
            match sort(incoming, &polls, &wrong) {
                Sorted::Check(candidate) => candidates.push(candidate),
                Sorted::Pass(request) => pass(&room, request).await,
                Sorted::Refuse(request, refusal) => (request.reply)(Answer::Refused(refusal)),
            }
        }
        if candidates.is_empty() {
            continue;
        }
        let checked = tokio::task::spawn_blocking(move || check(candidates)).await;
        // Dropped requests tell their senders by their connection.
        let Ok(checked) = checked else { continue };
        for (candidate, checked) in checked {
            let Candidate { poll, member, key, tracker, request } = candidate;
            match checked {
                Some((checked, hints)) => {
                    let cast = CheckedCast { poll, member, tracker, checked, hints };
                    let evidence = Evidence::Ballot(cast);
                    pass(&room, vouch(request, evidence)).await;
                }
                None => {
                    wrong.note(key);
                    (request.reply)(Answer::Refused(Code::BadBallot.into()));
                }
            }
        }
    }
}

enum Sorted {
    Check(Candidate),
    Pass(Request),
    Refuse(Request, Refusal),
}

/// What can be said without looking at any proof.
fn sort(incoming: Incoming, polls: &Polls, wrong: &Wrong) -> Sorted {
    let Incoming { request, signed } = incoming;
    let Some(signed) = signed else { return Sorted::Pass(request) };
    let (key, member) = (signed.key(), signed.member());
    let Some((vote, ballot, _)) = cast(&request) else { return Sorted::Pass(request) };
    let tracker: Hash = Hex(Sha256::digest(ballot.as_bytes()).into());
    // Also of a vote that is over: an answer may have been lost.
    match polls.tracker(vote, member) {
        Some(known) if known == tracker => {
            return Sorted::Pass(vouch(request, Evidence::SameBallot { member }));
        }
        Some(_) => return Sorted::Refuse(request, Code::AlreadyVoted.into()),
        None => {}
    }
    // Without a poll the meeting says why there is none.
    let Some(poll) = polls.of(vote) else { return Sorted::Pass(request) };
    match poll.tracker(member) {
        Some(_) => Sorted::Refuse(request, Code::AlreadyVoted.into()),
        None if ballot.len() > poll.setup.max_ballot_bytes() => {
            Sorted::Refuse(request, Code::BadBallot.into())
        }
        None if wrong.has_to_wait(&key) => {
            Sorted::Refuse(request, Refusal::of(Code::TooFast, "bad ballots"))
        }
        None => Sorted::Check(Candidate { poll, member, key, tracker, request }),
    }
}

/// A ballot that holds, and the hints that came with it.
type Checked = (CheckedBallot, Option<Hints>);

/// Vote, ballot and hints.
fn cast(request: &Request) -> Option<(VoteId, &str, &str)> {
    let What::Command(ask) = &request.what else { return None };
    if let Command::CastSecret { vote, ballot, hints } = &ask.command {
        Some((*vote, ballot, hints))
    } else {
        None
    }
}

/// The request goes on with what was found.
fn vouch(request: Request, evidence: Evidence) -> Request {
    let Request { who, what, reply } = request;
    let what = match what {
        What::Command(ask) => What::Checked(ask, Box::new(evidence)),
        other @ (What::Checked(..) | What::Server(_)) => other,
    };
    Request { who, what, reply }
}

async fn pass(room: &mpsc::Sender<Request>, request: Request) {
    if let Err(mpsc::error::SendError(request)) = room.send(request).await {
        (request.reply)(Answer::Refused(Code::Unavailable.into()));
    }
}

/// What of a candidate is looked at.
struct Sent<'a> {
    poll: &'a Arc<Poll>,
    member: MemberId,
    tracker: Hash,
    ballot: &'a [u8],
    hints: &'a str,
}

/// Checks all of them, in as many parts as there are processors.
fn check(candidates: Vec<Candidate>) -> Vec<(Candidate, Option<Checked>)> {
    // All of one poll but at the very moment when another opens.
    let Some(poll) = candidates.first().map(|first| Arc::clone(&first.poll)) else {
        return Vec::new();
    };
    let sent: Vec<Sent<'_>> = candidates
        .iter()
        .map(|Candidate { poll, member, tracker, request, .. }| {
            let (_, ballot, hints) = cast(request).unwrap_or_default();
            Sent { poll, member: *member, tracker: *tracker, ballot: ballot.as_bytes(), hints }
        })
        .collect();
    let share = sent.len().div_ceil(rayon::current_num_threads()).max(1);
    let checked: Vec<Option<Checked>> =
        sent.par_chunks(share).flat_map_iter(|part| check_part(&poll, part)).collect();
    candidates.into_iter().zip(checked).collect()
}

fn check_part(poll: &Arc<Poll>, part: &[Sent<'_>]) -> Vec<Option<Checked>> {
    let questions = &poll.setup.election().questions;
    let read = |sent: &Sent<'_>| Hints::from_bytes(&STANDARD.decode(sent.hints).ok()?, questions);
    let hints: Vec<Option<Hints>> = part.iter().map(read).collect();
    let submissions: Vec<Submission<'_>> = part
        .iter()
        .zip(&hints)
        .map(|(sent, hints)| Submission { ballot: sent.ballot, hints: hints.as_ref() })
        .collect();
    let answers = verify_many(&poll.setup, &submissions, &mut os_random());
    let theirs = |(sent, answer): (&Sent<'_>, Result<CheckedBallot, _>)| {
        let checked: CheckedBallot = answer.ok()?;
        let owner = poll.owner(checked.credential().as_bytes());
        (owner == Some(sent.member)
            && Arc::ptr_eq(sent.poll, poll)
            && checked.tracker().0 == sent.tracker.0)
            .then_some(checked)
    };
    let checked: Vec<_> = part.iter().zip(answers).map(theirs).collect();
    checked.into_iter().zip(hints).map(|(checked, hints)| Some((checked?, hints))).collect()
}

impl Wrong {
    fn note(&mut self, key: Key) {
        let now = Instant::now();
        if self.0.len() >= REMEMBERED && !self.0.contains_key(&key) {
            self.0.retain(|_, (_, until)| *until > now);
        }
        if self.0.len() < REMEMBERED {
            let (count, until) = self.0.entry(key).or_insert((0, now));
            *count = count.saturating_add(1);
            if *count > FORGIVEN {
                *until = now + PENANCE;
            }
        }
    }

    fn has_to_wait(&self, key: &Key) -> bool {
        self.0.get(key).is_some_and(|(_, until)| *until > Instant::now())
    }
}
