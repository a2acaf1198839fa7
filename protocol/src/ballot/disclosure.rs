//! Which sums of a secret vote may be opened: never two that differ by fewer than k ballots.
//!
//! What lives here: the rule, as a small record that every scrutineer's terminal keeps for itself and asks before it decrypts.
//! What was summed is checked elsewhere ([`super::election`], [`super::tally`]); here it is a number of ballots and the hash of
//! the encrypted tally.
//!
//! Sums are taken over prefixes of the archive, whose order everybody knows. The prefix of length n may be opened while the
//! vote runs only when n + k ballots are in, n being at least k itself and at least k more than what was opened before. Then
//! any two published sums differ by k ballots or more: also the final one, and the empty one that everybody knows.

use serde::{Deserialize, Serialize};

use super::scalar::RecordHash;

/// Why a sum is not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DisclosureError {
    /// More ballots are summed than are in, or fewer are in than were before.
    #[error("the numbers of ballots contradict each other")]
    Impossible,
    /// The sum differs from one that was or will be opened by fewer than k ballots.
    #[error("the sum is too close to another")]
    TooClose,
    /// The vote's final sum has been opened; there is no other.
    #[error("the final sum has been opened")]
    Final,
    /// Another sum of the same number of ballots has been opened.
    #[error("another sum of as many ballots has been opened")]
    OtherSum,
}

/// What was opened of one vote. To be kept on disk before a part is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Disclosures {
    step: u32,
    opened: Vec<OpenedSum>,
    received: u32,
    closed: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OpenedSum {
    ballots: u32,
    tally: RecordHash,
}

/// The prefix to open next, if any may be opened: the longest one that the rule allows.
///
/// `opened` is the length of the longest prefix opened so far (0 at first), `received` the number of ballots that are in.
#[must_use]
pub fn next_prefix(step: u32, opened: u32, received: u32) -> Option<u32> {
    let step = step.max(1);
    let longest = received.checked_sub(step)?;
    (longest >= opened.checked_add(step)?).then_some(longest)
}

impl Disclosures {
    /// Nothing opened yet; `step` is k, at least 1.
    #[must_use]
    pub fn new(step: u32) -> Self {
        Self { step: step.max(1), opened: Vec::new(), received: 0, closed: false }
    }

    /// Asks to open, while the vote runs, the sum of the first `ballots` ballots when `received` are in.
    ///
    /// Asking again for a sum that was permitted is permitted: a part may have been lost.
    ///
    /// # Errors
    /// [`DisclosureError`]; nothing has changed then.
    pub fn permit_prefix(
        &mut self,
        ballots: u32,
        received: u32,
        tally: RecordHash,
    ) -> Result<(), DisclosureError> {
        if self.known(ballots, tally)? {
            return Ok(());
        }
        if self.closed {
            return Err(DisclosureError::Final);
        }
        if ballots > received || received < self.received {
            return Err(DisclosureError::Impossible);
        }
        let before = self.opened.last().map_or(0, |sum| sum.ballots);
        let far_enough = ballots.checked_sub(before).is_some_and(|more| more >= self.step)
            && received - ballots >= self.step;
        if !far_enough {
            return Err(DisclosureError::TooClose);
        }
        self.received = received;
        self.opened.push(OpenedSum { ballots, tally });
        Ok(())
    }

    /// Asks to open the sum of all `ballots` ballots of the closed vote.
    ///
    /// # Errors
    /// [`DisclosureError`]; nothing has changed then.
    pub fn permit_final(&mut self, ballots: u32, tally: RecordHash) -> Result<(), DisclosureError> {
        if self.closed {
            return if self.known(ballots, tally)? { Ok(()) } else { Err(DisclosureError::Final) };
        }
        if ballots < self.received {
            return Err(DisclosureError::Impossible);
        }
        let far_enough = self
            .opened
            .iter()
            .all(|sum| ballots.checked_sub(sum.ballots).is_some_and(|more| more >= self.step));
        if !far_enough {
            return Err(DisclosureError::TooClose);
        }
        self.received = ballots;
        self.closed = true;
        self.opened.push(OpenedSum { ballots, tally });
        Ok(())
    }

    /// Whether this very sum has been opened; an error if another of the same size has.
    fn known(&self, ballots: u32, tally: RecordHash) -> Result<bool, DisclosureError> {
        match self.opened.iter().find(|sum| sum.ballots == ballots) {
            None => Ok(false),
            Some(sum) if sum.tally == tally => Ok(true),
            Some(_) => Err(DisclosureError::OtherSum),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sum(ballots: u32) -> RecordHash {
        RecordHash::of(&ballots.to_le_bytes())
    }

    #[test]
    fn nothing_closer_than_the_step_is_opened() {
        let mut disclosures = Disclosures::new(5);
        for (ballots, received, expected) in [
            (0, 9, Err(DisclosureError::TooClose)),
            (4, 20, Err(DisclosureError::TooClose)),
            (5, 9, Err(DisclosureError::TooClose)),
            (11, 10, Err(DisclosureError::Impossible)),
            (5, 10, Ok(())),
            (5, 10, Ok(())),
            (9, 30, Err(DisclosureError::TooClose)),
            (10, 14, Err(DisclosureError::TooClose)),
            (10, 9, Err(DisclosureError::Impossible)),
            (10, 15, Ok(())),
        ] {
            let permitted = disclosures.permit_prefix(ballots, received, sum(ballots));
            assert_eq!(permitted, expected, "{ballots} of {received}");
        }
        let other = disclosures.permit_prefix(10, 15, sum(0));
        assert_eq!(other, Err(DisclosureError::OtherSum));
        assert_eq!(disclosures.permit_final(14, sum(14)), Err(DisclosureError::Impossible));
        assert_eq!(disclosures.permit_final(15, sum(15)), Ok(()));
        assert_eq!(disclosures.permit_final(15, sum(15)), Ok(()));
        assert_eq!(disclosures.permit_final(15, sum(1)), Err(DisclosureError::OtherSum));
        assert_eq!(disclosures.permit_final(40, sum(40)), Err(DisclosureError::Final));
        assert_eq!(disclosures.permit_prefix(20, 40, sum(20)), Err(DisclosureError::Final));
    }

    #[test]
    fn a_small_vote_is_opened_at_the_end_only() {
        let mut disclosures = Disclosures::new(5);
        for received in 0..10 {
            assert_eq!(next_prefix(5, 0, received), None);
        }
        assert_eq!(next_prefix(5, 0, 10), Some(5));
        assert_eq!(disclosures.permit_final(3, sum(3)), Ok(()));
    }

    proptest! {
        /// Whatever is asked for in whatever order, and by whatever server, permitted sums differ by the step.
        #[test]
        fn permitted_sums_differ_by_the_step(
            step in 1_u32..8,
            asked in prop::collection::vec((0_u32..60, 0_u32..60, prop::bool::weighted(0.05)), 1..80),
        ) {
            let mut disclosures = Disclosures::new(step);
            let mut permitted = std::collections::BTreeSet::from([0]);
            let mut end = None;
            for (ballots, received, is_final) in asked {
                let answer = if is_final {
                    disclosures.permit_final(ballots, sum(ballots))
                } else {
                    disclosures.permit_prefix(ballots, received, sum(ballots))
                };
                if answer.is_ok() {
                    if is_final && end.is_none() && !permitted.contains(&ballots) {
                        end = Some(ballots);
                    }
                    permitted.insert(ballots);
                }
            }
            // The empty sum is known to all, but a final sum may be small: there is nothing else to publish.
            let sums: Vec<u32> = permitted.into_iter().collect();
            for pair in sums.windows(2) {
                let only_final = pair[0] == 0 && end == Some(pair[1]);
                prop_assert!(only_final || pair[1] - pair[0] >= step, "{sums:?}");
            }
        }

        /// A server that follows the rule is never refused, and the final sum is always possible.
        #[test]
        fn following_the_rule_is_always_permitted(
            step in 1_u32..8,
            arrivals in prop::collection::vec(0_u32..9, 0..60),
        ) {
            let mut disclosures = Disclosures::new(step);
            let (mut opened, mut received) = (0, 0);
            for more in arrivals {
                received += more;
                if let Some(prefix) = next_prefix(step, opened, received) {
                    prop_assert_eq!(disclosures.permit_prefix(prefix, received, sum(prefix)), Ok(()));
                    opened = prefix;
                }
            }
            prop_assert_eq!(disclosures.permit_final(received, sum(received)), Ok(()));
        }
    }
}
