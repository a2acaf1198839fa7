//! Clocks and dates as words. The zone is the room's: an offset that the shell
//! reads from the system, as this code knows no clock.

use crate::screen::Language;
use crate::words::Words;
use hemicycle_protocol::ids::Millis;

/// `10:38`
pub fn clock(at: Millis, offset_minutes: i32) -> String {
    let minutes = at.0.div_euclid(60_000).saturating_add(i64::from(offset_minutes));
    let day = minutes.rem_euclid(24 * 60);
    format!("{:02}:{:02}", day / 60, day % 60)
}

/// `1:24`, counted up to the whole second, never below 0.
pub(super) fn countdown(left_ms: i64) -> String {
    timer(left_ms.max(0).saturating_add(999) / 1000)
}

/// `3:42`, whole seconds that have passed.
pub(super) fn count_up(spent_ms: i64) -> String {
    timer(spent_ms.max(0) / 1000)
}

fn timer(seconds: i64) -> String {
    if seconds >= 3600 {
        format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
    } else {
        format!("{}:{:02}", seconds / 60, seconds % 60)
    }
}

/// Day and time that a clerk wrote as `2026-08-26T09:00`, in words:
/// `2026 年 8 月 26 日　星期三` and `上午 9:00 开会`. Empty where it is not such a text.
pub(super) fn beginning(words: Words, text: &str) -> (String, String) {
    let Some((date, time)) = text.split_once('T') else { return Default::default() };
    let mut parts = date.splitn(3, '-').map(str::parse::<i64>);
    let (Some(Ok(y @ 0..=9999)), Some(Ok(m @ 1..=12)), Some(Ok(d @ 1..=31))) =
        (parts.next(), parts.next(), parts.next())
    else {
        return Default::default();
    };
    let weekday = words.say(&format!("weekday.{}", weekday(y, m, d)));
    let month = match words.language() {
        Language::Zh => m.to_string(),
        Language::En => words.say(&format!("month.{m}")),
    };
    let date = words.fill(
        "date.full",
        &[
            ("year", &y.to_string()),
            ("month", &month),
            ("day", &d.to_string()),
            ("weekday", &weekday),
        ],
    );
    let mut parts = time.splitn(3, ':').map(str::parse::<u32>);
    let (Some(Ok(hour @ 0..=23)), Some(Ok(minute @ 0..=59))) = (parts.next(), parts.next()) else {
        return (date, String::new());
    };
    let half = if hour < 12 { "begins.morning" } else { "begins.afternoon" };
    let shown = match (words.language(), hour) {
        (Language::En, 0) => 12,
        (Language::Zh | Language::En, 0..=12) => hour,
        (Language::Zh | Language::En, _) => hour - 12,
    };
    (date, words.fill(half, &[("time", &format!("{shown}:{minute:02}"))]))
}

/// 0 is Sunday. Zeller's congruence, for any date of the Gregorian calendar.
fn weekday(y: i64, m: i64, d: i64) -> i64 {
    let (y, m) = if m < 3 { (y - 1, m + 12) } else { (y, m) };
    let h = d + 13 * (m + 1) / 5 + y + y.div_euclid(4) - y.div_euclid(100) + y.div_euclid(400);
    (h + 6).rem_euclid(7)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_turn_in_the_rooms_zone() {
        assert_eq!(clock(Millis(0), 480), "08:00");
        assert_eq!(clock(Millis(-1), 0), "23:59");
        assert_eq!(clock(Millis(16 * 3_600_000), 480), "00:00");
    }

    #[test]
    fn countdowns_end_at_zero() {
        for (ms, text) in
            [(84_000, "1:24"), (83_001, "1:24"), (999, "0:01"), (0, "0:00"), (-5, "0:00")]
        {
            assert_eq!(countdown(ms), text);
        }
        assert_eq!(countdown(3_725_000), "1:02:05");
        for (ms, text) in [(-5, "0:00"), (999, "0:00"), (1000, "0:01"), (222_900, "3:42")] {
            assert_eq!(count_up(ms), text);
        }
    }

    #[test]
    fn a_beginning_in_words() {
        let zh = Words::new(Language::Zh);
        let (date, time) = beginning(zh, "2026-08-26T09:00");
        assert_eq!(date, "2026 年 8 月 26 日　星期三");
        assert_eq!(time, "上午 9:00 开会");
        assert_eq!(beginning(zh, "2026-01-01T14:30").1, "下午 2:30 开会");
        assert_eq!(beginning(zh, "2026-08-26T09:00:00").1, "上午 9:00 开会");
        let no_time = ["2026-08-26T", "2026-08-26T24:00", "2026-08-26T9", "2026-08-26T09:60"];
        for text in no_time {
            assert_eq!(beginning(zh, text), ("2026 年 8 月 26 日　星期三".into(), String::new()));
        }
        for text in ["soon", "", "T", "9223372036854775807-01-01T09:00", "2026-13-01T09:00"] {
            assert_eq!(beginning(zh, text), Default::default(), "{text}");
        }
    }

    #[test]
    fn weekdays() {
        // 2000-01-01 a Saturday, 2026-11-22 a Sunday, 2024-02-29 a Thursday
        assert_eq!(weekday(2000, 1, 1), 6);
        assert_eq!(weekday(2026, 11, 22), 0);
        assert_eq!(weekday(2024, 2, 29), 4);
    }
}
