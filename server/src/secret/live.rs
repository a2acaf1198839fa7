//! Sums of a secret vote that still runs: the beginning of its archive, longer
//! with each live sum. Which ballots are in it is fixed by the file that the log
//! names; their order in it is that of the sums, and within one sum that of the
//! trackers. So nothing that is written says more of the order of arrival than
//! the sums say that everybody sees.
//!
//! When a sum may be opened is the meeting's to decide; who does what when is in
//! [`super::work`].

use super::SecretError;
use super::files::Vault;
use super::opening::{add_up, enough};
use super::poll::{Poll, Sum};
use hemicycle_meeting::state::secret::Part;
use hemicycle_protocol::ballot::archive::{Archive, EventType, read};
use hemicycle_protocol::ballot::decrypt::combine;
use hemicycle_protocol::ballot::tally::Tally;
use hemicycle_protocol::ids::{Hash, Hex};
use hemicycle_protocol::secret;
use hemicycle_protocol::topic::Blob;
use hemicycle_protocol::vote::{Count, Form};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// The beginning of a vote's archive and its sum.
#[derive(Clone)]
pub struct Head {
    /// None: nothing but the setup.
    blob: Option<Blob>,
    archive: Archive,
    order: Vec<Hash>,
    tally: Tally,
    sum: Arc<Sum>,
}

impl Head {
    /// A vote without ballots.
    pub fn new(poll: &Poll) -> Result<Self, SecretError> {
        let tally = Tally::new(&poll.setup);
        let sum = Arc::new(Sum::of(&tally));
        Ok(Self { blob: None, archive: poll.archive()?, order: Vec::new(), tally, sum })
    }

    /// The beginning in this file: the one that is remembered, or read and checked
    /// again after a restart.
    pub fn of(vault: &Vault, poll: &Poll, blob: &Blob) -> Result<Arc<Self>, SecretError> {
        if let Some(known) = poll.live().filter(|known| known.blob == Some(*blob)) {
            return Ok(known);
        }
        let bytes = vault.read_record(&blob.hash)?;
        let mut ballots = Vec::new();
        for event in read(&bytes)?.events.iter().filter(|e| e.kind == EventType::Ballot) {
            let [ballot] = event.data[..] else { return Err(SecretError::Incomplete("ballot")) };
            ballots.push((Hex(Sha256::digest(ballot).into()), ballot.to_vec()));
        }
        let mut head = Self::new(poll)?;
        head.push(poll, &ballots)?;
        if head.archive.as_bytes() != bytes {
            return Err(SecretError::Incomplete("beginning of the record"));
        }
        head.blob = Some(*blob);
        let head = Arc::new(head);
        poll.set_live(Arc::clone(&head));
        Ok(head)
    }

    /// The archive so far.
    pub fn archive(&self) -> &Archive {
        &self.archive
    }

    /// The trackers of its ballots in order.
    pub fn order(&self) -> &[Hash] {
        &self.order
    }

    /// Their encrypted sum.
    pub fn sum(&self) -> Arc<Sum> {
        Arc::clone(&self.sum)
    }

    fn push(&mut self, poll: &Poll, ballots: &[(Hash, Vec<u8>)]) -> Result<(), SecretError> {
        add_up(&poll.setup, &mut self.tally, ballots)?;
        for (tracker, ballot) in ballots {
            self.archive.push_ballot(ballot)?;
            self.order.push(*tracker);
        }
        self.sum = Arc::new(Sum::of(&self.tally));
        Ok(())
    }
}

/// The trackers in such a file, in order.
pub fn order(archive: &[u8]) -> Result<Vec<Hash>, SecretError> {
    let events = read(archive)?.events;
    let ballots = events.iter().filter(|event| event.kind == EventType::Ballot);
    Ok(ballots.flat_map(|event| &event.data).map(|b| Hex(Sha256::digest(b).into())).collect())
}

/// Adds ballots to the beginning in `before` and stores the longer one.
pub fn sum(
    vault: &Vault,
    poll: &Poll,
    before: Option<&Blob>,
    mut added: Vec<(Hash, Vec<u8>)>,
) -> Result<Blob, SecretError> {
    let mut head = match before {
        Some(blob) => Head::clone(&*Head::of(vault, poll, blob)?),
        None => Head::new(poll)?,
    };
    added.sort_by_key(|(tracker, _)| *tracker);
    head.push(poll, &added)?;
    let blob = vault.put_record(head.archive.as_bytes())?;
    head.blob = Some(blob);
    poll.set_live(Arc::new(head));
    Ok(blob)
}

/// Opens the sum of the beginning in `blob` with as many of `parts` as are enough.
pub fn count(
    vault: &Vault,
    poll: &Poll,
    blob: &Blob,
    form: &Form,
    threshold: u32,
    parts: &[Part],
) -> Result<Count, SecretError> {
    let sum = Head::of(vault, poll, blob)?.sum();
    let used = enough(threshold, parts)?;
    let partials: Vec<_> = used.into_iter().map(|part| (part.owner, part.partial)).collect();
    let result = combine(&poll.setup, &sum.tally, sum.sized.total_weight, &partials)?;
    secret::count(form, &result).ok_or(SecretError::Incomplete("result"))
}

/// Nothing of ballots is in a log.
impl std::fmt::Debug for Head {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Head({} ballots)", self.order.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::opening::tests::{MEETING, VOTE, plan, scrutineer};
    use crate::secret::opening::{self, Prepared, prepare};
    use crate::secret::{Registrations, os_random};
    use hemicycle_protocol::ballot::credential::Credential;
    use hemicycle_protocol::ballot::disclosure::{Disclosures, SumOf};
    use hemicycle_protocol::ballot::election::verify_record;
    use hemicycle_protocol::ballot::encrypt::{encrypt, one_of};
    use hemicycle_protocol::ballot::follow::Followed;
    use hemicycle_protocol::ballot::keys::SecretKey;
    use hemicycle_protocol::ballot::verify::{CheckedBallot, verify};
    use hemicycle_protocol::ids::MemberId;
    use proptest::prelude::*;
    use std::collections::BTreeMap;
    use std::sync::OnceLock;

    const STEP: u32 = 5;
    const VOTERS: usize = 26;

    /// A vote and a ballot of each voter.
    struct World {
        _dir: tempfile::TempDir,
        vault: Vault,
        registrations: Registrations,
        setup: Vec<u8>,
        ballots: Vec<(MemberId, Hash, Vec<u8>, CheckedBallot)>,
    }

    fn world() -> &'static World {
        static WORLD: OnceLock<World> = OnceLock::new();
        WORLD.get_or_init(|| {
            let dir = tempfile::tempdir().unwrap();
            let vault = Vault::open(dir.path()).unwrap();
            let mut registrations = Registrations::open(vault.registrations()).unwrap();
            let uuid = secret::uuid(&MEETING, 0);
            let keys: Vec<SecretKey> =
                (0..VOTERS).map(|_| Credential::generate(&mut os_random()).key(&uuid)).collect();
            let plan = plan(scrutineer().1, &mut registrations, &keys);
            let Prepared { poll, opening, .. } = prepare(&vault, plan).unwrap();
            let ballots = (1..).zip(&keys).map(|(member, key)| {
                let sealed = encrypt(&poll.setup, key, &[one_of(3, 0)], &mut os_random()).unwrap();
                let checked = verify(&poll.setup, &sealed.ballot).unwrap();
                (MemberId(member), Hex(sealed.tracker.0), sealed.ballot, checked)
            });
            let ballots = ballots.collect();
            let setup = vault.read_record(&opening.setup.hash).unwrap();
            World { _dir: dir, vault, registrations, setup, ballots }
        })
    }

    impl World {
        /// The poll as a server finds it that is started again with these ballots.
        fn poll(&self, cast: &BTreeMap<Hash, Vec<u8>>, live: Option<&Blob>) -> Poll {
            let order = live.map_or(Vec::new(), |blob| {
                order(&self.vault.read_record(&blob.hash).unwrap()).unwrap()
            });
            let ballots: Vec<_> = cast.iter().map(|(t, ballot)| (*t, &ballot[..])).collect();
            let (vote, setup, lines) = (VOTE, &self.setup, &self.registrations);
            Poll::restore(vote, 0, setup, lines, ballots.into_iter(), order).unwrap()
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
        /// Members press in any order and in any numbers at once, sums are begun at any moment, the
        /// server is started again in between: a scrutineer's terminal that follows is never given
        /// a reason to refuse, no two sums differ by fewer than the step, and what is written of the
        /// order is that of the sums.
        #[test]
        fn no_two_sums_are_close_whoever_presses_when(
            order in Just((0..VOTERS).collect::<Vec<_>>()).prop_shuffle(),
            moves in prop::collection::vec((0_usize..9, any::<bool>(), prop::bool::weighted(0.2)), 1..14),
        ) {
            let world = world();
            let mut cast: BTreeMap<Hash, Vec<u8>> = BTreeMap::new();
            let mut poll = world.poll(&cast, None);
            let mut rule = Disclosures::new(STEP);
            let mut followed: Option<Followed> = None;
            let mut live: Option<Blob> = None;
            let mut sums = vec![0_u32];
            let mut waiting = order.into_iter();
            for (pressing, sum_now, restart) in moves {
                for voter in waiting.by_ref().take(pressing) {
                    let (member, tracker, ballot, checked) = &world.ballots[voter];
                    poll.store(*member, *tracker, checked, None);
                    cast.insert(*tracker, ballot.clone());
                }
                if restart {
                    poll = world.poll(&cast, live.as_ref());
                }
                let opened = *sums.last().unwrap();
                let Some((ballots, added)) = poll.next_live(STEP, opened).filter(|_| sum_now) else {
                    continue;
                };
                let added = added.into_iter().map(|t| (t, cast[&t].clone())).collect();
                let blob = sum(&world.vault, &poll, live.as_ref(), added).unwrap();
                let archive = world.vault.read_record(&blob.hash).unwrap();
                let next = match followed {
                    Some(known) => known.follow(&archive, 1).unwrap(),
                    None => Followed::begin(&archive, 1).unwrap(),
                };
                let (tally, sized) = next.tally().records();
                let own = Head::of(&world.vault, &poll, &blob).unwrap().sum();
                prop_assert_eq!((&own.tally, sized.num_tallied), (&tally, ballots));
                let asked = SumOf { ballots, tally: sized.encrypted_tally, events: next.events() };
                let received = u32::try_from(cast.len()).unwrap();
                prop_assert_eq!(rule.permit_prefix(asked, received), Ok(()));
                (followed, live) = (Some(next), Some(blob));
                sums.push(ballots);
            }
            let stored: Vec<_> = cast.clone().into_iter().collect();
            let closed = opening::sum(&world.vault, &poll, live.as_ref(), &stored).unwrap().archive;
            let archive = world.vault.read_record(&closed.hash).unwrap();
            let report = verify_record(&archive, None, 1).unwrap();
            let (_, sized) = report.tally.as_ref().unwrap();
            let (ballots, tally) = (sized.num_tallied, sized.encrypted_tally);
            let end = SumOf { ballots, tally, events: &report.events };
            prop_assert_eq!(rule.permit_final(end), Ok(()));
            if sums.len() > 1 {
                sums.push(ballots);
            }
            prop_assert!(sums.windows(2).all(|pair| pair[0] + STEP <= pair[1]), "{:?}", sums);
            let trackers: Vec<_> = report.ballots.iter().map(|ballot| ballot.tracker).collect();
            let mut lots = sums.windows(2).map(|p| &trackers[p[0] as usize..p[1] as usize]);
            prop_assert!(lots.all(|lot| lot.is_sorted()));
        }
    }
}
