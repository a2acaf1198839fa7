//! Every vote with its ballots and its running count. A count is kept as
//! ballots come: storing one costs the same in a room of three thousand.

use super::roll::place_of;
use super::secret::Sealed;
use crate::event::{Opening, Question};
use hemicycle_protocol::ids::{ItemId, MemberId, Millis, Seq, VoteId};
use hemicycle_protocol::topic::{CountedBy, VoteState};
use hemicycle_protocol::vote::{Ballot, Count, Outcome, Room, Verdict};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

/// A ballot in the log.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// None in a secret vote: only the vote's record has it, and not whose it is.
    pub ballot: Option<Ballot>,
    pub seq: Seq,
    pub at: Millis,
}

/// A vote's frozen figures and its clock.
#[derive(Clone, Debug, PartialEq)]
pub struct Opened {
    /// What was fixed; `ends_at` is only its first value.
    pub opening: Opening,
    /// Number of members on the roll.
    pub size: u32,
    pub at: Millis,
    /// While it is open.
    pub ends_at: Option<Millis>,
    /// While it is paused.
    pub seconds_left: Option<u32>,
}

/// One vote.
#[derive(Clone, Debug, PartialEq)]
pub struct Vote {
    pub id: VoteId,
    pub rev: u32,
    pub item: ItemId,
    pub question: Question,
    pub state: VoteState,
    pub recused: BTreeSet<MemberId>,
    pub opened: Option<Opened>,
    pub ballots: BTreeMap<MemberId, Stored>,
    /// Running while it is open, final after.
    pub count: Count,
    pub verdict: Option<Verdict>,
    pub counted_by: CountedBy,
    pub reason: Option<String>,
    /// When it was declared or annulled.
    pub settled: Option<Seq>,
    /// Of a secret vote taken at the terminals, once it was opened.
    pub sealed: Option<Sealed>,
}

impl Vote {
    /// As it is prepared.
    pub fn new(id: VoteId, item: ItemId, question: Question) -> Self {
        Self {
            id,
            rev: 1,
            item,
            count: question.form.zero(),
            question,
            state: VoteState::Prepared,
            recused: BTreeSet::new(),
            opened: None,
            ballots: BTreeMap::new(),
            verdict: None,
            counted_by: CountedBy::Terminals,
            reason: None,
            settled: None,
            sealed: None,
        }
    }

    /// The roll is frozen, the clock runs.
    pub fn open(&mut self, opening: Opening, at: Millis) {
        self.state = VoteState::Open;
        let live = opening.secret_live;
        self.sealed = opening.secret.clone().map(|secret| Sealed::new(secret, live));
        let (size, ends_at) = (size_of(&opening.roll), opening.ends_at);
        self.opened = Some(Opened { size, at, ends_at, seconds_left: None, opening });
    }

    /// One ballot a member: a second one is never counted, whatever a log says.
    pub fn store(&mut self, member: MemberId, ballot: &Ballot, seq: Seq, at: Millis) {
        if let Entry::Vacant(place) = self.ballots.entry(member)
            && self.question.form.add(&mut self.count, ballot).is_ok()
        {
            place.insert(Stored { ballot: Some(ballot.clone()), seq, at });
        }
    }

    /// That a member has cast in a secret vote.
    pub fn store_sealed(&mut self, member: MemberId, seq: Seq, at: Millis) {
        self.ballots.entry(member).or_insert(Stored { ballot: None, seq, at });
    }

    /// No more ballots; the count comes when the sum is open.
    pub fn close_sealed(&mut self) {
        self.state = VoteState::Closed;
        self.set_clock(None, None);
    }

    /// When it ends, or what is left.
    pub fn set_clock(&mut self, ends_at: Option<Millis>, seconds_left: Option<u32>) {
        if let Some(opened) = &mut self.opened {
            (opened.ends_at, opened.seconds_left) = (ends_at, seconds_left);
        }
    }

    /// The count is final.
    pub fn close(&mut self, count: Count, verdict: Verdict) {
        self.state = VoteState::Closed;
        self.set_clock(None, None);
        self.count = count;
        self.verdict = Some(verdict);
    }

    /// Does it still need something done?
    pub fn is_pending(&self) -> bool {
        match self.state {
            VoteState::Open | VoteState::Paused | VoteState::Closed => true,
            VoteState::Prepared | VoteState::Declared | VoteState::Annulled => false,
        }
    }

    /// Is the count final?
    pub fn is_counted(&self) -> bool {
        match self.state {
            VoteState::Closed | VoteState::Declared => self.verdict.is_some(),
            VoteState::Prepared | VoteState::Open | VoteState::Paused | VoteState::Annulled => {
                false
            }
        }
    }

    /// Closed, its sum not yet open?
    pub fn is_being_opened(&self) -> bool {
        self.state == VoteState::Closed && self.sealed.is_some() && self.verdict.is_none()
    }

    /// On the roll of this vote?
    pub fn on_roll(&self, member: MemberId) -> bool {
        match (&self.opened, place_of(member)) {
            (Some(opened), Some(i)) => opened.opening.roll.get(i),
            (None, _) | (_, None) => false,
        }
    }

    /// The figures that its rule is judged with.
    pub fn room(&self) -> Room {
        let (members, present) =
            self.opened.as_ref().map_or((0, 0), |o| (o.opening.members, o.opening.present));
        Room { members, present, signatories: self.question.signatories }
    }

    /// Ballots stored or, where the count was entered, counted.
    pub fn turnout(&self) -> u32 {
        match self.counted_by {
            CountedBy::Terminals => u32::try_from(self.ballots.len()).unwrap_or(u32::MAX),
            CountedBy::Hands | CountedBy::PaperBallots => match &self.count {
                Count::Motion { tally } => tally.cast(),
                Count::Personnel { tallies } => tallies.iter().map(|t| t.cast()).max().unwrap_or(0),
                Count::Satisfaction { tallies } => {
                    tallies.iter().map(|t| t.valid().saturating_add(t.invalid)).max().unwrap_or(0)
                }
                // Names on ballots say nothing of the number of ballots.
                Count::Plurality { votes, invalid } => {
                    votes.iter().copied().max().unwrap_or(0).saturating_add(*invalid)
                }
            },
        }
    }

    /// 未按, once it is known; a count by hands of several answers has none.
    pub fn unpressed(&self) -> Option<u32> {
        let size = self.opened.as_ref()?.size;
        match (self.counted_by, &self.count) {
            (CountedBy::Terminals, _)
            | (CountedBy::Hands | CountedBy::PaperBallots, Count::Motion { .. }) => {
                Some(size.saturating_sub(self.turnout()))
            }
            (
                CountedBy::Hands | CountedBy::PaperBallots,
                Count::Personnel { .. } | Count::Satisfaction { .. } | Count::Plurality { .. },
            ) => None,
        }
    }

    /// Does the chair have to break a tie?
    pub fn waits_for_chair(&self) -> bool {
        match &self.verdict {
            Some(Verdict::Motion { outcome }) => *outcome == Outcome::TiedForChair,
            Some(Verdict::Personnel { outcomes }) => outcomes.contains(&Outcome::TiedForChair),
            Some(Verdict::Satisfaction | Verdict::Plurality { .. }) | None => false,
        }
    }
}

/// See the module.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Voting {
    votes: BTreeMap<VoteId, Vote>,
    /// Ids are never used again, even those of removed votes.
    last_id: u32,
    before: Option<VoteId>,
}

impl Voting {
    /// A vote of that id.
    pub fn get(&self, vote: VoteId) -> Option<&Vote> {
        self.votes.get(&vote)
    }

    /// For changes.
    pub fn get_mut(&mut self, vote: VoteId) -> Option<&mut Vote> {
        self.votes.get_mut(&vote)
    }

    /// All of them, in the order in which they were added.
    pub fn all(&self) -> impl Iterator<Item = &Vote> {
        self.votes.values()
    }

    /// How many there ever were.
    pub fn total(&self) -> u32 {
        self.last_id
    }

    /// The id of the next vote.
    pub fn next_id(&self) -> VoteId {
        VoteId(self.last_id + 1)
    }

    /// Adds a prepared vote.
    pub fn add(&mut self, vote: Vote) {
        self.last_id = self.last_id.max(vote.id.0);
        self.votes.insert(vote.id, vote);
    }

    /// Takes a prepared vote away.
    pub fn remove(&mut self, vote: VoteId) -> Option<Vote> {
        self.votes.remove(&vote)
    }

    /// The vote that stands before the room: from its opening until the
    /// meeting goes on to something else.
    pub fn before_the_room(&self) -> Option<&Vote> {
        self.votes.get(&self.before?)
    }

    /// Puts a vote before the room.
    pub fn put(&mut self, vote: VoteId) {
        self.before = Some(vote);
    }

    /// The meeting goes on; what is not settled stays.
    pub fn clear(&mut self) {
        if self.before_the_room().is_some_and(|v| !v.is_pending()) {
            self.before = None;
        }
    }
}

/// Number of bits that are set.
pub fn size_of(roll: &hemicycle_protocol::ids::Bits) -> u32 {
    roll.0.iter().map(|b| b.count_ones()).sum()
}
