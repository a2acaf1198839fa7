//! Secret votes as far as the shell has to do with them: credentials of the
//! members, the server's own key of each vote, proofs, encrypted ballots, and
//! the opening of a closed vote's sum. What the meeting knows of them is in
//! `hemicycle_meeting`, the cryptography in `hemicycle_protocol::ballot`.
//!
//! All work is derived from the log, the stored ballots and the files, in
//! steps that may be done again: a server that is killed anywhere goes on
//! where it was ([`work`]). Nothing here ever writes a key, a credential or a
//! ballot to the program's log.

pub mod ballots;
pub mod files;
mod keygen;
mod live;
mod opening;
mod poll;
mod registrations;
mod work;

pub use files::Vault;
pub use opening::Prepared;
pub use poll::{Poll, Polls};
pub use registrations::{Registrations, append as append_registrations};
pub use work::{Errand, Parts, Secret, Told};

use crate::folder::FolderError;
use crate::store::{SealedBallot, Store, StoreError};
use getrandom::SysRng;
use hemicycle_meeting::{State, view};
use hemicycle_protocol::ballot::archive::{AppendError, ArchiveError};
use hemicycle_protocol::ballot::decrypt::DecryptError;
use hemicycle_protocol::ballot::group::Encoded;
use hemicycle_protocol::ballot::records::RecordError;
use hemicycle_protocol::ballot::setup::SetupError;
use hemicycle_protocol::ballot::tally::TallyError;
use hemicycle_protocol::ballot::verify::BallotError;
use hemicycle_protocol::identity::Receipt;
use hemicycle_protocol::ids::{Hash, Hex, MemberId, VoteId};
use rand_core::UnwrapErr;
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::Arc;
use thiserror::Error;

/// Why something cannot be done for a secret vote. Never speaks of a choice.
#[derive(Debug, Error)]
pub enum SecretError {
    #[error(transparent)]
    Folder(#[from] FolderError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Setup(#[from] SetupError),
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    #[error(transparent)]
    Append(#[from] AppendError),
    #[error(transparent)]
    Record(#[from] RecordError),
    #[error(transparent)]
    Ballot(#[from] BallotError),
    #[error(transparent)]
    Tally(#[from] TallyError),
    #[error(transparent)]
    Decrypt(#[from] DecryptError),
    #[error("there is no proper {0}")]
    Incomplete(&'static str),
    #[error("registrations: {0}")]
    Registrations(std::io::Error),
    #[error("the work was broken off")]
    BrokenOff,
}

/// The server's word for a ballot, to be signed. Which ballot of a secret vote
/// is whose the log does not say; none where nobody knows it any more, because
/// the registrations are destroyed.
pub fn receipt(state: &State, polls: &Polls, vote: VoteId, member: MemberId) -> Option<Receipt> {
    let mut receipt = state.receipt(vote, member)?;
    if state.vote(vote)?.sealed.is_some() {
        receipt.ballot = polls.tracker(vote, member)?;
    }
    Some(receipt)
}

/// The polls of the secret votes so far, as a server finds them that is started
/// again: the one that was opened last whole, of those before it who has cast what.
pub fn restore(
    vault: &Vault,
    registrations: &Registrations,
    state: &State,
    store: &mut dyn Store,
) -> Result<Polls, SecretError> {
    let polls = Polls::default();
    let mut sealed: Vec<_> =
        state.votes().filter_map(|v| v.sealed.as_ref().map(|sealed| (v, sealed))).collect();
    sealed.sort_by_key(|(_, sealed)| sealed.opening.slot);
    let Some((vote, last)) = sealed.pop() else { return Ok(polls) };
    for (vote, sealed) in sealed.into_iter().filter(|_| registrations.exist()) {
        let mut trackers = HashMap::new();
        for SealedBallot { tracker, ballot, .. } in store.ballots(vote.id)? {
            let credential = credential_of(&ballot)?;
            if let Some(owner) = registrations.owner(sealed.opening.slot, &credential) {
                trackers.insert(owner.registration.member, tracker);
            }
        }
        polls.remember(vote.id, trackers);
    }
    let setup = vault.read_record(&last.opening.setup.hash)?;
    let stored = store.ballots(vote.id)?;
    let ballots = stored.iter().map(|ballot| (ballot.tracker, &ballot.ballot[..]));
    let running = !view::secret::is_over(state, vote.id);
    let order = match last.live_sums.last().filter(|_| running) {
        Some(step) => live::order(&vault.read_record(&step.archive.hash)?)?,
        None => Vec::new(),
    };
    let slot = last.opening.slot;
    let poll = Poll::restore(vote.id, slot, &setup, registrations, ballots, order)?;
    if let (Some(summed), true) = (last.summed, vote.is_being_opened()) {
        poll.set_sum(opening::read_sum(&vault.read_record(&summed.hash)?)?);
    }
    polls.set(Some(Arc::new(poll)));
    Ok(polls)
}

/// The credential that a stored ballot was cast with. Its proofs were checked when it came.
fn credential_of(ballot: &[u8]) -> Result<Hash, SecretError> {
    #[derive(Deserialize)]
    struct Signed {
        credential: Encoded,
    }
    let Signed { credential } =
        serde_json::from_slice(ballot).map_err(|_| SecretError::Incomplete("ballot"))?;
    Ok(Hex(*credential.as_bytes()))
}

/// The system's random numbers. A system without any ends the work at hand.
pub fn os_random() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}
