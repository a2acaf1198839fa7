//! Votes with more than one answer on a ballot: persons, surveys, elections.

use crate::room::*;
use hemicycle_meeting::Viewer;
use hemicycle_protocol::refusal::Code;
use hemicycle_protocol::topic::CountedBy;
use hemicycle_protocol::vote::{
    Ballot, Count, Form, Grade, GradeTally, Nominee, Outcome, PersonAction, Preset, Rule, Tally,
    Tie, Verdict,
};
use hemicycle_protocol::wire::{Command, VoteSpec};

fn nominees(n: usize) -> Vec<Nominee> {
    let one = |i: usize| Nominee {
        name: format!("人选{i}"),
        action: PersonAction::Appoint,
        post: format!("职务{i}"),
    };
    (1..=n).map(one).collect()
}

fn persons(n: usize, tie: Tie) -> VoteSpec {
    VoteSpec {
        form: Form::Personnel { nominees: nominees(n) },
        rule: Rule { tie, ..Rule::preset(Preset::Committee) },
        ..motion("人事任免")
    }
}

fn election(n: usize, seats: u16) -> VoteSpec {
    VoteSpec {
        form: Form::Plurality { candidates: nominees(n), seats },
        rule: Rule::plurality(),
        ..motion("选举")
    }
}

fn survey() -> VoteSpec {
    VoteSpec {
        form: Form::Satisfaction { subjects: vec!["教育".into(), "水务".into()] },
        rule: Rule::preset(Preset::Survey),
        ..motion("满意度测评")
    }
}

#[test]
fn persons_are_decided_one_by_one_on_one_ballot() {
    let mut room = Room::in_session(4, 1..=4);
    room.settings(|s| s.named_results = true);
    let vote = room.open(persons(3, Tie::ChairDecides));
    let choices = [[For, For, For], [For, Against, For], [For, Abstain, Against]];
    for (seat, choices) in (1..).zip(choices) {
        room.seat(seat, casting(vote, Ballot::Personnel { choices: choices.into() }));
    }
    let short = Ballot::Personnel { choices: vec![For, For] };
    room.seat_refused(4, casting(vote, short), Code::BadBallot);
    room.close(vote);
    let seen = room.vote(Viewer::Hall).unwrap();
    let tally = |in_favour, against, abstain| Tally { in_favour, against, abstain };
    assert_eq!(
        seen.count,
        Some(Count::Personnel { tallies: vec![tally(3, 0, 0), tally(1, 1, 1), tally(2, 1, 0)] })
    );
    use Outcome::*;
    let outcomes = vec![Adopted, NotAdopted, TiedForChair];
    assert_eq!(seen.verdict, Some(Verdict::Personnel { outcomes }));
    assert_eq!((seen.cast, seen.unpressed), (3, Some(1)));
    // The chair's word goes to the tied ones only.
    room.seat(1, Command::BreakTie { vote, adopted: true });
    let outcomes = vec![Adopted, NotAdopted, Adopted];
    assert_eq!(room.vote(Viewer::Hall).unwrap().verdict, Some(Verdict::Personnel { outcomes }));
    room.clerk(Command::DeclareVote { vote });
    let by_name = room.vote(Viewer::Hall).unwrap().by_name.unwrap();
    assert_eq!(by_name, ["yyy-..", "yna-..", "yyn-.."]);
}

#[test]
fn an_election_tied_across_the_cut_leaves_the_place_open() {
    let mut room = Room::in_session(6, 1..=6);
    let vote = room.open(election(3, 2));
    let chosen: [&[u16]; 6] = [&[0, 1], &[0, 2], &[0], &[1, 2], &[], &[0, 1, 2]];
    for (seat, chosen) in (1..).zip(chosen) {
        room.seat(seat, casting(vote, Ballot::Plurality { chosen: chosen.into() }));
    }
    room.close(vote);
    let seen = room.vote(Viewer::Hall).unwrap();
    assert_eq!(seen.count, Some(Count::Plurality { votes: vec![3, 2, 2], invalid: 1 }));
    let verdict = Verdict::Plurality { elected: vec![0], tied: vec![1, 2], open_seats: 1 };
    assert_eq!(seen.verdict, Some(verdict));
    room.clerk_refused(Command::BreakTie { vote, adopted: true }, Code::WrongState);
    room.clerk(Command::DeclareVote { vote });
}

#[test]
fn a_refused_ballot_is_refused_without_a_word_of_what_it_holds() {
    let mut room = Room::in_session(3, 1..=3);
    let vote = room.open(election(3, 2));
    for chosen in [vec![3], vec![1, 1]] {
        let command = casting(vote, Ballot::Plurality { chosen });
        let refusal = room.ask(Room::at(2), &command).unwrap_err();
        assert_eq!((refusal.code, refusal.detail), (Code::BadBallot, None));
    }
}

#[test]
fn a_survey_counts_blanks_apart_and_has_no_verdict() {
    let mut room = Room::in_session(4, 1..=4);
    room.settings(|s| s.named_results = true);
    let vote = room.open(survey());
    let grades = [
        vec![Some(Grade::Satisfied), Some(Grade::Dissatisfied)],
        vec![Some(Grade::Fair), None],
        vec![Some(Grade::Satisfied), Some(Grade::Satisfied)],
    ];
    for (seat, grades) in (1..).zip(grades) {
        room.seat(seat, casting(vote, Ballot::Satisfaction { grades }));
    }
    room.close(vote);
    let seen = room.vote(Viewer::Hall).unwrap();
    let tally = |satisfied, fair, dissatisfied, invalid| GradeTally {
        satisfied,
        fair,
        dissatisfied,
        invalid,
    };
    assert_eq!(
        seen.count,
        Some(Count::Satisfaction { tallies: vec![tally(2, 1, 0, 0), tally(1, 0, 1, 1)] })
    );
    assert_eq!(seen.verdict, Some(Verdict::Satisfaction));
    room.clerk(Command::DeclareVote { vote });
    assert_eq!(room.vote(Viewer::Hall).unwrap().by_name.unwrap(), ["sfs-..", "dxs-.."]);
}

#[test]
fn counts_by_hand_of_lists_must_add_up_for_every_question() {
    let mut room = Room::in_session(4, 1..=4);
    let check = |room: &mut Room, spec: VoteSpec, good: Count, bad: Vec<Count>| {
        let vote = room.add_vote(spec);
        let enter = |count| Command::EnterCount {
            vote,
            count,
            by: CountedBy::PaperBallots,
            reason: "纸质票".into(),
        };
        for count in bad {
            room.clerk_refused(enter(count), Code::BadValue);
        }
        room.clerk(enter(good));
        let seen = room.vote(Viewer::Hall).unwrap();
        assert_eq!((seen.unpressed, seen.by_name), (None, None));
        room.clerk(Command::DeclareVote { vote });
    };
    let t = |in_favour, against| Tally { in_favour, against, abstain: 0 };
    let list = |tallies| Count::Personnel { tallies };
    check(
        &mut room,
        persons(2, Tie::Fails),
        list(vec![t(3, 1), t(2, 0)]),
        vec![list(vec![t(3, 1)]), list(vec![t(3, 1), t(3, 2)])],
    );
    let votes = |votes: &[u32], invalid| Count::Plurality { votes: votes.into(), invalid };
    check(
        &mut room,
        election(3, 2),
        votes(&[3, 3, 1], 1),
        vec![votes(&[3, 3], 0), votes(&[4, 3, 1], 1), votes(&[u32::MAX, 0, 0], u32::MAX)],
    );
    let g = |satisfied, invalid| GradeTally { satisfied, fair: 0, dissatisfied: 0, invalid };
    let grades = |tallies| Count::Satisfaction { tallies };
    check(
        &mut room,
        survey(),
        grades(vec![g(4, 0), g(2, 2)]),
        vec![grades(vec![g(4, 0)]), grades(vec![g(4, 1), g(0, 0)])],
    );
}
