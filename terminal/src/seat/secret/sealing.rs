//! From what is chosen to the ballot that is sent. A complete choice is
//! encrypted as soon as it stands, so that 提交 has only to send; where the choice
//! changes, what was made is wiped and another made with fresh random numbers.
//! Before the press nothing of it leaves memory: no message, no file, no tracker.
//! The choice itself leaves the seat's memory only as an argument of the job
//! that encrypts it.

use super::job::{Task, Unsent};
use super::shelf::{Kind, Mark, Place, Saved};
use crate::seat::cast::{Casting, ballot_of};
use crate::seat::{Effect, State};
use hemicycle_protocol::ids::{CommandId, Hash, Hex, VoteId};
use hemicycle_protocol::refusal::{Code, Refusal};
use hemicycle_protocol::secret;
use hemicycle_protocol::topic::VoteState;
use hemicycle_protocol::vote::Method;
use hemicycle_protocol::wire::Command;
use zeroize::Zeroizing;

/// The ballot that the member would cast now.
#[derive(PartialEq, Eq)]
struct Wanted {
    vote: VoteId,
    slot: u32,
    choices: Zeroizing<Vec<Vec<bool>>>,
}

/// Ballots before the press. One is made at a time, however fast a finger changes its mind.
#[derive(Default)]
pub(super) struct Ahead {
    /// The job, and what it makes as long as that is wanted.
    making: Option<(u64, Option<Wanted>)>,
    /// None: this setup takes no such ballot.
    made: Option<(Wanted, Option<Unsent>)>,
}

enum Taken {
    Made(Option<Unsent>),
    Making(u64),
    Nothing,
}

/// A ballot that was submitted and is not yet sent.
pub(in crate::seat) struct Sealing {
    vote: VoteId,
    slot: u32,
    id: CommandId,
    step: Step,
}

enum Step {
    Encrypting(u64),
    /// Its tracker is on its way to the disk; then it is sent.
    Keeping(Unsent),
}

impl Ahead {
    /// What is not this ballot is wiped.
    fn keep_only(&mut self, wanted: Option<&Wanted>) {
        self.made.take_if(|(made, _)| Some(&*made) != wanted);
        if let Some((_, making)) = &mut self.making {
            making.take_if(|making| Some(&*making) != wanted);
        }
    }

    fn is_idle(&self) -> bool {
        self.making.is_none() && self.made.is_none()
    }

    /// This very ballot is submitted; it is not this one's any more.
    fn take(&mut self, wanted: &Wanted) -> Taken {
        if let Some((_, unsent)) = self.made.take_if(|(made, _)| made == wanted) {
            Taken::Made(unsent)
        } else if let Some((job, _)) = self.making.take_if(|(_, of)| of.as_ref() == Some(wanted)) {
            Taken::Making(job)
        } else {
            Taken::Nothing
        }
    }
}

impl State {
    /// Would 提交 send at once? Of a secret vote: is the ballot of what is chosen made?
    pub fn is_ready_to_send(&self) -> bool {
        let Some(vote) = self.votable() else { return false };
        match vote.method {
            Method::Recorded => self.draft.is_some() && self.unanswered() == 0,
            Method::Secret => self.secret.ahead.made.is_some(),
        }
    }

    /// The ballot of a complete choice in an open vote that this seat can cast in.
    fn wanted_ballot(&self) -> Option<Wanted> {
        let (vote, sealed) = self.secret_vote()?;
        let open = matches!(vote.state, VoteState::Open | VoteState::Paused);
        let draft = self.draft.as_ref().filter(|d| d.vote == vote.id)?;
        let may = self.me().is_some_and(|me| me.may_vote) && !self.has_voted();
        if !open || !may || self.casting.is_some() || self.obstacle().is_some() {
            return None;
        }
        if self.unanswered() > 0 {
            return None;
        }
        let ballot = ballot_of(&vote.form, &draft.chosen)?;
        let choices = Zeroizing::new(secret::choices(&vote.form, &ballot)?);
        Some(Wanted { vote: vote.id, slot: sealed.slot, choices })
    }

    fn encryption(&self, wanted: &Wanted) -> Option<Task> {
        let setup = self.checked_setup(wanted.vote)?.clone();
        let credential = self.credential(wanted.slot)?.clone();
        Some(Task::Encrypt { setup, credential, choices: wanted.choices.clone() })
    }

    /// Makes the ballot of what is chosen before it is asked for.
    pub(super) fn tend_ahead(&mut self, effects: &mut Vec<Effect>) {
        let wanted = self.wanted_ballot();
        self.secret.ahead.keep_only(wanted.as_ref());
        let Some(wanted) = wanted.filter(|_| self.secret.ahead.is_idle()) else { return };
        let Some(task) = self.encryption(&wanted) else { return };
        let job = self.work(task, effects);
        self.secret.ahead.making = Some((job, Some(wanted)));
    }

    /// 提交: what is chosen is sent once its tracker is on disk.
    pub(in crate::seat) fn submit_secret(&mut self, effects: &mut Vec<Effect>) {
        let Some(wanted) = self.wanted_ballot().filter(|_| self.secret.sealing.is_none()) else {
            return;
        };
        let (Some(task), Some((_, seat))) = (self.encryption(&wanted), self.seated()) else {
            return;
        };
        let (vote, slot) = (wanted.vote, wanted.slot);
        let id = self.command_id();
        self.casting = Some(Casting { id, vote, seat, ballot: Hash::default(), afloat: false });
        if let Some(draft) = &mut self.draft {
            draft.failed = None;
            draft.submitted = None;
        }
        let encrypting = |job| Some(Sealing { vote, slot, id, step: Step::Encrypting(job) });
        match self.secret.ahead.take(&wanted) {
            Taken::Made(unsent) => self.seal(vote, slot, id, unsent, effects),
            Taken::Making(job) => self.secret.sealing = encrypting(job),
            Taken::Nothing => self.secret.sealing = encrypting(self.work(task, effects)),
        }
    }

    pub(super) fn encrypted(
        &mut self,
        job: u64,
        unsent: Option<Unsent>,
        effects: &mut Vec<Effect>,
    ) {
        if let Some((_, wanted)) = self.secret.ahead.making.take_if(|(of, _)| *of == job) {
            self.secret.ahead.made = wanted.map(|wanted| (wanted, unsent));
            return;
        }
        let this = |s: &mut Sealing| matches!(s.step, Step::Encrypting(of) if of == job);
        if let Some(Sealing { vote, slot, id, .. }) = self.secret.sealing.take_if(this) {
            self.seal(vote, slot, id, unsent, effects);
        }
    }

    /// The ballot that was submitted is made: first its tracker is kept.
    fn seal(
        &mut self,
        vote: VoteId,
        slot: u32,
        id: CommandId,
        unsent: Option<Unsent>,
        effects: &mut Vec<Effect>,
    ) {
        let Some(meeting) = self.meeting_id() else { return };
        let Some(unsent) = unsent else {
            self.not_sealed(vote, Code::BadBallot.into());
            return;
        };
        let tracker = unsent.tracker();
        self.secret.sealing = Some(Sealing { vote, slot, id, step: Step::Keeping(unsent) });
        if let Some(casting) = self.casting.as_mut().filter(|c| c.vote == vote) {
            casting.ballot = Hex(tracker.0);
        }
        if let Some(draft) = self.draft.as_mut().filter(|d| d.vote == vote) {
            draft.submitted = Some(Hex(tracker.0));
        }
        let marks = &mut self.secret.shelf.marks;
        let mark = marks.entry((meeting, slot)).or_insert(Mark { vote, trackers: vec![] });
        if mark.vote != vote {
            *mark = Mark { vote, trackers: vec![] };
        }
        mark.trackers.push(tracker);
        self.secret.shelf.keep(Place { meeting, kind: Kind::Mark, number: slot }, effects);
    }

    /// Sends a ballot whose tracker is on disk.
    pub(super) fn tend_sealing(&mut self, effects: &mut Vec<Effect>) {
        let Some(meeting) = self.meeting_id() else { return };
        let casting = self.casting.as_ref().map(|c| c.id);
        let Some(sealing) = &self.secret.sealing else { return };
        if casting != Some(sealing.id) {
            // Another vote stands before the room: what was not sent is not sent any more.
            self.secret.sealing = None;
            return;
        }
        match sealing.step {
            Step::Encrypting(_) => return,
            Step::Keeping(_) => {}
        }
        let place = Place { meeting, kind: Kind::Mark, number: sealing.slot };
        match self.secret.shelf.saved(place) {
            Saved::Writing => return,
            Saved::Yes | Saved::Failed | Saved::Not => {}
        }
        let saved = self.secret.shelf.saved(place) == Saved::Yes;
        let Some(Sealing { vote, id, step, .. }) = self.secret.sealing.take() else { return };
        let unsent = match step {
            Step::Keeping(unsent) if saved => unsent,
            Step::Keeping(_) | Step::Encrypting(_) => {
                return self.not_sealed(vote, Code::Unavailable.into());
            }
        };
        match unsent.reveal() {
            Some((ballot, hints)) => {
                self.ask_as(id, Command::CastSecret { vote, ballot, hints }, effects);
            }
            None => self.not_sealed(vote, Code::BadBallot.into()),
        }
    }

    fn not_sealed(&mut self, vote: VoteId, why: Refusal) {
        self.casting.take_if(|casting| casting.vote == vote);
        self.not_counted(vote, why);
    }
}
