//! A worker that dies, hangs or lies is an error value, and the next question works again.
//! The probes exist in debug builds only.
#![cfg(debug_assertions)]

use crate::pdf::pages;
use crate::setup::Desk;
use hemicycle_pdf::{PictureSpec, PixelFormat, Probe, Turn, Worker, WorkerError};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use std::time::Duration;

const LONG: Duration = Duration::from_secs(60);
const SPEC: PictureSpec = PictureSpec {
    page: 0,
    width: 100,
    height: 141,
    crop: None,
    format: PixelFormat::Rgb,
    turn: Turn::Upright,
};

fn pid(worker: &Worker) -> Pid {
    Pid::from_raw(worker.process_id().unwrap() as i32).unwrap()
}

/// Processor time used so far, in hundredths of a second.
fn processor_ticks(process: Pid) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let after_name = stat.rsplit_once(')').unwrap().1;
    after_name.split_whitespace().nth(11).unwrap().parse().unwrap()
}

fn works_again(worker: &mut Worker, desk: &Desk) {
    let paper = desk.put("good.pdf", pages(1));
    let picture = worker.render(&paper, &SPEC).unwrap();
    assert_eq!((picture.width, picture.height), (100, 141));
}

#[test]
fn after_a_crash() {
    let desk = Desk::new();
    let mut worker = desk.worker();
    works_again(&mut worker, &desk);
    let error = worker.probe(Probe::Crash, LONG).unwrap_err();
    assert!(matches!(error, WorkerError::Died { .. }), "{error}");
    assert!(error.cost_a_worker());
    works_again(&mut worker, &desk);
    assert_eq!(worker.starts(), 2);
}

#[test]
fn after_a_hang() {
    let desk = Desk::new();
    let mut worker = desk.worker();
    let stuck = pid(&worker);
    let error = worker.probe(Probe::Sleep, Duration::from_millis(50)).unwrap_err();
    assert!(matches!(error, WorkerError::TimedOut { task: "probe", .. }), "{error}");
    assert!(test_kill_process(stuck).is_err(), "the stuck process is gone, not left behind");
    works_again(&mut worker, &desk);
}

#[test]
fn after_too_much_processor_time() {
    let desk = Desk::new();
    let mut config = desk.config();
    config.limits.cpu_seconds = 1;
    let mut worker = Worker::spawn(config).unwrap();
    let error = worker.probe(Probe::Spin, LONG).unwrap_err();
    assert!(matches!(error, WorkerError::TimedOut { .. }), "{error}");
    works_again(&mut worker, &desk);
}

#[test]
fn after_too_much_memory() {
    let desk = Desk::new();
    let mut config = desk.config();
    config.limits.memory_bytes = 512 << 20;
    let mut worker = Worker::spawn(config).unwrap();
    let error = worker.probe(Probe::Hoard, LONG).unwrap_err();
    assert!(matches!(error, WorkerError::Died { .. }), "{error}");
    works_again(&mut worker, &desk);
}

#[test]
fn after_nonsense() {
    let desk = Desk::new();
    let mut worker = desk.worker();
    let error = worker.probe(Probe::Babble, LONG).unwrap_err();
    assert_eq!(error.code(), "worker_nonsense", "{error}");
    works_again(&mut worker, &desk);
}

#[test]
fn after_a_kill_while_nobody_asks() {
    let desk = Desk::new();
    let mut worker = desk.worker();
    let paper = desk.put("a.pdf", pages(2));
    worker.open(&paper).unwrap();
    kill_process(pid(&worker), Signal::KILL).unwrap();
    // Whether the death is noticed before the question or by it, the one after that is answered.
    let again = worker.render(&paper, &SPEC).or_else(|_| worker.render(&paper, &SPEC));
    assert!(again.is_ok(), "{again:?}");
}

#[test]
fn after_a_kill_in_the_middle_of_a_question() {
    let desk = Desk::new();
    let mut worker = desk.worker();
    let victim = pid(&worker);
    let before = processor_ticks(victim);
    let killer = std::thread::spawn(move || {
        // Only the question makes it work this much, so it is in the middle of it now.
        while processor_ticks(victim) < before + 5 {
            std::thread::yield_now();
        }
        kill_process(victim, Signal::KILL)
    });
    let error = worker.probe(Probe::Spin, LONG).unwrap_err();
    killer.join().unwrap().unwrap();
    assert!(matches!(error, WorkerError::Died { .. }), "{error}");
    works_again(&mut worker, &desk);
}

#[test]
fn dropping_the_worker_ends_its_process() {
    let desk = Desk::new();
    let worker = desk.worker();
    let process = pid(&worker);
    assert!(test_kill_process(process).is_ok());
    drop(worker);
    assert!(test_kill_process(process).is_err());
}

/// The thread that asked for the worker may end long before the worker does.
#[test]
fn the_worker_outlives_the_thread_that_started_it() {
    let desk = Desk::new();
    let config = desk.config();
    let mut worker = std::thread::spawn(move || Worker::spawn(config).unwrap()).join().unwrap();
    works_again(&mut worker, &desk);
    assert_eq!(worker.starts(), 1);
}

#[test]
fn rights_are_taken_away() {
    let desk = Desk::new();
    let mut worker = desk.worker();
    let confinement = worker.confinement().unwrap();
    assert!(confinement.resources, "{confinement:?}");
    for (probe, confined) in [
        (Probe::Network, confinement.calls),
        (Probe::Execute, confinement.calls),
        (Probe::Write, confinement.calls || confinement.files),
    ] {
        let answer = worker.probe(probe, LONG);
        // A kernel without seccomp filters says so in `confinement`; then there is nothing to assert.
        assert_eq!(answer.is_ok(), confined, "{probe:?}: {answer:?}");
    }
    assert_eq!(worker.starts(), 1, "a refused call does not end the worker");

    if confinement.files {
        let secret = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(secret.path(), pages(1)).unwrap();
        let problem = worker.check(secret.path()).unwrap_err();
        assert_eq!(problem.code(), "unreadable", "outside the folders it was given: {problem}");
    }
    works_again(&mut worker, &desk);
}
