//! Secret votes against the real program: from the key to the declared result,
//! with terminals that are off, lie, or come back, and a server that is killed.

use crate::kit::*;
use crate::players::*;
use futures_util::future::join_all;
use hemicycle_protocol::ballot::archive::{EventType, read};
use hemicycle_protocol::ballot::decrypt::{DecryptError, combine, partially_decrypt};
use hemicycle_protocol::ballot::election::{SecondCheck, verify_record};
use hemicycle_protocol::ballot::keys::SecretKey;
use hemicycle_protocol::ballot::records::{Canonical as _, EncryptedTally};
use hemicycle_protocol::ballot::setup::Setup;
use hemicycle_protocol::ids::*;
use hemicycle_protocol::refusal::Code;
use hemicycle_protocol::topic::{
    CountedBy, KeyFault, Objected, Objection, Phase, ScrutinyKey, Topic, TopicName, VoteState,
};
use hemicycle_protocol::vote::{
    Ballot, Choice, Count, Form, Method, Nominee, Outcome, PersonAction, Tally, Verdict,
};
use hemicycle_protocol::wire::*;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

fn motion_of(choice: Choice) -> Ballot {
    Ballot::Motion { choice }
}

fn tally(in_favour: u32, against: u32, abstain: u32) -> Tally {
    Tally { in_favour, against, abstain }
}

fn counted(in_favour: u32, against: u32, abstain: u32) -> Option<Count> {
    Some(Count::Motion { tally: tally(in_favour, against, abstain) })
}

/// The finished record of a vote, checked as a stranger would.
fn check_record(data: &Path, vote: VoteId, ballots: usize, owners: &[u32]) -> Hash {
    let archive = std::fs::read(data.join(format!("records/vote-{vote}.bel"))).unwrap();
    let proofs = data.join(format!("records/vote-{vote}.decryption-proofs.json"));
    let report = verify_record(&archive, Some(&std::fs::read(proofs).unwrap()), 1).unwrap();
    assert_eq!((report.last_kind, report.second), (EventType::Result, SecondCheck::Hold));
    assert_eq!((report.counted(), &report.owners[..]), (ballots, owners));
    assert!(report.ballots.is_sorted_by_key(|ballot| ballot.tracker.0), "in order of arrival");
    Hex(report.last_event.0)
}

fn key_file(data: &Path, vote: VoteId) -> std::path::PathBuf {
    data.join(format!("secret/vote-{vote}.key"))
}

#[tokio::test(flavor = "multi_thread")]
async fn from_the_key_to_the_declared_results_with_one_scrutineer_off() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("room");
    let mut server = Process::start(&data);
    let addr = server.addr;
    // Nobody at seat 5 has registered anything.
    let mut room = Chamber::new(addr, 5, &[1, 2, 3, 4]).await;
    let vote = room.vote;
    // Without a key there is no secret vote.
    assert_eq!(room.clerk.refused(Command::OpenVote { vote }).await, Code::SecretUnavailable);
    room.make_key(1).await;
    assert_eq!(room.at(2).client.refused(Command::OpenVote { vote }).await, Code::NotAllowed);
    assert!(!key_file(&data, vote).exists(), "prepared for somebody who may not open it");
    // Pressed twice at once: it opens once.
    let (first, second) = (new_id(), new_id());
    let open = |id| Up::Command(Ask { id, command: Command::OpenVote { vote } });
    room.clerk.send_together(&[open(first), open(second)]).await;
    assert!(matches!(room.clerk.answer(first).await, Answer::Ok(_)));
    assert!(matches!(room.clerk.answer(second).await, Answer::Refused(_)));
    let open = room.clerk.vote_until(|v| v.id == vote).await;
    assert_eq!((open.roll, open.secret.unwrap().credentials), (5, 4));

    let choices = [Choice::For, Choice::Against, Choice::For, Choice::For];
    let mut casts = Vec::new();
    for (seat, choice) in (1..).zip(choices) {
        let cast = room.at(seat).cast(vote, &motion_of(choice)).await;
        // The same ballot again: the same receipt. Another one: no.
        let again = room.at(seat).client.must(cast.command.clone()).await;
        assert_eq!(again.receipt.as_ref(), Some(&cast.receipt));
        let (_, other) = room.at(seat).seal(vote, &motion_of(Choice::Abstain)).await;
        assert_eq!(room.at(seat).client.refused(other).await, Code::AlreadyVoted);
        let me = room.at(seat).client.me_until(|me| me.ballot.is_some()).await;
        assert_eq!(me.ballot.unwrap().receipt, cast.receipt.receipt);
        casts.push(cast);
    }
    let key = std::fs::read(key_file(&data, vote)).unwrap();

    // Seat 4 is a scrutineer's and goes off.
    let share = room.at(4).share.take();
    room.clerk.must(Command::CloseVote { vote }).await;
    // Asked again for the receipt, as if it had been lost.
    let late = room.at(1).client.must(casts[0].command.clone()).await;
    assert_eq!(late.receipt.as_ref(), Some(&casts[0].receipt));
    for seat in [2, 3] {
        room.at(seat).open().await;
    }
    let end = room.counted().await;
    assert_eq!(end.count, counted(3, 1, 0));
    assert_eq!(end.verdict, Some(Verdict::Motion { outcome: Outcome::Adopted }));
    assert_eq!((end.cast, end.unpressed, end.by_name), (4, Some(1), None));
    for (seat, cast) in (1..).zip(&casts) {
        let record = room.at(seat).check(vote, &cast.sealed.tracker).await;
        assert_eq!(record.last, check_record(&data, vote, 4, &[1, 2, 3]));
    }
    room.logged("secret_key_destroyed", 1).await;
    room.clerk.must(Command::DeclareVote { vote }).await;

    // The next one is a list, with another pair of scrutineers.
    room.at(4).share = share;
    let nominee = |name: &str| Nominee {
        name: name.into(),
        action: PersonAction::Appoint,
        post: "大安市副市长".into(),
    };
    let form = Form::Personnel { nominees: vec![nominee("王伟"), nominee("赵敏")] };
    let spec = VoteSpec { form, method: Method::Secret, ..motion("任命名单") };
    let item = room.item;
    let list = add_vote(&mut room.clerk, item, spec).await;
    room.vote = list;
    room.clerk.must(Command::OpenVote { vote: list }).await;
    // The ballot of the vote before does not fit.
    let old = casts[0].sealed.ballot.clone();
    let stale = cast_command(list, &old, &casts[0].sealed);
    assert_eq!(room.at(1).client.refused(stale).await, Code::BadBallot);
    for seat in 1..=4 {
        let second = if seat == 1 { Choice::Abstain } else { Choice::Against };
        let ballot = Ballot::Personnel { choices: vec![Choice::For, second] };
        room.at(seat).cast(list, &ballot).await;
    }
    room.clerk.must(Command::CloseVote { vote: list }).await;
    for seat in [3, 4] {
        room.at(seat).open().await;
    }
    let end = room.counted().await;
    let tallies = vec![tally(4, 0, 0), tally(0, 3, 1)];
    assert_eq!(end.count, Some(Count::Personnel { tallies }));
    room.logged("secret_key_destroyed", 2).await;
    check_record(&data, list, 4, &[1, 3, 4]);
    room.clerk.must(Command::DeclareVote { vote: list }).await;

    // No key and no link is left, nor what could be one.
    assert!(!key_file(&data, vote).exists() && !key_file(&data, list).exists());
    assert_eq!(std::fs::read_dir(data.join("secret/blobs")).unwrap().count(), 0);
    leaves_no_key(&data, &key);
    room.clerk.must(Command::FinishItem { item }).await;
    room.clerk.must(Command::CloseMeeting).await;
    let closed = |t: &Topic| matches!(t, Topic::Meeting(m) if m.phase == Phase::Closed);
    room.clerk.until(TopicName::Meeting, closed).await;
    for seat in 2..=4 {
        room.at(seat).client.must(Command::ShareDestroyed { attempt: 1 }).await;
    }
    room.scrutiny_until(|s| s.scrutineers.iter().all(|s| s.destroyed)).await;
    room.logged("registrations_destroyed", 1).await;
    assert!(server.terminate().success());
    assert!(!data.join("secret/registrations.jsonl").exists());
    // A credential stands in public records and ballots, and beside no member.
    let credential = room.at(1).public(0).to_string();
    assert_eq!(files_with(&data, credential.as_bytes()).len(), 0, "as it was registered");
    leaves_no_key(&data, &key);
    for cast in &casts {
        let trackers = files_with(&data, &cast.sealed.tracker.0);
        assert!(trackers.iter().all(|file| file == "log.sqlite"), "{trackers:?}");
        no_line_links(&data, &cast.sealed.tracker.to_hex());
    }
}

/// Neither as bytes nor as text.
fn leaves_no_key(data: &Path, key: &[u8]) {
    let bytes = hex::decode(key).unwrap();
    for needle in [key, &bytes] {
        assert!(files_with(data, needle).is_empty(), "a server key is left");
    }
}

/// No entry of the log speaks of a ballot.
fn no_line_links(data: &Path, tracker: &str) {
    use hemicycle::store::{SqliteStore, Store as _};
    let mut visit = |_, payload: &[u8]| {
        let text = String::from_utf8_lossy(payload).into_owned();
        assert!(!text.contains(tracker), "{text}");
        Ok(())
    };
    let mut store = SqliteStore::open(&data.join("log.sqlite"), &mut |_, _| Ok(())).unwrap();
    store.read(&mut visit).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_anywhere_goes_on_where_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("room");
    let mut server = Process::start(&data);
    let mut room = Chamber::open(server.addr, 4, &[1, 2, 3, 4]).await;
    let vote = room.vote;
    let mut casts = Vec::new();
    for seat in 1..=2 {
        casts.push(room.at(seat).cast(vote, &motion_of(Choice::For)).await);
    }

    // After some have cast.
    server.kill();
    let mut server = Process::start(&data);
    room.back(server.addr).await;
    assert_eq!(room.clerk.vote_until(|v| v.id == vote).await.cast, 2);
    for (seat, cast) in (1..).zip(&casts) {
        let me = room.at(seat).client.me_until(|me| me.ballot.is_some()).await;
        assert_eq!(me.ballot.unwrap().receipt, cast.receipt.receipt);
        let again = room.at(seat).client.must(cast.command.clone()).await;
        assert_eq!(again.receipt.as_ref(), Some(&cast.receipt));
        let (_, other) = room.at(seat).seal(vote, &motion_of(Choice::Against)).await;
        assert_eq!(room.at(seat).client.refused(other).await, Code::AlreadyVoted);
    }
    casts.push(room.at(3).cast(vote, &motion_of(Choice::Against)).await);

    // As soon as it is closed.
    room.clerk.must(Command::CloseVote { vote }).await;
    server.kill();
    let mut server = Process::start(&data);
    room.back(server.addr).await;
    let closed = room.clerk.vote_until(|v| v.id == vote && v.state == VoteState::Closed).await;
    assert_eq!((closed.cast, closed.count), (3, None));
    room.at(4).open().await;

    // Between the parts; what is on the disk opens nothing by itself.
    server.kill();
    opens_nothing(&data, vote);
    let mut server = Process::start(&data);
    room.back(server.addr).await;
    let waits = room.clerk.vote_until(|v| v.secret.as_ref().unwrap().opening.is_some()).await;
    let opening = waits.secret.unwrap().opening.unwrap();
    assert_eq!((opening.needed, opening.given), (1, vec![MemberId(4)]));
    assert_eq!(opening.missing, [MemberId(2), MemberId(3)]);
    let declared = room.clerk.refused(Command::DeclareVote { vote }).await;
    assert_eq!(declared, Code::WrongState);
    room.at(2).open().await;
    let end = room.counted().await;
    assert_eq!(end.count, counted(2, 1, 0));

    // As soon as it is counted.
    server.kill();
    let mut server = Process::start(&data);
    room.back(server.addr).await;
    assert_eq!(room.counted().await.count, end.count);
    room.logged("secret_key_destroyed", 1).await;
    assert!(!key_file(&data, vote).exists());
    let last = check_record(&data, vote, 3, &[1, 2, 4]);
    for (seat, cast) in (1..).zip(&casts) {
        assert_eq!(room.at(seat).check(vote, &cast.sealed.tracker).await.last, last);
    }
    assert!(server.terminate().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn ballots_that_were_acknowledged_survive_kill_9_once() {
    const SEATS: u16 = 24;
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("room");
    let mut server = Process::start(&data);
    let all: Vec<u16> = (1..=SEATS).collect();
    let mut room = Chamber::open(server.addr, SEATS, &all).await;
    let vote = room.vote;
    let mut commands = Vec::new();
    for seat in 1..=SEATS {
        let choice = Choice::ALL[usize::from(seat % 3)];
        commands.push(room.at(seat).seal(vote, &motion_of(choice)).await.1);
    }
    // All at once; the server dies when a third has its receipt.
    let acknowledged = AtomicUsize::new(0);
    let presses = room.players.iter_mut().zip(&commands).map(|(player, command)| {
        let acknowledged = &acknowledged;
        async move {
            let id = new_id();
            // Spread over some commits.
            let wait = Duration::from_millis(u64::from(player.seat) * 2);
            tokio::time::sleep(wait).await;
            player.client.try_put(id, command.clone()).await;
            let answer = player.client.answer_or_end(id).await;
            if answer.is_some() {
                acknowledged.fetch_add(1, Ordering::SeqCst);
            }
            answer
        }
    });
    let killing = async {
        while acknowledged.load(Ordering::SeqCst) < usize::from(SEATS) / 3 {
            tokio::task::yield_now().await;
        }
        server.kill();
    };
    let (answers, ()) = tokio::join!(join_all(presses), killing);
    let server = Process::start(&data);
    room.back(server.addr).await;
    for ((seat, command), answer) in (1..).zip(&commands).zip(answers) {
        let again = room.at(seat).client.must(command.clone()).await.receipt;
        match answer {
            Some(Answer::Ok(done)) => assert_eq!(again, done.receipt, "seat {seat}"),
            Some(Answer::Refused(refusal)) => panic!("seat {seat}: {refusal}"),
            None => assert!(again.is_some(), "seat {seat}"),
        }
    }
    room.clerk.must(Command::CloseVote { vote }).await;
    for seat in [2, 4] {
        room.at(seat).open().await;
    }
    assert_eq!(room.counted().await.count, counted(8, 8, 8));
    check_record(&data, vote, usize::from(SEATS), &[1, 2, 4]);
}

/// The server's key alone, with all that lies beside it.
fn opens_nothing(data: &Path, vote: VoteId) {
    let text = std::fs::read_to_string(key_file(data, vote)).unwrap();
    let mut bytes = [0; 32];
    hex::decode_to_slice(text, &mut bytes).unwrap();
    let key = SecretKey::from_bytes(&bytes).unwrap();
    let mut sums = 0;
    for file in std::fs::read_dir(data.join("records/blobs")).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        // The hints of its ballots are no archive.
        let Ok(contents) = read(&bytes) else { continue };
        let last = contents.events.last().unwrap();
        if last.kind != EventType::EncryptedTally {
            continue;
        }
        sums += 1;
        let tally = EncryptedTally::from_bytes(last.data[0]).unwrap();
        let [election, trustees, credentials, setup] = contents.events[0].data[..] else {
            panic!()
        };
        let setup = Setup::from_archive(election, trustees, credentials, setup).unwrap();
        let rng = &mut hemicycle::secret::os_random();
        let own = partially_decrypt(&setup, &key, &tally, rng).unwrap();
        assert_eq!(own.owner, 1);
        assert_eq!(
            combine(&setup, &tally, 3, &[(1, own.partial)]),
            Err(DecryptError::Missing { needed: 2, missing: vec![2, 3, 4] })
        );
    }
    assert_eq!(sums, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_part_is_named_and_too_few_wait() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("room");
    let server = Process::start(&data);
    let mut room = Chamber::open(server.addr, 4, &[1, 2, 3, 4]).await;
    let vote = room.vote;
    room.at(1).cast(vote, &motion_of(Choice::Abstain)).await;
    room.clerk.must(Command::CloseVote { vote }).await;

    // Proofs for other factors, then no part at all.
    let (_, mut wrong) = room.at(2).part().await;
    wrong.partial.decryption_factors[0].swap(0, 1);
    room.at(2).client.must(part_command(vote, None, &wrong)).await;
    let refused = |v: &hemicycle_protocol::topic::Vote| {
        let opening = v.secret.as_ref().and_then(|s| s.opening.as_ref());
        let wrong = Objected { member: MemberId(2), why: Objection::WrongPart };
        opening.is_some_and(|o| o.refused == [wrong] && o.missing.len() == 2)
    };
    room.clerk.vote_until(refused).await;
    let garbage = Command::OpenPart { vote, live: None, partial: "{}".into(), second: "[]".into() };
    assert_eq!(room.at(2).client.refused(garbage.clone()).await, Code::BadValue);
    // Somebody who is no scrutineer, and another's part.
    assert_eq!(room.at(1).client.refused(garbage).await, Code::NotAllowed);
    let (_, part) = room.at(3).part().await;
    assert_eq!(room.at(2).client.refused(part_command(vote, None, &part)).await, Code::BadValue);
    assert_eq!(room.at(1).client.refused(part_command(vote, None, &part)).await, Code::NotAllowed);

    room.at(3).client.must(part_command(vote, None, &part)).await;
    let one_more = |v: &hemicycle_protocol::topic::Vote| {
        let opening = v.secret.as_ref().and_then(|s| s.opening.as_ref());
        opening.is_some_and(|o| (o.needed, &o.missing[..]) == (1, &[MemberId(4)]))
    };
    let waiting = room.clerk.vote_until(one_more).await;
    assert_eq!((waiting.state, waiting.verdict), (VoteState::Closed, None));
    // It comes back.
    room.at(4).back(server.addr).await;
    room.at(4).open().await;
    assert_eq!(room.counted().await.count, counted(0, 0, 1));
    check_record(&data, vote, 1, &[1, 3, 4]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_ballot_is_refused_and_costs_only_its_sender() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("room");
    // At its most talkative.
    let log = dir.path().join("log.txt");
    let mut program = std::process::Command::new(PROGRAM);
    program.env("HEMICYCLE_LOG", "trace").stderr(std::fs::File::create(&log).unwrap());
    hemicycle::clerks::Clerks::open(&made(&data), Millis(0)).unwrap().set(CLERK, PASSWORD).unwrap();
    let config = dir.path().join("room.toml");
    std::fs::write(&config, "enrolment = \"open\"\n").unwrap();
    let mut server = Process::spawn(program, &data, &["--config", config.to_str().unwrap()]);
    let mut room = Chamber::new(server.addr, 4, &[1, 2, 3, 4]).await;
    let vote = room.vote;
    let early = Command::CastSecret { vote, ballot: "{}".into(), hints: String::new() };
    assert_eq!(room.at(1).client.refused(early).await, Code::VoteNotOpen);
    room.make_key(1).await;
    room.clerk.must(Command::OpenVote { vote }).await;

    let (sealed, good) = room.at(1).seal(vote, &motion_of(Choice::For)).await;
    let (others, another) = room.at(2).seal(vote, &motion_of(Choice::For)).await;
    let text = String::from_utf8(sealed.ballot.clone()).unwrap();
    let bent = |from: &str, to: &str| text.replacen(from, to, 1).into_bytes();
    let mut challenge = sealed.ballot.clone();
    let place = text.find("\"challenge\":\"").unwrap() + 13;
    challenge[place] = if challenge[place] == b'1' { b'2' } else { b'1' };
    for (what, ballot) in [
        ("nothing", Vec::new()),
        ("garbage", b"{\"answers\":1}".to_vec()),
        ("a space", bent(":", ": ")),
        ("a bent proof", challenge),
        ("too large", vec![b'x'; 50_000]),
    ] {
        let command = cast_command(vote, &ballot, &sealed);
        assert_eq!(room.at(1).client.refused(command).await, Code::BadBallot, "{what}");
    }
    // Another seat's credential, from its very ballot.
    assert_eq!(room.at(1).client.refused(another).await, Code::BadBallot);
    // Hints only make it slower.
    let command = cast_command(vote, &sealed.ballot, &others);
    room.at(1).client.must(command).await;
    assert!(room.at(1).client.must(good).await.receipt.is_some());

    // Whoever goes on sending bad ones waits; nobody else does.
    let garbage = cast_command(vote, b"[]", &others);
    let mut codes = Vec::new();
    for _ in 0..12 {
        codes.push(room.at(2).client.refused(garbage.clone()).await);
    }
    assert_eq!(codes.first(), Some(&Code::BadBallot));
    assert_eq!(codes.last(), Some(&Code::TooFast));
    room.at(3).cast(vote, &motion_of(Choice::Against)).await;

    // A ballot in clear has no place here, nor has one by a clerk.
    let clear = room.at(4).client.cast_command(4, vote, Choice::For);
    assert_eq!(room.at(4).client.refused(clear).await, Code::BadBallot);
    let (_, late) = room.at(4).seal(vote, &motion_of(Choice::For)).await;
    room.clerk.must(Command::CloseVote { vote }).await;
    assert_eq!(room.at(4).client.refused(late).await, Code::VoteNotOpen);
    for seat in [2, 3] {
        room.at(seat).open().await;
    }
    assert_eq!(room.counted().await.count, counted(1, 1, 0));
    room.logged("secret_key_destroyed", 1).await;
    let credential = room.at(1).public(0).to_string();
    assert!(server.terminate().success());
    let log = std::fs::read_to_string(&log).unwrap();
    assert!(log.contains("cast_secret"), "nothing was logged");
    let signed = text.split("\"hash\":\"").nth(1).unwrap().split('"').next().unwrap();
    let tracker = sealed.tracker;
    for (what, secret) in [
        ("a ballot", signed),
        ("a proof", "challenge"),
        ("a tracker", &tracker.to_hex()),
        ("a tracker", &tracker.to_base64()),
        ("a credential", &credential),
        ("a choice", "赞成"),
    ] {
        assert!(!log.contains(secret), "{what} is in the log");
    }
}

fn made(folder: &Path) -> std::path::PathBuf {
    std::fs::create_dir_all(folder).unwrap();
    folder.to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn registrations_are_checked_and_kept() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("room");
    let mut server = Process::start(&data);
    let mut room = Chamber::new(server.addr, 4, &[1, 2]).await;
    let taken = room.at(2).public(0);
    let mut small = [0; 32];
    small[0] = 1;
    let one = &mut room.players[0];
    for (what, keys) in [
        ("none", Vec::new()),
        ("the identity", vec![Hex(small)]),
        ("small order", vec![Hex([0; 32])]),
        ("not canonical", vec![Hex([0xff; 32])]),
        ("another's", vec![taken]),
        ("too many", vec![Hex([0; 32]); limits::CREDENTIALS + 1]),
    ] {
        let command = one.register_command(0, keys);
        assert_eq!(one.client.refused(command).await, Code::BadValue, "{what}");
    }
    let keys = vec![one.public(4)];
    let forged = Command::RegisterCredentials { first: 0, keys, signature: Hex([7; 64]) };
    assert_eq!(one.client.refused(forged).await, Code::NotAuthentic);
    // Another one replaces the first, over a restart too.
    one.register().await;
    server.kill();
    let server = Process::start(&data);
    room.back(server.addr).await;
    room.make_key(1).await;
    let vote = room.vote;
    room.clerk.must(Command::OpenVote { vote }).await;
    room.at(1).cast(vote, &motion_of(Choice::For)).await;
    room.at(2).cast(vote, &motion_of(Choice::For)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_casts_and_it_opens_all_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("room");
    let server = Process::start(&data);
    let mut room = Chamber::open(server.addr, 4, &[1]).await;
    let vote = room.vote;
    room.clerk.must(Command::CloseVote { vote }).await;
    for seat in [3, 4] {
        room.at(seat).open().await;
    }
    let end = room.counted().await;
    assert_eq!((end.count, end.unpressed), (counted(0, 0, 0), Some(4)));
    check_record(&data, vote, 0, &[1, 3, 4]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vote_that_is_counted_by_hands_or_annulled_loses_its_key() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("room");
    let server = Process::start(&data);
    let mut room = Chamber::open(server.addr, 4, &[1, 2]).await;
    let vote = room.vote;
    room.at(1).cast(vote, &motion_of(Choice::For)).await;
    assert!(key_file(&data, vote).exists());
    let count = Count::Motion { tally: tally(3, 1, 0) };
    let (by, reason) = (CountedBy::Hands, "终端故障".to_owned());
    room.clerk.must(Command::EnterCount { vote, count, by, reason }).await;
    room.logged("secret_key_destroyed", 1).await;
    assert!(!key_file(&data, vote).exists());
    room.clerk.must(Command::DeclareVote { vote }).await;

    let item = room.item;
    let spec = VoteSpec { method: Method::Secret, ..motion("再次表决") };
    let vote = add_vote(&mut room.clerk, item, spec).await;
    room.clerk.must(Command::OpenVote { vote }).await;
    room.at(2).cast(vote, &motion_of(Choice::For)).await;
    room.clerk.must(Command::CloseVote { vote }).await;
    room.at(3).open().await;
    let reason = "监票人不足".to_owned();
    room.clerk.must(Command::AnnulVote { vote, reason }).await;
    room.logged("secret_key_destroyed", 2).await;
    assert!(!key_file(&data, vote).exists());
    assert_eq!(std::fs::read_dir(data.join("secret/blobs")).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_spoils_the_key_generation_is_named_and_another_one_works() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("room");
    let server = Process::start(&data);
    let mut room = Chamber::new(server.addr, 4, &[1]).await;
    let members = vec![MemberId(2), MemberId(3), MemberId(4)];
    room.clerk.must(Command::NameScrutineers { members, threshold: 2 }).await;
    let speak = room.at(3).speak_command(1, b"{\"round\":9}");
    let stranger = room.at(1).speak_command(1, b"x");
    assert_eq!(room.at(1).client.refused(stranger).await, Code::NotAllowed);
    if let Command::SpeakKeygen { attempt, message, .. } = speak.clone() {
        let forged = Command::SpeakKeygen { attempt, message, signature: Hex([1; 64]) };
        assert_eq!(room.at(3).client.refused(forged).await, Code::NotAuthentic);
    }
    room.at(3).client.must(speak).await;
    let failed = room.scrutiny_until(|s| matches!(s.key, ScrutinyKey::Failed { .. })).await;
    match failed.key {
        ScrutinyKey::Failed { members, why } => {
            assert_eq!((members, why), (vec![MemberId(3)], KeyFault::Malformed));
        }
        other => panic!("{other:?}"),
    }
    room.make_key(2).await;
    let vote = room.vote;
    room.clerk.must(Command::OpenVote { vote }).await;
}
