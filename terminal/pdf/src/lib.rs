//! Papers: opened, checked and rendered in a process of their own.
//!
//! A PDF is a program written by a stranger, and its parser is the largest piece of C++ in the house.
//! It therefore runs in a worker process with little memory, little time, no network and no way to write,
//! and everyone else talks to that process through frames on its standard input and output.
//! The seat terminal uses it to show pages, the chair server to check what is uploaded.
//!
//! - [`worker_main`]: what a binary calls when it was started as the worker. The only place that touches pdfium.
//! - [`Worker`]: the other side. A crash, a hang or a lack of memory in there is an error value here.
//! - [`find`]: looking for words in what the worker has read, in safe code on this side.
//! - [`Renderer`]: a thread around a [`Worker`] for a screen: newest page first, neighbours ahead, a cache.
//! - [`PageInk`]: what a member drew by hand, which [`Worker::annotate`] puts into a copy of the paper.
//! - [`sealed`]: papers as they lie encrypted on a seat's disk.
//! - [`assets`]: where the pdfium library and the fonts are.
//!
//! Not here: who may read a paper, where papers are stored, anything about a window.

pub mod assets;
mod client;
pub mod find;
mod frame;
mod ink;
mod limits;
mod paper;
mod renderer;
pub mod sealed;
mod text;
mod wire;
mod worker;

pub use assets::Assets;
pub use client::{Changes, Program, Worker, WorkerConfig, WorkerError, check_once, compare_once};
pub use ink::{InkLine, PageInk};
pub use limits::{Limits, Patience};
pub use paper::{
    Area, FontFacts, PageFacts, PageSize, PaperFacts, PaperInfo, PaperProblem, Picture,
    PictureSpec, PixelFormat, PxRect, TooLarge, Turn,
};
pub use renderer::{Delivery, Renderer, RendererSettings, View};
pub use text::{Heading, PageText};
pub use wire::Confinement;
#[cfg(debug_assertions)]
pub use wire::Probe;
pub use worker::{run_worker, worker_main};
