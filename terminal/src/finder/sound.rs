//! Chinese by its sound: which characters the letters may stand for, whether
//! they spell the syllables out or only begin them.

use pinyin::ToPinyinMulti;
use std::ops::Range;

/// Positions within the letters are kept in the bits of a number.
const MOST_LETTERS: usize = 60;
/// One letter alone would offer a tenth of the paper.
const FEWEST_LETTERS: usize = 2;

/// For each character of a text, the letters that its readings begin with: one bit a letter.
pub struct Initials(Vec<u32>);

impl Initials {
    pub fn of(text: &[char]) -> Self {
        Self(text.iter().map(|char| readings(*char).fold(0, |all, r| all | first(r))).collect())
    }
}

fn readings(char: char) -> impl Iterator<Item = &'static str> {
    // Most of a paper's other characters are ASCII; they have no readings.
    let multi = if char.is_ascii() { None } else { char.to_pinyin_multi() };
    multi.into_iter().flatten().map(|reading| reading.plain())
}

fn first(reading: &str) -> u32 {
    reading.chars().next().map_or(0, bit)
}

fn bit(letter: char) -> u32 {
    match letter {
        'a'..='z' => 1 << (u32::from(letter) - u32::from('a')),
        _ => 0,
    }
}

/// What was typed, where it may be meant by its sound.
pub struct Letters(Vec<char>);

impl Letters {
    /// None where it is no sound: too short, too long, or not only letters and figures.
    pub fn of(typed: &[char]) -> Option<Self> {
        let sound = typed.iter().all(char::is_ascii_alphanumeric)
            && typed.iter().filter(|c| c.is_ascii_lowercase()).count() >= FEWEST_LETTERS
            && typed.len() <= MOST_LETTERS;
        sound.then(|| Self(typed.to_vec()))
    }

    /// The parts of a text that sound like this, without overlaps.
    pub fn places(&self, text: &[char], initials: &Initials) -> Vec<Range<usize>> {
        let Some(&letter) = self.0.first() else { return Vec::new() };
        let mut found = Vec::new();
        let mut at = 0;
        while let Some(char) = text.get(at) {
            let begins =
                initials.0.get(at).is_some_and(|i| i & bit(letter) != 0) || *char == letter;
            let length =
                if begins { text.get(at..).and_then(|rest| self.length(rest)) } else { None };
            match length {
                Some(length) => {
                    found.push(at..at + length);
                    at += length;
                }
                None => at += 1,
            }
        }
        found
    }

    /// How many characters at the start of this text it takes to use the letters up.
    fn length(&self, text: &[char]) -> Option<usize> {
        let letters = self.0.as_slice();
        let end = 1_u64 << letters.len();
        let mut reached = 1_u64;
        let mut chinese = false;
        for (used, char) in text.iter().take(letters.len()).enumerate() {
            let mut next = 0;
            for place in (0..letters.len()).filter(|place| reached & (1 << place) != 0) {
                let rest = letters.get(place..).unwrap_or_default();
                if rest.first() == Some(char) {
                    next |= 1 << (place + 1);
                }
                for reading in readings(*char) {
                    for (length, sound) in (1..).zip(reading.chars()) {
                        if !rest.get(length - 1).is_some_and(|letter| sounds(sound, *letter)) {
                            break;
                        }
                        next |= 1 << (place + length);
                    }
                }
            }
            if next == 0 {
                return None;
            }
            chinese |= !char.is_ascii();
            if next & end != 0 {
                // Letters that stand there as they are need no offer.
                return chinese.then_some(used + 1);
            }
            reached = next;
        }
        None
    }
}

/// Keyboards have no ü: people type v, or u.
fn sounds(sound: char, letter: char) -> bool {
    sound == letter || (sound == 'ü' && matches!(letter, 'v' | 'u'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, typed: &str) -> Vec<String> {
        let text: Vec<char> = text.chars().collect();
        let typed: Vec<char> = typed.chars().collect();
        let letters = Letters::of(&typed).expect("a sound");
        let places = letters.places(&text, &Initials::of(&text)).into_iter();
        places.map(|part| text[part].iter().collect()).collect()
    }

    #[test]
    fn initials_whole_syllables_and_both_together() {
        let text = "关于批准2026年市级预算调整方案的决议";
        for typed in ["ystz", "yusuantiaozheng", "yusuantz", "ysuant", "yustiaoz"] {
            let words = &found(text, typed)[0];
            assert!(words.starts_with("预算调"), "{typed} gives {words}");
        }
        assert_eq!(found("批准2026年市级预算", "2026nian"), ["2026年"]);
    }

    #[test]
    fn a_character_may_have_several_readings() {
        assert_eq!(found("银行重新行走", "yh"), ["银行"]);
        assert_eq!(found("银行重新行走", "xz"), ["行重", "行走"]);
        assert_eq!(found("银行重新行走", "cx"), ["重新"]);
        assert_eq!(found("绿化", "lvhua"), ["绿化"]);
        assert_eq!(found("绿化", "luhua"), ["绿化"]);
    }

    #[test]
    fn only_what_may_be_a_sound_is_tried() {
        let letters = |typed: &str| Letters::of(&typed.chars().collect::<Vec<_>>()).is_some();
        assert!(letters("ys") && letters("2026ys"));
        assert!(!letters("y") && !letters("预算") && !letters("2026") && !letters("a-b"));
        assert!(!letters(&"a".repeat(61)));
        assert_eq!(found("gdp gdp", "gdp"), Vec::<String>::new(), "it stands there as it is");
    }
}
