//! A voter's program that encrypts any numbers and proves, as well as that can be done, that they are choices: the
//! challenge of every proof is right and the hints fit every hash, so that what is false shows in the equations alone.
//!
//! It is written from `docs/ballot-format.md` and shares no code with ours: with true numbers it is a second maker of
//! ballots.

use curve25519_dalek::constants::ED25519_BASEPOINT_POINT as G;
use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::Scalar as Inner;
use hemicycle_protocol::ballot::encrypt::EncryptError;
use hemicycle_protocol::ballot::hints::Hints;
use hemicycle_protocol::ballot::records::{Answer, EncodedCiphertext, Proof, Question};
use hemicycle_protocol::ballot::setup::Setup;
use hemicycle_protocol::ballot::verify::{BallotError, Submission, verify, verify_many};
use proptest::prelude::*;
use rand_chacha::ChaCha12Rng;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::ops::RangeInclusive;

use crate::forge::{decode, encode, scalar, sign};
use crate::support::{World, election, rng, three_answers};

/// A ballot of these numbers, one for each answer of each question, and its hints.
pub fn ballot(
    setup: &Setup,
    key: &hemicycle_protocol::ballot::keys::SecretKey,
    numbers: &[Vec<i64>],
    rng: &mut ChaCha12Rng,
) -> (Vec<u8>, Hints) {
    let election = setup.election();
    let credential = key.public().encoded();
    let statement = format!("{}|{credential}", setup.fingerprint().to_base64());
    let mut voter =
        Voter { y: decode(election.public_key.encoded()), statement, points: vec![], rng };
    let questions = election.questions.iter().zip(numbers);
    let answers: Vec<Answer> = questions.map(|(question, n)| voter.answer(question, n)).collect();
    let text = format!(
        r#"{{"election_uuid":"{}","election_hash":"{}","credential":"{credential}","answers":{}}}"#,
        election.uuid.as_str(),
        setup.fingerprint().to_base64(),
        serde_json::to_string(&answers).unwrap()
    );
    let (ballot, commitment) = sign(&text, key);
    voter.points.push(commitment);
    let eighth = Inner::from(8_u8).invert();
    let bytes: Vec<u8> =
        voter.points.iter().flat_map(|point| (point * eighth).compress().0).collect();
    (ballot, Hints::from_bytes(&bytes, &election.questions).unwrap())
}

struct Voter<'a> {
    y: EdwardsPoint,
    statement: String,
    /// Every point so far, in the order of the hints.
    points: Vec<EdwardsPoint>,
    rng: &'a mut ChaCha12Rng,
}

impl Voter<'_> {
    fn answer(&mut self, question: &Question, numbers: &[i64]) -> Answer {
        let mut secrets = Vec::new();
        let mut pairs = Vec::new();
        for number in numbers {
            let r = Inner::random(self.rng);
            let pair = (r * G, r * self.y + signed(*number) * G);
            self.points.extend([pair.0, pair.1]);
            pairs.push(pair);
            secrets.push(r);
        }
        let base = self.statement.clone();
        let individual_proofs =
            pairs.iter().zip(&secrets).zip(numbers).map(|((pair, r), number)| {
                let proofs = self.prove(&base, pair, r, 0..=1, *number);
                <[Proof; 2]>::try_from(proofs).unwrap()
            });
        let individual_proofs = individual_proofs.collect();
        let mut whole = base;
        for (place, (alpha, beta)) in pairs.iter().enumerate() {
            let before = if place == 0 { '|' } else { ',' };
            write!(whole, "{before}{},{}", encode(alpha), encode(beta)).unwrap();
        }
        let sum = (
            pairs.iter().map(|pair| pair.0).sum::<EdwardsPoint>(),
            pairs.iter().map(|pair| pair.1).sum::<EdwardsPoint>(),
        );
        let r = secrets.iter().sum();
        let range = question.min..=question.max;
        let overall_proof = self.prove(&whole, &sum, &r, range, numbers.iter().sum());
        let choices = pairs
            .iter()
            .map(|(alpha, beta)| EncodedCiphertext { alpha: encode(alpha), beta: encode(beta) });
        Answer { choices: choices.collect(), individual_proofs, overall_proof }
    }

    /// Claims the number itself where it is one of the values, else the nearest of them.
    fn prove(
        &mut self,
        statement: &str,
        (alpha, beta): &(EdwardsPoint, EdwardsPoint),
        r: &Inner,
        values: RangeInclusive<u32>,
        number: i64,
    ) -> Vec<Proof> {
        let claim = number.clamp((*values.start()).into(), (*values.end()).into());
        let mut proofs = Vec::new();
        let mut text = format!("prove|{statement}|{},{}|", encode(alpha), encode(beta));
        let mut missing = None;
        let mut total = Inner::ZERO;
        for (place, value) in values.enumerate() {
            let (c, s) = (Inner::random(self.rng), Inner::random(self.rng));
            let (a, b) = if i64::from(value) == claim {
                missing = Some(place);
                (s * G, s * self.y)
            } else {
                total += c;
                (s * G + c * alpha, s * self.y + c * (beta - Inner::from(value) * G))
            };
            self.points.extend([a, b]);
            let comma = if place == 0 { "" } else { "," };
            write!(text, "{comma}{},{}", encode(&a), encode(&b)).unwrap();
            proofs.push((c, s));
        }
        let mut digest: [u8; 32] = Sha256::digest(text).into();
        digest.reverse();
        let claimed = &mut proofs[missing.unwrap()];
        claimed.0 = Inner::from_bytes_mod_order(digest) - total;
        claimed.1 -= r * claimed.0;
        let proof = |(c, s)| Proof { challenge: scalar(&c), response: scalar(&s) };
        proofs.into_iter().map(proof).collect()
    }
}

fn signed(number: i64) -> Inner {
    let size = Inner::from(number.unsigned_abs());
    if number < 0 { -size } else { size }
}

/// What the numbers of one question are worth: nothing, or why not.
fn fault(question: usize, numbers: &[i64], range: RangeInclusive<i64>) -> Option<BallotError> {
    if !numbers.iter().all(|number| [0, 1].contains(number)) {
        return Some(BallotError::IndividualProof { question });
    }
    let sum = numbers.iter().sum();
    (!range.contains(&sum)).then_some(BallotError::OverallProof { question })
}

/// By itself, and among good ones with and without hints.
fn judge(world: &mut World, numbers: &[Vec<i64>]) -> Result<(), BallotError> {
    let key = world.voters[0].clone();
    let (ballot, hints) = ballot(&world.setup, &key, numbers, &mut world.rng);
    let good = world.cast_marks(1, &[vec![true, false, false], vec![true, true, false, false]]);
    let one = verify(&world.setup, &ballot).map(|_| ());
    for hints in [None, Some(&hints)] {
        let mine = Submission { ballot: &ballot, hints };
        let theirs = Submission { ballot: &good.ballot, hints: Some(&good.hints) };
        let verdicts = verify_many(&world.setup, &[theirs, mine, theirs], &mut world.rng);
        let [first, many, last] = <[_; 3]>::try_from(verdicts).unwrap();
        assert!(first.is_ok() && last.is_ok(), "it cost another its ballot");
        assert_eq!(many.map(|_| ()), one);
    }
    one
}

fn ask() -> World {
    let mut questions = three_answers(1);
    questions.push(election(4, 2));
    World::asking(83, 2, questions, 1)
}

#[test]
fn what_the_liar_says_truly_is_believed_and_nothing_else() {
    let mut world = ask();
    let good = [vec![0, 1, 0], vec![1, 0, 1, 0]];
    for names in [[0, 0, 0, 0], [0, 0, 1, 0], [1, 0, 0, 1]] {
        assert_eq!(judge(&mut world, &[good[0].clone(), names.into()]), Ok(()));
    }
    for bad in [
        // A choice of 2, of −1, with and without a sum that is right; none, and two.
        [2, 0, 0],
        [-1, 0, 0],
        [2, -1, 0],
        [-1, 1, 1],
        [1, 1, -1],
        [3, -1, -1],
        [0, 0, 0],
        [1, 1, 0],
        [1, 1, 1],
        [i64::MAX, 1 - i64::MAX, 0],
    ] {
        let fault = fault(1, &bad, 1..=1).unwrap();
        assert_eq!(judge(&mut world, &[bad.into(), good[1].clone()]), Err(fault), "{bad:?}");
    }
    for bad in [
        // One name more than places, all names; 2 for one candidate, where 2 names may be; −1.
        [1, 1, 1, 0],
        [1, 1, 1, 1],
        [2, 0, 0, 0],
        [0, 0, 0, 2],
        [-1, 0, 0, 0],
        [-1, 1, 1, 1],
        [2, -1, 1, 0],
        [3, 0, 0, -1],
        [-1, -1, 1, 1],
    ] {
        let fault = fault(2, &bad, 0..=2).unwrap();
        assert_eq!(judge(&mut world, &[good[0].clone(), bad.into()]), Err(fault), "{bad:?}");
    }
    // Our own program makes none of them.
    let three = [vec![false, true, false], vec![true, true, true, false]];
    let key = world.voters[0].clone();
    let refused =
        hemicycle_protocol::ballot::encrypt::encrypt(&world.setup, &key, &three, &mut rng(1));
    assert_eq!(refused.unwrap_err(), EncryptError::Marks { question: 2 });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// A ballot is accepted exactly if each number is 0 or 1 and their sums are in range.
    #[test]
    fn a_ballot_is_accepted_exactly_if_its_numbers_are_choices(
        first in prop::collection::vec(-1..=2_i64, 3),
        second in prop::collection::vec(prop_oneof![4 => 0..=1_i64, 1 => -2..=3_i64], 4),
    ) {
        let wanted = fault(1, &first, 1..=1).or_else(|| fault(2, &second, 0..=2));
        let verdict = judge(&mut ask(), &[first, second]);
        prop_assert_eq!(verdict.err(), wanted);
    }
}
