//! The worker as its users see it: a real process, the real library, real papers.

mod pdf;
mod recover;
mod refuse;
mod renderer;
mod setup;
mod show;
