//! Every word that can come on the screen is in both catalogues and has its
//! blanks filled. The scenes here walk through every page and every state.

use crate::fake::*;
use hemicycle_protocol::announcement::Announcement;
use hemicycle_protocol::ids::*;
use hemicycle_protocol::refusal::Code;
use hemicycle_protocol::topic::*;
use hemicycle_protocol::vote::{
    self, Cmp, Count, Form, GradeTally, Method, Outcome, Preset, Quantity, Rule, Tally, Test, Tie,
    Verdict,
};
use hemicycle_protocol::wire::Down;
use hemicycle_terminal::screen::{Language, lines};
use hemicycle_terminal::seat::{Facts, Finding, Heard, Msg, Pin};
use hemicycle_terminal::touch::{ChairView, ServiceKind, Touch};
use std::collections::BTreeSet;

/// Looks at the screen in both languages; remembers which pages it has seen.
#[derive(Default)]
struct Looked {
    pages: BTreeSet<&'static str>,
    screens: usize,
}

impl Looked {
    fn at(&mut self, room: &mut Room) {
        for language in [Language::En, Language::Zh] {
            room.touch(Touch::Language(language));
            let shown = room.shown();
            check(&shown);
            if language == Language::En {
                // The scenes themselves use none of these.
                for words in ["请", "票", "签到", "会议稍后"] {
                    assert!(!shown.contains(words), "{words} on an English screen: {shown}");
                }
            }
            self.screens += 1;
        }
        self.pages.insert(room.page_name());
    }
}

/// No missing key, no blank that was not filled.
fn check(shown: &str) {
    assert!(!shown.contains('⟦') && !shown.contains('⟧'), "a key is missing: {shown}");
    let mut rest = shown;
    while let Some(start) = rest.find('{') {
        rest = &rest[start + 1..];
        let name: String =
            rest.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
        let closed = rest[name.len()..].starts_with('}');
        assert!(name.is_empty() || !closed, "{{{name}}} is not filled: {shown}");
    }
}

fn forms() -> Vec<(Form, Count, Vec<Verdict>)> {
    let tally = Tally { in_favour: 9, against: 9, abstain: 1 };
    let outcomes =
        [Outcome::Adopted, Outcome::NotAdopted, Outcome::TiedForChair, Outcome::TiedVoteAgain];
    let actions = [
        vote::PersonAction::Remove,
        vote::PersonAction::AcceptResignation,
        vote::PersonAction::Dismiss,
        vote::PersonAction::DecideAppointment,
        vote::PersonAction::Appoint,
        vote::PersonAction::Elect,
    ];
    let people: Vec<_> = nominees(6)
        .into_iter()
        .zip(actions)
        .map(|(n, action)| vote::Nominee { action, ..n })
        .collect();
    vec![
        (
            Form::Motion,
            Count::Motion { tally },
            outcomes.map(|outcome| Verdict::Motion { outcome }).into(),
        ),
        (
            Form::Personnel { nominees: people.clone() },
            Count::Personnel { tallies: vec![tally; 6] },
            vec![Verdict::Personnel { outcomes: [outcomes.as_slice(), &outcomes[..2]].concat() }],
        ),
        (
            Form::Satisfaction { subjects: vec!["甲局".into(), "乙局".into()] },
            Count::Satisfaction { tallies: vec![GradeTally::default(); 2] },
            vec![Verdict::Satisfaction],
        ),
        (
            Form::Plurality { candidates: people, seats: 2 },
            Count::Plurality { votes: vec![9, 5, 5, 1, 0, 0], invalid: 1 },
            vec![Verdict::Plurality { elected: vec![0], tied: vec![1, 2], open_seats: 1 }],
        ),
    ]
}

fn rules() -> Vec<Rule> {
    let presets = Preset::DECIDING.into_iter().chain([Preset::Plurality, Preset::Survey]);
    let own = Rule {
        preset: None,
        tests: vec![Test::new(5, Quantity::For, Cmp::AtLeast, 4, Quantity::Present)],
        tie: Tie::Fails,
    };
    let odd = Rule {
        preset: None,
        tests: vec![Test::new(2, Quantity::Abstain, Cmp::MoreThan, 1, Quantity::Cast)],
        tie: Tie::VoteAgain,
    };
    presets.map(|p| Rule { tie: Tie::ChairDecides, ..Rule::preset(p) }).chain([own, odd]).collect()
}

#[test]
fn every_word_of_every_page_is_in_both_catalogues() {
    let mut looked = Looked::default();
    looking_for_a_room(&mut looked);
    before_the_meeting(&mut looked);
    votes(&mut looked);
    reading(&mut looked);
    leading(&mut looked);
    around(&mut looked);
    assert_eq!(looked.pages, BTreeSet::from(PAGES), "a page was not looked at");
    assert!(looked.screens > 1000, "{}", looked.screens);
}

fn looking_for_a_room(looked: &mut Looked) {
    let own = Pin { server: Room::silent().server.key(), room: "东厅".into() };
    for (pin, picked) in [(None, None), (None, Some(own.clone())), (Some(own), None)] {
        let mut room = Room::silent();
        let last = Some("wss://10.0.0.5:8480/ws".into());
        room.seat.pin = pin;
        room.seat.finding = Some(Finding::new(picked, last, None));
        room.seat.start();
        looked.at(&mut room);
        for _ in 0..4 {
            room.msg(Msg::LinkDown);
            looked.at(&mut room);
        }
        room.msg(Msg::Deaf);
        looked.at(&mut room);
        for (key, protocol) in [(1, 1), (2, 1), (3, 9)] {
            let said = Announcement { room: "东厅".into(), server: Hex([key; 32]), protocol };
            let addresses = vec!["10.0.0.9:8480".parse().unwrap()];
            room.msg(Msg::Heard(Heard { name: key.to_string(), said, addresses }));
            looked.at(&mut room);
        }
    }
}

fn before_the_meeting(looked: &mut Looked) {
    let mut room = Room::silent();
    looked.at(&mut room);
    for _ in 0..4 {
        room.msg(Msg::LinkDown);
        looked.at(&mut room);
    }
    for code in Code::ALL {
        room.say(Down::Goodbye { refused: (*code).into() });
        looked.at(&mut room);
    }
    room.greet();
    looked.at(&mut room);
    room.welcome(MEETING);
    looked.at(&mut room);
    room.topics();
    for me in [Me::default(), Me { seat: Some(SEAT), ..Me::default() }, me()] {
        room.topic(Topic::Me(me));
        looked.at(&mut room);
    }
    for starts_at in ["2026-08-26T09:00", "2026-12-01T14:30", "2026-01-04T00:05", "明天"] {
        room.meeting.starts_at = starts_at.into();
        room.topic(Topic::Meeting(room.meeting.clone()));
        looked.at(&mut room);
    }
    for month in 1..=12 {
        room.meeting.starts_at = format!("2026-{month:02}-{:02}T12:00", month + 5);
        room.topic(Topic::Meeting(room.meeting.clone()));
        looked.at(&mut room);
    }
    room.meeting.phase = Phase::SignIn;
    room.topic(Topic::Meeting(room.meeting.clone()));
    looked.at(&mut room);
    room.touch(Touch::Wake);
    room.topic(Topic::Roll(Roll { layout: vec![], ..roll() }));
    looked.at(&mut room);
    room.topic(Topic::Roll(roll()));
    for on_leave in [false, true] {
        room.me.on_leave = on_leave;
        room.topic(Topic::Me(room.me.clone()));
        looked.at(&mut room);
    }
    for code in Code::ALL {
        room.take_effects();
        room.touch(Touch::SignIn);
        looked.at(&mut room);
        let ask = room.commands().pop().expect("a sign-in");
        room.refuse(ask.id, *code);
        looked.at(&mut room);
    }
    for standing in [Standing::Member, Standing::Attendee] {
        let person = Some(Person { standing, ..person() });
        room.topic(Topic::Me(Me { signed_in: true, person, ..me() }));
        looked.at(&mut room);
    }
}

fn votes(looked: &mut Looked) {
    for (form, count, verdicts) in forms() {
        for rule in rules() {
            for method in [Method::Recorded, Method::Secret] {
                let mut room = Room::in_session();
                let open = Vote { rule: rule.clone(), method, ..vote(7, form.clone()) };
                room.open_vote(open);
                one_vote(looked, &mut room, &count, &verdicts);
            }
        }
    }
    for standing in [Standing::Attendee, Standing::Member] {
        let mut room = Room::voting(Form::Motion);
        let person = Some(Person { standing, ..person() });
        room.topic(Topic::Me(Me { signed_in: true, person, ..me() }));
        looked.at(&mut room);
    }
    for code in Code::ALL {
        for close in [false, true] {
            let mut room = Room::voting(Form::Motion);
            let ask = room.cast();
            looked.at(&mut room);
            if close {
                room.move_vote(VoteState::Closed, |_| {});
            }
            room.refuse(ask.id, *code);
            looked.at(&mut room);
        }
    }
    let mut room = Room::voting(Form::Motion);
    let ask = room.cast();
    room.wait(5000);
    looked.at(&mut room);
    room.msg(Msg::LinkDown);
    looked.at(&mut room);
    room.come_back();
    looked.at(&mut room);
    room.confirm(&ask);
    looked.at(&mut room);
    room.move_vote(VoteState::Closed, |_| {});
    looked.at(&mut room);
}

fn one_vote(looked: &mut Looked, room: &mut Room, count: &Count, verdicts: &[Verdict]) {
    looked.at(room);
    room.move_vote(VoteState::Open, |v| v.ends_at = Some(Millis(START + 20_000)));
    room.choose(0);
    looked.at(room);
    for question in 1..6 {
        room.touch(Touch::Choose { question, choice: 2 });
    }
    looked.at(room);
    room.msg(Msg::LinkDown);
    looked.at(room);
    room.come_back();
    looked.at(room);
    room.move_vote(VoteState::Paused, |v| v.seconds_left = Some(20));
    looked.at(room);
    room.move_vote(VoteState::Open, |_| {});
    room.take_effects();
    room.touch(Touch::Submit);
    if let Some(ask) = room.commands().pop() {
        room.confirm(&ask);
    }
    looked.at(room);
    room.move_vote(VoteState::Closed, |v| {
        v.count = Some(count.clone());
        v.unpressed = Some(2);
    });
    for verdict in verdicts {
        for state in [VoteState::Closed, VoteState::Declared] {
            room.move_vote(state, |v| v.verdict = Some(verdict.clone()));
            looked.at(room);
        }
    }
    for by in [CountedBy::Hands, CountedBy::PaperBallots] {
        room.move_vote(VoteState::Declared, |v| v.counted_by = by);
        looked.at(room);
    }
    // Of another kind than the question, and nothing at all.
    room.move_vote(VoteState::Declared, |v| v.count = None);
    looked.at(room);
    room.move_vote(VoteState::Annulled, |v| v.reason = None);
    looked.at(room);
}

fn reading(looked: &mut Looked) {
    let mut room = Room::in_session();
    looked.at(&mut room);
    room.touch(Touch::OpenPaper(41));
    looked.at(&mut room);
    room.msg(Msg::PaperFailed { hash: hash(41) });
    looked.at(&mut room);
    room.msg(Msg::LinkDown);
    looked.at(&mut room);
    room.come_back();
    room.touch(Touch::ReaderSized { width: 1400, height: 900 });
    room.msg(Msg::PaperReady { hash: hash(41) });
    looked.at(&mut room);
    let facts = Facts { pages: vec![(59_528, 84_189); 12], text: None };
    room.msg(Msg::Opened { hash: hash(41), facts });
    looked.at(&mut room);
    for code in ["timed_out", "busy", "broken"] {
        room.msg(Msg::NotDrawn { hash: hash(41), code: code.into() });
        looked.at(&mut room);
    }
    let newer =
        Paper { version: 2, hash: hash(410), replaced_at: Some(Millis(START)), ..paper(41) };
    room.agenda.items[3].papers[0] = newer;
    room.topic(Topic::Agenda(room.agenda.clone()));
    looked.at(&mut room);
    room.touch(Touch::OpenPaper(41));
    looked.at(&mut room);
    room.agenda.items[3].papers.clear();
    room.topic(Topic::Agenda(room.agenda.clone()));
    looked.at(&mut room);
    room.touch(Touch::OpenAgenda);
    looked.at(&mut room);
}

fn leading(looked: &mut Looked) {
    let (item, vote_id) = (ItemId(5), VoteId(7));
    let steps = [
        Step::OpenSignIn,
        Step::OpenMeeting,
        Step::StartItem { item },
        Step::OpenVote { vote: vote_id },
        Step::ResumeVote { vote: vote_id },
        Step::CloseVote { vote: vote_id },
        Step::BreakTie { vote: vote_id },
        Step::DeclareVote { vote: vote_id },
        Step::FinishItem { item },
        Step::ResumeMeeting,
        Step::CloseMeeting,
    ];
    let mut room = Room::in_session();
    room.me.person = Some(Person { chair: true, ..person() });
    room.topic(Topic::Me(room.me.clone()));
    room.topic(Topic::Roll(roll()));
    for view in [
        ChairView::Overview,
        ChairView::Steps,
        ChairView::Missing,
        ChairView::Queue,
        ChairView::Announcement,
    ] {
        room.touch(Touch::ChairShow(view));
        for step in &steps {
            room.topic(Topic::Next(Next { steps: vec![step.clone()] }));
            looked.at(&mut room);
            room.touch(Touch::TieChosen { adopted: true });
            looked.at(&mut room);
        }
    }
    room.topic(Topic::Next(Next::default()));
    room.topic(Topic::Attendance(Attendance { has_quorum: false, ..attendance() }));
    looked.at(&mut room);
    for (form, count, verdicts) in forms() {
        for (id, verdict) in (20..).zip(verdicts) {
            room.open_vote(vote(id, form.clone()));
            room.touch(Touch::OpenChair);
            looked.at(&mut room);
            room.move_vote(VoteState::Closed, |v| {
                v.count = Some(count.clone());
                v.verdict = Some(verdict);
            });
            looked.at(&mut room);
        }
    }
}

fn around(looked: &mut Looked) {
    let mut room = Room::in_session();
    let floors = [MyFloor::Quiet, MyFloor::Waiting { place: 2 }, MyFloor::Speaking];
    for touch in [Touch::OpenSpeak, Touch::OpenService, Touch::OpenTextSize] {
        room.touch(touch);
        for floor in floors {
            room.me.floor = floor;
            room.topic(Topic::Me(room.me.clone()));
            looked.at(&mut room);
        }
    }
    room.touch(Touch::OpenService);
    for kind in ServiceKind::ALL {
        room.touch(Touch::CallService(kind));
        looked.at(&mut room);
    }
    room.topic(Topic::Me(Me { service: Some(Service::Tea), ..room.me.clone() }));
    looked.at(&mut room);
    for (level, paper) in
        [(Level::Info, None), (Level::Important, None), (Level::Info, Some(PaperId(41)))]
    {
        let at = Millis(room.now);
        room.topic(Topic::Notice(Some(Notice { text: "通知".into(), level, at, paper })));
        looked.at(&mut room);
    }
    for phase in [Phase::Adjourned, Phase::SignIn, Phase::Closed] {
        room.meeting.phase = phase;
        room.topic(Topic::Meeting(room.meeting.clone()));
        looked.at(&mut room);
    }
    let mut room = Room::in_session();
    room.topic(Topic::Me(me()));
    room.touch(Touch::OpenAgenda);
    looked.at(&mut room);
}

#[test]
fn the_check_finds_what_it_looks_for() {
    for bad in ["⟦no.such.key⟧", "x {seat} y", "{t}"] {
        assert!(std::panic::catch_unwind(|| check(bad)).is_err(), "{bad}");
    }
    check("Screen { language: Zh, page: Starting { text: \"\" } } Item {}");
}

#[test]
fn titles_of_the_sample_kind_break_into_two_lines_at_most() {
    let title = "关于《安平区城市更新条例（草案）》审议结果的报告\n附：说明";
    assert_eq!(lines(title).len(), 2);
    assert!(lines(&"很长的题目".repeat(40)).len() <= 2);
    assert_eq!(lines(""), [""]);
}
