//! The seat terminal's program: reads its arguments, opens its folder, starts
//! the seat, and shows it in a window where it has one.

use clap::Parser;
use hemicycle_protocol::ids::SeatId;
use hemicycle_terminal::app::{self, NoFace, Setup};
use hemicycle_terminal::begin::{Orders, begin, worker_if_asked};
use hemicycle_terminal::seat::State;
use std::path::PathBuf;
use std::process::ExitCode;
use tokio::sync::mpsc;

/// The seat terminal of a Hemicycle room.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// The server's address, such as https://192.168.1.10:8480 [default: the server is looked for
    /// on the network]
    #[arg(long, value_name = "URL")]
    server: Option<String>,
    /// Where no server was picked yet: the room with this name, once it is found and the only one
    #[arg(long, value_name = "NAME", conflicts_with = "server")]
    room: Option<String>,
    /// Forget which server this terminal belongs to, before anything else
    #[arg(long)]
    forget_server: bool,
    /// Where the terminal keeps its key and its papers
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Where USB sticks come up, for members' notes [default: /media and /run/media]
    #[arg(long, value_name = "DIR")]
    media: Vec<PathBuf>,
    /// The seat that this terminal asks for at its first start
    #[arg(long, value_name = "NUMBER")]
    seat: Option<u16>,
    /// A window instead of the whole screen
    #[arg(long)]
    windowed: bool,
    /// Size of the window
    #[arg(long, value_name = "WIDTHxHEIGHT", requires = "windowed")]
    size: Option<String>,
    /// No window at all
    #[arg(long)]
    headless: bool,
}

fn main() -> ExitCode {
    if let Some(code) = worker_if_asked() {
        return code;
    }
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("HEMICYCLE_LOG")
                .unwrap_or_else(|_| "info".into()),
        )
        .with_writer(std::io::stderr)
        .init();
    match start(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("hemicycle-terminal: {error}");
            ExitCode::FAILURE
        }
    }
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn start(arguments: Arguments) -> Result<(), Failure> {
    let (state, setup) = begin(&Orders {
        folder: arguments.data.clone().map_or_else(usual_folder, Ok)?,
        server: arguments.server.clone(),
        room: arguments.room.clone(),
        seat: arguments.seat.map(SeatId),
        forget_server: arguments.forget_server,
        media: arguments.media.clone(),
    })?;
    if arguments.headless {
        let (_never, touches) = mpsc::channel(1);
        return Ok(runtime()?.block_on(app::run(state, setup, NoFace, touches))?);
    }
    in_window(&arguments, state, setup)
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

/// `$XDG_DATA_HOME/hemicycle-terminal`, or the same under the home folder.
fn usual_folder() -> Result<PathBuf, Failure> {
    let base = std::env::var_os("XDG_DATA_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/share")));
    base.map(|b| b.join("hemicycle-terminal"))
        .ok_or_else(|| "no home folder; say with --data where the terminal keeps its files".into())
}

#[cfg(not(feature = "window"))]
fn in_window(_: &Arguments, _: State, _: Setup) -> Result<(), Failure> {
    Err("this build has no window; start it with --headless".into())
}

/// The seat runs beside the window, on a thread of its own: a slow screen never delays a vote.
#[cfg(feature = "window")]
fn in_window(arguments: &Arguments, state: State, setup: Setup) -> Result<(), Failure> {
    use hemicycle_terminal::bind::{self, Window};

    let (send, touches) = mpsc::channel(TOUCHES);
    let window = Window::new(move |touch| {
        // A queue that is full means that the seat does not keep up: more of the same is no help.
        if send.try_send(touch).is_err() {
            tracing::warn!("a touch was dropped");
        }
    })?;
    window.set_fullscreen(!arguments.windowed);
    if let Some((width, height)) = arguments.size.as_deref().map(size).transpose()? {
        window.set_size(width, height);
    }
    let face = face::Windowed(window.remote());
    let seat = std::thread::Builder::new().name("seat".into()).spawn(move || {
        let result = runtime().and_then(|rt| rt.block_on(app::run(state, setup, face, touches)));
        if let Err(error) = &result {
            tracing::error!(%error, "the seat has stopped");
        }
        bind::quit();
        result
    })?;
    window.run()?;
    drop(window);
    if seat.is_finished() {
        match seat.join() {
            Ok(result) => result?,
            Err(_) => return Err("the seat has stopped unexpectedly".into()),
        }
    }
    Ok(())
}

/// Touches that may wait for the seat.
#[cfg(feature = "window")]
const TOUCHES: usize = 64;

#[cfg(feature = "window")]
fn size(text: &str) -> Result<(u32, u32), Failure> {
    let parts = text.split_once('x').and_then(|(w, h)| Some((w.parse().ok()?, h.parse().ok()?)));
    parts.ok_or_else(|| format!("{text:?} is no size; it looks like 1280x800").into())
}

#[cfg(feature = "window")]
mod face {
    use hemicycle_pdf::{Picture, PixelFormat};
    use hemicycle_terminal::app::Face;
    use hemicycle_terminal::bind::Remote;
    use hemicycle_terminal::screen::{BitmapId, Screen};
    use std::sync::Arc;

    /// The window, from the seat's thread.
    pub struct Windowed(pub Remote);

    impl Face for Windowed {
        fn show(&mut self, screen: &Screen) {
            self.0.show(screen.clone());
        }

        fn picture(&mut self, bitmap: BitmapId, picture: Arc<Picture>) {
            self.0.call(move |window| {
                let pixels = with_alpha(&picture);
                if let Err(error) = window.put_picture(bitmap, picture.height, &pixels) {
                    tracing::warn!(%error, "a page cannot be shown");
                }
            });
        }

        /// The window keeps only what a screen names.
        fn forget_pictures(&mut self) {}
    }

    fn with_alpha(picture: &Picture) -> std::borrow::Cow<'_, [u8]> {
        match picture.format {
            PixelFormat::Rgba => (&picture.pixels).into(),
            PixelFormat::Rgb => {
                let (pixels, _) = picture.pixels.as_chunks::<3>();
                pixels.iter().flat_map(|&[r, g, b]| [r, g, b, 255]).collect::<Vec<_>>().into()
            }
        }
    }
}
