//! Ink on the pages: painted into a copy of the page's picture, and the line under the finger as a
//! picture of its own that lies over it.

use std::sync::Arc;

use hemicycle_protocol::ink::{Stroke, Tool};
use slint::{ComponentHandle, Image, Rgb8Pixel, Rgba8Pixel, SharedPixelBuffer};

use super::views::text;
use super::{Inner, ui};
use crate::ink::paint;
use crate::screen::{BitmapId, ExportSheet, ExportState, LiveStroke, PenBar, Reader};
use crate::seat::PenTool;

/// Pictures of pages with what is drawn on them, as long as they are on the screen.
#[derive(Default)]
pub(super) struct Inked {
    held: Vec<Held>,
    used: usize,
}

struct Held {
    id: BitmapId,
    strokes: Arc<[Stroke]>,
    image: Image,
}

impl Inked {
    /// The screen is about to name its pages.
    pub(super) fn begin(&mut self) {
        self.used = 0;
    }

    /// The page with this ink on it.
    pub(super) fn with(&mut self, id: BitmapId, page: Image, strokes: &Arc<[Stroke]>) -> Image {
        if strokes.is_empty() {
            return page;
        }
        // What was drawn since the page was painted last, where it may lie on top.
        let place = self.held.iter().position(|held| held.id == id && held.leads_to(strokes));
        let image = match place.map(|place| self.held.swap_remove(place)) {
            Some(held) if held.strokes.len() == strokes.len() => held.image,
            Some(held) => {
                let fresh = strokes.get(held.strokes.len()..).unwrap_or_default();
                painted(id, &held.image, fresh).unwrap_or(page)
            }
            None => painted(id, &page, strokes).unwrap_or(page),
        };
        self.held.insert(0, Held { id, strokes: Arc::clone(strokes), image: image.clone() });
        self.used += 1;
        image
    }

    /// It has named them.
    pub(super) fn end(&mut self) {
        self.held.truncate(self.used);
    }
}

impl Held {
    /// Are these the same strokes, and perhaps some pens more? A marker lies below every pen.
    fn leads_to(&self, strokes: &[Stroke]) -> bool {
        let common = strokes.get(..self.strokes.len());
        let more = strokes.iter().skip(self.strokes.len());
        common == Some(&*self.strokes) && more.into_iter().all(|stroke| stroke.tool == Tool::Pen)
    }
}

fn painted(id: BitmapId, page: &Image, strokes: &[Stroke]) -> Option<Image> {
    let page = page.to_rgb8()?;
    let (width, height) = (page.width(), page.height());
    let mut pixels: Vec<u8> = page.as_slice().iter().flat_map(|p| [p.r, p.g, p.b, 255]).collect();
    paint::paint(&mut pixels, width, height, id.turn, strokes);
    let mut buffer = SharedPixelBuffer::<Rgb8Pixel>::new(width, height);
    for (to, from) in buffer.make_mut_slice().iter_mut().zip(pixels.as_chunks::<4>().0) {
        *to = Rgb8Pixel { r: from[0], g: from[1], b: from[2] };
    }
    Some(Image::from_rgb8(buffer))
}

pub(super) fn pen(inner: &Inner, page: &Reader) {
    let view = inner.app.global::<ui::ReaderView>();
    view.set_can_write(page.can_write);
    view.set_pen_on(page.pen.is_some());
    if let Some(PenBar { tool, shows, words, can_undo, can_redo, can_export }) = &page.pen {
        view.set_pen_tool(match tool {
            PenTool::Red => ui::PenTool::Red,
            PenTool::Blue => ui::PenTool::Blue,
            PenTool::Marker => ui::PenTool::Marker,
            PenTool::Eraser => ui::PenTool::Eraser,
            PenTool::Move => ui::PenTool::Move,
            PenTool::Point => ui::PenTool::Point,
        });
        view.set_pen_shows(*shows);
        view.set_pen_words(text(words));
        view.set_can_undo(*can_undo);
        view.set_can_redo(*can_redo);
        view.set_can_export(*can_export);
    }
    let live = page.live.as_ref().and_then(overlay);
    view.set_has_live(live.is_some());
    let Some(Overlay { image, x, y, width, height }) = live else {
        return view.set_live(Image::default());
    };
    view.set_live(image);
    view.set_live_x(x);
    view.set_live_y(y);
    view.set_live_width(width);
    view.set_live_height(height);
}

/// A picture on the strip of pages.
struct Overlay {
    image: Image,
    x: f32,
    y: f32,
    width: f32,
    height: f32,
}

/// The line under the finger.
fn overlay(live: &LiveStroke) -> Option<Overlay> {
    let patch = paint::patch(live.width as u32, live.height as u32, live.turn, &live.stroke)?;
    let (width, height) = (patch.width, patch.height);
    let pixels = SharedPixelBuffer::<Rgba8Pixel>::clone_from_slice(&patch.pixels, width, height);
    Some(Overlay {
        image: Image::from_rgba8_premultiplied(pixels),
        x: live.x + patch.x as f32,
        y: live.y + patch.y as f32,
        width: width as f32,
        height: height as f32,
    })
}

pub(super) fn export(inner: &Inner, sheet: &ExportSheet) {
    let view = inner.app.global::<ui::ExportView>();
    view.set_state(match sheet.state {
        ExportState::Working => ui::ExportState::Working,
        ExportState::Done => ui::ExportState::Done,
        ExportState::Failed => ui::ExportState::Failed,
    });
    view.set_title(text(&sheet.title));
    view.set_body(text(&sheet.body));
    view.set_can_retry(sheet.can_retry);
}
