//! Before and around the sitting: what is wrong, the nameplate, sign-in, the end.

use super::time;
use crate::screen::{
    Ended, MapSeat, Message, MessageKind, Page, SeatMap, SignIn, SignInState, SignInWay, Standby,
};
use crate::seat::{Contact, Distrust, SigningIn, State};
use crate::words::Words;
use hemicycle_protocol::ids::SeatId;
use hemicycle_protocol::people::{Drawing, PIN_DIGITS, SignInBy};
use hemicycle_protocol::refusal::Code;
use hemicycle_protocol::topic::{Meeting, MyPin, Person, Phase, Place, Standing};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Boxes for the digits of a PIN, as the server draws them; a longer one gets more.
const PIN_BOXES: u8 = 6;

/// What stands in the way of everything else, if anything does.
pub(super) fn message(state: &State, words: Words) -> Option<Page> {
    let code = || (state.key().short(), words.say("message.number_label"));
    let build = |kind, key: &str, (code, code_label): (String, String), action| {
        Some(Page::Message(Message {
            kind,
            title: words.say(&format!("message.{key}.title")),
            body: words.say(&format!("message.{key}.body")),
            hint: words.say(&format!("message.{key}.hint")),
            code,
            code_label,
            action,
        }))
    };
    let retry = || super::rooms::other_room(state, words);
    let again = || if state.may_pick() { retry() } else { None };
    if let Contact::Distrusted { why } = &state.contact
        && !state.has_seat()
    {
        let (key, code, label) = distrust(state, words, why);
        return build(MessageKind::Error, key, (code, label), retry());
    }
    if let Contact::Refused { why } = &state.contact {
        let key = if why.code == Code::WrongVersion {
            "wrong_version"
        } else if why.code == Code::SeatTaken {
            "seat_taken"
        } else {
            "refused"
        };
        return build(MessageKind::Error, key, code(), retry());
    }
    // Without a seat there is nothing to go on with while the server does not answer.
    let in_vain = matches!(state.contact, Contact::Calling { attempt } if attempt > 2);
    let Some(me) = state.me().filter(|me| me.seat.is_some() || !in_vain) else {
        return match state.contact {
            Contact::Calling { attempt } if attempt > 2 => {
                build(MessageKind::Waiting, "no_server", Default::default(), retry())
            }
            Contact::Idle
            | Contact::Calling { .. }
            | Contact::Greeting { .. }
            | Contact::Welcomed
            | Contact::Back { .. }
            | Contact::Refused { .. }
            | Contact::Distrusted { .. } => None,
        };
    };
    if me.seat.is_none() && me.refused {
        return build(MessageKind::Error, "not_admitted", code(), again());
    }
    if me.seat.is_none() {
        let room = words.fill("message.no_seat.code_label", &[("room", state.room_name())]);
        let shown = state.pairing_code().map(|code| (code.to_owned(), room));
        return build(MessageKind::Waiting, "no_seat", shown.unwrap_or_default(), again());
    }
    if me.person.is_none() {
        return build(MessageKind::Info, "seat_empty", code(), None);
    }
    None
}

/// What is said of a server that is told nothing; and its key's short form, where that is what a
/// technician compares.
fn distrust(state: &State, words: Words, why: &Distrust) -> (&'static str, String, String) {
    match why {
        Distrust::OtherServer { server } => {
            let room = state.expected().map(|pin| pin.room.as_str()).unwrap_or_default();
            let label = words.fill("message.other_server.code_label", &[("room", room)]);
            ("other_server", server.short(), label)
        }
        Distrust::Certificate => ("not_proven", String::new(), String::new()),
    }
}

pub(super) fn standby(state: &State, words: Words, meeting: &Meeting) -> Standby {
    let (date, begins) = time::beginning(words, &meeting.starts_at);
    let (name, post, seat) = person(state);
    Standby {
        meeting: meeting.title.clone(),
        clock: state.clock_words(),
        name,
        post,
        seat_label: words.say("seat.label"),
        seat,
        date,
        begins,
        prompt: if meeting.phase == Phase::SignIn {
            words.say("standby.prompt")
        } else {
            String::new()
        },
    }
}

fn person(state: &State) -> (String, String, String) {
    let me = state.me();
    let person = me.and_then(|me| me.person.as_ref());
    let seat = me.and_then(|me| me.seat).map(|s| s.to_string()).unwrap_or_default();
    person.map_or((String::new(), String::new(), seat.clone()), |p: &Person| {
        (p.name.clone(), p.title.clone(), seat)
    })
}

pub(super) fn sign_in(state: &State, words: Words) -> SignIn {
    let (name, post, seat) = person(state);
    let me = state.me();
    let attendance = &state.room.attendance;
    let attendee =
        me.and_then(|m| m.person.as_ref()).is_some_and(|p| p.standing == Standing::Attendee);
    let signed_in = me.is_some_and(|m| m.signed_in);
    let sign_in = if signed_in {
        SignInState::Done {
            title: words.say("sign_in.done"),
            detail: words.fill("sign_in.done_detail", &[("seat", &seat)]),
        }
    } else {
        match &state.signing_in {
            SigningIn::Ready => SignInState::Ready,
            SigningIn::Busy(_) => SignInState::Busy,
            SigningIn::Failed(why) => {
                SignInState::Failed { words: super::frame::refusal(words, why, "sign_in.failed") }
            }
        }
    };
    let prompt = match (signed_in, attendee, me.is_some_and(|m| m.on_leave)) {
        (true, true, _) => "sign_in.next_attendee",
        (true, false, _) => "sign_in.next",
        (false, _, true) => "sign_in.on_leave",
        (false, _, false) => "sign_in.prompt",
    };
    let (map, map_words) = map(state, words);
    let way = if signed_in { SignInWay::Press } else { way(state, words) };
    let prompt = match (&way, prompt) {
        (SignInWay::Pin { .. }, _) => "sign_in.pin",
        (SignInWay::Press | SignInWay::Signature { .. }, prompt) => prompt,
    };
    SignIn {
        name,
        post,
        seat_label: words.say("seat.label"),
        seat,
        state: sign_in,
        prompt: words.say(prompt),
        present_label: words.say("attendance.present"),
        present: attendance.present.to_string(),
        members: words.fill("attendance.of", &[("members", &attendance.members.to_string())]),
        map,
        map_words,
        way,
    }
}

fn way(state: &State, words: Words) -> SignInWay {
    let may_confirm = state.may_confirm();
    match state.sign_in_by() {
        SignInBy::Touch => SignInWay::Press,
        SignInBy::Pin => {
            let MyPin { set, left } = state.my_pin();
            let most = u8::try_from(*PIN_DIGITS.end()).unwrap_or(PIN_BOXES);
            let typed = u8::try_from(state.proof.typed()).unwrap_or(u8::MAX);
            let note = match (set, left) {
                (false, _) => words.say("sign_in.pin_missing"),
                (true, 0) => words.say("sign_in.pin_locked"),
                (true, left) => words.fill("sign_in.pin_note", &[("left", &left.to_string())]),
            };
            SignInWay::Pin {
                typed,
                boxes: typed.clamp(PIN_BOXES, most),
                open: state.takes_pin(),
                may_confirm,
                note,
            }
        }
        SignInBy::Signature => SignInWay::Signature {
            strokes: path(&state.proof.drawing),
            may_confirm,
            note: words.say("sign_in.draw"),
        },
    }
}

/// Lines from point to point; a single point is a line of no length, which round ends show.
fn path(drawing: &Drawing) -> String {
    let mut path = String::new();
    for stroke in &drawing.strokes {
        for (i, [x, y]) in stroke.iter().enumerate() {
            let kind = if i == 0 { 'M' } else { 'L' };
            // Writing to a String cannot fail.
            let _ = write!(path, "{kind}{x} {y} ");
        }
        if let [[x, y]] = stroke.as_slice() {
            let _ = write!(path, "L{x} {y} ");
        }
    }
    path
}

/// The room's seats, the own one marked, and the words under them. Who else has signed in is not
/// this screen's business.
fn map(state: &State, words: Words) -> (SeatMap, String) {
    let Some(roll) = &state.room.roll else { return Default::default() };
    let own = state.me().and_then(|m| m.seat);
    let people = roll.people.iter();
    let taken: Vec<SeatId> = people
        .filter(|p| p.standing == Standing::Member || Some(p.seat) == own)
        .map(|p| p.seat)
        .collect();
    let (drawn, key) = match plan(&roll.layout, &taken) {
        Some(places) => (places, "map.words"),
        None => (rows(&taken), "map.rows"),
    };
    let left = drawn.iter().map(|p| p.x).min().unwrap_or(0);
    let top = drawn.iter().map(|p| p.y).min().unwrap_or(0);
    let seats: Vec<MapSeat> = drawn
        .iter()
        .map(|place| MapSeat {
            half_column: place.x.saturating_sub(left),
            row: place.y.saturating_sub(top) / 2,
            number: place.seat.0.into(),
            own: Some(place.seat) == own,
        })
        .collect();
    let under = if seats.is_empty() { String::new() } else { words.say(key) };
    let map = SeatMap {
        half_columns: seats.iter().map(|s| s.half_column.saturating_add(2)).max().unwrap_or(0),
        rows: seats.iter().map(|s| s.row.saturating_add(1)).max().unwrap_or(0),
        seats,
    };
    (map, under)
}

/// The roster's own plan, if it has a place for everybody.
fn plan(layout: &[Place], taken: &[SeatId]) -> Option<Vec<Place>> {
    let places: BTreeMap<_, _> = layout.iter().map(|p| (p.seat, *p)).collect();
    taken.iter().map(|seat| places.get(seat).copied()).collect()
}

/// Rows of equal length, somewhat wider than high.
fn rows(taken: &[SeatId]) -> Vec<Place> {
    let wide = (taken.len() * 8).div_ceil(5).isqrt().max(1);
    let each = taken.len().div_ceil(taken.len().div_ceil(wide).max(1)).max(1);
    let at = |n: usize| u16::try_from(n * 2).unwrap_or(u16::MAX);
    let places = taken.iter().enumerate();
    places.map(|(i, seat)| Place { seat: *seat, x: at(i % each), y: at(i / each) }).collect()
}

pub(super) fn ended(state: &State, words: Words, meeting: &Meeting) -> Ended {
    let attendance = &state.room.attendance;
    Ended {
        title: words.say("ended.title"),
        body: meeting.title.clone(),
        lines: vec![
            words.fill(
                "ended.attendance",
                &[
                    ("members", &attendance.members.to_string()),
                    ("present", &attendance.present.to_string()),
                ],
            ),
            words.say("ended.papers"),
        ],
    }
}
