//! What is drawn by hand on a page: a line while it is drawn, the sheet with what was drawn, an
//! eraser that finds it, its picture. Nothing here knows a seat, a server or a key.
//!
//! Places come and go as shares of the upright page, in ten-thousandths of its width and height.
//! Distances are measured on paper, in ten-thousandths of the width: a `ratio` of height to
//! width leads from one to the other.

pub mod history;
mod mask;
pub mod paint;
pub mod shape;

use hemicycle_protocol::ink::{Stroke, Tool};
use hemicycle_protocol::topic::Pointer;

/// Which strokes an eraser touches that lies here and reaches so far, in ten-thousandths of the
/// page's width.
pub fn touched(strokes: &[Stroke], at: (f32, f32), reach: f32, ratio: f32) -> Vec<usize> {
    swept(strokes, at, at, reach, ratio)
}

/// Which strokes an eraser touches on its way: a fast finger is told of in few places.
pub fn swept(
    strokes: &[Stroke],
    from: (f32, f32),
    to: (f32, f32),
    reach: f32,
    ratio: f32,
) -> Vec<usize> {
    let ratio = sound(ratio);
    let way = (on_paper(from, ratio), on_paper(to, ratio));
    let hit = |stroke: &Stroke| {
        let near = reach.max(0.0) + breadth(stroke.tool, ratio) / 2.0;
        pieces(&stroke.line, ratio).any(|piece| apart(way, piece) < near)
    };
    strokes.iter().enumerate().filter(|(_, stroke)| hit(stroke)).map(|(place, _)| place).collect()
}

/// A place on paper, in ten-thousandths of the page's width.
type Place = (f32, f32);

/// How far what is drawn may lie beside where the finger was.
fn tolerance(tool: Tool) -> f32 {
    match tool {
        Tool::Pen => 2.5,
        Tool::Marker => 10.0,
    }
}

/// How broad a line is on paper.
fn breadth(tool: Tool, ratio: f32) -> f32 {
    f32::from(tool.width()) * ratio.min(1.0)
}

/// No page is a hundred times as high as it is wide; nonsense is taken for a square.
fn sound(ratio: f32) -> f32 {
    if (0.01..=100.0).contains(&ratio) { ratio } else { 1.0 }
}

fn on_paper((x, y): (f32, f32), ratio: f32) -> Place {
    (x, y * ratio)
}

/// A line piece by piece; its last point is one too, and so is a dot.
fn pieces(line: &[Pointer], ratio: f32) -> impl Iterator<Item = (Place, Place)> + '_ {
    let place = move |at: &Pointer| on_paper((f32::from(at.x), f32::from(at.y)), ratio);
    let next = line.iter().skip(1).chain(line.last());
    line.iter().zip(next).map(move |(from, to)| (place(from), place(to)))
}

fn distance(a: Place, b: Place) -> f32 {
    (a.0 - b.0).hypot(a.1 - b.1)
}

/// From a place to the nearest one of a piece.
fn beside(at: Place, (from, to): (Place, Place)) -> f32 {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let square = dx * dx + dy * dy;
    if square <= 0.0 {
        return distance(at, from);
    }
    let along = ((at.0 - from.0) * dx + (at.1 - from.1) * dy) / square;
    let along = along.clamp(0.0, 1.0);
    distance(at, (from.0 + along * dx, from.1 + along * dy))
}

/// Between two pieces, where they are nearest.
fn apart(one: (Place, Place), other: (Place, Place)) -> f32 {
    if splits(one, other) && splits(other, one) {
        return 0.0;
    }
    let ends = beside(one.0, other).min(beside(one.1, other));
    ends.min(beside(other.0, one)).min(beside(other.1, one))
}

/// Do the ends of the other lie on different sides?
fn splits((from, to): (Place, Place), other: (Place, Place)) -> bool {
    let side = |at: Place| (to.0 - from.0) * (at.1 - from.1) - (to.1 - from.1) * (at.0 - from.0);
    side(other.0) * side(other.1) < 0.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use hemicycle_protocol::ink::Colour;

    const NONE: [usize; 0] = [];
    const A4: f32 = std::f32::consts::SQRT_2;

    fn stroke(tool: Tool, line: &[(u16, u16)]) -> Stroke {
        let line = line.iter().map(|&(x, y)| Pointer { x, y }).collect();
        Stroke { tool, colour: Colour::Red, line }
    }

    #[test]
    fn an_eraser_reaches_as_far_as_it_is_large() {
        let strokes = [
            stroke(Tool::Pen, &[(1_000, 1_000), (5_000, 1_000)]),
            stroke(Tool::Pen, &[(1_000, 5_000)]),
            stroke(Tool::Marker, &[(6_000, 5_000), (6_000, 9_000)]),
        ];
        // A pen reaches 15 to each side, a marker 140.
        assert_eq!(touched(&strokes, (3_000.0, 1_080.0), 100.0, 1.0), [0]);
        assert_eq!(touched(&strokes, (3_000.0, 1_116.0), 100.0, 1.0), NONE);
        // Further down than across on a page that is higher than wide.
        assert_eq!(touched(&strokes, (3_000.0, 1_080.0), 100.0, A4), [0]);
        assert_eq!(touched(&strokes, (3_000.0, 1_085.0), 100.0, A4), NONE);
        // Beyond its end it is round.
        assert_eq!(touched(&strokes, (5_110.0, 1_000.0), 100.0, 1.0), [0]);
        assert_eq!(touched(&strokes, (5_090.0, 1_090.0), 100.0, 1.0), NONE);
        assert_eq!(touched(&strokes, (1_050.0, 5_050.0), 60.0, 1.0), [1]);
        assert_eq!(touched(&strokes, (1_060.0, 5_060.0), 60.0, 1.0), NONE);
        assert_eq!(touched(&strokes, (6_235.0, 7_000.0), 100.0, 1.0), [2]);
        // On a page that lies on its side, its height says how broad a line is.
        assert_eq!(touched(&strokes, (6_235.0, 7_000.0), 100.0, 0.5), NONE);
        assert_eq!(touched(&strokes, (4_000.0, 5_000.0), 9_000.0, 1.0), [0, 1, 2]);
    }

    #[test]
    fn a_fast_eraser_misses_nothing() {
        let strokes = [
            stroke(Tool::Pen, &[(5_000, 1_000), (5_000, 9_000)]),
            stroke(Tool::Pen, &[(7_000, 5_015)]),
            stroke(Tool::Pen, &[(8_000, 5_200), (8_000, 9_000)]),
            stroke(Tool::Pen, &[(2_000, 4_000), (4_000, 4_990)]),
        ];
        assert_eq!(swept(&strokes, (3_000.0, 5_000.0), (9_000.0, 5_000.0), 10.0, A4), [0, 1, 3]);
        assert_eq!(swept(&strokes, (4_900.0, 500.0), (5_100.0, 500.0), 10.0, A4), NONE);
        // Along the line itself.
        assert_eq!(swept(&strokes, (5_000.0, 500.0), (5_000.0, 2_000.0), 0.0, A4), [0]);
    }

    #[test]
    fn nonsense_touches_nothing() {
        let strokes = [stroke(Tool::Pen, &[(0, 0), (9, 9)]), stroke(Tool::Pen, &[])];
        assert_eq!(touched(&strokes, (f32::NAN, 0.0), 100.0, 1.0), NONE);
        assert_eq!(touched(&strokes, (0.0, 0.0), f32::NAN, 1.0), [0]);
        assert_eq!(touched(&strokes, (0.0, 0.0), -100.0, f32::INFINITY), [0]);
        assert_eq!(touched(&strokes, (1e30, -1e30), 1.0, 0.0), NONE);
    }
}
