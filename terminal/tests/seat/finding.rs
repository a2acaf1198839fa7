//! A terminal that was told no address: what it hears, whom it calls, and what a
//! technician sees and picks.

use crate::fake::*;
use hemicycle_protocol::announcement::Announcement;
use hemicycle_protocol::identity::Identity;
use hemicycle_protocol::ids::{Hex, Key};
use hemicycle_protocol::topic::Me;
use hemicycle_terminal::screen::{Message, Page, Rooms};
use hemicycle_terminal::seat::{Contact, Effect, Finding, Heard, Msg, Pin};
use hemicycle_terminal::touch::Touch;

const OTHER: Key = Hex([0x3c; 32]);
const HOME: &str = "10.0.0.5:8480";
const AWAY: &str = "10.0.0.9:8480";

/// A terminal that was never told anything.
fn lost() -> Room {
    searching(None, None, None)
}

fn searching(pin: Option<Pin>, picked: Option<Pin>, wanted: Option<&str>) -> Room {
    let mut room = Room::silent();
    let last = pin.as_ref().or(picked.as_ref()).map(|_| url(HOME));
    room.seat.pin = pin;
    room.seat.finding = Some(Finding::new(picked, last, wanted.map(Into::into)));
    room.effects = room.seat.start();
    room
}

fn url(at: &str) -> String {
    format!("wss://{at}/ws")
}

fn own(room: &Room) -> Pin {
    Pin { server: room.server.key(), room: "东厅".into() }
}

/// A terminal that belongs to the fake server.
fn at_home() -> Room {
    let pin = own(&Room::silent());
    searching(Some(pin), None, None)
}

fn heard(server: Key, room: &str, at: &[&str]) -> Msg {
    let addresses = at.iter().map(|a| a.parse().unwrap()).collect();
    Msg::Heard(Heard {
        name: format!("{}-{}", server.short(), at.concat()),
        said: Announcement::new(room, server),
        addresses,
    })
}

fn message(room: &Room) -> Message {
    match room.page() {
        Page::Message(message) => message,
        other => panic!("{other:?}"),
    }
}

fn rooms(room: &Room) -> Rooms {
    match room.page() {
        Page::Rooms(rooms) => rooms,
        other => panic!("{other:?}"),
    }
}

fn called(effects: &[Effect]) -> Vec<String> {
    let at = |e: &Effect| if let Effect::CallAt { place } = e { Some(place.clone()) } else { None };
    effects.iter().filter_map(at).collect()
}

fn connects(effects: &[Effect]) -> usize {
    effects.iter().filter(|e| matches!(e, Effect::Connect { .. })).count()
}

#[test]
fn without_an_address_it_calls_nobody_and_says_what_it_does() {
    let mut room = lost();
    assert_eq!(room.take_effects(), []);
    assert_eq!(message(&room).title, "正在查找会议室");
    assert!(message(&room).hint.contains("网线"), "{}", message(&room).hint);
    room.msg(Msg::Deaf);
    assert_eq!(message(&room).title, "不能查找会议室");
    room.touch(Touch::RetryNow);
    room.wait(60_000);
    assert_eq!(room.take_effects(), []);
    room.msg(heard(OTHER, "西厅", &[AWAY]));
    assert_eq!(rooms(&room).rows.len(), 1);
    assert_eq!(room.take_effects(), [], "it is for a technician to pick");
    room.msg(Msg::HeardNoMore { name: format!("{}-{AWAY}", OTHER.short()) });
    assert_eq!(message(&room).title, "正在查找会议室");
}

#[test]
fn a_technician_picks_and_the_terminal_stays_with_the_key_that_was_picked() {
    let mut room = lost();
    let key = room.server.key();
    room.msg(heard(OTHER, "西厅", &[AWAY]));
    room.msg(heard(key, "东厅", &[HOME]));
    let list = rooms(&room);
    assert_eq!(list.warning, "");
    let names: Vec<_> = list.rows.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(names, ["东厅", "西厅"]);
    let touch = list.rows[0].action.touch.clone();
    assert_eq!(touch, Touch::PickRoom(key));
    room.touch(touch);
    let pin = own(&room);
    assert_eq!(
        room.take_effects(),
        [
            Effect::CallAt { place: url(HOME) },
            Effect::Connect { after: 0 },
            Effect::Picked(Some(pin.clone())),
        ]
    );
    // Somebody else answers there.
    let real = std::mem::replace(&mut room.server, Identity::from_secret(&[98; 32]));
    room.greet();
    assert_eq!(room.take_effects(), [Effect::Hang]);
    assert_eq!(message(&room).title, "服务器身份已改变");
    assert_eq!(message(&room).action.unwrap().touch, Touch::OtherRoom, "a wrong pick is mended");
    room.msg(Msg::LinkDown);
    room.server = real;
    room.connect();
    assert!(room.take_effects().contains(&Effect::Pin(pin)), "the seat makes it its own");
    assert_eq!(room.page_name(), "standby");
}

#[test]
fn before_a_seat_was_given_another_room_can_be_picked() {
    let pin = own(&Room::silent());
    let mut room = searching(None, Some(pin), None);
    assert_eq!(called(&room.take_effects()), [url(HOME)]);
    room.me = Me::default();
    room.connect();
    let action = message(&room).action.expect("a way back");
    assert_eq!((message(&room).title.as_str(), &action.touch), ("等待分配座位", &Touch::OtherRoom));
    room.take_effects();
    room.touch(action.touch);
    let effects = room.take_effects();
    assert!(effects.contains(&Effect::Rest) && effects.contains(&Effect::Picked(None)));
    assert_eq!(connects(&effects), 0);
    assert_eq!(message(&room).title, "正在查找会议室");
    // What is still under way of the last room is nobody's.
    room.msg(Msg::LinkDown);
    room.welcome(MEETING);
    room.topics();
    assert_eq!(room.take_effects(), []);
    assert_eq!(message(&room).title, "正在查找会议室");
}

#[test]
fn with_a_seat_the_room_is_no_longer_for_picking() {
    let mut room = at_home();
    room.connect();
    room.take_effects();
    room.msg(heard(OTHER, "西厅", &[AWAY]));
    room.touch(Touch::PickRoom(OTHER));
    room.touch(Touch::OtherRoom);
    assert_eq!(room.take_effects(), []);
    assert_eq!(room.page_name(), "standby");
}

#[test]
fn it_finds_its_server_again_at_another_address() {
    let mut room = at_home();
    let key = room.server.key();
    room.connect();
    assert!(!room.take_effects().iter().any(|e| matches!(e, Effect::Pin(_))), "where it was");
    room.msg(Msg::LinkDown);
    room.take_effects();
    room.msg(heard(key, "东厅", &[AWAY]));
    assert_eq!(
        room.take_effects(),
        [Effect::CallAt { place: url(AWAY) }, Effect::Connect { after: 0 }],
        "it does not wait to try a place that it has not tried"
    );
    room.greet();
    room.welcome(MEETING);
    room.topics();
    let pin = own(&room);
    assert!(room.take_effects().contains(&Effect::Pin(pin)), "the new address is kept");
    // Again lost, what was heard comes first, then where it was.
    room.msg(Msg::LinkDown);
    assert_eq!(called(&room.take_effects()), Vec::<String>::new(), "the same place again");
    room.msg(heard(key, "东厅", &[HOME]));
    room.take_effects();
    let mut turns = Vec::new();
    for _ in 0..4 {
        room.msg(Msg::LinkDown);
        turns.extend(called(&room.take_effects()));
    }
    assert!(turns.contains(&url(HOME)) && turns.contains(&url(AWAY)), "{turns:?}");
}

#[test]
fn who_shouts_many_addresses_does_not_keep_it_from_calling() {
    let mut room = at_home();
    let key = room.server.key();
    room.msg(Msg::LinkDown);
    room.take_effects();
    let mut hurried = 0;
    for n in 0..200 {
        room.msg(heard(key, "东厅", &[&format!("10.1.{n}.1:8480")]));
        hurried += connects(&room.take_effects());
    }
    assert!((1..=8).contains(&hurried), "{hurried}");
    // And what is under way is not given up for it.
    room.msg(Msg::LinkUp(hemicycle_terminal::seat::Channel::Within));
    room.msg(heard(key, "东厅", &["10.2.0.1:8480"]));
    assert_eq!(room.take_effects(), []);
    assert!(matches!(room.seat.contact, Contact::Greeting { .. }));
}

#[test]
fn rooms_of_the_same_name_are_told_apart_by_their_codes() {
    let mut room = lost();
    let key = room.server.key();
    room.msg(heard(key, "东厅", &[HOME]));
    // The same server by another interface is no other room.
    room.msg(heard(key, "东厅", &["172.16.0.1:8480"]));
    assert_eq!((rooms(&room).rows.len(), rooms(&room).warning.as_str()), (1, ""));
    room.msg(heard(OTHER, "东厅", &[AWAY]));
    let list = rooms(&room);
    assert!(list.warning.contains("同名"), "{}", list.warning);
    assert!(list.rows.iter().all(|row| row.alike));
    let codes: Vec<_> = list.rows.iter().map(|row| row.code.clone()).collect();
    assert!(codes.iter().any(|code| code.contains(&key.short())), "{codes:?}");
    assert!(codes.iter().any(|code| code.contains(&OTHER.short())), "{codes:?}");
    assert_ne!(list.rows[0].action, list.rows[1].action);
}

#[test]
fn a_namesake_with_another_key_is_not_called() {
    let mut room = at_home();
    room.take_effects();
    room.msg(heard(OTHER, "东厅", &[AWAY]));
    for _ in 0..4 {
        room.msg(Msg::LinkDown);
    }
    let effects = room.take_effects();
    assert_eq!(called(&effects), Vec::<String>::new(), "only where its own server was");
    let shown = message(&room);
    assert_eq!(shown.title, "同名会议室，身份不同");
    assert_eq!(shown.code, OTHER.short());
    assert!(shown.code_label.contains(&room.server.key().short()), "{}", shown.code_label);
    assert!(shown.hint.contains("--forget-server"), "{}", shown.hint);
    // Its own server is there too: no alarm, only patience.
    let key = room.server.key();
    room.msg(heard(key, "东厅", &[HOME]));
    assert_eq!(message(&room).title, "找不到“东厅”的服务器");
    room.connect();
    assert_eq!(room.page_name(), "standby");
}

#[test]
fn a_server_of_another_version_cannot_be_picked() {
    let mut room = lost();
    let Msg::Heard(mut strange) = heard(OTHER, "东厅", &[AWAY]) else { unreachable!() };
    strange.said.protocol = 9;
    room.msg(Msg::Heard(strange));
    let row = rooms(&room).rows.remove(0);
    assert!(!row.action.enabled);
    room.touch(row.action.touch);
    assert_eq!(room.take_effects(), []);
}

#[test]
fn a_room_asked_for_by_name_is_picked_only_where_it_is_the_only_one() {
    let mut room = searching(None, None, Some("东厅"));
    let key = room.server.key();
    room.msg(heard(key, "东厅", &[HOME]));
    room.msg(heard(Hex([1; 32]), "西厅", &[AWAY]));
    assert_eq!(room.take_effects(), [], "another one may be heard in a moment");
    let at = room.seat.wake_at();
    room.wait(at.0 - room.now);
    assert_eq!(called(&room.take_effects()), [url(HOME)]);

    let mut room = searching(None, None, Some("东厅"));
    room.msg(heard(key, "东厅", &[HOME]));
    room.wait(1000);
    room.msg(heard(OTHER, "东厅", &[AWAY]));
    room.wait(60_000);
    assert_eq!(room.take_effects(), [], "that is for a technician");
    assert_eq!(rooms(&room).rows.len(), 2);
}

#[test]
fn a_flood_of_announcements_is_bounded_and_does_not_hide_its_own_server() {
    let mut room = at_home();
    let key = room.server.key();
    for n in 0..500u16 {
        let mut stranger = [7; 32];
        stranger[..2].copy_from_slice(&n.to_be_bytes());
        room.msg(heard(Hex(stranger), "东厅", &[AWAY]));
    }
    let found = room.seat.finding.as_ref().unwrap().found();
    assert!(found.len() <= 64, "{}", found.len());
    room.msg(Msg::LinkDown);
    room.take_effects();
    room.msg(heard(key, "东厅", &["10.0.0.77:8480"]));
    assert_eq!(called(&room.take_effects()), [url("10.0.0.77:8480")]);
}
