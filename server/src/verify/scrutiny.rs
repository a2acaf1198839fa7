//! The entries about secret votes: the making of the scrutineers' key, message
//! by message, who has cast, the parts of an opening. What is in the encrypted
//! record itself is checked by `secret`.

use super::facts::{Fault, need, there};
use super::signatures::Signed;
use super::voting::{self, find};
use hemicycle_meeting::state::secret::LiveStep;
use hemicycle_meeting::state::voting::Vote;
use hemicycle_meeting::{Actor, Event, NamedScrutineer, State};
use hemicycle_protocol::ballot::keygen::board::Board;
use hemicycle_protocol::ballot::keygen::{Ceremony, Progress};
use hemicycle_protocol::ballot::trustees::Pedersen;
use hemicycle_protocol::identity::KeygenSpeech;
use hemicycle_protocol::ids::{Hex, Key, MeetingId, MemberId, Millis, Signature, VoteId};
use hemicycle_protocol::secret;
use hemicycle_protocol::topic::{KeyFault, Said, Standing};
use hemicycle_protocol::vote::{Count, Verdict};
use hemicycle_protocol::wire::limits;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// The key generation that runs or ran last, followed by its messages.
#[derive(Default)]
pub(super) struct Ceremonies {
    board: Option<Board>,
    terminals: Vec<Key>,
}

/// A naming: attempt, threshold, scrutineers.
type Naming<'a> = (u32, u32, &'a [NamedScrutineer]);

impl Ceremonies {
    /// A new one begins; false if it cannot.
    pub(super) fn begin(
        &mut self,
        meeting: &MeetingId,
        (attempt, threshold, of): Naming<'_>,
    ) -> bool {
        self.terminals = of.iter().map(|s| s.terminal).collect();
        let session = secret::session(meeting, attempt, &self.terminals);
        let size = u32::try_from(of.len()).unwrap_or(u32::MAX);
        self.board = Board::new(Ceremony { session, size, threshold }).ok();
        self.board.is_some()
    }

    pub(super) fn hear(&mut self, said: &Said) {
        if let Some(board) = &mut self.board {
            board.receive(said.from, said.message.as_bytes());
        }
    }

    /// The messages give this item and this code.
    pub(super) fn made(&self, item: &str, code: &str) -> Result<(), Fault> {
        let board = there(self.board.as_ref(), "no key was being made")?;
        let made = match board.progress() {
            Progress::Done(made) => Some(made),
            Progress::Waiting { .. } | Progress::Failed(_) => None,
        };
        let made = there(made, "the scrutineers' messages make no key")?;
        let item = serde_json::from_str::<Pedersen>(item).ok();
        need(item.as_ref() == Some(made), "the key is not what the scrutineers' messages make")?;
        let transcript = board.transcript().map(|hash| hash.short_code());
        need(
            transcript.as_deref() == Some(code),
            "the code is not that of the scrutineers' messages",
        )
    }

    /// Whoever is named as having broken a rule is whom the messages show.
    pub(super) fn failed(
        &self,
        state: &State,
        named: &[MemberId],
        why: &KeyFault,
    ) -> Result<(), Fault> {
        if why.is_silence() {
            return Ok(()); // What did not come in time is in no log.
        }
        let board = there(self.board.as_ref(), "no key was being made")?;
        let culprit = match board.progress() {
            Progress::Failed(blame) if KeyFault::from(&blame.fault) != *why => {
                return need(false, "the messages show another fault");
            }
            Progress::Failed(blame) => usize::try_from(blame.participant).ok(),
            Progress::Waiting { .. } | Progress::Done(_) => None,
        };
        let place = culprit.and_then(|number| number.checked_sub(1));
        let culprit = place.and_then(|place| state.scrutiny().scrutineers.get(place));
        let culprit = culprit.map(|scrutineer| scrutineer.member);
        need(
            culprit.is_some_and(|c| named == [c]),
            "the messages do not show that these broke a rule",
        )
    }

    /// What was signed in a message.
    pub(super) fn signed(
        &self,
        meeting: MeetingId,
        event: &Event,
    ) -> Option<(Key, Signed, Signature)> {
        let Event::KeygenSpoken { attempt, said } = event else { return None };
        let place = usize::try_from(said.from).ok()?.checked_sub(1)?;
        let message = Hex(Sha256::digest(said.message.as_bytes()).into());
        let speech = KeygenSpeech { meeting, attempt: *attempt, message };
        Some((*self.terminals.get(place)?, Signed::Speech(speech), said.signature))
    }
}

/// Members, each once, by the terminals that their seats have now.
pub(super) fn named(state: &State, (attempt, threshold, of): Naming<'_>) -> Result<(), Fault> {
    need(state.scrutiny().attempt.checked_add(1) == Some(attempt), "it is not the next attempt")?;
    let pending = |v: &Vote| v.is_pending() && v.sealed.is_some();
    need(!state.votes().any(pending), "a secret vote needed the key before")?;
    let size = u32::try_from(of.len()).unwrap_or(u32::MAX);
    let fits =
        (1..=limits::SCRUTINEERS).contains(&of.len()) && (size.min(2)..=size).contains(&threshold);
    need(fits, "threshold and number of scrutineers do not fit")?;
    let mut members = BTreeSet::new();
    for NamedScrutineer { member, seat, terminal } in of {
        let person = there(state.person(*member), format_args!("there is no member {member}"))?;
        let fits = person.standing == Standing::Member
            && person.seat == *seat
            && state.terminal_at(*seat) == Some(*terminal)
            && members.insert(*member);
        need(fits, format_args!("member {member} is no scrutineer by this seat and terminal"))?;
    }
    Ok(())
}

pub(super) fn making(state: &State, attempt: u32) -> Result<(), Fault> {
    let scrutiny = state.scrutiny();
    need(scrutiny.is_making() && scrutiny.attempt == attempt, "no key was being made")
}

pub(super) fn spoken(state: &State, who: &Actor, attempt: u32, said: &Said) -> Result<(), Fault> {
    making(state, attempt)?;
    let from = match who {
        Actor::Seat { terminal, .. } => state.scrutiny().index_of(terminal),
        Actor::Clerk { .. } | Actor::Server => None,
    };
    need(from == Some(said.from), format_args!("it did not come from scrutineer {}", said.from))
}

/// That a member has cast: once, present, on the roll, while the vote is open.
pub(super) fn cast(
    state: &State,
    who: &Actor,
    at: Millis,
    vote: VoteId,
    member: MemberId,
) -> Result<(), Fault> {
    let found = find(state, vote)?;
    need(found.sealed.is_some(), "it takes no encrypted ballots")?;
    let seat = match who {
        Actor::Seat { seat, .. } => Some(*seat),
        Actor::Clerk { .. } | Actor::Server => None,
    };
    let own = seat.is_some() && state.person(member).map(|p| p.seat) == seat;
    need(own, format_args!("it did not come from member {member}"))?;
    voting::here(state, member)?;
    voting::takes(found, at, member, false)
}

pub(super) fn closed(state: &State, vote: VoteId) -> Result<(), Fault> {
    need(find(state, vote)?.sealed.is_some(), "it is no secret vote")?;
    voting::running(state, vote)
}

/// A closed vote whose sum is not open yet.
pub(super) fn waiting(state: &State, vote: VoteId) -> Result<&Vote, Fault> {
    let found = find(state, vote)?;
    need(found.is_being_opened(), "its sum was not to be opened")?;
    Ok(found)
}

pub(super) fn summed(state: &State, vote: VoteId) -> Result<(), Fault> {
    let sealed = waiting(state, vote)?.sealed.as_ref();
    need(sealed.is_some_and(|s| s.summed.is_none()), "its sum was there before")
}

/// A scrutineer's terminal speaks of the list of a vote that is not over, once.
pub(super) fn list_checked(
    state: &State,
    who: &Actor,
    vote: VoteId,
    member: MemberId,
) -> Result<(), Fault> {
    let found = find(state, vote)?;
    let sealed = there(found.sealed.as_ref(), "it is no secret vote")?;
    need(found.is_pending(), "it was over")?;
    need(!sealed.checks.contains_key(&member), "this terminal spoke of it before")?;
    let named = match who {
        Actor::Seat { terminal, .. } => {
            state.scrutiny().scrutineers.iter().find(|s| s.terminal == *terminal)
        }
        Actor::Clerk { .. } | Actor::Server => None,
    };
    let own = named.is_some_and(|scrutineer| scrutineer.member == member);
    need(own, format_args!("it did not come from scrutineer {member}"))
}

/// A live sum is far enough from the one before and from the ballots that are in.
pub(super) fn live_summed(state: &State, vote: VoteId, ballots: u32) -> Result<(), Fault> {
    voting::running(state, vote)?;
    let found = find(state, vote)?;
    let sealed = there(found.sealed.as_ref(), "it is no secret vote")?;
    let step = there(sealed.live, "its sums are not opened while it runs")?;
    need(step >= limits::LIVE_STEP, "its step is too small")?;
    need(sealed.live_under_way().is_none(), "another live sum was being opened")?;
    let before = sealed.live_sums.last().map_or(0, |sum| sum.ballots);
    let far = |from: u32, to: u32| from.checked_add(step).is_some_and(|least| least <= to);
    need(far(before, ballots), "the live sum is too close to the one before it")?;
    need(far(ballots, found.turnout()), "the live sum is too close to the ballots that were in")
}

/// The live sum of so many ballots, while it is being opened.
pub(super) fn live_waiting(state: &State, vote: VoteId, ballots: u32) -> Result<&LiveStep, Fault> {
    voting::running(state, vote)?;
    let sealed = find(state, vote)?.sealed.as_ref();
    let waits = sealed.and_then(|sealed| sealed.live_under_way());
    there(waits.filter(|sum| sum.ballots == ballots), "that sum was not to be opened")
}

/// Each of its ballots is counted once for each question. That it is what the parts
/// give is checked with the record.
pub(super) fn live_counted(
    state: &State,
    vote: VoteId,
    ballots: u32,
    count: &Count,
) -> Result<(), Fault> {
    live_waiting(state, vote, ballots)?;
    let form = &find(state, vote)?.question.form;
    need(voting::answers(count).len() == form.questions(), "the count does not answer the question")
}

/// A part is its trustee's own: number 1 the server, then the scrutineers.
pub(super) fn part(
    state: &State,
    who: &Actor,
    vote: VoteId,
    live: Option<u32>,
    owner: u32,
) -> Result<(), Fault> {
    let given = match live {
        Some(ballots) => live_waiting(state, vote, ballots)?.has_part(owner),
        None => {
            let sealed = waiting(state, vote)?.sealed.as_ref();
            let sealed = there(sealed, "it is no secret vote")?;
            need(sealed.summed.is_some(), "a part before the sum")?;
            sealed.has_part(owner)
        }
    };
    need(!given, format_args!("trustee {owner} gave its part before"))?;
    let from = match who {
        Actor::Server => Some(1),
        Actor::Seat { terminal, .. } => {
            state.scrutiny().index_of(terminal).and_then(|index| index.checked_add(1))
        }
        Actor::Clerk { .. } => None,
    };
    need(from == Some(owner), format_args!("the part did not come from trustee {owner}"))
}

pub(super) fn counted(
    state: &State,
    vote: VoteId,
    count: &Count,
    verdict: &Verdict,
) -> Result<(), Fault> {
    voting::judged(waiting(state, vote)?, count, verdict)
}
