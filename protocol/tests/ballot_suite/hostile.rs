//! Hostile input: more than 10^5 changed ballots, proofs, keys, messages and archives. None is accepted, none panics.
//! `HEMICYCLE_FUZZ_SCALE` multiplies the number of cases, `HEMICYCLE_FUZZ_SEED` draws others. What lives elsewhere: false
//! statements proven as well as can be in `dishonest`, the fuzzer in `../fuzz`.

use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};
use hemicycle_protocol::ballot::archive::{Archive, EventType, read};
use hemicycle_protocol::ballot::decrypt::{
    SecondProofs, partially_decrypt, verify_partial, verify_second_proofs,
};
use hemicycle_protocol::ballot::election::verify_record;
use hemicycle_protocol::ballot::hints::Hints;
use hemicycle_protocol::ballot::keygen::Progress;
use hemicycle_protocol::ballot::keygen::board::Board;
use hemicycle_protocol::ballot::records::{Canonical as _, PartialDecryption};
use hemicycle_protocol::ballot::setup::Setup;
use hemicycle_protocol::ballot::tally::{Tally, TallyError};
use hemicycle_protocol::ballot::trustees::{Trustee, Trustees};
use hemicycle_protocol::ballot::verify::{BallotError, Submission, verify, verify_many};
use num_bigint::BigUint;
use rand_chacha::ChaCha12Rng;
use rand_core::Rng as _;

use crate::forge::{Forger, encode, plus_order, rebuild};
use crate::room::{Room, ceremony};
use crate::support::{TIMESTAMP, World, rng};

/// Cases of each kind that have to be refused; together more than 10^5.
const BALLOT_BYTES: u64 = 46_000;
const SIGNED_FORGERIES: u64 = 4_000;
const ARCHIVE_BYTES: u64 = 20_000;
const REBUILT_ARCHIVES: u64 = 4_000;
const TRUSTEES: u64 = 12_000;
const PARTIALS: u64 = 6_000;
const SECOND_PROOFS: u64 = 3_000;
const MESSAGES: u64 = 6_000;
/// Changed hints: these cost time, and no ballot.
const HINTS: u64 = 2_000;

#[test]
fn the_cases_are_more_than_a_hundred_thousand() {
    let all = BALLOT_BYTES
        + SIGNED_FORGERIES
        + ARCHIVE_BYTES
        + REBUILT_ARCHIVES
        + TRUSTEES
        + PARTIALS
        + SECOND_PROOFS
        + MESSAGES;
    assert!(all > 100_000, "{all}");
}

fn scaled(cases: u64) -> u64 {
    let scale = std::env::var("HEMICYCLE_FUZZ_SCALE").ok();
    cases * scale.map_or(1, |scale| scale.parse::<u64>().unwrap())
}

fn seeded(kind: u64) -> ChaCha12Rng {
    let seed = std::env::var("HEMICYCLE_FUZZ_SEED").ok();
    rng(kind + seed.map_or(0, |seed| seed.parse::<u64>().unwrap() << 16))
}

pub fn below(rng: &mut ChaCha12Rng, bound: usize) -> usize {
    usize::try_from(rng.next_u64() % u64::try_from(bound).unwrap()).unwrap()
}

/// A small change anywhere; never none.
fn spoil(bytes: &[u8], rng: &mut ChaCha12Rng) -> Vec<u8> {
    let mut changed = bytes.to_vec();
    let at = below(rng, bytes.len());
    match below(rng, 8) {
        0..=3 => changed[at] ^= 1 << below(rng, 8),
        4 => {
            // A digit for a digit keeps the shape.
            let digit = b"0123456789abcdef"[below(rng, 16)];
            changed[at] = if changed[at] == digit { b'x' } else { digit };
        }
        5 => {
            changed.remove(at);
        }
        6 => changed.insert(at, b"0 \",{}[]9"[below(rng, 9)]),
        _ => changed.truncate(at),
    }
    if changed == bytes {
        changed.push(b' ')
    }
    changed
}

#[test]
fn changed_bytes_of_a_ballot() {
    let mut world = World::new(61, 3, 1, 1);
    let ballots: Vec<Vec<u8>> =
        (0..3_u8).map(|voter| world.cast(usize::from(voter), &[voter]).ballot).collect();
    let mut rng = seeded(62);
    for case in 0..scaled(BALLOT_BYTES) {
        let original = &ballots[below(&mut rng, 3)];
        let changed = spoil(original, &mut rng);
        let verdict = verify(&world.setup, &changed);
        assert!(verdict.is_err(), "case {case}: {}", String::from_utf8_lossy(&changed));
    }
}

#[test]
fn ballots_forged_and_signed_by_a_voter() {
    let mut rng = seeded(63);
    let mut forger = Forger::new(64);
    let cases = scaled(SIGNED_FORGERIES);
    let mut seen = std::collections::BTreeMap::new();
    let mut done = 0;
    while done < cases {
        // In groups with good ballots between them, through the batch check, which must find exactly the bad ones.
        let mut group = Vec::new();
        for _ in 0..20 {
            let voter = below(&mut rng, forger.world.voters.len());
            let good = forger.good(voter).clone();
            let (name, forged) = forger.forge(voter, &mut rng);
            group.push((None, good.ballot, good.hints.clone()));
            group.push((Some(name), forged, good.hints));
        }
        let submissions: Vec<_> = group
            .iter()
            .map(|(_, ballot, hints)| Submission { ballot, hints: Some(hints) })
            .collect();
        let verdicts = verify_many(&forger.world.setup, &submissions, &mut rng);
        for ((name, ballot, _), verdict) in group.iter().zip(verdicts) {
            match name {
                None => assert!(verdict.is_ok()),
                Some(name) => {
                    let error = verdict.expect_err(name);
                    if done % 10 == 0 {
                        assert_eq!(verify(&forger.world.setup, ballot).unwrap_err(), error);
                    }
                    seen.entry(*name).or_insert_with(Vec::new).push(error);
                    done += 1;
                }
            }
        }
    }
    // Every kind came up, and the forgeries reached the proofs rather than failing on the way there.
    assert_eq!(seen.len(), Forger::KINDS, "{:?}", seen.keys());
    let proofs = seen.values().flatten().filter(|error| {
        matches!(error, BallotError::IndividualProof { .. } | BallotError::OverallProof { .. })
    });
    assert!(proofs.count() as u64 > cases / 4);
    for errors in ["small order", "not canonical"] {
        assert!(
            seen[errors].iter().all(|error| matches!(error, BallotError::Point { .. })),
            "{errors}"
        );
    }
    for errors in ["scalar above the order", "fields swapped"] {
        assert!(
            seen[errors].iter().all(|error| matches!(error, BallotError::Record(_))),
            "{errors}"
        );
    }
}

#[test]
fn ballots_out_of_place() {
    let forger = Forger::new(65);
    let setup = forger.world.setup.clone();
    let mine = forger.good(0).clone();
    let theirs = forger.good(1).clone();

    let other = World::new(66, 3, 1, 1).cast(0, &[1]).ballot;
    assert_eq!(verify(&setup, &other).unwrap_err(), BallotError::WrongElection);
    let moved = forger.answers_of_other_vote(0);
    assert!(matches!(verify(&setup, &moved), Err(BallotError::IndividualProof { .. })));
    // Another voter's answers under one's own credential: the proofs hold the credential.
    let copied = forger.answers_of_other_voter(0, 1);
    assert!(matches!(verify(&setup, &copied), Err(BallotError::IndividualProof { .. })));
    // Another seat's credential without its key.
    let stolen = forger.under_credential_of(0, 1);
    assert!(verify(&setup, &stolen).is_err());
    assert_eq!(
        verify(&setup, &forger.under_unknown_credential(0)).unwrap_err(),
        BallotError::UnknownCredential
    );

    // A replay and a second ballot are found when counting, and in the record.
    let mut tally = Tally::new(&setup);
    let checked = verify(&setup, &mine.ballot).unwrap();
    tally.add(&checked).unwrap();
    assert_eq!(tally.add(&checked), Err(TallyError::AlreadyCounted));
    tally.add(&verify(&setup, &theirs.ballot).unwrap()).unwrap();
    let mut archive = Archive::new(&setup, TIMESTAMP).unwrap();
    for ballot in [&mine.ballot, &theirs.ballot, &mine.ballot] {
        archive.push_ballot(ballot).unwrap();
    }
    assert_eq!(
        verify_record(archive.as_bytes(), None, 1).unwrap_err().to_string(),
        "event 3 (Ballot): duplicate of the ballot in event 1"
    );
    let other_setup = World::new(66, 3, 1, 1).setup;
    assert_eq!(Tally::new(&other_setup).add(&checked), Err(TallyError::WrongElection));
}

#[test]
fn a_choice_of_two_or_of_minus_one() {
    let mut forger = Forger::new(67);
    for voter in 0..3 {
        for shift in [1, -1] {
            for both in [false, true] {
                let (ballot, hints) = forger.shifted_choice(voter, shift, both);
                let one = verify(&forger.world.setup, &ballot).unwrap_err();
                assert!(matches!(
                    one,
                    BallotError::IndividualProof { .. } | BallotError::OverallProof { .. }
                ));
                for hints in [None, Some(&hints)] {
                    let submission = Submission { ballot: &ballot, hints };
                    let many =
                        verify_many(&forger.world.setup, &[submission], &mut rng(68)).remove(0);
                    assert_eq!(many.unwrap_err(), one);
                }
                assert!(!one.to_string().contains("-1") && !one.to_string().contains('2'));
            }
        }
    }
}

#[test]
fn changed_hints_change_no_verdict() {
    let mut world = World::new(69, 4, 1, 1);
    let sealed: Vec<_> = (0..4).map(|voter| world.cast(voter, &[1])).collect();
    let questions = world.setup.election().questions.clone();
    let mut rng = seeded(70);
    let mut spoiled_by_group = Vec::new();
    for _ in 0..scaled(HINTS) / 4 {
        spoiled_by_group.clear();
        for sealed in &sealed {
            let mut bytes = sealed.hints.to_bytes();
            let at = below(&mut rng, bytes.len());
            bytes[at] ^= 1 << below(&mut rng, 8);
            spoiled_by_group.push(Hints::from_bytes(&bytes, &questions).unwrap());
        }
        let submissions: Vec<_> = sealed
            .iter()
            .zip(&spoiled_by_group)
            .map(|(sealed, hints)| Submission { ballot: &sealed.ballot, hints: Some(hints) })
            .collect();
        let verdicts = verify_many(&world.setup, &submissions, &mut rng);
        assert!(verdicts.iter().all(Result::is_ok));
    }
    assert_eq!(Hints::from_bytes(&[0; 31], &questions), None);
    assert_eq!(Hints::from_bytes(&[], &questions), None);
}

#[test]
fn changed_bytes_of_an_archive() {
    let mut world = World::new(71, 2, 1, 1);
    let (archive, _, _) = world.run(&[vec![0], vec![1]]);
    verify_record(&archive, None, 1).unwrap();
    let mut rng = seeded(72);
    for case in 0..scaled(ARCHIVE_BYTES) {
        let mut changed = archive.clone();
        let at = below(&mut rng, changed.len());
        changed[at] ^= 1 << below(&mut rng, 8);
        assert!(verify_record(&changed, None, 1).is_err(), "case {case}: byte {at}");
    }
    for end in 0..archive.len() {
        let is_whole = read(&archive[..end]).is_ok();
        assert!(!is_whole || end % 512 == 0);
    }
    let mut longer = archive.clone();
    longer.resize(archive.len() + 1024, 0);
    assert!(read(&longer).is_err(), "tar end blocks");
    assert!(read(&[]).is_err());
}

#[test]
fn archives_rebuilt_around_a_changed_record() {
    let mut world = World::new(73, 1, 1, 1);
    let (archive, _, _) = world.run(&[vec![2]]);
    let contents = read(&archive).unwrap();
    let records: Vec<(EventType, Vec<Vec<u8>>)> = contents
        .events
        .iter()
        .map(|event| (event.kind, event.data.iter().map(|data| data.to_vec()).collect()))
        .collect();
    assert_eq!(rebuild(&records, contents.timestamp), archive);
    let mut rng = seeded(74);
    let mut reached = std::collections::BTreeSet::new();
    let mut case = 0;
    while case < scaled(REBUILT_ARCHIVES) {
        let mut changed = records.clone();
        let event = below(&mut rng, changed.len());
        match below(&mut rng, 6) {
            0 => {
                // Events dropped, doubled or swapped.
                let other = below(&mut rng, changed.len());
                match below(&mut rng, 3) {
                    0 if event + 1 < changed.len() => {
                        changed.remove(event);
                    }
                    1 => {
                        let copy = changed[event].clone();
                        changed.insert(other, copy);
                    }
                    _ if event != other => changed.swap(event, other),
                    _ => continue,
                }
            }
            _ if !changed[event].1.is_empty() => {
                let data = &mut changed[event].1;
                let place = below(&mut rng, data.len());
                data[place] = spoil(&data[place], &mut rng);
            }
            _ => continue,
        }
        let rebuilt = rebuild(&changed, contents.timestamp);
        if rebuilt == archive {
            // Only the hashes in the setup data were changed, and rebuilding put them right.
            continue;
        }
        match verify_record(&rebuilt, None, 1) {
            Ok(report) => panic!("case {case}: accepted {:?}", report.last_kind),
            Err(error) => reached.insert(error.to_string().chars().take(9).collect::<String>()),
        };
        case += 1;
    }
    assert!(reached.len() >= 5, "{reached:?}");
}

#[test]
fn changed_trustees() {
    let room = Room::honest(3, 2, 75);
    let record = Trustees(vec![Trustee::Pedersen(room.record())]);
    let bytes = record.to_bytes();
    let mut rng = seeded(76);
    for case in 0..scaled(TRUSTEES) {
        let changed = spoil(&bytes, &mut rng);
        let accepted = Trustees::from_bytes(&changed).is_ok_and(|record| record.verify().is_ok());
        assert!(!accepted, "case {case}: {}", String::from_utf8_lossy(&changed));
    }
    // Parts of one key generation in another.
    let other = Room::honest(3, 2, 77).record();
    let Trustee::Pedersen(good) = &record.0[0] else { panic!() };
    for part in 0..5 {
        let mut mixed = good.clone();
        match part {
            0 => mixed.certs[1] = other.certs[1].clone(),
            1 => mixed.coefexps[1] = other.coefexps[1].clone(),
            2 => mixed.signatures[1] = other.signatures[1],
            3 => mixed.verification_keys[1] = other.verification_keys[1].clone(),
            _ => mixed.threshold = 3,
        }
        assert!(Trustees(vec![Trustee::Pedersen(mixed)]).verify().is_err(), "{part}");
    }
    // The same proofs with numbers above the order.
    let text = String::from_utf8(bytes.clone()).unwrap();
    let numbers: Vec<&str> =
        text.split('"').filter(|part| part.len() > 60 && part.parse::<BigUint>().is_ok()).collect();
    // Points in hex may look like numbers, and then are none any more.
    assert!(numbers.len() >= 2 * (3 * 2 + 3 + 3 * 2));
    for number in numbers {
        let changed = text.replacen(number, &plus_order(number), 1);
        assert!(Trustees::from_bytes(changed.as_bytes()).is_err(), "{number}");
    }
    // A copied key with its copied proof.
    let world = World::new(78, 1, 1, 1);
    let copied = Trustees::from_bytes(&world.setup.records()[1]).unwrap().0[0].clone();
    let twice = Trustees(vec![copied.clone(), copied]);
    assert!(twice.verify().is_err());
    let [election, _, credentials, _] = world.setup.records();
    assert!(Setup::from_records(election, &twice.to_bytes(), credentials).is_err());
    assert!(Setup::from_records(election, &bytes, credentials).is_err());
}

/// Where a key belongs stands something that is none.
#[test]
fn keys_that_are_no_keys() {
    let world = World::new(84, 2, 1, 1);
    let [election, trustees, credentials, _] = world.setup.records();
    Setup::from_records(election, trustees, credentials).unwrap();
    let key = world.setup.election().public_key.encoded().to_hex();
    let credential = world.voters[0].public().encoded().to_hex();
    let mut bad = vec![
        // The identity, and again with its sign; y = p, p + 1 and the largest; y = 2, which no point has.
        format!("{:064x}", 1),
        format!("8{}1", "0".repeat(62)),
        format!("7{}ed", "f".repeat(61)),
        format!("7{}ee", "f".repeat(61)),
        "f".repeat(64),
        format!("{:064x}", 2),
        String::new(),
    ];
    for torsion in &EIGHT_TORSION[1..] {
        bad.push(encode(torsion).to_hex());
        bad.push(encode(&(torsion + ED25519_BASEPOINT_POINT)).to_hex());
    }
    let replace = |record: &[u8], old: &str, new: &str| {
        let text = String::from_utf8(record.to_vec()).unwrap();
        assert!(text.contains(old));
        text.replace(old, new).into_bytes()
    };
    bad.extend([credential.to_uppercase(), credential[1..].to_owned(), format!("{credential}0")]);
    for bad in &bad {
        let voters = replace(credentials, &credential, bad);
        assert!(Setup::from_records(election, trustees, &voters).is_err(), "{bad}");
        let (election, trustees) = (replace(election, &key, bad), replace(trustees, &key, bad));
        assert!(Setup::from_records(&election, &trustees, credentials).is_err(), "{bad}");
    }
    // One credential for two voters.
    let other = world.voters[1].public().encoded().to_hex();
    let twice = replace(credentials, &credential, &other);
    assert!(Setup::from_records(election, trustees, &twice).is_err());
}

#[test]
fn changed_decryptions() {
    let mut world = World::new(79, 2, 1, 1);
    let mut tally = Tally::new(&world.setup);
    let ballot = world.cast(0, &[0]).ballot;
    tally.add(&verify(&world.setup, &ballot).unwrap()).unwrap();
    let (encrypted, _) = tally.records();
    let part =
        partially_decrypt(&world.setup, &world.trustees[0], &encrypted, &mut world.rng).unwrap();
    let bytes = part.partial.to_bytes();
    let mut rng = seeded(80);
    for case in 0..scaled(PARTIALS) {
        let changed = spoil(&bytes, &mut rng);
        let accepted = PartialDecryption::from_bytes(&changed)
            .is_ok_and(|partial| verify_partial(&world.setup, &encrypted, 1, &partial).is_ok());
        assert!(!accepted, "case {case}: {}", String::from_utf8_lossy(&changed));
    }
    let parts = [(1, part.partial.clone())];
    let file = SecondProofs::collect(&world.setup, &encrypted, &[part]).to_bytes();
    for case in 0..scaled(SECOND_PROOFS) {
        let changed = spoil(&file, &mut rng);
        let accepted = SecondProofs::from_bytes(&changed).is_ok_and(|file| {
            verify_second_proofs(&world.setup, &encrypted, &parts, &file).is_ok()
        });
        assert!(!accepted, "case {case}: {}", String::from_utf8_lossy(&changed));
    }
}

#[test]
fn changed_key_generation_messages() {
    let mut room = Room::honest(3, 2, 81);
    // In an order in which each builds on those before: commit, reveal, shares, confirm.
    let order = ["\"commit\"", "\"reveal\"", "\"shares\":{", "\"confirm\""];
    let rank = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes).into_owned();
        order.iter().position(|word| text.contains(word)).unwrap()
    };
    room.log.sort_by_key(|(from, bytes)| (rank(bytes), *from));
    let mut boards = vec![Board::new(ceremony(3, 2)).unwrap()];
    for (from, bytes) in &room.log {
        let mut board = boards.last().unwrap().clone();
        board.receive(*from, bytes);
        boards.push(board);
    }
    assert!(matches!(boards[12].progress(), Progress::Done(_)));
    let mut rng = seeded(82);
    for case in 0..scaled(MESSAGES) {
        let at = below(&mut rng, 12);
        let (from, bytes) = &room.log[at];
        let changed = spoil(bytes, &mut rng);
        let mut board = boards[at].clone();
        board.receive(*from, &changed);
        // A commitment is only a hash: a changed one is found when its reveal comes.
        if at < 3 {
            for (from, bytes) in &room.log[at + 1..] {
                board.receive(*from, bytes);
            }
        }
        match board.progress() {
            Progress::Failed(blame) => assert_eq!(blame.participant, *from, "case {case}"),
            other @ (Progress::Waiting { .. } | Progress::Done(_)) => {
                panic!("case {case}: {other:?}: {}", String::from_utf8_lossy(&changed))
            }
        }
    }
}
