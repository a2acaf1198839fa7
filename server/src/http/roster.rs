//! `POST /api/roster`: reads a CSV file for the console, which shows what it
//! says and then sends `import_roster`. Nothing is imported here.

use super::{Trouble, clerk};
use crate::app::App;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Json, Response};
use std::sync::Arc;

/// The rows, or all that is wrong with them.
pub async fn read(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Trouble> {
    clerk(&app, &headers)?;
    let body = body.map_err(|_| {
        let most = crate::roster::MOST_BYTES;
        Trouble::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", format!("{most} bytes at most"))
    })?;
    let read = tokio::task::spawn_blocking(move || crate::roster::read(&body));
    Ok(match read.await.map_err(Trouble::unavailable)? {
        Ok(people) => Json(serde_json::json!({ "people": people })).into_response(),
        Err(rows) => {
            let body = serde_json::json!({ "code": "bad_roster", "mistakes": rows });
            (StatusCode::UNPROCESSABLE_ENTITY, Json(body)).into_response()
        }
    })
}
