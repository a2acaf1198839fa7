//! Our own elections: written, read, verified, written again to the same bytes.

use hemicycle_protocol::ballot::archive::{Archive, EventType, PrefixError, check_continues, read};
use hemicycle_protocol::ballot::election::{
    ElectionError, SecondCheck, SecondFault, verify_record,
};
use hemicycle_protocol::ballot::encrypt::{EncryptError, encrypt, one_of};
use hemicycle_protocol::ballot::keys::SecretKey;
use hemicycle_protocol::ballot::records::{
    Canonical as _, ElectionResult, EncryptedTally, Owned, PartialDecryption, Question, SizedTally,
    Uuid,
};
use hemicycle_protocol::ballot::scalar::RecordHash;
use hemicycle_protocol::ballot::setup::Setup;
use hemicycle_protocol::ballot::tally::{Tally, TallyError};
use hemicycle_protocol::ballot::verify::{Submission, verify, verify_many};
use proptest::prelude::*;

use crate::support::{TIMESTAMP, World, rng};

#[test]
fn an_election_of_ours_is_written_and_read_byte_for_byte() {
    let mut world = World::new(21, 9, 3, 2);
    let choices: Vec<Vec<u8>> = (0..9_u8).map(|voter| vec![voter % 3, 2, voter % 2]).collect();
    let (archive, second, result) = world.run(&choices);
    assert_eq!(result.result, vec![vec![3, 3, 3], vec![0, 0, 9], vec![5, 4, 0]]);

    let report = verify_record(&archive, Some(&second), 2).unwrap();
    assert_eq!(report.result.as_ref(), Some(&result));
    assert_eq!(report.second, SecondCheck::Hold);
    assert_eq!(report.owners, vec![1, 2]);
    assert_eq!(report.timestamp, TIMESTAMP);
    assert_eq!(verify_record(&archive, None, 1).unwrap().second, SecondCheck::Absent);

    // What was read, written again.
    let contents = read(&archive).unwrap();
    let mut again: Option<Archive> = None;
    for event in &contents.events {
        match (event.kind, &event.data[..], again.as_mut()) {
            (EventType::Setup, [election, trustees, credentials, data], None) => {
                let setup = Setup::from_archive(election, trustees, credentials, data).unwrap();
                again = Some(Archive::new(&setup, contents.timestamp).unwrap());
            }
            (EventType::Ballot, [ballot], Some(again)) => again.push_ballot(ballot).unwrap(),
            (EventType::EndBallots, [], Some(again)) => again.end_ballots().unwrap(),
            (EventType::EncryptedTally, [tally, sized], Some(again)) => again
                .push_tally(
                    &EncryptedTally::from_bytes(tally).unwrap(),
                    &SizedTally::from_bytes(sized).unwrap(),
                )
                .unwrap(),
            (EventType::PartialDecryption, [partial, owned], Some(again)) => again
                .push_partial(
                    Owned::from_bytes(owned).unwrap().owner,
                    &PartialDecryption::from_bytes(partial).unwrap(),
                )
                .unwrap(),
            (EventType::Result, [result], Some(again)) => {
                again.push_result(&ElectionResult::from_bytes(result).unwrap()).unwrap();
            }
            (kind, data, _) => panic!("{kind:?} with {} data records", data.len()),
        }
    }
    let again = again.unwrap();
    assert_eq!(again.as_bytes(), archive);
    assert_eq!(*again.last_event(), report.last_event);
    assert_eq!(usize::try_from(again.height()).unwrap(), report.height);
}

#[test]
fn events_come_in_order_or_not_at_all() {
    let mut world = World::new(22, 2, 1, 1);
    let ballot = world.cast(0, &[0]).ballot;
    let mut archive = Archive::new(&world.setup, TIMESTAMP).unwrap();
    let tally = Tally::new(&world.setup);
    let (encrypted, sized) = tally.records();
    assert!(archive.push_tally(&encrypted, &sized).is_err());
    assert!(archive.push_result(&ElectionResult { result: vec![] }).is_err());
    archive.push_ballot(&ballot).unwrap();
    archive.end_ballots().unwrap();
    assert!(archive.end_ballots().is_err());
    assert!(archive.push_ballot(&ballot).is_err());
    let before = archive.as_bytes().to_vec();
    archive.push_tally(&encrypted, &sized).unwrap();
    // The sum of nothing is not the sum of one ballot.
    let error = verify_record(archive.as_bytes(), None, 1).unwrap_err().to_string();
    assert_eq!(
        error,
        "event 3 (EncryptedTally): the encrypted tally is not the sum of the ballots"
    );
    check_continues(&before, archive.as_bytes()).unwrap();
    assert_eq!(check_continues(archive.as_bytes(), &before), Err(PrefixError::Event { event: 3 }));
    assert!(Archive::new(&world.setup, 1 << 33).is_err());
}

#[test]
fn a_vote_without_ballots_opens_to_zeros() {
    let mut world = World::new(23, 2, 2, 1);
    let (archive, second, result) = world.run_with(&[]);
    assert_eq!(result.result, vec![vec![0; 3]; 2]);
    verify_record(&archive, Some(&second), 4).unwrap();
}

#[test]
fn the_last_ballot_of_a_credential_counts() {
    let mut world = World::new(24, 2, 1, 1);
    let first = world.cast(0, &[0]).ballot;
    let other = world.cast(1, &[1]).ballot;
    let last = world.cast(0, &[2]).ballot;
    let mut archive = Archive::new(&world.setup, TIMESTAMP).unwrap();
    for ballot in [&first, &other, &last] {
        archive.push_ballot(ballot).unwrap();
    }
    archive.end_ballots().unwrap();
    let report = verify_record(archive.as_bytes(), None, 1).unwrap();
    let counts: Vec<bool> = report.ballots.iter().map(|ballot| ballot.counts).collect();
    assert_eq!(counts, [false, true, true]);
    assert_eq!(report.counted(), 2);

    let mut tally = Tally::new(&world.setup);
    tally.add(&verify(&world.setup, &last).unwrap()).unwrap();
    let again = tally.add(&verify(&world.setup, &first).unwrap());
    assert_eq!(again, Err(TallyError::AlreadyCounted));
}

#[test]
fn second_proofs_are_for_this_tally_and_these_trustees() {
    let mut world = World::new(25, 3, 1, 2);
    let ballots: Vec<Vec<u8>> = (0..3).map(|voter| world.cast(voter, &[1]).ballot).collect();
    let (archive, second, _) = world.run_with(&ballots);
    let (_, other, _) = world.run_with(&ballots[..2]);
    let refused = |file: &[u8]| match verify_record(&archive, Some(file), 1) {
        Err(ElectionError::SecondProofs(fault)) => fault.to_string(),
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(&other), "the full-statement proofs are for another tally");
    let text = String::from_utf8(second.clone()).unwrap();
    assert_eq!(
        refused(text.replace("\"owner\":2", "\"owner\":3").as_bytes()),
        "trustee 2: the full-statement proof of a decryption factor does not hold"
    );
    assert_eq!(
        refused(text.replace("\"owner\":2", "\"owner\":1").as_bytes()),
        "trustee 1 appears twice"
    );
    // The record's proof is no second proof.
    let report = verify_record(&archive, None, 1).unwrap();
    let contents = read(&archive).unwrap();
    let part = contents.events.iter().find(|event| event.kind == EventType::PartialDecryption);
    let partial = PartialDecryption::from_bytes(part.unwrap().data[0]).unwrap();
    let first = &partial.decryption_proofs[0][0].challenge.to_decimal();
    assert!(!text.contains(first));
    let setup_only = Archive::new(&report.setup, TIMESTAMP).unwrap();
    assert!(matches!(
        verify_record(setup_only.as_bytes(), Some(&second), 1),
        Err(ElectionError::SecondProofs(SecondFault::NothingDecrypted))
    ));
}

#[test]
fn choices_that_are_none_are_refused_without_being_told() {
    let mut world = World::new(26, 1, 2, 1);
    let setup = world.setup.clone();
    let mut refuse = |choices: &[Vec<bool>], key: &SecretKey| {
        encrypt(&setup, key, choices, &mut world.rng).unwrap_err()
    };
    let key = world.voters[0].clone();
    let (first, two) = (one_of(3, 0), vec![true, false, true]);
    for none in [one_of(3, 3), one_of(3, 255), two.clone()] {
        let pair = [first.clone(), none.clone()];
        assert_eq!(refuse(&pair, &key), EncryptError::Marks { question: 2 });
        assert_eq!(refuse(&[none, first.clone()], &key), EncryptError::Marks { question: 1 });
    }
    for short in [one_of(2, 0), one_of(4, 0), vec![]] {
        let pair = [first.clone(), short];
        assert_eq!(refuse(&pair, &key), EncryptError::Shape { question: 2 });
    }
    assert_eq!(refuse(std::slice::from_ref(&first), &key), EncryptError::Choices);
    assert_eq!(refuse(&[], &key), EncryptError::Choices);
    let stranger = SecretKey::generate(&mut rng(1));
    assert_eq!(refuse(&[first.clone(), first], &stranger), EncryptError::UnknownCredential);
    assert_eq!(
        EncryptError::Marks { question: 2 }.to_string(),
        "question 2: too few or too many answers are marked"
    );
}

#[test]
fn many_ballots_are_judged_as_one_by_one() {
    let mut world = World::new(27, 40, 2, 1);
    let sealed: Vec<_> =
        (0..40_u8).map(|voter| world.cast(usize::from(voter), &[voter % 3, 0])).collect();
    let submit = |with_hints: bool| -> Vec<_> {
        sealed
            .iter()
            .map(|sealed| Submission {
                ballot: &sealed.ballot,
                hints: with_hints.then_some(&sealed.hints),
            })
            .collect()
    };
    let mut rng = rng(5);
    for submissions in [submit(true), submit(false)] {
        for (answer, sealed) in
            verify_many(&world.setup, &submissions, &mut rng).into_iter().zip(&sealed)
        {
            assert_eq!(answer.unwrap().tracker(), &sealed.tracker);
        }
    }
    // Another ballot's hints slow a ballot down, and no more.
    let mut mixed = submit(true);
    mixed[3].hints = Some(&sealed[4].hints);
    assert!(verify_many(&world.setup, &mixed, &mut rng).iter().all(Result::is_ok));
    assert!(verify_many(&world.setup, &[], &mut rng).is_empty());
}

#[test]
fn a_question_takes_from_its_least_to_its_largest_number_of_answers() {
    for (min, max) in [(0, 2), (1, 3), (2, 2), (0, 4), (3, 4)] {
        let mut question = Question::one_of("若干项", &["甲", "乙", "丙", "丁"]);
        (question.min, question.max) = (min, max);
        // Every way to mark four answers.
        let all: Vec<Vec<bool>> =
            (0..16_u8).map(|bits| (0..4).map(|bit| bits >> bit & 1 == 1).collect()).collect();
        let mut world = World::asking(28, all.len(), vec![question], 1);
        let mut sealed = Vec::new();
        let mut counts = vec![0; 4];
        for (voter, marks) in all.iter().enumerate() {
            let number = u32::try_from(marks.iter().filter(|mark| **mark).count()).unwrap();
            let ballot = [marks.clone()];
            if (min..=max).contains(&number) {
                sealed.push(world.cast_marks(voter, &ballot));
                counts.iter_mut().zip(marks).for_each(|(n, mark)| *n += u32::from(*mark));
            } else {
                let key = &world.voters[voter];
                let error = encrypt(&world.setup, key, &ballot, &mut world.rng).unwrap_err();
                assert_eq!(error, EncryptError::Marks { question: 1 });
            }
        }
        let submissions: Vec<_> = sealed
            .iter()
            .map(|sealed| Submission { ballot: &sealed.ballot, hints: Some(&sealed.hints) })
            .collect();
        let verdicts = verify_many(&world.setup, &submissions, &mut rng(6));
        assert!(verdicts.iter().all(Result::is_ok));
        let ballots: Vec<Vec<u8>> = sealed.into_iter().map(|sealed| sealed.ballot).collect();
        let (archive, second, result) = world.run_with(&ballots);
        assert_eq!(result.result, vec![counts], "{min} to {max}");
        verify_record(&archive, Some(&second), 1).unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Whatever the choices, the result is their count and the record verifies.
    #[test]
    fn results_are_the_counts(
        seed in any::<u64>(),
        choices in prop::collection::vec(prop::collection::vec(0_u8..3, 2), 1..6),
    ) {
        let mut world = World::new(seed, choices.len(), 2, 1);
        let (archive, second, result) = world.run(&choices);
        for question in 0..2 {
            for answer in 0..3_u8 {
                let count = choices.iter().filter(|choice| choice[question] == answer).count();
                let opened = result.result[question][usize::from(answer)];
                prop_assert_eq!(usize::try_from(opened).unwrap(), count);
            }
        }
        prop_assert!(verify_record(&archive, Some(&second), 1).is_ok());
        let contents = read(&archive).unwrap();
        let lengths = contents.events.iter().map(|event| event.data.concat().len());
        let ballots = lengths.skip(1).take(choices.len());
        for length in ballots {
            let bound = world.setup.max_ballot_bytes();
            prop_assert!(length <= bound && bound < length + 500, "{length} of {bound}");
        }
    }

    /// Hash forms survive being written and read.
    #[test]
    fn hashes_round_trip(bytes in any::<[u8; 32]>()) {
        let hash = RecordHash(bytes);
        prop_assert_eq!(RecordHash::from_hex(&hash.to_hex()), Some(hash));
        prop_assert_eq!(RecordHash::from_base64(&hash.to_base64()), Some(hash));
    }
}

#[test]
fn identifiers_have_one_alphabet() {
    let drawn = Uuid::random(&mut rng(7));
    assert_eq!(Uuid::new(drawn.as_str()), Some(drawn));
    for bad in ["", "short", "0000000000000000", "abcdefghijklmnO", &"a".repeat(65)] {
        assert_eq!(Uuid::new(bad), None, "{bad}");
    }
}
