//! pdfium: open papers and render their pages.

use super::annotate::Draft;
use super::{Failure, inspect, text};
use crate::limits::Limits;
use crate::paper::{
    PageFacts, PageSize, PaperInfo, PaperProblem, PictureSpec, PixelFormat, TooLarge, Turn,
};
use crate::sealed::{self, SealKey};
use crate::text::{Heading, PageText};
use crate::wire::PaperHandle;
use pdfium_render::prelude::*;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::OnceLock;

/// The library is bound once a process, and papers borrow from it for as long as the process lives.
static LIBRARY: OnceLock<Pdfium> = OnceLock::new();

/// How far from the start its mark may be, and how far from the end its last words, in what readers accept.
const MARK_WITHIN: usize = 1024;
const END_WITHIN: usize = 64 << 10;
const TITLE_CHARS: usize = 200;

pub struct Engine {
    // Before the papers: a page must be closed before the paper it belongs to.
    page: Option<OpenPage>,
    papers: Vec<OpenPaper>,
    next: u32,
    limits: Limits,
    library: &'static Pdfium,
}

pub(super) struct OpenPaper {
    handle: PaperHandle,
    pub(super) pages: u32,
    pub(super) document: PdfDocument<'static>,
    pub(super) draft: Draft,
}

/// The page last used, kept open because zooming asks for the same one again and again.
struct OpenPage {
    handle: PaperHandle,
    index: u32,
    page: PdfPage<'static>,
}

impl Engine {
    pub fn start(library: &Path, fonts: &Path, limits: Limits) -> Result<Self, String> {
        if LIBRARY.get().is_none() {
            let bindings = Pdfium::bind_to_library(library).map_err(|error| {
                format!("the PDF library {} cannot be loaded: {error:?}", library.display())
            })?;
            let folder = fonts.to_string_lossy();
            let config = PdfiumLibraryConfig::new()
                .set_renderer_anti_grain_geometry()
                .set_user_font_paths(&[folder.as_ref()])
                .map_err(|error| format!("the fonts' folder {folder}: {error:?}"))?;
            let _ = LIBRARY.set(Pdfium::new_with_config(bindings, config));
        }
        let library = LIBRARY.get().ok_or("the PDF library was not bound")?;
        Ok(Self { page: None, papers: Vec::new(), next: 1, limits, library })
    }

    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    pub fn open(
        &mut self,
        path: &Path,
        key: Option<&SealKey>,
    ) -> Result<(PaperHandle, PaperInfo), Failure> {
        if self.papers.len() >= self.limits.open_papers as usize {
            return Err(Failure::Fault(format!("{} papers are open already", self.papers.len())));
        }
        let bytes = self.read(path, key)?;
        let length = bytes.len() as u64;
        recognise(&bytes)?;
        let document = self.library.load_pdf_from_byte_vec(bytes, None).map_err(refused)?;
        let sizes = page_sizes(&document, &self.limits)?;
        let pages = u32::try_from(sizes.len()).unwrap_or(u32::MAX);
        let title = document
            .metadata()
            .get(PdfDocumentMetadataTagType::Title)
            .and_then(|title| presentable(title.value(), TITLE_CHARS));
        let handle = PaperHandle(self.next);
        self.next = self.next.wrapping_add(1);
        self.papers.push(OpenPaper { handle, pages, document, draft: Draft::default() });
        Ok((handle, PaperInfo { pages, bytes: length, title, sizes }))
    }

    /// The bytes of a paper, wherever it lies.
    pub(super) fn read(&self, path: &Path, key: Option<&SealKey>) -> Result<Vec<u8>, PaperProblem> {
        match key {
            Some(key) => sealed::read(path, key, self.limits.paper_bytes),
            None => read_paper(path, self.limits.paper_bytes),
        }
    }

    pub fn inspect(&mut self, paper: PaperHandle, page: u32) -> Result<PageFacts, Failure> {
        Ok(inspect::page(self.load(paper, page)?))
    }

    pub fn text(&mut self, paper: PaperHandle, page: u32) -> Result<PageText, Failure> {
        let most = self.limits.text_chars;
        Ok(text::page(self.load(paper, page)?, most))
    }

    pub fn outline(&self, handle: PaperHandle) -> Result<Vec<Heading>, Failure> {
        let paper = self.paper(handle)?;
        Ok(text::outline(&paper.document, paper.pages, self.limits.headings))
    }

    /// The pixels of the picture, without padding.
    pub fn render(
        &mut self,
        paper: PaperHandle,
        picture: &PictureSpec,
    ) -> Result<Vec<u8>, Failure> {
        let frame = Frame::of(picture, &self.limits).map_err(Failure::Fault)?;
        let page = self.load(paper, picture.page)?;
        let kind = match picture.format {
            PixelFormat::Rgb => PdfBitmapFormat::BGR,
            PixelFormat::Rgba => PdfBitmapFormat::BGRA,
        };
        let stride_total =
            PdfBitmap::bytes_required_for_size_and_format(frame.width, frame.height, kind);
        let mut pixels = vec![0; stride_total];
        let mut bitmap = PdfBitmap::from_bytes(frame.width, frame.height, kind, &mut pixels)
            .map_err(|error| Failure::Fault(format!("no picture of this size: {error:?}")))?;
        let config = PdfRenderConfig::new()
            .set_format(kind)
            .set_fixed_size(frame.page_width, frame.page_height)
            .set_origin(-frame.x, -frame.y)
            .rotate(rotation(picture.turn), false)
            .set_clear_color(PdfColor::WHITE)
            .set_reverse_byte_order(true);
        page.render_into_bitmap_with_config(&mut bitmap, &config).map_err(|error| {
            PaperProblem::Broken {
                detail: format!("page {} cannot be rendered: {error:?}", picture.page + 1),
            }
        })?;
        drop(bitmap);
        let part = picture.part();
        let row = part.width as usize * picture.format.bytes_per_pixel() as usize;
        Ok(without_padding(pixels, row, part.height as usize))
    }

    pub fn close(&mut self, paper: PaperHandle) {
        if self.page.as_ref().is_some_and(|page| page.handle == paper) {
            self.page = None;
        }
        self.papers.retain(|open| open.handle != paper);
    }

    pub(super) fn load(
        &mut self,
        handle: PaperHandle,
        index: u32,
    ) -> Result<&PdfPage<'static>, Failure> {
        let current = self.page.take_if(|page| page.handle == handle && page.index == index);
        let page = match current {
            Some(page) => page,
            None => {
                // Closed before the next one is loaded, so that two heavy pages never share the memory.
                self.page = None;
                let page = self.load_afresh(handle, index)?;
                OpenPage { handle, index, page }
            }
        };
        Ok(&self.page.insert(page).page)
    }

    fn paper(&self, handle: PaperHandle) -> Result<&OpenPaper, Failure> {
        let found = self.papers.iter().find(|open| open.handle == handle);
        found.ok_or_else(|| not_open(handle))
    }

    pub(super) fn paper_mut(&mut self, handle: PaperHandle) -> Result<&mut OpenPaper, Failure> {
        let found = self.papers.iter_mut().find(|open| open.handle == handle);
        found.ok_or_else(|| not_open(handle))
    }

    fn load_afresh(&self, handle: PaperHandle, index: u32) -> Result<PdfPage<'static>, Failure> {
        let paper = self.paper(handle)?;
        let wanted =
            i32::try_from(index).ok().filter(|_| index < paper.pages).ok_or_else(|| {
                Failure::Fault(format!("page {index} of a paper with {} pages", paper.pages))
            })?;
        let page = paper.document.pages().get(wanted).map_err(|_| PaperProblem::Broken {
            detail: format!("page {} cannot be read", index + 1),
        })?;
        Ok(page)
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.page = None;
        self.papers.clear();
    }
}

fn not_open(handle: PaperHandle) -> Failure {
    Failure::Fault(format!("paper {} is not open", handle.0))
}

fn rotation(turn: Turn) -> PdfPageRenderRotation {
    match turn {
        Turn::Upright => PdfPageRenderRotation::None,
        Turn::Right => PdfPageRenderRotation::Degrees90,
        Turn::Over => PdfPageRenderRotation::Degrees180,
        Turn::Left => PdfPageRenderRotation::Degrees270,
    }
}

/// A picture's numbers as pdfium wants them, after they were found sane.
struct Frame {
    page_width: i32,
    page_height: i32,
    x: i32,
    y: i32,
    width: i32,
    height: i32,
}

impl Frame {
    fn of(picture: &PictureSpec, limits: &Limits) -> Result<Self, String> {
        let part = picture.part();
        let inside = |start: u32, length: u32, whole: u32| {
            length > 0 && start.checked_add(length).is_some_and(|end| end <= whole)
        };
        if !inside(part.x, part.width, picture.width)
            || !inside(part.y, part.height, picture.height)
        {
            return Err(format!(
                "{}×{} at {},{} is not within a page of {}×{} pixels",
                part.width, part.height, part.x, part.y, picture.width, picture.height
            ));
        }
        if picture.width > limits.zoomed_side || picture.height > limits.zoomed_side {
            return Err(format!(
                "a page of {}×{} pixels, at most {} a side",
                picture.width, picture.height, limits.zoomed_side
            ));
        }
        if u64::from(part.width) * u64::from(part.height) > u64::from(limits.picture_pixels) {
            return Err(format!(
                "a picture of {}×{} pixels, at most {}",
                part.width, part.height, limits.picture_pixels
            ));
        }
        let number = |value: u32| i32::try_from(value).map_err(|error| error.to_string());
        Ok(Self {
            page_width: number(picture.width)?,
            page_height: number(picture.height)?,
            x: number(part.x)?,
            y: number(part.y)?,
            width: number(part.width)?,
            height: number(part.height)?,
        })
    }
}

fn read_paper(path: &Path, limit: u64) -> Result<Vec<u8>, PaperProblem> {
    let unreadable = |error: std::io::Error| PaperProblem::Unreadable { detail: error.to_string() };
    let file = File::open(path).map_err(unreadable)?;
    let meta = file.metadata().map_err(unreadable)?;
    if !meta.is_file() {
        return Err(PaperProblem::Unreadable { detail: "not a file".to_owned() });
    }
    let too_large = |bytes| PaperProblem::TooLarge { what: TooLarge::Bytes { bytes, limit } };
    if meta.len() > limit {
        return Err(too_large(meta.len()));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(meta.len()).unwrap_or(0));
    // One more than allowed, so that a file that grows meanwhile is noticed.
    file.take(limit + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    let length = bytes.len() as u64;
    if length > limit { Err(too_large(length)) } else { Ok(bytes) }
}

/// What can be said without the parser. pdfium would accept a file cut off in the middle and show empty pages.
fn recognise(bytes: &[u8]) -> Result<(), PaperProblem> {
    if bytes.is_empty() {
        return Err(PaperProblem::Empty);
    }
    let contains = |part: &[u8], words: &[u8]| part.windows(words.len()).any(|at| at == words);
    if !contains(&bytes[..bytes.len().min(MARK_WITHIN)], b"%PDF-") {
        return Err(PaperProblem::NotAPdf);
    }
    if !contains(&bytes[bytes.len().saturating_sub(END_WITHIN)..], b"startxref") {
        let detail = "the end of the file is missing".to_owned();
        return Err(PaperProblem::Broken { detail });
    }
    Ok(())
}

fn refused(error: PdfiumError) -> PaperProblem {
    let PdfiumError::PdfiumLibraryInternalError(reason) = error else {
        return PaperProblem::Broken { detail: format!("{error:?}") };
    };
    let broken = |detail: &str| PaperProblem::Broken { detail: detail.to_owned() };
    match reason {
        PdfiumInternalError::PasswordError | PdfiumInternalError::SecurityError => {
            PaperProblem::Encrypted
        }
        PdfiumInternalError::FormatError => broken("its structure cannot be read"),
        PdfiumInternalError::FileError => broken("its file cannot be read"),
        PdfiumInternalError::PageError => broken("a page cannot be found"),
        PdfiumInternalError::Unknown => broken("unknown reason"),
    }
}

fn page_sizes(document: &PdfDocument<'_>, limits: &Limits) -> Result<Vec<PageSize>, PaperProblem> {
    let count = document.pages().len();
    let pages = u32::try_from(count).unwrap_or(0);
    if pages == 0 {
        return Err(PaperProblem::Empty);
    }
    if pages > limits.paper_pages {
        let what = TooLarge::Pages { pages, limit: limits.paper_pages };
        return Err(PaperProblem::TooLarge { what });
    }
    (0..count)
        .zip(1..)
        .map(|(index, page)| {
            let size = document.pages().page_size(index).map_err(|_| PaperProblem::Broken {
                detail: format!("page {page} cannot be found"),
            })?;
            let (width, height) = (hundredths(size.width()), hundredths(size.height()));
            let side = width.max(height);
            if side > u64::from(limits.page_side) {
                let what = TooLarge::PageSide { page, side, limit: limits.page_side };
                return Err(PaperProblem::TooLarge { what });
            }
            if width.min(height) == 0 {
                return Err(PaperProblem::Broken { detail: format!("page {page} has no area") });
            }
            let short = |length| u32::try_from(length).unwrap_or(u32::MAX);
            Ok(PageSize { width: short(width), height: short(height) })
        })
        .collect()
}

/// Saturates; what is not a number becomes 0 and is refused as such.
fn hundredths(points: PdfPoints) -> u64 {
    (f64::from(points.value) * 100.0).round() as u64
}

/// Titles are written by whatever made the paper: no control characters, no novels.
pub(super) fn presentable(title: &str, most: usize) -> Option<String> {
    let line: String = title.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let words = line.split_whitespace().collect::<Vec<_>>().join(" ");
    let short: String = words.chars().take(most).collect();
    if short.is_empty() { None } else { Some(short) }
}

fn without_padding(mut pixels: Vec<u8>, row: usize, rows: usize) -> Vec<u8> {
    let stride = pixels.len() / rows.max(1);
    if stride > row {
        for at in 1..rows {
            pixels.copy_within(at * stride..at * stride + row, at * row);
        }
    }
    pixels.truncate(row * rows);
    pixels
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paper::PxRect;

    #[test]
    fn padding_is_taken_out_of_rows() {
        assert_eq!(without_padding(b"abc.def.ghi.".to_vec(), 3, 3), b"abcdefghi");
        assert_eq!(without_padding(b"abcdef".to_vec(), 3, 2), b"abcdef");
    }

    #[test]
    fn titles_are_cleaned() {
        assert_eq!(presentable(" 关于\u{0}\n预算 ", 9), Some("关于 预算".to_owned()));
        assert_eq!(presentable("\u{7}", 9), None);
        assert_eq!(
            presentable(&"长".repeat(999), TITLE_CHARS).map(|title| title.chars().count()),
            Some(200)
        );
    }

    #[test]
    fn pictures_outside_the_page_or_too_large_are_refused() {
        let limits = Limits::default();
        let page = |width, height, crop| PictureSpec {
            page: 0,
            width,
            height,
            crop,
            format: PixelFormat::Rgb,
            turn: Turn::Upright,
        };
        let crop = |x, y, width, height| Some(PxRect { x, y, width, height });
        assert!(Frame::of(&page(1920, 2715, None), &limits).is_ok());
        assert!(Frame::of(&page(30_000, 30_000, crop(29_000, 0, 1_000, 1_000)), &limits).is_ok());
        for refused in [
            page(0, 10, None),
            page(10, 10, crop(0, 0, 0, 1)),
            page(10, 10, crop(1, 0, 10, 10)),
            page(10, 10, crop(u32::MAX, 0, 2, 2)),
            page(30_001, 10, None),
            page(30_000, 30_000, None),
        ] {
            assert!(Frame::of(&refused, &limits).is_err(), "{refused:?}");
        }
    }

    #[test]
    fn what_is_no_whole_pdf_is_recognised_without_the_parser() {
        let broken = |result| matches!(result, Err(PaperProblem::Broken { .. }));
        assert_eq!(recognise(b""), Err(PaperProblem::Empty));
        assert_eq!(recognise(b"PK\x03\x04"), Err(PaperProblem::NotAPdf));
        assert!(broken(recognise(b"%PDF-1.7\n1 0 obj")));
        assert_eq!(recognise(b"%PDF-1.7\nstartxref 9\n%%EOF"), Ok(()));
    }
}
