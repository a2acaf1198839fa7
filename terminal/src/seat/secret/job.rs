//! Heavy and random work of secret votes, described by the seat and done by its
//! driver on a worker thread. A job needs nothing but its own fields and the
//! system's random numbers; its answer goes back to the seat as `Msg::Worked`.

use hemicycle_protocol::ballot::archive::{self, EventList, EventType};
use hemicycle_protocol::ballot::credential::Credential;
use hemicycle_protocol::ballot::decrypt::partially_decrypt;
use hemicycle_protocol::ballot::encrypt::{Sealed, encrypt};
use hemicycle_protocol::ballot::keys::SecretKey;
use hemicycle_protocol::ballot::records::{Canonical as _, EncryptedTally};
use hemicycle_protocol::ballot::scalar::RecordHash;
use hemicycle_protocol::ballot::setup::Setup;
use hemicycle_protocol::ballot::trustees::Pedersen;
use hemicycle_protocol::ids::{Hash, MeetingId, MemberId, SeatId};
use hemicycle_protocol::secret::{Expected, Openable, check_sum};
use hemicycle_protocol::vote::Form;
use rand_core::CryptoRng;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};
use zeroize::Zeroizing;

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
        bytes: Arc<[u8]>,
        last: Hash,
        trackers: Vec<RecordHash>,
    },
    CheckSum(Box<Sum>),
    Decrypt {
        openable: Box<Openable>,
        share: SecretKey,
    },
}

/// What a scrutineer's terminal checks before it opens a sum.
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
}

#[derive(Clone)]
pub(super) enum Result {
    Credentials(Vec<(u32, Credential)>),
    Seed(Zeroizing<[u8; 32]>),
    Setup(Option<Setup>),
    /// None: this setup takes no such ballot. Why is not told: it could speak of the choice.
    Encrypted(Option<Box<Sealed>>),
    Events(Events),
    Sum(std::result::Result<Box<Openable>, String>),
    /// The record and the second proofs, as they travel.
    Part(Option<(String, String)>),
}

/// What a list of events says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Events {
    /// It is not the list whose last event everybody compares.
    Other,
    /// It is; the ballot of this tracker is in it, if one of those asked for is.
    Same { counted: Option<RecordHash> },
}

/// Setups that were checked, for all the seats of one process. Cheap to clone.
#[derive(Clone, Default)]
pub struct Setups(Arc<Mutex<Vec<CheckedSetup>>>);

/// The hash of a blob, and the setup if it holds.
type CheckedSetup = (Hash, Option<Setup>);

/// Setups that are remembered.
const MOST_SETUPS: usize = 4;

impl Setups {
    /// The setup in a blob, checked only once however many ask. Waits while another checks.
    fn check(&self, hash: Hash, bytes: &[u8]) -> Option<Setup> {
        let mut known = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if let Some((_, setup)) = known.iter().find(|(of, _)| *of == hash) {
            return setup.clone();
        }
        let setup = read_setup(bytes);
        if known.len() >= MOST_SETUPS {
            known.remove(0);
        }
        known.push((hash, setup.clone()));
        setup
    }
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
    pub fn run(
        self,
        rng: &mut (impl CryptoRng + ?Sized),
        threads: usize,
        setups: &Setups,
    ) -> Outcome {
        let result = match self.task {
            Task::Credentials { slots } => {
                let drawn = slots.into_iter().map(|slot| (slot, Credential::generate(rng)));
                Result::Credentials(drawn.collect())
            }
            Task::Seed => {
                let mut seed = Zeroizing::new([0; 32]);
                rng.fill_bytes(&mut *seed);
                Result::Seed(seed)
            }
            Task::CheckSetup { hash, bytes } => Result::Setup(setups.check(hash, &bytes)),
            Task::Encrypt { setup, credential, choices } => {
                Result::Encrypted(encrypt(&setup, &credential, &choices, rng).ok().map(Box::new))
            }
            Task::CheckEvents { bytes, last, trackers } => {
                Result::Events(check_events(&bytes, last, &trackers))
            }
            Task::CheckSum(sum) => Result::Sum(sum.check(threads)),
            Task::Decrypt { openable, share } => {
                Result::Part(part(&openable.setup, &openable.tally, &share, rng))
            }
        };
        Outcome { number: self.number, result }
    }
}

fn check_events(bytes: &[u8], last: Hash, trackers: &[RecordHash]) -> Events {
    let Ok(list) = EventList::from_bytes(bytes) else { return Events::Other };
    if list.last_event() != Some(RecordHash(last.0)) {
        return Events::Other;
    }
    let counted = trackers.iter().copied().find(|tracker| list.has_ballot(tracker));
    Events::Same { counted }
}

impl Sum {
    fn check(&self, threads: usize) -> std::result::Result<Box<Openable>, String> {
        let Self { meeting, slot, title, form, item, people, archive, registrations } = self;
        let expected = Expected { meeting: *meeting, slot: *slot, title, form, item, people };
        check_sum(&expected, archive, registrations, threads)
            .map(Box::new)
            .map_err(|objection| objection.to_string())
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

impl fmt::Debug for Setups {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Setups(..)")
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
