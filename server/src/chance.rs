//! The only source of random bytes for what others see: nonces, the meeting's
//! name. Keys and tokens always come from the system.

use std::sync::Arc;

type Fill = dyn Fn(&mut [u8]) -> Result<(), getrandom::Error> + Send + Sync;

/// Draws random bytes.
#[derive(Clone)]
pub struct Chance(Arc<Fill>);

impl Chance {
    /// The system's.
    pub fn system() -> Self {
        Self(Arc::new(getrandom::fill))
    }

    /// Fixed bytes, for examples that are to come out the same each time.
    pub fn from_fn(fill: impl Fn(&mut [u8]) + Send + Sync + 'static) -> Self {
        Self(Arc::new(move |bytes| {
            fill(bytes);
            Ok(())
        }))
    }

    /// Fills `bytes`.
    pub fn fill(&self, bytes: &mut [u8]) -> Result<(), getrandom::Error> {
        (self.0)(bytes)
    }
}

impl std::fmt::Debug for Chance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Chance")
    }
}
