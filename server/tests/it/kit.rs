//! A room to test with: the server as a process or inside the test, and
//! clients that speak its protocol by the book.

use futures_util::{SinkExt, StreamExt};
use hemicycle::clerks::Clerks;
use hemicycle::intake::Incoming;
use hemicycle::papers::Facts;
use hemicycle::room::{Asker, Request, What};
use hemicycle::{Config, Enrolment, Running};
use hemicycle_meeting::{ServerCommand, StoredPaper};
use hemicycle_protocol::identity::{Identity, Presence, RecordedBallot, SignIn};
use hemicycle_protocol::ids::*;
use hemicycle_protocol::ink::SealedPage;
use hemicycle_protocol::refusal::{Code, Refusal};
use hemicycle_protocol::topic::{ItemKind, Me, Standing, Topic, TopicName, Vote};
use hemicycle_protocol::vote::{Ballot, Choice, Form, Method, Preset, Rule};
use hemicycle_protocol::wire::*;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::oneshot;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{WebSocketStream, client_async};

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_hemicycle");
pub const CLERK: &str = "li";
pub const PASSWORD: &str = "correct horse";
/// Nothing here takes that long unless it never comes.
pub const NEVER: Duration = Duration::from_secs(60);

pub fn assets() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets").canonicalize().unwrap()
}

/// The program, on a data folder.
pub struct Process {
    child: Child,
    pub addr: SocketAddr,
    pub hall_token: String,
    pub shown: Vec<String>,
}

impl Process {
    /// With open enrolment and the clerk `li`.
    pub fn start(data: &Path) -> Self {
        let config = data.with_extension("toml");
        std::fs::write(&config, "enrolment = \"open\"\n").unwrap();
        std::fs::create_dir_all(data).unwrap();
        if !data.join("clerks.json").exists() {
            Clerks::open(data, Millis(0)).unwrap().set(CLERK, PASSWORD).unwrap();
        }
        Self::start_with(data, &["--config", config.to_str().unwrap()])
    }

    pub fn start_with(data: &Path, more: &[&str]) -> Self {
        Self::spawn(std::process::Command::new(PROGRAM), data, more)
    }

    /// The same with a command that was prepared.
    pub fn spawn(mut program: std::process::Command, data: &Path, more: &[&str]) -> Self {
        let mut child = program
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .args(more)
            .env("HEMICYCLE_ASSETS", assets())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let (mut shown, mut addr, mut token) = (Vec::new(), None, None);
        while addr.is_none() {
            let mut line = String::new();
            assert!(out.read_line(&mut line).unwrap() > 0, "the server ended: {shown:?}");
            if let Some((_, t)) = line.trim().split_once("/hall#") {
                token = Some(t.to_owned());
            }
            if let Some((_, rest)) = line.split_once("ws://") {
                addr = Some(rest.trim().trim_end_matches("/ws").parse().unwrap());
            }
            shown.push(line);
        }
        // The rest of what it says must not stop it.
        std::thread::spawn(move || out.lines().map_while(Result::ok).for_each(drop));
        Self { child, addr: addr.unwrap(), hall_token: token.unwrap(), shown }
    }

    /// kill -9
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM, and how it ended.
    pub fn terminate(&mut self) -> ExitStatus {
        let pid = rustix::process::Pid::from_raw(self.child.id().cast_signed()).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        self.child.wait().unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A server inside the test.
pub async fn running(data: &Path) -> Running {
    running_with(data, Enrolment::Open).await
}

pub async fn running_with(data: &Path, enrolment: Enrolment) -> Running {
    // Setting it once more would end the sessions of before a restart.
    let known = data.join("clerks.json").exists();
    let config = Config {
        listen: "127.0.0.1:0".parse().unwrap(),
        enrolment,
        assets: Some(assets()),
        pdf_worker: Some(PROGRAM.into()),
        ..Config::new(data)
    };
    let running = hemicycle::serve(config).await.unwrap();
    if !known {
        running.app().clerks.set(CLERK, PASSWORD).unwrap();
    }
    running
}

/// An answer to a plain HTTP request.
pub struct Answered {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Answered {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&self.body)))
    }

    pub fn cookie(&self) -> String {
        let line = self.head.lines().find(|l| l.to_lowercase().starts_with("set-cookie:")).unwrap();
        line.split_once(':').unwrap().1.split(';').next().unwrap().trim().to_owned()
    }
}

/// One HTTP request on a connection of its own.
pub async fn http(
    addr: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Answered {
    let stream = TcpStream::connect(addr).await.unwrap();
    http_on(stream, addr, method, path, headers, body).await
}

/// The same on a connection that is there.
pub async fn http_on(
    mut stream: impl Wire,
    addr: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Answered {
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {addr}\r\nConnection: close\r\n");
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    head += &format!("Content-Length: {}\r\n\r\n", body.len());
    stream.write_all(head.as_bytes()).await.unwrap();
    // A server that refuses early may not read all of it.
    let _ = stream.write_all(body).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    let end = answer.windows(4).position(|w| w == b"\r\n\r\n").expect("no HTTP answer");
    let head = String::from_utf8(answer[..end].to_vec()).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let mut body = answer[end + 4..].to_vec();
    if head.to_lowercase().contains("transfer-encoding: chunked") {
        body = unchunk(&body);
    }
    Answered { status, head, body }
}

fn unchunk(mut body: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    while let Some(end) = body.windows(2).position(|w| w == b"\r\n") {
        let size = std::str::from_utf8(&body[..end]).unwrap();
        let size = usize::from_str_radix(size, 16).unwrap();
        if size == 0 {
            break;
        }
        whole.extend(&body[end + 2..end + 2 + size]);
        body = &body[end + 4 + size..];
    }
    whole
}

pub async fn login(addr: SocketAddr) -> String {
    let body = format!("{{\"name\":\"{CLERK}\",\"password\":\"{PASSWORD}\"}}");
    let headers = [("Content-Type", "application/json")];
    let answer = http(addr, "POST", "/api/login", &headers, body.as_bytes()).await;
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    answer.cookie()
}

pub async fn upload(addr: SocketAddr, cookie: &str, bytes: &[u8]) -> Answered {
    http(addr, "POST", "/api/papers", &[("Cookie", cookie)], bytes).await
}

/// Any bytes as a paper, past the check.
pub async fn put_file(running: &Running, bytes: &[u8]) -> Hash {
    let shelf = &running.app().shelf;
    let mut upload = shelf.begin().unwrap();
    upload.write(bytes).unwrap();
    let bytes = bytes.len() as u64;
    let facts = Facts { pages: 1, bytes, title: None, fonts_missing: Vec::new() };
    let hash = shelf.keep(upload, facts).unwrap();
    let file = StoredPaper { hash, bytes: Bytes(bytes), pages: 1, substituted_fonts: Vec::new() };
    let (tell, told) = oneshot::channel();
    let request = Request {
        who: Asker::clerk(CLERK),
        what: What::Server(ServerCommand::StorePaper(file)),
        reply: Box::new(move |answer| tell.send(answer).unwrap()),
    };
    running.app().intake.send(Incoming { request, signed: None }).await.unwrap();
    assert!(matches!(told.await.unwrap(), Answer::Ok(_)));
    hash
}

/// What a WebSocket may run on.
pub trait Wire: AsyncRead + AsyncWrite + Unpin {}
impl<S: AsyncRead + AsyncWrite + Unpin> Wire for S {}

/// A client of any kind.
pub struct Client {
    pub socket: WebSocketStream<TcpStream>,
    pub me: Option<Identity>,
    pub server: Key,
    pub meeting: MeetingId,
    pub run: Option<RunId>,
    pub topics: BTreeMap<TopicName, (Version, Topic)>,
    /// How many values of each topic have come.
    pub received: BTreeMap<TopicName, usize>,
    pub replies: BTreeMap<CommandId, Answer>,
    pub chunks: Vec<(Hash, u64, Vec<u8>)>,
    pub no_blob: Vec<(Hash, Refusal)>,
    /// Notes on papers, in the order in which they came.
    pub notes: Vec<(Hash, Result<Vec<SealedPage>, Code>)>,
    pub kept: BTreeMap<CommandId, Result<(), Code>>,
}

static NEXT: AtomicU64 = AtomicU64::new(1);

/// An id that no other command of this test run has.
pub fn new_id() -> CommandId {
    let mut id = [0; 16];
    id[8..].copy_from_slice(&NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    Hex(id)
}

/// The key of the terminal that stands at a seat.
pub fn terminal(seat: u16) -> Identity {
    let mut secret = [9; 32];
    secret[..2].copy_from_slice(&seat.to_be_bytes());
    Identity::from_secret(&secret)
}

pub async fn socket(addr: SocketAddr, cookie: Option<&str>) -> WebSocketStream<TcpStream> {
    let mut request = format!("ws://{addr}{PATH}").into_client_request().unwrap();
    let headers = request.headers_mut();
    headers.insert("Sec-WebSocket-Protocol", SUBPROTOCOL.parse().unwrap());
    if let Some(cookie) = cookie {
        headers.insert("Cookie", cookie.parse().unwrap());
    }
    let stream = TcpSocket::new_v4().unwrap();
    // Small, so that a client that does not read is felt soon.
    stream.set_recv_buffer_size(64 * 1024).unwrap();
    let stream = stream.connect(addr).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let (socket, answer) = client_async(request, stream).await.unwrap();
    assert_eq!(answer.headers()["sec-websocket-protocol"], SUBPROTOCOL);
    socket
}

impl Client {
    pub async fn seat(addr: SocketAddr, seat: u16) -> Self {
        Self::seat_with(addr, terminal(seat), Some(SeatId(seat)), TopicName::ALL.to_vec()).await
    }

    pub async fn seat_with(
        addr: SocketAddr,
        me: Identity,
        wish: Option<SeatId>,
        watch: Vec<TopicName>,
    ) -> Self {
        let mut socket = socket(addr, None).await;
        let (server, nonce) = greeting(&mut socket).await;
        let terminal = me.key();
        let signature = me.sign(&Presence { server, nonce, terminal, binding: None });
        let role = Role::Seat { terminal, signature, wish, commitment: None };
        Self::hello(socket, server, role, watch, Some(me)).await
    }

    pub async fn console(addr: SocketAddr, cookie: &str) -> Self {
        let mut socket = socket(addr, Some(cookie)).await;
        let (server, _) = greeting(&mut socket).await;
        Self::hello(socket, server, Role::Console, TopicName::ALL.to_vec(), None).await
    }

    pub async fn hall(addr: SocketAddr, token: &str) -> Self {
        let mut socket = socket(addr, None).await;
        let (server, _) = greeting(&mut socket).await;
        let role = Role::Hall { token: token.into() };
        Self::hello(socket, server, role, TopicName::ALL.to_vec(), None).await
    }

    async fn hello(
        mut socket: WebSocketStream<TcpStream>,
        server: Key,
        role: Role,
        watch: Vec<TopicName>,
        me: Option<Identity>,
    ) -> Self {
        send(&mut socket, &Up::Hello(hello_of(role, watch))).await;
        let (meeting, run) = match receive(&mut socket).await {
            Down::Welcome { meeting, run, .. } => (meeting, run),
            other => panic!("no welcome but {other:?}"),
        };
        Self {
            socket,
            me,
            server,
            meeting,
            run,
            topics: BTreeMap::new(),
            received: BTreeMap::new(),
            replies: BTreeMap::new(),
            chunks: Vec::new(),
            no_blob: Vec::new(),
            notes: Vec::new(),
            kept: BTreeMap::new(),
        }
    }

    /// Takes one message in. What the server says to keep a connection alive
    /// is none.
    pub async fn step(&mut self) {
        let message = tokio::time::timeout(NEVER, async {
            loop {
                match self.socket.next().await {
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                    other => return other,
                }
            }
        });
        let message = message
            .await
            .expect("nothing came")
            .expect("the connection ended")
            .expect("the connection broke");
        self.take(message);
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Text(text) => match read_down(&text).unwrap() {
                Down::Topic(TopicFrame { version, topic }) => {
                    *self.received.entry(topic.name()).or_default() += 1;
                    self.topics.insert(topic.name(), (version, topic));
                }
                Down::Reply(Reply { id, answer }) => {
                    self.replies.insert(id, answer);
                }
                Down::NoBlob { hash, refused } => self.no_blob.push((hash, refused)),
                Down::Notes { paper, pages, refused } => {
                    let pages = refused.map_or(Ok(pages), |refused| Err(refused.code));
                    self.notes.push((paper, pages));
                }
                Down::NotesKept { id, refused } => {
                    self.kept.insert(id, refused.map_or(Ok(()), |refused| Err(refused.code)));
                }
                Down::Goodbye { refused } => panic!("sent away: {refused}"),
                other => panic!("out of order: {other:?}"),
            },
            Message::Binary(bytes) => {
                let chunk = Chunk::decode(&bytes).unwrap();
                self.chunks.push((chunk.hash, chunk.offset, chunk.data.to_vec()));
            }
            Message::Ping(_) | Message::Pong(_) => {}
            other => panic!("{other:?}"),
        }
    }

    pub async fn send(&mut self, up: &Up) {
        send(&mut self.socket, up).await;
    }

    /// Sends messages in one go.
    pub async fn send_together(&mut self, ups: &[Up]) {
        for up in ups {
            self.socket.feed(Message::text(write(up))).await.unwrap();
        }
        self.socket.flush().await.unwrap();
    }

    /// Sends a command without waiting.
    pub async fn put(&mut self, id: CommandId, command: Command) {
        self.send(&Up::Command(Ask { id, command })).await;
    }

    /// The same to a server that may be dead.
    pub async fn try_put(&mut self, id: CommandId, command: Command) {
        let text = write(&Up::Command(Ask { id, command }));
        let _ = self.socket.send(Message::text(text)).await;
    }

    pub async fn answer(&mut self, id: CommandId) -> Answer {
        loop {
            if let Some(answer) = self.replies.remove(&id) {
                return answer;
            }
            self.step().await;
        }
    }

    /// None: the connection ended before.
    pub async fn answer_or_end(&mut self, id: CommandId) -> Option<Answer> {
        loop {
            if let Some(answer) = self.replies.remove(&id) {
                return Some(answer);
            }
            match self.socket.next().await {
                Some(Ok(message)) => self.take(message),
                Some(Err(_)) | None => return None,
            }
        }
    }

    pub async fn ask(&mut self, command: Command) -> Answer {
        let id = new_id();
        self.put(id, command).await;
        self.answer(id).await
    }

    pub async fn must(&mut self, command: Command) -> Done {
        let what = format!("{command:?}");
        match self.ask(command).await {
            Answer::Ok(done) => done,
            Answer::Refused(refusal) => panic!("{what}: {refusal}"),
        }
    }

    pub async fn refused(&mut self, command: Command) -> Code {
        match self.ask(command).await {
            Answer::Refused(refusal) => refusal.code,
            Answer::Ok(done) => panic!("not refused: {done:?}"),
        }
    }

    /// Waits until a topic's value is as wanted.
    pub async fn until(&mut self, name: TopicName, wanted: impl Fn(&Topic) -> bool) -> Topic {
        loop {
            if let Some((_, topic)) = self.topics.get(&name)
                && wanted(topic)
            {
                return topic.clone();
            }
            self.step().await;
        }
    }

    /// Notes on a paper, or why there are none.
    pub async fn fetch_notes(&mut self, paper: Hash) -> Result<Vec<SealedPage>, Code> {
        self.send(&Up::FetchNotes { paper }).await;
        while self.notes.is_empty() {
            self.step().await;
        }
        let (of, pages) = self.notes.remove(0);
        assert_eq!(of, paper);
        pages
    }

    /// Whoever sits here, as far as it is known.
    pub fn member(&self) -> MemberId {
        let person = match self.topics.get(&TopicName::Me) {
            Some((_, Topic::Me(me))) => me.person.as_ref(),
            _ => None,
        };
        person.map_or(MemberId(0), |person| person.member)
    }

    pub async fn keep_notes(&mut self, paper: Hash, page: SealedPage) -> Result<(), Code> {
        self.keep_notes_of(self.member(), paper, page).await
    }

    pub async fn keep_notes_of(
        &mut self,
        member: MemberId,
        paper: Hash,
        page: SealedPage,
    ) -> Result<(), Code> {
        let id = new_id();
        self.send(&Up::KeepNotes { id, member, paper, page }).await;
        loop {
            if let Some(kept) = self.kept.remove(&id) {
                return kept;
            }
            self.step().await;
        }
    }

    pub async fn vote_until(&mut self, wanted: impl Fn(&Vote) -> bool) -> Vote {
        let is = |topic: &Topic| matches!(topic, Topic::Vote(Some(v)) if wanted(v));
        match self.until(TopicName::Vote, is).await {
            Topic::Vote(Some(vote)) => vote,
            other => panic!("{other:?}"),
        }
    }

    pub async fn me_until(&mut self, wanted: impl Fn(&Me) -> bool) -> Me {
        let is = |topic: &Topic| matches!(topic, Topic::Me(me) if wanted(me));
        match self.until(TopicName::Me, is).await {
            Topic::Me(me) => me,
            other => panic!("{other:?}"),
        }
    }

    /// Waits for the seat.
    pub async fn seated(&mut self) -> Me {
        self.me_until(|me| me.seat.is_some() && me.person.is_some()).await
    }

    pub fn sign_in_command(&self, seat: u16) -> Command {
        let me = self.me.as_ref().unwrap();
        let statement =
            SignIn { meeting: self.meeting, member: MemberId(seat.into()), seat: SeatId(seat) };
        Command::SignIn { signature: me.sign(&statement), pin: None, drawing: None }
    }

    /// In these rooms a member's id is the number of the seat.
    pub fn cast_command(&self, seat: u16, vote: VoteId, choice: Choice) -> Command {
        let me = self.me.as_ref().unwrap();
        let ballot = Ballot::Motion { choice };
        let statement = RecordedBallot {
            meeting: self.meeting,
            vote,
            member: MemberId(seat.into()),
            seat: SeatId(seat),
            ballot: ballot.clone(),
        };
        Command::Cast { vote, ballot, signature: me.sign(&statement) }
    }
}

pub fn hello_of(role: Role, watch: Vec<TopicName>) -> Hello {
    let client = "hemicycle-test/1".to_owned();
    let (have, meeting, run) = (BTreeMap::new(), None, None);
    Hello { protocol: VERSION, client, role, watch, have, meeting, run }
}

pub async fn send<S: Wire>(socket: &mut WebSocketStream<S>, up: &Up) {
    socket.send(Message::text(write(up))).await.unwrap();
}

pub async fn greeting(socket: &mut WebSocketStream<TcpStream>) -> (Key, Nonce) {
    match receive(socket).await {
        Down::Greeting { protocol, server, nonce, .. } => {
            assert_eq!(protocol, VERSION);
            (server, nonce)
        }
        other => panic!("{other:?}"),
    }
}

/// The next text message.
pub async fn receive<S: Wire>(socket: &mut WebSocketStream<S>) -> Down {
    loop {
        let next = tokio::time::timeout(NEVER, socket.next()).await.expect("nothing came");
        match next.expect("the connection ended").expect("the connection broke") {
            Message::Text(text) => return read_down(&text).unwrap(),
            Message::Ping(_) | Message::Pong(_) => {}
            other => panic!("{other:?}"),
        }
    }
}

/// Reads to the end of a connection; the reason it was given.
pub async fn farewell<S: Wire>(socket: &mut WebSocketStream<S>) -> (Code, Option<u16>) {
    let mut code = None;
    loop {
        match tokio::time::timeout(NEVER, socket.next()).await.expect("not closed") {
            Some(Ok(Message::Text(text))) => {
                if let Down::Goodbye { refused } = read_down(&text).unwrap() {
                    code = Some(refused.code);
                }
            }
            Some(Ok(Message::Close(frame))) => {
                return (code.expect("no goodbye"), frame.map(|f| f.code.into()));
            }
            Some(Ok(_)) => {}
            Some(Err(_)) | None => return (code.expect("no goodbye"), None),
        }
    }
}

pub fn rows(members: u16, attendees: u16) -> Vec<RosterRow> {
    (1..=members + attendees)
        .map(|seat| RosterRow {
            seat: SeatId(seat),
            name: format!("成员{seat}"),
            title: "委员".into(),
            standing: if seat <= members { Standing::Member } else { Standing::Attendee },
            chair: seat == 1,
        })
        .collect()
}

pub fn motion(title: &str) -> VoteSpec {
    VoteSpec {
        title: title.into(),
        form: Form::Motion,
        method: Method::Recorded,
        rule: Rule::preset(Preset::Committee),
        seconds: None,
        signatories: 0,
    }
}

/// The first seats of the room, each with its member signed in.
pub async fn signed_in(addr: SocketAddr, seats: u16) -> Vec<Client> {
    let mut all = Vec::new();
    for seat in 1..=seats {
        let mut client = Client::seat(addr, seat).await;
        client.seated().await;
        let command = client.sign_in_command(seat);
        client.must(command).await;
        all.push(client);
    }
    all
}

/// A roster, an item and a vote, ready for sign-in.
pub async fn prepare(clerk: &mut Client, members: u16, attendees: u16) -> (ItemId, VoteId) {
    let people = rows(members, attendees);
    clerk.must(Command::ImportRoster { people, layout: Vec::new() }).await;
    let (title, short) = ("审议决定草案".to_owned(), "决定".to_owned());
    let kind = ItemKind::Decision;
    let item = clerk.must(Command::AddItem { title, short, kind }).await.made.unwrap();
    let item = ItemId(item);
    let vote = clerk.must(Command::AddVote { item, spec: motion("决定（草案）") }).await;
    clerk.must(Command::OpenSignIn).await;
    (item, VoteId(vote.made.unwrap()))
}

/// Writes to a file what a careless person would.
pub fn scribble(path: &Path, at: u64, bytes: &[u8]) {
    use std::io::Seek;
    let mut file = std::fs::OpenOptions::new().write(true).open(path).unwrap();
    file.seek(std::io::SeekFrom::Start(at)).unwrap();
    file.write_all(bytes).unwrap();
}
