//! What the scenarios stand on: a data folder with the sample meeting, a
//! server on it, a clerk, virtual seats.

use hemicycle_hardware_tests::clerk::{Clerk, Session};
use hemicycle_hardware_tests::host::{CLERK, Host, Programs};
use hemicycle_hardware_tests::limits;
use hemicycle_hardware_tests::sample::{Cast, Sample};
use hemicycle_hardware_tests::swarm::{Options, Pace, Papers, Press, Swarm};
use hemicycle_protocol::ids::VoteId;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

/// An end for what hangs.
pub const LIMIT: Duration = Duration::from_secs(120);

/// The demo's driver; the other programs stand beside it.
pub fn driver() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_hemicycle-demo"))
}

/// See the module.
pub struct Stage {
    pub programs: Programs,
    pub cast: Cast,
    pub host: Host,
    pub session: Session,
    /// In the order in which they are put.
    pub votes: Vec<VoteId>,
    folder: TempDir,
}

impl Stage {
    /// A server with the sample meeting, and so many members.
    pub async fn set(members: u32) -> Self {
        limits::raise_open_files();
        let programs = Programs::beside(driver()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("server");
        let sample = Sample::read(&programs.sample().join("choices.json")).unwrap();
        let loaded = programs.load_sample(&data, members).await.unwrap();
        let password = programs.set_clerk(&data).await.unwrap();
        let host = programs.serve(&data, 0, &folder.path().join("log")).await.unwrap();
        let session = Session::sign_in(&host.address, CLERK, &password).await.unwrap();
        let mut votes: Vec<VoteId> = loaded.votes.into_values().collect();
        votes.sort();
        Self { programs, cast: sample.with_members(members), host, session, votes, folder }
    }

    /// The server's data folder.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("server")
    }

    pub async fn clerk(&self) -> Clerk {
        Clerk::open(&self.session).await.unwrap()
    }

    /// Virtual seats for everybody on the roll.
    pub fn swarm(&self, pace: Pace) -> Swarm {
        let mut seats = self.cast.member_seats();
        seats.extend(self.cast.attendee_seats());
        Swarm::start(Options {
            server: self.host.address.clone(),
            seats,
            press: Arc::new(Press::Sample(Box::new(self.cast.sample().clone()))),
            pace,
            papers: Papers::First,
            secret: [9; 32],
        })
    }

    /// kill -9, and the server again on the same data and the same port.
    pub async fn kill_and_start(self) -> Self {
        let Self { programs, cast, host, session, votes, folder } = self;
        let port = host.port();
        host.kill().await.unwrap();
        let data = folder.path().join("server");
        let host = programs.serve(&data, port, &folder.path().join("log")).await.unwrap();
        Self { programs, cast, host, session, votes, folder }
    }

    /// Stops the server in order; the folder is left to be looked at.
    pub async fn stop(self) -> TempDir {
        self.host.stop().await.unwrap();
        self.folder
    }
}
