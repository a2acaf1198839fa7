//! An event changes the state. This cannot fail and does not judge: whatever
//! an event names that is not there is passed over. What the event changes of
//! which topic is kept beside it, see `touch`.

use crate::event::{Event, Meta};
use crate::state::agenda::{Item, place};
use crate::state::attendance::Presence;
use crate::state::floor::{Presenting, Speaking};
use crate::state::papers::Paper;
use crate::state::pins::Pins;
use crate::state::reading::Mark;
use crate::state::secret::{LiveStep, Part, Sealed};
use crate::state::voting::Vote;
use crate::state::{State, audit};
use hemicycle_protocol::ids::{ItemId, MemberId, PaperId, VoteId};
use hemicycle_protocol::topic::{Notice, Person, Phase, ScrutinyKey, TopicName, VoteState};
use std::sync::Arc;

/// Adds one event to the state.
pub fn apply(state: &mut State, event: &Event, meta: &Meta) {
    let line = audit::line(state, event, meta);
    state.seq = meta.seq;
    touch(state, event, meta);
    change(state, event, meta);
    touch_scrutineers(state, event, meta);
    end_presenting(state, meta);
    if let Some(line) = line {
        state.audit.push(line);
        state.versions.touch(&[TopicName::Audit], meta.seq);
    }
}

fn change(state: &mut State, event: &Event, meta: &Meta) {
    match event {
        Event::MeetingCreated { id } => state.id = Some(*id),
        Event::MeetingSet { title, body, place, starts_at } => {
            state.title.clone_from(title);
            state.body.clone_from(body);
            state.place.clone_from(place);
            state.starts_at.clone_from(starts_at);
        }
        Event::SettingsSet { settings } => state.settings = settings.clone(),
        Event::RosterImported { people, layout } => {
            state.attendance.import(&state.roll.people, people);
            state.pins.import(people);
            state.reading.import(&state.roll.people, people);
            state.roll.import(people, layout);
        }

        Event::ItemAdded { item, title, short, kind } => {
            state.agenda.add(Item::new(*item, title.clone(), short.clone(), *kind));
        }
        Event::ItemEdited { item, title, short, kind } => with_item(state, *item, |i| {
            i.rev += 1;
            i.title.clone_from(title);
            i.short.clone_from(short);
            i.kind = *kind;
        }),
        Event::ItemMoved { item, to } => state.agenda.shift(*item, *to),
        Event::ItemRemoved { item } => with_item(state, *item, |i| i.removed = true),
        Event::ItemRestored { item } => with_item(state, *item, |i| i.removed = false),
        Event::PaperStored { file } => {
            state.papers.files.insert(file.hash, file.clone());
        }
        Event::PaperAdded { paper, item, title, hash, terms } => {
            let mut added = Paper::new(*paper, *item, title.clone(), *hash, meta.at);
            added.set_terms(terms.clone(), meta.at);
            state.papers.add(added);
            with_item(state, *item, |i| i.papers.push(*paper));
        }
        Event::PaperReplaced { paper, hash } => state.papers.replace(*paper, *hash, meta.at),
        Event::PaperCompared { paper, version, changed, gone } => {
            if state.papers.any(*paper).is_some_and(|p| p.version() == *version) {
                state.papers.compared(*paper, changed.as_deref(), gone);
            }
        }
        Event::PaperTermsSet { paper, terms } => {
            with_paper(state, *paper, |p| p.set_terms(terms.clone(), meta.at));
        }
        Event::PaperKeysDestroyed => state.papers.keys_destroyed = true,
        Event::PaperReleased { paper } => with_paper(state, *paper, |p| p.released = true),
        Event::PaperRenamed { paper, title } => {
            with_paper(state, *paper, |p| p.title.clone_from(title));
        }
        Event::PaperMoved { paper, item, to } => move_paper(state, *paper, *item, *to),
        Event::PaperRemoved { paper } => with_paper(state, *paper, |p| p.removed = true),
        Event::PaperRestored { paper } => with_paper(state, *paper, |p| p.removed = false),
        Event::PapersRead { member, papers } => {
            let mark = Mark { seq: meta.seq, at: meta.at };
            papers.iter().for_each(|read| state.reading.note(*member, read, mark));
        }

        Event::SignInOpened => state.phase = Phase::SignIn,
        Event::MeetingOpened | Event::MeetingResumed => state.phase = Phase::InSession,
        Event::MeetingAdjourned => {
            state.phase = Phase::Adjourned;
            state.floor.speaking = None;
            state.voting.clear();
        }
        Event::MeetingClosed => {
            state.phase = Phase::Closed;
            state.floor = Default::default();
            state.voting.clear();
            if let Some(item) = state.agenda.current {
                state.agenda.finish(item);
            }
        }
        Event::ItemStarted { item } => {
            state.voting.clear();
            state.agenda.start(*item);
        }
        Event::ItemFinished { item } => {
            state.voting.clear();
            state.agenda.finish(*item);
        }
        Event::SignedIn { member, drawing, .. } => {
            presence(state, *member, Presence::Here);
            with_pins(state, *member, Pins::release);
            match drawing {
                Some(drawing) => state.drawings.insert(*member, Arc::new(drawing.clone())),
                None => state.drawings.remove(member),
            };
        }
        Event::SignedInFor { member, .. } => {
            presence(state, *member, Presence::Here);
            state.drawings.remove(member);
        }
        Event::PinsSet { members } => {
            members.iter().for_each(|member| with_pins(state, *member, Pins::set));
        }
        Event::PinMissed { member, .. } => with_pins(state, *member, Pins::missed),
        Event::PinReleased { member } => with_pins(state, *member, Pins::release),
        Event::Left { member } => {
            presence(state, *member, Presence::Left);
            state.floor.forget(*member);
        }
        Event::LeaveSet { member, reason } => {
            presence(state, *member, Presence::OnLeave { reason: reason.clone() });
        }
        Event::LeaveCleared { member } => presence(state, *member, Presence::Absent),

        Event::VoteAdded { vote, item, question } => {
            state.voting.add(Vote::new(*vote, *item, question.clone()));
            with_item(state, *item, |i| i.votes.push(*vote));
        }
        Event::VoteRemoved { vote } => {
            if let Some(item) = state.voting.remove(*vote).map(|v| v.item) {
                with_item(state, item, |i| i.votes.retain(|v| v != vote));
            }
        }
        Event::VoteEdited { vote, question } => with_vote(state, *vote, |v| {
            v.rev += 1;
            v.count = question.form.zero();
            v.question = question.clone();
        }),
        Event::Recused { vote, member } => with_vote(state, *vote, |v| {
            v.recused.insert(*member);
        }),
        Event::RecusalCleared { vote, member } => with_vote(state, *vote, |v| {
            v.recused.remove(member);
        }),
        Event::ScrutineersNamed { attempt, threshold, scrutineers } => {
            state.scrutiny.begin(*attempt, *threshold, scrutineers.clone(), meta.at);
        }
        Event::KeygenSpoken { said, .. } => state.scrutiny.said.push(said.clone()),
        Event::KeyMade { item, code, .. } => {
            state.scrutiny.item = Some(item.clone());
            state.scrutiny.key = ScrutinyKey::Ready { code: code.clone() };
        }
        Event::KeyFailed { members, why, .. } => {
            state.scrutiny.key = ScrutinyKey::Failed { members: members.clone(), why: *why };
        }
        Event::ShareDestroyed { member, .. } => state.scrutiny.destroyed.push(*member),
        Event::RegistrationsDestroyed => {}
        Event::SecretBallotCast { vote, member } => {
            with_vote(state, *vote, |v| v.store_sealed(*member, meta.seq, meta.at));
        }
        Event::SecretVoteClosed { vote, .. } => with_vote(state, *vote, Vote::close_sealed),
        Event::SecretSummed { vote, archive, hints } => {
            with_sealed(state, *vote, |s| (s.summed, s.hints) = (Some(*archive), *hints));
        }
        Event::SecretListChecked { vote, member, objection } => {
            with_sealed(state, *vote, |s| {
                s.checks.insert(*member, *objection);
            });
        }
        Event::SecretLiveSummed { vote, ballots, archive } => with_vote(state, *vote, |v| {
            let step = LiveStep {
                ballots: *ballots,
                received: v.turnout(),
                archive: *archive,
                parts: Vec::new(),
                refused: Default::default(),
                count: None,
            };
            if let Some(sealed) = &mut v.sealed {
                sealed.live_sums.push(step);
            }
        }),
        Event::SecretLiveCounted { vote, ballots, count } => {
            with_live(state, *vote, *ballots, |step| step.count = Some(count.clone()));
        }
        Event::SecretPartGiven { vote, live, owner, partial, second } => {
            let (owner, partial, second) = (*owner, partial.clone(), second.clone());
            let part = Part { owner, partial, second };
            match live {
                Some(ballots) => with_live(state, *vote, *ballots, |step| step.parts.push(part)),
                None => with_sealed(state, *vote, |s| s.parts.push(part)),
            }
        }
        Event::SecretPartRefused { vote, live, member, why } => match live {
            Some(ballots) => with_live(state, *vote, *ballots, |step| {
                step.refused.insert(*member, *why);
            }),
            None => with_sealed(state, *vote, |s| {
                s.refused.insert(*member, *why);
            }),
        },
        Event::SecretCounted { vote, count, verdict, record } => {
            with_vote(state, *vote, |v| v.close(count.clone(), verdict.clone()));
            with_sealed(state, *vote, |s| s.record = Some(*record));
        }
        Event::SecretKeyDestroyed { vote } => {
            with_sealed(state, *vote, |s| s.key_destroyed = true);
        }
        Event::VoteOpened { vote, opening } => {
            if let Some(secret) = &opening.secret {
                state.scrutiny.slots = state.scrutiny.slots.max(secret.slot.saturating_add(1));
            }
            state.voting.put(*vote);
            with_vote(state, *vote, |v| v.open(opening.clone(), meta.at));
        }
        Event::BallotCast { vote, member, ballot, .. }
        | Event::BallotEntered { vote, member, ballot, .. } => {
            with_vote(state, *vote, |v| v.store(*member, ballot, meta.seq, meta.at));
        }
        Event::VoteExtended { vote, ends_at, seconds_left } => {
            with_vote(state, *vote, |v| v.set_clock(*ends_at, *seconds_left));
        }
        Event::VotePaused { vote, seconds_left } => with_vote(state, *vote, |v| {
            v.state = VoteState::Paused;
            v.set_clock(None, *seconds_left);
        }),
        Event::VoteResumed { vote, ends_at } => with_vote(state, *vote, |v| {
            v.state = VoteState::Open;
            v.set_clock(*ends_at, None);
        }),
        Event::VoteClosed { vote, count, verdict, .. } => {
            with_vote(state, *vote, |v| v.close(count.clone(), verdict.clone()));
        }
        Event::CountEntered { vote, count, verdict, by, reason } => {
            with_vote(state, *vote, |v| {
                v.close(count.clone(), verdict.clone());
                v.counted_by = *by;
                v.reason = Some(reason.clone());
            });
        }
        Event::TieBroken { vote, verdict, .. } => {
            with_vote(state, *vote, |v| v.verdict = Some(verdict.clone()));
        }
        Event::VoteDeclared { vote } => with_vote(state, *vote, |v| {
            v.state = VoteState::Declared;
            v.settled = Some(meta.seq);
        }),
        Event::VoteAnnulled { vote, reason } => with_vote(state, *vote, |v| {
            v.state = VoteState::Annulled;
            v.set_clock(None, None);
            v.verdict = None;
            v.reason = Some(reason.clone());
            v.settled = Some(meta.seq);
        }),

        Event::SpeechAsked { member } => state.floor.queue.push((*member, meta.at)),
        Event::SpeechWithdrawn { member } => state.floor.drop(*member),
        Event::FloorGiven { member, ends_at } => {
            state.floor.drop(*member);
            let (member, since, seq, ends_at) = (*member, meta.at, meta.seq, *ends_at);
            state.floor.speaking = Some(Speaking { member, since, seq, ends_at });
        }
        Event::FloorEnded { .. } => state.floor.speaking = None,
        Event::PresentingBegan { member, paper } => {
            state.floor.presenting = Some(Presenting { member: *member, paper: *paper });
        }
        Event::PresentingEnded { .. } => state.floor.presenting = None,
        Event::Shown { screen } => state.desk.pinned.clone_from(screen),
        Event::NoticePosted { text, level, paper } => {
            let (text, at) = (text.clone(), meta.at);
            state.desk.notice = Some(Notice { text, level: *level, at, paper: *paper });
        }
        Event::NoticeCleared => state.desk.notice = None,
        Event::ServiceCalled { seat, service } => {
            state.desk.calls.insert(*seat, *service);
        }
        Event::ServiceEnded { seat } => {
            state.desk.calls.remove(seat);
        }
        Event::SeatAssigned { terminal, seat } => state.roll.bind(*terminal, *seat),
        Event::SeatReleased { seat, .. } => state.roll.release(*seat),
        Event::TerminalRefused { terminal } => {
            state.roll.refused.insert(*terminal);
        }
        // What the shell keeps changes; of the meeting, nothing.
        Event::AccountSet { .. }
        | Event::HallLinkRenewed
        | Event::ConsoleEntered
        | Event::ConsoleLeft => {}
    }
}

/// A paper is shown to all by whoever still may, and as long as all have it.
fn end_presenting(state: &mut State, meta: &Meta) {
    let Some(Presenting { member, paper }) = state.floor.presenting else { return };
    let may = state.roll.person(member).is_some_and(|person| state.may_present(person));
    if !may || !state.all_may_read(paper) {
        state.floor.presenting = None;
        state.versions.touch(&[TopicName::Floor], meta.seq);
    }
}

fn with_item(state: &mut State, item: ItemId, change: impl FnOnce(&mut Item)) {
    if let Some(item) = state.agenda.get_mut(item) {
        change(item);
    }
}

fn with_paper(state: &mut State, paper: PaperId, change: impl FnOnce(&mut Paper)) {
    if let Some(paper) = state.papers.get_mut(paper) {
        change(paper);
    }
}

fn with_vote(state: &mut State, vote: VoteId, change: impl FnOnce(&mut Vote)) {
    if let Some(vote) = state.voting.get_mut(vote) {
        change(vote);
    }
}

fn with_sealed(state: &mut State, vote: VoteId, change: impl FnOnce(&mut Sealed)) {
    with_vote(state, vote, |vote| {
        if let Some(sealed) = &mut vote.sealed {
            change(sealed);
        }
    });
}

fn with_live(state: &mut State, vote: VoteId, ballots: u32, change: impl FnOnce(&mut LiveStep)) {
    with_sealed(state, vote, |sealed| {
        if let Some(step) = sealed.live_sum_mut(ballots) {
            change(step);
        }
    });
}

fn move_paper(state: &mut State, paper: PaperId, item: ItemId, to: u32) {
    let Some(moved) = state.papers.get_mut(paper) else { return };
    let from = std::mem::replace(&mut moved.item, item);
    with_item(state, from, |i| i.papers.retain(|p| *p != paper));
    let State { agenda, papers, .. } = state;
    if let Some(item) = agenda.get_mut(item) {
        place(&mut item.papers, paper, to, |p| papers.get(p).is_some());
    }
}

fn presence(state: &mut State, member: MemberId, presence: Presence) {
    if let Some(person) = state.roll.person(member) {
        state.attendance.set(person, presence);
    }
}

/// Notes which topics get another value. Too many costs a message, too few
/// leaves somebody with yesterday's view: a test compares values.
fn touch(state: &mut State, event: &Event, meta: &Meta) {
    use TopicName::*;
    let topics: &[TopicName] = match event {
        Event::MeetingCreated { .. } => &TopicName::ALL,
        Event::MeetingSet { .. } => &[Meeting],
        // What is shown to whom depends on the settings.
        Event::SettingsSet { .. } => &[Meeting, Roll, Attendance, Vote, Votes, Next, Me, Reading],
        Event::RosterImported { .. } => {
            &[Meeting, Roll, Attendance, Vote, Votes, Floor, Next, Me, Devices, Scrutiny, Reading]
        }
        Event::ItemAdded { .. }
        | Event::ItemEdited { .. }
        | Event::ItemMoved { .. }
        | Event::ItemRemoved { .. }
        | Event::ItemRestored { .. } => &[Agenda, Votes, Next, Display, Reading],
        Event::ItemStarted { .. } | Event::ItemFinished { .. } => {
            &[Agenda, Vote, Next, Display, Me]
        }
        Event::PaperStored { .. } => &[],
        Event::PaperAdded { .. }
        | Event::PaperReplaced { .. }
        | Event::PaperCompared { .. }
        | Event::PaperTermsSet { .. }
        | Event::PaperReleased { .. }
        | Event::PaperRenamed { .. }
        | Event::PaperMoved { .. }
        | Event::PaperRemoved { .. }
        | Event::PaperRestored { .. } => &[Agenda, Reading],
        Event::PapersRead { .. } => &[Reading],
        Event::VoteAdded { .. } | Event::VoteRemoved { .. } => &[Agenda, Votes, Next],
        Event::VoteEdited { .. } => &[Votes, Next],
        Event::SignInOpened | Event::MeetingOpened | Event::MeetingResumed => {
            &[Meeting, Next, Display]
        }
        Event::MeetingAdjourned | Event::MeetingClosed => {
            &[Meeting, Agenda, Vote, Floor, Next, Display, Me]
        }
        Event::SignedIn { .. }
        | Event::SignedInFor { .. }
        | Event::LeaveSet { .. }
        | Event::LeaveCleared { .. } => &[Attendance, Next],
        Event::PinsSet { .. } => &[Devices, Me],
        Event::PinMissed { .. } | Event::PinReleased { .. } => &[Devices],
        Event::AccountSet { .. }
        | Event::HallLinkRenewed
        | Event::ConsoleEntered
        | Event::ConsoleLeft
        | Event::PaperKeysDestroyed => &[],
        Event::Left { .. } => &[Attendance, Next, Floor, Display],
        Event::Recused { .. } | Event::RecusalCleared { .. } => &[Votes],
        Event::VoteOpened { .. } => &[Vote, Votes, Next, Display, Me, Scrutiny],
        Event::BallotCast { .. }
        | Event::BallotEntered { .. }
        | Event::SecretBallotCast { .. }
        | Event::SecretListChecked { .. }
        | Event::SecretLiveSummed { .. }
        | Event::SecretLiveCounted { .. }
        | Event::SecretSummed { .. }
        | Event::SecretPartGiven { .. }
        | Event::SecretPartRefused { .. } => &[Vote],
        Event::ScrutineersNamed { .. } | Event::KeyMade { .. } | Event::KeyFailed { .. } => {
            &[Scrutiny, Next]
        }
        Event::KeygenSpoken { .. } | Event::ShareDestroyed { .. } => &[Scrutiny],
        Event::SecretKeyDestroyed { .. } | Event::RegistrationsDestroyed => &[],
        Event::VoteExtended { .. } => &[Vote],
        Event::VotePaused { .. }
        | Event::VoteResumed { .. }
        | Event::VoteClosed { .. }
        | Event::SecretVoteClosed { .. }
        | Event::SecretCounted { .. }
        | Event::CountEntered { .. }
        | Event::TieBroken { .. }
        | Event::VoteDeclared { .. }
        | Event::VoteAnnulled { .. } => &[Vote, Votes, Next, Display],
        Event::SpeechAsked { .. } => &[Floor],
        Event::SpeechWithdrawn { .. } | Event::FloorGiven { .. } | Event::FloorEnded { .. } => {
            &[Floor, Display]
        }
        Event::PresentingBegan { .. } | Event::PresentingEnded { .. } => &[Floor],
        Event::Shown { .. } => &[Display],
        Event::NoticePosted { .. } | Event::NoticeCleared => &[Notice],
        Event::ServiceCalled { .. } | Event::ServiceEnded { .. } => &[Devices],
        // Which terminal holds what is shown by seat.
        Event::SeatAssigned { .. } | Event::SeatReleased { .. } => &[Devices, Reading],
        Event::TerminalRefused { .. } => &[Devices],
    };
    state.versions.touch(topics, meta.seq);
    // Papers that not everybody gets stand in `me`, and so does their place among the others.
    if topics.contains(&Agenda) && (state.papers.have_terms() || sets_terms(event)) {
        state.versions.touch(&[Me], meta.seq);
    }
    touch_seats(state, event, meta);
}

/// Is there a paper after this that not everybody gets?
fn sets_terms(event: &Event) -> bool {
    if let Event::PaperAdded { terms, .. } | Event::PaperTermsSet { terms, .. } = event {
        return !terms.is_open();
    }
    matches!(event, Event::PaperRestored { .. })
}

fn with_pins(state: &mut State, member: MemberId, change: fn(&mut Pins, &Person)) {
    if let Some(person) = state.roll.person(member) {
        change(&mut state.pins, person);
    }
}

/// Whose private topic changed.
fn touch_seats(state: &mut State, event: &Event, meta: &Meta) {
    let (member, queue) = match event {
        Event::SignedIn { member, .. }
        | Event::SignedInFor { member, .. }
        | Event::PinMissed { member, .. }
        | Event::PinReleased { member }
        | Event::LeaveSet { member, .. }
        | Event::LeaveCleared { member }
        | Event::BallotCast { member, .. }
        | Event::BallotEntered { member, .. }
        | Event::SecretBallotCast { member, .. }
        | Event::SpeechAsked { member } => (*member, false),
        // Whoever waits behind moves up.
        Event::Left { member }
        | Event::SpeechWithdrawn { member }
        | Event::FloorGiven { member, .. }
        | Event::FloorEnded { member } => (*member, true),
        Event::ServiceCalled { seat, .. }
        | Event::ServiceEnded { seat }
        | Event::SeatAssigned { seat, .. }
        | Event::SeatReleased { seat, .. } => {
            return state.versions.touch_seat(*seat, meta.seq);
        }
        Event::TerminalRefused { .. }
        | Event::MeetingCreated { .. }
        | Event::MeetingSet { .. }
        | Event::SettingsSet { .. }
        | Event::RosterImported { .. }
        | Event::ItemAdded { .. }
        | Event::ItemEdited { .. }
        | Event::ItemMoved { .. }
        | Event::ItemRemoved { .. }
        | Event::ItemRestored { .. }
        | Event::PaperStored { .. }
        | Event::PaperAdded { .. }
        | Event::PaperReplaced { .. }
        | Event::PaperCompared { .. }
        | Event::PaperTermsSet { .. }
        | Event::PaperReleased { .. }
        | Event::PaperKeysDestroyed
        | Event::PaperRenamed { .. }
        | Event::PaperMoved { .. }
        | Event::PaperRemoved { .. }
        | Event::PaperRestored { .. }
        | Event::PapersRead { .. }
        | Event::VoteAdded { .. }
        | Event::VoteEdited { .. }
        | Event::VoteRemoved { .. }
        | Event::SignInOpened
        | Event::MeetingOpened
        | Event::MeetingAdjourned
        | Event::MeetingResumed
        | Event::MeetingClosed
        | Event::ItemStarted { .. }
        | Event::ItemFinished { .. }
        | Event::Recused { .. }
        | Event::RecusalCleared { .. }
        | Event::VoteOpened { .. }
        | Event::VoteExtended { .. }
        | Event::VotePaused { .. }
        | Event::VoteResumed { .. }
        | Event::VoteClosed { .. }
        | Event::CountEntered { .. }
        | Event::TieBroken { .. }
        | Event::VoteDeclared { .. }
        | Event::VoteAnnulled { .. }
        | Event::ScrutineersNamed { .. }
        | Event::KeygenSpoken { .. }
        | Event::KeyMade { .. }
        | Event::KeyFailed { .. }
        | Event::ShareDestroyed { .. }
        | Event::RegistrationsDestroyed
        | Event::SecretVoteClosed { .. }
        | Event::SecretListChecked { .. }
        | Event::SecretLiveSummed { .. }
        | Event::SecretLiveCounted { .. }
        | Event::SecretSummed { .. }
        | Event::SecretPartGiven { .. }
        | Event::SecretPartRefused { .. }
        | Event::SecretCounted { .. }
        | Event::SecretKeyDestroyed { .. }
        | Event::PresentingBegan { .. }
        | Event::PresentingEnded { .. }
        | Event::Shown { .. }
        | Event::NoticePosted { .. }
        | Event::PinsSet { .. }
        | Event::AccountSet { .. }
        | Event::HallLinkRenewed
        | Event::ConsoleEntered
        | Event::ConsoleLeft
        | Event::NoticeCleared => return,
    };
    let waiting = state.floor.queue.iter().map(|(m, _)| *m).filter(|_| queue);
    let speaking = state.floor.speaking.map(|s| s.member).filter(|_| queue);
    let members: Vec<MemberId> = std::iter::once(member).chain(waiting).chain(speaking).collect();
    for member in members {
        if let Some(person) = state.roll.person(member) {
            state.versions.touch_seat(person.seat, meta.seq);
        }
    }
}

/// The private topic of the scrutineers' seats follows the key and the openings.
fn touch_scrutineers(state: &mut State, event: &Event, meta: &Meta) {
    // The names changed with the event: those before it are not known any more.
    if matches!(event, Event::ScrutineersNamed { .. }) {
        return state.versions.touch(&[TopicName::Me], meta.seq);
    }
    let theirs = matches!(
        event,
        Event::KeygenSpoken { .. }
            | Event::KeyMade { .. }
            | Event::KeyFailed { .. }
            | Event::VoteOpened { .. }
            | Event::SecretListChecked { .. }
            | Event::SecretLiveSummed { .. }
            | Event::SecretLiveCounted { .. }
            | Event::SecretVoteClosed { .. }
            | Event::CountEntered { .. }
            | Event::SecretSummed { .. }
            | Event::SecretPartGiven { .. }
            | Event::SecretPartRefused { .. }
            | Event::SecretCounted { .. }
            | Event::VoteAnnulled { .. }
    );
    if theirs {
        let seats: Vec<_> = state.scrutiny.scrutineers.iter().map(|s| s.seat).collect();
        seats.into_iter().for_each(|seat| state.versions.touch_seat(seat, meta.seq));
    }
}
