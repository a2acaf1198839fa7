//! How long what happens at the seats gathers before everybody is told: the longer the
//! more there are to be told, and the more there is to tell.

use std::time::Duration;
use tokio::time::Instant;

/// Changes within this time are shown together.
pub const STEP: Duration = Duration::from_millis(20);
/// Presses gather for the seats so much longer for each terminal that has to
/// be told: half a second in a congress of three thousand.
const GATHER_EACH: Duration = Duration::from_micros(150);
/// While further presses come in, the seats are not told of those before: so many times as long
/// as presses gather, and never longer than this.
const GATHER_AGAIN: u32 = 4;
const GATHER_MOST: Duration = Duration::from_secs(1);
/// With a drawing on it, a page that is shown is told again only after so long for each
/// point, and for each point and each terminal that has to be told: a tenth of a second
/// in a committee at the most, a second and more in a congress.
const INK: Duration = Duration::from_micros(33);
const INK_EACH: Duration = Duration::from_nanos(130);

/// Presses that the seats were not told of.
#[derive(Clone, Copy)]
pub struct Presses {
    first: Instant,
    pub due: Instant,
}

impl Presses {
    /// One more, when the first was `before`.
    pub fn one_more(before: Option<Self>, now: Instant, terminals: usize) -> Self {
        let terminals = u32::try_from(terminals).unwrap_or(u32::MAX);
        let gather = STEP + GATHER_EACH.saturating_mul(terminals);
        let most = gather.max(gather.saturating_mul(GATHER_AGAIN).min(GATHER_MOST));
        let first = before.map_or(now, |before| before.first);
        Self { first, due: (now + gather).min(first + most) }
    }
}

/// When the page that is shown is told: soon after it has changed, and the less often
/// the more it is.
#[derive(Clone, Copy, Default)]
pub struct Telling {
    /// The first change that was not told.
    since: Option<Instant>,
    pub due: Option<Instant>,
    told: Option<Instant>,
}

impl Telling {
    /// It has changed, and is of so many points now.
    pub fn changed(&mut self, now: Instant, points: usize, terminals: usize) {
        let of = |number| u32::try_from(number).unwrap_or(u32::MAX);
        let each = INK + INK_EACH.saturating_mul(of(terminals));
        let soon = *self.since.get_or_insert(now) + STEP;
        let again = self.told.map_or(soon, |told| told + each.saturating_mul(of(points)));
        self.due = Some(soon.max(again));
    }

    /// Is it to be told now?
    pub fn take(&mut self, now: Instant) -> bool {
        let is_due = self.due.is_some_and(|due| due <= now);
        if is_due {
            *self = Self { told: Some(now), ..Self::default() };
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presses_that_keep_coming_are_told_in_the_end() {
        for terminals in [1, 500, 3000, 100_000] {
            let start = Instant::now();
            let one = Presses::one_more(None, start, terminals);
            let gather = one.due - start;
            assert!(gather >= STEP);
            let (mut now, mut presses) = (start, one);
            while now < presses.due {
                assert!(presses.due <= now + gather);
                now += gather / 3;
                presses = Presses::one_more(Some(presses), now, terminals);
            }
            assert!(presses.due >= one.due);
            assert!(presses.due - start <= gather.max(GATHER_MOST));
            assert!(presses.due - start <= gather * GATHER_AGAIN);
        }
    }

    #[test]
    fn a_drawing_is_told_at_once_and_then_the_less_often_the_longer_it_is() {
        let start = Instant::now();
        let pause = |points, terminals| {
            let mut telling = Telling::default();
            telling.changed(start, points, terminals);
            assert_eq!(telling.due, Some(start + STEP), "the first is told at once");
            telling.changed(start + STEP / 2, points, terminals);
            assert!(!telling.take(start + STEP / 2) && telling.take(start + STEP));
            assert_eq!(telling.due, None);
            telling.changed(start + STEP, points, terminals);
            telling.due.unwrap() - (start + STEP)
        };
        assert_eq!(pause(0, 3000), STEP);
        assert_eq!(pause(100, 30), STEP);
        let committee = pause(3000, 30);
        assert!((STEP..STEP * 6).contains(&committee), "{committee:?}");
        assert!(pause(3000, 3000) > committee * 10);
        // A page that is turned meanwhile does not wait for what was drawn before.
        let mut telling = Telling::default();
        telling.changed(start, 3000, 3000);
        assert!(telling.take(start + STEP));
        telling.changed(start + STEP, 3000, 3000);
        telling.changed(start + STEP * 2, 0, 3000);
        assert_eq!(telling.due, Some(start + STEP * 2));
    }
}
