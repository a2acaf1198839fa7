//! What lies over an open paper: looking for words, going to a page, the layout; and the reader
//! while words are looked for.

use super::{Say, reader, voting};
use hemicycle_protocol::ink::{Colour, Stroke, Tool};
use hemicycle_protocol::topic::Pointer;
use hemicycle_terminal::screen::*;
use hemicycle_terminal::seat::{Half, PenTool};
use hemicycle_terminal::words::Words;

/// The states with their names; `framed` puts a page into its frame.
pub fn reading(say: Say, framed: impl Fn(Reader) -> Screen) -> Vec<(&'static str, Screen)> {
    let words = Words::new(say.0);
    let over = |sheet: Sheet| {
        let mut screen = framed(reader(say));
        screen.sheet = Some(sheet);
        screen
    };
    let budget = say.t("预算调整", "budget");
    let count = |count: &str| words.fill("find.times", &[("count", count)]);
    let typing = FindSheet {
        words: "ystz".into(),
        typing: true,
        help: say.key("find.choose"),
        offers: [("预算调整", "12"), ("议事通知", "2"), ("应税投资", "1")]
            .map(|(words, times)| OfferRow { words: words.into(), count: count(times) })
            .into(),
        ..FindSheet::default()
    };
    let hits = (1..=9_u32).map(|n| HitRow {
        page: words.fill("find.page", &[("page", &(n * 2).to_string())]),
        before: say.t("关于批准2026年市级", "approving the city "),
        words: budget.clone(),
        after: say.t(
            "方案的决议（草案），综合考虑经济运行和税源变化，全年收入拟调整为39.20亿元。",
            " adjustment for 2026, taking account of how the economy and revenue have developed",
        ),
        current: n == 2,
    });
    let found = FindSheet {
        words: budget.clone(),
        help: words.fill("find.count", &[("count", "9")]),
        hits: hits.collect(),
        ..FindSheet::default()
    };
    let nothing = FindSheet {
        words: "航天".into(),
        typing: true,
        help: say.key("find.nothing"),
        ..FindSheet::default()
    };
    let empty = FindSheet { typing: true, help: say.key("find.help"), ..FindSheet::default() };
    let heading = |title: (&str, &str), depth, page, current| ContentsRow {
        title: say.t(title.0, title.1),
        depth,
        page: Some(page),
        current,
    };
    let contents = GoToSheet {
        page: 2,
        pages: 60,
        pages_words: words.fill("go_to.pages", &[("pages", "60")]),
        contents: vec![
            heading(("一、预算执行情况", "1. How the budget is carried out"), 0, 0, false),
            heading(("（一）收入", "1.1 Revenue"), 1, 0, false),
            heading(("（二）支出", "1.2 Spending"), 1, 1, false),
            heading(("二、一般公共预算调整方案", "2. Adjusting the general budget"), 0, 2, true),
            heading(("（一）收入调整", "2.1 Revenue"), 1, 2, false),
            heading(("（二）支出调整", "2.2 Spending"), 1, 3, false),
            heading(("附件：市级预算调整明细表", "Annex: details"), 0, 11, false),
        ],
        no_contents: String::new(),
    };
    let bare = GoToSheet {
        contents: vec![],
        no_contents: say.key("go_to.no_contents"),
        ..contents.clone()
    };
    let mut marked = reader(say);
    marked.follow = None;
    marked.finding = Some(Finding {
        words: budget,
        place: words.fill("find.place", &[("at", "2"), ("count", "9")]),
        can_step: true,
    });
    marked.marks = [(120.0, 150.0, false), (300.0, 240.0, true), (500.0, 420.0, false)]
        .map(|(x, y, current)| Mark { x, y, width: 140.0, height: 34.0, current })
        .into();
    let sheet = PageSheet::default();
    let mut strip = reader(say);
    strip.strip_width = strip.sheet_width;
    strip.strip_height = 12.0 * (strip.sheet_height + 24.0);
    strip.scroll_turn = 2;
    strip.sheet_y = 0.0;
    strip.sheet_height = 400.0;
    strip.others =
        vec![PageSheet { y: 424.0, width: 1088.0, height: 1534.0, image: strip.image, ..sheet }];
    let mut pen = reader(say);
    pen.can_write = true;
    pen.ink = ink().into();
    pen.pen = Some(PenBar {
        tool: PenTool::Red,
        words: format!("{}\u{3000}{}", say.key("pen.private"), say.key("pen.kept")),
        can_undo: true,
        can_export: true,
        ..PenBar::default()
    });
    let mut shown = pen.clone();
    shown.pen = Some(PenBar {
        tool: PenTool::Marker,
        shows: true,
        words: say.key("pen.shown"),
        can_undo: true,
        can_redo: true,
        can_export: false,
    });
    let mut waits = pen.clone();
    let keeping = format!("{}\u{3000}{}", say.key("pen.private"), say.key("pen.waits"));
    if let Some(bar) = &mut waits.pen {
        (bar.tool, bar.words) = (PenTool::Eraser, keeping);
    }
    let mut offered = reader(say);
    offered.can_beside = true;
    let beside = |method, chosen, state| Reader {
        vote: Some(Box::new(voting::question(say, method, chosen, state))),
        sheet_width: 880.0,
        sheet_height: 1241.0,
        ..offered.clone()
    };
    let chosen = beside(Method::Recorded, Some(0), SubmitState::Ready);
    let secret = beside(Method::Secret, None, SubmitState::Disabled);
    let mut choosing = reader(say);
    choosing.two = Some(Two::default());
    (choosing.sheet_width, choosing.sheet_height) = (800.0, 1128.0);
    let exported = ExportSheet {
        state: ExportState::Done,
        title: say.key("export.done"),
        body: words.fill(
            "export.done_body",
            &[("file", "关于批准2026年市级预算调整方案的决议（批注）.pdf"), ("medium", "KINGSTON")],
        ),
        can_retry: false,
    };
    let no_medium = ExportSheet {
        state: ExportState::Failed,
        title: say.key("export.no_medium"),
        body: say.key("export.no_medium_body"),
        can_retry: true,
    };
    vec![
        ("pen", framed(pen)),
        ("pen-shown", framed(shown)),
        ("pen-waits", framed(waits)),
        ("exported", over(Sheet::Export(exported))),
        ("export-no-medium", over(Sheet::Export(no_medium))),
        ("find", over(Sheet::Find(empty))),
        ("find-letters", over(Sheet::Find(typing))),
        ("find-nothing", over(Sheet::Find(nothing))),
        ("find-hits", over(Sheet::Find(found))),
        ("go-to", over(Sheet::GoTo(contents))),
        ("go-to-bare", over(Sheet::GoTo(bare))),
        ("layout", over(Sheet::Layout(LayoutSheet { fits_width: true, ..LayoutSheet::default() }))),
        ("reader-vote-offered", framed(offered)),
        ("reader-beside-aye", framed(chosen)),
        ("reader-beside-secret", framed(secret)),
        ("reader-two", framed(side_by_side(say, Half::Left))),
        ("reader-two-right", framed(side_by_side(say, Half::Right))),
        ("reader-two-choosing", framed(choosing)),
        ("reader-find", framed(marked)),
        ("reader-continuous", framed(strip)),
    ]
}

/// Two papers; the one in hand lies in this half.
fn side_by_side(say: Say, half: Half) -> Reader {
    let (sheet_width, sheet_height) = (800.0, 1128.0);
    let image = BitmapId { paper: 2, page: 0, width: 800, generation: 1, turn: 0 };
    let sheet =
        PageSheet { width: 800.0, height: 1128.0, image: Some(image), ..PageSheet::default() };
    let other = LaidPaper {
        paper: 2,
        title: say.t(
            "关于2026年上半年预算执行情况的报告",
            "Report on carrying out the budget in the first half of 2026",
        ),
        version_tag: String::new(),
        page_words: "1 / 28".into(),
        fits_width: true,
        width: 800.0,
        height: 1128.0,
        sheets: vec![sheet],
        scroll_turn: 1,
        ..LaidPaper::default()
    };
    let two = Some(Two { half, other: Some(Box::new(other)) });
    Reader { two, sheet_width, sheet_height, pointer: None, ..reader(say) }
}

/// A word in the margin, a line under another, a marked line of text.
fn ink() -> Vec<Stroke> {
    let stroke = |tool, colour, line: &[(u16, u16)]| Stroke {
        tool,
        colour,
        line: line.iter().map(|&(x, y)| Pointer { x, y }).collect(),
    };
    vec![
        stroke(Tool::Marker, Colour::Yellow, &[(1_900, 2_150), (6_400, 2_150)]),
        stroke(Tool::Pen, Colour::Red, &[(1_850, 2_900), (3_500, 2_930), (5_200, 2_890)]),
        stroke(Tool::Pen, Colour::Blue, &[(700, 1_700), (820, 1_900), (1_150, 1_300)]),
        stroke(
            Tool::Pen,
            Colour::Red,
            &[
                (7_300, 3_300),
                (7_700, 3_150),
                (8_300, 3_200),
                (8_500, 3_450),
                (8_100, 3_650),
                (7_500, 3_620),
                (7_250, 3_450),
                (7_400, 3_250),
            ],
        ),
    ]
}
