//! TLS as a client sees it: a certificate that holds, cookies that stay on it, and
//! a terminal's word that is good for its own connection only.

use crate::kit::*;
use hemicycle_protocol::identity::{BINDING_LABEL, Certificate, Identity, Presence, verify};
use hemicycle_protocol::ids::*;
use hemicycle_protocol::refusal::Code;
use hemicycle_protocol::topic::TopicName;
use hemicycle_protocol::wire::*;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use sha2::{Digest, Sha256};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{WebSocketStream, client_async};

/// As a browser that was told to trust this certificate and nothing else: names
/// and dates are checked by the book.
fn connector(data: &Path) -> TlsConnector {
    let text = std::fs::read(data.join("tls.pem")).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(&text).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}

async fn open(data: &Path, addr: SocketAddr, name: &'static str) -> TlsStream<TcpStream> {
    let stream = TcpStream::connect(addr).await.unwrap();
    connector(data).connect(ServerName::try_from(name).unwrap(), stream).await.unwrap()
}

fn shown(stream: &TlsStream<TcpStream>) -> Hash {
    let certificates = stream.get_ref().1.peer_certificates().unwrap();
    Hex(Sha256::digest(&certificates[0]).into())
}

fn binding(stream: &TlsStream<TcpStream>) -> Hash {
    let connection = stream.get_ref().1;
    Hex(connection.export_keying_material([0; 32], BINDING_LABEL, Some(&[])).unwrap())
}

async fn socket_on(
    stream: TlsStream<TcpStream>,
    addr: SocketAddr,
) -> WebSocketStream<TlsStream<TcpStream>> {
    let mut request = format!("wss://{addr}{PATH}").into_client_request().unwrap();
    request.headers_mut().insert("Sec-WebSocket-Protocol", SUBPROTOCOL.parse().unwrap());
    client_async(request, stream).await.unwrap().0
}

#[tokio::test(flavor = "multi_thread")]
async fn browsers_see_a_certificate_that_holds_and_stays() {
    let dir = tempfile::tempdir().unwrap();
    let running = running(dir.path()).await;
    let addr = running.addr;
    for name in ["localhost", "127.0.0.1"] {
        let stream = open(dir.path(), addr, name).await;
        assert_eq!(shown(&stream), running.certificate);
        let answer = http_on(stream, addr, "GET", "/healthz", &[], b"").await;
        assert_eq!((answer.status, answer.body.as_slice()), (200, b"ok\n".as_slice()));
    }
    let body = format!("{{\"name\":\"{CLERK}\",\"password\":\"{PASSWORD}\"}}");
    let json = [("Content-Type", "application/json")];
    let stream = open(dir.path(), addr, "localhost").await;
    let answer = http_on(stream, addr, "POST", "/api/login", &json, body.as_bytes()).await;
    assert_eq!(answer.status, 200);
    assert!(answer.head.contains("; Secure"), "{}", answer.head);
    let plain = http(addr, "POST", "/api/login", &json, body.as_bytes()).await;
    assert!(!plain.head.contains("; Secure"), "{}", plain.head);
    let certificate = running.certificate;
    running.stop().await.unwrap();
    let running = crate::kit::running(dir.path()).await;
    assert_eq!(running.certificate, certificate);
    running.stop().await.unwrap();
}

/// The server's greeting on a new connection, and the connection's own secret.
async fn greeted(
    data: &Path,
    addr: SocketAddr,
) -> (WebSocketStream<TlsStream<TcpStream>>, Key, Nonce, Hash) {
    let stream = open(data, addr, "127.0.0.1").await;
    let (binding, certificate) = (binding(&stream), shown(&stream));
    let mut socket = socket_on(stream, addr).await;
    let Down::Greeting { server, nonce, certificate: Some(vouched), .. } =
        receive(&mut socket).await
    else {
        panic!("no greeting with a certificate")
    };
    assert_eq!(vouched.fingerprint, certificate);
    verify(&server, &Certificate { server, certificate }, &vouched.signature).unwrap();
    (socket, server, nonce, binding)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminals_word_is_good_for_its_own_connection_only() {
    let dir = tempfile::tempdir().unwrap();
    let running = running(dir.path()).await;
    let addr = running.addr;
    let me = Identity::from_secret(&[0x33; 32]);
    let terminal = me.key();
    let hello = |presence: Presence| {
        let signature = me.sign(&presence);
        let role = Role::Seat { terminal, signature, wish: None, commitment: None };
        Up::Hello(hello_of(role, vec![TopicName::Me]))
    };
    let (mut own, server, nonce, binding) = greeted(dir.path(), addr).await;
    let good = Presence { server, nonce, terminal, binding: Some(binding) };
    send(&mut own, &hello(good)).await;
    assert!(matches!(receive(&mut own).await, Down::Welcome { .. }));

    // Somebody who stands between has a connection of its own to the server: what the terminal
    // signs on the other one is worth nothing here, nor is what it signs for a plain one.
    let (between, ..) = greeted(dir.path(), addr).await;
    drop(between);
    for relayed in [Some(binding), Some(Hex([0; 32])), None] {
        let (mut socket, server, nonce, its_own) = greeted(dir.path(), addr).await;
        assert_ne!(Some(its_own), relayed);
        send(&mut socket, &hello(Presence { server, nonce, terminal, binding: relayed })).await;
        assert_eq!(farewell(&mut socket).await.0, Code::NotAuthentic, "{relayed:?}");
    }
    // On a plain connection there is nothing to bind to, and the server says so.
    let mut plain = socket(addr, None).await;
    let Down::Greeting { server, nonce, certificate: None, .. } = receive(&mut plain).await else {
        panic!("a plain greeting has no certificate")
    };
    send(&mut plain, &hello(Presence { server, nonce, terminal, binding: Some(binding) })).await;
    assert_eq!(farewell(&mut plain).await.0, Code::NotAuthentic);
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn those_who_never_finish_a_handshake_stand_in_nobodys_way() {
    let dir = tempfile::tempdir().unwrap();
    let running = running(dir.path()).await;
    let addr = running.addr;
    let mut idle = Vec::new();
    for n in 0..200 {
        let mut stream = TcpStream::connect(addr).await.unwrap();
        // Nothing at all, the beginning of a handshake, or what is none.
        match n % 3 {
            0 => {}
            1 => stream.write_all(&[0x16, 3, 1, 1, 0]).await.unwrap(),
            _ => stream.write_all(&[0x16, 0xff, 0xff, 0xff, 0xff, 0, 0]).await.unwrap(),
        }
        idle.push(stream);
    }
    // What is no handshake is closed at once.
    let mut rest = Vec::new();
    let closed = tokio::time::timeout(NEVER, idle[2].read_to_end(&mut rest)).await;
    assert!(closed.is_ok());
    let stream = open(dir.path(), addr, "localhost").await;
    let answer = http_on(stream, addr, "GET", "/healthz", &[], b"").await;
    assert_eq!(answer.status, 200);
    assert_eq!(http(addr, "GET", "/healthz", &[], b"").await.status, 200);
    drop(idle);
    running.stop().await.unwrap();
}
