//! Sign-ins by more than a press, and what an account's role allows, by a
//! reckoning of their own.

use super::facts::{Fault, need, there};
use hemicycle_meeting::{Actor, Event, State};
use hemicycle_protocol::ids::{MemberId, SeatId};
use hemicycle_protocol::people::{ClerkRole, Drawing, SignInBy};

/// A sign-in has what the meeting's setting asks for.
pub(super) fn signed_in(
    state: &State,
    member: MemberId,
    by_pin: bool,
    drawing: Option<&Drawing>,
) -> Result<(), Fault> {
    let kind = state.settings().sign_in;
    need(by_pin == (kind == SignInBy::Pin), "it says otherwise than the meeting about the PIN")?;
    need(
        drawing.is_some() == (kind == SignInBy::Signature),
        "it says otherwise than the meeting about the drawn signature",
    )?;
    if let Some(drawing) = drawing {
        drawing.check().or_else(|bad| need(false, format_args!("the drawn signature: {bad}")))?;
    }
    if by_pin {
        let person = there(state.person(member), format_args!("there is no member {member}"))?;
        let open = state.pins().has(person) && !state.pins().is_locked(person);
        need(open, "the member had no PIN, or it was locked")?;
    }
    Ok(())
}

pub(super) fn pins_set(state: &State, members: &[MemberId]) -> Result<(), Fault> {
    members.iter().try_for_each(|member| {
        there(state.person(*member), format_args!("there is no member {member}")).map(|_| ())
    })
}

pub(super) fn pin_missed(
    state: &State,
    who: &Actor,
    member: MemberId,
    seat: SeatId,
) -> Result<(), Fault> {
    let person = there(state.person(member), format_args!("there is no member {member}"))?;
    need(person.seat == seat, format_args!("seat {seat} is not member {member}'s"))?;
    let came = matches!(who, Actor::Seat { seat: from, .. } if *from == seat);
    need(came, format_args!("it did not come from seat {seat}"))?;
    let counts = state.pins().has(person) && !state.pins().is_locked(person);
    need(counts, "no PIN was to be tried there")
}

pub(super) fn pin_released(state: &State, member: MemberId) -> Result<(), Fault> {
    let person = there(state.person(member), format_args!("there is no member {member}"))?;
    need(state.pins().is_locked(person), "it was not locked")
}

/// Nobody has done more at the console than the role of the account allows.
pub(super) fn within_role(who: &Actor, event: &Event) -> Result<(), Fault> {
    let Actor::Clerk { role, .. } = who else { return Ok(()) };
    if matches!(event, Event::ConsoleEntered | Event::ConsoleLeft) {
        return Ok(());
    }
    let technical = matches!(
        event,
        Event::SeatAssigned { .. }
            | Event::SeatReleased { .. }
            | Event::TerminalRefused { .. }
            | Event::ServiceEnded { .. }
            | Event::Shown { .. }
            | Event::HallLinkRenewed
    );
    let may = match role {
        ClerkRole::Clerk => true,
        ClerkRole::Technician => technical,
        ClerkRole::Viewer => false,
    };
    need(may, format_args!("a {} may not do that", role.text()))
}
