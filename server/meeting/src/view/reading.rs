//! Read receipts, for the console alone.

use crate::state::State;
use hemicycle_protocol::ids::{Bits, PaperId};
use hemicycle_protocol::topic::{PaperReading, Reading};

/// Of the papers on the agenda, in order.
pub(super) fn reading(state: &State) -> Reading {
    let kept = state.settings.read_receipts;
    let papers = state.agenda.visible().flat_map(|item| &item.papers);
    let papers = papers.filter(|_| kept).filter_map(|id| paper(state, *id));
    Reading { kept, papers: papers.collect() }
}

fn paper(state: &State, id: PaperId) -> Option<PaperReading> {
    let versions = state.papers.get(id)?.versions.len();
    let version = u32::try_from(versions).unwrap_or(u32::MAX);
    let (opened, ended) = state.reading.bits(&state.roll.people, id, version);
    Some(PaperReading { paper: id, version, held: Bits::default(), opened, ended })
}
