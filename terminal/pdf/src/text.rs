//! The text of a page as it lies on the sheet, and a paper's table of contents: plain values, and
//! how a text travels through the pipe.

use crate::paper::Area;
use serde::{Deserialize, Serialize};

/// One entry of a paper's table of contents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heading {
    pub title: String,
    /// 0 at the top.
    pub depth: u8,
    /// From 0; none where the entry leads nowhere in this paper.
    pub page: Option<u32>,
}

/// The characters of a page in the order of its file, each with its place on the upright sheet.
/// Line ends are characters too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageText {
    chars: Vec<char>,
    places: Vec<Area>,
    cut: bool,
}

/// A character's code and the four sides of its place.
const BYTES: usize = 12;

impl PageText {
    /// Text and places together; `cut` where the page has more.
    pub fn new(text: Vec<(char, Area)>, cut: bool) -> Self {
        let (chars, places) = text.into_iter().unzip();
        Self { chars, places, cut }
    }

    pub fn chars(&self) -> &[char] {
        &self.chars
    }

    pub fn place(&self, at: usize) -> Option<Area> {
        self.places.get(at).copied()
    }

    /// Number of characters.
    pub fn len(&self) -> u32 {
        u32::try_from(self.chars.len()).unwrap_or(u32::MAX)
    }

    pub fn is_empty(&self) -> bool {
        self.chars.is_empty()
    }

    /// There is more on the page than this.
    pub fn is_cut(&self) -> bool {
        self.cut
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.chars.len() * BYTES);
        for (char, place) in self.chars.iter().zip(&self.places) {
            bytes.extend_from_slice(&u32::from(*char).to_le_bytes());
            for side in [place.left, place.top, place.right, place.bottom] {
                bytes.extend_from_slice(&side.to_le_bytes());
            }
        }
        bytes
    }

    /// None where these are no characters or no places on a sheet.
    pub(crate) fn from_bytes(bytes: &[u8], cut: bool) -> Option<Self> {
        let (parts, rest) = bytes.as_chunks::<BYTES>();
        if !rest.is_empty() {
            return None;
        }
        let mut text = Vec::with_capacity(parts.len());
        for &[a, b, c, d, l0, l1, t0, t1, r0, r1, b0, b1] in parts {
            let char = char::from_u32(u32::from_le_bytes([a, b, c, d]))?;
            let side =
                |low, high| Some(u16::from_le_bytes([low, high])).filter(|s| *s <= Area::FULL);
            let (left, top) = (side(l0, l1)?, side(t0, t1)?);
            let (right, bottom) = (side(r0, r1)?, side(b0, b1)?);
            if left > right || top > bottom {
                return None;
            }
            text.push((char, Area { left, top, right, bottom }));
        }
        Some(Self::new(text, cut))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_comes_through_the_pipe_as_it_was_and_nonsense_does_not() {
        let place = |left| Area { left, top: 1, right: left + 300, bottom: 10_000 };
        let text =
            PageText::new(vec![('预', place(0)), ('𬭎', place(300)), ('\n', place(9))], true);
        let bytes = text.to_bytes();
        assert_eq!(PageText::from_bytes(&bytes, true), Some(text));
        assert_eq!(PageText::from_bytes(&[], false), Some(PageText::default()));
        assert_eq!(PageText::from_bytes(&bytes[1..], true), None, "no whole characters");
        let mut surrogate = bytes.clone();
        surrogate[..4].copy_from_slice(&0xD800_u32.to_le_bytes());
        assert_eq!(PageText::from_bytes(&surrogate, true), None);
        let mut outside = bytes.clone();
        outside[8..10].copy_from_slice(&10_001_u16.to_le_bytes());
        assert_eq!(PageText::from_bytes(&outside, true), None);
        let mut inside_out = bytes;
        inside_out[4..6].copy_from_slice(&9_000_u16.to_le_bytes());
        assert_eq!(PageText::from_bytes(&inside_out, true), None);
    }
}
