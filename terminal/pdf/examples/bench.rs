//! How long a reader waits: `bench [--width PX] PAPER...` prints one JSON object a paper. Times in milliseconds.
//! It is its own worker, as the products are.

use hemicycle_pdf::{
    Delivery, PictureSpec, Program, Renderer, RendererSettings, View, Worker, WorkerConfig, assets,
};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    if std::env::args_os().nth(1).is_some_and(|argument| argument == "--pdf-worker") {
        return Ok(hemicycle_pdf::worker_main());
    }
    let mut width = 1920;
    let mut papers = Vec::new();
    let mut arguments = std::env::args_os().skip(1);
    while let Some(argument) = arguments.next() {
        if argument == "--width" {
            width = arguments.next().ok_or("--width needs pixels")?.to_string_lossy().parse()?;
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
        "check": millis(checked),
        "fonts_missing": facts.fonts_missing,
        "confinement": format!("{:?}", worker.confinement()?),
    }))
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
