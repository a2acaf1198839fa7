//! Following the topics of one connection, and asking for things on it. Who
//! follows, a clerk or the hall, is decided by whoever opens it.

use crate::socket::{Socket, SocketError};
use futures_util::{SinkExt, StreamExt};
use hemicycle_protocol::ids::{CommandId, Hex, MeetingId, Millis, SeatId, VoteId};
use hemicycle_protocol::refusal::Refusal;
use hemicycle_protocol::topic::{
    self, Agenda, Attendance, Devices, Floor, Have, Person, Roll, Topic, TopicName, VoteLine, Votes,
};
use hemicycle_protocol::wire::{
    Answer, Ask, Command, Done, Down, Hello, Reply, Role, Up, VERSION, read_down, write,
};
use std::collections::{BTreeSet, HashMap};
use std::time::Duration;
use thiserror::Error;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_tungstenite::tungstenite::Message;

/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(60);
/// Commands that wait to be sent.
const ASKS: usize = 64;

/// Why it cannot go on.
#[derive(Debug, Error)]
pub enum FollowError {
    #[error(transparent)]
    Socket(#[from] SocketError),
    #[error("by HTTP: {0}")]
    Http(String),
    #[error("{command} is refused: {refusal}")]
    Refused { command: String, refusal: Refusal },
    #[error("the connection is over: {0}")]
    Over(String),
    #[error("waited {limit:?} in vain for {what}")]
    Stuck { what: String, limit: Duration },
    #[error("no random numbers: {0}")]
    Random(getrandom::Error),
}

/// The topics, as last received.
#[derive(Clone, Debug, Default)]
pub struct Room {
    /// None: not welcomed yet.
    pub id: Option<MeetingId>,
    pub meeting: Option<topic::Meeting>,
    pub roll: Roll,
    pub agenda: Agenda,
    pub attendance: Attendance,
    pub vote: Option<topic::Vote>,
    pub votes: Votes,
    pub floor: Floor,
    pub devices: Devices,
    pub next: topic::Next,
    pub display: topic::Display,
    pub scrutiny: topic::Scrutiny,
    pub reading: topic::Reading,
    /// The topics that have come.
    have: BTreeSet<TopicName>,
    /// Why the connection ended.
    pub over: Option<String>,
}

impl Room {
    /// The person at a seat.
    pub fn person_at(&self, seat: SeatId) -> Option<&Person> {
        self.roll.people.iter().find(|p| p.seat == seat)
    }

    /// A vote in the list.
    pub fn line(&self, vote: VoteId) -> Option<&VoteLine> {
        self.votes.votes.iter().find(|v| v.id == vote)
    }

    /// Terminals that are connected and have a seat.
    pub fn seated(&self) -> usize {
        self.devices.terminals.iter().filter(|t| t.online && t.seat.is_some()).count()
    }

    fn has(&self, topics: &[TopicName]) -> bool {
        self.id.is_some() && topics.iter().all(|name| self.have.contains(name))
    }

    fn take(&mut self, topic: Topic) {
        self.have.insert(topic.name());
        match topic {
            Topic::Meeting(meeting) => self.meeting = Some(meeting),
            Topic::Roll(roll) => self.roll = roll,
            Topic::Agenda(agenda) => self.agenda = agenda,
            Topic::Attendance(attendance) => self.attendance = attendance,
            Topic::Vote(vote) => self.vote = vote,
            Topic::Votes(votes) => self.votes = votes,
            Topic::Floor(floor) => self.floor = floor,
            Topic::Devices(devices) => self.devices = devices,
            Topic::Next(next) => self.next = next,
            Topic::Display(display) => self.display = display,
            Topic::Scrutiny(scrutiny) => self.scrutiny = scrutiny,
            Topic::Reading(reading) => self.reading = reading,
            Topic::Notice(_) | Topic::Me(_) | Topic::Audit(_) => {}
        }
    }
}

/// A connection that follows topics. It ends when this is dropped.
#[derive(Debug)]
pub struct Follower {
    room: watch::Receiver<Room>,
    asks: mpsc::Sender<(Ask, oneshot::Sender<Answer>)>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Follower {
    /// Says hello and waits for the welcome and all topics.
    pub async fn open(
        socket: Socket,
        role: Role,
        topics: Vec<TopicName>,
    ) -> Result<Self, FollowError> {
        let hello = Hello {
            protocol: VERSION,
            client: concat!("hemicycle-demo/", env!("CARGO_PKG_VERSION")).into(),
            role,
            watch: topics.clone(),
            have: Have::new(),
            meeting: None,
            run: None,
        };
        let (tell, room) = watch::channel(Room::default());
        let (asks, asked) = mpsc::channel(ASKS);
        let task = tokio::spawn(talk(socket, Some(hello), tell, asked));
        let follower = Self { room, asks, task };
        let complete = |room: &Room| room.has(&topics).then_some(());
        follower.until("the topics", ANSWER, complete).await?;
        Ok(follower)
    }

    /// The topics now.
    pub fn room(&self) -> Room {
        self.room.borrow().clone()
    }

    /// Waits until the room is as wanted.
    pub async fn until<T>(
        &self,
        what: &str,
        limit: Duration,
        mut wanted: impl FnMut(&Room) -> Option<T>,
    ) -> Result<T, FollowError> {
        let mut room = self.room.clone();
        let wait = async {
            loop {
                let (found, over) = {
                    let now = room.borrow_and_update();
                    (wanted(&now), now.over.clone())
                };
                match (found, over) {
                    (Some(found), _) => return Ok(found),
                    (None, Some(over)) => return Err(FollowError::Over(over)),
                    (None, None) => {}
                }
                if room.changed().await.is_err() {
                    return Err(FollowError::Over("nobody listens to it any more".into()));
                }
            }
        };
        tokio::time::timeout(limit, wait)
            .await
            .unwrap_or_else(|_| Err(FollowError::Stuck { what: what.to_owned(), limit }))
    }

    /// Asks for something and waits for the answer.
    pub async fn ask(&self, command: Command) -> Result<Done, FollowError> {
        let name = name(&command);
        let mut id: CommandId = Hex([0; 16]);
        getrandom::fill(&mut id.0).map_err(FollowError::Random)?;
        let (tell, told) = oneshot::channel();
        let over = || {
            let why = self.room.borrow().over.clone();
            FollowError::Over(why.unwrap_or_else(|| "it broke off".into()))
        };
        self.asks.send((Ask { id, command }, tell)).await.map_err(|_| over())?;
        let answer = tokio::time::timeout(ANSWER, told).await.map_err(|_| FollowError::Stuck {
            what: format!("the answer to {name}"),
            limit: ANSWER,
        })?;
        match answer.map_err(|_| over())? {
            Answer::Ok(done) => Ok(done),
            Answer::Refused(refusal) => Err(FollowError::Refused { command: name, refusal }),
        }
    }
}

async fn talk(
    mut socket: Socket,
    mut hello: Option<Hello>,
    room: watch::Sender<Room>,
    mut asked: mpsc::Receiver<(Ask, oneshot::Sender<Answer>)>,
) {
    let mut waiting: HashMap<CommandId, oneshot::Sender<Answer>> = HashMap::new();
    let over = loop {
        let step = tokio::select! {
            frame = socket.next() => match frame {
                Some(Ok(Message::Text(text))) => match read_down(&text) {
                    Ok(down) => hear(down, &mut socket, &mut hello, &room, &mut waiting).await,
                    Err(refusal) => Err(refusal.to_string()),
                },
                Some(Ok(Message::Close(_))) | None => Err("the server closed it".into()),
                Some(Ok(_)) => Ok(()),
                Some(Err(error)) => Err(error.to_string()),
            },
            ask = asked.recv() => match ask {
                Some((ask, answer)) => {
                    waiting.insert(ask.id, answer);
                    send(&mut socket, &Up::Command(ask)).await
                }
                None => return,
            },
        };
        if let Err(over) = step {
            break over;
        }
    };
    room.send_modify(|room| room.over = Some(over));
}

async fn hear(
    down: Down,
    socket: &mut Socket,
    hello: &mut Option<Hello>,
    room: &watch::Sender<Room>,
    waiting: &mut HashMap<CommandId, oneshot::Sender<Answer>>,
) -> Result<(), String> {
    match down {
        Down::Greeting { .. } => match hello.take() {
            Some(hello) => send(socket, &Up::Hello(hello)).await,
            None => Err("greeted twice".into()),
        },
        Down::Welcome { meeting, run: _, now: Millis(_), pairing: _ } => {
            room.send_modify(|room| room.id = Some(meeting));
            Ok(())
        }
        Down::Topic(frame) => {
            room.send_modify(|room| room.take(frame.topic));
            Ok(())
        }
        Down::Reply(Reply { id, answer }) => {
            if let Some(waits) = waiting.remove(&id) {
                // Whoever asked may have given up.
                let _ = waits.send(answer);
            }
            Ok(())
        }
        Down::NoBlob { .. } | Down::Notes { .. } | Down::NotesKept { .. } => Ok(()),
        Down::Goodbye { refused } => Err(refused.to_string()),
    }
}

async fn send(socket: &mut Socket, up: &Up) -> Result<(), String> {
    socket.send(Message::text(write(up))).await.map_err(|error| error.to_string())
}

/// The command's name on the wire.
fn name(command: &Command) -> String {
    let written = serde_json::to_value(command).unwrap_or_default();
    written.get("command").and_then(|name| name.as_str()).unwrap_or_default().to_owned()
}
