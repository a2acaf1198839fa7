//! Papers of the items. A paper names a file that was stored before.

use super::agenda::{get as item_of, not_found};
use crate::command::{Decision, StoredPaper};
use crate::event::Event;
use crate::state::State;
use crate::state::agenda::Item;
use crate::state::papers::Paper;
use crate::text;
use hemicycle_protocol::ids::{Hash, ItemId, PaperId};
use hemicycle_protocol::refusal::{Code, Refusal};
use hemicycle_protocol::topic::{Level, Phase};
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
) -> Result<Decision, Refusal> {
    let owner = item_of(state, item)?;
    let title = text::line(title, limits::TITLE, "title")?;
    stored(state, hash)?;
    room_for_one(owner)?;
    let paper = state.papers.next_id();
    Ok(Decision::making(Event::PaperAdded { paper, item, title, hash }, paper.0))
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
