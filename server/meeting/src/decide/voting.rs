//! A vote from its opening to its result, and every ballot.

use super::agenda::{get as item_of, not_found, prepared};
use super::{in_session, member_of, nothing_pending, session};
use crate::command::{Context, Decision, Vouched};
use crate::event::{Event, Opening, SecretOpening};
use crate::state::State;
use crate::state::voting::{Opened, Vote, size_of};
use crate::text;
use hemicycle_protocol::ids::{Bits, ItemId, Key, MemberId, Millis, Signature, VoteId};
use hemicycle_protocol::refusal::{Code, Refusal};
use hemicycle_protocol::topic::{CountedBy, PaperVersion, Person, Standing, VoteState};
use hemicycle_protocol::vote::{Ballot, Count, Method, Outcome, Room, Verdict};
use hemicycle_protocol::wire::limits;

/// A vote whose item is not removed.
pub(super) fn get(state: &State, vote: VoteId) -> Result<&Vote, Refusal> {
    let found = state.voting.get(vote).ok_or_else(|| not_found("vote", vote))?;
    item_of(state, found.item).map_err(|_| not_found("vote", vote))?;
    Ok(found)
}

/// Opens a vote and, where needed, turns to its item first.
pub(super) fn open(state: &State, cx: &Context, vote: VoteId) -> Result<Decision, Refusal> {
    let found = prepared(state, vote)?;
    let ends_at = found.question.seconds.map(|s| after(cx.now, s));
    let secret = match (found.question.method, &cx.vouched) {
        (Method::Recorded, _) => None,
        (Method::Secret, Vouched::Opening(secret)) => Some(secret.clone()),
        (
            Method::Secret,
            Vouched::Nothing
            | Vouched::Ballot
            | Vouched::Part { .. }
            | Vouched::BadPart
            | Vouched::Pin { .. },
        ) => return Err(Refusal::of(Code::SecretUnavailable, "there is no key")),
    };
    Ok(opening(state, found, ends_at, secret)?.into())
}

/// The members who could vote if this vote were opened now, for the shell that
/// prepares a secret vote; refused as the opening itself would be.
pub fn voters(state: &State, vote: VoteId) -> Result<Vec<MemberId>, Refusal> {
    let found = prepared(state, vote)?;
    if found.question.method == Method::Secret && !state.scrutiny.is_ready() {
        return Err(Refusal::of(Code::SecretUnavailable, "there is no key"));
    }
    let events = opening(state, found, None, None)?;
    let roll = events.iter().find_map(|event| {
        if let Event::VoteOpened { opening, .. } = event { Some(&opening.roll) } else { None }
    });
    let Some(roll) = roll else { return Ok(Vec::new()) };
    let people = state.roll.people.iter().enumerate().filter(|(i, _)| roll.get(*i));
    Ok(people.map(|(_, person)| person.member).collect())
}

fn opening(
    state: &State,
    vote: &Vote,
    ends_at: Option<Millis>,
    secret: Option<SecretOpening>,
) -> Result<Vec<Event>, Refusal> {
    in_session(state)?;
    nothing_pending(state)?;
    session::quorum(state)?;
    let may_vote = |p: &Person| {
        p.standing == Standing::Member
            && state.is_here(p.member)
            && !vote.recused.contains(&p.member)
    };
    let roll = Bits::collect(state.roll.people.iter().map(may_vote));
    if size_of(&roll) == 0 {
        return Err(Refusal::of(Code::NoQuorum, "nobody is on the roll of this vote"));
    }
    let (mut members, mut present) = (state.roll.members, state.attendance.present);
    if state.settings.recusal_shrinks_base {
        let away = u32::try_from(vote.recused.len()).unwrap_or(u32::MAX);
        members = members.saturating_sub(away);
        present = size_of(&roll);
    }
    let live = state.settings.secret_live.filter(|_| state.scrutiny.is_by_majority());
    let opening = Opening {
        roll,
        members,
        present,
        live_count: state.settings.live_count,
        secret_live: live.filter(|_| secret.is_some()),
        named_results: state.settings.named_results,
        ends_at,
        papers: put_to_the_vote(state, vote.item),
        secret,
    };
    let mut events = session::start(state, vote.item);
    events.push(Event::VoteOpened { vote: vote.id, opening });
    Ok(events)
}

/// The papers of an item as they are valid now, those that seats have.
fn put_to_the_vote(state: &State, item: ItemId) -> Vec<PaperVersion> {
    let papers = state.agenda.get(item).map(|item| item.papers.as_slice()).unwrap_or_default();
    let papers = papers.iter().filter_map(|id| state.papers.get(*id)).filter(|p| p.released);
    papers.map(|p| PaperVersion { paper: p.id, version: p.version(), hash: p.hash() }).collect()
}

/// Stores a ballot that its terminal signed. The same ballot again gets its
/// receipt again, also after the vote is closed: an answer may have been lost.
pub(super) fn cast(
    state: &State,
    now: Millis,
    person: &Person,
    terminal: Key,
    vote: VoteId,
    ballot: &Ballot,
    signature: Signature,
) -> Result<Decision, Refusal> {
    let found = get(state, vote)?;
    let (member, seat) = (person.member, person.seat);
    let receipt = Some((vote, member));
    if let Some(stored) = found.ballots.get(&member) {
        if stored.ballot.as_ref() == Some(ballot) {
            return Ok(Decision { receipt, ..Decision::nothing() });
        }
        return Err(Code::AlreadyVoted.into());
    }
    in_clear(found)?;
    takes_ballots(state, found, now, member)?;
    accepts(found, ballot)?;
    let ballot = ballot.clone();
    let event = Event::BallotCast { vote, member, seat, terminal, ballot, signature };
    Ok(Decision { receipt, ..event.into() })
}

/// May this member cast now?
pub(super) fn takes_ballots(
    state: &State,
    vote: &Vote,
    now: Millis,
    member: MemberId,
) -> Result<(), Refusal> {
    match vote.state {
        VoteState::Open => {}
        VoteState::Prepared
        | VoteState::Paused
        | VoteState::Closed
        | VoteState::Declared
        | VoteState::Annulled => return Err(not_open(vote)),
    }
    if vote.opened.as_ref().is_some_and(|o| is_over(o, now)) {
        return Err(Refusal::of(Code::VoteNotOpen, "its time is up"));
    }
    if !state.is_here(member) {
        return Err(Code::NotSignedIn.into());
    }
    if vote.on_roll(member) { Ok(()) } else { Err(Code::NotOnRoll.into()) }
}

/// A ballot in clear belongs in a recorded vote only.
fn in_clear(vote: &Vote) -> Result<(), Refusal> {
    match vote.question.method {
        Method::Recorded => Ok(()),
        Method::Secret => Err(Code::BadBallot.into()),
    }
}

pub(super) fn cast_for(
    state: &State,
    now: Millis,
    vote: VoteId,
    member: MemberId,
    ballot: &Ballot,
    reason: &str,
) -> Result<Decision, Refusal> {
    let found = get(state, vote)?;
    member_of(state, member)?;
    match found.state {
        // A vote is paused to put things right, and this is one of them.
        VoteState::Open | VoteState::Paused => {}
        VoteState::Prepared | VoteState::Closed | VoteState::Declared | VoteState::Annulled => {
            return Err(not_open(found));
        }
    }
    if found.opened.as_ref().is_some_and(|o| is_over(o, now)) {
        return Err(Refusal::of(Code::VoteNotOpen, "its time is up"));
    }
    if found.ballots.contains_key(&member) {
        return Err(Code::AlreadyVoted.into());
    }
    in_clear(found)?;
    if !found.on_roll(member) {
        return Err(Code::NotOnRoll.into());
    }
    accepts(found, ballot)?;
    let reason = text::line(reason, limits::REASON, "reason")?;
    Ok(Event::BallotEntered { vote, member, ballot: ballot.clone(), reason }.into())
}

pub(super) fn extend(
    state: &State,
    now: Millis,
    vote: VoteId,
    seconds: u32,
) -> Result<Decision, Refusal> {
    let found = get(state, vote)?;
    super::seconds_ok(seconds)?;
    let clock = running(found)?;
    let most = after(now, limits::SECONDS);
    let extended = match found.state {
        VoteState::Paused => {
            let left = clock.seconds_left.unwrap_or(0).saturating_add(seconds);
            super::seconds_ok(left)?;
            (None, Some(left))
        }
        VoteState::Open
        | VoteState::Prepared
        | VoteState::Closed
        | VoteState::Declared
        | VoteState::Annulled => (Some(after(clock.ends_at.unwrap_or(now), seconds)), None),
    };
    if extended.0.is_some_and(|end| end > most) {
        return Err(Refusal::of(Code::BadValue, "a vote lasts a day at most"));
    }
    Ok(Event::VoteExtended { vote, ends_at: extended.0, seconds_left: extended.1 }.into())
}

pub(super) fn pause(state: &State, now: Millis, vote: VoteId) -> Result<Decision, Refusal> {
    let found = get(state, vote)?;
    let clock = running(found)?;
    expect(found, VoteState::Open)?;
    let seconds_left = clock.ends_at.map(|end| {
        let rest = end.0.saturating_sub(now.0).max(1);
        let seconds = rest.saturating_add(999) / 1000;
        u32::try_from(seconds).unwrap_or(limits::SECONDS).min(limits::SECONDS)
    });
    Ok(Event::VotePaused { vote, seconds_left }.into())
}

pub(super) fn resume(state: &State, now: Millis, vote: VoteId) -> Result<Decision, Refusal> {
    let found = get(state, vote)?;
    let clock = running(found)?;
    expect(found, VoteState::Paused)?;
    let ends_at = clock.seconds_left.map(|s| after(now, s));
    Ok(Event::VoteResumed { vote, ends_at }.into())
}

pub(super) fn close(state: &State, vote: VoteId) -> Result<Decision, Refusal> {
    let found = get(state, vote)?;
    running(found)?;
    Ok(closing(found, false)?.into())
}

/// What is past its time closes.
pub(super) fn deadline(state: &State, now: Millis) -> Result<Option<Event>, Refusal> {
    match (state.voting.before_the_room(), state.vote_ends_at()) {
        (Some(vote), Some(end)) if end <= now => Ok(Some(closing(vote, true)?)),
        (_, Some(_) | None) => Ok(None),
    }
}

pub(super) fn declare(state: &State, vote: VoteId) -> Result<Decision, Refusal> {
    let found = get(state, vote)?;
    expect(found, VoteState::Closed)?;
    if found.is_being_opened() {
        return Err(Refusal::of(Code::WrongState, "the sum is not open yet"));
    }
    if found.waits_for_chair() {
        return Err(Refusal::of(Code::WrongState, "the tie is to be broken first"));
    }
    Ok(Event::VoteDeclared { vote }.into())
}

pub(super) fn annul(state: &State, vote: VoteId, reason: &str) -> Result<Decision, Refusal> {
    let found = get(state, vote)?;
    if !found.is_pending() {
        return Err(wrong_state(found));
    }
    let reason = text::line(reason, limits::REASON, "reason")?;
    Ok(Event::VoteAnnulled { vote, reason }.into())
}

/// The chair's word, for every question of the vote that is tied.
pub(super) fn break_tie(state: &State, vote: VoteId, adopted: bool) -> Result<Decision, Refusal> {
    let found = get(state, vote)?;
    expect(found, VoteState::Closed)?;
    let broken = |outcome: &Outcome| match (outcome, adopted) {
        (Outcome::TiedForChair, true) => Outcome::Adopted,
        (Outcome::TiedForChair, false) => Outcome::NotAdopted,
        (Outcome::Adopted | Outcome::NotAdopted | Outcome::TiedVoteAgain, _) => *outcome,
    };
    let verdict = match &found.verdict {
        Some(Verdict::Motion { outcome }) => Verdict::Motion { outcome: broken(outcome) },
        Some(Verdict::Personnel { outcomes }) => {
            Verdict::Personnel { outcomes: outcomes.iter().map(broken).collect() }
        }
        Some(Verdict::Satisfaction | Verdict::Plurality { .. }) | None => {
            return Err(wrong_state(found));
        }
    };
    if !found.waits_for_chair() {
        return Err(Refusal::of(Code::WrongState, "there is no tie for the chair"));
    }
    Ok(Event::TieBroken { vote, adopted, verdict }.into())
}

pub(super) fn recuse(state: &State, vote: VoteId, member: MemberId) -> Result<Decision, Refusal> {
    let found = prepared(state, vote)?;
    match member_of(state, member)?.standing {
        Standing::Member => {}
        Standing::Attendee => return Err(Code::NotOnRoll.into()),
    }
    if found.recused.contains(&member) {
        return Err(Code::NoChange.into());
    }
    Ok(Event::Recused { vote, member }.into())
}

pub(super) fn clear_recusal(
    state: &State,
    vote: VoteId,
    member: MemberId,
) -> Result<Decision, Refusal> {
    let found = prepared(state, vote)?;
    member_of(state, member)?;
    if !found.recused.contains(&member) {
        return Err(Code::NoChange.into());
    }
    Ok(Event::RecusalCleared { vote, member }.into())
}

/// A count by hands or paper: of a vote not opened yet, of one whose terminals
/// failed on the way, or in place of a count that was entered wrong.
pub(super) fn enter_count(
    state: &State,
    vote: VoteId,
    count: &Count,
    by: CountedBy,
    reason: &str,
) -> Result<Decision, Refusal> {
    let found = get(state, vote)?;
    match by {
        CountedBy::Hands | CountedBy::PaperBallots => {}
        CountedBy::Terminals => return Err(Refusal::of(Code::BadValue, "counted by")),
    }
    let mut events = match found.state {
        VoteState::Prepared => opening(state, found, None, None)?,
        VoteState::Open | VoteState::Paused => vec![],
        // What the terminals counted to the end is annulled, never written over.
        VoteState::Closed if found.counted_by != CountedBy::Terminals => vec![],
        VoteState::Closed | VoteState::Declared | VoteState::Annulled => {
            return Err(wrong_state(found));
        }
    };
    let fresh = events
        .iter()
        .find_map(|e| if let Event::VoteOpened { opening, .. } = e { Some(opening) } else { None });
    let opening = fresh.or(found.opened.as_ref().map(|o| &o.opening));
    let Some(opening) = opening else { return Err(wrong_state(found)) };
    let signatories = found.question.signatories;
    let room = Room { members: opening.members, present: opening.present, signatories };
    adds_up(found, count, size_of(&opening.roll))?;
    let verdict = judge(found, count, &room)?;
    let reason = text::line(reason, limits::REASON, "reason")?;
    events.push(Event::CountEntered { vote, count: count.clone(), verdict, by, reason });
    Ok(events.into())
}

/// A state's name, for technicians.
pub(super) fn state_text(state: VoteState) -> &'static str {
    match state {
        VoteState::Prepared => "prepared",
        VoteState::Open => "open",
        VoteState::Paused => "paused",
        VoteState::Closed => "closed",
        VoteState::Declared => "declared",
        VoteState::Annulled => "annulled",
    }
}

fn closing(vote: &Vote, timed_out: bool) -> Result<Event, Refusal> {
    if vote.sealed.is_some() {
        return Ok(Event::SecretVoteClosed { vote: vote.id, timed_out });
    }
    let verdict = judge(vote, &vote.count, &vote.room())?;
    Ok(Event::VoteClosed { vote: vote.id, count: vote.count.clone(), verdict, timed_out })
}

pub(super) fn judge(vote: &Vote, count: &Count, room: &Room) -> Result<Verdict, Refusal> {
    let question = &vote.question;
    question.form.judge(count, &question.rule, room).map_err(|e| Refusal::of(Code::BadValue, e))
}

/// No refusal says more of a ballot than that it does not fit.
fn accepts(vote: &Vote, ballot: &Ballot) -> Result<(), Refusal> {
    vote.question.form.accepts(ballot).map_err(|_| Code::BadBallot.into())
}

/// Does an entered count have the vote's form, and no more answers than voters?
pub(super) fn adds_up(vote: &Vote, count: &Count, voters: u32) -> Result<(), Refusal> {
    let voters = u64::from(voters);
    let sums: Vec<u64> = match count {
        Count::Motion { tally } => vec![sum([tally.in_favour, tally.against, tally.abstain])],
        Count::Personnel { tallies } => {
            tallies.iter().map(|t| sum([t.in_favour, t.against, t.abstain])).collect()
        }
        Count::Satisfaction { tallies } => {
            tallies.iter().map(|t| sum([t.satisfied, t.fair, t.dissatisfied, t.invalid])).collect()
        }
        // Every ballot names a candidate at most once.
        Count::Plurality { votes, invalid } => votes.iter().map(|v| sum([*v, *invalid])).collect(),
    };
    let (want, got) = (vote.question.form.questions(), sums.len());
    if want != got {
        return Err(Refusal::of(Code::BadValue, format_args!("{got} counts for {want} questions")));
    }
    match sums.iter().max() {
        Some(most) if *most > voters => {
            Err(Refusal::of(Code::BadValue, format_args!("{most} answers of {voters} voters")))
        }
        Some(_) | None => Ok(()),
    }
}

fn sum<const N: usize>(parts: [u32; N]) -> u64 {
    parts.into_iter().map(u64::from).sum()
}

fn running(vote: &Vote) -> Result<&Opened, Refusal> {
    match (vote.state, &vote.opened) {
        (VoteState::Open | VoteState::Paused, Some(opened)) => Ok(opened),
        (VoteState::Open | VoteState::Paused, None)
        | (
            VoteState::Prepared | VoteState::Closed | VoteState::Declared | VoteState::Annulled,
            _,
        ) => Err(wrong_state(vote)),
    }
}

fn expect(vote: &Vote, state: VoteState) -> Result<(), Refusal> {
    if vote.state == state { Ok(()) } else { Err(wrong_state(vote)) }
}

fn wrong_state(vote: &Vote) -> Refusal {
    let off = format_args!("vote {} is {}", vote.id, state_text(vote.state)).to_string();
    Refusal::of(Code::WrongState, off)
}

fn not_open(vote: &Vote) -> Refusal {
    let off = format_args!("vote {} is {}", vote.id, state_text(vote.state)).to_string();
    Refusal::of(Code::VoteNotOpen, off)
}

fn is_over(clock: &Opened, now: Millis) -> bool {
    clock.ends_at.is_some_and(|end| end <= now)
}

fn after(start: Millis, seconds: u32) -> Millis {
    Millis(start.0.saturating_add(i64::from(seconds) * 1000))
}
