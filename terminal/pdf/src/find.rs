//! Looking for words in a page's text: folded, so that case, width and the ends of lines make no
//! difference. Works on what the worker has read, in the process that asks.

use crate::paper::Area;
use crate::text::PageText;
use std::ops::Range;
use unicode_normalization::UnicodeNormalization;

/// Rectangles of one place: a place that runs over more lines than this is marked at its start.
const MOST_PARTS: usize = 8;

/// A text made ready for looking: small letters of plain width, without any space.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folded {
    chars: Vec<char>,
    /// Where each of them comes from in the text.
    from: Vec<u32>,
}

impl Folded {
    pub fn of(text: &[char]) -> Self {
        let mut folded = Self::default();
        for (at, char) in (0u32..).zip(text) {
            fold_into(*char, |char| {
                folded.chars.push(char);
                folded.from.push(at);
            });
        }
        folded
    }

    pub fn chars(&self) -> &[char] {
        &self.chars
    }

    /// The part of the text that these folded characters come from.
    pub fn source(&self, part: Range<usize>) -> Option<Range<usize>> {
        let first = *self.from.get(part.start).filter(|_| !part.is_empty())?;
        let last = *self.from.get(part.end.checked_sub(1)?)?;
        Some(usize::try_from(first).ok()?..usize::try_from(last).ok()? + 1)
    }

    /// Where these words stand, as parts of [`Folded::chars`], one after the other and at most so many.
    pub fn places(&self, words: &Words, most: usize) -> Vec<Range<usize>> {
        let (text, words) = (self.chars.as_slice(), words.0.as_slice());
        let Some(first) = words.first() else { return Vec::new() };
        let mut found = Vec::new();
        let mut at = 0;
        while found.len() < most {
            let Some(step) = text.get(at..).and_then(|rest| rest.iter().position(|c| c == first))
            else {
                break;
            };
            at += step;
            if text.get(at..).is_some_and(|rest| rest.starts_with(words)) {
                found.push(at..at + words.len());
                at += words.len();
            } else {
                at += 1;
            }
        }
        found
    }
}

/// What is looked for, folded in the same way.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Words(Vec<char>);

impl Words {
    /// At most so many characters of it.
    pub fn of(text: &str, most: usize) -> Self {
        let mut words = Vec::new();
        for char in text.chars().take(most) {
            fold_into(char, |char| words.push(char));
        }
        words.truncate(most);
        Self(words)
    }

    pub fn chars(&self) -> &[char] {
        &self.0
    }

    /// There is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The rectangles around a part of a text, one for each line that it runs over.
pub fn areas(text: &PageText, part: Range<usize>) -> Vec<Area> {
    let mut areas: Vec<Area> = Vec::new();
    for at in part {
        let visible = text.chars().get(at).is_some_and(|c| !c.is_whitespace() && !c.is_control());
        let Some(place) = text.place(at).filter(|_| visible) else { continue };
        let full = areas.len() >= MOST_PARTS;
        match areas.last_mut().filter(|line| on_one_line(**line, place)) {
            Some(line) => *line = line.union(place),
            None if full => break,
            None => areas.push(place),
        }
    }
    areas
}

/// The part as a person reads it, with a little of what stands before and after: no line ends, and
/// nowhere two spaces.
pub fn excerpt(text: &[char], part: Range<usize>, before: usize, after: usize) -> [String; 3] {
    let tidy = |chars: &[char]| {
        let (mut line, mut last, mut space) = (String::new(), None::<char>, false);
        for char in chars {
            if char.is_whitespace() || char.is_control() {
                space = true;
                continue;
            }
            // A space is one between Latin words; the end of a line is none inside Chinese.
            if space && char.is_ascii() && last.is_none_or(|last| last.is_ascii()) {
                line.push(' ');
            }
            line.push(*char);
            (last, space) = (Some(*char), false);
        }
        if space && last.is_some_and(|last| last.is_ascii()) {
            line.push(' ');
        }
        line
    };
    let start = part.start.saturating_sub(before);
    let end = part.end.saturating_add(after).min(text.len());
    let slice = |range: Range<usize>| tidy(text.get(range).unwrap_or_default());
    [slice(start..part.start), slice(part.clone()), slice(part.end..end)]
}

fn on_one_line(line: Area, next: Area) -> bool {
    let shared = line.bottom.min(next.bottom).saturating_sub(line.top.max(next.top));
    let lower = (line.bottom - line.top).min(next.bottom - next.top);
    shared * 2 > lower && next.left >= line.left
}

/// Compatibility forms are what a PDF likes to have in place of the characters that people type:
/// full-width letters, Kangxi radicals, ligatures. Spaces, soft hyphens and line ends are nothing.
fn fold_into(char: char, mut put: impl FnMut(char)) {
    for char in std::iter::once(char).nfkc().flat_map(char::to_lowercase) {
        match char {
            '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{FEFF}' | '\u{FFFE}' => {}
            _ if char.is_whitespace() || char.is_control() => {}
            '“' | '”' | '„' => put('"'),
            '‘' | '’' => put('\''),
            '‐' | '‑' | '–' | '—' | '―' | '−' => put('-'),
            _ => put(char),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, words: &str) -> Vec<String> {
        let text: Vec<char> = text.chars().collect();
        let folded = Folded::of(&text);
        let words = Words::of(words, 60);
        let places = folded.places(&words, 100).into_iter();
        places.map(|part| text[folded.source(part).unwrap()].iter().collect()).collect()
    }

    #[test]
    fn case_width_and_line_ends_make_no_difference() {
        assert_eq!(found("关于预算\r\n调整的议案", "预算调整"), ["预算\r\n调整"]);
        assert_eq!(found("ＧＤＰ growth, gdp", "Gdp"), ["ＧＤＰ", "gdp"]);
        assert_eq!(found("２０２６年", "2026 年"), ["２０２６年"]);
        assert_eq!(found("⼀般公共预算", "一般"), ["⼀般"], "a radical in place of the character");
        assert_eq!(found("the bud-\u{2}get", "get"), ["get"]);
        assert_eq!(found("efﬁcient", "fi"), ["ﬁ"], "a ligature");
        assert_eq!(found("“预算”", "\"预算\""), ["“预算”"]);
        assert_eq!(found("50 ㎡", "m2"), ["㎡"]);
    }

    #[test]
    fn places_do_not_overlap_and_are_bounded() {
        assert_eq!(found("aaaaa", "aa").len(), 2);
        assert_eq!(found("abab", "").len(), 0);
        assert_eq!(found("abab", " \n").len(), 0);
        assert_eq!(found("预", "预算").len(), 0);
        let folded = Folded::of(&['a'; 50]);
        assert_eq!(folded.places(&Words::of("a", 9), 7).len(), 7);
        assert_eq!(Words::of(&"长".repeat(99), 9).chars().len(), 9);
        assert_eq!(folded.source(3..3), None);
        assert_eq!(folded.source(49..51), None);
    }

    #[test]
    fn a_place_over_two_lines_has_two_rectangles() {
        let place = |line: u16, column: u16| Area {
            left: 1_000 + 300 * column,
            top: 1_000 + 600 * line,
            right: 1_300 + 300 * column,
            bottom: 1_400 + 600 * line,
        };
        let text = [
            ('预', place(0, 7)),
            ('算', place(0, 8)),
            ('\r', place(0, 8)),
            ('\n', place(0, 8)),
            ('调', place(1, 0)),
            ('整', place(1, 1)),
        ];
        let text = PageText::new(text.to_vec(), false);
        let areas = areas(&text, 0..6);
        assert_eq!(areas, [place(0, 7).union(place(0, 8)), place(1, 0).union(place(1, 1))]);
    }

    #[test]
    fn an_excerpt_reads_as_one_line() {
        let text: Vec<char> = "拟将市级预\r\n算调整为66.10亿元".chars().collect();
        assert_eq!(excerpt(&text, 4..9, 2, 3), ["市级", "预算调", "整为6"].map(String::from));
        let text: Vec<char> = "the  budget \nplan".chars().collect();
        assert_eq!(excerpt(&text, 5..11, 9, 9), ["the ", "budget", " plan"].map(String::from));
    }
}
