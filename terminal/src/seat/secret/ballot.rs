//! A voter's part but for the ballot itself, which is made in `sealing.rs`: the
//! setup is fetched and checked, and after the result the ballot is looked up in
//! the record.

use super::Alarm;
use super::job::{Events, Task};
use crate::seat::{Effect, State};
use hemicycle_protocol::ballot::scalar::RecordHash;
use hemicycle_protocol::ballot::setup::Setup;
use hemicycle_protocol::ids::{Hash, Hex, VoteId};
use hemicycle_protocol::secret;
use hemicycle_protocol::topic::{Blob, RecordRef, SecretVote, Vote, VoteState};
use hemicycle_protocol::vote::Method;

/// The setup of the vote before the room.
pub(in crate::seat) struct Booth {
    vote: VoteId,
    blob: Blob,
    stage: Stage,
}

enum Stage {
    Fetching,
    Checking(u64),
    Ready(Setup),
    Wrong,
}

/// Why a secret vote that is open cannot be answered at this seat, now or at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// The setup is still on its way or being checked.
    Checking,
    /// What the server gives out as this vote does not hold, or asks something else.
    WrongSetup,
    /// This terminal has no credential that is in the list of this vote.
    NoCredential,
    /// The server holds a ballot of this seat that this terminal did not make.
    OtherBallot,
}

/// Is this seat's ballot in the record of a vote that is over?
pub(in crate::seat) struct Check {
    record: RecordRef,
    trackers: Vec<RecordHash>,
    stage: Checking,
}

enum Checking {
    Fetching,
    Working(u64),
    Done(Checked),
}

/// What was found in the record of a vote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checked {
    /// This seat's ballot, under this tracker.
    Counted(Hash),
    /// The record is the one that everybody sees; this seat has no ballot in it.
    Absent,
    /// The list of events is not the one that everybody sees.
    OtherRecord,
}

fn record_hash(hash: Hash) -> RecordHash {
    RecordHash(hash.0)
}

impl State {
    /// The vote before the room, where it is a secret one with a setup.
    pub(super) fn secret_vote(&self) -> Option<(&Vote, &SecretVote)> {
        let vote = self.room.vote.as_ref().filter(|v| v.method == Method::Secret)?;
        Some((vote, vote.secret.as_deref()?))
    }

    /// What stands in the way of answering the secret vote before the room; none: nothing, or it
    /// is no open secret vote of this seat.
    pub fn obstacle(&self) -> Option<Obstacle> {
        let (vote, sealed) = self.secret_vote()?;
        let open = matches!(vote.state, VoteState::Open | VoteState::Paused);
        if !open || self.me().is_none_or(|me| !me.may_vote) || self.has_voted() {
            return None;
        }
        if self.holds_other_ballot(vote.id) {
            return Some(Obstacle::OtherBallot);
        }
        let Some(credential) = self.credential(sealed.slot) else {
            return Some(Obstacle::NoCredential);
        };
        let booth = self.secret.booth.as_ref().filter(|b| b.vote == vote.id);
        match booth.map(|b| &b.stage) {
            None | Some(Stage::Fetching | Stage::Checking(_)) => Some(Obstacle::Checking),
            Some(Stage::Wrong) => Some(Obstacle::WrongSetup),
            Some(Stage::Ready(setup)) => {
                let listed = setup.place_of(credential.public().encoded()).is_some();
                (!listed).then_some(Obstacle::NoCredential)
            }
        }
    }

    /// Does the server show a ballot of this seat that was not made here?
    fn holds_other_ballot(&self, vote: VoteId) -> bool {
        let mine = self.me().and_then(|me| me.ballot.as_ref()).filter(|b| b.vote == vote);
        mine.is_some_and(|b| !self.made_here(vote, b.receipt.ballot)) && !self.is_casting()
    }

    /// Was a ballot with this tracker made at this terminal?
    pub(in crate::seat) fn made_here(&self, vote: VoteId, ballot: Hash) -> bool {
        let Some(meeting) = self.meeting_id() else { return false };
        let marks = &self.secret.shelf.marks;
        marks.iter().any(|((of, _), mark)| {
            *of == meeting && mark.vote == vote && mark.trackers.contains(&record_hash(ballot))
        })
    }

    pub(super) fn tend_booth(&mut self, effects: &mut Vec<Effect>) {
        let wanted = self
            .secret_vote()
            .filter(|(vote, _)| matches!(vote.state, VoteState::Open | VoteState::Paused))
            .filter(|_| self.me().is_some_and(|me| me.may_vote) && !self.has_voted())
            .map(|(vote, sealed)| (vote.id, sealed.setup));
        let Some((vote, blob)) = wanted else {
            // The setup is not needed any more once the ballot is in.
            if let Some(booth) = self.secret.booth.take_if(|_| self.secret.sealing.is_none()) {
                self.secret.blobs.drop_one(&booth.blob.hash);
            }
            return;
        };
        if self.secret.booth.as_ref().is_none_or(|b| b.vote != vote || b.blob != blob) {
            self.secret.booth = Some(Booth { vote, blob, stage: Stage::Fetching });
        }
        let now = self.now;
        let again = self.secret.may_try(now);
        let Some(booth) = &mut self.secret.booth else { return };
        match booth.stage {
            Stage::Fetching => {}
            Stage::Checking(_) | Stage::Ready(_) | Stage::Wrong => return,
        }
        match self.secret.blobs.get(&blob) {
            Ok(None) => {}
            Ok(Some(bytes)) => {
                self.secret.blobs.drop_one(&blob.hash);
                let job = self.work(Task::CheckSetup { hash: blob.hash, bytes }, effects);
                if let Some(booth) = &mut self.secret.booth {
                    booth.stage = Stage::Checking(job);
                }
            }
            Err(()) if again => {
                self.secret.blobs.drop_one(&blob.hash);
                self.secret.try_later(now);
            }
            Err(()) => {}
        }
    }

    /// The setup of this vote, once it was found right.
    pub(super) fn checked_setup(&self, vote: VoteId) -> Option<&Setup> {
        let booth = self.secret.booth.as_ref().filter(|b| b.vote == vote)?;
        match &booth.stage {
            Stage::Ready(setup) => Some(setup),
            Stage::Fetching | Stage::Checking(_) | Stage::Wrong => None,
        }
    }

    pub(super) fn setup_checked(&mut self, job: u64, setup: Option<Setup>) {
        let meeting = self.meeting_id();
        let asked =
            self.secret_vote().map(|(v, s)| (v.id, s.slot, v.title.clone(), v.form.clone()));
        let checked = |booth: &Booth| matches!(booth.stage, Stage::Checking(of) if of == job);
        let Some(booth) = self.secret.booth.as_mut().filter(|b| checked(b)) else { return };
        let holds = setup.filter(|setup| {
            asked.zip(meeting).is_some_and(|((vote, slot, title, form), meeting)| {
                vote == booth.vote && secret::asks(setup, &meeting, slot, &title, &form)
            })
        });
        booth.stage = holds.map_or(Stage::Wrong, Stage::Ready);
    }

    /// The server tells of a ballot of this seat in a secret vote, and its receipt holds. True: it
    /// was made here.
    pub(in crate::seat) fn recognised(&mut self, vote: VoteId, ballot: Hash) -> bool {
        let known = self.made_here(vote, ballot);
        if !known {
            self.sound(vote, Alarm::OtherBallot);
        }
        known
    }

    /// The trackers to look for in the record of a vote: the confirmed one, else those that were
    /// made here.
    fn own_trackers(&self, vote: VoteId) -> Vec<RecordHash> {
        if let Some((_, ballot)) = self.confirmed.filter(|(of, _)| *of == vote) {
            return vec![record_hash(ballot)];
        }
        let meeting = self.meeting_id();
        let marks = self.secret.shelf.marks.iter();
        marks
            .filter(|((of, _), mark)| Some(*of) == meeting && mark.vote == vote)
            .flat_map(|(_, mark)| mark.trackers.clone())
            .collect()
    }

    /// Looks for this seat's ballot in the record of the vote before the room.
    pub(super) fn tend_checks(&mut self, effects: &mut Vec<Effect>) {
        let found = self.secret_vote().and_then(|(vote, s)| Some((vote.id, s.record?)));
        if let Some((vote, record)) = found {
            let trackers = self.own_trackers(vote);
            let known = self.secret.checks.get(&vote);
            let other = known.is_none_or(|c| c.record != record || c.trackers != trackers);
            // One vote has one record.
            if known.is_some_and(|check| check.record.last != record.last) {
                self.sound(vote, Alarm::OtherRecord);
            }
            if other {
                let stage = Checking::Fetching;
                self.secret.checks.insert(vote, Check { record, trackers, stage });
            }
        }
        let due: Vec<_> = self
            .secret
            .checks
            .iter()
            .filter(|(_, check)| matches!(check.stage, Checking::Fetching))
            .map(|(vote, check)| (*vote, check.record, check.trackers.clone()))
            .collect();
        for (vote, record, trackers) in due {
            let stage = match self.secret.blobs.get(&record.events) {
                Ok(None) => continue,
                Ok(Some(bytes)) => {
                    self.secret.blobs.drop_one(&record.events.hash);
                    let (hash, last) = (record.events.hash, record.last);
                    let task = Task::CheckEvents { hash, bytes, last, trackers };
                    Checking::Working(self.work(task, effects))
                }
                Err(()) if self.secret.may_try(self.now) => {
                    self.secret.blobs.drop_one(&record.events.hash);
                    self.secret.try_later(self.now);
                    continue;
                }
                Err(()) => continue,
            };
            if let Some(check) = self.secret.checks.get_mut(&vote) {
                check.stage = stage;
            }
        }
    }

    pub(super) fn events_checked(&mut self, job: u64, events: Events) {
        let working = |check: &Check| matches!(check.stage, Checking::Working(of) if of == job);
        let Some((vote, check)) = self.secret.checks.iter_mut().find(|(_, c)| working(c)) else {
            return;
        };
        let vote = *vote;
        let checked = match events {
            Events::Other => Checked::OtherRecord,
            Events::Same { counted: Some(tracker) } => Checked::Counted(Hex(tracker.0)),
            Events::Same { counted: None } => Checked::Absent,
        };
        check.stage = Checking::Done(checked);
        let confirmed = self.confirmed.is_some_and(|(of, _)| of == vote);
        match checked {
            Checked::OtherRecord => self.sound(vote, Alarm::OtherRecord),
            Checked::Absent if confirmed => self.sound(vote, Alarm::NotCounted),
            Checked::Absent | Checked::Counted(_) => {}
        }
    }

    /// What was found in the record of a vote; none: nothing yet.
    pub fn checked(&self, vote: VoteId) -> Option<Checked> {
        match self.secret.checks.get(&vote)?.stage {
            Checking::Done(checked) => Some(checked),
            Checking::Fetching | Checking::Working(_) => None,
        }
    }
}
