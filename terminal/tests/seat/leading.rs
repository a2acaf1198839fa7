//! The chair's page: the one next step, who is missing, the words to read.

use crate::fake::*;
use hemicycle_protocol::ids::*;
use hemicycle_protocol::topic::*;
use hemicycle_protocol::vote::{self, Count, Form, Outcome, Tally, Verdict};
use hemicycle_protocol::wire::{Command, Up};
use hemicycle_terminal::screen::{Chair, Page, RailKind};
use hemicycle_terminal::seat::Effect;
use hemicycle_terminal::touch::{ChairView, Touch};

fn chairing() -> Room {
    let mut room = Room::in_session();
    room.me.person = Some(Person { chair: true, ..person() });
    room.take_effects();
    room.topic(Topic::Me(room.me.clone()));
    room.topic(Topic::Roll(roll()));
    room.touch(Touch::OpenChair);
    room.wait(5000);
    room
}

fn page(room: &Room) -> Chair {
    match room.page() {
        Page::Chair(page) => page,
        other => panic!("not the chair's page: {other:?}"),
    }
}

#[test]
fn the_chair_follows_what_leading_needs_and_nobody_else_gets_the_page() {
    let mut room = chairing();
    let watch = room.take_effects().into_iter().find_map(|e| match e {
        Effect::Send(Up::Watch { topics }) => Some(topics),
        _ => None,
    });
    let watch = watch.expect("the seat asks for more topics");
    for topic in [TopicName::Next, TopicName::Roll, TopicName::Votes] {
        assert!(watch.contains(&topic), "{topic:?}");
    }
    assert!(room.screen().rail.entries.iter().any(|e| e.kind == RailKind::Chair && e.selected));
    room.me.person = Some(person());
    room.topic(Topic::Me(room.me.clone()));
    assert_eq!(room.page_name(), "agenda");
}

#[test]
fn attendance_quorum_and_who_is_missing() {
    let room = chairing();
    let chair = page(&room);
    assert_eq!(chair.attendance_words, "应到 31 人，实到 28 人，符合法定人数。");
    let missing: Vec<_> =
        chair.missing.iter().map(|m| (m.name.as_str(), m.state.as_str())).collect();
    assert_eq!(missing, [("委员29", "未签到"), ("委员30", "请假"), ("委员31", "请假")]);

    let mut room = chairing();
    let mut big = roll();
    big.people = (0..100).map(|_| big.people[0].clone()).collect();
    room.topic(Topic::Roll(big));
    room.topic(Topic::Attendance(Attendance { here: Bits::default(), ..attendance() }));
    let chair = page(&room);
    assert_eq!(chair.missing.len(), 61);
    assert_eq!(chair.missing[60].state, "另有 40 人");
}

#[test]
fn every_step_has_its_words_and_sends_its_own_command() {
    let (item, vote) = (ItemId(5), VoteId(8));
    let steps = [
        (Step::OpenSignIn, "开始签到", Some(Command::OpenSignIn)),
        (Step::OpenMeeting, "宣布开会", Some(Command::OpenMeeting)),
        (Step::StartItem { item }, "进入本项议程", Some(Command::StartItem { item })),
        (Step::OpenVote { vote }, "开始表决", Some(Command::OpenVote { vote })),
        (Step::ResumeVote { vote }, "继续表决", Some(Command::ResumeVote { vote })),
        (Step::CloseVote { vote }, "结束表决", Some(Command::CloseVote { vote })),
        (Step::DeclareVote { vote }, "公布结果", Some(Command::DeclareVote { vote })),
        (Step::FinishItem { item }, "结束本项议程", Some(Command::FinishItem { item })),
        (Step::ResumeMeeting, "继续开会", Some(Command::ResumeMeeting)),
        (Step::BreakTie { vote }, "裁决平票", None),
        (Step::NameScrutineers, "", None),
        (Step::CloseMeeting, "", None),
    ];
    for (step, label, command) in steps {
        let mut room = chairing();
        let line = vote_line(8, "关于接受辞职的决定（草案）");
        room.topic(Topic::Votes(Votes { votes: vec![line] }));
        room.topic(Topic::Next(Next { steps: vec![step.clone(), Step::CloseMeeting] }));
        room.wait(600);
        let chair = page(&room);
        assert_eq!(chair.next.map(|n| n.label).unwrap_or_default(), label, "{step:?}");
        match &step {
            Step::StartItem { .. } | Step::FinishItem { .. } => {
                assert_eq!(chair.step_help, "第五项　议题5");
            }
            Step::OpenVote { .. }
            | Step::ResumeVote { .. }
            | Step::CloseVote { .. }
            | Step::DeclareVote { .. } => assert_eq!(chair.step_help, "关于接受辞职的决定（草案）"),
            Step::BreakTie { .. } => assert!(chair.step_help.contains("主持人决定")),
            Step::NameScrutineers | Step::CloseMeeting => {
                assert!(chair.step_help.contains("控制台"), "{}", chair.step_help);
            }
            Step::OpenSignIn | Step::OpenMeeting | Step::ResumeMeeting => {}
        }
        room.take_effects();
        room.touch(Touch::ChairNext);
        room.touch(Touch::ChairNext);
        let sent: Vec<_> = room.commands().into_iter().map(|a| a.command).collect();
        assert_eq!(sent, command.into_iter().collect::<Vec<_>>(), "{step:?}");
        assert!(page(&room).next.is_none_or(|n| !n.enabled), "it waits for its answer");
    }
}

/// What the page offers to decide: label, and whether it is chosen.
fn decisions(room: &Room) -> Vec<(String, bool)> {
    page(room).decisions.into_iter().map(|d| (d.action.label, d.chosen)).collect()
}

#[test]
fn a_tie_is_decided_by_choosing_and_then_saying_it() {
    let (vote, other) = (VoteId(7), VoteId(8));
    let mut room = chairing();
    room.touch(Touch::TieChosen { adopted: true });
    assert_eq!(decisions(&room), [], "there is no tie");
    room.topic(Topic::Next(Next { steps: vec![Step::BreakTie { vote }] }));
    room.wait(600);
    let offered = |chosen: [bool; 2]| {
        let labels = ["通过", "不通过"].map(str::to_owned);
        labels.into_iter().zip(chosen).collect::<Vec<_>>()
    };
    assert_eq!(decisions(&room), offered([false, false]));
    room.take_effects();
    room.touch(Touch::ChairNext);
    assert_eq!(room.commands(), [], "nothing is chosen");

    room.touch(Touch::TieChosen { adopted: true });
    room.touch(Touch::TieChosen { adopted: false });
    assert_eq!(decisions(&room), offered([false, true]), "it can be changed");
    assert_eq!(page(&room).next.unwrap().label, "宣布：不通过");
    assert_eq!(room.commands(), [], "choosing says nothing yet");
    room.touch(Touch::ChairNext);
    assert_eq!(room.only_command().command, Command::BreakTie { vote, adopted: false });
    assert!(!page(&room).next.unwrap().enabled, "it waits for its answer");

    // What was chosen for one tie is not chosen for the next.
    room.topic(Topic::Next(Next { steps: vec![Step::BreakTie { vote: other }] }));
    room.wait(600);
    assert_eq!(decisions(&room), offered([false, false]));
    assert!(!page(&room).next.unwrap().enabled);
}

fn vote_line(id: u32, title: &str) -> VoteLine {
    let vote = vote(id, Form::Motion);
    VoteLine {
        id: vote.id,
        rev: 1,
        item: vote.item,
        title: title.into(),
        form: vote.form,
        method: vote.method,
        rule: vote.rule,
        seconds: None,
        signatories: 0,
        state: VoteState::Prepared,
        opened_at: None,
        count: None,
        unpressed: None,
        members: 31,
        present: 28,
        verdict: None,
        counted_by: CountedBy::Terminals,
        reason: None,
        by_name: None,
        recused: vec![],
    }
}

#[test]
fn a_press_meant_for_one_step_does_not_take_another() {
    let mut room = chairing();
    let vote = VoteId(7);
    room.topic(Topic::Next(Next { steps: vec![Step::CloseVote { vote }] }));
    room.wait(5000);
    // The clerk closes the vote while the finger comes down.
    room.topic(Topic::Next(Next { steps: vec![Step::DeclareVote { vote }] }));
    room.now += 300;
    room.take_effects();
    room.touch(Touch::ChairNext);
    assert_eq!(room.commands(), []);
    room.now += 300;
    room.touch(Touch::ChairNext);
    assert_eq!(room.only_command().command, Command::DeclareVote { vote });
}

#[test]
fn the_chair_votes_too_and_then_announces() {
    let mut room = chairing();
    room.open_vote(vote(7, Form::Motion));
    assert_eq!(room.page_name(), "vote", "the chair has one equal vote");
    room.touch(Touch::OpenChair);
    assert_eq!(page(&room).step_words, "正在表决，已提交 3 / 28");
    room.move_vote(VoteState::Paused, |_| {});
    assert_eq!(page(&room).step_words, "表决暂停，已提交 3 / 28");
    room.move_vote(VoteState::Closed, |v| {
        let tally = Tally { in_favour: 26, against: 1, abstain: 0 };
        v.count = Some(Count::Motion { tally });
        v.unpressed = Some(1);
        v.verdict = Some(Verdict::Motion { outcome: Outcome::Adopted });
    });
    let lines = [
        "现在宣布表决结果：关于批准2026年区级预算调整方案的决议（草案）。",
        "赞成 26 票，反对 1 票，弃权 0 票，未按 1 人。",
        "通过：赞成 26 票，超过全体组成人员 31 人的半数。",
    ];
    assert_eq!(page(&room).announcement, lines);
    room.move_vote(VoteState::Declared, |v| v.unpressed = None);
    let chair = page(&room);
    assert_eq!(chair.announcement[1], "赞成 26 票，反对 1 票，弃权 0 票。");
    room.touch(Touch::ChairShow(ChairView::Announcement));
    assert_eq!(page(&room).view, Some(ChairView::Announcement));
}

fn counted(vote: &mut Vote) {
    vote.count = Some(Count::Motion { tally: Tally { in_favour: 26, against: 1, abstain: 1 } });
    vote.verdict = Some(Verdict::Motion { outcome: Outcome::Adopted });
}

fn at_rail(room: &Room) -> Option<RailKind> {
    room.screen().rail.entries.iter().find(|e| e.selected).map(|e| e.kind)
}

#[test]
fn the_words_come_by_themselves_when_there_is_a_result() {
    let mut room = chairing();
    room.open_vote(vote(7, Form::Motion));
    room.touch(Touch::OpenChair);
    assert_eq!(page(&room).view, Some(ChairView::Overview));
    room.move_vote(VoteState::Closed, |_| {});
    assert_eq!(page(&room).view, Some(ChairView::Overview), "nothing is counted yet");
    room.move_vote(VoteState::Closed, counted);
    assert_eq!(page(&room).view, Some(ChairView::Announcement));
    assert_eq!(at_rail(&room), Some(RailKind::Chair));
    room.move_vote(VoteState::Declared, |_| {});
    assert_eq!(page(&room).view, Some(ChairView::Announcement), "it is read while it is shown");

    for chosen in [ChairView::Steps, ChairView::Missing, ChairView::Queue] {
        room.touch(Touch::ChairShow(chosen));
        assert_eq!(page(&room).view, Some(chosen), "what the chair asked for stays");
    }

    room.touch(Touch::OpenChair);
    room.agenda.items[3].state = ItemState::Done;
    room.topic(Topic::Agenda(room.agenda.clone()));
    assert_eq!(page(&room).view, Some(ChairView::Overview), "the meeting has gone on");
}

#[test]
fn after_its_own_vote_the_chair_has_the_words_and_everybody_else_the_result() {
    let mut room = chairing();
    room.open_vote(vote(7, Form::Motion));
    room.move_vote(VoteState::Closed, counted);
    assert_eq!(page(&room).view, Some(ChairView::Announcement));
    assert_eq!(at_rail(&room), Some(RailKind::Vote));
    room.move_vote(VoteState::Annulled, |_| {});
    assert_eq!(room.page_name(), "result");

    let mut member = Room::in_session();
    member.open_vote(vote(7, Form::Motion));
    member.move_vote(VoteState::Closed, counted);
    assert_eq!(member.page_name(), "result");
}

#[test]
fn every_form_is_announced() {
    let tally = Tally { in_favour: 20, against: 3, abstain: 1 };
    let announced = |form: Form, count: Count, verdict: Verdict| {
        let mut room = chairing();
        room.open_vote(vote(7, form));
        room.touch(Touch::OpenChair);
        room.move_vote(VoteState::Closed, |v| {
            v.count = Some(count);
            v.verdict = Some(verdict);
        });
        page(&room).announcement[1..].to_vec()
    };
    let persons = announced(
        Form::Personnel { nominees: nominees(1) },
        Count::Personnel { tallies: vec![tally] },
        Verdict::Personnel { outcomes: vec![Outcome::Adopted] },
    );
    assert_eq!(
        persons,
        ["决定任命林知远（区人民政府副区长）：赞成 20 票，反对 3 票，弃权 1 票，通过。"]
    );
    let survey = announced(
        Form::Satisfaction { subjects: vec!["区财政局".into()] },
        Count::Satisfaction {
            tallies: vec![vote::GradeTally { satisfied: 20, fair: 5, dissatisfied: 2, invalid: 0 }],
        },
        Verdict::Satisfaction,
    );
    assert_eq!(survey, ["区财政局：满意 20 票，基本满意 5 票，不满意 2 票。"]);
    let election = announced(
        Form::Plurality { candidates: nominees(3), seats: 2 },
        Count::Plurality { votes: vec![20, 9, 9], invalid: 0 },
        Verdict::Plurality { elected: vec![0], tied: vec![1, 2], open_seats: 1 },
    );
    assert_eq!(
        election,
        [
            "林知远，得 20 票，当选。",
            "周若水，得 9 票。",
            "吴越，得 9 票。",
            "得票相等者须再次表决。"
        ]
    );
    // A count of another kind than the question is not read out.
    let odd = announced(
        Form::Motion,
        Count::Plurality { votes: vec![1], invalid: 0 },
        Verdict::Plurality { elected: vec![9], tied: vec![], open_seats: 0 },
    );
    assert_eq!(odd, ["收到 3 票。"]);
}

#[test]
fn giving_the_floor() {
    let mut room = chairing();
    let waiting =
        Waiting { member: MemberId(5), seat: SeatId(6), name: "某委员".into(), at: Millis(0) };
    room.topic(Topic::Floor(Floor { queue: vec![waiting], ..Floor::default() }));
    room.touch(Touch::ChairShow(ChairView::Queue));
    assert_eq!(page(&room).queue.len(), 1);
    room.take_effects();
    room.touch(Touch::GiveFloor { seat: 5 });
    assert_eq!(room.commands(), [], "nobody waits there");
    room.touch(Touch::GiveFloor { seat: 6 });
    let command = room.only_command().command;
    assert_eq!(command, Command::GiveFloor { member: MemberId(5), seconds: None });
    room.touch(Touch::EndFloor);
    assert_eq!(room.only_command().command, Command::EndFloor);
}
