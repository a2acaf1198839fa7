//! Ink put into a copy of a paper: seen by this library and by two others at the same place, with the rest of
//! the paper as it was.

use crate::corpus::{Fate, all};
use crate::pdf::{Pdf, chinese, latin, pages};
use crate::setup::{Desk, colour};
use hemicycle_pdf::sealed::{HEADER, SEGMENT, SealKey, Sealer};
use hemicycle_pdf::{
    Delivery, InkLine, PageInk, PaperProblem, Picture, PictureSpec, PixelFormat, Renderer,
    RendererSettings, TooLarge, View, Worker, WorkerError,
};
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::channel;
use std::time::Duration;

const AUTHOR: &str = "王小明（第7席）";
const RED: [u8; 3] = [220, 0, 30];
const WHITE: [u8; 3] = [255; 3];

fn pen(points: &[(u16, u16)]) -> InkLine {
    InkLine { rgb: RED, width: 300, translucent: false, points: points.to_vec() }
}

fn marker(points: &[(u16, u16)]) -> InkLine {
    InkLine { rgb: [255, 230, 0], width: 800, translucent: true, points: points.to_vec() }
}

fn on(page: u32, lines: &[InkLine]) -> PageInk {
    PageInk { page, lines: lines.to_vec() }
}

fn annotated(desk: &Desk, worker: &mut Worker, paper: &Path, ink: &[PageInk]) -> PathBuf {
    let bytes = worker.annotate(paper, AUTHOR, ink).unwrap();
    let name = paper.file_stem().unwrap().to_string_lossy().into_owned();
    desk.put(&format!("{name}-annotated.pdf"), bytes)
}

fn rendered(worker: &mut Worker, paper: &Path, page: u32, width: u32) -> Picture {
    let size = worker.open(paper).unwrap().sizes[page as usize];
    worker.render(paper, &PictureSpec::whole(page, size, width)).unwrap()
}

/// The new paper's page as other programs draw it, a pixel a point. They have no fault to find with it that
/// they did not find with the old one.
fn drawn_by_others(desk: &Desk, old: &Path, new: &Path, page: u32) -> [(&'static str, Picture); 2] {
    let number = (page + 1).to_string();
    let poppler = desk.folder.path().join("poppler");
    let mupdf = desk.folder.path().join("mupdf.ppm");
    let pdftoppm = |paper: &Path| {
        let mut command = Command::new("pdftoppm");
        command.args(["-r", "72", "-cropbox", "-singlefile", "-f", &number, "-l", &number]);
        command.args([paper, &poppler]);
        said("pdftoppm (poppler-utils)", command)
    };
    let mutool = |paper: &Path| {
        let mut command = Command::new("mutool");
        command.args(["draw", "-q", "-r", "72", "-c", "rgb", "-o"]).args([&mupdf, paper]);
        command.arg(&number);
        said("mutool (mupdf-tools)", command)
    };
    let new_faults = |before: HashSet<String>, after: HashSet<String>| {
        let faults: Vec<&String> = after.difference(&before).collect();
        assert!(faults.is_empty(), "{}: {faults:?}", new.display());
    };
    new_faults(pdftoppm(old), pdftoppm(new));
    new_faults(mutool(old), mutool(new));
    [("poppler", ppm(&poppler.with_extension("ppm"))), ("mupdf", ppm(&mupdf))]
}

/// Its complaints, each once.
fn said(program: &str, mut command: Command) -> HashSet<String> {
    let done = command.output().unwrap_or_else(|error| panic!("{program} is needed: {error}"));
    let words = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.success(), "{program}: {words}");
    words.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect()
}

fn ppm(path: &Path) -> Picture {
    let bytes = std::fs::read(path).unwrap();
    let mut lines = bytes.splitn(4, |&byte| byte == b'\n');
    let mut line = || lines.next().unwrap();
    assert_eq!(line(), b"P6");
    let size = String::from_utf8(line().to_vec()).unwrap();
    let (width, height) = size.split_once(' ').unwrap();
    let (width, height) = (width.parse().unwrap(), height.parse().unwrap());
    assert_eq!(line(), b"255");
    let pixels = line().to_vec();
    Picture { width, height, format: PixelFormat::Rgb, pixels }
}

/// The colour at a place in ten-thousandths.
fn at(picture: &Picture, (x, y): (u16, u16)) -> [u8; 3] {
    let px = |at: u16, of: u32| (u32::from(at) * of / 10_000).min(of - 1);
    colour(picture, px(x, picture.width), px(y, picture.height))
}

fn near(one: [u8; 3], other: [u8; 3]) -> bool {
    one.iter().zip(other).all(|(a, b)| a.abs_diff(b) <= 6)
}

/// Where any pixel differs: left, top, right, bottom.
fn difference(one: &Picture, other: &Picture) -> Option<[u32; 4]> {
    assert_eq!((one.width, one.height), (other.width, other.height));
    let pairs = one.pixels.chunks_exact(3).zip(other.pixels.chunks_exact(3));
    let changed = (0_u32..).zip(pairs).filter(|(_, (a, b))| a != b);
    changed.map(|(at, _)| (at % one.width, at / one.width)).fold(None, |area, (x, y)| {
        let [l, t, r, b] = area.unwrap_or([x, y, x, y]);
        Some([l.min(x), t.min(y), r.max(x), b.max(y)])
    })
}

#[test]
fn a_line_is_seen_where_it_was_drawn_and_nothing_else_changes() {
    let desk = Desk::new();
    let content = latin(72, 700, 48, "Budget") + &chinese(72, 100, 40, "预算调整方案");
    let original = Pdf::new().a4(&content).a4(&latin(72, 700, 48, "Next")).bytes(Some("t"));
    let paper = desk.put("a.pdf", &original);
    let mut worker = desk.worker();
    let line = pen(&[(2_000, 5_000), (4_000, 5_000), (6_000, 5_000), (8_000, 5_000)]);
    let new = annotated(&desk, &mut worker, &paper, &[on(0, &[line])]);

    let (before, after) =
        (rendered(&mut worker, &paper, 0, 600), rendered(&mut worker, &new, 0, 600));
    for x in [2_100, 5_000, 7_900] {
        assert_eq!(at(&after, (x, 5_000)), RED, "{x}");
    }
    let [left, top, right, bottom] = difference(&before, &after).unwrap();
    // 18 pixels wide, from 120 to 480, around the 424th row; a round end at both sides.
    assert!(left.abs_diff(111) <= 1 && right.abs_diff(489) <= 1, "{left} to {right}");
    assert!(top.abs_diff(415) <= 1 && bottom.abs_diff(433) <= 1, "{top} to {bottom}");
    let other = rendered(&mut worker, &new, 1, 600);
    assert_eq!(difference(&rendered(&mut worker, &paper, 1, 600), &other), None);
    for page in 0..2 {
        let text = worker.text(&new, page).unwrap();
        assert_eq!(text.chars(), worker.text(&paper, page).unwrap().chars());
    }
    assert_eq!(worker.open(&new).unwrap().title.as_deref(), Some("t"));

    let bytes = std::fs::read(&new).unwrap();
    assert!(bytes.starts_with(&original), "what was there stays in its place");
    let words = String::from_utf8_lossy(&bytes[original.len()..]).into_owned();
    for said in ["/Subtype /Ink", "/InkList [[", "/T <FEFF738B5C0F660E", "/F 4", "/CA 1 "] {
        assert!(words.contains(said), "{said} in {words}");
    }
    for (name, picture) in drawn_by_others(&desk, &paper, &new, 0) {
        assert!(near(at(&picture, (5_000, 5_000)), RED), "{name}");
        assert_eq!(at(&picture, (5_000, 4_500)), WHITE, "{name}");
    }
}

#[test]
fn a_marker_colours_the_paper_and_leaves_the_text_dark() {
    let desk = Desk::new();
    let content = "0 0 0 rg 40 90 20 20 re f 1 0 0 rg 140 90 20 20 re f";
    let paper = desk.put("a.pdf", Pdf::new().page("0 0 200 200", "", content).bytes(None));
    let mut worker = desk.worker();
    let line = marker(&[(1_000, 5_000), (5_000, 5_000), (9_000, 5_000)]);
    let new = annotated(&desk, &mut worker, &paper, &[on(0, &[line])]);
    let ours = rendered(&mut worker, &new, 0, 200);
    let all = [("pdfium", ours)].into_iter().chain(drawn_by_others(&desk, &paper, &new, 0));
    for (name, picture) in all {
        assert_eq!(at(&picture, (2_500, 5_000)), [0; 3], "{name}: black stays black");
        let [red, green, blue] = at(&picture, (5_000, 5_000));
        assert!(
            red > 250 && green > 235 && (100..160).contains(&blue),
            "{name}: {red} {green} {blue}"
        );
        let [red, green, blue] = at(&picture, (7_500, 5_000));
        assert!(red > 250 && green < 8 && blue < 8, "{name}: {red} {green} {blue}");
        assert_eq!(at(&picture, (5_000, 3_000)), WHITE, "{name}");
    }
}

#[test]
fn turned_and_cropped_pages_are_drawn_on_as_they_lie() {
    let desk = Desk::new();
    let boxes = [
        ("0 0 600 800", ""),
        ("-300 1000 300 1800", ""),
        ("0 0 1000 1000", "/CropBox [100 150 700 950]"),
        ("50 50 650 850", "/CropBox [-1000 -1000 9000 9000]"),
    ];
    let turns = ["", "/Rotate 90", "/Rotate 180", "/Rotate 270", "/Rotate -90", "/Rotate 450"];
    let mut pdf = Pdf::new();
    for (media, crop) in boxes {
        for turn in turns {
            pdf = pdf.page(media, &format!("{crop} {turn}"), "");
        }
    }
    let paper = desk.put("a.pdf", pdf.bytes(None));
    let mut worker = desk.worker();
    let places = [
        ((5_000, 5_000), [255, 0, 0]),
        ((1_000, 3_000), [0, 128, 0]),
        ((8_000, 9_000), [0, 0, 255]),
    ];
    let dots: Vec<InkLine> =
        places.iter().map(|&(at, rgb)| InkLine { rgb, ..pen(&[at]) }).collect();
    let count = worker.open(&paper).unwrap().pages;
    assert_eq!(count, 24);
    let ink: Vec<PageInk> = (0..count).map(|page| on(page, &dots)).collect();
    let new = annotated(&desk, &mut worker, &paper, &ink);
    for page in 0..count {
        let picture = rendered(&mut worker, &new, page, 600);
        let others = drawn_by_others(&desk, &paper, &new, page);
        for (name, picture) in [("pdfium", picture)].into_iter().chain(others) {
            for (place, rgb) in places {
                assert!(near(at(&picture, place), rgb), "{name}: page {page} at {place:?}");
            }
            for blank in [(5_000, 6_000), (9_000, 3_000), (2_000, 9_000), (9_000, 7_000)] {
                assert_eq!(at(&picture, blank), WHITE, "{name}: page {page} at {blank:?}");
            }
        }
    }
}

/// A page in the newer form of file, which has notes of its own: once as its own list, once as another object.
#[test]
fn packed_papers_keep_what_was_noted_on_them() {
    let desk = Desk::new();
    let build = || {
        let mut pdf = Pdf::new();
        let look = pdf.add_stream(
            "/Type /XObject /Subtype /Form /BBox [0 0 50 50]",
            b"0 0.5 0 rg 0 0 50 50 re f",
        );
        let note = pdf.add(format!(
            "<< /Type /Annot /Subtype /Stamp /Rect [0 0 50 50] /F 4 /AP << /N {look} 0 R >> >>"
        ));
        let list = pdf.add(format!("[{note} 0 R]"));
        pdf.page("0 0 200 200", &format!("/Annots [{note} 0 R]"), "").page(
            "0 0 200 200",
            &format!("/Annots {list} 0 R"),
            &latin(80, 150, 20, "text"),
        )
    };
    let mut worker = desk.worker();
    for (name, bytes) in [("packed.pdf", build().packed()), ("plain.pdf", build().bytes(None))] {
        let paper = desk.put(name, &bytes);
        let ink = [on(1, &[pen(&[(5_000, 5_000)])]), on(0, &[pen(&[(6_000, 5_000)])])];
        let new = annotated(&desk, &mut worker, &paper, &ink);
        assert!(std::fs::read(&new).unwrap().starts_with(&bytes), "{name}");
        for (page, place) in [(0, (6_000, 5_000)), (1, (5_000, 5_000))] {
            let ours = rendered(&mut worker, &new, page, 200);
            let all =
                [("pdfium", ours)].into_iter().chain(drawn_by_others(&desk, &paper, &new, page));
            for (by, picture) in all {
                assert!(near(at(&picture, place), RED), "{name} {page} {by}");
                assert!(near(at(&picture, (1_000, 9_000)), [0, 128, 0]), "{name} {page} {by}");
            }
        }
        // And once more, on top of the first.
        let again = annotated(&desk, &mut worker, &new, &[on(0, &[pen(&[(2_000, 2_000)])])]);
        let picture = rendered(&mut worker, &again, 0, 200);
        for place in [(2_000, 2_000), (6_000, 5_000)] {
            assert!(near(at(&picture, place), RED), "{name} twice at {place:?}");
        }
        assert_eq!(
            worker.text(&again, 1).unwrap().chars(),
            worker.text(&paper, 1).unwrap().chars()
        );
    }
}

/// Papers as offices make them.
#[test]
fn the_sample_papers_can_be_annotated() {
    let desk = Desk::new();
    let mut worker = desk.worker();
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/sample/papers");
    let mut seen = 0;
    for entry in std::fs::read_dir(samples).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|kind| kind != "pdf") {
            continue;
        }
        let original = std::fs::read(&path).unwrap();
        let paper = desk.put("sample.pdf", &original);
        worker.close(&paper);
        let last = worker.open(&paper).unwrap().pages - 1;
        let line = pen(&[(500, 200), (9_500, 200)]);
        let new = annotated(&desk, &mut worker, &paper, &[on(last, &[line])]);
        worker.close(&new);
        assert!(std::fs::read(&new).unwrap().starts_with(&original), "{}", path.display());
        let text = worker.text(&new, last).unwrap();
        assert_eq!(text.chars(), worker.text(&paper, last).unwrap().chars());
        let ours = rendered(&mut worker, &new, last, 600);
        for (name, picture) in
            [("pdfium", ours)].into_iter().chain(drawn_by_others(&desk, &paper, &new, last))
        {
            assert!(near(at(&picture, (5_000, 200)), RED), "{name}: {}", path.display());
        }
        seen += 1;
    }
    assert!(seen > 5, "{seen}");
}

#[test]
fn a_sealed_paper_is_annotated_with_its_key() {
    let desk = Desk::new();
    let original = pages(2);
    let key = SealKey::new([7; 32]);
    let sealer = Sealer::new(&key, original.len() as u64);
    let mut file = vec![0; HEADER];
    for (number, piece) in (0..).zip(original.chunks(SEGMENT)) {
        let mut piece = piece.to_vec();
        sealer.seal(number, &mut piece).unwrap();
        file.extend(piece);
    }
    let paper = desk.put("sealed", file);
    let mut worker = desk.worker();
    let ink = [on(1, &[pen(&[(5_000, 5_000)])])];
    assert!(worker.annotate(&paper, AUTHOR, &ink).is_err());
    worker.unlock(&paper, key);
    let new = annotated(&desk, &mut worker, &paper, &ink);
    assert_eq!(at(&rendered(&mut worker, &new, 1, 300), (5_000, 5_000)), RED);
    assert!(std::fs::read(&new).unwrap().starts_with(&original));
}

#[test]
fn without_ink_the_paper_comes_back_as_it_is() {
    let desk = Desk::new();
    let original = pages(1);
    let paper = desk.put("a.pdf", &original);
    let mut worker = desk.worker();
    for ink in [vec![], vec![on(0, &[])], vec![on(0, &[pen(&[])])]] {
        assert_eq!(worker.annotate(&paper, AUTHOR, &ink).as_deref(), Ok(original.as_slice()));
    }
}

#[test]
fn a_long_paper_full_of_ink_takes_seconds() {
    let desk = Desk::new();
    let paper = desk.put("a.pdf", pages(1_000));
    let mut worker = desk.worker();
    let points: Vec<(u16, u16)> =
        (0..200).map(|at| (1_000 + at * 40, 5_000 + (at % 20) * 20)).collect();
    let ink: Vec<PageInk> =
        (0..1_000).map(|page| on(page, &[pen(&points), marker(&points)])).collect();
    let new = annotated(&desk, &mut worker, &paper, &ink);
    assert_eq!(worker.open(&new).unwrap().pages, 1_000);
    // The marker lies on top, and the pen's line is seen through it.
    let [red, green, blue] = at(&rendered(&mut worker, &new, 999, 300), (1_400, 5_200));
    assert!(red.abs_diff(220) < 4 && green < 4 && (10..25).contains(&blue), "{red} {green} {blue}");
    assert_eq!(worker.starts(), 1);
}

#[test]
fn what_cannot_be_annotated_says_why() {
    let desk = Desk::new();
    let mut worker = desk.worker();
    let ink = [on(0, &[pen(&[(5_000, 5_000)])])];
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    for name in ["encrypted.pdf", "owner-password.pdf"] {
        let paper = desk.put(name, std::fs::read(fixtures.join(name)).unwrap());
        let error = worker.annotate(&paper, AUTHOR, &ink).unwrap_err();
        assert_eq!(error, WorkerError::Paper { paper, problem: PaperProblem::Encrypted }, "{name}");
    }
    let paper = desk.put("a.pdf", pages(2));
    let error = worker.annotate(&paper, AUTHOR, &[on(2, &[])]).unwrap_err();
    assert_eq!(error, WorkerError::NoSuchPage { paper: paper.clone(), page: 2, pages: 2 });
    assert_eq!(worker.starts(), 1);

    let mut config = desk.config();
    config.limits.annotated_bytes = 2_000;
    let mut worker = Worker::spawn(config).unwrap();
    let error = worker.annotate(&paper, AUTHOR, &ink).unwrap_err();
    let WorkerError::Paper { problem, .. } = &error else { panic!("{error}") };
    let PaperProblem::TooLarge { what: TooLarge::Bytes { limit: 2_000, .. } } = problem else {
        panic!("{problem}")
    };
    assert_eq!(worker.starts(), 1);
}

#[test]
fn hard_papers_are_annotated_or_refused_and_a_good_one_follows() {
    let desk = Desk::new();
    let mut config = desk.config();
    config.patience.page = Duration::from_secs(10);
    let mut worker = Worker::spawn(config).unwrap();
    let good = desk.put("good.pdf", pages(1));
    let ink = [on(0, &[marker(&[(0, 0), (10_000, 10_000)]), pen(&[(5_000, 5_000)])])];
    for case in all() {
        let paper = desk.put(&format!("{}.pdf", case.name), &case.bytes);
        match worker.annotate(&paper, AUTHOR, &ink) {
            Ok(bytes) => {
                assert!(!matches!(case.fate, Fate::Refused(_)), "{}", case.name);
                let new = desk.put("new.pdf", bytes);
                let shown = worker.open(&new).and_then(|info| {
                    let size = info.sizes[0];
                    let width = size.width_for(100).max(100);
                    worker.render(&new, &PictureSpec::whole(0, size, width))
                });
                // What only pdfium reads it may also be unable to draw.
                assert!(shown.is_ok() || case.fate == Fate::Either, "{}: {shown:?}", case.name);
                if let Ok(picture) = shown {
                    assert!(near(at(&picture, (5_000, 5_000)), RED), "{}", case.name);
                }
                worker.close(&new);
            }
            Err(error) => {
                let possible = case.fate != Fate::Shown || case.name == "owner-password";
                assert!(possible, "{}: {error}", case.name);
                assert!(error.paper().is_none_or(|named| named == paper), "{}: {error}", case.name);
            }
        }
        worker.close(&paper);
        assert!(worker.annotate(&good, AUTHOR, &ink).is_ok(), "after {}", case.name);
    }
}

#[test]
fn damage_that_is_shown_is_mended_for_the_copy() {
    let desk = Desk::new();
    let case = all().into_iter().find(|case| case.name == "wrong-offsets").unwrap();
    let paper = desk.put("a.pdf", case.bytes);
    let mut worker = desk.worker();
    let new = annotated(&desk, &mut worker, &paper, &[on(3, &[pen(&[(5_000, 5_000)])])]);
    assert_eq!(worker.text(&new, 3).unwrap().chars(), worker.text(&paper, 3).unwrap().chars());
    for (name, picture) in drawn_by_others(&desk, &paper, &new, 3) {
        assert!(near(at(&picture, (5_000, 5_000)), RED), "{name}");
    }
}

/// Pages turned to meanwhile come first, from another paper at that, for which the worker closes the one that
/// is being annotated; and one of them costs the worker its life.
#[test]
fn a_renderer_annotates_when_nothing_else_is_wanted() {
    let desk = Desk::new();
    let paper = desk.put("a.pdf", pages(60));
    let other = desk.put("b.pdf", pages(5));
    let heavy = desk.put("heavy.pdf", crate::corpus::forms_in_forms());
    let mut config = desk.config();
    config.limits.open_papers = 1;
    config.patience.page = Duration::from_secs(2);
    let mut worker = Worker::spawn(config.clone()).unwrap();
    let info = worker.open(&other).unwrap();
    let (send, deliveries) = channel();
    let renderer = Renderer::start(RendererSettings::new(config), move |delivery| {
        send.send(delivery).unwrap();
    })
    .unwrap();
    let ink: Vec<PageInk> = (0..60).map(|page| on(page, &[pen(&[(5_000, 5_000)])])).collect();
    assert!(renderer.annotate(&paper, AUTHOR, ink));
    for page in 0..5 {
        let view = View::whole(&other, &info, page, 100).unwrap();
        assert!(renderer.show(&view, &[]).is_none());
        match deliveries.recv_timeout(Duration::from_secs(60)).unwrap() {
            Delivery::Shown { result, .. } => assert!(result.is_ok()),
            delivery => panic!("{delivery:?}"),
        }
    }
    let view = View { paper: heavy, ..View::whole(&other, &info, 0, 100).unwrap() };
    assert!(renderer.show(&view, &[]).is_none());
    match deliveries.recv_timeout(Duration::from_secs(60)).unwrap() {
        Delivery::Shown { result, .. } => assert!(result.unwrap_err().cost_a_worker()),
        delivery => panic!("{delivery:?}"),
    }
    let bytes = match deliveries.recv_timeout(Duration::from_secs(60)).unwrap() {
        Delivery::Annotated { paper: done, result } if done == paper => result.unwrap(),
        delivery => panic!("{delivery:?}"),
    };
    let new = desk.put("new.pdf", bytes.as_slice());
    for page in 0..60 {
        assert_eq!(at(&rendered(&mut worker, &new, page, 300), (5_000, 5_000)), RED, "{page}");
    }
}
