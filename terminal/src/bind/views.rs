//! Sets what a `Screen` says on the pages: the frame, and every page but those about votes.

use slint::{ComponentHandle, SharedString};

use super::models::{int, sync, sync_text};
use super::{Inner, pen, reading, ui, voting, words};
use crate::screen::{
    Agenda, Banner, BannerKind, Chair, Connection, ItemState, Language, MapSeat, MessageKind, Page,
    Panel, RailKind, Rooms, Screen, Sheet, SignIn, SignInState, SignInWay, Speak, SpeakSection,
    Speaker, SpeechState, Standby, TextSizeSheet,
};
use crate::touch::{ChairView, ServiceKind};

/// Sets everything that differs from what was shown before.
pub(super) fn show(inner: &Inner, before: Option<&Screen>, now: &Screen) {
    let app = &inner.app;
    if before.is_none_or(|before| before.language != now.language) {
        words::fill(app, now.language);
    }
    let theme = app.global::<ui::Theme>();
    theme.set_step(i32::from(now.text_size.step()));
    theme.set_latin(now.language == Language::En);
    let face = app.global::<ui::Face>();
    face.set_panel(match now.panel {
        Panel::Auto => ui::PanelKind::Auto,
        Panel::Wide => ui::PanelKind::Wide,
        Panel::Compact => ui::PanelKind::Compact,
    });
    if before.is_none_or(|before| before.top != now.top) {
        top(inner, now);
    }
    if before.is_none_or(|before| before.rail != now.rail) {
        rail(inner, now);
    }
    if before.is_none_or(|before| before.banner != now.banner) {
        banner(inner, now.banner.as_ref());
    }
    if before.is_none_or(|before| before.page != now.page) {
        inner.images.borrow_mut().want(reading::images_of(now));
        page(inner, &now.page);
        face.set_page(page_kind(&now.page));
    }
    if before.is_none_or(|before| before.sheet != now.sheet || before.language != now.language) {
        face.set_sheet(sheet(inner, now));
    }
}

pub(super) fn text(text: &str) -> SharedString {
    SharedString::from(text)
}

fn page_kind(page: &Page) -> ui::PageKind {
    match page {
        Page::Starting { .. } | Page::Message(_) | Page::Pause(_) | Page::Ended(_) => {
            ui::PageKind::Message
        }
        Page::Rooms(_) => ui::PageKind::Rooms,
        Page::Standby(_) => ui::PageKind::Standby,
        Page::SignIn(page) => match page.way {
            SignInWay::Press => ui::PageKind::SignIn,
            SignInWay::Pin { .. } => ui::PageKind::Pin,
            SignInWay::Signature { .. } => ui::PageKind::Signature,
        },
        Page::Agenda(_) => ui::PageKind::Agenda,
        Page::Reader(_) => ui::PageKind::Reader,
        Page::Vote(_) => ui::PageKind::Vote,
        Page::List(_) => ui::PageKind::List,
        Page::Plurality(_) => ui::PageKind::Plurality,
        Page::Submitted(_) => ui::PageKind::Submitted,
        Page::Result(_) => ui::PageKind::Result,
        Page::Chair(_) => ui::PageKind::Chair,
    }
}

fn page(inner: &Inner, page: &Page) {
    match page {
        Page::Starting { text } => {
            quiet(
                inner,
                &Quiet { kind: ui::MessageKind::Starting, body: text, ..Quiet::default() },
            );
        }
        Page::Message(message) => quiet(
            inner,
            &Quiet {
                kind: match message.kind {
                    MessageKind::Info => ui::MessageKind::Info,
                    MessageKind::Waiting => ui::MessageKind::Waiting,
                    MessageKind::Error => ui::MessageKind::Error,
                },
                title: &message.title,
                body: &message.body,
                hint: &message.hint,
                code: &message.code,
                code_label: &message.code_label,
                action: message.action.as_ref().map_or("", |action| &action.label),
                action_enabled: message.action.as_ref().is_some_and(|action| action.enabled),
                lines: &[],
            },
        ),
        Page::Pause(pause) => quiet(
            inner,
            &Quiet {
                kind: ui::MessageKind::Pause,
                title: &pause.title,
                body: &pause.body,
                hint: &pause.until,
                ..Quiet::default()
            },
        ),
        Page::Ended(ended) => quiet(
            inner,
            &Quiet {
                kind: ui::MessageKind::Ended,
                title: &ended.title,
                body: &ended.body,
                lines: &ended.lines,
                ..Quiet::default()
            },
        ),
        Page::Rooms(page) => rooms(inner, page),
        Page::Standby(page) => standby(inner, page),
        Page::SignIn(page) => sign_in(inner, page),
        Page::Agenda(page) => agenda(inner, &page.agenda),
        Page::Reader(page) => reading::reader(inner, page),
        Page::Vote(page) => voting::vote(inner, page),
        Page::List(page) => voting::list(inner, page),
        Page::Plurality(page) => voting::plurality(inner, page),
        Page::Submitted(page) => voting::submitted(inner, page),
        Page::Result(page) => voting::result(inner, page),
        Page::Chair(page) => chair(inner, page),
    }
}

fn rooms(inner: &Inner, page: &Rooms) {
    let view = inner.app.global::<ui::RoomsView>();
    view.set_title(text(&page.title));
    view.set_body(text(&page.body));
    view.set_warning(text(&page.warning));
    let rows = page.rows.iter().map(|row| ui::RoomRow {
        name: text(&row.name),
        alike: row.alike,
        code: text(&row.code),
        detail: text(&row.detail),
        action: text(&row.action.label),
        enabled: row.action.enabled,
    });
    sync(&inner.models.rooms, rows.collect());
}

fn top(inner: &Inner, screen: &Screen) {
    let view = inner.app.global::<ui::TopView>();
    let top = &screen.top;
    let who = match (top.seat.is_empty(), top.name.is_empty()) {
        (false, false) => format!("{}　{}", top.seat, top.name),
        _ => format!("{}{}", top.seat, top.name),
    };
    view.set_meeting(text(&top.meeting));
    view.set_who(text(&who));
    view.set_link(match top.connection {
        Connection::Offline => ui::Link::Offline,
        Connection::Connecting => ui::Link::Connecting,
        Connection::Online => ui::Link::Online,
    });
    view.set_link_words(text(&top.connection_words));
    view.set_clock(text(&top.clock));
    let title = if top.meeting.is_empty() { &top.name } else { &top.meeting };
    inner.app.set_window_title(text(title));
}

fn rail(inner: &Inner, screen: &Screen) {
    // The order of the entries is the rail's; the text size stands at the foot.
    let rows: Vec<ui::RailItem> = screen
        .rail
        .entries
        .iter()
        .map(|entry| ui::RailItem {
            kind: match entry.kind {
                RailKind::Agenda => ui::RailKind::Agenda,
                RailKind::Vote => ui::RailKind::Vote,
                RailKind::Speak => ui::RailKind::Speak,
                RailKind::Service => ui::RailKind::Service,
                RailKind::Chair => ui::RailKind::Chair,
                RailKind::TextSize => ui::RailKind::TextSize,
            },
            selected: entry.selected,
            locked: entry.locked,
            flagged: entry.flagged,
        })
        .collect();
    inner.app.global::<ui::RailView>().set_count(int(rows.len()));
    sync(&inner.models.rail, rows);
}

fn banner(inner: &Inner, banner: Option<&Banner>) {
    let view = inner.app.global::<ui::BannerView>();
    view.set_shown(banner.is_some());
    let Some(banner) = banner else { return };
    view.set_kind(match banner.kind {
        BannerKind::Offline => ui::BannerKind::Offline,
        BannerKind::Reconnected => ui::BannerKind::Reconnected,
        BannerKind::Error => ui::BannerKind::Error,
        BannerKind::Notice => ui::BannerKind::Notice,
    });
    view.set_title(text(&banner.title));
    view.set_body(text(&banner.body));
    view.set_action(text(banner.action.as_ref().map_or("", |action| &action.label)));
    view.set_action_enabled(banner.action.as_ref().is_some_and(|action| action.enabled));
}

fn sheet(inner: &Inner, screen: &Screen) -> ui::SheetKind {
    match &screen.sheet {
        None => ui::SheetKind::None,
        Some(Sheet::TextSize(TextSizeSheet { sample, help })) => {
            let view = inner.app.global::<ui::TextSizeView>();
            view.set_sample(text(sample));
            view.set_help(text(help));
            view.set_english(screen.language == Language::En);
            ui::SheetKind::TextSize
        }
        Some(Sheet::Speak(sheet)) => {
            speak(inner, sheet);
            ui::SheetKind::Speak
        }
        Some(Sheet::Find(sheet)) => {
            reading::find(inner, sheet);
            ui::SheetKind::Find
        }
        Some(Sheet::GoTo(sheet)) => {
            reading::go_to(inner, sheet);
            ui::SheetKind::GoTo
        }
        Some(Sheet::Layout(sheet)) => {
            reading::layout(inner, *sheet);
            ui::SheetKind::Layout
        }
        Some(Sheet::Export(sheet)) => {
            pen::export(inner, sheet);
            ui::SheetKind::Export
        }
    }
}

fn speak(inner: &Inner, sheet: &Speak) {
    let view = inner.app.global::<ui::SpeakView>();
    view.set_section(match sheet.section {
        SpeakSection::Speak => ui::SpeakSection::Speak,
        SpeakSection::Service => ui::SpeakSection::Service,
    });
    view.set_item(text(&sheet.item));
    view.set_queue_count(int(sheet.queue.len()));
    sync(&inner.models.speech_queue, sheet.queue.iter().map(speaker).collect());
    view.set_empty_words(text(&sheet.empty_words));
    view.set_own(match sheet.own {
        SpeechState::None => ui::SpeechState::None,
        SpeechState::Asking => ui::SpeechState::Asking,
        SpeechState::Waiting => ui::SpeechState::Waiting,
        SpeechState::Speaking => ui::SpeechState::Speaking,
    });
    view.set_help(text(&sheet.help));
    view.set_can_ask(sheet.can_ask);
    let services = sheet.services.iter().map(|service| ui::ServiceItem {
        kind: int(ServiceKind::ALL.iter().position(|kind| *kind == service.kind).unwrap_or(0)),
        called: service.called,
    });
    sync(&inner.models.services, services.collect());
    view.set_called(text(&sheet.called));
    view.set_can_call(sheet.can_call);
}

fn speaker(speaker: &Speaker) -> ui::SpeakerRow {
    ui::SpeakerRow {
        place: text(&speaker.place),
        name: text(&speaker.name),
        clock: text(&speaker.clock),
        speaking: speaker.speaking,
        seat: int(speaker.seat),
        own: speaker.own,
    }
}

/// What the pages that ask nothing have in common.
#[derive(Default)]
struct Quiet<'a> {
    kind: ui::MessageKind,
    title: &'a str,
    body: &'a str,
    hint: &'a str,
    code: &'a str,
    code_label: &'a str,
    action: &'a str,
    action_enabled: bool,
    lines: &'a [String],
}

fn quiet(inner: &Inner, page: &Quiet<'_>) {
    let view = inner.app.global::<ui::MessageView>();
    view.set_kind(page.kind);
    view.set_title(text(page.title));
    view.set_body(text(page.body));
    view.set_hint(text(page.hint));
    view.set_code(text(page.code));
    view.set_code_label(text(page.code_label));
    view.set_action(text(page.action));
    view.set_action_enabled(page.action_enabled);
    sync_text(&inner.models.message_lines, page.lines);
}

fn standby(inner: &Inner, page: &Standby) {
    let view = inner.app.global::<ui::StandbyView>();
    view.set_meeting(text(&page.meeting));
    view.set_clock(text(&page.clock));
    view.set_name(text(&page.name));
    view.set_post(text(&page.post));
    view.set_seat_label(text(&page.seat_label));
    view.set_seat(text(&page.seat));
    view.set_date(text(&page.date));
    view.set_begins(text(&page.begins));
    view.set_prompt(text(&page.prompt));
}

fn sign_in(inner: &Inner, page: &SignIn) {
    let view = inner.app.global::<ui::SignInView>();
    view.set_name(text(&page.name));
    view.set_post(text(&page.post));
    view.set_seat_label(text(&page.seat_label));
    view.set_seat(text(&page.seat));
    view.set_prompt(text(&page.prompt));
    let (state, error, title, detail) = match &page.state {
        SignInState::Ready => (ui::SignInState::Ready, "", "", ""),
        SignInState::Busy => (ui::SignInState::Busy, "", "", ""),
        SignInState::Failed { words } => (ui::SignInState::Failed, words.as_str(), "", ""),
        SignInState::Done { title, detail } => {
            (ui::SignInState::Done, "", title.as_str(), detail.as_str())
        }
    };
    view.set_state(state);
    view.set_error(text(error));
    view.set_done_title(text(title));
    view.set_done_detail(text(detail));
    view.set_present_label(text(&page.present_label));
    view.set_present(text(&page.present));
    view.set_members(text(&page.members));
    let prove = inner.app.global::<ui::ProveView>();
    match &page.way {
        SignInWay::Press => prove.set_strokes(text("")),
        SignInWay::Pin { typed, boxes, open, may_confirm, note } => {
            prove.set_typed(int(*typed));
            prove.set_boxes(int(*boxes));
            prove.set_open(*open);
            prove.set_may_confirm(*may_confirm);
            prove.set_note(text(note));
        }
        SignInWay::Signature { strokes, may_confirm, note } => {
            prove.set_strokes(text(strokes));
            prove.set_may_confirm(*may_confirm);
            prove.set_note(text(note));
        }
    }
    view.set_map_words(text(&page.map_words));
    view.set_half_columns(int(page.map.half_columns));
    view.set_rows(int(page.map.rows));
    let seats = page.map.seats.iter().map(|seat: &MapSeat| ui::MapSeat {
        half_column: int(seat.half_column),
        row: int(seat.row),
        number: SharedString::from(seat.number.to_string()),
        own: seat.own,
    });
    sync(&inner.models.seats, seats.collect());
}

pub(super) fn agenda(inner: &Inner, agenda: &Agenda) {
    let view = inner.app.global::<ui::AgendaView>();
    view.set_count_words(text(&agenda.count_words));
    view.set_receipts_words(text(&agenda.receipts_words));
    let mut rows = Vec::new();
    for (index, item) in agenda.items.iter().enumerate() {
        rows.push(ui::AgendaRow {
            kind: ui::AgendaRowKind::Item,
            index: int(index),
            number: text(&item.number),
            short: text(&item.short_title),
            title: text(&item.title),
            state: match item.state {
                ItemState::Waiting => ui::ItemState::Waiting,
                ItemState::Current => ui::ItemState::Current,
                ItemState::Done => ui::ItemState::Done,
            },
            words: text(&item.state_words),
            open: item.open,
            ..ui::AgendaRow::default()
        });
        if !item.open {
            continue;
        }
        for paper in &item.papers {
            rows.push(ui::AgendaRow {
                kind: ui::AgendaRowKind::Paper,
                id: int(paper.id),
                short: text(&paper.short_title),
                title: text(&paper.title),
                words: text(&paper.detail),
                new_tag: text(&paper.new_tag),
                selected: paper.selected,
                ready: paper.ready,
                ..ui::AgendaRow::default()
            });
        }
        if item.papers.is_empty() {
            rows.push(ui::AgendaRow {
                kind: ui::AgendaRowKind::None,
                short: text(&item.no_papers),
                ..ui::AgendaRow::default()
            });
        }
        if let Some(last) = rows.last_mut() {
            last.last = true;
        }
    }
    sync(&inner.models.agenda, rows);
}

fn chair(inner: &Inner, page: &Chair) {
    let view = inner.app.global::<ui::ChairView>();
    view.set_section(match page.view {
        None | Some(ChairView::Overview | ChairView::Steps) => ui::ChairSection::Overview,
        Some(ChairView::Missing) => ui::ChairSection::Missing,
        Some(ChairView::Queue) => ui::ChairSection::Queue,
        Some(ChairView::Announcement) => ui::ChairSection::Announcement,
    });
    view.set_present_label(text(&page.present_label));
    view.set_present(text(&page.present));
    view.set_members(text(&page.members));
    view.set_attendance_words(text(&page.attendance_words));
    view.set_quorum(match page.quorum_met {
        None => ui::QuorumState::None,
        Some(true) => ui::QuorumState::Met,
        Some(false) => ui::QuorumState::Unmet,
    });
    view.set_quorum_words(text(&page.quorum_words));
    view.set_step_label(text(&page.step_label));
    view.set_step_words(text(&page.step_words));
    view.set_step_help(text(&page.step_help));
    view.set_has_next(page.next.is_some());
    if let Some(next) = &page.next {
        view.set_next_words(text(&next.label));
        view.set_next_enabled(next.enabled);
    }
    let decisions = page.decisions.iter().map(|decision| ui::DecisionRow {
        label: text(&decision.action.label),
        enabled: decision.action.enabled,
        chosen: decision.chosen,
    });
    view.set_decides(!page.decisions.is_empty());
    sync(&inner.models.decisions, decisions.collect());
    view.set_missing_label(text(&page.missing_label));
    view.set_missing_count(int(page.missing.len()));
    let missing = page.missing.iter().map(|missing| ui::MissingRow {
        name: text(&missing.name),
        state: text(&missing.state),
        on_leave: missing.on_leave,
    });
    sync(&inner.models.missing, missing.collect());
    view.set_nobody_missing(text(&page.nobody_missing));
    view.set_queue_label(text(&page.queue_label));
    view.set_queue_count(int(page.queue.len()));
    sync(&inner.models.chair_queue, page.queue.iter().map(speaker).collect());
    view.set_nobody_waiting(text(&page.nobody_waiting));
    view.set_announcement_label(text(&page.announcement_label));
    view.set_announcement(text(&page.announcement.join("\n")));
}
