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
use hemicycle_protocol::topic::EarlierVersion;
use hemicycle_protocol::wire::{Up, limits};
use std::collections::{BTreeMap, BTreeSet};
use zeroize::Zeroizing;

/// A page is kept when the pen has rested so long, in milliseconds.
const REST: i64 = 400;
/// What could not be kept is tried again after this.
const AGAIN_AFTER: i64 = 10_000;
/// Papers whose notes are asked for at a time; the server takes no more.
const ASKED_AT_ONCE: usize = 6;
/// Pages of an earlier version that are looked at.
const MOST_PAGES: u32 = 10_000;

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
    /// Pages of which the server has something, be it that nothing is left there.
    known: BTreeSet<(Hash, u32)>,
    /// Papers, with the earlier version that they have taken over the notes of.
    taken_over: BTreeSet<(Hash, Hash)>,
    /// Pages whose notes came from an earlier version.
    inherited: BTreeSet<(Hash, u32)>,
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

    fn has_taken_over(&self, paper: &Hash, old: &Hash) -> bool {
        self.taken_over.contains(&(*paper, *old))
    }

    fn take_over(&mut self, paper: Hash, old: &EarlierVersion) {
        if !self.taken_over.insert((paper, old.hash)) {
            return;
        }
        let pages = old.same.iter().flat_map(|run| {
            let pages = 0..run.pages.min(MOST_PAGES);
            pages.map(|n| (run.then.saturating_add(n), run.now.saturating_add(n)))
        });
        for (then, now) in pages {
            // In papers pages are counted from 1, in notes from 0.
            let (Some(then), Some(now)) = (then.checked_sub(1), now.checked_sub(1)) else {
                continue;
            };
            let (from, to) = ((old.hash, then), (paper, now));
            let had = [&self.known, &self.inherited].iter().any(|pages| pages.contains(&from));
            let had = had || self.pages.contains_key(&from);
            if !had || self.known.contains(&to) || self.inherited.contains(&to) {
                continue;
            }
            self.inherited.insert(to);
            if let Some(strokes) = self.pages.get(&from).map(|sheet| sheet.strokes().to_vec()) {
                let sheet = self.sheet_mut(paper, now);
                // What was drawn here meanwhile stays on top.
                let own = sheet.strokes().to_vec();
                sheet.replace(strokes.into_iter().chain(own).collect());
            }
        }
    }

    fn seal(&self, (paper, page): (Hash, u32), nonce: [u8; 12]) -> Option<String> {
        let strokes = self.pages.get(&(paper, page)).map_or(&[][..], Sheet::strokes);
        // What was taken away here must not come back from an earlier version.
        if strokes.is_empty() && !self.inherited.contains(&(paper, page)) {
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
        self.notes.has_key() && open.is_some_and(|paper| !self.notes_settled(&paper))
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
        let gone = |why: &&Refusal| why.code == Code::NotFound && self.is_earlier(&paper);
        if refused.filter(|why| !gone(why)).is_some() {
            // To keep a page now would take the place of notes that nobody has seen.
            self.notes.asked.insert(paper, Millis(self.now.0.saturating_add(AGAIN_AFTER)));
            return;
        }
        self.notes.asked.remove(&paper);
        self.notes.here.insert(paper);
        for sealed in pages {
            self.notes.known.insert((paper, sealed.page));
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
        if refused.is_none() {
            self.notes.known.insert(at);
        }
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

    /// The versions before this one whose pages it still has.
    fn earlier(&self, hash: &Hash) -> &[EarlierVersion] {
        let mut papers = self.room.agenda.items.iter().flat_map(|item| &item.papers);
        papers.find(|paper| paper.hash == *hash).map_or(&[], |paper| &paper.earlier)
    }

    fn is_earlier(&self, hash: &Hash) -> bool {
        let mut papers = self.room.agenda.items.iter().flat_map(|item| &item.papers);
        papers.any(|paper| paper.earlier.iter().any(|old| old.hash == *hash))
    }

    /// All that was noted on this version and on those before it is here.
    fn notes_settled(&self, hash: &Hash) -> bool {
        let here = |hash: &Hash| self.notes.here.contains(hash);
        here(hash) && self.earlier(hash).iter().all(|old| here(&old.hash))
    }

    /// The versions that are read or were written on.
    fn noted_versions(&self) -> BTreeSet<Hash> {
        let open = self.books().filter_map(|book| Some(book.reading.as_ref()?.hash));
        open.chain(self.notes.unkept.keys().map(|(paper, _)| *paper)).collect()
    }

    /// A page that is as it was in an earlier version has the notes that were made there, until
    /// there are some of its own.
    fn take_over_notes(&mut self) {
        for paper in self.noted_versions() {
            if self.notes_settled(&paper) {
                // The latest of them counts.
                let taken = |old: &&EarlierVersion| self.notes.has_taken_over(&paper, &old.hash);
                let left = self.earlier(&paper).iter().skip_while(taken).cloned();
                for old in left.collect::<Vec<_>>() {
                    self.notes.take_over(paper, &old);
                }
            }
        }
    }

    /// Asks for the open paper's notes, and has kept what the pen has left.
    pub(super) fn tend_notes(&mut self, effects: &mut Vec<Effect>) {
        if self.notes.has_key() {
            self.take_over_notes();
        }
        if !self.online() || !self.notes.has_key() {
            return;
        }
        let unknown = |paper: &Hash| {
            !self.notes.here.contains(paper)
                && self.notes.asked.get(paper).is_none_or(|again| *again <= self.now)
        };
        let versions = self.noted_versions();
        let earlier = versions.iter().flat_map(|paper| self.earlier(paper)).map(|old| old.hash);
        let wanted: BTreeSet<Hash> = versions.iter().copied().chain(earlier).collect();
        let under_way = self.notes.asked.values().filter(|again| again.0 == i64::MAX).count();
        let room = ASKED_AT_ONCE.saturating_sub(under_way);
        for paper in wanted.into_iter().filter(unknown).take(room).collect::<Vec<_>>() {
            self.notes.asked.insert(paper, Millis(i64::MAX));
            effects.push(Effect::Send(Up::FetchNotes { paper }));
        }
        let Some((member, _)) = self.seated().filter(|_| self.notes.under_way.is_none()) else {
            return;
        };
        // A paper whose notes have not come is not kept yet: it would take the place of those.
        let due = |((paper, _), at): &(&(Hash, u32), &Millis)| {
            **at <= self.now && self.notes_settled(paper)
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
        let known = |((paper, _), _): &(&(Hash, u32), &Millis)| self.notes_settled(paper);
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
