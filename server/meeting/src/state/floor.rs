//! Who speaks, who waits to speak, who shows a paper to all.

use hemicycle_protocol::ids::{MemberId, Millis, PaperId, Seq};

/// Who has the floor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Speaking {
    pub member: MemberId,
    pub since: Millis,
    /// The entry that gave it.
    pub seq: Seq,
    pub ends_at: Option<Millis>,
}

/// Who shows pages of a paper to all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Presenting {
    pub member: MemberId,
    pub paper: PaperId,
}

/// See the module.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Floor {
    pub speaking: Option<Speaking>,
    /// In the order in which they asked.
    pub queue: Vec<(MemberId, Millis)>,
    pub presenting: Option<Presenting>,
}

impl Floor {
    /// The place in the queue, from 0.
    pub fn place(&self, member: MemberId) -> Option<usize> {
        self.queue.iter().position(|(m, _)| *m == member)
    }

    /// Does that member speak?
    pub fn is_speaking(&self, member: MemberId) -> bool {
        self.speaking.is_some_and(|s| s.member == member)
    }

    /// Out of the queue.
    pub fn drop(&mut self, member: MemberId) {
        self.queue.retain(|(m, _)| *m != member);
    }

    /// Away from the floor altogether.
    pub fn forget(&mut self, member: MemberId) {
        self.drop(member);
        if self.is_speaking(member) {
            self.speaking = None;
        }
    }
}
