//! Papers in and out by HTTP, for the console. Seats fetch theirs on the
//! WebSocket. How a file comes in pieces is in `uploads`.

use super::{Trouble, clerk, tell_room};
use crate::app::App;
use crate::listener::Wire;
use crate::papers::word::{self, WordError};
use crate::papers::{Facts, ShelfError, Upload};
use crate::session::Clerk;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Json, Response};
use futures_util::StreamExt;
use hemicycle_meeting::{ServerCommand, StoredPaper};
use hemicycle_pdf::PaperProblem;
use hemicycle_protocol::ids::{Bytes as Size, Hash};
use hemicycle_protocol::refusal::Code;
use std::io::Read;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::timeout;

/// Bytes that are gathered before they are written.
const GATHER: usize = 512 * 1024;
/// Nothing came for so long: the upload is given up.
const STALLED: Duration = Duration::from_secs(60);
/// Bytes that are read from disk at a time.
const READ: usize = 128 * 1024;

/// `POST /api/papers`: the body is the file.
pub async fn upload(
    State(app): State<Arc<App>>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Trouble> {
    let clerk = uploader(&app, &headers)?;
    let _turn = app.uploading.acquire().await.map_err(Trouble::unavailable)?;
    let upload = receive(&app, body).await?;
    if upload.bytes() == 0 {
        return Err(problem(&PaperProblem::Empty));
    }
    // A text takes its time until it is a PDF.
    wire.pace.works();
    take_in(&app, &clerk, upload).await.map(|taken| Json(taken).into_response())
}

/// Who may bring papers.
pub(super) fn uploader(app: &App, headers: &HeaderMap) -> Result<Clerk, Trouble> {
    let clerk = clerk(app, headers)?;
    if clerk.role.is_clerk() { Ok(clerk) } else { Err(Trouble::wrong_role()) }
}

/// A whole file becomes a paper, if it is a good one; what the console is told of it.
pub(super) async fn take_in(
    app: &App,
    clerk: &Clerk,
    upload: Upload,
) -> Result<serde_json::Value, Trouble> {
    let (upload, converted) = as_pdf(app, upload).await?;
    let facts = app.checker.check(upload.path().to_owned()).await.map_err(|p| problem(&p))?;
    let (shelf, known) = (Arc::clone(&app.shelf), facts.clone());
    let hash = blocking(move || shelf.keep(upload, known)).await?;
    let Facts { pages, bytes, title, fonts_missing } = facts;
    let stored =
        StoredPaper { hash, bytes: Size(bytes), pages, substituted_fonts: fonts_missing.clone() };
    match tell_room(app, clerk, ServerCommand::StorePaper(stored)).await {
        // It was uploaded before: just as good.
        Err(trouble) if trouble.code == Code::NoChange.text() => {}
        told => told?,
    }
    tracing::info!(clerk = %clerk.name, paper = %hash, pages, bytes, "paper taken in");
    Ok(serde_json::json!({
        "hash": hash,
        "pages": pages,
        "bytes": bytes,
        "title": title,
        "fonts_missing": fonts_missing,
        "converted": converted,
    }))
}

/// A text becomes a PDF; everything else stays what it is. Tells whether it was one.
async fn as_pdf(app: &App, upload: Upload) -> Result<(Upload, bool), Trouble> {
    let path = upload.path().to_owned();
    let form = tokio::task::spawn_blocking(move || word::form(&path));
    let form = form.await.map_err(Trouble::unavailable)?.map_err(Trouble::unavailable)?;
    let Some(form) = form else { return Ok((upload, false)) };
    let folder = upload.beside();
    let made = word::convert(upload.path(), form, &folder, app.fonts.as_deref()).await;
    let taken = match made {
        Ok(pdf) => {
            let shelf = Arc::clone(&app.shelf);
            let take = move || {
                let bytes = std::fs::read(&pdf)
                    .map_err(|source| ShelfError::Io { path: pdf.clone(), source })?;
                let mut upload = shelf.begin()?;
                upload.write(&bytes).map(|()| upload)
            };
            blocking(take).await.map(|pdf| (pdf, true))
        }
        Err(error) => Err(match error {
            WordError::TooLarge => {
                Trouble::new(StatusCode::UNPROCESSABLE_ENTITY, "word_too_large", error)
            }
            WordError::NotInstalled => {
                Trouble::new(StatusCode::UNPROCESSABLE_ENTITY, "word_unavailable", error)
            }
            WordError::Unreadable | WordError::TimedOut => {
                Trouble::new(StatusCode::UNPROCESSABLE_ENTITY, "word_unreadable", error)
            }
            WordError::Io(_) => {
                tracing::error!(%error, "a text cannot be converted");
                Trouble::new(StatusCode::INSUFFICIENT_STORAGE, "unavailable", "the disk")
            }
        }),
    };
    // The next start clears what stays.
    let _ = tokio::fs::remove_dir_all(&folder).await;
    taken
}

/// `GET /api/papers/{hash}`
pub async fn download(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Path(hash): Path<String>,
) -> Result<Response, Trouble> {
    clerk(&app, &headers)?;
    let missing = || Trouble::new(StatusCode::NOT_FOUND, "not_found", "paper");
    let hash = Hash::parse(&hash).ok_or_else(missing)?;
    let facts = app.shelf.facts(&hash).ok_or_else(missing)?;
    let mut file = app.shelf.read(&hash).map_err(Trouble::unavailable)?;
    let (pieces, taken) = mpsc::channel::<std::io::Result<Bytes>>(2);
    tokio::task::spawn_blocking(move || {
        loop {
            let mut piece = vec![0; READ];
            let read = file.read(&mut piece).map(|n| {
                piece.truncate(n);
                Bytes::from(piece)
            });
            let over = read.as_ref().map_or(true, |b| b.is_empty());
            if pieces.blocking_send(read).is_err() || over {
                break;
            }
        }
    });
    let stream = futures_util::stream::unfold(taken, |mut taken| async {
        taken.recv().await.map(|piece| (piece, taken))
    });
    let mut response = Body::from_stream(stream).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/pdf"));
    headers.insert(header::CONTENT_LENGTH, facts.bytes.into());
    let immutable = "private, max-age=31536000, immutable";
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(immutable));
    Ok(response)
}

async fn receive(app: &App, body: Body) -> Result<Upload, Trouble> {
    let shelf = Arc::clone(&app.shelf);
    let mut upload = blocking(move || shelf.begin()).await?;
    let mut stream = body.into_data_stream();
    let mut gathered = Vec::with_capacity(GATHER);
    loop {
        let next = timeout(STALLED, stream.next())
            .await
            .map_err(|_| Trouble::new(StatusCode::REQUEST_TIMEOUT, "timed_out", "upload"))?;
        let over = next.is_none();
        if let Some(piece) = next {
            let piece = piece.map_err(|e| Trouble::new(StatusCode::BAD_REQUEST, "malformed", e))?;
            gathered.extend_from_slice(&piece);
        }
        if over || gathered.len() >= GATHER {
            let bytes = std::mem::take(&mut gathered);
            upload = blocking(move || upload.write(&bytes).map(|()| upload)).await?;
        }
        if over {
            return Ok(upload);
        }
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ShelfError> + Send + 'static,
) -> Result<T, Trouble> {
    let done = tokio::task::spawn_blocking(work).await.map_err(Trouble::unavailable)?;
    done.map_err(|error| Trouble::shelf(&error))
}

impl Trouble {
    /// Why the shelf does not take a paper in.
    pub(crate) fn shelf(error: &ShelfError) -> Self {
        match error {
            ShelfError::TooLarge { .. } => {
                Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", error)
            }
            ShelfError::Full { .. } => Self::new(StatusCode::INSUFFICIENT_STORAGE, "full", error),
            ShelfError::Io { .. } | ShelfError::Folder(_) => {
                tracing::error!(%error, "a paper cannot be stored");
                Self::new(StatusCode::INSUFFICIENT_STORAGE, "unavailable", "the disk")
            }
        }
    }
}

fn problem(problem: &PaperProblem) -> Trouble {
    let status = match problem {
        PaperProblem::Unchecked { .. } | PaperProblem::Unreadable { .. } => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        PaperProblem::NotAPdf
        | PaperProblem::Encrypted
        | PaperProblem::Broken { .. }
        | PaperProblem::TooLarge { .. }
        | PaperProblem::Empty
        | PaperProblem::TimedOut => StatusCode::UNPROCESSABLE_ENTITY,
    };
    Trouble::new(status, problem.code(), problem)
}
