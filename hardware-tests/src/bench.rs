//! What this machine can do at all, with nothing of ours in the way: as many
//! WebSockets as there are seats, a message as long as a ballot from all of
//! them in the same instant, one durable SQLite transaction for what is there,
//! an answer. No signatures, no JSON, no rules. What Hemicycle needs is held
//! against this, measured in the same run, because machines differ.

use crate::figures::{Spread, millis};
use crate::socket::{Address, Socket, SocketError, Traffic, open, small_buffers};
use futures_util::{SinkExt, StreamExt};
use hemicycle_protocol::vote::Method;
use rusqlite::Connection;
use serde::Serialize;
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use thiserror::Error;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{Barrier, Semaphore, mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};

/// As long as a signed ballot, and about as long as its receipt.
const RECORDED: usize = 360;
/// As long as an encrypted ballot of one question, with its hints.
const SECRET: usize = 5200;
/// As long as a vote's topic.
const TOPIC: usize = 900;
/// Connections that are opened at a time, as the swarm does.
const OPENING: usize = 128;
/// Rows of one transaction at most, as the room does.
const BATCH: usize = 1024;
/// Commits of one row each, one after the other.
const COMMITS: usize = 200;

/// See the module.
#[derive(Clone, Debug, Serialize)]
pub struct Bare {
    /// As long as a ballot of this kind of vote.
    pub method: Method,
    pub connections: usize,
    pub all_connected_ms: f64,
    /// From the instant in which all sent to each answer.
    pub sent_to_answer_ms: Spread,
    /// One message to everybody, from the first to the last.
    pub fan_out_ms: f64,
    /// One durable transaction of one row.
    pub commit_ms: Spread,
}

/// Why nothing was measured.
#[derive(Debug, Error)]
pub enum BenchError {
    #[error(transparent)]
    Socket(#[from] SocketError),
    #[error(transparent)]
    Io(#[from] std::io::Error),
    #[error(transparent)]
    Database(#[from] rusqlite::Error),
    #[error("a connection broke off")]
    BrokeOff,
}

type Row = (Vec<u8>, oneshot::Sender<()>);

/// Measures with so many connections and messages as long as ballots of such a vote; the database
/// lies in `folder` under `name`.
pub async fn bare(
    connections: usize,
    method: Method,
    folder: &Path,
    name: &str,
) -> Result<Bare, BenchError> {
    let length = match method {
        Method::Recorded => RECORDED,
        Method::Secret => SECRET,
    };
    let mut database = Log::new(&folder.join(name))?;
    let commits = (0..COMMITS).map(|_| database.append(&[vec![b'x'; length]]));
    let commit_ms = Spread::of(commits.collect::<Result<Vec<_>, _>>()?);
    let listener = listen()?;
    let address = Address::parse(&listener.local_addr()?.to_string())?;
    let (rows, taken) = mpsc::channel::<Row>(4096);
    std::thread::spawn(move || database.serve(taken));
    let (shout, _) = watch::channel(0_u64);
    let server = tokio::spawn(serve(listener, rows, shout.clone()));

    let began = Instant::now();
    let (here, go, gone) = (
        Arc::new(Barrier::new(connections + 1)),
        watch::Sender::new(None::<Instant>),
        Arc::new(Semaphore::new(OPENING)),
    );
    let mut clients = JoinSet::new();
    for _ in 0..connections {
        let (gone, here) = (Arc::clone(&gone), Arc::clone(&here));
        clients.spawn(client(address.clone(), length, gone, here, go.subscribe()));
    }
    here.wait().await;
    let all_connected = began.elapsed();
    go.send_replace(Some(Instant::now()));
    // Everybody has an answer; then one word to all.
    here.wait().await;
    shout.send_replace(1);
    let (mut answers, mut heard) = (Vec::new(), Vec::new());
    while let Some(client) = clients.join_next().await {
        let (answer, at) = client.map_err(|_| BenchError::BrokeOff)??;
        answers.push(answer);
        heard.push(at);
    }
    server.abort();
    let fan_out = heard.iter().max().zip(heard.iter().min()).map(|(last, first)| *last - *first);
    Ok(Bare {
        method,
        connections,
        all_connected_ms: millis(all_connected),
        sent_to_answer_ms: Spread::of(answers).ok_or(BenchError::BrokeOff)?,
        fan_out_ms: millis(fan_out.unwrap_or_default()),
        commit_ms: commit_ms.ok_or(BenchError::BrokeOff)?,
    })
}

async fn client(
    address: Address,
    length: usize,
    opening: Arc<Semaphore>,
    here: Arc<Barrier>,
    mut go: watch::Receiver<Option<Instant>>,
) -> Result<(Duration, Instant), BenchError> {
    let opened = match opening.acquire().await {
        Ok(_turn) => open(&address, Arc::new(Traffic::default()), None).await,
        Err(_) => return Err(BenchError::BrokeOff),
    };
    // Who did not get a connection must not keep the others waiting.
    here.wait().await;
    let (mut socket, _) = opened?;
    let sent = go.wait_for(Option::is_some).await.map_err(|_| BenchError::BrokeOff)?.to_owned();
    socket.send(Message::text("b".repeat(length))).await.map_err(|_| BenchError::BrokeOff)?;
    hear(&mut socket).await?;
    let took = sent.map(|at| at.elapsed()).unwrap_or_default();
    here.wait().await;
    hear(&mut socket).await?;
    Ok((took, Instant::now()))
}

async fn hear(socket: &mut Socket) -> Result<(), BenchError> {
    match socket.next().await {
        Some(Ok(Message::Text(_))) => Ok(()),
        Some(Ok(_) | Err(_)) | None => Err(BenchError::BrokeOff),
    }
}

fn listen() -> std::io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
    socket.listen(4096)
}

async fn serve(listener: TcpListener, rows: mpsc::Sender<Row>, shout: watch::Sender<u64>) {
    let mut talks = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        talks.spawn(talk(stream, rows.clone(), shout.subscribe()));
    }
}

#[allow(clippy::result_large_err, reason = "the type of a refused handshake is the library's")]
async fn talk(
    stream: TcpStream,
    rows: mpsc::Sender<Row>,
    mut shout: watch::Receiver<u64>,
) -> Result<(), BenchError> {
    stream.set_nodelay(true)?;
    let broke_off = |_| BenchError::BrokeOff;
    // The client names a subprotocol and wants it confirmed.
    let confirm = |request: &Request, mut response: Response| {
        if let Some(named) = request.headers().get("Sec-WebSocket-Protocol") {
            response.headers_mut().insert("Sec-WebSocket-Protocol", named.clone());
        }
        Ok(response)
    };
    let accepted =
        tokio_tungstenite::accept_hdr_async_with_config(stream, confirm, Some(small_buffers()));
    let mut socket = accepted.await.map_err(broke_off)?;
    loop {
        let out = tokio::select! {
            heard = socket.next() => {
                let Some(Ok(Message::Text(text))) = heard else { return Ok(()) };
                let (tell, told) = oneshot::channel();
                let row = (text.as_bytes().to_vec(), tell);
                rows.send(row).await.map_err(|_| BenchError::BrokeOff)?;
                told.await.map_err(|_| BenchError::BrokeOff)?;
                // A receipt is as long whatever it is for.
                Message::text("r".repeat(RECORDED))
            }
            changed = shout.changed() => {
                changed.map_err(|_| BenchError::BrokeOff)?;
                Message::text("t".repeat(TOPIC))
            }
        };
        socket.send(out).await.map_err(broke_off)?;
    }
}

/// A log with the server's settings.
struct Log {
    database: Connection,
}

impl Log {
    fn new(path: &Path) -> Result<Self, BenchError> {
        let database = Connection::open(path)?;
        database.pragma_update(None, "journal_mode", "WAL")?;
        database.pragma_update(None, "synchronous", "FULL")?;
        database.execute("CREATE TABLE log (seq INTEGER PRIMARY KEY, payload BLOB)", [])?;
        Ok(Self { database })
    }

    fn append(&mut self, rows: &[Vec<u8>]) -> Result<Duration, BenchError> {
        let began = Instant::now();
        let transaction = self.database.transaction()?;
        {
            let mut insert = transaction.prepare_cached("INSERT INTO log (payload) VALUES (?1)")?;
            for row in rows {
                insert.execute([row])?;
            }
        }
        transaction.commit()?;
        Ok(began.elapsed())
    }

    /// Commits what is there together, then answers.
    fn serve(mut self, mut taken: mpsc::Receiver<Row>) {
        let mut batch = Vec::with_capacity(BATCH);
        while taken.blocking_recv_many(&mut batch, BATCH) > 0 {
            let (rows, waiting): (Vec<_>, Vec<_>) = batch.drain(..).unzip();
            if self.append(&rows).is_err() {
                return;
            }
            for tell in waiting {
                // Whoever has gone needs no answer.
                let _ = tell.send(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn everybody_gets_an_answer_and_the_word() {
        let folder = tempfile::tempdir().unwrap();
        let bare = bare(20, Method::Secret, folder.path(), "bare").await.unwrap();
        assert_eq!(bare.connections, 20);
        let stored = Connection::open(folder.path().join("bare")).unwrap();
        let rows: u32 = stored.query_row("SELECT count(*) FROM log", [], |row| row.get(0)).unwrap();
        assert_eq!(rows as usize, COMMITS + 20);
    }
}
