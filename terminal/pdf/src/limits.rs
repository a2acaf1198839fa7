//! How much a paper may cost: what the worker enforces on itself and how long its client waits.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What the worker holds itself to. Part of its first frame.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Address space of the worker process, in bytes.
    pub memory_bytes: u64,
    /// Processor time of one request, in seconds. The system ends the worker beyond it.
    pub cpu_seconds: u32,
    /// Files the worker may have open at once.
    pub open_files: u32,
    /// Size of one paper's file, in bytes.
    pub paper_bytes: u64,
    /// Pages of one paper.
    pub paper_pages: u32,
    /// Longest side of a page, in hundredths of a point. 14,400 pt is the limit that the format itself sets.
    pub page_side: u32,
    /// Pixels of one rendered picture.
    pub picture_pixels: u32,
    /// Longest side, in pixels, of the whole page that a picture is cut from.
    pub zoomed_side: u32,
    /// Characters of one page's text.
    pub text_chars: u32,
    /// Entries of one paper's table of contents.
    pub headings: u32,
    /// Papers the worker holds open at once.
    pub open_papers: u32,
    /// Size of a paper with a member's ink in it, in bytes.
    pub annotated_bytes: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory_bytes: 1 << 30,
            cpu_seconds: 30,
            open_files: 64,
            paper_bytes: 128 << 20,
            paper_pages: 2_000,
            page_side: 14_400 * 100,
            picture_pixels: 16 << 20,
            zoomed_side: 30_000,
            text_chars: 50_000,
            headings: 2_000,
            open_papers: 4,
            annotated_bytes: 300 << 20,
        }
    }
}

/// How long the client waits before it gives a request up and ends the worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patience {
    /// For the worker to be ready after it was started.
    pub start: Duration,
    /// For a paper to be opened.
    pub open: Duration,
    /// For a page to be rendered or looked into.
    pub page: Duration,
    /// For a page that nobody waits for yet.
    pub ahead: Duration,
    /// For a paper to be put together again with a member's ink in it.
    pub export: Duration,
    /// For a whole paper to be checked.
    pub check: Duration,
    /// Part of a check after which its remaining pages are only looked into and no longer rendered.
    pub check_rendering: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            start: Duration::from_secs(15),
            open: Duration::from_secs(15),
            page: Duration::from_secs(20),
            ahead: Duration::from_secs(4),
            export: Duration::from_secs(60),
            check: Duration::from_secs(60),
            check_rendering: Duration::from_secs(10),
        }
    }
}
