//! A log whose live sums are bent, one thing at a time, against a sound archive: whoever holds the
//! server's key can write any log, but none of these.

use super::*;
use hemicycle_meeting::state::secret::Part;
use hemicycle_protocol::ballot::archive;
use hemicycle_protocol::ballot::credential::Credential;
use hemicycle_protocol::ballot::decrypt::partially_decrypt;
use hemicycle_protocol::ballot::encrypt::{Sealed, encrypt, one_of};
use hemicycle_protocol::ballot::keys::SecretKey;
use hemicycle_protocol::ballot::records::Canonical as _;
use hemicycle_protocol::ballot::trustees::{Trustee, Trustees};
use hemicycle_protocol::ids::{Bytes, MeetingId};
use hemicycle_protocol::topic::Blob;
use hemicycle_protocol::vote::{Count, Tally as Answers};
use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::SeedableRng as _;

const MEETING: MeetingId = Hex([0x44; 16]);
const TIMESTAMP: u64 = 1_787_706_000;
const STEP: u32 = 5;
/// Ballots in the two sums, and in the end.
const SUMS: [usize; 2] = [5, 11];
const ALL: usize = 16;

struct World {
    setup: Setup,
    keys: Vec<SecretKey>,
    archive: Archive,
    sums: Vec<LiveStep>,
    rng: ChaCha12Rng,
}

/// Everybody says yes but the last, in an archive that goes on sum by sum.
fn world() -> World {
    let mut rng = ChaCha12Rng::seed_from_u64(8);
    let keys: Vec<SecretKey> = (0..2).map(|_| SecretKey::generate(&mut rng)).collect();
    let trustees = keys.iter().map(|key| Trustee::single(key.trustee_key(&mut rng)));
    let trustees = Trustees(trustees.collect());
    let uuid = secret::uuid(&MEETING, 0);
    let voters: Vec<SecretKey> =
        (0..ALL).map(|_| Credential::generate(&mut rng).key(&uuid)).collect();
    let public: Vec<_> = voters.iter().map(|key| *key.public().encoded()).collect();
    let draft = secret::draft(&MEETING, 0, "表决", &Form::Motion);
    let setup = Setup::create(draft, &trustees, &public).unwrap();
    let cast = |(place, key): (usize, &SecretKey)| {
        let choice = u8::from(place + 1 == ALL);
        encrypt(&setup, key, &[one_of(3, choice)], &mut rng).unwrap()
    };
    let mut ballots: Vec<Sealed> = voters.iter().enumerate().map(cast).collect();
    for lot in [0..SUMS[0], SUMS[0]..SUMS[1], SUMS[1]..ALL] {
        ballots[lot].sort_by_key(|sealed| sealed.tracker);
    }
    let archive = Archive::new(&setup, TIMESTAMP).unwrap();
    let mut world = World { setup, keys, archive, sums: Vec::new(), rng };
    for (place, sealed) in ballots.iter().enumerate() {
        world.archive.push_ballot(&sealed.ballot).unwrap();
        if SUMS.contains(&(place + 1)) {
            let sum = world.open(&ballots[..=place]);
            world.sums.push(sum);
        }
    }
    world
}

impl World {
    /// The sum of these ballots as the log has it.
    fn open(&mut self, ballots: &[Sealed]) -> LiveStep {
        let mut tally = Tally::new(&self.setup);
        for sealed in ballots {
            tally.add(&verify(&self.setup, &sealed.ballot).unwrap()).unwrap();
        }
        let (encrypted, _) = tally.records();
        let opened = self.keys.iter().map(|key| {
            let part = partially_decrypt(&self.setup, key, &encrypted, &mut self.rng).unwrap();
            Part {
                owner: part.owner,
                partial: String::from_utf8(part.partial.to_bytes()).unwrap(),
                second: serde_json::to_string(&part.second).unwrap(),
            }
        });
        let parts = opened.collect();
        let ballots = u32::try_from(ballots.len()).unwrap();
        LiveStep {
            ballots,
            received: ballots + STEP,
            archive: blob(self.archive.as_bytes()),
            parts,
            refused: Default::default(),
            count: Some(yes(ballots)),
        }
    }

    /// What is found where the log says this of the sums.
    fn found(&self, step: Option<u32>, sums: &[LiveStep]) -> Result<(), String> {
        let contents = archive::read(self.archive.as_bytes()).unwrap();
        let live = Live { step, sums };
        let trackers = contents.events[1..].iter().map(|event| RecordHash::of(event.data[0]));
        if !live.is_in_order(&trackers.collect::<Vec<_>>()) {
            return Err("order".into());
        }
        let checked = live.check(&self.setup, TIMESTAMP, &contents.events, &Form::Motion);
        checked.map_err(|fault| fault.to_string())
    }

    fn bent(&self, sum: usize, bend: impl FnOnce(&mut LiveStep)) -> String {
        let mut sums = self.sums.clone();
        bend(&mut sums[sum]);
        self.found(Some(STEP), &sums).unwrap_err()
    }
}

fn blob(bytes: &[u8]) -> Blob {
    let length = u64::try_from(bytes.len()).unwrap();
    Blob { hash: Hex(Sha256::digest(bytes).into()), bytes: Bytes(length) }
}

fn yes(in_favour: u32) -> Count {
    Count::Motion { tally: Answers { in_favour, against: 0, abstain: 0 } }
}

#[test]
fn sound_sums_hold_opened_or_not() {
    let world = world();
    assert_eq!(world.found(Some(STEP), &world.sums), Ok(()));
    // The vote closed before the second was open.
    let mut sums = world.sums.clone();
    (sums[1].count, sums[1].parts) = (None, sums[1].parts[..1].to_vec());
    assert_eq!(world.found(Some(STEP), &sums), Ok(()));
    // The first one alone says less of the order than the archive does.
    assert_eq!(world.found(Some(STEP), &sums[..1]), Err("order".into()));
    assert_eq!(world.found(Some(STEP), &[]), Err("order".into()));
}

#[test]
fn sums_that_are_too_close_or_of_other_ballots_are_named() {
    let world = world();
    for (step, sum) in [(Some(6), 5), (Some(7), 5), (None, 5)] {
        let found = world.found(step, &world.sums).unwrap_err();
        assert_eq!(found, format!("the live sum of {sum} ballots: it is too close to another sum"));
    }
    // As if one ballot more had been in it, or fewer: the order already tells.
    for ballots in [0, 4, 10, ALL + 1] {
        let ballots = u32::try_from(ballots).unwrap();
        assert!(!world.bent(0, |sum| sum.ballots = ballots).is_empty());
    }
    let others = "the live sum of 5 ballots: the scrutineers were asked to open the sum of other";
    let found = world.bent(0, |sum| sum.archive = world.sums[1].archive);
    assert!(found.starts_with(others), "{found}");
    let found = world.bent(0, |sum| sum.archive.hash.0[7] ^= 1);
    assert!(found.starts_with(others), "{found}");
}

#[test]
fn parts_and_counts_that_do_not_belong_to_their_sum_are_named() {
    let world = world();
    let count = "the live sum of 11 ballots: the parts do not give the count in the log";
    for other in [10, 12] {
        assert_eq!(world.bent(1, |sum| sum.count = Some(yes(other))), count);
    }
    // The parts of the other sum, of the other trustee, or none at all.
    let of_first = world.sums[0].parts.clone();
    for parts in [of_first.clone(), vec![world.sums[1].parts[0].clone(), of_first[1].clone()]] {
        let found = world.bent(1, |sum| sum.parts = parts);
        assert!(found.starts_with("the live sum of 11 ballots: "), "{found}");
    }
    let swapped = world.bent(1, |sum| (sum.parts[0].owner, sum.parts[1].owner) = (2, 1));
    assert!(swapped.starts_with("the live sum of 11 ballots: "), "{swapped}");
    for parts in 0..2 {
        let found = world.bent(1, |sum| sum.parts.truncate(parts));
        assert!(found.starts_with("the live sum of 11 ballots: "), "{found}");
    }
    // The record's own proof holds; the second one is of something else.
    let found = world.bent(1, |sum| sum.parts[0].second = of_first[0].second.clone());
    assert!(found.starts_with("the live sum of 11 ballots: "), "{found}");
}
