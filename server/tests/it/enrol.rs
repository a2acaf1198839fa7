//! Terminals come, are compared, get their seats, and are replaced in the middle of
//! a vote.

use crate::kit::*;
use hemicycle::Enrolment;
use hemicycle_protocol::identity::{
    Identity, Pairing, PairingCommitment, Presence, fingerprint, verify,
};
use hemicycle_protocol::ids::*;
use hemicycle_protocol::refusal::Code;
use hemicycle_protocol::topic::{Terminal, Topic, TopicName};
use hemicycle_protocol::vote::{Choice, Count, Tally};
use hemicycle_protocol::wire::*;
use std::net::SocketAddr;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;

const OPENING: Nonce = Hex([0x0e; 32]);

/// A terminal that knocks with a promise; the server's part of the code.
async fn knock(
    addr: SocketAddr,
    me: &Identity,
    opening: Nonce,
) -> (WebSocketStream<TcpStream>, Key, Nonce) {
    let mut socket = socket(addr, None).await;
    let (server, nonce) = greeting(&mut socket).await;
    let terminal = me.key();
    let signature = me.sign(&Presence { server, nonce, terminal, binding: None });
    let commitment = Some(fingerprint(&PairingCommitment { opening }));
    let role = Role::Seat { terminal, signature, wish: None, commitment };
    send(&mut socket, &Up::Hello(hello_of(role, TopicName::ALL.to_vec()))).await;
    let Down::Welcome { pairing: Some(nonce), .. } = receive(&mut socket).await else {
        panic!("no welcome with the server's part")
    };
    (socket, server, nonce)
}

async fn shown(clerk: &mut Client, terminal: Key, wanted: impl Fn(&Terminal) -> bool) -> Terminal {
    let find = |t: &Topic| match t {
        Topic::Devices(d) => {
            d.terminals.iter().find(|t| t.terminal == terminal && wanted(t)).cloned()
        }
        _ => None,
    };
    let topic = clerk.until(TopicName::Devices, |t| find(t).is_some()).await;
    find(&topic).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn both_sides_show_the_same_code_and_it_is_the_connections_own() {
    let dir = tempfile::tempdir().unwrap();
    let running = running_with(dir.path(), Enrolment::Ask).await;
    let addr = running.addr;
    let mut clerk = Client::console(addr, &login(addr).await).await;
    let me = Identity::from_secret(&[0x71; 32]);
    let terminal = me.key();
    let (mut first, server, nonce) = knock(addr, &me, OPENING).await;
    assert_eq!(shown(&mut clerk, terminal, |t| t.online).await.code, None, "not opened yet");
    send(&mut first, &Up::Pair { opening: OPENING }).await;
    let code = Pairing { server, terminal, nonce, opening: OPENING }.code();
    let seen = shown(&mut clerk, terminal, |t| t.code.is_some()).await;
    assert_eq!((seen.code, seen.seat, seen.refused), (Some(code.clone()), None, false));

    // The same terminal again: the server draws anew, and so the code is another one.
    let (mut again, _, other) = knock(addr, &me, OPENING).await;
    assert_ne!(other, nonce);
    send(&mut again, &Up::Pair { opening: OPENING }).await;
    let seen = shown(&mut clerk, terminal, |t| t.code.as_ref().is_some_and(|c| *c != code)).await;
    assert_eq!(
        seen.code,
        Some(Pairing { server, terminal, nonce: other, opening: OPENING }.code())
    );
    // Twice, or without a promise: out of order.
    send(&mut again, &Up::Pair { opening: OPENING }).await;
    assert_eq!(farewell(&mut again).await.0, Code::OutOfOrder);
    // What was not promised is no opening, and nobody is shown a code for it.
    let (mut liar, ..) = knock(addr, &me, OPENING).await;
    send(&mut liar, &Up::Pair { opening: Hex([0x0f; 32]) }).await;
    assert_eq!(farewell(&mut liar).await.0, Code::NotAuthentic);
    send(&mut clerk.socket, &Up::Pair { opening: OPENING }).await;
    assert_eq!(farewell(&mut clerk.socket).await.0, Code::NotAllowed);
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_is_replaced_in_the_middle_of_a_vote() {
    let dir = tempfile::tempdir().unwrap();
    let running = running_with(dir.path(), Enrolment::Ask).await;
    let addr = running.addr;
    let mut clerk = Client::console(addr, &login(addr).await).await;
    let (item, vote) = prepare(&mut clerk, 3, 0).await;
    let mut seats = Vec::new();
    for seat in 1..=3_u16 {
        let key = terminal(seat).key();
        clerk.must(Command::AssignSeat { terminal: key, seat: SeatId(seat) }).await;
        let mut client = Client::seat(addr, seat).await;
        client.seated().await;
        let command = client.sign_in_command(seat);
        client.must(command).await;
        seats.push(client);
    }
    clerk.must(Command::OpenMeeting).await;
    clerk.must(Command::StartItem { item }).await;
    clerk.must(Command::OpenVote { vote }).await;
    let cast = seats[1].cast_command(2, vote, Choice::For);
    let receipt = seats[1].must(cast).await.receipt.unwrap();

    // The spare one knocks, and sees nothing but itself.
    let spare = Identity::from_secret(&[0x72; 32]);
    let new = spare.key();
    let all = TopicName::ALL.to_vec();
    let mut spare = Client::seat_with(addr, spare, None, all).await;
    let me = spare.me_until(|_| true).await;
    assert_eq!((me.seat, me.person, spare.topics.len()), (None, None, 1));
    assert_eq!(spare.refused(Command::AskToSpeak).await, Code::NoSeat);
    clerk.must(Command::ReplaceTerminal { seat: SeatId(2), terminal: new }).await;

    // The old key opens nothing any more.
    assert_eq!(farewell(&mut seats[1].socket).await.0, Code::NoSeat);
    let mut old = Client::seat_with(addr, terminal(2), None, TopicName::ALL.to_vec()).await;
    let me = old.me_until(|_| true).await;
    assert_eq!((me.seat, old.topics.len()), (None, 1));
    let cast = old.cast_command(2, vote, Choice::Against);
    assert_eq!(old.refused(cast).await, Code::NoSeat);

    // The new one is where the old one was: signed in, the ballot cast, its receipt there.
    let me = spare.me_until(|me| me.ballot.is_some()).await;
    assert_eq!((me.seat, me.signed_in), (Some(SeatId(2)), true));
    let ballot = me.ballot.unwrap();
    assert_eq!(ballot.receipt, receipt.receipt);
    verify(&spare.server, &ballot.receipt, &ballot.signature).unwrap();
    let cast = spare.cast_command(2, vote, Choice::Against);
    assert_eq!(spare.refused(cast).await, Code::AlreadyVoted);

    // Refused, a terminal is told so; that of a seat loses it.
    clerk.must(Command::RefuseTerminal { terminal: terminal(2).key() }).await;
    old.me_until(|me| me.refused).await;
    clerk.must(Command::RefuseTerminal { terminal: terminal(3).key() }).await;
    assert_eq!(farewell(&mut seats[2].socket).await.0, Code::NoSeat);
    // Two change places, and go on where they are.
    clerk.must(Command::SwapSeats { one: SeatId(1), other: SeatId(2) }).await;
    spare.me_until(|me| me.seat == Some(SeatId(1)) && me.ballot.is_none()).await;
    seats[0].me_until(|me| me.seat == Some(SeatId(2)) && me.ballot.is_some()).await;
    clerk.must(Command::CloseVote { vote }).await;
    let closed = clerk.vote_until(|v| v.count.is_some()).await;
    let tally = Tally { in_favour: 1, against: 0, abstain: 0 };
    assert_eq!(closed.count, Some(Count::Motion { tally }));
    running.stop().await.unwrap();
    // Whose key a seat had when is in the log, and holds.
    let running = running_with(dir.path(), Enrolment::Ask).await;
    let mut clerk = Client::console(running.addr, &login(running.addr).await).await;
    let seen = shown(&mut clerk, new, |_| true).await;
    assert_eq!(seen.seat, Some(SeatId(1)));
    let refused = Client::seat_with(running.addr, terminal(3), None, vec![TopicName::Me]);
    refused.await.me_until(|me| me.refused).await;
    running.stop().await.unwrap();
}
