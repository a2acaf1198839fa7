//! The pen: what a finger draws on the open page, and where that goes. While the page is shown to
//! all from this seat, all see it; otherwise it is a note that only the member can read.

use super::follow::points;
use super::{Book, Effect, State};
use crate::ink::history::Sheet;
use crate::ink::shape::Trail;
use crate::ink::swept;
use hemicycle_protocol::ids::{Hash, PaperId};
use hemicycle_protocol::ink::{Colour, SHOWN_POINTS, Stroke, Tool};
use hemicycle_protocol::topic::{Pointer, Presenting};
use std::sync::Arc;

/// How far around the finger the eraser reaches, in ten-thousandths of the page's width.
const REACH: f32 = 110.0;

/// What is in the hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum PenTool {
    #[default]
    Red,
    Blue,
    Marker,
    Eraser,
    /// Nothing: a finger moves the page.
    Move,
    /// Shows a place to all.
    Point,
}

impl PenTool {
    /// What it draws with; none draws nothing.
    fn draws(self) -> Option<(Tool, Colour)> {
        match self {
            PenTool::Red => Some((Tool::Pen, Colour::Red)),
            PenTool::Blue => Some((Tool::Pen, Colour::Blue)),
            PenTool::Marker => Some((Tool::Marker, Colour::Yellow)),
            PenTool::Eraser | PenTool::Move | PenTool::Point => None,
        }
    }
}

/// The pen while it is out.
#[derive(Debug, Clone)]
pub struct Pen {
    pub tool: PenTool,
    gesture: Option<Gesture>,
}

/// A page that can be drawn on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Ground {
    paper: PaperId,
    hash: Hash,
    page: u32,
    /// What is drawn on it all see.
    shown: bool,
}

/// A finger that is down, and where it came down.
#[derive(Debug, Clone)]
struct Gesture {
    ground: Ground,
    what: What,
}

#[derive(Debug, Clone)]
enum What {
    Draws(Trail),
    /// Where the eraser was last.
    Erases((f32, f32)),
    Points,
}

impl State {
    /// May something be written on the open page? For oneself, or for all.
    pub fn may_write(&self) -> bool {
        self.book.pages() > 0 && (self.notes.has_key() || self.shows_hand())
    }

    /// What is in the hand, while the pen is out.
    pub fn pen_tool(&self) -> Option<PenTool> {
        self.pen.as_ref().map(|pen| pen.tool)
    }

    pub(super) fn open_pen(&mut self, effects: &mut Vec<Effect>) {
        if self.may_write() {
            self.end_search(effects);
            self.pen = Some(Pen { tool: PenTool::default(), gesture: None });
        }
    }

    pub(super) fn take_tool(&mut self, tool: PenTool) {
        self.pen_cancel();
        if let Some(pen) = &mut self.pen {
            *pen = Pen { tool, gesture: None };
        }
    }

    pub(super) fn put_pen_away(&mut self) {
        self.pen_cancel();
        self.pen = None;
    }

    pub(super) fn pen_down(&mut self, place: (f32, f32)) {
        let Some(tool) = self.pen_tool() else { return };
        let Some((page, at)) = self.on_page(place, None) else { return };
        let (Some(ground), Some(ratio)) = (self.ground(page), self.upright_ratio(page)) else {
            return;
        };
        let what = match (tool.draws(), tool) {
            (Some((tool, colour)), _) => What::Draws(Trail::new(tool, colour, ratio)),
            (None, PenTool::Eraser) => {
                self.sheet_mut(ground).pen_down();
                What::Erases(at)
            }
            (None, PenTool::Point) if ground.shown => What::Points,
            (None, PenTool::Red | PenTool::Blue | PenTool::Marker)
            | (None, PenTool::Move | PenTool::Point) => return,
        };
        if let Some(pen) = &mut self.pen {
            pen.gesture = Some(Gesture { ground, what });
        }
        self.pen_at(at);
    }

    pub(super) fn pen_move(&mut self, place: (f32, f32)) {
        let gesture = self.pen.as_ref().and_then(|pen| pen.gesture.as_ref());
        let Some(page) = gesture.map(|gesture| gesture.ground.page) else { return };
        if let Some((_, at)) = self.on_page(place, Some(page)) {
            self.pen_at(at);
        }
    }

    fn pen_at(&mut self, at: (f32, f32)) {
        let Some(gesture) = self.pen.as_mut().and_then(|pen| pen.gesture.as_mut()) else { return };
        let ground = gesture.ground;
        match &mut gesture.what {
            What::Draws(trail) => {
                trail.push(at);
            }
            What::Erases(last) => {
                let from = std::mem::replace(last, at);
                let ratio = self.upright_ratio(ground.page).unwrap_or(1.0);
                let sheet = self.sheet_mut(ground);
                let touched = swept(sheet.strokes(), from, at, REACH, ratio);
                if !touched.is_empty() {
                    sheet.erase(&touched);
                    self.ink_changed(ground);
                }
            }
            What::Points => {
                let share = |at: f32| at.round().clamp(0.0, 10_000.0) as u16;
                let place = Pointer { x: share(at.0), y: share(at.1) };
                self.point_to(ground.page, Some(place));
            }
        }
    }

    pub(super) fn pen_up(&mut self, place: (f32, f32)) {
        self.pen_move(place);
        let Some(gesture) = self.pen.as_mut().and_then(|pen| pen.gesture.take()) else { return };
        let ground = gesture.ground;
        match gesture.what {
            // The showing ended under the finger: the line is nobody's.
            What::Draws(_) if ground.shown && !self.presents() => {}
            What::Draws(trail) => {
                let stroke = trail.finish();
                let sheet = self.sheet_mut(ground);
                let most = if ground.shown { SHOWN_POINTS } else { usize::MAX };
                let fits = points(sheet.strokes()) + stroke.line.len() <= most;
                if fits && sheet.draw(stroke).is_ok() {
                    self.ink_changed(ground);
                } else {
                    self.notes.is_full();
                }
            }
            // The place is shown while the finger is down.
            What::Points => self.point_to(ground.page, None),
            What::Erases(_) => {}
        }
    }

    /// A second finger came, or the window took the touch: it was no stroke.
    pub(super) fn pen_cancel(&mut self) {
        let gesture = self.pen.as_mut().and_then(|pen| pen.gesture.take());
        if let Some(Gesture { ground, what: What::Points }) = gesture {
            self.point_to(ground.page, None);
        }
    }

    /// Takes back what was done last on the open page, or does it again.
    pub(super) fn undo(&mut self, again: bool) {
        let Some(ground) = self.open_ground() else { return };
        let sheet = self.sheet_mut(ground);
        if if again { sheet.redo() } else { sheet.undo() } {
            self.ink_changed(ground);
        }
    }

    /// Is there something to take back on the open page, and to do again?
    pub fn can_undo(&self) -> (bool, bool) {
        let sheet = self.open_ground().and_then(|ground| self.sheet_on(ground));
        sheet.map_or((false, false), |sheet| (sheet.can_undo(), sheet.can_redo()))
    }

    /// The line under the finger, and on which page it is.
    pub fn live_stroke(&self) -> Option<(u32, Stroke)> {
        let gesture = self.pen.as_ref()?.gesture.as_ref()?;
        match &gesture.what {
            What::Draws(trail) => Some((gesture.ground.page, trail.line())),
            What::Erases(_) | What::Points => None,
        }
    }

    /// The same, if all are to see it.
    pub(super) fn live_for_all(&self, page: u32) -> Option<Stroke> {
        let shown = self.pen.as_ref()?.gesture.as_ref()?.ground.shown;
        self.live_stroke().filter(|(on, _)| shown && *on == page).map(|(_, stroke)| stroke)
    }

    /// Is a finger down whose way all see?
    pub(super) fn moves_for_all(&self) -> bool {
        let gesture = self.pen.as_ref().and_then(|pen| pen.gesture.as_ref());
        gesture.is_some_and(|gesture| gesture.ground.shown)
    }

    /// What stands on a page of an open paper: one's own notes, and what is drawn there for all.
    pub fn ink_on(&self, book: &Book, page: u32) -> Arc<[Stroke]> {
        let Some(reading) = &book.reading else { return Arc::default() };
        let own = self.notes.sheet(&reading.hash, page).map(shared).unwrap_or_default();
        let shown = self.shown_ink(book, page);
        if shown.is_empty() { own } else { own.iter().chain(shown).cloned().collect() }
    }

    /// What is drawn for all on this page of an open paper.
    fn shown_ink(&self, book: &Book, page: u32) -> &[Stroke] {
        let Some(reading) = &book.reading else { return &[] };
        if self.presents() {
            return self.following.sheet(reading.paper, page).map_or(&[], Sheet::strokes);
        }
        let here = |shown: &&Presenting| (shown.paper, shown.page) == (reading.paper, page);
        self.presenting().filter(here).map_or(&[], |shown| &shown.ink)
    }

    fn sheet_on(&self, ground: Ground) -> Option<&Sheet> {
        if ground.shown {
            self.following.sheet(ground.paper, ground.page)
        } else {
            self.notes.sheet(&ground.hash, ground.page)
        }
    }

    fn sheet_mut(&mut self, ground: Ground) -> &mut Sheet {
        if ground.shown {
            self.following.sheet_mut(ground.paper, ground.page)
        } else {
            self.notes.sheet_mut(ground.hash, ground.page)
        }
    }

    fn ink_changed(&mut self, ground: Ground) {
        if !ground.shown {
            self.notes.changed(ground.hash, ground.page, self.now);
        }
    }

    /// None: nothing may be written here.
    fn ground(&self, page: u32) -> Option<Ground> {
        let shown = self.shows_hand();
        let may = |hash| self.notes.has_key() && !self.notes.closed(hash, page);
        let reading = self.book.reading.as_ref().filter(|r| shown || may(&r.hash))?;
        Some(Ground { paper: reading.paper, hash: reading.hash, page, shown })
    }

    fn open_ground(&self) -> Option<Ground> {
        self.ground(self.book.reading.as_ref()?.page)
    }

    /// Height by width of a page that lies upright.
    fn upright_ratio(&self, page: u32) -> Option<f32> {
        let facts = self.book.facts.as_ref()?;
        let &(width, height) = facts.pages.get(usize::try_from(page).ok()?)?;
        Some(height.max(1) as f32 / width.max(1) as f32)
    }

    /// Where a place of the strip lies on its page as it stands upright, in ten-thousandths. A
    /// finger that has left `page` is at its edge.
    fn on_page(&self, (x, y): (f32, f32), page: Option<u32>) -> Option<(u32, (f32, f32))> {
        if !x.is_finite() || !y.is_finite() {
            return None;
        }
        let page = page.or_else(|| self.book.page_at(y))?;
        let ((left, top), (wide, high)) = (self.book.origin(page)?, self.book.sheet_of(page)?);
        let (across, down) = ((x - left) / wide, (y - top) / high);
        let (across, down) = (across.clamp(0.0, 1.0), down.clamp(0.0, 1.0));
        let turn = self.book.reading.as_ref().map_or(0, |reading| reading.turn);
        let (x, y) = match turn % 4 {
            1 => (down, 1.0 - across),
            2 => (1.0 - across, 1.0 - down),
            3 => (1.0 - down, across),
            _ => (across, down),
        };
        Some((page, (x * 10_000.0, y * 10_000.0)))
    }
}

pub(super) fn shared(sheet: &Sheet) -> Arc<[Stroke]> {
    sheet.strokes().into()
}
