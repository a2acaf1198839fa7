//! Members' PINs: drawn by the server and answered once, to be printed; or as a
//! roster's file has them. And the signatures that were drawn at the seats.

use super::{Trouble, clerk, tell_room};
use crate::app::App;
use crate::drawing::svg;
use crate::pins::{self, PinError, Pins};
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Json, Response};
use hemicycle_meeting::ServerCommand;
use hemicycle_protocol::ids::MemberId;
use hemicycle_protocol::people::Pin;
use hemicycle_protocol::wire::limits;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A person's PIN.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    name: String,
    pin: Pin,
}

/// What is asked.
#[derive(Deserialize)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
pub enum Asked {
    /// Draw them for these people.
    Draw { names: Vec<String> },
    /// Take these.
    Set { pins: Vec<Row> },
}

/// `POST /api/pins`
pub async fn give(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    body: Result<Json<Asked>, JsonRejection>,
) -> Result<Response, Trouble> {
    let who = clerk(&app, &headers)?;
    if !who.role.is_clerk() {
        return Err(Trouble::wrong_role());
    }
    let bad = |what: &str| Trouble::new(StatusCode::BAD_REQUEST, "malformed", what);
    // The rejection's own words could repeat a PIN.
    let Json(asked) = body.map_err(|_| bad("act, names or pins"))?;
    let (given, drawn) = match asked {
        Asked::Draw { names } => {
            let draw = |name: String| Ok((name, pins::draw()?));
            let drawn = names.into_iter().map(draw).collect::<Result<Vec<_>, PinError>>();
            (drawn.map_err(broken)?, true)
        }
        Asked::Set { pins } => (pins.into_iter().map(|row| (row.name, row.pin)).collect(), false),
    };
    let names: Vec<String> = given.iter().map(|(name, _)| name.clone()).collect();
    let once: BTreeSet<&String> = names.iter().collect();
    if names.len() > limits::PEOPLE || once.len() != names.len() {
        return Err(bad("each name once"));
    }
    if given.iter().any(|(_, pin)| !pin.is_proper()) {
        return Err(Trouble::new(StatusCode::CONFLICT, "bad_pin", "4 to 8 digits"));
    }
    let given = Arc::new(given);
    let of = Arc::clone(&given);
    let hashed = tokio::task::spawn_blocking(move || Pins::hash(&of));
    let hashed = hashed.await.map_err(Trouble::unavailable)?.map_err(broken)?;
    let _keeping = app.keeping.lock().await;
    // The log first: nothing happens that does not stand there.
    tell_room(&app, &who, ServerCommand::SetPins { names }).await?;
    let pins = Arc::clone(&app.pins);
    let kept = tokio::task::spawn_blocking(move || pins.keep(hashed));
    kept.await.map_err(Trouble::unavailable)?.map_err(broken)?;
    tracing::info!(clerk = %who.name, people = given.len(), "PINs were given");
    let shown: Vec<Row> = if drawn {
        given.iter().map(|(name, pin)| Row { name: name.clone(), pin: pin.clone() }).collect()
    } else {
        Vec::new()
    };
    Ok(Json(serde_json::json!({ "pins": shown, "people": given.len() })).into_response())
}

/// `GET /api/signatures/{member}`: as the member has drawn it, SVG.
pub async fn signature(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Path(member): Path<u32>,
) -> Result<Response, Trouble> {
    clerk(&app, &headers)?;
    let missing = || Trouble::new(StatusCode::NOT_FOUND, "not_found", "signature");
    let drawing = app.board.drawing(MemberId(member)).ok_or_else(missing)?;
    let kind = HeaderValue::from_static("image/svg+xml");
    Ok(([(header::CONTENT_TYPE, kind)], svg(&drawing)).into_response())
}

fn broken(error: PinError) -> Trouble {
    tracing::error!(%error, "PINs cannot be kept");
    Trouble::unavailable("PINs")
}
