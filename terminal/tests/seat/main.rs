//! The seat without a window, a socket or a clock: a fake server feeds it
//! messages, and what it wants done and what it shows is looked at. Scenes by
//! subject; `chance.rs` throws everything at it in any order.

mod fake;

mod chance;
mod languages;
mod leading;
mod papers;
mod receipts;
mod standing;
mod talking;
mod voting;
