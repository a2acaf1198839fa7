//! Papers that must not be accepted, each with its own reason.

use crate::corpus::forms_in_forms;
use crate::pdf::{Pdf, chinese, latin, pages};
use crate::setup::{Desk, config};
use hemicycle_pdf::{PaperFacts, PaperProblem, TooLarge, Worker, check_once};
use std::path::Path;
use std::time::Duration;

fn check(bytes: impl AsRef<[u8]>) -> Result<PaperFacts, PaperProblem> {
    let desk = Desk::new();
    let paper = desk.put("paper.pdf", bytes);
    check_once(desk.config(), &paper)
}

fn fixture(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

#[test]
fn what_is_not_a_pdf() {
    assert_eq!(check(b"PK\x03\x04 a letter from the word processor"), Err(PaperProblem::NotAPdf));
    assert_eq!(check("会议通知"), Err(PaperProblem::NotAPdf));
    assert_eq!(check([0; 100_000]), Err(PaperProblem::NotAPdf));
}

#[test]
fn what_is_empty() {
    assert_eq!(check(b""), Err(PaperProblem::Empty));
    let without_pages = check(Pdf::new().bytes(None)).unwrap_err();
    assert!(matches!(without_pages.code(), "empty" | "broken"), "{without_pages}");
}

#[test]
fn what_is_encrypted() {
    let refused = check_once(config(), &fixture("encrypted.pdf"));
    assert_eq!(refused, Err(PaperProblem::Encrypted));
    let open = check_once(config(), &fixture("owner-password.pdf")).unwrap();
    assert_eq!(open.pages, 1);
}

#[test]
fn what_was_cut_off() {
    let whole = pages(20);
    for part in [16, 50, 90, 99] {
        let cut = &whole[..whole.len() * part / 100];
        let problem = check(cut).unwrap_err();
        assert_eq!(problem.code(), "broken", "{part} %: {problem}");
    }
    assert!(check(whole).is_ok());
}

#[test]
fn what_lacks_a_page() {
    let problem = check(Pdf::new().a4(&latin(72, 700, 24, "x")).missing_page().bytes(None));
    assert_eq!(problem.unwrap_err().code(), "broken");
}

#[test]
fn what_is_garbage_between_a_good_start_and_end() {
    let mut bytes = b"%PDF-1.7\n".to_vec();
    bytes.extend((0..50_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8));
    bytes.extend_from_slice(b"\nstartxref\n17\n%%EOF\n");
    assert_eq!(check(bytes).unwrap_err().code(), "broken");
}

#[test]
fn what_is_too_large() {
    let desk = Desk::new();
    let huge = desk.put("huge.pdf", Pdf::new().page("0 0 99000 10", "", "").bytes(None));
    let what = TooLarge::PageSide { page: 1, side: 9_900_000, limit: 1_440_000 };
    let mut worker = desk.worker();
    assert_eq!(worker.check(&huge), Err(PaperProblem::TooLarge { what }));

    let mut config = desk.config();
    config.limits.paper_pages = 3;
    config.limits.paper_bytes = 10_000;
    let mut worker = Worker::spawn(config).unwrap();
    let many = desk.put("many.pdf", pages(4));
    let what = TooLarge::Pages { pages: 4, limit: 3 };
    assert_eq!(worker.check(&many), Err(PaperProblem::TooLarge { what }));
    let long = desk.put("long.pdf", vec![b' '; 10_001]);
    let what = TooLarge::Bytes { bytes: 10_001, limit: 10_000 };
    assert_eq!(worker.check(&long), Err(PaperProblem::TooLarge { what }));
    let right = desk.put("right.pdf", pages(3));
    assert!(worker.check(&right).is_ok());
    assert_eq!(worker.starts(), 1);
}

/// A page box that overflows whatever it can must be refused or shown, never end the worker.
#[test]
fn boxes_of_nonsense_are_harmless() {
    let desk = Desk::new();
    let mut worker = desk.worker();
    for media_box in [
        "0 0 1e30 1e30",
        "0 0 2147483648 2147483648",
        "0 0 0 0",
        "100 100 100 100",
        "0 0 -595 -842",
        "0 0 0.001 0.001",
        "0 0 nan inf",
        "",
    ] {
        let pdf = Pdf::new().page(media_box, "", &latin(0, 0, 24, "x")).bytes(None);
        let paper = desk.put("box.pdf", pdf);
        match worker.check(&paper) {
            Ok(facts) => assert_eq!(facts.pages_rendered, 1, "{media_box}"),
            Err(problem) => {
                assert!(matches!(problem.code(), "broken" | "too_large"), "{media_box}: {problem}");
            }
        }
    }
    assert_eq!(worker.starts(), 1);
}

#[test]
fn what_takes_too_long() {
    let desk = Desk::new();
    let paper = desk.put("forms.pdf", forms_in_forms());

    let mut config = desk.config();
    config.patience.page = Duration::from_secs(2);
    config.patience.check = Duration::from_secs(10);
    let mut worker = Worker::spawn(config).unwrap();
    assert_eq!(worker.check(&paper), Err(PaperProblem::TimedOut));
    let good = desk.put("good.pdf", pages(1));
    assert_eq!(worker.check(&good).unwrap().pages, 1);
}

#[test]
fn what_cannot_be_read() {
    let desk = Desk::new();
    let mut worker = desk.worker();
    let absent = desk.folder.path().join("absent.pdf");
    assert_eq!(worker.check(&absent).unwrap_err().code(), "unreadable");
    assert_eq!(worker.check(desk.folder.path()).unwrap_err().code(), "unreadable");
}

#[test]
fn a_replaced_file_is_checked_anew() {
    let desk = Desk::new();
    let mut worker = desk.worker();
    let paper = desk.put("a.pdf", pages(1));
    assert_eq!(worker.check(&paper).unwrap().pages, 1);
    desk.put("a.pdf", pages(2));
    assert_eq!(worker.check(&paper).unwrap().pages, 2);
    desk.put("a.pdf", b"no longer a paper");
    assert_eq!(worker.check(&paper), Err(PaperProblem::NotAPdf));
}

#[test]
fn a_missing_installation_is_not_the_papers_fault() {
    let desk = Desk::new();
    let paper = desk.put("a.pdf", pages(1));
    let mut config = desk.config();
    config.assets.library = desk.put("libpdfium.so", b"not a library");
    let problem = check_once(config, &paper).unwrap_err();
    assert_eq!(problem.code(), "unchecked");
    assert!(problem.to_string().contains("libpdfium.so"), "{problem}");

    let mut config = desk.config();
    config.program.path = "/nowhere/hemicycle".into();
    let problem = check_once(config, &paper).unwrap_err();
    assert_eq!(problem.code(), "unchecked");
    assert!(problem.to_string().contains("/nowhere/hemicycle"), "{problem}");
}

/// Whatever single bytes are damaged, the answer is a paper or a reason, and the next paper works.
#[test]
fn damaged_bytes_never_hurt_the_client() {
    let desk = Desk::new();
    let whole = Pdf::new()
        .a4(&latin(72, 700, 24, "First"))
        .a4(&chinese(72, 700, 24, "第二页"))
        .bytes(Some("title"));
    let mut worker = desk.worker();
    let mut random = 0x2545_F491_4F6C_DD1D_u64;
    let mut refused = 0;
    for _ in 0..150 {
        let mut bytes = whole.clone();
        for _ in 0..8 {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let at = random as usize % bytes.len();
            bytes[at] = (random >> 32) as u8;
        }
        let paper = desk.put("damaged.pdf", &bytes);
        if let Err(problem) = worker.check(&paper) {
            refused += 1;
            let code = problem.code();
            assert!(!matches!(code, "unchecked" | "unreadable" | "timed_out"), "{problem}");
        }
    }
    assert!(refused > 0, "the damage was too small to test anything");
    let paper = desk.put("whole.pdf", &whole);
    assert_eq!(worker.check(&paper).unwrap().pages, 2);
}
