//! Members' notes on papers: they follow the member, are nobody else's, and nothing is
//! left of them after the meeting.

use crate::kit::*;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key as CipherKey, Nonce as CipherNonce};
use hemicycle::backup::backup;
use hemicycle::export::export;
use hemicycle::notes::FILES;
use hemicycle::verify::folder as verify_folder;
use hemicycle::{Enrolment, Running};
use hemicycle_protocol::identity::Identity;
use hemicycle_protocol::ids::*;
use hemicycle_protocol::ink::{Colour, NotesKey, SealedPage, Stroke, Tool, note_of};
use hemicycle_protocol::refusal::Code;
use hemicycle_protocol::topic::{
    EarlierVersion, PageRun, PaperTerms, Pointer, Readers, Topic, TopicName,
};
use hemicycle_protocol::wire::*;
use std::path::Path;

fn strokes(x: u16) -> Vec<Stroke> {
    let line = vec![Pointer { x, y: 10 }, Pointer { x, y: 9_000 }];
    vec![Stroke { tool: Tool::Pen, colour: Colour::Blue, line }]
}

fn cipher(key: &NotesKey) -> ChaCha20Poly1305 {
    ChaCha20Poly1305::new(&CipherKey::from(key.bytes().unwrap()))
}

fn seal(key: &NotesKey, paper: &Hash, page: u32, strokes: &[Stroke]) -> SealedPage {
    let nonce = [9; 12];
    let (msg, aad) = (serde_json::to_vec(strokes).unwrap(), note_of(paper, page));
    let payload = Payload { msg: &msg, aad: &aad };
    let sealed = cipher(key).encrypt(&CipherNonce::from(nonce), payload).unwrap();
    SealedPage { page, sealed: STANDARD.encode([&nonce[..], &sealed].concat()) }
}

/// None: it does not open.
fn open(key: &NotesKey, paper: &Hash, page: &SealedPage) -> Option<Vec<Stroke>> {
    let bytes = STANDARD.decode(&page.sealed).unwrap();
    let (nonce, msg) = bytes.split_at(12);
    let aad = note_of(paper, page.page);
    let nonce = CipherNonce::from(<[u8; 12]>::try_from(nonce).unwrap());
    let opened = cipher(key).decrypt(&nonce, Payload { msg, aad: &aad }).ok()?;
    serde_json::from_slice(&opened).ok()
}

/// The key of whoever is signed in here.
async fn key(seat: &mut Client) -> NotesKey {
    seat.me_until(|me| me.notes.is_some()).await.notes.unwrap()
}

/// A paper of one page that these may read.
async fn paper(running: &Running, clerk: &mut Client, item: ItemId, readers: Readers) -> Hash {
    let hash = put_file(running, format!("%PDF-1.7 {readers:?}").as_bytes()).await;
    let terms = PaperTerms { readers, ..PaperTerms::default() };
    clerk.must(Command::AddPaper { item, title: "报告".into(), hash, terms }).await;
    hash
}

/// A room with a paper for all, all signed in.
async fn sitting(data: &Path, seats: u16) -> (Running, Client, Vec<Client>, Hash) {
    let running = running(data).await;
    let mut clerk = Client::console(running.addr, &login(running.addr).await).await;
    let (item, _) = prepare(&mut clerk, seats, 0).await;
    let paper = paper(&running, &mut clerk, item, Readers::Everyone).await;
    let members = signed_in(running.addr, seats).await;
    (running, clerk, members, paper)
}

#[tokio::test(flavor = "multi_thread")]
async fn notes_are_where_their_member_is() {
    let dir = tempfile::tempdir().unwrap();
    let (running, _, mut members, paper) = sitting(dir.path(), 3).await;
    let [_, second, third] = &mut members[..] else { panic!() };
    let mine = key(second).await;
    assert!(second.fetch_notes(paper).await.unwrap().is_empty());
    let before = seal(&mine, &paper, 0, &strokes(1));
    second.keep_notes(paper, before).await.unwrap();
    let page = seal(&mine, &paper, 0, &strokes(2));
    second.keep_notes(paper, page.clone()).await.unwrap();
    assert_eq!(
        second.fetch_notes(paper).await.unwrap(),
        std::slice::from_ref(&page),
        "the last one counts"
    );
    // Nobody else gets them, nor could read them.
    let others = key(third).await;
    assert_ne!(others, mine);
    assert!(third.fetch_notes(paper).await.unwrap().is_empty());
    assert_eq!(open(&others, &paper, &page), None);
    let own = seal(&others, &paper, 0, &strokes(3));
    third.keep_notes(paper, own.clone()).await.unwrap();
    drop(members);
    running.stop().await.unwrap();

    // After a start, and with another terminal's key.
    let running = running_with(dir.path(), Enrolment::Open).await;
    let addr = running.addr;
    let mut clerk = Client::console(addr, &login(addr).await).await;
    let mut first = Client::seat(addr, 1).await;
    let mut second = Client::seat(addr, 2).await;
    assert_eq!(key(&mut second).await, mine);
    assert_eq!(second.fetch_notes(paper).await.unwrap(), std::slice::from_ref(&page));
    key(&mut first).await;
    clerk.must(Command::SwapSeats { one: SeatId(1), other: SeatId(2) }).await;
    first.me_until(|me| me.notes.as_ref() == Some(&mine)).await;
    let there = first.fetch_notes(paper).await.unwrap();
    assert_eq!(open(&mine, &paper, &there[0]), Some(strokes(2)));
    second.me_until(|me| me.seat == Some(SeatId(1)) && me.notes.is_some()).await;
    assert!(second.fetch_notes(paper).await.unwrap().is_empty());
    assert_ne!(key(&mut second).await, mine);

    let spare = Identity::from_secret(&[0x72; 32]);
    let terminal = spare.key();
    let mut spare = Client::seat_with(addr, spare, None, TopicName::ALL.to_vec()).await;
    spare.me_until(|_| true).await;
    assert_eq!(spare.fetch_notes(paper).await, Err(Code::NoSeat));
    clerk.must(Command::ReplaceTerminal { seat: SeatId(2), terminal }).await;
    assert_eq!(key(&mut spare).await, mine);
    assert_eq!(spare.fetch_notes(paper).await.unwrap(), std::slice::from_ref(&page));
    // What was locked before the terminals changed places does not take another's place.
    let late = seal(&others, &paper, 0, &strokes(9));
    let third = MemberId(3);
    assert_eq!(spare.keep_notes_of(third, paper, late).await, Err(Code::NotAllowed));
    assert_eq!(spare.fetch_notes(paper).await.unwrap(), std::slice::from_ref(&page));
    // A page without notes is none; another member's stays.
    let none = SealedPage { page: 0, sealed: String::new() };
    spare.keep_notes(paper, none).await.unwrap();
    assert!(spare.fetch_notes(paper).await.unwrap().is_empty());
    let mut third = Client::seat(addr, 3).await;
    third.seated().await;
    assert_eq!(third.fetch_notes(paper).await.unwrap(), [own]);
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn only_whoever_is_signed_in_writes_on_papers_of_the_seat() {
    let dir = tempfile::tempdir().unwrap();
    let running = running(dir.path()).await;
    let addr = running.addr;
    let mut clerk = Client::console(addr, &login(addr).await).await;
    let (item, _) = prepare(&mut clerk, 2, 1).await;
    let everybodys = paper(&running, &mut clerk, item, Readers::Everyone).await;
    let members = paper(&running, &mut clerk, item, Readers::Members).await;
    let sealed = |length| SealedPage { page: 0, sealed: "A".repeat(length) };
    let mut attendee = Client::seat(addr, 3).await;
    assert_eq!(attendee.seated().await.notes, None);
    assert_eq!(attendee.fetch_notes(everybodys).await, Err(Code::NotSignedIn));
    assert_eq!(attendee.keep_notes(everybodys, sealed(40)).await, Err(Code::NotSignedIn));
    let command = attendee.sign_in_command(3);
    attendee.must(command).await;
    key(&mut attendee).await;
    attendee.keep_notes(everybodys, sealed(40)).await.unwrap();
    for hash in [members, Hex([7; 32])] {
        assert_eq!(attendee.fetch_notes(hash).await, Err(Code::NotFound));
        assert_eq!(attendee.keep_notes(hash, sealed(40)).await, Err(Code::NotFound));
    }
    let page = |page, sealed: &str| SealedPage { page, sealed: sealed.into() };
    for (bad, code) in [
        (page(1, &"A".repeat(40)), Code::BadValue),
        (page(u32::MAX, ""), Code::BadValue),
        (page(0, "not base64"), Code::BadValue),
        (page(0, "AAAA"), Code::BadValue),
        (sealed(limits::NOTES_PAGE + 4), Code::TooLarge),
    ] {
        assert_eq!(attendee.keep_notes(everybodys, bad).await, Err(code));
    }
    attendee.keep_notes(everybodys, sealed(limits::NOTES_PAGE)).await.unwrap();
    let whole = attendee.fetch_notes(everybodys).await.unwrap();
    assert_eq!(whole, [sealed(limits::NOTES_PAGE)]);
    let mut hall = Client::hall(addr, &running.hall_word()).await;
    for other in [&mut hall, &mut clerk] {
        assert_eq!(other.fetch_notes(everybodys).await, Err(Code::NotAllowed));
        assert_eq!(other.keep_notes(everybodys, sealed(40)).await, Err(Code::NotAllowed));
    }

    // Whoever has left has none, and has them again.
    for seat in 1..=2 {
        let mut member = Client::seat(addr, seat).await;
        member.seated().await;
        let command = member.sign_in_command(seat);
        member.must(command).await;
    }
    clerk.must(Command::OpenMeeting).await;
    attendee.must(Command::Leave).await;
    attendee.me_until(|me| me.notes.is_none()).await;
    assert_eq!(attendee.fetch_notes(everybodys).await, Err(Code::NotSignedIn));
    let command = attendee.sign_in_command(3);
    attendee.must(command).await;
    key(&mut attendee).await;
    assert_eq!(attendee.fetch_notes(everybodys).await.unwrap(), whole);
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_keeps_too_fast_is_told_so() {
    let dir = tempfile::tempdir().unwrap();
    let (running, _, mut members, paper) = sitting(dir.path(), 1).await;
    let seat = &mut members[0];
    key(seat).await;
    let page = SealedPage { page: 0, sealed: "A".repeat(4_000) };
    let member = seat.member();
    let keep = |_| Up::KeepNotes { id: new_id(), member, paper, page: page.clone() };
    seat.send_together(&(0..60).map(keep).collect::<Vec<_>>()).await;
    while seat.kept.len() < 60 {
        seat.step().await;
    }
    let too_fast = seat.kept.values().filter(|kept| **kept == Err(Code::TooFast)).count();
    let kept = seat.kept.values().filter(|kept| kept.is_ok()).count();
    assert_eq!(too_fast + kept, 60);
    assert!(too_fast >= 5 && kept >= 16, "{kept} were kept");
    running.stop().await.unwrap();
}

/// In which files of a folder these bytes stand.
fn places(folder: &Path, bytes: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(places(&path, bytes));
        } else if std::fs::read(&path).unwrap().windows(bytes.len()).any(|run| run == bytes) {
            found.push(path.file_name().unwrap().to_str().unwrap().to_owned());
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_left_of_notes_after_the_meeting() {
    let dir = tempfile::tempdir().unwrap();
    let (data, copy) = (dir.path().join("room"), dir.path().join("copy"));
    let (running, mut clerk, mut members, paper) = sitting(&data, 2).await;
    let seat = &mut members[1];
    let key = key(seat).await;
    let pages = [seal(&key, &paper, 0, &strokes(1)), seal(&key, &paper, 0, &strokes(2))];
    let mut markers = vec![STANDARD.encode(key.bytes().unwrap()).into_bytes()];
    markers.push(key.bytes().unwrap().to_vec());
    for page in pages {
        markers.push(page.sealed.clone().into_bytes());
        markers.push(STANDARD.decode(&page.sealed).unwrap());
        seat.keep_notes(paper, page).await.unwrap();
    }
    let found = places(&data, markers.last().unwrap());
    assert!(!found.is_empty(), "it would be found");
    assert!(found.iter().all(|name| FILES.contains(&name.as_str())), "{found:?}");
    // What opens it is in no file, and neither is in a backup.
    assert!(places(&data, &markers[0]).is_empty() && places(&data, &markers[1]).is_empty());
    let (from, to) = (data.clone(), copy.clone());
    tokio::task::spawn_blocking(move || backup(&from, &to)).await.unwrap().unwrap();
    assert!(FILES.iter().all(|name| !copy.join(name).exists()));

    clerk.must(Command::CloseMeeting).await;
    seat.me_until(|me| me.notes.is_none()).await;
    let told = |t: &Topic| matches!(t, Topic::Audit(a) if a.entries.iter().any(|l| l.what == "paper_keys_destroyed"));
    clerk.until(TopicName::Audit, told).await;
    let gone = |data: &Path| FILES.iter().all(|name| !data.join(name).exists());
    assert!(gone(&data));
    assert_eq!(seat.fetch_notes(paper).await, Err(Code::WrongPhase));
    let page = SealedPage { page: 0, sealed: "A".repeat(40) };
    assert_eq!(seat.keep_notes(paper, page).await, Err(Code::WrongPhase));
    let server = running.server;
    running.stop().await.unwrap();
    let record = dir.path().join("record");
    export(&data, &record, false).unwrap();
    verify_folder(&record, Some(&server), &mut |_| {}).unwrap();
    for folder in [&data, &copy, &record] {
        for marker in &markers {
            assert_eq!(places(folder, marker), [""; 0], "{}", folder.display());
        }
    }

    // A meeting that is over gets no file again, and loses one that was left.
    std::fs::write(data.join(FILES[0]), "left").unwrap();
    let running = running_with(&data, Enrolment::Open).await;
    assert!(gone(&data));
    let mut seat = Client::seat(running.addr, 2).await;
    seat.seated().await;
    assert_eq!(seat.fetch_notes(paper).await, Err(Code::WrongPhase));
    running.stop().await.unwrap();
}

/// Pages with one stroke each, at these places.
fn drawn(places: &[u32]) -> Vec<u8> {
    let count = places.len();
    let kids: Vec<String> = (0..count).map(|n| format!("{} 0 R", 3 + 2 * n)).collect();
    let mut objects = vec![
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        format!("<</Type/Pages/Count {count}/Kids[{}]>>", kids.join(" ")),
    ];
    for (n, x) in places.iter().enumerate() {
        let (content, ink) = (4 + 2 * n, format!("{x} 400 9 60 re f"));
        objects.push(format!(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<<>>/Contents {content} 0 R>>"
        ));
        objects.push(format!("<</Length {}>>stream\n{ink}\nendstream", ink.len()));
    }
    let (mut file, mut table) = ("%PDF-1.4\n".to_owned(), String::new());
    for (n, object) in objects.iter().enumerate() {
        table += &format!("{:010} 00000 n \n", file.len());
        file += &format!("{} 0 obj{object}endobj\n", n + 1);
    }
    let (size, at) = (objects.len() + 1, file.len());
    file += &format!("xref\n0 {size}\n0000000000 65535 f \n{table}");
    file += &format!("trailer<</Size {size}/Root 1 0 R>>\nstartxref\n{at}\n%%EOF");
    file.into_bytes()
}

/// Which pages those are the server finds out, and what was noted on them can still be fetched.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_stays_is_named_and_its_notes_are_there() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let running = running(&data).await;
    let addr = running.addr;
    let cookie = login(addr).await;
    let mut clerk = Client::console(addr, &cookie).await;
    let (item, _) = prepare(&mut clerk, 2, 0).await;
    let mut hashes = Vec::new();
    for places in [&[100, 200, 300][..], &[100, 500, 200, 300], &[500, 300]] {
        let answer = upload(addr, &cookie, &drawn(places)).await;
        hashes.push(Hash::parse(answer.json()["hash"].as_str().unwrap()).unwrap());
    }
    let [first, second, third] = hashes[..] else { panic!() };
    let terms = PaperTerms::default();
    let add = Command::AddPaper { item, title: "报告".into(), hash: first, terms };
    let paper = PaperId(clerk.must(add).await.made.unwrap());
    let mut members = signed_in(addr, 2).await;
    let mine = key(&mut members[0]).await;
    let page = seal(&mine, &first, 2, &strokes(7));
    members[0].keep_notes(first, page.clone()).await.unwrap();

    let run = |then, now, pages| PageRun { then, now, pages };
    let from = |hash, same: Vec<PageRun>| EarlierVersion { hash, same };
    let wanted = [
        (second, vec![from(first, vec![run(1, 1, 1), run(2, 3, 2)])]),
        (
            third,
            vec![from(second, vec![run(2, 1, 1), run(4, 2, 1)]), from(first, vec![run(3, 2, 1)])],
        ),
    ];
    for (hash, earlier) in wanted {
        clerk.must(Command::ReplacePaper { paper, hash }).await;
        let named =
            |t: &Topic| matches!(t, Topic::Agenda(a) if a.items[0].papers[0].earlier == earlier);
        members[0].until(TopicName::Agenda, named).await;
        let there = members[0].fetch_notes(first).await.unwrap();
        assert_eq!(there, std::slice::from_ref(&page));
        assert!(members[0].fetch_notes(hash).await.unwrap().is_empty());
    }
    drop(members);
    running.stop().await.unwrap();
    // After a start too: it follows from the log, which holds.
    let running = running_with(&data, Enrolment::Open).await;
    let clerk = Client::console(running.addr, &login(running.addr).await).await;
    let mut seat = Client::seat(running.addr, 1).await;
    let two = |t: &Topic| matches!(t, Topic::Agenda(a) if a.items[0].papers[0].earlier.len() == 2);
    seat.until(TopicName::Agenda, two).await;
    drop((clerk, seat));
    running.stop().await.unwrap();
    let to = dir.path().join("record");
    export(&data, &to, false).unwrap();
    verify_folder(&to, None, &mut |_| {}).unwrap();
}
