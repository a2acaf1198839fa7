//! The sample meeting's script: who is on leave, who presses what, and what
//! must come out. People beyond the sample's roster behave like one of its
//! members each, in turn, so that a room of any size has the same shape.

use hemicycle_protocol::ids::SeatId;
use hemicycle_protocol::vote::{Choice, Count, Form, Outcome, Tally, Verdict};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why the script cannot be used.
#[derive(Debug, Error)]
pub enum SampleError {
    #[error("{path}: {source}")]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{path}: {what}")]
    Wrong { path: PathBuf, what: String },
}

/// The script of a meeting.
#[derive(Clone, Debug)]
pub struct Sample {
    members: Vec<SeatId>,
    attendees: Vec<SeatId>,
    leave: BTreeMap<SeatId, String>,
    /// By title: that is how a vote is known on the wire.
    votes: BTreeMap<String, Script>,
    announced: Announced,
}

/// One vote of it.
#[derive(Clone, Debug)]
struct Script {
    /// Who presses something else than for, question by question.
    questions: Vec<Others>,
    announced: Vec<Expected>,
}

/// What one question must come to.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Expected {
    #[serde(rename = "for")]
    pub in_favour: u32,
    pub against: u32,
    pub abstain: u32,
    pub unpressed: u32,
    verdict: Word,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Word {
    Adopted,
    NotAdopted,
}

/// Numbers of the attendance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Announced {
    pub members: u32,
    pub present: u32,
    attendees_present: u32,
}

/// A room of a certain size that follows the script.
#[derive(Clone, Debug)]
pub struct Cast {
    sample: Sample,
    /// Members in all.
    members: u32,
}

/// What a seat presses: question and place of the answer. Empty: the seat
/// never presses.
pub type Presses = Vec<(u16, u8)>;

impl Sample {
    /// Reads `choices.json` and what lies beside it.
    pub fn read(choices: &Path) -> Result<Self, SampleError> {
        let folder = choices.parent().unwrap_or(Path::new("."));
        let meeting_path = folder.join("meeting.json");
        let meeting: MeetingFile = json(&meeting_path)?;
        let file: ChoicesFile = json(choices)?;
        for (path, version) in [(&meeting_path, meeting.version), (&choices.into(), file.version)] {
            if version != 1 {
                return Err(wrong(path, "its version is not 1"));
            }
        }
        let (members, attendees) = roster(&folder.join(&meeting.roster))?;
        let titles: BTreeMap<&str, &str> = meeting
            .items
            .iter()
            .flat_map(|item| &item.votes)
            .map(|vote| (vote.id.as_str(), vote.title.as_str()))
            .collect();
        let mut votes = BTreeMap::new();
        for vote in file.votes {
            let title = titles
                .get(vote.vote.as_str())
                .ok_or_else(|| wrong(choices, format_args!("no vote {}", vote.vote)))?;
            let script = vote.script().map_err(|what| wrong(choices, what))?;
            votes.insert((*title).to_owned(), script);
        }
        let ChoicesFile { attendance, .. } = file;
        let leave = attendance.leave.into_iter().map(|l| (l.seat, l.reason)).collect();
        Ok(Self { members, attendees, leave, votes, announced: attendance.announced })
    }

    /// Members that the sample itself has.
    pub fn members(&self) -> u32 {
        u32::try_from(self.members.len()).unwrap_or(u32::MAX)
    }

    /// In a room with so many members, at least the sample's own.
    pub fn with_members(self, members: u32) -> Cast {
        Cast { members: members.max(self.members()), sample: self }
    }

    /// The seat whose behaviour this seat has.
    fn like(&self, seat: SeatId) -> SeatId {
        let last = self.members.iter().chain(&self.attendees).max().copied().unwrap_or_default();
        match usize::from(seat.0).checked_sub(usize::from(last.0) + 1) {
            None => seat,
            Some(nth) => {
                let model = nth % self.members.len().max(1);
                self.members.get(model).copied().unwrap_or(seat)
            }
        }
    }

    /// Why the seat's member is on leave, if so.
    pub fn leave(&self, seat: SeatId) -> Option<&str> {
        self.leave.get(&self.like(seat)).map(String::as_str)
    }

    /// What the seat presses in the vote of that title. None: no such vote in the script.
    pub fn presses(&self, title: &str, seat: SeatId) -> Option<Presses> {
        let script = self.votes.get(title)?;
        let like = self.like(seat);
        let answer = |others: &Others| others.answer(like);
        let answers: Option<Vec<u8>> = script.questions.iter().map(answer).collect();
        Some((0..).zip(answers.unwrap_or_default()).collect())
    }
}

impl Cast {
    /// The script.
    pub fn sample(&self) -> &Sample {
        &self.sample
    }

    /// Members in all.
    pub fn members(&self) -> u32 {
        self.members
    }

    /// Does the script's own word on the numbers hold for this room?
    pub fn is_original(&self) -> bool {
        self.members == self.sample.members()
    }

    /// Every member's seat.
    pub fn member_seats(&self) -> Vec<SeatId> {
        let sample = &self.sample;
        let last = sample.members.iter().chain(&sample.attendees).max().map_or(0, |s| s.0);
        let more = u16::try_from(self.members - sample.members()).unwrap_or(u16::MAX);
        let made_up = (1..=more).map(|n| SeatId(last.saturating_add(n)));
        sample.members.iter().copied().chain(made_up).collect()
    }

    /// Every attendee's seat.
    pub fn attendee_seats(&self) -> &[SeatId] {
        &self.sample.attendees
    }

    /// Those on leave, with the reason.
    pub fn on_leave(&self) -> Vec<(SeatId, String)> {
        let seats = self.member_seats().into_iter();
        seats.filter_map(|s| Some((s, self.sample.leave(s)?.to_owned()))).collect()
    }

    /// Members who sign in.
    pub fn present(&self) -> u32 {
        let on_leave = u32::try_from(self.on_leave().len()).unwrap_or(u32::MAX);
        self.members - on_leave
    }

    /// What the vote must come to, worked out from the presses: counts, and
    /// those who do not press.
    pub fn expected(&self, title: &str, form: &Form) -> Option<(Count, u32)> {
        let mut tallies = vec![Tally::default(); form.questions()];
        let mut unpressed = 0;
        for seat in self.member_seats() {
            if self.sample.leave(seat).is_some() {
                continue;
            }
            let presses = self.sample.presses(title, seat)?;
            if presses.is_empty() {
                unpressed += 1;
            }
            for (question, answer) in presses {
                let choice = Choice::ALL.get(usize::from(answer))?;
                tallies.get_mut(usize::from(question))?.add(*choice);
            }
        }
        match form {
            Form::Motion => Some((Count::Motion { tally: tallies.first().copied()? }, unpressed)),
            Form::Personnel { .. } => Some((Count::Personnel { tallies }, unpressed)),
            Form::Satisfaction { .. } | Form::Plurality { .. } => None,
        }
    }

    /// What the script itself says must come out, where it speaks of this room.
    pub fn announced(&self, title: &str) -> Option<Vec<(Tally, u32, Outcome)>> {
        let script = self.sample.votes.get(title).filter(|_| self.is_original())?;
        Some(script.announced.iter().map(Expected::figures).collect())
    }

    /// The script's own numbers of who is there: members, present, attendees.
    pub fn announced_attendance(&self) -> Option<(u32, u32, u32)> {
        let Announced { members, present, attendees_present } = self.sample.announced;
        self.is_original().then_some((members, present, attendees_present))
    }
}

impl Expected {
    fn figures(&self) -> (Tally, u32, Outcome) {
        let Self { in_favour, against, abstain, unpressed, verdict } = *self;
        let outcome = match verdict {
            Word::Adopted => Outcome::Adopted,
            Word::NotAdopted => Outcome::NotAdopted,
        };
        (Tally { in_favour, against, abstain }, unpressed, outcome)
    }
}

/// Counts and outcomes question by question.
pub fn by_question(count: &Count, verdict: &Verdict) -> Option<Vec<(Tally, Outcome)>> {
    match (count, verdict) {
        (Count::Motion { tally }, Verdict::Motion { outcome }) => Some(vec![(*tally, *outcome)]),
        (Count::Personnel { tallies }, Verdict::Personnel { outcomes })
            if tallies.len() == outcomes.len() =>
        {
            Some(tallies.iter().copied().zip(outcomes.iter().copied()).collect())
        }
        (
            Count::Motion { .. }
            | Count::Personnel { .. }
            | Count::Satisfaction { .. }
            | Count::Plurality { .. },
            _,
        ) => None,
    }
}

#[derive(Deserialize)]
struct MeetingFile {
    version: u32,
    roster: PathBuf,
    items: Vec<ItemLine>,
}

#[derive(Deserialize)]
struct ItemLine {
    votes: Vec<VoteTitle>,
}

#[derive(Deserialize)]
struct VoteTitle {
    id: String,
    title: String,
}

#[derive(Deserialize)]
struct ChoicesFile {
    version: u32,
    attendance: AttendanceLine,
    votes: Vec<VoteLine>,
}

#[derive(Deserialize)]
struct AttendanceLine {
    leave: Vec<LeaveLine>,
    #[serde(flatten)]
    announced: Announced,
}

#[derive(Deserialize)]
struct LeaveLine {
    seat: SeatId,
    reason: String,
}

#[derive(Deserialize)]
struct VoteLine {
    vote: String,
    #[serde(default)]
    persons: Vec<QuestionLine>,
    seats: Option<Others>,
    expected: serde_json::Value,
}

#[derive(Deserialize)]
struct QuestionLine {
    seats: Others,
    expected: Expected,
}

#[derive(Clone, Debug, Deserialize)]
struct Others {
    against: BTreeSet<SeatId>,
    abstain: BTreeSet<SeatId>,
    unpressed: BTreeSet<SeatId>,
}

impl Others {
    /// The place of the answer among those on the screen; none: never presses.
    fn answer(&self, seat: SeatId) -> Option<u8> {
        if self.unpressed.contains(&seat) {
            None
        } else if self.against.contains(&seat) {
            Some(1)
        } else if self.abstain.contains(&seat) {
            Some(2)
        } else {
            Some(0)
        }
    }
}

impl VoteLine {
    fn script(self) -> Result<Script, String> {
        let Self { vote, persons, seats, expected } = self;
        let (questions, announced) = match seats {
            Some(seats) => {
                let expected = serde_json::from_value(expected)
                    .map_err(|error| format!("vote {vote}: {error}"))?;
                (vec![seats], vec![expected])
            }
            None => persons.into_iter().map(|p| (p.seats, p.expected)).unzip(),
        };
        if questions.is_empty() {
            return Err(format!("vote {vote} has neither seats nor persons"));
        }
        Ok(Script { questions, announced })
    }
}

/// Seats of members and of attendees, as the roster has them.
fn roster(path: &Path) -> Result<(Vec<SeatId>, Vec<SeatId>), SampleError> {
    let text = String::from_utf8(bytes(path)?).map_err(|_| wrong(path, "it is not UTF-8"))?;
    let (mut members, mut attendees) = (Vec::new(), Vec::new());
    for line in text.lines().skip(1).filter(|line| !line.trim().is_empty()) {
        let mut cells = line.split(',');
        let seat = cells.next().and_then(|c| c.trim().parse().ok()).map(SeatId);
        let (Some(seat), Some(standing)) = (seat, cells.nth(1)) else {
            return Err(wrong(path, format_args!("line \"{line}\"")));
        };
        if standing.trim() == "列席" { &mut attendees } else { &mut members }.push(seat);
    }
    if members.is_empty() {
        return Err(wrong(path, "nobody on it votes"));
    }
    Ok((members, attendees))
}

fn json<T: for<'a> Deserialize<'a>>(path: &Path) -> Result<T, SampleError> {
    serde_json::from_slice(&bytes(path)?).map_err(|error| wrong(path, error))
}

fn bytes(path: &Path) -> Result<Vec<u8>, SampleError> {
    std::fs::read(path).map_err(|source| SampleError::Unreadable { path: path.into(), source })
}

fn wrong(path: &Path, what: impl std::fmt::Display) -> SampleError {
    SampleError::Wrong { path: path.into(), what: what.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Sample {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/sample/choices.json");
        Sample::read(&path).unwrap()
    }

    #[test]
    fn the_presses_come_to_what_the_script_announces() {
        let cast = sample().with_members(0);
        assert_eq!(cast.announced_attendance(), Some((31, cast.present(), 5)));
        let titles: Vec<String> = cast.sample().votes.keys().cloned().collect();
        assert_eq!(titles.len(), 4);
        for title in titles {
            let announced = cast.announced(&title).unwrap();
            let nominee = hemicycle_protocol::vote::Nominee {
                name: String::new(),
                action: hemicycle_protocol::vote::PersonAction::Appoint,
                post: String::new(),
            };
            let form = match announced.len() {
                1 => Form::Motion,
                n => Form::Personnel { nominees: vec![nominee; n] },
            };
            let (count, unpressed) = cast.expected(&title, &form).unwrap();
            let tallies = match count {
                Count::Motion { tally } => vec![tally],
                Count::Personnel { tallies } => tallies,
                Count::Satisfaction { .. } | Count::Plurality { .. } => panic!("{title}"),
            };
            let want: Vec<Tally> = announced.iter().map(|(tally, ..)| *tally).collect();
            assert_eq!(tallies, want, "{title}");
            assert!(announced.iter().all(|(_, n, _)| *n == unpressed), "{title}");
        }
    }

    #[test]
    fn a_larger_room_keeps_its_shape() {
        let cast = sample().with_members(31 * 10);
        assert_eq!((cast.members(), cast.present()), (310, 280));
        assert_eq!(cast.member_seats().len(), 310);
        assert_eq!(cast.member_seats().last(), Some(&SeatId(36 + 279)));
        assert_eq!(cast.announced_attendance(), None);
        let title = "关于修改决定（草案）第十二条的修正案";
        let (count, unpressed) = cast.expected(title, &Form::Motion).unwrap();
        let tally = Tally { in_favour: 150, against: 80, abstain: 40 };
        assert_eq!((count, unpressed), (Count::Motion { tally }, 10));
    }
}
