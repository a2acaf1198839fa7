//! Every form of a vote as a secret one: what is opened is what would have been counted by name, and the largest ballot
//! fits its message.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hemicycle_protocol::ballot::archive::read;
use hemicycle_protocol::ballot::election::verify_record;
use hemicycle_protocol::ballot::hints::Hints;
use hemicycle_protocol::ballot::records::{Canonical as _, Election, ElectionResult, Question};
use hemicycle_protocol::ballot::setup::Setup;
use hemicycle_protocol::ids::{Hex, MeetingId, VoteId};
use hemicycle_protocol::secret::{asks, choices, count, draft};
use hemicycle_protocol::vote::{
    Ballot, Choice, Count, Form, Grade, MOST_QUESTIONS, Nominee, PersonAction, Preset, Room, Rule,
    Verdict,
};
use hemicycle_protocol::wire::{Ask, Command, Up, limits};
use proptest::prelude::*;

use crate::support::World;

const MEETING: MeetingId = Hex([3; 16]);

fn people(number: usize) -> Vec<Nominee> {
    let person = |n| Nominee {
        name: format!("候选人{n}"),
        action: PersonAction::Elect,
        post: "委员".to_owned(),
    };
    (1..=number).map(person).collect()
}

fn election(candidates: usize, seats: u16) -> Form {
    Form::Plurality { candidates: people(candidates), seats }
}

fn world(form: &Form, voters: usize) -> World {
    World::asking(31, voters, draft(&MEETING, 0, "表决", form).questions, 2)
}

fn forms() -> impl Strategy<Value = Form> {
    prop_oneof![
        Just(Form::Motion),
        (1..4_usize).prop_map(|n| Form::Personnel { nominees: people(n) }),
        (1..4_usize).prop_map(|n| Form::Satisfaction {
            subjects: (0..n).map(|n| format!("部门{n}")).collect()
        }),
        (1..7_usize)
            .prop_flat_map(|n| (Just(n), 1..=n))
            .prop_map(|(n, seats)| { election(n, u16::try_from(seats).unwrap()) }),
    ]
}

fn choice() -> impl Strategy<Value = Choice> {
    prop::sample::select(&Choice::ALL[..])
}

/// A ballot of this form; an election's names as many as there are places at most, or none.
fn ballots(form: &Form) -> BoxedStrategy<Ballot> {
    match form {
        Form::Motion => choice().prop_map(|choice| Ballot::Motion { choice }).boxed(),
        Form::Personnel { nominees } => prop::collection::vec(choice(), nominees.len())
            .prop_map(|choices| Ballot::Personnel { choices })
            .boxed(),
        Form::Satisfaction { subjects } => {
            let grade = prop::option::of(prop::sample::select(&Grade::ALL[..]));
            prop::collection::vec(grade, subjects.len())
                .prop_map(|grades| Ballot::Satisfaction { grades })
                .boxed()
        }
        Form::Plurality { candidates, seats } => {
            let names: Vec<u16> = (0..u16::try_from(candidates.len()).unwrap()).collect();
            prop::sample::subsequence(names, 0..=usize::from(*seats))
                .prop_shuffle()
                .prop_map(|chosen| Ballot::Plurality { chosen })
                .boxed()
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Secret or by name: the same ballots give the same count, and so the same verdict.
    #[test]
    fn a_secret_count_is_the_count_by_name(
        (form, cast) in forms().prop_flat_map(|form| {
            let cast = prop::collection::vec(ballots(&form), 0..6);
            (Just(form), cast)
        })
    ) {
        let mut world = world(&form, cast.len().max(1));
        let sealed: Vec<Vec<u8>> = cast
            .iter()
            .enumerate()
            .map(|(voter, ballot)| {
                world.cast_marks(voter, &choices(&form, ballot).unwrap()).ballot
            })
            .collect();
        let (_, _, result) = world.run_with(&sealed);
        prop_assert_eq!(count(&form, &result), Some(form.count(&cast).unwrap()));
    }
}

#[test]
fn an_election_counts_its_names_and_finds_a_tie_across_the_cut() {
    let form = election(4, 2);
    let mut world = world(&form, 5);
    // The order in which names were pressed says nothing.
    let chosen = [&[0, 1][..], &[2, 0], &[0], &[1, 2], &[]];
    let ballots: Vec<Vec<u8>> = chosen
        .iter()
        .enumerate()
        .map(|(voter, chosen)| {
            let ballot = Ballot::Plurality { chosen: chosen.to_vec() };
            world.cast_marks(voter, &choices(&form, &ballot).unwrap()).ballot
        })
        .collect();
    let (_, _, result) = world.run_with(&ballots);
    let counted = count(&form, &result).unwrap();
    assert_eq!(counted, Count::Plurality { votes: vec![3, 2, 2, 0], invalid: 0 });
    let room = Room { members: 5, present: 5, signatories: 0 };
    let verdict = form.judge(&counted, &Rule::preset(Preset::Plurality), &room).unwrap();
    assert_eq!(verdict, Verdict::Plurality { elected: vec![0], tied: vec![1, 2], open_seats: 1 });
}

#[test]
fn an_election_takes_each_name_once_and_no_more_than_places() {
    let form = election(3, 2);
    let marks = |chosen: &[u16]| choices(&form, &Ballot::Plurality { chosen: chosen.to_vec() });
    assert_eq!(marks(&[]), Some(vec![vec![false; 3]]));
    assert_eq!(marks(&[2]), Some(vec![vec![false, false, true]]));
    assert_eq!(marks(&[2, 0]), Some(vec![vec![true, false, true]]));
    for bad in [&[0, 1, 2][..], &[1, 1], &[3], &[u16::MAX]] {
        assert_eq!(marks(bad), None, "{bad:?}");
    }
    assert_eq!(choices(&form, &Ballot::Motion { choice: Choice::For }), None);
    let chosen = vec![0];
    assert_eq!(choices(&Form::Motion, &Ballot::Plurality { chosen }), None);
    let counts = |result: Vec<Vec<u32>>| count(&form, &ElectionResult { result });
    assert!(counts(vec![vec![1, 2, 0]]).is_some());
    for bad in [vec![], vec![vec![1, 2]], vec![vec![1, 2, 0, 0]], vec![vec![1], vec![2], vec![0]]] {
        assert_eq!(counts(bad.clone()), None, "{bad:?}");
    }
}

#[test]
fn the_record_of_an_election_asks_what_the_meeting_asks() {
    let form = election(3, 2);
    let record = draft(&MEETING, 0, "选举委员", &form);
    assert_eq!(
        record.questions,
        [Question {
            answers: (1..=3).map(|n| format!("选举　候选人{n}　委员")).collect(),
            blank: None,
            min: 0,
            max: 2,
            question: "选举委员".to_owned(),
        }]
    );
    let world = World::asking(32, 1, record.questions, 1);
    // The identifier is the slot's, the name the vote's.
    let mut election = world.setup.election().clone();
    election.uuid = record.uuid;
    election.name = record.name;
    let [_, trustees, credentials, _] = world.setup.records().clone();
    let fits = |election: &Election, form: &Form| {
        let setup = Setup::from_records(&election.to_bytes(), &trustees, &credentials);
        asks(&setup.unwrap(), &MEETING, 0, "选举委员", form)
    };
    assert!(fits(&election, &form));
    for other in [self::election(3, 1), self::election(4, 2), Form::Motion] {
        assert!(!fits(&election, &other));
    }
    // One must choose, or one may choose everybody: no.
    for (min, max) in [(1, 2), (0, 3)] {
        (election.questions[0].min, election.questions[0].max) = (min, max);
        assert!(!fits(&election, &form));
    }
}

#[test]
fn the_longest_ballot_of_every_form_fits_its_message() {
    let most = u16::try_from(MOST_QUESTIONS).unwrap();
    for (form, ballot) in [
        (
            Form::Personnel { nominees: people(MOST_QUESTIONS) },
            Ballot::Personnel { choices: vec![Choice::Against; MOST_QUESTIONS] },
        ),
        (
            Form::Satisfaction { subjects: vec!["部门".to_owned(); MOST_QUESTIONS] },
            Ballot::Satisfaction { grades: vec![None; MOST_QUESTIONS] },
        ),
        (election(MOST_QUESTIONS, 1), Ballot::Plurality { chosen: vec![7] }),
        (election(MOST_QUESTIONS, most), Ballot::Plurality { chosen: (0..most).collect() }),
    ] {
        let mut world = world(&form, 1);
        let sealed = world.cast_marks(0, &choices(&form, &ballot).unwrap());
        let bound = world.setup.max_ballot_bytes();
        assert!(sealed.ballot.len() <= bound, "{} of {bound}", sealed.ballot.len());
        let hints = sealed.hints.to_bytes();
        let questions = &world.setup.election().questions;
        assert_eq!(Hints::from_bytes(&hints, questions).as_ref(), Some(&sealed.hints));
        let command = Command::CastSecret {
            vote: VoteId(1000),
            // As long as it can be: numbers have 77 digits at most, and mostly 76.
            ballot: String::from_utf8(sealed.ballot.clone()).unwrap()
                + &"1".repeat(bound - sealed.ballot.len()),
            hints: STANDARD.encode(hints),
        };
        let message = Up::Command(Ask { id: Hex([0xff; 16]), command });
        let length = serde_json::to_string(&message).unwrap().len();
        assert!(length <= limits::TEXT_UP, "{length}");

        let (archive, second, result) = world.run_with(&[sealed.ballot]);
        assert_eq!(count(&form, &result), Some(form.count([&ballot]).unwrap()));
        verify_record(&archive, Some(&second), 2).unwrap();
        // One trustee's part, and half of the second proofs of two.
        let contents = read(&archive).unwrap();
        let part = contents.events.iter().rev().nth(1).unwrap().data[0].len();
        let both = part + second.len() / 2;
        assert!(both <= limits::SCRUTINY, "{both}");
    }
}
