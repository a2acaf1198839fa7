//! Read receipts: who has opened which version of which paper, and who has come
//! to its end. Whether a terminal holds a file is no fact of the meeting and is
//! not here.

use super::roll::place_of;
use crate::event::Read;
use hemicycle_protocol::ids::{Bits, MemberId, Millis, PaperId, Seq};
use hemicycle_protocol::topic::Person;
use std::collections::BTreeMap;

/// When something was reported first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    pub seq: Seq,
    pub at: Millis,
}

/// How far one person has come with one version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    pub opened: Mark,
    /// The last page was reached.
    pub ended: Option<Mark>,
}

/// See the module.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Readings(BTreeMap<(PaperId, u32), BTreeMap<MemberId, Receipt>>);

impl Readings {
    /// Nobody has opened anything.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How far this person has come with this version, if it was opened.
    pub fn of(&self, member: MemberId, paper: PaperId, version: u32) -> Option<&Receipt> {
        self.0.get(&(paper, version))?.get(&member)
    }

    /// Would this be something new? It only ever goes forward.
    pub fn is_news(&self, member: MemberId, read: &Read) -> bool {
        match self.of(member, read.paper, read.version) {
            None => true,
            Some(receipt) => read.ended && receipt.ended.is_none(),
        }
    }

    /// Adds what was reported; what was known before keeps its time.
    pub fn note(&mut self, member: MemberId, read: &Read, mark: Mark) {
        let receipts = self.0.entry((read.paper, read.version)).or_default();
        let receipt = receipts.entry(member).or_insert(Receipt { opened: mark, ended: None });
        if read.ended {
            receipt.ended.get_or_insert(mark);
        }
    }

    /// One bit each of these people: opened, and come to the end.
    pub fn bits(&self, people: &[Person], paper: PaperId, version: u32) -> (Bits, Bits) {
        let Some(receipts) = self.0.get(&(paper, version)) else { return Default::default() };
        let of = |person: &Person| receipts.get(&person.member);
        let opened = people.iter().map(|person| of(person).is_some());
        let ended = people.iter().map(|person| of(person).is_some_and(|r| r.ended.is_some()));
        (Bits::collect(opened), Bits::collect(ended))
    }

    /// A new roster numbers people anew: receipts follow the name, which a roster has
    /// once. Whoever does not stand in it any more has none.
    pub fn import(&mut self, old: &[Person], new: &[Person]) {
        let now: BTreeMap<&str, MemberId> =
            new.iter().map(|person| (person.name.as_str(), person.member)).collect();
        let moved = |(member, receipt): (MemberId, Receipt)| {
            let name = old.get(place_of(member)?)?.name.as_str();
            Some((*now.get(name)?, receipt))
        };
        for receipts in self.0.values_mut() {
            *receipts = std::mem::take(receipts).into_iter().filter_map(moved).collect();
        }
        self.0.retain(|_, receipts| !receipts.is_empty());
    }
}
