//! The rule of a vote as data: a conjunction of comparisons `a·X ⋛ b·Y` between
//! whole multiples of counted quantities, decided by cross-multiplication in
//! integers. The same comparison serves quorums. No fraction is ever divided
//! out, no float ever appears.

use serde::{Deserialize, Serialize};

/// Something counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Quantity {
    /// Y
    For,
    /// N
    Against,
    /// A
    Abstain,
    /// Y + N
    ForAndAgainst,
    /// C = Y + N + A
    Cast,
    /// P
    Present,
    /// M
    Members,
    /// S
    Signatories,
    /// 1, so that a term can be a plain number
    One,
}

/// `times · of`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Term {
    pub times: u32,
    pub of: Quantity,
}

/// How two terms are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Cmp {
    /// `>`
    MoreThan,
    /// `≥`
    AtLeast,
}

/// One comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Test {
    pub left: Term,
    pub cmp: Cmp,
    pub right: Term,
}

/// What follows when the sides of a strict comparison are equal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Tie {
    #[default]
    Fails,
    ChairDecides,
    VoteAgain,
}

/// Rules that have a name; their words on the screens go by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    /// 2Y > M: standing committees
    Committee,
    /// 2Y > M: congress
    Congress,
    /// 3Y ≥ 2M
    Constitution,
    /// 2Y > S
    Signatories,
    /// Y > N
    Simple,
    /// Y ≥ 2N
    TwoThirdsVoting,
    /// 2Y > P
    MajorityPresent,
    /// 3Y ≥ 2(Y+N) and 2Y > M
    TwoThirdsAndFloor,
    /// Y > N and C ≥ 30
    MajorityAndTurnout,
    /// most votes; only for elections
    Plurality,
    /// shares only; only for surveys
    Survey,
}

/// All comparisons must hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The name it goes by, if it is one of the known ones.
    pub preset: Option<Preset>,
    pub tests: Vec<Test>,
    #[serde(default)]
    pub tie: Tie,
}

/// Everything that a comparison may speak of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Figures {
    pub members: u32,
    pub present: u32,
    pub signatories: u32,
    #[serde(rename = "for")]
    pub in_favour: u32,
    pub against: u32,
    pub abstain: u32,
}

/// What the rule makes of one question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// 通过
    Adopted,
    /// 未通过
    NotAdopted,
    /// Equal sides: the chair decides.
    TiedForChair,
    /// Equal sides: to be voted on again.
    TiedVoteAgain,
}

/// Most comparisons a rule may hold.
pub const MOST_TESTS: usize = 4;

impl Figures {
    fn of(&self, quantity: Quantity) -> u64 {
        let [y, n, a] = [self.in_favour, self.against, self.abstain].map(u64::from);
        match quantity {
            Quantity::For => y,
            Quantity::Against => n,
            Quantity::Abstain => a,
            Quantity::ForAndAgainst => y + n,
            Quantity::Cast => y + n + a,
            Quantity::Present => self.present.into(),
            Quantity::Members => self.members.into(),
            Quantity::Signatories => self.signatories.into(),
            Quantity::One => 1,
        }
    }

    fn term(&self, term: Term) -> u128 {
        u128::from(term.times) * u128::from(self.of(term.of))
    }
}

impl Test {
    /// `times·of cmp times·of`
    pub const fn new(a: u32, x: Quantity, cmp: Cmp, b: u32, y: Quantity) -> Self {
        Self { left: Term { times: a, of: x }, cmp, right: Term { times: b, of: y } }
    }

    /// Does it hold?
    pub fn holds(&self, figures: &Figures) -> bool {
        let (left, right) = (figures.term(self.left), figures.term(self.right));
        match self.cmp {
            Cmp::MoreThan => left > right,
            Cmp::AtLeast => left >= right,
        }
    }

    /// A strict comparison whose sides are equal.
    fn even(&self, figures: &Figures) -> bool {
        match self.cmp {
            Cmp::MoreThan => figures.term(self.left) == figures.term(self.right),
            Cmp::AtLeast => false,
        }
    }

    /// The least number on the left for which the comparison holds, where the
    /// right side does not move with the ballots. A quorum of 2P > M with
    /// M = 31 needs 16.
    pub fn needed(&self, figures: &Figures) -> Option<u32> {
        match self.right.of {
            Quantity::Present | Quantity::Members | Quantity::Signatories | Quantity::One => {}
            Quantity::For
            | Quantity::Against
            | Quantity::Abstain
            | Quantity::ForAndAgainst
            | Quantity::Cast => return None,
        }
        let times = u128::from(self.left.times);
        if times == 0 {
            return None;
        }
        let right = figures.term(self.right);
        let needed = match self.cmp {
            Cmp::MoreThan => right / times + 1,
            Cmp::AtLeast => right.div_ceil(times),
        };
        u32::try_from(needed).ok()
    }
}

impl Preset {
    /// Those that decide a yes or no.
    pub const DECIDING: [Preset; 9] = [
        Preset::Committee,
        Preset::Congress,
        Preset::Constitution,
        Preset::Signatories,
        Preset::Simple,
        Preset::TwoThirdsVoting,
        Preset::MajorityPresent,
        Preset::TwoThirdsAndFloor,
        Preset::MajorityAndTurnout,
    ];
}

impl Rule {
    /// A known rule, ties failing.
    pub fn preset(preset: Preset) -> Self {
        use {Cmp::*, Quantity::*};
        let half = Test::new(2, For, MoreThan, 1, Members);
        let tests = match preset {
            Preset::Committee | Preset::Congress => vec![half],
            Preset::Constitution => vec![Test::new(3, For, AtLeast, 2, Members)],
            Preset::Signatories => vec![Test::new(2, For, MoreThan, 1, Signatories)],
            Preset::Simple => vec![Test::new(1, For, MoreThan, 1, Against)],
            Preset::TwoThirdsVoting => {
                vec![Test::new(1, For, AtLeast, 2, Against), Test::new(1, For, AtLeast, 1, One)]
            }
            Preset::MajorityPresent => vec![Test::new(2, For, MoreThan, 1, Present)],
            Preset::TwoThirdsAndFloor => {
                vec![Test::new(3, For, AtLeast, 2, ForAndAgainst), half]
            }
            Preset::MajorityAndTurnout => {
                vec![Test::new(1, For, MoreThan, 1, Against), Test::new(1, Cast, AtLeast, 30, One)]
            }
            Preset::Plurality | Preset::Survey => vec![],
        };
        Self { preset: Some(preset), tests, tie: Tie::Fails }
    }

    /// Most votes win, nothing else is asked.
    pub fn plurality() -> Self {
        Self::preset(Preset::Plurality)
    }

    /// Is the rule usable? A named rule must be the one that its name says.
    pub fn is_sound(&self) -> bool {
        self.tests.len() <= MOST_TESTS
            && self.preset.is_none_or(|p| Rule::preset(p).tests == self.tests)
            && self.tests.iter().all(|t| t.left.times > 0)
    }

    /// The outcome of one question.
    pub fn outcome(&self, figures: &Figures) -> Outcome {
        let mut failed = self.tests.iter().filter(|t| !t.holds(figures)).peekable();
        if failed.peek().is_none() {
            return Outcome::Adopted;
        }
        match (self.tie, failed.all(|t| t.even(figures))) {
            (Tie::ChairDecides, true) => Outcome::TiedForChair,
            (Tie::VoteAgain, true) => Outcome::TiedVoteAgain,
            (Tie::Fails, _) | (Tie::ChairDecides | Tie::VoteAgain, false) => Outcome::NotAdopted,
        }
    }

    /// The number of 赞成 from which the rule can hold, where that is known
    /// before anyone votes: the largest of the comparisons on `For` whose other
    /// side does not move with the ballots.
    pub fn threshold(&self, figures: &Figures) -> Option<u32> {
        self.tests
            .iter()
            .filter(|t| t.left.of == Quantity::For && t.right.of != Quantity::One)
            .map(|t| t.needed(figures))
            .collect::<Option<Vec<_>>>()?
            .into_iter()
            .max()
    }
}

/// Quorum of a standing committee: 2P > M.
pub const QUORUM_COMMITTEE: Test =
    Test::new(2, Quantity::Present, Cmp::MoreThan, 1, Quantity::Members);
/// Quorum of a congress: 3P ≥ 2M.
pub const QUORUM_CONGRESS: Test =
    Test::new(3, Quantity::Present, Cmp::AtLeast, 2, Quantity::Members);

#[cfg(test)]
mod tests {
    use super::*;

    fn adopted(preset: Preset, m: u32, p: u32, y: u32, n: u32, a: u32) -> bool {
        let figures = Figures {
            members: m,
            present: p,
            signatories: m,
            in_favour: y,
            against: n,
            abstain: a,
        };
        Rule::preset(preset).outcome(&figures) == Outcome::Adopted
    }

    #[test]
    fn the_least_number_that_carries() {
        // preset, M, P, N, A -> least Y that carries
        let table = [
            (Preset::Committee, 31, 28, 0, 0, 16),
            (Preset::Committee, 30, 28, 0, 0, 16),
            (Preset::Committee, 17, 17, 0, 0, 9),
            (Preset::Congress, 3376, 3300, 0, 0, 1689),
            (Preset::Constitution, 31, 28, 0, 0, 21),
            (Preset::Constitution, 30, 30, 0, 0, 20),
            (Preset::Signatories, 31, 28, 0, 0, 16),
            (Preset::Simple, 31, 28, 7, 10, 8),
            (Preset::TwoThirdsVoting, 31, 28, 7, 10, 14),
            (Preset::TwoThirdsVoting, 31, 28, 0, 10, 1),
            (Preset::MajorityPresent, 31, 28, 0, 0, 15),
            (Preset::TwoThirdsAndFloor, 31, 31, 10, 0, 20),
            (Preset::TwoThirdsAndFloor, 31, 31, 2, 0, 16),
            (Preset::MajorityAndTurnout, 60, 60, 10, 5, 15),
        ];
        for (preset, m, p, n, a, least) in table {
            let found = (0..=m).find(|&y| adopted(preset, m, p, y, n, a));
            assert_eq!(found, Some(least), "{preset:?} M={m} P={p} N={n} A={a}");
        }
    }

    #[test]
    fn quorum_needs() {
        let m = |members| Figures { members, ..Figures::default() };
        assert_eq!(QUORUM_COMMITTEE.needed(&m(31)), Some(16));
        assert_eq!(QUORUM_COMMITTEE.needed(&m(30)), Some(16));
        assert_eq!(QUORUM_CONGRESS.needed(&m(31)), Some(21));
        assert_eq!(QUORUM_CONGRESS.needed(&m(30)), Some(20));
    }

    #[test]
    fn ties_go_where_the_rule_says() {
        let even = Figures { in_favour: 7, against: 7, ..Figures::default() };
        for (tie, outcome) in [
            (Tie::Fails, Outcome::NotAdopted),
            (Tie::ChairDecides, Outcome::TiedForChair),
            (Tie::VoteAgain, Outcome::TiedVoteAgain),
        ] {
            let rule = Rule { tie, ..Rule::preset(Preset::Simple) };
            assert_eq!(rule.outcome(&even), outcome);
            let lost = Figures { against: 8, ..even };
            assert_eq!(rule.outcome(&lost), Outcome::NotAdopted);
        }
    }

    #[test]
    fn the_threshold_is_known_beforehand_only_where_it_can_be() {
        let f = Figures { members: 31, present: 28, ..Figures::default() };
        assert_eq!(Rule::preset(Preset::Committee).threshold(&f), Some(16));
        assert_eq!(Rule::preset(Preset::MajorityPresent).threshold(&f), Some(15));
        assert_eq!(Rule::preset(Preset::Simple).threshold(&f), None);
        assert_eq!(Rule::preset(Preset::TwoThirdsAndFloor).threshold(&f), None);
    }

    #[test]
    fn a_name_cannot_carry_another_rule() {
        let mut rule = Rule::preset(Preset::Constitution);
        assert!(rule.is_sound());
        rule.preset = Some(Preset::Simple);
        assert!(!rule.is_sound());
    }
}
