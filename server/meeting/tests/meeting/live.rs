//! Sums of a secret vote that still runs: when they may be opened, who is asked,
//! who sees them; and that no two of them are ever closer than the step, whatever
//! the shell asks for in whatever order.

use crate::room::*;
use crate::secret::{blob, opening, ready_with, sealed};
use hemicycle_meeting::state::secret::Part;
use hemicycle_meeting::{Event, ServerCommand, Viewer, Vouched};
use hemicycle_protocol::ids::{MemberId, VoteId};
use hemicycle_protocol::refusal::{Code, Refusal};
use hemicycle_protocol::topic::{Blob, Objected, Objection, Topic, TopicName, Vote};
use hemicycle_protocol::vote::{Count, Tally};
use hemicycle_protocol::wire::Command;
use proptest::prelude::*;

const VOTE: VoteId = VoteId(1);
const STEP: u32 = 5;

/// A secret vote of so many members with live sums, open.
fn running(members: u16, scrutineers: &[u32], threshold: u32) -> Room {
    let mut room = ready_with(members, scrutineers, threshold);
    room.settings(|s| s.secret_live = Some(STEP));
    room.vouched(Room::as_clerk(), &Command::OpenVote { vote: VOTE }, opening()).unwrap();
    room
}

fn cast(room: &mut Room, seats: impl IntoIterator<Item = u16>) {
    for seat in seats {
        room.vouched(Room::at(seat), &sealed(), Vouched::Ballot).unwrap();
    }
}

fn archive(ballots: u32) -> Blob {
    blob(u8::try_from(100 + ballots).unwrap())
}

fn summed(room: &mut Room, ballots: u32) -> Result<usize, Refusal> {
    let archive = archive(ballots);
    let decision = room.server(ServerCommand::LiveSummed { vote: VOTE, ballots, archive })?;
    Ok(decision.events.len())
}

fn own_part(room: &mut Room, ballots: u32) {
    let part = Part { owner: 1, partial: "{}".into(), second: "[]".into() };
    let live = Some(ballots);
    room.server(ServerCommand::OwnPart { vote: VOTE, live, part }).unwrap();
}

fn part(room: &mut Room, seat: u16, owner: u32, live: Option<u32>) -> Result<usize, Refusal> {
    let command = Command::OpenPart { vote: VOTE, live, partial: "{}".into(), second: "[]".into() };
    let decision = room.vouched(Room::at(seat), &command, Vouched::Part { owner })?;
    Ok(decision.events.len())
}

fn count(in_favour: u32) -> Count {
    Count::Motion { tally: Tally { in_favour, against: 0, abstain: 0 } }
}

fn counted(room: &mut Room, ballots: u32) -> Result<usize, Refusal> {
    let count = count(ballots);
    let decision = room.server(ServerCommand::LiveCounted { vote: VOTE, ballots, count })?;
    Ok(decision.events.len())
}

fn seen(room: &Room) -> Vote {
    room.vote(Viewer::Hall).unwrap()
}

fn asked(room: &Room, seat: u16) -> Option<(u32, u32)> {
    let live = room.me(seat).duty?.open?.live?;
    Some((live.ballots, live.received))
}

#[test]
fn a_step_goes_from_its_sum_to_its_count_and_everybody_sees_it() {
    let mut room = running(16, &[2, 3, 4], 2);
    let live = |room: &Room| seen(room).secret.unwrap().live.unwrap();
    assert_eq!((live(&room).step, live(&room).counted), (STEP, 0));
    cast(&mut room, 1..=9);
    assert_eq!(summed(&mut room, 5).unwrap_err().code, Code::WrongState);
    cast(&mut room, [10]);
    assert_eq!(summed(&mut room, 5).unwrap(), 1);
    // One at a time.
    assert!(summed(&mut room, 5).is_err());
    own_part(&mut room, 5);
    assert_eq!(asked(&room, 2), Some((5, 10)));
    assert_eq!(asked(&room, 1), None);
    cast(&mut room, 11..=14);
    assert_eq!(asked(&room, 2), Some((5, 10)), "as it was when it began");
    // A part of the final sum is another matter, and so is one of another live sum.
    assert_eq!(part(&mut room, 2, 2, None).unwrap_err().code, Code::WrongState);
    assert_eq!(part(&mut room, 2, 2, Some(6)).unwrap_err().code, Code::WrongState);
    assert_eq!(part(&mut room, 2, 2, Some(5)).unwrap(), 1);
    assert_eq!(asked(&room, 2), None);
    let why = Objection::TooClose;
    room.seat(3, Command::ObjectOpening { vote: VOTE, live: Some(5), why });
    let opening = live(&room).opening.unwrap();
    assert_eq!((opening.needed, opening.missing), (1, vec![MemberId(4)]));
    assert_eq!(opening.refused, [Objected { member: MemberId(3), why }]);
    assert_eq!(seen(&room).count, None);
    part(&mut room, 4, 4, Some(5)).unwrap();
    // A count of more or fewer answers than ballots is none.
    let wrong = ServerCommand::LiveCounted { vote: VOTE, ballots: 5, count: count(6) };
    assert_eq!(room.server(wrong).unwrap_err().code, Code::BadValue);
    assert_eq!(counted(&mut room, 5).unwrap(), 1);
    assert_eq!((seen(&room).count, live(&room).counted), (Some(count(5)), 5));
    assert_eq!((live(&room).opening, seen(&room).cast), (None, 14));
    assert_eq!(room.vote(Viewer::Console).unwrap().count, Some(count(5)));
    // Whoever is late is not wrong; done again it changes nothing.
    assert_eq!(part(&mut room, 3, 3, Some(5)).unwrap(), 0);
    assert_eq!(counted(&mut room, 5).unwrap(), 0);
    assert!(summed(&mut room, 9).is_err(), "four more");
    assert!(summed(&mut room, 10).is_err(), "four in behind it");
    cast(&mut room, [15]);
    assert_eq!(summed(&mut room, 10).unwrap(), 1);

    // It closes in the middle of a step.
    room.clerk(Command::CloseVote { vote: VOTE });
    assert_eq!((seen(&room).count, asked(&room, 2)), (None, None));
    assert_eq!(part(&mut room, 2, 2, Some(10)).unwrap(), 0);
    assert_eq!(counted(&mut room, 10).unwrap(), 0);
    assert_eq!(summed(&mut room, 10).unwrap(), 0);
    room.server(ServerCommand::Summed { vote: VOTE, archive: blob(2), hints: blob(3) }).unwrap();
    assert!(room.me(3).duty.unwrap().open.unwrap().live.is_none());
    assert_eq!(part(&mut room, 3, 3, None).unwrap(), 1, "its objection was to another sum");
}

#[test]
fn off_unless_the_setting_was_on_and_most_scrutineers_are_needed() {
    let opens = |room: &mut Room| {
        room.vouched(Room::as_clerk(), &Command::OpenVote { vote: VOTE }, opening()).unwrap();
        cast(room, 1..=10);
        // Too late for this vote.
        room.settings(|s| s.secret_live = Some(STEP));
        assert_eq!(seen(room).secret.unwrap().live, None);
        assert_eq!(summed(room, 5).unwrap_err().code, Code::WrongState);
    };
    opens(&mut ready_with(12, &[2, 3, 4], 2));
    let mut half = ready_with(12, &[2, 3, 4, 5], 2);
    half.settings(|s| s.secret_live = Some(7));
    opens(&mut half);
    for step in [0, 4, 5_000] {
        let mut settings = half.state.settings().clone();
        settings.secret_live = Some(step);
        half.clerk_refused(Command::SetSettings { settings }, Code::BadValue);
    }
}

#[test]
fn a_list_is_checked_once_by_each_scrutineer_and_shown() {
    let mut room = running(12, &[2, 3, 4], 2);
    let task = room.me(2).duty.unwrap().check.unwrap();
    assert_eq!((task.vote, task.setup, task.registrations), (VOTE, blob(1), blob(3)));
    let checked = |objection| Command::ListChecked { vote: VOTE, objection };
    room.seat_refused(1, checked(None), Code::NotAllowed);
    room.seat(2, checked(None));
    let why = Objection::TwoCredentials { member: MemberId(7) };
    room.seat(3, checked(Some(why)));
    // What was said is said.
    assert!(room.seat(3, checked(None)).events.is_empty());
    assert_eq!(room.me(3).duty.unwrap().check, None);
    let checks = seen(&room).secret.unwrap().checks;
    assert_eq!(checks.checked, [MemberId(2)]);
    assert_eq!(checks.objected, [Objected { member: MemberId(3), why }]);
    let Some(Topic::Audit(audit)) = room.sees(TopicName::Audit, Viewer::Console) else { panic!() };
    let line = audit.entries.iter().rfind(|line| line.what == "secret_list_checked").unwrap();
    assert_eq!(line.with["why"], "two_credentials");
    assert_eq!(line.with["whose"], room.state.person(MemberId(7)).unwrap().name);
    // The vote goes on.
    cast(&mut room, 1..=12);
    room.clerk(Command::CloseVote { vote: VOTE });
    assert!(room.me(4).duty.unwrap().check.is_some());
    room.clerk(Command::AnnulVote { vote: VOTE, reason: "名单有误".into() });
    assert_eq!(room.me(4).duty.unwrap().check, None);
}

#[derive(Clone, Debug)]
enum Move {
    Cast(u8),
    Sum(u32),
    Part(u16),
    Count,
    Pause,
    Resume,
    Close,
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        8 => (1_u8..6).prop_map(Move::Cast),
        6 => (0_u32..40).prop_map(Move::Sum),
        6 => (2_u16..5).prop_map(Move::Part),
        4 => Just(Move::Count),
        1 => Just(Move::Pause),
        2 => Just(Move::Resume),
        1 => Just(Move::Close),
    ];
    prop::collection::vec(one, 1..120)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]
    /// Members press in any order, the shell asks for any sums at any moment, parts come
    /// whenever they like: what was published differs by the step, the final sum included.
    #[test]
    fn no_two_published_sums_are_close(
        order in Just((1_u16..=44).collect::<Vec<_>>()).prop_shuffle(),
        step in STEP..9,
        moves in moves(),
    ) {
        let mut room = ready_with(44, &[2, 3, 4], 2);
        room.settings(|s| s.secret_live = Some(step));
        room.vouched(Room::as_clerk(), &Command::OpenVote { vote: VOTE }, opening()).unwrap();
        let mut waiting = order.into_iter();
        let under_way = |room: &Room| {
            let sums = &room.state.vote(VOTE).unwrap().sealed.as_ref().unwrap().live_sums;
            sums.last().map(|sum| sum.ballots)
        };
        for step in moves {
            match step {
                Move::Cast(seats) => {
                    for seat in waiting.by_ref().take(usize::from(seats)) {
                        // Refused while it is paused or closed.
                        let _ = room.vouched(Room::at(seat), &sealed(), Vouched::Ballot);
                    }
                }
                Move::Sum(ballots) => drop(summed(&mut room, ballots)),
                Move::Part(seat) => {
                    let live = under_way(&room);
                    let _ = part(&mut room, seat, u32::from(seat), live);
                }
                Move::Count => {
                    if let Some(ballots) = under_way(&room) {
                        let _ = counted(&mut room, ballots);
                    }
                }
                Move::Pause => drop(room.ask(Room::as_clerk(), &Command::PauseVote { vote: VOTE })),
                Move::Resume => {
                    drop(room.ask(Room::as_clerk(), &Command::ResumeVote { vote: VOTE }));
                }
                Move::Close => drop(room.ask(Room::as_clerk(), &Command::CloseVote { vote: VOTE })),
            }
        }
        let cast = room.log.iter().filter(|(e, _)| e.name() == "secret_ballot_cast").count();
        let mut sums: Vec<u32> = room.log.iter().filter_map(|(event, _)| match event {
            Event::SecretLiveSummed { ballots, .. } => Some(*ballots),
            _ => None,
        }).collect();
        let published: Vec<u32> = room.log.iter().filter_map(|(event, _)| match event {
            Event::SecretLiveCounted { ballots, .. } => Some(*ballots),
            _ => None,
        }).collect();
        prop_assert!(published.iter().all(|ballots| sums.contains(ballots)));
        // The final one may come at once.
        sums.insert(0, 0);
        if sums.len() > 1 {
            sums.push(u32::try_from(cast).unwrap());
        }
        prop_assert!(sums.windows(2).all(|pair| pair[0] + step <= pair[1]), "{sums:?}");
    }
}
