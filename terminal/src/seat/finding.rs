//! Which server to call where nobody has said its address. Servers announce
//! themselves on the network; a technician picks one of them, and from then on the
//! terminal looks for that server's key, wherever it is. What is announced is only
//! a place to try: `trust` decides who answers there.

use super::{Contact, Effect, Pin, State};
use hemicycle_protocol::announcement::Announcement;
use hemicycle_protocol::ids::{Key, Millis};
use hemicycle_protocol::wire;
use std::collections::BTreeMap;
use std::net::SocketAddr;

/// Announcements that are kept. A room has one.
const MOST_HEARD: usize = 64;
/// Addresses of one announcement that are kept, and that are called without waiting.
const MOST_ADDRESSES: usize = 8;
/// A room that is picked by its name alone is picked after so long, in milliseconds: another one
/// of that name would be heard by then.
const SETTLE: i64 = 3000;
/// From so many calls in vain on the screen says that the server is looked for.
pub(crate) const IN_VAIN: u32 = 2;

/// What a server says of itself on the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// How it is called there; what is taken back is taken back by this.
    pub name: String,
    pub said: Announcement,
    pub addresses: Vec<SocketAddr>,
}

/// A room of the list: one key, however often it was heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundRoom {
    pub room: String,
    pub server: Key,
    /// It speaks another version.
    pub strange: bool,
    pub addresses: Vec<SocketAddr>,
}

/// See the module.
#[derive(Debug, Clone, Default)]
pub struct Finding {
    heard: BTreeMap<String, Heard>,
    /// What a technician picked, until a server has given this terminal a seat.
    picked: Option<Pin>,
    /// The room that is to be picked without a technician, by its name.
    wanted: Option<String>,
    wanted_since: Option<Millis>,
    /// Where the server was when it last answered, as it is kept for the next start.
    last: Option<String>,
    /// What is called now.
    at: Option<String>,
    calls: usize,
    /// Addresses that were called without waiting since the last welcome.
    hurried: usize,
    /// The network cannot be listened to.
    pub deaf: bool,
}

impl Finding {
    /// `last` is where the server was when it last answered; `wanted` the room to pick by itself.
    pub fn new(picked: Option<Pin>, last: Option<String>, wanted: Option<String>) -> Self {
        Self { picked, last, wanted, ..Self::default() }
    }

    /// The rooms that can be picked, by name.
    pub fn found(&self) -> Vec<FoundRoom> {
        let mut rooms: BTreeMap<(&str, Key), FoundRoom> = BTreeMap::new();
        for Heard { said, addresses, .. } in self.heard.values() {
            let Announcement { room, server, protocol } = said;
            let row = rooms.entry((room, *server)).or_insert_with(|| FoundRoom {
                room: room.clone(),
                server: *server,
                strange: *protocol != wire::VERSION,
                addresses: Vec::new(),
            });
            row.addresses.extend(addresses);
            row.addresses.sort();
            row.addresses.dedup();
        }
        rooms.into_values().collect()
    }

    /// Another server that calls itself like this one.
    pub(crate) fn namesake(&self, of: &Pin) -> Option<Key> {
        let mut heard = self.heard.values().map(|heard| &heard.said);
        let here = self.heard.values().any(|heard| heard.said.server == of.server);
        let other = heard.find(|said| said.room == of.room && said.server != of.server);
        other.filter(|_| !here).map(|said| said.server)
    }

    /// Where the server with this key may be: first what was heard, then where it was.
    fn places(&self, server: Key) -> Vec<String> {
        let heard = self.heard.values().filter(|heard| heard.said.server == server);
        let mut places: Vec<String> = heard.flat_map(|h| h.addresses.iter().map(place)).collect();
        places.extend(self.last.clone());
        let mut seen = std::collections::BTreeSet::new();
        places.retain(|place| seen.insert(place.clone()));
        places
    }

    /// The only room of the wanted name, and since when there is one.
    fn only_wanted(&self) -> Option<FoundRoom> {
        let wanted = self.wanted.as_ref()?;
        let mut named = self.found().into_iter().filter(|f| f.room == *wanted && !f.strange);
        named.next().filter(|_| named.next().is_none())
    }
}

fn place(at: &SocketAddr) -> String {
    format!("wss://{at}{}", wire::PATH)
}

impl State {
    /// The server that this terminal means: its own, or the one that was picked.
    pub fn expected(&self) -> Option<&Pin> {
        self.pin.as_ref().or_else(|| self.finding.as_ref()?.picked.as_ref())
    }

    /// Is it free to be sent to another room? Not once a server has given it a seat.
    pub fn may_pick(&self) -> bool {
        self.finding.is_some() && self.pin.is_none()
    }

    /// Nobody has said whom to call.
    pub(super) fn has_nobody_to_call(&self) -> bool {
        self.finding.is_some() && self.expected().is_none()
    }

    /// Opens the socket, to the next place where the server may be.
    pub(super) fn call(&mut self, after: u32, effects: &mut Vec<Effect>) {
        let server = self.expected().map(|pin| pin.server);
        if let Some(finding) = &mut self.finding {
            let Some(server) = server else { return };
            let places = finding.places(server);
            let turn = finding.calls.checked_rem(places.len()).unwrap_or(0);
            finding.calls = finding.calls.wrapping_add(1);
            let Some(place) = places.into_iter().nth(turn) else { return };
            if finding.at.as_ref() != Some(&place) {
                finding.at = Some(place.clone());
                effects.push(Effect::CallAt { place });
            }
        }
        effects.push(Effect::Connect { after });
    }

    /// The server answered, and is the right one: the next call begins here.
    pub(super) fn answered_here(&mut self) {
        if let Some(finding) = &mut self.finding {
            finding.calls = 0;
            finding.hurried = 0;
        }
    }

    /// It answered at another place than the one that is kept.
    pub(super) fn has_moved(&mut self) -> bool {
        let Some(finding) = &mut self.finding else { return false };
        let moved = finding.last != finding.at;
        finding.last.clone_from(&finding.at);
        moved
    }

    pub(super) fn heard(&mut self, mut heard: Heard, effects: &mut Vec<Effect>) {
        let expected = self.expected().map(|pin| pin.server);
        let Some(finding) = &mut self.finding else { return };
        heard.addresses.truncate(MOST_ADDRESSES);
        let own = expected == Some(heard.said.server);
        if finding.heard.len() >= MOST_HEARD && !finding.heard.contains_key(&heard.name) {
            // Whoever shouts much must not hide the one that is looked for.
            let other = finding.heard.iter().find(|(_, h)| Some(h.said.server) != expected);
            let other = other.map(|(name, _)| name.clone());
            match other {
                Some(name) if own => finding.heard.remove(&name),
                Some(_) | None => return,
            };
        }
        finding.deaf = false;
        let known = expected.map(|server| finding.places(server)).unwrap_or_default();
        finding.heard.insert(heard.name.clone(), heard);
        let new =
            own && expected.is_some_and(|s| finding.places(s).iter().any(|p| !known.contains(p)));
        if new {
            // What is new comes first.
            finding.calls = 0;
        }
        if new && finding.hurried < MOST_ADDRESSES && self.waits_to_call() {
            if let Some(finding) = &mut self.finding {
                finding.hurried += 1;
            }
            self.call(0, effects);
        }
        self.pick_wanted(effects);
    }

    pub(super) fn heard_no_more(&mut self, name: &str) {
        if let Some(finding) = &mut self.finding {
            finding.heard.remove(name);
        }
    }

    pub(super) fn is_deaf(&mut self) {
        if let Some(finding) = &mut self.finding {
            finding.heard.clear();
            finding.deaf = true;
        }
    }

    /// No connection stands, and none has come so far that it should not be given up.
    fn waits_to_call(&self) -> bool {
        match self.contact {
            Contact::Idle | Contact::Calling { .. } => true,
            Contact::Refused { .. } | Contact::Distrusted { .. } => self.channel.is_none(),
            Contact::Greeting { .. } | Contact::Welcomed | Contact::Back { .. } => false,
        }
    }

    /// The room that was asked for by name, as soon as it is clear that it is the only one.
    pub(super) fn pick_wanted(&mut self, effects: &mut Vec<Effect>) {
        if !self.has_nobody_to_call() {
            return;
        }
        let now = self.now;
        let Some(finding) = &mut self.finding else { return };
        let Some(found) = finding.only_wanted() else {
            finding.wanted_since = None;
            return;
        };
        let since = *finding.wanted_since.get_or_insert(now);
        if now.0.saturating_sub(since.0) >= SETTLE {
            self.pick(found.server, effects);
        }
    }

    /// When `pick_wanted` is to be asked again.
    pub(super) fn picks_at(&self) -> Option<Millis> {
        let since = self.finding.as_ref().filter(|_| self.has_nobody_to_call())?.wanted_since?;
        Some(Millis(since.0.saturating_add(SETTLE)).max(self.now))
    }

    /// A technician means this one.
    pub(super) fn pick(&mut self, server: Key, effects: &mut Vec<Effect>) {
        if !self.may_pick() {
            return;
        }
        let Some(finding) = &mut self.finding else { return };
        let rooms = finding.found();
        let Some(found) = rooms.into_iter().find(|f| f.server == server && !f.strange) else {
            return;
        };
        let pin = Pin { server, room: found.room };
        finding.picked = Some(pin.clone());
        finding.last = None;
        finding.at = None;
        finding.calls = 0;
        finding.hurried = 0;
        self.contact = Contact::Calling { attempt: 0 };
        self.call(0, effects);
        effects.push(Effect::Picked(Some(pin)));
    }

    /// A technician means another one than was picked.
    pub(super) fn pick_again(&mut self, effects: &mut Vec<Effect>) {
        if !self.may_pick() || self.expected().is_none() {
            return;
        }
        if let Some(finding) = &mut self.finding {
            finding.picked = None;
            finding.last = None;
            finding.at = None;
            // Whoever picks again wants to see the list.
            finding.wanted = None;
        }
        effects.extend([Effect::Rest, Effect::Picked(None)]);
        self.forget_server(effects);
    }
}
