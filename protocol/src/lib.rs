//! What the parties of a Hemicycle room must agree on: identifiers, messages,
//! topics, signed statements, votes and their rules, secret ballots, the log's
//! envelope. No I/O, no clock, no global random source: those are arguments.

pub mod announcement;
pub mod ballot;
pub mod identity;
pub mod ids;
pub mod ink;
pub mod people;
pub mod record;
pub mod refusal;
pub mod secret;
pub mod topic;
pub mod vote;
pub mod wire;
