//! What came of a vote: numbers, the bar, and the law in words: figure,
//! threshold and base, always all three.

use super::lines;
use super::voting::{action, count, heading, method, method_key};
use crate::screen::{Bar, ChoiceKind, Count, PersonResult, Verdict, VerdictKind, VoteResult};
use crate::seat::State;
use crate::words::Words;
use hemicycle_protocol::topic::{CountedBy, Vote, VoteState};
use hemicycle_protocol::vote::{self, Form, Outcome, Preset, Tally};

pub(super) fn page(state: &State, words: Words, vote: &Vote) -> VoteResult {
    let show_unpressed = state.room.meeting.as_ref().is_none_or(|m| m.settings.show_unpressed);
    let unpressed = vote.unpressed.filter(|_| show_unpressed);
    let base = VoteResult {
        heading: heading(state, words, vote, "item.result"),
        method: method(vote.method),
        method_words: words.say(method_key(vote.method)),
        title: lines(&vote.title),
        verdict: verdict(words, vote),
        counts: vec![],
        bar: None,
        persons: vec![],
        note: note(words, vote),
    };
    match (&vote.form, &vote.count) {
        (Form::Motion, Some(vote::Count::Motion { tally })) => VoteResult {
            counts: counts(words, tally, unpressed),
            bar: Some(bar(words, vote, tally)),
            ..base
        },
        (Form::Personnel { nominees }, Some(vote::Count::Personnel { tallies })) => {
            let outcomes: &[Outcome] = match &vote.verdict {
                Some(vote::Verdict::Personnel { outcomes }) => outcomes,
                Some(
                    vote::Verdict::Motion { .. }
                    | vote::Verdict::Satisfaction
                    | vote::Verdict::Plurality { .. },
                )
                | None => &[],
            };
            let persons = nominees.iter().zip(tallies).enumerate().map(|(i, (p, tally))| {
                let (kind, word) =
                    outcomes.get(i).map_or((VerdictKind::Pending, String::new()), |o| {
                        (kind_of(*o), words.say(outcome_key(*o)))
                    });
                PersonResult {
                    number: (i + 1).to_string(),
                    name: p.name.clone(),
                    post: format!("{} {}", words.say(action(p.action)), p.post),
                    counts: counts(words, tally, unpressed),
                    kind,
                    word,
                }
            });
            VoteResult { persons: persons.collect(), ..base }
        }
        (Form::Satisfaction { subjects }, Some(vote::Count::Satisfaction { tallies })) => {
            let persons = subjects.iter().zip(tallies).enumerate().map(|(i, (subject, t))| {
                let line = |kind, key: &str, n: u32| Count {
                    kind,
                    word: words.say(key),
                    number: n.to_string(),
                };
                PersonResult {
                    number: (i + 1).to_string(),
                    name: subject.clone(),
                    post: String::new(),
                    counts: vec![
                        line(ChoiceKind::Aye, "grade.satisfied", t.satisfied),
                        line(ChoiceKind::Abstain, "grade.fair", t.fair),
                        line(ChoiceKind::Nay, "grade.dissatisfied", t.dissatisfied),
                        line(ChoiceKind::Unpressed, "grade.invalid", t.invalid),
                    ],
                    kind: VerdictKind::Pending,
                    word: String::new(),
                }
            });
            VoteResult { persons: persons.collect(), ..base }
        }
        (Form::Plurality { candidates, .. }, Some(vote::Count::Plurality { votes, .. })) => {
            let (elected, tied): (&[u16], &[u16]) = match &vote.verdict {
                Some(vote::Verdict::Plurality { elected, tied, .. }) => (elected, tied),
                Some(
                    vote::Verdict::Motion { .. }
                    | vote::Verdict::Satisfaction
                    | vote::Verdict::Personnel { .. },
                )
                | None => (&[], &[]),
            };
            let persons = (0u16..).zip(candidates).zip(votes).map(|((i, p), n)| {
                let (kind, key) = if elected.contains(&i) {
                    (VerdictKind::Adopted, "verdict.elected")
                } else if tied.contains(&i) {
                    (VerdictKind::Undecided, "verdict.tied_vote_again")
                } else {
                    (VerdictKind::Rejected, "verdict.not_elected")
                };
                PersonResult {
                    number: (i + 1).to_string(),
                    name: p.name.clone(),
                    post: p.post.clone(),
                    counts: vec![Count {
                        kind: ChoiceKind::Aye,
                        word: words.say("plurality.votes"),
                        number: n.to_string(),
                    }],
                    kind,
                    word: words.say(key),
                }
            });
            VoteResult { persons: persons.collect(), ..base }
        }
        (
            Form::Motion
            | Form::Personnel { .. }
            | Form::Satisfaction { .. }
            | Form::Plurality { .. },
            _,
        ) => base,
    }
}

fn note(words: Words, vote: &Vote) -> String {
    match (vote.state, vote.counted_by) {
        (VoteState::Annulled, _) => {
            words.fill("result.annulled", &[("reason", vote.reason.as_deref().unwrap_or("—"))])
        }
        (_, CountedBy::Hands) => words.say("result.by_hands"),
        (_, CountedBy::PaperBallots) => words.say("result.by_paper"),
        (_, CountedBy::Terminals) => String::new(),
    }
}

fn kind_of(outcome: Outcome) -> VerdictKind {
    match outcome {
        Outcome::Adopted => VerdictKind::Adopted,
        Outcome::NotAdopted => VerdictKind::Rejected,
        Outcome::TiedForChair | Outcome::TiedVoteAgain => VerdictKind::Undecided,
    }
}

fn outcome_key(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Adopted => "verdict.adopted",
        Outcome::NotAdopted => "verdict.not_adopted",
        Outcome::TiedForChair => "verdict.tied_for_chair",
        Outcome::TiedVoteAgain => "verdict.tied_vote_again",
    }
}

fn verdict(words: Words, vote: &Vote) -> Verdict {
    let plain = |kind, key: &str| Verdict { kind, word: words.say(key), ..Verdict::default() };
    match vote.state {
        VoteState::Annulled => return plain(VerdictKind::Annulled, "verdict.annulled"),
        VoteState::Closed => return plain(VerdictKind::Pending, "verdict.pending"),
        VoteState::Prepared | VoteState::Open | VoteState::Paused | VoteState::Declared => {}
    }
    match (&vote.verdict, &vote.count) {
        (Some(vote::Verdict::Motion { outcome }), Some(vote::Count::Motion { tally })) => Verdict {
            kind: kind_of(*outcome),
            word: words.say(outcome_key(*outcome)),
            comparison: comparison(words, vote, tally),
            basis: sentence(words, vote, tally, *outcome),
        },
        (Some(vote::Verdict::Personnel { outcomes }), _) => {
            let adopted = outcomes.iter().filter(|o| **o == Outcome::Adopted).count();
            Verdict {
                kind: VerdictKind::Pending,
                word: String::new(),
                comparison: words.fill(
                    "verdict.persons",
                    &[("adopted", &adopted.to_string()), ("of", &outcomes.len().to_string())],
                ),
                basis: rule_before(words, vote),
            }
        }
        (Some(vote::Verdict::Plurality { elected, tied, .. }), _) => Verdict {
            kind: VerdictKind::Pending,
            word: String::new(),
            comparison: words.fill("verdict.elected_count", &[("n", &elected.len().to_string())]),
            basis: if tied.is_empty() { String::new() } else { words.say("verdict.tied_across") },
        },
        (Some(vote::Verdict::Satisfaction), _) => plain(VerdictKind::Pending, "verdict.survey"),
        (Some(vote::Verdict::Motion { .. }) | None, _) => {
            plain(VerdictKind::Pending, "verdict.pending")
        }
    }
}

/// `赞成 26 ≥ 过半数 16`
fn comparison(words: Words, vote: &Vote, tally: &Tally) -> String {
    let y = tally.in_favour;
    let sign = |holds: bool, strict: bool| match (holds, strict) {
        (true, true) => "＞",
        (true, false) => "≥",
        (false, true) => "≤",
        (false, false) => "＜",
    };
    let against_threshold = |name: &str| {
        let t = vote.threshold.unwrap_or(0);
        words.fill(
            "compare.threshold",
            &[
                ("y", &y.to_string()),
                ("sign", sign(y >= t, false)),
                ("name", &words.say(name)),
                ("t", &t.to_string()),
            ],
        )
    };
    let n = tally.against;
    match vote.rule.preset {
        Some(
            Preset::Committee | Preset::Congress | Preset::Signatories | Preset::MajorityPresent,
        ) => against_threshold("threshold.half"),
        Some(Preset::Constitution) => against_threshold("threshold.two_thirds"),
        Some(Preset::Simple | Preset::MajorityAndTurnout) => words.fill(
            "compare.against",
            &[("y", &y.to_string()), ("sign", sign(y > n, true)), ("n", &n.to_string())],
        ),
        Some(Preset::TwoThirdsVoting) => words.fill(
            "compare.twice_against",
            &[
                ("y", &y.to_string()),
                ("sign", sign(u64::from(y) >= 2 * u64::from(n), false)),
                ("n", &n.to_string()),
            ],
        ),
        Some(Preset::TwoThirdsAndFloor) => {
            let voting = u64::from(y) + u64::from(n);
            words.fill(
                "compare.two_thirds_voting",
                &[
                    ("y", &y.to_string()),
                    ("sign", sign(3 * u64::from(y) >= 2 * voting, false)),
                    ("t", &(2 * voting).div_ceil(3).to_string()),
                ],
            )
        }
        Some(Preset::Plurality | Preset::Survey) => String::new(),
        None => vote.threshold.map(|_| against_threshold("threshold.plain")).unwrap_or_default(),
    }
}

/// `通过：赞成 26 票，超过全体组成人员 31 人的半数。`
pub(super) fn sentence(words: Words, vote: &Vote, tally: &Tally, outcome: Outcome) -> String {
    let key = match vote.rule.preset {
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
    let key = match outcome {
        Outcome::Adopted => format!("{key}.yes"),
        Outcome::NotAdopted => format!("{key}.no"),
        Outcome::TiedForChair | Outcome::TiedVoteAgain => "law.tie".into(),
    };
    let reason = words.fill(
        &key,
        &[
            ("y", &tally.in_favour.to_string()),
            ("n", &tally.against.to_string()),
            ("cast", &tally.cast().to_string()),
            ("members", &vote.members.to_string()),
            ("present", &vote.present.to_string()),
        ],
    );
    words
        .fill("law.sentence", &[("verdict", &words.say(outcome_key(outcome))), ("reason", &reason)])
}

/// `赞成票达到 16 票即为通过（组成人员 31 人的过半数）。`
pub(super) fn rule_before(words: Words, vote: &Vote) -> String {
    let key = match vote.rule.preset {
        Some(Preset::Committee | Preset::Congress) => "rule.half_members",
        Some(Preset::Constitution) => "rule.two_thirds_members",
        Some(Preset::Signatories) => "rule.half_signatories",
        Some(Preset::Simple) => "rule.simple",
        Some(Preset::TwoThirdsVoting) => "rule.two_thirds_voting",
        Some(Preset::MajorityPresent) => "rule.half_present",
        Some(Preset::TwoThirdsAndFloor) => "rule.two_thirds_and_floor",
        Some(Preset::MajorityAndTurnout) => "rule.majority_and_turnout",
        Some(Preset::Plurality) => "rule.plurality",
        Some(Preset::Survey) => "rule.survey",
        None if vote.threshold.is_some() => "rule.threshold",
        None => "rule.other",
    };
    words.fill(
        key,
        &[
            ("t", &vote.threshold.unwrap_or(0).to_string()),
            ("members", &vote.members.to_string()),
            ("present", &vote.present.to_string()),
        ],
    )
}

/// 赞成, 反对, 弃权, and 未按 where the meeting shows it.
pub(super) fn counts(words: Words, tally: &Tally, unpressed: Option<u32>) -> Vec<Count> {
    let three = [
        (ChoiceKind::Aye, "choice.aye", tally.in_favour),
        (ChoiceKind::Nay, "choice.nay", tally.against),
        (ChoiceKind::Abstain, "choice.abstain", tally.abstain),
    ];
    let fourth = unpressed.map(|n| (ChoiceKind::Unpressed, "choice.unpressed", n));
    three
        .into_iter()
        .chain(fourth)
        .map(|(kind, key, n)| Count { kind, word: words.say(key), number: n.to_string() })
        .collect()
}

fn bar(words: Words, vote: &Vote, tally: &Tally) -> Bar {
    let unpressed = vote.unpressed.unwrap_or(0);
    let on_base = vote.members.max(tally.cast().saturating_add(unpressed));
    Bar {
        aye: tally.in_favour,
        nay: tally.against,
        abstain: tally.abstain,
        unpressed,
        of: on_base,
        threshold: vote.threshold.filter(|t| *t <= on_base),
        threshold_words: vote
            .threshold
            .map(|t| words.fill("threshold.mark", &[("t", &t.to_string())]))
            .unwrap_or_default(),
        left: words.fill(
            "result.turnout",
            &[("present", &vote.present.to_string()), ("cast", &tally.cast().to_string())],
        ),
        right: words.fill("result.members", &[("members", &vote.members.to_string())]),
    }
}

/// The result as the chair reads it out, a sentence a line.
pub(super) fn announcement(words: Words, vote: &Vote) -> Vec<String> {
    let title = words.fill("announce.title", &[("title", &vote.title)]);
    match (&vote.count, &vote.verdict) {
        (Some(vote::Count::Motion { tally }), Some(vote::Verdict::Motion { outcome })) => vec![
            title,
            words.fill(
                "announce.counts",
                &[
                    ("y", &tally.in_favour.to_string()),
                    ("n", &tally.against.to_string()),
                    ("a", &tally.abstain.to_string()),
                    ("unpressed", &vote.unpressed.unwrap_or(0).to_string()),
                ],
            ),
            sentence(words, vote, tally, *outcome),
        ],
        (Some(vote::Count::Personnel { tallies }), Some(vote::Verdict::Personnel { outcomes })) => {
            let Form::Personnel { nominees } = &vote.form else { return vec![title] };
            let persons = nominees.iter().zip(tallies).zip(outcomes).map(|((p, t), o)| {
                words.fill(
                    "announce.person",
                    &[
                        ("name", &p.name),
                        ("act", &words.say(action(p.action))),
                        ("post", &p.post),
                        ("y", &t.in_favour.to_string()),
                        ("n", &t.against.to_string()),
                        ("a", &t.abstain.to_string()),
                        ("verdict", &words.say(outcome_key(*o))),
                    ],
                )
            });
            std::iter::once(title).chain(persons).collect()
        }
        (
            Some(vote::Count::Plurality { votes, .. }),
            Some(vote::Verdict::Plurality { elected, .. }),
        ) => {
            let Form::Plurality { candidates, .. } = &vote.form else { return vec![title] };
            let names =
                elected.iter().filter_map(|&i| {
                    let i = usize::from(i);
                    let (person, n) = (candidates.get(i)?, votes.get(i)?);
                    Some(words.fill(
                        "announce.elected",
                        &[("name", &person.name), ("votes", &n.to_string())],
                    ))
                });
            std::iter::once(title).chain(names).collect()
        }
        _ => vec![
            title,
            words.fill("announce.cast", &[("cast", &count(vote.cast as usize).to_string())]),
        ],
    }
}
