//! The files that were stored and the papers that name them, in versions.

use super::lineage;
use crate::command::StoredPaper;
use hemicycle_protocol::ids::{Hash, ItemId, Millis, PaperId};
use hemicycle_protocol::topic::{EarlierVersion, PaperTerms, Person, Readers, Standing};
use std::collections::{BTreeMap, BTreeSet};

/// A paper of an item.
#[derive(Clone, Debug, PartialEq)]
pub struct Paper {
    pub id: PaperId,
    pub item: ItemId,
    pub title: String,
    /// Every version, the valid one last; never empty.
    pub versions: Vec<Hash>,
    /// When each of them came.
    pub since: Vec<Millis>,
    pub replaced_at: Option<Millis>,
    /// Pages of the valid version that are not in the one before, once they were compared;
    /// within: none where that could not be done.
    pub compared: Option<Option<Vec<u32>>>,
    /// Earlier versions whose pages are still in the valid one, or, until that was compared, in
    /// the one before it.
    earlier: Vec<EarlierVersion>,
    pub terms: PaperTerms,
    /// Seats get it: no time was set for that, or it has come.
    pub released: bool,
    pub removed: bool,
}

impl Paper {
    /// In its first version.
    pub fn new(id: PaperId, item: ItemId, title: String, hash: Hash, at: Millis) -> Self {
        Self {
            id,
            item,
            title,
            versions: vec![hash],
            since: vec![at],
            replaced_at: None,
            compared: None,
            earlier: Vec::new(),
            terms: PaperTerms::default(),
            released: true,
            removed: false,
        }
    }

    /// Takes these terms at this time.
    pub fn set_terms(&mut self, terms: PaperTerms, at: Millis) {
        self.released = terms.from.is_none_or(|from| from <= at);
        self.terms = terms;
    }

    /// How many versions there have been: the number of the valid one.
    pub fn version(&self) -> u32 {
        u32::try_from(self.versions.len()).unwrap_or(u32::MAX)
    }

    /// Does everybody in the room get it?
    pub fn is_everybodys(&self) -> bool {
        self.released && self.terms.readers.is_everyone() && !self.terms.confidential
    }

    /// Does this person, who is here or not?
    pub fn is_for(&self, person: &Person, here: bool) -> bool {
        let named = match &self.terms.readers {
            Readers::Everyone => true,
            Readers::Members => person.standing == Standing::Member,
            Readers::Seats { seats } => seats.contains(&person.seat),
        };
        self.released && named && (here || !self.terms.confidential)
    }

    /// Earlier versions whose pages are still in the valid one, the latest first.
    pub fn earlier(&self) -> &[EarlierVersion] {
        match &self.compared {
            Some(Some(_)) => &self.earlier,
            Some(None) | None => &[],
        }
    }

    /// The version that is valid now.
    pub fn hash(&self) -> Hash {
        self.versions.last().copied().unwrap_or_default()
    }
}

/// See the module.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Papers {
    pub files: BTreeMap<Hash, StoredPaper>,
    papers: BTreeMap<PaperId, Paper>,
    /// The keys under which seats kept papers are destroyed.
    pub keys_destroyed: bool,
    /// Which papers have or had this file as a version.
    used: BTreeMap<Hash, BTreeSet<PaperId>>,
}

impl Papers {
    /// A paper that is not removed.
    pub fn get(&self, paper: PaperId) -> Option<&Paper> {
        self.papers.get(&paper).filter(|p| !p.removed)
    }

    /// A paper, removed or not.
    pub fn any(&self, paper: PaperId) -> Option<&Paper> {
        self.papers.get(&paper)
    }

    /// Every paper there ever was, removed ones too, by id.
    pub fn all(&self) -> impl Iterator<Item = &Paper> {
        self.papers.values()
    }

    /// For changes; versions are added by `replace`.
    pub fn get_mut(&mut self, paper: PaperId) -> Option<&mut Paper> {
        self.papers.get_mut(&paper)
    }

    /// The id of the next paper.
    pub fn next_id(&self) -> PaperId {
        PaperId(self.papers.last_key_value().map_or(0, |(id, _)| id.0) + 1)
    }

    /// A new paper in its first version.
    pub fn add(&mut self, paper: Paper) {
        self.used.entry(paper.hash()).or_default().insert(paper.id);
        self.papers.insert(paper.id, paper);
    }

    /// A new version.
    pub fn replace(&mut self, paper: PaperId, hash: Hash, at: Millis) {
        if let Some(p) = self.papers.get_mut(&paper) {
            if p.version() > 1 && p.compared.is_none() {
                // What the last one had of those before it nobody knows.
                p.earlier.clear();
            }
            p.versions.push(hash);
            p.since.push(at);
            p.replaced_at = Some(at);
            p.compared = None;
            self.used.entry(hash).or_default().insert(paper);
        }
    }

    /// The valid version was compared with the one before: these of its pages are new, and those
    /// of the other gone.
    pub fn compared(&mut self, paper: PaperId, changed: Option<&[u32]>, gone: &[u32]) {
        let Some(p) = self.papers.get_mut(&paper) else { return };
        p.compared = Some(changed.map(<[u32]>::to_vec));
        let pages = |hash: &Hash| self.files.get(hash).map_or(0, |file| file.pages);
        let (Some(changed), [.., before, valid]) = (changed, &p.versions[..]) else {
            p.earlier.clear();
            return;
        };
        p.earlier = match lineage::same(pages(before), gone, pages(valid), changed) {
            Some(same) => lineage::earlier(*valid, *before, same, &p.earlier),
            None => Vec::new(),
        };
    }

    /// The one whose time comes next, of those that wait for theirs.
    pub fn next_release(&self) -> Option<(Millis, PaperId)> {
        let waiting = self.papers.values().filter(|p| !p.released && !p.removed);
        waiting.filter_map(|p| Some((p.terms.from?, p.id))).min()
    }

    /// Is there one that not everybody gets?
    pub fn have_terms(&self) -> bool {
        self.papers.values().any(|p| !p.removed && !p.is_everybodys())
    }

    /// One whose valid version has not been compared with the one before.
    pub fn to_compare(&self) -> Option<&Paper> {
        self.papers.values().find(|p| p.versions.len() > 1 && p.compared.is_none() && !p.removed)
    }

    /// The papers that have or had this file as a version.
    pub fn using(&self, hash: &Hash) -> impl Iterator<Item = &Paper> {
        self.used.get(hash).into_iter().flatten().filter_map(|id| self.get(*id))
    }
}
