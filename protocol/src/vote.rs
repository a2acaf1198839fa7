//! What can be put to a vote, what a member answers, how answers are counted
//! and what the rule makes of the count. One file a kind under `vote/`; the
//! enums here only gather them. No clock, no names of people who voted.

pub mod motion;
pub mod personnel;
pub mod plurality;
pub mod rule;
pub mod satisfaction;

pub use motion::{Choice, Tally};
pub use personnel::{Nominee, PersonAction};
pub use rule::{Cmp, Figures, Outcome, Preset, Quantity, Rule, Term, Test, Tie};
pub use satisfaction::{Grade, GradeTally};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// How a vote is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// 记名: who chose what is part of the record.
    Recorded,
    /// 无记名: only the sum is ever known.
    Secret,
}

/// The question in its form: one of these a kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Form {
    /// One question, 赞成 / 反对 / 弃权.
    Motion,
    /// A list of persons, one answer each, one ballot.
    Personnel { nominees: Vec<Nominee> },
    /// 满意 / 基本满意 / 不满意 for each subject.
    Satisfaction { subjects: Vec<String> },
    /// At most `seats` of the candidates.
    Plurality { candidates: Vec<Nominee>, seats: u16 },
}

/// What one member casts, in the form of its vote.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Ballot {
    Motion { choice: Choice },
    Personnel { choices: Vec<Choice> },
    Satisfaction { grades: Vec<Option<Grade>> },
    Plurality { chosen: Vec<u16> },
}

/// The sum of ballots.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Count {
    Motion { tally: Tally },
    Personnel { tallies: Vec<Tally> },
    Satisfaction { tallies: Vec<GradeTally> },
    Plurality { votes: Vec<u32>, invalid: u32 },
}

/// What the rule makes of the count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Verdict {
    Motion {
        outcome: Outcome,
    },
    Personnel {
        outcomes: Vec<Outcome>,
    },
    /// A survey has shares, not a winner.
    Satisfaction,
    /// Indexes of the elected in order of votes; `tied` are those across the
    /// cut, who must be voted on again for `open_seats` places.
    Plurality {
        elected: Vec<u16>,
        tied: Vec<u16>,
        open_seats: u16,
    },
}

/// Why a form or a ballot is not well made.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Malformed {
    #[error("the ballot is of another kind than the vote")]
    WrongKind,
    #[error("{got} answers where {want} are asked for")]
    WrongLength { want: usize, got: usize },
    #[error("candidate {0} does not exist or is named twice")]
    BadCandidate(u16),
    #[error("{got} names chosen, at most {most} allowed")]
    TooMany { most: u16, got: usize },
    #[error("a list needs between 1 and {most} entries, this has {got}")]
    ListLength { most: usize, got: usize },
    #[error("{seats} places for {candidates} candidates")]
    BadSeats { seats: u16, candidates: usize },
    #[error("the count does not add up to the ballots: {0}")]
    BadCount(String),
}

/// Longest list that one ballot may hold.
pub const MOST_QUESTIONS: usize = 100;

impl Form {
    /// Number of separate answers on one ballot.
    pub fn questions(&self) -> usize {
        match self {
            Form::Motion => 1,
            Form::Personnel { nominees } => nominees.len(),
            Form::Satisfaction { subjects } => subjects.len(),
            Form::Plurality { candidates, .. } => candidates.len(),
        }
    }

    /// Is the form itself usable?
    pub fn check(&self) -> Result<(), Malformed> {
        let got = self.questions();
        if got == 0 || got > MOST_QUESTIONS {
            return Err(Malformed::ListLength { most: MOST_QUESTIONS, got });
        }
        match self {
            Form::Plurality { candidates, seats }
                if *seats == 0 || usize::from(*seats) > candidates.len() =>
            {
                Err(Malformed::BadSeats { seats: *seats, candidates: candidates.len() })
            }
            Form::Motion
            | Form::Personnel { .. }
            | Form::Satisfaction { .. }
            | Form::Plurality { .. } => Ok(()),
        }
    }

    /// Does the ballot answer this form?
    pub fn accepts(&self, ballot: &Ballot) -> Result<(), Malformed> {
        match (self, ballot) {
            (Form::Motion, Ballot::Motion { .. }) => Ok(()),
            (Form::Personnel { nominees }, Ballot::Personnel { choices }) => {
                length(nominees.len(), choices.len())
            }
            (Form::Satisfaction { subjects }, Ballot::Satisfaction { grades }) => {
                length(subjects.len(), grades.len())
            }
            (Form::Plurality { candidates, .. }, Ballot::Plurality { chosen }) => {
                plurality::accepts(candidates.len(), chosen)
            }
            (
                Form::Motion
                | Form::Personnel { .. }
                | Form::Satisfaction { .. }
                | Form::Plurality { .. },
                _,
            ) => Err(Malformed::WrongKind),
        }
    }

    /// The empty count of this form.
    pub fn zero(&self) -> Count {
        match self {
            Form::Motion => Count::Motion { tally: Tally::default() },
            Form::Personnel { nominees } => {
                Count::Personnel { tallies: vec![Tally::default(); nominees.len()] }
            }
            Form::Satisfaction { subjects } => {
                Count::Satisfaction { tallies: vec![GradeTally::default(); subjects.len()] }
            }
            Form::Plurality { candidates, .. } => {
                Count::Plurality { votes: vec![0; candidates.len()], invalid: 0 }
            }
        }
    }

    /// Adds one ballot to a count of this form.
    pub fn add(&self, count: &mut Count, ballot: &Ballot) -> Result<(), Malformed> {
        self.accepts(ballot)?;
        match (self, count, ballot) {
            (Form::Motion, Count::Motion { tally }, Ballot::Motion { choice }) => {
                tally.add(*choice);
            }
            (
                Form::Personnel { .. },
                Count::Personnel { tallies },
                Ballot::Personnel { choices },
            ) => {
                length(tallies.len(), choices.len())?;
                tallies.iter_mut().zip(choices).for_each(|(t, c)| t.add(*c));
            }
            (
                Form::Satisfaction { .. },
                Count::Satisfaction { tallies },
                Ballot::Satisfaction { grades },
            ) => {
                length(tallies.len(), grades.len())?;
                tallies.iter_mut().zip(grades).for_each(|(t, g)| t.add(*g));
            }
            (
                Form::Plurality { seats, .. },
                Count::Plurality { votes, invalid },
                Ballot::Plurality { chosen },
            ) => plurality::add(*seats, votes, invalid, chosen),
            (
                Form::Motion
                | Form::Personnel { .. }
                | Form::Satisfaction { .. }
                | Form::Plurality { .. },
                _,
                _,
            ) => return Err(Malformed::WrongKind),
        }
        Ok(())
    }

    /// Counts all ballots.
    pub fn count<'a>(
        &self,
        ballots: impl IntoIterator<Item = &'a Ballot>,
    ) -> Result<Count, Malformed> {
        let mut count = self.zero();
        for ballot in ballots {
            self.add(&mut count, ballot)?;
        }
        Ok(count)
    }

    /// Applies the rule. `room` holds everything but the three answers.
    pub fn judge(&self, count: &Count, rule: &Rule, room: &Room) -> Result<Verdict, Malformed> {
        match (self, count) {
            (Form::Motion, Count::Motion { tally }) => {
                Ok(Verdict::Motion { outcome: rule.outcome(&room.figures(tally)) })
            }
            (Form::Personnel { nominees }, Count::Personnel { tallies }) => {
                length(nominees.len(), tallies.len())?;
                let outcomes = tallies.iter().map(|t| rule.outcome(&room.figures(t))).collect();
                Ok(Verdict::Personnel { outcomes })
            }
            (Form::Satisfaction { .. }, Count::Satisfaction { .. }) => Ok(Verdict::Satisfaction),
            (Form::Plurality { seats, .. }, Count::Plurality { votes, .. }) => {
                Ok(plurality::judge(*seats, votes, rule, room))
            }
            (
                Form::Motion
                | Form::Personnel { .. }
                | Form::Satisfaction { .. }
                | Form::Plurality { .. },
                _,
            ) => Err(Malformed::WrongKind),
        }
    }
}

/// The numbers of a vote that do not depend on how anyone answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Room {
    /// M: all members, frozen at opening.
    pub members: u32,
    /// P: members present when the vote opened.
    pub present: u32,
    /// S: number who signed the motion; 0 where nobody did.
    pub signatories: u32,
}

impl Room {
    /// The figures of one question.
    pub fn figures(&self, tally: &Tally) -> Figures {
        Figures {
            members: self.members,
            present: self.present,
            signatories: self.signatories,
            in_favour: tally.in_favour,
            against: tally.against,
            abstain: tally.abstain,
        }
    }
}

fn length(want: usize, got: usize) -> Result<(), Malformed> {
    if want == got { Ok(()) } else { Err(Malformed::WrongLength { want, got }) }
}
