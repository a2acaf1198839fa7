//! The life of a vote against the table of `docs/rules.md`: every command that
//! concerns a vote, in every state. What the table has must happen, what it has
//! not must be refused and change nothing.

use crate::room::*;
use hemicycle_meeting::{ServerCommand, State};
use hemicycle_protocol::ids::VoteId;
use hemicycle_protocol::refusal::Code;
use hemicycle_protocol::topic::{CountedBy, VoteState};
use hemicycle_protocol::vote::{Count, Preset, Rule, Tally, Tie};
use hemicycle_protocol::wire::{Command, VoteSpec};
use std::collections::{BTreeMap, BTreeSet};

const STATES: [&str; 8] =
    ["prepared", "open", "paused", "closed", "tied", "counted", "declared", "annulled"];
const VOTE: VoteId = VoteId(1);

fn spec() -> VoteSpec {
    let rule = Rule { tie: Tie::ChairDecides, ..Rule::preset(Preset::Simple) };
    VoteSpec { rule, seconds: Some(60), ..motion("决定") }
}

fn entered() -> Command {
    let tally = Tally { in_favour: 3, against: 1, abstain: 0 };
    let (count, by) = (Count::Motion { tally }, CountedBy::Hands);
    Command::EnterCount { vote: VOTE, count, by, reason: "举手".into() }
}

/// What can be done to a vote, under the names of the table.
fn commands(room: &Room) -> Vec<(&'static str, Command)> {
    let vote = VOTE;
    let rev = state_of(&room.state).map_or(1, |(_, rev)| rev);
    vec![
        ("edit_vote", Command::EditVote { vote, rev, spec: motion("决定（二稿）") }),
        ("recuse", Command::Recuse { vote, member: member(3) }),
        ("clear_recusal", Command::ClearRecusal { vote, member: member(4) }),
        ("remove_vote", Command::RemoveVote { vote }),
        ("open_vote", Command::OpenVote { vote }),
        ("cast", casting(vote, ballot(For))),
        (
            "cast_for",
            Command::CastFor {
                vote,
                member: member(2),
                ballot: ballot(For),
                reason: "故障".into(),
            },
        ),
        ("extend_vote", Command::ExtendVote { vote, seconds: 30 }),
        ("pause_vote", Command::PauseVote { vote }),
        ("resume_vote", Command::ResumeVote { vote }),
        ("close_vote", Command::CloseVote { vote }),
        ("declare_vote", Command::DeclareVote { vote }),
        ("annul_vote", Command::AnnulVote { vote, reason: "作废".into() }),
        ("break_tie", Command::BreakTie { vote, adopted: true }),
        ("enter_count", entered()),
    ]
}

/// A vote in that state; seat 4 is recused, seats 2 and 3 have not cast.
fn room_in(state: &str) -> Room {
    let mut room = Room::in_session(5, 1..=5);
    let vote = room.add_vote(spec());
    room.clerk(Command::Recuse { vote, member: member(4) });
    if state == "prepared" {
        return room;
    }
    room.clerk(Command::OpenVote { vote });
    room.cast(1, vote, For);
    match state {
        "open" => {}
        "paused" => drop(room.clerk(Command::PauseVote { vote })),
        "closed" => room.close(vote),
        "tied" => {
            room.cast(5, vote, Against);
            room.close(vote);
        }
        "counted" => drop(room.clerk(entered())),
        "declared" => {
            room.close(vote);
            room.clerk(Command::DeclareVote { vote });
        }
        "annulled" => drop(room.clerk(Command::AnnulVote { vote, reason: "作废".into() })),
        other => panic!("{other}"),
    }
    assert_eq!(state_of(&room.state).map(|s| s.0), Some(state));
    room
}

/// A vote's state under the names of the table, and its revision.
fn state_of(state: &State) -> Option<(&'static str, u32)> {
    use hemicycle_meeting::{Viewer, view};
    use hemicycle_protocol::topic::{Topic, TopicName};
    use hemicycle_protocol::vote::{Outcome, Verdict};
    let votes = match view::topic(state, TopicName::Votes, &Viewer::Console) {
        Some(Topic::Votes(votes)) => votes.votes,
        other => panic!("{other:?}"),
    };
    let vote = votes.into_iter().find(|v| v.id == VOTE)?;
    let tied = vote.verdict == Some(Verdict::Motion { outcome: Outcome::TiedForChair });
    let name = match vote.state {
        VoteState::Prepared => "prepared",
        VoteState::Open => "open",
        VoteState::Paused => "paused",
        VoteState::Closed if tied => "tied",
        VoteState::Closed if vote.counted_by != CountedBy::Terminals => "counted",
        VoteState::Closed => "closed",
        VoteState::Declared => "declared",
        VoteState::Annulled => "annulled",
    };
    Some((name, vote.rev))
}

fn table() -> BTreeMap<(String, String), String> {
    let text = include_str!("../../../../docs/rules.md");
    let part = text.split("<!-- life:").nth(1).unwrap().split("<!-- end -->").next().unwrap();
    let mut table = BTreeMap::new();
    for line in part.lines().filter(|l| l.starts_with("| ")).skip(1) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [from, by, to] = cells[..] else { panic!("{line}") };
        assert!(STATES.contains(&from) && (STATES.contains(&to) || to == "gone"), "{line}");
        assert!(table.insert((from.into(), by.into()), to.into()).is_none(), "twice: {line}");
    }
    table
}

#[test]
fn a_vote_lives_as_the_table_says() {
    let table = table();
    let mut used = BTreeSet::new();
    for from in STATES {
        for (by, _) in commands(&room_in(from)) {
            let mut room = room_in(from);
            let command = commands(&room).into_iter().find(|c| c.0 == by).unwrap().1;
            // A member who has not cast yet, so that only the state decides.
            let actor = if by == "cast" { Room::at(3) } else { Room::as_clerk() };
            let before = room.state.clone();
            let answer = room.ask(actor, &command);
            let key = (from.to_string(), by.to_string());
            match (table.get(&key), answer) {
                (Some(to), Ok(_)) => {
                    let now = state_of(&room.state).map_or("gone", |s| s.0);
                    assert_eq!(now, to, "{from} by {by}");
                    used.insert(key);
                }
                (None, Err(refusal)) => {
                    assert!(
                        matches!(refusal.code, Code::WrongState | Code::VoteNotOpen),
                        "{from} by {by}: {refusal}"
                    );
                    assert!(room.state == before);
                }
                (want, got) => panic!("{from} by {by}: table says {want:?}, got {got:?}"),
            }
        }
        let mut room = room_in(from);
        room.now += 61_000;
        let closed = !room.server(ServerCommand::Deadline).unwrap().events.is_empty();
        let key = (from.to_string(), "deadline".to_string());
        assert_eq!(closed, table.contains_key(&key), "{from} by deadline");
        if closed {
            used.insert(key);
        }
    }
    let all: BTreeSet<_> = table.into_keys().collect();
    assert_eq!(used, all, "every row of the table was walked");
}
