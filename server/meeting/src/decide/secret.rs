//! Secret votes: who keeps the key, credentials, encrypted ballots, and what the
//! server itself does for them. Proofs and signatures are checked by the shell
//! before; what it found comes with the context. What scrutineers' terminals say
//! of a vote is in [`super::scrutiny`].

use super::scrutiny::{self, Which, waiting};
use super::voting::get;
use super::{member_of, not_found, not_over};
use crate::command::{Context, Decision, ServerCommand, Vouched};
use crate::event::{Event, NamedScrutineer};
use crate::state::State;
use crate::state::secret::Part;
use hemicycle_protocol::ids::{Hash, Key, MemberId, Signature, VoteId};
use hemicycle_protocol::refusal::{Code, Refusal};
use hemicycle_protocol::topic::{Said, Standing};
use hemicycle_protocol::vote::{Method, Room};
use hemicycle_protocol::wire::limits;
use std::collections::BTreeSet;

/// Messages of one participant in a key generation.
const ROUNDS: u32 = 4;

pub(super) fn name(
    state: &State,
    members: &[MemberId],
    threshold: u32,
) -> Result<Decision, Refusal> {
    let pending = state.pending_vote().is_some_and(|v| v.sealed.is_some());
    if pending {
        return Err(Refusal::of(Code::AnotherVoteOpen, "a secret vote needs the present key"));
    }
    if members.is_empty() || members.len() > limits::SCRUTINEERS {
        let off = format_args!("{} scrutineers", members.len()).to_string();
        return Err(Refusal::of(Code::BadValue, off));
    }
    let size = u32::try_from(members.len()).unwrap_or(u32::MAX);
    let least = size.min(2);
    if !(least..=size).contains(&threshold) {
        return Err(Refusal::of(Code::BadValue, format_args!("{threshold} of {size}")));
    }
    let mut seen = BTreeSet::new();
    let scrutineers = members
        .iter()
        .map(|member| {
            let person = member_of(state, *member)?;
            match person.standing {
                Standing::Member => {}
                Standing::Attendee => return Err(Code::NotOnRoll.into()),
            }
            if !seen.insert(*member) {
                return Err(Refusal::of(Code::BadValue, format_args!("member {member} twice")));
            }
            let seat = person.seat;
            let terminal = state.terminal_at(seat);
            let terminal =
                terminal.ok_or_else(|| Refusal::of(Code::NoSeat, format_args!("seat {seat}")))?;
            Ok(NamedScrutineer { member: *member, seat, terminal })
        })
        .collect::<Result<Vec<_>, Refusal>>()?;
    let attempt = state.scrutiny.attempt + 1;
    Ok(Event::ScrutineersNamed { attempt, threshold, scrutineers }.into())
}

/// Ballots between two live sums.
pub(super) fn step_ok(step: u32) -> Result<(), Refusal> {
    let most = u32::try_from(limits::PEOPLE).unwrap_or(u32::MAX);
    if (limits::LIVE_STEP..=most).contains(&step) {
        Ok(())
    } else {
        let least = limits::LIVE_STEP;
        Err(Refusal::of(Code::BadValue, format_args!("a step of {step}, not {least} to {most}")))
    }
}

pub(super) fn speak(
    state: &State,
    terminal: Key,
    attempt: u32,
    message: &str,
    signature: Signature,
) -> Result<Decision, Refusal> {
    let scrutiny = &state.scrutiny;
    let from = scrutiny.index_of(&terminal).ok_or(Code::NotAllowed)?;
    if attempt != scrutiny.attempt || !scrutiny.is_making() {
        return Err(Refusal::of(Code::WrongState, format_args!("key generation {attempt}")));
    }
    if message.len() > limits::SCRUTINY {
        return Err(Code::TooLarge.into());
    }
    if scrutiny.said.iter().any(|s| s.from == from && s.message == message) {
        return Ok(Decision::nothing());
    }
    if scrutiny.rounds(from) >= ROUNDS {
        return Err(Refusal::of(Code::WrongState, "everything was said"));
    }
    let said = Said { from, message: message.to_owned(), signature };
    Ok(Event::KeygenSpoken { attempt, said }.into())
}

/// The credentials themselves are kept by the shell, outside of the log.
pub(super) fn register(
    state: &State,
    standing: Standing,
    first: u32,
    keys: &[Hash],
) -> Result<Decision, Refusal> {
    not_over(state)?;
    match standing {
        Standing::Member => {}
        Standing::Attendee => return Err(Code::NotOnRoll.into()),
    }
    let most = state.scrutiny.slots.saturating_add(limits::SLOTS_AHEAD);
    if keys.is_empty() || keys.len() > limits::CREDENTIALS || first > most {
        return Err(Refusal::of(Code::BadValue, "credentials"));
    }
    Ok(Decision::nothing())
}

pub(super) fn share_destroyed(
    state: &State,
    member: MemberId,
    terminal: Key,
    attempt: u32,
) -> Result<Decision, Refusal> {
    let scrutiny = &state.scrutiny;
    if attempt != scrutiny.attempt || scrutiny.index_of(&terminal).is_none() {
        return Err(Code::NotAllowed.into());
    }
    if scrutiny.destroyed.contains(&member) {
        return Ok(Decision::nothing());
    }
    Ok(Event::ShareDestroyed { attempt, member }.into())
}

/// Stores that a member has cast. The shell has checked the ballot and that its
/// credential is this member's, and stores the ballot in the same transaction.
pub(super) fn cast(
    state: &State,
    cx: &Context,
    member: MemberId,
    vote: VoteId,
) -> Result<Decision, Refusal> {
    let found = get(state, vote)?;
    match (found.question.method, &cx.vouched) {
        (Method::Secret, Vouched::Ballot) => {}
        (Method::Secret | Method::Recorded, _) => return Err(Code::BadBallot.into()),
    }
    let receipt = Some((vote, member));
    if found.ballots.contains_key(&member) {
        // The shell answers for its being the same ballot.
        return Ok(Decision { receipt, ..Decision::nothing() });
    }
    super::voting::takes_ballots(state, found, cx.now, member)?;
    Ok(Decision { receipt, ..Event::SecretBallotCast { vote, member }.into() })
}

/// What the server itself does for secret votes.
pub(super) fn serve(state: &State, command: ServerCommand) -> Result<Decision, Refusal> {
    match command {
        ServerCommand::KeyMade { attempt, item, code } => {
            making(state, attempt)?;
            Ok(Event::KeyMade { attempt, item, code }.into())
        }
        ServerCommand::KeyFailed { attempt, members, why } => {
            making(state, attempt)?;
            Ok(Event::KeyFailed { attempt, members, why }.into())
        }
        ServerCommand::LiveSummed { vote, ballots, archive } => {
            scrutiny::live_sum(state, vote, ballots, archive)
        }
        ServerCommand::LiveCounted { vote, ballots, count } => {
            scrutiny::live_count(state, vote, ballots, count)
        }
        ServerCommand::Summed { vote, archive, hints } => {
            let sealed = waiting(state, vote)?;
            if sealed.summed.is_some() {
                return Ok(Decision::nothing());
            }
            Ok(Event::SecretSummed { vote, archive, hints: Some(hints) }.into())
        }
        ServerCommand::OwnPart { vote, live, part } => {
            let Part { owner, partial, second } = part;
            if scrutiny::is_given(state, Which { vote, live }, owner)? {
                return Ok(Decision::nothing());
            }
            Ok(Event::SecretPartGiven { vote, live, owner, partial, second }.into())
        }
        ServerCommand::Counted { vote, count, record } => {
            waiting(state, vote)?;
            let found = get(state, vote)?;
            let room: Room = found.room();
            let verdict = super::voting::judge(found, &count, &room)?;
            Ok(Event::SecretCounted { vote, count, verdict, record }.into())
        }
        ServerCommand::KeyDestroyed { vote } => {
            let found = state.voting.get(vote).ok_or_else(|| not_found("vote", vote))?;
            match &found.sealed {
                Some(sealed) if !sealed.key_destroyed => {
                    Ok(Event::SecretKeyDestroyed { vote }.into())
                }
                Some(_) | None => Ok(Decision::nothing()),
            }
        }
        ServerCommand::RegistrationsDestroyed => Ok(Event::RegistrationsDestroyed.into()),
        ServerCommand::CreateMeeting { .. }
        | ServerCommand::StorePaper(_)
        | ServerCommand::Enrol { .. }
        | ServerCommand::Deadline
        | ServerCommand::MissPin
        | ServerCommand::SetPins { .. }
        | ServerCommand::SetAccount { .. }
        | ServerCommand::RenewHallLink
        | ServerCommand::EnterConsole
        | ServerCommand::LeaveConsole
        | ServerCommand::PaperCompared { .. }
        | ServerCommand::PaperKeysDestroyed => Err(Code::NotAllowed.into()),
    }
}

fn making(state: &State, attempt: u32) -> Result<(), Refusal> {
    if state.scrutiny.attempt == attempt && state.scrutiny.is_making() {
        Ok(())
    } else {
        Err(Refusal::of(Code::WrongState, format_args!("key generation {attempt}")))
    }
}
