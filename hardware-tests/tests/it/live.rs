//! A secret vote whose sums are shown while it runs: a real server, virtual seats
//! that press at their own time, three of them scrutineers' terminals.

use crate::stage::{LIMIT, Stage};
use hemicycle_hardware_tests::clerk::{Clerk, Room};
use hemicycle_hardware_tests::demo::course::Course;
use hemicycle_hardware_tests::swarm::Pace;
use hemicycle_protocol::ids::VoteId;
use hemicycle_protocol::topic::VoteState;
use hemicycle_protocol::vote::{Count, Method};
use hemicycle_protocol::wire::{Command, limits};
use std::time::Duration;

/// The live counts of a vote as they come, each with the turnout beside it, until its end.
async fn follow(clerk: Clerk, vote: VoteId) -> Vec<(u32, u32, Count)> {
    let mut seen: Vec<(u32, u32, Count)> = Vec::new();
    loop {
        let last = seen.last().map_or(0, |(counted, _, _)| *counted);
        let next = move |room: &Room| {
            let now = room.vote.as_ref().filter(|now| now.id == vote)?;
            if now.state == VoteState::Declared {
                return Some(None);
            }
            let counted = now.secret.as_ref()?.live.as_ref()?.counted;
            (counted > last).then_some(Some((counted, now.cast, now.count.clone()?)))
        };
        match clerk.until("the next live count or the end", LIMIT, next).await.unwrap() {
            Some(step) => seen.push(step),
            None => return seen,
        }
    }
}

fn answers(count: &Count) -> Vec<u32> {
    match count {
        Count::Motion { tally } => vec![tally.cast()],
        Count::Personnel { tallies } => tallies.iter().map(|tally| tally.cast()).collect(),
        Count::Satisfaction { .. } | Count::Plurality { .. } => vec![],
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn live_counts_step_while_members_press() {
    let stage = Stage::set(60).await;
    let (clerk, swarm) = (stage.clerk().await, stage.swarm(Pace::Within(Duration::from_secs(4))));
    let mut settings = clerk.room().meeting.unwrap().settings;
    settings.secret_live = Some(limits::LIVE_STEP);
    clerk.ask(Command::SetSettings { settings }).await.unwrap();
    let course = Course::new(&clerk, &swarm, &stage.cast);
    let mut wrong = Vec::new();
    course.gather(&mut wrong).await.unwrap();
    course.make_key().await.unwrap();
    let secret = |vote: &&VoteId| {
        clerk.room().line(**vote).is_some_and(|line| line.method == Method::Secret)
    };
    let votes: Vec<VoteId> = stage.votes.iter().filter(secret).copied().collect();
    assert!(!votes.is_empty());
    for vote in votes {
        let following = tokio::spawn(follow(stage.clerk().await, vote));
        let held = course.vote(vote, &mut wrong).await.unwrap();
        let seen = following.await.unwrap();
        assert!(!seen.is_empty(), "{}: no live count", held.title);
        let mut sums = vec![0];
        for (counted, cast, count) in &seen {
            assert!(counted + limits::LIVE_STEP <= *cast, "{counted} of {cast}");
            assert!(answers(count).iter().all(|sum| sum == counted), "{count:?} of {counted}");
            sums.push(*counted);
        }
        sums.push(u32::try_from(held.recorded).unwrap());
        let apart = |pair: &[u32]| pair[0] + limits::LIVE_STEP <= pair[1];
        assert!(sums.windows(2).all(apart), "{sums:?}");
        let checks = clerk.room().vote.and_then(|vote| vote.secret).map(|secret| secret.checks);
        let checks = checks.unwrap();
        assert_eq!((checks.checked.len(), checks.objected.len()), (3, 0), "{}", held.title);
    }
    assert_eq!(wrong, Vec::<String>::new());
    swarm.stop().await;
}
