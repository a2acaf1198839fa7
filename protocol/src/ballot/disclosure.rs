//! Which sums of a secret vote may be opened: never two that differ by fewer than k ballots.
//!
//! What lives here: the rule, as a small record that every scrutineer's terminal keeps for itself and asks before it decrypts.
//! What was summed is checked elsewhere ([`super::election`], [`super::tally`]); here it is a number of ballots and the hash of
//! the encrypted tally.
//!
//! Sums are taken over prefixes of the archive, whose order everybody knows. The prefix of length n may be opened while the
//! vote runs only when n + k ballots are in, n being at least k itself and at least k more than what was opened before. Then
//! any two published sums differ by k ballots or more: also the final one, and the empty one that everybody knows. Each sum
//! must continue the ones before it: the hash of the event of its last ballot stands for all ballots up to there, and has to
//! be found again at the same place. Otherwise differences of sums could be made to meet in a single ballot.

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
    /// The ballots before are not those of a sum that was opened.
    #[error("the ballots of a sum that has been opened are not its beginning")]
    OtherBallots,
}

/// A sum as whoever is asked to open it has checked it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SumOf<'a> {
    /// How many ballots are in it: the first ones of the archive.
    pub ballots: u32,
    /// Hash of the encrypted tally.
    pub tally: RecordHash,
    /// Hashes of the archive's events in order, the Setup first, at least up to the last of these ballots.
    pub events: &'a [RecordHash],
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
    /// Hash of the event of its last ballot.
    head: RecordHash,
}

/// The prefix to open next, if any may be opened: the longest one that the rule allows.
///
/// `opened` is the length of the longest prefix opened so far (0 at first), `received` the number of ballots that are in.
#[must_use]
pub fn next_prefix(step: u32, opened: u32, received: u32) -> Option<u32> {
    let longest = received.checked_sub(step.max(1))?;
    is_far_enough(step, opened, longest, received).then_some(longest)
}

/// Is the prefix of `ballots` ballots at least the step longer than the longest one opened so far, and the step shorter than
/// what is in?
#[must_use]
pub fn is_far_enough(step: u32, opened: u32, ballots: u32, received: u32) -> bool {
    let step = step.max(1);
    let at_least = |from: u32, to: u32| to.checked_sub(from).is_some_and(|more| more >= step);
    at_least(opened, ballots) && at_least(ballots, received)
}

impl Disclosures {
    /// Nothing opened yet; `step` is k, at least 1.
    #[must_use]
    pub fn new(step: u32) -> Self {
        Self { step: step.max(1), opened: Vec::new(), received: 0, closed: false }
    }

    /// Asks to open, while the vote runs, a sum when `received` ballots are in.
    ///
    /// Asking again for a sum that was permitted is permitted: a part may have been lost.
    ///
    /// # Errors
    /// [`DisclosureError`]; nothing has changed then.
    pub fn permit_prefix(&mut self, sum: SumOf<'_>, received: u32) -> Result<(), DisclosureError> {
        let head = self.continued(&sum)?;
        if self.known(&sum)? {
            return Ok(());
        }
        if self.closed {
            return Err(DisclosureError::Final);
        }
        if sum.ballots > received || received < self.received {
            return Err(DisclosureError::Impossible);
        }
        let before = self.opened.last().map_or(0, |sum| sum.ballots);
        if !is_far_enough(self.step, before, sum.ballots, received) {
            return Err(DisclosureError::TooClose);
        }
        self.received = received;
        self.opened.push(OpenedSum { ballots: sum.ballots, tally: sum.tally, head });
        Ok(())
    }

    /// Asks to open the sum of all ballots of the closed vote.
    ///
    /// # Errors
    /// [`DisclosureError`]; nothing has changed then.
    pub fn permit_final(&mut self, sum: SumOf<'_>) -> Result<(), DisclosureError> {
        let head = self.continued(&sum)?;
        if self.closed {
            return if self.known(&sum)? { Ok(()) } else { Err(DisclosureError::Final) };
        }
        if sum.ballots < self.received {
            return Err(DisclosureError::Impossible);
        }
        let far_enough = self
            .opened
            .iter()
            .all(|o| sum.ballots.checked_sub(o.ballots).is_some_and(|more| more >= self.step));
        if !far_enough {
            return Err(DisclosureError::TooClose);
        }
        self.received = sum.ballots;
        self.closed = true;
        self.opened.push(OpenedSum { ballots: sum.ballots, tally: sum.tally, head });
        Ok(())
    }

    /// Whether this very sum has been opened; an error if another of the same size has.
    fn known(&self, sum: &SumOf<'_>) -> Result<bool, DisclosureError> {
        match self.opened.iter().find(|opened| opened.ballots == sum.ballots) {
            None => Ok(false),
            Some(opened) if opened.tally == sum.tally => Ok(true),
            Some(_) => Err(DisclosureError::OtherSum),
        }
    }

    /// The event of its last ballot; an error unless every shorter sum that was opened is a beginning of it.
    fn continued(&self, sum: &SumOf<'_>) -> Result<RecordHash, DisclosureError> {
        let event = |ballots: u32| sum.events.get(usize::try_from(ballots).ok()?);
        let shorter = |opened: &&OpenedSum| opened.ballots <= sum.ballots;
        let holds = |opened: &OpenedSum| event(opened.ballots) == Some(&opened.head);
        if !self.opened.iter().filter(shorter).all(holds) {
            return Err(DisclosureError::OtherBallots);
        }
        event(sum.ballots).copied().ok_or(DisclosureError::Impossible)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MOST: u32 = 100;

    /// An archive of ballots that begin with `salt`.
    fn archive(salt: u8) -> Vec<RecordHash> {
        (0..=MOST).map(|event| RecordHash::of(&[salt, event as u8])).collect()
    }

    fn sum(ballots: u32, events: &[RecordHash]) -> SumOf<'_> {
        SumOf { ballots, tally: RecordHash::of(&ballots.to_le_bytes()), events }
    }

    #[test]
    fn nothing_closer_than_the_step_is_opened() {
        let events = archive(0);
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
            let permitted = disclosures.permit_prefix(sum(ballots, &events), received);
            assert_eq!(permitted, expected, "{ballots} of {received}");
        }
        let other = SumOf { tally: RecordHash::of(b"other"), ..sum(10, &events) };
        assert_eq!(disclosures.permit_prefix(other, 15), Err(DisclosureError::OtherSum));
        let end = |ballots| sum(ballots, &events);
        assert_eq!(disclosures.permit_final(end(14)), Err(DisclosureError::Impossible));
        assert_eq!(disclosures.permit_final(end(15)), Ok(()));
        assert_eq!(disclosures.permit_final(end(15)), Ok(()));
        let other = SumOf { ballots: 15, ..other };
        assert_eq!(disclosures.permit_final(other), Err(DisclosureError::OtherSum));
        assert_eq!(disclosures.permit_final(end(40)), Err(DisclosureError::Final));
        assert_eq!(disclosures.permit_prefix(end(20), 40), Err(DisclosureError::Final));
    }

    #[test]
    fn every_sum_continues_those_before_it() {
        let (events, others) = (archive(0), archive(1));
        let mut disclosures = Disclosures::new(5);
        disclosures.permit_prefix(sum(5, &events), 10).unwrap();
        let mut mixed = events.clone();
        mixed[5] = others[5];
        for other in [&others, &mixed] {
            let asked = disclosures.permit_prefix(sum(10, other), 15);
            assert_eq!(asked, Err(DisclosureError::OtherBallots));
            assert_eq!(
                disclosures.permit_final(sum(15, other)),
                Err(DisclosureError::OtherBallots)
            );
        }
        let short = SumOf { events: &events[..8], ..sum(10, &events) };
        assert_eq!(disclosures.permit_prefix(short, 15), Err(DisclosureError::Impossible));
        assert_eq!(disclosures.permit_final(sum(10, &events)), Ok(()));
        // Kept and read again, it knows the same.
        let kept = serde_json::to_string(&disclosures).unwrap();
        assert_eq!(serde_json::from_str::<Disclosures>(&kept).unwrap(), disclosures);
    }

    #[test]
    fn a_small_vote_is_opened_at_the_end_only() {
        let mut disclosures = Disclosures::new(5);
        for received in 0..10 {
            assert_eq!(next_prefix(5, 0, received), None);
        }
        assert_eq!(next_prefix(5, 0, 10), Some(5));
        assert_eq!(disclosures.permit_final(sum(3, &archive(0))), Ok(()));
    }

    proptest! {
        /// Whatever is asked for in whatever order, and by whatever server, permitted sums differ by the step.
        #[test]
        fn permitted_sums_differ_by_the_step(
            step in 1_u32..8,
            asked in prop::collection::vec((0_u32..60, 0_u32..60, prop::bool::weighted(0.05)), 1..80),
        ) {
            let events = archive(0);
            let mut disclosures = Disclosures::new(step);
            let mut permitted = std::collections::BTreeSet::from([0]);
            let mut end = None;
            for (ballots, received, is_final) in asked {
                let answer = if is_final {
                    disclosures.permit_final(sum(ballots, &events))
                } else {
                    disclosures.permit_prefix(sum(ballots, &events), received)
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
            arrivals in prop::collection::vec(0_u32..9, 0..11),
        ) {
            let events = archive(0);
            let mut disclosures = Disclosures::new(step);
            let (mut opened, mut received) = (0, 0);
            for more in arrivals {
                received += more;
                if let Some(prefix) = next_prefix(step, opened, received) {
                    prop_assert!(disclosures.permit_prefix(sum(prefix, &events), received).is_ok());
                    opened = prefix;
                }
            }
            prop_assert_eq!(disclosures.permit_final(sum(received, &events)), Ok(()));
        }
    }
}
