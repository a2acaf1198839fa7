//! What the demo starts ends with it, however it ends.

use crate::stage::{LIMIT, driver};
use hemicycle_hardware_tests::socket::{Address, Stream};
use rustix::process::{Pid, Signal, kill_process};
use std::process::Stdio;
use std::sync::Arc;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, Command};

#[tokio::test]
async fn ctrl_c_stops_everything_in_order() {
    let (mut demo, address, mut connection) = started().await;
    signal(&demo, Signal::INT);
    let status = tokio::time::timeout(LIMIT, demo.wait()).await.unwrap().unwrap();
    assert!(status.success(), "{status}");
    gone(&address, &mut connection).await;
}

#[tokio::test]
async fn a_killed_demo_leaves_no_server_behind() {
    let (mut demo, address, mut connection) = started().await;
    demo.kill().await.unwrap();
    gone(&address, &mut connection).await;
}

/// The demo, once it has said where its console is, and a connection to its server.
async fn started() -> (Child, Address, Stream) {
    let mut demo = Command::new(driver())
        .arg("--headless")
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(demo.stderr.take().unwrap()).lines();
    let told = async {
        let mut address = None;
        while let Some(line) = lines.next_line().await.unwrap() {
            let url = line.split_whitespace().find(|word| word.ends_with("/console"));
            address = url.map(|url| Address::parse(url).unwrap()).or(address);
            if line.contains("Ctrl-C") {
                break;
            }
        }
        address.expect("the demo says where its console is")
    };
    let address = tokio::time::timeout(LIMIT, told).await.unwrap();
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    let (connection, _) = address.connect(Arc::default()).await.unwrap();
    (demo, address, connection)
}

/// The connection ends, and nobody listens any more.
async fn gone(address: &Address, connection: &mut Stream) {
    let mut rest = Vec::new();
    let end = tokio::time::timeout(LIMIT, connection.read_to_end(&mut rest)).await;
    let _ = end.expect("the server ends");
    let listens = async {
        while address.connect(Arc::default()).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LIMIT, listens).await.expect("nobody listens");
}

fn signal(child: &Child, signal: Signal) {
    let pid = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw).unwrap();
    kill_process(pid, signal).unwrap();
}
