//! Every message of the wire, byte for byte: one file a message, command, topic
//! and refusal under `golden/`. A file is what a client in another language may
//! rely on; it is read, understood and written again without a byte's change.
//!
//! The `…_index` functions match every variant, so a new one does not compile
//! until it is counted there, and then fails until it has a file.
//! `UPDATE_GOLDEN=1 cargo test -p hemicycle-protocol --test wire_golden` writes
//! the files anew.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "wire_golden/commands.rs"]
mod commands;
#[path = "wire_golden/messages.rs"]
mod messages;
#[path = "wire_golden/topics.rs"]
mod topics;

use hemicycle_protocol::ids::{Hash, Hex};
use hemicycle_protocol::refusal::{Code, Refusal};
use hemicycle_protocol::wire::{
    Answer, CHUNK_HEADER, Chunk, Down, Reply, Up, limits, read_down, read_up, write,
};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

/// Compares with the file, or writes it.
fn golden(name: &str, text: &str) -> String {
    let path = folder().join(format!("{name}.json"));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, format!("{text}\n")).unwrap();
    }
    let stored = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(stored.strip_suffix('\n'), Some(text), "{}", path.display());
    stored
}

fn check_up(name: &str, message: &Up) {
    let stored = golden(name, &write(message));
    let read = read_up(&stored, limits::TEXT_UP_CONSOLE).unwrap_or_else(|e| panic!("{name}: {e}"));
    assert_eq!(&read, message, "{name}");
    assert_eq!(write(&read), stored.trim_end(), "{name}");
}

fn check_down(name: &str, message: &Down) {
    let stored = golden(name, &write(message));
    let read = read_down(&stored).unwrap_or_else(|e| panic!("{name}: {e}"));
    assert_eq!(&read, message, "{name}");
    assert_eq!(write(&read), stored.trim_end(), "{name}");
}

/// All of `0..count` are there.
fn complete(what: &str, count: usize, seen: impl Iterator<Item = usize>) {
    let seen: BTreeSet<usize> = seen.collect();
    assert_eq!(seen, (0..count).collect(), "{what}: one sample of each variant");
}

#[test]
fn every_message_up() {
    let samples = messages::up();
    complete("up", messages::UP, samples.iter().map(|(_, m)| messages::up_index(m)));
    samples.iter().for_each(|(name, message)| check_up(&format!("up/{name}"), message));
}

#[test]
fn every_command() {
    let samples = commands::all();
    complete("commands", commands::COUNT, samples.iter().map(|(_, c)| commands::index(c)));
    for (name, command) in samples {
        check_up(&format!("command/{name}"), &messages::asking(command));
    }
}

#[test]
fn every_message_down() {
    let samples = messages::down();
    complete("down", messages::DOWN, samples.iter().map(|(_, m)| messages::down_index(m)));
    samples.iter().for_each(|(name, message)| check_down(&format!("down/{name}"), message));
}

#[test]
fn every_topic() {
    use hemicycle_protocol::topic::TopicName;
    let samples = topics::all();
    let named = |name: TopicName| samples.iter().any(|(_, t)| t.name() == name);
    assert!(TopicName::ALL.into_iter().all(named));
    for (name, topic) in samples {
        check_down(&format!("topic/{name}"), &messages::value(topic));
    }
}

#[test]
fn every_refusal() {
    for code in Code::ALL {
        let refused = Refusal { code: *code, detail: Some("vote 3 is closed".into()) };
        let reply = Reply { id: Hex([0xa1; 16]), answer: Answer::Refused(refused) };
        check_down(&format!("refusal/{}", code.text()), &Down::Reply(reply));
    }
}

/// No file is left over from something that is gone.
#[test]
fn every_file_belongs_to_a_sample() {
    let mut names: BTreeSet<String> = BTreeSet::new();
    names.extend(messages::up().into_iter().map(|(n, _)| format!("up/{n}")));
    names.extend(commands::all().into_iter().map(|(n, _)| format!("command/{n}")));
    names.extend(messages::down().into_iter().map(|(n, _)| format!("down/{n}")));
    names.extend(topics::all().into_iter().map(|(n, _)| format!("topic/{n}")));
    names.extend(Code::ALL.iter().map(|c| format!("refusal/{}", c.text())));
    for part in ["up", "command", "down", "topic", "refusal"] {
        for entry in std::fs::read_dir(folder().join(part)).unwrap() {
            let file = entry.unwrap().file_name().into_string().unwrap();
            let name = format!("{part}/{}", file.trim_end_matches(".json"));
            assert!(names.contains(&name), "{name} has no sample");
        }
    }
}

#[test]
fn a_chunk_is_a_header_and_bytes() {
    let chunk = Chunk { hash: Hex([0xab; 32]), offset: 0x0102_0304, data: b"%PDF" };
    let bytes = chunk.encode();
    let text = format!("01{}0000000001020304{}", "ab".repeat(32), hex::encode(b"%PDF"));
    assert_eq!(hex::encode(&bytes), text);
    assert_eq!(Chunk::decode(&bytes), Ok(chunk));
    let code = |bytes: &[u8]| Chunk::decode(bytes).map(|_| ()).map_err(|r| r.code);
    let mut other = bytes.clone();
    other[0] = 2;
    let long = [&bytes[..CHUNK_HEADER], &vec![0; limits::CHUNK + 1]].concat();
    for bad in [&bytes[..40], &bytes[..CHUNK_HEADER], &other, &long, &[]] {
        assert_eq!(code(bad), Err(Code::Malformed), "{} bytes", bad.len());
    }
}

/// What must not be understood, and by what word it is refused.
#[test]
fn who_is_older_than_runs_is_understood() {
    let meeting = "01".repeat(16);
    let hello = format!(
        r#"{{"type":"hello","protocol":1,"client":"old","role":{{"as":"console"}},"watch":[],"have":{{"me":4}},"meeting":"{meeting}"}}"#
    );
    let Up::Hello(hello) = read_up(&hello, limits::TEXT_UP).unwrap() else { panic!("no hello") };
    assert_eq!((hello.run, hello.have.len()), (None, 1));
    let welcome = format!(r#"{{"type":"welcome","meeting":"{meeting}","now":1787706000000}}"#);
    assert!(matches!(read_down(&welcome).unwrap(), Down::Welcome { run: None, .. }));
}

#[test]
fn bad_messages_are_refused_without_repeating_them() {
    let id = "a1".repeat(16);
    let command = |rest: &str| format!("{{\"type\":\"command\",\"id\":\"{id}\",{rest}}}");
    let bad = [
        String::new(),
        "null".into(),
        "[]".into(),
        "{}".into(),
        "{\"type\":\"geheim\"}".into(),
        "{\"type\":\"watch\"}".into(),
        "{\"type\":\"watch\",\"topics\":[\"geheim\"]}".into(),
        command("\"command\":\"geheim\""),
        command("\"command\":\"cast\",\"vote\":1"),
        command("\"command\":\"open_vote\",\"vote\":-1"),
        command("\"command\":\"open_vote\",\"vote\":1.5"),
        command("\"command\":\"open_vote\",\"vote\":\"geheim\""),
        command("\"command\":\"open_vote\",\"vote\":4294967296"),
        command("\"command\":\"open_vote\",\"vote\":1}{"),
        command(
            "\"command\":\"cast\",\"vote\":1,\"signature\":\"00\",\"ballot\":{\"kind\":\"motion\",\"choice\":\"for\"}",
        ),
        command(&format!(
            "\"command\":\"cast\",\"vote\":1,\"signature\":\"{}\",\"ballot\":{{\"kind\":\"motion\",\"choice\":\"geheim\"}}",
            "00".repeat(64)
        )),
        command(&format!(
            "\"command\":\"cast\",\"vote\":1,\"signature\":\"{}\",\"ballot\":{{\"kind\":\"motion\",\"choice\":\"for\",\"geheim\":1}}",
            "00".repeat(64)
        )),
        format!("{{\"type\":\"command\",\"id\":\"{}\",\"command\":\"leave\"}}", "A1".repeat(16)),
        "{\"type\":\"command\",\"command\":\"leave\"}".into(),
        "[".repeat(20_000),
    ];
    for text in bad {
        let refusal = read_up(&text, limits::TEXT_UP).unwrap_err();
        assert_eq!(refusal.code, Code::Malformed, "{text}");
        assert!(!refusal.to_string().contains("geheim"), "{refusal}");
    }
    let long = " ".repeat(limits::TEXT_UP + 1);
    assert_eq!(read_up(&long, limits::TEXT_UP).unwrap_err().code, Code::TooLarge);
}

/// The largest that the limits allow fits into a frame.
#[test]
fn the_largest_values_fit_their_frames() {
    use hemicycle_protocol::ids::{MemberId, SeatId};
    use hemicycle_protocol::topic::{Person, Place, Roll, Standing, Topic};
    use hemicycle_protocol::vote::{Ballot, Choice, MOST_QUESTIONS};
    use hemicycle_protocol::wire::{Command, RosterRow};
    let name = || "㒞".repeat(limits::NAME);
    let row = |n: u16| RosterRow {
        seat: SeatId(n),
        name: name(),
        title: name(),
        standing: Standing::Attendee,
        chair: false,
    };
    let place = |n: u16| Place { seat: SeatId(n), x: 1000, y: 1000 };
    let numbers = || 1u16..=u16::try_from(limits::PEOPLE).unwrap();
    let people: Vec<RosterRow> = numbers().map(row).collect();
    let layout: Vec<Place> = numbers().map(place).collect();
    let persons: Vec<Person> =
        people.iter().cloned().zip(1..).map(|(r, n)| r.person(MemberId(n))).collect();
    let import = messages::asking(Command::ImportRoster { people, layout: layout.clone() });
    assert!(write(&import).len() <= limits::TEXT_UP_CONSOLE);
    let roll = messages::value(Topic::Roll(Roll { people: persons, layout }));
    assert!(write(&roll).len() <= limits::TEXT_DOWN);
    let ballot = Ballot::Personnel { choices: vec![Choice::Against; MOST_QUESTIONS] };
    let cast = Command::Cast {
        vote: hemicycle_protocol::ids::VoteId(u32::MAX),
        ballot,
        signature: Default::default(),
    };
    assert!(write(&messages::asking(cast)).len() <= limits::TEXT_UP);
    assert_eq!(Hash::default().0.len(), 32);
}
