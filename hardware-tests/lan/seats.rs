//! The seats of the room from outside: each a robot on a host of its own.

use crate::hosts::Network;
use crate::robot::{Finger, View};
use anyhow::{Context, Result, bail};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin};
use tokio::sync::watch;

/// An end for what hangs.
pub const LIMIT: Duration = Duration::from_secs(90);

/// How a terminal comes to its server.
pub enum Way<'a> {
    /// Somebody touches the room in the list.
    Asked,
    /// It picks the room of this name by itself.
    Room(&'a str),
    /// It is told the address, and looks for nothing.
    Server(&'a str),
}

/// See the module.
pub struct Seat {
    pub host: String,
    pub folder: PathBuf,
    fingers: ChildStdin,
    views: watch::Receiver<View>,
    /// Codes of verified receipts that were shown since the last vote opened.
    receipts: Arc<Mutex<BTreeSet<String>>>,
    _robot: Child,
}

impl Seat {
    /// Starts one on a host.
    pub fn start(
        network: &Network,
        host: &str,
        program: &Path,
        folder: &Path,
        way: &Way<'_>,
    ) -> Result<Self> {
        let folder = folder.join(host);
        let said = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(folder.with_extension("log"))?;
        let mut command = network.on(host, program);
        command.arg("seat").arg("--data").arg(&folder);
        match way {
            Way::Asked => {}
            Way::Room(name) => {
                command.arg("--room").arg(name);
            }
            Way::Server(at) => {
                command.arg("--server").arg(at);
            }
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(said);
        let mut robot = command.spawn().context("a seat does not start")?;
        let fingers = robot.stdin.take().context("no fingers")?;
        let mut lines = BufReader::new(robot.stdout.take().context("no eyes")?).lines();
        let (show, views) = watch::channel(View::default());
        let receipts = Arc::new(Mutex::new(BTreeSet::new()));
        let kept = Arc::clone(&receipts);
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                let Ok(view) = serde_json::from_str::<View>(&line) else { break };
                if view.page == "submitted" && view.state == "confirmed" {
                    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                    kept.insert(view.code.clone());
                }
                show.send_replace(view);
            }
        });
        Ok(Self { host: host.into(), folder, fingers, views, receipts, _robot: robot })
    }

    pub async fn touch(&mut self, finger: Finger) -> Result<()> {
        let line = format!("{}\n", serde_json::to_string(&finger)?);
        self.fingers.write_all(line.as_bytes()).await?;
        Ok(self.fingers.flush().await?)
    }

    /// What is on the screen now.
    pub fn view(&self) -> View {
        self.views.borrow().clone()
    }

    /// Waits for a screen as wanted.
    pub async fn until(&self, what: &str, wanted: impl Fn(&View) -> bool) -> Result<View> {
        let mut views = self.views.clone();
        let seen = tokio::time::timeout(LIMIT, views.wait_for(|view| wanted(view))).await;
        match seen {
            Ok(Ok(view)) => Ok(view.clone()),
            Ok(Err(_)) => bail!("{}: the terminal has ended; waited for {what}", self.host),
            Err(_) => bail!(
                "{}: waited {LIMIT:?} in vain for {what}; it shows {:?}",
                self.host,
                self.view()
            ),
        }
    }

    pub fn forget_receipts(&self) {
        self.receipts.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    pub fn receipts(&self) -> usize {
        self.receipts.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}
