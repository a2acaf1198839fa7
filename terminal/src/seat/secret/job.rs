//! Heavy and random work of secret votes, described by the seat and done by its
//! driver on a worker thread. A job needs nothing but its own fields and the
//! system's random numbers; its answer goes back to the seat as `Msg::Worked`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hemicycle_protocol::ballot::archive::{self, EventList, EventType};
use hemicycle_protocol::ballot::credential::Credential;
use hemicycle_protocol::ballot::decrypt::partially_decrypt;
use hemicycle_protocol::ballot::encrypt::{Sealed, encrypt};
use hemicycle_protocol::ballot::follow::Followed;
use hemicycle_protocol::ballot::keys::SecretKey;
use hemicycle_protocol::ballot::records::{Canonical as _, EncryptedTally};
use hemicycle_protocol::ballot::scalar::RecordHash;
use hemicycle_protocol::ballot::setup::Setup;
use hemicycle_protocol::ballot::trustees::Pedersen;
use hemicycle_protocol::ids::{Hash, Hex, MeetingId, MemberId, SeatId};
use hemicycle_protocol::secret::{Expected, Openable, check_list, check_live, check_sum, uuid};
use hemicycle_protocol::topic::Objection;
use hemicycle_protocol::vote::Form;
use rand_core::CryptoRng;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex};
use zeroize::{Zeroize as _, Zeroizing};

/// Work that the seat wants done. Two jobs are the same if they have one number.
#[derive(Clone)]
pub struct Job {
    pub(super) number: u64,
    pub(super) task: Task,
}

/// What came of a job.
#[derive(Clone)]
pub struct Outcome {
    pub(super) number: u64,
    pub(super) result: Result,
}

#[derive(Clone)]
pub(super) enum Task {
    /// Draw credentials for these slots.
    Credentials {
        meeting: MeetingId,
        slots: Vec<u32>,
    },
    /// Draw the seed of a key generation.
    Seed,
    CheckSetup {
        hash: Hash,
        bytes: Arc<[u8]>,
    },
    Encrypt {
        setup: Setup,
        credential: SecretKey,
        choices: Zeroizing<Vec<Vec<bool>>>,
    },
    CheckEvents {
        hash: Hash,
        bytes: Arc<[u8]>,
        last: Hash,
        trackers: Vec<RecordHash>,
    },
    /// The list of credentials of a vote that has opened.
    CheckList(Box<Sum>),
    /// The beginning of a vote that runs; what was checked of it before.
    CheckLive(Box<Sum>, Option<Followed>),
    CheckSum(Box<Sum>),
    Decrypt {
        openable: Box<Openable>,
        share: SecretKey,
    },
}

/// What a scrutineer's terminal checks, by what it knows itself.
#[derive(Clone)]
pub(super) struct Sum {
    pub meeting: MeetingId,
    pub slot: u32,
    pub title: String,
    pub form: Form,
    pub item: Pedersen,
    pub people: BTreeMap<MemberId, SeatId>,
    pub archive: Arc<[u8]>,
    pub registrations: Arc<[u8]>,
    pub hints: Option<Arc<[u8]>>,
}

#[derive(Clone)]
pub(super) enum Result {
    Credentials(Vec<Drawn>),
    Seed(Zeroizing<[u8; 32]>),
    Setup(Option<Setup>),
    /// None: this setup takes no such ballot. Why is not told: it could speak of the choice.
    Encrypted(Option<Unsent>),
    Events(Events),
    List(Option<Objection>),
    Live(std::result::Result<Box<(Followed, Openable)>, Objection>),
    Sum(CheckedSum),
    /// The record and the second proofs, as they travel.
    Part(Option<(String, String)>),
}

/// A fresh credential with its key in the vote of its slot.
#[derive(Clone)]
pub(super) struct Drawn {
    pub slot: u32,
    pub credential: Credential,
    pub key: SecretKey,
}

/// A ballot that was made and not sent. Most likely it never will be, as the choice may change:
/// then it is wiped, wherever it lies.
#[derive(Clone)]
pub(super) struct Unsent(Box<Sealed>);

impl Unsent {
    pub fn tracker(&self) -> RecordHash {
        self.0.tracker
    }

    /// The ballot and its hints as they travel.
    pub fn reveal(mut self) -> Option<(String, String)> {
        let hints = STANDARD.encode(self.0.hints.to_bytes());
        let ballot = String::from_utf8(std::mem::take(&mut self.0.ballot)).ok()?;
        Some((ballot, hints))
    }
}

impl Drop for Unsent {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// What a list of events says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Events {
    /// It is not the list whose last event everybody compares.
    Other,
    /// It is; the ballot of this tracker is in it, if one of those asked for is.
    Same { counted: Option<RecordHash> },
}

/// What was found in public files, by their hashes, for all the seats of one process: the same
/// bytes are read and checked once, however many seats have fetched them and ask the same of them.
/// Cheap to clone.
#[derive(Clone, Default)]
pub struct Memo(Arc<Findings>);

#[derive(Default)]
struct Findings {
    setups: Mutex<Found<Setup>>,
    events: Mutex<Found<Arc<ReadEvents>>>,
    sums: Mutex<Found<CheckedSum>>,
}

type CheckedSum = std::result::Result<Box<Openable>, Objection>;

/// The hash of a file, and what is in it if it holds.
type Found<T> = Vec<(Hash, Option<T>)>;

/// A list of events that was read.
struct ReadEvents {
    last: RecordHash,
    ballots: BTreeSet<RecordHash>,
}

/// Files of one kind that are remembered.
const MOST_FOUND: usize = 4;

impl Memo {
    fn setup(&self, hash: Hash, bytes: &[u8]) -> Option<Setup> {
        once(&self.0.setups, hash, || read_setup(bytes))
    }

    fn events(&self, hash: Hash, bytes: &[u8]) -> Option<Arc<ReadEvents>> {
        once(&self.0.events, hash, || read_events(bytes).map(Arc::new))
    }

    fn sum(&self, sum: &Sum, threads: usize) -> CheckedSum {
        let check = || sum.check(threads);
        match sum.fingerprint() {
            Some(all) => once(&self.0.sums, all, || Some(check())).unwrap_or_else(check),
            None => check(),
        }
    }
}

/// Waits while another reads.
fn once<T: Clone>(
    found: &Mutex<Found<T>>,
    hash: Hash,
    read: impl FnOnce() -> Option<T>,
) -> Option<T> {
    let mut found = found.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    if let Some((_, known)) = found.iter().find(|(of, _)| *of == hash) {
        return known.clone();
    }
    let new = read();
    if found.len() >= MOST_FOUND {
        found.remove(0);
    }
    found.push((hash, new.clone()));
    new
}

/// A list of events in an order that can be, and its last event's hash.
fn read_events(bytes: &[u8]) -> Option<ReadEvents> {
    let list = EventList::from_bytes(bytes).ok()?;
    let last = list.last_event()?;
    let ballots = list.ballots().copied().collect();
    Some(ReadEvents { last, ballots })
}

/// An archive of nothing but a setup that holds. FORMAT §3.1–3.4.
fn read_setup(bytes: &[u8]) -> Option<Setup> {
    let contents = archive::read(bytes).ok()?;
    match &contents.events[..] {
        [event] if event.kind == EventType::Setup => match event.data[..] {
            [election, trustees, credentials, data] => {
                Setup::from_archive(election, trustees, credentials, data).ok()
            }
            _ => None,
        },
        _ => None,
    }
}

impl Job {
    /// Does the work. `rng` is the system's source of random numbers; sums are checked on so many
    /// threads.
    pub fn run(self, rng: &mut (impl CryptoRng + ?Sized), threads: usize, memo: &Memo) -> Outcome {
        let result = match self.task {
            Task::Credentials { meeting, slots } => {
                let draw = |slot| {
                    let credential = Credential::generate(rng);
                    let key = credential.key(&uuid(&meeting, slot));
                    Drawn { slot, credential, key }
                };
                Result::Credentials(slots.into_iter().map(draw).collect())
            }
            Task::Seed => {
                let mut seed = Zeroizing::new([0; 32]);
                rng.fill_bytes(&mut *seed);
                Result::Seed(seed)
            }
            Task::CheckSetup { hash, bytes } => Result::Setup(memo.setup(hash, &bytes)),
            Task::Encrypt { setup, credential, choices } => {
                let sealed = encrypt(&setup, &credential, &choices, rng);
                Result::Encrypted(sealed.ok().map(|sealed| Unsent(Box::new(sealed))))
            }
            Task::CheckEvents { hash, bytes, last, trackers } => {
                let events = memo.events(hash, &bytes);
                Result::Events(check_events(events.as_deref(), last, &trackers))
            }
            Task::CheckList(list) => {
                let checked = check_list(&list.expected(), &list.archive, &list.registrations);
                Result::List(checked.err())
            }
            Task::CheckLive(sum, known) => {
                let Sum { archive, registrations, .. } = &*sum;
                let live = check_live(&sum.expected(), known, archive, registrations, threads);
                Result::Live(live.map(Box::new))
            }
            Task::CheckSum(sum) => Result::Sum(memo.sum(&sum, threads)),
            Task::Decrypt { openable, share } => {
                Result::Part(part(&openable.setup, &openable.tally, &share, rng))
            }
        };
        Outcome { number: self.number, result }
    }
}

fn check_events(events: Option<&ReadEvents>, last: Hash, trackers: &[RecordHash]) -> Events {
    let Some(events) = events.filter(|events| events.last == RecordHash(last.0)) else {
        return Events::Other;
    };
    Events::Same { counted: trackers.iter().copied().find(|t| events.ballots.contains(t)) }
}

impl Sum {
    /// One hash of everything that the check depends on.
    fn fingerprint(&self) -> Option<Hash> {
        // Not the hints: nothing that is found depends on them.
        let Self { meeting, slot, title, form, item, people, archive, registrations, .. } = self;
        let people: Vec<_> = people.iter().collect();
        let texts = serde_json::to_vec(&(meeting, slot, title, form, item, people)).ok()?;
        let mut sha = Sha256::new();
        for part in [&texts[..], archive, registrations] {
            sha.update(part.len().to_be_bytes());
            sha.update(part);
        }
        Some(Hex(sha.finalize().into()))
    }

    fn expected(&self) -> Expected<'_> {
        let Self { meeting, slot, title, form, item, people, .. } = self;
        Expected { meeting: *meeting, slot: *slot, title, form, item, people }
    }

    fn check(&self, threads: usize) -> CheckedSum {
        let (archive, registrations) = (&self.archive, &self.registrations);
        let hints = self.hints.as_deref();
        check_sum(&self.expected(), archive, registrations, hints, threads).map(Box::new)
    }
}

fn part(
    setup: &Setup,
    tally: &EncryptedTally,
    share: &SecretKey,
    rng: &mut (impl CryptoRng + ?Sized),
) -> Option<(String, String)> {
    let opened = partially_decrypt(setup, share, tally, rng).ok()?;
    let partial = String::from_utf8(opened.partial.to_bytes()).ok()?;
    Some((partial, serde_json::to_string(&opened.second).ok()?))
}

impl fmt::Debug for Memo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Memo(..)")
    }
}

impl PartialEq for Job {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl PartialEq for Outcome {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

/// The name of the work only: what is in it may be a choice or a key.
impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match &self.task {
            Task::Credentials { .. } => "credentials",
            Task::Seed => "seed",
            Task::CheckSetup { .. } => "check setup",
            Task::Encrypt { .. } => "encrypt",
            Task::CheckEvents { .. } => "check events",
            Task::CheckList(_) => "check list",
            Task::CheckLive(..) => "check live sum",
            Task::CheckSum(_) => "check sum",
            Task::Decrypt { .. } => "decrypt",
        };
        write!(f, "Job({} {name})", self.number)
    }
}

impl fmt::Debug for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Outcome({})", self.number)
    }
}
