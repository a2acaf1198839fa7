//! State → Screen: which page the seat shows, and in which words. Nothing is
//! decided about the meeting here; a page follows from the topics, the member's
//! own view and what is still on its way.

mod agenda;
mod chair;
mod entry;
mod frame;
mod law;
mod outcome;
mod pen;
mod phrases;
mod reader;
mod rooms;
mod secret;
mod time;
mod voting;

use super::{Page, Pause, Screen};
use crate::seat::{State, View};
use crate::touch::ChairView;
use crate::words::Words;
use hemicycle_protocol::topic::Phase;

pub use phrases::lines;
pub use time::clock;

/// Everything the window shows, derived anew from the state.
pub fn screen(state: &State) -> Screen {
    let words = Words::new(state.preferences.language);
    let page = page(state, words);
    let plain = matches!(
        page,
        Page::Starting { .. } | Page::Message(_) | Page::Rooms(_) | Page::Standby(_)
    );
    Screen {
        language: state.preferences.language,
        text_size: state.preferences.text_size,
        panel: super::Panel::Auto,
        top: frame::top(state, words),
        banner: if plain { None } else { frame::banner(state, words, &page) },
        rail: frame::rail(state, &page),
        sheet: if plain { None } else { frame::sheet(state, words, &page) },
        page,
    }
}

fn page(state: &State, words: Words) -> Page {
    if let Some(page) = rooms::page(state, words) {
        return page;
    }
    if let Some(message) = entry::message(state, words) {
        return message;
    }
    let (Some(meeting), Some(me)) = (&state.room.meeting, state.me()) else {
        return Page::Starting { text: words.say("starting.connecting") };
    };
    if let Some(page) = secret::duty_page(state, words) {
        return page;
    }
    match meeting.phase {
        Phase::Preparing => Page::Standby(entry::standby(state, words, meeting)),
        Phase::SignIn | Phase::InSession if !me.signed_in => {
            let open_by_wish = matches!(state.view, View::Agenda | View::Reader);
            if open_by_wish {
                reading(state, words)
            } else if state.woken || meeting.phase == Phase::InSession {
                Page::SignIn(entry::sign_in(state, words))
            } else {
                Page::Standby(entry::standby(state, words, meeting))
            }
        }
        Phase::SignIn => match state.view {
            View::Follow => Page::SignIn(entry::sign_in(state, words)),
            View::Agenda | View::Reader => reading(state, words),
            View::Chair(view) => chair_page(state, words, view),
        },
        Phase::InSession => in_session(state, words),
        Phase::Adjourned => match state.view {
            View::Follow => Page::Pause(Pause {
                title: words.say("pause.title"),
                body: words.say("pause.body"),
                until: String::new(),
            }),
            View::Agenda | View::Reader => reading(state, words),
            View::Chair(view) => chair_page(state, words, view),
        },
        Phase::Closed => Page::Ended(entry::ended(state, words, meeting)),
    }
}

fn in_session(state: &State, words: Words) -> Page {
    match state.view {
        View::Chair(view) => chair_page(state, words, view),
        View::Agenda | View::Reader => reading(state, words),
        // After the vote its words are what the chair needs.
        View::Follow if state.shown_vote().is_some() && chair::announcing(state) => {
            chair_page(state, words, ChairView::Announcement)
        }
        View::Follow => state
            .shown_vote()
            .and_then(|vote| voting::page(state, words, vote))
            .unwrap_or_else(|| reading(state, words)),
    }
}

fn chair_page(state: &State, words: Words, view: ChairView) -> Page {
    if state.is_chair() {
        Page::Chair(chair::page(state, words, view))
    } else {
        reading(state, words)
    }
}

/// The open paper. Whoever follows the meeting sees it only while the meeting is at its item.
fn reading(state: &State, words: Words) -> Page {
    let open = state.book.reading.as_ref().filter(|reading| match state.view {
        View::Reader => true,
        View::Follow => {
            let papers = state.current_item().map(|i| i.papers.as_slice()).unwrap_or_default();
            papers.iter().any(|p| p.id == reading.paper)
        }
        View::Agenda | View::Chair(_) => false,
    });
    match open {
        Some(reading) => Page::Reader(reader::reader(state, words, reading)),
        None => Page::Agenda(super::AgendaPage { agenda: agenda::agenda(state, words) }),
    }
}
