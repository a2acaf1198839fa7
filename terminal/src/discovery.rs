//! Listens to the network for servers that announce themselves. The listening
//! itself is a thread of `mdns-sd`, on all interfaces that the machine has or gets;
//! here what it hears becomes messages. What follows from them is `seat/finding.rs`.

use crate::seat::{Heard, Msg};
use hemicycle_protocol::announcement::{Announcement, SERVICE};
use mdns_sd::{ResolvedService, ServiceDaemon, ServiceEvent};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tokio::sync::mpsc;

/// Messages that may wait for the seat.
pub const QUEUE: usize = 256;
/// After a failure.
const AGAIN: Duration = Duration::from_secs(5);

/// Listens until `to` is closed.
pub async fn listen(to: mpsc::Sender<Msg>) {
    let mut said = false;
    while !to.is_closed() {
        if let Err(error) = hear(&to).await {
            // A machine without a network yet: said once, tried on.
            if !std::mem::replace(&mut said, true) {
                tracing::warn!(%error, "cannot listen for servers on the network");
            }
            if to.send(Msg::Deaf).await.is_err() {
                return;
            }
        }
        tokio::time::sleep(AGAIN).await;
    }
}

async fn hear(to: &mpsc::Sender<Msg>) -> Result<(), mdns_sd::Error> {
    let daemon = Daemon(ServiceDaemon::new()?);
    let events = daemon.0.browse(SERVICE)?;
    loop {
        let event = tokio::select! {
            event = events.recv_async() => event,
            () = to.closed() => return Ok(()),
        };
        let msg = match event {
            Ok(ServiceEvent::ServiceResolved(service)) => heard(&service).map(Msg::Heard),
            Ok(ServiceEvent::ServiceRemoved(_, name)) => Some(Msg::HeardNoMore { name }),
            // What is left was asked for, or is not the whole of it yet.
            Ok(_) => None,
            // Whoever floods the network ends the search; it begins again.
            Err(_) => return Ok(()),
        };
        if let Some(msg) = msg
            && to.send(msg).await.is_err()
        {
            return Ok(());
        }
    }
}

/// Ends its thread.
struct Daemon(ServiceDaemon);

impl Drop for Daemon {
    fn drop(&mut self) {
        // A thread that is already gone is as good.
        let _ = self.0.shutdown();
    }
}

fn heard(service: &ResolvedService) -> Option<Heard> {
    let said = Announcement::read(|key| service.get_property_val(key).flatten())?;
    let ips = service.get_addresses().iter().map(|scoped| scoped.to_ip_addr());
    let mut addresses: Vec<SocketAddr> =
        ips.filter(reachable).map(|ip| SocketAddr::new(ip, service.get_port())).collect();
    addresses.sort();
    (!addresses.is_empty()).then(|| Heard {
        name: service.get_fullname().to_owned(),
        said,
        addresses,
    })
}

/// An address that means the same on another machine. IPv6 within one link is left out: it
/// means nothing without the interface.
fn reachable(ip: &IpAddr) -> bool {
    let near = match ip {
        IpAddr::V4(_) => false,
        IpAddr::V6(ip) => ip.is_unicast_link_local(),
    };
    !(near || ip.is_loopback() || ip.is_unspecified() || ip.is_multicast())
}

#[cfg(test)]
mod tests {
    use super::*;
    use hemicycle_protocol::ids::Hex;
    use mdns_sd::ServiceInfo;

    fn announced(addresses: &str, properties: &[(&str, &str)]) -> Option<Heard> {
        let info = ServiceInfo::new(SERVICE, "hall", "hall.local.", addresses, 8480, properties);
        heard(&info.unwrap().as_resolved_service())
    }

    #[test]
    fn an_announcement_says_who_and_where() {
        let said = Announcement::new("东厅", Hex([7; 32]));
        let properties = said.properties();
        let properties: Vec<_> = properties.iter().map(|(k, v)| (*k, v.as_str())).collect();
        let all = "192.168.1.10,127.0.0.1,fe80::1,fd00::5,0.0.0.0,224.0.0.251";
        let heard = announced(all, &properties).unwrap();
        assert_eq!(heard.said, said);
        let addresses: Vec<_> = heard.addresses.iter().map(ToString::to_string).collect();
        assert_eq!(addresses, ["192.168.1.10:8480", "[fd00::5]:8480"]);
        assert_eq!(announced("127.0.0.1", &properties), None);
        assert_eq!(announced(all, &properties[..2]), None);
    }
}
