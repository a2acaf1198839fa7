//! Figures of what was measured, as they are printed.

use serde::Serialize;
use std::time::Duration;

/// Times in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Spread {
    pub p50: f64,
    pub p95: f64,
    pub p99: f64,
    pub max: f64,
}

impl Spread {
    /// Of these times, in any order. None of nothing.
    pub fn of(times: impl IntoIterator<Item = Duration>) -> Option<Self> {
        let mut times: Vec<Duration> = times.into_iter().collect();
        times.sort_unstable();
        let at = |share: usize| {
            // The nearest rank: the smallest time that this share of all does not exceed.
            let rank = (times.len() * share).div_ceil(100).max(1);
            times.get(rank - 1).copied().map(millis)
        };
        Some(Self { p50: at(50)?, p95: at(95)?, p99: at(99)?, max: at(100)? })
    }
}

/// A time in milliseconds, to a hundredth.
pub fn millis(time: Duration) -> f64 {
    (time.as_secs_f64() * 100_000.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_the_nearest() {
        let times = (1..=200).rev().map(Duration::from_millis);
        let spread = Spread::of(times).unwrap();
        assert_eq!(spread, Spread { p50: 100.0, p95: 190.0, p99: 198.0, max: 200.0 });
        let one = Spread::of([Duration::from_micros(1234)]).unwrap();
        assert_eq!((one.p50, one.max), (1.23, 1.23));
        assert_eq!(Spread::of([]), None);
    }
}
