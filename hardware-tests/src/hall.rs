//! The hall screen without a browser: follows what the hall may see, by the
//! token of its link.

use crate::follow::{FollowError, Follower, Room};
use crate::socket::{Address, Traffic, open};
use hemicycle_protocol::ids::VoteId;
use hemicycle_protocol::topic::{Screen, TopicName, VoteState};
use hemicycle_protocol::wire::Role;
use std::ops::Deref;
use std::sync::Arc;

/// See the module.
#[derive(Debug)]
pub struct Hall(Follower);

impl Hall {
    /// Opens the hall's link, `http://HOST:PORT/hall#TOKEN`.
    pub async fn open(link: &str) -> Result<Self, FollowError> {
        let (page, token) = link.split_once('#').unwrap_or((link, ""));
        let address = Address::parse(page)?;
        let (socket, _) = open(&address, Arc::new(Traffic::default()), None).await?;
        let role = Role::Hall { token: token.to_owned() };
        let topics = vec![
            TopicName::Meeting,
            TopicName::Roll,
            TopicName::Agenda,
            TopicName::Attendance,
            TopicName::Vote,
            TopicName::Floor,
            TopicName::Display,
        ];
        Ok(Self(Follower::open(socket, role, topics).await?))
    }
}

impl Deref for Hall {
    type Target = Follower;

    fn deref(&self) -> &Follower {
        &self.0
    }
}

/// Does the hall show this vote with its count?
pub fn shows_count(room: &Room, vote: VoteId) -> bool {
    room.display.show == Screen::Vote
        && room.vote.as_ref().is_some_and(|v| {
            let over = matches!(v.state, VoteState::Closed | VoteState::Declared);
            v.id == vote && over && v.count.is_some()
        })
}
