//! What of secret votes the room decides: commands that come with evidence,
//! registrations that wait for the disk, and what other threads have found out.

use super::{Batch, Room};
use crate::secret::{Poll, Prepared, Told, append_registrations};
use crate::store::SealedBallot;
use hemicycle_meeting::{Actor, Context, Decision, Vouched, decide};
use hemicycle_protocol::ballot::hints::Hints;
use hemicycle_protocol::ballot::verify::CheckedBallot;
use hemicycle_protocol::identity::Registration;
use hemicycle_protocol::ids::{Hash, MemberId};
use hemicycle_protocol::refusal::{Code, Refusal};
use hemicycle_protocol::secret::Registered;
use hemicycle_protocol::topic::VoteState;
use hemicycle_protocol::wire::Command;
use std::sync::Arc;

/// What was found out about a command of a secret vote before it is decided.
#[derive(Debug)]
pub enum Evidence {
    Ballot(CheckedCast),
    /// It is the ballot that the member has cast already.
    SameBallot {
        member: MemberId,
    },
    Opening(Box<Prepared>),
    Part(Vouched),
    /// The PIN of a sign-in was looked at: right, wrong, or it could not be.
    Pin {
        member: MemberId,
        right: Result<bool, Refusal>,
    },
    /// It cannot be done.
    Refused(Refusal),
}

/// A ballot whose proofs hold and whose credential is this member's.
#[derive(Debug)]
pub struct CheckedCast {
    pub poll: Arc<Poll>,
    pub member: MemberId,
    pub tracker: Hash,
    pub checked: CheckedBallot,
    /// As they came beside it.
    pub hints: Option<Hints>,
}

impl Room {
    /// Something that was found out, computed or destroyed.
    pub(super) async fn hear(&mut self, told: Told) {
        match told {
            Told::Board(reading) => {
                if let Some(command) = self.secret.read(reading) {
                    self.serve(command).await;
                }
            }
            Told::Request(request, found) => {
                self.secret.found(found);
                self.settle(vec![request]).await;
                let released = self.secret.released();
                if !released.is_empty() {
                    self.settle(released).await;
                }
            }
            Told::Work(Ok(commands), finished) => {
                let mut done = self.fault.is_none();
                for command in commands {
                    done = done && self.serve(command).await;
                }
                if done {
                    self.secret.worked(finished);
                } else {
                    self.secret.not_taken();
                }
            }
            Told::Work(Err(error), _) => self.secret.failed(&error),
            Told::Lost(found) => self.secret.lost(found),
        }
        if self.fault.is_none() {
            self.secret.advance(&self.state);
        }
    }

    /// Decides a command with what was found out about it.
    pub(super) fn weigh(
        &mut self,
        actor: &Actor,
        command: &Command,
        evidence: Option<Evidence>,
        batch: &mut Batch,
    ) -> Result<(Decision, Context), Refusal> {
        let mut context = Context::new(self.now(), actor.clone());
        match evidence {
            None => {
                if let Command::CastSecret { vote, .. } = command
                    && self.state.vote(*vote).is_some_and(|v| v.state != VoteState::Open)
                {
                    return Err(Refusal::of(Code::VoteNotOpen, "no ballots are taken"));
                }
                Ok((decide(&self.state, command, &context)?, context))
            }
            Some(Evidence::Refused(refusal)) => Err(refusal),
            Some(Evidence::Pin { member, right }) => {
                if right? {
                    context.vouched = Vouched::Pin { member };
                }
                Ok((decide(&self.state, command, &context)?, context))
            }
            Some(Evidence::Opening(prepared)) => {
                if !prepared.fits(&self.state) {
                    return Err(Refusal::of(Code::ChangedMeanwhile, "while it was prepared"));
                }
                context.vouched = Vouched::Opening(prepared.opening);
                let decision = decide(&self.state, command, &context)?;
                self.secret.polls.set(Some(prepared.poll));
                Ok((decision, context))
            }
            Some(Evidence::Part(vouched)) => {
                let again =
                    matches!(vouched, Vouched::BadPart) && self.has_refused_part(actor, command);
                if again {
                    return Err(Refusal::of(Code::BadValue, "a wrong part again"));
                }
                context.vouched = vouched;
                Ok((decide(&self.state, command, &context)?, context))
            }
            Some(Evidence::SameBallot { member }) => {
                if self.sits(actor) != Some(member) {
                    return Err(Refusal::of(Code::NotAuthentic, "another's ballot"));
                }
                context.vouched = Vouched::Ballot;
                let decision = decide(&self.state, command, &context)?;
                if decision.events.is_empty() {
                    return Ok((decision, context));
                }
                // It was not stored after all.
                Err(Refusal::of(Code::Unavailable, "the ballot is to be sent again"))
            }
            Some(Evidence::Ballot(checked)) => {
                let decision = self.cast(actor, command, &mut context, checked, batch)?;
                Ok((decision, context))
            }
        }
    }

    /// A ballot whose proofs hold.
    fn cast(
        &mut self,
        actor: &Actor,
        command: &Command,
        context: &mut Context,
        checked: CheckedCast,
        batch: &mut Batch,
    ) -> Result<Decision, Refusal> {
        let CheckedCast { poll, member, tracker, checked, hints } = checked;
        let Command::CastSecret { vote, ballot, .. } = command else {
            return Err(Code::Malformed.into());
        };
        let vote = *vote;
        if self.sits(actor) != Some(member) {
            return Err(Refusal::of(Code::NotAuthentic, "cast for somebody else at this seat"));
        }
        // Another vote may have opened meanwhile, or a batch was withdrawn.
        if !self.secret.polls.of(vote).is_some_and(|now| Arc::ptr_eq(&now, &poll)) {
            return Err(Refusal::of(Code::VoteNotOpen, "no ballots are taken"));
        }
        if poll.tracker(member).is_some_and(|known| known != tracker) {
            return Err(Code::AlreadyVoted.into());
        }
        context.vouched = Vouched::Ballot;
        let decision = decide(&self.state, command, context)?;
        if !decision.events.is_empty() {
            poll.store(member, tracker, &checked, hints);
            let ballot = ballot.as_bytes().to_vec();
            batch.ballots.push(SealedBallot { vote, tracker, ballot });
        }
        Ok(decision)
    }

    /// A registration of credentials, signature and points checked.
    pub(super) fn registration(&self, actor: &Actor, command: &Command) -> Option<Registered> {
        let Command::RegisterCredentials { first, keys, signature } = command else { return None };
        let Actor::Seat { seat, terminal } = actor else { return None };
        let (first, keys, signature) = (*first, keys.clone(), *signature);
        let (meeting, member) = (self.state.meeting_id()?, self.sits(actor)?);
        let registration = Registration { meeting, member, seat: *seat, first, keys };
        Some(Registered { registration, terminal: *terminal, signature })
    }

    /// Did this terminal give a wrong part before? Once is in the log.
    fn has_refused_part(&self, actor: &Actor, command: &Command) -> bool {
        let Command::OpenPart { vote, live, .. } = command else { return false };
        let sealed = self.state.vote(*vote).and_then(|v| v.sealed.as_ref());
        let refused = sealed.and_then(|sealed| match live {
            Some(ballots) => sealed.live_sum(*ballots).map(|step| &step.refused),
            None => Some(&sealed.refused),
        });
        self.sits(actor).is_some_and(|m| refused.is_some_and(|refused| refused.contains_key(&m)))
    }

    /// Registrations are durable before anybody is told so.
    pub(super) async fn write_registrations(&mut self, batch: &mut Batch) {
        let Some((path, length, lines)) = self.secret.registrations.unwritten() else { return };
        let append = move || append_registrations(&path, length, &lines);
        match tokio::task::spawn_blocking(append).await.map_err(std::io::Error::other) {
            Ok(Ok(length)) => self.secret.registrations.written(length),
            Ok(Err(error)) | Err(error) => {
                tracing::error!(%error, "registrations cannot be written; they are refused");
                if let Err(error) = self.secret.registrations.forget_unwritten() {
                    tracing::error!(%error, "registrations cannot be read back");
                }
                for place in std::mem::take(&mut batch.registering) {
                    if let Some((_, answer)) = batch.answers.get_mut(place) {
                        *answer = Err(Refusal::of(Code::Unavailable, "registrations"));
                    }
                }
            }
        }
    }
}

/// Does the meeting refuse this only for want of something that is found out
/// first? An opening by somebody who may not open anything is just refused.
pub(super) fn wants_evidence(command: &Command, code: Code) -> bool {
    code == Code::SecretUnavailable && matches!(command, Command::OpenVote { .. })
        || code == Code::NotAllowed && matches!(command, Command::OpenPart { .. })
}
