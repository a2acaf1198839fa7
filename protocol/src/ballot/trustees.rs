//! The trustees record: who must take part in opening the sum, and the checks that make their keys trustworthy.
//!
//! What lives here: the record's types (FORMAT §3.2) and its complete verification. How a threshold key comes about is
//! in [`super::keygen`], which ends in the [`Pedersen`] record defined here.

use std::collections::BTreeSet;

use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::Scalar as Inner;
use curve25519_dalek::traits::Identity as _;
use serde::de::{Error as _, SeqAccess, Visitor};
use serde::ser::SerializeTuple as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::group::Point;
use super::keys::{TrusteeKey, verify_text};
use super::records::{Canonical, MAX_TRUSTEES, Proof, RecordError, RecordFault, to_json};

/// The list of trustees. Every item of the list is needed to open the sum.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Trustees(pub Vec<Trustee>);

/// One item of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trustee {
    /// A trustee whose part is always needed.
    Single(Box<TrusteeKey>),
    /// n trustees of whom any k suffice.
    Pedersen(Pedersen),
}

/// A threshold key made by its n holders together. FORMAT §3.2.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pedersen {
    /// k: how many of the holders suffice.
    pub threshold: u32,
    /// C_i: [`Certificate`] of each holder, signed by itself.
    pub certs: Vec<SignedMessage>,
    /// M_i: [`Coefexps`] of each holder, signed by it.
    pub coefexps: Vec<SignedMessage>,
    /// Each holder's signature on all certificates and its own commitments.
    pub signatures: Vec<Proof>,
    /// X_j = S_j·G with its proofs.
    pub verification_keys: Vec<TrusteeKey>,
}

/// A JSON text with a signature on exactly that text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedMessage {
    /// The text.
    pub message: String,
    /// Signature by the holder's verification key vk_i.
    pub signature: Proof,
}

/// What a certificate says. FORMAT §3.2.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// Which place in which key generation.
    pub context: CertificateContext,
    /// vk_i: the key of the holder's signatures.
    pub verification: Point,
    /// The key that private shares for this holder are encrypted to.
    pub encryption: Point,
}

/// The place that a certificate is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CertificateContext {
    /// `Ed25519`.
    pub group: String,
    /// n.
    pub size: u32,
    /// k.
    pub threshold: u32,
    /// i, from 1.
    pub index: u32,
}

/// Commitments to a holder's polynomial: A_ie = a_ie·G for e = 0 … k−1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coefexps {
    /// A_i0, A_i1, …
    pub coefexps: Vec<Point>,
}

impl Canonical for Trustees {
    const RECORD: &'static str = "trustees";

    fn check(&self) -> Result<(), RecordFault> {
        let count: usize = self.0.iter().map(Trustee::holders).sum();
        if count == 0 || count > MAX_TRUSTEES || self.0.len() > MAX_TRUSTEES {
            return Err(RecordFault::Field("number of trustees"));
        }
        Ok(())
    }
}

impl Canonical for Certificate {
    const RECORD: &'static str = "trustee certificate";
}

impl Canonical for Coefexps {
    const RECORD: &'static str = "polynomial commitments";

    fn check(&self) -> Result<(), RecordFault> {
        if self.coefexps.is_empty() || self.coefexps.len() > MAX_TRUSTEES {
            return Err(RecordFault::Field("coefexps"));
        }
        Ok(())
    }
}

impl Trustee {
    /// A mandatory trustee.
    #[must_use]
    pub fn single(key: TrusteeKey) -> Self {
        Self::Single(Box::new(key))
    }

    /// How many owner numbers this item takes.
    #[must_use]
    pub fn holders(&self) -> usize {
        match self {
            Self::Single(_) => 1,
            Self::Pedersen(pedersen) => pedersen.verification_keys.len(),
        }
    }
}

impl Serialize for Trustee {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut pair = serializer.serialize_tuple(2)?;
        match self {
            Self::Single(key) => {
                pair.serialize_element("Single")?;
                pair.serialize_element(key)?;
            }
            Self::Pedersen(pedersen) => {
                pair.serialize_element("Pedersen")?;
                pair.serialize_element(pedersen)?;
            }
        }
        pair.end()
    }
}

impl<'de> Deserialize<'de> for Trustee {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pair;
        impl<'de> Visitor<'de> for Pair {
            type Value = Trustee;

            fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str("[\"Single\", key] or [\"Pedersen\", parameters]")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Trustee, A::Error> {
                let missing = || A::Error::custom("trustee without its second part");
                let tag: Option<String> = items.next_element()?;
                match tag.as_deref() {
                    Some("Single") => {
                        items.next_element()?.map(Trustee::Single).ok_or_else(missing)
                    }
                    Some("Pedersen") => {
                        items.next_element()?.map(Trustee::Pedersen).ok_or_else(missing)
                    }
                    Some(_) | None => Err(A::Error::custom("unknown kind of trustee")),
                }
            }
        }
        deserializer.deserialize_tuple(2, Pair)
    }
}

/// Which trustee breaks which rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("trustee {owner}: {fault}")]
pub struct TrusteeError {
    /// Number of the trustee, from 1, across the whole list.
    pub owner: u32,
    /// The rule.
    pub fault: TrusteeFault,
}

/// What can be wrong with a trustee.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrusteeFault {
    /// The proof of knowledge of the private key does not hold.
    #[error("the proof of knowledge of the key does not hold")]
    Knowledge,
    /// A key equals another trustee's: a copied key with its copied proof. FORMAT §4 item 5.
    #[error("the key is the same as another trustee's")]
    RepeatedKey,
    /// The lists of a threshold item differ in length, or the threshold is not between 1 and n.
    #[error("threshold and number of holders do not fit")]
    Sizes,
    /// A signed message is not what it should be.
    #[error("{0}")]
    Message(RecordError),
    /// The certificate is for another place, size or threshold, or has the identity as a key.
    #[error("the certificate is for another place")]
    Context,
    /// The signature on the certificate does not hold.
    #[error("the signature on the certificate does not hold")]
    CertificateSignature,
    /// The signature on the polynomial commitments does not hold.
    #[error("the signature on the polynomial commitments does not hold")]
    CoefexpsSignature,
    /// The number of polynomial commitments is not the threshold.
    #[error("the number of polynomial commitments is not the threshold")]
    CoefexpsLength,
    /// The signature on all certificates does not hold.
    #[error("the signature on all certificates does not hold")]
    CertificatesSignature,
    /// X_j ≠ Σ_i Σ_e j^e·A_ie.
    #[error("the key does not follow from the polynomial commitments")]
    WrongKey,
    /// The signature on the verification key is missing or does not hold, or a mandatory key has one.
    #[error("the signature on the key does not hold")]
    KeySignature,
}

/// The verified trustees: what decryption needs to know.
#[derive(Clone, Debug)]
pub struct TrusteeSet {
    public_key: Point,
    items: Vec<TrusteeItem>,
}

/// A verified item of the list.
#[derive(Clone, Debug)]
pub struct TrusteeItem {
    /// Number of the first holder of this item, from 1 across the list.
    pub first_owner: u32,
    /// How many of the holders are needed.
    pub threshold: u32,
    /// X of each holder.
    pub keys: Vec<Point>,
    /// Whether parts are combined by interpolation; a mandatory trustee's part is used as it is.
    pub shared: bool,
}

impl TrusteeItem {
    /// The numbers of the holders.
    pub fn owners(&self) -> impl Iterator<Item = u32> + '_ {
        (self.first_owner..).zip(&self.keys).map(|(owner, _)| owner)
    }
}

impl Trustees {
    /// Checks everything that FORMAT §3.2 asks of the list, and that keys are pairwise distinct (§4 item 5).
    /// The latter also refuses a threshold of one among several, where all shares are one key.
    ///
    /// # Errors
    /// The first trustee that fails, and why.
    pub fn verify(&self) -> Result<TrusteeSet, TrusteeError> {
        let mut owner = 1_u32;
        let mut items = Vec::with_capacity(self.0.len());
        let mut sum = EdwardsPoint::identity();
        let mut keys = BTreeSet::new();
        for trustee in &self.0 {
            let (sub_key, item) = match trustee {
                Trustee::Single(key) => verify_single(owner, key)?,
                Trustee::Pedersen(pedersen) => pedersen.verify(owner)?,
            };
            let mut item_owner = owner;
            for key in &item.keys {
                if !keys.insert(*key) {
                    return Err(fail(item_owner, TrusteeFault::RepeatedKey));
                }
                item_owner += 1;
            }
            owner = item_owner;
            sum += sub_key;
            items.push(item);
        }
        Ok(TrusteeSet { public_key: Point::from_inner(sum), items })
    }
}

impl TrusteeSet {
    /// y: the sum of the sub-keys of all items.
    #[must_use]
    pub const fn public_key(&self) -> &Point {
        &self.public_key
    }

    /// The items in order.
    #[must_use]
    pub fn items(&self) -> &[TrusteeItem] {
        &self.items
    }

    /// The number of the trustee with this key.
    #[must_use]
    pub fn owner_of(&self, key: &Point) -> Option<u32> {
        self.items.iter().find_map(|item| {
            item.owners().zip(&item.keys).find_map(|(owner, known)| (known == key).then_some(owner))
        })
    }

    /// X of the trustee with this number.
    #[must_use]
    pub fn key(&self, owner: u32) -> Option<&Point> {
        self.items.iter().find_map(|item| {
            let index = owner.checked_sub(item.first_owner)?;
            item.keys.get(usize::try_from(index).ok()?)
        })
    }
}

impl Pedersen {
    /// Checks the item alone, its holders numbered from `first_owner`, and gives its sub-key Σ_i A_i0 and holders' keys.
    ///
    /// # Errors
    /// The first holder that fails, and why.
    pub(crate) fn verify(
        &self,
        first_owner: u32,
    ) -> Result<(EdwardsPoint, TrusteeItem), TrusteeError> {
        let size = self.verification_keys.len();
        let threshold = usize::try_from(self.threshold).unwrap_or(usize::MAX);
        let lengths = [self.certs.len(), self.coefexps.len(), self.signatures.len()];
        if lengths.iter().any(|length| *length != size) || threshold == 0 || threshold > size {
            return Err(fail(first_owner, TrusteeFault::Sizes));
        }
        let mut verification = Vec::with_capacity(size);
        let mut commitments = Vec::with_capacity(size);
        let mut places = (1_u32..).zip(first_owner..);
        for (cert, coefexps) in self.certs.iter().zip(&self.coefexps) {
            let Some((index, owner)) = places.next() else { break };
            let certificate =
                cert.certificate(index, size, self.threshold).map_err(named(owner))?;
            let coefexps = coefexps
                .coefexps(&certificate.verification, self.threshold)
                .map_err(named(owner))?;
            if verification.contains(&certificate.verification) {
                return Err(fail(owner, TrusteeFault::RepeatedKey));
            }
            verification.push(certificate.verification);
            commitments.push(coefexps);
        }
        let mut places = (1_u32..).zip(first_owner..);
        for (position, key) in self.verification_keys.iter().enumerate() {
            let Some((index, owner)) = places.next() else { break };
            let text = certificates_text(&self.certs, &commitments[position]);
            if !verify_text(&verification[position], &text, &self.signatures[position]) {
                return Err(fail(owner, TrusteeFault::CertificatesSignature));
            }
            if key.public_key != Point::from_inner(share_commitment(&commitments, index)) {
                return Err(fail(owner, TrusteeFault::WrongKey));
            }
            verify_holder_key(key, &verification[position]).map_err(named(owner))?;
        }
        let sub_key = commitments.iter().map(|commitments| commitments[0].point).sum();
        let item = TrusteeItem {
            first_owner,
            threshold: self.threshold,
            keys: self.verification_keys.iter().map(|key| key.public_key).collect(),
            shared: true,
        };
        Ok((sub_key, item))
    }
}

impl SignedMessage {
    /// The certificate in this message, for place `index` of `size`, its signature checked.
    pub(crate) fn certificate(
        &self,
        index: u32,
        size: usize,
        threshold: u32,
    ) -> Result<Certificate, TrusteeFault> {
        let certificate =
            Certificate::from_bytes(self.message.as_bytes()).map_err(TrusteeFault::Message)?;
        let context = &certificate.context;
        let fits = context.group == "Ed25519"
            && usize::try_from(context.size) == Ok(size)
            && context.threshold == threshold
            && context.index == index
            && !certificate.verification.is_identity()
            && !certificate.encryption.is_identity();
        if !fits {
            return Err(TrusteeFault::Context);
        }
        if !verify_text(&certificate.verification, &self.message, &self.signature) {
            return Err(TrusteeFault::CertificateSignature);
        }
        Ok(certificate)
    }

    /// The polynomial commitments in this message, signed by `verification`.
    pub(crate) fn coefexps(
        &self,
        verification: &Point,
        threshold: u32,
    ) -> Result<Vec<Point>, TrusteeFault> {
        let body = Coefexps::from_bytes(self.message.as_bytes()).map_err(TrusteeFault::Message)?;
        if u32::try_from(body.coefexps.len()) != Ok(threshold) {
            return Err(TrusteeFault::CoefexpsLength);
        }
        if !verify_text(verification, &self.message, &self.signature) {
            return Err(TrusteeFault::CoefexpsSignature);
        }
        Ok(body.coefexps)
    }
}

/// The text that each holder signs: all certificates and its own commitments. FORMAT §3.2.
pub(crate) fn certificates_text(certs: &[SignedMessage], coefexps: &[Point]) -> String {
    #[derive(Serialize)]
    struct Body<'a> {
        certs: &'a [SignedMessage],
        coefexps: &'a [Point],
    }
    let json = to_json(&Body { certs, coefexps });
    format!("certs_sig|{}", String::from_utf8_lossy(&json))
}

/// Σ_i Σ_e j^e·A_ie: what X_j must be.
pub(crate) fn share_commitment(commitments: &[Vec<Point>], index: u32) -> EdwardsPoint {
    commitments.iter().map(|commitments| evaluate(commitments, index)).sum()
}

/// Σ_e j^e·A_e by Horner's rule.
pub(crate) fn evaluate(commitments: &[Point], index: u32) -> EdwardsPoint {
    let place = Inner::from(index);
    commitments
        .iter()
        .rev()
        .fold(EdwardsPoint::identity(), |sum, commitment| sum * place + commitment.point)
}

/// Proof of knowledge and signature of a holder's key.
pub(crate) fn verify_holder_key(
    key: &TrusteeKey,
    verification: &Point,
) -> Result<(), TrusteeFault> {
    if !key.proves_knowledge() {
        return Err(TrusteeFault::Knowledge);
    }
    let signed = key.signature.as_ref().is_some_and(|signature| {
        verify_text(verification, &key.public_key.encoded().to_hex(), signature)
    });
    if signed { Ok(()) } else { Err(TrusteeFault::KeySignature) }
}

fn verify_single(
    owner: u32,
    key: &TrusteeKey,
) -> Result<(EdwardsPoint, TrusteeItem), TrusteeError> {
    if key.signature.is_some() {
        return Err(fail(owner, TrusteeFault::KeySignature));
    }
    if !key.proves_knowledge() {
        return Err(fail(owner, TrusteeFault::Knowledge));
    }
    let item =
        TrusteeItem { first_owner: owner, threshold: 1, keys: vec![key.public_key], shared: false };
    Ok((key.public_key.point, item))
}

const fn fail(owner: u32, fault: TrusteeFault) -> TrusteeError {
    TrusteeError { owner, fault }
}

fn named(owner: u32) -> impl Fn(TrusteeFault) -> TrusteeError {
    move |fault| fail(owner, fault)
}
