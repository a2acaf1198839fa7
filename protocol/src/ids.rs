//! Identifiers and units. Every id and every unit of the domain is a type of
//! its own, so that a seat can never be passed where a member is meant.
//! What lives here carries no behaviour beyond reading and writing itself.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;

macro_rules! number {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
        #[cfg_attr(feature = "typescript", ts(as = "f64"))]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

number!(
    /// One point of the agenda.
    ItemId(u32)
);
number!(
    /// One paper of an item; its versions share the id and differ in hash.
    PaperId(u32)
);
number!(
    /// One question put to the members.
    VoteId(u32)
);
number!(
    /// A person on the roster, member or attendee.
    MemberId(u32)
);
number!(
    /// The number on the seat, as it is painted on the desk.
    SeatId(u16)
);
number!(
    /// Position in the meeting's log, from 1.
    Seq(u64)
);
number!(
    /// Milliseconds since 1970-01-01T00:00:00Z.
    Millis(i64)
);
number!(
    /// Version of a topic's value. Opaque: another number means another value.
    Version(u64)
);

number!(
    /// A size in bytes.
    Bytes(u64)
);

/// `N` bytes that travel as lower-case hexadecimal text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hex<const N: usize>(pub [u8; N]);

/// SHA-256 of a paper, of a log entry, of a ballot.
pub type Hash = Hex<32>;
/// An ed25519 public key.
pub type Key = Hex<32>;
/// An ed25519 signature.
pub type Signature = Hex<64>;
/// Fresh random bytes that a handshake is bound to.
pub type Nonce = Hex<32>;
/// A command's name, chosen by its sender; the same id gets the same answer.
pub type CommandId = Hex<16>;
/// The meeting's own name, drawn at random when it is made.
pub type MeetingId = Hex<16>;
/// One run of the server, from its start to its end: drawn at random when it starts.
pub type RunId = Hex<8>;

impl<const N: usize> Hex<N> {
    /// Reads exactly `2 N` lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 2 * N || text.bytes().any(|b| b.is_ascii_uppercase()) {
            return None;
        }
        let mut bytes = [0; N];
        hex::decode_to_slice(text, &mut bytes).ok()?;
        Some(Self(bytes))
    }

    /// The first four digits in two groups of two bytes, for the human eye: `9F3C A210`.
    pub fn short(&self) -> String {
        let text = hex::encode_upper(self.0);
        match (text.get(0..4), text.get(4..8)) {
            (Some(a), Some(b)) => format!("{a} {b}"),
            _ => text,
        }
    }
}

impl<const N: usize> Default for Hex<N> {
    fn default() -> Self {
        Self([0; N])
    }
}

impl<const N: usize> fmt::Display for Hex<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl<const N: usize> fmt::Debug for Hex<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl<const N: usize> Serialize for Hex<N> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&hex::encode(self.0))
    }
}

impl<'de, const N: usize> Deserialize<'de> for Hex<N> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(d)?;
        Self::parse(&text)
            .ok_or_else(|| de::Error::custom(format!("expected {} lower-case hex digits", 2 * N)))
    }
}

/// One bit a person, in the order of the roll; base64 on the wire, first
/// person in the highest bit of the first byte.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bits(pub Vec<u8>);

impl Bits {
    /// Packs the answers in order.
    pub fn collect(bits: impl Iterator<Item = bool>) -> Self {
        let mut bytes = Vec::new();
        for (i, bit) in bits.enumerate() {
            if i % 8 == 0 {
                bytes.push(0);
            }
            if bit && let Some(last) = bytes.last_mut() {
                *last |= 0x80 >> (i % 8);
            }
        }
        Self(bytes)
    }

    /// Nobody was asked.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The bit of the `i`-th person; false past the end.
    pub fn get(&self, i: usize) -> bool {
        self.0.get(i / 8).is_some_and(|b| b & (0x80 >> (i % 8)) != 0)
    }
}

impl Serialize for Bits {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        use base64::{Engine, engine::general_purpose::STANDARD};
        s.serialize_str(&STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Bits {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        use base64::{Engine, engine::general_purpose::STANDARD};
        let text = <std::borrow::Cow<'de, str>>::deserialize(d)?;
        STANDARD.decode(text.as_bytes()).map(Self).map_err(de::Error::custom)
    }
}

#[cfg(feature = "typescript")]
mod typescript {
    use super::{Bits, Hex};

    macro_rules! text {
        ([$($g:tt)*] $t:ty) => {
            impl<$($g)*> ts_rs::TS for $t {
                type WithoutGenerics = Self;
                type OptionInnerType = Self;
                fn name(_: &ts_rs::Config) -> String { "string".into() }
                fn inline(_: &ts_rs::Config) -> String { "string".into() }
            }
        };
    }
    text!([const N: usize] Hex<N>);
    text!([] Bits);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_is_strict() {
        assert!(Hex::<2>::parse("0aff").is_some());
        for bad in ["0AFF", "0af", "0aff0", "0ag0", ""] {
            assert!(Hex::<2>::parse(bad).is_none(), "{bad}");
        }
        let key: Key = serde_json::from_str(&format!("\"{}\"", "7f".repeat(32))).unwrap();
        assert_eq!(serde_json::to_string(&key).unwrap(), format!("\"{}\"", "7f".repeat(32)));
        assert_eq!(key.short(), "7F7F 7F7F");
    }

    #[test]
    fn bits_keep_the_order() {
        let bits = Bits::collect((0..11).map(|i| i % 3 == 0));
        assert_eq!(serde_json::to_string(&bits).unwrap(), "\"kkA=\"");
        let back: Bits = serde_json::from_str("\"kkA=\"").unwrap();
        assert!((0..11).all(|i| back.get(i) == (i % 3 == 0)));
        assert!(!back.get(100));
    }
}
