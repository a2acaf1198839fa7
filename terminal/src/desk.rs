//! Papers on the desk: turns the seat's wishes into work for the render worker,
//! and what the worker delivers back into messages. Which page is shown how
//! large is the seat's business; pixels go straight to the face.

use crate::finder::Finder;
use crate::screen::BitmapId;
use crate::seat::{Export, ExportTrouble, Exporting, Facts, Heading, Msg, THUMBNAIL};
use crate::stick::{self, StickError};
use hemicycle_pdf::sealed::SealKey;
use hemicycle_pdf::{
    Delivery, InkLine, PageInk, PageText, PaperInfo, Picture, PixelFormat, Renderer,
    RendererSettings, Turn, View, WorkerConfig, WorkerError,
};
use hemicycle_protocol::ids::Hash;
use hemicycle_protocol::ink::{Stroke, Tool};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Pages kept ready, in bytes of pixels: the open one and its neighbours on a large panel.
const CACHE: usize = 36 << 20;
/// Pages whose text is looked at to find where it stands on the sheet.
const LOOKED_AT: u32 = 3;

/// The work of one terminal on its papers.
pub struct Desk {
    renderer: Renderer,
    papers: HashMap<Hash, Paper>,
    /// The pictures that are waited for.
    wanted: Vec<(View, BitmapId)>,
    thumbnails: HashMap<(Hash, u32), BitmapId>,
    /// The text of the paper that something is looked for in.
    finder: Option<Finder>,
    /// What the paper is called that gets its notes.
    exporting: Option<String>,
}

struct Paper {
    path: PathBuf,
    info: Option<Arc<PaperInfo>>,
    /// Text edges found so far, and pages still to be looked at.
    text: Option<(u16, u16)>,
    to_inspect: u32,
}

/// A picture for the face.
pub struct Drawing {
    pub bitmap: BitmapId,
    pub picture: Arc<Picture>,
}

/// What comes of a wish or a delivery.
#[derive(Default)]
pub struct Outcome {
    pub messages: Vec<Msg>,
    pub drawings: Vec<Drawing>,
    /// A paper with notes, and what it is called.
    pub export: Option<(String, Arc<Vec<u8>>)>,
}

impl Desk {
    /// Starts the renderer; `deliver` is called on its thread.
    pub fn start(
        worker: WorkerConfig,
        deliver: impl FnMut(Delivery) + Send + 'static,
    ) -> std::io::Result<Self> {
        let settings = RendererSettings { cache_bytes: CACHE, ..RendererSettings::new(worker) };
        Ok(Self {
            renderer: Renderer::start(settings, deliver)?,
            papers: HashMap::new(),
            wanted: Vec::new(),
            thumbnails: HashMap::new(),
            finder: None,
            exporting: None,
        })
    }

    /// `Effect::OpenPaper`
    pub fn open(&mut self, hash: Hash, path: PathBuf, key: SealKey) -> Outcome {
        let asked = self.renderer.open_sealed(&path, key);
        self.papers.insert(hash, Paper { path, info: None, text: None, to_inspect: 0 });
        if asked { Outcome::default() } else { failed(hash, "busy") }
    }

    /// `Effect::KeepUnder` without a key: whatever was opened is closed, and its process ends.
    pub fn lock(&mut self) {
        self.papers.clear();
        self.wanted.clear();
        self.thumbnails.clear();
        self.finder = None;
        self.renderer.lock();
    }

    /// `Effect::Draw`, all that one message brought.
    pub fn draw(&mut self, wishes: &[(Hash, BitmapId, bool)]) -> Outcome {
        let mut outcome = Outcome::default();
        let mut ahead = Vec::new();
        let mut now = Vec::new();
        for &(hash, bitmap, later) in wishes {
            let Some(paper) = self.papers.get(&hash) else { continue };
            let Some(info) = &paper.info else { continue };
            if bitmap.width == THUMBNAIL {
                self.thumbnail(hash, bitmap);
                continue;
            }
            let turn = Turn::quarters(bitmap.turn);
            let view = View::turned(&paper.path, info, bitmap.page, bitmap.width, turn);
            let Some(mut view) = view else { continue };
            view.picture.format = PixelFormat::Rgba;
            if later {
                ahead.push(view);
            } else if !now.contains(&(view.clone(), bitmap)) {
                // Two halves may show the same page.
                now.push((view, bitmap));
            }
        }
        if now.is_empty() && (ahead.is_empty() || !self.wanted.is_empty()) {
            return outcome;
        }
        let views: Vec<View> = now.iter().map(|(view, _)| view.clone()).collect();
        self.wanted.clear();
        for (ready, (view, bitmap)) in self.renderer.show_all(&views, &ahead).into_iter().zip(now) {
            match ready {
                Some(picture) => {
                    outcome.messages.push(Msg::Drawn { bitmap });
                    outcome.drawings.push(Drawing { bitmap, picture });
                }
                None => self.wanted.push((view, bitmap)),
            }
        }
        outcome
    }

    /// `Effect::Find`
    pub fn find(&mut self, hash: Hash, wish: u32, words: &str) -> Outcome {
        let Some(paper) = self.papers.get(&hash) else { return Outcome::default() };
        let Some(info) = &paper.info else { return Outcome::default() };
        if self.finder.as_ref().is_none_or(|finder| finder.hash() != hash) {
            self.finder = Some(Finder::new(hash, info.pages));
        }
        let Some(finder) = &mut self.finder else { return Outcome::default() };
        let found = finder.look_for(wish, words);
        self.read_on();
        Outcome { messages: found.into_iter().collect(), ..Outcome::default() }
    }

    /// `Effect::StopFinding`: what has been read is kept while the paper is open.
    pub fn stop_finding(&mut self) {
        if let Some(finder) = &mut self.finder {
            finder.stop();
        }
    }

    /// Asks for the text of the next page, one at a time: pages that are turned to come between.
    fn read_on(&mut self) {
        let Some(finder) = &mut self.finder else { return };
        let Some(paper) = self.papers.get(&finder.hash()) else { return };
        if let Some(page) = finder.next_page() {
            // A queue that is full is tried again when something has left it.
            if !self.renderer.text(&paper.path, page) {
                finder.not_asked();
            }
        }
    }

    fn read(&mut self, path: &Path, page: u32, text: Option<Arc<PageText>>) -> Outcome {
        let hash = self.hash_of(path);
        let Some(finder) = self.finder.as_mut().filter(|f| Some(f.hash()) == hash) else {
            return Outcome::default();
        };
        let found = finder.take(page, text);
        Outcome { messages: found.into_iter().collect(), ..Outcome::default() }
    }

    fn thumbnail(&mut self, hash: Hash, bitmap: BitmapId) {
        let key = (hash, bitmap.page);
        if self.thumbnails.contains_key(&key) {
            return;
        }
        let Some(paper) = self.papers.get(&hash) else { return };
        let size = paper.info.as_ref().and_then(|i| i.sizes.get(bitmap.page as usize));
        let Some(size) = size else { return };
        let longest = size.height_for(THUMBNAIL).max(THUMBNAIL);
        if self.renderer.thumbnail(&paper.path, bitmap.page, longest) {
            self.thumbnails.insert(key, bitmap);
        }
    }

    /// `Effect::Export`
    pub fn export(&mut self, export: Export) -> Outcome {
        let Export { hash, title, author, pages } = export;
        let pages = pages
            .into_iter()
            .map(|(page, strokes)| PageInk { page, lines: strokes.iter().map(line).collect() });
        let asked = self
            .papers
            .get(&hash)
            .is_some_and(|paper| self.renderer.annotate(&paper.path, &author, pages.collect()));
        if !asked {
            return not_exported();
        }
        self.exporting = Some(title);
        Outcome::default()
    }

    fn annotated(&mut self, result: Result<Arc<Vec<u8>>, WorkerError>) -> Outcome {
        match (self.exporting.take(), result) {
            (Some(title), Ok(paper)) => {
                Outcome { export: Some((title, paper)), ..Outcome::default() }
            }
            (Some(_), Err(_)) => not_exported(),
            (None, _) => Outcome::default(),
        }
    }

    /// `Effect::ForgetDrawings`
    pub fn forget(&mut self) {
        self.wanted.clear();
        self.thumbnails.clear();
        self.finder = None;
        self.renderer.hide();
    }

    /// What the renderer has done.
    pub fn delivered(&mut self, delivery: Delivery) -> Outcome {
        let outcome = match delivery {
            Delivery::Opened { paper, result } => self.opened(&paper, result),
            Delivery::Inspected { paper, result, .. } => {
                let text = result.ok().and_then(|facts| facts.text).map(|a| (a.left, a.right));
                self.inspected(&paper, text)
            }
            Delivery::Outline { paper, result } => self.outline(&paper, result.ok().as_deref()),
            Delivery::Text { paper, page, result } => self.read(&paper, page, result.ok()),
            Delivery::Shown { view, result } => self.shown(&view, result),
            Delivery::Annotated { result, .. } => self.annotated(result),
            Delivery::Thumbnail { paper, page, result, .. } => {
                let bitmap =
                    self.hash_of(&paper).and_then(|hash| self.thumbnails.remove(&(hash, page)));
                match (bitmap, result) {
                    (Some(bitmap), Ok(picture)) => Outcome {
                        messages: vec![Msg::Drawn { bitmap }],
                        drawings: vec![Drawing { bitmap, picture }],
                        export: None,
                    },
                    (Some(_), Err(_)) | (None, _) => Outcome::default(),
                }
            }
        };
        // Where the queue was full before.
        self.read_on();
        outcome
    }

    fn hash_of(&self, path: &Path) -> Option<Hash> {
        self.papers.iter().find(|(_, p)| p.path == path).map(|(hash, _)| *hash)
    }

    fn opened(&mut self, path: &Path, result: Result<Arc<PaperInfo>, WorkerError>) -> Outcome {
        let Some(hash) = self.hash_of(path) else { return Outcome::default() };
        let info = match result {
            Ok(info) => info,
            Err(error) => return failed(hash, error.code()),
        };
        let pages = info.pages.min(LOOKED_AT);
        let asked = (0..pages).filter(|&page| self.renderer.inspect(path, page)).count();
        // After the first page, which is waited for.
        let outlined = self.renderer.outline(path);
        let Some(paper) = self.papers.get_mut(&hash) else { return Outcome::default() };
        paper.info = Some(info);
        paper.to_inspect = u32::try_from(asked).unwrap_or(0);
        let mut outcome = if asked == 0 { Self::facts(hash, paper) } else { Outcome::default() };
        if !outlined {
            // A full queue leaves the paper without contents.
            outcome.messages.push(Msg::Contents { hash, contents: vec![] });
        }
        outcome
    }

    fn inspected(&mut self, path: &Path, text: Option<(u16, u16)>) -> Outcome {
        let Some(hash) = self.hash_of(path) else { return Outcome::default() };
        let Some(paper) = self.papers.get_mut(&hash) else { return Outcome::default() };
        paper.text = match (paper.text, text) {
            (Some((a, b)), Some((c, d))) => Some((a.min(c), b.max(d))),
            (found, None) | (None, found) => found,
        };
        paper.to_inspect = paper.to_inspect.saturating_sub(1);
        if paper.to_inspect == 0 { Self::facts(hash, paper) } else { Outcome::default() }
    }

    fn facts(hash: Hash, paper: &Paper) -> Outcome {
        let Some(info) = &paper.info else { return Outcome::default() };
        let pages = info.sizes.iter().map(|s| (s.width, s.height)).collect();
        let facts = Facts { pages, text: paper.text };
        Outcome { messages: vec![Msg::Opened { hash, facts }], ..Outcome::default() }
    }

    /// A paper whose contents cannot be read has none.
    fn outline(&self, path: &Path, found: Option<&Vec<hemicycle_pdf::Heading>>) -> Outcome {
        let Some(hash) = self.hash_of(path) else { return Outcome::default() };
        let entry = |h: &hemicycle_pdf::Heading| Heading {
            title: h.title.clone(),
            depth: h.depth,
            page: h.page,
        };
        let contents = found.map(|f| f.iter().map(entry).collect()).unwrap_or_default();
        Outcome { messages: vec![Msg::Contents { hash, contents }], ..Outcome::default() }
    }

    fn shown(&mut self, view: &View, result: Result<Arc<Picture>, WorkerError>) -> Outcome {
        let Some(at) = self.wanted.iter().position(|(wanted, _)| wanted == view) else {
            return Outcome::default();
        };
        let bitmap = self.wanted.remove(at).1;
        match result {
            Ok(picture) => Outcome {
                messages: vec![Msg::Drawn { bitmap }],
                drawings: vec![Drawing { bitmap, picture }],
                export: None,
            },
            Err(error) => {
                self.hash_of(&view.paper).map(|hash| failed(hash, error.code())).unwrap_or_default()
            }
        }
    }
}

/// The paper cannot be shown.
pub fn failed(hash: Hash, code: &str) -> Outcome {
    Outcome { messages: vec![Msg::NotDrawn { hash, code: code.into() }], ..Outcome::default() }
}

fn not_exported() -> Outcome {
    let failed = Msg::Exported(Exporting::Failed(ExportTrouble::Paper));
    Outcome { messages: vec![failed], ..Outcome::default() }
}

fn line(stroke: &Stroke) -> InkLine {
    InkLine {
        rgb: stroke.colour.rgb(),
        width: stroke.tool.width(),
        translucent: match stroke.tool {
            Tool::Pen => false,
            Tool::Marker => true,
        },
        points: stroke.line.iter().map(|at| (at.x, at.y)).collect(),
    }
}

/// Puts a paper on what is plugged in. Blocks.
pub fn hand_out(media: &[PathBuf], title: &str, paper: &[u8]) -> Exporting {
    let Some(stick) = stick::find(media) else {
        return Exporting::Failed(ExportTrouble::NoMedium);
    };
    match stick.write(title, paper) {
        Ok(file) => Exporting::Done { medium: stick.name().to_owned(), file },
        Err(error) => {
            tracing::warn!(code = error.code(), %error, "a paper could not be handed out");
            Exporting::Failed(match error {
                StickError::Full { .. } | StickError::TooLarge { .. } => ExportTrouble::Full,
                StickError::ReadOnly { .. }
                | StickError::Gone { .. }
                | StickError::TooMany { .. }
                | StickError::Io { .. } => ExportTrouble::NotWritten,
            })
        }
    }
}
