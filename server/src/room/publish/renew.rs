//! What the seats need beside their topics, and which terminals there are.

use super::ANY;
use crate::board::{Files, Records, SeatBoard, Sitting};
use crate::devices::{Devices, Seen};
use hemicycle_meeting::{State, Viewer, view};
use hemicycle_protocol::ids::{Bytes, Hash, Millis, SeatId, Version};
use hemicycle_protocol::topic::{Terminal, TopicName};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

pub(super) fn sittings(board: &mut SeatBoard, state: &State) -> bool {
    let sittings: HashMap<_, _> = state
        .bindings()
        .map(|(seat, key)| {
            let person = state.person_at(seat);
            let member = person.map(|p| p.member);
            let here = member.is_some_and(|member| state.is_here(member));
            let chair = person.is_some_and(|p| p.chair);
            (key, Sitting { seat, member, here, chair, roll: view::sees_roll(state, seat) })
        })
        .collect();
    if *board.sittings == sittings {
        return false;
    }
    board.sittings = Arc::new(sittings);
    true
}

pub(super) fn refused(board: &mut SeatBoard, state: &State) -> bool {
    if board.refused.iter().eq(state.refused()) {
        return false;
    }
    board.refused = Arc::new(state.refused().copied().collect());
    true
}

/// Which papers each seat may fetch.
pub(super) fn papers(board: &mut SeatBoard, state: &State) -> bool {
    let of = |topic| view::version(state, topic, &Viewer::Seat(ANY)).0;
    // Whom confidential papers are for depends on who is here, others on who sits where.
    let attendance = of(TopicName::Attendance) * u64::from(state.papers().have_terms());
    let as_of = Version(of(TopicName::Agenda).max(of(TopicName::Roll)).max(attendance));
    if board.files.as_of == as_of {
        return false;
    }
    let (everybodys, own) = view::files_for_seats(state);
    board.files = Arc::new(Files { as_of, everybodys, own });
    true
}

/// Which files of secret votes may be fetched, and by whom: `may_fetch` says so.
pub(super) fn records(board: &mut SeatBoard, state: &State) -> bool {
    let mut blobs = Vec::new();
    for sealed in state.votes().filter_map(|vote| vote.sealed.as_ref()) {
        blobs.extend([sealed.opening.setup, sealed.opening.registrations]);
        blobs.extend(sealed.record.map(|record| record.events));
        blobs.extend(sealed.summed);
        blobs.extend(sealed.hints);
        blobs.extend(sealed.live_under_way().map(|step| step.archive));
    }
    let of = |seat: SeatId| -> HashMap<Hash, Bytes> {
        let may = blobs.iter().filter(|blob| view::secret::may_fetch(state, seat, &blob.hash));
        may.map(|blob| (blob.hash, blob.bytes)).collect()
    };
    let everybodys = of(ANY);
    let seats = state.scrutiny().scrutineers.iter().map(|scrutineer| scrutineer.seat);
    let own = seats.map(|seat| (seat, of(seat))).collect();
    let records = Records { everybodys, own };
    if *board.records == records {
        return false;
    }
    board.records = Arc::new(records);
    true
}

/// Terminals that were seen, and those that have a seat and were not seen
/// since the server started.
pub(super) fn terminals(state: &State, devices: &Devices) -> Vec<Terminal> {
    let seen = devices.seen();
    let known: HashSet<_> = seen.iter().map(|s| s.terminal).collect();
    let mut terminals: Vec<Terminal> = seen
        .into_iter()
        .map(|Seen { terminal, wish, code, online, since, client }| {
            let seat = state.seat_of(&terminal);
            let (wish, code) = if seat.is_none() { (wish, code) } else { (None, None) };
            let refused = state.is_refused(&terminal);
            Terminal { terminal, seat, wish, code, refused, online, since, client }
        })
        .filter(|t| t.online || t.seat.is_some())
        .collect();
    terminals.extend(state.bindings().filter(|(_, key)| !known.contains(key)).map(
        |(seat, terminal)| Terminal {
            terminal,
            seat: Some(seat),
            wish: None,
            code: None,
            refused: false,
            online: false,
            since: Millis(0),
            client: String::new(),
        },
    ));
    terminals
}
