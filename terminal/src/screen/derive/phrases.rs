//! Breaking a long title into at most two lines, between phrases: a title is
//! read aloud, and a line that ends in the middle of a word sounds wrong.

/// Half-widths after which one line is too long on the vote page.
const ONE_LINE: usize = 44;

/// One or two lines.
pub fn lines(title: &str) -> Vec<String> {
    let title = title.trim();
    if let Some((a, b)) = title.split_once('\n') {
        return vec![a.trim().into(), b.trim().replace('\n', "")];
    }
    let total = width(title);
    if total <= ONE_LINE {
        return vec![title.into()];
    }
    let best = breaks(title)
        .map(|(at, bonus)| {
            let (left, right) = title.split_at(at);
            let (left, right) = (width(left.trim()), width(right.trim()));
            (left.abs_diff(right).saturating_sub(bonus), at)
        })
        .min();
    match best {
        Some((_, at)) => {
            let (a, b) = title.split_at(at);
            vec![a.trim().into(), b.trim().into()]
        }
        None => vec![title.into()],
    }
}

/// Places where a break sounds right, with how much unevenness each is worth.
fn breaks(title: &str) -> impl Iterator<Item = (usize, usize)> {
    const AFTER: [(&str, usize); 12] = [
        ("关于批准", 16),
        ("关于接受", 16),
        ("关于同意", 16),
        ("关于", 10),
        ("》", 6),
        ("、", 6),
        ("和", 4),
        ("的", 4),
        ("及", 2),
        ("年", 2),
        ("，", 8),
        (" ", 8),
    ];
    const BEFORE: [(&str, usize); 3] = [("《", 6), ("（", 2), ("实施", 4)];
    let after = AFTER.iter().flat_map(|&(mark, bonus)| {
        title.match_indices(mark).map(move |(at, _)| (at + mark.len(), bonus))
    });
    let before = BEFORE
        .iter()
        .flat_map(|&(mark, bonus)| title.match_indices(mark).map(move |(at, _)| (at, bonus)));
    let all: Vec<_> = after.chain(before).filter(|&(at, _)| at > 0 && at < title.len()).collect();
    // 关于 alone is no end of a line where a verb follows that belongs to it.
    let verbs: Vec<usize> = all.iter().filter(|b| b.1 == 16).map(|b| b.0 - "批准".len()).collect();
    all.into_iter().filter(move |b| !(b.1 == 10 && verbs.contains(&b.0)))
}

/// In half-widths: a Chinese character is two.
fn width(text: &str) -> usize {
    text.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum()
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn titles_break_between_phrases() {
        let check = |title: &str, want: &[&str]| assert_eq!(lines(title), want);
        check(
            "关于加强城市更新监督工作的决定（草案）",
            &["关于加强城市更新监督工作的决定（草案）"],
        );
        check(
            "大安市人大常委会关于批准2026年市级预算调整方案的决议（草案）",
            &["大安市人大常委会关于批准", "2026年市级预算调整方案的决议（草案）"],
        );
        check("甲\n乙", &["甲", "乙"]);
        check(
            "A resolution of the standing committee on the adjusted budget",
            &["A resolution of the standing", "committee on the adjusted budget"],
        );
    }

    #[test]
    fn nothing_is_lost() {
        let title = "某某区人民代表大会常务委员会执法检查组关于检查《中华人民共和国农产品质量安全法》实施情况的报告";
        assert_eq!(lines(title).concat(), title);
        assert_eq!(lines(title).len(), 2);
    }
}
