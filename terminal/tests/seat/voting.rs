//! The vote on the screen: its forms, its clock, its states, who only watches,
//! and what the result says.

use crate::fake::*;
use hemicycle_protocol::ids::*;
use hemicycle_protocol::refusal::Code;
use hemicycle_protocol::topic::*;
use hemicycle_protocol::vote::{
    self, Ballot, Choice, Count, Form, Grade, GradeTally, Method, Outcome, Preset, Rule, Tally, Tie,
};
use hemicycle_protocol::wire::{Command, limits};
use hemicycle_terminal::screen::{
    ChoiceKind, ListVote, Page, Plurality, ReceiptState, SubmitState, VerdictKind, VoteResult,
};
use hemicycle_terminal::touch::Touch;

fn choose(room: &mut Room, question: u16, choice: u8) {
    room.touch(Touch::Choose { question, choice });
}

fn list(room: &Room) -> ListVote {
    match room.page() {
        Page::List(page) => page,
        other => panic!("not the list: {other:?}"),
    }
}

fn plurality(room: &Room) -> Plurality {
    match room.page() {
        Page::Plurality(page) => page,
        other => panic!("not the election: {other:?}"),
    }
}

fn result(room: &Room) -> VoteResult {
    match room.page() {
        Page::Result(page) => page,
        other => panic!("not the result: {other:?}"),
    }
}

fn ballot(room: &mut Room) -> Ballot {
    room.take_effects();
    room.touch(Touch::Submit);
    let ask = room.only_command();
    room.statement(&ask).ballot
}

#[test]
fn a_list_of_persons_is_submitted_when_it_is_whole() {
    let mut room = Room::voting(Form::Personnel { nominees: nominees(6) });
    let page = list(&room);
    assert_eq!((page.rows.len(), page.submit.state), (6, SubmitState::Disabled));
    assert_eq!(page.help, "还有 6 项未选，请继续。");
    assert!(page.rows[0].current && !page.rows[1].current);
    assert_eq!((page.rows[5].name.as_str(), page.rows[5].act.as_str()), ("褚明", "决定任命"));
    let words: Vec<_> = page.rows[0].choices.iter().map(|c| c.word.as_str()).collect();
    assert_eq!(words, ["赞成", "反对", "弃权"]);

    for question in 0..5 {
        choose(&mut room, question, 0);
    }
    choose(&mut room, 6, 0);
    choose(&mut room, u16::MAX, 0);
    choose(&mut room, 0, 3);
    let page = list(&room);
    assert_eq!((page.chosen, page.progress_words.as_str()), (5, "已选 5 / 6"));
    assert_eq!(page.submit.state, SubmitState::Disabled);
    room.take_effects();
    room.touch(Touch::Submit);
    assert_eq!(room.commands(), []);

    choose(&mut room, 5, 1);
    choose(&mut room, 2, 2);
    assert_eq!(list(&room).submit.state, SubmitState::Ready);
    let mut choices = vec![Choice::For; 6];
    choices[5] = Choice::Against;
    choices[2] = Choice::Abstain;
    assert_eq!(ballot(&mut room), Ballot::Personnel { choices });
}

#[test]
fn a_survey_has_its_own_words_and_no_sign_of_against_in_the_middle() {
    let subjects = vec!["区发展改革局".to_owned(), "区财政局".to_owned()];
    let mut room = Room::voting(Form::Satisfaction { subjects });
    let shown: Vec<_> =
        list(&room).rows[0].choices.iter().map(|c| (c.word.clone(), c.kind)).collect();
    assert_eq!(
        shown,
        [
            ("满意".into(), ChoiceKind::Aye),
            ("基本满意".into(), ChoiceKind::Abstain),
            ("不满意".into(), ChoiceKind::Nay)
        ]
    );
    choose(&mut room, 0, 1);
    choose(&mut room, 1, 2);
    let grades = vec![Some(Grade::Fair), Some(Grade::Dissatisfied)];
    assert_eq!(ballot(&mut room), Ballot::Satisfaction { grades });
}

#[test]
fn an_election_takes_no_more_names_than_places() {
    let mut room = Room::voting(Form::Plurality { candidates: nominees(5), seats: 2 });
    let page = plurality(&room);
    assert_eq!((page.seats, page.chosen, page.submit.state), (2, 0, SubmitState::Ready));
    choose(&mut room, 4, 0);
    choose(&mut room, 1, 0);
    choose(&mut room, 0, 0);
    let page = plurality(&room);
    let chosen: Vec<_> = page.candidates.iter().map(|c| c.chosen).collect();
    assert_eq!(chosen, [false, true, false, false, true], "a third name is not taken");
    assert!(page.candidates[0].full && !page.candidates[1].full);
    assert_eq!(page.progress_words, "可选 2 人，已选 2 人");
    choose(&mut room, 1, 0);
    choose(&mut room, 0, 0);
    assert_eq!(plurality(&room).submit.state, SubmitState::Ready, "fewer or other names may be");
    assert_eq!(ballot(&mut room), Ballot::Plurality { chosen: vec![0, 4] });
}

#[test]
fn an_election_can_be_abstained_from_by_pressing_twice() {
    let mut room = Room::voting(Form::Plurality { candidates: nominees(3), seats: 2 });
    assert_eq!(plurality(&room).help, "请选择人选，然后提交。");
    room.take_effects();
    room.touch(Touch::Submit);
    assert_eq!(room.commands(), [], "once may be a mistake");
    assert_eq!(plurality(&room).help, "没有选任何人。再按一次“提交”，即为弃权。");
    // Whoever chooses after all, and takes that back, is asked again.
    choose(&mut room, 1, 0);
    choose(&mut room, 1, 0);
    room.touch(Touch::Submit);
    assert_eq!(room.commands(), []);
    assert_eq!(ballot(&mut room), Ballot::Plurality { chosen: vec![] });
}

#[test]
fn attendees_and_late_arrivals_watch() {
    for (standing, words) in
        [(Standing::Attendee, "列席会议，不参加表决"), (Standing::Member, "不在本次表决的名册上")]
    {
        let mut room = Room::in_session();
        room.me.person = Some(Person { standing, ..person() });
        room.topic(Topic::Me(room.me.clone()));
        room.vote = Some(vote(7, Form::Motion));
        room.topic(Topic::Vote(room.vote.clone()));
        let Page::Submitted(page) = room.page() else { panic!("{:?}", room.page()) };
        assert_eq!((page.state, page.title.as_str()), (ReceiptState::Waiting, "表决进行中"));
        assert!(page.sentence.contains(words), "{}", page.sentence);
        assert_eq!(page.receipt, "");
        assert_eq!(page.turnout.map(|t| (t.done, t.of)), Some((3, 28)));
        room.take_effects();
        room.choose(0);
        room.touch(Touch::Submit);
        assert_eq!(room.commands(), []);
        room.touch(Touch::BackToPapers);
        let rail = room.screen().rail.entries;
        assert!(rail.iter().all(|e| !e.flagged), "nothing waits for this seat: {rail:?}");
        room.move_vote(VoteState::Closed, |_| {});
        room.touch(Touch::OpenVotePage);
        assert_eq!(result(&room).note, "");
    }
}

#[test]
fn the_clock_runs_down_and_stands_still_in_a_pause() {
    let mut room = Room::voting(Form::Motion);
    let end = room.now + 84_000;
    room.move_vote(VoteState::Open, |v| v.ends_at = Some(Millis(end)));
    let remaining = |room: &Room| match room.page() {
        Page::Vote(page) => page.head.remaining.map(|r| (r.clock, r.warning)),
        other => panic!("{other:?}"),
    };
    assert_eq!(remaining(&room), Some(("1:24".into(), String::new())));
    assert_eq!(room.seat.wake_at(), Millis(room.now + 1000));
    room.wait(54_000);
    assert_eq!(remaining(&room), Some(("0:30".into(), "即将结束".into())));
    room.move_vote(VoteState::Paused, |v| {
        v.ends_at = None;
        v.seconds_left = Some(30);
    });
    room.wait(500_000);
    assert_eq!(remaining(&room), Some(("0:30".into(), String::new())));
    assert!(room.seat.wake_at() > Millis(room.now + 1000), "nothing moves, nothing wakes");
    room.move_vote(VoteState::Open, |v| v.ends_at = Some(Millis(i64::MIN)));
    assert_eq!(remaining(&room), Some(("0:00".into(), "即将结束".into())));
}

#[test]
fn a_closed_secret_vote_is_being_opened_until_it_has_a_count() {
    let mut room = Room::in_session();
    room.open_vote(Vote { method: Method::Secret, ..vote(7, Form::Motion) });
    room.move_vote(VoteState::Closed, |_| {});
    let page = result(&room);
    assert_eq!(page.verdict.word, "正在开票");
    assert_eq!(page.verdict.comparison, "出席 28 人，收到 3 票");
    assert_eq!((page.counts.len(), page.bar), (0, None));
    let opening = page.opening.expect("it says what is awaited");
    assert_eq!(opening.sentence, "表决已经结束，开票后公布票数。");
    assert_eq!(opening.missing, [""; 0], "a seat is not told who");

    room.move_vote(VoteState::Closed, |v| {
        v.count = Some(Count::Motion { tally: Tally { in_favour: 2, against: 1, abstain: 0 } });
    });
    assert_eq!(result(&room).opening, None);
    assert_eq!(result(&room).verdict.word, "等待公布");

    let mut recorded = Room::voting(Form::Motion);
    recorded.move_vote(VoteState::Closed, |_| {});
    assert_eq!(result(&recorded).opening, None);
}

#[test]
fn no_more_time_is_left_than_was_given() {
    let mut room = Room::voting(Form::Motion);
    let opened = room.now + 700;
    // The server's stamp lies ahead of what this seat takes for its time.
    room.move_vote(VoteState::Open, |v| {
        v.opened_at = Some(Millis(opened));
        v.ends_at = Some(Millis(opened + 60_000));
    });
    let clock = |room: &Room| match room.page() {
        Page::Vote(page) => page.head.remaining.map(|r| r.clock),
        other => panic!("{other:?}"),
    };
    assert_eq!(clock(&room).as_deref(), Some("1:00"));
    room.wait(1000);
    assert_eq!(clock(&room).as_deref(), Some("1:00"));
    room.wait(1000);
    assert_eq!(clock(&room).as_deref(), Some("0:59"));
}

#[test]
fn a_vote_brings_its_page_and_the_paper_is_one_touch_away() {
    let mut room = Room::in_session();
    room.touch(Touch::OpenPaper(41));
    room.touch(Touch::OpenSpeak);
    room.open_vote(vote(7, Form::Motion));
    assert_eq!((room.page_name(), room.screen().sheet), ("vote", None));

    // At every stage of the vote there is a way back to the papers, and back again.
    let stages: [(&str, &str, fn(&mut Room)); 7] = [
        ("open", "vote", |_| {}),
        ("chosen", "vote", |room| room.choose(0)),
        ("cast", "vote", |room| room.touch(Touch::Submit)),
        ("confirmed", "submitted", |room| {
            let ask = room.only_command();
            room.confirm(&ask);
        }),
        ("paused", "submitted", |room| room.move_vote(VoteState::Paused, |_| {})),
        ("closed", "result", |room| room.move_vote(VoteState::Closed, |_| {})),
        ("declared", "result", |room| room.move_vote(VoteState::Declared, |_| {})),
    ];
    for (stage, page, step) in stages {
        if stage == "cast" {
            room.take_effects();
        }
        step(&mut room);
        assert_eq!(room.page_name(), page, "{stage}");
        room.touch(Touch::BackToPapers);
        assert_eq!(room.page_name(), "reader", "{stage}");
        room.wait(1);
        room.topic(Topic::Vote(room.vote.clone()));
        assert_eq!(room.page_name(), "reader", "{stage}: a ballot somewhere else moves nothing");
        room.touch(Touch::OpenVotePage);
        assert_eq!(room.page_name(), page, "{stage}");
    }
}

#[test]
fn results_and_annulments_are_brought_even_to_readers() {
    for state in [VoteState::Declared, VoteState::Annulled] {
        let mut room = Room::voting(Form::Motion);
        room.touch(Touch::OpenPaper(41));
        room.move_vote(VoteState::Closed, |_| {});
        assert_eq!(room.page_name(), "reader", "a close alone takes no paper away");
        room.move_vote(state, |v| v.reason = Some("终端故障".into()));
        assert_eq!(room.page_name(), "result");
    }
}

#[test]
fn after_the_result_the_next_item_brings_the_agenda() {
    let mut room = Room::in_session();
    room.touch(Touch::OpenPaper(41));
    room.open_vote(vote(7, Form::Motion));
    room.move_vote(VoteState::Declared, |_| {});
    assert_eq!(room.page_name(), "result");
    // The vote is put away while its item goes on: back to its paper.
    room.topic(Topic::Vote(None));
    assert_eq!(room.page_name(), "reader");
    room.agenda.items[3].state = ItemState::Done;
    room.agenda.items[4].state = ItemState::Current;
    room.topic(Topic::Agenda(room.agenda.clone()));
    let Page::Agenda(page) = room.page() else { panic!("{:?}", room.page()) };
    let open: Vec<_> = page.agenda.items.iter().map(|i| i.open).collect();
    assert_eq!(open, [false, false, false, false, true, false]);

    // Whoever reads on is not interrupted by it.
    let mut room = Room::in_session();
    room.touch(Touch::OpenPaper(41));
    room.open_vote(vote(7, Form::Motion));
    room.topic(Topic::Vote(None));
    room.touch(Touch::ZoomIn);
    room.agenda.items[3].state = ItemState::Done;
    room.agenda.items[4].state = ItemState::Current;
    room.topic(Topic::Agenda(room.agenda.clone()));
    assert_eq!(room.page_name(), "reader");
}

/// The result of a motion with these numbers, as declared.
fn declared(preset: Preset, tie: Tie, [y, n, a]: [u32; 3], chair: Option<bool>) -> VoteResult {
    let mut room = Room::voting(Form::Motion);
    let tally = Tally { in_favour: y, against: n, abstain: a };
    room.move_vote(VoteState::Declared, |v| {
        v.signatories = 20;
        v.rule = Rule { tie, ..Rule::preset(preset) };
        let base = vote::Room { members: 31, present: 28, signatories: 20 };
        let figures = base.figures(&tally);
        v.threshold = v.rule.threshold(&figures);
        let outcome = match chair {
            Some(true) => Outcome::Adopted,
            Some(false) => Outcome::NotAdopted,
            None => v.rule.outcome(&figures),
        };
        v.count = Some(vote::Count::Motion { tally });
        v.unpressed = Some(28 - tally.cast().min(28));
        v.verdict = Some(vote::Verdict::Motion { outcome });
    });
    result(&room)
}

#[test]
fn the_law_in_words() {
    use Preset::*;
    let check = |preset, counts, comparison: &str, sentence: &str| {
        let page = declared(preset, Tie::Fails, counts, None);
        let said = (page.verdict.comparison.as_str(), page.verdict.basis.as_str());
        assert_eq!(said, (comparison, sentence), "{preset:?} {counts:?}");
        let adopted = page.verdict.kind == VerdictKind::Adopted;
        assert_eq!(adopted, sentence.starts_with("通过"));
    };
    check(
        Committee,
        [26, 1, 1],
        "赞成 26 ≥ 过半数 16",
        "通过：赞成 26 票，超过全体组成人员 31 人的半数。",
    );
    check(
        Committee,
        [15, 0, 0],
        "赞成 15 ＜ 过半数 16",
        "未通过：赞成 15 票，未超过全体组成人员 31 人的半数。",
    );
    check(
        Constitution,
        [20, 8, 0],
        "赞成 20 ＜ 三分之二 21",
        "未通过：赞成 20 票，未达到全体组成人员 31 人的三分之二。",
    );
    check(
        Signatories,
        [11, 9, 0],
        "赞成 11 ≥ 过半数 11",
        "通过：赞成 11 票，超过联名 20 人的半数。",
    );
    check(
        MajorityPresent,
        [15, 5, 0],
        "赞成 15 ≥ 过半数 15",
        "通过：赞成 15 票，超过出席 28 人的半数。",
    );
    check(Simple, [7, 7, 0], "赞成 7 ＝ 反对 7", "未通过：赞成 7 票，不多于反对 7 票。");
    check(
        TwoThirdsVoting,
        [14, 7, 0],
        "赞成 14 ≥ 反对 7 的两倍",
        "通过：赞成 14 票，达到赞成票和反对票之和的三分之二。",
    );
    // Two conditions: the one that failed is shown.
    let both =
        "未通过：赞成 15 票，未同时达到赞成票和反对票之和的三分之二、全体组成人员 31 人的过半数。";
    check(TwoThirdsAndFloor, [15, 0, 0], "赞成 15 ＜ 过半数 16", both);
    let both =
        "未通过：赞成 16 票，未同时达到赞成票和反对票之和的三分之二、全体组成人员 31 人的过半数。";
    check(TwoThirdsAndFloor, [16, 9, 0], "赞成 16 ＜ 三分之二 17", both);
    check(
        MajorityAndTurnout,
        [20, 5, 0],
        "投票 25 ＜ 规定 30",
        "未通过：赞成 20 票，反对 5 票，投票 25 人，未同时达到规定。",
    );
}

#[test]
fn a_tie_is_called_one_and_the_chairs_word_is_not_called_a_majority() {
    let open = declared(Preset::Simple, Tie::ChairDecides, [9, 9, 2], None);
    assert_eq!(open.verdict.kind, VerdictKind::Undecided);
    assert_eq!(open.verdict.basis, "票数相等，由主持人决定：赞成 9 票，反对 9 票。");
    let again = declared(Preset::Simple, Tie::VoteAgain, [9, 9, 2], None);
    assert_eq!(again.verdict.basis, "票数相等，再次表决：赞成 9 票，反对 9 票。");
    let broken = declared(Preset::Simple, Tie::ChairDecides, [9, 9, 2], Some(true));
    assert_eq!(broken.verdict.kind, VerdictKind::Adopted);
    assert_eq!(broken.verdict.basis, "通过：赞成 9 票，反对 9 票，票数相等，由主持人决定。");
}

#[test]
fn a_rule_of_its_own_is_said_without_a_false_number() {
    let mut room = Room::voting(Form::Motion);
    let help = |room: &Room| match room.page() {
        Page::Vote(page) => page.rule,
        other => panic!("{other:?}"),
    };
    assert_eq!(help(&room), "赞成票达到 16 票即为通过（组成人员 31 人的过半数）。");
    room.move_vote(VoteState::Open, |v| v.threshold = None);
    assert_eq!(help(&room), "按本次表决规则计算。");
    room.move_vote(VoteState::Open, |v| {
        v.rule.preset = None;
        v.threshold = Some(19);
    });
    assert_eq!(help(&room), "赞成票达到 19 票即为通过。");
}

#[test]
fn what_is_counted_is_not_yet_declared() {
    let mut room = Room::voting(Form::Personnel { nominees: nominees(2) });
    let tallies = vec![Tally { in_favour: 20, against: 3, abstain: 1 }; 2];
    let outcomes = vec![Outcome::Adopted, Outcome::NotAdopted];
    room.move_vote(VoteState::Closed, |v| {
        v.count = Some(vote::Count::Personnel { tallies });
        v.verdict = Some(vote::Verdict::Personnel { outcomes });
    });
    let page = result(&room);
    assert_eq!(page.verdict.word, "等待公布");
    assert!(page.persons.iter().all(|p| p.kind == VerdictKind::Pending && p.word.is_empty()));
    room.move_vote(VoteState::Declared, |_| {});
    let page = result(&room);
    assert_eq!(page.verdict.comparison, "2 人中通过 1 人");
    let words: Vec<_> = page.persons.iter().map(|p| p.word.as_str()).collect();
    assert_eq!(words, ["通过", "未通过"]);
    assert_eq!(page.persons[0].post, "决定任命　区人民政府副区长");
}

#[test]
fn elections_and_surveys_have_their_results() {
    let mut room = Room::voting(Form::Plurality { candidates: nominees(4), seats: 2 });
    room.move_vote(VoteState::Closed, |v| {
        v.count = Some(vote::Count::Plurality { votes: vec![20, 9, 9, 1], invalid: 0 });
        let (elected, tied) = (vec![0], vec![1, 2]);
        v.verdict = Some(vote::Verdict::Plurality { elected, tied, open_seats: 1 });
    });
    assert!(result(&room).persons.iter().all(|p| p.word.is_empty()));
    room.move_vote(VoteState::Declared, |_| {});
    let page = result(&room);
    let words: Vec<_> = page.persons.iter().map(|p| p.word.as_str()).collect();
    assert_eq!(words, ["当选", "票数相等，再次表决", "票数相等，再次表决", "未当选"]);
    assert_eq!(page.verdict.comparison, "当选 1 人");

    let mut room = Room::voting(Form::Satisfaction { subjects: vec!["区财政局".into()] });
    room.move_vote(VoteState::Declared, |v| {
        let tally = GradeTally { satisfied: 20, fair: 5, dissatisfied: 2, invalid: 1 };
        v.count = Some(vote::Count::Satisfaction { tallies: vec![tally] });
        v.verdict = Some(vote::Verdict::Satisfaction);
    });
    let page = result(&room);
    let numbers: Vec<_> = page.persons[0].counts.iter().map(|c| c.number.as_str()).collect();
    assert_eq!((page.verdict.word.as_str(), numbers), ("测评结果", vec!["20", "5", "2", "1"]));
}

#[test]
fn an_annulled_vote_says_why_and_counts_nothing() {
    let mut room = Room::voting(Form::Motion);
    let ask = room.cast();
    room.confirm(&ask);
    room.move_vote(VoteState::Annulled, |v| v.reason = Some("表决器故障".into()));
    let page = result(&room);
    assert_eq!((page.verdict.kind, page.verdict.word.as_str()), (VerdictKind::Annulled, "作废"));
    assert_eq!(page.verdict.comparison, "本次表决已作废。原因：表决器故障");
    assert_eq!(page.note, "");
    assert!(page.counts.is_empty() && page.bar.is_none());
    // A ballot that was on its way is told of, not claimed.
    let mut room = Room::voting(Form::Motion);
    let ask = room.cast();
    room.move_vote(VoteState::Annulled, |_| {});
    room.refuse(ask.id, Code::VoteNotOpen);
    assert!(room.banner().starts_with("表决票未计入"), "{}", room.banner());
}

#[test]
fn how_it_was_counted_is_said() {
    for (by, words) in [(CountedBy::Hands, "举手"), (CountedBy::PaperBallots, "纸质票")] {
        let mut room = Room::voting(Form::Motion);
        room.move_vote(VoteState::Closed, |v| v.counted_by = by);
        assert!(result(&room).note.contains(words));
    }
}

#[test]
fn a_fourth_number_where_the_meeting_shows_it() {
    let mut room = Room::voting(Form::Motion);
    room.move_vote(VoteState::Closed, |v| {
        let tally = Tally { in_favour: 20, against: 3, abstain: 1 };
        v.count = Some(vote::Count::Motion { tally });
        v.unpressed = Some(4);
    });
    let numbers = |room: &Room| -> Vec<String> {
        result(room).counts.into_iter().map(|c| format!("{} {}", c.word, c.number)).collect()
    };
    assert_eq!(numbers(&room), ["赞成 20", "反对 3", "弃权 1", "未按 4"]);
    room.meeting.settings.show_unpressed = false;
    room.topic(Topic::Meeting(room.meeting.clone()));
    assert_eq!(numbers(&room), ["赞成 20", "反对 3", "弃权 1"]);
}

#[test]
fn a_secret_vote_is_not_cast_in_clear() {
    let mut room = Room::in_session();
    room.open_vote(Vote { method: Method::Secret, ..vote(7, Form::Motion) });
    room.choose(0);
    room.take_effects();
    room.touch(Touch::Submit);
    assert_eq!(room.commands(), []);
    let Page::Vote(page) = room.page() else { panic!("{:?}", room.page()) };
    assert_eq!(page.submit.state, SubmitState::Disabled);
    assert!(page.help.contains("无记名"), "{}", page.help);
}

#[test]
fn a_question_that_changes_under_its_number_is_a_new_question() {
    let mut room = Room::voting(Form::Personnel { nominees: nominees(3) });
    for question in 0..3 {
        choose(&mut room, question, 0);
    }
    room.move_vote(VoteState::Open, |v| v.form = Form::Personnel { nominees: nominees(2) });
    let page = list(&room);
    assert_eq!((page.rows.len(), page.chosen), (2, 0));
    room.move_vote(VoteState::Open, |v| v.form = Form::Motion);
    let ask = room.cast();
    assert_eq!(room.statement(&ask).ballot, Ballot::Motion { choice: Choice::For });
}

#[test]
fn a_vote_of_no_item_has_the_bare_word() {
    let mut room = Room::in_session();
    room.open_vote(Vote { item: ItemId(77), ..vote(7, Form::Motion) });
    let Page::Vote(page) = room.page() else { panic!("{:?}", room.page()) };
    assert_eq!(page.head.heading, "表决");
    room.move_vote(VoteState::Closed, |_| {});
    assert_eq!(result(&room).heading, "表决结果");
    room.move_vote(VoteState::Closed, |v| v.item = ItemId(4));
    assert_eq!(result(&room).heading, "第四项　表决结果");
}

#[test]
fn the_longest_list_fits_one_message() {
    let long = vote::Nominee {
        name: "名".repeat(limits::NAME),
        post: "职".repeat(limits::TITLE),
        ..nominees(1).remove(0)
    };
    let mut room = Room::voting(Form::Personnel { nominees: vec![long; vote::MOST_QUESTIONS] });
    for question in 0..100 {
        choose(&mut room, question, 2);
    }
    room.take_effects();
    room.touch(Touch::Submit);
    let ask = room.only_command();
    assert!(matches!(ask.command, Command::Cast { .. }));
    let up = hemicycle_protocol::wire::Up::Command(ask);
    assert!(hemicycle_protocol::wire::write(&up).len() < limits::TEXT_UP);
}
