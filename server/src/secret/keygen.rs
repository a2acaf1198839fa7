//! The server as an observer of the key generation: it sees what everybody
//! sees, holds no secret, and says when the key is made or who broke a rule.

use hemicycle_meeting::ServerCommand;
use hemicycle_meeting::state::secret::Scrutiny;
use hemicycle_protocol::ballot::keygen::board::Board;
use hemicycle_protocol::ballot::keygen::{Ceremony, Progress};
use hemicycle_protocol::ids::{Key, MeetingId, MemberId};
use hemicycle_protocol::secret::session;
use hemicycle_protocol::topic::{KeyFault, Said};
use hemicycle_protocol::wire::limits;
use std::time::Duration;
use tokio::time::Instant;

/// How long nobody has to say anything before the silent ones are named.
const PATIENCE: Duration = Duration::from_secs(limits::KEYGEN_SECONDS);

/// Follows one key generation.
#[derive(Debug)]
pub struct Observer {
    /// No other observer of this run of the server has it.
    number: u32,
    attempt: u32,
    members: Vec<MemberId>,
    /// Away while it takes messages in.
    board: Option<Board>,
    /// Messages that were given to the board.
    fed: usize,
    heard: Instant,
}

/// Messages that a board is to take in.
#[derive(Debug)]
pub struct Reading {
    /// Of the observer.
    number: u32,
    board: Board,
    said: Vec<Said>,
}

impl Observer {
    /// Begins to follow the key generation that runs.
    pub fn new(number: u32, meeting: &MeetingId, scrutiny: &Scrutiny) -> Option<Self> {
        let terminals: Vec<Key> = scrutiny.scrutineers.iter().map(|s| s.terminal).collect();
        let ceremony = Ceremony {
            session: session(meeting, scrutiny.attempt, &terminals),
            size: u32::try_from(terminals.len()).ok()?,
            threshold: scrutiny.threshold,
        };
        Some(Self {
            number,
            attempt: scrutiny.attempt,
            members: scrutiny.scrutineers.iter().map(|s| s.member).collect(),
            board: Some(Board::new(ceremony).ok()?),
            fed: 0,
            heard: Instant::now(),
        })
    }

    /// Which one it follows.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Takes the board out for reading what was said since.
    pub fn take(&mut self, scrutiny: &Scrutiny) -> Option<Reading> {
        let said = scrutiny.said.get(self.fed..).filter(|said| !said.is_empty())?.to_vec();
        let board = self.board.take()?;
        self.fed = scrutiny.said.len();
        self.heard = Instant::now();
        Some(Reading { number: self.number, board, said })
    }

    /// Puts it back; what follows from what was read.
    pub fn put(&mut self, reading: Reading) -> Option<ServerCommand> {
        if reading.number != self.number {
            return None;
        }
        let attempt = self.attempt;
        let command = match reading.board.progress() {
            Progress::Waiting { .. } => None,
            Progress::Done(item) => {
                let code = reading.board.transcript().map(|hash| hash.short_code());
                // Plain strings and numbers: writing them cannot fail.
                let item = serde_json::to_string(item).unwrap_or_default();
                Some(ServerCommand::KeyMade { attempt, item, code: code.unwrap_or_default() })
            }
            Progress::Failed(blame) => Some(ServerCommand::KeyFailed {
                attempt,
                members: self.named(&[blame.participant]),
                why: KeyFault::from(&blame.fault),
            }),
        };
        self.board = Some(reading.board);
        command
    }

    /// When those who are still silent are named.
    pub fn due(&self) -> Option<Instant> {
        self.board.is_some().then(|| self.heard + PATIENCE)
    }

    /// Names them, if it is time.
    pub fn silence(&mut self, now: Instant) -> Option<ServerCommand> {
        if self.due().is_none_or(|due| due > now) {
            return None;
        }
        // Once; then again after the same time, should it not have been taken.
        self.heard = now;
        match self.board.as_ref()?.progress() {
            Progress::Waiting { round, waiting_for } => Some(ServerCommand::KeyFailed {
                attempt: self.attempt,
                members: self.named(&waiting_for),
                why: KeyFault::Silent { round: u32::try_from(round).unwrap_or(u32::MAX) },
            }),
            Progress::Failed(_) | Progress::Done(_) => None,
        }
    }

    fn named(&self, numbers: &[u32]) -> Vec<MemberId> {
        let member = |number: &u32| {
            self.members.get(usize::try_from(*number).ok()?.checked_sub(1)?).copied()
        };
        numbers.iter().filter_map(member).collect()
    }
}

impl Reading {
    /// Takes the messages in. Takes milliseconds.
    pub fn read(mut self) -> Self {
        for said in self.said.drain(..) {
            self.board.receive(said.from, said.message.as_bytes());
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hemicycle_meeting::NamedScrutineer;
    use hemicycle_protocol::ids::{Hex, Millis, SeatId};

    fn scrutiny() -> Scrutiny {
        let named = |n: u8| NamedScrutineer {
            member: MemberId(n.into()),
            seat: SeatId(n.into()),
            terminal: Hex([n; 32]),
        };
        let mut scrutiny = Scrutiny::default();
        scrutiny.begin(1, 2, vec![named(7), named(8), named(9)], Millis(0));
        scrutiny
    }

    #[test]
    fn the_silent_are_named_when_nobody_has_spoken_for_long() {
        let mut observer = Observer::new(1, &Hex([1; 16]), &scrutiny()).unwrap();
        assert!(observer.take(&scrutiny()).is_none(), "nothing was said");
        assert!(observer.silence(Instant::now()).is_none());
        let later = Instant::now() + PATIENCE;
        match observer.silence(later) {
            Some(ServerCommand::KeyFailed { attempt: 1, members, why }) => {
                assert_eq!(members, [MemberId(7), MemberId(8), MemberId(9)]);
                assert_eq!(why, KeyFault::Silent { round: 1 });
            }
            other => panic!("{other:?}"),
        }
        assert!(observer.silence(later).is_none(), "said once");
    }

    #[test]
    fn whoever_says_what_is_no_message_is_named() {
        let mut scrutiny = scrutiny();
        let mut observer = Observer::new(1, &Hex([1; 16]), &scrutiny).unwrap();
        let (message, signature) = ("hello".to_owned(), Hex([0; 64]));
        scrutiny.said.push(Said { from: 2, message, signature });
        let reading = observer.take(&scrutiny).unwrap();
        assert!(observer.due().is_none(), "nobody is silent while it is read");
        match observer.put(reading.read()) {
            Some(ServerCommand::KeyFailed { members, why: KeyFault::Malformed, .. }) => {
                assert_eq!(members, [MemberId(8)]);
            }
            other => panic!("{other:?}"),
        }
    }
}
