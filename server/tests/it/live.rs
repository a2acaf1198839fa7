//! Secret votes whose sums are shown while they run, against the real program:
//! step by step, killed in the middle of a step, to the record that is checked
//! offline; and receipts of votes that are long over.

use crate::kit::*;
use crate::players::*;
use hemicycle::export::export;
use hemicycle::verify::folder as verify_folder;
use hemicycle_protocol::ballot::election::verify_record;
use hemicycle_protocol::ids::*;
use hemicycle_protocol::refusal::Code;
use hemicycle_protocol::topic::{Settings, Vote};
use hemicycle_protocol::vote::{Ballot, Choice, Count, Form, Method, Nominee, PersonAction, Tally};
use hemicycle_protocol::wire::*;
use std::path::Path;

const SEATS: u16 = 18;

async fn room_with_live_sums(addr: std::net::SocketAddr) -> Chamber {
    let all: Vec<u16> = (1..=SEATS).collect();
    let mut room = Chamber::new(addr, SEATS, &all).await;
    let settings = Settings { secret_live: Some(limits::LIVE_STEP), ..Settings::default() };
    room.clerk.must(Command::SetSettings { settings }).await;
    room.make_key(1).await;
    room
}

fn motion_of(choice: Choice) -> Ballot {
    Ballot::Motion { choice }
}

fn tally(in_favour: u32, against: u32, abstain: u32) -> Tally {
    Tally { in_favour, against, abstain }
}

fn live(vote: &Vote) -> u32 {
    vote.secret.as_ref().and_then(|s| s.live.as_ref()).map_or(0, |live| live.counted)
}

async fn live_until(room: &mut Chamber, ballots: u32) -> Vote {
    let vote = room.vote;
    room.clerk.vote_until(|v| v.id == vote && live(v) == ballots).await
}

fn verified(data: &Path, out: &Path, key: &Key) -> String {
    export(data, out, false).unwrap();
    let mut said = Vec::new();
    verify_folder(out, Some(key), &mut |line| said.push(line.to_owned()))
        .unwrap_or_else(|wrong| panic!("{wrong}"));
    said.join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn sums_are_opened_step_by_step_over_restarts_and_the_record_proves_them() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("room");
    let mut server = Process::start(&data);
    let mut room = room_with_live_sums(server.addr).await;
    let vote = room.vote;
    room.clerk.must(Command::OpenVote { vote }).await;

    // The list is checked before the first ballot.
    for seat in [2, 3] {
        room.at(seat).check_list().await.unwrap();
    }
    let two = [MemberId(2), MemberId(3)];
    let checked = |v: &Vote| v.secret.as_ref().is_some_and(|s| s.checks.checked == two);
    room.clerk.vote_until(checked).await;

    let choices = [Choice::For, Choice::For, Choice::Against, Choice::For, Choice::Abstain];
    let choice = |seat: u16| choices[usize::from(seat) % 5];
    let mut casts = Vec::new();
    for seat in 1..=10 {
        casts.push(room.at(seat).cast(vote, &motion_of(choice(seat))).await);
    }
    assert_eq!(room.at(2).open_live(0).await, 5);

    // Killed between the parts: the same sum goes on, and no other.
    server.kill();
    let mut server = Process::start(&data);
    room.back(server.addr).await;
    assert_eq!(room.at(3).open_live(0).await, 5);
    let first = live_until(&mut room, 5).await;
    let Some(Count::Motion { tally: one }) = first.count else { panic!("{:?}", first.count) };
    assert_eq!((first.cast, one), (10, tally(3, 1, 1)));

    // Killed between two sums: the order of the twelve is forgotten, and they go together
    // once five more are in.
    for seat in 11..=12 {
        room.at(seat).cast(vote, &motion_of(choice(seat))).await;
    }
    server.kill();
    let mut server = Process::start(&data);
    room.back(server.addr).await;
    for seat in 13..=17 {
        room.at(seat).cast(vote, &motion_of(choice(seat))).await;
    }
    for seat in [4, 2] {
        assert_eq!(room.at(seat).open_live(5).await, 12);
    }
    let second = live_until(&mut room, 12).await;
    assert_eq!(second.count, Some(Count::Motion { tally: tally(7, 3, 2) }));

    // Killed as soon as it is open, then closed with one more.
    server.kill();
    let mut server = Process::start(&data);
    room.back(server.addr).await;
    assert_eq!(live_until(&mut room, 12).await.count, second.count);
    room.at(18).cast(vote, &motion_of(choice(18))).await;
    room.clerk.must(Command::CloseVote { vote }).await;
    for seat in [3, 4] {
        room.at(seat).open().await;
    }
    let end = room.counted().await;
    assert_eq!(end.count, Some(Count::Motion { tally: tally(11, 4, 3) }));
    for (seat, cast) in (1..).zip(&casts) {
        room.at(seat).check(vote, &cast.sealed.tracker).await;
    }
    room.logged("secret_key_destroyed", 1).await;
    room.clerk.must(Command::DeclareVote { vote }).await;
    // What was stored on the way is gone: setup, hints and list of events are left.
    let blobs = std::fs::read_dir(data.join("records/blobs")).unwrap().count();
    assert_eq!(blobs, 3);

    // Five, seven, the rest: each lot in the order of the trackers.
    let archive = std::fs::read(data.join(format!("records/vote-{vote}.bel"))).unwrap();
    let report = verify_record(&archive, None, 1).unwrap();
    let trackers: Vec<_> = report.ballots.iter().map(|ballot| ballot.tracker).collect();
    assert!([&trackers[..5], &trackers[5..12], &trackers[12..]].iter().all(|t| t.is_sorted()));
    assert_eq!(trackers.len(), 18);

    let (out, key) = (dir.path().join("record"), room.clerk.server);
    let said = verified(&data, &out, &key);
    assert!(said.contains("18 张选票") && said.contains("2 个分段合计"), "{said}");
    let folder = out.join("votes").read_dir().unwrap().next().unwrap().unwrap().path();
    let file = folder.join("live-sums.json");
    let sound = std::fs::read_to_string(&file).unwrap();
    assert!(sound.starts_with("{\"version\":1,\"step\":5,\"sums\":[{\"ballots\":5,"), "{sound}");
    std::fs::write(&file, sound.replacen("\"for\":3", "\"for\":2", 1)).unwrap();
    let wrong = verify_folder(&out, Some(&key), &mut |_| {}).unwrap_err().to_string();
    assert!(wrong.contains("live-sums.json"), "{wrong}");

    receipts_of_old_votes(&mut room, &data, &mut server, &casts[0]).await;
}

/// Another vote is open: who has cast in the one before gets the receipt again, also from a
/// server that was started again, until the meeting is over.
async fn receipts_of_old_votes(room: &mut Chamber, data: &Path, server: &mut Process, old: &Cast) {
    let item = room.item;
    let spec = VoteSpec { method: Method::Secret, ..motion("再次表决") };
    let vote = add_vote(&mut room.clerk, item, spec).await;
    room.clerk.must(Command::OpenVote { vote }).await;
    let new = room.at(1).cast(vote, &motion_of(Choice::Against)).await;
    let other = room.at(2).seal(vote, &motion_of(Choice::For)).await.1;
    for restarted in [false, true] {
        if restarted {
            server.kill();
            *server = Process::start(data);
            room.back(server.addr).await;
        }
        for cast in [old, &new] {
            let again = room.at(1).client.must(cast.command.clone()).await;
            assert_eq!(again.receipt.as_ref(), Some(&cast.receipt), "restarted: {restarted}");
        }
        // Another's ballot gets nobody a receipt.
        let Command::CastSecret { ballot, hints, .. } = old.command.clone() else { panic!() };
        let stolen = Command::CastSecret { vote: old.receipt.receipt.vote, ballot, hints };
        assert_eq!(room.at(18).client.refused(stolen).await, Code::AlreadyVoted);
    }
    room.at(2).client.must(other).await;
    room.clerk.must(Command::AnnulVote { vote, reason: "演练".into() }).await;
    room.clerk.must(Command::FinishItem { item }).await;
    room.clerk.must(Command::CloseMeeting).await;
    room.logged("registrations_destroyed", 1).await;
    assert_eq!(room.at(1).client.refused(old.command.clone()).await, Code::VoteNotOpen);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_persons_steps_too_and_a_wrong_part_stops_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("room");
    let server = Process::start(&data);
    let mut room = room_with_live_sums(server.addr).await;
    let nominee = |name: &str| Nominee {
        name: name.into(),
        action: PersonAction::Appoint,
        post: "大安市副市长".into(),
    };
    let form = Form::Personnel { nominees: vec![nominee("王伟"), nominee("赵敏")] };
    let spec = VoteSpec { form, method: Method::Secret, ..motion("任命名单") };
    let item = room.item;
    room.vote = add_vote(&mut room.clerk, item, spec).await;
    let vote = room.vote;
    room.clerk.must(Command::OpenVote { vote }).await;
    let ballot = Ballot::Personnel { choices: vec![Choice::For, Choice::Against] };
    for seat in 1..=11 {
        room.at(seat).cast(vote, &ballot).await;
    }
    // It was begun with ten.
    let (task, mut wrong) = room.at(2).live_part(0).await;
    let ballots = task.live.unwrap().ballots;
    assert!([5, 6].contains(&ballots), "{ballots}");
    wrong.partial.decryption_factors[0].swap(0, 1);
    room.at(2).client.must(part_command(vote, Some(ballots), &wrong)).await;
    let named = |v: &Vote| {
        let opening = v.secret.as_ref().and_then(|s| s.live.as_ref()?.opening.as_ref());
        opening.is_some_and(|o| o.refused.iter().any(|r| r.member == MemberId(2)))
    };
    room.clerk.vote_until(named).await;
    for seat in [3, 4] {
        assert_eq!(room.at(seat).open_live(0).await, ballots);
    }
    let seen = live_until(&mut room, ballots).await;
    let tallies = vec![tally(ballots, 0, 0), tally(0, ballots, 0)];
    assert_eq!(seen.count, Some(Count::Personnel { tallies }));
    // A step that is under way when the vote closes is left, and tells nothing more.
    for seat in 12..=18 {
        room.at(seat).cast(vote, &ballot).await;
    }
    room.at(3).live_part(ballots).await;
    room.clerk.must(Command::CloseVote { vote }).await;
    for seat in [2, 3] {
        room.at(seat).open().await;
    }
    let tallies = vec![tally(18, 0, 0), tally(0, 18, 0)];
    assert_eq!(room.counted().await.count, Some(Count::Personnel { tallies }));
    room.logged("secret_key_destroyed", 1).await;
    room.clerk.must(Command::DeclareVote { vote }).await;
    let said = verified(&data, &dir.path().join("record"), &room.clerk.server.clone());
    assert!(said.contains("2 个分段合计"), "{said}");
}
