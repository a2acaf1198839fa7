//! Adding up encrypted ballots.
//!
//! What lives here: [`Tally`], which grows ballot by ballot. Opening the sum is in [`super::decrypt`].

use std::collections::BTreeSet;

use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::Scalar as Inner;
use curve25519_dalek::traits::Identity as _;

use super::group::Point;
use super::records::{Canonical as _, Ciphertext, EncryptedTally, SizedTally};
use super::scalar::RecordHash;
use super::setup::Setup;
use super::verify::CheckedBallot;

/// Why a ballot is not added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TallyError {
    /// The ballot was checked against another setup.
    #[error("ballot of another election")]
    WrongElection,
    /// A ballot of this credential is already in the sum.
    #[error("a ballot of this credential is already counted")]
    AlreadyCounted,
}

/// The sum so far: for each question and answer Σ weight·(alpha, beta). FORMAT §3.6.
#[derive(Clone)]
pub struct Tally {
    election: RecordHash,
    sums: Vec<Vec<(EdwardsPoint, EdwardsPoint)>>,
    counted: BTreeSet<usize>,
    weight: u32,
}

impl Tally {
    /// An empty sum.
    #[must_use]
    pub fn new(setup: &Setup) -> Self {
        let zero = (EdwardsPoint::identity(), EdwardsPoint::identity());
        let questions = &setup.election().questions;
        Self {
            election: *setup.fingerprint(),
            sums: questions.iter().map(|question| vec![zero; question.answers.len()]).collect(),
            counted: BTreeSet::new(),
            weight: 0,
        }
    }

    /// Adds a ballot.
    ///
    /// # Errors
    /// [`TallyError`]; the sum is then unchanged.
    pub fn add(&mut self, ballot: &CheckedBallot) -> Result<(), TallyError> {
        if ballot.election != self.election {
            return Err(TallyError::WrongElection);
        }
        if self.counted.contains(&ballot.place) {
            return Err(TallyError::AlreadyCounted);
        }
        let factor = Inner::from(ballot.weight);
        let weighted = |point: &Point| {
            if ballot.weight == 1 { point.point } else { point.point * factor }
        };
        for (sums, choices) in self.sums.iter_mut().zip(&ballot.choices) {
            for (sum, choice) in sums.iter_mut().zip(choices) {
                sum.0 += weighted(&choice.alpha);
                sum.1 += weighted(&choice.beta);
            }
        }
        self.weight += ballot.weight;
        self.counted.insert(ballot.place);
        Ok(())
    }

    /// Number of counted ballots.
    #[must_use]
    pub fn ballots(&self) -> u32 {
        u32::try_from(self.counted.len()).unwrap_or(u32::MAX)
    }

    /// Sum of their weights.
    #[must_use]
    pub const fn total_weight(&self) -> u32 {
        self.weight
    }

    /// The two records of the sum.
    #[must_use]
    pub fn records(&self) -> (EncryptedTally, SizedTally) {
        let points: Vec<EdwardsPoint> =
            self.sums.iter().flatten().flat_map(|(alpha, beta)| [*alpha, *beta]).collect();
        let encoded = Point::from_inner_many(&points);
        let mut pairs =
            encoded.chunks_exact(2).map(|pair| Ciphertext { alpha: pair[0], beta: pair[1] });
        let tally = EncryptedTally(
            self.sums.iter().map(|answers| pairs.by_ref().take(answers.len()).collect()).collect(),
        );
        let sized = SizedTally {
            num_tallied: self.ballots(),
            total_weight: self.weight,
            encrypted_tally: RecordHash::of(&tally.to_bytes()),
        };
        (tally, sized)
    }
}

impl core::fmt::Debug for Tally {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Tally")
            .field("election", &self.election)
            .field("ballots", &self.counted.len())
            .field("weight", &self.weight)
            .finish_non_exhaustive()
    }
}
