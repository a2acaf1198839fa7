//! A member's ink put into a copy of a paper: page by page it is turned into the format's words, and when
//! all of it is there the copy is made. Where a page lies is pdfium's to say, as it is when the page is shown.

use super::Failure;
use super::engine::Engine;
use super::inspect;
use super::revise::{Base, Mark, Unfit};
use super::trace::{Point, Sheet};
use crate::ink::InkLine;
use crate::paper::{Area, PaperProblem, TooLarge};
use crate::sealed::SealKey;
use crate::wire::PaperHandle;
use pdfium_render::prelude::*;
use std::collections::BTreeMap;
use std::path::Path;

/// What has arrived of one export.
#[derive(Debug, Default)]
pub struct Draft {
    export: u64,
    marks: BTreeMap<u32, Vec<Mark>>,
    bytes: u64,
}

impl Engine {
    pub fn ink(
        &mut self,
        handle: PaperHandle,
        export: u64,
        page: u32,
        lines: &[InkLine],
    ) -> Result<(), Failure> {
        let limit = u64::from(self.limits().annotated_bytes);
        let sheet = sheet(self.load(handle, page)?).ok_or_else(|| PaperProblem::Broken {
            detail: format!("page {} has no place", page + 1),
        })?;
        let draft = &mut self.paper_mut(handle)?.draft;
        if draft.export != export {
            *draft = Draft { export, ..Draft::default() };
        }
        let marks = draft.marks.entry(page).or_default();
        for trace in lines.iter().filter_map(|line| sheet.trace(line)) {
            let mark = Mark::of(trace).map_err(|unfit| problem(unfit, limit))?;
            draft.bytes += mark.bytes();
            marks.push(mark);
        }
        let bytes = draft.bytes;
        if bytes > limit {
            *draft = Draft::default();
            return Err(too_large(bytes, limit).into());
        }
        Ok(())
    }

    pub fn annotate(
        &mut self,
        handle: PaperHandle,
        export: u64,
        path: &Path,
        key: Option<&SealKey>,
        author: &str,
    ) -> Result<Vec<u8>, Failure> {
        let limit = u64::from(self.limits().annotated_bytes);
        let paper = self.paper_mut(handle)?;
        let draft = std::mem::take(&mut paper.draft);
        let marks = if draft.export == export { draft.marks } else { BTreeMap::new() };
        if is_encrypted(&paper.document) {
            return Err(PaperProblem::Encrypted.into());
        }
        let pages = paper.pages;
        let mut bytes = self.read(path, key)?;
        let base = match Base::of(&bytes, pages, &marks) {
            Err(Unfit::Damaged(_)) => {
                // What is shown is what pdfium made of the damage; so is what is handed out.
                bytes = self.paper_mut(handle)?.document.save_to_bytes().map_err(|error| {
                    PaperProblem::Broken { detail: format!("it cannot be mended: {error:?}") }
                })?;
                Base::of(&bytes, pages, &marks)
            }
            other => other,
        };
        let problem = |unfit| problem(unfit, limit);
        Ok(base.and_then(|base| base.with(bytes, marks, author, limit)).map_err(problem)?)
    }
}

fn is_encrypted(document: &PdfDocument<'_>) -> bool {
    match document.permissions().security_handler_revision() {
        Ok(PdfSecurityHandlerRevision::Unprotected) => false,
        // Revisions that the binding has no name for are encryption too.
        Ok(
            PdfSecurityHandlerRevision::Revision2
            | PdfSecurityHandlerRevision::Revision3
            | PdfSecurityHandlerRevision::Revision4,
        )
        | Err(_) => true,
    }
}

fn problem(unfit: Unfit, limit: u64) -> PaperProblem {
    match unfit {
        Unfit::Encrypted => PaperProblem::Encrypted,
        Unfit::Damaged(detail) => PaperProblem::Broken { detail },
        Unfit::TooLarge { bytes } => too_large(bytes, limit),
    }
}

fn too_large(bytes: u64, limit: u64) -> PaperProblem {
    PaperProblem::TooLarge { what: TooLarge::Bytes { bytes, limit } }
}

/// Cropped and turned as the page says.
fn sheet(page: &PdfPage<'_>) -> Option<Sheet> {
    let config = inspect::sheet();
    let side = i32::from(Area::FULL);
    let at = |x: i32, y: i32| -> Option<Point> {
        let (x, y) = page.pixels_to_points(x, y, &config).ok()?;
        Some((f64::from(x.value), f64::from(y.value)))
    };
    let (corner, right, below) = (at(0, 0)?, at(side, 0)?, at(0, side)?);
    let from_corner = |(x, y): Point| (x - corner.0, y - corner.1);
    let sheet = Sheet { corner, across: from_corner(right), down: from_corner(below) };
    let numbers = [corner.0, corner.1, right.0, right.1, below.0, below.1];
    numbers.iter().all(|number| number.is_finite()).then_some(sheet)
}
