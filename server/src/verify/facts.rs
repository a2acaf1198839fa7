//! Each entry of the log by the meeting's rules, on the state that the entries
//! before it add up to. The rules are written here anew and not taken from the
//! part of the meeting that decides: what a server let pass by mistake or on
//! purpose is found by another reckoning.
//!
//! Here are the sitting, the roster, sign-ins and papers; votes are in
//! `voting`, everything about secret votes in `scrutiny`.

use super::people::{self, within_role};
use super::scrutiny::Ceremonies;
use super::signatures::{Signatures, Signed};
use super::{Spot, Wrong, papers, reading, scrutiny, voting};
use crate::export::account::{Account, Entry};
use hemicycle_meeting::{Actor, Event, State};
use hemicycle_protocol::identity::{DrawnSignIn, SignIn};
use hemicycle_protocol::ids::{Key, MeetingId, MemberId, Millis, SeatId, Seq, VoteId};
use hemicycle_protocol::topic::{Person, Phase};
use std::collections::BTreeSet;
use std::fmt;

/// What was found in a log that holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Found {
    pub sign_ins: usize,
    pub sign_ins_for: usize,
    pub ballots: usize,
    pub ballots_for: usize,
    pub keygens: usize,
    pub spoken: usize,
    /// Read receipts.
    pub read: usize,
}

/// What is wrong with an entry.
pub(super) struct Fault {
    pub(super) vote: Option<VoteId>,
    pub(super) what: String,
}

/// See the module.
pub(super) struct Checker {
    meeting: MeetingId,
    pub(super) signatures: Signatures,
    pub(super) ceremonies: Ceremonies,
    pub(super) found: Found,
}

impl Fault {
    pub(super) fn of(self, vote: VoteId) -> Self {
        Self { vote: Some(vote), ..self }
    }
}

/// Nothing, or a fault.
pub(super) fn need(holds: bool, what: impl fmt::Display) -> Result<(), Fault> {
    if holds { Ok(()) } else { Err(Fault { vote: None, what: what.to_string() }) }
}

/// What is there, or a fault.
pub(super) fn there<T>(found: Option<T>, what: impl fmt::Display) -> Result<T, Fault> {
    found.ok_or_else(|| Fault { vote: None, what: what.to_string() })
}

impl Checker {
    pub(super) fn new(meeting: MeetingId) -> Self {
        Self {
            meeting,
            signatures: Signatures::default(),
            ceremonies: Ceremonies::default(),
            found: Found::default(),
        }
    }

    /// Checks an entry before it is added.
    pub(super) fn check(
        &mut self,
        account: &Account,
        seq: Seq,
        entry: &Entry,
    ) -> Result<(), Wrong> {
        self.judge(account, seq, entry).map_err(|fault| Wrong {
            place: Spot::Entry { seq, vote: fault.vote },
            what: fault.what,
        })?;
        self.sign(seq, entry)
    }

    /// Checks the signatures that wait.
    pub(super) fn settle(&mut self) -> Result<(), Wrong> {
        self.signatures.settle()
    }

    /// Nothing follows.
    pub(super) fn finish(mut self) -> Result<Found, Wrong> {
        self.settle()?;
        Ok(self.found)
    }

    fn judge(&mut self, account: &Account, seq: Seq, entry: &Entry) -> Result<(), Fault> {
        let Entry { at, who, event, .. } = entry;
        let state = &account.state;
        need(*at >= account.last, "it is older than the one before it")?;
        need(
            (seq == Seq(1)) == matches!(event, Event::MeetingCreated { .. }),
            "a log begins with its meeting's creation, and has one",
        )?;
        actor(state, who)?;
        within_role(who, event)?;
        match event {
            Event::MeetingCreated { id } => {
                need(*id == self.meeting, "another meeting than record.json names")
            }
            Event::SettingsSet { settings } => {
                let fixed = state.settings();
                let same = fixed.quorum == settings.quorum
                    && fixed.recusal_shrinks_base == settings.recusal_shrinks_base;
                need(same || is_before(state), "the quorum changed after the meeting opened")
            }
            Event::RosterImported { people, .. } => {
                need(is_before(state), "the roster changed after the meeting opened")?;
                roster(people)
            }
            Event::ItemAdded { item, .. } => need(
                state.agenda().any(*item).is_none(),
                format_args!("item {item} is there already"),
            ),
            Event::PaperAdded { paper, hash, .. } => {
                need(
                    state.papers().any(*paper).is_none(),
                    format_args!("paper {paper} is there already"),
                )?;
                need(
                    state.papers().files.contains_key(hash),
                    "the paper's file was not stored before",
                )
            }
            Event::PaperReplaced { hash, .. } => need(
                state.papers().files.contains_key(hash),
                "the paper's file was not stored before",
            ),
            Event::PaperCompared { paper, version, changed, gone } => {
                papers::compared(state, who, *paper, *version, changed.as_deref(), gone)
            }
            Event::PaperTermsSet { paper, .. } => {
                there(state.papers().any(*paper), format_args!("there is no paper {paper}"))?;
                by_clerk(who)
            }
            Event::PaperReleased { paper } => papers::released(state, who, *at, *paper),
            Event::PaperKeysDestroyed => papers::keys_destroyed(state, who),
            Event::PapersRead { member, papers } => {
                self.found.read += papers.len();
                reading::read(state, who, *member, papers)
            }
            Event::SignInOpened => phase(state, &[Phase::Preparing]),
            Event::MeetingOpened => {
                phase(state, &[Phase::SignIn])?;
                need(state.has_quorum(), "there was no quorum")
            }
            Event::MeetingAdjourned => phase(state, &[Phase::InSession]),
            Event::MeetingResumed => phase(state, &[Phase::Adjourned]),
            Event::MeetingClosed => {
                phase(state, &[Phase::SignIn, Phase::InSession, Phase::Adjourned])
            }
            Event::SignedIn { member, seat, terminal, by_pin, drawing, .. } => {
                self.found.sign_ins += 1;
                at_seat(state, who, *member, *seat, terminal)?;
                people::signed_in(state, *member, *by_pin, drawing.as_ref())
            }
            Event::PinsSet { members } => {
                by_clerk(who)?;
                people::pins_set(state, members)
            }
            Event::PinMissed { member, seat } => people::pin_missed(state, who, *member, *seat),
            Event::PinReleased { member } => {
                by_clerk(who)?;
                people::pin_released(state, *member)
            }
            Event::HallLinkRenewed | Event::ConsoleEntered | Event::ConsoleLeft => by_clerk(who),
            Event::AccountSet { .. } => need(
                matches!(who, Actor::Clerk { .. } | Actor::Server),
                "it did not come from the console",
            ),
            Event::SignedInFor { member, .. } => {
                self.found.sign_ins_for += 1;
                there(state.person(*member), format_args!("there is no member {member}"))?;
                by_clerk(who)
            }
            Event::SeatAssigned { terminal, seat } => {
                let free = state.terminal_at(*seat).is_none() && state.seat_of(terminal).is_none();
                need(free, format_args!("seat {seat} or its terminal is not free"))
            }
            Event::SeatReleased { terminal, seat } => need(
                state.terminal_at(*seat) == Some(*terminal),
                format_args!("seat {seat} has another terminal"),
            ),
            Event::TerminalRefused { .. } => by_clerk(who),

            Event::VoteAdded { vote, item, question } => {
                need(state.vote(*vote).is_none(), "the vote is there already")
                    .and_then(|()| there(state.agenda().any(*item), "there is no such item"))
                    .and_then(|_| voting::question(question))
                    .map_err(|f| f.of(*vote))
            }
            Event::VoteEdited { vote, question } => voting::prepared(state, *vote)
                .and_then(|_| voting::question(question))
                .map_err(|f| f.of(*vote)),
            Event::VoteRemoved { vote }
            | Event::Recused { vote, .. }
            | Event::RecusalCleared { vote, .. } => {
                voting::prepared(state, *vote).map(|_| ()).map_err(|f| f.of(*vote))
            }
            Event::VoteOpened { vote, opening } => voting::opened(state, *vote, opening)
                .and_then(|()| papers::put_to_the_vote(state, *vote, &opening.papers))
                .map_err(|f| f.of(*vote)),
            Event::BallotCast { vote, member, seat, terminal, ballot, .. } => {
                self.found.ballots += 1;
                at_seat(state, who, *member, *seat, terminal)
                    .and_then(|()| voting::here(state, *member))
                    .and_then(|()| voting::ballot(state, *at, *vote, *member, ballot, false))
                    .map_err(|f| f.of(*vote))
            }
            Event::BallotEntered { vote, member, ballot, .. } => {
                self.found.ballots_for += 1;
                by_clerk(who)
                    .and_then(|()| voting::ballot(state, *at, *vote, *member, ballot, true))
                    .map_err(|f| f.of(*vote))
            }
            Event::VoteExtended { vote, .. } => {
                voting::running(state, *vote).map_err(|f| f.of(*vote))
            }
            Event::VotePaused { vote, .. } => {
                voting::is_open(state, *vote).map_err(|f| f.of(*vote))
            }
            Event::VoteResumed { vote, .. } => {
                voting::is_paused(state, *vote).map_err(|f| f.of(*vote))
            }
            Event::VoteClosed { vote, count, verdict, .. } => {
                voting::closed(state, *vote, count, verdict).map_err(|f| f.of(*vote))
            }
            Event::CountEntered { vote, count, verdict, by, .. } => by_clerk(who)
                .and_then(|()| voting::entered(state, *vote, count, verdict, *by))
                .map_err(|f| f.of(*vote)),
            Event::TieBroken { vote, adopted, verdict } => {
                voting::tie_broken(state, *vote, *adopted, verdict).map_err(|f| f.of(*vote))
            }
            Event::VoteDeclared { vote } => voting::declared(state, *vote).map_err(|f| f.of(*vote)),
            Event::VoteAnnulled { vote, .. } => {
                voting::annulled(state, *vote).map_err(|f| f.of(*vote))
            }

            Event::ScrutineersNamed { attempt, threshold, scrutineers } => {
                let named = (*attempt, *threshold, &scrutineers[..]);
                scrutiny::named(state, named)?;
                need(
                    self.ceremonies.begin(&self.meeting, named),
                    "threshold and number of scrutineers do not fit",
                )
            }
            Event::KeygenSpoken { attempt, said } => {
                self.found.spoken += 1;
                scrutiny::spoken(state, who, *attempt, said)?;
                self.ceremonies.hear(said);
                Ok(())
            }
            Event::KeyMade { attempt, item, code } => {
                self.found.keygens += 1;
                scrutiny::making(state, *attempt)?;
                self.ceremonies.made(item, code)
            }
            Event::KeyFailed { attempt, members, why } => {
                scrutiny::making(state, *attempt)?;
                self.ceremonies.failed(state, members, why)
            }
            Event::SecretListChecked { vote, member, .. } => {
                scrutiny::list_checked(state, who, *vote, *member).map_err(|f| f.of(*vote))
            }
            Event::SecretLiveSummed { vote, ballots, .. } => {
                scrutiny::live_summed(state, *vote, *ballots).map_err(|f| f.of(*vote))
            }
            Event::SecretLiveCounted { vote, ballots, count } => {
                scrutiny::live_counted(state, *vote, *ballots, count).map_err(|f| f.of(*vote))
            }
            Event::SecretBallotCast { vote, member } => {
                scrutiny::cast(state, who, *at, *vote, *member).map_err(|f| f.of(*vote))
            }
            Event::SecretVoteClosed { vote, .. } => {
                scrutiny::closed(state, *vote).map_err(|f| f.of(*vote))
            }
            Event::SecretSummed { vote, .. } => {
                scrutiny::summed(state, *vote).map_err(|f| f.of(*vote))
            }
            Event::SecretPartGiven { vote, live, owner, .. } => {
                scrutiny::part(state, who, *vote, *live, *owner).map_err(|f| f.of(*vote))
            }
            Event::SecretPartRefused { vote, live: None, .. } => {
                scrutiny::waiting(state, *vote).map(|_| ()).map_err(|f| f.of(*vote))
            }
            Event::SecretPartRefused { vote, live: Some(ballots), .. } => {
                let live = scrutiny::live_waiting(state, *vote, *ballots);
                live.map(|_| ()).map_err(|f| f.of(*vote))
            }
            Event::SecretCounted { vote, count, verdict, .. } => {
                scrutiny::counted(state, *vote, count, verdict).map_err(|f| f.of(*vote))
            }
            Event::SecretKeyDestroyed { vote } => {
                let sealed = state.vote(*vote).and_then(|v| v.sealed.as_ref());
                there(sealed, "it has no key").map(|_| ()).map_err(|f| f.of(*vote))
            }
            Event::ShareDestroyed { attempt, .. } => {
                need(*attempt == state.scrutiny().attempt, "there is no such key")
            }

            // Nothing of the record depends on these.
            Event::MeetingSet { .. }
            | Event::ItemEdited { .. }
            | Event::ItemMoved { .. }
            | Event::ItemRemoved { .. }
            | Event::ItemRestored { .. }
            | Event::PaperStored { .. }
            | Event::PaperRenamed { .. }
            | Event::PaperMoved { .. }
            | Event::PaperRemoved { .. }
            | Event::PaperRestored { .. }
            | Event::ItemStarted { .. }
            | Event::ItemFinished { .. }
            | Event::Left { .. }
            | Event::LeaveSet { .. }
            | Event::LeaveCleared { .. }
            | Event::SpeechAsked { .. }
            | Event::SpeechWithdrawn { .. }
            | Event::FloorGiven { .. }
            | Event::FloorEnded { .. }
            | Event::PresentingBegan { .. }
            | Event::PresentingEnded { .. }
            | Event::Shown { .. }
            | Event::NoticePosted { .. }
            | Event::NoticeCleared
            | Event::ServiceCalled { .. }
            | Event::ServiceEnded { .. }
            | Event::RegistrationsDestroyed => Ok(()),
        }
    }

    /// Puts the entry's signature to the others.
    fn sign(&mut self, seq: Seq, entry: &Entry) -> Result<(), Wrong> {
        let meeting = self.meeting;
        if let Event::SignedIn { member, seat, terminal, signature, drawing, .. } = &entry.event {
            let (member, seat) = (*member, *seat);
            let signed = match drawing.clone() {
                Some(drawing) => {
                    Signed::DrawnSignIn(DrawnSignIn { meeting, member, seat, drawing })
                }
                None => Signed::SignIn(SignIn { meeting, member, seat }),
            };
            self.signatures.add(seq, *terminal, signed, *signature)
        } else if let Some((key, signed, signature)) = voting::signed(meeting, &entry.event) {
            self.signatures.add(seq, key, signed, signature)
        } else if let Some((key, signed, signature)) = self.ceremonies.signed(meeting, &entry.event)
        {
            self.signatures.add(seq, key, signed, signature)
        } else {
            Ok(())
        }
    }
}

/// The person at this seat acts, by the terminal that the seat has now.
pub(super) fn at_seat(
    state: &State,
    who: &Actor,
    member: MemberId,
    seat: SeatId,
    terminal: &Key,
) -> Result<(), Fault> {
    let person = there(state.person(member), format_args!("there is no member {member}"))?;
    need(person.seat == seat, format_args!("seat {seat} is not member {member}'s"))?;
    let bound = state.terminal_at(seat) == Some(*terminal);
    need(bound, format_args!("the key is not the one that seat {seat} had"))?;
    let acts = *who == Actor::Seat { seat, terminal: *terminal };
    need(acts, format_args!("it did not come from seat {seat}"))
}

pub(super) fn by_clerk(who: &Actor) -> Result<(), Fault> {
    need(matches!(who, Actor::Clerk { .. }), "it did not come from a clerk")
}

/// Whoever acts at a seat does so by the terminal that the seat has now.
fn actor(state: &State, who: &Actor) -> Result<(), Fault> {
    match who {
        Actor::Seat { seat, terminal } => {
            let bound = state.terminal_at(*seat) == Some(*terminal);
            need(bound, format_args!("the key is not the one that seat {seat} had"))
        }
        Actor::Clerk { .. } | Actor::Server => Ok(()),
    }
}

fn phase(state: &State, wanted: &[Phase]) -> Result<(), Fault> {
    need(wanted.contains(&state.phase()), "the meeting was in another phase")
}

/// Before the meeting opens.
fn is_before(state: &State) -> bool {
    match state.phase() {
        Phase::Preparing | Phase::SignIn => true,
        Phase::InSession | Phase::Adjourned | Phase::Closed => false,
    }
}

/// People are numbered from 1 in order; no name, no seat twice.
fn roster(people: &[Person]) -> Result<(), Fault> {
    let numbers = (1..).map(MemberId);
    need(
        people.iter().map(|p| p.member).eq(numbers.take(people.len())),
        "people are not numbered in order",
    )?;
    let (mut names, mut seats) = (BTreeSet::new(), BTreeSet::new());
    for person in people {
        let new = names.insert(&person.name) && seats.insert(person.seat);
        need(new, format_args!("member {}: a name or a seat stands twice", person.member))?;
    }
    Ok(())
}

/// Is the moment past the end?
pub(super) fn is_past(end: Option<Millis>, at: Millis) -> bool {
    end.is_some_and(|end| end <= at)
}
