//! Looks into one page: where its text and its content are, and which fonts it uses.

use crate::paper::{Area, FontFacts, PageFacts};
use pdfium_render::prelude::*;
use std::collections::BTreeMap;

/// A drawing can consist of hundreds of thousands of lines; the first ones tell enough.
const OBJECTS: usize = 20_000;
const SEGMENTS: i32 = 5_000;
const FONTS: usize = 200;
const NAME_CHARS: usize = 80;
/// Objects of one font that are read to see whether it shows Chinese.
const READ_PER_FONT: u32 = 50;
const DEPTH: u32 = 4;
/// What covers this much of both sides is the sheet's ground and not something on it.
const GROUND: u16 = 9_000;

pub fn page(page: &PdfPage<'_>) -> PageFacts {
    let text = page.text().ok();
    let text_area = text.as_ref().and_then(|text| text_area(page, text));
    let mut walk = Walk { page, text, content: text_area, fonts: BTreeMap::new(), left: OBJECTS };
    walk.objects(page.objects().iter(), 0);
    let Walk { content, fonts, .. } = walk;
    let fonts = fonts.into_values().map(|seen| seen.facts).collect();
    PageFacts { text: text_area, content, fonts }
}

struct Walk<'a> {
    page: &'a PdfPage<'a>,
    text: Option<PdfPageText<'a>>,
    content: Option<Area>,
    fonts: BTreeMap<(String, bool), Seen>,
    left: usize,
}

struct Seen {
    facts: FontFacts,
    read: u32,
}

impl Walk<'_> {
    fn objects<'o>(&mut self, objects: impl Iterator<Item = PdfPageObject<'o>>, depth: u32) {
        for object in objects {
            if self.left == 0 {
                return;
            }
            self.left -= 1;
            // Inside a form the coordinates are its own; the form's bounds stand for them.
            if depth == 0 && object.as_text_object().is_none() {
                self.add_to_content(&object);
            }
            if let Some(text) = object.as_text_object() {
                self.font(text);
            } else if let Some(form) = object.as_x_object_form_object()
                && depth < DEPTH
            {
                self.objects(form.iter(), depth + 1);
            }
        }
    }

    fn add_to_content(&mut self, object: &PdfPageObject<'_>) {
        let Ok(bounds) = object.bounds() else { return };
        let Some(area) = area(self.page, bounds.to_rect()) else { return };
        let ground = area.right - area.left >= GROUND && area.bottom - area.top >= GROUND;
        if !ground {
            self.content = Some(self.content.map_or(area, |content| content.union(area)));
        }
    }

    fn font(&mut self, object: &PdfPageTextObject<'_>) {
        let font = object.font();
        let full = font.name();
        let name: String = without_subset_mark(&full).chars().take(NAME_CHARS).collect();
        let embedded = font.is_embedded().unwrap_or(false);
        if self.fonts.len() >= FONTS {
            return;
        }
        let seen = self.fonts.entry((name.clone(), embedded)).or_insert_with(|| {
            let (standard, cjk) = (is_standard(&name), names_chinese(&name));
            Seen { facts: FontFacts { name, embedded, standard, cjk }, read: 0 }
        });
        if !seen.facts.cjk && seen.read < READ_PER_FONT {
            seen.read += 1;
            seen.facts.cjk =
                self.text.as_ref().is_some_and(|text| text.for_object(object).chars().any(is_cjk));
        }
    }
}

fn text_area(page: &PdfPage<'_>, text: &PdfPageText<'_>) -> Option<Area> {
    let segments = text.segments();
    segments
        .as_range()
        .take(usize::try_from(SEGMENTS).unwrap_or(0))
        .filter_map(|index| segments.get(index).ok())
        .filter_map(|segment| area(page, segment.bounds()))
        .reduce(Area::union)
}

/// The sheet as a picture whose pixels are the units of an [`Area`].
pub fn sheet() -> PdfRenderConfig {
    let side = i32::from(Area::FULL);
    PdfRenderConfig::new().set_fixed_size(side, side)
}

fn area(page: &PdfPage<'_>, rect: PdfRect) -> Option<Area> {
    area_on(page, rect, &sheet())
}

/// From the page's own coordinates to the sheet as it is shown: cropped, rotated, clipped.
pub fn area_on(page: &PdfPage<'_>, rect: PdfRect, config: &PdfRenderConfig) -> Option<Area> {
    let sheet = i32::from(Area::FULL);
    let (x0, y0) = page.points_to_pixels(rect.left(), rect.top(), config).ok()?;
    let (x1, y1) = page.points_to_pixels(rect.right(), rect.bottom(), config).ok()?;
    let on_sheet = |at: i32| u16::try_from(at.clamp(0, sheet)).unwrap_or(Area::FULL);
    let area = Area {
        left: on_sheet(x0.min(x1)),
        top: on_sheet(y0.min(y1)),
        right: on_sheet(x0.max(x1)),
        bottom: on_sheet(y0.max(y1)),
    };
    // A line has no width of its own, so only what lies outside the sheet on both ends is nothing.
    let outside = x0.max(x1) < 0 || y0.max(y1) < 0 || x0.min(x1) > sheet || y0.min(y1) > sheet;
    if outside { None } else { Some(area) }
}

/// "ABCDEF+SimSun" is SimSun of which a part travels along.
fn without_subset_mark(name: &str) -> &str {
    match name.split_once('+') {
        Some((mark, rest)) if mark.len() == 6 && mark.bytes().all(|b| b.is_ascii_uppercase()) => {
            rest
        }
        Some(_) | None => name,
    }
}

/// The fourteen of the format, and the names under which offices know three of their families.
fn is_standard(name: &str) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    ["Helvetica", "Times", "Courier", "Symbol", "ZapfDingbats", "Arial"]
        .iter()
        .any(|family| plain.starts_with(family) && !plain.contains("Unicode"))
}

fn names_chinese(name: &str) -> bool {
    let name = name.to_lowercase();
    name.chars().any(is_cjk)
        || [
            "simsun",
            "simhei",
            "nsimsun",
            "fangsong",
            "kaiti",
            "simkai",
            "simfang",
            "song",
            "heiti",
            "xihei",
            "yahei",
            "dengxian",
            "gb2312",
            "gbk",
            "mingliu",
            "notosanssc",
            "notoserifsc",
            "cjk",
            "sourcehan",
            "fzxb",
            "fzfs",
            "fzkt",
            "fzhei",
        ]
        .iter()
        .any(|part| name.contains(part))
}

fn is_cjk(c: char) -> bool {
    matches!(u32::from(c), 0x2E80..=0x2FDF | 0x3000..=0x30FF | 0x3400..=0x9FFF | 0xF900..=0xFAFF | 0xFF00..=0xFFEF | 0x2_0000..=0x3_FFFF)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn font_names_are_read_as_people_mean_them() {
        assert_eq!(without_subset_mark("ABCDEF+SimSun"), "SimSun");
        assert_eq!(without_subset_mark("A+B"), "A+B");
        assert!(is_standard("Helvetica-Bold"));
        assert!(is_standard("TimesNewRomanPS-BoldMT"));
        assert!(!is_standard("ArialUnicodeMS"));
        assert!(!is_standard("SimSun"));
        assert!(names_chinese("仿宋_GB2312"));
        assert!(names_chinese("STSong-Light"));
        assert!(!names_chinese("Calibri"));
    }

    #[test]
    fn chinese_is_told_from_latin() {
        assert!("议席，𬭎㛃".chars().all(is_cjk));
        assert!(!"Hemicycle 12.5%".chars().any(is_cjk));
    }
}
