//! A voter's terminal: what is sent, when it says 已提交, what it still knows
//! after a restart, and that the choice goes nowhere but into the job.

use super::hall::{Hall, Lie};
use crate::fake::nominees;
use hemicycle_protocol::ids::*;
use hemicycle_protocol::topic::*;
use hemicycle_protocol::vote::{self, Form, Tally};
use hemicycle_protocol::wire::Command;
use hemicycle_terminal::screen::{Page, ReceiptState, SubmitState};
use hemicycle_terminal::seat::{Alarm, Checked, Msg, Obstacle};
use hemicycle_terminal::touch::Touch;

fn is_ballot(command: &Command) -> bool {
    matches!(command, Command::CastSecret { .. })
}

fn is_registration(command: &Command) -> bool {
    matches!(command, Command::RegisterCredentials { .. })
}

fn submitted(hall: &Hall, i: usize) -> (ReceiptState, String, String) {
    match hall.page(i) {
        Page::Submitted(page) => (page.state, page.title, page.receipt),
        other => panic!("not the receipt: {other:?}"),
    }
}

fn tracker(hall: &Hall, i: usize) -> String {
    let (tracker, _) = hall.ballots.iter().find(|(_, (of, _))| *of == i).unwrap();
    tracker.short_code()
}

#[test]
fn the_whole_path() {
    let mut hall = Hall::with_key(4);
    assert_eq!(hall.registered.len(), 4 * 5, "five slots ahead");
    hall.open_vote(Form::Motion);
    hall.settle();
    for (i, choice) in [0, 0, 1].into_iter().enumerate() {
        hall.submit(i, &[choice]);
        hall.settle();
        let (state, title, code) = submitted(&hall, i);
        assert_eq!((state, title.as_str()), (ReceiptState::Confirmed, "已提交"));
        assert_eq!(code, tracker(&hall, i));
    }
    assert_eq!(hall.registered.len(), 4 * 6, "topped up for the next one");
    hall.close_vote();
    hall.settle();
    let counted = vote::Count::Motion { tally: Tally { in_favour: 2, against: 1, abstain: 0 } };
    assert_eq!(hall.vote.as_ref().unwrap().count, Some(counted));
    for i in 0..3 {
        let line = format!("已核对：您的选票在计票记录中 {}", tracker(&hall, i));
        assert_eq!(hall.note(i), line);
        assert_eq!(hall.seats[i].state.alarm(), None);
    }
    assert_eq!(hall.note(3), "本次表决未收到您的表决票。");
    for i in 0..4 {
        assert_eq!(hall.on_disk(i, "credential-0"), 0, "its vote is over");
        assert_eq!(hall.on_disk(i, "credential"), 5);
    }
}

#[test]
fn a_list_is_one_ballot_counted_by_person() {
    let mut hall = Hall::with_key(3);
    hall.open_vote(Form::Personnel { nominees: nominees(3) });
    hall.settle();
    hall.submit(0, &[0, 1, 2]);
    hall.submit(1, &[0, 0, 2]);
    hall.settle();
    hall.submit(2, &[0, 1]);
    hall.settle();
    assert_eq!(hall.ballots.len(), 2, "one person is still without an answer");
    hall.close_vote();
    hall.settle();
    let tally = |in_favour, against, abstain| Tally { in_favour, against, abstain };
    let tallies = vec![tally(2, 0, 0), tally(1, 1, 0), tally(0, 0, 2)];
    assert_eq!(hall.vote.as_ref().unwrap().count, Some(vote::Count::Personnel { tallies }));
}

#[test]
fn an_election_is_cast_received_and_found_again() {
    let mut hall = Hall::with_key(4);
    hall.open_vote(Form::Plurality { candidates: nominees(4), seats: 2 });
    hall.settle();
    let name = |hall: &mut Hall, i: usize, candidates: &[u16]| {
        for candidate in candidates {
            hall.touch(i, Touch::Choose { question: *candidate, choice: 0 });
        }
    };
    // Nobody named: there is nothing to submit yet.
    hall.touch(3, Touch::Submit);
    hall.settle();
    assert!(hall.sent(3, is_ballot).is_empty());
    // The third name is one too many and not taken; a name pressed again is taken back.
    name(&mut hall, 0, &[3, 0, 1]);
    name(&mut hall, 1, &[0, 1, 1]);
    name(&mut hall, 2, &[2, 3]);
    for i in 0..3 {
        hall.touch(i, Touch::Submit);
        hall.settle();
        let (state, title, code) = submitted(&hall, i);
        assert_eq!((state, title.as_str()), (ReceiptState::Confirmed, "已提交"));
        assert_eq!(code, tracker(&hall, i));
    }
    hall.close_vote();
    hall.settle();
    let votes = vec![2, 0, 1, 2];
    let counted = vote::Count::Plurality { votes, invalid: 0 };
    assert_eq!(hall.vote.as_ref().unwrap().count, Some(counted));
    for i in 0..3 {
        let line = format!("已核对：您的选票在计票记录中 {}", tracker(&hall, i));
        assert_eq!(hall.note(i), line);
        assert_eq!(hall.seats[i].state.alarm(), None);
    }
    assert_eq!(hall.note(3), "本次表决未收到您的表决票。");
}

#[test]
fn a_survey_is_one_ballot_counted_by_subject() {
    let mut hall = Hall::with_key(3);
    hall.open_vote(Form::Satisfaction {
        subjects: vec!["区教育局".into(), "区水务局".into()]
    });
    hall.settle();
    hall.submit(0, &[0, 1]);
    hall.submit(1, &[0, 2]);
    hall.settle();
    hall.close_vote();
    hall.settle();
    let tally = |satisfied, fair, dissatisfied| vote::GradeTally {
        satisfied,
        fair,
        dissatisfied,
        invalid: 0,
    };
    let tallies = vec![tally(2, 0, 0), tally(0, 1, 1)];
    assert_eq!(hall.vote.as_ref().unwrap().count, Some(vote::Count::Satisfaction { tallies }));
    let line = format!("已核对：您的选票在计票记录中 {}", tracker(&hall, 1));
    assert_eq!(hall.note(1), line);
}

#[test]
fn nothing_is_said_before_the_signed_receipt_names_this_tracker() {
    for lie in [Lie::BadReceipt, Lie::OtherTracker] {
        let mut hall = Hall::with_key(3);
        hall.open_vote(Form::Motion);
        hall.settle();
        hall.lie = lie;
        hall.submit(0, &[0]);
        hall.settle();
        assert_eq!(hall.seats[0].state.confirmed, None, "{lie:?}");
        assert!(!format!("{:?}", hall.screen(0)).contains("您的表决票已计入"), "{lie:?}");
        match lie {
            Lie::OtherTracker => {
                // The server signs for a ballot that was never made here.
                assert_eq!(hall.seats[0].state.alarm(), Some(Alarm::OtherBallot));
                let (state, title, code) = submitted(&hall, 0);
                assert_eq!((state, code.as_str()), (ReceiptState::Waiting, ""));
                assert_eq!(title, "已有一张不是由本终端提交的表决票");
            }
            _ => match hall.page(0) {
                Page::Vote(page) => assert_eq!(page.submit.state, SubmitState::Failed),
                other => panic!("{other:?}"),
            },
        }
    }
}

#[test]
fn a_lost_answer_is_asked_for_with_the_same_bytes() {
    let mut hall = Hall::with_key(3);
    hall.open_vote(Form::Motion);
    hall.settle();
    hall.deaf = true;
    hall.submit(0, &[0]);
    hall.settle();
    assert_eq!(hall.seats[0].state.confirmed, None);
    hall.deaf = false;
    hall.break_link(0);
    let sent = hall.sent(0, is_ballot);
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0], sent[1]);
    assert_eq!(submitted(&hall, 0).2, tracker(&hall, 0));
}

#[test]
fn credentials_are_registered_only_once_they_are_on_disk() {
    let mut hall = Hall::with(1);
    // Another meeting's room would do: this one starts again with an empty, slow disk.
    hall.seats[0].disk.clear();
    hall.seats[0].commands.clear();
    hall.seats[0].slow_disk = true;
    hall.restart(0);
    assert_eq!(hall.sent(0, is_registration), []);
    hall.seats[0].slow_disk = false;
    hall.settle();
    assert_eq!(hall.sent(0, is_registration).len(), 1);
    let name = hall.seats[0].disk.keys().next().unwrap().clone();
    hall.msg(0, Msg::NotKept { name });
    hall.restart(0);
    let sent = hall.sent(0, is_registration);
    assert_eq!(sent[0], sent[1], "the same credentials again");
}

#[test]
fn a_ballot_is_sent_only_once_its_tracker_is_on_disk() {
    let mut hall = Hall::with_key(3);
    hall.open_vote(Form::Motion);
    hall.settle();
    hall.seats[0].slow_disk = true;
    hall.submit(0, &[0]);
    hall.settle();
    assert_eq!(hall.sent(0, is_ballot), []);
    let Page::Vote(page) = hall.page(0) else { panic!("{:?}", hall.page(0)) };
    assert_eq!(page.submit.state, SubmitState::Busy);
    // The disk refuses: the choice is kept and can be submitted again.
    let meeting = hall.meeting.id;
    hall.msg(0, Msg::NotKept { name: format!("{meeting}-mark-0") });
    let Page::Vote(page) = hall.page(0) else { panic!("{:?}", hall.page(0)) };
    assert_eq!(page.submit.state, SubmitState::Failed);
    assert!(page.choices[0].chosen);
    hall.seats[0].slow_disk = false;
    hall.settle();
    hall.touch(0, Touch::Submit);
    hall.settle();
    assert_eq!(submitted(&hall, 0).0, ReceiptState::Confirmed);
}

#[test]
fn a_restart_in_each_state() {
    let mut hall = Hall::with_key(3);
    hall.restart(0);
    hall.open_vote(Form::Motion);
    hall.settle();
    // Open, nothing chosen.
    hall.restart(0);
    hall.touch(0, Touch::Choose { question: 0, choice: 1 });
    // Chosen: that was not written anywhere.
    hall.restart(0);
    let Page::Vote(page) = hall.page(0) else { panic!("{:?}", hall.page(0)) };
    assert!(page.choices.iter().all(|c| !c.chosen));
    // Encrypting.
    hall.seats[0].slow_work = true;
    hall.submit(0, &[0]);
    hall.settle();
    hall.seats[0].slow_work = false;
    hall.restart(0);
    assert_eq!(hall.ballots.len(), 0);
    // Sent and stored, the answer lost.
    hall.deaf = true;
    hall.submit(0, &[0]);
    hall.settle();
    hall.deaf = false;
    assert_eq!(hall.ballots.len(), 1);
    hall.restart(0);
    let code = tracker(&hall, 0);
    assert_eq!(submitted(&hall, 0), (ReceiptState::Confirmed, "已提交".into(), code.clone()));
    assert_eq!(hall.seats[0].state.alarm(), None);
    // Confirmed.
    hall.restart(0);
    assert_eq!(submitted(&hall, 0).2, code);
    // Closed, being opened, then counted.
    hall.seats[1].off = true;
    hall.seats[2].off = true;
    hall.close_vote();
    hall.settle();
    hall.restart(0);
    assert_eq!(hall.note(0), "本终端已提交开票份额。");
    hall.seats[1].off = false;
    hall.settle();
    hall.restart(0);
    assert_eq!(hall.note(0), format!("已核对：您的选票在计票记录中 {code}"));
}

/// Switched off after any number of steps between the press and the receipt: afterwards the seat
/// either has its receipt, or can still cast, and one ballot is in the end counted and found.
#[test]
fn a_restart_anywhere_between_press_and_receipt() {
    let (mut again, mut there) = (0, 0);
    for steps in 0.. {
        let mut hall = Hall::with_key(3);
        hall.open_vote(Form::Motion);
        hall.settle();
        hall.submit(0, &[0]);
        let over = hall.steps(steps);
        hall.restart(0);
        assert_eq!(hall.seats[0].state.has_voted(), hall.ballots.len() == 1, "{steps}");
        if hall.ballots.is_empty() {
            again += 1;
            hall.submit(0, &[1]);
            hall.settle();
        } else {
            there += 1;
        }
        let code = tracker(&hall, 0);
        assert_eq!(submitted(&hall, 0), (ReceiptState::Confirmed, "已提交".into(), code.clone()));
        hall.close_vote();
        hall.settle();
        assert_eq!(hall.note(0), format!("已核对：您的选票在计票记录中 {code}"));
        assert_eq!(hall.seats[0].state.alarm(), None);
        if over {
            break;
        }
    }
    assert!(again >= 2 && there >= 2, "{again} {there}");
}

#[test]
fn a_ballot_that_was_not_made_here_is_named() {
    let mut hall = Hall::with_key(3);
    hall.open_vote(Form::Motion);
    hall.settle();
    hall.foreign_ballot(0);
    hall.settle();
    assert_eq!(hall.seats[0].state.obstacle(), Some(Obstacle::OtherBallot));
    assert!(hall.banner(0).starts_with("已有一张不是由本终端提交的表决票"));
    hall.touch(0, Touch::Dismiss);
    hall.publish();
    assert_eq!(hall.seats[0].state.alarm(), None, "said once");
    assert_eq!(submitted(&hall, 0).0, ReceiptState::Waiting, "but never taken for one's own");
}

#[test]
fn without_a_credential_the_page_says_so() {
    let mut hall = Hall::with_key(4);
    hall.open_vote(Form::Motion);
    hall.settle();
    // The terminal lost its folder, or is another one.
    hall.seats[3].disk.clear();
    hall.restart(3);
    assert_eq!(hall.seats[3].state.obstacle(), Some(Obstacle::NoCredential));
    let (_, title, _) = submitted(&hall, 3);
    assert_eq!(title, "不能在本席投票");
    assert!(format!("{:?}", hall.page(3)).contains("请呼叫工作人员"));
    hall.submit(3, &[0]);
    hall.settle();
    assert_eq!(hall.sent(3, is_ballot), []);
    // It has one for the next vote.
    hall.close_vote();
    hall.settle();
    hall.open_vote(Form::Motion);
    hall.settle();
    hall.submit(3, &[0]);
    hall.settle();
    assert_eq!(submitted(&hall, 3).0, ReceiptState::Confirmed);
}

#[test]
fn a_setup_that_asks_something_else_gets_no_ballot() {
    let mut hall = Hall::with_key(3);
    hall.lie = Lie::OtherQuestion;
    hall.open_vote(Form::Motion);
    hall.settle();
    assert_eq!(hall.seats[0].state.obstacle(), Some(Obstacle::WrongSetup));
    assert_eq!(submitted(&hall, 0).1, "表决设置未通过核对");
    hall.submit(0, &[0]);
    hall.settle();
    assert_eq!(hall.sent(0, is_ballot), []);
}

#[test]
fn a_setup_that_does_not_hold_gets_no_ballot() {
    let mut hall = Hall::with_key(3);
    hall.seats.iter_mut().for_each(|seat| seat.off = true);
    hall.open_vote(Form::Motion);
    let blob = hall.vote.as_ref().unwrap().secret.as_ref().unwrap().setup;
    let bytes = hall.blobs.get_mut(&blob.hash).unwrap();
    bytes[700] ^= 1;
    hall.seats.iter_mut().for_each(|seat| seat.off = false);
    hall.settle();
    // It does not hash to its name: asked for again later, and never believed.
    assert_eq!(hall.seats[0].state.obstacle(), Some(Obstacle::Checking));
    hall.submit(0, &[0]);
    hall.settle();
    assert_eq!(hall.sent(0, is_ballot), []);
    hall.blobs.get_mut(&blob.hash).unwrap()[700] ^= 1;
    hall.wait(11_000);
    hall.wait(11_000);
    hall.submit(0, &[0]);
    hall.settle();
    assert_eq!(hall.ballots.len(), 1);
}

#[test]
fn a_ballot_that_is_not_in_the_record_is_cried_out() {
    let mut hall = Hall::with_key(4);
    hall.open_vote(Form::Motion);
    hall.settle();
    (0..4).for_each(|i| hall.submit(i, &[0]));
    hall.settle();
    hall.lie = Lie::DropsBallotOf(3);
    hall.close_vote();
    hall.settle();
    let vote = hall.vote.as_ref().unwrap().id;
    assert_eq!(hall.seats[3].state.checked(vote), Some(Checked::Absent));
    assert!(hall.banner(3).starts_with("您的选票不在计票记录中"));
    hall.touch(3, Touch::Dismiss);
    assert!(hall.note(3).starts_with("核对未通过"), "{}", hall.note(3));
    assert!(hall.note(0).starts_with("已核对"), "{}", hall.note(0));
}

#[test]
fn a_record_that_is_not_everybodys_is_cried_out() {
    let mut hall = Hall::with_key(3);
    hall.open_vote(Form::Motion);
    hall.settle();
    hall.submit(0, &[0]);
    hall.settle();
    hall.lie = Lie::OtherRecord;
    hall.close_vote();
    hall.settle();
    for i in 0..3 {
        assert_eq!(hall.seats[i].state.alarm(), Some(Alarm::OtherRecord));
        assert!(hall.note(i).contains("与公布的不一致"), "{}", hall.note(i));
    }
    // Two last events for one vote.
    let mut hall = Hall::with_key(3);
    hall.open_vote(Form::Motion);
    hall.settle();
    hall.close_vote();
    hall.settle();
    assert_eq!(hall.seats[0].state.alarm(), None);
    let secret = hall.vote.as_mut().unwrap().secret.as_mut().unwrap();
    secret.record.as_mut().unwrap().last.0[0] ^= 1;
    hall.publish();
    hall.settle();
    assert_eq!(hall.seats[0].state.alarm(), Some(Alarm::OtherRecord));
}

/// Two seats that differ in nothing but the choice show and ask for the same in every word, until
/// the job that encrypts it; and nothing of it reaches the disk.
#[test]
fn the_choice_goes_into_the_job_and_nowhere_else() {
    let election = Form::Plurality { candidates: nominees(4), seats: 2 };
    for form in [Form::Motion, Form::Personnel { nominees: nominees(4) }, election] {
        let logs: Vec<_> = (0..3u8)
            .map(|choice| {
                let mut hall = Hall::with_key(4);
                hall.open_vote(form.clone());
                hall.settle();
                let start = hall.seats[3].log.len();
                let disk = hall.seats[3].disk.clone();
                hall.seats[3].slow_work = true;
                match &form {
                    // In an election two of the candidates.
                    Form::Plurality { .. } => {
                        for candidate in [&[0, 1], &[0, 2], &[2, 3]][usize::from(choice)] {
                            let (question, choice) = (*candidate, 0);
                            hall.touch(3, Touch::Choose { question, choice });
                        }
                        hall.touch(3, Touch::Submit);
                    }
                    Form::Motion | Form::Personnel { .. } | Form::Satisfaction { .. } => {
                        hall.submit(3, &vec![choice; form.questions()]);
                    }
                }
                hall.settle();
                assert!(hall.seats[3].log[start..].contains("encrypt"));
                assert_eq!(hall.seats[3].disk, disk);
                let before = hall.seats[3].log[start..].to_owned();
                hall.seats[3].slow_work = false;
                hall.settle();
                assert_eq!(hall.ballots.len(), 1);
                let mark = format!("{}-mark-0", hall.meeting.id);
                let written = String::from_utf8(hall.seats[3].disk[&mark].clone()).unwrap();
                let tracker = hall.ballots.keys().next().unwrap().to_hex();
                let trackers = written.split(&tracker).count() - 1;
                (before, written.replace(&tracker, ""), trackers)
            })
            .collect();
        assert_eq!(logs[0], logs[1]);
        assert_eq!(logs[0], logs[2]);
        assert_eq!(logs[0].2, 1, "the tracker is there, once");
    }
}

#[test]
fn files_of_another_meeting_go_when_this_one_has_begun() {
    let mut hall = Hall::with_key(3);
    let before = hall.seats[0].disk.len();
    hall.meeting.id = Hex([0x33; 16]);
    hall.scrutiny = Scrutiny::default();
    hall.break_link(0);
    let old = Hex::<16>([0x4d; 16]).to_string();
    assert!(before > 5);
    assert!(hall.seats[0].disk.keys().all(|name| !name.starts_with(&old)));
    assert_eq!(hall.on_disk(0, "credential"), 5);
}
