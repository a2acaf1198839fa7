//! A secret vote leaves no trace: with a real server, real terminals for the
//! scrutineers and one more voter, and known choices, everything that lies on
//! any disk is searched. Before the sum is open no party's own folders can open
//! it; when the keys are destroyed none is found anywhere, in any spelling.

use crate::stage::{LIMIT, Stage};
use crate::terminal::{Terminal, Where};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use hemicycle_hardware_tests::clerk::Clerk;
use hemicycle_hardware_tests::swarm::{Options, Pace, Papers, Press, Standing, Swarm};
use hemicycle_protocol::ballot::archive::{EventType, read};
use hemicycle_protocol::ballot::credential::Credential;
use hemicycle_protocol::ballot::decrypt::{DecryptError, combine, partially_decrypt};
use hemicycle_protocol::ballot::keys::SecretKey;
use hemicycle_protocol::ballot::records::{Canonical as _, ElectionResult, EncryptedTally};
use hemicycle_protocol::ballot::setup::Setup;
use hemicycle_protocol::ids::{SeatId, VoteId};
use hemicycle_protocol::secret;
use hemicycle_protocol::topic::ScrutinyKey;
use hemicycle_protocol::vote::{Ballot, Choice};
use hemicycle_protocol::wire::Command;
use hemicycle_terminal::screen::{Page, ReceiptState, Screen, SubmitState};
use hemicycle_terminal::touch::Touch;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const SCRUTINEERS: [u16; 3] = [10, 12, 26];
/// Votes against, all alone: whoever finds an "against" has found this one.
const VOTER: u16 = 5;
const AGAINST: u8 = 1;

/// A secret in every form in which it could have been written.
struct Needle {
    what: String,
    forms: Vec<Vec<u8>>,
}

impl Needle {
    fn number(what: impl Into<String>, bytes: &[u8]) -> Self {
        let backwards: Vec<u8> = bytes.iter().rev().copied().collect();
        let mut forms = vec![decimal(bytes).into_bytes()];
        for bytes in [bytes, &backwards] {
            forms.push(bytes.to_vec());
            forms.push(hex::encode(bytes).into_bytes());
            forms.push(hex::encode_upper(bytes).into_bytes());
            forms.extend(base64(bytes));
            // As JSON writes a list of bytes.
            let list: Vec<String> = bytes.iter().map(u8::to_string).collect();
            forms.push(list.join(",").into_bytes());
        }
        Self { what: what.into(), forms }
    }

    fn text(what: impl Into<String>, text: &str) -> Self {
        let mut forms = vec![text.as_bytes().to_vec(), hex::encode(text).into_bytes()];
        forms.extend(base64(text.as_bytes()));
        // Inside of a JSON text.
        let quoted = serde_json::to_string(text).unwrap();
        forms.push(quoted.trim_matches('"').as_bytes().to_vec());
        Self { what: what.into(), forms }
    }
}

/// Of all three places in which it can begin, what does not depend on its surroundings.
fn base64(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut forms = Vec::new();
    for before in 0..3 {
        let shifted: Vec<u8> =
            std::iter::repeat_n(0, before).chain(bytes.iter().copied()).collect();
        for engine in [&STANDARD, &STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
            let text = engine.encode(&shifted);
            let from = if before == 0 { 0 } else { before + 1 };
            let whole = text.trim_end_matches('=').len();
            let to = if shifted.len().is_multiple_of(3) { whole } else { whole - 1 };
            forms.push(text.get(from..to).unwrap().as_bytes().to_vec());
        }
    }
    forms
}

/// Little-endian bytes as a decimal number.
fn decimal(bytes: &[u8]) -> String {
    let mut digits = vec![0_u32];
    for byte in bytes.iter().rev() {
        let mut carry = u32::from(*byte);
        for digit in &mut digits {
            carry += *digit * 256;
            *digit = carry % 10;
            carry /= 10;
        }
        while carry > 0 {
            digits.push(carry % 10);
            carry /= 10;
        }
    }
    digits.iter().rev().filter_map(|d| char::from_digit(*d, 10)).collect()
}

/// All forms of all needles by how they begin, so that a file is read through once.
struct Search {
    needles: Vec<Needle>,
    begins: HashMap<[u8; BEGINNING], Vec<(usize, usize)>>,
}

/// No form is shorter.
const BEGINNING: usize = 6;

impl Search {
    fn of(needles: Vec<Needle>) -> Self {
        let mut begins: HashMap<_, Vec<_>> = HashMap::new();
        for (n, needle) in needles.iter().enumerate() {
            for (f, form) in needle.forms.iter().enumerate() {
                let begin = *form.first_chunk().expect("a form that can be told from chance");
                begins.entry(begin).or_default().push((n, f));
            }
        }
        Self { needles, begins }
    }

    /// What of it is in these bytes.
    fn in_bytes(&self, bytes: &[u8]) -> BTreeSet<&str> {
        let mut found = BTreeSet::new();
        for (at, window) in bytes.windows(BEGINNING).enumerate() {
            let Some(begin) = window.first_chunk::<BEGINNING>() else { continue };
            for (n, f) in self.begins.get(begin).into_iter().flatten() {
                let needle = &self.needles[*n];
                if bytes[at..].starts_with(&needle.forms[*f]) {
                    found.insert(needle.what.as_str());
                }
            }
        }
        found
    }

    /// The names of what is found in a folder, each with the files.
    fn folder(&self, folder: &Path) -> BTreeMap<String, BTreeSet<String>> {
        let mut all = Vec::new();
        files(folder, &mut all);
        assert!(!all.is_empty(), "{} is empty", folder.display());
        let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for path in all {
            // A file may go while it is looked for.
            let Ok(bytes) = std::fs::read(&path) else { continue };
            let name = path.strip_prefix(folder).unwrap().display().to_string();
            for what in self.in_bytes(&bytes) {
                found.entry(what.to_owned()).or_default().insert(name.clone());
            }
        }
        found
    }
}

fn files(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, into);
        } else {
            into.push(path);
        }
    }
}

fn names(found: &BTreeMap<String, BTreeSet<String>>) -> BTreeSet<&str> {
    found.keys().map(String::as_str).collect()
}

/// Everything is found that was planted, in each form, in the middle of a file deep in a folder.
fn the_search_finds_what_is_there(search: &Search, folder: &Path) {
    let garden = folder.join("garden");
    std::fs::create_dir_all(garden.join("deep/er")).unwrap();
    let file = garden.join("deep/er/log.sqlite-wal");
    for needle in &search.needles {
        for (n, form) in needle.forms.iter().enumerate() {
            let mut bytes = b"\x00\xff{\"a\":\"".repeat(70);
            bytes.extend(form);
            bytes.extend(b"\"}\x00".repeat(70));
            std::fs::write(&file, bytes).unwrap();
            let found = search.folder(&garden);
            assert!(found.contains_key(&needle.what), "{} in form {n}", needle.what);
        }
    }
    std::fs::write(&file, b"nothing of it").unwrap();
    assert!(search.folder(&garden).is_empty());
    std::fs::remove_dir_all(&garden).unwrap();
}

#[test]
fn secrets_are_found_in_every_spelling() {
    let folder = tempfile::tempdir().unwrap();
    let bytes: Vec<u8> = (1..=32).map(|n| n * 7).collect();
    let search = Search::of(vec![
        Needle::number("number", &bytes),
        Needle::text("text", "{\"kind\":\"motion\",\"choice\":\"against\"}"),
    ]);
    assert_eq!(decimal(&[0, 1]), "256");
    the_search_finds_what_is_there(&search, folder.path());
    // In base64 wherever it begins.
    for before in 0..5 {
        let mut around = vec![9; before];
        around.extend(&bytes);
        around.extend([8; 4]);
        let garden = folder.path().join("base64");
        std::fs::create_dir_all(&garden).unwrap();
        std::fs::write(garden.join("file"), STANDARD.encode(&around)).unwrap();
        assert_eq!(names(&search.folder(&garden)), BTreeSet::from(["number"]), "{before}");
    }
}

/// The room with its real terminals.
struct Chamber {
    stage: Stage,
    clerk: Clerk,
    swarm: Swarm,
    folders: BTreeMap<u16, PathBuf>,
    terminals: BTreeMap<u16, Terminal>,
    vote: VoteId,
}

impl Chamber {
    async fn open(homes: &Path) -> Self {
        let stage = Stage::set(31).await;
        let clerk = stage.clerk().await;
        let mut seats = stage.cast.member_seats();
        let real: BTreeSet<u16> = SCRUTINEERS.into_iter().chain([VOTER]).collect();
        seats.retain(|seat| !real.contains(&seat.0) && stage.cast.sample().leave(*seat).is_none());
        let swarm = Swarm::start(Options {
            server: stage.host.address.clone(),
            seats,
            press: Arc::new(Press::All(0)),
            pace: Pace::Together,
            papers: Papers::None,
            secret: [3; 32],
        });
        let folders = real.iter().map(|seat| (*seat, homes.join(format!("terminal-{seat}"))));
        let folders: BTreeMap<u16, PathBuf> = folders.collect();
        let vote = stage.votes[2];
        let mut chamber = Self { stage, clerk, swarm, folders, terminals: BTreeMap::new(), vote };
        for seat in real {
            chamber.switch_on(seat);
        }
        chamber
    }

    fn switch_on(&mut self, seat: u16) {
        let server = format!("http://{}", self.stage.host.address);
        let worker = &self.stage.programs.terminal;
        let terminal =
            Terminal::start(Where::At(&server), &self.folders[&seat], Some(SeatId(seat)), worker);
        self.terminals.insert(seat, terminal.unwrap());
    }

    async fn switch_off(&mut self, seat: u16) {
        self.terminals.remove(&seat).unwrap().stop().await.unwrap();
    }

    fn at(&mut self, seat: u16) -> &mut Terminal {
        self.terminals.get_mut(&seat).unwrap()
    }

    async fn sign_in(&mut self) {
        self.clerk.ask(Command::OpenSignIn).await.unwrap();
        for terminal in self.terminals.values_mut() {
            let prompted = |s: &Screen| matches!(&s.page, Page::Standby(p) if !p.prompt.is_empty());
            terminal.until("the nameplate", prompted).await.unwrap();
            terminal.touch(Touch::Wake).await.unwrap();
            terminal.touch(Touch::SignIn).await.unwrap();
            terminal.until("the sign-in", |s| !s.rail.entries.is_empty()).await.unwrap();
        }
        let here = |seats: &[Standing]| seats.iter().all(|s| s.signed_in && s.registered);
        self.swarm.until("everybody", LIMIT, here).await.unwrap();
    }

    async fn make_key(&self) {
        let room = self.clerk.room();
        let member = |seat| room.person_at(SeatId(seat)).unwrap().member;
        let members = SCRUTINEERS.map(member).to_vec();
        self.clerk.ask(Command::NameScrutineers { members, threshold: 2 }).await.unwrap();
        let ready = |room: &hemicycle_hardware_tests::clerk::Room| {
            matches!(room.scrutiny.key, ScrutinyKey::Ready { .. }).then_some(())
        };
        self.clerk.until("the key", LIMIT, ready).await.unwrap();
    }

    /// Everybody casts: all for, one against.
    async fn cast(&mut self) {
        let vote = self.vote;
        self.clerk.ask(Command::OpenMeeting).await.unwrap();
        let item = self.clerk.room().line(vote).unwrap().item;
        self.clerk.ask(Command::StartItem { item }).await.unwrap();
        self.clerk.ask(Command::OpenVote { vote }).await.unwrap();
        for (seat, terminal) in &mut self.terminals {
            let choice = if *seat == VOTER { AGAINST } else { 0 };
            terminal.until("the vote", |s| matches!(s.page, Page::Vote(_))).await.unwrap();
            terminal.touch(Touch::Choose { question: 0, choice }).await.unwrap();
            let can = |s: &Screen| matches!(&s.page, Page::Vote(v) if v.submit.state == SubmitState::Ready);
            terminal.until("the setup", can).await.unwrap();
            terminal.touch(Touch::Submit).await.unwrap();
            let done = |s: &Screen| matches!(&s.page, Page::Submitted(p) if p.state == ReceiptState::Confirmed);
            terminal.until("the receipt", done).await.unwrap();
        }
        let done = |seats: &[Standing]| seats.iter().all(|s| s.confirmed == Some(vote));
        self.swarm.until("every receipt", LIMIT, done).await.unwrap();
    }
}

fn json(path: &Path) -> serde_json::Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// The private files of one kind in a terminal's folder.
fn private(folder: &Path, kind: &str) -> Vec<PathBuf> {
    let mut all = Vec::new();
    files(&folder.join("secret"), &mut all);
    all.retain(|path| path.to_string_lossy().contains(kind));
    all
}

fn key(bytes: &[u8; 32]) -> SecretKey {
    SecretKey::from_bytes(bytes).unwrap()
}

fn thirty_two(text: &str) -> [u8; 32] {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text, &mut bytes).unwrap();
    bytes
}

/// The setup and the encrypted sum of the vote, as they lie in the server's folder.
fn encrypted_sum(data: &Path) -> (Setup, EncryptedTally) {
    for entry in std::fs::read_dir(data.join("records/blobs")).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        let Ok(contents) = read(&bytes) else { continue };
        let Some(last) = contents.events.last() else { continue };
        if last.kind != EventType::EncryptedTally {
            continue;
        }
        let [election, trustees, credentials, setup] = contents.events[0].data[..] else {
            panic!("the setup has another shape")
        };
        let setup = Setup::from_archive(election, trustees, credentials, setup).unwrap();
        return (setup, EncryptedTally::from_bytes(last.data[0]).unwrap());
    }
    panic!("there is no encrypted sum")
}

/// What these keys make of the sum, by name.
fn open(
    setup: &Setup,
    tally: &EncryptedTally,
    ballots: u32,
    keys: &BTreeMap<&str, SecretKey>,
    names: &[&str],
) -> Result<ElectionResult, DecryptError> {
    let rng = &mut rand_core::UnwrapErr(getrandom::SysRng);
    let parts = names.iter().map(|name| {
        let part = partially_decrypt(setup, &keys[name], tally, rng).unwrap();
        (part.owner, part.partial)
    });
    combine(setup, tally, ballots, &parts.collect::<Vec<_>>())
}

/// The choices, as a program would write them.
fn choices() -> Vec<Needle> {
    let ballot = Ballot::Motion { choice: Choice::Against };
    let written = serde_json::to_string(&ballot).unwrap();
    vec![
        Needle::text("choice", &written),
        Needle::text("choice", "\"choice\":\"against\""),
        Needle::text("choice", "\"choice\":\"for\""),
        Needle::text("choice", "[0,1,0]"),
        Needle::text("choice", "\"by_name\":[\""),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_on_any_disk_tells_who_chose_what() {
    let homes = tempfile::tempdir().unwrap();
    let mut chamber = Chamber::open(homes.path()).await;
    chamber.sign_in().await;
    chamber.make_key().await;
    chamber.cast().await;
    let data = chamber.stage.data();

    // Two scrutineers go before the vote is closed: the sum waits with every key still there.
    for seat in [12, 26] {
        chamber.switch_off(seat).await;
    }
    let vote = chamber.vote;
    chamber.clerk.ask(Command::CloseVote { vote }).await.unwrap();
    let waits = |room: &hemicycle_hardware_tests::clerk::Room| {
        let opening = room.vote.as_ref()?.secret.as_ref()?.opening.as_ref()?;
        (opening.given.len() == 1).then_some(())
    };
    chamber.clerk.until("the first part", LIMIT, waits).await.unwrap();

    let mut keys = BTreeMap::new();
    let mut needles = Vec::new();
    let server = std::fs::read_to_string(data.join(format!("secret/vote-{vote}.key"))).unwrap();
    keys.insert("server", key(&thirty_two(&server)));
    for (name, seat) in ["share 10", "share 12", "share 26"].into_iter().zip(SCRUTINEERS) {
        let [file] = &private(&chamber.folders[&seat], "-share-")[..] else { panic!("{name}") };
        let share = json(file)["what"]["key"].as_str().unwrap().to_owned();
        keys.insert(name, key(&thirty_two(&share)));
    }
    for (name, key) in &keys {
        needles.push(Needle::number(*name, key.to_bytes().as_slice()));
    }
    let meeting = chamber.clerk.room().id.unwrap();
    let slot = chamber.clerk.room().vote.unwrap().secret.unwrap().slot;
    for (seat, folder) in &chamber.folders {
        for file in private(folder, "-credential-") {
            let text = json(&file)["what"]["credential"].as_str().unwrap().to_owned();
            let what = format!("credential {seat}");
            needles.push(Needle::text(what.clone(), &text));
            let private = Credential::parse(&text).unwrap().key(&secret::uuid(&meeting, slot));
            needles.push(Needle::number(what, private.to_bytes().as_slice()));
        }
    }
    let search = Search::of(needles);
    the_search_finds_what_is_there(&search, homes.path());

    // Before: each party holds its own, and nobody holds enough.
    let ballots = 28;
    let (setup, tally) = encrypted_sum(&data);
    let parties = chamber.folders.iter().map(|(seat, folder)| (seat.to_string(), folder.clone()));
    let parties = parties.chain([("server".to_owned(), data.clone())]);
    for (party, folder) in parties {
        let found = search.folder(&folder);
        let held: Vec<&str> =
            names(&found).into_iter().filter(|name| keys.contains_key(name)).collect();
        let own = match party.as_str() {
            "server" => vec!["server"],
            "10" => vec!["share 10"],
            "12" => vec!["share 12"],
            "26" => vec!["share 26"],
            _ => vec![],
        };
        assert_eq!(held, own, "the folder of {party}");
        let others = names(&found)
            .into_iter()
            .any(|name| name.strip_prefix("credential ").is_some_and(|seat| seat != party));
        assert!(!others, "the folder of {party} has another's credential: {found:?}");
        let opened = open(&setup, &tally, ballots, &keys, &held);
        assert!(matches!(opened, Err(DecryptError::Missing { .. })), "{party} opens the sum");
    }
    // Nor the server with one scrutineer, nor all scrutineers without the server.
    for held in [&["server", "share 12"][..], &["share 10", "share 12", "share 26"]] {
        let opened = open(&setup, &tally, ballots, &keys, held);
        assert!(matches!(opened, Err(DecryptError::Missing { .. })), "{held:?} opens the sum");
    }
    // These are the true keys: the server and two of the scrutineers do open it.
    for two in [["share 10", "share 26"], ["share 12", "share 26"]] {
        let opened = open(&setup, &tally, ballots, &keys, &["server", two[0], two[1]]).unwrap();
        assert_eq!(opened.result, [[27, 1, 0]]);
    }
    let chosen = Search::of(choices());
    the_search_finds_what_is_there(&chosen, homes.path());
    for folder in chamber.folders.values().chain([&data]) {
        assert_eq!(chosen.folder(folder), BTreeMap::new(), "in {}", folder.display());
    }

    // One of them comes back; the sum is open; the meeting ends; every key goes.
    for seat in [12, 26] {
        chamber.switch_on(seat);
    }
    let counted = |room: &hemicycle_hardware_tests::clerk::Room| {
        room.line(vote)?.count.is_some().then_some(())
    };
    chamber.clerk.until("the count", LIMIT, counted).await.unwrap();
    chamber.clerk.ask(Command::DeclareVote { vote }).await.unwrap();
    let own = |s: &Screen| matches!(&s.page, Page::Result(r) if r.note.contains('-'));
    chamber.at(VOTER).until("its own ballot in the record", own).await.unwrap();
    chamber.clerk.ask(Command::CloseMeeting).await.unwrap();
    let destroyed = |room: &hemicycle_hardware_tests::clerk::Room| {
        let all = room.scrutiny.scrutineers.iter().all(|s| s.destroyed);
        (all && room.scrutiny.scrutineers.len() == 3).then_some(())
    };
    chamber.clerk.until("the shares to be destroyed", LIMIT, destroyed).await.unwrap();
    for terminal in chamber.terminals.values_mut() {
        terminal.until("the end", |s| matches!(s.page, Page::Ended(_))).await.unwrap();
    }

    // With the write-ahead log still there, and again when everything has ended.
    let wal = data.join("log.sqlite-wal");
    assert!(std::fs::metadata(&wal).unwrap().len() > 0, "there is no write-ahead log to search");
    let mut needles = search.needles;
    needles.extend(choices());
    let search = Search::of(needles);
    let room = data.parent().unwrap().to_owned();
    assert_eq!(search.folder(&room), BTreeMap::new(), "while the server runs");
    for seat in SCRUTINEERS.into_iter().chain([VOTER]) {
        chamber.switch_off(seat).await;
    }
    chamber.swarm.stop().await;
    drop(chamber.clerk);
    let programs = chamber.stage.programs.clone();
    let folder = chamber.stage.stop().await;
    let record = folder.path().join("record");
    programs.record(&data, &record).await.unwrap();
    for folder in [folder.path(), homes.path()] {
        assert_eq!(search.folder(folder), BTreeMap::new(), "in {}", folder.display());
    }
    assert!(folder.path().join("log").metadata().unwrap().len() > 0, "the server wrote no log");
    assert!(record.join("votes").is_dir(), "there is no record to search");
}
