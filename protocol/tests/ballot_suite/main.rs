//! The secret ballot from outside: other software's records, our own round trip, hostile input, key generation.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod dishonest;
mod forge;
mod forms;
mod golden;
mod hinted;
mod hostile;
mod keygen;
mod meeting;
mod rejected;
mod room;
mod round_trip;
mod samples;
mod support;
