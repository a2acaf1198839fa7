//! A member's notes: drawn here, kept by the server as something that it is given locked, and
//! opened again wherever the member sits. The key comes with `me` and lives in memory, as the
//! notes do: nothing of them is on this terminal's disk.

use super::{Effect, State};
use crate::ink::history::Sheet;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use hemicycle_protocol::ids::{CommandId, Hash, Millis};
use hemicycle_protocol::ink::{self, NotesKey, PAGE_POINTS, SealedPage, Stroke};
use hemicycle_protocol::refusal::{Code, Refusal};
use hemicycle_protocol::wire::{Up, limits};
use std::collections::{BTreeMap, BTreeSet};
use zeroize::Zeroizing;

/// A page is kept when the pen has rested so long, in milliseconds.
const REST: i64 = 400;
/// What could not be kept is tried again after this.
const AGAIN_AFTER: i64 = 10_000;

/// See the module.
#[derive(Default)]
pub struct Notes {
    key: Option<NotesKey>,
    pages: BTreeMap<(Hash, u32), Sheet>,
    /// Papers whose notes are here.
    here: BTreeSet<Hash>,
    /// Others that were asked for, and when they may be again.
    asked: BTreeMap<Hash, Millis>,
    /// Pages that the server does not have as they are, and when they are to be sent.
    unkept: BTreeMap<(Hash, u32), Millis>,
    under_way: Option<UnderWay>,
    /// Pages whose notes do not open here: nothing may take their place.
    closed: BTreeSet<(Hash, u32)>,
    /// A page had no room for more.
    full: bool,
}

struct UnderWay {
    id: CommandId,
    at: (Hash, u32),
    revision: u32,
}

/// How the notes stand to the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeping {
    Kept,
    OnTheWay,
    /// Not until there is a connection.
    Waits,
}

impl Notes {
    /// May there be any?
    pub fn has_key(&self) -> bool {
        self.key.is_some()
    }

    /// What stands on a page.
    pub fn sheet(&self, paper: &Hash, page: u32) -> Option<&Sheet> {
        self.pages.get(&(*paper, page))
    }

    pub(super) fn sheet_mut(&mut self, paper: Hash, page: u32) -> &mut Sheet {
        self.pages.entry((paper, page)).or_default()
    }

    /// The pages of a paper that have notes.
    pub fn of(&self, paper: &Hash) -> impl Iterator<Item = (u32, &Sheet)> {
        let all = self.pages.range((*paper, 0)..=(*paper, u32::MAX));
        all.filter(|(_, sheet)| !sheet.strokes().is_empty())
            .map(|((_, page), sheet)| (*page, sheet))
    }

    /// There are notes on this page that do not open.
    pub fn closed(&self, paper: &Hash, page: u32) -> bool {
        self.closed.contains(&(*paper, page))
    }

    pub(super) fn changed(&mut self, paper: Hash, page: u32, now: Millis) {
        self.full = false;
        self.unkept.insert((paper, page), Millis(now.0.saturating_add(REST)));
    }

    pub(super) fn is_full(&mut self) {
        self.full = true;
    }

    /// The page takes no more strokes.
    pub fn full(&self) -> bool {
        self.full
    }

    fn seal(&self, (paper, page): (Hash, u32), nonce: [u8; 12]) -> Option<String> {
        let strokes = self.pages.get(&(paper, page)).map_or(&[][..], Sheet::strokes);
        if strokes.is_empty() {
            return Some(String::new());
        }
        let text = Zeroizing::new(serde_json::to_vec(strokes).ok()?);
        let aad = ink::note_of(&paper, page);
        let payload = Payload { msg: &text, aad: &aad };
        let sealed = self.cipher()?.encrypt(&Nonce::from(nonce), payload).ok()?;
        Some(STANDARD.encode([&nonce[..], &sealed].concat()))
    }

    /// None: not sealed by this member for this page, or no ink.
    fn open(&self, paper: Hash, SealedPage { page, sealed }: &SealedPage) -> Option<Vec<Stroke>> {
        let bytes = STANDARD.decode(sealed).ok()?;
        let (nonce, sealed) = bytes.split_first_chunk::<12>()?;
        let aad = ink::note_of(&paper, *page);
        let payload = Payload { msg: sealed, aad: &aad };
        let text = self.cipher()?.decrypt(&Nonce::from(*nonce), payload).ok()?;
        let strokes: Vec<Stroke> = serde_json::from_slice(&Zeroizing::new(text)).ok()?;
        ink::check(&strokes, PAGE_POINTS).is_ok().then_some(strokes)
    }

    fn cipher(&self) -> Option<ChaCha20Poly1305> {
        let bytes = Zeroizing::new(self.key.as_ref()?.bytes()?);
        Some(ChaCha20Poly1305::new(&Key::from(*bytes)))
    }
}

impl State {
    /// `me` has come: another person's notes, or nobody's, are not to be seen here.
    pub(super) fn notes_of(&mut self, key: Option<NotesKey>) {
        if self.notes.key != key {
            self.notes = Notes { key, ..Notes::default() };
            self.put_pen_away();
        }
    }

    /// How what was drawn stands to the server.
    pub fn notes_keeping(&self) -> Keeping {
        if self.notes.unkept.is_empty() && self.notes.under_way.is_none() {
            Keeping::Kept
        } else if self.online() {
            Keeping::OnTheWay
        } else {
            Keeping::Waits
        }
    }

    /// The open paper's notes are on their way.
    pub fn notes_coming(&self) -> bool {
        let open = self.book.reading.as_ref().map(|reading| reading.hash);
        self.notes.has_key() && open.is_some_and(|paper| !self.notes.here.contains(&paper))
    }

    /// Nothing that was on its way can be counted on.
    pub(super) fn notes_interrupted(&mut self) {
        self.notes.asked.clear();
        if let Some(UnderWay { at, .. }) = self.notes.under_way.take() {
            self.notes.unkept.entry(at).or_insert(self.now);
        }
    }

    pub(super) fn notes_came(
        &mut self,
        paper: Hash,
        pages: &[SealedPage],
        refused: Option<&Refusal>,
    ) {
        if !self.notes.asked.contains_key(&paper) {
            return;
        }
        if refused.is_some() {
            // To keep a page now would take the place of notes that nobody has seen.
            self.notes.asked.insert(paper, Millis(self.now.0.saturating_add(AGAIN_AFTER)));
            return;
        }
        self.notes.asked.remove(&paper);
        self.notes.here.insert(paper);
        for sealed in pages {
            let Some(strokes) = self.notes.open(paper, sealed) else {
                self.notes.closed.insert((paper, sealed.page));
                self.notes.unkept.remove(&(paper, sealed.page));
                continue;
            };
            let sheet = self.notes.sheet_mut(paper, sealed.page);
            // What was drawn while they were on their way stays on top.
            let own = sheet.strokes().to_vec();
            sheet.replace(strokes.into_iter().chain(own).collect());
        }
    }

    pub(super) fn notes_kept(&mut self, id: CommandId, refused: Option<Refusal>) {
        let Some(UnderWay { at, revision, .. }) = self.notes.under_way.take_if(|u| u.id == id)
        else {
            return;
        };
        let now_is = self.notes.pages.get(&at).map_or(0, Sheet::revision);
        match refused {
            None if now_is == revision => {}
            None => {
                self.notes.unkept.entry(at).or_insert(self.now);
            }
            Some(why) => {
                let later = Millis(self.now.0.saturating_add(AGAIN_AFTER));
                self.notes.unkept.insert(at, later);
                if why.code != Code::TooFast {
                    self.trouble = Some((why, self.now));
                }
            }
        }
    }

    /// Asks for the open paper's notes, and has kept what the pen has left.
    pub(super) fn tend_notes(&mut self, effects: &mut Vec<Effect>) {
        if !self.online() || !self.notes.has_key() {
            return;
        }
        let unknown = |paper: &Hash| {
            !self.notes.here.contains(paper)
                && self.notes.asked.get(paper).is_none_or(|again| *again <= self.now)
        };
        let open = self.books().filter_map(|book| Some(book.reading.as_ref()?.hash));
        for paper in open.filter(unknown).collect::<Vec<_>>() {
            self.notes.asked.insert(paper, Millis(i64::MAX));
            effects.push(Effect::Send(Up::FetchNotes { paper }));
        }
        let Some((member, _)) = self.seated().filter(|_| self.notes.under_way.is_none()) else {
            return;
        };
        // A paper whose notes have not come is not kept yet: it would take the place of those.
        let due = |((paper, _), at): &(&(Hash, u32), &Millis)| {
            **at <= self.now && self.notes.here.contains(paper)
        };
        let Some((&at, _)) = self.notes.unkept.iter().find(due) else { return };
        self.notes.unkept.remove(&at);
        let id = self.command_id();
        let nonce = self.fresh_nonce();
        let Some(sealed) = self.notes.seal(at, nonce) else { return };
        if sealed.len() > limits::NOTES_PAGE {
            self.notes.full = true;
            return;
        }
        let revision = self.notes.pages.get(&at).map_or(0, Sheet::revision);
        self.notes.under_way = Some(UnderWay { id, at, revision });
        let (paper, page) = at;
        let page = SealedPage { page, sealed };
        effects.push(Effect::Send(Up::KeepNotes { id, member, paper, page }));
    }

    /// When something is due to be kept.
    pub(super) fn notes_wake_at(&self) -> Option<Millis> {
        let waits = self.online() && self.notes.under_way.is_none();
        let known = |((paper, _), _): &(&(Hash, u32), &Millis)| self.notes.here.contains(paper);
        self.notes.unkept.iter().filter(|_| waits).filter(known).map(|(_, at)| *at).min()
    }

    /// Names of commands never come twice, and the terminal drew their seed at its start.
    fn fresh_nonce(&mut self) -> [u8; 12] {
        let name = self.command_id().0;
        let mut nonce = [0; 12];
        nonce.copy_from_slice(name.split_at(12).0);
        nonce
    }
}
