//! Papers in pieces, over HTTP: on after a broken connection, for who began it only, and
//! looked at like any other paper.

use crate::kit::*;
use hemicycle_protocol::ids::{Hash, Hex};
use sha2::{Digest, Sha256};
use std::net::SocketAddr;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

const TYPE: (&str, &str) = ("Content-Type", "application/json");

struct Sender<'a> {
    addr: SocketAddr,
    cookie: &'a str,
    sha256: Hash,
}

impl<'a> Sender<'a> {
    fn of(addr: SocketAddr, cookie: &'a str, file: &[u8]) -> Self {
        Self { addr, cookie, sha256: Hex(Sha256::digest(file).into()) }
    }

    async fn ask(&self, method: &str, path: &str, body: &[u8]) -> Answered {
        http(self.addr, method, path, &[("Cookie", self.cookie), TYPE], body).await
    }

    /// How much is there; else the refusal's code.
    async fn begin(&self, size: usize) -> Result<u64, String> {
        let body = format!(r#"{{"sha256":"{}","size":{size}}}"#, self.sha256);
        place(&self.ask("POST", "/api/uploads", body.as_bytes()).await)
    }

    async fn add(&self, offset: usize, piece: &[u8]) -> Result<u64, String> {
        let path = format!("/api/uploads/{}?offset={offset}", self.sha256);
        place(&self.ask("PATCH", &path, piece).await)
    }

    async fn finish(&self) -> Answered {
        loop {
            let path = format!("/api/uploads/{}/finish", self.sha256);
            let answer = self.ask("POST", &path, b"").await;
            if answer.status != 202 {
                return answer;
            }
        }
    }
}

fn place(answer: &Answered) -> Result<u64, String> {
    let said = answer.json();
    match said["offset"].as_u64() {
        Some(offset) => Ok(offset),
        None => Err(said["code"].as_str().unwrap().to_owned()),
    }
}

/// Files on their way, notes apart.
fn coming(data: &std::path::Path) -> usize {
    let all = std::fs::read_dir(hemicycle::papers_folder(data).join("coming")).unwrap();
    all.filter(|e| e.as_ref().unwrap().path().extension() != Some("note".as_ref())).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paper_goes_on_where_its_connection_broke() {
    let dir = tempfile::tempdir().unwrap();
    let running = running(dir.path()).await;
    let addr = running.addr;
    let cookie = login(addr).await;
    let file = std::fs::read(assets().join("sample/papers/1-1-decision-draft.pdf")).unwrap();
    let half = file.len() / 2;
    let sender = Sender::of(addr, &cookie, &file);
    assert_eq!(sender.begin(file.len()).await, Ok(0));
    assert_eq!(sender.add(0, &file[..half]).await, Ok(half as u64));

    // A cable that is pulled: half of a piece comes, and then nothing.
    let mut cut = TcpStream::connect(addr).await.unwrap();
    let head = format!(
        "PATCH /api/uploads/{}?offset={half} HTTP/1.1\r\nHost: {addr}\r\nCookie: {cookie}\r\nContent-Length: {}\r\n\r\n",
        sender.sha256,
        file.len() - half
    );
    cut.write_all(head.as_bytes()).await.unwrap();
    cut.write_all(&file[half..half + 100]).await.unwrap();
    cut.flush().await.unwrap();

    // The page was loaded anew, and the old connection still stands.
    assert_eq!(sender.begin(file.len()).await, Ok(half as u64));
    assert_eq!(sender.add(0, &file[..half]).await, Err("elsewhere".into()));
    let early = sender.finish().await;
    assert_eq!((early.status, &early.json()["code"]), (409, &"elsewhere".into()));
    assert_eq!(sender.add(half, &file[half..]).await, Ok(file.len() as u64));
    drop(cut);
    let first = sender.finish().await;
    assert_eq!(first.status, 200, "{}", first.json());
    assert_eq!(first.json()["hash"].as_str().unwrap(), sender.sha256.to_string());
    assert!(first.json()["pages"].as_u64().unwrap() > 0);
    assert_eq!(sender.finish().await.json(), first.json(), "an answer that was lost");
    assert_eq!(coming(dir.path()), 0);
    let path = format!("/api/papers/{}", sender.sha256);
    assert_eq!(sender.ask("GET", &path, b"").await.body, file);
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_looked_at_like_any_other_and_may_come_again() {
    let dir = tempfile::tempdir().unwrap();
    let running = running(dir.path()).await;
    let cookie = login(running.addr).await;
    let file = b"no pdf";
    let sender = Sender::of(running.addr, &cookie, file);
    for _ in 0..2 {
        assert_eq!(sender.begin(file.len()).await, Ok(0));
        assert_eq!(sender.add(0, file).await, Ok(6));
        let told = sender.finish().await;
        assert_eq!((told.status, &told.json()["code"]), (422, &"not_a_pdf".into()));
    }
    let same = Sender::of(running.addr, &cookie, b"no doc");
    assert_eq!(same.begin(6).await, Ok(0));
    assert_eq!(same.add(0, b"no pdf").await, Ok(6));
    let told = same.finish().await;
    assert_eq!((told.status, &told.json()["code"]), (422, &"damaged".into()));
    assert_eq!(same.begin(0).await, Err("empty".into()));
    assert_eq!(same.begin(1 << 40).await, Err("too_large".into()));
    assert_eq!(coming(dir.path()), 0);
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_clerk_who_began_it_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let running = running(dir.path()).await;
    let addr = running.addr;
    running.app().clerks.set("wang", PASSWORD).unwrap();
    let cookie = login(addr).await;
    let body = format!("{{\"name\":\"wang\",\"password\":\"{PASSWORD}\"}}");
    let other = http(addr, "POST", "/api/login", &[TYPE], body.as_bytes()).await.cookie();
    let file = b"%PDF-1.7";
    let sender = Sender::of(addr, &cookie, file);
    assert_eq!(sender.begin(8).await, Ok(0));
    assert_eq!(sender.add(0, b"%PDF").await, Ok(4));

    let stranger = Sender::of(addr, "", file);
    assert_eq!(stranger.add(4, b"-1.7").await, Err("not_authentic".into()));
    let wang = Sender::of(addr, &other, file);
    assert_eq!(wang.add(4, b"-1.7").await, Err("not_found".into()));
    assert_eq!(wang.finish().await.status, 404);
    assert_eq!(wang.begin(8).await, Ok(0), "a file of one's own");
    let path = format!("/api/uploads/{}", sender.sha256);
    assert_eq!(wang.ask("DELETE", &path, b"").await.status, 204);
    assert_eq!(coming(dir.path()), 1, "the other one's stays");
    // Another site's page has the cookie, and is nobody all the same.
    let headers = [("Cookie", cookie.as_str()), ("Origin", "https://elsewhere.example")];
    assert_eq!(http(addr, "DELETE", &path, &headers, b"").await.status, 403);
    assert_eq!(sender.begin(8).await, Ok(4));
    assert_eq!(sender.ask("DELETE", &path, b"").await.status, 204);
    assert_eq!(coming(dir.path()), 0);
    assert_eq!(sender.add(4, b"-1.7").await, Err("not_found".into()));
    let large = vec![0; hemicycle::uploads::PIECE + 1];
    assert_eq!(sender.begin(large.len()).await, Ok(0));
    assert_eq!(sender.add(0, &large).await, Err("malformed".into()));
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_and_started_again_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("room");
    let mut server = Process::start(&data);
    let cookie = login(server.addr).await;
    let file = std::fs::read(assets().join("sample/papers/1-1-decision-draft.pdf")).unwrap();
    let (third, half) = (file.len() / 3, file.len() / 2);
    let sender = Sender::of(server.addr, &cookie, &file);
    assert_eq!(sender.begin(file.len()).await, Ok(0));
    assert_eq!(sender.add(0, &file[..third]).await, Ok(third as u64));
    assert_eq!(sender.add(third, &file[third..half]).await, Ok(half as u64));
    let small = Sender::of(server.addr, &cookie, b"no pdf");
    assert_eq!(small.begin(6).await, Ok(0));
    server.kill();
    drop(server);
    // It died when some of the next piece was on the disk.
    let folder = hemicycle::papers_folder(&data).join("coming");
    let mut half_written =
        std::fs::OpenOptions::new().append(true).open(folder.join("0.pdf")).unwrap();
    std::io::Write::write_all(&mut half_written, &file[half..half + 100]).unwrap();
    drop(half_written);

    let mut server = Process::start(&data);
    let sender = Sender::of(server.addr, &cookie, &file);
    assert_eq!(coming(&data), 1, "of the small one nothing had come");
    // A page that does not know of it goes on with a piece, at the place where it was.
    assert_eq!(sender.add(half + 100, &file[half + 100..]).await, Err("elsewhere".into()));
    assert_eq!(sender.begin(file.len()).await, Ok(half as u64));
    assert_eq!(sender.add(half, &file[half..]).await, Ok(file.len() as u64));
    // Stopped in order, before anybody asked what has become of it.
    assert!(server.terminate().success());
    drop(server);

    let server = Process::start(&data);
    let sender = Sender::of(server.addr, &cookie, &file);
    let told = sender.finish().await;
    assert_eq!(told.status, 200, "{}", told.json());
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
    let path = format!("/api/papers/{}", sender.sha256);
    assert_eq!(sender.ask("GET", &path, b"").await.body, file);
}
