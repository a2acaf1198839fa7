//! What a finger or a keyboard can ask of the seat: every message the window sends.
//!
//! The window never decides anything. It turns a tap into one of these and hands it over; what
//! becomes of it is the seat's business. No Slint type appears here.

use crate::screen::Language;
use crate::seat::{Half, PenTool};
use hemicycle_protocol::ids::Key;

/// The kinds of help a member can call for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ServiceKind {
    /// Tea or water.
    Tea,
    /// Pen and paper.
    Stationery,
    /// A paper in print.
    PrintedPaper,
    /// Something at the seat does not work.
    Fault,
    /// The microphone.
    Microphone,
    /// A person, for anything else (also: the name on the screen is wrong).
    Staff,
}

impl ServiceKind {
    /// All of them, in the order they are shown.
    pub const ALL: [ServiceKind; 6] = [
        ServiceKind::Tea,
        ServiceKind::Stationery,
        ServiceKind::PrintedPaper,
        ServiceKind::Fault,
        ServiceKind::Microphone,
        ServiceKind::Staff,
    ];
}

/// What the chair may put on the chair's own page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChairView {
    /// Whatever the meeting is at: the steps, and the words of a result as soon as there is one.
    Overview,
    /// Attendance, quorum, the step that comes next, also while a result waits to be read.
    Steps,
    /// Who has not signed in.
    Missing,
    /// Who wants to speak.
    Queue,
    /// The words of the result, to be read aloud.
    Announcement,
}

/// One request from the person at the seat.
#[derive(Debug, Clone, PartialEq)]
pub enum Touch {
    /// The nameplate was tapped: go to sign-in.
    Wake,
    SignIn,
    /// A key of the PIN's keypad.
    PinDigit(u8),
    PinErase,
    /// The typed digits, or the drawn strokes, go away.
    ClearProof,
    /// A finger comes down on the field for the signature, at these shares of it.
    StrokeBegin {
        x: f32,
        y: f32,
    },
    StrokeOn {
        x: f32,
        y: f32,
    },

    /// The agenda, on its own page where there is no room for its column.
    OpenAgenda,
    /// Back to the vote that is open, or to the last result.
    OpenVotePage,
    OpenSpeak,
    OpenService,
    OpenTextSize,
    OpenChair,
    /// Closes whatever sheet lies over the page.
    CloseSheet,
    /// Unfolds an item of the agenda: its place in the list, from 0.
    OpenItem(u16),
    OpenPaper(u32),
    ClosePaper,
    /// 对照表决: the vote that runs beside the open paper, or the paper alone.
    ReadBeside(bool),
    /// 并排: room for a second paper beside the open one, or the one in hand alone.
    ReadTwo(bool),
    /// This half of the desk was touched: its paper is in hand.
    TakeHalf(Half),
    CloseHalf(Half),

    PageNext,
    PagePrev,
    /// Pages count from 0.
    GoToPage(u32),
    ZoomIn,
    ZoomOut,
    FitWidth,
    /// As small as it must be for the whole page to be seen.
    FitPage,
    /// Two taps at this place of the page, in page pixels: close up, or back.
    ZoomAt {
        x: f32,
        y: f32,
    },
    /// Quarters of a turn, clockwise.
    Rotate(u8),
    /// Page below page, or one page at a time.
    Continuous(bool),
    OpenLayout,
    /// Pages by number, and the table of contents.
    OpenGoTo,
    OpenFind,
    /// The words to look for, as they are typed.
    FindText(String),
    /// One key of the keys on the screen.
    FindKey(char),
    FindErase,
    /// The field was touched: the keys come back.
    FindType,
    /// Typing is done.
    FindDone,
    /// The letters meant these of the words on offer.
    FindOffer(u32),
    /// Show this of the places found.
    FindGo(u32),
    FindNext,
    FindPrev,
    EndFind,
    /// Two fingers let go: the factor between their last and their first distance.
    PinchZoom(f32),
    /// The reader came to rest with this corner of the page at the top left, in page pixels.
    ScrollTo {
        x: f32,
        y: f32,
    },
    /// The desk the page lies on has this size in device pixels: pages are rendered to fit it.
    ReaderSized {
        width: u32,
        height: u32,
    },
    /// The thumbnails from this page on came into view.
    ThumbnailsSeen {
        first: u32,
        last: u32,
    },
    /// 跟随主讲, or where nobody shows a page and this member may: 展示给全体.
    FollowPresenter(bool),
    /// One tap at this place of the strip of pages, in its pixels: whoever shows it points there.
    PointAt {
        x: f32,
        y: f32,
    },

    /// 批注: the pen, for the open paper.
    OpenPen,
    ClosePen,
    TakeTool(PenTool),
    /// A finger with a tool in it, at this place of the strip of pages, in its pixels.
    PenDown {
        x: f32,
        y: f32,
    },
    PenMove {
        x: f32,
        y: f32,
    },
    PenUp {
        x: f32,
        y: f32,
    },
    /// It was no stroke.
    PenCancel,
    Undo,
    Redo,
    /// The open paper with its notes, onto what is plugged in.
    ExportNotes,

    /// `question` counts from 0 (a list has one for each person); `choice` is the place of the
    /// choice among those shown.
    Choose {
        question: u16,
        choice: u8,
    },
    Submit,
    BackToPapers,
    /// The scrutineers have compared the code of their key.
    CodesCompared,

    AskToSpeak,
    WithdrawSpeech,
    CallService(ServiceKind),
    CancelService,

    /// Step 0 to 5: 18, 20, 22, 24, 27, 30 pt.
    TextSize(u8),
    Language(Language),
    RetryNow,
    /// This server of those that were found on the network.
    PickRoom(Key),
    /// Back to the rooms on the network.
    OtherRoom,
    /// The banner or the message may go.
    Dismiss,

    /// The one next step the chair's page offers.
    ChairNext,
    ChairShow(ChairView),
    /// On a tie that the chair decides: how. It can be changed until `ChairNext` says it.
    TieChosen {
        adopted: bool,
    },
    GiveFloor {
        seat: u32,
    },
    EndFloor,
}
