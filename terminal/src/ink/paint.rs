//! Ink as pixels: laid on a page's picture for good, or on a ground of its own while the line is
//! still under the finger. Pictures are rows of red, green, blue and opacity, from the top.
//!
//! What a stroke covers is found first, and its colour laid once: where a line crosses itself it
//! is no darker.

use super::mask::{Mask, Piece};
use super::{Place, distance, tolerance};
use hemicycle_protocol::ink::{Stroke, Tool, WHOLE};
use hemicycle_protocol::topic::Pointer;

/// How opaque a marker is, of 255, so that black text is read through red and blue too.
const MARKER: u8 = 115;
/// Pixels of the largest patch, far more than a screen has.
const MOST: u64 = 1 << 25;
/// What is rounded by less than this, in pixels, may as well stay straight.
const INVISIBLE: f32 = 0.1;

/// Lays strokes on the picture of a page that is turned clockwise by so many quarters, the
/// markers below the pens. Black stays black under a marker. A picture that is not as large as it
/// says stays as it is.
pub fn paint(pixels: &mut [u8], width: u32, height: u32, turn: u8, strokes: &[Stroke]) {
    let bytes = u128::from(width) * u128::from(height) * 4;
    if u128::try_from(pixels.len()).ok() != Some(bytes) {
        return;
    }
    let page = Page { width, height, turn };
    for tool in [Tool::Marker, Tool::Pen] {
        for stroke in strokes.iter().filter(|stroke| stroke.tool == tool) {
            let Some(mask) = page.mask(stroke, u64::MAX) else { continue };
            let colour = stroke.colour.rgb();
            let rows = pixels.chunks_exact_mut(4 * width as usize).skip(mask.top as usize);
            for (row, (cover, span)) in rows.zip(mask.rows()) {
                let row = row.chunks_exact_mut(4).skip(mask.left as usize + span.start);
                for (pixel, cover) in row.zip(cover).filter(|(_, cover)| **cover > 0) {
                    for (ground, ink) in pixel.iter_mut().zip(colour) {
                        *ground = match tool {
                            Tool::Pen => mixed(*ground, ink, *cover),
                            Tool::Marker => filtered(*ground, ink, *cover),
                        };
                    }
                }
            }
        }
    }
}

/// A piece of a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patch {
    /// Where its left edge lies on the page's picture.
    pub x: u32,
    /// Where its top edge lies.
    pub y: u32,
    pub width: u32,
    pub height: u32,
    /// Four bytes for each; the colours are multiplied by the opacity already.
    pub pixels: Vec<u8>,
}

/// One stroke on clear ground, no larger than it must be, for a page's picture of this size that
/// is turned clockwise by so many quarters. There is none without a point, nor without a picture.
pub fn patch(width: u32, height: u32, turn: u8, stroke: &Stroke) -> Option<Patch> {
    let mask = Page { width, height, turn }.mask(stroke, MOST)?;
    let opaque = match stroke.tool {
        Tool::Pen => u8::MAX,
        Tool::Marker => MARKER,
    };
    let [red, green, blue] = stroke.colour.rgb();
    let ink: [[u8; 4]; 256] = std::array::from_fn(|cover| {
        let opacity = mixed(0, opaque, cover as u8);
        let part = |ink: u8| mixed(0, ink, opacity);
        [part(red), part(green), part(blue), opacity]
    });
    let mut pixels = vec![0; 4 * mask.cover.len()];
    let rows = pixels.chunks_exact_mut(4 * mask.width as usize);
    for (row, (cover, span)) in rows.zip(mask.rows()) {
        for (pixel, cover) in row.chunks_exact_mut(4).skip(span.start).zip(cover) {
            if let Some(ink) = ink.get(usize::from(*cover)).filter(|_| *cover > 0) {
                pixel.copy_from_slice(ink);
            }
        }
    }
    Some(Patch { x: mask.left, y: mask.top, width: mask.width, height: mask.height, pixels })
}

/// Ink that covers so much of a pixel.
fn mixed(ground: u8, ink: u8, cover: u8) -> u8 {
    let (ground, ink, cover) = (u32::from(ground), u32::from(ink), u32::from(cover));
    ((ground * (255 - cover) + ink * cover + 127) / 255) as u8
}

/// Ink through which so much of the ground is seen as is bright in both.
fn filtered(ground: u8, ink: u8, cover: u8) -> u8 {
    mixed(ground, mixed(0, ink, ground), mixed(0, MARKER, cover))
}

/// How a page lies on its picture.
struct Page {
    width: u32,
    height: u32,
    turn: u8,
}

impl Page {
    /// In pixels of the picture as it is turned.
    fn places(&self, stroke: &Stroke) -> Vec<Place> {
        let place = |at: &Pointer| {
            let share = |at: u16| f32::from(at) / f32::from(WHOLE);
            let (x, y) = (share(at.x), share(at.y));
            let (x, y) = match self.turn % 4 {
                1 => (1.0 - y, x),
                2 => (1.0 - x, 1.0 - y),
                3 => (y, 1.0 - x),
                _ => (x, y),
            };
            (x * self.width as f32, y * self.height as f32)
        };
        let mut places: Vec<_> = stroke.line.iter().map(place).collect();
        places.dedup();
        places
    }

    /// No line vanishes because the picture is small.
    fn breadth(&self, tool: Tool) -> f32 {
        let share = f32::from(tool.width()) / f32::from(WHOLE);
        (share * self.width.min(self.height) as f32).max(1.0)
    }

    /// How far a bend may be rounded. With this a line from which points were left out is as
    /// round again as it was drawn, and its corners stay corners.
    fn slack(&self, tool: Tool) -> f32 {
        let across = if self.turn.is_multiple_of(2) { self.width } else { self.height };
        1.5 * tolerance(tool) / f32::from(WHOLE) * across as f32
    }

    /// What the stroke covers, if that lies within so many pixels.
    fn mask(&self, stroke: &Stroke, most: u64) -> Option<Mask> {
        let places = self.places(stroke);
        let radius = self.breadth(stroke.tool) / 2.0;
        let mut mask = Mask::around(&places, radius + 1.0, (self.width, self.height), most)?;
        let (left, top) = (mask.left as f32, mask.top as f32);
        let line = smooth(&places, self.slack(stroke.tool));
        let line: Vec<_> = line.iter().map(|at| (at.0 - left, at.1 - top)).collect();
        if let [dot] = line.as_slice() {
            mask.cover(*dot, *dot, radius);
        }
        for (from, to) in line.iter().zip(line.iter().skip(1)) {
            mask.cover(*from, *to, radius);
        }
        Some(mask)
    }
}

/// A curve from the middle of each piece to the middle of the next, nearer to the bend between
/// them where it would stray from it by more than `slack`; as pieces that are short enough.
fn smooth(places: &[Place], slack: f32) -> Vec<Place> {
    let mut line: Vec<_> = places.first().copied().into_iter().collect();
    for three in places.windows(3) {
        let &[before, bend, after] = three else { continue };
        let (back, on) = (Piece::new(bend, before), Piece::new(bend, after));
        // Both ends one pixel away, the curve passes the bend half as far as the middle between
        // them does.
        let strays = distance((back.way.0 + on.way.0, back.way.1 + on.way.1), (0.0, 0.0)) / 4.0;
        let most = slack / strays;
        let (from, to) = ((back.long / 2.0).min(most), (on.long / 2.0).min(most));
        let rounded = strays * from.max(to);
        if rounded.is_nan() || rounded <= INVISIBLE {
            line.push(bend);
            continue;
        }
        let steps = (rounded / INVISIBLE).sqrt().ceil().min(32.0) as u8;
        for step in 0..=steps {
            let part = f32::from(step) / f32::from(steps);
            let (back_by, on_by) = (from * (1.0 - part) * (1.0 - part), to * part * part);
            line.push((
                bend.0 + back.way.0 * back_by + on.way.0 * on_by,
                bend.1 + back.way.1 * back_by + on.way.1 * on_by,
            ));
        }
    }
    line.extend(places.last().filter(|_| places.len() > 1));
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use hemicycle_protocol::ink::Colour;

    const WHITE: [u8; 4] = [255; 4];
    const BLACK: [u8; 4] = [0, 0, 0, 255];

    fn stroke(tool: Tool, colour: Colour, line: &[(u16, u16)]) -> Stroke {
        let line = line.iter().map(|&(x, y)| Pointer { x, y }).collect();
        Stroke { tool, colour, line }
    }

    fn page(width: usize, height: usize, colour: [u8; 4]) -> Vec<u8> {
        colour.repeat(width * height)
    }

    fn pixel(pixels: &[u8], width: usize, (x, y): (usize, usize)) -> [u8; 4] {
        let at = (y * width + x) * 4;
        pixels[at..at + 4].try_into().unwrap()
    }

    fn solid(colour: Colour) -> [u8; 4] {
        let [red, green, blue] = colour.rgb();
        [red, green, blue, 255]
    }

    /// Of this colour on white, as far as whole numbers allow.
    fn is_marked(pixel: [u8; 4], colour: Colour) -> bool {
        let mixed = colour.rgb().map(|c| 255.0 - 0.45 * (255.0 - f32::from(c)));
        pixel[3] == 255 && mixed.iter().zip(pixel).all(|(m, p)| (m - f32::from(p)).abs() < 3.0)
    }

    #[test]
    fn every_turn_of_the_page_turns_the_ink() {
        // A dot near the upper right corner of the upright page.
        let dot = stroke(Tool::Pen, Colour::Red, &[(9_000, 1_000)]);
        let (wide, high) = (400, 600);
        let turned = [(360, 60), (540, 360), (40, 540), (60, 40)];
        for (turn, at) in (0_u8..).zip(turned) {
            let (width, height) = if turn % 2 == 0 { (wide, high) } else { (high, wide) };
            for turn in [turn, turn + 4] {
                let mut pixels = page(width, height, WHITE);
                paint(&mut pixels, width as u32, height as u32, turn, std::slice::from_ref(&dot));
                let painted = pixels.chunks(4).filter(|pixel| *pixel != WHITE).count();
                assert!((1..=9).contains(&painted), "{turn}: {painted}");
                assert_ne!(pixel(&pixels, width, at), WHITE, "{turn}");
                let patch = patch(width as u32, height as u32, turn, &dot).unwrap();
                let inside = (at.0 - patch.x as usize, at.1 - patch.y as usize);
                assert_ne!(pixel(&patch.pixels, patch.width as usize, inside)[3], 0, "{turn}");
            }
        }
    }

    #[test]
    fn a_pen_covers_and_a_marker_lets_text_through() {
        for colour in [Colour::Red, Colour::Blue, Colour::Yellow] {
            let marked = stroke(Tool::Marker, colour, &[(0, 5_000), (10_000, 5_000)]);
            let drawn = stroke(Tool::Pen, colour, &[(5_000, 0), (5_000, 10_000)]);
            let mut white = page(1_000, 1_000, WHITE);
            // The pen is above, in whichever order they were drawn.
            paint(&mut white, 1_000, 1_000, 0, &[drawn.clone(), marked.clone()]);
            assert!(is_marked(pixel(&white, 1_000, (200, 500)), colour), "{colour:?}");
            assert_eq!(pixel(&white, 1_000, (500, 500)), solid(colour));
            assert_eq!(pixel(&white, 1_000, (200, 700)), WHITE);

            let mut text = page(1_000, 1_000, BLACK);
            paint(&mut text, 1_000, 1_000, 0, std::slice::from_ref(&marked));
            assert_eq!(text, page(1_000, 1_000, BLACK), "{colour:?}");
            paint(&mut text, 1_000, 1_000, 0, &[drawn]);
            assert_eq!(pixel(&text, 1_000, (500, 500)), solid(colour));
        }
    }

    #[test]
    fn a_marker_that_crosses_itself_is_no_darker() {
        let line = [(2_000, 2_000), (8_000, 8_000), (8_000, 2_000), (2_000, 8_000), (8_000, 2_000)];
        let crossed = stroke(Tool::Marker, Colour::Yellow, &line);
        let mut pixels = page(500, 500, WHITE);
        paint(&mut pixels, 500, 500, 0, std::slice::from_ref(&crossed));
        assert_eq!(pixel(&pixels, 500, (250, 250)), pixel(&pixels, 500, (150, 150)));
        assert!(is_marked(pixel(&pixels, 500, (250, 250)), Colour::Yellow));
        let once = pixel(&pixels, 500, (250, 250));
        paint(&mut pixels, 500, 500, 0, &[crossed]);
        assert!(pixel(&pixels, 500, (250, 250))[2] < once[2]);
    }

    #[test]
    fn a_patch_shows_what_will_be_painted() {
        let lines: [&[_]; 3] = [
            &[(3_000, 3_000), (6_000, 3_100), (5_500, 7_000), (3_000, 3_000)],
            &[(0, 0), (10_000, 10_000)],
            &[(10_000, 5_000)],
        ];
        for (tool, line) in
            [Tool::Pen, Tool::Marker].into_iter().flat_map(|t| lines.map(|l| (t, l)))
        {
            let stroke = stroke(tool, Colour::Blue, line);
            let mut painted = page(600, 800, WHITE);
            paint(&mut painted, 600, 800, 1, std::slice::from_ref(&stroke));
            let patch = patch(600, 800, 1, &stroke).unwrap();
            assert!(patch.x + patch.width <= 600 && patch.y + patch.height <= 800);
            let mut laid = page(600, 800, WHITE);
            for (row, line) in patch.pixels.chunks(patch.width as usize * 4).enumerate() {
                for (column, pixel) in line.chunks(4).enumerate() {
                    let at = (patch.y as usize + row) * 600 + patch.x as usize + column;
                    for (ground, ink) in laid[at * 4..at * 4 + 4].iter_mut().zip(pixel) {
                        assert!(*ink <= pixel[3]);
                        *ground =
                            ink + ((255 - u16::from(pixel[3])) * u16::from(*ground) / 255) as u8;
                    }
                }
            }
            let off = laid.iter().zip(&painted).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
            assert!(off <= 4, "{tool:?} {line:?}: {off}");
            assert_ne!(painted, page(600, 800, WHITE));
        }
    }

    fn pieces_near(line: &[Place], at: Place) -> f32 {
        let pieces = line.iter().zip(line.iter().skip(1));
        pieces.map(|(from, to)| super::super::beside(at, (*from, *to))).fold(f32::MAX, f32::min)
    }

    #[test]
    fn corners_stay_corners_and_bends_are_round() {
        let square = [(2_000, 2_000), (8_000, 2_000), (8_000, 8_000)];
        let mut pixels = page(1_000, 1_000, WHITE);
        paint(&mut pixels, 1_000, 1_000, 0, &[stroke(Tool::Pen, Colour::Blue, &square)]);
        assert_ne!(pixel(&pixels, 1_000, (799, 200)), WHITE);
        let square = square.map(|(x, y)| (f32::from(x) / 10.0, f32::from(y) / 10.0));
        let line = smooth(&square, 0.5);
        assert!(line.iter().all(|at| pieces_near(&square, *at) <= 0.5), "{line:?}");
        // A slight bend is round from middle to middle, and half as sharp.
        let line = smooth(&[(0.0, 0.0), (50.0, 2.0), (100.0, 0.0)], 1.0);
        assert_eq!((line.first(), line.get(1)), (Some(&(0.0, 0.0)), Some(&(25.0, 1.0))));
        let top = line.iter().map(|at| at.1).fold(0.0, f32::max);
        assert!((1.4..=1.5).contains(&top), "{line:?}");
        // There and back.
        let back = smooth(&[(0.0, 0.0), (50.0, 0.0), (10.0, 0.0)], 1.0);
        assert!(back.iter().any(|at| at.0 >= 49.0), "{back:?}");
    }

    #[test]
    fn no_picture_is_too_small_or_too_large_to_be_asked_for() {
        let strokes = [Tool::Pen, Tool::Marker].map(|tool| {
            stroke(tool, Colour::Red, &[(0, 0), (10_000, 3_000), (10_000, 10_000), (5_000, 0)])
        });
        for (width, height) in [(0, 0), (0, 9), (1, 1), (1, 5_000), (9_000, 2), (3, 3)] {
            for turn in [0, 1, 2, 3, 255] {
                let mut pixels = page(width, height, WHITE);
                paint(&mut pixels, width as u32, height as u32, turn, &strokes);
                assert_eq!(pixels.iter().all(|byte| *byte == 255), width * height == 0);
                let patch = patch(width as u32, height as u32, turn, &strokes[0]);
                assert_eq!(patch.is_none(), width * height == 0);
            }
        }
        let mut pixels = page(10, 10, WHITE);
        for (width, height) in [(10, 11), (10, 9), (u32::MAX, u32::MAX), (1 << 30, 1), (0, 1)] {
            paint(&mut pixels, width, height, 0, &strokes);
            assert_eq!(pixels, page(10, 10, WHITE));
        }
        let dot = stroke(Tool::Pen, Colour::Red, &[(10_000, 10_000)]);
        for (width, height) in
            [(u32::MAX, u32::MAX), (u32::MAX, 1), (1, u32::MAX), (1 << 20, 1 << 20)]
        {
            assert_eq!(patch(width, height, 3, &strokes[0]), None);
            let _ = patch(width, height, 1, &dot);
        }
        assert_eq!(patch(100, 100, 0, &stroke(Tool::Pen, Colour::Red, &[])), None);
        paint(&mut pixels, 10, 10, 0, &[stroke(Tool::Pen, Colour::Red, &[])]);
        assert_eq!(pixels, page(10, 10, WHITE));
    }

    /// Prints how long it takes; `cargo test --release -- --ignored --nocapture how_long`.
    #[test]
    #[ignore = "measures, and asserts nothing"]
    fn how_long_it_takes() {
        let (width, height) = (1_900, 2_687);
        let spiral = |tool, points: u16, size: f32| {
            let at = |step: u16| {
                let part = f32::from(step) / f32::from(points);
                let (x, y) = ((part * 40.0).cos(), (part * 40.0).sin());
                Pointer {
                    x: (5_000.0 + x * size * part) as u16,
                    y: (5_000.0 + y * size * part) as u16,
                }
            };
            Stroke { tool, colour: Colour::Blue, line: (0..points).map(at).collect() }
        };
        let time = |name: &str, mut doing: Box<dyn FnMut()>| {
            doing();
            let began = std::time::Instant::now();
            (0..20).for_each(|_| doing());
            println!("{name}: {} µs", began.elapsed().as_micros() / 20);
        };
        for tool in [Tool::Pen, Tool::Marker] {
            for (points, size) in [(60, 400.0), (300, 1_500.0), (2_000, 5_000.0)] {
                let stroke = spiral(tool, points, size);
                let name = format!("patch {tool:?} {points} points over {size}");
                time(&name, Box::new(move || drop(patch(width, height, 0, &stroke))));
            }
        }
        let mut pixels = page(width as usize, height as usize, WHITE);
        let words: Vec<_> = (0..500).map(|_| spiral(Tool::Pen, 40, 200.0)).collect();
        time(
            "paint 500 strokes of 40 points",
            Box::new(move || paint(&mut pixels, width, height, 0, &words)),
        );
    }
}
