//! Papers: which are wanted, which are here, which one is open, at which page
//! and how large. Pixels never come here, only the names of pictures.

use super::{Effect, State, View};
use crate::screen::BitmapId;
use hemicycle_protocol::ids::{Hash, PaperId};
use hemicycle_protocol::topic::{Agenda, ItemState, Paper};
use std::collections::{BTreeMap, BTreeSet};

/// What the worker says of a paper.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    /// Width and height of each page, in hundredths of a point.
    pub pages: Vec<(u32, u32)>,
    /// Left and right edge of the text, in ten-thousandths of the sheet's width.
    pub text: Option<(u16, u16)>,
}

/// The papers at this seat.
#[derive(Debug, Clone, Default)]
pub struct Book {
    /// Complete and checked.
    pub ready: BTreeSet<Hash>,
    pub facts: BTreeMap<Hash, Facts>,
    pub reading: Option<Reading>,
    /// The page each paper was last left at.
    pub left_at: BTreeMap<PaperId, u32>,
    /// The desk that pages lie on, in device pixels.
    pub desk: (u32, u32),
    /// The pictures that the window holds: the last page drawn, and thumbnails.
    pub page_picture: Option<BitmapId>,
    pub thumbnails: BTreeSet<BitmapId>,
}

/// An open paper.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    pub paper: PaperId,
    pub hash: Hash,
    pub version: u32,
    /// From 0.
    pub page: u32,
    /// Thousandths of the width at which the text fills the desk. None: exactly that.
    pub zoom: Option<u32>,
    pub scroll: (f32, f32),
    /// Counts when the scroll position is to be taken over by the window.
    pub scroll_turn: u32,
    /// The stable code of what went wrong.
    pub failed: Option<String>,
    thumbnails: Option<(u32, u32)>,
}

/// Width of a thumbnail in pixels.
pub const THUMBNAIL: u32 = 108;
/// Thumbnails drawn at a time.
const MOST_THUMBNAILS: u32 = 24;
/// Paper beside the text block that stays visible, in pixels.
const MARGIN: f32 = 48.0;
const ZOOM_LEAST: u32 = 400;
const ZOOM_MOST: u32 = 4000;
/// Longest side of a page's picture.
const WIDEST: f32 = 6000.0;
/// Pixels of a page's picture.
const MOST_PIXELS: f32 = 16_000_000.0;
/// Papers that are fetched, of an agenda.
const MOST_PAPERS: usize = 1000;

impl Book {
    /// The size of the open page on the desk, in device pixels.
    pub fn sheet(&self) -> Option<(f32, f32)> {
        self.sheet_of(self.reading.as_ref()?.page)
    }

    fn sheet_of(&self, page: u32) -> Option<(f32, f32)> {
        let reading = self.reading.as_ref()?;
        let facts = self.facts.get(&reading.hash)?;
        let &(width, height) = facts.pages.get(usize::try_from(page).ok()?)?;
        let (desk, ratio) =
            (self.desk.0.max(200) as f32, height.max(1) as f32 / width.max(1) as f32);
        let wide = self.fit(facts, ratio) * reading.zoom.unwrap_or(1000) as f32 / 1000.0;
        let most = WIDEST.min(WIDEST / ratio).min((MOST_PIXELS / ratio).sqrt());
        let wide = wide.clamp(desk / 4.0, most.max(1.0)).round();
        Some((wide, (wide * ratio).round().max(1.0)))
    }

    /// The sheet's width at which the text fills the desk; the whole sheet for a landscape page.
    fn fit(&self, facts: &Facts, ratio: f32) -> f32 {
        let desk = self.desk.0.max(200) as f32;
        match facts.text {
            Some((left, right)) if right > left && ratio > 1.0 => {
                let share = f32::from(right - left) / 10_000.0;
                let wide = (desk - 2.0 * MARGIN).max(100.0) / share;
                wide.clamp(desk * 0.9, desk * 1.6)
            }
            Some(_) | None => desk - MARGIN,
        }
    }

    /// The left edge at which the text block stands in the middle of the desk.
    fn home_x(&self) -> f32 {
        let Some((wide, _)) = self.sheet() else { return 0.0 };
        let desk = self.desk.0.max(200) as f32;
        let text = self
            .reading
            .as_ref()
            .and_then(|r| self.facts.get(&r.hash))
            .and_then(|f| f.text)
            .map_or(0.5, |(left, right)| f32::from(left / 2 + right / 2) / 10_000.0);
        (wide * text - desk / 2.0).clamp(0.0, (wide - desk).max(0.0))
    }

    /// The picture that belongs on the desk now.
    pub fn wanted(&self) -> Option<BitmapId> {
        self.wanted_at(self.reading.as_ref()?.page)
    }

    fn wanted_at(&self, page: u32) -> Option<BitmapId> {
        let reading = self.reading.as_ref()?;
        let (wide, _) = self.sheet_of(page)?;
        Some(BitmapId {
            paper: reading.paper.0,
            page,
            width: wide as u32,
            generation: reading.version,
        })
    }

    /// Number of pages of the open paper.
    pub fn pages(&self) -> u32 {
        let facts = self.reading.as_ref().and_then(|r| self.facts.get(&r.hash));
        facts.map_or(0, |f| u32::try_from(f.pages.len()).unwrap_or(u32::MAX))
    }
}

impl State {
    /// The paper with this id, as the agenda has it now.
    pub fn paper(&self, id: PaperId) -> Option<&Paper> {
        self.room.agenda.items.iter().flat_map(|i| &i.papers).find(|p| p.id == id)
    }

    pub(super) fn agenda_came(&mut self, agenda: Agenda, effects: &mut Vec<Effect>) {
        let current =
            |a: &Agenda| a.items.iter().find(|i| i.state == ItemState::Current).map(|i| i.id);
        if current(&self.room.agenda) != current(&agenda) {
            self.unfolded = None;
        }
        self.room.agenda = agenda;
        self.want_papers(effects);
    }

    /// Asks for every paper that is not here: those of the current item first, then in order.
    pub(super) fn want_papers(&mut self, effects: &mut Vec<Effect>) {
        if !self.online() || self.me().is_none_or(|me| me.person.is_none()) {
            return;
        }
        let mut hashes = Vec::new();
        let items = &self.room.agenda.items;
        let (now, later): (Vec<_>, Vec<_>) =
            items.iter().partition(|i| i.state == ItemState::Current);
        let papers = now.iter().chain(&later).flat_map(|i| &i.papers);
        for paper in papers.take(MOST_PAPERS) {
            hashes.push(paper.hash);
            if !self.book.ready.contains(&paper.hash) && !self.arriving.contains_key(&paper.hash) {
                self.arriving.insert(paper.hash, 0);
                effects.push(Effect::WantPaper {
                    hash: paper.hash,
                    bytes: paper.bytes.0,
                    urgent: false,
                });
            }
        }
        // What is being read stays, even when it was replaced: the page never moves under a finger.
        hashes.extend(self.book.reading.as_ref().map(|r| r.hash));
        effects.push(Effect::KeepPapers { hashes });
    }

    pub(super) fn paper_came(&mut self, hash: Hash, effects: &mut Vec<Effect>) {
        if self.book.reading.as_ref().is_some_and(|r| r.hash == hash) {
            self.open_or_draw(effects);
        }
    }

    pub(super) fn open_paper(&mut self, id: u32, effects: &mut Vec<Effect>) {
        let Some(paper) = self.paper(PaperId(id)) else { return };
        let (id, hash, version, bytes) = (paper.id, paper.hash, paper.version, paper.bytes.0);
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
            page: self.book.left_at.get(&id).copied().unwrap_or(0),
            zoom: None,
            scroll: (0.0, 0.0),
            scroll_turn: 0,
            failed: None,
            thumbnails: None,
        });
        if !self.book.ready.contains(&hash) {
            effects.push(Effect::WantPaper { hash, bytes, urgent: true });
        }
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
        let last = u32::try_from(facts.pages.len()).unwrap_or(u32::MAX).saturating_sub(1);
        self.book.facts.insert(hash, facts);
        if let Some(reading) = self.book.reading.as_mut().filter(|r| r.hash == hash) {
            reading.page = reading.page.min(last);
            reading.failed = None;
            self.go_to_top();
            self.open_or_draw(effects);
        }
    }

    pub(super) fn not_drawn(&mut self, hash: Hash, code: String) {
        if let Some(reading) = self.book.reading.as_mut().filter(|r| r.hash == hash) {
            reading.failed = Some(code);
        }
    }

    pub(super) fn drawn(&mut self, bitmap: BitmapId) {
        if bitmap.width == THUMBNAIL {
            self.book.thumbnails.insert(bitmap);
        } else if self.book.reading.as_ref().is_some_and(|r| r.paper.0 == bitmap.paper) {
            self.book.page_picture = Some(bitmap);
        }
    }

    /// Where the new page begins: at the text's left edge, at the top.
    fn go_to_top(&mut self) {
        let x = self.book.home_x();
        if let Some(reading) = &mut self.book.reading {
            reading.scroll = (x, 0.0);
            reading.scroll_turn += 1;
        }
    }

    pub(super) fn desk_sized(&mut self, width: u32, height: u32, effects: &mut Vec<Effect>) {
        if self.book.desk != (width, height) {
            self.book.desk = (width.min(10_000), height.min(10_000));
            self.go_to_top();
            self.open_or_draw(effects);
        }
    }

    pub(super) fn turn_by(&mut self, pages: i32, effects: &mut Vec<Effect>) {
        if let Some(page) = self.book.reading.as_ref().map(|r| r.page) {
            self.turn_to(page.saturating_add_signed(pages), effects);
        }
    }

    pub(super) fn fit_width(&mut self, effects: &mut Vec<Effect>) {
        if let Some(reading) = &mut self.book.reading {
            reading.zoom = None;
            self.go_to_top();
            self.open_or_draw(effects);
        }
    }

    pub(super) fn scrolled(&mut self, x: f32, y: f32) {
        if let Some(reading) = &mut self.book.reading
            && x.is_finite()
            && y.is_finite()
        {
            reading.scroll = (x, y);
        }
    }

    pub(super) fn thumbnails_seen(&mut self, first: u32, last: u32, effects: &mut Vec<Effect>) {
        let end = self.book.pages().saturating_sub(1);
        if let Some(reading) = &mut self.book.reading {
            let last = last.min(end).min(first.saturating_add(MOST_THUMBNAILS));
            reading.thumbnails = Some((first.min(last), last));
            self.draw_thumbnails(effects);
        }
    }

    pub(super) fn turn_to(&mut self, page: u32, effects: &mut Vec<Effect>) {
        let last = self.book.pages().saturating_sub(1);
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

    pub(super) fn zoom(&mut self, factor: f32, effects: &mut Vec<Effect>) {
        if !factor.is_finite() || factor <= 0.0 {
            return;
        }
        let (desk_w, desk_h) = (self.book.desk.0 as f32, self.book.desk.1 as f32);
        let Some((before, _)) = self.book.sheet() else { return };
        if let Some(reading) = &mut self.book.reading {
            let zoom = reading.zoom.unwrap_or(1000) as f32 * factor;
            reading.zoom = Some((zoom.round() as u32).clamp(ZOOM_LEAST, ZOOM_MOST));
        }
        let Some((wide, high)) = self.book.sheet() else { return };
        if let Some(reading) = &mut self.book.reading {
            // What was in the middle of the desk stays there.
            let grown = wide / before;
            let (x, y) = reading.scroll;
            reading.scroll = (
                ((x + desk_w / 2.0) * grown - desk_w / 2.0).clamp(0.0, (wide - desk_w).max(0.0)),
                ((y + desk_h / 2.0) * grown - desk_h / 2.0).clamp(0.0, (high - desk_h).max(0.0)),
            );
            reading.scroll_turn += 1;
        }
        self.open_or_draw(effects);
    }

    /// Can the open page be made larger, smaller?
    pub fn zoom_room(&self) -> (bool, bool) {
        let zoom = self.book.reading.as_ref().and_then(|r| r.zoom).unwrap_or(1000);
        let widest = self.book.sheet().is_some_and(|(w, h)| {
            w >= WIDEST - 1.0 || h >= WIDEST - 1.0 || w * h >= MOST_PIXELS * 0.99
        });
        (zoom < ZOOM_MOST && !widest, zoom > ZOOM_LEAST)
    }

    /// Reads the paper if that has not been done, else has the page drawn, then its neighbours.
    fn open_or_draw(&mut self, effects: &mut Vec<Effect>) {
        let Some(reading) = &self.book.reading else { return };
        let (hash, page) = (reading.hash, reading.page);
        if !self.book.facts.contains_key(&hash) {
            if self.book.ready.contains(&hash) {
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
        let last = self.book.pages().saturating_sub(1);
        for neighbour in [page.saturating_add(1), page.wrapping_sub(1)] {
            if neighbour <= last {
                let ahead = self.book.wanted_at(neighbour);
                effects.extend(ahead.map(|bitmap| Effect::Draw { hash, bitmap, ahead: true }));
            }
        }
        self.draw_thumbnails(effects);
    }

    fn draw_thumbnails(&mut self, effects: &mut Vec<Effect>) {
        let Some(reading) = &self.book.reading else { return };
        let Some((first, last)) = reading.thumbnails else { return };
        for page in first..=last {
            let bitmap = BitmapId {
                paper: reading.paper.0,
                page,
                width: THUMBNAIL,
                generation: reading.version,
            };
            if !self.book.thumbnails.contains(&bitmap) {
                effects.push(Effect::Draw { hash: reading.hash, bitmap, ahead: true });
            }
        }
    }
}
