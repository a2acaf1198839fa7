//! Checking ballots: one exactly, or many at once.
//!
//! What lives here: [`verify`], what an exact check looks at, and the errors; many at once are checked in
//! `verify/batch.rs`. Making ballots is in [`super::encrypt`], checking a whole record in [`super::election`].
//!
//! Accepted is a ballot that: is canonical; names this election by identifier and fingerprint; has a credential of the
//! list; answers every question in the right shape; has only canonical prime-order points; whose proofs hold for this
//! credential and election; whose signature holds. FORMAT §3.5, §4 item 1. Whether the credential has already voted is
//! the caller's question, as it depends on the other ballots.

use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::Scalar as Inner;

use super::encrypt::{interval_challenge, overall_statement, signature_challenge, statement};
use super::group::{Encoded, Point, PointError};
use super::hints::Hints;
use super::records::{
    Ballot, Canonical as _, Ciphertext, EncodedCiphertext, Proof, Question, RecordError,
    unsigned_hash,
};
use super::scalar::{RecordHash, Scalar};
use super::setup::Setup;

mod batch;
pub use batch::{Submission, verify_many};

/// Why a ballot is refused. Never says anything about the choice.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BallotError {
    /// Not a ballot record.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// Identifier or fingerprint of another election.
    #[error("ballot of another election")]
    WrongElection,
    /// The credential is not in the list.
    #[error("unknown credential")]
    UnknownCredential,
    /// Not one answer for each question.
    #[error("wrong number of answers")]
    Answers,
    /// The answer to a question has not one choice and proof for each of its answers.
    #[error("question {question}: wrong number of choices or proofs")]
    Shape {
        /// Number of the question, from 1.
        question: usize,
    },
    /// A choice is no pair of group elements.
    #[error("question {question}: {fault}")]
    Point {
        /// Number of the question, from 1.
        question: usize,
        /// Why.
        fault: PointError,
    },
    /// A choice is not proven to be 0 or 1.
    #[error("question {question}: the proof of a choice does not hold")]
    IndividualProof {
        /// Number of the question, from 1.
        question: usize,
    },
    /// The choices are not proven to add up to a number in the allowed range.
    #[error("question {question}: the proof of the sum does not hold")]
    OverallProof {
        /// Number of the question, from 1.
        question: usize,
    },
    /// The signed hash is not that of this ballot.
    #[error("the signed hash is not that of the ballot")]
    SignedHash,
    /// The signature does not hold.
    #[error("the signature does not hold")]
    Signature,
}

/// A ballot that passed every check, ready to be counted.
#[derive(Clone, Debug)]
pub struct CheckedBallot {
    pub(crate) election: RecordHash,
    pub(crate) place: usize,
    pub(crate) weight: u32,
    pub(crate) credential: Encoded,
    pub(crate) choices: Vec<Vec<Ciphertext>>,
    pub(crate) hash: RecordHash,
}

impl CheckedBallot {
    /// Place of its credential in the list, from 0.
    #[must_use]
    pub const fn place(&self) -> usize {
        self.place
    }

    /// Its public credential.
    #[must_use]
    pub const fn credential(&self) -> &Encoded {
        &self.credential
    }

    /// Hash of the ballot record: the tracker.
    #[must_use]
    pub const fn tracker(&self) -> &RecordHash {
        &self.hash
    }
}

/// Checks one ballot exactly.
///
/// # Errors
/// [`BallotError`], the first check that fails.
pub fn verify(setup: &Setup, ballot: &[u8]) -> Result<CheckedBallot, BallotError> {
    let read = read(setup, ballot)?;
    let mut points = Vec::new();
    for (question, encoded) in read.points() {
        let fault = |fault| BallotError::Point { question, fault };
        points.push(encoded.decode().map_err(fault)?);
    }
    read.check(setup, &points)
}

/// Checks one ballot exactly and makes the hints that let others check it at once with many.
///
/// They are a function of the ballot: whoever makes them makes the same.
///
/// # Errors
/// [`BallotError`], the first check that fails.
pub fn hints_of(setup: &Setup, ballot: &[u8]) -> Result<Hints, BallotError> {
    verify(setup, ballot)?;
    let read = read(setup, ballot)?;
    let eighth = Inner::from(8_u8).invert();
    let of_eight = |proof: &Proof| Proof {
        challenge: Scalar(proof.challenge.0 * eighth),
        response: Scalar(proof.response.0 * eighth),
    };
    let mut hints = Vec::new();
    for ((number, question), answer) in
        (1..).zip(&setup.election().questions).zip(&read.ballot.answers)
    {
        let mut pairs = Vec::with_capacity(answer.choices.len());
        for choice in &answer.choices {
            let fault = |fault| BallotError::Point { question: number, fault };
            let alpha = choice.alpha.decode().map_err(fault)?.point;
            let beta = choice.beta.decode().map_err(fault)?.point;
            pairs.push(Pair { alpha, beta });
        }
        hints.extend(pairs.iter().flat_map(|pair| [pair.alpha * eighth, pair.beta * eighth]));
        for (pair, proofs) in pairs.iter().zip(&answer.individual_proofs) {
            let proofs: Vec<Proof> = proofs.iter().map(of_eight).collect();
            hints.extend(pair.commitments(setup, &proofs, 0..=1));
        }
        let proofs: Vec<Proof> = answer.overall_proof.iter().map(of_eight).collect();
        hints.extend(Pair::sum(&pairs).commitments(setup, &proofs, values(question)));
    }
    let proof = of_eight(&read.ballot.signature.proof);
    let key = setup.credential_key(read.place).ok_or(BallotError::UnknownCredential)?;
    hints.push(Point::commit(&proof.response, &proof.challenge, &key.point));
    Ok(Hints::from_eighths(&hints))
}

/// A ballot read and compared with the setup, its proofs not yet checked.
pub(crate) struct ReadBallot {
    ballot: Ballot,
    place: usize,
    weight: u32,
    hash: RecordHash,
}

/// Everything that needs no group arithmetic.
pub(crate) fn read(setup: &Setup, bytes: &[u8]) -> Result<ReadBallot, BallotError> {
    let ballot = Ballot::from_bytes(bytes)?;
    let election = setup.election();
    if ballot.election_uuid != election.uuid || ballot.election_hash.0 != *setup.fingerprint() {
        return Err(BallotError::WrongElection);
    }
    let place = setup.place_of(&ballot.credential).ok_or(BallotError::UnknownCredential)?;
    let weight = setup.credentials()[place].weight.unwrap_or(1);
    if ballot.answers.len() != election.questions.len() {
        return Err(BallotError::Answers);
    }
    for ((number, question), answer) in (1..).zip(&election.questions).zip(&ballot.answers) {
        let count = question.answers.len();
        let fits = answer.choices.len() == count
            && answer.individual_proofs.len() == count
            && answer.overall_proof.len() == values(question).count();
        if !fits {
            return Err(BallotError::Shape { question: number });
        }
    }
    let signed = unsigned_hash(
        &ballot.election_uuid,
        &ballot.election_hash,
        &ballot.credential,
        &ballot.answers,
    );
    if signed != ballot.signature.hash.0 {
        return Err(BallotError::SignedHash);
    }
    Ok(ReadBallot { ballot, place, weight, hash: RecordHash::of(bytes) })
}

impl ReadBallot {
    /// The points of the choices with the number of their question, alpha before beta.
    pub(crate) fn points(&self) -> impl Iterator<Item = (usize, Encoded)> + '_ {
        (1..).zip(&self.ballot.answers).flat_map(|(number, answer)| {
            answer
                .choices
                .iter()
                .flat_map(move |choice| [(number, choice.alpha), (number, choice.beta)])
        })
    }

    /// Checks all proofs exactly, given the decoded points in the order of [`ReadBallot::points`].
    pub(crate) fn check(
        self,
        setup: &Setup,
        points: &[Point],
    ) -> Result<CheckedBallot, BallotError> {
        let base = statement(setup, &self.ballot.credential);
        let questions = &setup.election().questions;
        let mut pairs = points.chunks_exact(2);
        for ((number, question), answer) in (1..).zip(questions).zip(&self.ballot.answers) {
            let pairs: Vec<Pair> = pairs
                .by_ref()
                .take(answer.choices.len())
                .map(|pair| Pair { alpha: pair[0].point, beta: pair[1].point })
                .collect();
            let mut commitments = Vec::new();
            for (pair, proofs) in pairs.iter().zip(&answer.individual_proofs) {
                commitments.extend(pair.commitments(setup, proofs, 0..=1));
            }
            let sum = Pair::sum(&pairs);
            commitments.extend(sum.commitments(setup, &answer.overall_proof, values(question)));
            let sum = sum.encode();
            let commitments = encode(&commitments);
            let (individual, overall) = commitments.split_at(4 * pairs.len());
            check_hashes(&base, answer, &sum, individual, overall, number)?;
        }
        let proof = &self.ballot.signature.proof;
        let key = setup.credential_key(self.place).ok_or(BallotError::UnknownCredential)?;
        let commitment = Point::commit(&proof.response, &proof.challenge, &key.point);
        self.check_signature(Point::from_inner(commitment).encoded())?;
        Ok(self.into_checked(setup, points))
    }

    fn check_signature(&self, commitment: &Encoded) -> Result<(), BallotError> {
        let signature = &self.ballot.signature;
        if signature_challenge(&signature.hash.0, commitment) == signature.proof.challenge {
            Ok(())
        } else {
            Err(BallotError::Signature)
        }
    }

    fn into_checked(self, setup: &Setup, points: &[Point]) -> CheckedBallot {
        let mut pairs = points.chunks_exact(2);
        let choices = self.ballot.answers.iter().map(|answer| {
            pairs
                .by_ref()
                .take(answer.choices.len())
                .map(|pair| Ciphertext { alpha: pair[0], beta: pair[1] })
                .collect()
        });
        CheckedBallot {
            election: *setup.fingerprint(),
            choices: choices.collect(),
            place: self.place,
            weight: self.weight,
            credential: self.ballot.credential,
            hash: self.hash,
        }
    }
}

/// The hashes of all proofs of one answer, given the texts of their commitments.
fn check_hashes(
    statement: &str,
    answer: &super::records::Answer,
    sum: &EncodedCiphertext,
    individual: &[Encoded],
    overall: &[Encoded],
    question: usize,
) -> Result<(), BallotError> {
    for ((choice, proofs), commitments) in
        answer.choices.iter().zip(&answer.individual_proofs).zip(individual.chunks_exact(4))
    {
        let hash = interval_challenge(statement, &choice.alpha, &choice.beta, commitments);
        if hash != total_challenge(proofs) {
            return Err(BallotError::IndividualProof { question });
        }
    }
    let statement = overall_statement(statement, &answer.choices);
    let hash = interval_challenge(&statement, &sum.alpha, &sum.beta, overall);
    if hash != total_challenge(&answer.overall_proof) {
        return Err(BallotError::OverallProof { question });
    }
    Ok(())
}

/// Σ c_j.
fn total_challenge(proofs: &[Proof]) -> Scalar {
    Scalar(proofs.iter().map(|proof| proof.challenge.0).sum())
}

/// The values that the sum of choices may take.
fn values(question: &Question) -> core::ops::RangeInclusive<u32> {
    question.min..=question.max
}

#[derive(Clone, Copy)]
struct Pair {
    alpha: EdwardsPoint,
    beta: EdwardsPoint,
}

impl Pair {
    fn sum(pairs: &[Self]) -> Self {
        Self {
            alpha: pairs.iter().map(|pair| pair.alpha).sum(),
            beta: pairs.iter().map(|pair| pair.beta).sum(),
        }
    }

    fn encode(&self) -> EncodedCiphertext {
        let texts = encode(&[self.alpha, self.beta]);
        EncodedCiphertext { alpha: texts[0], beta: texts[1] }
    }

    /// A_j = s_j·G + c_j·α, B_j = s_j·y + c_j·(β − M_j·G).
    fn commitments(
        &self,
        setup: &Setup,
        proofs: &[Proof],
        values: core::ops::RangeInclusive<u32>,
    ) -> Vec<EdwardsPoint> {
        let mut commitments = Vec::with_capacity(2 * proofs.len());
        for (proof, value) in proofs.iter().zip(values) {
            let Proof { challenge, response } = proof;
            commitments.push(Point::commit(response, challenge, &self.alpha));
            let shift = Scalar(-challenge.0 * Inner::from(value));
            commitments.push(setup.combine(&shift, response, challenge, &self.beta));
        }
        commitments
    }
}

fn encode(points: &[EdwardsPoint]) -> Vec<Encoded> {
    EdwardsPoint::compress_batch_alloc(points)
        .into_iter()
        .map(|point| Encoded::from_bytes(point.0))
        .collect()
}
