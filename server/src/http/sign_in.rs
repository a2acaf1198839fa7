//! The clerk's sign-in at the console.

use super::{COOKIE, Trouble, clerk, tell_room, token, untold};
use crate::app::App;
use crate::clerks::{ClerkError, MOST_MS, SignedIn};
use crate::listener::Wire;
use crate::papers::word;
use crate::session::Clerk;
use axum::extract::rejection::JsonRejection;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Json, Response};
use hemicycle_meeting::ServerCommand;
use hemicycle_protocol::people::ClerkRole;
use serde::Deserialize;
use std::sync::Arc;
use zeroize::Zeroizing;

/// Name and password.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    name: String,
    password: String,
}

/// `POST /api/login`
pub async fn sign_in(
    State(app): State<Arc<App>>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    credentials: Result<Json<Credentials>, JsonRejection>,
) -> Result<Response, Trouble> {
    let Json(Credentials { name, password }) = credentials
        .map_err(|_| Trouble::new(StatusCode::BAD_REQUEST, "malformed", "name and password"))?;
    let password = Zeroizing::new(password);
    let too_long = name.chars().count() > 40 || password.len() > 1024;
    if too_long {
        return Err(Trouble::not_authentic("name or password"));
    }
    let now = app.clock.now();
    let pass = app.gate.enter(wire.peer.ip(), now).await.ok_or_else(Trouble::too_fast)?;
    if let Err(trouble) = untold::tell(&app).await {
        // A log that takes nothing keeps nobody out of the console, where it says so.
        tracing::warn!(?trouble, "the log does not have all changes of accounts");
    }
    let with = Arc::clone(&app);
    let of = name.clone();
    let signed = tokio::task::spawn_blocking(move || with.clerks.sign_in(&of, &password, now))
        .await
        .map_err(Trouble::unavailable)?;
    match signed {
        Ok(token) => {
            pass.was_right();
            tracing::info!(clerk = %name, from = %wire.peer.ip(), "signed in");
            note(&app, &token, ServerCommand::EnterConsole).await;
            Ok(welcome(&wire, &name, &token))
        }
        Err(ClerkError::Wrong) => {
            // Not the name: people type their password there by mistake.
            tracing::info!(from = %wire.peer.ip(), "a sign-in failed");
            Err(Trouble::not_authentic("name or password"))
        }
        Err(error) => {
            tracing::error!(%error, "nobody can sign in");
            Err(Trouble::unavailable("clerks cannot be read"))
        }
    }
}

/// Writes into the log who came or went. A log that takes nothing keeps nobody out of
/// the console, where it says so.
pub(super) async fn note(app: &App, token: &str, what: ServerCommand) {
    let Some(SignedIn { name, role, .. }) = app.clerks.session(token, app.clock.now()) else {
        return;
    };
    let clerk = Clerk { name, role, token: token.into() };
    if let Err(trouble) = tell_room(app, &clerk, what).await {
        tracing::warn!(?trouble, clerk = %clerk.name, "the log does not tell who came or went");
    }
}

/// The answer that opens a session.
pub(super) fn welcome(wire: &Wire, name: &str, token: &str) -> Response {
    // The server ends it earlier where nobody uses it.
    let cookie = cookie(wire, token, MOST_MS / 1000);
    let body = Json(serde_json::json!({ "name": name }));
    ([(header::SET_COOKIE, cookie)], body).into_response()
}

/// Path and word of the hall's page: what stands behind the `#` is in no log.
pub(super) fn hall_link(app: &App) -> String {
    format!("/hall#{}", app.hall.word().as_str())
}

/// `POST /api/logout`
pub async fn sign_out(
    State(app): State<Arc<App>>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    headers: HeaderMap,
) -> Response {
    if let Some(token) = token(&headers) {
        note(&app, token, ServerCommand::LeaveConsole).await;
        app.clerks.sign_out(token);
    }
    let cookie = cookie(&wire, "", 0);
    (StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response()
}

/// A session that was opened over TLS never travels without.
fn cookie(wire: &Wire, token: &str, age: i64) -> String {
    let secure = if wire.binding.is_some() { "; Secure" } else { "" };
    format!("{COOKIE}={token}; HttpOnly; SameSite=Strict; Path=/; Max-Age={age}{secure}")
}

/// `GET /api/session`: who is signed in as what, where the hall is for those who put
/// up its screens, and whether Word files are taken in.
pub async fn session(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response, Trouble> {
    let Clerk { name, role, token: _ } = clerk(&app, &headers)?;
    let hall = match role {
        ClerkRole::Clerk | ClerkRole::Technician => Some(hall_link(&app)),
        ClerkRole::Viewer => None,
    };
    let word = word::program().is_some();
    let told = serde_json::json!({ "name": name, "role": role, "hall": hall, "word": word });
    Ok(Json(told).into_response())
}
