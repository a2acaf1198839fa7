//! The conversation with the server: greeting, topics, commands and their
//! answers, and coming back after a lost connection.

use super::{Effect, Over, Room, SigningIn, State, View};
use hemicycle_protocol::identity::{self, Presence};
use hemicycle_protocol::ids::{CommandId, Key, MeetingId, Millis, Nonce, Version};
use hemicycle_protocol::refusal::{Code, Refusal};
use hemicycle_protocol::topic::{Phase, Topic, TopicName, VoteState};
use hemicycle_protocol::wire::{
    self, Answer, Ask, Command, Done, Down, Hello, Reply, Role, TopicFrame, Up,
};
use std::collections::BTreeMap;

/// Where the connection stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Contact {
    #[default]
    Idle,
    /// The socket is being opened; `attempt` failed so far.
    Calling {
        attempt: u32,
    },
    /// It is open; the greeting or the welcome is to come.
    Greeting {
        attempt: u32,
    },
    Welcomed,
    /// Welcomed again after a break, at this time: said for a few seconds.
    Back {
        since: Millis,
    },
    /// The server does not want this terminal; it is asked again now and then.
    Refused {
        why: Refusal,
    },
}

/// A command that was sent and has no answer yet. It is sent again, under the same name, after
/// every break: the server answers the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    pub id: CommandId,
    pub command: Command,
    pub sent_at: Millis,
}

/// Commands that may wait for an answer at a time.
const MOST_PENDING: usize = 16;
/// After so long without an answer the member is told, in milliseconds.
pub const TALK_TIMEOUT: i64 = 5000;
/// How long the green banner stands.
const BACK_FOR: i64 = 4000;
/// How long a refusal stands.
const TROUBLE_FOR: i64 = 8000;

/// What the server said of itself in this connection.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    pub server: Option<Key>,
    pub meeting: Option<MeetingId>,
    pub versions: BTreeMap<TopicName, Version>,
    /// There was a welcome before: the next one is a coming back.
    pub welcomed_before: bool,
    pub room: String,
}

impl State {
    pub(super) fn link_up(&mut self) {
        let attempt = self.attempt();
        self.contact = Contact::Greeting { attempt };
    }

    pub(super) fn link_down(&mut self, effects: &mut Vec<Effect>) {
        self.casting_afloat();
        let attempt = self.attempt().saturating_add(1);
        self.contact = match std::mem::take(&mut self.contact) {
            Contact::Refused { why } => Contact::Refused { why },
            Contact::Idle
            | Contact::Calling { .. }
            | Contact::Greeting { .. }
            | Contact::Welcomed
            | Contact::Back { .. } => Contact::Calling { attempt },
        };
        effects.push(Effect::Connect { after: self.backoff(attempt) });
    }

    fn attempt(&self) -> u32 {
        match self.contact {
            Contact::Calling { attempt } | Contact::Greeting { attempt } => attempt,
            Contact::Refused { .. } => 4,
            Contact::Idle | Contact::Welcomed | Contact::Back { .. } => 0,
        }
    }

    /// 0.1 s doubling to 3 s, spread by the terminal's key so that a room does not come back in
    /// one instant.
    fn backoff(&self, attempt: u32) -> u32 {
        let base = 100u32 << attempt.saturating_sub(1).min(5);
        let spread = u32::from(self.key().0[0]) * base / 512;
        base.min(3000) + spread
    }

    pub(super) fn tick(&mut self) {
        if let Contact::Back { since } = self.contact
            && self.now.0 - since.0 >= BACK_FOR
        {
            self.contact = Contact::Welcomed;
        }
        if self.trouble.as_ref().is_some_and(|(_, at)| self.now.0 - at.0 >= TROUBLE_FOR) {
            self.trouble = None;
        }
        if let SigningIn::Busy(id) = self.signing_in
            && self.overdue(id)
        {
            self.signing_in = SigningIn::Failed(Code::Unavailable.into());
        }
    }

    /// Was the command sent long ago?
    pub fn overdue(&self, id: CommandId) -> bool {
        self.pending.iter().any(|p| p.id == id && self.now.0 - p.sent_at.0 >= TALK_TIMEOUT)
    }

    pub(super) fn received(&mut self, down: Down, effects: &mut Vec<Effect>) {
        match down {
            Down::Greeting { protocol, server, room, nonce } => {
                self.greeted(protocol, server, room, nonce, effects);
            }
            Down::Welcome { meeting, now } => self.welcomed(meeting, now, effects),
            Down::Topic(frame) => self.topic(frame, effects),
            Down::Reply(reply) => self.replied(reply, effects),
            // Papers are fetched by `papers`, which sees these first.
            Down::NoBlob { .. } => {}
            Down::Goodbye { refused } => {
                if refused.code != Code::Unavailable {
                    self.contact = Contact::Refused { why: refused };
                }
            }
        }
    }

    fn greeted(
        &mut self,
        protocol: u16,
        server: Key,
        room: String,
        nonce: Nonce,
        effects: &mut Vec<Effect>,
    ) {
        if protocol != wire::VERSION {
            self.contact = Contact::Refused { why: Code::WrongVersion.into() };
            effects.push(Effect::Hang);
            return;
        }
        if self.known.server.is_some_and(|known| known != server) {
            self.known.versions.clear();
        }
        self.known.server = Some(server);
        self.known.room = room;
        let terminal = self.key();
        let signature = self.identity.sign(&Presence { server, nonce, terminal });
        effects.push(Effect::Send(Up::Hello(Hello {
            protocol: wire::VERSION,
            client: self.client.clone(),
            role: Role::Seat { terminal, signature, wish: self.wish },
            watch: self.watched(),
            have: self.known.versions.clone(),
            meeting: self.known.meeting,
        })));
    }

    /// The roll is asked for where it is small enough to draw, or needed to lead the meeting.
    fn watched(&self) -> Vec<TopicName> {
        const MOST_DRAWN: u32 = 200;
        let mut topics = vec![
            TopicName::Meeting,
            TopicName::Me,
            TopicName::Agenda,
            TopicName::Attendance,
            TopicName::Vote,
            TopicName::Floor,
            TopicName::Notice,
        ];
        let small = self.room.meeting.as_ref().is_some_and(|m| m.people <= MOST_DRAWN);
        if small || self.is_chair() {
            topics.push(TopicName::Roll);
        }
        if self.is_chair() {
            topics.push(TopicName::Next);
        }
        topics
    }

    fn welcomed(&mut self, meeting: MeetingId, now: Millis, effects: &mut Vec<Effect>) {
        if self.known.meeting.is_some_and(|known| known != meeting) {
            self.forget_meeting(effects);
        }
        self.known.meeting = Some(meeting);
        self.clock_offset = now.0 - self.now.0;
        self.contact = if self.known.welcomed_before {
            Contact::Back { since: self.now }
        } else {
            Contact::Welcomed
        };
        self.known.welcomed_before = true;
        for pending in &mut self.pending {
            pending.sent_at = self.now;
            effects.push(Effect::Send(Up::Command(Ask {
                id: pending.id,
                command: pending.command.clone(),
            })));
        }
        self.want_papers(effects);
    }

    /// Another meeting: nothing of the last one may stay on the screen.
    fn forget_meeting(&mut self, effects: &mut Vec<Effect>) {
        self.room = Room::default();
        self.known.versions.clear();
        self.pending.clear();
        self.signing_in = SigningIn::Ready;
        self.draft = None;
        self.casting = None;
        self.confirmed = None;
        self.dismissed_vote = None;
        self.view = View::Follow;
        self.over = Over::Nothing;
        self.close_book(effects);
        self.seen.clear();
    }

    fn topic(&mut self, frame: TopicFrame, effects: &mut Vec<Effect>) {
        self.known.versions.insert(frame.topic.name(), frame.version);
        let watched = self.watched();
        match frame.topic {
            Topic::Meeting(meeting) => {
                if meeting.phase == Phase::Closed {
                    self.over = Over::Nothing;
                    self.view = View::Follow;
                }
                self.room.meeting = Some(meeting);
            }
            Topic::Roll(roll) => self.room.roll = Some(roll),
            Topic::Agenda(agenda) => self.agenda_came(agenda, effects),
            Topic::Attendance(attendance) => self.room.attendance = attendance,
            Topic::Vote(vote) => self.vote_came(vote),
            Topic::Votes(votes) => self.room.votes = votes,
            Topic::Floor(floor) => self.room.floor = floor,
            Topic::Display(display) => self.room.display = display,
            Topic::Notice(notice) => self.room.notice = notice,
            Topic::Next(next) => self.room.next = next,
            Topic::Me(me) => {
                if me.signed_in {
                    self.signing_in = SigningIn::Ready;
                }
                self.room.me = Some(me);
                self.ballot_known();
                self.want_papers(effects);
            }
            Topic::Devices(_) | Topic::Audit(_) => {}
        }
        if self.watched() != watched {
            effects.push(Effect::Send(Up::Watch { topics: self.watched() }));
        }
    }

    /// Sends a command and keeps it until its answer comes. None: too many wait already.
    pub(super) fn ask(&mut self, command: Command, effects: &mut Vec<Effect>) -> Option<CommandId> {
        if self.pending.len() >= MOST_PENDING {
            self.trouble = Some((Code::TooFast.into(), self.now));
            return None;
        }
        let id = self.command_id();
        self.pending.push(Pending { id, command: command.clone(), sent_at: self.now });
        if self.online() {
            effects.push(Effect::Send(Up::Command(Ask { id, command })));
        }
        Some(id)
    }

    fn replied(&mut self, reply: Reply, effects: &mut Vec<Effect>) {
        let Some(at) = self.pending.iter().position(|p| p.id == reply.id) else { return };
        let pending = self.pending.remove(at);
        match reply.answer {
            Answer::Ok(done) => self.done(&pending, done),
            Answer::Refused(why) => self.was_refused(&pending, why, effects),
        }
    }

    fn done(&mut self, pending: &Pending, done: Done) {
        if self.casting.as_ref().is_some_and(|c| c.id == pending.id) {
            self.receipt_came(done.receipt);
        }
        // Signing in shows its success when `me` says so: then it is what everybody sees.
    }

    fn was_refused(&mut self, pending: &Pending, why: Refusal, effects: &mut Vec<Effect>) {
        if self.signing_in == SigningIn::Busy(pending.id) {
            self.signing_in = if why.code == Code::AlreadySignedIn {
                SigningIn::Ready
            } else {
                SigningIn::Failed(why)
            };
        } else if self.casting.as_ref().is_some_and(|c| c.id == pending.id) {
            self.cast_refused(why, effects);
        } else {
            self.trouble = Some((why, self.now));
        }
    }

    fn vote_came(&mut self, vote: Option<hemicycle_protocol::topic::Vote>) {
        let before = self.room.vote.as_ref().map(|v| (v.id, v.state));
        let after = vote.as_ref().map(|v| (v.id, v.state));
        self.room.vote = vote;
        if before == after {
            return;
        }
        let opened = matches!(after, Some((_, VoteState::Open)))
            && !matches!(before, Some((b, VoteState::Paused)) if after.map(|a| a.0) == Some(b));
        let declared = matches!(after, Some((_, VoteState::Declared)));
        if opened || declared {
            // The page follows the meeting; the way back to the paper is one touch.
            self.over = Over::Nothing;
            self.dismissed_vote = None;
            if !matches!(self.view, View::Chair(_)) || opened {
                self.view = View::Follow;
            }
        }
        self.draft_for_current_vote();
    }

    /// Checks a receipt in every part that is known here.
    pub(super) fn receipt_holds(&self, signed: &wire::SignedReceipt) -> bool {
        let Some(server) = self.known.server else { return false };
        let receipt = &signed.receipt;
        Some(receipt.meeting) == self.known.meeting
            && self.me().is_some_and(|me| me.seat == Some(receipt.seat))
            && identity::verify(&server, receipt, &signed.signature).is_ok()
    }
}
