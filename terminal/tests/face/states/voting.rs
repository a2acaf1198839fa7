//! Votes: open, submitted and decided.

use super::Say;
use hemicycle_terminal::screen::*;
use hemicycle_terminal::words::Words;

fn head(say: Say, method: Method) -> VoteHead {
    VoteHead {
        heading: say.t("第四项　表决", "Item 4: vote"),
        method,
        method_words: match method {
            Method::Secret => say.key("method.secret"),
            Method::Recorded => say.key("method.recorded"),
        },
        remaining: Some(Remaining {
            label: say.key("vote.remaining"),
            clock: "1:24".into(),
            warning: String::new(),
        }),
    }
}

fn choices(say: Say, chosen: Option<usize>) -> Vec<Choice> {
    [
        (ChoiceKind::Aye, "choice.aye"),
        (ChoiceKind::Nay, "choice.nay"),
        (ChoiceKind::Abstain, "choice.abstain"),
    ]
    .into_iter()
    .enumerate()
    .map(|(index, (kind, key))| {
        let word = say.key(key);
        let state =
            if chosen == Some(index) { "choice.spoken_chosen" } else { "choice.spoken_free" };
        let count = say.t("三", "three");
        let spoken = Words::new(say.0).fill(state, &[("word", &word), ("count", &count)]);
        Choice { kind, word, chosen: chosen == Some(index), spoken }
    })
    .collect()
}

fn submit(say: Say, state: SubmitState) -> Submit {
    Submit {
        state,
        label: say.key(if state == SubmitState::Busy { "vote.submitting" } else { "vote.submit" }),
        error: if state == SubmitState::Failed { say.key("vote.failed") } else { String::new() },
    }
}

fn vote(say: Say, method: Method, chosen: Option<usize>, state: SubmitState) -> Page {
    Page::Vote(question(say, method, chosen, state))
}

/// One question, as it stands on its own page and beside a paper.
pub(super) fn question(
    say: Say,
    method: Method,
    chosen: Option<usize>,
    state: SubmitState,
) -> Vote {
    Vote {
        head: head(say, method),
        title: say.title(),
        choices: choices(say, chosen),
        submit: submit(say, state),
        help: say.key(if chosen.is_some() { "vote.can_change" } else { "vote.choose_first" }),
        rule: say.t(
            "赞成票达到 16 票即为通过（组成人员 31 人的过半数）。",
            "Adopted with 16 votes for (more than half of 31 members).",
        ),
        can_beside: true,
    }
}

pub(super) fn votes(say: Say) -> Vec<(&'static str, Screen)> {
    let rail = |page: Page| say.with_rail(page, RailKind::Vote);
    let recorded = |chosen, state| rail(vote(say, Method::Recorded, chosen, state));
    let secret = |chosen, state| rail(vote(say, Method::Secret, chosen, state));
    let mut urgent = vote(say, Method::Recorded, Some(2), SubmitState::Ready);
    if let Page::Vote(vote) = &mut urgent {
        vote.head.remaining = Some(Remaining {
            label: say.key("vote.remaining"),
            clock: "0:18".into(),
            warning: say.t("即将结束", "Closing soon"),
        });
        vote.title = vec![say.t(
            "关于将“十五五”规划纲要实施情况中期评估和城市更新三年行动计划一并列入本次会议议程的临时动议",
            "A motion to add the mid-term review of the outline plan and the three-year renewal programme to today's agenda",
        )];
    }
    vec![
        ("vote", recorded(None, SubmitState::Disabled)),
        ("vote-aye", recorded(Some(0), SubmitState::Ready)),
        ("vote-nay", recorded(Some(1), SubmitState::Ready)),
        ("vote-secret", secret(Some(0), SubmitState::Ready)),
        ("vote-busy", recorded(Some(0), SubmitState::Busy)),
        ("vote-failed", recorded(Some(0), SubmitState::Failed)),
        ("vote-last-seconds", rail(urgent)),
        ("vote-offline", say.offline(recorded(Some(0), SubmitState::Disabled))),
        ("list", rail(list(say, Method::Recorded, 4, 6))),
        ("list-secret", rail(list(say, Method::Secret, 4, 6))),
        ("list-complete", rail(list(say, Method::Recorded, 6, 6))),
        ("list-long", rail(list(say, Method::Recorded, 3, 15))),
        ("plurality", rail(plurality(say))),
        ("submitted-waiting", rail(submitted(say, ReceiptState::Waiting, Method::Recorded))),
        ("submitted", rail(submitted(say, ReceiptState::Confirmed, Method::Recorded))),
        ("submitted-secret", rail(submitted(say, ReceiptState::Confirmed, Method::Secret))),
        ("submitted-secret-live", rail(live(say))),
        ("submitted-secret-waiting", rail(submitted(say, ReceiptState::Waiting, Method::Secret))),
    ]
}

fn people(say: Say) -> Vec<(String, String, String)> {
    [
        ("宋怀民", "Song Huaimin", "决定任命", "Appoint", "市人民政府副市长", "Vice mayor"),
        ("贺雪松", "He Xuesong", "决定任命", "Appoint", "市教育局局长", "Head of education"),
        ("夏雨薇", "Xia Yuwei", "决定任命", "Appoint", "市民政局局长", "Head of civil affairs"),
        ("温其然", "Wen Qiran", "任命", "Appoint", "市人民法院审判员", "Judge, city court"),
        ("简以宁", "Jian Yining", "任命", "Appoint", "市人民检察院检察员", "Procurator"),
        ("尤大川", "You Dachuan", "免去", "Remove", "市教育局局长", "Head of education"),
    ]
    .into_iter()
    .map(|(zh, en, act, act_en, post, post_en)| {
        (say.t(zh, en), say.t(act, act_en), say.t(post, post_en))
    })
    .collect()
}

fn list(say: Say, method: Method, chosen: usize, count: usize) -> Page {
    let people = people(say);
    let picks = [0, 0, 2, 0, 0, 1];
    let rows = (0..count).map(|index| {
        let (name, act, post) = people[index % people.len()].clone();
        let pick = (index < chosen).then(|| picks[index % picks.len()]);
        ListRow {
            question: u16::try_from(index).unwrap_or_default(),
            number: (index + 1).to_string(),
            name,
            act,
            post,
            choices: choices(say, pick),
            current: index == chosen,
        }
    });
    let missing = count - chosen;
    let mut head = head(say, method);
    head.heading = say.t("第六项", "Item 6");
    head.remaining = Some(Remaining {
        label: say.key("vote.remaining"),
        clock: "3:05".into(),
        warning: String::new(),
    });
    Page::List(ListVote {
        head,
        title: say.t("人事任免　逐人表决", "Vote on each person"),
        rows: rows.collect(),
        progress_words: say.t(&format!("已选 {chosen} / {count}"), &format!("{chosen} of {count}")),
        chosen: u32::try_from(chosen).unwrap_or_default(),
        help: if missing == 0 {
            say.key("vote.can_change")
        } else {
            say.t(
                &format!("还有 {missing} 人未选，请继续。"),
                &format!("{missing} still to choose."),
            )
        },
        submit: submit(say, if missing == 0 { SubmitState::Ready } else { SubmitState::Disabled }),
    })
}

fn plurality(say: Say) -> Page {
    let people = people(say);
    let candidates = (0..8).map(|index| {
        let (name, _, post) = people[index % people.len()].clone();
        let chosen = index == 1 || index == 4;
        Candidate {
            number: (index + 1).to_string(),
            spoken: format!("{name} {post}"),
            name,
            post,
            chosen,
            full: false,
        }
    });
    Page::Plurality(Plurality {
        head: head(say, Method::Recorded),
        title: vec![say.t("推选监票人", "Choosing the scrutineers")],
        candidates: candidates.collect(),
        progress_words: say.t("可选 3 人，已选 2 人", "2 of 3 chosen"),
        seats: 3,
        chosen: 2,
        help: say.key("rule.plurality"),
        submit: submit(say, SubmitState::Ready),
    })
}

fn submitted(say: Say, state: ReceiptState, method: Method) -> Page {
    let confirmed = state == ReceiptState::Confirmed;
    Page::Submitted(Submitted {
        heading: say.t("第四项　表决", "Item 4: vote"),
        method,
        state,
        title: say.key(if confirmed { "submitted.confirmed" } else { "submitted.waiting" }),
        sentence: say.key(if confirmed { "submitted.counted" } else { "submitted.waiting_help" }),
        method_words: say.key(match method {
            Method::Secret => "submitted.secret",
            Method::Recorded => "submitted.recorded",
        }),
        receipt_label: say.key("receipt.label"),
        receipt: match (state, method) {
            (ReceiptState::Waiting, _) => String::new(),
            (ReceiptState::Confirmed, Method::Recorded) => "7K3F 9QMD".into(),
            // The tracker's short form.
            (ReceiptState::Confirmed, Method::Secret) => "7K3F-9QMD".into(),
        },
        receipt_help: vec![say.key(match method {
            Method::Secret => "receipt.help_secret",
            Method::Recorded => "receipt.help_recorded",
        })],
        turnout: Some(Turnout {
            label: say.key("turnout.label"),
            done: 24,
            of: 28,
            of_words: say.t("/ 28 人", "/ 28"),
            help: Words::new(say.0).fill("turnout.timed", &[("clock", "0:41")]),
            live: None,
        }),
    })
}

/// A secret vote whose sums are shown in steps.
fn live(say: Say) -> Page {
    let words = Words::new(say.0);
    let figures = [("counted", "20"), ("step", "5"), ("aye", "16"), ("nay", "3"), ("abstain", "1")];
    let left = words.fill("turnout.left", &[("clock", "0:41")]);
    let mut page = submitted(say, ReceiptState::Confirmed, Method::Secret);
    if let Page::Submitted(Submitted { turnout: Some(turnout), .. }) = &mut page {
        turnout.help = left + &words.fill("turnout.live", &figures);
        turnout.live = Some([16, 3, 1]);
    }
    page
}

pub(super) fn results(say: Say) -> Vec<(&'static str, Screen)> {
    let count = |kind, key: &str, number: &str| Count {
        kind,
        word: say.key(key),
        number: number.to_string(),
    };
    let counts = |aye: &str, nay: &str, abstain: &str, unpressed: &str| {
        vec![
            count(ChoiceKind::Aye, "choice.aye", aye),
            count(ChoiceKind::Nay, "choice.nay", nay),
            count(ChoiceKind::Abstain, "choice.abstain", abstain),
            count(ChoiceKind::Unpressed, "choice.unpressed", unpressed),
        ]
    };
    let adopted = VoteResult {
        heading: say.t("第四项　表决结果", "Item 4: result"),
        method: Method::Recorded,
        method_words: say.key("method.recorded"),
        title: say.title(),
        verdict: Verdict {
            kind: VerdictKind::Adopted,
            word: say.key("verdict.adopted"),
            comparison: say.t("赞成 26 ≥ 过半数 16", "26 for ≥ majority 16"),
            basis: say.t("按全体组成人员 31 人计算", "Counted on all 31 members"),
        },
        counts: counts("26", "1", "1", "0"),
        bar: Some(Bar {
            aye: 26,
            nay: 1,
            abstain: 1,
            unpressed: 0,
            of: 31,
            threshold: Some(16),
            threshold_words: say.t("过半数 16", "Majority 16"),
            left: say.t("出席 28 人，收到 28 票", "28 present, 28 ballots"),
            right: say.t("组成人员 31 人", "31 members"),
        }),
        persons: Vec::new(),
        opening: None,
        note: String::new(),
    };
    let mut rejected = adopted.clone();
    rejected.verdict.kind = VerdictKind::Rejected;
    rejected.verdict.word = say.key("verdict.not_adopted");
    rejected.verdict.comparison = say.t("赞成 13 ＜ 过半数 16", "13 for ＜ majority 16");
    rejected.verdict.basis = say.t(
        "未通过：赞成 13 票，未超过全体组成人员 31 人的半数。",
        "Not adopted: 13 for, not more than half of all 31 members.",
    );
    rejected.counts = counts("13", "9", "4", "2");
    if let Some(bar) = &mut rejected.bar {
        (bar.aye, bar.nay, bar.abstain, bar.unpressed) = (13, 9, 4, 2);
    }
    let mut congress = adopted.clone();
    congress.counts = counts("2951", "214", "80", "31");
    congress.verdict.comparison = say.t("赞成 2951 ≥ 过半数 1689", "2951 for ≥ majority 1689");
    congress.verdict.basis = say.t("按全体代表 3376 人计算", "Counted on all 3376 deputies");
    congress.bar = Some(Bar {
        aye: 2951,
        nay: 214,
        abstain: 80,
        unpressed: 31,
        of: 3376,
        threshold: Some(1689),
        threshold_words: say.t("过半数 1689", "Majority 1689"),
        left: say.t("出席 3276 人，收到 3245 票", "3276 present, 3245 ballots"),
        right: say.t("代表 3376 人", "3376 deputies"),
    });
    let mut pending = adopted.clone();
    pending.verdict = Verdict {
        kind: VerdictKind::Pending,
        word: say.key("verdict.pending"),
        comparison: say.key("verdict.pending_help"),
        basis: String::new(),
    };
    let opening = VoteResult {
        method: Method::Secret,
        method_words: say.key("method.secret"),
        verdict: Verdict {
            kind: VerdictKind::Pending,
            word: say.key("verdict.opening"),
            comparison: say.t("出席 28 人，收到 28 票", "28 present, 28 ballots"),
            basis: String::new(),
        },
        counts: Vec::new(),
        bar: None,
        opening: Some(Opening {
            sentence: say.key("opening.sentence"),
            missing_label: say.key("opening.missing"),
            missing: vec![
                say.t("古丽巴哈尔·买买提", "Gulbahar Memet"),
                say.t("夏雨薇", "Xia Yuwei"),
            ],
        }),
        ..adopted.clone()
    };
    let persons =
        people(say).into_iter().enumerate().map(|(index, (name, _, post))| PersonResult {
            number: (index + 1).to_string(),
            name,
            post,
            counts: if index == 5 {
                counts("14", "8", "5", "1")
            } else {
                counts("26", "1", "1", "0")
            },
            kind: if index == 5 { VerdictKind::Rejected } else { VerdictKind::Adopted },
            word: say.key(if index == 5 { "verdict.not_adopted" } else { "verdict.adopted" }),
        });
    let mut list = adopted.clone();
    list.heading = say.t("第六项　表决结果", "Item 6: result");
    list.title = vec![say.t("人事任免　逐人表决", "Vote on each person")];
    list.counts = Vec::new();
    list.bar = None;
    list.persons = persons.collect();
    let rail = |page: VoteResult| say.with_rail(Page::Result(page), RailKind::Vote);
    vec![
        ("result-adopted", rail(adopted)),
        ("result-rejected", rail(rejected)),
        ("result-congress", rail(congress)),
        ("result-pending", rail(pending)),
        ("result-opening", rail(opening)),
        ("result-list", rail(list)),
    ]
}
