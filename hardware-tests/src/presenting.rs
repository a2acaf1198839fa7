//! 同步翻页: how long after a page was turned, or a finger drew on it, every seat is told,
//! against what the machine needs bare for one message to everybody.

use crate::bench::{BenchError, bare};
use crate::clerk::{Clerk, ClerkError, Session};
use crate::figures::Spread;
use crate::host::{CLERK, Host, HostError, Programs};
use crate::socket::{Address, Socket, SocketError, open};
use futures_util::stream::SplitSink;
use futures_util::{SinkExt, StreamExt};
use hemicycle_protocol::identity::{Identity, Presence, SignIn};
use hemicycle_protocol::ids::{Hex, ItemId, MeetingId, PaperId, SeatId};
use hemicycle_protocol::ink::{Colour, Stroke, Tool};
use hemicycle_protocol::topic::{Have, ItemKind, PaperTerms, Pointer, Standing, Topic, TopicName};
use hemicycle_protocol::vote::Method;
use hemicycle_protocol::wire::{
    Ask, Command, Down, Hello, Role, RosterRow, Up, VERSION, read_down, write,
};
use hemicycle_terminal::seat::Channel;
use serde::Serialize;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use thiserror::Error;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

/// An end for what hangs.
const LIMIT: Duration = Duration::from_secs(60);
/// Between two turns: longer than anything gathers.
const REST: Duration = Duration::from_millis(150);
/// Between two pieces of a line, as a terminal tells them.
const STEP: Duration = Duration::from_millis(60);
/// Pieces of a line, and points of each: a word of handwriting.
const PIECES: u16 = 20;
const PIECE: u16 = 12;
/// Seats' words that wait to be counted: more than there are seats.
const TOLD: usize = 8192;
/// The seat that shows it, which has the chair.
const CHAIR: SeatId = SeatId(1);

/// See the module.
#[derive(Clone, Debug, Serialize)]
pub struct Shown {
    pub seats: u16,
    pub turns: usize,
    /// From the word of whoever turns the page until a seat has the page, for each seat.
    pub turn_to_told_ms: Spread,
    /// The same until the last seat has it, for each turn.
    pub turn_to_last_ms: Spread,
    /// The same for a line that a finger draws, a piece at a time: for each seat and piece.
    pub drawn_to_told_ms: Spread,
    /// Points of the line at its end.
    pub points: usize,
    /// One message to everybody, from the first to the last, with nothing of ours.
    pub bare_ms: f64,
    /// The middle of the last in that.
    pub ratio: f64,
}

/// Why nothing was measured.
#[derive(Debug, Error)]
pub enum ShownError {
    #[error(transparent)]
    Host(#[from] HostError),
    #[error(transparent)]
    Clerk(#[from] ClerkError),
    #[error(transparent)]
    Socket(#[from] SocketError),
    #[error(transparent)]
    Bench(#[from] BenchError),
    #[error(transparent)]
    Io(#[from] std::io::Error),
    #[error("{0} broke off")]
    BrokeOff(SeatId),
    #[error("{0} of {1} seats were told")]
    NotTold(usize, usize),
    #[error("nothing was made that has a number")]
    NoNumber,
}

/// Which page is shown, with how many points on it.
type Seen = (u32, usize);
type Told = (Seen, Instant);

/// Turns so many pages before so many seats, over TLS.
pub async fn present(
    programs: &Programs,
    folder: &Path,
    seats: u16,
    turns: usize,
) -> Result<Shown, ShownError> {
    let (data, log) = (folder.join("server"), folder.join("server.log"));
    let password = programs.set_clerk(&data).await?;
    let host = programs.serve(&data, 0, &log).await?;
    let session = Session::sign_in(&host.address, CLERK, &password).await?;
    let clerk = Clerk::open(&session).await?;
    let (item, paper) = prepare(programs, &session, &clerk, seats).await?;
    let (tell, mut told) = mpsc::channel(TOLD);
    let mut chair = None;
    for seat in (1..=seats).map(SeatId) {
        let socket = sit(&host, seat).await.ok_or(ShownError::BrokeOff(seat))??;
        let (sink, mut stream) = socket.split();
        let tell = tell.clone();
        tokio::spawn(async move {
            while let Some(Ok(message)) = stream.next().await {
                let seen = seen(&message).filter(|_| seat != CHAIR);
                if let Some(seen) = seen
                    && tell.send((seen, Instant::now())).await.is_err()
                {
                    return;
                }
            }
        });
        // The others only listen; what is answered to pings goes by itself.
        if seat == CHAIR {
            chair = Some(sink);
        } else {
            tokio::spawn(async move {
                let _open = sink;
                std::future::pending::<()>().await;
            });
        }
    }
    let mut chair = chair.ok_or(ShownError::BrokeOff(CHAIR))?;
    clerk.ask(Command::OpenMeeting).await?;
    clerk.ask(Command::StartItem { item }).await?;
    let others = usize::from(seats) - 1;
    let (mut each, mut last) = (Vec::new(), Vec::new());
    for turn in 0..=turns {
        let page = u32::from(turn % 2 == 1);
        let command = Command::Present { paper, page, pointer: None, ink: vec![] };
        let began = say(&mut chair, turn, command).await?;
        let times = hear(&mut told, (page, 0), others, began).await?;
        // The first is an entry of the log as well.
        if turn > 0 {
            last.extend(times.iter().max().copied());
            each.extend(times);
        }
        tokio::time::sleep(REST).await;
    }
    let page = u32::from(turns % 2 == 1);
    let (mut drawn, mut line) = (Vec::new(), Vec::new());
    for piece in 0..PIECES {
        line.extend((0..PIECE).map(|n| Pointer { x: 900 + n * 7, y: 1000 + piece * 60 + n }));
        let stroke = Stroke { tool: Tool::Pen, colour: Colour::Red, line: line.clone() };
        let ink = vec![stroke];
        let command = Command::Present { paper, page, pointer: None, ink };
        let began = say(&mut chair, turns + 1 + usize::from(piece), command).await?;
        drawn.extend(hear(&mut told, (page, line.len()), others, began).await?);
        tokio::time::sleep(STEP).await;
    }
    drop(clerk);
    host.stop().await?;
    let least = bare(usize::from(seats), Method::Recorded, folder, "bare").await?;
    let bare_ms = least.fan_out_ms;
    let (each, last, drawn) = (Spread::of(each), Spread::of(last), Spread::of(drawn));
    let none = ShownError::NotTold(0, others);
    let (Some(turn_to_told_ms), Some(turn_to_last_ms), Some(drawn_to_told_ms)) =
        (each, last, drawn)
    else {
        return Err(none);
    };
    let ratio = (turn_to_last_ms.p50 / bare_ms * 10.0).round() / 10.0;
    let points = line.len();
    Ok(Shown {
        seats,
        turns,
        turn_to_told_ms,
        turn_to_last_ms,
        drawn_to_told_ms,
        points,
        bare_ms,
        ratio,
    })
}

async fn prepare(
    programs: &Programs,
    session: &Session,
    clerk: &Clerk,
    seats: u16,
) -> Result<(ItemId, PaperId), ShownError> {
    let row = |seat: u16| RosterRow {
        seat: SeatId(seat),
        name: format!("委员{seat}"),
        title: String::new(),
        standing: Standing::Member,
        chair: SeatId(seat) == CHAIR,
    };
    let people = (1..=seats).map(row).collect();
    clerk.ask(Command::ImportRoster { people, layout: vec![] }).await?;
    let (title, short) = ("决定".to_owned(), "决定".to_owned());
    let add = Command::AddItem { title, short, kind: ItemKind::Decision };
    let item = ItemId(clerk.ask(add).await?.made.ok_or(ShownError::NoNumber)?);
    let pdf = std::fs::read(programs.sample().join("papers/1-1-decision-draft.pdf"))?;
    let (hash, title) = (session.upload(&pdf).await?, "决定（草案）".to_owned());
    let add = Command::AddPaper { item, title, hash, terms: PaperTerms::default() };
    let paper = PaperId(clerk.ask(add).await?.made.ok_or(ShownError::NoNumber)?);
    clerk.ask(Command::OpenSignIn).await?;
    Ok((item, paper))
}

/// Sends it; when that was.
async fn say(
    chair: &mut SplitSink<Socket, Message>,
    number: usize,
    command: Command,
) -> Result<Instant, ShownError> {
    let ask = Ask { id: Hex((number as u128).to_be_bytes()), command };
    let began = Instant::now();
    let sent = chair.send(Message::text(write(&Up::Command(ask)))).await;
    sent.map_err(|_| ShownError::BrokeOff(CHAIR))?;
    Ok(began)
}

/// Every seat's time for this.
async fn hear(
    told: &mut mpsc::Receiver<Told>,
    wanted: Seen,
    others: usize,
    began: Instant,
) -> Result<Vec<Duration>, ShownError> {
    let mut times = Vec::with_capacity(others);
    let all = async {
        while times.len() < others {
            let Some((seen, at)) = told.recv().await else { return };
            if seen == wanted {
                times.push(at.saturating_duration_since(began));
            }
        }
    };
    let in_time = timeout(LIMIT, all).await.is_ok();
    if in_time && times.len() == others {
        Ok(times)
    } else {
        Err(ShownError::NotTold(times.len(), others))
    }
}

/// What a message says is shown.
fn seen(message: &Message) -> Option<Seen> {
    let Message::Text(text) = message else { return None };
    let Ok(Down::Topic(frame)) = read_down(text) else { return None };
    let Topic::Floor(floor) = frame.topic else { return None };
    let points = |ink: &[Stroke]| ink.iter().map(|stroke| stroke.line.len()).sum();
    floor.presenting.map(|shown| (shown.page, points(&shown.ink)))
}

/// Takes a seat and signs in. None: it broke off.
async fn sit(host: &Host, seat: SeatId) -> Option<Result<Socket, ShownError>> {
    let at: Address = host.address.over_tls();
    let (mut socket, channel) = match open(&at, Arc::default(), None).await {
        Ok(opened) => opened,
        Err(error) => return Some(Err(error.into())),
    };
    let mut secret = [0xd0; 32];
    secret[..2].copy_from_slice(&seat.0.to_be_bytes());
    let identity = Identity::from_secret(&secret);
    let mut meeting = MeetingId::default();
    let mut asked = false;
    loop {
        let Message::Text(text) = socket.next().await?.ok()? else { continue };
        let up = match read_down(&text).ok()? {
            Down::Greeting { server, nonce, .. } => {
                let (terminal, binding) = (identity.key(), binding(channel));
                let signature = identity.sign(&Presence { server, nonce, terminal, binding });
                let role = Role::Seat { terminal, signature, wish: Some(seat), commitment: None };
                Up::Hello(Hello {
                    protocol: VERSION,
                    client: "bench".into(),
                    role,
                    watch: vec![TopicName::Me, TopicName::Floor],
                    have: Have::new(),
                    meeting: None,
                    run: None,
                })
            }
            Down::Welcome { meeting: named, .. } => {
                meeting = named;
                continue;
            }
            Down::Topic(frame) => {
                let Topic::Me(me) = frame.topic else { continue };
                if me.signed_in {
                    return Some(Ok(socket));
                }
                let Some(person) = me.person.filter(|_| !asked) else { continue };
                asked = true;
                let member = person.member;
                let signature = identity.sign(&SignIn { meeting, member, seat });
                let command = Command::SignIn { signature, pin: None, drawing: None };
                Up::Command(Ask { id: Hex([1; 16]), command })
            }
            Down::Reply(_) | Down::NoBlob { .. } | Down::Notes { .. } | Down::NotesKept { .. } => {
                continue;
            }
            Down::Goodbye { .. } => return None,
        };
        socket.send(Message::text(write(&up))).await.ok()?;
    }
}

fn binding(channel: Channel) -> Option<hemicycle_protocol::ids::Hash> {
    match channel {
        Channel::Within => None,
        Channel::Tls { binding, .. } => Some(binding),
    }
}
