//! An independent program as judge of whole meetings: the sample meeting is held
//! with the real server and virtual seats, its record exported, and each secret
//! vote put to `belenios-tool` (`$BELENIOS_TOOL`, else on the path; 3.0 or later).
//! Without the tool nothing is judged, and the test says so loudly; with
//! `HEMICYCLE_REQUIRE_PEER` set it fails instead. Elections made by that tool are
//! read in `protocol/tests/ballot_peer`.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

use hemicycle_protocol::ballot::archive::read;
use hemicycle_protocol::ballot::election::verify_record;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

fn tool() -> Option<PathBuf> {
    let path =
        PathBuf::from(std::env::var_os("BELENIOS_TOOL").unwrap_or_else(|| "belenios-tool".into()));
    let said = Command::new(&path).arg("--version").output().ok();
    let version = said.map(|out| String::from_utf8_lossy(&out.stdout).trim().to_owned());
    let major = version.as_deref().and_then(|v| v.split('.').next()?.parse::<u32>().ok());
    if major.is_some_and(|major| major >= 3) {
        return Some(path);
    }
    assert!(
        std::env::var_os("HEMICYCLE_REQUIRE_PEER").is_none(),
        "no belenios-tool 3.0 or later: {version:?}"
    );
    eprintln!("NOT CHECKED: no belenios-tool 3.0 or later here ({version:?}); set BELENIOS_TOOL");
    None
}

/// The tool's word on an archive, under the name that it wants.
fn accepts(tool: &Path, archive: &[u8], uuid: &str) -> bool {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(format!("{uuid}.bel")), archive).unwrap();
    let out = Command::new(tool)
        .args(["election", "verify", "--dir"])
        .arg(folder.path())
        // The verdict must not depend on the order in which its reads finish.
        .env("LWT_ASYNC_METHOD", "none")
        .output()
        .unwrap();
    out.status.success()
}

fn records(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for vote in std::fs::read_dir(folder.join("votes")).unwrap() {
        let files = std::fs::read_dir(vote.unwrap().path()).unwrap();
        found.extend(
            files
                .map(|f| f.unwrap().path())
                .filter(|p| p.extension().is_some_and(|extension| extension == "bel")),
        );
    }
    found.sort();
    found
}

#[test]
fn secret_votes_of_a_whole_meeting_are_accepted_by_another_program() {
    let Some(tool) = tool() else { return };
    let folder = tempfile::tempdir().unwrap();
    let meeting = Command::new(env!("CARGO_BIN_EXE_hemicycle-demo"))
        .args(["--auto", "--headless", "--data"])
        .arg(folder.path())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&meeting.stderr);
    assert!(meeting.status.success(), "{told}");
    let minutes: Value = serde_json::from_slice(&meeting.stdout).unwrap();

    let records = records(&folder.path().join("record"));
    assert_eq!(records.len(), 2, "{records:?}");
    let mut ballots = Vec::new();
    for path in records {
        let archive = std::fs::read(&path).unwrap();
        let report = verify_record(&archive, None, 2).unwrap();
        let election = report.setup.election();
        assert!(accepts(&tool, &archive, election.uuid.as_str()), "{}", path.display());
        ballots.push((election.name.clone(), report.counted()));

        // One bit of a ballot: both programs see it.
        let contents = read(&archive).unwrap();
        let first = contents.events.iter().position(|event| event.data.len() == 1).unwrap();
        let ballot = contents.events[first].data[0];
        let at = archive.windows(ballot.len()).position(|window| window == ballot).unwrap();
        let mut changed = archive.clone();
        changed[at + ballot.len() / 2] ^= 1;
        assert!(!accepts(&tool, &changed, election.uuid.as_str()));
        assert!(verify_record(&changed, None, 2).is_err());
    }
    for vote in minutes["votes"].as_array().unwrap().iter().filter(|v| v["method"] == "secret") {
        let title = vote["title"].as_str().unwrap();
        let held = ballots.iter().find(|(name, _)| name == title).unwrap();
        assert_eq!(vote["acknowledged"], held.1, "{title}");
    }
}
