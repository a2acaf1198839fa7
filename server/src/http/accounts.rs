//! Accounts at the console: the first one by the setup link, the others by a
//! clerk, the own password by anybody. Each change stands in the meeting's log
//! with who made it before it is written.

use super::{Trouble, clerk, tell_room, token};
use crate::app::App;
use crate::clerks::{Act, ClerkError, Planned, draw_password};
use crate::listener::Wire;
use crate::session::Clerk;
use axum::extract::rejection::JsonRejection;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Json, Response};
use hemicycle_meeting::ServerCommand;
use hemicycle_protocol::people::ClerkRole;
use serde::Deserialize;
use std::sync::Arc;
use zeroize::Zeroizing;

type Body<T> = Result<Json<T>, JsonRejection>;

/// The first account.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct First {
    token: String,
    name: String,
    password: String,
}

/// What is asked of an account. Without a password one is drawn and answered, once.
#[derive(Deserialize)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
pub enum Asked {
    Add { name: String, role: ClerkRole, password: Option<String> },
    Role { name: String, role: ClerkRole },
    Password { name: String, password: Option<String> },
    Disable { name: String },
    Enable { name: String },
}

/// The own password.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Own {
    old: String,
    new: String,
}

/// `POST /api/setup`
pub async fn first(
    State(app): State<Arc<App>>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    body: Body<First>,
) -> Result<Response, Trouble> {
    let Json(First { token, name, password }) = body.map_err(malformed)?;
    let (token, password) = (Zeroizing::new(token), Zeroizing::new(password));
    let now = app.clock.now();
    let pass = app.gate.enter(wire.peer.ip(), now).await.ok_or_else(Trouble::too_fast)?;
    let _keeping = app.keeping.lock().await;
    if !app.clerks.is_empty().map_err(broken)? {
        app.setup.void();
    }
    if !app.setup.take(&token, now) {
        return Err(Trouble::new(StatusCode::FORBIDDEN, "setup_over", "used, late or another"));
    }
    let act = Act::Add { role: ClerkRole::Clerk, password: password.clone() };
    let made = match plan(&app, name.clone(), act).await {
        Ok(planned) => {
            let role = ClerkRole::Clerk;
            let who = Clerk { name: name.clone(), role, token: String::new() };
            carry_out(&app, &who, planned).await
        }
        Err(trouble) => Err(trouble),
    };
    if let Err(trouble) = made {
        app.setup.give_back(&token, now);
        return Err(trouble);
    }
    tracing::info!(account = %name, "the first account was made");
    let (with, of) = (Arc::clone(&app), name.clone());
    let signed = tokio::task::spawn_blocking(move || with.clerks.sign_in(&of, &password, now));
    let token = signed.await.map_err(Trouble::unavailable)?.map_err(broken)?;
    pass.was_right();
    super::sign_in::note(&app, &token, ServerCommand::EnterConsole).await;
    Ok(super::sign_in::welcome(&wire, &name, &token))
}

/// `GET /api/accounts`
pub async fn list(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response, Trouble> {
    keeper(&app, &headers)?;
    let accounts = app.clerks.list(app.clock.now()).map_err(broken)?;
    Ok(Json(serde_json::json!({ "accounts": accounts })).into_response())
}

/// `POST /api/accounts`
pub async fn change(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    body: Body<Asked>,
) -> Result<Response, Trouble> {
    let who = keeper(&app, &headers)?;
    let Json(asked) = body.map_err(malformed)?;
    let mut drawn = None;
    let mut given = |password: Option<String>| match password {
        Some(password) => Ok(Zeroizing::new(password)),
        None => {
            let password = draw_password().map_err(Trouble::unavailable)?;
            drawn = Some(password.clone());
            Ok(password)
        }
    };
    let (name, act) = match asked {
        Asked::Add { name, role, password } => {
            (name, Act::Add { role, password: given(password)? })
        }
        Asked::Role { name, role } => (name, Act::Role(role)),
        Asked::Password { name, password } => (name, Act::Password(given(password)?)),
        Asked::Disable { name } => (name, Act::Disable),
        Asked::Enable { name } => (name, Act::Enable),
    };
    let _keeping = app.keeping.lock().await;
    let planned = plan(&app, name.clone(), act).await?;
    carry_out(&app, &who, planned).await?;
    let password = drawn.as_deref();
    Ok(Json(serde_json::json!({ "name": name, "password": password })).into_response())
}

/// `POST /api/password`: ends the account's other sessions, and goes on with a new one.
pub async fn own(
    State(app): State<Arc<App>>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    headers: HeaderMap,
    body: Body<Own>,
) -> Result<Response, Trouble> {
    let who = clerk(&app, &headers)?;
    let Json(Own { old, new }) = body.map_err(malformed)?;
    let (old, new) = (Zeroizing::new(old), Zeroizing::new(new));
    let now = app.clock.now();
    let pass = app.gate.enter(wire.peer.ip(), now).await.ok_or_else(Trouble::too_fast)?;
    let _keeping = app.keeping.lock().await;
    let (with, name, word) = (Arc::clone(&app), who.name.clone(), old);
    let proven = tokio::task::spawn_blocking(move || with.clerks.sign_in(&name, &word, now));
    match proven.await.map_err(Trouble::unavailable)? {
        Ok(token) => app.clerks.sign_out(&token),
        Err(ClerkError::Wrong) => {
            return Err(Trouble::new(StatusCode::FORBIDDEN, "wrong_password", "the old one"));
        }
        Err(error) => return Err(broken(error)),
    }
    let planned = plan(&app, who.name.clone(), Act::Password(new.clone())).await?;
    carry_out(&app, &who, planned).await?;
    if let Some(token) = token(&headers) {
        app.clerks.sign_out(token);
    }
    let (with, name) = (Arc::clone(&app), who.name.clone());
    let signed = tokio::task::spawn_blocking(move || with.clerks.sign_in(&name, &new, now));
    let token = signed.await.map_err(Trouble::unavailable)?.map_err(broken)?;
    pass.was_right();
    Ok(super::sign_in::welcome(&wire, &who.name, &token))
}

/// `POST /api/hall`: another link; screens that came by the old one go dark.
pub async fn renew_hall(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
) -> Result<Response, Trouble> {
    let who = clerk(&app, &headers)?;
    let _keeping = app.keeping.lock().await;
    tell_room(&app, &who, ServerCommand::RenewHallLink).await?;
    let with = Arc::clone(&app);
    let renewed = tokio::task::spawn_blocking(move || with.hall.renew());
    renewed.await.map_err(Trouble::unavailable)?.map_err(|error| {
        tracing::error!(%error, "the hall's link cannot be renewed");
        Trouble::unavailable("the disk")
    })?;
    Ok(Json(serde_json::json!({ "hall": super::sign_in::hall_link(&app) })).into_response())
}

/// Whoever keeps the accounts.
fn keeper(app: &App, headers: &HeaderMap) -> Result<Clerk, Trouble> {
    let who = clerk(app, headers)?;
    if who.role.is_clerk() { Ok(who) } else { Err(Trouble::wrong_role()) }
}

async fn plan(app: &Arc<App>, name: String, act: Act) -> Result<Planned, Trouble> {
    let with = Arc::clone(app);
    let planned = tokio::task::spawn_blocking(move || with.clerks.plan(&name, act));
    planned.await.map_err(Trouble::unavailable)?.map_err(refused)
}

/// The log first: nothing happens that does not stand there.
async fn carry_out(app: &Arc<App>, who: &Clerk, planned: Planned) -> Result<(), Trouble> {
    let Planned { name, change, role, .. } = &planned;
    let command = ServerCommand::SetAccount { account: name.clone(), change: *change, role: *role };
    tell_room(app, who, command).await?;
    let with = Arc::clone(app);
    let written = tokio::task::spawn_blocking(move || with.clerks.carry_out(planned));
    written.await.map_err(Trouble::unavailable)?.map_err(broken)
}

fn malformed(_: JsonRejection) -> Trouble {
    // Its own words could repeat a password.
    Trouble::new(StatusCode::BAD_REQUEST, "malformed", "the request's fields")
}

fn refused(error: ClerkError) -> Trouble {
    let code = match &error {
        ClerkError::BadName => "bad_name",
        ClerkError::BadPassword => "bad_password",
        ClerkError::Taken(_) => "name_taken",
        ClerkError::Unknown(_) => "not_found",
        ClerkError::Same => "no_change",
        ClerkError::Last(_) => "last_clerk",
        ClerkError::Full => "full",
        ClerkError::Wrong => "not_authentic",
        ClerkError::Damaged(_) | ClerkError::Hash(_) | ClerkError::Folder(_) => {
            return broken(error);
        }
    };
    Trouble::new(StatusCode::CONFLICT, code, error)
}

fn broken(error: ClerkError) -> Trouble {
    tracing::error!(%error, "accounts cannot be kept");
    Trouble::unavailable("accounts")
}
