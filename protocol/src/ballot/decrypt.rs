//! Opening the sum: each trustee's part with two proofs, and putting the parts together.
//!
//! What lives here: partial decryption, its checks, interpolation, and the search for the counts. Whether a sum may be
//! opened at all (vote closed, every ballot checked, no other sum too close) is the caller's decision, taken before.
//!
//! A part is F = x·alpha. The record's proof (FORMAT §3.6) hashes φ, X and the commitments. The second proof (FORMAT
//! §4 item 3), kept beside the record, hashes the whole statement:
//! c = H(`hemicycle-decrypt-1|`φ`|`T`|`owner`|`question`|`answer`|`X`|`alpha`|`F`|`A`,`B) with T the hash of the encrypted
//! tally in hex, numbers in decimal from 1, A = w·G, B = w·alpha, s = w − x·c.

use std::collections::{BTreeMap, BTreeSet};

use curve25519_dalek::constants::ED25519_BASEPOINT_POINT;
use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::Scalar as Inner;
use curve25519_dalek::traits::{Identity as _, VartimeMultiscalarMul as _};
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};

use super::group::Point;
use super::keys::{SecretKey, respond};
use super::records::{
    Base64Hash, Canonical, ElectionResult, EncryptedTally, PartialDecryption, Proof, RecordFault,
};
use super::scalar::{Challenge, RecordHash, Scalar, SecretScalar};
use super::setup::Setup;

/// Why a sum is not opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecryptError {
    /// The key is none of this vote's trustee keys.
    #[error("this key is none of the vote's trustee keys")]
    NotATrustee,
    /// No trustee has this number.
    #[error("there is no trustee {owner}")]
    UnknownOwner {
        /// The number.
        owner: u32,
    },
    /// The tally has not one ciphertext for each question and answer.
    #[error("the encrypted tally does not fit the questions")]
    TallyShape,
    /// The part has not one factor and proof for each ciphertext.
    #[error("trustee {owner}: the partial decryption does not fit the tally")]
    Shape {
        /// Number of the trustee.
        owner: u32,
    },
    /// The record's proof of a factor does not hold.
    #[error("trustee {owner}: the proof of a decryption factor does not hold")]
    Proof {
        /// Number of the trustee.
        owner: u32,
    },
    /// The second, full-statement proof of a factor does not hold or is missing.
    #[error("trustee {owner}: the full-statement proof of a decryption factor does not hold")]
    SecondProof {
        /// Number of the trustee.
        owner: u32,
    },
    /// The second proofs are for another vote or another tally.
    #[error("the full-statement proofs are for another tally")]
    OtherTally,
    /// A trustee appears twice.
    #[error("trustee {owner} appears twice")]
    RepeatedOwner {
        /// Number of the trustee.
        owner: u32,
    },
    /// Not enough parts: some of these trustees are still needed.
    #[error("{needed} more of the trustees {missing:?} needed")]
    Missing {
        /// How many more.
        needed: u32,
        /// Those who have not yet given a part.
        missing: Vec<u32>,
    },
    /// A decrypted count is not between 0 and the total weight.
    #[error("the decrypted sum of question {question} is not a possible count")]
    NotACount {
        /// Number of the question, from 1.
        question: usize,
    },
}

/// A trustee's part with both its proofs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// Number of the trustee.
    pub owner: u32,
    /// The record.
    pub partial: PartialDecryption,
    /// The second proofs, question by answer.
    pub second: Vec<Vec<Proof>>,
}

/// The file of second proofs that stands beside the record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecondProofs {
    /// Version of this file, 1.
    pub version: u32,
    /// φ.
    pub election_hash: Base64Hash,
    /// Hash of the encrypted tally.
    pub encrypted_tally: RecordHash,
    /// One entry for each partial decryption.
    pub trustees: Vec<OwnedProofs>,
}

/// One trustee's second proofs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnedProofs {
    /// Number of the trustee.
    pub owner: u32,
    /// Question by answer.
    pub proofs: Vec<Vec<Proof>>,
}

impl Canonical for SecondProofs {
    const RECORD: &'static str = "full-statement decryption proofs";

    fn check(&self) -> Result<(), RecordFault> {
        if self.version != 1 {
            return Err(RecordFault::Field("version"));
        }
        Ok(())
    }
}

impl SecondProofs {
    /// Collects the second proofs of the given parts.
    #[must_use]
    pub fn collect(setup: &Setup, tally: &EncryptedTally, parts: &[Opened]) -> Self {
        let trustees = parts
            .iter()
            .map(|part| OwnedProofs { owner: part.owner, proofs: part.second.clone() })
            .collect();
        Self {
            version: 1,
            election_hash: Base64Hash(*setup.fingerprint()),
            encrypted_tally: RecordHash::of(&tally.to_bytes()),
            trustees,
        }
    }
}

/// One trustee's part: F = x·alpha for each question and answer, with both proofs. FORMAT §3.6, §4 item 3.
///
/// The caller has checked before that this very sum may be opened.
///
/// # Errors
/// [`DecryptError::NotATrustee`], [`DecryptError::TallyShape`].
pub fn partially_decrypt(
    setup: &Setup,
    key: &SecretKey,
    tally: &EncryptedTally,
    rng: &mut (impl CryptoRng + ?Sized),
) -> Result<Opened, DecryptError> {
    check_shape(setup, tally)?;
    let owner = setup.trustees().owner_of(key.public()).ok_or(DecryptError::NotATrustee)?;
    let tally_hash = RecordHash::of(&tally.to_bytes());
    let mut factors = Vec::with_capacity(tally.0.len());
    let mut proofs = Vec::with_capacity(tally.0.len());
    let mut second = Vec::with_capacity(tally.0.len());
    for (question, answers) in (1..).zip(&tally.0) {
        let mut row = (Vec::new(), Vec::new(), Vec::new());
        for (answer, ciphertext) in (1..).zip(answers) {
            let alpha = &ciphertext.alpha;
            let factor = alpha.mul(&key.secret);
            let short = |a: &Point, b: &Point| record_challenge(setup, key.public(), a, b);
            let place = Place { owner, question, answer };
            let full = |a: &Point, b: &Point| {
                full_challenge(setup, &tally_hash, place, key.public(), alpha, &factor, a, b)
            };
            row.1.push(prove(key, alpha, short, rng));
            row.2.push(prove(key, alpha, full, rng));
            row.0.push(factor);
        }
        factors.push(row.0);
        proofs.push(row.1);
        second.push(row.2);
    }
    let partial = PartialDecryption { decryption_factors: factors, decryption_proofs: proofs };
    Ok(Opened { owner, partial, second })
}

/// Checks a trustee's part by the record's proof: A = s·G + c·X, B = s·alpha + c·F. FORMAT §3.6.
///
/// # Errors
/// [`DecryptError`] naming the trustee.
pub fn verify_partial(
    setup: &Setup,
    tally: &EncryptedTally,
    owner: u32,
    partial: &PartialDecryption,
) -> Result<(), DecryptError> {
    let key = known_key(setup, owner)?;
    let rows = matching(setup, tally, owner, partial, &partial.decryption_proofs)?;
    for (_, alpha, factor, proof) in rows {
        let (a, b) = recommit_pair(proof, key, alpha, factor);
        if record_challenge(setup, key, &a, &b) != proof.challenge {
            return Err(DecryptError::Proof { owner });
        }
    }
    Ok(())
}

/// Checks a trustee's second proofs, which bind the whole statement. FORMAT §4 item 3.
///
/// # Errors
/// [`DecryptError`] naming the trustee.
pub fn verify_second(
    setup: &Setup,
    tally: &EncryptedTally,
    owner: u32,
    partial: &PartialDecryption,
    second: &[Vec<Proof>],
) -> Result<(), DecryptError> {
    let key = known_key(setup, owner)?;
    let tally_hash = RecordHash::of(&tally.to_bytes());
    let rows = matching(setup, tally, owner, partial, second)
        .map_err(|_| DecryptError::SecondProof { owner })?;
    for (place, alpha, factor, proof) in rows {
        let (a, b) = recommit_pair(proof, key, alpha, factor);
        let hash = full_challenge(setup, &tally_hash, place, key, alpha, factor, &a, &b);
        if hash != proof.challenge {
            return Err(DecryptError::SecondProof { owner });
        }
    }
    Ok(())
}

/// Checks both proofs of a part as it comes from a trustee.
///
/// # Errors
/// [`DecryptError`] naming the trustee.
pub fn verify_opened(
    setup: &Setup,
    tally: &EncryptedTally,
    part: &Opened,
) -> Result<(), DecryptError> {
    verify_partial(setup, tally, part.owner, &part.partial)?;
    verify_second(setup, tally, part.owner, &part.partial, &part.second)
}

/// Checks the file of second proofs against all parts of the record.
///
/// # Errors
/// [`DecryptError`] naming the trustee; every part needs its second proofs, and there may be no others.
pub fn verify_second_proofs(
    setup: &Setup,
    tally: &EncryptedTally,
    parts: &[(u32, PartialDecryption)],
    file: &SecondProofs,
) -> Result<(), DecryptError> {
    let tally_hash = RecordHash::of(&tally.to_bytes());
    if file.election_hash.0 != *setup.fingerprint() || file.encrypted_tally != tally_hash {
        return Err(DecryptError::OtherTally);
    }
    let mut by_owner = BTreeMap::new();
    for entry in &file.trustees {
        if by_owner.insert(entry.owner, entry).is_some() {
            return Err(DecryptError::RepeatedOwner { owner: entry.owner });
        }
    }
    for (owner, partial) in parts {
        let entry = by_owner.remove(owner).ok_or(DecryptError::SecondProof { owner: *owner })?;
        verify_second(setup, tally, *owner, partial, &entry.proofs)?;
    }
    match by_owner.keys().next() {
        Some(owner) => Err(DecryptError::UnknownOwner { owner: *owner }),
        None => Ok(()),
    }
}

/// Puts checked parts together and finds the counts. FORMAT §3.7.
///
/// For each item of the trustees list: a mandatory trustee's F as it is; of a threshold item the k parts with the lowest
/// indexes, Σ λ_j·F_j with λ_j = Π_{i≠j} i/(i−j) mod q. The counts n solve n·G = beta − F with 0 ≤ n ≤ total weight.
///
/// The parts must have passed [`verify_partial`]; this function looks only at their number and shape.
///
/// # Errors
/// [`DecryptError::Missing`] names exactly who is missing; [`DecryptError::NotACount`] if the parts do not open the sum.
pub fn combine(
    setup: &Setup,
    tally: &EncryptedTally,
    total_weight: u32,
    parts: &[(u32, PartialDecryption)],
) -> Result<ElectionResult, DecryptError> {
    check_shape(setup, tally)?;
    let mut by_owner = BTreeMap::new();
    for (owner, partial) in parts {
        known_key(setup, *owner)?;
        matching(setup, tally, *owner, partial, &partial.decryption_proofs)?;
        if by_owner.insert(*owner, partial).is_some() {
            return Err(DecryptError::RepeatedOwner { owner: *owner });
        }
    }
    let chosen = choose(setup, &by_owner)?;
    let logarithms = Logarithms::new(total_weight);
    let mut result = Vec::with_capacity(tally.0.len());
    for (question, answers) in tally.0.iter().enumerate() {
        let mut counts = Vec::with_capacity(answers.len());
        for (answer, ciphertext) in answers.iter().enumerate() {
            let factors = chosen
                .iter()
                .map(|(_, partial)| partial.decryption_factors[question][answer].point);
            let opened = EdwardsPoint::vartime_multiscalar_mul(
                chosen.iter().map(|(weight, _)| weight),
                factors,
            );
            let count = logarithms
                .find(&(ciphertext.beta.point - opened))
                .ok_or(DecryptError::NotACount { question: question + 1 })?;
            counts.push(count);
        }
        result.push(counts);
    }
    Ok(ElectionResult { result })
}

/// Which trustees have to give a part before the sum can be opened, given those who already did.
///
/// # Errors
/// [`DecryptError::Missing`] unless enough are there.
pub fn enough(setup: &Setup, owners: &BTreeSet<u32>) -> Result<(), DecryptError> {
    let mut needed = 0;
    let mut missing = Vec::new();
    for item in setup.trustees().items() {
        let absent: Vec<u32> = item.owners().filter(|owner| !owners.contains(owner)).collect();
        let present = item.owners().count() - absent.len();
        let lacking = item.threshold.saturating_sub(u32::try_from(present).unwrap_or(u32::MAX));
        if lacking > 0 {
            needed += lacking;
            missing.extend(absent);
        }
    }
    if needed == 0 { Ok(()) } else { Err(DecryptError::Missing { needed, missing }) }
}

/// The parts that are used, each with its factor.
fn choose<'a>(
    setup: &Setup,
    parts: &BTreeMap<u32, &'a PartialDecryption>,
) -> Result<Vec<(Inner, &'a PartialDecryption)>, DecryptError> {
    enough(setup, &parts.keys().copied().collect())?;
    let mut chosen = Vec::new();
    for item in setup.trustees().items() {
        let used: Vec<(u32, &PartialDecryption)> = (1..)
            .zip(item.owners())
            .filter_map(|(index, owner)| parts.get(&owner).map(|partial| (index, *partial)))
            .take(usize::try_from(item.threshold).unwrap_or(usize::MAX))
            .collect();
        let indexes: Vec<u32> = used.iter().map(|(index, _)| *index).collect();
        for (index, partial) in used {
            let weight = if item.shared { lagrange(index, &indexes) } else { Inner::ONE };
            chosen.push((weight, partial));
        }
    }
    Ok(chosen)
}

/// λ_j = Π_{i≠j} i/(i−j) mod q.
fn lagrange(index: u32, indexes: &[u32]) -> Inner {
    let place = Inner::from(index);
    let mut numerator = Inner::ONE;
    let mut denominator = Inner::ONE;
    for other in indexes.iter().filter(|other| **other != index) {
        let other = Inner::from(*other);
        numerator *= other;
        denominator *= other - place;
    }
    numerator * denominator.invert()
}

/// Which ciphertext of the tally, and whose part; all from 1.
#[derive(Clone, Copy)]
struct Place {
    owner: u32,
    question: usize,
    answer: usize,
}

type Row<'a> = (Place, &'a Point, &'a Point, &'a Proof);

/// Ciphertexts, factors and proofs side by side, if their numbers agree.
fn matching<'a>(
    setup: &Setup,
    tally: &'a EncryptedTally,
    owner: u32,
    partial: &'a PartialDecryption,
    proofs: &'a [Vec<Proof>],
) -> Result<Vec<Row<'a>>, DecryptError> {
    check_shape(setup, tally)?;
    let factors = &partial.decryption_factors;
    if factors.len() != tally.0.len() || proofs.len() != tally.0.len() {
        return Err(DecryptError::Shape { owner });
    }
    let mut rows = Vec::new();
    for (((question, answers), factors), proofs) in (1..).zip(&tally.0).zip(factors).zip(proofs) {
        if factors.len() != answers.len() || proofs.len() != answers.len() {
            return Err(DecryptError::Shape { owner });
        }
        for (((answer, ciphertext), factor), proof) in (1..).zip(answers).zip(factors).zip(proofs) {
            rows.push((Place { owner, question, answer }, &ciphertext.alpha, factor, proof));
        }
    }
    Ok(rows)
}

fn check_shape(setup: &Setup, tally: &EncryptedTally) -> Result<(), DecryptError> {
    let questions = &setup.election().questions;
    let fits = tally.0.len() == questions.len()
        && tally
            .0
            .iter()
            .zip(questions)
            .all(|(answers, question)| answers.len() == question.answers.len());
    if fits { Ok(()) } else { Err(DecryptError::TallyShape) }
}

fn known_key(setup: &Setup, owner: u32) -> Result<&Point, DecryptError> {
    setup.trustees().key(owner).ok_or(DecryptError::UnknownOwner { owner })
}

fn prove(
    key: &SecretKey,
    alpha: &Point,
    challenge: impl FnOnce(&Point, &Point) -> Scalar,
    rng: &mut (impl CryptoRng + ?Sized),
) -> Proof {
    let nonce = SecretScalar::random(rng);
    let challenge = challenge(&Point::mul_base(&nonce), &alpha.mul(&nonce));
    Proof { challenge, response: respond(&nonce, &key.secret, &challenge) }
}

/// A = s·G + c·X, B = s·alpha + c·F.
fn recommit_pair(proof: &Proof, key: &Point, alpha: &Point, factor: &Point) -> (Point, Point) {
    let Proof { challenge, response } = proof;
    let a = Point::commit(response, challenge, &key.point);
    let b = EdwardsPoint::vartime_multiscalar_mul(
        [response.0, challenge.0],
        [alpha.point, factor.point],
    );
    (Point::from_inner(a), Point::from_inner(b))
}

/// H(`decrypt|`φ`|`X`|`A`,`B). FORMAT §3.6.
fn record_challenge(setup: &Setup, key: &Point, a: &Point, b: &Point) -> Scalar {
    Challenge::new("decrypt|")
        .text(&setup.fingerprint().to_base64())
        .text("|")
        .point(key.encoded())
        .text("|")
        .points([a.encoded(), b.encoded()])
        .finish()
}

#[expect(clippy::too_many_arguments, reason = "the whole statement is the point of this hash")]
fn full_challenge(
    setup: &Setup,
    tally: &RecordHash,
    place: Place,
    key: &Point,
    alpha: &Point,
    factor: &Point,
    a: &Point,
    b: &Point,
) -> Scalar {
    let Place { owner, question, answer } = place;
    Challenge::new("hemicycle-decrypt-1|")
        .text(&setup.fingerprint().to_base64())
        .text(&format!("|{tally}|{owner}|{question}|{answer}|"))
        .point(key.encoded())
        .text("|")
        .point(alpha.encoded())
        .text("|")
        .point(factor.encoded())
        .text("|")
        .points([a.encoded(), b.encoded()])
        .finish()
}

/// Finds n from n·G for 0 ≤ n ≤ max: small steps from a table, large steps over it.
struct Logarithms {
    max: u32,
    step: u32,
    table: BTreeMap<[u8; 32], u32>,
}

impl Logarithms {
    fn new(max: u32) -> Self {
        // All of a congress in one table; larger totals take at most 256 large steps.
        let step = max.saturating_add(1).min(4096);
        let mut points = Vec::new();
        let mut point = EdwardsPoint::identity();
        for _ in 0..step {
            points.push(point);
            point += ED25519_BASEPOINT_POINT;
        }
        let table = EdwardsPoint::compress_batch_alloc(&points)
            .into_iter()
            .map(|encoded| encoded.0)
            .zip(0..)
            .collect();
        Self { max, step, table }
    }

    fn find(&self, target: &EdwardsPoint) -> Option<u32> {
        let large = EdwardsPoint::mul_base(&Inner::from(self.step));
        let mut rest = *target;
        let mut passed = 0_u32;
        while passed <= self.max {
            if let Some(small) = self.table.get(&rest.compress().0) {
                return passed.checked_add(*small).filter(|count| *count <= self.max);
            }
            rest -= large;
            passed = passed.checked_add(self.step)?;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_found_up_to_the_limit_and_not_beyond() {
        for max in [0, 1, 7, 4095, 4096, 10_000] {
            let logarithms = Logarithms::new(max);
            for count in [0, 1, 6, 4095, 4096, 9999, 10_000, 10_001] {
                let point = EdwardsPoint::mul_base(&Inner::from(count));
                let expected = (count <= max).then_some(count);
                assert_eq!(logarithms.find(&point), expected, "{count} of {max}");
            }
            assert_eq!(logarithms.find(&-ED25519_BASEPOINT_POINT), None);
        }
    }

    #[test]
    fn interpolation_weights_reproduce_a_polynomial_at_zero() {
        let polynomial = |x: u32| Inner::from(5_u8) + Inner::from(7_u8) * Inner::from(x);
        for indexes in [[1, 2], [1, 3], [2, 3], [4, 9]] {
            let sum: Inner =
                indexes.iter().map(|index| lagrange(*index, &indexes) * polynomial(*index)).sum();
            assert_eq!(sum, Inner::from(5_u8));
        }
    }
}
