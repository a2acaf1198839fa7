//! A whole sitting against the real program, and the refusals on the way.

use crate::kit::*;
use hemicycle_protocol::identity::verify;
use hemicycle_protocol::ids::*;
use hemicycle_protocol::refusal::Code;
use hemicycle_protocol::topic::{Phase, Topic, TopicName, Vote, VoteState};
use hemicycle_protocol::vote::{Choice, Count, Outcome, Tally, Verdict};
use hemicycle_protocol::wire::{Answer, Command};

#[tokio::test(flavor = "multi_thread")]
async fn from_sign_in_to_the_declared_result() {
    let dir = tempfile::tempdir().unwrap();
    let mut server = Process::start(&dir.path().join("room"));
    let cookie = login(server.addr).await;
    let mut clerk = Client::console(server.addr, &cookie).await;
    let mut hall = Client::hall(server.addr, &server.hall_token).await;
    let (item, vote) = prepare(&mut clerk, 7, 1).await;

    let mut seats = Vec::new();
    for seat in 1..=8 {
        let mut client = Client::seat(server.addr, seat).await;
        let me = client.seated().await;
        assert_eq!((me.seat, me.signed_in), (Some(SeatId(seat)), false));
        seats.push(client);
    }
    // Seat 6 is on leave, seat 7 does not come, the attendee does.
    let reason = "病假".to_owned();
    clerk.must(Command::SetLeave { member: MemberId(6), reason }).await;
    for seat in [1, 2, 3, 4, 5, 8] {
        let client = &mut seats[usize::from(seat) - 1];
        let command = client.sign_in_command(seat);
        client.must(command).await;
        client.me_until(|me| me.signed_in).await;
    }
    let command = seats[0].sign_in_command(1);
    assert_eq!(seats[0].refused(command).await, Code::AlreadySignedIn);
    for client in [&mut clerk, &mut hall, &mut seats[0]] {
        client
            .until(TopicName::Attendance, |t| {
                matches!(t, Topic::Attendance(a)
                    if (a.members, a.present, a.on_leave, a.missing, a.attendees) == (7, 5, 1, 1, 1)
                        && a.has_quorum && a.quorum == 4
                        && (0..8).all(|i| a.here.get(i) != [5, 6].contains(&i)))
            })
            .await;
    }

    clerk.must(Command::OpenMeeting).await;
    clerk.must(Command::StartItem { item }).await;
    // The chair leads from the seat; others may not.
    assert_eq!(seats[1].refused(Command::OpenVote { vote }).await, Code::NotAllowed);
    seats[0].must(Command::OpenVote { vote }).await;
    for client in &mut seats {
        client.vote_until(|v| v.id == vote && v.state == VoteState::Open).await;
    }
    // Ballots that cannot be: not on the roll, for somebody else, not signed.
    let late = seats[6].sign_in_command(7);
    seats[6].must(late).await;
    let cast = seats[6].cast_command(7, vote, Choice::For);
    assert_eq!(seats[6].refused(cast).await, Code::NotOnRoll);
    let cast = seats[7].cast_command(8, vote, Choice::For);
    assert_eq!(seats[7].refused(cast).await, Code::NotOnRoll);
    let cast = seats[5].cast_command(6, vote, Choice::For);
    assert_eq!(seats[5].refused(cast).await, Code::NotSignedIn);
    let forged = seats[1].cast_command(3, vote, Choice::Against);
    assert_eq!(seats[2].refused(forged).await, Code::NotAuthentic);

    let choices = [Choice::For, Choice::For, Choice::Against, Choice::For, Choice::For].into_iter();
    for (seat, choice) in (1..=5_u16).zip(choices) {
        let client = &mut seats[usize::from(seat) - 1];
        let cast = client.cast_command(seat, vote, choice);
        let done = client.must(cast.clone()).await;
        let signed = done.receipt.expect("a receipt");
        verify(&client.server, &signed.receipt, &signed.signature).unwrap();
        assert_eq!((signed.receipt.vote, signed.receipt.seat), (vote, SeatId(seat)));
        assert_eq!(signed.receipt.seq, done.seq);
        // The same ballot under another id: the same receipt. Another one: no.
        let again = client.must(cast).await;
        assert_eq!(again.receipt, Some(signed.clone()));
        let other = client.cast_command(seat, vote, Choice::Abstain);
        assert_eq!(client.refused(other).await, Code::AlreadyVoted);
        let me = client.me_until(|me| me.ballot.is_some()).await;
        let ballot = me.ballot.unwrap();
        assert_eq!((ballot.receipt, ballot.signature), (signed.receipt, signed.signature));
    }
    // Turnout is seen by all, the count before the end only by the clerk.
    let seen = hall.vote_until(|v| v.cast == 5).await;
    assert_eq!((seen.count, seen.by_name), (None, None));
    let seen = clerk.vote_until(|v| v.cast == 5).await;
    assert!(seen.count.is_some());

    clerk.must(Command::CloseVote { vote }).await;
    let cast = seats[3].cast_command(4, vote, Choice::Against);
    assert_eq!(seats[3].refused(cast).await, Code::AlreadyVoted);
    clerk.must(Command::DeclareVote { vote }).await;
    let tally = Tally { in_favour: 4, against: 1, abstain: 0 };
    for client in [&mut clerk, &mut hall, &mut seats[4]] {
        let end = client.vote_until(|v| v.state == VoteState::Declared).await;
        assert_eq!(end.count, Some(Count::Motion { tally }));
        assert_eq!(end.verdict, Some(Verdict::Motion { outcome: Outcome::Adopted }));
        assert_eq!((end.members, end.present, end.roll, end.unpressed), (7, 5, 5, Some(0)));
    }
    let hall_sees: Vec<_> = hall.topics.keys().copied().collect();
    for private in [TopicName::Me, TopicName::Devices, TopicName::Audit, TopicName::Next] {
        assert!(!hall_sees.contains(&private), "{private:?}");
    }
    assert_eq!(hall.refused(Command::CloseMeeting).await, Code::NotAllowed);
    clerk.must(Command::FinishItem { item }).await;
    clerk.must(Command::CloseMeeting).await;
    clerk
        .until(TopicName::Meeting, |t| matches!(t, Topic::Meeting(m) if m.phase == Phase::Closed))
        .await;
    assert!(server.terminate().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ballot_after_the_end_and_a_vote_that_runs_out() {
    let dir = tempfile::tempdir().unwrap();
    let running = running(dir.path()).await;
    let cookie = login(running.addr).await;
    let mut clerk = Client::console(running.addr, &cookie).await;
    let (item, first) = prepare(&mut clerk, 3, 0).await;
    let mut seats = signed_in(running.addr, 3).await;
    let cast = seats[0].cast_command(1, first, Choice::For);
    assert_eq!(seats[0].refused(cast).await, Code::VoteNotOpen);
    clerk.must(Command::OpenMeeting).await;
    clerk.must(Command::OpenVote { vote: first }).await;
    clerk.must(Command::CloseVote { vote: first }).await;
    let cast = seats[0].cast_command(1, first, Choice::For);
    assert_eq!(seats[0].refused(cast).await, Code::VoteNotOpen);
    clerk.must(Command::DeclareVote { vote: first }).await;

    let mut spec = motion("限时表决");
    spec.seconds = Some(1);
    let made = clerk.must(Command::AddVote { item, spec }).await.made.unwrap();
    let timed = VoteId(made);
    clerk.must(Command::OpenVote { vote: timed }).await;
    let open = seats[1].vote_until(|v| v.id == timed && v.state == VoteState::Open).await;
    assert!(open.ends_at.is_some());
    let cast = seats[1].cast_command(2, timed, Choice::Abstain);
    seats[1].must(cast).await;
    // Nobody closes it: the server does.
    let over = |v: &Vote| v.id == timed && v.state == VoteState::Closed;
    let closed = seats[2].vote_until(over).await;
    assert_eq!((closed.cast, closed.unpressed), (1, Some(2)));
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_command_again_gets_the_same_answer() {
    let dir = tempfile::tempdir().unwrap();
    let running = running(dir.path()).await;
    let cookie = login(running.addr).await;
    let mut clerk = Client::console(running.addr, &cookie).await;
    prepare(&mut clerk, 2, 0).await;
    let add = Command::AddItem {
        title: "二".into(),
        short: "二".into(),
        kind: hemicycle_protocol::topic::ItemKind::Report,
    };
    let id = new_id();
    clerk.put(id, add.clone()).await;
    let first = clerk.answer(id).await;
    assert!(matches!(&first, Answer::Ok(done) if done.made.is_some()), "{first:?}");
    // Twice at once and on another connection of the same clerk.
    let mut other = Client::console(running.addr, &cookie).await;
    for client in [&mut clerk, &mut other] {
        client.put(id, add.clone()).await;
        assert_eq!(client.answer(id).await, first);
    }
    let two = |t: &Topic| matches!(t, Topic::Agenda(a) if a.items.len() >= 2);
    let Topic::Agenda(agenda) = other.until(TopicName::Agenda, two).await else { panic!() };
    assert_eq!(agenda.items.len(), 2);
    // A refusal is an answer too, even when it would be another one by now.
    let refused_id = new_id();
    let open = Command::OpenVote { vote: VoteId(1) };
    clerk.put(refused_id, open.clone()).await;
    let refused = clerk.answer(refused_id).await;
    assert!(matches!(&refused, Answer::Refused(r) if r.code == Code::WrongPhase), "{refused:?}");
    clerk.put(refused_id, Command::AdjournMeeting).await;
    assert_eq!(clerk.answer(refused_id).await, refused);
    running.stop().await.unwrap();

    // What was done is remembered over a restart.
    let running = crate::kit::running(dir.path()).await;
    let mut clerk = Client::console(running.addr, &cookie).await;
    clerk.put(id, add).await;
    assert_eq!(clerk.answer(id).await, first);
    running.stop().await.unwrap();
}
