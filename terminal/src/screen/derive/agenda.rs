//! The agenda and the papers on it.

use crate::screen::{Agenda, AgendaItem, ItemState, PaperEntry};
use crate::seat::State;
use crate::words::Words;
use hemicycle_protocol::topic::{self, Paper};

pub(super) fn agenda(state: &State, words: Words) -> Agenda {
    let items = &state.room.agenda.items;
    let unfolded = state.unfolded_place();
    let receipts_words =
        if state.says_receipts() { words.say("paper.receipts") } else { String::new() };
    Agenda {
        receipts_words,
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
    let ready = state.shelf.ready.contains(&paper.hash);
    let pages = words.fill("paper.pages", &[("pages", &paper.pages.to_string())]);
    let detail = match state.arriving.get(&paper.hash) {
        _ if ready => pages,
        Some(have) => {
            let percent = have.saturating_mul(100) / paper.bytes.0.max(1);
            words.fill("paper.arriving", &[("percent", &percent.min(99).to_string())])
        }
        None if state.cannot_keep(&paper.hash) => words.say("paper.not_kept"),
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
        selected: state.books().any(|book| book.paper() == Some(paper.id)),
        ready,
    }
}

/// `第四项　预算调整方案`
pub(super) fn item_words(words: Words, item: &topic::Item, number: u32) -> String {
    let number = words.fill("item.number", &[("number", &words.numeral(number))]);
    words.fill("item.named", &[("item", &number), ("title", &item.short)])
}
