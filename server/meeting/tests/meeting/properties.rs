//! Whatever is asked in whatever order: nothing panics, the log read again is
//! the state, refusals change nothing, and ballots are taken and counted as a
//! much simpler reckoning beside it says.

use crate::chance::{ATTENDEES, Act, MEMBERS, THIS, acts};
use crate::room::*;
use crate::sitting::command_of;
use hemicycle_meeting::{Actor, Event, ServerCommand, Viewer};
use hemicycle_protocol::ids::{MemberId, VoteId};
use hemicycle_protocol::refusal::Code;
use hemicycle_protocol::topic::{Standing, Step, VoteState};
use hemicycle_protocol::vote::{Ballot, Choice, Count, Form, Grade, Tally};
use hemicycle_protocol::wire::Command;
use proptest::option;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// The reckoning beside it: who is on which roll, who chose what.
#[derive(Default)]
struct Model {
    here: BTreeSet<MemberId>,
    recused: BTreeMap<VoteId, BTreeSet<MemberId>>,
    forms: BTreeMap<VoteId, Form>,
    rolls: BTreeMap<VoteId, BTreeSet<MemberId>>,
    ballots: BTreeMap<VoteId, BTreeMap<MemberId, Ballot>>,
    open: Option<(VoteId, Option<i64>)>,
    entered: BTreeSet<VoteId>,
}

impl Model {
    fn learn(&mut self, room: &Room, event: &Event) {
        match event {
            Event::SignedIn { member, .. } | Event::SignedInFor { member, .. } => {
                self.here.insert(*member);
            }
            Event::Left { member } => {
                self.here.remove(member);
            }
            Event::Recused { vote, member } => {
                self.recused.entry(*vote).or_default().insert(*member);
            }
            Event::RecusalCleared { vote, member } => {
                self.recused.entry(*vote).or_default().remove(member);
            }
            Event::VoteAdded { vote, question, .. } | Event::VoteEdited { vote, question } => {
                self.forms.insert(*vote, question.form.clone());
            }
            Event::VoteOpened { vote, opening } => {
                let recused = self.recused.get(vote).cloned().unwrap_or_default();
                let votes = |p: &&hemicycle_protocol::topic::Person| {
                    p.standing == Standing::Member
                        && self.here.contains(&p.member)
                        && !recused.contains(&p.member)
                };
                let roll = room.state.people().iter().filter(votes).map(|p| p.member).collect();
                self.rolls.insert(*vote, roll);
                self.open = Some((*vote, opening.ends_at.map(|m| m.0)));
            }
            Event::VoteExtended { vote, ends_at, .. } if self.open.is_some() => {
                self.open = Some((*vote, ends_at.map(|m| m.0)));
            }
            Event::VoteResumed { vote, ends_at } => {
                self.open = Some((*vote, ends_at.map(|m| m.0)));
            }
            Event::VotePaused { .. } | Event::VoteAnnulled { .. } | Event::VoteClosed { .. } => {
                self.open = None;
            }
            Event::CountEntered { vote, .. } => {
                self.open = None;
                self.entered.insert(*vote);
            }
            Event::BallotCast { vote, member, ballot, .. }
            | Event::BallotEntered { vote, member, ballot, .. } => {
                let old = self.ballots.entry(*vote).or_default().insert(*member, ballot.clone());
                assert_eq!(old, None, "two ballots of {member} in vote {vote}");
            }
            _ => {}
        }
    }

    /// What must come of a ballot: stored, answered again, or refused.
    fn expects(&self, now: i64, vote: VoteId, member: MemberId, ballot: &Ballot) -> Expect {
        if let Some(old) = self.ballots.get(&vote).and_then(|b| b.get(&member)) {
            return if old == ballot { Expect::Again } else { Expect::Refused };
        }
        let open = matches!(self.open, Some((v, end)) if v == vote && end.is_none_or(|e| now < e));
        let on_roll = self.rolls.get(&vote).is_some_and(|r| r.contains(&member));
        let fits = self.forms.get(&vote).is_some_and(|f| f.accepts(ballot).is_ok());
        if open && on_roll && self.here.contains(&member) && fits {
            Expect::Stored
        } else {
            Expect::Refused
        }
    }

    /// Every counted vote holds the sum of its ballots.
    fn check_counts(&self, room: &Room) {
        for vote in room.votes(Viewer::Console).votes {
            match vote.state {
                VoteState::Closed | VoteState::Declared => {}
                VoteState::Prepared | VoteState::Open | VoteState::Paused | VoteState::Annulled => {
                    assert_eq!((&vote.count, &vote.verdict), (&None, &None));
                    continue;
                }
            }
            if self.entered.contains(&vote.id) {
                continue;
            }
            let none = BTreeMap::new();
            let ballots = self.ballots.get(&vote.id).unwrap_or(&none);
            assert_eq!(vote.count.as_ref(), Some(&naive(&vote.form, ballots.values())));
            let roll = &self.rolls[&vote.id];
            assert!(ballots.keys().all(|m| roll.contains(m)));
            assert_eq!(vote.unpressed, Some((roll.len() - ballots.len()) as u32));
        }
    }
}

/// Counts with nothing in common with the one that is tested.
fn naive<'a>(form: &Form, ballots: impl Iterator<Item = &'a Ballot>) -> Count {
    let ballots: Vec<&Ballot> = ballots.collect();
    let times = |test: &dyn Fn(&Ballot) -> bool| ballots.iter().filter(|b| test(b)).count() as u32;
    let tally = |i: usize| {
        let of = |choice: Choice| {
            times(&|b| match b {
                Ballot::Motion { choice: c } => i == 0 && *c == choice,
                Ballot::Personnel { choices } => choices[i] == choice,
                other => panic!("{other:?}"),
            })
        };
        Tally { in_favour: of(For), against: of(Against), abstain: of(Abstain) }
    };
    match form {
        Form::Motion => Count::Motion { tally: tally(0) },
        Form::Personnel { nominees } => {
            Count::Personnel { tallies: (0..nominees.len()).map(tally).collect() }
        }
        Form::Satisfaction { subjects } => {
            let of = |i: usize, grade: Option<Grade>| {
                times(&|b| matches!(b, Ballot::Satisfaction { grades } if grades[i] == grade))
            };
            let tally = |i| hemicycle_protocol::vote::GradeTally {
                satisfied: of(i, Some(Grade::Satisfied)),
                fair: of(i, Some(Grade::Fair)),
                dissatisfied: of(i, Some(Grade::Dissatisfied)),
                invalid: of(i, None),
            };
            Count::Satisfaction { tallies: (0..subjects.len()).map(tally).collect() }
        }
        Form::Plurality { candidates, seats } => {
            let valid = |chosen: &[u16]| chosen.len() <= usize::from(*seats);
            let votes = (0..candidates.len() as u16).map(|i| {
                times(&|b| {
                    matches!(b, Ballot::Plurality { chosen } if valid(chosen) && chosen.contains(&i))
                })
            });
            let votes = votes.collect();
            let invalid = times(&|b| matches!(b, Ballot::Plurality { chosen } if !valid(chosen)));
            Count::Plurality { votes, invalid }
        }
    }
}

/// A ballot of that form, varied by a choice.
fn fitting(form: &Form, choice: Choice) -> Ballot {
    let place = Choice::ALL.iter().position(|c| *c == choice).unwrap();
    let turn = |i: usize| (i + place) % 3;
    match form {
        Form::Motion => ballot(choice),
        Form::Personnel { nominees } => Ballot::Personnel {
            choices: (0..nominees.len()).map(|i| Choice::ALL[turn(i)]).collect(),
        },
        Form::Satisfaction { subjects } => Ballot::Satisfaction {
            grades: (0..subjects.len())
                .map(|i| (i != 1 || place != 2).then(|| Grade::ALL[turn(i)]))
                .collect(),
        },
        Form::Plurality { candidates, .. } => Ballot::Plurality {
            chosen: (0..candidates.len() as u16).filter(|i| turn((*i).into()) != 1).collect(),
        },
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Expect {
    Stored,
    Again,
    Refused,
}

struct Run {
    room: Room,
    model: Model,
}

impl Run {
    /// From the beginning, or with that many members in session.
    fn new(here: Option<u16>) -> Self {
        let mut run = Self { room: Room::of(MEMBERS, ATTENDEES), model: Model::default() };
        let item = run.room.add_item("决定");
        for n in 1..4 {
            run.room.server(ServerCommand::StorePaper(file(n))).unwrap();
        }
        run.act(&Act::Clerk(Command::AddVote { item, spec: motion("决定") }));
        if let Some(here) = here {
            run.act(&Act::Clerk(Command::OpenSignIn));
            for seat in 1..=here {
                run.act(&Act::Seat(
                    seat,
                    Command::SignIn { signature: Default::default(), pin: None, drawing: None },
                ));
            }
            run.act(&Act::Clerk(Command::OpenMeeting));
        }
        run
    }

    fn act(&mut self, act: &Act) {
        match act {
            Act::Clerk(command) => self.ask(Room::as_clerk(), command),
            Act::Seat(seat, command) => self.ask(Room::at(*seat), command),
            Act::Next => {
                let steps = self.room.next().steps;
                if let Some(step) = steps.iter().find(|s| **s != Step::CloseMeeting) {
                    // What is offered can be done, always.
                    let command = command_of(step);
                    let before = self.room.log.len();
                    self.ask(Room::as_clerk(), &command);
                    assert!(self.room.log.len() > before, "{step:?} was offered and refused");
                }
            }
            Act::Put(spec) => {
                let Some(item) = self.room.agenda().items.first().map(|i| i.id) else { return };
                let votes = self.room.state.clone();
                self.ask(Room::as_clerk(), &Command::AddVote { item, spec: (**spec).clone() });
                if self.room.state != votes {
                    let lines = self.room.votes(Viewer::Console).votes;
                    let Some(vote) = lines.last().map(|v| v.id) else { return };
                    self.ask(Room::as_clerk(), &Command::OpenVote { vote });
                }
            }
            Act::CastAll(choices) => {
                let Some(vote) = self.room.vote(Viewer::Console) else { return };
                for (seat, choice) in (1..).zip(choices) {
                    if let Some(choice) = choice {
                        let ballot = fitting(&vote.form, *choice);
                        self.ask(Room::at(seat), &casting(vote.id, ballot));
                    }
                }
            }
            Act::Wait(seconds) => {
                self.room.now += i64::from(*seconds) * 1000;
                let from = self.room.log.len();
                self.room.server(ServerCommand::Deadline).unwrap();
                self.learn(from);
                let next = self.room.state.next_deadline();
                assert!(next.is_none_or(|end| end.0 > self.room.now));
            }
            Act::Store(n) => {
                let stored = self.room.server(ServerCommand::StorePaper(file(*n)));
                assert!(stored.is_ok() || stored.unwrap_err().code == Code::WrongPhase);
            }
        }
    }

    /// `THIS` is made the vote that is meant.
    fn meant(&self, command: &Command) -> Command {
        let lines = self.room.votes(Viewer::Console).votes;
        let prepared = lines.iter().find(|v| v.state == VoteState::Prepared).map(|v| v.id);
        let before = self.room.vote(Viewer::Console).map(|v| v.id);
        let mut command = command.clone();
        if let Command::Cast { vote, .. }
        | Command::EditVote { vote, .. }
        | Command::RemoveVote { vote }
        | Command::OpenVote { vote }
        | Command::ExtendVote { vote, .. }
        | Command::PauseVote { vote }
        | Command::ResumeVote { vote }
        | Command::CloseVote { vote }
        | Command::DeclareVote { vote }
        | Command::AnnulVote { vote, .. }
        | Command::BreakTie { vote, .. }
        | Command::Recuse { vote, .. }
        | Command::ClearRecusal { vote, .. }
        | Command::CastFor { vote, .. }
        | Command::EnterCount { vote, .. } = &mut command
            && *vote == THIS
        {
            *vote = before.or(prepared).unwrap_or(*vote);
        }
        command
    }

    fn ask(&mut self, actor: Actor, command: &Command) {
        let command = &self.meant(command);
        let expected = self.expected(&actor, command);
        let (from, before) = (self.room.log.len(), self.room.state.clone());
        let answer = self.room.ask(actor, command);
        if let Some(expected) = expected {
            let got = match &answer {
                Ok(done) if done.events.is_empty() => Expect::Again,
                Ok(_) => Expect::Stored,
                Err(_) => Expect::Refused,
            };
            assert_eq!(got, expected, "{command:?} {answer:?}");
        }
        match answer {
            Ok(done) => assert_eq!(self.room.log.len() - from, done.events.len()),
            Err(refusal) => {
                assert!(self.room.state == before);
                assert_ne!(refusal.code, Code::Malformed);
            }
        }
        self.learn(from);
    }

    fn expected(&self, actor: &Actor, command: &Command) -> Option<Expect> {
        let Actor::Seat { seat, terminal } = actor else { return None };
        let Command::Cast { vote, ballot, .. } = command else { return None };
        let person = match self.room.state.person_at(*seat) {
            Some(person) if self.room.state.terminal_at(*seat) == Some(*terminal) => person,
            _ => return Some(Expect::Refused),
        };
        // An item with a vote that was held cannot be removed, so votes stay.
        Some(self.model.expects(self.room.now, *vote, person.member, ballot))
    }

    fn learn(&mut self, from: usize) {
        for (event, _) in &self.room.log[from..] {
            self.model.learn(&self.room, event);
        }
    }
}

proptest! {
    #[test]
    fn any_course_of_a_meeting_holds(
        here in option::weighted(0.85, 3..=MEMBERS),
        acts in acts(),
    ) {
        let mut run = Run::new(here);
        for act in &acts {
            run.act(act);
        }
        run.model.check_counts(&run.room);
        // Dropping the room reads the log again.
    }
}
