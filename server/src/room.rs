//! The room: the one task that owns the meeting. It drains its inbox, decides
//! each command on the state as the ones before it left it, makes all that
//! follows durable in one transaction, and only then answers and shows.
//!
//! Events are applied as they are decided, because a working copy of a large
//! state for every batch is too dear. If the log does not take them, the state
//! is rebuilt from the log and everybody of the batch is refused: what was not
//! stored was never said.

mod answers;
mod entry;
mod evidence;
mod papers;
mod pins;
mod publish;
mod reading;
#[cfg(test)]
mod tests;

pub use entry::{Replayed, first_entry, replay, visit_entry};
pub use evidence::{CheckedCast, Evidence};

use crate::board::Board;
use crate::clock::Clock;
use crate::config::Enrolment;
use crate::devices::Devices;
use crate::notes::Notes;
use crate::paper_keys::PaperKeys;
use crate::papers::{Checker, Shelf};
use crate::pins::Pins;
use crate::secret::{self, Errand, Secret};
use crate::store::{SealedBallot, StoreError, Writer};
use answers::{Answers, Settled, Who};
use entry::Entry;
use evidence::wants_evidence;
use hemicycle_meeting::{Actor, Context, Decision, Event, Meta, ServerCommand, State};
use hemicycle_meeting::{apply, decide_server};
use hemicycle_protocol::identity::{Identity, Receipt};
use hemicycle_protocol::ids::{CommandId, Key, MemberId, Millis, SeatId, Seq, Signature, VoteId};
use hemicycle_protocol::people::ClerkRole;
use hemicycle_protocol::record::Chain;
use hemicycle_protocol::refusal::{Code, Refusal};
use hemicycle_protocol::wire::{Answer, Ask, Command, Done, SignedReceipt};
use papers::Keeper;
use publish::Publisher;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time::{Instant, sleep_until};

/// Commands that wait at most; whoever comes then waits in front of the door.
pub const INBOX: usize = 4096;
/// Looks that wait at most.
pub const LOOKS: usize = 16;
/// Commands that are decided together at most.
const BATCH: usize = 1024;
/// How soon a deadline that the log did not take is tried again.
const DEADLINE_AGAIN: Duration = Duration::from_secs(1);
/// From here on signatures are made by all processors together.
const SIGN_TOGETHER: usize = 8;

/// Takes an answer to whoever asked. Must not block.
pub type ReplyTo = Box<dyn FnOnce(Answer) + Send>;

/// A command on its way to the room.
pub struct Request {
    pub who: Asker,
    pub what: What,
    pub reply: ReplyTo,
}

/// Who asks, as the session has proven it.
#[derive(Clone, Debug)]
pub enum Asker {
    Terminal {
        key: Key,
        /// Whose statement the signature in the command was verified for.
        signed_for: Option<MemberId>,
    },
    /// By the name of an account, with what it is for.
    Clerk { name: String, role: ClerkRole },
    /// The server itself, for what happened on its own computer.
    Server,
}

impl Asker {
    /// Somebody who may do all that clerks may.
    pub fn clerk(name: &str) -> Self {
        Self::Clerk { name: name.into(), role: ClerkRole::Clerk }
    }
}

/// What is asked.
pub enum What {
    Command(Ask),
    /// A command with what was found out about it.
    Checked(Ask, Box<Evidence>),
    /// Something without a message of its own on the wire.
    Server(ServerCommand),
}

/// A look at the meeting as it is on the disk; it tells itself what it has seen. Must not block,
/// nor take long.
pub type Look = Box<dyn FnOnce(&State, &Devices) + Send>;

/// What the room is made of.
pub struct Parts {
    pub replayed: Replayed,
    pub writer: Writer,
    pub identity: Arc<Identity>,
    pub board: Arc<Board>,
    pub devices: Arc<Devices>,
    pub shelf: Arc<Shelf>,
    pub clock: Clock,
    pub enrolment: Enrolment,
    pub inbox: mpsc::Receiver<Request>,
    pub looks: mpsc::Receiver<Look>,
    /// The other end of it, for what comes back from being checked.
    pub back: mpsc::WeakSender<Request>,
    pub pins: Arc<Pins>,
    pub paper_keys: Arc<PaperKeys>,
    pub notes: Arc<Notes>,
    pub checker: Checker,
    /// Where the log ends.
    pub chain: Chain,
    pub secret: secret::Parts,
}

/// See the module.
pub struct Room {
    state: State,
    answers: Answers,
    writer: Writer,
    identity: Arc<Identity>,
    devices: Arc<Devices>,
    clock: Clock,
    enrolment: Enrolment,
    inbox: mpsc::Receiver<Request>,
    looks: mpsc::Receiver<Look>,
    back: mpsc::WeakSender<Request>,
    pins: Arc<Pins>,
    pin_turns: Arc<Semaphore>,
    /// Members whose PIN is being checked.
    checking: BTreeSet<MemberId>,
    publisher: Publisher,
    keeper: Keeper,
    secret: Secret,
    /// Time in the log never runs backwards, whatever the clock does.
    last: Millis,
    /// Why nothing is written any more.
    fault: Option<String>,
    /// A deadline that could not be kept is tried again then, not at once.
    deadline_again: Option<Instant>,
}

/// What became of a request.
enum Decided {
    Settled(Settled),
    /// Something is found out first; then it comes back.
    Waits(Box<Errand>),
    /// A PIN is checked first.
    Pin(Box<pins::Errand>),
}

/// What one batch collects until it is durable.
#[derive(Default)]
struct Batch {
    payloads: Vec<Vec<u8>>,
    ballots: Vec<SealedBallot>,
    answers: Vec<(ReplyTo, Result<Settled, Refusal>)>,
    /// Refusals are remembered too: their commands were decided.
    refused: Vec<(Who, CommandId, Refusal)>,
    receipts: Vec<Receipt>,
    /// Which of the answers wait for registrations to be written.
    registering: Vec<usize>,
    by_a_press_only: bool,
    /// Of who has read what: for the console alone.
    by_reports_only: bool,
    seats_changed: bool,
}

impl Room {
    /// Puts the room together and shows where the meeting stands.
    pub fn new(parts: Parts) -> Self {
        let Parts {
            replayed,
            writer,
            identity,
            board,
            devices,
            shelf,
            clock,
            enrolment,
            inbox,
            looks,
            back,
            pins,
            paper_keys,
            notes,
            checker,
            chain,
            secret,
        } = parts;
        let Replayed { state, answers, last } = replayed;
        let secret = Secret::new(secret);
        let polls = Arc::clone(&secret.polls);
        let keeper = Keeper::new(Arc::clone(&paper_keys), notes, shelf, checker);
        let made = publish::Makers { polls, paper_keys, identity: Arc::clone(&identity) };
        let publisher = Publisher::new(board, made, clock.now(), chain);
        let mut room = Self {
            state,
            answers,
            writer,
            identity,
            devices,
            clock,
            enrolment,
            inbox,
            looks,
            back,
            pins,
            pin_turns: Arc::new(Semaphore::new(pins::AT_WORK)),
            checking: BTreeSet::new(),
            publisher,
            keeper,
            secret,
            last,
            fault: None,
            deadline_again: None,
        };
        room.publisher.publish(&room.state, &room.devices);
        room
    }

    /// Runs until nobody can ask any more or it is told to stop; what was
    /// taken in by then is finished.
    pub async fn run(mut self, mut stop: oneshot::Receiver<()>) {
        let mut devices = self.devices.changes();
        let mut batch = Vec::with_capacity(BATCH);
        self.secret.advance(&self.state);
        self.keep_papers().await;
        loop {
            let show = self.publisher.due();
            let close = self.deadline();
            let look = self.secret.due().filter(|_| self.fault.is_none());
            tokio::select! {
                biased;
                _ = &mut stop => break,
                () = until(show) => self.publisher.publish(&self.state, &self.devices),
                () = until(close) => self.close_what_is_past().await,
                () = until(look) => {
                    if let Some(command) = self.secret.on_time() {
                        self.serve(command).await;
                    }
                    self.secret.advance(&self.state);
                }
                told = self.secret.next() => self.hear(told).await,
                compared = self.keeper.next() => self.compared(compared).await,
                // Between two batches: whatever is decided is durable.
                Some(look) = self.looks.recv() => look(&self.state, &self.devices),
                taken = self.inbox.recv_many(&mut batch, BATCH) => {
                    if taken == 0 {
                        break;
                    }
                    self.settle(std::mem::take(&mut batch)).await;
                }
                changed = devices.changed() => {
                    if changed.is_err() {
                        break;
                    }
                    devices.mark_unchanged();
                    self.publisher.devices_changed();
                    let newcomers = self.devices.newcomers();
                    self.give_open_seats(newcomers).await;
                }
            }
        }
        self.secret.finish().await;
        self.inbox.close();
        while self.inbox.recv_many(&mut batch, BATCH).await > 0 {
            self.settle(std::mem::take(&mut batch)).await;
        }
        self.writer.finish();
    }

    /// Decides a batch, makes it durable, answers.
    async fn settle(&mut self, requests: Vec<Request>) {
        if let Some(fault) = &self.fault {
            for request in requests {
                let refusal = Refusal::of(Code::Unavailable, fault);
                (request.reply)(Answer::Refused(refusal));
            }
            return;
        }
        let mut batch = Batch { by_a_press_only: true, by_reports_only: true, ..Batch::default() };
        for Request { who, what, reply } in requests {
            let answer = match self.decide(&who, what, &mut batch) {
                Ok(Decided::Settled(settled)) => Ok(settled),
                Ok(Decided::Waits(errand)) => {
                    self.secret.begin(who, *errand, reply);
                    continue;
                }
                Ok(Decided::Pin(errand)) => {
                    self.check_pin(who, *errand, reply);
                    continue;
                }
                Err(refusal) => Err(refusal),
            };
            batch.answers.push((reply, answer));
        }
        self.commit(batch).await;
    }

    fn decide(&mut self, asker: &Asker, what: What, batch: &mut Batch) -> Result<Decided, Refusal> {
        let (actor, who) = self.actor(asker)?;
        let (ask, evidence) = match what {
            What::Command(ask) => (ask, None),
            What::Checked(ask, evidence) => (ask, Some(*evidence)),
            What::Server(command) => {
                (batch.by_a_press_only, batch.by_reports_only) = (false, false);
                let context = Context::new(self.now(), actor);
                let decision = decide_server(&self.state, command, &context)?;
                return Ok(Decided::Settled(self.take(decision, context, None, batch)));
            }
        };
        if let Some(Evidence::Pin { member, .. }) = &evidence {
            self.checking.remove(member);
        }
        if let Some(answer) = self.answers.get(&who, &ask.id) {
            return answer.clone().map(Decided::Settled);
        }
        if let Asker::Terminal { signed_for, .. } = asker {
            self.check_signer(&actor, *signed_for, &ask.command)?;
        }
        batch.by_a_press_only &= is_press(&ask.command);
        batch.by_reports_only &= reading::is_report(&ask.command);
        if let Some(Evidence::Pin { member, right: Ok(false) }) = &evidence
            && self.sits(&actor) == Some(*member)
        {
            return Err(self.missed_pin(actor, (who, ask.id), batch));
        }
        let is_checked = evidence.is_some();
        let decided = self.weigh(&actor, &ask.command, evidence, batch);
        match decided {
            Ok((decision, context)) => {
                if let Some(new) = self.registration(&context.actor, &ask.command) {
                    if self.secret.registrations.check(&new, self.state.scrutiny().slots)? {
                        self.secret.registrations.add(new);
                        batch.registering.push(batch.answers.len());
                    }
                    // Not remembered by its id: it is done again just as well.
                    let seq = self.state.seq();
                    return Ok(Decided::Settled(Settled { seq, made: None, ballot: None }));
                }
                if let Command::Present { paper, page, pointer, ink } = &ask.command {
                    let terminals = self.devices.online();
                    self.publisher.shows((*paper, *page), *pointer, ink.clone(), terminals);
                    // Not remembered: there are many, and again does no harm.
                    return Ok(Decided::Settled(self.take(decision, context, None, batch)));
                }
                if let (true, Asker::Terminal { key, .. }) =
                    (reading::is_report(&ask.command), asker)
                {
                    if self.devices.holds(key, reading::held(&ask.command)) {
                        self.publisher.held_changed();
                    }
                    // Not remembered either: there are many, and no answer of a ballot
                    // may be forgotten for them.
                    return Ok(Decided::Settled(self.take(decision, context, None, batch)));
                }
                let command = Some((who, ask.id));
                Ok(Decided::Settled(self.take(decision, context, command, batch)))
            }
            Err(refusal) => {
                let terminal = match asker {
                    Asker::Terminal { key, .. } => Some(key),
                    Asker::Clerk { .. } | Asker::Server => None,
                };
                if !is_checked
                    && refusal.code == Code::WrongPin
                    && let Some(errand) = self.pin_errand(&actor, &ask)?
                {
                    return Ok(Decided::Pin(Box::new(errand)));
                }
                if !is_checked && wants_evidence(&ask.command, refusal.code) {
                    let now = self.now();
                    if let Some(errand) = self.secret.errand(&self.state, terminal, &ask, now)? {
                        return Ok(Decided::Waits(Box::new(errand)));
                    }
                }
                if !reading::is_report(&ask.command) {
                    batch.refused.push((who, ask.id, refusal.clone()));
                }
                Err(refusal)
            }
        }
    }

    /// Who sits where a command comes from.
    fn sits(&self, actor: &Actor) -> Option<MemberId> {
        match actor {
            Actor::Seat { seat, .. } => self.state.person_at(*seat).map(|p| p.member),
            Actor::Clerk { .. } | Actor::Server => None,
        }
    }

    /// Applies a decision and writes its entries; they count once the batch is
    /// durable.
    fn take(
        &mut self,
        decision: Decision,
        context: Context,
        command: Option<(Who, CommandId)>,
        batch: &mut Batch,
    ) -> Settled {
        let Decision { events, made, receipt } = decision;
        let Context { now: at, actor, vouched: _ } = context;
        let id = command.as_ref().map(|(_, id)| *id);
        for event in events {
            let seq = Seq(self.state.seq().0 + 1);
            let meta = Meta { seq, at, who: actor.clone() };
            apply(&mut self.state, &event, &meta);
            batch.seats_changed |=
                matches!(event, Event::RosterImported { .. } | Event::SeatReleased { .. });
            batch.payloads.push(
                Entry { v: entry::V, at, who: actor.clone(), id, made, receipt, event }.bytes(),
            );
        }
        self.last = at;
        if let Some((vote, member)) = receipt
            && self.publisher.signature(vote, member).is_none()
            && let Some(receipt) = secret::receipt(&self.state, &self.secret.polls, vote, member)
        {
            batch.receipts.push(receipt);
        }
        let settled = Settled { seq: self.state.seq(), made, ballot: receipt };
        if let Some((who, id)) = command {
            self.answers.put(who, id, Ok(settled));
        }
        settled
    }

    async fn commit(&mut self, mut batch: Batch) {
        self.write_registrations(&mut batch).await;
        let stored = if batch.payloads.is_empty() {
            self.sign(std::mem::take(&mut batch.receipts)).await;
            Ok(())
        } else {
            // Receipts are signed while the disk works; nobody sees them before.
            let payloads = std::mem::take(&mut batch.payloads);
            let receipts = std::mem::take(&mut batch.receipts);
            let ballots = std::mem::take(&mut batch.ballots);
            let signing = sign_all(Arc::clone(&self.identity), receipts);
            let (stored, signed) = tokio::join!(self.writer.append(payloads, ballots), signing);
            stored.map(|chain| {
                debug_assert_eq!(chain.seq(), self.state.seq());
                self.publisher.stored(chain);
                self.publisher.keep_signatures(&self.state, signed);
                if batch.by_reports_only {
                    self.publisher.read();
                } else {
                    self.publisher.changed(batch.by_a_press_only, self.devices.online());
                }
            })
        };
        if let Err(error) = stored {
            return self.withdraw(error, batch.answers).await;
        }
        for (who, id, refusal) in batch.refused {
            self.answers.put(who, id, Err(refusal));
        }
        for (reply, result) in batch.answers {
            reply(self.answer(result));
        }
        self.secret.advance(&self.state);
        self.keep_papers().await;
        if batch.seats_changed {
            let wishes = self.devices.wishes();
            Box::pin(self.give_open_seats(wishes)).await;
        }
    }

    /// The log did not take a batch: forget it.
    async fn withdraw(
        &mut self,
        error: StoreError,
        answers: Vec<(ReplyTo, Result<Settled, Refusal>)>,
    ) {
        tracing::error!(%error, "the log did not take a batch; its commands are refused");
        let rebuilt = self.writer.with(replay).await;
        match rebuilt {
            Ok(Ok(Replayed { state, answers, last })) => {
                self.state = state;
                self.answers = answers;
                self.last = last;
                self.secret.rebuilt(&self.state);
            }
            Ok(Err(again)) | Err(again) => {
                // The state holds what was never stored: it is not shown any more.
                self.publisher.freeze();
                tracing::error!(error = %again, "the log cannot be read back");
                self.fault = Some(again.to_string());
            }
        }
        if !error.passes() {
            tracing::error!("nothing is written any more until the server is started again");
            self.fault = Some(error.to_string());
        }
        let refusal = Refusal::of(Code::Unavailable, &error);
        for (reply, _) in answers {
            reply(Answer::Refused(refusal.clone()));
        }
    }

    fn answer(&mut self, result: Result<Settled, Refusal>) -> Answer {
        let Settled { seq, made, ballot } = match result {
            Ok(settled) => settled,
            Err(refusal) => return Answer::Refused(refusal),
        };
        let receipt = ballot.and_then(|(vote, member)| {
            let receipt = secret::receipt(&self.state, &self.secret.polls, vote, member)?;
            let signature = self.publisher.sign(&receipt, vote, member);
            Some(SignedReceipt { receipt, signature })
        });
        Answer::Ok(Done { seq, made, receipt })
    }

    async fn sign(&mut self, receipts: Vec<Receipt>) {
        if !receipts.is_empty() {
            let signed = sign_all(Arc::clone(&self.identity), receipts).await;
            self.publisher.keep_signatures(&self.state, signed);
        }
    }

    fn actor(&self, asker: &Asker) -> Result<(Actor, Who), Refusal> {
        match asker {
            Asker::Terminal { key, .. } => {
                let seat = self.state.seat_of(key).ok_or(Code::NoSeat)?;
                Ok((Actor::Seat { seat, terminal: *key }, Who::Terminal(*key)))
            }
            Asker::Clerk { name, role } => {
                let actor = Actor::Clerk { name: name.clone(), role: *role };
                Ok((actor, Who::Clerk(name.clone())))
            }
            Asker::Server => Ok((Actor::Server, Who::Server)),
        }
    }

    /// A signature was verified for whoever sat there when it came in; is that
    /// still who sits there?
    fn check_signer(
        &self,
        actor: &Actor,
        signed_for: Option<MemberId>,
        command: &Command,
    ) -> Result<(), Refusal> {
        if !crate::intake::is_signed(command) {
            return Ok(());
        }
        match self.sits(actor) {
            Some(member) if signed_for != Some(member) => {
                Err(Refusal::of(Code::NotAuthentic, "signed for somebody else at this seat"))
            }
            // Without a person the meeting refuses by its own rules.
            Some(_) | None => Ok(()),
        }
    }

    fn deadline(&self) -> Option<Instant> {
        if self.fault.is_some() {
            return None;
        }
        let left = self.state.next_deadline()?.0.saturating_sub(self.clock.now().0).max(0);
        let at = Instant::now() + Duration::from_millis(left.unsigned_abs());
        Some(self.deadline_again.map_or(at, |again| at.max(again)))
    }

    async fn close_what_is_past(&mut self) {
        let before = self.state.seq();
        self.serve(ServerCommand::Deadline).await;
        let kept = self.state.seq() != before;
        self.deadline_again = (!kept).then(|| Instant::now() + DEADLINE_AGAIN);
    }

    /// Where enrolment is open, terminals get the free seats they wish for.
    async fn give_open_seats(&mut self, wishes: Vec<(Key, SeatId)>) {
        match self.enrolment {
            Enrolment::Ask => return,
            Enrolment::Open => {}
        }
        let mut batch = Batch { by_a_press_only: true, ..Batch::default() };
        for (terminal, seat) in wishes {
            let free = self.state.seat_of(&terminal).is_none()
                && self.state.terminal_at(seat).is_none()
                && self.state.person_at(seat).is_some();
            if free && self.fault.is_none() {
                let context = Context::new(self.now(), Actor::Server);
                let command = ServerCommand::Enrol { terminal, seat };
                match decide_server(&self.state, command, &context) {
                    Ok(decision) => {
                        self.take(decision, context, None, &mut batch);
                    }
                    Err(refusal) => tracing::debug!(%seat, %refusal, "a wish is not granted"),
                }
            }
        }
        if !batch.payloads.is_empty() {
            self.commit(batch).await;
        }
    }

    /// What the server itself does; tells whether it is done.
    async fn serve(&mut self, command: ServerCommand) -> bool {
        if self.fault.is_some() {
            return false;
        }
        let mut batch = Batch::default();
        let context = Context::new(self.now(), Actor::Server);
        match decide_server(&self.state, command, &context) {
            Ok(decision) => {
                self.take(decision, context, None, &mut batch);
                let after = self.state.seq();
                self.commit(batch).await;
                self.state.seq() >= after
            }
            Err(refusal) => {
                tracing::warn!(%refusal, "the meeting refused the server");
                false
            }
        }
    }

    fn now(&self) -> Millis {
        self.clock.now().max(self.last)
    }
}

/// Something that each seat may do for itself, and many do at once; not a step
/// of the meeting, which everybody waits for.
fn is_press(command: &Command) -> bool {
    matches!(
        command,
        Command::SignIn { .. }
            | Command::Leave
            | Command::Cast { .. }
            | Command::RegisterCredentials { .. }
            | Command::CastSecret { .. }
            | Command::AskToSpeak
            | Command::WithdrawSpeech
            | Command::CallService { .. }
            | Command::CancelService
            | Command::ReportReading { .. }
    )
}

async fn sign_all(identity: Arc<Identity>, receipts: Vec<Receipt>) -> Vec<(Receipt, Signature)> {
    let sign = move |receipt: Receipt| {
        let signature = identity.sign(&receipt);
        (receipt, signature)
    };
    if receipts.len() < SIGN_TOGETHER {
        return receipts.into_iter().map(sign).collect();
    }
    let together = tokio::task::spawn_blocking(move || {
        use rayon::prelude::*;
        receipts.into_par_iter().map(sign).collect()
    });
    // What could not be signed here is signed when it is asked for.
    together.await.unwrap_or_default()
}

async fn until(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// Signatures of receipts by ballot.
type Signatures = HashMap<(VoteId, MemberId), Signature>;
