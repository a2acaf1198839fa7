//! Many ballots at once: the equations of all their proofs in one random combination.
//!
//! What lives here: [`verify_many`] and the combination. What a ballot has to be is in [`super`]; the hints that make it
//! possible are in [`crate::ballot::hints`].

use curve25519_dalek::constants::ED25519_BASEPOINT_POINT;
use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::Scalar as Inner;
use curve25519_dalek::traits::{IsIdentity as _, VartimeMultiscalarMul as _};
use rand_core::CryptoRng;

use super::{BallotError, CheckedBallot, Pair, ReadBallot, check_hashes, read, values, verify};
use crate::ballot::encrypt::statement;
use crate::ballot::group::{Encoded, Point};
use crate::ballot::hints::Hints;
use crate::ballot::records::Proof;
use crate::ballot::setup::Setup;

/// A ballot as it arrives: the record, and perhaps its hints.
#[derive(Clone, Copy, Debug)]
pub struct Submission<'a> {
    /// The ballot record.
    pub ballot: &'a [u8],
    /// Its hints.
    pub hints: Option<&'a Hints>,
}

/// Checks many ballots, those with good hints all at once; answers in the order of the submissions.
///
/// All equations E_i = 0 of all ballots are combined as Σ z_i·E_i with independent random z_i of 128 bits. All points
/// are in the prime-order subgroup, so a false equation goes unnoticed with probability 2^−128 provided `rng` cannot
/// be predicted by those who send ballots. If the combination fails, halves of it are tried until the culprits are
/// found, and these are judged by [`verify`]; so are ballots whose hints are absent or do not fit.
pub fn verify_many(
    setup: &Setup,
    submissions: &[Submission<'_>],
    mut rng: &mut (impl CryptoRng + ?Sized),
) -> Vec<Result<CheckedBallot, BallotError>> {
    // One copy of the code, compiled here as fast as this crate is, whoever calls it.
    verify_many_with(setup, submissions, &mut rng)
}

fn verify_many_with(
    setup: &Setup,
    submissions: &[Submission<'_>],
    rng: &mut dyn CryptoRng,
) -> Vec<Result<CheckedBallot, BallotError>> {
    let mut answers = Vec::with_capacity(submissions.len());
    let mut equations = Vec::new();
    for (position, submission) in submissions.iter().enumerate() {
        let quick = submission.hints.and_then(|hints| {
            let read = read(setup, submission.ballot).ok()?;
            read.equation(setup, hints, rng)
        });
        match quick {
            Some((ballot, equation)) => {
                equations.push((position, equation));
                answers.push(Ok(ballot));
            }
            None => answers.push(verify(setup, submission.ballot)),
        }
    }
    let mut suspects = Vec::new();
    find_suspects(setup, &equations, &mut suspects);
    for position in suspects {
        answers[position] = verify(setup, submissions[position].ballot);
    }
    answers
}

impl ReadBallot {
    /// With hints: checks the points and hashes at once and gives the equations that remain, combined at random.
    /// `None` if the hints do not fit the ballot, or a hash does not hold.
    fn equation(
        self,
        setup: &Setup,
        hints: &Hints,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Option<(CheckedBallot, Equation)> {
        let questions = &setup.election().questions;
        if hints.points().len() != Hints::expected(questions) {
            return None;
        }
        let mut decoded = Vec::with_capacity(hints.points().len());
        for hint in hints.points() {
            decoded.push(hint.decompress().ok()?.mul_by_cofactor());
        }
        let decoded = Point::from_inner_many(&decoded);
        let mut rest = &decoded[..];
        let base = statement(setup, &self.ballot.credential);
        let mut equation = Equation::default();
        let mut choice_points = Vec::new();
        for ((number, question), answer) in (1..).zip(questions).zip(&self.ballot.answers) {
            let count = answer.choices.len();
            let (choices, after) = rest.split_at_checked(2 * count)?;
            let (individual, after) = after.split_at_checked(4 * count)?;
            let (overall, after) = after.split_at_checked(2 * answer.overall_proof.len())?;
            rest = after;
            for (pair, choice) in choices.chunks_exact(2).zip(&answer.choices) {
                if *pair[0].encoded() != choice.alpha || *pair[1].encoded() != choice.beta {
                    return None;
                }
            }
            let pairs: Vec<Pair> = choices
                .chunks_exact(2)
                .map(|pair| Pair { alpha: pair[0].point, beta: pair[1].point })
                .collect();
            let sum = Pair::sum(&pairs).encode();
            let texts = |points: &[Point]| -> Vec<Encoded> {
                points.iter().map(|point| *point.encoded()).collect()
            };
            check_hashes(&base, answer, &sum, &texts(individual), &texts(overall), number).ok()?;

            let mut weights = vec![(Inner::ZERO, Inner::ZERO); count];
            for ((weight, proofs), commitments) in
                weights.iter_mut().zip(&answer.individual_proofs).zip(individual.chunks_exact(4))
            {
                let added = equation.add(proofs, commitments, 0..=1, rng);
                weight.0 += added.0;
                weight.1 += added.1;
            }
            let added = equation.add(&answer.overall_proof, overall, values(question), rng);
            for (pair, weight) in pairs.iter().zip(weights) {
                equation.terms.push((weight.0 + added.0, pair.alpha));
                equation.terms.push((weight.1 + added.1, pair.beta));
            }
            choice_points.extend_from_slice(choices);
        }
        let commitment = rest.first()?;
        self.check_signature(commitment.encoded()).ok()?;
        let proof = &self.ballot.signature.proof;
        let random = small_random(rng);
        equation.terms.push((random, commitment.point));
        equation.base -= random * proof.response.0;
        let key = setup.credential_key(self.place)?;
        equation.terms.push((-random * proof.challenge.0, key.point));
        Some((self.into_checked(setup, &choice_points), equation))
    }
}

/// One ballot's equations, combined: base·G + key·y + Σ terms must be the identity.
#[derive(Default)]
struct Equation {
    base: Inner,
    key: Inner,
    terms: Vec<(Inner, EdwardsPoint)>,
}

impl Equation {
    /// Adds z·(A − s·G − c·α) + z'·(B − s·y − c·(β − M·G)) for each part of an interval proof, but for the terms of α
    /// and β, whose weights are returned.
    fn add(
        &mut self,
        proofs: &[Proof],
        commitments: &[Point],
        values: core::ops::RangeInclusive<u32>,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> (Inner, Inner) {
        let mut weights = (Inner::ZERO, Inner::ZERO);
        for ((proof, pair), value) in proofs.iter().zip(commitments.chunks_exact(2)).zip(values) {
            let (first, second) = (small_random(rng), small_random(rng));
            let (challenge, response) = (proof.challenge.0, proof.response.0);
            self.terms.push((first, pair[0].point));
            self.terms.push((second, pair[1].point));
            self.base += second * challenge * Inner::from(value) - first * response;
            self.key -= second * response;
            weights.0 -= first * challenge;
            weights.1 -= second * challenge;
        }
        weights
    }
}

/// 128 random bits.
fn small_random(rng: &mut (impl CryptoRng + ?Sized)) -> Inner {
    let mut bytes = [0_u8; 16];
    rng.fill_bytes(&mut bytes);
    Inner::from(u128::from_le_bytes(bytes))
}

/// Positions of the ballots that need to be judged one by one.
fn find_suspects(setup: &Setup, equations: &[(usize, Equation)], suspects: &mut Vec<usize>) {
    // Four exact checks cost about as much as going on halving.
    const JUDGE: usize = 4;
    if holds(setup, equations) {
        return;
    }
    if equations.len() <= JUDGE {
        suspects.extend(equations.iter().map(|(position, _)| *position));
        return;
    }
    let (left, right) = equations.split_at(equations.len() / 2);
    find_suspects(setup, left, suspects);
    find_suspects(setup, right, suspects);
}

fn holds(setup: &Setup, equations: &[(usize, Equation)]) -> bool {
    let base: Inner = equations.iter().map(|(_, equation)| equation.base).sum();
    let key: Inner = equations.iter().map(|(_, equation)| equation.key).sum();
    let terms = || equations.iter().flat_map(|(_, equation)| &equation.terms);
    let scalars = terms().map(|(scalar, _)| *scalar).chain([base, key]);
    let points =
        terms().map(|(_, point)| *point).chain([ED25519_BASEPOINT_POINT, setup.public_key().point]);
    EdwardsPoint::vartime_multiscalar_mul(scalars.collect::<Vec<_>>(), points.collect::<Vec<_>>())
        .is_identity()
}
