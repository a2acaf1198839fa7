//! An independent program as judge: our records put to `belenios-tool`, its records read by us.
//!
//! The tool is `$BELENIOS_TOOL`, else `belenios-tool` on the path; it must be 3.0 or later. Without it nothing is checked,
//! and the test says so loudly; with `HEMICYCLE_REQUIRE_PEER` set it fails instead.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../ballot_suite/room.rs"]
#[allow(dead_code, reason = "shared with the other tests")]
mod room;
#[path = "../ballot_suite/support.rs"]
#[allow(dead_code, reason = "shared with the other tests")]
mod support;
mod theirs;
mod tool;

use hemicycle_protocol::ballot::archive::Archive;
use hemicycle_protocol::ballot::election::verify_record;
use hemicycle_protocol::ballot::keys::SecretKey;
use hemicycle_protocol::ballot::records::Question;
use hemicycle_protocol::ballot::trustees::{Trustee, Trustees};

use room::Room;
use support::{TIMESTAMP, World, election, rng, three_answers};
use tool::Tool;

/// A vote of ours with a server's key and scrutineers' shares, opened by the given ones.
fn our_vote(seed: u64, voters: usize, questions: Vec<Question>, scrutineers: &[usize]) -> World {
    let room = Room::honest(3, 2, seed);
    let mut rng = rng(seed);
    let server = SecretKey::generate(&mut rng);
    let trustees = Trustees(vec![
        Trustee::single(server.trustee_key(&mut rng)),
        Trustee::Pedersen(room.record()),
    ]);
    let mut keys = vec![server];
    keys.extend(scrutineers.iter().map(|place| room.shares()[*place].clone()));
    World::with_trustees(rng, voters, questions, keys, &trustees)
}

#[test]
fn the_tool_and_we_judge_alike() {
    let Some(tool) = Tool::find() else { return };
    // Ours: several quorums, several questions, nobody voting, all three scrutineers.
    for (seed, voters, questions, scrutineers) in
        [(1, 7, 1, &[0, 2][..]), (2, 5, 4, &[1, 2]), (3, 3, 1, &[0, 1, 2])]
    {
        let mut world = our_vote(seed, voters, three_answers(questions), scrutineers);
        let choices: Vec<Vec<u8>> = (0..voters)
            .map(|voter| (0..questions).map(|place| ((voter + place) % 3) as u8).collect())
            .collect();
        let (archive, _, _) = world.run(&choices);
        assert!(tool.accepts(&archive), "{seed}");
    }
    let (empty, _, _) = our_vote(4, 2, three_answers(2), &[0, 1]).run_with(&[]);
    assert!(tool.accepts(&empty));
    let world = our_vote(5, 2, three_answers(1), &[0, 1]);
    assert!(tool.accepts(Archive::new(&world.setup, TIMESTAMP).unwrap().as_bytes()));

    // Elections of two among five, and of all among three: nobody named, one, as many as there are places.
    for (seed, candidates, seats) in [(6, 5, 2), (7, 3, 3), (8, 4, 1)] {
        let mut world = our_vote(
            seed,
            4,
            vec![election(candidates, seats as u32), Question::one_of("?", &["Y", "N"])],
            &[1, 2],
        );
        let mut counts = vec![0; candidates];
        let ballots: Vec<Vec<u8>> = (0..4)
            .map(|voter| {
                let names = if voter == 3 { 0 } else { seats.min(voter + 1) };
                let marks = (0..candidates).map(|place| (place + voter) % candidates < names);
                let marks: Vec<bool> = marks.collect();
                counts.iter_mut().zip(&marks).for_each(|(count, mark)| *count += u32::from(*mark));
                world.cast_marks(voter, &[marks, vec![voter % 2 == 0, voter % 2 == 1]]).ballot
            })
            .collect();
        let (archive, _, result) = world.run_with(&ballots);
        assert_eq!(result.result, vec![counts, vec![2, 2]]);
        assert!(tool.accepts(&archive), "{seats} of {candidates}");
    }

    // Changed ones.
    for name in [
        "changed-result",
        "changed-tally",
        "duplicated-ballot",
        "flipped-proof",
        "wrong-partial-decryption",
    ] {
        assert!(!tool.accepts(&support::file(&format!("rejected-{name}.bel"))), "{name}");
    }

    // Made by the tool, with a ballot of ours among its own.
    let archive = theirs::election(&tool, &mut rng(9));
    assert!(tool.accepts(&archive));
    let report = verify_record(&archive, None, 2).unwrap();
    assert_eq!(report.result.unwrap().result, theirs::RESULT);
}
