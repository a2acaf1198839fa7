//! What the clerk's desk keeps an eye on: the hall's screen, the notice, the
//! calls for help.

use hemicycle_protocol::ids::SeatId;
use hemicycle_protocol::topic::{Notice, Screen, Service};
use std::collections::BTreeMap;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Desk {
    /// None: the hall follows the meeting.
    pub pinned: Option<Screen>,
    pub notice: Option<Notice>,
    pub calls: BTreeMap<SeatId, Service>,
}
