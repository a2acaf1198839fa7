//! The law in words: figure, threshold and base, always all three; and the
//! result as the chair reads it out. Which rule it is comes as data; a sentence
//! is only ever said where it is true of the numbers.

use super::voting::action;
use crate::words::Words;
use hemicycle_protocol::topic::Vote;
use hemicycle_protocol::vote::{
    self, Cmp, Figures, Form, Nominee, Outcome, Preset, Quantity, Room, Tally, Test,
};

pub(super) fn outcome_key(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Adopted => "verdict.adopted",
        Outcome::NotAdopted => "verdict.not_adopted",
        Outcome::TiedForChair => "verdict.tied_for_chair",
        Outcome::TiedVoteAgain => "verdict.tied_vote_again",
    }
}

fn figures(vote: &Vote, tally: &Tally) -> Figures {
    let Vote { members, present, signatories, .. } = *vote;
    Room { members, present, signatories }.figures(tally)
}

/// `赞成 26 ≥ 过半数 16`. Of several comparisons the first that fails, for that one decided.
pub(super) fn comparison(words: Words, vote: &Vote, tally: &Tally) -> String {
    let figures = figures(vote, tally);
    let tests = &vote.rule.tests;
    let shown = tests.iter().find(|t| !t.holds(&figures)).or(tests.first());
    shown.map(|test| compare(words, test, &figures)).unwrap_or_default()
}

fn is_tie(test: &Test, f: &Figures) -> bool {
    let sides = (test.left.times, test.left.of, test.right.times, test.right.of);
    sides == (1, Quantity::For, 1, Quantity::Against) && f.in_favour == f.against
}

fn compare(words: Words, test: &Test, f: &Figures) -> String {
    let cast = f.in_favour.saturating_add(f.against).saturating_add(f.abstain);
    let holds = test.holds(f);
    let sign = match (test.cmp, holds) {
        (Cmp::MoreThan, true) => "＞",
        // As many for as against: the chair may have decided it then, and ≤ would read like an error.
        (Cmp::MoreThan, false) if is_tie(test, f) => "＝",
        (Cmp::MoreThan, false) => "≤",
        (Cmp::AtLeast, true) => "≥",
        (Cmp::AtLeast, false) => "＜",
    };
    // A strict comparison with a fixed number is said as the least number that carries.
    let against_least = |key: &str, name: &str, figure: u32| {
        let Some(least) = test.needed(f) else { return String::new() };
        words.fill(
            key,
            &[
                ("y", &figure.to_string()),
                ("sign", if holds { "≥" } else { "＜" }),
                ("name", &words.say(name)),
                ("t", &least.to_string()),
            ],
        )
    };
    let with = |key: &str, other: String| {
        let figure = f.in_favour.to_string();
        words.fill(key, &[("y", &figure), ("sign", sign), ("n", &other), ("t", &other)])
    };
    match (test.left.times, test.left.of, test.right.times, test.right.of) {
        (2, Quantity::For, 1, Quantity::Members | Quantity::Present | Quantity::Signatories) => {
            against_least("compare.threshold", "threshold.half", f.in_favour)
        }
        (3, Quantity::For, 2, Quantity::Members | Quantity::Present | Quantity::Signatories) => {
            against_least("compare.threshold", "threshold.two_thirds", f.in_favour)
        }
        (1, Quantity::For, 1, Quantity::Against) => with("compare.against", f.against.to_string()),
        (1, Quantity::For, 2, Quantity::Against) => {
            with("compare.twice_against", f.against.to_string())
        }
        (3, Quantity::For, 2, Quantity::ForAndAgainst) => {
            let voting = u64::from(f.in_favour) + u64::from(f.against);
            with("compare.two_thirds_voting", (2 * voting).div_ceil(3).to_string())
        }
        (_, Quantity::For, _, _) => {
            against_least("compare.threshold", "threshold.plain", f.in_favour)
        }
        (1, Quantity::Cast, _, Quantity::One) => {
            against_least("compare.turnout", "threshold.plain", cast)
        }
        (
            _,
            Quantity::Against
            | Quantity::Abstain
            | Quantity::ForAndAgainst
            | Quantity::Cast
            | Quantity::Present
            | Quantity::Members
            | Quantity::Signatories
            | Quantity::One,
            _,
            _,
        ) => String::new(),
    }
}

/// `通过：赞成 26 票，超过全体组成人员 31 人的半数。`
pub(super) fn sentence(words: Words, vote: &Vote, tally: &Tally, outcome: Outcome) -> String {
    let law = match vote.rule.preset {
        Some(Preset::Committee | Preset::Congress) => "law.half_members",
        Some(Preset::Constitution) => "law.two_thirds_members",
        Some(Preset::Signatories) => "law.half_signatories",
        Some(Preset::Simple) => "law.simple",
        Some(Preset::TwoThirdsVoting) => "law.two_thirds_voting",
        Some(Preset::MajorityPresent) => "law.half_present",
        Some(Preset::TwoThirdsAndFloor) => "law.two_thirds_and_floor",
        Some(Preset::MajorityAndTurnout) => "law.majority_and_turnout",
        Some(Preset::Plurality | Preset::Survey) | None => "law.other",
    };
    let by_rule = vote.rule.outcome(&figures(vote, tally));
    let key = match (by_rule, outcome) {
        // The chair's word, not the numbers.
        (Outcome::TiedForChair, Outcome::Adopted | Outcome::NotAdopted) => "law.chair".into(),
        (_, Outcome::Adopted) => format!("{law}.yes"),
        (_, Outcome::NotAdopted) => format!("{law}.no"),
        (_, Outcome::TiedForChair | Outcome::TiedVoteAgain) => "law.tie".into(),
    };
    let reason = words.fill(
        &key,
        &[
            ("y", &tally.in_favour.to_string()),
            ("n", &tally.against.to_string()),
            ("cast", &tally.cast().to_string()),
            ("members", &vote.members.to_string()),
            ("present", &vote.present.to_string()),
            ("signatories", &vote.signatories.to_string()),
        ],
    );
    words
        .fill("law.sentence", &[("verdict", &words.say(outcome_key(outcome))), ("reason", &reason)])
}

/// `赞成票达到 16 票即为通过（组成人员 31 人的过半数）。`
pub(super) fn rule_before(words: Words, vote: &Vote) -> String {
    let key = match (vote.rule.preset, vote.threshold) {
        (Some(Preset::Committee | Preset::Congress), Some(_)) => "rule.half_members",
        (Some(Preset::Constitution), Some(_)) => "rule.two_thirds_members",
        (Some(Preset::Signatories), Some(_)) => "rule.half_signatories",
        (Some(Preset::MajorityPresent), Some(_)) => "rule.half_present",
        (Some(Preset::Simple), _) => "rule.simple",
        (Some(Preset::TwoThirdsVoting), _) => "rule.two_thirds_voting",
        (Some(Preset::TwoThirdsAndFloor), _) => "rule.two_thirds_and_floor",
        (Some(Preset::MajorityAndTurnout), _) => "rule.majority_and_turnout",
        (Some(Preset::Plurality), _) => "rule.plurality",
        (Some(Preset::Survey), _) => "rule.survey",
        (None, Some(_)) => "rule.threshold",
        (
            Some(
                Preset::Committee
                | Preset::Congress
                | Preset::Constitution
                | Preset::Signatories
                | Preset::MajorityPresent,
            )
            | None,
            None,
        ) => "rule.other",
    };
    words.fill(
        key,
        &[
            ("t", &vote.threshold.unwrap_or(0).to_string()),
            ("members", &vote.members.to_string()),
            ("present", &vote.present.to_string()),
            ("signatories", &vote.signatories.to_string()),
        ],
    )
}

/// The result as the chair reads it out, a sentence a line.
pub(super) fn announcement(words: Words, vote: &Vote) -> Vec<String> {
    let mut lines = vec![words.fill("announce.title", &[("title", &vote.title)])];
    match (&vote.form, &vote.count, &vote.verdict) {
        (
            Form::Motion,
            Some(vote::Count::Motion { tally }),
            Some(vote::Verdict::Motion { outcome }),
        ) => {
            lines.push(spoken_counts(words, tally, vote.unpressed));
            lines.push(sentence(words, vote, tally, *outcome));
        }
        (
            Form::Personnel { nominees },
            Some(vote::Count::Personnel { tallies }),
            Some(vote::Verdict::Personnel { outcomes }),
        ) => {
            let rows = nominees.iter().zip(tallies).zip(outcomes);
            lines.extend(rows.map(|((person, tally), o)| spoken_person(words, person, tally, *o)));
        }
        (Form::Satisfaction { subjects }, Some(vote::Count::Satisfaction { tallies }), _) => {
            lines.extend(subjects.iter().zip(tallies).map(|(subject, t)| {
                words.fill(
                    "announce.grades",
                    &[
                        ("subject", subject),
                        ("satisfied", &t.satisfied.to_string()),
                        ("fair", &t.fair.to_string()),
                        ("dissatisfied", &t.dissatisfied.to_string()),
                    ],
                )
            }));
        }
        (
            Form::Plurality { candidates, .. },
            Some(vote::Count::Plurality { votes, .. }),
            Some(vote::Verdict::Plurality { elected, tied, .. }),
        ) => {
            let named = |key: &'static str, i: &u16| {
                let i = usize::from(*i);
                let (person, n) = (candidates.get(i)?, votes.get(i)?);
                Some(words.fill(key, &[("name", &person.name), ("votes", &n.to_string())]))
            };
            lines.extend(elected.iter().filter_map(|i| named("announce.elected", i)));
            lines.extend(tied.iter().filter_map(|i| named("announce.tied", i)));
            if !tied.is_empty() {
                lines.push(words.say("verdict.tied_across"));
            }
        }
        (
            Form::Motion
            | Form::Personnel { .. }
            | Form::Satisfaction { .. }
            | Form::Plurality { .. },
            Some(_) | None,
            Some(_) | None,
        ) => lines.push(words.fill("announce.cast", &[("cast", &vote.cast.to_string())])),
    }
    lines
}

fn spoken_counts(words: Words, tally: &Tally, unpressed: Option<u32>) -> String {
    let key = if unpressed.is_some() { "announce.counts" } else { "announce.counts_three" };
    words.fill(
        key,
        &[
            ("y", &tally.in_favour.to_string()),
            ("n", &tally.against.to_string()),
            ("a", &tally.abstain.to_string()),
            ("unpressed", &unpressed.unwrap_or(0).to_string()),
        ],
    )
}

fn spoken_person(words: Words, person: &Nominee, tally: &Tally, outcome: Outcome) -> String {
    words.fill(
        "announce.person",
        &[
            ("name", &person.name),
            ("act", &words.say(action(person.action))),
            ("post", &person.post),
            ("y", &tally.in_favour.to_string()),
            ("n", &tally.against.to_string()),
            ("a", &tally.abstain.to_string()),
            ("verdict", &words.say(outcome_key(outcome))),
        ],
    )
}
