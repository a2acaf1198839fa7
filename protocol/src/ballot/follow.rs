//! An archive that grows, and somebody who follows it: what was checked once is not checked again.
//!
//! What lives here: [`Followed`], a checked beginning of an archive with nothing but its setup and ballots. The chain of
//! hashes tells whether a longer archive continues it; then only the ballots that were added are looked at. A finished
//! archive is checked by [`super::election`].

use super::archive::{EventType, read};
use super::election::{ElectionError, EventFault, at, check_ballots, missing, read_setup};
use super::scalar::RecordHash;
use super::setup::Setup;
use super::tally::Tally;

/// Why an archive is not followed any further.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FollowError {
    /// Something in it is wrong.
    #[error(transparent)]
    Record(#[from] ElectionError),
    /// It is not a continuation of what was checked.
    #[error("event {event} is not the one that was there before")]
    NotContinued {
        /// The first event that differs or is missing.
        event: usize,
    },
    /// It has an event that is no ballot.
    #[error("event {event} does not belong to an archive that still takes ballots")]
    NotOpen {
        /// Number of the event.
        event: usize,
    },
}

/// A checked setup and the ballots so far, each of another credential.
#[derive(Clone, Debug)]
pub struct Followed {
    setup: Setup,
    timestamp: u64,
    events: Vec<RecordHash>,
    tally: Tally,
}

impl Followed {
    /// Checks an archive from its beginning. Ballots are checked on `threads` threads.
    ///
    /// # Errors
    /// [`FollowError`]: the first event that is wrong.
    pub fn begin(archive: &[u8], threads: usize) -> Result<Self, FollowError> {
        let contents = read(archive).map_err(ElectionError::from)?;
        let first = contents.events.first().ok_or(missing(0, EventType::Setup))?;
        let setup = read_setup(first)?;
        let tally = Tally::new(&setup);
        let (timestamp, events) = (contents.timestamp, vec![first.hash]);
        Self { setup, timestamp, events, tally }.follow(archive, threads)
    }

    /// Goes on with a longer archive, or the same one.
    ///
    /// # Errors
    /// [`FollowError`]: the first event that is wrong.
    pub fn follow(mut self, archive: &[u8], threads: usize) -> Result<Self, FollowError> {
        let contents = read(archive).map_err(ElectionError::from)?;
        let known = self.events.len();
        let same = self.events.iter().zip(&contents.events).take_while(|(a, b)| **a == b.hash);
        let event = same.count();
        if event < known || contents.timestamp != self.timestamp {
            return Err(FollowError::NotContinued { event });
        }
        let added = contents.events.get(known..).unwrap_or_default();
        if let Some(place) = added.iter().position(|event| event.kind != EventType::Ballot) {
            return Err(FollowError::NotOpen { event: known + place });
        }
        for (number, ballot) in check_ballots(&self.setup, known, added, None, threads.max(1))? {
            // A second ballot of a credential, the same one again included, is no continuation
            // of a vote in which everybody casts once.
            self.tally.add(&ballot).map_err(|error| match contents.events.get(number) {
                Some(event) => at(number, event, EventFault::Tally(error)),
                None => missing(number, EventType::Ballot),
            })?;
        }
        self.events.extend(added.iter().map(|event| event.hash));
        Ok(self)
    }

    /// The setup.
    #[must_use]
    pub const fn setup(&self) -> &Setup {
        &self.setup
    }

    /// Hashes of the events, the Setup first.
    #[must_use]
    pub fn events(&self) -> &[RecordHash] {
        &self.events
    }

    /// The sum of the ballots.
    #[must_use]
    pub const fn tally(&self) -> &Tally {
        &self.tally
    }
}
