//! The records of an election: what each JSON text holds, read strictly and written in the one canonical form.
//!
//! What lives here: types with the format's field order, [`Canonical`] reading and writing, and the limits on sizes.
//! What a record must agree with (proofs, sums, other records) is checked elsewhere: [`super::trustees`],
//! [`super::setup`], [`super::verify`], [`super::decrypt`], [`super::election`].
//!
//! Every record is accepted only if writing it again gives the same bytes. That refuses white space, other field
//! orders, unknown or repeated fields and every second spelling of a number or string with one comparison.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::group::{Encoded, Point};
use super::scalar::{RecordHash, Scalar};

/// Largest number of questions in one election (a personnel list has one question a person).
pub const MAX_QUESTIONS: usize = 256;
/// Largest number of answers to one question: an election has one for each candidate.
pub const MAX_ANSWERS: usize = 128;
/// Largest number of credentials, and so of voters, in one election.
pub const MAX_CREDENTIALS: usize = 65_536;
/// Largest total weight of all credentials, 2^20: the search for the result is bounded by it.
pub const MAX_TOTAL_WEIGHT: u32 = 1 << 20;
/// Largest number of trustees in all.
pub const MAX_TRUSTEES: usize = 64;
/// Largest size of a record in bytes. A ballot of 256 questions of three answers takes about 540 kB.
pub const MAX_RECORD_BYTES: usize = 8 << 20;

/// Why bytes are not a record of the kind that is meant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{record}: {fault}")]
pub struct RecordError {
    /// The kind of record.
    pub record: &'static str,
    /// What is wrong with it.
    pub fault: RecordFault,
}

/// What is wrong with a record by itself.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordFault {
    /// More than [`MAX_RECORD_BYTES`].
    #[error("too large")]
    TooLarge,
    /// Not JSON, or not of this shape; the text says where.
    #[error("{0}")]
    Shape(String),
    /// Readable, but not the one way of writing it.
    #[error("not in canonical form")]
    NotCanonical,
    /// A field has a value that is well-formed but not allowed.
    #[error("field {0} is not acceptable")]
    Field(&'static str),
    /// The record uses a part of the format that secret votes do not use.
    #[error("{0} is not supported")]
    Unsupported(&'static str),
}

/// A record with exactly one way of writing it.
pub trait Canonical: Serialize + DeserializeOwned {
    /// The name of this kind of record in errors.
    const RECORD: &'static str;

    /// Limits that the shape alone does not express.
    ///
    /// # Errors
    /// The first field that breaks one.
    fn check(&self) -> Result<(), RecordFault> {
        Ok(())
    }

    /// Reads a record.
    ///
    /// # Errors
    /// [`RecordError`] unless [`Canonical::to_bytes`] of the result gives these very bytes and the limits hold.
    fn from_bytes(bytes: &[u8]) -> Result<Self, RecordError> {
        let fail = |fault| RecordError { record: Self::RECORD, fault };
        if bytes.len() > MAX_RECORD_BYTES {
            return Err(fail(RecordFault::TooLarge));
        }
        let record: Self = serde_json::from_slice(bytes)
            .map_err(|error| fail(RecordFault::Shape(error.to_string())))?;
        record.check().map_err(fail)?;
        if record.to_bytes() != bytes {
            return Err(fail(RecordFault::NotCanonical));
        }
        Ok(record)
    }

    /// Writes the record: compact UTF-8 JSON, fields in order, no trailing newline.
    fn to_bytes(&self) -> Vec<u8> {
        to_json(self)
    }
}

/// Compact JSON of a value whose serialisation cannot fail: string keys only, nothing fallible inside.
///
/// The peer writes the character U+007F as an escape, so that is the one way here too.
pub(crate) fn to_json<T: Serialize + ?Sized>(value: &T) -> Vec<u8> {
    let json = serde_json::to_vec(value).unwrap_or_default();
    if !json.contains(&0x7f) {
        return json;
    }
    let mut escaped = Vec::with_capacity(json.len() + 5);
    for byte in json {
        match byte {
            0x7f => escaped.extend_from_slice(b"\\u007f"),
            _ => escaped.push(byte),
        }
    }
    escaped
}

/// The identifier of an election: 14 to 64 characters of the Base58 alphabet. FORMAT §3.1.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Uuid(String);

impl Uuid {
    /// Takes a text; `None` if it is no identifier.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let well_formed =
            (14..=64).contains(&text.len()) && text.bytes().all(|byte| BASE58.contains(&byte));
        well_formed.then(|| Self(text.to_owned()))
    }

    /// Draws an identifier of 22 characters (128 bits).
    pub fn random(rng: &mut (impl rand_core::CryptoRng + ?Sized)) -> Self {
        Self(super::credential::random_base58(rng, 22))
    }

    /// The identifier that a seed gives: 22 characters (128 bits) of SHA-256(seed ‖ counter), counter one byte from 0; bytes
    /// of 232 and above are thrown away, the rest taken modulo 58.
    #[must_use]
    pub fn derive(seed: &[u8]) -> Self {
        use sha2::{Digest as _, Sha256};
        let mut text = String::with_capacity(22);
        for counter in 0_u8..=255 {
            let bytes = Sha256::new_with_prefix(seed).chain_update([counter]).finalize();
            let letters = bytes.iter().filter(|byte| **byte < 232);
            text.extend(
                letters.take(22 - text.len()).map(|b| char::from(BASE58[usize::from(b % 58)])),
            );
            if text.len() == 22 {
                break;
            }
        }
        Self(text)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

pub(crate) const BASE58: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/// One homomorphic question. FORMAT §3.1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The texts of the answers, in the order of the encrypted choices.
    pub answers: Vec<String>,
    /// Present and true if a blank vote is offered; secret votes do not use it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blank: Option<bool>,
    /// Least number of answers in a ballot.
    pub min: u32,
    /// Largest number of answers in a ballot.
    pub max: u32,
    /// The text of the question.
    pub question: String,
}

impl Question {
    /// A question of which exactly one answer is chosen.
    #[must_use]
    pub fn one_of(question: &str, answers: &[&str]) -> Self {
        Self {
            answers: answers.iter().map(|answer| (*answer).to_owned()).collect(),
            blank: None,
            min: 1,
            max: 1,
            question: question.to_owned(),
        }
    }

    /// A question of which as many answers are chosen as the voter likes, none to `most`.
    #[must_use]
    pub fn at_most(question: &str, answers: Vec<String>, most: u32) -> Self {
        Self { answers, blank: None, min: 0, max: most, question: question.to_owned() }
    }
}

/// The election record. FORMAT §3.1. Its hash is the fingerprint φ that everything else is bound to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Election {
    /// Version of the format, 1.
    pub version: u32,
    /// Free text.
    pub description: String,
    /// The title of the vote.
    pub name: String,
    /// Name of the group, `Ed25519`.
    pub group: String,
    /// The key that ballots are encrypted to, y.
    pub public_key: Point,
    /// The questions, all answered in one ballot.
    pub questions: Vec<Question>,
    /// The identifier.
    pub uuid: Uuid,
    /// Who runs the vote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub administrator: Option<String>,
    /// Who drew the credentials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential_authority: Option<String>,
}

impl Canonical for Election {
    const RECORD: &'static str = "election";

    fn check(&self) -> Result<(), RecordFault> {
        if self.version != 1 {
            return Err(RecordFault::Field("version"));
        }
        if self.group != "Ed25519" {
            return Err(RecordFault::Field("group"));
        }
        if self.public_key.is_identity() {
            return Err(RecordFault::Field("public_key"));
        }
        if Uuid::new(self.uuid.as_str()).is_none() {
            return Err(RecordFault::Field("uuid"));
        }
        if self.questions.is_empty() || self.questions.len() > MAX_QUESTIONS {
            return Err(RecordFault::Field("questions"));
        }
        for question in &self.questions {
            if question.blank.is_some() {
                return Err(RecordFault::Unsupported("a blank vote"));
            }
            let answers = question.answers.len();
            if answers == 0 || answers > MAX_ANSWERS {
                return Err(RecordFault::Field("answers"));
            }
            let fits = usize::try_from(question.max).is_ok_and(|max| max <= answers);
            if question.min > question.max || !fits {
                return Err(RecordFault::Field("min, max"));
            }
        }
        Ok(())
    }
}

/// The fingerprint or the signed hash inside a ballot: a SHA-256 hash as 43 characters of base64.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Base64Hash(pub RecordHash);

impl Serialize for Base64Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_base64())
    }
}

impl<'de> Deserialize<'de> for Base64Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        RecordHash::from_base64(&text)
            .map(Self)
            .ok_or_else(|| serde::de::Error::custom("not a SHA-256 hash in base64"))
    }
}

/// A Schnorr-like proof or signature: challenge c and response s.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// c.
    pub challenge: Scalar,
    /// s.
    pub response: Scalar,
}

/// One line of the credential list: `P`, `P,weight`, `P,weight,name` or `P,,name`. FORMAT §3.3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialLine {
    /// The public credential, not yet known to be a point.
    pub credential: Encoded,
    /// How many times a ballot of this credential counts; `None` is written as nothing and counts once.
    pub weight: Option<u32>,
    /// A name, which our own lists leave out: it would tell who took part.
    pub name: Option<String>,
}

impl CredentialLine {
    /// A credential that counts once and names nobody.
    #[must_use]
    pub const fn anonymous(credential: Encoded) -> Self {
        Self { credential, weight: None, name: None }
    }

    fn parse(text: &str) -> Result<Self, &'static str> {
        let mut parts = text.splitn(3, ',');
        let point = parts.next().unwrap_or_default();
        let credential =
            Encoded::from_hex(point).map_err(|_| "credential is not a point in hex")?;
        let weight = match parts.next() {
            None | Some("") => None,
            Some(digits) => {
                let weight = digits.parse::<u32>().map_err(|_| "weight is not a number")?;
                if weight.to_string() != digits {
                    return Err("weight is not in canonical form");
                }
                Some(weight)
            }
        };
        let name = parts.next().map(str::to_owned);
        let line = Self { credential, weight, name };
        if line.to_text() == text { Ok(line) } else { Err("credential is not in canonical form") }
    }

    fn to_text(&self) -> String {
        let mut text = self.credential.to_hex();
        if let Some(weight) = self.weight {
            text.push(',');
            text.push_str(&weight.to_string());
        }
        if let Some(name) = &self.name {
            text.push_str(if self.weight.is_some() { "," } else { ",," });
            text.push_str(name);
        }
        text
    }
}

impl Serialize for CredentialLine {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_text())
    }
}

impl<'de> Deserialize<'de> for CredentialLine {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// The public credentials record: who may vote, by points alone. FORMAT §3.3.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Credentials(pub Vec<CredentialLine>);

impl Canonical for Credentials {
    const RECORD: &'static str = "public credentials";

    fn check(&self) -> Result<(), RecordFault> {
        if self.0.is_empty() || self.0.len() > MAX_CREDENTIALS {
            return Err(RecordFault::Field("number of credentials"));
        }
        let mut total = 0_u32;
        for line in &self.0 {
            let weight = line.weight.unwrap_or(1);
            total = total.saturating_add(weight);
            if weight == 0 || total > MAX_TOTAL_WEIGHT {
                return Err(RecordFault::Field("weight"));
            }
        }
        Ok(())
    }
}

/// The record that ties the setup together. FORMAT §3.4.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetupData {
    /// Hash of the election record.
    pub election: RecordHash,
    /// Hash of the trustees record.
    pub trustees: RecordHash,
    /// Hash of the public credentials record.
    pub credentials: RecordHash,
}

impl Canonical for SetupData {
    const RECORD: &'static str = "setup data";
}

/// An encrypted number as it stands in a ballot, its points not yet checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EncodedCiphertext {
    /// r·G.
    pub alpha: Encoded,
    /// r·y + m·G.
    pub beta: Encoded,
}

/// An encrypted number: alpha = r·G, beta = r·y + m·G. FORMAT §3.5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ciphertext {
    /// r·G.
    pub alpha: Point,
    /// r·y + m·G.
    pub beta: Point,
}

/// The encrypted answer to one question. FORMAT §3.5.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// One encrypted bit for each answer.
    pub choices: Vec<EncodedCiphertext>,
    /// For each choice, that it is 0 or 1.
    pub individual_proofs: Vec<[Proof; 2]>,
    /// That the sum of the choices lies between min and max.
    pub overall_proof: Vec<Proof>,
}

/// The signature of a ballot by its credential. FORMAT §3.5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BallotSignature {
    /// Hash of the ballot without this field.
    pub hash: Base64Hash,
    /// Signature on that hash.
    pub proof: Proof,
}

/// A ballot. FORMAT §3.5. Points are checked when the ballot is verified, not when it is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ballot {
    /// Identifier of the election.
    pub election_uuid: Uuid,
    /// Fingerprint φ of the election.
    pub election_hash: Base64Hash,
    /// Public credential of the voter.
    pub credential: Encoded,
    /// One encrypted answer for each question.
    pub answers: Vec<Answer>,
    /// Signature over all of the above.
    pub signature: BallotSignature,
}

impl Canonical for Ballot {
    const RECORD: &'static str = "ballot";

    fn check(&self) -> Result<(), RecordFault> {
        if self.answers.len() > MAX_QUESTIONS {
            return Err(RecordFault::Field("answers"));
        }
        Ok(())
    }
}

/// What the signature's hash covers: the ballot without its signature.
#[derive(Serialize)]
struct UnsignedBallot<'a> {
    election_uuid: &'a Uuid,
    election_hash: &'a Base64Hash,
    credential: &'a Encoded,
    answers: &'a [Answer],
}

/// Hash of the compact ballot without its `signature` field. FORMAT §3.5.
pub(crate) fn unsigned_hash(
    election_uuid: &Uuid,
    election_hash: &Base64Hash,
    credential: &Encoded,
    answers: &[Answer],
) -> RecordHash {
    RecordHash::of(&to_json(&UnsignedBallot { election_uuid, election_hash, credential, answers }))
}

/// The encrypted tally: question by answer, the weighted sum of the counted ballots. FORMAT §3.6.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EncryptedTally(pub Vec<Vec<Ciphertext>>);

impl Canonical for EncryptedTally {
    const RECORD: &'static str = "encrypted tally";
}

/// The encrypted tally's hash with the numbers it was made from. FORMAT §3.6.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SizedTally {
    /// Number of counted ballots.
    pub num_tallied: u32,
    /// Sum of their weights.
    pub total_weight: u32,
    /// Hash of the encrypted tally record.
    pub encrypted_tally: RecordHash,
}

impl Canonical for SizedTally {
    const RECORD: &'static str = "sized encrypted tally";
}

/// One trustee's part of the decryption. FORMAT §3.6.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartialDecryption {
    /// F = x·alpha for each question and answer.
    pub decryption_factors: Vec<Vec<Point>>,
    /// That each factor uses the trustee's key.
    pub decryption_proofs: Vec<Vec<Proof>>,
}

impl Canonical for PartialDecryption {
    const RECORD: &'static str = "partial decryption";
}

/// Which trustee a partial decryption belongs to. FORMAT §3.6.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Owned {
    /// Number of the trustee, from 1, across the whole trustees record.
    pub owner: u32,
    /// Hash of the partial decryption record.
    pub payload: RecordHash,
}

impl Canonical for Owned {
    const RECORD: &'static str = "owner of a partial decryption";
}

/// The result: how many of each answer to each question. FORMAT §3.7.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ElectionResult {
    /// Question by answer.
    pub result: Vec<Vec<u32>>,
}

impl Canonical for ElectionResult {
    const RECORD: &'static str = "result";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_written_as_the_peer_writes_them() {
        // As the peer's tool wrote this text into an election.
        let text = "q\u{7f}\u{1}\u{1f}\u{8}\u{c}\r\t\n/é\u{2028}\\\"";
        let json = "\"q\\u007f\\u0001\\u001f\\b\\f\\r\\t\\n/é\u{2028}\\\\\\\"\"";
        assert_eq!(String::from_utf8(to_json(text)).unwrap(), json);
    }

    #[test]
    fn credential_lines_have_one_spelling() {
        let point = "1".repeat(64);
        for text in ["", ",2", ",2,name", ",,name", ",,na,me"] {
            let json = format!("[\"{point}{text}\"]");
            let read = Credentials::from_bytes(json.as_bytes());
            assert_eq!(read.unwrap().to_bytes(), json.as_bytes(), "{text}");
        }
        for text in [",", ",02", ",+2", ",-1", ",0", ",2,3\n", ",1048577", ",99999999999"] {
            let json = format!("[\"{point}{text}\"]");
            assert!(Credentials::from_bytes(json.as_bytes()).is_err(), "{text}");
        }
        assert!(Credentials::from_bytes(b"[]").is_err());
    }

    #[test]
    fn records_have_one_spelling() {
        let good = r#"{"num_tallied":1,"total_weight":1,"encrypted_tally":"HASH"}"#
            .replace("HASH", &"0".repeat(64));
        assert!(SizedTally::from_bytes(good.as_bytes()).is_ok());
        for bad in [
            good.replace(":1", ": 1"),
            good.replace(":1", ":1.0"),
            good.replace(":1", ":01"),
            good.replace(":1", ":-1"),
            good.replace(":1", ":1e0"),
            good.replace(":1", ":99999999999"),
            good.replace("num_", "\\u006eum_"),
            good.replace('}', ",\"more\":1}"),
            good.replace('}', ",\"num_tallied\":1}"),
            format!("{good}\n"),
            format!("\u{feff}{good}"),
            good.replace("0\"}", "A\"}"),
            format!("[1,1,\"{}\"]", "0".repeat(64)),
        ] {
            assert!(SizedTally::from_bytes(bad.as_bytes()).is_err(), "{bad}");
        }
        let large = vec![b' '; MAX_RECORD_BYTES + 1];
        let error = SizedTally::from_bytes(&large).unwrap_err();
        assert_eq!(error.fault, RecordFault::TooLarge);
    }
}
