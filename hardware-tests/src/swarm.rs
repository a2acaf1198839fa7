//! Virtual seats: many seats in one process, each the terminal's own logic
//! with a key and a socket of its own. They sign in, press by script, and what
//! they see is measured. The server cannot tell them from terminals.

mod measure;
mod papers;
mod press;
mod report;
mod seat;
mod table;

pub use measure::kind;
pub use papers::Papers;
pub use press::{Pace, Press};
pub use report::{Report, VoteReport};
pub use table::{Seen, Standing};

use crate::socket::{Address, Traffic};
use hemicycle_protocol::ids::{SeatId, VoteId};
use hemicycle_terminal::seat::Memo;
use measure::Measure;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use table::Table;
use thiserror::Error;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

/// Connections that are being opened at a time, so that nobody's backlog overflows.
const OPENING: usize = 128;
/// When so long no further seat has become ready to press, the others are not waited for.
const GRACE: Duration = Duration::from_secs(3);
/// The table is looked at this often at most.
const LOOK: Duration = Duration::from_millis(2);

/// What the seats are told.
#[derive(Clone, Debug)]
pub struct Options {
    pub server: Address,
    pub seats: Vec<SeatId>,
    pub press: Arc<Press>,
    pub pace: Pace,
    pub papers: Papers,
    /// The seats' keys are made of it: the same secret makes the same keys.
    pub secret: [u8; 32],
}

/// Something that was waited for did not come.
#[derive(Debug, Error)]
#[error("waited {limit:?} in vain for {what}; {state}")]
pub struct Stuck {
    pub what: String,
    pub limit: Duration,
    pub state: String,
}

/// Seats at work.
#[derive(Debug)]
pub struct Swarm {
    shared: Arc<Shared>,
    tasks: JoinSet<()>,
    stop: watch::Sender<bool>,
}

/// What all seats have in common.
#[derive(Debug)]
struct Shared {
    server: Address,
    press: Arc<Press>,
    pace: Pace,
    papers: Papers,
    table: Table,
    measure: Measure,
    traffic: Arc<Traffic>,
    opening: Semaphore,
    /// Jobs that run at a time: as many as there are processors.
    workers: Arc<Semaphore>,
    /// Checked once for all seats.
    memo: Memo,
    /// When everybody pressed, for each vote.
    starts: watch::Sender<Arc<BTreeMap<VoteId, Instant>>>,
    paper_bytes: AtomicU64,
    began: Instant,
}

impl Shared {
    fn let_press(&self, vote: VoteId) {
        let now = Instant::now();
        self.measure.started(vote, now);
        self.starts.send_modify(|starts| {
            Arc::make_mut(starts).insert(vote, now);
        });
    }
}

impl Swarm {
    /// Starts all seats. Must be called within a runtime.
    pub fn start(options: Options) -> Self {
        let Options { server, seats, press, pace, papers, secret } = options;
        let shared = Arc::new(Shared {
            server,
            press,
            pace,
            papers,
            table: Table::new(&seats),
            measure: Measure::default(),
            traffic: Arc::default(),
            opening: Semaphore::new(OPENING),
            workers: Arc::new(Semaphore::new(processors())),
            memo: Memo::default(),
            starts: watch::Sender::default(),
            paper_bytes: AtomicU64::new(0),
            began: Instant::now(),
        });
        let (stop, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        for (place, seat) in seats.into_iter().enumerate() {
            let key = derive(b"key", &secret, seat);
            let names = derive(b"names", &secret, seat);
            let shared = Arc::clone(&shared);
            tasks.spawn(seat::run(shared, place, seat, key, names, stopped.clone()));
        }
        match pace {
            Pace::Together => {
                tasks.spawn(call_starts(Arc::clone(&shared), stopped));
            }
            Pace::Within(_) | Pace::WhenTold => {}
        }
        Self { shared, tasks, stop }
    }

    /// Waits until the seats are as `good` wants them.
    pub async fn until(
        &self,
        what: &str,
        limit: Duration,
        good: impl Fn(&[Standing]) -> bool,
    ) -> Result<(), Stuck> {
        let wait = async {
            let mut changes = self.shared.table.changes();
            while !self.shared.table.look(&good) {
                // The table lives as long as we do.
                let _ = changes.changed().await;
                tokio::time::sleep(LOOK).await;
            }
        };
        tokio::time::timeout(limit, wait).await.map_err(|_| Stuck {
            what: what.to_owned(),
            limit,
            state: self.shared.table.look(table::summary),
        })
    }

    /// Lets all press that are ready, in the same instant; for [`Pace::WhenTold`].
    pub fn let_press(&self, vote: VoteId) {
        self.shared.let_press(vote);
    }

    /// A look at all seats.
    pub fn look<T>(&self, look: impl FnOnce(&[Standing]) -> T) -> T {
        self.shared.table.look(look)
    }

    /// What was measured of one vote so far.
    pub fn vote(&self, vote: VoteId) -> Option<VoteReport> {
        self.shared.measure.vote(vote)
    }

    /// The votes in which somebody pressed or saw something.
    pub fn votes(&self) -> Vec<VoteId> {
        self.shared.measure.votes()
    }

    /// Everything that was measured so far.
    pub fn report(&self) -> Report {
        let shared = &self.shared;
        let measured = shared.measure.report();
        shared
            .table
            .look(|standings| Report::new(standings, &shared.traffic, measured))
            .with_papers(shared.paper_bytes.load(Ordering::Relaxed))
    }

    /// Sends everybody home.
    pub async fn stop(mut self) -> Report {
        self.stop.send_replace(true);
        while self.tasks.join_next().await.is_some() {}
        self.report()
    }
}

/// Lets all press in the same instant: when everybody who will press is ready
/// to, or when the number of those who are has stood still for a short grace.
async fn call_starts(shared: Arc<Shared>, mut stopped: watch::Receiver<bool>) {
    let mut changes = shared.table.changes();
    // How many were ready, and since when.
    let mut ready: BTreeMap<VoteId, (usize, Instant)> = BTreeMap::new();
    loop {
        let called = Arc::clone(&shared.starts.borrow());
        let waiting = shared.table.look(|standings| table::armed(standings, &called));
        for (vote, armed, missing) in &waiting {
            let (before, since) = ready.entry(*vote).or_insert_with(|| (0, Instant::now()));
            if *before != *armed {
                (*before, *since) = (*armed, Instant::now());
            }
            if *missing == 0 || since.elapsed() >= GRACE {
                shared.let_press(*vote);
            }
        }
        // While somebody waits, the grace has to be noticed too.
        let look_again = async {
            match waiting.is_empty() {
                true => std::future::pending().await,
                false => tokio::time::sleep(GRACE / 10).await,
            }
        };
        tokio::select! {
            () = told_to_stop(&mut stopped) => return,
            _ = changes.changed() => tokio::time::sleep(LOOK).await,
            () = look_again => {}
        }
    }
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

async fn told_to_stop(stopped: &mut watch::Receiver<bool>) {
    // An error is the swarm gone: that is a stop too.
    let _ = stopped.wait_for(|stop| *stop).await;
}

/// About `time`, another one for each seat: nobody comes back in one instant.
fn derive_wait(time: Duration, seat: SeatId) -> Duration {
    time + time.mul_f64(f64::from(seat.0 % 100) / 100.0)
}

fn derive(what: &[u8], secret: &[u8; 32], seat: SeatId) -> [u8; 32] {
    let mut sha = Sha256::new();
    sha.update(b"hemicycle virtual seat\n");
    sha.update(what);
    sha.update(secret);
    sha.update(seat.0.to_be_bytes());
    sha.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_seat_has_its_own_key_and_the_same_one_again() {
        let secret = [7; 32];
        let key = |seat| derive(b"key", &secret, SeatId(seat));
        assert_eq!(key(1), key(1));
        assert_ne!(key(1), key(2));
        assert_ne!(key(1), derive(b"names", &secret, SeatId(1)));
        assert_ne!(key(1), derive(b"key", &[8; 32], SeatId(1)));
    }
}
