//! What a seat asks of its machine: from the start of the terminal's program to
//! a page that can be touched, processor time when nothing happens, memory. The
//! real program in a real window against the real server, on a virtual screen
//! of its own whose pixels are read where the screen keeps them, so that
//! looking costs next to nothing.

use crate::clerk::Clerk;
use crate::figures::{Spread, millis};
use crate::guard;
use crate::host::{Host, Programs};
use crate::served::Served;
use anyhow::{Context as _, Result, bail, ensure};
use hemicycle_protocol::ids::SeatId;
use hemicycle_protocol::wire::Command as Ask;
use serde::Serialize;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// The panel, and the seat that is looked at.
const SIZE: (usize, usize) = (1920, 1080);
const SEAT: u16 = 12;
/// Every so many rows of pixels are looked at, so often.
const ROWS: usize = 8;
const LOOK: Duration = Duration::from_millis(4);
/// A page that has not changed for so long is the one.
const STILL: Duration = Duration::from_secs(2);
/// Of a page, so much may differ from what it becomes: the clock goes on.
const ALIKE: f64 = 0.003;
/// An end for what hangs.
const PATIENCE: Duration = Duration::from_secs(60);
/// Ticks of the processor's clock in a second, as Linux counts for programs.
const TICKS: f64 = 100.0;

/// Where things stand on the panel.
mod place {
    /// The nameplate is anywhere, the button under it.
    pub const SIGN_IN: (u32, u32) = (540, 675);
    pub const AGENDA: (u32, u32) = (90, 150);
    pub const FIRST_PAPER: (u32, u32) = (600, 325);
}

/// What was measured.
#[derive(Debug, Serialize)]
pub struct Figures {
    pub panel: String,
    /// With a fresh folder: a key is made, a seat is got.
    pub first_start: Start,
    pub starts: Vec<Start>,
    /// Over `starts`.
    pub usable_ms: Option<Spread>,
    pub nameplate: Idle,
    pub reading: Idle,
}

/// One start of the program.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Start {
    /// The window's first pixels.
    pub window_ms: f64,
    /// The meeting's page is there, whole: it has spoken with the server and can be touched.
    pub usable_ms: f64,
}

/// A seat at which nothing happens.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Idle {
    pub seconds: u64,
    pub cpu_seconds_a_minute: f64,
    pub terminal: Memory,
    /// The process that draws papers, where there is one.
    pub worker: Option<Memory>,
}

/// In KiB; what is shared with others is counted in full, or in part.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Memory {
    pub rss_kib: u64,
    pub pss_kib: u64,
}

/// Starts the program once and then `runs` times more, and leaves it alone for `idle` at its
/// nameplate and over an open paper. `guard` is this program.
pub async fn measure(guard: &Path, runs: u32, idle: Duration) -> Result<Figures> {
    let folder = tempfile::tempdir()?;
    let programs = Programs::beside(guard)?;
    ensure!(programs.terminal.is_file(), "{} is not built", programs.terminal.display());
    let Served { host, clerk, .. } = Served::sample(&programs, folder.path()).await?;
    clerk.ask(Ask::OpenSignIn).await?;
    let glass = Glass::open(guard, folder.path()).await?;
    let panel = Panel { programs, host, clerk, glass, folder: folder.path().join("terminal") };

    let (first_start, terminal) = panel.start().await?;
    panel.rest(&terminal).await?;
    panel.stop(terminal).await?;
    let mut starts = Vec::new();
    for _ in 0..runs {
        let (start, terminal) = panel.start().await?;
        panel.stop(terminal).await?;
        starts.push(start);
    }
    let (_, terminal) = panel.start().await?;
    panel.rest(&terminal).await?;
    let nameplate = panel.idle(&terminal, idle).await?;
    panel.read(&terminal).await?;
    panel.rest(&terminal).await?;
    let reading = panel.idle(&terminal, idle).await?;
    ensure!(reading.worker.is_some(), "no paper was opened");
    panel.stop(terminal).await?;
    let Panel { host, clerk, .. } = panel;
    drop(clerk);
    host.stop().await?;
    let milliseconds = |start: &Start| Duration::from_secs_f64(start.usable_ms / 1000.0);
    Ok(Figures {
        panel: format!("{}x{}", SIZE.0, SIZE.1),
        first_start,
        usable_ms: Spread::of(starts.iter().map(milliseconds)),
        starts,
        nameplate,
        reading,
    })
}

struct Panel {
    programs: Programs,
    host: Host,
    clerk: Clerk,
    glass: Glass,
    folder: PathBuf,
}

impl Panel {
    /// Starts the program, and waits until its page stands still.
    async fn start(&self) -> Result<(Start, Child)> {
        let before = self.glass.look()?;
        let mut command = Command::new(&self.programs.terminal);
        command
            .args(["--windowed", "--size", &format!("{}x{}", SIZE.0, SIZE.1)])
            .args(["--server", &format!("http://{}", self.host.address)])
            .args(["--seat", &SEAT.to_string(), "--data"])
            .arg(&self.folder)
            .env("HEMICYCLE_ASSETS", &self.programs.assets)
            .env("SLINT_BACKEND", "winit-software")
            .env("DISPLAY", &self.glass.display)
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        let began = Instant::now();
        let terminal = command.spawn().context("the terminal")?;
        // What was seen, whenever it was something new.
        let mut seen = vec![(began, before)];
        while began.elapsed() < PATIENCE {
            tokio::time::sleep(LOOK).await;
            let (at, now) = (Instant::now(), self.glass.look()?);
            let last = seen.last().context("a picture")?;
            if now != last.1 {
                seen.push((at, now));
            } else if seen.len() > 1 && last.0.elapsed() > STILL && self.is_here() {
                return Ok((times(&seen)?, terminal));
            }
        }
        bail!("the terminal shows nothing that stands still")
    }

    fn is_here(&self) -> bool {
        let devices = self.clerk.room().devices;
        devices.terminals.iter().any(|t| t.online && t.seat == Some(SeatId(SEAT)))
    }

    async fn stop(&self, mut terminal: Child) -> Result<()> {
        terminal.kill().await?;
        self.clerk
            .until("the seat to be empty", PATIENCE, |_| (!self.is_here()).then_some(()))
            .await?;
        Ok(())
    }

    /// Papers come, pages are drawn ahead: waits until there is nothing left to do.
    async fn rest(&self, terminal: &Child) -> Result<()> {
        let began = Instant::now();
        let mut ticks = family_ticks(terminal)?;
        while began.elapsed() < PATIENCE {
            tokio::time::sleep(STILL).await;
            let now = family_ticks(terminal)?;
            if now <= ticks + 2 {
                return Ok(());
            }
            ticks = now;
        }
        bail!("the terminal does not come to rest")
    }

    async fn idle(&self, terminal: &Child, time: Duration) -> Result<Idle> {
        let (began, before) = (Instant::now(), family_ticks(terminal)?);
        tokio::time::sleep(time).await;
        let ticks = (family_ticks(terminal)? - before) as f64;
        let minutes = began.elapsed().as_secs_f64() / 60.0;
        let pid = terminal.id().context("the terminal has ended")?;
        let worker = children(pid)?.first().copied().map(memory).transpose()?;
        let a_minute = (ticks / TICKS / minutes * 1000.0).round() / 1000.0;
        let terminal = memory(pid)?;
        Ok(Idle { seconds: time.as_secs(), cpu_seconds_a_minute: a_minute, terminal, worker })
    }

    /// Signs in, opens a paper, turns its pages to the end and back.
    async fn read(&self, terminal: &Child) -> Result<()> {
        let pid = terminal.id().context("the terminal has ended")?;
        for at in [place::SIGN_IN, place::SIGN_IN] {
            self.glass.touch(at).await?;
        }
        let began = Instant::now();
        while children(pid)?.is_empty() {
            ensure!(began.elapsed() < PATIENCE, "touching opened no paper");
            self.glass.touch(place::AGENDA).await?;
            self.glass.touch(place::FIRST_PAPER).await?;
        }
        for key in ["Right", "Right", "Right", "Right", "Left", "Left"] {
            self.glass.xdotool(&["key", key]).await?;
        }
        Ok(())
    }
}

/// A virtual screen whose pixels lie in a file.
struct Glass {
    display: String,
    pixels: File,
    start: u64,
    stride: u64,
    _screen: Child,
}

impl Glass {
    async fn open(guard: &Path, folder: &Path) -> Result<Self> {
        let mut command = guard::command(guard, Path::new("Xvfb"));
        command.args(["-displayfd", "1", "-nolisten", "tcp", "-noreset", "-screen", "0"]);
        command.arg(format!("{}x{}x24", SIZE.0, SIZE.1)).arg("-fbdir").arg(folder);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut screen = command.spawn().context("Xvfb")?;
        let mut lines = BufReader::new(screen.stdout.take().context("Xvfb's words")?).lines();
        let number = tokio::time::timeout(PATIENCE, lines.next_line()).await??;
        let number = number.context("no virtual screen: is Xvfb installed? ./run setup test")?;
        let pixels = File::open(folder.join("Xvfb_screen0"))?;
        // A window dump's head: its own length, bytes a row, colours of 12 bytes each.
        let mut head = [0; 80];
        pixels.read_exact_at(&mut head, 0)?;
        let (fields, _) = head.as_chunks::<4>();
        let field = |n: usize| fields.get(n).map(|f| u64::from(u32::from_be_bytes(*f)));
        let (length, stride, colours) = field(0)
            .zip(field(12))
            .zip(field(19))
            .map(|((l, s), c)| (l, s, c))
            .context("a head")?;
        let display = format!(":{}", number.trim());
        Ok(Self { display, pixels, start: length + 12 * colours, stride, _screen: screen })
    }

    fn look(&self) -> Result<Vec<u8>> {
        let stride = usize::try_from(self.stride)?;
        let mut seen = vec![0; stride * (SIZE.1 / ROWS)];
        for (row, bytes) in seen.chunks_exact_mut(stride).enumerate() {
            let row = u64::try_from(row * ROWS)?;
            self.pixels.read_exact_at(bytes, self.start + row * self.stride)?;
        }
        Ok(seen)
    }

    async fn touch(&self, (x, y): (u32, u32)) -> Result<()> {
        self.xdotool(&["mousemove", &x.to_string(), &y.to_string(), "click", "1"]).await
    }

    async fn xdotool(&self, arguments: &[&str]) -> Result<()> {
        let status =
            Command::new("xdotool").args(arguments).env("DISPLAY", &self.display).status().await;
        ensure!(status.context("xdotool")?.success(), "xdotool {arguments:?} failed");
        // As a person would, and so that the page follows.
        tokio::time::sleep(Duration::from_millis(700)).await;
        Ok(())
    }
}

/// When the window was there, and when its last page was.
fn times(seen: &[(Instant, Vec<u8>)]) -> Result<Start> {
    let ((began, _), (_, last)) = seen.first().zip(seen.last()).context("pictures")?;
    let (shown, _) = seen.get(1).context("nothing was shown")?;
    let alike = |picture: &[u8]| {
        let other = picture.iter().zip(last).filter(|(a, b)| a != b).count();
        (other as f64) < last.len() as f64 * ALIKE
    };
    let usable = seen.iter().find(|(_, picture)| alike(picture)).map(|(at, _)| *at);
    let since = |at: Instant| millis(at - *began);
    Ok(Start { window_ms: since(*shown), usable_ms: since(usable.context("a page")?) })
}

/// Processor time of the terminal and its worker, in ticks.
fn family_ticks(terminal: &Child) -> Result<u64> {
    let pid = terminal.id().context("the terminal has ended")?;
    let mut sum = ticks(pid)?;
    for child in children(pid)? {
        sum += ticks(child)?;
    }
    Ok(sum)
}

fn ticks(pid: u32) -> Result<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    ticks_in(&stat).with_context(|| format!("/proc/{pid}/stat"))
}

/// User and system time, the 14th and 15th field; the second is a name that may hold anything.
fn ticks_in(stat: &str) -> Option<u64> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(11);
    let (user, system): (u64, u64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some(user + system)
}

fn children(pid: u32) -> Result<Vec<u32>> {
    let mut found = Vec::new();
    for task in std::fs::read_dir(format!("/proc/{pid}/task"))? {
        let children = std::fs::read_to_string(task?.path().join("children")).unwrap_or_default();
        found.extend(children.split_whitespace().filter_map(|pid| pid.parse::<u32>().ok()));
    }
    Ok(found)
}

fn memory(pid: u32) -> Result<Memory> {
    let rollup = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))?;
    let of = |name: &str| kib(&rollup, name).with_context(|| format!("{name} of {pid}"));
    Ok(Memory { rss_kib: of("Rss:")?, pss_kib: of("Pss:")? })
}

fn kib(rollup: &str, name: &str) -> Option<u64> {
    let line = rollup.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_says_is_read() {
        let stat = "7 (a) b (c)) S 1 7 7 0 -1 4194304 2154 0 3 0 250 17 0 0 20 0 3 0 5 6 7";
        assert_eq!(ticks_in(stat), Some(267));
        let rollup = "55-7f ---p 0 00:00 0 [rollup]\nRss:    30720 kB\nPss:    20480 kB\n";
        assert_eq!((kib(rollup, "Rss:"), kib(rollup, "Pss:")), (Some(30720), Some(20480)));
        let own = std::process::id();
        assert!(memory(own).unwrap().rss_kib > 0 && ticks(own).is_ok());
    }

    #[test]
    fn a_page_counts_when_it_is_whole() {
        let began = Instant::now();
        let at = |ms| began + Duration::from_millis(ms);
        let (ground, page) = (vec![0; 10_000], vec![9; 10_000]);
        let mut half = page.clone();
        half[..100].fill(0);
        let mut clock = page.clone();
        clock[..20].fill(0);
        let seen = [(began, ground), (at(80), half), (at(120), clock.clone()), (at(60_000), page)];
        let start = times(&seen).unwrap();
        assert_eq!((start.window_ms, start.usable_ms), (80.0, 120.0));
        assert!(times(&seen[..1]).is_err());
    }
}
