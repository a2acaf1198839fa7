//! A line of `log.jsonl`: an entry's place, its hash, and its payload as a JSON
//! string whose characters are exactly the stored bytes.

use hemicycle_protocol::ids::{Hash, Seq};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::io::{self, BufRead, Read as _};

/// No entry is longer: a roster of 4,096 people is far below.
pub const MOST_BYTES: u64 = 64 << 20;

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line<'a> {
    pub seq: Seq,
    pub hash: Hash,
    pub payload: Cow<'a, str>,
}

/// What stands where a line is expected.
pub enum Read {
    Line(Line<'static>),
    /// Not the one way of writing a line.
    Malformed,
    End,
}

impl Line<'_> {
    /// As it is written, with its line feed.
    pub fn bytes(&self) -> Vec<u8> {
        // A plain struct: writing it cannot fail.
        let mut bytes = serde_json::to_vec(self).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }
}

/// Reads the next line. A line has one way of being written, and ends with a
/// line feed.
pub fn read(from: &mut impl BufRead) -> io::Result<Read> {
    let mut bytes = Vec::new();
    from.take(MOST_BYTES).read_until(b'\n', &mut bytes)?;
    if bytes.is_empty() {
        return Ok(Read::End);
    }
    match serde_json::from_slice::<Line<'static>>(&bytes) {
        Ok(line) if line.bytes() == bytes => Ok(Read::Line(line)),
        Ok(_) | Err(_) => Ok(Read::Malformed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hemicycle_protocol::ids::Hex;

    #[test]
    fn a_line_has_one_form() {
        let line =
            Line { seq: Seq(3), hash: Hex([0xab; 32]), payload: "{\"a\":\"议\\n\"}".into() };
        let bytes = line.bytes();
        let hash = "ab".repeat(32);
        let text = format!(
            "{{\"seq\":3,\"hash\":\"{hash}\",\"payload\":\"{{\\\"a\\\":\\\"议\\\\n\\\"}}\"}}\n"
        );
        assert_eq!(String::from_utf8(bytes.clone()).unwrap(), text);
        let mut from = &bytes[..];
        assert!(matches!(read(&mut from).unwrap(), Read::Line(read) if read == line));
        assert!(matches!(read(&mut from).unwrap(), Read::End));
        for bent in [
            text.replace("\"seq\":3", "\"seq\": 3"),
            text.replace("议", "\\u8bae"),
            text.replace("}\n", ",\"x\":1}\n"),
            text.trim_end().to_owned(),
            "\n".into(),
        ] {
            assert!(matches!(read(&mut bent.as_bytes()).unwrap(), Read::Malformed), "{bent}");
        }
    }
}
