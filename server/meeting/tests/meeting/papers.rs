//! For whom a paper is, from when on, what of it is new, and what was put to a vote.

use crate::room::*;
use hemicycle_meeting::view::files_for_seats;
use hemicycle_meeting::{Event, ServerCommand, Viewer};
use hemicycle_protocol::ids::{Hash, ItemId, Millis, PaperId, SeatId};
use hemicycle_protocol::refusal::Code;
use hemicycle_protocol::topic::{
    EarlierVersion, OwnPaper, PageRun, Paper, PaperTerms, PaperVersion, Readers, Topic, TopicName,
};
use hemicycle_protocol::wire::Command;

fn on_agenda(room: &Room, viewer: Viewer) -> Vec<Paper> {
    match room.sees(TopicName::Agenda, viewer) {
        Some(Topic::Agenda(agenda)) => agenda.items.into_iter().flat_map(|i| i.papers).collect(),
        other => panic!("{other:?}"),
    }
}

fn own(room: &Room, seat: u16) -> Vec<OwnPaper> {
    match room.sees(TopicName::Me, Viewer::Seat(SeatId(seat))) {
        Some(Topic::Me(me)) => me.papers,
        other => panic!("{other:?}"),
    }
}

fn ids(papers: &[Paper]) -> Vec<u32> {
    papers.iter().map(|paper| paper.id.0).collect()
}

/// Which seats may fetch the file: those of `everybodys`, or named ones.
fn fetched_by(room: &Room, hash: Hash) -> Vec<u16> {
    let (everybodys, own) = files_for_seats(&room.state);
    let may = |seat: &u16| {
        let seat = SeatId(*seat);
        let may = everybodys.contains(&hash) || own.get(&hash).is_some_and(|s| s.contains(&seat));
        let said = hemicycle_meeting::view::may_read(&room.state, &hash, &Viewer::Seat(seat));
        assert_eq!(may, said, "{seat}");
        may
    };
    (1..=5).filter(may).collect()
}

fn terms(room: &mut Room, paper: PaperId, terms: PaperTerms) {
    room.clerk(Command::SetPaperTerms { paper, terms });
}

fn store(room: &mut Room, n: u8) {
    room.server(ServerCommand::StorePaper(file(n))).unwrap();
}

fn members() -> PaperTerms {
    PaperTerms { readers: Readers::Members, ..PaperTerms::default() }
}

fn seats(seats: &[u16]) -> PaperTerms {
    let seats = seats.iter().map(|seat| SeatId(*seat)).collect();
    PaperTerms { readers: Readers::Seats { seats }, ..PaperTerms::default() }
}

/// Three members, attendees at seats 4 and 5, three papers of one item.
fn room() -> (Room, [PaperId; 3]) {
    let mut room = Room::of(3, 2);
    let item = room.add_item("报告");
    let papers = [1, 2, 3].map(|n| room.add_paper(item, n));
    (room, papers)
}

#[test]
fn a_paper_is_for_whom_it_is_and_others_do_not_know_of_it() {
    let (mut room, [_, second, _]) = room();
    let hash = file(2).hash;
    assert_eq!(fetched_by(&room, hash), [1, 2, 3, 4, 5]);
    terms(&mut room, second, members());
    assert_eq!(ids(&on_agenda(&room, Viewer::Seat(SeatId(2)))), [1, 3]);
    assert_eq!(ids(&on_agenda(&room, Viewer::Hall)), [1, 3]);
    assert_eq!(ids(&on_agenda(&room, Viewer::Console)), [1, 2, 3]);
    let [OwnPaper { item, place, paper }] = &own(&room, 2)[..] else { panic!("one") };
    assert_eq!((*item, *place, paper.id, &paper.terms), (ItemId(1), 1, second, &members()));
    assert_eq!(own(&room, 4), []);
    assert_eq!(fetched_by(&room, hash), [1, 2, 3]);

    terms(&mut room, second, seats(&[3, 5]));
    assert_eq!(fetched_by(&room, hash), [3, 5]);
    assert_eq!((own(&room, 2).len(), own(&room, 5).len()), (0, 1));
    // An earlier version stays with those who may be reading it.
    store(&mut room, 9);
    room.clerk(Command::ReplacePaper { paper: second, hash: file(9).hash });
    assert_eq!(
        (fetched_by(&room, hash), fetched_by(&room, file(9).hash)),
        (vec![3, 5], vec![3, 5])
    );
    // Its place follows what stands before it.
    room.clerk(Command::MovePaper { paper: second, item: ItemId(1), to: 2 });
    assert_eq!(own(&room, 3)[0].place, 2);
    terms(&mut room, second, PaperTerms::default());
    assert_eq!(fetched_by(&room, hash), [1, 2, 3, 4, 5]);
    assert_eq!(own(&room, 3), []);
}

#[test]
fn a_paper_with_a_time_is_handed_out_then() {
    let (mut room, _) = room();
    store(&mut room, 7);
    let from = Some(Millis(room.now + 60_000));
    let terms = PaperTerms { from, ..PaperTerms::default() };
    let (item, hash) = (ItemId(1), file(7).hash);
    let add = Command::AddPaper { item, title: "定时".into(), hash, terms };
    let paper = PaperId(room.clerk(add).made.unwrap());
    assert_eq!(fetched_by(&room, hash), [0_u16; 0], "not for a moment");
    assert_eq!(ids(&on_agenda(&room, Viewer::Hall)), [1, 2, 3]);
    assert_eq!(room.state.next_deadline(), from);
    room.now += 59_999;
    assert_eq!(room.server(ServerCommand::Deadline).unwrap().events, []);
    room.now += 1;
    let released = room.server(ServerCommand::Deadline).unwrap().events;
    assert_eq!(released, [Event::PaperReleased { paper }]);
    assert_eq!(fetched_by(&room, hash), [1, 2, 3, 4, 5]);
    assert_eq!(room.state.next_deadline(), None);
    // A later time takes it back.
    let from = Some(Millis(room.now + 1));
    let later = PaperTerms { from, ..PaperTerms::default() };
    room.clerk(Command::SetPaperTerms { paper, terms: later });
    assert_eq!(fetched_by(&room, hash), [0_u16; 0]);
}

#[test]
fn a_confidential_paper_is_for_who_is_here() {
    let (mut room, [first, ..]) = room();
    terms(&mut room, first, PaperTerms { confidential: true, ..PaperTerms::default() });
    let hash = file(1).hash;
    assert_eq!(fetched_by(&room, hash), [0_u16; 0]);
    room.clerk(Command::OpenSignIn);
    room.sign_in(2);
    room.sign_in(4);
    assert_eq!(fetched_by(&room, hash), [2, 4]);
    assert_eq!((own(&room, 2).len(), own(&room, 3).len()), (1, 0));
    room.seat(2, Command::Leave);
    assert_eq!(fetched_by(&room, hash), [4]);
    assert_eq!(own(&room, 2), []);
}

#[test]
fn terms_that_cannot_be_are_refused() {
    let (mut room, [first, ..]) = room();
    let set = |paper, terms| Command::SetPaperTerms { paper, terms };
    room.clerk_refused(set(first, PaperTerms::default()), Code::NoChange);
    room.clerk_refused(set(first, seats(&[])), Code::BadValue);
    room.clerk_refused(set(PaperId(99), members()), Code::NotFound);
}

#[test]
fn a_notice_says_nothing_of_a_paper_that_is_not_everybodys() {
    let (mut room, [first, second, _]) = room();
    store(&mut room, 8);
    store(&mut room, 9);
    terms(&mut room, first, members());
    room.clerk(Command::OpenSignIn);
    let quiet = room.clerk(Command::ReplacePaper { paper: first, hash: file(8).hash }).events;
    assert!(matches!(quiet[..], [Event::PaperReplaced { .. }]), "{quiet:?}");
    let told = room.clerk(Command::ReplacePaper { paper: second, hash: file(9).hash }).events;
    assert!(matches!(told[..], [Event::PaperReplaced { .. }, Event::NoticePosted { .. }]));
}

#[test]
fn changed_pages_are_of_the_valid_version_alone() {
    let (mut room, [first, ..]) = room();
    let changed = |room: &Room| on_agenda(room, Viewer::Hall)[0].changed.clone();
    let compared = |version, changed: Option<&[u32]>| ServerCommand::PaperCompared {
        paper: PaperId(1),
        version,
        changed: changed.map(<[u32]>::to_vec),
        gone: changed.unwrap_or_default().to_vec(),
    };
    assert_eq!(room.server(compared(1, Some(&[1]))).unwrap().events, []);
    assert!(room.state.papers().to_compare().is_none());
    for n in [8, 9] {
        store(&mut room, n);
        room.clerk(Command::ReplacePaper { paper: first, hash: file(n).hash });
    }
    let due = room.state.papers().to_compare().map(|paper| (paper.id, paper.version()));
    assert_eq!(due, Some((first, 3)));
    assert_eq!(room.server(compared(2, Some(&[1]))).unwrap().events, [], "valid no more");
    room.server(compared(3, Some(&[1, 3]))).unwrap();
    assert_eq!(changed(&room), [1, 3]);
    let earlier = |room: &Room| on_agenda(room, Viewer::Hall)[0].earlier.clone();
    // The version between was not compared: nothing is known of the first.
    let same = vec![PageRun { then: 2, now: 2, pages: 1 }];
    assert_eq!(earlier(&room), [EarlierVersion { hash: file(8).hash, same }]);
    assert_eq!(room.server(compared(3, Some(&[2]))).unwrap().events, [], "once");
    room.clerk(Command::ReplacePaper { paper: first, hash: file(8).hash });
    assert_eq!((changed(&room), earlier(&room)), (vec![], vec![]), "until it is compared");
    for wrong in [&[4][..], &[0], &[2, 1], &[1, 1]] {
        let (mut room, [first, ..]) = self::room();
        store(&mut room, 8);
        room.clerk(Command::ReplacePaper { paper: first, hash: file(8).hash });
        room.server(compared(2, Some(wrong))).unwrap();
        assert_eq!(changed(&room), [0; 0], "{wrong:?}: the paper has three pages");
        assert!(room.state.papers().to_compare().is_none());
    }
}

#[test]
fn a_vote_names_what_is_put_to_it() {
    let mut room = Room::in_session(5, 1..=5);
    let item = ItemId(1);
    let [first, second, third] = [1, 2, 3].map(|n| room.add_paper(item, n));
    store(&mut room, 9);
    room.clerk(Command::ReplacePaper { paper: second, hash: file(9).hash });
    let from = Some(Millis(room.now + 60_000));
    terms(&mut room, third, PaperTerms { from, ..PaperTerms::default() });
    terms(&mut room, first, members());
    let vote = room.add_vote(motion("决定"));
    room.clerk(Command::OpenVote { vote });
    let put = vec![
        PaperVersion { paper: first, version: 1, hash: file(1).hash },
        PaperVersion { paper: second, version: 2, hash: file(9).hash },
    ];
    let opening = room.state.vote(vote).unwrap().opened.as_ref().unwrap().opening.clone();
    assert_eq!(opening.papers, put);
    // What comes later changes nothing of it.
    store(&mut room, 8);
    room.clerk(Command::ReplacePaper { paper: second, hash: file(8).hash });
    match room.sees(TopicName::Vote, Viewer::Seat(SeatId(2))) {
        Some(Topic::Vote(Some(vote))) => assert_eq!(vote.papers, put),
        other => panic!("{other:?}"),
    }
}

#[test]
fn keys_are_destroyed_after_the_meeting_and_once() {
    let mut room = Room::in_session(3, 1..=3);
    let destroy = |room: &mut Room| room.server(ServerCommand::PaperKeysDestroyed);
    assert_eq!(destroy(&mut room).unwrap_err().code, Code::WrongPhase);
    room.clerk(Command::FinishItem { item: ItemId(1) });
    room.clerk(Command::CloseMeeting);
    assert_eq!(destroy(&mut room).unwrap().events, [Event::PaperKeysDestroyed]);
    assert_eq!(destroy(&mut room).unwrap().events, []);
}
