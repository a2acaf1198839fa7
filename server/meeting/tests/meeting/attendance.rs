//! Signing in, leave, leaving, coming late.

use crate::room::*;
use hemicycle_meeting::Viewer;
use hemicycle_protocol::refusal::Code;
use hemicycle_protocol::wire::Command;

fn sign_in() -> Command {
    Command::SignIn { signature: Default::default(), pin: None, drawing: None }
}

#[test]
fn the_numbers_add_up() {
    let mut room = Room::of(31, 5);
    room.clerk(Command::OpenSignIn);
    (1..=26).for_each(|seat| room.sign_in(seat));
    (32..=34).for_each(|seat| room.sign_in(seat));
    room.clerk(Command::SetLeave { member: member(30), reason: "病假".into() });
    room.clerk(Command::SetLeave { member: member(35), reason: "公务".into() });
    let seen = room.attendance();
    assert_eq!(
        (seen.members, seen.present, seen.on_leave, seen.missing, seen.attendees),
        (31, 26, 1, 4, 3)
    );
    assert_eq!((seen.quorum, seen.has_quorum), (16, true));
    assert!(seen.here.get(25) && !seen.here.get(26) && seen.here.get(31));
    assert!(seen.leave.get(29) && seen.leave.get(34));
    // Whoever leaves is missing, not on leave; whoever comes after all is here.
    room.seat(1, Command::Leave);
    room.sign_in(30);
    let seen = room.attendance();
    assert_eq!((seen.present, seen.on_leave, seen.missing), (26, 0, 5));
    assert!(!seen.here.get(0) && seen.here.get(29) && !seen.leave.get(29));
}

#[test]
fn sign_in_is_refused_in_words() {
    let mut room = Room::of(5, 1);
    room.seat_refused(2, sign_in(), Code::SignInClosed);
    room.clerk(Command::OpenSignIn);
    room.sign_in(2);
    room.seat_refused(2, sign_in(), Code::AlreadySignedIn);
    room.seat(2, Command::Leave);
    room.seat_refused(2, Command::Leave, Code::NotSignedIn);
    room.sign_in(2);
    let by_hand = |reason: &str| Command::SignInFor { member: member(3), reason: reason.into() };
    room.clerk_refused(by_hand(" "), Code::BadText);
    room.clerk(by_hand("终端故障"));
    room.clerk_refused(by_hand("终端故障"), Code::AlreadySignedIn);
    room.clerk_refused(
        Command::SignInFor { member: member(7), reason: "无此人".into() },
        Code::NotFound,
    );
    room.clerk(Command::MarkLeft { member: member(3) });
    room.clerk_refused(Command::MarkLeft { member: member(3) }, Code::NotSignedIn);
    room.clerk(Command::CloseMeeting);
    room.seat_refused(4, sign_in(), Code::SignInClosed);
}

#[test]
fn leave_is_set_with_a_reason_and_taken_back() {
    let mut room = Room::of(5, 0);
    let set = |reason: &str| Command::SetLeave { member: member(3), reason: reason.into() };
    room.clerk_refused(set(""), Code::BadText);
    room.clerk(set("病假"));
    assert!(room.me(3).on_leave);
    room.clerk_refused(set("病假"), Code::NoChange);
    room.clerk(set("事假"));
    room.clerk(Command::ClearLeave { member: member(3) });
    room.clerk_refused(Command::ClearLeave { member: member(3) }, Code::NoChange);
    assert!(!room.me(3).on_leave);
    room.clerk(Command::OpenSignIn);
    room.sign_in(3);
    room.clerk_refused(set("病假"), Code::AlreadySignedIn);
}

#[test]
fn late_sign_in_counts_from_the_next_vote() {
    let mut room = Room::in_session(5, 1..=3);
    let first = room.open(motion("一"));
    room.sign_in(4);
    assert!(!room.me(4).may_vote);
    room.seat_refused(4, casting(first, ballot(For)), Code::NotOnRoll);
    let seen = room.vote(Viewer::Hall).unwrap();
    assert_eq!((seen.present, seen.roll), (3, 3));
    room.close(first);
    room.clerk(Command::DeclareVote { vote: first });
    let second = room.open(motion("二"));
    assert!(room.me(4).may_vote);
    room.cast(4, second, For);
    let seen = room.vote(Viewer::Hall).unwrap();
    assert_eq!((seen.present, seen.roll, seen.cast), (4, 4, 1));
}

#[test]
fn leaving_counts_from_the_next_vote() {
    let mut room = Room::in_session(5, 1..=4);
    let first = room.open(motion("一"));
    room.seat(4, Command::Leave);
    room.seat_refused(4, casting(first, ballot(For)), Code::NotSignedIn);
    (1..=3).for_each(|seat| room.cast(seat, first, For));
    room.close(first);
    let seen = room.vote(Viewer::Hall).unwrap();
    assert_eq!((seen.present, seen.roll, seen.unpressed), (4, 4, Some(1)));
    room.clerk(Command::DeclareVote { vote: first });
    room.open(motion("二"));
    let seen = room.vote(Viewer::Hall).unwrap();
    assert_eq!((seen.present, seen.roll), (3, 3));
}

#[test]
fn whoever_comes_back_in_time_still_votes() {
    let mut room = Room::in_session(5, 1..=4);
    let vote = room.open(motion("一"));
    room.seat(4, Command::Leave);
    room.sign_in(4);
    room.cast(4, vote, Against);
}
