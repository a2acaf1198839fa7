//! What connections and requests share: handles to the room, to the devices,
//! to the papers. No logic of its own.

use crate::board::Board;
use crate::chance::Chance;
use crate::clerks::{Clerks, Gate, Setup};
use crate::clock::Clock;
use crate::devices::Devices;
use crate::hall::Hall;
use crate::intake::Incoming;
use crate::notes::Notes;
use crate::papers::{Checker, Shelf};
use crate::pins::Pins;
use crate::room::Look;
use crate::secret::Vault;
use crate::texts::Texts;
use crate::troubles::Troubles;
use crate::uploads::Uploads;
use hemicycle_protocol::identity::Identity;
use hemicycle_protocol::ids::RunId;
use hemicycle_protocol::wire::VouchedCertificate;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::{Semaphore, mpsc, watch};

/// See the module.
#[derive(Debug)]
pub struct App {
    pub identity: Arc<Identity>,
    /// What TLS connections show.
    pub certificate: VouchedCertificate,
    pub board: Arc<Board>,
    /// What clients know this run by.
    pub run: RunId,
    pub devices: Arc<Devices>,
    pub clerks: Clerks,
    /// In front of whatever costs a hash at the console.
    pub gate: Gate,
    /// The link that makes the first account.
    pub setup: Setup,
    /// One change of accounts, PINs or the hall's word at a time: log, then file.
    pub keeping: tokio::sync::Mutex<()>,
    pub pins: Arc<Pins>,
    /// What opens the hall.
    pub hall: Hall,
    pub shelf: Arc<Shelf>,
    pub checker: Checker,
    /// What members write on papers.
    pub notes: Arc<Notes>,
    /// What papers say.
    pub texts: Arc<Texts>,
    /// Files of secret votes.
    pub vault: Arc<Vault>,
    pub clock: Clock,
    pub chance: Chance,
    pub room_name: String,
    /// Where fonts are, if they were found.
    pub fonts: Option<PathBuf>,
    pub intake: mpsc::Sender<Incoming>,
    /// To whoever only wants to see where the meeting stands.
    pub looks: mpsc::Sender<Look>,
    pub stop: watch::Sender<bool>,
    /// Papers that come in one request, at a time.
    pub uploading: Semaphore,
    /// Pieces of papers that are in memory, at a time.
    pub pieces: Semaphore,
    /// Papers that come in pieces.
    pub uploads: Arc<Uploads>,
    pub connections: AtomicU64,
    /// Connections that are open now.
    pub open: watch::Sender<usize>,
    /// What strangers do wrong.
    pub troubles: Arc<Troubles>,
}

impl App {
    /// A number that no other connection has.
    pub fn next_connection(&self) -> u64 {
        self.connections.fetch_add(1, Ordering::Relaxed)
    }

    /// True once the server stops.
    pub fn stopping(&self) -> watch::Receiver<bool> {
        self.stop.subscribe()
    }
}
