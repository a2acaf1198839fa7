//! Asking for the floor, giving it, ending it; showing a page to all.

use super::agenda::not_found;
use super::{in_session, member_of};
use crate::command::{Actor, Context, Decision};
use crate::event::Event;
use crate::state::State;
use crate::state::floor::Presenting;
use hemicycle_protocol::ids::{MemberId, Millis, PaperId};
use hemicycle_protocol::ink::{self, SHOWN_POINTS, Stroke};
use hemicycle_protocol::refusal::{Code, Refusal};
use hemicycle_protocol::topic::Person;

/// Members and attendees who are here may ask.
pub(super) fn ask(state: &State, person: &Person) -> Result<Decision, Refusal> {
    let member = person.member;
    in_session(state)?;
    here(state, member)?;
    if state.floor.place(member).is_some() || state.floor.is_speaking(member) {
        return Err(Code::NoChange.into());
    }
    Ok(Event::SpeechAsked { member }.into())
}

/// Out of the queue, or done with speaking.
pub(super) fn withdraw(state: &State, person: &Person) -> Result<Decision, Refusal> {
    let member = person.member;
    if state.floor.is_speaking(member) {
        return Ok(Event::FloorEnded { member }.into());
    }
    drop(state, member)
}

/// Whoever speaks then stops. The queue need not be followed.
pub(super) fn give(
    state: &State,
    now: Millis,
    member: MemberId,
    seconds: Option<u32>,
) -> Result<Decision, Refusal> {
    member_of(state, member)?;
    in_session(state)?;
    here(state, member)?;
    seconds.map_or(Ok(()), super::seconds_ok)?;
    if state.floor.is_speaking(member) {
        return Err(Code::NoChange.into());
    }
    let ends_at = seconds.map(|s| Millis(now.0.saturating_add(i64::from(s) * 1000)));
    let given = Event::FloorGiven { member, ends_at };
    Ok(match state.floor.speaking {
        Some(old) => vec![Event::FloorEnded { member: old.member }, given].into(),
        None => given.into(),
    })
}

pub(super) fn end(state: &State) -> Result<Decision, Refusal> {
    match state.floor.speaking {
        Some(speaking) => Ok(Event::FloorEnded { member: speaking.member }.into()),
        None => Err(Code::NoChange.into()),
    }
}

pub(super) fn drop(state: &State, member: MemberId) -> Result<Decision, Refusal> {
    member_of(state, member)?;
    if state.floor.place(member).is_none() {
        return Err(Code::NoChange.into());
    }
    Ok(Event::SpeechWithdrawn { member }.into())
}

/// Only that it begins is a fact; the pages and what is drawn are the shell's to tell.
pub(super) fn present(
    state: &State,
    person: &Person,
    paper: PaperId,
    page: u32,
    ink: &[Stroke],
) -> Result<Decision, Refusal> {
    let member = person.member;
    in_session(state)?;
    here(state, member)?;
    if !state.may_present(person) {
        return Err(Refusal::of(Code::NotAllowed, "neither chair nor speaker"));
    }
    let held = state.papers.get(paper).ok_or_else(|| not_found("paper", paper))?;
    if !state.all_may_read(paper) {
        return Err(Refusal::of(Code::NotAllowed, "not everybody has this paper"));
    }
    let pages = state.papers.files.get(&held.hash()).map_or(0, |file| file.pages);
    if page >= pages {
        return Err(Refusal::of(Code::BadValue, format_args!("page {page} of {pages}")));
    }
    ink::check(ink, SHOWN_POINTS).map_err(|bad| Refusal::of(Code::BadValue, bad))?;
    let before = state.floor.presenting;
    if before == Some(Presenting { member, paper }) {
        return Ok(Decision::nothing());
    }
    let chairs = |other: MemberId| state.roll.person(other).is_some_and(|other| other.chair);
    if !person.chair
        && before.is_some_and(|before| before.member != member && chairs(before.member))
    {
        return Err(Refusal::of(Code::NotAllowed, "the chair shows a page"));
    }
    Ok(Event::PresentingBegan { member, paper }.into())
}

/// By whoever shows it, by the chair, by a clerk.
pub(super) fn stop_presenting(state: &State, cx: &Context) -> Result<Decision, Refusal> {
    let Some(Presenting { member, .. }) = state.floor.presenting else {
        return Err(Code::NoChange.into());
    };
    match &cx.actor {
        Actor::Seat { .. } => {
            let (person, _) = super::rights::seated(state, cx)?;
            if !person.chair && person.member != member {
                return Err(Refusal::of(Code::NotAllowed, "another member shows it"));
            }
        }
        Actor::Clerk { .. } | Actor::Server => {}
    }
    Ok(Event::PresentingEnded { member }.into())
}

fn here(state: &State, member: MemberId) -> Result<(), Refusal> {
    if state.is_here(member) { Ok(()) } else { Err(Code::NotSignedIn.into()) }
}
