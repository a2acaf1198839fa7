//! What is fuzzed: each target is a reader with its seeds. It answers with what it says to an input, and panics where
//! something is accepted that must not be.

use crate::room::{Room, ceremony};
use crate::support::{World, election, file, rng, three_answers};
use hemicycle_protocol::ballot::archive::{EventList, read};
use hemicycle_protocol::ballot::decrypt::{SecondProofs, verify_partial, verify_second_proofs};
use hemicycle_protocol::ballot::election::verify_record;
use hemicycle_protocol::ballot::encrypt::Sealed;
use hemicycle_protocol::ballot::hints::Hints;
use hemicycle_protocol::ballot::keygen::board::Board;
use hemicycle_protocol::ballot::keygen::{Fault, Progress};
use hemicycle_protocol::ballot::records::{
    Canonical, Credentials, Election, EncryptedTally, PartialDecryption, SetupData,
};
use hemicycle_protocol::ballot::setup::Setup;
use hemicycle_protocol::ballot::trustees::{Trustee, Trustees};
use hemicycle_protocol::ballot::verify::{Submission, verify, verify_many};
use hemicycle_protocol::wire::{limits, read_down, read_up, write};
use std::path::{Path, PathBuf};

/// What is said to an input.
pub type Reader = Box<dyn Fn(&[u8]) -> String>;

/// A reader of strangers' bytes.
pub struct Target {
    pub name: &'static str,
    pub seeds: Vec<Vec<u8>>,
    /// Inputs in a usual run.
    pub usual: u64,
    /// Answers that a usual run tells apart at least: it reaches beyond the first check.
    pub answers: usize,
    pub answer: Reader,
}

const ACCEPTED: &str = "accepted";

fn said<T, E: std::fmt::Display>(result: Result<T, E>) -> String {
    result.map_or_else(|error| error.to_string(), |_| ACCEPTED.to_owned())
}

/// A motion and an election in one, three voters, one trustee.
fn world() -> (World, Vec<Sealed>) {
    let mut questions = three_answers(1);
    questions.push(election(4, 2));
    let mut world = World::asking(91, 3, questions, 1);
    let names = [[true, false, false, true], [false; 4], [false, true, false, false]];
    let sealed = names.iter().enumerate().map(|(voter, names)| {
        let choice = (0..3).map(|answer| answer == voter).collect();
        world.cast_marks(voter, &[choice, names.to_vec()])
    });
    let sealed = sealed.collect();
    (world, sealed)
}

fn finished() -> (World, Vec<Sealed>, Vec<u8>, Vec<u8>) {
    let (mut world, sealed) = world();
    let ballots: Vec<Vec<u8>> = sealed.iter().map(|sealed| sealed.ballot.clone()).collect();
    let (archive, second, _) = world.run_with(&ballots);
    (world, sealed, archive, second)
}

pub fn ballot() -> Target {
    let (world, sealed) = world();
    let seeds: Vec<Vec<u8>> = sealed.iter().map(|sealed| sealed.ballot.clone()).collect();
    let made = seeds.clone();
    let answer = move |input: &[u8]| {
        let one = verify(&world.setup, input);
        assert_eq!(one.is_ok(), made.iter().any(|ballot| ballot == input), "a changed ballot");
        let hints = Some(&sealed[0].hints);
        let many = verify_many(&world.setup, &[Submission { ballot: input, hints }], &mut rng(1));
        let many = many.into_iter().next().unwrap();
        assert_eq!(many.map(|_| ()), one.as_ref().map(|_| ()).map_err(Clone::clone));
        said(one)
    };
    Target { name: "ballot", seeds, usual: 4_000, answers: 8, answer: Box::new(answer) }
}

pub fn hints() -> Target {
    let (world, sealed) = world();
    let seeds = sealed.iter().map(|sealed| sealed.hints.to_bytes()).collect();
    let questions = world.setup.election().questions.clone();
    let answer = move |input: &[u8]| {
        let hints = Hints::from_bytes(input, &questions);
        let bytes = hints.as_ref().map(Hints::to_bytes);
        assert!(bytes.is_none_or(|bytes| bytes == input));
        let ballot = &sealed[1].ballot;
        let submission = Submission { ballot, hints: hints.as_ref() };
        let verdict = verify_many(&world.setup, &[submission], &mut rng(1)).remove(0);
        assert!(verdict.is_ok(), "hints cost a ballot");
        (if hints.is_some() { "hints" } else { "no hints" }).to_owned()
    };
    Target { name: "hints", seeds, usual: 400, answers: 2, answer: Box::new(answer) }
}

pub fn archive() -> Target {
    let (_, _, archive, second) = finished();
    let mut seeds = vec![archive.clone()];
    seeds.extend((512..archive.len()).step_by(512).map(|end| archive[..end].to_vec()));
    seeds.retain(|seed| read(seed).is_ok());
    for name in ["changed-result", "changed-tally", "duplicated-ballot", "flipped-proof"] {
        seeds.push(file(&format!("rejected-{name}.bel")));
    }
    let answer = move |input: &[u8]| {
        let report = verify_record(input, None, 1);
        let known = archive.starts_with(input) || foreign(input);
        assert!(report.is_err() || known, "a changed archive");
        let with = verify_record(input, Some(&second), 1);
        assert!(with.is_err() || archive.starts_with(input), "second proofs of another archive");
        said(report)
    };
    Target { name: "archive", seeds, usual: 2_000, answers: 8, answer: Box::new(answer) }
}

/// A beginning of one of the samples: two of the rejected ones begin as it does.
fn foreign(input: &[u8]) -> bool {
    ["changed-result", "changed-tally", "duplicated-ballot", "flipped-proof"]
        .iter()
        .any(|name| file(&format!("rejected-{name}.bel")).starts_with(input))
}

pub fn setup() -> Target {
    let (world, _) = world();
    let records = world.setup.records().clone();
    let mut seeds: Vec<Vec<u8>> = records.to_vec();
    let room = Room::honest(3, 2, 92).record();
    seeds.push(Trustees(vec![Trustee::Pedersen(room)]).to_bytes());
    let answer = move |input: &[u8]| {
        let read = [
            again::<Election>(input),
            again::<Trustees>(input),
            again::<Credentials>(input),
            again::<SetupData>(input),
        ];
        let [election, trustees, credentials, data] = &records;
        // Anybody may ask what the key allows: the texts of an election are free, and so is the list of credentials.
        let asked = Setup::from_records(input, trustees, credentials);
        let keyed = Setup::from_records(election, input, credentials);
        let listed = Setup::from_records(election, trustees, input);
        assert!(keyed.is_err() || input == trustees, "other trustees for the same key");
        let whole = Setup::from_archive(election, trustees, input, data);
        assert!(whole.is_err() || input == credentials, "another list than the setup data name");
        format!("{} {} {} {}", read.join(""), said(asked), said(keyed), said(listed))
    };
    Target { name: "setup", seeds, usual: 3_000, answers: 20, answer: Box::new(answer) }
}

/// A record that is read is written again to the same bytes.
fn again<T: Canonical>(input: &[u8]) -> &'static str {
    match T::from_bytes(input) {
        Ok(record) => {
            assert_eq!(record.to_bytes(), input);
            "+"
        }
        Err(_) => "-",
    }
}

pub fn trustees() -> Target {
    let record = |seed| Trustees(vec![Trustee::Pedersen(Room::honest(3, 2, seed).record())]);
    let seeds = vec![record(93).to_bytes(), record(94).to_bytes()];
    let made = seeds.clone();
    let answer = move |input: &[u8]| {
        let read = Trustees::from_bytes(input).map_err(|error| error.to_string());
        let checked = read.and_then(|read| read.verify().map_err(|error| error.to_string()));
        assert!(checked.is_err() || made.iter().any(|made| made == input), "changed trustees");
        said(checked)
    };
    Target { name: "trustees", seeds, usual: 3_000, answers: 8, answer: Box::new(answer) }
}

pub fn partial() -> Target {
    let (world, _, archive, _) = finished();
    let contents = read(&archive).unwrap();
    let [.., summed, part, _] = &contents.events[..] else { panic!() };
    let tally = EncryptedTally::from_bytes(summed.data[0]).unwrap();
    let made = part.data[0].to_vec();
    let seeds = vec![made.clone()];
    let answer = move |input: &[u8]| {
        let read = PartialDecryption::from_bytes(input).map_err(|error| error.to_string());
        let checked = read.and_then(|part| {
            verify_partial(&world.setup, &tally, 1, &part).map_err(|error| error.to_string())
        });
        assert!(checked.is_err() || input == made, "a changed part");
        said(checked)
    };
    Target { name: "partial", seeds, usual: 3_000, answers: 5, answer: Box::new(answer) }
}

pub fn second() -> Target {
    let (world, _, archive, second) = finished();
    let contents = read(&archive).unwrap();
    let [.., summed, part, _] = &contents.events[..] else { panic!() };
    let tally = EncryptedTally::from_bytes(summed.data[0]).unwrap();
    let parts = [(1, PartialDecryption::from_bytes(part.data[0]).unwrap())];
    let seeds = vec![second.clone()];
    let answer = move |input: &[u8]| {
        let read = SecondProofs::from_bytes(input).map_err(|error| error.to_string());
        let checked = read.and_then(|file| {
            verify_second_proofs(&world.setup, &tally, &parts, &file)
                .map_err(|error| error.to_string())
        });
        assert!(checked.is_err() || input == second, "changed second proofs");
        said(checked)
    };
    Target { name: "second", seeds, usual: 3_000, answers: 5, answer: Box::new(answer) }
}

pub fn keygen() -> Target {
    let mut room = Room::honest(3, 2, 95);
    // In an order in which each builds on those before: commit, reveal, shares, confirm.
    let order = ["\"commit\"", "\"reveal\"", "\"shares\":{", "\"confirm\""];
    room.log.sort_by_key(|(from, bytes)| {
        let text = String::from_utf8_lossy(bytes).into_owned();
        (order.iter().position(|word| text.contains(word)), *from)
    });
    let mut boards = vec![Board::new(ceremony(3, 2)).unwrap()];
    for (from, bytes) in &room.log {
        let mut board = boards.last().unwrap().clone();
        board.receive(*from, bytes);
        boards.push(board);
    }
    let seeds: Vec<Vec<u8>> = room.log.iter().map(|(_, bytes)| bytes.clone()).collect();
    let log = room.log;
    let answer = move |input: &[u8]| {
        let mut answers = String::new();
        // At the beginning of every round.
        for at in [0, 3, 6, 9] {
            let (from, made) = &log[at];
            let mut board = boards[at].clone();
            board.receive(*from, input);
            match board.progress() {
                Progress::Failed(blame) => {
                    assert_eq!(blame.participant, *from, "somebody else is blamed");
                    assert!(input != made, "a good message is blamed");
                    answers += &blame.to_string();
                }
                // A commitment is only a hash, and what belongs to a later round is kept for it; but the good message of
                // this round must not contradict what was taken.
                Progress::Waiting { .. } if at == 0 => answers += "taken",
                Progress::Waiting { .. } => {
                    board.receive(*from, made);
                    let contradicts = matches!(board.progress(), Progress::Failed(blame)
                        if blame.fault == Fault::Contradiction);
                    assert!(!contradicts, "a changed message");
                    answers += "kept";
                }
                Progress::Done(_) => panic!("the others have not spoken"),
            }
        }
        answers
    };
    Target { name: "keygen", seeds, usual: 1_000, answers: 8, answer: Box::new(answer) }
}

pub fn events() -> Target {
    let (_, _, archive, _) = finished();
    let seed = EventList::of(&read(&archive).unwrap()).to_bytes();
    let seeds = vec![seed];
    let answer = move |input: &[u8]| {
        let list = EventList::from_bytes(input);
        if let Ok(list) = &list {
            assert_eq!(list.to_bytes(), input);
        }
        let last = list.as_ref().ok().and_then(EventList::last_event);
        format!("{} {}", said(list), last.is_some())
    };
    Target { name: "events", seeds, usual: 4_000, answers: 4, answer: Box::new(answer) }
}

/// The golden files of a folder.
fn golden(folder: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(folder);
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let mut files: Vec<PathBuf> = files.collect();
    files.sort();
    let read = |path: &PathBuf| std::fs::read_to_string(path).unwrap().trim_end().into();
    files.iter().map(read).collect()
}

pub fn up() -> Target {
    let seeds = [golden("command"), golden("up")].concat();
    let answer = |input: &[u8]| {
        let Ok(text) = std::str::from_utf8(input) else { return "not UTF-8".to_owned() };
        let message = read_up(text, limits::TEXT_UP);
        if let Ok(message) = &message {
            assert_eq!(read_up(&write(message), usize::MAX).as_ref(), Ok(message));
        }
        said(message)
    };
    Target { name: "up", seeds, usual: 20_000, answers: 5, answer: Box::new(answer) }
}

pub fn down() -> Target {
    let seeds = [golden("topic"), golden("down"), golden("refusal")].concat();
    let answer = |input: &[u8]| {
        let Ok(text) = std::str::from_utf8(input) else { return "not UTF-8".to_owned() };
        let message = read_down(text);
        if let Ok(message) = &message {
            assert_eq!(read_down(&write(message)).as_ref(), Ok(message));
        }
        said(message)
    };
    Target { name: "down", seeds, usual: 20_000, answers: 5, answer: Box::new(answer) }
}
