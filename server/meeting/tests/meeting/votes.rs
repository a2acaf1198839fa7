//! Recorded votes on one question: ballots, clocks, results, ties, failures.

use crate::room::*;
use hemicycle_meeting::{Actor, Event, ServerCommand, Viewer};
use hemicycle_protocol::identity::{RecordedBallot, fingerprint};
use hemicycle_protocol::ids::{Hex, MemberId, Millis, SeatId};
use hemicycle_protocol::refusal::Code;
use hemicycle_protocol::topic::{CountedBy, Step, VoteState};
use hemicycle_protocol::vote::{Count, Outcome, Preset, Rule, Tally, Tie, Verdict};
use hemicycle_protocol::wire::{Command, VoteSpec};

fn outcome(room: &Room) -> Option<Outcome> {
    match room.vote(Viewer::Hall).unwrap().verdict {
        Some(Verdict::Motion { outcome }) => Some(outcome),
        None => None,
        other => panic!("{other:?}"),
    }
}

fn tally(in_favour: u32, against: u32, abstain: u32) -> Count {
    Count::Motion { tally: Tally { in_favour, against, abstain } }
}

/// A broken terminal in the middle of a vote: what the member did stays done, what
/// the old terminal knows is worth nothing.
#[test]
fn what_happened_at_a_seat_stays_when_its_terminal_is_replaced() {
    let mut room = Room::in_session(5, 1..=4);
    let vote = room.open(motion("决定"));
    room.cast(2, vote, For);
    let before = room.me(2);
    for seat in [2, 3] {
        let terminal = key(90 + seat);
        room.clerk(Command::ReplaceTerminal { seat: SeatId(seat), terminal });
        room.seat_refused(seat, casting(vote, ballot(Against)), Code::NoSeat);
        room.seat_refused(seat, Command::AskToSpeak, Code::NoSeat);
    }
    assert_eq!(room.me(2), before, "sign-in and receipt are the member's");
    assert!(before.signed_in && before.ballot.is_some());
    let new = |seat: u16| Actor::Seat { seat: SeatId(seat), terminal: key(90 + seat) };
    room.refused(new(2), casting(vote, ballot(Against)), Code::AlreadyVoted);
    assert!(room.ask(new(3), &casting(vote, ballot(Against))).is_ok());
    room.close(vote);
    assert_eq!(room.vote(Viewer::Hall).unwrap().count, Some(tally(1, 1, 0)));
}

/// members, here, Y, N, A → outcome and 未按
fn check(members: u16, here: u16, y: u16, n: u16, a: u16, adopted: bool) {
    let mut room = Room::in_session(members, 1..=here);
    room.careful = false;
    let vote = room.open(motion("决定"));
    let choices = [(For, y), (Against, n), (Abstain, a)];
    let all = choices.into_iter().flat_map(|(c, n)| std::iter::repeat_n(c, n.into()));
    for (seat, choice) in (1..).zip(all) {
        room.cast(seat, vote, choice);
    }
    room.close(vote);
    let seen = room.vote(Viewer::Hall).unwrap();
    assert_eq!(seen.count, Some(tally(y.into(), n.into(), a.into())));
    assert_eq!(seen.unpressed, Some(u32::from(here - y - n - a)));
    let want = if adopted { Outcome::Adopted } else { Outcome::NotAdopted };
    assert_eq!(outcome(&room), Some(want), "M={members} P={here} Y={y} N={n} A={a}");
}

#[test]
fn carried_by_more_than_half_of_all_members() {
    check(31, 28, 16, 12, 0, true);
    check(31, 28, 15, 8, 4, false);
    check(31, 28, 15, 0, 0, false);
    check(30, 28, 16, 0, 0, true);
    check(30, 28, 15, 0, 0, false);
    check(17, 17, 9, 8, 0, true);
    check(17, 17, 8, 0, 9, false);
}

#[test]
fn a_ballot_is_stored_once_and_answered_as_often_as_asked() {
    let mut room = Room::in_session(5, 1..=4);
    let vote = room.open(motion("决定"));
    room.now += 5;
    let first = room.seat(2, casting(vote, ballot(For)));
    assert_eq!(first.receipt, Some((vote, MemberId(2))));
    let receipt = room.state.receipt(vote, MemberId(2)).unwrap();
    assert_eq!((receipt.seq, receipt.at), (room.state.seq(), Millis(room.now)));
    let statement = RecordedBallot {
        meeting: Hex([1; 16]),
        vote,
        member: MemberId(2),
        seat: SeatId(2),
        ballot: ballot(For),
    };
    assert_eq!(receipt.ballot, fingerprint(&statement));

    let again = room.seat(2, casting(vote, ballot(For)));
    assert_eq!((again.events.len(), again.receipt), (0, first.receipt));
    room.seat_refused(2, casting(vote, ballot(Against)), Code::AlreadyVoted);
    room.close(vote);
    // The reply was lost, the vote is over: the receipt is still to be had.
    let late = room.seat(2, casting(vote, ballot(For)));
    assert_eq!((late.events.len(), late.receipt), (0, first.receipt));
    assert_eq!(room.state.receipt(vote, MemberId(2)), Some(receipt.clone()));
    assert_eq!(room.me(2).ballot.unwrap().receipt, receipt);
    assert_eq!(room.vote(Viewer::Hall).unwrap().count, Some(tally(1, 0, 0)));
}

#[test]
fn ballots_that_are_refused() {
    let mut room = Room::in_session(5, 1..=4);
    let vote = room.add_vote(motion("决定"));
    room.clerk(Command::Recuse { vote, member: member(4) });
    room.seat_refused(2, casting(vote, ballot(For)), Code::VoteNotOpen);
    room.clerk(Command::OpenVote { vote });
    room.seat_refused(5, casting(vote, ballot(For)), Code::NotSignedIn);
    room.seat_refused(4, casting(vote, ballot(For)), Code::NotOnRoll);
    room.sign_in(6);
    room.seat_refused(6, casting(vote, ballot(For)), Code::NotOnRoll);
    let other = hemicycle_protocol::vote::Ballot::Personnel { choices: vec![For] };
    room.seat_refused(2, casting(vote, other), Code::BadBallot);
    let nowhere = hemicycle_protocol::ids::VoteId(77);
    room.seat_refused(2, casting(nowhere, ballot(For)), Code::NotFound);
    room.clerk(Command::PauseVote { vote });
    room.seat_refused(2, casting(vote, ballot(For)), Code::VoteNotOpen);
    room.clerk(Command::ResumeVote { vote });
    room.cast(2, vote, For);
    room.close(vote);
    room.seat_refused(3, casting(vote, ballot(For)), Code::VoteNotOpen);
}

#[test]
fn the_clock_closes_a_vote() {
    let mut room = Room::in_session(5, 1..=4);
    let vote = room.open(VoteSpec { seconds: Some(60), ..motion("决定") });
    let end = room.now + 60_000;
    assert_eq!(room.state.next_deadline(), Some(Millis(end)));
    room.now = end - 1;
    room.cast(1, vote, For);
    assert_eq!(room.server(ServerCommand::Deadline).unwrap().events, []);
    room.now = end;
    // Time is up even before the clock's own word is in the log.
    room.seat_refused(2, casting(vote, ballot(For)), Code::VoteNotOpen);
    let closed = room.server(ServerCommand::Deadline).unwrap();
    assert!(matches!(closed.events.as_slice(), [Event::VoteClosed { timed_out: true, .. }]));
    assert_eq!(room.state.next_deadline(), None);
    assert_eq!(room.vote(Viewer::Hall).unwrap().unpressed, Some(3));
}

#[test]
fn time_is_extended_paused_and_resumed() {
    let mut room = Room::in_session(5, 1..=4);
    let vote = room.open(VoteSpec { seconds: Some(60), ..motion("决定") });
    let start = room.now;
    let clock = |room: &Room| {
        let seen = room.vote(Viewer::Seat(SeatId(2))).unwrap();
        (seen.ends_at.map(|m| m.0 - start), seen.seconds_left)
    };
    room.clerk(Command::ExtendVote { vote, seconds: 30 });
    assert_eq!(clock(&room), (Some(90_000), None));
    room.now += 10_500;
    room.clerk(Command::PauseVote { vote });
    assert_eq!(clock(&room), (None, Some(80)));
    assert_eq!(room.state.next_deadline(), None);
    room.clerk_refused(Command::PauseVote { vote }, Code::WrongState);
    room.clerk(Command::ExtendVote { vote, seconds: 20 });
    room.now += 500_000;
    room.clerk(Command::ResumeVote { vote });
    assert_eq!(clock(&room), (Some(10_500 + 500_000 + 100_000), None));
    room.clerk_refused(Command::ResumeVote { vote }, Code::WrongState);
    room.clerk_refused(Command::ExtendVote { vote, seconds: 0 }, Code::BadValue);
    let day = 24 * 3600;
    room.clerk_refused(Command::ExtendVote { vote, seconds: day }, Code::BadValue);
    room.close(vote);
    room.clerk_refused(Command::ExtendVote { vote, seconds: 30 }, Code::WrongState);
    // A vote without a clock gets one by being extended.
    room.clerk(Command::DeclareVote { vote });
    let vote = room.open(motion("另一件"));
    room.clerk(Command::ExtendVote { vote, seconds: 30 });
    assert_eq!(room.state.next_deadline(), Some(Millis(room.now + 30_000)));
}

#[test]
fn a_tie_goes_to_the_chair_where_the_rule_says_so() {
    for (adopted, want) in [(true, Outcome::Adopted), (false, Outcome::NotAdopted)] {
        let mut room = Room::in_session(5, 1..=4);
        let rule = Rule { tie: Tie::ChairDecides, ..Rule::preset(Preset::Simple) };
        let vote = room.open(VoteSpec { rule, ..motion("决定") });
        room.cast(1, vote, For);
        room.cast(2, vote, Against);
        room.close(vote);
        assert_eq!(outcome(&room), Some(Outcome::TiedForChair));
        assert_eq!(room.next().steps, [Step::BreakTie { vote }]);
        room.clerk_refused(Command::DeclareVote { vote }, Code::WrongState);
        room.seat_refused(2, Command::BreakTie { vote, adopted }, Code::NotAllowed);
        room.seat(1, Command::BreakTie { vote, adopted });
        assert_eq!(outcome(&room), Some(want));
        room.clerk_refused(Command::BreakTie { vote, adopted }, Code::WrongState);
        assert_eq!(room.vote(Viewer::Hall).unwrap().count, Some(tally(1, 1, 0)));
        room.clerk(Command::DeclareVote { vote });
    }
}

#[test]
fn a_tie_may_also_fail_or_be_voted_on_again() {
    for (tie, want) in [(Tie::Fails, Outcome::NotAdopted), (Tie::VoteAgain, Outcome::TiedVoteAgain)]
    {
        let mut room = Room::in_session(4, 1..=4);
        let rule = Rule { tie, ..Rule::preset(Preset::Committee) };
        let vote = room.open(VoteSpec { rule, ..motion("决定") });
        room.cast(1, vote, For);
        room.cast(2, vote, For);
        room.cast(3, vote, Abstain);
        room.close(vote);
        assert_eq!(outcome(&room), Some(want));
        room.clerk_refused(Command::BreakTie { vote, adopted: true }, Code::WrongState);
        room.clerk(Command::DeclareVote { vote });
    }
}

#[test]
fn recusal_takes_a_member_off_the_roll_and_the_base_where_the_meeting_says() {
    for (shrinks, figures) in [(false, (6, 5, 4)), (true, (4, 4, 4))] {
        let mut room = Room::of(6, 1);
        if shrinks {
            room.settings(|s| s.recusal_shrinks_base = true);
        }
        room.clerk(Command::OpenSignIn);
        (1..=5).for_each(|seat| room.sign_in(seat));
        room.clerk(Command::OpenMeeting);
        room.add_item("人事");
        let vote = room.add_vote(motion("任命"));
        // One who is here and one who is not; one more, taken back.
        for n in [5, 6, 2] {
            room.clerk(Command::Recuse { vote, member: member(n) });
        }
        room.clerk(Command::ClearRecusal { vote, member: member(2) });
        room.clerk_refused(Command::ClearRecusal { vote, member: member(2) }, Code::NoChange);
        room.clerk_refused(Command::Recuse { vote, member: member(5) }, Code::NoChange);
        room.clerk_refused(Command::Recuse { vote, member: member(7) }, Code::NotOnRoll);
        room.clerk_refused(Command::Recuse { vote, member: member(8) }, Code::NotFound);
        assert_eq!(room.votes(Viewer::Console).votes[0].recused, [member(5), member(6)]);
        room.clerk(Command::OpenVote { vote });
        let seen = room.vote(Viewer::Hall).unwrap();
        assert_eq!((seen.members, seen.present, seen.roll), figures);
        assert!(!room.me(5).may_vote && room.me(2).may_vote);
        room.clerk_refused(Command::Recuse { vote, member: member(2) }, Code::WrongState);
    }
}

#[test]
fn the_clerk_enters_a_ballot_where_a_terminal_fails() {
    let mut room = Room::in_session(5, 1..=4);
    let vote = room.open(motion("决定"));
    let enter = |n: u32, reason: &str| Command::CastFor {
        vote,
        member: member(n),
        ballot: ballot(Against),
        reason: reason.into(),
    };
    room.clerk_refused(enter(2, ""), Code::BadText);
    room.clerk(enter(2, "终端故障，当场举手"));
    room.clerk_refused(enter(2, "再一次"), Code::AlreadyVoted);
    room.seat_refused(2, casting(vote, ballot(For)), Code::AlreadyVoted);
    room.clerk_refused(enter(5, "缺席"), Code::NotOnRoll);
    room.clerk_refused(enter(9, "无此人"), Code::NotFound);
    room.clerk(Command::PauseVote { vote });
    room.clerk(enter(3, "暂停时补录"));
    room.close(vote);
    room.clerk_refused(enter(4, "太晚"), Code::VoteNotOpen);
    assert_eq!(room.vote(Viewer::Hall).unwrap().count, Some(tally(0, 2, 0)));
}

#[test]
fn a_count_by_hands_stands_in_for_the_terminals() {
    let mut room = Room::in_session(5, 1..=4);
    let enter = |vote, count, by| Command::EnterCount { vote, count, by, reason: "断电".into() };
    let vote = room.open(motion("决定"));
    room.cast(1, vote, For);
    room.clerk_refused(enter(vote, tally(3, 1, 0), CountedBy::Terminals), Code::BadValue);
    room.clerk_refused(enter(vote, tally(3, 2, 0), CountedBy::Hands), Code::BadValue);
    let wrong = Count::Personnel { tallies: vec![] };
    room.clerk_refused(enter(vote, wrong, CountedBy::Hands), Code::BadValue);
    room.clerk(enter(vote, tally(2, 1, 0), CountedBy::Hands));
    let seen = room.vote(Viewer::Console).unwrap();
    assert_eq!(seen.state, VoteState::Closed);
    assert_eq!((seen.cast, seen.unpressed, seen.by_name), (3, Some(1), None));
    assert_eq!((seen.counted_by, seen.reason.as_deref()), (CountedBy::Hands, Some("断电")));
    assert_eq!(outcome(&room), Some(Outcome::NotAdopted));
    // A slip of the pen is put right before it is declared.
    room.clerk(enter(vote, tally(3, 1, 0), CountedBy::PaperBallots));
    assert_eq!(outcome(&room), Some(Outcome::Adopted));
    room.clerk(Command::DeclareVote { vote });
    room.clerk_refused(enter(vote, tally(1, 1, 0), CountedBy::Hands), Code::WrongState);

    // Taken by hands from the beginning.
    let vote = room.add_vote(motion("另一件"));
    let done = room.clerk(enter(vote, tally(4, 0, 0), CountedBy::Hands));
    assert!(matches!(
        done.events.as_slice(),
        [Event::VoteOpened { .. }, Event::CountEntered { .. }]
    ));
    assert_eq!(room.vote(Viewer::Hall).unwrap().roll, 4);
    room.clerk(Command::DeclareVote { vote });

    // What the terminals finished is annulled, not written over.
    let vote = room.open(motion("第三件"));
    room.close(vote);
    room.clerk_refused(enter(vote, tally(4, 0, 0), CountedBy::Hands), Code::WrongState);
    room.clerk_refused(Command::AnnulVote { vote, reason: "".into() }, Code::BadText);
    room.clerk(Command::AnnulVote { vote, reason: "终端故障".into() });
    let seen = room.vote(Viewer::Console).unwrap();
    assert_eq!((seen.state, seen.count, seen.by_name), (VoteState::Annulled, None, None));
    assert_eq!(seen.reason.as_deref(), Some("终端故障"));
}

#[test]
fn a_vote_needs_somebody_on_its_roll() {
    let mut room = Room::in_session(3, 1..=2);
    let vote = room.add_vote(motion("决定"));
    for n in [1, 2] {
        room.clerk(Command::Recuse { vote, member: member(n) });
    }
    room.clerk_refused(Command::OpenVote { vote }, Code::NoQuorum);
}

#[test]
fn the_threshold_is_named_beforehand() {
    let mut room = Room::in_session(31, 1..=28);
    room.open(motion("决定"));
    assert_eq!(room.vote(Viewer::Hall).unwrap().threshold, Some(16));
}
