//! The sitting: its phases, its settings, its items in turn, who is there.

use super::agenda::get as item_of;
use super::people::{Given, Proof};
use super::{in_session, member_of, not_over, nothing_pending, wrong_phase};
use crate::command::{Context, Decision};
use crate::event::Event;
use crate::state::State;
use crate::state::attendance::Presence;
use crate::text;
use hemicycle_protocol::ids::{ItemId, Key, MemberId};
use hemicycle_protocol::refusal::{Code, Refusal};
use hemicycle_protocol::topic::{ItemState, Person, Phase, Settings};
use hemicycle_protocol::vote::{Form, Quantity};
use hemicycle_protocol::wire::limits;

pub(super) fn set_settings(state: &State, settings: &Settings) -> Result<Decision, Refusal> {
    let quorum = &settings.quorum;
    let base = match quorum.right.of {
        Quantity::Members | Quantity::One => true,
        Quantity::For
        | Quantity::Against
        | Quantity::Abstain
        | Quantity::ForAndAgainst
        | Quantity::Cast
        | Quantity::Present
        | Quantity::Signatories => false,
    };
    if quorum.left.of != Quantity::Present || quorum.left.times == 0 || !base {
        return Err(Refusal::of(Code::BadValue, "quorum"));
    }
    // New votes are motions most of the time: the rule they start with decides.
    super::agenda::rule_fits(&settings.rule, &Form::Motion, 1)?;
    settings.vote_seconds.map_or(Ok(()), super::seconds_ok)?;
    settings.secret_live.map_or(Ok(()), super::secret::step_ok)?;
    let fixed = |s: &Settings| (s.quorum, s.recusal_shrinks_base);
    match state.phase {
        Phase::Preparing | Phase::SignIn => {}
        Phase::InSession | Phase::Adjourned | Phase::Closed => {
            if fixed(settings) != fixed(&state.settings) {
                return Err(wrong_phase(state));
            }
        }
    }
    if *settings == state.settings {
        return Err(Code::NoChange.into());
    }
    Ok(Event::SettingsSet { settings: settings.clone() }.into())
}

pub(super) fn open_sign_in(state: &State) -> Result<Decision, Refusal> {
    match state.phase {
        Phase::Preparing => {}
        Phase::SignIn | Phase::InSession | Phase::Adjourned | Phase::Closed => {
            return Err(wrong_phase(state));
        }
    }
    if state.roll.members == 0 {
        return Err(Refusal::of(Code::BadRoster, "nobody is on the roster"));
    }
    Ok(Event::SignInOpened.into())
}

pub(super) fn open(state: &State) -> Result<Decision, Refusal> {
    match state.phase {
        Phase::SignIn => {}
        Phase::Preparing | Phase::InSession | Phase::Adjourned | Phase::Closed => {
            return Err(wrong_phase(state));
        }
    }
    quorum(state)?;
    Ok(Event::MeetingOpened.into())
}

pub(super) fn adjourn(state: &State) -> Result<Decision, Refusal> {
    in_session(state)?;
    nothing_pending(state)?;
    Ok(Event::MeetingAdjourned.into())
}

pub(super) fn resume(state: &State) -> Result<Decision, Refusal> {
    match state.phase {
        Phase::Adjourned => Ok(Event::MeetingResumed.into()),
        Phase::Preparing | Phase::SignIn | Phase::InSession | Phase::Closed => {
            Err(wrong_phase(state))
        }
    }
}

/// Also from sign-in: a sitting that never reached its quorum ends too.
pub(super) fn close(state: &State) -> Result<Decision, Refusal> {
    match state.phase {
        Phase::SignIn | Phase::InSession | Phase::Adjourned => {}
        Phase::Preparing | Phase::Closed => return Err(wrong_phase(state)),
    }
    nothing_pending(state)?;
    Ok(Event::MeetingClosed.into())
}

pub(super) fn start_item(state: &State, item: ItemId) -> Result<Decision, Refusal> {
    let next = item_of(state, item)?;
    in_session(state)?;
    nothing_pending(state)?;
    match next.state {
        ItemState::Current => Err(Code::NoChange.into()),
        ItemState::Waiting | ItemState::Done => Ok(start(state, item).into()),
    }
}

/// The events that make an item current, the one before it done.
pub(super) fn start(state: &State, item: ItemId) -> Vec<Event> {
    match state.agenda.current {
        Some(current) if current == item => vec![],
        Some(current) => {
            vec![Event::ItemFinished { item: current }, Event::ItemStarted { item }]
        }
        None => vec![Event::ItemStarted { item }],
    }
}

pub(super) fn finish_item(state: &State, item: ItemId) -> Result<Decision, Refusal> {
    let current = item_of(state, item)?;
    in_session(state)?;
    nothing_pending(state)?;
    match current.state {
        ItemState::Current => Ok(Event::ItemFinished { item }.into()),
        ItemState::Waiting | ItemState::Done => {
            Err(Refusal::of(Code::WrongState, format_args!("item {item} is not current")))
        }
    }
}

/// 签到. Also late, and again after leaving; it counts from the next vote.
pub(super) fn sign_in(
    state: &State,
    cx: &Context,
    person: &Person,
    terminal: Key,
    given: &Given<'_>,
) -> Result<Decision, Refusal> {
    may_sign_in(state, person)?;
    let Proof { by_pin, drawing } = super::people::proof(state, cx, person, given)?;
    let (member, seat, signature) = (person.member, person.seat, given.signature);
    Ok(Event::SignedIn { member, seat, terminal, signature, by_pin, drawing }.into())
}

pub(super) fn sign_in_for(
    state: &State,
    member: MemberId,
    reason: &str,
) -> Result<Decision, Refusal> {
    may_sign_in(state, member_of(state, member)?)?;
    let reason = text::line(reason, limits::REASON, "reason")?;
    Ok(Event::SignedInFor { member, reason }.into())
}

pub(super) fn leave(state: &State, person: &Person) -> Result<Decision, Refusal> {
    let member = person.member;
    not_over(state)?;
    match state.attendance.of(member) {
        Presence::Here => Ok(Event::Left { member }.into()),
        Presence::Absent | Presence::OnLeave { .. } | Presence::Left => {
            Err(Code::NotSignedIn.into())
        }
    }
}

/// 请假. Whoever is here leaves first.
pub(super) fn set_leave(
    state: &State,
    member: MemberId,
    reason: &str,
) -> Result<Decision, Refusal> {
    member_of(state, member)?;
    not_over(state)?;
    let reason = text::line(reason, limits::REASON, "reason")?;
    match state.attendance.of(member) {
        Presence::Here => Err(Code::AlreadySignedIn.into()),
        Presence::OnLeave { reason: old } if *old == reason => Err(Code::NoChange.into()),
        Presence::Absent | Presence::OnLeave { .. } | Presence::Left => {
            Ok(Event::LeaveSet { member, reason }.into())
        }
    }
}

pub(super) fn clear_leave(state: &State, member: MemberId) -> Result<Decision, Refusal> {
    member_of(state, member)?;
    not_over(state)?;
    match state.attendance.of(member) {
        Presence::OnLeave { .. } => Ok(Event::LeaveCleared { member }.into()),
        Presence::Here | Presence::Absent | Presence::Left => Err(Code::NoChange.into()),
    }
}

/// Enough members present?
pub(super) fn quorum(state: &State) -> Result<(), Refusal> {
    if state.has_quorum() {
        return Ok(());
    }
    let off = format_args!("{} present, {} needed", state.attendance.present, state.quorum());
    Err(Refusal::of(Code::NoQuorum, off))
}

fn may_sign_in(state: &State, person: &Person) -> Result<(), Refusal> {
    match state.phase {
        Phase::SignIn | Phase::InSession | Phase::Adjourned => {}
        Phase::Preparing | Phase::Closed => return Err(Code::SignInClosed.into()),
    }
    match state.attendance.of(person.member) {
        Presence::Here => Err(Code::AlreadySignedIn.into()),
        Presence::Absent | Presence::OnLeave { .. } | Presence::Left => Ok(()),
    }
}
