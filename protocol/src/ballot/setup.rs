//! One vote as everybody agrees on it before the first ballot: election, trustees and credentials, checked together.
//!
//! What lives here: [`Setup`], which every party makes from the same three records and then works with. Ballots are made
//! in [`super::encrypt`] and checked in [`super::verify`].

use std::collections::BTreeMap;
use std::sync::Arc;

use curve25519_dalek::constants::ED25519_BASEPOINT_POINT;
use curve25519_dalek::edwards::{EdwardsPoint, VartimeEdwardsPrecomputation};
use curve25519_dalek::traits::VartimePrecomputedMultiscalarMul as _;

use super::group::{Encoded, Point, PointError, decode_many};
use super::records::{
    Canonical, CredentialLine, Credentials, Election, Question, RecordError, SetupData, Uuid,
};
use super::scalar::{RecordHash, Scalar};
use super::trustees::{TrusteeError, TrusteeSet, Trustees};

/// Why the records of a vote do not make a vote.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SetupError {
    /// One record by itself is wrong.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// A trustee's key is wrong.
    #[error(transparent)]
    Trustee(#[from] TrusteeError),
    /// The election's key is not the sum of the trustees' keys.
    #[error("the election's public key is not the sum of the trustees' keys")]
    PublicKey,
    /// A credential is no key.
    #[error("credential {place}: {fault}")]
    Credential {
        /// Place in the list, from 1.
        place: usize,
        /// Why.
        fault: PointError,
    },
    /// A credential is in the list twice.
    #[error("credential {place} is in the list twice")]
    RepeatedCredential {
        /// Place of the second, from 1.
        place: usize,
    },
    /// The setup data name other records than those given.
    #[error("setup data: the hash of the {0} record is another")]
    SetupData(&'static str),
}

/// The texts of a vote, from which its election record is made.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The identifier, fresh for each vote.
    pub uuid: Uuid,
    /// The title of the vote.
    pub name: String,
    /// Free text.
    pub description: String,
    /// The questions, all answered in one ballot.
    pub questions: Vec<Question>,
    /// Who runs the vote.
    pub administrator: Option<String>,
    /// Who drew the credentials.
    pub credential_authority: Option<String>,
}

/// A vote that is ready for ballots, everything in it checked. Cheap to clone.
#[derive(Clone)]
pub struct Setup(Arc<Inner>);

struct Inner {
    election: Election,
    fingerprint: RecordHash,
    trustees: TrusteeSet,
    credentials: Vec<CredentialLine>,
    keys: Vec<Point>,
    places: BTreeMap<Encoded, usize>,
    records: [Vec<u8>; 4],
    table: VartimeEdwardsPrecomputation,
}

impl Setup {
    /// Makes a vote: writes the records and checks them as everybody else will.
    ///
    /// The credentials are sorted, so that their order in the list says nothing (FORMAT §3.3).
    ///
    /// # Errors
    /// [`SetupError`], as [`Setup::from_records`].
    pub fn create(
        draft: Draft,
        trustees: &Trustees,
        credentials: &[Encoded],
    ) -> Result<Self, SetupError> {
        let mut sorted = credentials.to_vec();
        sorted.sort_unstable();
        let credentials = Credentials(sorted.into_iter().map(CredentialLine::anonymous).collect());
        let election = Election {
            version: 1,
            description: draft.description,
            name: draft.name,
            group: "Ed25519".to_owned(),
            public_key: *trustees.verify()?.public_key(),
            questions: draft.questions,
            uuid: draft.uuid,
            administrator: draft.administrator,
            credential_authority: draft.credential_authority,
        };
        Self::from_records(&election.to_bytes(), &trustees.to_bytes(), &credentials.to_bytes())
    }

    /// Checks the three records of a vote and how they fit together. FORMAT §3.1–3.4, §4 items 1 and 5.
    ///
    /// # Errors
    /// [`SetupError`] naming the record, trustee or credential that is wrong.
    pub fn from_records(
        election: &[u8],
        trustees: &[u8],
        credentials: &[u8],
    ) -> Result<Self, SetupError> {
        let data = SetupData {
            election: RecordHash::of(election),
            trustees: RecordHash::of(trustees),
            credentials: RecordHash::of(credentials),
        };
        let records = [election.to_vec(), trustees.to_vec(), credentials.to_vec(), data.to_bytes()];
        let fingerprint = data.election;
        let election = Election::from_bytes(election)?;
        let trustees = Trustees::from_bytes(trustees)?.verify()?;
        if election.public_key != *trustees.public_key() {
            return Err(SetupError::PublicKey);
        }
        let credentials = Credentials::from_bytes(credentials)?.0;
        let mut places = BTreeMap::new();
        for (position, line) in credentials.iter().enumerate() {
            let place = position + 1;
            if line.credential == *Point::identity().encoded() {
                return Err(SetupError::Credential { place, fault: PointError::Identity });
            }
            if places.insert(line.credential, position).is_some() {
                return Err(SetupError::RepeatedCredential { place });
            }
        }
        let encoded: Vec<Encoded> = credentials.iter().map(|line| line.credential).collect();
        let keys = decode_many(&encoded)
            .map_err(|(position, fault)| SetupError::Credential { place: position + 1, fault })?;
        let table =
            VartimeEdwardsPrecomputation::new([ED25519_BASEPOINT_POINT, election.public_key.point]);
        Ok(Self(Arc::new(Inner {
            election,
            fingerprint,
            trustees,
            credentials,
            keys,
            places,
            records,
            table,
        })))
    }

    /// As [`Setup::from_records`], and the setup data must name these records.
    ///
    /// # Errors
    /// [`SetupError`].
    pub fn from_archive(
        election: &[u8],
        trustees: &[u8],
        credentials: &[u8],
        setup_data: &[u8],
    ) -> Result<Self, SetupError> {
        let data = SetupData::from_bytes(setup_data)?;
        for (name, hash, bytes) in [
            ("election", data.election, election),
            ("trustees", data.trustees, trustees),
            ("credentials", data.credentials, credentials),
        ] {
            if hash != RecordHash::of(bytes) {
                return Err(SetupError::SetupData(name));
            }
        }
        Self::from_records(election, trustees, credentials)
    }

    /// The election record.
    #[must_use]
    pub fn election(&self) -> &Election {
        &self.0.election
    }

    /// φ: the hash of the election record.
    #[must_use]
    pub fn fingerprint(&self) -> &RecordHash {
        &self.0.fingerprint
    }

    /// The trustees.
    #[must_use]
    pub fn trustees(&self) -> &TrusteeSet {
        &self.0.trustees
    }

    /// The credential list in the record's order.
    #[must_use]
    pub fn credentials(&self) -> &[CredentialLine] {
        &self.0.credentials
    }

    /// The place of a credential in the list, from 0.
    #[must_use]
    pub fn place_of(&self, credential: &Encoded) -> Option<usize> {
        self.0.places.get(credential).copied()
    }

    /// The four setup records in archive order: election, trustees, credentials, setup data.
    #[must_use]
    pub fn records(&self) -> &[Vec<u8>; 4] {
        &self.0.records
    }

    /// No ballot of this vote is longer, in bytes: what a transport may refuse without reading.
    #[must_use]
    pub fn max_ballot_bytes(&self) -> usize {
        // Two numbers of 77 digits, two points of 64 digits, and the JSON around them.
        const PROOF: usize = 190;
        const CIPHERTEXT: usize = 155;
        let of_question = |question: &Question| {
            let values =
                usize::try_from(question.max.saturating_sub(question.min)).unwrap_or(0) + 1;
            100 + question.answers.len() * (CIPHERTEXT + 2 * PROOF + 4) + values * PROOF
        };
        700 + self.0.election.questions.iter().map(of_question).sum::<usize>()
    }

    /// The credential at a place, as a point.
    pub(crate) fn credential_key(&self, place: usize) -> Option<&Point> {
        self.0.keys.get(place)
    }

    /// y.
    pub(crate) fn public_key(&self) -> &Point {
        &self.0.election.public_key
    }

    /// a·G + b·y + c·P for public a, b, c, with a table of G and y.
    pub(crate) fn combine(
        &self,
        a: &Scalar,
        b: &Scalar,
        c: &Scalar,
        point: &EdwardsPoint,
    ) -> EdwardsPoint {
        self.0.table.vartime_mixed_multiscalar_mul([a.0, b.0], [c.0], [*point])
    }
}

impl core::fmt::Debug for Setup {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Setup")
            .field("uuid", &self.0.election.uuid.as_str())
            .field("fingerprint", &self.0.fingerprint)
            .field("credentials", &self.0.credentials.len())
            .finish_non_exhaustive()
    }
}
