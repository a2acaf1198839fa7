//! The floor, the hall's screen, notices, calls for help, the audit list.

use crate::room::*;
use hemicycle_meeting::{Event, Viewer};
use hemicycle_protocol::ids::{ItemId, PaperId, SeatId};
use hemicycle_protocol::ink::{Colour, SHOWN_POINTS, Stroke, Tool, WHOLE};
use hemicycle_protocol::refusal::Code;
use hemicycle_protocol::topic::{
    AuditLine, Level, MyFloor, PaperTerms, Pointer, Readers, Screen, Service, Topic, TopicName,
};
use hemicycle_protocol::wire::Command;

fn queue(room: &Room) -> Vec<u16> {
    room.floor().queue.iter().map(|w| w.seat.0).collect()
}

#[test]
fn the_floor_is_asked_for_given_and_ended() {
    let mut room = Room::in_session(5, 1..=4);
    room.sign_in(6);
    for seat in [3, 6, 2] {
        room.seat(seat, Command::AskToSpeak);
    }
    room.seat_refused(3, Command::AskToSpeak, Code::NoChange);
    room.seat_refused(5, Command::AskToSpeak, Code::NotSignedIn);
    assert_eq!(queue(&room), [3, 6, 2]);
    assert_eq!(room.me(2).floor, MyFloor::Waiting { place: 3 });
    room.seat(6, Command::WithdrawSpeech);
    room.seat_refused(6, Command::WithdrawSpeech, Code::NoChange);
    assert_eq!(room.me(2).floor, MyFloor::Waiting { place: 2 });
    let give = |n, seconds| Command::GiveFloor { member: member(n), seconds };
    room.seat_refused(3, give(3, None), Code::NotAllowed);
    room.clerk_refused(give(3, Some(0)), Code::BadValue);
    room.seat(1, give(3, Some(300)));
    assert_eq!(
        (room.me(3).floor, room.me(2).floor),
        (MyFloor::Speaking, MyFloor::Waiting { place: 1 })
    );
    room.clerk_refused(give(3, None), Code::NoChange);
    let speaking = room.floor().speaking.unwrap();
    assert_eq!((speaking.seat.0, speaking.ends_at.map(|m| m.0)), (3, Some(room.now + 300_000)));
    // Giving it on ends it for the one before, in the log too.
    let given = room.clerk(give(2, None));
    assert!(matches!(
        given.events.as_slice(),
        [Event::FloorEnded { .. }, Event::FloorGiven { .. }]
    ));
    assert_eq!(room.me(3).floor, MyFloor::Quiet);
    room.clerk(Command::EndFloor);
    room.clerk_refused(Command::EndFloor, Code::NoChange);
    room.clerk_refused(give(5, None), Code::NotSignedIn);
    room.clerk_refused(give(9, None), Code::NotFound);
    room.seat(4, Command::AskToSpeak);
    room.clerk(Command::DropSpeech { member: member(4) });
    room.clerk_refused(Command::DropSpeech { member: member(4) }, Code::NoChange);
    room.clerk(give(4, None));
    room.seat(4, Command::WithdrawSpeech);
    assert_eq!(room.floor(), Default::default());
    assert!(room.display().show != Screen::Speaker);
}

#[test]
fn whoever_leaves_leaves_the_floor() {
    let mut room = Room::in_session(5, 1..=4);
    for seat in [2, 3, 4] {
        room.seat(seat, Command::AskToSpeak);
    }
    room.clerk(Command::GiveFloor { member: member(2), seconds: None });
    room.seat(3, Command::Leave);
    assert_eq!(queue(&room), [4]);
    room.clerk(Command::MarkLeft { member: member(2) });
    assert_eq!(room.floor().speaking, None);
    room.clerk(Command::AdjournMeeting);
    room.seat_refused(1, Command::AskToSpeak, Code::WrongPhase);
    assert_eq!(queue(&room), [4], "the queue outlasts a break");
    room.clerk(Command::CloseMeeting);
    assert!(queue(&room).is_empty());
}

#[test]
fn the_chair_or_whoever_speaks_shows_pages_to_all() {
    let mut room = Room::in_session(5, 1..=4);
    let item = ItemId(1);
    let (paper, other) = (room.add_paper(item, 1), room.add_paper(item, 2));
    let page = |paper, page| Command::Present { paper, page, pointer: None, ink: vec![] };
    let shows = |room: &Room| room.floor().presenting.map(|p| (p.member.0, p.paper));
    room.seat_refused(2, page(paper, 0), Code::NotAllowed);
    room.seat_refused(5, page(paper, 0), Code::NotSignedIn);
    room.seat_refused(1, page(paper, 3), Code::BadValue);
    room.seat_refused(1, page(PaperId(99), 0), Code::NotFound);
    room.seat_refused(1, Command::StopPresenting, Code::NoChange);
    let begun = room.seat(1, page(paper, 0));
    assert_eq!(begun.events, [Event::PresentingBegan { member: member(1), paper }]);
    // Turning a page is nothing that the log keeps.
    assert!(room.seat(1, page(paper, 2)).events.is_empty());
    assert_eq!(shows(&room), Some((1, paper)));
    // Nor is what is drawn there, as long as a pen can have drawn it.
    let dots = |points| {
        let line = vec![Pointer { x: 1, y: WHOLE }; points];
        vec![Stroke { tool: Tool::Pen, colour: Colour::Red, line }]
    };
    let drawn = |ink| Command::Present { paper, page: 0, pointer: None, ink };
    assert!(room.seat(1, drawn(dots(2))).events.is_empty());
    for bad in [dots(0), [dots(2_000), dots(SHOWN_POINTS - 1_999)].concat()] {
        room.seat_refused(1, drawn(bad), Code::BadValue);
    }

    // Whoever speaks may not take it from the chair, and may once it is free.
    room.clerk(Command::GiveFloor { member: member(3), seconds: None });
    room.seat_refused(3, page(other, 0), Code::NotAllowed);
    room.seat_refused(3, Command::StopPresenting, Code::NotAllowed);
    room.clerk(Command::StopPresenting);
    assert_eq!(shows(&room), None);
    room.seat(3, page(other, 1));
    room.seat_refused(4, Command::StopPresenting, Code::NotAllowed);
    assert_eq!(shows(&room), Some((3, other)));
    room.clerk(Command::EndFloor);
    assert_eq!(shows(&room), None, "the floor is gone, and with it the page");

    // It ends with the paper, with who may read it, with the sitting.
    room.seat(1, page(paper, 0));
    room.clerk(Command::RemovePaper { paper });
    assert_eq!(shows(&room), None);
    room.seat_refused(1, page(paper, 0), Code::NotFound);
    room.seat(1, page(other, 0));
    let terms = PaperTerms { readers: Readers::Members, ..PaperTerms::default() };
    room.clerk(Command::SetPaperTerms { paper: other, terms });
    assert_eq!(shows(&room), None);
    room.seat_refused(1, page(other, 0), Code::NotAllowed);
    let terms = PaperTerms { confidential: true, ..PaperTerms::default() };
    room.clerk(Command::SetPaperTerms { paper: other, terms });
    room.seat(1, page(other, 0));
    room.clerk(Command::AdjournMeeting);
    assert_eq!(shows(&room), None);
    room.seat_refused(1, page(other, 0), Code::WrongPhase);
}

#[test]
fn the_hall_shows_what_the_clerk_pins_until_it_follows_again() {
    let mut room = Room::in_session(5, 1..=4);
    let other = room.add_item("预算");
    let show = |screen| Command::Show { screen };
    room.clerk_refused(show(None), Code::NoChange);
    room.clerk_refused(show(Some(Screen::Item { item: ItemId(9) })), Code::NotFound);
    room.clerk(show(Some(Screen::Pause { text: " 休息十分钟 ".into() })));
    let seen = room.display();
    assert_eq!((seen.show, seen.pinned), (Screen::Pause { text: "休息十分钟".into() }, true));
    room.clerk(show(Some(Screen::Item { item: other })));
    room.clerk_refused(show(Some(Screen::Item { item: other })), Code::NoChange);
    room.open(motion("决定"));
    assert_eq!(room.display().show, Screen::Item { item: other });
    // A pinned item that is taken away is no longer shown.
    room.clerk(Command::RemoveItem { item: other });
    assert_eq!((room.display().show, room.display().pinned), (Screen::Vote, false));
    room.clerk(show(None));
    assert_eq!(room.display().show, Screen::Vote);
}

#[test]
fn notices_are_posted_and_cleared() {
    let mut room = Room::of(3, 0);
    let post = |text: &str| Command::PostNotice { text: text.into(), level: Level::Info };
    room.clerk_refused(Command::ClearNotice, Code::NoChange);
    room.clerk_refused(post("\n"), Code::BadText);
    room.clerk_refused(post(&"字".repeat(501)), Code::BadText);
    room.clerk(post("请各位委员\n回到座位"));
    room.clerk(post("请各位委员\n回到座位"));
    match room.sees(TopicName::Notice, Viewer::Hall) {
        Some(Topic::Notice(Some(notice))) => assert_eq!(notice.paper, None),
        other => panic!("{other:?}"),
    }
    room.clerk(Command::ClearNotice);
    assert_eq!(room.sees(TopicName::Notice, Viewer::Hall), Some(Topic::Notice(None)));
}

#[test]
fn a_seat_calls_for_one_thing_at_a_time() {
    let mut room = Room::of(3, 0);
    let call = |service| Command::CallService { service };
    let calls = |room: &Room| match room.sees(TopicName::Devices, Viewer::Console) {
        Some(Topic::Devices(devices)) => devices.calls.into_iter().collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    // Before anything is open: a terminal may fail before the meeting.
    room.seat(2, call(Service::Fault));
    room.seat_refused(2, call(Service::Fault), Code::NoChange);
    room.seat(2, call(Service::Tea));
    room.seat(3, call(Service::Staff));
    assert_eq!(calls(&room), [(SeatId(2), Service::Tea), (SeatId(3), Service::Staff)]);
    assert_eq!(room.me(2).service, Some(Service::Tea));
    room.seat(2, Command::CancelService);
    room.seat_refused(2, Command::CancelService, Code::NoChange);
    room.clerk(Command::ServiceDone { seat: SeatId(3) });
    room.clerk_refused(Command::ServiceDone { seat: SeatId(3) }, Code::NotFound);
    assert_eq!(calls(&room), []);
}

fn audit(room: &Room) -> Vec<AuditLine> {
    match room.sees(TopicName::Audit, Viewer::Console) {
        Some(Topic::Audit(audit)) => audit.entries,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_audit_list_tells_what_happened_and_no_ballot() {
    let mut room = Room::in_session(5, 1..=4);
    let vote = room.open(motion("决定草案"));
    let before = audit(&room).len();
    room.cast(1, vote, For);
    room.cast(2, vote, Against);
    assert_eq!(audit(&room).len(), before);
    room.clerk(Command::CastFor {
        vote,
        member: member(3),
        ballot: ballot(Abstain),
        reason: "终端故障".into(),
    });
    let line = audit(&room).pop().unwrap();
    assert_eq!((line.who.as_str(), line.what.as_str()), ("罗晨", "ballot_entered"));
    let with: Vec<(&str, &str)> = line.with.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    assert_eq!(
        with,
        [
            ("name", "委员3"),
            ("reason", "终端故障"),
            ("seat", "3"),
            ("vote", "决定草案"),
            ("vote_id", "1")
        ]
    );
    room.seat(1, Command::CloseVote { vote });
    let line = audit(&room).pop().unwrap();
    assert_eq!((line.who.as_str(), line.what.as_str()), ("seat 1", "vote_closed"));
    for (key, value) in [
        ("for", "1"),
        ("against", "1"),
        ("abstain", "1"),
        ("unpressed", "1"),
        ("outcome", "not_adopted"),
        ("vote", "决定草案"),
    ] {
        assert_eq!(line.with.get(key).map(String::as_str), Some(value), "{key}");
    }
    let what: Vec<String> = audit(&room).into_iter().map(|l| l.what).collect();
    assert!(what.iter().all(|w| Event::NAMES.contains(&w.as_str())));
    assert!(what.iter().filter(|w| *w == "signed_in").count() == 4);
}

#[test]
fn the_audit_list_is_bounded() {
    let mut room = Room::of(3, 0);
    room.careful = false;
    for n in 0..500 {
        room.clerk(Command::PostNotice { text: format!("通知{n}"), level: Level::Info });
    }
    let lines = audit(&room);
    assert_eq!(lines.len(), 200);
    assert_eq!(lines[199].with["text"], "通知499");
    assert_eq!(lines[199].seq, room.state.seq());
}
