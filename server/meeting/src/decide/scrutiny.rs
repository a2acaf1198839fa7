//! What scrutineers' terminals say of a secret vote: whether its list of
//! credentials is right, and their parts of a sum, of a live one or of the final
//! one. And when a live sum may be opened at all: this is the server's own keeping
//! of the rule that every scrutineer's terminal keeps for itself
//! (`hemicycle_protocol::ballot::disclosure`).

use super::voting::{adds_up, get};
use crate::command::{Context, Decision, Vouched};
use crate::event::Event;
use crate::state::State;
use crate::state::secret::Sealed;
use crate::state::voting::Vote;
use hemicycle_protocol::ballot::disclosure::is_far_enough;
use hemicycle_protocol::ids::{Key, MemberId, VoteId};
use hemicycle_protocol::refusal::{Code, Refusal};
use hemicycle_protocol::topic::{Blob, Objection, VoteState};
use hemicycle_protocol::vote::Count;
use hemicycle_protocol::wire::limits;

/// A sum of a vote: a live one by its ballots, or the final one.
#[derive(Clone, Copy)]
pub(super) struct Which {
    pub vote: VoteId,
    pub live: Option<u32>,
}

/// What a part or an objection meets.
enum Standing<'a> {
    /// It is waited for; whose parts are there, and who has objected.
    Waits { given: bool, objected: bool, sealed: &'a Sealed },
    /// A live sum that is open already or not opened any more: too late, and no mistake.
    Late,
}

/// The terminal has checked the list of a vote that is not over.
pub(super) fn checked(
    state: &State,
    member: MemberId,
    terminal: Key,
    vote: VoteId,
    objection: Option<Objection>,
) -> Result<Decision, Refusal> {
    state.scrutiny.index_of(&terminal).ok_or(Code::NotAllowed)?;
    let found = get(state, vote)?;
    let sealed = found.sealed.as_ref().ok_or_else(|| not_to_be_opened(vote))?;
    if sealed.checks.contains_key(&member) || !found.is_pending() {
        return Ok(Decision::nothing());
    }
    Ok(Event::SecretListChecked { vote, member, objection }.into())
}

/// A scrutineer's part, which the shell has checked.
pub(super) fn part(
    state: &State,
    cx: &Context,
    member: MemberId,
    terminal: Key,
    sum: Which,
    (partial, second): (&str, &str),
) -> Result<Decision, Refusal> {
    let index = state.scrutiny.index_of(&terminal).ok_or(Code::NotAllowed)?;
    let owner = index + 1;
    let Which { vote, live } = sum;
    match standing(state, sum, owner, member)? {
        Standing::Late | Standing::Waits { given: true, .. } => return Ok(Decision::nothing()),
        Standing::Waits { given: false, .. } => {}
    }
    if partial.len().saturating_add(second.len()) > limits::SCRUTINY {
        return Err(Code::TooLarge.into());
    }
    match &cx.vouched {
        Vouched::Part { owner: proven } if *proven == owner => {
            let (partial, second) = (partial.to_owned(), second.to_owned());
            Ok(Event::SecretPartGiven { vote, live, owner, partial, second }.into())
        }
        Vouched::BadPart => {
            let why = Objection::WrongPart;
            Ok(Event::SecretPartRefused { vote, live, member, why }.into())
        }
        Vouched::Part { .. }
        | Vouched::Nothing
        | Vouched::Opening(_)
        | Vouched::Ballot
        | Vouched::Pin { .. } => Err(Code::NotAllowed.into()),
    }
}

/// The terminal will not help to open this sum.
pub(super) fn object(
    state: &State,
    member: MemberId,
    terminal: Key,
    sum: Which,
    why: Objection,
) -> Result<Decision, Refusal> {
    let index = state.scrutiny.index_of(&terminal).ok_or(Code::NotAllowed)?;
    let Which { vote, live } = sum;
    match standing(state, sum, index + 1, member)? {
        Standing::Late | Standing::Waits { objected: true, .. } => Ok(Decision::nothing()),
        Standing::Waits { objected: false, .. } => {
            Ok(Event::SecretPartRefused { vote, live, member, why }.into())
        }
    }
}

/// Is this trustee's part of that sum there, or no longer wanted?
pub(super) fn is_given(state: &State, sum: Which, owner: u32) -> Result<bool, Refusal> {
    match standing(state, sum, owner, MemberId(0))? {
        Standing::Late => Ok(true),
        Standing::Waits { given, .. } => Ok(given),
    }
}

/// The server begins to open the sum of the first ballots of a vote that runs.
pub(super) fn live_sum(
    state: &State,
    vote: VoteId,
    ballots: u32,
    archive: Blob,
) -> Result<Decision, Refusal> {
    let found = get(state, vote)?;
    let too_close = || Refusal::of(Code::WrongState, format_args!("a live sum of {ballots}"));
    let sealed = found.sealed.as_ref().ok_or_else(|| not_to_be_opened(vote))?;
    if !is_running(found) {
        // It has closed meanwhile: the final sum comes.
        return Ok(Decision::nothing());
    }
    let step = sealed.live.ok_or_else(|| not_to_be_opened(vote))?;
    if sealed.live_under_way().is_some() {
        return Err(too_close());
    }
    let opened = sealed.live_sums.last().map_or(0, |last| last.ballots);
    if !is_far_enough(step, opened, ballots, found.turnout()) {
        return Err(too_close());
    }
    Ok(Event::SecretLiveSummed { vote, ballots, archive }.into())
}

/// That sum is open.
pub(super) fn live_count(
    state: &State,
    vote: VoteId,
    ballots: u32,
    count: Count,
) -> Result<Decision, Refusal> {
    match standing(state, Which { vote, live: Some(ballots) }, 0, MemberId(0))? {
        Standing::Late => return Ok(Decision::nothing()),
        Standing::Waits { sealed, .. } => {
            let under_way = sealed.live_under_way().is_some_and(|step| step.ballots == ballots);
            if !under_way {
                return Err(not_to_be_opened(vote));
            }
        }
    }
    adds_up(get(state, vote)?, &count, ballots)?;
    Ok(Event::SecretLiveCounted { vote, ballots, count }.into())
}

/// A closed vote whose sum is not open yet.
pub(super) fn waiting(state: &State, vote: VoteId) -> Result<&Sealed, Refusal> {
    let found: &Vote = get(state, vote)?;
    match (&found.sealed, found.state) {
        (Some(sealed), VoteState::Closed) if found.verdict.is_none() => Ok(sealed),
        (Some(_) | None, _) => Err(not_to_be_opened(vote)),
    }
}

fn standing(
    state: &State,
    sum: Which,
    owner: u32,
    member: MemberId,
) -> Result<Standing<'_>, Refusal> {
    let Which { vote, live } = sum;
    let Some(ballots) = live else {
        let sealed = waiting(state, vote)?;
        let objected = sealed.refused.contains_key(&member);
        return Ok(Standing::Waits { given: sealed.has_part(owner), objected, sealed });
    };
    let found = get(state, vote)?;
    let sealed = found.sealed.as_ref().ok_or_else(|| not_to_be_opened(vote))?;
    let step = sealed.live_sum(ballots).ok_or_else(|| not_to_be_opened(vote))?;
    if step.count.is_some() || !is_running(found) {
        return Ok(Standing::Late);
    }
    let objected = step.refused.contains_key(&member);
    Ok(Standing::Waits { given: step.has_part(owner), objected, sealed })
}

fn is_running(vote: &Vote) -> bool {
    match vote.state {
        VoteState::Open | VoteState::Paused => true,
        VoteState::Prepared | VoteState::Closed | VoteState::Declared | VoteState::Annulled => {
            false
        }
    }
}

fn not_to_be_opened(vote: VoteId) -> Refusal {
    Refusal::of(Code::WrongState, format_args!("vote {vote} is not to be opened"))
}
