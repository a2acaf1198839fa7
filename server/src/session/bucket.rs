//! How many messages a connection may send: a bucket of tokens that fills
//! with time. Whole numbers only.

use tokio::time::Instant;

/// Messages over the limit that are answered before the connection is closed; each that keeps to
/// it makes up for one.
const PATIENCE: u32 = 100;

/// See the module.
#[derive(Debug)]
pub struct Bucket {
    most: u64,
    each_second: u64,
    /// Thousandths of a token.
    level: u64,
    filled: Instant,
    refused: u32,
}

impl Bucket {
    /// Full.
    pub fn new(most: u64, each_second: u64, now: Instant) -> Self {
        Self { most, each_second, level: most * 1000, filled: now, refused: 0 }
    }

    /// Takes a token, if there is one.
    pub fn take(&mut self, now: Instant) -> bool {
        let passed = now.saturating_duration_since(self.filled).as_millis();
        let more = u64::try_from(passed).unwrap_or(u64::MAX).saturating_mul(self.each_second);
        self.level = self.level.saturating_add(more).min(self.most * 1000);
        self.filled = now;
        match self.level.checked_sub(1000) {
            Some(left) => {
                // Who is read slowly has a token now and then: that alone is no rest.
                let rested = self.level == self.most * 1000;
                self.refused = if rested { 0 } else { self.refused.saturating_sub(1) };
                self.level = left;
                true
            }
            None => {
                self.refused += 1;
                false
            }
        }
    }

    /// Is the sender still only told to slow down?
    pub fn forgives(&self) -> bool {
        self.refused <= PATIENCE
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn empties_and_fills() {
        let start = Instant::now();
        let mut bucket = Bucket::new(3, 10, start);
        assert_eq!((0..5).filter(|_| bucket.take(start)).count(), 3);
        let later = start + Duration::from_millis(250);
        assert_eq!((0..5).filter(|_| bucket.take(later)).count(), 2);
        assert!(bucket.forgives());
        (0..PATIENCE).for_each(|_| assert!(!bucket.take(later)));
        assert!(!bucket.forgives());
        assert!(bucket.take(later + Duration::from_secs(100)));
        assert!(bucket.forgives());
    }
}
