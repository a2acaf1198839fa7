//! The conversation with the server: greeting, topics, and coming back after a
//! lost connection. Commands and their answers are in `answer.rs`.

use super::report::Report;
use super::{Book, Channel, Distrust, Effect, Over, Room, SigningIn, State, View};
use hemicycle_protocol::identity::{self, Presence};
use hemicycle_protocol::ids::{
    Hash, Key, MeetingId, Millis, Nonce, RunId, SeatId, Version, VoteId,
};
use hemicycle_protocol::refusal::{Code, Refusal};
use hemicycle_protocol::topic::{Me, Next, Phase, Topic, TopicName, Vote, VoteState};
use hemicycle_protocol::wire::{self, Down, Hello, Role, TopicFrame, Up};
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
    /// The terminal does not want this server; it looks again now and then.
    Distrusted {
        why: Distrust,
    },
}

impl Contact {
    /// Stands until there is a welcome, whatever the socket does meanwhile.
    fn is_over(&self) -> bool {
        match self {
            Contact::Refused { .. } | Contact::Distrusted { .. } => true,
            Contact::Idle
            | Contact::Calling { .. }
            | Contact::Greeting { .. }
            | Contact::Welcomed
            | Contact::Back { .. } => false,
        }
    }
}

/// How long the green banner stands.
const BACK_FOR: i64 = 4000;
/// How long a refusal stands.
const TROUBLE_FOR: i64 = 8000;
/// From this attempt on the pauses do not grow any more.
const SLOWEST: u32 = 5;

/// What the server said of itself in this connection.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    /// Whose welcome was taken: receipts are checked against this key.
    pub server: Option<Key>,
    /// Whose greeting was answered last.
    greeted_by: Option<Key>,
    pub meeting: Option<MeetingId>,
    /// The run of the server that told the versions.
    run: Option<RunId>,
    pub versions: BTreeMap<TopicName, Version>,
    /// There was a welcome before: the next one is a coming back.
    pub welcomed_before: bool,
    pub room: String,
}

impl State {
    pub(super) fn link_up(&mut self, channel: Channel) {
        self.channel = Some(channel);
        // Whoever was sent away is told so until the server says welcome.
        if !self.contact.is_over() {
            self.contact = Contact::Greeting { attempt: self.attempt() };
        }
    }

    pub(super) fn link_down(&mut self, effects: &mut Vec<Effect>) {
        self.tell_page_again();
        self.channel = None;
        self.known.greeted_by = None;
        self.pairing = None;
        self.casting_afloat();
        self.secret_interrupted();
        self.report.interrupted();
        self.notes_interrupted();
        if self.has_nobody_to_call() {
            self.contact = Contact::Idle;
            return;
        }
        let attempt = self.attempt().saturating_add(1);
        if !self.contact.is_over() {
            self.contact = Contact::Calling { attempt };
        }
        self.call(self.backoff(attempt), effects);
    }

    fn attempt(&self) -> u32 {
        match self.contact {
            Contact::Calling { attempt } | Contact::Greeting { attempt } => attempt,
            Contact::Refused { .. } | Contact::Distrusted { .. } => SLOWEST,
            Contact::Idle | Contact::Welcomed | Contact::Back { .. } => 0,
        }
    }

    /// 0.1 s doubling to 3 s, spread by the terminal's key so that a room does not come back in
    /// one instant.
    fn backoff(&self, attempt: u32) -> u32 {
        let base = (100u32 << attempt.saturating_sub(1).min(SLOWEST)).min(3000);
        let spread = u32::from(self.key().0[0]) * base / 512;
        base + spread
    }

    pub(super) fn tick(&mut self, effects: &mut Vec<Effect>) {
        let now = self.now.0;
        if let Contact::Back { since } = self.contact
            && now.saturating_sub(since.0) >= BACK_FOR
        {
            self.contact = Contact::Welcomed;
        }
        if self.trouble.as_ref().is_some_and(|(_, at)| now.saturating_sub(at.0) >= TROUBLE_FOR) {
            self.trouble = None;
        }
        self.answers_overdue(effects);
        self.papers_overdue(effects);
        self.pick_wanted(effects);
    }

    pub(super) fn received(&mut self, down: Down, effects: &mut Vec<Effect>) {
        match down {
            Down::Greeting { protocol, .. } if protocol != wire::VERSION => {
                self.contact = Contact::Refused { why: Code::WrongVersion.into() };
                effects.push(Effect::Hang);
            }
            Down::Greeting { protocol: _, server, room, nonce, certificate } => {
                match self.trusts(server, certificate.as_ref()) {
                    Ok(binding) => self.greeted(server, room, nonce, binding, effects),
                    Err(why) => {
                        self.known.greeted_by = None;
                        self.contact = Contact::Distrusted { why };
                        effects.push(Effect::Hang);
                    }
                }
            }
            Down::Welcome { meeting, run, now, pairing } => {
                self.welcomed(meeting, run, now, effects);
                self.pairing_offered(pairing);
            }
            // What comes before the welcome belongs to no conversation.
            Down::Topic(frame) if self.online() => self.topic(frame, effects),
            Down::Reply(reply) if self.online() => self.replied(reply),
            Down::Topic(_) | Down::Reply(_) => {}
            // Papers are fetched by `papers`, which sees these first.
            Down::NoBlob { hash, .. } => self.no_blob(&hash),
            Down::Notes { paper, pages, refused } => {
                self.notes_came(paper, &pages, refused.as_ref());
            }
            Down::NotesKept { id, refused } => self.notes_kept(id, refused),
            Down::Goodbye { refused } => self.sent_away(refused),
        }
    }

    /// Whether this terminal is wanted at all is told on the whole screen. Everything else is a
    /// lost connection: what is open stays readable, and the terminal comes back.
    fn sent_away(&mut self, why: Refusal) {
        let unwanted = match why.code {
            Code::WrongVersion
            | Code::NotAuthentic
            | Code::NotAllowed
            | Code::SeatTaken
            | Code::OutOfOrder => true,
            Code::Unavailable => false,
            Code::Malformed
            | Code::TooLarge
            | Code::TooFast
            | Code::NoSeat
            | Code::SeatEmpty
            | Code::NotFound
            | Code::BadText
            | Code::BadValue
            | Code::ChangedMeanwhile
            | Code::WrongPhase
            | Code::WrongState
            | Code::AnotherVoteOpen
            | Code::NoQuorum
            | Code::VoteNotOpen
            | Code::AlreadyVoted
            | Code::NotOnRoll
            | Code::NotSignedIn
            | Code::AlreadySignedIn
            | Code::SignInClosed
            | Code::BadBallot
            | Code::SecretUnavailable
            | Code::WrongRole
            | Code::PinNeeded
            | Code::WrongPin
            | Code::PinLocked
            | Code::SignatureNeeded
            | Code::BadRoster
            | Code::InUse
            | Code::NoChange
            | Code::Full => self.me().is_none(),
        };
        if unwanted {
            self.contact = Contact::Refused { why };
        }
    }

    fn greeted(
        &mut self,
        server: Key,
        room: String,
        nonce: Nonce,
        binding: Option<Hash>,
        effects: &mut Vec<Effect>,
    ) {
        let same = self.known.server.is_none_or(|known| known == server);
        self.known.greeted_by = Some(server);
        self.known.room = room;
        let commitment = self.promise();
        let terminal = self.key();
        let signature = self.identity.sign(&Presence { server, nonce, terminal, binding });
        effects.push(Effect::Send(Up::Hello(Hello {
            protocol: wire::VERSION,
            client: self.client.clone(),
            role: Role::Seat { terminal, signature, wish: self.wish, commitment: Some(commitment) },
            watch: self.watched(),
            have: if same { self.known.versions.clone() } else { BTreeMap::new() },
            meeting: self.known.meeting.filter(|_| same),
            run: self.known.run.filter(|_| same),
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
            TopicName::Scrutiny,
        ];
        let small = self.room.meeting.as_ref().is_some_and(|m| m.people <= MOST_DRAWN);
        // A scrutineer's terminal compares credentials with members and their seats.
        let scrutineer = self.me().is_some_and(|me| me.duty.is_some());
        if small || scrutineer || self.is_chair() {
            topics.push(TopicName::Roll);
        }
        if self.is_chair() {
            // The next step names a vote by its number; its title is in the list.
            topics.extend([TopicName::Next, TopicName::Votes]);
        }
        topics
    }

    fn welcomed(
        &mut self,
        meeting: MeetingId,
        run: Option<RunId>,
        now: Millis,
        effects: &mut Vec<Effect>,
    ) {
        let Some(server) = self.known.greeted_by.take() else { return };
        let other_server = self.known.server.is_some_and(|known| known != server);
        if other_server || self.known.meeting.is_some_and(|known| known != meeting) {
            self.forget_meeting(effects);
        }
        if self.known.run != run {
            // It tells everything anew. What is on the screen stays until then.
            self.known.versions.clear();
            self.known.run = run;
        }
        self.answered_here();
        self.known.server = Some(server);
        self.known.meeting = Some(meeting);
        self.adopt_heads(meeting);
        self.clock_offset = now.0.saturating_sub(self.now.0);
        self.contact = if self.known.welcomed_before {
            Contact::Back { since: self.now }
        } else {
            Contact::Welcomed
        };
        self.known.welcomed_before = true;
        self.ask_all_again(effects);
        self.postponed.clear();
        self.report.interrupted();
        self.report.has_news();
        self.want_papers(effects);
    }

    /// Another server is meant from now on: nothing of the last one may stay.
    pub(super) fn forget_server(&mut self, effects: &mut Vec<Effect>) {
        self.forget_meeting(effects);
        self.known = Known::default();
        self.channel = None;
        self.pairing = None;
        self.contact = Contact::Idle;
    }

    /// Another meeting: nothing of the last one may stay on the screen.
    fn forget_meeting(&mut self, effects: &mut Vec<Effect>) {
        self.forget_person(effects);
        self.room = Room::default();
        self.known.versions.clear();
        let (desk, continuous) = (self.book.desk, self.book.continuous);
        self.book = Book { desk, continuous, ..Book::default() };
        self.arriving.clear();
        self.postponed.clear();
    }

    /// Another person sits here, or the terminal stands at another seat: nothing of the one before
    /// may be seen, and nothing that was signed for that one may be sent.
    fn forget_person(&mut self, effects: &mut Vec<Effect>) {
        self.pending.clear();
        self.signing_in = SigningIn::Ready;
        self.proof = super::Proof::default();
        self.draft = None;
        self.casting = None;
        self.confirmed = None;
        self.uncounted = None;
        self.tie = None;
        self.trouble = None;
        self.dismissed_vote = None;
        self.dismissed_notice = None;
        self.view = View::Follow;
        self.over = Over::Nothing;
        self.woken = false;
        self.unfolded = None;
        self.forget_secrets();
        self.report = Report::default();
        self.close_book(effects);
        self.notes = super::Notes::default();
        self.exporting = None;
        self.shelf.left_at.clear();
        self.seen.clear();
    }

    fn topic(&mut self, frame: TopicFrame, effects: &mut Vec<Effect>) {
        self.known.versions.insert(frame.topic.name(), frame.version);
        let watched = self.watched();
        match frame.topic {
            Topic::Meeting(meeting) => {
                if meeting.phase == Phase::Closed {
                    self.drop_places(effects);
                    self.over = Over::Nothing;
                    self.view = View::Follow;
                }
                self.room.meeting = Some(meeting);
                self.receipts_wanted();
            }
            Topic::Roll(roll) => self.room.roll = Some(roll),
            Topic::Agenda(agenda) => self.agenda_came(agenda, effects),
            Topic::Attendance(attendance) => self.room.attendance = attendance,
            Topic::Vote(vote) => {
                if let Some(vote) = &vote {
                    self.head_came(vote, effects);
                }
                self.vote_came(vote);
            }
            Topic::Votes(votes) => self.room.votes = votes,
            Topic::Floor(floor) => self.floor_came(floor),
            Topic::Display(display) => self.room.display = display,
            Topic::Notice(notice) => self.room.notice = notice,
            Topic::Next(next) => self.next_came(next),
            Topic::Me(me) => self.me_came(me, effects),
            Topic::Scrutiny(scrutiny) => self.room.scrutiny = Some(scrutiny),
            Topic::Devices(_) | Topic::Audit(_) | Topic::Reading(_) => {}
        }
        if self.watched() != watched {
            effects.push(Effect::Send(Up::Watch { topics: self.watched() }));
        }
    }

    fn next_came(&mut self, next: Next) {
        if self.room.next.steps.first() != next.steps.first() {
            self.step_since = self.now;
        }
        self.room.next = next;
    }

    fn me_came(&mut self, me: Me, effects: &mut Vec<Effect>) {
        let who = |me: &Me| me.person.as_ref().map(|p| (p.member, me.seat));
        let before = self.room.me.as_ref();
        let replaced = before.and_then(who).is_some_and(|before| Some(before) != who(&me));
        let left = before.is_some_and(|before| before.signed_in && !me.signed_in);
        let had_a_seat = before.is_some_and(|before| before.seat.is_some());
        if replaced {
            self.forget_person(effects);
        }
        if left {
            self.over = Over::Nothing;
            self.view = View::Follow;
        }
        if me.signed_in {
            self.signing_in = SigningIn::Ready;
        }
        if me.seat.is_some() {
            self.belongs(effects);
        } else {
            if had_a_seat {
                // What the one who sat here could see is nothing for who stands before it now.
                self.forget_meeting(effects);
                effects.push(Effect::KeepPapers { hashes: Vec::new() });
            }
            self.show_code(effects);
        }
        self.notes_of(me.notes.clone());
        let before = self.room.me.replace(me);
        self.papers_of(before.as_ref(), effects);
        if replaced {
            self.draft_for_current_vote();
        }
        self.ballot_known();
        self.report.has_news();
        self.want_papers(effects);
    }

    fn vote_came(&mut self, vote: Option<Vote>) {
        let stands = |vote: &Option<Vote>| vote.as_ref().map(|v| (v.id, v.state));
        let (before, after) = (stands(&self.room.vote), stands(&vote));
        let form = self.room.vote.as_ref().map(|v| &v.form);
        let other_question =
            before.map(|b| b.0) != after.map(|a| a.0) || form != vote.as_ref().map(|v| &v.form);
        self.room.vote = vote;
        if before != after || other_question {
            self.vote_moved(before, after, other_question);
        }
        self.ballot_known();
    }

    fn vote_moved(
        &mut self,
        before: Option<(VoteId, VoteState)>,
        after: Option<(VoteId, VoteState)>,
        other_question: bool,
    ) {
        let Some((vote, state)) = after else {
            self.draft = None;
            return;
        };
        if self.casting.as_ref().is_some_and(|c| c.vote != vote) {
            // Its answer still counts when it comes; this vote does not wait for it.
            self.casting = None;
        }
        if other_question {
            self.draft = None;
        }
        self.draft_for_current_vote();
        let follow = match state {
            VoteState::Open => !before.is_some_and(|b| b == (vote, VoteState::Paused)),
            VoteState::Declared | VoteState::Annulled => true,
            VoteState::Prepared | VoteState::Paused | VoteState::Closed => false,
        };
        if !follow {
            return;
        }
        // The page follows the meeting; the way back to the paper is one touch.
        self.over = Over::Nothing;
        self.put_pen_away();
        self.dismissed_vote = None;
        if self.uncounted.as_ref().is_some_and(|(uncounted, _)| *uncounted != vote) {
            self.uncounted = None;
        }
        match self.view {
            // The chair has the result to announce there.
            View::Chair(_) if state != VoteState::Open => {}
            View::Chair(_) | View::Follow | View::Agenda | View::Reader => self.view = View::Follow,
        }
    }

    /// Has the agenda of this meeting come?
    pub(super) fn agenda_known(&self) -> bool {
        self.known.versions.contains_key(&TopicName::Agenda)
    }

    /// The server that this connection was welcomed by, and its meeting.
    pub(super) fn welcomed_by(&self) -> Option<(Key, MeetingId)> {
        self.known.server.zip(self.known.meeting)
    }

    /// Checks a receipt in every part that is known here.
    pub(super) fn receipt_holds(&self, signed: &wire::SignedReceipt, seat: SeatId) -> bool {
        let Some(server) = self.known.server else { return false };
        let receipt = &signed.receipt;
        Some(receipt.meeting) == self.known.meeting
            && receipt.seat == seat
            && identity::verify(&server, receipt, &signed.signature).is_ok()
    }
}
