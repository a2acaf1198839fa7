//! Trustee keys and the Schnorr proofs made with one key: knowledge of it, and signatures on texts.
//!
//! What lives here: [`SecretKey`] with the proofs that need nothing but it, and [`TrusteeKey`], the public record.
//! Decryption is in [`super::decrypt`], making a shared key together in [`super::keygen`].

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::group::Point;
use super::records::Proof;
use super::scalar::{Challenge, Scalar, ScalarError, SecretScalar};

/// A private key x with its public key X = x·G.
///
/// It serves a mandatory trustee, a threshold trustee (then x is the share S_j) and the signatures made during key
/// generation alike. Wiped when dropped.
#[derive(Clone, Debug)]
pub struct SecretKey {
    pub(crate) secret: SecretScalar,
    public: Point,
}

impl SecretKey {
    /// Draws a key.
    pub fn generate(rng: &mut (impl CryptoRng + ?Sized)) -> Self {
        Self::from_scalar(SecretScalar::random(rng))
    }

    /// The key of a given private number.
    #[must_use]
    pub fn from_scalar(secret: SecretScalar) -> Self {
        let public = Point::mul_base(&secret);
        Self { secret, public }
    }

    /// Reads what [`SecretKey::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`ScalarError::TooLarge`] if the bytes are no number below q.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, ScalarError> {
        SecretScalar::from_bytes(bytes).map(Self::from_scalar)
    }

    /// 32 bytes for the owner's own protected storage.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        self.secret.to_bytes()
    }

    /// X = x·G.
    #[must_use]
    pub const fn public(&self) -> &Point {
        &self.public
    }

    /// The public record of a mandatory trustee: the key and the proof that its owner knows x. FORMAT §3.2, §3.8.
    pub fn trustee_key(&self, rng: &mut (impl CryptoRng + ?Sized)) -> TrusteeKey {
        TrusteeKey {
            pok: self.prove_knowledge(rng),
            public_key: self.public,
            signature: None,
            name: None,
        }
    }

    /// A = w·G, c = H(`pok|Ed25519|`X`|`A), s = w − x·c. FORMAT §3.8.
    pub fn prove_knowledge(&self, rng: &mut (impl CryptoRng + ?Sized)) -> Proof {
        self.prove(rng, |commitment| knowledge_challenge(&self.public, commitment))
    }

    /// A = w·G, c = H(`sigmsg|`text`|`A), s = w − x·c. FORMAT §3.8.
    pub fn sign_text(&self, text: &str, rng: &mut (impl CryptoRng + ?Sized)) -> Proof {
        self.prove(rng, |commitment| text_challenge(text, commitment))
    }

    fn prove(
        &self,
        rng: &mut (impl CryptoRng + ?Sized),
        challenge: impl FnOnce(&Point) -> Scalar,
    ) -> Proof {
        let nonce = SecretScalar::random(rng);
        let challenge = challenge(&Point::mul_base(&nonce));
        Proof { challenge, response: respond(&nonce, &self.secret, &challenge) }
    }
}

/// The public record of a trustee: K in FORMAT §3.2.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrusteeKey {
    /// Proof of knowledge of the private key.
    pub pok: Proof,
    /// X.
    pub public_key: Point,
    /// Threshold trustees only: signature on str(X) by the trustee's verification key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<Proof>,
    /// A name for readers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl TrusteeKey {
    /// Whether the key is not the identity and the proof of knowledge holds.
    #[must_use]
    pub fn proves_knowledge(&self) -> bool {
        !self.public_key.is_identity() && {
            let commitment = recommit(&self.pok, &self.public_key);
            knowledge_challenge(&self.public_key, &commitment) == self.pok.challenge
        }
    }
}

/// Whether `proof` is a signature of the key X on a text: A = s·G + c·X, c = H(`sigmsg|`text`|`A). FORMAT §3.8.
#[must_use]
pub fn verify_text(public: &Point, text: &str, proof: &Proof) -> bool {
    !public.is_identity() && text_challenge(text, &recommit(proof, public)) == proof.challenge
}

/// s = w − x·c.
pub(crate) fn respond(nonce: &SecretScalar, secret: &SecretScalar, challenge: &Scalar) -> Scalar {
    Scalar(nonce.0 - secret.0 * challenge.0)
}

/// A = s·G + c·X.
pub(crate) fn recommit(proof: &Proof, public: &Point) -> Point {
    Point::from_inner(Point::commit(&proof.response, &proof.challenge, &public.point))
}

fn knowledge_challenge(public: &Point, commitment: &Point) -> Scalar {
    Challenge::new("pok|Ed25519|")
        .point(public.encoded())
        .text("|")
        .point(commitment.encoded())
        .finish()
}

fn text_challenge(text: &str, commitment: &Point) -> Scalar {
    Challenge::new("sigmsg|").text(text).text("|").point(commitment.encoded()).finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha12Rng;
    use rand_core::SeedableRng as _;

    #[test]
    fn proofs_hold_for_their_statement_only() {
        let mut rng = ChaCha12Rng::seed_from_u64(2);
        let key = SecretKey::generate(&mut rng);
        let other = SecretKey::generate(&mut rng);
        let mut record = key.trustee_key(&mut rng);
        assert!(record.proves_knowledge());
        record.public_key = *other.public();
        assert!(!record.proves_knowledge());

        let signature = key.sign_text("text", &mut rng);
        assert!(verify_text(key.public(), "text", &signature));
        assert!(!verify_text(key.public(), "text ", &signature));
        assert!(!verify_text(other.public(), "text", &signature));
        assert!(!verify_text(&Point::identity(), "text", &signature));
    }
}
