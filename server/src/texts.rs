//! The texts of papers, for the console's search. The worker reads each paper once, after it
//! was taken in; what it has read lies beside the paper (`.text`) and may be removed at any
//! time: it is read again then. In memory each text is there twice, as it stands and folded:
//! one run through the folded ones answers a question.

use crate::folder::{FolderError, write_durably};
use crate::papers::{Checker, Shelf};
use hemicycle_pdf::find::{Folded, Words, excerpt};
use hemicycle_protocol::ids::Hash;
use memchr::memmem::Finder;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fs;
use std::sync::{Arc, PoisonError, RwLock};
use tokio::sync::watch;

/// Words of a question at most, and characters of each.
const MOST_WORDS: usize = 8;
const LONGEST: usize = 64;
/// What of a text stands around a place that was found.
const BEFORE: usize = 24;
const AFTER: usize = 60;
/// Between pages: a sign that no question has.
const BREAK: char = '\u{c}';
/// The form of the files; another one is read again.
const FORM: u32 = 1;

/// See the module.
#[derive(Debug)]
pub struct Texts {
    shelf: Arc<Shelf>,
    known: RwLock<HashMap<Hash, Option<Arc<Text>>>>,
}

/// What is known of a paper's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Legible {
    /// It was read.
    Read,
    /// Not yet.
    Coming,
    /// There is none: pictures of pages.
    Nothing,
    /// The worker could not read it.
    Unreadable,
}

/// What is looked for: all of these.
#[derive(Clone, Debug)]
pub struct Question(Vec<Words>);

/// Where it was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Found {
    /// Pages that have all of it.
    pub pages: usize,
    /// The first of them.
    pub places: Vec<Place>,
}

/// A page, and what it says there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// From 1.
    pub page: usize,
    pub before: String,
    pub found: String,
    pub after: String,
}

/// As it lies beside the paper.
#[derive(Serialize, Deserialize)]
struct Kept {
    form: u32,
    pages: Vec<String>,
}

/// One paper's.
#[derive(Debug)]
struct Text {
    pages: Vec<String>,
    folded: String,
    /// Where each page begins in it.
    starts: Vec<usize>,
}

impl Question {
    /// None: nothing is asked.
    pub fn new(text: &str) -> Option<Self> {
        let words = text.split_whitespace().map(|word| Words::of(word, LONGEST));
        let words: Vec<Words> = words.filter(|w| !w.is_empty()).take(MOST_WORDS).collect();
        if words.is_empty() { None } else { Some(Self(words)) }
    }

    /// Does a title or a name have all of it?
    pub fn is_in(&self, text: &str) -> bool {
        let chars: Vec<char> = text.chars().collect();
        let folded: String = Folded::of(&chars).chars().iter().collect();
        self.words().iter().all(|word| folded.contains(word))
    }

    fn words(&self) -> Vec<String> {
        self.0.iter().map(|word| word.chars().iter().collect()).collect()
    }
}

impl Texts {
    pub fn new(shelf: Arc<Shelf>) -> Self {
        Self { shelf, known: RwLock::default() }
    }

    /// Reads what was not read, until the server stops.
    pub async fn run(self: Arc<Self>, checker: Checker, mut stop: watch::Receiver<bool>) {
        loop {
            // One after the other, and nothing waits for it: the room needs the processors.
            while let Some(hash) = self.unread() {
                if *stop.borrow() {
                    return;
                }
                let text = self.read(&checker, hash).await;
                let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
                known.insert(hash, text.map(|pages| Arc::new(Text::new(pages))));
            }
            tokio::select! {
                () = self.shelf.news() => {}
                _ = stop.wait_for(|stop| *stop) => return,
            }
        }
    }

    /// What is known of the text of this paper?
    pub fn legible(&self, hash: &Hash) -> Legible {
        match self.known.read().unwrap_or_else(PoisonError::into_inner).get(hash) {
            None => Legible::Coming,
            Some(None) => Legible::Unreadable,
            Some(Some(text)) if text.folded.chars().all(|c| c == BREAK) => Legible::Nothing,
            Some(Some(_)) => Legible::Read,
        }
    }

    /// The papers that have it, with so many places of each. Takes milliseconds: not for the
    /// room's threads.
    pub fn find(&self, question: &Question, most: usize) -> HashMap<Hash, Found> {
        let texts: Vec<(Hash, Arc<Text>)> = {
            let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
            known.iter().filter_map(|(hash, text)| Some((*hash, text.clone()?))).collect()
        };
        let words = question.words();
        let finders: Vec<Finder<'_>> = words.iter().map(Finder::new).collect();
        let found = texts.into_iter().filter_map(|(hash, text)| {
            let pages = text.pages_with(&finders);
            let first = pages.iter().take(most);
            let places = first.filter_map(|page| text.place(*page, question)).collect();
            (!pages.is_empty()).then_some((hash, Found { pages: pages.len(), places }))
        });
        found.collect()
    }

    fn unread(&self) -> Option<Hash> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        self.shelf.hashes().into_iter().find(|hash| !known.contains_key(hash))
    }

    async fn read(&self, checker: &Checker, hash: Hash) -> Option<Vec<String>> {
        let paper = self.shelf.path(&hash);
        let path = paper.with_extension("text");
        let kept = {
            let path = path.clone();
            tokio::task::spawn_blocking(move || kept(&path)).await.ok()?
        };
        if kept.is_some() {
            return kept;
        }
        let pages = checker.read(paper).await?;
        let kept = Kept { form: FORM, pages };
        let written = tokio::task::spawn_blocking(move || {
            let told = serde_json::to_vec(&kept)
                .map_err(|e| FolderError::Io { path: path.clone(), source: e.into() })
                .and_then(|text| write_durably(&path, &text, 0o600));
            (told, kept.pages)
        });
        let (told, pages) = written.await.ok()?;
        if let Err(error) = told {
            tracing::warn!(%error, "a paper's text is read again after the next start");
        }
        Some(pages)
    }
}

/// What was read before, if it was.
fn kept(path: &std::path::Path) -> Option<Vec<String>> {
    let kept: Kept = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
    (kept.form == FORM).then_some(kept.pages)
}

impl Text {
    fn new(pages: Vec<String>) -> Self {
        let (mut folded, mut starts) = (String::new(), Vec::with_capacity(pages.len()));
        for page in &pages {
            starts.push(folded.len());
            let chars: Vec<char> = page.chars().collect();
            folded.extend(Folded::of(&chars).chars());
            folded.push(BREAK);
        }
        Self { pages, folded, starts }
    }

    /// The pages, from 0, that have all the words.
    fn pages_with(&self, words: &[Finder<'_>]) -> Vec<usize> {
        let Some((first, rest)) = words.split_first() else { return Vec::new() };
        let (text, mut pages, mut from) = (self.folded.as_bytes(), Vec::new(), 0);
        while let Some(at) = text.get(from..).and_then(|rest| first.find(rest)) {
            let page = self.starts.partition_point(|start| *start <= from + at) - 1;
            let start = self.starts.get(page).copied().unwrap_or_default();
            let end = self.starts.get(page + 1).copied().unwrap_or(text.len());
            let within = text.get(start..end).unwrap_or_default();
            if rest.iter().all(|word| word.find(within).is_some()) {
                pages.push(page);
            }
            from = end;
        }
        pages
    }

    fn place(&self, page: usize, question: &Question) -> Option<Place> {
        let text: Vec<char> = self.pages.get(page)?.chars().collect();
        let folded = Folded::of(&text);
        // The longest word says most of what a reader looks for.
        let word = question.0.iter().max_by_key(|word| word.chars().len())?;
        let part = folded.places(word, 1).into_iter().next()?;
        let [before, found, after] = excerpt(&text, folded.source(part)?, BEFORE, AFTER);
        Some(Place { page: page + 1, before, found, after })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hemicycle_protocol::ids::Hex;

    fn texts(papers: &[&[&str]]) -> (tempfile::TempDir, Texts) {
        let dir = tempfile::tempdir().unwrap();
        let texts = Texts::new(Arc::new(Shelf::open(dir.path(), 100).unwrap()));
        for (n, pages) in (1..).zip(papers) {
            let text = Text::new(pages.iter().map(|page| (*page).to_owned()).collect());
            texts.known.write().unwrap().insert(Hex([n; 32]), Some(Arc::new(text)));
        }
        (dir, texts)
    }

    fn found(texts: &Texts, words: &str) -> Vec<(u8, usize, Vec<usize>)> {
        let found = texts.find(&Question::new(words).unwrap(), 2);
        let mut found: Vec<_> = found
            .into_iter()
            .map(|(hash, f)| (hash.0[0], f.pages, f.places.iter().map(|p| p.page).collect()))
            .collect();
        found.sort();
        found
    }

    #[test]
    fn words_of_any_length_are_found_page_by_page() {
        let (_dir, texts) = texts(&[
            &["关于预算调整\n方案的说明", "教育支出 100 万元", "预算", "调整预算"],
            &["Budget ＡＢＣ", "义务教 育优质均衡"],
        ]);
        assert_eq!(found(&texts, "预算"), [(1, 3, vec![1, 3])]);
        assert_eq!(found(&texts, "育"), [(1, 1, vec![2]), (2, 1, vec![2])]);
        assert_eq!(found(&texts, "调整方案"), [(1, 1, vec![1])], "over the end of a line");
        assert_eq!(found(&texts, "义务教育"), [(2, 1, vec![2])], "whatever spaces a paper has");
        assert_eq!(found(&texts, "bUDGET abc"), [(2, 1, vec![1])], "case and width");
        assert_eq!(found(&texts, "预算 调整"), [(1, 2, vec![1, 4])], "all of the words");
        assert_eq!(found(&texts, "预算 教育"), [], "on one page");
        assert_eq!(found(&texts, "说明教育"), [], "no word runs over two pages");
        assert!(Question::new(" \n　").is_none());
    }

    #[test]
    fn what_stands_around_it_is_told() {
        let (_dir, texts) = texts(&[&["第一条 为了加强\n河湖水环境保护监督工作，制定本决定。"]]);
        let found = texts.find(&Question::new("水环境保护").unwrap(), 1);
        let place = &found[&Hex([1; 32])].places[0];
        assert_eq!(
            (place.before.as_str(), place.found.as_str(), place.after.as_str()),
            ("第一条为了加强河湖", "水环境保护", "监督工作，制定本决定。")
        );
    }

    #[test]
    fn what_cannot_be_searched_is_told_apart() {
        let (_dir, texts) = texts(&[&["", " "], &["字"]]);
        texts.known.write().unwrap().insert(Hex([3; 32]), None);
        let legible: Vec<Legible> = (1..5).map(|n| texts.legible(&Hex([n; 32]))).collect();
        let wanted = [Legible::Nothing, Legible::Read, Legible::Unreadable, Legible::Coming];
        assert_eq!(legible, wanted);
    }

    #[test]
    fn titles_are_held_against_the_same_words() {
        let question = Question::new("预算 2026").unwrap();
        assert!(question.is_in("２０２６年预 算报告"));
        assert!(!question.is_in("预算报告"));
    }
}
