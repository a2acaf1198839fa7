//! The floor, calls for service, notices, the rail, the member's own settings.

use crate::fake::*;
use hemicycle_protocol::ids::*;
use hemicycle_protocol::refusal::Code;
use hemicycle_protocol::topic::*;
use hemicycle_protocol::vote::Form;
use hemicycle_protocol::wire::Command;
use hemicycle_terminal::screen::{
    Connection, Language, RailKind, Sheet, Speak, SpeechState, TextSize,
};
use hemicycle_terminal::seat::{Effect, MOST_PENDING, Msg, Preferences};
use hemicycle_terminal::touch::{ServiceKind, Touch};

fn speak(room: &Room) -> Speak {
    match room.screen().sheet {
        Some(Sheet::Speak(sheet)) => sheet,
        other => panic!("not the sheet: {other:?}"),
    }
}

#[test]
fn asking_for_the_floor() {
    let mut room = Room::in_session();
    room.touch(Touch::OpenSpeak);
    let sheet = speak(&room);
    assert_eq!((sheet.own, sheet.can_ask), (SpeechState::None, true));
    assert_eq!(sheet.help, "您将排在第 1 位，轮到时本屏会提示。");
    assert_eq!(sheet.item, "第四项　议题4");
    room.take_effects();
    room.touch(Touch::AskToSpeak);
    let ask = room.only_command();
    assert_eq!((ask.command, speak(&room).own), (Command::AskToSpeak, SpeechState::Asking));
    room.me.floor = MyFloor::Waiting { place: 2 };
    room.topic(Topic::Me(room.me.clone()));
    let speaking = Speaking {
        member: MemberId(3),
        seat: SeatId(3),
        name: "严以宽".into(),
        title: String::new(),
        since: Millis(room.now - 222_000),
        ends_at: None,
    };
    let waiting = |n: u32| Waiting {
        member: MemberId(n),
        seat: SeatId(n as u16),
        name: format!("委员{n}"),
        at: Millis(room.now),
    };
    room.topic(Topic::Floor(Floor {
        speaking: Some(speaking),
        queue: vec![waiting(5), waiting(12)],
        presenting: None,
    }));
    let sheet = speak(&room);
    assert_eq!(sheet.own, SpeechState::Waiting);
    let places: Vec<_> =
        sheet.queue.iter().map(|s| (s.place.as_str(), s.clock.as_str(), s.own)).collect();
    assert_eq!(places, [("发言中", "3:42", false), ("第 1 位", "", false), ("第 2 位", "", true)]);
    assert_eq!(room.seat.wake_at(), Millis(room.now + 1000), "the speaker's clock runs");
}

#[test]
fn a_speech_has_never_more_time_left_than_it_was_given() {
    let mut room = Room::in_session();
    room.touch(Touch::OpenSpeak);
    let mut clock = |since: i64, ends_at: Option<i64>| {
        let speaking = Speaking {
            member: MemberId(3),
            seat: SeatId(3),
            name: "严以宽".into(),
            title: String::new(),
            since: Millis(room.now + since),
            ends_at: ends_at.map(|end| Millis(room.now + end)),
        };
        room.topic(Topic::Floor(Floor { speaking: Some(speaking), ..Floor::default() }));
        speak(&room).queue[0].clock.clone()
    };
    // The server's stamp lies ahead of what this seat takes for its time.
    assert_eq!(clock(400, Some(300_400)), "5:00");
    assert_eq!(clock(-1000, Some(299_000)), "4:59");
    assert_eq!(clock(-301_000, Some(-1000)), "0:00");
    assert_eq!(clock(400, None), "0:00");
    assert_eq!(clock(-1999, None), "0:01");
}

#[test]
fn where_speaking_cannot_be_asked_for_the_sheet_says_why() {
    let mut room = Room::in_session();
    room.touch(Touch::OpenSpeak);
    room.meeting.phase = Phase::Adjourned;
    room.topic(Topic::Meeting(room.meeting.clone()));
    assert_eq!(
        (speak(&room).can_ask, speak(&room).help.as_str()),
        (false, "会议进行中可以申请发言。")
    );
    room.msg(Msg::LinkDown);
    assert_eq!(
        (speak(&room).can_ask, speak(&room).help.as_str()),
        (false, "连接恢复后可以申请发言。")
    );
    room.take_effects();
    room.touch(Touch::AskToSpeak);
    assert_eq!(room.commands(), []);
}

#[test]
fn every_service_can_be_called_and_cancelled() {
    for kind in ServiceKind::ALL {
        let mut room = Room::in_session();
        room.touch(Touch::OpenService);
        room.take_effects();
        room.touch(Touch::CallService(kind));
        let ask = room.only_command();
        let Command::CallService { service } = ask.command else { panic!("{ask:?}") };
        room.me.service = Some(service);
        room.topic(Topic::Me(room.me.clone()));
        let sheet = speak(&room);
        let called: Vec<_> = sheet.services.iter().filter(|s| s.called).map(|s| s.kind).collect();
        assert_eq!(called, [kind]);
        assert_eq!(sheet.called, "已呼叫工作人员，请稍候。");
        room.take_effects();
        room.touch(Touch::CancelService);
        assert_eq!(room.only_command().command, Command::CancelService);
    }
}

#[test]
fn refusals_stand_for_a_while_and_can_be_put_away() {
    let mut room = Room::in_session();
    for code in Code::ALL {
        room.take_effects();
        room.touch(Touch::AskToSpeak);
        let ask = room.only_command();
        room.refuse(ask.id, *code);
        let banner = room.banner();
        assert!(banner.starts_with("未能完成：") && banner.ends_with('。'), "{code:?}: {banner}");
        assert!(!banner.contains(code.text()), "{code:?}: {banner}");
        room.touch(Touch::Dismiss);
        assert_eq!(room.banner(), "");
    }
    room.touch(Touch::AskToSpeak);
    let ask = room.commands().pop().unwrap();
    room.refuse(ask.id, Code::WrongPhase);
    room.wait(7999);
    assert_ne!(room.banner(), "");
    room.wait(1);
    assert_eq!(room.banner(), "");
}

#[test]
fn a_wish_without_an_answer_is_given_up() {
    let mut room = Room::in_session();
    room.touch(Touch::AskToSpeak);
    room.wait(4999);
    assert_eq!((room.banner(), room.seat.pending.len()), (String::new(), 1));
    room.wait(1);
    assert!(room.banner().contains("没有回应"));
    assert!(room.seat.pending.is_empty(), "and can be pressed again");
}

#[test]
fn commands_without_an_answer_are_bounded() {
    let mut room = Room::in_session();
    let kinds = ServiceKind::ALL.map(Touch::CallService);
    let others = [Touch::AskToSpeak, Touch::WithdrawSpeech, Touch::CancelService, Touch::EndFloor];
    for touch in kinds.into_iter().chain(others) {
        room.touch(touch.clone());
        room.touch(touch);
    }
    assert_eq!(room.seat.pending.len(), 10, "each once");
    let queue: Vec<_> = (1..=20)
        .map(|n| Waiting {
            member: MemberId(n),
            seat: SeatId(n as u16),
            name: String::new(),
            at: Millis(0),
        })
        .collect();
    room.topic(Topic::Floor(Floor { queue, ..Floor::default() }));
    for seat in 1..=20 {
        room.touch(Touch::GiveFloor { seat });
    }
    assert_eq!(room.seat.pending.len(), MOST_PENDING);
    assert!(room.banner().contains("操作过于频繁"), "{}", room.banner());
    room.touch(Touch::GiveFloor { seat: u32::MAX });
}

#[test]
fn a_notice_stands_until_it_is_put_away_and_a_new_one_comes_again() {
    let mut room = Room::in_session();
    let notice = |text: &str, at| {
        let level = Level::Important;
        Topic::Notice(Some(Notice { text: text.into(), level, at: Millis(at), paper: None }))
    };
    room.topic(notice("请关闭手机", 1));
    assert_eq!(room.banner(), "重要通知：请关闭手机");
    room.touch(Touch::Dismiss);
    assert_eq!(room.banner(), "");
    room.topic(notice("请关闭手机", 1));
    assert_eq!(room.banner(), "", "the same notice after a reconnection");
    room.topic(notice("十分钟后继续", 2));
    assert_eq!(room.banner(), "重要通知：十分钟后继续");
}

#[test]
fn the_rail_locks_what_needs_the_server_and_marks_an_open_vote() {
    let mut room = Room::voting(Form::Motion);
    room.touch(Touch::BackToPapers);
    let entry = |room: &Room, kind| {
        *room.screen().rail.entries.iter().find(|e| e.kind == kind).expect("it is there")
    };
    assert!(entry(&room, RailKind::Vote).flagged && entry(&room, RailKind::Agenda).selected);
    assert!(room.screen().rail.entries.iter().all(|e| e.kind != RailKind::Chair));
    room.touch(Touch::OpenVotePage);
    assert!(!entry(&room, RailKind::Vote).flagged && entry(&room, RailKind::Vote).selected);
    let ask = room.cast();
    room.touch(Touch::BackToPapers);
    assert!(!entry(&room, RailKind::Vote).flagged, "nothing is left to press");
    room.confirm(&ask);
    assert!(!entry(&room, RailKind::Vote).flagged);
    assert_eq!(room.screen().top.connection, Connection::Online);
    room.msg(Msg::LinkDown);
    for kind in [RailKind::Vote, RailKind::Speak, RailKind::Service] {
        assert!(entry(&room, kind).locked, "{kind:?}");
    }
    assert!(!entry(&room, RailKind::Agenda).locked && !entry(&room, RailKind::TextSize).locked);
    assert_eq!(room.screen().top.connection_words, "未连接");
}

#[test]
fn the_members_own_settings_are_kept() {
    let mut room = Room::in_session();
    room.touch(Touch::OpenTextSize);
    assert!(matches!(room.screen().sheet, Some(Sheet::TextSize(_))));
    room.take_effects();
    room.touch(Touch::TextSize(5));
    room.touch(Touch::TextSize(6));
    room.touch(Touch::Language(Language::En));
    let large = Preferences { text_size: TextSize::Pt30, ..Preferences::default() };
    let english = Preferences { language: Language::En, ..large };
    assert_eq!(
        room.take_effects(),
        [Effect::SavePreferences(large), Effect::SavePreferences(english)]
    );
    assert_eq!(room.screen().top.connection_words, "Connected");
    room.touch(Touch::CloseSheet);
    assert_eq!(room.screen().sheet, None);
}
