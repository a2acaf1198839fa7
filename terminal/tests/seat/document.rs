//! `docs/terminal.md` against the program: its pages, what each touch sends,
//! and the way of a ballot, walked at random until every step of it was seen.

use crate::chance::{World, vote_course};
use crate::fake::*;
use hemicycle_protocol::ids::*;
use hemicycle_protocol::topic::*;
use hemicycle_protocol::vote::Form;
use hemicycle_terminal::seat::{MOST_PENDING, State, TALK_TIMEOUT};
use hemicycle_terminal::touch::{ServiceKind, Touch};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use std::collections::{BTreeMap, BTreeSet};

const DOCUMENT: &str = include_str!("../../../docs/terminal.md");

/// The cells of the table under a heading, without their backticks, its first line left out.
fn table(heading: &str) -> Vec<Vec<String>> {
    let mut lines = DOCUMENT.lines().skip_while(|l| l.trim_start_matches('#').trim() != heading);
    assert!(lines.next().is_some(), "no heading {heading:?}");
    let rows = lines.take_while(|l| !l.starts_with('#')).filter(|l| l.starts_with('|'));
    let cells = |row: &str| -> Vec<String> {
        row.trim_matches('|').split('|').map(|c| c.trim().replace('`', "")).collect()
    };
    let rows: Vec<_> = rows.skip(2).map(cells).collect();
    assert!(!rows.is_empty(), "no table under {heading:?}");
    rows
}

#[test]
fn every_page_is_described() {
    let described: Vec<_> = table("Pages").into_iter().map(|row| row[0].clone()).collect();
    let described: BTreeSet<_> = described.iter().map(String::as_str).collect();
    assert_eq!(described, BTreeSet::from(PAGES));
}

#[test]
fn every_command_of_the_seat_is_described() {
    let mut sent = BTreeMap::new();
    for (name, touch) in [
        ("SignIn", Touch::SignIn),
        ("Submit", Touch::Submit),
        ("AskToSpeak", Touch::AskToSpeak),
        ("WithdrawSpeech", Touch::WithdrawSpeech),
        ("CallService", Touch::CallService(ServiceKind::Tea)),
        ("CancelService", Touch::CancelService),
        ("GiveFloor", Touch::GiveFloor { seat: 5 }),
        ("EndFloor", Touch::EndFloor),
        ("ChairNext", Touch::ChairNext),
    ] {
        assert!(format!("{touch:?}").starts_with(name));
        let mut room = Room::voting(Form::Motion);
        room.choose(0);
        let waiting =
            Waiting { member: MemberId(5), seat: SeatId(5), name: String::new(), at: Millis(0) };
        room.topic(Topic::Floor(Floor { queue: vec![waiting], ..Floor::default() }));
        let person = Some(Person { chair: true, ..person() });
        let signed_in = name != "SignIn";
        room.topic(Topic::Me(Me { person, signed_in, ..room.me.clone() }));
        room.topic(Topic::Next(Next { steps: vec![Step::OpenMeeting] }));
        room.wait(1000);
        room.take_effects();
        room.touch(touch);
        let command = serde_json::to_value(room.only_command().command).unwrap();
        sent.insert(name.to_owned(), command["command"].as_str().unwrap().to_owned());
    }
    // The chair's step is whatever the server offers.
    sent.insert("ChairNext".into(), "the step's own".into());
    let described: BTreeMap<_, _> =
        table("Who sends what").into_iter().map(|row| (row[0].clone(), row[1].clone())).collect();
    assert_eq!(described, sent);
}

#[test]
fn the_numbers_are_the_programs() {
    for number in [format!("{} s", TALK_TIMEOUT / 1000), format!("{MOST_PENDING} commands")] {
        assert!(DOCUMENT.contains(&number), "{number} is not in the document");
    }
}

/// Where the seat's ballot in the vote before the room stands.
fn ballot(seat: &State) -> &'static str {
    let chosen = seat.draft.as_ref().is_some_and(|d| d.chosen.iter().any(Option::is_some));
    match &seat.casting {
        _ if seat.has_voted() => "counted",
        Some(casting) if casting.afloat => "afloat",
        Some(_) => "submitted",
        None if seat.votable().is_none() => "none",
        None if chosen => "chosen",
        None => "open",
    }
}

#[test]
fn a_ballot_goes_no_other_way_than_described() {
    let described: BTreeSet<_> =
        table("The way of a ballot").into_iter().map(|r| (r[0].clone(), r[1].clone())).collect();
    let mut runner = TestRunner::deterministic();
    let mut seen = BTreeSet::new();
    for _ in 0..2000 {
        let course = vote_course().new_tree(&mut runner).expect("a course").current();
        let mut world = World::voting();
        let mut told = vec![];
        for what in course {
            let from = ballot(&world.room.seat);
            told.push(format!("{what:?}"));
            world.happen(what);
            let to = ballot(&world.room.seat);
            if from != to {
                let step = (from.to_owned(), to.to_owned());
                assert!(described.contains(&step), "{step:?} is not described: {told:#?}");
                seen.insert(step);
            }
        }
    }
    let never: Vec<_> = described.difference(&seen).collect();
    assert!(never.is_empty(), "described, but never seen: {never:?}");
}
