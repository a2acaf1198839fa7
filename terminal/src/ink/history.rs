//! The ink of one page, with what was done to it: each step can be undone and done again.

use hemicycle_protocol::ink::{PAGE_POINTS, Stroke};

/// So many steps can be undone.
pub const STEPS: usize = 100;

/// The page has no room for more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("more than {PAGE_POINTS} points on a page")]
pub struct Full;

/// The ink of one page.
#[derive(Clone, Debug, Default)]
pub struct Sheet {
    strokes: Vec<Stroke>,
    /// What undoes the last steps, the very last one last.
    done: Vec<Change>,
    /// What does the undone steps again, the one that was undone last first to come.
    undone: Vec<Change>,
    /// The eraser is still down: what it takes belongs to the last step.
    erasing: bool,
    revision: u32,
}

/// What makes one state of the strokes of another.
#[derive(Clone, Debug)]
enum Change {
    /// These go; the places are in order.
    Take(Vec<usize>),
    /// These come; each place is where its stroke lies afterwards, and they are in order.
    Put(Vec<(usize, Stroke)>),
}

impl Sheet {
    /// In the order in which they were drawn.
    pub fn strokes(&self) -> &[Stroke] {
        &self.strokes
    }

    /// Another number after each change.
    pub fn revision(&self) -> u32 {
        self.revision
    }

    /// Another line. A line without a point is none.
    pub fn draw(&mut self, stroke: Stroke) -> Result<(), Full> {
        if stroke.line.is_empty() {
            return Ok(());
        }
        let points: usize = self.strokes.iter().map(|stroke| stroke.line.len()).sum();
        if points + stroke.line.len() > PAGE_POINTS {
            return Err(Full);
        }
        let places = self.put(vec![(self.strokes.len(), stroke)]);
        self.did(Change::Take(places));
        Ok(())
    }

    /// The finger came down: what is erased from here on is a step of its own.
    pub fn pen_down(&mut self) {
        self.erasing = false;
    }

    /// The strokes in these places go, together with what went since the finger came down. Was
    /// there any?
    pub fn erase(&mut self, places: &[usize]) -> bool {
        let mut places: Vec<_> =
            places.iter().copied().filter(|place| *place < self.strokes.len()).collect();
        places.sort_unstable();
        places.dedup();
        if places.is_empty() {
            return false;
        }
        let taken = self.take(&places);
        match self.done.last_mut() {
            Some(Change::Put(before)) if self.erasing => join(before, taken),
            Some(_) | None => self.did(Change::Put(taken)),
        }
        self.erasing = true;
        true
    }

    /// Everything goes. Was there anything?
    pub fn clear(&mut self) -> bool {
        if self.strokes.is_empty() {
            return false;
        }
        let all: Vec<_> = (0..self.strokes.len()).collect();
        let taken = self.take(&all);
        self.did(Change::Put(taken));
        true
    }

    /// What was kept elsewhere takes the place of everything, and nothing can be undone. If it is
    /// what is here anyway, nothing happens.
    pub fn replace(&mut self, strokes: Vec<Stroke>) {
        if strokes == self.strokes {
            return;
        }
        *self = Self { strokes, revision: self.revision.wrapping_add(1), ..Self::default() };
    }

    /// Is there a step to undo?
    pub fn can_undo(&self) -> bool {
        !self.done.is_empty()
    }

    /// Is there a step to do again?
    pub fn can_redo(&self) -> bool {
        !self.undone.is_empty()
    }

    /// The last step never happened. Was there one?
    pub fn undo(&mut self) -> bool {
        let Some(change) = self.done.pop() else { return false };
        let back = self.apply(change);
        self.undone.push(back);
        true
    }

    /// The step that was undone last happens after all. Was there one?
    pub fn redo(&mut self) -> bool {
        let Some(change) = self.undone.pop() else { return false };
        let back = self.apply(change);
        self.done.push(back);
        true
    }

    /// A new step: this undoes it.
    fn did(&mut self, back: Change) {
        self.done.push(back);
        self.undone.clear();
        self.erasing = false;
        if self.done.len() > STEPS {
            self.done.remove(0);
        }
    }

    /// What takes it back is handed out.
    fn apply(&mut self, change: Change) -> Change {
        self.erasing = false;
        match change {
            Change::Take(places) => Change::Put(self.take(&places)),
            Change::Put(strokes) => Change::Take(self.put(strokes)),
        }
    }

    fn take(&mut self, places: &[usize]) -> Vec<(usize, Stroke)> {
        self.revision = self.revision.wrapping_add(1);
        let strokes = std::mem::take(&mut self.strokes).into_iter().enumerate();
        let (taken, kept): (Vec<_>, Vec<_>) =
            strokes.partition(|(place, _)| places.binary_search(place).is_ok());
        self.strokes = kept.into_iter().map(|(_, stroke)| stroke).collect();
        taken
    }

    fn put(&mut self, strokes: Vec<(usize, Stroke)>) -> Vec<usize> {
        self.revision = self.revision.wrapping_add(1);
        let places = strokes.iter().map(|(place, _)| *place).collect();
        for (place, stroke) in strokes {
            self.strokes.insert(place.min(self.strokes.len()), stroke);
        }
        places
    }
}

/// What one movement of the eraser took earlier and what it took now, as if at once.
fn join(taken: &mut Vec<(usize, Stroke)>, now: Vec<(usize, Stroke)>) {
    let gone: Vec<_> = taken.iter().map(|(place, _)| *place).collect();
    for (mut place, stroke) in now {
        // Where it lay when nothing was gone yet.
        for gone in &gone {
            place += usize::from(*gone <= place);
        }
        taken.push((place, stroke));
    }
    taken.sort_by_key(|(place, _)| *place);
}

#[cfg(test)]
mod tests {
    use super::*;
    use hemicycle_protocol::ink::{Colour, POINTS, Tool};
    use hemicycle_protocol::topic::Pointer;
    use proptest::prelude::*;

    fn stroke(name: u16) -> Stroke {
        let line = vec![Pointer { x: name, y: 0 }];
        Stroke { tool: Tool::Pen, colour: Colour::Blue, line }
    }

    fn sheet(names: std::ops::Range<u16>) -> Sheet {
        let mut sheet = Sheet::default();
        for name in names {
            sheet.draw(stroke(name)).unwrap();
        }
        sheet
    }

    fn names(sheet: &Sheet) -> Vec<u16> {
        sheet.strokes().iter().flat_map(|stroke| stroke.line.first()).map(|at| at.x).collect()
    }

    #[test]
    fn a_line_is_undone_and_done_again() {
        let mut sheet = sheet(0..3);
        assert!(sheet.can_undo() && !sheet.can_redo() && !sheet.redo());
        assert!(sheet.undo() && sheet.undo());
        assert_eq!(names(&sheet), [0]);
        assert!(sheet.redo());
        assert_eq!((names(&sheet), sheet.can_redo()), (vec![0, 1], true));
        // What is drawn now is where the story goes on.
        sheet.draw(stroke(7)).unwrap();
        assert_eq!((names(&sheet), sheet.can_redo()), (vec![0, 1, 7], false));
        assert!(sheet.undo() && sheet.undo() && sheet.undo() && !sheet.undo());
        assert_eq!((names(&sheet), sheet.can_undo(), sheet.can_redo()), (vec![], false, true));
    }

    #[test]
    fn one_movement_of_the_eraser_is_one_step() {
        let mut sheet = sheet(0..8);
        sheet.pen_down();
        assert!(sheet.erase(&[6, 1, 1, 99]));
        assert!(sheet.erase(&[1, 0]) && !sheet.erase(&[4]) && !sheet.erase(&[]));
        assert_eq!(names(&sheet), [3, 4, 5, 7]);
        assert!(sheet.erase(&[1, 3]));
        sheet.pen_down();
        assert!(sheet.erase(&[0]));
        assert_eq!(names(&sheet), [5]);

        assert!(sheet.undo());
        assert_eq!(names(&sheet), [3, 5]);
        assert!(sheet.undo());
        assert_eq!(names(&sheet), [0, 1, 2, 3, 4, 5, 6, 7]);
        assert!(sheet.redo());
        assert_eq!(names(&sheet), [3, 5]);
        // An eraser that is still down after an undo begins a step of its own.
        assert!(sheet.erase(&[0]) && sheet.undo());
        assert_eq!(names(&sheet), [3, 5]);
        assert!(sheet.undo() && sheet.undo());
        assert_eq!(names(&sheet), [0, 1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn clearing_is_a_step() {
        let mut sheet = sheet(0..3);
        assert!(sheet.clear() && !sheet.clear());
        sheet.draw(stroke(9)).unwrap();
        assert!(sheet.erase(&[0]) && sheet.undo() && sheet.undo() && sheet.undo());
        assert_eq!(names(&sheet), [0, 1, 2]);
        assert!(sheet.redo() && sheet.redo());
        assert_eq!(names(&sheet), [9]);
    }

    #[test]
    fn a_page_gets_full() {
        let mut sheet = Sheet::default();
        let long = |points| Stroke { line: vec![Pointer { x: 1, y: 1 }; points], ..stroke(0) };
        for _ in 0..PAGE_POINTS / POINTS {
            sheet.draw(long(POINTS)).unwrap();
        }
        let revision = sheet.revision();
        assert_eq!(sheet.draw(stroke(1)), Err(Full));
        assert_eq!(sheet.draw(long(0)), Ok(()));
        assert_eq!((sheet.revision(), sheet.strokes().len()), (revision, PAGE_POINTS / POINTS));
        assert!(sheet.erase(&[3]) && sheet.draw(long(POINTS - 1)).is_ok());
        assert_eq!((sheet.draw(stroke(1)), sheet.draw(stroke(1))), (Ok(()), Err(Full)));
    }

    #[test]
    fn old_steps_are_forgotten() {
        let mut sheet = sheet(0..150);
        let undone = (0..150).filter(|_| sheet.undo()).count();
        assert_eq!((undone, names(&sheet).len(), sheet.can_undo()), (STEPS, 50, false));
        assert_eq!((0..150).filter(|_| sheet.redo()).count(), STEPS);
        assert_eq!(names(&sheet).len(), 150);
    }

    #[test]
    fn what_comes_from_elsewhere_has_no_past() {
        let mut sheet = sheet(0..3);
        assert!(sheet.undo());
        let revision = sheet.revision();
        sheet.replace(vec![stroke(0), stroke(1)]);
        assert!(sheet.can_undo() && sheet.can_redo() && sheet.revision() == revision);
        sheet.replace(vec![stroke(5)]);
        assert_eq!((names(&sheet), sheet.can_undo(), sheet.can_redo()), (vec![5], false, false));
        assert_ne!(sheet.revision(), revision);
    }

    #[derive(Clone, Debug)]
    enum Doing {
        Draw(u16),
        Down,
        Erase(Vec<usize>),
        Clear,
        Undo,
        Redo,
    }

    fn doing() -> impl Strategy<Value = Doing> {
        prop_oneof![
            6 => any::<u16>().prop_map(Doing::Draw),
            2 => Just(Doing::Down),
            4 => prop::collection::vec(0..12_usize, 0..4).prop_map(Doing::Erase),
            1 => Just(Doing::Clear),
            4 => Just(Doing::Undo),
            3 => Just(Doing::Redo),
        ]
    }

    proptest! {
        /// A sheet against one that simply remembers every state.
        #[test]
        fn every_state_comes_back(story in prop::collection::vec(doing(), 0..60)) {
            let mut sheet = Sheet::default();
            let (mut states, mut at, mut erasing) = (vec![Vec::new()], 0_usize, false);
            for doing in story {
                let (before, revision) = (names(&sheet), sheet.revision());
                let goes_on = match doing {
                    Doing::Draw(name) => {
                        sheet.draw(stroke(name)).unwrap();
                        erasing = false;
                        Some(false)
                    }
                    Doing::Erase(places) => {
                        let same_step = sheet.erase(&places).then_some(erasing);
                        erasing |= same_step.is_some();
                        same_step
                    }
                    Doing::Clear => {
                        let cleared = sheet.clear();
                        erasing &= !cleared;
                        cleared.then_some(false)
                    }
                    Doing::Down => {
                        sheet.pen_down();
                        erasing = false;
                        continue;
                    }
                    Doing::Undo => {
                        prop_assert_eq!(sheet.undo(), at > 0);
                        (at, erasing) = (at.saturating_sub(1), erasing && at == 0);
                        None
                    }
                    Doing::Redo => {
                        let more = at + 1 < states.len();
                        prop_assert_eq!(sheet.redo(), more);
                        (at, erasing) = (at + usize::from(more), erasing && !more);
                        None
                    }
                };
                if let Some(same_step) = goes_on {
                    at += usize::from(!same_step);
                    states.truncate(at);
                    states.push(names(&sheet));
                }
                prop_assert_eq!(&names(&sheet), states.get(at).unwrap());
                prop_assert_eq!(sheet.revision() == revision, names(&sheet) == before);
            }
        }
    }
}
