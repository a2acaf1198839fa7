//! The meeting from outside: commands in, answers and views out.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(clippy::wildcard_enum_match_arm, reason = "tests name what they are about")]

mod agenda;
mod attendance;
mod burst;
mod chance;
mod desk;
mod events;
mod life;
mod lists;
mod live;
mod papers;
mod people;
mod properties;
mod reading;
mod room;
mod roster;
mod secret;
mod sitting;
mod views;
mod votes;
