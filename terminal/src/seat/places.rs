//! Where papers were left, across a restart of the terminal: numbers of pages,
//! for the same member of the same meeting, and no names.

use super::{Effect, State};
use hemicycle_protocol::ids::{MeetingId, MemberId, PaperId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The page at which each paper was left, from 0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Places {
    pub meeting: MeetingId,
    pub member: MemberId,
    pub pages: BTreeMap<PaperId, u32>,
}

impl State {
    /// As they are now; none while it is not known who reads in which meeting.
    pub(super) fn places_now(&self) -> Option<Places> {
        let (member, _) = self.seated()?;
        Some(Places { meeting: self.meeting_id()?, member, pages: self.shelf.left_at.clone() })
    }

    /// Takes over what was kept before this start, if it was the same person's.
    pub(super) fn recall_places(&mut self) {
        let (meeting, seated) = (self.meeting_id(), self.seated());
        let same = |kept: &mut Places| {
            Some(kept.meeting) == meeting && seated.is_some_and(|(m, _)| m == kept.member)
        };
        if let Some(kept) = self.kept_places.take_if(same) {
            for (paper, page) in kept.pages {
                self.shelf.left_at.entry(paper).or_insert(page);
            }
        }
    }

    /// The meeting is over: nothing of it stays on the terminal.
    pub(super) fn drop_places(&mut self, effects: &mut Vec<Effect>) {
        self.kept_places = None;
        effects.push(Effect::DropPlaces);
    }
}
