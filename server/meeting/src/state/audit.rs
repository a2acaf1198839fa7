//! The last entries of the log in terms that faces have words for. Single
//! ballots never appear here, counts do once a vote is closed.

use super::State;
use crate::command::Actor;
use crate::event::{Event, Meta};
use hemicycle_protocol::ids::{ItemId, MemberId, PaperId, SeatId, VoteId};
use hemicycle_protocol::topic::{AuditLine, KeyFault, Level, Objection, Readers, Service};
use hemicycle_protocol::vote::{Count, Outcome, Verdict};
use std::collections::{BTreeMap, VecDeque};

/// Lines that are kept.
pub const LINES: usize = 200;
/// In larger rooms, sign-ins at the seats would push everything else out.
pub const SMALL_ROOM: usize = 200;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AuditLog {
    /// The oldest first.
    pub lines: VecDeque<AuditLine>,
}

impl AuditLog {
    /// Adds a line and forgets the oldest beyond the limit.
    pub fn push(&mut self, line: AuditLine) {
        if self.lines.len() >= LINES {
            self.lines.pop_front();
        }
        self.lines.push_back(line);
    }
}

/// The line of an event, by the state before it.
pub fn line(state: &State, event: &Event, meta: &Meta) -> Option<AuditLine> {
    let words = Words { state, with: BTreeMap::new() };
    let with = describe(words, event)?.with;
    let who = match &meta.who {
        Actor::Seat { seat, .. } => format!("seat {seat}"),
        Actor::Clerk { name, .. } => name.clone(),
        Actor::Server => "server".into(),
    };
    Some(AuditLine { seq: meta.seq, at: meta.at, who, what: event.name().into(), with })
}

struct Words<'a> {
    state: &'a State,
    with: BTreeMap<String, String>,
}

impl Words<'_> {
    fn put(mut self, key: &str, value: impl ToString) -> Self {
        self.with.insert(key.into(), value.to_string());
        self
    }

    fn item(self, item: ItemId) -> Self {
        let title = self.state.agenda.any(item).map(|i| i.short.clone()).unwrap_or_default();
        self.put("item", title).put("item_id", item)
    }

    fn paper(self, paper: PaperId) -> Self {
        let title = self.state.papers.any(paper).map(|p| p.title.clone()).unwrap_or_default();
        self.put("paper", title).put("paper_id", paper)
    }

    fn vote(self, vote: VoteId) -> Self {
        let title =
            self.state.voting.get(vote).map(|v| v.question.title.clone()).unwrap_or_default();
        self.put("vote", title).put("vote_id", vote)
    }

    fn member(self, member: MemberId) -> Self {
        let Some(person) = self.state.roll.person(member) else { return self };
        let (name, seat) = (person.name.clone(), person.seat);
        self.put("name", name).put("seat", seat)
    }

    fn objection(self, why: &Objection) -> Self {
        let whose = why.member().and_then(|member| self.state.roll.person(member));
        let whose = whose.map(|person| person.name.clone());
        let words = self.put("why", why.code());
        match whose {
            Some(name) => words.put("whose", name),
            None => words,
        }
    }

    fn names(&self, members: impl Iterator<Item = MemberId>) -> String {
        let name = |member| self.state.roll.person(member).map(|p| p.name.clone());
        members.filter_map(name).collect::<Vec<_>>().join("、")
    }

    fn seat(self, seat: SeatId) -> Self {
        let name = self.state.roll.at(seat).map(|p| p.name.clone()).unwrap_or_default();
        self.put("seat", seat).put("name", name)
    }

    fn attendance(self) -> Self {
        let (present, members) = (self.state.attendance.present, self.state.roll.members);
        let quorum = self.state.quorum();
        self.put("present", present).put("members", members).put("quorum", quorum)
    }

    fn count(self, count: &Count) -> Self {
        match count {
            Count::Motion { tally } => self
                .put("for", tally.in_favour)
                .put("against", tally.against)
                .put("abstain", tally.abstain),
            Count::Personnel { tallies } => self.put("questions", tallies.len()),
            Count::Satisfaction { tallies } => self.put("questions", tallies.len()),
            Count::Plurality { votes, invalid } => {
                self.put("questions", votes.len()).put("invalid", invalid)
            }
        }
    }

    fn verdict(self, verdict: &Verdict) -> Self {
        match verdict {
            Verdict::Motion { outcome } => self.put("outcome", outcome_text(*outcome)),
            Verdict::Personnel { outcomes } => {
                let adopted = outcomes.iter().filter(|o| **o == Outcome::Adopted).count();
                self.put("adopted", adopted).put("questions", outcomes.len())
            }
            Verdict::Satisfaction => self,
            Verdict::Plurality { elected, tied, open_seats } => self
                .put("elected", elected.len())
                .put("tied", tied.len())
                .put("open_seats", open_seats),
        }
    }
}

fn describe<'a>(words: Words<'a>, event: &Event) -> Option<Words<'a>> {
    let state = words.state;
    Some(match event {
        Event::BallotCast { .. }
        | Event::SecretBallotCast { .. }
        | Event::KeygenSpoken { .. }
        | Event::PaperStored { .. }
        | Event::PaperCompared { .. }
        | Event::PapersRead { .. } => return None,
        Event::ScrutineersNamed { threshold, scrutineers, .. } => {
            let names = words.names(scrutineers.iter().map(|s| s.member));
            words.put("names", names).put("threshold", threshold)
        }
        Event::KeyMade { code, .. } => words.put("code", code),
        Event::KeyFailed { members, why, .. } => {
            let names = words.names(members.iter().copied());
            let words = words.put("names", names).put("why", why.code());
            if let KeyFault::Silent { round } = why { words.put("round", round) } else { words }
        }
        Event::ShareDestroyed { member, .. } => words.member(*member),
        Event::SecretVoteClosed { vote, timed_out } => {
            let cast = state.voting.get(*vote).map_or(0, |v| v.turnout());
            words.vote(*vote).put("cast", cast).put("timed_out", timed_out)
        }
        Event::SecretSummed { vote, .. } | Event::SecretKeyDestroyed { vote } => words.vote(*vote),
        Event::SecretPartGiven { live: Some(_), .. } => return None,
        Event::SecretPartGiven { vote, owner, .. } => {
            let words = words.vote(*vote);
            match owner.checked_sub(2).and_then(|i| usize::try_from(i).ok()) {
                Some(place) => match state.scrutiny.scrutineers.get(place) {
                    Some(scrutineer) => words.member(scrutineer.member),
                    None => words,
                },
                None => return None, // The server's own part goes without saying.
            }
        }
        Event::SecretPartRefused { vote, member, why, .. } => {
            words.vote(*vote).member(*member).objection(why)
        }
        Event::SecretListChecked { vote, member, objection } => {
            let words = words.vote(*vote).member(*member);
            match objection {
                Some(why) => words.objection(why),
                None => words,
            }
        }
        // The sums of a vote that runs are many, and would push everything else out.
        Event::SecretLiveSummed { .. } | Event::SecretLiveCounted { .. } => return None,
        Event::SecretCounted { vote, count, verdict, .. } => {
            words.vote(*vote).count(count).verdict(verdict)
        }
        Event::SignedIn { member, .. } => {
            if state.roll.people.len() > SMALL_ROOM {
                return None;
            }
            words.member(*member)
        }
        Event::PinsSet { members } => words.put("people", members.len()),
        Event::PinMissed { member, .. } | Event::PinReleased { member } => words.member(*member),
        Event::AccountSet { account, change, role } => {
            words.put("account", account).put("change", change.text()).put("role", role.text())
        }
        Event::HallLinkRenewed
        | Event::ConsoleEntered
        | Event::ConsoleLeft
        | Event::PaperKeysDestroyed
        | Event::MeetingCreated { .. }
        | Event::SettingsSet { .. }
        | Event::SignInOpened
        | Event::MeetingAdjourned
        | Event::MeetingClosed
        | Event::RegistrationsDestroyed
        | Event::NoticeCleared => words,
        Event::MeetingOpened | Event::MeetingResumed => words.attendance(),
        Event::MeetingSet { title, .. } => words.put("title", title),
        Event::RosterImported { people, .. } => words.put("people", people.len()),
        Event::ItemAdded { item, short, .. } => words.put("item", short).put("item_id", item),
        Event::ItemEdited { item, .. }
        | Event::ItemMoved { item, .. }
        | Event::ItemRemoved { item }
        | Event::ItemRestored { item }
        | Event::ItemStarted { item }
        | Event::ItemFinished { item } => words.item(*item),
        Event::PaperAdded { paper, item, title, .. } => {
            words.item(*item).put("paper", title).put("paper_id", paper)
        }
        Event::PaperReplaced { paper, .. } => {
            let version = state.papers.any(*paper).map_or(0, |p| p.versions.len()) + 1;
            words.paper(*paper).put("version", version)
        }
        Event::PaperMoved { paper, item, .. } => words.paper(*paper).item(*item),
        Event::PaperTermsSet { paper, terms } => {
            let words = words.paper(*paper).put("confidential", terms.confidential);
            let words = match &terms.readers {
                Readers::Everyone => words.put("readers", "everyone"),
                Readers::Members => words.put("readers", "members"),
                Readers::Seats { seats } => {
                    let seats: Vec<String> = seats.iter().map(ToString::to_string).collect();
                    words.put("readers", "seats").put("seats", seats.join("、"))
                }
            };
            match terms.from {
                Some(from) => words.put("from", from),
                None => words,
            }
        }
        Event::PaperRenamed { paper, .. }
        | Event::PaperReleased { paper }
        | Event::PaperRemoved { paper }
        | Event::PaperRestored { paper } => words.paper(*paper),
        Event::VoteAdded { vote, item, question } => {
            words.item(*item).put("vote", &question.title).put("vote_id", vote)
        }
        Event::VoteEdited { vote, .. }
        | Event::VoteRemoved { vote }
        | Event::VoteResumed { vote, .. } => words.vote(*vote),
        Event::VotePaused { vote, .. } | Event::VoteExtended { vote, .. } => words.vote(*vote),
        Event::SignedInFor { member, reason } | Event::LeaveSet { member, reason } => {
            words.member(*member).put("reason", reason)
        }
        Event::Left { member }
        | Event::LeaveCleared { member }
        | Event::SpeechAsked { member }
        | Event::SpeechWithdrawn { member }
        | Event::FloorGiven { member, .. }
        | Event::FloorEnded { member }
        | Event::PresentingEnded { member } => words.member(*member),
        Event::PresentingBegan { member, paper } => words.member(*member).paper(*paper),
        Event::Recused { vote, member } | Event::RecusalCleared { vote, member } => {
            words.vote(*vote).member(*member)
        }
        Event::VoteOpened { vote, opening } => words
            .vote(*vote)
            .put("members", opening.members)
            .put("present", opening.present)
            .put("roll", crate::state::voting::size_of(&opening.roll)),
        // That a clerk acted for somebody is told; what was entered is not.
        Event::BallotEntered { vote, member, reason, .. } => {
            words.vote(*vote).member(*member).put("reason", reason)
        }
        Event::VoteClosed { vote, count, verdict, timed_out } => {
            let unpressed = state.voting.get(*vote).and_then(|v| v.unpressed()).unwrap_or_default();
            words
                .vote(*vote)
                .count(count)
                .verdict(verdict)
                .put("unpressed", unpressed)
                .put("timed_out", timed_out)
        }
        Event::CountEntered { vote, count, verdict, by, reason } => words
            .vote(*vote)
            .count(count)
            .verdict(verdict)
            .put("by", counted_by_text(*by))
            .put("reason", reason),
        Event::TieBroken { vote, adopted, verdict } => {
            words.vote(*vote).verdict(verdict).put("adopted_by_chair", adopted)
        }
        Event::VoteDeclared { vote } => {
            let verdict = state.voting.get(*vote).and_then(|v| v.verdict.as_ref());
            match verdict {
                Some(verdict) => words.vote(*vote).verdict(verdict),
                None => words.vote(*vote),
            }
        }
        Event::VoteAnnulled { vote, reason } => words.vote(*vote).put("reason", reason),
        Event::Shown { screen } => {
            use hemicycle_protocol::topic::Screen;
            let name = match screen {
                None => "follow",
                Some(Screen::Welcome) => "welcome",
                Some(Screen::SignIn) => "sign_in",
                Some(Screen::Item { .. }) => "item",
                Some(Screen::Vote) => "vote",
                Some(Screen::Speaker) => "speaker",
                Some(Screen::Pause { .. }) => "pause",
            };
            match screen {
                Some(Screen::Item { item }) => words.item(*item).put("screen", name),
                Some(
                    Screen::Welcome
                    | Screen::SignIn
                    | Screen::Vote
                    | Screen::Speaker
                    | Screen::Pause { .. },
                )
                | None => words.put("screen", name),
            }
        }
        Event::NoticePosted { text, level, paper } => {
            if paper.is_some() {
                return None; // The replacement itself has its line.
            }
            let level = match level {
                Level::Info => "info",
                Level::Important => "important",
            };
            words.put("text", text).put("level", level)
        }
        Event::ServiceCalled { seat, service } => {
            words.seat(*seat).put("service", service_text(*service))
        }
        Event::ServiceEnded { seat } => {
            let service = state.desk.calls.get(seat).copied().map(service_text);
            words.seat(*seat).put("service", service.unwrap_or_default())
        }
        Event::SeatAssigned { seat, terminal } | Event::SeatReleased { seat, terminal } => {
            words.seat(*seat).put("terminal", terminal.short())
        }
        Event::TerminalRefused { terminal } => words.put("terminal", terminal.short()),
    })
}

fn outcome_text(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Adopted => "adopted",
        Outcome::NotAdopted => "not_adopted",
        Outcome::TiedForChair => "tied_for_chair",
        Outcome::TiedVoteAgain => "tied_vote_again",
    }
}

fn counted_by_text(by: hemicycle_protocol::topic::CountedBy) -> &'static str {
    use hemicycle_protocol::topic::CountedBy;
    match by {
        CountedBy::Terminals => "terminals",
        CountedBy::Hands => "hands",
        CountedBy::PaperBallots => "paper_ballots",
    }
}

fn service_text(service: Service) -> &'static str {
    match service {
        Service::Tea => "tea",
        Service::Stationery => "stationery",
        Service::PrintedPaper => "printed_paper",
        Service::Fault => "fault",
        Service::Microphone => "microphone",
        Service::Staff => "staff",
    }
}
