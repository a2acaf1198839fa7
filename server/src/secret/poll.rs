//! The secret vote that takes ballots, or took them last: what a ballot has to
//! fit, whose a credential is, who has cast which. It is kept in memory only
//! and made again from the vote's public setup, the registrations and the
//! stored ballots.

use super::SecretError;
use super::registrations::Registrations;
use hemicycle_protocol::ballot::archive::{Archive, read};
use hemicycle_protocol::ballot::records::{Ballot, Canonical as _, EncryptedTally, SizedTally};
use hemicycle_protocol::ballot::setup::Setup;
use hemicycle_protocol::ballot::tally::Tally;
use hemicycle_protocol::ballot::verify::CheckedBallot;
use hemicycle_protocol::ids::{Hash, Hex, MemberId, VoteId};
use hemicycle_protocol::secret::Registered;
use std::collections::HashMap;
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
}

struct Cast {
    trackers: HashMap<MemberId, Hash>,
    /// Of all ballots; none where some were not added: then it is made from the
    /// stored ballots when the vote closes.
    tally: Option<Tally>,
}

/// The encrypted sum.
#[derive(Debug)]
pub struct Sum {
    pub tally: EncryptedTally,
    pub sized: SizedTally,
}

impl Poll {
    /// A vote that opens.
    pub fn new(vote: VoteId, setup: Setup, timestamp: u64, mut voters: Vec<Voter>) -> Self {
        voters.sort_by_key(|voter| voter.registered.registration.member);
        let owner = |voter: &Voter| (voter.credential, voter.registered.registration.member);
        let owners = voters.iter().map(owner).collect();
        let cast = Cast { trackers: HashMap::new(), tally: Some(Tally::new(&setup)) };
        let (cast, sum) = (RwLock::new(cast), Mutex::new(None));
        Self { vote, setup, timestamp, voters, owners, cast, sum }
    }

    /// A vote that was opened before the server was started again. `setup` is
    /// the archive up to its first event, `ballots` what is stored.
    pub fn restore<'a>(
        vote: VoteId,
        slot: u32,
        setup: &[u8],
        registrations: &Registrations,
        ballots: impl ExactSizeIterator<Item = (Hash, &'a [u8])>,
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
            for (tracker, ballot) in ballots {
                let credential = Ballot::from_bytes(ballot)?.credential;
                if let Some(member) = poll.owners.get(&Hex(*credential.as_bytes())) {
                    cast.trackers.insert(*member, tracker);
                }
            }
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

    /// A member has cast. A ballot that was not checked here is not added to
    /// the running sum.
    pub fn store(&self, member: MemberId, tracker: Hash, checked: Option<&CheckedBallot>) {
        let mut cast = self.cast.write().unwrap_or_else(PoisonError::into_inner);
        cast.trackers.insert(member, tracker);
        let added = match (&mut cast.tally, checked) {
            (Some(tally), Some(checked)) => tally.add(checked).is_ok(),
            (Some(_) | None, _) => false,
        };
        if !added {
            cast.tally = None;
        }
    }

    /// What was not stored after all is forgotten.
    pub fn keep_only(&self, has_cast: impl Fn(MemberId) -> bool) {
        let mut cast = self.cast.write().unwrap_or_else(PoisonError::into_inner);
        cast.trackers.retain(|member, _| has_cast(*member));
        cast.tally = None;
    }

    /// The running sum, if it holds this many ballots.
    pub fn running_sum(&self, ballots: usize) -> Option<Sum> {
        let cast = self.cast.read().unwrap_or_else(PoisonError::into_inner);
        let tally = cast.tally.as_ref()?;
        if usize::try_from(tally.ballots()) != Ok(ballots) {
            return None;
        }
        let (tally, sized) = tally.records();
        Some(Sum { tally, sized })
    }

    /// The encrypted sum, once it is stored.
    pub fn sum(&self) -> Option<Arc<Sum>> {
        self.sum_place().clone()
    }

    /// Remembers the encrypted sum.
    pub fn set_sum(&self, sum: Sum) {
        *self.sum_place() = Some(Arc::new(sum));
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

/// The poll that everybody works with: the room sets it, intake and publisher
/// look.
#[derive(Debug, Default)]
pub struct Polls(RwLock<Option<Arc<Poll>>>);

impl Polls {
    /// The poll of a vote.
    pub fn of(&self, vote: VoteId) -> Option<Arc<Poll>> {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .as_ref()
            .filter(|poll| poll.vote == vote)
            .cloned()
    }

    /// The ballot that a member has cast in a vote.
    pub fn tracker(&self, vote: VoteId, member: MemberId) -> Option<Hash> {
        self.of(vote)?.tracker(member)
    }

    /// Another vote takes ballots, or none.
    pub fn set(&self, poll: Option<Arc<Poll>>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = poll;
    }

    /// The one that there is.
    pub fn current(&self) -> Option<Arc<Poll>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
