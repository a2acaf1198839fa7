//! What is written to the log, at its most talkative: no password, no token,
//! no cookie, no choice, no notes.

use crate::kit::*;
use hemicycle_protocol::ids::Hex;
use hemicycle_protocol::ink::SealedPage;
use hemicycle_protocol::refusal::Code;
use hemicycle_protocol::topic::VoteState;
use hemicycle_protocol::vote::Choice;
use hemicycle_protocol::wire::Command;
use std::fs::File;

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_and_no_choice_is_logged() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("room");
    let log = dir.path().join("log.txt");
    let mut program = std::process::Command::new(PROGRAM);
    program.env("HEMICYCLE_LOG", "trace").stderr(File::create(&log).unwrap());
    let config = dir.path().join("room.toml");
    std::fs::write(&config, "enrolment = \"open\"\n").unwrap();
    let mut server = Process::spawn(program, &data, &["--config", config.to_str().unwrap()]);
    let shown = server.shown.concat();
    let setup = shown.split("#setup=").nth(1).unwrap().lines().next().unwrap().trim().to_owned();
    let clerks = hemicycle::clerks::Clerks::open(&data, hemicycle_protocol::ids::Millis(0));
    clerks.unwrap().set(CLERK, PASSWORD).unwrap();

    let cookie = login(server.addr).await;
    let mut clerk = Client::console(server.addr, &cookie).await;
    let _hall = Client::hall(server.addr, &server.hall_token).await;
    let (_, vote) = prepare(&mut clerk, 2, 0).await;
    let mut seats = signed_in(server.addr, 2).await;
    clerk.must(Command::OpenMeeting).await;
    clerk.must(Command::OpenVote { vote }).await;
    seats[1].vote_until(|v| v.state == VoteState::Open).await;
    let cast = seats[1].cast_command(2, vote, Choice::Against);
    let signature = serde_json::to_value(&cast).unwrap()["signature"].as_str().unwrap().to_owned();
    seats[1].must(cast).await;
    let me = seats[1].me_until(|me| me.notes.is_some()).await;
    let notes = serde_json::to_value(me.notes).unwrap().as_str().unwrap().to_owned();
    let sealed = "c2VhbGVk".repeat(8);
    let page = SealedPage { page: 0, sealed: sealed.clone() };
    let kept = seats[1].keep_notes(Hex([7; 32]), page).await;
    assert_eq!(kept, Err(Code::NotFound));
    assert!(server.terminate().success());

    let log = std::fs::read_to_string(&log).unwrap();
    assert!(log.contains("signed in") && log.contains("command"), "nothing was logged:\n{log}");
    let token = cookie.split_once('=').unwrap().1;
    for (what, secret) in [
        ("the setup link's token", setup.as_str()),
        ("a password", PASSWORD),
        ("a session", token),
        ("the hall's token", server.hall_token.as_str()),
        ("a choice", "against"),
        ("a ballot", "\"choice\""),
        ("a ballot's signature", signature.as_str()),
        ("what opens notes", notes.as_str()),
        ("a member's notes", sealed.as_str()),
    ] {
        assert!(!log.contains(secret), "{what} is in the log");
    }
}
