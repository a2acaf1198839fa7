//! Between one terminal and the server: passes on what both say, holds it back,
//! bends it, or cuts the line. What a network or a server does only once in a
//! hundred years is brought about here for real, without the program knowing.

use anyhow::{Context as _, Result};
use futures_util::{SinkExt as _, StreamExt as _};
use hemicycle_hardware_tests::socket::{Address, Socket, Traffic, open};
use serde_json::Value;
use std::collections::VecDeque;
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::{Bytes, Message};
use tokio_tungstenite::{WebSocketStream, accept_hdr_async};

/// Frames that may be held back in one direction.
const MOST_HELD: usize = 4096;

/// Which way a frame goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Up,
    Down,
}

/// What goes over the line.
#[derive(Clone, Debug)]
pub enum Frame {
    Text(Value),
    /// A piece of a file.
    Piece(Bytes),
}

impl Frame {
    /// Is it this command of a terminal?
    pub fn is_command(&self, name: &str) -> bool {
        matches!(self, Frame::Text(value) if value["type"] == "command" && value["command"] == name)
    }

    /// Is it this topic of the server?
    pub fn is_topic(&self, name: &str) -> bool {
        matches!(self, Frame::Text(value) if value["type"] == "topic" && value["topic"] == name)
    }

    fn message(self) -> Message {
        match self {
            Frame::Text(value) => Message::text(value.to_string()),
            Frame::Piece(bytes) => Message::Binary(bytes),
        }
    }
}

/// What becomes of a frame.
pub enum Fate {
    Pass,
    /// It waits, and everything after it in this direction.
    Hold,
    /// It waits; what comes after it overtakes it.
    Delay,
    Drop,
    Instead(Frame),
    /// The relay answers in place of the other side.
    Answer(Frame),
}

type Judge = Arc<dyn Fn(Way, &Frame) -> Fate + Send + Sync>;

#[derive(Clone, Default)]
struct Mood {
    cut: bool,
    judge: Option<Judge>,
}

/// The line of one terminal. It ends when this is dropped.
pub struct Relay {
    pub address: String,
    mood: watch::Sender<Mood>,
    task: JoinHandle<()>,
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Relay {
    pub async fn start(server: &Address) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("a port for the relay")?;
        let address = format!("http://{}", listener.local_addr()?);
        let (mood, _) = watch::channel(Mood::default());
        let task = tokio::spawn(serve(listener, server.clone(), mood.clone()));
        Ok(Self { address, mood, task })
    }

    /// Everything passes; what was held back goes on.
    pub fn calm(&self) {
        self.mood.send_replace(Mood::default());
    }

    /// The line is down until [`Relay::calm`].
    pub fn cut(&self) {
        self.mood.send_modify(|mood| mood.cut = true);
    }

    /// Every frame goes by this from now on, those held back too.
    pub fn judge(&self, judge: impl Fn(Way, &Frame) -> Fate + Send + Sync + 'static) {
        self.mood.send_replace(Mood { cut: false, judge: Some(Arc::new(judge)) });
    }

    /// Holds back what the terminal asks with this command.
    pub fn hold_command(&self, name: &'static str) {
        self.judge(move |way, frame| match way {
            Way::Up if frame.is_command(name) => Fate::Delay,
            Way::Up | Way::Down => Fate::Pass,
        });
    }

    /// Holds back files.
    pub fn hold_files(&self) {
        self.judge(|_, frame| match frame {
            Frame::Piece(_) => Fate::Delay,
            Frame::Text(_) => Fate::Pass,
        });
    }

    /// Changes this topic on its way down.
    pub fn bend_topic(
        &self,
        name: &'static str,
        bend: impl Fn(&mut Value) + Send + Sync + 'static,
    ) {
        self.judge(move |way, frame| match frame {
            Frame::Text(value) if way == Way::Down && frame.is_topic(name) => {
                let mut bent = value.clone();
                bend(&mut bent["value"]);
                Fate::Instead(Frame::Text(bent))
            }
            Frame::Text(_) | Frame::Piece(_) => Fate::Pass,
        });
    }

    /// Changes this command on its way up.
    pub fn bend_command(
        &self,
        name: &'static str,
        bend: impl Fn(&mut Value) + Send + Sync + 'static,
    ) {
        self.judge(move |way, frame| match frame {
            Frame::Text(value) if way == Way::Up && frame.is_command(name) => {
                let mut bent = value.clone();
                bend(&mut bent);
                Fate::Instead(Frame::Text(bent))
            }
            Frame::Text(_) | Frame::Piece(_) => Fate::Pass,
        });
    }
}

async fn serve(listener: TcpListener, server: Address, mood: watch::Sender<Mood>) {
    let mut lines = JoinSet::new();
    while let Ok((near, _)) = listener.accept().await {
        let (server, mood) = (server.clone(), mood.subscribe());
        // A line that ends is opened anew by its terminal.
        lines.spawn(async move { drop(line(near, &server, mood).await) });
        while lines.try_join_next().is_some() {}
    }
}

/// One connection from its beginning to its end.
async fn line(near: TcpStream, server: &Address, mut mood: watch::Receiver<Mood>) -> Result<()> {
    if mood.borrow().cut {
        return Ok(());
    }
    near.set_nodelay(true)?;
    let mut near = accept_hdr_async(near, same_protocol).await?;
    let (mut far, _) = open(server, Arc::new(Traffic::default()), None).await?;
    let mut held = [VecDeque::new(), VecDeque::new()];
    loop {
        let now = mood.borrow_and_update().clone();
        if now.cut {
            return Ok(());
        }
        for (way, held) in [Way::Up, Way::Down].into_iter().zip(&mut held) {
            pass_on(way, held, now.judge.as_ref(), &mut near, &mut far).await?;
        }
        let (way, message) = tokio::select! {
            message = near.next() => (Way::Up, message),
            message = far.next() => (Way::Down, message),
            _ = mood.changed() => continue,
        };
        let Some(message) = message else { return Ok(()) };
        match message? {
            // Signs of life are never held back: the line is slow, not dead.
            Message::Ping(bytes) if way == Way::Down => near.send(Message::Ping(bytes)).await?,
            message @ (Message::Text(_) | Message::Binary(_)) => {
                let [up, down] = &mut held;
                let held = if way == Way::Up { up } else { down };
                anyhow::ensure!(held.len() < MOST_HELD, "too much is held back");
                held.push_back(message);
            }
            Message::Close(_) => return Ok(()),
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
        }
    }
}

/// Everything that may pass now, in its order.
async fn pass_on(
    way: Way,
    held: &mut VecDeque<Message>,
    judge: Option<&Judge>,
    near: &mut WebSocketStream<TcpStream>,
    far: &mut Socket,
) -> Result<()> {
    let mut at = 0;
    while let Some(message) = held.get(at) {
        let frame = match message {
            Message::Text(text) => Frame::Text(serde_json::from_str(text)?),
            Message::Binary(bytes) => Frame::Piece(bytes.clone()),
            Message::Ping(_) | Message::Pong(_) | Message::Close(_) | Message::Frame(_) => {
                held.remove(at);
                continue;
            }
        };
        let fate = judge.map_or(Fate::Pass, |judge| judge(way, &frame));
        let (to, message) = match fate {
            Fate::Hold => return Ok(()),
            Fate::Delay => {
                at += 1;
                continue;
            }
            Fate::Drop => (way, None),
            Fate::Pass => (way, Some(message.clone())),
            Fate::Instead(frame) => (way, Some(frame.message())),
            Fate::Answer(frame) => {
                let back = if way == Way::Up { Way::Down } else { Way::Up };
                (back, Some(frame.message()))
            }
        };
        held.remove(at);
        match (to, message) {
            (_, None) => {}
            (Way::Up, Some(message)) => far.send(message).await?,
            (Way::Down, Some(message)) => near.send(message).await?,
        }
    }
    Ok(())
}

#[allow(clippy::result_large_err, reason = "the library's own signature")]
fn same_protocol(asked: &Request, mut answer: Response) -> Result<Response, ErrorResponse> {
    if let Some(protocol) = asked.headers().get("Sec-WebSocket-Protocol") {
        answer.headers_mut().insert("Sec-WebSocket-Protocol", protocol.clone());
    }
    Ok(answer)
}
