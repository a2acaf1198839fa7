//! Who is here, who is on leave, who left. The numbers are kept as people come
//! and go; nothing is counted again.

use super::roll::place_of;
use hemicycle_protocol::ids::{Bits, MemberId};
use hemicycle_protocol::topic::{Person, Standing};

/// Where one person stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Presence {
    #[default]
    Absent,
    /// 请假
    OnLeave { reason: String },
    /// Signed in and not left.
    Here,
    /// 离席
    Left,
}

/// See the module.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Attendance {
    /// In the order of the roll.
    of: Vec<Presence>,
    /// P
    pub present: u32,
    /// Members on leave.
    pub on_leave: u32,
    /// Attendees who are here.
    pub attendees: u32,
}

impl Attendance {
    /// One person's presence.
    pub fn of(&self, member: MemberId) -> &Presence {
        place_of(member).and_then(|i| self.of.get(i)).unwrap_or(&Presence::Absent)
    }

    /// Changes one person's presence.
    pub fn set(&mut self, person: &Person, presence: Presence) {
        let Some(slot) = place_of(person.member).and_then(|i| self.of.get_mut(i)) else { return };
        let old = std::mem::replace(slot, presence.clone());
        if let Some(n) = self.counter(person.standing, &old) {
            *n = n.saturating_sub(1);
        }
        if let Some(n) = self.counter(person.standing, &presence) {
            *n += 1;
        }
    }

    /// A new roster: whoever stands in both under the same id and name keeps
    /// what was known of them.
    pub fn import(&mut self, old: &[Person], new: &[Person]) {
        let kept = new.iter().map(|p| {
            let same = place_of(p.member)
                .and_then(|i| old.get(i))
                .is_some_and(|o| o.name == p.name && o.standing == p.standing);
            if same { self.of(p.member).clone() } else { Presence::Absent }
        });
        let kept: Vec<Presence> = kept.collect();
        *self = Self { of: vec![Presence::Absent; new.len()], ..Self::default() };
        for (person, presence) in new.iter().zip(kept) {
            self.set(person, presence);
        }
    }

    /// One bit a person: here.
    pub fn here(&self) -> Bits {
        Bits::collect(self.of.iter().map(|p| matches!(p, Presence::Here)))
    }

    /// One bit a person: on leave.
    pub fn leave(&self) -> Bits {
        Bits::collect(self.of.iter().map(|p| matches!(p, Presence::OnLeave { .. })))
    }

    fn counter(&mut self, standing: Standing, presence: &Presence) -> Option<&mut u32> {
        match (standing, presence) {
            (Standing::Member, Presence::Here) => Some(&mut self.present),
            (Standing::Member, Presence::OnLeave { .. }) => Some(&mut self.on_leave),
            (Standing::Attendee, Presence::Here) => Some(&mut self.attendees),
            (Standing::Member | Standing::Attendee, Presence::Absent | Presence::Left)
            | (Standing::Attendee, Presence::OnLeave { .. }) => None,
        }
    }
}
