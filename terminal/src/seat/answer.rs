//! Commands and their answers: what is sent again after a break, what is given
//! up, and what a refusal means for the seat. A command keeps its name for as
//! long as it lives, so that it is done once however often it is sent.

use super::{Effect, SigningIn, State, secret};
use hemicycle_protocol::ids::{CommandId, Millis};
use hemicycle_protocol::refusal::{Code, Refusal};
use hemicycle_protocol::wire::{Answer, Ask, Command, Done, Reply, Up};

/// A command that was sent and has no answer yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    pub id: CommandId,
    pub command: Command,
    pub sent_at: Millis,
}

/// Commands that may wait for an answer at a time.
pub const MOST_PENDING: usize = 16;
/// After so long without an answer the member is told, in milliseconds.
pub const TALK_TIMEOUT: i64 = 5000;

impl State {
    /// Was the command sent long ago?
    pub fn overdue(&self, id: CommandId) -> bool {
        self.pending.iter().any(|p| p.id == id && self.is_stale(p))
    }

    fn is_stale(&self, pending: &Pending) -> bool {
        self.now.0.saturating_sub(pending.sent_at.0) >= TALK_TIMEOUT
    }

    /// Sends a command and keeps it until its answer comes. None: too many wait already.
    pub(super) fn ask(&mut self, command: Command, effects: &mut Vec<Effect>) -> Option<CommandId> {
        if self.pending.len() >= MOST_PENDING {
            self.trouble = Some((Code::TooFast.into(), self.now));
            return None;
        }
        let id = self.command_id();
        self.pending.push(Pending { id, command: command.clone(), sent_at: self.now });
        if self.online() {
            effects.push(Effect::Send(Up::Command(Ask { id, command })));
        }
        Some(id)
    }

    /// The same command again, under its own name.
    pub(super) fn ask_again(&mut self, id: CommandId, effects: &mut Vec<Effect>) {
        let (online, now) = (self.online(), self.now);
        let Some(pending) = self.pending.iter_mut().find(|p| p.id == id && online) else { return };
        pending.sent_at = now;
        effects.push(Effect::Send(Up::Command(Ask { id, command: pending.command.clone() })));
    }

    /// After a break: what has no answer is sent again.
    pub(super) fn ask_all_again(&mut self, effects: &mut Vec<Effect>) {
        self.give_up_stale();
        let ids: Vec<_> = self.pending.iter().map(|p| p.id).collect();
        for id in ids {
            self.ask_again(id, effects);
        }
    }

    /// What the time does to commands without an answer.
    pub(super) fn answers_overdue(&mut self, effects: &mut Vec<Effect>) {
        if let SigningIn::Busy(id) = self.signing_in {
            if self.overdue(id) {
                self.signing_in = SigningIn::Failed(Code::Unavailable.into());
            } else if self.pending.iter().all(|p| p.id != id) {
                // It was answered, and `me` has not said so: the member may press again.
                self.signing_in = SigningIn::Ready;
            }
        }
        if let Some(casting) = self.casting.as_ref().filter(|c| c.afloat) {
            // Its page has no button: the seat asks by itself until it knows.
            let id = casting.id;
            if self.overdue(id) {
                self.ask_again(id, effects);
            }
        }
        self.give_up_stale();
    }

    /// A wish of a while ago is not sent into a room that has gone on: a vote that the chair
    /// opened minutes ago, a call for tea. The ballot and the sign-in stay: they are statements.
    fn give_up_stale(&mut self) {
        let casting = self.casting.as_ref().map(|c| c.id);
        let before = self.pending.len();
        let mut pending = std::mem::take(&mut self.pending);
        pending.retain(|p| {
            let statement = matches!(p.command, Command::SignIn { .. }) || Some(p.id) == casting;
            statement || secret::is_duty(&p.command) || !self.is_stale(p)
        });
        self.pending = pending;
        if self.pending.len() < before {
            self.trouble = Some((Code::Unavailable.into(), self.now));
        }
    }

    pub(super) fn replied(&mut self, reply: Reply) {
        if self.report_answered(&reply) {
            return;
        }
        let Some(at) = self.pending.iter().position(|p| p.id == reply.id) else { return };
        let pending = self.pending.remove(at);
        if self.secret_answered(&pending, &reply.answer) {
            return;
        }
        match reply.answer {
            Answer::Ok(done) => self.done(&pending, done),
            Answer::Refused(why) => self.was_refused(&pending, why),
        }
    }

    fn done(&mut self, pending: &Pending, done: Done) {
        if self.casting.as_ref().is_some_and(|c| c.id == pending.id) {
            self.receipt_came(done.receipt);
        }
        if self.signing_in == SigningIn::Busy(pending.id) {
            self.proof = super::Proof::default();
        }
        // Signing in shows its success when `me` says so: then it is what everybody sees.
    }

    fn was_refused(&mut self, pending: &Pending, why: Refusal) {
        if self.signing_in == SigningIn::Busy(pending.id) {
            // A wrong PIN is typed anew; a drawing that did not arrive need not be drawn again.
            if matches!(why.code, Code::WrongPin | Code::PinLocked) {
                self.proof = super::Proof::default();
            }
            self.signing_in = if why.code == Code::AlreadySignedIn {
                SigningIn::Ready
            } else {
                SigningIn::Failed(why)
            };
        } else if self.casting.as_ref().is_some_and(|c| c.id == pending.id) {
            self.cast_refused(why);
        } else if let Command::Cast { vote, .. } | Command::CastSecret { vote, .. } =
            pending.command
        {
            self.uncounted = Some((vote, why));
        } else {
            self.trouble = Some((why, self.now));
        }
    }
}
