//! `docs/protocol.md` and the program say the same: its example session is
//! what this server really says to a terminal with fixed keys, and its list of
//! messages is the protocol's own golden files.
//! `HEMICYCLE_WRITE_DOCS=1` writes both parts anew.

use crate::kit::*;
use futures_util::{SinkExt, StreamExt};
use hemicycle::chance::Chance;
use hemicycle::clock::Clock;
use hemicycle::{Config, Enrolment, Running};
use hemicycle_protocol::identity::{Identity, Presence, RecordedBallot, SignIn, Statement};
use hemicycle_protocol::ids::*;
use hemicycle_protocol::topic::{Topic, TopicName, VoteState};
use hemicycle_protocol::vote::{Ballot, Choice};
use hemicycle_protocol::wire::*;
use std::fmt::Write as _;
use std::path::PathBuf;
use tokio_tungstenite::tungstenite::Message;

const NOW: Millis = Millis(1_787_706_000_000);
const PAPER: &[u8] = "议席\n".as_bytes();

fn document() -> PathBuf {
    assets().join("../docs/protocol.md")
}

/// Compares the part of the document between two marks with what it should be.
fn check(mark: &str, wanted: &str) {
    let text = std::fs::read_to_string(document()).unwrap();
    let (begin, end) = (format!("<!-- {mark}: begin -->\n"), format!("<!-- {mark}: end -->"));
    let (before, rest) = text.split_once(&begin).unwrap_or_else(|| panic!("no {begin}"));
    let (stands, after) = rest.split_once(&end).unwrap_or_else(|| panic!("no {end}"));
    if std::env::var_os("HEMICYCLE_WRITE_DOCS").is_some() {
        std::fs::write(document(), format!("{before}{begin}{wanted}{end}{after}")).unwrap();
        return;
    }
    for (line, (a, b)) in stands.lines().zip(wanted.lines()).enumerate() {
        assert_eq!(a, b, "{mark}, line {}: run with HEMICYCLE_WRITE_DOCS=1", line + 1);
    }
    assert_eq!(stands.lines().count(), wanted.lines().count(), "{mark}");
}

#[test]
fn every_message_stands_in_the_document() {
    let golden = assets().join("../protocol/tests/golden");
    let mut part = String::new();
    for (folder, title) in [
        ("up", "Client to server"),
        ("command", "Commands"),
        ("down", "Server to client"),
        ("topic", "Topics"),
    ] {
        let mut files: Vec<_> =
            std::fs::read_dir(golden.join(folder)).unwrap().map(|f| f.unwrap().path()).collect();
        files.sort();
        assert!(!files.is_empty(), "{folder}");
        writeln!(part, "\n### {title}").unwrap();
        for file in files {
            let name = file.file_stem().unwrap().to_str().unwrap();
            let text = std::fs::read_to_string(&file).unwrap();
            writeln!(part, "`{name}`\n```json\n{}\n```", text.trim()).unwrap();
        }
    }
    part.push('\n');
    check("messages", &part);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_example_is_what_the_server_says() {
    let dir = tempfile::tempdir().unwrap();
    let running = example_server(dir.path()).await;
    let addr = running.addr;
    let cookie = login(addr).await;
    let mut clerk = Client::console(addr, &cookie).await;
    let (item, vote) = prepare(&mut clerk, 3, 0).await;
    let hash = put_file(&running, PAPER).await;
    clerk
        .must(Command::AddPaper {
            item,
            title: "决定（草案）".into(),
            hash,
            terms: Default::default(),
        })
        .await;
    for seat in [1, 3] {
        let mut client = Client::seat(addr, seat).await;
        client.seated().await;
        let command = client.sign_in_command(seat);
        client.must(command).await;
    }
    let me = Identity::from_secret(&[0x33; 32]);
    let key = me.key();
    clerk.must(Command::AssignSeat { terminal: key, seat: SeatId(2) }).await;
    clerk.must(Command::OpenMeeting).await;
    clerk.must(Command::StartItem { item }).await;
    let ready = |t: &Topic| matches!(t, Topic::Display(d) if d.show == hemicycle_protocol::topic::Screen::Item { item });
    clerk.until(TopicName::Display, ready).await;

    let mut said = Transcript::default();
    said.note(&format!("server key  {}", running.server));
    said.note(&format!("terminal    secret seed {}, key {key}", Hex([0x33; 32])));
    let mut socket = socket(addr, None).await;
    let Down::Greeting { server, nonce, .. } = said.hear(&mut socket).await else { panic!() };
    let presence = Presence { server, nonce, terminal: key, binding: None };
    let signature = said.sign(&me, &presence);
    let role = Role::Seat { terminal: key, signature, wish: Some(SeatId(2)), commitment: None };
    let watch = vec![TopicName::Vote, TopicName::Me];
    said.say(&mut socket, &Up::Hello(hello_of(role, watch))).await;
    let Down::Welcome { meeting, .. } = said.hear(&mut socket).await else { panic!() };
    said.until(&mut socket, |d| topic(d) == Some(TopicName::Me)).await;

    said.note("— sign in —");
    let (member, seat) = (MemberId(2), SeatId(2));
    let signature = said.sign(&me, &SignIn { meeting, member, seat });
    said.ask(&mut socket, 0xa1, Command::SignIn { signature, pin: None, drawing: None }).await;
    said.until(&mut socket, |d| topic(d) == Some(TopicName::Me)).await;

    said.note("— the vote opens —");
    clerk.must(Command::OpenVote { vote }).await;
    said.until(&mut socket, |d| topic(d) == Some(TopicName::Me)).await;
    let ballot = Ballot::Motion { choice: Choice::For };
    let statement = RecordedBallot { meeting, vote, member, seat, ballot: ballot.clone() };
    let signature = said.sign(&me, &statement);
    said.ask(&mut socket, 0xa2, Command::Cast { vote, ballot, signature }).await;
    said.until(&mut socket, |d| topic(d) == Some(TopicName::Me)).await;

    said.note("— another ballot is refused —");
    let ballot = Ballot::Motion { choice: Choice::Against };
    let statement = RecordedBallot { meeting, vote, member, seat, ballot: ballot.clone() };
    let signature = me.sign(&statement);
    said.ask(&mut socket, 0xa3, Command::Cast { vote, ballot, signature }).await;

    said.note("— a paper —");
    said.say(&mut socket, &Up::Fetch { hash, offset: 0, length: 7 }).await;
    match socket.next().await.unwrap().unwrap() {
        Message::Binary(bytes) => said.line("⇐", &hex::encode(&bytes)),
        other => panic!("{other:?}"),
    }

    said.note("— the result —");
    clerk.must(Command::CloseVote { vote }).await;
    said.until(&mut socket, |d| vote_is(d, VoteState::Closed)).await;
    clerk.must(Command::DeclareVote { vote }).await;
    said.until(&mut socket, |d| vote_is(d, VoteState::Declared)).await;
    running.stop().await.unwrap();
    check("example", &format!("```text\n{}```\n", said.0));
}

async fn example_server(data: &std::path::Path) -> Running {
    // Test keys, so that what they make comes out the same each time.
    std::fs::write(data.join(hemicycle::paper_keys::FILE), [7; 32]).unwrap();
    std::fs::write(data.join("format"), "1\n").unwrap();
    std::fs::write(data.join("server.key"), hex::encode([0x51; 32])).unwrap();
    let config = Config {
        listen: "127.0.0.1:0".parse().unwrap(),
        room: "三楼会议厅".into(),
        enrolment: Enrolment::Open,
        assets: Some(assets()),
        ..Config::new(data)
    };
    let chance = Chance::from_fn(|bytes| bytes.fill(if bytes.len() == 16 { 0x11 } else { 0x22 }));
    let running = hemicycle::serve_with(config, Clock::from_fn(|| NOW), chance).await.unwrap();
    running.app().clerks.set(CLERK, PASSWORD).unwrap();
    running
}

fn topic(down: &Down) -> Option<TopicName> {
    match down {
        Down::Topic(frame) => Some(frame.topic.name()),
        Down::Greeting { .. }
        | Down::Welcome { .. }
        | Down::Reply(_)
        | Down::NoBlob { .. }
        | Down::Notes { .. }
        | Down::NotesKept { .. }
        | Down::Goodbye { .. } => None,
    }
}

fn vote_is(down: &Down, state: VoteState) -> bool {
    matches!(down, Down::Topic(TopicFrame { topic: Topic::Vote(Some(v)), .. }) if v.state == state)
}

type Socket = tokio_tungstenite::WebSocketStream<tokio::net::TcpStream>;

/// What was said, line by line.
#[derive(Default)]
struct Transcript(String);

impl Transcript {
    fn line(&mut self, sign: &str, text: &str) {
        writeln!(self.0, "{sign} {text}").unwrap();
    }

    fn note(&mut self, text: &str) {
        self.line("#", text);
    }

    fn sign<S: Statement>(&mut self, me: &Identity, statement: &S) -> Signature {
        let text = String::from_utf8(statement.bytes()).unwrap();
        for line in text.lines() {
            self.line("✎", line);
        }
        me.sign(statement)
    }

    async fn say(&mut self, socket: &mut Socket, up: &Up) {
        let text = write(up);
        self.line("→", &text);
        socket.send(Message::text(text)).await.unwrap();
    }

    async fn hear(&mut self, socket: &mut Socket) -> Down {
        let said = async {
            loop {
                match socket.next().await.unwrap().unwrap() {
                    Message::Text(text) => return text,
                    // What keeps the connection alive is no news.
                    Message::Ping(_) | Message::Pong(_) => {}
                    other => panic!("{other:?}"),
                }
            }
        };
        let Ok(text) = tokio::time::timeout(NEVER, said).await else {
            panic!("nothing came after\n{}", self.0)
        };
        self.line("←", &text);
        read_down(&text).unwrap()
    }

    async fn until(&mut self, socket: &mut Socket, wanted: impl Fn(&Down) -> bool) {
        while !wanted(&self.hear(socket).await) {}
    }

    async fn ask(&mut self, socket: &mut Socket, id: u8, command: Command) {
        let id = Hex([id; 16]);
        self.say(socket, &Up::Command(Ask { id, command })).await;
        self.until(socket, |d| matches!(d, Down::Reply(r) if r.id == id)).await;
    }
}
