//! Signing in with more than a press, and what a terminal remembers of the log.

use crate::fake::*;
use hemicycle_protocol::identity::{DrawnSignIn, LogHead, verify};
use hemicycle_protocol::ids::{Hex, MeetingId, MemberId, Seq};
use hemicycle_protocol::people::{Drawing, POINTS, SignInBy};
use hemicycle_protocol::refusal::Code;
use hemicycle_protocol::topic::{Me, MyPin, Phase, SignedHead, Topic, VoteState};
use hemicycle_protocol::vote::Form;
use hemicycle_protocol::wire::{Answer, Command, Done};
use hemicycle_terminal::screen::{Page, SignIn, SignInState, SignInWay};
use hemicycle_terminal::seat::{Alarm, Effect, Private};
use hemicycle_terminal::touch::Touch;

/// A member who has not signed in, in a meeting that wants that.
fn asked(sign_in: SignInBy, pin: Option<MyPin>) -> Room {
    let mut room = Room::silent();
    room.meeting.phase = Phase::InSession;
    room.meeting.settings.sign_in = sign_in;
    room.me = Me { pin, ..me() };
    room.connect();
    room.take_effects();
    room
}

fn page(room: &Room) -> SignIn {
    let Page::SignIn(page) = room.page() else { panic!("{:?}", room.page()) };
    page
}

fn typed(room: &mut Room, digits: &[u8]) {
    digits.iter().for_each(|digit| room.touch(Touch::PinDigit(*digit)));
}

/// Digits that are seen, whether the keys work, whether it may be sent.
fn pin(room: &Room) -> (u8, bool, bool) {
    match page(room).way {
        SignInWay::Pin { typed, open, may_confirm, .. } => (typed, open, may_confirm),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_pin_is_typed_sent_once_and_never_shown() {
    let mut room = asked(SignInBy::Pin, Some(MyPin { set: true, left: 5 }));
    assert_eq!(pin(&room), (0, true, false));
    typed(&mut room, &[0, 4, 1]);
    room.touch(Touch::SignIn);
    assert_eq!(room.commands(), [], "three digits are no PIN");
    typed(&mut room, &[9]);
    room.touch(Touch::PinErase);
    typed(&mut room, &[7]);
    assert_eq!(pin(&room), (4, true, true));
    assert!(!format!("{:?}", room.page()).contains("0417"));
    room.touch(Touch::SignIn);
    let ask = room.only_command();
    let Command::SignIn { pin: Some(sent), drawing: None, .. } = &ask.command else {
        panic!("{ask:?}")
    };
    assert_eq!(sent.digits(), "0417");
    assert!(!format!("{ask:?}").contains("0417"), "it could be logged");
    typed(&mut room, &[1]);
    assert_eq!(pin(&room).0, 4, "nothing changes while it is looked at");

    // A wrong one says so, and is typed anew.
    room.refuse(ask.id, Code::WrongPin);
    room.topic(Topic::Me(Me { pin: Some(MyPin { set: true, left: 4 }), ..room.me.clone() }));
    assert_eq!(pin(&room), (0, true, false));
    assert_eq!(page(&room).state, SignInState::Failed { words: "密码不对，请重新输入。".into() });
    let SignInWay::Pin { note, .. } = page(&room).way else { panic!() };
    assert!(note.contains("还可输入 4 次"), "{note}");
    typed(&mut room, &[1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert_eq!(pin(&room), (8, true, true), "eight at most");
    assert_eq!(page(&room).state, SignInState::Ready);
    room.touch(Touch::ClearProof);
    assert_eq!(pin(&room).0, 0);
}

#[test]
fn without_a_pin_or_without_tries_the_keys_do_nothing() {
    for (state, words) in [
        (MyPin { set: false, left: 5 }, "您还没有会议密码，请呼叫工作人员。"),
        (MyPin { set: true, left: 0 }, "密码输错次数过多，已锁定。请呼叫工作人员解除。"),
    ] {
        let mut room = asked(SignInBy::Pin, Some(state));
        typed(&mut room, &[0, 4, 1, 7]);
        room.touch(Touch::SignIn);
        assert_eq!((pin(&room), room.commands()), ((0, false, false), vec![]));
        let SignInWay::Pin { note, .. } = page(&room).way else { panic!() };
        assert_eq!(note, words);
        // Released, they work.
        let pin_now = Some(MyPin { set: true, left: 5 });
        room.topic(Topic::Me(Me { pin: pin_now, ..room.me.clone() }));
        typed(&mut room, &[0, 4, 1, 7]);
        assert_eq!(pin(&room), (4, true, true));
    }
}

#[test]
fn a_signature_is_drawn_signed_and_forgotten() {
    let mut room = asked(SignInBy::Signature, None);
    let strokes = |room: &Room| match page(room).way {
        SignInWay::Signature { strokes, may_confirm, .. } => (strokes, may_confirm),
        other => panic!("{other:?}"),
    };
    assert_eq!(strokes(&room), (String::new(), false));
    room.touch(Touch::StrokeBegin { x: 0.1, y: 0.5 });
    assert_eq!(strokes(&room), ("M100 200 L100 200 ".into(), false), "a dot is no signature");
    // A tremble is no point; what leaves the field stays at its edge.
    room.touch(Touch::StrokeOn { x: 0.101, y: 0.5 });
    room.touch(Touch::StrokeOn { x: 1.7, y: -0.2 });
    room.touch(Touch::StrokeBegin { x: 0.5, y: 0.25 });
    assert_eq!(strokes(&room), ("M100 200 L1000 0 M500 100 L500 100 ".into(), true));
    room.touch(Touch::SignIn);
    let ask = room.only_command();
    let Command::SignIn { signature, pin: None, drawing: Some(drawing) } = ask.command else {
        panic!("{ask:?}")
    };
    assert_eq!(drawing, Drawing { strokes: vec![vec![[100, 200], [1000, 0]], vec![[500, 100]]] });
    let statement = DrawnSignIn { meeting: MEETING, member: MemberId(12), seat: SEAT, drawing };
    verify(&room.seat.key(), &statement, &signature).unwrap();
    // Refused for something else, it need not be drawn again.
    room.refuse(ask.id, Code::SignInClosed);
    assert!(strokes(&room).1);
    room.touch(Touch::SignIn);
    let ask = room.only_command();
    room.answer(ask.id, Answer::Ok(Done::default()));
    assert_eq!(room.seat.proof.drawing, Drawing::default());
}

#[test]
fn a_drawing_does_not_grow_without_end() {
    let mut room = asked(SignInBy::Signature, None);
    for n in 0..2 * POINTS {
        let x = if n % 2 == 0 { 0.1 } else { 0.9 };
        if n % 100 == 0 {
            room.touch(Touch::StrokeBegin { x, y: 0.5 });
        }
        room.touch(Touch::StrokeOn { x: 1.0 - x, y: 0.2 });
    }
    assert!(room.seat.proof.drawing.check().is_ok());
}

fn head(room: &Room, meeting: MeetingId, seq: u64, hash: u8) -> Option<Box<SignedHead>> {
    let statement = LogHead { meeting, seq: Seq(seq), head: Hex([hash; 32]) };
    let signature = room.server.sign(&statement);
    Some(Box::new(SignedHead { statement, signature }))
}

#[test]
fn the_end_of_the_log_is_remembered_with_every_vote() {
    let mut room = Room::voting(Form::Motion);
    room.take_effects();
    let first = head(&room, MEETING, 40, 1);
    room.move_vote(VoteState::Closed, |v| v.log = first.clone());
    let kept = |room: &mut Room| {
        let effects = room.take_effects();
        let mut kept = effects.into_iter().filter_map(|effect| match effect {
            Effect::Keep { name, bytes } => Some((name, bytes)),
            _ => None,
        });
        kept.next()
    };
    let (name, bytes) = kept(&mut room).expect("nothing was kept");
    assert_eq!(name, format!("log-heads-{MEETING}"));
    let written: Vec<SignedHead> = serde_json::from_slice(bytes.reveal()).unwrap();
    assert_eq!(written, [*first.clone().unwrap()]);
    let second = head(&room, MEETING, 41, 2);
    room.move_vote(VoteState::Declared, |v| v.log = second);
    let (name, bytes) = kept(&mut room).expect("the second was not kept");
    assert_eq!((room.seat.heads().count(), room.seat.alarm()), (2, None));

    // Another run of the terminal knows it, and a server that signs something else is found out.
    let mut later = Room::silent();
    assert!(later.seat.recall(vec![(name, Private::new(bytes.reveal().to_vec()))]).is_empty());
    later.meeting.phase = Phase::InSession;
    later.me.signed_in = true;
    later.connect();
    later.open_vote(vote(8, Form::Motion));
    let same = head(&later, MEETING, 41, 2);
    later.move_vote(VoteState::Closed, |v| v.log = same);
    assert_eq!(later.seat.alarm(), None);
    let other = head(&later, MEETING, 41, 3);
    later.move_vote(VoteState::Declared, |v| v.log = other);
    assert_eq!(later.seat.alarm(), Some(Alarm::OtherLog));
    assert_eq!(later.seat.heads().count(), 2, "what was first stays");
}

#[test]
fn a_head_that_is_not_the_servers_is_not_remembered() {
    let mut room = Room::voting(Form::Motion);
    let mut forged = head(&room, MEETING, 40, 1);
    forged.as_mut().unwrap().signature.0[3] ^= 1;
    room.move_vote(VoteState::Closed, |v| v.log = forged);
    assert_eq!((room.seat.heads().count(), room.seat.alarm()), (0, Some(Alarm::OtherLog)));
    let mut room = Room::voting(Form::Motion);
    let foreign = head(&room, Hex([9; 16]), 40, 1);
    room.move_vote(VoteState::Closed, |v| v.log = foreign);
    assert_eq!(room.seat.heads().count(), 0);
}
