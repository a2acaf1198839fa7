//! An independent program as judge: our records put to `belenios-tool`, its records read by us.
//!
//! The tool is `$BELENIOS_TOOL`, else `belenios-tool` on the path; it must be 3.0 or later. Without it nothing is checked,
//! and the test says so loudly; with `HEMICYCLE_REQUIRE_PEER` set it fails instead.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../ballot_suite/room.rs"]
#[allow(dead_code, reason = "shared with the other tests")]
mod room;
#[path = "../ballot_suite/support.rs"]
#[allow(dead_code, reason = "shared with the other tests")]
mod support;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use hemicycle_protocol::ballot::archive::{Archive, EventType, read};
use hemicycle_protocol::ballot::credential::Credential;
use hemicycle_protocol::ballot::election::verify_record;
use hemicycle_protocol::ballot::encrypt::encrypt;
use hemicycle_protocol::ballot::keys::SecretKey;
use hemicycle_protocol::ballot::trustees::{Trustee, Trustees};

use room::Room;
use support::{TIMESTAMP, World, rng};

struct Tool(PathBuf);

impl Tool {
    fn find() -> Option<Self> {
        let path = std::env::var_os("BELENIOS_TOOL").unwrap_or_else(|| "belenios-tool".into());
        let tool = Self(path.into());
        let version = Command::new(&tool.0).arg("--version").output().ok();
        let version = version.map(|out| String::from_utf8_lossy(&out.stdout).into_owned());
        let major = version
            .as_deref()
            .and_then(|text| text.split('.').next())
            .and_then(|major| major.trim().parse::<u32>().ok());
        if major.is_some_and(|major| major >= 3) {
            return Some(tool);
        }
        assert!(
            std::env::var_os("HEMICYCLE_REQUIRE_PEER").is_none(),
            "no belenios-tool 3.0 or later: {version:?}"
        );
        eprintln!(
            "NOT CHECKED: no belenios-tool 3.0 or later here ({version:?}); set BELENIOS_TOOL"
        );
        None
    }

    fn run(&self, folder: &Path, arguments: &[&str], input: &[u8]) -> Output {
        use std::io::Write as _;
        let mut child = Command::new(&self.0)
            .args(arguments)
            .current_dir(folder)
            // The tool's verdict must not depend on the order in which its reads finish.
            .env("LWT_ASYNC_METHOD", "none")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        child.wait_with_output().unwrap()
    }

    /// Output of a command that has to work.
    fn must(&self, folder: &Path, arguments: &[&str], input: &[u8]) -> Vec<u8> {
        let out = self.run(folder, arguments, input);
        let told = String::from_utf8_lossy(&out.stderr);
        assert!(out.status.success(), "{arguments:?}: {told}");
        out.stdout
    }

    /// The tool's word on a whole archive, asked in all three ways.
    fn accepts(&self, archive: &[u8]) -> bool {
        let contents = read(archive).unwrap();
        let home = Folder::new("accepts");
        let (all, setup) = (home.0.join("all"), home.0.join("setup"));
        for folder in [&all, &setup] {
            std::fs::create_dir(folder).unwrap();
        }
        let report = verify_record(archive, None, 2);
        std::fs::write(all.join("vote.bel"), archive).unwrap();
        let uuid = uuid_of(contents.events[0].data[0]);
        std::fs::rename(all.join("vote.bel"), all.join(format!("{uuid}.bel"))).unwrap();
        let end =
            (512..=archive.len()).step_by(512).find(|end| read(&archive[..*end]).is_ok()).unwrap();
        std::fs::write(setup.join(format!("{uuid}.bel")), &archive[..end]).unwrap();

        let verdict = self.run(&home.0, &["election", "verify", "--dir", "all"], b"");
        let mut accepted = verdict.status.success();
        for event in contents.events.iter().filter(|event| event.kind == EventType::Ballot) {
            std::fs::write(home.0.join("ballot.json"), event.data[0]).unwrap();
            let arguments =
                ["election", "verify-ballot", "--dir", "setup", "--ballot", "ballot.json"];
            accepted &= self.run(&home.0, &arguments, b"").status.success();
        }
        let tally = contents.events.iter().find(|event| event.kind == EventType::EncryptedTally);
        if let Some(tally) = tally {
            let arguments = ["election", "compute-encrypted-tally", "--dir", "all"];
            let out = self.run(&home.0, &arguments, b"").stdout;
            accepted &= out.split(|byte| *byte == b'\n').take(2).eq(tally.data.iter().copied());
        }
        assert_eq!(accepted, report.is_ok(), "the tool and we disagree: {report:?}");
        accepted
    }
}

fn uuid_of(election: &[u8]) -> String {
    let election: serde_json::Value = serde_json::from_slice(election).unwrap();
    election["uuid"].as_str().unwrap().to_owned()
}

/// A folder of its own, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("hemicycle-{}-{name}", std::process::id()));
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A vote of ours with a server's key and scrutineers' shares, opened by the given ones.
fn our_vote(seed: u64, voters: usize, questions: usize, scrutineers: &[usize]) -> World {
    let room = Room::honest(3, 2, seed);
    let mut rng = rng(seed);
    let server = SecretKey::generate(&mut rng);
    let trustees = Trustees(vec![
        Trustee::single(server.trustee_key(&mut rng)),
        Trustee::Pedersen(room.record()),
    ]);
    let mut keys = vec![server];
    keys.extend(scrutineers.iter().map(|place| room.shares()[*place].clone()));
    World::with_trustees(rng, voters, questions, keys, &trustees)
}

#[test]
fn the_tool_and_we_judge_alike() {
    let Some(tool) = Tool::find() else { return };
    // Ours: several quorums, several questions, nobody voting, all three scrutineers.
    for (seed, voters, questions, scrutineers) in
        [(1, 7, 1, &[0, 2][..]), (2, 5, 4, &[1, 2]), (3, 3, 1, &[0, 1, 2])]
    {
        let mut world = our_vote(seed, voters, questions, scrutineers);
        let choices: Vec<Vec<u8>> = (0..voters)
            .map(|voter| (0..questions).map(|place| ((voter + place) % 3) as u8).collect())
            .collect();
        let (archive, _, _) = world.run(&choices);
        assert!(tool.accepts(&archive), "{seed}");
    }
    let (empty, _, _) = our_vote(4, 2, 2, &[0, 1]).run_with(&[]);
    assert!(tool.accepts(&empty));
    let world = our_vote(5, 2, 1, &[0, 1]);
    assert!(tool.accepts(Archive::new(&world.setup, TIMESTAMP).unwrap().as_bytes()));

    // Changed ones.
    for name in [
        "changed-result",
        "changed-tally",
        "duplicated-ballot",
        "flipped-proof",
        "wrong-partial-decryption",
    ] {
        assert!(!tool.accepts(&support::file(&format!("rejected-{name}.bel"))), "{name}");
    }

    theirs(&tool);
}

/// An election made by the tool from beginning to end, with one ballot of ours in it, read by us.
fn theirs(tool: &Tool) {
    let home = Folder::new("theirs");
    let folder = home.0.as_path();
    let run = |arguments: &[&str], input: &[u8]| tool.must(folder, arguments, input);
    let named = |end: &str| -> Vec<PathBuf> {
        let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.to_string_lossy().ends_with(end))
            .collect();
        paths.sort();
        paths
    };
    let token = run(&["setup", "generate-token"], b"");
    let uuid = String::from_utf8(token).unwrap().trim().to_owned();
    std::fs::write(folder.join("voters.txt"), "a@x.test\nb@x.test\nc@x.test\n").unwrap();
    let group = ["--group", "Ed25519"];
    run(
        &[
            "setup",
            "generate-credentials",
            "--uuid",
            &uuid,
            group[0],
            group[1],
            "--file",
            "voters.txt",
        ],
        b"",
    );
    for _ in 0..2 {
        run(&["setup", "generate-trustee-key", group[0], group[1]], b"");
    }
    let keys: Vec<u8> =
        named(".pubkey").iter().flat_map(|path| std::fs::read(path).unwrap()).collect();
    std::fs::write(folder.join("public_keys.jsons"), keys).unwrap();
    std::fs::copy(&named(".pubcreds")[0], folder.join("public_creds.json")).unwrap();
    run(&["setup", "make-trustees"], b"");
    let question = r#"{"answers":["Y","N","A"],"min":1,"max":1,"question":"\u007f/\n是否"}"#;
    let template = format!(
        r#"{{"description":"d","name":"n","questions":[{question},{question}],"administrator":"a","credential_authority":"c"}}"#
    );
    std::fs::write(folder.join("template.json"), template).unwrap();
    run(
        &[
            "setup",
            "make-election",
            "--uuid",
            &uuid,
            group[0],
            group[1],
            "--template",
            "template.json",
        ],
        b"",
    );
    run(&["archive", "init"], b"");
    let archive = || std::fs::read(folder.join(format!("{uuid}.bel"))).unwrap();

    let credentials: std::collections::BTreeMap<String, String> =
        serde_json::from_slice(&std::fs::read(&named(".privcreds")[0]).unwrap()).unwrap();
    std::fs::write(folder.join("choice.json"), "[[0,1,0],[0,0,1]]").unwrap();
    let mut credentials = credentials.values();
    for credential in credentials.by_ref().take(2) {
        std::fs::write(folder.join("credential.txt"), credential).unwrap();
        let arguments = ["--privcred", "credential.txt", "--choice", "choice.json"];
        let ballot = run(
            &[
                "election",
                "generate-ballot",
                arguments[0],
                arguments[1],
                arguments[2],
                arguments[3],
            ],
            b"",
        );
        run(&["archive", "add-event", "--type=Ballot"], &ballot);
    }
    let setup = verify_record(&archive(), None, 1).unwrap().setup;
    let ours = Credential::parse(credentials.next().unwrap()).unwrap();
    let key = ours.key(&setup.election().uuid);
    let mut ballot = encrypt(&setup, &key, &[0, 0], &mut rng(9)).unwrap().ballot;
    ballot.push(b'\n');
    run(&["archive", "add-event", "--type=Ballot"], &ballot);
    run(&["archive", "add-event", "--type=EndBallots"], b"");
    let tally = run(&["election", "compute-encrypted-tally"], b"");
    run(&["archive", "add-event", "--type=EncryptedTally"], &tally);
    // The order of the trustees is that of the keys' names.
    for (key, number) in named(".privkey").iter().zip(["1", "2"]) {
        let key = key.to_string_lossy();
        let part = run(&["election", "decrypt", "--privkey", &key, "--trustee-id", number], b"");
        run(&["archive", "add-event", "--type=PartialDecryption"], &part);
    }
    let result = run(&["election", "compute-result"], b"");
    run(&["archive", "add-event", "--type=Result"], &result);

    assert!(tool.accepts(&archive()));
    let report = verify_record(&archive(), None, 2).unwrap();
    assert_eq!(report.result.unwrap().result, vec![vec![1, 2, 0], vec![1, 0, 2]]);
}
