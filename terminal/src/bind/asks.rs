//! What the pages ask for, turned into `Touch`.

use slint::ComponentHandle;

use super::{Window, ui};
use crate::screen::{Language, Page, Screen};
use crate::seat::{Half, PenTool};
use crate::touch::{ChairView, ServiceKind, Touch};

/// Listens to every page. A page asks with a kind and two numbers.
pub(super) fn listen(window: &Window) {
    let act = window.0.app.global::<ui::Act>();
    let weak = std::rc::Rc::downgrade(&window.0);
    act.on_ask(move |ask, a, b| {
        let Some(window) = weak.upgrade().map(Window) else { return };
        let touch = {
            let shown = window.0.shown.borrow();
            touch_of(ask, a, b, shown.as_ref())
        };
        if let Some(touch) = touch {
            window.touch(touch);
        }
    });
    let weak = std::rc::Rc::downgrade(&window.0);
    act.on_typed(move |words| {
        if let Some(window) = weak.upgrade().map(Window) {
            window.touch(Touch::FindText(words.into()));
        }
    });
    let weak = std::rc::Rc::downgrade(&window.0);
    act.on_slide(move |ask, a, b| {
        let Some(window) = weak.upgrade().map(Window) else { return };
        if let Some(touch) = slide_of(ask, a, b) {
            window.touch(touch);
        }
    });
}

fn touch_of(ask: ui::Ask, a: i32, b: i32, shown: Option<&Screen>) -> Option<Touch> {
    Some(match ask {
        ui::Ask::Wake => Touch::Wake,
        ui::Ask::SignIn => Touch::SignIn,
        ui::Ask::PinDigit => Touch::PinDigit(a.try_into().ok()?),
        ui::Ask::PinErase => Touch::PinErase,
        ui::Ask::PinClear | ui::Ask::StrokeClear => Touch::ClearProof,
        ui::Ask::OpenAgenda => Touch::OpenAgenda,
        ui::Ask::OpenVotePage => Touch::OpenVotePage,
        ui::Ask::OpenSpeak => Touch::OpenSpeak,
        ui::Ask::OpenService => Touch::OpenService,
        ui::Ask::OpenTextSize => Touch::OpenTextSize,
        ui::Ask::OpenChair => Touch::OpenChair,
        ui::Ask::CloseSheet => Touch::CloseSheet,
        ui::Ask::OpenItem => Touch::OpenItem(a.try_into().ok()?),
        ui::Ask::OpenPaper => Touch::OpenPaper(a.try_into().ok()?),
        ui::Ask::ClosePaper => Touch::ClosePaper,
        ui::Ask::ReadBeside => Touch::ReadBeside(a != 0),
        ui::Ask::ReadTwo => Touch::ReadTwo(a != 0),
        ui::Ask::TakeHalf => Touch::TakeHalf(half_of(a)),
        ui::Ask::CloseHalf => Touch::CloseHalf(half_of(a)),
        ui::Ask::PageNext => Touch::PageNext,
        ui::Ask::PagePrev => Touch::PagePrev,
        ui::Ask::GoToPage => Touch::GoToPage(a.try_into().ok()?),
        ui::Ask::ZoomIn => Touch::ZoomIn,
        ui::Ask::ZoomOut => Touch::ZoomOut,
        ui::Ask::FitWidth => Touch::FitWidth,
        ui::Ask::FitPage => Touch::FitPage,
        ui::Ask::Rotate => Touch::Rotate(a.try_into().ok()?),
        ui::Ask::Continuous => Touch::Continuous(a != 0),
        ui::Ask::OpenLayout => Touch::OpenLayout,
        ui::Ask::OpenGoTo => Touch::OpenGoTo,
        ui::Ask::OpenFind => Touch::OpenFind,
        ui::Ask::FindKey => Touch::FindKey(char::from_u32(a.try_into().ok()?)?),
        ui::Ask::FindErase => Touch::FindErase,
        ui::Ask::FindType => Touch::FindType,
        ui::Ask::FindDone => Touch::FindDone,
        ui::Ask::FindOffer => Touch::FindOffer(a.try_into().ok()?),
        ui::Ask::FindGo => Touch::FindGo(a.try_into().ok()?),
        ui::Ask::FindNext => Touch::FindNext,
        ui::Ask::FindPrev => Touch::FindPrev,
        ui::Ask::EndFind => Touch::EndFind,
        ui::Ask::FollowPresenter => Touch::FollowPresenter(a != 0),
        ui::Ask::OpenPen => Touch::OpenPen,
        ui::Ask::ClosePen => Touch::ClosePen,
        ui::Ask::PenTool => Touch::TakeTool(tool_of(a)?),
        ui::Ask::Undo => Touch::Undo,
        ui::Ask::Redo => Touch::Redo,
        ui::Ask::ExportNotes => Touch::ExportNotes,
        ui::Ask::Choose => {
            Touch::Choose { question: a.try_into().ok()?, choice: b.try_into().ok()? }
        }
        ui::Ask::Submit => Touch::Submit,
        ui::Ask::BackToPapers => Touch::BackToPapers,
        ui::Ask::AskToSpeak => Touch::AskToSpeak,
        ui::Ask::WithdrawSpeech => Touch::WithdrawSpeech,
        ui::Ask::CallService => {
            Touch::CallService(ServiceKind::ALL.get(usize::try_from(a).ok()?).copied()?)
        }
        ui::Ask::CancelService => Touch::CancelService,
        ui::Ask::TextSize => Touch::TextSize(a.try_into().ok()?),
        ui::Ask::Language => Touch::Language(if a == 0 { Language::Zh } else { Language::En }),
        ui::Ask::RetryNow => Touch::RetryNow,
        ui::Ask::Dismiss => Touch::Dismiss,
        ui::Ask::ChairNext => Touch::ChairNext,
        ui::Ask::ChairShow => Touch::ChairShow(match a {
            1 => ChairView::Missing,
            2 => ChairView::Queue,
            3 => ChairView::Announcement,
            _ => ChairView::Steps,
        }),
        ui::Ask::GiveFloor => Touch::GiveFloor { seat: a.try_into().ok()? },
        ui::Ask::EndFloor => Touch::EndFloor,
        // Buttons whose meaning came with the screen.
        ui::Ask::BannerAction => shown?.banner.as_ref()?.action.as_ref()?.touch.clone(),
        ui::Ask::PickRoom => {
            let Page::Rooms(rooms) = &shown?.page else { return None };
            rooms.rows.get(usize::try_from(a).ok()?)?.action.touch.clone()
        }
        ui::Ask::MessageAction => {
            let Page::Message(message) = &shown?.page else { return None };
            message.action.as_ref()?.touch.clone()
        }
        ui::Ask::ChairDecide => {
            let Page::Chair(chair) = &shown?.page else { return None };
            chair.decisions.get(usize::try_from(a).ok()?)?.action.touch.clone()
        }
        // These come with two fractions.
        ui::Ask::PinchZoom
        | ui::Ask::ZoomAt
        | ui::Ask::PointAt
        | ui::Ask::ScrollTo
        | ui::Ask::ReaderSized
        | ui::Ask::ThumbnailsSeen
        | ui::Ask::PenDown
        | ui::Ask::PenMove
        | ui::Ask::PenUp
        | ui::Ask::PenCancel
        | ui::Ask::StrokeBegin
        | ui::Ask::StrokeOn => return None,
    })
}

fn half_of(right: i32) -> Half {
    if right == 0 { Half::Left } else { Half::Right }
}

/// The tools by their place in the bar.
fn tool_of(place: i32) -> Option<PenTool> {
    let tools = [
        PenTool::Red,
        PenTool::Blue,
        PenTool::Marker,
        PenTool::Eraser,
        PenTool::Move,
        PenTool::Point,
    ];
    tools.get(usize::try_from(place).ok()?).copied()
}

fn slide_of(ask: ui::Ask, a: f32, b: f32) -> Option<Touch> {
    if !a.is_finite() || !b.is_finite() {
        return None;
    }
    match ask {
        ui::Ask::PinchZoom => Some(Touch::PinchZoom(a)),
        ui::Ask::ZoomAt => Some(Touch::ZoomAt { x: a, y: b }),
        ui::Ask::PointAt => Some(Touch::PointAt { x: a, y: b }),
        ui::Ask::PenDown => Some(Touch::PenDown { x: a, y: b }),
        ui::Ask::PenMove => Some(Touch::PenMove { x: a, y: b }),
        ui::Ask::PenUp => Some(Touch::PenUp { x: a, y: b }),
        ui::Ask::PenCancel => Some(Touch::PenCancel),
        ui::Ask::ScrollTo => Some(Touch::ScrollTo { x: a.max(0.0), y: b.max(0.0) }),
        ui::Ask::StrokeBegin => Some(Touch::StrokeBegin { x: a, y: b }),
        ui::Ask::StrokeOn => Some(Touch::StrokeOn { x: a, y: b }),
        // The desk's size is far below what an f32 holds exactly; `as` saturates.
        ui::Ask::ReaderSized => {
            Some(Touch::ReaderSized { width: a.round() as u32, height: b.round() as u32 })
        }
        ui::Ask::ThumbnailsSeen => {
            Some(Touch::ThumbnailsSeen { first: a.floor() as u32, last: b.ceil() as u32 })
        }
        ui::Ask::Wake
        | ui::Ask::SignIn
        | ui::Ask::PinDigit
        | ui::Ask::PinErase
        | ui::Ask::PinClear
        | ui::Ask::StrokeClear
        | ui::Ask::OpenAgenda
        | ui::Ask::OpenVotePage
        | ui::Ask::OpenSpeak
        | ui::Ask::OpenService
        | ui::Ask::OpenTextSize
        | ui::Ask::OpenChair
        | ui::Ask::CloseSheet
        | ui::Ask::OpenItem
        | ui::Ask::OpenPaper
        | ui::Ask::ClosePaper
        | ui::Ask::ReadBeside
        | ui::Ask::ReadTwo
        | ui::Ask::TakeHalf
        | ui::Ask::CloseHalf
        | ui::Ask::PageNext
        | ui::Ask::PagePrev
        | ui::Ask::GoToPage
        | ui::Ask::ZoomIn
        | ui::Ask::ZoomOut
        | ui::Ask::FitWidth
        | ui::Ask::FitPage
        | ui::Ask::Rotate
        | ui::Ask::Continuous
        | ui::Ask::OpenLayout
        | ui::Ask::OpenGoTo
        | ui::Ask::OpenFind
        | ui::Ask::FindKey
        | ui::Ask::FindErase
        | ui::Ask::FindType
        | ui::Ask::FindDone
        | ui::Ask::FindOffer
        | ui::Ask::FindGo
        | ui::Ask::FindNext
        | ui::Ask::FindPrev
        | ui::Ask::EndFind
        | ui::Ask::FollowPresenter
        | ui::Ask::OpenPen
        | ui::Ask::ClosePen
        | ui::Ask::PenTool
        | ui::Ask::Undo
        | ui::Ask::Redo
        | ui::Ask::ExportNotes
        | ui::Ask::Choose
        | ui::Ask::Submit
        | ui::Ask::BackToPapers
        | ui::Ask::AskToSpeak
        | ui::Ask::WithdrawSpeech
        | ui::Ask::CallService
        | ui::Ask::CancelService
        | ui::Ask::TextSize
        | ui::Ask::Language
        | ui::Ask::RetryNow
        | ui::Ask::Dismiss
        | ui::Ask::ChairNext
        | ui::Ask::ChairDecide
        | ui::Ask::ChairShow
        | ui::Ask::GiveFloor
        | ui::Ask::EndFloor
        | ui::Ask::PickRoom
        | ui::Ask::BannerAction
        | ui::Ask::MessageAction => None,
    }
}
