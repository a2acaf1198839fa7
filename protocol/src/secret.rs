//! Between a vote of the meeting and its encrypted form: the meeting's slots,
//! the texts of an election record, what a choice becomes on a ballot and a
//! result in the meeting's terms, and what a scrutineer's terminal checks before
//! it helps to open a sum. The cryptography is in [`crate::ballot`].

use crate::ballot::election::{ElectionError, verify_record};
use crate::ballot::encrypt::one_of;
use crate::ballot::records::{Canonical as _, ElectionResult, EncryptedTally, Question, Uuid};
use crate::ballot::scalar::RecordHash;
use crate::ballot::setup::{Draft, Setup};
use crate::ballot::trustees::{Pedersen, Trustee, Trustees};
use crate::identity::{Registration, verify};
use crate::ids::{Key, MeetingId, MemberId, SeatId, Signature};
use crate::vote::{Ballot, Choice, Count, Form, Grade, GradeTally, Nominee, PersonAction, Tally};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use thiserror::Error;

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

/// A registration of credentials as the scrutineers' terminals get it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registered {
    pub registration: Registration,
    pub terminal: Key,
    pub signature: Signature,
}

/// What a scrutineer's terminal knows by itself of the vote whose sum it is asked
/// to open.
#[derive(Clone, Debug)]
pub struct Expected<'a> {
    pub meeting: MeetingId,
    pub slot: u32,
    pub title: &'a str,
    pub form: &'a Form,
    /// The scrutineers' item that it made with the others.
    pub item: &'a Pedersen,
    /// Members and their seats.
    pub people: &'a BTreeMap<MemberId, SeatId>,
}

/// Why a scrutineer's terminal does not open a sum.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Objection {
    #[error("the record does not hold: {0}")]
    Record(#[from] ElectionError),
    #[error("the record does not end with an encrypted sum")]
    NoSum,
    #[error("the record asks something else than the meeting")]
    OtherQuestion,
    #[error("the trustees are not the server and the scrutineers")]
    OtherTrustees,
    #[error("a ballot was replaced by a later one")]
    ReplacedBallot,
    #[error("the list of registrations cannot be read")]
    Registrations,
    #[error("the registration of member {0} does not hold")]
    Registration(MemberId),
    #[error("member {0} has more than one credential for this vote, or another's")]
    TwoCredentials(MemberId),
    #[error("credential {0} of the list was registered by nobody")]
    Stranger(usize),
}

/// A sum that may be opened as far as the record is concerned. Whether it is too
/// close to another is asked of `ballot::disclosure`.
#[derive(Clone, Debug)]
pub struct Openable {
    pub setup: Setup,
    pub tally: EncryptedTally,
    pub hash: RecordHash,
    pub ballots: u32,
}

/// Checks the whole record up to the encrypted sum, and that each credential in
/// its list belongs to one member, one each. `docs/ballots.md` §6.
pub fn check_sum(
    expected: &Expected<'_>,
    archive: &[u8],
    registrations: &[u8],
    threads: usize,
) -> Result<Openable, Objection> {
    let report = verify_record(archive, None, threads)?;
    let Some((tally, sized)) = report.tally else { return Err(Objection::NoSum) };
    if report.ballots.iter().any(|ballot| !ballot.counts) {
        return Err(Objection::ReplacedBallot);
    }
    let setup = report.setup;
    let Expected { meeting, slot, title, form, item, .. } = expected;
    if !asks(&setup, meeting, *slot, title, form) {
        return Err(Objection::OtherQuestion);
    }
    let trustees = setup.records().get(1).and_then(|r| Trustees::from_bytes(r).ok());
    match trustees.as_ref().map(|t| &t.0[..]) {
        Some([Trustee::Single(_), Trustee::Pedersen(theirs)]) if theirs == *item => {}
        Some(_) | None => return Err(Objection::OtherTrustees),
    }
    check_credentials(expected, &setup, registrations)?;
    let ballots = sized.num_tallied;
    Ok(Openable { hash: RecordHash::of(&tally.to_bytes()), setup, tally, ballots })
}

fn check_credentials(
    expected: &Expected<'_>,
    setup: &Setup,
    registrations: &[u8],
) -> Result<(), Objection> {
    let lines: Vec<Registered> =
        serde_json::from_slice(registrations).map_err(|_| Objection::Registrations)?;
    let mut members = BTreeSet::new();
    let mut keys = BTreeSet::new();
    for Registered { registration, terminal, signature } in &lines {
        let Registration { meeting, member, seat, first, keys: theirs } = registration;
        let bad = || Objection::Registration(*member);
        let known = *meeting == expected.meeting && expected.people.get(member) == Some(seat);
        if !known || verify(terminal, registration, signature).is_err() {
            return Err(bad());
        }
        let place = expected.slot.checked_sub(*first).and_then(|p| usize::try_from(p).ok());
        let key = place.and_then(|place| theirs.get(place)).ok_or_else(bad)?;
        if !members.insert(*member) || !keys.insert(key.0) {
            return Err(Objection::TwoCredentials(*member));
        }
    }
    for (place, line) in (1..).zip(setup.credentials()) {
        if line.weight.is_some() || !keys.contains(line.credential.as_bytes()) {
            return Err(Objection::Stranger(place));
        }
    }
    Ok(())
}
