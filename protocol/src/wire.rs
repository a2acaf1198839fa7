//! The messages on the WebSocket: what they are called, what they hold, how
//! large they may be. Text frames are JSON; binary frames carry pieces of
//! blobs (papers). The conversation itself is described in `docs/protocol.md`,
//! which changes together with this file.

use crate::identity::Receipt;
use crate::ids::{
    CommandId, Hash, Hex, ItemId, Key, MeetingId, MemberId, Millis, Nonce, PaperId, RunId, SeatId,
    Seq, Signature, Version, VoteId,
};
use crate::ink::{SealedPage, Stroke};
use crate::people::{Drawing, Pin};
use crate::refusal::{Code, Refusal};
use crate::topic::{
    Have, ItemKind, Level, Objection, PaperTerms, Person, Place, Pointer, ReadPaper, Screen,
    Service, Settings, Topic, TopicName,
};
use crate::vote::{Ballot, Count, Form, Method, Rule};
use serde::{Deserialize, Serialize};

/// The version of this protocol. Both sides name theirs; they must be equal.
pub const VERSION: u16 = 1;

/// The path of the WebSocket and its subprotocol.
pub const PATH: &str = "/ws";
/// `Sec-WebSocket-Protocol`
pub const SUBPROTOCOL: &str = "hemicycle.1";

/// Limits, in bytes and numbers. A message past its limit closes the connection.
pub mod limits {
    /// A text frame from a seat or the hall: the longest list on one encrypted ballot fits.
    pub const TEXT_UP: usize = 384 * 1024;
    /// A text frame from a console: a roster of thousands fits.
    pub const TEXT_UP_CONSOLE: usize = 4 * 1024 * 1024;
    /// A text frame from the server.
    pub const TEXT_DOWN: usize = 8 * 1024 * 1024;
    /// A piece of a blob.
    pub const CHUNK: usize = 64 * 1024;
    /// One `fetch`: the credit that a client may give at a time.
    pub const FETCH: u64 = 1024 * 1024;
    /// A paper.
    pub const PAPER: u64 = 256 * 1024 * 1024;
    /// A Word file that becomes a paper.
    pub const WORD: u64 = 64 * 1024 * 1024;
    /// A title, in characters.
    pub const TITLE: usize = 200;
    /// A name or post, in characters.
    pub const NAME: usize = 60;
    /// A reason or notice, in characters.
    pub const REASON: usize = 500;
    /// People on a roster.
    pub const PEOPLE: usize = 4096;
    /// Items of an agenda.
    pub const ITEMS: usize = 200;
    /// Papers of an item.
    pub const PAPERS: usize = 100;
    /// Papers in one `report_reading`.
    pub const READ: usize = 100;
    /// Votes of a meeting.
    pub const VOTES: usize = 1000;
    /// The server pings a connection that was quiet for so long.
    pub const PING_SECONDS: u64 = 5;
    /// Either side takes a connection for lost after so long without a word.
    pub const SILENCE_SECONDS: u64 = 15;
    /// Credentials in one `register_credentials`.
    pub const CREDENTIALS: usize = 16;
    /// Slots ahead of the next secret vote for which credentials are taken.
    pub const SLOTS_AHEAD: u32 = 64;
    /// A message of the key generation, and a part of an opening with its proofs.
    pub const SCRUTINY: usize = 192 * 1024;
    /// Scrutineers of a meeting.
    pub const SCRUTINEERS: usize = 9;
    /// Seconds that the key generation waits for a silent terminal.
    pub const KEYGEN_SECONDS: u64 = 20;
    /// Ballots between two live sums of a secret vote, at least.
    pub const LIVE_STEP: u32 = 5;
    /// Seconds that a vote may last.
    pub const SECONDS: u32 = 24 * 3600;
    /// A page's notes as they are kept, in characters.
    pub const NOTES_PAGE: usize = 192 * 1024;
    /// All notes on a paper of one member.
    pub const NOTES_PAPER: usize = 6 * 1024 * 1024;
    /// All notes of one member.
    pub const NOTES: usize = 32 * 1024 * 1024;
}

/// What a client sends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Up {
    /// The first message: who speaks.
    Hello(Hello),
    /// The topics to follow from now on; replaces what `hello` named.
    Watch { topics: Vec<TopicName> },
    /// Something to be done.
    Command(Ask),
    /// A terminal without a seat opens what it committed to in `hello`: both sides
    /// then show `identity::Pairing::code`.
    Pair { opening: Nonce },
    /// A range of a blob, by its hash. At most `limits::FETCH`.
    Fetch {
        hash: Hash,
        #[cfg_attr(feature = "typescript", ts(type = "number"))]
        offset: u64,
        #[cfg_attr(feature = "typescript", ts(type = "number"))]
        length: u64,
    },
    /// Asks for this member's notes on a paper, by the paper's hash.
    FetchNotes { paper: Hash },
    /// Keeps this member's notes on a page of it in place of those that are kept, if it is
    /// the member who sits there. They are none of the meeting's: no log and no record has them.
    KeepNotes { id: CommandId, member: MemberId, paper: Hash, page: SealedPage },
}

/// The first message of a client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Hello {
    pub protocol: u16,
    /// `hemicycle-terminal/0.1.0`
    pub client: String,
    pub role: Role,
    /// Topics to follow.
    pub watch: Vec<TopicName>,
    /// The versions that it has of them, of this meeting.
    #[serde(default)]
    pub have: Have,
    /// The meeting that `have` is about.
    #[serde(default)]
    pub meeting: Option<MeetingId>,
    /// The run of the server that `have` is from: another program may say the same otherwise.
    #[serde(default)]
    pub run: Option<RunId>,
}

/// Who speaks, and how that is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "as", rename_all = "snake_case")]
pub enum Role {
    /// A terminal at a seat: signs `identity::Presence` with its key.
    Seat {
        terminal: Key,
        signature: Signature,
        /// The seat that it was told to take at its start, if it was.
        #[serde(default)]
        wish: Option<SeatId>,
        /// Fingerprint of `identity::PairingCommitment`, to be paired by a code.
        #[serde(default)]
        commitment: Option<Hash>,
    },
    /// The hall screen, by the token of its link.
    Hall { token: String },
    /// A clerk's console, by the session cookie that came with the request.
    Console,
}

/// A command under its sender's id for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Ask {
    pub id: CommandId,
    #[serde(flatten)]
    pub command: Command,
}

/// A vote as it is prepared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct VoteSpec {
    pub title: String,
    pub form: Form,
    pub method: Method,
    pub rule: Rule,
    /// It closes by itself after so many seconds.
    pub seconds: Option<u32>,
    /// S, where the rule speaks of signatories.
    #[serde(default)]
    pub signatories: u32,
}

/// Everything that can be asked for. `rev` is the revision that an edit was
/// made on: an edit of something that another clerk changed meanwhile is
/// refused with `changed_meanwhile`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum Command {
    // — at the seat —
    /// 签到, over `identity::SignIn`, or with a drawing over `identity::DrawnSignIn`.
    SignIn {
        signature: Signature,
        /// Where the meeting's `sign_in` is `pin`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "typescript", ts(as = "Option<String>"))]
        pin: Option<Pin>,
        /// Where it is `signature`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        drawing: Option<Drawing>,
    },
    /// Leave for good (离席); counts from the next vote.
    Leave,
    /// Cast a recorded ballot, over `identity::RecordedBallot`.
    Cast {
        vote: VoteId,
        ballot: Ballot,
        signature: Signature,
    },
    /// Public halves of credentials for the slots from `first` on, over
    /// `identity::Registration`. A later one for a slot replaces an earlier one
    /// until the slot's vote opens.
    RegisterCredentials {
        first: u32,
        keys: Vec<Hash>,
        signature: Signature,
    },
    /// Cast a secret ballot: the record byte for byte, and its hints in base64
    /// (may be empty). The receipt's `ballot` is the tracker.
    CastSecret {
        vote: VoteId,
        ballot: String,
        hints: String,
    },
    /// A scrutineer's message in the key generation, over `identity::KeygenSpeech`.
    SpeakKeygen {
        attempt: u32,
        message: String,
        signature: Signature,
    },
    /// A scrutineer's terminal has checked the list of credentials of a vote that
    /// has opened: each belongs to one member, or it objects.
    ListChecked {
        vote: VoteId,
        objection: Option<Objection>,
    },
    /// A scrutineer's part of the opening of a sum: the partial decryption record
    /// and its second proofs, as JSON. `live` names the live sum by its ballots;
    /// without it, it is the closed vote's.
    OpenPart {
        vote: VoteId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        live: Option<u32>,
        partial: String,
        second: String,
    },
    /// A scrutineer's terminal will not help to open: what it checked is wrong.
    ObjectOpening {
        vote: VoteId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        live: Option<u32>,
        why: Objection,
    },
    /// A scrutineer's terminal has destroyed its share after the meeting.
    ShareDestroyed {
        attempt: u32,
    },
    AskToSpeak,
    WithdrawSpeech,
    CallService {
        service: Service,
    },
    CancelService,
    /// How far papers have come at this seat, for the member who sits there. Sent
    /// again, or less than was reported, it changes nothing.
    ReportReading {
        member: MemberId,
        papers: Vec<ReadPaper>,
    },
    /// 同步翻页: shows a page of a paper to all, and a place on it. Whoever speaks may, and the
    /// chair. Sent again with each turn of a page; only the first is an entry of the log.
    Present {
        paper: PaperId,
        page: u32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pointer: Option<Pointer>,
        /// What is drawn on the page for all, with `ink::SHOWN_POINTS` points at most.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        ink: Vec<Stroke>,
    },
    /// Ends it; a clerk may, too.
    StopPresenting,

    // — preparing —
    SetMeeting {
        title: String,
        body: String,
        place: String,
        starts_at: String,
    },
    SetSettings {
        settings: Settings,
    },
    /// Replaces the whole roster; the ids of the people are their order from 1.
    ImportRoster {
        people: Vec<RosterRow>,
        layout: Vec<Place>,
    },
    AddItem {
        title: String,
        short: String,
        kind: ItemKind,
    },
    EditItem {
        item: ItemId,
        rev: u32,
        title: String,
        short: String,
        kind: ItemKind,
    },
    /// `to` is its new place, from 0.
    MoveItem {
        item: ItemId,
        to: u32,
    },
    RemoveItem {
        item: ItemId,
    },
    RestoreItem {
        item: ItemId,
    },
    /// The file was uploaded before; `hash` is the server's answer to that.
    AddPaper {
        item: ItemId,
        title: String,
        hash: Hash,
        #[serde(default, skip_serializing_if = "PaperTerms::is_open")]
        terms: PaperTerms,
    },
    /// Seats that it is not for any more lose it.
    SetPaperTerms {
        paper: PaperId,
        terms: PaperTerms,
    },
    ReplacePaper {
        paper: PaperId,
        hash: Hash,
    },
    RenamePaper {
        paper: PaperId,
        title: String,
    },
    MovePaper {
        paper: PaperId,
        item: ItemId,
        to: u32,
    },
    RemovePaper {
        paper: PaperId,
    },
    RestorePaper {
        paper: PaperId,
    },
    AddVote {
        item: ItemId,
        spec: VoteSpec,
    },
    EditVote {
        vote: VoteId,
        rev: u32,
        spec: VoteSpec,
    },
    RemoveVote {
        vote: VoteId,
    },

    /// The members whose terminals make and keep the key of secret votes, and how
    /// many of them open a sum. Makes the key at once; again: makes another.
    NameScrutineers {
        members: Vec<MemberId>,
        threshold: u32,
    },

    // — running —
    OpenSignIn,
    OpenMeeting,
    AdjournMeeting,
    ResumeMeeting,
    CloseMeeting,
    StartItem {
        item: ItemId,
    },
    FinishItem {
        item: ItemId,
    },
    /// 请假
    SetLeave {
        member: MemberId,
        reason: String,
    },
    ClearLeave {
        member: MemberId,
    },
    /// Sign a member in whose terminal cannot.
    SignInFor {
        member: MemberId,
        reason: String,
    },
    MarkLeft {
        member: MemberId,
    },
    /// A member whose PIN was wrong too often may try again.
    ReleasePin {
        member: MemberId,
    },
    OpenVote {
        vote: VoteId,
    },
    ExtendVote {
        vote: VoteId,
        seconds: u32,
    },
    PauseVote {
        vote: VoteId,
    },
    ResumeVote {
        vote: VoteId,
    },
    CloseVote {
        vote: VoteId,
    },
    DeclareVote {
        vote: VoteId,
    },
    AnnulVote {
        vote: VoteId,
        reason: String,
    },
    BreakTie {
        vote: VoteId,
        adopted: bool,
    },
    /// 回避: off the roll of one vote.
    Recuse {
        vote: VoteId,
        member: MemberId,
    },
    ClearRecusal {
        vote: VoteId,
        member: MemberId,
    },
    /// A ballot of a member whose terminal failed, in a recorded vote.
    CastFor {
        vote: VoteId,
        member: MemberId,
        ballot: Ballot,
        reason: String,
    },
    /// The count was taken by hands or paper after the terminals failed.
    EnterCount {
        vote: VoteId,
        count: Count,
        by: crate::topic::CountedBy,
        reason: String,
    },
    GiveFloor {
        member: MemberId,
        seconds: Option<u32>,
    },
    EndFloor,
    DropSpeech {
        member: MemberId,
    },
    /// None: follow the meeting.
    Show {
        screen: Option<Screen>,
    },
    PostNotice {
        text: String,
        level: Level,
    },
    ClearNotice,
    ServiceDone {
        seat: SeatId,
    },

    // — terminals —
    AssignSeat {
        terminal: Key,
        seat: SeatId,
    },
    ReleaseSeat {
        seat: SeatId,
    },
    /// Another terminal takes the seat of the one that stands there, in one act.
    ReplaceTerminal {
        seat: SeatId,
        terminal: Key,
    },
    /// The terminals of two seats change places.
    SwapSeats {
        one: SeatId,
        other: SeatId,
    },
    /// A terminal gets no seat, and loses the one that it has. Giving it one takes
    /// that back.
    RefuseTerminal {
        terminal: Key,
    },
}

/// A row of a roster that is to be imported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct RosterRow {
    pub seat: SeatId,
    pub name: String,
    pub title: String,
    pub standing: crate::topic::Standing,
    #[serde(default)]
    pub chair: bool,
}

impl RosterRow {
    /// The person that the row becomes.
    pub fn person(self, member: MemberId) -> Person {
        let RosterRow { seat, name, title, standing, chair } = self;
        Person { member, seat, name, title, standing, chair }
    }
}

/// What the server sends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Down {
    /// The first message: who is there, and what a terminal's key has to sign.
    Greeting {
        protocol: u16,
        server: Key,
        /// The room's name.
        room: String,
        nonce: Nonce,
        /// The certificate that this connection has shown; none without TLS.
        #[serde(default)]
        certificate: Option<VouchedCertificate>,
    },
    /// `hello` is accepted. Topics follow.
    Welcome {
        meeting: MeetingId,
        /// The run that this is; none from a server that does not tell.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        run: Option<RunId>,
        now: Millis,
        /// The server's part of the pairing code, where `hello` had a commitment.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pairing: Option<Nonce>,
    },
    /// A topic's new value.
    Topic(TopicFrame),
    /// The answer to a command.
    Reply(Reply),
    /// A `fetch` that cannot be served.
    NoBlob { hash: Hash, refused: Refusal },
    /// The answer to `fetch_notes`: every page that has some, or why there is no answer.
    Notes {
        paper: Hash,
        pages: Vec<SealedPage>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        refused: Option<Refusal>,
    },
    /// The answer to `keep_notes`: they are durable, or why they are not kept.
    NotesKept {
        id: CommandId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        refused: Option<Refusal>,
    },
    /// The connection ends after this.
    Goodbye { refused: Refusal },
}

/// A certificate's fingerprint under the server's signature over `identity::Certificate`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct VouchedCertificate {
    /// SHA-256 of the certificate in DER.
    pub fingerprint: Hash,
    pub signature: Signature,
}

/// A topic's value in its version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct TopicFrame {
    pub version: Version,
    #[serde(flatten)]
    pub topic: Topic,
}

/// The answer to a command: `ok` or `refused`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Reply {
    pub id: CommandId,
    #[serde(flatten)]
    pub answer: Answer,
}

/// See [`Reply`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Done, and durable.
    Ok(Done),
    /// Not done; nothing has changed.
    Refused(Refusal),
}

/// What was done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Done {
    /// The last log entry that this command wrote.
    pub seq: Seq,
    /// The id of what was made (item, paper, vote).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made: Option<u32>,
    /// For `cast`: the server's signed word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<SignedReceipt>,
}

/// A receipt with the server's signature over it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct SignedReceipt {
    pub receipt: Receipt,
    pub signature: Signature,
}

/// A piece of a blob, as a binary frame:
/// kind (1 byte, 1), hash (32 bytes), offset (8 bytes, big endian), data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk<'a> {
    pub hash: Hash,
    pub offset: u64,
    pub data: &'a [u8],
}

/// Bytes before the data of a chunk.
pub const CHUNK_HEADER: usize = 41;

impl<'a> Chunk<'a> {
    /// The frame's bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(CHUNK_HEADER + self.data.len());
        bytes.push(1);
        bytes.extend(self.hash.0);
        bytes.extend(self.offset.to_be_bytes());
        bytes.extend(self.data);
        bytes
    }

    /// Reads a frame.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, Refusal> {
        let off = |what| Refusal::of(Code::Malformed, what);
        let (head, data) =
            bytes.split_at_checked(CHUNK_HEADER).ok_or_else(|| off("chunk header"))?;
        if head.first() != Some(&1) {
            return Err(off("chunk kind"));
        }
        if data.is_empty() || data.len() > limits::CHUNK {
            return Err(off("chunk length"));
        }
        let hash = head.get(1..33).and_then(|h| h.try_into().ok()).ok_or_else(|| off("hash"))?;
        let offset =
            head.get(33..41).and_then(|o| o.try_into().ok()).ok_or_else(|| off("offset"))?;
        Ok(Self { hash: Hex(hash), offset: u64::from_be_bytes(offset), data })
    }
}

/// Reads a message from a client, naming what is off.
pub fn read_up(text: &str, limit: usize) -> Result<Up, Refusal> {
    read(text, limit)
}

/// Reads a message from the server, naming what is off.
pub fn read_down(text: &str) -> Result<Down, Refusal> {
    read(text, limits::TEXT_DOWN)
}

fn read<'a, T: Deserialize<'a>>(text: &'a str, limit: usize) -> Result<T, Refusal> {
    if text.len() > limit {
        return Err(Refusal::of(Code::TooLarge, format_args!("{} of {limit} bytes", text.len())));
    }
    // The position only: an error's own words could repeat what was sent.
    serde_json::from_str(text).map_err(|e| {
        Refusal::of(
            Code::Malformed,
            format_args!("{:?} error at column {}", e.classify(), e.column()),
        )
    })
}

/// Writes a message; these types always can be written.
pub fn write<T: Serialize>(message: &T) -> String {
    serde_json::to_string(message).unwrap_or_default()
}
