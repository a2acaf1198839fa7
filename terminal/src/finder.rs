//! Looks through the text of one paper, as far as the worker has read it, and
//! goes on with every page that comes. Knows the words that letters may stand
//! for: a touch panel has no way to type Chinese but by its sound.

mod sound;

use crate::seat::{Found, Hit, MOST_HITS, MOST_TYPED, Msg, Offer, Spot};
use hemicycle_pdf::PageText;
use hemicycle_pdf::find::{Folded, Words, areas, excerpt};
use hemicycle_protocol::ids::Hash;
use sound::{Initials, Letters};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

/// Characters of text that are kept of a paper: a thousand full pages, about 36 MB.
const MOST_CHARS: usize = 1_500_000;
/// Different words that are counted, and those of them that are offered.
const MOST_COUNTED: usize = 2_000;
const MOST_OFFERED: usize = 8;
/// What is shown before a hit and after it, in characters.
const BEFORE: usize = 12;
const AFTER: usize = 28;

/// The text of one paper and what is looked for in it.
pub struct Finder {
    hash: Hash,
    pages: u32,
    /// In order, from the first page on.
    read: Vec<Page>,
    chars: usize,
    /// The page whose text is on its way.
    asked: bool,
    reading: bool,
    wish: Option<Wish>,
}

struct Page {
    text: Arc<PageText>,
    folded: Folded,
    initials: Initials,
}

struct Wish {
    number: u32,
    words: Words,
    letters: Option<Letters>,
    hits: usize,
    /// How often each of the words on offer stands there, and which came first.
    offers: HashMap<String, (u32, usize)>,
}

impl Finder {
    pub fn new(hash: Hash, pages: u32) -> Self {
        let (read, chars, asked, reading, wish) = (Vec::new(), 0, false, false, None);
        Self { hash, pages, read, chars, asked, reading, wish }
    }

    pub fn hash(&self) -> Hash {
        self.hash
    }

    /// A new wish; what was looked for before is dropped. Answers with what the pages read so far have.
    pub fn look_for(&mut self, number: u32, words: &str) -> Option<Msg> {
        self.reading = true;
        let words = Words::of(words, MOST_TYPED);
        if words.is_empty() {
            self.wish = None;
            return None;
        }
        let letters = Letters::of(words.chars());
        self.wish = Some(Wish { number, words, letters, hits: 0, offers: HashMap::new() });
        self.answer(0)
    }

    /// Nothing is looked for any more, and no more is read for it.
    pub fn stop(&mut self) {
        self.reading = false;
        self.wish = None;
    }

    /// The page whose text is wanted next; it is then on its way.
    pub fn next_page(&mut self) -> Option<u32> {
        if self.asked || !self.reading || self.is_done() {
            return None;
        }
        self.asked = true;
        u32::try_from(self.read.len()).ok()
    }

    /// It could not be asked for.
    pub fn not_asked(&mut self) {
        self.asked = false;
    }

    /// The text of a page came. A page that cannot be read has none.
    pub fn take(&mut self, page: u32, text: Option<Arc<PageText>>) -> Option<Msg> {
        if usize::try_from(page).ok()? != self.read.len() {
            return None;
        }
        self.asked = false;
        let text = text.unwrap_or_default();
        let folded = Folded::of(text.chars());
        let initials = Initials::of(folded.chars());
        self.chars += text.chars().len();
        self.read.push(Page { text, folded, initials });
        self.answer(self.read.len() - 1)
    }

    fn is_done(&self) -> bool {
        self.read.len() >= self.pages as usize || self.chars >= MOST_CHARS
    }

    /// Looks through the pages from this one on.
    fn answer(&mut self, first: usize) -> Option<Msg> {
        let done = self.is_done();
        let wish = self.wish.as_mut()?;
        let mut hits = Vec::new();
        for (number, page) in (0u32..).zip(&self.read).skip(first) {
            wish.look_through(number, page, &mut hits);
        }
        let whole = self.read.len() >= self.pages as usize;
        let cut = !whole || self.read.iter().any(|page| page.text.is_cut());
        let found = Found {
            hits,
            offers: wish.offered(),
            searched: u32::try_from(self.read.len()).unwrap_or(u32::MAX),
            done,
            cut: done && cut,
        };
        Some(Msg::Found { hash: self.hash, wish: wish.number, found })
    }
}

impl Wish {
    fn look_through(&mut self, number: u32, page: &Page, hits: &mut Vec<Hit>) {
        // One more than is kept, so that it is known that there are more.
        let most = (MOST_HITS + 1).saturating_sub(self.hits);
        for part in page.folded.places(&self.words, most) {
            if let Some(part) = page.folded.source(part) {
                hits.push(hit(number, &page.text, part));
                self.hits += 1;
            }
        }
        let Some(letters) = &self.letters else { return };
        for part in letters.places(page.folded.chars(), &page.initials) {
            let words: String = page.folded.chars().get(part).unwrap_or_default().iter().collect();
            let (counted, full) = (self.offers.len(), self.offers.len() >= MOST_COUNTED);
            match self.offers.get_mut(&words) {
                Some((count, _)) => *count = count.saturating_add(1),
                None if !full => {
                    self.offers.insert(words, (1, counted));
                }
                None => {}
            }
        }
    }

    /// The most frequent, the earliest first among equals.
    fn offered(&self) -> Vec<Offer> {
        let mut offers: Vec<_> = self.offers.iter().collect();
        offers.sort_by_key(|(_, (count, place))| (std::cmp::Reverse(*count), *place));
        let best = offers.into_iter().take(MOST_OFFERED);
        best.map(|(words, (count, _))| Offer { words: words.clone(), count: *count }).collect()
    }
}

fn hit(page: u32, text: &PageText, part: Range<usize>) -> Hit {
    let spots: Vec<Spot> = areas(text, part.clone())
        .into_iter()
        .map(|area| (area.left, area.top, area.right, area.bottom))
        .collect();
    Hit { page, spots, excerpt: excerpt(text.chars(), part, BEFORE, AFTER) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hemicycle_pdf::Area;

    fn text(words: &str) -> Option<Arc<PageText>> {
        let place = Area { left: 1, top: 2, right: 3, bottom: 4 };
        Some(Arc::new(PageText::new(words.chars().map(|c| (c, place)).collect(), false)))
    }

    fn found(msg: Option<Msg>) -> Found {
        match msg {
            Some(Msg::Found { found, .. }) => found,
            other => panic!("nothing was said: {other:?}"),
        }
    }

    fn offers(found: &Found) -> Vec<(&str, u32)> {
        found.offers.iter().map(|offer| (offer.words.as_str(), offer.count)).collect()
    }

    /// A paper of three pages, two of them read.
    fn finder() -> Finder {
        let mut finder = Finder::new(Hash::default(), 3);
        assert_eq!(finder.next_page(), None, "nothing is read before somebody searches");
        assert_eq!(finder.look_for(1, ""), None);
        for page in ["关于预算调整的议案。预算\r\n调整方案", "GDP、预算调整；议事通知"]
        {
            let number = finder.next_page().unwrap();
            assert_eq!(finder.next_page(), None, "one at a time");
            assert_eq!(finder.take(number, text(page)), None);
        }
        finder
    }

    #[test]
    fn pages_are_looked_through_as_they_come() {
        let mut finder = finder();
        let first = found(finder.look_for(2, "预算 调整"));
        assert_eq!(first.hits.iter().map(|hit| hit.page).collect::<Vec<_>>(), [0, 0, 1]);
        assert_eq!((first.searched, first.done), (2, false));
        let excerpt = ["关于预算调整的议案。", "预算调整", "方案"].map(String::from);
        assert_eq!(first.hits[1].excerpt, excerpt, "over the end of a line");
        assert_eq!(finder.next_page(), Some(2));
        assert_eq!(finder.take(7, text("预算调整")), None, "not the page that was asked for");
        let last = found(finder.take(2, text("调整预算，预算调整")));
        assert_eq!((last.hits.len(), last.hits[0].page, last.done, last.cut), (1, 2, true, false));
        assert_eq!(finder.next_page(), None);
    }

    #[test]
    fn letters_stand_for_words_by_their_sound() {
        let mut finder = finder();
        assert_eq!(offers(&found(finder.look_for(2, "ystz"))), [("预算调整", 3), ("议事通知", 1)]);
        for typed in ["yusuantz", "yusuan tiaozheng", "YSTiaoZ"] {
            let found = found(finder.look_for(3, typed));
            assert_eq!(offers(&found), [("预算调整", 3)], "{typed}");
            assert!(found.hits.is_empty());
        }
        let latin = found(finder.look_for(4, "gdp"));
        assert_eq!((latin.hits.len(), latin.offers.len()), (1, 0));
        let chinese = found(finder.look_for(5, "预算"));
        assert_eq!((chinese.hits.len(), chinese.offers.len()), (3, 0));
        assert!(offers(&found(finder.look_for(6, "y"))).is_empty(), "one letter says too little");
    }

    #[test]
    fn stopping_stops_the_reading() {
        let mut finder = finder();
        finder.look_for(2, "预算");
        assert_eq!(finder.next_page(), Some(2));
        finder.stop();
        assert_eq!(finder.take(2, text("预算")), None);
        let again = found(finder.look_for(3, "预算"));
        assert_eq!((again.hits.len(), again.done), (4, true), "what was read is kept");
    }

    #[test]
    fn everything_has_an_end() {
        let mut finder = Finder::new(Hash::default(), 2);
        finder.look_for(1, "a");
        finder.next_page();
        let all = found(finder.take(0, text(&"a ".repeat(MOST_HITS * 3))));
        assert_eq!(all.hits.len(), MOST_HITS + 1, "one more than is kept says that there are more");
        finder.next_page();
        let none = found(finder.take(1, None));
        assert!(none.hits.is_empty() && none.done, "a page that cannot be read has no text");

        let mut long = Finder::new(Hash::default(), 2);
        long.look_for(1, "b");
        long.next_page();
        let cut = found(long.take(0, text(&"a".repeat(MOST_CHARS))));
        assert!(cut.done && cut.cut);
        assert_eq!(long.next_page(), None);
    }
}
