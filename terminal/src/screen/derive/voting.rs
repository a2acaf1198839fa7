//! The vote on the screen, from the open question to the declared result.

use super::{frame, law, lines, outcome, secret, time};
use crate::screen::{
    Candidate, Choice, ChoiceKind, ListRow, ListVote, Method, Page, Plurality, ReceiptState,
    Remaining, Submit, SubmitState, Submitted, Turnout, Vote, VoteHead,
};
use crate::seat::State;
use crate::words::Words;
use hemicycle_protocol::ids::Millis;
use hemicycle_protocol::topic::{self, Standing, VoteState};
use hemicycle_protocol::vote::{self, Form, PersonAction};

/// From this many milliseconds on the rest of the time is said in words.
const LAST_SECONDS: i64 = 30_000;

/// None: the vote has nothing to show on this seat.
pub(super) fn page(state: &State, words: Words, vote: &topic::Vote) -> Option<Page> {
    match vote.state {
        VoteState::Prepared => None,
        VoteState::Open | VoteState::Paused => Some(in_progress(state, words, vote)),
        VoteState::Closed | VoteState::Declared | VoteState::Annulled => {
            Some(Page::Result(outcome::page(state, words, vote)))
        }
    }
}

/// One question that is still to be answered here, for beside a paper.
pub(super) fn question(state: &State, words: Words) -> Option<Vote> {
    let Page::Vote(vote) = in_progress(state, words, state.vote_for_beside()?) else {
        return None;
    };
    Some(vote)
}

fn in_progress(state: &State, words: Words, vote: &topic::Vote) -> Page {
    let me = state.me();
    let afloat = state.casting.as_ref().is_some_and(|c| c.afloat) && state.is_casting();
    if state.has_voted() || afloat || me.is_none_or(|m| !m.may_vote) {
        return Page::Submitted(submitted(state, words, vote));
    }
    if let Some(page) = secret::page(state, words, vote) {
        return page;
    }
    let head = head(state, words, vote);
    let submit = submit(state, words, vote);
    let chosen = state.draft.as_ref().filter(|d| d.vote == vote.id);
    let at = |q: usize| chosen.and_then(|d| d.chosen.get(q).copied().flatten());
    match &vote.form {
        Form::Motion => Page::Vote(Vote {
            head,
            title: lines(&vote.title),
            choices: choices(words, &vote.form, at(0)),
            help: help(state, words, vote, "vote.choose_first"),
            rule: law::rule_before(words, vote),
            can_beside: state.paper_for_beside().is_some(),
            submit,
        }),
        Form::Personnel { nominees } => {
            let rows = nominees.iter().enumerate().map(|(q, person)| Row {
                name: person.name.clone(),
                act: words.say(action(person.action)),
                post: person.post.clone(),
                chosen: at(q),
            });
            list(state, words, vote, head, submit, rows.collect())
        }
        Form::Satisfaction { subjects } => {
            let rows = subjects.iter().enumerate().map(|(q, subject)| Row {
                name: subject.clone(),
                act: String::new(),
                post: String::new(),
                chosen: at(q),
            });
            list(state, words, vote, head, submit, rows.collect())
        }
        Form::Plurality { candidates, seats } => {
            let done = (0..candidates.len()).filter(|&q| at(q).is_some()).count();
            let seats = usize::from(*seats);
            Page::Plurality(Plurality {
                head,
                title: lines(&vote.title),
                candidates: candidates
                    .iter()
                    .enumerate()
                    .map(|(q, person)| Candidate {
                        number: (q + 1).to_string(),
                        name: person.name.clone(),
                        post: person.post.clone(),
                        chosen: at(q).is_some(),
                        full: done >= seats && at(q).is_none(),
                        spoken: words.fill(
                            if at(q).is_some() { "choice.spoken_on" } else { "choice.spoken_off" },
                            &[("word", &person.name)],
                        ),
                    })
                    .collect(),
                progress_words: words.fill(
                    "plurality.progress",
                    &[("seats", &seats.to_string()), ("done", &done.to_string())],
                ),
                seats: count(seats),
                chosen: count(done),
                help: help(state, words, vote, "plurality.choose_first"),
                submit,
            })
        }
    }
}

struct Row {
    name: String,
    act: String,
    post: String,
    chosen: Option<u8>,
}

fn list(
    state: &State,
    words: Words,
    vote: &topic::Vote,
    head: VoteHead,
    submit: Submit,
    rows: Vec<Row>,
) -> Page {
    let (of, done) = (rows.len(), rows.iter().filter(|r| r.chosen.is_some()).count());
    let first_open = rows.iter().position(|r| r.chosen.is_none());
    let missing = of - done;
    let help = if missing > 0 && can_submit(state, vote) {
        words.fill("list.missing", &[("missing", &missing.to_string())])
    } else {
        help(state, words, vote, "vote.can_change")
    };
    Page::List(ListVote {
        head,
        title: vote.title.clone(),
        rows: rows
            .into_iter()
            .enumerate()
            .map(|(q, row)| ListRow {
                question: u16::try_from(q).unwrap_or(u16::MAX),
                number: (q + 1).to_string(),
                choices: choices(words, &vote.form, row.chosen),
                current: first_open == Some(q),
                name: row.name,
                act: row.act,
                post: row.post,
            })
            .collect(),
        progress_words: words
            .fill("list.progress", &[("done", &done.to_string()), ("of", &of.to_string())]),
        chosen: count(done),
        help,
        submit,
    })
}

/// The words for what is done about a person.
pub(super) fn action(action: PersonAction) -> &'static str {
    match action {
        PersonAction::Remove => "person.remove",
        PersonAction::AcceptResignation => "person.accept_resignation",
        PersonAction::Dismiss => "person.dismiss",
        PersonAction::DecideAppointment => "person.decide_appointment",
        PersonAction::Appoint => "person.appoint",
        PersonAction::Elect => "person.elect",
    }
}

fn choices(words: Words, form: &Form, chosen: Option<u8>) -> Vec<Choice> {
    let kinds = [ChoiceKind::Aye, ChoiceKind::Nay, ChoiceKind::Abstain];
    let keys = match form {
        Form::Motion | Form::Personnel { .. } | Form::Plurality { .. } => {
            ["choice.aye", "choice.nay", "choice.abstain"]
        }
        Form::Satisfaction { .. } => ["grade.satisfied", "grade.fair", "grade.dissatisfied"],
    };
    // The middle answer of a survey takes the middle sign, not the sign of 反对.
    let kinds = match form {
        Form::Satisfaction { .. } => [kinds[0], kinds[2], kinds[1]],
        Form::Motion | Form::Personnel { .. } | Form::Plurality { .. } => kinds,
    };
    (0u8..)
        .zip(kinds.into_iter().zip(keys))
        .map(|(i, (kind, key))| {
            let word = words.say(key);
            let on = chosen == Some(i);
            let spoken = if on { "choice.spoken_chosen" } else { "choice.spoken_free" };
            let three = words.numeral(3);
            Choice {
                kind,
                chosen: on,
                spoken: words.fill(spoken, &[("word", &word), ("count", &three)]),
                word,
            }
        })
        .collect()
}

fn can_submit(state: &State, vote: &topic::Vote) -> bool {
    let possible = state.votable().is_some() && secret::help(state).is_none();
    state.online() && vote.state == VoteState::Open && possible
}

fn submit(state: &State, words: Words, vote: &topic::Vote) -> Submit {
    let label = words.say("vote.submit");
    if let Some(casting) = state.casting.as_ref().filter(|c| c.vote == vote.id) {
        return if state.overdue(casting.id) {
            Submit { state: SubmitState::Failed, label, error: words.say("vote.failed") }
        } else {
            let label = words.say("vote.submitting");
            Submit { state: SubmitState::Busy, label, error: String::new() }
        };
    }
    let failed = state.draft.as_ref().and_then(|d| d.failed.as_ref());
    let error = failed.map(|why| frame::refusal(words, why, "vote.failed")).unwrap_or_default();
    let answered = state.unanswered() == 0 || state.has_chosen_nobody();
    let usable = can_submit(state, vote) && answered;
    let submit = match (usable, error.is_empty()) {
        (false, _) => SubmitState::Disabled,
        (true, true) => SubmitState::Ready,
        (true, false) => SubmitState::Failed,
    };
    Submit { state: submit, label, error: if usable { error } else { String::new() } }
}

fn help(state: &State, words: Words, vote: &topic::Vote, choose_first: &str) -> String {
    let casting = state.casting.as_ref().filter(|c| c.vote == vote.id);
    words.say(if !state.online() {
        "vote.offline"
    } else if state.votable().is_none() {
        "vote.secret_unavailable"
    } else if let Some(checking) = secret::help(state).filter(|_| casting.is_none()) {
        checking
    } else if casting.is_some_and(|c| state.overdue(c.id)) {
        "vote.final"
    } else if casting.is_some() {
        "vote.wait"
    } else if vote.state == VoteState::Paused {
        "vote.paused"
    } else if state.unanswered() > 0 {
        choose_first
    } else if state.has_chosen_nobody() {
        "plurality.blank"
    } else {
        "vote.can_change"
    })
}

fn head(state: &State, words: Words, vote: &topic::Vote) -> VoteHead {
    VoteHead {
        heading: heading(state, words, vote),
        method: method(vote.method),
        method_words: words.say(method_key(vote.method)),
        remaining: remaining(state, words, vote),
    }
}

/// `第四项　表决`; a vote of no item has the bare word.
pub(super) fn heading(state: &State, words: Words, vote: &topic::Vote) -> String {
    let running = match vote.state {
        VoteState::Prepared | VoteState::Open | VoteState::Paused => true,
        VoteState::Closed | VoteState::Declared | VoteState::Annulled => false,
    };
    let mut items = state.room.agenda.items.iter().zip(1u32..);
    match items.find(|(i, _)| i.id == vote.item) {
        Some((_, n)) => words.fill(
            if running { "item.vote" } else { "item.result" },
            &[("number", &words.numeral(n))],
        ),
        None => words.say(if running { "item.vote_bare" } else { "item.result_bare" }),
    }
}

pub(super) fn method(method: vote::Method) -> Method {
    match method {
        vote::Method::Recorded => Method::Recorded,
        vote::Method::Secret => Method::Secret,
    }
}

pub(super) fn method_key(method: vote::Method) -> &'static str {
    match method {
        vote::Method::Recorded => "method.recorded",
        vote::Method::Secret => "method.secret",
    }
}

fn remaining(state: &State, words: Words, vote: &topic::Vote) -> Option<Remaining> {
    let (left, running) = match vote.state {
        VoteState::Open => {
            // This clock may be a little behind the one that stamped the opening: the time left
            // is never more than the time given.
            let now = state.server_now().max(vote.opened_at.unwrap_or(Millis(i64::MIN)));
            (vote.ends_at?.0.saturating_sub(now.0), true)
        }
        VoteState::Paused => (i64::from(vote.seconds_left?) * 1000, false),
        VoteState::Prepared | VoteState::Closed | VoteState::Declared | VoteState::Annulled => {
            return None;
        }
    };
    let warning = if running && left <= LAST_SECONDS {
        words.say("vote.last_seconds")
    } else {
        String::new()
    };
    Some(Remaining { label: words.say("vote.remaining"), clock: time::countdown(left), warning })
}

pub(super) fn submitted(state: &State, words: Words, vote: &topic::Vote) -> Submitted {
    let confirmed = state.confirmed.filter(|(id, _)| *id == vote.id);
    let waiting = confirmed.is_none() && state.is_casting();
    let (receipt_state, title, sentence) = match (confirmed, waiting) {
        (Some(_), _) => (ReceiptState::Confirmed, "submitted.confirmed", "submitted.counted"),
        (None, true) => (ReceiptState::Waiting, "submitted.waiting", "submitted.waiting_help"),
        // Not on this vote's roll: an attendee, a late arrival, a recusal.
        (None, false) => (ReceiptState::Waiting, "submitted.not_on_roll", watching(state)),
    };
    let receipt_help = match vote.method {
        _ if confirmed.is_none() => vec![],
        vote::Method::Recorded => vec![words.say("receipt.help_recorded")],
        vote::Method::Secret => vec![words.say("receipt.help_secret")],
    };
    let time = remaining(state, words, vote);
    Submitted {
        heading: heading(state, words, vote),
        method: method(vote.method),
        state: receipt_state,
        title: words.say(title),
        sentence: words.say(sentence),
        method_words: words.say(match vote.method {
            vote::Method::Recorded => "submitted.recorded",
            vote::Method::Secret => "submitted.secret",
        }),
        receipt_label: words.say("receipt.label"),
        receipt: confirmed.map(|(_, ballot)| secret::code(vote, ballot)).unwrap_or_default(),
        receipt_help,
        turnout: Some(Turnout {
            label: words.say("turnout.label"),
            done: vote.cast,
            of: vote.roll,
            of_words: words.fill("attendance.of", &[("members", &vote.roll.to_string())]),
            help: match (secret::live_words(words, vote), time) {
                (Some(live), Some(time)) => {
                    words.fill("turnout.left", &[("clock", &time.clock)]) + &live
                }
                (Some(live), None) => live,
                (None, Some(time)) => words.fill("turnout.timed", &[("clock", &time.clock)]),
                (None, None) => words.say("turnout.help"),
            },
            live: secret::live_tally(vote),
        }),
    }
}

/// Why this seat only watches.
fn watching(state: &State) -> &'static str {
    let person = state.me().and_then(|me| me.person.as_ref());
    match person.map(|p| p.standing) {
        Some(Standing::Attendee) => "submitted.watching_attendee",
        Some(Standing::Member) | None => "submitted.watching",
    }
}

/// Lists are bounded far below this.
pub(super) fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
