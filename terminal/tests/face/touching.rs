//! What a finger or a key asks for, on every page: the touch that leaves the window, and nothing
//! where nothing may be asked for.

use crate::{Face, PANELS, controls, elements, state};
use hemicycle_protocol::ids::Hex;
use hemicycle_terminal::screen::{Language, TextSize};
use hemicycle_terminal::seat::Half;
use hemicycle_terminal::touch::{ServiceKind, Touch};
use i_slint_backend_testing::{AccessibleRole, ElementHandle};
use slint::platform::{Key, PointerEventButton, WindowEvent};
use slint::{ComponentHandle, LogicalPosition};
use std::time::Duration;

#[test]
fn a_choice_is_one_tap() {
    let face = Face::new(PANELS[0]);
    face.show(&state("vote", Language::Zh));
    face.tap("赞成，未选，三项之一");
    face.tap("反对，未选，三项之一");
    face.tap("弃权，未选，三项之一");
    let choose = |choice| Touch::Choose { question: 0, choice };
    assert_eq!(face.taken(), [choose(0), choose(1), choose(2)]);
}

#[test]
fn nothing_can_be_submitted_before_it_is_chosen() {
    let face = Face::new(PANELS[1]);
    face.show(&state("vote", Language::Zh));
    assert_eq!(face.control("提交").accessible_enabled(), Some(false));
    face.tap("提交");
    face.control("提交").invoke_accessible_default_action();
    assert_eq!(face.taken(), []);

    face.show(&state("vote-aye", Language::Zh));
    let chosen = face.control("赞成，已选，三项之一");
    assert_eq!(chosen.accessible_checked(), Some(true));
    assert_eq!(face.control("提交").accessible_enabled(), Some(true));
    face.tap("提交");
    assert_eq!(face.taken(), [Touch::Submit]);
}

#[test]
fn a_vote_on_its_way_ignores_taps() {
    let face = Face::new(PANELS[0]);
    face.show(&state("vote-busy", Language::Zh));
    face.tap("正在提交");
    assert_eq!(face.taken(), []);
    face.show(&state("vote-failed", Language::Zh));
    face.tap("提交");
    assert_eq!(face.taken(), [Touch::Submit], "it can be submitted again");
}

#[test]
fn submit_stands_apart_from_the_choices() {
    for panel in PANELS {
        std::thread::spawn(move || {
            let face = Face::new(panel);
            for size in TextSize::ALL {
                for name in ["vote-aye", "reader-beside-aye"] {
                    let mut screen = state(name, Language::Zh);
                    screen.text_size = size;
                    face.show(&screen);
                    let card = face.control("弃权，未选，三项之一");
                    let below = card.absolute_position().y + card.size().height;
                    let gap = face.control("提交").absolute_position().y - below;
                    assert!(gap >= 48.0, "{gap} px on {panel:?} at {size:?}, {name}");
                    let others = ["赞成，已选，三项之一", "反对，未选，三项之一"];
                    for other in others.map(|label| face.control(label)) {
                        assert!(
                            (other.size().width - card.size().width).abs() < 1.0,
                            "equal width"
                        );
                        assert!(
                            (other.size().height - card.size().height).abs() < 1.0,
                            "equal height"
                        );
                    }
                }
            }
        })
        .join()
        .expect("equal choices, far from the button");
    }
}

#[test]
fn a_paper_and_its_vote_stand_side_by_side() {
    for panel in PANELS {
        std::thread::spawn(move || {
            let face = Face::new(panel);
            face.show(&state("vote", Language::Zh));
            face.tap("对照文件");
            assert_eq!(face.taken(), [Touch::ReadBeside(true)]);

            face.show(&state("reader-vote-offered", Language::Zh));
            face.tap("对照表决");
            assert_eq!(face.taken(), [Touch::ReadBeside(true)]);
            face.press_text("v");
            assert_eq!(face.taken(), [Touch::ReadBeside(true)]);

            face.show(&state("reader-beside-aye", Language::Zh));
            let (left, right) = (face.control("下一页"), face.control("赞成，已选，三项之一"));
            let end = left.absolute_position().x + left.size().width;
            assert!(end < right.absolute_position().x, "{panel:?}");
            face.tap("下一页");
            face.tap("反对，未选，三项之一");
            face.tap("提交");
            face.tap("对照表决");
            assert_eq!(
                face.taken(),
                [
                    Touch::PageNext,
                    Touch::Choose { question: 0, choice: 1 },
                    Touch::Submit,
                    Touch::ReadBeside(false)
                ]
            );
            face.show(&state("reader-beside-secret", Language::Zh));
            face.tap("提交");
            assert_eq!(face.taken(), [], "nothing is chosen yet");
        })
        .join()
        .expect("both can be used");
    }
}

#[test]
fn two_papers_lie_side_by_side_and_the_one_touched_is_in_hand() {
    for panel in PANELS {
        std::thread::spawn(move || {
            let face = Face::new(panel);
            face.show(&state("reader", Language::Zh));
            face.tap("并排阅读");
            face.press_text("b");
            assert_eq!(face.taken(), vec![Touch::ReadTwo(true); 2]);
            face.show(&state("layout", Language::Zh));
            face.tap("两份并排");
            face.tap("一份");
            assert_eq!(face.taken(), [Touch::ReadTwo(true), Touch::ReadTwo(false)]);

            // The second one is chosen from the agenda.
            face.show(&state("reader-two-choosing", Language::Zh));
            face.tap("2026年市级预算调整方案（草案） 12 页 新版");
            assert_eq!(face.taken(), [Touch::OpenPaper(1)]);
            face.tap("关闭右侧文件");
            assert_eq!(face.taken(), [Touch::CloseHalf(Half::Right)]);

            face.show(&state("reader-two", Language::Zh));
            let right = face.control("关于2026年上半年预算执行情况的报告 1 / 28");
            let (position, size) = (right.absolute_position(), right.size());
            let below = position.y + size.height + 200.0;
            let position = LogicalPosition::new(position.x + size.width / 2.0, below);
            face.taken();
            let window = face.window.component().window();
            let button = PointerEventButton::Left;
            for _ in 0..2 {
                window.dispatch_event(WindowEvent::PointerPressed { position, button });
                i_slint_backend_testing::mock_elapsed_time(Duration::from_millis(120));
                window.dispatch_event(WindowEvent::PointerReleased { position, button });
            }
            let taken = face.taken();
            let [Touch::TakeHalf(Half::Right), .., Touch::ZoomAt { x, .. }] = &taken[..] else {
                panic!("the paper that was touched is taken first, on {panel:?}: {taken:?}")
            };
            assert!(*x < size.width, "its own place, not the window's: {x}");
            face.tap("关闭左侧文件");
            assert_eq!(face.taken(), [Touch::CloseHalf(Half::Left)]);
            face.show(&state("reader-two-right", Language::Zh));
            face.press_text("t");
            face.tap("关于2026年上半年预算执行情况的报告 1 / 28");
            assert_eq!(face.taken(), vec![Touch::TakeHalf(Half::Left); 2]);
        })
        .join()
        .expect("both can be read");
    }
}

#[test]
fn a_secret_choice_shows_no_colour() {
    let face = Face::new(PANELS[0]);
    face.show(&state("vote-secret", Language::Zh));
    let picture = face.window.component().window().take_snapshot().expect("a picture");
    let card = face.control("赞成，已选，三项之一");
    let (at, size) = (card.absolute_position(), card.size());
    let mut seen = 0_u32;
    for y in (at.y as u32)..(at.y + size.height) as u32 {
        for x in (at.x as u32)..(at.x + size.width) as u32 {
            let pixel = picture.as_slice()[(y * picture.width() + x) as usize];
            let (low, high) =
                (pixel.r.min(pixel.g).min(pixel.b), pixel.r.max(pixel.g).max(pixel.b));
            assert!(high - low < 24, "a coloured pixel at {x},{y}: {pixel:?}");
            seen += u32::from(high < 60);
        }
    }
    assert!(seen > 1000, "the choice is drawn in ink");
}

#[test]
fn every_row_of_a_list_asks_for_its_own_question() {
    let face = Face::new(PANELS[0]);
    face.show(&state("list", Language::Zh));
    // The rows have the same labels: the third row's third choice is the only one of its kind.
    face.tap("弃权，已选，三项之一");
    assert_eq!(face.taken(), [Touch::Choose { question: 2, choice: 2 }]);
    assert_eq!(face.control("提交").accessible_enabled(), Some(false));
    face.show(&state("list-complete", Language::Zh));
    assert_eq!(face.control("提交").accessible_enabled(), Some(true));
    face.tap("反对，已选，三项之一");
    assert_eq!(face.taken(), [Touch::Choose { question: 5, choice: 1 }]);
}

#[test]
fn a_long_list_is_turned_like_pages() {
    let face = Face::new(PANELS[1]);
    face.show(&state("list-long", Language::Zh));
    let names = |face: &Face| {
        elements(face.window.component())
            .iter()
            .filter(|element| element.accessible_role() == Some(AccessibleRole::Groupbox))
            .filter_map(ElementHandle::accessible_label)
            .filter(|label| label.starts_with(|first: char| first.is_ascii_digit()))
            .collect::<Vec<_>>()
    };
    let mut seen = names(&face);
    assert!(!seen.is_empty() && seen.len() < 15, "{seen:?}");
    for _ in 0..15 {
        face.tap("下一组");
        seen.extend(names(&face));
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 15, "every name can be reached: {seen:?}");
    assert_eq!(face.taken(), [], "turning the list asks the seat for nothing");
}

#[test]
fn sign_in_rail_and_sheets_ask_for_what_they_say() {
    let face = Face::new(PANELS[0]);
    face.show(&state("sign-in", Language::Zh));
    face.tap("签到");
    face.tap("姓名有误，呼叫工作人员");
    assert_eq!(face.taken(), [Touch::SignIn, Touch::CallService(ServiceKind::Staff)]);

    face.show(&state("agenda", Language::Zh));
    for label in ["议程", "表决", "发言", "服务", "字号"] {
        face.tap(label);
    }
    assert_eq!(
        face.taken(),
        [
            Touch::OpenAgenda,
            Touch::OpenVotePage,
            Touch::OpenSpeak,
            Touch::OpenService,
            Touch::OpenTextSize
        ]
    );

    face.show(&state("service", Language::Zh));
    face.tap("申请发言");
    face.tap("话筒");
    face.tap("取消呼叫");
    face.tap("关闭");
    assert_eq!(
        face.taken(),
        [
            Touch::AskToSpeak,
            Touch::CallService(ServiceKind::Microphone),
            Touch::CancelService,
            Touch::CloseSheet
        ]
    );

    face.show(&state("text-size", Language::Zh));
    face.tap("30 磅");
    face.tap("English");
    face.tap("完成");
    assert_eq!(
        face.taken(),
        [Touch::TextSize(5), Touch::Language(Language::En), Touch::CloseSheet]
    );
}

#[test]
fn the_banner_and_the_lock_say_what_does_not_work() {
    let face = Face::new(PANELS[1]);
    face.show(&state("vote-offline", Language::Zh));
    face.tap("立即重试");
    assert_eq!(face.taken(), [Touch::RetryNow]);
    let locked = face.control("表决 恢复连接前不能使用");
    assert_eq!(locked.accessible_enabled(), Some(false));
    face.tap("表决 恢复连接前不能使用");
    assert_eq!(face.taken(), []);
}

#[test]
fn a_room_is_picked_by_its_row_and_by_nothing_else() {
    let face = Face::new(PANELS[0]);
    face.show(&state("rooms-alike", Language::Zh));
    face.tap("东厅 识别码 3C3C 3C3C 选择");
    assert_eq!(face.taken(), [Touch::PickRoom(Hex([0x3c; 32]))]);
    face.tap("西厅 识别码 0000 0000 选择");
    assert_eq!(face.taken(), [], "another version");
}

#[test]
fn pages_turn_by_button_key_and_swipe() {
    let face = Face::new(PANELS[0]);
    face.show(&state("reader", Language::Zh));
    face.tap("下一页");
    face.tap("上一页");
    face.tap("放大");
    face.tap("适合宽度 100%");
    assert_eq!(face.taken(), [Touch::PageNext, Touch::PagePrev, Touch::ZoomIn, Touch::FitWidth]);

    face.press_key(Key::PageDown);
    face.press_key(Key::LeftArrow);
    assert_eq!(face.taken(), [Touch::PageNext, Touch::PagePrev]);

    let window = face.window.component().window();
    let button = PointerEventButton::Left;
    let at = |x: f32| LogicalPosition::new(x, 600.0);
    window.dispatch_event(WindowEvent::PointerPressed { position: at(1600.0), button });
    for step in 1..=10_u8 {
        i_slint_backend_testing::mock_elapsed_time(std::time::Duration::from_millis(16));
        let position = at(1600.0 - 60.0 * f32::from(step));
        window.dispatch_event(WindowEvent::PointerMoved { position });
    }
    window.dispatch_event(WindowEvent::PointerReleased { position: at(1000.0), button });
    assert_eq!(face.taken(), [Touch::PageNext], "a finger moved left turns to the next page");
}

#[test]
fn words_are_typed_chosen_and_gone_to_by_touch() {
    let face = Face::new(PANELS[0]);
    for (width, height) in PANELS {
        face.window.set_size(width, height);
        face.show(&state("find-letters", Language::Zh));
        for label in ["Y", "7", "退格", "预算调整 12 处"] {
            face.tap(label);
        }
        let typed =
            [Touch::FindKey('y'), Touch::FindKey('7'), Touch::FindErase, Touch::FindOffer(0)];
        assert_eq!(face.taken(), typed);
        // What is typed on a keyboard that is plugged in goes the same way.
        face.press_text("z");
        assert_eq!(face.taken(), [Touch::FindText("ystzz".into())]);

        face.show(&state("find-hits", Language::Zh));
        let hit = controls(face.window.component())
            .into_iter()
            .filter_map(|control| control.accessible_label())
            .find(|label| label.starts_with("第 4 页"));
        face.tap(&hit.expect("a place on page 4"));
        assert_eq!(face.taken(), [Touch::FindGo(1)]);

        face.show(&state("reader-find", Language::Zh));
        for label in ["下一处", "上一处", "全部结果", "结束查找"] {
            face.tap(label);
        }
        let stepped = [Touch::FindNext, Touch::FindPrev, Touch::OpenFind, Touch::EndFind];
        assert_eq!(face.taken(), stepped);
    }
}

#[test]
fn a_page_is_gone_to_by_its_number_or_its_heading() {
    let face = Face::new(PANELS[1]);
    face.show(&state("go-to", Language::Zh));
    for label in ["6", "0", "8", "退格", "转到"] {
        face.tap(label);
    }
    assert_eq!(face.taken(), [Touch::GoToPage(59)]);
    face.show(&state("reader", Language::Zh));
    face.show(&state("go-to", Language::Zh));
    // Beyond the last page there is nothing to go to.
    for label in ["6", "1", "转到"] {
        face.tap(label);
    }
    assert_eq!(face.taken(), []);
    face.tap("二、一般公共预算调整方案 3");
    assert_eq!(face.taken(), [Touch::GoToPage(2)]);

    face.show(&state("layout", Language::Zh));
    for label in ["连续", "整页", "右转", "左转"] {
        face.tap(label);
    }
    let laid = [Touch::Continuous(true), Touch::FitPage, Touch::Rotate(1), Touch::Rotate(3)];
    assert_eq!(face.taken(), laid);
}

#[test]
fn the_reader_says_how_large_its_desk_is() {
    for (panel, least) in [(PANELS[0], 1000), (PANELS[1], 1000)] {
        std::thread::spawn(move || {
            let face = Face::new(panel);
            let screen = state("reader", Language::Zh);
            face.window.show(&screen);
            face.window.component().window().take_snapshot().expect("a picture");
            let sized = face.taken().into_iter().find_map(|touch| {
                if let Touch::ReaderSized { width, height } = touch {
                    Some((width, height))
                } else {
                    None
                }
            });
            let (width, height) = sized.expect("the desk's size");
            assert!(width > least && width < panel.0, "{width} of {panel:?}");
            assert!(height > 300 && height < panel.1, "{height} of {panel:?}");
        })
        .join()
        .expect("a size");
    }
}

#[test]
fn the_keyboard_reaches_the_choices() {
    let face = Face::new(PANELS[0]);
    face.show(&state("vote-aye", Language::Zh));
    face.press_key(Key::Tab);
    face.press_key(Key::Return);
    face.press_key(Key::Tab);
    face.press_key(Key::Space);
    face.press_key(Key::Tab);
    face.press_key(Key::Tab);
    face.press_key(Key::Return);
    assert_eq!(
        face.taken(),
        [
            Touch::Choose { question: 0, choice: 0 },
            Touch::Choose { question: 0, choice: 1 },
            Touch::Submit
        ],
        "the order is the choices, then the button"
    );
}

#[test]
fn the_chair_has_one_next_step() {
    let face = Face::new(PANELS[0]);
    face.show(&state("chair", Language::Zh));
    face.tap("开始表决");
    face.tap("请发言 邓怀瑾");
    face.tap("结束发言 何思齐");
    assert_eq!(face.taken(), [Touch::ChairNext, Touch::GiveFloor { seat: 9 }, Touch::EndFloor]);
    face.show(&state("chair-no-quorum", Language::Zh));
    assert_eq!(face.control("宣布开会").accessible_enabled(), Some(false));
}

#[test]
fn the_chair_chooses_on_a_tie_and_then_says_it() {
    for panel in PANELS {
        std::thread::spawn(move || {
            let face = Face::new(panel);
            for name in ["chair-tie", "chair-tie-words"] {
                face.show(&state(name, Language::Zh));
                assert_eq!(face.control("通过").accessible_checked(), Some(true));
                assert_eq!(face.control("不通过").accessible_checked(), Some(false));
                face.tap("不通过");
                face.tap("宣布：通过");
                assert_eq!(
                    face.taken(),
                    [Touch::TieChosen { adopted: false }, Touch::ChairNext],
                    "{name} on {panel:?}"
                );
            }
        })
        .join()
        .expect("a tie can be decided on both panels");
    }
}
