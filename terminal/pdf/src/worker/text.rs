//! Reads the text of one page, character by character, and a paper's table of contents.

use super::engine::presentable;
use super::inspect;
use crate::paper::Area;
use crate::text::{Heading, PageText};
use pdfium_render::prelude::*;

/// Long enough for a heading on two lines.
const TITLE_CHARS: usize = 100;
const DEPTH: u8 = 8;

/// At most so many characters. What stands outside the sheet is nothing that a reader could find.
pub fn page(page: &PdfPage<'_>, most: u32) -> PageText {
    let Ok(text) = page.text() else { return PageText::default() };
    let sheet = inspect::sheet();
    let chars = text.chars();
    let there = chars.len();
    let most = usize::try_from(most).unwrap_or(usize::MAX).min(there);
    // A character without a place of its own, such as the end of a line, stands at the one before.
    let mut last = Area { left: 0, top: 0, right: 0, bottom: 0 };
    let mut read = Vec::with_capacity(most);
    for char in chars.iter().take(most) {
        let Some(code) = char.unicode_char() else { continue };
        if code.is_whitespace() || code.is_control() {
            read.push((code, last));
            continue;
        }
        let bounds = char.loose_bounds().ok();
        let Some(place) = bounds.and_then(|rect| inspect::area_on(page, rect, &sheet)) else {
            continue;
        };
        last = place;
        read.push((code, place));
    }
    PageText::new(read, there > most)
}

/// At most so many entries. The file can lead in circles: each step counts.
pub fn outline(document: &PdfDocument<'_>, pages: u32, most: u32) -> Vec<Heading> {
    let mut found = Vec::new();
    let mut way: Vec<(PdfBookmark<'_>, u8)> =
        document.bookmarks().root().map(|first| (first, 0)).into_iter().collect();
    for _ in 0..most {
        let Some((entry, depth)) = way.pop() else { break };
        if let Some(title) = entry.title().and_then(|title| presentable(&title, TITLE_CHARS)) {
            found.push(Heading { title, depth, page: goal(&entry).filter(|page| *page < pages) });
        }
        // What comes after waits below what lies under this one.
        way.extend(entry.next_sibling().map(|next| (next, depth)));
        if depth < DEPTH {
            way.extend(entry.first_child().map(|child| (child, depth + 1)));
        }
    }
    found
}

fn goal(entry: &PdfBookmark<'_>) -> Option<u32> {
    let page = match entry.destination() {
        Some(destination) => destination.page_index().ok()?,
        None => {
            let action = entry.action()?;
            action.as_local_destination_action()?.destination().ok()?.page_index().ok()?
        }
    };
    u32::try_from(page).ok()
}
