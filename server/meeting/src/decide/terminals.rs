//! Which terminal has which seat: given, moved, replaced, taken back. What has
//! happened at a seat stays with the member; a terminal that loses its seat can do
//! nothing more there.

use crate::command::Decision;
use crate::event::Event;
use crate::state::State;
use hemicycle_protocol::ids::{Key, SeatId};
use hemicycle_protocol::refusal::{Code, Refusal};

/// Terminals that are remembered as refused: as many as could knock.
const MOST_REFUSED: usize = 8192;

pub(super) fn assign(state: &State, terminal: Key, seat: SeatId) -> Result<Decision, Refusal> {
    if state.roll.at(seat).is_none() {
        return Err(Refusal::of(Code::SeatEmpty, format_args!("seat {seat}")));
    }
    match state.roll.bindings.get(&seat) {
        Some(bound) if *bound == terminal => return Err(Code::NoChange.into()),
        Some(_) => return Err(Refusal::of(Code::SeatTaken, format_args!("seat {seat}"))),
        None => {}
    }
    let mut events = Vec::new();
    if let Some(old) = state.roll.seats.get(&terminal) {
        events.push(Event::SeatReleased { terminal, seat: *old });
    }
    events.push(Event::SeatAssigned { terminal, seat });
    Ok(events.into())
}

/// Open enrolment: asking again for the seat that one has is no mistake, and
/// a terminal that has a seat does not get another by itself.
pub(super) fn enrol(state: &State, terminal: Key, seat: SeatId) -> Result<Decision, Refusal> {
    super::created(state)?;
    if state.roll.refused.contains(&terminal) {
        return Err(Refusal::of(Code::NotAllowed, "refused by a clerk"));
    }
    match state.roll.seats.get(&terminal) {
        Some(own) if *own == seat => Ok(Decision::nothing()),
        Some(own) => Err(Refusal::of(Code::NotAllowed, format_args!("terminal has seat {own}"))),
        None => assign(state, terminal, seat),
    }
}

pub(super) fn release(state: &State, seat: SeatId) -> Result<Decision, Refusal> {
    match state.roll.bindings.get(&seat) {
        Some(terminal) => Ok(Event::SeatReleased { terminal: *terminal, seat }.into()),
        None => Err(Refusal::of(Code::NotFound, format_args!("seat {seat}"))),
    }
}

/// The one that stands there is of no use from this moment on; the other one takes
/// its place, wherever it stood before.
pub(super) fn replace(state: &State, seat: SeatId, terminal: Key) -> Result<Decision, Refusal> {
    let old = at(state, seat)?;
    if old == terminal {
        return Err(Code::NoChange.into());
    }
    let mut events = vec![Event::SeatReleased { terminal: old, seat }];
    if let Some(before) = state.roll.seats.get(&terminal) {
        events.push(Event::SeatReleased { terminal, seat: *before });
    }
    events.push(Event::SeatAssigned { terminal, seat });
    Ok(events.into())
}

pub(super) fn swap(state: &State, one: SeatId, other: SeatId) -> Result<Decision, Refusal> {
    if one == other {
        return Err(Code::NoChange.into());
    }
    let (first, second) = (at(state, one)?, at(state, other)?);
    for seat in [one, other] {
        if state.roll.at(seat).is_none() {
            return Err(Refusal::of(Code::SeatEmpty, format_args!("seat {seat}")));
        }
    }
    Ok(vec![
        Event::SeatReleased { terminal: first, seat: one },
        Event::SeatReleased { terminal: second, seat: other },
        Event::SeatAssigned { terminal: first, seat: other },
        Event::SeatAssigned { terminal: second, seat: one },
    ]
    .into())
}

pub(super) fn refuse(state: &State, terminal: Key) -> Result<Decision, Refusal> {
    if state.roll.refused.contains(&terminal) {
        return Err(Code::NoChange.into());
    }
    if state.roll.refused.len() >= MOST_REFUSED {
        return Err(Refusal::of(Code::Full, "refused terminals"));
    }
    let seat = state.roll.seats.get(&terminal);
    let released = seat.map(|seat| Event::SeatReleased { terminal, seat: *seat });
    let mut events: Vec<Event> = released.into_iter().collect();
    events.push(Event::TerminalRefused { terminal });
    Ok(events.into())
}

fn at(state: &State, seat: SeatId) -> Result<Key, Refusal> {
    let terminal = state.roll.bindings.get(&seat).copied();
    terminal.ok_or_else(|| Refusal::of(Code::NotFound, format_args!("seat {seat}: no terminal")))
}
