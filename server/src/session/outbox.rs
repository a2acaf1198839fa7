//! The socket: every send has a time limit, every message a size limit, and a
//! connection ends with a word where there is somebody to hear it.

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket};
use bytes::Bytes;
use hemicycle_protocol::refusal::{Code, Refusal};
use hemicycle_protocol::wire::{Down, write};
use std::time::Duration;
use tokio::time::timeout;

/// A client that takes nothing for so long is gone.
const SEND: Duration = Duration::from_secs(20);
/// How long a client that was sent away may take to leave.
const LEAVE: Duration = Duration::from_millis(500);
/// Between what is still read of it meanwhile: a flood waits in the network, and costs nothing.
const SLOWLY: Duration = Duration::from_millis(10);

/// See the module.
pub struct Outbox {
    socket: WebSocket,
    broken: bool,
}

/// There is nobody to talk to any more, or nothing more to say.
#[derive(Debug)]
pub enum Gone {
    Left,
    /// It takes nothing of what is sent.
    Deaf,
    /// It sent a frame past its limit.
    TooLarge,
    /// It broke the rules of WebSockets.
    Malformed(&'static str),
}

impl Outbox {
    /// Around a socket.
    pub fn new(socket: WebSocket) -> Self {
        Self { socket, broken: false }
    }

    /// Sends a message.
    pub async fn send(&mut self, message: &Down) -> Result<(), Gone> {
        self.send_text(write(message).into()).await
    }

    /// Sends a message that is written already.
    pub async fn send_text(&mut self, text: Utf8Bytes) -> Result<(), Gone> {
        self.push(Message::Text(text)).await
    }

    /// Sends a piece of a blob.
    pub async fn send_binary(&mut self, bytes: Bytes) -> Result<(), Gone> {
        self.push(Message::Binary(bytes)).await
    }

    /// Asks whether anybody is there.
    pub async fn ping(&mut self) -> Result<(), Gone> {
        self.push(Message::Ping(Bytes::new())).await
    }

    /// The next message. Cancelling it loses nothing.
    pub async fn receive(&mut self) -> Result<Message, Gone> {
        match self.socket.recv().await {
            Some(Ok(message)) => Ok(message),
            Some(Err(error)) => Err(self.explain(&error)),
            None => Err(Gone::Left),
        }
    }

    /// Says why and closes.
    pub async fn goodbye(&mut self, refused: Refusal) {
        let code = close_code(refused.code);
        let reason = refused.code.text().into();
        if self.send(&Down::Goodbye { refused }).await.is_err() {
            return;
        }
        let close = Message::Close(Some(CloseFrame { code, reason }));
        if self.push(close).await.is_err() || self.broken {
            return;
        }
        // Leaving at once would tear what was said out of the other's hands.
        let _ = timeout(LEAVE, async {
            while let Some(Ok(message)) = self.socket.recv().await {
                if matches!(message, Message::Close(_)) {
                    break;
                }
                tokio::time::sleep(SLOWLY).await;
            }
        })
        .await;
    }

    async fn push(&mut self, message: Message) -> Result<(), Gone> {
        match timeout(SEND, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => {
                self.broken = true;
                Err(Gone::Left)
            }
            Err(_) => {
                self.broken = true;
                Err(Gone::Deaf)
            }
        }
    }

    fn explain(&mut self, error: &axum::Error) -> Gone {
        self.broken = true;
        let mut cause: Option<&dyn std::error::Error> = Some(error);
        while let Some(error) = cause {
            let text = error.to_string();
            if text.contains("Space limit exceeded") || text.contains("Message too long") {
                return Gone::TooLarge;
            }
            if text.contains("UTF-8") {
                return Gone::Malformed("text is not UTF-8");
            }
            if text.contains("protocol error") {
                return Gone::Malformed("frame");
            }
            cause = error.source();
        }
        Gone::Left
    }
}

/// Codes of the WebSocket's close frame.
fn close_code(code: Code) -> u16 {
    if code == Code::TooLarge {
        1009
    } else if code == Code::Unavailable {
        1001
    } else {
        1008
    }
}
