//! One worker process: its pipes, the thread that keeps it, and its end.
//!
//! The keeper thread both starts the process and reads its answers. It has to be the same thread, and one that
//! lives as long as the process: the system ends the worker when the *thread* that started it ends, which would
//! be at a moment of a thread pool's choosing.

use super::Program;
use crate::frame::{self, FrameError};
use crate::wire::{Numbered, Request, Response};
use std::io;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How a process ended that the system stopped for using too much processor time.
pub const OUT_OF_TIME: &str = "out of processor time";

/// Pictures are megabytes; the default of 64 KiB means a thousand switches between two processes for each.
const PIPE_BYTES: usize = 1 << 20;

type Answer = Result<(Numbered<Response>, Vec<u8>), FrameError>;

#[derive(Debug)]
pub struct Process {
    child: Child,
    questions: Option<ChildStdin>,
    answers: Receiver<Answer>,
    keeper: Option<JoinHandle<()>>,
    last: u64,
    /// Bytes that the body of the next answer may have.
    max_body: Arc<AtomicU32>,
}

/// What is asked, and how long the body of the answer may be.
pub struct Question<'a> {
    pub request: Request,
    pub body: &'a [u8],
    pub max_answer: u32,
}

/// Why there is no answer. The process is of no further use then.
#[derive(Debug)]
pub enum Trouble {
    TimedOut,
    Ended,
    Nonsense(String),
}

impl Process {
    pub fn start(program: &Program) -> io::Result<Self> {
        let mut command = Command::new(&program.path);
        command
            .arg0("hemicycle-pdf-worker")
            .args(&program.arguments)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        if let Some(libraries) = std::env::var_os("LD_LIBRARY_PATH") {
            command.env("LD_LIBRARY_PATH", libraries);
        }
        let (started, start) = sync_channel(1);
        let (answer, answers) = sync_channel(1);
        let max_body = Arc::new(AtomicU32::new(0));
        let most = Arc::clone(&max_body);
        let keeper = thread::Builder::new().name("pdf-worker".to_owned()).spawn(move || {
            keep(command, &started, &answer, &most);
        })?;
        let lost = || io::Error::other("its keeper ended");
        let (child, questions) = start.recv().map_err(|_| lost())??;
        let (questions, keeper) = (Some(questions), Some(keeper));
        Ok(Self { child, questions, answers, keeper, last: 0, max_body })
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// False also when an answer has come that nobody asked for.
    pub fn is_alive(&mut self) -> bool {
        matches!(self.answers.try_recv(), Err(TryRecvError::Empty))
            && matches!(self.child.try_wait(), Ok(None))
    }

    pub fn ask(
        &mut self,
        question: Question<'_>,
        wait: Duration,
    ) -> Result<(Response, Vec<u8>), Trouble> {
        let deadline = Instant::now() + wait;
        self.last += 1;
        let message = Numbered { id: self.last, message: question.request };
        self.max_body.store(question.max_answer, Ordering::Release);
        let Some(questions) = &mut self.questions else { return Err(Trouble::Ended) };
        // A question fits into the pipe and the worker has answered all before it: this does not block.
        match frame::write(questions, &message, question.body) {
            Ok(()) => {}
            Err(FrameError::Pipe(_)) => return Err(Trouble::Ended),
            Err(error) => return Err(Trouble::Nonsense(error.to_string())),
        }
        match self.answers.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(Ok((answer, body))) if answer.id == self.last => Ok((answer.message, body)),
            Ok(Ok(_)) => Err(Trouble::Nonsense("an answer to another question".to_owned())),
            Ok(Err(FrameError::Pipe(_))) => Err(Trouble::Ended),
            Ok(Err(error)) => Err(Trouble::Nonsense(error.to_string())),
            Err(RecvTimeoutError::Timeout) => Err(Trouble::TimedOut),
            Err(RecvTimeoutError::Disconnected) => Err(Trouble::Ended),
        }
    }

    /// Stops it and says how it ended.
    pub fn end(mut self) -> String {
        // Before it is stopped: one that is already dead has its own story.
        let status = self.stop();
        status.map_or_else(|error| error.to_string(), describe)
    }

    fn stop(&mut self) -> io::Result<ExitStatus> {
        self.questions = None;
        // Fails where it has ended already, which is what we want.
        let _ = self.child.kill();
        let status = self.child.wait();
        if let Some(keeper) = self.keeper.take() {
            // It may be waiting to hand over an answer that nobody will take.
            while self.answers.recv().is_ok() {}
            let _ = keeper.join();
        }
        status
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.keeper.is_some() {
            let _ = self.stop();
        }
    }
}

fn keep(
    mut command: Command,
    started: &SyncSender<io::Result<(Child, ChildStdin)>>,
    answer: &SyncSender<Answer>,
    max_body: &AtomicU32,
) {
    let (child, questions, mut pipe) = match start(&mut command) {
        Ok(parts) => parts,
        Err(error) => {
            let _ = started.send(Err(error));
            return;
        }
    };
    if started.send(Ok((child, questions))).is_err() {
        return;
    }
    loop {
        match frame::read_within::<Numbered<Response>>(&mut pipe, || {
            max_body.load(Ordering::Acquire)
        }) {
            Ok(None) => return,
            Ok(Some(read)) => {
                if answer.send(Ok(read)).is_err() {
                    return;
                }
            }
            Err(error) => {
                let _ = answer.send(Err(error));
                return;
            }
        }
    }
}

fn start(command: &mut Command) -> io::Result<(Child, ChildStdin, ChildStdout)> {
    let mut child = command.spawn()?;
    match (child.stdin.take(), child.stdout.take()) {
        (Some(questions), Some(answers)) => {
            // Where the system allows less, it is only slower.
            let _ = rustix::pipe::fcntl_setpipe_size(&answers, PIPE_BYTES);
            Ok((child, questions, answers))
        }
        (Some(_) | None, Some(_) | None) => {
            let _ = child.kill();
            let _ = child.wait();
            Err(io::Error::other("it was started without pipes"))
        }
    }
}

fn describe(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (_, Some(libc::SIGXCPU)) => OUT_OF_TIME.to_owned(),
        (_, Some(libc::SIGSEGV | libc::SIGBUS)) => "bad memory access".to_owned(),
        (_, Some(libc::SIGABRT | libc::SIGTRAP | libc::SIGILL)) => {
            "it stopped itself, out of memory or on a broken promise".to_owned()
        }
        (_, Some(signal)) => format!("signal {signal}"),
        (Some(code), None) => format!("exit code {code}"),
        (None, None) => "for an unknown reason".to_owned(),
    }
}
