//! Papers: what is asked for and in which order, a page that never moves under
//! the reader, and sizes that no file and no finger can bring out of bounds.

use crate::fake::*;
use hemicycle_protocol::ids::*;
use hemicycle_protocol::topic::*;
use hemicycle_terminal::screen::{BitmapId, Page, PaperEntry, Reader};
use hemicycle_terminal::seat::{Effect, Facts, Msg, THUMBNAIL};
use hemicycle_terminal::touch::Touch;

const A4: (u32, u32) = (59_528, 84_189);

fn reader(room: &Room) -> Reader {
    match room.page() {
        Page::Reader(page) => page,
        other => panic!("not the reader: {other:?}"),
    }
}

fn entry(room: &Room, paper: u32) -> PaperEntry {
    let agenda = match room.page() {
        Page::Agenda(page) => page.agenda,
        Page::Reader(page) => page.agenda,
        other => panic!("no agenda here: {other:?}"),
    };
    let mut papers = agenda.items.into_iter().flat_map(|i| i.papers);
    papers.find(|p| p.id == paper).expect("the paper is on the agenda")
}

fn wanted(room: &mut Room) -> Vec<(Hash, bool)> {
    let effects = room.take_effects().into_iter();
    effects
        .filter_map(|e| match e {
            Effect::WantPaper { hash, urgent, .. } => Some((hash, urgent)),
            _ => None,
        })
        .collect()
}

fn kept(room: &mut Room) -> Option<Vec<Hash>> {
    let effects = room.take_effects().into_iter();
    effects
        .filter_map(|e| match e {
            Effect::KeepPapers { hashes } => Some(hashes),
            _ => None,
        })
        .next_back()
}

fn drawn(room: &mut Room) -> Vec<(BitmapId, bool)> {
    let effects = room.take_effects().into_iter();
    effects
        .filter_map(|e| match e {
            Effect::Draw { bitmap, ahead, .. } => Some((bitmap, ahead)),
            _ => None,
        })
        .collect()
}

/// Paper 41 open on a desk of 1400 × 900, its page drawn.
fn reading(pages: Vec<(u32, u32)>) -> Room {
    let mut room = Room::in_session();
    room.touch(Touch::ReaderSized { width: 1400, height: 900 });
    room.touch(Touch::OpenPaper(41));
    room.msg(Msg::PaperReady { hash: hash(41) });
    room.take_effects();
    let facts = Facts { pages, text: Some((1500, 8500)) };
    room.msg(Msg::Opened { hash: hash(41), facts });
    room
}

#[test]
fn papers_of_the_current_item_come_first_then_in_order() {
    let mut room = Room::in_session();
    let order: Vec<_> = [41, 42, 10, 20, 30, 50].map(|id| (hash(id), false)).into();
    assert_eq!(wanted(&mut room), order);
    room.topic(Topic::Agenda(room.agenda.clone()));
    assert_eq!(wanted(&mut room), [], "each is asked for once");

    // Another item begins: its papers overtake, the first of them first.
    room.agenda.items[3].state = ItemState::Done;
    room.agenda.items[4].state = ItemState::Current;
    room.agenda.items[4].papers = vec![paper(50), paper(51), paper(52)];
    room.msg(Msg::PaperReady { hash: hash(51) });
    room.topic(Topic::Agenda(room.agenda.clone()));
    let order = [(51, false), (52, false), (52, true), (51, true), (50, true)];
    assert_eq!(wanted(&mut room), order.map(|(id, urgent)| (hash(id), urgent)));

    room.touch(Touch::OpenPaper(30));
    assert_eq!(wanted(&mut room), [(hash(30), true)], "what a member opens comes at once");
}

#[test]
fn an_agenda_that_has_not_come_does_not_empty_the_cache() {
    let mut room = Room::silent();
    room.me.signed_in = true;
    room.greet();
    room.welcome(MEETING);
    room.topic(Topic::Me(room.me.clone()));
    assert_eq!(kept(&mut room), None);
    room.topic(Topic::Agenda(room.agenda.clone()));
    assert_eq!(kept(&mut room).map(|k| k.len()), Some(6));

    // Nor for a terminal at which nobody sits.
    let mut room = Room::silent();
    room.me.person = None;
    room.connect();
    assert_eq!(kept(&mut room), None);
}

#[test]
fn a_paper_taken_off_and_put_back_is_asked_for_again() {
    let mut room = Room::in_session();
    room.msg(Msg::PaperReady { hash: hash(42) });
    assert!(entry(&room, 42).ready);
    room.take_effects();
    let papers = room.agenda.items[3].papers.clone();
    room.agenda.items[3].papers.pop();
    room.topic(Topic::Agenda(room.agenda.clone()));
    assert!(!kept(&mut room).unwrap().contains(&hash(42)));
    room.agenda.items[3].papers = papers;
    room.topic(Topic::Agenda(room.agenda.clone()));
    assert_eq!(wanted(&mut room), [(hash(42), false)]);
    assert!(!entry(&room, 42).ready);
}

#[test]
fn a_paper_that_cannot_be_had_is_asked_for_again_after_a_while() {
    let mut room = Room::in_session();
    room.take_effects();
    room.msg(Msg::PaperFailed { hash: hash(41) });
    assert_eq!(wanted(&mut room), [], "not at once: that would never end");
    assert_eq!(entry(&room, 41).detail, "暂时无法接收，稍后自动重试");
    room.wait(9_999);
    assert_eq!(wanted(&mut room), []);
    room.wait(1);
    assert_eq!(wanted(&mut room), [(hash(41), false)]);

    room.msg(Msg::PaperFailed { hash: hash(41) });
    room.touch(Touch::OpenPaper(41));
    assert_eq!(wanted(&mut room), [(hash(41), true)], "a finger does not wait");
    room.msg(Msg::PaperFailed { hash: hash(41) });
    room.come_back();
    assert_eq!(wanted(&mut room), [(hash(41), false)], "nor a new connection");
    // What is on no agenda leaves nothing behind.
    room.msg(Msg::PaperFailed { hash: hash(99) });
    room.msg(Msg::PaperReady { hash: hash(98) });
    room.msg(Msg::PaperProgress { hash: hash(97), have: 3 });
    room.msg(Msg::Opened { hash: hash(96), facts: Facts::default() });
    assert!(!room.seat.postponed.contains_key(&hash(99)));
    assert!(!room.seat.shelf.ready.contains(&hash(98)));
    assert!(!room.seat.arriving.contains_key(&hash(97)));
    assert!(room.seat.shelf.facts.is_empty());
}

#[test]
fn how_much_of_a_paper_is_here() {
    let mut room = Room::in_session();
    room.touch(Touch::OpenAgenda);
    for (have, words) in [(0, "正在接收 0%"), (405, "正在接收 40%"), (u64::MAX, "正在接收 99%")]
    {
        room.msg(Msg::PaperProgress { hash: hash(41), have });
        assert_eq!((entry(&room, 41).detail.as_str(), entry(&room, 41).ready), (words, false));
    }
    room.msg(Msg::PaperReady { hash: hash(41) });
    assert_eq!((entry(&room, 41).detail.as_str(), entry(&room, 41).ready), ("12 页", true));
}

#[test]
fn from_the_touch_to_the_page() {
    let mut room = Room::in_session();
    room.touch(Touch::ReaderSized { width: 1400, height: 900 });
    room.take_effects();
    room.touch(Touch::OpenPaper(41));
    assert_eq!(reader(&room).waiting, "正在接收文件…");
    assert!(!room.take_effects().iter().any(|e| matches!(e, Effect::OpenPaper { .. })));
    room.msg(Msg::PaperReady { hash: hash(41) });
    assert_eq!(room.take_effects(), [Effect::OpenPaper { hash: hash(41) }]);
    room.touch(Touch::ReaderSized { width: 1300, height: 900 });
    assert_eq!(room.take_effects(), [], "the worker is asked once");
    assert_eq!(reader(&room).waiting, "正在打开…");

    room.msg(Msg::Opened { hash: hash(41), facts: Facts { pages: vec![A4; 12], text: None } });
    let draws = drawn(&mut room);
    assert_eq!(
        draws.iter().map(|(b, ahead)| (b.page, *ahead)).collect::<Vec<_>>(),
        [(0, false), (1, true)]
    );
    room.msg(Msg::Drawn { bitmap: draws[0].0 });
    let page = reader(&room);
    assert_eq!((page.image, page.waiting.as_str()), (Some(draws[0].0), ""));
    assert_eq!((page.page_words.as_str(), page.item_label.as_str()), ("1 / 12", "第四项"));
    assert_eq!(page.sheet_width, draws[0].0.width as f32);

    room.touch(Touch::PageNext);
    let draws = drawn(&mut room);
    assert_eq!(draws.iter().map(|(b, _)| b.page).collect::<Vec<_>>(), [1, 2, 0]);
    assert_eq!(reader(&room).image, None, "the old page is not shown as the new one");
    room.msg(Msg::Drawn { bitmap: BitmapId { page: 0, ..draws[0].0 } });
    assert_eq!(reader(&room).image, None, "a picture that comes too late is not taken");
    room.msg(Msg::Drawn { bitmap: draws[0].0 });
    assert_eq!(reader(&room).image, Some(draws[0].0));

    // Closed and opened again, it is where it was.
    room.touch(Touch::ClosePaper);
    assert_eq!(room.page_name(), "agenda");
    room.touch(Touch::OpenPaper(41));
    assert_eq!(reader(&room).page, 1);
}

#[test]
fn pages_turn_between_the_first_and_the_last() {
    let mut room = reading(vec![A4; 3]);
    room.touch(Touch::PagePrev);
    assert_eq!(reader(&room).page, 0);
    room.touch(Touch::GoToPage(u32::MAX));
    assert_eq!(reader(&room).page, 2);
    room.touch(Touch::PageNext);
    assert_eq!(reader(&room).page, 2);
    let pages: Vec<_> = drawn(&mut room).into_iter().map(|(b, _)| b.page).collect();
    assert!(pages.iter().all(|p| *p <= 2), "{pages:?}");
    assert_eq!(reader(&room).thumbnails.iter().filter(|t| t.current).count(), 1);
}

#[test]
fn a_paper_replaced_while_it_is_read_stays_until_the_new_one_is_opened() {
    let mut room = reading(vec![A4; 12]);
    room.touch(Touch::GoToPage(4));
    let picture = drawn(&mut room)[0].0;
    room.msg(Msg::Drawn { bitmap: picture });
    let before = reader(&room);
    assert_eq!(before.version_tag, "");

    let newer = Paper {
        hash: hash(410),
        version: 2,
        pages: 3,
        replaced_at: Some(Millis(START + 600_000)),
        ..paper(41)
    };
    room.agenda.items[3].papers[0] = newer.clone();
    room.topic(Topic::Agenda(room.agenda.clone()));
    room.topic(Topic::Notice(Some(Notice {
        text: newer.title.clone(),
        level: Level::Info,
        at: Millis(START + 600_000),
        paper: Some(newer.id),
    })));
    assert_eq!(room.banner(), "文件更新：文件41已更换为新版本，可从议程打开。");
    assert!(kept(&mut room).unwrap().contains(&hash(41)), "what is read stays in the cache");
    room.msg(Msg::PaperReady { hash: hash(410) });
    let after = reader(&room);
    assert_eq!((after.page, after.image, after.scroll_turn), (4, before.image, before.scroll_turn));
    let clock = hemicycle_terminal::screen::clock(Millis(START + 600_000), 480);
    assert_eq!(after.version_tag, format!("有新版本 {clock}，可从议程打开"));
    assert_eq!(entry(&room, 41).new_tag, "新版");
    room.touch(Touch::PageNext);
    assert_eq!(reader(&room).page, 5, "the old one is read on");

    room.touch(Touch::OpenPaper(41));
    room.msg(Msg::Opened { hash: hash(410), facts: Facts { pages: vec![A4; 3], text: None } });
    let page = reader(&room);
    assert_eq!((page.page, page.pages, page.image), (2, 3, None));
    assert_eq!(page.version_tag, format!("新版本 {clock}"));
    assert_eq!(entry(&room, 41).new_tag, "");
}

#[test]
fn a_paper_taken_off_while_it_is_read_keeps_its_name() {
    let mut room = reading(vec![A4; 12]);
    room.agenda.items[3].papers.clear();
    room.topic(Topic::Agenda(room.agenda.clone()));
    let page = reader(&room);
    assert_eq!((page.title.as_str(), page.pages), ("文件41", 12));
    assert_eq!(page.version_tag, "本文件已从议程撤下");
    assert_eq!(page.item_label, "议程");
}

#[test]
fn a_banner_does_not_move_the_page() {
    let mut room = reading(vec![A4; 12]);
    room.touch(Touch::ScrollTo { x: 10.0, y: 400.0 });
    let before = reader(&room);
    room.touch(Touch::ReaderSized { width: 1400, height: 780 });
    let after = reader(&room);
    assert_eq!((after.scroll_y, after.scroll_turn), (400.0, before.scroll_turn));
    assert_eq!(after.sheet_width, before.sheet_width);
    room.touch(Touch::ReaderSized { width: 1400, height: 900 });
    assert_eq!(reader(&room).scroll_turn, before.scroll_turn);

    // Another width, as when the agenda's column goes: the place in the text stays.
    let middle = |page: &Reader, desk: f32| (page.scroll_y + desk / 2.0) / page.sheet_height;
    let place = middle(&reader(&room), 900.0);
    room.touch(Touch::ReaderSized { width: 1000, height: 900 });
    let moved = middle(&reader(&room), 900.0);
    assert!((place - moved).abs() < 0.01, "{place} became {moved}");
}

#[test]
fn zoom_has_ends_and_keeps_the_middle() {
    let mut room = reading(vec![A4; 12]);
    room.touch(Touch::ScrollTo { x: 0.0, y: 500.0 });
    let (before, turn) = (reader(&room), reader(&room).scroll_turn);
    assert!(before.fits_width);
    let middle = |page: &Reader| (page.scroll_y + 450.0) / page.sheet_height;
    room.touch(Touch::ZoomIn);
    let zoomed = reader(&room);
    assert_eq!((zoomed.zoom_words.as_str(), zoomed.fits_width), ("125%", false));
    assert!((middle(&before) - middle(&zoomed)).abs() < 0.01);
    assert_ne!(zoomed.scroll_turn, turn, "the window takes the new place over");

    for _ in 0..40 {
        room.touch(Touch::ZoomIn);
    }
    let page = reader(&room);
    assert!(!page.can_zoom_in && page.can_zoom_out);
    assert!(page.sheet_width <= 6000.0 && page.sheet_height <= 6000.0, "{page:?}");
    assert!(page.sheet_width * page.sheet_height <= 16_100_000.0);
    for _ in 0..80 {
        room.touch(Touch::ZoomOut);
    }
    let page = reader(&room);
    assert!(page.can_zoom_in && !page.can_zoom_out);
    assert!(page.sheet_width >= 350.0);
    room.touch(Touch::FitWidth);
    let page = reader(&room);
    assert!(page.fits_width);
    assert_eq!((page.sheet_width, page.zoom_words.as_str()), (before.sheet_width, "100%"));
}

#[test]
fn absurd_fingers_and_absurd_files() {
    let sizes = [0, 1, 2, 108, 59_528, 5_000_000, u32::MAX];
    let factors =
        [f32::NAN, f32::INFINITY, -1.0, 0.0, f32::MIN_POSITIVE, 1e-30, 0.3, 7.0, 1e30, f32::MAX];
    let texts = [None, Some((0, 0)), Some((9_999, 10_000)), Some((7, 3)), Some((0, u16::MAX))];
    for width in sizes {
        for height in sizes {
            for text in texts {
                let mut room = reading(vec![A4]);
                let facts = Facts { pages: vec![(width, height), A4], text };
                room.msg(Msg::Opened { hash: hash(41), facts });
                for factor in factors {
                    room.touch(Touch::PinchZoom(factor));
                    room.touch(Touch::ScrollTo { x: factor, y: -factor });
                    let page = reader(&room);
                    let at = format!("{width}×{height} {text:?} {factor}");
                    assert!((1.0..=6000.0).contains(&page.sheet_width), "{at}: {page:?}");
                    assert!((1.0..=6000.0).contains(&page.sheet_height), "{at}: {page:?}");
                    assert!(page.scroll_x >= 0.0 && page.scroll_x <= page.sheet_width, "{at}");
                    assert!(page.scroll_y >= 0.0 && page.scroll_y <= page.sheet_height, "{at}");
                }
                room.touch(Touch::ReaderSized { width: u32::MAX, height: 0 });
                room.touch(Touch::ReaderSized { width: 0, height: u32::MAX });
                room.touch(Touch::ThumbnailsSeen { first: u32::MAX, last: 0 });
                room.touch(Touch::ThumbnailsSeen { first: 0, last: u32::MAX });
                reader(&room);
            }
        }
    }
}

#[test]
fn a_paper_without_pages() {
    let mut room = reading(vec![]);
    for touch in [
        Touch::PageNext,
        Touch::PagePrev,
        Touch::GoToPage(7),
        Touch::ZoomIn,
        Touch::FitWidth,
        Touch::ThumbnailsSeen { first: 0, last: 9 },
    ] {
        room.touch(touch);
        let page = reader(&room);
        assert_eq!((page.page, page.pages, page.page_words.as_str()), (0, 0, ""));
        assert!(!page.can_zoom_in && !page.can_zoom_out);
    }
    assert_eq!(drawn(&mut room), []);
}

#[test]
fn thumbnails_are_drawn_where_they_are_seen_and_bounded() {
    let mut room = reading(vec![A4; 500]);
    drawn(&mut room);
    room.touch(Touch::ThumbnailsSeen { first: 100, last: u32::MAX });
    let draws = drawn(&mut room);
    assert_eq!((draws.len(), draws[0].0.page, draws[0].0.width), (25, 100, THUMBNAIL));
    assert!(draws.iter().all(|(_, ahead)| *ahead), "the page itself comes before them");
    room.msg(Msg::Drawn { bitmap: draws[0].0 });
    room.msg(Msg::Drawn { bitmap: BitmapId { paper: 42, ..draws[1].0 } });
    room.msg(Msg::Drawn { bitmap: BitmapId { page: 500, ..draws[1].0 } });
    assert_eq!(room.seat.book.thumbnails.len(), 1);
    let rows = reader(&room).thumbnails;
    assert!(rows.len() < 60, "only those near what can be seen: {}", rows.len());
    let row = rows.iter().find(|row| row.page == 100).expect("it can be seen");
    assert_eq!(row.image, Some(draws[0].0));
    room.touch(Touch::ThumbnailsSeen { first: 100, last: 101 });
    assert_eq!(drawn(&mut room).len(), 1, "only what is missing");
}

#[test]
fn a_page_that_cannot_be_shown_says_so_and_the_next_one_may() {
    let mut room = reading(vec![A4; 3]);
    room.msg(Msg::NotDrawn { hash: hash(41), code: "timed_out".into() });
    assert_eq!(reader(&room).waiting, "此页内容过大，显示超时。");
    room.touch(Touch::PageNext);
    assert_eq!(reader(&room).waiting, "正在打开…");
    room.msg(Msg::NotDrawn { hash: hash(41), code: "broken".into() });
    assert!(reader(&room).waiting.contains("无法显示"));
    room.take_effects();
    room.touch(Touch::OpenPaper(41));
    assert!(!drawn(&mut room).is_empty(), "opened anew, it is tried anew");
    room.msg(Msg::NotDrawn { hash: hash(42), code: "broken".into() });
    assert_eq!(reader(&room).waiting, "正在打开…", "another paper's trouble is not this one's");
}

#[test]
fn without_a_connection_what_is_here_is_read() {
    let mut room = reading(vec![A4; 12]);
    let bitmap = drawn(&mut room)
        .first()
        .map(|d| d.0)
        .unwrap_or_else(|| room.seat.book.wanted().expect("a page is wanted"));
    room.msg(Msg::Drawn { bitmap });
    room.msg(Msg::LinkDown);
    assert_eq!(room.banner(), "连接中断：正在重新连接，文件仍可阅读。");
    room.touch(Touch::PageNext);
    assert_eq!(reader(&room).page, 1);
    room.touch(Touch::OpenPaper(42));
    assert_eq!(reader(&room).waiting, "文件尚未收到，连接恢复后自动接收。");
}
