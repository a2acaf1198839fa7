//! The meeting as a pure state machine: intentions come in, facts come out,
//! facts add up to a state, views show of it what each may see. No clock, no
//! random source, no I/O, no tasks: the shell around it brings those.
//!
//! ```text
//! Command ─ decide(&State) ─▶ Event … ─ apply(&mut State) ─▶ State ─ view ─▶ Topic
//! ```

pub mod apply;
pub mod command;
pub mod decide;
pub mod event;
pub mod state;
mod text;
pub mod view;

pub use apply::apply;
pub use command::{Actor, Context, Decision, ServerCommand, StoredPaper, Vouched};
pub use decide::{decide, decide_server, voters};
pub use event::{Event, Meta, NamedScrutineer, Opening, Question, Read, SecretOpening};
pub use state::State;
pub use view::{Audience, Viewer};
