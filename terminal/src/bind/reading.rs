//! Sets what a `Screen` says of the open paper: its pages, what is marked on
//! them, and the sheets that belong to it.

use std::collections::BTreeSet;

use slint::{ComponentHandle, SharedString};

use super::models::{int, sync};
use super::views::{agenda, text};
use super::{Inner, pen, ui, voting};
use crate::screen::{
    BitmapId, FindSheet, GoToSheet, LaidPaper, LayoutSheet, Page, Reader, Screen, Two,
};
use crate::seat::Half;

/// A picture came that the screen may be waiting for.
pub(super) fn refresh_images(inner: &Inner, screen: &Screen, came: BitmapId) {
    let Page::Reader(reader) = &screen.page else { return };
    if reader.sheet_images().any(|image| image == came) {
        sheets(inner, reader);
    }
    if reader.thumbnails.iter().any(|thumbnail| thumbnail.image == Some(came)) {
        thumbnails(inner, reader);
    }
}

/// Every picture that this screen refers to.
pub(super) fn images_of(screen: &Screen) -> BTreeSet<BitmapId> {
    let Page::Reader(reader) = &screen.page else { return BTreeSet::new() };
    reader.images().collect()
}

pub(super) fn reader(inner: &Inner, page: &Reader) {
    agenda(inner, &page.agenda);
    let view = inner.app.global::<ui::ReaderView>();
    view.set_item_label(text(&page.item_label));
    view.set_title(text(&page.title));
    view.set_short_title(text(&page.short_title));
    view.set_version_tag(text(&page.version_tag));
    view.set_page(int(page.page));
    view.set_pages(int(page.pages));
    view.set_page_words(text(&page.page_words));
    view.set_zoom_words(text(&page.zoom_words));
    view.set_fits_width(page.fits_width);
    view.set_can_zoom_in(page.can_zoom_in);
    view.set_can_zoom_out(page.can_zoom_out);
    view.set_continuous(page.strip_height > 0.0);
    view.set_two(page.two.is_some());
    view.set_choosing(page.two.as_ref().is_some_and(|two| two.other.is_none()));
    view.set_right_in_hand(page.two.as_ref().is_some_and(|two| two.half == Half::Right));
    sheets(inner, page);
    let marks = page.marks.iter().map(|mark| ui::MarkItem {
        x: mark.x,
        y: mark.y,
        width: mark.width,
        height: mark.height,
        current: mark.current,
    });
    sync(&inner.models.marks, marks.collect());
    thumbnails(inner, page);
    view.set_has_finding(page.finding.is_some());
    if let Some(finding) = &page.finding {
        view.set_finding(text(&finding.words));
        view.set_finding_place(text(&finding.place));
        view.set_can_step(finding.can_step);
    }
    pen::pen(inner, page);
    view.set_can_beside(page.can_beside);
    view.set_beside(page.vote.is_some());
    if let Some(vote) = &page.vote {
        voting::vote(inner, vote);
    }
    view.set_has_follow(page.follow.is_some());
    view.set_can_point(page.follow.as_ref().is_some_and(|follow| follow.points));
    if let Some(follow) = &page.follow {
        view.set_follow_words(text(&follow.label));
        view.set_follow_on(follow.on);
        view.set_follow_enabled(follow.enabled);
    }
}

/// The pages on the desk, and on both of its halves where two papers lie there.
fn sheets(inner: &Inner, page: &Reader) {
    let in_hand = page.two.as_ref().map_or(Half::Left, |two| two.half);
    inner.inked.borrow_mut().begin();
    lay(inner, in_hand, &page.laid());
    if let Some(Two { other, .. }) = &page.two {
        let beside = match in_hand {
            Half::Left => Half::Right,
            Half::Right => Half::Left,
        };
        lay(inner, beside, other.as_deref().unwrap_or(&LaidPaper::default()));
    }
    inner.inked.borrow_mut().end();
}

fn lay(inner: &Inner, half: Half, paper: &LaidPaper) {
    let rows = sheet_rows(inner, paper);
    let pointer = paper.pointer.unwrap_or_default();
    let desk = ui::DeskItem {
        title: text(&paper.title),
        version_tag: text(&paper.version_tag),
        page_words: text(&paper.page_words),
        fits_width: paper.fits_width,
        strip_width: paper.width,
        strip_height: paper.height,
        scroll_x: paper.scroll_x,
        scroll_y: paper.scroll_y,
        scroll_turn: int(paper.scroll_turn & 0x7fff_ffff),
        has_image: rows.first().is_some_and(|own| own.has_image),
        waiting: text(&paper.waiting),
        has_pointer: paper.pointer.is_some(),
        pointer_x: pointer.0,
        pointer_y: pointer.1,
    };
    let view = inner.app.global::<ui::ReaderView>();
    match half {
        Half::Left => {
            view.set_desk(desk);
            sync(&inner.models.sheets, rows);
        }
        Half::Right => {
            view.set_right_desk(desk);
            sync(&inner.models.right_sheets, rows);
        }
    }
}

/// The page that is read comes first, so that it stays the same item whatever comes into sight.
fn sheet_rows(inner: &Inner, paper: &LaidPaper) -> Vec<ui::SheetItem> {
    let label = SharedString::from(format!("{} {}", paper.title, paper.page_words));
    let mut images = inner.images.borrow_mut();
    let mut inked = inner.inked.borrow_mut();
    let sheets = paper.sheets.iter();
    sheets
        .filter(|sheet| sheet.width > 0.0)
        .map(|sheet| {
            let image = sheet.image.and_then(|id| {
                let own = images.get(id).map(|image| (id, image));
                let (id, image) = own.or_else(|| images.stand_in(id))?;
                Some(inked.with(id, image, &sheet.ink))
            });
            ui::SheetItem {
                x: sheet.x,
                y: sheet.y,
                width: sheet.width,
                height: sheet.height,
                has_image: image.is_some(),
                image: image.unwrap_or_default(),
                label: label.clone(),
            }
        })
        .collect()
}

fn thumbnails(inner: &Inner, page: &Reader) {
    let rows = {
        let mut images = inner.images.borrow_mut();
        page.thumbnails
            .iter()
            .map(|thumbnail| {
                let image = thumbnail.image.and_then(|id| images.get(id));
                ui::Thumb {
                    page: int(thumbnail.page),
                    label: SharedString::from((thumbnail.page + 1).to_string()),
                    has_image: image.is_some(),
                    image: image.unwrap_or_default(),
                    current: thumbnail.current,
                    changed: thumbnail.changed,
                }
            })
            .collect()
    };
    sync(&inner.models.thumbnails, rows);
}

pub(super) fn find(inner: &Inner, sheet: &FindSheet) {
    let view = inner.app.global::<ui::FindView>();
    view.set_words(text(&sheet.words));
    view.set_turn(int(sheet.turn & 0x7fff_ffff));
    view.set_typing(sheet.typing);
    view.set_help(text(&sheet.help));
    let offers = sheet
        .offers
        .iter()
        .map(|offer| ui::OfferItem { words: text(&offer.words), count: text(&offer.count) });
    sync(&inner.models.offers, offers.collect());
    let hits = sheet.hits.iter().map(|hit| ui::HitItem {
        page: text(&hit.page),
        before: text(&hit.before),
        words: text(&hit.words),
        after: text(&hit.after),
        current: hit.current,
    });
    sync(&inner.models.hits, hits.collect());
    view.set_hit_count(int(sheet.hits.len()));
    view.set_offer_count(int(sheet.offers.len()));
}

pub(super) fn go_to(inner: &Inner, sheet: &GoToSheet) {
    let view = inner.app.global::<ui::GoToView>();
    view.set_page(int(sheet.page));
    view.set_pages(int(sheet.pages));
    view.set_pages_words(text(&sheet.pages_words));
    view.set_no_contents(text(&sheet.no_contents));
    let contents = sheet.contents.iter().map(|row| ui::ContentsItem {
        title: text(&row.title),
        depth: int(row.depth),
        page: row.page.map_or(-1, int),
        label: row.page.map(|page| (page + 1).to_string()).unwrap_or_default().into(),
        current: row.current,
    });
    view.set_current(int(sheet.contents.iter().position(|row| row.current).unwrap_or(0)));
    sync(&inner.models.contents, contents.collect());
    view.set_count(int(sheet.contents.len()));
}

pub(super) fn layout(inner: &Inner, sheet: LayoutSheet) {
    let view = inner.app.global::<ui::LayoutView>();
    view.set_continuous(sheet.continuous);
    view.set_fits_width(sheet.fits_width);
    view.set_two(sheet.two);
}
