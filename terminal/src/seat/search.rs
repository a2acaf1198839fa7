//! Looking for words in the open paper, and opening it at another place. What is typed becomes a
//! wish; what was found comes page by page and belongs to the last wish only.

use super::{Effect, Over, State};
use hemicycle_protocol::ids::Hash;

/// Places that are kept of one search.
pub const MOST_HITS: usize = 500;
/// Characters of a search.
pub const MOST_TYPED: usize = 40;

/// A place on the upright sheet in ten-thousandths of its sides: left, top, right, bottom.
pub type Spot = (u16, u16, u16, u16);

/// One place where the words stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    pub page: u32,
    /// One rectangle for each line that it runs over.
    pub spots: Vec<Spot>,
    /// What stands before it, it, and what stands after it.
    pub excerpt: [String; 3],
}

/// Words of the paper that the typed letters may mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    pub words: String,
    pub count: u32,
}

/// What came of looking through a part of the paper.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found {
    pub hits: Vec<Hit>,
    /// In place of those before, the most frequent first.
    pub offers: Vec<Offer>,
    /// Pages looked through so far.
    pub searched: u32,
    /// Nothing more will come.
    pub done: bool,
    /// The paper has more text than could be looked through.
    pub cut: bool,
}

/// A search in the open paper.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Search {
    /// As typed or chosen.
    pub words: String,
    /// Counts when the window is to take the words over.
    pub turn: u32,
    /// The keys are on the screen.
    pub typing: bool,
    pub found: Found,
    /// There are more than are kept.
    pub more: bool,
    /// The one that the page stands at.
    pub current: Option<usize>,
}

impl State {
    pub(super) fn open_search(&mut self, effects: &mut Vec<Effect>) {
        if self.book.pages() == 0 {
            return;
        }
        self.over = Over::Find;
        match &mut self.search {
            Some(search) => search.typing = search.words.is_empty(),
            None => {
                self.search = Some(Search { typing: true, ..Search::default() });
                // Reading begins while the first letters are typed.
                self.look(effects);
            }
        }
    }

    pub(super) fn type_again(&mut self) {
        if let Some(search) = &mut self.search {
            search.typing = true;
        }
    }

    /// Typing is done: what was found has the room. One kind of words on offer is what was meant.
    pub(super) fn find_done(&mut self, effects: &mut Vec<Effect>) {
        let Some(search) = &mut self.search else { return };
        search.typing = false;
        if search.found.hits.is_empty() && !search.found.offers.is_empty() {
            self.take_offer(0, effects);
        }
    }

    pub(super) fn end_search(&mut self, effects: &mut Vec<Effect>) {
        if self.search.take().is_some() {
            effects.push(Effect::StopFinding);
        }
        if self.over == Over::Find {
            self.over = Over::Nothing;
        }
    }

    pub(super) fn find_words(&mut self, words: &str, effects: &mut Vec<Effect>) {
        let Some(search) = &mut self.search else { return };
        let words: String = words.chars().filter(|c| !c.is_control()).take(MOST_TYPED).collect();
        if search.words != words {
            search.words = words;
            self.look(effects);
        }
    }

    /// A key on the screen: one more character, or one less. The field takes the words over.
    pub(super) fn type_key(&mut self, key: Option<char>, effects: &mut Vec<Effect>) {
        let Some(search) = &mut self.search else { return };
        let mut words = search.words.clone();
        match key {
            Some(key) => words.push(key),
            None => drop(words.pop()),
        }
        search.turn = search.turn.wrapping_add(1);
        self.find_words(&words, effects);
    }

    /// The letters were meant as these words.
    pub(super) fn take_offer(&mut self, place: u32, effects: &mut Vec<Effect>) {
        let Some(search) = &mut self.search else { return };
        let offer = usize::try_from(place).ok().and_then(|at| search.found.offers.get(at)).cloned();
        let Some(offer) = offer else { return };
        search.words = offer.words;
        search.turn = search.turn.wrapping_add(1);
        search.typing = false;
        self.look(effects);
    }

    fn look(&mut self, effects: &mut Vec<Effect>) {
        let (Some(search), Some(reading)) = (&mut self.search, &self.book.reading) else { return };
        search.found = Found::default();
        search.more = false;
        search.current = None;
        self.wishes = self.wishes.wrapping_add(1);
        let (hash, wish, words) = (reading.hash, self.wishes, search.words.clone());
        effects.push(Effect::Find { hash, wish, words });
    }

    /// Results of an earlier wish, or of another paper, are dropped.
    pub(super) fn found(&mut self, hash: Hash, wish: u32, found: Found) {
        let open = self.book.reading.as_ref().is_some_and(|r| r.hash == hash);
        let Some(search) = self.search.as_mut().filter(|_| open && wish == self.wishes) else {
            return;
        };
        let pages = self.book.pages();
        let on_a_page = |hit: &Hit| hit.page < pages;
        let mut hits = std::mem::take(&mut search.found.hits);
        hits.extend(found.hits.into_iter().filter(on_a_page));
        search.more |= hits.len() > MOST_HITS;
        hits.truncate(MOST_HITS);
        search.found = Found { hits, ..found };
    }

    /// Shows one of the places.
    pub(super) fn go_to_hit(&mut self, place: usize, effects: &mut Vec<Effect>) {
        let Some(search) = &mut self.search else { return };
        let Some(hit) = search.found.hits.get(place) else { return };
        let (page, spot) = (hit.page, hit.spots.first().copied());
        search.current = Some(place);
        self.over = Over::Nothing;
        self.turn_to(page, effects);
        if let Some(spot) = spot {
            self.bring_into_sight(page, spot, effects);
        }
    }

    /// The next place after the page that is read, or after the one that was shown last.
    pub(super) fn step_hits(&mut self, forward: bool, effects: &mut Vec<Effect>) {
        let (Some(search), Some(reading)) = (&self.search, &self.book.reading) else { return };
        let hits = &search.found.hits;
        let Some(last) = hits.len().checked_sub(1) else { return };
        let at = search.current.filter(|at| hits.get(*at).is_some_and(|h| h.page == reading.page));
        let place = match (at, forward) {
            (Some(at), true) => {
                if at == last {
                    0
                } else {
                    at + 1
                }
            }
            (Some(at), false) => at.checked_sub(1).unwrap_or(last),
            (None, true) => hits.iter().position(|h| h.page >= reading.page).unwrap_or(0),
            (None, false) => hits.iter().rposition(|h| h.page <= reading.page).unwrap_or(last),
        };
        self.go_to_hit(place, effects);
    }
}
