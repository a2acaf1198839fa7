//! Importing the roster, and terminals at seats.

use crate::room::*;
use hemicycle_meeting::{Event, ServerCommand, Viewer};
use hemicycle_protocol::ids::{Hex, SeatId};
use hemicycle_protocol::refusal::Code;
use hemicycle_protocol::topic::{Place, Standing, Topic, TopicName};
use hemicycle_protocol::wire::{Command, RosterRow, limits};

fn import(people: Vec<RosterRow>) -> Command {
    Command::ImportRoster { people, layout: vec![] }
}

/// A bad roster is refused by a word that names the rows, and changes nothing.
#[test]
fn bad_rows_are_named() {
    let check = |spoil: fn(&mut Vec<RosterRow>), code: Code, named: &[&str]| {
        let mut room = Room::of(3, 0);
        let mut people = rows(6, 1);
        spoil(&mut people);
        let before = room.state.clone();
        let refusal = room.ask(Room::as_clerk(), &import(people)).unwrap_err();
        assert_eq!(refusal.code, code, "{refusal}");
        let detail = refusal.detail.unwrap_or_default();
        assert!(named.iter().all(|n| detail.contains(n)), "{detail}");
        assert!(room.state == before);
    };
    check(|p| p[4].seat = SeatId(2), Code::BadRoster, &["2", "5"]);
    check(|p| p[4].name = "委员2".into(), Code::BadRoster, &["2", "5", "委员2"]);
    check(|p| p[4].name = " 委员2　".into(), Code::BadRoster, &["2", "5", "委员2"]);
    check(|p| p[0].chair = false, Code::BadRoster, &["chair"]);
    check(|p| p[6].chair = true, Code::BadRoster, &["row 7", "chair"]);
    check(|p| p[3].seat = SeatId(0), Code::BadRoster, &["row 4"]);
    check(|p| p[3].name = "  ".into(), Code::BadText, &["row 4"]);
    check(|p| p[3].name = "委\u{202E}员".into(), Code::BadText, &["row 4", "U+202E"]);
    check(|p| p[3].title = "职".repeat(61), Code::BadText, &["row 4", "title"]);
    check(|p| p.clear(), Code::BadRoster, &["chair"]);
    check(
        |p| p.extend(std::iter::repeat_with(|| rows(1, 0).remove(0)).take(limits::PEOPLE)),
        Code::Full,
        &["4096"],
    );
}

#[test]
fn ids_follow_the_order_of_the_rows() {
    let mut room = Room::empty();
    let mut people = rows(3, 0);
    people.swap(0, 2);
    room.clerk(import(people.clone()));
    let seen: Vec<_> = room.state.people().iter().map(|p| (p.member.0, p.seat.0)).collect();
    assert_eq!(seen, [(1, 3), (2, 2), (3, 1)]);
    room.clerk_refused(import(people), Code::NoChange);
}

#[test]
fn places_are_on_the_grid_once() {
    let place = |seat, x, y| Place { seat: SeatId(seat), x, y };
    let check = |layout: Vec<Place>, ok: bool| {
        let mut room = Room::empty();
        let command = Command::ImportRoster { people: rows(3, 0), layout };
        match ok {
            true => drop(room.clerk(command)),
            false => room.clerk_refused(command, Code::BadRoster),
        }
    };
    check(vec![place(1, 0, 0), place(2, 1, 0), place(9, 4, 4)], true);
    check(vec![place(1, 0, 0), place(2, 0, 0)], false);
    check(vec![place(1, 0, 0), place(1, 1, 0)], false);
    check(vec![place(1, 5000, 0)], false);
}

#[test]
fn a_roster_may_be_corrected_during_sign_in_but_nobody_here_is_lost() {
    let mut room = Room::of(5, 0);
    room.clerk(Command::SetLeave { member: member(4), reason: "病假".into() });
    room.clerk(Command::OpenSignIn);
    room.sign_in(2);
    let mut people = rows(5, 2);
    people[2].name = "委员三".into();
    people[1].title = "主任委员".into();
    room.clerk(import(people.clone()));
    assert!(room.me(2).signed_in && room.me(4).on_leave && !room.me(3).signed_in);
    assert_eq!(room.attendance().present, 1);
    people[1].name = "别人".into();
    room.clerk_refused(import(people.clone()), Code::InUse);
    people[1].name = "委员2".into();
    people.remove(0);
    people[2].chair = true;
    room.clerk_refused(import(people), Code::InUse);
    room.clerk_refused(import(rows(3, 0)), Code::InUse);
}

#[test]
fn before_sign_in_a_new_roster_keeps_the_leave_of_the_same_people() {
    let mut room = Room::of(5, 0);
    room.clerk(Command::SetLeave { member: member(4), reason: "病假".into() });
    room.clerk(Command::SetLeave { member: member(5), reason: "病假".into() });
    let mut people = rows(5, 0);
    people[4].name = "新委员".into();
    room.clerk(import(people));
    assert!(room.me(4).on_leave && !room.me(5).on_leave);
    assert_eq!(room.attendance().on_leave, 1);
}

#[test]
fn a_seat_belongs_to_one_terminal() {
    let mut room = Room::of(3, 0);
    let assign = |n, seat| Command::AssignSeat { terminal: key(n), seat: SeatId(seat) };
    room.clerk_refused(assign(2, 2), Code::NoChange);
    room.clerk_refused(assign(9, 2), Code::SeatTaken);
    room.clerk_refused(assign(9, 4), Code::SeatEmpty);
    room.clerk(Command::ReleaseSeat { seat: SeatId(2) });
    room.clerk_refused(Command::ReleaseSeat { seat: SeatId(2) }, Code::NotFound);
    // A terminal that has a seat moves and leaves the old one free.
    let moved = room.clerk(assign(3, 2));
    assert!(matches!(
        moved.events.as_slice(),
        [Event::SeatReleased { seat: SeatId(3), .. }, Event::SeatAssigned { seat: SeatId(2), .. }]
    ));
    assert_eq!(room.state.seat_of(&key(3)), Some(SeatId(2)));
    assert_eq!(room.state.terminal_at(SeatId(3)), None);
    assert_eq!(room.state.bindings().count(), 2);
}

#[test]
fn a_terminal_is_replaced_in_one_act() {
    let mut room = Room::of(5, 0);
    let replace = |seat, n| Command::ReplaceTerminal { seat: SeatId(seat), terminal: key(n) };
    room.clerk_refused(replace(2, 2), Code::NoChange);
    room.clerk_refused(replace(40, 9), Code::NotFound);
    let done = room.clerk(replace(2, 9));
    assert_eq!(
        done.events,
        [
            Event::SeatReleased { terminal: key(2), seat: SeatId(2) },
            Event::SeatAssigned { terminal: key(9), seat: SeatId(2) },
        ]
    );
    assert_eq!((room.state.seat_of(&key(2)), room.state.seat_of(&key(9))), (None, Some(SeatId(2))));
    // Also one that stands at another seat, which is free then.
    room.clerk(replace(3, 4));
    assert_eq!(room.state.terminal_at(SeatId(3)), Some(key(4)));
    assert_eq!(room.state.terminal_at(SeatId(4)), None);
    room.clerk_refused(replace(4, 9), Code::NotFound);
}

#[test]
fn two_terminals_change_places() {
    let mut room = Room::of(3, 0);
    let swap = |one, other| Command::SwapSeats { one: SeatId(one), other: SeatId(other) };
    room.clerk_refused(swap(1, 1), Code::NoChange);
    room.clerk_refused(swap(1, 40), Code::NotFound);
    room.clerk(swap(1, 3));
    assert_eq!(room.state.terminal_at(SeatId(1)), Some(key(3)));
    assert_eq!(room.state.terminal_at(SeatId(3)), Some(key(1)));
    assert_eq!(room.state.bindings().count(), 3);
    room.clerk(Command::ReleaseSeat { seat: SeatId(2) });
    room.clerk_refused(swap(1, 2), Code::NotFound);
}

#[test]
fn a_refused_terminal_gets_nothing_until_it_is_given_a_seat() {
    let mut room = Room::of(3, 0);
    let refuse = |n| Command::RefuseTerminal { terminal: key(n) };
    room.clerk(refuse(9));
    room.clerk_refused(refuse(9), Code::NoChange);
    // One that has a seat loses it.
    let done = room.clerk(refuse(2));
    assert_eq!(
        done.events,
        [
            Event::SeatReleased { terminal: key(2), seat: SeatId(2) },
            Event::TerminalRefused { terminal: key(2) },
        ]
    );
    assert!(room.state.is_refused(&key(2)) && room.state.is_refused(&key(9)));
    let wish = ServerCommand::Enrol { terminal: key(2), seat: SeatId(2) };
    assert_eq!(room.server(wish).unwrap_err().code, Code::NotAllowed);
    room.clerk(Command::AssignSeat { terminal: key(9), seat: SeatId(2) });
    assert!(!room.state.is_refused(&key(9)));
}

#[test]
fn open_enrolment_gives_free_seats_and_takes_none() {
    let mut room = Room::empty();
    room.clerk(import(rows(2, 0)));
    let mut enrol = |n, seat| {
        room.server(ServerCommand::Enrol { terminal: key(n), seat: SeatId(seat) })
            .map(|d| d.events.len())
            .map_err(|r| r.code)
    };
    assert_eq!(enrol(1, 1), Ok(1));
    assert_eq!(enrol(1, 1), Ok(0), "asking again is no mistake");
    assert_eq!(enrol(2, 1), Err(Code::SeatTaken));
    assert_eq!(enrol(1, 2), Err(Code::NotAllowed));
    assert_eq!(enrol(2, 3), Err(Code::SeatEmpty));
    assert_eq!(enrol(2, 2), Ok(1));
}

#[test]
fn a_meeting_is_made_once_and_first() {
    let mut room = Room::empty();
    let again = room.server(ServerCommand::CreateMeeting { id: Hex([2; 16]) });
    assert_eq!(again.unwrap_err().code, Code::WrongPhase);
    let state = hemicycle_meeting::State::new();
    let cx = hemicycle_meeting::Context::new(hemicycle_protocol::ids::Millis(0), Room::as_clerk());
    for command in [Command::OpenSignIn, Command::ClearNotice, import(rows(2, 0))] {
        let refusal = hemicycle_meeting::decide(&state, &command, &cx).unwrap_err();
        assert_eq!(refusal.code, Code::WrongPhase);
    }
}

#[test]
fn large_rooms_keep_the_roll_from_the_seats() {
    let rolls = |members: u16| {
        let room = Room::of(members, 1);
        [Viewer::Seat(SeatId(2)), Viewer::Chair(SeatId(1)), Viewer::Hall, Viewer::Console].map(
            |viewer| match room.sees(TopicName::Roll, viewer) {
                Some(Topic::Roll(roll)) => Some(roll.people.len()),
                None => None,
                other => panic!("{other:?}"),
            },
        )
    };
    assert_eq!(rolls(199), [Some(200); 4]);
    assert_eq!(rolls(200), [None, Some(201), Some(201), Some(201)]);
}

#[test]
fn the_hall_shows_names_only_where_the_meeting_wants_them() {
    let mut room = Room::of(3, 1);
    room.clerk(Command::OpenSignIn);
    room.sign_in(1);
    let names = |room: &Room| match room.sees(TopicName::Roll, Viewer::Hall) {
        Some(Topic::Roll(roll)) => {
            assert_eq!(roll.people[3].standing, Standing::Attendee);
            roll.people.iter().filter(|p| !p.name.is_empty()).count()
        }
        other => panic!("{other:?}"),
    };
    let here = |room: &Room| match room.sees(TopicName::Attendance, Viewer::Hall) {
        Some(Topic::Attendance(seen)) => (seen.present, seen.here.get(0)),
        other => panic!("{other:?}"),
    };
    assert_eq!((names(&room), here(&room)), (4, (1, true)));
    room.settings(|s| s.hall_names = false);
    assert_eq!((names(&room), here(&room)), (0, (1, false)));
    room.settings(|s| s.named_results = true);
    assert_eq!((names(&room), here(&room)), (4, (1, false)));
}
