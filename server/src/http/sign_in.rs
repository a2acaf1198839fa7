//! The clerk's sign-in at the console.

use super::{COOKIE, Trouble, clerk, token};
use crate::app::App;
use crate::clerks::{ClerkError, SESSION_MS};
use crate::listener::Wire;
use axum::extract::rejection::JsonRejection;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Json, Response};
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
    let _turn = app.signing_in.acquire().await.map_err(Trouble::unavailable)?;
    let now = app.clock.now();
    let with = Arc::clone(&app);
    let of = name.clone();
    let signed = tokio::task::spawn_blocking(move || with.clerks.sign_in(&of, &password, now))
        .await
        .map_err(Trouble::unavailable)?;
    match signed {
        Ok(token) => {
            tracing::info!(clerk = %name, "signed in");
            let age = SESSION_MS / 1000;
            let cookie = cookie(&wire, token.as_str(), age);
            let body = Json(serde_json::json!({ "name": name }));
            Ok(([(header::SET_COOKIE, cookie)], body).into_response())
        }
        Err(ClerkError::Wait) => {
            Err(Trouble::new(StatusCode::TOO_MANY_REQUESTS, "too_fast", ClerkError::Wait))
        }
        Err(ClerkError::Wrong) => Err(Trouble::not_authentic("name or password")),
        Err(error) => {
            tracing::error!(%error, "nobody can sign in");
            Err(Trouble::unavailable("clerks cannot be read"))
        }
    }
}

/// `POST /api/logout`
pub async fn sign_out(
    State(app): State<Arc<App>>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    headers: HeaderMap,
) -> Response {
    if let Some(token) = token(&headers) {
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

/// `GET /api/session`: who is signed in, where the hall is.
pub async fn session(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response, Trouble> {
    let clerk = clerk(&app, &headers)?;
    let hall = format!("/hall#{}", app.hall_token);
    Ok(Json(serde_json::json!({ "name": clerk.name, "hall": hall })).into_response())
}
