//! The `.bel` file: a chain of events with their data, in an old-style tar that has exactly one way of being written.
//!
//! What lives here: writing the file event by event, reading it strictly, and comparing two files of one vote. The file
//! is bytes here; where they are kept is the caller's business. What the data mean is checked in [`super::election`].
//!
//! FORMAT §2. There is no end-of-archive marker; every header repeats the timestamp of the first.

use serde::{Deserialize, Serialize};

use super::records::{
    Canonical, ElectionResult, EncryptedTally, MAX_RECORD_BYTES, Owned, PartialDecryption,
    RecordError, RecordFault, SizedTally,
};
use super::scalar::RecordHash;
use super::setup::Setup;

const BLOCK: usize = 512;
/// Largest number of 11 octal digits.
const MAX_OCTAL: u64 = (1 << 33) - 1;

/// The kinds of events, in the order in which they may follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum EventType {
    /// Event 0: election, trustees, credentials, setup data.
    Setup,
    /// One ballot.
    Ballot,
    /// No more ballots.
    EndBallots,
    /// The encrypted sum.
    EncryptedTally,
    /// One trustee's part.
    PartialDecryption,
    /// The counts.
    Result,
}

impl EventType {
    /// The word in the event record.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Setup => "Setup",
            Self::Ballot => "Ballot",
            Self::EndBallots => "EndBallots",
            Self::EncryptedTally => "EncryptedTally",
            Self::PartialDecryption => "PartialDecryption",
            Self::Result => "Result",
        }
    }

    /// Number of data records just before the event, the last of them its payload.
    const fn data_records(self) -> usize {
        match self {
            Self::Setup => 4,
            Self::Ballot | Self::Result => 1,
            Self::EndBallots => 0,
            Self::EncryptedTally | Self::PartialDecryption => 2,
        }
    }

    /// Whether this event may come directly after `previous`.
    const fn may_follow(self, previous: Option<Self>) -> bool {
        match (self, previous) {
            (Self::Setup, None)
            | (Self::Ballot | Self::EndBallots, Some(Self::Setup | Self::Ballot))
            | (Self::EncryptedTally, Some(Self::EndBallots))
            | (Self::PartialDecryption, Some(Self::EncryptedTally | Self::PartialDecryption))
            | (Self::Result, Some(Self::PartialDecryption)) => true,
            (Self::Setup, Some(_))
            | (
                Self::Ballot
                | Self::EndBallots
                | Self::EncryptedTally
                | Self::PartialDecryption
                | Self::Result,
                None,
            )
            | (
                Self::Ballot | Self::EndBallots,
                Some(
                    Self::EndBallots
                    | Self::EncryptedTally
                    | Self::PartialDecryption
                    | Self::Result,
                ),
            )
            | (
                Self::EncryptedTally,
                Some(
                    Self::Setup
                    | Self::Ballot
                    | Self::EncryptedTally
                    | Self::PartialDecryption
                    | Self::Result,
                ),
            )
            | (
                Self::PartialDecryption,
                Some(Self::Setup | Self::Ballot | Self::EndBallots | Self::Result),
            )
            | (
                Self::Result,
                Some(
                    Self::Setup
                    | Self::Ballot
                    | Self::EndBallots
                    | Self::EncryptedTally
                    | Self::Result,
                ),
            ) => false,
        }
    }
}

/// An event record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// Hash of the event before; absent in the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<RecordHash>,
    /// Number of the event, from 0.
    pub height: u32,
    /// Its kind.
    #[serde(rename = "type")]
    pub kind: EventType,
    /// Hash of its payload; absent in EndBallots.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<RecordHash>,
}

impl Canonical for Event {
    const RECORD: &'static str = "event";
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    version: u32,
    timestamp: String,
}

impl Canonical for Header {
    const RECORD: &'static str = "archive header";

    fn check(&self) -> Result<(), RecordFault> {
        if self.version != 1 {
            return Err(RecordFault::Field("version"));
        }
        let time = self.timestamp.parse::<u64>().ok().filter(|time| *time <= MAX_OCTAL);
        match time {
            Some(time) if time.to_string() == self.timestamp => Ok(()),
            Some(_) | None => Err(RecordFault::Field("timestamp")),
        }
    }
}

/// Why nothing is appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// The event may not come after the last one.
    #[error("a {} event may not come now", .0.name())]
    Order(EventType),
    /// The timestamp has more than 11 octal digits.
    #[error("the timestamp is too large")]
    Timestamp,
    /// A record is larger than the format allows here.
    #[error("the record is too large")]
    Size,
}

/// An archive that grows. The same calls always give the same bytes.
#[derive(Clone, Debug)]
pub struct Archive {
    bytes: Vec<u8>,
    timestamp: u64,
    height: u32,
    last: EventType,
    last_hash: RecordHash,
}

impl Archive {
    /// Starts an archive with its Setup event. `timestamp` in Unix seconds is the only time in the file.
    ///
    /// # Errors
    /// [`AppendError::Timestamp`], [`AppendError::Size`].
    pub fn new(setup: &Setup, timestamp: u64) -> Result<Self, AppendError> {
        if timestamp > MAX_OCTAL {
            return Err(AppendError::Timestamp);
        }
        let mut archive = Self {
            bytes: Vec::new(),
            timestamp,
            height: 0,
            last: EventType::Setup,
            last_hash: RecordHash([0; 32]),
        };
        let header = Header { version: 1, timestamp: timestamp.to_string() }.to_bytes();
        archive.write_file("BELENIOS", &header);
        let records: Vec<&[u8]> = setup.records().iter().map(Vec::as_slice).collect();
        archive.write_event(None, EventType::Setup, &records)?;
        Ok(archive)
    }

    /// Appends a ballot record.
    ///
    /// # Errors
    /// [`AppendError`]; the archive is then unchanged.
    pub fn push_ballot(&mut self, ballot: &[u8]) -> Result<(), AppendError> {
        self.append(EventType::Ballot, &[ballot])
    }

    /// Appends the end of the ballots.
    ///
    /// # Errors
    /// [`AppendError::Order`].
    pub fn end_ballots(&mut self) -> Result<(), AppendError> {
        self.append(EventType::EndBallots, &[])
    }

    /// Appends the encrypted sum.
    ///
    /// # Errors
    /// [`AppendError`].
    pub fn push_tally(
        &mut self,
        tally: &EncryptedTally,
        sized: &SizedTally,
    ) -> Result<(), AppendError> {
        self.append(EventType::EncryptedTally, &[&tally.to_bytes(), &sized.to_bytes()])
    }

    /// Appends a trustee's part.
    ///
    /// # Errors
    /// [`AppendError`].
    pub fn push_partial(
        &mut self,
        owner: u32,
        partial: &PartialDecryption,
    ) -> Result<(), AppendError> {
        let partial = partial.to_bytes();
        let owned = Owned { owner, payload: RecordHash::of(&partial) };
        self.append(EventType::PartialDecryption, &[&partial, &owned.to_bytes()])
    }

    /// Appends the counts. Nothing may follow.
    ///
    /// # Errors
    /// [`AppendError`].
    pub fn push_result(&mut self, result: &ElectionResult) -> Result<(), AppendError> {
        self.append(EventType::Result, &[&result.to_bytes()])
    }

    /// The file so far; a valid archive after each event.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Hash of the last event: what everybody compares to know that they see one chain. FORMAT §4 item 4.
    #[must_use]
    pub const fn last_event(&self) -> &RecordHash {
        &self.last_hash
    }

    /// Number of the last event, from 0.
    #[must_use]
    pub const fn height(&self) -> u32 {
        self.height
    }

    fn append(&mut self, kind: EventType, data: &[&[u8]]) -> Result<(), AppendError> {
        if !kind.may_follow(Some(self.last)) {
            return Err(AppendError::Order(kind));
        }
        self.write_event(Some(self.last_hash), kind, data)
    }

    fn write_event(
        &mut self,
        parent: Option<RecordHash>,
        kind: EventType,
        data: &[&[u8]],
    ) -> Result<(), AppendError> {
        if data.iter().any(|record| record.len() > MAX_RECORD_BYTES) {
            return Err(AppendError::Size);
        }
        let height = match parent {
            None => 0,
            Some(_) => self.height.checked_add(1).ok_or(AppendError::Order(kind))?,
        };
        let mut payload = None;
        for record in data {
            let hash = RecordHash::of(record);
            self.write_file(&format!("{hash}.data.json"), record);
            payload = Some(hash);
        }
        let event = Event { parent, height, kind, payload }.to_bytes();
        let hash = RecordHash::of(&event);
        self.write_file(&format!("{hash}.event.json"), &event);
        self.height = height;
        self.last = kind;
        self.last_hash = hash;
        Ok(())
    }

    fn write_file(&mut self, name: &str, content: &[u8]) {
        self.bytes.extend_from_slice(&tar_header(name, content.len(), self.timestamp));
        self.bytes.extend_from_slice(content);
        let filled = self.bytes.len().next_multiple_of(BLOCK);
        self.bytes.resize(filled, 0);
    }
}

/// Where and why an archive is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("event {event}: {fault}")]
pub struct ArchiveError {
    /// Number of the event that the bad bytes belong to, from 0.
    pub event: u32,
    /// What is wrong.
    pub fault: ArchiveFault,
}

/// What can be wrong with an archive as a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveFault {
    /// The file ends in the middle of a record.
    #[error("the file ends in the middle of a record")]
    Truncated,
    /// A tar header is not the one that this format writes.
    #[error("the file header at byte {0} is not reproducible")]
    TarHeader(usize),
    /// The bytes after a record up to the next block are not zero.
    #[error("the padding before byte {0} is not zero")]
    Padding(usize),
    /// The name of a file is neither a hash with `.data.json` nor one with `.event.json`.
    #[error("unexpected file name at byte {0}")]
    FileName(usize),
    /// The content does not have the hash in its name.
    #[error("hash {found} found instead of {named}")]
    Hash {
        /// The hash in the file name.
        named: RecordHash,
        /// The hash of the content.
        found: RecordHash,
    },
    /// The archive header or the event record itself.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The file does not begin with the archive header, or holds no event.
    #[error("no archive header with a Setup event")]
    NoSetup,
    /// The event's number is not one more than that of the event before.
    #[error("the height is not the number of the event")]
    Height,
    /// The event does not name the event before.
    #[error("the parent is not the event before")]
    Parent,
    /// An event of this kind may not come here.
    #[error("a {} event may not come here", .0.name())]
    Order(EventType),
    /// The data before the event are not those that its kind needs.
    #[error("wrong number of data records before a {} event", .0.name())]
    DataRecords(EventType),
    /// The payload named by the event is not the record before it.
    #[error("the payload is not the record before the event")]
    Payload,
    /// Data without an event at the end of the file.
    #[error("data records without an event at the end")]
    Leftover,
}

/// An event as it stands in an archive.
#[derive(Clone, Debug)]
pub struct ArchivedEvent<'a> {
    /// Its kind.
    pub kind: EventType,
    /// Hash of the event record.
    pub hash: RecordHash,
    /// Its data records; the last one is the payload.
    pub data: Vec<&'a [u8]>,
}

/// What an archive holds. Its place in the list is an event's number.
#[derive(Clone, Debug)]
pub struct Contents<'a> {
    /// Unix seconds from the header.
    pub timestamp: u64,
    /// All events, at least the Setup.
    pub events: Vec<ArchivedEvent<'a>>,
}

/// Reads an archive: every byte must be what [`Archive`] would write for the same data. FORMAT §2.
///
/// # Errors
/// [`ArchiveError`] with the number of the event at fault.
pub fn read(bytes: &[u8]) -> Result<Contents<'_>, ArchiveError> {
    let mut files = Files { bytes, at: 0, timestamp: None };
    let at_start = |fault| ArchiveError { event: 0, fault };
    let header = match files.next().map_err(at_start)? {
        Some(("BELENIOS", content)) => {
            Header::from_bytes(content).map_err(|error| at_start(error.into()))?
        }
        Some(_) | None => return Err(at_start(ArchiveFault::NoSetup)),
    };
    let timestamp = header.timestamp.parse().map_err(|_| at_start(ArchiveFault::TarHeader(0)))?;
    if files.timestamp != Some(timestamp) {
        return Err(at_start(ArchiveFault::TarHeader(0)));
    }
    let mut events: Vec<ArchivedEvent<'_>> = Vec::new();
    let mut data = Vec::new();
    loop {
        let number = u32::try_from(events.len()).unwrap_or(u32::MAX);
        let fail = |fault| ArchiveError { event: number, fault };
        let position = files.at;
        let Some((name, content)) = files.next().map_err(fail)? else {
            if !data.is_empty() {
                return Err(fail(ArchiveFault::Leftover));
            }
            if events.is_empty() {
                return Err(fail(ArchiveFault::NoSetup));
            }
            return Ok(Contents { timestamp, events });
        };
        let (named, is_event) =
            parse_name(name).ok_or_else(|| fail(ArchiveFault::FileName(position)))?;
        let found = RecordHash::of(content);
        if named != found {
            return Err(fail(ArchiveFault::Hash { named, found }));
        }
        if !is_event {
            if data.len() >= 4 {
                return Err(fail(ArchiveFault::Leftover));
            }
            data.push((content, found));
            continue;
        }
        let event = Event::from_bytes(content).map_err(|error| fail(error.into()))?;
        let previous = events.last();
        if event.height != number {
            return Err(fail(ArchiveFault::Height));
        }
        if event.parent != previous.map(|previous| previous.hash) {
            return Err(fail(ArchiveFault::Parent));
        }
        if !event.kind.may_follow(previous.map(|previous| previous.kind)) {
            return Err(fail(ArchiveFault::Order(event.kind)));
        }
        if data.len() != event.kind.data_records() {
            return Err(fail(ArchiveFault::DataRecords(event.kind)));
        }
        if event.payload != data.last().map(|(_, hash)| *hash) {
            return Err(fail(ArchiveFault::Payload));
        }
        let data = data.drain(..).map(|(content, _)| content).collect();
        events.push(ArchivedEvent { kind: event.kind, hash: found, data });
    }
}

/// The events of an archive without their contents: enough to follow the chain of hashes. A ballot's payload is its tracker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventList(pub Vec<(EventType, Option<RecordHash>)>);

impl Canonical for EventList {
    const RECORD: &'static str = "list of events";
}

impl EventList {
    /// The list of an archive that was read.
    #[must_use]
    pub fn of(contents: &Contents<'_>) -> Self {
        let line = |event: &ArchivedEvent<'_>| {
            (event.kind, event.data.last().map(|payload| RecordHash::of(payload)))
        };
        Self(contents.events.iter().map(line).collect())
    }

    /// Hash of the last event, computed from the first on; `None` if this is no order of events.
    #[must_use]
    pub fn last_event(&self) -> Option<RecordHash> {
        let mut previous = None;
        let mut parent = None;
        for (height, (kind, payload)) in (0_u32..).zip(&self.0) {
            if !kind.may_follow(previous) || payload.is_some() == (*kind == EventType::EndBallots) {
                return None;
            }
            let event = Event { parent, height, kind: *kind, payload: *payload };
            parent = Some(RecordHash::of(&event.to_bytes()));
            previous = Some(*kind);
        }
        parent
    }

    /// The trackers of the ballots among the events.
    pub fn ballots(&self) -> impl Iterator<Item = &RecordHash> {
        let ballots = self.0.iter().filter(|(kind, _)| *kind == EventType::Ballot);
        ballots.filter_map(|(_, payload)| payload.as_ref())
    }

    /// Is a ballot with this tracker among the events?
    #[must_use]
    pub fn has_ballot(&self, tracker: &RecordHash) -> bool {
        self.ballots().any(|ballot| ballot == tracker)
    }
}

/// How two archives of one vote differ.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PrefixError {
    /// The earlier one is not readable.
    #[error("the earlier archive: {0}")]
    Earlier(ArchiveError),
    /// The later one is not readable.
    #[error("the later archive: {0}")]
    Later(ArchiveError),
    /// The headers differ.
    #[error("the archives have different timestamps")]
    Header,
    /// From this event on the earlier archive is not the beginning of the later one.
    #[error("event {event} of the earlier archive is not in the later one")]
    Event {
        /// Number of the event.
        event: usize,
    },
}

/// Checks that the later archive continues the earlier one: nothing changed, dropped or reordered. FORMAT §4 item 4.
///
/// # Errors
/// [`PrefixError`].
pub fn check_continues(earlier: &[u8], later: &[u8]) -> Result<(), PrefixError> {
    let old = read(earlier).map_err(PrefixError::Earlier)?;
    let new = read(later).map_err(PrefixError::Later)?;
    if old.timestamp != new.timestamp {
        return Err(PrefixError::Header);
    }
    let mut later_events = new.events.iter();
    for (event, entry) in old.events.iter().enumerate() {
        let same = later_events
            .next()
            .is_some_and(|other| other.hash == entry.hash && other.data == entry.data);
        if !same {
            return Err(PrefixError::Event { event });
        }
    }
    Ok(())
}

struct Files<'a> {
    bytes: &'a [u8],
    at: usize,
    timestamp: Option<u64>,
}

impl<'a> Files<'a> {
    /// The next file's name and content; `None` at the end.
    fn next(&mut self) -> Result<Option<(&'a str, &'a [u8])>, ArchiveFault> {
        let rest = &self.bytes[self.at..];
        if rest.is_empty() {
            return Ok(None);
        }
        let header = rest.get(..BLOCK).ok_or(ArchiveFault::Truncated)?;
        let unlike = ArchiveFault::TarHeader(self.at);
        let name_end = header[..100].iter().position(|byte| *byte == 0).unwrap_or(100);
        let name = core::str::from_utf8(&header[..name_end]).map_err(|_| unlike.clone())?;
        let size = octal(&header[124..135]).ok_or_else(|| unlike.clone())?;
        let timestamp = octal(&header[136..147]).ok_or_else(|| unlike.clone())?;
        if *self.timestamp.get_or_insert(timestamp) != timestamp {
            return Err(unlike);
        }
        let size = usize::try_from(size).map_err(|_| unlike.clone())?;
        if name.is_empty() || size > MAX_RECORD_BYTES || header != tar_header(name, size, timestamp)
        {
            return Err(unlike);
        }
        let content = rest.get(BLOCK..BLOCK + size).ok_or(ArchiveFault::Truncated)?;
        let end = (BLOCK + size).next_multiple_of(BLOCK);
        let padding = rest.get(BLOCK + size..end).ok_or(ArchiveFault::Truncated)?;
        self.at += end;
        if padding.iter().any(|byte| *byte != 0) {
            return Err(ArchiveFault::Padding(self.at));
        }
        Ok(Some((name, content)))
    }
}

fn parse_name(name: &str) -> Option<(RecordHash, bool)> {
    if let Some(hash) = name.strip_suffix(".data.json") {
        return Some((RecordHash::from_hex(hash)?, false));
    }
    Some((RecordHash::from_hex(name.strip_suffix(".event.json")?)?, true))
}

/// The one header for a file. FORMAT §2.
fn tar_header(name: &str, size: usize, timestamp: u64) -> [u8; BLOCK] {
    let mut header = [0_u8; BLOCK];
    let mut put = |at: usize, text: &str| {
        for (target, byte) in header[at..].iter_mut().zip(text.bytes()) {
            *target = byte;
        }
    };
    put(0, name);
    put(100, "0000644");
    put(108, "0000000");
    put(116, "0000000");
    put(124, &format!("{size:011o}"));
    put(136, &format!("{timestamp:011o}"));
    put(148, "        ");
    put(156, "0");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    let checksum = format!("{sum:06o}\0 ");
    header[148..156].copy_from_slice(checksum.as_bytes());
    header
}

fn octal(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0_u64, |value, digit| match digit {
        b'0'..=b'7' => Some(value * 8 + u64::from(digit - b'0')),
        _ => None,
    })
}
