//! The secret vote that takes ballots, or took them last: what a ballot has to
//! fit, whose a credential is, who has cast which. It is kept in memory only
//! and made again from the vote's public setup, the registrations and the
//! stored ballots.

use super::SecretError;
use super::live::Head;
use super::registrations::Registrations;
use hemicycle_protocol::ballot::archive::{Archive, read};
use hemicycle_protocol::ballot::disclosure::next_prefix;
use hemicycle_protocol::ballot::hints::Hints;
use hemicycle_protocol::ballot::records::{Ballot, Canonical as _, EncryptedTally, SizedTally};
use hemicycle_protocol::ballot::setup::Setup;
use hemicycle_protocol::ballot::tally::Tally;
use hemicycle_protocol::ballot::verify::CheckedBallot;
use hemicycle_protocol::ids::{Hash, Hex, MemberId, VoteId};
use hemicycle_protocol::secret::Registered;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

/// A member's credential in a vote, and how it was registered.
#[derive(Clone, Debug)]
pub struct Voter {
    pub credential: Hash,
    pub registered: Arc<Registered>,
}

/// See the module.
pub struct Poll {
    pub vote: VoteId,
    pub setup: Setup,
    /// Of the archive, in Unix seconds.
    pub timestamp: u64,
    /// Sorted by member.
    voters: Vec<Voter>,
    owners: HashMap<Hash, MemberId>,
    cast: RwLock<Cast>,
    /// Once it is closed and the encrypted sum is stored.
    sum: Mutex<Option<Arc<Sum>>>,
    /// The beginning that was summed last while it runs.
    live: Mutex<Option<Arc<Head>>>,
}

struct Cast {
    trackers: HashMap<MemberId, Hash>,
    /// In the order in which they came. Nobody else knows it: the record keeps no
    /// finer order than that of the live sums.
    arrivals: Vec<Hash>,
    /// Of the first so many an earlier run of the server knew the order, this one does not.
    settled: usize,
    /// Of all ballots; none where some were not added: then it is made from the
    /// stored ballots when the vote closes.
    tally: Option<Tally>,
    /// By the ballots' trackers, as they came.
    hints: HashMap<Hash, Hints>,
}

/// The encrypted sum.
#[derive(Debug)]
pub struct Sum {
    pub tally: EncryptedTally,
    pub sized: SizedTally,
}

impl Sum {
    /// Of the ballots that were added.
    pub fn of(tally: &Tally) -> Self {
        let (tally, sized) = tally.records();
        Self { tally, sized }
    }
}

impl Poll {
    /// A vote that opens.
    pub fn new(vote: VoteId, setup: Setup, timestamp: u64, mut voters: Vec<Voter>) -> Self {
        voters.sort_by_key(|voter| voter.registered.registration.member);
        let owner = |voter: &Voter| (voter.credential, voter.registered.registration.member);
        let owners = voters.iter().map(owner).collect();
        let cast = Cast {
            trackers: HashMap::new(),
            arrivals: Vec::new(),
            settled: 0,
            tally: Some(Tally::new(&setup)),
            hints: HashMap::new(),
        };
        let (cast, sum, live) = (RwLock::new(cast), Mutex::new(None), Mutex::new(None));
        Self { vote, setup, timestamp, voters, owners, cast, sum, live }
    }

    /// A vote that was opened before the server was started again. `setup` is
    /// the archive up to its first event, `ballots` what is stored, `live` the
    /// ballots of the live sum that was begun last, in its order.
    pub fn restore<'a>(
        vote: VoteId,
        slot: u32,
        setup: &[u8],
        registrations: &Registrations,
        ballots: impl ExactSizeIterator<Item = (Hash, &'a [u8])>,
        live: Vec<Hash>,
    ) -> Result<Self, SecretError> {
        let (setup, timestamp) = read_setup(setup)?;
        let keys = setup.credentials().iter().map(|line| Hex(*line.credential.as_bytes()));
        let voter = |credential: Hash| {
            let registered = registrations.owner(slot, &credential)?;
            Some(Voter { credential, registered })
        };
        let voters = keys.filter_map(voter).collect();
        let poll = Self::new(vote, setup, timestamp, voters);
        if ballots.len() > 0 {
            let mut cast = poll.cast.write().unwrap_or_else(PoisonError::into_inner);
            cast.tally = None;
            let summed: HashSet<Hash> = live.iter().copied().collect();
            cast.arrivals = live;
            for (tracker, ballot) in ballots {
                if !summed.contains(&tracker) {
                    cast.arrivals.push(tracker);
                }
                let credential = Ballot::from_bytes(ballot)?.credential;
                if let Some(member) = poll.owners.get(&Hex(*credential.as_bytes())) {
                    cast.trackers.insert(*member, tracker);
                }
            }
            cast.settled = cast.arrivals.len();
        }
        Ok(poll)
    }

    /// Members with a credential in the list.
    pub fn credentials(&self) -> u32 {
        u32::try_from(self.voters.len()).unwrap_or(u32::MAX)
    }

    /// Whose a credential is.
    pub fn owner(&self, credential: &[u8; 32]) -> Option<MemberId> {
        self.owners.get(&Hex(*credential)).copied()
    }

    /// How each credential of the list was registered.
    pub fn registered(&self) -> Vec<&Registered> {
        self.voters.iter().map(|voter| &*voter.registered).collect()
    }

    /// The ballot that a member has cast.
    pub fn tracker(&self, member: MemberId) -> Option<Hash> {
        self.cast.read().unwrap_or_else(PoisonError::into_inner).trackers.get(&member).copied()
    }

    /// A member has cast.
    pub fn store(
        &self,
        member: MemberId,
        tracker: Hash,
        checked: &CheckedBallot,
        hints: Option<Hints>,
    ) {
        let mut cast = self.cast.write().unwrap_or_else(PoisonError::into_inner);
        if cast.trackers.insert(member, tracker).is_none() {
            cast.arrivals.push(tracker);
        }
        if let Some(hints) = hints {
            cast.hints.insert(tracker, hints);
        }
        if cast.tally.as_mut().is_some_and(|tally| tally.add(checked).is_err()) {
            cast.tally = None;
        }
    }

    /// What was not stored after all is forgotten.
    pub fn keep_only(&self, has_cast: impl Fn(MemberId) -> bool) {
        let mut cast = self.cast.write().unwrap_or_else(PoisonError::into_inner);
        cast.trackers.retain(|member, _| has_cast(*member));
        let kept: HashSet<Hash> = cast.trackers.values().copied().collect();
        cast.arrivals.retain(|tracker| kept.contains(tracker));
        cast.settled = cast.settled.min(cast.arrivals.len());
        cast.tally = None;
    }

    /// The next live sum, `opened` being the ballots of the one before: how many are in it, and
    /// which are new.
    pub fn next_live(&self, step: u32, opened: u32) -> Option<(u32, Vec<Hash>)> {
        let cast = self.cast.read().unwrap_or_else(PoisonError::into_inner);
        let received = u32::try_from(cast.arrivals.len()).ok()?;
        let ballots = next_prefix(step, opened, received)?;
        let (from, to) = (usize::try_from(opened).ok()?, usize::try_from(ballots).ok()?);
        // What came before a restart is one lot.
        let whole = from >= cast.settled || to >= cast.settled;
        let added = cast.arrivals.get(from..to).filter(|_| whole)?;
        Some((ballots, added.to_vec()))
    }

    /// The hints of these ballots, in this order, where they are known.
    pub fn hints(&self, trackers: &[Hash]) -> Vec<Option<Hints>> {
        let cast = self.cast.read().unwrap_or_else(PoisonError::into_inner);
        trackers.iter().map(|tracker| cast.hints.get(tracker).cloned()).collect()
    }

    /// What every member has cast.
    pub fn trackers(&self) -> HashMap<MemberId, Hash> {
        self.cast.read().unwrap_or_else(PoisonError::into_inner).trackers.clone()
    }

    /// The running sum, if it holds this many ballots.
    pub fn running_sum(&self, ballots: usize) -> Option<Sum> {
        let cast = self.cast.read().unwrap_or_else(PoisonError::into_inner);
        let tally = cast.tally.as_ref()?;
        if usize::try_from(tally.ballots()) != Ok(ballots) {
            return None;
        }
        Some(Sum::of(tally))
    }

    /// The encrypted sum, once it is stored.
    pub fn sum(&self) -> Option<Arc<Sum>> {
        self.sum_place().clone()
    }

    /// Remembers the encrypted sum.
    pub fn set_sum(&self, sum: Sum) {
        *self.sum_place() = Some(Arc::new(sum));
    }

    /// The beginning that was summed last while it runs.
    pub fn live(&self) -> Option<Arc<Head>> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Remembers it.
    pub fn set_live(&self, head: Arc<Head>) {
        *self.live.lock().unwrap_or_else(PoisonError::into_inner) = Some(head);
    }

    /// The beginning of its archive.
    pub fn archive(&self) -> Result<Archive, SecretError> {
        Ok(Archive::new(&self.setup, self.timestamp)?)
    }

    fn sum_place(&self) -> MutexGuard<'_, Option<Arc<Sum>>> {
        self.sum.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Nothing of who cast what is in a log.
impl std::fmt::Debug for Poll {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Poll(vote {})", self.vote)
    }
}

/// Reads the setup and the timestamp of an archive.
pub fn read_setup(archive: &[u8]) -> Result<(Setup, u64), SecretError> {
    let contents = read(archive)?;
    let first = contents.events.first().map(|event| &event.data[..]);
    let Some([election, trustees, credentials, data]) = first else {
        return Err(SecretError::Incomplete("setup"));
    };
    let setup = Setup::from_archive(election, trustees, credentials, data)?;
    Ok((setup, contents.timestamp))
}

/// The poll that everybody works with, and who has cast what in those before it:
/// the room sets them, intake and publisher look. In memory only, as long as
/// registrations are there to make it from.
#[derive(Default)]
pub struct Polls {
    current: RwLock<Option<Arc<Poll>>>,
    past: RwLock<HashMap<VoteId, HashMap<MemberId, Hash>>>,
}

impl Polls {
    /// The poll of a vote, if it is the one that takes ballots or took them last.
    pub fn of(&self, vote: VoteId) -> Option<Arc<Poll>> {
        self.current
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .as_ref()
            .filter(|poll| poll.vote == vote)
            .cloned()
    }

    /// The ballot that a member has cast in a vote.
    pub fn tracker(&self, vote: VoteId, member: MemberId) -> Option<Hash> {
        if let Some(poll) = self.of(vote) {
            return poll.tracker(member);
        }
        let past = self.past.read().unwrap_or_else(PoisonError::into_inner);
        past.get(&vote)?.get(&member).copied()
    }

    /// Another vote takes ballots, or none.
    pub fn set(&self, poll: Option<Arc<Poll>>) {
        let next = poll.as_ref().map(|poll| poll.vote);
        let before = std::mem::replace(
            &mut *self.current.write().unwrap_or_else(PoisonError::into_inner),
            poll,
        );
        if let Some(before) = before.filter(|before| Some(before.vote) != next) {
            self.remember(before.vote, before.trackers());
        }
    }

    /// Who has cast what in a vote that is over.
    pub fn remember(&self, vote: VoteId, trackers: HashMap<MemberId, Hash>) {
        let mut past = self.past.write().unwrap_or_else(PoisonError::into_inner);
        past.insert(vote, trackers);
    }

    /// The registrations are destroyed, and so is what was made from them.
    pub fn forget(&self) {
        self.past.write().unwrap_or_else(PoisonError::into_inner).clear();
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// The one that takes ballots or took them last.
    pub fn current(&self) -> Option<Arc<Poll>> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Nothing of who cast what is in a log.
impl std::fmt::Debug for Polls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Polls({:?})", self.current())
    }
}
