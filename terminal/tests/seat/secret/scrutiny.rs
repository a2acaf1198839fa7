//! The scrutineers' terminals: a key made together, sums opened by themselves
//! and refused by themselves, shares destroyed at the end.

use super::hall::{Hall, Lie};
use hemicycle_protocol::ballot::disclosure::{Disclosures, SumOf};
use hemicycle_protocol::ballot::scalar::RecordHash;
use hemicycle_protocol::topic::*;
use hemicycle_protocol::vote::Form;
use hemicycle_protocol::wire::Command;
use hemicycle_terminal::screen::Page;
use hemicycle_terminal::seat::{Making, Opening};
use hemicycle_terminal::touch::Touch;

fn is_part(command: &Command) -> bool {
    matches!(command, Command::OpenPart { .. })
}

fn code(hall: &Hall) -> String {
    match &hall.scrutiny.key {
        ScrutinyKey::Ready { code } => code.clone(),
        other => panic!("{other:?}"),
    }
}

/// A vote with so many ballots, closed.
fn closed(hall: &mut Hall, ballots: usize) {
    hall.open_vote(Form::Motion);
    hall.settle();
    (0..ballots).for_each(|i| hall.submit(i, &[0]));
    hall.settle();
    assert_eq!(hall.ballots.len(), ballots);
    hall.close_vote();
}

#[test]
fn three_terminals_make_a_key_and_show_one_code() {
    let mut hall = Hall::with(4);
    hall.name_scrutineers(&[0, 1, 2], 2);
    let Page::Message(page) = hall.page(0) else { panic!("{:?}", hall.page(0)) };
    assert_eq!(page.title, "监票人密钥生成　第 1 / 4 步");
    hall.settle();
    let code = code(&hall);
    for i in 0..3 {
        let ready = Making::Ready { code: code.clone(), same: true };
        assert_eq!(hall.seats[i].state.making(), Some(ready));
        let Page::Message(page) = hall.page(i) else { panic!("{:?}", hall.page(i)) };
        assert_eq!((page.title.as_str(), &page.code), ("监票人密钥已生成", &code));
        assert_eq!(hall.on_disk(i, "share-1"), 1);
        assert_eq!(hall.on_disk(i, "seed"), 0, "what it was made of is gone");
        hall.touch(i, page.action.unwrap().touch);
        assert!(!matches!(hall.page(i), Page::Message(_)), "compared");
    }
    assert_eq!(hall.seats[3].state.making(), None, "no scrutineer");
    assert!(!matches!(hall.page(3), Page::Message(_)));
}

#[test]
fn another_code_of_the_server_is_cried_out() {
    let mut hall = Hall::with_key(3);
    hall.scrutiny.key = ScrutinyKey::Ready { code: "0000-0000".into() };
    hall.publish();
    let Page::Message(page) = hall.page(0) else { panic!("{:?}", hall.page(0)) };
    assert_eq!(page.title, "监票人密钥核对码不一致");
    assert_ne!(page.code, "0000-0000");
}

/// Each terminal is switched off after any number of steps of the room, and says the same again
/// when it is back.
#[test]
fn a_restart_anywhere_in_the_key_generation_loses_nothing() {
    let mut middles = 0;
    for who in 0..3 {
        for steps in 0.. {
            let mut hall = Hall::with(3);
            hall.name_scrutineers(&[0, 1, 2], 2);
            let over = hall.steps(steps);
            middles += usize::from(hall.said.iter().any(|s| s.from == who + 1) && !over);
            hall.restart(who as usize);
            assert_eq!(hall.said.len(), 12, "{who} after {steps}: nobody said two things");
            let ready = Making::Ready { code: code(&hall), same: true };
            for i in 0..3 {
                assert_eq!(hall.seats[i].state.making(), Some(ready.clone()), "{who} {steps}");
                assert_eq!((hall.on_disk(i, "share-1"), hall.on_disk(i, "seed")), (1, 0));
            }
            if steps % 20 == 0 {
                closed(&mut hall, 3);
                hall.settle();
                assert!(hall.vote.as_ref().unwrap().count.is_some());
            }
            if over {
                break;
            }
        }
    }
    assert!(middles > 30, "{middles}");
}

#[test]
fn nothing_is_said_before_the_seed_is_on_disk() {
    let mut hall = Hall::with(3);
    hall.seats[0].slow_disk = true;
    hall.name_scrutineers(&[0, 1, 2], 2);
    hall.settle();
    assert!(hall.said.iter().all(|said| said.from != 1));
    hall.seats[0].slow_disk = false;
    hall.settle();
    assert_eq!(hall.said.len(), 12);
}

#[test]
fn a_terminal_that_lost_its_folder_in_the_middle_stays_silent() {
    let mut hall = Hall::with(3);
    hall.seats[2].off = true;
    hall.name_scrutineers(&[0, 1, 2], 2);
    hall.settle();
    let said = hall.said.clone();
    hall.seats[0].disk.clear();
    hall.restart(0);
    assert_eq!(hall.said, said, "nothing else in the same round");
    assert_eq!(hall.seats[0].state.making(), Some(Making::Lost));
    // A new one succeeds.
    hall.seats[2].off = false;
    hall.settle();
    hall.name_scrutineers(&[0, 1, 2], 2);
    hall.settle();
    let ready = Making::Ready { code: code(&hall), same: true };
    assert_eq!(hall.seats[0].state.making(), Some(ready));
}

#[test]
fn a_relay_that_changes_words_is_found_by_the_signature() {
    let mut hall = Hall::with(3);
    hall.lie = Lie::Relay;
    hall.name_scrutineers(&[0, 1, 2], 2);
    hall.settle();
    for i in 0..3 {
        assert_eq!(hall.seats[i].state.making(), Some(Making::Relay), "{i}");
        assert_eq!(hall.on_disk(i, "share"), 0);
    }
    assert!(matches!(hall.scrutiny.key, ScrutinyKey::Making { .. }));
}

#[test]
fn another_key_takes_the_place_of_the_first() {
    let mut hall = Hall::with_key(3);
    hall.name_scrutineers(&[0, 1], 2);
    hall.settle();
    for i in 0..3 {
        assert_eq!(hall.on_disk(i, "share-1"), usize::from(i == 2), "{i}");
        assert_eq!(hall.on_disk(i, "share-2"), usize::from(i != 2), "{i}");
    }
    closed(&mut hall, 3);
    hall.settle();
    assert!(hall.vote.as_ref().unwrap().count.is_some());
}

#[test]
fn a_vote_that_waits_says_for_whom() {
    let mut hall = Hall::with_key(4);
    hall.seats[1].off = true;
    hall.seats[2].off = true;
    hall.open_vote(Form::Motion);
    hall.settle();
    hall.submit(0, &[0]);
    hall.submit(3, &[1]);
    hall.settle();
    hall.close_vote();
    hall.settle();
    for i in [0, 3] {
        let Page::Result(page) = hall.page(i) else { panic!("{:?}", hall.page(i)) };
        assert_eq!(page.verdict.word, "正在开票");
        let opening = page.opening.unwrap();
        assert_eq!(opening.missing_label, "尚待参加开票的监票人");
        assert_eq!(opening.missing, ["委员2", "委员3"]);
    }
    assert!(hall.note(3).starts_with("您的表决票已计入"), "{}", hall.note(3));
    assert_eq!(hall.note(0), "本终端已提交开票份额。");
    assert_eq!(hall.sent(0, is_part).len(), 1);
    hall.seats[2].off = false;
    hall.settle();
    assert!(hall.note(3).starts_with("已核对"), "{}", hall.note(3));
}

#[test]
fn a_part_is_given_only_once_its_sum_is_on_disk_and_again_after_a_restart() {
    let mut hall = Hall::with_key(3);
    closed(&mut hall, 3);
    hall.seats[1].off = true;
    hall.seats[2].off = true;
    hall.seats[0].slow_disk = true;
    hall.settle();
    let vote = hall.vote.as_ref().unwrap().id;
    assert_eq!(hall.sent(0, is_part), []);
    assert_eq!(hall.seats[0].state.opening_here(vote), Some(Opening::Checking));
    assert!(hall.note(0).contains("正在核验选票…"), "{}", hall.note(0));
    hall.seats[0].slow_disk = false;
    hall.deaf = true;
    hall.settle();
    assert_eq!(hall.on_disk(0, "sums-0"), 1);
    hall.parts.truncate(1);
    hall.deaf = false;
    hall.restart(0);
    assert_eq!(hall.parts.len(), 2, "the same sum again");
    hall.seats[1].off = false;
    hall.settle();
    assert!(hall.vote.as_ref().unwrap().count.is_some());
}

/// Switched off after any number of steps of an opening: the part comes all the same.
#[test]
fn a_restart_anywhere_in_the_opening() {
    let mut without = 0;
    for steps in 0.. {
        let mut hall = Hall::with_key(3);
        hall.seats[1].off = true;
        hall.seats[2].off = true;
        hall.open_vote(Form::Motion);
        hall.settle();
        hall.submit(0, &[0]);
        hall.settle();
        hall.close_vote();
        let over = hall.steps(steps);
        without += usize::from(hall.parts.len() == 1);
        hall.restart(0);
        assert_eq!(hall.parts.len(), 2, "{steps}");
        hall.seats[1].off = false;
        hall.settle();
        assert!(hall.vote.as_ref().unwrap().count.is_some(), "{steps}");
        if over {
            break;
        }
    }
    assert!(without > 5, "{without}");
}

#[test]
fn a_second_sum_of_one_slot_is_refused() {
    let mut hall = Hall::with_key(4);
    // What the terminal of seat 1 remembers: another sum of this slot, opened before.
    let mut before = Disclosures::new(5);
    let other = RecordHash::of(b"another");
    let events = [other; 5];
    before.permit_final(SumOf { ballots: 4, tally: other, events: &events }).unwrap();
    let name = format!("{}-sums-0", hall.meeting.id);
    let file = serde_json::json!({
        "version": 1, "meeting": hall.meeting.id, "number": 0, "what": before,
    });
    hall.seats[0].disk.insert(name, serde_json::to_vec(&file).unwrap());
    hall.restart(0);
    closed(&mut hall, 4);
    hall.settle();
    let own = hall.scrutiny.scrutineers[0].member;
    assert_eq!(hall.refused[&own], Objection::OtherBallots);
    assert_eq!(hall.sent(0, is_part), []);
    assert!(hall.vote.as_ref().unwrap().count.is_some(), "the others are enough");
}

#[test]
fn a_list_with_a_credential_of_nobody_is_not_opened() {
    let mut hall = Hall::with_key(4);
    hall.lie = Lie::Stranger;
    closed(&mut hall, 4);
    hall.settle();
    assert_eq!(hall.refused.len(), 3);
    let stranger = |why: &Objection| matches!(why, Objection::Stranger { .. });
    assert!(hall.refused.values().all(stranger));
    assert_eq!(hall.vote.as_ref().unwrap().count, None);
    assert!(hall.note(0).contains("本终端核验未通过"), "{}", hall.note(0));
}

#[test]
fn a_vote_that_still_runs_is_not_opened() {
    let mut hall = Hall::with_key(4);
    hall.seats.iter_mut().take(3).for_each(|seat| seat.slow_work = true);
    closed(&mut hall, 0);
    hall.vote.as_mut().unwrap().state = VoteState::Open;
    hall.publish();
    hall.seats.iter_mut().for_each(|seat| seat.slow_work = false);
    for i in 0..3 {
        hall.restart(i);
    }
    assert_eq!(hall.parts.len(), 1, "only the server's");
    hall.vote.as_mut().unwrap().state = VoteState::Closed;
    hall.publish();
    hall.settle();
    assert!(hall.vote.as_ref().unwrap().count.is_some());
}

#[test]
fn a_terminal_without_its_share_says_so() {
    let mut hall = Hall::with_key(3);
    let share = format!("{}-share-1", hall.meeting.id);
    hall.seats[0].disk.remove(&share).unwrap();
    hall.restart(0);
    closed(&mut hall, 3);
    hall.settle();
    let own = hall.scrutiny.scrutineers[0].member;
    assert_eq!(hall.refused[&own], Objection::NoShare);
    assert_eq!(hall.checked[&own], Some(Objection::NoShare));
    assert!(hall.vote.as_ref().unwrap().count.is_some());
}

#[test]
fn after_the_meeting_everything_is_destroyed_and_told() {
    let mut hall = Hall::with_key(4);
    closed(&mut hall, 4);
    hall.settle();
    hall.seats[2].off = true;
    hall.close_meeting();
    for i in [0, 1, 3] {
        assert!(hall.seats[i].disk.is_empty(), "{:?}", hall.seats[i].disk.keys());
    }
    let destroyed: Vec<_> = hall.scrutiny.scrutineers.iter().map(|s| s.destroyed).collect();
    assert_eq!(destroyed, [true, true, false]);
    // Destroyed, and switched off before that was told.
    hall.seats[2].disk.clear();
    hall.seats[2].off = false;
    hall.restart(2);
    assert!(hall.scrutiny.scrutineers[2].destroyed);
    let told = |c: &Command| matches!(c, Command::ShareDestroyed { .. });
    assert_eq!(hall.sent(0, told).len(), 1);
}

#[test]
fn the_strip_shows_the_key_to_whoever_reads() {
    let mut hall = Hall::with(3);
    hall.touch(0, Touch::OpenAgenda);
    hall.name_scrutineers(&[0, 1, 2], 2);
    assert!(hall.banner(0).starts_with("监票人密钥生成　第 1 / 4 步"), "{}", hall.banner(0));
    hall.settle();
    let code = code(&hall);
    assert!(hall.banner(0).starts_with(&format!("监票人密钥已生成　{code}")), "{}", hall.banner(0));
    hall.touch(0, Touch::CodesCompared);
    assert_eq!(hall.banner(0), "");
}

#[test]
fn the_list_of_a_vote_is_checked_as_soon_as_it_opens() {
    let mut hall = Hall::with_key(4);
    hall.open_vote(Form::Motion);
    hall.settle();
    let found: Vec<_> = hall.checked.values().collect();
    assert_eq!(found, [&None, &None, &None]);
    assert!(!hall.banner(0).contains("凭证名单"), "{}", hall.banner(0));
    // Said once, and not again after a restart.
    hall.restart(0);
    let told = |c: &Command| matches!(c, Command::ListChecked { .. });
    assert_eq!(hall.sent(0, told).len(), 1);
    assert!(hall.sent(3, told).is_empty(), "no scrutineer");
}

#[test]
fn a_list_with_a_credential_of_nobody_is_cried_out_before_the_first_ballot() {
    let mut hall = Hall::with_key(4);
    hall.lie = Lie::Stranger;
    hall.open_vote(Form::Motion);
    hall.settle();
    let stranger = |found: &Option<Objection>| matches!(found, Some(Objection::Stranger { .. }));
    assert_eq!(hall.checked.values().filter(|found| stranger(found)).count(), 3);
    assert!(hall.banner(0).contains("凭证名单"), "{}", hall.banner(0));
    assert_eq!(hall.banner(3), "");
    // Nobody waits for it.
    hall.submit(3, &[0]);
    hall.settle();
    assert_eq!(hall.ballots.len(), 1);
}

/// A vote with a key and so many ballots, their trackers in the order of the archive.
fn running(ballots: usize) -> (Hall, Vec<RecordHash>) {
    let mut hall = Hall::with_key(ballots);
    hall.open_vote(Form::Motion);
    hall.settle();
    (0..ballots).for_each(|i| hall.submit(i, &[u8::from(i % 3 == 0)]));
    hall.settle();
    let trackers: Vec<_> = hall.ballots.keys().copied().collect();
    assert_eq!(trackers.len(), ballots);
    (hall, trackers)
}

fn own_refusal(hall: &Hall) -> Option<Objection> {
    hall.refused.get(&hall.scrutiny.scrutineers[0].member).copied()
}

#[test]
fn sums_of_a_vote_that_runs_are_opened_in_steps_and_only_the_rest_is_fetched() {
    let (mut hall, trackers) = running(18);
    let vote = hall.vote.as_ref().unwrap().id;
    for (ballots, received) in [(5, 10), (11, 16)] {
        hall.ask_live(&trackers[..ballots], received);
        hall.settle();
        let seen = hall.vote.as_ref().unwrap();
        let counted = seen.secret.as_ref().unwrap().live.as_ref().unwrap().counted;
        assert_eq!(counted as usize, ballots);
        let Some(hemicycle_protocol::vote::Count::Motion { tally }) = &seen.count else {
            panic!("{:?}", seen.count)
        };
        assert_eq!(tally.cast() as usize, ballots);
        assert_eq!(hall.seats[0].state.opening_here(vote), None, "the final sum is another");
    }
    assert_eq!(hall.first_byte(0, 5), 0);
    assert!(hall.first_byte(0, 11) > 0, "from where the first one ended");
    // A terminal that was started again knows what it has helped to open.
    hall.restart(0);
    hall.ask_live(&trackers[..14], 18);
    hall.settle();
    assert_eq!(own_refusal(&hall), Some(Objection::TooClose));
    hall.close_vote();
    hall.settle();
    assert_eq!(own_refusal(&hall), None);
    assert!(hall.vote.as_ref().unwrap().secret.as_ref().unwrap().record.is_some());
}

#[test]
fn a_lying_server_gets_no_two_sums_that_are_close() {
    let (mut hall, trackers) = running(16);
    let parts = |hall: &Hall| hall.sent(0, is_part).len();
    // Too early, whatever is said to be in; too few; others than were said.
    for (ballots, received, why) in [
        (5, 9, Objection::TooClose),
        (4, 16, Objection::TooClose),
        (9, 8, Objection::Contradiction),
    ] {
        hall.ask_live(&trackers[..ballots], received);
        hall.settle();
        assert_eq!(own_refusal(&hall), Some(why), "{ballots} of {received}");
    }
    hall.ask_live(&trackers[..6], 11);
    hall.settle();
    assert_eq!((own_refusal(&hall), parts(&hall)), (None, 1));
    // Ten others, and ten that do not continue the six.
    hall.ask_live(&trackers[6..], 16);
    hall.settle();
    assert_eq!(own_refusal(&hall), Some(Objection::NotContinued { event: 1 }));
    let mut mixed = trackers.clone();
    mixed.swap(3, 14);
    for again in [false, true] {
        if again {
            // What was followed is forgotten, what was opened is not.
            hall.restart(0);
        }
        hall.ask_live(&mixed[..11], 16);
        hall.settle();
        let why = own_refusal(&hall).unwrap();
        let other = matches!(why, Objection::NotContinued { event: 4 } | Objection::OtherBallots);
        assert!(other, "{why:?}");
    }
    // The vote closes after too few more: the final sum would tell them.
    let kept: Vec<_> = trackers[..10].to_vec();
    hall.ballots.retain(|tracker, _| kept.contains(tracker));
    hall.summed = trackers[..6].to_vec();
    hall.close_vote();
    hall.settle();
    assert_eq!(own_refusal(&hall), Some(Objection::Contradiction));
    assert_eq!(parts(&hall), 1, "the one sum of six");
}

#[test]
fn where_half_of_them_open_a_sum_none_is_opened_before_the_end() {
    let mut hall = Hall::with(12);
    hall.name_scrutineers(&[0, 1, 2, 3], 2);
    hall.settle();
    hall.open_vote(Form::Motion);
    hall.settle();
    (0..10).for_each(|i| hall.submit(i, &[0]));
    hall.settle();
    let trackers: Vec<_> = hall.ballots.keys().copied().collect();
    hall.ask_live(&trackers[..5], 10);
    hall.settle();
    assert_eq!(own_refusal(&hall), Some(Objection::TooFew));
}
