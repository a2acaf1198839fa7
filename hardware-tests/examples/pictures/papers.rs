//! Agenda and papers, the sheets that lie over a page, and what the room is told
//! between two votes.

use crate::house::{House, Kind, Seat};
use crate::relay::{Fate, Frame};
use crate::{Cast, finding, writing};
use anyhow::{Context as _, Result};
use hemicycle_protocol::topic::Level;
use hemicycle_protocol::wire::Command;
use hemicycle_terminal::screen::{BannerKind, Page, Reader, Screen, Sheet, SpeechState};
use hemicycle_terminal::touch::{ChairView, ServiceKind, Touch};
use std::sync::atomic::{AtomicU32, Ordering};

pub async fn read(house: &mut House, cast: &mut Cast) -> Result<()> {
    agenda(house, cast).await?;
    reader(house, &mut cast.member).await?;
    writing::notes(house, &mut cast.member).await?;
    finding::find(house, &mut cast.member).await?;
    replaced(house, &mut cast.member).await?;
    notices(house, &mut cast.member).await?;
    sheets(house, cast).await?;
    shown(house, cast).await?;
    refused(house, cast).await
}

async fn agenda(house: &mut House, cast: &mut Cast) -> Result<()> {
    let Cast { member, .. } = cast;
    house.start_item(0).await?;
    member.touch(Touch::OpenAgenda).await?;
    member.until("the papers", all_here).await?;
    house.take("agenda", member).await?;

    // A terminal that comes now: its papers are on their way.
    let mut slow = house.seat(Some(33)).await?;
    let pieces = AtomicU32::new(0);
    slow.relay.judge(move |_, frame| match frame {
        Frame::Piece(_) if pieces.fetch_add(1, Ordering::Relaxed) > 3 => Fate::Delay,
        Frame::Piece(_) | Frame::Text(_) => Fate::Pass,
    });
    slow.signs_in_late().await?;
    slow.touch(Touch::OpenAgenda).await?;
    slow.until("half a paper", |s| {
        let Page::Agenda(page) = &s.page else { return false };
        let mut papers = page.agenda.items.iter().flat_map(|i| &i.papers);
        papers.any(|p| !p.ready && p.detail.contains('%') && !p.detail.contains(" 0%"))
    })
    .await?;
    house.take("agenda-receiving", &mut slow).await?;
    let paper = house.paper(3, 1)?;
    slow.touch(Touch::OpenPaper(paper.0)).await?;
    slow.shows(Kind::Reader).await?;
    house.take("reader-waiting", &mut slow).await?;
    slow.terminal.stop().await
}

fn all_here(screen: &hemicycle_terminal::screen::Screen) -> bool {
    let Page::Agenda(page) = &screen.page else { return false };
    let mut papers = page.agenda.items.iter().flat_map(|i| &i.papers);
    papers.clone().count() > 0 && papers.all(|p| p.ready)
}

pub async fn open(seat: &mut Seat, paper: u32) -> Result<()> {
    seat.touch(Touch::OpenAgenda).await?;
    seat.shows(Kind::Agenda).await?;
    seat.touch(Touch::OpenPaper(paper)).await?;
    // The desk's size is told by a window; before, nothing is drawn.
    seat.touch(Touch::ReaderSized { width: 1088, height: 900 }).await?;
    seat.until("its page", |s| matches!(&s.page, Page::Reader(r) if r.image.is_some())).await?;
    Ok(())
}

/// The draft on the left, the report on it on the right.
async fn two(house: &mut House, member: &mut Seat) -> Result<()> {
    let other = |s: &Screen| {
        let Page::Reader(Reader { two: Some(two), image: Some(_), .. }) = &s.page else {
            return None;
        };
        two.other.clone()
    };
    open(member, house.paper(3, 0)?.0).await?;
    member.touch(Touch::ReadTwo(true)).await?;
    let choosing =
        |s: &Screen| matches!(&s.page, Page::Reader(r) if r.two.is_some() && r.image.is_some());
    member.until("room for a second paper", choosing).await?;
    house.take("reader-two-choosing", member).await?;
    member.touch(Touch::OpenPaper(house.paper(3, 1)?.0)).await?;
    let both = |s: &Screen| other(s).is_some_and(|o| o.sheets.iter().any(|s| s.image.is_some()));
    member.until("both papers", both).await?;
    house.take("reader-two", member).await?;
    member.touch(Touch::ReadTwo(false)).await?;
    open(member, house.paper(4, 0)?.0).await
}

async fn reader(house: &mut House, member: &mut Seat) -> Result<()> {
    let page = |s: &hemicycle_terminal::screen::Screen| match &s.page {
        Page::Reader(reader) => Some(reader.page),
        _ => None,
    };
    open(member, house.paper(0, 0)?.0).await?;
    house.take("reader", member).await?;
    open(member, house.paper(0, 2)?.0).await?;
    house.take("reader-scan", member).await?;
    open(member, house.paper(3, 2)?.0).await?;
    house.take("reader-table", member).await?;
    for _ in 0..4 {
        member.touch(Touch::ZoomIn).await?;
    }
    house.take("reader-zoomed", member).await?;
    open(member, house.paper(4, 0)?.0).await?;
    member.touch(Touch::GoToPage(11)).await?;
    member.until("page 12", |s| page(s) == Some(11)).await?;
    house.take("reader-inside", member).await?;
    two(house, member).await?;

    member.relay.cut();
    offline(member).await?;
    house.take("reader-offline", member).await?;
    // Somebody else answers in the server's place.
    member.relay.judge(|_, frame| match frame {
        Frame::Text(value) if value["type"] == "greeting" => {
            let mut other = value.clone();
            other["server"] = "77".repeat(32).into();
            Fate::Instead(Frame::Text(other))
        }
        Frame::Text(_) | Frame::Piece(_) => Fate::Pass,
    });
    let before = member.terminal.screen().banner;
    member.touch(Touch::RetryNow).await?;
    let told = |s: &hemicycle_terminal::screen::Screen| match (&s.banner, &before) {
        (Some(now), Some(before)) => now.title != before.title,
        _ => false,
    };
    member.until("the warning", told).await?;
    house.take("reader-distrusted", member).await?;
    back(house, member, "reader-back").await
}

async fn offline(seat: &mut Seat) -> Result<()> {
    let offline = |kind| matches!(kind, Some(BannerKind::Offline));
    seat.until("the banner", |s| offline(s.banner.as_ref().map(|b| b.kind))).await?;
    Ok(())
}

/// The line is there again.
pub async fn back(house: &mut House, seat: &mut Seat, name: &str) -> Result<()> {
    seat.relay.calm();
    seat.touch(Touch::RetryNow).await?;
    let back = |kind| matches!(kind, Some(BannerKind::Reconnected));
    seat.until("the connection", |s| back(s.banner.as_ref().map(|b| b.kind))).await?;
    house.take(name, seat).await?;
    seat.until("the banner to go", |s| s.banner.is_none()).await?;
    Ok(())
}

/// The clerk replaces a paper that is being read.
async fn replaced(house: &mut House, member: &mut Seat) -> Result<()> {
    let paper = house.paper(0, 0)?;
    open(member, paper.0).await?;
    let file = house.programs.sample().join("papers/1-2-decision-explanation.pdf");
    let hash = house.session.upload(&std::fs::read(file)?).await?;
    house.ask(Command::ReplacePaper { paper, hash }).await?;
    member.until("the news", |s| s.banner.is_some()).await?;
    house.take("reader-replaced", member).await?;
    member.touch(Touch::Dismiss).await?;
    member.until("no banner", |s| s.banner.is_none()).await?;
    house.take("reader-old-version", member).await?;
    member.touch(Touch::OpenAgenda).await?;
    member.until("the new version", all_here).await?;
    house.take("agenda-new-version", member).await?;
    // What is new of it the server has found out meanwhile.
    open(member, paper.0).await?;
    let named =
        |s: &Screen| matches!(&s.page, Page::Reader(r) if r.version_tag.contains('\u{3000}'));
    member.until("the new pages", named).await?;
    house.take("reader-new-version", member).await
}

async fn notices(house: &mut House, member: &mut Seat) -> Result<()> {
    let notices = [
        (Level::Info, "会间茶歇安排在三楼东侧休息厅。", "notice"),
        (
            Level::Important,
            "请各位组成人员于十四时三十分前回到会场，准备表决。",
            "notice-important",
        ),
    ];
    for (level, text, name) in notices {
        house.ask(Command::PostNotice { text: text.into(), level }).await?;
        member.until("the notice", |s| s.banner.as_ref().is_some_and(|b| b.body == text)).await?;
        house.take(name, member).await?;
    }
    house.ask(Command::ClearNotice).await?;
    member.until("no banner", |s| s.banner.is_none()).await?;
    Ok(())
}

fn own(screen: &hemicycle_terminal::screen::Screen) -> Option<SpeechState> {
    match &screen.sheet {
        Some(Sheet::Speak(speak)) => Some(speak.own),
        Some(_) | None => None,
    }
}

async fn sheets(house: &mut House, cast: &mut Cast) -> Result<()> {
    let Cast { chair, member, second, third, guest, .. } = cast;
    open(member, house.paper(0, 1)?.0).await?;
    member.touch(Touch::OpenTextSize).await?;
    member.until("the sheet", |s| s.sheet.is_some()).await?;
    house.take("text-size", member).await?;
    member.touch(Touch::OpenSpeak).await?;
    member.until("the sheet", |s| own(s) == Some(SpeechState::None)).await?;
    house.take("speak-empty", member).await?;
    for seat in [&mut *second, third, guest] {
        seat.touch(Touch::OpenSpeak).await?;
        seat.touch(Touch::AskToSpeak).await?;
        seat.until("the place", |s| own(s) == Some(SpeechState::Waiting)).await?;
        seat.touch(Touch::CloseSheet).await?;
    }
    house.ask(Command::GiveFloor { member: house.member(10)?, seconds: Some(300) }).await?;
    member.touch(Touch::AskToSpeak).await?;
    member.until("the place", |s| own(s) == Some(SpeechState::Waiting)).await?;
    house.take("speak-waiting", member).await?;
    chair.touch(Touch::OpenChair).await?;
    chair.touch(Touch::ChairShow(ChairView::Queue)).await?;
    chair.until("the queue", |s| matches!(&s.page, Page::Chair(c) if c.queue.len() == 4)).await?;
    house.take("chair-queue", chair).await?;
    chair.touch(Touch::ChairShow(ChairView::Steps)).await?;
    chair
        .until(
            "the steps",
            |s| matches!(&s.page, Page::Chair(c) if c.view == Some(ChairView::Steps)),
        )
        .await?;
    house.take("chair-steps", chair).await?;
    chair.touch(Touch::EndFloor).await?;
    chair.until("the end", |s| matches!(&s.page, Page::Chair(c) if c.queue.len() == 3)).await?;
    chair.touch(Touch::GiveFloor { seat: 12 }).await?;
    member.until("the floor", |s| own(s) == Some(SpeechState::Speaking)).await?;
    house.take("speak-speaking", member).await?;
    house.ask(Command::EndFloor).await?;

    member.touch(Touch::OpenService).await?;
    let called = |s: &hemicycle_terminal::screen::Screen| match &s.sheet {
        Some(Sheet::Speak(speak)) => Some(!speak.called.is_empty()),
        Some(_) | None => None,
    };
    member.until("the services", |s| called(s) == Some(false)).await?;
    house.take("service", member).await?;
    member.touch(Touch::CallService(ServiceKind::Tea)).await?;
    member.until("the call", |s| called(s) == Some(true)).await?;
    house.take("service-called", member).await?;
    member.touch(Touch::CancelService).await?;
    member.touch(Touch::CloseSheet).await?;
    member.until("no sheet", |s| s.sheet.is_none()).await?;
    Ok(())
}

/// The chair shows a page to all and points; a member goes along, and leaves.
async fn shown(house: &mut House, cast: &mut Cast) -> Result<()> {
    let Cast { chair, member, .. } = cast;
    let paper = house.paper(0, 1)?.0;
    open(chair, paper).await?;
    house.take("reader-may-show", chair).await?;
    member.touch(Touch::OpenAgenda).await?;
    chair.touch(Touch::FollowPresenter(true)).await?;
    let follow = |s: &Screen| {
        let Page::Reader(r) = &s.page else { return None };
        r.follow.as_ref().filter(|_| r.image.is_some()).map(|f| f.on)
    };
    chair.until("the showing", |s| follow(s) == Some(true)).await?;
    chair.touch(Touch::PageNext).await?;
    let width = |s: &Screen| {
        let Page::Reader(r) = &s.page else { return None };
        (r.page == 1 && r.image.is_some()).then_some(r.sheet_width)
    };
    chair.until("the next page", |s| width(s).is_some()).await?;
    let wide = width(&chair.terminal.screen()).context("a page")?;
    chair.touch(Touch::PointAt { x: wide * 0.45, y: wide * 0.3 }).await?;
    let points = |s: &Screen| matches!(&s.page, Page::Reader(r) if r.pointer.is_some());
    member.until("the page that is shown", |s| follow(s) == Some(true) && points(s)).await?;
    house.take("reader-shown", chair).await?;
    house.take("reader-following", member).await?;
    writing::for_all(house, chair, member).await?;
    member.touch(Touch::OpenAgenda).await?;
    member.until("the way back", |s| s.banner.is_some()).await?;
    house.take("agenda-shown", member).await?;
    chair.touch(Touch::FollowPresenter(false)).await?;
    member.until("the end", |s| s.banner.is_none()).await?;
    chair.touch(Touch::OpenChair).await?;
    chair.touch(Touch::ChairShow(ChairView::Steps)).await?;
    Ok(())
}

/// The chair presses what the clerk has done in the same moment.
async fn refused(house: &mut House, cast: &mut Cast) -> Result<()> {
    let Cast { chair, .. } = cast;
    let next = |s: &hemicycle_terminal::screen::Screen| matches!(&s.page, Page::Chair(c) if c.next.as_ref().is_some_and(|n| n.enabled));
    let vote = *house.item(0)?.votes.first().context("a vote")?;
    let held = |way, frame: &Frame| {
        let up = way == crate::relay::Way::Up && frame.is_command("open_vote");
        let news =
            way == crate::relay::Way::Down && (frame.is_topic("next") || frame.is_topic("vote"));
        if up || news { Fate::Delay } else { Fate::Pass }
    };
    chair.until("the next step", next).await?;
    chair.relay.judge(held);
    // A step is taken for meant once it has stood for a moment.
    tokio::time::sleep(std::time::Duration::from_millis(700)).await;
    chair.touch(Touch::ChairNext).await?;
    chair
        .until(
            "the press",
            |s| matches!(&s.page, Page::Chair(c) if c.next.as_ref().is_some_and(|n| !n.enabled)),
        )
        .await?;
    house.open_vote(vote).await?;
    chair.relay.calm();
    chair
        .until("the refusal", |s| s.banner.as_ref().is_some_and(|b| b.kind == BannerKind::Error))
        .await?;
    house.take("banner-refused", chair).await?;
    chair.touch(Touch::Dismiss).await
}
