//! Where each seat stands, for whoever waits for all of them. The seats write,
//! one line each; readers look at all lines at once.

use hemicycle_protocol::ids::{SeatId, VoteId};
use hemicycle_protocol::topic::{Phase, VoteState};
use hemicycle_protocol::vote::{Count, Verdict};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use tokio::sync::watch;

/// One seat.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    pub seat: SeatId,
    /// Welcomed on a connection that lives.
    pub online: bool,
    /// How often it was welcomed.
    pub welcomes: u32,
    /// The server gave it the seat, and somebody sits there.
    pub seated: bool,
    /// 组成人员
    pub member: bool,
    pub signed_in: bool,
    pub phase: Option<Phase>,
    /// The vote before the room, as this seat sees it.
    pub vote: Option<Seen>,
    /// What it makes of a vote: true, it is ready to press; false, it will not.
    pub stance: Option<(VoteId, bool)>,
    /// The last vote whose receipt was verified here.
    pub confirmed: Option<VoteId>,
    /// Its credentials for secret votes are registered.
    pub registered: bool,
    /// The last secret vote in whose record it looked for its own ballot, and
    /// whether that was there.
    pub found: Option<(VoteId, bool)>,
    /// It was sent away, and why.
    pub refused: Option<String>,
}

/// A vote as a seat sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    pub id: VoteId,
    pub state: VoteState,
    pub count: Option<Count>,
    pub verdict: Option<Verdict>,
}

/// See the module.
#[derive(Debug)]
pub struct Table {
    lines: Mutex<Vec<Standing>>,
    changes: watch::Sender<()>,
}

impl Table {
    /// Nobody has come yet.
    pub fn new(seats: &[SeatId]) -> Self {
        let line = |seat: &SeatId| Standing { seat: *seat, ..Standing::default() };
        Self {
            lines: Mutex::new(seats.iter().map(line).collect()),
            changes: watch::Sender::new(()),
        }
    }

    /// Writes a line.
    pub fn put(&self, place: usize, standing: Standing) {
        if let Some(line) = self.lock().get_mut(place) {
            *line = standing;
        }
        self.changes.send_replace(());
    }

    /// Is this another line than the one that stands there?
    pub fn differs(&self, place: usize, standing: &Standing) -> bool {
        self.lock().get(place).is_none_or(|line| line != standing)
    }

    /// Looks at all lines.
    pub fn look<T>(&self, look: impl FnOnce(&[Standing]) -> T) -> T {
        look(&self.lock())
    }

    /// Tells of changes.
    pub fn changes(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Standing>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The votes that somebody is ready to press in and that were not called yet:
/// how many are ready, how many have not made up their mind.
pub fn armed(
    lines: &[Standing],
    called: &BTreeMap<VoteId, Instant>,
) -> Vec<(VoteId, usize, usize)> {
    let ready = |line: &Standing| match line.stance {
        Some((vote, true)) if !called.contains_key(&vote) => Some(vote),
        Some(_) | None => None,
    };
    let mut votes: BTreeMap<VoteId, usize> = BTreeMap::new();
    for vote in lines.iter().filter_map(ready) {
        *votes.entry(vote).or_default() += 1;
    }
    let missing = |vote: VoteId| {
        let undecided = |line: &&Standing| {
            let decided = line.stance.is_some_and(|(of, _)| of == vote);
            line.online && line.member && line.signed_in && !decided
        };
        lines.iter().filter(undecided).count()
    };
    votes.into_iter().map(|(vote, armed)| (vote, armed, missing(vote))).collect()
}

/// In a few words, for whoever waited in vain.
pub fn summary(lines: &[Standing]) -> String {
    let count = |of: &dyn Fn(&Standing) -> bool| lines.iter().filter(|l| of(l)).count();
    let refused = lines.iter().find_map(|l| Some((l.seat, l.refused.clone()?)));
    let refused = refused.map_or(String::new(), |(seat, why)| format!(", seat {seat}: {why}"));
    format!(
        "of {} seats {} are online, {} seated, {} signed in, {} see a vote, {} have a receipt of the last one they pressed in{refused}",
        lines.len(),
        count(&|l| l.online),
        count(&|l| l.seated),
        count(&|l| l.signed_in),
        count(&|l| l.vote.is_some()),
        count(&|l| l.confirmed.is_some()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vote_is_ready_when_nobody_is_undecided() {
        let line = |stance| Standing {
            online: true,
            member: true,
            signed_in: true,
            stance,
            ..Standing::default()
        };
        let vote = VoteId(3);
        let mut lines = vec![
            line(Some((vote, true))),
            line(Some((vote, false))),
            line(Some((VoteId(2), true))),
        ];
        let called = BTreeMap::from([(VoteId(2), Instant::now())]);
        assert_eq!(armed(&lines, &called), vec![(vote, 1, 1)]);
        lines[2].stance = Some((vote, true));
        assert_eq!(armed(&lines, &called), vec![(vote, 2, 0)]);
        lines[1].stance = None;
        lines[1].member = false;
        assert_eq!(armed(&lines, &called), vec![(vote, 2, 0)]);
        assert!(armed(&lines, &BTreeMap::from([(vote, Instant::now())])).is_empty());
    }
}
