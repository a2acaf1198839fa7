//! May this file become a paper? Opens it, looks into every page and renders as many as there is time for,
//! so that a paper that would fail at a seat fails at the upload.

use super::{Worker, WorkerConfig, as_problem};
use crate::paper::{PaperFacts, PaperProblem};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Instant;

/// Small, but every picture on the page is decoded for it.
const RENDERED_SIDE: u32 = 400;
/// Some programs write font names in an encoding that the format does not know.
const UNNAMED: &str = "?";

impl Worker {
    /// Blocks for as long as the configuration's patience for a check, at most.
    pub fn check(&mut self, paper: &Path) -> Result<PaperFacts, PaperProblem> {
        // What was open under this name may have been another file.
        self.close(paper);
        let facts = self.look_through(paper);
        self.close(paper);
        facts
    }

    fn look_through(&mut self, paper: &Path) -> Result<PaperFacts, PaperProblem> {
        let patience = self.config().patience.clone();
        let begin = Instant::now();
        let info = self.open(paper).map_err(as_problem)?;
        let mut fonts = BTreeSet::new();
        let mut chinese_font_missing = false;
        let mut pages_rendered = 0;
        for page in 0..info.pages {
            let left = |spent: Instant| patience.check.checked_sub(spent.elapsed());
            let wait = left(begin).ok_or(PaperProblem::TimedOut)?.min(patience.page);
            let facts = self.inspect_within(paper, page, wait).map_err(as_problem)?;
            for font in facts.fonts.into_iter().filter(|font| !font.embedded && !font.standard) {
                chinese_font_missing |= font.cjk;
                let named = !font.name.is_empty();
                fonts.insert(if named { font.name } else { UNNAMED.to_owned() });
            }
            // The first page always: it is the one that everybody will see.
            if page == 0 || begin.elapsed() < patience.check_rendering {
                let wait = left(begin).ok_or(PaperProblem::TimedOut)?.min(patience.page);
                let picture =
                    self.thumbnail_spec(paper, page, RENDERED_SIDE).map_err(as_problem)?;
                self.render_within(paper, &picture, wait).map_err(as_problem)?;
                pages_rendered += 1;
            }
        }
        Ok(PaperFacts {
            pages: info.pages,
            bytes: info.bytes,
            title: info.title.clone(),
            fonts_missing: fonts.into_iter().collect(),
            chinese_font_missing,
            page_sizes: info.sizes.clone(),
            pages_rendered,
        })
    }
}

/// Checks one paper in a worker of its own, which ends with it: what an upload deserves, so that a paper which
/// took its reader over cannot put in a word about the next one. Starting a worker costs a few milliseconds.
pub fn check_once(config: WorkerConfig, paper: &Path) -> Result<PaperFacts, PaperProblem> {
    Worker::lazy(config).check(paper)
}
