//! Sign-ins by PIN: checking one is slow on purpose, so it is done beside the
//! room, one a member at a time, and the command comes back with what was found.
//! A wrong one is an entry of the log, so that tries are counted over a restart too.

use super::answers::Who;
use super::evidence::Evidence;
use super::{Asker, Batch, ReplyTo, Request, Room, What};
use hemicycle_meeting::{Actor, Context, ServerCommand, decide_server};
use hemicycle_protocol::ids::{CommandId, MemberId};
use hemicycle_protocol::people::Pin;
use hemicycle_protocol::refusal::{Code, Refusal};
use hemicycle_protocol::wire::{Answer, Ask, Command};
use std::sync::Arc;

/// PINs that are checked at a time: each takes 8 MiB.
pub(super) const AT_WORK: usize = 2;

/// A PIN that has to be checked.
pub(super) struct Errand {
    ask: Ask,
    member: MemberId,
    name: String,
    pin: Pin,
}

impl Room {
    /// What a sign-in waits for that the meeting refused for want of a checked PIN.
    pub(super) fn pin_errand(&self, actor: &Actor, ask: &Ask) -> Result<Option<Errand>, Refusal> {
        let Command::SignIn { pin: Some(pin), .. } = &ask.command else { return Ok(None) };
        let Some(member) = self.sits(actor) else { return Ok(None) };
        let Some(person) = self.state.person(member) else { return Ok(None) };
        if self.checking.contains(&member) {
            return Err(Refusal::of(Code::TooFast, "the last PIN is being checked"));
        }
        let (name, pin) = (person.name.clone(), pin.clone());
        Ok(Some(Errand { ask: ask.clone(), member, name, pin }))
    }

    /// Sends it to be checked.
    pub(super) fn check_pin(&mut self, who: Asker, errand: Errand, reply: ReplyTo) {
        let Errand { ask, member, name, pin } = errand;
        self.checking.insert(member);
        let (pins, turns, back) =
            (Arc::clone(&self.pins), Arc::clone(&self.pin_turns), self.back.clone());
        tokio::spawn(async move {
            // The semaphore is never closed.
            let _turn = turns.acquire_owned().await;
            let checked = tokio::task::spawn_blocking(move || pins.check(&name, &pin)).await;
            let right = match checked {
                Ok(Some(right)) => Ok(right),
                Ok(None) => Err(Refusal::of(Code::PinNeeded, "it is not kept here")),
                Err(_) => Err(Refusal::of(Code::Unavailable, "the PIN cannot be checked")),
            };
            let evidence = Box::new(Evidence::Pin { member, right });
            let request = Request { who, what: What::Checked(ask, evidence), reply };
            let Some(room) = back.upgrade() else { return };
            if let Err(closed) = room.send(request).await {
                (closed.0.reply)(Answer::Refused(Code::Unavailable.into()));
            }
        });
    }

    /// The PIN was wrong: the meeting counts it, and the sender is told what is left.
    pub(super) fn missed_pin(
        &mut self,
        actor: Actor,
        command: (Who, CommandId),
        batch: &mut Batch,
    ) -> Refusal {
        let member = self.sits(&actor);
        let context = Context::new(self.now(), actor);
        let refusal = match decide_server(&self.state, ServerCommand::MissPin, &context) {
            Ok(decision) => {
                self.take(decision, context, None, batch);
                let person = member.and_then(|member| self.state.person(member));
                let left = person.map_or(0, |person| self.state.pins().left(person));
                let code = if left == 0 { Code::PinLocked } else { Code::WrongPin };
                Refusal::of(code, format_args!("{left} left"))
            }
            Err(refusal) => refusal,
        };
        let (who, id) = command;
        batch.refused.push((who, id, refusal.clone()));
        refusal
    }
}
