//! The ballot is made before the press. What the press sends is what stands on
//! the screen then, made once for it; what was made before and is not wanted
//! any more leaves no trace.

use super::hall::Hall;
use crate::fake::nominees;
use hemicycle_protocol::topic::*;
use hemicycle_protocol::vote::{Count, Form, Tally};
use hemicycle_protocol::wire::Command;
use hemicycle_terminal::screen::{Page, SubmitState};
use hemicycle_terminal::touch::Touch;
use proptest::prelude::*;

fn ballots(hall: &Hall, i: usize) -> Vec<Command> {
    hall.sent(i, |command| matches!(command, Command::CastSecret { .. }))
}

fn choose(hall: &mut Hall, i: usize, question: u16, choice: u8) {
    hall.touch(i, Touch::Choose { question, choice });
}

/// How often a seat has had a ballot made.
fn encryptions(hall: &Hall, i: usize) -> usize {
    hall.seats[i].log.matches(" encrypt)").count()
}

fn open(seats: usize, form: Form) -> Hall {
    let mut hall = Hall::with_key(seats);
    hall.open_vote(form);
    hall.settle();
    hall
}

/// The count of the motion in which only this seat has voted.
fn tally_of(hall: &mut Hall, choice: u8) -> (Option<Count>, Option<Count>) {
    hall.close_vote();
    hall.settle();
    let mut tally = Tally { in_favour: 0, against: 0, abstain: 0 };
    match choice {
        0 => tally.in_favour = 1,
        1 => tally.against = 1,
        _ => tally.abstain = 1,
    }
    (hall.vote.as_ref().unwrap().count.clone(), Some(Count::Motion { tally }))
}

#[test]
fn the_press_sends_what_is_made_already() {
    let mut hall = open(3, Form::Motion);
    assert!(!hall.seats[0].state.is_ready_to_send());
    let (disk, commands) = (hall.seats[0].disk.clone(), hall.seats[0].commands.len());
    choose(&mut hall, 0, 0, 1);
    assert!(!hall.seats[0].state.is_ready_to_send());
    hall.settle();
    assert!(hall.seats[0].state.is_ready_to_send());
    // Made, and nothing of it outside of memory.
    assert_eq!((&hall.seats[0].disk, hall.seats[0].commands.len()), (&disk, commands));
    // No work is done any more: the press needs none.
    hall.seats[0].slow_work = true;
    hall.touch(0, Touch::Submit);
    hall.settle();
    assert_eq!((ballots(&hall, 0).len(), encryptions(&hall, 0)), (1, 1));
    assert!(hall.seats[0].state.has_voted());
    assert!(!hall.seats[0].state.is_ready_to_send());
    hall.seats[0].slow_work = false;
    let (counted, expected) = tally_of(&mut hall, 1);
    assert_eq!(counted, expected);
}

#[test]
fn a_changed_choice_gets_a_ballot_of_its_own_and_so_does_the_same_choice_again() {
    let mut hall = open(3, Form::Motion);
    for choice in [0, 1, 0, 2, 0] {
        choose(&mut hall, 0, 0, choice);
        hall.settle();
    }
    assert_eq!((encryptions(&hall, 0), ballots(&hall, 0).len()), (5, 0));
    hall.touch(0, Touch::Submit);
    hall.settle();
    assert_eq!((encryptions(&hall, 0), ballots(&hall, 0).len()), (5, 1));
    // Of the four others not even a tracker is kept.
    let mark = format!("{}-mark-0", hall.meeting.id);
    let written = String::from_utf8(hall.seats[0].disk[&mark].clone()).unwrap();
    let tracker = hall.ballots.keys().next().unwrap().to_hex();
    assert_eq!(written.split('[').nth(1), Some(format!("\"{tracker}\"]}}}}").as_str()));
    let (counted, expected) = tally_of(&mut hall, 0);
    assert_eq!(counted, expected);
}

#[test]
fn a_finger_that_changes_its_mind_fast_waits_for_one_ballot_at_a_time() {
    let mut hall = open(3, Form::Motion);
    hall.seats[0].slow_work = true;
    for choice in [0, 1, 2, 1, 0, 1] {
        choose(&mut hall, 0, 0, choice);
        hall.settle();
    }
    assert_eq!(encryptions(&hall, 0), 1);
    hall.seats[0].slow_work = false;
    hall.settle();
    assert_eq!(encryptions(&hall, 0), 2);
    hall.touch(0, Touch::Submit);
    hall.settle();
    assert_eq!((encryptions(&hall, 0), ballots(&hall, 0).len()), (2, 1));
    let (counted, expected) = tally_of(&mut hall, 1);
    assert_eq!(counted, expected);
}

#[test]
fn a_press_takes_the_ballot_that_is_being_made_only_if_it_is_of_this_choice() {
    for changes in [false, true] {
        let mut hall = open(3, Form::Motion);
        hall.seats[0].slow_work = true;
        choose(&mut hall, 0, 0, 2);
        hall.settle();
        let choice = if changes { 0 } else { 2 };
        choose(&mut hall, 0, 0, choice);
        hall.touch(0, Touch::Submit);
        hall.settle();
        let Page::Vote(page) = hall.page(0) else { panic!("{:?}", hall.page(0)) };
        assert_eq!((page.submit.state, ballots(&hall, 0).len()), (SubmitState::Busy, 0));
        // From the press on nothing changes it.
        choose(&mut hall, 0, 0, 1);
        hall.seats[0].slow_work = false;
        hall.settle();
        assert_eq!(encryptions(&hall, 0), 1 + usize::from(changes));
        assert_eq!(ballots(&hall, 0).len(), 1);
        let (counted, expected) = tally_of(&mut hall, choice);
        assert_eq!(counted, expected);
    }
}

#[test]
fn a_list_is_encrypted_once_it_is_complete() {
    let mut hall = open(3, Form::Personnel { nominees: nominees(3) });
    choose(&mut hall, 0, 0, 0);
    choose(&mut hall, 0, 2, 1);
    hall.settle();
    assert_eq!(encryptions(&hall, 0), 0);
    choose(&mut hall, 0, 1, 1);
    hall.settle();
    assert_eq!(encryptions(&hall, 0), 1);
    assert!(hall.seats[0].state.is_ready_to_send());
}

#[test]
fn nobody_chosen_in_an_election_is_a_ballot_like_any_other() {
    let mut hall = open(3, Form::Plurality { candidates: nominees(3), seats: 2 });
    hall.settle();
    assert_eq!(encryptions(&hall, 0), 0, "nothing says yet that it is meant so");
    hall.touch(0, Touch::Submit);
    hall.settle();
    assert_eq!((encryptions(&hall, 0), ballots(&hall, 0).len()), (1, 0));
    hall.touch(0, Touch::Submit);
    choose(&mut hall, 1, 2, 0);
    hall.touch(1, Touch::Submit);
    hall.settle();
    assert!(hall.seats[0].state.has_voted());
    assert_eq!((encryptions(&hall, 0), ballots(&hall, 0).len()), (1, 1));
    let length = |i: usize| match &ballots(&hall, i)[..] {
        [Command::CastSecret { ballot, hints, .. }] => (ballot.len(), hints.len()),
        other => panic!("{} ballots", other.len()),
    };
    let ((none, hints), (one, same)) = (length(0), length(1));
    assert!(none.abs_diff(one) < 60, "{none}, {one}: numbers may be a digit shorter, nothing else");
    assert_eq!(hints, same);
    hall.close_vote();
    hall.settle();
    let counted = Count::Plurality { votes: vec![0, 0, 1], invalid: 0 };
    assert_eq!(hall.vote.as_ref().unwrap().count, Some(counted));
}

#[test]
fn what_was_made_and_not_submitted_is_never_sent() {
    let ends: [fn(&mut Hall); 4] = [
        |hall| hall.close_vote(),
        |hall| hall.break_link(0),
        |hall| hall.restart(0),
        |hall| {
            hall.close_vote();
            hall.settle();
            hall.open_vote(Form::Motion);
        },
    ];
    for end in ends {
        let mut hall = open(3, Form::Motion);
        choose(&mut hall, 0, 0, 0);
        hall.settle();
        let mark = hall.on_disk(0, "mark");
        end(&mut hall);
        hall.settle();
        hall.wait(30_000);
        assert_eq!((ballots(&hall, 0), hall.ballots.len()), (vec![], 0));
        assert_eq!((mark, hall.on_disk(0, "mark")), (0, 0));
    }
}

/// A break of the connection is no reason to make it again.
#[test]
fn it_outlives_a_lost_connection_and_a_pause() {
    let mut hall = open(3, Form::Motion);
    choose(&mut hall, 0, 0, 0);
    hall.settle();
    hall.break_link(0);
    for state in [VoteState::Paused, VoteState::Open] {
        hall.vote.as_mut().unwrap().state = state;
        hall.publish();
        hall.settle();
    }
    hall.touch(0, Touch::Submit);
    hall.settle();
    assert_eq!((encryptions(&hall, 0), ballots(&hall, 0).len()), (1, 1));
    assert!(hall.seats[0].state.has_voted());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever is chosen and however fast the terminal is: what is counted is what was chosen
    /// when it was pressed, and one ballot goes out.
    #[test]
    fn what_is_pressed_is_what_is_counted(
        before in prop::collection::vec((0u8..3, any::<bool>()), 0..6),
        last in 0u8..3,
        waits in any::<bool>(),
        after in prop::collection::vec(0u8..3, 0..3),
    ) {
        let mut hall = open(3, Form::Motion);
        for (choice, waits) in before {
            hall.seats[0].slow_work = !waits;
            choose(&mut hall, 0, 0, choice);
            hall.settle();
        }
        choose(&mut hall, 0, 0, last);
        hall.seats[0].slow_work = !waits;
        hall.settle();
        // Where nothing was done for it, it may still be there from before.
        prop_assert!(hall.seats[0].state.is_ready_to_send() || !waits);
        hall.touch(0, Touch::Submit);
        for choice in after {
            choose(&mut hall, 0, 0, choice);
            hall.touch(0, Touch::Submit);
        }
        hall.seats[0].slow_work = false;
        hall.settle();
        prop_assert_eq!(ballots(&hall, 0).len(), 1);
        let (counted, expected) = tally_of(&mut hall, last);
        prop_assert_eq!(counted, expected);
    }
}
