//! The renderer as a screen uses it.

use crate::pdf::pages;
use crate::setup::{Desk, ink};
use hemicycle_pdf::{Delivery, PaperInfo, Renderer, RendererSettings, View};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);

struct Screen {
    renderer: Renderer,
    deliveries: Receiver<Delivery>,
}

impl Screen {
    fn new(desk: &Desk, cache_bytes: usize) -> Self {
        let (send, deliveries) = channel();
        let settings = RendererSettings { worker: desk.config(), cache_bytes };
        let renderer = Renderer::start(settings, move |delivery| {
            send.send(delivery).unwrap();
        })
        .unwrap();
        Self { renderer, deliveries }
    }

    fn next(&self) -> Delivery {
        self.deliveries.recv_timeout(PATIENCE).expect("a delivery")
    }

    fn open(&self, paper: &Path) -> Arc<PaperInfo> {
        assert!(self.renderer.open(paper));
        match self.next() {
            Delivery::Opened { paper: opened, result } if opened == paper => result.unwrap(),
            other => panic!("{other:?}"),
        }
    }

    /// Waits until everything asked for so far is done: thumbnails come last.
    fn settle(&self, paper: &Path) -> Vec<Delivery> {
        assert!(self.renderer.thumbnail(paper, 0, 16));
        let mut before = Vec::new();
        loop {
            match self.next() {
                Delivery::Thumbnail { result, .. } => {
                    assert!(result.is_ok());
                    return before;
                }
                other => before.push(other),
            }
        }
    }
}

fn shown_pages(deliveries: &[Delivery]) -> Vec<u32> {
    deliveries
        .iter()
        .map(|delivery| match delivery {
            Delivery::Shown { view, result } => {
                assert!(result.is_ok(), "{result:?}");
                view.picture.page
            }
            other => panic!("{other:?}"),
        })
        .collect()
}

#[test]
fn the_next_page_is_there_when_one_turns_to_it() {
    let desk = Desk::new();
    let paper = desk.put("a.pdf", pages(5));
    let screen = Screen::new(&desk, 64 << 20);
    let info = screen.open(&paper);
    let view = |page| View::whole(&paper, &info, page, 300).unwrap();

    let first = view(0);
    assert!(screen.renderer.show(&first, &first.neighbours(&info)).is_none());
    assert_eq!(shown_pages(&screen.settle(&paper)), [0]);

    let second = view(1);
    let picture = screen.renderer.show(&second, &second.neighbours(&info)).expect("rendered ahead");
    assert_eq!((picture.width, picture.height), (300, second.picture.height));
    assert!(ink(&picture) > 50);
    assert!(screen.settle(&paper).is_empty(), "what was returned is not delivered again");
    assert!(screen.renderer.show(&view(3), &[]).is_some(), "two pages ahead");
}

#[test]
fn only_the_page_that_is_still_wanted_is_delivered() {
    let desk = Desk::new();
    let paper = desk.put("a.pdf", pages(40));
    let screen = Screen::new(&desk, 64 << 20);
    let info = screen.open(&paper);
    for page in 0..40 {
        let view = View::whole(&paper, &info, page, 200).unwrap();
        assert!(screen.renderer.show(&view, &[]).is_none());
    }
    let shown = shown_pages(&screen.settle(&paper));
    assert_eq!(shown.last(), Some(&39));
    assert!(shown.len() < 40, "every page was rendered while turning through: {shown:?}");
    let mut sorted = shown.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(sorted, shown, "in order and once each");
}

#[test]
fn the_cache_keeps_to_its_size_and_forgets() {
    let desk = Desk::new();
    let paper = desk.put("a.pdf", pages(10));
    let screen = Screen::new(&desk, 300_000);
    let info = screen.open(&paper);
    for page in 0..10 {
        let view = View::whole(&paper, &info, page, 200).unwrap();
        screen.renderer.show(&view, &view.neighbours(&info));
        screen.settle(&paper);
        assert!(screen.renderer.cached_bytes() <= 300_000);
        assert!(screen.renderer.cached_bytes() > 0);
    }
    screen.renderer.rest();
    let view = View::whole(&paper, &info, 0, 200).unwrap();
    // It rests when nothing else is to be done.
    while screen.renderer.cached_bytes() > 0 {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    assert!(screen.renderer.show(&view, &[]).is_none(), "rested and starts again");
    assert_eq!(shown_pages(&screen.settle(&paper)), [0]);
    assert!(screen.renderer.cached_bytes() > 0);
    screen.renderer.forget(&paper);
    assert_eq!(screen.renderer.cached_bytes(), 0);
}

#[test]
fn errors_are_delivered_and_the_next_paper_works() {
    let desk = Desk::new();
    let bad = desk.put("bad.pdf", b"not a paper");
    let good = desk.put("good.pdf", pages(1));
    let screen = Screen::new(&desk, 1 << 20);
    assert!(screen.renderer.open(&bad));
    match screen.next() {
        Delivery::Opened { paper, result } => {
            assert_eq!(paper, bad);
            let error = result.unwrap_err();
            assert_eq!(error.code(), "not_a_pdf");
            assert!(error.to_string().contains("bad.pdf"), "{error}");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(screen.open(&good).pages, 1);
    assert!(screen.renderer.inspect(&good, 0));
    match screen.next() {
        Delivery::Inspected { result, .. } => assert!(result.unwrap().text.is_some()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_missing_program_is_an_error_value() {
    let desk = Desk::new();
    let paper = desk.put("a.pdf", pages(1));
    let mut worker = desk.config();
    worker.program.path = "/nowhere/hemicycle-terminal".into();
    let (send, deliveries) = channel();
    let renderer = Renderer::start(RendererSettings::new(worker), move |delivery| {
        send.send(delivery).unwrap();
    })
    .unwrap();
    renderer.open(&paper);
    match deliveries.recv_timeout(PATIENCE).unwrap() {
        Delivery::Opened { result, .. } => assert_eq!(result.unwrap_err().code(), "worker_start"),
        other => panic!("{other:?}"),
    }
}
