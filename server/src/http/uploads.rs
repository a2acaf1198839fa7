//! Papers in pieces. A page announces a file by its SHA-256, learns how much of it is here,
//! sends what is missing, and asks what has become of it: each step may be done again when
//! its answer was lost.

use super::Trouble;
use super::papers::{take_in, uploader};
use crate::app::App;
use crate::uploads::{PIECE, UploadError};
use axum::body::{Body, to_bytes};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Json, Response};
use hemicycle_protocol::ids::Hash;
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// So long an answer is waited for; then the page asks again, and knows that there still is
/// a server.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Deserialize)]
pub struct Announced {
    sha256: Hash,
    size: u64,
}

#[derive(Deserialize)]
pub struct Place {
    offset: u64,
}

/// `POST /api/uploads`
pub async fn begin(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Json(Announced { sha256, size }): Json<Announced>,
) -> Result<Response, Trouble> {
    let clerk = uploader(&app, &headers)?;
    let now = app.clock.now();
    let begun = tokio::task::spawn_blocking(move || {
        app.uploads.begin(&app.shelf, &clerk.name, sha256, size, now)
    });
    let offset = begun.await.map_err(Trouble::unavailable)?.map_err(|e| e.trouble())?;
    Ok(Json(serde_json::json!({ "offset": offset })).into_response())
}

/// `PATCH /api/uploads/{sha256}?offset=N`: the body is a piece.
pub async fn add(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Path(sha256): Path<String>,
    Query(Place { offset }): Query<Place>,
    body: Body,
) -> Result<Response, Trouble> {
    let clerk = uploader(&app, &headers)?;
    let coming =
        app.uploads.find(&clerk.name, named(&sha256)?, app.clock.now()).map_err(|e| e.trouble())?;
    let _turn = app.pieces.acquire().await.map_err(Trouble::unavailable)?;
    // One that breaks off takes its turn until the listener gives the connection up.
    let piece = to_bytes(body, PIECE).await;
    let piece = piece.map_err(|e| Trouble::new(StatusCode::BAD_REQUEST, "malformed", e))?;
    let offset = coming.add(offset, piece, app.clock.now()).await.map_err(|e| e.trouble())?;
    Ok(Json(serde_json::json!({ "offset": offset })).into_response())
}

/// `POST /api/uploads/{sha256}/finish`: 202 while the file is still looked at.
pub async fn finish(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Path(sha256): Path<String>,
) -> Result<Response, Trouble> {
    let clerk = uploader(&app, &headers)?;
    let coming =
        app.uploads.find(&clerk.name, named(&sha256)?, app.clock.now()).map_err(|e| e.trouble())?;
    let taking = Arc::clone(&app);
    let finished =
        coming.finish(move |upload| async move { take_in(&taking, &clerk, upload).await }).await;
    let mut outcome = finished.map_err(|e| e.trouble())?;
    let outcome = timeout(PATIENCE, outcome.wait_for(Option::is_some)).await;
    match outcome.map(|told| told.map(|told| told.clone())) {
        Ok(Ok(Some(taken))) => taken.map(|paper| Json(paper).into_response()),
        Ok(Ok(None)) | Err(_) => Ok(StatusCode::ACCEPTED.into_response()),
        Ok(Err(gone)) => Err(Trouble::unavailable(gone)),
    }
}

/// `DELETE /api/uploads/{sha256}`
pub async fn call_off(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Path(sha256): Path<String>,
) -> Result<StatusCode, Trouble> {
    let clerk = uploader(&app, &headers)?;
    app.uploads.forget(&clerk.name, named(&sha256)?);
    Ok(StatusCode::NO_CONTENT)
}

fn named(sha256: &str) -> Result<Hash, Trouble> {
    Hash::parse(sha256).ok_or_else(|| UploadError::Unknown.trouble())
}
