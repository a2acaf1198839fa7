//! `belenios-tool` as it has to be asked, and its word on an archive. Used by the whole meetings of `hardware-tests` too.

use hemicycle_protocol::ballot::archive::{EventType, read};
use hemicycle_protocol::ballot::election::verify_record;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// The program.
pub struct Tool(PathBuf);

impl Tool {
    /// None where there is none, said loudly.
    pub fn find() -> Option<Self> {
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

    pub fn run(&self, folder: &Path, arguments: &[&str], input: &[u8]) -> Output {
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
    pub fn must(&self, folder: &Path, arguments: &[&str], input: &[u8]) -> Vec<u8> {
        let out = self.run(folder, arguments, input);
        let told = String::from_utf8_lossy(&out.stderr);
        assert!(out.status.success(), "{arguments:?}: {told}");
        out.stdout
    }

    /// What its plain `verify` says of an archive, which need not be readable.
    #[allow(dead_code, reason = "not all tests ask so")]
    pub fn verifies(&self, archive: &[u8], uuid: &str) -> bool {
        let home = Folder::new("verifies");
        std::fs::write(home.0.join(format!("{uuid}.bel")), archive).unwrap();
        self.run(&home.0, &["election", "verify"], b"").status.success()
    }

    /// The tool's word on a whole archive, asked in all three ways.
    pub fn accepts(&self, archive: &[u8]) -> bool {
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
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new(name: &str) -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("hemicycle-{}-{number}-{name}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
