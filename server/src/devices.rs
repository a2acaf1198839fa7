//! The terminals: which are connected, what they call themselves, which seat
//! they wish for, which papers they hold. None of this is in the log; which
//! terminal has which seat is.

use hemicycle_protocol::ids::{Hash, Key, Millis, SeatId};
use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::{oneshot, watch};

/// Terminals that are remembered at most: those of the largest congress, and
/// as many again that knock.
const MOST: usize = 8192;

/// See the module.
#[derive(Debug)]
pub struct Devices {
    known: Mutex<HashMap<Key, Device>>,
    /// Those with a wish who came since somebody asked last.
    newcomers: Mutex<Vec<(Key, SeatId)>>,
    /// Counts the changes.
    changes: watch::Sender<u64>,
}

/// One terminal.
#[derive(Debug)]
struct Device {
    wish: Option<SeatId>,
    /// What it shows to be compared, on this connection.
    code: Option<String>,
    client: String,
    since: Millis,
    /// Its connection; dropping the sender tells it to end.
    connection: Option<(u64, oneshot::Sender<()>)>,
    /// Papers that it said it holds, since it came.
    held: HashSet<Hash>,
}

/// A terminal as others see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    pub terminal: Key,
    pub wish: Option<SeatId>,
    pub code: Option<String>,
    pub online: bool,
    pub since: Millis,
    pub client: String,
}

/// A terminal's connection, as long as it lasts.
#[derive(Debug)]
pub struct Presence {
    pub terminal: Key,
    number: u64,
    /// Ready when the same terminal has connected again.
    pub replaced: oneshot::Receiver<()>,
}

impl Default for Devices {
    fn default() -> Self {
        Self {
            known: Mutex::default(),
            newcomers: Mutex::default(),
            changes: watch::Sender::new(0),
        }
    }
}

impl Devices {
    /// A terminal has shown who it is. None: there are too many already.
    pub fn arrive(
        &self,
        terminal: Key,
        wish: Option<SeatId>,
        client: String,
        now: Millis,
        number: u64,
    ) -> Option<Presence> {
        let (tell, replaced) = oneshot::channel();
        {
            let mut known = self.lock();
            if known.len() >= MOST && !known.contains_key(&terminal) {
                // Those who only knocked go first.
                known.retain(|_, d| d.connection.is_some());
                if known.len() >= MOST {
                    return None;
                }
            }
            let connection = Some((number, tell));
            let held = HashSet::new();
            let device = Device { wish, code: None, client, since: now, connection, held };
            known.insert(terminal, device);
        }
        if let Some(seat) = wish {
            let mut newcomers = lock(&self.newcomers);
            if newcomers.len() < MOST {
                newcomers.push((terminal, seat));
            }
        }
        self.changes.send_modify(|c| *c += 1);
        Some(Presence { terminal, number, replaced })
    }

    /// What a terminal shows on this connection, so that it can be compared.
    pub fn shows(&self, presence: &Presence, code: String) {
        let mut known = self.lock();
        if let Some(device) = known.get_mut(&presence.terminal)
            && device.connection.as_ref().is_some_and(|(n, _)| *n == presence.number)
        {
            device.code = Some(code);
            drop(known);
            self.changes.send_modify(|c| *c += 1);
        }
    }

    /// The connection is over.
    pub fn leave(&self, presence: &Presence, now: Millis) {
        let mut known = self.lock();
        if let Some(device) = known.get_mut(&presence.terminal)
            && device.connection.as_ref().is_some_and(|(n, _)| *n == presence.number)
        {
            device.connection = None;
            device.code = None;
            device.held = HashSet::new();
            device.since = now;
            drop(known);
            self.changes.send_modify(|c| *c += 1);
        }
    }

    /// Papers of the meeting that a terminal holds whole; tells whether that was news.
    pub fn holds(&self, terminal: &Key, papers: impl Iterator<Item = Hash>) -> bool {
        let mut known = self.lock();
        let Some(device) = known.get_mut(terminal).filter(|d| d.connection.is_some()) else {
            return false;
        };
        let before = device.held.len();
        device.held.extend(papers);
        device.held.len() > before
    }

    /// Which connected terminals hold each of these.
    pub fn holders(&self, papers: &[Hash]) -> Vec<HashSet<Key>> {
        let known = self.lock();
        let of = |paper: &Hash| {
            let holders = known.iter().filter(|(_, device)| device.held.contains(paper));
            holders.map(|(terminal, _)| *terminal).collect()
        };
        papers.iter().map(of).collect()
    }

    /// All of them, in the order of their keys.
    pub fn seen(&self) -> Vec<Seen> {
        let known = self.lock();
        let mut seen: Vec<Seen> = known
            .iter()
            .map(|(terminal, d)| Seen {
                terminal: *terminal,
                wish: d.wish,
                code: d.code.clone(),
                online: d.connection.is_some(),
                since: d.since,
                client: d.client.clone(),
            })
            .collect();
        seen.sort_by_key(|s| s.terminal);
        seen
    }

    /// How many are connected.
    pub fn online(&self) -> usize {
        self.lock().values().filter(|d| d.connection.is_some()).count()
    }

    /// Those who came with a wish since this was asked last.
    pub fn newcomers(&self) -> Vec<(Key, SeatId)> {
        std::mem::take(&mut *lock(&self.newcomers))
    }

    /// Those connected that wish for a seat.
    pub fn wishes(&self) -> Vec<(Key, SeatId)> {
        let known = self.lock();
        let mut wishes: Vec<_> = known
            .iter()
            .filter(|(_, d)| d.connection.is_some())
            .filter_map(|(terminal, d)| d.wish.map(|seat| (*terminal, seat)))
            .collect();
        wishes.sort();
        wishes
    }

    /// Tells of changes.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Device>> {
        lock(&self.known)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hemicycle_protocol::ids::Hex;

    #[test]
    fn the_last_connection_of_a_terminal_counts() {
        let devices = Devices::default();
        let key = Hex([1; 32]);
        let seat = Some(SeatId(3));
        let mut first = devices.arrive(key, seat, "a".into(), Millis(1), 1).unwrap();
        let second = devices.arrive(key, seat, "b".into(), Millis(2), 2).unwrap();
        assert!(first.replaced.try_recv().is_err());
        devices.leave(&first, Millis(3));
        devices.shows(&first, "old".into());
        assert_eq!((devices.online(), devices.seen()[0].code.as_deref()), (1, None));
        devices.shows(&second, "WERC-8GMR".into());
        assert_eq!(devices.seen()[0].code.as_deref(), Some("WERC-8GMR"));
        assert_eq!(devices.wishes(), vec![(key, SeatId(3))]);
        assert_eq!(devices.newcomers(), vec![(key, SeatId(3)); 2]);
        assert!(devices.newcomers().is_empty());
        let paper = Hex([7; 32]);
        assert!(devices.holds(&key, [paper].into_iter()));
        assert!(!devices.holds(&key, [paper].into_iter()), "it was known");
        assert!(!devices.holds(&Hex([2; 32]), [paper].into_iter()), "nobody of that key is here");
        assert_eq!(devices.holders(&[paper, Hex([8; 32])]), [[key].into(), [].into()]);
        devices.leave(&second, Millis(4));
        assert_eq!(devices.holders(&[paper]), [[].into()], "what it holds then is not known");
        let seen = devices.seen();
        assert_eq!((seen.len(), seen[0].online, seen[0].since), (1, false, Millis(4)));
        assert!(devices.wishes().is_empty());
    }
}
