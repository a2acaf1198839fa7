//! The socket: opens it, turns frames into messages and back. It knows nothing
//! of what the messages mean and keeps no state between connections. Without TLS
//! it never leaves this machine.

use crate::seat::Channel;
use crate::tls;
use futures_util::{SinkExt, StreamExt};
use hemicycle_protocol::wire::{self, Down, Up, limits};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::SEC_WEBSOCKET_PROTOCOL;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Bytes, Error as WsError, Message};
use tokio_util::either::Either;
use url::{Host, Url};

/// What comes out of a link.
#[derive(Debug)]
pub enum Event {
    Up(Channel),
    Message(Box<Down>),
    /// A piece of a paper, as `wire::Chunk`.
    Chunk(Bytes),
    /// Always the last.
    Down(Why),
}

/// Why a link ended.
#[derive(Debug, thiserror::Error)]
pub enum Why {
    #[error("no connection within {0:?}")]
    NoAnswer(Duration),
    #[error("{0}")]
    Io(#[from] std::io::Error),
    #[error("{0}")]
    Socket(#[from] Box<WsError>),
    #[error("{0} is not this machine: without TLS nothing is sent there")]
    NotEncrypted(std::net::SocketAddr),
    #[error("the server closed the connection")]
    Closed,
    #[error("nothing was heard for {0:?}")]
    Silent(Duration),
    #[error("the server sent what this terminal does not understand: {0}")]
    Strange(hemicycle_protocol::refusal::Refusal),
    #[error("this terminal hung up")]
    HungUp,
}

/// Why an address is none that terminals can be given.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadAddress {
    #[error("{0:?} is no server address; it looks like https://192.168.1.10:8480")]
    None(String),
    #[error(
        "{0:?} would not be encrypted, which is for this machine's own addresses only; write https:// in place of http://"
    )]
    Plain(String),
}

/// Time to open a connection.
const OPENING: Duration = Duration::from_secs(5);
/// The server pings every few seconds: after so long without a word it is gone.
const SILENCE: Duration = Duration::from_secs(limits::SILENCE_SECONDS);

/// `https://host:port` or `wss://…` as the address of the WebSocket; of this machine also `http://…`
/// and `ws://…`. Without a scheme it is TLS, but not for this machine.
pub fn address(server: &str) -> Result<Url, BadAddress> {
    let bad = || BadAddress::None(server.to_owned());
    let (scheme, rest) = server.split_once("://").unwrap_or(("", server));
    // Not by its own scheme: a port that this means by itself would be lost.
    let url = Url::parse(&format!("hemicycle://{rest}")).map_err(|_| bad())?;
    let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(bad)?;
    let scheme = match (scheme, is_this_machine(host)) {
        ("http" | "ws" | "", true) => "ws",
        ("https" | "wss", _) | ("", false) => "wss",
        ("http" | "ws", false) => return Err(BadAddress::Plain(server.to_owned())),
        _ => return Err(bad()),
    };
    let port = url.port().unwrap_or(8480);
    Url::parse(&format!("{scheme}://{host}:{port}{}", wire::PATH)).map_err(|_| bad())
}

/// One connection from opening to end. Ends when the socket does, or when `up` is closed.
pub async fn run(url: Url, up: mpsc::Receiver<Up>, events: mpsc::Sender<Event>) {
    run_until_silent(url, up, events, SILENCE).await;
}

async fn run_until_silent(
    url: Url,
    mut up: mpsc::Receiver<Up>,
    events: mpsc::Sender<Event>,
    silence: Duration,
) {
    let why = match converse(&url, &mut up, &events, silence).await {
        Ok(never) => never,
        Err(why) => why,
    };
    // Whoever listens may have gone first.
    let _ = events.send(Event::Down(why)).await;
}

async fn converse(
    url: &Url,
    up: &mut mpsc::Receiver<Up>,
    events: &mpsc::Sender<Event>,
    silence: Duration,
) -> Result<Why, Why> {
    let opening = timeout(OPENING, open(url)).await;
    let (socket, channel) = opening.map_err(|_| Why::NoAnswer(OPENING))??;
    let (mut sink, mut stream) = socket.split();
    if events.send(Event::Up(channel)).await.is_err() {
        return Err(Why::HungUp);
    }
    // What this side says is no sign of life from the other.
    let mut until = Instant::now() + silence;
    loop {
        tokio::select! {
            out = up.recv() => {
                let Some(out) = out else {
                    let _ = timeout_at(until, sink.close()).await;
                    return Err(Why::HungUp);
                };
                let sent = timeout_at(until, sink.send(Message::text(wire::write(&out)))).await;
                sent.map_err(|_| Why::Silent(silence))?.map_err(Box::new)?;
            }
            heard = timeout_at(until, stream.next()) => {
                let message = match heard {
                    Err(_) => return Err(Why::Silent(silence)),
                    Ok(None) => return Err(Why::Closed),
                    Ok(Some(message)) => message.map_err(Box::new)?,
                };
                until = Instant::now() + silence;
                let event = match message {
                    Message::Text(text) => {
                        Event::Message(Box::new(wire::read_down(&text).map_err(Why::Strange)?))
                    }
                    Message::Binary(bytes) => Event::Chunk(bytes),
                    Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => continue,
                    Message::Close(_) => return Err(Why::Closed),
                };
                if events.send(event).await.is_err() {
                    return Err(Why::HungUp);
                }
            }
        }
    }
}

type Socket = tokio_tungstenite::WebSocketStream<Either<TcpStream, Box<TlsStream<TcpStream>>>>;

fn is_this_machine(host: &str) -> bool {
    match Host::parse(host) {
        Ok(Host::Domain(name)) => name == "localhost",
        Ok(Host::Ipv4(ip)) => ip.is_loopback(),
        Ok(Host::Ipv6(ip)) => ip.is_loopback(),
        Err(_) => false,
    }
}

async fn open(url: &Url) -> Result<(Socket, Channel), Why> {
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let tcp = TcpStream::connect((bare, url.port_or_known_default().unwrap_or(8480))).await?;
    tcp.set_nodelay(true)?;
    let peer = tcp.peer_addr()?;
    let (stream, channel) = if url.scheme() == "wss" {
        let (stream, channel) = tls::open(tcp, host).await?;
        (Either::Right(Box::new(stream)), channel)
    } else if peer.ip().to_canonical().is_loopback() {
        (Either::Left(tcp), Channel::Within)
    } else {
        return Err(Why::NotEncrypted(peer));
    };
    let mut request = url.as_str().into_client_request().map_err(Box::new)?;
    request
        .headers_mut()
        .insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(wire::SUBPROTOCOL));
    let config = WebSocketConfig::default()
        .read_buffer_size(4096)
        .write_buffer_size(0)
        .max_message_size(Some(limits::TEXT_DOWN))
        .max_frame_size(Some(limits::TEXT_DOWN));
    let (socket, _) = tokio_tungstenite::client_async_with_config(request, stream, Some(config))
        .await
        .map_err(Box::new)?;
    Ok((socket, channel))
}

#[cfg(test)]
mod tests {
    use super::{
        BadAddress, Event, SEC_WEBSOCKET_PROTOCOL, Up, Why, address, run_until_silent, wire,
    };
    use std::time::Duration;
    use tokio::net::TcpListener;
    use tokio::sync::mpsc::channel;
    use tokio::time::{sleep, timeout};
    use tokio_tungstenite::accept_hdr_async;
    use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
    use tokio_tungstenite::tungstenite::http::HeaderValue;

    #[test]
    fn addresses() {
        let check = |text: &str, want: &str| {
            assert_eq!(address(text).map(|u| u.to_string()).ok().as_deref(), Some(want), "{text}");
        };
        check("http://127.0.0.1:8480", "ws://127.0.0.1:8480/ws");
        check("localhost", "ws://localhost:8480/ws");
        check("ws://[::1]:8480/ws", "ws://[::1]:8480/ws");
        check("https://127.0.0.1:8480", "wss://127.0.0.1:8480/ws");
        check("192.168.1.10", "wss://192.168.1.10:8480/ws");
        check("room.local:9000", "wss://room.local:9000/ws");
        check("https://secure.example", "wss://secure.example:8480/ws");
        check("wss://[fd00::1]:443/ws", "wss://[fd00::1]/ws");
        for bad in ["", "ftp://x", "http://", "x://y", "https://"] {
            assert_eq!(address(bad), Err(BadAddress::None(bad.into())), "{bad}");
        }
        for plain in ["http://192.168.1.10:8480", "ws://room.local/ws"] {
            assert_eq!(address(plain), Err(BadAddress::Plain(plain.into())), "{plain}");
        }
    }
    #[tokio::test]
    async fn a_server_that_is_gone_is_missed_while_the_terminal_goes_on_speaking() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = address(&listener.local_addr().unwrap().to_string()).unwrap();
        let (up, up_end) = channel(8);
        let (events, mut heard) = channel(8);
        let link = run_until_silent(url, up_end, events, Duration::from_millis(300));
        let speaking = async {
            let (stream, _) = listener.accept().await.unwrap();
            let mute = accept_hdr_async(stream, same_protocol).await.unwrap();
            assert!(matches!(heard.recv().await, Some(Event::Up(_))));
            while up.send(Up::Watch { topics: vec![] }).await.is_ok() {
                sleep(Duration::from_millis(50)).await;
            }
            assert!(matches!(heard.recv().await, Some(Event::Down(Why::Silent(_)))));
            drop(mute);
        };
        let both = async { tokio::join!(link, speaking) };
        timeout(Duration::from_secs(60), both).await.expect("it never noticed");
    }

    #[allow(clippy::result_large_err, reason = "the library's own signature")]
    fn same_protocol(_: &Request, mut answer: Response) -> Result<Response, ErrorResponse> {
        let protocol = HeaderValue::from_static(wire::SUBPROTOCOL);
        answer.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, protocol);
        Ok(answer)
    }
}
