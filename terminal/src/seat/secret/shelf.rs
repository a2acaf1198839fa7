//! What this terminal keeps for secret votes, and the memory of what of it is
//! really on disk. Nothing is registered or given away before the driver has
//! said that what belongs to it is durable. A choice is never here.

use crate::seat::Effect;
use hemicycle_protocol::ballot::credential::Credential;
use hemicycle_protocol::ballot::disclosure::Disclosures;
use hemicycle_protocol::ballot::keys::SecretKey;
use hemicycle_protocol::ballot::scalar::RecordHash;
use hemicycle_protocol::ballot::trustees::Pedersen;
use hemicycle_protocol::ids::{Hex, MeetingId, MemberId, VoteId};
use hemicycle_protocol::secret;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use zeroize::{Zeroize as _, Zeroizing};

/// Bytes for the terminal's private storage. Wiped when dropped, never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Private(Zeroizing<Vec<u8>>);

impl Private {
    /// What was read from the storage.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// What is to be written.
    pub fn reveal(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Private {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Private(..)")
    }
}

/// The kinds of things that are kept, as they begin their names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// A credential of a slot.
    Credential,
    /// The trackers of the ballots that were made for a slot here.
    Mark,
    /// The seed of a key generation that runs.
    Seed,
    /// The share of the scrutineers' key.
    Share,
    /// The sums of a slot that this terminal has helped to open.
    Sums,
}

/// What is kept: its kind, its meeting, and its slot or attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub meeting: MeetingId,
    pub kind: Kind,
    pub number: u32,
}

impl Place {
    /// The name for the driver: small letters, digits and hyphens.
    pub fn name(&self) -> String {
        let kind = match self.kind {
            Kind::Credential => "credential",
            Kind::Mark => "mark",
            Kind::Seed => "seed",
            Kind::Share => "share",
            Kind::Sums => "sums",
        };
        format!("{}-{kind}-{}", self.meeting, self.number)
    }
}

/// A credential, whose it is, and its key in its slot's vote.
pub(super) struct Held {
    pub member: MemberId,
    pub credential: Credential,
    /// Asked for at every turn, and dear to derive.
    pub key: SecretKey,
}

/// The trackers of ballots that were made here in one vote.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Mark {
    pub vote: VoteId,
    pub trackers: Vec<RecordHash>,
}

/// A scrutineer's share with what belongs to it.
pub(super) struct Share {
    pub key: SecretKey,
    pub item: Pedersen,
    /// What the scrutineers compare.
    pub code: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenCredential {
    member: MemberId,
    credential: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenShare {
    key: Hex<32>,
    item: Pedersen,
    code: String,
}

/// A file: what it is stands in it, so that its name need not be trusted.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written<T> {
    version: u32,
    meeting: MeetingId,
    number: u32,
    what: T,
}

/// Everything that is kept, by meeting and by slot or attempt.
#[derive(Default)]
pub(super) struct Shelf {
    pub credentials: BTreeMap<(MeetingId, u32), Held>,
    pub marks: BTreeMap<(MeetingId, u32), Mark>,
    pub seeds: BTreeMap<(MeetingId, u32), Zeroizing<[u8; 32]>>,
    pub shares: BTreeMap<(MeetingId, u32), Share>,
    pub sums: BTreeMap<(MeetingId, u32), Disclosures>,
    files: BTreeMap<Place, File>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct File {
    /// Keeps without an answer.
    writing: u32,
    failed: bool,
    destroying: bool,
}

/// Bytes of a file that hardly holds anything, and of one with a scrutineers' item.
const SHORT: usize = 512;
const LONG: usize = 64 * 1024;

/// How something stands with the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Saved {
    Not,
    Writing,
    Yes,
    Failed,
}

impl Shelf {
    /// Takes over what an earlier run has kept. False: it cannot be read.
    pub fn recall(&mut self, name: &str, bytes: &Private) -> bool {
        let Some(place) = self.read(name, bytes.reveal()) else { return false };
        self.files.insert(place, File::default());
        true
    }

    fn read(&mut self, name: &str, bytes: &[u8]) -> Option<Place> {
        let kind = match name.split('-').nth(1)? {
            "credential" => Kind::Credential,
            "mark" => Kind::Mark,
            "seed" => Kind::Seed,
            "share" => Kind::Share,
            "sums" => Kind::Sums,
            _ => return None,
        };
        let place = match kind {
            Kind::Credential => {
                let (at, mut written) = read::<WrittenCredential>(bytes)?;
                let credential = Credential::parse(&written.credential);
                written.credential.zeroize();
                let credential = credential?;
                let key = credential.key(&secret::uuid(&at.0, at.1));
                self.credentials.insert(at, Held { member: written.member, credential, key });
                at
            }
            Kind::Mark => {
                let (at, mark) = read(bytes)?;
                self.marks.insert(at, mark);
                at
            }
            Kind::Seed => {
                let (at, Hex(seed)) = read::<Hex<32>>(bytes)?;
                self.seeds.insert(at, Zeroizing::new(seed));
                at
            }
            Kind::Share => {
                let (at, WrittenShare { mut key, item, code }) = read(bytes)?;
                let secret = SecretKey::from_bytes(&key.0);
                key.0.zeroize();
                self.shares.insert(at, Share { key: secret.ok()?, item, code });
                at
            }
            Kind::Sums => {
                let (at, sums) = read(bytes)?;
                self.sums.insert(at, sums);
                at
            }
        };
        let place = Place { meeting: place.0, kind, number: place.1 };
        (place.name() == name).then_some(place)
    }

    pub fn saved(&self, place: Place) -> Saved {
        match self.files.get(&place) {
            None => Saved::Not,
            Some(file) if file.writing > 0 => Saved::Writing,
            Some(file) if file.failed => Saved::Failed,
            Some(_) => Saved::Yes,
        }
    }

    /// Has what lies in this place written; nothing if nothing lies there.
    pub fn keep(&mut self, place: Place, effects: &mut Vec<Effect>) {
        let at = (place.meeting, place.number);
        let bytes = match place.kind {
            Kind::Credential => self.credentials.get(&at).and_then(|held| {
                let credential = held.credential.reveal().to_owned();
                let mut what = WrittenCredential { member: held.member, credential };
                let bytes = written(at, &what, SHORT);
                what.credential.zeroize();
                bytes
            }),
            Kind::Mark => self.marks.get(&at).and_then(|mark| written(at, mark, SHORT)),
            Kind::Seed => self.seeds.get(&at).and_then(|seed| written(at, &Hex(**seed), SHORT)),
            Kind::Share => self.shares.get(&at).and_then(|share| {
                let key = Hex(*share.key.to_bytes());
                let Share { item, code, .. } = share;
                let mut what = WrittenShare { key, item: item.clone(), code: code.clone() };
                let bytes = written(at, &what, LONG);
                what.key.0.zeroize();
                bytes
            }),
            Kind::Sums => self.sums.get(&at).and_then(|sums| written(at, sums, LONG)),
        };
        let Some(bytes) = bytes else { return };
        let file = self.files.entry(place).or_default();
        *file = File { writing: file.writing + 1, failed: false, destroying: false };
        effects.push(Effect::Keep { name: place.name(), bytes });
    }

    /// The driver has answered a `Keep`.
    pub fn answered(&mut self, name: &str, kept: bool) {
        let found = self.files.iter_mut().find(|(place, _)| place.name() == name);
        if let Some((_, file)) = found {
            file.writing = file.writing.saturating_sub(1);
            file.failed |= !kept;
        }
    }

    /// The driver has destroyed it.
    pub fn destroyed(&mut self, name: &str) {
        self.files.retain(|place, file| !file.destroying || place.name() != name);
    }

    /// Forgets what lies in this place, and has it destroyed on disk.
    pub fn destroy(&mut self, place: Place, effects: &mut Vec<Effect>) {
        let at = (place.meeting, place.number);
        match place.kind {
            Kind::Credential => drop(self.credentials.remove(&at)),
            Kind::Mark => drop(self.marks.remove(&at)),
            Kind::Seed => drop(self.seeds.remove(&at)),
            Kind::Share => drop(self.shares.remove(&at)),
            Kind::Sums => drop(self.sums.remove(&at)),
        }
        if let Some(file) = self.files.get_mut(&place).filter(|file| !file.destroying) {
            file.destroying = true;
            effects.push(Effect::Destroy { name: place.name() });
        }
    }

    /// The places of which something may be on disk and is not on its way out.
    pub fn places(&self) -> Vec<Place> {
        self.files.iter().filter(|(_, file)| !file.destroying).map(|(place, _)| *place).collect()
    }

    /// Is anything of this kind and meeting still on disk?
    pub fn holds(&self, meeting: MeetingId, kind: Kind) -> bool {
        self.files.keys().any(|place| place.meeting == meeting && place.kind == kind)
    }
}

fn written<T: Serialize>(at: (MeetingId, u32), what: &T, room: usize) -> Option<Private> {
    let file = Written { version: 1, meeting: at.0, number: at.1, what };
    // Room enough that nothing is moved, and left behind, while it grows.
    let mut bytes = Zeroizing::new(Vec::with_capacity(room));
    serde_json::to_writer(&mut *bytes, &file).ok()?;
    Some(Private(bytes))
}

fn read<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Option<((MeetingId, u32), T)> {
    let file: Written<T> = serde_json::from_slice(bytes).ok()?;
    (file.version == 1).then_some(((file.meeting, file.number), file.what))
}
