//! Read receipts: what the seat tells the server of its papers, when, how often,
//! and what it does not tell.

use crate::fake::*;
use hemicycle_protocol::ids::*;
use hemicycle_protocol::refusal::Code;
use hemicycle_protocol::topic::{Reach, ReadPaper, Topic};
use hemicycle_protocol::vote::Form;
use hemicycle_protocol::wire::{Answer, Ask, Command, Done};
use hemicycle_terminal::seat::{Facts, Msg};
use hemicycle_terminal::touch::Touch;

const A4: (u32, u32) = (59_528, 84_189);
/// By then whatever there is to tell has been sent.
const GATHERED: i64 = 5000;

fn at(id: u32, reach: Reach) -> ReadPaper {
    ReadPaper { paper: PaperId(id), hash: hash(id), reach }
}

fn told(ask: &Ask) -> Vec<ReadPaper> {
    match &ask.command {
        Command::ReportReading { member, papers } => {
            assert_eq!(*member, MemberId(12));
            papers.clone()
        }
        other => panic!("no report: {other:?}"),
    }
}

/// The report that is sent by now; it is not answered.
fn reported(room: &mut Room) -> Ask {
    room.take_effects();
    room.wait(GATHERED);
    room.only_command()
}

/// The same, answered.
fn report(room: &mut Room) -> Vec<ReadPaper> {
    let ask = reported(room);
    room.answer(ask.id, Answer::Ok(Done::default()));
    told(&ask)
}

fn is_silent(room: &mut Room) {
    room.take_effects();
    room.wait(60_000);
    room.wait(60_000);
    assert_eq!(room.commands(), []);
}

/// Paper 41 open at its first page of three, nothing told yet.
fn reading() -> Room {
    let mut room = Room::in_session();
    room.touch(Touch::ReaderSized { width: 1400, height: 900 });
    open(&mut room, hash(41));
    room
}

fn open(room: &mut Room, hash: Hash) {
    room.touch(Touch::OpenPaper(41));
    room.msg(Msg::PaperReady { hash });
    let facts = Facts { pages: vec![A4; 3], text: Some((1500, 8500)) };
    room.msg(Msg::Opened { hash, facts });
}

#[test]
fn what_has_arrived_is_told_together_and_once() {
    let mut room = Room::in_session();
    is_silent(&mut room);
    room.msg(Msg::PaperReady { hash: hash(41) });
    room.wait(1000);
    room.msg(Msg::PaperReady { hash: hash(42) });
    room.wait(1000);
    assert_eq!(room.commands(), [], "not one by one");
    assert_eq!(report(&mut room), [at(41, Reach::Held), at(42, Reach::Held)]);
    is_silent(&mut room);
    room.msg(Msg::PaperReady { hash: hash(10) });
    assert_eq!(report(&mut room), [at(10, Reach::Held)]);
    // Another connection's server knows nothing of what is here.
    room.come_back();
    let all = [at(10, Reach::Held), at(41, Reach::Held), at(42, Reach::Held)];
    assert_eq!(report(&mut room), all);
    is_silent(&mut room);
}

#[test]
fn reading_goes_forward_only() {
    let mut room = Room::in_session();
    room.touch(Touch::ReaderSized { width: 1400, height: 900 });
    room.touch(Touch::OpenPaper(41));
    is_silent(&mut room);
    open(&mut room, hash(41));
    assert_eq!(report(&mut room), [at(41, Reach::Opened)]);
    room.touch(Touch::GoToPage(1));
    is_silent(&mut room);
    room.touch(Touch::GoToPage(2));
    room.touch(Touch::GoToPage(0));
    assert_eq!(report(&mut room), [at(41, Reach::Ended)], "it was there, wherever it is now");
    room.touch(Touch::GoToPage(2));
    is_silent(&mut room);
}

#[test]
fn page_below_page_the_last_one_counts_when_it_is_in_sight() {
    let mut room = reading();
    room.touch(Touch::Continuous(true));
    assert_eq!(report(&mut room), [at(41, Reach::Opened)]);
    room.touch(Touch::ScrollTo { x: 0.0, y: 1_000_000.0 });
    assert_eq!(report(&mut room), [at(41, Reach::Ended)]);
}

#[test]
fn a_report_is_sent_again_until_it_is_answered() {
    let mut room = reading();
    let first = reported(&mut room);
    assert_eq!(told(&first), [at(41, Reach::Opened)]);
    // What comes meanwhile waits for the answer.
    room.touch(Touch::GoToPage(2));
    room.wait(9_999);
    assert_eq!(room.commands(), []);
    room.wait(1);
    assert_eq!(room.only_command(), first, "the same under its own name");
    room.come_back();
    let next = reported(&mut room);
    assert_eq!(told(&next), [at(41, Reach::Ended)], "whether the first arrived is not known");
    assert_ne!(next.id, first.id);
    room.answer(first.id, Answer::Ok(Done::default()));
    room.refuse(next.id, Code::Unavailable);
    room.wait(9_000);
    assert_eq!(room.commands(), []);
    room.wait(1_000);
    let again = room.only_command();
    assert_eq!(told(&again), [at(41, Reach::Ended)]);
    // What the server does not want is not pressed on it.
    room.refuse(again.id, Code::NotFound);
    is_silent(&mut room);
    assert!(room.seat.trouble.is_none(), "nothing that a member could do about it");
}

#[test]
fn what_was_read_without_a_connection_is_told_when_there_is_one() {
    let mut room = reading();
    assert_eq!(report(&mut room), [at(41, Reach::Opened)]);
    room.msg(Msg::LinkDown);
    room.touch(Touch::GoToPage(2));
    is_silent(&mut room);
    room.greet();
    is_silent(&mut room);
    room.welcome(MEETING);
    assert_eq!(report(&mut room), [at(41, Reach::Ended)]);
    is_silent(&mut room);
}

#[test]
fn another_version_begins_anew() {
    let mut room = reading();
    room.touch(Touch::GoToPage(2));
    assert_eq!(report(&mut room), [at(41, Reach::Ended)]);
    let paper = &mut room.agenda.items[3].papers[0];
    (paper.hash, paper.version) = (hash(141), 2);
    room.topic(Topic::Agenda(room.agenda.clone()));
    let new = |reach| ReadPaper { paper: PaperId(41), hash: hash(141), reach };
    room.msg(Msg::PaperReady { hash: hash(141) });
    assert_eq!(report(&mut room), [new(Reach::Held)]);
    open(&mut room, hash(141));
    // It opens where the one before was left.
    assert_eq!(report(&mut room), [new(Reach::Ended)]);
}

#[test]
fn a_ballot_goes_first() {
    let mut room = Room::voting(Form::Motion);
    room.msg(Msg::PaperReady { hash: hash(41) });
    let ask = room.cast();
    room.wait(GATHERED);
    assert_eq!(room.commands(), [], "nothing beside a ballot that has no answer");
    room.confirm(&ask);
    room.wait(1000);
    assert_eq!(told(&room.only_command()), [at(41, Reach::Held)]);
}

#[test]
fn a_report_takes_no_place_from_what_a_member_asks() {
    let mut room = reading();
    reported(&mut room);
    assert!(room.seat.pending.is_empty());
}

#[test]
fn where_no_receipts_are_kept_nothing_is_noted_or_told() {
    let mut room = reading();
    room.touch(Touch::OpenAgenda);
    assert!(room.shown().contains("打开文件会记入阅读回执"));
    room.meeting.settings.read_receipts = false;
    room.topic(Topic::Meeting(room.meeting.clone()));
    assert!(!room.shown().contains("阅读回执"));
    room.touch(Touch::OpenPaper(41));
    room.touch(Touch::GoToPage(2));
    is_silent(&mut room);
    // What was read then is not told later.
    room.meeting.settings.read_receipts = true;
    room.topic(Topic::Meeting(room.meeting.clone()));
    assert_eq!(report(&mut room), [at(41, Reach::Held)]);
    is_silent(&mut room);
}

#[test]
fn nobody_reports_for_another() {
    let mut room = reading();
    let mut other = room.me.clone();
    other.person = other.person.map(|p| hemicycle_protocol::topic::Person {
        member: MemberId(13),
        name: "另一位".into(),
        ..p
    });
    room.topic(Topic::Me(other));
    room.take_effects();
    room.wait(GATHERED);
    match room.only_command().command {
        Command::ReportReading { member, papers } => {
            assert_eq!((member, papers), (MemberId(13), vec![at(41, Reach::Held)]));
        }
        other => panic!("{other:?}"),
    }
}
