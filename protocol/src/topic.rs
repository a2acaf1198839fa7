//! The topics: named, versioned values that the server keeps everyone's view
//! of the room in. A value is complete in itself, never a difference; whoever
//! missed some versions needs only the last one. What stands here is what may
//! be seen; who may see it is decided in the meeting's `view`.

mod papers;
mod reading;
mod reasons;
mod secret;

pub use papers::{
    EarlierVersion, OwnPaper, PageRun, Paper, PaperKey, PaperLock, PaperTerms, PaperVersion,
    Readers,
};
pub use reading::{PaperReading, Reach, ReadPaper, Reading};
pub use reasons::{KeyFault, Objection};
pub use secret::{
    Blob, Duty, ListChecks, ListTask, LiveSum, Objected, OpenTask, RecordRef, Said, Scrutineer,
    Scrutiny, ScrutinyKey, SecretLive, SecretVote, SumOpening,
};

use crate::identity::{LogHead, Receipt};
use crate::ids::{
    Bits, ItemId, Key, MeetingId, MemberId, Millis, PaperId, SeatId, Seq, Signature, Version,
    VoteId,
};
pub use crate::ink::Pointer;
use crate::ink::{NotesKey, Stroke};
use crate::people::SignInBy;
use crate::vote::{Count, Form, Method, Rule, Test, Verdict};
use serde::{Deserialize, Deserializer, Serialize, de};
use std::collections::BTreeMap;

/// The names of the topics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum TopicName {
    Meeting,
    Roll,
    Agenda,
    Attendance,
    Vote,
    Votes,
    Floor,
    Display,
    Notice,
    Next,
    Me,
    Devices,
    Audit,
    Scrutiny,
    Reading,
}

impl TopicName {
    /// All of them.
    pub const ALL: [TopicName; 15] = [
        TopicName::Meeting,
        TopicName::Roll,
        TopicName::Agenda,
        TopicName::Attendance,
        TopicName::Vote,
        TopicName::Votes,
        TopicName::Floor,
        TopicName::Display,
        TopicName::Notice,
        TopicName::Next,
        TopicName::Me,
        TopicName::Devices,
        TopicName::Audit,
        TopicName::Scrutiny,
        TopicName::Reading,
    ];

    /// Does its value depend on nothing but the kind of the viewer? `me` is of one
    /// seat, and of `devices` and `reading` the log tells only a part.
    pub fn is_common(self) -> bool {
        match self {
            TopicName::Me | TopicName::Devices | TopicName::Reading => false,
            TopicName::Meeting
            | TopicName::Roll
            | TopicName::Agenda
            | TopicName::Attendance
            | TopicName::Vote
            | TopicName::Votes
            | TopicName::Floor
            | TopicName::Display
            | TopicName::Notice
            | TopicName::Next
            | TopicName::Audit
            | TopicName::Scrutiny => true,
        }
    }
}

/// A topic's value under its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "topic", content = "value", rename_all = "snake_case")]
pub enum Topic {
    Meeting(Meeting),
    Roll(Roll),
    Agenda(Agenda),
    Attendance(Attendance),
    /// The vote that stands before the room, if any.
    Vote(Option<Vote>),
    Votes(Votes),
    Floor(Floor),
    Display(Display),
    Notice(Option<Notice>),
    Next(Next),
    Me(Me),
    Devices(Devices),
    Audit(Audit),
    Scrutiny(Scrutiny),
    Reading(Reading),
}

impl Topic {
    /// Its name.
    pub fn name(&self) -> TopicName {
        match self {
            Topic::Meeting(_) => TopicName::Meeting,
            Topic::Roll(_) => TopicName::Roll,
            Topic::Agenda(_) => TopicName::Agenda,
            Topic::Attendance(_) => TopicName::Attendance,
            Topic::Vote(_) => TopicName::Vote,
            Topic::Votes(_) => TopicName::Votes,
            Topic::Floor(_) => TopicName::Floor,
            Topic::Display(_) => TopicName::Display,
            Topic::Notice(_) => TopicName::Notice,
            Topic::Next(_) => TopicName::Next,
            Topic::Me(_) => TopicName::Me,
            Topic::Devices(_) => TopicName::Devices,
            Topic::Audit(_) => TopicName::Audit,
            Topic::Scrutiny(_) => TopicName::Scrutiny,
            Topic::Reading(_) => TopicName::Reading,
        }
    }
}

/// Where the sitting stands.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// 准备中
    #[default]
    Preparing,
    /// 签到
    SignIn,
    /// 会议中; the roll is frozen.
    InSession,
    /// 休会
    Adjourned,
    /// 已结束
    Closed,
}

/// What a meeting chooses for itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// 法定人数
    pub quorum: Test,
    /// The rule that a new vote starts with.
    pub rule: Rule,
    /// The method that a new vote starts with.
    pub method: Method,
    /// Seconds that a new vote stays open; none: until the clerk closes it.
    pub vote_seconds: Option<u32>,
    /// Show 未按 as a fourth number.
    pub show_unpressed: bool,
    /// Show the running count of a recorded vote to everybody before it closes.
    pub live_count: bool,
    /// The same of a secret vote, in steps of at least so many ballots (5 or more); none: not
    /// before it closes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_live: Option<u32>,
    /// Show who chose what of a recorded vote to everybody after it is declared.
    pub named_results: bool,
    /// Names on the hall's sign-in map; otherwise counts only.
    pub hall_names: bool,
    /// A recusal also takes the member out of the base.
    pub recusal_shrinks_base: bool,
    /// How members sign in at their seats.
    #[serde(default, skip_serializing_if = "SignInBy::is_touch")]
    pub sign_in: SignInBy,
    /// 记录阅读回执: who has opened which paper is reported and kept.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub read_receipts: bool,
}

/// What is so unless it is said otherwise.
fn yes() -> bool {
    true
}

fn is_yes(answer: &bool) -> bool {
    *answer
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            quorum: crate::vote::rule::QUORUM_COMMITTEE,
            rule: Rule::preset(crate::vote::Preset::Committee),
            method: Method::Recorded,
            vote_seconds: None,
            show_unpressed: true,
            live_count: false,
            secret_live: None,
            named_results: false,
            hall_names: true,
            recusal_shrinks_base: false,
            sign_in: SignInBy::Touch,
            read_receipts: true,
        }
    }
}

/// Topic `meeting`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Meeting {
    pub id: MeetingId,
    /// 大安市第十八届人大常委会第四次会议
    pub title: String,
    /// The body that meets.
    pub body: String,
    pub place: String,
    /// Day and time as the clerk wrote it, ISO 8601 local: `2026-08-26T09:00`.
    pub starts_at: String,
    pub phase: Phase,
    pub settings: Settings,
    /// Number of people on the roster, attendees included: whether a small
    /// client wants the whole roll.
    pub people: u32,
}

/// Member or attendee.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// 组成人员: signs in, votes, counts for the quorum.
    Member,
    /// 列席: reads and speaks.
    Attendee,
}

/// A person on the roster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Person {
    pub member: MemberId,
    pub seat: SeatId,
    pub name: String,
    /// 职务
    pub title: String,
    pub standing: Standing,
    /// 主持人
    #[serde(default)]
    pub chair: bool,
}

/// Where a seat is drawn, in cells of a grid whose first row is the front.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Place {
    pub seat: SeatId,
    /// Column in half cells, so that rows can be set off against each other.
    pub x: u16,
    /// Row in half cells.
    pub y: u16,
}

/// Topic `roll`: everybody, in the order that bit sets follow.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Roll {
    pub people: Vec<Person>,
    /// Empty: draw rows of equal length.
    pub layout: Vec<Place>,
}

/// What kind of point an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum ItemKind {
    /// 决定
    Decision,
    /// 听取和审议报告
    Report,
    /// 决议
    Resolution,
    /// 计划、规划
    Plan,
    /// 人事任免
    Personnel,
    /// 其他
    Other,
}

/// Has the item been dealt with?
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum ItemState {
    #[default]
    Waiting,
    Current,
    Done,
}

/// Topic `agenda`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Agenda {
    pub items: Vec<Item>,
}

/// One point of the agenda.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Item {
    pub id: ItemId,
    /// Counts the changes; an edit names the revision it was made on.
    pub rev: u32,
    pub title: String,
    /// For lists: 预算调整方案
    pub short: String,
    pub kind: ItemKind,
    pub state: ItemState,
    pub papers: Vec<Paper>,
    pub votes: Vec<VoteId>,
}

/// Topic `attendance`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Attendance {
    /// M
    pub members: u32,
    /// P: signed in and not left.
    pub present: u32,
    /// 请假
    pub on_leave: u32,
    /// Neither signed in nor on leave.
    pub missing: u32,
    /// 列席 signed in.
    pub attendees: u32,
    /// Least P for a quorum.
    pub quorum: u32,
    pub has_quorum: bool,
    /// Signed in and not left, in the order of the roll, attendees included.
    pub here: Bits,
    /// On leave, in the order of the roll.
    pub leave: Bits,
}

/// A vote's life: prepared → open ⇄ paused → closed → declared, or annulled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum VoteState {
    Prepared,
    Open,
    Paused,
    Closed,
    Declared,
    Annulled,
}

/// By what the count came about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum CountedBy {
    #[default]
    Terminals,
    /// 举手
    Hands,
    /// 纸质票
    PaperBallots,
}

/// Topic `vote`: the vote that stands before the room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Vote {
    pub id: VoteId,
    pub rev: u32,
    pub item: ItemId,
    pub title: String,
    pub form: Form,
    pub method: Method,
    pub rule: Rule,
    /// S, where the rule speaks of signatories.
    #[serde(default)]
    pub signatories: u32,
    pub state: VoteState,
    pub opened_at: Option<Millis>,
    /// When it closes by itself, while it is open.
    pub ends_at: Option<Millis>,
    /// Seconds that are left, while it is paused.
    pub seconds_left: Option<u32>,
    /// M, the base's frozen number of all members.
    pub members: u32,
    /// P when it opened.
    pub present: u32,
    /// Number of members on the roll of this vote.
    pub roll: u32,
    /// Ballots stored: turnout.
    pub cast: u32,
    /// 赞成 needed, where it is known beforehand.
    pub threshold: Option<u32>,
    /// Only when it may be seen.
    pub count: Option<Count>,
    /// Signed in, on the roll, and did not cast.
    pub unpressed: Option<u32>,
    pub verdict: Option<Verdict>,
    pub counted_by: CountedBy,
    /// Why it was annulled, or why it was counted otherwise.
    pub reason: Option<String>,
    /// Who chose what, once that may be seen: one character a person in the
    /// order of the roll for a motion (`y`, `n`, `a`; `-` unpressed; `.` not on
    /// this vote's roll); for lists one such line a question, where a survey
    /// has `s`, `f`, `d` and `x` (blank), an election `y` (named) and `o` (not).
    pub by_name: Option<Vec<String>>,
    /// The papers of its item as they were put to the vote, from its opening.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub papers: Vec<PaperVersion>,
    /// Of a secret vote taken at the terminals, from its opening.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<Box<SecretVote>>,
    /// Once it is closed: where the meeting's log stood when this was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log: Option<Box<SignedHead>>,
}

/// What the server's log holds, under its signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct SignedHead {
    pub statement: LogHead,
    pub signature: Signature,
}

/// Topic `votes`: every vote of the meeting, short.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Votes {
    pub votes: Vec<VoteLine>,
}

/// One vote in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct VoteLine {
    pub id: VoteId,
    pub rev: u32,
    pub item: ItemId,
    pub title: String,
    pub form: Form,
    pub method: Method,
    pub rule: Rule,
    pub seconds: Option<u32>,
    /// S, where the rule speaks of signatories.
    #[serde(default)]
    pub signatories: u32,
    pub state: VoteState,
    #[serde(default)]
    pub opened_at: Option<Millis>,
    pub count: Option<Count>,
    pub unpressed: Option<u32>,
    pub members: u32,
    pub present: u32,
    pub verdict: Option<Verdict>,
    pub counted_by: CountedBy,
    pub reason: Option<String>,
    /// As in [`Vote`]; for the console only, after closing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_name: Option<Vec<String>>,
    /// 回避: members who are off the roll of this vote.
    #[serde(default)]
    pub recused: Vec<MemberId>,
}

/// Topic `floor`: who speaks, who waits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Floor {
    pub speaking: Option<Speaking>,
    /// In the order in which they asked.
    pub queue: Vec<Waiting>,
    /// 同步翻页: the page that is shown to all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub presenting: Option<Presenting>,
}

/// A page of a paper that somebody shows to all who follow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Presenting {
    pub member: MemberId,
    pub name: String,
    pub paper: PaperId,
    /// From 0.
    pub page: u32,
    /// Where whoever shows it points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pointer: Option<Pointer>,
    /// What is drawn on it for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ink: Vec<Stroke>,
}

/// Who has the floor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Speaking {
    pub member: MemberId,
    pub seat: SeatId,
    pub name: String,
    pub title: String,
    pub since: Millis,
    pub ends_at: Option<Millis>,
}

/// Who asked for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Waiting {
    pub member: MemberId,
    pub seat: SeatId,
    pub name: String,
    pub at: Millis,
}

/// What the hall shows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "screen", rename_all = "snake_case", deny_unknown_fields)]
pub enum Screen {
    #[default]
    Welcome,
    SignIn,
    Item {
        item: ItemId,
    },
    /// The vote before the room, in progress or with its result.
    Vote,
    Speaker,
    Pause {
        text: String,
    },
}

/// Topic `display`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Display {
    pub show: Screen,
    /// Chosen by the clerk; otherwise it follows the meeting.
    pub pinned: bool,
}

/// How loud a notice is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Level {
    Info,
    Important,
}

/// Topic `notice`: a word to all seats.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Notice {
    /// The clerk's words; where `paper` is set, that paper's title.
    pub text: String,
    pub level: Level,
    pub at: Millis,
    /// The meeting itself speaks: this paper was replaced. Faces have the words.
    #[serde(default)]
    pub paper: Option<PaperId>,
}

/// Topic `next`: what can be done now, the expected step first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Next {
    pub steps: Vec<Step>,
}

/// A step in the course of the meeting; each is a command of the same name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Step {
    OpenSignIn,
    OpenMeeting,
    StartItem {
        item: ItemId,
    },
    OpenVote {
        vote: VoteId,
    },
    ResumeVote {
        vote: VoteId,
    },
    CloseVote {
        vote: VoteId,
    },
    /// The next vote is secret and has no key yet.
    NameScrutineers,
    BreakTie {
        vote: VoteId,
    },
    DeclareVote {
        vote: VoteId,
    },
    FinishItem {
        item: ItemId,
    },
    ResumeMeeting,
    CloseMeeting,
}

/// A call for help from a seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Service {
    /// 茶水
    Tea,
    /// 纸笔
    Stationery,
    /// 纸质文件
    PrintedPaper,
    /// 设备故障
    Fault,
    /// 话筒
    Microphone,
    /// 工作人员
    Staff,
}

/// Where this person stands with the floor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum MyFloor {
    #[default]
    Quiet,
    /// Place in the queue, from 1.
    Waiting {
        place: u32,
    },
    Speaking,
}

/// This seat's own ballot of the vote before the room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct MyBallot {
    pub vote: VoteId,
    pub receipt: Receipt,
    pub signature: Signature,
}

/// What stands between this person and a sign-in by PIN.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct MyPin {
    /// The person has one.
    pub set: bool,
    /// Tries that are left; 0: a clerk has to release the seat.
    pub left: u32,
}

/// Topic `me`: private to a seat.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Me {
    /// None: the terminal has no seat yet.
    pub seat: Option<SeatId>,
    /// None: nobody sits there.
    pub person: Option<Person>,
    pub signed_in: bool,
    pub on_leave: bool,
    /// On the roll of the vote before the room.
    pub may_vote: bool,
    pub ballot: Option<MyBallot>,
    pub floor: MyFloor,
    pub service: Option<Service>,
    /// A clerk has refused this terminal a seat.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub refused: bool,
    /// Where the meeting asks for a PIN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pin: Option<MyPin>,
    /// Papers that are not for everybody and are for this person.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub papers: Vec<OwnPaper>,
    /// What papers are kept under here; none once the meeting is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lock: Option<PaperLock>,
    /// What opens this person's notes, while the person is signed in and the meeting goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(as = "Option<String>"))]
    pub notes: Option<NotesKey>,
    /// What this terminal does as a scrutineer's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duty: Option<Box<Duty>>,
}

/// Topic `devices`: the terminals, for the console.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Devices {
    pub terminals: Vec<Terminal>,
    /// Calls for help that are open.
    #[serde(deserialize_with = "keyed_by_seat")]
    pub calls: BTreeMap<SeatId, Service>,
    /// Who has a PIN, one bit a person in the order of the roll.
    #[serde(default)]
    pub pins: Bits,
    /// Whose PIN was wrong too often.
    #[serde(default)]
    pub locked: Vec<MemberId>,
}

/// Numbers as keys are texts in JSON, and inside a tagged message they are not
/// turned back by themselves.
fn keyed_by_seat<'de, D: Deserializer<'de>, V: Deserialize<'de>>(
    d: D,
) -> Result<BTreeMap<SeatId, V>, D::Error> {
    let texts = BTreeMap::<String, V>::deserialize(d)?;
    let seat = |text: String| text.parse().map(SeatId).map_err(de::Error::custom);
    texts.into_iter().map(|(k, v)| Ok((seat(k)?, v))).collect()
}

/// A terminal that is or was connected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Terminal {
    pub terminal: Key,
    pub seat: Option<SeatId>,
    /// The seat it asks for, while it has none.
    pub wish: Option<SeatId>,
    /// What it shows to be compared, while it has none.
    #[serde(default)]
    pub code: Option<String>,
    /// A clerk has refused it.
    #[serde(default)]
    pub refused: bool,
    pub online: bool,
    /// Since when it is on or off.
    pub since: Millis,
    /// Its software: `hemicycle-terminal/0.1.0`.
    pub client: String,
}

/// Topic `audit`: the last entries of the log in terms that faces have words for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Audit {
    pub entries: Vec<AuditLine>,
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct AuditLine {
    pub seq: Seq,
    pub at: Millis,
    /// Who did it: a clerk's name, `seat 12`, `server`.
    pub who: String,
    /// The event's name, a key of the catalogues.
    pub what: String,
    /// What the words are filled with.
    pub with: BTreeMap<String, String>,
}

/// The topics that a client has, and in which version.
pub type Have = BTreeMap<TopicName, Version>;
