//! The rules against a second reckoning that has nothing in common with the
//! first: each preset written down as its formula over integers of any size.
//! Also reads the table of `docs/rules.md` and holds every example in it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use hemicycle_protocol::vote::rule::{QUORUM_COMMITTEE, QUORUM_CONGRESS};
use hemicycle_protocol::vote::{
    Cmp, Count, Figures, Form, Nominee, Outcome, PersonAction, Preset, Quantity, Room, Rule, Term,
    Test, Tie, Verdict,
};
use num_bigint::BigInt;
use proptest::prelude::*;
use proptest::sample::select;

/// M, P, S, Y, N, A
struct Big {
    m: BigInt,
    p: BigInt,
    s: BigInt,
    y: BigInt,
    n: BigInt,
    a: BigInt,
}

impl Big {
    fn new(f: &Figures) -> Self {
        let [m, p, s] = [f.members, f.present, f.signatories].map(BigInt::from);
        let [y, n, a] = [f.in_favour, f.against, f.abstain].map(BigInt::from);
        Self { m, p, s, y, n, a }
    }

    /// The rule as it stands in the books: each part as difference of its
    /// sides, and whether equality is enough.
    fn parts(&self, preset: Preset) -> Vec<(BigInt, bool)> {
        let Big { m, p, s, y, n, a } = self;
        match preset {
            Preset::Committee | Preset::Congress => vec![(y + y - m, false)],
            Preset::Constitution => vec![(y * 3 - m * 2, true)],
            Preset::Signatories => vec![(y + y - s, false)],
            Preset::Simple => vec![(y - n, false)],
            Preset::TwoThirdsVoting => vec![(y - n - n, true), (y - BigInt::from(1), true)],
            Preset::MajorityPresent => vec![(y + y - p, false)],
            Preset::TwoThirdsAndFloor => vec![(y - n - n, true), (y + y - m, false)],
            Preset::MajorityAndTurnout => {
                vec![(y - n, false), (y + n + a - BigInt::from(30), true)]
            }
            Preset::Plurality | Preset::Survey => vec![],
        }
    }
}

fn outcome_of(parts: &[(BigInt, bool)], tie: Tie) -> Outcome {
    let zero = BigInt::from(0);
    let holds = |(d, equal): &(BigInt, bool)| *d > zero || (*equal && *d == zero);
    if parts.iter().all(holds) {
        return Outcome::Adopted;
    }
    let level = parts.iter().filter(|p| !holds(p)).all(|(d, equal)| !equal && *d == zero);
    match (level, tie) {
        (true, Tie::ChairDecides) => Outcome::TiedForChair,
        (true, Tie::VoteAgain) => Outcome::TiedVoteAgain,
        (true, Tie::Fails) | (false, _) => Outcome::NotAdopted,
    }
}

fn any_tie() -> impl Strategy<Value = Tie> {
    select(vec![Tie::Fails, Tie::ChairDecides, Tie::VoteAgain])
}

/// Numbers of a room, numbers near each other, numbers of any size.
fn number() -> impl Strategy<Value = u32> {
    prop_oneof![4 => 0u32..70, 3 => 0u32..4097, 1 => any::<u32>(), 1 => u32::MAX - 3..=u32::MAX]
}

fn figures() -> impl Strategy<Value = Figures> {
    [(); 6].map(|()| number()).prop_map(
        |[members, present, signatories, in_favour, against, abstain]| Figures {
            members,
            present,
            signatories,
            in_favour,
            against,
            abstain,
        },
    )
}

/// Figures at the edge of a rule, where mistakes live.
fn at_the_edge() -> impl Strategy<Value = Figures> {
    (figures(), 0u32..4, -2i64..3).prop_map(|(mut f, which, off)| {
        let near = match which {
            0 => i64::from(f.members) / 2,
            1 => i64::from(f.against) * 2,
            2 => i64::from(f.present) / 2,
            _ => i64::from(f.members) * 2 / 3,
        };
        f.in_favour = u32::try_from((near + off).max(0)).unwrap_or(u32::MAX);
        f
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, ..ProptestConfig::default() })]

    #[test]
    fn every_preset_is_its_formula(
        f in prop_oneof![figures(), at_the_edge()],
        preset in select(Preset::DECIDING.to_vec()),
        tie in any_tie(),
    ) {
        let rule = Rule { tie, ..Rule::preset(preset) };
        prop_assert_eq!(rule.outcome(&f), outcome_of(&Big::new(&f).parts(preset), tie));
    }

    #[test]
    fn a_rule_of_ones_own_is_reckoned_without_loss(
        f in figures(),
        tests in prop::collection::vec((number(), quantity(), any::<bool>(), number(), quantity()), 1..4),
        tie in any_tie(),
    ) {
        let big = Big::new(&f);
        let of = |q: Quantity| match q {
            Quantity::For => big.y.clone(),
            Quantity::Against => big.n.clone(),
            Quantity::Abstain => big.a.clone(),
            Quantity::ForAndAgainst => &big.y + &big.n,
            Quantity::Cast => &big.y + &big.n + &big.a,
            Quantity::Present => big.p.clone(),
            Quantity::Members => big.m.clone(),
            Quantity::Signatories => big.s.clone(),
            Quantity::One => BigInt::from(1),
        };
        let cmp = |equal| if equal { Cmp::AtLeast } else { Cmp::MoreThan };
        let rule = Rule {
            preset: None,
            tests: tests.iter().map(|&(a, x, equal, b, y)| Test {
                left: Term { times: a, of: x }, cmp: cmp(equal), right: Term { times: b, of: y },
            }).collect(),
            tie,
        };
        let parts: Vec<(BigInt, bool)> = tests
            .iter()
            .map(|&(a, x, equal, b, y)| (of(x) * a - of(y) * b, equal))
            .collect();
        prop_assert_eq!(rule.outcome(&f), outcome_of(&parts, tie));
    }

    #[test]
    fn the_least_number_is_the_least(
        f in figures(),
        a in 1u32..9,
        b in 0u32..9,
        equal in any::<bool>(),
        right in select(vec![Quantity::Members, Quantity::Present, Quantity::Signatories, Quantity::One]),
    ) {
        let cmp = if equal { Cmp::AtLeast } else { Cmp::MoreThan };
        let test = Test::new(a, Quantity::For, cmp, b, right);
        let with = |in_favour| test.holds(&Figures { in_favour, ..f });
        match test.needed(&f) {
            Some(least) => {
                prop_assert!(with(least));
                prop_assert!(least == 0 || !with(least - 1));
            }
            None => prop_assert!(!with(u32::MAX)),
        }
    }

    /// The number shown before a vote: with fewer it cannot be adopted.
    #[test]
    fn below_the_threshold_nothing_is_adopted(
        f in prop_oneof![figures(), at_the_edge()],
        preset in select(Preset::DECIDING.to_vec()),
    ) {
        let rule = Rule::preset(preset);
        if let Some(threshold) = rule.threshold(&f) && f.in_favour < threshold {
            prop_assert_ne!(rule.outcome(&f), Outcome::Adopted);
        }
    }

    #[test]
    fn an_election_is_decided_as_by_hand(
        votes in prop::collection::vec(0u32..6, 1..8),
        seats in 1u16..8,
        floor in any::<bool>(),
    ) {
        let seats = seats.min(votes.len() as u16);
        let rule = if floor { Rule::preset(Preset::Congress) } else { Rule::plurality() };
        let room = Room { members: 6, present: 6, signatories: 0 };
        let candidate = |i: usize| Nominee {
            name: i.to_string(), action: PersonAction::Elect, post: String::new(),
        };
        let form = Form::Plurality { candidates: (0..votes.len()).map(candidate).collect(), seats };
        let count = Count::Plurality { votes: votes.clone(), invalid: 0 };
        let Ok(Verdict::Plurality { elected, tied, open_seats }) = form.judge(&count, &rule, &room)
        else { panic!() };

        // By hand: somebody is in if fewer than `seats` others are level or ahead.
        let stands = |v: u32| v > 0 && (!floor || 2 * v > 6);
        let ahead = |i: usize, level: bool| votes.iter().enumerate().filter(|&(j, &v)| {
            j != i && stands(v) && (v > votes[i] || (level && v == votes[i]))
        }).count();
        for i in 0..votes.len() {
            let (mine, at) = (votes[i], i as u16);
            let safe = stands(mine) && ahead(i, true) < usize::from(seats);
            let cut = stands(mine) && !safe && ahead(i, false) < usize::from(seats);
            prop_assert_eq!(elected.contains(&at), safe, "{} of {:?}", i, votes);
            prop_assert_eq!(tied.contains(&at), cut, "{} of {:?}", i, votes);
        }
        prop_assert_eq!(usize::from(open_seats), usize::from(seats) - elected.len());
        prop_assert!(elected.windows(2).all(|w| votes[w[0] as usize] >= votes[w[1] as usize]));
    }
}

fn quantity() -> impl Strategy<Value = Quantity> {
    select(vec![
        Quantity::For,
        Quantity::Against,
        Quantity::Abstain,
        Quantity::ForAndAgainst,
        Quantity::Cast,
        Quantity::Present,
        Quantity::Members,
        Quantity::Signatories,
        Quantity::One,
    ])
}

/// Every whole committee up to a few hundred, every possible count of it.
#[test]
fn small_rooms_through_and_through() {
    let rule = Rule::preset(Preset::Committee);
    for members in 1u32..=400 {
        let adopted = |in_favour| {
            rule.outcome(&Figures { members, in_favour, ..Figures::default() }) == Outcome::Adopted
        };
        let least = members / 2 + 1;
        assert!((0..least).all(|y| !adopted(y)) && (least..=members).all(adopted), "{members}");
        let present = |present| Figures { members, present, ..Figures::default() };
        for p in 0..=members {
            assert_eq!(QUORUM_COMMITTEE.holds(&present(p)), p + p > members);
            assert_eq!(QUORUM_CONGRESS.holds(&present(p)), 3 * p >= 2 * members);
        }
    }
}

#[test]
fn the_examples_of_the_table_hold() {
    let text = include_str!("../../docs/rules.md");
    let mut seen = Vec::new();
    for preset in Preset::DECIDING {
        let name = serde_json::to_value(preset).unwrap();
        let name = name.as_str().unwrap();
        let row = text.lines().find(|l| l.starts_with(&format!("| `{name}` |")));
        let row = row.unwrap_or_else(|| panic!("{name} is not in docs/rules.md"));
        let examples = row.split('|').nth(3).unwrap();
        for example in examples.split('·') {
            let (given, least) = example.split_once(':').unwrap();
            let mut f = Figures::default();
            for part in given.split(',') {
                let (sign, value) = part.split_once('=').unwrap();
                let value = value.trim().parse().unwrap();
                match sign.trim() {
                    "M" => f.members = value,
                    "P" => f.present = value,
                    "S" => f.signatories = value,
                    "N" => f.against = value,
                    "A" => f.abstain = value,
                    other => panic!("{other}"),
                }
            }
            let rule = Rule::preset(preset);
            let carries =
                |y: &u32| rule.outcome(&Figures { in_favour: *y, ..f }) == Outcome::Adopted;
            let least: u32 = least.trim().parse().unwrap();
            assert_eq!((0..=5000).find(carries), Some(least), "{name}: {example}");
            seen.push((preset, least));
        }
    }
    assert!(seen.len() >= 14, "{seen:?}");
}
