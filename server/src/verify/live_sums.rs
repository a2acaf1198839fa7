//! The sums of a secret vote that were opened while it ran, against the archive:
//! each is the sum of the archive's first ballots, opened by parts whose proofs
//! hold; the archive's order says no more than they do; and any two sums that
//! were published, the final one included, differ by at least the step.

use super::secret::Fault;
use crate::export::read_part;
use hemicycle_meeting::state::secret::{LiveStep, Sealed};
use hemicycle_protocol::ballot::archive::{Archive, ArchivedEvent, EventType};
use hemicycle_protocol::ballot::decrypt::{combine, verify_opened};
use hemicycle_protocol::ballot::scalar::RecordHash;
use hemicycle_protocol::ballot::setup::Setup;
use hemicycle_protocol::ballot::tally::Tally;
use hemicycle_protocol::ballot::verify::verify;
use hemicycle_protocol::ids::Hex;
use hemicycle_protocol::secret;
use hemicycle_protocol::vote::Form;
use sha2::{Digest, Sha256};

#[cfg(test)]
mod tests;

/// What the log says of the live sums of a vote.
#[derive(Clone, Copy)]
pub(super) struct Live<'a> {
    pub(super) step: Option<u32>,
    pub(super) sums: &'a [LiveStep],
}

impl<'a> Live<'a> {
    pub(super) fn of(sealed: &'a Sealed) -> Self {
        Self { step: sealed.live, sums: &sealed.live_sums }
    }

    /// The trackers stand in order from one sum to the next.
    pub(super) fn is_in_order(&self, trackers: &[RecordHash]) -> bool {
        let mut rest = trackers;
        let mut from = 0;
        for sum in self.sums {
            let length = sum.ballots.checked_sub(from).and_then(|n| usize::try_from(n).ok());
            let Some((lot, after)) = length.and_then(|n| rest.split_at_checked(n)) else {
                return false;
            };
            if !lot.is_sorted() {
                return false;
            }
            (rest, from) = (after, sum.ballots);
        }
        rest.is_sorted()
    }

    /// Checks the sums against the archive's events.
    pub(super) fn check(
        &self,
        setup: &Setup,
        timestamp: u64,
        events: &[ArchivedEvent<'_>],
        form: &Form,
    ) -> Result<(), Fault> {
        let mut ballots = events.iter().filter(|event| event.kind == EventType::Ballot);
        let total = u32::try_from(ballots.clone().count()).unwrap_or(u32::MAX);
        let mut archive = Archive::new(setup, timestamp).map_err(|_| Fault::Setup)?;
        let mut tally = Tally::new(setup);
        let mut before = 0;
        for sum in self.sums {
            let step = self.step.unwrap_or(u32::MAX);
            let fault = |what: &str| Fault::Live { ballots: sum.ballots, what: what.into() };
            let far = |from: u32, to: u32| from.checked_add(step).is_some_and(|least| least <= to);
            if !far(before, sum.ballots) || !far(sum.ballots, total) {
                return Err(fault("it is too close to another sum"));
            }
            for _ in before..sum.ballots {
                let [ballot] = ballots.next().map_or(&[][..], |event| &event.data[..]) else {
                    return Err(fault("there are not as many ballots"));
                };
                let checked = verify(setup, ballot).map_err(|e| fault(&e.to_string()))?;
                tally.add(&checked).map_err(|e| fault(&e.to_string()))?;
                archive.push_ballot(ballot).map_err(|e| fault(&e.to_string()))?;
            }
            before = sum.ballots;
            if sum.archive.hash != Hex(Sha256::digest(archive.as_bytes()).into()) {
                return Err(fault("the scrutineers were asked to open the sum of other ballots"));
            }
            check_sum(setup, &tally, sum, form)?;
        }
        Ok(())
    }
}

/// Its parts hold and give its count.
fn check_sum(setup: &Setup, tally: &Tally, sum: &LiveStep, form: &Form) -> Result<(), Fault> {
    let fault = |what: String| Fault::Live { ballots: sum.ballots, what };
    let (encrypted, sized) = tally.records();
    let mut parts = Vec::new();
    for part in &sum.parts {
        let opened = read_part(part).map_err(fault)?;
        verify_opened(setup, &encrypted, &opened).map_err(|e| fault(e.to_string()))?;
        parts.push((opened.owner, opened.partial));
    }
    let Some(count) = &sum.count else { return Ok(()) };
    let result = combine(setup, &encrypted, sized.total_weight, &parts);
    let result = result.map_err(|e| fault(e.to_string()))?;
    if secret::count(form, &result).as_ref() != Some(count) {
        return Err(fault("the parts do not give the count in the log".into()));
    }
    Ok(())
}
