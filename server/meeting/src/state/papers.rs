//! The files that were stored and the papers that name them, in versions.

use crate::command::StoredPaper;
use hemicycle_protocol::ids::{Hash, ItemId, Millis, PaperId};
use std::collections::{BTreeMap, BTreeSet};

/// A paper of an item.
#[derive(Clone, Debug, PartialEq)]
pub struct Paper {
    pub id: PaperId,
    pub item: ItemId,
    pub title: String,
    /// Every version, the valid one last; never empty.
    pub versions: Vec<Hash>,
    pub replaced_at: Option<Millis>,
    pub removed: bool,
}

impl Paper {
    /// In its first version.
    pub fn new(id: PaperId, item: ItemId, title: String, hash: Hash) -> Self {
        Self { id, item, title, versions: vec![hash], replaced_at: None, removed: false }
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
            p.versions.push(hash);
            p.replaced_at = Some(at);
            self.used.entry(hash).or_default().insert(paper);
        }
    }

    /// The papers that have or had this file as a version.
    pub fn using(&self, hash: &Hash) -> impl Iterator<Item = &Paper> {
        self.used.get(hash).into_iter().flatten().filter_map(|id| self.get(*id))
    }
}
