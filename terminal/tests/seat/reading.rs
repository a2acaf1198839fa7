//! Reading beyond turning pages: looking for words, pages below each other, pages on their side, two
//! taps, the table of contents, and where a paper was left.

use crate::fake::*;
use hemicycle_protocol::ids::*;
use hemicycle_protocol::topic::{Paper, Topic};
use hemicycle_protocol::vote::Form;
use hemicycle_terminal::screen::{FindSheet, GoToSheet, Page, Reader, Sheet};
use hemicycle_terminal::seat::{Effect, Facts, Found, Heading, Hit, MOST_HITS, Msg, Offer, Places};
use hemicycle_terminal::touch::Touch;

const A4: (u32, u32) = (59_528, 84_189);

fn reading(pages: usize) -> Room {
    let mut room = Room::in_session();
    room.touch(Touch::ReaderSized { width: 1400, height: 900 });
    open(&mut room, pages);
    room
}

fn open(room: &mut Room, pages: usize) {
    room.touch(Touch::OpenPaper(41));
    room.msg(Msg::PaperReady { hash: hash(41) });
    let facts = Facts { pages: vec![A4; pages], text: Some((1500, 8500)) };
    room.msg(Msg::Opened { hash: hash(41), facts });
    room.take_effects();
}

fn reader(room: &Room) -> Reader {
    match room.page() {
        Page::Reader(page) => page,
        other => panic!("not the reader: {other:?}"),
    }
}

fn find_sheet(room: &Room) -> FindSheet {
    match room.screen().sheet {
        Some(Sheet::Find(sheet)) => sheet,
        other => panic!("nothing is looked for: {other:?}"),
    }
}

/// The last wish to find something: its number and its words.
fn wish(room: &mut Room) -> Option<(u32, String)> {
    let effects = room.take_effects().into_iter();
    effects
        .filter_map(|e| match e {
            Effect::Find { wish, words, .. } => Some((wish, words)),
            _ => None,
        })
        .next_back()
}

fn hit(page: u32, top: u16) -> Hit {
    let excerpt = ["市级".into(), "预算".into(), "调整".into()];
    Hit { page, spots: vec![(2000, top, 3000, top + 200)], excerpt }
}

fn tell(room: &mut Room, wish: u32, hits: Vec<Hit>, done: bool) {
    let found = Found { hits, done, searched: 3, ..Found::default() };
    room.msg(Msg::Found { hash: hash(41), wish, found });
}

/// A search for 预算 with three places, on pages 2, 2 and 5.
fn searched() -> Room {
    let mut room = reading(8);
    room.touch(Touch::OpenFind);
    room.touch(Touch::FindText("预算".into()));
    let (number, words) = wish(&mut room).expect("a wish");
    assert_eq!(words, "预算");
    tell(&mut room, number, vec![hit(1, 500), hit(1, 9000)], false);
    tell(&mut room, number, vec![hit(4, 5000)], true);
    room.take_effects();
    room
}

#[test]
fn a_search_goes_from_the_keys_to_the_place_on_the_page() {
    let mut room = searched();
    let sheet = find_sheet(&room);
    assert_eq!((sheet.hits.len(), sheet.help.as_str()), (3, "共 3 处"));
    assert_eq!(sheet.hits[2].page, "第 5 页");
    room.touch(Touch::FindGo(1));
    assert!(room.screen().sheet.is_none(), "the page has the room now");
    let page = reader(&room);
    assert_eq!(page.page, 1);
    let finding = page.finding.clone().expect("what is looked for stays in sight");
    assert_eq!(finding.place, "第 2 处，共 3 处");
    assert_eq!(page.marks.len(), 2, "both places of this page are marked");
    let mark = page.marks.iter().find(|m| m.current).expect("the one that was gone to");
    assert!((mark.x - page.sheet_width * 0.2).abs() < 1.0 && mark.width > 1.0);
    let (top, bottom) = (mark.y - page.scroll_y, mark.y + mark.height - page.scroll_y);
    assert!(top >= 0.0 && bottom <= 900.0, "it is in sight: {top} to {bottom}");

    for (touch, place, at) in [
        (Touch::FindNext, "第 3 处，共 3 处", 4),
        (Touch::FindNext, "第 1 处，共 3 处", 1),
        (Touch::FindPrev, "第 3 处，共 3 处", 4),
    ] {
        room.touch(touch);
        let page = reader(&room);
        assert_eq!((page.page, page.finding.unwrap().place.as_str()), (at, place));
    }
    // From another page, the next place is the next one after that page.
    room.touch(Touch::GoToPage(2));
    room.touch(Touch::FindNext);
    assert_eq!(reader(&room).page, 4);
    room.touch(Touch::EndFind);
    assert!(room.take_effects().contains(&Effect::StopFinding));
    assert_eq!((reader(&room).finding, reader(&room).marks.len()), (None, 0));
}

#[test]
fn what_was_found_for_earlier_words_is_dropped() {
    let mut room = reading(8);
    room.touch(Touch::OpenFind);
    room.touch(Touch::FindKey('y'));
    let (first, _) = wish(&mut room).unwrap();
    room.touch(Touch::FindKey('s'));
    let (second, words) = wish(&mut room).unwrap();
    assert_eq!(words, "ys");
    assert_ne!(first, second);
    tell(&mut room, first, vec![hit(1, 500)], true);
    assert_eq!(find_sheet(&room).hits, []);
    tell(&mut room, second, vec![hit(2, 500), hit(800, 500)], true);
    assert_eq!(find_sheet(&room).hits.len(), 1, "and so is a page that is not there");
    room.touch(Touch::FindErase);
    room.touch(Touch::FindErase);
    room.touch(Touch::FindErase);
    assert_eq!(find_sheet(&room).words, "");
    room.touch(Touch::FindText("长".repeat(500)));
    assert_eq!(find_sheet(&room).words.chars().count(), 40);
    let (number, _) = wish(&mut room).unwrap();
    tell(&mut room, number, vec![hit(1, 1); MOST_HITS + 9], true);
    assert_eq!(find_sheet(&room).hits.len(), MOST_HITS);
    assert_eq!(find_sheet(&room).help, "共 500+ 处");
}

#[test]
fn letters_become_words_by_one_touch() {
    let mut room = reading(8);
    room.touch(Touch::OpenFind);
    room.touch(Touch::FindText("ystz".into()));
    let (number, _) = wish(&mut room).unwrap();
    let offer = |words: &str, count| Offer { words: words.into(), count };
    let offers = vec![offer("预算调整", 12), offer("议事通知", 1)];
    let found = Found { offers, done: true, ..Found::default() };
    room.msg(Msg::Found { hash: hash(41), wish: number, found });
    let sheet = find_sheet(&room);
    assert_eq!(
        (sheet.offers[0].count.as_str(), sheet.help.as_str()),
        ("12 处", "请点选要找的词：")
    );
    room.touch(Touch::FindOffer(7));
    assert_eq!(find_sheet(&room).words, "ystz");
    room.touch(Touch::FindOffer(1));
    assert_eq!(wish(&mut room).unwrap().1, "议事通知");
    assert!(!find_sheet(&room).typing && find_sheet(&room).turn != sheet.turn);
    // The search key takes the likeliest.
    room.touch(Touch::FindText("ystz".into()));
    let (number, _) = wish(&mut room).unwrap();
    let found = Found { offers: vec![offer("预算调整", 12)], done: true, ..Found::default() };
    room.msg(Msg::Found { hash: hash(41), wish: number, found });
    room.touch(Touch::FindDone);
    assert_eq!(wish(&mut room).unwrap().1, "预算调整");
}

#[test]
fn a_vote_takes_the_keys_away_and_leaves_the_search() {
    let mut room = searched();
    room.open_vote(vote(7, Form::Motion));
    assert_eq!(room.page_name(), "vote");
    assert!(room.screen().sheet.is_none());
    room.touch(Touch::BackToPapers);
    assert_eq!(reader(&room).finding.unwrap().words, "预算");
    room.touch(Touch::ClosePaper);
    assert!(room.seat.search.is_none(), "a search belongs to its paper");
    room.touch(Touch::OpenFind);
    assert!(room.screen().sheet.is_none(), "nothing to look in");
}

#[test]
fn pages_below_each_other_are_drawn_as_they_come_into_sight() {
    let mut room = reading(5);
    room.touch(Touch::Continuous(true));
    let effects = room.take_effects();
    assert!(effects.iter().any(|e| matches!(e, Effect::SavePreferences(p) if p.continuous)));
    let (wide, high) = room.seat.book.sheet().unwrap();
    let page = reader(&room);
    assert!((page.strip_height - (5.0 * high + 4.0 * 24.0)).abs() < 1.0, "{page:?}");
    assert!((page.strip_width - wide).abs() < 1.0);

    // The end of the first page and the beginning of the second.
    room.touch(Touch::ScrollTo { x: 0.0, y: high - 400.0 });
    let page = reader(&room);
    assert_eq!((page.page, page.others.len()), (0, 1));
    assert!((page.others[0].y - (high + 24.0)).abs() < 1.0);
    let wanted: Vec<_> = room
        .take_effects()
        .into_iter()
        .filter_map(|e| match e {
            Effect::Draw { bitmap, ahead: false, .. } => Some(bitmap),
            _ => None,
        })
        .collect();
    assert_eq!(wanted.iter().map(|b| b.page).collect::<Vec<_>>(), [0, 1]);
    for bitmap in wanted {
        room.msg(Msg::Drawn { bitmap });
    }
    assert!(reader(&room).image.is_some() && reader(&room).others[0].image.is_some());

    // Which page is read follows the finger; going to a page goes there.
    room.touch(Touch::ScrollTo { x: 0.0, y: 2.0 * (high + 24.0) });
    assert_eq!(reader(&room).page, 2);
    room.touch(Touch::GoToPage(4));
    let page = reader(&room);
    assert_eq!(page.page, 4);
    assert!(page.scroll_y > 3.0 * high, "{}", page.scroll_y);
    room.touch(Touch::Continuous(false));
    assert_eq!((reader(&room).strip_height, reader(&room).others.len()), (0.0, 0));
}

#[test]
fn a_page_can_lie_on_its_side_and_marks_lie_with_it() {
    let mut room = searched();
    room.touch(Touch::FindGo(0));
    let upright = reader(&room);
    room.touch(Touch::Rotate(1));
    let side = reader(&room);
    assert!(side.sheet_width > side.sheet_height && upright.sheet_width < upright.sheet_height);
    let mark = side.marks.iter().find(|m| m.current).unwrap();
    // From 20 % to 30 % across and 5 % down: now at the right, 20 % down.
    assert!((mark.y - side.sheet_height * 0.2).abs() < 2.0, "{mark:?} on {side:?}");
    assert!((mark.x + mark.width - side.sheet_width * 0.95).abs() < 2.0, "{mark:?}");
    for _ in 0..3 {
        room.touch(Touch::Rotate(1));
    }
    assert_eq!(reader(&room).sheet_width, upright.sheet_width);
}

#[test]
fn two_taps_go_close_up_at_the_finger_and_back() {
    let mut room = reading(3);
    let before = reader(&room);
    let (x, y) = (before.scroll_x + 1000.0, before.scroll_y + 600.0);
    room.touch(Touch::ZoomAt { x, y });
    let close = reader(&room);
    assert_eq!(close.zoom_words, "200%");
    let grown = close.sheet_width / before.sheet_width;
    // What was under the finger still is.
    assert!((x * grown - close.scroll_x - 1000.0).abs() < 2.0, "{close:?}");
    assert!((y * grown - close.scroll_y - 600.0).abs() < 2.0, "{close:?}");
    room.touch(Touch::ZoomAt { x: 10.0, y: 10.0 });
    assert!(reader(&room).fits_width);
    for nonsense in [f32::NAN, f32::INFINITY, -1e30, 1e30] {
        room.touch(Touch::ZoomAt { x: nonsense, y: nonsense });
        let page = reader(&room);
        assert!(page.scroll_x.is_finite() && page.scroll_y.is_finite(), "{page:?}");
    }
    room.touch(Touch::FitPage);
    let whole = reader(&room);
    assert!(whole.sheet_height <= 900.0 && !whole.can_zoom_out, "{whole:?}");
    room.touch(Touch::PinchZoom(0.5));
    assert_eq!(reader(&room).sheet_height, whole.sheet_height, "smaller makes no sense");
    room.touch(Touch::ZoomIn);
    assert!(reader(&room).sheet_height > whole.sheet_height);
}

fn go_to(room: &Room) -> GoToSheet {
    match room.screen().sheet {
        Some(Sheet::GoTo(sheet)) => sheet,
        other => panic!("no pages to go to: {other:?}"),
    }
}

#[test]
fn the_contents_lead_to_their_pages() {
    let mut room = reading(9);
    room.touch(Touch::OpenGoTo);
    assert_eq!(go_to(&room).no_contents, "正在读取目录…");
    let entry = |title: &str, depth, page| Heading { title: title.into(), depth, page };
    let contents = vec![
        entry("一、收入", 0, Some(0)),
        entry("（一）", 1, Some(3)),
        entry("附件", 0, Some(99)),
        entry("二、支出", 0, Some(6)),
    ];
    room.msg(Msg::Contents { hash: hash(41), contents });
    let sheet = go_to(&room);
    assert_eq!((sheet.contents.len(), sheet.pages_words.as_str()), (4, "共 9 页"));
    assert_eq!(sheet.contents[2].page, None, "it leads out of the paper");
    room.touch(Touch::GoToPage(4));
    assert!(room.screen().sheet.is_none());
    assert_eq!(reader(&room).page, 4);
    room.touch(Touch::OpenGoTo);
    let here: Vec<_> = go_to(&room).contents.iter().map(|row| row.current).collect();
    assert_eq!(here, [false, true, false, false]);
    // The file is not read again when the paper is opened again.
    room.touch(Touch::ClosePaper);
    room.touch(Touch::OpenPaper(41));
    room.touch(Touch::OpenGoTo);
    assert_eq!(go_to(&room).contents.len(), 4);
    room.msg(Msg::Contents { hash: hash(41), contents: vec![] });
    assert_eq!(go_to(&room).no_contents, "本文件没有目录。");
}

#[test]
fn contents_that_come_before_the_pages_are_kept() {
    let mut room = Room::in_session();
    room.touch(Touch::ReaderSized { width: 1400, height: 900 });
    room.touch(Touch::OpenPaper(41));
    room.msg(Msg::PaperReady { hash: hash(41) });
    let contents = vec![Heading { title: "一、收入".into(), depth: 0, page: Some(2) }];
    room.msg(Msg::Contents { hash: hash(41), contents });
    let facts = Facts { pages: vec![A4; 5], text: None };
    room.msg(Msg::Opened { hash: hash(41), facts });
    room.touch(Touch::OpenGoTo);
    assert_eq!(go_to(&room).contents[0].page, Some(2));
    room.msg(Msg::Contents { hash: hash(700), contents: vec![] });
    assert_eq!(room.seat.shelf.contents.len(), 1, "of papers that are here only");
}

#[test]
fn a_search_goes_on_without_the_server_and_in_the_version_that_is_read() {
    let mut room = searched();
    room.touch(Touch::FindGo(0));
    room.msg(Msg::LinkDown);
    let newer = Paper {
        hash: hash(410),
        version: 2,
        pages: 3,
        replaced_at: Some(Millis(START + 600_000)),
        ..paper(41)
    };
    room.touch(Touch::FindNext);
    assert_eq!(reader(&room).finding.unwrap().place, "第 2 处，共 3 处");
    room.touch(Touch::OpenFind);
    room.touch(Touch::FindText("调整".into()));
    let (number, words) = wish(&mut room).expect("a wish");
    assert_eq!(words, "调整");
    tell(&mut room, number, vec![hit(1, 500), hit(3, 500)], true);
    assert_eq!(find_sheet(&room).help, "共 2 处");
    room.touch(Touch::FindGo(1));

    room.come_back();
    let before = reader(&room);
    room.agenda.items[3].papers[0] = newer;
    room.topic(Topic::Agenda(room.agenda.clone()));
    let after = reader(&room);
    assert_eq!((after.page, after.scroll_turn), (before.page, before.scroll_turn));
    assert_eq!((after.marks, after.finding), (before.marks, before.finding));
    room.touch(Touch::FindPrev);
    assert_eq!(reader(&room).page, 1, "in the version that is read");
    room.touch(Touch::OpenPaper(41));
    assert!(room.seat.search.is_none(), "places in an old version say nothing of the new one");
}

#[test]
fn a_paper_is_opened_where_it_was_left_also_after_a_restart() {
    let mut room = reading(9);
    room.touch(Touch::GoToPage(6));
    let kept = room.take_effects().into_iter().find_map(|e| match e {
        Effect::KeepPlaces(places) => Some(places),
        _ => None,
    });
    let kept = kept.expect("where it was left is kept");
    assert_eq!((kept.meeting, kept.pages.get(&PaperId(41))), (MEETING, Some(&6)));

    let again = |kept: Places| {
        let mut room = Room::in_session();
        room.seat.kept_places = Some(kept);
        room.touch(Touch::ReaderSized { width: 1400, height: 900 });
        open(&mut room, 9);
        reader(&room).page
    };
    assert_eq!(again(kept.clone()), 6);
    assert_eq!(again(Places { member: MemberId(99), ..kept.clone() }), 0, "another person");
    assert_eq!(again(Places { meeting: Hex([9; 16]), ..kept.clone() }), 0, "another meeting");
    let beyond = Places { pages: [(PaperId(41), 700)].into(), ..kept };
    assert_eq!(again(beyond), 8, "a paper that has become shorter");
}
