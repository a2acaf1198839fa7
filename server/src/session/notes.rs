//! A member's notes between one seat and their store: who may have them, and how many
//! are on their way. They are whose person sits there and is signed in, never the
//! terminal's. Notes of one paper are in memory at a time.

use super::{Ended, Peer, Session};
use hemicycle_protocol::ids::{CommandId, Hash, MemberId};
use hemicycle_protocol::ink::SealedPage;
use hemicycle_protocol::refusal::{Code, Refusal};
use hemicycle_protocol::wire::Down;
use std::collections::VecDeque;
use tokio::sync::mpsc;

/// Pages that wait to be kept at most.
const KEEPING: usize = 16;
/// Papers whose notes wait to be fetched at most.
const FETCHING: usize = 8;

/// See the module.
pub struct Post {
    told: mpsc::Receiver<Told>,
    tell: mpsc::Sender<Told>,
    keeping: usize,
    wanted: VecDeque<Hash>,
    is_fetching: bool,
}

/// What the store has said.
pub enum Told {
    Kept { id: CommandId, kept: Result<(), Refusal> },
    Fetched { member: MemberId, paper: Hash, pages: Result<Vec<SealedPage>, Refusal> },
}

impl Default for Post {
    fn default() -> Self {
        let (tell, told) = mpsc::channel(KEEPING + 1);
        Self { told, tell, keeping: 0, wanted: VecDeque::new(), is_fetching: false }
    }
}

impl Post {
    /// The next answer. Cancelling it loses nothing.
    pub async fn next(&mut self) -> Option<Told> {
        self.told.recv().await
    }
}

impl Session<'_> {
    pub(super) async fn keep_notes(
        &mut self,
        id: CommandId,
        member: MemberId,
        paper: Hash,
        page: SealedPage,
    ) -> Result<(), Ended> {
        if self.post.keeping >= KEEPING {
            return self.notes_kept(id, Err(Code::TooFast.into())).await;
        }
        let writer = self.writer(&paper).and_then(|writer| writer.is(member));
        match writer.and_then(|writer| writer.of_page(page.page)) {
            Ok(()) => {
                self.post.keeping += 1;
                let tell = self.post.tell.clone();
                let reply = Box::new(move |kept| {
                    // Never full: no more are under way. Whoever has left keeps it again.
                    let _ = tell.try_send(Told::Kept { id, kept });
                });
                self.app.notes.keep(member, paper, &page, reply);
                Ok(())
            }
            Err(refused) => self.notes_kept(id, Err(refused)).await,
        }
    }

    pub(super) async fn fetch_notes(&mut self, paper: Hash) -> Result<(), Ended> {
        if self.post.wanted.len() >= FETCHING {
            return self.notes(paper, Err(Code::TooFast.into())).await;
        }
        self.post.wanted.push_back(paper);
        self.fetch_next_notes().await
    }

    /// Passes on what the store has said.
    pub(super) async fn pass_on(&mut self, told: Told) -> Result<(), Ended> {
        match told {
            Told::Kept { id, kept } => {
                self.post.keeping = self.post.keeping.saturating_sub(1);
                self.notes_kept(id, kept).await
            }
            Told::Fetched { member, paper, pages } => {
                self.post.is_fetching = false;
                let still = self.writer(&paper).and_then(|writer| writer.is(member));
                self.notes(paper, still.and(pages)).await?;
                self.fetch_next_notes().await
            }
        }
    }

    pub(super) async fn notes_kept(
        &mut self,
        id: CommandId,
        kept: Result<(), Refusal>,
    ) -> Result<(), Ended> {
        Ok(self.out.send(&Down::NotesKept { id, refused: kept.err() }).await?)
    }

    async fn fetch_next_notes(&mut self) -> Result<(), Ended> {
        while !self.post.is_fetching
            && let Some(paper) = self.post.wanted.pop_front()
        {
            match self.writer(&paper) {
                Ok(Writer { member, .. }) => {
                    self.post.is_fetching = true;
                    let tell = self.post.tell.clone();
                    let reply = Box::new(move |pages| {
                        let _ = tell.try_send(Told::Fetched { member, paper, pages });
                    });
                    self.app.notes.fetch(member, paper, reply);
                }
                Err(refused) => self.notes(paper, Err(refused)).await?,
            }
        }
        Ok(())
    }

    async fn notes(
        &mut self,
        paper: Hash,
        found: Result<Vec<SealedPage>, Refusal>,
    ) -> Result<(), Ended> {
        let (pages, refused) = match found {
            Ok(pages) => (pages, None),
            Err(refused) => (Vec::new(), Some(refused)),
        };
        Ok(self.out.send(&Down::Notes { paper, pages, refused }).await?)
    }

    /// Who writes on this paper here.
    fn writer(&self, paper: &Hash) -> Result<Writer, Refusal> {
        let Peer::Seat { presence, view, .. } = &self.peer else {
            return Err(Refusal::of(Code::NotAllowed, "notes are made at seats"));
        };
        let board = view.borrow();
        let sitting = board.sittings.get(&presence.terminal).ok_or(Code::NoSeat)?;
        let member = sitting.member.ok_or(Code::SeatEmpty)?;
        if !sitting.here {
            return Err(Code::NotSignedIn.into());
        }
        let is_for = board.files.are_for(sitting.seat, paper);
        let facts = self.app.shelf.facts(paper).filter(|_| is_for).ok_or(Code::NotFound)?;
        Ok(Writer { member, pages: facts.pages })
    }
}

/// A member, and how many pages there are to write on.
struct Writer {
    member: MemberId,
    pages: u32,
}

impl Writer {
    /// What was locked for one person is nothing to another.
    fn is(self, member: MemberId) -> Result<Self, Refusal> {
        if self.member == member {
            return Ok(self);
        }
        Err(Refusal::of(Code::NotAllowed, "another person sits here"))
    }

    fn of_page(self, page: u32) -> Result<(), Refusal> {
        if page < self.pages {
            return Ok(());
        }
        Err(Refusal::of(Code::BadValue, format_args!("page {page} of {}", self.pages)))
    }
}
