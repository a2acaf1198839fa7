//! Read receipts: which papers the connected terminals hold is known to the shell
//! alone, and is added here to what the meeting knows of who has opened them.

use crate::devices::Devices;
use hemicycle_meeting::{State, Viewer, view};
use hemicycle_protocol::ids::{Bits, Hash};
use hemicycle_protocol::topic::{ReadPaper, Reading, Topic, TopicName};
use hemicycle_protocol::wire::Command;

/// A report does nothing that a seat or the hall is shown, and comes again by itself
/// as long as it has no answer.
pub(super) fn is_report(command: &Command) -> bool {
    matches!(command, Command::ReportReading { .. })
}

/// The files that a report says are there whole: one that was opened is, too.
pub(super) fn held(command: &Command) -> impl Iterator<Item = Hash> {
    let papers: &[ReadPaper] =
        if let Command::ReportReading { papers, .. } = command { papers } else { &[] };
    papers.iter().map(|read| read.hash)
}

/// The topic as the console gets it.
pub(super) fn topic(state: &State, devices: &Devices) -> Option<Topic> {
    let mut topic = view::topic(state, TopicName::Reading, &Viewer::Console);
    if let Some(Topic::Reading(reading)) = &mut topic {
        fill(reading, state, devices);
    }
    topic
}

fn fill(reading: &mut Reading, state: &State, devices: &Devices) {
    let hash = |paper| state.papers().get(paper).map(|paper| paper.hash()).unwrap_or_default();
    let papers: Vec<Hash> = reading.papers.iter().map(|of| hash(of.paper)).collect();
    for (paper, holders) in reading.papers.iter_mut().zip(devices.holders(&papers)) {
        let holds = |seat| state.terminal_at(seat).is_some_and(|key| holders.contains(&key));
        paper.held = Bits::collect(state.people().iter().map(|person| holds(person.seat)));
    }
}
