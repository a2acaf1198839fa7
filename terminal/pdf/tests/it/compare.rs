//! Two versions of a paper, as the library reads and draws them.

use crate::pdf::{Pdf, chinese, latin};
use crate::setup::Desk;
use hemicycle_pdf::{Changes, WorkerError, compare_once};

fn paper(pages: &[String]) -> Vec<u8> {
    let page = |pdf: Pdf, content: &String| pdf.page("0 0 595 842", "", content);
    pages.iter().fold(Pdf::new(), page).bytes(None)
}

fn page(text: &str) -> String {
    chinese(80, 700, 24, text)
}

/// A page without a text: a drawn stroke.
fn drawn(x: u32) -> String {
    format!("{x} 400 6 30 re f\n")
}

#[test]
fn pages_are_compared_by_what_they_say_and_how_they_look() {
    let desk = Desk::new();
    let old = [page("决定"), page("预算"), drawn(100), page("人事")];
    let before = desk.put("old.pdf", paper(&old));
    let check = |name: &str, pages: &[String], new: &[u32], gone: &[u32]| {
        let after = desk.put("new.pdf", paper(pages));
        let changes = compare_once(desk.config(), &before, &after).unwrap();
        let want = Changes { new: new.into(), gone: gone.into() };
        assert_eq!(changes, Some(want), "{name}");
    };
    let [a, b, c, d] = old.clone();
    check("the same", &old, &[], &[]);
    check("a word", &[a.clone(), page("预箅"), c.clone(), d.clone()], &[2], &[2]);
    check("a stroke", &[a.clone(), b.clone(), drawn(112), d.clone()], &[3], &[3]);
    check("one put in", &[a.clone(), page("附件"), b.clone(), c.clone(), d.clone()], &[2], &[]);
    check("one left out", &[a.clone(), c.clone(), d.clone()], &[], &[2]);
    // The same words at another place of the page are another page.
    check("moved", &[chinese(80, 500, 24, "决定"), b, c, d], &[1], &[1]);
}

#[test]
fn the_same_page_from_another_program_is_the_same() {
    let desk = Desk::new();
    let one = desk.put("one.pdf", paper(&[latin(80, 700, 24, "Budget")]));
    let content = format!("q\n{}Q\n", latin(80, 700, 24, "Budget"));
    let other = desk.put("other.pdf", paper(&[content]));
    assert_eq!(compare_once(desk.config(), &one, &other).unwrap(), Some(Changes::default()));
}

#[test]
fn what_cannot_be_read_cannot_be_compared() {
    let desk = Desk::new();
    let good = desk.put("good.pdf", paper(&[page("决定")]));
    let bad = desk.put("bad.pdf", b"no paper");
    let failed = compare_once(desk.config(), &good, &bad);
    assert!(matches!(failed, Err(WorkerError::Paper { .. })), "{failed:?}");
}
