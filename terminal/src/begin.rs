//! A terminal's beginning: its folder is opened, and the seat recalls what was kept
//! there. What is shown, and by whom it is touched, is decided by whoever starts it.

use crate::app::{self, Setup};
use crate::keys::{self, Kept};
use crate::link;
use crate::papers::Papers;
use crate::seat::{Finding, State};
use crate::vault::Vault;
use hemicycle_protocol::ids::SeatId;
use std::path::PathBuf;
use std::process::ExitCode;
use url::Url;

/// Started with this as its only argument a terminal's program is the render worker.
const WORKER: &str = "--pdf-worker";

/// Where sticks are mounted, as a rule.
const MEDIA: [&str; 2] = ["/media", "/run/media"];

/// What a terminal is told.
#[derive(Debug, Clone, Default)]
pub struct Orders {
    /// Where it keeps its key and its papers.
    pub folder: PathBuf,
    /// The server's address; none: the server is looked for on the network.
    pub server: Option<String>,
    /// Where no server was picked yet: the room with this name.
    pub room: Option<String>,
    /// The seat that it asks for.
    pub seat: Option<SeatId>,
    /// Forget which server it belongs to, before anything else.
    pub forget_server: bool,
    /// Where what is plugged in comes up; none: where Linux puts it.
    pub media: Vec<PathBuf>,
}

/// To be called first in `main`: returns only if this process is no render worker.
pub fn worker_if_asked() -> Option<ExitCode> {
    (std::env::args().nth(1).as_deref() == Some(WORKER)).then(hemicycle_pdf::worker_main)
}

/// The seat, and what `app::run` needs beside it. The program must call [`worker_if_asked`].
pub fn begin(orders: &Orders) -> Result<(State, Setup), Box<dyn std::error::Error + Send + Sync>> {
    let Orders { folder, server, room, seat, forget_server, media } = orders;
    let identity = keys::identity(folder)?;
    if *forget_server {
        keys::forget_pin(folder)?;
    }
    let kept = keys::pin(folder)?;
    let server = server.as_deref().map(link::address).transpose()?;
    tracing::info!(
        terminal = %identity.key().short(),
        server = server.as_ref().map_or("looked for on the network", Url::as_str),
        "starting"
    );
    let mut state = State::new(identity, keys::random()?, app::now());
    state.like(keys::preferences(folder));
    state.kept_places = keys::places(folder);
    let last = kept.as_ref().map(|kept| kept.address.clone());
    let (own, picked) = match kept {
        Some(Kept { pin, seated: true, .. }) => (Some(pin), None),
        Some(Kept { pin, seated: false, .. }) => (None, Some(pin)),
        None => (None, None),
    };
    state.pin = own;
    if server.is_none() {
        state.finding = Some(Finding::new(picked, last, room.clone()));
    }
    state.wish = *seat;
    state.utc_offset_minutes = jiff::Zoned::now().offset().seconds() / 60;
    let papers = Papers::open(&folder.join("papers"))?;
    state.without_memory = !papers.has_memory();
    let vault = Vault::open(&folder.join("secret"))?;
    for name in state.recall(vault.recall()?) {
        tracing::warn!(file = %name, "a private file cannot be read and is left alone");
    }
    let worker = hemicycle_pdf::WorkerConfig::new(
        hemicycle_pdf::Program::itself(WORKER),
        hemicycle_pdf::assets::find()?,
    )
    .reading_only(papers.folders());
    let mut media = media.clone();
    if media.is_empty() {
        media = MEDIA.map(PathBuf::from).to_vec();
    }
    Ok((state, Setup { server, folder: folder.clone(), papers, vault, worker, media }))
}
