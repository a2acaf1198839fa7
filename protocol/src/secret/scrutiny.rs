//! What a scrutineer's terminal checks: that each credential of a vote belongs to
//! one member, that a record holds and is this vote's, before it helps to open a
//! sum. `docs/ballots.md` §6 and §10. Whether a sum is too close to another is
//! asked of [`crate::ballot::disclosure`].

use super::asks;
use crate::ballot::disclosure::SumOf;
use crate::ballot::election::verify_hinted;
use crate::ballot::follow::Followed;
use crate::ballot::records::{Canonical as _, EncryptedTally};
use crate::ballot::scalar::RecordHash;
use crate::ballot::setup::Setup;
use crate::ballot::trustees::{Pedersen, Trustee, Trustees};
use crate::identity::{Registration, verify};
use crate::ids::{Key, MeetingId, MemberId, SeatId, Signature};
use crate::topic::Objection;
use crate::vote::Form;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A registration of credentials as the scrutineers' terminals get it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registered {
    pub registration: Registration,
    pub terminal: Key,
    pub signature: Signature,
}

/// What a scrutineer's terminal knows by itself of a vote.
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

/// A sum that may be opened as far as the record is concerned.
#[derive(Clone, Debug)]
pub struct Openable {
    pub setup: Setup,
    pub tally: EncryptedTally,
    pub hash: RecordHash,
    pub ballots: u32,
    /// Hashes of the archive's events, the Setup first.
    pub events: Vec<RecordHash>,
}

impl Openable {
    /// As the rule of disclosure wants it.
    pub fn sum(&self) -> SumOf<'_> {
        SumOf { ballots: self.ballots, tally: self.hash, events: &self.events }
    }
}

/// Checks the setup of a vote that has opened, and that each credential in its
/// list belongs to one member, one each.
pub fn check_list(
    expected: &Expected<'_>,
    setup: &[u8],
    registrations: &[u8],
) -> Result<(), Objection> {
    let followed = Followed::begin(setup, 1)?;
    if followed.events().len() != 1 {
        return Err(Objection::Record { event: 1 });
    }
    is_the_votes(expected, followed.setup(), registrations)
}

/// Checks the archive of a vote that still runs and adds its ballots up. What was
/// `known` is not checked again; the archive must continue it.
pub fn check_live(
    expected: &Expected<'_>,
    known: Option<Followed>,
    archive: &[u8],
    registrations: &[u8],
    threads: usize,
) -> Result<(Followed, Openable), Objection> {
    let followed = match known {
        Some(known) => known.follow(archive, threads)?,
        None => {
            let followed = Followed::begin(archive, threads)?;
            is_the_votes(expected, followed.setup(), registrations)?;
            followed
        }
    };
    let (tally, sized) = followed.tally().records();
    let openable = Openable {
        setup: followed.setup().clone(),
        hash: sized.encrypted_tally,
        ballots: sized.num_tallied,
        tally,
        events: followed.events().to_vec(),
    };
    Ok((followed, openable))
}

/// Checks the whole record up to the encrypted sum, and that each credential in
/// its list belongs to one member, one each. Hints of its ballots only save time.
pub fn check_sum(
    expected: &Expected<'_>,
    archive: &[u8],
    registrations: &[u8],
    hints: Option<&[u8]>,
    threads: usize,
) -> Result<Openable, Objection> {
    let report = verify_hinted(archive, None, hints, threads)?;
    let Some((tally, sized)) = report.tally else { return Err(Objection::NoSum) };
    if report.ballots.iter().any(|ballot| !ballot.counts) {
        return Err(Objection::ReplacedBallot);
    }
    is_the_votes(expected, &report.setup, registrations)?;
    Ok(Openable {
        hash: RecordHash::of(&tally.to_bytes()),
        setup: report.setup,
        tally,
        ballots: sized.num_tallied,
        events: report.events,
    })
}

/// Does the setup ask what the meeting asks, with these trustees, of these members?
fn is_the_votes(
    expected: &Expected<'_>,
    setup: &Setup,
    registrations: &[u8],
) -> Result<(), Objection> {
    let Expected { meeting, slot, title, form, item, .. } = expected;
    if !asks(setup, meeting, *slot, title, form) {
        return Err(Objection::OtherQuestion);
    }
    let trustees = setup.records().get(1).and_then(|r| Trustees::from_bytes(r).ok());
    match trustees.as_ref().map(|t| &t.0[..]) {
        Some([Trustee::Single(_), Trustee::Pedersen(theirs)]) if theirs == *item => {}
        Some(_) | None => return Err(Objection::OtherTrustees),
    }
    check_credentials(expected, setup, registrations)
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
        let member = *member;
        let bad = || Objection::Registration { member };
        let known = *meeting == expected.meeting && expected.people.get(&member) == Some(seat);
        if !known || verify(terminal, registration, signature).is_err() {
            return Err(bad());
        }
        let place = expected.slot.checked_sub(*first).and_then(|p| usize::try_from(p).ok());
        let key = place.and_then(|place| theirs.get(place)).ok_or_else(bad)?;
        if !members.insert(member) || !keys.insert(key.0) {
            return Err(Objection::TwoCredentials { member });
        }
    }
    for (place, line) in (1..).zip(setup.credentials()) {
        if line.weight.is_some() || !keys.contains(line.credential.as_bytes()) {
            return Err(Objection::Stranger { place });
        }
    }
    Ok(())
}
