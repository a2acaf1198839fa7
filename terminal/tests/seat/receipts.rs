//! From the press to the receipt: what is said, what is kept, what is sent
//! again, and that 已提交 is never said of anything but a verified receipt.

use crate::fake::*;
use hemicycle_protocol::identity::Identity;
use hemicycle_protocol::ids::*;
use hemicycle_protocol::refusal::Code;
use hemicycle_protocol::topic::*;
use hemicycle_protocol::vote::{Ballot, Choice, Form};
use hemicycle_protocol::wire::{Answer, Command, Done, SignedReceipt};
use hemicycle_terminal::screen::{Page, ReceiptState, Submit, SubmitState, Submitted};
use hemicycle_terminal::seat::Msg;
use hemicycle_terminal::touch::Touch;

/// Which card is chosen, and the button.
fn vote_page(room: &Room) -> (Option<usize>, Submit, String) {
    match room.page() {
        Page::Vote(page) => (page.choices.iter().position(|c| c.chosen), page.submit, page.help),
        other => panic!("not the vote page: {other:?}"),
    }
}

fn submitted(room: &Room) -> Submitted {
    match room.page() {
        Page::Submitted(page) => page,
        other => panic!("not the receipt: {other:?}"),
    }
}

#[test]
fn choose_change_submit_receipt() {
    let mut room = Room::voting(Form::Motion);
    let (chosen, submit, help) = vote_page(&room);
    assert_eq!((chosen, submit.state), (None, SubmitState::Disabled));
    assert_eq!(help, "请选择一项，然后提交。");
    room.take_effects();
    room.touch(Touch::Submit);
    assert_eq!(room.commands(), [], "nothing is chosen");

    room.choose(1);
    room.choose(2);
    room.choose(0);
    room.choose(3);
    let (chosen, submit, help) = vote_page(&room);
    assert_eq!((chosen, submit.state), (Some(0), SubmitState::Ready));
    assert_eq!(help, "提交前可以改选，提交后不能更改。");
    assert_eq!(room.commands(), [], "a choice stays on the seat");

    room.touch(Touch::Submit);
    let ask = room.only_command();
    assert_eq!(room.statement(&ask).ballot, Ballot::Motion { choice: Choice::For });
    let (_, submit, _) = vote_page(&room);
    assert_eq!((submit.state, submit.label.as_str()), (SubmitState::Busy, "正在提交"));
    room.choose(1);
    room.touch(Touch::Submit);
    assert_eq!(vote_page(&room).0, Some(0), "what was sent is not changed any more");
    assert_eq!(room.commands(), [], "further presses are ignored");

    room.confirm(&ask);
    let page = submitted(&room);
    assert_eq!((page.state, page.title.as_str()), (ReceiptState::Confirmed, "已提交"));
    assert_eq!(page.receipt, room.receipt(&ask).receipt.ballot.short());
    room.choose(1);
    room.touch(Touch::Submit);
    assert_eq!(room.commands(), [], "it is final");
}

#[test]
fn receipts_that_do_not_hold_count_for_nothing() {
    type Bend = fn(&mut SignedReceipt, &Identity);
    let stranger = Identity::from_secret(&[66; 32]);
    let bends: [(&str, Bend); 8] = [
        ("forged", |r, _| r.signature.0[3] ^= 1),
        ("signed by a stranger", |r, stranger| r.signature = stranger.sign(&r.receipt)),
        ("changed afterwards", |r, _| r.receipt.seq = Seq(42)),
        ("for another ballot", |r, _| r.receipt.ballot.0[0] ^= 1),
        ("for another seat", |r, _| r.receipt.seat = SeatId(13)),
        ("for another vote", |r, _| r.receipt.vote = VoteId(8)),
        ("for another meeting", |r, _| r.receipt.meeting = Hex([9; 16])),
        ("empty", |r, _| r.signature = Hex([0; 64])),
    ];
    for (what, bend) in bends {
        for resign in [false, true] {
            let mut room = Room::voting(Form::Motion);
            let ask = room.cast();
            let mut signed = room.receipt(&ask);
            bend(&mut signed, &stranger);
            if resign && what.starts_with("for another") {
                signed.signature = room.server.sign(&signed.receipt);
            }
            let receipt = Some(signed.clone());
            room.answer(ask.id, Answer::Ok(Done { receipt, ..Done::default() }));
            let (chosen, submit, _) = vote_page(&room);
            assert_eq!((chosen, submit.state), (Some(0), SubmitState::Failed), "{what}");
            assert_eq!(submit.error, "服务器的回执未通过校验，请呼叫工作人员。", "{what}");

            // Nor where the server tells of it by itself.
            let mine =
                MyBallot { vote: VoteId(7), receipt: signed.receipt, signature: signed.signature };
            let about_this_seat = what == "for another ballot" && resign;
            room.topic(Topic::Me(Me { ballot: Some(mine), ..room.me.clone() }));
            assert_eq!(room.page_name() == "submitted", about_this_seat, "{what}");
            let warned = room.banner().starts_with("表决票未计入");
            assert_eq!(warned, about_this_seat, "what is stored is not what was submitted");
        }
    }
    let mut room = Room::voting(Form::Motion);
    let ask = room.cast();
    room.answer(ask.id, Answer::Ok(Done::default()));
    assert_eq!(vote_page(&room).1.state, SubmitState::Failed, "no receipt at all");
}

#[test]
fn every_refusal_is_in_words() {
    for code in Code::ALL {
        let mut room = Room::voting(Form::Motion);
        let ask = room.cast();
        room.refuse(ask.id, *code);
        let (chosen, submit, _) = vote_page(&room);
        assert_eq!((chosen, submit.state), (Some(0), SubmitState::Failed), "{code:?}");
        assert!(submit.error.ends_with('。'), "{code:?}: {}", submit.error);
        assert!(!submit.error.contains(code.text()), "{code:?}: {}", submit.error);

        // It can be submitted again, as a new command.
        room.take_effects();
        room.touch(Touch::Submit);
        let again = room.only_command();
        assert_ne!(again.id, ask.id);
        room.confirm(&again);
        assert_eq!(submitted(&room).state, ReceiptState::Confirmed, "{code:?}");
    }
    for (code, words) in [
        (Code::VoteNotOpen, "表决已经结束，未计入。"),
        (Code::NotOnRoll, "您不在本次表决的名册上。"),
        (Code::NotSignedIn, "请先签到。"),
        (Code::Malformed, "提交未成功。选择已保留，请再次提交。"),
        (Code::NotAuthentic, "本终端的签名未通过校验，请呼叫工作人员。"),
    ] {
        let mut room = Room::voting(Form::Motion);
        let ask = room.cast();
        room.refuse(ask.id, code);
        assert_eq!(vote_page(&room).1.error, words);
    }
}

#[test]
fn without_an_answer_the_same_command_goes_again() {
    let mut room = Room::voting(Form::Motion);
    let ask = room.cast();
    room.wait(4999);
    assert_eq!(vote_page(&room).1.state, SubmitState::Busy);
    room.touch(Touch::Submit);
    assert_eq!(room.commands(), [], "not yet");
    room.wait(1);
    let (chosen, submit, help) = vote_page(&room);
    assert_eq!((chosen, submit.state), (Some(0), SubmitState::Failed), "the choice is kept");
    assert_eq!(submit.error, "提交未成功。选择已保留，请再次提交。");
    assert!(help.contains("不能更改"), "{help}");
    room.choose(1);
    assert_eq!(vote_page(&room).0, Some(0), "the first may have arrived");
    room.touch(Touch::Submit);
    assert_eq!(room.only_command(), ask, "under the same name");
    assert_eq!(vote_page(&room).1.state, SubmitState::Busy);
    room.confirm(&ask);
    assert_eq!(submitted(&room).state, ReceiptState::Confirmed);
}

#[test]
fn a_break_while_casting_hides_the_choice_and_sends_it_again() {
    let mut room = Room::voting(Form::Motion);
    let ask = room.cast();
    room.msg(Msg::LinkDown);
    let page = submitted(&room);
    assert_eq!((page.state, page.title.as_str()), (ReceiptState::Waiting, "已提交，等待确认"));
    assert_eq!(page.receipt, "");
    assert!(room.banner().contains("等待确认"), "{}", room.banner());

    room.take_effects();
    room.greet();
    room.welcome(MEETING);
    assert_eq!(room.only_command(), ask, "under the same name");
    assert_eq!(submitted(&room).state, ReceiptState::Waiting);
    // No answer again: the page has no button, the seat asks by itself.
    room.wait(4000);
    assert_eq!(room.commands(), []);
    room.wait(1000);
    assert_eq!(room.only_command(), ask);
    room.confirm(&ask);
    assert_eq!(submitted(&room).state, ReceiptState::Confirmed);
}

#[test]
fn a_lost_answer_is_found_in_what_the_server_tells_of_this_seat() {
    let mut room = Room::voting(Form::Motion);
    let ask = room.cast();
    room.msg(Msg::LinkDown);
    let signed = room.receipt(&ask);
    room.greet();
    room.welcome(MEETING);
    let ballot = MyBallot { vote: VoteId(7), receipt: signed.receipt, signature: signed.signature };
    room.topic(Topic::Me(Me { ballot: Some(ballot), ..room.me.clone() }));
    assert_eq!(submitted(&room).state, ReceiptState::Confirmed);
    assert!(room.seat.pending.is_empty());
}

#[test]
fn a_refusal_after_a_break_shows_the_choice_again() {
    let mut room = Room::voting(Form::Motion);
    let ask = room.cast();
    room.come_back();
    room.touch(Touch::BackToPapers);
    assert_eq!(room.page_name(), "agenda");
    room.refuse(ask.id, Code::Unavailable);
    let (chosen, submit, _) = vote_page(&room);
    assert_eq!((chosen, submit.state), (Some(0), SubmitState::Failed), "and it is brought back");
}

#[test]
fn an_unsent_choice_survives_a_break_and_is_not_sent_by_itself() {
    let mut room = Room::voting(Form::Motion);
    room.choose(2);
    room.take_effects();
    room.msg(Msg::LinkDown);
    let (chosen, submit, help) = vote_page(&room);
    assert_eq!((chosen, submit.state), (Some(2), SubmitState::Disabled));
    assert!(help.contains("已保留"), "{help}");
    assert!(room.banner().contains("尚未提交"), "{}", room.banner());
    room.touch(Touch::Submit);
    room.choose(1);
    room.greet();
    room.welcome(MEETING);
    // A server that was started again tells everything anew.
    room.topics();
    assert_eq!(room.commands(), [], "the member submits, nobody else");
    assert_eq!(room.banner(), "已恢复连接：您的选择已保留，请提交。");
    let (chosen, submit, _) = vote_page(&room);
    assert_eq!((chosen, submit.state), (Some(1), SubmitState::Ready));
    room.wait(4000);
    assert_eq!(room.banner(), "", "the green banner goes");
    room.touch(Touch::Submit);
    let ask = room.only_command();
    assert_eq!(room.statement(&ask).ballot, Ballot::Motion { choice: Choice::Against });
}

#[test]
fn a_vote_that_closes_under_an_unsent_choice() {
    let mut room = Room::voting(Form::Motion);
    room.choose(0);
    room.take_effects();
    room.move_vote(VoteState::Closed, |_| {});
    let Page::Result(page) = room.page() else { panic!("{:?}", room.page()) };
    assert_eq!(page.note, "本次表决未收到您的表决票。");
    room.touch(Touch::Submit);
    assert_eq!(room.commands(), []);
}

#[test]
fn a_vote_that_closes_over_a_ballot_on_its_way() {
    let note = |room: &Room| match room.page() {
        Page::Result(page) => page.note,
        other => panic!("{other:?}"),
    };
    // It arrived in time.
    let mut room = Room::voting(Form::Motion);
    let ask = room.cast();
    room.move_vote(VoteState::Closed, |_| {});
    assert_eq!(note(&room), "您的表决票正在等待确认。");
    room.come_back();
    assert!(room.commands().contains(&ask), "also after closing the answer is asked for");
    room.confirm(&ask);
    let code = room.receipt(&ask).receipt.ballot.short();
    assert_eq!(note(&room), format!("您的表决票已计入，回执码 {code}。"));

    // It came too late: said until the member has read it.
    let mut room = Room::voting(Form::Motion);
    let ask = room.cast();
    room.move_vote(VoteState::Closed, |_| {});
    room.touch(Touch::OpenPaper(41));
    room.refuse(ask.id, Code::VoteNotOpen);
    room.wait(60_000);
    assert_eq!(room.banner(), "表决票未计入：表决已经结束，未计入。");
    assert_eq!(room.page_name(), "reader", "the paper stays");
    room.touch(Touch::Dismiss);
    assert_eq!(room.banner(), "");
    // A receipt that does not hold, after closing, is told in the same place.
    let mut room = Room::voting(Form::Motion);
    let ask = room.cast();
    room.move_vote(VoteState::Closed, |_| {});
    room.answer(ask.id, Answer::Ok(Done::default()));
    assert!(room.banner().contains("回执未通过校验"), "{}", room.banner());
}

#[test]
fn a_ballot_that_is_stored_already_is_shown_and_the_new_one_is_not_claimed() {
    let mut room = Room::voting(Form::Motion);
    let ask = room.cast();
    let signed = room.receipt_of(&ballot_against(&room));
    let code = signed.receipt.ballot.short();
    let ballot = MyBallot { vote: VoteId(7), receipt: signed.receipt, signature: signed.signature };
    room.topic(Topic::Me(Me { ballot: Some(ballot), ..room.me.clone() }));
    assert_eq!(vote_page(&room).1.state, SubmitState::Busy, "the answer decides");
    room.refuse(ask.id, Code::AlreadyVoted);
    let page = submitted(&room);
    assert_eq!((page.state, page.receipt), (ReceiptState::Confirmed, code));
    assert_eq!(room.banner(), "表决票未计入：您的表决票此前已计入，本次提交未计入。");
}

#[test]
fn a_vote_does_not_wait_for_the_answer_to_another() {
    let mut room = Room::voting(Form::Motion);
    let first = room.cast();
    room.open_vote(vote(8, Form::Motion));
    assert_eq!(vote_page(&room).0, None);
    let second = room.cast();
    room.confirm(&second);
    assert_eq!(submitted(&room).state, ReceiptState::Confirmed);
    room.refuse(first.id, Code::VoteNotOpen);
    assert_eq!(submitted(&room).receipt, room.receipt(&second).receipt.ballot.short());
    assert!(room.banner().starts_with("表决票未计入"), "{}", room.banner());
}

#[test]
fn a_receipt_for_the_last_vote_is_not_one_for_this() {
    let mut room = Room::voting(Form::Motion);
    let ask = room.cast();
    room.confirm(&ask);
    let signed = room.receipt(&ask);
    room.move_vote(VoteState::Declared, |_| {});
    room.me.ballot =
        Some(MyBallot { vote: VoteId(7), receipt: signed.receipt, signature: signed.signature });
    // The vote's topic may come before this seat's.
    room.topic(Topic::Vote(Some(vote(8, Form::Motion))));
    assert_eq!(vote_page(&room).0, None);
    room.topic(Topic::Me(room.me.clone()));
    assert_eq!(vote_page(&room).0, None);
}

#[test]
fn what_was_refused_in_a_pause_is_forgotten_when_the_vote_goes_on() {
    let mut room = Room::voting(Form::Motion);
    let ask = room.cast();
    room.move_vote(VoteState::Paused, |v| v.seconds_left = Some(30));
    room.refuse(ask.id, Code::VoteNotOpen);
    let (chosen, submit, help) = vote_page(&room);
    assert_eq!((chosen, submit.state), (Some(0), SubmitState::Disabled));
    assert_eq!((submit.error.as_str(), help.as_str()), ("", "表决暂停，请稍候。"));
    room.choose(1);
    room.take_effects();
    room.touch(Touch::Submit);
    assert_eq!(room.commands(), []);
    room.move_vote(VoteState::Open, |_| {});
    let (chosen, submit, _) = vote_page(&room);
    assert_eq!((chosen, submit.state), (Some(1), SubmitState::Ready));
}

#[test]
fn only_commands_of_the_moment_are_sent_again() {
    let mut room = Room::in_session();
    room.take_effects();
    room.touch(Touch::AskToSpeak);
    let ask = room.only_command();
    assert_eq!(ask.command, Command::AskToSpeak);
    room.touch(Touch::AskToSpeak);
    assert_eq!(room.commands(), [], "one at a time");
    room.come_back();
    assert_eq!(room.only_command(), ask, "a short break");
    room.msg(Msg::LinkDown);
    room.now += 60_000;
    room.greet();
    room.welcome(MEETING);
    assert_eq!(room.commands(), [], "a minute later the room has gone on");
    assert!(room.banner().contains("没有回应"), "{}", room.banner());
    room.wait(8000);
    assert_eq!(room.banner(), "");
}
