//! The messages of key generation, as bytes, and the texts that are hashed and signed in them.

use serde::{Deserialize, Serialize};

use crate::ballot::group::Point;
use crate::ballot::keys::{SecretKey, TrusteeKey, verify_text};
use crate::ballot::records::{Canonical, Proof, RecordFault, to_json};
use crate::ballot::scalar::RecordHash;
use crate::ballot::trustees::SignedMessage;

use super::Ceremony;
use super::channel::SealedShare;

/// A message of key generation. On the wire it is the canonical JSON of this type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// Version of these messages, 1.
    pub version: u32,
    /// The session that it belongs to.
    pub session: RecordHash,
    /// Number of the sender, from 1.
    pub from: u32,
    /// The content.
    pub body: Body,
}

impl Canonical for Message {
    const RECORD: &'static str = "key generation message";

    fn check(&self) -> Result<(), RecordFault> {
        if self.version != 1 {
            return Err(RecordFault::Field("version"));
        }
        Ok(())
    }
}

/// What a message says, in the order in which each participant says it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum Body {
    /// Round 1: hash of the sender's later [`Reveal`], before anybody has revealed anything.
    Commit {
        /// SHA-256 of `hemicycle-keygen-1|commit|`session`|`from`|` and the JSON of the [`Reveal`].
        commitment: RecordHash,
    },
    /// Round 2, once every commitment is there.
    Reveal(Reveal),
    /// Round 3, once everybody has revealed.
    Shares(Shares),
    /// Instead of round 4: a share of round 3 is wrong, with the proof of it.
    Complain(Complaint),
    /// Round 4, once every share is there and right.
    Confirm(Box<Confirmation>),
}

impl Body {
    /// Position in the sender's order; a complaint stands in place of a confirmation.
    pub(super) const fn round(&self) -> usize {
        match self {
            Self::Commit { .. } => 0,
            Self::Reveal(_) => 1,
            Self::Shares(_) => 2,
            Self::Complain(_) | Self::Confirm(_) => 3,
        }
    }
}

/// What a participant committed to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reveal {
    /// 32 random bytes in hex that hide the rest until now.
    pub nonce: RecordHash,
    /// The certificate for the record. FORMAT §3.2.
    pub certificate: SignedMessage,
    /// The polynomial commitments for the record. FORMAT §3.2.
    pub coefexps: SignedMessage,
}

/// A participant's private shares for all others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shares {
    /// One for each other participant, in order.
    pub shares: Vec<SealedShare>,
    /// By the sender's verification key on `hemicycle-keygen-1|shares|`session`|`from`|` and the SHA-256 of the shares' JSON.
    pub signature: Proof,
}

/// The claim that a share is wrong, which anybody can check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Complaint {
    /// Who sent the share.
    pub against: u32,
    /// D = e·R: what opens this one share, R its ephemeral point, e the complainer's channel key.
    pub opening: Point,
    /// That D is right: log_G(E) = log_R(D).
    pub proof: Proof,
    /// By the complainer's verification key on `hemicycle-keygen-1|complain|`session`|`from`|`against`|`D.
    pub signature: Proof,
}

/// A participant's own key and its word that it saw the same messages as all others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Confirmation {
    /// Hash of all messages of rounds 2 and 3 as the sender saw them.
    pub transcript: RecordHash,
    /// X_j with its proofs, for the record.
    pub key: TrusteeKey,
    /// Signature on all certificates, for the record.
    pub certificates: Proof,
    /// By the verification key on `hemicycle-keygen-1|confirm|`session`|`from`|`transcript.
    pub signature: Proof,
}

pub(super) fn commitment(ceremony: &Ceremony, from: u32, reveal: &Reveal) -> RecordHash {
    let mut text = prefix(ceremony, "commit", from).into_bytes();
    text.extend_from_slice(&to_json(reveal));
    RecordHash::of(&text)
}

fn prefix(ceremony: &Ceremony, word: &str, from: u32) -> String {
    format!("hemicycle-keygen-1|{word}|{}|{from}|", ceremony.session)
}

fn shares_text(ceremony: &Ceremony, from: u32, shares: &[SealedShare]) -> String {
    format!("{}{}", prefix(ceremony, "shares", from), RecordHash::of(&to_json(shares)))
}

fn complaint_text(ceremony: &Ceremony, from: u32, against: u32, opening: &Point) -> String {
    format!("{}{against}|{}", prefix(ceremony, "complain", from), opening.encoded())
}

fn confirmation_text(ceremony: &Ceremony, from: u32, transcript: &RecordHash) -> String {
    format!("{}{transcript}", prefix(ceremony, "confirm", from))
}

impl Shares {
    pub(super) fn sign(
        ceremony: &Ceremony,
        from: u32,
        shares: Vec<SealedShare>,
        key: &SecretKey,
        rng: &mut (impl rand_core::CryptoRng + ?Sized),
    ) -> Self {
        let signature = key.sign_text(&shares_text(ceremony, from, &shares), rng);
        Self { shares, signature }
    }

    pub(super) fn is_signed(&self, ceremony: &Ceremony, from: u32, key: &Point) -> bool {
        verify_text(key, &shares_text(ceremony, from, &self.shares), &self.signature)
    }
}

impl Complaint {
    pub(super) fn sign(
        ceremony: &Ceremony,
        from: u32,
        against: u32,
        (opening, proof): (Point, Proof),
        key: &SecretKey,
        rng: &mut (impl rand_core::CryptoRng + ?Sized),
    ) -> Self {
        let signature = key.sign_text(&complaint_text(ceremony, from, against, &opening), rng);
        Self { against, opening, proof, signature }
    }

    pub(super) fn is_signed(&self, ceremony: &Ceremony, from: u32, key: &Point) -> bool {
        let text = complaint_text(ceremony, from, self.against, &self.opening);
        verify_text(key, &text, &self.signature)
    }
}

impl Confirmation {
    pub(super) fn sign_transcript(
        ceremony: &Ceremony,
        from: u32,
        transcript: &RecordHash,
        key: &SecretKey,
        rng: &mut (impl rand_core::CryptoRng + ?Sized),
    ) -> Proof {
        key.sign_text(&confirmation_text(ceremony, from, transcript), rng)
    }

    pub(super) fn is_signed(&self, ceremony: &Ceremony, from: u32, key: &Point) -> bool {
        verify_text(key, &confirmation_text(ceremony, from, &self.transcript), &self.signature)
    }
}
