//! The agenda and the reader, as the window shows them. Values only.

use crate::seat::{Half, PenTool};
use hemicycle_protocol::ink::Stroke;
use std::sync::Arc;

/// The agenda on a page of its own: on the small panel, in large type, and before a paper is open.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AgendaPage {
    pub agenda: Agenda,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Agenda {
    /// `共 6 项`.
    pub count_words: String,
    /// `打开文件会记入阅读回执`; empty where the meeting keeps none.
    pub receipts_words: String,
    pub items: Vec<AgendaItem>,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct AgendaItem {
    /// `四`.
    pub number: String,
    /// As short as the column needs it: `预算调整方案`.
    pub short_title: String,
    /// In full, for the page.
    pub title: String,
    pub state: ItemState,
    /// `进行中`, `已审议`; empty for an item still to come.
    pub state_words: String,
    /// Unfolded: its papers are shown.
    pub open: bool,
    pub papers: Vec<PaperEntry>,
    /// `没有文件`, in place of papers.
    pub no_papers: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ItemState {
    #[default]
    Waiting,
    Current,
    Done,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct PaperEntry {
    pub id: u32,
    pub short_title: String,
    pub title: String,
    /// `12 页`, `正在接收 40%`; may be empty.
    pub detail: String,
    /// `新版`; empty when the member has seen this version.
    pub new_tag: String,
    pub selected: bool,
    /// It is all here and can be opened.
    pub ready: bool,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reader {
    pub agenda: Agenda,
    /// `第四项`: the button that opens the agenda where its column has no room.
    pub item_label: String,
    pub paper: u32,
    pub title: String,
    pub short_title: String,
    /// `新版本 09:10`; empty when there is none.
    pub version_tag: String,
    /// 0-based.
    pub page: u32,
    pub pages: u32,
    /// `3 / 12`.
    pub page_words: String,
    /// `125%`, spoken and shown beside the zoom buttons.
    pub zoom_words: String,
    /// The page is as wide as the desk: the button is then shown as chosen.
    pub fits_width: bool,
    pub can_zoom_in: bool,
    pub can_zoom_out: bool,
    /// The sheet as it lies on the desk, in device pixels, whether or not its picture is there.
    pub sheet_width: f32,
    pub sheet_height: f32,
    /// The picture to lay on it. It is drawn pixel for pixel when its size is the sheet's.
    pub image: Option<BitmapId>,
    /// Where that sheet lies on the strip of pages; everything in one place where there is but one.
    pub sheet_x: f32,
    pub sheet_y: f32,
    /// The size of the strip, where there is more than one.
    pub strip_width: f32,
    pub strip_height: f32,
    /// The other pages in sight.
    pub others: Vec<PageSheet>,
    /// Where the words that were looked for stand, on the pages in sight.
    pub marks: Vec<Mark>,
    /// The search, while its sheet is put away.
    pub finding: Option<Finding>,
    /// Where the sheet is scrolled to. Applied when `scroll_turn` changes, so that a finger is
    /// never fought over the position.
    pub scroll_x: f32,
    pub scroll_y: f32,
    pub scroll_turn: u32,
    pub thumbnails: Vec<Thumbnail>,
    /// `正在打开…` or what went wrong, shown while there is no image.
    pub waiting: String,
    pub follow: Option<Follow>,
    /// Where whoever shows this page to all points, on the strip of pages.
    pub pointer: Option<(f32, f32)>,
    /// What is drawn by hand on the page.
    pub ink: Arc<[Stroke]>,
    /// The line under the finger.
    pub live: Option<LiveStroke>,
    /// A pen can be taken.
    pub can_write: bool,
    /// It is out.
    pub pen: Option<PenBar>,
    /// A second paper lies beside this one, or is being chosen.
    pub two: Option<Two>,
    /// The switch for the vote beside the paper, while there is one.
    pub can_beside: bool,
    /// The vote that stands there.
    pub vote: Option<Box<super::Vote>>,
}

impl Reader {
    /// The pictures of the pages in sight, of both papers where there are two.
    pub fn sheet_images(&self) -> impl Iterator<Item = BitmapId> {
        let beside = self.two.as_ref().and_then(|two| two.other.as_ref());
        let beside = beside.into_iter().flat_map(|other| &other.sheets);
        self.image.into_iter().chain(self.others.iter().chain(beside).filter_map(|s| s.image))
    }

    /// The paper in hand, told as the one beside it is.
    pub fn laid(&self) -> LaidPaper {
        let own = PageSheet {
            x: self.sheet_x,
            y: self.sheet_y,
            width: self.sheet_width,
            height: self.sheet_height,
            image: self.image,
            ink: Arc::clone(&self.ink),
        };
        LaidPaper {
            paper: self.paper,
            title: self.title.clone(),
            version_tag: self.version_tag.clone(),
            page_words: self.page_words.clone(),
            fits_width: self.fits_width,
            width: self.strip_width.max(self.sheet_width),
            height: self.strip_height.max(self.sheet_height),
            sheets: std::iter::once(own).chain(self.others.iter().cloned()).collect(),
            scroll_x: self.scroll_x,
            scroll_y: self.scroll_y,
            scroll_turn: self.scroll_turn,
            waiting: self.waiting.clone(),
            pointer: self.pointer,
        }
    }

    /// Every picture that the page refers to.
    pub fn images(&self) -> impl Iterator<Item = BitmapId> {
        self.sheet_images().chain(self.thumbnails.iter().filter_map(|thumbnail| thumbnail.image))
    }
}

/// Two papers side by side.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Two {
    /// Where the one in hand lies.
    pub half: Half,
    /// The other one. None: it is still to be chosen.
    pub other: Option<Box<LaidPaper>>,
}

/// A paper as it lies on the desk, or on one half of it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LaidPaper {
    pub paper: u32,
    pub title: String,
    pub version_tag: String,
    /// `3 / 12`.
    pub page_words: String,
    pub fits_width: bool,
    /// The strip of pages.
    pub width: f32,
    pub height: f32,
    /// The pages in sight, the one that is read first.
    pub sheets: Vec<PageSheet>,
    pub scroll_x: f32,
    pub scroll_y: f32,
    pub scroll_turn: u32,
    pub waiting: String,
    pub pointer: Option<(f32, f32)>,
}

/// A line that is being drawn, on this sheet of the strip.
#[derive(Debug, Clone, PartialEq)]
pub struct LiveStroke {
    pub x: f32,
    pub y: f32,
    pub width: f32,
    pub height: f32,
    /// Quarters of a turn that the sheet is turned by, clockwise.
    pub turn: u8,
    pub stroke: Stroke,
}

/// The pens, in place of the reader's other tools.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PenBar {
    pub tool: PenTool,
    /// All see what is drawn.
    pub shows: bool,
    /// Who sees it, and whether it is kept.
    pub words: String,
    pub can_undo: bool,
    pub can_redo: bool,
    pub can_export: bool,
}

/// What an export is at, and what to do next.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ExportSheet {
    pub state: ExportState,
    pub title: String,
    pub body: String,
    pub can_retry: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ExportState {
    #[default]
    Working,
    Done,
    Failed,
}

/// A page on the strip.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PageSheet {
    pub x: f32,
    pub y: f32,
    pub width: f32,
    pub height: f32,
    pub image: Option<BitmapId>,
    pub ink: Arc<[Stroke]>,
}

/// A rectangle over a page.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Mark {
    pub x: f32,
    pub y: f32,
    pub width: f32,
    pub height: f32,
    /// The place that was gone to.
    pub current: bool,
}

/// What stands in the reader's head while a search goes on.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Finding {
    pub words: String,
    /// `第 3 处，共 12 处`, `没有找到`.
    pub place: String,
    pub can_step: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Thumbnail {
    pub page: u32,
    pub image: Option<BitmapId>,
    pub current: bool,
    /// The new version that is open has changed it.
    pub changed: bool,
}

/// 同步翻页: going along with whoever shows pages to all, or showing them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Follow {
    /// `跟随主讲`, `跟随已暂停`; `展示给全体`.
    pub label: String,
    pub on: bool,
    pub enabled: bool,
    /// The page is shown from here: a tap on it points.
    pub points: bool,
}

/// A rendered page: which one, how wide, and how often it was rendered anew. The window is given
/// the pixels under the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub struct BitmapId {
    pub paper: u32,
    pub page: u32,
    pub width: u32,
    pub generation: u32,
    /// Quarters of a turn, clockwise.
    pub turn: u8,
}

/// Looking for words in the open paper.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FindSheet {
    pub words: String,
    /// Counts when the field is to take the words over.
    pub turn: u32,
    /// The keys are shown.
    pub typing: bool,
    /// `输入拼音首字母……` and later how many places there are.
    pub help: String,
    pub offers: Vec<OfferRow>,
    pub hits: Vec<HitRow>,
}

/// Words of the paper that the letters may mean.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OfferRow {
    pub words: String,
    /// `12 处`.
    pub count: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HitRow {
    /// `第 3 页`.
    pub page: String,
    pub before: String,
    pub words: String,
    pub after: String,
    pub current: bool,
}

/// Pages by number, and the table of contents.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct GoToSheet {
    pub page: u32,
    pub pages: u32,
    /// `共 60 页`.
    pub pages_words: String,
    pub contents: Vec<ContentsRow>,
    /// In place of contents: being read, or there are none.
    pub no_contents: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ContentsRow {
    pub title: String,
    pub depth: u8,
    pub page: Option<u32>,
    /// The page that is read belongs to this entry.
    pub current: bool,
}

/// How the pages lie on the desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LayoutSheet {
    pub continuous: bool,
    pub fits_width: bool,
    /// Two papers lie side by side.
    pub two: bool,
}
