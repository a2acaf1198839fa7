//! A server on one of the hosts.

use crate::hosts::{Network, address};
use anyhow::{Context, Result};
use hemicycle_hardware_tests::clerk::{Clerk, Session};
use hemicycle_hardware_tests::host::{CLERK, Programs, end};
use hemicycle_hardware_tests::socket::Address;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Child;

const PORT: u16 = 8480;
/// How long it may take to start or to stop.
const LIMIT: Duration = Duration::from_secs(60);

/// See the module.
pub struct Server {
    pub data: PathBuf,
    /// Its short code, as it prints it for people.
    pub code: String,
    password: String,
    child: Child,
}

impl Server {
    /// On all addresses of its host, with a fresh data folder.
    pub async fn start(
        network: &Network,
        host: &str,
        programs: &Programs,
        folder: &Path,
        room: &str,
    ) -> Result<Self> {
        let data = folder.join(host);
        let password = programs.set_clerk(&data).await?;
        let settings = folder.join(format!("{host}.toml"));
        std::fs::write(&settings, format!("room = {room:?}\n"))?;
        let said = std::fs::File::create(folder.join(format!("{host}.log")))?;
        let mut command = network.on(host, &programs.server);
        command.arg("serve").arg("--data").arg(&data).arg("--config").arg(&settings);
        command.arg("--listen").arg(format!("0.0.0.0:{PORT}"));
        command.env("HEMICYCLE_ASSETS", &programs.assets);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(said).spawn()?;
        let mut lines = BufReader::new(child.stdout.take().context("it says nothing")?).lines();
        let code = tokio::time::timeout(LIMIT, async {
            let mut code = None;
            while let Some(line) = lines.next_line().await? {
                if let Some((_, said)) = line.split_once("server   ") {
                    code = Some(said.trim().to_owned());
                }
                if line.contains("/ws") {
                    return Ok(code);
                }
            }
            anyhow::Ok(None)
        });
        let code = code.await.context("the server does not start")??;
        let code = code.context("the server has ended")?;
        Ok(Self { data, code, password, child })
    }

    /// A clerk at its console, by this address of its host.
    pub async fn clerk(&self, last: u8) -> Result<(Session, Clerk)> {
        let at = Address::parse(&format!("https://{}:{PORT}", address(last)))?;
        let session = Session::sign_in(&at, CLERK, &self.password).await?;
        let clerk = Clerk::open(&session).await?;
        Ok((session, clerk))
    }

    /// In order.
    pub async fn stop(mut self) -> Result<()> {
        end(&self.child);
        let status = tokio::time::timeout(LIMIT, self.child.wait()).await.context("no end")??;
        anyhow::ensure!(status.success(), "the server ended with {status}");
        Ok(())
    }
}
