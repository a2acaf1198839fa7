//! What strangers do wrong, said in the log by its kind: the first time, and then
//! at most once a minute with how often it was. A flood of it is one line, too.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Between two lines of one kind.
const BETWEEN: Duration = Duration::from_secs(60);

/// See the module.
#[derive(Debug, Default)]
pub struct Troubles(Mutex<BTreeMap<&'static str, Kind>>);

#[derive(Debug, Default)]
struct Kind {
    /// Since the last line.
    times: u64,
    said: Option<Instant>,
}

impl Troubles {
    /// Takes note of one; `last` is said with it.
    pub fn note(&self, kind: &'static str, last: &dyn Display) {
        if let Some(times) = self.count(kind, Instant::now()) {
            tracing::info!(times, %last, "connections: {kind}");
        }
    }

    /// How often since the last line, where that is to be said now.
    fn count(&self, kind: &'static str, now: Instant) -> Option<u64> {
        let mut kinds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kind = kinds.entry(kind).or_default();
        kind.times = kind.times.saturating_add(1);
        if kind.said.is_some_and(|said| now.saturating_duration_since(said) < BETWEEN) {
            return None;
        }
        kind.said = Some(now);
        Some(std::mem::take(&mut kind.times))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_one_line_a_minute_and_each_kind_has_its_own() {
        let troubles = Troubles::default();
        let start = Instant::now();
        let times = |seconds| troubles.count("a", start + Duration::from_secs(seconds));
        assert_eq!(times(0), Some(1));
        assert_eq!((1..1000).filter_map(|n| times(n % 60)).count(), 0);
        assert_eq!(times(60), Some(1000));
        assert_eq!(times(61), None);
        assert_eq!(troubles.count("b", start), Some(1));
    }
}
