//! The agenda and the open paper.

use super::time;
use crate::screen::{Agenda, AgendaItem, ItemState, PaperEntry, Reader, Thumbnail};
use crate::seat::{Reading, State};
use crate::words::Words;
use hemicycle_protocol::topic::{self, Paper};

pub(super) fn agenda(state: &State, words: Words) -> Agenda {
    let items = &state.room.agenda.items;
    let unfolded = state.unfolded_place();
    Agenda {
        count_words: words.fill("item.count", &[("count", &items.len().to_string())]),
        items: (0u16..)
            .zip(items)
            .map(|(place, item)| {
                let (item_state, key) = match item.state {
                    topic::ItemState::Waiting => (ItemState::Waiting, None),
                    topic::ItemState::Current => (ItemState::Current, Some("item.current")),
                    topic::ItemState::Done => (ItemState::Done, Some("item.done")),
                };
                AgendaItem {
                    number: words.numeral(u32::from(place) + 1),
                    short_title: item.short.clone(),
                    title: item.title.clone(),
                    state: item_state,
                    state_words: key.map(|k| words.say(k)).unwrap_or_default(),
                    open: unfolded == Some(place),
                    papers: item.papers.iter().map(|p| entry(state, words, p)).collect(),
                    no_papers: if item.papers.is_empty() {
                        words.say("item.no_papers")
                    } else {
                        String::new()
                    },
                }
            })
            .collect(),
    }
}

fn entry(state: &State, words: Words, paper: &Paper) -> PaperEntry {
    let ready = state.book.ready.contains(&paper.hash);
    let pages = words.fill("paper.pages", &[("pages", &paper.pages.to_string())]);
    let detail = match state.arriving.get(&paper.hash) {
        _ if ready => pages,
        Some(have) => {
            let percent = have.saturating_mul(100) / paper.bytes.0.max(1);
            words.fill("paper.arriving", &[("percent", &percent.min(99).to_string())])
        }
        None if state.postponed.contains_key(&paper.hash) => words.say("paper.later"),
        None => words.say("paper.waiting"),
    };
    let seen = state.seen.get(&paper.id).copied();
    let is_new = paper.replaced_at.is_some() && seen != Some(paper.version);
    PaperEntry {
        id: paper.id.0,
        short_title: paper.title.clone(),
        title: paper.title.clone(),
        detail,
        new_tag: if is_new { words.say("paper.new") } else { String::new() },
        selected: state.book.reading.as_ref().is_some_and(|r| r.paper == paper.id),
        ready,
    }
}

pub(super) fn reader(state: &State, words: Words, reading: &Reading) -> Reader {
    let (book, paper) = (&state.book, state.paper(reading.paper));
    let pages = book.pages();
    let (sheet_width, sheet_height) = book.sheet().unwrap_or((0.0, 0.0));
    let wanted = book.wanted();
    let image = book.page_picture.filter(|p| Some(*p) == wanted);
    let shown = image.or(book.page_picture.filter(|p| p.page == reading.page));
    let percent = reading.zoom.unwrap_or(1000) / 10;
    let (can_zoom_in, can_zoom_out) = state.zoom_room();
    let waiting = match &reading.failed {
        Some(code) => words.say(match code.as_str() {
            "timed_out" => "paper.too_slow",
            "busy" => "paper.busy",
            _ => "paper.broken",
        }),
        None if !book.ready.contains(&reading.hash) => words.say(if !state.online() {
            "paper.not_here"
        } else if state.postponed.contains_key(&reading.hash) {
            "paper.later"
        } else {
            "paper.coming"
        }),
        None if shown.is_none() => words.say("paper.opening"),
        None => String::new(),
    };
    let title = paper.map_or(&reading.title, |p| &p.title);
    Reader {
        agenda: agenda(state, words),
        item_label: item_label(state, words, reading),
        paper: reading.paper.0,
        title: title.clone(),
        short_title: title.clone(),
        version_tag: version_tag(state, words, reading, paper),
        page: reading.page,
        pages,
        page_words: if pages == 0 {
            String::new()
        } else {
            format!("{} / {pages}", reading.page + 1)
        },
        zoom_words: format!("{percent}%"),
        fits_width: reading.zoom.is_none(),
        can_zoom_in,
        can_zoom_out,
        sheet_width,
        sheet_height,
        image: shown,
        scroll_x: reading.scroll.0,
        scroll_y: reading.scroll.1,
        scroll_turn: reading.scroll_turn,
        thumbnails: (0..pages)
            .map(|page| Thumbnail {
                page,
                image: book.thumbnail(page).filter(|id| book.thumbnails.contains(id)),
                current: page == reading.page,
            })
            .collect(),
        waiting,
        follow: None,
    }
}

/// `新版本 09:10`: this is the new one, or a newer one waits to be opened, or it was taken off.
fn version_tag(state: &State, words: Words, reading: &Reading, paper: Option<&Paper>) -> String {
    let Some(paper) = paper else { return words.say("paper.withdrawn") };
    let key = if paper.hash == reading.hash { "paper.version" } else { "paper.newer" };
    let Some(at) = paper.replaced_at else { return String::new() };
    words.fill(key, &[("time", &time::clock(at, state.utc_offset_minutes))])
}

/// `第四项`; the bare word where the paper belongs to no item any more.
fn item_label(state: &State, words: Words, reading: &Reading) -> String {
    let holds = |i: &topic::Item| i.papers.iter().any(|p| p.id == reading.paper);
    match state.room.agenda.items.iter().zip(1u32..).find(|(i, _)| holds(i)) {
        Some((_, n)) => words.fill("item.number", &[("number", &words.numeral(n))]),
        None => words.say("rail.agenda"),
    }
}

/// `第四项　预算调整方案`
pub(super) fn item_words(words: Words, item: &topic::Item, number: u32) -> String {
    let number = words.fill("item.number", &[("number", &words.numeral(number))]);
    words.fill("item.named", &[("item", &number), ("title", &item.short)])
}
