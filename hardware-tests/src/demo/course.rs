//! A scripted clerk: leads the whole sample meeting by the public protocol and
//! looks at every step whether what comes out is what must come out. What is
//! wrong is written down, and the meeting goes on.

use super::minutes::{Attendance, Held, Minutes, Scrutiny};
use crate::clerk::{Clerk, ClerkError, Room};
use crate::figures::millis;
use crate::hall::{Hall, shows_count};
use crate::sample::{Cast, by_question};
use crate::swarm::{Standing, Stuck, Swarm};
use hemicycle_protocol::ids::{MemberId, SeatId, VoteId};
use hemicycle_protocol::topic::{KeyFault, Phase, Roll, ScrutinyKey, VoteLine, VoteState};
use hemicycle_protocol::vote::{Ballot, Choice, Count, Method, Outcome, Preset};
use hemicycle_protocol::wire::Command;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use thiserror::Error;

/// How long the seats may take to come, sign in, or see something: an end for
/// what hangs, no measure of what is good.
const LIMIT: Duration = Duration::from_secs(120);
/// So much more for each seat: all terminals of the room share this machine, and what each does
/// by itself elsewhere (a ballot of a long list encrypted, checked twice, looked up) is done here
/// one after the other.
const LIMIT_EACH: Duration = Duration::from_millis(100);
/// Scrutineers of the scripted meeting.
const SCRUTINEERS: usize = 3;

/// Why the meeting cannot go on.
#[derive(Debug, Error)]
pub enum CourseError {
    #[error(transparent)]
    Clerk(#[from] ClerkError),
    #[error(transparent)]
    Stuck(#[from] Stuck),
    #[error("there is no vote {0}")]
    NoVote(VoteId),
    #[error("the scrutineers' key was not made: {0}")]
    NoKey(KeyFault),
}

/// See the module.
#[derive(Debug)]
pub struct Course<'a> {
    clerk: &'a Clerk,
    hall: Option<&'a Hall>,
    swarm: &'a Swarm,
    cast: &'a Cast,
    limit: Duration,
}

impl<'a> Course<'a> {
    /// With a clerk at a fresh meeting, virtual seats, and the script.
    pub fn new(clerk: &'a Clerk, swarm: &'a Swarm, cast: &'a Cast) -> Self {
        let limit = LIMIT + LIMIT_EACH.saturating_mul(cast.members());
        Self { clerk, hall: None, swarm, cast, limit }
    }

    /// Looks at the hall screen too.
    pub fn with_hall(self, hall: &'a Hall) -> Self {
        Self { hall: Some(hall), ..self }
    }

    /// The meeting from sign-in to its end.
    pub async fn whole(&self) -> Result<Minutes, CourseError> {
        let mut wrong = Vec::new();
        let attendance = self.gather(&mut wrong).await?;
        let secret = |v: &VoteLine| v.method == Method::Secret;
        let scrutiny = match self.clerk.room().votes.votes.iter().any(secret) {
            true => Some(self.make_key().await?),
            false => None,
        };
        let mut votes = Vec::new();
        for item in self.clerk.room().agenda.items {
            eprintln!("  {}", item.short);
            self.clerk.ask(Command::StartItem { item: item.id }).await?;
            for vote in item.votes {
                let held = self.vote(vote, &mut wrong).await?;
                eprintln!("    {}", held.line());
                votes.push(held);
            }
            self.clerk.ask(Command::FinishItem { item: item.id }).await?;
        }
        self.clerk.ask(Command::CloseMeeting).await?;
        let closed = |seat: &Standing| seat.phase == Some(Phase::Closed);
        let all_closed = |seats: &[Standing]| seats.iter().all(closed);
        self.swarm.until("the end of the meeting at every seat", self.limit, all_closed).await?;
        if votes.is_empty() {
            wrong.push("nothing was put to the vote".into());
        }
        Ok(Minutes { scrutiny, ..Minutes::new(attendance, votes, wrong) })
    }

    /// Three members who are here become scrutineers, and their terminals make
    /// the key; every seat that signed in has registered its credentials.
    pub async fn make_key(&self) -> Result<Scrutiny, CourseError> {
        let registered = |seats: &[Standing]| {
            seats.iter().filter(|s| s.member && s.signed_in).all(|s| s.registered)
        };
        self.swarm.until("credentials of every member here", self.limit, registered).await?;
        let roll = self.clerk.room().roll;
        let here: Vec<MemberId> = self.swarm.look(|seats| {
            let here = seats.iter().filter(|s| s.member && s.signed_in);
            here.filter_map(|s| at(&roll, s.seat)).take(SCRUTINEERS).collect()
        });
        let threshold = u32::try_from(here.len().min(2)).unwrap_or(2);
        let scrutineers = here.len();
        let before = Instant::now();
        self.clerk.ask(Command::NameScrutineers { members: here, threshold }).await?;
        let over = |room: &Room| match &room.scrutiny.key {
            ScrutinyKey::Ready { code } => Some(Ok(code.clone())),
            ScrutinyKey::Failed { why, .. } => Some(Err(*why)),
            ScrutinyKey::Absent | ScrutinyKey::Making { .. } => None,
        };
        let made = self.clerk.until("the scrutineers' key", self.limit, over).await?;
        let code = made.map_err(CourseError::NoKey)?;
        let key_ms = millis(before.elapsed());
        eprintln!("  监票人密钥 {code}，{key_ms} ms");
        Ok(Scrutiny { scrutineers, threshold, code, key_ms })
    }

    /// Everybody comes and signs in; the meeting is opened.
    pub async fn gather(&self, wrong: &mut Vec<String>) -> Result<Attendance, CourseError> {
        self.swarm.until("every seat to be taken", self.limit, all_seated).await?;
        let seats = self.swarm.look(<[_]>::len);
        let seated = |room: &Room| (room.seated() >= seats).then_some(());
        self.clerk.until("every terminal at the console", self.limit, seated).await?;
        self.clerk.ask(Command::OpenSignIn).await?;
        let roll = self.clerk.room().roll;
        for (seat, reason) in self.cast.on_leave() {
            if let Some(member) = at(&roll, seat) {
                self.clerk.ask(Command::SetLeave { member, reason }).await?;
            }
        }
        let (members, present) = (self.cast.members(), self.cast.present());
        let attendees = self.swarm.look(|seats| seats.iter().filter(|s| !s.member).count());
        let attendees = u32::try_from(attendees).unwrap_or(u32::MAX);
        let on_leave = members - present;
        let all_here = |room: &Room| {
            let now = &room.attendance;
            let here = now.present >= present && now.attendees >= attendees;
            (here && now.on_leave >= on_leave).then(|| now.clone())
        };
        let now = self.clerk.until("everybody to sign in", self.limit, all_here).await?;
        eprintln!("  签到 {present}/{members}");
        let want = (members, present, on_leave, 0, attendees);
        let got = (now.members, now.present, now.on_leave, now.missing, now.attendees);
        if got != want {
            wrong.push(format!("attendance is {got:?}, expected {want:?}"));
        }
        if let Some((members, present, most)) = self.cast.announced_attendance()
            && ((now.members, now.present) != (members, present) || now.attendees > most)
        {
            wrong.push(format!(
                "attendance is {got:?}, the script announces {present} of {members}"
            ));
        }
        // 2P > M, the sample's quorum.
        let quorum = members / 2 + 1;
        if (now.quorum, now.has_quorum) != (quorum, present >= quorum) {
            wrong.push(format!("the quorum is {}, expected {quorum}", now.quorum));
        }
        self.clerk.ask(Command::OpenMeeting).await?;
        Ok(Attendance::of(&now))
    }

    /// One vote from its opening to its declared result at every seat.
    pub async fn vote(&self, vote: VoteId, wrong: &mut Vec<String>) -> Result<Held, CourseError> {
        let line = self.line(vote)?;
        let expected = self.cast.expected(&line.title, &line.form);
        self.clerk.ask(Command::OpenVote { vote }).await?;
        self.receipts(vote, expected.as_ref().map_or(0, |(_, unpressed)| *unpressed)).await?;
        self.finish(vote, wrong).await
    }

    /// Waits until everybody has a receipt but those who do not press.
    pub async fn receipts(&self, vote: VoteId, unpressed: u32) -> Result<(), CourseError> {
        let pressing = self.cast.present().saturating_sub(unpressed);
        let pressing = usize::try_from(pressing).unwrap_or(usize::MAX);
        let confirmed = |seats: &[Standing]| {
            seats.iter().filter(|s| s.confirmed == Some(vote)).count() >= pressing
        };
        Ok(self.swarm.until("a receipt at every seat that presses", self.limit, confirmed).await?)
    }

    /// Closes and declares a vote in which all have pressed, and checks it.
    pub async fn finish(&self, vote: VoteId, wrong: &mut Vec<String>) -> Result<Held, CourseError> {
        let before = Instant::now();
        self.clerk.ask(Command::CloseVote { vote }).await?;
        let everywhere = self.all_see(vote, VoteState::Closed);
        let counted = move |seats: &[Standing]| {
            let has = |s: &Standing| s.vote.as_ref().is_some_and(|v| v.count.is_some());
            everywhere(seats) && seats.iter().all(has)
        };
        let (seats, hall) = tokio::join!(
            async {
                self.swarm.until("the count at every seat", self.limit, counted).await?;
                Ok::<_, CourseError>(before.elapsed())
            },
            async {
                let Some(hall) = self.hall else { return Ok::<_, CourseError>(None) };
                let shows = |room: &Room| shows_count(room, vote).then_some(());
                hall.until("the count in the hall", self.limit, shows).await?;
                Ok(Some(before.elapsed()))
            }
        );
        let (close_to_count, close_to_hall) = (seats?, hall?);
        self.clerk.ask(Command::DeclareVote { vote }).await?;
        let everywhere = self.all_see(vote, VoteState::Declared);
        self.swarm.until("the result at every seat", self.limit, everywhere).await?;
        let declared = |room: &Room| {
            let line = room.line(vote)?;
            (line.state == VoteState::Declared).then(|| line.clone())
        };
        let line = self.clerk.until("the result at the console", self.limit, declared).await?;
        if line.method == Method::Secret {
            let checked = |seats: &[Standing]| {
                let voted = seats.iter().filter(|s| s.confirmed == Some(vote));
                voted.into_iter().all(|s| s.found.is_some_and(|(of, _)| of == vote))
            };
            self.swarm.until("every seat to look for its ballot", self.limit, checked).await?;
        }
        let held = self.held(&line, millis(close_to_count), close_to_hall.map(millis));
        self.check(&line, &held, wrong);
        Ok(held)
    }

    fn line(&self, vote: VoteId) -> Result<VoteLine, CourseError> {
        self.clerk.room().line(vote).cloned().ok_or(CourseError::NoVote(vote))
    }

    fn all_see(&self, vote: VoteId, state: VoteState) -> impl Fn(&[Standing]) -> bool {
        move |seats| {
            let sees =
                |s: &Standing| s.vote.as_ref().is_some_and(|v| v.id == vote && v.state == state);
            seats.iter().all(sees)
        }
    }

    /// What the console, the record and the seats say of a vote.
    fn held(&self, line: &VoteLine, close_to_count: f64, close_to_hall: Option<f64>) -> Held {
        let report = self.swarm.vote(line.id);
        let secret = line.method == Method::Secret;
        let recorded = recorded(&self.clerk.room().roll, line);
        let (mut lost, mut duplicated, mut acknowledged) = (0, 0, 0);
        let mut times = None;
        let mut last = None;
        if let Some(report) = report {
            // Lost: pressed, and either no receipt came or the record does not hold it.
            let is_lost = |(seat, ballot): &(&SeatId, &Option<Ballot>)| {
                let other = |b: &Ballot| recorded.get(seat) != letters(b).as_ref();
                !report.confirmed.contains(seat) || ballot.as_ref().is_some_and(other)
            };
            lost = report.ballots.iter().filter(is_lost).count();
            // More in the record than was pressed.
            let strange = recorded.keys().filter(|seat| !report.ballots.contains_key(seat)).count();
            duplicated = report.duplicated + strange;
            acknowledged = report.acknowledged;
            times = report.press_to_receipt_ms;
            last = report.last_receipt_ms;
        }
        Held {
            title: line.title.clone(),
            kind: crate::swarm::kind(&line.form).to_owned(),
            count: line.count.clone(),
            unpressed: line.unpressed,
            members: line.members,
            present: line.present,
            verdict: line.verdict.clone(),
            acknowledged,
            lost,
            duplicated,
            method: line.method,
            recorded: if secret { line.count.as_ref().map_or(0, cast) } else { recorded.len() },
            found: secret.then(|| self.found(line.id)),
            times,
            last_receipt_ms: last,
            close_to_count_ms: close_to_count,
            close_to_hall_ms: close_to_hall,
        }
    }

    /// Seats that found their own ballot in the record of a secret vote.
    fn found(&self, vote: VoteId) -> usize {
        self.swarm.look(|seats| seats.iter().filter(|s| s.found == Some((vote, true))).count())
    }

    fn check(&self, line: &VoteLine, held: &Held, wrong: &mut Vec<String>) {
        let title = &line.title;
        let mut say = |what: String| wrong.push(format!("{title}: {what}"));
        let Some((count, unpressed)) = self.cast.expected(title, &line.form) else {
            return say("the script does not know this vote".into());
        };
        if held.count.as_ref() != Some(&count) {
            say(format!("the count is {:?}, expected {count:?}", held.count));
        }
        if held.unpressed != Some(unpressed) {
            say(format!("unpressed is {:?}, expected {unpressed}", held.unpressed));
        }
        if (held.members, held.present) != (self.cast.members(), self.cast.present()) {
            say(format!("{} of {} present", held.present, held.members));
        }
        let pressing = usize::try_from(self.cast.present() - unpressed).unwrap_or(usize::MAX);
        if (held.acknowledged, held.recorded) != (pressing, pressing) {
            say(format!(
                "{} receipts verified and {} ballots recorded of {pressing}",
                held.acknowledged, held.recorded
            ));
        }
        if held.found.is_some_and(|found| found != pressing) {
            say(format!("{:?} of {pressing} seats found their ballot", held.found));
        }
        if (held.lost, held.duplicated) != (0, 0) {
            say(format!("{} lost, {} duplicated", held.lost, held.duplicated));
        }
        let questions = held
            .count
            .as_ref()
            .zip(held.verdict.as_ref())
            .and_then(|(count, verdict)| by_question(count, verdict));
        let Some(questions) = questions else {
            return say("count and verdict do not fit".into());
        };
        // 2Y > M, said here once more, apart from the rule engine.
        if line.rule.preset == Some(Preset::Committee) {
            for (tally, outcome) in &questions {
                let adopted = 2 * u64::from(tally.in_favour) > u64::from(held.members);
                if (*outcome == Outcome::Adopted) != adopted {
                    say(format!("{outcome:?} with {} of {}", tally.in_favour, held.members));
                }
            }
        } else {
            say(format!("the rule is {:?}", line.rule.preset));
        }
        if let Some(announced) = self.cast.announced(title) {
            let want: Vec<_> =
                announced.iter().map(|(tally, _, outcome)| (*tally, *outcome)).collect();
            if questions != want {
                say(format!("{questions:?}, the script announces {want:?}"));
            }
        }
        if let Some(hall) = self.hall {
            let shown = hall.room().vote.map(|v| (v.count, v.verdict));
            if shown != Some((held.count.clone(), held.verdict.clone())) {
                say(format!("the hall shows {shown:?}"));
            }
        }
        self.swarm.look(|seats| {
            let other = |s: &&Standing| {
                s.vote.as_ref().is_none_or(|v| v.count != held.count || v.verdict != held.verdict)
            };
            let others = seats.iter().filter(other).count();
            if others > 0 {
                say(format!("{others} seats see another result"));
            }
        });
    }
}

/// Ballots in a count.
fn cast(count: &Count) -> usize {
    let most = match count {
        Count::Motion { tally } => tally.cast(),
        Count::Personnel { tallies } => tallies.iter().map(|t| t.cast()).max().unwrap_or(0),
        Count::Satisfaction { .. } | Count::Plurality { .. } => 0,
    };
    usize::try_from(most).unwrap_or(usize::MAX)
}

fn all_seated(seats: &[Standing]) -> bool {
    seats.iter().all(|s| s.online && s.seated)
}

fn at(roll: &Roll, seat: SeatId) -> Option<MemberId> {
    roll.people.iter().find(|p| p.seat == seat).map(|p| p.member)
}

/// What the console shows by name, as one letter a question; seats that did
/// not cast are not in it.
pub fn recorded(roll: &Roll, line: &VoteLine) -> BTreeMap<SeatId, String> {
    let rows: Vec<Vec<char>> =
        line.by_name.iter().flatten().map(|row| row.chars().collect()).collect();
    let of = |place: usize| -> String { rows.iter().filter_map(|row| row.get(place)).collect() };
    let cast = |letters: &String| !letters.is_empty() && !letters.contains(['-', '.']);
    roll.people
        .iter()
        .enumerate()
        .map(|(place, person)| (person.seat, of(place)))
        .filter(|(_, letters)| cast(letters))
        .collect()
}

/// A ballot in the same letters.
pub fn letters(ballot: &Ballot) -> Option<String> {
    let letter = |choice: &Choice| match choice {
        Choice::For => 'y',
        Choice::Against => 'n',
        Choice::Abstain => 'a',
    };
    match ballot {
        Ballot::Motion { choice } => Some(letter(choice).to_string()),
        Ballot::Personnel { choices } => Some(choices.iter().map(letter).collect()),
        Ballot::Satisfaction { .. } | Ballot::Plurality { .. } => None,
    }
}
