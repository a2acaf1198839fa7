//! Papers that are in order: facts, exact sizes, and that something is to be seen.

use crate::pdf::{Pdf, chinese, latin, pages};
use crate::setup::{Desk, colour, ink};
use hemicycle_pdf::{Area, PageSize, PictureSpec, PixelFormat, PxRect, Turn, View, WorkerError};

fn spec(page: u32, width: u32, height: u32) -> PictureSpec {
    PictureSpec { page, width, height, crop: None, format: PixelFormat::Rgb, turn: Turn::Upright }
}

#[test]
fn opening_tells_pages_sizes_and_title() {
    let desk = Desk::new();
    let bytes = Pdf::new()
        .a4(&latin(72, 700, 24, "First"))
        .page("0 0 842 595", "", "")
        .page("0 0 595 842", "/Rotate 90", "")
        .page("0 0 595 842", "/CropBox [100 100 300 200]", "")
        .bytes(Some("关于预算调整的议案"));
    let paper = desk.put("议案.pdf", &bytes);
    let info = desk.worker().open(&paper).unwrap();
    assert_eq!(info.pages, 4);
    assert_eq!(info.bytes, bytes.len() as u64);
    assert_eq!(info.title.as_deref(), Some("关于预算调整的议案"));
    let size = |width, height| PageSize { width, height };
    let landscape = size(84_200, 59_500);
    assert_eq!(info.sizes, [size(59_500, 84_200), landscape, landscape, size(20_000, 10_000)]);
}

#[test]
fn pictures_have_the_exact_size_in_both_formats() {
    let desk = Desk::new();
    let paper = desk.put("a.pdf", Pdf::new().a4(&latin(72, 700, 48, "Hemicycle")).bytes(None));
    let mut worker = desk.worker();
    // Widths that are no multiple of four bytes: rows come padded from the library.
    for width in [1, 333, 1001, 1080] {
        let size = worker.open(&paper).unwrap().sizes[0];
        let whole = PictureSpec::whole(0, size, width);
        let rgb = worker.render(&paper, &whole).unwrap();
        let rgba =
            worker.render(&paper, &PictureSpec { format: PixelFormat::Rgba, ..whole }).unwrap();
        for (picture, bytes) in [(&rgb, 3), (&rgba, 4)] {
            assert_eq!((picture.width, picture.height), (width, whole.height));
            assert_eq!(picture.pixels.len(), (width * whole.height * bytes) as usize);
        }
        assert!(rgba.pixels.chunks_exact(4).all(|pixel| pixel[3] == 255), "opaque at {width}");
        if width > 100 {
            assert!(ink(&rgb) > 100, "{} dark pixels at {width}", ink(&rgb));
            assert!(ink(&rgb).abs_diff(ink(&rgba)) < ink(&rgb) / 10);
        }
    }
}

#[test]
fn colours_are_red_green_blue_and_rows_from_the_top() {
    let desk = Desk::new();
    let content = "1 0 0 rg 0 50 50 50 re f 0 0 1 rg 50 0 50 50 re f";
    let paper = desk.put("a.pdf", Pdf::new().page("0 0 100 100", "", content).bytes(None));
    let mut worker = desk.worker();
    for format in [PixelFormat::Rgb, PixelFormat::Rgba] {
        let picture = worker.render(&paper, &PictureSpec { format, ..spec(0, 200, 200) }).unwrap();
        assert_eq!(colour(&picture, 50, 50), [255, 0, 0], "{format:?}");
        assert_eq!(colour(&picture, 150, 150), [0, 0, 255], "{format:?}");
        assert_eq!(colour(&picture, 150, 50), [255, 255, 255], "{format:?}");
    }
}

#[test]
fn a_crop_is_the_same_as_that_part_of_the_whole() {
    let desk = Desk::new();
    let content = "1 0 0 rg 0 50 50 50 re f 0 0 1 rg 50 0 50 50 re f 0 1 0 rg 20 20 10 10 re f";
    let paper = desk.put("a.pdf", Pdf::new().page("0 0 100 100", "", content).bytes(None));
    let mut worker = desk.worker();
    let whole = worker.render(&paper, &spec(0, 400, 400)).unwrap();
    let crop = PxRect { x: 61, y: 170, width: 203, height: 150 };
    let part =
        worker.render(&paper, &PictureSpec { crop: Some(crop), ..spec(0, 400, 400) }).unwrap();
    assert_eq!((part.width, part.height), (203, 150));
    for y in 0..crop.height {
        for x in 0..crop.width {
            assert_eq!(colour(&part, x, y), colour(&whole, crop.x + x, crop.y + y), "at {x},{y}");
        }
    }
    // Deep zoom: the page would be 30,000 pixels wide, the picture is a screen of it.
    let crop = PxRect { x: 14_000, y: 14_500, width: 1920, height: 1080 };
    let deep = PictureSpec { crop: Some(crop), ..spec(0, 30_000, 30_000) };
    let part = worker.render(&paper, &deep).unwrap();
    assert_eq!(colour(&part, 0, 0), [255, 0, 0]);
    assert_eq!(colour(&part, 1919, 1079), [0, 0, 255]);
}

#[test]
fn chinese_without_embedded_fonts_is_not_blank() {
    let desk = Desk::new();
    let title = chinese(72, 700, 36, "区人民代表大会常务委员会");
    let paper = desk.put("a.pdf", Pdf::new().a4(&title).bytes(None));
    let mut worker = desk.worker();
    let picture = worker.render(&paper, &spec(0, 595, 842)).unwrap();
    assert!(ink(&picture) > 2_000, "{} dark pixels", ink(&picture));

    // Different characters look different: what is shown are glyphs, not twelve empty boxes.
    let glyph = |worker: &mut hemicycle_pdf::Worker, text: &str| {
        let content = chinese(20, 30, 60, text);
        let name = format!("{text}.pdf");
        let paper = desk.put(&name, Pdf::new().page("0 0 100 100", "", &content).bytes(None));
        worker.render(&paper, &spec(0, 100, 100)).unwrap().pixels
    };
    let (one, other) = (glyph(&mut worker, "赞"), glyph(&mut worker, "反"));
    assert_ne!(one, other);

    let facts = worker.check(&paper).unwrap();
    assert_eq!(facts.fonts_missing, ["STSong-Light"]);
    assert!(facts.chinese_font_missing);
}

#[test]
fn the_standard_fonts_are_not_missed() {
    let desk = Desk::new();
    let paper = desk.put("a.pdf", pages(3));
    let facts = desk.worker().check(&paper).unwrap();
    assert_eq!((facts.pages, facts.pages_rendered), (3, 3));
    assert_eq!(facts.page_sizes.len(), 3);
    assert!(facts.fonts_missing.is_empty(), "{:?}", facts.fonts_missing);
    assert!(!facts.chinese_font_missing);
}

#[test]
fn the_text_block_is_found_on_the_sheet_as_it_is_shown() {
    let desk = Desk::new();
    let block = latin(250, 500, 50, "Middle");
    let frame = "0.5 w 100 200 800 600 re S\n";
    let bytes = Pdf::new()
        .page("0 0 1000 1000", "", &block)
        .page("0 0 1000 1000", "", &format!("{block}{frame}"))
        .page("0 0 1000 1000", "/Rotate 180", &block)
        .page("0 0 1000 1000", "/CropBox [200 400 600 800]", &block)
        .page("0 0 1000 1000", "", "0.9 g 0 0 1000 1000 re f")
        .bytes(None);
    let paper = desk.put("a.pdf", bytes);
    let mut worker = desk.worker();
    let mut page = |page| worker.inspect(&paper, page).unwrap();
    let near = |area: Area, left: u16, bottom: u16| {
        area.left.abs_diff(left) < 150 && area.bottom.abs_diff(bottom) < 200
    };

    let plain = page(0);
    let text = plain.text.unwrap();
    assert!(near(text, 2_500, 5_000), "{text:?}");
    assert!(text.right > 3_500 && text.right < 4_500, "{text:?}");
    assert_eq!(plain.content, Some(text));
    assert_eq!(plain.fonts.len(), 1);
    assert!(plain.fonts[0].standard && !plain.fonts[0].cjk, "{:?}", plain.fonts);

    let framed = page(1);
    assert_eq!(framed.text, Some(text));
    let content = framed.content.unwrap();
    assert!(content.left.abs_diff(1_000) < 20 && content.right.abs_diff(9_000) < 20, "{content:?}");

    let turned = page(2).text.unwrap();
    assert!(turned.right.abs_diff(10_000 - text.left) < 20, "{turned:?} against {text:?}");
    assert!(turned.top.abs_diff(10_000 - text.bottom) < 20, "{turned:?} against {text:?}");

    let cropped = page(3).text.unwrap();
    assert!(near(cropped, 1_250, 7_500), "{cropped:?}");

    let ground = page(4);
    assert_eq!((ground.text, ground.content), (None, None), "a tinted sheet is not content");
}

#[test]
fn text_can_be_fitted_to_a_width() {
    let desk = Desk::new();
    let bytes = Pdf::new().page("0 0 1000 1000", "", &latin(250, 500, 50, "Middle")).bytes(None);
    let paper = desk.put("a.pdf", bytes);
    let mut worker = desk.worker();
    let text = worker.inspect(&paper, 0).unwrap().text.unwrap();
    let crop = text.to_pixels(4_000, 4_000);
    let picture =
        worker.render(&paper, &PictureSpec { crop: Some(crop), ..spec(0, 4_000, 4_000) }).unwrap();
    let whole = worker.render(&paper, &spec(0, 4_000, 4_000)).unwrap();
    // Everything that is printed is in the part; text boxes are a little generous at the bottom.
    assert!(
        ink(&whole) - ink(&picture) <= ink(&whole) / 50,
        "{} of {}",
        ink(&picture),
        ink(&whole)
    );
}

#[test]
fn thumbnails_keep_the_shape() {
    let desk = Desk::new();
    let bytes = Pdf::new()
        .a4(&latin(72, 400, 200, "Ab"))
        .page("0 0 842 595", "", "")
        .page("0 0 14000 1", "", "")
        .bytes(None);
    let paper = desk.put("a.pdf", bytes);
    let mut worker = desk.worker();
    let size = |worker: &mut hemicycle_pdf::Worker, page| {
        let picture = worker.thumbnail(&paper, page, 160).unwrap();
        (picture.width, picture.height)
    };
    assert_eq!(size(&mut worker, 0), (113, 160));
    assert_eq!(size(&mut worker, 1), (160, 113));
    assert_eq!(size(&mut worker, 2), (160, 1));
    assert!(ink(&worker.thumbnail(&paper, 0, 160).unwrap()) > 100);
}

#[test]
fn many_papers_can_be_used_in_turn() {
    let desk = Desk::new();
    let papers: Vec<_> = (1..=9).map(|n| desk.put(&format!("{n}.pdf"), pages(n))).collect();
    let mut worker = desk.worker();
    for _ in 0..2 {
        for (paper, count) in papers.iter().zip(1..) {
            assert_eq!(worker.open(paper).unwrap().pages, count);
            let last = worker.render(paper, &spec(count - 1, 200, 283)).unwrap();
            assert!(ink(&last) > 20);
        }
    }
    assert_eq!(worker.starts(), 1);
}

#[test]
fn a_page_that_is_not_there_is_said_so() {
    let desk = Desk::new();
    let paper = desk.put("a.pdf", pages(2));
    let mut worker = desk.worker();
    let error = worker.render(&paper, &spec(2, 10, 10)).unwrap_err();
    assert_eq!(
        error,
        WorkerError::NoSuchPage { paper: paper.clone(), page: 2, pages: 2 },
        "{error}"
    );
    let error = worker.render(&paper, &spec(0, 60_000, 10)).unwrap_err();
    assert_eq!(error.code(), "worker_refused");
    assert_eq!(error.paper(), Some(paper.as_path()));
    assert!(worker.render(&paper, &spec(1, 10, 10)).is_ok());
    assert_eq!(worker.starts(), 1, "a wrong question costs no worker");
}

#[test]
fn neighbours_are_the_pages_one_turns_to() {
    let desk = Desk::new();
    let paper = desk.put("a.pdf", pages(3));
    let info = desk.worker().open(&paper).unwrap();
    let turned_to = |page| -> Vec<u32> {
        let view = View::whole(&paper, &info, page, 100).unwrap();
        view.neighbours(&info).iter().map(|view| view.picture.page).collect()
    };
    assert_eq!(turned_to(0), [1, 2]);
    assert_eq!(turned_to(1), [2, 0]);
    assert_eq!(turned_to(2), [1]);
    assert_eq!(View::whole(&paper, &info, 3, 100), None);
}
