//! Papers that are not for everybody, and the key without which none can be read.

use crate::fake::*;
use hemicycle_protocol::ids::*;
use hemicycle_protocol::topic::*;
use hemicycle_terminal::screen::Page;
use hemicycle_terminal::seat::{Effect, Facts, Msg};
use hemicycle_terminal::touch::Touch;

fn kept_under(room: &mut Room) -> Vec<Option<PaperLock>> {
    let effects = room.take_effects().into_iter();
    effects
        .filter_map(|e| if let Effect::KeepUnder(lock) = e { Some(lock) } else { None })
        .collect()
}

fn own(id: u32, place: u32) -> OwnPaper {
    let terms = PaperTerms { confidential: true, ..PaperTerms::default() };
    OwnPaper { item: ItemId(4), place, paper: Paper { terms, ..paper(id) } }
}

fn papers_of_item(room: &Room) -> Vec<u32> {
    let items = &room.seat.room.agenda.items;
    items[3].papers.iter().map(|paper| paper.id.0).collect()
}

fn reads(room: &mut Room, id: u32) {
    room.touch(Touch::ReaderSized { width: 1400, height: 900 });
    room.touch(Touch::OpenPaper(id));
    room.msg(Msg::PaperReady { hash: hash(id) });
    room.msg(Msg::Opened { hash: hash(id), facts: Facts { pages: vec![(100, 100)], text: None } });
}

#[test]
fn own_papers_stand_in_their_places() {
    let mut room = Room::in_session();
    room.take_effects();
    room.me.papers = vec![own(43, 1), own(44, 3)];
    room.topic(Topic::Me(room.me.clone()));
    assert_eq!(papers_of_item(&room), [41, 43, 42, 44]);
    let wanted = |e: &Effect| matches!(e, Effect::WantPaper { hash: h, confidential: true, .. } if *h == hash(43));
    assert!(room.take_effects().iter().any(wanted));
    // Everybody's agenda comes anew, and then the rest of it.
    room.agenda.items[3].papers.remove(0);
    room.topic(Topic::Agenda(room.agenda.clone()));
    assert_eq!(papers_of_item(&room), [42, 43, 44]);
    room.me.papers = vec![own(44, 0)];
    room.topic(Topic::Me(room.me.clone()));
    assert_eq!(papers_of_item(&room), [44, 42]);
    // One that is for everybody from now on does not stand there twice.
    room.agenda.items[3].papers.push(paper(44));
    room.topic(Topic::Agenda(room.agenda.clone()));
    assert_eq!(papers_of_item(&room), [44, 42]);
}

#[test]
fn a_machine_without_a_folder_in_memory_says_so() {
    let mut room = Room::in_session();
    room.seat.without_memory = true;
    room.take_effects();
    room.me.papers = vec![own(43, 1)];
    room.topic(Topic::Me(room.me.clone()));
    let asks = |room: &mut Room| {
        let wanted = |e: &Effect| matches!(e, Effect::WantPaper { hash: h, .. } if *h == hash(43));
        room.take_effects().iter().any(wanted)
    };
    assert!(!asks(&mut room));
    let Page::Agenda(page) = room.page() else { panic!("{:?}", room.page()) };
    let entry = page.agenda.items[3].papers[1].clone();
    assert_eq!((entry.id, entry.detail.as_str()), (43, "本终端不能保存，请用纸质件"));
    // From the other side it may be opened all the same: by who shows it to all.
    room.touch(Touch::OpenPaper(43));
    let Page::Reader(reader) = room.page() else { panic!("{:?}", room.page()) };
    assert!(reader.waiting.starts_with("本终端无法保存会后收回的文件"), "{}", reader.waiting);
    room.wait(60_000);
    assert!(!asks(&mut room), "it is not asked for again and again");
}

#[test]
fn a_paper_that_becomes_confidential_comes_anew() {
    let mut room = Room::in_session();
    reads(&mut room, 41);
    room.take_effects();
    let wanted = |room: &mut Room| -> Vec<(Hash, bool)> {
        let effects = room.take_effects().into_iter();
        let of = |e| match e {
            Effect::WantPaper { hash, confidential, .. } => Some((hash, confidential)),
            _ => None,
        };
        effects.filter_map(of).collect()
    };
    room.me.papers = vec![own(41, 0)];
    room.topic(Topic::Me(room.me.clone()));
    assert_eq!(wanted(&mut room), [(hash(41), true)]);
    assert!(!room.seat.shelf.ready.contains(&hash(41)));
    // The other half of the news changes nothing.
    room.agenda.items[3].papers.remove(0);
    room.topic(Topic::Agenda(room.agenda.clone()));
    assert_eq!(wanted(&mut room), []);
    room.msg(Msg::PaperReady { hash: hash(41) });
    assert!(room.take_effects().contains(&Effect::OpenPaper { hash: hash(41) }));
    // The same file as another paper, for everybody: the stricter one holds.
    let twin = Paper { id: PaperId(45), ..paper(41) };
    room.agenda.items[3].papers.push(twin);
    room.topic(Topic::Agenda(room.agenda.clone()));
    assert_eq!(wanted(&mut room), []);
}

#[test]
fn before_sign_in_papers_come_and_cannot_be_read() {
    let mut room = Room::silent();
    room.meeting.phase = Phase::InSession;
    room.connect();
    let effects = room.take_effects();
    assert!(effects.iter().any(|e| matches!(e, Effect::WantPaper { .. })), "{effects:?}");
    assert!(effects.contains(&Effect::KeepUnder(Some(lock(false)))));
    room.msg(Msg::PaperReady { hash: hash(41) });
    room.touch(Touch::OpenPaper(41));
    assert!(!room.take_effects().iter().any(|e| matches!(e, Effect::OpenPaper { .. })));
    assert!(room.banner().contains("请先签到"), "{}", room.banner());

    room.me.signed_in = true;
    room.me.lock = Some(lock(true));
    room.topic(Topic::Me(room.me.clone()));
    assert_eq!(kept_under(&mut room), [Some(lock(true))]);
    room.touch(Touch::OpenPaper(41));
    let effects = room.take_effects();
    assert!(effects.contains(&Effect::OpenPaper { hash: hash(41) }), "{effects:?}");
    // Said once more, it changes nothing.
    room.topic(Topic::Me(room.me.clone()));
    assert_eq!(kept_under(&mut room), []);
}

#[test]
fn without_its_key_an_open_paper_is_closed() {
    let mut room = Room::in_session();
    reads(&mut room, 41);
    assert_eq!(room.page_name(), "reader");
    room.take_effects();
    // A lost connection takes nothing away.
    room.msg(Msg::LinkDown);
    assert_eq!((room.page_name(), kept_under(&mut room)), ("reader", vec![]));
    room.connect();
    room.me.signed_in = false;
    room.me.lock = Some(lock(false));
    room.topic(Topic::Me(room.me.clone()));
    assert_eq!(kept_under(&mut room), [Some(lock(false))]);
    assert!(room.seat.book.reading.is_none());
    assert!(room.seat.shelf.ready.contains(&hash(41)), "it is still there");
}

#[test]
fn after_the_meeting_the_papers_are_gone() {
    let mut room = Room::in_session();
    reads(&mut room, 41);
    room.take_effects();
    room.meeting.phase = Phase::Closed;
    room.me.lock = None;
    room.topic(Topic::Meeting(room.meeting.clone()));
    room.topic(Topic::Me(room.me.clone()));
    assert_eq!(kept_under(&mut room), [None]);
    let book = &room.seat.book;
    let shelf = &room.seat.shelf;
    assert!(book.reading.is_none() && shelf.ready.is_empty() && shelf.facts.is_empty());
    let Page::Ended(ended) = room.page() else { panic!("{:?}", room.page()) };
    assert!(ended.lines.iter().any(|line| line.contains("会议文件已从本机清除")), "{ended:?}");
}

#[test]
fn another_lock_means_that_nothing_is_here() {
    let mut room = Room::in_session();
    reads(&mut room, 41);
    room.take_effects();
    let other = PaperLock { lock: Hex([0x20; 32]), ..lock(true) };
    room.me.lock = Some(other.clone());
    room.topic(Topic::Me(room.me.clone()));
    let effects = room.take_effects();
    let under = effects.iter().position(|e| *e == Effect::KeepUnder(Some(other.clone())));
    let want = effects.iter().position(|e| matches!(e, Effect::WantPaper { .. }));
    assert!(under.is_some() && under < want, "{effects:?}");
}

#[test]
fn what_is_new_of_a_new_version_is_named() {
    let tag = |changed: &[u32]| {
        let mut room = Room::in_session();
        let newer = &mut room.agenda.items[3].papers[0];
        (newer.version, newer.replaced_at) = (2, Some(Millis(START)));
        newer.changed = changed.to_vec();
        room.topic(Topic::Agenda(room.agenda.clone()));
        reads(&mut room, 41);
        let Page::Reader(reader) = room.page() else { panic!() };
        reader.version_tag
    };
    assert!(!tag(&[]).contains("改动"));
    assert!(tag(&[3]).ends_with("改动第 3 页"), "{}", tag(&[3]));
    assert!(tag(&[1, 3, 4, 5]).ends_with("改动第 1、3–5 页"));
    assert!(tag(&[1, 3, 5, 7]).ends_with("改动 4 页"));
}
