//! A hostile voter with a valid credential: ballots with one thing wrong and a right signature over it; and archives
//! whose chain is right around wrong records.

use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};
use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use curve25519_dalek::scalar::Scalar as Inner;
use hemicycle_protocol::ballot::archive::EventType;
use hemicycle_protocol::ballot::encrypt::{Sealed, one_of};
use hemicycle_protocol::ballot::group::Encoded;
use hemicycle_protocol::ballot::hints::Hints;
use hemicycle_protocol::ballot::keys::SecretKey;
use hemicycle_protocol::ballot::records::{Ballot, Canonical as _, SetupData};
use hemicycle_protocol::ballot::scalar::{RecordHash, Scalar, SecretScalar};
use num_bigint::BigUint;
use rand_chacha::ChaCha12Rng;
use sha2::{Digest as _, Sha256};

use crate::hostile::below;
use crate::support::{World, election, rng, three_answers};

pub struct Forger {
    pub world: World,
    good: Vec<Sealed>,
    other_vote: Vec<Sealed>,
}

impl Forger {
    pub const KINDS: usize = 15;

    /// Three voters with one good ballot each, in this vote and in another with the same voters and trustees: two
    /// questions of one answer, and an election of two among four.
    pub fn new(seed: u64) -> Self {
        let ask = || {
            let mut questions = three_answers(2);
            questions.push(election(4, 2));
            World::asking(seed, 3, questions, 1)
        };
        let (mut world, mut other) = (ask(), ask());
        let mut election = other.setup.election().clone();
        election.name.push_str(" (2)");
        let [_, trustees, credentials, _] = other.setup.records().clone();
        other.setup = hemicycle_protocol::ballot::setup::Setup::from_records(
            &election.to_bytes(),
            &trustees,
            &credentials,
        )
        .unwrap();
        let marks = |first, second, names: [bool; 4]| {
            vec![one_of(3, first), one_of(3, second), names.into()]
        };
        let (mine, others) =
            (marks(0, 2, [true, false, true, false]), marks(1, 1, [false, false, true, false]));
        let good = (0..3).map(|voter| world.cast_marks(voter, &mine)).collect();
        let other_vote = (0..3).map(|voter| other.cast_marks(voter, &others)).collect();
        Self { world, good, other_vote }
    }

    pub fn good(&self, voter: usize) -> &Sealed {
        &self.good[voter]
    }

    fn ballot(&self, voter: usize) -> Ballot {
        Ballot::from_bytes(&self.good[voter].ballot).unwrap()
    }

    /// One thing wrong, chosen at random, the signature right. (A voter's own answers in another order make a right
    /// ballot, which is the voter's business.)
    pub fn forge(&mut self, voter: usize, rng: &mut ChaCha12Rng) -> (&'static str, Vec<u8>) {
        let mut ballot = self.ballot(voter);
        let question = below(rng, 3);
        let answers = ballot.answers[question].choices.len();
        let answer = below(rng, answers);
        let part = below(rng, 2);
        let kind = below(rng, Self::KINDS);
        let target = &mut ballot.answers[question];
        let name = match kind {
            0 => {
                let choice = &mut target.choices[answer];
                let point = if part == 0 { &mut choice.alpha } else { &mut choice.beta };
                let torsion = EIGHT_TORSION[1 + below(rng, 7)];
                let small = below(rng, 2) == 0;
                *point = encode(&if small { torsion } else { decode(point) + torsion });
                "small order"
            }
            1 => {
                // The identity and the point of order two in their other spellings, and y ≥ p.
                let mut bytes = [0xff; 32];
                bytes[31] = 0x7f;
                bytes[0] = [0xed, 0xee, 0xf5, 0xff][below(rng, 4)];
                if below(rng, 2) == 0 {
                    bytes = [0; 32];
                    bytes[0] = 1;
                    bytes[31] = 0x80;
                }
                let choice = &mut target.choices[answer];
                let point = if part == 0 { &mut choice.alpha } else { &mut choice.beta };
                *point = Encoded::from_bytes(bytes);
                "not canonical"
            }
            2 => {
                let choice = &mut target.choices[answer];
                let point = if part == 0 { &mut choice.alpha } else { &mut choice.beta };
                let shift = SecretKey::generate(rng);
                *point = encode(&(decode(point) + decode(shift.public().encoded())));
                "another point"
            }
            3 => {
                let choice = &mut target.choices[answer];
                core::mem::swap(&mut choice.alpha, &mut choice.beta);
                "alpha for beta"
            }
            4 => {
                target.choices.swap(answer, (answer + 1) % answers);
                "choices swapped"
            }
            5 => {
                let proof = &mut target.individual_proofs[answer][part];
                core::mem::swap(&mut proof.challenge, &mut proof.response);
                "challenge for response"
            }
            6 => {
                let proof = &mut target.individual_proofs[answer][part];
                proof.response = add(&proof.response, below(rng, 1000) + 1);
                "individual response"
            }
            7 => {
                // The sum of the challenges stays right.
                let amount = below(rng, 1000) + 1;
                let [zero, one] = &mut target.individual_proofs[answer];
                zero.challenge = add(&zero.challenge, amount);
                one.challenge = sub(&one.challenge, amount);
                "challenge moved"
            }
            8 => {
                target.individual_proofs.swap(answer, (answer + 1) % answers);
                "proofs swapped"
            }
            9 => {
                let values = target.overall_proof.len();
                let proof = &mut target.overall_proof[below(rng, values)];
                let amount = below(rng, 1000) + 1;
                if part == 0 {
                    proof.challenge = add(&proof.challenge, amount);
                } else {
                    proof.response = add(&proof.response, amount);
                }
                "overall proof"
            }
            10 => {
                let other = Ballot::from_bytes(&self.other_vote[voter].ballot).unwrap();
                *target = other.answers[question].clone();
                "answer of another vote"
            }
            11 => {
                // The other voters' proofs for the same question.
                let other = self.ballot((voter + 1) % 3);
                target.individual_proofs = other.answers[question].individual_proofs.clone();
                "another's proofs"
            }
            12 => {
                ballot.credential = self.ballot((voter + 1) % 3).credential;
                "another seat's credential"
            }
            13 => {
                // The same number modulo the order, and so the same proof, in another spelling.
                let proof = &target.individual_proofs[answer][part];
                let number =
                    if below(rng, 2) == 0 { proof.challenge } else { proof.response }.to_decimal();
                let above = plus_order(&number);
                return ("scalar above the order", self.sign_text(ballot, voter, &number, &above));
            }
            _ => {
                let choice = target.choices[answer];
                let (alpha, beta) = (choice.alpha.to_hex(), choice.beta.to_hex());
                let right = format!(r#""alpha":"{alpha}","beta":"{beta}""#);
                let swapped = format!(r#""beta":"{beta}","alpha":"{alpha}""#);
                return ("fields swapped", self.sign_text(ballot, voter, &right, &swapped));
            }
        };
        (name, self.sign(ballot, voter))
    }

    pub fn answers_of_other_vote(&self, voter: usize) -> Vec<u8> {
        let mut ballot = self.ballot(voter);
        ballot.answers = Ballot::from_bytes(&self.other_vote[voter].ballot).unwrap().answers;
        self.sign(ballot, voter)
    }

    pub fn answers_of_other_voter(&self, voter: usize, other: usize) -> Vec<u8> {
        let mut ballot = self.ballot(voter);
        ballot.answers = self.ballot(other).answers;
        self.sign(ballot, voter)
    }

    /// A ballot under another voter's credential, signed with one's own key.
    pub fn under_credential_of(&self, voter: usize, other: usize) -> Vec<u8> {
        let mut ballot = self.ballot(other);
        ballot.signature = self.ballot(voter).signature;
        self.sign(ballot, voter)
    }

    pub fn under_unknown_credential(&self, voter: usize) -> Vec<u8> {
        let mut ballot = self.ballot(voter);
        ballot.credential = *SecretKey::generate(&mut rng(1)).public().encoded();
        self.sign(ballot, voter)
    }

    /// The chosen answer's 1 becomes 2 or an unchosen one's 0 becomes −1; with `both`, another answer is shifted the
    /// other way, so that the sum is still 1. Hints are made to fit as well as they can.
    pub fn shifted_choice(&mut self, voter: usize, shift: i8, both: bool) -> (Vec<u8>, Hints) {
        let mut ballot = self.ballot(voter);
        // Question 1 was answered with the first answer.
        let (target, balance) = if shift > 0 { (0, 1) } else { (1, 0) };
        let amount = if shift > 0 { ED25519_BASEPOINT_POINT } else { -ED25519_BASEPOINT_POINT };
        let mut bytes = self.good[voter].hints.to_bytes();
        let eighth = Inner::from(8_u8).invert();
        let mut move_by = |answer: usize, amount: EdwardsPoint| {
            let choice = &mut ballot.answers[0].choices[answer];
            let beta = decode(&choice.beta) + amount;
            choice.beta = encode(&beta);
            let at = 32 * (2 * answer + 1);
            bytes[at..at + 32].copy_from_slice((beta * eighth).compress().as_bytes());
        };
        move_by(target, amount);
        if both {
            move_by(balance, -amount);
        }
        let questions = &self.world.setup.election().questions;
        let hints = Hints::from_bytes(&bytes, questions).unwrap();
        (self.sign(ballot, voter), hints)
    }

    fn sign(&self, ballot: Ballot, voter: usize) -> Vec<u8> {
        self.sign_text(ballot, voter, "", "")
    }

    /// With one text of the ballot replaced by another.
    fn sign_text(&self, ballot: Ballot, voter: usize, from: &str, to: &str) -> Vec<u8> {
        let text = String::from_utf8(ballot.to_bytes()).unwrap();
        let unsigned = text.split(",\"signature\":").next().unwrap().replacen(from, to, 1);
        sign(&format!("{unsigned}}}"), &self.world.voters[voter]).0
    }
}

/// Signs as the format asks, by hand: this also tests that our reading of it is complete. Gives the commitment too.
pub fn sign(unsigned: &str, key: &SecretKey) -> (Vec<u8>, EdwardsPoint) {
    let hash = RecordHash::of(unsigned.as_bytes());
    let secret = Inner::from_canonical_bytes(*key.to_bytes()).unwrap();
    let nonce = Inner::random(&mut rng(u64::from(hash.0[0])));
    let commitment = nonce * ED25519_BASEPOINT_POINT;
    let message = format!("sig|{}|{}", hash.to_base64(), encode(&commitment));
    let mut digest: [u8; 32] = Sha256::digest(message).into();
    digest.reverse();
    let challenge = Inner::from_bytes_mod_order(digest);
    let response = nonce - secret * challenge;
    let signed = format!(
        r#"{},"signature":{{"hash":"{}","proof":{{"challenge":"{}","response":"{}"}}}}}}"#,
        unsigned.strip_suffix('}').unwrap(),
        hash.to_base64(),
        scalar(&challenge).to_decimal(),
        scalar(&response).to_decimal()
    );
    (signed.into_bytes(), commitment)
}

/// The number with the order of the group added, 77 digits at most.
pub fn plus_order(number: &str) -> String {
    let order = (BigUint::from(1_u8) << 252_u32)
        + "27742317777372353535851937790883648493".parse::<BigUint>().unwrap();
    (number.parse::<BigUint>().unwrap() + order).to_string()
}

/// An archive with these events, all hashes right, whatever the order and the data; a changed setup record changes the
/// setup data with it.
pub fn rebuild(events: &[(EventType, Vec<Vec<u8>>)], timestamp: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    let header = format!("{{\"version\":1,\"timestamp\":\"{timestamp}\"}}");
    file(&mut bytes, "BELENIOS", header.as_bytes(), timestamp);
    let mut parent = String::new();
    for (height, (kind, data)) in events.iter().enumerate() {
        let mut data = data.clone();
        if let [election, trustees, credentials, setup] = &mut data[..]
            && SetupData::from_bytes(setup).is_ok()
        {
            *setup = SetupData {
                election: RecordHash::of(election),
                trustees: RecordHash::of(trustees),
                credentials: RecordHash::of(credentials),
            }
            .to_bytes();
        }
        let mut payload = String::new();
        for record in &data {
            let hash = RecordHash::of(record);
            file(&mut bytes, &format!("{hash}.data.json"), record, timestamp);
            payload = format!(",\"payload\":\"{hash}\"");
        }
        let kind = kind.name();
        let event = format!("{{{parent}\"height\":{height},\"type\":\"{kind}\"{payload}}}");
        let hash = RecordHash::of(event.as_bytes());
        file(&mut bytes, &format!("{hash}.event.json"), event.as_bytes(), timestamp);
        parent = format!("\"parent\":\"{hash}\",");
    }
    bytes
}

fn file(bytes: &mut Vec<u8>, name: &str, content: &[u8], timestamp: u64) {
    let mut header = vec![0_u8; 512];
    for (at, text) in [
        (0, name.to_owned()),
        (100, "0000644\0".to_owned()),
        (124, format!("{:011o}\0{timestamp:011o}\0        0", content.len())),
    ] {
        header[at..at + text.len()].copy_from_slice(text.as_bytes());
    }
    for at in [108, 116] {
        header[at..at + 8].copy_from_slice(b"0000000\0");
    }
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    bytes.extend(header);
    bytes.extend_from_slice(content);
    bytes.resize(bytes.len().next_multiple_of(512), 0);
}

pub fn decode(point: &Encoded) -> EdwardsPoint {
    CompressedEdwardsY(*point.as_bytes()).decompress().unwrap()
}

pub fn encode(point: &EdwardsPoint) -> Encoded {
    Encoded::from_bytes(point.compress().0)
}

fn inner(scalar: &Scalar) -> Inner {
    let text = scalar.to_decimal();
    Inner::from_canonical_bytes(*SecretScalar::from_decimal(&text).unwrap().to_bytes()).unwrap()
}

pub fn scalar(value: &Inner) -> Scalar {
    // Through the decimal form, which is the only way in for a public scalar.
    let mut digits = Vec::new();
    let mut bytes = *value.as_bytes();
    while bytes != [0; 32] {
        let mut rest = 0_u32;
        for byte in bytes.iter_mut().rev() {
            let dividend = rest * 256 + u32::from(*byte);
            *byte = u8::try_from(dividend / 10).unwrap();
            rest = dividend % 10;
        }
        digits.push(char::from(b'0' + u8::try_from(rest).unwrap()));
    }
    if digits.is_empty() {
        digits.push('0');
    }
    Scalar::from_decimal(&digits.iter().rev().collect::<String>()).unwrap()
}

fn add(value: &Scalar, amount: usize) -> Scalar {
    scalar(&(inner(value) + Inner::from(u64::try_from(amount).unwrap())))
}

fn sub(value: &Scalar, amount: usize) -> Scalar {
    scalar(&(inner(value) - Inner::from(u64::try_from(amount).unwrap())))
}
