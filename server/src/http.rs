//! What is reached by HTTP: the pages, the fonts, signing in, uploads, and the
//! request that becomes a WebSocket. Nothing here changes the meeting but by
//! way of the room.

mod accounts;
mod pages;
mod papers;
mod pins;
mod roster;
mod search;
mod sign_in;
pub(crate) mod untold;
mod uploads;

use crate::app::App;
use crate::clerks::SignedIn;
use crate::intake::Incoming;
use crate::listener::Wire;
use crate::room::{Asker, Request, What};
use crate::session::{self, Clerk, Origin};
use axum::Router;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Request as HttpRequest, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{get, patch, post};
use hemicycle_meeting::ServerCommand;
use hemicycle_protocol::refusal::{Code, Refusal};
use hemicycle_protocol::wire::{Answer, PATH, SUBPROTOCOL, limits};
use std::sync::Arc;
use tokio::sync::oneshot;

/// The name of the console's cookie.
const COOKIE: &str = "hemicycle_session";

/// Connections at most: two for each seat of the largest congress, and desks.
const CONNECTIONS: usize = 8192;

/// The pages may load from here only, and nobody may frame them.
const POLICY: &str = "default-src 'self'; img-src 'self' data: blob:; style-src 'self'; \
     style-src-attr 'unsafe-inline'; font-src 'self'; connect-src 'self'; object-src 'none'; \
     base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// All routes.
pub fn router(app: Arc<App>) -> Router {
    Router::new()
        .route(PATH, get(socket))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/api/login", post(sign_in::sign_in))
        .route("/api/logout", post(sign_in::sign_out))
        .route("/api/session", get(sign_in::session))
        .route("/api/setup", post(accounts::first))
        .route("/api/accounts", get(accounts::list).post(accounts::change))
        .route("/api/password", post(accounts::own))
        .route("/api/hall", post(accounts::renew_hall))
        .route("/api/pins", post(pins::give))
        .route("/api/signatures/{member}", get(pins::signature))
        .route(
            "/api/papers",
            post(papers::upload).put(papers::upload).layer(DefaultBodyLimit::disable()),
        )
        .route("/api/papers/{hash}", get(papers::download))
        .route("/api/search", post(search::search))
        .route("/api/uploads", post(uploads::begin))
        .route(
            "/api/uploads/{sha256}",
            patch(uploads::add).delete(uploads::call_off).layer(DefaultBodyLimit::disable()),
        )
        .route("/api/uploads/{sha256}/finish", post(uploads::finish))
        .route(
            "/api/roster",
            post(roster::read).layer(DefaultBodyLimit::max(crate::roster::MOST_BYTES)),
        )
        .route("/fonts/{name}", get(pages::font))
        .fallback(pages::page)
        .layer(middleware::from_fn(guard))
        .layer(middleware::from_fn(over_tls))
        .with_state(app)
}

/// An answer that is no success: a stable code, and words for technicians.
#[derive(Clone, Debug)]
pub struct Trouble {
    pub status: StatusCode,
    pub code: &'static str,
    pub detail: String,
}

impl Trouble {
    /// With a status, a code and its culprit.
    pub fn new(status: StatusCode, code: &'static str, detail: impl ToString) -> Self {
        Self { status, code, detail: detail.to_string() }
    }

    fn not_authentic(detail: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "not_authentic", detail)
    }

    fn too_fast() -> Self {
        let detail = "too many tries from this address; wait a few seconds";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too_fast", detail)
    }

    fn wrong_role() -> Self {
        Self::new(StatusCode::FORBIDDEN, "wrong_role", "the account's role does not allow it")
    }

    fn unavailable(detail: impl ToString) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail)
    }
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        let body = serde_json::json!({ "code": self.code, "detail": self.detail });
        (self.status, Json(body)).into_response()
    }
}

/// The clerk whose session came with a request.
fn clerk(app: &App, headers: &HeaderMap) -> Result<Clerk, Trouble> {
    let token = token(headers).ok_or_else(|| Trouble::not_authentic("no session"))?;
    let SignedIn { name, role } = app
        .clerks
        .session(token, app.clock.now())
        .ok_or_else(|| Trouble::not_authentic("the session has ended"))?;
    Ok(Clerk { name, role, token: token.to_owned() })
}

/// Has the room decide and write down what somebody at the console does.
async fn tell_room(app: &App, who: &Clerk, command: ServerCommand) -> Result<(), Trouble> {
    ask_room(app, Asker::Clerk { name: who.name.clone(), role: who.role }, command).await
}

async fn ask_room(app: &App, who: Asker, command: ServerCommand) -> Result<(), Trouble> {
    let (tell, told) = oneshot::channel();
    let reply = Box::new(move |answer| {
        // Whoever asked may have left.
        let _ = tell.send(answer);
    });
    let request = Request { who, what: What::Server(command), reply };
    let incoming = Incoming { request, signed: None };
    app.intake.send(incoming).await.map_err(|_| Trouble::unavailable("the server stops"))?;
    match told.await.map_err(|_| Trouble::unavailable("the server stops"))? {
        Answer::Ok(_) => Ok(()),
        Answer::Refused(Refusal { code: Code::WrongRole, .. }) => Err(Trouble::wrong_role()),
        Answer::Refused(Refusal { code, detail }) => {
            Err(Trouble::new(StatusCode::CONFLICT, code.text(), detail.unwrap_or_default()))
        }
    }
}

fn token(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE)
        .map(|(_, token)| token)
}

async fn socket(
    State(app): State<Arc<App>>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    if *app.open.borrow() >= CONNECTIONS {
        app.troubles.note("too many at once", &wire.peer);
        return Trouble::unavailable("too many connections").into_response();
    }
    // A page of another site could open a socket with the clerk's cookie:
    // such a request is nobody's.
    let clerk = if is_same_origin(&headers, &wire) { clerk(&app, &headers).ok() } else { None };
    let most = if clerk.is_some() { limits::TEXT_UP_CONSOLE } else { limits::TEXT_UP };
    let upgrade = upgrade.protocols([SUBPROTOCOL]);
    if upgrade.selected_protocol().is_none() {
        app.troubles.note("another subprotocol", &wire.peer);
        let detail = format!("the subprotocol is {SUBPROTOCOL}");
        return Trouble::new(StatusCode::BAD_REQUEST, "wrong_version", detail).into_response();
    }
    let Wire { peer, binding, pace, .. } = wire;
    pace.upgraded();
    upgrade
        .read_buffer_size(4096)
        .write_buffer_size(0)
        .max_write_buffer_size(2 * limits::TEXT_DOWN)
        .max_message_size(most)
        .max_frame_size(most)
        .on_upgrade(move |socket| {
            session::serve(socket, app, Origin { clerk, binding, peer, pace })
        })
}

/// A plain connection from elsewhere is told the way to TLS, and nothing else.
async fn over_tls(
    ConnectInfo(wire): ConnectInfo<Wire>,
    request: HttpRequest,
    next: Next,
) -> Response {
    wire.pace.request();
    let answer = if wire.binding.is_some() || wire.within {
        next.run(request).await
    } else {
        way_to_tls(&request)
    };
    wire.pace.answered();
    answer
}

fn way_to_tls(request: &HttpRequest) -> Response {
    let headers = request.headers();
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let host = host.and_then(|host| host.parse::<Authority>().ok());
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let location = host.and_then(|host| format!("https://{host}{path}").try_into().ok());
    let mut response = match location {
        Some::<HeaderValue>(location) if reads && !headers.contains_key(header::UPGRADE) => {
            (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, location)]).into_response()
        }
        Some(_) | None => {
            let detail = "this address speaks https:// and wss:// only";
            let told = Trouble::new(StatusCode::UPGRADE_REQUIRED, "not_encrypted", detail);
            ([(header::UPGRADE, "TLS/1.0")], told).into_response()
        }
    };
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Headers on everything that goes out; nothing that changes anything is
/// taken from another site's page.
async fn guard(ConnectInfo(wire): ConnectInfo<Wire>, request: HttpRequest, next: Next) -> Response {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD);
    if !safe && !is_same_origin(request.headers(), &wire) {
        return Trouble::new(StatusCode::FORBIDDEN, "not_allowed", "another origin")
            .into_response();
    }
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// A browser says where a request comes from; other clients say nothing and
/// carry no one else's cookie.
fn is_same_origin(headers: &HeaderMap, wire: &Wire) -> bool {
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
    if let Some(site) = text("sec-fetch-site")
        && !matches!(site, "same-origin" | "none")
    {
        return false;
    }
    match (headers.get(header::ORIGIN), text("host")) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(origin), Some(host)) => origin
            .to_str()
            .ok()
            .and_then(|o| o.split_once("://"))
            // A page that came without TLS is another's, whatever it calls itself.
            .is_some_and(|(scheme, authority)| {
                authority == host && scheme == if wire.binding.is_some() { "https" } else { "http" }
            }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hemicycle_protocol::ids::Hex;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(k, v)| ((*k).parse().unwrap(), HeaderValue::from_static(v))).collect()
    }

    #[test]
    fn other_sites_are_told_apart() {
        let host = ("host", "10.0.0.5:8480");
        let peer = "10.0.0.9:50000".parse().unwrap();
        let plain = Wire { peer, binding: None, within: true, pace: Arc::default() };
        let tls = Wire { binding: Some(Hex([1; 32])), ..plain.clone() };
        let same = |pair, wire| is_same_origin(&headers(&[host, pair]), wire);
        assert!(is_same_origin(&headers(&[host]), &plain));
        assert!(same(("origin", "http://10.0.0.5:8480"), &plain));
        assert!(same(("origin", "https://10.0.0.5:8480"), &tls));
        assert!(!same(("origin", "http://10.0.0.5:8480"), &tls));
        assert!(!same(("origin", "https://10.0.0.5:8480"), &plain));
        assert!(!same(("origin", "http://10.0.0.5:9000"), &plain));
        assert!(!same(("origin", "null"), &plain));
        assert!(!same(("sec-fetch-site", "same-site"), &plain));
    }

    #[test]
    fn a_plain_request_is_told_the_way() {
        let told = |method: &str, uri: &str, pairs: &[(&'static str, &'static str)]| {
            let mut request = HttpRequest::builder().method(method).uri(uri);
            *request.headers_mut().unwrap() = headers(pairs);
            let answer = way_to_tls(&request.body(axum::body::Body::empty()).unwrap());
            let location = answer.headers().get("location").map(|l| l.to_str().unwrap().to_owned());
            (answer.status().as_u16(), location)
        };
        let host = ("host", "10.0.0.5:8480");
        let there = |path: &str| Some(format!("https://10.0.0.5:8480{path}"));
        assert_eq!(told("GET", "/hall?x=1", &[host]), (308, there("/hall?x=1")));
        assert_eq!(told("HEAD", "/console", &[host]), (308, there("/console")));
        for (method, uri, pairs) in [
            ("POST", "/api/login", &[host][..]),
            ("GET", "/ws", &[host, ("upgrade", "websocket")]),
            ("GET", "/hall", &[]),
            ("GET", "/hall", &[("host", "a b")]),
        ] {
            assert_eq!(told(method, uri, pairs), (426, None), "{method} {uri}");
        }
    }

    #[test]
    fn the_cookie_is_found_among_others() {
        let jar = headers(&[("cookie", "a=b; hemicycle_session=0af; c=d")]);
        assert_eq!(token(&jar), Some("0af"));
        assert_eq!(token(&headers(&[("cookie", "xhemicycle_session=1")])), None);
    }
}
