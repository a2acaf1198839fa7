//! The worker as its users see it: a real process, the real library, real papers.

// A test that panics has said what it has to say.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::wildcard_enum_match_arm)]

mod annotate;
mod compare;
mod corpus;
mod pdf;
mod recover;
mod refuse;
mod renderer;
mod setup;
mod show;
mod survive;
mod text;
