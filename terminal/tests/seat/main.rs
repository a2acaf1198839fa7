//! The seat without a window, a socket or a clock: a fake server feeds it
//! messages, and what it wants done and what it shows is looked at. Scenes by
//! subject; `chance.rs` throws everything at it in any order.

// A scene names the page it expects; any other is a failure, also one that does not exist yet.
#![allow(clippy::wildcard_enum_match_arm, clippy::unwrap_used, clippy::expect_used)]
#![allow(clippy::type_complexity)]

mod fake;

mod beside;
mod chance;
mod document;
mod finding;
mod following;
mod keeping;
mod languages;
mod leading;
mod pairing;
mod papers;
mod prove;
mod reading;
mod receipts;
mod reported;
mod secret;
mod standing;
mod talking;
mod trust;
mod two;
mod voting;
mod writing;
