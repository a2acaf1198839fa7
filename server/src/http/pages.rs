//! The pages of the console and the hall, which travel in the binary, and the
//! fonts, which lie in the assets folder.

use super::Trouble;
use crate::app::App;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use rust_embed::RustEmbed;
use std::sync::Arc;

#[derive(RustEmbed)]
#[folder = "web/dist"]
struct Pages;

/// Any other path: a page, one of its files, or nothing.
pub async fn page(method: Method, uri: Uri) -> Response {
    let missing = || Trouble::new(StatusCode::NOT_FOUND, "not_found", "page").into_response();
    if !matches!(method, Method::GET | Method::HEAD) || uri.path().starts_with("/api/") {
        return missing();
    }
    let path = uri.path().trim_matches('/');
    let first = path.split('/').next().unwrap_or_default();
    let candidates = match first {
        "" => return Redirect::temporary("/console").into_response(),
        // Their own routes are the pages' business.
        "console" | "hall" if !path.contains('.') => {
            vec![format!("{first}.html"), format!("{first}/index.html"), "index.html".to_owned()]
        }
        _ => vec![path.to_owned()],
    };
    match candidates.iter().find_map(|name| Pages::get(name).map(|file| (name, file))) {
        Some((name, file)) => {
            let cache = if name.starts_with("assets/") {
                // Their names change with their content.
                "public, max-age=31536000, immutable"
            } else {
                "no-cache"
            };
            let headers = [(header::CONTENT_TYPE, kind(name)), (header::CACHE_CONTROL, cache)];
            (headers, Body::from(file.data.into_owned())).into_response()
        }
        None => missing(),
    }
}

/// `GET /fonts/{name}`
pub async fn font(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
) -> Result<Response, Trouble> {
    let missing = || Trouble::new(StatusCode::NOT_FOUND, "not_found", "font");
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'));
    if !plain || name.starts_with('.') {
        return Err(missing());
    }
    let path = app.fonts.as_ref().ok_or_else(missing)?.join(&name);
    let bytes = tokio::fs::read(&path).await.map_err(|_| missing())?;
    let mut response = Body::from(bytes).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind(&name)));
    let day = HeaderValue::from_static("public, max-age=86400");
    headers.insert(header::CACHE_CONTROL, day);
    Ok(response)
}

fn kind(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json" | "map") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("webp") => "image/webp",
        Some("ico") => "image/x-icon",
        Some("ttf") => "font/ttf",
        Some("woff2") => "font/woff2",
        Some("wasm") => "application/wasm",
        Some("txt") => "text/plain; charset=utf-8",
        Some(_) | None => "application/octet-stream",
    }
}
