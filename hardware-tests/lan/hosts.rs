//! The hosts of the room, each a network namespace, the bridge between them, and the cables to it.
//! Everything is made inside a network and mount namespace of this process: when it
//! ends, however it ends, nothing of it is left.

use anyhow::{Context, Result, bail, ensure};
use hemicycle_hardware_tests::guard;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// The room's own network.
const NET: &str = "10.77.0";
/// Another one, of the server's second card.
const ANNEX: &str = "10.78.0";
/// The room's bridge, which is this process's card there, and the other network's.
const ROOM: &str = "room";
const OTHER: &str = "annex";
/// The server's second card, until it is in its host.
const SECOND: &str = "server-2";

/// What cables do, in percent of the frames and milliseconds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cable {
    pub loss: u32,
    pub delay: u32,
    pub duplicate: u32,
    pub reorder: u32,
}

/// Who makes a network bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Faults {
    /// `tc netem` at each host's card.
    Netem,
    /// The cable to each host.
    Cables,
}

/// See the module.
pub struct Network {
    guard: PathBuf,
    orders: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
    _cables: Child,
}

impl Network {
    /// A bridge with these hosts on it; each has the address that its place gives. The first
    /// is on the other network too, with these in the annex.
    pub async fn build(guard: &Path, hosts: &[&str], annex: &[&str], seed: u64) -> Result<Self> {
        // Where `ip netns` keeps its names: ours alone.
        std::fs::create_dir_all("/run/netns")?;
        run("mount", &["-t", "tmpfs", "tmpfs", "/run/netns"]).await?;
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("lan/cables.py");
        let mut command = guard::command(guard, Path::new("/usr/bin/env"));
        command
            .arg("python3")
            .arg(script)
            .arg(seed.to_string())
            .args(hosts)
            .args(annex)
            .arg(SECOND);
        let mut cables = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("the cables are not laid")?;
        let orders = cables.stdin.take().context("no way to give orders")?;
        let out = cables.stdout.take().context("no way to hear answers")?;
        let answers = BufReader::new(out).lines();
        let mut network = Self { guard: guard.into(), orders, answers, _cables: cables };
        let ready = network.answers.next_line().await?;
        ensure!(ready.as_deref() == Some("ready"), "the cables say {ready:?}");
        ip("link set dev lo up").await?;
        for (bridge, ends) in [(ROOM, hosts.to_vec()), (OTHER, [annex, &[SECOND]].concat())] {
            ip(&format!("link add {bridge} type bridge")).await?;
            ip(&format!("link set dev {bridge} up")).await?;
            for end in ends {
                ip(&format!("link set dev b-{end} master {bridge}")).await?;
                ip(&format!("link set dev b-{end} up")).await?;
            }
        }
        ip(&format!("addr add {} dev {ROOM}", wide(254))).await?;
        for host in hosts.iter().chain(annex) {
            ip(&format!("netns add {host}")).await?;
            ip(&format!("-n {host} link set dev lo up")).await?;
        }
        for (place, host) in hosts.iter().enumerate() {
            card(host, host, "eth0", &wide(u8::try_from(place + 1)?)).await?;
        }
        for (place, host) in annex.iter().enumerate() {
            card(host, host, "eth0", &format!("{ANNEX}.{}/24", place + 2)).await?;
        }
        if let Some(first) = hosts.first() {
            card(first, SECOND, "eth1", &format!("{ANNEX}.1/24")).await?;
        }
        Ok(network)
    }

    /// The server's address for the annex.
    pub fn in_annex() -> String {
        format!("{ANNEX}.1")
    }

    /// Nothing is found from this host any more: multicast goes nowhere.
    pub async fn deafen(&self, host: &str) -> Result<()> {
        ip(&format!("-n {host} link set dev eth0 multicast off")).await
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
            "cables": hosts, "loss": loss, "delay": delay, "duplicate": duplicate,
            "reorder": reorder,
        });
        self.order(&order).await.map(drop)
    }

    /// A bad network between these hosts: by the kernel's own `netem` where it has that, else by
    /// the cables. Says which.
    pub async fn worsen(&mut self, hosts: &[&str], cable: Cable) -> Result<Faults> {
        let Cable { loss, delay, duplicate, reorder } = cable;
        let netem = format!(
            "qdisc add dev eth0 root netem loss {loss}% delay {delay}ms duplicate {duplicate}% \
             reorder {reorder}%"
        );
        if let Some(first) = hosts.first()
            && tc(first, "qdisc add dev lo root netem delay 1ms").await.is_ok()
        {
            tc(first, "qdisc del dev lo root").await?;
            for host in hosts {
                tc(host, &netem).await?;
            }
            return Ok(Faults::Netem);
        }
        self.cables(hosts, cable).await?;
        Ok(Faults::Cables)
    }

    /// Ends that. An error where nothing bad has happened, so that nothing was tried.
    pub async fn mend(&mut self, hosts: &[&str], faults: Faults) -> Result<()> {
        match faults {
            Faults::Netem => {
                let mut dropped = 0;
                for host in hosts {
                    let said = tc(host, "-s -j qdisc show dev eth0").await?;
                    let said: Value = serde_json::from_str(&said)?;
                    dropped += said[0]["drops"].as_u64().unwrap_or_default();
                    tc(host, "qdisc del dev eth0 root").await?;
                }
                ensure!(dropped > 0, "nothing was lost, so nothing was tried");
            }
            Faults::Cables => {
                self.cables(hosts, Cable::default()).await?;
                let counts = self.order(&json!({ "cables": hosts })).await?;
                // Of all hosts together: what happens to a frame in fifty may spare one of them.
                for what in ["lost", "delayed", "duplicated", "overtook"] {
                    let of = |host: &&str| counts[host][what].as_u64().unwrap_or_default();
                    let happened: u64 = hosts.iter().map(of).sum();
                    ensure!(happened > 0, "nothing was {what}, so nothing was tried");
                }
            }
        }
        Ok(())
    }

    /// Pulls a cable, or plugs it in again.
    pub async fn plug(&mut self, host: &str, plugged: bool) -> Result<()> {
        self.order(&json!({ "cables": [host], "plugged": plugged })).await.map(drop)
    }

    async fn order(&mut self, order: &Value) -> Result<Value> {
        self.orders.write_all(format!("{order}\n").as_bytes()).await?;
        self.orders.flush().await?;
        let answer = self.answers.next_line().await?.context("the cables are gone")?;
        Ok(serde_json::from_str(&answer)?)
    }
}

/// Gives a host the end of a cable as its card.
async fn card(host: &str, end: &str, name: &str, address: &str) -> Result<()> {
    ip(&format!("link set dev {end} netns {host}")).await?;
    ip(&format!("-n {host} link set dev {end} name {name}")).await?;
    ip(&format!("-n {host} addr add {address} dev {name}")).await?;
    ip(&format!("-n {host} link set dev {name} up")).await
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

/// Of one host's cards; what it says.
async fn tc(host: &str, words: &str) -> Result<String> {
    let all = ["-n", host].into_iter().chain(words.split_whitespace());
    let done = Command::new("tc").args(all).output().await.context("tc")?;
    let said = String::from_utf8_lossy(&done.stderr);
    ensure!(done.status.success(), "tc {words}: {}", said.trim());
    Ok(String::from_utf8_lossy(&done.stdout).into_owned())
}

async fn run(program: &str, words: &[&str]) -> Result<()> {
    let done = Command::new(program).args(words).output().await.context(program.to_owned())?;
    if !done.status.success() {
        let said = String::from_utf8_lossy(&done.stderr);
        bail!("{program} {}: {}", words.join(" "), said.trim());
    }
    Ok(())
}
