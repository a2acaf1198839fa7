//! An open paper: how large its pages lie on the desk, where, and which pictures
//! belong there. Sizes come from files that nobody here has made, so every
//! number is bounded before it is used.

use super::search;
use crate::screen::BitmapId;
use hemicycle_protocol::ids::{Hash, PaperId};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::sync::Arc;

/// What the worker says of a paper.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    /// Width and height of each page, in hundredths of a point.
    pub pages: Vec<(u32, u32)>,
    /// Left and right edge of the text, in ten-thousandths of the sheet's width.
    pub text: Option<(u16, u16)>,
}

/// One entry of a paper's table of contents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heading {
    pub title: String,
    /// 0 at the top.
    pub depth: u8,
    /// None where the entry leads nowhere in this paper.
    pub page: Option<u32>,
}

/// The papers at this seat.
#[derive(Debug, Clone, Default)]
pub struct Shelf {
    /// Complete and checked.
    pub ready: BTreeSet<Hash>,
    /// Of the papers of the agenda: whether they may only be in memory.
    pub(super) kept_as: BTreeMap<Hash, bool>,
    pub facts: BTreeMap<Hash, Arc<Facts>>,
    /// Tables of contents, of the papers whose worker has read them.
    pub contents: BTreeMap<Hash, Vec<Heading>>,
    /// The page each paper was last left at.
    pub left_at: BTreeMap<PaperId, u32>,
}

/// What lies on the desk, or on one half of it.
#[derive(Debug, Clone, Default)]
pub struct Book {
    pub reading: Option<Reading>,
    /// Of the paper that is read, once its worker has said it.
    pub(super) facts: Option<Arc<Facts>>,
    /// Page below page instead of one at a time.
    pub continuous: bool,
    /// The desk that pages lie on, in device pixels.
    pub desk: (u32, u32),
    /// The pictures that the window holds: of each page in sight the last one drawn, and thumbnails.
    pub pictures: BTreeMap<u32, BitmapId>,
    pub thumbnails: BTreeSet<BitmapId>,
}

/// An open paper.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    pub paper: PaperId,
    pub hash: Hash,
    pub version: u32,
    /// As it was when it was opened: a paper taken off the agenda keeps its name while it is read.
    pub title: String,
    /// From 0.
    pub page: u32,
    /// Thousandths of the width at which the text fills the desk. None: exactly that.
    pub zoom: Option<u32>,
    /// Quarters of a turn, clockwise.
    pub turn: u8,
    pub scroll: (f32, f32),
    /// Counts when the scroll position is to be taken over by the window.
    pub scroll_turn: u32,
    /// The stable code of what went wrong.
    pub failed: Option<String>,
    /// The worker was asked to read the file and has not answered.
    pub(super) opening: bool,
    /// The thumbnails in view, first and last.
    pub(super) thumbnails: Option<(u32, u32)>,
}

/// Width of a thumbnail in pixels.
pub const THUMBNAIL: u32 = 108;
/// Paper beside the text block that stays visible, in pixels.
const MARGIN: f32 = 48.0;
/// Desk between two pages that lie below each other.
const GAP: f32 = 24.0;
/// A window that is being made may be narrower than any page makes sense on.
const NARROWEST_DESK: u32 = 200;
pub(super) const ZOOM_LEAST: u32 = 400;
pub(super) const ZOOM_MOST: u32 = 4000;
/// Longest side of a page's picture.
const LONGEST: f32 = 6000.0;
/// Pixels of a page's picture.
const MOST_PIXELS: f32 = 16_000_000.0;
/// Pages in sight at a time: flat ones could otherwise be hundreds.
const MOST_IN_SIGHT: u32 = 8;

/// A place on a page, in shares of its sheet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Spot {
    pub page: u32,
    pub across: f32,
    pub down: f32,
}

impl Book {
    /// Is it this version of this paper?
    pub(super) fn is_at(&self, hash: &Hash) -> bool {
        self.reading.as_ref().is_some_and(|reading| reading.hash == *hash)
    }

    pub fn paper(&self) -> Option<PaperId> {
        self.reading.as_ref().map(|reading| reading.paper)
    }

    /// The size of the open page on the desk, in device pixels: at least one, never more than what
    /// a picture may have.
    pub fn sheet(&self) -> Option<(f32, f32)> {
        self.sheet_of(self.reading.as_ref()?.page)
    }

    /// The same of any of its pages.
    pub fn sheet_of(&self, page: u32) -> Option<(f32, f32)> {
        let reading = self.reading.as_ref()?;
        let facts = self.facts.as_ref()?;
        let &size = facts.pages.get(usize::try_from(page).ok()?)?;
        Some(self.laid(reading, facts, size))
    }

    fn laid(&self, reading: &Reading, facts: &Facts, (width, height): (u32, u32)) -> (f32, f32) {
        let on_its_side = reading.turn % 2 == 1;
        let (width, height) = if on_its_side { (height, width) } else { (width, height) };
        let ratio = height.max(1) as f32 / width.max(1) as f32;
        let text = if reading.turn == 0 { facts.text } else { None };
        let wide = self.fit(text, ratio) * reading.zoom.unwrap_or(1000) as f32 / 1000.0;
        let wide = wide.max(self.desk_width() / 4.0).min(widest(ratio)).round().max(1.0);
        (wide, (wide * ratio).round().clamp(1.0, LONGEST))
    }

    /// The size of everything that can be scrolled over: one page, or all of them.
    pub fn strip(&self) -> Option<(f32, f32)> {
        if !self.continuous {
            return self.sheet();
        }
        let sheets = self.sheets()?;
        let (wide, high) =
            sheets.fold((1.0_f32, -GAP), |(wide, high), (w, h)| (wide.max(w), high + h + GAP));
        Some((wide, high.max(1.0)))
    }

    fn sheets(&self) -> Option<impl Iterator<Item = (f32, f32)>> {
        let (reading, facts) = (self.reading.as_ref()?, self.facts.as_ref()?);
        Some(facts.pages.iter().map(|size| self.laid(reading, facts, *size)))
    }

    /// Where a page lies on the strip.
    pub fn origin(&self, page: u32) -> Option<(f32, f32)> {
        if !self.continuous {
            return Some((0.0, 0.0));
        }
        let (wide, own) = (self.strip()?.0, self.sheet_of(page)?.0);
        let above = self.sheets()?.take(usize::try_from(page).ok()?).map(|(_, high)| high + GAP);
        Some((((wide - own) / 2.0).round(), above.sum()))
    }

    /// The page at this height of the strip.
    pub(super) fn page_at(&self, y: f32) -> Option<u32> {
        if !self.continuous {
            return Some(self.reading.as_ref()?.page);
        }
        let mut below = 0.0;
        let mut last = 0;
        for (page, (_, high)) in (0u32..).zip(self.sheets()?) {
            below += high + GAP;
            last = page;
            if y < below {
                break;
            }
        }
        Some(last)
    }

    /// The pages that can be seen now.
    pub fn in_sight(&self) -> Option<RangeInclusive<u32>> {
        let reading = self.reading.as_ref()?;
        if !self.continuous {
            return Some(reading.page..=reading.page);
        }
        let (first, last) =
            (self.page_at(reading.scroll.1)?, self.page_at(reading.scroll.1 + self.desk.1 as f32)?);
        Some(first..=last.min(first.saturating_add(MOST_IN_SIGHT - 1)))
    }

    /// What lies at this place of the strip.
    pub(super) fn spot(&self, (x, y): (f32, f32)) -> Option<Spot> {
        let page = self.page_at(y)?;
        let ((left, top), (wide, high)) = (self.origin(page)?, self.sheet_of(page)?);
        Some(Spot { page, across: (x - left) / wide, down: (y - top) / high })
    }

    /// Where that place is now.
    pub(super) fn place(&self, spot: Spot) -> Option<(f32, f32)> {
        let ((left, top), (wide, high)) = (self.origin(spot.page)?, self.sheet_of(spot.page)?);
        Some((left + spot.across * wide, top + spot.down * high))
    }

    pub(super) fn desk_width(&self) -> f32 {
        self.desk.0.max(NARROWEST_DESK) as f32
    }

    /// The sheet's width at which the text fills the desk; the whole sheet for a landscape page.
    fn fit(&self, text: Option<(u16, u16)>, ratio: f32) -> f32 {
        let desk = self.desk_width();
        match text {
            Some((left, right)) if right > left && ratio > 1.0 => {
                let share = f32::from(right - left) / 10_000.0;
                let wide = (desk - 2.0 * MARGIN).max(100.0) / share;
                wide.clamp(desk * 0.9, desk * 1.6)
            }
            Some(_) | None => desk - MARGIN,
        }
    }

    /// The zoom at which the whole open page can be seen.
    pub(super) fn whole_page_zoom(&self) -> Option<u32> {
        let (reading, (wide, high)) = (self.reading.as_ref()?, self.sheet()?);
        let shrink = (self.desk.1 as f32 / high).min((self.desk_width() - MARGIN) / wide);
        let zoom = reading.zoom.unwrap_or(1000) as f32 * shrink;
        // A high page on a low desk needs less than fingers may ask for.
        Some((zoom.floor() as u32).clamp(1, ZOOM_MOST))
    }

    /// The left edge at which the text block stands in the middle of the desk.
    pub(super) fn home_x(&self) -> f32 {
        let home = || {
            let reading = self.reading.as_ref()?;
            let ((left, _), (wide, _)) = (self.origin(reading.page)?, self.sheet()?);
            let text = self.facts.as_ref()?.text.filter(|_| reading.turn == 0);
            let middle = text.map_or(0.5, |(l, r)| f32::from(l / 2 + r / 2) / 10_000.0);
            Some(left + wide * middle - self.desk_width() / 2.0)
        };
        self.within((home().unwrap_or(0.0), 0.0)).0
    }

    /// Where a rectangle of the upright sheet lies on the sheet as it is turned.
    pub fn turned(&self, (left, top, right, bottom): search::Spot) -> search::Spot {
        let over = |at: u16| 10_000_u16.saturating_sub(at);
        match self.reading.as_ref().map_or(0, |r| r.turn) % 4 {
            1 => (over(bottom), left, over(top), right),
            2 => (over(right), over(bottom), over(left), over(top)),
            3 => (top, over(right), bottom, over(left)),
            _ => (left, top, right, bottom),
        }
    }

    /// The nearest place that the strip can be scrolled to.
    pub(super) fn within(&self, (x, y): (f32, f32)) -> (f32, f32) {
        let Some((wide, high)) = self.strip() else { return (0.0, 0.0) };
        let (desk_w, desk_h) = (self.desk_width(), self.desk.1 as f32);
        (x.max(0.0).min((wide - desk_w).max(0.0)), y.max(0.0).min((high - desk_h).max(0.0)))
    }

    /// Can the open page be made larger, smaller?
    pub(super) fn zoom_room(&self) -> (bool, bool) {
        let (Some(reading), Some((wide, high))) = (&self.reading, self.sheet()) else {
            return (false, false);
        };
        let zoom = reading.zoom.unwrap_or(1000);
        let full = wide + 1.0 >= widest(high / wide);
        (zoom < ZOOM_MOST && !full, zoom > ZOOM_LEAST && wide > self.desk_width() / 4.0)
    }

    /// The picture that belongs on the desk now.
    pub fn wanted(&self) -> Option<BitmapId> {
        self.wanted_at(self.reading.as_ref()?.page)
    }

    /// The picture that belongs on a page's sheet.
    pub fn wanted_at(&self, page: u32) -> Option<BitmapId> {
        let reading = self.reading.as_ref()?;
        let (wide, _) = self.sheet_of(page)?;
        Some(BitmapId {
            paper: reading.paper.0,
            page,
            width: wide as u32,
            generation: reading.version,
            turn: reading.turn,
        })
    }

    /// The picture of a page in the strip of small ones.
    pub fn thumbnail(&self, page: u32) -> Option<BitmapId> {
        let reading = self.reading.as_ref()?;
        Some(BitmapId {
            paper: reading.paper.0,
            page,
            width: THUMBNAIL,
            generation: reading.version,
            turn: 0,
        })
    }

    /// A picture was handed to the window. One that came too late for its page or its paper is not
    /// taken over one that fits.
    pub(super) fn drawn(&mut self, bitmap: BitmapId) {
        let Some(reading) = &self.reading else { return };
        if (reading.paper.0, reading.version) != (bitmap.paper, bitmap.generation) {
            return;
        }
        let wanted = self.wanted_at(bitmap.page);
        if wanted != Some(bitmap) && self.thumbnail(bitmap.page) == Some(bitmap) {
            if bitmap.page < self.pages() {
                self.thumbnails.insert(bitmap);
            }
        } else if self.in_sight().is_some_and(|pages| pages.contains(&bitmap.page))
            && self.pictures.get(&bitmap.page).copied() != wanted
        {
            self.pictures.insert(bitmap.page, bitmap);
        }
    }

    /// The thumbnails in view, first and last, once the window has said so.
    pub fn small_in_sight(&self) -> Option<(u32, u32)> {
        self.reading.as_ref()?.thumbnails
    }

    /// Number of pages of the open paper; 0 until the worker has read it.
    pub fn pages(&self) -> u32 {
        let facts = self.facts.as_ref().filter(|_| self.reading.is_some());
        facts.map_or(0, |f| u32::try_from(f.pages.len()).unwrap_or(u32::MAX))
    }
}

/// The greatest width of a picture of a page so much higher than wide.
fn widest(ratio: f32) -> f32 {
    LONGEST.min(LONGEST / ratio).min((MOST_PIXELS / ratio).sqrt()).max(1.0)
}
