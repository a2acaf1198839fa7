//! Taking one's notes along: the open paper with them, on a medium that the member plugs in.

use super::pen::shared;
use super::{Effect, Over, State};
use hemicycle_protocol::ids::Hash;
use hemicycle_protocol::ink::Stroke;
use std::sync::Arc;

/// A paper with a member's notes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    pub hash: Hash,
    /// What the file is called.
    pub title: String,
    /// Whose notes they are.
    pub author: String,
    pub pages: Vec<(u32, Arc<[Stroke]>)>,
}

/// What an export is at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exporting {
    Working,
    /// On which medium, under which name.
    Done {
        medium: String,
        file: String,
    },
    Failed(ExportTrouble),
}

/// Why it is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportTrouble {
    /// Nothing is plugged in that can be written to.
    NoMedium,
    /// No room for it.
    Full,
    /// It could not be written, or was pulled out.
    NotWritten,
    /// The paper is damaged, or protected.
    Paper,
}

impl State {
    /// Is there something to take along, and may it be?
    pub fn may_export(&self) -> bool {
        let Some(reading) = &self.book.reading else { return false };
        let ready = self.shelf.ready.contains(&reading.hash);
        ready && !self.taken_back(&reading.hash) && self.notes.of(&reading.hash).next().is_some()
    }

    /// 会后收回: it does not leave the room, with notes or without.
    fn taken_back(&self, hash: &Hash) -> bool {
        self.shelf.kept_as.get(hash).copied().unwrap_or(true)
    }

    pub(super) fn export(&mut self, effects: &mut Vec<Effect>) {
        if !self.may_export() || self.exporting == Some(Exporting::Working) {
            return;
        }
        let Some(reading) = &self.book.reading else { return };
        let person = self.me().and_then(|me| me.person.as_ref());
        let export = Export {
            hash: reading.hash,
            title: reading.title.clone(),
            author: person.map(|person| person.name.clone()).unwrap_or_default(),
            pages: self.notes.of(&reading.hash).map(|(page, of)| (page, shared(of))).collect(),
        };
        self.exporting = Some(Exporting::Working);
        self.over = Over::Export;
        effects.push(Effect::Export(export));
    }

    pub(super) fn exported(&mut self, exporting: Exporting) {
        // Of one that a new person at this seat did not ask for nothing is said.
        if self.exporting.is_some() {
            self.exporting = Some(exporting);
        }
    }
}
