//! A room to measure in: the real server, one item, members who are all signed in over
//! TLS, and votes in which everybody presses in the same instant.

use crate::clerk::{Clerk, ClerkError, Session};
use crate::figures::Spread;
use crate::host::{CLERK, Host, HostError, Programs};
use crate::swarm::{Options, Pace, Papers, Press, Standing, Stuck, Swarm};
use hemicycle_protocol::ids::{ItemId, SeatId, VoteId};
use hemicycle_protocol::topic::{ItemKind, Standing as Role, VoteState};
use hemicycle_protocol::vote::{Form, Method, Preset, Rule};
use hemicycle_protocol::wire::{Command, RosterRow, VoteSpec};
use serde::Serialize;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;

/// An end for what hangs.
pub const LIMIT: Duration = Duration::from_secs(180);

/// See the module.
pub struct Ground {
    pub host: Host,
    pub session: Session,
    pub clerk: Clerk,
    pub item: ItemId,
    swarm: Swarm,
    seats: u16,
}

/// One vote.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Round {
    pub acknowledged: usize,
    pub press_to_receipt_ms: Option<Spread>,
}

/// Why nothing was measured.
#[derive(Debug, Error)]
pub enum GroundError {
    #[error(transparent)]
    Host(#[from] HostError),
    #[error(transparent)]
    Clerk(#[from] ClerkError),
    #[error(transparent)]
    Stuck(#[from] Stuck),
    #[error(transparent)]
    Io(#[from] std::io::Error),
    #[error("{0} was made and has no number")]
    NoNumber(&'static str),
    #[error("vote {0}: {1} of {2} have a receipt")]
    Receipts(VoteId, usize, u16),
}

impl Ground {
    /// With a meeting in session; the server writes what it says to `log`.
    pub async fn open(
        programs: &Programs,
        data: &Path,
        log: &Path,
        seats: u16,
        papers: Papers,
    ) -> Result<Self, GroundError> {
        let password = programs.set_clerk(data).await?;
        let host = programs.serve(data, 0, log).await?;
        let session = Session::sign_in(&host.address, CLERK, &password).await?;
        let clerk = Clerk::open(&session).await?;
        let row = |seat: u16| RosterRow {
            seat: SeatId(seat),
            name: format!("委员{seat}"),
            title: String::new(),
            standing: Role::Member,
            chair: seat == 1,
        };
        let people = (1..=seats).map(row).collect();
        clerk.ask(Command::ImportRoster { people, layout: vec![] }).await?;
        let (title, short) = ("决定".to_owned(), "决定".to_owned());
        let add = Command::AddItem { title, short, kind: ItemKind::Decision };
        let item = ItemId(clerk.ask(add).await?.made.ok_or(GroundError::NoNumber("an item"))?);
        let swarm = Swarm::start(Options {
            server: host.address.over_tls(),
            seats: (1..=seats).map(SeatId).collect(),
            press: Arc::new(Press::All(0)),
            pace: Pace::Together,
            papers,
            secret: [9; 32],
        });
        let seated = |now: &[Standing]| now.iter().all(|seat| seat.online);
        swarm.until("every seat", LIMIT, seated).await?;
        clerk.ask(Command::OpenSignIn).await?;
        let here = |now: &[Standing]| now.iter().all(|seat| seat.signed_in);
        swarm.until("everybody to sign in", LIMIT, here).await?;
        clerk.ask(Command::OpenMeeting).await?;
        clerk.ask(Command::StartItem { item }).await?;
        Ok(Self { host, session, clerk, item, swarm, seats })
    }

    /// One recorded vote in which everybody presses in the same instant.
    pub async fn round(&self) -> Result<Round, GroundError> {
        let Self { clerk, swarm, item, seats, .. } = self;
        let spec = VoteSpec {
            title: "决定".into(),
            form: Form::Motion,
            method: Method::Recorded,
            rule: Rule::preset(Preset::Committee),
            seconds: None,
            signatories: 0,
        };
        let made = clerk.ask(Command::AddVote { item: *item, spec }).await?.made;
        let vote = VoteId(made.ok_or(GroundError::NoNumber("a vote"))?);
        clerk.ask(Command::OpenVote { vote }).await?;
        let confirmed = |now: &[Standing]| now.iter().all(|seat| seat.confirmed == Some(vote));
        swarm.until("a receipt at every seat", LIMIT, confirmed).await?;
        clerk.ask(Command::CloseVote { vote }).await?;
        clerk.ask(Command::DeclareVote { vote }).await?;
        let over = |now: &[Standing]| {
            let declared = |seat: &Standing| {
                seat.vote.as_ref().is_some_and(|v| v.id == vote && v.state == VoteState::Declared)
            };
            now.iter().all(declared)
        };
        swarm.until("the result at every seat", LIMIT, over).await?;
        let report = swarm.vote(vote);
        let acknowledged = report.as_ref().map_or(0, |report| report.acknowledged);
        if acknowledged != usize::from(*seats) {
            return Err(GroundError::Receipts(vote, acknowledged, *seats));
        }
        let press_to_receipt_ms = report.and_then(|report| report.press_to_receipt_ms);
        Ok(Round { acknowledged, press_to_receipt_ms })
    }

    /// In order.
    pub async fn close(self) -> Result<(), GroundError> {
        let Self { host, clerk, item, swarm, .. } = self;
        clerk.ask(Command::FinishItem { item }).await?;
        clerk.ask(Command::CloseMeeting).await?;
        swarm.stop().await;
        drop(clerk);
        Ok(host.stop().await?)
    }
}

/// The middle p99 of some rounds in those of others.
pub fn ratio(these: &[Round], to: &[Round]) -> f64 {
    (middle(these) / middle(to) * 100.0).round() / 100.0
}

fn middle(rounds: &[Round]) -> f64 {
    let times = rounds.iter().filter_map(|round| round.press_to_receipt_ms);
    let mut p99: Vec<f64> = times.map(|spread| spread.p99).collect();
    p99.sort_by(f64::total_cmp);
    p99.get(p99.len() / 2).copied().unwrap_or_default()
}
