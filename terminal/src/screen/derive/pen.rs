//! The pen in the reader, and what an export is at.

use crate::screen::{ExportSheet, ExportState, LiveStroke, PenBar};
use crate::seat::{ExportTrouble, Exporting, Keeping, State};
use crate::words::Words;

pub(super) fn bar(state: &State, words: Words) -> Option<PenBar> {
    let tool = state.pen_tool()?;
    let shows = state.shows_hand();
    let (can_undo, can_redo) = state.can_undo();
    Some(PenBar {
        tool,
        shows,
        words: told(state, words, shows),
        can_undo,
        can_redo,
        can_export: state.may_export(),
    })
}

/// `批注仅您本人可见　已保存`
fn told(state: &State, words: Words, shows: bool) -> String {
    if state.notes.full() {
        return words.say("pen.full");
    }
    if shows {
        return words.say("pen.shown");
    }
    let open = state.book.reading.as_ref();
    if open.is_some_and(|reading| state.notes.closed(&reading.hash, reading.page)) {
        return words.say("pen.closed");
    }
    let keeping = match state.notes_keeping() {
        Keeping::Kept if state.notes_coming() => "pen.coming",
        Keeping::Kept => "pen.kept",
        Keeping::OnTheWay => "pen.on_the_way",
        Keeping::Waits => "pen.waits",
    };
    format!("{}\u{3000}{}", words.say("pen.private"), words.say(keeping))
}

pub(super) fn live(state: &State) -> Option<LiveStroke> {
    let (page, stroke) = state.live_stroke()?;
    let ((x, y), (width, height)) = (state.book.origin(page)?, state.book.sheet_of(page)?);
    let turn = state.book.reading.as_ref()?.turn;
    Some(LiveStroke { x, y, width, height, turn, stroke })
}

pub(super) fn export(state: &State, words: Words) -> Option<ExportSheet> {
    let (sheet_state, key, can_retry) = match state.exporting.as_ref()? {
        Exporting::Working => (ExportState::Working, "export.working", false),
        Exporting::Done { .. } => (ExportState::Done, "export.done", false),
        Exporting::Failed(trouble) => match trouble {
            ExportTrouble::NoMedium => (ExportState::Failed, "export.no_medium", true),
            ExportTrouble::Full => (ExportState::Failed, "export.full", true),
            ExportTrouble::NotWritten => (ExportState::Failed, "export.not_written", true),
            ExportTrouble::Paper => (ExportState::Failed, "export.paper", false),
        },
    };
    let body = format!("{key}_body");
    let body = match &state.exporting {
        Some(Exporting::Done { medium, file }) => {
            words.fill(&body, &[("file", file), ("medium", medium)])
        }
        Some(Exporting::Working | Exporting::Failed(_)) | None => words.say(&body),
    };
    Some(ExportSheet { state: sheet_state, title: words.say(key), body, can_retry })
}
