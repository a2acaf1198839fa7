//! Reading: which papers are wanted, which are here, which one is open, at
//! which page and how large. Pixels never come here, only the names of pictures.

use super::page::{ZOOM_LEAST, ZOOM_MOST};
use super::{Effect, Facts, Reading, State, View};
use crate::screen::BitmapId;
use hemicycle_protocol::ids::{Hash, Millis, PaperId};
use hemicycle_protocol::topic::{Agenda, Item, ItemState, Paper};

/// Thumbnails drawn at a time.
const MOST_THUMBNAILS: u32 = 24;
/// Papers that are fetched, of an agenda.
const MOST_PAPERS: usize = 1000;
/// A paper that could not be had is asked for again after so many milliseconds.
const ASK_AGAIN_AFTER: i64 = 10_000;

impl State {
    /// The paper with this id, as the agenda has it now.
    pub fn paper(&self, id: PaperId) -> Option<&Paper> {
        self.room.agenda.items.iter().flat_map(|i| &i.papers).find(|p| p.id == id)
    }

    /// The item that the meeting is at.
    pub fn current_item(&self) -> Option<&Item> {
        self.room.agenda.items.iter().find(|i| i.state == ItemState::Current)
    }

    pub(super) fn agenda_came(&mut self, agenda: Agenda, effects: &mut Vec<Effect>) {
        let before = self.current_item().map(|i| i.id);
        self.room.agenda = agenda;
        self.want_papers(effects);
        if before != self.current_item().map(|i| i.id) {
            self.unfolded = None;
            self.hurry(effects);
        }
    }

    /// What is discussed now comes before what is on its way already, what is being read first.
    fn hurry(&self, effects: &mut Vec<Effect>) {
        if !self.fetches() {
            return;
        }
        let open = self.book.reading.as_ref().map(|r| r.hash);
        let papers = self.current_item().map(|i| i.papers.as_slice()).unwrap_or_default();
        let missing = |p: &&Paper| !self.book.ready.contains(&p.hash);
        // Each goes before the ones asked for until then: the last asked for comes first.
        let (first, others): (Vec<_>, Vec<_>) =
            papers.iter().rev().filter(missing).partition(|p| Some(p.hash) == open);
        effects.extend(others.into_iter().chain(first).map(|p| Effect::WantPaper {
            hash: p.hash,
            bytes: p.bytes.0,
            urgent: true,
        }));
    }

    /// Papers are for whom the server knows, and only once it has said which there are: an agenda
    /// that has not come is not an empty one, and must not empty the cache.
    fn fetches(&self) -> bool {
        self.online() && self.agenda_known() && self.me().is_some_and(|me| me.person.is_some())
    }

    /// Asks for every paper that is not here: those of the current item first, then in order.
    pub(super) fn want_papers(&mut self, effects: &mut Vec<Effect>) {
        if !self.fetches() {
            return;
        }
        let items = &self.room.agenda.items;
        let (now, later): (Vec<_>, Vec<_>) =
            items.iter().partition(|i| i.state == ItemState::Current);
        let papers = now.iter().chain(&later).flat_map(|i| &i.papers);
        let mut hashes = Vec::new();
        for paper in papers.take(MOST_PAPERS) {
            let hash = paper.hash;
            hashes.push(hash);
            let asked = self.arriving.contains_key(&hash) || self.postponed.contains_key(&hash);
            if !self.book.ready.contains(&hash) && !asked {
                self.arriving.insert(hash, 0);
                effects.push(Effect::WantPaper { hash, bytes: paper.bytes.0, urgent: false });
            }
        }
        // What is being read stays, even when it was replaced: the page never moves under a finger.
        hashes.extend(self.book.reading.as_ref().map(|r| r.hash));
        let kept = |hash: &Hash| hashes.contains(hash);
        self.book.ready.retain(kept);
        self.book.facts.retain(|hash, _| kept(hash));
        self.arriving.retain(|hash, _| kept(hash));
        self.postponed.retain(|hash, _| kept(hash));
        effects.push(Effect::KeepPapers { hashes });
    }

    pub(super) fn papers_overdue(&mut self, effects: &mut Vec<Effect>) {
        let now = self.now;
        let before = self.postponed.len();
        self.postponed.retain(|_, at| *at > now);
        if self.postponed.len() < before {
            self.want_papers(effects);
        }
    }

    pub(super) fn paper_grew(&mut self, hash: Hash, have: u64) {
        if let Some(arrived) = self.arriving.get_mut(&hash) {
            *arrived = have;
        }
    }

    pub(super) fn paper_came(&mut self, hash: Hash, effects: &mut Vec<Effect>) {
        if !self.knows(&hash) {
            return;
        }
        self.arriving.remove(&hash);
        self.postponed.remove(&hash);
        self.book.ready.insert(hash);
        if self.book.reading.as_ref().is_some_and(|r| r.hash == hash) {
            self.open_or_draw(effects);
        }
    }

    /// It is left alone for a while: a full disk, or a file that the server has lost, would
    /// otherwise be asked for without end.
    pub(super) fn paper_failed(&mut self, hash: Hash) {
        self.arriving.remove(&hash);
        if self.knows(&hash) {
            self.postponed.insert(hash, Millis(self.now.0.saturating_add(ASK_AGAIN_AFTER)));
        }
    }

    /// Is the paper on the agenda, or open?
    fn knows(&self, hash: &Hash) -> bool {
        self.book.reading.as_ref().is_some_and(|r| r.hash == *hash)
            || self.room.agenda.items.iter().flat_map(|i| &i.papers).any(|p| p.hash == *hash)
    }

    pub(super) fn open_paper(&mut self, id: u32, effects: &mut Vec<Effect>) {
        let Some(paper) = self.paper(PaperId(id)).cloned() else { return };
        let Paper { id, hash, version, bytes, title, .. } = paper;
        self.view = View::Reader;
        self.seen.insert(id, version);
        if self.book.reading.as_ref().is_some_and(|r| r.hash == hash && r.failed.is_none()) {
            return;
        }
        self.leave_page();
        self.book.page_picture = None;
        self.book.thumbnails.clear();
        effects.push(Effect::ForgetDrawings);
        self.book.reading = Some(Reading {
            paper: id,
            hash,
            version,
            title,
            page: self.book.left_at.get(&id).copied().unwrap_or(0),
            zoom: None,
            scroll: (0.0, 0.0),
            scroll_turn: 0,
            failed: None,
            opening: false,
            thumbnails: None,
        });
        if !self.book.ready.contains(&hash) {
            self.postponed.remove(&hash);
            self.arriving.entry(hash).or_insert(0);
            effects.push(Effect::WantPaper { hash, bytes: bytes.0, urgent: true });
        }
        self.go_to_top();
        self.open_or_draw(effects);
    }

    fn leave_page(&mut self) {
        if let Some(reading) = &self.book.reading {
            self.book.left_at.insert(reading.paper, reading.page);
        }
    }

    pub(super) fn close_book(&mut self, effects: &mut Vec<Effect>) {
        self.leave_page();
        if self.book.reading.take().is_some() {
            effects.push(Effect::ForgetDrawings);
        }
        self.book.page_picture = None;
        self.book.thumbnails.clear();
    }

    pub(super) fn opened(&mut self, hash: Hash, facts: Facts, effects: &mut Vec<Effect>) {
        if !self.book.ready.contains(&hash) {
            return;
        }
        let last = u32::try_from(facts.pages.len()).unwrap_or(u32::MAX).saturating_sub(1);
        self.book.facts.insert(hash, facts);
        if let Some(reading) = self.book.reading.as_mut().filter(|r| r.hash == hash) {
            reading.page = reading.page.min(last);
            reading.failed = None;
            reading.opening = false;
            self.go_to_top();
            self.open_or_draw(effects);
        }
    }

    pub(super) fn not_drawn(&mut self, hash: Hash, code: String) {
        if let Some(reading) = self.book.reading.as_mut().filter(|r| r.hash == hash) {
            reading.failed = Some(code);
            reading.opening = false;
        }
    }

    /// A picture that came too late for its page or its paper is not taken over one that fits.
    pub(super) fn drawn(&mut self, bitmap: BitmapId) {
        let Some(reading) = &self.book.reading else { return };
        if (reading.paper.0, reading.version) != (bitmap.paper, bitmap.generation) {
            return;
        }
        let wanted = self.book.wanted();
        if wanted != Some(bitmap) && self.book.thumbnail(bitmap.page) == Some(bitmap) {
            if bitmap.page < self.book.pages() {
                self.book.thumbnails.insert(bitmap);
            }
        } else if bitmap.page == reading.page && self.book.page_picture != wanted {
            self.book.page_picture = Some(bitmap);
        }
    }

    /// Where the new page begins: at the text's left edge, at the top.
    fn go_to_top(&mut self) {
        let x = self.book.home_x();
        self.scroll_to((x, 0.0));
    }

    /// Has the window scroll there.
    fn scroll_to(&mut self, place: (f32, f32)) {
        let place = self.book.within(place);
        if let Some(reading) = &mut self.book.reading {
            reading.scroll = place;
            reading.scroll_turn = reading.scroll_turn.wrapping_add(1);
        }
    }

    /// A banner that comes or goes changes the desk's height: what is read stays where it is.
    pub(super) fn desk_sized(&mut self, width: u32, height: u32, effects: &mut Vec<Effect>) {
        let size = (width.min(10_000), height.min(10_000));
        let before = std::mem::replace(&mut self.book.desk, size);
        if before == size {
            return;
        }
        if before.0 == size.0 {
            if let Some(reading) = &self.book.reading {
                let (now, fits) = (reading.scroll, self.book.within(reading.scroll));
                if now != fits {
                    self.scroll_to(fits);
                }
            }
            return;
        }
        self.rescaled(before, |_| {});
        self.open_or_draw(effects);
    }

    /// Changes the size of the sheet or of the desk; what was in the middle stays there.
    fn rescaled(&mut self, desk: (u32, u32), change: impl FnOnce(&mut Reading)) {
        let after = std::mem::replace(&mut self.book.desk, desk);
        let before = self.book.sheet();
        self.book.desk = after;
        let Some(reading) = &mut self.book.reading else { return };
        change(reading);
        let (x, y) = reading.scroll;
        match (before, self.book.sheet()) {
            (Some((before, _)), Some((now, _))) if desk.0 > 0 => {
                let grown = now / before;
                let middle = |at: f32, desk: u32, now: u32| {
                    (at + desk as f32 / 2.0) * grown - now as f32 / 2.0
                };
                self.scroll_to((middle(x, desk.0, after.0), middle(y, desk.1, after.1)));
            }
            (Some(_) | None, Some(_) | None) => self.go_to_top(),
        }
    }

    pub(super) fn turn_by(&mut self, pages: i32, effects: &mut Vec<Effect>) {
        if let Some(page) = self.book.reading.as_ref().map(|r| r.page) {
            self.turn_to(page.saturating_add_signed(pages), effects);
        }
    }

    pub(super) fn turn_to(&mut self, page: u32, effects: &mut Vec<Effect>) {
        let Some(last) = self.book.pages().checked_sub(1) else { return };
        let Some(reading) = &mut self.book.reading else { return };
        let page = page.min(last);
        if reading.page != page {
            reading.page = page;
            reading.failed = None;
            self.go_to_top();
            self.leave_page();
            self.open_or_draw(effects);
        }
    }

    pub(super) fn fit_width(&mut self, effects: &mut Vec<Effect>) {
        self.rescaled(self.book.desk, |reading| reading.zoom = None);
        if let Some(reading) = &self.book.reading {
            let down = reading.scroll.1;
            self.scroll_to((self.book.home_x(), down));
            self.open_or_draw(effects);
        }
    }

    pub(super) fn zoom(&mut self, factor: f32, effects: &mut Vec<Effect>) {
        if !factor.is_finite() || factor <= 0.0 || self.book.sheet().is_none() {
            return;
        }
        self.rescaled(self.book.desk, |reading| {
            let zoom = reading.zoom.unwrap_or(1000) as f32 * factor;
            reading.zoom = Some((zoom.round() as u32).clamp(ZOOM_LEAST, ZOOM_MOST));
        });
        self.open_or_draw(effects);
    }

    /// Can the open page be made larger, smaller?
    pub fn zoom_room(&self) -> (bool, bool) {
        self.book.zoom_room()
    }

    pub(super) fn scrolled(&mut self, x: f32, y: f32) {
        if !x.is_finite() || !y.is_finite() {
            return;
        }
        let place = self.book.within((x, y));
        if let Some(reading) = &mut self.book.reading {
            reading.scroll = place;
        }
    }

    pub(super) fn thumbnails_seen(&mut self, first: u32, last: u32, effects: &mut Vec<Effect>) {
        let Some(end) = self.book.pages().checked_sub(1) else { return };
        if let Some(reading) = &mut self.book.reading {
            let last = last.min(end).min(first.saturating_add(MOST_THUMBNAILS));
            reading.thumbnails = Some((first.min(last), last));
            self.draw_thumbnails(effects);
        }
    }

    /// Reads the paper if that has not been done, else has the page drawn, then its neighbours.
    fn open_or_draw(&mut self, effects: &mut Vec<Effect>) {
        let Some(reading) = &mut self.book.reading else { return };
        let (hash, page) = (reading.hash, reading.page);
        if !self.book.facts.contains_key(&hash) {
            if self.book.ready.contains(&hash) && !reading.opening {
                reading.opening = true;
                effects.push(Effect::OpenPaper { hash });
            }
            return;
        }
        if self.book.desk.0 == 0 {
            return;
        }
        let Some(bitmap) = self.book.wanted() else { return };
        if self.book.page_picture != Some(bitmap) {
            effects.push(Effect::Draw { hash, bitmap, ahead: false });
        }
        for neighbour in [page.checked_add(1), page.checked_sub(1)].into_iter().flatten() {
            let ahead = self.book.wanted_at(neighbour);
            effects.extend(ahead.map(|bitmap| Effect::Draw { hash, bitmap, ahead: true }));
        }
        self.draw_thumbnails(effects);
    }

    fn draw_thumbnails(&mut self, effects: &mut Vec<Effect>) {
        let Some(reading) = &self.book.reading else { return };
        let Some((first, last)) = reading.thumbnails else { return };
        for bitmap in (first..=last).filter_map(|page| self.book.thumbnail(page)) {
            if !self.book.thumbnails.contains(&bitmap) {
                effects.push(Effect::Draw { hash: reading.hash, bitmap, ahead: true });
            }
        }
    }
}
