//! A vote as it may be seen. The rules, in one place:
//!
//! - Turnout (how many have cast) is everybody's, always.
//! - The running count of a recorded vote is the console's; everybody's where
//!   the meeting had live counts on when the vote opened.
//! - The final count and the verdict are everybody's once the vote is closed.
//! - Who chose what of a recorded vote is the console's once it is closed;
//!   everybody's once it is declared, where the meeting shows results by name,
//!   and did so when the vote opened: nobody votes under one promise and is
//!   shown under another.
//! - Of a secret vote nobody ever sees a name, and no other running count than the
//!   live sum that was opened last, where the meeting had those on when the vote
//!   opened: that one is everybody's. The match on the method comes first, so that
//!   no other rule can let one through.
//! - An annulled vote has no count.

use super::{Audience, secret};
use crate::state::State;
use crate::state::voting::Vote as Held;
use hemicycle_protocol::topic::{CountedBy, Vote, VoteLine, VoteState, Votes};
use hemicycle_protocol::vote::{Ballot, Choice, Count, Grade, Method, Tally};

/// Topic `vote`.
pub(super) fn standing(state: &State, audience: Audience) -> Option<Vote> {
    let vote = state.voting.before_the_room()?;
    let opened = vote.opened.as_ref();
    let room = vote.room();
    Some(Vote {
        id: vote.id,
        rev: vote.rev,
        item: vote.item,
        title: vote.question.title.clone(),
        form: vote.question.form.clone(),
        method: vote.question.method,
        rule: vote.question.rule.clone(),
        signatories: vote.question.signatories,
        state: vote.state,
        opened_at: opened.map(|o| o.at),
        ends_at: opened.and_then(|o| o.ends_at),
        seconds_left: opened.and_then(|o| o.seconds_left),
        members: room.members,
        present: room.present,
        roll: opened.map_or(0, |o| o.size),
        cast: vote.turnout(),
        threshold: vote.question.rule.threshold(&room.figures(&Tally::default())),
        count: count(vote, audience),
        unpressed: unpressed(state, vote, audience),
        verdict: final_part(vote, vote.verdict.as_ref()).cloned(),
        counted_by: vote.counted_by,
        reason: vote.reason.clone(),
        by_name: by_name(state, vote, audience),
        papers: opened.map(|o| o.opening.papers.clone()).unwrap_or_default(),
        secret: secret::vote(state, vote).map(Box::new),
        // The shell knows what is durable.
        log: None,
    })
}

/// Characters of names in one `votes`: a congress with long lists would
/// otherwise outgrow a message. The latest votes come first.
const MOST_LETTERS: usize = 4_000_000;

/// Topic `votes`: nothing in it moves while ballots come in, so that it is
/// rarely sent.
pub(super) fn all(state: &State, audience: Audience) -> Votes {
    let shown = state.voting.all().filter(|v| state.agenda.get(v.item).is_some());
    let mut votes: Vec<VoteLine> = shown.map(|v| line(state, v, audience)).collect();
    if audience.is_console() {
        let mut letters = 0;
        for line in votes.iter_mut().rev() {
            let Some(vote) = state.voting.get(line.id) else { continue };
            letters += vote.question.form.questions() * state.roll.people.len();
            if letters > MOST_LETTERS {
                break;
            }
            line.by_name = by_name(state, vote, audience);
        }
    }
    Votes { votes }
}

fn line(state: &State, vote: &Held, audience: Audience) -> VoteLine {
    let room = vote.room();
    VoteLine {
        id: vote.id,
        rev: vote.rev,
        item: vote.item,
        title: vote.question.title.clone(),
        form: vote.question.form.clone(),
        method: vote.question.method,
        rule: vote.question.rule.clone(),
        seconds: vote.question.seconds,
        signatories: vote.question.signatories,
        state: vote.state,
        opened_at: vote.opened.as_ref().map(|o| o.at),
        count: final_part(vote, Some(&vote.count)).cloned(),
        unpressed: unpressed(state, vote, audience),
        members: room.members,
        present: room.present,
        verdict: final_part(vote, vote.verdict.as_ref()).cloned(),
        counted_by: vote.counted_by,
        reason: vote.reason.clone(),
        by_name: None,
        recused: vote.recused.iter().copied().collect(),
    }
}

/// What is to be seen only once the count is final.
fn final_part<T>(vote: &Held, part: Option<T>) -> Option<T> {
    part.filter(|_| vote.is_counted())
}

fn count(vote: &Held, audience: Audience) -> Option<Count> {
    let running = match (vote.question.method, vote.state) {
        (_, VoteState::Closed | VoteState::Declared) => vote.is_counted(),
        (Method::Secret, VoteState::Open | VoteState::Paused) => {
            let opened = vote.sealed.as_ref().and_then(|sealed| sealed.live_opened());
            return opened.map(|(_, count)| count.clone());
        }
        (Method::Recorded, VoteState::Open | VoteState::Paused) => {
            audience.is_console() || vote.opened.as_ref().is_some_and(|o| o.opening.live_count)
        }
        (Method::Recorded | Method::Secret, VoteState::Prepared | VoteState::Annulled) => false,
    };
    running.then(|| vote.count.clone())
}

/// 未按: once it is known, to those whom the meeting shows it.
fn unpressed(state: &State, vote: &Held, audience: Audience) -> Option<u32> {
    let shown = state.settings.show_unpressed || audience.is_console();
    final_part(vote, vote.unpressed()).filter(|_| shown)
}

fn by_name(state: &State, vote: &Held, audience: Audience) -> Option<Vec<String>> {
    match vote.question.method {
        Method::Secret => return None,
        Method::Recorded => {}
    }
    match vote.counted_by {
        CountedBy::Terminals => {}
        CountedBy::Hands | CountedBy::PaperBallots => return None,
    }
    let promised = vote.opened.as_ref().is_some_and(|o| o.opening.named_results);
    let shown = match vote.state {
        VoteState::Closed => audience.is_console(),
        VoteState::Declared => audience.is_console() || (promised && state.settings.named_results),
        VoteState::Prepared | VoteState::Open | VoteState::Paused | VoteState::Annulled => false,
    };
    shown.then(|| lines(state, vote))
}

/// One line a question, one character a person.
fn lines(state: &State, vote: &Held) -> Vec<String> {
    let questions = vote.question.form.questions();
    let mut lines = vec![String::with_capacity(state.roll.people.len()); questions];
    for person in &state.roll.people {
        let ballot = vote.ballots.get(&person.member).and_then(|s| s.ballot.as_ref());
        let on_roll = vote.on_roll(person.member);
        for (question, line) in lines.iter_mut().enumerate() {
            line.push(match (ballot, on_roll) {
                (Some(ballot), _) => letter(ballot, question),
                (None, true) => '-',
                (None, false) => '.',
            });
        }
    }
    lines
}

fn letter(ballot: &Ballot, question: usize) -> char {
    match ballot {
        Ballot::Motion { choice } => choice_letter(*choice),
        Ballot::Personnel { choices } => choices.get(question).map_or('-', |c| choice_letter(*c)),
        Ballot::Satisfaction { grades } => match grades.get(question).copied().flatten() {
            Some(Grade::Satisfied) => 's',
            Some(Grade::Fair) => 'f',
            Some(Grade::Dissatisfied) => 'd',
            None => 'x',
        },
        Ballot::Plurality { chosen } => {
            if chosen.iter().any(|c| usize::from(*c) == question) {
                'y'
            } else {
                'o'
            }
        }
    }
}

fn choice_letter(choice: Choice) -> char {
    match choice {
        Choice::For => 'y',
        Choice::Against => 'n',
        Choice::Abstain => 'a',
    }
}
