//! The roster as a whole.

use super::wrong_phase;
use crate::command::Decision;
use crate::event::Event;
use crate::state::State;
use crate::state::attendance::Presence;
use crate::text;
use hemicycle_protocol::ids::MemberId;
use hemicycle_protocol::refusal::{Code, Refusal};
use hemicycle_protocol::topic::{Person, Phase, Place, Standing};
use hemicycle_protocol::wire::{RosterRow, limits};
use std::collections::BTreeMap;

/// Cells of a layout in each direction.
const MOST_CELLS: u16 = 1024;

pub(super) fn import(
    state: &State,
    rows: &[RosterRow],
    layout: &[Place],
) -> Result<Decision, Refusal> {
    let people = people(rows)?;
    check_layout(layout)?;
    match state.phase {
        Phase::Preparing => {}
        Phase::SignIn => nobody_lost(state, &people)?,
        // The roll is frozen when the meeting opens.
        Phase::InSession | Phase::Adjourned | Phase::Closed => return Err(wrong_phase(state)),
    }
    if state.roll.people == people && state.roll.layout == layout {
        return Err(Code::NoChange.into());
    }
    Ok(Event::RosterImported { people, layout: layout.to_vec() }.into())
}

fn people(rows: &[RosterRow]) -> Result<Vec<Person>, Refusal> {
    if rows.len() > limits::PEOPLE {
        let off = format_args!("{} of at most {} people", rows.len(), limits::PEOPLE).to_string();
        return Err(Refusal::of(Code::Full, off));
    }
    let mut people = Vec::with_capacity(rows.len());
    let (mut seats, mut names) = (BTreeMap::new(), BTreeMap::new());
    for (number, row) in (1u32..).zip(rows) {
        let name = text::line(&row.name, limits::NAME, &format!("row {number}: name"))?;
        let title = text::optional(&row.title, limits::NAME, &format!("row {number}: title"))?;
        if row.seat.0 == 0 {
            return Err(bad(format_args!("row {number}: seat 0")));
        }
        if let Some(first) = seats.insert(row.seat, number) {
            return Err(bad(format_args!("rows {first} and {number}: seat {}", row.seat)));
        }
        if let Some(first) = names.insert(name.clone(), number) {
            return Err(bad(format_args!("rows {first} and {number}: {name}")));
        }
        if row.chair && row.standing == Standing::Attendee {
            return Err(bad(format_args!("row {number}: the chair is not a member")));
        }
        let member = MemberId(number);
        let RosterRow { seat, standing, chair, .. } = *row;
        people.push(Person { member, seat, name, title, standing, chair });
    }
    if !people.iter().any(|p| p.chair) {
        return Err(bad("no chair"));
    }
    Ok(people)
}

fn check_layout(layout: &[Place]) -> Result<(), Refusal> {
    if layout.len() > limits::PEOPLE {
        return Err(Refusal::of(Code::Full, format_args!("{} places", layout.len())));
    }
    let (mut seats, mut cells) = (BTreeMap::new(), BTreeMap::new());
    for (number, place) in (1u32..).zip(layout) {
        if place.x >= MOST_CELLS || place.y >= MOST_CELLS {
            return Err(bad(format_args!("place {number}: beyond {MOST_CELLS} cells")));
        }
        if let Some(first) = seats.insert(place.seat, number) {
            return Err(bad(format_args!("places {first} and {number}: seat {}", place.seat)));
        }
        if let Some(first) = cells.insert((place.x, place.y), number) {
            return Err(bad(format_args!("places {first} and {number}: the same cell")));
        }
    }
    Ok(())
}

/// Once people sign in, a new roster may correct and add, but whoever signed in
/// or is on leave must stand in it as before.
fn nobody_lost(state: &State, people: &[Person]) -> Result<(), Refusal> {
    for (i, old) in state.roll.people.iter().enumerate() {
        if matches!(state.attendance.of(old.member), Presence::Absent) {
            continue;
        }
        let same = people.get(i).is_some_and(|new| {
            new.name == old.name && new.seat == old.seat && new.standing == old.standing
        });
        if !same {
            return Err(Refusal::of(
                Code::InUse,
                format_args!("row {}: {} has signed in or is on leave", i + 1, old.name),
            ));
        }
    }
    Ok(())
}

fn bad(what: impl std::fmt::Display) -> Refusal {
    Refusal::of(Code::BadRoster, what)
}
