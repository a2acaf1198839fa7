//! The pen: a member's notes and what becomes of them, and the chair drawing for all.

use crate::house::{House, Seat};
use crate::papers::open;
use anyhow::{Context as _, Result};
use hemicycle_terminal::screen::{ExportState, Page, Reader, Screen, Sheet};
use hemicycle_terminal::seat::PenTool;
use hemicycle_terminal::touch::Touch;

type Line<'a> = &'a [(f32, f32)];

/// Marked lines, underlined ones, a circle, a sign in the margin.
const TITLE: Line<'_> = &[(0.2, 0.182), (0.5, 0.1825), (0.8, 0.182)];
const MARKED: Line<'_> = &[(0.2, 0.207), (0.5, 0.208), (0.8, 0.207)];
const UNDERLINED: Line<'_> = &[(0.19, 0.268), (0.42, 0.2695), (0.66, 0.267)];
const BELOW: Line<'_> = &[(0.39, 0.285), (0.5, 0.2865), (0.64, 0.2845)];
const CIRCLE: Line<'_> = &[
    (0.27, 0.317),
    (0.30, 0.309),
    (0.36, 0.306),
    (0.42, 0.309),
    (0.45, 0.320),
    (0.43, 0.332),
    (0.37, 0.336),
    (0.30, 0.333),
    (0.265, 0.324),
    (0.28, 0.313),
];
const TICK: Line<'_> = &[(0.09, 0.2), (0.105, 0.212), (0.135, 0.178)];

pub fn reader(screen: &Screen) -> Option<&Reader> {
    let Page::Reader(reader) = &screen.page else { return None };
    Some(reader)
}

/// Draws with this tool, in shares of the open page.
async fn draw(seat: &Seat, tool: PenTool, line: Line<'_>) -> Result<()> {
    seat.touch(Touch::TakeTool(tool)).await?;
    let (width, height) = {
        let screen = seat.terminal.screen();
        let page = reader(&screen).context("no paper is open")?;
        (page.sheet_width, page.sheet_height)
    };
    let mut places = line.iter().map(|(x, y)| (x * width, y * height));
    let (x, y) = places.next().context("a line without a point")?;
    seat.touch(Touch::PenDown { x, y }).await?;
    let mut last = (x, y);
    for (x, y) in places {
        seat.touch(Touch::PenMove { x, y }).await?;
        last = (x, y);
    }
    seat.touch(Touch::PenUp { x: last.0, y: last.1 }).await
}

/// A member's notes, and the way to take them along.
pub async fn notes(house: &mut House, member: &mut Seat) -> Result<()> {
    open(member, house.paper(0, 1)?.0).await?;
    member.until("a pen", |s| reader(s).is_some_and(|r| r.can_write)).await?;
    member.touch(Touch::OpenPen).await?;
    draw(member, PenTool::Marker, TITLE).await?;
    draw(member, PenTool::Red, BELOW).await?;
    draw(member, PenTool::Red, CIRCLE).await?;
    draw(member, PenTool::Blue, TICK).await?;
    let saved = |s: &Screen| {
        let bar = reader(s).and_then(|r| r.pen.as_ref());
        let kept = |words: &str| words.ends_with("已保存") || words.ends_with("\u{3000}saved");
        bar.is_some_and(|bar| kept(&bar.words) && bar.can_export)
    };
    member.until("the notes to be kept", saved).await?;
    house.take("pen", member).await?;
    member.touch(Touch::ExportNotes).await?;
    let failed =
        |s: &Screen| matches!(&s.sheet, Some(Sheet::Export(e)) if e.state == ExportState::Failed);
    member.until("no stick", failed).await?;
    house.take("export-no-stick", member).await?;
    member.touch(Touch::CloseSheet).await?;
    member.touch(Touch::ClosePen).await?;
    member.until("the tools", |s| reader(s).is_some_and(|r| r.pen.is_none())).await?;
    house.take("reader-with-notes", member).await
}

/// The chair, who shows a page, draws on it.
pub async fn for_all(house: &mut House, chair: &mut Seat, member: &mut Seat) -> Result<()> {
    chair.touch(Touch::OpenPen).await?;
    draw(chair, PenTool::Red, UNDERLINED).await?;
    draw(chair, PenTool::Marker, MARKED).await?;
    let drawn = |s: &Screen| reader(s).is_some_and(|r| r.ink.len() == 2 && r.image.is_some());
    chair.until("what is drawn", drawn).await?;
    member.until("what is drawn for all", drawn).await?;
    house.take("pen-for-all", chair).await?;
    house.take("reader-drawn-on", member).await?;
    chair.touch(Touch::ClosePen).await
}
