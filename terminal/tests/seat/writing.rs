//! The pen: notes that only their member can open, wherever the member sits; what is drawn for
//! all; taking notes along.

use crate::fake::*;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use hemicycle_protocol::ids::*;
use hemicycle_protocol::ink::{Colour, NotesKey, SealedPage, Stroke, Tool, note_of};
use hemicycle_protocol::refusal::Code;
use hemicycle_protocol::topic::*;
use hemicycle_protocol::vote::Form;
use hemicycle_protocol::wire::{Answer, Command, Done, Down, Up};
use hemicycle_terminal::screen::{ExportState, Page, PenBar, Reader, Sheet};
use hemicycle_terminal::seat::{Effect, ExportTrouble, Exporting, Facts, Msg, PenTool};
use hemicycle_terminal::touch::Touch;

const A4: (u32, u32) = (59_528, 84_189);
const KEY: [u8; 32] = [0x21; 32];

fn reader(room: &Room) -> Reader {
    match room.page() {
        Page::Reader(page) => page,
        other => panic!("not the reader: {other:?}"),
    }
}

fn bar(room: &Room) -> PenBar {
    reader(room).pen.expect("the pen is out")
}

fn ink(room: &Room) -> Vec<Stroke> {
    reader(room).ink.to_vec()
}

fn here(room: &mut Room, paper: u32) {
    room.msg(Msg::PaperReady { hash: hash(paper) });
    let facts = Facts { pages: vec![A4; 12], text: None };
    room.msg(Msg::Opened { hash: hash(paper), facts });
}

/// Signed in, with a key for notes and paper 41 open on a desk of 1400 × 900.
fn reading() -> Room {
    let mut room = Room::in_session();
    room.me.notes = Some(NotesKey::new(&KEY));
    room.topic(Topic::Me(room.me.clone()));
    open(&mut room);
    room
}

fn open(room: &mut Room) {
    room.touch(Touch::ReaderSized { width: 1400, height: 900 });
    [41, 42].into_iter().for_each(|paper| here(room, paper));
    room.touch(Touch::OpenPaper(41));
    here(room, 41);
}

/// The same once the server has said that there are no notes yet, with a pen in the hand.
fn writing() -> Room {
    let mut room = reading();
    assert_eq!(fetched(&mut room), [hash(41)]);
    notes(&mut room, 41, vec![]);
    room.touch(Touch::OpenPen);
    room
}

fn notes(room: &mut Room, paper: u32, pages: Vec<SealedPage>) {
    room.say(Down::Notes { paper: hash(paper), pages, refused: None });
}

fn fetched(room: &mut Room) -> Vec<Hash> {
    let effects = room.take_effects().into_iter();
    let asked = effects.filter_map(|effect| match effect {
        Effect::Send(Up::FetchNotes { paper }) => Some(paper),
        _ => None,
    });
    asked.collect()
}

fn kept(room: &mut Room) -> Vec<(CommandId, Hash, SealedPage)> {
    let effects = room.take_effects().into_iter();
    let asked = effects.filter_map(|effect| match effect {
        Effect::Send(Up::KeepNotes { id, member: MemberId(12), paper, page }) => {
            Some((id, paper, page))
        }
        _ => None,
    });
    asked.collect()
}

fn seal(strokes: &[Stroke], paper: u32, page: u32) -> SealedPage {
    let (nonce, text) = ([7; 12], serde_json::to_vec(strokes).unwrap());
    let payload = Payload { msg: &text, aad: &note_of(&hash(paper), page) };
    let cipher = ChaCha20Poly1305::new(&Key::from(KEY));
    let sealed = cipher.encrypt(&Nonce::from(nonce), payload).unwrap();
    SealedPage { page, sealed: STANDARD.encode([&nonce[..], &sealed].concat()) }
}

fn opened(paper: Hash, page: &SealedPage) -> Vec<Stroke> {
    let bytes = STANDARD.decode(&page.sealed).unwrap();
    let (nonce, sealed) = bytes.split_first_chunk::<12>().unwrap();
    let payload = Payload { msg: sealed, aad: &note_of(&paper, page.page) };
    let cipher = ChaCha20Poly1305::new(&Key::from(KEY));
    let text = cipher.decrypt(&Nonce::from(*nonce), payload).unwrap();
    serde_json::from_slice(&text).unwrap()
}

fn stroke(x: u16, y: u16) -> Stroke {
    let line = vec![Pointer { x, y }, Pointer { x: x + 900, y: y + 300 }];
    Stroke { tool: Tool::Pen, colour: Colour::Blue, line }
}

/// A finger that goes from one place of the page to another, in shares of it.
fn draw(room: &mut Room, from: (f32, f32), to: (f32, f32)) {
    let page = reader(room);
    let place = |(x, y): (f32, f32)| (x * page.sheet_width, y * page.sheet_height);
    let ((x, y), (to_x, to_y)) = (place(from), place(to));
    room.touch(Touch::PenDown { x, y });
    room.touch(Touch::PenMove { x: (x + to_x) / 2.0, y: (y + to_y) / 2.0 + 20.0 });
    room.touch(Touch::PenUp { x: to_x, y: to_y });
}

#[test]
fn what_is_drawn_is_kept_locked_and_can_be_taken_back() {
    let mut room = writing();
    let fresh = bar(&room);
    assert_eq!((fresh.tool, fresh.shows, fresh.can_undo), (PenTool::Red, false, false));
    assert_eq!(fresh.words, "批注仅您本人可见\u{3000}已保存");
    let page = reader(&room);
    room.touch(Touch::PenDown { x: page.sheet_width * 0.2, y: page.sheet_height * 0.1 });
    room.touch(Touch::PenMove { x: page.sheet_width * 0.3, y: page.sheet_height * 0.15 });
    let live = reader(&room).live.expect("the line is seen while it is drawn");
    assert_eq!((live.stroke.tool, live.stroke.colour), (Tool::Pen, Colour::Red));
    assert!(ink(&room).is_empty());
    room.touch(Touch::PenUp { x: page.sheet_width * 0.4, y: page.sheet_height * 0.1 });
    assert_eq!(reader(&room).live, None);
    let drawn = ink(&room);
    let [line] = &drawn[..] else { panic!("{drawn:?}") };
    assert_eq!(line.line.first(), Some(&Pointer { x: 2_000, y: 1_000 }));
    assert_eq!(line.line.last(), Some(&Pointer { x: 4_000, y: 1_000 }));

    // Once the pen rests it is sent, and nothing of it can be read on its way.
    assert!(kept(&mut room).is_empty());
    assert_eq!(bar(&room).words, "批注仅您本人可见\u{3000}正在保存…");
    room.wait(400);
    let sent = kept(&mut room);
    let [(id, paper, page)] = &sent[..] else { panic!("{sent:?}") };
    assert_eq!((*paper, page.page), (hash(41), 0));
    assert!(!page.sealed.contains("line"));
    assert_eq!(opened(*paper, page), drawn);
    room.say(Down::NotesKept { id: *id, refused: None });
    assert_eq!(bar(&room).words, "批注仅您本人可见\u{3000}已保存");
    room.wait(2_000);
    assert!(kept(&mut room).is_empty(), "what is kept is not sent again");

    room.touch(Touch::Undo);
    assert!(ink(&room).is_empty());
    room.wait(400);
    let sent = kept(&mut room);
    assert_eq!((sent.len(), sent[0].2.sealed.as_str()), (1, ""), "a page without notes");
    room.say(Down::NotesKept { id: sent[0].0, refused: None });
    room.touch(Touch::Redo);
    assert_eq!(ink(&room), drawn);
    assert_eq!((bar(&room).can_undo, bar(&room).can_redo), (true, false));
    room.wait(400);
    let again = kept(&mut room);
    assert_ne!(again[0].2.sealed, page.sealed, "the same strokes never look the same");
}

#[test]
fn notes_come_back_and_an_eraser_takes_them() {
    let mut room = reading();
    room.take_effects();
    notes(&mut room, 41, vec![seal(&[stroke(1_000, 1_000)], 41, 0), seal(&[stroke(5, 5)], 41, 3)]);
    assert_eq!(ink(&room), [stroke(1_000, 1_000)]);
    room.touch(Touch::GoToPage(3));
    assert_eq!(ink(&room), [stroke(5, 5)]);
    room.touch(Touch::GoToPage(0));
    room.touch(Touch::OpenPen);
    room.touch(Touch::TakeTool(PenTool::Eraser));
    // Right across it, and far from any place that the window tells of.
    draw(&mut room, (0.14, 0.02), (0.14, 0.5));
    assert!(ink(&room).is_empty());
    room.touch(Touch::Undo);
    assert_eq!(ink(&room), [stroke(1_000, 1_000)]);
    // What is not this page's, or nobody's, is not shown.
    for strange in [
        SealedPage { page: 5, ..seal(&[stroke(1, 1)], 41, 4) },
        SealedPage { page: 5, ..seal(&[stroke(1, 1)], 42, 5) },
        SealedPage { page: 5, sealed: "AAAA".into() },
        SealedPage { page: 5, sealed: "no base64".into() },
    ] {
        let mut room = reading();
        notes(&mut room, 41, vec![strange]);
        room.touch(Touch::GoToPage(5));
        assert!(ink(&room).is_empty());
        // Nothing is written over it.
        room.touch(Touch::OpenPen);
        draw(&mut room, (0.2, 0.2), (0.4, 0.2));
        room.wait(1_000);
        assert!(ink(&room).is_empty() && kept(&mut room).is_empty());
        assert_eq!(bar(&room).words, "本页原有批注无法打开，未作改动");
    }
}

#[test]
fn nothing_takes_the_place_of_notes_that_were_not_seen() {
    let mut room = reading();
    room.take_effects();
    room.touch(Touch::OpenPen);
    assert!(bar(&room).words.ends_with("正在取回您的批注…"));
    draw(&mut room, (0.2, 0.2), (0.4, 0.2));
    room.wait(5_000);
    assert!(kept(&mut room).is_empty());
    // The server cannot say now: it is asked again, and still nothing is sent over them.
    let refused = Some(Code::Unavailable.into());
    room.say(Down::Notes { paper: hash(41), pages: vec![], refused });
    room.take_effects();
    room.wait(5_000);
    assert!(room.take_effects().is_empty());
    room.wait(5_000);
    assert_eq!(fetched(&mut room), [hash(41)]);
    notes(&mut room, 41, vec![seal(&[stroke(9, 9)], 41, 0)]);
    assert_eq!((ink(&room).len(), ink(&room)[0].clone()), (2, stroke(9, 9)));
    room.wait(400);
    let sent = kept(&mut room);
    assert_eq!(opened(sent[0].1, &sent[0].2), ink(&room), "both");
}

/// Paper 41 is replaced by 441: of its pages the first two stayed, one was put in behind them.
fn replaced(room: &mut Room) {
    let runs = [(1, 1, 2), (3, 4, 9)].map(|(then, now, pages)| PageRun { then, now, pages });
    let mut agenda = agenda();
    for paper in agenda.items.iter_mut().flat_map(|item| &mut item.papers) {
        if paper.id == PaperId(41) {
            paper.version = 2;
            paper.hash = hash(441);
            paper.earlier = vec![EarlierVersion { hash: hash(41), same: runs.into() }];
        }
    }
    room.topic(Topic::Agenda(agenda));
}

#[test]
fn notes_follow_a_page_into_the_next_version() {
    let mut room = reading();
    notes(&mut room, 41, vec![seal(&[stroke(1, 1)], 41, 0), seal(&[stroke(2, 2)], 41, 2)]);
    replaced(&mut room);
    assert_eq!(ink(&room), [stroke(1, 1)], "what is open stays");
    room.touch(Touch::OpenPaper(41));
    room.msg(Msg::PaperReady { hash: hash(441) });
    let facts = Facts { pages: vec![A4; 13], text: None };
    room.msg(Msg::Opened { hash: hash(441), facts });
    assert_eq!(fetched(&mut room).last(), Some(&hash(441)));
    assert_eq!(ink(&room), [], "its own may say otherwise");
    // On its second page one has written since; there it is as it was left.
    notes(&mut room, 441, vec![seal(&[stroke(5, 5)], 441, 1)]);
    assert_eq!(ink(&room), [stroke(1, 1)]);
    for (page, want) in [(1, vec![stroke(5, 5)]), (2, vec![]), (3, vec![stroke(2, 2)])] {
        room.touch(Touch::GoToPage(page));
        assert_eq!(ink(&room), want, "page {page}");
    }
    assert!(kept(&mut room).is_empty(), "nothing was written");
    // What is written there is kept with it, and what is wiped out there stays away.
    room.touch(Touch::OpenPen);
    draw(&mut room, (0.5, 0.5), (0.7, 0.5));
    room.wait(400);
    let sent = kept(&mut room);
    let [(id, paper, page)] = &sent[..] else { panic!("{sent:?}") };
    assert_eq!((*paper, page.page, opened(*paper, page).len()), (hash(441), 3, 2));
    room.say(Down::NotesKept { id: *id, refused: None });
    room.touch(Touch::TakeTool(PenTool::Eraser));
    draw(&mut room, (0.5, 0.5), (0.7, 0.5));
    let at = (2.0 / 10_000.0, 2.0 / 10_000.0);
    draw(&mut room, at, (0.09, 0.03));
    assert_eq!(ink(&room), []);
    room.wait(400);
    let sent = kept(&mut room);
    let (_, paper, page) = sent.last().expect("it is kept that nothing is there");
    assert_eq!(opened(*paper, page), []);
    let wiped = page.clone();

    // At another seat all of that is so again.
    let mut room = reading();
    replaced(&mut room);
    room.touch(Touch::OpenPaper(41));
    room.msg(Msg::PaperReady { hash: hash(441) });
    let facts = Facts { pages: vec![A4; 13], text: None };
    room.msg(Msg::Opened { hash: hash(441), facts });
    room.touch(Touch::GoToPage(3));
    assert!(fetched(&mut room).contains(&hash(41)), "those of the version before too");
    notes(&mut room, 441, vec![wiped]);
    room.touch(Touch::OpenPen);
    draw(&mut room, (0.5, 0.5), (0.7, 0.5));
    room.wait(1000);
    assert!(kept(&mut room).is_empty(), "nothing is kept before the others have come");
    notes(&mut room, 41, vec![seal(&[stroke(1, 1)], 41, 0), seal(&[stroke(2, 2)], 41, 2)]);
    assert_eq!(ink(&room).len(), 1, "the new line alone");
    room.touch(Touch::GoToPage(0));
    assert_eq!(ink(&room), [stroke(1, 1)]);
}

#[test]
fn without_a_connection_one_writes_on_and_it_is_kept_later() {
    let mut room = writing();
    draw(&mut room, (0.2, 0.2), (0.4, 0.2));
    room.wait(400);
    assert_eq!(kept(&mut room).len(), 1);
    // The answer never comes.
    room.msg(Msg::LinkDown);
    room.touch(Touch::PageNext);
    draw(&mut room, (0.2, 0.2), (0.4, 0.2));
    room.wait(60_000);
    assert!(kept(&mut room).is_empty());
    assert!(bar(&room).words.ends_with("恢复连接后保存"));
    room.greet();
    room.welcome(MEETING);
    let first = kept(&mut room);
    assert_eq!((first.len(), first[0].2.page), (1, 0), "one at a time");
    room.say(Down::NotesKept { id: first[0].0, refused: None });
    let second = kept(&mut room);
    assert_eq!((second.len(), second[0].2.page), (1, 1));
    // A server that refuses is told of, and tried again later.
    room.say(Down::NotesKept { id: second[0].0, refused: Some(Code::TooLarge.into()) });
    assert!(!room.banner().is_empty());
    assert!(kept(&mut room).is_empty());
    room.wait(10_000);
    assert_eq!(kept(&mut room).len(), 1);
    assert_eq!(ink(&room).len(), 1);
}

#[test]
fn notes_are_the_members_and_not_the_seats() {
    let mut room = writing();
    draw(&mut room, (0.2, 0.2), (0.4, 0.2));
    let own = ink(&room);
    assert_eq!(own.len(), 1);
    // Somebody else sits down here.
    let me = room.me.clone();
    room.me.person = Some(Person { member: MemberId(13), name: "别人".into(), ..person() });
    room.me.notes = Some(NotesKey::new(&[0x22; 32]));
    room.topic(Topic::Me(room.me.clone()));
    open(&mut room);
    assert!(ink(&room).is_empty() && reader(&room).pen.is_none());
    let _ = fetched(&mut room);
    // Notes under another's key are not opened.
    notes(&mut room, 41, vec![seal(&own, 41, 0)]);
    assert!(ink(&room).is_empty());

    // Who has not signed in has no key, and no pen.
    room.me = Me { notes: None, ..me };
    room.topic(Topic::Me(room.me.clone()));
    open(&mut room);
    assert!(!reader(&room).can_write);
    room.touch(Touch::OpenPen);
    assert!(reader(&room).pen.is_none() && fetched(&mut room).is_empty());
}

#[test]
fn a_vote_takes_the_pen_away_and_the_notes_stay() {
    let mut room = writing();
    draw(&mut room, (0.2, 0.2), (0.4, 0.2));
    room.open_vote(vote(7, Form::Motion));
    assert_eq!(room.page_name(), "vote");
    room.touch(Touch::BackToPapers);
    assert!(reader(&room).pen.is_none());
    assert_eq!(ink(&room).len(), 1);
    room.touch(Touch::OpenPen);
    room.touch(Touch::ClosePen);
    assert!(reader(&room).pen.is_none());
}

#[test]
fn a_second_finger_makes_no_stroke_and_a_turned_page_is_written_on_as_it_lies() {
    let mut room = writing();
    room.touch(Touch::PenDown { x: 100.0, y: 100.0 });
    room.touch(Touch::PenMove { x: 200.0, y: 100.0 });
    room.touch(Touch::PenCancel);
    room.touch(Touch::PenUp { x: 300.0, y: 100.0 });
    assert!(ink(&room).is_empty() && reader(&room).live.is_none());
    room.touch(Touch::TakeTool(PenTool::Move));
    draw(&mut room, (0.2, 0.2), (0.4, 0.2));
    room.touch(Touch::TakeTool(PenTool::Point));
    draw(&mut room, (0.2, 0.2), (0.4, 0.2));
    assert!(ink(&room).is_empty(), "nobody is shown anything");

    room.touch(Touch::Rotate(1));
    room.touch(Touch::TakeTool(PenTool::Blue));
    // The upright page's lower left corner lies at the upper left now.
    draw(&mut room, (0.1, 0.2), (0.1, 0.6));
    let drawn = ink(&room);
    assert_eq!(drawn[0].line.first(), Some(&Pointer { x: 2_000, y: 9_000 }));
    // A finger that leaves the page stops at its edge.
    draw(&mut room, (0.5, 0.5), (3.0, -2.0));
    let points = ink(&room)[1].line.clone();
    assert_eq!(points.last(), Some(&Pointer { x: 0, y: 0 }));
}

fn shows_here(room: &mut Room) {
    room.me.person = Some(Person { chair: true, ..person() });
    room.topic(Topic::Me(room.me.clone()));
    let presenting = Presenting {
        member: MemberId(12),
        name: "陈望舒".into(),
        paper: PaperId(41),
        page: 0,
        pointer: None,
        ink: vec![],
    };
    room.topic(Topic::Floor(Floor { presenting: Some(presenting), ..Floor::default() }));
}

fn shown(room: &mut Room) -> (CommandId, Option<Pointer>, Vec<Stroke>) {
    let ask = room.only_command();
    match ask.command {
        Command::Present { paper: PaperId(41), page: 0, pointer, ink } => (ask.id, pointer, ink),
        other => panic!("{other:?}"),
    }
}

fn done(room: &mut Room, id: CommandId) {
    room.answer(id, Answer::Ok(Done { seq: Seq(41), made: None, receipt: None }));
}

#[test]
fn what_is_drawn_while_showing_is_for_all_and_no_note() {
    let mut room = writing();
    draw(&mut room, (0.1, 0.8), (0.3, 0.8));
    let note = ink(&room);
    room.wait(400);
    let id = kept(&mut room)[0].0;
    room.say(Down::NotesKept { id, refused: None });
    shows_here(&mut room);
    let (id, _, none) = shown(&mut room);
    assert!(none.is_empty(), "notes are never shown");
    done(&mut room, id);
    let public = bar(&room);
    assert_eq!((public.shows, public.words.as_str()), (true, "所画内容全体可见"));
    assert_eq!((public.can_undo, ink(&room)), (false, note.clone()));

    // The line is seen while it is drawn, as often as the server takes it.
    room.wait(60);
    room.touch(Touch::PenDown { x: 100.0, y: 100.0 });
    let (id, _, live) = shown(&mut room);
    assert_eq!((live.len(), live[0].line.len()), (1, 1));
    done(&mut room, id);
    room.touch(Touch::PenMove { x: 200.0, y: 130.0 });
    assert!(room.commands().is_empty(), "not yet");
    let soon = room.seat.wake_at().0 - room.now;
    assert!((1..=60).contains(&soon), "{soon}");
    room.wait(soon);
    let (id, _, live) = shown(&mut room);
    assert_eq!(live[0].line.len(), 2);
    done(&mut room, id);
    room.touch(Touch::PenUp { x: 300.0, y: 100.0 });
    let (id, _, whole) = shown(&mut room);
    assert_eq!(ink(&room), [note.clone(), whole.clone()].concat());
    done(&mut room, id);

    // Undo is about what is shown.
    room.touch(Touch::Undo);
    let (id, _, none) = shown(&mut room);
    assert!(none.is_empty());
    assert_eq!(ink(&room), note);
    done(&mut room, id);

    // A finger that points, as long as it is down.
    room.touch(Touch::TakeTool(PenTool::Point));
    room.wait(60);
    room.touch(Touch::PenDown { x: 100.0, y: 100.0 });
    let (id, pointer, _) = shown(&mut room);
    assert!(pointer.is_some() && reader(&room).pointer.is_some());
    done(&mut room, id);
    room.touch(Touch::PenMove { x: 400.0, y: 400.0 });
    room.wait(60);
    let (id, moved, _) = shown(&mut room);
    assert!(moved.is_some() && moved != pointer);
    done(&mut room, id);
    room.touch(Touch::PenUp { x: 400.0, y: 400.0 });
    let (id, pointer, _) = shown(&mut room);
    assert_eq!(pointer, None);
    done(&mut room, id);

    // A line during which the showing ends is in no later one either; a pen that is put away
    // points no more.
    room.touch(Touch::TakeTool(PenTool::Red));
    room.touch(Touch::PenDown { x: 100.0, y: 100.0 });
    room.take_effects();
    room.topic(Topic::Floor(Floor::default()));
    room.touch(Touch::PenUp { x: 300.0, y: 100.0 });
    assert_eq!(ink(&room), note);
    shows_here(&mut room);
    assert_eq!(ink(&room), note);
    room.touch(Touch::TakeTool(PenTool::Point));
    room.touch(Touch::PenDown { x: 100.0, y: 100.0 });
    assert!(reader(&room).pointer.is_some());
    room.touch(Touch::TakeTool(PenTool::Red));
    assert!(reader(&room).pointer.is_none());
    room.take_effects();
    // Afterwards nothing of it is left, and the notes are as they were.
    room.topic(Topic::Floor(Floor::default()));
    assert_eq!((ink(&room), bar(&room).shows), (note, false));
    room.wait(1_000);
    assert!(kept(&mut room).is_empty());
}

#[test]
fn what_another_draws_for_all_is_seen_on_its_page_only() {
    let mut room = writing();
    let presenting = Presenting {
        member: MemberId(1),
        name: "罗晨".into(),
        paper: PaperId(41),
        page: 2,
        pointer: None,
        ink: vec![stroke(10, 10)],
    };
    room.topic(Topic::Floor(Floor { presenting: Some(presenting), ..Floor::default() }));
    room.touch(Touch::FollowPresenter(true));
    assert_eq!((reader(&room).page, ink(&room)), (2, vec![stroke(10, 10)]));
    room.touch(Touch::PageNext);
    assert!(ink(&room).is_empty());
    room.wait(1_000);
    assert!(kept(&mut room).is_empty(), "it is nobody's note");
}

#[test]
fn notes_can_be_taken_along() {
    let mut room = writing();
    assert!(!bar(&room).can_export, "there is nothing");
    draw(&mut room, (0.2, 0.2), (0.4, 0.2));
    assert!(bar(&room).can_export);
    room.take_effects();
    room.touch(Touch::ExportNotes);
    let wish = room.take_effects().into_iter().find_map(|effect| match effect {
        Effect::Export(export) => Some(export),
        _ => None,
    });
    let wish = wish.expect("an export");
    assert_eq!(
        (wish.hash, wish.title.as_str(), wish.author.as_str()),
        (hash(41), "文件41", "陈望舒")
    );
    assert_eq!(
        wish.pages.iter().map(|(page, ink)| (*page, ink.len())).collect::<Vec<_>>(),
        [(0, 1)]
    );
    let sheet = |room: &Room| match room.screen().sheet {
        Some(Sheet::Export(sheet)) => sheet,
        other => panic!("{other:?}"),
    };
    assert_eq!(sheet(&room).state, ExportState::Working);
    room.touch(Touch::ExportNotes);
    assert!(room.take_effects().is_empty(), "one at a time");
    room.msg(Msg::Exported(Exporting::Failed(ExportTrouble::NoMedium)));
    assert_eq!((sheet(&room).state, sheet(&room).can_retry), (ExportState::Failed, true));
    assert!(sheet(&room).body.contains("U 盘"));
    room.touch(Touch::ExportNotes);
    let (medium, file) = ("KINGSTON".to_owned(), "文件41（批注）.pdf".to_owned());
    room.msg(Msg::Exported(Exporting::Done { medium, file }));
    assert_eq!(sheet(&room).state, ExportState::Done);
    assert!(
        sheet(&room).body.contains("文件41（批注）.pdf") && sheet(&room).body.contains("KINGSTON")
    );
    room.touch(Touch::CloseSheet);
    assert_eq!(room.screen().sheet, None);

    // 会后收回: not with notes either.
    room.agenda.items[3].papers[0].terms.confidential = true;
    room.topic(Topic::Agenda(room.agenda.clone()));
    here(&mut room, 41);
    assert!(!bar(&room).can_export);
    room.take_effects();
    room.touch(Touch::ExportNotes);
    assert!(room.take_effects().is_empty());
}
