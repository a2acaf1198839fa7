//! The entries of a vote, by the rules: who may vote, whose ballot counts, what
//! the count is and what the rule makes of it.

use super::facts::{Fault, is_past, need, there};
use super::signatures::Signed;
use hemicycle_meeting::state::voting::Vote;
use hemicycle_meeting::{Event, Opening, Question, State};
use hemicycle_protocol::identity::RecordedBallot;
use hemicycle_protocol::ids::{Bits, Key, MeetingId, MemberId, Millis, Signature, VoteId};
use hemicycle_protocol::topic::{CountedBy, Phase, Standing, VoteState};
use hemicycle_protocol::vote::{Ballot, Count, Method, Outcome, Verdict};

pub(super) fn question(question: &Question) -> Result<(), Fault> {
    need(question.form.check().is_ok(), "its form cannot be voted on")?;
    need(question.rule.is_sound(), "its rule is not the one that its name says")
}

pub(super) fn find(state: &State, vote: VoteId) -> Result<&Vote, Fault> {
    there(state.vote(vote), "there is no such vote")
}

pub(super) fn prepared(state: &State, vote: VoteId) -> Result<&Vote, Fault> {
    let found = find(state, vote)?;
    need(found.state == VoteState::Prepared, "it was opened before")?;
    Ok(found)
}

/// The roll, M and P are what the roster, the attendance and the recusals give.
pub(super) fn opened(state: &State, vote: VoteId, opening: &Opening) -> Result<(), Fault> {
    let found = prepared(state, vote)?;
    need(state.phase() == Phase::InSession, "the meeting was not in session")?;
    need(!state.votes().any(Vote::is_pending), "another vote was open")?;
    need(state.has_quorum(), "there was no quorum")?;
    let may_vote: Vec<bool> = state
        .people()
        .iter()
        .map(|p| {
            let member = p.standing == Standing::Member;
            member && state.is_here(p.member) && !found.recused.contains(&p.member)
        })
        .collect();
    let size = number(may_vote.iter().filter(|may| **may).count());
    need(size > 0, "nobody could vote")?;
    need(
        opening.roll == Bits::collect(may_vote.into_iter()),
        "its roll is not those who were present and not recused",
    )?;
    let (mut members, mut present) = (state.roll().members, state.attendance().present);
    if state.settings().recusal_shrinks_base {
        members = members.saturating_sub(number(found.recused.len()));
        present = size;
    }
    need(
        (opening.members, opening.present) == (members, present),
        "its number of members or of those present is wrong",
    )?;
    need(
        opening.secret.is_some() || opening.secret_live.is_none(),
        "live sums of a vote without encrypted ballots",
    )?;
    match (found.question.method, &opening.secret) {
        (Method::Recorded, None) => Ok(()),
        // Its count is entered by hand: no ballot can be cast without a setup.
        (Method::Secret, None) => Ok(()),
        (Method::Recorded, Some(_)) => need(false, "a recorded vote has no encrypted ballots"),
        (Method::Secret, Some(secret)) => {
            let scrutiny = state.scrutiny();
            need(scrutiny.is_ready(), "the scrutineers had no key")?;
            let live = state.settings().secret_live.filter(|_| scrutiny.is_by_majority());
            need(opening.secret_live == live, "its live sums are not as the meeting's setting")?;
            need(secret.slot == scrutiny.slots, "its slot is not the next one")?;
            need(secret.credentials <= size, "it has more credentials than voters")
        }
    }
}

/// A ballot in clear: one for each member of the roll, while the vote is open.
/// A clerk may enter one while it is paused too.
pub(super) fn ballot(
    state: &State,
    at: Millis,
    vote: VoteId,
    member: MemberId,
    ballot: &Ballot,
    entered: bool,
) -> Result<(), Fault> {
    let found = find(state, vote)?;
    need(found.question.method == Method::Recorded, "a ballot in clear in a secret vote")?;
    takes(found, at, member, entered)?;
    need(found.question.form.accepts(ballot).is_ok(), "the ballot does not answer the question")
}

/// Does the vote take a ballot of this member now?
pub(super) fn takes(vote: &Vote, at: Millis, member: MemberId, entered: bool) -> Result<(), Fault> {
    let open = vote.state == VoteState::Open || (entered && vote.state == VoteState::Paused);
    let over = vote.opened.as_ref().is_some_and(|o| is_past(o.ends_at, at));
    need(open && !over, "the vote was not open")?;
    need(vote.on_roll(member), format_args!("member {member} is not on its roll"))?;
    need(!vote.ballots.contains_key(&member), format_args!("member {member} voted before"))
}

pub(super) fn here(state: &State, member: MemberId) -> Result<(), Fault> {
    need(state.is_here(member), format_args!("member {member} was not present"))
}

/// What was signed in a ballot.
pub(super) fn signed(meeting: MeetingId, event: &Event) -> Option<(Key, Signed, Signature)> {
    let Event::BallotCast { vote, member, seat, terminal, ballot, signature } = event else {
        return None;
    };
    let (vote, member, seat, ballot) = (*vote, *member, *seat, ballot.clone());
    let statement = RecordedBallot { meeting, vote, member, seat, ballot };
    Some((*terminal, Signed::Ballot(statement), *signature))
}

pub(super) fn is_open(state: &State, vote: VoteId) -> Result<(), Fault> {
    need(find(state, vote)?.state == VoteState::Open, "it was not open")
}

pub(super) fn is_paused(state: &State, vote: VoteId) -> Result<(), Fault> {
    need(find(state, vote)?.state == VoteState::Paused, "it was not paused")
}

/// Open or paused.
pub(super) fn running(state: &State, vote: VoteId) -> Result<(), Fault> {
    let running = [VoteState::Open, VoteState::Paused].contains(&find(state, vote)?.state);
    need(running, "it was not open")
}

/// Counts all ballots anew and applies the rule.
pub(super) fn closed(
    state: &State,
    vote: VoteId,
    count: &Count,
    verdict: &Verdict,
) -> Result<(), Fault> {
    let found = find(state, vote)?;
    running(state, vote)?;
    need(found.sealed.is_none(), "the count of a secret vote comes from its record")?;
    let ballots = found.ballots.values().filter_map(|stored| stored.ballot.as_ref());
    let counted = found.question.form.count(ballots).ok();
    need(counted.as_ref() == Some(count), "the count is not the sum of the ballots")?;
    judged(found, count, verdict)
}

/// A count by hands or paper: what it must agree with is the roll and the rule.
pub(super) fn entered(
    state: &State,
    vote: VoteId,
    count: &Count,
    verdict: &Verdict,
    by: CountedBy,
) -> Result<(), Fault> {
    let found = find(state, vote)?;
    need(by != CountedBy::Terminals, "the terminals' count is not entered by hand")?;
    let again = found.state == VoteState::Closed && found.counted_by != CountedBy::Terminals;
    let running = [VoteState::Open, VoteState::Paused].contains(&found.state);
    need(running || again, "it was not open")?;
    let sums = answers(count);
    need(sums.len() == found.question.form.questions(), "the count does not answer the question")?;
    let size = found.opened.as_ref().map_or(0, |opened| u64::from(opened.size));
    need(sums.iter().all(|sum| *sum <= size), "the count has more votes than voters")?;
    judged(found, count, verdict)
}

/// Answers to each question of a count; of an election those for each candidate.
pub(super) fn answers(count: &Count) -> Vec<u64> {
    match count {
        Count::Motion { tally } => vec![sum([tally.in_favour, tally.against, tally.abstain])],
        Count::Personnel { tallies } => {
            tallies.iter().map(|t| sum([t.in_favour, t.against, t.abstain])).collect()
        }
        Count::Satisfaction { tallies } => {
            tallies.iter().map(|t| sum([t.satisfied, t.fair, t.dissatisfied, t.invalid])).collect()
        }
        Count::Plurality { votes, invalid } => votes.iter().map(|v| sum([*v, *invalid])).collect(),
    }
}

/// The rule makes this of the count.
pub(super) fn judged(vote: &Vote, count: &Count, verdict: &Verdict) -> Result<(), Fault> {
    let question = &vote.question;
    let judged = question.form.judge(count, &question.rule, &vote.room()).ok();
    need(judged.as_ref() == Some(verdict), "the verdict is not what the rule makes of the count")
}

pub(super) fn tie_broken(
    state: &State,
    vote: VoteId,
    adopted: bool,
    verdict: &Verdict,
) -> Result<(), Fault> {
    let found = find(state, vote)?;
    let tied = found.state == VoteState::Closed && found.waits_for_chair();
    need(tied, "there was no tie for the chair")?;
    let broken = |outcome: &Outcome| match (outcome, adopted) {
        (Outcome::TiedForChair, true) => Outcome::Adopted,
        (Outcome::TiedForChair, false) => Outcome::NotAdopted,
        (Outcome::Adopted | Outcome::NotAdopted | Outcome::TiedVoteAgain, _) => *outcome,
    };
    let wanted = match &found.verdict {
        Some(Verdict::Motion { outcome }) => Some(Verdict::Motion { outcome: broken(outcome) }),
        Some(Verdict::Personnel { outcomes }) => {
            Some(Verdict::Personnel { outcomes: outcomes.iter().map(broken).collect() })
        }
        Some(Verdict::Satisfaction | Verdict::Plurality { .. }) | None => None,
    };
    need(wanted.as_ref() == Some(verdict), "the verdict is not what the chair's word makes of it")
}

pub(super) fn declared(state: &State, vote: VoteId) -> Result<(), Fault> {
    let found = find(state, vote)?;
    let ready = found.is_counted() && found.state == VoteState::Closed;
    need(ready && !found.waits_for_chair(), "it had no result to declare")
}

pub(super) fn annulled(state: &State, vote: VoteId) -> Result<(), Fault> {
    need(find(state, vote)?.is_pending(), "there was nothing to annul")
}

fn number(of: usize) -> u32 {
    u32::try_from(of).unwrap_or(u32::MAX)
}

fn sum<const N: usize>(parts: [u32; N]) -> u64 {
    parts.into_iter().map(u64::from).sum()
}
