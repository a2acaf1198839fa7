//! Clients that break the rules are refused with a code or closed with a
//! reason, and nobody else notices.

use crate::kit::*;
use futures_util::SinkExt;
use hemicycle_protocol::identity::Presence;
use hemicycle_protocol::ids::*;
use hemicycle_protocol::refusal::Code;
use hemicycle_protocol::topic::TopicName;
use hemicycle_protocol::wire::*;
use std::net::SocketAddr;
use tokio_tungstenite::tungstenite::Message;

/// Sends frames as somebody who has not said hello; the reason for the end.
async fn stranger(addr: SocketAddr, frames: Vec<Message>) -> (Code, Option<u16>) {
    let mut socket = socket(addr, None).await;
    greeting(&mut socket).await;
    for frame in frames {
        let _ = socket.send(frame).await;
    }
    farewell(&mut socket).await
}

/// The same after a proper hello.
async fn guest(addr: SocketAddr, seat: u16, frames: Vec<Message>) -> (Code, Option<u16>) {
    let mut client = Client::seat(addr, seat).await;
    for frame in frames {
        let _ = client.socket.send(frame).await;
    }
    farewell(&mut client.socket).await
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_breaks_the_rules_is_told_and_closed() {
    let dir = tempfile::tempdir().unwrap();
    let running = running(dir.path()).await;
    let addr = running.addr;
    let cookie = login(addr).await;
    let mut clerk = Client::console(addr, &cookie).await;
    prepare(&mut clerk, 3, 0).await;
    let mut bystander = Client::seat(addr, 1).await;
    bystander.seated().await;

    let text = |t: &str| vec![Message::text(t.to_owned())];
    let big = "x".repeat(limits::TEXT_UP + 1);
    let command = write(&Up::Command(Ask { id: new_id(), command: Command::Leave }));
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    for (what, frames, code) in [
        ("not JSON", text("hello"), Code::Malformed),
        ("nothing", text(""), Code::Malformed),
        ("deep", text(&deep), Code::Malformed),
        ("unknown type", text("{\"type\":\"shout\"}"), Code::Malformed),
        ("binary", vec![Message::binary(vec![1, 2, 3])], Code::Malformed),
        ("too large", text(&big), Code::TooLarge),
        ("a command first", text(&command), Code::OutOfOrder),
        ("a watch first", text("{\"type\":\"watch\",\"topics\":[]}"), Code::OutOfOrder),
    ] {
        let (got, close) = stranger(addr, frames.clone()).await;
        assert_eq!(got, code, "stranger: {what}");
        assert_eq!(close, Some(if code == Code::TooLarge { 1009 } else { 1008 }), "{what}");
        if code != Code::OutOfOrder {
            assert_eq!(guest(addr, 2, frames).await.0, code, "guest: {what}");
        }
    }

    let id = new_id();
    for (what, frames, code) in [
        (
            "unknown command",
            text(&format!("{{\"type\":\"command\",\"id\":\"{id}\",\"command\":\"fly\"}}")),
            Code::Malformed,
        ),
        ("no id", text("{\"type\":\"command\",\"command\":\"leave\"}"), Code::Malformed),
        (
            "bent id",
            text("{\"type\":\"command\",\"id\":\"ABC\",\"command\":\"leave\"}"),
            Code::Malformed,
        ),
        ("unknown topic", text("{\"type\":\"watch\",\"topics\":[\"secrets\"]}"), Code::Malformed),
        (
            "hello again",
            text(&write(&Up::Hello(hello_of(Role::Console, Vec::new())))),
            Code::OutOfOrder,
        ),
    ] {
        assert_eq!(guest(addr, 2, frames).await.0, code, "{what}");
    }

    // Nobody else noticed.
    let command = bystander.sign_in_command(1);
    bystander.must(command).await;
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_not_who_he_says_stays_outside() {
    let dir = tempfile::tempdir().unwrap();
    let running = running(dir.path()).await;
    let addr = running.addr;
    let me = terminal(5);
    let key = me.key();

    let outside = async |role: Role, protocol: u16| {
        let mut socket = socket(addr, None).await;
        greeting(&mut socket).await;
        let hello = Hello { protocol, ..hello_of(role, TopicName::ALL.to_vec()) };
        send(&mut socket, &Up::Hello(hello)).await;
        farewell(&mut socket).await.0
    };
    let token = running.hall_word().to_string();
    let right = Role::Hall { token: token.clone() };
    assert_eq!(outside(right, VERSION + 1).await, Code::WrongVersion);
    let other = if token.starts_with('a') { "b" } else { "a" };
    let wrong = Role::Hall { token: format!("{other}{}", &token[1..]) };
    assert_eq!(outside(wrong, VERSION).await, Code::NotAuthentic);
    assert_eq!(outside(Role::Hall { token: String::new() }, VERSION).await, Code::NotAuthentic);
    assert_eq!(outside(Role::Console, VERSION).await, Code::NotAuthentic);
    // A presence for another connection's nonce.
    let stale =
        Presence { server: running.server, nonce: Hex([3; 32]), terminal: key, binding: None };
    let role =
        Role::Seat { terminal: key, signature: me.sign(&stale), wish: None, commitment: None };
    assert_eq!(outside(role, VERSION).await, Code::NotAuthentic);
    // A console with a cookie from elsewhere, or from another site's page.
    let cookie = login(addr).await;
    let mut forged = socket(addr, Some("hemicycle_session=00")).await;
    greeting(&mut forged).await;
    send(&mut forged, &Up::Hello(hello_of(Role::Console, Vec::new()))).await;
    assert_eq!(farewell(&mut forged).await.0, Code::NotAuthentic);
    let mut clerk = Client::console(addr, &cookie).await;
    clerk.must(Command::ImportRoster { people: rows(2, 0), layout: Vec::new() }).await;

    // A terminal without a seat sees nothing but that.
    let mut knocking = Client::seat_with(addr, terminal(77), None, TopicName::ALL.to_vec()).await;
    let seen = knocking.until(TopicName::Me, |_| true).await;
    assert_eq!(knocking.refused(Command::Leave).await, Code::NoSeat);
    let hash = Hex([1; 32]);
    knocking.send(&Up::Fetch { hash, offset: 0, length: 1 }).await;
    while knocking.no_blob.is_empty() {
        knocking.step().await;
    }
    assert_eq!(knocking.no_blob[0].1.code, Code::NoSeat);
    assert_eq!(knocking.topics.len(), 1, "{seen:?}");
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_is_slowed_and_then_closed() {
    let dir = tempfile::tempdir().unwrap();
    let running = running(dir.path()).await;
    let addr = running.addr;
    let cookie = login(addr).await;
    let mut clerk = Client::console(addr, &cookie).await;
    prepare(&mut clerk, 2, 0).await;
    let mut flood = Client::seat(addr, 2).await;
    flood.seated().await;
    for _ in 0..1_000 {
        flood.try_put(new_id(), Command::AskToSpeak).await;
    }
    let mut slowed = 0;
    let code = loop {
        match receive(&mut flood.socket).await {
            Down::Reply(Reply { answer: Answer::Refused(r), .. }) if r.code == Code::TooFast => {
                slowed += 1;
            }
            Down::Goodbye { refused } => break refused.code,
            Down::Reply(_) | Down::Topic(_) => {}
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(code, Code::TooFast);
    assert!(slowed > 0);
    // It may come back.
    let mut again = Client::seat(addr, 2).await;
    again.seated().await;
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_terminal_twice_ends_the_older_connection() {
    let dir = tempfile::tempdir().unwrap();
    let running = running(dir.path()).await;
    let cookie = login(running.addr).await;
    let mut clerk = Client::console(running.addr, &cookie).await;
    prepare(&mut clerk, 2, 0).await;
    let mut first = Client::seat(running.addr, 1).await;
    first.seated().await;
    let mut second = Client::seat(running.addr, 1).await;
    assert_eq!(farewell(&mut first.socket).await.0, Code::OutOfOrder);
    let command = second.sign_in_command(1);
    second.seated().await;
    second.must(command).await;
    running.stop().await.unwrap();
}
