//! A scrutineer's terminal when a vote opens: does each credential in its list
//! belong to one member? Nobody waits for the answer and nobody presses anything;
//! it is in the record, and an objection is said loudly.

use super::Alarm;
use super::job::{Sum, Task};
use crate::seat::{Effect, State};
use hemicycle_protocol::ids::{CommandId, VoteId};
use hemicycle_protocol::topic::{ListTask, Objection};
use hemicycle_protocol::wire::Command;
use std::sync::Arc;

/// What this terminal does about one list.
pub(in crate::seat) struct Work {
    task: ListTask,
    setup: Option<Arc<[u8]>>,
    registrations: Option<Arc<[u8]>>,
    stage: Stage,
    /// What was found was sent under this name.
    asked: Option<CommandId>,
}

#[derive(Clone, Copy)]
enum Stage {
    Fetching,
    Checking(u64),
    Found(Option<Objection>),
}

impl State {
    pub(super) fn tend_list(&mut self, effects: &mut Vec<Effect>) {
        self.sound_objection();
        let task = self.me().and_then(|me| me.duty.as_ref()).and_then(|duty| duty.check.clone());
        let Some(task) = task else {
            self.drop_list();
            return;
        };
        if self.secret.list.as_ref().is_none_or(|work| work.task != task) {
            self.drop_list();
            let (setup, registrations) = (None, None);
            let (stage, asked) = (Stage::Fetching, None);
            self.secret.list = Some(Work { task, setup, registrations, stage, asked });
        }
        self.fetch_list(effects);
        self.answer_list(effects);
    }

    fn drop_list(&mut self) {
        if let Some(work) = self.secret.list.take() {
            self.secret.blobs.drop_one(&work.task.setup.hash);
            self.secret.blobs.drop_one(&work.task.registrations.hash);
        }
    }

    fn fetch_list(&mut self, effects: &mut Vec<Effect>) {
        let Some(meeting) = self.meeting_id() else { return };
        let attempt = self.me().and_then(|me| me.duty.as_ref()).map(|duty| duty.attempt);
        let share = attempt.and_then(|at| self.secret.shelf.shares.get(&(meeting, at)));
        let item = share.map(|share| share.item.clone());
        let without_share = item.is_none() && self.is_without_share();
        let differs =
            self.secret.list.as_ref().is_some_and(|work| self.is_another_vote(&work.task));
        let (now, may_try) = (self.now, self.secret.may_try(self.now));
        let Some(work) = &mut self.secret.list else { return };
        if !matches!(work.stage, Stage::Fetching) {
            return;
        }
        if without_share || differs {
            let why = if differs { Objection::OtherVote } else { Objection::NoShare };
            work.stage = Stage::Found(Some(why));
            return;
        }
        let mut lost = None;
        let (setup, registrations) = (work.task.setup, work.task.registrations);
        for (kept, blob) in [(&mut work.setup, setup), (&mut work.registrations, registrations)] {
            if kept.is_none() {
                match self.secret.blobs.get(&blob) {
                    Ok(bytes) => *kept = bytes,
                    Err(()) => lost = Some(blob.hash),
                }
            }
        }
        if let Some(lost) = lost {
            if may_try {
                self.secret.blobs.drop_one(&lost);
                self.secret.try_later(now);
            }
            return;
        }
        let (Some(archive), Some(registrations)) = (&work.setup, &work.registrations) else {
            return;
        };
        let (archive, registrations) = (Arc::clone(archive), Arc::clone(registrations));
        let ListTask { slot, title, form, .. } = work.task.clone();
        let (Some(item), Some(people)) = (item, self.seats_of_members()) else { return };
        let hints = None;
        let sum = Sum { meeting, slot, title, form, item, people, archive, registrations, hints };
        let job = self.work(Task::CheckList(Box::new(sum)), effects);
        if let Some(work) = &mut self.secret.list {
            self.secret.blobs.drop_one(&work.task.registrations.hash);
            work.stage = Stage::Checking(job);
        }
    }

    /// Is the vote before the room, which has this number, asked otherwise?
    fn is_another_vote(&self, task: &ListTask) -> bool {
        let vote = self.room.vote.as_ref().filter(|vote| vote.id == task.vote);
        vote.is_some_and(|vote| {
            let slot = vote.secret.as_ref().map(|secret| secret.slot);
            let same = (&vote.title, &vote.form) == (&task.title, &task.form);
            !same || slot.is_some_and(|slot| slot != task.slot)
        })
    }

    pub(super) fn list_found(&mut self, job: u64, objection: Option<Objection>) {
        let checking = |work: &&mut Work| matches!(work.stage, Stage::Checking(of) if of == job);
        let Some(work) = self.secret.list.as_mut().filter(checking) else { return };
        work.stage = Stage::Found(objection);
        let vote = work.task.vote;
        if let Some(why) = objection {
            self.sound(vote, Alarm::WrongList(why));
        }
    }

    fn answer_list(&mut self, effects: &mut Vec<Effect>) {
        if !self.online() || !self.secret.may_try(self.now) {
            return;
        }
        let Some(work) = self.secret.list.as_ref().filter(|work| work.asked.is_none()) else {
            return;
        };
        let Stage::Found(objection) = work.stage else { return };
        let command = Command::ListChecked { vote: work.task.vote, objection };
        let asked = self.ask_if_room(command, effects);
        if let Some(work) = &mut self.secret.list {
            work.asked = asked;
        }
    }

    pub(super) fn list_answered(&mut self, id: CommandId, ok: bool) {
        let Some(work) = &mut self.secret.list else { return };
        if !ok && work.asked.take_if(|asked| *asked == id).is_some() {
            self.secret.try_later(self.now);
        }
    }

    /// What this terminal has said before it was started again is said loudly again.
    fn sound_objection(&mut self) {
        let Some((vote, why)) = self.own_objection() else { return };
        self.sound(vote, Alarm::WrongList(why));
    }

    fn own_objection(&self) -> Option<(VoteId, Objection)> {
        let (member, _) = self.seated()?;
        self.me()?.duty.as_ref()?;
        let vote = self.room.vote.as_ref()?;
        let objected = &vote.secret.as_ref()?.checks.objected;
        let own = objected.iter().find(|objected| objected.member == member)?;
        Some((vote.id, own.why))
    }
}
