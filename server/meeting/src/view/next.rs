//! The steps that can be taken now, the expected one first.

use crate::state::State;
use crate::state::agenda::Item;
use crate::state::voting::Vote;
use hemicycle_protocol::topic::{ItemState, Next, Phase, Step, VoteState};

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
        steps.extend(item.votes.iter().filter(waits).map(|v| Step::OpenVote { vote: *v }));
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
