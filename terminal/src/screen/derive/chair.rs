//! The chair's page: who is here, is there a quorum, what next, what to say.

use super::{agenda, frame, law, outcome};
use crate::screen::{Action, Chair, Decision, MissingName};
use crate::seat::State;
use crate::touch::{ChairView, Touch};
use crate::words::Words;
use hemicycle_protocol::ids::{ItemId, VoteId};
use hemicycle_protocol::topic::{Standing, Step, VoteState};

/// Names listed at a time.
const MOST_NAMES: usize = 60;

/// Is there a result that the chair has to read out? Until it is published, and then for as long
/// as the meeting stays at its item.
pub(super) fn announcing(state: &State) -> bool {
    let counted = state.room.vote.as_ref().filter(|v| v.count.is_some());
    state.is_chair()
        && counted.is_some_and(|vote| match vote.state {
            VoteState::Closed => true,
            VoteState::Declared => state.current_item().is_some_and(|i| i.id == vote.item),
            VoteState::Prepared | VoteState::Open | VoteState::Paused | VoteState::Annulled => {
                false
            }
        })
}

pub(super) fn page(state: &State, words: Words, view: ChairView) -> Chair {
    let view = match view {
        ChairView::Overview if announcing(state) => ChairView::Announcement,
        ChairView::Overview
        | ChairView::Steps
        | ChairView::Missing
        | ChairView::Queue
        | ChairView::Announcement => view,
    };
    let attendance = &state.room.attendance;
    let [members, present, quorum] =
        [attendance.members, attendance.present, attendance.quorum].map(|n| n.to_string());
    let steps = &state.room.next.steps;
    let first = steps.first();
    let command = first.and_then(|s| crate::seat::command(state, s));
    let waiting = state.pending.iter().any(|p| Some(&p.command) == command.as_ref());
    let ready = state.online() && !waiting;
    let vote = state.room.vote.as_ref();
    let announced = vote.filter(|v| {
        v.count.is_some() && matches!(v.state, VoteState::Closed | VoteState::Declared)
    });
    Chair {
        view: Some(view),
        present_label: words.say("attendance.present"),
        present: present.clone(),
        members: words.fill("attendance.of", &[("members", &members)]),
        attendance_words: words.fill(
            if attendance.has_quorum { "chair.attendance_ok" } else { "chair.attendance_short" },
            &[("members", &members), ("present", &present), ("quorum", &quorum)],
        ),
        quorum_met: Some(attendance.has_quorum),
        quorum_words: words.fill("chair.quorum", &[("quorum", &quorum)]),
        step_label: words.say("chair.now"),
        step_words: now_words(state, words),
        step_help: first.map_or_else(|| words.say("chair.wait"), |s| help(state, words, s)),
        next: first.filter(|s| command.is_some() || decides(s)).map(|step| Action {
            label: step_label(state, words, step),
            touch: Touch::ChairNext,
            enabled: ready && command.is_some(),
        }),
        decisions: first.map(|s| decisions(state, words, s, ready)).unwrap_or_default(),
        missing_label: words.say("chair.missing"),
        missing: missing(state, words),
        nobody_missing: words.say("chair.nobody_missing"),
        queue_label: words.say("chair.queue"),
        queue: frame::queue(state, words),
        nobody_waiting: words.say("speak.empty"),
        announcement_label: words.say("chair.announcement"),
        announcement: announced.map(|v| law::announcement(words, v)).unwrap_or_default(),
    }
}

/// Does the step wait for the chair's own decision?
fn decides(step: &Step) -> bool {
    match step {
        Step::BreakTie { .. } => true,
        Step::OpenSignIn
        | Step::OpenMeeting
        | Step::StartItem { .. }
        | Step::OpenVote { .. }
        | Step::ResumeVote { .. }
        | Step::CloseVote { .. }
        | Step::NameScrutineers
        | Step::DeclareVote { .. }
        | Step::FinishItem { .. }
        | Step::ResumeMeeting
        | Step::CloseMeeting => false,
    }
}

/// What the chair means to say on the tie of this step.
fn tie_chosen(state: &State, step: &Step) -> Option<bool> {
    let (of, adopted) = state.tie?;
    (*step == Step::BreakTie { vote: of }).then_some(adopted)
}

fn tie_key(adopted: bool) -> &'static str {
    if adopted { "chair.tie_adopt" } else { "chair.tie_reject" }
}

fn decisions(state: &State, words: Words, step: &Step, ready: bool) -> Vec<Decision> {
    if !decides(step) {
        return vec![];
    }
    let chosen = tie_chosen(state, step);
    [true, false]
        .into_iter()
        .map(|adopted| Decision {
            action: Action {
                label: words.say(tie_key(adopted)),
                touch: Touch::TieChosen { adopted },
                enabled: ready,
            },
            chosen: chosen == Some(adopted),
        })
        .collect()
}

fn step_label(state: &State, words: Words, step: &Step) -> String {
    match tie_chosen(state, step) {
        Some(adopted) => words.fill("chair.tie_say", &[("decision", &words.say(tie_key(adopted)))]),
        None => words.say(step_key(step)),
    }
}

fn item_words(state: &State, words: Words, id: ItemId) -> String {
    let mut items = state.room.agenda.items.iter().zip(1u32..);
    items
        .find(|(i, _)| i.id == id)
        .map(|(i, n)| agenda::item_words(words, i, n))
        .unwrap_or_default()
}

/// The title of a vote: of the one before the room, or of one that is still to come.
fn vote_words(state: &State, id: VoteId) -> String {
    let standing = state.room.vote.as_ref().filter(|v| v.id == id).map(|v| &v.title);
    let listed = || state.room.votes.votes.iter().find(|v| v.id == id).map(|v| &v.title);
    standing.or_else(listed).cloned().unwrap_or_default()
}

fn now_words(state: &State, words: Words) -> String {
    match (state.current_item(), &state.room.vote) {
        (_, Some(vote)) if matches!(vote.state, VoteState::Open | VoteState::Paused) => words.fill(
            if vote.state == VoteState::Open { "chair.voting" } else { "chair.voting_paused" },
            &[("cast", &vote.cast.to_string()), ("roll", &vote.roll.to_string())],
        ),
        (_, Some(vote)) if outcome::is_opening(vote) => {
            words.fill("chair.opening", &[("cast", &vote.cast.to_string())])
        }
        (Some(item), _) => item_words(state, words, item.id),
        (None, _) => words.say("chair.no_item"),
    }
}

fn help(state: &State, words: Words, step: &Step) -> String {
    match *step {
        Step::StartItem { item } | Step::FinishItem { item } => item_words(state, words, item),
        Step::OpenVote { vote }
        | Step::ResumeVote { vote }
        | Step::CloseVote { vote }
        | Step::DeclareVote { vote } => vote_words(state, vote),
        Step::BreakTie { .. } => words.say("chair.tie_help"),
        Step::OpenSignIn | Step::OpenMeeting | Step::ResumeMeeting => String::new(),
        Step::NameScrutineers => words.say("chair.scrutineers_at_console"),
        Step::CloseMeeting => words.say("chair.close_at_console"),
    }
}

fn step_key(step: &Step) -> &'static str {
    match step {
        Step::OpenSignIn => "step.open_sign_in",
        Step::OpenMeeting => "step.open_meeting",
        Step::StartItem { .. } => "step.start_item",
        Step::OpenVote { .. } => "step.open_vote",
        Step::ResumeVote { .. } => "step.resume_vote",
        Step::CloseVote { .. } => "step.close_vote",
        Step::BreakTie { .. } => "step.break_tie",
        Step::NameScrutineers => "step.name_scrutineers",
        Step::DeclareVote { .. } => "step.declare_vote",
        Step::FinishItem { .. } => "step.finish_item",
        Step::ResumeMeeting => "step.resume_meeting",
        Step::CloseMeeting => "step.close_meeting",
    }
}

fn missing(state: &State, words: Words) -> Vec<MissingName> {
    let Some(roll) = &state.room.roll else { return vec![] };
    let attendance = &state.room.attendance;
    let away: Vec<_> = roll
        .people
        .iter()
        .enumerate()
        .filter(|(i, p)| p.standing == Standing::Member && !attendance.here.get(*i))
        .collect();
    let mut names: Vec<_> = away
        .iter()
        .take(MOST_NAMES)
        .map(|(i, p)| {
            let on_leave = attendance.leave.get(*i);
            let key = if on_leave { "chair.on_leave" } else { "chair.not_here" };
            MissingName { name: p.name.clone(), state: words.say(key), on_leave }
        })
        .collect();
    if let Some(more) = away.len().checked_sub(MOST_NAMES).filter(|more| *more > 0) {
        names.push(MissingName {
            name: "…".into(),
            state: words.fill("chair.more_names", &[("more", &more.to_string())]),
            on_leave: false,
        });
    }
    names
}
