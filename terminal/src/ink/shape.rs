//! A line while it is drawn, and what is kept of it: without the trembling of a finger, with no
//! more points than it needs, and level where a marker was meant to be level.

use super::{Place, beside, breadth, distance, on_paper, sound, tolerance};
use hemicycle_protocol::ink::{Colour, POINTS, Stroke, Tool, WHOLE};
use hemicycle_protocol::topic::Pointer;

/// Who rests a finger moves it by so much, in ten-thousandths of the page's width.
const JITTER: f32 = 5.0;
/// The first step of making room in a line that has become too long, well below what is
/// left out in the end.
const THINNED: f32 = 1.0;
/// A marker is meant to be level if its line is so many times as long as high.
const LEVEL: f32 = 6.0;
/// And no higher than so many times its own breadth, however long it is.
const LEVEL_WITHIN: f32 = 1.5;

/// A stroke that is being drawn.
#[derive(Clone, Debug)]
pub struct Trail {
    tool: Tool,
    colour: Colour,
    ratio: f32,
    /// On paper, `POINTS` at most.
    places: Vec<Place>,
}

impl Trail {
    /// On a page that is `ratio` times as high as wide. It has no point yet.
    pub fn new(tool: Tool, colour: Colour, ratio: f32) -> Self {
        Self { tool, colour, ratio: sound(ratio), places: Vec::new() }
    }

    /// The finger is here now, on the page or beside it. Did that change the line?
    pub fn push(&mut self, (x, y): (f32, f32)) -> bool {
        if !x.is_finite() || !y.is_finite() {
            return false;
        }
        let whole = f32::from(WHOLE);
        let place = on_paper((x.clamp(0.0, whole), y.clamp(0.0, whole)), self.ratio);
        if self.places.last().is_some_and(|last| distance(*last, place) < JITTER) {
            return false;
        }
        if self.places.len() >= POINTS {
            self.thin();
        }
        self.places.push(place);
        true
    }

    /// What is drawn so far.
    pub fn line(&self) -> Stroke {
        self.stroke(&self.places)
    }

    /// What is kept of it. It has a point as soon as one was pushed.
    pub fn finish(self) -> Stroke {
        let straight = match self.tool {
            Tool::Pen => None,
            Tool::Marker => level(&self.places, breadth(self.tool, self.ratio)),
        };
        match straight {
            Some(ends) => self.stroke(&ends),
            None => self.stroke(&simplified(&self.places, tolerance(self.tool))),
        }
    }

    fn stroke(&self, places: &[Place]) -> Stroke {
        let share = |at: f32| at.round().clamp(0.0, f32::from(WHOLE)) as u16;
        let pointer = |at: &Place| Pointer { x: share(at.0), y: share(at.1 / self.ratio) };
        let mut line: Vec<_> = places.iter().map(pointer).collect();
        line.dedup();
        Stroke { tool: self.tool, colour: self.colour, line }
    }

    /// Half of the room at least is free again, so that it is seldom made.
    fn thin(&mut self) {
        let mut tolerance = THINNED;
        while self.places.len() > POINTS / 2 {
            self.places = simplified(&self.places, tolerance);
            tolerance *= 2.0;
        }
    }
}

/// Ramer, Douglas and Peucker: no place lies further from the line than this.
fn simplified(places: &[Place], tolerance: f32) -> Vec<Place> {
    let mut kept: Vec<Place> = places.first().copied().into_iter().collect();
    // What is still to be looked at, the nearest to the line's beginning last.
    let mut runs = vec![places];
    while let Some(run) = runs.pop() {
        match bend(run, tolerance).and_then(|at| Some((run.get(..=at)?, run.get(at..)?))) {
            Some((before, after)) => runs.extend([after, before]),
            None => kept.extend(run.last().filter(|_| run.len() > 1)),
        }
    }
    kept
}

/// Which place of it lies furthest from the straight way, if that is too far.
fn bend(run: &[Place], tolerance: f32) -> Option<usize> {
    let [first, between @ .., last] = run else { return None };
    let far = between.iter().map(|at| beside(*at, (*first, *last))).enumerate();
    let (at, far) = far.max_by(|a, b| a.1.total_cmp(&b.1))?;
    (far > tolerance).then_some(at + 1)
}

/// The ends of the level or upright line that a marker was meant to draw.
fn level(places: &[Place], breadth: f32) -> Option<[Place; 2]> {
    let least = |of: fn(&Place) -> f32| places.iter().map(of).min_by(f32::total_cmp);
    let most = |of: fn(&Place) -> f32| places.iter().map(of).max_by(f32::total_cmp);
    let (left, right) = (least(|at| at.0)?, most(|at| at.0)?);
    let (top, bottom) = (least(|at| at.1)?, most(|at| at.1)?);
    let flat = |long: f32, high: f32| {
        long >= breadth && high * LEVEL <= long && high <= breadth * LEVEL_WITHIN
    };
    if flat(right - left, bottom - top) {
        let at = middle(places, |at| at.1)?;
        Some([(left, at), (right, at)])
    } else if flat(bottom - top, right - left) {
        let at = middle(places, |at| at.0)?;
        Some([(at, top), (at, bottom)])
    } else {
        None
    }
}

/// Where most of the line runs: a hook at its end does not count for more than its length.
fn middle(places: &[Place], of: fn(&Place) -> f32) -> Option<f32> {
    let (mut sum, mut length) = (0.0, 0.0);
    for (from, to) in places.iter().zip(places.iter().skip(1)) {
        let piece = distance(*from, *to);
        sum += piece * (of(from) + of(to)) / 2.0;
        length += piece;
    }
    (length > 0.0).then(|| sum / length)
}

#[cfg(test)]
mod tests {
    use super::super::pieces;
    use super::*;
    use hemicycle_protocol::ink::check;
    use proptest::prelude::*;

    const A4: f32 = std::f32::consts::SQRT_2;

    fn drawn(tool: Tool, places: &[(f32, f32)]) -> Trail {
        let mut trail = Trail::new(tool, Colour::Blue, A4);
        for place in places {
            trail.push(*place);
        }
        trail
    }

    fn line(stroke: &Stroke) -> Vec<(u16, u16)> {
        stroke.line.iter().map(|at| (at.x, at.y)).collect()
    }

    /// From left to right at this height, as a hand does it.
    fn wavy(from: f32, to: f32, height: f32, wave: f32) -> Vec<(f32, f32)> {
        let at = |step: u8| f32::from(step) / 100.0;
        let place = |s: f32| (from + s * (to - from), height + wave * (s * 9.0).sin());
        (0..=100).map(|step| place(at(step))).collect()
    }

    #[test]
    fn a_tap_is_a_dot_and_a_resting_finger_draws_nothing() {
        let mut trail = Trail::new(Tool::Pen, Colour::Red, 1.0);
        assert!(trail.line().line.is_empty());
        assert!(trail.push((500.2, 600.7)));
        for jitter in [(500.2, 600.7), (503.0, 602.0), (497.0, 598.0), (500.2, 605.6)] {
            assert!(!trail.push(jitter), "{jitter:?}");
        }
        assert!(!trail.push((f32::NAN, 1.0)) && !trail.push((1.0, f32::INFINITY)));
        assert_eq!(line(&trail.line()), [(500, 601)]);
        assert!(trail.push((505.4, 600.7)));
        assert_eq!(trail.line().line.len(), 2);

        for tool in [Tool::Pen, Tool::Marker] {
            let dot = drawn(tool, &[(7_000.0, 1.0), (7_001.0, 2.0)]).finish();
            assert_eq!((line(&dot), dot.tool, dot.colour), (vec![(7_000, 1)], tool, Colour::Blue));
        }
    }

    #[test]
    fn slow_drawing_is_no_jitter() {
        let mut trail = Trail::new(Tool::Pen, Colour::Red, 1.0);
        let changes = (0..100_u8).filter(|step| trail.push((f32::from(*step), 0.0))).count();
        assert_eq!((changes, line(&trail.finish())), (20, vec![(0, 0), (95, 0)]));
    }

    #[test]
    fn beside_the_page_is_its_edge() {
        let trail = drawn(Tool::Pen, &[(-5.0, -1e9), (10_900.0, 4_000.0), (5_000.0, 1e30)]);
        let edge = [(0, 0), (10_000, 4_000), (5_000, 10_000)];
        assert_eq!((line(&trail.line()), line(&trail.finish())), (edge.into(), edge.into()));
    }

    #[test]
    fn what_lies_straight_between_is_left_out() {
        let way: Vec<_> = (0..=90_u16).map(|x| (f32::from(x) * 100.0, 2_000.0)).collect();
        assert_eq!(line(&drawn(Tool::Pen, &way).finish()), [(0, 2_000), (9_000, 2_000)]);
        // There and back again: the end is not the furthest place.
        let back = [(1_000.0, 10.0), (2_000.0, 10.0), (3_000.0, 10.0), (2_500.0, 10.0)];
        assert_eq!(
            line(&drawn(Tool::Pen, &back).finish()),
            [(1_000, 10), (3_000, 10), (2_500, 10)]
        );
        // A loop that ends where it began.
        let ring = [(10.0, 10.0), (90.0, 10.0), (90.0, 90.0), (10.0, 90.0), (10.0, 10.0)];
        assert_eq!(drawn(Tool::Pen, &ring).finish().line.len(), 5);
    }

    #[test]
    fn a_line_without_end_stays_a_stroke() {
        let mut trail = Trail::new(Tool::Pen, Colour::Red, A4);
        let mut noise = 1_u32;
        for step in 0..30_000_u16 {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let shake = (noise >> 24) as f32;
            let turn = f32::from(step) / 40.0;
            let radius = f32::from(step) / 8.0;
            trail.push((5_000.0 + radius * turn.cos() + shake, 5_000.0 + radius * turn.sin()));
            if step % 997 == 0 {
                assert_eq!(check(&[trail.line()], POINTS), Ok(()));
            }
        }
        let last = trail.line().line.last().copied();
        let stroke = trail.finish();
        assert_eq!(
            (check(std::slice::from_ref(&stroke), POINTS), stroke.line.last().copied()),
            (Ok(()), last)
        );
        assert!(stroke.line.len() > 100);
    }

    #[test]
    fn a_marker_over_a_line_of_text_is_level() {
        let over = drawn(Tool::Marker, &wavy(1_000.0, 6_000.0, 3_000.0, 60.0)).finish();
        let [from, to] = over.line.as_slice() else { panic!("{over:?}") };
        assert_eq!((from.x, to.x, from.y), (1_000, 6_000, to.y));
        assert!(from.y.abs_diff(3_000) < 30, "{from:?}");
        // Rubbed to and fro, from right to left.
        let mut rubbed = wavy(6_000.0, 1_000.0, 3_000.0, 60.0);
        rubbed.extend(wavy(1_000.0, 7_000.0, 3_020.0, 20.0));
        let rubbed = line(&drawn(Tool::Marker, &rubbed).finish());
        assert_eq!((rubbed.len(), rubbed.first().map(|at| at.0)), (2, Some(1_000)));
        // Beside a paragraph.
        let beside: Vec<_> =
            wavy(1_000.0, 6_000.0, 300.0, 60.0).iter().map(|p| (p.1, p.0)).collect();
        let beside = drawn(Tool::Marker, &beside).finish();
        let [from, to] = beside.line.as_slice() else { panic!("{beside:?}") };
        assert_eq!((from.y, to.y, from.x), (1_000, 6_000, to.x));
    }

    #[test]
    fn what_is_not_meant_to_be_level_stays() {
        let slanted = [(1_000.0, 1_000.0), (6_000.0, 2_000.0)];
        assert_eq!(line(&drawn(Tool::Marker, &slanted).finish()), [(1_000, 1_000), (6_000, 2_000)]);
        let bowl = wavy(1_000.0, 9_000.0, 3_000.0, 600.0);
        assert!(drawn(Tool::Marker, &bowl).finish().line.len() > 4);
        // Too short to say what it was meant to be.
        let short = [(1_000.0, 1_000.0), (1_150.0, 1_010.0)];
        assert_eq!(line(&drawn(Tool::Marker, &short).finish()), [(1_000, 1_000), (1_150, 1_010)]);
        // A pen draws what it draws.
        assert!(drawn(Tool::Pen, &wavy(1_000.0, 6_000.0, 3_000.0, 60.0)).finish().line.len() > 4);
    }

    proptest! {
        /// Whatever is drawn: what is kept begins and ends there and lies where the finger was.
        #[test]
        fn what_is_kept_lies_where_it_was_drawn(
            way in prop::collection::vec((0.0_f32..10_000.0, 0.0_f32..10_000.0), 1..150),
            ratio in 0.3_f32..3.0,
        ) {
            let mut trail = Trail::new(Tool::Pen, Colour::Red, ratio);
            for place in &way {
                trail.push(*place);
            }
            let before = trail.places.clone();
            let kept = simplified(&before, tolerance(Tool::Pen));
            prop_assert_eq!((kept.first(), kept.last()), (before.first(), before.last()));
            let stroke = trail.finish();
            prop_assert!(check(std::slice::from_ref(&stroke), POINTS).is_ok());
            // Half of a ten-thousandth is lost to whole numbers in both directions.
            let rounded = 0.5 * 1.0_f32.hypot(ratio) + 0.05;
            for (places, near) in [(&before, 0.0), (&way.iter().map(|p| on_paper(*p, ratio)).collect(), JITTER)] {
                for place in places {
                    let off = pieces(&stroke.line, ratio).map(|piece| beside(*place, piece));
                    let off = off.fold(f32::INFINITY, f32::min);
                    prop_assert!(off <= tolerance(Tool::Pen) + near + rounded, "{off}");
                }
            }
        }

        /// Whose hand trembles by less than a line shows draws it straight.
        #[test]
        fn a_trembling_hand_draws_a_straight_line(shake in prop::collection::vec(-1.2_f32..1.2, 200)) {
            let way = shake.iter().zip(0_u16..).map(|(shake, x)| (f32::from(x) * 40.0, 5_000.0 + shake / A4));
            prop_assert!(drawn(Tool::Pen, &way.collect::<Vec<_>>()).finish().line.len() == 2);
        }
    }
}
