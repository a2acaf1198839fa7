//! How much of each pixel a line covers: that follows from how near its middle is to the line,
//! which is quickly found row by row.

use super::{Place, distance};
use std::ops::Range;

/// How much of each pixel is covered in a part of a picture.
pub struct Mask {
    pub left: u32,
    pub top: u32,
    pub width: u32,
    pub height: u32,
    pub cover: Vec<u8>,
    /// Of each row, where anything is.
    spans: Vec<Range<usize>>,
}

impl Mask {
    /// Clear, around these places as far out as that, on the picture.
    pub fn around(places: &[Place], out: f32, size: (u32, u32), most: u64) -> Option<Self> {
        let first = *places.first()?;
        let (mut low, mut high) = (first, first);
        for at in places {
            low = (low.0.min(at.0), low.1.min(at.1));
            high = (high.0.max(at.0), high.1.max(at.1));
        }
        // What is below zero is zero, as a whole number.
        let (left, top) = ((low.0 - out) as u32, (low.1 - out) as u32);
        let end = |high: f32, edge: u32| ((high + out).ceil() as u32).min(edge);
        let wide = end(high.0, size.0).checked_sub(left).filter(|wide| *wide > 0)?;
        let tall = end(high.1, size.1).checked_sub(top).filter(|tall| *tall > 0)?;
        let all = u64::from(wide) * u64::from(tall);
        let cover = vec![0; usize::try_from(all).ok().filter(|_| all <= most)?];
        let spans = vec![0..0; usize::try_from(tall).ok()?];
        Some(Self { left, top, width: wide, height: tall, cover, spans })
    }

    /// From the top: what is covered of a row, and where that is.
    pub fn rows(&self) -> impl Iterator<Item = (&[u8], Range<usize>)> {
        self.cover
            .chunks_exact(self.width as usize)
            .zip(&self.spans)
            .map(|(row, span)| (row.get(span.clone()).unwrap_or_default(), span.clone()))
    }

    /// A piece of a line with round ends.
    pub fn cover(&mut self, from: Place, to: Place, radius: f32) {
        let piece = Piece::new(from, to);
        let (outer, inner) = (radius + 0.5, radius - 0.5);
        let (low, high) = (from.1.min(to.1) - outer, from.1.max(to.1) + outer);
        let (first, width) = (low as usize, self.width as usize);
        let count = up(high).saturating_sub(first);
        let rows = self.cover.chunks_exact_mut(width).zip(&mut self.spans).enumerate();
        for (y, (row, span)) in rows.skip(first).take(count) {
            let y = y as f32 + 0.5;
            let Some((left, right)) = piece.within(outer, y) else { continue };
            // Pixels whose middle lies between.
            let start = up(left - 0.5);
            let end = ((right + 0.5) as usize).min(width);
            if start >= end {
                continue;
            }
            let before = if span.start < span.end { span.clone() } else { start..end };
            *span = before.start.min(start)..before.end.max(end);
            let full = piece.within(inner, y).map_or(end..end, |(left, right)| {
                let start = up(left - 0.5).clamp(start, end);
                start..((right + 0.5) as usize).clamp(start, end)
            });
            if let Some(full) = row.get_mut(full.clone()) {
                full.fill(u8::MAX);
            }
            for edge in [start..full.start, full.end..end] {
                for (x, cover) in edge.clone().zip(row.get_mut(edge).unwrap_or_default()) {
                    let near = outer - piece.distance((x as f32 + 0.5, y));
                    *cover = (*cover).max((near * 255.0 + 0.5) as u8);
                }
            }
        }
    }
}

/// The next whole number, none below zero.
fn up(at: f32) -> usize {
    let whole = at as usize;
    if (whole as f32) < at { whole.saturating_add(1) } else { whole }
}

/// A straight piece of a line, in pixels.
pub struct Piece {
    from: Place,
    to: Place,
    /// From the one to the other, one pixel.
    pub way: Place,
    pub long: f32,
}

impl Piece {
    pub fn new(from: Place, to: Place) -> Self {
        let (way, long) = ((to.0 - from.0, to.1 - from.1), distance(from, to));
        let unit = if long > 0.0 { (way.0 / long, way.1 / long) } else { (0.0, 0.0) };
        Self { from, to, way: unit, long }
    }

    fn distance(&self, at: Place) -> f32 {
        let (x, y) = (at.0 - self.from.0, at.1 - self.from.1);
        let along = (x * self.way.0 + y * self.way.1).clamp(0.0, self.long);
        let (x, y) = (x - along * self.way.0, y - along * self.way.1);
        (x * x + y * y).sqrt()
    }

    /// From where to where it is no further away than this, at this height.
    fn within(&self, radius: f32, y: f32) -> Option<(f32, f32)> {
        let (top, bottom) = (self.from.1.min(self.to.1), self.from.1.max(self.to.1));
        if radius < 0.0 || y < top - radius || y > bottom + radius {
            return None;
        }
        Some((self.end(radius, y, -1.0)?, self.end(radius, y, 1.0)?))
    }

    /// The left end is on the side -1, the right one on 1: on the straight edge of the piece, or
    /// round one of its ends.
    fn end(&self, radius: f32, y: f32, side: f32) -> Option<f32> {
        let (dx, dy) = self.way;
        let along = if dy.abs() > 1e-6 {
            // The edge lies square to the way.
            let (out, down) = (dy.abs(), -dx * dy.signum() * side);
            let along = (y - down * radius - self.from.1) / dy;
            if (0.0..=self.long).contains(&along) {
                return Some(self.from.0 + along * dx + side * out * radius);
            }
            along
        } else {
            // The further end.
            side * dx
        };
        let (x, height) = if along > 0.0 { self.to } else { self.from };
        let square = radius * radius - (y - height) * (y - height);
        (square >= 0.0).then(|| x + side * square.sqrt())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each pixel's cover against how far its middle is from the piece.
    #[test]
    fn a_piece_covers_what_is_near_it() {
        let ends =
            [(20.3, 20.8), (20.3, 40.0), (45.0, 20.8), (3.0, 58.0), (31.0, 21.9), (-9.0, 70.0)];
        for (from, to) in ends.iter().flat_map(|from| ends.map(|to| (*from, to))) {
            for radius in [0.5, 2.85, 11.2] {
                let mut mask =
                    Mask::around(&[(0.0, 0.0), (60.0, 60.0)], 0.0, (60, 60), u64::MAX).unwrap();
                mask.cover(from, to, radius);
                for (y, (cover, span)) in mask.rows().enumerate() {
                    for x in 0..60_usize {
                        let at = (x as f32 + 0.5, y as f32 + 0.5);
                        let near = radius + 0.5 - super::super::beside(at, (from, to));
                        let cover = x.checked_sub(span.start).and_then(|x| cover.get(x));
                        let off = near.clamp(0.0, 1.0) * 255.0 - f32::from(*cover.unwrap_or(&0));
                        assert!(off.abs() < 1.0, "{from:?} {to:?} {radius}: {at:?} {off}");
                    }
                }
            }
        }
    }
}
