//! `POST /api/roster`: reads a CSV file for the console, which shows what it
//! says and then sends `import_roster`. Nothing is imported here. Names with
//! characters that the fonts lack are named, and no mistake.

use super::{Trouble, clerk};
use crate::app::App;
use crate::glyphs;
use crate::roster::Roster;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Json, Response};
use hemicycle_protocol::ids::SeatId;
use hemicycle_protocol::wire::RosterRow;
use serde::Serialize;
use std::sync::Arc;

/// Warnings that are listed at most.
const MOST_WARNINGS: usize = 100;

/// The rows, or all that is wrong with them.
pub async fn read(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Trouble> {
    if !clerk(&app, &headers)?.role.is_clerk() {
        return Err(Trouble::wrong_role());
    }
    let body = body.map_err(|_| {
        let most = crate::roster::MOST_BYTES;
        Trouble::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", format!("{most} bytes at most"))
    })?;
    let read = tokio::task::spawn_blocking(move || {
        crate::roster::read_whole(&body).map(|Roster { people, pins }| {
            let warnings = warnings(&app, &people);
            // For the console to send on once the people are there.
            let pins: Vec<_> = pins
                .into_iter()
                .map(|(name, pin)| serde_json::json!({ "name": name, "pin": pin }))
                .collect();
            serde_json::json!({ "people": people, "warnings": warnings, "pins": pins })
        })
    });
    Ok(match read.await.map_err(Trouble::unavailable)? {
        Ok(read) => Json(read).into_response(),
        Err(rows) => {
            let body = serde_json::json!({ "code": "bad_roster", "mistakes": rows });
            (StatusCode::UNPROCESSABLE_ENTITY, Json(body)).into_response()
        }
    })
}

/// A text with characters that would show as nothing.
#[derive(Debug, Serialize)]
struct Warning {
    seat: SeatId,
    found: String,
    missing: String,
}

fn warnings(app: &App, people: &[RosterRow]) -> Vec<Warning> {
    let Some(fonts) = &app.fonts else { return Vec::new() };
    let texts = || people.iter().flat_map(|p| [(p.seat, &p.name), (p.seat, &p.title)]);
    let lacking = match glyphs::missing(fonts, texts().map(|(_, text)| text.as_str())) {
        Ok(lacking) => lacking,
        Err(error) => {
            tracing::warn!(%error, "names are not checked against the fonts");
            return Vec::new();
        }
    };
    if lacking.is_empty() {
        return Vec::new();
    }
    let warn = |(seat, text): (SeatId, &String)| {
        let missing: String = text.chars().filter(|c| lacking.contains(c)).collect();
        (!missing.is_empty()).then(|| Warning { seat, found: text.clone(), missing })
    };
    texts().filter_map(warn).take(MOST_WARNINGS).collect()
}
