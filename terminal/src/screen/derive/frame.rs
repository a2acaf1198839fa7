//! What stands around the page: top bar, banner, rail, sheets.

use super::{agenda, pen, reader, secret, time};
use crate::screen::{
    Action, Banner, BannerKind, Connection, Page, Rail, RailEntry, RailKind, Service, Sheet, Speak,
    Speaker, SpeechState, TextSizeSheet, TopBar,
};
use crate::seat::{BAD_RECEIPT, Contact, Over, State, View};
use crate::touch::{ServiceKind, Touch};
use crate::words::Words;
use hemicycle_protocol::refusal::{Code, Refusal};
use hemicycle_protocol::topic::{Level, MyFloor, Notice, Phase, Speaking, VoteState};
use hemicycle_protocol::wire::Command;

pub(super) fn top(state: &State, words: Words) -> TopBar {
    let me = state.me();
    let connection = match state.contact {
        Contact::Welcomed | Contact::Back { .. } => Connection::Online,
        Contact::Greeting { .. } => Connection::Connecting,
        Contact::Calling { attempt: 0 } => Connection::Connecting,
        Contact::Idle
        | Contact::Calling { .. }
        | Contact::Refused { .. }
        | Contact::Distrusted { .. } => Connection::Offline,
    };
    let key = match connection {
        Connection::Offline => "connection.offline",
        Connection::Connecting => "connection.connecting",
        Connection::Online => "connection.online",
    };
    TopBar {
        meeting: state.room.meeting.as_ref().map(|m| m.title.clone()).unwrap_or_default(),
        seat: me
            .and_then(|m| m.seat)
            .map(|s| words.fill("seat.number", &[("seat", &s.to_string())]))
            .unwrap_or_default(),
        name: me.and_then(|m| m.person.as_ref()).map(|p| p.name.clone()).unwrap_or_default(),
        connection,
        connection_words: words.say(key),
        clock: if state.meeting_id().is_some() { state.clock_words() } else { String::new() },
    }
}

/// One banner at a time: the connection first, then what was refused, then notices, then what the
/// member has still to do. `Touch::Dismiss` goes by the same order.
pub(super) fn banner(state: &State, words: Words, page: &Page) -> Option<Banner> {
    let button = |key, touch| Some(Action { label: words.say(key), touch, enabled: true });
    let dismiss = || button("button.dismiss", Touch::Dismiss);
    let refused = |key, why: &Refusal| Banner {
        kind: BannerKind::Error,
        title: words.say(key),
        body: refusal(words, why, "refusal.other"),
        action: dismiss(),
    };
    if let Contact::Distrusted { .. } = state.contact {
        // In the middle of a meeting what is open stays readable: somebody on the network who
        // only pretends to be the server must not take it away.
        return Some(Banner {
            kind: BannerKind::Offline,
            title: words.say("banner.distrusted.title"),
            body: words.say("banner.distrusted.body"),
            action: button("button.retry_now", Touch::RetryNow),
        });
    }
    if !state.online() {
        let body = match (state.casting.is_some(), has_unsent_choice(state)) {
            (true, _) => "banner.offline.casting",
            (false, true) => "banner.offline.unsent",
            (false, false) => "banner.offline.body",
        };
        return Some(Banner {
            kind: BannerKind::Offline,
            title: words.say("banner.offline.title"),
            body: words.say(body),
            action: button("button.retry_now", Touch::RetryNow),
        });
    }
    if let Some((why, _)) = &state.trouble {
        return Some(refused("banner.refused.title", why));
    }
    if let Some((_, why)) = &state.uncounted {
        return Some(refused("banner.uncounted.title", why));
    }
    if let Some(banner) = secret::alarm(state, words) {
        return Some(banner);
    }
    if let Contact::Back { .. } = state.contact {
        let unsent = has_unsent_choice(state);
        return Some(Banner {
            kind: BannerKind::Reconnected,
            title: words.say("banner.back.title"),
            body: words.say(if unsent { "banner.back.unsent" } else { "banner.back.body" }),
            action: None,
        });
    }
    let notice = state.room.notice.as_ref().filter(|n| state.dismissed_notice != Some(n.at));
    if let Some(notice) = notice {
        return Some(Banner { action: dismiss(), ..told(words, notice) });
    }
    if let Some(banner) = secret::duty_banner(state, words) {
        return Some(banner);
    }
    // In the reader the switch is in its head.
    let shown = state.presenting().filter(|_| matches!(page, Page::Agenda(_)));
    if let Some(shown) = shown.filter(|_| state.may_read() && !state.presents()) {
        return Some(Banner {
            kind: BannerKind::Notice,
            title: words.fill("banner.shown.title", &[("name", &shown.name)]),
            body: state.paper(shown.paper).map(|paper| paper.title.clone()).unwrap_or_default(),
            action: button("banner.shown.action", Touch::FollowPresenter(true)),
        });
    }
    let signed_in = state.me().is_none_or(|me| me.signed_in);
    let reading = matches!(page, Page::Agenda(_) | Page::Reader(_));
    (reading && !signed_in).then(|| Banner {
        kind: BannerKind::Notice,
        title: words.say("banner.sign_in.title"),
        body: words.say("banner.sign_in.body"),
        action: button("button.sign_in", Touch::OpenVotePage),
    })
}

fn told(words: Words, notice: &Notice) -> Banner {
    let (title, body) = match notice.paper {
        Some(_) => {
            ("banner.notice.paper", words.fill("banner.paper.body", &[("title", &notice.text)]))
        }
        None => {
            let title = match notice.level {
                Level::Info => "banner.notice.info",
                Level::Important => "banner.notice.important",
            };
            (title, notice.text.clone())
        }
    };
    Banner { kind: BannerKind::Notice, title: words.say(title), body, action: None }
}

/// Something is chosen in a vote that runs, and was not submitted.
fn has_unsent_choice(state: &State) -> bool {
    let chosen = state.draft.as_ref().is_some_and(|d| d.chosen.iter().any(Option::is_some));
    chosen && state.votable().is_some() && !state.is_casting()
}

/// A refusal in words that a member understands. `otherwise` is said where the code is one that
/// only a technician could act on.
pub(super) fn refusal(words: Words, why: &Refusal, otherwise: &str) -> String {
    let bad_receipt = why.detail.as_deref() == Some(BAD_RECEIPT);
    let key = match why.code {
        Code::VoteNotOpen => "refusal.vote_not_open",
        Code::AlreadyVoted => "refusal.already_voted",
        Code::NotOnRoll => "refusal.not_on_roll",
        Code::NotSignedIn => "refusal.not_signed_in",
        Code::SignInClosed => "refusal.sign_in_closed",
        Code::PinNeeded => "refusal.pin_needed",
        Code::WrongPin => "refusal.wrong_pin",
        Code::PinLocked => "refusal.pin_locked",
        Code::SignatureNeeded => "refusal.signature_needed",
        Code::NoQuorum => "refusal.no_quorum",
        Code::NotAllowed | Code::WrongRole => "refusal.not_allowed",
        Code::WrongPhase | Code::WrongState => "refusal.wrong_phase",
        Code::AnotherVoteOpen => "refusal.another_vote_open",
        Code::NotAuthentic if bad_receipt => "refusal.bad_receipt",
        Code::NotAuthentic => "refusal.not_authentic",
        Code::Unavailable => "refusal.unavailable",
        Code::TooFast => "refusal.too_fast",
        Code::NoSeat | Code::SeatTaken | Code::SeatEmpty => "refusal.no_seat",
        Code::BadBallot => "refusal.bad_ballot",
        Code::SecretUnavailable => "refusal.secret_unavailable",
        Code::NoChange | Code::AlreadySignedIn => "refusal.no_change",
        Code::NotFound | Code::ChangedMeanwhile => "refusal.gone",
        Code::Malformed
        | Code::TooLarge
        | Code::OutOfOrder
        | Code::WrongVersion
        | Code::BadText
        | Code::BadValue
        | Code::BadRoster
        | Code::InUse
        | Code::Full => otherwise,
    };
    words.say(key)
}

pub(super) fn rail(state: &State, page: &Page) -> Rail {
    let here = match page {
        Page::Starting { .. }
        | Page::Message(_)
        | Page::Rooms(_)
        | Page::Standby(_)
        | Page::Ended(_) => {
            return Rail::default();
        }
        Page::SignIn(_) if state.me().is_none_or(|m| !m.signed_in) => return Rail::default(),
        Page::SignIn(_) | Page::Pause(_) => None,
        Page::Agenda(_) | Page::Reader(_) => Some(RailKind::Agenda),
        Page::Vote(_)
        | Page::List(_)
        | Page::Plurality(_)
        | Page::Submitted(_)
        | Page::Result(_) => Some(RailKind::Vote),
        // The result's words, where other seats have the result.
        Page::Chair(_) if state.view == View::Follow => Some(RailKind::Vote),
        Page::Chair(_) => Some(RailKind::Chair),
    };
    let offline = !state.online();
    let entry = |kind| RailEntry { selected: here == Some(kind), ..RailEntry::new(kind) };
    let open = state.votable().is_some_and(|v| v.state == VoteState::Open);
    let waits = open && !state.has_voted() && !state.is_casting();
    let mut entries = vec![
        entry(RailKind::Agenda),
        RailEntry {
            locked: offline,
            flagged: waits && here != Some(RailKind::Vote),
            ..entry(RailKind::Vote)
        },
        RailEntry { locked: offline, ..entry(RailKind::Speak) },
        RailEntry { locked: offline, ..entry(RailKind::Service) },
    ];
    if state.is_chair() {
        entries.push(RailEntry {
            flagged: here != Some(RailKind::Chair) && !state.room.floor.queue.is_empty(),
            ..entry(RailKind::Chair)
        });
    }
    entries.push(entry(RailKind::TextSize));
    Rail { entries }
}

pub(super) fn sheet(state: &State, words: Words, page: &Page) -> Option<Sheet> {
    let reading = matches!(page, Page::Reader(_));
    match state.over {
        Over::Nothing => None,
        Over::TextSize => Some(Sheet::TextSize(TextSizeSheet {
            sample: words.say("text_size.sample"),
            help: words.say("text_size.help"),
        })),
        // They belong to an open paper, and to no other page.
        Over::Find => state
            .search
            .as_ref()
            .filter(|_| reading)
            .map(|search| Sheet::Find(reader::find(words, search))),
        Over::GoTo => reading.then(|| Sheet::GoTo(reader::go_to(state, words))),
        Over::Layout => reading.then(|| Sheet::Layout(reader::layout(state))),
        Over::Export => pen::export(state, words).filter(|_| reading).map(Sheet::Export),
        Over::Speak(section) => Some(Sheet::Speak(Speak { section, ..speak(state, words) })),
    }
}

fn speak(state: &State, words: Words) -> Speak {
    let me = state.me();
    let floor = me.map(|m| m.floor).unwrap_or_default();
    let asking = state.pending.iter().any(|p| matches!(p.command, Command::AskToSpeak));
    let own = match floor {
        MyFloor::Quiet if asking => SpeechState::Asking,
        MyFloor::Quiet => SpeechState::None,
        MyFloor::Waiting { .. } => SpeechState::Waiting,
        MyFloor::Speaking => SpeechState::Speaking,
    };
    let signed_in = me.is_some_and(|m| m.signed_in);
    let in_session = state.room.meeting.as_ref().is_some_and(|m| m.phase == Phase::InSession);
    let can_ask = state.online() && signed_in && in_session;
    let help = match (can_ask, floor) {
        (false, _) if !state.online() => words.say("speak.offline"),
        (false, _) if !signed_in => words.say("speak.sign_in_first"),
        (false, _) => words.say("speak.not_in_session"),
        (true, MyFloor::Quiet) => {
            let place = state.room.floor.queue.len() + 1;
            words.fill("speak.help", &[("place", &place.to_string())])
        }
        (true, MyFloor::Waiting { place }) => {
            words.fill("speak.waiting", &[("place", &place.to_string())])
        }
        (true, MyFloor::Speaking) => words.say("speak.speaking"),
    };
    let called = me.and_then(|m| m.service);
    let services = ServiceKind::ALL
        .into_iter()
        .map(|kind| Service { kind, called: called == Some(crate::seat::service_on_wire(kind)) })
        .collect();
    let mut items = state.room.agenda.items.iter().zip(1u32..);
    let current = items.find(|(i, _)| Some(i.id) == state.current_item().map(|c| c.id));
    Speak {
        item: current.map(|(i, n)| agenda::item_words(words, i, n)).unwrap_or_default(),
        queue: queue(state, words),
        empty_words: words.say("speak.empty"),
        own,
        help,
        can_ask,
        services,
        called: if called.is_some() { words.say("service.called") } else { String::new() },
        can_call: state.online(),
        ..Speak::default()
    }
}

/// The time that is left, as the hall shows it; without a limit the time that was spent. This clock
/// may be a little behind the one that stamped the beginning.
fn speech_clock(state: &State, speaking: &Speaking) -> String {
    let now = state.server_now().max(speaking.since).0;
    match speaking.ends_at {
        Some(end) => time::countdown(end.0.saturating_sub(now)),
        None => time::count_up(now.saturating_sub(speaking.since.0)),
    }
}

/// Who speaks and who waits.
pub(super) fn queue(state: &State, words: Words) -> Vec<Speaker> {
    let own = state.me().and_then(|m| m.seat);
    let floor = &state.room.floor;
    let speaking = floor.speaking.iter().map(|s| Speaker {
        place: words.say("speak.now"),
        name: s.name.clone(),
        clock: speech_clock(state, s),
        speaking: true,
        seat: s.seat.0.into(),
        own: own == Some(s.seat),
    });
    let waiting = floor.queue.iter().zip(1u32..).map(|(w, place)| Speaker {
        place: words.fill("speak.place", &[("place", &place.to_string())]),
        name: w.name.clone(),
        clock: String::new(),
        speaking: false,
        seat: w.seat.0.into(),
        own: own == Some(w.seat),
    });
    speaking.chain(waiting).collect()
}
