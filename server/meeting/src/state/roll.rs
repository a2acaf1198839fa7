//! The roster, who sits where, and which terminal stands there.

use hemicycle_protocol::ids::{Key, MemberId, SeatId};
use hemicycle_protocol::topic::{Person, Place, Standing};
use std::collections::{BTreeMap, BTreeSet};

/// See the module.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Roll {
    /// In order; the id of a person is the place in this list, from 1.
    pub people: Vec<Person>,
    pub layout: Vec<Place>,
    by_seat: BTreeMap<SeatId, usize>,
    /// M
    pub members: u32,
    pub bindings: BTreeMap<SeatId, Key>,
    pub seats: BTreeMap<Key, SeatId>,
    /// Terminals that a clerk wants at no seat.
    pub refused: BTreeSet<Key>,
}

impl Roll {
    /// Replaces everybody. Terminals keep their seats.
    pub fn import(&mut self, people: &[Person], layout: &[Place]) {
        self.people = people.to_vec();
        self.layout = layout.to_vec();
        self.by_seat = people.iter().enumerate().map(|(i, p)| (p.seat, i)).collect();
        let members = people.iter().filter(|p| p.standing == Standing::Member).count();
        self.members = u32::try_from(members).unwrap_or(u32::MAX);
    }

    /// The person of an id.
    pub fn person(&self, member: MemberId) -> Option<&Person> {
        self.people.get(place_of(member)?)
    }

    /// Who sits there.
    pub fn at(&self, seat: SeatId) -> Option<&Person> {
        self.people.get(*self.by_seat.get(&seat)?)
    }

    /// Gives a seat to a terminal.
    pub fn bind(&mut self, terminal: Key, seat: SeatId) {
        self.bindings.insert(seat, terminal);
        self.seats.insert(terminal, seat);
        self.refused.remove(&terminal);
    }

    /// Takes it away.
    pub fn release(&mut self, seat: SeatId) {
        if let Some(terminal) = self.bindings.remove(&seat) {
            self.seats.remove(&terminal);
        }
    }
}

/// Ids count from 1, places from 0.
pub fn place_of(member: MemberId) -> Option<usize> {
    usize::try_from(member.0.checked_sub(1)?).ok()
}
