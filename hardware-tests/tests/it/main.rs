//! Scenarios with the real server as a process of its own: whole meetings,
//! kills in the middle of a vote, crowds, rude clients.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod alone;
mod children;
mod crash;
mod crowd;
mod hostile;
mod live;
mod rude;
mod stage;
#[allow(dead_code, reason = "the pictures use more of it")]
#[path = "../../examples/pictures/terminal.rs"]
mod terminal;
mod trace;
mod whole;
