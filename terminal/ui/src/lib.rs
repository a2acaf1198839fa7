//! What the pages compile to: a crate of its own, because it is large and changes only with the
//! pages. Nothing is decided here; `hemicycle_terminal::bind` is the only one that knows these types.

#![allow(
    missing_debug_implementations,
    double_negations,
    clippy::all,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::wildcard_enum_match_arm,
    clippy::todo
)]

slint::include_modules!();
