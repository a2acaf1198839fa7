//! Asking for the floor, giving it, ending it.

use super::{in_session, member_of};
use crate::command::Decision;
use crate::event::Event;
use crate::state::State;
use hemicycle_protocol::ids::{MemberId, Millis};
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

fn here(state: &State, member: MemberId) -> Result<(), Refusal> {
    if state.is_here(member) { Ok(()) } else { Err(Code::NotSignedIn.into()) }
}
