//! A client that does not read gets the latest values when it does, and
//! holds up nobody meanwhile.

use crate::kit::*;
use hemicycle_protocol::identity::Presence;
use hemicycle_protocol::ids::*;
use hemicycle_protocol::topic::{Have, Level, Topic, TopicName};
use hemicycle_protocol::wire::*;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_reader_skips_versions_and_delays_nobody() {
    let dir = tempfile::tempdir().unwrap();
    let running = running(dir.path()).await;
    let addr = running.addr;
    let cookie = login(addr).await;
    let mut clerk = Client::console(addr, &cookie).await;
    let mut slow = Client::console(addr, &cookie).await;
    let mut other = Client::console(addr, &cookie).await;
    // Rosters of a congress, far more of them than any buffer holds.
    const ROUNDS: u16 = 24;
    for round in 1..=ROUNDS {
        let mut people = rows(3_000, 0);
        people[0].name = format!("第{round}版");
        clerk.must(Command::ImportRoster { people, layout: Vec::new() }).await;
        let latest = |t: &Topic| matches!(t, Topic::Roll(r) if r.people.first().is_some_and(|p| p.name == format!("第{round}版")));
        other.until(TopicName::Roll, latest).await;
    }
    let text = "请入座".to_owned();
    clerk.must(Command::PostNotice { text, level: Level::Info }).await;
    // Now it reads: few of the versions, and the last one.
    let last = |t: &Topic| matches!(t, Topic::Roll(r) if r.people.first().is_some_and(|p| p.name == format!("第{ROUNDS}版")));
    slow.until(TopicName::Roll, last).await;
    slow.until(TopicName::Notice, |t| matches!(t, Topic::Notice(Some(_)))).await;
    let got = slow.received[&TopicName::Roll];
    assert!(got < usize::from(ROUNDS) / 2, "{got} of {ROUNDS} versions were queued");
    assert_eq!(other.received[&TopicName::Roll], usize::from(ROUNDS) + 1);
    running.stop().await.unwrap();
}

/// What a terminal remembers of a connection.
#[derive(Clone)]
struct Known {
    have: Have,
    meeting: Option<MeetingId>,
    run: Option<RunId>,
}

impl Known {
    fn of(seat: &Client) -> Self {
        let have = seat.topics.iter().map(|(name, (version, _))| (*name, *version)).collect();
        Self { have, meeting: Some(seat.meeting), run: seat.run }
    }

    /// Seat 2 comes back with it and is welcome.
    async fn come_back(self, addr: SocketAddr) -> WebSocketStream<TcpStream> {
        let mut socket = socket(addr, None).await;
        let (server, nonce) = greeting(&mut socket).await;
        let me = terminal(2);
        let presence = Presence { server, nonce, terminal: me.key(), binding: None };
        let role = Role::Seat {
            terminal: me.key(),
            signature: me.sign(&presence),
            wish: Some(SeatId(2)),
            commitment: None,
        };
        let Self { have, meeting, run } = self;
        let hello = Hello { have, meeting, run, ..hello_of(role, TopicName::ALL.to_vec()) };
        send(&mut socket, &Up::Hello(hello)).await;
        assert!(matches!(receive(&mut socket).await, Down::Welcome { .. }));
        socket
    }
}

/// The topics that come before the answer to a question that is asked at once.
async fn told_at_once(socket: &mut WebSocketStream<TcpStream>) -> BTreeSet<TopicName> {
    let id = new_id();
    send(socket, &Up::Command(Ask { id, command: Command::WithdrawSpeech })).await;
    let mut told = BTreeSet::new();
    loop {
        match receive(socket).await {
            Down::Topic(frame) => assert!(told.insert(frame.topic.name()), "said twice"),
            Down::Reply(reply) if reply.id == id => return told,
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_back_gets_only_what_is_newer() {
    let dir = tempfile::tempdir().unwrap();
    let running = running(dir.path()).await;
    let addr = running.addr;
    let cookie = login(addr).await;
    let mut clerk = Client::console(addr, &cookie).await;
    prepare(&mut clerk, 3, 0).await;
    let mut seat = Client::seat(addr, 2).await;
    seat.seated().await;
    // The last one of them that a seat gets.
    seat.until(TopicName::Scrutiny, |_| true).await;
    let known = Known::of(&seat);
    drop(seat);
    let text = "请入座".to_owned();
    clerk.must(Command::PostNotice { text, level: Level::Info }).await;
    clerk.until(TopicName::Notice, |t| matches!(t, Topic::Notice(Some(_)))).await;

    let mut socket = known.come_back(addr).await;
    match receive(&mut socket).await {
        Down::Topic(frame) => assert_eq!(frame.topic.name(), TopicName::Notice),
        other => panic!("{other:?}"),
    }
    // Nothing else: the next word is the answer to the next question.
    let id = new_id();
    send(&mut socket, &Up::Command(Ask { id, command: Command::WithdrawSpeech })).await;
    assert!(matches!(receive(&mut socket).await, Down::Reply(r) if r.id == id));
    // Watching less, then more again.
    send(&mut socket, &Up::Watch { topics: vec![TopicName::Agenda] }).await;
    send(&mut socket, &Up::Watch { topics: vec![TopicName::Agenda, TopicName::Meeting] }).await;
    match receive(&mut socket).await {
        Down::Topic(frame) => assert_eq!(frame.topic.name(), TopicName::Meeting),
        other => panic!("{other:?}"),
    }
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_restart_everything_is_told_anew() {
    let dir = tempfile::tempdir().unwrap();
    let first = running(dir.path()).await;
    let mut clerk = Client::console(first.addr, &login(first.addr).await).await;
    prepare(&mut clerk, 3, 0).await;
    let mut seat = Client::seat(first.addr, 2).await;
    seat.seated().await;
    seat.until(TopicName::Scrutiny, |_| true).await;
    let known = Known::of(&seat);
    let all: BTreeSet<_> = known.have.keys().copied().collect();
    assert!(known.run.is_some() && all.contains(&TopicName::Agenda), "{all:?}");
    drop((seat, clerk));
    let mut socket = known.clone().come_back(first.addr).await;
    assert_eq!(told_at_once(&mut socket).await, BTreeSet::new(), "the same run, nothing new");
    // A terminal that was never told of runs cannot say which one it means.
    let silent = Known { run: None, ..known.clone() };
    let mut socket = silent.come_back(first.addr).await;
    assert_eq!(told_at_once(&mut socket).await, all);
    drop(socket);
    first.stop().await.unwrap();

    let second = running(dir.path()).await;
    let mut seat = Client::seat(second.addr, 2).await;
    seat.seated().await;
    seat.until(TopicName::Scrutiny, |_| true).await;
    assert_eq!(Some(seat.meeting), known.meeting);
    assert_ne!(seat.run, known.run);
    drop(seat);
    let mut socket = known.come_back(second.addr).await;
    assert_eq!(told_at_once(&mut socket).await, all);
    drop(socket);
    second.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_is_told_to_everybody() {
    let dir = tempfile::tempdir().unwrap();
    let running = running(dir.path()).await;
    let mut clerk = Client::console(running.addr, &login(running.addr).await).await;
    let mut seat = Client::seat(running.addr, 1).await;
    running.stop().await.unwrap();
    for client in [&mut clerk, &mut seat] {
        let (code, close) = farewell(&mut client.socket).await;
        assert_eq!((code, close), (hemicycle_protocol::refusal::Code::Unavailable, Some(1001)));
    }
}
