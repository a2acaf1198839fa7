//! What was answered to which command, so that the same command sent again
//! gets the same answer. Bounded for each sender by itself: nobody can make
//! the room forget another's answers.

use hemicycle_protocol::ids::{CommandId, Key, MemberId, Seq, VoteId};
use hemicycle_protocol::refusal::Refusal;
use std::collections::{HashMap, VecDeque};

/// Answers kept for a terminal; it has few commands under way.
const OF_A_TERMINAL: usize = 16;
/// Answers kept for a clerk, and for the server.
const OF_A_CLERK: usize = 512;

/// Whose command it was.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Who {
    Terminal(Key),
    Clerk(String),
    Server,
}

/// A success, as far as it has to be remembered: the rest follows from the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settled {
    pub seq: Seq,
    pub made: Option<u32>,
    pub ballot: Option<(VoteId, MemberId)>,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Answers(HashMap<Who, VecDeque<Answered>>);

type Answered = (CommandId, Result<Settled, Refusal>);

impl Answers {
    /// What was answered.
    pub fn get(&self, who: &Who, id: &CommandId) -> Option<&Result<Settled, Refusal>> {
        self.0.get(who)?.iter().rev().find(|(known, _)| known == id).map(|(_, answer)| answer)
    }

    /// Remembers an answer, the latest for its id.
    pub fn put(&mut self, who: Who, id: CommandId, answer: Result<Settled, Refusal>) {
        let most = match who {
            Who::Terminal(_) => OF_A_TERMINAL,
            Who::Clerk(_) | Who::Server => OF_A_CLERK,
        };
        let kept = self.0.entry(who).or_default();
        if let Some(last) = kept.iter_mut().rev().find(|(known, _)| *known == id) {
            last.1 = answer;
            return;
        }
        if kept.len() >= most {
            kept.pop_front();
        }
        kept.push_back((id, answer));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hemicycle_protocol::ids::Hex;

    #[test]
    fn each_sender_has_room_of_its_own() {
        let mut answers = Answers::default();
        let settled = |n| Ok(Settled { seq: Seq(n), made: None, ballot: None });
        let (a, b) = (Who::Terminal(Hex([1; 32])), Who::Clerk("b".into()));
        answers.put(b.clone(), Hex([9; 16]), settled(99));
        for n in 0..=OF_A_TERMINAL as u64 {
            answers.put(a.clone(), Hex([n as u8; 16]), settled(n));
        }
        assert_eq!(answers.get(&a, &Hex([0; 16])), None);
        assert_eq!(answers.get(&a, &Hex([1; 16])), Some(&settled(1)));
        assert_eq!(answers.get(&b, &Hex([9; 16])), Some(&settled(99)));
        assert_eq!(answers.get(&b, &Hex([1; 16])), None);
        answers.put(a.clone(), Hex([1; 16]), settled(7));
        assert_eq!(answers.get(&a, &Hex([1; 16])), Some(&settled(7)));
    }
}
