//! What travels beside a ballot so that many can be checked at once. Never part of an archive.
//!
//! What lives here: the container and its bytes. The batch check that uses it is in [`super::verify`].
//!
//! A proof in the record holds (c, s); its commitments A = s·G + c·P have to be recomputed one by one, because the hash
//! needs each of them. With the commitments at hand the hash can be checked at once and all the equations of all
//! ballots in one random combination. Each point P is sent as P/8: eight times *any* curve point lies in the prime-order
//! subgroup, so the receiver needs no membership test. Hints can only make a check faster: wrong ones cost their
//! ballot the slow check, never its acceptance. Nor do they say anything that the ballot does not say: everybody can
//! compute them from it ([`super::verify::hints_of`]).

use curve25519_dalek::edwards::EdwardsPoint;
use zeroize::Zeroize;

use super::group::Encoded;
use super::records::Question;

/// One eighth of every point of a ballot, in this order: for each question, for each answer alpha, beta; then for each
/// answer A_0, B_0, A_1, B_1; then for each value from min to max A, B; after the last question the signature's A.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hints(Vec<Encoded>);

impl Zeroize for Hints {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}

impl Hints {
    /// Number of points that a ballot with these questions has.
    #[must_use]
    pub fn expected(questions: &[Question]) -> usize {
        let of_question = |question: &Question| {
            let values =
                usize::try_from(question.max.saturating_sub(question.min)).unwrap_or(0) + 1;
            6 * question.answers.len() + 2 * values
        };
        questions.iter().map(of_question).sum::<usize>() + 1
    }

    /// Reads 32 bytes a point; `None` unless it is exactly what a ballot with these questions has.
    #[must_use]
    pub fn from_bytes(bytes: &[u8], questions: &[Question]) -> Option<Self> {
        if bytes.len() != Self::size(questions) {
            return None;
        }
        let points = bytes.chunks_exact(32).map(|chunk| {
            let mut point = [0_u8; 32];
            point.copy_from_slice(chunk);
            Encoded::from_bytes(point)
        });
        Some(Self(points.collect()))
    }

    /// 32 bytes a point: 672 bytes for a question of three answers, of which one is chosen.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|point| *point.as_bytes()).collect()
    }

    /// Bytes of the hints of one ballot with these questions.
    #[must_use]
    pub fn size(questions: &[Question]) -> usize {
        32 * Self::expected(questions)
    }

    /// Reads the hints of all the ballots of an archive, one after the other in the order of the ballots; `None` unless
    /// they are exactly so many.
    #[must_use]
    pub fn split(bytes: &[u8], questions: &[Question], ballots: usize) -> Option<Vec<Self>> {
        let size = Self::size(questions);
        if Some(bytes.len()) != size.checked_mul(ballots) {
            return None;
        }
        bytes.chunks_exact(size).map(|one| Self::from_bytes(one, questions)).collect()
    }

    pub(crate) fn from_eighths(points: &[EdwardsPoint]) -> Self {
        let compressed = EdwardsPoint::compress_batch_alloc(points);
        Self(compressed.into_iter().map(|point| Encoded::from_bytes(point.0)).collect())
    }

    pub(crate) fn points(&self) -> &[Encoded] {
        &self.0
    }
}
