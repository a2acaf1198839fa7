//! What may be seen of secret votes: who keeps the key, the public files of a
//! vote, how far an opening is. Private to a scrutineer's seat is only what its
//! terminal needs for its work, and nothing of that is secret either.

use crate::state::State;
use crate::state::voting::Vote as Held;
use hemicycle_protocol::ids::{Hash, SeatId, VoteId};
use hemicycle_protocol::topic::{
    Duty, OpenTask, Scrutineer, Scrutiny, SecretVote, SumOpening, VoteState,
};

/// Topic `scrutiny`.
pub(super) fn scrutiny(state: &State) -> Scrutiny {
    let held = &state.scrutiny;
    let scrutineer = |(from, s): (u32, &crate::event::NamedScrutineer)| Scrutineer {
        member: s.member,
        seat: s.seat,
        name: state.roll.person(s.member).map(|p| p.name.clone()).unwrap_or_default(),
        terminal: s.terminal,
        rounds: held.rounds(from),
        destroyed: held.destroyed.contains(&s.member),
    };
    Scrutiny {
        attempt: held.attempt,
        threshold: held.threshold,
        scrutineers: (1..).zip(&held.scrutineers).map(scrutineer).collect(),
        key: held.key.clone(),
        next_slot: held.slots,
    }
}

/// The part of topic `vote` that a secret vote has.
pub(super) fn vote(state: &State, vote: &Held) -> Option<SecretVote> {
    let sealed = vote.sealed.as_ref()?;
    let opening = vote.is_being_opened().then(|| opening(state, vote)).flatten();
    Some(SecretVote {
        slot: sealed.opening.slot,
        setup: sealed.opening.setup,
        credentials: sealed.opening.credentials,
        opening,
        record: sealed.record,
    })
}

fn opening(state: &State, vote: &Held) -> Option<SumOpening> {
    let sealed = vote.sealed.as_ref()?;
    let mut opening = SumOpening::default();
    for (owner, scrutineer) in (2..).zip(&state.scrutiny.scrutineers) {
        if sealed.has_part(owner) {
            opening.given.push(scrutineer.member);
        } else if sealed.refused.contains_key(&scrutineer.member) {
            opening.refused.push(scrutineer.member);
        } else {
            opening.missing.push(scrutineer.member);
        }
    }
    let given = u32::try_from(opening.given.len()).unwrap_or(u32::MAX);
    opening.needed = state.scrutiny.threshold.saturating_sub(given);
    Some(opening)
}

/// The scrutineer's part of `me`.
pub(super) fn duty(state: &State, seat: SeatId) -> Option<Duty> {
    let held = &state.scrutiny;
    let terminal = state.roll.bindings.get(&seat)?;
    let index = held.index_of(terminal)?;
    Some(Duty {
        attempt: held.attempt,
        index,
        threshold: held.threshold,
        terminals: held.scrutineers.iter().map(|s| s.terminal).collect(),
        // Also once the key is there: a terminal that was off at the last message ends with it.
        said: if held.is_making() || held.is_ready() { held.said.clone() } else { Vec::new() },
        open: state.pending_vote().and_then(|vote| task(vote, index, state)),
    })
}

fn task(vote: &Held, index: u32, state: &State) -> Option<OpenTask> {
    let sealed = vote.sealed.as_ref()?;
    let summed = sealed.summed?;
    let member = state.scrutiny.scrutineers.get(usize::try_from(index).ok()?.checked_sub(1)?)?;
    let done = sealed.has_part(index + 1) || sealed.refused.contains_key(&member.member);
    (vote.is_being_opened() && !done).then(|| OpenTask {
        vote: vote.id,
        slot: sealed.opening.slot,
        title: vote.question.title.clone(),
        form: vote.question.form.clone(),
        archive: summed.archive,
        registrations: summed.registrations,
    })
}

/// May the terminal at a seat fetch that file of a secret vote? Setup and list of
/// events are everybody's; archive and registrations are the scrutineers' while
/// a sum is to be opened.
pub fn may_fetch(state: &State, seat: SeatId, hash: &Hash) -> bool {
    let public = |vote: &Held| {
        vote.sealed.as_ref().is_some_and(|sealed| {
            sealed.opening.setup.hash == *hash
                || sealed.record.is_some_and(|record| record.events.hash == *hash)
        })
    };
    let theirs = || {
        duty(state, seat)
            .and_then(|duty| duty.open)
            .is_some_and(|task| task.archive.hash == *hash || task.registrations.hash == *hash)
    };
    state.voting.all().any(public) || theirs()
}

/// Is the sum of this vote open, or will it never be?
pub fn is_over(state: &State, vote: VoteId) -> bool {
    state.voting.get(vote).is_none_or(|vote| match vote.state {
        VoteState::Annulled | VoteState::Declared => true,
        VoteState::Closed => vote.is_counted(),
        VoteState::Prepared | VoteState::Open | VoteState::Paused => false,
    })
}
