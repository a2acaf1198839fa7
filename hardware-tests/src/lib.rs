//! What needs real processes, sockets and load: virtual seats, the demo's
//! driver, benchmarks. Everything here is a client of the server like any
//! other: it knows the protocol and the seat's own logic, nothing inside the
//! server.

pub mod bench;
pub mod clerk;
pub mod demo;
pub mod distribution;
pub mod figures;
pub mod follow;
pub mod ground;
pub mod guard;
pub mod hall;
pub mod host;
pub mod hostile;
pub mod limits;
pub mod log;
pub mod panel;
pub mod presenting;
pub mod sample;
pub mod served;
pub mod siege;
pub mod socket;
pub mod swarm;
