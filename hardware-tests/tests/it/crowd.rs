//! Many seats at once.

use crate::stage::Stage;
use hemicycle_hardware_tests::demo::course::Course;
use hemicycle_hardware_tests::log;
use hemicycle_hardware_tests::swarm::Pace;
use std::collections::BTreeSet;

#[tokio::test(flavor = "multi_thread")]
async fn three_hundred_members_press_in_the_same_instant() {
    everybody_presses(300).await;
}

/// Minutes on a slow machine: `cargo test -p hemicycle-hardware-tests -- --ignored congress`.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "a congress in one process wants a quiet machine; docs/benchmarks.md has the figures"]
async fn a_congress_presses_in_the_same_instant() {
    everybody_presses(3376).await;
}

async fn everybody_presses(members: u32) {
    let stage = Stage::set(members).await;
    let (clerk, swarm) = (stage.clerk().await, stage.swarm(Pace::Together));
    let course = Course::new(&clerk, &swarm, &stage.cast);
    let mut wrong = Vec::new();
    let attendance = course.gather(&mut wrong).await.unwrap();
    assert_eq!((attendance.members, attendance.present), (members, stage.cast.present()));
    course.make_key().await.unwrap();
    let mut acknowledged = 0;
    for vote in &stage.votes {
        let held = course.vote(*vote, &mut wrong).await.unwrap();
        assert_eq!((held.lost, held.duplicated), (0, 0), "{}", held.title);
        acknowledged += held.acknowledged;
    }
    assert_eq!(wrong, Vec::<String>::new());
    let report = swarm.stop().await;
    assert_eq!((report.reconnected, report.refused), (0, 0));
    let pressed: usize = report.votes.iter().map(|v| v.pressed).sum();
    assert_eq!((report.acknowledged, acknowledged), (pressed, pressed));
    drop(clerk);
    let folder = stage.stop().await;
    let data = folder.path().join("server");
    let stored = log::ballots(&data).unwrap();
    let once: BTreeSet<_> = stored.iter().map(|b| (b.vote, b.seat)).collect();
    assert_eq!(once.len(), stored.len());
    // Of a secret vote each encrypted ballot is another one.
    assert_eq!(stored.len() + log::sealed_ballots(&data).unwrap(), pressed);
}
