//! Papers of the items. A paper names a file that was stored before.

use super::agenda::{get as item_of, not_found};
use crate::command::{Decision, StoredPaper};
use crate::event::Event;
use crate::state::State;
use crate::state::agenda::Item;
use crate::state::papers::Paper;
use crate::text;
use hemicycle_protocol::ids::{Hash, ItemId, Millis, PaperId};
use hemicycle_protocol::refusal::{Code, Refusal};
use hemicycle_protocol::topic::{Level, PaperTerms, Phase, Readers};
use hemicycle_protocol::wire::limits;

/// Files of a meeting: every paper may be replaced many times.
const MOST_FILES: usize = limits::ITEMS * limits::PAPERS;
/// Versions of one paper.
const MOST_VERSIONS: usize = 1000;
/// Fonts named for one file.
const MOST_FONTS: usize = 50;

/// A file was stored. The same file again is no mistake.
pub(super) fn store(state: &State, mut file: StoredPaper) -> Result<Decision, Refusal> {
    super::not_over(state)?;
    if state.papers.files.contains_key(&file.hash) {
        return Ok(Decision::nothing());
    }
    if state.papers.files.len() >= MOST_FILES {
        return Err(Refusal::of(Code::Full, format_args!("{MOST_FILES} files")));
    }
    if file.bytes.0 > limits::PAPER {
        return Err(Refusal::of(Code::TooLarge, format_args!("{} bytes", file.bytes)));
    }
    if file.pages == 0 {
        return Err(Refusal::of(Code::BadValue, "no pages"));
    }
    // Font names come out of the file: what cannot be shown is left out.
    file.substituted_fonts = file
        .substituted_fonts
        .iter()
        .filter_map(|f| text::line(f, limits::TITLE, "font").ok())
        .take(MOST_FONTS)
        .collect();
    Ok(Event::PaperStored { file }.into())
}

pub(super) fn add(
    state: &State,
    item: ItemId,
    title: &str,
    hash: Hash,
    terms: &PaperTerms,
) -> Result<Decision, Refusal> {
    let owner = item_of(state, item)?;
    let title = text::line(title, limits::TITLE, "title")?;
    stored(state, hash)?;
    room_for_one(owner)?;
    possible(terms)?;
    let (paper, terms) = (state.papers.next_id(), terms.clone());
    Ok(Decision::making(Event::PaperAdded { paper, item, title, hash, terms }, paper.0))
}

pub(super) fn set_terms(
    state: &State,
    paper: PaperId,
    terms: &PaperTerms,
) -> Result<Decision, Refusal> {
    let old = get(state, paper)?;
    possible(terms)?;
    if old.terms == *terms {
        return Err(Code::NoChange.into());
    }
    Ok(Event::PaperTermsSet { paper, terms: terms.clone() }.into())
}

/// The papers whose time has come.
pub(super) fn due(state: &State, now: Millis) -> Vec<Event> {
    if state.phase == Phase::Closed {
        return Vec::new();
    }
    let waiting = state.papers.all().filter(|p| !p.released && !p.removed);
    let due = waiting.filter(|p| p.terms.from.is_none_or(|from| from <= now));
    due.map(|p| Event::PaperReleased { paper: p.id }).collect()
}

/// The page numbers come from the shell, in order; of a version that is valid no more
/// they are of no use.
pub(super) fn compared(
    state: &State,
    paper: PaperId,
    version: u32,
    changed: Option<Vec<u32>>,
    gone: Vec<u32>,
) -> Result<Decision, Refusal> {
    let found = state.papers.any(paper).ok_or_else(|| not_found("paper", paper))?;
    if found.version() != version || version < 2 || found.compared.is_some() {
        return Ok(Decision::nothing());
    }
    let sound = |pages: &[u32], of: &Hash| {
        let last = state.papers.files.get(of).map_or(0, |file| file.pages);
        pages.is_sorted_by(|a, b| a < b) && pages.iter().all(|page| (1..=last).contains(page))
    };
    let [.., before, valid] = &found.versions[..] else { return Ok(Decision::nothing()) };
    let changed = changed.filter(|changed| sound(changed, valid));
    let gone = if sound(&gone, before) { gone } else { Vec::new() };
    Ok(Event::PaperCompared { paper, version, changed, gone }.into())
}

/// After the meeting, once.
pub(super) fn keys_destroyed(state: &State) -> Result<Decision, Refusal> {
    match state.phase {
        Phase::Closed if state.papers.keys_destroyed => Ok(Decision::nothing()),
        Phase::Closed => Ok(Event::PaperKeysDestroyed.into()),
        Phase::Preparing | Phase::SignIn | Phase::InSession | Phase::Adjourned => {
            Err(super::wrong_phase(state))
        }
    }
}

fn possible(terms: &PaperTerms) -> Result<(), Refusal> {
    match &terms.readers {
        Readers::Everyone | Readers::Members => Ok(()),
        Readers::Seats { seats } if seats.is_empty() => {
            Err(Refusal::of(Code::BadValue, "readers: no seat is chosen"))
        }
        Readers::Seats { seats } if seats.len() > limits::PEOPLE => {
            Err(Refusal::of(Code::BadValue, format_args!("readers: {} seats", seats.len())))
        }
        Readers::Seats { .. } => Ok(()),
    }
}

/// Once people are in the room, every seat is told.
pub(super) fn replace(state: &State, paper: PaperId, hash: Hash) -> Result<Decision, Refusal> {
    let old = get(state, paper)?;
    stored(state, hash)?;
    if old.hash() == hash {
        return Err(Code::NoChange.into());
    }
    if old.versions.len() >= MOST_VERSIONS {
        return Err(Refusal::of(Code::Full, format_args!("{MOST_VERSIONS} versions")));
    }
    let replaced = Event::PaperReplaced { paper, hash };
    Ok(match state.phase {
        Phase::Preparing | Phase::Closed => replaced.into(),
        // A notice is everybody's: of a paper that is not, it says nothing.
        Phase::SignIn | Phase::InSession | Phase::Adjourned if !old.is_everybodys() => {
            replaced.into()
        }
        Phase::SignIn | Phase::InSession | Phase::Adjourned => {
            let (text, level) = (old.title.clone(), Level::Important);
            vec![replaced, Event::NoticePosted { text, level, paper: Some(paper) }].into()
        }
    })
}

pub(super) fn rename(state: &State, paper: PaperId, title: &str) -> Result<Decision, Refusal> {
    let old = get(state, paper)?;
    let title = text::line(title, limits::TITLE, "title")?;
    if title == old.title {
        return Err(Code::NoChange.into());
    }
    Ok(Event::PaperRenamed { paper, title }.into())
}

pub(super) fn shift(
    state: &State,
    paper: PaperId,
    item: ItemId,
    to: u32,
) -> Result<Decision, Refusal> {
    let old = get(state, paper)?;
    let owner = item_of(state, item)?;
    let stays = old.item == item;
    if !stays {
        room_for_one(owner)?;
    }
    let shown = owner.papers.iter().filter(|p| state.papers.get(**p).is_some());
    let last = shown.clone().count().saturating_sub(usize::from(stays));
    let place = usize::try_from(to).unwrap_or(usize::MAX);
    if place > last {
        return Err(Refusal::of(Code::BadValue, format_args!("place {to} of 0 to {last}")));
    }
    if stays && shown.clone().nth(place) == Some(&paper) {
        return Err(Code::NoChange.into());
    }
    Ok(Event::PaperMoved { paper, item, to }.into())
}

pub(super) fn remove(state: &State, paper: PaperId) -> Result<Decision, Refusal> {
    get(state, paper)?;
    Ok(Event::PaperRemoved { paper }.into())
}

pub(super) fn restore(state: &State, paper: PaperId) -> Result<Decision, Refusal> {
    let old = state.papers.any(paper).ok_or_else(|| not_found("paper", paper))?;
    if !old.removed {
        return Err(Code::NoChange.into());
    }
    item_of(state, old.item)?;
    Ok(Event::PaperRestored { paper }.into())
}

/// A paper that is not removed, of an item that is not removed.
fn get(state: &State, paper: PaperId) -> Result<&Paper, Refusal> {
    let found = state.papers.get(paper).ok_or_else(|| not_found("paper", paper))?;
    item_of(state, found.item)?;
    Ok(found)
}

fn stored(state: &State, hash: Hash) -> Result<(), Refusal> {
    if state.papers.files.contains_key(&hash) {
        return Ok(());
    }
    Err(Refusal::of(Code::NotFound, format_args!("file {}", hash.short())))
}

fn room_for_one(item: &Item) -> Result<(), Refusal> {
    if item.papers.len() >= limits::PAPERS {
        return Err(Refusal::of(Code::Full, format_args!("{} papers", limits::PAPERS)));
    }
    Ok(())
}
