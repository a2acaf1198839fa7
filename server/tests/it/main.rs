//! The server as its clients see it: over real sockets, on a real disk, most
//! of it against the real program.

// Here a panic is a failed test, and a message that was not expected is one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::wildcard_enum_match_arm)]

mod backup;
mod bad_input;
mod blobs;
mod clerks;
mod crash;
mod document;
mod enrol;
mod folders;
mod forms;
mod kit;
mod live;
mod logs;
mod notes;
mod papers;
mod people;
mod players;
mod presenting;
mod reading;
mod record;
mod scenario;
mod search;
mod secret;
mod slow;
mod strangers;
mod tls;
mod uploads;
