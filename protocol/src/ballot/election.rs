//! Checking a whole record: from the bytes of a `.bel` file to what it proves.
//!
//! What lives here: [`verify_record`], which trusts nothing but its input. It checks all that FORMAT §2–§4 ask for; the
//! pieces are in the other modules. Reading files and printing reports are the caller's business.

use std::collections::{BTreeMap, BTreeSet};

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;
use sha2::{Digest as _, Sha256};

use super::archive::{ArchiveError, ArchivedEvent, EventType, read};
use super::decrypt::{DecryptError, SecondProofs, combine, verify_partial, verify_second_proofs};
use super::group::decode_many;
use super::hints::Hints;
use super::records::{
    Canonical as _, ElectionResult, EncryptedTally, Owned, PartialDecryption, RecordError,
    SizedTally,
};
use super::scalar::RecordHash;
use super::setup::{Setup, SetupError};
use super::tally::{Tally, TallyError};
use super::verify::{self, BallotError, CheckedBallot, Submission};

/// Ballots whose points are tested for membership together.
const BATCH: usize = 1000;

/// Where and why a record is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ElectionError {
    /// The file itself.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The meaning of an event.
    #[error("event {event} ({}): {fault}", .kind.name())]
    Event {
        /// Number of the event, from 0.
        event: usize,
        /// Its kind.
        kind: EventType,
        /// What is wrong.
        fault: EventFault,
    },
    /// The file of second proofs beside the record.
    #[error("full-statement decryption proofs: {0}")]
    SecondProofs(SecondFault),
}

/// What can be wrong with an event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EventFault {
    /// A record by itself.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The setup.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// A ballot.
    #[error(transparent)]
    Ballot(#[from] BallotError),
    /// The same ballot stands in an earlier event.
    #[error("duplicate of the ballot in event {0}")]
    DuplicateBallot(usize),
    /// A ballot cannot be counted.
    #[error(transparent)]
    Tally(#[from] TallyError),
    /// The encrypted tally is not the sum of the counted ballots.
    #[error("the encrypted tally is not the sum of the ballots")]
    WrongTally,
    /// The number of ballots or the total weight is wrong.
    #[error("the number of ballots, their weight or the tally's hash is wrong")]
    WrongSize,
    /// The owner record names another partial decryption.
    #[error("the owner record names another partial decryption")]
    WrongOwned,
    /// A partial decryption, or their combination.
    #[error(transparent)]
    Decrypt(#[from] DecryptError),
    /// The published result is not what the partial decryptions give.
    #[error("the result is not what the partial decryptions give")]
    WrongResult,
    /// The event misses a record. Cannot happen in an archive that was read.
    #[error("a data record is missing")]
    MissingRecord,
}

/// What can be wrong with the file of second proofs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecondFault {
    /// It is not such a file.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The record has no partial decryptions that it could belong to.
    #[error("the record holds no partial decryptions")]
    NothingDecrypted,
    /// A proof.
    #[error(transparent)]
    Decrypt(#[from] DecryptError),
}

/// Whether the second proofs were checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecondCheck {
    /// All of them hold.
    Hold,
    /// None were given. The record's own proofs hold, which is what other software checks.
    Absent,
}

/// A ballot of a checked record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BallotLine {
    /// Hash of the ballot record.
    pub tracker: RecordHash,
    /// Place of its credential in the list, from 0.
    pub place: usize,
    /// Number of its event.
    pub event: usize,
    /// Whether it counts: not replaced by a later ballot of the same credential.
    pub counts: bool,
}

/// What a record proves.
#[derive(Clone, Debug)]
pub struct Report {
    /// The setup, with election, trustees and credentials.
    pub setup: Setup,
    /// The time in the archive's header, Unix seconds.
    pub timestamp: u64,
    /// Kind of the last event: how far the vote has come.
    pub last_kind: EventType,
    /// Number of the last event.
    pub height: usize,
    /// Hash of the last event, to be compared with what everybody saw.
    pub last_event: RecordHash,
    /// Hashes of all events in order.
    pub events: Vec<RecordHash>,
    /// All ballots in order.
    pub ballots: Vec<BallotLine>,
    /// The encrypted tally, once there is one.
    pub tally: Option<(EncryptedTally, SizedTally)>,
    /// Trustees whose parts are in the record.
    pub owners: Vec<u32>,
    /// The counts, once there are any.
    pub result: Option<ElectionResult>,
    /// Whether second proofs were checked.
    pub second: SecondCheck,
}

impl Report {
    /// Number of ballots that count.
    #[must_use]
    pub fn counted(&self) -> usize {
        self.ballots.iter().filter(|ballot| ballot.counts).count()
    }
}

/// Checks a record strictly. FORMAT §2–§4.
///
/// A record may end at any event; what is there must be right. `second_proofs` is the file beside the record, if there is
/// one. Ballots are checked on `threads` threads (at least one); the answer does not depend on their number.
///
/// # Errors
/// [`ElectionError`]: the first event that is wrong, by number, and why. Errors never speak of a choice.
pub fn verify_record(
    archive: &[u8],
    second_proofs: Option<&[u8]>,
    threads: usize,
) -> Result<Report, ElectionError> {
    verify_hinted(archive, second_proofs, None, threads)
}

/// As [`verify_record`], with the hints of its ballots in their order ([`Hints::split`]).
///
/// Nothing depends on the hints but the time: those that are absent or wrong cost the exact check.
///
/// # Errors
/// The same.
pub fn verify_hinted(
    archive: &[u8],
    second_proofs: Option<&[u8]>,
    hints: Option<&[u8]>,
    threads: usize,
) -> Result<Report, ElectionError> {
    let contents = read(archive)?;
    let events = &contents.events;
    let first = events.first().ok_or(missing(0, EventType::Setup))?;
    let setup = read_setup(first)?;
    let ballots = check_ballots(&setup, 0, events, hints, threads.max(1))?;
    let (tally, lines) = add_up(&setup, events, &ballots)?;

    let mut report = Report {
        timestamp: contents.timestamp,
        last_kind: first.kind,
        height: events.len() - 1,
        last_event: first.hash,
        events: events.iter().map(|event| event.hash).collect(),
        ballots: lines,
        tally: None,
        owners: Vec::new(),
        result: None,
        second: SecondCheck::Absent,
        setup,
    };
    let mut parts: Vec<(u32, PartialDecryption)> = Vec::new();
    for (number, event) in events.iter().enumerate() {
        check_later_event(&mut report, &mut parts, &tally, event)
            .map_err(|fault| at(number, event, fault))?;
        report.last_kind = event.kind;
        report.last_event = event.hash;
    }
    if let Some(file) = second_proofs {
        check_second(&report, &parts, file).map_err(ElectionError::SecondProofs)?;
        report.second = SecondCheck::Hold;
    }
    Ok(report)
}

/// The setup in the first event.
pub(super) fn read_setup(first: &ArchivedEvent<'_>) -> Result<Setup, ElectionError> {
    match first.data[..] {
        [election, trustees, credentials, data] => {
            Setup::from_archive(election, trustees, credentials, data)
                .map_err(|error| at(0, first, error.into()))
        }
        _ => Err(missing(0, EventType::Setup)),
    }
}

/// The events after the ballots.
fn check_later_event(
    report: &mut Report,
    parts: &mut Vec<(u32, PartialDecryption)>,
    tally: &Tally,
    event: &ArchivedEvent<'_>,
) -> Result<(), EventFault> {
    match event.kind {
        EventType::Setup | EventType::Ballot | EventType::EndBallots => {}
        EventType::EncryptedTally => {
            let [published, sized] = event.data[..] else { return Err(EventFault::MissingRecord) };
            let published = EncryptedTally::from_bytes(published)?;
            let sized = SizedTally::from_bytes(sized)?;
            let (computed, computed_sized) = tally.records();
            if published != computed {
                return Err(EventFault::WrongTally);
            }
            if sized != computed_sized {
                return Err(EventFault::WrongSize);
            }
            report.tally = Some((published, sized));
        }
        EventType::PartialDecryption => {
            let [partial, owned] = event.data[..] else { return Err(EventFault::MissingRecord) };
            let owned = Owned::from_bytes(owned)?;
            if owned.payload != RecordHash::of(partial) {
                return Err(EventFault::WrongOwned);
            }
            let partial = PartialDecryption::from_bytes(partial)?;
            let owner = owned.owner;
            if report.owners.contains(&owner) {
                return Err(DecryptError::RepeatedOwner { owner }.into());
            }
            let (encrypted, _) = report.tally.as_ref().ok_or(EventFault::MissingRecord)?;
            verify_partial(&report.setup, encrypted, owner, &partial)?;
            report.owners.push(owner);
            parts.push((owner, partial));
        }
        EventType::Result => {
            let [result] = event.data[..] else { return Err(EventFault::MissingRecord) };
            let published = ElectionResult::from_bytes(result)?;
            let (encrypted, sized) = report.tally.as_ref().ok_or(EventFault::MissingRecord)?;
            let computed = combine(&report.setup, encrypted, sized.total_weight, parts)?;
            if published != computed {
                return Err(EventFault::WrongResult);
            }
            report.result = Some(published);
        }
    }
    Ok(())
}

fn check_second(
    report: &Report,
    parts: &[(u32, PartialDecryption)],
    file: &[u8],
) -> Result<(), SecondFault> {
    let file = SecondProofs::from_bytes(file)?;
    let (tally, _) = report.tally.as_ref().ok_or(SecondFault::NothingDecrypted)?;
    if parts.is_empty() {
        return Err(SecondFault::NothingDecrypted);
    }
    Ok(verify_second_proofs(&report.setup, tally, parts, &file)?)
}

/// The hints of all ballots of an archive, in their order, for whoever has to check it.
///
/// # Errors
/// [`ElectionError`]: the first ballot that is wrong.
pub fn hints_for(archive: &[u8], threads: usize) -> Result<Vec<u8>, ElectionError> {
    let contents = read(archive)?;
    let first = contents.events.first().ok_or(missing(0, EventType::Setup))?;
    let setup = read_setup(first)?;
    let ballots = ballots_in(0, &contents.events)?;
    let hints = spread(&ballots, threads.max(1), |part| {
        let mut hints = Vec::new();
        for Entry { number, bytes, .. } in part {
            let found = verify::hints_of(&setup, bytes).map_err(|error| (*number, error))?;
            hints.extend(found.to_bytes());
        }
        Ok(hints)
    })?;
    Ok(hints.concat())
}

/// A ballot that stands in an archive.
struct Entry<'a> {
    number: usize,
    bytes: &'a [u8],
    hints: Option<Hints>,
}

/// All ballot events; the first of `events` has the number `first`.
fn ballots_in<'a>(
    first: usize,
    events: &[ArchivedEvent<'a>],
) -> Result<Vec<Entry<'a>>, ElectionError> {
    let mut seen = BTreeMap::new();
    let mut ballots = Vec::new();
    for (number, event) in (first..).zip(events) {
        if event.kind != EventType::Ballot {
            continue;
        }
        let [bytes] = event.data[..] else { return Err(missing(number, event.kind)) };
        if let Some(earlier) = seen.insert(RecordHash::of(bytes), number) {
            return Err(at(number, event, EventFault::DuplicateBallot(earlier)));
        }
        ballots.push(Entry { number, bytes, hints: None });
    }
    Ok(ballots)
}

/// Checks all ballot events, each by itself; the first of `events` has the number `first`.
pub(super) fn check_ballots(
    setup: &Setup,
    first: usize,
    events: &[ArchivedEvent<'_>],
    hints: Option<&[u8]>,
    threads: usize,
) -> Result<Vec<Numbered>, ElectionError> {
    let mut ballots = ballots_in(first, events)?;
    let questions = &setup.election().questions;
    let hints = hints.and_then(|hints| Hints::split(hints, questions, ballots.len()));
    for (ballot, hints) in ballots.iter_mut().zip(hints.into_iter().flatten()) {
        ballot.hints = Some(hints);
    }
    Ok(spread(&ballots, threads, |part| check_chunk(setup, part))?.into_iter().flatten().collect())
}

/// Works on equal parts of the ballots, on so many threads; the first ballot that is wrong is named.
fn spread<'a, T: Send>(
    ballots: &[Entry<'a>],
    threads: usize,
    work: impl Fn(&[Entry<'a>]) -> Result<T, (usize, BallotError)> + Sync,
) -> Result<Vec<T>, ElectionError> {
    let share = ballots.len().div_ceil(threads).max(1);
    let work = &work;
    let answers: Vec<Result<T, _>> = std::thread::scope(|scope| {
        let workers: Vec<_> =
            ballots.chunks(share).map(|part| scope.spawn(move || work(part))).collect();
        workers
            .into_iter()
            .map(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    });
    let named = |(number, error): (usize, BallotError)| ElectionError::Event {
        event: number,
        kind: EventType::Ballot,
        fault: error.into(),
    };
    answers.into_iter().map(|answer| answer.map_err(named)).collect()
}

type Numbered = (usize, CheckedBallot);

/// Checks the ballots of one thread in order, batch by batch.
fn check_chunk(
    setup: &Setup,
    ballots: &[Entry<'_>],
) -> Result<Vec<Numbered>, (usize, BallotError)> {
    let mut checked = Vec::with_capacity(ballots.len());
    for batch in ballots.chunks(BATCH) {
        let at_once =
            if batch.iter().all(|b| b.hints.is_some()) { check_hinted } else { check_batch };
        match at_once(setup, batch) {
            Some(batch) => checked.extend(batch),
            // Something is wrong: go through the batch one by one to name the first culprit.
            None => {
                for Entry { number, bytes, .. } in batch {
                    let ballot = verify::verify(setup, bytes).map_err(|error| (*number, error))?;
                    checked.push((*number, ballot));
                }
            }
        }
    }
    Ok(checked)
}

/// The equations of all proofs in one combination. Its random numbers are a function of everything that goes into the
/// equations, as the challenges of the proofs are: whoever makes a record cannot choose it to fit them.
fn check_hinted(setup: &Setup, batch: &[Entry<'_>]) -> Option<Vec<Numbered>> {
    let mut seed = Sha256::new_with_prefix(b"hemicycle batch of ballots v1|");
    seed.update(setup.fingerprint().0);
    let mut submissions = Vec::with_capacity(batch.len());
    for Entry { bytes, hints, .. } in batch {
        seed.update(RecordHash::of(bytes).0);
        for point in hints.as_ref()?.points() {
            seed.update(point.as_bytes());
        }
        submissions.push(Submission { ballot: bytes, hints: hints.as_ref() });
    }
    let mut rng = ChaCha20Rng::from_seed(seed.finalize().into());
    let answers = verify::verify_many(setup, &submissions, &mut rng);
    batch.iter().zip(answers).map(|(entry, answer)| Some((entry.number, answer.ok()?))).collect()
}

fn check_batch(setup: &Setup, batch: &[Entry<'_>]) -> Option<Vec<Numbered>> {
    let mut read = Vec::with_capacity(batch.len());
    let mut encoded = Vec::new();
    for Entry { number, bytes, .. } in batch {
        let ballot = verify::read(setup, bytes).ok()?;
        encoded.extend(ballot.points().map(|(_, point)| point));
        read.push((*number, ballot));
    }
    let points = decode_many(&encoded).ok()?;
    let mut rest = &points[..];
    let mut checked = Vec::with_capacity(batch.len());
    for (number, ballot) in read {
        let (own, after) = rest.split_at_checked(ballot.points().count())?;
        rest = after;
        checked.push((number, ballot.check(setup, own).ok()?));
    }
    Some(checked)
}

/// Sums the ballots that count: of each credential the last. FORMAT §3.5.
fn add_up(
    setup: &Setup,
    events: &[ArchivedEvent<'_>],
    ballots: &[Numbered],
) -> Result<(Tally, Vec<BallotLine>), ElectionError> {
    let mut tally = Tally::new(setup);
    let mut lines = Vec::with_capacity(ballots.len());
    let mut voted = BTreeSet::new();
    for (number, ballot) in ballots.iter().rev() {
        let counts = voted.insert(ballot.place());
        if counts {
            tally.add(ballot).map_err(|error| match events.get(*number) {
                Some(event) => at(*number, event, error.into()),
                None => missing(*number, EventType::Ballot),
            })?;
        }
        lines.push(BallotLine {
            tracker: *ballot.tracker(),
            place: ballot.place(),
            event: *number,
            counts,
        });
    }
    lines.reverse();
    Ok((tally, lines))
}

pub(super) fn at(event: usize, entry: &ArchivedEvent<'_>, fault: EventFault) -> ElectionError {
    ElectionError::Event { event, kind: entry.kind, fault }
}

pub(super) const fn missing(event: usize, kind: EventType) -> ElectionError {
    ElectionError::Event { event, kind, fault: EventFault::MissingRecord }
}
