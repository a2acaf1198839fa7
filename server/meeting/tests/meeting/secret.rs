//! Secret votes as the meeting sees them: who keeps the key, who has cast, how
//! the sum is opened. Keys and proofs are the shell's; here it vouches for them.

use crate::room::*;
use hemicycle_meeting::state::secret::Part;
use hemicycle_meeting::{
    Actor, Context, SecretOpening, ServerCommand, Viewer, Vouched, decide, voters,
};
use hemicycle_protocol::ids::{Bytes, Hex, MemberId, Millis, VoteId};
use hemicycle_protocol::refusal::{Code, Refusal};
use hemicycle_protocol::topic::{
    Blob, Duty, KeyFault, Objected, Objection, RecordRef, Step, Topic, TopicName, Vote, VoteState,
};
use hemicycle_protocol::vote::{Ballot, Choice, Count, Method, Outcome, Tally, Verdict};
use hemicycle_protocol::wire::{Command, VoteSpec, limits};

const VOTE: VoteId = VoteId(1);

pub fn blob(byte: u8) -> Blob {
    Blob { hash: Hex([byte; 32]), bytes: Bytes(100) }
}

pub fn opening() -> Vouched {
    let (setup, registrations) = (blob(1), blob(3));
    Vouched::Opening(SecretOpening { slot: 0, setup, credentials: 5, registrations })
}

fn secret_motion() -> VoteSpec {
    VoteSpec { method: Method::Secret, ..motion("任命") }
}

pub fn sealed() -> Command {
    Command::CastSecret { vote: VOTE, ballot: "{}".into(), hints: String::new() }
}

fn part() -> Command {
    Command::OpenPart { vote: VOTE, live: None, partial: "{}".into(), second: "[]".into() }
}

/// Five members here, an item with a secret vote.
fn room() -> Room {
    let mut room = Room::in_session(5, 1..=5);
    room.add_vote(secret_motion());
    room
}

fn named() -> Room {
    let mut room = room();
    let members = vec![MemberId(2), MemberId(3), MemberId(4)];
    room.clerk(Command::NameScrutineers { members, threshold: 2 });
    room
}

/// So many members here, a secret vote, and these scrutineers with their key.
pub fn ready_with(members: u16, scrutineers: &[u32], threshold: u32) -> Room {
    let mut room = Room::in_session(members, 1..=members);
    room.add_vote(secret_motion());
    let members = scrutineers.iter().map(|member| MemberId(*member)).collect();
    room.clerk(Command::NameScrutineers { members, threshold });
    let made = ServerCommand::KeyMade { attempt: 1, item: "[]".into(), code: "WERC-8GMR".into() };
    room.server(made).unwrap();
    room
}

fn ready() -> Room {
    let mut room = named();
    let made = ServerCommand::KeyMade { attempt: 1, item: "[]".into(), code: "WERC-8GMR".into() };
    room.server(made).unwrap();
    room
}

fn open() -> Room {
    let mut room = ready();
    room.vouched(Room::as_clerk(), &Command::OpenVote { vote: VOTE }, opening()).unwrap();
    room
}

fn closed() -> Room {
    let mut room = open();
    for seat in [1, 2, 3] {
        room.vouched(Room::at(seat), &sealed(), Vouched::Ballot).unwrap();
    }
    room.clerk(Command::CloseVote { vote: VOTE });
    room.server(ServerCommand::Summed { vote: VOTE, archive: blob(2), hints: blob(3) }).unwrap();
    room
}

fn vote(room: &Room) -> Vote {
    room.vote(Viewer::Hall).unwrap()
}

fn duty(room: &Room, seat: u16) -> Option<Duty> {
    room.me(seat).duty.map(|duty| *duty)
}

fn code(answer: Result<impl Sized, Refusal>) -> Option<Code> {
    answer.err().map(|refusal| refusal.code)
}

#[test]
fn without_a_key_there_is_no_secret_vote() {
    let mut room = room();
    assert_eq!(room.next().steps.first(), Some(&Step::NameScrutineers));
    assert_eq!(code(voters(&room.state, VOTE)), Some(Code::SecretUnavailable));
    let asked = room.ask(Room::as_clerk(), &Command::OpenVote { vote: VOTE });
    assert_eq!(code(asked), Some(Code::SecretUnavailable));
}

#[test]
fn scrutineers_are_members_with_a_terminal_one_each() {
    let mut room = room();
    let mut name = |members: &[u32], threshold| {
        let members = members.iter().map(|m| MemberId(*m)).collect();
        code(room.ask(Room::as_clerk(), &Command::NameScrutineers { members, threshold }))
    };
    assert_eq!(name(&[], 1), Some(Code::BadValue));
    assert_eq!(name(&[2, 2, 3], 2), Some(Code::BadValue));
    assert_eq!(name(&[2, 3, 4], 1), Some(Code::BadValue));
    assert_eq!(name(&[2, 3, 4], 4), Some(Code::BadValue));
    assert_eq!(name(&[2, 3, 99], 2), Some(Code::NotFound));
    assert_eq!(name(&[2], 1), None);
    assert_eq!(name(&[2, 3, 4], 2), None);
}

#[test]
fn the_last_word_of_the_key_generation_is_still_there_when_the_key_is() {
    let mut room = named();
    let (message, signature) = ("last".to_owned(), Default::default());
    let speak = Command::SpeakKeygen { attempt: 1, message, signature };
    room.ask(Room::at(3), &speak).unwrap();
    let made = ServerCommand::KeyMade { attempt: 1, item: "[]".into(), code: "WERC-8GMR".into() };
    room.server(made).unwrap();
    assert_eq!(duty(&room, 4).unwrap().said.len(), 1);
}

#[test]
fn only_scrutineers_speak_in_the_key_generation_and_only_while_it_runs() {
    let mut room = named();
    let speak = |message: &str| Command::SpeakKeygen {
        attempt: 1,
        message: message.into(),
        signature: Default::default(),
    };
    assert_eq!(code(room.ask(Room::at(1), &speak("a"))), Some(Code::NotAllowed));
    for message in ["a", "b", "c", "d"] {
        assert_eq!(code(room.ask(Room::at(3), &speak(message))), None);
        // An answer may have been lost.
        assert_eq!(code(room.ask(Room::at(3), &speak(message))), None);
    }
    assert_eq!(code(room.ask(Room::at(3), &speak("e"))), Some(Code::WrongState));
    let seen = duty(&room, 4).unwrap();
    assert_eq!((seen.index, seen.said.len(), seen.terminals.len()), (3, 4, 3));
    assert_eq!(duty(&room, 1), None);
    room.server(ServerCommand::KeyFailed {
        attempt: 1,
        members: vec![MemberId(2)],
        why: KeyFault::Silent { round: 1 },
    })
    .unwrap();
    assert_eq!(code(room.ask(Room::at(4), &speak("a"))), Some(Code::WrongState));
    let members = vec![MemberId(3), MemberId(4)];
    room.clerk(Command::NameScrutineers { members, threshold: 2 });
    assert_eq!(code(room.ask(Room::at(4), &speak("a"))), Some(Code::WrongState));
    assert_eq!(duty(&room, 2), None);
}

#[test]
fn a_ballot_counts_only_if_the_shell_vouches_for_it_and_once() {
    let mut room = open();
    let seat = Room::at(1);
    assert_eq!(code(room.ask(seat.clone(), &sealed())), Some(Code::BadBallot));
    let clear = Command::Cast {
        vote: VOTE,
        ballot: Ballot::Motion { choice: Choice::For },
        signature: Default::default(),
    };
    assert_eq!(code(room.ask(seat.clone(), &clear)), Some(Code::BadBallot));
    room.vouched(seat.clone(), &sealed(), Vouched::Ballot).unwrap();
    room.vouched(seat, &sealed(), Vouched::Ballot).unwrap();
    assert_eq!(vote(&room).cast, 1);
    assert_eq!(vote(&room).count, None);
    let members = vec![MemberId(2)];
    let named = room.ask(Room::as_clerk(), &Command::NameScrutineers { members, threshold: 1 });
    assert_eq!(code(named), Some(Code::AnotherVoteOpen));
    let late = |room: &mut Room| code(room.vouched(Room::at(2), &sealed(), Vouched::Ballot));
    room.clerk(Command::PauseVote { vote: VOTE });
    assert_eq!(late(&mut room), Some(Code::VoteNotOpen));
}

#[test]
fn a_closed_vote_waits_for_its_parts_and_names_who_is_missing() {
    let mut room = closed();
    let opening = |room: &Room| vote(room).secret.unwrap().opening.unwrap();
    assert_eq!((vote(&room).state, vote(&room).count), (VoteState::Closed, None));
    assert_eq!(opening(&room).missing, [MemberId(2), MemberId(3), MemberId(4)]);
    assert!(room.next().steps.is_empty());
    let declared = room.ask(Room::as_clerk(), &Command::DeclareVote { vote: VOTE });
    assert_eq!(code(declared), Some(Code::WrongState));
    assert!(duty(&room, 2).unwrap().open.is_some());

    // A part of somebody who is no scrutineer, one that is another's, a wrong one.
    let proven = |owner| Vouched::Part { owner };
    let from = Room::at;
    assert_eq!(code(room.vouched(from(1), &part(), proven(2))), Some(Code::NotAllowed));
    assert_eq!(code(room.vouched(from(2), &part(), proven(3))), Some(Code::NotAllowed));
    let half = "1".repeat(limits::SCRUTINY / 2 + 1);
    let large = Command::OpenPart { vote: VOTE, live: None, partial: half.clone(), second: half };
    assert_eq!(code(room.vouched(from(2), &large, proven(2))), Some(Code::TooLarge));
    room.vouched(from(2), &part(), Vouched::BadPart).unwrap();
    let wrong = Objected { member: MemberId(2), why: Objection::WrongPart };
    assert_eq!(opening(&room).refused, [wrong]);
    assert!(duty(&room, 2).unwrap().open.is_none());
    room.vouched(from(3), &part(), proven(3)).unwrap();
    assert_eq!((opening(&room).needed, opening(&room).missing), (1, vec![MemberId(4)]));
    let own = Part { owner: 1, partial: "{}".into(), second: "[]".into() };
    room.server(ServerCommand::OwnPart { vote: VOTE, live: None, part: own }).unwrap();
    room.vouched(from(4), &part(), proven(4)).unwrap();
    assert_eq!(opening(&room).needed, 0);

    let count = Count::Motion { tally: Tally { in_favour: 3, against: 0, abstain: 0 } };
    let record = RecordRef { events: blob(4), last: Hex([9; 32]) };
    room.server(ServerCommand::Counted { vote: VOTE, count: count.clone(), record }).unwrap();
    let seen = vote(&room);
    assert_eq!(seen.count, Some(count));
    assert_eq!(seen.verdict, Some(Verdict::Motion { outcome: Outcome::Adopted }));
    assert_eq!(seen.unpressed, Some(2));
    assert_eq!(seen.by_name, None);
    assert_eq!(room.next().steps.first(), Some(&Step::DeclareVote { vote: VOTE }));
    room.clerk(Command::DeclareVote { vote: VOTE });
}

#[test]
fn the_log_never_says_whose_a_ballot_is() {
    let room = closed();
    let receipt = room.state.receipt(VOTE, MemberId(1)).unwrap();
    assert_eq!(receipt.ballot, Hex([0; 32]));
    for event in room.log.iter().map(|(e, _)| e).filter(|e| e.name() == "secret_ballot_cast") {
        let text = serde_json::to_string(event).unwrap();
        assert!(text.len() < 70, "{text}");
    }
}

#[test]
fn a_vote_that_cannot_be_opened_can_be_annulled() {
    let mut room = closed();
    room.clerk(Command::AnnulVote { vote: VOTE, reason: "监票人终端故障".into() });
    assert_eq!(
        code(room.vouched(Room::at(2), &part(), Vouched::Part { owner: 2 })),
        Some(Code::WrongState)
    );
    let members = vec![MemberId(2), MemberId(3)];
    room.clerk(Command::NameScrutineers { members, threshold: 2 });
    let Some(Topic::Scrutiny(scrutiny)) = room.sees(TopicName::Scrutiny, Viewer::Hall) else {
        panic!()
    };
    assert_eq!((scrutiny.attempt, scrutiny.next_slot), (2, 1));
}

#[test]
fn nobody_else_decides_for_the_server() {
    let room = open();
    let cx = Context { vouched: opening(), ..Context::new(Millis(0), Actor::Server) };
    assert!(decide(&room.state, &Command::CloseVote { vote: VOTE }, &cx).is_err());
}
