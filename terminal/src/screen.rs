//! `Screen`: one plain value that says everything the window shows.
//!
//! All text in it is ready-made words in the chosen language: the window adds only the fixed
//! labels of its buttons. No Slint type lives here, no state is kept here and nothing is decided
//! here; how a `Screen` comes about from the seat's state is written in `screen/derive.rs`.

use crate::touch::{ChairView, ServiceKind, Touch};

mod agenda;
mod derive;
mod voting;

pub use agenda::*;
pub use derive::{clock, lines, screen};
pub use voting::*;

/// Everything the window shows at one moment.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Screen {
    pub language: Language,
    pub text_size: TextSize,
    pub panel: Panel,
    pub top: TopBar,
    pub banner: Option<Banner>,
    pub rail: Rail,
    pub sheet: Option<Sheet>,
    pub page: Page,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Language {
    #[default]
    Zh,
    En,
}

/// Size of the body text in points on the panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub enum TextSize {
    #[default]
    Pt18,
    Pt20,
    Pt22,
    Pt24,
    Pt27,
    Pt30,
}

impl TextSize {
    pub const ALL: [TextSize; 6] = [
        TextSize::Pt18,
        TextSize::Pt20,
        TextSize::Pt22,
        TextSize::Pt24,
        TextSize::Pt27,
        TextSize::Pt30,
    ];

    pub fn points(self) -> u8 {
        match self {
            TextSize::Pt18 => 18,
            TextSize::Pt20 => 20,
            TextSize::Pt22 => 22,
            TextSize::Pt24 => 24,
            TextSize::Pt27 => 27,
            TextSize::Pt30 => 30,
        }
    }

    /// 0 to 5, as in `Touch::TextSize`.
    pub fn step(self) -> u8 {
        self as u8
    }

    pub fn from_step(step: u8) -> Option<Self> {
        Self::ALL.get(usize::from(step)).copied()
    }

    /// From this size on the agenda's column and the thumbnails give way to buttons.
    pub fn is_large(self) -> bool {
        self >= TextSize::Pt24
    }
}

/// The panel the sizes are drawn for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Panel {
    /// Taken from the window's width.
    #[default]
    Auto,
    /// 15.6 inch, 1920×1080.
    Wide,
    /// 10 inch, 1280×800.
    Compact,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct TopBar {
    pub meeting: String,
    /// `12 号`; empty until a seat is given.
    pub seat: String,
    pub name: String,
    pub connection: Connection,
    /// `已连接`, `未连接`.
    pub connection_words: String,
    /// `10:38`, in the server's time.
    pub clock: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Connection {
    #[default]
    Offline,
    Connecting,
    Online,
}

/// The strip under the top bar. It pushes the page down and never covers it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Banner {
    pub kind: BannerKind,
    pub title: String,
    pub body: String,
    /// What can be done about it, if anything.
    pub action: Option<Action>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum BannerKind {
    Offline,
    Reconnected,
    Error,
    #[default]
    Notice,
}

/// A button whose words and whose meaning both come from the seat.
#[derive(Debug, Clone, PartialEq)]
pub struct Action {
    pub label: String,
    pub touch: Touch,
    pub enabled: bool,
}

/// The column of entries at the left. Without entries it is not there.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rail {
    pub entries: Vec<RailEntry>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RailEntry {
    pub kind: RailKind,
    pub selected: bool,
    /// Not to be used now (no connection): a lock stands beside the icon.
    pub locked: bool,
    /// Something new waits behind it: a small mark.
    pub flagged: bool,
}

impl RailEntry {
    pub fn new(kind: RailKind) -> Self {
        Self { kind, selected: false, locked: false, flagged: false }
    }
}

/// In the order shown; `TextSize` always stands at the foot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RailKind {
    Agenda,
    Vote,
    Speak,
    Service,
    Chair,
    TextSize,
}

/// What slides over the page and leaves it where it was.
#[derive(Debug, Clone, PartialEq)]
pub enum Sheet {
    TextSize(TextSizeSheet),
    Speak(Speak),
    Find(FindSheet),
    GoTo(GoToSheet),
    Layout(LayoutSheet),
    Export(ExportSheet),
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct TextSizeSheet {
    /// A sentence of a paper, to see the size by.
    pub sample: String,
    pub help: String,
}

/// Asking for the floor, and calling for service.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Speak {
    /// Which half was asked for; where there is room both are shown.
    pub section: SpeakSection,
    /// `第四项　预算调整方案`.
    pub item: String,
    pub queue: Vec<Speaker>,
    /// Shown in place of an empty queue.
    pub empty_words: String,
    pub own: SpeechState,
    /// `您将排在第 3 位，轮到时本屏会提示。`
    pub help: String,
    /// Whether speaking can be asked for now; otherwise `help` says why not.
    pub can_ask: bool,
    pub services: Vec<Service>,
    /// `已呼叫茶水，请稍候。`; empty when nothing was called.
    pub called: String,
    pub can_call: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum SpeakSection {
    #[default]
    Speak,
    Service,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Speaker {
    /// `发言中`, `第 1 位`.
    pub place: String,
    pub name: String,
    /// `3:42`; empty while waiting.
    pub clock: String,
    pub speaking: bool,
    /// For `Touch::GiveFloor`.
    pub seat: u32,
    /// This is the person at this seat.
    pub own: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum SpeechState {
    #[default]
    None,
    Asking,
    Waiting,
    Speaking,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Service {
    pub kind: ServiceKind,
    pub called: bool,
}

/// The one page on the screen.
#[derive(Debug, Clone, PartialEq)]
pub enum Page {
    /// The program is not ready yet.
    Starting {
        text: String,
    },
    Message(Message),
    Rooms(Rooms),
    Standby(Standby),
    SignIn(SignIn),
    Agenda(AgendaPage),
    Reader(Reader),
    Vote(Vote),
    List(ListVote),
    Plurality(Plurality),
    Submitted(Submitted),
    Result(VoteResult),
    Pause(Pause),
    Chair(Chair),
    Ended(Ended),
}

impl Default for Page {
    fn default() -> Self {
        Page::Starting { text: String::new() }
    }
}

/// No seat given yet, server unknown, refused, or a fault that only staff can mend.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Message {
    pub kind: MessageKind,
    pub title: String,
    pub body: String,
    /// What to do next.
    pub hint: String,
    /// What both sides compare, in large letters; empty when there is nothing to compare.
    pub code: String,
    /// `核对码`.
    pub code_label: String,
    pub action: Option<Action>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum MessageKind {
    #[default]
    Info,
    Waiting,
    Error,
}

/// The rooms that were found on the network, for a technician to pick from.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rooms {
    pub title: String,
    pub body: String,
    /// Where some have the same name: how they are told apart; else empty.
    pub warning: String,
    pub rows: Vec<RoomRow>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct RoomRow {
    pub name: String,
    /// Another one has the same name.
    pub alike: bool,
    /// `识别码 9F3C A210`
    pub code: String,
    /// Its address, or why it cannot be picked.
    pub detail: String,
    pub action: Action,
}

/// The electronic nameplate.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Standby {
    pub meeting: String,
    pub clock: String,
    pub name: String,
    /// `市人大常委会委员`.
    pub post: String,
    pub seat_label: String,
    pub seat: String,
    /// `2026 年 8 月 26 日　星期三`.
    pub date: String,
    /// `上午 9:00 开会`.
    pub begins: String,
    /// `点按屏幕，进入签到`; empty while sign-in is not open.
    pub prompt: String,
}

/// Sign-in, and the same page once it is done.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SignIn {
    pub name: String,
    pub post: String,
    pub seat_label: String,
    pub seat: String,
    pub state: SignInState,
    /// `请核对姓名和座位后签到。` or what comes next once signed in.
    pub prompt: String,
    /// Attendance: label and figures, `出席` `21` `31 人`.
    pub present_label: String,
    pub present: String,
    pub members: String,
    pub map: SeatMap,
    pub map_words: String,
    pub way: SignInWay,
}

/// What is given with the sign-in.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum SignInWay {
    #[default]
    Press,
    Pin {
        /// How many digits: never which.
        typed: u8,
        /// Boxes for them.
        boxes: u8,
        /// The keys do something.
        open: bool,
        may_confirm: bool,
        /// `密码由工作人员当面交给您。还可输入 5 次。`
        note: String,
    },
    Signature {
        /// The strokes as a path: `M120 200L380 96`.
        strokes: String,
        may_confirm: bool,
        note: String,
    },
}

#[derive(Debug, Clone, PartialEq, Default)]
pub enum SignInState {
    #[default]
    Ready,
    /// Sent, no answer yet: ignores further taps.
    Busy,
    /// `签到未成功。…`
    Failed { words: String },
    /// `已签到`, `08:52　座位 12`.
    Done { title: String, detail: String },
}

/// The hall's seats on a grid of half-steps, so that rows may stand between each other.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SeatMap {
    /// Extent in steps of one seat, halves allowed: x counts in halves, y in rows.
    pub half_columns: u16,
    pub rows: u16,
    pub seats: Vec<MapSeat>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct MapSeat {
    /// Left edge in half seats.
    pub half_column: u16,
    pub row: u16,
    pub number: u32,
    pub own: bool,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Pause {
    pub title: String,
    pub body: String,
    /// `10:40 继续`; empty when it is not known.
    pub until: String,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Ended {
    pub title: String,
    pub body: String,
    pub lines: Vec<String>,
}

/// The chair's own page: who is here, is there a quorum, what next, the words to read.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Chair {
    pub view: Option<ChairView>,
    pub present_label: String,
    pub present: String,
    /// `/ 31 人`.
    pub members: String,
    /// `应到 31 人，实到 28 人，符合法定人数。`
    pub attendance_words: String,
    /// `None`: the rule knows no quorum.
    pub quorum_met: Option<bool>,
    pub quorum_words: String,
    /// `当前：第四项　预算调整方案`.
    pub step_label: String,
    pub step_words: String,
    /// What the step means, one sentence.
    pub step_help: String,
    /// The one next step. `None`: nothing to do but wait; `step_help` says for what.
    pub next: Option<Action>,
    /// Where the next step needs the chair's decision: what can be decided.
    pub decisions: Vec<Decision>,
    pub missing_label: String,
    pub missing: Vec<MissingName>,
    /// In place of an empty list.
    pub nobody_missing: String,
    pub queue_label: String,
    pub queue: Vec<Speaker>,
    pub nobody_waiting: String,
    /// The result to be read aloud, a sentence a line; empty when there is none.
    pub announcement_label: String,
    pub announcement: Vec<String>,
}

/// One of the answers that the chair can give.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    pub action: Action,
    pub chosen: bool,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct MissingName {
    pub name: String,
    /// `未签到`, `请假`.
    pub state: String,
    pub on_leave: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_sizes_have_their_steps() {
        for (step, size) in TextSize::ALL.into_iter().enumerate() {
            assert_eq!(usize::from(size.step()), step);
            assert_eq!(TextSize::from_step(size.step()), Some(size));
        }
        assert_eq!(TextSize::from_step(6), None);
        assert!(!TextSize::Pt22.is_large() && TextSize::Pt24.is_large());
    }

    #[test]
    fn an_empty_screen_is_starting() {
        assert_eq!(Screen::default().page, Page::Starting { text: String::new() });
    }
}
