//! The open paper: its page, its tools, and what was looked for in it.

use super::{agenda, pen, time, voting};
use crate::screen::{
    ContentsRow, FindSheet, Finding, Follow, GoToSheet, HitRow, LaidPaper, LayoutSheet, Mark,
    OfferRow, PageSheet, Reader, Thumbnail, Two,
};
use crate::seat::{Book, Reading, Search, State};
use crate::words::Words;
use hemicycle_protocol::topic::{self, Paper};

/// Thumbnails on the screen beyond those that can be seen.
const THUMBNAILS_AROUND: u32 = 12;
/// Thumbnails before the window has said which it shows.
const FIRST_THUMBNAILS: u32 = 24;

pub(super) fn reader(state: &State, words: Words, reading: &Reading) -> Reader {
    let (book, paper) = (&state.book, state.paper(reading.paper));
    let pages = book.pages();
    let (sheet_width, sheet_height) = book.sheet().unwrap_or((0.0, 0.0));
    let shown = book.pictures.get(&reading.page).copied();
    let strip = book.strip().filter(|_| book.continuous).unwrap_or((0.0, 0.0));
    let (sheet_x, sheet_y) = book.origin(reading.page).unwrap_or((0.0, 0.0));
    let percent = reading.zoom.unwrap_or(1000) / 10;
    let (can_zoom_in, can_zoom_out) = state.zoom_room();
    let title = paper.map_or(&reading.title, |p| &p.title);
    // The pens need the paper's whole width.
    let question = if state.pen_tool().is_none() && state.two.is_none() {
        voting::question(state, words)
    } else {
        None
    };
    let can_beside = question.is_some();
    let vote = question.filter(|_| state.beside).map(Box::new);
    Reader {
        agenda: agenda::agenda(state, words),
        item_label: item_label(state, words, reading),
        paper: reading.paper.0,
        title: title.clone(),
        short_title: title.clone(),
        version_tag: version_tag(state, words, reading, paper),
        page: reading.page,
        pages,
        page_words: page_words(book, reading),
        zoom_words: format!("{percent}%"),
        fits_width: reading.zoom.is_none(),
        can_zoom_in,
        can_zoom_out,
        sheet_width,
        sheet_height,
        image: shown,
        sheet_x,
        sheet_y,
        strip_width: strip.0,
        strip_height: strip.1,
        others: others(state, book, reading),
        marks: marks(state),
        finding: finding(state, words),
        scroll_x: reading.scroll.0,
        scroll_y: reading.scroll.1,
        scroll_turn: reading.scroll_turn,
        thumbnails: thumbnails(state, reading),
        waiting: waiting(state, words, book, reading),
        follow: follow(state, words),
        pointer: state.pointer(book),
        ink: state.ink_on(book, reading.page),
        live: pen::live(state),
        can_write: state.may_write() && vote.is_none(),
        pen: pen::bar(state, words),
        two: two(state, words),
        can_beside,
        vote,
    }
}

/// The switch for it is there for who may show pages, and for all while somebody does.
fn follow(state: &State, words: Words) -> Option<Follow> {
    let online = state.online();
    let (key, on) = if state.presents() {
        ("follow.showing", true)
    } else if state.presenting().is_some() {
        (if online { "follow.on" } else { "follow.paused" }, state.follows())
    } else if state.may_present() {
        ("follow.show", false)
    } else {
        return None;
    };
    Some(Follow { label: words.say(key), on, enabled: online, points: state.shows_hand() })
}

/// Only those near what can be seen: a paper may have thousands of pages.
fn thumbnails(state: &State, reading: &Reading) -> Vec<Thumbnail> {
    let book = &state.book;
    let (first, last) = book
        .small_in_sight()
        .unwrap_or((reading.page, reading.page.saturating_add(FIRST_THUMBNAILS)));
    let end = last.saturating_add(THUMBNAILS_AROUND).saturating_add(1).min(book.pages());
    // What the new version has changed, while that one is open.
    let paper = state.paper(reading.paper).filter(|paper| paper.hash == reading.hash);
    let changed = paper.map_or(&[][..], |paper| &paper.changed);
    (first.saturating_sub(THUMBNAILS_AROUND)..end)
        .map(|page| Thumbnail {
            page,
            image: book.thumbnail(page).filter(|id| book.thumbnails.contains(id)),
            current: page == reading.page,
            changed: changed.binary_search(&(page + 1)).is_ok(),
        })
        .collect()
}

/// The pages in sight besides the one that is read.
fn others(state: &State, book: &Book, reading: &Reading) -> Vec<PageSheet> {
    let pages = book.in_sight().filter(|_| book.continuous).into_iter().flatten();
    let others = pages.filter(|page| *page != reading.page);
    others.filter_map(|page| sheet(state, book, page)).collect()
}

fn sheet(state: &State, book: &Book, page: u32) -> Option<PageSheet> {
    let ((x, y), (width, height)) = (book.origin(page)?, book.sheet_of(page)?);
    let (image, ink) = (book.pictures.get(&page).copied(), state.ink_on(book, page));
    Some(PageSheet { x, y, width, height, image, ink })
}

fn page_words(book: &Book, reading: &Reading) -> String {
    match book.pages() {
        0 => String::new(),
        pages => format!("{} / {pages}", reading.page + 1),
    }
}

/// `正在打开…`, or why there is nothing to be seen.
fn waiting(state: &State, words: Words, book: &Book, reading: &Reading) -> String {
    match &reading.failed {
        Some(code) => words.say(match code.as_str() {
            "timed_out" => "paper.too_slow",
            "busy" => "paper.busy",
            "locked" => "paper.locked",
            _ => "paper.broken",
        }),
        None if state.cannot_keep(&reading.hash) => words.say("paper.no_memory"),
        None if !state.shelf.ready.contains(&reading.hash) => words.say(if !state.online() {
            "paper.not_here"
        } else if state.postponed.contains_key(&reading.hash) {
            "paper.later"
        } else {
            "paper.coming"
        }),
        None if !book.pictures.contains_key(&reading.page) => words.say("paper.opening"),
        None => String::new(),
    }
}

/// What lies in the other half.
fn two(state: &State, words: Words) -> Option<Two> {
    let half = state.two.as_ref()?.half;
    let other = state.other_book().and_then(|book| {
        let reading = book.reading.as_ref()?;
        let paper = state.paper(reading.paper);
        let (width, height) = book.strip().unwrap_or((0.0, 0.0));
        let mut sheets: Vec<_> = sheet(state, book, reading.page).into_iter().collect();
        sheets.extend(others(state, book, reading));
        Some(Box::new(LaidPaper {
            paper: reading.paper.0,
            title: paper.map_or(&reading.title, |p| &p.title).clone(),
            version_tag: version_tag(state, words, reading, paper),
            page_words: page_words(book, reading),
            fits_width: reading.zoom.is_none(),
            width,
            height,
            sheets,
            scroll_x: reading.scroll.0,
            scroll_y: reading.scroll.1,
            scroll_turn: reading.scroll_turn,
            waiting: waiting(state, words, book, reading),
            pointer: state.pointer(book),
        }))
    });
    Some(Two { half, other })
}

fn marks(state: &State) -> Vec<Mark> {
    let (book, Some(search)) = (&state.book, &state.search) else { return Vec::new() };
    let Some(in_sight) = book.in_sight() else { return Vec::new() };
    let mut marks = Vec::new();
    for (place, hit) in search.found.hits.iter().enumerate() {
        if !in_sight.contains(&hit.page) {
            continue;
        }
        let (Some((x, y)), Some((wide, high))) = (book.origin(hit.page), book.sheet_of(hit.page))
        else {
            continue;
        };
        for spot in &hit.spots {
            let (left, top, right, bottom) = book.turned(*spot);
            let across = |at: u16| f32::from(at) / 10_000.0 * wide;
            let down = |at: u16| f32::from(at) / 10_000.0 * high;
            marks.push(Mark {
                x: x + across(left),
                y: y + down(top),
                width: across(right) - across(left),
                height: down(bottom) - down(top),
                current: search.current == Some(place),
            });
        }
    }
    marks
}

fn finding(state: &State, words: Words) -> Option<Finding> {
    let search = state.search.as_ref().filter(|search| !search.words.is_empty())?;
    Some(Finding {
        words: search.words.clone(),
        place: tally(words, search),
        can_step: !search.found.hits.is_empty(),
    })
}

/// `第 3 处，共 12 处`, `共 12 处`, `没有找到`.
fn tally(words: Words, search: &Search) -> String {
    let hits = search.found.hits.len().to_string();
    let count = if search.more { format!("{hits}+") } else { hits };
    match search.current {
        Some(at) => {
            let at = (at + 1).to_string();
            words.fill("find.place", &[("at", &at), ("count", &count)])
        }
        None if !search.found.hits.is_empty() => words.fill("find.count", &[("count", &count)]),
        None if search.found.done => words.say("find.nothing"),
        None => words.fill("find.going", &[("pages", &search.found.searched.to_string())]),
    }
}

pub(super) fn find(words: Words, search: &Search) -> FindSheet {
    let found = &search.found;
    let help = if search.words.is_empty() {
        words.say("find.help")
    } else if found.hits.is_empty() && !found.offers.is_empty() {
        words.say("find.choose")
    } else if found.cut && found.done {
        words.fill("find.cut", &[("pages", &found.searched.to_string())])
    } else {
        tally(words, search)
    };
    FindSheet {
        words: search.words.clone(),
        turn: search.turn,
        typing: search.typing,
        help,
        offers: found
            .offers
            .iter()
            .map(|offer| OfferRow {
                words: offer.words.clone(),
                count: words.fill("find.times", &[("count", &offer.count.to_string())]),
            })
            .collect(),
        hits: found
            .hits
            .iter()
            .enumerate()
            .map(|(place, hit)| {
                let [before, hit_words, after] = hit.excerpt.clone();
                HitRow {
                    page: words.fill("find.page", &[("page", &(hit.page + 1).to_string())]),
                    before,
                    words: hit_words,
                    after,
                    current: search.current == Some(place),
                }
            })
            .collect(),
    }
}

pub(super) fn go_to(state: &State, words: Words) -> GoToSheet {
    let page = state.book.reading.as_ref().map_or(0, |r| r.page);
    let contents = state.headings();
    let pages = state.book.pages();
    // The last entry that does not begin after this page.
    let here = contents.unwrap_or_default().iter().rposition(|h| h.page.is_some_and(|p| p <= page));
    GoToSheet {
        page,
        pages,
        pages_words: words.fill("go_to.pages", &[("pages", &pages.to_string())]),
        contents: contents
            .unwrap_or_default()
            .iter()
            .enumerate()
            .map(|(place, heading)| ContentsRow {
                title: heading.title.clone(),
                depth: heading.depth,
                // An entry may lead out of the paper.
                page: heading.page.filter(|page| *page < pages),
                current: here == Some(place),
            })
            .collect(),
        no_contents: match contents {
            None => words.say("go_to.reading"),
            Some([]) => words.say("go_to.no_contents"),
            Some(_) => String::new(),
        },
    }
}

pub(super) fn layout(state: &State) -> LayoutSheet {
    LayoutSheet {
        continuous: state.book.continuous,
        fits_width: state.book.reading.as_ref().is_some_and(|r| r.zoom.is_none()),
        two: state.two.is_some(),
    }
}

/// `新版本 09:10`: this is the new one, or a newer one waits to be opened, or it was taken off.
fn version_tag(state: &State, words: Words, reading: &Reading, paper: Option<&Paper>) -> String {
    let Some(paper) = paper else { return words.say("paper.withdrawn") };
    let key = if paper.hash == reading.hash { "paper.version" } else { "paper.newer" };
    let Some(at) = paper.replaced_at else { return String::new() };
    let new = words.fill(key, &[("time", &time::clock(at, state.utc_offset_minutes))]);
    if paper.hash == reading.hash && !paper.changed.is_empty() {
        return format!("{new}\u{3000}{}", changed(words, &paper.changed));
    }
    new
}

/// Which pages of the new version are new; how many, where they are scattered.
fn changed(words: Words, pages: &[u32]) -> String {
    const MOST_NAMED: usize = 3;
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for page in pages {
        match ranges.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(*page) => *last = *page,
            Some(_) | None => ranges.push((*page, *page)),
        }
    }
    if ranges.len() > MOST_NAMED {
        return words.fill("paper.changed_many", &[("count", &pages.len().to_string())]);
    }
    let name = |(first, last): &(u32, u32)| {
        if first == last { first.to_string() } else { format!("{first}–{last}") }
    };
    let named: Vec<String> = ranges.iter().map(name).collect();
    words.fill("paper.changed", &[("pages", &named.join(&words.say("paper.changed_and")))])
}

/// `第四项`; the bare word where the paper belongs to no item any more.
fn item_label(state: &State, words: Words, reading: &Reading) -> String {
    let holds = |i: &topic::Item| i.papers.iter().any(|p| p.id == reading.paper);
    match state.room.agenda.items.iter().zip(1u32..).find(|(i, _)| holds(i)) {
        Some((_, n)) => words.fill("item.number", &[("number", &words.numeral(n))]),
        None => words.say("rail.agenda"),
    }
}
