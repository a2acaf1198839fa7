//! The seat terminal of a Hemicycle room.

#[cfg(feature = "shell")]
pub mod app;
pub mod assets;
#[cfg(feature = "shell")]
pub mod begin;
#[cfg(feature = "shell")]
pub mod desk;
#[cfg(feature = "shell")]
pub mod discovery;
#[cfg(feature = "shell")]
mod finder;
#[cfg(feature = "window")]
pub mod fonts;
pub mod ink;
#[cfg(feature = "shell")]
pub mod keys;
#[cfg(feature = "shell")]
pub mod link;
#[cfg(feature = "shell")]
pub mod papers;
pub mod screen;
pub mod seat;
#[cfg(feature = "shell")]
mod stick;
#[cfg(feature = "tls")]
pub mod tls;
pub mod touch;
#[cfg(feature = "shell")]
pub mod vault;
pub mod words;

#[cfg(feature = "window")]
pub mod bind;
