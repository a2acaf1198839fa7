//! Papers: in by HTTP, checked; out in pieces on the WebSocket, behind
//! everything that is more urgent.

use crate::kit::*;
use hemicycle_protocol::ids::*;
use hemicycle_protocol::refusal::Code;
use hemicycle_protocol::topic::{Topic, TopicName};
use hemicycle_protocol::wire::*;
use sha2::{Digest, Sha256};

fn sample_paper() -> Vec<u8> {
    std::fs::read(assets().join("sample/papers/4-1-budget-resolution-draft.pdf")).unwrap()
}

fn hash_of(answer: &Answered) -> Hash {
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    Hash::parse(answer.json()["hash"].as_str().unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paper_reaches_the_seat_whole() {
    let dir = tempfile::tempdir().unwrap();
    let running = running(dir.path()).await;
    let addr = running.addr;
    let cookie = login(addr).await;
    let mut clerk = Client::console(addr, &cookie).await;
    let (item, _) = prepare(&mut clerk, 2, 0).await;
    let pdf = sample_paper();
    let answer = upload(addr, &cookie, &pdf).await;
    let hash = hash_of(&answer);
    assert_eq!(hash.0, <[u8; 32]>::from(Sha256::digest(&pdf)));
    assert_eq!(answer.json()["bytes"], pdf.len());
    assert!(answer.json()["pages"].as_u64().unwrap() >= 1);
    // The same again is the same.
    assert_eq!(hash_of(&upload(addr, &cookie, &pdf).await), hash);

    let mut seat = Client::seat(addr, 2).await;
    seat.seated().await;
    // Not on the agenda yet: not for the seats.
    seat.send(&Up::Fetch { hash, offset: 0, length: 1 }).await;
    while seat.no_blob.is_empty() {
        seat.step().await;
    }
    assert_eq!(seat.no_blob.remove(0).1.code, Code::NotFound);
    let title = "决议（草案）".to_owned();
    clerk.must(Command::AddPaper { item, title, hash, terms: Default::default() }).await;
    let is_there = |t: &Topic| matches!(t, Topic::Agenda(a) if !a.items[0].papers.is_empty());
    let Topic::Agenda(agenda) = seat.until(TopicName::Agenda, is_there).await else { panic!() };
    let paper = &agenda.items[0].papers[0];
    assert_eq!((paper.hash, paper.bytes.0), (hash, pdf.len() as u64));

    // In ranges, one of them past the end, with a break in between.
    let half = pdf.len() as u64 / 2;
    seat.send(&Up::Fetch { hash, offset: 0, length: half }).await;
    seat.send(&Up::Fetch { hash, offset: half, length: limits::FETCH }).await;
    let mut got = Vec::new();
    while got.len() < pdf.len() {
        seat.step().await;
        for (of, offset, data) in seat.chunks.drain(..) {
            assert_eq!((of, offset), (hash, got.len() as u64));
            assert!(data.len() <= limits::CHUNK);
            got.extend(data);
        }
    }
    assert_eq!(got, pdf);

    // Ranges that cannot be.
    let end = pdf.len() as u64;
    for (offset, length) in [(0, 0), (end, 1), (u64::MAX, 1), (0, limits::FETCH + 1)] {
        seat.send(&Up::Fetch { hash, offset, length }).await;
        while seat.no_blob.is_empty() {
            seat.step().await;
        }
        assert_eq!(seat.no_blob.remove(0).1.code, Code::BadValue, "{offset} {length}");
    }
    let mut hall = Client::hall(addr, &running.hall_word()).await;
    hall.send(&Up::Fetch { hash, offset: 0, length: 1 }).await;
    while hall.no_blob.is_empty() {
        hall.step().await;
    }
    assert_eq!(hall.no_blob[0].1.code, Code::NotAllowed);

    // The console reads it by HTTP, others do not.
    let path = format!("/api/papers/{hash}");
    let got = http(addr, "GET", &path, &[("Cookie", &cookie)], b"").await;
    assert_eq!((got.status, got.body == pdf), (200, true));
    assert_eq!(http(addr, "GET", &path, &[], b"").await.status, 401);
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_never_waits_behind_a_paper() {
    let dir = tempfile::tempdir().unwrap();
    let running = running(dir.path()).await;
    let addr = running.addr;
    let cookie = login(addr).await;
    let mut clerk = Client::console(addr, &cookie).await;
    let (item, _) = prepare(&mut clerk, 2, 0).await;
    let length = usize::try_from(limits::FETCH).unwrap();
    let hash = put_file(&running, &vec![7; length]).await;
    clerk
        .must(Command::AddPaper { item, title: "长".into(), hash, terms: Default::default() })
        .await;
    let mut seat = Client::seat(addr, 2).await;
    seat.seated().await;
    seat.until(
        TopicName::Agenda,
        |t| matches!(t, Topic::Agenda(a) if !a.items[0].papers.is_empty()),
    )
    .await;
    // As much as may be asked for at once and a press, in one go, and no
    // reading until the press is stored: by then the socket is full of pieces.
    let fetch = Up::Fetch { hash, offset: 0, length: limits::FETCH };
    let id = new_id();
    let press = Up::Command(Ask { id, command: seat.sign_in_command(2) });
    let mut together = vec![fetch.clone(); 8];
    together.push(press);
    seat.send_together(&together).await;
    clerk
        .until(TopicName::Attendance, |t| matches!(t, Topic::Attendance(a) if a.present == 1))
        .await;
    let pieces = 8 * length / limits::CHUNK;
    let answer = seat.answer(id).await;
    assert!(matches!(answer, Answer::Ok(_)), "{answer:?}");
    let before = seat.chunks.len();
    assert!(before < pieces / 2, "{before} of {pieces} pieces came before the answer");
    while seat.chunks.len() < pieces {
        seat.step().await;
    }
    // More than that at once is too much.
    seat.send_together(&vec![fetch; 20]).await;
    while seat.no_blob.is_empty() {
        seat.step().await;
    }
    assert_eq!(seat.no_blob[0].1.code, Code::TooFast);
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_paper_is_refused_with_the_reason() {
    let dir = tempfile::tempdir().unwrap();
    let running = running(dir.path()).await;
    let addr = running.addr;
    let cookie = login(addr).await;
    for (what, bytes, code) in [
        ("text", b"dear sirs".to_vec(), "not_a_pdf"),
        ("nothing", Vec::new(), "empty"),
        ("half a paper", sample_paper()[..3_000].to_vec(), "broken"),
    ] {
        let answer = upload(addr, &cookie, &bytes).await;
        assert_eq!((answer.status, answer.json()["code"].as_str()), (422, Some(code)), "{what}");
    }
    assert_eq!(http(addr, "POST", "/api/papers", &[], b"x").await.status, 401);
    let left = std::fs::read_dir(hemicycle::papers_folder(dir.path()).join("coming")).unwrap();
    assert_eq!(left.count(), 0);
    let mut clerk = Client::console(addr, &cookie).await;
    let (item, _) = prepare(&mut clerk, 2, 0).await;
    let unknown = Command::AddPaper {
        item,
        title: "无".into(),
        hash: Hex([7; 32]),
        terms: Default::default(),
    };
    assert_eq!(clerk.refused(unknown).await, Code::NotFound);
    running.stop().await.unwrap();
}
