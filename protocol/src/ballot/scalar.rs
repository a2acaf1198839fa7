//! Numbers modulo the order of the group, public and secret, and the hash that makes challenges.
//!
//! What lives here: the two scalar types, their decimal text form, and the challenge hash.
//! Points are in [`super::group`]. Nothing here draws randomness except from its argument.

use core::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use curve25519_dalek::scalar::Scalar as Inner;
use rand_core::CryptoRng;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::group::Encoded;

/// Why a text is not a scalar. FORMAT §1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScalarError {
    /// Empty, a sign, a leading zero, or anything but the digits 0 to 9.
    #[error("not a plain decimal number")]
    NotDecimal,
    /// The number is q or more, where q = 2^252 + 27742317777372353535851937790883648493.
    #[error("number is not below the group order")]
    TooLarge,
}

/// A public number n with 0 ≤ n < q: a challenge or a response of a proof.
///
/// Its text form is the decimal number without sign or leading zeros, in a JSON string (FORMAT §1).
/// Arithmetic on it may take time that depends on its value: secrets are [`SecretScalar`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Scalar(pub(crate) Inner);

impl Scalar {
    /// Reads the decimal form.
    ///
    /// # Errors
    /// [`ScalarError`] for any text that [`Scalar::to_decimal`] would not write.
    pub fn from_decimal(text: &str) -> Result<Self, ScalarError> {
        let limbs = parse_decimal(text)?;
        let mut bytes = [0_u8; 32];
        for (chunk, limb) in bytes.chunks_exact_mut(8).zip(limbs) {
            chunk.copy_from_slice(&limb.to_le_bytes());
        }
        Option::from(Inner::from_canonical_bytes(bytes)).map(Self).ok_or(ScalarError::TooLarge)
    }

    /// The canonical decimal form, at most 77 digits.
    #[must_use]
    pub fn to_decimal(&self) -> String {
        let mut limbs = [0_u64; 4];
        for (limb, chunk) in limbs.iter_mut().zip(self.0.as_bytes().chunks_exact(8)) {
            let mut word = [0_u8; 8];
            word.copy_from_slice(chunk);
            *limb = u64::from_le_bytes(word);
        }
        write_decimal(limbs)
    }
}

impl fmt::Debug for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_decimal())
    }
}

impl Serialize for Scalar {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_decimal())
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::from_decimal(&text).map_err(serde::de::Error::custom)
    }
}

/// A secret number modulo q: a private key, a share of one, a polynomial's coefficient or a nonce.
///
/// Wiped from memory when dropped; never shown by `Debug`; compared by nobody. Products with points run in
/// constant time.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct SecretScalar(pub(crate) Inner);

impl SecretScalar {
    /// A uniformly random number modulo q from 64 random bytes.
    pub fn random(rng: &mut (impl CryptoRng + ?Sized)) -> Self {
        Self(Inner::random(rng))
    }

    /// Reads the 32 bytes (least significant first) that [`SecretScalar::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`ScalarError::TooLarge`] if they stand for q or more.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, ScalarError> {
        Option::from(Inner::from_canonical_bytes(*bytes)).map(Self).ok_or(ScalarError::TooLarge)
    }

    /// 32 bytes, least significant first, for the owner's own protected storage.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_bytes())
    }

    /// Reads a private key in the record format's decimal form. Not in constant time: for imports and tests.
    ///
    /// # Errors
    /// As [`Scalar::from_decimal`].
    pub fn from_decimal(text: &str) -> Result<Self, ScalarError> {
        Scalar::from_decimal(text).map(|scalar| Self(scalar.0))
    }

    /// Reduces a 512-bit number given with its most significant byte first. FORMAT §3.3.
    pub(crate) fn from_wide_big_endian(bytes: &[u8; 64]) -> Self {
        let mut reversed = Zeroizing::new(*bytes);
        reversed.reverse();
        Self(Inner::from_bytes_mod_order_wide(&reversed))
    }
}

impl fmt::Debug for SecretScalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretScalar(..)")
    }
}

/// The hash that turns a text into a challenge: H(s) = SHA-256(s) as a big-endian integer, modulo q. FORMAT §1.
///
/// Points enter as their 64 hex digits, never as bytes.
#[derive(Clone)]
pub(crate) struct Challenge(Sha256);

impl Challenge {
    pub(crate) fn new(prefix: &str) -> Self {
        Self(Sha256::new_with_prefix(prefix.as_bytes()))
    }

    pub(crate) fn text(mut self, text: &str) -> Self {
        self.0.update(text.as_bytes());
        self
    }

    pub(crate) fn point(mut self, point: &Encoded) -> Self {
        self.0.update(point.hex_digits());
        self
    }

    /// Appends `P_1,P_2,…` with commas between the points.
    pub(crate) fn points<'a>(mut self, points: impl IntoIterator<Item = &'a Encoded>) -> Self {
        for (position, point) in points.into_iter().enumerate() {
            if position > 0 {
                self.0.update(b",");
            }
            self.0.update(point.hex_digits());
        }
        self
    }

    pub(crate) fn finish(self) -> Scalar {
        let mut digest: [u8; 32] = self.0.finalize().into();
        digest.reverse();
        Scalar(Inner::from_bytes_mod_order(digest))
    }
}

/// SHA-256 of a record's exact bytes. FORMAT §1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordHash(pub [u8; 32]);

impl RecordHash {
    /// Hashes the bytes of a record.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// 64 lower-case hex digits, as in file names and event references.
    #[must_use]
    pub fn to_hex(&self) -> String {
        hex::encode(self.0)
    }

    /// Reads 64 lower-case hex digits; `None` for anything else.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        let digits: &[u8; 64] = text.as_bytes().try_into().ok()?;
        super::group::hex_to_bytes(digits).map(Self)
    }

    /// 43 characters of unpadded standard base64: the form of fingerprints and trackers.
    #[must_use]
    pub fn to_base64(&self) -> String {
        STANDARD_NO_PAD.encode(self.0)
    }

    /// Reads the 43 characters of [`RecordHash::to_base64`]; `None` for anything else.
    #[must_use]
    pub fn from_base64(text: &str) -> Option<Self> {
        let bytes = STANDARD_NO_PAD.decode(text).ok()?;
        bytes.try_into().ok().map(Self)
    }

    /// A code of two groups of four characters (40 bits) that two people can compare aloud.
    ///
    /// Digits and letters without I, L, O and U, from the first five bytes, most significant bits first.
    #[must_use]
    pub fn short_code(&self) -> String {
        const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        let bits = self.0[..5].iter().fold(0_u64, |bits, byte| (bits << 8) | u64::from(*byte));
        let mut code = String::with_capacity(9);
        for position in 0..8_u32 {
            if position == 4 {
                code.push('-');
            }
            let index = (bits >> (35 - 5 * position)) & 31;
            code.push(char::from(ALPHABET[usize::try_from(index).unwrap_or(0)]));
        }
        code
    }
}

impl fmt::Debug for RecordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_hex())
    }
}

impl fmt::Display for RecordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_hex())
    }
}

impl Serialize for RecordHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_hex())
    }
}

impl<'de> Deserialize<'de> for RecordHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::from_hex(&text).ok_or_else(|| serde::de::Error::custom("not a SHA-256 hash in hex"))
    }
}

/// 256-bit number from digits, least significant limb first.
fn parse_decimal(text: &str) -> Result<[u64; 4], ScalarError> {
    let digits = text.as_bytes();
    let canonical = match digits {
        [] => false,
        [b'0'] => true,
        [first, ..] => *first != b'0' && digits.iter().all(u8::is_ascii_digit),
    };
    if !canonical {
        return Err(ScalarError::NotDecimal);
    }
    if digits.len() > 77 {
        return Err(ScalarError::TooLarge);
    }
    let mut limbs = [0_u64; 4];
    for chunk in digits.chunks(19) {
        let mut value = 0_u64;
        let mut scale = 1_u64;
        for digit in chunk {
            value = value * 10 + u64::from(digit - b'0');
            scale *= 10;
        }
        let mut carry = u128::from(value);
        for limb in &mut limbs {
            let sum = u128::from(*limb) * u128::from(scale) + carry;
            *limb = low_half(sum);
            carry = sum >> 64;
        }
        if carry != 0 {
            return Err(ScalarError::TooLarge);
        }
    }
    Ok(limbs)
}

fn write_decimal(mut limbs: [u64; 4]) -> String {
    const CHUNK: u128 = 10_000_000_000_000_000_000;
    let mut chunks = Vec::with_capacity(5);
    while limbs != [0; 4] {
        let mut remainder = 0_u128;
        for limb in limbs.iter_mut().rev() {
            let dividend = (remainder << 64) | u128::from(*limb);
            *limb = low_half(dividend / CHUNK);
            remainder = dividend % CHUNK;
        }
        chunks.push(low_half(remainder));
    }
    let mut text = String::with_capacity(77);
    let Some(first) = chunks.pop() else {
        return "0".to_owned();
    };
    text.push_str(&first.to_string());
    for chunk in chunks.iter().rev() {
        let digits = chunk.to_string();
        for _ in digits.len()..19 {
            text.push('0');
        }
        text.push_str(&digits);
    }
    text
}

/// The low 64 bits.
fn low_half(value: u128) -> u64 {
    u64::try_from(value & u128::from(u64::MAX)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const Q: &str = "7237005577332262213973186563042994240857116359379907606001950938285454250989";

    #[test]
    fn decimal_form_is_canonical() {
        for text in
            ["0", "1", "10", "18446744073709551616", "340282366920938463463374607431768211456"]
        {
            assert_eq!(Scalar::from_decimal(text).unwrap().to_decimal(), text);
        }
        let below = Q.replace("50989", "50988");
        assert_eq!(Scalar::from_decimal(&below).unwrap().to_decimal(), below);
        for text in ["", "00", "01", "-1", "+1", " 1", "1 ", "1.0", "0x1", "١"] {
            assert_eq!(Scalar::from_decimal(text), Err(ScalarError::NotDecimal), "{text:?}");
        }
        let longest = "9".repeat(77);
        let too_long = "1".repeat(200);
        for text in [Q, longest.as_str(), too_long.as_str()] {
            assert_eq!(Scalar::from_decimal(text), Err(ScalarError::TooLarge), "{text:?}");
        }
    }

    #[test]
    fn secrets_do_not_show() {
        let secret = SecretScalar::from_decimal("123456789").unwrap();
        assert_eq!(format!("{secret:?}"), "SecretScalar(..)");
        assert_eq!(SecretScalar::from_bytes(&secret.to_bytes()).unwrap().0, secret.0);
        assert!(SecretScalar::from_bytes(&[0xff; 32]).is_err());
    }

    #[test]
    fn short_codes_avoid_look_alikes() {
        assert_eq!(RecordHash([0; 32]).short_code(), "0000-0000");
        assert_eq!(RecordHash([0xff; 32]).short_code(), "ZZZZ-ZZZZ");
        assert_eq!(RecordHash::of(b"").short_code(), "WERC-8GMR");
    }
}
