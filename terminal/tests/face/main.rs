//! The window's pages in the testing backend: real layout and real drawing, no display.
//!
//! What is looked for by its spoken label must be there: a search that finds nothing fails here
//! with the labels there are. Whether what a finger asks for is right is tested with the seat.

// The helpers below are part of the tests.
#![allow(clippy::expect_used)]

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::rc::Rc;

use hemicycle_terminal::bind::Window;
use hemicycle_terminal::screen::{Language, Page, Screen, SubmitState, TextSize};
use hemicycle_terminal::touch::Touch;
use i_slint_backend_testing::{
    AccessibleRole, ElementHandle, ElementRoot, TestingBackend, TestingBackendOptions,
};
use slint::platform::{Key, PointerEventButton, WindowEvent};
use slint::{ComponentHandle, LogicalPosition};

mod states;
mod touching;
mod writing;

const PANELS: [(u32, u32); 2] = [(1920, 1080), (1280, 800)];
/// A window with everything it asked for.
struct Face {
    window: Window,
    touches: Rc<RefCell<Vec<Touch>>>,
}

impl Face {
    fn new((width, height): (u32, u32)) -> Self {
        // Every test has its own thread, and a platform belongs to a thread.
        let backend = TestingBackend::new(TestingBackendOptions {
            mock_time: true,
            threading: false,
            renderer_name: Some("software".into()),
        });
        slint::platform::set_platform(Box::new(backend)).expect("the first platform here");
        let touches = Rc::new(RefCell::new(Vec::new()));
        let heard = Rc::clone(&touches);
        let window =
            Window::new(move |touch| heard.borrow_mut().push(touch)).expect("fonts and a window");
        window.set_size(width, height);
        window.component().show().expect("a window that shows");
        Self { window, touches }
    }

    fn show(&self, screen: &Screen) {
        states::put_pictures(&self.window, screen).expect("whole pictures");
        self.window.show(screen);
        // Lay out and draw, as a real window would before a finger comes.
        self.window.component().window().take_snapshot().expect("a picture");
        self.touches.borrow_mut().clear();
    }

    /// The one control with this spoken label.
    fn control(&self, label: &str) -> ElementHandle {
        let found: Vec<_> = controls(self.window.component())
            .into_iter()
            .filter(|element| element.accessible_label().as_deref() == Some(label))
            .collect();
        let labels: Vec<_> = controls(self.window.component())
            .iter()
            .filter_map(ElementHandle::accessible_label)
            .collect();
        assert_eq!(found.len(), 1, "controls with the label {label:?}; there are {labels:?}");
        found[0].clone()
    }

    fn tap(&self, label: &str) {
        let control = self.control(label);
        let (position, size) = (control.absolute_position(), control.size());
        let position =
            LogicalPosition::new(position.x + size.width / 2.0, position.y + size.height / 2.0);
        let window = self.window.component().window();
        let button = PointerEventButton::Left;
        window.dispatch_event(WindowEvent::PointerPressed { position, button });
        // Inside something that scrolls, a press is held back for a moment.
        i_slint_backend_testing::mock_elapsed_time(std::time::Duration::from_millis(200));
        window.dispatch_event(WindowEvent::PointerReleased { position, button });
    }

    fn press_key(&self, key: Key) {
        let text = slint::SharedString::from(key);
        let window = self.window.component().window();
        window.dispatch_event(WindowEvent::KeyPressed { text: text.clone() });
        window.dispatch_event(WindowEvent::KeyReleased { text });
    }

    fn press_text(&self, text: &str) {
        let window = self.window.component().window();
        window.dispatch_event(WindowEvent::KeyPressed { text: text.into() });
        window.dispatch_event(WindowEvent::KeyReleased { text: text.into() });
    }

    fn taken(&self) -> Vec<Touch> {
        self.touches.borrow_mut().drain(..).collect()
    }
}

/// Every element there is, each once.
fn elements(root: &impl ElementRoot) -> Vec<ElementHandle> {
    let mut found = Vec::new();
    root.root_element().visit_descendants(|element| {
        found.push(element);
        ControlFlow::<()>::Continue(())
    });
    assert!(!found.is_empty(), "the pages were built without debug information");
    found
}

fn controls(root: &impl ElementRoot) -> Vec<ElementHandle> {
    let mut found = elements(root);
    found.retain(|element| element.accessible_role() == Some(AccessibleRole::Button));
    // What is one item in the window can be several elements, one inheriting the other.
    let mut seen = BTreeSet::new();
    found.retain(|element| {
        let (at, size) = (element.absolute_position(), element.size());
        seen.insert(format!("{at:?} {size:?} {:?}", element.accessible_label()))
    });
    found
}

fn state(name: &str, language: Language) -> Screen {
    states::all(language)
        .into_iter()
        .find(|(state, _)| *state == name)
        .map(|(_, screen)| screen)
        .unwrap_or_else(|| panic!("there is no state {name}"))
}

/// Every page in every state, on both panels, in both languages, at both ends of the sizes: it is
/// drawn, every control has a label, a size a finger can hit and a place inside the window, and
/// no word is cut. Several tests, so that they run side by side: of the states every other one.
macro_rules! every_page_is_whole {
    ($($test:ident: $panel:expr, $language:ident, $part:expr;)+) => {
        mod every_page_is_whole {
            use super::{Language, PANELS, Part, check_pages};
            $(
                #[test]
                fn $test() {
                    check_pages($panel, Language::$language, $part);
                }
            )+
        }
    };
}

every_page_is_whole! {
    wide_in_chinese_even: PANELS[0], Zh, Part::Even;
    wide_in_chinese_odd: PANELS[0], Zh, Part::Odd;
    wide_in_english_even: PANELS[0], En, Part::Even;
    wide_in_english_odd: PANELS[0], En, Part::Odd;
    compact_in_chinese_even: PANELS[1], Zh, Part::Even;
    compact_in_chinese_odd: PANELS[1], Zh, Part::Odd;
    compact_in_english_even: PANELS[1], En, Part::Even;
    compact_in_english_odd: PANELS[1], En, Part::Odd;
}

/// Which of the states, by their places.
#[derive(Clone, Copy)]
enum Part {
    Even,
    Odd,
}

fn check_pages(panel: (u32, u32), language: Language, part: Part) {
    let face = Face::new(panel);
    let first = match part {
        Part::Even => 0,
        Part::Odd => 1,
    };
    let states: Vec<_> = states::all(language).into_iter().skip(first).step_by(2).collect();
    assert!(states.len() > 20, "only {} states", states.len());
    let mut faults = Vec::new();
    for (name, state) in states {
        for size in [TextSize::Pt18, TextSize::Pt30] {
            let mut screen = state.clone();
            screen.text_size = size;
            face.show(&screen);
            let place = format!("{name} {panel:?} {language:?} {} pt", size.points());
            let picture = face.window.component().window().take_snapshot().expect("a picture");
            let ground = picture.as_slice()[0];
            let drawn = picture.as_slice().iter().filter(|pixel| **pixel != ground).count();
            if drawn < 2000 {
                faults.push(format!("{place}: blank, {drawn} pixels"));
            }
            check_controls(&face, &place, panel, &mut faults);
            check_words(&face, &place, &mut faults);
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

fn check_controls(face: &Face, place: &str, panel: (u32, u32), faults: &mut Vec<String>) {
    for control in controls(face.window.component()) {
        let label = control.accessible_label().unwrap_or_default();
        let (at, size) = (control.absolute_position(), control.size());
        if label.trim().is_empty() {
            faults.push(format!("{place}: a control at {at:?} says nothing"));
        }
        if size.width < 60.0 || size.height < 59.5 {
            faults.push(format!("{place}: {label} is only {}×{}", size.width, size.height));
        }
        // Rows that scroll may lie below; nothing may stick out sideways.
        if at.x < -1.0 || at.x + size.width > panel.0 as f32 + 1.0 || at.y < -1.0 {
            faults.push(format!("{place}: {label} sticks out at {at:?}"));
        }
    }
}

/// The pages mark a text that had to be cut.
fn check_words(face: &Face, place: &str, faults: &mut Vec<String>) {
    let elements = elements(face.window.component());
    let texts =
        elements.iter().filter(|element| element.id().is_some_and(|id| id == "Line::shown"));
    assert!(texts.count() > 0, "{place}: no text was found, the search is broken");
    let mut cut: Vec<String> = elements
        .iter()
        .filter(|element| element.id().is_some_and(|id| id.ends_with("::cut-mark")))
        .map(|mark| format!("{place}: {:?} is cut", mark.accessible_label().unwrap_or_default()))
        .collect();
    cut.dedup();
    faults.extend(cut);
}

/// The mark that the test above looks for appears when a text does not fit.
#[test]
fn a_text_that_is_cut_is_found() {
    let face = Face::new(PANELS[1]);
    let mut screen = state("standby", Language::Zh);
    if let Page::Standby(standby) = &mut screen.page {
        standby.date = "二〇二六年八月二十六日".repeat(12);
    }
    face.show(&screen);
    let mut faults = Vec::new();
    check_words(&face, "standby", &mut faults);
    assert_eq!(faults.len(), 1, "{faults:?}");
}

#[test]
fn a_picture_that_came_late_is_shown() {
    let face = Face::new(PANELS[0]);
    let screen = state("reader", Language::Zh);
    face.window.show(&screen);
    let before = face.window.component().window().take_snapshot().expect("a picture");
    states::put_pictures(&face.window, &screen).expect("whole pictures");
    let after = face.window.component().window().take_snapshot().expect("a picture");
    assert_ne!(before.as_bytes(), after.as_bytes());
    let Page::Reader(reader) = &screen.page else { panic!("it is the reader") };
    assert!(face.window.has_picture(reader.image.expect("it wants one")));
}

#[test]
fn showing_the_same_again_changes_nothing() {
    let face = Face::new(PANELS[0]);
    let screen = state("vote-aye", Language::Zh);
    face.show(&screen);
    let before = face.window.component().window().take_snapshot().expect("a picture");
    face.show(&screen.clone());
    let after = face.window.component().window().take_snapshot().expect("a picture");
    assert_eq!(before.as_bytes(), after.as_bytes());
    let mut other = screen;
    if let Page::Vote(vote) = &mut other.page {
        vote.submit.state = SubmitState::Disabled;
    }
    face.show(&other);
    let disabled = face.window.component().window().take_snapshot().expect("a picture");
    assert_ne!(before.as_bytes(), disabled.as_bytes());
}
