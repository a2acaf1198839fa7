//! What is drawn by hand on the page of a paper: by a member for the member alone
//! (notes, which only their keeper can open), or by whoever shows the page to all.

use crate::ids::Hash;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use std::fmt;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// A place's largest coordinate: a whole page's width or height.
pub const WHOLE: u16 = 10_000;
/// Points of a stroke.
pub const POINTS: usize = 2_000;
/// Points of everything that is shown to all on a page.
pub const SHOWN_POINTS: usize = 3_000;
/// Points of a page's notes.
pub const PAGE_POINTS: usize = 20_000;

/// A place on a page that lies upright, in ten-thousandths of its width and height.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Pointer {
    pub x: u16,
    pub y: u16,
}

/// What a stroke was drawn with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Tool {
    /// 笔: a thin line.
    Pen,
    /// 荧光笔: a broad line through which the text is read.
    Marker,
}

impl Tool {
    /// How broad its line is, in ten-thousandths of the shorter side of the page.
    pub fn width(self) -> u16 {
        match self {
            Tool::Pen => 30,
            Tool::Marker => 280,
        }
    }
}

/// The colour of a stroke.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Colour {
    Red,
    Blue,
    Yellow,
}

impl Colour {
    /// Red, green, blue.
    pub fn rgb(self) -> [u8; 3] {
        match self {
            Colour::Red => [0xc4, 0x1e, 0x2a],
            Colour::Blue => [0x1b, 0x4f, 0xa8],
            Colour::Yellow => [0xff, 0xe0, 0x4a],
        }
    }
}

/// One line, from where the pen came down to where it left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Stroke {
    pub tool: Tool,
    pub colour: Colour,
    /// On the page as it lies upright. As numbers: x and y of the first point in
    /// ten-thousandths of the page's width and height, then how much further each
    /// next one lies, again x and y.
    #[serde(with = "line")]
    #[cfg_attr(feature = "typescript", ts(type = "number[]"))]
    pub line: Vec<Pointer>,
}

/// What is wrong with strokes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadInk {
    #[error("stroke {0} has no point, or more than {POINTS}")]
    Stroke(usize),
    #[error("more than {0} points")]
    Points(usize),
    #[error("a point of stroke {0} lies outside of the page")]
    Outside(usize),
}

/// Can a pen have drawn them, with so many points altogether at most?
pub fn check(strokes: &[Stroke], most: usize) -> Result<(), BadInk> {
    let mut points = 0;
    for (number, stroke) in strokes.iter().enumerate() {
        if stroke.line.is_empty() || stroke.line.len() > POINTS {
            return Err(BadInk::Stroke(number));
        }
        if stroke.line.iter().any(|at| at.x > WHOLE || at.y > WHOLE) {
            return Err(BadInk::Outside(number));
        }
        points += stroke.line.len();
    }
    if points > most { Err(BadInk::Points(most)) } else { Ok(()) }
}

/// The notes on one page under their member's key.
///
/// `sealed` is the nonce (12 bytes) and what ChaCha20-Poly1305 makes of the strokes as
/// JSON under the key in `me`, with [`note_of`] as associated data, all in base64. It
/// is empty where the page has none any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct SealedPage {
    /// From 0.
    pub page: u32,
    pub sealed: String,
}

/// What a page's notes are bound to, so that nobody can put them elsewhere:
/// `hemicycle/1 notes`, a zero byte, the paper's hash, the page (4 bytes, big endian).
pub fn note_of(paper: &Hash, page: u32) -> Vec<u8> {
    let mut bytes = b"hemicycle/1 notes\0".to_vec();
    bytes.extend(paper.0);
    bytes.extend(page.to_be_bytes());
    bytes
}

/// Of a member, in base64: what opens the notes. It is wiped when it is dropped, and
/// nothing that prints prints it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(transparent)]
pub struct NotesKey(String);

impl NotesKey {
    /// Of these bytes.
    pub fn new(bytes: &[u8; 32]) -> Self {
        Self(STANDARD.encode(bytes))
    }

    /// Its bytes, if it is 32 of them.
    pub fn bytes(&self) -> Option<[u8; 32]> {
        let mut bytes = STANDARD.decode(&self.0).ok()?;
        let key = bytes.as_slice().try_into().ok();
        bytes.zeroize();
        key
    }
}

impl fmt::Debug for NotesKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NotesKey")
    }
}

/// Points as a first place and the way from each to the next.
mod line {
    use super::Pointer;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<S: Serializer>(line: &[Pointer], serializer: S) -> Result<S::Ok, S::Error> {
        let mut numbers = Vec::with_capacity(2 * line.len());
        let mut last = (0, 0);
        for at in line {
            let (x, y) = (i32::from(at.x), i32::from(at.y));
            numbers.extend([x - last.0, y - last.1]);
            last = (x, y);
        }
        numbers.serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Pointer>, D::Error> {
        let numbers = Vec::<i32>::deserialize(from)?;
        let mut line = Vec::with_capacity(numbers.len() / 2);
        let mut last = (0_i32, 0_i32);
        let pairs = numbers.chunks_exact(2);
        if !pairs.remainder().is_empty() {
            return Err(D::Error::custom("x without y"));
        }
        for pair in pairs {
            let &[dx, dy] = pair else { continue };
            last = (last.0.saturating_add(dx), last.1.saturating_add(dy));
            let share = |at: i32| u16::try_from(at).map_err(|_| D::Error::custom("outside"));
            line.push(Pointer { x: share(last.0)?, y: share(last.1)? });
        }
        Ok(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stroke(line: &[(u16, u16)]) -> Stroke {
        let line = line.iter().map(|&(x, y)| Pointer { x, y }).collect();
        Stroke { tool: Tool::Pen, colour: Colour::Blue, line }
    }

    #[test]
    fn a_line_goes_from_point_to_point() {
        let drawn = stroke(&[(4_210, 3_377), (4_213, 3_370), (0, 10_000)]);
        let text = serde_json::to_string(&drawn).unwrap();
        assert_eq!(text, r#"{"tool":"pen","colour":"blue","line":[4210,3377,3,-7,-4213,6630]}"#);
        assert_eq!(serde_json::from_str::<Stroke>(&text).unwrap(), drawn);
        for bad in ["[1]", "[1,2,3]", "[1,-1]", "[1,1,0,-2]", "[70000,1]", "[2147483647,0,1,0]"] {
            let text = format!(r#"{{"tool":"pen","colour":"blue","line":{bad}}}"#);
            assert!(serde_json::from_str::<Stroke>(&text).is_err(), "{bad}");
        }
    }

    #[test]
    fn strokes_are_bounded() {
        assert_eq!(check(&[stroke(&[(0, 0), (10_000, 10_000)])], 2), Ok(()));
        assert_eq!(check(&[], 0), Ok(()));
        assert_eq!(check(&[stroke(&[(1, 1)]), stroke(&[])], 9), Err(BadInk::Stroke(1)));
        assert_eq!(check(&[stroke(&[(1, 1); POINTS + 1])], 9_999), Err(BadInk::Stroke(0)));
        assert_eq!(check(&[stroke(&[(1, 10_001)])], 9), Err(BadInk::Outside(0)));
        assert_eq!(check(&[stroke(&[(1, 1); 5]), stroke(&[(1, 1); 5])], 9), Err(BadInk::Points(9)));
    }

    #[test]
    fn a_key_is_never_printed() {
        let key = NotesKey::new(&[7; 32]);
        assert_eq!((format!("{key:?}").as_str(), key.bytes()), ("NotesKey", Some([7; 32])));
        for bad in ["\"\"", "\"xx\"", "\"AAAA\""] {
            assert_eq!(serde_json::from_str::<NotesKey>(bad).unwrap().bytes(), None, "{bad}");
        }
        assert_eq!(note_of(&crate::ids::Hex([1; 32]), 258)[17..20], [0, 1, 1]);
        assert!(note_of(&crate::ids::Hex([1; 32]), 258).ends_with(&[0, 0, 1, 2]));
    }
}
