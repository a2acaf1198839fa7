//! What happens in the box, from the first terminal that looks for a room to the record that is
//! checked. Each part says what it does; what fails says which seat waited for what.

use crate::hosts::{Cable, Faults, Network, address, readdress};
use crate::robot::Finger;
use crate::seats::{LIMIT, Seat, Way};
use crate::server::Server;
use anyhow::{Context, Result, ensure};
use hemicycle_hardware_tests::clerk::{Clerk, Room, Session};
use hemicycle_hardware_tests::host::Programs;
use hemicycle_hardware_tests::log;
use hemicycle_protocol::ids::{ItemId, Key, MemberId, SeatId, VoteId};
use hemicycle_protocol::topic::{ItemKind, ScrutinyKey, Standing, VoteState};
use hemicycle_protocol::vote::{Count, Form, Method, Preset, Rule};
use hemicycle_protocol::wire::{Command, RosterRow, VoteSpec};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, BufReader};

const ROOM: &str = "东厅";
const HOSTS: [&str; 10] = [
    "server", "seat-1", "seat-2", "seat-3", "seat-4", "seat-5", "seat-6", "seat-7", "seat-8",
    "impostor",
];
/// On another network, that of the server's second card.
const ANNEX: [&str; 2] = ["seat-9", "seat-10"];
/// The first seven sit in the meeting.
const SEATS: usize = 7;
/// Last parts of addresses: by their places, and where the server moves.
const SERVER: u8 = 1;
const MOVED: u8 = 99;
/// A bad network.
const BAD: Cable = Cable { loss: 5, delay: 200, duplicate: 2, reorder: 25 };
const GOOD: Cable = Cable { loss: 0, delay: 0, duplicate: 0, reorder: 0 };
/// How long the server's host is gone.
const GONE: Duration = Duration::from_secs(20);

struct Hall {
    network: Network,
    server: Server,
    at: u8,
    session: Session,
    clerk: Clerk,
    seats: Vec<Seat>,
    item: ItemId,
    /// Votes that were held: number, is it secret.
    held: Vec<(VoteId, bool)>,
}

pub async fn play(program: &Path, folder: &Path, seed: u64) -> Result<()> {
    let programs = Programs::beside(program)?;
    let began = Instant::now();
    say("十二台主机，两个网络，两座网桥 / twelve hosts on two networks, two bridges");
    let network = Network::build(program, &HOSTS, &ANNEX, seed).await?;
    let server = Server::start(&network, "server", &programs, folder, ROOM).await?;
    let (session, clerk) = server.clerk(SERVER).await?;
    let mut hall = Hall {
        network,
        server,
        at: SERVER,
        session,
        clerk,
        seats: Vec::new(),
        item: ItemId(0),
        held: Vec::new(),
    };
    let paper = hall.prepare(&programs).await?;
    hall.come(program, folder).await?;
    hall.annex(program, folder).await?;
    hall.sign_in().await?;
    say("好的网络 / a good network");
    hall.vote(Method::Recorded).await?;
    hall.vote(Method::Secret).await?;
    hall.crowd().await?;
    hall.bad_cables().await?;
    hall.pulled(2, Pulled::BeforeTheBallot).await?;
    hall.pulled(3, Pulled::BeforeTheReceipt).await?;
    hall.server_gone().await?;
    let impostor = hall.impostor(&programs, program, folder).await?;
    hall.moved().await?;
    hall.end(paper, impostor, &programs, folder).await?;
    say(&format!("完成 / done, {} s", began.elapsed().as_secs()));
    Ok(())
}

enum Pulled {
    /// The cable goes, and then 提交 is pressed: nothing arrives.
    BeforeTheBallot,
    /// The ballot arrives; the cable goes before the receipt has come.
    BeforeTheReceipt,
}

impl Hall {
    async fn prepare(&mut self, programs: &Programs) -> Result<hemicycle_protocol::ids::Hash> {
        let row = |seat: u16| RosterRow {
            seat: SeatId(seat),
            name: format!("委员{seat}"),
            title: String::new(),
            standing: Standing::Member,
            // One who is not here: the chair sees other pages.
            chair: usize::from(seat) > SEATS,
        };
        let people = (1..=u16::try_from(SEATS + 1)?).map(row).collect();
        self.clerk.ask(Command::ImportRoster { people, layout: vec![] }).await?;
        let (title, short) = ("审议决定草案".to_owned(), "决定".to_owned());
        let add = Command::AddItem { title, short, kind: ItemKind::Decision };
        self.item = ItemId(self.clerk.ask(add).await?.made.context("no item")?);
        let pdf = std::fs::read(programs.sample().join("papers/1-1-decision-draft.pdf"))?;
        let hash = self.session.upload(&pdf).await?;
        let title = "决定（草案）".to_owned();
        self.clerk
            .ask(Command::AddPaper { item: self.item, title, hash, terms: Default::default() })
            .await?;
        Ok(hash)
    }

    /// The terminals find the room, one by a technician's finger; each is paired by its code.
    async fn come(&mut self, program: &Path, folder: &Path) -> Result<()> {
        say("终端以组播查找会议室 / terminals look for the room by multicast");
        for place in 0..SEATS {
            // The first has a technician before it.
            let way = if place > 0 { Way::Room(ROOM) } else { Way::Asked };
            let host = HOSTS[place + 1];
            self.seats.push(Seat::start(&self.network, host, program, folder, &way)?);
        }
        let code = self.server.code.clone();
        let list = self.seats[0].until("the list of rooms", |v| v.page == "rooms").await?;
        let [(name, shown)] = &list.rooms[..] else { anyhow::bail!("{:?}", list.rooms) };
        ensure!(name == ROOM && shown.contains(&code) && !list.alike, "{list:?}");
        let shown = shown.clone();
        self.seats[0].touch(Finger::Room { code: shown }).await?;
        for (place, seat) in self.seats.iter().enumerate() {
            let waits =
                seat.until("its code", |v| v.title == "等待分配座位" && !v.code.is_empty()).await?;
            let seat_id = SeatId(u16::try_from(place + 1)?);
            let terminal = self.clerk.until("the same code", LIMIT, knocks(&waits.code)).await?;
            self.clerk.ask(Command::AssignSeat { terminal, seat: seat_id }).await?;
            seat.until("the nameplate", |v| v.page == "standby" && v.online).await?;
        }
        say("  七台终端已配对 / seven terminals paired");
        Ok(())
    }

    /// Through the server's second card: found there by multicast too, and where multicast goes
    /// nowhere, by the address that a technician gives.
    async fn annex(&mut self, program: &Path, folder: &Path) -> Result<()> {
        say("服务器的第二块网卡；无组播时指定地址 / a second card, and an address given by hand");
        self.network.deafen(ANNEX[1]).await?;
        let given = format!("https://{}:8480", Network::in_annex());
        for (host, way) in ANNEX.into_iter().zip([Way::Room(ROOM), Way::Server(&given)]) {
            let seat = Seat::start(&self.network, host, program, folder, &way)?;
            let waits =
                seat.until("its code", |v| v.title == "等待分配座位" && !v.code.is_empty()).await?;
            self.clerk.until("the same code", LIMIT, knocks(&waits.code)).await?;
        }
        Ok(())
    }

    async fn sign_in(&mut self) -> Result<()> {
        self.clerk.ask(Command::OpenSignIn).await?;
        for seat in &mut self.seats {
            // A nameplate that does not know yet takes no touch.
            while seat.view().page == "standby" {
                seat.touch(Finger::Wake).await?;
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            seat.until("sign-in", |v| v.page == "sign-in" && v.state == "ready").await?;
            seat.touch(Finger::SignIn).await?;
            seat.until("已签到", |v| v.state == "done").await?;
        }
        let all = |room: &Room| (room.attendance.present as usize == SEATS).then_some(());
        self.clerk.until("everybody to be present", LIMIT, all).await?;
        self.clerk.ask(Command::OpenMeeting).await?;
        self.clerk.ask(Command::StartItem { item: self.item }).await?;
        let members = (1..=3).map(MemberId).collect();
        self.clerk.ask(Command::NameScrutineers { members, threshold: 2 }).await?;
        let ready = |room: &Room| match &room.scrutiny.key {
            ScrutinyKey::Ready { .. } => Some(Ok(())),
            ScrutinyKey::Failed { why, .. } => Some(Err(anyhow::anyhow!("no key: {why}"))),
            ScrutinyKey::Absent | ScrutinyKey::Making { .. } => None,
        };
        self.clerk.until("the scrutineers' key", LIMIT, ready).await??;
        say("  签到 7/7，监票人密钥已生成 / signed in, the scrutineers' key is made");
        Ok(())
    }

    /// Opens a vote; every seat has chosen and could press.
    async fn open(&mut self, method: Method) -> Result<VoteId> {
        let number = self.held.len() + 1;
        let spec = VoteSpec {
            title: format!("决定（草案）第{number}次表决"),
            form: Form::Motion,
            method,
            rule: Rule::preset(Preset::Committee),
            seconds: None,
            signatories: 0,
        };
        let title = spec.title.clone();
        let made = self.clerk.ask(Command::AddVote { item: self.item, spec }).await?.made;
        let vote = VoteId(made.context("no vote")?);
        self.seats.iter().for_each(Seat::forget_receipts);
        self.clerk.ask(Command::OpenVote { vote }).await?;
        self.held.push((vote, method == Method::Secret));
        for (place, seat) in self.seats.iter_mut().enumerate() {
            seat.until("the vote", |v| v.page == "vote" && v.title == title).await?;
            seat.touch(Finger::Choose { choice: choice(place) }).await?;
        }
        for seat in &self.seats {
            seat.until("提交", |v| v.page == "vote" && v.state == "ready").await?;
        }
        Ok(vote)
    }

    async fn press(&mut self, places: impl IntoIterator<Item = usize>) -> Result<()> {
        for place in places {
            self.seats[place].touch(Finger::Submit).await?;
        }
        Ok(())
    }

    async fn acknowledged(&self, places: impl IntoIterator<Item = usize>) -> Result<()> {
        for place in places {
            let seat = &self.seats[place];
            seat.until("已提交", |v| v.page == "submitted" && v.state == "confirmed").await?;
        }
        Ok(())
    }

    /// Closes and declares it; every seat sees the count, and has shown one receipt.
    async fn close(&mut self, vote: VoteId) -> Result<()> {
        for seat in &self.seats {
            ensure!(seat.receipts() == 1, "{}: {} receipts", seat.host, seat.receipts());
        }
        self.clerk.ask(Command::CloseVote { vote }).await?;
        let counted = |room: &Room| room.line(vote).and_then(|line| line.count.clone());
        let count = self.clerk.until("the count", LIMIT, counted).await?;
        let Count::Motion { tally } = count else { anyhow::bail!("{count:?}") };
        let mut want = [0; 3];
        (0..SEATS).for_each(|place| want[usize::from(choice(place))] += 1);
        let got = [tally.in_favour, tally.against, tally.abstain];
        ensure!(got == want, "the count is {got:?}, pressed were {want:?}");
        self.clerk.ask(Command::DeclareVote { vote }).await?;
        let shown = format!("{} {} {}", want[0], want[1], want[2]);
        for seat in &self.seats {
            let right = |state: &str| state.starts_with(&shown);
            seat.until("the count", |v| v.page == "result" && v.online && right(&v.state)).await?;
        }
        let declared = |room: &Room| {
            room.line(vote).filter(|line| line.state == VoteState::Declared).map(drop)
        };
        Ok(self.clerk.until("the declared result", LIMIT, declared).await?)
    }

    async fn vote(&mut self, method: Method) -> Result<()> {
        let began = Instant::now();
        let vote = self.open(method).await?;
        self.press(0..SEATS).await?;
        self.acknowledged(0..SEATS).await?;
        self.close(vote).await?;
        say(&format!("  {method:?}：7 / 7，{} ms", began.elapsed().as_millis()));
        Ok(())
    }

    /// One host of the network that wants all the connections there are.
    async fn crowd(&mut self) -> Result<()> {
        say("一台主机打开 300 个连接 / one host opens 300 connections");
        let script = format!(
            "import socket, time\n\
             every = [socket.create_connection(('{}', 8480)) for _ in range(300)]\n\
             time.sleep(1)\n\
             def stands(one):\n    \
                 one.setblocking(False)\n    \
                 try: return one.recv(1) != b''\n    \
                 except BlockingIOError: return True\n    \
                 except OSError: return False\n\
             print(sum(map(stands, every)), flush=True)\n\
             time.sleep(600)\n",
            address(self.at)
        );
        let mut command = self.network.on("seat-8", Path::new("/usr/bin/env"));
        command.args(["python3", "-c", &script]).stdout(Stdio::piped());
        let mut crowd = command.spawn()?;
        let mut said = BufReader::new(crowd.stdout.take().context("it says nothing")?).lines();
        let stand = said.next_line().await?.context("it has ended")?;
        ensure!(stand == "64", "{stand} connections of one host stand");
        self.vote(Method::Recorded).await?;
        crowd.kill().await?;
        Ok(())
    }

    async fn bad_cables(&mut self) -> Result<()> {
        say("丢包 5 %，延迟 200 ms，重复 2 %，乱序 25 % / loss, delay, duplicates, reordering");
        let hosts = &HOSTS[..=SEATS];
        let faults = self.network.worsen(hosts, BAD).await?;
        say(match faults {
            Faults::Netem => "  由内核的 netem 造成 / made by tc netem",
            Faults::Cables => "  由网线造成 / made by the cables",
        });
        self.vote(Method::Recorded).await?;
        self.vote(Method::Secret).await?;
        self.network.mend(hosts, faults).await
    }

    /// The cable of one seat, in the middle of 提交.
    async fn pulled(&mut self, place: usize, when: Pulled) -> Result<()> {
        let host = HOSTS[place + 1];
        let vote = self.open(Method::Recorded).await?;
        match when {
            Pulled::BeforeTheBallot => {
                say("按下提交时网线已断 / the cable goes, then 提交");
                self.network.plug(host, false).await?;
                self.press([place]).await?;
            }
            Pulled::BeforeTheReceipt => {
                say("票已送达，回执未到时断线 / the cable goes before the receipt has come");
                self.network.cables(&[host], Cable { delay: 3000, ..GOOD }).await?;
                self.press([place]).await?;
                let stored = |room: &Room| {
                    let now = room.vote.as_ref().filter(|now| now.id == vote)?;
                    (now.cast == 1).then_some(())
                };
                self.clerk.until("the ballot", LIMIT, stored).await?;
                self.network.plug(host, false).await?;
                self.network.cables(&[host], GOOD).await?;
            }
        }
        let others = || (0..SEATS).filter(move |other| *other != place);
        self.press(others()).await?;
        self.acknowledged(others()).await?;
        let seat = &self.seats[place];
        seat.until("没有连接", |v| !v.online).await?;
        ensure!(seat.receipts() == 0, "a receipt came through a cable that was pulled");
        self.network.plug(host, true).await?;
        self.acknowledged([place]).await?;
        self.close(vote).await
    }

    /// Some have pressed before, the others press while nobody is there.
    async fn server_gone(&mut self) -> Result<()> {
        say("服务器离线 20 秒 / the server's host is gone for 20 s");
        let vote = self.open(Method::Secret).await?;
        self.press(0..3).await?;
        self.acknowledged(0..3).await?;
        self.network.plug("server", false).await?;
        let gone = Instant::now();
        self.press(3..SEATS).await?;
        for seat in &self.seats {
            seat.until("没有连接", |v| !v.online).await?;
        }
        tokio::time::sleep(GONE.saturating_sub(gone.elapsed())).await;
        for seat in &self.seats[3..] {
            ensure!(seat.receipts() == 0, "{}: a receipt from nobody", seat.host);
        }
        self.network.plug("server", true).await?;
        self.acknowledged(3..SEATS).await?;
        self.clerk_again().await?;
        self.close(vote).await
    }

    async fn clerk_again(&mut self) -> Result<()> {
        let (session, clerk) = self.server.clerk(self.at).await?;
        (self.session, self.clerk) = (session, clerk);
        Ok(())
    }

    /// Another server of the same name: told apart, and told nothing, even at the server's address.
    async fn impostor(
        &mut self,
        programs: &Programs,
        program: &Path,
        folder: &Path,
    ) -> Result<Server> {
        say("同名而身份不同的服务器 / a server of the same name with another key");
        let impostor = Server::start(&self.network, "impostor", programs, folder, ROOM).await?;
        let lost = Seat::start(&self.network, "seat-8", program, folder, &Way::Room(ROOM))?;
        let both = lost.until("two rooms of one name", |v| v.rooms.len() == 2).await?;
        let codes: BTreeSet<_> = both.rooms.iter().map(|(_, code)| code.as_str()).collect();
        ensure!(both.alike && codes.len() == 2, "{both:?}");
        for code in [&self.server.code, &impostor.code] {
            ensure!(codes.iter().any(|shown| shown.contains(code.as_str())), "{code}: {codes:?}");
        }
        self.vote(Method::Recorded).await?;

        say("  它占用了服务器的地址 / it takes the server's address");
        self.network.plug("server", false).await?;
        readdress("impostor", SERVER).await?;
        for seat in &self.seats {
            // In a meeting what is open stays; the strip says what is wrong.
            seat.until("连接不可信", |v| !v.online && v.banner == "连接不可信").await?;
        }
        let (_, clerk) = impostor.clerk(SERVER).await?;
        let knocked = clerk.room().devices.terminals;
        ensure!(knocked.is_empty(), "the other server was told of {knocked:?}");
        // And the one who has still to pick is not led on either.
        ensure!(lost.view().page == "rooms", "{:?}", lost.view());
        Ok(impostor)
    }

    /// Its old address belongs to the other one now: found again by its key.
    async fn moved(&mut self) -> Result<()> {
        say("服务器换了地址 / the server comes back at another address");
        readdress("server", MOVED).await?;
        self.network.plug("server", true).await?;
        for seat in &self.seats {
            seat.until("the server again", |v| v.online).await?;
        }
        self.at = MOVED;
        self.clerk_again().await?;
        self.vote(Method::Recorded).await?;
        for seat in &self.seats {
            let kept = std::fs::read_to_string(seat.folder.join("server.json"))?;
            ensure!(kept.contains(&address(MOVED)), "{}: {kept}", seat.host);
        }
        self.vote(Method::Secret).await
    }

    async fn end(
        self,
        paper: hemicycle_protocol::ids::Hash,
        impostor: Server,
        programs: &Programs,
        folder: &Path,
    ) -> Result<()> {
        for seat in &self.seats {
            let kept = std::fs::read(seat.folder.join("papers").join(format!("{paper}.paper")));
            let kept = kept.with_context(|| format!("{}: the paper is not there", seat.host))?;
            let readable = kept.windows(4).any(|bytes| bytes == b"%PDF" || bytes == b"stre");
            ensure!(!readable, "{}: the paper can be read on its disk", seat.host);
        }
        self.clerk.ask(Command::FinishItem { item: self.item }).await?;
        self.clerk.ask(Command::CloseMeeting).await?;
        for seat in &self.seats {
            seat.until("the end", |v| v.page == "ended").await?;
            gone(&seat.folder.join("papers")).await.with_context(|| seat.host.clone())?;
        }
        ensure!(!self.server.data.join("papers.key").exists(), "the papers' keys are left");
        let Self { server, held, .. } = self;
        let data = server.data.clone();
        server.stop().await?;
        impostor.stop().await?;
        say("会议记录 / the record");
        let report = programs.record(&data, &folder.join("record")).await?;
        ensure!(report.contains("记录成立"), "{report}");
        let stored = log::ballots(&data)?;
        let places: BTreeSet<_> = stored.iter().map(|b| (b.vote, b.seat)).collect();
        ensure!(places.len() == stored.len(), "a ballot stands in the log twice");
        let recorded = held.iter().filter(|(_, secret)| !secret).map(|(vote, _)| *vote);
        let seats = (1..=u16::try_from(SEATS)?).map(SeatId);
        let want: BTreeSet<_> =
            recorded.flat_map(|vote| seats.clone().map(move |seat| (vote, seat))).collect();
        ensure!(places == want, "stored {places:?}, pressed {want:?}");
        let secret = held.iter().filter(|(_, secret)| *secret).count();
        let sealed = log::sealed_ballots(&data)?;
        ensure!(sealed == secret * SEATS, "{sealed} encrypted ballots of {secret} votes");
        say(&format!(
            "  {} 张记名票、{sealed} 张加密票，各存一次 / each ballot is stored once",
            stored.len()
        ));
        Ok(())
    }
}

/// Every paper; the word that it must go comes a moment after the word that the meeting is over.
async fn gone(papers: &Path) -> Result<()> {
    for _ in 0..1_200 {
        if std::fs::read_dir(papers)?.next().is_none() {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    anyhow::bail!("papers are left on its disk")
}

/// The terminal that shows this code, as the console has it.
fn knocks(code: &str) -> impl Fn(&Room) -> Option<Key> {
    move |room| {
        let mut terminals = room.devices.terminals.iter();
        terminals.find(|t| t.code.as_deref() == Some(code)).map(|t| t.terminal)
    }
}

/// What a seat chooses: all three are there.
fn choice(place: usize) -> u8 {
    [0, 0, 0, 0, 1, 1, 2].get(place).copied().unwrap_or_default()
}

fn say(words: &str) {
    eprintln!("{words}");
}
