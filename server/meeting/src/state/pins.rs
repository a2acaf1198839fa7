//! Who has a PIN and how often it was wrong. The PINs themselves are not here and
//! in no log: the shell keeps them, hashed.

use hemicycle_protocol::people::PIN_TRIES;
use hemicycle_protocol::topic::Person;
use std::collections::BTreeMap;

/// By name, which a roster has once: so that a new roster in another order gives
/// nobody somebody else's PIN.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pins {
    /// Wrong tries in a row of everybody who has one.
    wrong: BTreeMap<String, u32>,
}

impl Pins {
    /// This person got a PIN, or another one.
    pub fn set(&mut self, person: &Person) {
        self.wrong.insert(person.name.clone(), 0);
    }

    /// Has this person one?
    pub fn has(&self, person: &Person) -> bool {
        self.wrong.contains_key(&person.name)
    }

    /// Tries that are left.
    pub fn left(&self, person: &Person) -> u32 {
        let wrong = self.wrong.get(&person.name).copied().unwrap_or_default();
        PIN_TRIES.saturating_sub(wrong)
    }

    /// Wrong too often?
    pub fn is_locked(&self, person: &Person) -> bool {
        self.left(person) == 0
    }

    /// Wrong once more.
    pub fn missed(&mut self, person: &Person) {
        if let Some(wrong) = self.wrong.get_mut(&person.name) {
            *wrong = wrong.saturating_add(1);
        }
    }

    /// All tries are there again.
    pub fn release(&mut self, person: &Person) {
        if let Some(wrong) = self.wrong.get_mut(&person.name) {
            *wrong = 0;
        }
    }

    /// A new roster: whoever does not stand in it any more has none.
    pub fn import(&mut self, people: &[Person]) {
        self.wrong.retain(|name, _| people.iter().any(|person| person.name == *name));
    }
}
