//! The hall's screen, notices, calls for help. These have no phase: the screen
//! says goodbye after the meeting, and a terminal may fail before it.

use crate::command::Decision;
use crate::event::Event;
use crate::state::State;
use crate::text;
use hemicycle_protocol::ids::SeatId;
use hemicycle_protocol::refusal::{Code, Refusal};
use hemicycle_protocol::topic::{Level, Person, Screen, Service};
use hemicycle_protocol::wire::limits;

pub(super) fn show(state: &State, screen: Option<&Screen>) -> Result<Decision, Refusal> {
    let screen = match screen {
        Some(Screen::Item { item }) => {
            super::agenda::get(state, *item)?;
            Some(Screen::Item { item: *item })
        }
        Some(Screen::Pause { text }) => {
            Some(Screen::Pause { text: text::optional(text, limits::REASON, "text")? })
        }
        Some(other @ (Screen::Welcome | Screen::SignIn | Screen::Vote | Screen::Speaker)) => {
            Some(other.clone())
        }
        None => None,
    };
    if screen == state.desk.pinned {
        return Err(Code::NoChange.into());
    }
    Ok(Event::Shown { screen }.into())
}

pub(super) fn post(text: &str, level: Level) -> Result<Decision, Refusal> {
    let text = text::block(text, limits::REASON, "notice")?;
    Ok(Event::NoticePosted { text, level, paper: None }.into())
}

pub(super) fn clear(state: &State) -> Result<Decision, Refusal> {
    match state.desk.notice {
        Some(_) => Ok(Event::NoticeCleared.into()),
        None => Err(Code::NoChange.into()),
    }
}

/// One call a seat; another one takes its place.
pub(super) fn call(state: &State, person: &Person, service: Service) -> Result<Decision, Refusal> {
    let seat = person.seat;
    if state.desk.calls.get(&seat) == Some(&service) {
        return Err(Code::NoChange.into());
    }
    Ok(Event::ServiceCalled { seat, service }.into())
}

pub(super) fn call_off(state: &State, person: &Person) -> Result<Decision, Refusal> {
    let seat = person.seat;
    match state.desk.calls.get(&seat) {
        Some(_) => Ok(Event::ServiceEnded { seat }.into()),
        None => Err(Code::NoChange.into()),
    }
}

pub(super) fn done(state: &State, seat: SeatId) -> Result<Decision, Refusal> {
    match state.desk.calls.get(&seat) {
        Some(_) => Ok(Event::ServiceEnded { seat }.into()),
        None => Err(Refusal::of(Code::NotFound, format_args!("call of seat {seat}"))),
    }
}
