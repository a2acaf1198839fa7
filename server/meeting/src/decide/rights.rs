//! Who may ask at all. Which command needs which of these is written in
//! `decide`, next to the command.

use crate::command::{Actor, Context};
use crate::state::State;
use hemicycle_protocol::ids::Key;
use hemicycle_protocol::refusal::{Code, Refusal};
use hemicycle_protocol::topic::Person;

/// The person at the seat that asks, and the terminal that stands there.
pub(super) fn seated<'a>(state: &'a State, cx: &Context) -> Result<(&'a Person, Key), Refusal> {
    super::created(state)?;
    match &cx.actor {
        Actor::Seat { seat, terminal } => {
            // The seat may have been given to another terminal since.
            match state.roll.bindings.get(seat) {
                Some(bound) if bound == terminal => {}
                Some(_) | None => {
                    return Err(Refusal::of(Code::NoSeat, format_args!("seat {seat}")));
                }
            }
            let person = state
                .roll
                .at(*seat)
                .ok_or_else(|| Refusal::of(Code::SeatEmpty, format_args!("seat {seat}")))?;
            Ok((person, *terminal))
        }
        Actor::Clerk { .. } | Actor::Server => Err(Code::NotAllowed.into()),
    }
}

/// A clerk.
pub(super) fn clerk(cx: &Context) -> Result<(), Refusal> {
    match &cx.actor {
        Actor::Clerk { .. } => Ok(()),
        Actor::Seat { .. } | Actor::Server => Err(Code::NotAllowed.into()),
    }
}

/// A clerk, or the chair at the seat.
pub(super) fn staff(state: &State, cx: &Context) -> Result<(), Refusal> {
    match &cx.actor {
        Actor::Clerk { .. } => Ok(()),
        Actor::Seat { .. } => {
            let (person, _) = seated(state, cx)?;
            if person.chair { Ok(()) } else { Err(Code::NotAllowed.into()) }
        }
        Actor::Server => Err(Code::NotAllowed.into()),
    }
}
