//! An event changes the state. This cannot fail and does not judge: whatever
//! an event names that is not there is passed over. What the event changes of
//! which topic is kept beside it, see `touch`.

use crate::event::{Event, Meta};
use crate::state::agenda::Item;
use crate::state::attendance::Presence;
use crate::state::floor::Speaking;
use crate::state::papers::Paper;
use crate::state::voting::{Opened, Stored, Vote, size_of};
use crate::state::{State, audit};
use hemicycle_protocol::ids::{MemberId, VoteId};
use hemicycle_protocol::topic::{ItemState, Notice, Phase, TopicName, VoteState};
use hemicycle_protocol::vote::Ballot;

/// Adds one event to the state.
pub fn apply(state: &mut State, event: &Event, meta: &Meta) {
    let line = audit::line(state, event, meta);
    state.seq = meta.seq;
    touch(state, event, meta);
    change(state, event, meta);
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
            state.roll.import(people, layout);
        }
        Event::ItemAdded { .. }
        | Event::ItemEdited { .. }
        | Event::ItemMoved { .. }
        | Event::ItemRemoved { .. }
        | Event::ItemRestored { .. }
        | Event::ItemStarted { .. }
        | Event::ItemFinished { .. } => agenda(state, event),
        Event::PaperStored { .. }
        | Event::PaperAdded { .. }
        | Event::PaperReplaced { .. }
        | Event::PaperRenamed { .. }
        | Event::PaperMoved { .. }
        | Event::PaperRemoved { .. }
        | Event::PaperRestored { .. } => papers(state, event, meta),
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
        Event::SignedIn { member, .. } | Event::SignedInFor { member, .. } => {
            presence(state, *member, Presence::Here);
        }
        Event::Left { member } => {
            presence(state, *member, Presence::Left);
            state.floor.forget(*member);
        }
        Event::LeaveSet { member, reason } => {
            presence(state, *member, Presence::OnLeave { reason: reason.clone() });
        }
        Event::LeaveCleared { member } => presence(state, *member, Presence::Absent),
        Event::VoteAdded { .. }
        | Event::VoteEdited { .. }
        | Event::VoteRemoved { .. }
        | Event::Recused { .. }
        | Event::RecusalCleared { .. }
        | Event::VoteOpened { .. }
        | Event::BallotCast { .. }
        | Event::BallotEntered { .. }
        | Event::VoteExtended { .. }
        | Event::VotePaused { .. }
        | Event::VoteResumed { .. }
        | Event::VoteClosed { .. }
        | Event::CountEntered { .. }
        | Event::TieBroken { .. }
        | Event::VoteDeclared { .. }
        | Event::VoteAnnulled { .. } => voting(state, event, meta),
        Event::SpeechAsked { member } => state.floor.queue.push((*member, meta.at)),
        Event::SpeechWithdrawn { member } => state.floor.drop(*member),
        Event::FloorGiven { member, ends_at } => {
            state.floor.drop(*member);
            let (since, seq) = (meta.at, meta.seq);
            state.floor.speaking =
                Some(Speaking { member: *member, since, seq, ends_at: *ends_at });
        }
        Event::FloorEnded { .. } => state.floor.speaking = None,
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
    }
}

fn agenda(state: &mut State, event: &Event) {
    #[allow(clippy::wildcard_enum_match_arm)] // Only called with the events named here.
    match event {
        Event::ItemAdded { item, title, short, kind } => state.agenda.add(Item {
            id: *item,
            rev: 1,
            title: title.clone(),
            short: short.clone(),
            kind: *kind,
            state: ItemState::Waiting,
            removed: false,
            papers: vec![],
            votes: vec![],
        }),
        Event::ItemEdited { item, title, short, kind } => {
            if let Some(i) = state.agenda.get_mut(*item) {
                i.rev += 1;
                i.title.clone_from(title);
                i.short.clone_from(short);
                i.kind = *kind;
            }
        }
        Event::ItemMoved { item, to } => state.agenda.shift(*item, *to),
        Event::ItemRemoved { item } => {
            if let Some(i) = state.agenda.get_mut(*item) {
                i.removed = true;
            }
        }
        Event::ItemRestored { item } => {
            if let Some(i) = state.agenda.get_mut(*item) {
                i.removed = false;
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
        _ => {}
    }
}

fn papers(state: &mut State, event: &Event, meta: &Meta) {
    #[allow(clippy::wildcard_enum_match_arm)] // Only called with the events named here.
    match event {
        Event::PaperStored { file } => {
            state.papers.files.insert(file.hash, file.clone());
        }
        Event::PaperAdded { paper, item, title, hash } => {
            let (id, item, title) = (*paper, *item, title.clone());
            let versions = vec![*hash];
            let paper = Paper { id, item, title, versions, replaced_at: None, removed: false };
            state.papers.add(paper);
            if let Some(i) = state.agenda.get_mut(item) {
                i.papers.push(id);
            }
        }
        Event::PaperReplaced { paper, hash } => state.papers.replace(*paper, *hash, meta.at),
        Event::PaperRenamed { paper, title } => {
            if let Some(p) = state.papers.get_mut(*paper) {
                p.title.clone_from(title);
            }
        }
        Event::PaperMoved { paper, item, to } => {
            let Some(p) = state.papers.get_mut(*paper) else { return };
            let from = std::mem::replace(&mut p.item, *item);
            if let Some(i) = state.agenda.get_mut(from) {
                i.papers.retain(|p| p != paper);
            }
            let (agenda, papers) = (&mut state.agenda, &state.papers);
            if let Some(i) = agenda.get_mut(*item) {
                crate::state::agenda::place(&mut i.papers, *paper, *to, |p| {
                    papers.get(p).is_some()
                });
            }
        }
        Event::PaperRemoved { paper } => {
            if let Some(p) = state.papers.get_mut(*paper) {
                p.removed = true;
            }
        }
        Event::PaperRestored { paper } => {
            if let Some(p) = state.papers.get_mut(*paper) {
                p.removed = false;
            }
        }
        _ => {}
    }
}

fn voting(state: &mut State, event: &Event, meta: &Meta) {
    #[allow(clippy::wildcard_enum_match_arm)] // Only called with the events named here.
    match event {
        Event::VoteAdded { vote, item, question } => {
            state.voting.add(Vote::new(*vote, *item, question.clone()));
            if let Some(i) = state.agenda.get_mut(*item) {
                i.votes.push(*vote);
            }
        }
        Event::VoteRemoved { vote } => {
            let item = state.voting.get(*vote).map(|v| v.item);
            state.voting.remove(*vote);
            if let Some(i) = item.and_then(|i| state.agenda.get_mut(i)) {
                i.votes.retain(|v| v != vote);
            }
        }
        Event::VoteOpened { vote, .. } => {
            state.voting.put(*vote);
            one_vote(state, *vote, event, meta);
        }
        Event::VoteEdited { vote, .. }
        | Event::Recused { vote, .. }
        | Event::RecusalCleared { vote, .. }
        | Event::BallotCast { vote, .. }
        | Event::BallotEntered { vote, .. }
        | Event::VoteExtended { vote, .. }
        | Event::VotePaused { vote, .. }
        | Event::VoteResumed { vote, .. }
        | Event::VoteClosed { vote, .. }
        | Event::CountEntered { vote, .. }
        | Event::TieBroken { vote, .. }
        | Event::VoteDeclared { vote }
        | Event::VoteAnnulled { vote, .. } => one_vote(state, *vote, event, meta),
        _ => {}
    }
}

fn one_vote(state: &mut State, id: VoteId, event: &Event, meta: &Meta) {
    let Some(vote) = state.voting.get_mut(id) else { return };
    #[allow(clippy::wildcard_enum_match_arm)] // Only called with the events named here.
    match event {
        Event::VoteEdited { question, .. } => {
            vote.rev += 1;
            vote.count = question.form.zero();
            vote.question = question.clone();
        }
        Event::Recused { member, .. } => {
            vote.recused.insert(*member);
        }
        Event::RecusalCleared { member, .. } => {
            vote.recused.remove(member);
        }
        Event::VoteOpened { opening, .. } => {
            vote.state = VoteState::Open;
            vote.opened = Some(Opened {
                size: size_of(&opening.roll),
                at: meta.at,
                ends_at: opening.ends_at,
                seconds_left: None,
                opening: opening.clone(),
            });
        }
        Event::BallotCast { member, ballot, .. } | Event::BallotEntered { member, ballot, .. } => {
            store(vote, *member, ballot, meta)
        }
        Event::VoteExtended { ends_at, seconds_left, .. } => {
            if let Some(o) = &mut vote.opened {
                (o.ends_at, o.seconds_left) = (*ends_at, *seconds_left);
            }
        }
        Event::VotePaused { seconds_left, .. } => {
            vote.state = VoteState::Paused;
            if let Some(o) = &mut vote.opened {
                (o.ends_at, o.seconds_left) = (None, *seconds_left);
            }
        }
        Event::VoteResumed { ends_at, .. } => {
            vote.state = VoteState::Open;
            if let Some(o) = &mut vote.opened {
                (o.ends_at, o.seconds_left) = (*ends_at, None);
            }
        }
        Event::VoteClosed { count, verdict, .. } => {
            close(vote);
            vote.count = count.clone();
            vote.verdict = Some(verdict.clone());
        }
        Event::CountEntered { count, verdict, by, reason, .. } => {
            close(vote);
            vote.count = count.clone();
            vote.verdict = Some(verdict.clone());
            vote.counted_by = *by;
            vote.reason = Some(reason.clone());
        }
        Event::TieBroken { verdict, .. } => vote.verdict = Some(verdict.clone()),
        Event::VoteDeclared { .. } => {
            vote.state = VoteState::Declared;
            vote.settled = Some(meta.seq);
        }
        Event::VoteAnnulled { reason, .. } => {
            close(vote);
            vote.state = VoteState::Annulled;
            vote.verdict = None;
            vote.reason = Some(reason.clone());
            vote.settled = Some(meta.seq);
        }
        _ => {}
    }
}

/// One ballot a member: a second one is never counted, whatever a log says.
fn store(vote: &mut Vote, member: MemberId, ballot: &Ballot, meta: &Meta) {
    use std::collections::btree_map::Entry;
    if let Entry::Vacant(place) = vote.ballots.entry(member)
        && vote.question.form.add(&mut vote.count, ballot).is_ok()
    {
        place.insert(Stored { ballot: ballot.clone(), seq: meta.seq, at: meta.at });
    }
}

fn close(vote: &mut Vote) {
    vote.state = VoteState::Closed;
    if let Some(o) = &mut vote.opened {
        (o.ends_at, o.seconds_left) = (None, None);
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
        Event::SettingsSet { .. } => &[Meeting, Roll, Attendance, Vote, Votes, Next],
        Event::RosterImported { .. } => &[Meeting, Roll, Attendance, Vote, Votes, Floor, Next, Me],
        Event::ItemAdded { .. }
        | Event::ItemEdited { .. }
        | Event::ItemMoved { .. }
        | Event::ItemRemoved { .. }
        | Event::ItemRestored { .. } => &[Agenda, Votes, Next, Display],
        Event::ItemStarted { .. } | Event::ItemFinished { .. } => {
            &[Agenda, Vote, Next, Display, Me]
        }
        Event::PaperStored { .. } => &[],
        Event::PaperAdded { .. }
        | Event::PaperReplaced { .. }
        | Event::PaperRenamed { .. }
        | Event::PaperMoved { .. }
        | Event::PaperRemoved { .. }
        | Event::PaperRestored { .. } => &[Agenda],
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
        Event::Left { .. } => &[Attendance, Next, Floor, Display],
        Event::Recused { .. } | Event::RecusalCleared { .. } => &[Votes],
        Event::VoteOpened { .. } => &[Vote, Votes, Next, Display, Me],
        Event::BallotCast { .. } | Event::BallotEntered { .. } => &[Vote],
        Event::VoteExtended { .. } => &[Vote],
        Event::VotePaused { .. }
        | Event::VoteResumed { .. }
        | Event::VoteClosed { .. }
        | Event::CountEntered { .. }
        | Event::TieBroken { .. }
        | Event::VoteDeclared { .. }
        | Event::VoteAnnulled { .. } => &[Vote, Votes, Next, Display],
        Event::SpeechAsked { .. } => &[Floor],
        Event::SpeechWithdrawn { .. } | Event::FloorGiven { .. } | Event::FloorEnded { .. } => {
            &[Floor, Display]
        }
        Event::Shown { .. } => &[Display],
        Event::NoticePosted { .. } | Event::NoticeCleared => &[Notice],
        Event::ServiceCalled { .. } | Event::ServiceEnded { .. } => &[Devices],
        Event::SeatAssigned { .. } | Event::SeatReleased { .. } => &[Devices],
    };
    state.versions.touch(topics, meta.seq);
    touch_seats(state, event, meta);
}

/// Whose private topic changed.
fn touch_seats(state: &mut State, event: &Event, meta: &Meta) {
    #[allow(clippy::wildcard_enum_match_arm)] // All others change no single seat.
    let (member, queue) = match event {
        Event::SignedIn { member, .. }
        | Event::SignedInFor { member, .. }
        | Event::LeaveSet { member, .. }
        | Event::LeaveCleared { member }
        | Event::BallotCast { member, .. }
        | Event::BallotEntered { member, .. }
        | Event::SpeechAsked { member } => (*member, false),
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
        _ => return,
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
