//! A scrutineer's terminal at the opening of a sum, of the closed vote or of the
//! first ballots of one that runs: fetch, check everything, ask its own rule
//! whether this sum may be opened, and give its part. Nobody presses anything;
//! where something is wrong it says so and gives nothing. Of a vote that runs only
//! what has been added since the last sum is fetched and checked.

use super::job::{Sum, Task};
use super::shelf::{Kind, Place, Saved};
use crate::seat::{Effect, State};
use hemicycle_protocol::ballot::disclosure::{DisclosureError, Disclosures};
use hemicycle_protocol::ballot::follow::Followed;
use hemicycle_protocol::ids::{CommandId, MeetingId, MemberId, SeatId, VoteId};
use hemicycle_protocol::secret::Openable;
use hemicycle_protocol::topic::{Blob, Duty, LiveSum, Objection, OpenTask, VoteState};
use hemicycle_protocol::wire::{Command, limits};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Two sums that differ by fewer ballots are never both opened, whatever the server says.
const STEP: u32 = limits::LIVE_STEP;

/// What this terminal does about one sum.
pub(in crate::seat) struct Work {
    vote: VoteId,
    slot: u32,
    archive: Blob,
    registrations: Blob,
    hints: Option<Blob>,
    /// None: the final sum.
    live: Option<LiveSum>,
    stage: Stage,
    /// The part or the objection was sent under this name.
    asked: Option<CommandId>,
}

/// A vote that runs, as far as it was fetched and checked.
pub(in crate::seat) struct Following {
    meeting: MeetingId,
    slot: u32,
    bytes: Arc<[u8]>,
    followed: Followed,
}

enum Stage {
    Fetching,
    /// The bytes of a live sum, to be remembered once they hold.
    Checking(u64, Option<Arc<[u8]>>),
    /// That this sum is opened is on its way to the disk.
    Keeping(Box<Openable>),
    Decrypting(u64),
    Given {
        partial: String,
        second: String,
    },
    Objecting(Objection),
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

/// The files of a sum that waits, and what is known of the archive's beginning.
struct Fetched {
    archive: Arc<[u8]>,
    registrations: Arc<[u8]>,
    hints: Option<Arc<[u8]>>,
    known: Option<Followed>,
}

impl State {
    /// How far this scrutineer's terminal is with the opening of a vote.
    pub fn opening_here(&self, vote: VoteId) -> Option<Opening> {
        let of = |work: &&Work| work.vote == vote && work.live.is_none();
        let Some(work) = self.secret.opening.as_ref().filter(of) else {
            return self.opening_told(vote);
        };
        Some(match work.stage {
            Stage::Fetching | Stage::Checking(..) | Stage::Keeping(_) | Stage::Decrypting(_) => {
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
        } else if told.refused.iter().any(|objected| objected.member == member) {
            Some(Opening::Objecting)
        } else {
            None
        }
    }

    pub(super) fn tend_opening(&mut self, effects: &mut Vec<Effect>) {
        let Some(meeting) = self.meeting_id() else { return };
        let Some(duty) = self.me().and_then(|me| me.duty.clone()) else {
            self.drop_opening();
            self.secret.following = None;
            return;
        };
        self.forget_following(meeting);
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
                hints: task.hints,
                live: task.live,
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
            for blob in [Some(work.archive), Some(work.registrations), work.hints].iter().flatten()
            {
                self.secret.blobs.drop_one(&blob.hash);
            }
        }
    }

    fn opening_stage(&mut self, stage: Stage) {
        if let Some(work) = &mut self.secret.opening {
            work.stage = stage;
        }
    }

    fn object(&mut self, why: Objection) {
        self.opening_stage(Stage::Objecting(why));
    }

    /// What was followed of a vote is needed until it closes: the whole record is checked then.
    fn forget_following(&mut self, meeting: MeetingId) {
        let runs = self.room.vote.as_ref().filter(|vote| is_running(vote.state));
        let slot = runs.and_then(|vote| vote.secret.as_ref()).map(|secret| secret.slot);
        self.secret
            .following
            .take_if(|following| following.meeting != meeting || Some(following.slot) != slot);
    }

    /// Members and their seats, once the roll is here.
    pub(super) fn seats_of_members(&self) -> Option<BTreeMap<MemberId, SeatId>> {
        let roll = self.room.roll.as_ref()?;
        Some(roll.people.iter().map(|person| (person.member, person.seat)).collect())
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
                self.object(Objection::NoShare);
            }
            return;
        };
        if let Some(vote) = self.room.vote.as_ref().filter(|vote| vote.id == task.vote) {
            // Not before this terminal knows it, too: a final sum of a closed vote, a live one
            // of a vote that runs.
            if is_running(vote.state) != task.live.is_some() {
                return;
            }
            let slot = vote.secret.as_ref().map(|secret| secret.slot);
            let same = (&vote.title, &vote.form) == (&task.title, &task.form);
            if !same || slot.is_some_and(|slot| slot != task.slot) {
                self.object(Objection::OtherVote);
                return;
            }
        }
        if task.live.is_some() && !is_majority(duty) {
            self.object(Objection::TooFew);
            return;
        }
        let Some(people) = self.seats_of_members() else { return };
        let Some(fetched) = self.fetched(meeting, task) else { return };
        let Fetched { archive, registrations, hints, known } = fetched;
        let (title, form, slot) = (task.title.clone(), task.form.clone(), task.slot);
        let bytes = task.live.map(|_| Arc::clone(&archive));
        let sum = Sum { meeting, slot, title, form, item, people, archive, registrations, hints };
        let sum = Box::new(sum);
        let task = match bytes {
            Some(_) => Task::CheckLive(sum, known),
            None => Task::CheckSum(sum),
        };
        let job = self.work(task, effects);
        self.opening_stage(Stage::Checking(job, bytes));
    }

    /// Archive and registrations, once they are here, and what is known of the archive. Who
    /// registered what is not asked again for an archive that continues a checked one.
    fn fetched(&mut self, meeting: MeetingId, task: &OpenTask) -> Option<Fetched> {
        let followed = self.secret.following.as_ref().filter(|following| {
            task.live.is_some() && (following.meeting, following.slot) == (meeting, task.slot)
        });
        let followed = followed.map(|f| (Arc::clone(&f.bytes), f.followed.clone()));
        let blobs = &mut self.secret.blobs;
        let (archive, registrations) = match &followed {
            Some((bytes, _)) => (blobs.get_longer(&task.archive, bytes), Ok(Some(Arc::from([])))),
            None => (blobs.get(&task.archive), blobs.get(&task.registrations)),
        };
        // Ones that cannot be had are done without.
        let hints = match task.hints.filter(|_| task.live.is_none()) {
            Some(hints) => match blobs.get(&hints) {
                Ok(None) => return None,
                Ok(here) => here,
                Err(()) => None,
            },
            None => None,
        };
        let (archive, registrations) = match (archive, registrations) {
            (Ok(Some(archive)), Ok(Some(registrations))) => (archive, registrations),
            (Err(()), _) | (_, Err(())) => {
                if self.secret.may_try(self.now) {
                    self.secret.blobs.drop_one(&task.archive.hash);
                    self.secret.blobs.drop_one(&task.registrations.hash);
                    self.secret.try_later(self.now);
                }
                return None;
            }
            (Ok(_), Ok(_)) => return None,
        };
        self.secret.blobs.drop_one(&task.archive.hash);
        self.secret.blobs.drop_one(&task.registrations.hash);
        if let Some(hints) = &task.hints {
            self.secret.blobs.drop_one(&hints.hash);
        }
        let known = followed.map(|(_, followed)| followed);
        Some(Fetched { archive, registrations, hints, known })
    }

    pub(super) fn sum_checked(
        &mut self,
        job: u64,
        sum: Result<Box<Openable>, Objection>,
        effects: &mut Vec<Effect>,
    ) {
        if self.is_checking(job) {
            match sum {
                Ok(openable) => self.permit(openable, effects),
                Err(why) => self.object(why),
            }
        }
    }

    pub(super) fn live_checked(
        &mut self,
        job: u64,
        sum: Result<Box<(Followed, Openable)>, Objection>,
        effects: &mut Vec<Effect>,
    ) {
        let Some(meeting) = self.meeting_id() else { return };
        let Some(work) = self.secret.opening.as_ref().filter(|work| work.is_checking(job)) else {
            return;
        };
        let slot = work.slot;
        let Stage::Checking(_, Some(bytes)) = &work.stage else { return };
        let bytes = Arc::clone(bytes);
        match sum {
            Ok(sum) => {
                let (followed, openable) = *sum;
                self.permit(Box::new(openable), effects);
                // What was refused is nothing to go on from.
                let permitted = |work: &Work| matches!(work.stage, Stage::Keeping(_));
                if self.secret.opening.as_ref().is_some_and(permitted) {
                    self.secret.following = Some(Following { meeting, slot, bytes, followed });
                }
            }
            Err(why) => self.object(why),
        }
    }

    fn is_checking(&self, job: u64) -> bool {
        self.secret.opening.as_ref().is_some_and(|work| work.is_checking(job))
    }

    /// Asks the rule whether this sum may be opened, and has that written.
    fn permit(&mut self, openable: Box<Openable>, effects: &mut Vec<Effect>) {
        let Some(meeting) = self.meeting_id() else { return };
        let Some(Work { slot, live, .. }) = &self.secret.opening else { return };
        let (slot, live) = (*slot, *live);
        let sums = &mut self.secret.shelf.sums;
        let step = live.map_or(STEP, |live| live.step.max(STEP));
        let disclosures = sums.entry((meeting, slot)).or_insert_with(|| Disclosures::new(step));
        let permitted = match live {
            Some(live) if live.ballots == openable.ballots => {
                disclosures.permit_prefix(openable.sum(), live.received)
            }
            Some(_) => Err(DisclosureError::Impossible),
            None => disclosures.permit_final(openable.sum()),
        };
        match permitted {
            Ok(()) => {
                let place = Place { meeting, kind: Kind::Sums, number: slot };
                self.secret.shelf.keep(place, effects);
                self.opening_stage(Stage::Keeping(openable));
            }
            Err(why) => self.object(why.into()),
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
            None => self.object(Objection::ForeignShare),
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
        let (vote, live) = (work.vote, work.live.map(|live| live.ballots));
        let command = match &work.stage {
            Stage::Given { partial, second } => {
                let (partial, second) = (partial.clone(), second.clone());
                Command::OpenPart { vote, live, partial, second }
            }
            Stage::Objecting(why) => Command::ObjectOpening { vote, live, why: *why },
            Stage::Fetching | Stage::Checking(..) | Stage::Keeping(_) | Stage::Decrypting(_) => {
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
            && self.live == task.live
    }

    fn is_checking(&self, job: u64) -> bool {
        matches!(self.stage, Stage::Checking(of, _) if of == job)
    }

    /// Was it answered, and does its vote still stand before the room? Live sums come one after
    /// the other.
    fn is_over(&self, shown: Option<VoteId>) -> bool {
        let answered = match self.stage {
            Stage::Given { .. } | Stage::Objecting(_) => true,
            Stage::Fetching | Stage::Checking(..) | Stage::Keeping(_) | Stage::Decrypting(_) => {
                false
            }
        };
        answered && self.live.is_none() && shown == Some(self.vote)
    }
}

fn is_running(state: VoteState) -> bool {
    match state {
        VoteState::Open | VoteState::Paused => true,
        VoteState::Prepared | VoteState::Closed | VoteState::Declared | VoteState::Annulled => {
            false
        }
    }
}

/// Has every group of scrutineers that opens a sum a member in common with every other? Otherwise
/// two of them could be asked for sums that are too close, and neither would know.
fn is_majority(duty: &Duty) -> bool {
    let all = u32::try_from(duty.terminals.len()).unwrap_or(u32::MAX);
    duty.threshold > all / 2
}
