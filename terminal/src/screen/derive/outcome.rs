//! What came of a vote: the numbers, the bar, each person's outcome. Outcomes are
//! in words only once they are declared; the words of the law are in `law.rs`.

use super::law::{comparison, outcome_key, rule_before, sentence};
use super::voting::{action, heading, method, method_key};
use super::{lines, secret};
use crate::screen::{
    Bar, ChoiceKind, Count, Opening, PersonResult, Verdict, VerdictKind, VoteResult,
};
use crate::seat::State;
use crate::words::Words;
use hemicycle_protocol::topic::{CountedBy, Vote, VoteState};
use hemicycle_protocol::vote::{self, Form, Nominee, Outcome, Tally};

pub(super) fn page(state: &State, words: Words, vote: &Vote) -> VoteResult {
    let show_unpressed = state.room.meeting.as_ref().is_none_or(|m| m.settings.show_unpressed);
    let unpressed = vote.unpressed.filter(|_| show_unpressed);
    let base = VoteResult {
        heading: heading(state, words, vote),
        method: method(vote.method),
        method_words: words.say(method_key(vote.method)),
        title: lines(&vote.title),
        verdict: verdict(words, vote),
        counts: vec![],
        bar: None,
        persons: vec![],
        opening: is_opening(vote).then(|| opening(state, words, vote)),
        note: note(state, words, vote),
    };
    let declared = vote.verdict.as_ref().filter(|_| vote.state == VoteState::Declared);
    match (&vote.form, &vote.count) {
        (Form::Motion, Some(vote::Count::Motion { tally })) => VoteResult {
            counts: counts(words, tally, unpressed),
            bar: Some(bar(words, vote, tally)),
            ..base
        },
        (Form::Personnel { nominees }, Some(vote::Count::Personnel { tallies })) => {
            let outcomes: &[Outcome] = match declared {
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
                    post: act_and_post(words, p),
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
            let places: Option<(&[u16], &[u16])> = match declared {
                Some(vote::Verdict::Plurality { elected, tied, .. }) => Some((elected, tied)),
                Some(
                    vote::Verdict::Motion { .. }
                    | vote::Verdict::Satisfaction
                    | vote::Verdict::Personnel { .. },
                )
                | None => None,
            };
            let persons = (0u16..).zip(candidates).zip(votes).map(|((i, p), n)| {
                let (kind, key) = match places {
                    None => (VerdictKind::Pending, None),
                    Some((elected, _)) if elected.contains(&i) => {
                        (VerdictKind::Adopted, Some("verdict.elected"))
                    }
                    Some((_, tied)) if tied.contains(&i) => {
                        (VerdictKind::Undecided, Some("verdict.tied_vote_again"))
                    }
                    Some(_) => (VerdictKind::Rejected, Some("verdict.not_elected")),
                };
                PersonResult {
                    number: (u32::from(i) + 1).to_string(),
                    name: p.name.clone(),
                    post: p.post.clone(),
                    counts: vec![Count {
                        kind: ChoiceKind::Aye,
                        word: words.say("plurality.votes"),
                        number: n.to_string(),
                    }],
                    kind,
                    word: key.map(|key| words.say(key)).unwrap_or_default(),
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

/// A secret vote is closed, and its count has not been opened.
pub(super) fn is_opening(vote: &Vote) -> bool {
    let secret = match vote.method {
        vote::Method::Recorded => false,
        vote::Method::Secret => true,
    };
    secret && vote.state == VoteState::Closed && vote.count.is_none()
}

fn opening(state: &State, words: Words, vote: &Vote) -> Opening {
    Opening {
        sentence: words.say("opening.sentence"),
        missing_label: words.say("opening.missing"),
        missing: secret::missing(state, vote),
    }
}

/// `决定任命　市人民政府副市长`
fn act_and_post(words: Words, person: &Nominee) -> String {
    let act = words.say(action(person.action));
    words.fill("person.act_post", &[("act", &act), ("post", &person.post)])
}

/// How it was counted where that was not by the terminals; else what became of this seat's ballot.
fn note(state: &State, words: Words, vote: &Vote) -> String {
    match (vote.state, vote.counted_by) {
        // The verdict says why; there is nothing that could count.
        (VoteState::Annulled, _) => String::new(),
        (_, CountedBy::Hands) => words.say("result.by_hands"),
        (_, CountedBy::PaperBallots) => words.say("result.by_paper"),
        (_, CountedBy::Terminals) => {
            secret::note(state, words, vote).unwrap_or_else(|| own_ballot(state, words, vote))
        }
    }
}

fn own_ballot(state: &State, words: Words, vote: &Vote) -> String {
    let confirmed = state.confirmed.filter(|(id, _)| *id == vote.id);
    match confirmed {
        Some((_, ballot)) => {
            words.fill("result.own_counted", &[("code", &secret::code(vote, ballot))])
        }
        None if state.is_casting() => words.say("result.own_waiting"),
        None if state.me().is_some_and(|me| me.may_vote) => words.say("result.own_missing"),
        None => String::new(),
    }
}

fn kind_of(outcome: Outcome) -> VerdictKind {
    match outcome {
        Outcome::Adopted => VerdictKind::Adopted,
        Outcome::NotAdopted => VerdictKind::Rejected,
        Outcome::TiedForChair | Outcome::TiedVoteAgain => VerdictKind::Undecided,
    }
}

fn verdict(words: Words, vote: &Vote) -> Verdict {
    let plain = |kind, key: &str| Verdict { kind, word: words.say(key), ..Verdict::default() };
    match vote.state {
        VoteState::Annulled => {
            let reason = vote.reason.as_deref().unwrap_or("—");
            return Verdict {
                comparison: words.fill("result.annulled", &[("reason", reason)]),
                ..plain(VerdictKind::Annulled, "verdict.annulled")
            };
        }
        VoteState::Closed if is_opening(vote) => {
            return Verdict {
                comparison: turnout(words, vote, vote.cast),
                ..plain(VerdictKind::Pending, "verdict.opening")
            };
        }
        VoteState::Closed => {
            return Verdict {
                comparison: words.say("verdict.pending_help"),
                ..plain(VerdictKind::Pending, "verdict.pending")
            };
        }
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

/// `出席 28 人，收到 28 票`
fn turnout(words: Words, vote: &Vote, cast: u32) -> String {
    let (present, cast) = (vote.present.to_string(), cast.to_string());
    words.fill("result.turnout", &[("present", &present), ("cast", &cast)])
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
        left: turnout(words, vote, tally.cast()),
        right: words.fill("result.members", &[("members", &vote.members.to_string())]),
    }
}
