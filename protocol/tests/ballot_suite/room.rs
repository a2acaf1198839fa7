//! Participants of a key generation around a relay that may change what it carries.

use hemicycle_protocol::ballot::keygen::board::Board;
use hemicycle_protocol::ballot::keygen::message::Message;
use hemicycle_protocol::ballot::keygen::{Ceremony, Participant, Progress};
use hemicycle_protocol::ballot::keys::SecretKey;
use hemicycle_protocol::ballot::records::Canonical as _;
use hemicycle_protocol::ballot::scalar::RecordHash;
use hemicycle_protocol::ballot::trustees::Pedersen;
use rand_chacha::ChaCha12Rng;
use rand_core::Rng as _;

use crate::support::rng;

/// Participants around a relay that may change what it carries.
pub struct Room {
    pub participants: Vec<Participant>,
    pub server: Board,
    pub log: Vec<(u32, Vec<u8>)>,
    rng: ChaCha12Rng,
}

type Tamper<'a> = &'a mut dyn FnMut(u32, Message) -> Vec<(u32, Vec<u8>)>;

pub fn ceremony(size: u32, threshold: u32) -> Ceremony {
    Ceremony { session: RecordHash::of(b"meeting 7, first attempt"), size, threshold }
}

impl Room {
    /// Runs it to the end. What a participant sends goes through `tamper` first, then to everybody; `order` draws which
    /// waiting message is delivered next.
    pub fn run(size: u32, threshold: u32, seed: u64, tamper: Tamper<'_>) -> Self {
        let mut rng = rng(seed);
        let ceremony = ceremony(size, threshold);
        let mut room = Self {
            participants: Vec::new(),
            server: Board::new(ceremony.clone()).unwrap(),
            log: Vec::new(),
            rng: rng.clone(),
        };
        let mut waiting: Vec<(u32, u32, Vec<u8>)> = Vec::new();
        let mut outgoing = Vec::new();
        for index in 1..=size {
            let (participant, messages) =
                Participant::new(ceremony.clone(), index, &mut rng).unwrap();
            room.participants.push(participant);
            outgoing.extend(messages.into_iter().map(|message| (index, message)));
        }
        loop {
            for (from, message) in outgoing.drain(..) {
                for (from, message) in tamper(from, Message::from_bytes(&message).unwrap()) {
                    for to in 0..=size {
                        waiting.push((to, from, message.clone()));
                    }
                    room.log.push((from, message));
                }
            }
            if waiting.is_empty() {
                return room;
            }
            let next = usize::try_from(rng.next_u64() % waiting.len() as u64).unwrap();
            let (to, from, message) = waiting.swap_remove(next);
            if to == 0 {
                room.server.receive(from, &message);
            } else {
                let participant = &mut room.participants[to as usize - 1];
                let answers = participant.receive(from, &message, &mut room.rng);
                outgoing.extend(answers.into_iter().map(|answer| (to, answer)));
            }
        }
    }

    pub fn honest(size: u32, threshold: u32, seed: u64) -> Self {
        Self::run(size, threshold, seed, &mut |from, message| vec![(from, message.to_bytes())])
    }

    pub fn record(&self) -> Pedersen {
        let Progress::Done(record) = self.server.progress() else {
            panic!("{:?}", self.server.progress())
        };
        for participant in &self.participants {
            assert_eq!(participant.progress(), Progress::Done(record));
        }
        record.clone()
    }

    pub fn shares(&self) -> Vec<SecretKey> {
        self.participants.iter().map(|party| party.share().unwrap().clone()).collect()
    }
}
