//! A clerk without a browser: signs in by HTTP, follows the console's topics on
//! the WebSocket, sends commands. It knows nothing but the public protocol.

use crate::follow::Follower;
use crate::socket::{Address, Traffic, open};
use hemicycle_protocol::topic::TopicName;
use hemicycle_protocol::wire::Role;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

pub use crate::follow::{FollowError as ClerkError, Room};

/// How long signing in may take.
const ANSWER: Duration = Duration::from_secs(60);
/// An answer by HTTP is no longer than this.
const MOST_HTTP: u64 = 1 << 20;

/// A console session: name and cookie.
#[derive(Clone)]
pub struct Session {
    address: Address,
    cookie: String,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Session at {}", self.address)
    }
}

impl Session {
    /// `POST /api/login`
    pub async fn sign_in(
        address: &Address,
        name: &str,
        password: &str,
    ) -> Result<Self, ClerkError> {
        let body = serde_json::json!({ "name": name, "password": password }).to_string();
        let request = format!(
            "POST /api/login HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        let answer = tokio::time::timeout(ANSWER, exchange(address, &request))
            .await
            .map_err(|_| ClerkError::SignIn("no answer".into()))??;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        let status = head.split(' ').nth(1).unwrap_or_default();
        if status != "200" {
            return Err(ClerkError::SignIn(format!("status {status}, {body}")));
        }
        let cookie = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            let cookie = value.trim().split(';').next()?;
            name.eq_ignore_ascii_case("set-cookie").then(|| cookie.to_owned())
        });
        let cookie = cookie.ok_or_else(|| ClerkError::SignIn("no cookie came".into()))?;
        Ok(Self { address: address.clone(), cookie })
    }
}

async fn exchange(address: &Address, request: &str) -> Result<String, ClerkError> {
    let failed = |error: std::io::Error| ClerkError::SignIn(error.to_string());
    let (mut stream, _) = address.connect(Arc::default()).await?;
    stream.write_all(request.as_bytes()).await.map_err(failed)?;
    let mut answer = Vec::new();
    stream.take(MOST_HTTP).read_to_end(&mut answer).await.map_err(failed)?;
    String::from_utf8(answer).map_err(|_| ClerkError::SignIn("the answer is not text".into()))
}

/// A clerk at the console.
#[derive(Debug)]
pub struct Clerk(Follower);

impl Clerk {
    /// Opens the console's connection and waits for its welcome and all its topics.
    pub async fn open(session: &Session) -> Result<Self, ClerkError> {
        let Session { address, cookie } = session;
        let (socket, _) = open(address, Arc::new(Traffic::default()), Some(cookie)).await?;
        // Everything but a seat's own topic.
        let topics = TopicName::ALL.into_iter().filter(|name| *name != TopicName::Me);
        Ok(Self(Follower::open(socket, Role::Console, topics.collect()).await?))
    }
}

impl Deref for Clerk {
    type Target = Follower;

    fn deref(&self) -> &Follower {
        &self.0
    }
}
