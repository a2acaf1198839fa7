//! Whom the terminal speaks to, and what it tells nobody else.

use crate::fake::*;
use hemicycle_protocol::identity::{Certificate, Identity};
use hemicycle_protocol::ids::{Hash, Hex};
use hemicycle_protocol::vote::Form;
use hemicycle_protocol::wire::{Up, VouchedCertificate};
use hemicycle_terminal::screen::Page;
use hemicycle_terminal::seat::{Channel, Effect, Msg, Pin};

const SHOWN: Hash = Hex([0xce; 32]);
const BINDING: Hash = Hex([0xb1; 32]);

fn vouched(by: &Identity, certificate: Hash) -> VouchedCertificate {
    let statement = Certificate { server: by.key(), certificate };
    VouchedCertificate { fingerprint: certificate, signature: by.sign(&statement) }
}

fn title(room: &Room) -> String {
    match room.page() {
        Page::Message(message) => message.title,
        other => panic!("{other:?}"),
    }
}

fn sent(effects: &[Effect]) -> usize {
    effects.iter().filter(|e| matches!(e, Effect::Send(_))).count()
}

#[test]
fn over_tls_the_server_vouches_for_what_the_connection_shows() {
    let mut room = Room::silent();
    room.take_effects();
    room.msg(Msg::LinkUp(Channel::Tls { certificate: SHOWN, binding: BINDING }));
    let certificate = vouched(&room.server, SHOWN);
    room.say_greeting(Some(certificate));
    // Signed for this connection, or `hello_bound_to` would not take it.
    room.hello_bound_to(Some(BINDING));
    room.welcome(MEETING);
    room.topics();
    assert_eq!(room.page_name(), "standby");
}

#[test]
fn somebody_who_stands_between_is_told_nothing() {
    let stranger = Identity::from_secret(&[98; 32]);
    let server = Room::silent().server;
    let other = Hex([0xcf; 32]);
    let forged = VouchedCertificate { fingerprint: SHOWN, ..vouched(&server, other) };
    for certificate in [
        None,
        // The server's word for its own certificate, relayed over another's connection.
        Some(vouched(&server, other)),
        Some(forged),
        Some(vouched(&stranger, SHOWN)),
    ] {
        let mut room = Room::silent();
        room.take_effects();
        room.msg(Msg::LinkUp(Channel::Tls { certificate: SHOWN, binding: BINDING }));
        room.say_greeting(certificate.clone());
        let effects = room.take_effects();
        assert_eq!(effects, [Effect::Hang], "{certificate:?}");
        assert_eq!(title(&room), "连接不可信");
        // Nor is a welcome taken from it.
        room.welcome(MEETING);
        room.topics();
        assert_eq!((title(&room).as_str(), sent(&room.take_effects())), ("连接不可信", 0));
        // It looks again later, and stays with what it said until then.
        room.msg(Msg::LinkDown);
        assert!(matches!(room.take_effects()[..], [Effect::Connect { after: 3000.. }]));
        room.msg(Msg::LinkUp(Channel::Tls { certificate: SHOWN, binding: BINDING }));
        assert_eq!(title(&room), "连接不可信");
        room.say_greeting(Some(vouched(&server, SHOWN)));
        room.welcome(MEETING);
        room.topics();
        assert_eq!(room.page_name(), "standby");
    }
}

#[test]
fn the_first_server_that_gives_a_seat_is_the_terminals_own() {
    let mut room = Room::silent();
    room.me.seat = None;
    room.me.person = None;
    room.connect();
    let pins = |effects: Vec<Effect>| -> Vec<Pin> {
        effects
            .into_iter()
            .filter_map(|e| if let Effect::Pin(p) = e { Some(p) } else { None })
            .collect()
    };
    assert_eq!(pins(room.take_effects()), [], "a seat makes the difference");
    room.me = me();
    room.topics();
    let pin = Pin { server: room.server.key(), room: "东厅".into() };
    assert_eq!(pins(room.take_effects()), std::slice::from_ref(&pin));
    room.topics();
    assert_eq!(pins(room.take_effects()), [], "once");

    // Started again, it knows its server.
    let mut room = Room::silent();
    room.seat.pin = Some(pin);
    let own = std::mem::replace(&mut room.server, Identity::from_secret(&[98; 32]));
    room.take_effects();
    room.greet();
    assert_eq!(room.take_effects(), [Effect::Hang]);
    let Page::Message(message) = room.page() else { panic!("{:?}", room.page()) };
    assert_eq!(message.title, "服务器身份已改变");
    assert_eq!(message.code, room.server.key().short(), "what a technician compares");
    assert!(message.code_label.contains("东厅"), "{}", message.code_label);
    room.msg(Msg::LinkDown);
    room.server = own;
    room.greet();
    room.hello();
    room.welcome(MEETING);
    room.topics();
    assert_eq!(room.page_name(), "standby");
}

#[test]
fn in_a_meeting_another_server_gets_nothing_and_takes_nothing_away() {
    let mut room = Room::voting(Form::Motion);
    let ask = room.cast();
    room.msg(Msg::LinkDown);
    let own = std::mem::replace(&mut room.server, Identity::from_secret(&[98; 32]));
    room.take_effects();
    room.greet();
    assert_eq!(room.take_effects(), [Effect::Hang]);
    assert_eq!(room.page_name(), "submitted", "what is open stays readable");
    assert!(room.banner().starts_with("连接不可信"), "{}", room.banner());
    room.welcome(MEETING);
    room.confirm(&ask);
    assert_eq!(room.take_effects(), [], "no ballot is sent to whoever answers there");
    room.msg(Msg::LinkDown);
    room.server = own;
    room.take_effects();
    room.greet();
    room.welcome(MEETING);
    let again = room.take_effects();
    let command = |e: &Effect| matches!(e, Effect::Send(Up::Command(a)) if a.id == ask.id);
    assert!(again.iter().any(command), "its own server is asked again: {again:?}");
}
