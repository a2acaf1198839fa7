//! An open paper: how large its page lies on the desk, and which picture
//! belongs there. Sizes come from files that nobody here has made, so every
//! number is bounded before it is used.

use crate::screen::BitmapId;
use hemicycle_protocol::ids::{Hash, PaperId};
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
    /// As it was when it was opened: a paper taken off the agenda keeps its name while it is read.
    pub title: String,
    /// From 0.
    pub page: u32,
    /// Thousandths of the width at which the text fills the desk. None: exactly that.
    pub zoom: Option<u32>,
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
/// A window that is being made may be narrower than any page makes sense on.
const NARROWEST_DESK: u32 = 200;
pub(super) const ZOOM_LEAST: u32 = 400;
pub(super) const ZOOM_MOST: u32 = 4000;
/// Longest side of a page's picture.
const LONGEST: f32 = 6000.0;
/// Pixels of a page's picture.
const MOST_PIXELS: f32 = 16_000_000.0;

impl Book {
    /// The size of the open page on the desk, in device pixels: at least one, never more than what
    /// a picture may have.
    pub fn sheet(&self) -> Option<(f32, f32)> {
        self.sheet_of(self.reading.as_ref()?.page)
    }

    fn sheet_of(&self, page: u32) -> Option<(f32, f32)> {
        let reading = self.reading.as_ref()?;
        let facts = self.facts.get(&reading.hash)?;
        let &(width, height) = facts.pages.get(usize::try_from(page).ok()?)?;
        let ratio = height.max(1) as f32 / width.max(1) as f32;
        let wide = self.fit(facts, ratio) * reading.zoom.unwrap_or(1000) as f32 / 1000.0;
        let wide = wide.max(self.desk_width() / 4.0).min(widest(ratio)).round().max(1.0);
        Some((wide, (wide * ratio).round().clamp(1.0, LONGEST)))
    }

    fn desk_width(&self) -> f32 {
        self.desk.0.max(NARROWEST_DESK) as f32
    }

    /// The sheet's width at which the text fills the desk; the whole sheet for a landscape page.
    fn fit(&self, facts: &Facts, ratio: f32) -> f32 {
        let desk = self.desk_width();
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
    pub(super) fn home_x(&self) -> f32 {
        let Some((wide, _)) = self.sheet() else { return 0.0 };
        let text = self
            .reading
            .as_ref()
            .and_then(|r| self.facts.get(&r.hash))
            .and_then(|f| f.text)
            .map_or(0.5, |(left, right)| f32::from(left / 2 + right / 2) / 10_000.0);
        self.within((wide * text - self.desk_width() / 2.0, 0.0)).0
    }

    /// The nearest place that the sheet can be scrolled to.
    pub(super) fn within(&self, (x, y): (f32, f32)) -> (f32, f32) {
        let Some((wide, high)) = self.sheet() else { return (0.0, 0.0) };
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

    pub(super) fn wanted_at(&self, page: u32) -> Option<BitmapId> {
        let reading = self.reading.as_ref()?;
        let (wide, _) = self.sheet_of(page)?;
        Some(BitmapId {
            paper: reading.paper.0,
            page,
            width: wide as u32,
            generation: reading.version,
        })
    }

    /// The picture of a page in the strip.
    pub fn thumbnail(&self, page: u32) -> Option<BitmapId> {
        let reading = self.reading.as_ref()?;
        Some(BitmapId {
            paper: reading.paper.0,
            page,
            width: THUMBNAIL,
            generation: reading.version,
        })
    }

    /// Number of pages of the open paper; 0 until the worker has read it.
    pub fn pages(&self) -> u32 {
        let facts = self.reading.as_ref().and_then(|r| self.facts.get(&r.hash));
        facts.map_or(0, |f| u32::try_from(f.pages.len()).unwrap_or(u32::MAX))
    }
}

/// The greatest width of a picture of a page so much higher than wide.
fn widest(ratio: f32) -> f32 {
    LONGEST.min(LONGEST / ratio).min((MOST_PIXELS / ratio).sqrt()).max(1.0)
}
