//! The meeting's words, the items, and the votes while they are prepared.

use super::voting::state_text;
use crate::command::Decision;
use crate::event::{Event, Question};
use crate::state::State;
use crate::state::agenda::Item;
use crate::state::voting::Vote;
use crate::text;
use hemicycle_protocol::ids::{ItemId, VoteId};
use hemicycle_protocol::refusal::{Code, Refusal};
use hemicycle_protocol::topic::{ItemKind, ItemState, VoteState};
use hemicycle_protocol::vote::{Form, Nominee, PersonAction, Quantity, Rule};
use hemicycle_protocol::wire::{VoteSpec, limits};
use std::collections::BTreeSet;

pub(super) fn set_meeting(
    state: &State,
    title: &str,
    body: &str,
    place: &str,
    starts_at: &str,
) -> Result<Decision, Refusal> {
    let title = text::line(title, limits::TITLE, "title")?;
    let body = text::optional(body, limits::TITLE, "body")?;
    let place = text::optional(place, limits::TITLE, "place")?;
    let starts_at = text::local_time(starts_at)?;
    if (&title, &body, &place, &starts_at)
        == (&state.title, &state.body, &state.place, &state.starts_at)
    {
        return Err(Code::NoChange.into());
    }
    Ok(Event::MeetingSet { title, body, place, starts_at }.into())
}

pub(super) fn add(
    state: &State,
    title: &str,
    short: &str,
    kind: ItemKind,
) -> Result<Decision, Refusal> {
    let (title, short) = words(title, short)?;
    if state.agenda.total() >= limits::ITEMS {
        return Err(Refusal::of(Code::Full, format_args!("{} items", limits::ITEMS)));
    }
    let item = state.agenda.next_id();
    Ok(Decision::making(Event::ItemAdded { item, title, short, kind }, item.0))
}

pub(super) fn edit(
    state: &State,
    item: ItemId,
    rev: u32,
    title: &str,
    short: &str,
    kind: ItemKind,
) -> Result<Decision, Refusal> {
    let old = get(state, item)?;
    let (title, short) = words(title, short)?;
    if rev != old.rev {
        return Err(changed("item", item, old.rev, rev));
    }
    if (&title, &short, kind) == (&old.title, &old.short, old.kind) {
        return Err(Code::NoChange.into());
    }
    Ok(Event::ItemEdited { item, title, short, kind }.into())
}

pub(super) fn shift(state: &State, item: ItemId, to: u32) -> Result<Decision, Refusal> {
    get(state, item)?;
    let place = state.agenda.visible().position(|i| i.id == item);
    let last = state.agenda.visible().count().saturating_sub(1);
    let to_place = usize::try_from(to).unwrap_or(usize::MAX);
    if to_place > last {
        return Err(Refusal::of(Code::BadValue, format_args!("place {to} of 0 to {last}")));
    }
    if place == Some(to_place) {
        return Err(Code::NoChange.into());
    }
    Ok(Event::ItemMoved { item, to }.into())
}

pub(super) fn remove(state: &State, item: ItemId) -> Result<Decision, Refusal> {
    let old = get(state, item)?;
    match old.state {
        ItemState::Waiting | ItemState::Done => {}
        ItemState::Current => {
            return Err(Refusal::of(Code::InUse, format_args!("item {item} is being dealt with")));
        }
    }
    let held = |v: &&VoteId| state.voting.get(**v).is_some_and(|v| v.state != VoteState::Prepared);
    if let Some(vote) = old.votes.iter().find(held) {
        return Err(Refusal::of(Code::InUse, format_args!("vote {vote} was held")));
    }
    Ok(Event::ItemRemoved { item }.into())
}

pub(super) fn restore(state: &State, item: ItemId) -> Result<Decision, Refusal> {
    let old = state.agenda.any(item).ok_or_else(|| not_found("item", item))?;
    if !old.removed {
        return Err(Code::NoChange.into());
    }
    Ok(Event::ItemRestored { item }.into())
}

pub(super) fn add_vote(state: &State, item: ItemId, spec: &VoteSpec) -> Result<Decision, Refusal> {
    get(state, item)?;
    let question = question(spec)?;
    if usize::try_from(state.voting.total()).unwrap_or(usize::MAX) >= limits::VOTES {
        return Err(Refusal::of(Code::Full, format_args!("{} votes", limits::VOTES)));
    }
    let vote = state.voting.next_id();
    Ok(Decision::making(Event::VoteAdded { vote, item, question }, vote.0))
}

pub(super) fn edit_vote(
    state: &State,
    vote: VoteId,
    rev: u32,
    spec: &VoteSpec,
) -> Result<Decision, Refusal> {
    let old = prepared(state, vote)?;
    let question = question(spec)?;
    if rev != old.rev {
        return Err(changed("vote", vote, old.rev, rev));
    }
    if question == old.question {
        return Err(Code::NoChange.into());
    }
    Ok(Event::VoteEdited { vote, question }.into())
}

pub(super) fn remove_vote(state: &State, vote: VoteId) -> Result<Decision, Refusal> {
    prepared(state, vote)?;
    Ok(Event::VoteRemoved { vote }.into())
}

/// An item that is not removed.
pub(super) fn get(state: &State, item: ItemId) -> Result<&Item, Refusal> {
    state.agenda.get(item).ok_or_else(|| not_found("item", item))
}

/// A vote of an item that is not removed, before it opens.
pub(super) fn prepared(state: &State, vote: VoteId) -> Result<&Vote, Refusal> {
    let found = super::voting::get(state, vote)?;
    match found.state {
        VoteState::Prepared => Ok(found),
        VoteState::Open
        | VoteState::Paused
        | VoteState::Closed
        | VoteState::Declared
        | VoteState::Annulled => Err(Refusal::of(
            Code::WrongState,
            format_args!("vote {vote} is {}", state_text(found.state)),
        )),
    }
}

pub(super) fn not_found(what: &str, id: impl std::fmt::Display) -> Refusal {
    Refusal::of(Code::NotFound, format_args!("{what} {id}"))
}

fn changed(what: &str, id: impl std::fmt::Display, now: u32, asked: u32) -> Refusal {
    let off = format_args!("{what} {id} is at revision {now}, not {asked}").to_string();
    Refusal::of(Code::ChangedMeanwhile, off)
}

fn words(title: &str, short: &str) -> Result<(String, String), Refusal> {
    let title = text::line(title, limits::TITLE, "title")?;
    let short = text::optional(short, limits::NAME, "short")?;
    let short = if short.is_empty() { title.clone() } else { short };
    Ok((title, short))
}

fn question(spec: &VoteSpec) -> Result<Question, Refusal> {
    let mut question = Question::from(spec.clone());
    question.title = text::line(&spec.title, limits::TITLE, "title")?;
    question.form.check().map_err(|e| Refusal::of(Code::BadValue, e))?;
    match &mut question.form {
        Form::Motion => {}
        Form::Personnel { nominees } => {
            nominees.iter_mut().try_for_each(tidy)?;
            removals_first(nominees)?;
            distinct(nominees.iter().map(|n| (&n.name, &n.post, n.action)), "nominee")?;
        }
        Form::Satisfaction { subjects } => {
            for subject in subjects.iter_mut() {
                *subject = text::line(subject, limits::TITLE, "subject")?;
            }
            distinct(subjects.iter(), "subject")?;
        }
        Form::Plurality { candidates, .. } => {
            candidates.iter_mut().try_for_each(tidy)?;
            distinct(candidates.iter().map(|c| &c.name), "candidate")?;
        }
    }
    rule_fits(&question.rule, &question.form, question.signatories)?;
    question.seconds.map_or(Ok(()), super::seconds_ok)?;
    Ok(question)
}

fn tidy(nominee: &mut Nominee) -> Result<(), Refusal> {
    nominee.name = text::line(&nominee.name, limits::NAME, "nominee")?;
    nominee.post = text::optional(&nominee.post, limits::NAME, "post")?;
    Ok(())
}

fn distinct<T: Ord>(entries: impl Iterator<Item = T>, what: &str) -> Result<(), Refusal> {
    let mut seen = BTreeSet::new();
    for (number, entry) in (1..).zip(entries) {
        if !seen.insert(entry) {
            let off = format_args!("{what} {number} stands there twice").to_string();
            return Err(Refusal::of(Code::BadValue, off));
        }
    }
    Ok(())
}

/// For one post, the removal is decided before the appointment.
fn removals_first(nominees: &[Nominee]) -> Result<(), Refusal> {
    let mut filled = BTreeSet::new();
    for nominee in nominees {
        match nominee.action {
            PersonAction::Remove | PersonAction::AcceptResignation | PersonAction::Dismiss => {
                if filled.contains(&nominee.post) {
                    return Err(Refusal::of(
                        Code::BadValue,
                        format_args!("{}: appointment before removal", nominee.post),
                    ));
                }
            }
            PersonAction::DecideAppointment | PersonAction::Appoint | PersonAction::Elect => {
                // Many may hold a post without a name; that says nothing of order.
                if !nominee.post.is_empty() {
                    filled.insert(&nominee.post);
                }
            }
        }
    }
    Ok(())
}

/// A yes or no needs a test that can fail; an election may have one on votes
/// and the room; a survey has none.
pub(super) fn rule_fits(rule: &Rule, form: &Form, signatories: u32) -> Result<(), Refusal> {
    let off = |what: &str| Err(Refusal::of(Code::BadValue, format_args!("rule: {what}")));
    if !rule.is_sound() {
        return off("not what its name says, or with too many tests");
    }
    let quantities = || rule.tests.iter().flat_map(|t| [t.left.of, t.right.of]);
    match form {
        Form::Motion | Form::Personnel { .. } => {
            if rule.tests.is_empty() {
                return off("nothing to decide by");
            }
        }
        Form::Satisfaction { .. } => {
            if !rule.tests.is_empty() {
                return off("a survey has no verdict");
            }
        }
        Form::Plurality { .. } => {
            let fits = |q| match q {
                Quantity::For
                | Quantity::Present
                | Quantity::Members
                | Quantity::Signatories
                | Quantity::One => true,
                Quantity::Against
                | Quantity::Abstain
                | Quantity::ForAndAgainst
                | Quantity::Cast => false,
            };
            if !quantities().all(fits) {
                return off("an election knows votes for a candidate only");
            }
        }
    }
    let most = u32::try_from(limits::PEOPLE).unwrap_or(u32::MAX);
    if signatories > most || (signatories == 0 && quantities().any(|q| q == Quantity::Signatories))
    {
        return off("signatories");
    }
    Ok(())
}
