//! Roles at the console, and sign-ins with more than a press.

use crate::room::*;
use hemicycle_meeting::decide::decide;
use hemicycle_meeting::{Actor, Context, Event, ServerCommand, Vouched, decide_server};
use hemicycle_protocol::ids::{Hex, Millis, SeatId, Signature};
use hemicycle_protocol::people::{AccountChange, ClerkRole, Drawing, PIN_TRIES, Pin, SignInBy};
use hemicycle_protocol::refusal::Code;
use hemicycle_protocol::topic::{Level, Screen};
use hemicycle_protocol::wire::Command;

fn as_role(role: ClerkRole) -> Actor {
    Actor::Clerk { name: "莫工".into(), role }
}

/// Is this refused for the role alone?
fn is_barred(room: &Room, role: ClerkRole, command: &Command) -> bool {
    let cx = Context::new(Millis(i64::MAX / 2), as_role(role));
    decide(&room.state, command, &cx).is_err_and(|refusal| refusal.code == Code::WrongRole)
}

#[test]
fn a_technician_keeps_the_devices_and_a_viewer_looks() {
    let mut room = Room::in_session(5, 1..=5);
    let vote = room.add_vote(motion("决议"));
    let (seat, other) = (SeatId(1), SeatId(2));
    let terminal = Hex([0x77; 32]);
    let devices = [
        Command::AssignSeat { terminal, seat },
        Command::ReleaseSeat { seat },
        Command::ReplaceTerminal { seat, terminal },
        Command::SwapSeats { one: seat, other },
        Command::RefuseTerminal { terminal },
        Command::ServiceDone { seat },
        Command::Show { screen: Some(Screen::SignIn) },
    ];
    let (member, reason) = (member(1), "x".to_owned());
    let rest = [
        Command::OpenSignIn,
        Command::CloseMeeting,
        Command::AdjournMeeting,
        Command::OpenVote { vote },
        Command::CloseVote { vote },
        Command::DeclareVote { vote },
        Command::PauseVote { vote },
        Command::BreakTie { vote, adopted: true },
        Command::AnnulVote { vote, reason: reason.clone() },
        Command::CastFor { vote, member, ballot: ballot(For), reason: reason.clone() },
        Command::Recuse { vote, member },
        Command::SignInFor { member, reason: reason.clone() },
        Command::ReleasePin { member },
        Command::NameScrutineers { members: vec![member], threshold: 1 },
        Command::ImportRoster { people: rows(2, 0), layout: vec![] },
        Command::SetSettings { settings: room.state.settings().clone() },
        Command::RemoveVote { vote },
        Command::GiveFloor { member, seconds: None },
        Command::PostNotice { text: reason, level: Level::Info },
    ];
    for command in devices.iter().chain(&rest) {
        assert!(!is_barred(&room, ClerkRole::Clerk, command), "{command:?}");
        assert!(is_barred(&room, ClerkRole::Viewer, command), "{command:?}");
        let technical = devices.contains(command);
        assert_eq!(is_barred(&room, ClerkRole::Technician, command), !technical, "{command:?}");
    }
    // The same for what has no command of the wire.
    let account = || ServerCommand::SetAccount {
        account: "莫工".into(),
        change: AccountChange::Added,
        role: ClerkRole::Viewer,
    };
    let asks = |role, command| {
        let cx = Context::new(Millis(0), as_role(role));
        decide_server(&room.state, command, &cx).map_err(|refusal| refusal.code)
    };
    for role in [ClerkRole::Technician, ClerkRole::Viewer] {
        assert_eq!(asks(role, account()).unwrap_err(), Code::WrongRole);
        let pins = ServerCommand::SetPins { names: vec!["成员1".into()] };
        assert_eq!(asks(role, pins).unwrap_err(), Code::WrongRole);
        assert_eq!(asks(role, ServerCommand::StorePaper(file(9))).unwrap_err(), Code::WrongRole);
    }
    assert!(asks(ClerkRole::Clerk, account()).is_ok());
    assert!(asks(ClerkRole::Technician, ServerCommand::RenewHallLink).is_ok());
    let barred = asks(ClerkRole::Viewer, ServerCommand::RenewHallLink);
    assert_eq!(barred.unwrap_err(), Code::WrongRole);
    // What a technician does stands in the log as a technician's.
    room.ask(as_role(ClerkRole::Technician), &devices[6]).unwrap();
    assert_eq!(room.log.last().unwrap().1.who, as_role(ClerkRole::Technician));
}

fn by_pin(pin: &str) -> Command {
    Command::SignIn { signature: Signature::default(), pin: Pin::parse(pin), drawing: None }
}

#[test]
fn a_pin_has_to_be_vouched_for_and_its_tries_are_counted() {
    let mut room = Room::of(3, 0);
    room.clerk(Command::OpenSignIn);
    room.settings(|s| s.sign_in = SignInBy::Pin);
    assert_eq!(room.me(2).pin.map(|p| (p.set, p.left)), Some((false, PIN_TRIES)));
    room.seat_refused(2, by_pin("0417"), Code::PinNeeded);
    let name = room.state.person_at(SeatId(2)).unwrap().name.clone();
    let set = ServerCommand::SetPins { names: vec![name] };
    let clerk = Room::as_clerk();
    room.server_as(clerk, set).unwrap();
    let press = Command::SignIn { signature: Signature::default(), pin: None, drawing: None };
    room.seat_refused(2, press, Code::PinNeeded);
    // The shell has not looked at it, or it was another's.
    room.seat_refused(2, by_pin("0417"), Code::WrongPin);
    let another = Vouched::Pin { member: member(3) };
    let refusal = room.vouched(Room::at(2), &by_pin("0417"), another).unwrap_err();
    assert_eq!(refusal.code, Code::WrongPin);
    for left in (0..PIN_TRIES).rev() {
        room.server_as(Room::at(2), ServerCommand::MissPin).unwrap();
        assert_eq!(room.me(2).pin.unwrap().left, left);
    }
    assert!(room.server_as(Room::at(2), ServerCommand::MissPin).is_err(), "no more is counted");
    let right = Vouched::Pin { member: member(2) };
    let refusal = room.vouched(Room::at(2), &by_pin("0417"), right.clone()).unwrap_err();
    assert_eq!(refusal.code, Code::PinLocked);
    room.clerk(Command::ReleasePin { member: member(2) });
    room.clerk_refused(Command::ReleasePin { member: member(2) }, Code::NoChange);
    let decision = room.vouched(Room::at(2), &by_pin("0417"), right).unwrap();
    assert!(matches!(decision.events[..], [Event::SignedIn { by_pin: true, drawing: None, .. }]));
    assert!(room.me(2).signed_in);
}

#[test]
fn a_pin_stays_with_its_name() {
    let mut room = Room::of(3, 0);
    let names: Vec<String> = room.state.people().iter().map(|p| p.name.clone()).collect();
    let set = ServerCommand::SetPins { names: vec![names[1].clone()] };
    let clerk = Room::as_clerk();
    room.server_as(clerk, set).unwrap();
    let mut people = rows(3, 0);
    let (one, two) = (people[0].name.clone(), people[1].name.clone());
    (people[0].name, people[1].name) = (two, one);
    room.clerk(Command::ImportRoster { people, layout: vec![] });
    let has = |n: usize| room.state.pins().has(&room.state.people()[n]);
    assert_eq!([has(0), has(1), has(2)], [true, false, false]);
}

#[test]
fn a_signature_is_drawn_where_the_meeting_asks_for_it() {
    let mut room = Room::of(3, 0);
    room.clerk(Command::OpenSignIn);
    let signed = |drawing| Command::SignIn { signature: Signature::default(), pin: None, drawing };
    let hand = Drawing { strokes: vec![vec![[10, 20], [300, 40]]] };
    // Nobody asked for it: it would be signed and lost.
    room.seat_refused(2, signed(Some(hand.clone())), Code::BadValue);
    room.settings(|s| s.sign_in = SignInBy::Signature);
    room.seat_refused(2, signed(None), Code::SignatureNeeded);
    let dot = Drawing { strokes: vec![vec![[10, 20]]] };
    room.seat_refused(2, signed(Some(dot)), Code::SignatureNeeded);
    room.seat(2, signed(Some(hand.clone())));
    assert_eq!(room.state.drawings().get(&member(2)).map(|d| (**d).clone()), Some(hand));
    // Signed in again by the clerk: what was drawn before is not this sign-in's.
    room.seat(2, Command::Leave);
    room.clerk(Command::SignInFor { member: member(2), reason: "终端故障".into() });
    assert!(room.state.drawings().is_empty());
}
