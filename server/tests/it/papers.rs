//! For whom papers are, under which keys they lie at the seats, and which of their pages
//! are new: on the wire, with the real server and its worker.

use crate::kit::*;
use hemicycle::export::export;
use hemicycle::paper_keys;
use hemicycle::papers::word::{self, Form};
use hemicycle::verify::folder as verify_folder;
use hemicycle_protocol::ids::*;
use hemicycle_protocol::refusal::Code;
use hemicycle_protocol::topic::{Me, PaperLock, PaperTerms, Readers, Topic, TopicName};
use hemicycle_protocol::wire::*;

fn members() -> PaperTerms {
    PaperTerms { readers: Readers::Members, ..PaperTerms::default() }
}

/// What it is refused with, or how many bytes came.
async fn fetch(seat: &mut Client, hash: Hash) -> Result<usize, Code> {
    seat.send(&Up::Fetch { hash, offset: 0, length: 4 }).await;
    loop {
        if let Some((_, _, data)) = seat.chunks.pop() {
            return Ok(data.len());
        }
        if let Some((_, refused)) = seat.no_blob.pop() {
            return Err(refused.code);
        }
        seat.step().await;
    }
}

/// `me`, once it is so.
async fn me(seat: &mut Client, wanted: impl Fn(&Me) -> bool) -> Me {
    match seat.until(TopicName::Me, |t| matches!(t, Topic::Me(me) if wanted(me))).await {
        Topic::Me(me) => me,
        other => panic!("{other:?}"),
    }
}

fn audit(clerk: &Client, what: &str) -> Vec<String> {
    let Some((_, Topic::Audit(audit))) = clerk.topics.get(&TopicName::Audit) else {
        return Vec::new();
    };
    audit.entries.iter().filter(|line| line.what == what).map(|line| line.who.clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paper_is_fetched_by_those_it_is_for() {
    let dir = tempfile::tempdir().unwrap();
    let running = running(dir.path()).await;
    let addr = running.addr;
    let cookie = login(addr).await;
    let mut clerk = Client::console(addr, &cookie).await;
    let (item, _) = prepare(&mut clerk, 2, 1).await;
    let hash = put_file(&running, b"%PDF-1.7 members").await;
    let secret = put_file(&running, b"%PDF-1.7 secret").await;
    let add = |hash, terms| Command::AddPaper { item, title: "报告".into(), hash, terms };
    let mut member = Client::seat(addr, 2).await;
    member.seated().await;
    let mut attendee = Client::seat(addr, 3).await;
    attendee.seated().await;
    clerk.must(add(hash, members())).await;
    let terms = PaperTerms { confidential: true, ..members() };
    clerk.must(add(secret, terms)).await;
    let seen = me(&mut member, |me| !me.papers.is_empty()).await;
    assert_eq!(seen.papers.len(), 1, "the confidential one is for who has signed in");
    assert_eq!(fetch(&mut member, hash).await, Ok(4));
    assert_eq!(fetch(&mut member, secret).await, Err(Code::NotFound));
    assert_eq!(fetch(&mut attendee, hash).await, Err(Code::NotFound));
    let command = member.sign_in_command(2);
    member.must(command).await;
    let seen = me(&mut member, |me| me.papers.len() == 2).await;
    assert_eq!(seen.papers[1].place, 1);
    assert_eq!(fetch(&mut member, secret).await, Ok(4));
    let attending = attendee.sign_in_command(3);
    attendee.must(attending).await;
    assert_eq!(fetch(&mut attendee, secret).await, Err(Code::NotFound));
    let Some((_, Topic::Agenda(agenda))) = attendee.topics.get(&TopicName::Agenda) else {
        panic!("no agenda")
    };
    assert!(agenda.items[0].papers.is_empty(), "nor does it know of them");
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_given_after_sign_in_and_destroyed_at_the_end() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("room");
    std::fs::create_dir_all(&data).unwrap();
    let server = running(&data).await;
    let addr = server.addr;
    let cookie = login(addr).await;
    let mut clerk = Client::console(addr, &cookie).await;
    prepare(&mut clerk, 2, 0).await;
    let mut seat = Client::seat(addr, 2).await;
    seat.seated().await;
    let before = me(&mut seat, |me| me.lock.is_some()).await.lock.unwrap();
    assert_eq!(before.key, None);
    let command = seat.sign_in_command(2);
    seat.must(command).await;
    let after = me(&mut seat, |me| me.signed_in).await.lock.unwrap();
    assert_eq!(after.lock, before.lock);
    assert!(after.key.is_some());
    seat.must(Command::Leave).await;
    let left = me(&mut seat, |me| !me.signed_in).await.lock;
    assert_eq!(left, Some(PaperLock { key: None, ..before.clone() }));
    let again = seat.sign_in_command(2);
    seat.must(again).await;
    let mut other = Client::seat(addr, 1).await;
    other.seated().await;
    assert_ne!(me(&mut other, |me| me.lock.is_some()).await.lock.unwrap().lock, before.lock);
    server.stop().await.unwrap();

    // The same after a start; what is drawn anew would make every seat's papers worthless.
    let server = running(&data).await;
    let addr = server.addr;
    let mut seat = Client::seat(addr, 2).await;
    assert_eq!(me(&mut seat, |me| me.signed_in).await.lock, Some(after));
    let mut clerk = Client::console(addr, &cookie).await;
    assert!(data.join(paper_keys::FILE).exists());
    clerk.must(Command::CloseMeeting).await;
    assert_eq!(me(&mut seat, |me| me.lock.is_none()).await.lock, None);
    let told = |t: &Topic| matches!(t, Topic::Audit(a) if a.entries.iter().any(|l| l.what == "paper_keys_destroyed"));
    clerk.until(TopicName::Audit, told).await;
    assert!(!data.join(paper_keys::FILE).exists());
    server.stop().await.unwrap();
    let server = running(&data).await;
    assert!(!data.join(paper_keys::FILE).exists(), "a meeting that is over gets no new ones");
    let key = server.server;
    server.stop().await.unwrap();
    let to = dir.path().join("record");
    export(&data, &to, false).unwrap();
    verify_folder(&to, Some(&key), &mut |_| {}).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn changed_pages_come_after_a_replacement() {
    let dir = tempfile::tempdir().unwrap();
    let running = running(dir.path()).await;
    let addr = running.addr;
    let cookie = login(addr).await;
    let mut clerk = Client::console(addr, &cookie).await;
    let (item, _) = prepare(&mut clerk, 2, 0).await;
    let file = |name: &str| std::fs::read(assets().join("sample/papers").join(name)).unwrap();
    let mut hashes = Vec::new();
    let mut pages = 0;
    for name in ["1-1-decision-draft.pdf", "4-1-budget-resolution-draft.pdf"] {
        let answer = upload(addr, &cookie, &file(name)).await;
        hashes.push(Hash::parse(answer.json()["hash"].as_str().unwrap()).unwrap());
        pages = u32::try_from(answer.json()["pages"].as_u64().unwrap()).unwrap();
    }
    let [old, new] = hashes[..] else { panic!() };
    let terms = PaperTerms::default();
    let add = Command::AddPaper { item, title: "决定".into(), hash: old, terms };
    let paper = PaperId(clerk.must(add).await.made.unwrap());
    clerk.must(Command::ReplacePaper { paper, hash: new }).await;
    let is = |changed: Vec<u32>| move |t: &Topic| matches!(t, Topic::Agenda(a) if a.items[0].papers[0].changed == changed);
    let mut seat = Client::seat(addr, 2).await;
    seat.until(TopicName::Agenda, is((1..=pages).collect())).await;
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_to_the_console_and_goes_is_in_the_log() {
    let dir = tempfile::tempdir().unwrap();
    let running = running(dir.path()).await;
    let addr = running.addr;
    let cookie = login(addr).await;
    let other = login(addr).await;
    let mut clerk = Client::console(addr, &cookie).await;
    assert_eq!(http(addr, "POST", "/api/logout", &[("Cookie", &other)], b"").await.status, 204);
    // Signed out already: nobody goes.
    http(addr, "POST", "/api/logout", &[("Cookie", &other)], b"").await;
    let left = |t: &Topic| matches!(t, Topic::Audit(a) if a.entries.iter().any(|l| l.what == "console_left"));
    clerk.until(TopicName::Audit, left).await;
    prepare(&mut clerk, 2, 0).await;
    assert_eq!(audit(&clerk, "console_entered"), [CLERK, CLERK]);
    assert_eq!(audit(&clerk, "console_left"), [CLERK]);
    running.stop().await.unwrap();
}

/// A text of one line, as Word writes it: three files in an archive, not compressed.
fn docx(line: &str) -> Vec<u8> {
    const TYPES: &str = r#"<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>"#;
    const LINKS: &str = r#"<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>"#;
    let text = format!(
        r#"<?xml version="1.0" encoding="UTF-8"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>{line}</w:t></w:r></w:p></w:body></w:document>"#
    );
    let parts =
        [("[Content_Types].xml", TYPES), ("_rels/.rels", LINKS), ("word/document.xml", &text)];
    let (mut file, mut list) = (Vec::new(), Vec::new());
    for (name, content) in parts {
        let short = |n: usize| u16::try_from(n).unwrap().to_le_bytes();
        let long = |n: usize| u32::try_from(n).unwrap().to_le_bytes();
        let mut head = vec![20, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        head.extend(crc32(content.as_bytes()).to_le_bytes());
        head.extend([long(content.len()), long(content.len())].concat());
        head.extend([short(name.len()), short(0)].concat());
        list.extend(
            [b"PK\x01\x02\x14\x00".as_slice(), &head, &[0; 10], &long(file.len())].concat(),
        );
        list.extend(name.as_bytes());
        file.extend(
            [b"PK\x03\x04".as_slice(), &head, name.as_bytes(), content.as_bytes()].concat(),
        );
    }
    let start = u32::try_from(file.len()).unwrap().to_le_bytes();
    let size = u32::try_from(list.len()).unwrap().to_le_bytes();
    let end = [b"PK\x05\x06\0\0\0\0\x03\0\x03\0".as_slice(), &size, &start, &[0, 0]].concat();
    [file, list, end].concat()
}

/// As archives have it, bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
    let crc = bytes
        .iter()
        .fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc)));
    !crc
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_large_to_become_a_paper_is_told_so() {
    let dir = tempfile::tempdir().unwrap();
    let running = running(dir.path()).await;
    let cookie = login(running.addr).await;
    let most = usize::try_from(limits::WORD).unwrap();
    let mut text = docx("关于预算调整方案的决议（草案）");
    text.resize(most + 1, 0);
    let answer = upload(running.addr, &cookie, &text).await;
    let said = answer.json();
    assert_eq!((answer.status, &said["code"]), (422, &"word_too_large".into()), "{said}");
    assert!(said["detail"].as_str().is_some_and(|detail| detail.contains("64 MiB")), "{said}");
    // Of that size, and no text.
    text[..4].copy_from_slice(b"PK\x05\x06");
    let answer = upload(running.addr, &cookie, &text).await;
    assert_eq!((answer.status, &answer.json()["code"]), (422, &"not_a_pdf".into()));
    let left = std::fs::read_dir(hemicycle::papers_folder(dir.path()).join("coming")).unwrap();
    assert_eq!(left.count(), 0, "nothing stays of it");
    running.stop().await.unwrap();
}

#[test]
fn a_text_is_known_wherever_its_name_stands() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    let (zip, name) = (b"PK\x03\x04", b"word/document.xml");
    // Around where one piece that is looked at ends and the next begins, and far behind.
    let far = usize::try_from(limits::WORD).unwrap();
    for at in [8, (1 << 20) - 9, (1 << 20) - 1, 1 << 20, (1 << 20) + 8, (2 << 20) + 1, far] {
        let mut bytes = zip.to_vec();
        bytes.resize(at, b'w');
        bytes.extend_from_slice(name);
        std::fs::write(&path, &bytes).unwrap();
        assert_eq!(word::form(&path).unwrap(), Some(Form::Docx), "{at}");
        bytes.pop();
        std::fs::write(&path, &bytes).unwrap();
        assert_eq!(word::form(&path).unwrap(), None, "{at}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_word_file_becomes_a_paper_where_that_can_be() {
    let dir = tempfile::tempdir().unwrap();
    let running = running(dir.path()).await;
    let addr = running.addr;
    let cookie = login(addr).await;
    let answer = upload(addr, &cookie, &docx("关于预算调整方案的决议（草案）")).await;
    let said = answer.json();
    if word::program().is_some() {
        assert_eq!((answer.status, &said["converted"]), (200, &true.into()), "{said}");
        assert_eq!(said["pages"], 1);
        let hash = Hash::parse(said["hash"].as_str().unwrap()).unwrap();
        let path = format!("/api/papers/{hash}");
        let got = http(addr, "GET", &path, &[("Cookie", &cookie)], b"").await;
        assert!(got.body.starts_with(b"%PDF-"));
        // The server's own faces are in it, whatever the machine has.
        let face = b"NotoSerifSC";
        assert!(got.body.windows(face.len()).any(|part| part == face), "boxes, not words");
    } else {
        assert_eq!((answer.status, &said["code"]), (422, &"word_unavailable".into()), "{said}");
    }
    let left = std::fs::read_dir(hemicycle::papers_folder(dir.path()).join("coming")).unwrap();
    assert_eq!(left.count(), 0, "nothing stays of it");
    running.stop().await.unwrap();
}
