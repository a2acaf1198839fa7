//! What lies over an open paper, and how its pages can lie: looking for words, going to a page, the
//! layout.

use crate::house::{House, Seat};
use crate::papers::open;
use anyhow::{Context as _, Result};
use hemicycle_terminal::screen::{FindSheet, Language, Page, Reader, Screen, Sheet};
use hemicycle_terminal::touch::Touch;

pub async fn find(house: &mut House, member: &mut Seat) -> Result<()> {
    open(member, house.paper(3, 1)?.0).await?;
    member.touch(Touch::OpenFind).await?;
    member.until("the keys", |s| sheet(s).is_some_and(|f| f.typing)).await?;
    house.take("find", member).await?;
    for key in "ystz".chars() {
        member.touch(Touch::FindKey(key)).await?;
    }
    member
        .until("the offers", |s| {
            sheet(s).is_some_and(|f| f.words == "ystz" && !f.offers.is_empty())
        })
        .await?;
    house.take("find-letters", member).await?;
    member.touch(Touch::Language(Language::Zh)).await?;
    member.touch(Touch::FindText("航天".into())).await?;
    member
        .until("that it is not there", |s| sheet(s).is_some_and(|f| f.help == "没有找到"))
        .await?;
    house.take("find-nothing", member).await?;
    member.touch(Touch::FindText("ystz".into())).await?;
    member.until("an offer", |s| sheet(s).is_some_and(|f| !f.offers.is_empty())).await?;
    member.touch(Touch::FindOffer(0)).await?;
    member.until("the places", |s| sheet(s).is_some_and(|f| f.hits.len() > 5)).await?;
    house.take("find-places", member).await?;
    member.touch(Touch::FindGo(4)).await?;
    member
        .until("the place", |s| reader(s).is_some_and(|r| r.marks.iter().any(|m| m.current)))
        .await?;
    house.take("reader-finding", member).await?;
    member.touch(Touch::Rotate(1)).await?;
    member
        .until("the turned page", |s| reader(s).is_some_and(|r| r.sheet_width > r.sheet_height))
        .await?;
    house.take("reader-turned", member).await?;
    member.touch(Touch::Rotate(3)).await?;
    member.touch(Touch::EndFind).await?;
    layout(house, member).await
}

async fn layout(house: &mut House, member: &mut Seat) -> Result<()> {
    member.touch(Touch::OpenGoTo).await?;
    let rows = |s: &Screen| match &s.sheet {
        Some(Sheet::GoTo(sheet)) => sheet.contents.len(),
        Some(_) | None => 0,
    };
    member.until("the contents", |s| rows(s) > 3).await?;
    house.take("go-to", member).await?;
    member.touch(Touch::CloseSheet).await?;
    member.touch(Touch::OpenLayout).await?;
    member.until("the layout", |s| matches!(s.sheet, Some(Sheet::Layout(_)))).await?;
    house.take("layout", member).await?;
    member.touch(Touch::Continuous(true)).await?;
    member.touch(Touch::CloseSheet).await?;
    member.touch(Touch::GoToPage(1)).await?;
    let screen = member
        .until("pages below pages", |s| reader(s).is_some_and(|r| r.strip_height > 0.0))
        .await?;
    let Reader { sheet_y, scroll_x, .. } = reader(&screen).context("the reader")?.clone();
    member.touch(Touch::ScrollTo { x: scroll_x, y: sheet_y - 400.0 }).await?;
    house.take("reader-continuous", member).await?;
    member.touch(Touch::Continuous(false)).await?;
    // A paper that brings no contents along.
    open(member, house.paper(0, 2)?.0).await?;
    member.touch(Touch::Language(Language::Zh)).await?;
    member.touch(Touch::OpenGoTo).await?;
    let none = |s: &Screen| matches!(&s.sheet, Some(Sheet::GoTo(sheet)) if sheet.no_contents == "本文件没有目录。");
    member.until("that there are none", none).await?;
    house.take("go-to-no-contents", member).await?;
    member.touch(Touch::CloseSheet).await
}

fn sheet(screen: &Screen) -> Option<&FindSheet> {
    match &screen.sheet {
        Some(Sheet::Find(sheet)) => Some(sheet),
        Some(_) | None => None,
    }
}

fn reader(screen: &Screen) -> Option<&Reader> {
    match &screen.page {
        Page::Reader(reader) => Some(reader),
        _ => None,
    }
}
