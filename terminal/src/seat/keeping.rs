//! Which papers are this person's, and what they are kept under: with the key in memory
//! while the person is signed in, and nothing once the meeting is over.

use super::{Effect, State};
use hemicycle_protocol::topic::{Agenda, Me};

impl State {
    /// May papers be opened? Not before sign-in, and not after the meeting.
    pub fn may_read(&self) -> bool {
        let lock = self.me().and_then(|me| me.lock.as_ref());
        lock.is_some_and(|lock| lock.key.is_some())
    }

    /// `me` has come: what it says of papers holds from now on.
    pub(super) fn papers_of(&mut self, before: Option<&Me>, effects: &mut Vec<Effect>) {
        let lock = self.me().and_then(|me| me.lock.clone());
        if self.kept_under.as_ref() != Some(&lock) {
            let name = |lock: &Option<_>| lock.as_ref().map(|l: &super::PaperLock| l.lock);
            let same = self.kept_under.as_ref().is_some_and(|kept| name(kept) == name(&lock));
            if !same {
                // What was here is not here any more, as far as anybody can read it.
                self.shelf.ready.clear();
                self.arriving.clear();
                self.postponed.clear();
            }
            if !self.may_read() {
                self.close_book(effects);
                self.shelf.facts.clear();
                self.shelf.contents.clear();
            }
            self.kept_under = Some(lock.clone());
            effects.push(Effect::KeepUnder(lock));
        }
        let own = |me: Option<&Me>| me.map(|me| me.papers.clone()).unwrap_or_default();
        if own(before) != own(self.me()) {
            self.lay_out();
        }
    }

    /// Everybody's agenda, with the papers in it that are for this person.
    pub(super) fn lay_out(&mut self) {
        let mut agenda: Agenda = self.room.common.clone();
        let own = self.room.me.as_ref().map(|me| me.papers.as_slice()).unwrap_or_default();
        for own in own {
            let Some(item) = agenda.items.iter_mut().find(|item| item.id == own.item) else {
                continue;
            };
            // Of two messages one has come, and the other is on its way.
            item.papers.retain(|paper| paper.id != own.paper.id);
            let place = usize::try_from(own.place).unwrap_or(usize::MAX).min(item.papers.len());
            item.papers.insert(place, own.paper.clone());
        }
        self.room.agenda = agenda;
        self.report.has_news();
    }
}
