//! Who may see what. The table of `docs/rules.md`, seen from each side.

use crate::room::*;
use hemicycle_meeting::view::{self, Audience};
use hemicycle_meeting::{Event, Meta, State, Viewer, apply};
use hemicycle_protocol::ids::{Bits, Millis, SeatId, Seq, VoteId};
use hemicycle_protocol::topic::{TopicName, VoteState};
use hemicycle_protocol::vote::{Count, Method, Tally};
use hemicycle_protocol::wire::Command;

const HALL: Viewer = Viewer::Hall;
const CONSOLE: Viewer = Viewer::Console;
const CHAIR: Viewer = Viewer::Chair(SeatId(1));
const SEAT: Viewer = Viewer::Seat(SeatId(2));
const PUBLIC: [Viewer; 3] = [CHAIR, SEAT, HALL];

/// Has a count, has names.
fn sees(room: &Room, viewer: Viewer) -> (bool, bool) {
    let vote = room.vote(viewer).unwrap();
    let line = room.votes(viewer).votes.remove(0);
    assert_eq!(line.by_name.is_some() && viewer == CONSOLE, line.by_name.is_some());
    (vote.count.is_some(), vote.by_name.is_some())
}

fn voted(live: bool, named: bool) -> (Room, VoteId) {
    let mut room = Room::in_session(3, 1..=3);
    if live || named {
        room.settings(|s| (s.live_count, s.named_results) = (live, named));
    }
    let vote = room.open(motion("决定"));
    room.cast(1, vote, For);
    room.cast(3, vote, Against);
    (room, vote)
}

#[test]
fn counts_and_names_come_when_they_may() {
    for (live, named) in [(false, false), (true, false), (false, true), (true, true)] {
        let (mut room, vote) = voted(live, named);
        let check = |room: &Room, public: (bool, bool), console: (bool, bool)| {
            for viewer in PUBLIC {
                assert_eq!(sees(room, viewer), public, "{viewer:?} live={live} named={named}");
            }
            assert_eq!(sees(room, CONSOLE), console, "live={live} named={named}");
        };
        check(&room, (live, false), (true, false));
        assert_eq!(room.vote(HALL).unwrap().cast, 2, "turnout is everybody's");
        room.clerk(Command::PauseVote { vote });
        check(&room, (live, false), (true, false));
        room.close(vote);
        check(&room, (true, false), (true, true));
        room.clerk(Command::DeclareVote { vote });
        check(&room, (true, named), (true, true));
    }
}

#[test]
fn nobody_votes_under_one_promise_and_is_shown_under_another() {
    let (mut room, vote) = voted(false, false);
    room.settings(|s| (s.live_count, s.named_results) = (true, true));
    assert_eq!(sees(&room, SEAT), (false, false));
    room.close(vote);
    room.clerk(Command::DeclareVote { vote });
    assert_eq!(sees(&room, HALL), (true, false));
    // Hiding works at once.
    let (mut room, vote) = voted(false, true);
    room.close(vote);
    room.clerk(Command::DeclareVote { vote });
    assert_eq!(sees(&room, HALL), (true, true));
    room.settings(|s| s.named_results = false);
    assert_eq!(sees(&room, HALL), (true, false));
}

#[test]
fn the_fourth_number_may_be_hidden_but_not_from_the_clerk() {
    let (mut room, vote) = voted(false, false);
    assert_eq!(room.vote(CONSOLE).unwrap().unpressed, None, "not before it is known");
    room.close(vote);
    assert!(PUBLIC.iter().all(|v| room.vote(*v).unwrap().unpressed == Some(1)));
    room.settings(|s| s.show_unpressed = false);
    assert!(PUBLIC.iter().all(|v| room.vote(*v).unwrap().unpressed.is_none()));
    assert!(room.votes(HALL).votes[0].unpressed.is_none());
    assert_eq!(room.vote(CONSOLE).unwrap().unpressed, Some(1));
    assert_eq!(room.votes(CONSOLE).votes[0].unpressed, Some(1));
}

/// Secret votes cannot be prepared yet. Should one ever be in a log with open
/// ballots, no view may give them away.
#[test]
fn a_secret_ballot_could_never_leak() {
    let mut room = Room::in_session(3, 1..=3);
    room.settings(|s| (s.live_count, s.named_results) = (true, true));
    let mut state: State = room.state.clone();
    let mut question = hemicycle_meeting::Question::from(motion("任命"));
    question.method = Method::Secret;
    let vote = VoteId(1);
    let put = |state: &mut State, event: Event| {
        let seq = Seq(state.seq().0 + 1);
        apply(state, &event, &Meta { seq, at: Millis(1), who: Room::as_clerk() });
    };
    let opening = hemicycle_meeting::Opening {
        roll: Bits(vec![0b1110_0000]),
        members: 3,
        present: 3,
        live_count: true,
        secret_live: None,
        named_results: true,
        ends_at: None,
        papers: vec![],
        secret: None,
    };
    let item = hemicycle_protocol::ids::ItemId(1);
    put(&mut state, Event::VoteAdded { vote, item, question });
    put(&mut state, Event::VoteOpened { vote, opening });
    put(
        &mut state,
        Event::BallotEntered {
            vote,
            member: member(2),
            ballot: ballot(Against),
            reason: "".into(),
        },
    );
    let check = |state: &State, counted: bool| {
        for viewer in [CONSOLE, CHAIR, SEAT, HALL] {
            for topic in [TopicName::Vote, TopicName::Votes, TopicName::Audit] {
                let Some(value) = view::topic(state, topic, &viewer) else { continue };
                let text = serde_json::to_string(&value).unwrap();
                assert_eq!(text.contains("\"against\":1"), counted && topic != TopicName::Audit);
                assert!(!text.contains("-n."), "{text}");
                assert!(!text.contains("\"by_name\":["), "{text}");
            }
        }
    };
    check(&state, false);
    let count = Count::Motion { tally: Tally { against: 1, ..Tally::default() } };
    let verdict = hemicycle_protocol::vote::Verdict::Motion {
        outcome: hemicycle_protocol::vote::Outcome::NotAdopted,
    };
    let mut closed = state.clone();
    put(&mut closed, Event::VoteClosed { vote, count, verdict, timed_out: false });
    // The audit line holds the count once it is closed; the other two also do.
    for viewer in [CONSOLE, HALL] {
        let value = view::topic(&closed, TopicName::Vote, &viewer).unwrap();
        let text = serde_json::to_string(&value).unwrap();
        assert!(text.contains("\"against\":1") && text.contains("\"by_name\":null"));
    }
}

#[test]
fn equal_audiences_get_equal_values() {
    let (mut room, vote) = voted(false, true);
    room.close(vote);
    let viewers = [CONSOLE, CHAIR, SEAT, Viewer::Seat(SeatId(3)), HALL];
    for topic in TopicName::ALL {
        for a in viewers {
            for b in viewers {
                let of = |v: &Viewer| view::audience(&room.state, topic, v);
                if of(&a) == of(&b) {
                    assert_eq!(room.sees(topic, a), room.sees(topic, b), "{topic:?}");
                }
            }
        }
    }
    assert_eq!(view::audience(&room.state, TopicName::Me, &SEAT), Some(Audience::Seat(SeatId(2))));
}

#[test]
fn what_is_not_for_a_viewer_is_not_there() {
    let room = Room::of(5, 0);
    let check = |topic, allowed: &[Viewer]| {
        for viewer in [CONSOLE, CHAIR, SEAT, HALL] {
            let seen = room.sees(topic, viewer).is_some();
            assert_eq!(seen, allowed.contains(&viewer), "{topic:?} for {viewer:?}");
        }
    };
    check(TopicName::Audit, &[CONSOLE]);
    check(TopicName::Devices, &[CONSOLE]);
    check(TopicName::Reading, &[CONSOLE]);
    check(TopicName::Next, &[CONSOLE, CHAIR]);
    check(TopicName::Me, &[CHAIR, SEAT]);
    for topic in [
        TopicName::Meeting,
        TopicName::Roll,
        TopicName::Agenda,
        TopicName::Attendance,
        TopicName::Vote,
        TopicName::Votes,
        TopicName::Floor,
        TopicName::Display,
        TopicName::Notice,
    ] {
        check(topic, &[CONSOLE, CHAIR, SEAT, HALL]);
    }
}

#[test]
fn the_vote_stays_until_the_meeting_goes_on() {
    let (mut room, vote) = voted(false, false);
    room.close(vote);
    room.clerk(Command::DeclareVote { vote });
    assert_eq!(room.vote(HALL).unwrap().state, VoteState::Declared);
    assert!(room.me(1).ballot.is_some());
    let item = room.add_item("下一项");
    room.clerk(Command::StartItem { item });
    assert_eq!(room.vote(HALL), None);
    assert!(room.me(1).ballot.is_none());
    assert_eq!(room.votes(HALL).votes.len(), 1);
}
