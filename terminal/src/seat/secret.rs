//! Secret votes at the seat: what this terminal keeps, fetches, computes and
//! checks for them. As everywhere in the seat nothing here touches a disk, a
//! clock or a random source: files, work and their answers are effects and
//! messages. After every message each part looks at what is known and does
//! what is due (`tend_…`), so that it does not matter in which order things come
//! or what a restart has forgotten. What each party must check is in
//! `docs/ballots.md`.

mod ballot;
mod blobs;
mod credentials;
mod job;
mod keygen;
mod list;
mod opening;
mod sealing;
mod shelf;

pub use ballot::{Checked, Obstacle};
pub use job::{Job, Memo, Outcome};
pub use keygen::Making;
pub use opening::Opening;
pub use shelf::Private;

use super::{Effect, State};
use crate::seat::answer::MOST_PENDING;
use hemicycle_protocol::ids::{CommandId, Hash, MeetingId, Millis, VoteId};
use hemicycle_protocol::topic::{Objection, Phase, Vote, VoteState};
use hemicycle_protocol::wire::{Answer, Ask, Command, Up};
use job::Task;
use shelf::{Kind, Shelf};
use std::collections::{BTreeMap, BTreeSet};

/// What did not succeed for the moment is tried again after so many milliseconds.
const AGAIN_AFTER: i64 = 10_000;

/// Everything about secret votes that this seat knows.
#[derive(Default)]
pub(super) struct Secret {
    shelf: Shelf,
    blobs: blobs::Blobs,
    jobs: u64,
    /// Not before then.
    again_at: Option<Millis>,
    registering: credentials::Registering,
    booth: Option<ballot::Booth>,
    ahead: sealing::Ahead,
    sealing: Option<sealing::Sealing>,
    checks: BTreeMap<VoteId, ballot::Check>,
    making: Option<keygen::KeyMaking>,
    list: Option<list::Work>,
    opening: Option<opening::Work>,
    /// The beginning of the vote that runs, as far as it was checked.
    following: Option<opening::Following>,
    destroyed_asked: Option<CommandId>,
    /// The key generation whose codes were compared.
    compared: Option<(MeetingId, u32)>,
    alarm: Option<Alarm>,
    /// What was said loudly already.
    sounded: BTreeSet<(VoteId, Alarm)>,
}

/// Something that must not be: said loudly until it is put away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Alarm {
    /// The server holds a ballot of this seat that this terminal did not make.
    OtherBallot,
    /// This seat's confirmed ballot is not in the record.
    NotCounted,
    /// The record's list of events is not the one whose last event everybody compares.
    OtherRecord,
    /// This scrutineer's terminal found something wrong with the list of credentials.
    WrongList(Objection),
    /// What the server signs of its log is not what it has signed before.
    OtherLog,
}

impl Secret {
    fn may_try(&self, now: Millis) -> bool {
        self.again_at.is_none_or(|at| at <= now)
    }

    fn try_later(&mut self, now: Millis) {
        self.again_at = Some(Millis(now.0.saturating_add(AGAIN_AFTER)));
    }

    /// When something is to be tried again.
    pub(super) fn wake_at(&self, now: Millis) -> Option<Millis> {
        self.again_at.filter(|at| *at > now)
    }
}

impl State {
    /// Takes over what an earlier run of this terminal has kept; before the first message. Gives
    /// the names of what cannot be read.
    pub fn recall(&mut self, kept: Vec<(String, Private)>) -> Vec<String> {
        let mut strange = Vec::new();
        for (name, bytes) in kept {
            let known = if super::heads::Heads::is_file(&name) {
                self.heads.recall(&bytes)
            } else {
                self.secret.shelf.recall(&name, &bytes)
            };
            if !known {
                strange.push(name);
            }
        }
        strange
    }

    /// Does this binary frame belong to a file of a secret vote? Then it is handed in as
    /// `Msg::Piece`.
    pub fn wants_piece(&self, frame: &[u8]) -> bool {
        self.secret.blobs.wants(frame)
    }

    /// What must be said loudly.
    pub fn alarm(&self) -> Option<Alarm> {
        self.secret.alarm
    }

    pub(super) fn sound(&mut self, vote: VoteId, alarm: Alarm) {
        if self.secret.sounded.insert((vote, alarm)) {
            self.secret.alarm = Some(alarm);
        }
    }

    pub(super) fn dismiss_alarm(&mut self) -> bool {
        self.secret.alarm.take().is_some()
    }

    pub(super) fn piece(&mut self, frame: &[u8]) {
        self.secret.blobs.piece(frame);
    }

    pub(super) fn no_blob(&mut self, hash: &Hash) {
        self.secret.blobs.refused(hash);
    }

    pub(super) fn kept(&mut self, name: &str, kept: bool) {
        self.secret.shelf.answered(name, kept);
        if !kept {
            self.secret.try_later(self.now);
        }
    }

    pub(super) fn destroyed(&mut self, name: &str) {
        self.secret.shelf.destroyed(name);
    }

    pub(super) fn worked(&mut self, outcome: Outcome, effects: &mut Vec<Effect>) {
        let Outcome { number, result } = outcome;
        match result {
            job::Result::Credentials(drawn) => self.credentials_drawn(number, drawn, effects),
            job::Result::Seed(seed) => self.seed_drawn(number, seed, effects),
            job::Result::Setup(setup) => self.setup_checked(number, setup),
            job::Result::Encrypted(unsent) => self.encrypted(number, unsent, effects),
            job::Result::Events(events) => self.events_checked(number, events),
            job::Result::List(objection) => self.list_found(number, objection),
            job::Result::Live(sum) => self.live_checked(number, sum, effects),
            job::Result::Sum(sum) => self.sum_checked(number, sum, effects),
            job::Result::Part(part) => self.part_made(number, part),
        }
    }

    /// Does what is due. Cheap where nothing is.
    pub(super) fn tend_secrets(&mut self, effects: &mut Vec<Effect>) {
        if self.meeting_id().is_none() {
            return;
        }
        self.tend_credentials(effects);
        self.tend_booth(effects);
        self.tend_ahead(effects);
        self.tend_sealing(effects);
        self.tend_checks(effects);
        self.tend_keygen(effects);
        self.tend_list(effects);
        self.tend_opening(effects);
        self.tend_end(effects);
        if self.online()
            && let Some(fetch) = self.secret.blobs.ask()
        {
            effects.push(Effect::Send(fetch));
        }
    }

    /// What is no longer needed is destroyed: credentials after their vote, everything after the
    /// meeting, and what is left of another meeting once this one has begun for this seat.
    fn tend_end(&mut self, effects: &mut Vec<Effect>) {
        let Some(meeting) = self.meeting_id() else { return };
        self.credentials_over(effects);
        let phase = self.room.meeting.as_ref().map(|m| m.phase);
        let signed_in = self.me().is_some_and(|me| me.signed_in);
        let closed = phase == Some(Phase::Closed);
        for place in self.secret.shelf.places() {
            let ours = place.meeting == meeting;
            if (ours && closed) || (!ours && signed_in) {
                self.secret.shelf.destroy(place, effects);
            }
        }
        if closed {
            self.secret.making = None;
            self.share_destroyed(meeting, effects);
        }
    }

    /// Tells the server that the share is gone, once it is.
    fn share_destroyed(&mut self, meeting: MeetingId, effects: &mut Vec<Effect>) {
        let gone = [Kind::Share, Kind::Seed, Kind::Sums]
            .into_iter()
            .all(|kind| !self.secret.shelf.holds(meeting, kind));
        let own = self.key();
        let told = self.room.scrutiny.as_ref().is_none_or(|scrutiny| {
            scrutiny.scrutineers.iter().any(|s| s.terminal == own && s.destroyed)
        });
        let waits = self.secret.destroyed_asked.is_some() || !self.secret.may_try(self.now);
        if !gone || told || waits || !self.online() {
            return;
        }
        let Some(attempt) = self.me().and_then(|me| me.duty.as_ref()).map(|d| d.attempt) else {
            return;
        };
        self.secret.destroyed_asked =
            self.ask_if_room(Command::ShareDestroyed { attempt }, effects);
    }

    /// Has a job done; its number.
    fn work(&mut self, task: Task, effects: &mut Vec<Effect>) -> u64 {
        self.secret.jobs += 1;
        let number = self.secret.jobs;
        effects.push(Effect::Work(Job { number, task }));
        number
    }

    /// Asks for something that nobody has pressed for: if there is no room it is done later.
    fn ask_if_room(&mut self, command: Command, effects: &mut Vec<Effect>) -> Option<CommandId> {
        if self.pending.len() >= MOST_PENDING {
            return None;
        }
        self.ask(command, effects)
    }

    /// As `ask`, under a name that was drawn before.
    fn ask_as(&mut self, id: CommandId, command: Command, effects: &mut Vec<Effect>) {
        self.pending.push(super::Pending { id, command: command.clone(), sent_at: self.now });
        if self.online() {
            effects.push(Effect::Send(Up::Command(Ask { id, command })));
        }
    }

    /// The answer to a command that nobody has pressed for. False: it was another command.
    pub(super) fn secret_answered(&mut self, pending: &super::Pending, answer: &Answer) -> bool {
        let ok = matches!(answer, Answer::Ok(_));
        let (id, command) = (pending.id, &pending.command);
        if let Command::RegisterCredentials { first, keys, .. } = command {
            self.registered(id, ok.then_some((*first, keys.len())));
        } else if let Command::SpeakKeygen { .. } = command {
            self.spoken(id, ok);
        } else if let Command::ListChecked { .. } = command {
            self.list_answered(id, ok);
        } else if let Command::OpenPart { .. } | Command::ObjectOpening { .. } = command {
            self.part_answered(id, ok);
        } else if let Command::ShareDestroyed { .. } = command {
            if self.secret.destroyed_asked == Some(id) && !ok {
                self.secret.destroyed_asked = None;
                self.secret.try_later(self.now);
            }
        } else {
            return false;
        }
        true
    }

    /// The connection is gone.
    pub(super) fn secret_interrupted(&mut self) {
        self.secret.blobs.interrupted();
    }

    /// Another person sits here, or another meeting: what lies on disk stays, what is going on
    /// belongs to the one before.
    pub(super) fn forget_secrets(&mut self) {
        let Secret { shelf, jobs, compared, again_at, .. } = std::mem::take(&mut self.secret);
        self.secret = Secret { shelf, jobs, compared, again_at, ..Secret::default() };
        self.secret.registering.forget();
    }
}

/// Is the sum of this secret vote open, or will it never be?
fn is_over(vote: &Vote) -> bool {
    match vote.state {
        VoteState::Declared | VoteState::Annulled => true,
        VoteState::Closed => vote.secret.as_ref().is_some_and(|secret| secret.record.is_some()),
        VoteState::Prepared | VoteState::Open | VoteState::Paused => false,
    }
}

/// Does this command belong to the machinery: never pressed, never given up while it has no answer?
pub(super) fn is_duty(command: &Command) -> bool {
    matches!(
        command,
        Command::RegisterCredentials { .. }
            | Command::SpeakKeygen { .. }
            | Command::ListChecked { .. }
            | Command::OpenPart { .. }
            | Command::ObjectOpening { .. }
            | Command::ShareDestroyed { .. }
    )
}
