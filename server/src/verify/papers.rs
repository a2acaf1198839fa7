//! Papers, by a reckoning of their own: what was handed out when, what was put to a
//! vote, and that nobody can open any more what terminals have kept.

use super::facts::{Fault, need, there};
use hemicycle_meeting::{Actor, State};
use hemicycle_protocol::ids::{Hash, Millis, PaperId, VoteId};
use hemicycle_protocol::topic::{PaperVersion, Phase};

/// The server itself has compared the valid version with the one before, once.
pub(super) fn compared(
    state: &State,
    who: &Actor,
    paper: PaperId,
    version: u32,
    changed: Option<&[u32]>,
    gone: &[u32],
) -> Result<(), Fault> {
    by_server(who)?;
    let found = there(state.papers().any(paper), format_args!("there is no paper {paper}"))?;
    let valid = usize::try_from(version) == Ok(found.versions.len());
    need(valid && version > 1, format_args!("version {version} of paper {paper} was not new"))?;
    need(found.compared.is_none(), "it was compared before")?;
    let before = found.versions.iter().nth_back(1).copied().unwrap_or_default();
    for (named, hash) in [(changed.unwrap_or_default(), found.hash()), (gone, before)] {
        let pages = state.papers().files.get(&hash).map_or(0, |file| file.pages);
        let rising = named.windows(2).all(|pair| matches!(pair, [a, b] if a < b));
        let there = named.iter().all(|page| *page >= 1 && *page <= pages);
        need(rising && there, format_args!("paper {paper} has no such pages"))?;
    }
    Ok(())
}

/// The server has handed it out, and not before its time.
pub(super) fn released(
    state: &State,
    who: &Actor,
    at: Millis,
    paper: PaperId,
) -> Result<(), Fault> {
    by_server(who)?;
    let found = there(state.papers().any(paper), format_args!("there is no paper {paper}"))?;
    let due = !found.released && found.terms.from.is_none_or(|from| from <= at);
    need(due, format_args!("paper {paper} was not due"))
}

pub(super) fn keys_destroyed(state: &State, who: &Actor) -> Result<(), Fault> {
    by_server(who)?;
    need(state.phase() == Phase::Closed, "the meeting was not over")?;
    need(!state.papers().keys_destroyed, "they were destroyed before")
}

/// What is put to the vote are the item's papers as they were valid and handed out.
/// Logs from before papers were named there have none.
pub(super) fn put_to_the_vote(
    state: &State,
    vote: VoteId,
    papers: &[PaperVersion],
) -> Result<(), Fault> {
    if papers.is_empty() {
        return Ok(());
    }
    let item = state.vote(vote).and_then(|vote| state.agenda().get(vote.item));
    let item = there(item, "its item is not on the agenda")?;
    let mut valid: Vec<(PaperId, usize, Hash)> = Vec::new();
    for id in &item.papers {
        match state.papers().get(*id) {
            Some(paper) if paper.released => {
                valid.push((paper.id, paper.versions.len(), paper.hash()));
            }
            Some(_) | None => {}
        }
    }
    let same = papers.len() == valid.len()
        && papers.iter().zip(valid).all(|(named, (paper, version, hash))| {
            named.paper == paper
                && usize::try_from(named.version) == Ok(version)
                && named.hash == hash
        });
    need(same, "it names other papers than those of its item that were valid")
}

fn by_server(who: &Actor) -> Result<(), Fault> {
    need(matches!(who, Actor::Server), "the server did not do it")
}
