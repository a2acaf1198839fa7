//! From the first connection to the signed-in member: who speaks, who sits
//! here, what stands in the way.

use crate::fake::*;
use hemicycle_protocol::identity::{SignIn, verify};
use hemicycle_protocol::ids::*;
use hemicycle_protocol::refusal::Code;
use hemicycle_protocol::topic::*;
use hemicycle_protocol::vote::Form;
use hemicycle_protocol::wire::{Answer, Command, Done, Down};
use hemicycle_terminal::screen::{Page, ReceiptState, SignInState};
use hemicycle_terminal::seat::{Channel, Effect, Msg};
use hemicycle_terminal::touch::Touch;

fn sign_in_state(room: &Room) -> SignInState {
    match room.page() {
        Page::SignIn(page) => page.state,
        other => panic!("not the sign-in page: {other:?}"),
    }
}

#[test]
fn a_greeting_is_answered_with_a_signed_presence() {
    let mut room = Room::silent();
    assert_eq!(room.take_effects(), [Effect::Connect { after: 0 }]);
    assert_eq!(room.page_name(), "starting");
    room.greet();
    let hello = room.hello();
    assert_eq!(hello.meeting, None);
    assert!(hello.have.is_empty());
    assert!(hello.watch.contains(&TopicName::Me) && !hello.watch.contains(&TopicName::Roll));
    room.welcome(MEETING);
    room.topics();
    assert_eq!(room.page_name(), "standby");

    // The second time it says what it has.
    room.msg(Msg::LinkDown);
    room.take_effects();
    room.greet();
    let hello = room.hello();
    assert_eq!(hello.meeting, Some(MEETING));
    assert_eq!(hello.have.get(&TopicName::Me), Some(&Version(7)));
    assert!(hello.watch.contains(&TopicName::Roll), "a small room is drawn");
}

#[test]
fn another_version_of_the_protocol_is_said_plainly_and_asked_again_later() {
    let mut room = Room::silent();
    room.msg(Msg::LinkUp(Channel::Within));
    room.take_effects();
    let (server, nonce) = (room.server.key(), Hex([5; 32]));
    let room_name = String::new();
    room.say(Down::Greeting { protocol: 99, server, room: room_name, nonce, certificate: None });
    assert_eq!(room.take_effects(), [Effect::Hang]);
    room.msg(Msg::LinkDown);
    let effects = room.take_effects();
    assert!(matches!(effects[..], [Effect::Connect { after: 3000.. }]), "{effects:?}");
    room.msg(Msg::LinkUp(Channel::Within));
    let Page::Message(message) = room.page() else { panic!("{:?}", room.page()) };
    assert_eq!(message.title, "程序版本不一致", "it stays while the next attempt runs");
    assert_eq!(message.code, room.seat.key().short());
}

#[test]
fn being_sent_away_curtains_the_screen_only_where_the_terminal_is_not_wanted() {
    for (code, curtain) in [
        (Code::NotAuthentic, true),
        (Code::SeatTaken, true),
        (Code::OutOfOrder, true),
        (Code::TooFast, false),
        (Code::Malformed, false),
        (Code::Unavailable, false),
    ] {
        let mut room = Room::in_session();
        room.say(Down::Goodbye { refused: code.into() });
        room.msg(Msg::LinkDown);
        assert_eq!(room.page_name() == "message", curtain, "{code:?}");
        room.connect();
        assert_eq!(room.page_name(), "agenda", "{code:?}: a welcome makes it good");
    }
}

#[test]
fn nothing_before_the_welcome_is_believed() {
    let mut room = Room::silent();
    room.greet();
    room.topics();
    assert_eq!(room.page_name(), "starting");
}

#[test]
fn a_terminal_without_a_seat_shows_its_code() {
    let mut room = Room::connected();
    room.topic(Topic::Me(Me::default()));
    let Page::Message(message) = room.page() else { panic!("{:?}", room.page()) };
    let code = room.seat.pairing_code().expect("a code to compare");
    assert_eq!((message.title.as_str(), message.code.as_str()), ("等待分配座位", code));
    room.topic(Topic::Me(Me { seat: Some(SEAT), ..Me::default() }));
    let Page::Message(message) = room.page() else { panic!("{:?}", room.page()) };
    assert_eq!(message.title, "本座位没有人员");
}

#[test]
fn a_server_that_is_not_there_is_named_after_a_few_attempts() {
    let mut room = Room::silent();
    for _ in 0..2 {
        room.msg(Msg::LinkDown);
        assert_eq!(room.page_name(), "starting");
    }
    room.msg(Msg::LinkDown);
    let Page::Message(message) = room.page() else { panic!("{:?}", room.page()) };
    assert_eq!(message.title, "找不到会议服务器");
    room.take_effects();
    room.touch(Touch::RetryNow);
    assert_eq!(room.take_effects(), [Effect::Hang, Effect::Connect { after: 0 }]);
}

#[test]
fn attempts_come_slower_and_never_stop() {
    let mut room = Room::silent();
    let mut pauses = vec![];
    for _ in 0..50 {
        room.take_effects();
        room.msg(Msg::LinkDown);
        let Effect::Connect { after } = room.take_effects()[0] else { panic!("it gives up") };
        pauses.push(after);
    }
    assert!(pauses[0] < 200 && pauses.is_sorted(), "{pauses:?}");
    assert!(pauses[49] >= 3000 && pauses[49] <= 4500, "{pauses:?}");
}

#[test]
fn standby_then_sign_in_then_done() {
    let mut room = Room::connected();
    let Page::Standby(page) = room.page() else { panic!("{:?}", room.page()) };
    assert_eq!((page.name.as_str(), page.seat.as_str()), ("陈望舒", "12"));
    assert_eq!(
        (page.date.as_str(), page.begins.as_str()),
        ("2026 年 8 月 26 日　星期三", "上午 9:00 开会")
    );
    assert_eq!(page.prompt, "");
    room.touch(Touch::Wake);
    assert_eq!(room.page_name(), "standby", "sign-in is not open");

    room.meeting.phase = Phase::SignIn;
    room.topic(Topic::Meeting(room.meeting.clone()));
    let Page::Standby(page) = room.page() else { panic!("{:?}", room.page()) };
    assert_eq!(page.prompt, "点按屏幕，进入签到");
    room.touch(Touch::Wake);
    assert_eq!(sign_in_state(&room), SignInState::Ready);

    room.take_effects();
    room.touch(Touch::SignIn);
    let ask = room.only_command();
    let Command::SignIn { signature, pin: None, drawing: None } = ask.command else {
        panic!("{ask:?}")
    };
    let statement = SignIn { meeting: MEETING, member: MemberId(12), seat: SEAT };
    verify(&room.seat.key(), &statement, &signature).unwrap();
    assert_eq!(sign_in_state(&room), SignInState::Busy);
    room.touch(Touch::SignIn);
    assert_eq!(room.commands(), [], "a second press is ignored");

    room.answer(ask.id, Answer::Ok(Done::default()));
    room.me.signed_in = true;
    room.topic(Topic::Me(room.me.clone()));
    let SignInState::Done { title, detail } = sign_in_state(&room) else {
        panic!("{:?}", room.page())
    };
    assert_eq!((title.as_str(), detail.as_str()), ("已签到", "座位 12"));
    room.touch(Touch::SignIn);
    assert_eq!(room.commands(), [], "once is enough");

    room.meeting.phase = Phase::InSession;
    room.topic(Topic::Meeting(room.meeting.clone()));
    assert_eq!(room.page_name(), "agenda");
}

#[test]
fn a_sign_in_that_fails_says_why_and_can_be_pressed_again() {
    let mut room = Room::silent();
    room.meeting.phase = Phase::InSession;
    room.connect();
    room.take_effects();
    room.touch(Touch::SignIn);
    let first = room.only_command();
    room.refuse(first.id, Code::SignInClosed);
    assert_eq!(
        sign_in_state(&room),
        SignInState::Failed { words: "签到尚未开始或已结束。".into() }
    );

    room.touch(Touch::SignIn);
    let second = room.only_command();
    assert_ne!(first.id, second.id);
    room.wait(5000);
    let SignInState::Failed { words } = sign_in_state(&room) else { panic!("{:?}", room.page()) };
    assert!(words.contains("没有回应"), "{words}");
    // Its answer was lost, and the server has it: the third press finds it done.
    room.touch(Touch::SignIn);
    let third = room.only_command();
    room.refuse(third.id, Code::AlreadySignedIn);
    room.me.signed_in = true;
    room.topic(Topic::Me(room.me.clone()));
    assert_eq!(room.page_name(), "agenda");
}

#[test]
fn a_sign_in_is_sent_again_after_a_break_under_its_name() {
    let mut room = Room::silent();
    room.meeting.phase = Phase::InSession;
    room.connect();
    room.take_effects();
    room.touch(Touch::SignIn);
    let ask = room.only_command();
    room.come_back();
    assert_eq!(room.only_command(), ask);
}

#[test]
fn whoever_leaves_comes_back_by_signing_in() {
    let mut room = Room::in_session();
    room.touch(Touch::OpenAgenda);
    room.me.signed_in = false;
    room.topic(Topic::Me(room.me.clone()));
    assert_eq!(sign_in_state(&room), SignInState::Ready);
    // Reading is possible before; the way to sign in stands above.
    room.touch(Touch::OpenAgenda);
    assert_eq!(room.page_name(), "agenda");
    let banner = room.screen().banner.unwrap();
    assert_eq!(banner.title, "尚未签到");
    room.touch(banner.action.unwrap().touch);
    assert_eq!(sign_in_state(&room), SignInState::Ready);
}

#[test]
fn another_run_of_the_server_is_asked_for_everything() {
    let mut room = Room::in_session();
    room.take_effects();
    room.come_back();
    let hello = room.hello();
    assert_eq!((hello.meeting, hello.run), (Some(MEETING), Some(room.run)));
    assert!(hello.have.contains_key(&TopicName::Agenda), "{:?}", hello.have);
    // It was started again: what it said before is named as of then.
    let (before, page) = (room.run, room.page_name());
    room.run = Hex([0x53; 8]);
    room.come_back();
    let hello = room.hello();
    assert_eq!((hello.run, hello.have.is_empty()), (Some(before), false));
    assert_eq!(room.page_name(), page, "nothing goes from the screen meanwhile");
    // The connection breaks before everything has come: what came is had, and no more.
    room.topic(Topic::Meeting(room.meeting.clone()));
    room.come_back();
    let hello = room.hello();
    assert_eq!(hello.run, Some(room.run));
    assert_eq!(hello.have.keys().collect::<Vec<_>>(), [&TopicName::Meeting]);
    assert_eq!(room.page_name(), page);
}

#[test]
fn another_meeting_leaves_nothing_of_the_old_one() {
    let mut room = Room::in_session();
    room.touch(Touch::OpenPaper(41));
    room.msg(Msg::PaperReady { hash: hash(41) });
    room.topic(Topic::Notice(Some(Notice {
        text: "旧通知".into(),
        level: Level::Important,
        at: Millis(START),
        paper: None,
    })));
    room.open_vote(vote(7, Form::Motion));
    let ask = room.cast();
    room.confirm(&ask);
    room.touch(Touch::AskToSpeak);
    room.touch(Touch::OpenSpeak);
    room.take_effects();

    room.msg(Msg::LinkDown);
    room.greet();
    let other = Hex([0x4e; 16]);
    room.welcome(other);
    assert_eq!(room.commands(), [], "nothing of the old meeting is sent into the new one");
    assert_eq!(room.page_name(), "starting");
    for old in ["安平区", "旧通知", "文件41", "预算", "陈望舒", "回执"] {
        assert!(!room.shown().contains(old), "{old} is still shown: {}", room.shown());
    }
    room.meeting.id = other;
    room.meeting.title = "新会议".into();
    room.agenda = Agenda::default();
    room.vote = None;
    room.me = Me { signed_in: true, ..me() };
    room.topics();
    assert_eq!((room.page_name(), room.screen().sheet), ("agenda", None));
    // A vote with the number of the old one is a new vote.
    room.open_vote(vote(7, Form::Motion));
    assert_eq!(room.page_name(), "vote");
}

#[test]
fn another_person_at_the_terminal_sees_nothing_of_the_one_before() {
    let mut room = Room::voting(Form::Motion);
    room.choose(1);
    room.touch(Touch::OpenPaper(41));
    let next = Person { member: MemberId(13), name: "沈清".into(), ..person() };
    room.me.person = Some(next);
    room.topic(Topic::Me(room.me.clone()));
    let Page::Vote(page) = room.page() else { panic!("{:?}", room.page()) };
    assert!(page.choices.iter().all(|c| !c.chosen), "the choice of the person before is gone");

    let ask = room.cast_by(13);
    room.effects.clear();
    room.me.person = Some(person());
    room.topic(Topic::Me(room.me.clone()));
    room.confirm_for(&ask, 13);
    assert_ne!(room.page_name(), "submitted", "that receipt was for somebody else");
    room.come_back();
    assert_eq!(room.commands(), [], "nothing signed for another person is sent");
}

#[test]
fn a_pause_and_the_end() {
    let mut room = Room::in_session();
    room.meeting.phase = Phase::Adjourned;
    room.topic(Topic::Meeting(room.meeting.clone()));
    assert_eq!(room.page_name(), "pause");
    room.touch(Touch::OpenPaper(41));
    assert_eq!(room.page_name(), "reader", "papers stay readable");
    room.meeting.phase = Phase::Closed;
    room.touch(Touch::OpenSpeak);
    room.topic(Topic::Meeting(room.meeting.clone()));
    assert_eq!((room.page_name(), room.screen().sheet), ("ended", None));
}

#[test]
fn a_terminal_started_again_after_casting_knows_it() {
    let mut before = Room::voting(Form::Motion);
    let ask = before.cast();
    let SignedReceiptParts { receipt, signature } = parts(before.receipt(&ask));
    let mut room = Room::silent();
    room.meeting.phase = Phase::InSession;
    room.vote = Some(vote(7, Form::Motion));
    let ballot = MyBallot { vote: VoteId(7), receipt, signature };
    room.me = Me { signed_in: true, may_vote: true, ballot: Some(ballot), ..me() };
    room.greet();
    room.welcome(MEETING);
    // In whichever order the two come.
    room.topic(Topic::Me(room.me.clone()));
    room.topics();
    let Page::Submitted(page) = room.page() else { panic!("{:?}", room.page()) };
    assert_eq!(page.state, ReceiptState::Confirmed);
    assert_eq!(page.receipt, before.receipt(&ask).receipt.ballot.short());
}

#[test]
fn a_welcome_without_a_greeting_is_none() {
    let mut room = Room::silent();
    room.msg(Msg::LinkUp(Channel::Within));
    room.welcome(MEETING);
    room.topics();
    assert_eq!(room.page_name(), "starting");
}

#[test]
fn the_map_shows_the_own_seat_and_no_more_than_is_known() {
    let map = |roll: Roll| {
        let mut room = Room::silent();
        room.meeting.phase = Phase::InSession;
        room.connect();
        room.topic(Topic::Roll(roll));
        match room.page() {
            Page::SignIn(page) => (page.map, page.map_words),
            other => panic!("{other:?}"),
        }
    };
    let (drawn, words) = map(roll());
    assert_eq!((drawn.seats.len(), drawn.half_columns, drawn.rows), (31, 16, 4));
    assert_eq!(words, "上方为主席台，深色为您的座位");
    let own: Vec<_> = drawn.seats.iter().filter(|s| s.own).map(|s| s.number).collect();
    assert_eq!(own, [12]);
    // Without a plan: rows, and no word of where the front is.
    let (rows, words) = map(Roll { layout: vec![], ..roll() });
    assert_eq!((rows.seats.len(), rows.half_columns, rows.rows), (31, 14, 5));
    assert_eq!(words, "按座位号排列，深色为您的座位");
    let (odd, _) = map(Roll { layout: roll().layout[..30].to_vec(), ..roll() });
    assert_eq!(odd, rows, "a plan with a hole is none");
    let (none, words) = map(Roll::default());
    assert_eq!((none.seats.len(), words.as_str()), (0, ""));
}

struct SignedReceiptParts {
    receipt: hemicycle_protocol::identity::Receipt,
    signature: Signature,
}

fn parts(signed: hemicycle_protocol::wire::SignedReceipt) -> SignedReceiptParts {
    SignedReceiptParts { receipt: signed.receipt, signature: signed.signature }
}

impl Room {
    fn cast_by(&mut self, member: u32) -> hemicycle_protocol::wire::Ask {
        assert_eq!(self.me.person.as_ref().unwrap().member, MemberId(member));
        self.cast()
    }

    fn confirm_for(&mut self, ask: &hemicycle_protocol::wire::Ask, member: u32) {
        let mut statement = ballot_against(self);
        statement.member = MemberId(member);
        let Command::Cast { ballot, .. } = &ask.command else { panic!("a ballot") };
        statement.ballot = ballot.clone();
        let receipt = Some(self.receipt_of(&statement));
        self.answer(ask.id, Answer::Ok(Done { receipt, ..Done::default() }));
    }
}
