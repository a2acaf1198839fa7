//! How much of the papers a virtual seat takes, and taking it: in ranges with
//! credit, checked by its hash when it is whole. Nothing is kept.

use hemicycle_protocol::ids::{Hash, Hex};
use hemicycle_protocol::wire::{Chunk, Up, limits};
use hemicycle_terminal::seat::Msg;
use sha2::{Digest, Sha256};
use std::collections::VecDeque;

/// How much is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Papers {
    /// Nothing.
    None,
    /// The beginning of the first paper.
    #[default]
    First,
    /// Everything.
    All,
}

/// The papers of one seat on one connection.
#[derive(Debug)]
pub struct Taker {
    papers: Papers,
    /// What waits, in order; the first is on its way.
    wanted: VecDeque<Wanted>,
    begun: bool,
}

struct Wanted {
    hash: Hash,
    bytes: u64,
    have: u64,
    sum: Sha256,
}

impl std::fmt::Debug for Wanted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}/{}", self.hash, self.have, self.bytes)
    }
}

impl Taker {
    /// Nothing wanted yet.
    pub fn new(papers: Papers) -> Self {
        Self { papers, wanted: VecDeque::new(), begun: false }
    }

    /// The seat wants a paper; what is to be sent for it now.
    pub fn want(&mut self, hash: Hash, bytes: u64, urgent: bool) -> Option<Up> {
        match self.papers {
            Papers::None => return None,
            Papers::First => {
                let length = bytes.min(limits::CHUNK as u64);
                let first = !self.begun && length > 0;
                self.begun = true;
                return first.then_some(Up::Fetch { hash, offset: 0, length });
            }
            Papers::All => {}
        }
        if bytes == 0 || self.wanted.iter().any(|w| w.hash == hash) {
            return None;
        }
        let wanted = Wanted { hash, bytes, have: 0, sum: Sha256::new() };
        if self.wanted.is_empty() {
            self.wanted.push_back(wanted);
            return self.ask();
        }
        // The one that is on its way stays in front.
        if urgent {
            self.wanted.insert(1, wanted);
        } else {
            self.wanted.push_back(wanted);
        }
        None
    }

    /// A piece came: what the seat learns from it, and what is to be sent next.
    pub fn piece(&mut self, chunk: &Chunk<'_>) -> (Option<Msg>, Option<Up>) {
        let Some(front) = self.wanted.front_mut() else { return (None, None) };
        if front.hash != chunk.hash || front.have != chunk.offset {
            return (None, None);
        }
        front.sum.update(chunk.data);
        front.have += chunk.data.len() as u64;
        let (hash, have) = (front.hash, front.have);
        if have < front.bytes {
            let next = have.is_multiple_of(limits::FETCH).then(|| self.ask()).flatten();
            return (Some(Msg::PaperProgress { hash, have }), next);
        }
        let whole = self.wanted.pop_front().map(|w| Hex(w.sum.finalize().into()));
        let msg = match whole == Some(hash) {
            true => Msg::PaperReady { hash },
            false => Msg::PaperFailed { hash },
        };
        (Some(msg), self.ask())
    }

    /// The connection is gone: what was on its way comes again from the beginning.
    pub fn begin_again(&mut self) -> Option<Up> {
        if let Some(front) = self.wanted.front_mut() {
            front.have = 0;
            front.sum = Sha256::new();
        }
        self.ask()
    }

    fn ask(&self) -> Option<Up> {
        let front = self.wanted.front()?;
        let length = (front.bytes - front.have).min(limits::FETCH);
        Some(Up::Fetch { hash: front.hash, offset: front.have, length })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paper_comes_in_ranges_and_is_checked() {
        let data = vec![5; limits::FETCH as usize + 10];
        let hash: Hash = Hex(Sha256::digest(&data).into());
        let mut taker = Taker::new(Papers::All);
        let fetch = |offset, length| Some(Up::Fetch { hash, offset, length });
        assert_eq!(taker.want(hash, data.len() as u64, false), fetch(0, limits::FETCH));
        assert_eq!(taker.want(hash, data.len() as u64, false), None);
        let mut offset = 0;
        for piece in data.chunks(limits::CHUNK) {
            let (msg, next) = taker.piece(&Chunk { hash, offset, data: piece });
            offset += piece.len() as u64;
            if offset == limits::FETCH {
                assert_eq!(next, fetch(limits::FETCH, 10));
            }
            if offset == data.len() as u64 {
                assert_eq!((msg, next), (Some(Msg::PaperReady { hash }), None));
            }
        }
        assert_eq!(offset, data.len() as u64);
    }

    #[test]
    fn a_wrong_paper_is_refused_and_the_next_asked_for() {
        let (bad, next): (Hash, Hash) = (Hex([1; 32]), Hex([2; 32]));
        let mut taker = Taker::new(Papers::All);
        assert!(taker.want(bad, 3, false).is_some());
        assert!(taker.want(next, 4, true).is_none());
        let (msg, ask) = taker.piece(&Chunk { hash: bad, offset: 0, data: b"abc" });
        assert_eq!(msg, Some(Msg::PaperFailed { hash: bad }));
        assert_eq!(ask, Some(Up::Fetch { hash: next, offset: 0, length: 4 }));
        assert_eq!(taker.begin_again(), ask);
    }

    #[test]
    fn only_a_beginning_is_taken_where_no_more_is_wanted() {
        let mut taker = Taker::new(Papers::First);
        let hash: Hash = Hex([1; 32]);
        let first = Up::Fetch { hash, offset: 0, length: limits::CHUNK as u64 };
        assert_eq!(taker.want(hash, 1 << 20, false), Some(first));
        assert_eq!(taker.want(Hex([2; 32]), 1 << 20, true), None);
        assert_eq!(Taker::new(Papers::None).want(hash, 10, true), None);
    }
}
