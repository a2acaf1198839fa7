//! A voter's credential: the secret that makes one ballot in one vote possible.
//!
//! What lives here: drawing the credential string, deriving the private number and the public point from it.
//! Signing a ballot with it is in [`super::encrypt`]; the list of public credentials is in [`super::setup`].

use core::fmt;

use rand_core::CryptoRng;
use sha2::{Digest as _, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::keys::SecretKey;
use super::records::Uuid;
use super::scalar::SecretScalar;

/// Lengths of the four groups of a credential string.
const GROUPS: [usize; 4] = [5, 6, 5, 6];

/// A credential string: 22 characters of Base58 (128.9 bits) written `XXXXX-XXXXXX-XXXXX-XXXXXX`. FORMAT §3.3.
///
/// Each seat draws its own, keeps it, and registers only the public point of the vote concerned. Wiped when dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Credential(String);

impl Credential {
    /// Draws a credential.
    pub fn generate(rng: &mut (impl CryptoRng + ?Sized)) -> Self {
        let mut letters = random_base58(rng, GROUPS.iter().sum());
        let mut text = String::with_capacity(25);
        let mut start = 0;
        for length in GROUPS {
            if start > 0 {
                text.push('-');
            }
            text.push_str(&letters[start..start + length]);
            start += length;
        }
        letters.zeroize();
        Self(text)
    }

    /// Reads a credential string; `None` unless it has the form above.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut groups = text.split('-');
        for length in GROUPS {
            let group = groups.next()?;
            if group.len() != length || !group.bytes().fold(true, |all, byte| all & is_letter(byte))
            {
                return None;
            }
        }
        groups.next().is_none().then(|| Self(text.to_owned()))
    }

    /// The string, for the owner's own protected storage.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The key pair of this credential in one vote. FORMAT §3.3.
    ///
    /// x = int(h_0 ‖ h_1) mod q with h_i = SHA-256(`derive_credential|`uuid`|`i`|`credential), read big-endian;
    /// the public credential is x·G. Different votes give unrelated points.
    #[must_use]
    pub fn key(&self, uuid: &Uuid) -> SecretKey {
        let mut wide = [0_u8; 64];
        for (half, digit) in wide.chunks_exact_mut(32).zip(["0", "1"]) {
            let mut hash = Sha256::new_with_prefix(b"derive_credential|");
            hash.update(uuid.as_str());
            hash.update(b"|");
            hash.update(digit);
            hash.update(b"|");
            hash.update(&self.0);
            half.copy_from_slice(&hash.finalize());
        }
        let secret = SecretScalar::from_wide_big_endian(&wide);
        wide.zeroize();
        SecretKey::from_scalar(secret)
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credential(..)")
    }
}

/// Uniformly random Base58 characters: bytes of 232 and above are thrown away, the rest taken modulo 58. Which bytes are
/// thrown away says nothing of those that are kept.
pub(crate) fn random_base58(rng: &mut (impl CryptoRng + ?Sized), length: usize) -> String {
    let mut text = String::with_capacity(length);
    let mut bytes = [0_u8; 32];
    while text.len() < length {
        rng.fill_bytes(&mut bytes);
        for byte in bytes.iter().filter(|byte| **byte < 232).take(length - text.len()) {
            text.push(char::from(letter(byte % 58)));
        }
    }
    bytes.zeroize();
    text
}

/// `BASE58[index]` for an index below 58, without looking it up: which memory is read must not tell a secret.
fn letter(index: u8) -> u8 {
    let above = |last: u8| u8::from(index > last);
    // 1 to 9, then A to Z without I and O, then a to z without l.
    b'1' + index + 7 * above(8) + above(16) + above(21) + 6 * above(32) + above(43)
}

/// Whether a byte is a letter of Base58, by comparisons that are all made.
fn is_letter(byte: u8) -> bool {
    let within = |first: u8, last: u8| (byte >= first) & (byte <= last);
    let any = within(b'1', b'9') | within(b'A', b'Z') | within(b'a', b'z');
    any & (byte != b'I') & (byte != b'O') & (byte != b'l')
}

#[cfg(test)]
mod tests {
    use super::super::records::BASE58;
    use super::*;
    use rand_chacha::ChaCha12Rng;
    use rand_core::SeedableRng as _;

    #[test]
    fn strings_have_the_one_form() {
        let mut rng = ChaCha12Rng::seed_from_u64(3);
        let credential = Credential::generate(&mut rng);
        let text = credential.reveal().to_owned();
        assert_eq!(Credential::parse(&text).unwrap().reveal(), text);
        assert_eq!(text.len(), 25);
        assert_eq!(format!("{credential:?}"), "Credential(..)");
        for bad in [
            String::new(),
            text.replace('-', ""),
            format!("{text}-"),
            format!("{text} "),
            text[1..].to_owned(),
            format!("0{}", &text[1..]),
            format!("é{}", &text[2..]),
        ] {
            assert!(Credential::parse(&bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn letters_are_those_of_the_alphabet() {
        let letters: Vec<u8> = (0..58).map(letter).collect();
        assert_eq!(letters, BASE58);
        for byte in 0..=255 {
            assert_eq!(is_letter(byte), BASE58.contains(&byte), "{byte}");
        }
    }

    #[test]
    fn votes_get_unrelated_keys() {
        let mut rng = ChaCha12Rng::seed_from_u64(4);
        let credential = Credential::generate(&mut rng);
        let one = Uuid::random(&mut rng);
        let other = Uuid::random(&mut rng);
        assert_eq!(credential.key(&one).public(), credential.key(&one).public());
        assert_ne!(credential.key(&one).public(), credential.key(&other).public());
    }
}
