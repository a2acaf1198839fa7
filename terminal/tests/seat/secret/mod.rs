//! Secret votes, from credentials to the look into the record, with real
//! ballots and keys and a server that may lie.

mod ahead;
mod casting;
mod hall;
mod scrutiny;
