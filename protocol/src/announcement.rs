//! How a server tells the local network that it is there (DNS-SD over multicast
//! DNS), so that terminals find it without an address. Anybody on the network can
//! say anything here: an announcement is a place to try, never a reason to trust.

use crate::ids::Key;
use crate::wire::VERSION;

/// The type of the service.
pub const SERVICE: &str = "_hemicycle._tcp.local.";

/// The keys of the TXT record.
pub mod txt {
    pub const ROOM: &str = "room";
    pub const SERVER: &str = "server";
    pub const PROTOCOL: &str = "protocol";
}

/// Bytes of a room's name in a TXT record: a string there has 255 with its key.
const MOST_ROOM_BYTES: usize = 240;
/// Characters of a room's name that terminals show.
const MOST_ROOM: usize = 60;

/// What a server says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announcement {
    pub room: String,
    pub server: Key,
    pub protocol: u16,
}

impl Announcement {
    /// Of this version.
    pub fn new(room: &str, server: Key) -> Self {
        Self { room: shown(room), server, protocol: VERSION }
    }

    /// As the TXT record says it.
    pub fn properties(&self) -> [(&'static str, String); 3] {
        let mut room = self.room.as_str();
        while room.len() > MOST_ROOM_BYTES {
            room = room.char_indices().next_back().map_or("", |(last, _)| &room[..last]);
        }
        [
            (txt::ROOM, room.to_owned()),
            (txt::SERVER, self.server.to_string()),
            (txt::PROTOCOL, self.protocol.to_string()),
        ]
    }

    /// From a TXT record; none if it is not one of ours.
    pub fn read<'a>(value: impl Fn(&str) -> Option<&'a [u8]>) -> Option<Self> {
        let text = |key| value(key).and_then(|bytes| std::str::from_utf8(bytes).ok());
        let server = text(txt::SERVER).and_then(Key::parse)?;
        let protocol = text(txt::PROTOCOL)?.parse().ok()?;
        Some(Self { room: shown(text(txt::ROOM)?), server, protocol })
    }
}

/// One line, of a length that fits a screen, and nothing that turns letters around.
fn shown(room: &str) -> String {
    let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let calm = room.chars().filter(|c| !c.is_control() && !turns(*c));
    calm.take(MOST_ROOM).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Hex;

    fn read(pairs: &[(&str, &str)]) -> Option<Announcement> {
        Announcement::read(|key| {
            pairs.iter().find(|(name, _)| *name == key).map(|(_, value)| value.as_bytes())
        })
    }

    #[test]
    fn what_is_announced_is_read_again() {
        let said = Announcement::new("三楼会议厅", Hex([0xab; 32]));
        let properties = said.properties();
        let pairs: Vec<_> = properties.iter().map(|(k, v)| (*k, v.as_str())).collect();
        assert_eq!(read(&pairs), Some(said));
    }

    #[test]
    fn a_long_name_fits_and_stays_text() {
        // Four bytes each: more than one string of a TXT record holds.
        let said = Announcement::new(&"𠮷".repeat(100), Hex([1; 32]));
        let [(key, room), ..] = said.properties();
        assert!(key.len() + 1 + room.len() <= 255, "{}", room.len());
        assert_eq!(room, "𠮷".repeat(60));
    }

    #[test]
    fn what_is_not_ours_is_left_alone() {
        let key = Hex::<32>([7; 32]).to_string();
        let good = [("room", "东厅"), ("server", key.as_str()), ("protocol", "1")];
        assert!(read(&good).is_some());
        for (at, bad) in [(1, "07"), (1, &key.to_uppercase()[..63]), (2, "one"), (2, "-1")] {
            let mut pairs = good;
            pairs[at].1 = bad;
            assert_eq!(read(&pairs), None, "{bad}");
        }
        for left_out in 0..good.len() {
            let mut pairs = good.to_vec();
            pairs.remove(left_out);
            assert_eq!(read(&pairs), None, "without {left_out}");
        }
        assert_eq!(Announcement::read(|_| Some(&[0xff, 0xfe])), None);
        let turned = [("room", "\u{202e}东\n厅 "), good[1], good[2]];
        assert_eq!(read(&turned).map(|said| said.room).as_deref(), Some("东厅"));
    }
}
