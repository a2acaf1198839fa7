//! A real seat: the terminal's own program in a real window, on a real screen,
//! touched where a finger would touch, against a real server. Needs a display
//! with a window manager: `./run test` brings one up.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::wildcard_enum_match_arm)]

use hemicycle_hardware_tests::clerk::{Clerk, Room};
use hemicycle_hardware_tests::host::{Host, Programs};
use hemicycle_hardware_tests::served::Served;
use hemicycle_hardware_tests::swarm::{Options, Pace, Papers, Press, Standing, Swarm};
use hemicycle_protocol::ids::{MemberId, SeatId, VoteId};
use hemicycle_protocol::topic::{ScrutinyKey, Step, VoteState};
use hemicycle_protocol::vote::{Count, Form, Method, Preset, Rule, Tally};
use hemicycle_protocol::wire::{Command, VoteSpec};
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;
use tokio::process::Child;

/// The seat in the window.
const SEAT: SeatId = SeatId(12);
/// Everything here is done in far less; a machine that is busy may take longer.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two touches of the same place.
const AGAIN: Duration = Duration::from_millis(700);

/// Where things stand on a 1920×1080 panel.
mod place {
    /// The button 签到, which on the nameplate is anywhere.
    pub const SIGN_IN: (u32, u32) = (540, 675);
    pub const AGENDA: (u32, u32) = (90, 150);
    pub const FIRST_PAPER: (u32, u32) = (600, 325);
    /// From left to right over the page.
    pub const LINE: [(u32, u32); 2] = [(900, 700), (1500, 720)];
    /// In the agenda at the right, where a second paper is chosen.
    pub const SECOND_PAPER: (u32, u32) = (1470, 420);
    /// Upwards over what lies there.
    pub const PULL: [(u32, u32); 2] = [(1470, 820), (1470, 420)];
    pub const AYE: (u32, u32) = (470, 500);
    pub const SUBMIT: (u32, u32) = (1620, 965);
}

struct Stage {
    host: Host,
    clerk: Clerk,
    terminal: Child,
    folder: tempfile::TempDir,
}

#[tokio::test]
async fn a_member_signs_in_reads_and_votes_in_a_real_window() {
    assert!(
        std::env::var_os("DISPLAY").is_some(),
        "no display: run this through ./run test, which brings one"
    );
    let stage = Stage::set().await;
    let clerk = &stage.clerk;
    clerk.ask(Command::OpenSignIn).await.unwrap();

    // 签到: the nameplate wakes at the first touch, the button stands under the second.
    let member = clerk.room().person_at(SEAT).unwrap().member;
    let here = |room: &hemicycle_hardware_tests::clerk::Room| {
        let place = room.roll.people.iter().position(|p| p.member == member)?;
        room.attendance.here.get(place).then_some(())
    };
    stage.touch_until("the sign-in", &[place::SIGN_IN], here).await;
    stage.looks_alive("signed-in").await;

    // A paper is opened: the worker that renders it is a process of its own.
    stage
        .touch_until_local("the render worker", &[place::AGENDA, place::FIRST_PAPER], || {
            has_child(stage.terminal.id().unwrap())
        })
        .await;
    stage.looks_alive("paper").await;
    stage.writes_a_note().await;
    stage.reads_two().await;

    // Enough others for a quorum, by the clerk's hand.
    let others: Vec<MemberId> = (1..=20).map(MemberId).filter(|m| *m != member).collect();
    for member in others {
        let reason = "终端故障".to_owned();
        clerk.ask(Command::SignInFor { member, reason }).await.unwrap();
    }
    let vote = open_first_vote(clerk).await;

    // 赞成, then 提交: two touches, far apart.
    stage.looks_alive("vote").await;
    touch(&[place::AYE]).await;
    stage.looks_alive("chosen").await;
    stage
        .touch_until("the ballot", &[place::AYE, place::SUBMIT], |room| {
            room.vote.as_ref().filter(|v| v.id == vote && v.cast == 1).map(drop)
        })
        .await;
    stage.looks_alive("submitted").await;
    clerk.ask(Command::CloseVote { vote }).await.unwrap();
    clerk.ask(Command::DeclareVote { vote }).await.unwrap();
    let counted = clerk
        .until("the result", PATIENCE, |room| {
            room.line(vote).filter(|l| l.state == VoteState::Declared)?.count.clone()
        })
        .await
        .unwrap();
    let tally = Tally { in_favour: 1, ..Tally::default() };
    assert_eq!(counted, Count::Motion { tally });
    stage.looks_alive("result").await;
    stage.strike().await;
}

/// The ballot is encrypted in the terminal and opened by the server and two of three others.
#[tokio::test]
async fn a_member_votes_secretly_in_a_real_window() {
    let stage = Stage::set().await;
    let clerk = &stage.clerk;
    clerk.ask(Command::OpenSignIn).await.unwrap();
    let swarm = Swarm::start(Options {
        server: stage.host.address.clone(),
        seats: (1..=31).filter(|n| *n != SEAT.0).map(SeatId).collect(),
        press: Arc::new(Press::All(1)),
        pace: Pace::WhenTold,
        papers: Papers::None,
        secret: [5; 32],
    });
    let everybody = |room: &Room| (room.attendance.present == 31).then_some(());
    stage.touch_until("the sign-ins", &[place::SIGN_IN], everybody).await;
    clerk.ask(Command::OpenMeeting).await.unwrap();
    let registered = |seats: &[Standing]| seats.iter().all(|s| s.registered);
    swarm.until("credentials", PATIENCE, registered).await.unwrap();
    let members = [1, 2, 3].map(MemberId).to_vec();
    clerk.ask(Command::NameScrutineers { members, threshold: 2 }).await.unwrap();
    let made = |room: &Room| matches!(room.scrutiny.key, ScrutinyKey::Ready { .. }).then_some(());
    clerk.until("the scrutineers' key", PATIENCE, made).await.unwrap();
    let item = clerk.room().agenda.items[0].id;
    clerk.ask(Command::StartItem { item }).await.unwrap();
    let spec = VoteSpec {
        title: "关于会议日程调整的动议".into(),
        form: Form::Motion,
        method: Method::Secret,
        rule: Rule::preset(Preset::Committee),
        seconds: None,
        signatories: 0,
    };
    let vote = VoteId(clerk.ask(Command::AddVote { item, spec }).await.unwrap().made.unwrap());
    clerk.ask(Command::OpenVote { vote }).await.unwrap();
    clerk.until("the vote", PATIENCE, |room| room.vote.as_ref().map(drop)).await.unwrap();

    stage.looks_alive("secret-vote").await;
    touch(&[place::AYE]).await;
    stage.looks_alive("secret-chosen").await;
    let cast = |room: &Room| room.vote.as_ref().filter(|v| v.id == vote && v.cast == 1).map(drop);
    stage.touch_until("the ballot", &[place::AYE, place::SUBMIT], cast).await;
    stage.looks_alive("secret-submitted").await;
    let ready = |seats: &[Standing]| {
        seats.iter().all(|s| s.stance.is_some_and(|(of, pressing)| of == vote && pressing))
    };
    swarm.until("every choice", PATIENCE, ready).await.unwrap();
    swarm.let_press(vote);
    let all = |room: &Room| room.vote.as_ref().filter(|v| v.id == vote && v.cast == 31).map(drop);
    clerk.until("every ballot", PATIENCE, all).await.unwrap();
    clerk.ask(Command::CloseVote { vote }).await.unwrap();
    let counted = |room: &Room| room.line(vote)?.count.clone();
    let count = clerk.until("the count", PATIENCE, counted).await.unwrap();
    let tally = Tally { in_favour: 1, against: 30, ..Tally::default() };
    assert_eq!(count, Count::Motion { tally });
    clerk.ask(Command::DeclareVote { vote }).await.unwrap();
    stage.looks_alive("secret-result").await;
    swarm.stop().await;
    stage.strike().await;
}

async fn open_first_vote(clerk: &Clerk) -> hemicycle_protocol::ids::VoteId {
    loop {
        let step = clerk
            .until("the next step", PATIENCE, |room| room.next.steps.first().cloned())
            .await
            .unwrap();
        match step {
            Step::OpenMeeting => clerk.ask(Command::OpenMeeting).await.unwrap(),
            Step::StartItem { item } => clerk.ask(Command::StartItem { item }).await.unwrap(),
            Step::OpenVote { vote } => {
                clerk.ask(Command::OpenVote { vote }).await.unwrap();
                return vote;
            }
            other => panic!("unexpected step {other:?}"),
        };
        // The list of steps follows the answer; wait for it to move on.
        clerk
            .until("the step after it", PATIENCE, |room| {
                room.next.steps.first().filter(|s| **s != step).map(drop)
            })
            .await
            .unwrap();
    }
}

impl Stage {
    async fn set() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let guard = Path::new(env!("CARGO_BIN_EXE_hemicycle-demo"));
        let programs = Programs::beside(guard).unwrap();
        let Served { host, clerk, .. } = Served::sample(&programs, folder.path()).await.unwrap();
        assert!(programs.terminal.is_file(), "{} is not built", programs.terminal.display());
        let log = std::fs::File::create(folder.path().join("terminal.log")).unwrap();
        let terminal = programs
            .guarded(&programs.terminal)
            .args(["--server", &format!("http://{}", host.address), "--seat", "12", "--data"])
            .arg(folder.path().join("terminal"))
            .env("SLINT_BACKEND", "winit-software")
            .stdin(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let stage = Self { host, clerk, terminal, folder };
        let seated = stage.clerk.until("the terminal", PATIENCE, |room| {
            room.devices.terminals.iter().find(|t| t.online && t.seat == Some(SEAT)).map(drop)
        });
        if let Err(error) = seated.await {
            panic!("{error}\n{}", stage.terminal_said());
        }
        stage.looks_alive("nameplate").await;
        stage
    }

    /// Touches the places one after the other, again and again, until it has worked.
    async fn touch_until(
        &self,
        what: &str,
        places: &[(u32, u32)],
        mut wanted: impl FnMut(&hemicycle_hardware_tests::clerk::Room) -> Option<()>,
    ) {
        let tries = PATIENCE.as_millis() / AGAIN.as_millis();
        for _ in 0..tries {
            touch(places).await;
            if self.clerk.until(what, AGAIN, &mut wanted).await.is_ok() {
                return;
            }
        }
        panic!("touching brought no {what}\n{}", self.terminal_said());
    }

    async fn touch_until_local(
        &self,
        what: &str,
        places: &[(u32, u32)],
        wanted: impl Fn() -> bool,
    ) {
        let tries = PATIENCE.as_millis() / AGAIN.as_millis();
        for _ in 0..tries {
            touch(places).await;
            tokio::time::sleep(AGAIN).await;
            if wanted() {
                return;
            }
        }
        panic!("touching brought no {what}\n{}", self.terminal_said());
    }

    /// The screen shows a page: the whole panel, in many colours (text has soft edges).
    async fn looks_alive(&self, name: &str) {
        let picture = self.folder.path().join(format!("{name}.png"));
        let mut seen = (0, 0, 0);
        let tries = PATIENCE.as_millis() / AGAIN.as_millis();
        for _ in 0..tries {
            // The page follows the room within a frame or two; a picture is of what stands still.
            tokio::time::sleep(AGAIN).await;
            run("import", &["-window", "root", picture.to_str().unwrap()]).await;
            let said = run("identify", &["-format", "%w %h %k", picture.to_str().unwrap()]).await;
            let numbers: Vec<u32> = said.split(' ').filter_map(|n| n.parse().ok()).collect();
            if let [width, height, colours] = numbers[..] {
                seen = (width, height, colours);
                if width >= 1920 && height >= 1080 && colours > 60 {
                    keep(&picture);
                    return;
                }
            }
        }
        panic!("{name}: nothing to be seen, {seen:?}\n{}", self.terminal_said());
    }

    /// The pen is taken and a finger draws a line: it stands on the page, and with the server, where
    /// it cannot be read.
    async fn writes_a_note(&self) {
        let notes = self.folder.path().join("server/notes.sqlite");
        let kept = || {
            let notes = rusqlite::Connection::open_with_flags(
                &notes,
                rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY,
            );
            let count = |notes: rusqlite::Connection| {
                notes.query_row("SELECT count(*) FROM notes", [], |row| row.get::<_, u32>(0))
            };
            notes.and_then(count).is_ok_and(|pages| pages == 1)
        };
        let tries = PATIENCE.as_millis() / AGAIN.as_millis();
        for _ in 0..tries {
            run("xdotool", &["key", "p"]).await;
            draw(place::LINE).await;
            tokio::time::sleep(AGAIN).await;
            if kept() {
                self.looks_alive("note").await;
                let picture = self.folder.path().join("note.png");
                let arguments = [picture.to_str().unwrap(), "-format", "%c", "histogram:info:"];
                let colours = run("convert", &arguments).await;
                assert!(colours.contains("#C41E2A"), "no red line on the screen");
                run("xdotool", &["key", "Escape"]).await;
                return;
            }
        }
        panic!("drawing brought no note\n{}", self.terminal_said());
    }

    /// A second paper is chosen at the right; a finger moves that one, and the other lies still.
    async fn reads_two(&self) {
        run("xdotool", &["key", "b"]).await;
        tokio::time::sleep(AGAIN).await;
        touch(&[place::SECOND_PAPER]).await;
        let tries = PATIENCE.as_millis() / AGAIN.as_millis();
        for _ in 0..tries {
            self.looks_alive("two").await;
            let before = self.halves("two").await;
            draw(place::PULL).await;
            self.looks_alive("two-moved").await;
            let after = self.halves("two-moved").await;
            if before[1] != after[1] {
                assert_eq!(before[0], after[0], "the left paper moved too");
                run("xdotool", &["key", "b"]).await;
                return;
            }
        }
        panic!("the right paper does not move\n{}", self.terminal_said());
    }

    /// What names the pixels of each paper that lies there.
    async fn halves(&self, name: &str) -> [String; 2] {
        let picture = self.folder.path().join(format!("{name}.png"));
        let picture = picture.to_str().unwrap();
        let named = async |place: &str| {
            run("convert", &[picture, "-crop", place, "+repage", "-format", "%#", "info:"]).await
        };
        [named("880x700+140+220").await, named("880x700+1034+220").await]
    }

    fn terminal_said(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("terminal.log")).unwrap_or_default()
    }

    async fn strike(mut self) {
        assert!(self.terminal.try_wait().unwrap().is_none(), "{}", self.terminal_said());
        self.terminal.kill().await.unwrap();
        self.host.stop().await.unwrap();
    }
}

/// `./run pictures` wants to keep what was seen.
fn keep(picture: &Path) {
    if let Some(folder) = std::env::var_os("HEMICYCLE_PICTURES") {
        let folder = std::path::PathBuf::from(folder);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::copy(picture, folder.join(picture.file_name().unwrap())).unwrap();
    }
}

async fn touch(places: &[(u32, u32)]) {
    for (x, y) in places {
        run("xdotool", &["mousemove", &x.to_string(), &y.to_string(), "click", "1"]).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}

/// A finger that goes from one place to another.
async fn draw([from, to]: [(u32, u32); 2]) {
    let step = |n: u32, from: u32, to: u32| (from * (8 - n) + to * n) / 8;
    for n in 0..=8 {
        let (x, y) = (step(n, from.0, to.0).to_string(), step(n, from.1, to.1).to_string());
        run("xdotool", &["mousemove", &x, &y]).await;
        if n == 0 {
            run("xdotool", &["mousedown", "1"]).await;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    run("xdotool", &["mouseup", "1"]).await;
}

async fn run(program: &str, arguments: &[&str]) -> String {
    let output = tokio::process::Command::new(program).args(arguments).output().await;
    let output = output.unwrap_or_else(|e| panic!("{program}: {e}; ./run setup installs it"));
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Has the terminal a process of its own under it?
fn has_child(pid: u32) -> bool {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).unwrap();
    tasks.flatten().any(|task| {
        std::fs::read_to_string(task.path().join("children"))
            .is_ok_and(|children| !children.trim().is_empty())
    })
}
