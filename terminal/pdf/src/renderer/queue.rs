//! What is waiting to be rendered, and in which order. No threads here, so that the order can be tested.

use super::View;
use crate::client::Export;
use crate::sealed::SealKey;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};

/// Opening and looking into pages: a screen asks for one or two at a time.
const FACTS: usize = 32;
/// Thumbnails: one screen of an overview.
const THUMBNAILS: usize = 64;
/// Texts: whoever searches asks for one page after the other.
const TEXTS: usize = 8;
/// Papers to be annotated: a member asks for one after the other.
const EXPORTS: usize = 4;
/// Pages on the screen at a time.
const VISIBLE: usize = 8;
/// Pages ahead; the cache holds about as many.
const AHEAD: usize = 4;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Job {
    Open {
        paper: PathBuf,
        key: Option<SealKey>,
    },
    Inspect {
        paper: PathBuf,
        page: u32,
    },
    Outline {
        paper: PathBuf,
    },
    Text {
        paper: PathBuf,
        page: u32,
    },
    Show(View),
    Ahead(View),
    Thumbnail {
        paper: PathBuf,
        page: u32,
        longest_side: u32,
    },
    /// One step of it.
    Annotate(Box<Export>),
    /// Forget the keys of papers, before anything else is done.
    Lock,
    /// Free what can be freed; only when nothing else is wanted.
    Rest,
}

impl Job {
    fn paper(&self) -> &Path {
        match self {
            Self::Open { paper, .. }
            | Self::Inspect { paper, .. }
            | Self::Outline { paper }
            | Self::Text { paper, .. }
            | Self::Thumbnail { paper, .. } => paper,
            Self::Show(view) | Self::Ahead(view) => &view.paper,
            Self::Annotate(export) => &export.paper,
            Self::Rest | Self::Lock => Path::new(""),
        }
    }
}

#[derive(Debug, Default)]
pub struct Queue {
    facts: VecDeque<Job>,
    /// Asked for and not delivered yet; the mark says whether it is being rendered.
    visible: Vec<(View, bool)>,
    ahead: VecDeque<View>,
    texts: VecDeque<Job>,
    thumbnails: VecDeque<Job>,
    exports: VecDeque<Job>,
    /// The paper that is being annotated, as long as that is wanted.
    exporting: Option<PathBuf>,
    rest: bool,
    lock: bool,
}

impl Queue {
    /// Replaces everything that was wanted on the screen or ahead of it.
    pub fn show(&mut self, visible: Vec<View>, ahead: &[View]) {
        let before = std::mem::take(&mut self.visible);
        let taken = |view: &View| before.iter().any(|(other, taken)| *taken && other == view);
        self.visible = visible
            .into_iter()
            .take(VISIBLE)
            .map(|view| {
                let taken = taken(&view);
                (view, taken)
            })
            .collect();
        self.ahead = ahead.iter().take(AHEAD).cloned().collect();
    }

    /// Whether this view is still the one that is wanted, which it then is no longer.
    pub fn shown(&mut self, view: &View) -> bool {
        let before = self.visible.len();
        self.visible.retain(|(wanted, _)| wanted != view);
        self.visible.len() < before
    }

    /// False where the queue is full. What waits already is not asked for twice.
    pub fn push(&mut self, job: Job) -> bool {
        let (line, most) = match job {
            Job::Open { .. } | Job::Inspect { .. } => (&mut self.facts, FACTS),
            Job::Outline { .. } | Job::Text { .. } => (&mut self.texts, TEXTS),
            Job::Thumbnail { .. } => (&mut self.thumbnails, THUMBNAILS),
            Job::Annotate(_) => (&mut self.exports, EXPORTS),
            Job::Show(view) => {
                self.show(vec![view], &[]);
                return true;
            }
            Job::Rest => {
                self.rest = true;
                return true;
            }
            Job::Lock => {
                self.lock = true;
                return true;
            }
            Job::Ahead(view) => {
                let room = self.ahead.len() < AHEAD;
                if room {
                    self.ahead.push_back(view);
                }
                return room;
            }
        };
        if line.contains(&job) {
            return true;
        }
        let room = line.len() < most;
        if room {
            line.push_back(job);
        }
        room
    }

    pub fn next(&mut self) -> Option<Job> {
        if std::mem::take(&mut self.lock) {
            return Some(Job::Lock);
        }
        if let Some(job) = self.facts.pop_front() {
            return Some(job);
        }
        if let Some((view, taken)) = self.visible.iter_mut().find(|(_, taken)| !taken) {
            *taken = true;
            return Some(Job::Show(view.clone()));
        }
        if let Some(view) = self.ahead.pop_front() {
            return Some(Job::Ahead(view));
        }
        if let Some(job) = self.texts.pop_front() {
            return Some(job);
        }
        if let Some(job) = self.thumbnails.pop_front() {
            return Some(job);
        }
        if let Some(job) = self.exports.pop_front() {
            self.exporting = Some(job.paper().to_owned());
            return Some(job);
        }
        std::mem::take(&mut self.rest).then_some(Job::Rest)
    }

    /// Whether the paper that is being annotated is still wanted, which it then is no longer.
    pub fn exported(&mut self) -> bool {
        self.exporting.take().is_some()
    }

    /// Its next step, before any other paper is begun, if it is still wanted.
    pub fn resume(&mut self, export: Box<Export>) {
        if self.exported() {
            self.exports.push_front(Job::Annotate(export));
        }
    }

    pub fn forget(&mut self, paper: &Path) {
        self.facts.retain(|job| job.paper() != paper);
        self.texts.retain(|job| job.paper() != paper);
        self.thumbnails.retain(|job| job.paper() != paper);
        self.exports.retain(|job| job.paper() != paper);
        self.exporting.take_if(|exporting| exporting == paper);
        self.ahead.retain(|view| view.paper != paper);
        self.visible.retain(|(view, _)| view.paper != paper);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paper::{PageSize, PictureSpec};

    fn view(page: u32) -> View {
        let size = PageSize { width: 1, height: 1 };
        let picture = PictureSpec::whole(page, size, 1);
        View { paper: "a".into(), picture }
    }

    fn thumbnail(page: u32) -> Job {
        Job::Thumbnail { paper: "a".into(), page, longest_side: 100 }
    }

    fn export(paper: &str) -> Box<Export> {
        Box::new(Export::new(Path::new(paper), "author", vec![]))
    }

    #[test]
    fn facts_then_what_is_visible_then_ahead_then_texts_then_thumbnails_then_exports() {
        let mut queue = Queue::default();
        queue.push(Job::Rest);
        queue.push(Job::Annotate(export("a")));
        queue.push(thumbnail(9));
        let text = Job::Text { paper: "a".into(), page: 5 };
        queue.push(text.clone());
        queue.show(vec![view(1)], &[view(2), view(0)]);
        queue.push(Job::Open { paper: "a".into(), key: None });
        let order: Vec<Job> = std::iter::from_fn(|| queue.next()).collect();
        let open = Job::Open { paper: "a".into(), key: None };
        let (ahead, behind) = (Job::Ahead(view(2)), Job::Ahead(view(0)));
        let shown = Job::Show(view(1));
        let export = Job::Annotate(export("a"));
        assert_eq!(order, [open, shown, ahead, behind, text, thumbnail(9), export, Job::Rest]);
    }

    #[test]
    fn a_page_comes_between_two_steps_of_an_export() {
        let mut queue = Queue::default();
        assert!(queue.push(Job::Annotate(export("a"))) && queue.push(Job::Annotate(export("b"))));
        assert_eq!(queue.next(), Some(Job::Annotate(export("a"))));
        queue.show(vec![view(1)], &[]);
        queue.resume(export("a"));
        assert_eq!(queue.next(), Some(Job::Show(view(1))));
        assert_eq!(queue.next(), Some(Job::Annotate(export("a"))), "before another is begun");
        assert!(queue.exported() && !queue.exported());
        assert_eq!(queue.next(), Some(Job::Annotate(export("b"))));
        queue.forget(Path::new("b"));
        queue.resume(export("b"));
        assert!(!queue.exported());
        assert_eq!(queue.next(), None, "forgotten while it was worked at");
    }

    #[test]
    fn only_the_latest_page_is_rendered_and_delivered() {
        let mut queue = Queue::default();
        for page in 0..5 {
            queue.show(vec![view(page)], &[view(page + 1)]);
        }
        assert_eq!(queue.next(), Some(Job::Show(view(4))));
        queue.show(vec![view(7)], &[]);
        assert!(!queue.shown(&view(4)), "turned past while it was rendered");
        assert_eq!(queue.next(), Some(Job::Show(view(7))));
        queue.show(vec![view(7)], &[]);
        assert_eq!(queue.next(), None, "asked for again while it is rendered");
        assert!(queue.shown(&view(7)));
        assert!(!queue.shown(&view(7)), "delivered once");
    }

    #[test]
    fn several_pages_can_be_in_sight() {
        let mut queue = Queue::default();
        queue.show(vec![view(1), view(2)], &[view(3)]);
        assert_eq!(queue.next(), Some(Job::Show(view(1))));
        // A finger moves on: what is being rendered stays wanted, what is out of sight does not.
        queue.show(vec![view(1), view(3)], &[]);
        assert_eq!(queue.next(), Some(Job::Show(view(3))));
        assert_eq!(queue.next(), None);
        assert!(queue.shown(&view(1)) && queue.shown(&view(3)) && !queue.shown(&view(2)));
        let many: Vec<View> = (0..99).map(view).collect();
        queue.show(many, &[]);
        assert_eq!(std::iter::from_fn(|| queue.next()).count(), VISIBLE);
    }

    #[test]
    fn lines_are_bounded_and_without_doubles() {
        let mut queue = Queue::default();
        for page in 0..THUMBNAILS as u32 {
            assert!(queue.push(thumbnail(page)));
            assert!(queue.push(thumbnail(page)));
        }
        assert!(!queue.push(thumbnail(THUMBNAILS as u32)));
        queue.show(vec![], &[view(0), view(1), view(2), view(3), view(4)]);
        assert!(!queue.push(Job::Ahead(view(5))));
        for paper in ["b", "c", "d", "e"] {
            assert!(queue.push(Job::Annotate(export(paper))));
            assert!(queue.push(Job::Annotate(export(paper))));
        }
        assert!(!queue.push(Job::Annotate(export("f"))));
        for paper in ["b", "c", "d", "e"] {
            queue.forget(Path::new(paper));
        }
        queue.forget(Path::new("a"));
        assert_eq!(queue.next(), None);
    }
}
