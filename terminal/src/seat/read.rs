//! Reading: which papers are wanted, which are here, which one is open, at
//! which page and how large. Pixels never come here, only the names of pictures.

use super::page::{Spot, ZOOM_LEAST, ZOOM_MOST};
use super::{Effect, Facts, Heading, Over, Reading, State, View, search};
use crate::screen::BitmapId;
use hemicycle_protocol::ids::{Hash, Millis, PaperId};
use hemicycle_protocol::refusal::Code;
use hemicycle_protocol::topic::{Agenda, Item, ItemState, Me, Paper};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Thumbnails drawn at a time.
const MOST_THUMBNAILS: u32 = 24;
/// Thumbnails that are remembered on either side of those in view.
const THUMBNAILS_AROUND: u32 = 48;
/// What two taps zoom to, in thousandths.
const CLOSE: u32 = 2000;
/// Papers that are fetched, of an agenda.
const MOST_PAPERS: usize = 1000;
/// Entries of a table of contents.
const MOST_HEADINGS: usize = 2000;
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
        self.room.common = agenda;
        self.lay_out();
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
        let missing =
            |p: &&Paper| !self.shelf.ready.contains(&p.hash) && !self.cannot_keep(&p.hash);
        // Each goes before the ones asked for until then: the last asked for comes first.
        let (first, others): (Vec<_>, Vec<_>) =
            papers.iter().rev().filter(missing).partition(|p| Some(p.hash) == open);
        effects.extend(others.into_iter().chain(first).map(|p| Effect::WantPaper {
            hash: p.hash,
            bytes: p.bytes.0,
            urgent: true,
            confidential: p.terms.confidential,
        }));
    }

    /// Papers are for whom the server knows, and only once it has said which there are: an agenda
    /// that has not come is not an empty one, and must not empty the cache.
    fn fetches(&self) -> bool {
        let has_lock = |me: &Me| me.person.is_some() && me.lock.is_some();
        self.online() && self.agenda_known() && self.me().is_some_and(has_lock)
    }

    /// Asks for every paper that is not here: those of the current item first, then in order.
    pub(super) fn want_papers(&mut self, effects: &mut Vec<Effect>) {
        if !self.fetches() {
            return;
        }
        let items = &self.room.agenda.items;
        let (now, later): (Vec<_>, Vec<_>) =
            items.iter().partition(|i| i.state == ItemState::Current);
        let papers = now.iter().chain(&later).flat_map(|i| &i.papers).take(MOST_PAPERS);
        // A file that is two papers is as confidential as the stricter one.
        let confidential: BTreeSet<Hash> =
            papers.clone().filter(|p| p.terms.confidential).map(|p| p.hash).collect();
        let mut hashes = Vec::new();
        let mut moved = BTreeSet::new();
        for paper in papers {
            let hash = paper.hash;
            hashes.push(hash);
            // What is to be taken back after the meeting must not stay where it lies, and the
            // other way round.
            let confidential = confidential.contains(&hash);
            if self.shelf.kept_as.insert(hash, confidential).is_some_and(|was| was != confidential)
            {
                self.shelf.ready.remove(&hash);
                self.shelf.facts.remove(&hash);
                moved.insert(hash);
                self.arriving.remove(&hash);
                self.postponed.remove(&hash);
            }
            let asked = self.arriving.contains_key(&hash) || self.postponed.contains_key(&hash);
            let in_vain = confidential && self.without_memory;
            if !self.shelf.ready.contains(&hash) && !asked && !in_vain {
                self.arriving.insert(hash, 0);
                let bytes = paper.bytes.0;
                effects.push(Effect::WantPaper { hash, bytes, urgent: false, confidential });
            }
        }
        for book in self.books_mut() {
            book.facts.take_if(|_| book.reading.as_ref().is_some_and(|r| moved.contains(&r.hash)));
        }
        // What is being read stays, even when it was replaced: the page never moves under a finger.
        hashes.extend(self.books().filter_map(|book| Some(book.reading.as_ref()?.hash)));
        let kept = |hash: &Hash| hashes.contains(hash);
        self.shelf.ready.retain(kept);
        self.shelf.kept_as.retain(|hash, _| kept(hash));
        self.shelf.facts.retain(|hash, _| kept(hash));
        self.shelf.contents.retain(|hash, _| kept(hash));
        self.arriving.retain(|hash, _| kept(hash));
        self.postponed.retain(|hash, _| kept(hash));
        effects.push(Effect::KeepPapers { hashes });
    }

    /// It may only be in memory, and there is no place for that here.
    pub fn cannot_keep(&self, hash: &Hash) -> bool {
        self.without_memory && self.shelf.kept_as.get(hash).copied().unwrap_or(false)
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
        self.shelf.ready.insert(hash);
        self.report.has_news();
        if self.books().any(|book| book.is_at(&hash)) {
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
        self.books().any(|book| book.is_at(hash))
            || self.room.agenda.items.iter().flat_map(|i| &i.papers).any(|p| p.hash == *hash)
    }

    pub(super) fn open_paper(&mut self, id: u32, effects: &mut Vec<Effect>) {
        let Some(paper) = self.paper(PaperId(id)).cloned() else { return };
        let Paper { id, hash, version, bytes, title, terms, .. } = paper;
        if !self.may_read() {
            self.trouble = Some((Code::NotSignedIn.into(), self.now));
            return;
        }
        self.view = View::Reader;
        self.seen.insert(id, version);
        // Two papers may be one file.
        let is_open = |r: &Reading| (r.paper, r.hash) == (id, hash) && r.failed.is_none();
        if self.book.reading.as_ref().is_some_and(is_open) {
            return;
        }
        if self.books().all(|book| book.reading.is_none()) {
            self.forget_drawings(effects);
        }
        let scroll_turn = self.book.reading.as_ref().map_or(0, |r| r.scroll_turn);
        self.lay_aside(effects);
        self.recall_places();
        self.book.facts = self.shelf.facts.get(&hash).cloned();
        self.book.reading = Some(Reading {
            paper: id,
            hash,
            version,
            title,
            page: self.shelf.left_at.get(&id).copied().unwrap_or(0),
            zoom: None,
            turn: 0,
            scroll: (0.0, 0.0),
            // What lay here before was scrolled somewhere else.
            scroll_turn,
            failed: None,
            opening: false,
            thumbnails: None,
        });
        let in_vain = terms.confidential && self.without_memory;
        if !self.shelf.ready.contains(&hash) && !in_vain {
            self.postponed.remove(&hash);
            self.arriving.entry(hash).or_insert(0);
            let (bytes, confidential) = (bytes.0, terms.confidential);
            effects.push(Effect::WantPaper { hash, bytes, urgent: true, confidential });
        }
        self.go_to_top();
        self.open_or_draw(effects);
    }

    pub(super) fn leave_page(&mut self, effects: &mut Vec<Effect>) {
        if let Some(reading) = &self.book.reading {
            let before = self.shelf.left_at.insert(reading.paper, reading.page);
            if before != Some(reading.page) {
                effects.extend(self.places_now().map(Effect::KeepPlaces));
            }
        }
    }

    /// Nothing is read any more.
    pub(super) fn close_book(&mut self, effects: &mut Vec<Effect>) {
        self.read_one(effects);
        self.lay_aside(effects);
    }

    /// The paper in hand is closed; one beside it stays.
    pub(super) fn lay_aside(&mut self, effects: &mut Vec<Effect>) {
        self.end_search(effects);
        self.put_pen_away();
        if matches!(self.over, Over::GoTo | Over::Layout | Over::Export) {
            self.over = Over::Nothing;
        }
        self.leave_page(effects);
        self.book.facts = None;
        if self.book.reading.take().is_some() {
            self.forget_drawings(effects);
        }
    }

    fn forget_drawings(&mut self, effects: &mut Vec<Effect>) {
        effects.push(Effect::ForgetDrawings);
        for book in self.books_mut() {
            book.pictures.clear();
            book.thumbnails.clear();
        }
    }

    pub(super) fn opened(&mut self, hash: Hash, facts: Facts, effects: &mut Vec<Effect>) {
        if !self.shelf.ready.contains(&hash) {
            return;
        }
        let facts = Arc::new(facts);
        self.shelf.facts.insert(hash, Arc::clone(&facts));
        self.in_both(effects, |seat, _| {
            if seat.book.is_at(&hash) {
                seat.book.facts = Some(Arc::clone(&facts));
                let last = seat.book.pages().saturating_sub(1);
                if let Some(reading) = &mut seat.book.reading {
                    reading.page = reading.page.min(last);
                    reading.failed = None;
                    reading.opening = false;
                }
                seat.go_to_top();
            }
        });
        self.open_or_draw(effects);
    }

    /// The table of contents of the paper in hand, once it has been read.
    pub fn headings(&self) -> Option<&[Heading]> {
        self.shelf.contents.get(&self.book.reading.as_ref()?.hash).map(Vec::as_slice)
    }

    pub(super) fn contents_came(&mut self, hash: Hash, mut contents: Vec<Heading>) {
        if self.shelf.ready.contains(&hash) {
            contents.truncate(MOST_HEADINGS);
            self.shelf.contents.insert(hash, contents);
        }
    }

    pub(super) fn not_drawn(&mut self, hash: Hash, code: &str) {
        for book in self.books_mut() {
            if let Some(reading) = book.reading.as_mut().filter(|r| r.hash == hash) {
                reading.failed = Some(code.to_owned());
                reading.opening = false;
            }
        }
    }

    pub(super) fn drawn(&mut self, bitmap: BitmapId) {
        self.books_mut().for_each(|book| book.drawn(bitmap));
    }

    /// Where the new page begins: at the text's left edge, at the top.
    fn go_to_top(&mut self) {
        let x = self.book.home_x();
        let page = self.book.reading.as_ref().and_then(|r| self.book.origin(r.page));
        self.scroll_to((x, page.map_or(0.0, |(_, y)| y)));
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
        let mut wider = false;
        self.in_both(effects, |seat, _| wider |= seat.sized(size));
        if wider {
            self.open_or_draw(effects);
        }
    }

    /// Tells whether pages have another width there.
    fn sized(&mut self, size: (u32, u32)) -> bool {
        let before = std::mem::replace(&mut self.book.desk, size);
        if before == size {
            return false;
        }
        if before.0 == size.0 {
            if let Some(reading) = &self.book.reading {
                let (now, fits) = (reading.scroll, self.book.within(reading.scroll));
                if now != fits {
                    self.scroll_to(fits);
                }
            }
            return false;
        }
        self.rescaled(before, |_| {});
        true
    }

    /// Changes the size of the sheets or of the desk; what was in the middle stays there.
    fn rescaled(&mut self, desk: (u32, u32), change: impl FnOnce(&mut Reading)) {
        let middle = |desk: (u32, u32)| (desk.0 as f32 / 2.0, desk.1 as f32 / 2.0);
        let after = std::mem::replace(&mut self.book.desk, desk);
        let (x, y) = self.book.reading.as_ref().map_or((0.0, 0.0), |r| r.scroll);
        let (across, down) = middle(desk);
        let spot = self.book.spot((x + across, y + down)).filter(|_| desk.0 > 0);
        self.book.desk = after;
        let Some(reading) = &mut self.book.reading else { return };
        change(reading);
        match spot.and_then(|spot| self.book.place(spot)) {
            Some((x, y)) => {
                let (across, down) = middle(after);
                self.scroll_to((x - across, y - down));
            }
            None => self.go_to_top(),
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
            self.leave_page(effects);
            self.open_or_draw(effects);
        } else if self.book.continuous {
            self.go_to_top();
            self.open_or_draw(effects);
        }
    }

    /// A sheet of paper can lie on its side: a wide table, a scan put in wrongly.
    pub(super) fn rotate(&mut self, quarters: u8, effects: &mut Vec<Effect>) {
        let Some(reading) = &mut self.book.reading else { return };
        reading.turn = (reading.turn + quarters % 4) % 4;
        reading.zoom = None;
        self.go_to_top();
        self.open_or_draw(effects);
    }

    pub(super) fn read_continuously(&mut self, on: bool, effects: &mut Vec<Effect>) {
        if self.book.continuous != on {
            self.preferences.continuous = on;
            effects.push(Effect::SavePreferences(self.preferences));
            self.in_both(effects, |seat, _| {
                seat.book.continuous = on;
                seat.go_to_top();
            });
            self.open_or_draw(effects);
        }
    }

    pub(super) fn fit_page(&mut self, effects: &mut Vec<Effect>) {
        let zoom = self.book.whole_page_zoom();
        self.rescaled(self.book.desk, |reading| reading.zoom = zoom.or(reading.zoom));
        if !self.book.continuous {
            self.go_to_top();
        }
        self.open_or_draw(effects);
    }

    /// Two taps: close up at the finger, or back to where the text fills the desk.
    pub(super) fn zoom_at(&mut self, place: (f32, f32), effects: &mut Vec<Effect>) {
        if !place.0.is_finite() || !place.1.is_finite() {
            return;
        }
        let Some(Spot { page, across, down }) = self.book.spot(place) else { return };
        let Some(reading) = &mut self.book.reading else { return };
        let finger = (place.0 - reading.scroll.0, place.1 - reading.scroll.1);
        let close = reading.zoom.unwrap_or(1000) >= CLOSE * 3 / 4;
        reading.zoom = if close { None } else { Some(CLOSE) };
        if let Some((x, y)) = self.book.place(Spot { page, across, down }) {
            let left = if close { self.book.home_x() } else { x - finger.0 };
            self.scroll_to((left, y - finger.1));
        }
        self.open_or_draw(effects);
    }

    /// Scrolls as little as that takes.
    pub(super) fn bring_into_sight(
        &mut self,
        page: u32,
        spot: search::Spot,
        effects: &mut Vec<Effect>,
    ) {
        let (left, top, right, bottom) = self.book.turned(spot);
        let share = |at: u16| f32::from(at) / 10_000.0;
        let corner =
            |across, down| self.book.place(Spot { page, across: share(across), down: share(down) });
        let (Some(from), Some(to)) = (corner(left, top), corner(right, bottom)) else { return };
        let Some(reading) = &self.book.reading else { return };
        let (desk, (x, y)) = (self.book.desk, reading.scroll);
        let nearest = |at: f32, from: f32, to: f32, desk: f32| {
            if from >= at + desk * 0.1 && to <= at + desk * 0.8 { at } else { from - desk * 0.3 }
        };
        let place = (
            nearest(x, from.0, to.0, self.book.desk_width()),
            nearest(y, from.1, to.1, desk.1 as f32),
        );
        self.scroll_to(place);
        self.open_or_draw(effects);
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
            let before = reading.zoom.unwrap_or(1000);
            let zoom = (before as f32 * factor).round() as u32;
            reading.zoom = Some(zoom.clamp(ZOOM_LEAST.min(before), ZOOM_MOST));
        });
        self.open_or_draw(effects);
    }

    /// Can the open page be made larger, smaller?
    pub fn zoom_room(&self) -> (bool, bool) {
        self.book.zoom_room()
    }

    pub(super) fn scrolled(&mut self, x: f32, y: f32, effects: &mut Vec<Effect>) {
        if !x.is_finite() || !y.is_finite() {
            return;
        }
        let place = self.book.within((x, y));
        let upper = self.book.page_at(place.1 + self.book.desk.1 as f32 / 3.0);
        let Some(reading) = &mut self.book.reading else { return };
        reading.scroll = place;
        if self.book.continuous {
            // Which page is read follows the finger.
            if let Some(page) = upper.filter(|page| *page != reading.page) {
                reading.page = page;
                reading.failed = None;
                self.leave_page(effects);
            }
            self.open_or_draw(effects);
        }
    }

    pub(super) fn thumbnails_seen(&mut self, first: u32, last: u32, effects: &mut Vec<Effect>) {
        let Some(end) = self.book.pages().checked_sub(1) else { return };
        if let Some(reading) = &mut self.book.reading {
            let last = last.min(end).min(first.saturating_add(MOST_THUMBNAILS));
            let first = first.min(last);
            reading.thumbnails = Some((first, last));
            let near =
                first.saturating_sub(THUMBNAILS_AROUND)..=last.saturating_add(THUMBNAILS_AROUND);
            self.book.thumbnails.retain(|picture| near.contains(&picture.page));
            self.draw_thumbnails(effects);
        }
    }

    /// Reads what has not been read, else has the pages drawn, then their neighbours. Those of both
    /// halves at once: what is asked for takes the place of what was asked for before.
    pub(super) fn open_or_draw(&mut self, effects: &mut Vec<Effect>) {
        self.in_both(effects, Self::open_or_draw_here);
        self.draw_thumbnails(effects);
    }

    fn open_or_draw_here(&mut self, effects: &mut Vec<Effect>) {
        let Some(reading) = &mut self.book.reading else { return };
        let (hash, page) = (reading.hash, reading.page);
        if self.book.facts.is_none() {
            if self.shelf.ready.contains(&hash) && !reading.opening {
                reading.opening = true;
                effects.push(Effect::OpenPaper { hash });
            }
            return;
        }
        if self.book.desk.0 == 0 {
            return;
        }
        let Some(in_sight) = self.book.in_sight() else { return };
        self.note_read(&in_sight);
        self.book.pictures.retain(|page, _| in_sight.contains(page));
        // The page that is read comes first.
        let others = in_sight.clone().filter(|other| *other != page);
        for page in std::iter::once(page).filter(|page| in_sight.contains(page)).chain(others) {
            let Some(bitmap) = self.book.wanted_at(page) else { continue };
            if self.book.pictures.get(&page) != Some(&bitmap) {
                effects.push(Effect::Draw { hash, bitmap, ahead: false });
            }
        }
        let (after, before) = (in_sight.end().checked_add(1), in_sight.start().checked_sub(1));
        for neighbour in [after, before].into_iter().flatten() {
            let ahead = self.book.wanted_at(neighbour);
            effects.extend(ahead.map(|bitmap| Effect::Draw { hash, bitmap, ahead: true }));
        }
    }

    pub(super) fn draw_thumbnails(&mut self, effects: &mut Vec<Effect>) {
        let Some(reading) = &self.book.reading else { return };
        let Some((first, last)) = reading.thumbnails else { return };
        for bitmap in (first..=last).filter_map(|page| self.book.thumbnail(page)) {
            if !self.book.thumbnails.contains(&bitmap) {
                effects.push(Effect::Draw { hash: reading.hash, bitmap, ahead: true });
            }
        }
    }
}
