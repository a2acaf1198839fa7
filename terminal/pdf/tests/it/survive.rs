//! The hard papers of the corpus, one after the other before one worker: each is shown or refused
//! with its reason, within bounds, and the paper after it works as if nothing had been.

use crate::corpus::{Fate, all};
use crate::pdf::pages;
use crate::setup::{Desk, ink};
use hemicycle_pdf::{PictureSpec, Worker, WorkerConfig, WorkerError, check_once};
use std::time::Duration;

/// As patient as a test can be; what takes longer is refused all the same.
fn config(desk: &Desk) -> WorkerConfig {
    let mut config = desk.config();
    config.patience.page = Duration::from_secs(10);
    config.patience.check = Duration::from_secs(20);
    config.patience.check_rendering = Duration::from_secs(1);
    config
}

/// The most memory that the process which runs now has ever held, in bytes.
fn peak(worker: &Worker) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", worker.process_id()?)).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib * 1024)
}

#[test]
fn the_check_of_an_upload_survives_each() {
    let desk = Desk::new();
    for case in all() {
        let paper = desk.put("hard.pdf", &case.bytes);
        match (check_once(config(&desk), &paper), case.fate) {
            (Ok(facts), Fate::Shown | Fate::Either) => {
                assert!(facts.pages > 0 && facts.pages_rendered > 0, "{}", case.name);
            }
            (Err(problem), Fate::Refused(code)) => {
                assert_eq!(problem.code(), code, "{}: {problem}", case.name);
            }
            (Err(problem), Fate::Either) => {
                let ours = matches!(problem.code(), "unchecked" | "unreadable" | "encrypted");
                assert!(!ours, "{}: {problem}", case.name);
            }
            (result, fate) => panic!("{}: {fate:?}, and it is {result:?}", case.name),
        }
    }
}

#[test]
fn a_worker_reads_each_and_then_a_good_one() {
    let desk = Desk::new();
    let mut worker = Worker::spawn(config(&desk)).unwrap();
    let good = desk.put("good.pdf", pages(3));
    let most = worker.config().limits.clone();
    for case in all() {
        let paper = desk.put(&format!("{}.pdf", case.name), &case.bytes);
        let named = |error: &WorkerError| {
            assert!(error.paper().is_none_or(|named| named == paper), "{}: {error}", case.name);
        };
        match worker.open(&paper) {
            Err(error) => {
                named(&error);
                assert!(case.fate != Fate::Shown, "{}: {error}", case.name);
            }
            Ok(info) => {
                assert!(!matches!(case.fate, Fate::Refused(_)), "{}", case.name);
                // As large as a seat's reader asks for it at most.
                let size = info.sizes[0];
                let area = 16_000_000 * u64::from(size.width) / u64::from(size.height);
                let width = u32::try_from(area.isqrt()).unwrap_or(u32::MAX);
                let width = width.min(6_000).min(size.width_for(6_000));
                let picture = worker.render(&paper, &PictureSpec::whole(0, size, width.max(1)));
                match picture {
                    Ok(picture) => {
                        let shown = case.fate == Fate::Either || ink(&picture) > 20;
                        assert!(shown, "{} is blank", case.name);
                    }
                    Err(error) => {
                        named(&error);
                        assert_eq!(case.fate, Fate::Either, "{}: {error}", case.name);
                    }
                }
                match worker.text(&paper, 0) {
                    Ok(text) => assert!(text.len() <= most.text_chars, "{}", case.name),
                    Err(error) => named(&error),
                }
                match worker.outline(&paper) {
                    Ok(found) => assert!(found.len() <= most.headings as usize, "{}", case.name),
                    Err(error) => named(&error),
                }
                if let Err(error) = worker.thumbnail(&paper, info.pages - 1, 200) {
                    named(&error);
                }
            }
        }
        let peak = peak(&worker).unwrap_or(0);
        assert!(peak <= most.memory_bytes, "{}: {peak} bytes", case.name);
        let size = worker.open(&good).unwrap().sizes[2];
        let again = worker.render(&good, &PictureSpec::whole(2, size, 300)).unwrap();
        assert!(ink(&again) > 20, "after {}", case.name);
        worker.close(&paper);
        std::fs::remove_file(&paper).unwrap();
    }
}
