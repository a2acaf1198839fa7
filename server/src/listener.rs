//! Connections before their first request: TLS or plain is told by the first
//! byte, handshakes run beside each other, and whoever does not finish one makes
//! way. Only a connection within this machine may go on without TLS; what a plain
//! one from elsewhere is told is written in `http`.

mod crowd;
mod patience;

pub use patience::Pace;

use crate::troubles::Troubles;
use axum::extract::connect_info::Connected;
use axum::serve::IncomingStream;
use crowd::{Crowd, Place};
use hemicycle_protocol::identity::BINDING_LABEL;
use hemicycle_protocol::ids::{Hash, Hex};
use patience::Patient;
use rustls::ServerConfig;
use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinHandle};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::either::Either;

/// Time for the first byte, and for the handshake after it.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Connections whose handshake is under way: beyond that the oldest is dropped,
/// so that those who never finish do not stand in the way of those who do.
const MOST_PENDING: usize = 2048;
/// Connections that are ready and not yet taken.
const READY: usize = 256;
/// The first byte of a TLS connection.
const TLS_HANDSHAKE: u8 = 0x16;
/// After an error that a moment may cure, such as too many open files.
const AGAIN: Duration = Duration::from_millis(500);

/// How a request came to the server.
#[derive(Clone, Debug)]
pub struct Wire {
    pub peer: SocketAddr,
    /// What only the two ends of its TLS connection know; none: it is plain.
    pub binding: Option<Hash>,
    /// Both ends are this machine.
    pub within: bool,
    /// What it is given time for.
    pub pace: Arc<Pace>,
}

/// Accepts connections; see the module.
pub struct Listener {
    addr: SocketAddr,
    ready: mpsc::Receiver<(Connection, Wire)>,
    accepting: JoinHandle<()>,
}

/// A connection that is ready for its first request. TLS is large, and most of a
/// room's connections are of that kind and long.
type Connection = Patient<Stream>;
type Stream = Either<TcpStream, Box<TlsStream<TcpStream>>>;

impl Listener {
    /// Starts accepting; one address may have so many connections.
    pub fn start(
        listener: TcpListener,
        tls: Arc<ServerConfig>,
        most: u32,
        troubles: Arc<Troubles>,
    ) -> io::Result<Self> {
        let addr = listener.local_addr()?;
        let (send, ready) = mpsc::channel(READY);
        let door = Door { tls: TlsAcceptor::from(tls), crowd: Crowd::new(most), troubles };
        let accepting = tokio::spawn(accept(listener, door, send));
        Ok(Self { addr, ready, accepting })
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl axum::serve::Listener for Listener {
    type Io = Connection;
    type Addr = Wire;

    async fn accept(&mut self) -> (Connection, Wire) {
        match self.ready.recv().await {
            Some(connection) => connection,
            // Only when the runtime goes: nothing comes any more.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<Wire> {
        Ok(Wire { peer: self.addr, binding: None, within: true, pace: Arc::default() })
    }
}

impl Connected<IncomingStream<'_, Listener>> for Wire {
    fn connect_info(stream: IncomingStream<'_, Listener>) -> Self {
        stream.remote_addr().clone()
    }
}

/// What everybody passes.
struct Door {
    tls: TlsAcceptor,
    crowd: Arc<Crowd>,
    troubles: Arc<Troubles>,
}

async fn accept(listener: TcpListener, door: Door, ready: mpsc::Sender<(Connection, Wire)>) {
    let Door { tls, crowd, troubles } = door;
    let mut pending: VecDeque<AbortHandle> = VecDeque::new();
    loop {
        let (stream, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                troubles.note("accepting", &error);
                let theirs = [
                    io::ErrorKind::ConnectionRefused,
                    io::ErrorKind::ConnectionAborted,
                    io::ErrorKind::ConnectionReset,
                ];
                if !theirs.contains(&error.kind()) {
                    tokio::time::sleep(AGAIN).await;
                }
                continue;
            }
        };
        let place = match crowd.enter(peer.ip(), Instant::now()) {
            Ok(place) => place,
            Err(none) => {
                troubles.note(none.text(), &peer.ip());
                continue;
            }
        };
        pending.retain(|handshake| !handshake.is_finished());
        if pending.len() >= MOST_PENDING
            && let Some(oldest) = pending.pop_front()
        {
            troubles.note("too many handshakes at once", &"the oldest is dropped");
            oldest.abort();
        }
        let (tls, ready, troubles) = (tls.clone(), ready.clone(), Arc::clone(&troubles));
        let handshake = tokio::spawn(async move {
            let opened =
                tokio::time::timeout(HANDSHAKE, open(stream, peer, &tls, place, &troubles)).await;
            match opened {
                // An error is the server that stops.
                Ok(Ok(connection)) => drop(ready.send(connection).await),
                Ok(Err(error)) => troubles.note(kind(&error), &error),
                Err(_) => troubles.note("no handshake in time", &peer),
            }
        });
        pending.push_back(handshake.abort_handle());
    }
}

async fn open(
    stream: TcpStream,
    peer: SocketAddr,
    tls: &TlsAcceptor,
    place: Place,
    troubles: &Arc<Troubles>,
) -> io::Result<(Connection, Wire)> {
    stream.set_nodelay(true)?;
    let here = |addr: SocketAddr| addr.ip().to_canonical().is_loopback();
    let within = here(peer) && here(stream.local_addr()?);
    let mut first = [0];
    if stream.peek(&mut first).await? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    if first != [TLS_HANDSHAKE] {
        let (stream, pace) = Patient::new(Either::Left(stream), peer, place, Arc::clone(troubles));
        return Ok((stream, Wire { peer, binding: None, within, pace }));
    }
    let stream = tls.accept(stream).await?;
    let binding = stream
        .get_ref()
        .1
        .export_keying_material([0; 32], BINDING_LABEL, Some(&[]))
        .map_err(io::Error::other)?;
    let stream = Either::Right(Box::new(stream));
    let (stream, pace) = Patient::new(stream, peer, place, Arc::clone(troubles));
    Ok((stream, Wire { peer, binding: Some(Hex(binding)), within, pace }))
}

fn kind(error: &io::Error) -> &'static str {
    if error.kind() == io::ErrorKind::UnexpectedEof {
        "closed before the handshake"
    } else if error.kind() == io::ErrorKind::InvalidData {
        "no handshake that this server understands"
    } else if error.kind() == io::ErrorKind::ConnectionReset {
        "reset in the handshake"
    } else {
        "a handshake failed"
    }
}
