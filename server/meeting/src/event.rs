//! What happened: the facts that are stored, and nothing else is. The log is a
//! list of these; the state is what they add up to. Changing a variant's shape
//! needs a new envelope version and a way to read the old one.

use crate::command::{Actor, StoredPaper};
use hemicycle_protocol::ids::{
    Bits, Hash, ItemId, Key, MeetingId, MemberId, Millis, PaperId, SeatId, Seq, Signature, VoteId,
};
use hemicycle_protocol::people::{AccountChange, ClerkRole, Drawing};
use hemicycle_protocol::topic::{
    Blob, CountedBy, ItemKind, KeyFault, Level, Objection, PaperTerms, PaperVersion, Person, Place,
    RecordRef, Said, Screen, Service, Settings,
};
use hemicycle_protocol::vote::{Ballot, Count, Form, Method, Rule, Verdict};
use hemicycle_protocol::wire::VoteSpec;
use serde::{Deserialize, Serialize};

/// Where an event stands in the log, when it happened, who made it happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meta {
    pub seq: Seq,
    pub at: Millis,
    pub who: Actor,
}

/// A vote as it was prepared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
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

impl From<VoteSpec> for Question {
    fn from(spec: VoteSpec) -> Self {
        let VoteSpec { title, form, method, rule, seconds, signatories } = spec;
        Self { title, form, method, rule, seconds, signatories }
    }
}

/// What is fixed when a vote opens and never changes after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// Who may vote: present and not recused, one bit a person of the roster.
    pub roll: Bits,
    /// M
    pub members: u32,
    /// P
    pub present: u32,
    /// The running count is shown to everybody.
    pub live_count: bool,
    /// Sums of a secret vote are opened while it runs, in steps of at least so many ballots.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_live: Option<u32>,
    /// Who chose what is shown to everybody once it is declared.
    pub named_results: bool,
    pub ends_at: Option<Millis>,
    /// What is put to the vote: the item's papers in the versions that were valid.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub papers: Vec<PaperVersion>,
    /// Of a secret vote that is taken at the terminals.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<SecretOpening>,
}

/// What is fixed of a secret vote when it opens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretOpening {
    pub slot: u32,
    /// The archive up to its first event.
    pub setup: Blob,
    /// Members with a credential in its list.
    pub credentials: u32,
    /// Who registered them, for the scrutineers' terminals alone.
    pub registrations: Blob,
}

/// That somebody has opened a version of a paper, or come to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Read {
    pub paper: PaperId,
    /// From 1.
    pub version: u32,
    /// The last page was reached.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ended: bool,
}

/// A scrutineer as named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedScrutineer {
    pub member: MemberId,
    pub seat: SeatId,
    /// The terminal that will hold the share.
    pub terminal: Key,
}

macro_rules! events {
    ($($(#[$doc:meta])* $name:ident = $text:literal $({ $($(#[$fdoc:meta])* $field:ident: $type:ty,)* })?,)*) => {
        /// A fact.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(tag = "event")]
        pub enum Event {
            $($(#[$doc])* #[serde(rename = $text)] $name $({ $($(#[$fdoc])* $field: $type,)* })?,)*
        }

        impl Event {
            /// Its stable name: safe to log, which the event itself is not.
            pub fn name(&self) -> &'static str {
                match self { $(Event::$name { .. } => $text,)* }
            }

            /// All names, for catalogues and tests.
            pub const NAMES: &'static [&'static str] = &[$($text,)*];
        }
    };
}

events! {
    /// The first entry.
    MeetingCreated = "meeting_created" { id: MeetingId, },
    MeetingSet = "meeting_set" {
        title: String,
        body: String,
        place: String,
        starts_at: String,
    },
    SettingsSet = "settings_set" { settings: Settings, },
    RosterImported = "roster_imported" { people: Vec<Person>, layout: Vec<Place>, },

    ItemAdded = "item_added" { item: ItemId, title: String, short: String, kind: ItemKind, },
    ItemEdited = "item_edited" { item: ItemId, title: String, short: String, kind: ItemKind, },
    /// `to` is its new place among the items that are not removed.
    ItemMoved = "item_moved" { item: ItemId, to: u32, },
    ItemRemoved = "item_removed" { item: ItemId, },
    ItemRestored = "item_restored" { item: ItemId, },
    PaperStored = "paper_stored" { file: StoredPaper, },
    PaperAdded = "paper_added" {
        paper: PaperId,
        item: ItemId,
        title: String,
        hash: Hash,
        #[serde(default, skip_serializing_if = "PaperTerms::is_open")]
        terms: PaperTerms,
    },
    PaperReplaced = "paper_replaced" { paper: PaperId, hash: Hash, },
    /// Which pages of this version are not in the one before; none: that cannot be told.
    PaperCompared = "paper_compared" {
        paper: PaperId,
        version: u32,
        changed: Option<Vec<u32>>,
        /// Pages of the version before that are not in this one.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        gone: Vec<u32>,
    },
    PaperTermsSet = "paper_terms_set" { paper: PaperId, terms: PaperTerms, },
    /// The time has come from which seats get it.
    PaperReleased = "paper_released" { paper: PaperId, },
    /// 会后收回: what seats have kept of papers nobody can open any more.
    PaperKeysDestroyed = "paper_keys_destroyed",
    PaperRenamed = "paper_renamed" { paper: PaperId, title: String, },
    /// `to` is its new place among the item's papers that are not removed.
    PaperMoved = "paper_moved" { paper: PaperId, item: ItemId, to: u32, },
    PaperRemoved = "paper_removed" { paper: PaperId, },
    PaperRestored = "paper_restored" { paper: PaperId, },
    /// 阅读回执: what one report from a member's seat says that was not known.
    PapersRead = "papers_read" { member: MemberId, papers: Vec<Read>, },
    VoteAdded = "vote_added" { vote: VoteId, item: ItemId, question: Question, },
    VoteEdited = "vote_edited" { vote: VoteId, question: Question, },
    VoteRemoved = "vote_removed" { vote: VoteId, },

    SignInOpened = "sign_in_opened",
    MeetingOpened = "meeting_opened",
    MeetingAdjourned = "meeting_adjourned",
    MeetingResumed = "meeting_resumed",
    MeetingClosed = "meeting_closed",
    ItemStarted = "item_started" { item: ItemId, },
    ItemFinished = "item_finished" { item: ItemId, },

    /// 签到, signed at the seat over `identity::SignIn`.
    SignedIn = "signed_in" {
        member: MemberId,
        seat: SeatId,
        terminal: Key,
        signature: Signature,
        /// The server has checked the member's PIN.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        by_pin: bool,
        /// Signed over `identity::DrawnSignIn` then.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        drawing: Option<Drawing>,
    },
    /// Signed in by a clerk.
    SignedInFor = "signed_in_for" { member: MemberId, reason: String, },
    /// These people have PINs, or others than before.
    PinsSet = "pins_set" { members: Vec<MemberId>, },
    /// A wrong PIN came from this member's seat.
    PinMissed = "pin_missed" { member: MemberId, seat: SeatId, },
    /// After too many, all tries are there again.
    PinReleased = "pin_released" { member: MemberId, },
    Left = "left" { member: MemberId, },
    LeaveSet = "leave_set" { member: MemberId, reason: String, },
    LeaveCleared = "leave_cleared" { member: MemberId, },

    Recused = "recused" { vote: VoteId, member: MemberId, },
    RecusalCleared = "recusal_cleared" { vote: VoteId, member: MemberId, },
    VoteOpened = "vote_opened" { vote: VoteId, opening: Opening, },
    /// A recorded ballot, signed at the seat over `identity::RecordedBallot`.
    BallotCast = "ballot_cast" {
        vote: VoteId,
        member: MemberId,
        seat: SeatId,
        terminal: Key,
        ballot: Ballot,
        signature: Signature,
    },
    /// A recorded ballot that a clerk entered for a member.
    BallotEntered = "ballot_entered" {
        vote: VoteId,
        member: MemberId,
        ballot: Ballot,
        reason: String,
    },
    /// One of the two is set: an open vote has an end, a paused one a rest.
    VoteExtended = "vote_extended" {
        vote: VoteId,
        ends_at: Option<Millis>,
        seconds_left: Option<u32>,
    },
    VotePaused = "vote_paused" { vote: VoteId, seconds_left: Option<u32>, },
    VoteResumed = "vote_resumed" { vote: VoteId, ends_at: Option<Millis>, },
    VoteClosed = "vote_closed" {
        vote: VoteId,
        count: Count,
        verdict: Verdict,
        /// By the clock, not by a hand.
        timed_out: bool,
    },
    /// The count of a vote taken by hands or paper; the vote is closed by it.
    CountEntered = "count_entered" {
        vote: VoteId,
        count: Count,
        verdict: Verdict,
        by: CountedBy,
        reason: String,
    },
    TieBroken = "tie_broken" { vote: VoteId, adopted: bool, verdict: Verdict, },
    VoteDeclared = "vote_declared" { vote: VoteId, },
    VoteAnnulled = "vote_annulled" { vote: VoteId, reason: String, },

    SpeechAsked = "speech_asked" { member: MemberId, },
    /// Out of the queue, by the member or by the chair.
    SpeechWithdrawn = "speech_withdrawn" { member: MemberId, },
    FloorGiven = "floor_given" { member: MemberId, ends_at: Option<Millis>, },
    FloorEnded = "floor_ended" { member: MemberId, },
    /// 同步翻页: pages of this paper are shown to all; which, no log says.
    PresentingBegan = "presenting_began" { member: MemberId, paper: PaperId, },
    PresentingEnded = "presenting_ended" { member: MemberId, },

    Shown = "shown" { screen: Option<Screen>, },
    /// With `paper`, the meeting's own word that it was replaced.
    NoticePosted = "notice_posted" { text: String, level: Level, paper: Option<PaperId>, },
    NoticeCleared = "notice_cleared",
    ServiceCalled = "service_called" { seat: SeatId, service: Service, },
    /// Served, or called off.
    ServiceEnded = "service_ended" { seat: SeatId, },

    /// The key of secret votes is made by these terminals from here on.
    ScrutineersNamed = "scrutineers_named" {
        attempt: u32,
        threshold: u32,
        scrutineers: Vec<NamedScrutineer>,
    },
    KeygenSpoken = "keygen_spoken" { attempt: u32, said: Said, },
    /// `item` is the scrutineers' item of the trustees record.
    KeyMade = "key_made" { attempt: u32, item: String, code: String, },
    KeyFailed = "key_failed" {
        attempt: u32,
        members: Vec<MemberId>,
        why: KeyFault,
    },
    /// That the member has cast. The ballot is in the vote's record; nothing says
    /// which it is.
    SecretBallotCast = "secret_ballot_cast" { vote: VoteId, member: MemberId, },
    /// A scrutineer's terminal has checked that each credential of the vote is one
    /// member's, or objects.
    SecretListChecked = "secret_list_checked" {
        vote: VoteId,
        member: MemberId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        objection: Option<Objection>,
    },
    /// While the vote runs: the sum of its first ballots may be opened. The archive
    /// up to the last of them fixes which those are.
    SecretLiveSummed = "secret_live_summed" { vote: VoteId, ballots: u32, archive: Blob, },
    /// The sum of so many ballots is open.
    SecretLiveCounted = "secret_live_counted" { vote: VoteId, ballots: u32, count: Count, },
    SecretVoteClosed = "secret_vote_closed" { vote: VoteId, timed_out: bool, },
    SecretSummed = "secret_summed" {
        vote: VoteId,
        archive: Blob,
        /// Of its ballots, in their order: checking them is quicker with these.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hints: Option<Blob>,
    },
    /// A trustee's part with both proofs; owner 1 is the server. `live` names a live
    /// sum by its ballots.
    SecretPartGiven = "secret_part_given" {
        vote: VoteId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        live: Option<u32>,
        owner: u32,
        partial: String,
        second: String,
    },
    /// A scrutineer's part was wrong, or its terminal would not open.
    SecretPartRefused = "secret_part_refused" {
        vote: VoteId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        live: Option<u32>,
        member: MemberId,
        why: Objection,
    },
    SecretCounted = "secret_counted" {
        vote: VoteId,
        count: Count,
        verdict: Verdict,
        record: RecordRef,
    },
    SecretKeyDestroyed = "secret_key_destroyed" { vote: VoteId, },
    ShareDestroyed = "share_destroyed" { attempt: u32, member: MemberId, },
    RegistrationsDestroyed = "registrations_destroyed",

    SeatAssigned = "seat_assigned" { terminal: Key, seat: SeatId, },
    SeatReleased = "seat_released" { terminal: Key, seat: SeatId, },
    /// No seat for it, until it is given one after all.
    TerminalRefused = "terminal_refused" { terminal: Key, },

    /// An account at the console; `role` is what it is for after that.
    AccountSet = "account_set" { account: String, change: AccountChange, role: ClerkRole, },
    /// The hall's link so far opens nothing more.
    HallLinkRenewed = "hall_link_renewed",
    /// Who acts has signed in at the console.
    ConsoleEntered = "console_entered",
    /// And out.
    ConsoleLeft = "console_left",
}
