//! kill -9 in the middle of a burst of ballots. Whatever was acknowledged is
//! there once; whatever was not can be sent again under its old id.

use crate::kit::*;
use hemicycle_protocol::ids::*;
use hemicycle_protocol::topic::VoteState;
use hemicycle_protocol::vote::{Choice, Count, Tally};
use hemicycle_protocol::wire::{Answer, Command, Done};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const SEATS: u16 = 60;

#[tokio::test(flavor = "multi_thread")]
async fn acknowledged_ballots_survive_kill_9_once() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("room");
    // The kill falls somewhere else each time.
    let mut server = Process::start(&data);
    let cookie = login(server.addr).await;
    let mut clerk = Client::console(server.addr, &cookie).await;
    let (_, vote) = prepare(&mut clerk, SEATS, 0).await;
    let mut seats = signed_in(server.addr, SEATS).await;
    clerk.must(Command::OpenMeeting).await;
    let open_id = new_id();
    clerk.put(open_id, Command::OpenVote { vote }).await;
    let opened = clerk.answer(open_id).await;
    for client in &mut seats {
        client.vote_until(|v| v.state == VoteState::Open).await;
    }

    // Everybody presses; the server dies when a third has its receipt.
    let acknowledged = Arc::new(AtomicUsize::new(0));
    let mut presses = Vec::new();
    for (seat, mut client) in (1..=SEATS).zip(seats) {
        let acknowledged = Arc::clone(&acknowledged);
        presses.push(tokio::spawn(async move {
            let id = new_id();
            let choice = Choice::ALL[usize::from(seat % 3)];
            let cast = client.cast_command(seat, vote, choice);
            // Spread over some commits.
            tokio::time::sleep(std::time::Duration::from_millis(u64::from(seat / 4))).await;
            client.try_put(id, cast.clone()).await;
            let answer = client.answer_or_end(id).await;
            if answer.is_some() {
                acknowledged.fetch_add(1, Ordering::SeqCst);
            }
            (seat, id, cast, answer)
        }));
    }
    while acknowledged.load(Ordering::SeqCst) < usize::from(SEATS) / 3 {
        tokio::task::yield_now().await;
    }
    server.kill();
    let mut before: BTreeMap<u16, (CommandId, Command, Option<Answer>)> = BTreeMap::new();
    for press in presses {
        let (seat, id, cast, answer) = press.await.unwrap();
        before.insert(seat, (id, cast, answer));
    }
    let sure = before.values().filter(|(_, _, answer)| answer.is_some()).count();
    assert!(sure >= usize::from(SEATS) / 3, "{sure}");

    // The meeting goes on where it was, without anybody signing in again.
    let server = Process::start(&data);
    let mut clerk = Client::console(server.addr, &cookie).await;
    let now = clerk.vote_until(|v| v.id == vote).await;
    assert_eq!(now.state, VoteState::Open);
    assert!(now.cast as usize >= sure, "{} of {sure} acknowledged are there", now.cast);
    // The clerk's own command, sent again.
    clerk.put(open_id, Command::OpenVote { vote }).await;
    assert_eq!(clerk.answer(open_id).await, opened);

    for seat in 1..=SEATS {
        let mut client = Client::seat(server.addr, seat).await;
        let me = client.seated().await;
        assert!(me.signed_in && me.may_vote, "seat {seat}: {me:?}");
        let (id, cast, answer) = before.remove(&seat).unwrap();
        if answer.is_some() {
            assert!(me.ballot.is_some(), "seat {seat} lost its ballot");
        }
        client.put(id, cast).await;
        let again = client.answer(id).await;
        match (answer, &again) {
            (Some(first), again) => assert_eq!(&first, again, "seat {seat}"),
            (None, Answer::Ok(Done { receipt: Some(_), .. })) => {}
            (None, other) => panic!("seat {seat}: {other:?}"),
        }
    }
    clerk.must(Command::CloseVote { vote }).await;
    let end = clerk.vote_until(|v| v.state == VoteState::Closed).await;
    let third = u32::from(SEATS) / 3;
    let tally = Tally { in_favour: third, against: third, abstain: third };
    assert_eq!(end.count, Some(Count::Motion { tally }));
    assert_eq!((end.cast, end.unpressed), (u32::from(SEATS), Some(0)));
}
