//! What the server computes in the life of a secret vote: the setup before it
//! opens, the encrypted sum once it is closed, its own part, the check of
//! others' parts, the result. Plain functions that take their time and give the
//! same files whenever they are called again; who calls them when is in
//! [`super::work`].

use super::files::Vault;
use super::live::Head;
use super::poll::{Poll, Sum, Voter};
use super::{SecretError, os_random};
use hemicycle_meeting::state::secret::Part;
use hemicycle_meeting::{SecretOpening, State};
use hemicycle_protocol::ballot::archive::{EventList, EventType, read};
use hemicycle_protocol::ballot::decrypt::{
    Opened, SecondProofs, combine, partially_decrypt, verify_opened,
};
use hemicycle_protocol::ballot::group::Encoded;
use hemicycle_protocol::ballot::keys::SecretKey;
use hemicycle_protocol::ballot::records::{
    Canonical as _, EncryptedTally, PartialDecryption, SizedTally,
};
use hemicycle_protocol::ballot::setup::Setup;
use hemicycle_protocol::ballot::tally::Tally;
use hemicycle_protocol::ballot::trustees::{Pedersen, Trustee, Trustees};
use hemicycle_protocol::ballot::verify::{BallotError, CheckedBallot, hints_of, verify};
use hemicycle_protocol::ids::{Hash, Hex, MeetingId, VoteId};
use hemicycle_protocol::secret;
use hemicycle_protocol::topic::{Blob, RecordRef};
use hemicycle_protocol::vote::{Count, Form};
use rayon::prelude::*;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// The server is the first trustee of every vote.
pub const SERVER: u32 = 1;

/// What a vote is opened with.
#[derive(Debug)]
pub struct Plan {
    pub meeting: MeetingId,
    pub vote: VoteId,
    /// Of the vote and of the key, as they were.
    pub rev: u32,
    pub attempt: u32,
    pub slot: u32,
    pub title: String,
    pub form: Form,
    /// The scrutineers' item of the trustees record, as JSON.
    pub item: String,
    /// Members who may vote and have a credential.
    pub voters: Vec<Voter>,
    /// Unix seconds.
    pub timestamp: u64,
}

/// A vote that is ready to open: its key and its setup are stored.
#[derive(Clone, Debug)]
pub struct Prepared {
    pub poll: Arc<Poll>,
    pub opening: SecretOpening,
    rev: u32,
    attempt: u32,
}

impl Prepared {
    /// Is it still what would be prepared now? Votes are edited and keys made
    /// again meanwhile.
    pub fn fits(&self, state: &State) -> bool {
        let scrutiny = state.scrutiny();
        scrutiny.is_ready()
            && scrutiny.attempt == self.attempt
            && scrutiny.slots == self.opening.slot
            && state.vote(self.poll.vote).is_some_and(|vote| vote.rev == self.rev)
    }
}

/// Draws the server's key of a vote and makes its setup.
pub fn prepare(vault: &Vault, plan: Plan) -> Result<Prepared, SecretError> {
    let Plan { meeting, vote, rev, attempt, slot, title, form, item, voters, timestamp } = plan;
    let draft = secret::draft(&meeting, slot, &title, &form);
    let item: Pedersen =
        serde_json::from_str(&item).map_err(|_| SecretError::Incomplete("trustees item"))?;
    let mut rng = os_random();
    let key = SecretKey::generate(&mut rng);
    vault.write_key(vote, &key)?;
    let own = Trustee::single(key.trustee_key(&mut rng));
    let trustees = Trustees(vec![own, Trustee::Pedersen(item)]);
    let credentials: Vec<Encoded> =
        voters.iter().map(|voter| Encoded::from_bytes(voter.credential.0)).collect();
    let setup = Setup::create(draft, &trustees, &credentials)?;
    let poll = Poll::new(vote, setup, timestamp, voters);
    let setup = vault.put_record(poll.archive()?.as_bytes())?;
    // Plain strings and numbers: writing them cannot fail.
    let registrations = serde_json::to_vec(&poll.registered()).unwrap_or_default();
    let registrations = vault.put_private(&registrations)?;
    let opening = SecretOpening { slot, setup, credentials: poll.credentials(), registrations };
    Ok(Prepared { poll: Arc::new(poll), opening, rev, attempt })
}

/// The archive of a closed vote up to its sum, and the hints of its ballots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed {
    pub archive: Blob,
    pub hints: Blob,
}

/// Closes the archive of a vote: where live sums were begun it goes on with what
/// was summed last. `ballots` are all that are stored, in the order of their trackers.
pub fn sum(
    vault: &Vault,
    poll: &Poll,
    live: Option<&Blob>,
    ballots: &[(Hash, Vec<u8>)],
) -> Result<Closed, SecretError> {
    let sum = match poll.running_sum(ballots.len()) {
        Some(sum) => sum,
        None => {
            let mut tally = Tally::new(&poll.setup);
            add_up(&poll.setup, &mut tally, ballots)?;
            Sum::of(&tally)
        }
    };
    let mut archive = poll.archive()?;
    let (mut summed, mut order) = (HashSet::new(), Vec::new());
    if let Some(live) = live {
        let head = Head::of(vault, poll, live)?;
        archive = head.archive().clone();
        summed.extend(head.order().iter().copied());
        order.extend_from_slice(head.order());
    }
    for (tracker, ballot) in ballots {
        if !summed.contains(tracker) {
            archive.push_ballot(ballot)?;
            order.push(*tracker);
        }
    }
    archive.end_ballots()?;
    archive.push_tally(&sum.tally, &sum.sized)?;
    let hints = vault.put_record(&hints_of_all(poll, &order, ballots)?)?;
    let archive = vault.put_record(archive.as_bytes())?;
    poll.set_sum(sum);
    Ok(Closed { archive, hints })
}

/// As they came; those of ballots from before a restart are made anew, by all processors.
fn hints_of_all(
    poll: &Poll,
    order: &[Hash],
    ballots: &[(Hash, Vec<u8>)],
) -> Result<Vec<u8>, SecretError> {
    let stored: HashMap<&Hash, &[u8]> = ballots.iter().map(|(t, b)| (t, b.as_slice())).collect();
    let known = poll.hints(order);
    let all: Vec<Vec<u8>> = order
        .par_iter()
        .zip(known)
        .map(|(tracker, known)| {
            let hints = match known {
                Some(hints) => hints,
                None => {
                    let ballot = stored.get(tracker).ok_or(SecretError::Incomplete("ballot"))?;
                    hints_of(&poll.setup, ballot)?
                }
            };
            Ok(hints.to_bytes())
        })
        .collect::<Result<_, SecretError>>()?;
    Ok(all.concat())
}

/// Checks ballots, by all processors, and adds them.
pub fn add_up(
    setup: &Setup,
    tally: &mut Tally,
    ballots: &[(Hash, Vec<u8>)],
) -> Result<(), SecretError> {
    let checked: Vec<Result<CheckedBallot, BallotError>> =
        ballots.par_iter().map(|(_, ballot)| verify(setup, ballot)).collect();
    for ballot in checked {
        tally.add(&ballot?)?;
    }
    Ok(())
}

/// The encrypted sum of a closed archive.
pub fn read_sum(archive: &[u8]) -> Result<Sum, SecretError> {
    let contents = read(archive)?;
    let last = contents.events.last().filter(|event| event.kind == EventType::EncryptedTally);
    let Some([tally, sized]) = last.map(|event| &event.data[..]) else {
        return Err(SecretError::Incomplete("encrypted sum"));
    };
    let (tally, sized) = (EncryptedTally::from_bytes(tally)?, SizedTally::from_bytes(sized)?);
    Ok(Sum { tally, sized })
}

/// The sum that parts are about: the closed vote's, or the live one of an archive.
pub fn sum_of(vault: &Vault, poll: &Poll, live: Option<&Blob>) -> Result<Arc<Sum>, SecretError> {
    match live {
        Some(live) => Ok(Head::of(vault, poll, live)?.sum()),
        None => poll.sum().ok_or(SecretError::Incomplete("encrypted sum")),
    }
}

/// The server's part of the opening of a sum.
pub fn own_part(vault: &Vault, poll: &Poll, sum: &Sum) -> Result<Part, SecretError> {
    let key = vault.read_key(poll.vote)?;
    let opened = partially_decrypt(&poll.setup, &key, &sum.tally, &mut os_random())?;
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ok(Part {
        owner: opened.owner,
        partial: text(opened.partial.to_bytes()),
        second: text(serde_json::to_vec(&opened.second).unwrap_or_default()),
    })
}

/// Checks a scrutineer's part; why it is wrong says nothing of what it opens.
pub fn check_part(poll: &Poll, sum: &Sum, part: &Part) -> Result<(), SecretError> {
    Ok(verify_opened(&poll.setup, &sum.tally, &read_part(part)?)?)
}

fn read_part(part: &Part) -> Result<Opened, SecretError> {
    let partial = PartialDecryption::from_bytes(part.partial.as_bytes())?;
    let second = serde_json::from_str(&part.second)
        .map_err(|_| SecretError::Incomplete("full-statement proofs"))?;
    Ok(Opened { owner: part.owner, partial, second })
}

/// Of `parts`, the server's and the first of the scrutineers' that are enough.
pub fn enough(threshold: u32, parts: &[Part]) -> Result<Vec<Opened>, SecretError> {
    let mut parts = parts.iter().map(read_part).collect::<Result<Vec<_>, _>>()?;
    parts.sort_by_key(|part| part.owner);
    let (own, mut used): (Vec<_>, Vec<_>) = parts.into_iter().partition(|p| p.owner == SERVER);
    used.truncate(usize::try_from(threshold).unwrap_or(usize::MAX));
    Ok([own, used].concat())
}

/// A finished record and what it says.
#[derive(Clone, Debug)]
pub struct Counted {
    pub count: Count,
    pub record: RecordRef,
}

/// Opens the sum with as many of `parts` as are enough. Stores the finished record.
pub fn count(
    vault: &Vault,
    poll: &Poll,
    closed: &Hash,
    form: &Form,
    threshold: u32,
    parts: &[Part],
) -> Result<Counted, SecretError> {
    let sum = poll.sum().ok_or(SecretError::Incomplete("encrypted sum"))?;
    let used = enough(threshold, parts)?;

    let mut archive = poll.archive()?;
    let bytes = vault.read_record(closed)?;
    for event in &read(&bytes)?.events {
        if let (EventType::Ballot, [ballot]) = (event.kind, &event.data[..]) {
            archive.push_ballot(ballot)?;
        }
    }
    archive.end_ballots()?;
    archive.push_tally(&sum.tally, &sum.sized)?;
    if archive.as_bytes() != bytes {
        return Err(SecretError::Incomplete("record that continues the closed one"));
    }
    let partials: Vec<_> = used.iter().map(|part| (part.owner, part.partial.clone())).collect();
    for (owner, partial) in &partials {
        archive.push_partial(*owner, partial)?;
    }
    let result = combine(&poll.setup, &sum.tally, sum.sized.total_weight, &partials)?;
    archive.push_result(&result)?;
    let count = secret::count(form, &result).ok_or(SecretError::Incomplete("result"))?;
    let proofs = SecondProofs::collect(&poll.setup, &sum.tally, &used).to_bytes();
    let events = EventList::of(&read(archive.as_bytes())?).to_bytes();
    vault.finish(poll.vote, archive.as_bytes(), &proofs)?;
    let record =
        RecordRef { events: vault.put_record(&events)?, last: Hex(archive.last_event().0) };
    Ok(Counted { count, record })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::secret::Registrations;
    use hemicycle_protocol::ballot::credential::Credential;
    use hemicycle_protocol::ballot::encrypt::{encrypt, one_of};
    use hemicycle_protocol::ballot::keygen::{Ceremony, Participant, Progress};
    use hemicycle_protocol::ballot::scalar::RecordHash;
    use hemicycle_protocol::identity::Registration;
    use hemicycle_protocol::ids::{MemberId, SeatId};
    use hemicycle_protocol::secret::Registered;
    use hemicycle_protocol::vote::Tally as Counts;

    pub const MEETING: MeetingId = Hex([1; 16]);
    pub const VOTE: VoteId = VoteId(7);

    /// One scrutineer makes its key alone.
    pub fn scrutineer() -> (SecretKey, String) {
        let ceremony = Ceremony { session: RecordHash::of(b"test"), size: 1, threshold: 1 };
        let (me, _) = Participant::new(ceremony, 1, &mut os_random()).unwrap();
        let Progress::Done(item) = me.progress() else { panic!() };
        (me.share().unwrap().clone(), serde_json::to_string(item).unwrap())
    }

    /// A motion for members with these credentials.
    pub fn plan(item: String, registrations: &mut Registrations, keys: &[SecretKey]) -> Plan {
        for (member, key) in (1..).zip(keys) {
            let credential = Hex(*key.public().encoded().as_bytes());
            let (member, seat) = (MemberId(member), SeatId(1));
            let keys = vec![credential];
            let registration = Registration { meeting: MEETING, member, seat, first: 0, keys };
            let (terminal, signature) = (Hex([2; 32]), Hex([3; 64]));
            registrations.add(Registered { registration, terminal, signature });
        }
        let voter = |member| {
            let (credential, registered) = registrations.latest(MemberId(member), 0).unwrap();
            Voter { credential, registered }
        };
        Plan {
            meeting: MEETING,
            vote: VOTE,
            rev: 1,
            attempt: 1,
            slot: 0,
            title: "决定（草案）".into(),
            form: Form::Motion,
            item,
            voters: (1..).zip(keys).map(|(member, _)| voter(member)).collect(),
            timestamp: 1_700_000_000,
        }
    }

    #[test]
    fn every_step_done_again_gives_the_same_files() {
        let dir = tempfile::tempdir().unwrap();
        let vault = Vault::open(dir.path()).unwrap();
        let mut registrations = Registrations::open(vault.registrations()).unwrap();
        let (share, item) = scrutineer();
        let uuid = secret::uuid(&MEETING, 0);
        let keys: Vec<SecretKey> =
            (0..3).map(|_| Credential::generate(&mut os_random()).key(&uuid)).collect();
        let prepared = prepare(&vault, plan(item, &mut registrations, &keys)).unwrap();
        let Prepared { poll, opening, .. } = prepared;
        assert_eq!(opening.credentials, 3);

        let mut ballots = Vec::new();
        for (member, (key, choice)) in (1..).zip(keys.iter().zip([0, 0, 1])) {
            let sealed = encrypt(&poll.setup, key, &[one_of(3, choice)], &mut os_random()).unwrap();
            let checked = verify(&poll.setup, &sealed.ballot).unwrap();
            let owner = poll.owner(checked.credential().as_bytes()).unwrap();
            assert_eq!(owner, MemberId(member));
            let tracker = Hex(sealed.tracker.0);
            poll.store(owner, tracker, &checked, None);
            ballots.push((tracker, sealed.ballot));
        }
        ballots.sort_by_key(|(tracker, _)| *tracker);
        assert!(poll.running_sum(3).is_some() && poll.running_sum(2).is_none());
        let first = sum(&vault, &poll, None, &ballots).unwrap();

        // Without the running sum, as after a batch that was withdrawn.
        let kept = poll.tracker(MemberId(1));
        poll.keep_only(|member| member == MemberId(1));
        assert_eq!((poll.tracker(MemberId(1)), poll.tracker(MemberId(2))), (kept, None));
        assert!(poll.running_sum(3).is_none());
        assert_eq!(sum(&vault, &poll, None, &ballots).unwrap(), first);

        // After a restart.
        let setup = vault.read_record(&opening.setup.hash).unwrap();
        let stored = ballots.iter().map(|(tracker, ballot)| (*tracker, &ballot[..]));
        let poll = Poll::restore(VOTE, 0, &setup, &registrations, stored, Vec::new()).unwrap();
        assert_eq!((poll.tracker(MemberId(1)), poll.credentials()), (kept, 3));
        assert_eq!(sum(&vault, &poll, None, &ballots).unwrap(), first);
        let read = read_sum(&vault.read_record(&first.archive.hash).unwrap()).unwrap();
        assert_eq!(read.tally, poll.sum().unwrap().tally);

        let sum = poll.sum().unwrap();
        let own = own_part(&vault, &poll, &sum).unwrap();
        let opened = partially_decrypt(&poll.setup, &share, &read.tally, &mut os_random()).unwrap();
        let theirs = Part {
            owner: opened.owner,
            partial: String::from_utf8(opened.partial.to_bytes()).unwrap(),
            second: serde_json::to_string(&opened.second).unwrap(),
        };
        check_part(&poll, &sum, &theirs).unwrap();
        assert!(check_part(&poll, &sum, &Part { owner: 1, ..theirs.clone() }).is_err());
        assert!(
            check_part(&poll, &sum, &Part { second: own.second.clone(), ..theirs.clone() })
                .is_err()
        );
        let parts = [theirs, own.clone()];
        let closed = &first.archive.hash;
        let count = |parts| count(&vault, &poll, closed, &Form::Motion, 1, parts);
        let counted = count(&parts).unwrap();
        let tally = Counts { in_favour: 2, against: 1, abstain: 0 };
        assert_eq!(counted.count, Count::Motion { tally });
        assert_eq!(count(&parts).unwrap().record, counted.record);
        assert!(count(&[own]).is_err(), "the server alone opens nothing");
    }
}
