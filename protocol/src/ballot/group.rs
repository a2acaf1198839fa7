//! The group: points of prime order on the Edwards form of curve25519, and their text form.
//!
//! What lives here: [`Encoded`] (64 hex digits that may or may not be a point) and [`Point`] (certainly an element of
//! the prime-order subgroup). Scalars and the challenge hash are in [`super::scalar`]. No proof lives here.
//!
//! Notation used throughout the module: G is the base point, the group is written additively, q is its order,
//! str(P) is the text form of P.

use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};

use curve25519_dalek::constants::ED25519_BASEPOINT_POINT;
use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use curve25519_dalek::traits::{Identity as _, IsIdentity as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroize;

use super::scalar::{Scalar, SecretScalar};

/// Why a text is not an element of the group. FORMAT §1 and §4 item 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PointError {
    /// Not exactly 64 lower-case hex digits.
    #[error("not 64 lower-case hex digits")]
    NotHex,
    /// y is 2^255 − 19 or more, or the sign bit is set although x = 0.
    #[error("encoding is not canonical")]
    NotCanonical,
    /// No point of the curve has this y.
    #[error("not on the curve")]
    NotOnCurve,
    /// The point has a component of small order.
    #[error("not in the prime-order subgroup")]
    NotPrimeOrder,
    /// The identity where a key is meant.
    #[error("the identity is not a key")]
    Identity,
}

/// The text form of a would-be point: syntax checked, the curve not yet.
///
/// The text is the 256-bit integer y + 2^255·(x mod 2) in hex, most significant digit first (FORMAT §1); inside are the
/// same 32 bytes least significant first. Ordering follows those bytes, as the peer sorts credentials.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Encoded([u8; 32]);

impl Encoded {
    /// Takes the 32 bytes of RFC 8032, least significant first.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes of RFC 8032, least significant first.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Reads 64 lower-case hex digits.
    ///
    /// # Errors
    /// [`PointError::NotHex`].
    pub fn from_hex(text: &str) -> Result<Self, PointError> {
        let digits: &[u8; 64] = text.as_bytes().try_into().map_err(|_| PointError::NotHex)?;
        let mut bytes = hex_to_bytes(digits).ok_or(PointError::NotHex)?;
        bytes.reverse();
        Ok(Self(bytes))
    }

    /// str(P): 64 lower-case hex digits.
    #[must_use]
    pub fn to_hex(&self) -> String {
        self.hex_digits().iter().copied().map(char::from).collect()
    }

    pub(crate) fn hex_digits(&self) -> [u8; 64] {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut digits = [0_u8; 64];
        for (pair, byte) in digits.chunks_exact_mut(2).zip(self.0.iter().rev()) {
            pair[0] = DIGITS[usize::from(byte >> 4)];
            pair[1] = DIGITS[usize::from(byte & 15)];
        }
        digits
    }

    /// Finds the point.
    ///
    /// # Errors
    /// Any [`PointError`] but [`PointError::NotHex`] and [`PointError::Identity`]: the identity is an element of the
    /// group; where a key is meant, use [`Encoded::decode_key`].
    pub fn decode(&self) -> Result<Point, PointError> {
        let point = self.decompress()?;
        if point.is_torsion_free() {
            Ok(Point { point, encoded: *self })
        } else {
            Err(PointError::NotPrimeOrder)
        }
    }

    /// Finds the point and refuses the identity.
    ///
    /// # Errors
    /// Any [`PointError`] but [`PointError::NotHex`].
    pub fn decode_key(&self) -> Result<Point, PointError> {
        if *self == Point::identity().encoded {
            return Err(PointError::Identity);
        }
        self.decode()
    }

    /// The curve point, its subgroup not yet checked.
    pub(crate) fn decompress(&self) -> Result<EdwardsPoint, PointError> {
        let mut y = self.0;
        let sign = y[31] >> 7;
        y[31] &= 0x7f;
        // p = 2^255 − 19 in little-endian bytes is ed ff … ff 7f.
        let at_least_p = y[31] == 0x7f && y[1..31].iter().all(|byte| *byte == 0xff) && y[0] >= 0xed;
        let is_one = y[0] == 1 && y[1..].iter().all(|byte| *byte == 0);
        if at_least_p || (is_one && sign == 1) {
            return Err(PointError::NotCanonical);
        }
        CompressedEdwardsY(self.0).decompress().ok_or(PointError::NotOnCurve)
    }
}

impl fmt::Debug for Encoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_hex())
    }
}

impl fmt::Display for Encoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_hex())
    }
}

impl Serialize for Encoded {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let digits = self.hex_digits();
        serializer.serialize_str(core::str::from_utf8(&digits).map_err(serde::ser::Error::custom)?)
    }
}

impl<'de> Deserialize<'de> for Encoded {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::from_hex(&text).map_err(serde::de::Error::custom)
    }
}

/// An element of the group of prime order q, with its text form.
///
/// Every value of this type is on the curve, free of small-order components and canonically encoded.
#[derive(Clone, Copy)]
pub struct Point {
    pub(crate) point: EdwardsPoint,
    encoded: Encoded,
}

impl Point {
    /// The base point G, str(G) = `6666…6658`.
    #[must_use]
    pub fn base() -> Self {
        Self::from_inner(ED25519_BASEPOINT_POINT)
    }

    /// The identity, str = `0000…0001`.
    #[must_use]
    pub fn identity() -> Self {
        let mut bytes = [0_u8; 32];
        bytes[0] = 1;
        Self { point: EdwardsPoint::identity(), encoded: Encoded(bytes) }
    }

    /// x·G in constant time.
    #[must_use]
    pub fn mul_base(secret: &SecretScalar) -> Self {
        Self::from_inner(EdwardsPoint::mul_base(&secret.0))
    }

    /// x·P in constant time.
    #[must_use]
    pub fn mul(&self, secret: &SecretScalar) -> Self {
        Self::from_inner(self.point * secret.0)
    }

    /// Whether this is the identity.
    #[must_use]
    pub fn is_identity(&self) -> bool {
        self.point.is_identity()
    }

    /// The text form.
    #[must_use]
    pub const fn encoded(&self) -> &Encoded {
        &self.encoded
    }

    /// Wraps a point that is known to lie in the subgroup because it was computed from such.
    pub(crate) fn from_inner(point: EdwardsPoint) -> Self {
        Self { point, encoded: Encoded(point.compress().0) }
    }

    /// As [`Point::from_inner`] for many, sharing one field inversion.
    pub(crate) fn from_inner_many(points: &[EdwardsPoint]) -> Vec<Self> {
        EdwardsPoint::compress_batch_alloc(points)
            .into_iter()
            .zip(points)
            .map(|(bytes, point)| Self { point: *point, encoded: Encoded(bytes.0) })
            .collect()
    }

    /// s·G + c·P for public s, c.
    pub(crate) fn commit(s: &Scalar, c: &Scalar, point: &EdwardsPoint) -> EdwardsPoint {
        EdwardsPoint::vartime_double_scalar_mul_basepoint(&c.0, point, &s.0)
    }
}

/// Leaves the identity. For points that are secret, as what a private channel's key is made of.
impl Zeroize for Point {
    fn zeroize(&mut self) {
        self.point.zeroize();
        self.encoded.0.zeroize();
        self.encoded.0[0] = 1;
    }
}

impl PartialEq for Point {
    fn eq(&self, other: &Self) -> bool {
        self.encoded == other.encoded
    }
}

impl Eq for Point {}

impl PartialOrd for Point {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Point {
    fn cmp(&self, other: &Self) -> Ordering {
        self.encoded.cmp(&other.encoded)
    }
}

impl Hash for Point {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.encoded.hash(state);
    }
}

impl fmt::Debug for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.encoded, f)
    }
}

impl Serialize for Point {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.encoded.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Point {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let encoded = Encoded::deserialize(deserializer)?;
        encoded
            .decode()
            .map_err(|error| serde::de::Error::custom(format_args!("point {encoded}: {error}")))
    }
}

/// Finds many points, as [`Encoded::decode`] would one by one, several times faster.
///
/// Membership in the subgroup is tested on 128 random subset sums of all the points at once. A point outside makes each
/// sum leave the subgroup with probability at least 1/2, so it passes with probability at most 2^−128. The subsets come
/// from SHA-256 of all encodings, so the answer is a function of the input alone.
///
/// # Errors
/// The position and the [`PointError`] of the first bad point.
pub fn decode_many(encoded: &[Encoded]) -> Result<Vec<Point>, (usize, PointError)> {
    let mut points = Vec::with_capacity(encoded.len());
    for (position, text) in encoded.iter().enumerate() {
        let point = text.decompress().map_err(|error| (position, error))?;
        points.push(Point { point, encoded: *text });
    }
    // Below this size the fixed cost of the sums is more than it saves.
    if points.len() < 256 || !subset_sums_are_torsion_free(&points) {
        for (position, point) in points.iter().enumerate() {
            if !point.point.is_torsion_free() {
                return Err((position, PointError::NotPrimeOrder));
            }
        }
    }
    Ok(points)
}

/// Points are taken five at a time: a table of their 32 subset sums serves all 128 random subsets.
fn subset_sums_are_torsion_free(points: &[Point]) -> bool {
    const BLOCK: usize = 5;
    let mut seed = Sha256::new_with_prefix(b"hemicycle subset sums v1|");
    for point in points {
        seed.update(point.encoded.0);
    }
    let seed = seed.finalize();
    let mut sums = vec![EdwardsPoint::identity(); 128];
    let mut table = [EdwardsPoint::identity(); 1 << BLOCK];
    for (position, block) in points.chunks(BLOCK).enumerate() {
        let mut size = 1;
        for point in block {
            for index in 0..size {
                table[size + index] = table[index] + point.point;
            }
            size *= 2;
        }
        for quarter in 0..4_u8 {
            let mut hash = Sha256::new_with_prefix(seed);
            hash.update(u64::try_from(position).unwrap_or(u64::MAX).to_le_bytes());
            hash.update([quarter]);
            let random = hash.finalize();
            let first = usize::from(quarter) * 32;
            for (sum, byte) in sums[first..first + 32].iter_mut().zip(random) {
                let index = usize::from(byte) % size;
                if index != 0 {
                    *sum += table[index];
                }
            }
        }
    }
    sums.iter().all(EdwardsPoint::is_torsion_free)
}

/// 32 bytes from 64 lower-case hex digits.
pub(crate) fn hex_to_bytes(digits: &[u8; 64]) -> Option<[u8; 32]> {
    let mut bytes = [0_u8; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = hex_digit(pair[0])? << 4 | hex_digit(pair[1])?;
    }
    Some(bytes)
}

const fn hex_digit(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use curve25519_dalek::constants::EIGHT_TORSION;
    use rand_chacha::ChaCha12Rng;
    use rand_core::SeedableRng as _;

    #[test]
    fn text_form_of_base_and_identity() {
        assert_eq!(
            Point::base().encoded().to_hex(),
            "6666666666666666666666666666666666666666666666666666666666666658"
        );
        assert_eq!(Point::identity().encoded().to_hex(), format!("{:064x}", 1));
        assert_eq!(Point::identity().encoded().decode().unwrap(), Point::identity());
        assert_eq!(Point::identity().encoded().decode_key(), Err(PointError::Identity));
        let mut wiped = Point::base();
        wiped.zeroize();
        assert_eq!((wiped, wiped.is_identity()), (Point::identity(), true));
    }

    #[test]
    fn refuses_what_is_not_canonical_or_not_prime_order() {
        for text in ["", "66", &"6".repeat(63), &"6".repeat(65), &"A".repeat(64), &"g".repeat(64)] {
            assert_eq!(Encoded::from_hex(text), Err(PointError::NotHex), "{text}");
        }
        // y = p, y = p + 1 (the identity again), y = 2^255 − 1, and the identity with its sign bit set.
        for text in [
            format!("7{}ed", "f".repeat(61)),
            format!("7{}ee", "f".repeat(61)),
            format!("7{}", "f".repeat(63)),
            format!("8{}1", "0".repeat(62)),
        ] {
            assert_eq!(
                Encoded::from_hex(&text).unwrap().decode(),
                Err(PointError::NotCanonical),
                "{text}"
            );
        }
        let two = Encoded::from_hex(&format!("{:064x}", 2)).unwrap();
        assert_eq!(two.decode(), Err(PointError::NotOnCurve));
        for torsion in &EIGHT_TORSION[1..] {
            for point in [*torsion, torsion + ED25519_BASEPOINT_POINT] {
                let encoded = Encoded(point.compress().0);
                assert_eq!(encoded.decode(), Err(PointError::NotPrimeOrder));
            }
        }
    }

    #[test]
    fn many_points_are_checked_as_one_by_one() {
        let mut rng = ChaCha12Rng::seed_from_u64(1);
        let mut encoded: Vec<Encoded> =
            (0..600).map(|_| *Point::mul_base(&SecretScalar::random(&mut rng)).encoded()).collect();
        assert_eq!(decode_many(&encoded).unwrap().len(), 600);
        for (position, torsion) in [(0, 4), (599, 1), (301, 2), (42, 7)] {
            let good = encoded[position];
            let bad = good.decode().unwrap().point + EIGHT_TORSION[torsion];
            encoded[position] = Encoded(bad.compress().0);
            assert_eq!(decode_many(&encoded).unwrap_err(), (position, PointError::NotPrimeOrder));
            encoded[position] = good;
        }
    }
}
