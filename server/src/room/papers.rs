//! What the room does about papers by itself: the pages of a new version are compared
//! with those of the one before, and after the meeting the keys under which seats keep
//! papers are destroyed, with members' notes on them. Derived from the state, so that a server that is killed in
//! between goes on where it was.

use super::Room;
use crate::notes::Notes;
use crate::paper_keys::PaperKeys;
use crate::papers::{Checker, Shelf};
use hemicycle_meeting::{ServerCommand, State};
use hemicycle_pdf::Changes;
use hemicycle_protocol::ids::PaperId;
use hemicycle_protocol::topic::Phase;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Results that wait for the room: one comparison is under way at a time.
const TOLD: usize = 1;

/// See the module.
pub struct Keeper {
    keys: Arc<PaperKeys>,
    notes: Arc<Notes>,
    shelf: Arc<Shelf>,
    checker: Checker,
    comparing: Option<(PaperId, u32)>,
    tell: mpsc::Sender<Compared>,
    told: mpsc::Receiver<Compared>,
}

/// Which pages of this version are new; none: nobody can tell.
pub struct Compared {
    paper: PaperId,
    version: u32,
    changes: Option<Changes>,
}

impl Keeper {
    pub fn new(
        keys: Arc<PaperKeys>,
        notes: Arc<Notes>,
        shelf: Arc<Shelf>,
        checker: Checker,
    ) -> Self {
        let (tell, told) = mpsc::channel(TOLD);
        Self { keys, notes, shelf, checker, comparing: None, tell, told }
    }

    /// What has come of a comparison. Cancelling it loses nothing.
    pub async fn next(&mut self) -> Option<Compared> {
        self.told.recv().await
    }

    /// Destroys keys and notes; tells whether nothing is left of either. The keys come
    /// first: without them notes are noise, wherever they lie.
    async fn destroy(&self) -> bool {
        if let Err(error) = self.keys.destroy() {
            tracing::error!(%error, "the papers' keys cannot be destroyed");
            return false;
        }
        if let Err(error) = self.notes.destroy().await {
            tracing::error!(%error, "members' notes cannot be destroyed");
            return false;
        }
        true
    }

    /// Begins the next comparison, if none is under way.
    fn compare(&mut self, state: &State) {
        if self.comparing.is_some() {
            return;
        }
        let Some(paper) = state.papers().to_compare() else { return };
        let (id, version) = (paper.id, paper.version());
        let [.., old, new] = paper.versions[..] else { return };
        self.comparing = Some((id, version));
        let (checker, tell) = (self.checker.clone(), self.tell.clone());
        let (old, new) = (self.shelf.path(&old), self.shelf.path(&new));
        tokio::spawn(async move {
            let changes = checker.compare(old, new).await;
            // The room may have ended.
            let _ = tell.send(Compared { paper: id, version, changes }).await;
        });
    }
}

impl Room {
    /// Looks for what is to be done.
    pub(super) async fn keep_papers(&mut self) {
        if self.fault.is_some() {
            return;
        }
        self.keeper.compare(&self.state);
        let over = self.state.phase() == Phase::Closed;
        if over && !self.state.papers().keys_destroyed && self.keeper.destroy().await {
            Box::pin(self.serve(ServerCommand::PaperKeysDestroyed)).await;
        }
    }

    pub(super) async fn compared(&mut self, compared: Option<Compared>) {
        let Some(Compared { paper, version, changes }) = compared else { return };
        self.keeper.comparing = None;
        let (changed, gone) = match changes {
            Some(Changes { new, gone }) => (Some(new), gone),
            None => (None, Vec::new()),
        };
        self.serve(ServerCommand::PaperCompared { paper, version, changed, gone }).await;
        self.keep_papers().await;
    }
}
