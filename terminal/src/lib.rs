//! The seat terminal of a Hemicycle room.

pub mod screen;
pub mod seat;
pub mod touch;
pub mod words;

#[cfg(feature = "window")]
pub mod bind;
