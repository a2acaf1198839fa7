//! Data folders that cannot be used: the program ends, says why in words that
//! tell what to do, and leaves everything as it was.

use crate::kit::*;
use hemicycle::store::{SqliteStore, Store};
use std::path::Path;
use std::process::Command;

fn refusal(data: &Path) -> String {
    refusal_with(data, &[])
}

fn refusal_with(data: &Path, more: &[&str]) -> String {
    let output = Command::new(PROGRAM)
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(data)
        .args(more)
        .env("HEMICYCLE_ASSETS", assets())
        .output()
        .unwrap();
    let words = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success(), "it started: {words}");
    words.lines().last().unwrap_or_default().to_owned()
}

/// A folder that a server has used.
fn used(data: &Path) {
    assert!(Process::start(data).terminate().success());
}

#[test]
fn a_folder_in_use_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("room");
    let mut server = Process::start(&data);
    let words = refusal(&data);
    assert!(words.contains("in use by another Hemicycle server"), "{words}");
    assert!(server.terminate().success());
    assert!(Process::start(&data).terminate().success());
}

#[test]
fn a_damaged_log_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("room");
    used(&data);
    let log = data.join("log.sqlite");
    {
        // One entry by somebody who has no idea of the format.
        let mut store = SqliteStore::open(&log, &mut |_, _| Ok(())).unwrap();
        store.append(&[b"{\"v\":1}".to_vec()], &[]).unwrap();
    }
    let words = refusal(&data);
    assert!(words.contains("entry 3 cannot be read") && words.contains("backup"), "{words}");

    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("room");
    used(&data);
    scribble(&data.join("log.sqlite"), 0, &[0x5a; 4096]);
    let words = refusal(&data);
    assert!(words.contains("damaged") && words.contains("backup"), "{words}");

    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("room");
    used(&data);
    std::fs::write(data.join("server.key"), "x").unwrap();
    let words = refusal(&data);
    assert!(words.contains("server.key") && words.contains("damaged"), "{words}");
}

#[test]
fn a_newer_folder_is_not_touched() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("room");
    used(&data);
    std::fs::write(data.join("format"), "9\n").unwrap();
    let words = refusal(&data);
    assert!(words.contains("newer version") && words.contains("format 9"), "{words}");

    std::fs::write(data.join("format"), "1\n").unwrap();
    {
        let mut store = SqliteStore::open(&data.join("log.sqlite"), &mut |_, _| Ok(())).unwrap();
        store.append(&[b"{\"v\":2,\"news\":true}".to_vec()], &[]).unwrap();
    }
    let words = refusal(&data);
    assert!(words.contains("newer version"), "{words}");
}

#[test]
fn other_folders_are_refused_before_anything_is_written() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("thesis.txt"), "x").unwrap();
    let words = refusal(dir.path());
    assert!(
        words.contains("not empty") && words.contains("name an empty or new folder"),
        "{words}"
    );
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    // Nobody can write here, not even root.
    let words = refusal(Path::new("/sys/hemicycle-room"));
    assert!(words.contains("write permission"), "{words}");
}

#[test]
fn settings_that_are_not_safe_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("room.toml");
    std::fs::write(&config, "enrolment = \"open\"\nlisten = \"0.0.0.0:0\"\n").unwrap();
    let output = Command::new(PROGRAM)
        .args(["serve", "--data"])
        .arg(dir.path().join("room"))
        .arg("--config")
        .arg(&config)
        .output()
        .unwrap();
    assert!(!output.status.success());
    let words = String::from_utf8(output.stderr).unwrap();
    assert!(words.contains("enrolment") && words.contains("loopback"), "{words}");
}

#[test]
fn a_sample_begins_with_the_key_of_the_room() {
    let dir = tempfile::tempdir().unwrap();
    let [data, room, other] = ["meeting", "room", "other"].map(|name| dir.path().join(name));
    for (folder, key) in [(&room, "11".repeat(32)), (&other, "22".repeat(32))] {
        std::fs::create_dir(folder).unwrap();
        std::fs::write(folder.join("server.key"), key).unwrap();
    }
    let sample = assets().join("sample");
    let output = Command::new(PROGRAM)
        .args(["sample".as_ref(), "--data".as_ref(), data.as_os_str(), "--from".as_ref()])
        .args([sample.as_os_str(), "--identity".as_ref(), room.as_os_str()])
        .env("HEMICYCLE_ASSETS", assets())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(std::fs::read_to_string(data.join("server.key")).unwrap(), "11".repeat(32));
    let words = refusal_with(&data, &["--identity", other.to_str().unwrap()]);
    assert!(words.contains("another key"), "{words}");
    let with = ["--identity", room.to_str().unwrap()];
    assert!(Process::start_with(&data, &with).terminate().success());
}
