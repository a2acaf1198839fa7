//! One hand-drawn line as a PDF says it: the annotation with its points, and its appearance, which viewers
//! show as it stands. Both are in the page's own coordinates, so a page that its file turns needs nothing more.

use crate::ink::InkLine;
use crate::paper::Area;
use std::fmt::Write as _;

/// How much of what is below a marker covers. Multiplied with the page where a viewer can, so that
/// black stays black; light enough to read through where it cannot.
const COVER: f64 = 0.5;
/// Control points of a quarter circle, in radii.
const QUARTER: f64 = 0.552_284_75;

/// Where a sheet lies in the page's own coordinates: its top left corner, and the way along its upper and left edges.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sheet {
    pub corner: Point,
    pub across: Point,
    pub down: Point,
}

pub type Point = (f64, f64);

/// A line in the words of the format, still without the numbers of its objects.
#[derive(Debug)]
pub struct Trace {
    /// Entries of the annotation's dictionary.
    pub annotation: String,
    /// Around all that is drawn, as the dictionaries have it.
    pub bounds: String,
    /// How much of what is below it covers; all of it where nothing is said.
    pub cover: Option<f64>,
    /// The appearance's content.
    pub drawing: String,
}

impl Sheet {
    fn at(&self, (x, y): (u16, u16)) -> Point {
        let share = |at: u16| f64::from(at.min(Area::FULL)) / f64::from(Area::FULL);
        let (x, y) = (share(x), share(y));
        (
            self.corner.0 + x * self.across.0 + y * self.down.0,
            self.corner.1 + x * self.across.1 + y * self.down.1,
        )
    }

    fn shorter_side(&self) -> f64 {
        self.across.0.hypot(self.across.1).min(self.down.0.hypot(self.down.1))
    }

    /// Digits behind the point that tell the finest places on the sheet apart.
    fn digits(&self) -> usize {
        let side = self.shorter_side();
        [20_000.0, 2_000.0, 200.0, 20.0, 2.0].iter().filter(|&&larger| side < larger).count()
    }

    /// `None` where there is nothing to be seen.
    pub fn trace(&self, line: &InkLine) -> Option<Trace> {
        let mut points: Vec<Point> = line.points.iter().map(|&point| self.at(point)).collect();
        points.dedup();
        let width = f64::from(line.width.max(1)) / f64::from(Area::FULL) * self.shorter_side();
        let pen = Pen { digits: self.digits() };
        let bounds = around(&points, width)?;
        let drawing = pen.drawing(&points, width, line.rgb);
        if let [dot] = points[..] {
            // Two of them, for viewers that make their own appearance and take one for nothing.
            points.push(dot);
        }
        let mut annotation = String::new();
        let bounds = pen.numbers(bounds);
        let colour = colour(line.rgb);
        let list = pen.numbers(points.iter().flat_map(|&(x, y)| [x, y]));
        let cover = line.translucent.then_some(COVER);
        let width = pen.numbers([width]);
        let _ = write!(
            annotation,
            "/Type /Annot /Subtype /Ink /F 4 /Rect [{bounds}] /C [{colour}] /CA {} \
             /BS << /W {width} /S /S >> /InkList [[{list}]]",
            cover.unwrap_or(1.0)
        );
        Some(Trace { annotation, bounds, cover, drawing })
    }
}

/// Everything that the pen touches; a little more, for rounding.
fn around(points: &[Point], width: f64) -> Option<[f64; 4]> {
    let &(x, y) = points.first()?;
    let first = [x, y, x, y];
    let [left, bottom, right, top] =
        points.iter().fold(first, |[left, bottom, right, top], &(x, y)| {
            [left.min(x), bottom.min(y), right.max(x), top.max(y)]
        });
    let reach = 0.6 * width;
    Some([left - reach, bottom - reach, right + reach, top + reach])
}

fn colour(rgb: [u8; 3]) -> String {
    Pen { digits: 3 }.numbers(rgb.map(|part| f64::from(part) / 255.0))
}

/// Writes numbers and paths.
struct Pen {
    digits: usize,
}

impl Pen {
    fn numbers(&self, numbers: impl IntoIterator<Item = f64>) -> String {
        let mut line = String::new();
        for number in numbers {
            let before = line.len();
            let _ = write!(line, "{number:.*}", self.digits);
            while line.ends_with('0') {
                line.pop();
            }
            if line.ends_with('.') {
                line.pop();
            }
            if &line[before..] == "-0" {
                line.truncate(before);
                line.push('0');
            }
            line.push(' ');
        }
        line.pop();
        line
    }

    fn step(&self, path: &mut String, points: &[Point], operator: char) {
        let numbers = self.numbers(points.iter().flat_map(|&(x, y)| [x, y]));
        let _ = writeln!(path, "{numbers} {operator}");
    }

    fn drawing(&self, points: &[Point], width: f64, rgb: [u8; 3]) -> String {
        let colour = colour(rgb);
        match points {
            [] => String::new(),
            [dot] => format!("{colour} rg\n{}f\n", self.disc(*dot, width / 2.0)),
            [..] => {
                let width = self.numbers([width]);
                format!("{colour} RG {width} w 1 J 1 j\n{}S\n", self.curve(points))
            }
        }
    }

    /// A stroke without length would do, were it not that some viewers leave it out.
    fn disc(&self, (x, y): Point, radius: f64) -> String {
        let mut path = String::new();
        let on = |(dx, dy): Point| (x + dx * radius, y + dy * radius);
        self.step(&mut path, &[on((1.0, 0.0))], 'm');
        let mut from = (1.0, 0.0);
        for _ in 0..4 {
            let to = (-from.1, from.0);
            let leave = (from.0 + QUARTER * to.0, from.1 + QUARTER * to.1);
            let arrive = (to.0 + QUARTER * from.0, to.1 + QUARTER * from.1);
            self.step(&mut path, &[on(leave), on(arrive), on(to)], 'c');
            from = to;
        }
        path
    }

    /// From middle to middle between two points, each point in between drawing the curve towards itself.
    fn curve(&self, points: &[Point]) -> String {
        let mut path = String::new();
        let (Some(&first), Some(&last)) = (points.first(), points.last()) else { return path };
        self.step(&mut path, &[first], 'm');
        let mut pen = first;
        for (at, pair) in points.windows(2).enumerate() {
            let &[pull, next] = pair else { continue };
            let middle = between(pull, next, 0.5);
            if at == 0 {
                self.step(&mut path, &[middle], 'l');
            } else {
                // The quadratic curve as the cubic one that the format knows.
                let leave = between(pen, pull, 2.0 / 3.0);
                let arrive = between(middle, pull, 2.0 / 3.0);
                self.step(&mut path, &[leave, arrive, middle], 'c');
            }
            pen = middle;
        }
        self.step(&mut path, &[last], 'l');
        path
    }
}

fn between(from: Point, to: Point, part: f64) -> Point {
    (from.0 + (to.0 - from.0) * part, from.1 + (to.1 - from.1) * part)
}

#[cfg(test)]
mod tests {
    use super::*;

    const UPRIGHT: Sheet =
        Sheet { corner: (0.0, 800.0), across: (600.0, 0.0), down: (0.0, -800.0) };

    fn line(points: &[(u16, u16)]) -> InkLine {
        InkLine { rgb: [255, 0, 51], width: 100, translucent: false, points: points.to_vec() }
    }

    #[test]
    fn points_lie_on_the_sheet_as_it_is_seen() {
        assert_eq!(UPRIGHT.at((0, 0)), (0.0, 800.0));
        assert_eq!(UPRIGHT.at((2_500, 7_500)), (150.0, 200.0));
        assert_eq!(UPRIGHT.at((u16::MAX, 10_001)), (600.0, 0.0), "nothing leaves the sheet");
        // Turned to the right: its top left corner is the page's lower left one.
        let turned = Sheet { corner: (10.0, 20.0), across: (0.0, 800.0), down: (600.0, 0.0) };
        assert_eq!(turned.at((2_500, 7_500)), (460.0, 220.0));
        assert_eq!(turned.shorter_side(), 600.0);
    }

    #[test]
    fn a_line_is_drawn_through_the_middles_of_its_pieces() {
        let trace = UPRIGHT.trace(&line(&[(0, 10_000), (1_000, 10_000), (1_000, 7_500)])).unwrap();
        assert_eq!(
            trace.drawing,
            "1 0 0.2 RG 6 w 1 J 1 j\n0 0 m\n30 0 l\n50 0 60 33.33 60 100 c\n60 200 l\nS\n"
        );
        assert_eq!(trace.bounds, "-3.6 -3.6 63.6 203.6");
        assert_eq!(
            trace.annotation,
            "/Type /Annot /Subtype /Ink /F 4 /Rect [-3.6 -3.6 63.6 203.6] /C [1 0 0.2] /CA 1 \
             /BS << /W 6 /S /S >> /InkList [[0 0 60 0 60 200]]"
        );
        let straight = UPRIGHT.trace(&line(&[(0, 10_000), (10_000, 0)])).unwrap();
        assert!(
            straight.drawing.ends_with("\n0 0 m\n300 400 l\n600 800 l\nS\n"),
            "{}",
            straight.drawing
        );
    }

    #[test]
    fn a_point_is_a_disc_and_none_is_nothing() {
        for points in [&[(5_000, 5_000)][..], &[(5_000, 5_000); 3]] {
            let trace = UPRIGHT.trace(&line(points)).unwrap();
            assert!(trace.drawing.starts_with("1 0 0.2 rg\n303 400 m\n"), "{}", trace.drawing);
            assert!(trace.drawing.ends_with("303 400 c\nf\n"), "{}", trace.drawing);
            assert!(
                trace.annotation.ends_with("/InkList [[300 400 300 400]]"),
                "{}",
                trace.annotation
            );
        }
        assert!(UPRIGHT.trace(&line(&[])).is_none());
    }

    #[test]
    fn small_sheets_get_more_digits() {
        let sheet =
            |side: f64| Sheet { corner: (0.0, 0.0), across: (side, 0.0), down: (0.0, side) };
        assert_eq!(sheet(14_400.0).digits(), 1);
        assert_eq!(sheet(595.0).digits(), 2);
        assert_eq!(sheet(1.0).digits(), 5);
        assert_eq!(Pen { digits: 3 }.numbers([-0.0001, 10.0, 0.1 + 0.2]), "0 10 0.3");
    }
}
