//! 同步翻页: showing the pages of a paper to all, and going along with whoever shows them. Who
//! turns a page alone leaves, and comes back with one touch.

use super::{Book, Effect, State, View};
use crate::ink::history::Sheet;
use hemicycle_protocol::ids::{MemberId, Millis, PaperId};
use hemicycle_protocol::ink::{SHOWN_POINTS, Stroke};
use hemicycle_protocol::topic::{Floor, MyFloor, Phase, Pointer, Presenting, VoteState};
use hemicycle_protocol::wire::Command;
use std::collections::BTreeMap;

/// A touch this near to where the pointer stands takes it away, in ten-thousandths.
const SAME_PLACE: u16 = 250;
/// What is drawn and pointed at is told so many milliseconds apart: a hand moves faster than a
/// server takes commands.
const STEP: i64 = 60;

/// How this seat stands to what is shown to all.
#[derive(Debug, Clone, Default)]
pub struct Following {
    /// The member goes along.
    on: bool,
    /// Whose showing that is about, and of which paper.
    of: Option<(MemberId, PaperId)>,
    /// What this seat has told everybody last.
    told: Option<Here>,
    told_at: Millis,
    /// Where this seat points, and on which page.
    pointer: Option<(u32, Pointer)>,
    /// What this seat has drawn for all.
    sheets: BTreeMap<(PaperId, u32), Sheet>,
}

/// What this seat shows to all.
#[derive(Debug, Clone, PartialEq)]
struct Here {
    paper: PaperId,
    page: u32,
    pointer: Option<Pointer>,
    ink: Vec<Stroke>,
}

impl Following {
    pub(super) fn sheet(&self, paper: PaperId, page: u32) -> Option<&Sheet> {
        self.sheets.get(&(paper, page))
    }

    pub(super) fn sheet_mut(&mut self, paper: PaperId, page: u32) -> &mut Sheet {
        self.sheets.entry((paper, page)).or_default()
    }
}

impl State {
    /// What is shown to all.
    pub fn presenting(&self) -> Option<&Presenting> {
        self.room.floor.presenting.as_ref()
    }

    /// Is it shown from this seat?
    pub fn presents(&self) -> bool {
        let own = self.me().and_then(|me| me.person.as_ref()).map(|person| person.member);
        self.presenting().is_some_and(|presenting| Some(presenting.member) == own)
    }

    /// Does this seat go along with it?
    pub fn follows(&self) -> bool {
        self.following.on && self.presenting().is_some() && !self.presents()
    }

    /// May the open paper be shown to all from here?
    pub fn may_present(&self) -> bool {
        let running = self.room.meeting.as_ref().is_some_and(|m| m.phase == Phase::InSession);
        let may = self.me().is_some_and(|me| {
            let chairs = me.person.as_ref().is_some_and(|person| person.chair);
            me.signed_in && (chairs || me.floor == MyFloor::Speaking)
        });
        running && may && self.here().is_some()
    }

    /// What is read beside the paper that is shown to all from here is not shown to all.
    fn shown_book(&self) -> &Book {
        let shown = self.presenting().filter(|_| self.presents()).map(|shown| shown.paper);
        let other = self.other_book().filter(|other| other.paper() == shown);
        other.filter(|_| self.book.paper() != shown).unwrap_or(&self.book)
    }

    /// Is the paper in hand shown to all from here?
    pub fn shows_hand(&self) -> bool {
        self.presents() && self.shown_book().paper() == self.book.paper()
    }

    /// The open page, if all may read its paper.
    fn here(&self) -> Option<Here> {
        let book = self.shown_book();
        let reading = book.reading.as_ref()?;
        let paper = self.paper(reading.paper).filter(|paper| paper.hash == reading.hash)?;
        let all = paper.terms.readers.is_everyone() && reading.page < book.pages();
        if !all {
            return None;
        }
        let (paper, page) = (reading.paper, reading.page);
        let pointer = self.following.pointer.filter(|(on, _)| *on == page).map(|(_, at)| at);
        let drawn = self.following.sheet(paper, page).map_or(&[][..], Sheet::strokes);
        let mut ink = drawn.to_vec();
        let live = self.live_for_all(page);
        ink.extend(live.filter(|live| points(&ink) + live.line.len() <= SHOWN_POINTS));
        Some(Here { paper, page, pointer, ink })
    }

    pub(super) fn floor_came(&mut self, floor: Floor) {
        let of = floor.presenting.as_ref().map(|p| (p.member, p.paper));
        self.room.floor = floor;
        if of == self.following.of {
            return;
        }
        let before = std::mem::replace(&mut self.following.of, of);
        let Some((member, paper)) = of else {
            self.following = Following::default();
            return;
        };
        // Another paper of the same member: who goes along goes along, who has left has left.
        if before.map(|(member, _)| member) != Some(member) {
            self.following.on = !self.presents() && self.is_free_for(paper);
        }
        // A result that has been shown gives way to what the meeting goes on with.
        let over = self.room.vote.as_ref().filter(|vote| match vote.state {
            VoteState::Declared | VoteState::Annulled => true,
            VoteState::Prepared | VoteState::Open | VoteState::Paused | VoteState::Closed => false,
        });
        if let Some(vote) = over.filter(|_| self.following.on) {
            self.dismissed_vote = Some(vote.id);
        }
    }

    /// Whoever reads something else is not torn out of it.
    fn is_free_for(&self, paper: PaperId) -> bool {
        match self.view {
            View::Follow | View::Agenda => true,
            View::Reader => {
                self.book.reading.is_none() || self.books().any(|b| b.paper() == Some(paper))
            }
            View::Chair(_) => false,
        }
    }

    /// The switch in the reader's head: shows the page to all, or goes along with whoever does.
    pub(super) fn follow_or_show(&mut self, on: bool, effects: &mut Vec<Effect>) {
        if self.presents() {
            if !on {
                self.send(Command::StopPresenting, effects);
            }
        } else if self.presenting().is_some() {
            self.following.on = on;
        } else if on && self.may_present() {
            self.following.pointer = None;
            self.show_here(effects);
        }
    }

    /// A touch on the page that this seat shows: there is the pointer, or it goes.
    pub(super) fn point_at(&mut self, (x, y): (f32, f32)) {
        let Some(spot) = self.book.spot((x, y)).filter(|_| self.shows_hand()) else { return };
        let Some(reading) = self.book.reading.as_ref().filter(|r| r.page == spot.page) else {
            return;
        };
        if !(0.0..=1.0).contains(&spot.across) || !(0.0..=1.0).contains(&spot.down) {
            return;
        }
        let (across, down) = match reading.turn % 4 {
            1 => (spot.down, 1.0 - spot.across),
            2 => (1.0 - spot.across, 1.0 - spot.down),
            3 => (1.0 - spot.down, spot.across),
            _ => (spot.across, spot.down),
        };
        let share = |share: f32| (share * 10_000.0).round() as u16;
        let pointer = Pointer { x: share(across), y: share(down) };
        let near = |a: u16, b: u16| a.abs_diff(b) < SAME_PLACE;
        let same = |(page, old): &(u32, Pointer)| {
            *page == spot.page && near(old.x, pointer.x) && near(old.y, pointer.y)
        };
        let there = self.following.pointer.is_some_and(|old| same(&old));
        self.following.pointer = (!there).then_some((spot.page, pointer));
    }

    /// There is the pointer now, if anywhere.
    pub(super) fn point_to(&mut self, page: u32, place: Option<Pointer>) {
        self.following.pointer = place.map(|place| (page, place));
    }

    /// Where is pointed on the page that is open there, on the strip of pages in device pixels.
    /// Whoever points sees it at once.
    pub fn pointer(&self, book: &Book) -> Option<(f32, f32)> {
        let reading = book.reading.as_ref()?;
        let pointer = if self.presents() {
            let shown = self.shown_book().reading.as_ref()?;
            let (on, pointer) = self.following.pointer.filter(|_| shown.paper == reading.paper)?;
            (on == reading.page).then_some(pointer)?
        } else {
            let shown = self.presenting().filter(|shown| shown.paper == reading.paper)?;
            shown.pointer.filter(|_| shown.page == reading.page)?
        };
        let (x, y, _, _) = book.turned((pointer.x, pointer.y, pointer.x, pointer.y));
        let ((left, top), (wide, high)) = (book.origin(reading.page)?, book.sheet()?);
        let share = |at: u16| f32::from(at) / 10_000.0;
        Some((left + share(x) * wide, top + share(y) * high))
    }

    /// What a touch has opened and where, to be compared after it.
    pub(super) fn place(&self) -> Option<(PaperId, u32)> {
        let reader = matches!(self.view, View::Follow | View::Reader);
        let shown = self.presenting().map(|shown| shown.paper);
        // Beside the paper that is shown to all another one can be read.
        let book = self.books().find(|book| book.paper() == shown).unwrap_or(&self.book);
        book.reading.as_ref().filter(|_| reader).map(|r| (r.paper, r.page))
    }

    /// A server that was started again knows who shows which paper, not where it is open.
    pub(super) fn tell_page_again(&mut self) {
        self.following.told = None;
    }

    /// The member has gone elsewhere by hand.
    pub(super) fn went_alone(&mut self) {
        self.following.on = false;
    }

    /// Goes along, or tells the others, after whatever has happened.
    pub(super) fn tend_following(&mut self, effects: &mut Vec<Effect>) {
        if self.presents() {
            self.show_here(effects);
        } else if self.follows() {
            self.go_along(effects);
        }
    }

    fn show_here(&mut self, effects: &mut Vec<Effect>) {
        let Some(here) = self.news_for_all() else { return };
        // One at a time: what was turned over meanwhile nobody needs to see.
        if self.pending.iter().any(|p| matches!(p.command, Command::Present { .. })) {
            return;
        }
        if self.online() && self.may_tell_at(&here) <= self.now {
            let Here { paper, page, pointer, ink } = here.clone();
            self.following.told = Some(here);
            self.following.told_at = self.now;
            self.send(Command::Present { paper, page, pointer, ink }, effects);
        }
    }

    /// What the others have not been told.
    fn news_for_all(&self) -> Option<Here> {
        self.here().filter(|here| self.following.told.as_ref() != Some(here))
    }

    /// A page is turned at once; a finger that is down moves on.
    fn may_tell_at(&self, here: &Here) -> Millis {
        let same = |told: &Here| (told.paper, told.page) == (here.paper, here.page);
        let told = self.following.told.as_ref();
        if told.is_some_and(same) && self.moves_for_all() {
            Millis(self.following.told_at.0.saturating_add(STEP))
        } else {
            Millis(i64::MIN)
        }
    }

    /// When there is something to tell that had to wait.
    pub(super) fn tell_at(&self) -> Option<Millis> {
        let here = self.news_for_all().filter(|_| self.presents() && self.online())?;
        Some(self.may_tell_at(&here)).filter(|at| *at > self.now)
    }

    fn go_along(&mut self, effects: &mut Vec<Effect>) {
        let Some(Presenting { paper, page, .. }) = self.presenting().cloned() else { return };
        // A vote is before every paper; who looks into papers meanwhile has put it away.
        let votes = self.view == View::Follow && self.shown_vote().is_some();
        if votes || !self.may_read() || self.paper(paper).is_none() {
            return;
        }
        let beside = self.other_book().is_some_and(|book| book.paper() == Some(paper));
        if self.view == View::Reader && beside && self.book.paper() != Some(paper) {
            return self.in_other(effects, |seat, effects| seat.go_along_to(page, effects));
        }
        if self.view != View::Reader || self.book.paper() != Some(paper) {
            if self.chooses_second() {
                self.read_one(effects);
            }
            self.open_paper(paper.0, effects);
        }
        self.go_along_to(page, effects);
    }

    fn go_along_to(&mut self, page: u32, effects: &mut Vec<Effect>) {
        let last = self.book.pages().saturating_sub(1);
        if self.book.reading.as_ref().is_some_and(|reading| reading.page != page.min(last)) {
            self.turn_to(page, effects);
        }
    }
}

/// Points of all of them.
pub(super) fn points(strokes: &[Stroke]) -> usize {
    strokes.iter().map(|stroke| stroke.line.len()).sum()
}
