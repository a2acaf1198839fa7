//! In front of everything that costs a hash: how often an address may be wrong,
//! how many may wait, and that never more than one is at work. Nothing here knows
//! names of accounts, so nobody can lock a clerk out by being wrong in the clerk's
//! name.

use super::lock;
use hemicycle_protocol::ids::Millis;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Wrong tries that an address has to begin with.
const TRIES: u32 = 10;
/// How long it takes until it has one more.
const AGAIN_MS: i64 = 6_000;
/// Of one address, so many wait or are at work at a time.
const EACH: u32 = 2;
/// Of all addresses: each takes a processor for some 20 ms and 19 MiB, one by one.
const WAITING: usize = 32;
/// Addresses that are remembered at most.
const ADDRESSES: usize = 4096;

/// See the module.
#[derive(Debug)]
pub struct Gate {
    places: Arc<Semaphore>,
    turn: Semaphore,
    known: Mutex<HashMap<IpAddr, Known>>,
}

#[derive(Clone, Copy, Debug)]
struct Known {
    left: u32,
    at: Millis,
    inside: u32,
}

/// Let in; whoever was right says so before it is dropped.
#[derive(Debug)]
pub struct Pass<'a> {
    inside: Inside<'a>,
    _place: OwnedSemaphorePermit,
    _turn: tokio::sync::SemaphorePermit<'a>,
}

impl Default for Gate {
    fn default() -> Self {
        Self {
            places: Arc::new(Semaphore::new(WAITING)),
            turn: Semaphore::new(1),
            known: Mutex::default(),
        }
    }
}

impl Gate {
    /// Lets a try of this address in, when its turn has come. None: too fast.
    pub async fn enter(&self, address: IpAddr, now: Millis) -> Option<Pass<'_>> {
        let address = of(address);
        let place = Arc::clone(&self.places).try_acquire_owned().ok()?;
        if !self.begin(address, now) {
            return None;
        }
        // From here on it is counted as inside, also if whoever waits leaves.
        let inside = Inside { gate: self, address, right: false };
        let turn = self.turn.acquire().await.ok()?;
        Some(Pass { inside, _place: place, _turn: turn })
    }

    fn begin(&self, address: IpAddr, now: Millis) -> bool {
        let mut known = lock(&self.known);
        if known.len() >= ADDRESSES && !known.contains_key(&address) {
            known.retain(|_, k| k.inside > 0 || k.refilled(now).left < TRIES);
            if known.len() >= ADDRESSES {
                return false;
            }
        }
        let entry = known.entry(address).or_insert(Known { left: TRIES, at: now, inside: 0 });
        *entry = entry.refilled(now);
        if entry.left == 0 || entry.inside >= EACH {
            return false;
        }
        entry.left -= 1;
        entry.inside += 1;
        true
    }

    fn finish(&self, address: IpAddr, right: bool) {
        if let Some(entry) = lock(&self.known).get_mut(&address) {
            entry.inside = entry.inside.saturating_sub(1);
            if right {
                entry.left = (entry.left + 1).min(TRIES);
            }
        }
    }
}

impl Known {
    fn refilled(self, now: Millis) -> Self {
        let whole = (now.0 - self.at.0).max(0) / AGAIN_MS;
        let left = self.left.saturating_add(u32::try_from(whole).unwrap_or(u32::MAX)).min(TRIES);
        Self { left, at: Millis(self.at.0 + whole * AGAIN_MS), ..self }
    }
}

impl Pass<'_> {
    /// It was right: that costs the address nothing.
    pub fn was_right(mut self) {
        self.inside.right = true;
    }
}

/// Somebody who waits, and may leave, or whose turn it is.
#[derive(Debug)]
struct Inside<'a> {
    gate: &'a Gate,
    address: IpAddr,
    right: bool,
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.gate.finish(self.address, self.right);
    }
}

/// A host has as many IPv6 addresses as it likes within its network.
fn of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(v4) => IpAddr::V4(v4),
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[tokio::test]
    async fn an_address_that_is_wrong_waits_and_no_other_does() {
        let gate = Gate::default();
        let (bad, good) = (at("10.0.0.66"), at("10.0.0.7"));
        for _ in 0..TRIES {
            drop(gate.enter(bad, Millis(0)).await.unwrap());
        }
        assert!(gate.enter(bad, Millis(AGAIN_MS - 1)).await.is_none());
        assert!(gate.enter(good, Millis(0)).await.is_some());
        drop(gate.enter(bad, Millis(AGAIN_MS)).await.unwrap());
        assert!(gate.enter(bad, Millis(AGAIN_MS)).await.is_none(), "one more, not all");
    }

    #[tokio::test]
    async fn being_right_costs_nothing() {
        let gate = Gate::default();
        for _ in 0..3 * TRIES {
            gate.enter(at("10.0.0.7"), Millis(0)).await.unwrap().was_right();
        }
        assert!(gate.enter(at("10.0.0.7"), Millis(0)).await.is_some());
    }

    #[tokio::test]
    async fn the_queue_is_bounded_and_who_leaves_makes_room() {
        let gate = Gate::default();
        let working = gate.enter(at("10.0.0.1"), Millis(0)).await.unwrap();
        let mut second = Box::pin(gate.enter(at("10.0.0.1"), Millis(0)));
        assert!(futures_util::poll!(&mut second).is_pending());
        assert!(gate.enter(at("10.0.0.1"), Millis(0)).await.is_none(), "a third of one address");
        let mut others: Vec<_> = (2..=WAITING - 1)
            .map(|n| Box::pin(gate.enter(at(&format!("10.0.0.{n}")), Millis(0))))
            .collect();
        for other in &mut others {
            assert!(futures_util::poll!(other).is_pending());
        }
        assert!(gate.enter(at("10.0.1.1"), Millis(0)).await.is_none(), "the queue is full");
        others.clear();
        drop(second);
        drop(working);
        assert!(gate.enter(at("10.0.1.1"), Millis(0)).await.is_some());
        assert!(lock(&gate.known).values().all(|k| k.inside == 0));
    }

    #[test]
    fn a_network_of_one_host_is_one_address() {
        assert_eq!(of(at("2001:db8:1:2:3::4")), of(at("2001:db8:1:2:ffff::1")));
        assert_ne!(of(at("2001:db8:1:2::1")), of(at("2001:db8:1:3::1")));
        assert_eq!(of(at("::ffff:10.0.0.1")), at("10.0.0.1"));
    }
}
