//! Read receipts: what a seat may report, what of it becomes a fact, and who is
//! told.

use crate::chance::read_paper;
use crate::room::*;
use hemicycle_meeting::event::Read;
use hemicycle_meeting::{Event, Viewer, view};
use hemicycle_protocol::ids::{Bits, ItemId, MemberId, PaperId, SeatId};
use hemicycle_protocol::people::ClerkRole;
use hemicycle_protocol::refusal::Code;
use hemicycle_protocol::topic::{PaperReading, Reach, ReadPaper, Reading, Topic, TopicName};
use hemicycle_protocol::wire::{Command, limits};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::BTreeMap;

fn at(paper: PaperId, n: u8, reach: Reach) -> ReadPaper {
    ReadPaper { paper, hash: file(n).hash, reach }
}

fn report(seat: u16, papers: &[ReadPaper]) -> Command {
    Command::ReportReading { member: MemberId(seat.into()), papers: papers.to_vec() }
}

fn seen(room: &Room) -> Reading {
    match room.sees(TopicName::Reading, Viewer::Console) {
        Some(Topic::Reading(reading)) => reading,
        other => panic!("{other:?}"),
    }
}

fn bits<const N: usize>(bits: [u8; N]) -> Bits {
    if bits.contains(&1) { Bits::collect(bits.iter().map(|b| *b == 1)) } else { Bits::default() }
}

/// Three members, an attendee at seat 4, one paper.
fn room() -> (Room, PaperId) {
    let mut room = Room::of(3, 1);
    let item = room.add_item("报告");
    let paper = room.add_paper(item, 1);
    (room, paper)
}

#[test]
fn a_report_is_one_fact_of_what_is_new() {
    let (mut room, paper) = room();
    let second = room.add_paper(ItemId(1), 2);
    let held = [at(paper, 1, Reach::Held), at(second, 2, Reach::Held)];
    assert_eq!(room.seat(2, report(2, &held)).events, [], "that it is there is no fact");
    let both = [at(paper, 1, Reach::Opened), at(second, 2, Reach::Ended)];
    let read = |paper, ended| Read { paper, version: 1, ended };
    let event = Event::PapersRead {
        member: MemberId(2),
        papers: vec![read(paper, false), read(second, true)],
    };
    assert_eq!(room.seat(2, report(2, &both)).events, [event]);
    assert_eq!(room.seat(2, report(2, &both)).events, [], "again is no fact");
    let back = [at(second, 2, Reach::Opened), at(paper, 1, Reach::Held)];
    assert_eq!(room.seat(2, report(2, &back)).events, [], "nor is less");
    let on = Event::PapersRead { member: MemberId(2), papers: vec![read(paper, true)] };
    let twice = [at(paper, 1, Reach::Ended), at(paper, 1, Reach::Opened)];
    assert_eq!(room.seat(2, report(2, &twice)).events, [on]);
    room.seat(4, report(4, &[at(paper, 1, Reach::Opened)]));
    let of = |paper, opened, ended| PaperReading {
        paper,
        version: 1,
        readers: Bits::default(),
        held: Bits::default(),
        opened: bits::<4>(opened),
        ended: bits(ended),
    };
    let papers =
        vec![of(paper, [0, 1, 0, 1], [0, 1, 0, 0]), of(second, [0, 1, 0, 0], [0, 1, 0, 0])];
    assert_eq!(seen(&room), Reading { kept: true, papers });
}

#[test]
fn a_replaced_paper_begins_anew() {
    let (mut room, paper) = room();
    room.seat(1, report(1, &[at(paper, 1, Reach::Ended)]));
    room.server(hemicycle_meeting::ServerCommand::StorePaper(file(2))).unwrap();
    room.clerk(Command::ReplacePaper { paper, hash: file(2).hash });
    let now = seen(&room).papers.remove(0);
    assert_eq!((now.version, now.opened, now.ended), (2, Bits::default(), Bits::default()));
    // What was read of the one before, and is told only now, is of the one before.
    room.seat(2, report(2, &[at(paper, 1, Reach::Opened)]));
    assert_eq!(seen(&room).papers[0].opened, Bits::default());
    assert!(room.state.reading().of(MemberId(2), paper, 1).is_some());
    room.seat(2, report(2, &[at(paper, 2, Reach::Opened)]));
    assert_eq!(seen(&room).papers[0].opened, bits([0, 1, 0, 0]));
    // The first file once more is a version of its own.
    room.clerk(Command::ReplacePaper { paper, hash: file(1).hash });
    assert_eq!(seen(&room).papers[0].opened, Bits::default());
    room.seat(2, report(2, &[at(paper, 1, Reach::Opened)]));
    let now = seen(&room).papers.remove(0);
    assert_eq!((now.version, now.opened), (3, bits([0, 1, 0, 0])));
}

#[test]
fn a_report_is_refused_with_a_stable_code() {
    let (mut room, paper) = room();
    let good = [at(paper, 1, Reach::Opened)];
    for (papers, code) in [
        (vec![at(PaperId(9), 1, Reach::Held)], Code::NotFound),
        (vec![at(paper, 2, Reach::Held)], Code::NotFound),
        (vec![at(paper, 1, Reach::Opened), at(paper, 7, Reach::Opened)], Code::NotFound),
        (vec![], Code::BadValue),
        (vec![at(paper, 1, Reach::Held); limits::READ + 1], Code::BadValue),
    ] {
        room.seat_refused(2, report(2, &papers), code);
    }
    room.seat_refused(2, report(3, &good), Code::NotAllowed);
    room.refused(Room::as_clerk(), report(2, &good), Code::NotAllowed);
    room.refused(Room::at(7), report(7, &good), Code::NoSeat);
    room.clerk(Command::ImportRoster { people: rows(3, 0), layout: vec![] });
    room.seat_refused(4, report(4, &good), Code::SeatEmpty);
    // Off the agenda it can still have been read before.
    room.clerk(Command::RemovePaper { paper });
    assert_eq!(room.seat(2, report(2, &good)).events.len(), 1);
    room.clerk(Command::RestorePaper { paper });
    room.clerk(Command::OpenSignIn);
    room.clerk(Command::CloseMeeting);
    room.seat_refused(3, report(3, &good), Code::WrongPhase);
}

#[test]
fn a_meeting_may_keep_none() {
    let (mut room, paper) = room();
    room.seat(1, report(1, &[at(paper, 1, Reach::Opened)]));
    room.settings(|s| s.read_receipts = false);
    room.seat_refused(2, report(2, &[at(paper, 1, Reach::Opened)]), Code::BadValue);
    room.seat_refused(2, report(2, &[at(paper, 1, Reach::Held)]), Code::BadValue);
    assert_eq!(seen(&room), Reading { kept: false, papers: vec![] });
    room.settings(|s| s.read_receipts = true);
    assert_eq!(seen(&room).papers[0].opened, bits([1, 0, 0, 0]));
}

#[test]
fn receipts_follow_people_into_another_roster() {
    let (mut room, paper) = room();
    room.seat(1, report(1, &[at(paper, 1, Reach::Ended)]));
    room.seat(2, report(2, &[at(paper, 1, Reach::Opened)]));
    let mut people = rows(3, 0);
    people[1].name = "新来的".into();
    people.swap(0, 2);
    room.clerk(Command::ImportRoster { people, layout: vec![] });
    let now = seen(&room).papers.remove(0);
    assert_eq!((now.opened, now.ended), (bits([0, 0, 1]), bits([0, 0, 1])));
}

#[test]
fn only_clerks_are_told() {
    let (mut room, paper) = room();
    room.seat(2, report(2, &[at(paper, 1, Reach::Ended)]));
    for viewer in [Viewer::Chair(SeatId(1)), Viewer::Seat(SeatId(2)), Viewer::Hall] {
        assert_eq!(room.sees(TopicName::Reading, viewer), None);
    }
    for role in ClerkRole::ALL {
        assert_eq!(view::is_for(TopicName::Reading, role), role == ClerkRole::Clerk);
        assert!(view::is_for(TopicName::Audit, role));
    }
    match room.sees(TopicName::Audit, Viewer::Console) {
        Some(Topic::Audit(audit)) => {
            assert!(audit.entries.iter().all(|line| line.what != "papers_read"));
        }
        other => panic!("{other:?}"),
    }
}

proptest! {
    /// However reports come, often, late and out of order: each version of each paper
    /// goes forward only, as far as the farthest report of it, and no fact is told twice.
    #[test]
    fn reading_only_goes_forward(reports in vec((1u16..4, vec(read_paper(), 1..4)), 1..30)) {
        let mut room = Room::of(3, 0);
        let item = room.add_item("报告");
        for n in 1..4 {
            room.add_paper(item, n);
        }
        room.server(hemicycle_meeting::ServerCommand::StorePaper(file(4))).unwrap();
        room.clerk(Command::ReplacePaper { paper: PaperId(1), hash: file(4).hash });
        let version = |read: &ReadPaper| match read.paper {
            PaperId(1) if read.hash == file(4).hash => Some(2),
            PaperId(n) => (read.hash == file(u8::try_from(n).unwrap()).hash).then_some(1),
        };
        let mut far: BTreeMap<(MemberId, PaperId, u32), Reach> = BTreeMap::new();
        for (seat, papers) in reports {
            let member = MemberId(seat.into());
            let before = far.clone();
            let known = papers.iter().all(|read| version(read).is_some());
            if known {
                for read in papers.iter().filter(|read| read.reach > Reach::Held) {
                    let of = far.entry((member, read.paper, version(read).unwrap())).or_insert(read.reach);
                    *of = (*of).max(read.reach);
                }
            }
            match room.ask(Room::at(seat), &report(seat, &papers)) {
                Err(refusal) => prop_assert!(!known && refusal.code == Code::NotFound),
                Ok(done) => {
                    prop_assert!(known);
                    let told: usize = done.events.iter().map(|event| match event {
                        Event::PapersRead { papers, .. } => papers.len(),
                        other => panic!("{other:?}"),
                    }).sum();
                    let news = far.iter().filter(|(key, reach)| before.get(key) != Some(reach));
                    prop_assert_eq!(told, news.count());
                    prop_assert_eq!(done.events.is_empty(), told == 0);
                }
            }
            for (&(member, paper, version), reach) in &far {
                let receipt = room.state.reading().of(member, paper, version).unwrap();
                prop_assert_eq!(receipt.ended.is_some(), *reach == Reach::Ended);
            }
        }
    }
}
