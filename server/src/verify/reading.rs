//! Read receipts, by a reckoning of their own.

use super::facts::{Fault, need, there};
use hemicycle_meeting::{Actor, Read, State};
use hemicycle_protocol::ids::MemberId;
use hemicycle_protocol::topic::Phase;
use hemicycle_protocol::wire::limits;
use std::collections::BTreeSet;

/// The member's own seat has said so, of versions that there were, nothing twice.
pub(super) fn read(
    state: &State,
    who: &Actor,
    member: MemberId,
    papers: &[Read],
) -> Result<(), Fault> {
    let person = there(state.person(member), format_args!("there is no member {member}"))?;
    let own = matches!(who, Actor::Seat { seat, .. } if *seat == person.seat);
    need(own, format_args!("it did not come from seat {}", person.seat))?;
    need(state.phase() != Phase::Closed, "the meeting was over")?;
    need(state.settings().read_receipts, "the meeting kept no read receipts")?;
    need((1..=limits::READ).contains(&papers.len()), "it names no paper, or too many")?;
    let mut named = BTreeSet::new();
    for read in papers {
        let Read { paper, version, ended } = *read;
        let versions = state.papers().any(paper).map_or(0, |paper| paper.versions.len());
        let place = usize::try_from(version).unwrap_or(usize::MAX);
        let what = format_args!("paper {paper} has no version {version}").to_string();
        need((1..=versions).contains(&place), what)?;
        let known = state.reading().of(member, paper, version);
        let news = known.is_none_or(|receipt| ended && receipt.ended.is_none());
        need(
            news && named.insert((paper, version)),
            format_args!("that of version {version} of paper {paper} was known"),
        )?;
    }
    Ok(())
}
