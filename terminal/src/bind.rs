//! The only place that knows the types Slint generates: a `Screen` goes in, a `Touch` comes out.
//!
//! Nothing is decided here. `show` compares with what was shown last and sets only what differs, so
//! that a clock that ticks repaints a clock.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

use hemicycle_terminal_pages as ui;
use slint::ComponentHandle;

use crate::fonts::{self, FontsMissing};
use crate::screen::{BitmapId, Screen};
use crate::touch::Touch;

mod asks;
mod images;
mod models;
mod pen;
mod reading;
mod views;
mod voting;
mod words;

use images::Images;
use models::Models;

#[derive(Debug, thiserror::Error)]
pub enum WindowError {
    #[error(transparent)]
    Fonts(#[from] FontsMissing),
    #[error("the window cannot be opened: {0}")]
    Platform(#[from] slint::PlatformError),
    #[error(
        "a page picture of {width}×{height} pixels needs {} bytes, {given} were given",
        u128::from(*width) * u128::from(*height) * 4
    )]
    Picture { width: u32, height: u32, given: usize },
}

/// The seat's window. It lives on the thread that runs it; other threads reach it by [`Remote`].
#[derive(Clone)]
pub struct Window(Rc<Inner>);

struct Inner {
    app: ui::App,
    models: Models,
    images: RefCell<Images>,
    inked: RefCell<pen::Inked>,
    shown: RefCell<Option<Screen>>,
    on_touch: Box<dyn Fn(Touch)>,
    nested: Cell<bool>,
}

impl Window {
    /// Opens the window, still hidden. `on_touch` hears everything a finger asks for.
    pub fn new(on_touch: impl Fn(Touch) + 'static) -> Result<Self, WindowError> {
        fonts::load()?;
        let app = ui::App::new()?;
        let models = Models::new(&app);
        let window = Self(Rc::new(Inner {
            app,
            models,
            images: RefCell::default(),
            inked: RefCell::default(),
            shown: RefCell::default(),
            on_touch: Box::new(on_touch),
            nested: Cell::new(false),
        }));
        asks::listen(&window);
        Ok(window)
    }

    /// Makes the window show this and nothing else.
    pub fn show(&self, screen: &Screen) {
        let before = self.0.shown.replace(Some(screen.clone()));
        if before.as_ref() == Some(screen) {
            return;
        }
        views::show(&self.0, before.as_ref(), screen);
    }

    /// Hands over the pixels of a page, row by row, four bytes each. They are kept while the screen
    /// refers to them, and a few longer.
    pub fn put_picture(&self, id: BitmapId, height: u32, rgba: &[u8]) -> Result<(), WindowError> {
        self.0.images.borrow_mut().put(id, height, rgba)?;
        if let Some(screen) = self.0.shown.borrow().as_ref() {
            reading::refresh_images(&self.0, screen, id);
        }
        Ok(())
    }

    /// Which pictures are here, so that none is rendered twice.
    pub fn has_picture(&self, id: BitmapId) -> bool {
        self.0.images.borrow().has(id)
    }

    pub fn set_fullscreen(&self, fullscreen: bool) {
        self.0.app.window().set_fullscreen(fullscreen);
    }

    /// The window's size in device pixels.
    pub fn set_size(&self, width: u32, height: u32) {
        self.0.app.window().set_size(slint::PhysicalSize::new(width, height));
    }

    /// Shows the window and stays until it is closed or [`quit`] is called.
    pub fn run(&self) -> Result<(), WindowError> {
        Ok(self.0.app.run()?)
    }

    /// For tests and pictures: the component itself.
    pub fn component(&self) -> &impl ComponentHandle {
        &self.0.app
    }

    /// A handle for other threads.
    pub fn remote(&self) -> Remote {
        HERE.with(|here| here.replace(Some(self.clone())));
        Remote { next: Arc::default() }
    }

    fn touch(&self, touch: Touch) {
        // A touch that is answered by `show` may set a property that asks again.
        if self.0.nested.replace(true) {
            let window = self.clone();
            slint::Timer::single_shot(std::time::Duration::ZERO, move || window.touch(touch));
            return;
        }
        (self.0.on_touch)(touch);
        self.0.nested.set(false);
    }
}

/// Ends [`Window::run`]; safe from any thread.
pub fn quit() {
    // The loop is already gone: then there is nothing to end.
    let _ = slint::quit_event_loop();
}

thread_local! {
    static HERE: RefCell<Option<Window>> = const { RefCell::new(None) };
}

/// Reaches the window from another thread. Only the latest screen is kept: a window that is slower
/// than its state skips values and never queues them.
#[derive(Clone)]
pub struct Remote {
    next: Arc<Mutex<Option<Screen>>>,
}

impl Remote {
    /// False when the window's loop has ended.
    pub fn show(&self, screen: Screen) -> bool {
        let waiting = {
            let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
            next.replace(screen).is_some()
        };
        if waiting {
            return true;
        }
        let next = Arc::clone(&self.next);
        self.call(move |window| {
            let screen = next.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(screen) = screen {
                window.show(&screen);
            }
        })
    }

    /// Runs something on the window's thread. The caller bounds how often.
    pub fn call(&self, work: impl FnOnce(&Window) + Send + 'static) -> bool {
        slint::invoke_from_event_loop(move || {
            let window = HERE.with(|here| here.borrow().clone());
            if let Some(window) = window {
                work(&window);
            }
        })
        .is_ok()
    }
}
