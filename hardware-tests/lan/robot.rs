//! A seat that somebody sits at who does as told: the real terminal (its loop, socket,
//! discovery, storage, render worker) with a face that says on standard output what
//! it shows, and fingers that come on standard input.

use anyhow::{Context, Result, anyhow};
use hemicycle_pdf::Picture;
use hemicycle_terminal::app::{self, Face};
use hemicycle_terminal::begin::{Orders, begin};
use hemicycle_terminal::screen::{
    BitmapId, Connection, Page, ReceiptState, Screen, SignInState, SubmitState,
};
use hemicycle_terminal::touch::Touch;
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::sync::Arc;
use tokio::sync::{mpsc, watch};

/// What a screen shows, as far as it matters here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    pub page: String,
    pub title: String,
    /// What is compared, or the receipt's code.
    pub code: String,
    pub online: bool,
    /// Of a vote or a sign-in: can it be pressed, is it on its way, has it failed.
    pub state: String,
    /// Rooms of the list: name and code.
    pub rooms: Vec<(String, String)>,
    pub alike: bool,
    pub banner: String,
}

/// A finger.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finger {
    Wake,
    SignIn,
    Choose {
        choice: u8,
    },
    Submit,
    /// The room of the list with this code.
    Room {
        code: String,
    },
    /// The button of a message.
    Button,
}

/// Runs until standard input ends.
pub fn sit(orders: &Orders) -> Result<()> {
    let (state, setup) = begin(orders).map_err(|error| anyhow!("{error}"))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (touch, touched) = mpsc::channel(16);
    let (shown, screen) = watch::channel(Screen::default());
    let fingers = std::thread::spawn(move || fingers(&touch, &screen));
    runtime.block_on(app::run(state, setup, Teller { shown, said: View::default() }, touched))?;
    fingers.join().map_err(|_| anyhow!("the fingers"))?
}

/// Ends with standard input; then the terminal does.
fn fingers(touch: &mpsc::Sender<Touch>, screen: &watch::Receiver<Screen>) -> Result<()> {
    for line in std::io::stdin().lines() {
        let finger: Finger = serde_json::from_str(&line?)?;
        let meant = meant(&finger, &screen.borrow());
        // A finger beside the button does nothing, as on glass.
        if let Some(meant) = meant {
            touch.blocking_send(meant).context("the terminal has ended")?;
        }
    }
    Ok(())
}

fn meant(finger: &Finger, screen: &Screen) -> Option<Touch> {
    Some(match finger {
        Finger::Wake => Touch::Wake,
        Finger::SignIn => Touch::SignIn,
        Finger::Choose { choice } => Touch::Choose { question: 0, choice: *choice },
        Finger::Submit => Touch::Submit,
        Finger::Room { code } => {
            let Page::Rooms(rooms) = &screen.page else { return None };
            let row = rooms.rows.iter().find(|row| row.code == *code && row.action.enabled)?;
            row.action.touch.clone()
        }
        Finger::Button => {
            let Page::Message(message) = &screen.page else { return None };
            message.action.as_ref().filter(|action| action.enabled)?.touch.clone()
        }
    })
}

struct Teller {
    shown: watch::Sender<Screen>,
    said: View,
}

impl Face for Teller {
    fn show(&mut self, screen: &Screen) {
        self.shown.send_replace(screen.clone());
        let view = view(screen);
        if view != self.said {
            // Whoever does not listen any more ends us by standard input.
            let line = serde_json::to_string(&view).unwrap_or_default();
            let mut out = std::io::stdout().lock();
            let _ = writeln!(out, "{line}").and_then(|()| out.flush());
            self.said = view;
        }
    }

    fn picture(&mut self, _: BitmapId, _: Arc<Picture>) {}

    fn forget_pictures(&mut self) {}
}

fn view(screen: &Screen) -> View {
    let banner = screen.banner.as_ref().map(|banner| banner.title.clone()).unwrap_or_default();
    let online = screen.top.connection == Connection::Online;
    let mut view = View { online, banner, ..View::default() };
    let submit = |state: SubmitState| match state {
        SubmitState::Disabled => "disabled",
        SubmitState::Ready => "ready",
        SubmitState::Busy => "busy",
        SubmitState::Failed => "failed",
    };
    let page = match &screen.page {
        Page::Starting { .. } => "starting",
        Page::Message(message) => {
            view.title.clone_from(&message.title);
            view.code.clone_from(&message.code);
            "message"
        }
        Page::Rooms(rooms) => {
            let rows = rooms.rows.iter().map(|row| (row.name.clone(), row.code.clone()));
            view.rooms = rows.collect();
            view.alike = !rooms.warning.is_empty();
            "rooms"
        }
        Page::Standby(_) => "standby",
        Page::SignIn(sign_in) => {
            view.state = match sign_in.state {
                SignInState::Ready => "ready",
                SignInState::Busy => "busy",
                SignInState::Failed { .. } => "failed",
                SignInState::Done { .. } => "done",
            }
            .into();
            "sign-in"
        }
        Page::Agenda(_) => "agenda",
        Page::Reader(_) => "reader",
        Page::Vote(vote) => {
            view.state = submit(vote.submit.state).into();
            view.title = vote.title.concat();
            "vote"
        }
        Page::List(_) => "list",
        Page::Plurality(_) => "plurality",
        Page::Submitted(submitted) => {
            view.state = match submitted.state {
                ReceiptState::Waiting => "waiting",
                ReceiptState::Confirmed => "confirmed",
            }
            .into();
            view.code.clone_from(&submitted.receipt);
            "submitted"
        }
        Page::Result(result) => {
            view.title = result.title.concat();
            let counts = result.counts.iter().map(|count| count.number.as_str());
            view.state = counts.collect::<Vec<_>>().join(" ");
            "result"
        }
        Page::Pause(_) => "pause",
        Page::Chair(_) => "chair",
        Page::Ended(_) => "ended",
    };
    view.page = page.into();
    view
}
