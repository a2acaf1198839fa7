//! The worker's side: reads a request, answers it, until its input ends. One thread, one request at a time.
//! Everything that came from a paper stays below this module.

mod annotate;
mod confine;
mod engine;
mod inspect;
mod revise;
mod text;
mod trace;

use crate::paper::PaperProblem;
use crate::wire::{Numbered, Request, Response, StartOptions};
use crate::{frame, ink};
use engine::Engine;
use std::io::{self, Read, Write};
use std::process::ExitCode;

/// What a binary does when it was started as the worker, before anything else: no threads, no runtime, no window.
pub fn worker_main() -> ExitCode {
    confine::die_with_parent();
    run_worker(io::stdin().lock(), io::stdout().lock())
}

/// Answers the requests on `input` until it ends. Takes rights away from the whole process on the first request.
pub fn run_worker(mut input: impl Read, mut output: impl Write) -> ExitCode {
    match serve(&mut input, &mut output) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The client sees the pipe end; the words are for whoever runs the worker by hand.
            eprintln!("hemicycle pdf worker: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Why a request has no better answer.
enum Failure {
    Paper(PaperProblem),
    Fault(String),
}

impl From<PaperProblem> for Failure {
    fn from(problem: PaperProblem) -> Self {
        Self::Paper(problem)
    }
}

fn serve(input: &mut impl Read, output: &mut impl Write) -> Result<(), frame::FrameError> {
    let mut engine = None;
    while let Some((request, ink)) = frame::read::<Numbered<Request>>(input, ink::PART)? {
        let mut body = Vec::new();
        let message = match answer(&mut engine, request.message, &ink, &mut body) {
            Ok(response) => response,
            Err(Failure::Paper(problem)) => Response::Problem(problem),
            Err(Failure::Fault(detail)) => Response::Fault { detail },
        };
        frame::write(output, &Numbered { id: request.id, message }, &body)?;
    }
    Ok(())
}

fn answer(
    engine: &mut Option<Engine>,
    request: Request,
    ink: &[u8],
    body: &mut Vec<u8>,
) -> Result<Response, Failure> {
    let Some(engine) = engine else {
        let Request::Start(options) = request else {
            return Err(Failure::Fault("not started".to_owned()));
        };
        let (started, ready) = start(options)?;
        *engine = Some(started);
        return Ok(ready);
    };
    confine::allow_processor_time(engine.limits().cpu_seconds);
    match request {
        Request::Start(_) => Err(Failure::Fault("already started".to_owned())),
        Request::Open { path, key } => {
            let (paper, info) = engine.open(&path, key.as_ref())?;
            Ok(Response::Opened { paper, info })
        }
        Request::Inspect { paper, page } => {
            Ok(Response::Inspected { facts: engine.inspect(paper, page)? })
        }
        Request::Render { paper, picture } => {
            *body = engine.render(paper, &picture)?;
            let part = picture.part();
            Ok(Response::Rendered {
                width: part.width,
                height: part.height,
                format: picture.format,
            })
        }
        Request::Text { paper, page } => {
            let text = engine.text(paper, page)?;
            *body = text.to_bytes();
            Ok(Response::Text { chars: text.len(), cut: text.is_cut() })
        }
        Request::Outline { paper } => Ok(Response::Outline { headings: engine.outline(paper)? }),
        Request::Ink { paper, export, page } => {
            let lines = ink::from_part(ink);
            let lines =
                lines.ok_or_else(|| Failure::Fault("ink that does not add up".to_owned()))?;
            engine.ink(paper, export, page, &lines)?;
            Ok(Response::Inked)
        }
        Request::Annotate { paper, export, path, key, author } => {
            *body = engine.annotate(paper, export, &path, key.as_ref(), &author)?;
            Ok(Response::Annotated)
        }
        Request::Close { paper } => {
            engine.close(paper);
            Ok(Response::Closed)
        }
        #[cfg(debug_assertions)]
        Request::Probe(probe) => misbehave(probe),
    }
}

fn start(options: StartOptions) -> Result<(Engine, Response), Failure> {
    let resources = confine::limit_resources(&options.limits);
    let engine = Engine::start(&options.library, &options.fonts, options.limits.clone())
        .map_err(Failure::Fault)?;
    // After the library is loaded, so that its own dependencies need no exception.
    let files = confine::limit_files(&options.fonts, &options.folders);
    let calls = confine::limit_calls();
    let confinement = crate::wire::Confinement { resources, calls, files };
    Ok((engine, Response::Ready { confinement }))
}

#[cfg(debug_assertions)]
fn misbehave(probe: crate::wire::Probe) -> Result<Response, Failure> {
    use crate::wire::Probe;
    let worked = |what: &str| Err(Failure::Fault(format!("{what} worked")));
    match probe {
        Probe::Crash => std::process::abort(),
        Probe::Sleep => loop {
            std::thread::park();
        },
        Probe::Spin => loop {
            std::hint::spin_loop();
        },
        Probe::Hoard => {
            let mut hoard = Vec::new();
            loop {
                hoard.push(vec![1_u8; 16 << 20]);
            }
        }
        Probe::Babble => {
            print!("Segmentation fault, so they say");
            Ok(Response::Closed)
        }
        Probe::Network => match std::net::TcpListener::bind("127.0.0.1:0") {
            Ok(_) => worked("a socket"),
            Err(_) => Ok(Response::Closed),
        },
        Probe::Write => {
            let path = std::env::temp_dir().join(format!("hemicycle-pdf-{}", std::process::id()));
            let written = std::fs::write(&path, b"written");
            let _ = std::fs::remove_file(&path);
            if written.is_ok() { worked("writing") } else { Ok(Response::Closed) }
        }
        Probe::Execute => match std::process::Command::new("/bin/true").spawn() {
            Ok(_) => worked("another program"),
            Err(_) => Ok(Response::Closed),
        },
    }
}
