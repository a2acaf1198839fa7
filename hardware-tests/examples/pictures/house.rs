//! The house in which the pictures are taken: the real server with the sample
//! meeting, a clerk, virtual seats, and a real terminal for each part that is
//! photographed.

use crate::album::Album;
use crate::relay::Relay;
use crate::terminal::{Terminal, Where};
use anyhow::{Context as _, Result};
use hemicycle_hardware_tests::clerk::{Clerk, Room, Session};
use hemicycle_hardware_tests::host::{Host, Programs};
use hemicycle_hardware_tests::sample::Presses;
use hemicycle_hardware_tests::served::Served;
use hemicycle_hardware_tests::swarm::{Options, Pace, Papers, Press, Standing, Swarm};
use hemicycle_protocol::ids::{ItemId, MemberId, PaperId, SeatId, VoteId};
use hemicycle_protocol::topic::{Item, ItemState, VoteLine, VoteState};
use hemicycle_protocol::vote::{Form, Method, Rule};
use hemicycle_protocol::wire::{Command, VoteSpec};
use hemicycle_terminal::screen::{Page, ReceiptState, Screen};
use hemicycle_terminal::touch::Touch;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

/// An end for what hangs.
pub const LIMIT: Duration = Duration::from_secs(60);
/// Between two presses of the chair, and how many there are.
const AGAIN: Duration = Duration::from_millis(700);
const PRESSES: u32 = 20;

/// See the module.
pub struct House {
    pub album: Album,
    pub clerk: Clerk,
    pub session: Session,
    pub programs: Programs,
    pub host: Host,
    pub swarm: Option<Swarm>,
    folder: TempDir,
    terminals: u32,
}

/// A photographed terminal and its line to the server.
pub struct Seat {
    pub relay: Relay,
    pub terminal: Terminal,
    pub folder: PathBuf,
    wish: Option<SeatId>,
}

impl House {
    pub async fn open(programs: Programs, album: Album) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let Served { host, session, clerk } = Served::sample(&programs, folder.path()).await?;
        Ok(Self { album, clerk, session, programs, host, swarm: None, folder, terminals: 0 })
    }

    /// A terminal that nobody has seen before.
    pub async fn seat(&mut self, wish: Option<u16>) -> Result<Seat> {
        self.terminals += 1;
        let folder = self.folder.path().join(format!("terminal-{}", self.terminals));
        let relay = Relay::start(&self.host.address).await?;
        let wish = wish.map(SeatId);
        let at = Where::At(&relay.address);
        let terminal = Terminal::start(at, &folder, wish, &self.programs.terminal)?;
        Ok(Seat { relay, terminal, folder, wish })
    }

    /// The same terminal, switched off and on; meanwhile something happens to its folder.
    pub async fn restart(
        &self,
        seat: Seat,
        meanwhile: impl FnOnce(&Path) -> Result<()>,
    ) -> Result<Seat> {
        let Seat { relay, terminal, folder, wish } = seat;
        terminal.stop().await?;
        meanwhile(&folder)?;
        let worker = &self.programs.terminal;
        let terminal = Terminal::start(Where::At(&relay.address), &folder, wish, worker)?;
        Ok(Seat { relay, terminal, folder, wish })
    }

    /// Everybody goes home; the pictures remain.
    pub async fn close(self) -> Result<Album> {
        if let Some(swarm) = self.swarm {
            swarm.stop().await;
        }
        drop(self.clerk);
        self.host.stop().await?;
        Ok(self.album)
    }

    pub async fn take(&mut self, name: &str, seat: &mut Seat) -> Result<()> {
        self.album.take(name, &mut seat.terminal).await.with_context(|| name.to_owned())
    }

    pub async fn ask(&self, command: Command) -> Result<()> {
        self.clerk.ask(command).await?;
        Ok(())
    }

    pub async fn room_until(&self, what: &str, wanted: impl Fn(&Room) -> bool) -> Result<()> {
        self.clerk.until(what, LIMIT, |room| wanted(room).then_some(())).await?;
        Ok(())
    }

    /// The chair presses the next step. A press that comes too soon after the step is no press.
    pub async fn leads(
        &self,
        chair: &Seat,
        what: &str,
        wanted: impl Fn(&Room) -> bool,
    ) -> Result<()> {
        for _ in 0..PRESSES {
            chair.touch(Touch::ChairNext).await?;
            let done = |room: &Room| wanted(room).then_some(());
            if self.clerk.until(what, AGAIN, done).await.is_ok() {
                return Ok(());
            }
        }
        anyhow::bail!("the chair pressed in vain for {what}")
    }

    /// Virtual seats for these.
    pub fn fill(&mut self, seats: Vec<SeatId>) {
        self.swarm = Some(Swarm::start(Options {
            server: self.host.address.clone(),
            seats,
            press: Arc::new(Press::By(presses)),
            pace: Pace::WhenTold,
            papers: Papers::None,
            secret: [7; 32],
        }));
    }

    /// The virtual seats press, and have their receipts.
    pub async fn others_press(&self, vote: VoteId) -> Result<()> {
        let swarm = self.swarm.as_ref().context("nobody sits there")?;
        let ready = |seats: &[Standing]| {
            let stands = |s: &Standing| !s.signed_in || s.stance.is_some_and(|(of, _)| of == vote);
            seats.iter().filter(|s| s.member).all(stands)
        };
        swarm.until("every seat to choose", LIMIT, ready).await?;
        swarm.let_press(vote);
        let done = |seats: &[Standing]| {
            let pressing = |s: &&Standing| s.stance == Some((vote, true));
            seats.iter().filter(pressing).all(|s| s.confirmed == Some(vote))
        };
        swarm.until("every receipt", LIMIT, done).await?;
        Ok(())
    }

    pub fn item(&self, place: usize) -> Result<Item> {
        self.clerk.room().agenda.items.get(place).cloned().context("an item")
    }

    pub fn paper(&self, item: usize, place: usize) -> Result<PaperId> {
        Ok(self.item(item)?.papers.get(place).context("a paper")?.id)
    }

    /// Begins an item; the one before ends.
    pub async fn start_item(&self, place: usize) -> Result<()> {
        let items = self.clerk.room().agenda.items;
        if let Some(current) = items.iter().find(|i| i.state == ItemState::Current) {
            self.ask(Command::FinishItem { item: current.id }).await?;
        }
        let item = self.item(place)?.id;
        self.ask(Command::StartItem { item }).await?;
        let current = |room: &Room| {
            room.agenda.items.iter().any(|i| i.id == item && i.state == ItemState::Current)
        };
        self.room_until("the item", current).await
    }

    /// A vote that was not prepared.
    pub async fn put(
        &self,
        item: ItemId,
        title: &str,
        form: Form,
        method: Method,
        rule: Rule,
    ) -> Result<VoteId> {
        let spec =
            VoteSpec { title: title.into(), form, method, rule, seconds: None, signatories: 0 };
        let done = self.clerk.ask(Command::AddVote { item, spec }).await?;
        Ok(VoteId(done.made.context("a vote was made")?))
    }

    /// Gives a prepared vote so many seconds, or as long as it takes.
    pub async fn set_time(&self, vote: VoteId, seconds: Option<u32>) -> Result<()> {
        let line = self.clerk.room().line(vote).cloned().context("a vote")?;
        let VoteLine { rev, title, form, method, rule, signatories, .. } = line;
        let spec = VoteSpec { title, form, method, rule, seconds, signatories };
        self.ask(Command::EditVote { vote, rev, spec }).await
    }

    pub async fn open_vote(&self, vote: VoteId) -> Result<()> {
        self.ask(Command::OpenVote { vote }).await?;
        self.vote_is(vote, VoteState::Open).await
    }

    pub async fn close_vote(&self, vote: VoteId) -> Result<()> {
        self.ask(Command::CloseVote { vote }).await?;
        self.vote_is(vote, VoteState::Closed).await
    }

    pub async fn declare_vote(&self, vote: VoteId) -> Result<()> {
        self.ask(Command::DeclareVote { vote }).await?;
        self.vote_is(vote, VoteState::Declared).await
    }

    async fn vote_is(&self, vote: VoteId, state: VoteState) -> Result<()> {
        self.room_until("the vote's state", |room| {
            room.line(vote).is_some_and(|line| line.state == state)
        })
        .await
    }

    /// Waits until the sum of a secret vote is open.
    pub async fn counted(&self, vote: VoteId) -> Result<()> {
        self.room_until("the count", |room| {
            room.line(vote).is_some_and(|line| line.count.is_some())
        })
        .await
    }

    pub fn name(&self, seat: u16) -> Result<String> {
        let room = self.clerk.room();
        Ok(room.person_at(SeatId(seat)).with_context(|| format!("seat {seat}"))?.name.clone())
    }

    pub fn member(&self, seat: u16) -> Result<MemberId> {
        let room = self.clerk.room();
        Ok(room.person_at(SeatId(seat)).with_context(|| format!("seat {seat}"))?.member)
    }
}

impl Seat {
    pub async fn touch(&self, touch: Touch) -> Result<()> {
        self.terminal.touch(touch).await
    }

    pub async fn until(
        &mut self,
        what: &str,
        wanted: impl FnMut(&Screen) -> bool,
    ) -> Result<Screen> {
        self.terminal.until(what, wanted).await
    }

    /// Waits for a page of this kind.
    pub async fn shows(&mut self, kind: Kind) -> Result<Screen> {
        self.until(&format!("the page {kind:?}"), |screen| Kind::of(&screen.page) == kind).await
    }

    pub async fn signs_in(&mut self) -> Result<()> {
        self.until("the nameplate", |s| {
            matches!(Kind::of(&s.page), Kind::Standby | Kind::SignIn) && !s.top.meeting.is_empty()
        })
        .await?;
        self.touch(Touch::Wake).await?;
        self.shows(Kind::SignIn).await?;
        self.touch(Touch::SignIn).await?;
        self.until("the sign-in", |s| !s.rail.entries.is_empty()).await?;
        Ok(())
    }

    /// Comes when the meeting has begun.
    pub async fn signs_in_late(&mut self) -> Result<()> {
        self.shows(Kind::SignIn).await?;
        self.touch(Touch::SignIn).await?;
        self.until("the sign-in", |s| !s.rail.entries.is_empty()).await?;
        Ok(())
    }

    pub async fn choose(&self, answers: &[u8]) -> Result<()> {
        for (question, choice) in (0..).zip(answers) {
            self.touch(Touch::Choose { question, choice: *choice }).await?;
        }
        Ok(())
    }

    /// Chooses, submits, and has the receipt.
    pub async fn votes(&mut self, answers: &[u8]) -> Result<()> {
        self.touch(Touch::OpenVotePage).await?;
        self.until("the ballot paper", |s| {
            matches!(Kind::of(&s.page), Kind::Vote | Kind::List | Kind::Plurality)
        })
        .await?;
        self.choose(answers).await?;
        self.submit().await?;
        self.has_receipt().await
    }

    /// Presses 提交 as soon as it can be pressed.
    pub async fn submit(&mut self) -> Result<()> {
        self.until("a button to press", can_submit).await?;
        self.touch(Touch::Submit).await
    }

    pub async fn has_receipt(&mut self) -> Result<()> {
        self.until(
            "the receipt",
            |s| matches!(&s.page, Page::Submitted(p) if p.state == ReceiptState::Confirmed),
        )
        .await?;
        Ok(())
    }
}

fn can_submit(screen: &Screen) -> bool {
    use hemicycle_terminal::screen::SubmitState::{Failed, Ready};
    let state = match &screen.page {
        Page::Vote(page) => page.submit.state,
        Page::List(page) => page.submit.state,
        Page::Plurality(page) => page.submit.state,
        _ => return false,
    };
    matches!(state, Ready | Failed)
}

/// Which page it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Starting,
    Message,
    Standby,
    SignIn,
    Agenda,
    Reader,
    Vote,
    List,
    Plurality,
    Submitted,
    Result,
    Pause,
    Chair,
    Ended,
}

impl Kind {
    pub fn of(page: &Page) -> Self {
        match page {
            Page::Starting { .. } => Kind::Starting,
            Page::Message(_) | Page::Rooms(_) => Kind::Message,
            Page::Standby(_) => Kind::Standby,
            Page::SignIn(_) => Kind::SignIn,
            Page::Agenda(_) => Kind::Agenda,
            Page::Reader(_) => Kind::Reader,
            Page::Vote(_) => Kind::Vote,
            Page::List(_) => Kind::List,
            Page::Plurality(_) => Kind::Plurality,
            Page::Submitted(_) => Kind::Submitted,
            Page::Result(_) => Kind::Result,
            Page::Pause(_) => Kind::Pause,
            Page::Chair(_) => Kind::Chair,
            Page::Ended(_) => Kind::Ended,
        }
    }
}

/// What the virtual seats press: mostly for; in a vote whose title says so, other things.
fn presses(title: &str, form: &Form, seat: SeatId) -> Presses {
    let number = usize::from(seat.0);
    let questions = u16::try_from(form.questions()).unwrap_or(u16::MAX);
    let answer = |question: u16| -> u8 {
        let turn = (number * 7 + usize::from(question) * 5) % 22;
        if title.contains("修正案") {
            return match turn {
                0..9 => 0,
                9..18 => 1,
                _ => 2,
            };
        }
        if title.contains(crate::votes::TIED) {
            // Eleven of the virtual seats are below this number.
            return u8::from(number >= 15);
        }
        match turn {
            3 => 1,
            8 if question.is_multiple_of(2) => 2,
            _ => 0,
        }
    };
    match form {
        Form::Plurality { seats, .. } => {
            let first = u16::try_from(number).unwrap_or_default() % 2;
            (0..*seats).map(|n| ((first + n) % questions.max(1), 0)).collect()
        }
        Form::Motion | Form::Personnel { .. } | Form::Satisfaction { .. } => {
            (0..questions).map(|question| (question, answer(question))).collect()
        }
    }
}
