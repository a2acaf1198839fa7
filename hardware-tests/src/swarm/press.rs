//! What the virtual seats press, and when.

use crate::sample::{Presses, Sample};
use hemicycle_protocol::ids::{SeatId, VoteId};
use hemicycle_protocol::topic::Vote;
use hemicycle_protocol::vote::Form;
use std::collections::BTreeSet;
use std::time::Duration;

/// What is pressed.
#[derive(Clone, Debug)]
pub enum Press {
    /// By the sample's script; votes that it does not know, by chance.
    Sample(Box<Sample>),
    /// By chance, the same for the same seed: mostly for, some against, some
    /// abstain, a few never press. Those of `absent` do not sign in.
    Chance { seed: u64, absent: BTreeSet<SeatId> },
    /// Everybody answers every question with this, by place.
    All(u8),
    /// As this says, for each vote and seat.
    By(fn(&Vote, SeatId) -> Presses),
}

/// When it is pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// All in the same instant, once everybody has the vote before the eyes.
    Together,
    /// Each at its own time within so long.
    Within(Duration),
    /// All in the same instant, when [`super::Swarm::let_press`] says so.
    WhenTold,
}

impl Press {
    /// Does this seat sign in?
    pub fn attends(&self, seat: SeatId) -> bool {
        match self {
            Press::Sample(sample) => sample.leave(seat).is_none(),
            Press::Chance { absent, .. } => !absent.contains(&seat),
            Press::All(_) | Press::By(_) => true,
        }
    }

    /// The answers of this seat; empty, it never presses.
    pub fn answers(&self, vote: &Vote, seat: SeatId) -> Presses {
        let by_chance = |seed| by_chance(seed, vote, seat);
        match self {
            Press::Sample(sample) => {
                sample.presses(&vote.title, seat).unwrap_or_else(|| by_chance(0))
            }
            Press::Chance { seed, .. } => by_chance(*seed),
            Press::All(answer) => all(&vote.form, |_| *answer),
            Press::By(answers) => answers(vote, seat),
        }
    }
}

impl Pace {
    /// How long this seat thinks. None: it presses with the others.
    pub fn thinks(self, seat: SeatId, about: u64) -> Option<Duration> {
        match self {
            Pace::Together | Pace::WhenTold => None,
            Pace::Within(time) => {
                let thousandth = mixed(u64::from(seat.0) << 32 | about) % 1000;
                Some(time.mul_f64(thousandth as f64 / 1000.0))
            }
        }
    }
}

fn by_chance(seed: u64, vote: &Vote, seat: SeatId) -> Presses {
    let VoteId(id) = vote.id;
    let drawn = |question: u16| {
        let place = u64::from(seat.0) << 32 | u64::from(id) << 16 | u64::from(question);
        mixed(seed ^ mixed(place)) % 100
    };
    if drawn(u16::MAX) >= 97 {
        return Vec::new();
    }
    all(&vote.form, |question| match drawn(question) {
        0..80 => 0,
        80..92 => 1,
        _ => 2,
    })
}

fn all(form: &Form, answer: impl Fn(u16) -> u8) -> Presses {
    let questions = u16::try_from(form.questions()).unwrap_or(u16::MAX);
    match form {
        Form::Motion | Form::Personnel { .. } | Form::Satisfaction { .. } => {
            (0..questions).map(|question| (question, answer(question))).collect()
        }
        // As many names as there are places, beginning somewhere.
        Form::Plurality { seats, .. } => {
            let first = u16::from(answer(0));
            (0..*seats).map(|n| ((first + n) % questions.max(1), 0)).collect()
        }
    }
}

/// Spreads a number over all numbers (the finisher of SplitMix64).
fn mixed(n: u64) -> u64 {
    let n = n.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    n ^ (n >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hemicycle_protocol::ids::{Hex, ItemId};
    use hemicycle_protocol::topic::{CountedBy, VoteState};
    use hemicycle_protocol::vote::{Method, Preset, Rule};

    fn vote(form: Form) -> Vote {
        Vote {
            id: VoteId(1),
            rev: 1,
            item: ItemId(1),
            title: Hex([0; 2]).to_string(),
            form,
            method: Method::Recorded,
            rule: Rule::preset(Preset::Committee),
            signatories: 0,
            state: VoteState::Open,
            opened_at: None,
            ends_at: None,
            seconds_left: None,
            members: 0,
            present: 0,
            roll: 0,
            cast: 0,
            threshold: None,
            count: None,
            unpressed: None,
            verdict: None,
            counted_by: CountedBy::Terminals,
            reason: None,
            by_name: None,
            secret: None,
        }
    }

    #[test]
    fn chance_gives_all_answers_and_the_same_ones_again() {
        let press = Press::Chance { seed: 5, absent: BTreeSet::from([SeatId(9)]) };
        let vote = vote(Form::Motion);
        let all: Vec<Presses> = (1..=1000).map(|s| press.answers(&vote, SeatId(s))).collect();
        let again: Vec<Presses> = (1..=1000).map(|s| press.answers(&vote, SeatId(s))).collect();
        assert_eq!(all, again);
        let number = |of: &[(u16, u8)]| all.iter().filter(|p| p.as_slice() == of).count();
        let numbers = [number(&[(0, 0)]), number(&[(0, 1)]), number(&[(0, 2)]), number(&[])];
        assert!(numbers.iter().all(|n| *n > 0), "{numbers:?}");
        assert_eq!(numbers.iter().sum::<usize>(), 1000);
        assert!(numbers[0] > 600);
        assert!(!press.attends(SeatId(9)) && press.attends(SeatId(8)));
    }

    #[test]
    fn an_election_gets_as_many_names_as_places() {
        let nominee = hemicycle_protocol::vote::Nominee {
            name: String::new(),
            action: hemicycle_protocol::vote::PersonAction::Elect,
            post: String::new(),
        };
        let form = Form::Plurality { candidates: vec![nominee; 5], seats: 3 };
        let answers = Press::All(2).answers(&vote(form), SeatId(1));
        assert_eq!(answers, vec![(2, 0), (3, 0), (4, 0)]);
    }

    #[test]
    fn thinking_ends_in_time() {
        let most = Duration::from_secs(4);
        let times: Vec<_> =
            (1..100).filter_map(|s| Pace::Within(most).thinks(SeatId(s), 1)).collect();
        assert_eq!(times.len(), 99);
        assert!(times.iter().all(|t| *t < most));
        assert!(times.iter().max() > Some(&(most / 2)));
        assert_eq!(Pace::Together.thinks(SeatId(1), 1), None);
    }
}
