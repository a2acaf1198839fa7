//! The socket: opens it, turns frames into messages and back. It knows nothing
//! of what the messages mean and keeps no state between connections.

use futures_util::{SinkExt, StreamExt};
use hemicycle_protocol::wire::{self, Down, Up, limits};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::SEC_WEBSOCKET_PROTOCOL;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Bytes, Error as WsError, Message};
use url::Url;

/// What comes out of a link.
#[derive(Debug)]
pub enum Event {
    Up,
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
    #[error("the server closed the connection")]
    Closed,
    #[error("nothing was heard for {0:?}")]
    Silent(Duration),
    #[error("the server sent what this terminal does not understand: {0}")]
    Strange(hemicycle_protocol::refusal::Refusal),
    #[error("this terminal hung up")]
    HungUp,
}

/// An address that terminals can be given.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is no server address; it looks like http://192.168.1.10:8480")]
pub struct BadAddress(pub String);

/// Time to open a connection.
const OPENING: Duration = Duration::from_secs(5);
/// The server pings every few seconds: after so long without a word it is gone.
const SILENCE: Duration = Duration::from_secs(limits::SILENCE_SECONDS);

/// `http://host:port` or `ws://…` as the address of the WebSocket.
pub fn address(server: &str) -> Result<Url, BadAddress> {
    let bad = || BadAddress(server.to_owned());
    let text = if server.contains("://") { server.to_owned() } else { format!("http://{server}") };
    let url = Url::parse(&text).map_err(|_| bad())?;
    let scheme = match url.scheme() {
        "http" | "ws" => "ws",
        _ => return Err(bad()),
    };
    let host = url.host_str().ok_or_else(bad)?;
    let port = url.port().unwrap_or(8480);
    Url::parse(&format!("{scheme}://{host}:{port}{}", wire::PATH)).map_err(|_| bad())
}

/// One connection from opening to end. Ends when the socket does, or when `up` is closed.
pub async fn run(url: Url, mut up: mpsc::Receiver<Up>, events: mpsc::Sender<Event>) {
    let why = match converse(&url, &mut up, &events).await {
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
) -> Result<Why, Why> {
    let opening = tokio::time::timeout(OPENING, open(url)).await;
    let (mut sink, mut stream) = opening.map_err(|_| Why::NoAnswer(OPENING))??.split();
    if events.send(Event::Up).await.is_err() {
        return Err(Why::HungUp);
    }
    loop {
        tokio::select! {
            out = up.recv() => {
                let Some(out) = out else {
                    let _ = sink.close().await;
                    return Err(Why::HungUp);
                };
                sink.send(Message::text(wire::write(&out))).await.map_err(Box::new)?;
            }
            heard = tokio::time::timeout(SILENCE, stream.next()) => {
                let message = match heard {
                    Err(_) => return Err(Why::Silent(SILENCE)),
                    Ok(None) => return Err(Why::Closed),
                    Ok(Some(message)) => message.map_err(Box::new)?,
                };
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

type Socket = tokio_tungstenite::WebSocketStream<TcpStream>;

async fn open(url: &Url) -> Result<Socket, Why> {
    let host = url.host_str().unwrap_or_default();
    let tcp = TcpStream::connect((host, url.port().unwrap_or(8480))).await?;
    tcp.set_nodelay(true)?;
    let mut request = url.as_str().into_client_request().map_err(Box::new)?;
    request
        .headers_mut()
        .insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(wire::SUBPROTOCOL));
    let config = WebSocketConfig::default()
        .read_buffer_size(4096)
        .write_buffer_size(0)
        .max_message_size(Some(limits::TEXT_DOWN))
        .max_frame_size(Some(limits::TEXT_DOWN));
    let (socket, _) = tokio_tungstenite::client_async_with_config(request, tcp, Some(config))
        .await
        .map_err(Box::new)?;
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn addresses() {
        let check = |text: &str, want: &str| {
            assert_eq!(address(text).map(|u| u.to_string()).ok().as_deref(), Some(want), "{text}");
        };
        check("http://127.0.0.1:8480", "ws://127.0.0.1:8480/ws");
        check("192.168.1.10", "ws://192.168.1.10:8480/ws");
        check("room.local:9000", "ws://room.local:9000/ws");
        for bad in ["", "ftp://x", "http://", "https://secure.example"] {
            assert!(address(bad).is_err(), "{bad}");
        }
    }
}
