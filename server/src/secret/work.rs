//! What is to be done for secret votes, in order, one thing at a time: found
//! anew from the meeting's state after every step, so that it does not matter
//! where the last run of the server ended. The work itself is done on other
//! threads; its results come back to the room as commands of the server, or as
//! the request that waited for it.

use super::SecretError;
use super::files::Vault;
use super::keygen::{Observer, Reading};
use super::live;
use super::opening::{self, Plan};
use super::poll::{Poll, Polls, Voter};
use super::registrations::{self, Registrations};
use crate::room::{Asker, Evidence, ReplyTo, Request, What};
use crate::store::Reader;
use hemicycle_meeting::state::secret::{Part, Sealed};
use hemicycle_meeting::state::voting::Vote;
use hemicycle_meeting::view::secret::is_over;
use hemicycle_meeting::{ServerCommand, State, Vouched, voters};
use hemicycle_protocol::ids::{Hash, Key, Millis, VoteId};
use hemicycle_protocol::refusal::{Code, Refusal};
use hemicycle_protocol::topic::{Blob, Phase, VoteState};
use hemicycle_protocol::vote::{Form, Method};
use hemicycle_protocol::wire::{Ask, Command};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// Results that wait for the room: one piece of work, one board, one opening,
/// one part of each scrutineer.
const TOLD: usize = 16;
/// Requests that wait for an opening at most.
const HELD: usize = 64;
/// How soon something that failed is tried again.
const AGAIN: Duration = Duration::from_secs(2);

/// What it is made of.
#[derive(Debug)]
pub struct Parts {
    pub vault: Arc<Vault>,
    pub polls: Arc<Polls>,
    pub registrations: Registrations,
    pub reader: Reader,
}

/// See the module.
pub struct Secret {
    vault: Arc<Vault>,
    pub polls: Arc<Polls>,
    pub registrations: Registrations,
    reader: Reader,
    observer: Option<Observer>,
    observers: u32,
    tell: mpsc::Sender<Told>,
    told: mpsc::Receiver<Told>,
    /// Results that are still to come.
    under_way: usize,
    working: bool,
    again: Option<Instant>,
    /// A vote is being prepared; other openings wait.
    preparing: Option<VoteId>,
    held: Vec<Request>,
    /// Owners whose part is being checked.
    checking: BTreeSet<u32>,
    /// Votes whose key is on the disk.
    keys: BTreeSet<VoteId>,
    /// The store may still tell in which order ballots came.
    untidy: bool,
}

/// A command that cannot be decided at once.
#[derive(Debug)]
pub enum Errand {
    /// A secret vote is prepared first.
    Open(Ask, Box<Plan>),
    /// An opening after the one that is under way.
    Hold(Ask),
    /// A part whose proofs are checked first, of the live sum of an archive or of the final sum.
    Check(Ask, Arc<Poll>, Part, Option<Blob>),
}

/// What comes back.
pub enum Told {
    Board(Reading),
    /// A request that waited, with what was found.
    Request(Request, Found),
    Work(Result<Vec<ServerCommand>, SecretError>, Finished),
    /// It was broken off.
    Lost(Option<Found>),
}

/// What a request waited for.
#[derive(Clone, Copy, Debug)]
pub enum Found {
    Opening,
    Part { owner: u32 },
}

/// What is remembered of finished work.
#[derive(Clone, Copy, Debug)]
pub enum Finished {
    Nothing,
    Key(VoteId),
    Tidied,
    Registrations,
}

/// A piece of work.
#[derive(Debug)]
enum Work {
    /// Of a vote that runs: its first ballots, after those of the live sum before.
    LiveSum {
        poll: Arc<Poll>,
        before: Option<Blob>,
        ballots: u32,
        added: Vec<Hash>,
    },
    /// After the live sum before, the closed vote's archive is put together.
    Sum(Arc<Poll>, Option<Blob>),
    OwnPart(Arc<Poll>, Option<Live>),
    Count(Arc<Poll>, Box<Counting>),
    /// With what goes together with the key.
    DestroyKey {
        vote: VoteId,
        logged: bool,
        files: Files,
    },
    Tidy,
    DestroyRegistrations,
}

/// A live sum that is being opened.
#[derive(Clone, Copy, Debug)]
struct Live {
    ballots: u32,
    archive: Blob,
    /// Of the live sum before, which nobody needs any more.
    stale: Option<Hash>,
}

/// What was stored while a vote went on, and stands in its record or nowhere.
#[derive(Debug, Default)]
struct Files {
    archives: Vec<Hash>,
    registrations: Option<Hash>,
}

#[derive(Debug)]
struct Counting {
    /// None: the final sum, of this archive.
    live: Option<Live>,
    archive: Hash,
    form: Form,
    threshold: u32,
    parts: Vec<Part>,
}

impl Secret {
    /// Goes on where the log is.
    pub fn new(parts: Parts) -> Self {
        let Parts { vault, polls, registrations, reader } = parts;
        let (tell, told) = mpsc::channel(TOLD);
        let keys = match vault.keys() {
            Ok(keys) => keys.into_iter().collect(),
            Err(error) => {
                tracing::error!(%error, "keys of votes cannot be listed");
                BTreeSet::new()
            }
        };
        let untidy = polls.current().is_some();
        Self {
            vault,
            polls,
            registrations,
            reader,
            observer: None,
            observers: 0,
            tell,
            told,
            under_way: 0,
            working: false,
            again: None,
            preparing: None,
            held: Vec::new(),
            checking: BTreeSet::new(),
            keys,
            untidy,
        }
    }

    /// The next result. Cancelling it loses nothing.
    pub async fn next(&mut self) -> Told {
        match self.told.recv().await {
            Some(told) => {
                self.under_way = self.under_way.saturating_sub(1);
                told
            }
            // Never: one sender is here.
            None => std::future::pending().await,
        }
    }

    /// Waits for what is under way and forgets it: it is found anew.
    pub async fn finish(&mut self) {
        while self.under_way > 0 && self.told.recv().await.is_some() {
            self.under_way -= 1;
        }
    }

    /// When to look again although nothing has happened.
    pub fn due(&self) -> Option<Instant> {
        let silence = self.observer.as_ref().and_then(Observer::due);
        [silence, self.again].into_iter().flatten().min()
    }

    /// What the server has to say because time has passed.
    pub fn on_time(&mut self) -> Option<ServerCommand> {
        let now = Instant::now();
        if self.again.is_some_and(|again| again <= now) {
            self.again = None;
        }
        self.observer.as_mut().and_then(|observer| observer.silence(now))
    }

    /// Something did not work: not at once again.
    fn try_later(&mut self) {
        self.again = Some(Instant::now() + AGAIN);
    }

    /// What a command that the meeting refused for want of evidence waits for.
    pub fn errand(
        &self,
        state: &State,
        terminal: Option<&Key>,
        ask: &Ask,
        now: Millis,
    ) -> Result<Option<Errand>, Refusal> {
        if let Command::OpenVote { vote } = &ask.command {
            self.errand_of_opening(state, ask, *vote, now)
        } else if let Command::OpenPart { vote, live, partial, second } = &ask.command {
            let index = terminal.and_then(|key| state.scrutiny().index_of(key));
            let (Some(index), Some(poll)) = (index, self.polls.of(*vote)) else { return Ok(None) };
            let owner = opening::SERVER + index;
            let live = match state.vote(*vote).and_then(|vote| waits_for(vote, *live, owner)) {
                Some(Waits::Live(archive)) => Some(archive),
                Some(Waits::Final) => None,
                None => return Ok(None),
            };
            if self.checking.contains(&owner) {
                return Err(Refusal::of(Code::TooFast, "the last part is being checked"));
            }
            let part = Part { owner, partial: partial.clone(), second: second.clone() };
            Ok(Some(Errand::Check(ask.clone(), poll, part, live)))
        } else {
            Ok(None)
        }
    }

    fn errand_of_opening(
        &self,
        state: &State,
        ask: &Ask,
        vote: VoteId,
        now: Millis,
    ) -> Result<Option<Errand>, Refusal> {
        let may_vote = voters(state, vote)?;
        let scrutiny = state.scrutiny();
        let found = state.vote(vote).filter(|v| v.question.method == Method::Secret);
        let (Some(found), Some(meeting), Some(item)) = (found, state.meeting_id(), &scrutiny.item)
        else {
            return Ok(None);
        };
        if self.preparing.is_some() {
            if self.held.len() >= HELD {
                return Err(Refusal::of(Code::Unavailable, "a vote is being prepared"));
            }
            return Ok(Some(Errand::Hold(ask.clone())));
        }
        let slot = scrutiny.slots;
        let voter = |member| {
            let (credential, registered) = self.registrations.latest(member, slot)?;
            Some(Voter { credential, registered })
        };
        let plan = Plan {
            meeting,
            vote,
            rev: found.rev,
            attempt: scrutiny.attempt,
            slot,
            title: found.question.title.clone(),
            form: found.question.form.clone(),
            item: item.clone(),
            voters: may_vote.into_iter().filter_map(voter).collect(),
            timestamp: now.0.max(0).unsigned_abs() / 1000,
        };
        Ok(Some(Errand::Open(ask.clone(), Box::new(plan))))
    }

    /// Sends a request on its errand.
    pub fn begin(&mut self, who: Asker, errand: Errand, reply: ReplyTo) {
        match errand {
            Errand::Hold(ask) => self.held.push(Request { who, what: What::Command(ask), reply }),
            Errand::Open(ask, plan) => {
                self.preparing = Some(plan.vote);
                self.keys.insert(plan.vote);
                let vault = Arc::clone(&self.vault);
                self.spawn(Some(Found::Opening), move || {
                    let found = match opening::prepare(&vault, *plan) {
                        Ok(prepared) => Evidence::Opening(Box::new(prepared)),
                        Err(error) => {
                            tracing::error!(%error, "a secret vote cannot be prepared");
                            Evidence::Refused(Refusal::of(Code::Unavailable, "the setup"))
                        }
                    };
                    let what = What::Checked(ask, Box::new(found));
                    Told::Request(Request { who, what, reply }, Found::Opening)
                });
            }
            Errand::Check(ask, poll, part, live) => {
                let owner = part.owner;
                self.checking.insert(owner);
                let vault = Arc::clone(&self.vault);
                self.spawn(Some(Found::Part { owner }), move || {
                    let evidence = match opening::sum_of(&vault, &poll, live.as_ref()) {
                        Ok(sum) => match opening::check_part(&poll, &sum, &part) {
                            Ok(()) => Evidence::Part(Vouched::Part { owner }),
                            Err(error) => {
                                tracing::warn!(owner, %error, "a scrutineer's part is wrong");
                                Evidence::Part(Vouched::BadPart)
                            }
                        },
                        Err(error) => {
                            tracing::error!(%error, "a part cannot be checked");
                            Evidence::Refused(Refusal::of(Code::Unavailable, "the sum"))
                        }
                    };
                    let what = What::Checked(ask, Box::new(evidence));
                    Told::Request(Request { who, what, reply }, Found::Part { owner })
                });
            }
        }
    }

    /// A request is back.
    pub fn found(&mut self, found: Found) {
        match found {
            Found::Opening => self.preparing = None,
            Found::Part { owner } => {
                self.checking.remove(&owner);
            }
        }
    }

    /// Something was broken off.
    pub fn lost(&mut self, found: Option<Found>) {
        tracing::error!(?found, "work for a secret vote was broken off");
        match found {
            Some(found) => self.found(found),
            // A board is made again from what was said.
            None => self.observer = None,
        }
    }

    /// Requests that waited for a request that is back and decided.
    pub fn released(&mut self) -> Vec<Request> {
        if self.preparing.is_some() { Vec::new() } else { std::mem::take(&mut self.held) }
    }

    /// A board is back; what the server has to say.
    pub fn read(&mut self, reading: Reading) -> Option<ServerCommand> {
        self.observer.as_mut()?.put(reading)
    }

    /// Work is back.
    pub fn worked(&mut self, finished: Finished) {
        self.working = false;
        match finished {
            Finished::Nothing => {}
            Finished::Key(vote) => {
                self.keys.remove(&vote);
                self.untidy = true;
            }
            Finished::Tidied => self.untidy = false,
            Finished::Registrations => {
                self.registrations.clear();
                self.polls.forget();
                let path = self.vault.registrations();
                // It is empty by now; only its name is left.
                if let Err(error) = super::files::destroy(&path) {
                    tracing::warn!(%error, "an empty file stays");
                }
            }
        }
    }

    /// The meeting or the log did not take what came out of it.
    pub fn not_taken(&mut self) {
        self.working = false;
        self.try_later();
    }

    /// Work has failed.
    pub fn failed(&mut self, error: &SecretError) {
        tracing::error!(%error, "work for a secret vote failed; it is tried again");
        self.working = false;
        self.try_later();
    }

    /// The log did not take a batch: what is in memory follows.
    pub fn rebuilt(&mut self, state: &State) {
        if let Some(poll) = self.polls.current() {
            match state.vote(poll.vote).filter(|vote| vote.sealed.is_some()) {
                Some(vote) => poll.keep_only(|member| vote.ballots.contains_key(&member)),
                None => self.polls.set(None),
            }
        }
        self.observer = None;
    }

    /// Begins what is to be done now. Only a state that is stored says that.
    pub fn advance(&mut self, state: &State) {
        self.observe(state);
        if self.working || self.again.is_some_and(|again| again > Instant::now()) {
            return;
        }
        self.again = None;
        if let Some(work) = self.find(state) {
            self.working = true;
            self.start(work);
        }
    }

    fn observe(&mut self, state: &State) {
        let scrutiny = state.scrutiny();
        if !scrutiny.is_making() {
            self.observer = None;
            return;
        }
        if self.observer.as_ref().is_none_or(|o| o.attempt() != scrutiny.attempt) {
            self.observers = self.observers.wrapping_add(1);
            let number = self.observers;
            self.observer = state.meeting_id().and_then(|id| Observer::new(number, &id, scrutiny));
        }
        if let Some(reading) = self.observer.as_mut().and_then(|o| o.take(scrutiny)) {
            self.spawn(None, move || Told::Board(reading.read()));
        }
    }

    fn find(&self, state: &State) -> Option<Work> {
        let sealed = || state.votes().filter_map(|v| v.sealed.as_ref().map(|sealed| (v, sealed)));
        if let Some((vote, sealed)) = sealed().find(|(vote, _)| vote.is_being_opened()) {
            return self.find_opening(state, vote, sealed);
        }
        if let Some(work) = sealed().find_map(|(vote, sealed)| self.find_live(state, vote, sealed))
        {
            return Some(work);
        }
        for (vote, sealed) in sealed().filter(|(vote, _)| is_over(state, vote.id)) {
            if !sealed.key_destroyed || self.keys.contains(&vote.id) {
                let (vote, logged) = (vote.id, sealed.key_destroyed);
                return Some(Work::DestroyKey { vote, logged, files: Files::of(sealed) });
            }
        }
        // Of an opening that came to nothing.
        let unused = |vote: &&VoteId| {
            self.preparing != Some(**vote) && state.vote(**vote).is_none_or(|v| v.sealed.is_none())
        };
        if let Some(vote) = self.keys.iter().find(unused) {
            let files = Files::default();
            return Some(Work::DestroyKey { vote: *vote, logged: true, files });
        }
        let running = sealed().any(|(vote, _)| !is_over(state, vote.id));
        if self.untidy && !running {
            return Some(Work::Tidy);
        }
        (state.phase() == Phase::Closed && self.registrations.exist())
            .then_some(Work::DestroyRegistrations)
    }

    fn find_opening(&self, state: &State, vote: &Vote, sealed: &Sealed) -> Option<Work> {
        let poll = self.polls.of(vote.id)?;
        let Some(summed) = sealed.summed else {
            return Some(Work::Sum(poll, sealed.live_sums.last().map(|step| step.archive)));
        };
        if !sealed.has_part(opening::SERVER) {
            return Some(Work::OwnPart(poll, None));
        }
        let threshold = are_enough(state, &sealed.parts)?;
        let counting = Counting {
            live: None,
            archive: summed.hash,
            form: vote.question.form.clone(),
            threshold,
            parts: sealed.parts.clone(),
        };
        Some(Work::Count(poll, Box::new(counting)))
    }

    /// What is to be done for the sums of a vote that runs: one at a time, and each
    /// as long as it may be, so that none is late when many press at once.
    fn find_live(&self, state: &State, vote: &Vote, sealed: &Sealed) -> Option<Work> {
        let step = sealed.live.filter(|_| is_running(vote))?;
        let poll = self.polls.of(vote.id)?;
        let Some(sum) = sealed.live_under_way() else {
            let before = sealed.live_sums.last();
            let opened = before.map_or(0, |sum| sum.ballots);
            let (ballots, added) = poll.next_live(step, opened)?;
            let before = before.map(|sum| sum.archive);
            return Some(Work::LiveSum { poll, before, ballots, added });
        };
        let before = sealed.live_sums.len().checked_sub(2).and_then(|i| sealed.live_sums.get(i));
        let stale = before.map(|sum| sum.archive.hash);
        let live = Live { ballots: sum.ballots, archive: sum.archive, stale };
        if !sum.has_part(opening::SERVER) {
            return Some(Work::OwnPart(poll, Some(live)));
        }
        let threshold = are_enough(state, &sum.parts)?;
        let counting = Counting {
            live: Some(live),
            archive: sum.archive.hash,
            form: vote.question.form.clone(),
            threshold,
            parts: sum.parts.clone(),
        };
        Some(Work::Count(poll, Box::new(counting)))
    }

    fn start(&mut self, work: Work) {
        let vault = Arc::clone(&self.vault);
        match work {
            Work::LiveSum { poll, before, ballots, added } => {
                let reader = self.reader.clone();
                self.spawn_async(async move {
                    let vote = poll.vote;
                    let added = reader.with(move |store| store.pick(vote, &added)).await??;
                    let sum = move || {
                        let added = added.into_iter().map(|b| (b.tracker, b.ballot)).collect();
                        live::sum(&vault, &poll, before.as_ref(), added)
                    };
                    let archive = blocking(sum).await?;
                    let command = ServerCommand::LiveSummed { vote, ballots, archive };
                    Ok((vec![command], Finished::Nothing))
                });
            }
            Work::Sum(poll, live) => {
                let reader = self.reader.clone();
                self.spawn_async(async move {
                    let vote = poll.vote;
                    let ballots = reader.with(move |store| store.ballots(vote)).await??;
                    let sum = move || {
                        let ballots: Vec<_> =
                            ballots.into_iter().map(|b| (b.tracker, b.ballot)).collect();
                        opening::sum(&vault, &poll, live.as_ref(), &ballots)
                    };
                    let opening::Closed { archive, hints } = blocking(sum).await?;
                    let command = ServerCommand::Summed { vote, archive, hints };
                    Ok((vec![command], Finished::Nothing))
                });
            }
            Work::OwnPart(poll, live) => self.work(move || {
                let vote = poll.vote;
                if let Some(stale) = live.and_then(|live| live.stale) {
                    vault.remove_record(&stale)?;
                }
                let archive = live.map(|live| live.archive);
                let sum = opening::sum_of(&vault, &poll, archive.as_ref())?;
                let part = opening::own_part(&vault, &poll, &sum)?;
                let live = live.map(|live| live.ballots);
                Ok((vec![ServerCommand::OwnPart { vote, live, part }], Finished::Nothing))
            }),
            Work::Count(poll, counting) => self.work(move || {
                let vote = poll.vote;
                let Counting { live, archive, form, threshold, parts } = *counting;
                let command = if let Some(Live { ballots, archive, .. }) = live {
                    let count = live::count(&vault, &poll, &archive, &form, threshold, &parts)?;
                    ServerCommand::LiveCounted { vote, ballots, count }
                } else {
                    let counted =
                        opening::count(&vault, &poll, &archive, &form, threshold, &parts)?;
                    let opening::Counted { count, record } = counted;
                    ServerCommand::Counted { vote, count, record }
                };
                Ok((vec![command], Finished::Nothing))
            }),
            Work::DestroyKey { vote, logged, files } => self.work(move || {
                vault.destroy_key(vote)?;
                files.archives.iter().try_for_each(|archive| vault.remove_record(archive))?;
                if let Some(registrations) = files.registrations {
                    vault.destroy_private(&registrations)?;
                }
                let command = (!logged).then_some(ServerCommand::KeyDestroyed { vote });
                Ok((command.into_iter().collect(), Finished::Key(vote)))
            }),
            Work::Tidy => {
                let reader = self.reader.clone();
                self.spawn_async(async move {
                    reader.with(|store| store.tidy()).await??;
                    Ok((Vec::new(), Finished::Tidied))
                });
            }
            Work::DestroyRegistrations => self.work(move || {
                registrations::wipe_all(&vault.registrations())
                    .map_err(SecretError::Registrations)?;
                vault.destroy_all_private()?;
                Ok((vec![ServerCommand::RegistrationsDestroyed], Finished::Registrations))
            }),
        }
    }

    fn work(&mut self, work: impl FnOnce() -> Outcome + Send + 'static) {
        self.spawn_async(async move {
            tokio::task::spawn_blocking(work).await.map_err(|_| SecretError::BrokenOff)?
        });
    }

    fn spawn_async(&mut self, work: impl Future<Output = Outcome> + Send + 'static) {
        let tell = self.tell.clone();
        self.under_way += 1;
        tokio::spawn(async move {
            let told = match work.await {
                Ok((commands, finished)) => Told::Work(Ok(commands), finished),
                Err(error) => Told::Work(Err(error), Finished::Nothing),
            };
            // The room may have ended: the work is found anew.
            let _ = tell.send(told).await;
        });
    }

    /// For what nothing but a panic can break off.
    fn spawn(&mut self, found: Option<Found>, work: impl FnOnce() -> Told + Send + 'static) {
        let tell = self.tell.clone();
        self.under_way += 1;
        tokio::spawn(async move {
            let told = tokio::task::spawn_blocking(work).await;
            let _ = tell.send(told.unwrap_or(Told::Lost(found))).await;
        });
    }
}

impl Files {
    fn of(sealed: &Sealed) -> Self {
        let live = sealed.live_sums.iter().map(|step| step.archive);
        Self {
            archives: sealed.summed.into_iter().chain(live).map(|blob| blob.hash).collect(),
            registrations: Some(sealed.opening.registrations.hash),
        }
    }
}

/// The sum that waits for a trustee's part.
enum Waits {
    Final,
    /// The one of this archive.
    Live(Blob),
}

fn waits_for(vote: &Vote, live: Option<u32>, owner: u32) -> Option<Waits> {
    let sealed = vote.sealed.as_ref()?;
    match live {
        None => {
            let waits = vote.is_being_opened() && sealed.summed.is_some();
            (waits && !sealed.has_part(owner)).then_some(Waits::Final)
        }
        Some(ballots) => {
            let step = sealed.live_under_way().filter(|step| step.ballots == ballots)?;
            (is_running(vote) && !step.has_part(owner)).then_some(Waits::Live(step.archive))
        }
    }
}

/// The number of scrutineers' parts that open a sum, if as many are there.
fn are_enough(state: &State, parts: &[Part]) -> Option<u32> {
    let threshold = state.scrutiny().threshold;
    let theirs = parts.iter().filter(|part| part.owner != opening::SERVER).count();
    (u32::try_from(theirs).unwrap_or(u32::MAX) >= threshold).then_some(threshold)
}

fn is_running(vote: &Vote) -> bool {
    match vote.state {
        VoteState::Open | VoteState::Paused => true,
        VoteState::Prepared | VoteState::Closed | VoteState::Declared | VoteState::Annulled => {
            false
        }
    }
}

type Outcome = Result<(Vec<ServerCommand>, Finished), SecretError>;

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, SecretError> + Send + 'static,
) -> Result<T, SecretError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| SecretError::BrokenOff)?
}
