//! The text of pages, the table of contents, and pages turned on their side.

use crate::corpus::all;
use crate::pdf::{Pdf, chinese, latin, utf16};
use crate::setup::{Desk, colour};
use hemicycle_pdf::find::{Folded, Words, areas};
use hemicycle_pdf::{Area, Heading, PageText, PictureSpec, Turn};
use std::path::Path;

fn plain(text: &PageText) -> String {
    text.chars().iter().collect()
}

/// Where these words stand first, as rectangles.
fn marked(text: &PageText, words: &str) -> Vec<Area> {
    let folded = Folded::of(text.chars());
    let part = folded.places(&Words::of(words, 60), 1).pop();
    let part = part.unwrap_or_else(|| panic!("no {words} in {:?}", plain(text)));
    areas(text, folded.source(part).unwrap())
}

#[test]
fn chinese_and_latin_are_read_with_their_places() {
    let desk = Desk::new();
    let content = latin(100, 700, 50, "Budget 2026") + &chinese(100, 500, 50, "预算调整方案");
    let paper = desk.put("a.pdf", Pdf::new().page("0 0 1000 1000", "", &content).bytes(None));
    let text = desk.worker().text(&paper, 0).unwrap();
    let read = plain(&text);
    assert!(read.contains("Budget 2026") && read.contains("预算调整方案"), "{read:?}");
    assert!(!text.is_cut());

    // The third and fourth of six characters, 50 points each, from 100 points on.
    let [area] = marked(&text, "调整")[..] else { panic!("one line") };
    assert!(area.left.abs_diff(2_000) < 60 && area.right.abs_diff(3_000) < 60, "{area:?}");
    assert!(area.top < 4_700 && area.bottom > 4_950 && area.bottom < 5_300, "{area:?}");
}

#[test]
fn words_are_found_over_the_end_of_a_line() {
    let desk = Desk::new();
    let content = chinese(100, 600, 50, "一般公共预") + &chinese(100, 500, 50, "算调整");
    let bytes = Pdf::new()
        .page("0 0 1000 1000", "", &content)
        .page("0 0 1000 1000", "/Rotate 90", &content)
        .bytes(None);
    let paper = desk.put("a.pdf", bytes);
    let mut worker = desk.worker();
    let text = worker.text(&paper, 0).unwrap();
    let found = marked(&text, "预算");
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].left > 2_800 && found[1].left < 1_100, "{found:?}");
    // A page that its file turns: places are those of the sheet as it is shown.
    // There the line runs down the sheet, and each character has a rectangle of its own.
    let [here] = marked(&text, "公共")[..] else { panic!("one line") };
    let down = marked(&worker.text(&paper, 1).unwrap(), "公共");
    assert_eq!(down.len(), 2, "{down:?}");
    let there = down[0].union(down[1]);
    let expected = here.turned(Turn::Right);
    assert!(there.left.abs_diff(expected.left) < 5, "{there:?} for {expected:?}");
    assert!(there.top.abs_diff(expected.top) < 5, "{there:?} for {expected:?}");
}

#[test]
fn a_text_without_end_is_cut_and_says_so() {
    let desk = Desk::new();
    let case = all().into_iter().find(|case| case.name == "text-without-end").unwrap();
    let paper = desk.put("a.pdf", case.bytes);
    let mut config = desk.config();
    config.limits.text_chars = 1_000;
    let mut worker = hemicycle_pdf::Worker::spawn(config).unwrap();
    let text = worker.text(&paper, 0).unwrap();
    assert!(text.is_cut() && text.len() <= 1_000 && text.len() > 900, "{}", text.len());
}

/// Three entries at the top, the second with two below it, one of which has one below itself.
fn with_contents() -> Vec<u8> {
    let mut pdf = Pdf::new().a4("").a4("").a4("");
    let root = pdf.next();
    let pages = pdf.page_numbers().to_vec();
    let entry = |title: &str, page: usize, links: &[(&str, usize)]| {
        let links: String =
            links.iter().map(|(name, at)| format!("/{name} {} 0 R ", root + at)).collect();
        format!("<< /Title <{}> {links} /Dest [{} 0 R /XYZ 0 800 0] >>", utf16(title), pages[page])
    };
    pdf.add(format!("<< /First {} 0 R /Last {} 0 R >>", root + 1, root + 3));
    pdf.add(entry("一、收入", 0, &[("Next", 2)]));
    pdf.add(entry("二、支出", 1, &[("Next", 3), ("First", 4), ("Last", 5)]));
    pdf.add(entry(" 三、\u{3000}平衡\n", 2, &[]));
    pdf.add(entry("（一）", 1, &[("Next", 5), ("First", 6), ("Last", 6)]));
    pdf.add(entry("（二）", 2, &[]));
    pdf.add("<< /Title (1) /A << /S /URI /URI (http://nowhere.invalid) >> >>");
    pdf.catalog(&format!("/Outlines {root} 0 R")).bytes(None)
}

#[test]
fn the_contents_are_read_in_order_and_with_their_depth() {
    let desk = Desk::new();
    let paper = desk.put("a.pdf", with_contents());
    let mut worker = desk.worker();
    let entry = |title: &str, depth, page| Heading { title: title.into(), depth, page };
    assert_eq!(
        worker.outline(&paper).unwrap(),
        [
            entry("一、收入", 0, Some(0)),
            entry("二、支出", 0, Some(1)),
            entry("（一）", 1, Some(1)),
            entry("1", 2, None),
            entry("（二）", 1, Some(2)),
            entry("三、 平衡", 0, Some(2)),
        ]
    );
    let bare = desk.put("b.pdf", crate::pdf::pages(1));
    assert_eq!(worker.outline(&bare).unwrap(), []);
}

#[test]
fn contents_in_circles_and_without_end_are_bounded() {
    let desk = Desk::new();
    let mut worker = desk.worker();
    for case in all() {
        let most = match case.name {
            "circular-contents" | "long-contents" => worker.config().limits.headings as usize,
            _ => continue,
        };
        let paper = desk.put(&format!("{}.pdf", case.name), &case.bytes);
        let found = worker.outline(&paper).unwrap();
        assert!(!found.is_empty() && found.len() <= most, "{}: {}", case.name, found.len());
        assert!(found.iter().all(|heading| heading.title.chars().count() <= 100));
    }
    assert_eq!(worker.starts(), 1);
}

fn corner(worker: &mut hemicycle_pdf::Worker, paper: &Path, turn: Turn) -> [[u8; 3]; 4] {
    let size = worker.open(paper).unwrap().sizes[0].turned(turn);
    let picture = PictureSpec { turn, ..PictureSpec::whole(0, size, size.width / 50) };
    let picture = worker.render(paper, &picture).unwrap();
    let (right, bottom) = (picture.width - 5, picture.height - 5);
    [(5, 5), (right, 5), (right, bottom), (5, bottom)].map(|(x, y)| colour(&picture, x, y))
}

#[test]
fn a_page_can_be_turned_by_quarters() {
    let desk = Desk::new();
    // Red at the top left, blue at the bottom right.
    let content = "1 0 0 rg 0 150 50 50 re f 0 0 1 rg 50 0 50 50 re f";
    let paper = desk.put("a.pdf", Pdf::new().page("0 0 100 200", "", content).bytes(None));
    let mut worker = desk.worker();
    let (white, red, blue) = ([255; 3], [255, 0, 0], [0, 0, 255]);
    let upright = [red, white, blue, white];
    for quarters in 0..4 {
        let mut expected = upright;
        expected.rotate_right(usize::from(quarters));
        assert_eq!(corner(&mut worker, &paper, Turn::quarters(quarters)), expected, "{quarters}");
    }
    // And so does the place of a word.
    let area = Area { left: 0, top: 0, right: 5_000, bottom: 2_500 };
    assert_eq!(
        area.turned(Turn::Right),
        Area { left: 7_500, top: 0, right: 10_000, bottom: 5_000 }
    );
}
