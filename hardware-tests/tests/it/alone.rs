//! `hemicycle-swarm` as a program of its own against a server that runs.

use crate::stage::{LIMIT, Stage};
use hemicycle_hardware_tests::clerk::Room;
use hemicycle_protocol::wire::Command as Ask;
use serde_json::{Value, json};
use std::process::Stdio;
use tokio::process::Command;

#[tokio::test]
async fn the_swarm_takes_its_seats_presses_and_says_what_it_measured() {
    let stage = Stage::set(31).await;
    let choices = stage.programs.sample().join("choices.json");
    let swarm = Command::new(env!("CARGO_BIN_EXE_hemicycle-swarm"))
        .arg("--server")
        .arg(format!("http://{}", stage.host.address))
        .args(["--seats", "36", "--votes", "1", "--choices"])
        .arg(choices)
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let clerk = stage.clerk().await;
    let seated = |room: &Room| (room.seated() == 36).then_some(());
    clerk.until("every seat", LIMIT, seated).await.unwrap();
    clerk.ask(Ask::OpenSignIn).await.unwrap();
    let here = |room: &Room| {
        let now = &room.attendance;
        ((now.present, now.attendees, now.missing) == (28, 5, 3)).then_some(())
    };
    clerk.until("everybody but three", LIMIT, here).await.unwrap();
    clerk.ask(Ask::OpenMeeting).await.unwrap();
    let vote = *stage.votes.first().unwrap();
    clerk.ask(Ask::OpenVote { vote }).await.unwrap();
    let all_cast = |room: &Room| room.vote.as_ref().filter(|v| v.cast == 27).map(|_| ());
    clerk.until("every ballot", LIMIT, all_cast).await.unwrap();
    clerk.ask(Ask::CloseVote { vote }).await.unwrap();

    // It leaves when the vote is closed.
    let output = tokio::time::timeout(LIMIT, swarm.wait_with_output()).await.unwrap().unwrap();
    assert!(output.status.success());
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let of = |keys: [&str; 6]| keys.map(|key| report[key].clone());
    assert_eq!(
        of(["seats", "connected", "signed_in", "acknowledged", "lost", "duplicated"]),
        [36, 36, 33, 27, 0, 0].map(|n| json!(n))
    );
    for figure in ["p50", "p95", "p99", "max"] {
        assert!(report["press_to_receipt_ms"][figure].as_f64().is_some_and(|ms| ms > 0.0));
        assert!(report["connect_ms"][figure].as_f64().is_some_and(|ms| ms > 0.0));
    }
    assert!(report["fan_out_ms"]["max"].is_number());
    assert!(report["bytes_in"].as_u64() > report["bytes_out"].as_u64());
    drop(clerk);
    stage.stop().await;
}
