//! Choosing, submitting, and being sure that it counted. A choice is kept here
//! until the server's receipt for exactly this ballot has been verified.

use super::{Effect, Obstacle, Over, State, View};
use hemicycle_protocol::identity::{RecordedBallot, fingerprint};
use hemicycle_protocol::ids::{CommandId, Hash, MemberId, SeatId, VoteId};
use hemicycle_protocol::refusal::{Code, Refusal};
use hemicycle_protocol::topic::{Vote, VoteState};
use hemicycle_protocol::vote::{Ballot, Choice, Form, Grade, Method};
use hemicycle_protocol::wire::{Command, SignedReceipt};

/// What is chosen so far, not yet submitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    pub vote: VoteId,
    /// One place a question; for an election one a candidate, `Some(0)` meaning chosen.
    pub chosen: Vec<Option<u8>>,
    /// Of an election: that nobody is chosen is meant so, 提交 was pressed once.
    pub blank: bool,
    /// Why the last submission did not succeed.
    pub failed: Option<Refusal>,
    /// The ballot that was submitted last.
    pub submitted: Option<Hash>,
}

/// A ballot that was submitted and has no verified receipt yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Casting {
    pub id: CommandId,
    pub vote: VoteId,
    /// The seat it was signed for.
    pub seat: SeatId,
    pub ballot: Hash,
    /// The connection broke since: the choice has left the screen.
    pub afloat: bool,
}

/// Detail of the refusal that this terminal makes itself when a receipt does not hold.
pub const BAD_RECEIPT: &str = "receipt";

/// Number of answers to one question.
const ANSWERS: u8 = 3;

impl State {
    /// The vote before the room, if this seat may cast in it now.
    pub fn votable(&self) -> Option<&Vote> {
        let vote = self.room.vote.as_ref()?;
        let me = self.me()?;
        let open = matches!(vote.state, VoteState::Open | VoteState::Paused);
        let possible = match vote.method {
            Method::Recorded => true,
            Method::Secret => vote.secret.is_some() && self.obstacle().is_none_or(passes),
        };
        (open && me.may_vote && possible).then_some(vote)
    }

    /// Has this seat's ballot of the vote before the room been confirmed?
    pub fn has_voted(&self) -> bool {
        let Some(vote) = &self.room.vote else { return false };
        self.confirmed.is_some_and(|(id, _)| id == vote.id)
    }

    /// Is a ballot of the vote before the room on its way, without a verified receipt?
    pub fn is_casting(&self) -> bool {
        let vote = self.room.vote.as_ref().map(|v| v.id);
        self.casting.as_ref().is_some_and(|c| Some(c.vote) == vote)
    }

    pub(super) fn draft_for_current_vote(&mut self) {
        let Some(vote) = &self.room.vote else {
            self.draft = None;
            return;
        };
        match vote.state {
            VoteState::Open | VoteState::Paused => {
                match self.draft.as_mut().filter(|d| d.vote == vote.id) {
                    // What was refused in a pause may well be taken now.
                    Some(draft) => draft.failed = None,
                    None => {
                        self.draft = Some(Draft {
                            vote: vote.id,
                            chosen: vec![None; vote.form.questions()],
                            blank: false,
                            failed: None,
                            submitted: None,
                        });
                    }
                }
            }
            VoteState::Prepared | VoteState::Closed | VoteState::Declared | VoteState::Annulled => {
                // An unsent choice ends with its vote. A submitted one waits for its answer.
                self.draft = None;
            }
        }
    }

    pub(super) fn choose(&mut self, question: u16, choice: u8) {
        if choice >= ANSWERS || self.is_casting() || self.has_voted() {
            return;
        }
        let Some(vote) = self.votable() else { return };
        let (id, form) = (vote.id, vote.form.clone());
        let Some(draft) = self.draft.as_mut().filter(|d| d.vote == id) else { return };
        let marked = draft.chosen.iter().filter(|c| c.is_some()).count();
        let Some(place) = draft.chosen.get_mut(usize::from(question)) else { return };
        match form {
            Form::Motion | Form::Personnel { .. } | Form::Satisfaction { .. } => {
                *place = Some(choice);
            }
            Form::Plurality { seats, .. } => match place {
                Some(_) => *place = None,
                None if marked < usize::from(seats) => *place = Some(0),
                None => {}
            },
        }
        draft.failed = None;
        draft.blank = false;
    }

    /// Is this an election in which nobody is chosen? Such a ballot is submitted by pressing twice.
    pub fn has_chosen_nobody(&self) -> bool {
        let (Some(vote), Some(draft)) = (self.votable(), &self.draft) else { return false };
        match vote.form {
            Form::Motion | Form::Personnel { .. } | Form::Satisfaction { .. } => false,
            Form::Plurality { .. } => draft.chosen.iter().all(Option::is_none),
        }
    }

    /// Number of questions that have no answer yet; for an election 0 once anyone is chosen, or
    /// that nobody is was confirmed.
    pub fn unanswered(&self) -> usize {
        let (Some(vote), Some(draft)) = (self.votable(), &self.draft) else { return 0 };
        let open = draft.chosen.iter().filter(|c| c.is_none()).count();
        match vote.form {
            Form::Motion | Form::Personnel { .. } | Form::Satisfaction { .. } => open,
            Form::Plurality { .. } => usize::from(open == draft.chosen.len() && !draft.blank),
        }
    }

    pub(super) fn submit(&mut self, effects: &mut Vec<Effect>) {
        if let Some(casting) = &self.casting {
            // Pressed again after no answer came: the same command again, under its own name.
            let id = casting.id;
            if self.overdue(id) {
                self.ask_again(id, effects);
            }
            return;
        }
        if !self.online() || self.has_voted() {
            return;
        }
        let Some(vote) = self.votable().filter(|v| v.state == VoteState::Open) else { return };
        if self.unanswered() > 0 {
            let nobody = self.has_chosen_nobody();
            if let Some(draft) = self.draft.as_mut().filter(|_| nobody) {
                draft.blank = true;
            }
            return;
        }
        match vote.method {
            Method::Recorded => {}
            Method::Secret => return self.submit_secret(effects),
        }
        let Some(statement) = self.statement() else { return };
        let signature = self.identity.sign(&statement);
        let (vote, seat, ballot) = (statement.vote, statement.seat, fingerprint(&statement));
        let command = Command::Cast { vote, ballot: statement.ballot, signature };
        if let Some(id) = self.ask(command, effects) {
            self.casting = Some(Casting { id, vote, seat, ballot, afloat: false });
            if let Some(draft) = &mut self.draft {
                draft.failed = None;
                draft.submitted = Some(ballot);
            }
        }
    }

    /// The signed statement of what is chosen.
    fn statement(&self) -> Option<RecordedBallot> {
        let vote = self.votable()?;
        let draft = self.draft.as_ref().filter(|d| d.vote == vote.id)?;
        let (member, seat) = self.seated()?;
        let ballot = ballot_of(&vote.form, &draft.chosen)?;
        Some(RecordedBallot { meeting: self.meeting_id()?, vote: vote.id, member, seat, ballot })
    }

    /// The person at this seat and its number.
    pub(super) fn seated(&self) -> Option<(MemberId, SeatId)> {
        let me = self.me()?;
        Some((me.person.as_ref()?.member, me.seat?))
    }

    pub(super) fn receipt_came(&mut self, signed: Option<SignedReceipt>) {
        let Some(casting) = self.casting.take() else { return };
        let holds = signed.as_ref().is_some_and(|s| {
            s.receipt.vote == casting.vote
                && s.receipt.ballot == casting.ballot
                && self.receipt_holds(s, casting.seat)
        });
        if holds {
            self.confirmed = Some((casting.vote, casting.ballot));
            self.draft = None;
        } else {
            self.not_counted(casting.vote, Refusal::of(Code::NotAuthentic, BAD_RECEIPT));
        }
    }

    /// The server tells of a ballot of this seat: one cast before the terminal was started again,
    /// or one whose answer was lost.
    pub(super) fn ballot_known(&mut self) {
        let Some(me) = self.me() else { return };
        let (Some(mine), Some(seat)) = (me.ballot.clone(), me.seat) else { return };
        if self.room.vote.as_ref().is_none_or(|v| v.id != mine.vote)
            || self.confirmed.is_some_and(|(id, _)| id == mine.vote)
        {
            return;
        }
        if self.casting.as_ref().is_some_and(|c| c.ballot != mine.receipt.ballot) {
            // Not the ballot that was submitted here: the answer to the command decides.
            return;
        }
        let signed = SignedReceipt { receipt: mine.receipt.clone(), signature: mine.signature };
        if mine.receipt.vote == mine.vote && self.receipt_holds(&signed, seat) {
            let secret = self.room.vote.as_ref().is_some_and(|v| v.method == Method::Secret);
            if secret && !self.recognised(mine.vote, mine.receipt.ballot) {
                return;
            }
            self.confirmed = Some((mine.vote, mine.receipt.ballot));
            if let Some(casting) = self.casting.take() {
                self.pending.retain(|p| p.id != casting.id);
            }
            let submitted = self.draft.take().and_then(|d| d.submitted);
            if submitted.is_some_and(|ballot| ballot != mine.receipt.ballot) {
                self.uncounted = Some((mine.vote, Code::AlreadyVoted.into()));
            }
        }
    }

    pub(super) fn cast_refused(&mut self, why: Refusal) {
        let Some(casting) = self.casting.take() else { return };
        self.not_counted(casting.vote, why);
        // Another ballot of this seat may be the one that is stored, or this one after all.
        self.ballot_known();
        if let Some((vote, stored)) = self.confirmed
            && vote == casting.vote
        {
            let other = stored != casting.ballot;
            self.uncounted = other.then(|| (vote, Code::AlreadyVoted.into()));
        }
    }

    /// While the vote is open the member can try again, and sees so; afterwards it is told.
    pub(super) fn not_counted(&mut self, vote: VoteId, why: Refusal) {
        match self.draft.as_mut().filter(|d| d.vote == vote) {
            Some(draft) => {
                draft.failed = Some(why);
                self.over = Over::Nothing;
                self.dismissed_vote = None;
                self.view = View::Follow;
            }
            None => self.uncounted = Some((vote, why)),
        }
    }

    /// The connection broke while a ballot was on its way: what was chosen leaves the screen.
    pub(super) fn casting_afloat(&mut self) {
        if let Some(casting) = &mut self.casting {
            casting.afloat = true;
        }
    }
}

/// Does this obstacle go away by itself? Then choosing need not wait for it.
fn passes(obstacle: Obstacle) -> bool {
    match obstacle {
        Obstacle::Checking => true,
        Obstacle::WrongSetup | Obstacle::NoCredential | Obstacle::OtherBallot => false,
    }
}

/// The ballot that these choices make; none while something is missing.
pub(super) fn ballot_of(form: &Form, chosen: &[Option<u8>]) -> Option<Ballot> {
    let choice = |c: &Option<u8>| c.and_then(|c| Choice::ALL.get(usize::from(c)).copied());
    match form {
        Form::Motion => Some(Ballot::Motion { choice: choice(chosen.first()?)? }),
        Form::Personnel { .. } => {
            Some(Ballot::Personnel { choices: chosen.iter().map(choice).collect::<Option<_>>()? })
        }
        Form::Satisfaction { .. } => Some(Ballot::Satisfaction {
            grades: chosen
                .iter()
                .map(|c| c.and_then(|c| Grade::ALL.get(usize::from(c)).copied()))
                .collect(),
        }),
        Form::Plurality { .. } => Some(Ballot::Plurality {
            chosen: (0u16..).zip(chosen).filter(|(_, c)| c.is_some()).map(|(i, _)| i).collect(),
        }),
    }
}
