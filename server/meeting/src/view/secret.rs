//! What may be seen of secret votes: who keeps the key, the public files of a
//! vote, how far an opening is. Private to a scrutineer's seat is only what its
//! terminal needs for its work, and nothing of that is secret either.

use crate::state::State;
use crate::state::secret::{Part, Sealed};
use crate::state::voting::Vote as Held;
use hemicycle_protocol::ids::MemberId;
use hemicycle_protocol::ids::{Hash, SeatId, VoteId};
use hemicycle_protocol::topic::{
    Duty, ListChecks, ListTask, LiveSum, Objected, Objection, OpenTask, Scrutineer, Scrutiny,
    ScrutinyKey, SecretLive, SecretVote, SumOpening, VoteState,
};
use std::collections::BTreeMap;

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
    let opening = vote.is_being_opened().then(|| opening(state, &sealed.parts, &sealed.refused));
    Some(SecretVote {
        slot: sealed.opening.slot,
        setup: sealed.opening.setup,
        credentials: sealed.opening.credentials,
        checks: checks(sealed),
        live: live(state, vote, sealed),
        opening,
        record: sealed.record,
    })
}

fn checks(sealed: &Sealed) -> ListChecks {
    let mut checks = ListChecks::default();
    for (&member, objection) in &sealed.checks {
        match objection {
            Some(why) => checks.objected.push(Objected { member, why: *why }),
            None => checks.checked.push(member),
        }
    }
    checks
}

/// While the vote runs; afterwards the final sum is all there is to see.
fn live(state: &State, vote: &Held, sealed: &Sealed) -> Option<SecretLive> {
    let step = sealed.live.filter(|_| is_running(vote))?;
    let under_way = sealed.live_under_way();
    Some(SecretLive {
        step,
        counted: sealed.live_opened().map_or(0, |(step, _)| step.ballots),
        opening: under_way.map(|step| opening(state, &step.parts, &step.refused)),
    })
}

fn opening(state: &State, parts: &[Part], refused: &BTreeMap<MemberId, Objection>) -> SumOpening {
    let mut opening = SumOpening::default();
    for (owner, scrutineer) in (2..).zip(&state.scrutiny.scrutineers) {
        let member = scrutineer.member;
        if parts.iter().any(|part| part.owner == owner) {
            opening.given.push(member);
        } else if let Some(why) = refused.get(&member) {
            opening.refused.push(Objected { member, why: *why });
        } else {
            opening.missing.push(member);
        }
    }
    let given = u32::try_from(opening.given.len()).unwrap_or(u32::MAX);
    opening.needed = state.scrutiny.threshold.saturating_sub(given);
    opening
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
        // Also once the key is made: the server has heard the last word before the
        // terminals have, and they need it for their shares.
        said: match held.key {
            ScrutinyKey::Making { .. } | ScrutinyKey::Ready { .. } => held.said.clone(),
            ScrutinyKey::Absent | ScrutinyKey::Failed { .. } => Vec::new(),
        },
        check: state.pending_vote().and_then(|vote| check(vote, index, state)),
        open: state.pending_vote().and_then(|vote| task(vote, index, state)),
    })
}

/// The list that the terminal has not spoken about yet.
fn check(vote: &Held, index: u32, state: &State) -> Option<ListTask> {
    let sealed = vote.sealed.as_ref()?;
    let spoken = sealed.checks.contains_key(&member_of(state, index)?);
    (!spoken && (is_running(vote) || vote.is_being_opened())).then(|| ListTask {
        vote: vote.id,
        slot: sealed.opening.slot,
        title: vote.question.title.clone(),
        form: vote.question.form.clone(),
        setup: sealed.opening.setup,
        registrations: sealed.opening.registrations,
    })
}

/// The sum that the terminal has neither helped to open nor objected to.
fn task(vote: &Held, index: u32, state: &State) -> Option<OpenTask> {
    let sealed = vote.sealed.as_ref()?;
    let member = member_of(state, index)?;
    let done = |parts: &[Part], refused: &BTreeMap<MemberId, Objection>| {
        parts.iter().any(|part| part.owner == index + 1) || refused.contains_key(&member)
    };
    let (archive, hints, live) = if is_running(vote) {
        let step = sealed.live_under_way().filter(|step| !done(&step.parts, &step.refused))?;
        let (ballots, received) = (step.ballots, step.received);
        (step.archive, None, Some(LiveSum { ballots, received, step: sealed.live? }))
    } else if vote.is_being_opened() && !done(&sealed.parts, &sealed.refused) {
        (sealed.summed?, sealed.hints, None)
    } else {
        return None;
    };
    Some(OpenTask {
        vote: vote.id,
        slot: sealed.opening.slot,
        title: vote.question.title.clone(),
        form: vote.question.form.clone(),
        archive,
        registrations: sealed.opening.registrations,
        hints,
        live,
    })
}

fn member_of(state: &State, index: u32) -> Option<MemberId> {
    let place = usize::try_from(index).ok()?.checked_sub(1)?;
    state.scrutiny.scrutineers.get(place).map(|scrutineer| scrutineer.member)
}

fn is_running(vote: &Held) -> bool {
    match vote.state {
        VoteState::Open | VoteState::Paused => true,
        VoteState::Prepared | VoteState::Closed | VoteState::Declared | VoteState::Annulled => {
            false
        }
    }
}

/// May the terminal at a seat fetch that file of a secret vote? Setup and list of
/// events are everybody's; archive and registrations are the scrutineers' while
/// the list is to be checked or a sum to be opened.
pub fn may_fetch(state: &State, seat: SeatId, hash: &Hash) -> bool {
    let public = |vote: &Held| {
        vote.sealed.as_ref().is_some_and(|sealed| {
            sealed.opening.setup.hash == *hash
                || sealed.record.is_some_and(|record| record.events.hash == *hash)
        })
    };
    let theirs = || {
        let Some(duty) = duty(state, seat) else { return false };
        let opens = duty.open.iter().flat_map(|task| {
            [Some(task.archive), Some(task.registrations), task.hints].into_iter().flatten()
        });
        let checks = duty.check.iter().map(|task| task.registrations);
        opens.chain(checks).any(|blob| blob.hash == *hash)
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
