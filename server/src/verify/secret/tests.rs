//! A small election, sound in itself, against claims that it does not fit.

use super::*;
use hemicycle_protocol::ballot::credential::Credential;
use hemicycle_protocol::ballot::decrypt::SecondProofs;
use hemicycle_protocol::ballot::decrypt::{combine, partially_decrypt};
use hemicycle_protocol::ballot::encrypt::{Sealed, encrypt, one_of};
use hemicycle_protocol::ballot::keygen::{Ceremony, Participant, Progress};
use hemicycle_protocol::ballot::keys::SecretKey;
use hemicycle_protocol::ballot::scalar::RecordHash;
use hemicycle_protocol::ballot::setup::Setup;
use hemicycle_protocol::ballot::tally::Tally;
use hemicycle_protocol::ballot::verify::verify;
use hemicycle_protocol::ids::Bytes;
use hemicycle_protocol::vote::{Outcome, Preset, Tally as Answers};
use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::SeedableRng as _;

const MEETING: MeetingId = Hex([0x33; 16]);
const TITLE: &str = "关于决定的表决";
const TIMESTAMP: u64 = 1_787_706_000;

struct World {
    bel: Vec<u8>,
    proofs: Vec<u8>,
    item: Pedersen,
    setup: Blob,
    summed: Blob,
    parts: Vec<Part>,
    record: RecordRef,
    rule: Rule,
    count: Count,
    verdict: Verdict,
}

fn blob(bytes: &[u8]) -> Blob {
    let length = u64::try_from(bytes.len()).unwrap();
    Blob { hash: Hex(Sha256::digest(bytes).into()), bytes: Bytes(length) }
}

/// One scrutineer: its key generation is over with its own messages.
fn scrutineer(rng: &mut ChaCha12Rng) -> (Pedersen, SecretKey) {
    let ceremony = Ceremony { session: RecordHash([1; 32]), size: 1, threshold: 1 };
    let (party, _) = Participant::new(ceremony, 1, rng).unwrap();
    let Progress::Done(item) = party.progress() else { panic!("no key") };
    (item.clone(), party.share().unwrap().clone())
}

/// Three voters: for, for, against; `arrange` may change what is counted.
fn world(arrange: impl FnOnce(&Setup, &[SecretKey], &mut ChaCha12Rng, &mut Vec<Sealed>)) -> World {
    let mut rng = ChaCha12Rng::seed_from_u64(5);
    let (item, share) = scrutineer(&mut rng);
    let own = SecretKey::generate(&mut rng);
    let uuid = secret::uuid(&MEETING, 4);
    let voters: Vec<SecretKey> =
        (0..3).map(|_| Credential::generate(&mut rng).key(&uuid)).collect();
    let draft = secret::draft(&MEETING, 4, TITLE, &Form::Motion);
    let single = Trustee::single(own.trustee_key(&mut rng));
    let trustees = Trustees(vec![single, Trustee::Pedersen(item.clone())]);
    let public: Vec<_> = voters.iter().map(|key| *key.public().encoded()).collect();
    let setup = Setup::create(draft, &trustees, &public).unwrap();
    let mut ballots: Vec<Sealed> = voters
        .iter()
        .zip([0, 0, 1])
        .map(|(key, choice)| encrypt(&setup, key, &[one_of(3, choice)], &mut rng).unwrap())
        .collect();
    ballots.sort_by_key(|sealed| sealed.tracker);
    arrange(&setup, &voters, &mut rng, &mut ballots);

    let mut archive = Archive::new(&setup, TIMESTAMP).unwrap();
    let start = blob(archive.as_bytes());
    let mut counted = std::collections::BTreeMap::new();
    for sealed in &ballots {
        archive.push_ballot(&sealed.ballot).unwrap();
        let checked = verify(&setup, &sealed.ballot).unwrap();
        counted.insert(checked.place(), checked);
    }
    let mut tally = Tally::new(&setup);
    counted.values().for_each(|ballot| tally.add(ballot).unwrap());
    archive.end_ballots().unwrap();
    let (encrypted, sized) = tally.records();
    archive.push_tally(&encrypted, &sized).unwrap();
    let summed = blob(archive.as_bytes());
    let opened: Vec<_> = [&own, &share]
        .into_iter()
        .map(|key| partially_decrypt(&setup, key, &encrypted, &mut rng).unwrap())
        .collect();
    let mut parts = Vec::new();
    for part in &opened {
        archive.push_partial(part.owner, &part.partial).unwrap();
        parts.push(Part {
            owner: part.owner,
            partial: String::from_utf8(part.partial.to_bytes()).unwrap(),
            second: serde_json::to_string(&part.second).unwrap(),
        });
    }
    let given: Vec<_> = opened.iter().map(|part| (part.owner, part.partial.clone())).collect();
    let result = combine(&setup, &encrypted, sized.total_weight, &given).unwrap();
    archive.push_result(&result).unwrap();
    let bel = archive.as_bytes().to_vec();
    let proofs = second_proofs(&bel, &parts).unwrap();
    let events = EventList::of(&archive::read(&bel).unwrap()).to_bytes();
    let record = RecordRef { events: blob(&events), last: Hex(archive.last_event().0) };
    let rule = Rule::preset(Preset::Simple);
    let count = secret::count(&Form::Motion, &result).unwrap();
    let verdict = Verdict::Motion { outcome: Outcome::Adopted };
    World { bel, proofs, item, setup: start, summed, parts, record, rule, count, verdict }
}

impl World {
    fn claim(&self) -> Claim<'_> {
        Claim {
            meeting: MEETING,
            slot: 4,
            title: TITLE,
            form: &Form::Motion,
            rule: &self.rule,
            room: Room { members: 5, present: 4, signatories: 0 },
            item: self.item.clone(),
            setup: self.setup,
            credentials: 3,
            cast: 3,
            live: Live { step: None, sums: &[] },
            summed: self.summed,
            parts: &self.parts,
            count: &self.count,
            verdict: &self.verdict,
            record: self.record,
        }
    }

    fn check(&self, claim: &Claim<'_>) -> Result<(), Fault> {
        check(claim, &self.bel, &self.proofs, None, 2).map(|_| ())
    }
}

#[test]
fn a_sound_record_fits_its_claim_and_no_other() {
    let world = world(|_, _, _, _| {});
    let claim = || world.claim();
    let wanted = Answers { in_favour: 2, against: 1, abstain: 0 };
    assert_eq!(world.count, Count::Motion { tally: wanted });
    assert_eq!(world.check(&claim()), Ok(()));

    let other = blob(b"another");
    let foreign = scrutineer(&mut ChaCha12Rng::seed_from_u64(6)).0;
    let lost = Count::Motion { tally: Answers { against: 2, in_favour: 1, abstain: 0 } };
    let refused = Verdict::Motion { outcome: Outcome::NotAdopted };
    let unused = [world.parts.clone(), vec![Part { owner: 9, ..world.parts[1].clone() }]].concat();
    let record = |record: RecordRef| Claim { record, ..claim() };
    for (bent, fault) in [
        (Claim { meeting: Hex([0x34; 16]), ..claim() }, Fault::OtherQuestion),
        (Claim { slot: 5, ..claim() }, Fault::OtherQuestion),
        (Claim { title: "另一项", ..claim() }, Fault::OtherQuestion),
        (Claim { item: foreign, ..claim() }, Fault::OtherTrustees),
        (Claim { credentials: 4, ..claim() }, Fault::Credentials { found: 3, wanted: 4 }),
        (Claim { cast: 2, ..claim() }, Fault::Ballots { found: 3, wanted: 2 }),
        (Claim { setup: other, ..claim() }, Fault::Setup),
        (Claim { summed: other, ..claim() }, Fault::Sum),
        (Claim { summed: world.setup, ..claim() }, Fault::Sum),
        (record(RecordRef { last: other.hash, ..world.record }), Fault::LastEvent),
        (record(RecordRef { events: other, ..world.record }), Fault::Events),
        (Claim { count: &lost, ..claim() }, Fault::Count),
        (Claim { verdict: &refused, ..claim() }, Fault::Verdict),
    ] {
        assert_eq!(world.check(&bent), Err(fault));
    }
    for parts in [&world.parts[..1], &unused] {
        assert!(matches!(world.check(&Claim { parts, ..claim() }), Err(Fault::Part(_))));
    }
}

#[test]
fn a_sound_record_that_tells_too_much_or_counts_twice_is_refused() {
    // In the order in which they came, or in any other but the trackers'.
    let world_of_arrival = world(|_, _, _, ballots| ballots.swap(0, 2));
    assert_eq!(world_of_arrival.check(&world_of_arrival.claim()), Err(Fault::Order));
    // Sound by the format: the later ballot of a credential counts.
    let twice = world(|setup, voters, rng, ballots| {
        ballots.push(encrypt(setup, &voters[0], &[one_of(3, 2)], rng).unwrap());
    });
    let claim = Claim { cast: 4, ..twice.claim() };
    assert_eq!(twice.check(&claim), Err(Fault::Replaced));
}

#[test]
fn second_proofs_are_needed_and_the_ones_of_the_log() {
    let world = world(|_, _, _, _| {});
    let check = |proofs: &[u8]| check(&world.claim(), &world.bel, proofs, None, 1).map(|_| ());
    let fault = check(b"").unwrap_err();
    assert!(fault.is_of_the_proofs(), "{fault}");
    let sound: SecondProofs = SecondProofs::from_bytes(&world.proofs).unwrap();
    let mut fewer = sound.clone();
    fewer.trustees.pop();
    assert!(check(&fewer.to_bytes()).unwrap_err().is_of_the_proofs());
    // Sound, but not as they were given.
    let mut turned = sound;
    turned.trustees.reverse();
    assert_eq!(check(&turned.to_bytes()), Err(Fault::Proofs));
    // The archive ends before its result: that is said of the archive.
    let (sum, rest) = (world.summed.bytes.0, Claim { ..world.claim() });
    let bel = &world.bel[..usize::try_from(sum).unwrap()];
    let last = archive::read(bel).unwrap().events.last().unwrap().hash.0;
    let record = RecordRef { last: Hex(last), ..world.record };
    let fault = super::check(&Claim { record, ..rest }, bel, &world.proofs, None, 1).map(|_| ());
    assert!(matches!(fault, Err(Fault::Record(_) | Fault::NoResult)), "{fault:?}");
}
