//! One whole sitting, its phases, and the step that is offered at each.

use crate::room::*;
use hemicycle_meeting::{Actor, Viewer};
use hemicycle_protocol::ids::{ItemId, MemberId, SeatId, VoteId};
use hemicycle_protocol::refusal::Code;
use hemicycle_protocol::topic::{ItemState, Phase, Screen, Step, VoteState};
use hemicycle_protocol::vote::{Outcome, Verdict};
use hemicycle_protocol::wire::Command;

/// The command of a step that needs no more than the step says.
pub fn command_of(step: &Step) -> Command {
    match *step {
        Step::OpenSignIn => Command::OpenSignIn,
        Step::OpenMeeting => Command::OpenMeeting,
        Step::StartItem { item } => Command::StartItem { item },
        Step::OpenVote { vote } => Command::OpenVote { vote },
        Step::ResumeVote { vote } => Command::ResumeVote { vote },
        Step::CloseVote { vote } => Command::CloseVote { vote },
        Step::NameScrutineers => {
            Command::NameScrutineers { members: vec![MemberId(2)], threshold: 1 }
        }
        Step::BreakTie { vote } => Command::BreakTie { vote, adopted: true },
        Step::DeclareVote { vote } => Command::DeclareVote { vote },
        Step::FinishItem { item } => Command::FinishItem { item },
        Step::ResumeMeeting => Command::ResumeMeeting,
        Step::CloseMeeting => Command::CloseMeeting,
    }
}

#[test]
fn a_sitting_from_sign_in_to_the_end_by_pressing_what_is_offered() {
    let mut room = Room::of(31, 5);
    let items: Vec<ItemId> = ["决定", "报告", "预算"].map(|t| room.add_item(t)).into();
    let spec = motion("批准预算调整方案的决议");
    room.clerk(Command::AddVote { item: items[0], spec: motion("修正案") });
    room.clerk(Command::AddVote { item: items[0], spec: motion("决定") });
    room.clerk(Command::AddVote { item: items[2], spec });

    let mut course = Vec::new();
    loop {
        // With nobody here there is no next step: members must come.
        if room.next().steps.is_empty() && room.state.phase() == Phase::SignIn {
            (1..=28).for_each(|seat| room.sign_in(seat));
            assert_eq!(room.attendance().present, 28);
        }
        let Some(step) = room.next().steps.first().cloned() else { break };
        room.clerk(command_of(&step));
        if let Step::OpenVote { vote } = step {
            (1..=20).for_each(|seat| room.cast(seat, vote, For));
            (21..=26).for_each(|seat| room.cast(seat, vote, Against));
            room.cast(27, vote, Abstain);
        }
        course.push(step);
    }
    let [one, two, three] = [1, 2, 3].map(VoteId);
    assert_eq!(
        course,
        [
            Step::OpenSignIn,
            Step::OpenMeeting,
            Step::StartItem { item: items[0] },
            Step::OpenVote { vote: one },
            Step::CloseVote { vote: one },
            Step::DeclareVote { vote: one },
            Step::OpenVote { vote: two },
            Step::CloseVote { vote: two },
            Step::DeclareVote { vote: two },
            Step::StartItem { item: items[1] },
            Step::StartItem { item: items[2] },
            Step::OpenVote { vote: three },
            Step::CloseVote { vote: three },
            Step::DeclareVote { vote: three },
            Step::FinishItem { item: items[2] },
            Step::CloseMeeting,
        ]
    );
    let votes = room.votes(Viewer::Hall).votes;
    assert_eq!(votes.len(), 3);
    for vote in votes {
        assert_eq!(vote.state, VoteState::Declared);
        assert_eq!(vote.unpressed, Some(1));
        assert_eq!(vote.verdict, Some(Verdict::Motion { outcome: Outcome::Adopted }));
    }
    assert!(room.agenda().items.iter().all(|i| i.state == ItemState::Done));
}

#[test]
fn the_hall_follows_the_meeting() {
    let mut room = Room::of(5, 1);
    let item = room.add_item("决定");
    let check = |room: &Room, screen: Screen| assert_eq!(room.display().show, screen);
    check(&room, Screen::Welcome);
    room.clerk(Command::OpenSignIn);
    check(&room, Screen::SignIn);
    (1..=4).for_each(|seat| room.sign_in(seat));
    room.sign_in(6);
    room.clerk(Command::OpenMeeting);
    check(&room, Screen::Welcome);
    room.clerk(Command::StartItem { item });
    check(&room, Screen::Item { item });
    room.clerk(Command::GiveFloor { member: member(6), seconds: Some(300) });
    check(&room, Screen::Speaker);
    let vote = room.open(motion("决定"));
    check(&room, Screen::Vote);
    room.close(vote);
    room.clerk(Command::DeclareVote { vote });
    // Whoever spoke before does not push the result away, who speaks after does.
    check(&room, Screen::Vote);
    room.clerk(Command::EndFloor);
    check(&room, Screen::Vote);
    room.clerk(Command::GiveFloor { member: member(2), seconds: None });
    check(&room, Screen::Speaker);
    room.clerk(Command::EndFloor);
    room.clerk(Command::FinishItem { item });
    check(&room, Screen::Welcome);
    room.clerk(Command::AdjournMeeting);
    check(&room, Screen::Pause { text: String::new() });
    room.clerk(Command::ResumeMeeting);
    room.clerk(Command::CloseMeeting);
    check(&room, Screen::Welcome);
}

#[test]
fn nothing_opens_without_a_quorum() {
    let mut room = Room::of(31, 2);
    room.clerk(Command::OpenSignIn);
    (1..=15).for_each(|seat| room.sign_in(seat));
    [32, 33].into_iter().for_each(|seat| room.sign_in(seat));
    assert!(!room.attendance().has_quorum, "attendees are no quorum");
    room.clerk_refused(Command::OpenMeeting, Code::NoQuorum);
    room.sign_in(16);
    room.clerk(Command::OpenMeeting);
    room.add_item("决定");
    let vote = room.add_vote(motion("决定"));
    room.seat(16, Command::Leave);
    room.clerk_refused(Command::OpenVote { vote }, Code::NoQuorum);
    assert!(!room.next().steps.contains(&Step::OpenVote { vote }));
    room.sign_in(16);
    room.clerk(Command::OpenVote { vote });
}

#[test]
fn each_phase_lets_through_what_belongs_to_it() {
    let commands = || {
        [
            ("open_sign_in", Command::OpenSignIn),
            ("open_meeting", Command::OpenMeeting),
            ("adjourn", Command::AdjournMeeting),
            ("resume", Command::ResumeMeeting),
            ("close", Command::CloseMeeting),
            ("start_item", Command::StartItem { item: ItemId(1) }),
            ("open_vote", Command::OpenVote { vote: VoteId(1) }),
            ("roster", Command::ImportRoster { people: rows(6, 0), layout: vec![] }),
            ("set_meeting", meeting("会议")),
        ]
    };
    let check = |phase: Phase, allowed: &[&str]| {
        for (name, command) in commands() {
            let mut room = Room::of(5, 0);
            room.add_item("决定");
            room.add_vote(motion("决定"));
            if phase != Phase::Preparing {
                room.clerk(Command::OpenSignIn);
                (1..=4).for_each(|seat| room.sign_in(seat));
            }
            if matches!(phase, Phase::InSession | Phase::Adjourned | Phase::Closed) {
                room.clerk(Command::OpenMeeting);
            }
            match phase {
                Phase::Adjourned => drop(room.clerk(Command::AdjournMeeting)),
                Phase::Closed => drop(room.clerk(Command::CloseMeeting)),
                Phase::Preparing | Phase::SignIn | Phase::InSession => {}
            }
            assert_eq!(room.state.phase(), phase);
            let answer = room.ask(Room::as_clerk(), &command);
            match answer {
                Ok(_) => assert!(allowed.contains(&name), "{phase:?} lets {name} through"),
                Err(refusal) => {
                    assert!(!allowed.contains(&name), "{phase:?} refuses {name}: {refusal}");
                    assert_eq!(refusal.code, Code::WrongPhase, "{phase:?} {name}");
                }
            }
        }
    };
    check(Phase::Preparing, &["open_sign_in", "roster", "set_meeting"]);
    check(Phase::SignIn, &["open_meeting", "close", "roster", "set_meeting"]);
    check(Phase::InSession, &["adjourn", "close", "start_item", "open_vote", "set_meeting"]);
    check(Phase::Adjourned, &["resume", "close", "set_meeting"]);
    check(Phase::Closed, &[]);
}

#[test]
fn the_meeting_does_not_go_on_over_a_vote_that_is_not_settled() {
    let mut room = Room::in_session(5, 1..=4);
    let other = room.add_item("别的");
    let vote = room.open(motion("决定"));
    let second = room.add_vote(motion("另一件"));
    let in_the_way = [
        Command::AdjournMeeting,
        Command::CloseMeeting,
        Command::StartItem { item: other },
        Command::FinishItem { item: ItemId(1) },
        Command::OpenVote { vote: second },
    ];
    for command in in_the_way.clone() {
        room.clerk_refused(command, Code::AnotherVoteOpen);
    }
    room.close(vote);
    for command in in_the_way {
        room.clerk_refused(command, Code::AnotherVoteOpen);
    }
    room.clerk(Command::AnnulVote { vote, reason: "终端故障".into() });
    room.clerk(Command::OpenVote { vote: second });
}

#[test]
fn opening_a_vote_turns_to_its_item() {
    let mut room = Room::in_session(5, 1..=4);
    let other = room.add_item("预算");
    let vote =
        VoteId(room.clerk(Command::AddVote { item: other, spec: motion("预算") }).made.unwrap());
    room.clerk(Command::OpenVote { vote });
    let states: Vec<ItemState> = room.agenda().items.iter().map(|i| i.state).collect();
    assert_eq!(states, [ItemState::Done, ItemState::Current]);
}

#[test]
fn the_chair_leads_from_the_seat_and_nobody_else_does() {
    let mut room = Room::of(5, 1);
    let item = room.add_item("决定");
    let vote = room.add_vote(motion("决定"));
    room.seat_refused(2, Command::OpenSignIn, Code::NotAllowed);
    room.seat(1, Command::OpenSignIn);
    (1..=4).for_each(|seat| room.sign_in(seat));
    room.seat(1, Command::OpenMeeting);
    room.seat(1, Command::StartItem { item });
    room.seat(1, Command::OpenVote { vote });
    room.seat_refused(2, Command::CloseVote { vote }, Code::NotAllowed);
    room.seat(1, Command::PauseVote { vote });
    room.seat(1, Command::ResumeVote { vote });
    room.seat(1, Command::ExtendVote { vote, seconds: 60 });
    room.seat(1, Command::CloseVote { vote });
    room.seat(1, Command::DeclareVote { vote });
    room.seat(1, Command::Show { screen: Some(Screen::Welcome) });
    // What is the clerk's stays the clerk's.
    for command in [
        Command::CloseMeeting,
        Command::AnnulVote { vote, reason: "错".into() },
        Command::RemoveItem { item },
        Command::MarkLeft { member: member(2) },
        Command::SetLeave { member: member(5), reason: "病假".into() },
        Command::ReleaseSeat { seat: SeatId(2) },
    ] {
        room.seat_refused(1, command, Code::NotAllowed);
    }
    // And what is a seat's is neither the clerk's nor the server's.
    room.clerk_refused(casting(vote, ballot(For)), Code::NotAllowed);
    room.refused(Actor::Server, Command::OpenSignIn, Code::NotAllowed);
    room.refused(Actor::Server, Command::Leave, Code::NotAllowed);
}

#[test]
fn a_terminal_speaks_for_the_seat_it_has_now_and_no_other() {
    let mut room = Room::of(5, 0);
    room.clerk(Command::OpenSignIn);
    room.clerk(Command::ReleaseSeat { seat: SeatId(2) });
    room.seat_refused(2, Command::CallService { service: SERVICE }, Code::NoSeat);
    room.clerk(Command::AssignSeat { terminal: key(99), seat: SeatId(2) });
    room.seat_refused(2, Command::Leave, Code::NoSeat);
    let actor = Actor::Seat { seat: SeatId(2), terminal: key(99) };
    let sign_in = Command::SignIn { signature: Default::default(), pin: None, drawing: None };
    assert!(room.ask(actor, &sign_in).is_ok());
    // Nobody sits there any more.
    let mut room = Room::of(5, 1);
    room.clerk(Command::ImportRoster { people: rows(5, 0), layout: vec![] });
    room.seat_refused(6, Command::AskToSpeak, Code::SeatEmpty);
}

const SERVICE: hemicycle_protocol::topic::Service = hemicycle_protocol::topic::Service::Tea;

pub fn meeting(title: &str) -> Command {
    Command::SetMeeting {
        title: title.into(),
        body: String::new(),
        place: String::new(),
        starts_at: "2026-08-26T09:00".into(),
    }
}
