//! 同步翻页: a page that is shown to all, who goes along, who leaves and comes back,
//! and what the seat that shows it tells.

use crate::fake::*;
use hemicycle_protocol::ids::*;
use hemicycle_protocol::refusal::Code;
use hemicycle_protocol::topic::*;
use hemicycle_protocol::vote::Form;
use hemicycle_protocol::wire::{Answer, Ask, Command, Done};
use hemicycle_terminal::screen::{Follow, Page, Reader};
use hemicycle_terminal::seat::{Facts, Msg};
use hemicycle_terminal::touch::Touch;

const A4: (u32, u32) = (59_528, 84_189);
const CHAIR: u32 = 1;
const OWN: u32 = 12;

fn reader(room: &Room) -> Reader {
    match room.page() {
        Page::Reader(page) => page,
        other => panic!("not the reader: {other:?}"),
    }
}

fn at(room: &Room) -> (u32, u32) {
    let reader = reader(room);
    (reader.paper, reader.page)
}

fn switch(room: &Room) -> Option<Follow> {
    reader(room).follow
}

fn here(room: &mut Room, paper: u32) {
    room.msg(Msg::PaperReady { hash: hash(paper) });
    let facts = Facts { pages: vec![A4; 12], text: Some((1500, 8500)) };
    room.msg(Msg::Opened { hash: hash(paper), facts });
}

fn shows(room: &mut Room, member: u32, paper: u32, page: u32, pointer: Option<Pointer>) {
    let presenting = Presenting {
        member: MemberId(member),
        name: "罗晨".into(),
        paper: PaperId(paper),
        page,
        pointer,
        ink: vec![],
    };
    room.topic(Topic::Floor(Floor { presenting: Some(presenting), ..Floor::default() }));
}

fn nobody_shows(room: &mut Room) {
    room.topic(Topic::Floor(Floor::default()));
}

/// Papers 41 and 42 are here; a desk of 1400 × 900.
fn seated() -> Room {
    let mut room = Room::in_session();
    room.touch(Touch::ReaderSized { width: 1400, height: 900 });
    [41, 42].into_iter().for_each(|paper| here(&mut room, paper));
    room.take_effects();
    room
}

#[test]
fn the_page_comes_to_who_is_not_reading_something_else() {
    let mut room = seated();
    assert_eq!(room.page_name(), "agenda");
    shows(&mut room, CHAIR, 41, 4, None);
    // The worker reads the paper first; then the page is the one that is shown.
    here(&mut room, 41);
    assert_eq!(at(&room), (41, 4));
    let on = switch(&room).expect("the switch is there");
    assert_eq!((on.label.as_str(), on.on, on.enabled, on.points), ("跟随主讲", true, true, false));
    shows(&mut room, CHAIR, 41, 7, None);
    assert_eq!(at(&room), (41, 7));
    shows(&mut room, CHAIR, 42, 0, None);
    here(&mut room, 42);
    assert_eq!(at(&room), (42, 0), "another paper of the same member");
    nobody_shows(&mut room);
    assert_eq!((at(&room), switch(&room)), ((42, 0), None), "the paper stays open");

    let mut room = seated();
    room.touch(Touch::OpenPaper(42));
    here(&mut room, 42);
    shows(&mut room, CHAIR, 41, 4, None);
    assert_eq!(at(&room), (42, 0), "nobody is torn out of a paper");
    assert_eq!(switch(&room).map(|s| s.on), Some(false));
    room.touch(Touch::FollowPresenter(true));
    here(&mut room, 41);
    assert_eq!(at(&room), (41, 4));
}

#[test]
fn a_page_turned_alone_leaves_and_one_touch_returns() {
    let mut room = seated();
    shows(&mut room, CHAIR, 41, 4, None);
    here(&mut room, 41);
    room.touch(Touch::ZoomIn);
    assert_eq!(switch(&room).map(|s| s.on), Some(true), "a closer look is no leaving");
    room.touch(Touch::PageNext);
    assert_eq!((at(&room), switch(&room).map(|s| s.on)), ((41, 5), Some(false)));
    shows(&mut room, CHAIR, 41, 9, None);
    assert_eq!(at(&room), (41, 5));
    room.touch(Touch::FollowPresenter(true));
    assert_eq!(at(&room), (41, 9));
    room.touch(Touch::FollowPresenter(false));
    shows(&mut room, CHAIR, 41, 2, None);
    assert_eq!(at(&room), (41, 9));

    // From the agenda a banner leads back.
    room.touch(Touch::OpenAgenda);
    assert_eq!(room.page_name(), "agenda");
    assert!(room.banner().contains("罗晨正在展示文件：文件41"), "{}", room.banner());
    let action = room.screen().banner.and_then(|banner| banner.action).expect("a way back");
    room.touch(action.touch);
    assert_eq!(at(&room), (41, 2));
    // Without a connection nobody is followed, and it is said.
    room.msg(Msg::LinkDown);
    let paused = switch(&room).expect("it stays");
    assert_eq!((paused.label.as_str(), paused.enabled), ("跟随已暂停", false));
}

#[test]
fn a_vote_stands_before_every_paper() {
    let mut room = seated();
    shows(&mut room, CHAIR, 41, 4, None);
    here(&mut room, 41);
    room.open_vote(vote(7, Form::Motion));
    assert_eq!(room.page_name(), "vote");
    shows(&mut room, CHAIR, 41, 6, None);
    assert_eq!(room.page_name(), "vote");
    room.move_vote(VoteState::Declared, |_| {});
    shows(&mut room, CHAIR, 41, 8, None);
    assert_eq!(room.page_name(), "result", "what was decided stays to be read");
    room.touch(Touch::BackToPapers);
    assert_eq!(at(&room), (41, 8), "and then the page is the one that is shown now");
    // What is shown anew after a result takes its place.
    room.touch(Touch::OpenVotePage);
    nobody_shows(&mut room);
    assert_eq!(room.page_name(), "result");
    shows(&mut room, CHAIR, 42, 1, None);
    here(&mut room, 42);
    assert_eq!(at(&room), (42, 1));
}

#[test]
fn two_papers_that_are_one_file_are_told_apart() {
    let mut room = seated();
    room.agenda.items[3].papers[1].hash = hash(41);
    room.topic(Topic::Agenda(room.agenda.clone()));
    room.touch(Touch::OpenPaper(41));
    here(&mut room, 41);
    shows(&mut room, CHAIR, 42, 3, None);
    assert_eq!(at(&room), (41, 0));
    room.touch(Touch::FollowPresenter(true));
    assert_eq!((at(&room), reader(&room).title), ((42, 3), "文件42".into()));
}

#[test]
fn who_may_not_read_is_shown_nothing() {
    let mut room = Room::silent();
    room.meeting.phase = Phase::InSession;
    room.connect();
    let before = room.page_name();
    shows(&mut room, CHAIR, 41, 4, None);
    assert_eq!((room.page_name(), room.banner().contains("罗晨")), (before, false));
    let mut room = seated();
    shows(&mut room, CHAIR, 999, 4, None);
    assert_eq!(room.page_name(), "agenda", "a paper that this seat does not have");
}

fn chairing() -> Room {
    let mut room = seated();
    let person = Some(Person { chair: true, ..person() });
    room.me.person = person;
    room.topic(Topic::Me(room.me.clone()));
    room.touch(Touch::OpenPaper(41));
    here(&mut room, 41);
    room.take_effects();
    room
}

fn presented(ask: &Ask) -> (u32, u32, Option<Pointer>) {
    match ask.command {
        Command::Present { paper, page, pointer, .. } => (paper.0, page, pointer),
        ref other => panic!("{other:?}"),
    }
}

fn done(room: &mut Room, ask: &Ask) {
    room.answer(ask.id, Answer::Ok(Done { seq: Seq(41), made: None, receipt: None }));
}

#[test]
fn the_chair_shows_pages_and_each_turn_is_told() {
    let mut room = chairing();
    let show = switch(&room).expect("the chair may");
    assert_eq!((show.label.as_str(), show.on), ("展示给全体", false));
    room.touch(Touch::FollowPresenter(true));
    let first = room.only_command();
    assert_eq!(presented(&first), (41, 0, None));
    done(&mut room, &first);
    shows(&mut room, OWN, 41, 0, None);
    let showing = switch(&room).expect("it is on");
    assert_eq!((showing.label.as_str(), showing.on, showing.points), ("正在展示", true, true));
    assert!(room.commands().is_empty(), "what was told is not told again");

    // Pages turned while an answer is awaited: only the last is told.
    room.touch(Touch::PageNext);
    let second = room.only_command();
    room.touch(Touch::PageNext);
    room.touch(Touch::PageNext);
    assert!(room.commands().is_empty());
    done(&mut room, &second);
    assert_eq!(presented(&second), (41, 1, None));
    let third = room.only_command();
    assert_eq!(presented(&third), (41, 3, None));
    done(&mut room, &third);

    // A tap points, and is seen here at once; the same place again takes it away.
    let (x, y) = (reader(&room).sheet_width / 2.0, reader(&room).sheet_height / 4.0);
    room.touch(Touch::PointAt { x, y });
    let pointing = room.only_command();
    assert_eq!(presented(&pointing), (41, 3, Some(Pointer { x: 5_000, y: 2_500 })));
    let seen = reader(&room).pointer.expect("a pointer");
    assert!((seen.0 - x).abs() < 1.0 && (seen.1 - y).abs() < 1.0, "{seen:?}");
    done(&mut room, &pointing);
    room.touch(Touch::PointAt { x: x + 3.0, y });
    let gone = room.only_command();
    assert_eq!((presented(&gone), reader(&room).pointer), ((41, 3, None), None));
    done(&mut room, &gone);

    // A server that was started again is told anew.
    room.msg(Msg::LinkDown);
    room.take_effects();
    room.greet();
    room.welcome(MEETING);
    let again = room.only_command();
    assert_eq!(presented(&again), (41, 3, None));
    done(&mut room, &again);

    room.touch(Touch::FollowPresenter(false));
    assert_eq!(room.only_command().command, Command::StopPresenting);
    nobody_shows(&mut room);
    room.touch(Touch::PageNext);
    assert!(room.commands().is_empty(), "it is over");
}

#[test]
fn a_pointer_is_shown_where_it_belongs_however_the_page_lies() {
    let mut room = seated();
    let pointer = Some(Pointer { x: 2_000, y: 1_000 });
    shows(&mut room, CHAIR, 41, 4, pointer);
    here(&mut room, 41);
    let upright = reader(&room);
    let (x, y) = upright.pointer.expect("it is on this page");
    assert!((x / upright.sheet_width - 0.2).abs() < 0.01);
    assert!((y / upright.sheet_height - 0.1).abs() < 0.01);
    room.touch(Touch::Rotate(1));
    let turned = reader(&room);
    let (x, y) = turned.pointer.expect("it is on this page");
    assert!((x / turned.sheet_width - 0.9).abs() < 0.01);
    assert!((y / turned.sheet_height - 0.2).abs() < 0.01);
    room.touch(Touch::PageNext);
    assert_eq!(reader(&room).pointer, None, "the page that is shown is another one");
    // Who does not show it does not point.
    room.take_effects();
    room.touch(Touch::PointAt { x: 100.0, y: 100.0 });
    assert!(room.commands().is_empty());
}

#[test]
fn who_may_not_show_has_no_switch_and_a_refusal_is_told() {
    let mut room = seated();
    room.touch(Touch::OpenPaper(41));
    here(&mut room, 41);
    assert_eq!(switch(&room), None);
    room.take_effects();
    room.touch(Touch::FollowPresenter(true));
    assert!(room.commands().is_empty());
    room.me.floor = MyFloor::Speaking;
    room.topic(Topic::Me(room.me.clone()));
    assert_eq!(switch(&room).map(|s| s.label), Some("展示给全体".into()));
    room.touch(Touch::FollowPresenter(true));
    let asked = room.only_command();
    room.refuse(asked.id, Code::NotAllowed);
    assert!(!room.banner().is_empty());
    room.touch(Touch::PageNext);
    assert!(room.commands().is_empty(), "nothing is shown from here");
}

#[test]
fn pages_that_a_new_version_changed_are_marked() {
    let mut room = seated();
    let new = &mut room.agenda.items[3].papers[0];
    (new.version, new.replaced_at, new.changed) = (2, Some(Millis(START)), vec![2, 3]);
    room.topic(Topic::Agenda(room.agenda.clone()));
    room.touch(Touch::OpenPaper(41));
    here(&mut room, 41);
    let marked = |room: &Room| -> Vec<u32> {
        let thumbnails = reader(room).thumbnails.into_iter();
        thumbnails.filter(|thumbnail| thumbnail.changed).map(|thumbnail| thumbnail.page).collect()
    };
    assert_eq!(marked(&room), [1, 2]);
    // The version that is open stays as it is; the marks are the new one's.
    let newer = &mut room.agenda.items[3].papers[0];
    (newer.version, newer.hash, newer.changed) = (3, hash(410), vec![1]);
    room.topic(Topic::Agenda(room.agenda.clone()));
    assert!(marked(&room).is_empty());
}
