//! Read receipts, as seats report them. A report says how far papers have come;
//! only what is new of it becomes a fact, in one entry.

use super::agenda::not_found;
use crate::command::Decision;
use crate::event::{Event, Read};
use crate::state::State;
use hemicycle_protocol::ids::{MemberId, PaperId};
use hemicycle_protocol::refusal::{Code, Refusal};
use hemicycle_protocol::topic::{Person, Reach, ReadPaper};
use hemicycle_protocol::wire::limits;
use std::collections::BTreeMap;

/// What was read while the server was not there comes later: papers may have been
/// replaced or taken off since, and the member may sit elsewhere by now.
pub(super) fn report(
    state: &State,
    person: &Person,
    member: MemberId,
    papers: &[ReadPaper],
) -> Result<Decision, Refusal> {
    super::not_over(state)?;
    if member != person.member {
        return Err(Refusal::of(Code::NotAllowed, "another person sits here"));
    }
    if !state.settings.read_receipts {
        return Err(Refusal::of(Code::BadValue, "the meeting keeps no read receipts"));
    }
    if papers.is_empty() || papers.len() > limits::READ {
        let of = format_args!("{} of 1 to {} papers", papers.len(), limits::READ).to_string();
        return Err(Refusal::of(Code::BadValue, of));
    }
    let mut reached: BTreeMap<(PaperId, u32), bool> = BTreeMap::new();
    for read in papers {
        let version = version(state, person, read)?;
        let ended = match read.reach {
            Reach::Held => continue,
            Reach::Opened => false,
            Reach::Ended => true,
        };
        *reached.entry((read.paper, version)).or_default() |= ended;
    }
    let read = reached.into_iter().map(|((paper, version), ended)| Read { paper, version, ended });
    let news: Vec<Read> = read.filter(|read| state.reading.is_news(member, read)).collect();
    if news.is_empty() {
        return Ok(Decision::nothing());
    }
    Ok(Event::PapersRead { member, papers: news }.into())
}

/// The version that a report is about: the last one with this file. What is not for
/// this person might as well not be there.
fn version(state: &State, person: &Person, read: &ReadPaper) -> Result<u32, Refusal> {
    let paper = state.papers.any(read.paper).filter(|paper| paper.is_for(person, true));
    let paper = paper.ok_or_else(|| not_found("paper", read.paper))?;
    let place = paper.versions.iter().rposition(|hash| *hash == read.hash);
    place.and_then(|place| u32::try_from(place + 1).ok()).ok_or_else(|| {
        let which = format_args!("version {} of paper {}", read.hash.short(), read.paper);
        Refusal::of(Code::NotFound, which.to_string())
    })
}
