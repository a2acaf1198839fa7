//! The secret ballot: keys, encryption, proofs, counting and the record that anyone can check.
//!
//! What lives here: pure computation on bytes and numbers. No clock, no I/O; randomness is an argument. When a vote
//! opens, who may vote and when a sum may be opened are decided by the callers. Choices are positions of answers, not
//! words. The normative description of parties, messages and duties is `docs/ballots.md`; "FORMAT §n" in these comments is
//! section n of `docs/ballot-format.md`.
//!
//! The path of a vote: trustees make keys ([`keys`], [`keygen`]) → voters draw credentials ([`credential`]) → all agree on
//! a [`setup::Setup`] → voters [`encrypt`] → the server and the scrutineers [`verify`] and [`tally`] → trustees
//! [`decrypt`] → the [`archive`] holds all of it, and [`election`] checks it from nothing but its bytes.
#![deny(missing_docs)]

pub mod archive;
pub mod credential;
pub mod decrypt;
pub mod disclosure;
pub mod election;
pub mod encrypt;
pub mod follow;
pub mod group;
pub mod hints;
pub mod keygen;
pub mod keys;
pub mod records;
pub mod scalar;
pub mod setup;
pub mod tally;
pub mod trustees;
pub mod verify;
