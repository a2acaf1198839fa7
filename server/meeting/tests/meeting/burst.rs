//! The largest room. No time is asserted here; what is, is that storing a
//! ballot touches what it must and nothing else.

use crate::room::*;
use hemicycle_meeting::{Viewer, view};
use hemicycle_protocol::ids::SeatId;
use hemicycle_protocol::topic::TopicName;
use hemicycle_protocol::vote::{Count, Tally};
use hemicycle_protocol::wire::Command;

#[test]
fn three_thousand_ballots_in_a_congress() {
    const M: u16 = 3376;
    let mut room = Room::in_session(M, 1..=M);
    let vote = room.open(motion("决议"));
    let seat = Viewer::Seat(SeatId(3000));
    let versions = |room: &Room, viewer: Viewer| {
        TopicName::ALL.map(|t| view::version(&room.state, t, &viewer))
    };
    let before = versions(&room, seat);
    for n in 1..3000 {
        room.cast(n, vote, if n % 10 == 0 { Against } else { For });
    }
    // Of all that a seat follows, only the turnout moved.
    for (topic, (old, new)) in
        TopicName::ALL.into_iter().zip(before.into_iter().zip(versions(&room, seat)))
    {
        assert_eq!(old != new, topic == TopicName::Vote, "{topic:?}");
    }
    let seen = room.vote(seat).unwrap();
    assert_eq!((seen.cast, seen.count, seen.by_name), (2999, None, None));
    let small = serde_json::to_string(&room.sees(TopicName::Vote, seat)).unwrap();
    assert!(small.len() < 1500, "{small}");
    let attendance = serde_json::to_string(&room.sees(TopicName::Attendance, seat)).unwrap();
    assert!(attendance.len() < 300, "{attendance}");
    room.close(vote);
    let tally = Tally { in_favour: 2700, against: 299, abstain: 0 };
    assert_eq!(room.vote(seat).unwrap().count, Some(Count::Motion { tally }));
    assert_eq!(room.vote(seat).unwrap().unpressed, Some(377));
    room.clerk(Command::DeclareVote { vote });
    let lines = room.vote(Viewer::Console).unwrap().by_name.unwrap();
    assert_eq!(lines[0].len(), usize::from(M) + 2);
}
