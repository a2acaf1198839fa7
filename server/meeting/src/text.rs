//! What a text must be to be stored: trimmed, of bounded length, and of
//! characters that every face can show. Fonts are not known here; whether a
//! rare character has a glyph is checked where the fonts are.

use hemicycle_protocol::refusal::{Code, Refusal};

/// One line that must say something.
pub fn line(text: &str, most: usize, what: &str) -> Result<String, Refusal> {
    let text = optional(text, most, what)?;
    if text.is_empty() {
        return Err(Refusal::of(Code::BadText, format_args!("{what} is empty")));
    }
    Ok(text)
}

/// One line that may be empty.
pub fn optional(text: &str, most: usize, what: &str) -> Result<String, Refusal> {
    checked(text, most, what, false)
}

/// Several lines that must say something.
pub fn block(text: &str, most: usize, what: &str) -> Result<String, Refusal> {
    let text = checked(text, most, what, true)?;
    if text.is_empty() {
        return Err(Refusal::of(Code::BadText, format_args!("{what} is empty")));
    }
    Ok(text)
}

/// Day and minute as `2026-08-26T09:00`, or empty.
pub fn local_time(text: &str) -> Result<String, Refusal> {
    let text = text.trim();
    if text.is_empty() || is_local_time(text) {
        return Ok(text.into());
    }
    Err(Refusal::of(Code::BadText, "starts_at is not YYYY-MM-DDTHH:MM"))
}

fn checked(text: &str, most: usize, what: &str, lines: bool) -> Result<String, Refusal> {
    let text = text.trim();
    let length = text.chars().count();
    if length > most {
        let off = format_args!("{what}: {length} of at most {most} characters").to_string();
        return Err(Refusal::of(Code::BadText, off));
    }
    match text.chars().find(|c| !(is_shown(*c) || lines && *c == '\n')) {
        None => Ok(text.into()),
        Some(c) => Err(Refusal::of(
            Code::BadText,
            format_args!("{what}: character U+{:04X} cannot be shown", u32::from(c)),
        )),
    }
}

/// Control characters, direction overrides, invisible joiners, private use and
/// noncharacters are out. Variation selectors stay: rare names need them.
fn is_shown(c: char) -> bool {
    let invisible = matches!(c,
        '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFD}' | '\u{FDD0}'..='\u{FDEF}'
        | '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..='\u{10FFFF}');
    !c.is_control() && !invisible && u32::from(c) & 0xFFFE != 0xFFFE
}

fn is_local_time(text: &str) -> bool {
    let shape = text.len() == 16
        && text.bytes().enumerate().all(|(i, b)| match i {
            4 | 7 => b == b'-',
            10 => b == b'T',
            13 => b == b':',
            0..=3 | 5..=6 | 8..=9 | 11..=12 | 14..=15 => b.is_ascii_digit(),
            16.. => false,
        });
    let part = |from: usize, to: usize| text.get(from..to).and_then(|t| t.parse::<u32>().ok());
    let within = |n: Option<u32>, least, most| n.is_some_and(|n| (least..=most).contains(&n));
    let (year, month) = (part(0, 4), part(5, 7));
    let days = match (month, year) {
        (Some(2), Some(y)) if y % 4 == 0 && (y % 100 != 0 || y % 400 == 0) => 29,
        (Some(2), _) => 28,
        (Some(4 | 6 | 9 | 11), _) => 30,
        (_, _) => 31,
    };
    shape
        && within(year, 1900, 9999)
        && within(month, 1, 12)
        && within(part(8, 10), 1, days)
        && within(part(11, 13), 0, 23)
        && within(part(14, 16), 0, 59)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_trimmed_bounded_and_showable() {
        assert_eq!(line("  㙓 \u{20BB7}\u{E0100}　", 10, "name").unwrap(), "㙓 \u{20BB7}\u{E0100}");
        assert_eq!(optional(" ", 10, "post").unwrap(), "");
        assert_eq!(line("大安市", 3, "t").unwrap(), "大安市");
        for bad in [
            "",
            "  ",
            "大安市委",
            "a\u{7}",
            "a\nb",
            "\u{202E}ab",
            "a\u{200B}",
            "\u{E001}",
            "\u{FFFD}",
        ] {
            assert_eq!(line(bad, 3, "t").unwrap_err().code, Code::BadText, "{bad:?}");
        }
        assert_eq!(block("a\nb", 3, "t").unwrap(), "a\nb");
    }

    #[test]
    fn times_are_days_that_exist() {
        for good in ["", "2026-08-26T09:00", "2028-02-29T23:59"] {
            assert!(local_time(good).is_ok(), "{good}");
        }
        for bad in [
            "2026-02-29T09:00",
            "2026-13-01T09:00",
            "2026-08-26 09:00",
            "2026-08-26T24:00",
            "2026年8月26日",
        ] {
            assert!(local_time(bad).is_err(), "{bad}");
        }
    }
}
