//! `record.json`: which meeting this is, where its log ends, and the server's
//! signature on that.

use hemicycle_protocol::identity::{BadSignature, Identity, RecordHead, verify};
use hemicycle_protocol::ids::{Hash, Key, MeetingId, Millis, Seq, Signature};
use jiff::tz::{Offset, TimeZone};
use serde::{Deserialize, Serialize};

/// Format of the folder: its files, their names, every word in its texts.
pub const FORMAT: u32 = 1;

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    pub statement: RecordHead,
    pub signature: Signature,
}

/// Where a log ends.
#[derive(Clone, Copy, Debug)]
pub struct End {
    pub meeting: MeetingId,
    pub entries: Seq,
    pub hash: Hash,
    pub at: Millis,
}

impl Head {
    /// Signs the end of a log; texts will give times as this machine's clock on
    /// the wall does.
    pub fn sign(identity: &Identity, end: &End) -> Self {
        let zone = TimeZone::system();
        let seconds = time(end.at).map_or(0, |at| zone.to_offset(at).seconds());
        let statement = RecordHead {
            format: FORMAT,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            utc_offset: seconds / 60,
            meeting: end.meeting,
            server: identity.key(),
            entries: end.entries,
            head: end.hash,
        };
        let signature = identity.sign(&statement);
        Self { statement, signature }
    }

    /// Does the signature hold?
    pub fn check(&self) -> Result<(), BadSignature> {
        verify(&self.statement.server, &self.statement, &self.signature)
    }

    /// The file. There is one way of writing it.
    pub fn bytes(&self) -> Vec<u8> {
        // A plain struct: writing it cannot fail.
        let mut bytes = serde_json::to_vec_pretty(self).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }

    /// The server's key.
    pub fn server(&self) -> Key {
        self.statement.server
    }

    /// A moment as the texts give it: `2026-08-26 09:00:05`.
    pub fn clock(&self, at: Millis) -> String {
        let offset = self.statement.utc_offset.checked_mul(60);
        let offset = offset.and_then(|seconds| Offset::from_seconds(seconds).ok());
        match (time(at), offset) {
            (Some(at), Some(offset)) => {
                at.to_zoned(TimeZone::fixed(offset)).strftime("%Y-%m-%d %H:%M:%S").to_string()
            }
            (Some(_), None) | (None, _) => at.to_string(),
        }
    }

    /// `UTC+08:00`
    pub fn zone(&self) -> String {
        let minutes = self.statement.utc_offset;
        let sign = if minutes < 0 { '-' } else { '+' };
        let minutes = minutes.unsigned_abs();
        format!("UTC{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

fn time(at: Millis) -> Option<jiff::Timestamp> {
    jiff::Timestamp::from_millisecond(at.0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use hemicycle_protocol::ids::Hex;

    #[test]
    fn the_head_is_signed_and_tells_the_time_of_its_place() {
        let identity = Identity::from_secret(&[7; 32]);
        let (meeting, hash) = (Hex([1; 16]), Hex([2; 32]));
        let end = End { meeting, entries: Seq(9), hash, at: Millis(1_787_706_000_000) };
        let mut head = Head::sign(&identity, &end);
        assert_eq!(head.check(), Ok(()));
        assert_eq!(serde_json::from_slice::<Head>(&head.bytes()).unwrap(), head);
        head.statement.entries = Seq(8);
        assert!(head.check().is_err());

        head.statement.utc_offset = 480;
        assert_eq!(head.clock(Millis(1_787_706_000_000)), "2026-08-26 09:00:00");
        assert_eq!(head.zone(), "UTC+08:00");
        head.statement.utc_offset = -210;
        assert_eq!(head.clock(Millis(1_787_706_000_000)), "2026-08-25 21:30:00");
        assert_eq!(head.zone(), "UTC-03:30");
        // What no clock shows is given as it is.
        assert_eq!(head.clock(Millis(i64::MAX)), i64::MAX.to_string());
        head.statement.utc_offset = i32::MIN;
        assert_eq!(head.clock(Millis(5)), "5");
    }
}
