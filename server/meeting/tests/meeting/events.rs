//! The stored form of every event, byte for byte. A log outlives the program
//! that wrote it: a file here never changes, it gets a successor.
//!
//! `UPDATE_GOLDEN=1 cargo test -p hemicycle-meeting` writes what is missing.

use crate::room::*;
use hemicycle_meeting::{Actor, Event, NamedScrutineer, Opening, Question, Read};
use hemicycle_protocol::ids::{
    Bits, Bytes, Hex, ItemId, MemberId, Millis, PaperId, SeatId, VoteId,
};
use hemicycle_protocol::people::{AccountChange, ClerkRole, Drawing};
use hemicycle_protocol::topic::{
    Blob, CountedBy, ItemKind, KeyFault, Level, Objection, PaperTerms, Place, Readers, RecordRef,
    Said, Screen, Service, Settings, Standing,
};
use hemicycle_protocol::vote::{Ballot, Count, Outcome, Tally, Verdict};
use std::path::Path;

fn terms() -> PaperTerms {
    let readers = Readers::Seats { seats: [SeatId(12)].into() };
    PaperTerms { readers, from: Some(Millis(1_787_706_060_000)), confidential: true }
}

fn all() -> Vec<Event> {
    let (item, paper, vote, member) = (ItemId(1), PaperId(2), VoteId(3), MemberId(4));
    let (seat, terminal, signature) = (SeatId(12), Hex([7; 32]), Hex([9; 64]));
    let (title, short) = ("关于预算调整方案的决议".to_string(), "预算调整".to_string());
    let (kind, reason) = (ItemKind::Resolution, "终端故障".to_string());
    let question = Question::from(motion("批准预算调整方案的决议"));
    let count = Count::Motion { tally: Tally { in_favour: 26, against: 1, abstain: 1 } };
    let verdict = Verdict::Motion { outcome: Outcome::Adopted };
    let hash = file(5).hash;
    let opening = Opening {
        roll: Bits(vec![0b1110_0000]),
        members: 5,
        present: 3,
        live_count: false,
        secret_live: None,
        named_results: true,
        ends_at: Some(Millis(1_787_706_060_000)),
        papers: vec![],
        secret: None,
    };
    let blob = Blob { hash, bytes: Bytes(4096) };
    let count_of_secret = count.clone();
    let verdict_of_secret = verdict.clone();
    let ballot = Ballot::Motion { choice: For };
    let people =
        rows(1, 1).into_iter().zip(1..).map(|(row, n)| row.person(MemberId(n))).collect::<Vec<_>>();
    assert_eq!(people[1].standing, Standing::Attendee);
    vec![
        Event::MeetingCreated { id: Hex([1; 16]) },
        Event::MeetingSet {
            title: "第四次会议".into(),
            body: "常务委员会".into(),
            place: "会议厅".into(),
            starts_at: "2026-08-26T09:00".into(),
        },
        Event::SettingsSet { settings: Settings::default() },
        Event::RosterImported { people, layout: vec![Place { seat, x: 3, y: 0 }] },
        Event::ItemAdded { item, title: title.clone(), short: short.clone(), kind },
        Event::ItemEdited { item, title: title.clone(), short, kind },
        Event::ItemMoved { item, to: 0 },
        Event::ItemRemoved { item },
        Event::ItemRestored { item },
        Event::PaperStored { file: file(5) },
        Event::PaperAdded { paper, item, title: title.clone(), hash, terms: PaperTerms::default() },
        Event::PaperReplaced { paper, hash },
        Event::PaperCompared { paper, version: 2, changed: Some(vec![1, 3]), gone: vec![] },
        Event::PaperTermsSet { paper, terms: terms() },
        Event::PaperReleased { paper },
        Event::PaperKeysDestroyed,
        Event::PaperRenamed { paper, title: title.clone() },
        Event::PaperMoved { paper, item, to: 1 },
        Event::PaperRemoved { paper },
        Event::PaperRestored { paper },
        Event::PapersRead {
            member,
            papers: vec![
                Read { paper, version: 1, ended: false },
                Read { paper: PaperId(3), version: 2, ended: true },
            ],
        },
        Event::VoteAdded { vote, item, question: question.clone() },
        Event::VoteEdited { vote, question },
        Event::VoteRemoved { vote },
        Event::SignInOpened,
        Event::MeetingOpened,
        Event::MeetingAdjourned,
        Event::MeetingResumed,
        Event::MeetingClosed,
        Event::ItemStarted { item },
        Event::ItemFinished { item },
        Event::SignedIn { member, seat, terminal, signature, by_pin: false, drawing: None },
        Event::SignedInFor { member, reason: reason.clone() },
        Event::PinsSet { members: vec![member] },
        Event::PinMissed { member, seat },
        Event::PinReleased { member },
        Event::Left { member },
        Event::LeaveSet { member, reason: "病假".into() },
        Event::LeaveCleared { member },
        Event::Recused { vote, member },
        Event::RecusalCleared { vote, member },
        Event::VoteOpened { vote, opening },
        Event::BallotCast { vote, member, seat, terminal, ballot: ballot.clone(), signature },
        Event::BallotEntered { vote, member, ballot, reason: reason.clone() },
        Event::VoteExtended { vote, ends_at: Some(Millis(1_787_706_090_000)), seconds_left: None },
        Event::VotePaused { vote, seconds_left: Some(30) },
        Event::VoteResumed { vote, ends_at: None },
        Event::VoteClosed { vote, count: count.clone(), verdict: verdict.clone(), timed_out: true },
        Event::CountEntered {
            vote,
            count,
            verdict: verdict.clone(),
            by: CountedBy::Hands,
            reason: reason.clone(),
        },
        Event::TieBroken { vote, adopted: true, verdict },
        Event::VoteDeclared { vote },
        Event::VoteAnnulled { vote, reason },
        Event::SpeechAsked { member },
        Event::SpeechWithdrawn { member },
        Event::FloorGiven { member, ends_at: None },
        Event::FloorEnded { member },
        Event::PresentingBegan { member, paper },
        Event::PresentingEnded { member },
        Event::Shown { screen: Some(Screen::Item { item }) },
        Event::NoticePosted { text: title, level: Level::Important, paper: Some(paper) },
        Event::NoticeCleared,
        Event::ServiceCalled { seat, service: Service::Tea },
        Event::ServiceEnded { seat },
        Event::ScrutineersNamed {
            attempt: 1,
            threshold: 2,
            scrutineers: vec![NamedScrutineer { member, seat, terminal }],
        },
        Event::KeygenSpoken { attempt: 1, said: Said { from: 2, message: "{}".into(), signature } },
        Event::KeyMade { attempt: 1, item: "[]".into(), code: "WERC-8GMR".into() },
        Event::KeyFailed { attempt: 1, members: vec![member], why: KeyFault::Silent { round: 2 } },
        Event::SecretBallotCast { vote, member },
        Event::SecretListChecked {
            vote,
            member,
            objection: Some(Objection::Registration { member }),
        },
        Event::SecretLiveSummed { vote, ballots: 15, archive: blob },
        Event::SecretLiveCounted { vote, ballots: 28, count: count_of_secret.clone() },
        Event::SecretVoteClosed { vote, timed_out: false },
        Event::SecretSummed { vote, archive: blob, hints: None },
        Event::SecretPartGiven {
            vote,
            live: None,
            owner: 2,
            partial: "{}".into(),
            second: "[]".into(),
        },
        Event::SecretPartRefused { vote, live: Some(15), member, why: Objection::WrongPart },
        Event::SecretCounted {
            vote,
            count: count_of_secret,
            verdict: verdict_of_secret,
            record: RecordRef { events: blob, last: hash },
        },
        Event::SecretKeyDestroyed { vote },
        Event::ShareDestroyed { attempt: 1, member },
        Event::RegistrationsDestroyed,
        Event::SeatAssigned { terminal, seat },
        Event::SeatReleased { terminal, seat },
        Event::TerminalRefused { terminal },
        Event::AccountSet {
            account: "罗晨".into(),
            change: AccountChange::Added,
            role: ClerkRole::Technician,
        },
        Event::HallLinkRenewed,
        Event::ConsoleEntered,
        Event::ConsoleLeft,
    ]
}

#[test]
fn every_event_is_stored_as_it_always_was() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let events = all();
    let names: Vec<&str> = events.iter().map(Event::name).collect();
    assert_eq!(names, Event::NAMES, "one sample of each, in order");
    for event in events {
        let path = folder.join(format!("{}.json", event.name()));
        let text = serde_json::to_string(&event).unwrap() + "\n";
        if update && !path.exists() {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&path, &text).unwrap();
        }
        let golden = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(text, golden, "{}", path.display());
        let read: Event = serde_json::from_str(&golden).unwrap();
        assert_eq!(read, event);
    }
}

/// What was added to an event later is left out where there is nothing, and read where there is.
#[test]
fn the_hints_of_ballots_are_an_addition() {
    let blob = Blob { hash: Hex([5; 32]), bytes: Bytes(64) };
    let event = Event::SecretSummed { vote: VoteId(3), archive: blob, hints: Some(blob) };
    let text = serde_json::to_string(&event).unwrap();
    let named = format!(r#""hints":{{"hash":"{}","bytes":64}}"#, "05".repeat(32));
    assert!(text.contains(&named), "{text}");
    assert_eq!(serde_json::from_str::<Event>(&text).unwrap(), event);
}

#[test]
fn the_pages_that_are_gone_are_an_addition() {
    let compared =
        |gone| Event::PaperCompared { paper: PaperId(2), version: 2, changed: Some(vec![3]), gone };
    let event = compared(vec![1, 3]);
    let text = serde_json::to_string(&event).unwrap();
    assert!(text.ends_with(r#""changed":[3],"gone":[1,3]}"#), "{text}");
    assert_eq!(serde_json::from_str::<Event>(&text).unwrap(), event);
}

#[test]
fn actors_are_stored_as_they_always_were() {
    let check = |actor: Actor, text: &str| {
        assert_eq!(serde_json::to_string(&actor).unwrap(), text);
        assert_eq!(serde_json::from_str::<Actor>(text).unwrap(), actor);
    };
    check(Room::as_clerk(), r#"{"as":"clerk","name":"罗晨"}"#);
    check(
        Actor::Clerk { name: "莫工".into(), role: ClerkRole::Technician },
        r#"{"as":"clerk","name":"莫工","role":"technician"}"#,
    );
    check(Actor::Server, r#"{"as":"server"}"#);
    let key = "07".repeat(32);
    check(
        Actor::Seat { seat: SeatId(12), terminal: Hex([7; 32]) },
        &format!(r#"{{"as":"seat","seat":12,"terminal":"{key}"}}"#),
    );
}

#[test]
fn a_sign_in_by_pin_or_drawing_says_so() {
    let (member, seat, terminal, signature) = (MemberId(4), SeatId(12), Hex([7; 32]), Hex([9; 64]));
    let signed =
        |by_pin, drawing| Event::SignedIn { member, seat, terminal, signature, by_pin, drawing };
    let drawing = Drawing { strokes: vec![vec![[10, 20], [300, 40]]] };
    for (event, told) in [
        (signed(true, None), r#","by_pin":true}"#),
        (signed(false, Some(drawing)), r#","drawing":{"strokes":[[[10,20],[300,40]]]}}"#),
    ] {
        let text = serde_json::to_string(&event).unwrap();
        assert!(text.ends_with(told), "{text}");
        assert_eq!(serde_json::from_str::<Event>(&text).unwrap(), event);
    }
}
