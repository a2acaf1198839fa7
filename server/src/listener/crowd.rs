//! How many connections one address may have, and how fast it may open them. Who
//! sits at this machine itself is not counted.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Connections that an address may open at once, and then in each second: a terminal that
/// comes back as fast as it can opens ten.
const BURST: u32 = 256;
const EACH_SECOND: u32 = 32;
/// Addresses that are remembered without a connection.
const MOST_IDLE: usize = 4096;

/// See the module.
#[derive(Debug)]
pub struct Crowd {
    most: u32,
    addresses: Mutex<HashMap<IpAddr, Guest>>,
}

#[derive(Debug)]
struct Guest {
    open: u32,
    /// Connections that it may open now.
    left: u32,
    filled: Instant,
}

/// A connection's place; it is given back when this is dropped.
#[derive(Debug)]
pub struct Place {
    crowd: Arc<Crowd>,
    address: Option<IpAddr>,
}

/// Why there is no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoPlace {
    TooMany,
    TooFast,
}

impl NoPlace {
    pub fn text(self) -> &'static str {
        match self {
            NoPlace::TooMany => "too many from one address",
            NoPlace::TooFast => "too fast from one address",
        }
    }
}

impl Crowd {
    /// So many connections an address.
    pub fn new(most: u32) -> Arc<Self> {
        Arc::new(Self { most, addresses: Mutex::default() })
    }

    /// A place for a connection from there.
    pub fn enter(self: &Arc<Self>, from: IpAddr, now: Instant) -> Result<Place, NoPlace> {
        let from = from.to_canonical();
        if from.is_loopback() {
            return Ok(Place { crowd: Arc::clone(self), address: None });
        }
        let address = house(from);
        let mut addresses = self.lock();
        if addresses.len() > MOST_IDLE {
            let idle = Duration::from_secs((BURST / EACH_SECOND).into());
            addresses.retain(|_, guest| guest.open > 0 || now - guest.filled < idle);
        }
        let new = || Guest { open: 0, left: BURST, filled: now };
        let guest = addresses.entry(address).or_insert_with(new);
        let seconds = now.saturating_duration_since(guest.filled).as_secs();
        if seconds > 0 {
            let more = u32::try_from(seconds).unwrap_or(u32::MAX).saturating_mul(EACH_SECOND);
            guest.left = guest.left.saturating_add(more).min(BURST);
            guest.filled = now;
        }
        if guest.open >= self.most {
            return Err(NoPlace::TooMany);
        }
        guest.left = guest.left.checked_sub(1).ok_or(NoPlace::TooFast)?;
        guest.open += 1;
        drop(addresses);
        Ok(Place { crowd: Arc::clone(self), address: Some(address) })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, Guest>> {
        self.addresses.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(address) = self.address else { return };
        if let Some(guest) = self.crowd.lock().get_mut(&address) {
            guest.open = guest.open.saturating_sub(1);
        }
    }
}

/// An IPv6 host has as many addresses as it likes of its network's 64 bits.
fn house(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(ip) => IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() & (u128::MAX << 64))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_has_so_many_places_and_gets_them_back() {
        let (crowd, now) = (Crowd::new(3), Instant::now());
        let mut places: Vec<_> =
            (0..3).map(|_| crowd.enter(ip("10.0.0.5"), now).unwrap()).collect();
        assert_eq!(crowd.enter(ip("10.0.0.5"), now).unwrap_err(), NoPlace::TooMany);
        assert_eq!(crowd.enter(ip("::ffff:10.0.0.5"), now).unwrap_err(), NoPlace::TooMany);
        crowd.enter(ip("10.0.0.6"), now).unwrap();
        places.pop();
        crowd.enter(ip("10.0.0.5"), now).unwrap();
        let _six: Vec<_> = (1..=3).map(|n| crowd.enter(ip(&format!("fd00::{n}")), now)).collect();
        assert_eq!(crowd.enter(ip("fd00::9"), now).unwrap_err(), NoPlace::TooMany);
        crowd.enter(ip("fd00:0:0:1::9"), now).unwrap();
    }

    #[test]
    fn who_comes_and_goes_too_fast_waits_and_this_machine_does_not() {
        let (crowd, now) = (Crowd::new(2), Instant::now());
        let come = |at| (0..2 * BURST).filter(|_| crowd.enter(ip("10.0.0.5"), at).is_ok()).count();
        assert_eq!(come(now), BURST as usize);
        assert_eq!(come(now + Duration::from_secs(2)), 2 * EACH_SECOND as usize);
        let here: Vec<_> = (0..1000).map(|_| crowd.enter(ip("127.0.0.1"), now).unwrap()).collect();
        assert_eq!(here.len(), 1000);
    }

    #[test]
    fn addresses_without_a_connection_are_forgotten() {
        let (crowd, now) = (Crowd::new(1), Instant::now());
        let later = now + Duration::from_secs(100);
        let _stays = crowd.enter(ip("10.9.9.9"), now).unwrap();
        for n in 0..=MOST_IDLE {
            let bits = 0x0a00_0000 + u32::try_from(n).unwrap();
            crowd.enter(IpAddr::V4(bits.into()), now).unwrap();
        }
        crowd.enter(ip("10.8.8.8"), later).unwrap();
        assert_eq!(crowd.lock().len(), 2);
    }
}
