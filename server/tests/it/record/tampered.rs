//! Somebody without the server's key changes the exported folder: the first
//! file, entry or vote that is wrong is named.

use super::{Sitting, check, export_of, exported, files, program, shown};
use crate::kit::terminal;
use hemicycle::export::head::Head;
use hemicycle::export::line::Line;
use hemicycle_protocol::identity::Identity;
use hemicycle_protocol::ids::{Hash, Hex, Seq};
use hemicycle_protocol::record::Chain;
use std::fs;
use std::path::{Path, PathBuf};

const BALLOTS: &str = "votes/01-关于决定的表决/ballots.csv";
const BEL: &str = "votes/02-人事任免/02.bel";
const HINTS: &str = "votes/02-人事任免/ballot-hints.bin";
const PROOFS: &str = "votes/02-人事任免/decryption-proofs.json";

/// A record to spoil, and copies of it.
struct Record {
    dir: tempfile::TempDir,
    sound: PathBuf,
    copies: u32,
}

impl Record {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let sound = exported(dir.path());
        check(&sound).unwrap_or_else(|wrong| panic!("{wrong}"));
        Self { dir, sound, copies: 0 }
    }

    /// Spoils a copy and expects to be told where.
    fn spoil(&mut self, named: &str, spoil: impl FnOnce(&Path)) {
        self.copies += 1;
        let copy = self.dir.path().join(format!("copy-{}", self.copies));
        for (name, bytes) in files(&self.sound) {
            let path = copy.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        spoil(&copy);
        match check(&copy) {
            Ok(_) => panic!("not found: {named}"),
            Err(wrong) => {
                let wrong = wrong.to_string();
                assert!(wrong.starts_with(named), "{wrong}\ninstead of {named}");
            }
        }
        fs::remove_dir_all(&copy).unwrap();
    }

    /// The same with one file's content.
    fn edit(&mut self, file: &str, named: &str, edit: impl FnOnce(Vec<u8>) -> Vec<u8>) {
        self.spoil(named, |copy| {
            let path = copy.join(file);
            let bytes = fs::read(&path).unwrap();
            let edited = edit(bytes.clone());
            assert!(edited != bytes, "nothing was changed in {file}");
            fs::write(path, edited).unwrap();
        });
    }
}

fn replace(from: &str, to: &str) -> impl FnOnce(Vec<u8>) -> Vec<u8> {
    move |bytes| {
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1).into_bytes()
    }
}

/// The log with its lines changed, the chain not.
fn lines(change: impl FnOnce(&mut Vec<String>)) -> impl FnOnce(Vec<u8>) -> Vec<u8> {
    move |bytes| {
        let text = String::from_utf8(bytes).unwrap();
        let mut lines: Vec<String> = text.lines().map(|l| format!("{l}\n")).collect();
        change(&mut lines);
        lines.concat().into_bytes()
    }
}

/// The log with its payloads changed and every hash computed anew.
fn chained(bytes: &[u8], change: impl FnOnce(&mut Vec<String>)) -> (Vec<u8>, Seq, Hash) {
    let mut payloads: Vec<String> = bytes
        .split_inclusive(|b| *b == b'\n')
        .map(|line| serde_json::from_slice::<Line<'static>>(line).unwrap().payload.into_owned())
        .collect();
    change(&mut payloads);
    let (mut log, mut chain) = (Vec::new(), Chain::default());
    for payload in payloads {
        let (seq, hash) = chain.push(payload.as_bytes());
        log.extend(Line { seq, hash, payload: payload.into() }.bytes());
    }
    (log, chain.seq(), chain.head())
}

#[test]
fn every_change_of_the_log_is_named() {
    let mut record = Record::new();
    let seq = |wanted: &str| {
        let log =
            fs::read_to_string(exported(tempfile::tempdir().unwrap().path()).join("log.jsonl"));
        log.unwrap().lines().position(|line| line.contains(wanted)).unwrap() + 1
    };
    let closed = seq("\\\"vote_closed\\\"");
    let entry = |seq: usize, rest: &str| format!("log.jsonl entry {seq}{rest}");
    // One letter of a payload.
    let named = entry(2, ": entry 2 does not hash");
    record.edit("log.jsonl", &named, replace("第三次会议", "第四次会议"));
    // One digit of a hash.
    record.edit("log.jsonl", &entry(1, ": entry 1 does not hash"), |mut log| {
        let at = log.windows(8).position(|w| w == b"\"hash\":\"").unwrap() + 8;
        log[at] = if log[at] == b'0' { b'1' } else { b'0' };
        log
    });
    // Dropped, swapped, doubled, put in.
    let named = entry(10, ": entry 11 stands where 10 belongs");
    record.edit("log.jsonl", &named, lines(|l| drop(l.remove(9))));
    record.edit("log.jsonl", &named, lines(|l| l.swap(9, 10)));
    let named = entry(11, ": entry 10 stands where 11 belongs");
    record.edit("log.jsonl", &named, lines(|l| l.insert(9, l[9].clone())));
    // The end is cut off, whole lines and half ones.
    record.edit("log.jsonl", "log.jsonl: it ends with entry", lines(|l| drop(l.pop())));
    record.edit("log.jsonl", "log.jsonl: it ends with entry 0", |_| Vec::new());
    record.edit("log.jsonl", "log.jsonl entry", |mut log| {
        log.truncate(log.len() - 2);
        log
    });
    record.edit("log.jsonl", "log.jsonl entry", |mut log| {
        log.extend(b"{}\n");
        log
    });
    // The chain is computed anew, but not signed: a rule that is broken is
    // named, and where none is, the end of the chain.
    let named = entry(closed, " (vote 1): the count is not the sum of the ballots");
    record.edit("log.jsonl", &named, |log| {
        let change = |l: &mut Vec<String>| {
            l[closed - 1] = l[closed - 1].replacen("\"against\":1", "\"against\":2", 1);
        };
        chained(&log, change).0
    });
    let last = entry(seq("meeting_closed"), ": its hash is not the one that the server signed");
    record.edit("log.jsonl", &last, |log| {
        chained(&log, |l| l[1] = l[1].replacen("第三次会议", "第四次会议", 1)).0
    });
    record.edit("log.jsonl", "log.jsonl: it ends with entry", |log| {
        chained(&log, |l| drop(l.pop())).0
    });
}

#[test]
fn a_foreign_signature_is_none() {
    let mut record = Record::new();
    let stranger = Identity::from_secret(&[9; 32]);
    let forge = |copy: &Path, own_key: bool| {
        let log = fs::read(copy.join("log.jsonl")).unwrap();
        let change = |l: &mut Vec<String>| l[1] = l[1].replacen("第三次", "第四次", 1);
        let (log, entries, head) = chained(&log, change);
        fs::write(copy.join("log.jsonl"), log).unwrap();
        let old: Head =
            serde_json::from_slice(&fs::read(copy.join("record.json")).unwrap()).unwrap();
        let mut statement = old.statement;
        (statement.entries, statement.head) = (entries, head);
        if own_key {
            statement.server = stranger.key();
        }
        let signature = stranger.sign(&statement);
        fs::write(copy.join("record.json"), Head { statement, signature }.bytes()).unwrap();
    };
    let named = "record.json: the signature of hemicycle/1/record by";
    record.spoil(named, |copy| forge(copy, false));
    // Under a key of one's own everything can be made to agree: the key has to
    // be the one that people saw.
    record.spoil("record.json: signed by server", |copy| forge(copy, true));
    // A signature of the server for something else is not one for this.
    record.edit("record.json", named, |bytes| {
        let mut head: Head = serde_json::from_slice(&bytes).unwrap();
        head.signature.0[5] ^= 1;
        head.bytes()
    });
    record.edit("record.json", "record.json: not written as", |mut bytes| {
        bytes.push(b' ');
        bytes
    });
    record.edit(
        "record.json",
        "record.json: made by a newer version",
        replace("\"format\": 1", "\"format\": 2"),
    );
    record.edit("record.json", "record.json", |_| b"[]".to_vec());
}

#[test]
fn every_change_of_another_file_is_named() {
    let mut record = Record::new();
    record.edit("minutes.html", "minutes.html: line", replace(">4<", ">5<"));
    record.edit("README.txt", "README.txt: line 2", replace("5a5a", "5a5b"));
    let checked = replace("不要只看本文件里写的", "只看本文件里写的");
    record.edit("README.txt", "README.txt: line ", checked);
    record.edit("README.txt", "README.txt: line ", |bytes| [&bytes[..], b"\n"].concat());
    record.edit("sign-ins.csv", "sign-ins.csv: line 3", replace("成员2", "成员9"));
    let named = format!("{BALLOTS} (vote 1): line 4");
    record.edit(BALLOTS, &named, replace("反对", "赞成"));
    let paper = "papers/01-v1-决定-草案.pdf";
    record.edit(paper, &format!("{paper}: it is not the paper"), replace("第一版", "第1版"));
    // A version in place of another.
    record.edit(paper, &format!("{paper}: it is not the paper"), |_| {
        "%PDF 第二版".as_bytes().to_vec()
    });
    for (name, vote) in [
        ("minutes.html", ""),
        (paper, ""),
        (BALLOTS, " (vote 1)"),
        (BEL, " (vote 2)"),
        (PROOFS, " (vote 2)"),
        (HINTS, " (vote 2)"),
    ] {
        let named = format!("{name}{vote}: it is missing");
        record.spoil(&named, |copy| fs::remove_file(copy.join(name)).unwrap());
    }
    for name in ["log.jsonl", "record.json"] {
        let named = format!("{name}: it is missing");
        record.spoil(&named, |copy| fs::remove_file(copy.join(name)).unwrap());
    }
    // Files and folders that nothing speaks of.
    for name in [
        "votes/03-举手表决的事项/ballots.csv",
        "votes/09-另一项/09.bel",
        "votes/02-人事任免/03.bel",
        "papers/09-v1.pdf",
        ".hidden",
    ] {
        let first = name.rsplit_once('/').filter(|(f, _)| !f.ends_with("任免") && *f != "papers");
        let named = first.map_or(name, |(folder, _)| folder);
        record.spoil(&format!("{named}: nothing in the log"), |copy| {
            let path = copy.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        });
    }
    // A link is no file, wherever it leads.
    record.spoil("minutes.html: nothing in the log speaks of it", |copy| {
        let path = copy.join("minutes.html");
        fs::rename(&path, copy.with_extension("html")).unwrap();
        std::os::unix::fs::symlink(copy.with_extension("html"), path).unwrap();
    });
    record.spoil("log.jsonl: it is no plain file", |copy| {
        let path = copy.join("log.jsonl");
        fs::rename(&path, copy.with_extension("jsonl")).unwrap();
        std::os::unix::fs::symlink(copy.with_extension("jsonl"), path).unwrap();
    });
}

#[test]
fn every_change_of_a_secret_record_is_named() {
    let mut record = Record::new();
    let bel = format!("{BEL} (vote 2)");
    record.edit(BEL, &format!("{bel}: event"), |mut bytes| {
        let at = bytes.len() / 2;
        bytes[at] ^= 1;
        bytes
    });
    record.edit(BEL, &bel, |mut bytes| {
        bytes.truncate(bytes.len() - 512);
        bytes
    });
    // A sound record that ends before its result.
    let sums = Sitting::whole().records;
    record.edit(BEL, &format!("{bel}: its last event is not the one in the log"), |_| {
        sums[1].clone()
    });
    // Another election's, sound in itself.
    let other = "../protocol/tests/belenios/sample-single";
    let other = Path::new(env!("CARGO_MANIFEST_DIR")).join(other);
    let other = fs::read_dir(other)
        .unwrap()
        .map(|e| e.unwrap().path())
        .find(|p| p.extension().is_some_and(|e| e == "bel"))
        .unwrap();
    record.edit(BEL, &format!("{bel}: its last event is not the one in the log"), |_| {
        fs::read(other).unwrap()
    });

    // Nothing depends on them, and yet they are the ones that the log names.
    let hints = format!("{HINTS} (vote 2): it is not the file that the log names");
    record.edit(HINTS, &hints, |mut bytes| {
        bytes.rotate_left(32);
        bytes
    });
    record.edit(HINTS, &hints, |_| Vec::new());

    let proofs = format!("{PROOFS} (vote 2)");
    record.edit(PROOFS, &proofs, replace("\"owner\":2", "\"owner\":3"));
    record.edit(PROOFS, &proofs, |_| Vec::new());
    record.edit(PROOFS, &proofs, replace("{", "{ "));
    record.edit(PROOFS, &proofs, |bytes| {
        // One trustee's proofs are left out.
        let mut value: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        value["trustees"].as_array_mut().unwrap().pop();
        serde_json::to_vec(&value).unwrap()
    });
}

/// Nothing in the folder can be changed without being found: every file, at
/// places all over it.
#[test]
fn no_byte_of_the_folder_goes_unchecked() {
    let record = Record::new();
    let mut places = 0;
    for (name, bytes) in files(&record.sound) {
        let path = record.sound.join(&name);
        let step = (bytes.len() / 12).max(1);
        for at in (0..bytes.len()).step_by(step).chain([bytes.len() - 1]) {
            let mut bent = bytes.clone();
            bent[at] ^= 0x04;
            fs::write(&path, bent).unwrap();
            assert!(check(&record.sound).is_err(), "{name}, byte {at}");
            places += 1;
        }
        fs::write(&path, bytes).unwrap();
    }
    assert!(places > 100);
    check(&record.sound).unwrap_or_else(|wrong| panic!("{wrong}"));
}

#[test]
fn the_program_ends_with_one_and_says_where() {
    let dir = tempfile::tempdir().unwrap();
    let mut sitting = Sitting::opened();
    sitting.recorded();
    let out = export_of(&sitting, dir.path());
    let path = out.to_str().unwrap();
    let sound = program(&["verify", path]);
    assert!(sound.status.success());
    assert!(shown(&sound.stdout).contains("请核对指纹"));
    fs::write(out.join("votes/01-关于决定的表决/99.bel"), "x").unwrap();
    let spoiled = program(&["verify", path]);
    assert_eq!(spoiled.status.code(), Some(1));
    let error = shown(&spoiled.stderr);
    assert!(error.contains("记录不成立") && error.contains("99.bel"), "{error}");
    let nothing = program(&["verify", dir.path().join("no").to_str().unwrap()]);
    assert_eq!(nothing.status.code(), Some(1));
    let key = program(&["verify", path, "--server", "9f3c"]);
    assert_eq!(key.status.code(), Some(2));
}

#[test]
fn helpers_mean_what_they_say() {
    assert_ne!(terminal(1).key(), terminal(2).key());
    let (log, seq, head) = chained(b"", |l| l.push("x".into()));
    assert_eq!(seq, Seq(1));
    assert!(head != Hex([0; 32]) && log.ends_with(b"\"payload\":\"x\"}\n"));
}
