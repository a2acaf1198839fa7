//! The steps that can be taken now, the expected one first.

use crate::state::State;
use crate::state::agenda::Item;
use crate::state::voting::Vote;
use hemicycle_protocol::topic::{ItemState, Next, Phase, Step, VoteState};
use hemicycle_protocol::vote::Method;

pub(super) fn next(state: &State) -> Next {
    Next { steps: steps(state) }
}

fn steps(state: &State) -> Vec<Step> {
    match state.phase {
        Phase::Preparing if state.roll.members > 0 => vec![Step::OpenSignIn],
        Phase::Preparing | Phase::Closed => vec![],
        Phase::SignIn if state.has_quorum() => vec![Step::OpenMeeting],
        // Nothing to press but to wait for members: giving up is no next step.
        Phase::SignIn => vec![],
        Phase::Adjourned => vec![Step::ResumeMeeting, Step::CloseMeeting],
        Phase::InSession => match state.pending_vote() {
            Some(vote) => of_vote(vote),
            None => of_agenda(state),
        },
    }
}

fn of_vote(vote: &Vote) -> Vec<Step> {
    let id = vote.id;
    match vote.state {
        VoteState::Open => vec![Step::CloseVote { vote: id }],
        VoteState::Paused => vec![Step::ResumeVote { vote: id }, Step::CloseVote { vote: id }],
        // The scrutineers' terminals are at work: there is nothing to press.
        VoteState::Closed if vote.is_being_opened() => vec![],
        VoteState::Closed if vote.waits_for_chair() => vec![Step::BreakTie { vote: id }],
        VoteState::Closed => vec![Step::DeclareVote { vote: id }],
        VoteState::Prepared | VoteState::Declared | VoteState::Annulled => vec![],
    }
}

/// The votes of the current item in their order, then the next item; the last
/// item is finished and the meeting closed.
fn of_agenda(state: &State) -> Vec<Step> {
    let mut steps = Vec::new();
    let current = state.agenda.current.and_then(|id| state.agenda.get(id));
    if let Some(item) = current
        && state.has_quorum()
    {
        let waits = |v: &&hemicycle_protocol::ids::VoteId| {
            state.voting.get(**v).is_some_and(|v| v.state == VoteState::Prepared)
        };
        let step = |v: &hemicycle_protocol::ids::VoteId| {
            let secret = state.voting.get(*v).is_some_and(|v| v.question.method == Method::Secret);
            if secret && !state.scrutiny.is_ready() {
                Step::NameScrutineers
            } else {
                Step::OpenVote { vote: *v }
            }
        };
        for step in item.votes.iter().filter(waits).map(step) {
            if !steps.contains(&step) {
                steps.push(step);
            }
        }
    }
    let waiting = state.agenda.visible().find(|i| waits_its_turn(i));
    steps.extend(waiting.map(|i| Step::StartItem { item: i.id }));
    steps.extend(current.map(|i| Step::FinishItem { item: i.id }));
    steps.push(Step::CloseMeeting);
    steps
}

fn waits_its_turn(item: &Item) -> bool {
    match item.state {
        ItemState::Waiting => true,
        ItemState::Current | ItemState::Done => false,
    }
}
