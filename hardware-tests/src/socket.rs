//! A WebSocket to the server with small buffers, whose bytes are counted:
//! thousands of them live in one process. With TLS or, on this machine, without.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};
use tokio_util::either::Either;

use hemicycle_protocol::wire::{PATH, SUBPROTOCOL, limits};
use hemicycle_terminal::seat::Channel;
use hemicycle_terminal::tls;

/// How long opening a connection may take.
const OPEN: Duration = Duration::from_secs(10);

/// See the module.
pub type Socket = WebSocketStream<Stream>;

/// Its bytes are counted as they pass on the wire.
pub type Stream = Either<Counted<TcpStream>, Box<TlsStream<Counted<TcpStream>>>>;

/// Why there is no connection.
#[derive(Debug, Error)]
pub enum SocketError {
    #[error("{0} is no address of a server: https://HOST:PORT or ws://HOST:PORT/ws is one")]
    Address(String),
    #[error("{0} cannot be reached: {1}")]
    Unreachable(Address, std::io::Error),
    #[error("{0} does not open a WebSocket: {1}")]
    Handshake(Address, Box<tokio_tungstenite::tungstenite::Error>),
    #[error("{0} does not answer")]
    Silent(Address),
}

/// Host and port of a server, and whether TLS is spoken there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    authority: String,
    tls: bool,
}

impl Address {
    /// Reads `ws://HOST:PORT/ws`, `http://HOST:PORT`, the same with `wss` and
    /// `https`, or `HOST:PORT`, which is plain.
    pub fn parse(text: &str) -> Result<Self, SocketError> {
        let wrong = || SocketError::Address(text.to_owned());
        let (tls, rest) = match text.split_once("://") {
            Some(("ws" | "http", rest)) => (false, rest),
            Some(("wss" | "https", rest)) => (true, rest),
            Some(_) => return Err(wrong()),
            None => (false, text),
        };
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let known = matches!(path, "" | "ws" | "console" | "hall");
        let (host, port) = authority.rsplit_once(':').ok_or_else(wrong)?;
        if !known || host.is_empty() || port.parse::<u16>().is_err() {
            return Err(wrong());
        }
        Ok(Self { authority: authority.to_owned(), tls })
    }

    /// `HOST:PORT`
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// The same place with TLS.
    pub fn over_tls(&self) -> Self {
        Self { tls: true, ..self.clone() }
    }

    /// `http` or `https`
    pub fn scheme(&self) -> &'static str {
        if self.tls { "https" } else { "http" }
    }

    /// A connection, without delay.
    pub async fn connect(&self, traffic: Arc<Traffic>) -> Result<(Stream, Channel), SocketError> {
        let unreachable = |error| SocketError::Unreachable(self.clone(), error);
        let inner = TcpStream::connect(&self.authority).await.map_err(unreachable)?;
        inner.set_nodelay(true).map_err(unreachable)?;
        let stream = Counted { inner, traffic };
        if !self.tls {
            return Ok((Either::Left(stream), Channel::Within));
        }
        let host = self.authority.rsplit_once(':').map_or("", |(host, _)| host);
        let (stream, channel) = tls::open(stream, host).await.map_err(unreachable)?;
        Ok((Either::Right(Box::new(stream)), channel))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.authority)
    }
}

/// Bytes that passed, both ways.
#[derive(Debug, Default)]
pub struct Traffic {
    pub received: AtomicU64,
    pub sent: AtomicU64,
}

/// Opens a WebSocket; `cookie` is a clerk's session.
pub async fn open(
    address: &Address,
    traffic: Arc<Traffic>,
    cookie: Option<&str>,
) -> Result<(Socket, Channel), SocketError> {
    let opening = async {
        let handshake = |error| SocketError::Handshake(address.clone(), Box::new(error));
        let mut request =
            format!("ws://{address}{PATH}").into_client_request().map_err(handshake)?;
        let headers = request.headers_mut();
        headers.insert("Sec-WebSocket-Protocol", HeaderValue::from_static(SUBPROTOCOL));
        if let Some(cookie) = cookie.and_then(|c| HeaderValue::from_str(c).ok()) {
            headers.insert("Cookie", cookie);
        }
        let (stream, channel) = address.connect(traffic).await?;
        let (socket, _) = client_async_with_config(request, stream, Some(small_buffers()))
            .await
            .map_err(handshake)?;
        Ok((socket, channel))
    };
    tokio::time::timeout(OPEN, opening)
        .await
        .unwrap_or_else(|_| Err(SocketError::Silent(address.clone())))
}

/// Few bytes a connection, and nothing waits in a buffer.
pub fn small_buffers() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(4096)
        .write_buffer_size(0)
        .max_write_buffer_size(2 * limits::TEXT_UP_CONSOLE)
        .max_message_size(Some(limits::TEXT_DOWN))
        .max_frame_size(Some(limits::TEXT_DOWN))
}

/// A stream that counts.
#[derive(Debug)]
pub struct Counted<S> {
    inner: S,
    traffic: Arc<Traffic>,
}

impl<S: AsyncRead + Unpin> AsyncRead for Counted<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let before = buf.filled().len();
        let polled = Pin::new(&mut self.inner).poll_read(cx, buf);
        let read = buf.filled().len() - before;
        self.traffic.received.fetch_add(read as u64, Ordering::Relaxed);
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Counted<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        let polled = Pin::new(&mut self.inner).poll_write(cx, buf);
        if let Poll::Ready(Ok(written)) = polled {
            self.traffic.sent.fetch_add(written as u64, Ordering::Relaxed);
        }
        polled
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_in_the_forms_that_the_server_prints() {
        for good in ["ws://127.0.0.1:8480/ws", "http://127.0.0.1:8480/console", "127.0.0.1:8480"] {
            let address = Address::parse(good).unwrap();
            assert_eq!((address.scheme(), address.authority()), ("http", "127.0.0.1:8480"));
        }
        for good in ["wss://10.0.0.5:8480/ws", "https://10.0.0.5:8480/hall"] {
            let address = Address::parse(good).unwrap();
            assert_eq!((address.scheme(), address.authority()), ("https", "10.0.0.5:8480"));
        }
        for bad in ["", "127.0.0.1", "ftp://127.0.0.1:1", "ws://:80/ws", "ws://h:80/else", "h:x"] {
            assert!(Address::parse(bad).is_err(), "{bad}");
        }
    }
}
