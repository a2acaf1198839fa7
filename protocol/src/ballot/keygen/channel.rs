//! The private channel between two participants: one encrypted number, openable by the receiver, and by anybody once the
//! receiver proves what opens it.
//!
//! The sender draws r, R = r·G, and shares D = r·E with the owner of the channel key E = e·G, who computes D = e·R. Both
//! keys live in the group of the ballots, because the record's certificate holds E as a point of that group. The
//! 32 bytes of SHA-256(`hemicycle-keygen-1|key|`session`|`from`|`to`|`R`|`E`|`D) are a ChaCha20-Poly1305 key that encrypts exactly
//! one message, so the nonce is zero. Since R is fresh for every share, publishing D later opens that share and no other.
//! (A cheater may copy another sender's R to make its receiver publish what opens that one; but then the ceremony has
//! failed, and nothing of it is used.)

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use zeroize::{Zeroize as _, Zeroizing};

use crate::ballot::group::Point;
use crate::ballot::keys::{SecretKey, recommit, respond};
use crate::ballot::records::Proof;
use crate::ballot::scalar::{Challenge, Scalar, SecretScalar};

use super::Ceremony;

/// An encrypted share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedShare {
    /// Who can open it.
    pub to: u32,
    /// R.
    pub ephemeral: Point,
    /// 48 bytes in hex: the encrypted number and the authentication tag.
    pub sealed: String,
}

/// From whom to whom a share goes.
#[derive(Clone, Copy)]
pub(super) struct Route<'a> {
    pub ceremony: &'a Ceremony,
    pub from: u32,
    pub to: u32,
}

impl SealedShare {
    /// Encrypts a share for the owner of the channel key.
    pub(super) fn seal(
        route: Route<'_>,
        channel: &Point,
        share: &SecretScalar,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Self {
        let secret = SecretScalar::random(rng);
        let ephemeral = Point::mul_base(&secret);
        let opening = Zeroizing::new(channel.mul(&secret));
        let cipher = cipher(route, &ephemeral, channel, &opening);
        let plain = share.to_bytes();
        let aad = associated(route);
        let payload = Payload { msg: &plain[..], aad: aad.as_bytes() };
        // Encrypting 32 bytes cannot fail; an empty text would be refused by every receiver.
        let sealed = cipher.encrypt(&Nonce::default(), payload).unwrap_or_default();
        Self { to: route.to, ephemeral, sealed: hex::encode(sealed) }
    }

    /// Opens it with D; `None` if it is not a number sealed for this route.
    pub(super) fn open(
        &self,
        route: Route<'_>,
        channel: &Point,
        opening: &Point,
    ) -> Option<SecretScalar> {
        if self.ephemeral.is_identity() || self.sealed.len() != 96 {
            return None;
        }
        let sealed = hex::decode(&self.sealed).ok()?;
        let cipher = cipher(route, &self.ephemeral, channel, opening);
        let aad = associated(route);
        let payload = Payload { msg: &sealed, aad: aad.as_bytes() };
        let mut plain = cipher.decrypt(&Nonce::default(), payload).ok()?;
        let share = <&[u8; 32]>::try_from(&plain[..])
            .ok()
            .and_then(|bytes| SecretScalar::from_bytes(bytes).ok());
        plain.zeroize();
        share
    }

    /// D = e·R.
    pub(super) fn opening(&self, channel: &SecretKey) -> Point {
        self.ephemeral.mul(&channel.secret)
    }

    /// D with the proof that log_G(E) = log_R(D): A = w·G, B = w·R,
    /// c = H(`hemicycle-keygen-1|open|`session`|`from`|`to`|`E`|`R`|`D`|`A`,`B), s = w − e·c.
    pub(super) fn prove_opening(
        &self,
        route: Route<'_>,
        channel: &SecretKey,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> (Point, Proof) {
        let opening = self.opening(channel);
        let nonce = SecretScalar::random(rng);
        let a = Point::mul_base(&nonce);
        let b = self.ephemeral.mul(&nonce);
        let challenge = self.challenge(route, channel.public(), &opening, &a, &b);
        let response = respond(&nonce, &channel.secret, &challenge);
        (opening, Proof { challenge, response })
    }

    /// Whether D is what opens this share.
    pub(super) fn opening_is_proven(
        &self,
        route: Route<'_>,
        channel: &Point,
        opening: &Point,
        proof: &Proof,
    ) -> bool {
        let a = recommit(proof, channel);
        let b = Point::from_inner(
            self.ephemeral.point * proof.response.0 + opening.point * proof.challenge.0,
        );
        self.challenge(route, channel, opening, &a, &b) == proof.challenge
    }

    fn challenge(
        &self,
        route: Route<'_>,
        channel: &Point,
        opening: &Point,
        a: &Point,
        b: &Point,
    ) -> Scalar {
        let Route { ceremony, from, to } = route;
        Challenge::new("hemicycle-keygen-1|open|")
            .text(&format!("{}|{from}|{to}|", ceremony.session))
            .point(channel.encoded())
            .text("|")
            .point(self.ephemeral.encoded())
            .text("|")
            .point(opening.encoded())
            .text("|")
            .points([a.encoded(), b.encoded()])
            .finish()
    }
}

fn cipher(
    route: Route<'_>,
    ephemeral: &Point,
    channel: &Point,
    opening: &Point,
) -> ChaCha20Poly1305 {
    let Route { ceremony, from, to } = route;
    let mut hash = Sha256::new();
    hash.update(format!("hemicycle-keygen-1|key|{}|{from}|{to}", ceremony.session));
    for point in [ephemeral, channel, opening] {
        hash.update(b"|");
        let digits = Zeroizing::new(point.encoded().hex_digits());
        hash.update(&digits[..]);
    }
    let mut bytes: [u8; 32] = hash.finalize().into();
    let cipher = ChaCha20Poly1305::new(&Key::from(bytes));
    bytes.zeroize();
    cipher
}

fn associated(route: Route<'_>) -> String {
    let Route { ceremony, from, to } = route;
    format!("hemicycle-keygen-1|share|{}|{from}|{to}", ceremony.session)
}
