//! The chair server: the shell around the pure meeting. It keeps the log,
//! talks to everybody, and knows the time.
//!
//! ```text
//! session ─▶ intake (signatures) ─▶ room: decide, append, apply ─▶ answers
//!    ▲                               │
//!    └──────── board (topics) ◀──────┘
//! ```

pub mod app;
pub mod backup;
pub mod board;
pub mod certificate;
pub mod chance;
pub mod clerks;
pub mod clock;
pub mod config;
pub mod devices;
mod discovery;
pub mod drawing;
pub mod export;
pub mod folder;
pub mod glyphs;
pub mod hall;
pub mod http;
pub mod intake;
pub mod listener;
pub mod notes;
pub mod paper_keys;
pub mod papers;
pub mod pins;
pub mod room;
pub mod roster;
pub mod sample;
pub mod secret;
mod serve;
pub mod session;
pub mod store;
pub mod texts;
pub mod troubles;
pub mod uploads;
pub mod verify;

pub use config::{Config, Enrolment};
pub use serve::{Running, ServeError, papers_folder, serve, serve_with};
