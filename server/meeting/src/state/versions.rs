//! When each topic's value last changed, as the entry that changed it. Kept
//! while applying, so that nobody has to compare values.

use hemicycle_protocol::ids::{SeatId, Seq};
use hemicycle_protocol::topic::TopicName;
use std::collections::BTreeMap;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Versions {
    topics: BTreeMap<TopicName, Seq>,
    /// Something that every seat's `me` depends on.
    everyone: Seq,
    seats: BTreeMap<SeatId, Seq>,
}

impl Versions {
    /// These topics changed. `Me` stands for that of every seat.
    pub fn touch(&mut self, topics: &[TopicName], seq: Seq) {
        for topic in topics {
            if *topic == TopicName::Me {
                self.everyone = seq;
            } else {
                self.topics.insert(*topic, seq);
            }
        }
    }

    /// The private topic of one seat changed.
    pub fn touch_seat(&mut self, seat: SeatId, seq: Seq) {
        self.seats.insert(seat, seq);
    }

    /// Of a topic that is not private.
    pub fn of(&self, topic: TopicName) -> Seq {
        self.topics.get(&topic).copied().unwrap_or_default()
    }

    /// Of a seat's `me`.
    pub fn of_seat(&self, seat: SeatId) -> Seq {
        self.seats.get(&seat).copied().unwrap_or_default().max(self.everyone)
    }
}
