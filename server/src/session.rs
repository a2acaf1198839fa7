//! One connection: who it is, what it may see, what it asks for. Everything it
//! sends out goes through one place in the order of urgency: answers, topics,
//! notes, papers; and at most one piece of a paper lies between two looks at what is
//! more urgent. A client that breaks the rules is told why and closed; nobody
//! else notices.

mod blobs;
mod bucket;
mod greet;
mod notes;
mod outbox;

use crate::app::App;
use crate::board::{SeatBoard, Sheet};
use crate::clerks::SignedIn;
use crate::devices::Presence;
use crate::intake::{Incoming, Signed};
use crate::listener::Pace;
use crate::room::{Asker, Request, What};
use axum::extract::ws::{Message, WebSocket};
use blobs::Blobs;
use bucket::Bucket;
use hemicycle_meeting::view::is_for;
use hemicycle_protocol::identity::{Pairing, PairingCommitment, fingerprint};
use hemicycle_protocol::ids::{CommandId, Hash, MeetingId, Nonce, Version};
use hemicycle_protocol::people::ClerkRole;
use hemicycle_protocol::refusal::{Code, Refusal};
use hemicycle_protocol::topic::{Have, TopicName};
use hemicycle_protocol::wire::{Answer, Ask, Command, Down, Reply, Up, limits, read_up};
use notes::Post;
use outbox::{Gone, Outbox};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, MissedTickBehavior, interval_at};

/// Commands of one connection that wait for their answer at most.
const PENDING: usize = 64;
/// Before more is read of whoever sends too fast.
const TOO_FAST: Duration = Duration::from_millis(10);
/// Nothing heard for so long: ask whether anybody is there.
const QUIET: Duration = Duration::from_secs(limits::PING_SECONDS);
/// Nothing heard for so long: nobody is there.
const SILENT: Duration = Duration::from_secs(limits::SILENCE_SECONDS);

/// What came with the request that became the connection.
#[derive(Clone, Debug)]
pub struct Origin {
    /// A clerk's session, where there is one: name and token.
    pub clerk: Option<Clerk>,
    /// What only the two ends of its TLS connection know; none: it is plain.
    pub binding: Option<Hash>,
    pub peer: SocketAddr,
    /// What it is given time for.
    pub pace: Arc<Pace>,
}

/// Somebody who is signed in at the console.
#[derive(Clone)]
pub struct Clerk {
    pub name: String,
    pub role: ClerkRole,
    pub token: String,
}

impl std::fmt::Debug for Clerk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Clerk({}, {})", self.name, self.role.text())
    }
}

/// Whose connection it is.
enum Peer {
    Seat {
        presence: Presence,
        view: watch::Receiver<Arc<SeatBoard>>,
        pairing: Option<Promise>,
        /// It had a seat on this connection.
        seated: bool,
    },
    Hall {
        view: watch::Receiver<Arc<Sheet>>,
        by: Entrance,
    },
    Console {
        clerk: Clerk,
        view: watch::Receiver<Arc<Sheet>>,
        changes: watch::Receiver<u64>,
    },
}

/// How a screen came to show the hall, and when that has to be looked at again.
enum Entrance {
    Word { renewals: watch::Receiver<u64> },
    Console { clerk: Clerk, changes: watch::Receiver<u64> },
}

/// What a terminal has promised to open, and the server's part that it was given
/// for that: together they become the code that people compare.
struct Promise {
    commitment: Hash,
    nonce: Nonce,
}

/// Serves a connection to its end.
pub async fn serve(socket: WebSocket, app: Arc<App>, origin: Origin) {
    let number = app.next_connection();
    app.open.send_modify(|open| *open += 1);
    talk(socket, &app, &origin, number).await;
    app.open.send_modify(|open| *open = open.saturating_sub(1));
}

async fn talk(socket: WebSocket, app: &Arc<App>, origin: &Origin, number: u64) {
    let mut out = Outbox::new(socket);
    let ended = match greet::greet(&mut out, app, origin, number).await {
        Ok((peer, watch, have)) => {
            origin.pace.known();
            let mut session = Session::new(app, out, peer, watch, have);
            let ended = session.run().await;
            if let Peer::Seat { presence, .. } = &session.peer {
                app.devices.leave(presence, app.clock.now());
            }
            out = session.out;
            ended
        }
        Err(ended) => ended,
    };
    tracing::debug!(number, ?ended, "connection over");
    if let Some(kind) = abuse(&ended) {
        app.troubles.note(kind, &origin.peer);
    }
    if let Ended::Refused(refusal) = ended {
        out.goodbye(refusal).await;
    }
}

/// How a connection ends.
#[derive(Debug)]
enum Ended {
    /// The other side left, or cannot be reached.
    Gone,
    /// It takes nothing of what is sent.
    Deaf,
    /// It is sent away with a reason.
    Refused(Refusal),
}

/// What kind of abuse ended a connection, if that is what it was.
fn abuse(ended: &Ended) -> Option<&'static str> {
    let Ended::Refused(refusal) = ended else {
        return matches!(ended, Ended::Deaf).then_some("one that does not read");
    };
    let kinds = [
        (Code::Malformed, "a message that is none"),
        (Code::TooLarge, "a message past its limit"),
        (Code::TooFast, "messages past their number"),
        (Code::NotAuthentic, "somebody who is not who it says"),
        (Code::OutOfOrder, "no hello, or a second one"),
        (Code::WrongVersion, "another version"),
        (Code::Full, "too many terminals"),
    ];
    kinds.into_iter().find(|(code, _)| *code == refusal.code).map(|(_, kind)| kind)
}

impl From<Gone> for Ended {
    fn from(gone: Gone) -> Self {
        match gone {
            Gone::Left => Ended::Gone,
            Gone::Deaf => Ended::Deaf,
            Gone::TooLarge => Ended::Refused(Code::TooLarge.into()),
            Gone::Malformed(what) => Ended::Refused(Refusal::of(Code::Malformed, what)),
        }
    }
}

impl From<Refusal> for Ended {
    fn from(refusal: Refusal) -> Self {
        Ended::Refused(refusal)
    }
}

struct Session<'a> {
    app: &'a Arc<App>,
    out: Outbox,
    peer: Peer,
    watched: Vec<TopicName>,
    /// Versions that the client has.
    sent: BTreeMap<TopicName, Version>,
    blobs: Blobs,
    post: Post,
    bucket: Bucket,
    answers: mpsc::Receiver<Reply>,
    answer_to: mpsc::Sender<Reply>,
    pending: usize,
    heard: Instant,
}

impl<'a> Session<'a> {
    fn new(
        app: &'a Arc<App>,
        out: Outbox,
        peer: Peer,
        watched: Vec<TopicName>,
        have: Have,
    ) -> Self {
        let (answer_to, answers) = mpsc::channel(PENDING);
        let bucket = match peer {
            Peer::Seat { .. } | Peer::Hall { .. } => Bucket::new(40, 20, Instant::now()),
            Peer::Console { .. } => Bucket::new(600, 200, Instant::now()),
        };
        Self {
            app,
            out,
            peer,
            watched,
            sent: have,
            blobs: Blobs::default(),
            post: Post::default(),
            bucket,
            answers,
            answer_to,
            pending: 0,
            heard: Instant::now(),
        }
    }

    async fn run(&mut self) -> Ended {
        let mut stop = self.app.stopping();
        let mut tick = interval_at(Instant::now() + QUIET, QUIET);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            if self.has_lost_its_seat() {
                let _ = self.send_answers().await;
                return Refusal::of(Code::NoSeat, "the seat was taken away").into();
            }
            // Also what changed before the subscription.
            if let Err(gone) = self.send_topics().await {
                return gone.into();
            }
            loop {
                let busy = self.blobs.is_busy();
                let step = tokio::select! {
                    biased;
                    () = stopped(&mut stop) => Err(stops()),
                    Some(reply) = self.answers.recv() => {
                        self.pending = self.pending.saturating_sub(1);
                        self.out.send(&Down::Reply(reply)).await.map_err(Ended::from)
                    }
                    news = news(&mut self.peer) => match news {
                        News::Topics => break,
                        News::Replaced => {
                            let why = "the same terminal connected again";
                            Err(Refusal::of(Code::OutOfOrder, why).into())
                        }
                        News::Over => Err(stops()),
                        News::Rights => self.look_at_rights(),
                    },
                    incoming = self.out.receive() => match incoming {
                        Ok(message) => self.take(message).await,
                        Err(gone) => Err(gone.into()),
                    },
                    _ = tick.tick() => self.look_alive().await,
                    Some(told) = self.post.next() => self.pass_on(told).await,
                    piece = self.blobs.next(), if busy => self.send_piece(piece).await,
                };
                if let Err(ended) = step {
                    // What is durable by now should not have to be asked for
                    // again; whoever is gone asks.
                    let _ = self.send_answers().await;
                    return ended;
                }
            }
        }
    }

    async fn take(&mut self, message: Message) -> Result<(), Ended> {
        self.heard = Instant::now();
        let text = match message {
            Message::Text(text) => text,
            Message::Ping(_) | Message::Pong(_) => return Ok(()),
            Message::Close(_) => return Err(Ended::Gone),
            Message::Binary(_) => {
                return Err(Refusal::of(Code::Malformed, "binary frame").into());
            }
        };
        let limit = match self.peer {
            Peer::Seat { .. } | Peer::Hall { .. } => limits::TEXT_UP,
            Peer::Console { .. } => limits::TEXT_UP_CONSOLE,
        };
        let up = read_up(&text, limit)?;
        if !self.bucket.take(Instant::now()) {
            let refusal = Refusal::from(Code::TooFast);
            return match up {
                // A command is answered, so that its sender can wait and go on.
                Up::Command(Ask { id, .. }) if self.bucket.forgives() => {
                    self.refuse(id, refusal).await?;
                    // It is read no faster than it may send; the others have the processors.
                    tokio::time::sleep(TOO_FAST).await;
                    Ok(())
                }
                Up::KeepNotes { id, .. } if self.bucket.forgives() => {
                    self.notes_kept(id, Err(refusal)).await?;
                    tokio::time::sleep(TOO_FAST).await;
                    Ok(())
                }
                Up::Command(_)
                | Up::KeepNotes { .. }
                | Up::Hello(_)
                | Up::Watch { .. }
                | Up::Pair { .. }
                | Up::Fetch { .. }
                | Up::FetchNotes { .. } => Err(refusal.into()),
            };
        }
        match up {
            Up::Hello(_) => Err(Refusal::of(Code::OutOfOrder, "hello again").into()),
            Up::Watch { topics } => {
                self.sent.retain(|topic, _| topics.contains(topic));
                self.watched = greet::watchable(topics);
                Ok(self.send_topics().await?)
            }
            Up::Command(ask) => self.command(ask).await,
            Up::Pair { opening } => Ok(self.pair(opening)?),
            Up::Fetch { hash, offset, length } => self.fetch(hash, offset, length).await,
            Up::FetchNotes { paper } => self.fetch_notes(paper).await,
            Up::KeepNotes { id, member, paper, page } => {
                self.keep_notes(id, member, paper, page).await
            }
        }
    }

    async fn command(&mut self, ask: Ask) -> Result<(), Ended> {
        let id = ask.id;
        if self.pending >= PENDING {
            return self.refuse(id, Code::TooFast.into()).await;
        }
        let (who, signed) = match &self.peer {
            Peer::Hall { .. } => {
                return self.refuse(id, Refusal::of(Code::NotAllowed, "hall")).await;
            }
            Peer::Console { clerk, .. } => {
                let session = self.app.clerks.session(&clerk.token, self.app.clock.now());
                let Some(SignedIn { name, role }) = session else { return Err(signed_out()) };
                (Asker::Clerk { name, role }, None)
            }
            Peer::Seat { presence, view, .. } => {
                let key = presence.terminal;
                let sitting = view.borrow().sittings.get(&key).copied();
                let meeting: MeetingId = self.app.board.meeting;
                let signed = sitting.and_then(|s| Signed::of(&ask.command, meeting, key, s));
                (Asker::Terminal { key, signed_for: None }, signed)
            }
        };
        log_command(&who, &ask.command);
        let answer_to = self.answer_to.clone();
        let reply = Box::new(move |answer: Answer| {
            // Never full: no more than its size are under way. Whoever has
            // left asks again.
            let _ = answer_to.try_send(Reply { id, answer });
        });
        let request = Request { who, what: What::Command(ask), reply };
        match self.app.intake.try_send(Incoming { request, signed }) {
            Ok(()) => {
                self.pending += 1;
                Ok(())
            }
            Err(mpsc::error::TrySendError::Full(_)) => {
                self.refuse(id, Refusal::of(Code::Unavailable, "too many at once")).await
            }
            Err(mpsc::error::TrySendError::Closed(_)) => {
                self.refuse(id, Refusal::of(Code::Unavailable, "the server stops")).await
            }
        }
    }

    /// The code is shown to the clerk only if the terminal kept its word.
    fn pair(&mut self, opening: Nonce) -> Result<(), Refusal> {
        let Peer::Seat { presence, pairing, .. } = &mut self.peer else {
            return Err(Refusal::of(Code::NotAllowed, "only terminals are paired"));
        };
        let promise = pairing.take();
        let Promise { commitment, nonce } =
            promise.ok_or_else(|| Refusal::of(Code::OutOfOrder, "nothing was promised"))?;
        if fingerprint(&PairingCommitment { opening }) != commitment {
            return Err(Refusal::of(Code::NotAuthentic, "not what was promised"));
        }
        let (server, terminal) = (self.app.identity.key(), presence.terminal);
        let code = Pairing { server, terminal, nonce, opening }.code();
        self.app.devices.shows(presence, code);
        Ok(())
    }

    /// Its terminal was replaced, or its seat taken back: the key that opened this
    /// connection opens nothing more.
    fn has_lost_its_seat(&mut self) -> bool {
        let Peer::Seat { presence, view, seated, .. } = &mut self.peer else { return false };
        let before = *seated;
        *seated = view.borrow().sittings.contains_key(&presence.terminal);
        before && !*seated
    }

    async fn fetch(&mut self, hash: Hash, offset: u64, length: u64) -> Result<(), Ended> {
        let paper = || self.app.shelf.facts(&hash).map(|facts| facts.bytes).ok_or(Code::NotFound);
        let size = match &self.peer {
            Peer::Hall { .. } => Err(Code::NotAllowed),
            Peer::Console { .. } => paper(),
            Peer::Seat { presence, view, .. } => {
                let board = view.borrow();
                match board.sittings.get(&presence.terminal) {
                    None => Err(Code::NoSeat),
                    Some(sitting) if board.files.are_for(sitting.seat, &hash) => paper(),
                    Some(sitting) => {
                        let size = board.records.size(sitting.seat, &hash);
                        size.map(|bytes| bytes.0).ok_or(Code::NotFound)
                    }
                }
            }
        };
        let queued = match size {
            Err(code) => Err(Refusal::from(code)),
            Ok(size) => self.blobs.ask(hash, offset, length, size),
        };
        match queued {
            Ok(()) => Ok(()),
            Err(refused) => Ok(self.out.send(&Down::NoBlob { hash, refused }).await?),
        }
    }

    async fn send_piece(&mut self, piece: blobs::Next) -> Result<(), Ended> {
        match piece {
            blobs::Next::Open(hash) => {
                let app = Arc::clone(self.app);
                self.blobs.opened(hash, move || match app.shelf.facts(&hash) {
                    Some(_) => app.shelf.read(&hash),
                    None => app.vault.open_blob(&hash),
                });
                Ok(())
            }
            blobs::Next::Piece(bytes) => Ok(self.out.send_binary(bytes).await?),
            blobs::Next::Failed(hash, error) => {
                tracing::warn!(file = %hash, %error, "a file cannot be read");
                let refused = Code::Unavailable.into();
                Ok(self.out.send(&Down::NoBlob { hash, refused }).await?)
            }
        }
    }

    /// Sends the watched topics whose version the client lacks, and before
    /// them the answers: nobody sees what a command did before its answer.
    async fn send_topics(&mut self) -> Result<(), Gone> {
        let mut frames = Vec::new();
        match &mut self.peer {
            Peer::Seat { presence, view, .. } => {
                let board = Arc::clone(&view.borrow_and_update());
                for topic in &self.watched {
                    frames.extend(board.get(&presence.terminal, *topic).map(|f| (*topic, f)));
                }
            }
            Peer::Hall { view, .. } => {
                let sheet = Arc::clone(&view.borrow_and_update());
                for topic in &self.watched {
                    frames.extend(sheet.get(*topic).map(|f| (*topic, f.clone())));
                }
            }
            Peer::Console { view, clerk, .. } => {
                let sheet = Arc::clone(&view.borrow_and_update());
                let role = clerk.role;
                for topic in self.watched.iter().filter(|topic| is_for(**topic, role)) {
                    frames.extend(sheet.get(*topic).map(|f| (*topic, f.clone())));
                }
            }
        }
        // After the values were taken: an answer is there before its value is.
        self.send_answers().await?;
        for (topic, frame) in frames {
            if self.sent.insert(topic, frame.version) != Some(frame.version) {
                self.out.send_text(frame.text).await?;
            }
        }
        Ok(())
    }

    /// Sends the answers that are there.
    async fn send_answers(&mut self) -> Result<(), Gone> {
        while let Ok(reply) = self.answers.try_recv() {
            self.pending = self.pending.saturating_sub(1);
            self.out.send(&Down::Reply(reply)).await?;
        }
        Ok(())
    }

    async fn refuse(&mut self, id: CommandId, refusal: Refusal) -> Result<(), Ended> {
        let reply = Reply { id, answer: Answer::Refused(refusal) };
        Ok(self.out.send(&Down::Reply(reply)).await?)
    }

    /// Does what opened this connection still open it? A console that is open is
    /// a session that is used.
    fn look_at_rights(&self) -> Result<(), Ended> {
        let holds = |clerk: &Clerk| {
            let session = self.app.clerks.session(&clerk.token, self.app.clock.now());
            if session.is_some() { Ok(()) } else { Err(signed_out()) }
        };
        match &self.peer {
            Peer::Seat { .. } => Ok(()),
            Peer::Hall { by: Entrance::Word { .. }, .. } => {
                Err(Refusal::of(Code::NotAuthentic, "the hall has another link now").into())
            }
            Peer::Hall { by: Entrance::Console { clerk, .. }, .. }
            | Peer::Console { clerk, .. } => holds(clerk),
        }
    }

    async fn look_alive(&mut self) -> Result<(), Ended> {
        match &self.peer {
            Peer::Hall { by: Entrance::Console { .. }, .. } | Peer::Console { .. } => {
                self.look_at_rights()?;
            }
            Peer::Hall { by: Entrance::Word { .. }, .. } | Peer::Seat { .. } => {}
        }
        let quiet = self.heard.elapsed();
        if quiet >= SILENT {
            return Err(Ended::Gone);
        }
        if quiet >= QUIET {
            self.out.ping().await?;
        }
        Ok(())
    }
}

/// What a session learns from the rest of the server.
enum News {
    Topics,
    Replaced,
    /// Accounts, or the hall's link, are not what they were.
    Rights,
    Over,
}

async fn news(peer: &mut Peer) -> News {
    let of = |changed: Result<(), watch::error::RecvError>| {
        changed.map_or(News::Over, |()| News::Topics)
    };
    match peer {
        Peer::Seat { view, presence, .. } => tokio::select! {
            // An error is the sender gone: the newer connection dropped it.
            _ = &mut presence.replaced => News::Replaced,
            changed = view.changed() => of(changed),
        },
        Peer::Hall { view, by: Entrance::Word { renewals: rights } }
        | Peer::Hall { view, by: Entrance::Console { changes: rights, .. } }
        | Peer::Console { view, changes: rights, .. } => tokio::select! {
            changed = rights.changed() => changed.map_or(News::Over, |()| News::Rights),
            changed = view.changed() => of(changed),
        },
    }
}

fn signed_out() -> Ended {
    Refusal::of(Code::NotAuthentic, "signed out").into()
}

async fn stopped(stop: &mut watch::Receiver<bool>) {
    // An error is the server gone: that is a stop too.
    let _ = stop.wait_for(|stop| *stop).await;
}

fn stops() -> Ended {
    Refusal::of(Code::Unavailable, "the server stops").into()
}

/// What is asked for stands in the log by name; never a ballot.
fn log_command(who: &Asker, command: &Command) {
    if tracing::enabled!(tracing::Level::DEBUG) {
        let text = serde_json::to_value(command).unwrap_or_default();
        let name = text.get("command").and_then(|n| n.as_str()).unwrap_or_default();
        match who {
            Asker::Terminal { key, .. } => {
                tracing::debug!(terminal = %key.short(), command = name, "command");
            }
            Asker::Clerk { name: clerk, .. } => {
                tracing::debug!(%clerk, command = name, "command");
            }
            Asker::Server => {}
        }
    }
}
