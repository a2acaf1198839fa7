//! What a meeting leaves behind: exported while the server runs, checked
//! offline, and every change to it found and named.

mod forged;
mod former;
mod sitting;
mod tampered;

use crate::kit::*;
use crate::players::Chamber;
use hemicycle::export::export;
use hemicycle::export::head::Head;
use hemicycle::verify::{Wrong, folder as verify_folder};
use hemicycle_protocol::identity::{Identity, Statement as _};
use hemicycle_protocol::ids::*;
use hemicycle_protocol::topic::VoteState;
use hemicycle_protocol::vote::{Ballot, Choice};
use hemicycle_protocol::wire::Command;
use sitting::{SERVER_SECRET, Sitting};
use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Output;

const CANARY: &str = "canary-that-nobody-may-ever-see";

/// A whole meeting with everything that a record can hold, exported.
fn exported(dir: &Path) -> PathBuf {
    export_of(&Sitting::whole(), dir)
}

fn export_of(sitting: &Sitting, dir: &Path) -> PathBuf {
    let (data, out) = (dir.join("data"), dir.join("record"));
    sitting.store_in(&data);
    export(&data, &out, false).unwrap();
    out
}

/// Every file by its name in the folder.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
                found.insert(name, std::fs::read(path).unwrap());
            }
        }
    }
    found
}

fn check(folder: &Path) -> Result<Vec<String>, Wrong> {
    let server = Identity::from_secret(&SERVER_SECRET).key();
    let mut said = Vec::new();
    verify_folder(folder, Some(&server), &mut |line| said.push(line.to_owned()))?;
    Ok(said)
}

fn program(arguments: &[&str]) -> Output {
    std::process::Command::new(PROGRAM).args(arguments).output().unwrap()
}

fn shown(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn a_whole_meeting_holds_and_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let out = exported(dir.path());
    let names: Vec<String> = files(&out).into_keys().collect();
    let wanted = [
        "README.txt",
        "log.jsonl",
        "minutes.html",
        "papers/01-v1-决定-草案.pdf",
        "papers/01-v2-决定-草案.pdf",
        "record.json",
        "sign-ins.csv",
        "votes/01-关于决定的表决/ballots.csv",
        "votes/02-人事任免/02.bel",
        "votes/02-人事任免/ballot-hints.bin",
        "votes/02-人事任免/decryption-proofs.json",
        "votes/04-作废的表决/ballots.csv",
    ];
    assert_eq!(names, wanted);
    let said = check(&out).unwrap_or_else(|wrong| panic!("{wrong}")).join("\n");
    for part in [
        "6 个签名 signatures，1 次代签",
        "5 个签名 signatures，1 张代录",
        "1 次生成 keys made，12 条消息",
        "表决 vote 2：5 张选票及证明 ballots with proofs，3 份解密",
        "2 个版本 versions",
        "表决 vote 1        关于决定的表决：5 票",
        "表决 vote 3        举手表决的事项：6 票",
        "表决 vote 4        作废的表决：已作废",
    ] {
        assert!(said.contains(part), "{part}:\n{said}");
    }
    assert!(!said.contains("尚未"), "{said}");

    let text = |name: &str| std::fs::read_to_string(out.join(name)).unwrap();
    let minutes = text("minutes.html");
    for part in [
        "<h1>第三次会议 &lt;草案&gt;</h1>",
        "<td>7 人，法定人数 quorum 4 人</td>",
        "<td>6 人：成员1、成员2、成员3、成员4、成员5、成员6</td>",
        "<td>1 人：成员7</td>",
        "<td>1 人：成员8</td>",
        "全体组成人员 M = 7，出席 P = 6，可投票 roll 6 人",
        "<td class=\"n\">4</td><td class=\"n\">1</td><td class=\"n\">0</td><td class=\"outcome\">通过 adopted</td>",
        "已投 cast 5，未按 did not vote 1，已公布 declared",
        "<td>免去　张三　秘书长</td><td class=\"n\">3</td><td class=\"n\">1</td><td class=\"n\">1</td><td class=\"outcome\">未通过 not adopted</td>",
        "<td>任命　李四　秘书长</td><td class=\"n\">4</td><td class=\"n\">1</td><td class=\"n\">0</td><td class=\"outcome\">通过 adopted</td>",
        "计票方式 counted by：举手表决 hands",
        "原因 reason：停电",
        "已作废 annulled",
    ] {
        assert!(minutes.contains(part), "{part}:\n{minutes}");
    }
    let ballots = text("votes/01-关于决定的表决/ballots.csv");
    let rows: Vec<&str> = ballots.lines().collect();
    assert_eq!(rows.len(), 7, "{ballots}");
    assert!(
        rows[0].starts_with("\u{feff}编号 member,姓名 name,身份 standing,席位 seat,表决 vote,")
    );
    assert!(rows[3].starts_with("3,成员3,组成人员,3,反对,"), "{ballots}");
    assert!(rows[5].starts_with("5,成员5,组成人员,5,未按,,"), "{ballots}");
    assert!(rows[6].starts_with("6,成员6,组成人员,6,赞成,"), "{ballots}");
    assert!(rows[6].ends_with(",工作人员 clerk,,,li,终端故障"), "{ballots}");
    assert_eq!(text("sign-ins.csv").lines().count(), 8);
}

#[test]
fn an_unfinished_meeting_holds_as_far_as_it_went() {
    let dir = tempfile::tempdir().unwrap();
    let mut sitting = Sitting::opened();
    sitting.recorded();
    sitting.secret_vote_open();
    let out = export_of(&sitting, dir.path());
    assert!(!files(&out).keys().any(|name| name.contains("02")));
    let said = check(&out).unwrap_or_else(|wrong| panic!("{wrong}")).join("\n");
    for part in ["会议尚未结束", "表决 vote 2        人事任免：尚未结束", "1 次生成"]
    {
        assert!(said.contains(part), "{part}:\n{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_meeting_is_exported_while_the_server_runs() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("room");
    std::fs::create_dir_all(&data).unwrap();
    let running = running(&data).await;
    let cookie = login(running.addr).await;
    let mut clerk = Client::console(running.addr, &cookie).await;
    let (item, vote) = prepare(&mut clerk, 5, 1).await;
    let hash = put_file(&running, b"%PDF-1.7 draft").await;
    clerk
        .must(Command::AddPaper {
            item,
            title: "决定（草案）".into(),
            hash,
            terms: Default::default(),
        })
        .await;
    for seat in 1..=4 {
        let mut client = Client::seat(running.addr, seat).await;
        client.seated().await;
        let command = client.sign_in_command(seat);
        client.must(command).await;
        if seat == 4 {
            clerk.must(Command::OpenMeeting).await;
            clerk.must(Command::OpenVote { vote }).await;
            client.vote_until(|v| v.state == VoteState::Open).await;
            let cast = client.cast_command(seat, vote, Choice::For);
            client.must(cast).await;
        }
    }
    // What belongs to secret votes is nobody's business, whatever it is called.
    let secret = data.join("secret/blobs");
    std::fs::create_dir_all(&secret).unwrap();
    for path in ["secret/vote-1.key", "secret/registrations.jsonl", "secret/blobs/00"] {
        std::fs::write(data.join(path), CANARY).unwrap();
    }

    let before = files(&data);
    let (out, room) = (dir.path().join("record"), data.to_str().unwrap());
    let to = out.to_str().unwrap();
    let done = program(&["export", "--data", room, "--out", to, "--zip"]);
    let said = shown(&done.stdout);
    assert!(done.status.success(), "{}", shown(&done.stderr));
    assert!(said.contains("会议尚未结束") && said.contains(to), "{said}");
    // Reading leaves the data as it was; the index beside the log is SQLite's own.
    let same = |files: &BTreeMap<String, Vec<u8>>| {
        let mut files = files.clone();
        files.retain(|name, _| !name.ends_with("-shm"));
        files
    };
    assert!(same(&files(&data)) == same(&before), "the export changed the data folder");

    let key = running.server.to_string();
    let checked = program(&["verify", to, "--server", &key]);
    let text = shown(&checked.stdout);
    assert!(checked.status.success(), "{}", shown(&checked.stderr));
    for part in ["4 个签名 signatures", "表决 vote 1", "尚未结束", "记录成立 the record holds"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    let other = program(&["verify", to, "--server", &"ab".repeat(32)]);
    assert_eq!(other.status.code(), Some(1));
    assert!(shown(&other.stderr).contains("record.json"), "{}", shown(&other.stderr));

    // Nothing is overwritten.
    let again = program(&["export", "--data", room, "--out", to]);
    assert_eq!(again.status.code(), Some(1));
    assert!(shown(&again.stderr).contains("is not empty"), "{}", shown(&again.stderr));
    let elsewhere = dir.path().join("other");
    std::fs::write(dir.path().join("other.zip"), "mine").unwrap();
    let other = elsewhere.to_str().unwrap();
    let zipped = program(&["export", "--data", room, "--out", other, "--zip"]);
    assert_eq!(zipped.status.code(), Some(1));
    assert!(!elsewhere.exists() && files(dir.path()).contains_key("other.zip"));
    let inside = data.join("record");
    let inside = program(&["export", "--data", room, "--out", inside.to_str().unwrap()]);
    assert!(shown(&inside.stderr).contains("inside of the data folder"));
    assert!(same(&files(&data)) == same(&before));

    // The meeting goes on; a later export continues the earlier one.
    clerk.must(Command::CloseVote { vote }).await;
    clerk.must(Command::DeclareVote { vote }).await;
    clerk.must(Command::CloseMeeting).await;
    running.stop().await.unwrap();
    let later = dir.path().join("later");
    let exported = export(&data, &later, false).unwrap();
    assert!(!exported.goes_on && exported.unopened.is_empty());
    let key = Key::parse(&key).unwrap();
    verify_folder(&later, Some(&key), &mut |_| {}).unwrap();
    let [old, new] = [&out, &later].map(|f| std::fs::read(f.join("log.jsonl")).unwrap());
    assert!(new.starts_with(&old) && new.len() > old.len());

    let secrets = ["server.key", "hall.token"]
        .map(|name| std::fs::read_to_string(data.join(name)).unwrap().trim().to_owned());
    let mut all = files(&out);
    all.extend(files(&later).into_iter().map(|(name, bytes)| (format!("later/{name}"), bytes)));
    all.extend(unzipped(&dir.path().join("record.zip")));
    for (name, bytes) in &all {
        for secret in secrets.iter().map(String::as_str).chain([CANARY]) {
            let found = bytes.windows(secret.len()).any(|w| w == secret.as_bytes());
            assert!(!found, "a secret is in {name}");
        }
    }
    // The zip file holds the same.
    let plain: BTreeMap<_, _> =
        files(&out).into_iter().map(|(name, bytes)| (format!("record/{name}"), bytes)).collect();
    assert!(unzipped(&dir.path().join("record.zip")) == plain);
}

/// The page's way of checking by hand comes to the same, without our program.
#[test]
fn the_chain_can_be_followed_by_hand() {
    let page = std::fs::read_to_string(assets().join("../docs/record.md")).unwrap();
    let script = page.split_once("```python\n").unwrap().1.split_once("```").unwrap().0;
    let dir = tempfile::tempdir().unwrap();
    let out = exported(dir.path());
    let python = std::process::Command::new("python3")
        .args(["-c", script])
        .current_dir(&out)
        .env("TMPDIR", dir.path())
        .output();
    let Ok(answer) = python else {
        eprintln!("NOT CHECKED: there is no python3 here to run docs/record.md with");
        return;
    };
    let said = shown(&answer.stdout);
    let mut lines = said.lines();
    let head: Head =
        serde_json::from_slice(&std::fs::read(out.join("record.json")).unwrap()).unwrap();
    let wanted = format!("{} {}", head.statement.entries, head.statement.head);
    assert_eq!(lines.next(), Some(wanted.as_str()), "{}", shown(&answer.stderr));
    let signed = std::fs::read(Path::new(lines.next().unwrap()).join("statement")).unwrap();
    assert_eq!(signed, head.statement.bytes());
}

fn unzipped(path: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut archive = zip::ZipArchive::new(std::fs::File::open(path).unwrap()).unwrap();
    let mut found = BTreeMap::new();
    for at in 0..archive.len() {
        let mut file = archive.by_index(at).unwrap();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        found.insert(file.name().unwrap().into_owned(), bytes);
    }
    found
}

/// The real program's secret vote: exported while ballots come in and when it
/// is over. Both hold, and in neither is anything of what is kept apart.
#[tokio::test(flavor = "multi_thread")]
async fn a_real_secret_vote_holds_and_its_record_has_no_secrets() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("room");
    let mut server = Process::start(&data);
    let mut room = Chamber::open(server.addr, 5, &[1, 2, 3, 4]).await;
    let (vote, key) = (room.vote, room.clerk.server);
    let mut apart: Vec<Vec<u8>> = Vec::new();
    for (seat, choice) in [(1, Choice::For), (2, Choice::Against), (3, Choice::For)] {
        let cast = room.at(seat).cast(vote, &Ballot::Motion { choice }).await;
        apart.push(cast.sealed.tracker.to_base64().into());
        apart.push(hex::encode(cast.sealed.tracker.0).into());
    }
    let key_file = format!("secret/vote-{vote}.key");
    for name in ["server.key", "hall.token", &key_file] {
        apart.push(std::fs::read_to_string(data.join(name)).unwrap().trim().into());
    }
    let registrations = std::fs::read_to_string(data.join("secret/registrations.jsonl")).unwrap();
    for line in registrations.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        apart.push(line["signature"].as_str().unwrap().into());
    }
    assert!(apart.len() >= 13 && apart.iter().all(|secret| secret.len() >= 32));

    let open = dir.path().join("open");
    export(&data, &open, true).unwrap();
    let mut said = Vec::new();
    verify_folder(&open, Some(&key), &mut |line| said.push(line.to_owned())).unwrap();
    assert!(said.iter().any(|l| l.contains("表决 vote 2") && l.contains("尚未结束")), "{said:?}");
    let holds = |secret: &[u8], folder: &Path| {
        files(folder).into_iter().find(|(_, b)| b.windows(secret.len()).any(|w| w == secret))
    };
    for secret in &apart {
        let found = holds(secret, &open).map(|(name, _)| name);
        assert_eq!(found, None, "{}", String::from_utf8_lossy(secret));
    }

    room.clerk.must(Command::CloseVote { vote }).await;
    for seat in [2, 4] {
        room.at(seat).open().await;
    }
    room.counted().await;
    room.clerk.must(Command::DeclareVote { vote }).await;
    room.clerk.must(Command::CloseMeeting).await;
    let over = dir.path().join("over");
    export(&data, &over, false).unwrap();
    server.kill();
    let mut said = Vec::new();
    verify_folder(&over, Some(&key), &mut |line| said.push(line.to_owned())).unwrap();
    let wanted = "表决 vote 2：3 张选票及证明 ballots with proofs，3 份解密";
    assert!(said.iter().any(|line| line.contains(wanted)), "{said:?}");
    // The trackers are public now, in the archive and nowhere else.
    let (trackers, secrets) = apart.split_at(6);
    for secret in secrets {
        let found = holds(secret, &over).map(|(name, _)| name);
        assert_eq!(found, None, "{}", String::from_utf8_lossy(secret));
    }
    for tracker in trackers.iter().skip(1).step_by(2) {
        assert!(holds(tracker, &over).unwrap().0.ends_with("/02.bel"));
    }
}

#[test]
fn a_folder_that_is_no_data_or_damaged_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("record");
    let trouble = |data: &Path| export(data, &out, false).unwrap_err().to_string();
    let data = dir.path().join("data");
    assert!(trouble(&data).contains("is not the data folder"));
    let sitting = Sitting::whole();
    sitting.store_in(&data);
    let paper = &sitting.papers[0];
    let name = sitting::blob(paper).hash.to_string();
    let paper = data.join("papers").join(&name[..2]).join(format!("{name}.pdf"));
    std::fs::write(&paper, "%PDF another").unwrap();
    assert!(trouble(&data).contains(&name));
    std::fs::remove_file(&paper).unwrap();
    assert!(trouble(&data).contains(&name));
    std::fs::write(&paper, &sitting.papers[0]).unwrap();
    std::fs::remove_dir_all(data.join("records")).unwrap();
    assert!(trouble(&data).contains("record of secret vote 2"));
    // Nothing half-done stays.
    let left: Vec<String> = files(dir.path()).into_keys().collect();
    assert!(left.iter().all(|name| name.starts_with("data/")), "{left:?}");
}
