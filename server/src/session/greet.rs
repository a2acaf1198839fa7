//! The beginning of a connection: greeting, hello, welcome. Whoever gets past
//! this has shown who it is.

use super::outbox::Outbox;
use super::{Ended, Entrance, Origin, Peer, Promise};
use crate::app::App;
use axum::extract::ws::Message;
use hemicycle_protocol::identity::{Presence as PresenceStatement, verify};
use hemicycle_protocol::ids::{Hex, Nonce};
use hemicycle_protocol::refusal::{Code, Refusal};
use hemicycle_protocol::topic::{Have, TopicName};
use hemicycle_protocol::wire::{Down, Hello, Role, Up, VERSION, limits, read_up};
use std::time::Duration;
use tokio::time::timeout;

/// How long a client may take to say who it is.
const HELLO: Duration = Duration::from_secs(10);
/// Characters of a client's name for itself.
const CLIENT: usize = 64;

/// Who it is, what it follows, what it has.
type Greeted = (Peer, Vec<TopicName>, Have);

/// Greets.
pub async fn greet(
    out: &mut Outbox,
    app: &App,
    origin: &Origin,
    number: u64,
) -> Result<Greeted, Ended> {
    let nonce = draw(app)?;
    let greeting = Down::Greeting {
        protocol: VERSION,
        server: app.identity.key(),
        room: app.room_name.clone(),
        nonce,
        certificate: origin.binding.map(|_| app.certificate.clone()),
    };
    out.send(&greeting).await?;
    let hello = timeout(HELLO, hello(out))
        .await
        .map_err(|_| Refusal::of(Code::OutOfOrder, "no hello in time"))??;
    let Hello { protocol, client, role, watch, have, meeting, run } = hello;
    if protocol != VERSION {
        return Err(Refusal::of(Code::WrongVersion, format_args!("this is {VERSION}")).into());
    }
    if client.chars().count() > CLIENT || client.chars().any(char::is_control) {
        return Err(Refusal::of(Code::BadText, "client").into());
    }
    let peer = match role {
        Role::Seat { terminal, signature, wish, commitment } => {
            let (server, binding) = (app.identity.key(), origin.binding);
            let statement = PresenceStatement { server, nonce, terminal, binding };
            verify(&terminal, &statement, &signature)
                .map_err(|bad| Refusal::of(Code::NotAuthentic, bad))?;
            let presence = app
                .devices
                .arrive(terminal, wish, client, app.clock.now(), number)
                .ok_or_else(|| Refusal::from(Code::Full))?;
            let pairing = match commitment {
                // Drawn only now, so that the terminal had to commit itself before.
                Some(commitment) => Some(Promise { commitment, nonce: draw(app)? }),
                None => None,
            };
            Peer::Seat { presence, view: app.board.seats.subscribe(), pairing, seated: false }
        }
        Role::Hall { token } => {
            // Before it is looked at: nothing that changes after that is missed.
            let renewals = app.hall.renewals();
            let by = match &origin.clerk {
                _ if app.hall.opens(&token) => Entrance::Word { renewals },
                // The console's own screen needs no link.
                Some(clerk) if token.is_empty() => {
                    let (clerk, changes) = (clerk.clone(), app.clerks.changes());
                    Entrance::Console { clerk, changes }
                }
                Some(_) | None => {
                    return Err(Refusal::of(Code::NotAuthentic, "hall token").into());
                }
            };
            Peer::Hall { view: app.board.hall.subscribe(), by }
        }
        Role::Console => {
            let Some(clerk) = origin.clerk.clone() else {
                return Err(Refusal::of(Code::NotAuthentic, "no session").into());
            };
            let (view, changes) = (app.board.console.subscribe(), app.clerks.changes());
            if app.clerks.session(&clerk.token, app.clock.now()).is_none() {
                return Err(Refusal::of(Code::NotAuthentic, "no session").into());
            }
            Peer::Console { clerk, view, changes }
        }
    };
    let here = app.board.meeting;
    let pairing = match &peer {
        Peer::Seat { pairing, .. } => pairing.as_ref().map(|promise| promise.nonce),
        Peer::Hall { .. } | Peer::Console { .. } => None,
    };
    let welcome =
        Down::Welcome { meeting: here, run: Some(app.run), now: app.clock.now(), pairing };
    if let Err(gone) = out.send(&welcome).await {
        if let Peer::Seat { presence, .. } = &peer {
            app.devices.leave(presence, app.clock.now());
        }
        return Err(gone.into());
    }
    // Versions of another meeting say nothing, and those of another run only that the meeting
    // has not moved: a newer program may say the same with more in it.
    let told = meeting == Some(here) && run == Some(app.run);
    let have = if told { have } else { Have::new() };
    Ok((peer, watchable(watch), have))
}

fn draw(app: &App) -> Result<Nonce, Refusal> {
    let mut nonce: Nonce = Hex([0; 32]);
    let drawn = app.chance.fill(&mut nonce.0);
    drawn.map_err(|_| Refusal::of(Code::Unavailable, "no random numbers"))?;
    Ok(nonce)
}

/// Each topic once.
pub fn watchable(mut topics: Vec<TopicName>) -> Vec<TopicName> {
    topics.sort();
    topics.dedup();
    topics
}

async fn hello(out: &mut Outbox) -> Result<Hello, Ended> {
    loop {
        match out.receive().await? {
            Message::Text(text) => match read_up(&text, limits::TEXT_UP)? {
                Up::Hello(hello) => return Ok(hello),
                Up::Watch { .. }
                | Up::Command(_)
                | Up::Pair { .. }
                | Up::Fetch { .. }
                | Up::FetchNotes { .. }
                | Up::KeepNotes { .. } => {
                    return Err(Refusal::of(Code::OutOfOrder, "hello comes first").into());
                }
            },
            Message::Ping(_) | Message::Pong(_) => {}
            Message::Close(_) => return Err(Ended::Gone),
            Message::Binary(_) => {
                return Err(Refusal::of(Code::Malformed, "binary frame").into());
            }
        }
    }
}
