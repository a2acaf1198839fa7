//! Papers as seats and consoles see them: which version is valid, for whom it
//! is, and what a seat keeps it under.

use crate::ids::{Bytes, Hash, ItemId, Millis, PaperId, SeatId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// A paper, in the version that is valid now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Paper {
    pub id: PaperId,
    pub title: String,
    pub hash: Hash,
    pub bytes: Bytes,
    pub pages: u32,
    /// From 1; counts replacements.
    pub version: u32,
    /// When this version came, if it replaced another.
    pub replaced_at: Option<Millis>,
    /// Fonts that the file does not carry: shown with others.
    pub substituted_fonts: Vec<String>,
    #[serde(default, skip_serializing_if = "PaperTerms::is_open")]
    pub terms: PaperTerms,
    /// Pages, from 1, that are not in the version before this one as they are here.
    /// Empty also while they are being compared, or where they could not be.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<u32>,
    /// Versions before this one whose pages are still here, the latest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<EarlierVersion>,
}

/// Which pages of a version that was replaced are in the valid one as they were.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct EarlierVersion {
    pub hash: Hash,
    pub same: Vec<PageRun>,
}

/// Pages that follow each other in both versions, from 1: so many from `then` on are those from
/// `now` on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct PageRun {
    pub then: u32,
    pub now: u32,
    pub pages: u32,
}

/// On what terms a paper is handed out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct PaperTerms {
    #[serde(default, skip_serializing_if = "Readers::is_everyone")]
    pub readers: Readers,
    /// 定时发放: seats get it from then on. None: as soon as it is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Millis>,
    /// 会后收回: only for who has signed in, and never on a seat's disk.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub confidential: bool,
}

impl PaperTerms {
    /// Everybody gets it at once; messages and logs leave that out.
    pub fn is_open(&self) -> bool {
        *self == Self::default()
    }
}

/// Who gets a paper.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "to", rename_all = "snake_case", deny_unknown_fields)]
pub enum Readers {
    /// 组成人员 and 列席人员.
    #[default]
    Everyone,
    /// 组成人员
    Members,
    /// Whoever sits there.
    Seats { seats: BTreeSet<SeatId> },
}

impl Readers {
    /// Members and attendees.
    pub fn is_everyone(&self) -> bool {
        *self == Readers::Everyone
    }
}

/// In `me`: a paper of the agenda that is not for everybody, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct OwnPaper {
    pub item: ItemId,
    /// Its place among all papers of the item that this person gets, from 0.
    pub place: u32,
    pub paper: Paper,
}

/// A version that was put to a vote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct PaperVersion {
    pub paper: PaperId,
    /// From 1.
    pub version: u32,
    pub hash: Hash,
}

/// In `me`: what this seat keeps papers under. What it writes to its disk only the
/// key opens, which the server gives while the person is signed in and destroys at
/// the end of the meeting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct PaperLock {
    /// An X25519 public key.
    pub lock: Hash,
    /// Its private key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(as = "Option<String>"))]
    pub key: Option<PaperKey>,
}

/// An X25519 private key in hexadecimal. It is wiped when it is dropped, and
/// nothing that prints prints it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(transparent)]
pub struct PaperKey(String);

impl PaperKey {
    /// Of these bytes.
    pub fn new(bytes: &[u8; 32]) -> Self {
        Self(hex::encode(bytes))
    }

    /// Its bytes, if it is 32 of them.
    pub fn bytes(&self) -> Option<[u8; 32]> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(&self.0, &mut bytes).ok()?;
        Some(bytes)
    }
}

impl fmt::Debug for PaperKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PaperKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_whole_and_is_never_printed() {
        let key = PaperKey::new(&[0xab; 32]);
        assert_eq!((format!("{key:?}").as_str(), key.bytes()), ("PaperKey", Some([0xab; 32])));
        for bad in ["\"\"", "\"ab\"", "\"zz\""] {
            assert_eq!(serde_json::from_str::<PaperKey>(bad).unwrap().bytes(), None, "{bad}");
        }
    }

    #[test]
    fn open_terms_take_no_room() {
        let text = |terms: &PaperTerms| serde_json::to_string(terms).unwrap();
        assert_eq!(text(&PaperTerms::default()), "{}");
        let chosen = Readers::Seats { seats: [SeatId(3), SeatId(1)].into() };
        let terms = PaperTerms { readers: chosen, from: None, confidential: true };
        let written = r#"{"readers":{"to":"seats","seats":[1,3]},"confidential":true}"#;
        assert_eq!(text(&terms), written);
        assert_eq!(serde_json::from_str::<PaperTerms>(written).unwrap(), terms);
    }
}
