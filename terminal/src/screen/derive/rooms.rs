//! Before a server is known: the rooms on the network, and what is said while there
//! is none.

use crate::screen::{Action, Message, MessageKind, Page, RoomRow, Rooms};
use crate::seat::{Contact, Finding, IN_VAIN, Pin, State};
use crate::touch::Touch;
use crate::words::Words;
use std::collections::BTreeMap;

/// What is shown while nobody has said which server to call.
pub(super) fn page(state: &State, words: Words) -> Option<Page> {
    let finding = state.finding.as_ref()?;
    match state.expected() {
        None => Some(list(finding, words)),
        Some(pin) if !state.has_seat() => looked_for(state, finding, pin, words),
        Some(_) => None,
    }
}

fn list(finding: &Finding, words: Words) -> Page {
    let found = finding.found();
    if found.is_empty() {
        let key = if finding.deaf { "deaf" } else { "searching" };
        return Page::Message(Message {
            kind: if finding.deaf { MessageKind::Error } else { MessageKind::Waiting },
            title: words.say(&format!("message.{key}.title")),
            body: words.say(&format!("message.{key}.body")),
            hint: words.say(&format!("message.{key}.hint")),
            ..Message::default()
        });
    }
    let mut named = BTreeMap::new();
    for room in &found {
        *named.entry(room.room.as_str()).or_insert(0) += 1;
    }
    let alike = named.values().any(|times| *times > 1);
    let rows = found.iter().map(|room| {
        let addresses: Vec<String> = room.addresses.iter().map(ToString::to_string).collect();
        RoomRow {
            name: room.room.clone(),
            alike: named.get(room.room.as_str()).is_some_and(|times| *times > 1),
            code: words.fill("rooms.code", &[("code", &room.server.short())]),
            detail: match room.strange {
                true => words.say("rooms.strange"),
                false => addresses.first().cloned().unwrap_or_default(),
            },
            action: Action {
                label: words.say("rooms.pick"),
                touch: Touch::PickRoom(room.server),
                enabled: !room.strange,
            },
        }
    });
    Page::Rooms(Rooms {
        title: words.say("rooms.title"),
        body: words.say("rooms.body"),
        warning: if alike { words.say("rooms.alike") } else { String::new() },
        rows: rows.collect(),
    })
}

/// The server is known by its key, and does not answer.
fn looked_for(state: &State, finding: &Finding, pin: &Pin, words: Words) -> Option<Page> {
    let in_vain = match state.contact {
        Contact::Calling { attempt } => attempt > IN_VAIN,
        Contact::Distrusted { .. } => true,
        Contact::Idle
        | Contact::Greeting { .. }
        | Contact::Welcomed
        | Contact::Back { .. }
        | Contact::Refused { .. } => false,
    };
    if !in_vain {
        return None;
    }
    let fill = |key: &str| words.fill(key, &[("room", &pin.room)]);
    if let Some(other) = finding.namesake(pin) {
        return Some(Page::Message(Message {
            kind: MessageKind::Error,
            title: words.say("message.namesake.title"),
            body: fill("message.namesake.body"),
            hint: words.say(match state.may_pick() {
                true => "message.namesake.hint_pick",
                false => "message.other_server.hint",
            }),
            code: other.short(),
            code_label: words.fill("message.namesake.code_label", &[("code", &pin.server.short())]),
            action: other_room(state, words),
        }));
    }
    if let Contact::Distrusted { .. } = state.contact {
        return None;
    }
    Some(Page::Message(Message {
        kind: MessageKind::Waiting,
        title: fill("message.no_room.title"),
        body: words.say(if finding.deaf { "message.deaf.body" } else { "message.no_room.body" }),
        hint: words.say("message.no_server.hint"),
        action: other_room(state, words),
        ..Message::default()
    }))
}

/// While no server has given a seat, a wrong pick is mended with a finger; else there is only to
/// try at once.
pub(super) fn other_room(state: &State, words: Words) -> Option<Action> {
    let (key, touch) = match state.may_pick() {
        true => ("button.other_room", Touch::OtherRoom),
        false => ("button.retry_now", Touch::RetryNow),
    };
    Some(Action { label: words.say(key), touch, enabled: true })
}
