//! Two papers side by side: the one that was touched last is in hand.

use crate::fake::*;
use hemicycle_protocol::ids::{MemberId, PaperId};
use hemicycle_protocol::topic::*;
use hemicycle_protocol::wire::Command;
use hemicycle_terminal::screen::{LaidPaper, Page, Reader};
use hemicycle_terminal::seat::{Effect, Facts, Half, Msg, PenTool};
use hemicycle_terminal::touch::Touch;

const A4: (u32, u32) = (59_528, 84_189);

fn reader(room: &Room) -> Reader {
    match room.page() {
        Page::Reader(page) => page,
        other => panic!("not the reader: {other:?}"),
    }
}

fn other(room: &Room) -> LaidPaper {
    *reader(room).two.expect("there are halves").other.expect("a second paper")
}

/// Paper and page in hand, and those beside it.
fn at(room: &Room) -> [(u32, String); 2] {
    let (hand, other) = (reader(room), other(room));
    [(hand.paper, hand.page_words), (other.paper, other.page_words)]
}

fn half(room: &Room) -> Option<Half> {
    reader(room).two.map(|two| two.half)
}

fn here(room: &mut Room, paper: u32, pages: usize) {
    room.msg(Msg::PaperReady { hash: hash(paper) });
    let facts = Facts { pages: vec![A4; pages], text: Some((1500, 8500)) };
    room.msg(Msg::Opened { hash: hash(paper), facts });
}

/// Paper 41 on the left at its second page, 42 on the right, in hand.
fn two() -> Room {
    let mut room = Room::in_session();
    room.touch(Touch::ReaderSized { width: 1400, height: 900 });
    here(&mut room, 41, 12);
    here(&mut room, 42, 5);
    room.touch(Touch::OpenPaper(41));
    here(&mut room, 41, 12);
    room.touch(Touch::PageNext);
    room.touch(Touch::ReadTwo(true));
    room.touch(Touch::ReaderSized { width: 700, height: 900 });
    room.touch(Touch::OpenPaper(42));
    here(&mut room, 42, 5);
    room.take_effects();
    room
}

fn drawn(room: &mut Room) -> Vec<(u32, u32, u32)> {
    let wanted = room.take_effects().into_iter().filter_map(|effect| match effect {
        Effect::Draw { bitmap, ahead: false, .. } => {
            Some((bitmap.paper, bitmap.page, bitmap.width))
        }
        _ => None,
    });
    wanted.collect()
}

fn shows(room: &mut Room, member: u32, paper: u32, page: u32) {
    let presenting = Presenting {
        member: MemberId(member),
        name: "罗晨".into(),
        paper: PaperId(paper),
        page,
        pointer: None,
        ink: vec![],
    };
    room.topic(Topic::Floor(Floor { presenting: Some(presenting), ..Floor::default() }));
}

#[test]
fn a_second_paper_is_chosen_from_the_agenda_and_lies_on_the_right() {
    let mut room = Room::in_session();
    room.touch(Touch::ReadTwo(true));
    assert_eq!(room.page_name(), "agenda", "without a paper there is nothing to put one beside");
    room.touch(Touch::OpenPaper(41));
    here(&mut room, 41, 12);
    room.touch(Touch::ReadTwo(true));
    let page = reader(&room);
    assert_eq!(page.two.map(|two| (two.half, two.other)), Some((Half::Left, None)));
    // The choice can be left again.
    room.touch(Touch::CloseHalf(Half::Right));
    assert_eq!((reader(&room).paper, half(&room)), (41, None));

    let room = two();
    assert_eq!(half(&room), Some(Half::Right));
    assert_eq!(at(&room), [(42, "1 / 5".into()), (41, "2 / 12".into())]);
    let selected: Vec<u32> = reader(&room)
        .agenda
        .items
        .iter()
        .flat_map(|item| &item.papers)
        .filter(|paper| paper.selected)
        .map(|paper| paper.id)
        .collect();
    assert_eq!(selected, [41, 42]);
}

#[test]
fn every_tool_acts_on_the_paper_that_was_touched_last() {
    let mut room = two();
    room.touch(Touch::PageNext);
    room.touch(Touch::ZoomIn);
    room.touch(Touch::Rotate(1));
    assert_eq!(at(&room), [(42, "2 / 5".into()), (41, "2 / 12".into())]);
    room.touch(Touch::TakeHalf(Half::Left));
    let page = reader(&room);
    assert_eq!((page.zoom_words.as_str(), half(&room)), ("100%", Some(Half::Left)));
    room.touch(Touch::GoToPage(9));
    room.touch(Touch::ZoomIn);
    assert_eq!(at(&room), [(41, "10 / 12".into()), (42, "2 / 5".into())]);
    assert!(other(&room).fits_width && !reader(&room).fits_width);
    // Where both were left is remembered.
    room.touch(Touch::ClosePaper);
    assert_eq!(
        (room.seat.shelf.left_at[&PaperId(41)], room.seat.shelf.left_at[&PaperId(42)]),
        (9, 1)
    );
}

#[test]
fn both_are_drawn_at_the_width_of_their_half() {
    let mut room = two();
    room.touch(Touch::ReaderSized { width: 600, height: 900 });
    let wanted = drawn(&mut room);
    let (hand, other) = (reader(&room), other(&room));
    let hand_width = hand.sheet_width as u32;
    assert_eq!(wanted.last().copied(), Some((41, 1, other.width as u32)), "{wanted:?}");
    assert!(wanted.contains(&(42, 0, hand_width)), "{wanted:?}");
    assert!(hand_width < 1000 && other.width < 1000.0);
    // A picture goes to its own paper, and what one waits for is not lost when the other turns.
    for bitmap in [room.seat.book.wanted(), room.seat.other_book().and_then(|b| b.wanted())] {
        room.msg(Msg::Drawn { bitmap: bitmap.expect("a picture") });
    }
    assert!(reader(&room).image.is_some_and(|image| image.paper == 42));
    let sheet = crate::two::other(&room).sheets[0].clone();
    assert!(sheet.image.is_some_and(|image| image.paper == 41));
    room.touch(Touch::TakeHalf(Half::Left));
    room.touch(Touch::PageNext);
    room.touch(Touch::TakeHalf(Half::Right));
    room.take_effects();
    room.touch(Touch::PageNext);
    let wanted: Vec<_> = drawn(&mut room).iter().map(|(paper, page, _)| (*paper, *page)).collect();
    assert_eq!(wanted, [(42, 1), (41, 2)], "the one in hand first");
}

#[test]
fn the_same_paper_can_be_read_at_two_places() {
    let mut room = two();
    room.touch(Touch::OpenPaper(41));
    room.touch(Touch::GoToPage(7));
    assert_eq!(at(&room), [(41, "8 / 12".into()), (41, "2 / 12".into())]);
}

#[test]
fn either_half_can_be_closed() {
    for (closed, left, page) in [(Half::Left, 42, "1 / 5"), (Half::Right, 41, "2 / 12")] {
        let mut room = two();
        room.touch(Touch::CloseHalf(closed));
        let reader = reader(&room);
        assert_eq!((reader.paper, reader.page_words.as_str(), reader.two), (left, page, None));
        room.touch(Touch::ReadTwo(true));
        room.touch(Touch::OpenPaper(50));
        assert_eq!(other(&room).paper, left);
    }
    let mut room = two();
    room.touch(Touch::ReadTwo(false));
    assert_eq!((reader(&room).paper, half(&room)), (42, None), "the one in hand stays");
}

#[test]
fn a_paper_that_is_followed_lies_beside_one_that_is_read_alone() {
    let mut room = two();
    room.touch(Touch::TakeHalf(Half::Left));
    shows(&mut room, 1, 41, 4);
    room.touch(Touch::FollowPresenter(true));
    room.touch(Touch::TakeHalf(Half::Right));
    shows(&mut room, 1, 41, 6);
    assert_eq!(at(&room), [(42, "1 / 5".into()), (41, "7 / 12".into())]);
    room.touch(Touch::PageNext);
    assert!(reader(&room).follow.is_some_and(|follow| follow.on), "beside it one reads freely");
    shows(&mut room, 1, 41, 7);
    assert_eq!(at(&room), [(42, "2 / 5".into()), (41, "8 / 12".into())]);
    room.touch(Touch::TakeHalf(Half::Left));
    room.touch(Touch::PagePrev);
    assert!(reader(&room).follow.is_some_and(|follow| !follow.on), "and here one has left");
}

#[test]
fn what_lies_beside_a_paper_that_is_shown_to_all_is_for_oneself() {
    let mut room = two();
    let person = Person { chair: true, ..person() };
    room.me.person = Some(person.clone());
    room.topic(Topic::Me(room.me.clone()));
    shows(&mut room, person.member.0, 41, 1);
    room.wait(1000);
    room.commands();
    room.touch(Touch::PageNext);
    room.touch(Touch::PointAt { x: 300.0, y: 300.0 });
    let told = |room: &mut Room| {
        let shown = room.commands().into_iter().filter_map(|ask| match ask.command {
            Command::Present { paper, page, .. } => Some((paper.0, page)),
            _ => None,
        });
        shown.collect::<Vec<_>>()
    };
    assert!(told(&mut room).iter().all(|(paper, _)| *paper == 41));
    assert!(!reader(&room).follow.is_some_and(|follow| follow.points));
    assert_eq!(reader(&room).pointer, None);
    room.touch(Touch::TakeHalf(Half::Left));
    assert!(reader(&room).follow.is_some_and(|follow| follow.points));
    room.touch(Touch::PageNext);
    room.wait(1000);
    assert!(told(&mut room).iter().all(|told| *told == (41, 2)));
    // With the pen: beside it a note, on it for all.
    room.touch(Touch::OpenPen);
    assert!(reader(&room).pen.is_some_and(|pen| pen.shows));
    room.touch(Touch::TakeHalf(Half::Right));
    assert!(reader(&room).pen.is_none_or(|pen| !pen.shows));
    room.touch(Touch::TakeTool(PenTool::Point));
    room.touch(Touch::PenDown { x: 300.0, y: 300.0 });
    assert_eq!(reader(&room).pointer, None);
}

#[test]
fn a_newer_version_can_be_read_beside_the_older_one() {
    let mut room = Room::in_session();
    room.touch(Touch::ReaderSized { width: 700, height: 900 });
    room.touch(Touch::OpenPaper(41));
    here(&mut room, 41, 12);
    let mut agenda = agenda();
    for paper in agenda.items.iter_mut().flat_map(|item| &mut item.papers) {
        if paper.id == PaperId(41) {
            paper.version += 1;
            paper.hash = hash(441);
            paper.replaced_at = Some(room.seat.now);
        }
    }
    room.topic(Topic::Agenda(agenda));
    room.touch(Touch::ReadTwo(true));
    room.touch(Touch::OpenPaper(41));
    here(&mut room, 441, 13);
    assert_eq!(at(&room), [(41, "1 / 13".into()), (41, "1 / 12".into())]);
    assert_ne!(reader(&room).version_tag, other(&room).version_tag);
    let kept = room.seat.shelf.facts.keys().filter(|at| [hash(41), hash(441)].contains(at)).count();
    assert_eq!(kept, 2, "both can be drawn");
}

#[test]
fn with_the_meeting_both_are_gone() {
    let mut room = two();
    room.me.lock = Some(lock(false));
    room.topic(Topic::Me(room.me.clone()));
    assert!(room.seat.book.reading.is_none() && room.seat.other_book().is_none());
    assert!(room.seat.shelf.facts.is_empty());
}

#[test]
fn a_vote_beside_a_paper_takes_the_place_of_the_second_one() {
    let mut room = two();
    room.open_vote(vote(7, hemicycle_protocol::vote::Form::Motion));
    room.touch(Touch::OpenVotePage);
    room.touch(Touch::ReadBeside(true));
    let page = reader(&room);
    assert!(page.vote.is_some() && page.two.is_none());
    room.touch(Touch::ReadTwo(true));
    let page = reader(&room);
    assert!(page.vote.is_none() && page.two.is_some());
}
