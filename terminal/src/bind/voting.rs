//! Sets the pages about votes: choosing, the receipt, the result.

use slint::{ComponentHandle, SharedString};

use super::models::{int, sync, sync_text};
use super::views::text;
use super::{Inner, ui};
use crate::screen::{
    Choice, ChoiceKind, ListRow, ListVote, Method, PersonResult, Plurality, ReceiptState, Submit,
    SubmitState, Submitted, VerdictKind, Vote, VoteHead, VoteResult,
};

pub(super) fn vote(inner: &Inner, page: &Vote) {
    let view = inner.app.global::<ui::VoteView>();
    view.set_head(head(&page.head, ""));
    sync_text(&inner.models.vote_title, &page.title);
    sync(&inner.models.choices, page.choices.iter().map(choice).collect());
    view.set_foot(foot(&page.submit, &page.help));
    view.set_rule(text(&page.rule));
    view.set_can_beside(page.can_beside);
}

pub(super) fn list(inner: &Inner, page: &ListVote) {
    let view = inner.app.global::<ui::ListView>();
    view.set_head(head(&page.head, &page.title));
    sync(&inner.models.list, page.rows.iter().map(person).collect());
    view.set_count(int(page.rows.len()));
    view.set_chosen(int(page.chosen));
    view.set_progress(text(&page.progress_words));
    view.set_foot(foot(&page.submit, &page.help));
}

pub(super) fn plurality(inner: &Inner, page: &Plurality) {
    let view = inner.app.global::<ui::PluralityView>();
    view.set_head(head(&page.head, ""));
    sync_text(&inner.models.plurality_title, &page.title);
    let rows = page.candidates.iter().map(|candidate| ui::CandidateRow {
        number: text(&candidate.number),
        name: text(&candidate.name),
        post: text(&candidate.post),
        chosen: candidate.chosen,
        full: candidate.full,
        spoken: text(&candidate.spoken),
    });
    sync(&inner.models.candidates, rows.collect());
    view.set_count(int(page.candidates.len()));
    view.set_seats(int(page.seats));
    view.set_chosen(int(page.chosen));
    view.set_progress(text(&page.progress_words));
    view.set_foot(foot(&page.submit, &page.help));
}

pub(super) fn submitted(inner: &Inner, page: &Submitted) {
    let view = inner.app.global::<ui::SubmittedView>();
    view.set_heading(text(&page.heading));
    view.set_confirmed(match page.state {
        ReceiptState::Waiting => false,
        ReceiptState::Confirmed => true,
    });
    view.set_secret(is_secret(page.method));
    view.set_title(text(&page.title));
    view.set_sentence(text(&page.sentence));
    view.set_method_words(text(&page.method_words));
    view.set_receipt_label(text(&page.receipt_label));
    view.set_receipt(text(&page.receipt));
    view.set_receipt_help(SharedString::from(page.receipt_help.join("\n")));
    view.set_has_turnout(page.turnout.is_some());
    if let Some(turnout) = &page.turnout {
        view.set_turnout_label(text(&turnout.label));
        view.set_turnout_done(SharedString::from(turnout.done.to_string()));
        view.set_turnout_of(text(&turnout.of_words));
        // A length on the screen, not a count.
        let share = f64::from(turnout.done) / f64::from(turnout.of.max(1));
        view.set_turnout_share(share as f32);
        view.set_turnout_help(text(&turnout.help));
        let share = |n: u32| (f64::from(n) / f64::from(turnout.of.max(1))) as f32;
        let [aye, nay, abstain] = turnout.live.unwrap_or_default().map(share);
        view.set_live(turnout.live.is_some());
        view.set_live_aye(aye);
        view.set_live_nay(nay);
        view.set_live_abstain(abstain);
    }
}

pub(super) fn result(inner: &Inner, page: &VoteResult) {
    let view = inner.app.global::<ui::ResultView>();
    view.set_head(head(
        &VoteHead {
            heading: page.heading.clone(),
            method: page.method,
            method_words: page.method_words.clone(),
            remaining: None,
        },
        "",
    ));
    // On the result the title takes one line where it fits.
    sync_text(&inner.models.result_title, &[one_line(&page.title)]);
    view.set_verdict(verdict(page.verdict.kind));
    view.set_word(text(&page.verdict.word));
    view.set_comparison(text(&page.verdict.comparison));
    view.set_basis(text(&page.verdict.basis));
    let counts = page.counts.iter().map(|count| ui::CountItem {
        kind: choice_kind(count.kind),
        word: text(&count.word),
        number: text(&count.number),
    });
    sync(&inner.models.counts, counts.collect());
    view.set_has_bar(page.bar.is_some());
    if let Some(bar) = &page.bar {
        view.set_bar(ui::BarItem {
            aye: int(bar.aye),
            nay: int(bar.nay),
            abstain: int(bar.abstain),
            unpressed: int(bar.unpressed),
            of: int(bar.of),
            threshold: bar.threshold.map_or(-1, int),
            threshold_words: text(&bar.threshold_words),
            left: text(&bar.left),
            right: text(&bar.right),
        });
    }
    sync(&inner.models.persons, page.persons.iter().map(outcome).collect());
    view.set_person_count(int(page.persons.len()));
    view.set_has_opening(page.opening.is_some());
    if let Some(opening) = &page.opening {
        view.set_opening_words(text(&opening.sentence));
        view.set_missing_label(text(&opening.missing_label));
        view.set_missing(SharedString::from(opening.missing.join("　")));
    }
    view.set_note(text(&page.note));
}

/// Words in letters need a space where a line was broken, characters none.
fn one_line(lines: &[String]) -> String {
    let mut whole = String::new();
    for line in lines {
        if whole.ends_with(|last: char| last.is_ascii_alphanumeric() || last == ',') {
            whole.push(' ');
        }
        whole.push_str(line);
    }
    whole
}

fn head(head: &VoteHead, title: &str) -> ui::HeadItem {
    let remaining = head.remaining.as_ref();
    ui::HeadItem {
        heading: text(&head.heading),
        title: text(title),
        secret: is_secret(head.method),
        method: text(&head.method_words),
        time_label: remaining.map(|remaining| text(&remaining.label)).unwrap_or_default(),
        clock: remaining.map(|remaining| text(&remaining.clock)).unwrap_or_default(),
        warning: remaining.map(|remaining| text(&remaining.warning)).unwrap_or_default(),
    }
}

fn is_secret(method: Method) -> bool {
    match method {
        Method::Recorded => false,
        Method::Secret => true,
    }
}

fn choice_kind(kind: ChoiceKind) -> ui::ChoiceKind {
    match kind {
        ChoiceKind::Aye => ui::ChoiceKind::Aye,
        ChoiceKind::Nay => ui::ChoiceKind::Nay,
        ChoiceKind::Abstain => ui::ChoiceKind::Abstain,
        ChoiceKind::Unpressed => ui::ChoiceKind::Unpressed,
    }
}

fn choice(choice: &Choice) -> ui::ChoiceItem {
    ui::ChoiceItem {
        kind: choice_kind(choice.kind),
        word: text(&choice.word),
        chosen: choice.chosen,
        spoken: text(&choice.spoken),
    }
}

fn foot(submit: &Submit, help: &str) -> ui::FootItem {
    let (state, error) = match submit.state {
        SubmitState::Disabled => (ui::SubmitState::Disabled, ""),
        SubmitState::Ready => (ui::SubmitState::Ready, ""),
        SubmitState::Busy => (ui::SubmitState::Busy, ""),
        SubmitState::Failed => (ui::SubmitState::Failed, submit.error.as_str()),
    };
    ui::FootItem {
        state,
        label: text(&submit.label),
        help: text(help),
        broken: text(&by_phrase(if error.is_empty() { help } else { error })),
        error: text(error),
    }
}

/// Two lines, broken where a sentence ends, else after its first comma.
fn by_phrase(words: &str) -> String {
    let end = |mark: char| words.find(mark).map(|at| at + mark.len_utf8());
    match end('。').filter(|at| *at < words.len()).or(end('，')) {
        Some(at) => format!("{}\n{}", &words[..at], &words[at..]),
        None => words.to_owned(),
    }
}

fn person(row: &ListRow) -> ui::PersonRow {
    let at = |index: usize| row.choices.get(index).map(choice).unwrap_or_default();
    ui::PersonRow {
        question: int(row.question),
        number: text(&row.number),
        name: text(&row.name),
        act: text(&row.act),
        post: text(&row.post),
        current: row.current,
        a: at(0),
        b: at(1),
        c: at(2),
        count: int(row.choices.len()),
    }
}

fn verdict(kind: VerdictKind) -> ui::VerdictKind {
    match kind {
        VerdictKind::Pending => ui::VerdictKind::Pending,
        VerdictKind::Adopted => ui::VerdictKind::Adopted,
        VerdictKind::Rejected => ui::VerdictKind::Rejected,
        VerdictKind::Undecided => ui::VerdictKind::Undecided,
        VerdictKind::Annulled => ui::VerdictKind::Annulled,
    }
}

fn outcome(person: &PersonResult) -> ui::PersonOutcome {
    let count = |kind: ChoiceKind| person.counts.iter().find(|count| count.kind == kind);
    let number = |kind| count(kind).map(|count| text(&count.number)).unwrap_or_default();
    let word = |kind| count(kind).map(|count| text(&count.word)).unwrap_or_default();
    ui::PersonOutcome {
        number: text(&person.number),
        name: text(&person.name),
        post: text(&person.post),
        verdict: verdict(person.kind),
        word: text(&person.word),
        aye: number(ChoiceKind::Aye),
        nay: number(ChoiceKind::Nay),
        abstain: number(ChoiceKind::Abstain),
        unpressed: number(ChoiceKind::Unpressed),
        aye_word: word(ChoiceKind::Aye),
        nay_word: word(ChoiceKind::Nay),
        abstain_word: word(ChoiceKind::Abstain),
        unpressed_word: word(ChoiceKind::Unpressed),
    }
}

#[cfg(test)]
mod tests {
    use super::{by_phrase, one_line};

    #[test]
    fn help_breaks_by_phrase() {
        assert_eq!(
            by_phrase("提交前可以改选，提交后不能更改。"),
            "提交前可以改选，\n提交后不能更改。"
        );
        assert_eq!(
            by_phrase("提交未成功。选择已保留，请再次提交。"),
            "提交未成功。\n选择已保留，请再次提交。"
        );
        for same in ["", "请等候。", "You can change it until you submit."] {
            assert_eq!(by_phrase(same), same);
        }
    }

    #[test]
    fn a_title_on_one_line_reads_as_written() {
        assert_eq!(one_line(&["关于批准".into(), "2026年决议".into()]), "关于批准2026年决议");
        assert_eq!(
            one_line(&["approving the plan".into(), "for 2026".into()]),
            "approving the plan for 2026"
        );
    }
}
