//! The meeting's side of a secret vote: slots, texts, and what a scrutineer's
//! terminal checks before it helps to open.

use hemicycle_protocol::ballot::archive::{Archive, EventList, read};
use hemicycle_protocol::ballot::credential::Credential;
use hemicycle_protocol::ballot::decrypt::{combine, partially_decrypt, verify_opened};
use hemicycle_protocol::ballot::election::hints_for;
use hemicycle_protocol::ballot::encrypt::encrypt;
use hemicycle_protocol::ballot::group::Encoded;
use hemicycle_protocol::ballot::keys::SecretKey;
use hemicycle_protocol::ballot::setup::Setup;
use hemicycle_protocol::ballot::tally::Tally;
use hemicycle_protocol::ballot::trustees::{Pedersen, Trustee, Trustees};
use hemicycle_protocol::ballot::verify::verify;
use hemicycle_protocol::identity::{Identity, Registration};
use hemicycle_protocol::ids::{Hex, MeetingId, MemberId, SeatId};
use hemicycle_protocol::secret::{
    Expected, Openable, Registered, asks, check_list, check_live, check_sum, choices, count, draft,
    session, uuid,
};
use hemicycle_protocol::topic::Objection;
use hemicycle_protocol::vote::{Ballot, Choice, Count, Form, Grade, Nominee, PersonAction};
use std::collections::BTreeMap;

use crate::room::Room;
use crate::support::rng;

const MEETING: MeetingId = Hex([3; 16]);
const SLOT: u32 = 2;
const VOTERS: u32 = 5;

fn form() -> Form {
    let nominee = |name: &str, action| Nominee { name: name.into(), action, post: "局长".into() };
    let nominees = vec![nominee("甲", PersonAction::Remove), nominee("乙", PersonAction::Appoint)];
    Form::Personnel { nominees }
}

struct Voter {
    terminal: Identity,
    credential: SecretKey,
    registered: Registered,
}

fn voter(number: u32) -> Voter {
    let mut rng = rng(u64::from(number));
    let terminal = Identity::from_secret(&[u8::try_from(number).unwrap(); 32]);
    let keys: Vec<SecretKey> =
        (1..=3).map(|slot| Credential::generate(&mut rng).key(&uuid(&MEETING, slot))).collect();
    let registration = Registration {
        meeting: MEETING,
        member: MemberId(number),
        seat: SeatId(u16::try_from(number).unwrap()),
        first: 1,
        keys: keys.iter().map(|key| Hex(*key.public().encoded().as_bytes())).collect(),
    };
    let signature = terminal.sign(&registration);
    let registered = Registered { registration, terminal: terminal.key(), signature };
    Voter { terminal, credential: keys[1].clone(), registered }
}

struct Vote {
    scrutineers: Room,
    server: SecretKey,
    voters: Vec<Voter>,
    setup: Setup,
    form: Form,
    item: Pedersen,
    people: BTreeMap<MemberId, SeatId>,
    archive: Vec<u8>,
}

impl Vote {
    fn new() -> Self {
        let mut rng = rng(9);
        let scrutineers = Room::honest(3, 2, 4);
        let server = SecretKey::generate(&mut rng);
        let trustees = Trustees(vec![
            Trustee::single(server.trustee_key(&mut rng)),
            Trustee::Pedersen(scrutineers.record()),
        ]);
        let voters: Vec<Voter> = (1..=VOTERS).map(voter).collect();
        let credentials: Vec<Encoded> =
            voters.iter().map(|voter| *voter.credential.public().encoded()).collect();
        let form = form();
        let setup =
            Setup::create(draft(&MEETING, SLOT, "任免", &form), &trustees, &credentials).unwrap();
        let item = scrutineers.record();
        let seat = |n| SeatId(u16::try_from(n).unwrap());
        let people = (1..=VOTERS).map(|n| (MemberId(n), seat(n))).collect();
        let archive = Vec::new();
        let mut vote = Self { scrutineers, server, voters, setup, form, item, people, archive };
        let ballots = vote.ballots();
        vote.archive = vote.sum(&ballots);
        vote
    }

    /// Everybody but the last removes the first and splits over the second.
    fn ballots(&self) -> Vec<Vec<u8>> {
        let second = [Choice::For, Choice::Against, Choice::Abstain, Choice::For];
        let cast = |(voter, second): (&Voter, Choice)| {
            let ballot = Ballot::Personnel { choices: vec![Choice::For, second] };
            let answers = choices(&self.form, &ballot).unwrap();
            encrypt(&self.setup, &voter.credential, &answers, &mut rng(11)).unwrap().ballot
        };
        self.voters.iter().zip(second).map(cast).collect()
    }

    fn sum(&self, ballots: &[Vec<u8>]) -> Vec<u8> {
        let mut archive = Archive::new(&self.setup, 1_787_706_000).unwrap();
        let mut tally = Tally::new(&self.setup);
        for ballot in ballots {
            archive.push_ballot(ballot).unwrap();
            tally.add(&verify(&self.setup, ballot).unwrap()).unwrap();
        }
        archive.end_ballots().unwrap();
        let (encrypted, sized) = tally.records();
        archive.push_tally(&encrypted, &sized).unwrap();
        archive.as_bytes().to_vec()
    }

    fn registrations(&self, change: impl FnOnce(&mut Vec<Registered>)) -> Vec<u8> {
        let mut lines: Vec<_> = self.voters.iter().map(|v| v.registered.clone()).collect();
        change(&mut lines);
        serde_json::to_vec(&lines).unwrap()
    }

    fn expected(&self) -> Expected<'_> {
        Expected {
            meeting: MEETING,
            slot: SLOT,
            title: "任免",
            form: &self.form,
            item: &self.item,
            people: &self.people,
        }
    }

    /// The final sum and the list alone are checked alike.
    fn check<'a>(
        &'a self,
        change: impl FnOnce(&mut Expected<'a>),
        registrations: &[u8],
    ) -> Result<Openable, Objection> {
        let mut expected = self.expected();
        change(&mut expected);
        let sum = check_sum(&expected, &self.archive, registrations, None, 2);
        let hints = hints_for(&self.archive, 2).unwrap();
        let quick = check_sum(&expected, &self.archive, registrations, Some(&hints), 2);
        assert_eq!(quick.map(|sum| sum.hash), sum.as_ref().map(|sum| sum.hash).map_err(|e| *e));
        let list = check_list(&expected, &self.first(0), registrations);
        assert_eq!(list.err(), sum.as_ref().err().copied());
        sum
    }

    /// The archive with the first ballots of a vote that runs.
    fn first(&self, ballots: usize) -> Vec<u8> {
        let mut archive = Archive::new(&self.setup, 1_787_706_000).unwrap();
        for ballot in self.ballots().iter().take(ballots) {
            archive.push_ballot(ballot).unwrap();
        }
        archive.as_bytes().to_vec()
    }
}

#[test]
fn a_vote_of_the_meeting_is_checked_opened_and_counted() {
    let vote = Vote::new();
    assert!(asks(&vote.setup, &MEETING, SLOT, "任免", &vote.form));
    let openable = vote.check(|_| (), &vote.registrations(|_| ())).unwrap();
    assert_eq!(openable.ballots, 4);
    let mut rng = rng(5);
    let shares = vote.scrutineers.shares();
    let mut parts = Vec::new();
    for key in [&vote.server, &shares[2], &shares[0]] {
        let part = partially_decrypt(&openable.setup, key, &openable.tally, &mut rng).unwrap();
        verify_opened(&openable.setup, &openable.tally, &part).unwrap();
        parts.push((part.owner, part.partial));
    }
    assert_eq!(parts.iter().map(|(owner, _)| *owner).collect::<Vec<_>>(), [1, 4, 2]);
    let result = combine(&openable.setup, &openable.tally, 4, &parts).unwrap();
    let Some(Count::Personnel { tallies }) = count(&vote.form, &result) else { panic!() };
    let figures: Vec<_> = tallies.iter().map(|t| (t.in_favour, t.against, t.abstain)).collect();
    assert_eq!(figures, [(4, 0, 0), (2, 1, 1)]);
}

#[test]
fn a_scrutineer_objects_to_everything_that_is_not_as_it_should_be() {
    let vote = Vote::new();
    let lines = vote.registrations(|_| ());
    let other_form = Form::Motion;
    let other_item = Room::honest(3, 2, 5).record();
    assert_eq!(vote.check(|e| e.title = "别的", &lines).err(), Some(Objection::OtherQuestion));
    assert_eq!(vote.check(|e| e.form = &other_form, &lines).err(), Some(Objection::OtherQuestion));
    assert_eq!(vote.check(|e| e.slot = 1, &lines).err(), Some(Objection::OtherQuestion));
    assert_eq!(vote.check(|e| e.item = &other_item, &lines).err(), Some(Objection::OtherTrustees));
    let moved = BTreeMap::from([(MemberId(1), SeatId(9))]);
    let error = vote.check(|e| e.people = &moved, &lines).err();
    assert_eq!(error, Some(Objection::Registration { member: MemberId(1) }));

    let with = |change: &dyn Fn(&mut Vec<Registered>)| {
        vote.check(|_| (), &vote.registrations(|lines| change(lines))).err()
    };
    // The machine room adds a voter of its own.
    let dropped = with(&|lines| drop(lines.pop()));
    assert!(matches!(dropped, Some(Objection::Stranger { .. })), "{dropped:?}");
    let unsigned = with(&|lines| lines[1].registration.keys.swap(0, 1));
    assert_eq!(unsigned, Some(Objection::Registration { member: MemberId(2) }));
    let twice = with(&|lines| lines.push(lines[0].clone()));
    assert_eq!(twice, Some(Objection::TwoCredentials { member: MemberId(1) }));
    let stolen = with(&|lines| {
        let keys = lines[0].registration.keys.clone();
        lines[1].registration.keys = keys;
        lines[1].signature = vote.voters[1].terminal.sign(&lines[1].registration);
    });
    assert_eq!(stolen, Some(Objection::TwoCredentials { member: MemberId(2) }));
    assert_eq!(vote.check(|_| (), b"{}").err(), Some(Objection::Registrations));
}

#[test]
fn a_vote_that_runs_is_followed_and_only_what_is_new_is_checked() {
    let vote = Vote::new();
    let (expected, lines) = (vote.expected(), vote.registrations(|_| ()));
    let (known, one) = check_live(&expected, None, &vote.first(1), &lines, 1).unwrap();
    assert_eq!((one.ballots, one.events.len()), (1, 2));
    // Who registered what is not asked again.
    let (known, three) = check_live(&expected, Some(known), &vote.first(3), b"", 2).unwrap();
    assert_eq!(three.ballots, 3);
    let whole = check_live(&expected, None, &vote.first(3), &lines, 2).unwrap().1;
    assert_eq!((three.hash, &three.events), (whole.hash, &whole.events));
    let closed = check_sum(&expected, &vote.archive, &lines, None, 1).unwrap();
    assert_eq!(closed.events[..4], three.events[..]);

    let refused =
        |archive: &[u8]| check_live(&expected, Some(known.clone()), archive, b"", 1).err().unwrap();
    assert_eq!(refused(&vote.first(2)), Objection::NotContinued { event: 3 });
    let mut ballots = vote.ballots();
    ballots.swap(0, 1);
    let mut turned = Archive::new(&vote.setup, 1_787_706_000).unwrap();
    ballots.iter().for_each(|ballot| turned.push_ballot(ballot).unwrap());
    assert_eq!(refused(turned.as_bytes()), Objection::NotContinued { event: 1 });
    // It is closed, or a ballot stands in it twice, or one was changed.
    assert_eq!(refused(&vote.archive), Objection::Record { event: 5 });
    let longer = |ballot: &[u8]| {
        let mut archive = Archive::new(&vote.setup, 1_787_706_000).unwrap();
        vote.ballots().iter().take(3).for_each(|ballot| archive.push_ballot(ballot).unwrap());
        archive.push_ballot(ballot).unwrap();
        archive.as_bytes().to_vec()
    };
    assert_eq!(refused(&longer(&vote.ballots()[1])), Objection::Record { event: 4 });
    let mut changed = vote.ballots()[3].clone();
    let digit = changed.len() - 5;
    changed[digit] = if changed[digit] == b'1' { b'2' } else { b'1' };
    assert_eq!(refused(&longer(&changed)), Objection::Record { event: 4 });
    assert_eq!(check_list(&expected, &vote.first(1), &lines), Err(Objection::Record { event: 1 }));
}

#[test]
fn a_list_of_events_gives_the_hash_of_the_last_one() {
    let vote = Vote::new();
    let ballots = vote.ballots();
    let list = EventList::of(&read(&vote.archive).unwrap());
    let contents = read(&vote.archive).unwrap();
    assert_eq!(list.last_event(), contents.events.last().map(|event| event.hash));
    let tracker = verify(&vote.setup, &ballots[1]).unwrap();
    assert!(list.has_ballot(tracker.tracker()));
    let mut dropped = list.clone();
    dropped.0.remove(2);
    assert_ne!(dropped.last_event(), list.last_event());
    assert!(!dropped.has_ballot(tracker.tracker()));
    let mut disordered = list.clone();
    disordered.0.swap(1, 5);
    assert_eq!(disordered.last_event(), None);
}

#[test]
fn slots_and_sessions_are_fixed() {
    assert_eq!(uuid(&MEETING, 0).as_str().len(), 22);
    assert_eq!(uuid(&MEETING, 0).as_str(), "9NtVvu3bRHhE5gE8AnNhnr");
    assert_ne!(uuid(&MEETING, 0), uuid(&MEETING, 1));
    assert_ne!(uuid(&MEETING, 0), uuid(&Hex([4; 16]), 0));
    let keys = [Hex([1; 32]), Hex([2; 32])];
    assert_eq!(
        session(&MEETING, 1, &keys).to_hex(),
        "5eb662e241e94aa33f437e6a1430c033517d0b3048d46441fb913999c9a4d1c8"
    );
    assert_ne!(session(&MEETING, 2, &keys), session(&MEETING, 1, &keys));
}

#[test]
fn blank_answers_of_a_survey_are_counted_as_such() {
    let form = Form::Satisfaction { subjects: vec!["甲".into(), "乙".into()] };
    let ballot = Ballot::Satisfaction { grades: vec![Some(Grade::Dissatisfied), None] };
    let marks = [[false, false, true, false], [false, false, false, true]];
    assert_eq!(choices(&form, &ballot), Some(marks.map(Vec::from).into()));
    assert_eq!(draft(&MEETING, 0, "测评", &form).questions[0].answers.len(), 4);
    assert_eq!(choices(&Form::Motion, &ballot), None);
}
