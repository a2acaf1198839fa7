//! Tells the local network that this server is there, so that terminals find it
//! without an address (DNS-SD over multicast DNS, a thread of `mdns-sd`). Nothing is
//! decided here and nothing is learnt: whoever connects is greeted as always.

use hemicycle_protocol::announcement::{Announcement, SERVICE};
use hemicycle_protocol::ids::Key;
use mdns_sd::{IfKind, ServiceDaemon, ServiceInfo};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// How long saying goodbye may take.
const GOODBYE: Duration = Duration::from_secs(1);

/// A server that is announced, until this is stopped.
pub struct Announced {
    daemon: ServiceDaemon,
    name: String,
}

/// Announces what listens on `at`; none where only this machine can reach it.
pub fn announce(
    at: SocketAddr,
    room: &str,
    server: Key,
) -> Result<Option<Announced>, mdns_sd::Error> {
    if at.ip().is_loopback() {
        return Ok(None);
    }
    let daemon = ServiceDaemon::new()?;
    let info = match service(at, room, server) {
        Ok(info) => info,
        Err(error) => {
            let _ = daemon.shutdown();
            return Err(error);
        }
    };
    let announced = Announced { daemon, name: info.get_fullname().to_owned() };
    // On the interfaces that it listens on, and no other.
    let daemon = &announced.daemon;
    if at.ip().is_unspecified() {
        let mut not = vec![IfKind::LoopbackV4, IfKind::LoopbackV6];
        if at.is_ipv4() {
            not.push(IfKind::IPv6);
        }
        daemon.disable_interface(not)?;
    } else {
        daemon.disable_interface(IfKind::All)?;
        daemon.enable_interface(IfKind::Addr(at.ip()))?;
    }
    daemon.register(info)?;
    Ok(Some(announced))
}

/// Named after its key: two rooms of the same name do not have to give way to each other.
fn service(at: SocketAddr, room: &str, server: Key) -> Result<ServiceInfo, mdns_sd::Error> {
    let key = server.to_string();
    let name = format!("hemicycle-{}", key.get(..16).unwrap_or_default());
    let host = format!("{name}.local.");
    let properties = Announcement::new(room, server).properties();
    let only: &[IpAddr] = if at.ip().is_unspecified() { &[] } else { &[at.ip()] };
    let info = ServiceInfo::new(SERVICE, &name, &host, only, at.port(), &properties[..])?;
    Ok(if only.is_empty() { info.enable_addr_auto() } else { info })
}

impl Announced {
    /// Takes the announcement back, so that terminals do not have to find out.
    pub async fn stop(self) {
        if let Ok(gone) = self.daemon.unregister(&self.name) {
            // Whoever does not hear it finds out by calling.
            let _ = tokio::time::timeout(GOODBYE, gone.recv_async()).await;
        }
    }
}

impl std::fmt::Debug for Announced {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Announced").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Drop for Announced {
    fn drop(&mut self) {
        // A thread that is already gone is as good.
        let _ = self.daemon.shutdown();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hemicycle_protocol::announcement::txt;
    use hemicycle_protocol::ids::Hex;

    const KEY: Key = Hex([0x5a; 32]);

    #[test]
    fn what_only_this_machine_reaches_is_not_announced() {
        for at in ["127.0.0.1:8480", "[::1]:8480"] {
            assert!(announce(at.parse().unwrap(), "东厅", KEY).unwrap().is_none(), "{at}");
        }
    }

    #[test]
    fn an_address_is_announced_as_it_was_given_and_all_of_them_as_they_come() {
        let one = service("10.0.0.5:8480".parse().unwrap(), "东厅", KEY).unwrap();
        assert!(!one.is_addr_auto());
        let addresses: Vec<_> = one.get_addresses_v4().into_iter().map(|a| a.to_string()).collect();
        assert_eq!(addresses, ["10.0.0.5"]);
        let all = service("0.0.0.0:8480".parse().unwrap(), "东厅", KEY).unwrap();
        assert!(all.is_addr_auto() && all.get_addresses_v4().is_empty());
        assert_eq!(all.get_property_val_str(txt::ROOM), Some("东厅"));
        assert_eq!(all.get_property_val_str(txt::SERVER), Some(KEY.to_string().as_str()));
        assert_eq!(all.get_fullname(), format!("hemicycle-5a5a5a5a5a5a5a5a.{SERVICE}"));
    }
}
