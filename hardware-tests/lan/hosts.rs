//! The hosts of the room, each a network namespace, and the switch between them.
//! Everything is made inside a network and mount namespace of this process: when it
//! ends, however it ends, nothing of it is left.

use anyhow::{Context, Result, bail, ensure};
use hemicycle_hardware_tests::guard;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// The room's own network, and this process's address in it.
const NET: &str = "10.77.0";
pub const CONSOLE: &str = "console";

/// What cables do, in percent of the frames and milliseconds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cable {
    pub loss: u32,
    pub delay: u32,
    pub duplicate: u32,
    pub reorder: u32,
}

/// See the module.
pub struct Network {
    guard: PathBuf,
    orders: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
    _switch: Child,
}

impl Network {
    /// A switch with these hosts on it; each has the address that its place gives.
    pub async fn build(guard: &Path, hosts: &[&str], seed: u64) -> Result<Self> {
        // Where `ip netns` keeps its names: ours alone.
        std::fs::create_dir_all("/run/netns")?;
        run("mount", &["-t", "tmpfs", "tmpfs", "/run/netns"]).await?;
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("lan/switch.py");
        let mut command = guard::command(guard, Path::new("/usr/bin/env"));
        command.arg("python3").arg(script).arg(seed.to_string()).arg(CONSOLE).args(hosts);
        let mut switch = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("the switch does not start")?;
        let orders = switch.stdin.take().context("no way to give orders")?;
        let out = switch.stdout.take().context("no way to hear answers")?;
        let answers = BufReader::new(out).lines();
        let mut network = Self { guard: guard.into(), orders, answers, _switch: switch };
        let ready = network.answers.next_line().await?;
        ensure!(ready.as_deref() == Some("ready"), "the switch says {ready:?}");
        ip("link set dev lo up").await?;
        ip(&format!("addr add {} dev {CONSOLE}", wide(254))).await?;
        ip(&format!("link set dev {CONSOLE} up")).await?;
        for (place, host) in hosts.iter().enumerate() {
            ip(&format!("netns add {host}")).await?;
            ip(&format!("link set dev {host} netns {host}")).await?;
            ip(&format!("-n {host} link set dev {host} name eth0")).await?;
            ip(&format!("-n {host} link set dev lo up")).await?;
            let address = wide(u8::try_from(place + 1)?);
            ip(&format!("-n {host} addr add {address} dev eth0")).await?;
            ip(&format!("-n {host} link set dev eth0 up")).await?;
        }
        Ok(network)
    }

    /// A program on one of the hosts; it ends with us.
    pub fn on(&self, host: &str, program: &Path) -> Command {
        let mut command = guard::command(&self.guard, Path::new("/usr/bin/env"));
        command.args(["ip", "netns", "exec", host]).arg(program);
        command
    }

    /// Makes the cables of these hosts good or bad.
    pub async fn cables(&mut self, hosts: &[&str], cable: Cable) -> Result<()> {
        let Cable { loss, delay, duplicate, reorder } = cable;
        let order = json!({
            "ports": hosts, "loss": loss, "delay": delay, "duplicate": duplicate,
            "reorder": reorder,
        });
        self.order(&order).await.map(drop)
    }

    /// Pulls a cable, or plugs it in again.
    pub async fn plug(&mut self, host: &str, plugged: bool) -> Result<()> {
        self.order(&json!({ "ports": [host], "plugged": plugged })).await.map(drop)
    }

    /// What has gone through the ports.
    pub async fn counts(&mut self, hosts: &[&str]) -> Result<Value> {
        self.order(&json!({ "ports": hosts })).await
    }

    async fn order(&mut self, order: &Value) -> Result<Value> {
        self.orders.write_all(format!("{order}\n").as_bytes()).await?;
        self.orders.flush().await?;
        let answer = self.answers.next_line().await?.context("the switch has ended")?;
        Ok(serde_json::from_str(&answer)?)
    }
}

/// A host gives up its address and takes this one.
pub async fn readdress(host: &str, last: u8) -> Result<()> {
    ip(&format!("-n {host} addr flush dev eth0")).await?;
    ip(&format!("-n {host} addr add {} dev eth0", wide(last))).await
}

/// An address of the room.
pub fn address(last: u8) -> String {
    format!("{NET}.{last}")
}

fn wide(last: u8) -> String {
    format!("{NET}.{last}/24")
}

async fn ip(words: &str) -> Result<()> {
    run("ip", &words.split(' ').collect::<Vec<_>>()).await
}

async fn run(program: &str, words: &[&str]) -> Result<()> {
    let done = Command::new(program).args(words).output().await.context(program.to_owned())?;
    if !done.status.success() {
        let said = String::from_utf8_lossy(&done.stderr);
        bail!("{program} {}: {}", words.join(" "), said.trim());
    }
    Ok(())
}
