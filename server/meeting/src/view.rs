//! What of the state may be seen, and by whom: this is the only place where
//! that is written. A value depends on the state and the audience, never on a
//! connection, so that it is made once for everyone who gets it.

mod next;
mod reading;
pub mod search;
pub mod secret;
mod vote;

use crate::state::State;
use crate::state::agenda::Item as ItemOnAgenda;
use crate::state::attendance::Presence;
use crate::state::papers::Paper as Held;
use hemicycle_protocol::ids::{Bits, Hash, Millis, PaperId, SeatId, Signature, Version};
use hemicycle_protocol::people::{ClerkRole, SignInBy};
use hemicycle_protocol::topic::{
    Agenda, Attendance, Audit, Devices, Display, Floor, Item, Me, Meeting, MyBallot, MyFloor,
    MyPin, OwnPaper, Paper, Person, Phase, Presenting, Roll, Screen, Speaking, Topic, TopicName,
    VoteState, Waiting,
};
use std::collections::{BTreeSet, HashMap, HashSet};

/// Rooms up to this size send the whole roll to every seat.
pub const SMALL_ROOM: usize = 200;

/// Who looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Viewer {
    Seat(SeatId),
    /// The seat of somebody who chairs.
    Chair(SeatId),
    Hall,
    Console,
}

/// Who gets the same value as who. Equal audiences get equal bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Audience {
    /// All four kinds.
    Everyone,
    /// Everyone but the console.
    Public,
    /// All seats, the chair's too.
    Seats,
    Hall,
    Console,
    /// The chair and the console.
    Lead,
    /// One seat alone.
    Seat(SeatId),
}

impl Audience {
    fn is_console(self) -> bool {
        match self {
            Audience::Console => true,
            Audience::Everyone
            | Audience::Public
            | Audience::Seats
            | Audience::Hall
            | Audience::Lead
            | Audience::Seat(_) => false,
        }
    }
}

/// The viewer that a seat is now.
pub fn viewer_at(state: &State, seat: SeatId) -> Viewer {
    match state.person_at(seat) {
        Some(person) if person.chair => Viewer::Chair(seat),
        Some(_) | None => Viewer::Seat(seat),
    }
}

/// Whom a topic's value is shared with; none: this viewer does not get it.
pub fn audience(state: &State, topic: TopicName, viewer: &Viewer) -> Option<Audience> {
    let small = state.roll.people.len() <= SMALL_ROOM;
    match topic {
        TopicName::Meeting
        | TopicName::Floor
        | TopicName::Display
        | TopicName::Notice
        | TopicName::Scrutiny => Some(Audience::Everyone),
        TopicName::Agenda | TopicName::Vote | TopicName::Votes => Some(match viewer {
            Viewer::Console => Audience::Console,
            Viewer::Seat(_) | Viewer::Chair(_) | Viewer::Hall => Audience::Public,
        }),
        TopicName::Roll => match viewer {
            Viewer::Chair(_) | Viewer::Console => Some(Audience::Lead),
            Viewer::Seat(_) if small => Some(Audience::Lead),
            Viewer::Seat(_) => None,
            Viewer::Hall => Some(Audience::Hall),
        },
        TopicName::Attendance => match viewer {
            Viewer::Chair(_) | Viewer::Console => Some(Audience::Lead),
            Viewer::Seat(_) if small => Some(Audience::Lead),
            Viewer::Seat(_) => Some(Audience::Seats),
            Viewer::Hall => Some(Audience::Hall),
        },
        TopicName::Next => match viewer {
            Viewer::Chair(_) | Viewer::Console => Some(Audience::Lead),
            Viewer::Seat(_) | Viewer::Hall => None,
        },
        TopicName::Me => match viewer {
            Viewer::Seat(seat) | Viewer::Chair(seat) => Some(Audience::Seat(*seat)),
            Viewer::Hall | Viewer::Console => None,
        },
        TopicName::Devices | TopicName::Audit | TopicName::Reading => match viewer {
            Viewer::Console => Some(Audience::Console),
            Viewer::Seat(_) | Viewer::Chair(_) | Viewer::Hall => None,
        },
    }
}

/// Does this seat get the whole roll also in a large room? Whoever chairs does, and a
/// scrutineer's terminal, which compares credentials with it.
pub fn sees_roll(state: &State, seat: SeatId) -> bool {
    let scrutineer = || {
        let terminal = state.roll.bindings.get(&seat)?;
        state.scrutiny.index_of(terminal)
    };
    state.person_at(seat).is_some_and(|person| person.chair) || scrutineer().is_some()
}

/// Does an account of this role get what consoles get of that topic? What a member
/// reads is for those who run the meeting.
pub fn is_for(topic: TopicName, role: ClerkRole) -> bool {
    match topic {
        TopicName::Reading => role.is_clerk(),
        TopicName::Meeting
        | TopicName::Roll
        | TopicName::Agenda
        | TopicName::Attendance
        | TopicName::Vote
        | TopicName::Votes
        | TopicName::Floor
        | TopicName::Display
        | TopicName::Notice
        | TopicName::Next
        | TopicName::Me
        | TopicName::Devices
        | TopicName::Audit
        | TopicName::Scrutiny => true,
    }
}

/// The value of a topic for a viewer; none where it is not to be seen.
///
/// Six things are filled in by the shell, which knows them: the signature of
/// `me.ballot`, over its receipt; that receipt's `ballot` in a secret vote;
/// `me.lock`; `devices.terminals`; which papers are `held`, in `reading`; and the
/// `page` and `pointer` of `floor.presenting`.
pub fn topic(state: &State, topic: TopicName, viewer: &Viewer) -> Option<Topic> {
    let audience = audience(state, topic, viewer)?;
    Some(topic_for(state, topic, audience))
}

/// The value of a topic for an audience that `audience` named.
pub fn topic_for(state: &State, topic: TopicName, audience: Audience) -> Topic {
    match topic {
        TopicName::Meeting => Topic::Meeting(meeting(state)),
        TopicName::Roll => Topic::Roll(roll(state, audience)),
        TopicName::Agenda => Topic::Agenda(agenda(state, audience)),
        TopicName::Attendance => Topic::Attendance(attendance(state, audience)),
        TopicName::Vote => Topic::Vote(vote::standing(state, audience)),
        TopicName::Votes => Topic::Votes(vote::all(state, audience)),
        TopicName::Floor => Topic::Floor(floor(state)),
        TopicName::Display => Topic::Display(display(state)),
        TopicName::Notice => Topic::Notice(state.desk.notice.clone()),
        TopicName::Next => Topic::Next(next::next(state)),
        TopicName::Me => Topic::Me(match audience {
            Audience::Seat(seat) => me(state, seat),
            Audience::Everyone
            | Audience::Public
            | Audience::Seats
            | Audience::Hall
            | Audience::Console
            | Audience::Lead => Me::default(),
        }),
        TopicName::Devices => {
            let people = &state.roll.people;
            let locked = people.iter().filter(|person| state.pins.is_locked(person));
            Topic::Devices(Devices {
                terminals: vec![],
                calls: state.desk.calls.clone(),
                pins: Bits::collect(people.iter().map(|person| state.pins.has(person))),
                locked: locked.map(|person| person.member).collect(),
            })
        }
        TopicName::Audit => {
            Topic::Audit(Audit { entries: state.audit.lines.iter().cloned().collect() })
        }
        TopicName::Scrutiny => Topic::Scrutiny(secret::scrutiny(state)),
        TopicName::Reading => Topic::Reading(reading::reading(state)),
    }
}

/// The version of a topic for a viewer: the entry that last changed it.
pub fn version(state: &State, topic: TopicName, viewer: &Viewer) -> Version {
    let seq = match (topic, viewer) {
        (TopicName::Me, Viewer::Seat(seat) | Viewer::Chair(seat)) => state.versions.of_seat(*seat),
        (topic, _) => state.versions.of(topic),
    };
    Version(seq.0)
}

/// May this viewer fetch that file? Seats read every version of those papers on
/// the agenda that they get (one may be replaced while it is being read), consoles
/// every file.
pub fn may_read(state: &State, hash: &Hash, viewer: &Viewer) -> bool {
    match viewer {
        Viewer::Console => state.papers.files.contains_key(hash),
        Viewer::Seat(seat) | Viewer::Chair(seat) => {
            let person = state.roll.at(*seat);
            on_agenda(state, hash).any(|paper| {
                paper.is_everybodys() || person.is_some_and(|person| gets(state, paper, person))
            })
        }
        Viewer::Hall => false,
    }
}

/// The files that every seat may fetch, and those that only some may.
pub fn files_for_seats(state: &State) -> (HashSet<Hash>, HashMap<Hash, BTreeSet<SeatId>>) {
    let (mut everybodys, mut own) = (HashSet::new(), HashMap::<_, BTreeSet<_>>::new());
    let papers = state.agenda.visible().flat_map(|item| &item.papers);
    for paper in papers.filter_map(|id| state.papers.get(*id)) {
        if paper.is_everybodys() {
            everybodys.extend(&paper.versions);
            continue;
        }
        let seats = state.roll.people.iter().filter(|person| gets(state, paper, person));
        let seats: BTreeSet<SeatId> = seats.map(|person| person.seat).collect();
        for hash in &paper.versions {
            own.entry(*hash).or_default().extend(&seats);
        }
    }
    (everybodys, own)
}

fn on_agenda<'a>(state: &'a State, hash: &Hash) -> impl Iterator<Item = &'a Held> {
    state.papers.using(hash).filter(|paper| state.agenda.get(paper.item).is_some())
}

/// Does this person get the paper now?
fn gets(state: &State, paper: &Held, person: &Person) -> bool {
    paper.is_for(person, state.is_here(person.member))
}

fn meeting(state: &State) -> Meeting {
    Meeting {
        id: state.id.unwrap_or_default(),
        title: state.title.clone(),
        body: state.body.clone(),
        place: state.place.clone(),
        starts_at: state.starts_at.clone(),
        phase: state.phase,
        settings: state.settings.clone(),
        people: u32::try_from(state.roll.people.len()).unwrap_or(u32::MAX),
    }
}

/// The hall draws its map without names where the meeting wants it so; results
/// by name need the names.
fn roll(state: &State, audience: Audience) -> Roll {
    let named = state.settings.hall_names || state.settings.named_results;
    let people = match audience {
        Audience::Hall if !named => state
            .roll
            .people
            .iter()
            .map(|p| Person { name: String::new(), title: String::new(), ..p.clone() })
            .collect(),
        Audience::Hall
        | Audience::Everyone
        | Audience::Public
        | Audience::Seats
        | Audience::Console
        | Audience::Lead
        | Audience::Seat(_) => state.roll.people.clone(),
    };
    Roll { people, layout: state.roll.layout.clone() }
}

/// Papers that are not for everybody stand in `me`; the console has them all.
fn agenda(state: &State, audience: Audience) -> Agenda {
    let all = audience.is_console();
    let shown = |id: &&PaperId| all || state.papers.get(**id).is_some_and(Held::is_everybodys);
    let items = state.agenda.visible().map(|item| Item {
        id: item.id,
        rev: item.rev,
        title: item.title.clone(),
        short: item.short.clone(),
        kind: item.kind,
        state: item.state,
        papers: item.papers.iter().filter(shown).filter_map(|id| paper(state, *id)).collect(),
        votes: item.votes.clone(),
    });
    Agenda { items: items.collect() }
}

/// Papers of the agenda that this person gets and not everybody does.
fn own_papers(state: &State, person: &Person) -> Vec<OwnPaper> {
    if !state.papers.have_terms() {
        return Vec::new();
    }
    let of_item = |item: &ItemOnAgenda| {
        let papers = item.papers.iter().filter_map(|id| state.papers.get(*id));
        let theirs = papers.filter(|p| p.is_everybodys() || gets(state, p, person)).enumerate();
        let own = theirs.filter(|(_, p)| !p.is_everybodys());
        let (state, item) = (state, item.id);
        own.filter_map(|(place, p)| {
            let place = u32::try_from(place).ok()?;
            Some(OwnPaper { item, place, paper: paper(state, p.id)? })
        })
        .collect::<Vec<_>>()
    };
    state.agenda.visible().flat_map(of_item).collect()
}

fn paper(state: &State, id: PaperId) -> Option<Paper> {
    let paper = state.papers.get(id)?;
    let hash = paper.hash();
    let file = state.papers.files.get(&hash)?;
    Some(Paper {
        id,
        title: paper.title.clone(),
        hash,
        bytes: file.bytes,
        pages: file.pages,
        version: paper.version(),
        replaced_at: paper.replaced_at,
        substituted_fonts: file.substituted_fonts.clone(),
        terms: paper.terms.clone(),
        changed: paper.compared.clone().flatten().unwrap_or_default(),
        earlier: paper.earlier().to_vec(),
    })
}

fn attendance(state: &State, audience: Audience) -> Attendance {
    let who = &state.attendance;
    let members = state.roll.members;
    // Which seat is empty is for those who lead, for small rooms, and for the
    // hall where the meeting wants it.
    let (here, leave) = match audience {
        Audience::Seats => (Bits::default(), Bits::default()),
        Audience::Hall if !state.settings.hall_names => (Bits::default(), Bits::default()),
        Audience::Hall
        | Audience::Everyone
        | Audience::Public
        | Audience::Console
        | Audience::Lead
        | Audience::Seat(_) => (who.here(), who.leave()),
    };
    Attendance {
        members,
        present: who.present,
        on_leave: who.on_leave,
        missing: members.saturating_sub(who.present).saturating_sub(who.on_leave),
        attendees: who.attendees,
        quorum: state.quorum(),
        has_quorum: state.has_quorum(),
        here,
        leave,
    }
}

fn floor(state: &State) -> Floor {
    let speaking = state.floor.speaking.and_then(|s| {
        let person = state.roll.person(s.member)?;
        Some(Speaking {
            member: s.member,
            seat: person.seat,
            name: person.name.clone(),
            title: person.title.clone(),
            since: s.since,
            ends_at: s.ends_at,
        })
    });
    let waiting = |&(member, at): &(_, Millis)| {
        let person = state.roll.person(member)?;
        Some(Waiting { member, seat: person.seat, name: person.name.clone(), at })
    };
    let presenting = state.floor.presenting.and_then(|presenting| {
        let name = state.roll.person(presenting.member)?.name.clone();
        let (member, paper) = (presenting.member, presenting.paper);
        Some(Presenting { member, name, paper, page: 0, pointer: None, ink: vec![] })
    });
    let queue = state.floor.queue.iter().filter_map(waiting).collect();
    Floor { speaking, queue, presenting }
}

fn display(state: &State) -> Display {
    match &state.desk.pinned {
        Some(Screen::Item { item }) if state.agenda.get(*item).is_none() => {}
        Some(show) => return Display { show: show.clone(), pinned: true },
        None => {}
    }
    Display { show: following(state), pinned: false }
}

/// What the hall shows when it follows the meeting.
fn following(state: &State) -> Screen {
    match state.phase {
        Phase::Preparing | Phase::Closed => return Screen::Welcome,
        Phase::SignIn => return Screen::SignIn,
        Phase::Adjourned => return Screen::Pause { text: String::new() },
        Phase::InSession => {}
    }
    if state.pending_vote().is_some() {
        return Screen::Vote;
    }
    let settled = state.voting.before_the_room().and_then(|v| v.settled);
    match (state.floor.speaking, settled) {
        // A result stays until something new begins.
        (Some(speaking), Some(settled)) if speaking.seq < settled => Screen::Vote,
        (Some(_), _) => Screen::Speaker,
        (None, Some(_)) => Screen::Vote,
        (None, None) => match state.agenda.current {
            Some(item) => Screen::Item { item },
            None => Screen::Welcome,
        },
    }
}

fn me(state: &State, seat: SeatId) -> Me {
    let person = state.roll.at(seat);
    let seat_now = state.roll.bindings.contains_key(&seat).then_some(seat);
    let Some(person) = person else { return Me { seat: seat_now, ..Me::default() } };
    let member = person.member;
    let presence = state.attendance.of(member);
    let vote = state.voting.before_the_room();
    let ballot = vote.and_then(|v| {
        let receipt = state.receipt(v.id, member)?;
        Some(MyBallot { vote: v.id, receipt, signature: Signature::default() })
    });
    let floor = if state.floor.is_speaking(member) {
        MyFloor::Speaking
    } else {
        match state.floor.place(member).and_then(|p| u32::try_from(p + 1).ok()) {
            Some(place) => MyFloor::Waiting { place },
            None => MyFloor::Quiet,
        }
    };
    Me {
        seat: seat_now,
        person: Some(person.clone()),
        signed_in: matches!(presence, Presence::Here),
        on_leave: matches!(presence, Presence::OnLeave { .. }),
        may_vote: vote.is_some_and(|v| v.state != VoteState::Prepared && v.on_roll(member)),
        ballot,
        floor,
        service: state.desk.calls.get(&seat).copied(),
        // Only a terminal without a seat is told that, and not by way of a seat.
        refused: false,
        pin: pin(state, person),
        papers: own_papers(state, person),
        // The shell has the keys.
        lock: None,
        notes: None,
        duty: seat_now.and_then(|seat| secret::duty(state, seat)).map(Box::new),
    }
}

fn pin(state: &State, person: &Person) -> Option<MyPin> {
    match state.settings.sign_in {
        SignInBy::Pin => Some(MyPin { set: state.pins.has(person), left: state.pins.left(person) }),
        SignInBy::Touch | SignInBy::Signature => None,
    }
}
