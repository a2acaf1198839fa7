//! Where the meeting's log ended whenever a vote was closed, as the server has signed
//! it. Each of them fixes every entry before it: a record that does not contain all
//! that the terminals remember was altered (`hemicycle verify --heads`).

use super::{Alarm, Effect, Private, State};
use hemicycle_protocol::identity::verify;
use hemicycle_protocol::ids::{MeetingId, Seq};
use hemicycle_protocol::topic::{SignedHead, Vote};
use std::collections::BTreeMap;

/// That are remembered at most: a few with each vote.
const MOST: usize = 4000;
/// What the file is called that keeps them, before the meeting's own name.
const NAME: &str = "log-heads-";

/// See the module.
#[derive(Debug, Default)]
pub struct Heads {
    known: BTreeMap<Seq, SignedHead>,
    /// What an earlier run has kept, of whatever meeting.
    kept: Vec<SignedHead>,
}

impl Heads {
    /// Is this the name of such a file? What is in it is for auditors.
    pub fn is_file(name: &str) -> bool {
        name.starts_with(NAME)
    }

    /// Takes such a file over; tells whether it can be read.
    pub fn recall(&mut self, bytes: &Private) -> bool {
        let kept = serde_json::from_slice::<Vec<SignedHead>>(bytes.reveal());
        kept.map(|kept| self.kept.extend(kept)).is_ok()
    }
}

impl State {
    /// What is remembered, the oldest first.
    pub fn heads(&self) -> impl Iterator<Item = &SignedHead> {
        self.heads.known.values()
    }

    /// A meeting begins here or goes on: what was kept of it counts, of others not.
    pub(super) fn adopt_heads(&mut self, meeting: MeetingId) {
        let Heads { known, kept } = &mut self.heads;
        known.retain(|_, head| head.statement.meeting == meeting);
        for head in kept.iter().filter(|head| head.statement.meeting == meeting) {
            known.entry(head.statement.seq).or_insert_with(|| head.clone());
        }
    }

    /// Remembers the head that came with a vote, durably.
    pub(super) fn head_came(&mut self, vote: &Vote, effects: &mut Vec<Effect>) {
        let (Some(head), Some((server, meeting))) = (&vote.log, self.welcomed_by()) else { return };
        let SignedHead { statement, signature } = &**head;
        let ours = statement.meeting == meeting && verify(&server, statement, signature).is_ok();
        match self.heads.known.get(&statement.seq) {
            Some(known) if ours && known.statement.head == statement.head => {}
            None if ours => {
                if self.heads.known.len() >= MOST {
                    return;
                }
                self.heads.known.insert(statement.seq, (**head).clone());
                let all: Vec<&SignedHead> = self.heads.known.values().collect();
                let bytes = Private::new(serde_json::to_vec(&all).unwrap_or_default());
                effects.push(Effect::Keep { name: format!("{NAME}{meeting}"), bytes });
            }
            // The server says two things: what was remembered first stays, as evidence.
            Some(_) | None => self.sound(vote.id, Alarm::OtherLog),
        }
    }
}
