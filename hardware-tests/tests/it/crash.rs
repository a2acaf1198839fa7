//! kill -9 of the server in the middle of votes: every acknowledged ballot is
//! there once, the meeting goes on, the seats come back by themselves.

use crate::stage::{LIMIT, Stage};
use hemicycle_hardware_tests::demo::course::Course;
use hemicycle_hardware_tests::log;
use hemicycle_hardware_tests::swarm::{Pace, Standing, Swarm};
use hemicycle_protocol::ids::VoteId;
use hemicycle_protocol::topic::VoteState;
use hemicycle_protocol::wire::Command;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

/// The server is killed again and again while ballots come in at their own
/// times, each time a little later in the vote.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_is_there_once_and_the_meeting_goes_on() {
    let mut stage = Stage::set(62).await;
    let swarm = stage.swarm(Pace::Within(Duration::from_millis(400)));
    let mut wrong = Vec::new();
    let clerk = stage.clerk().await;
    let course = Course::new(&clerk, &swarm, &stage.cast);
    course.gather(&mut wrong).await.unwrap();
    course.make_key().await.unwrap();
    drop(clerk);
    let seats = swarm.look(<[_]>::len);
    for (vote, kill_at) in stage.votes.clone().into_iter().zip([1, 14, 28, 50]) {
        let clerk = stage.clerk().await;
        // Who came late in the vote before votes in this one with credentials of just now.
        swarm.until("credentials of all who are here", LIMIT, all_registered).await.unwrap();
        clerk.ask(Command::OpenVote { vote }).await.unwrap();
        let some = |seats: &[Standing]| of(seats, vote) >= kill_at;
        swarm.until("some receipts", LIMIT, some).await.unwrap();
        drop(clerk);
        let before = swarm.vote(vote).unwrap().confirmed;
        stage = stage.kill_and_start().await;
        let all_back = |seats: &[Standing]| seats.iter().all(|s| s.online);
        swarm.until("the seats to come back", LIMIT, all_back).await.unwrap();

        // The session of before still opens the console: a restart signs nobody out.
        let clerk = stage.clerk().await;
        let state = clerk.room().line(vote).map(|line| line.state);
        assert_eq!(state, Some(VoteState::Open), "the vote stands where it was");
        let course = Course::new(&clerk, &swarm, &stage.cast);
        let unpressed = unpressed(&stage, &clerk.room().line(vote).unwrap().title);
        course.receipts(vote, unpressed).await.unwrap();
        let held = course.finish(vote, &mut wrong).await.unwrap();
        assert_eq!((held.lost, held.duplicated), (0, 0));
        assert!(before.len() >= kill_at);
        assert!(before.is_subset(&swarm.vote(vote).unwrap().confirmed));
    }
    assert_eq!(wrong, Vec::<String>::new());
    let report = swarm.stop().await;
    // Nobody slept through it: each came back after each kill.
    assert!(report.reconnected as usize >= 4 * seats, "{}", report.reconnected);
    let folder = stage.stop().await;
    stored_once(&folder.path().join("server"), &report);
}

fn all_registered(seats: &[Standing]) -> bool {
    seats.iter().filter(|s| s.member && s.signed_in).all(|s| s.registered)
}

/// All ballots are on their way to a server that does not answer any more, and
/// then dies: none was acknowledged, all are cast again after the restart.
#[tokio::test(flavor = "multi_thread")]
async fn ballots_without_an_answer_get_their_receipts_from_the_next_server() {
    let mut stage = Stage::set(31).await;
    let swarm = stage.swarm(Pace::WhenTold);
    let mut wrong = Vec::new();
    let clerk = stage.clerk().await;
    Course::new(&clerk, &swarm, &stage.cast).gather(&mut wrong).await.unwrap();
    let vote = *stage.votes.first().unwrap();
    clerk.ask(Command::OpenVote { vote }).await.unwrap();
    let unpressed = unpressed(&stage, &clerk.room().line(vote).unwrap().title);
    let pressing = (stage.cast.present() - unpressed) as usize;
    let ready = |seats: &[Standing]| {
        seats.iter().filter(|s| s.stance == Some((vote, true))).count() == pressing
    };
    swarm.until("fingers above the button", LIMIT, ready).await.unwrap();
    drop(clerk);

    stage.host.freeze();
    swarm.let_press(vote);
    all_pressed(&swarm, vote, pressing).await;
    assert!(swarm.vote(vote).unwrap().confirmed.is_empty());
    stage = stage.kill_and_start().await;

    let clerk = stage.clerk().await;
    let course = Course::new(&clerk, &swarm, &stage.cast);
    course.receipts(vote, unpressed).await.unwrap();
    let held = course.finish(vote, &mut wrong).await.unwrap();
    assert_eq!((held.acknowledged, held.lost, held.duplicated), (pressing, 0, 0));
    assert_eq!(wrong, Vec::<String>::new());
    let report = swarm.stop().await;
    drop(clerk);
    let folder = stage.stop().await;
    stored_once(&folder.path().join("server"), &report);
}

fn of(seats: &[Standing], vote: VoteId) -> usize {
    seats.iter().filter(|s| s.confirmed == Some(vote)).count()
}

fn unpressed(stage: &Stage, title: &str) -> u32 {
    let seats = stage.cast.member_seats().into_iter();
    let here = seats.filter(|seat| stage.cast.sample().leave(*seat).is_none());
    let silent = here.filter(|seat| stage.cast.sample().presses(title, *seat).unwrap().is_empty());
    u32::try_from(silent.count()).unwrap()
}

/// The seats' own measure has no event to wait for: their presses show nowhere else.
async fn all_pressed(swarm: &Swarm, vote: VoteId, pressing: usize) {
    let all = async {
        while swarm.vote(vote).is_none_or(|report| report.pressed < pressing) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LIMIT, all).await.unwrap();
}

/// The log holds exactly what was pressed, each ballot once.
fn stored_once(data: &Path, report: &hemicycle_hardware_tests::swarm::Report) {
    let stored = log::ballots(data).unwrap();
    let places: BTreeSet<_> = stored.iter().map(|b| (b.vote, b.seat)).collect();
    assert_eq!(places.len(), stored.len(), "a ballot stands in the log twice");
    let stored: BTreeMap<_, _> = stored.into_iter().map(|b| ((b.vote, b.seat), b.ballot)).collect();
    let mut pressed = BTreeMap::new();
    for vote in &report.votes {
        assert_eq!(vote.confirmed.len(), vote.ballots.len());
        // Of a secret vote nothing in the log says whose a ballot is.
        let known = vote.ballots.iter().filter_map(|(s, b)| Some((s, b.clone()?)));
        pressed.extend(known.map(|(s, b)| ((vote.vote, *s), b)));
    }
    assert!(!pressed.is_empty());
    assert_eq!(stored, pressed);
}
