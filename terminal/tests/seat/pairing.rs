//! A terminal without a seat: the code that is compared, and what a terminal forgets
//! that loses its seat.

use crate::fake::*;
use hemicycle_protocol::identity::{Pairing, PairingCommitment, fingerprint};
use hemicycle_protocol::ids::{Hex, Nonce};
use hemicycle_protocol::topic::Me;
use hemicycle_protocol::wire::{Role, Up};
use hemicycle_terminal::screen::Page;
use hemicycle_terminal::seat::{Channel, Effect, Msg};

fn knocking() -> Room {
    let mut room = Room::silent();
    room.me = Me::default();
    room
}

fn message(room: &Room) -> hemicycle_terminal::screen::Message {
    match room.page() {
        Page::Message(message) => message,
        other => panic!("{other:?}"),
    }
}

fn opening(effects: &[Effect]) -> Option<Nonce> {
    effects.iter().find_map(|e| match e {
        Effect::Send(Up::Pair { opening }) => Some(*opening),
        _ => None,
    })
}

#[test]
fn the_code_is_made_of_what_was_promised_before_the_servers_part_came() {
    let mut codes = Vec::new();
    let mut room = knocking();
    for _ in 0..2 {
        room.take_effects();
        room.msg(Msg::LinkUp(Channel::Within));
        room.say_greeting(None);
        let hello = room.hello();
        let Role::Seat { commitment: Some(promised), .. } = hello.role else { panic!("a promise") };
        room.welcome(MEETING);
        assert_eq!(opening(&room.take_effects()), None, "not before the server has said no seat");
        room.topics();
        let opening = opening(&room.take_effects()).expect("opened");
        assert_eq!(fingerprint(&PairingCommitment { opening }), promised);
        let (server, terminal) = (room.server.key(), room.seat.key());
        let code = Pairing { server, terminal, nonce: Hex([6; 32]), opening }.code();
        assert_eq!(message(&room).code, code);
        assert!(message(&room).code_label.contains("东厅"));
        room.topics();
        assert_eq!(self::opening(&room.take_effects()), None, "once");
        codes.push(code);
        room.msg(Msg::LinkDown);
        assert_eq!(message(&room).code, "", "there is nothing to compare now");
    }
    assert_ne!(codes[0], codes[1]);
}

#[test]
fn a_refused_terminal_says_so() {
    let mut room = knocking();
    room.me.refused = true;
    room.connect();
    assert_eq!(message(&room).title, "本机未获批准");
    assert_eq!(message(&room).code, room.seat.key().short());
}

#[test]
fn a_terminal_that_loses_its_seat_forgets_what_it_could_see() {
    let mut room = Room::in_session();
    assert!(room.shown().contains("安平区"));
    room.take_effects();
    room.me = Me::default();
    room.topic(hemicycle_protocol::topic::Topic::Me(room.me.clone()));
    let effects = room.take_effects();
    assert!(effects.contains(&Effect::KeepPapers { hashes: vec![] }), "{effects:?}");
    assert!(!room.shown().contains("安平区"), "{}", room.shown());
    assert_eq!(message(&room).title, "等待分配座位");
}
