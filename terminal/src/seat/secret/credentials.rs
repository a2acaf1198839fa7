//! Credentials for the secret votes to come: drawn some slots ahead, kept, and
//! only then registered under this terminal's signature.

use super::job::{Drawn, Task};
use super::shelf::{Held, Kind, Place, Saved};
use crate::seat::{Effect, State};
use hemicycle_protocol::ballot::keys::SecretKey;
use hemicycle_protocol::identity::Registration;
use hemicycle_protocol::ids::{CommandId, Hash, Hex, MeetingId, MemberId, SeatId};
use hemicycle_protocol::topic::{Phase, Standing};
use hemicycle_protocol::wire::Command;
use std::collections::BTreeSet;

/// Slots for which credentials are there, counted from the next one.
const AHEAD: u32 = 5;

/// How far the registration is.
#[derive(Default)]
pub(super) struct Registering {
    /// Credentials are being drawn.
    drawing: Option<(u64, MeetingId, MemberId)>,
    /// The command that has no answer yet.
    asked: Option<CommandId>,
    /// Slots whose credential the server has confirmed, for the person at this seat.
    done: BTreeSet<u32>,
}

impl State {
    /// Whose credentials are to be registered now.
    fn registrant(&self) -> Option<(MeetingId, MemberId, SeatId)> {
        let meeting = self.meeting_id()?;
        let me = self.me()?;
        let person = me.person.as_ref()?;
        let sits = match self.room.meeting.as_ref()?.phase {
            Phase::SignIn | Phase::InSession | Phase::Adjourned => me.signed_in,
            Phase::Preparing | Phase::Closed => false,
        };
        let votes = match person.standing {
            Standing::Member => true,
            Standing::Attendee => false,
        };
        (self.online() && sits && votes).then_some((meeting, person.member, me.seat?))
    }

    pub(super) fn tend_credentials(&mut self, effects: &mut Vec<Effect>) {
        let Some((meeting, member, seat)) = self.registrant() else { return };
        let Some(next) = self.room.scrutiny.as_ref().map(|s| s.next_slot) else { return };
        let slots = next..next.saturating_add(AHEAD);
        let shelf = &self.secret.shelf;
        let own = |slot: &u32| {
            shelf.credentials.get(&(meeting, *slot)).is_some_and(|held| held.member == member)
        };
        let missing: Vec<u32> = slots.clone().filter(|slot| !own(slot)).collect();
        if !missing.is_empty() {
            if self.secret.registering.drawing.is_none() {
                let job = self.work(Task::Credentials { meeting, slots: missing }, effects);
                self.secret.registering.drawing = Some((job, meeting, member));
            }
            return;
        }
        let place = |number| Place { meeting, kind: Kind::Credential, number };
        for slot in slots.clone() {
            match self.secret.shelf.saved(place(slot)) {
                Saved::Yes => {}
                Saved::Writing => return,
                Saved::Failed | Saved::Not => {
                    if self.secret.may_try(self.now) {
                        self.secret.shelf.keep(place(slot), effects);
                    }
                    return;
                }
            }
        }
        let registering = &self.secret.registering;
        let Some(first) = slots.clone().find(|slot| !registering.done.contains(slot)) else {
            return;
        };
        if registering.asked.is_some() || !self.secret.may_try(self.now) {
            return;
        }
        let keys = (first..slots.end).map_while(|slot| self.public_key(meeting, slot)).collect();
        let statement = Registration { meeting, member, seat, first, keys };
        let signature = self.identity.sign(&statement);
        let command = Command::RegisterCredentials { first, keys: statement.keys, signature };
        self.secret.registering.asked = self.ask_if_room(command, effects);
    }

    fn public_key(&self, meeting: MeetingId, slot: u32) -> Option<Hash> {
        let held = self.secret.shelf.credentials.get(&(meeting, slot))?;
        Some(Hex(*held.key.public().encoded().as_bytes()))
    }

    /// The credential of the person at this seat for a slot, once it is on disk.
    pub(super) fn credential(&self, slot: u32) -> Option<&SecretKey> {
        let (meeting, (member, _)) = (self.meeting_id()?, self.seated()?);
        let held = self.secret.shelf.credentials.get(&(meeting, slot))?;
        let saved =
            self.secret.shelf.saved(Place { meeting, kind: Kind::Credential, number: slot });
        (held.member == member && saved == Saved::Yes).then_some(&held.key)
    }

    pub(super) fn credentials_drawn(
        &mut self,
        job: u64,
        drawn: Vec<Drawn>,
        effects: &mut Vec<Effect>,
    ) {
        let asked = self.secret.registering.drawing.take_if(|(of, ..)| *of == job);
        let Some((_, meeting, member)) = asked else { return };
        for Drawn { slot, credential, key } in drawn {
            let held = Held { member, credential, key };
            self.secret.shelf.credentials.insert((meeting, slot), held);
            let place = Place { meeting, kind: Kind::Credential, number: slot };
            self.secret.shelf.keep(place, effects);
        }
    }

    pub(super) fn registered(&mut self, id: CommandId, done: Option<(u32, usize)>) {
        if self.secret.registering.asked.take_if(|asked| *asked == id).is_none() {
            return;
        }
        match done {
            Some((first, count)) => {
                let count = u32::try_from(count).unwrap_or(0);
                self.secret.registering.done.extend(first..first.saturating_add(count));
            }
            None => self.secret.try_later(self.now),
        }
    }

    /// A credential whose vote is over, or can no longer come, is destroyed.
    pub(super) fn credentials_over(&mut self, effects: &mut Vec<Effect>) {
        let Some(meeting) = self.meeting_id() else { return };
        let Some(next) = self.room.scrutiny.as_ref().map(|s| s.next_slot) else { return };
        let standing = self.room.vote.as_ref().and_then(|v| Some((v, v.secret.as_ref()?)));
        let over = |slot: u32| match standing {
            Some((vote, secret)) if secret.slot == slot => super::is_over(vote),
            // One at a time: a later slot is taken only when the one before is done with.
            Some(_) | None => slot.saturating_add(1) < next,
        };
        for place in self.secret.shelf.places() {
            let credential = place.meeting == meeting && place.kind == Kind::Credential;
            if credential && over(place.number) {
                self.secret.shelf.destroy(place, effects);
            }
        }
    }
}

impl Registering {
    /// Another person sits here.
    pub fn forget(&mut self) {
        *self = Self::default();
    }
}
