//! What the client asks and the worker answers, one answer to each question, in order.
//! Stays between two processes of one binary: nothing here is stored or sent over a network.

use crate::limits::Limits;
use crate::paper::{PageFacts, PaperInfo, PaperProblem, PictureSpec, PixelFormat};
use crate::sealed::SealKey;
use crate::text::Heading;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// A message and the number that ties an answer to its question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Numbered<T> {
    pub id: u64,
    pub message: T,
}

/// The worker's own name for an open paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PaperHandle(pub u32);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// Always the first one, and only then.
    Start(StartOptions),
    Open {
        path: PathBuf,
        /// Where it lies sealed.
        key: Option<SealKey>,
    },
    Inspect {
        paper: PaperHandle,
        page: u32,
    },
    Render {
        paper: PaperHandle,
        picture: PictureSpec,
    },
    Text {
        paper: PaperHandle,
        page: u32,
    },
    Outline {
        paper: PaperHandle,
    },
    /// Lines for a page of an export; the lines are the frame's body. The first ones of an export
    /// make the paper forget those of any other.
    Ink {
        paper: PaperHandle,
        export: u64,
        page: u32,
    },
    /// The paper again, with all lines of an export in it.
    Annotate {
        paper: PaperHandle,
        export: u64,
        path: PathBuf,
        /// Where it lies sealed.
        key: Option<SealKey>,
        author: String,
    },
    Close {
        paper: PaperHandle,
    },
    #[cfg(debug_assertions)]
    Probe(Probe),
}

/// Misbehaviour on demand, to test what a client makes of it. Not in release builds.
#[cfg(debug_assertions)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Probe {
    /// End at once, as after a bad memory access.
    Crash,
    /// Never answer, without using the processor.
    Sleep,
    /// Never answer and use the processor.
    Spin,
    /// Ask for memory until there is none.
    Hoard,
    /// Answer with something that is no frame.
    Babble,
    /// Open a network socket; answered with a fault if that works.
    Network,
    /// Write a file; answered with a fault if that works.
    Write,
    /// Start another program; answered with a fault if that works.
    Execute,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartOptions {
    pub library: PathBuf,
    pub fonts: PathBuf,
    /// The only folders that papers may be read from; any, where the list is empty.
    pub folders: Vec<PathBuf>,
    pub limits: Limits,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Response {
    Ready {
        confinement: Confinement,
    },
    Opened {
        paper: PaperHandle,
        info: PaperInfo,
    },
    Inspected {
        facts: PageFacts,
    },
    /// The pixels are the frame's body.
    Rendered {
        width: u32,
        height: u32,
        format: PixelFormat,
    },
    /// The characters and their places are the frame's body; `cut` where the page has more.
    Text {
        chars: u32,
        cut: bool,
    },
    Outline {
        headings: Vec<Heading>,
    },
    Inked,
    /// The new paper's bytes are the frame's body.
    Annotated,
    Closed,
    /// The paper's fault.
    Problem(PaperProblem),
    /// The asker's fault, or the installation's.
    Fault {
        detail: String,
    },
}

/// What the system agreed to take away from the worker. Older kernels cannot do all of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confinement {
    /// Memory, processor time and open files are limited.
    pub resources: bool,
    /// No sockets, no other programs, no other processes (seccomp).
    pub calls: bool,
    /// Nothing can be written and only fonts and papers be read (Landlock).
    pub files: bool,
}
