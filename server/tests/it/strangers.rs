//! Connections that are not what they should be: each ends by itself, with the
//! reason where there is somebody to hear it.

use crate::kit::*;
use hemicycle_protocol::wire::PATH;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

async fn answer(addr: std::net::SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(addr).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut said = Vec::new();
    // Whoever is cut off may be cut off hard.
    let _ = stream.read_to_end(&mut said).await;
    String::from_utf8(said).unwrap()
}

fn upgrade(protocol: &str) -> String {
    format!(
        "GET {PATH} HTTP/1.1\r\nHost: hall\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{protocol}\r\n"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn another_subprotocol_is_told_which_one_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let running = running(dir.path()).await;
    for protocol in ["", "Sec-WebSocket-Protocol: other.9\r\n"] {
        let said = answer(running.addr, &upgrade(protocol)).await;
        assert!(said.starts_with("HTTP/1.1 400") && said.contains("hemicycle.1"), "{said}");
    }
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_without_an_end_is_cut_off_and_others_are_served() {
    let dir = tempfile::tempdir().unwrap();
    let running = running(dir.path()).await;
    let endless = format!("GET / HTTP/1.1\r\nHost: hall\r\nX-Long: {}", "x".repeat(32 * 1024));
    let said = answer(running.addr, &endless).await;
    assert!(!said.starts_with("HTTP/1.1 200"), "{said}");
    let said =
        answer(running.addr, "GET /healthz HTTP/1.1\r\nHost: hall\r\nConnection: close\r\n\r\n")
            .await;
    assert!(said.starts_with("HTTP/1.1 200"), "{said}");
    running.stop().await.unwrap();
}
