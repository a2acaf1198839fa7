//! A clerk without a browser: signs in by HTTP, follows the console's topics on
//! the WebSocket, sends commands. It knows nothing but the public protocol.

use crate::follow::Follower;
use crate::socket::{Address, Traffic, open};
use hemicycle_protocol::ids::Hash;
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
        let kind = "Content-Type: application/json";
        let answer = post(address, "/api/login", kind, body.as_bytes()).await?;
        let (head, _) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        let cookie = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            let cookie = value.trim().split(';').next()?;
            name.eq_ignore_ascii_case("set-cookie").then(|| cookie.to_owned())
        });
        let cookie = cookie.ok_or_else(|| ClerkError::Http("no cookie came".into()))?;
        Ok(Self { address: address.clone(), cookie })
    }

    /// `POST /api/papers`: hands in a file, and gives its name.
    pub async fn upload(&self, file: &[u8]) -> Result<Hash, ClerkError> {
        let cookie = format!("Content-Type: application/pdf\r\nCookie: {}", self.cookie);
        let answer = post(&self.address, "/api/papers", &cookie, file).await?;
        let (_, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        let facts: serde_json::Value = serde_json::from_str(body)
            .map_err(|_| ClerkError::Http("what is said of the paper is no JSON".into()))?;
        let hash = facts.get("hash").and_then(|hash| hash.as_str()).and_then(Hash::parse);
        hash.ok_or_else(|| ClerkError::Http("the paper got no name".into()))
    }

    /// `POST /api/pins`: the server draws PINs for these people. They are not kept here.
    pub async fn draw_pins(&self, names: &[&str]) -> Result<(), ClerkError> {
        let body = serde_json::json!({ "act": "draw", "names": names }).to_string();
        let headers = format!("Content-Type: application/json\r\nCookie: {}", self.cookie);
        post(&self.address, "/api/pins", &headers, body.as_bytes()).await?;
        Ok(())
    }
}

/// Sends a body and gives the whole answer, if it is a good one.
async fn post(
    address: &Address,
    path: &str,
    headers: &str,
    body: &[u8],
) -> Result<String, ClerkError> {
    let mut request = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\n{headers}\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n",
        body.len()
    )
    .into_bytes();
    request.extend_from_slice(body);
    let answer = tokio::time::timeout(ANSWER, exchange(address, &request))
        .await
        .map_err(|_| ClerkError::Http("no answer".into()))??;
    let status = answer.split(' ').nth(1).unwrap_or_default();
    if status != "200" {
        let (_, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        return Err(ClerkError::Http(format!("{path}: status {status}, {body}")));
    }
    Ok(answer)
}

async fn exchange(address: &Address, request: &[u8]) -> Result<String, ClerkError> {
    let failed = |error: std::io::Error| ClerkError::Http(error.to_string());
    let (mut stream, _) = address.connect(Arc::default()).await?;
    stream.write_all(request).await.map_err(failed)?;
    // Over TLS the end of a long body may still wait in the stream.
    stream.flush().await.map_err(failed)?;
    let mut answer = Vec::new();
    stream.take(MOST_HTTP).read_to_end(&mut answer).await.map_err(failed)?;
    String::from_utf8(answer).map_err(|_| ClerkError::Http("the answer is not text".into()))
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
