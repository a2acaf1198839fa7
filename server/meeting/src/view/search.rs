//! What the console's search goes through besides what its topics have already: every paper
//! that there ever was, in all its versions, and what people have read. Which words a text has
//! is asked by the shell, which has the texts. For the console alone, whose viewers may see all
//! of it; ballots are nowhere here.

use crate::state::State;
use crate::state::papers::Paper;
use hemicycle_protocol::ids::{Hash, ItemId, MemberId, Millis, PaperId, SeatId};
use hemicycle_protocol::topic::Person;
use std::collections::BTreeSet;

/// A paper, removed ones too.
#[derive(Clone, Debug, PartialEq)]
pub struct Shelved {
    pub paper: PaperId,
    pub item: ItemId,
    pub title: String,
    pub removed: bool,
    /// In order, the valid one last; never empty.
    pub versions: Vec<ShelvedVersion>,
}

/// One of its versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShelvedVersion {
    pub hash: Hash,
    /// When it came.
    pub at: Millis,
    pub pages: u32,
}

/// Somebody, and what has become of each version of each paper there.
#[derive(Clone, Debug, PartialEq)]
pub struct Reader {
    pub member: MemberId,
    pub seat: SeatId,
    pub receipts: Vec<Receipt>,
}

/// How far a person has come with a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    pub paper: PaperId,
    /// From 1.
    pub version: u32,
    pub hash: Hash,
    /// None: only whether the terminal holds it can be known.
    pub opened: Option<Millis>,
    pub ended: Option<Millis>,
}

/// All papers: first those of the agenda in its order, then those of removed items.
pub fn library(state: &State) -> Vec<Shelved> {
    let of_items = state.agenda.visible().flat_map(|item| &item.papers).copied();
    let mut seen = BTreeSet::new();
    let rest = state.papers.all().map(|paper| paper.id);
    of_items
        .chain(rest)
        .filter(|id| seen.insert(*id))
        .filter_map(|id| state.papers.any(id))
        .map(|paper| shelved(state, paper))
        .collect()
}

/// The first so many people of whom `is_meant` holds, and how many there are.
pub fn readers(
    state: &State,
    is_meant: impl Fn(&Person) -> bool,
    most: usize,
) -> (Vec<Reader>, usize) {
    let mut meant = state.roll.people.iter().filter(|person| is_meant(person));
    let first: Vec<Reader> = meant.by_ref().take(most).map(|p| reader(state, p)).collect();
    let all = first.len() + meant.count();
    (first, all)
}

fn shelved(state: &State, paper: &Paper) -> Shelved {
    let versions = paper.versions.iter().zip(&paper.since).map(|(hash, at)| {
        let pages = state.papers.files.get(hash).map_or(0, |file| file.pages);
        ShelvedVersion { hash: *hash, at: *at, pages }
    });
    let removed = paper.removed || state.agenda.get(paper.item).is_none();
    Shelved {
        paper: paper.id,
        item: paper.item,
        title: paper.title.clone(),
        removed,
        versions: versions.collect(),
    }
}

fn reader(state: &State, person: &Person) -> Reader {
    let kept = state.settings.read_receipts;
    let of = |paper: &Paper| {
        let id = paper.id;
        let versions: Vec<Receipt> = (1_u32..)
            .zip(&paper.versions)
            .map(|(version, hash)| {
                let read = state.reading.of(person.member, id, version);
                let opened = read.map(|read| read.opened.at);
                let ended = read.and_then(|read| read.ended).map(|mark| mark.at);
                Receipt { paper: id, version, hash: *hash, opened, ended }
            })
            .collect();
        versions
    };
    let receipts = state.papers.all().filter(|_| kept).flat_map(of).collect();
    Reader { member: person.member, seat: person.seat, receipts }
}
