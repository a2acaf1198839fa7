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
    let paper = state.papers.get(id)?;
    let (version, people) = (paper.version(), &state.roll.people);
    let (opened, ended) = state.reading.bits(people, id, version);
    let readers = if paper.is_everybodys() {
        Bits::default()
    } else {
        Bits::collect(people.iter().map(|person| paper.is_for(person, true)))
    };
    Some(PaperReading { paper: id, version, readers, held: Bits::default(), opened, ended })
}
