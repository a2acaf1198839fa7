//! What the events add up to. Everything here is derived from the log and can
//! be thrown away; nothing here decides. Only `apply` changes it.

pub mod agenda;
pub mod attendance;
pub mod audit;
pub mod desk;
pub mod floor;
pub mod lineage;
pub mod papers;
pub mod pins;
pub mod reading;
pub mod roll;
pub mod secret;
pub mod versions;
pub mod voting;

use agenda::Agenda;
use attendance::{Attendance, Presence};
use audit::AuditLog;
use desk::Desk;
use floor::{Floor, Presenting};
use hemicycle_protocol::identity::{Receipt, RecordedBallot, fingerprint};
use hemicycle_protocol::ids::{
    Hash, Key, MeetingId, MemberId, Millis, PaperId, SeatId, Seq, VoteId,
};
use hemicycle_protocol::people::Drawing;
use hemicycle_protocol::topic::{Person, Phase, Settings, VoteState};
use hemicycle_protocol::vote::{Figures, rule::Test};
use papers::Papers;
use pins::Pins;
use reading::Readings;
use roll::Roll;
use secret::Scrutiny;
use std::collections::BTreeMap;
use std::sync::Arc;
use versions::Versions;
use voting::{Vote, Voting};

/// The meeting as it stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    pub(crate) seq: Seq,
    pub(crate) id: Option<MeetingId>,
    pub(crate) title: String,
    pub(crate) body: String,
    pub(crate) place: String,
    pub(crate) starts_at: String,
    pub(crate) phase: Phase,
    pub(crate) settings: Settings,
    pub(crate) roll: Roll,
    pub(crate) attendance: Attendance,
    pub(crate) pins: Pins,
    pub(crate) drawings: BTreeMap<MemberId, Arc<Drawing>>,
    pub(crate) agenda: Agenda,
    pub(crate) papers: Papers,
    pub(crate) reading: Readings,
    pub(crate) voting: Voting,
    pub(crate) scrutiny: Scrutiny,
    pub(crate) floor: Floor,
    pub(crate) desk: Desk,
    pub(crate) versions: Versions,
    pub(crate) audit: AuditLog,
}

impl State {
    /// Before the first entry.
    pub fn new() -> Self {
        Self::default()
    }

    /// The last entry that was applied.
    pub fn seq(&self) -> Seq {
        self.seq
    }

    /// None: nothing was created yet.
    pub fn meeting_id(&self) -> Option<MeetingId> {
        self.id
    }

    /// Where the sitting stands.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// What the meeting is called.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Whose meeting it is.
    pub fn body(&self) -> &str {
        &self.body
    }

    /// Where it sits.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// The day and minute it was called for, as `2026-08-26T09:00`, or empty.
    pub fn starts_at(&self) -> &str {
        &self.starts_at
    }

    /// The roster and who sits where.
    pub fn roll(&self) -> &Roll {
        &self.roll
    }

    /// Who is here, on leave, or left.
    pub fn attendance(&self) -> &Attendance {
        &self.attendance
    }

    /// Who has a PIN, and how often it was wrong.
    pub fn pins(&self) -> &Pins {
        &self.pins
    }

    /// The signatures that were drawn at the last sign-in of each.
    pub fn drawings(&self) -> &BTreeMap<MemberId, Arc<Drawing>> {
        &self.drawings
    }

    /// The items.
    pub fn agenda(&self) -> &Agenda {
        &self.agenda
    }

    /// The stored files, and the papers in their versions.
    pub fn papers(&self) -> &Papers {
        &self.papers
    }

    /// Who has opened what.
    pub fn reading(&self) -> &Readings {
        &self.reading
    }

    /// What the meeting chose for itself.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Everybody, in the order that bit sets follow.
    pub fn people(&self) -> &[Person] {
        &self.roll.people
    }

    /// The person of an id.
    pub fn person(&self, member: MemberId) -> Option<&Person> {
        self.roll.person(member)
    }

    /// Who sits there.
    pub fn person_at(&self, seat: SeatId) -> Option<&Person> {
        self.roll.at(seat)
    }

    /// The terminal that a seat belongs to.
    pub fn terminal_at(&self, seat: SeatId) -> Option<Key> {
        self.roll.bindings.get(&seat).copied()
    }

    /// Does a clerk want this terminal at no seat?
    pub fn is_refused(&self, terminal: &Key) -> bool {
        self.roll.refused.contains(terminal)
    }

    /// Those terminals.
    pub fn refused(&self) -> impl Iterator<Item = &Key> {
        self.roll.refused.iter()
    }

    /// The seat that a terminal was given.
    pub fn seat_of(&self, terminal: &Key) -> Option<SeatId> {
        self.roll.seats.get(terminal).copied()
    }

    /// All seats that have a terminal.
    pub fn bindings(&self) -> impl Iterator<Item = (SeatId, Key)> + '_ {
        self.roll.bindings.iter().map(|(seat, key)| (*seat, *key))
    }

    /// Who shows pages of which paper to all.
    pub fn presenting(&self) -> Option<Presenting> {
        self.floor.presenting
    }

    /// May this person show pages to all? The chair may, and whoever speaks.
    pub(crate) fn may_present(&self, person: &Person) -> bool {
        let here = self.phase == Phase::InSession && self.is_here(person.member);
        here && (person.chair || self.floor.is_speaking(person.member))
    }

    /// Does it stand on the agenda, and may all who are here read it?
    pub(crate) fn all_may_read(&self, paper: PaperId) -> bool {
        let held = self.papers.get(paper).filter(|held| self.agenda.get(held.item).is_some());
        held.is_some_and(|held| held.released && held.terms.readers.is_everyone())
    }

    /// The scrutineers and their key.
    pub fn scrutiny(&self) -> &Scrutiny {
        &self.scrutiny
    }

    /// A vote of that id.
    pub fn vote(&self, vote: VoteId) -> Option<&Vote> {
        self.voting.get(vote)
    }

    /// Every vote, in the order in which they were added.
    pub fn votes(&self) -> impl Iterator<Item = &Vote> {
        self.voting.all()
    }

    /// Present: signed in and not left.
    pub fn is_here(&self, member: MemberId) -> bool {
        matches!(self.attendance.of(member), Presence::Here)
    }

    /// When the next vote closes by itself or the next paper is handed out. The
    /// shell sleeps until then and asks for `ServerCommand::Deadline`.
    pub fn next_deadline(&self) -> Option<Millis> {
        let release = self.papers.next_release().map(|(at, _)| at);
        let release = release.filter(|_| self.phase != Phase::Closed);
        [self.vote_ends_at(), release].into_iter().flatten().min()
    }

    /// When the vote before the room closes by itself.
    pub(crate) fn vote_ends_at(&self) -> Option<Millis> {
        let vote = self.voting.before_the_room()?;
        match vote.state {
            VoteState::Open => vote.opened.as_ref()?.ends_at,
            VoteState::Prepared
            | VoteState::Paused
            | VoteState::Closed
            | VoteState::Declared
            | VoteState::Annulled => None,
        }
    }

    /// The server's word for a stored ballot, to be signed by the shell. It
    /// follows from the log alone, so it is the same whenever it is asked for. Of
    /// a secret vote the shell fills in `ballot`, which no log links to a member.
    pub fn receipt(&self, vote: VoteId, member: MemberId) -> Option<Receipt> {
        let stored = self.voting.get(vote)?.ballots.get(&member)?;
        let (meeting, seat) = (self.id?, self.roll.person(member)?.seat);
        let ballot = match &stored.ballot {
            Some(ballot) => {
                let ballot = ballot.clone();
                fingerprint(&RecordedBallot { meeting, vote, member, seat, ballot })
            }
            None => Hash::default(),
        };
        Some(Receipt { meeting, vote, seat, ballot, seq: stored.seq, at: stored.at })
    }

    /// Does the quorum hold with the members who are here?
    pub fn has_quorum(&self) -> bool {
        self.settings.quorum.holds(&self.quorum_figures())
    }

    /// Least number of members present for a quorum.
    pub fn quorum(&self) -> u32 {
        let test: &Test = &self.settings.quorum;
        test.needed(&self.quorum_figures()).unwrap_or(self.roll.members)
    }

    /// The vote before the room while it still needs something done: open,
    /// paused, or closed without being declared.
    pub(crate) fn pending_vote(&self) -> Option<&Vote> {
        self.voting.before_the_room().filter(|v| v.is_pending())
    }

    fn quorum_figures(&self) -> Figures {
        Figures {
            members: self.roll.members,
            present: self.attendance.present,
            ..Figures::default()
        }
    }
}
