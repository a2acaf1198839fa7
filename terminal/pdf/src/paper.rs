//! What is known about a paper and its pages, and what can be wrong with one.
//! Plain values without floats, so that both sides of the pipe compute the same pixel.

use serde::{Deserialize, Serialize};

/// A page's size in hundredths of a point, as it is shown (its own rotation already applied).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PageSize {
    pub width: u32,
    pub height: u32,
}

impl PageSize {
    /// The height in pixels that belongs to a width in pixels, at least one.
    pub fn height_for(self, width_px: u32) -> u32 {
        scale(width_px, self.height, self.width)
    }

    /// The width in pixels that belongs to a height in pixels, at least one.
    pub fn width_for(self, height_px: u32) -> u32 {
        scale(height_px, self.width, self.height)
    }

    /// The same sheet, turned.
    pub fn turned(self, turn: Turn) -> Self {
        let Self { width, height } = self;
        if turn.on_its_side() { Self { width: height, height: width } } else { self }
    }

    pub fn is_landscape(self) -> bool {
        self.width > self.height
    }
}

/// A rectangle on a page in ten-thousandths of its width and height, from the top left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Area {
    pub left: u16,
    pub top: u16,
    pub right: u16,
    pub bottom: u16,
}

impl Area {
    /// The whole sheet's width and height.
    pub const FULL: u16 = 10_000;

    /// The smallest rectangle around both.
    pub fn union(self, other: Self) -> Self {
        Self {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }

    /// The same rectangle on the sheet turned.
    pub fn turned(self, turn: Turn) -> Self {
        let Self { left, top, right, bottom } = self;
        let over = |at: u16| Self::FULL.saturating_sub(at);
        match turn {
            Turn::Upright => self,
            Turn::Right => Self { left: over(bottom), top: left, right: over(top), bottom: right },
            Turn::Over => {
                Self { left: over(right), top: over(bottom), right: over(left), bottom: over(top) }
            }
            Turn::Left => Self { left: top, top: over(right), right: bottom, bottom: over(left) },
        }
    }

    /// The same rectangle in pixels on a page rendered at this size, grown to whole pixels.
    pub fn to_pixels(self, page_width: u32, page_height: u32) -> PxRect {
        let floor = |at: u16, of: u32| share(u64::from(at) * u64::from(of));
        let ceil =
            |at: u16, of: u32| share(u64::from(at) * u64::from(of) + u64::from(Self::FULL) - 1);
        let (x, y) = (floor(self.left, page_width), floor(self.top, page_height));
        PxRect {
            x,
            y,
            width: ceil(self.right, page_width).min(page_width).saturating_sub(x),
            height: ceil(self.bottom, page_height).min(page_height).saturating_sub(y),
        }
    }
}

/// A rectangle in pixels of the page as it is rendered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PxRect {
    pub x: u32,
    pub y: u32,
    pub width: u32,
    pub height: u32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PixelFormat {
    /// Three bytes a pixel.
    #[default]
    Rgb,
    /// Four bytes a pixel, always opaque.
    Rgba,
}

impl PixelFormat {
    pub fn bytes_per_pixel(self) -> u32 {
        match self {
            Self::Rgb => 3,
            Self::Rgba => 4,
        }
    }
}

/// How a page is turned on the desk, clockwise, on top of what its file says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Turn {
    #[default]
    Upright,
    Right,
    Over,
    Left,
}

impl Turn {
    /// Quarters of a turn; whole turns are none.
    pub fn quarters(count: u8) -> Self {
        match count % 4 {
            0 => Self::Upright,
            1 => Self::Right,
            2 => Self::Over,
            _ => Self::Left,
        }
    }

    /// The page lies on its side: what was its width is its height.
    pub fn on_its_side(self) -> bool {
        match self {
            Self::Upright | Self::Over => false,
            Self::Right | Self::Left => true,
        }
    }
}

/// What to render: the page at `width` × `height`, as it lies there turned, and of that only `crop`
/// where given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PictureSpec {
    /// From 0.
    pub page: u32,
    pub width: u32,
    pub height: u32,
    pub crop: Option<PxRect>,
    pub format: PixelFormat,
    pub turn: Turn,
}

impl PictureSpec {
    /// A whole page at a width in pixels.
    pub fn whole(page: u32, size: PageSize, width: u32) -> Self {
        let height = size.height_for(width);
        let (format, turn) = (PixelFormat::default(), Turn::default());
        Self { page, width, height, crop: None, format, turn }
    }

    /// The part that will be in the picture.
    pub fn part(&self) -> PxRect {
        self.crop.unwrap_or(PxRect { x: 0, y: 0, width: self.width, height: self.height })
    }
}

/// Rows from the top, pixels from the left, no padding.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    pub width: u32,
    pub height: u32,
    pub format: PixelFormat,
    pub pixels: Vec<u8>,
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Picture({}×{} {:?})", self.width, self.height, self.format)
    }
}

/// What opening a paper tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaperInfo {
    pub pages: u32,
    pub bytes: u64,
    pub title: Option<String>,
    pub sizes: Vec<PageSize>,
}

/// What looking into one page tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageFacts {
    /// Around all text; `None` on a page without any, a scanned one for instance.
    pub text: Option<Area>,
    /// Around text, lines and pictures, without what covers the whole sheet.
    pub content: Option<Area>,
    pub fonts: Vec<FontFacts>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FontFacts {
    /// As the paper calls it; empty where the name is not readable text.
    pub name: String,
    pub embedded: bool,
    /// One of the fourteen that every reader brings along, or a common other name for one of them.
    pub standard: bool,
    /// Used for Chinese text.
    pub cjk: bool,
}

/// What a check of a good paper tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaperFacts {
    pub pages: u32,
    pub bytes: u64,
    pub title: Option<String>,
    /// Fonts that the paper uses and does not carry; ours are shown instead. Sorted, without doubles.
    pub fonts_missing: Vec<String>,
    /// One of them is used for Chinese text.
    pub chinese_font_missing: bool,
    pub page_sizes: Vec<PageSize>,
    /// How many pages were rendered for the check; the others were only looked into.
    pub pages_rendered: u32,
}

/// What is too large about a paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TooLarge {
    Pages {
        pages: u32,
        limit: u32,
    },
    Bytes {
        bytes: u64,
        limit: u64,
    },
    /// The longest side in hundredths of a point; the page counts from 1, as people do.
    PageSide {
        page: u32,
        side: u64,
        limit: u32,
    },
}

/// Why a paper is not accepted. [`PaperProblem::code`] never changes; the sentences may.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum PaperProblem {
    #[error("it is not a PDF")]
    NotAPdf,
    #[error("it is encrypted and asks for a password")]
    Encrypted,
    #[error("it is damaged: {detail}")]
    Broken { detail: String },
    #[error("it is too large: {}", describe(.what))]
    TooLarge { what: TooLarge },
    #[error("it is empty")]
    Empty,
    #[error("it takes too long to read")]
    TimedOut,
    #[error("its file cannot be read: {detail}")]
    Unreadable { detail: String },
    /// Not the paper's fault: nothing could be said about it.
    #[error("it could not be checked: {detail}")]
    Unchecked { detail: String },
}

impl PaperProblem {
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAPdf => "not_a_pdf",
            Self::Encrypted => "encrypted",
            Self::Broken { .. } => "broken",
            Self::TooLarge { .. } => "too_large",
            Self::Empty => "empty",
            Self::TimedOut => "timed_out",
            Self::Unreadable { .. } => "unreadable",
            Self::Unchecked { .. } => "unchecked",
        }
    }
}

fn describe(what: &TooLarge) -> String {
    match what {
        TooLarge::Pages { pages, limit } => format!("{pages} pages, at most {limit}"),
        TooLarge::Bytes { bytes, limit } => format!("{bytes} bytes, at most {limit}"),
        TooLarge::PageSide { page, side, limit } => {
            format!("page {page} is {} points long, at most {}", side / 100, limit / 100)
        }
    }
}

fn scale(length: u32, numerator: u32, denominator: u32) -> u32 {
    let (numerator, denominator) = (u64::from(numerator), u64::from(denominator.max(1)));
    let scaled = (u64::from(length) * numerator + denominator / 2) / denominator;
    u32::try_from(scaled).unwrap_or(u32::MAX).max(1)
}

fn share(product: u64) -> u32 {
    u32::try_from(product / u64::from(Area::FULL)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const A4: PageSize = PageSize { width: 59_528, height: 84_189 };

    #[test]
    fn sizes_are_rounded_to_the_nearest_pixel() {
        assert_eq!(A4.height_for(1_000), 1_414);
        assert_eq!(A4.width_for(1_414), 1_000);
        assert_eq!(PageSize { width: 1_440_000, height: 1 }.height_for(100), 1);
        assert_eq!(PageSize { width: 0, height: 1 }.height_for(u32::MAX), u32::MAX);
    }

    #[test]
    fn areas_grow_to_whole_pixels_and_stay_on_the_page() {
        let area = Area { left: 1_001, top: 0, right: 10_000, bottom: 5_001 };
        let px = area.to_pixels(100, 200);
        assert_eq!(px, PxRect { x: 10, y: 0, width: 90, height: 101 });
        let left = Area { left: 0, top: 9_999, right: 1, bottom: 10_000 };
        assert_eq!(area.union(left), Area { left: 0, top: 0, right: 10_000, bottom: 10_000 });
    }

    #[test]
    fn four_quarters_are_a_whole_turn() {
        let area = Area { left: 1_000, top: 500, right: 3_000, bottom: 900 };
        let right = Area { left: 9_100, top: 1_000, right: 9_500, bottom: 3_000 };
        assert_eq!(area.turned(Turn::Right), right);
        assert_eq!(right.turned(Turn::Right), area.turned(Turn::Over));
        assert_eq!(area.turned(Turn::Over).turned(Turn::Right), area.turned(Turn::Left));
        assert_eq!(area.turned(Turn::Left).turned(Turn::Right), area);
        assert_eq!(A4.turned(Turn::Left), PageSize { width: 84_189, height: 59_528 });
        assert_eq!(Turn::quarters(7), Turn::Left);
    }

    #[test]
    fn problems_keep_their_codes() {
        let what = TooLarge::Pages { pages: 3_000, limit: 2_000 };
        let problem = PaperProblem::TooLarge { what };
        assert_eq!(
            serde_json::to_string(&problem).unwrap(),
            r#"{"code":"too_large","what":{"pages":{"pages":3000,"limit":2000}}}"#
        );
        assert_eq!(problem.to_string(), "it is too large: 3000 pages, at most 2000");
        for problem in [
            PaperProblem::NotAPdf,
            PaperProblem::Encrypted,
            PaperProblem::Broken { detail: "x".into() },
            problem,
            PaperProblem::Empty,
            PaperProblem::TimedOut,
            PaperProblem::Unreadable { detail: "x".into() },
            PaperProblem::Unchecked { detail: "x".into() },
        ] {
            let value = serde_json::to_value(&problem).unwrap();
            assert_eq!(value["code"], problem.code());
        }
    }
}
