//! The server as its clients see it: over real sockets, on a real disk, most
//! of it against the real program.

mod bad_input;
mod blobs;
mod clerks;
mod crash;
mod document;
mod folders;
mod kit;
mod scenario;
mod slow;
