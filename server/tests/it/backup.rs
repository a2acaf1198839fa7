//! A copy of the data folder, taken while members vote, and a server that starts
//! from it.

use crate::kit::*;
use hemicycle_protocol::topic::VoteState;
use hemicycle_protocol::vote::Choice;
use hemicycle_protocol::wire::{Answer, Command};
use std::path::Path;
use std::process::{Command as Program, Output};

const SEATS: u16 = 12;

/// `hemicycle WHAT --data DATA --out OUT`
fn copies(what: &str, data: &Path, out: &Path) -> Output {
    let mut program = Program::new(PROGRAM);
    program.args([what, "--data"]).arg(data).arg("--out").arg(out);
    program.env("HEMICYCLE_ASSETS", assets()).output().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_starts_from_a_copy_that_was_taken_in_a_vote() {
    let dir = tempfile::tempdir().unwrap();
    let (data, copy) = (dir.path().join("room"), dir.path().join("copy"));
    let mut server = Process::start(&data);
    let cookie = login(server.addr).await;
    let mut clerk = Client::console(server.addr, &cookie).await;
    let (_, vote) = prepare(&mut clerk, SEATS, 0).await;
    let mut seats: Vec<_> = (1..).zip(signed_in(server.addr, SEATS).await).collect();
    clerk.must(Command::OpenMeeting).await;
    clerk.must(Command::OpenVote { vote }).await;
    let late = seats.split_off(usize::from(SEATS) / 2);
    for (seat, client) in &mut seats {
        client.vote_until(|v| v.state == VoteState::Open).await;
        let cast = client.cast_command(*seat, vote, Choice::For);
        client.must(cast).await;
    }
    // The others press while the copy is taken.
    let presses = late.into_iter().map(|(seat, mut client)| async move {
        client.vote_until(|v| v.state == VoteState::Open).await;
        let id = new_id();
        let cast = client.cast_command(seat, vote, Choice::Against);
        client.put(id, cast).await;
        assert!(matches!(client.answer(id).await, Answer::Ok(_)));
    });
    let presses: Vec<_> = presses.map(tokio::spawn).collect();
    let coming = hemicycle::papers_folder(&data).join("coming");
    std::fs::write(coming.join("7.pdf"), "half of it").unwrap();
    let (from, to) = (data.clone(), copy.clone());
    let taken = tokio::task::spawn_blocking(move || copies("backup", &from, &to));
    let taken = taken.await.unwrap();
    assert!(taken.status.success(), "{}", String::from_utf8_lossy(&taken.stderr));
    for press in presses {
        press.await.unwrap();
    }
    // A second one is not written over the first.
    assert!(!copies("backup", &data, &copy).status.success());
    server.kill();
    drop(server);
    assert!(!copy.join("sessions.json").exists() && !copy.join("secret").exists());
    assert!(copy.join("papers").is_dir() && !copy.join("papers/coming").exists());

    // The copy is complete by itself: its record holds, and a server goes on with it.
    let record = dir.path().join("record");
    assert!(copies("export", &copy, &record).status.success());
    let verified = Program::new(PROGRAM).arg("verify").arg(&record).output().unwrap();
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
    let again = Process::start(&copy);
    let cookie = login(again.addr).await;
    let mut clerk = Client::console(again.addr, &cookie).await;
    let open = clerk.vote_until(|v| v.id == vote && v.state == VoteState::Open).await;
    assert!((u32::from(SEATS) / 2..=u32::from(SEATS)).contains(&open.cast), "{open:?}");
    clerk.must(Command::CloseVote { vote }).await;
    clerk.must(Command::DeclareVote { vote }).await;
}
