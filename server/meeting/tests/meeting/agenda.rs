//! Preparing: words, items, papers, votes; two clerks at once; taking things
//! away and bringing them back.

use crate::room::*;
use crate::sitting::meeting;
use hemicycle_meeting::{Event, ServerCommand, StoredPaper, Viewer, view};
use hemicycle_protocol::ids::{Bytes, Hex, ItemId, PaperId, SeatId, VoteId};
use hemicycle_protocol::refusal::Code;
use hemicycle_protocol::topic::{ItemKind, Level, Notice, Topic, TopicName};
use hemicycle_protocol::vote::{
    Cmp, Form, Method, Nominee, PersonAction, Preset, Quantity, Rule, Test,
};
use hemicycle_protocol::wire::{Command, VoteSpec, limits};

fn edit(item: ItemId, rev: u32, title: &str) -> Command {
    let (title, short) = (title.into(), "短".into());
    Command::EditItem { item, rev, title, short, kind: ItemKind::Report }
}

fn titles(room: &Room) -> Vec<String> {
    room.agenda().items.into_iter().map(|i| i.title).collect()
}

#[test]
fn the_meetings_words_are_checked() {
    let mut room = Room::empty();
    room.clerk_refused(meeting(" "), Code::BadText);
    room.clerk_refused(meeting(&"会".repeat(limits::TITLE + 1)), Code::BadText);
    room.clerk(meeting(" 第四次会议　"));
    room.clerk_refused(meeting("第四次会议"), Code::NoChange);
    match room.sees(TopicName::Meeting, Viewer::Hall) {
        Some(Topic::Meeting(m)) => assert_eq!(m.title, "第四次会议"),
        other => panic!("{other:?}"),
    }
    let command = Command::SetMeeting {
        title: "会".into(),
        body: "".into(),
        place: "".into(),
        starts_at: "下午三点".into(),
    };
    room.clerk_refused(command, Code::BadText);
}

#[test]
fn items_are_added_edited_moved() {
    let mut room = Room::empty();
    let [a, b, c] = ["甲", "乙", "丙"].map(|t| room.add_item(t));
    assert_eq!((a, c), (ItemId(1), ItemId(3)));
    assert_eq!(room.agenda().items[0].short, "甲", "a short title is made where none is given");
    room.clerk(edit(b, 1, "乙之二"));
    room.clerk_refused(edit(b, 2, "乙之二"), Code::NoChange);
    room.clerk_refused(edit(ItemId(9), 1, "无"), Code::NotFound);
    room.clerk(Command::MoveItem { item: c, to: 0 });
    assert_eq!(titles(&room), ["丙", "甲", "乙之二"]);
    room.clerk_refused(Command::MoveItem { item: c, to: 0 }, Code::NoChange);
    room.clerk_refused(Command::MoveItem { item: c, to: 3 }, Code::BadValue);
    room.clerk(Command::MoveItem { item: c, to: 2 });
    assert_eq!(titles(&room), ["甲", "乙之二", "丙"]);
}

#[test]
fn two_clerks_do_not_write_over_each_other() {
    let mut room = Room::empty();
    let item = room.add_item("甲");
    room.clerk(edit(item, 1, "第一人改的"));
    room.clerk_refused(edit(item, 1, "第二人改的"), Code::ChangedMeanwhile);
    room.clerk(edit(item, 2, "第二人看过再改的"));
    let vote = room.add_vote(motion("决定"));
    let edit = |rev, title: &str| Command::EditVote { vote, rev, spec: motion(title) };
    room.clerk(edit(1, "决定（草案）"));
    room.clerk_refused(edit(1, "决定草案"), Code::ChangedMeanwhile);
    room.clerk_refused(edit(2, "决定（草案）"), Code::NoChange);
    room.clerk(edit(2, "决定草案"));
}

#[test]
fn what_is_removed_comes_back_as_it_was() {
    let mut room = Room::of(5, 0);
    let [_, b, _] = ["甲", "乙", "丙"].map(|t| room.add_item(t));
    let paper = room.add_paper(b, 1);
    let vote = VoteId(room.clerk(Command::AddVote { item: b, spec: motion("乙") }).made.unwrap());
    let before = room.agenda();
    room.clerk(Command::RemoveItem { item: b });
    assert_eq!(titles(&room), ["甲", "丙"]);
    assert!(room.votes(Viewer::Console).votes.is_empty());
    assert!(!view::may_read(&room.state, &file(1).hash, &Viewer::Seat(SeatId(1))));
    for command in [
        Command::RemoveItem { item: b },
        Command::RenamePaper { paper, title: "新".into() },
        Command::OpenVote { vote },
        Command::RemoveVote { vote },
        Command::MoveItem { item: b, to: 0 },
    ] {
        room.clerk_refused(command, Code::NotFound);
    }
    room.clerk(Command::RestoreItem { item: b });
    room.clerk_refused(Command::RestoreItem { item: b }, Code::NoChange);
    room.clerk_refused(Command::RestoreItem { item: ItemId(7) }, Code::NotFound);
    assert_eq!(room.agenda(), before);

    room.clerk(Command::RemovePaper { paper });
    assert!(room.agenda().items[1].papers.is_empty());
    room.clerk_refused(Command::RemovePaper { paper }, Code::NotFound);
    room.clerk(Command::RestorePaper { paper });
    room.clerk_refused(Command::RestorePaper { paper }, Code::NoChange);
    assert_eq!(room.agenda(), before);

    room.clerk(Command::RemoveVote { vote });
    assert!(room.agenda().items[1].votes.is_empty());
    room.clerk_refused(Command::RemoveVote { vote }, Code::NotFound);
    let again = room.add_vote(motion("新"));
    assert_ne!(again, vote, "ids are never used twice");
}

#[test]
fn an_item_in_use_is_not_removed() {
    let mut room = Room::in_session(5, 1..=4);
    let item = ItemId(1);
    room.clerk_refused(Command::RemoveItem { item }, Code::InUse);
    let vote = room.open(motion("决定"));
    room.close(vote);
    room.clerk(Command::DeclareVote { vote });
    room.clerk(Command::FinishItem { item });
    room.clerk_refused(Command::RemoveItem { item }, Code::InUse);
    let other = room.add_item("别的");
    room.clerk(Command::RemoveItem { item: other });
}

#[test]
fn papers_name_stored_files_and_move_between_items() {
    let mut room = Room::empty();
    let [a, b] = ["甲", "乙"].map(|t| room.add_item(t));
    let unknown = Command::AddPaper {
        item: a,
        title: "文件".into(),
        hash: Hex([9; 32]),
        terms: Default::default(),
    };
    room.clerk_refused(unknown, Code::NotFound);
    let [p, q, r] = [1, 2, 3].map(|n| room.add_paper(a, n));
    let papers = |room: &Room, i: usize| -> Vec<PaperId> {
        room.agenda().items[i].papers.iter().map(|p| p.id).collect()
    };
    let shift = |paper, item, to| Command::MovePaper { paper, item, to };
    room.clerk(shift(r, a, 0));
    assert_eq!(papers(&room, 0), [r, p, q]);
    room.clerk_refused(shift(r, a, 0), Code::NoChange);
    room.clerk_refused(shift(r, a, 3), Code::BadValue);
    room.clerk(shift(p, b, 0));
    room.clerk(shift(q, b, 1));
    room.clerk_refused(shift(r, b, 3), Code::BadValue);
    room.clerk(shift(r, b, 1));
    assert_eq!((papers(&room, 0), papers(&room, 1)), (vec![], vec![p, r, q]));
    room.clerk(Command::RenamePaper { paper: p, title: "新名".into() });
    room.clerk_refused(Command::RenamePaper { paper: p, title: "新名".into() }, Code::NoChange);
    room.clerk_refused(shift(p, ItemId(9), 0), Code::NotFound);
}

#[test]
fn a_paper_replaced_in_the_room_is_told_to_every_seat() {
    let mut room = Room::of(5, 0);
    let item = room.add_item("甲");
    let paper = room.add_paper(item, 1);
    for n in [2, 3] {
        room.server(ServerCommand::StorePaper(file(n))).unwrap();
    }
    let notice = |room: &Room| match room.sees(TopicName::Notice, Viewer::Seat(SeatId(2))) {
        Some(Topic::Notice(notice)) => notice,
        other => panic!("{other:?}"),
    };
    let replace = |n: u8| Command::ReplacePaper { paper, hash: file(n).hash };
    room.clerk_refused(replace(1), Code::NoChange);
    room.clerk_refused(replace(9), Code::NotFound);
    room.clerk(replace(2));
    assert_eq!(notice(&room), None, "nobody is in the room yet");
    room.clerk(Command::OpenSignIn);
    room.now += 1000;
    room.clerk(replace(3));
    assert_eq!(
        notice(&room),
        Some(Notice {
            text: "文件1".into(),
            level: Level::Important,
            at: hemicycle_protocol::ids::Millis(room.now),
            paper: Some(paper),
        })
    );
    let seen = &room.agenda().items[0].papers[0];
    assert_eq!((seen.version, seen.hash), (3, file(3).hash));
    assert_eq!(seen.replaced_at.map(|m| m.0), Some(room.now));
    // Whoever reads the old version may read it to the end; the hall reads none.
    assert!(view::may_read(&room.state, &file(1).hash, &Viewer::Seat(SeatId(2))));
    assert!(!view::may_read(&room.state, &file(3).hash, &Viewer::Hall));
    room.server(ServerCommand::StorePaper(file(8))).unwrap();
    assert!(!view::may_read(&room.state, &file(8).hash, &Viewer::Seat(SeatId(2))));
    assert!(view::may_read(&room.state, &file(8).hash, &Viewer::Console));
}

#[test]
fn files_are_checked_and_known_once() {
    let mut room = Room::empty();
    assert_eq!(room.server(ServerCommand::StorePaper(file(1))).unwrap().events.len(), 1);
    assert_eq!(room.server(ServerCommand::StorePaper(file(1))).unwrap().events.len(), 0);
    let mut store = |file| room.server(ServerCommand::StorePaper(file)).map_err(|r| r.code);
    let big = StoredPaper { bytes: Bytes(limits::PAPER + 1), ..file(2) };
    assert_eq!(store(big), Err(Code::TooLarge));
    assert_eq!(store(StoredPaper { pages: 0, ..file(3) }), Err(Code::BadValue));
    let fonts = vec!["SimSun".into(), "\u{1}".into(), "".into()];
    let kept = store(StoredPaper { substituted_fonts: fonts, ..file(4) }).unwrap();
    assert!(matches!(
        kept.events.as_slice(),
        [Event::PaperStored { file }] if file.substituted_fonts == ["SimSun"]
    ));
}

#[test]
fn lists_have_their_limits() {
    let mut room = Room::empty();
    room.careful = false;
    for n in 0..limits::ITEMS {
        room.add_item(&format!("第{n}项"));
    }
    let one_more =
        Command::AddItem { title: "多".into(), short: String::new(), kind: ItemKind::Other };
    room.clerk_refused(one_more, Code::Full);
    for _ in 0..limits::PAPERS {
        room.add_paper(ItemId(1), 1);
    }
    let add = Command::AddPaper {
        item: ItemId(1),
        title: "多".into(),
        hash: file(1).hash,
        terms: Default::default(),
    };
    room.clerk_refused(add, Code::Full);
    let other = room.add_paper(ItemId(2), 1);
    let shift = Command::MovePaper { paper: other, item: ItemId(1), to: 0 };
    room.clerk_refused(shift, Code::Full);
    for _ in 0..limits::VOTES {
        room.add_vote(motion("决定"));
    }
    room.clerk_refused(Command::AddVote { item: ItemId(1), spec: motion("多") }, Code::Full);
}

#[test]
fn settings_are_checked_and_the_figures_fixed_in_session() {
    let mut room = Room::in_session(5, 1..=4);
    let settings = room.state.settings().clone();
    let mut set = |change: fn(&mut hemicycle_protocol::topic::Settings)| {
        let mut settings = settings.clone();
        change(&mut settings);
        room.ask(Room::as_clerk(), &Command::SetSettings { settings })
            .map(|_| ())
            .map_err(|r| r.code)
    };
    use {Cmp::*, Quantity::*};
    assert_eq!(set(|_| ()), Err(Code::NoChange));
    assert_eq!(set(|s| s.method = Method::Secret), Ok(()));
    assert_eq!(set(|s| s.vote_seconds = Some(0)), Err(Code::BadValue));
    assert_eq!(set(|s| s.quorum = Test::new(2, For, MoreThan, 1, Members)), Err(Code::BadValue));
    assert_eq!(set(|s| s.rule = Rule::plurality()), Err(Code::BadValue));
    assert_eq!(
        set(|s| s.quorum = Test::new(1, Present, AtLeast, 1, Members)),
        Err(Code::WrongPhase)
    );
    assert_eq!(set(|s| s.recusal_shrinks_base = true), Err(Code::WrongPhase));
    assert_eq!(set(|s| s.live_count = true), Ok(()));
}

fn person(name: &str, action: PersonAction, post: &str) -> Nominee {
    Nominee { name: name.into(), action, post: post.into() }
}

#[test]
fn a_vote_that_cannot_be_held_is_not_prepared() {
    let mut room = Room::empty();
    room.add_item("甲");
    let mut check = |change: &dyn Fn(&mut VoteSpec), code: Option<Code>| {
        let mut spec = motion("决定");
        change(&mut spec);
        let shown = format!("{spec:?}");
        let answer = room.ask(Room::as_clerk(), &Command::AddVote { item: ItemId(1), spec });
        assert_eq!(answer.map(|_| ()).map_err(|r| r.code).err(), code, "{shown}");
    };
    use PersonAction::*;
    let list = |nominees: Vec<Nominee>| {
        move |s: &mut VoteSpec| {
            s.form = Form::Personnel { nominees: nominees.clone() };
        }
    };
    check(&|_| (), None);
    check(&|s| s.title = "\u{0}".into(), Some(Code::BadText));
    check(&|s| s.method = Method::Secret, None);
    let election = |s: &mut VoteSpec| {
        s.method = Method::Secret;
        s.form = Form::Plurality { candidates: vec![person("甲", Elect, "委员")], seats: 1 };
        s.rule = Rule::plurality();
    };
    check(&election, None);
    check(&|s| s.seconds = Some(0), Some(Code::BadValue));
    check(&|s| s.seconds = Some(limits::SECONDS + 1), Some(Code::BadValue));
    check(&|s| s.seconds = Some(60), None);
    check(&list(vec![]), Some(Code::BadValue));
    check(&list(vec![person("甲", Remove, "局长"), person("乙", Appoint, "局长")]), None);
    check(
        &list(vec![person("乙", Appoint, "局长"), person("甲", Remove, "局长")]),
        Some(Code::BadValue),
    );
    check(&list(vec![person("乙", Appoint, "局长"), person("甲", Remove, "副局长")]), None);
    check(
        &list(vec![person("甲", Appoint, "员"), person("甲", Appoint, "员")]),
        Some(Code::BadValue),
    );
    check(&list(vec![person("甲", Remove, "一"), person("甲", Appoint, "二")]), None);
    check(&list(vec![person(" ", Appoint, "员")]), Some(Code::BadText));
    check(
        &list((0..101).map(|n| person(&format!("人{n}"), Elect, "")).collect()),
        Some(Code::BadValue),
    );
    // A rule fits its form.
    check(&|s| s.rule = Rule::plurality(), Some(Code::BadValue));
    check(&|s| s.rule = Rule::preset(Preset::Survey), Some(Code::BadValue));
    check(&|s| s.rule.preset = Some(Preset::Simple), Some(Code::BadValue));
    check(&|s| s.rule.tests = vec![s.rule.tests[0]; 5], Some(Code::BadValue));
    check(&|s| s.rule = Rule::preset(Preset::Signatories), Some(Code::BadValue));
    check(
        &|s| {
            s.rule = Rule::preset(Preset::Signatories);
            s.signatories = 8;
        },
        None,
    );
    let election = |seats, rule: Rule| {
        move |s: &mut VoteSpec| {
            let candidates = vec![person("甲", Elect, "代表"), person("乙", Elect, "代表")];
            s.form = Form::Plurality { candidates, seats };
            s.rule = rule.clone();
        }
    };
    check(&election(1, Rule::plurality()), None);
    check(&election(1, Rule::preset(Preset::Congress)), None);
    check(&election(1, Rule::preset(Preset::Simple)), Some(Code::BadValue));
    check(&election(0, Rule::plurality()), Some(Code::BadValue));
    check(&election(3, Rule::plurality()), Some(Code::BadValue));
    let survey = |subjects: &'static [&str], rule: Rule| {
        move |s: &mut VoteSpec| {
            s.form =
                Form::Satisfaction { subjects: subjects.iter().map(|s| s.to_string()).collect() };
            s.rule = rule.clone();
        }
    };
    check(&survey(&["教育局"], Rule::preset(Preset::Survey)), None);
    check(&survey(&["教育局"], Rule::preset(Preset::Committee)), Some(Code::BadValue));
    check(&survey(&["教育局", " 教育局"], Rule::preset(Preset::Survey)), Some(Code::BadValue));
}
