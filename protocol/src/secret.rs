//! Between a vote of the meeting and its encrypted form: the meeting's slots,
//! the texts of an election record, what a choice becomes on a ballot and a
//! result in the meeting's terms. What a scrutineer's terminal checks is in
//! [`scrutiny`], the cryptography in [`crate::ballot`].

mod scrutiny;

pub use scrutiny::{Expected, Openable, Registered, check_list, check_live, check_sum};

use crate::ballot::encrypt::one_of;
use crate::ballot::records::{ElectionResult, Question, Uuid};
use crate::ballot::scalar::RecordHash;
use crate::ballot::setup::{Draft, Setup};
use crate::ids::{Key, MeetingId};
use crate::vote::{Ballot, Choice, Count, Form, Grade, GradeTally, Nominee, PersonAction, Tally};
use sha2::{Digest, Sha256};

/// 赞成, 反对, 弃权: the answers of a question, in the order on every screen.
const CHOICES: [&str; 3] = ["赞成", "反对", "弃权"];
/// The answers of a survey; the last is a blank one.
const GRADES: [&str; 4] = ["满意", "基本满意", "不满意", "未选"];

/// The identifier of the meeting's secret vote number `slot`, from 0: terminals
/// register credentials for it before anybody knows which vote it will be.
pub fn uuid(meeting: &MeetingId, slot: u32) -> Uuid {
    let mut seed = b"hemicycle-slot-1|".to_vec();
    seed.extend(meeting.0);
    seed.extend(slot.to_be_bytes());
    Uuid::derive(&seed)
}

/// The session of a key generation: no other has it.
pub fn session(meeting: &MeetingId, attempt: u32, terminals: &[Key]) -> RecordHash {
    let mut sha = Sha256::new_with_prefix(b"hemicycle-keygen-session-1|");
    sha.update(meeting.0);
    sha.update(attempt.to_be_bytes());
    terminals.iter().for_each(|key| sha.update(key.0));
    RecordHash(sha.finalize().into())
}

/// The texts of the election record.
pub fn draft(meeting: &MeetingId, slot: u32, title: &str, form: &Form) -> Draft {
    let questions = match form {
        Form::Motion => vec![Question::one_of(title, &CHOICES)],
        Form::Personnel { nominees } => {
            nominees.iter().map(|n| Question::one_of(&nominee(n), &CHOICES)).collect()
        }
        Form::Satisfaction { subjects } => {
            subjects.iter().map(|s| Question::one_of(s, &GRADES)).collect()
        }
        Form::Plurality { candidates, seats } => {
            let names = candidates.iter().map(nominee).collect();
            vec![Question::at_most(title, names, u32::from(*seats))]
        }
    };
    Draft {
        uuid: uuid(meeting, slot),
        name: title.to_owned(),
        description: String::new(),
        questions,
        administrator: None,
        credential_authority: None,
    }
}

fn nominee(nominee: &Nominee) -> String {
    let action = match nominee.action {
        PersonAction::Remove => "免去",
        PersonAction::AcceptResignation => "接受辞职",
        PersonAction::Dismiss => "撤职",
        PersonAction::DecideAppointment => "决定任命",
        PersonAction::Appoint => "任命",
        PersonAction::Elect => "选举",
    };
    let Nominee { name, post, .. } = nominee;
    format!("{action}　{name}　{post}")
}

/// Does this setup ask what the meeting asks?
pub fn asks(setup: &Setup, meeting: &MeetingId, slot: u32, title: &str, form: &Form) -> bool {
    let election = setup.election();
    let wanted = draft(meeting, slot, title, form);
    election.uuid == wanted.uuid
        && election.name == wanted.name
        && election.questions == wanted.questions
}

/// For each question of the election record which of its answers are marked; none
/// if the ballot does not answer the form.
///
/// An election with more names than places is none: recorded, it is counted as
/// invalid; the sum of secret ballots cannot leave one out, so it is not made.
pub fn choices(form: &Form, ballot: &Ballot) -> Option<Vec<Vec<bool>>> {
    form.accepts(ballot).ok()?;
    let choice = |choice: &Choice| match choice {
        Choice::For => 0,
        Choice::Against => 1,
        Choice::Abstain => 2,
    };
    let grade = |grade: &Option<Grade>| match grade {
        Some(Grade::Satisfied) => 0,
        Some(Grade::Fair) => 1,
        Some(Grade::Dissatisfied) => 2,
        None => 3,
    };
    let one_of_three = |c: &Choice| one_of(CHOICES.len(), choice(c));
    match (form, ballot) {
        (_, Ballot::Motion { choice: one }) => Some(vec![one_of_three(one)]),
        (_, Ballot::Personnel { choices }) => Some(choices.iter().map(one_of_three).collect()),
        (_, Ballot::Satisfaction { grades }) => {
            Some(grades.iter().map(|g| one_of(GRADES.len(), grade(g))).collect())
        }
        (Form::Plurality { candidates, seats }, Ballot::Plurality { chosen }) => {
            let mut marks = vec![false; candidates.len()];
            for name in chosen {
                *marks.get_mut(usize::from(*name))? = true;
            }
            (chosen.len() <= usize::from(*seats)).then(|| vec![marks])
        }
        (
            Form::Motion | Form::Personnel { .. } | Form::Satisfaction { .. },
            Ballot::Plurality { .. },
        ) => None,
    }
}

/// The result in the meeting's terms; none if it is not of this form.
pub fn count(form: &Form, result: &ElectionResult) -> Option<Count> {
    let tally = |counts: &Vec<u32>| match counts[..] {
        [in_favour, against, abstain] => Some(Tally { in_favour, against, abstain }),
        _ => None,
    };
    let grades = |counts: &Vec<u32>| match counts[..] {
        [satisfied, fair, dissatisfied, invalid] => {
            Some(GradeTally { satisfied, fair, dissatisfied, invalid })
        }
        _ => None,
    };
    let each = |questions: usize| (questions == result.result.len()).then_some(&result.result);
    let only = || match &result.result[..] {
        [one] => Some(one),
        _ => None,
    };
    match form {
        Form::Motion => Some(Count::Motion { tally: tally(only()?)? }),
        Form::Personnel { nominees } => {
            let tallies = each(nominees.len())?.iter().map(tally).collect::<Option<_>>()?;
            Some(Count::Personnel { tallies })
        }
        Form::Satisfaction { subjects } => {
            let tallies = each(subjects.len())?.iter().map(grades).collect::<Option<_>>()?;
            Some(Count::Satisfaction { tallies })
        }
        Form::Plurality { candidates, .. } => {
            let votes = only()?.clone();
            (votes.len() == candidates.len()).then_some(Count::Plurality { votes, invalid: 0 })
        }
    }
}
