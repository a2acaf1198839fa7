//! Lines drawn by hand on the pages of a paper, and how they travel to the worker: in parts that fit into
//! its pipe, because a client must never wait for a worker that does not read.

use serde::{Deserialize, Serialize};

/// Bytes of ink in one frame. The smallest pipe that systems hand out has room for it and its head.
pub(crate) const PART: u32 = 48 << 10;
/// Points of one line in one frame; a longer line goes on in another that begins where it ends.
const POINTS: usize = 8_000;

/// A line that was drawn by hand, on the page as it lies upright (the page's own `/Rotate` applied):
/// x and y in ten-thousandths of its width and height, from the top left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InkLine {
    pub rgb: [u8; 3],
    /// In ten-thousandths of the page's shorter side.
    pub width: u16,
    /// Seen through: text below stays readable.
    pub translucent: bool,
    /// A single one is a dot; without any there is nothing to be seen.
    pub points: Vec<(u16, u16)>,
}

/// What was drawn on one page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageInk {
    /// From 0.
    pub page: u32,
    /// The one drawn first comes first and lies below.
    pub lines: Vec<InkLine>,
}

/// Parts of at most [`PART`] bytes that hold these lines in their order.
pub(crate) fn to_parts(lines: &[InkLine]) -> Vec<Vec<u8>> {
    let mut parts = Vec::new();
    let mut part = Vec::new();
    for line in lines {
        let mut rest = line.points.as_slice();
        while !rest.is_empty() {
            let (now, later) = if rest.len() > POINTS {
                (&rest[..POINTS], &rest[POINTS - 1..])
            } else {
                (rest, &[][..])
            };
            if part.len() + HEAD + 4 * now.len() > PART as usize {
                parts.push(std::mem::take(&mut part));
            }
            put(&mut part, line, now);
            rest = later;
        }
    }
    if !part.is_empty() {
        parts.push(part);
    }
    parts
}

/// Colour, kind, width, number of points.
const HEAD: usize = 3 + 1 + 2 + 2;

fn put(part: &mut Vec<u8>, line: &InkLine, points: &[(u16, u16)]) {
    part.extend_from_slice(&line.rgb);
    part.push(u8::from(line.translucent));
    part.extend_from_slice(&line.width.to_le_bytes());
    part.extend_from_slice(&u16::try_from(points.len()).unwrap_or(u16::MAX).to_le_bytes());
    for (x, y) in points {
        part.extend_from_slice(&x.to_le_bytes());
        part.extend_from_slice(&y.to_le_bytes());
    }
}

/// The lines of one part, or `None` where its bytes do not add up.
pub(crate) fn from_part(mut part: &[u8]) -> Option<Vec<InkLine>> {
    let mut lines = Vec::new();
    while let Some((head, rest)) = part.split_first_chunk::<HEAD>() {
        let [r, g, b, kind, w0, w1, n0, n1] = *head;
        let translucent = match kind {
            0 => false,
            1 => true,
            _ => return None,
        };
        let bytes = 4 * usize::from(u16::from_le_bytes([n0, n1]));
        let (points, rest) = rest.split_at_checked(bytes)?;
        let points = points.as_chunks::<4>().0.iter();
        let point = |&[x0, x1, y0, y1]: &[u8; 4]| {
            (u16::from_le_bytes([x0, x1]), u16::from_le_bytes([y0, y1]))
        };
        let width = u16::from_le_bytes([w0, w1]);
        lines.push(InkLine {
            rgb: [r, g, b],
            width,
            translucent,
            points: points.map(point).collect(),
        });
        part = rest;
    }
    part.is_empty().then_some(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(points: usize, translucent: bool) -> InkLine {
        let points = (0..points).map(|at| ((at % 10_001) as u16, (at / 7 % 10_001) as u16));
        InkLine { rgb: [1, 2, 3], width: 40, translucent, points: points.collect() }
    }

    fn arrived(lines: &[InkLine]) -> Vec<InkLine> {
        let parts = to_parts(lines);
        assert!(parts.iter().all(|part| !part.is_empty() && part.len() <= PART as usize));
        parts.iter().flat_map(|part| from_part(part).unwrap()).collect()
    }

    #[test]
    fn lines_arrive_as_they_were_sent() {
        assert_eq!(arrived(&[]), []);
        let lines = [line(1, false), line(2, true), line(POINTS, false), line(999, true)];
        assert_eq!(arrived(&lines), lines);
        let many: Vec<InkLine> = (0..3_000).map(|at| line(at % 60 + 1, at % 2 == 0)).collect();
        assert_eq!(arrived(&many), many);
    }

    #[test]
    fn a_long_line_goes_on_where_it_was_cut() {
        let long = line(3 * POINTS, true);
        let pieces = arrived(std::slice::from_ref(&long));
        assert!(pieces.len() > 1);
        let mut points = pieces[0].points.clone();
        for piece in &pieces[1..] {
            assert_eq!(points.last(), piece.points.first());
            points.extend_from_slice(&piece.points[1..]);
        }
        assert_eq!(points, long.points);
    }

    #[test]
    fn a_line_without_points_is_not_sent() {
        assert_eq!(arrived(&[line(0, false), line(3, false), line(0, true)]), [line(3, false)]);
    }

    #[test]
    fn what_does_not_add_up_is_refused() {
        let part = to_parts(&[line(5, true)]).pop().unwrap();
        assert!(from_part(&part[..part.len() - 1]).is_none());
        assert!(from_part(&[part.as_slice(), &[0]].concat()).is_none());
        let mut other = part.clone();
        other[3] = 2;
        assert!(from_part(&other).is_none());
        assert_eq!(from_part(&part), Some(vec![line(5, true)]));
    }
}
