//! Hints beside a record: they save time and decide nothing.

use hemicycle_protocol::ballot::archive::Archive;
use hemicycle_protocol::ballot::election::{Report, hints_for, verify_hinted, verify_record};
use hemicycle_protocol::ballot::encrypt::Sealed;
use hemicycle_protocol::ballot::hints::Hints;
use hemicycle_protocol::ballot::verify::hints_of;
use rand_core::Rng as _;

use crate::support::{TIMESTAMP, World, rng};

const VOTERS: u8 = 6;

/// Two questions, a ballot of each voter, and the archive of those.
fn vote() -> (World, Vec<Sealed>, Vec<u8>) {
    let mut world = World::new(41, VOTERS.into(), 2, 1);
    let sealed: Vec<Sealed> =
        (0..VOTERS).map(|voter| world.cast(voter.into(), &[voter % 3, 1])).collect();
    let ballots: Vec<&[u8]> = sealed.iter().map(|sealed| &sealed.ballot[..]).collect();
    let archive = archive(&world, &ballots);
    (world, sealed, archive)
}

fn archive(world: &World, ballots: &[&[u8]]) -> Vec<u8> {
    let mut archive = Archive::new(&world.setup, TIMESTAMP).unwrap();
    ballots.iter().for_each(|ballot| archive.push_ballot(ballot).unwrap());
    archive.as_bytes().to_vec()
}

fn same(report: &Report, other: &Report) -> bool {
    report.ballots == other.ballots && report.events == other.events
}

#[test]
fn anybody_makes_the_hints_that_the_voter_made() {
    let (world, sealed, archive) = vote();
    for sealed in &sealed {
        assert_eq!(hints_of(&world.setup, &sealed.ballot).unwrap(), sealed.hints);
    }
    let all: Vec<u8> = sealed.iter().flat_map(|sealed| sealed.hints.to_bytes()).collect();
    for threads in 1..4 {
        assert_eq!(hints_for(&archive, threads).unwrap(), all);
    }
    let questions = &world.setup.election().questions;
    let split = Hints::split(&all, questions, VOTERS.into()).unwrap();
    assert!(split.iter().zip(&sealed).all(|(hints, sealed)| *hints == sealed.hints));
    for ballots in [0, 5, 7, usize::MAX] {
        assert!(Hints::split(&all, questions, ballots).is_none(), "{ballots}");
    }
    // Of a ballot that does not hold there are none.
    let mut spoiled = sealed[0].ballot.clone();
    let digit = spoiled.iter().rposition(u8::is_ascii_digit).unwrap();
    spoiled[digit] = if spoiled[digit] == b'1' { b'2' } else { b'1' };
    assert!(hints_of(&world.setup, &spoiled).is_err());
}

#[test]
fn whatever_the_hints_the_answer_is_the_same() {
    let (world, sealed, archive) = vote();
    let plain = verify_record(&archive, None, 1).unwrap();
    let good = hints_for(&archive, 2).unwrap();
    let mut others = vec![
        Vec::new(),
        vec![0; good.len()],
        vec![0xff; good.len()],
        good[..good.len() - 32].to_vec(),
        [&good[..], &good[..32]].concat(),
    ];
    // Those of two ballots in each other's place.
    let mut swapped = good.clone();
    swapped.rotate_left(good.len() / usize::from(VOTERS));
    others.push(swapped);
    let mut random = rng(42);
    for _ in 0..60 {
        let mut bent = good.clone();
        let at = usize::try_from(random.next_u32()).unwrap() % bent.len();
        bent[at] ^= 1 << (random.next_u32() % 8);
        others.push(bent);
    }
    others.push(good.clone());
    for (case, hints) in others.iter().enumerate() {
        for threads in [1, 3] {
            let report = verify_hinted(&archive, None, Some(hints), threads).unwrap();
            assert!(same(&report, &plain), "case {case}");
        }
    }
    // Nor does a ballot pass that does not hold: each number of a proof in turn.
    let text = String::from_utf8(sealed[4].ballot.clone()).unwrap();
    let numbers: Vec<usize> =
        text.match_indices("\"response\":\"").map(|(at, _)| at + 12).collect();
    assert_eq!(numbers.len(), 2 * (3 * 2 + 1) + 1);
    for at in numbers {
        let mut bent = sealed[4].ballot.clone();
        bent[at] = if bent[at] == b'1' { b'2' } else { b'1' };
        let mut ballots: Vec<&[u8]> = sealed.iter().map(|sealed| &sealed.ballot[..]).collect();
        ballots[4] = &bent;
        let archive = self::archive(&world, &ballots);
        let plain = verify_record(&archive, None, 1).unwrap_err();
        for threads in [1, 3] {
            let hinted = verify_hinted(&archive, None, Some(&good), threads).unwrap_err();
            assert_eq!(hinted, plain);
        }
        assert!(plain.to_string().starts_with("event 5"), "{plain}");
    }
}
