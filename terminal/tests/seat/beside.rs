//! A paper beside the vote about it.

use crate::fake::*;
use hemicycle_protocol::topic::{Topic, VoteState};
use hemicycle_protocol::vote::Form;
use hemicycle_terminal::screen::{Page, Reader, SubmitState};
use hemicycle_terminal::seat::{Effect, Facts, Msg};
use hemicycle_terminal::touch::Touch;

const A4: (u32, u32) = (59_528, 84_189);

fn reader(room: &Room) -> Reader {
    match room.page() {
        Page::Reader(page) => page,
        other => panic!("not the reader: {other:?}"),
    }
}

fn opened(room: &mut Room) {
    room.msg(Msg::PaperReady { hash: hash(41) });
    let facts = Facts { pages: vec![A4; 4], text: Some((1500, 8500)) };
    room.msg(Msg::Opened { hash: hash(41), facts });
}

fn beside() -> Room {
    let mut room = Room::voting(Form::Motion);
    room.touch(Touch::ReaderSized { width: 900, height: 800 });
    room.touch(Touch::ReadBeside(true));
    opened(&mut room);
    room
}

#[test]
fn the_votes_own_paper_opens_beside_it() {
    let mut room = Room::voting(Form::Motion);
    let Page::Vote(vote) = room.page() else { panic!("no vote") };
    assert!(vote.can_beside);
    room.take_effects();
    room.touch(Touch::ReadBeside(true));
    let wanted = room.take_effects().into_iter().any(
        |e| matches!(e, Effect::WantPaper { hash: wanted, urgent: true, .. } if wanted == hash(41)),
    );
    assert!(wanted, "the paper of the vote's item, before all others");
    opened(&mut room);
    let page = reader(&room);
    assert_eq!((page.paper, page.pages), (41, 4));
    let vote = page.vote.expect("the vote beside it");
    assert_eq!(vote.submit.state, SubmitState::Disabled);
    assert!(!page.can_write, "the pens need the whole width");
}

#[test]
fn one_chooses_and_reads_and_sees_what_becomes_of_the_choice() {
    let mut room = beside();
    room.choose(2);
    room.touch(Touch::PageNext);
    let page = reader(&room);
    assert_eq!(page.page, 1);
    let vote = page.vote.expect("it stays");
    assert!(vote.choices[2].chosen);
    assert_eq!(vote.submit.state, SubmitState::Ready);
    room.take_effects();
    room.touch(Touch::Submit);
    let ask = room.only_command();
    assert_eq!(room.page_name(), "vote", "it is on its way, on its own page");
    room.confirm(&ask);
    assert_eq!(room.page_name(), "submitted");
    // The paper stays where it was.
    room.touch(Touch::OpenPaper(41));
    let page = reader(&room);
    assert_eq!((page.page, page.vote, page.can_beside), (1, None, false));
}

#[test]
fn what_cannot_be_submitted_yet_leaves_everything_where_it_is() {
    let mut room = beside();
    room.touch(Touch::Submit);
    assert_eq!(room.commands(), []);
    assert!(reader(&room).vote.is_some());
}

#[test]
fn the_paper_can_have_the_window_and_the_vote_too() {
    let mut room = beside();
    room.touch(Touch::ReadBeside(false));
    let page = reader(&room);
    assert_eq!((page.vote, page.can_beside), (None, true));
    room.touch(Touch::ReadBeside(true));
    assert!(reader(&room).vote.is_some());
    room.touch(Touch::OpenVotePage);
    assert_eq!(room.page_name(), "vote");
    room.touch(Touch::ReadBeside(true));
    assert!(reader(&room).vote.is_some());
    // With a pen in the hand the paper needs its width.
    room.touch(Touch::OpenPaper(41));
    assert!(reader(&room).vote.is_some());
}

#[test]
fn a_vote_that_ends_leaves_the_paper_alone_and_the_next_stands_beside_it() {
    let mut room = beside();
    room.move_vote(VoteState::Paused, |v| v.seconds_left = Some(30));
    assert!(reader(&room).vote.is_some_and(|v| v.submit.state == SubmitState::Disabled));
    room.move_vote(VoteState::Closed, |_| {});
    let page = reader(&room);
    assert_eq!((page.vote, page.can_beside, page.pages), (None, false, 4));
    room.open_vote(vote(8, Form::Motion));
    if room.page_name() != "reader" {
        room.touch(Touch::OpenPaper(41));
    }
    assert!(reader(&room).vote.is_some());
}

#[test]
fn lists_and_those_who_only_watch_have_nothing_beside() {
    let mut room = Room::voting(Form::Personnel { nominees: nominees(3) });
    room.touch(Touch::OpenPaper(41));
    opened(&mut room);
    room.touch(Touch::ReadBeside(true));
    let page = reader(&room);
    assert_eq!((page.vote, page.can_beside), (None, false));

    let mut room = beside();
    room.me.may_vote = false;
    room.topic(Topic::Me(room.me.clone()));
    let page = reader(&room);
    assert_eq!((page.vote, page.can_beside), (None, false));
}

#[test]
fn a_vote_whose_item_has_no_paper_offers_none() {
    let mut room = Room::in_session();
    let mut agenda = agenda();
    agenda.items.iter_mut().for_each(|item| item.papers.clear());
    room.topic(Topic::Agenda(agenda));
    room.open_vote(vote(7, Form::Motion));
    let Page::Vote(page) = room.page() else { panic!("no vote") };
    assert!(!page.can_beside);
    room.touch(Touch::ReadBeside(true));
    assert_eq!(room.page_name(), "vote");
}
