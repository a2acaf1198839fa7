//! How long a reader waits: `bench [--width PX] PAPER...` prints one JSON object a paper. Times in milliseconds.
//! It is its own worker, as the products are. `--pages N` makes a paper of so many pages and measures that.
//! The same pages are rendered by pdftoppm and mutool in the same run, where these are installed; each of them
//! starts, opens the paper and writes a picture, so `start_to_first_page` is what theirs is to be compared with.

use hemicycle_pdf::find::{Folded, Words};
use hemicycle_pdf::{
    Delivery, PictureSpec, Program, Renderer, RendererSettings, View, Worker, WorkerConfig, assets,
};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

/// Papers from the tests' workshop.
#[path = "../tests/it/pdf.rs"]
#[allow(dead_code)]
mod pdf;

mod made {
    use crate::pdf::{Pdf, chinese, latin};

    /// Full pages of Chinese without fonts of its own.
    pub fn paper(pages: u32) -> Vec<u8> {
        let line = "综合考虑经济运行和税源变化，市级一般公共预算调整方案";
        (1..=pages)
            .fold(Pdf::new(), |pdf, page| {
                let lines = (0..22).map(|row| chinese(72, 770 - 32 * row, 17, line));
                pdf.a4(&(lines.collect::<String>() + &latin(280, 30, 12, &page.to_string())))
            })
            .bytes(None)
    }
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    if std::env::args_os().nth(1).is_some_and(|argument| argument == "--pdf-worker") {
        return Ok(hemicycle_pdf::worker_main());
    }
    let mut width = 1920;
    let mut papers = Vec::new();
    let folder = tempfile::tempdir()?;
    let mut arguments = std::env::args_os().skip(1);
    while let Some(argument) = arguments.next() {
        if argument == "--width" {
            width = arguments.next().ok_or("--width needs pixels")?.to_string_lossy().parse()?;
        } else if argument == "--pages" {
            let count = arguments.next().ok_or("--pages needs a number")?;
            let path = folder.path().join("made.pdf");
            std::fs::write(&path, made::paper(count.to_string_lossy().parse()?))?;
            papers.push(path);
        } else {
            papers.push(std::path::absolute(PathBuf::from(argument))?);
        }
    }
    let config = WorkerConfig::new(Program::itself("--pdf-worker"), assets::find()?);
    for paper in papers {
        println!("{}", measure(&config, &paper, width)?);
    }
    Ok(ExitCode::SUCCESS)
}

fn measure(
    config: &WorkerConfig,
    paper: &Path,
    width: u32,
) -> Result<serde_json::Value, Box<dyn Error>> {
    let begin = Instant::now();
    let mut worker = Worker::spawn(config.clone())?;
    let started = begin.elapsed();
    let info = worker.open(paper)?;
    let page = |page: u32| PictureSpec::whole(page, info.sizes[page as usize], width);
    let first = worker.render(paper, &page(0))?;
    let first_page = begin.elapsed();

    let mut uncached = Vec::new();
    for number in 1..info.pages.min(60) {
        let turn = Instant::now();
        worker.render(paper, &page(number))?;
        uncached.push(turn.elapsed());
    }
    let again = Instant::now();
    worker.render(paper, &page(info.pages.min(60) - 1))?;
    let same_page_again = again.elapsed();
    let text = texts(&mut worker, paper, info.pages)?;
    let check = Instant::now();
    let facts = worker.check(paper)?;
    let checked = check.elapsed();

    Ok(serde_json::json!({
        "paper": paper.file_name().map(|name| name.to_string_lossy().into_owned()),
        "pages": info.pages,
        "picture": [first.width, first.height],
        "start": millis(started),
        "start_to_first_page": millis(first_page),
        "page_turn_uncached": spread(uncached),
        "same_page_again": millis(same_page_again),
        "page_turn_cached": spread(turns(config, paper, width, info.pages)?),
        "contents_and_search": text,
        "check": millis(checked),
        "pdftoppm": other("pdftoppm", &["-scale-to-x", "{width}", "-scale-to-y", "-1", "-f", "{page}", "-l", "{page}", "-png", "-singlefile", "{paper}", "{out}"], paper, width, info.pages),
        "mutool": other("mutool", &["draw", "-q", "-w", "{width}", "-o", "{out}.png", "{paper}", "{page}"], paper, width, info.pages),
        "fonts_missing": facts.fonts_missing,
        "confinement": format!("{:?}", worker.confinement()?),
    }))
}

/// The contents, the text of every page, and a search through all of it.
fn texts(
    worker: &mut Worker,
    paper: &Path,
    pages: u32,
) -> Result<serde_json::Value, Box<dyn Error>> {
    let begin = Instant::now();
    let headings = worker.outline(paper)?.len();
    let outline = begin.elapsed();
    let begin = Instant::now();
    let texts: Result<Vec<_>, _> = (0..pages).map(|page| worker.text(paper, page)).collect();
    let texts = texts?;
    let read = begin.elapsed();
    let folded: Vec<Folded> = texts.iter().map(|text| Folded::of(text.chars())).collect();
    let words = Words::of("预算", 40);
    let begin = Instant::now();
    let hits: usize = folded.iter().map(|page| page.places(&words, 500).len()).sum();
    let searched = begin.elapsed();
    Ok(serde_json::json!({
        "headings": headings,
        "outline": millis(outline),
        "chars": texts.iter().map(|text| u64::from(text.len())).sum::<u64>(),
        "read_all_text": millis(read),
        "hits": hits,
        "search_in_read_text": millis(searched),
    }))
}

/// Another program, one start a page: the first page, and a few after it.
fn other(
    program: &str,
    arguments: &[&str],
    paper: &Path,
    width: u32,
    pages: u32,
) -> serde_json::Value {
    let Ok(folder) = tempfile::tempdir() else { return "no folder for its pictures".into() };
    let out = folder.path().join("page");
    let mut times = Vec::new();
    for page in 1..=pages.min(10) {
        let filled = arguments.iter().map(|argument| {
            argument
                .replace("{width}", &width.to_string())
                .replace("{page}", &page.to_string())
                .replace("{paper}", &paper.to_string_lossy())
                .replace("{out}", &out.to_string_lossy())
        });
        let mut command = std::process::Command::new(program);
        let begin = Instant::now();
        match command.args(filled).stderr(std::process::Stdio::null()).status() {
            Ok(status) if status.success() => times.push(begin.elapsed()),
            Ok(status) => return format!("{status}").into(),
            Err(_) => return "not installed".into(),
        }
    }
    let first = times.first().copied().map(millis);
    serde_json::json!({ "start_to_first_page": first, "each_page": spread(times) })
}

/// Turning forward at a reader's pace: each turn comes when the pages ahead are there.
fn turns(
    config: &WorkerConfig,
    paper: &Path,
    width: u32,
    pages: u32,
) -> Result<Vec<Duration>, Box<dyn Error>> {
    let (send, deliveries) = channel();
    let renderer = Renderer::start(RendererSettings::new(config.clone()), move |delivery| {
        let _ = send.send(delivery);
    })?;
    renderer.open(paper);
    let Delivery::Opened { result, .. } = deliveries.recv()? else {
        return Err("not opened".into());
    };
    let info = result?;
    let mut turns = Vec::new();
    for page in 0..pages.min(60) {
        let view = View::whole(paper, &info, page, width).ok_or("no page")?;
        let turn = Instant::now();
        let mut ready = renderer.show(&view, &view.neighbours(&info)).is_some();
        let took = turn.elapsed();
        // Thumbnails come last, so when it is there everything ahead is.
        renderer.thumbnail(paper, page, 16);
        while !matches!(deliveries.recv()?, Delivery::Thumbnail { .. }) {
            ready = false;
        }
        if ready {
            turns.push(took);
        }
    }
    Ok(turns)
}

fn spread(mut times: Vec<Duration>) -> serde_json::Value {
    times.sort_unstable();
    let at = |part: usize| times.get((times.len() * part / 100).min(times.len().max(1) - 1));
    serde_json::json!({
        "turns": times.len(),
        "p50": at(50).copied().map(millis),
        "p95": at(95).copied().map(millis),
        "max": times.last().copied().map(millis),
    })
}

fn millis(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}
