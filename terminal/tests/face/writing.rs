//! The pen in the window: one finger draws, and the tools are pressed.

use super::*;
use hemicycle_terminal::seat::PenTool;

/// A finger that goes to the right.
fn drag(face: &Face) {
    let window = face.window.component().window();
    let button = PointerEventButton::Left;
    let at = |x: f32| LogicalPosition::new(x, 600.0);
    window.dispatch_event(WindowEvent::PointerPressed { position: at(1000.0), button });
    for step in 1..=4_u8 {
        i_slint_backend_testing::mock_elapsed_time(std::time::Duration::from_millis(16));
        let position = at(1000.0 + 50.0 * f32::from(step));
        window.dispatch_event(WindowEvent::PointerMoved { position });
    }
    window.dispatch_event(WindowEvent::PointerReleased { position: at(1200.0), button });
}

#[test]
fn a_finger_draws_and_its_tools_are_pressed() {
    let face = Face::new(PANELS[0]);
    face.show(&state("pen", Language::Zh));
    for label in ["蓝笔", "荧光笔", "橡皮", "移动页面", "红笔", "撤销", "导出"] {
        face.tap(label);
    }
    let tools = [PenTool::Blue, PenTool::Marker, PenTool::Eraser, PenTool::Move, PenTool::Red];
    let pressed: Vec<_> = tools.map(Touch::TakeTool).into();
    assert_eq!(face.taken(), [pressed, vec![Touch::Undo, Touch::ExportNotes]].concat());
    face.press_key(Key::Escape);
    face.tap("完成");
    assert_eq!(face.taken(), [Touch::ClosePen, Touch::ClosePen]);

    drag(&face);
    let taken = face.taken();
    let [Touch::PenDown { x, y }, moves @ .., Touch::PenUp { x: end, y: level }] = &taken[..]
    else {
        panic!("{taken:?}");
    };
    assert!((end - x - 200.0).abs() < 2.0 && (y - level).abs() < 2.0, "{taken:?}");
    assert!(moves.iter().all(|touch| matches!(touch, Touch::PenMove { .. })) && moves.len() >= 3);

    // The hand moves the page; without a pen nothing is drawn.
    let mut screen = state("pen", Language::Zh);
    let Page::Reader(reader) = &mut screen.page else { panic!("not the reader") };
    if let Some(bar) = &mut reader.pen {
        bar.tool = PenTool::Move;
    }
    for screen in [screen, state("reader", Language::Zh)] {
        face.show(&screen);
        drag(&face);
        let taken = face.taken();
        assert!(!taken.iter().any(|touch| matches!(touch, Touch::PenDown { .. })), "{taken:?}");
    }
}

#[test]
fn what_is_drawn_stands_on_the_page() {
    let face = Face::new(PANELS[0]);
    let picture = |name: &str| {
        face.show(&state(name, Language::Zh));
        face.window.component().window().take_snapshot().expect("a picture")
    };
    let (bare, inked) = (picture("reader"), picture("pen"));
    let count = |picture: &slint::SharedPixelBuffer<slint::Rgba8Pixel>, colour: [u8; 3]| {
        let near = |a: u8, b: u8| a.abs_diff(b) < 24;
        let is = |p: &&slint::Rgba8Pixel| {
            near(p.r, colour[0]) && near(p.g, colour[1]) && near(p.b, colour[2])
        };
        picture.as_slice().iter().filter(is).count()
    };
    let red = hemicycle_protocol::ink::Colour::Red.rgb();
    assert!(count(&inked, red) > count(&bare, red) + 500, "{}", count(&inked, red));
}
