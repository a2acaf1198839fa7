//! A scrutineer's terminal at the opening of a sum: fetch, check everything,
//! ask its own rule whether this sum may be opened, and give its part. Nobody
//! presses anything; where something is wrong it says so and gives nothing.

use super::job::{Sum, Task};
use super::shelf::{Kind, Place, Saved};
use crate::seat::{Effect, State};
use hemicycle_protocol::ballot::disclosure::Disclosures;
use hemicycle_protocol::ids::{CommandId, MeetingId, VoteId};
use hemicycle_protocol::secret::Openable;
use hemicycle_protocol::topic::{Blob, Duty, OpenTask, VoteState};
use hemicycle_protocol::wire::{Command, limits};

/// Two sums that differ by fewer ballots are never both opened.
const STEP: u32 = 5;

/// What this terminal does about one sum.
pub(in crate::seat) struct Work {
    vote: VoteId,
    slot: u32,
    archive: Blob,
    registrations: Blob,
    stage: Stage,
    /// The part or the objection was sent under this name.
    asked: Option<CommandId>,
}

enum Stage {
    Fetching,
    Checking(u64),
    /// That this sum is opened is on its way to the disk.
    Keeping(Box<Openable>),
    Decrypting(u64),
    Given {
        partial: String,
        second: String,
    },
    Objecting(String),
}

/// How the opening stands at this scrutineer's terminal, for the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// Ballots and sum are being fetched and checked.
    Checking,
    /// The part is on its way, or there.
    Given,
    /// This terminal will not help to open.
    Objecting,
}

impl State {
    /// How far this scrutineer's terminal is with the opening of a vote.
    pub fn opening_here(&self, vote: VoteId) -> Option<Opening> {
        let Some(work) = self.secret.opening.as_ref().filter(|work| work.vote == vote) else {
            return self.opening_told(vote);
        };
        Some(match work.stage {
            Stage::Fetching | Stage::Checking(_) | Stage::Keeping(_) | Stage::Decrypting(_) => {
                Opening::Checking
            }
            Stage::Given { .. } => Opening::Given,
            Stage::Objecting(_) => Opening::Objecting,
        })
    }

    /// What the server says that this terminal has done, before it was started again.
    fn opening_told(&self, vote: VoteId) -> Option<Opening> {
        let vote = self.room.vote.as_ref().filter(|standing| standing.id == vote)?;
        let told = vote.secret.as_ref()?.opening.as_ref()?;
        let (member, _) = self.seated()?;
        if told.given.contains(&member) {
            Some(Opening::Given)
        } else if told.refused.contains(&member) {
            Some(Opening::Objecting)
        } else {
            None
        }
    }

    pub(super) fn tend_opening(&mut self, effects: &mut Vec<Effect>) {
        let Some(meeting) = self.meeting_id() else { return };
        let Some(duty) = self.me().and_then(|me| me.duty.clone()) else {
            self.drop_opening();
            return;
        };
        let Some(task) = &duty.open else {
            // Done, as far as the server goes; what was done stays on the screen with its vote.
            let shown = self.room.vote.as_ref().map(|v| v.id);
            if self.secret.opening.as_ref().is_some_and(|work| !work.is_over(shown)) {
                self.drop_opening();
            }
            return;
        };
        if self.secret.opening.as_ref().is_none_or(|work| !work.is_of(task)) {
            self.drop_opening();
            self.secret.opening = Some(Work {
                vote: task.vote,
                slot: task.slot,
                archive: task.archive,
                registrations: task.registrations,
                stage: Stage::Fetching,
                asked: None,
            });
        }
        self.begin_check(meeting, &duty, task, effects);
        self.go_on_opening(meeting, duty.attempt, effects);
        self.answer_opening(effects);
    }

    fn drop_opening(&mut self) {
        if let Some(work) = self.secret.opening.take() {
            self.secret.blobs.drop_one(&work.archive.hash);
            self.secret.blobs.drop_one(&work.registrations.hash);
        }
    }

    fn opening_stage(&mut self, stage: Stage) {
        if let Some(work) = &mut self.secret.opening {
            work.stage = stage;
        }
    }

    fn object(&mut self, why: &str) {
        let why = why.chars().filter(|c| !c.is_control()).take(limits::REASON).collect();
        self.opening_stage(Stage::Objecting(why));
    }

    fn begin_check(
        &mut self,
        meeting: MeetingId,
        duty: &Duty,
        task: &OpenTask,
        effects: &mut Vec<Effect>,
    ) {
        if !self.secret.opening.as_ref().is_some_and(|w| matches!(w.stage, Stage::Fetching)) {
            return;
        }
        let place = (meeting, duty.attempt);
        let Some(item) = self.secret.shelf.shares.get(&place).map(|share| share.item.clone())
        else {
            if self.is_without_share() {
                self.object("this terminal does not hold its share of the key");
            }
            return;
        };
        if let Some(vote) = self.room.vote.as_ref().filter(|vote| vote.id == task.vote) {
            if matches!(vote.state, VoteState::Open | VoteState::Paused) {
                return;
            }
            let slot = vote.secret.as_ref().map(|secret| secret.slot);
            let same = (&vote.title, &vote.form) == (&task.title, &task.form);
            if !same || slot.is_some_and(|slot| slot != task.slot) {
                self.object("the vote to be opened is not the one that was taken");
                return;
            }
        }
        let Some(roll) = &self.room.roll else { return };
        let people = roll.people.iter().map(|person| (person.member, person.seat)).collect();
        let archive = self.secret.blobs.get(&task.archive);
        let registrations = self.secret.blobs.get(&task.registrations);
        let (archive, registrations) = match (archive, registrations) {
            (Ok(Some(archive)), Ok(Some(registrations))) => (archive, registrations),
            (Err(()), _) | (_, Err(())) => {
                if self.secret.may_try(self.now) {
                    self.secret.blobs.drop_one(&task.archive.hash);
                    self.secret.blobs.drop_one(&task.registrations.hash);
                    self.secret.try_later(self.now);
                }
                return;
            }
            (Ok(_), Ok(_)) => return,
        };
        self.secret.blobs.drop_one(&task.archive.hash);
        self.secret.blobs.drop_one(&task.registrations.hash);
        let (title, form, slot) = (task.title.clone(), task.form.clone(), task.slot);
        let sum = Sum { meeting, slot, title, form, item, people, archive, registrations };
        let job = self.work(Task::CheckSum(Box::new(sum)), effects);
        self.opening_stage(Stage::Checking(job));
    }

    pub(super) fn sum_checked(
        &mut self,
        job: u64,
        sum: Result<Box<Openable>, String>,
        effects: &mut Vec<Effect>,
    ) {
        let Some(meeting) = self.meeting_id() else { return };
        let Some(work) = &self.secret.opening else { return };
        if !matches!(work.stage, Stage::Checking(of) if of == job) {
            return;
        }
        let slot = work.slot;
        let openable = match sum {
            Ok(openable) => openable,
            Err(why) => return self.object(&why),
        };
        let sums = &mut self.secret.shelf.sums;
        let disclosures = sums.entry((meeting, slot)).or_insert_with(|| Disclosures::new(STEP));
        match disclosures.permit_final(openable.ballots, openable.hash) {
            Ok(()) => {
                let place = Place { meeting, kind: Kind::Sums, number: slot };
                self.secret.shelf.keep(place, effects);
                self.opening_stage(Stage::Keeping(openable));
            }
            Err(why) => self.object(&why.to_string()),
        }
    }

    /// Decrypts what is on disk as opened.
    fn go_on_opening(&mut self, meeting: MeetingId, attempt: u32, effects: &mut Vec<Effect>) {
        let Some(Work { slot, stage: Stage::Keeping(openable), .. }) = &self.secret.opening else {
            return;
        };
        let place = Place { meeting, kind: Kind::Sums, number: *slot };
        match self.secret.shelf.saved(place) {
            Saved::Writing => return,
            Saved::Failed | Saved::Not => {
                if self.secret.may_try(self.now) {
                    self.secret.shelf.keep(place, effects);
                }
                return;
            }
            Saved::Yes => {}
        }
        let Some(share) = self.secret.shelf.shares.get(&(meeting, attempt)) else { return };
        let task = Task::Decrypt { openable: openable.clone(), share: share.key.clone() };
        let job = self.work(task, effects);
        self.opening_stage(Stage::Decrypting(job));
    }

    pub(super) fn part_made(&mut self, job: u64, part: Option<(String, String)>) {
        let made = |work: &Work| matches!(work.stage, Stage::Decrypting(of) if of == job);
        if !self.secret.opening.as_ref().is_some_and(made) {
            return;
        }
        match part {
            Some((partial, second)) => self.opening_stage(Stage::Given { partial, second }),
            None => self.object("this terminal's share does not belong to the vote"),
        }
    }

    /// Sends the part, or why there is none.
    fn answer_opening(&mut self, effects: &mut Vec<Effect>) {
        if !self.online() || !self.secret.may_try(self.now) {
            return;
        }
        let Some(work) = self.secret.opening.as_ref().filter(|work| work.asked.is_none()) else {
            return;
        };
        let vote = work.vote;
        let command = match &work.stage {
            Stage::Given { partial, second } => {
                Command::OpenPart { vote, partial: partial.clone(), second: second.clone() }
            }
            Stage::Objecting(reason) => Command::ObjectOpening { vote, reason: reason.clone() },
            Stage::Fetching | Stage::Checking(_) | Stage::Keeping(_) | Stage::Decrypting(_) => {
                return;
            }
        };
        let asked = self.ask_if_room(command, effects);
        if let Some(work) = &mut self.secret.opening {
            work.asked = asked;
        }
    }

    pub(super) fn part_answered(&mut self, id: CommandId, ok: bool) {
        let Some(work) = &mut self.secret.opening else { return };
        if !ok && work.asked.take_if(|asked| *asked == id).is_some() {
            self.secret.try_later(self.now);
        }
    }
}

impl Work {
    fn is_of(&self, task: &OpenTask) -> bool {
        (self.vote, self.slot) == (task.vote, task.slot)
            && self.archive == task.archive
            && self.registrations == task.registrations
    }

    /// Was it answered, and does its vote still stand before the room?
    fn is_over(&self, shown: Option<VoteId>) -> bool {
        let answered = match self.stage {
            Stage::Given { .. } | Stage::Objecting(_) => true,
            Stage::Fetching | Stage::Checking(_) | Stage::Keeping(_) | Stage::Decrypting(_) => {
                false
            }
        };
        answered && shown == Some(self.vote)
    }
}
