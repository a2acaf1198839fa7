//! Two papers side by side. One of them is in hand: it is `State::book`, and every tool acts on it;
//! the other waits in its half until it is touched.

use super::{Book, Effect, Over, State, View};
use hemicycle_protocol::ids::PaperId;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Half {
    #[default]
    Left,
    Right,
}

/// What lies beside the paper in hand.
#[derive(Debug, Clone)]
pub struct Two {
    /// Where the one in hand lies.
    pub half: Half,
    pub other: Other,
}

#[derive(Debug, Clone)]
pub enum Other {
    /// Which one is still to be chosen.
    Choosing,
    Paper(Box<Book>),
}

impl State {
    /// The paper beside the one in hand.
    pub fn other_book(&self) -> Option<&Book> {
        match &self.two.as_ref()?.other {
            Other::Paper(book) => Some(book),
            Other::Choosing => None,
        }
    }

    /// A second paper is still to be chosen.
    pub fn chooses_second(&self) -> bool {
        self.two.as_ref().is_some_and(|two| matches!(two.other, Other::Choosing))
    }

    /// What is open, the one in hand first.
    pub fn books(&self) -> impl Iterator<Item = &Book> {
        std::iter::once(&self.book).chain(self.other_book())
    }

    pub(super) fn books_mut(&mut self) -> impl Iterator<Item = &mut Book> {
        let other = match &mut self.two {
            Some(Two { other: Other::Paper(book), .. }) => Some(&mut **book),
            Some(Two { other: Other::Choosing, .. }) | None => None,
        };
        std::iter::once(&mut self.book).chain(other)
    }

    fn swap_books(&mut self) {
        if let Some(Two { other: Other::Paper(other), .. }) = &mut self.two {
            std::mem::swap(&mut self.book, other);
        }
    }

    /// Does it to the paper in hand, then to the other one as if that were.
    pub(super) fn in_both(
        &mut self,
        effects: &mut Vec<Effect>,
        mut act: impl FnMut(&mut Self, &mut Vec<Effect>),
    ) {
        act(self, effects);
        self.in_other(effects, act);
    }

    /// Does it to the paper that is not in hand, if there is one.
    pub(super) fn in_other(
        &mut self,
        effects: &mut Vec<Effect>,
        act: impl FnOnce(&mut Self, &mut Vec<Effect>),
    ) {
        if self.other_book().is_some() {
            self.swap_books();
            act(self, effects);
            self.swap_books();
        }
    }

    /// 并排: makes room for a second paper, or leaves the one in hand alone.
    pub(super) fn read_two(&mut self, on: bool, effects: &mut Vec<Effect>) {
        match (&self.two, on) {
            (None, true) if self.book.reading.is_some() => {
                self.end_search(effects);
                self.put_pen_away();
                self.over = Over::Nothing;
                self.beside = false;
                self.view = View::Reader;
                self.two = Some(Two { half: Half::Left, other: Other::Choosing });
            }
            (Some(_), false) => self.read_one(effects),
            (None, _) | (Some(_), true) => {}
        }
    }

    /// The paper in hand stays.
    pub(super) fn read_one(&mut self, effects: &mut Vec<Effect>) {
        self.in_other(effects, Self::leave_page);
        if self.two.take().is_some() && self.over == Over::Layout {
            self.over = Over::Nothing;
        }
    }

    /// A paper was chosen. Where a second one is wanted it is that, in the half that is free.
    pub(super) fn choose_paper(&mut self, id: u32, effects: &mut Vec<Effect>) {
        if self.chooses_second() && self.may_read() && self.paper(PaperId(id)).is_some() {
            let Book { desk, continuous, .. } = self.book;
            let free = Book { desk, continuous, ..Book::default() };
            let first = std::mem::replace(&mut self.book, free);
            self.two = Some(Two { half: Half::Right, other: Other::Paper(Box::new(first)) });
        }
        self.open_paper(id, effects);
    }

    /// A finger touched that half: its paper is in hand now.
    pub(super) fn take_half(&mut self, half: Half, effects: &mut Vec<Effect>) {
        let elsewhere = self.two.as_ref().is_some_and(|two| two.half != half);
        if !elsewhere || self.other_book().is_none() {
            return;
        }
        self.end_search(effects);
        self.pen_cancel();
        self.swap_books();
        if let Some(two) = &mut self.two {
            two.half = half;
        }
        self.draw_thumbnails(effects);
    }

    /// Closes what is in that half.
    pub(super) fn close_half(&mut self, half: Half, effects: &mut Vec<Effect>) {
        let Some(two) = &self.two else { return };
        if two.half == half {
            let other = match half {
                Half::Left => Half::Right,
                Half::Right => Half::Left,
            };
            self.take_half(other, effects);
        }
        self.read_one(effects);
    }
}
