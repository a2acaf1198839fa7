//! The catalogue: every word a person reads on the seat, in each language.
//!
//! Keys are flat (`vote.submit`), texts hold `{placeholders}`. Both files must have the same keys
//! with the same placeholders; the tests here also look through the sources for keys that do not
//! exist. Choosing the words for a situation is `screen/derive.rs`'s work.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::screen::Language;

const ZH: &str = include_str!("../../assets/i18n/zh-CN.json");
const EN: &str = include_str!("../../assets/i18n/en.json");

/// The words of one language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words {
    language: Language,
}

impl Words {
    pub fn new(language: Language) -> Self {
        Self { language }
    }

    pub fn language(self) -> Language {
        self.language
    }

    /// The text of a key without placeholders. A key that does not exist comes back in brackets,
    /// so that it is seen and not silently blank.
    pub fn say(self, key: &str) -> String {
        match catalogue(self.language).get(key) {
            Some(text) => text.clone(),
            None => format!("⟦{key}⟧"),
        }
    }

    /// The text of a key with its placeholders filled: `fill("seat.number", &[("seat", "12")])`.
    /// What stands in a value is never looked at again for placeholders.
    pub fn fill(self, key: &str, values: &[(&str, &str)]) -> String {
        let Some(text) = catalogue(self.language).get(key) else {
            return format!("⟦{key}⟧");
        };
        let mut out = String::with_capacity(text.len() + 16);
        let mut rest = text.as_str();
        while let Some(start) = rest.find('{') {
            let (before, from) = rest.split_at(start);
            out.push_str(before);
            let Some(end) = from.find('}') else {
                rest = from;
                break;
            };
            let name = &from[1..end];
            match values.iter().find(|(key, _)| *key == name) {
                Some((_, value)) => out.push_str(value),
                None => out.push_str(&from[..=end]),
            }
            rest = &from[end + 1..];
        }
        out.push_str(rest);
        out
    }

    /// How an item of the agenda is numbered: 一, 二 … 九十九 in Chinese, figures in English.
    pub fn numeral(self, number: u32) -> String {
        match self.language {
            Language::Zh => chinese_numeral(number),
            Language::En => number.to_string(),
        }
    }
}

fn chinese_numeral(number: u32) -> String {
    const DIGITS: [&str; 10] = ["〇", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    let digit = |n: u32| DIGITS.get(n as usize).copied().unwrap_or_default();
    match number {
        0..=9 => digit(number).to_string(),
        10..=99 => {
            let tens = if number < 20 { "" } else { digit(number / 10) };
            let ones = if number.is_multiple_of(10) { "" } else { digit(number % 10) };
            format!("{tens}十{ones}")
        }
        _ => number.to_string(),
    }
}

fn catalogue(language: Language) -> &'static HashMap<String, String> {
    static ZH_MAP: OnceLock<HashMap<String, String>> = OnceLock::new();
    static EN_MAP: OnceLock<HashMap<String, String>> = OnceLock::new();
    match language {
        Language::Zh => ZH_MAP.get_or_init(|| parse(ZH)),
        Language::En => EN_MAP.get_or_init(|| parse(EN)),
    }
}

/// The files are part of the program and tested: a broken one shows as bracketed keys.
fn parse(text: &str) -> HashMap<String, String> {
    serde_json::from_str(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::{Path, PathBuf};

    fn strict(text: &str) -> HashMap<String, String> {
        serde_json::from_str(text).expect("the catalogue is a flat JSON object of strings")
    }

    fn placeholders(text: &str) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut rest = text;
        while let Some(start) = rest.find('{') {
            let end = rest[start..].find('}').expect("a placeholder is closed") + start;
            found.insert(rest[start + 1..end].to_string());
            rest = &rest[end + 1..];
        }
        found
    }

    #[test]
    fn both_languages_have_the_same_keys_and_placeholders() {
        let (zh, en) = (strict(ZH), strict(EN));
        let keys = |map: &HashMap<String, String>| map.keys().cloned().collect::<BTreeSet<_>>();
        assert_eq!(keys(&zh), keys(&en));
        for (key, text) in &zh {
            assert_eq!(placeholders(text), placeholders(&en[key]), "placeholders of {key}");
            assert!(!text.trim().is_empty(), "{key} is empty");
            assert!(!en[key].trim().is_empty(), "{key} is empty in English");
        }
    }

    #[test]
    fn no_key_is_written_twice() {
        for text in [ZH, EN] {
            let lines = text.lines().filter(|line| line.trim_start().starts_with('"')).count();
            assert_eq!(lines, strict(text).len(), "a key stands twice, or two on one line");
        }
    }

    /// Every literal key handed to `say` or `fill` anywhere in the crate is in the catalogue.
    #[test]
    fn every_key_used_exists() {
        let zh = strict(ZH);
        let mut seen = 0;
        for path in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
            if path.ends_with("words.rs") {
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("a source can be read");
            for opener in [".say(", ".fill("] {
                for piece in text.split(opener).skip(1) {
                    let Some(literal) = piece.trim_start().strip_prefix('"') else { continue };
                    let key = literal.split('"').next().unwrap_or_default();
                    assert!(zh.contains_key(key), "{} uses {key}", path.display());
                    seen += 1;
                }
            }
        }
        assert!(seen > 0 || !cfg!(feature = "window"), "no key was found: the search is broken");
    }

    fn sources(folder: &Path) -> Vec<PathBuf> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(folder).expect("the source folder can be read") {
            let path = entry.expect("a folder entry").path();
            if path.is_dir() {
                found.extend(sources(&path));
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
        found
    }

    #[test]
    fn filling_leaves_values_alone() {
        let words = Words::new(Language::Zh);
        let text = words.fill("seat.number", &[("seat", "{seat}")]);
        assert_eq!(text, "{seat} 号");
        assert_eq!(words.say("no.such.key"), "⟦no.such.key⟧");
    }

    #[test]
    fn items_are_numbered_as_an_office_writes_them() {
        let zh = Words::new(Language::Zh);
        for (number, text) in [(1, "一"), (10, "十"), (11, "十一"), (20, "二十"), (31, "三十一")]
        {
            assert_eq!(zh.numeral(number), text);
        }
        assert_eq!(Words::new(Language::En).numeral(4), "4");
    }
}
