//! Making a ballot: encryption of the marked answers to each question, the proofs that they are as many as may be, the
//! signature.
//!
//! What lives here: everything a voter's terminal computes. Checking is in [`super::verify`].
//!
//! Which answers are marked, and how many where that is free, never decides what code runs or which memory is read: the
//! proofs for the true and for the false statements are computed by the same formulas, and the true one is put right by
//! constant-time selection.

use curve25519_dalek::constants::ED25519_BASEPOINT_POINT;
use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::Scalar as Inner;
use curve25519_dalek::traits::MultiscalarMul as _;
use rand_core::CryptoRng;
use subtle::{ConditionallySelectable as _, ConstantTimeEq as _};
use zeroize::Zeroizing;

use super::group::{Encoded, Point};
use super::hints::Hints;
use super::keys::{SecretKey, respond};
use super::records::{
    Answer, Ballot, BallotSignature, Base64Hash, Canonical as _, EncodedCiphertext, Proof,
    Question, unsigned_hash,
};
use super::scalar::{Challenge, RecordHash, Scalar, SecretScalar};
use super::setup::Setup;

/// Why no ballot is made. Never contains the choice.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncryptError {
    /// The credential is not in the list of this vote.
    #[error("this credential is not in the list of the vote")]
    UnknownCredential,
    /// The number of choices is not the number of questions.
    #[error("the ballot must answer every question once")]
    Choices,
    /// There is not one mark for each answer to this question.
    #[error("question {question}: not one mark for each answer")]
    Shape {
        /// Number of the question, from 1.
        question: usize,
    },
    /// Fewer or more answers to this question are marked than it takes.
    #[error("question {question}: too few or too many answers are marked")]
    Marks {
        /// Number of the question, from 1.
        question: usize,
    },
}

/// A finished ballot.
#[derive(Clone, Debug)]
pub struct Sealed {
    /// The ballot record, to be stored byte for byte.
    pub ballot: Vec<u8>,
    /// What lets the server check many ballots at once; travels beside the ballot and is not stored.
    pub hints: Hints,
    /// Hash of the ballot record: in base64 the voter's tracker.
    pub tracker: RecordHash,
}

/// One mark: for a question with so many answers, that at `position` (from 0) and no other. In constant time.
///
/// A position that is none of them gives no mark at all, which no question that asks for one takes.
#[must_use]
pub fn one_of(answers: usize, position: u8) -> Vec<bool> {
    (0..answers).map(|answer| bool::from(answer.ct_eq(&usize::from(position)))).collect()
}

/// Encrypts the marked answers to each question and signs the ballot. FORMAT §3.5.
///
/// `choices` holds, for each question, whether each of its answers is marked; from min to max of them are. For each
/// answer j with bit m_j and random r_j: alpha_j = r_j·G, beta_j = r_j·y + m_j·G.
///
/// # Errors
/// [`EncryptError`], before any randomness is drawn.
pub fn encrypt(
    setup: &Setup,
    credential: &SecretKey,
    choices: &[Vec<bool>],
    rng: &mut (impl CryptoRng + ?Sized),
) -> Result<Sealed, EncryptError> {
    let questions = &setup.election().questions;
    if setup.place_of(credential.public().encoded()).is_none() {
        return Err(EncryptError::UnknownCredential);
    }
    if choices.len() != questions.len() {
        return Err(EncryptError::Choices);
    }
    for ((number, question), choice) in (1_usize..).zip(questions).zip(choices) {
        if choice.len() != question.answers.len() {
            return Err(EncryptError::Shape { question: number });
        }
        if !(question.min..=question.max).contains(&marked(choice)) {
            return Err(EncryptError::Marks { question: number });
        }
    }
    let voter = Voter {
        key: setup.public_key().point,
        statement: statement(setup, credential.public().encoded()),
        eighth: Inner::from(8_u8).invert(),
    };
    let mut hints = Vec::new();
    let mut answers = Vec::with_capacity(questions.len());
    for (question, choice) in questions.iter().zip(choices) {
        answers.push(voter.answer(question, choice, &mut hints, rng));
    }
    Ok(sign(setup, credential, answers, hints, &voter.eighth, rng))
}

/// How many answers are marked.
fn marked(choice: &[bool]) -> u32 {
    choice.iter().map(|mark| u32::from(*mark)).sum()
}

/// S0 = φ`|`str(credential). FORMAT §3.5.
pub(crate) fn statement(setup: &Setup, credential: &Encoded) -> String {
    format!("{}|{credential}", setup.fingerprint().to_base64())
}

/// S = S0`|`alpha_1,beta_1,… FORMAT §3.5.
pub(crate) fn overall_statement(statement: &str, choices: &[EncodedCiphertext]) -> String {
    let mut text = String::with_capacity(statement.len() + choices.len() * 130);
    text.push_str(statement);
    for (position, choice) in choices.iter().enumerate() {
        text.push(if position == 0 { '|' } else { ',' });
        text.push_str(&choice.alpha.to_hex());
        text.push(',');
        text.push_str(&choice.beta.to_hex());
    }
    text
}

/// H(`prove|`T`|`α`,`β`|`A_0`,`B_0`,…). FORMAT §3.5.
pub(crate) fn interval_challenge(
    statement: &str,
    alpha: &Encoded,
    beta: &Encoded,
    commitments: &[Encoded],
) -> Scalar {
    Challenge::new("prove|")
        .text(statement)
        .text("|")
        .points([alpha, beta])
        .text("|")
        .points(commitments)
        .finish()
}

/// H(`sig|`hash`|`A). FORMAT §3.5.
pub(crate) fn signature_challenge(hash: &RecordHash, commitment: &Encoded) -> Scalar {
    Challenge::new("sig|").text(&hash.to_base64()).text("|").point(commitment).finish()
}

/// What stays the same through one ballot.
struct Voter {
    key: EdwardsPoint,
    statement: String,
    eighth: Inner,
}

/// An encrypted number with the secrets that its proof needs.
struct Opening {
    random: Zeroizing<Inner>,
    number: Zeroizing<u32>,
}

impl Opening {
    fn value(&self) -> Zeroizing<Inner> {
        Zeroizing::new(Inner::from(*self.number))
    }
}

impl Voter {
    fn answer(
        &self,
        question: &Question,
        marks: &[bool],
        hints: &mut Vec<EdwardsPoint>,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Answer {
        let mut openings = Vec::with_capacity(marks.len());
        let mut eighths = Vec::with_capacity(2 * marks.len());
        for mark in marks {
            let opening = Opening { random: random(rng), number: Zeroizing::new(u32::from(*mark)) };
            let (alpha, beta) = self.eighth_of_pair(&opening.random, &opening.value());
            eighths.extend([alpha, beta]);
            openings.push(opening);
        }
        let points = times_eight(&eighths);
        hints.extend(eighths);
        let choices: Vec<EncodedCiphertext> = points
            .chunks_exact(2)
            .map(|pair| EncodedCiphertext { alpha: *pair[0].encoded(), beta: *pair[1].encoded() })
            .collect();

        let mut individual_proofs = Vec::with_capacity(choices.len());
        for (choice, opening) in choices.iter().zip(&openings) {
            let proofs = self.prove(&self.statement, choice, opening, 0..=1, hints, rng);
            if let [zero, one] = proofs[..] {
                individual_proofs.push([zero, one]);
            }
        }

        let sum = EncodedCiphertext {
            alpha: encoded_sum(points.iter().step_by(2)),
            beta: encoded_sum(points.iter().skip(1).step_by(2)),
        };
        let total = Opening {
            random: Zeroizing::new(openings.iter().map(|opening| *opening.random).sum()),
            number: Zeroizing::new(marked(marks)),
        };
        let values = question.min..=question.max;
        let statement = overall_statement(&self.statement, &choices);
        let overall_proof = self.prove(&statement, &sum, &total, values, hints, rng);
        Answer { choices, individual_proofs, overall_proof }
    }

    /// iprove: that the encrypted number m is one of `values`, which it has to be.
    ///
    /// For every M_j draw e_j and c_j; A_j = e_j·G, B_j = e_j·y + c_j·(m − M_j)·G. For the true one the last term
    /// vanishes, so its c_j may still be changed: it takes what makes Σ c_j equal the hash. Then s_j = e_j − r·c_j.
    fn prove(
        &self,
        statement: &str,
        pair: &EncodedCiphertext,
        opening: &Opening,
        values: core::ops::RangeInclusive<u32>,
        hints: &mut Vec<EdwardsPoint>,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Vec<Proof> {
        let number = opening.value();
        let mut drawn = Vec::new();
        let mut eighths = Vec::new();
        for value in values.clone() {
            let exponent = random(rng);
            let challenge = random(rng);
            let shift = Zeroizing::new(*challenge * (*number - Inner::from(value)));
            let (a, b) = self.eighth_of_pair(&exponent, &shift);
            eighths.extend([a, b]);
            drawn.push((exponent, challenge));
        }
        let commitments: Vec<Encoded> =
            times_eight(&eighths).iter().map(|point| *point.encoded()).collect();
        hints.extend(eighths);
        let hash = interval_challenge(statement, &pair.alpha, &pair.beta, &commitments);
        let missing =
            Zeroizing::new(hash.0 - drawn.iter().map(|(_, challenge)| **challenge).sum::<Inner>());
        drawn
            .iter()
            .zip(values)
            .map(|((exponent, challenge), value)| {
                let is_true = value.ct_eq(&opening.number);
                let challenge =
                    **challenge + Inner::conditional_select(&Inner::ZERO, &missing, is_true);
                Proof {
                    challenge: Scalar(challenge),
                    response: Scalar(**exponent - *opening.random * challenge),
                }
            })
            .collect()
    }

    /// One eighth of (e·G, e·y + d·G), in constant time.
    fn eighth_of_pair(&self, exponent: &Inner, shift: &Inner) -> (EdwardsPoint, EdwardsPoint) {
        let exponent = Zeroizing::new(exponent * self.eighth);
        let shift = Zeroizing::new(shift * self.eighth);
        (
            EdwardsPoint::mul_base(&exponent),
            EdwardsPoint::multiscalar_mul(
                [&*exponent, &*shift],
                [self.key, ED25519_BASEPOINT_POINT],
            ),
        )
    }
}

fn sign(
    setup: &Setup,
    credential: &SecretKey,
    answers: Vec<Answer>,
    mut hints: Vec<EdwardsPoint>,
    eighth: &Inner,
    rng: &mut (impl CryptoRng + ?Sized),
) -> Sealed {
    let election_uuid = setup.election().uuid.clone();
    let election_hash = Base64Hash(*setup.fingerprint());
    let public = *credential.public().encoded();
    let hash = unsigned_hash(&election_uuid, &election_hash, &public, &answers);
    let nonce = SecretScalar::random(rng);
    let small = EdwardsPoint::mul_base(&Zeroizing::new(nonce.0 * eighth));
    let commitment = Point::from_inner(small.mul_by_cofactor());
    hints.push(small);
    let challenge = signature_challenge(&hash, commitment.encoded());
    let response = respond(&nonce, &credential.secret, &challenge);
    let ballot = Ballot {
        election_uuid,
        election_hash,
        credential: public,
        answers,
        signature: BallotSignature { hash: Base64Hash(hash), proof: Proof { challenge, response } },
    }
    .to_bytes();
    Sealed { tracker: RecordHash::of(&ballot), ballot, hints: Hints::from_eighths(&hints) }
}

fn random(rng: &mut (impl CryptoRng + ?Sized)) -> Zeroizing<Inner> {
    Zeroizing::new(Inner::random(rng))
}

fn times_eight(eighths: &[EdwardsPoint]) -> Vec<Point> {
    let points: Vec<EdwardsPoint> = eighths.iter().map(EdwardsPoint::mul_by_cofactor).collect();
    Point::from_inner_many(&points)
}

fn encoded_sum<'a>(points: impl Iterator<Item = &'a Point>) -> Encoded {
    *Point::from_inner(points.map(|point| point.point).sum()).encoded()
}
