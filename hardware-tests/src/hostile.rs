//! Neighbours that mean harm, each as many times as asked for, until they are
//! dropped: connections that say nothing, heads that come drop by drop, garbage in
//! place of TLS, frames past their limit, commands that are refused as fast as they
//! can be sent, readers that do not read, another subprotocol. Whoever is sent away
//! comes again.

use crate::socket::{Address, Socket, Traffic, open};
use futures_util::{SinkExt, StreamExt};
use hemicycle_protocol::identity::{Identity, Presence};
use hemicycle_protocol::ids::{Hex, Key};
use hemicycle_protocol::topic::{Have, TopicName};
use hemicycle_protocol::wire::{
    Ask, Command, Down, Hello, PATH, Role, Up, VERSION, limits, read_down, write,
};
use hemicycle_terminal::seat::Channel;
use serde::Serialize;
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio_tungstenite::tungstenite::Message;

/// Between two connections of one neighbour.
const AGAIN: Duration = Duration::from_millis(250);
/// Between two bytes of a slow head.
const DROP: Duration = Duration::from_secs(1);

/// How many of each kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Neighbours {
    /// Connected, and nothing said.
    pub half_open: usize,
    /// The TLS handshake done, and the head of a request a byte a second.
    pub slow: usize,
    pub garbage: usize,
    pub oversized: usize,
    /// Commands that are in order and refused.
    pub refused: usize,
    /// Commands, and none of the answers read.
    pub deaf: usize,
    pub subprotocol: usize,
}

impl Neighbours {
    /// 1,000 half-open and slow ones, and some of each other kind.
    pub const MANY: Self = Self {
        half_open: 500,
        slow: 500,
        garbage: 10,
        oversized: 10,
        refused: 20,
        deaf: 10,
        subprotocol: 10,
    };

    /// All of them.
    pub fn all(self) -> usize {
        let Self { half_open, slow, garbage, oversized, refused, deaf, subprotocol } = self;
        half_open + slow + garbage + oversized + refused + deaf + subprotocol
    }
}

/// What they have done.
#[derive(Debug, Default)]
pub struct Done {
    /// Connections that were opened.
    pub opened: AtomicU64,
    /// Connections that the server ended.
    pub ended: AtomicU64,
    /// Commands that were sent.
    pub commands: AtomicU64,
}

/// So many terminals without a seat that show who they are, over TLS, and then are quiet.
pub async fn knock(at: &Address, count: usize) -> Vec<Socket> {
    let at = at.over_tls();
    let mut here = Vec::with_capacity(count);
    for number in 0..count {
        if let Ok((mut socket, channel)) = open(&at, Arc::default(), None).await
            && come_in(&mut socket, channel, number as u64 | 1 << 32, true).await.is_some()
        {
            here.push(socket);
        }
    }
    here
}

/// Neighbours at work, until this is dropped.
#[derive(Debug)]
pub struct Siege {
    pub done: Arc<Done>,
    /// Their own thread: in a room they have machines of their own, and do not take the
    /// turns of the honest seats.
    runtime: Option<Runtime>,
}

impl Drop for Siege {
    fn drop(&mut self) {
        // Not waited for: whoever drops this may be a task.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Siege {
    /// Begins; `at` speaks TLS.
    pub fn begin(at: &Address, neighbours: Neighbours) -> io::Result<Self> {
        let done = Arc::new(Done::default());
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let tasks = runtime.handle();
        let Neighbours { half_open, slow, garbage, oversized, refused, deaf, subprotocol } =
            neighbours;
        let at = &at.over_tls();
        again(tasks, half_open, at, &done, |at, _, _| says_nothing(at));
        again(tasks, slow, at, &done, |at, _, _| drop_by_drop(at));
        again(tasks, garbage, at, &done, |at, _, _| no_tls(at));
        again(tasks, oversized, at, &done, |at, _, _| too_large(at));
        again(tasks, refused, at, &done, |at, number, done| commands(at, number, done, true));
        again(tasks, deaf, at, &done, |at, number, done| commands(at, number, done, false));
        again(tasks, subprotocol, at, &done, |at, _, _| other_protocol(at));
        Ok(Self { done, runtime: Some(runtime) })
    }
}

/// Each comes again when it was sent away.
fn again<F: Future<Output = io::Result<()>> + Send + 'static>(
    tasks: &Handle,
    times: usize,
    at: &Address,
    done: &Arc<Done>,
    neighbour: impl Fn(Address, u64, Arc<Done>) -> F + Copy + Send + Sync + 'static,
) {
    for number in 0..times {
        let (at, done) = (at.clone(), Arc::clone(done));
        tasks.spawn(async move {
            loop {
                done.opened.fetch_add(1, Ordering::Relaxed);
                // However it ends: it was the server's doing, or there is no server.
                let _ = neighbour(at.clone(), number as u64, Arc::clone(&done)).await;
                done.ended.fetch_add(1, Ordering::Relaxed);
                tokio::time::sleep(AGAIN).await;
            }
        });
    }
}

async fn says_nothing(at: Address) -> io::Result<()> {
    let mut stream = TcpStream::connect(at.authority()).await?;
    to_the_end(&mut stream).await
}

async fn drop_by_drop(at: Address) -> io::Result<()> {
    let (stream, _) = at.connect(Arc::default()).await.map_err(io::Error::other)?;
    let (mut reads, mut writes) = tokio::io::split(stream);
    writes.write_all(b"GET / HTTP/1.1\r\nHost: hall\r\nX-Slow: ").await?;
    let drops = async {
        loop {
            writes.write_all(b"x").await?;
            writes.flush().await?;
            tokio::time::sleep(DROP).await;
        }
    };
    tokio::select! {
        ended = to_the_end(&mut reads) => ended,
        ended = drops => ended,
    }
}

async fn no_tls(at: Address) -> io::Result<()> {
    let mut stream = TcpStream::connect(at.authority()).await?;
    // It begins like a handshake.
    let mut garbage = [0x5a; 512];
    garbage[0] = 0x16;
    stream.write_all(&garbage).await?;
    to_the_end(&mut stream).await
}

async fn too_large(at: Address) -> io::Result<()> {
    let (mut socket, _) = open(&at, Arc::default(), None).await.map_err(io::Error::other)?;
    let text = "x".repeat(limits::TEXT_UP + 1);
    socket.send(Message::text(text)).await.map_err(io::Error::other)?;
    while let Some(Ok(_)) = socket.next().await {}
    Ok(())
}

async fn other_protocol(at: Address) -> io::Result<()> {
    let (mut stream, _) = at.connect(Arc::default()).await.map_err(io::Error::other)?;
    let request = format!(
        "GET {PATH} HTTP/1.1\r\nHost: {at}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         Sec-WebSocket-Protocol: other.9\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    to_the_end(&mut stream).await
}

/// A terminal without a seat that asks for the floor and does not stop.
async fn commands(at: Address, number: u64, done: Arc<Done>, reads: bool) -> io::Result<()> {
    let opened = open(&at, Arc::new(Traffic::default()), None).await;
    let (mut socket, channel) = opened.map_err(io::Error::other)?;
    come_in(&mut socket, channel, number, reads).await.ok_or(io::ErrorKind::ConnectionAborted)?;
    let (mut sink, mut stream) = socket.split();
    let ask = async {
        for id in 0_u128.. {
            let ask = Ask { id: Hex(id.to_be_bytes()), command: Command::AskToSpeak };
            let text = write(&Up::Command(ask));
            sink.send(Message::text(text)).await.map_err(io::Error::other)?;
            done.commands.fetch_add(1, Ordering::Relaxed);
            if !reads {
                continue;
            }
            // As fast as it may without being sent away for it.
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    };
    if !reads {
        return ask.await;
    }
    let hear = async { while let Some(Ok(_)) = stream.next().await {} };
    tokio::select! {
        ended = ask => ended,
        () = hear => Ok(()),
    }
}

/// Shows who it is, with a key of its own.
async fn come_in(socket: &mut Socket, channel: Channel, number: u64, reads: bool) -> Option<()> {
    let mut secret = [0xe0; 32];
    secret[..8].copy_from_slice(&number.to_be_bytes());
    secret[8] = u8::from(reads);
    let identity = Identity::from_secret(&secret);
    let terminal: Key = identity.key();
    loop {
        let Message::Text(text) = socket.next().await?.ok()? else { continue };
        match read_down(&text).ok()? {
            Down::Greeting { server, nonce, .. } => {
                let binding = match channel {
                    Channel::Within => None,
                    Channel::Tls { binding, .. } => Some(binding),
                };
                let signature = identity.sign(&Presence { server, nonce, terminal, binding });
                let role = Role::Seat { terminal, signature, wish: None, commitment: None };
                let hello = Hello {
                    protocol: VERSION,
                    client: "neighbour".into(),
                    role,
                    watch: TopicName::ALL.to_vec(),
                    have: Have::new(),
                    meeting: None,
                    run: None,
                };
                socket.send(Message::text(write(&Up::Hello(hello)))).await.ok()?;
            }
            Down::Welcome { .. } => return Some(()),
            Down::Topic(_)
            | Down::Reply(_)
            | Down::NoBlob { .. }
            | Down::Notes { .. }
            | Down::NotesKept { .. } => {}
            Down::Goodbye { .. } => return None,
        }
    }
}

async fn to_the_end(stream: &mut (impl AsyncReadExt + Unpin)) -> io::Result<()> {
    let mut heard = [0; 1024];
    while stream.read(&mut heard).await? > 0 {}
    Ok(())
}
