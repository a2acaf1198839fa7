//! Keys, and what is signed with them. Every signature is over a statement:
//! a domain line that names its purpose and version, then the statement's JSON
//! in the field order given here. A signature for one purpose is therefore
//! never valid for another.
//!
//! Verification is strict: canonical encodings, no small-order keys
//! (`ed25519_dalek::VerifyingKey::verify_strict`).

use crate::ballot::scalar::RecordHash;
use crate::ids::{
    Hash, Hex, Key, MeetingId, MemberId, Millis, Nonce, SeatId, Seq, Signature, VoteId,
};
use crate::people::Drawing;
use crate::vote::Ballot;
use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

/// Something that is signed.
pub trait Statement: Serialize {
    /// Its domain: purpose and version, never reused for anything else.
    const DOMAIN: &'static str;

    /// The exact bytes that are signed: `DOMAIN`, a line feed, the JSON.
    fn bytes(&self) -> Vec<u8> {
        let mut bytes = Self::DOMAIN.as_bytes().to_vec();
        bytes.push(b'\n');
        // Statements are plain structs of strings and numbers: writing one cannot fail.
        if let Ok(json) = serde_json::to_vec(self) {
            bytes.extend(json);
        }
        bytes
    }
}

/// A terminal shows that it holds its key: an answer to the server's greeting,
/// good for the connection that it travels on and for no other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Presence {
    pub server: Key,
    pub nonce: Nonce,
    pub terminal: Key,
    /// What only the two ends of this TLS connection know ([`BINDING_LABEL`]).
    /// None on a plain connection, which stays within one machine.
    pub binding: Option<Hash>,
}

/// The label under which both ends of a TLS 1.3 connection export
/// [`Presence::binding`]: 32 bytes, with an empty context (RFC 9266).
pub const BINDING_LABEL: &[u8] = b"EXPORTER-Channel-Binding";

/// The server vouches for the certificate that it shows in TLS: browsers take no
/// certificate with an ed25519 key, so it has another key than the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    pub server: Key,
    /// SHA-256 of the certificate in DER.
    pub certificate: Hash,
}

/// What a terminal and a server that do not know each other yet show to people who
/// compare it. The terminal draws `opening` and names its [`PairingCommitment`]
/// before it sees `nonce`, and the server draws `nonce` before it sees `opening`:
/// so nobody between them can try out keys until two short codes are alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pairing {
    pub server: Key,
    pub terminal: Key,
    /// Drawn by the server for this connection.
    pub nonce: Nonce,
    /// Drawn by the terminal for this connection.
    pub opening: Nonce,
}

impl Pairing {
    /// Eight characters that cannot be taken for each other: `WERC-8GMR`.
    pub fn code(&self) -> String {
        RecordHash(fingerprint(self).0).short_code()
    }
}

/// Its fingerprint is a terminal's promise of [`Pairing::opening`]. Never signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PairingCommitment {
    pub opening: Nonce,
}

/// 签到
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignIn {
    pub meeting: MeetingId,
    pub member: MemberId,
    pub seat: SeatId,
}

/// 签到 with a signature that was drawn on the terminal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrawnSignIn {
    pub meeting: MeetingId,
    pub member: MemberId,
    pub seat: SeatId,
    pub drawing: Drawing,
}

/// A ballot in a recorded vote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedBallot {
    pub meeting: MeetingId,
    pub vote: VoteId,
    pub member: MemberId,
    pub seat: SeatId,
    pub ballot: Ballot,
}

/// Public halves of credentials for secret votes to come (`docs/ballots.md` §6):
/// the first is for slot `first`, the next for the one after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    pub meeting: MeetingId,
    pub member: MemberId,
    pub seat: SeatId,
    pub first: u32,
    pub keys: Vec<Hash>,
}

/// A message of the scrutineers' key generation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeygenSpeech {
    pub meeting: MeetingId,
    pub attempt: u32,
    /// SHA-256 of the message.
    pub message: Hash,
}

/// The server's word that a ballot is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    pub meeting: MeetingId,
    pub vote: VoteId,
    pub seat: SeatId,
    /// SHA-256 of the stored ballot statement; of a secret vote, of the encrypted
    /// ballot: its tracker.
    pub ballot: Hash,
    /// Where in the log it stands.
    pub seq: Seq,
    pub at: Millis,
}

/// The server's word for what its log holds: the entry at `seq` hashes to `head`, and
/// with it every entry before. Terminals remember one with every vote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct LogHead {
    pub meeting: MeetingId,
    pub seq: Seq,
    pub head: Hash,
}

/// The server's word for where the log of an exported record ends (`docs/record.md`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordHead {
    /// Format of the exported folder.
    pub format: u32,
    /// Version of the program that exported it.
    pub program: String,
    /// Minutes by which the times in the texts for people are ahead of UTC.
    pub utc_offset: i32,
    pub meeting: MeetingId,
    pub server: Key,
    /// The last entry's place: the number of entries.
    pub entries: Seq,
    /// The last entry's hash.
    pub head: Hash,
}

impl Statement for Presence {
    const DOMAIN: &'static str = "hemicycle/1/presence";
}
impl Statement for Certificate {
    const DOMAIN: &'static str = "hemicycle/1/certificate";
}
impl Statement for Pairing {
    const DOMAIN: &'static str = "hemicycle/1/pairing";
}
impl Statement for PairingCommitment {
    const DOMAIN: &'static str = "hemicycle/1/pairing-commitment";
}
impl Statement for SignIn {
    const DOMAIN: &'static str = "hemicycle/1/sign-in";
}
impl Statement for DrawnSignIn {
    const DOMAIN: &'static str = "hemicycle/1/drawn-sign-in";
}
impl Statement for RecordedBallot {
    const DOMAIN: &'static str = "hemicycle/1/recorded-ballot";
}
impl Statement for Registration {
    const DOMAIN: &'static str = "hemicycle/1/credentials";
}
impl Statement for KeygenSpeech {
    const DOMAIN: &'static str = "hemicycle/1/keygen";
}
impl Statement for Receipt {
    const DOMAIN: &'static str = "hemicycle/1/receipt";
}
impl Statement for LogHead {
    const DOMAIN: &'static str = "hemicycle/1/log-head";
}
impl Statement for RecordHead {
    const DOMAIN: &'static str = "hemicycle/1/record";
}

/// A statement's signature does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the signature of {domain} by {key} does not hold")]
pub struct BadSignature {
    pub domain: &'static str,
    pub key: Key,
}

/// A private key with its public half. Its bytes are wiped when it is dropped.
pub struct Identity(SigningKey);

impl Identity {
    /// From 32 secret bytes, drawn by the caller.
    pub fn from_secret(secret: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(secret))
    }

    /// The public half.
    pub fn key(&self) -> Key {
        Hex(self.0.verifying_key().to_bytes())
    }

    /// Signs a statement.
    pub fn sign<S: Statement>(&self, statement: &S) -> Signature {
        Hex(self.0.sign(&statement.bytes()).to_bytes())
    }
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Identity({})", self.key())
    }
}

/// Checks a statement's signature.
pub fn verify<S: Statement>(
    key: &Key,
    statement: &S,
    signature: &Signature,
) -> Result<(), BadSignature> {
    let bad = || BadSignature { domain: S::DOMAIN, key: *key };
    VerifyingKey::from_bytes(&key.0)
        .map_err(|_| bad())?
        .verify_strict(&statement.bytes(), &ed25519_dalek::Signature::from_bytes(&signature.0))
        .map_err(|_| bad())
}

/// SHA-256 of a statement's signed bytes: the fingerprint of a recorded ballot.
pub fn fingerprint<S: Statement>(statement: &S) -> Hash {
    Hex(Sha256::digest(statement.bytes()).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vote::Choice;

    #[test]
    fn a_signature_holds_for_its_statement_only() {
        let me = Identity::from_secret(&[7; 32]);
        let sign_in = SignIn { meeting: Hex([1; 16]), member: MemberId(12), seat: SeatId(12) };
        let signature = me.sign(&sign_in);
        assert_eq!(verify(&me.key(), &sign_in, &signature), Ok(()));
        let other = SignIn { seat: SeatId(13), ..sign_in.clone() };
        assert!(verify(&me.key(), &other, &signature).is_err());
        let stranger = Identity::from_secret(&[8; 32]);
        assert!(verify(&stranger.key(), &sign_in, &signature).is_err());
        let mut bent = signature;
        bent.0[63] ^= 0x10;
        assert!(verify(&me.key(), &sign_in, &bent).is_err());
    }

    #[test]
    fn signed_bytes_are_fixed() {
        let ballot = RecordedBallot {
            meeting: Hex([0xab; 16]),
            vote: VoteId(3),
            member: MemberId(12),
            seat: SeatId(12),
            ballot: Ballot::Motion { choice: Choice::For },
        };
        assert_eq!(
            String::from_utf8(ballot.bytes()).unwrap(),
            "hemicycle/1/recorded-ballot\n{\"meeting\":\"abababababababababababababababab\",\"vote\":3,\
             \"member\":12,\"seat\":12,\"ballot\":{\"kind\":\"motion\",\"choice\":\"for\"}}"
        );
    }

    #[test]
    fn a_drawing_is_part_of_what_is_signed() {
        let (meeting, member, seat) = (Hex([0xab; 16]), MemberId(12), SeatId(12));
        let drawing = Drawing { strokes: vec![vec![[10, 20], [300, 40]], vec![[7, 8]]] };
        let drawn = DrawnSignIn { meeting, member, seat, drawing };
        assert_eq!(
            String::from_utf8(drawn.bytes()).unwrap(),
            "hemicycle/1/drawn-sign-in\n{\"meeting\":\"abababababababababababababababab\",\
             \"member\":12,\"seat\":12,\"drawing\":{\"strokes\":[[[10,20],[300,40]],[[7,8]]]}}"
        );
        let me = Identity::from_secret(&[7; 32]);
        let signature = me.sign(&drawn);
        assert_eq!(verify(&me.key(), &drawn, &signature), Ok(()));
        let mut bent = drawn.clone();
        bent.drawing.strokes[0][1] = [300, 41];
        assert!(verify(&me.key(), &bent, &signature).is_err());
        assert!(verify(&me.key(), &SignIn { meeting, member, seat }, &signature).is_err());
    }

    #[test]
    fn what_binds_a_connection_is_fixed() {
        let (server, nonce, terminal) = (Hex([0xab; 32]), Hex([1; 32]), Hex([2; 32]));
        let text = |statement: Vec<u8>| String::from_utf8(statement).unwrap();
        let (ab, one, two) = ("ab".repeat(32), "01".repeat(32), "02".repeat(32));
        for (binding, written) in
            [(None, "null".to_owned()), (Some(Hex([0xef; 32])), format!("\"{}\"", "ef".repeat(32)))]
        {
            assert_eq!(
                text(Presence { server, nonce, terminal, binding }.bytes()),
                format!(
                    "hemicycle/1/presence\n{{\"server\":\"{ab}\",\"nonce\":\"{one}\",\
                     \"terminal\":\"{two}\",\"binding\":{written}}}"
                )
            );
        }
        assert_eq!(
            text(Certificate { server, certificate: Hex([2; 32]) }.bytes()),
            format!("hemicycle/1/certificate\n{{\"server\":\"{ab}\",\"certificate\":\"{two}\"}}")
        );
    }

    #[test]
    fn pairing_codes_are_fixed_and_depend_on_everything() {
        let pairing = |server, terminal, nonce, opening| {
            let [server, terminal, nonce, opening] =
                [server, terminal, nonce, opening].map(|byte| Hex([byte; 32]));
            Pairing { server, terminal, nonce, opening }
        };
        let (one, two) = ("01".repeat(32), "02".repeat(32));
        let (three, four) = ("03".repeat(32), "04".repeat(32));
        assert_eq!(
            String::from_utf8(pairing(1, 2, 3, 4).bytes()).unwrap(),
            format!(
                "hemicycle/1/pairing\n{{\"server\":\"{one}\",\"terminal\":\"{two}\",\
                 \"nonce\":\"{three}\",\"opening\":\"{four}\"}}"
            )
        );
        let commitment = PairingCommitment { opening: Hex([4; 32]) };
        assert_eq!(
            String::from_utf8(commitment.bytes()).unwrap(),
            format!("hemicycle/1/pairing-commitment\n{{\"opening\":\"{four}\"}}")
        );
        let codes: std::collections::BTreeSet<String> = [
            pairing(1, 2, 3, 4),
            pairing(9, 2, 3, 4),
            pairing(1, 9, 3, 4),
            pairing(1, 2, 9, 4),
            pairing(1, 2, 3, 9),
        ]
        .iter()
        .map(Pairing::code)
        .collect();
        assert_eq!(codes.len(), 5);
        assert!(codes.iter().all(|code| code.len() == 9));
    }

    #[test]
    fn the_signed_end_of_a_record_is_fixed() {
        let head = RecordHead {
            format: 1,
            program: "0.1.0".into(),
            utc_offset: 480,
            meeting: Hex([0xab; 16]),
            server: Hex([0xcd; 32]),
            entries: Seq(7),
            head: Hex([0xef; 32]),
        };
        let (server, hash) = ("cd".repeat(32), "ef".repeat(32));
        assert_eq!(
            String::from_utf8(head.bytes()).unwrap(),
            format!(
                "hemicycle/1/record\n{{\"format\":1,\"program\":\"0.1.0\",\"utc_offset\":480,\
                 \"meeting\":\"abababababababababababababababab\",\"server\":\"{server}\",\
                 \"entries\":7,\"head\":\"{hash}\"}}"
            )
        );
    }

    #[test]
    fn a_small_order_key_is_no_key() {
        let mut identity_point = [0; 32];
        identity_point[0] = 1;
        let sign_in = SignIn { meeting: Hex([1; 16]), member: MemberId(1), seat: SeatId(1) };
        assert!(verify(&Hex(identity_point), &sign_in, &Hex([0; 64])).is_err());
    }
}
