//! Secret votes: the scrutineers' key, the ballot's way, the opening, and the
//! alarms, each brought about by a line that lies.

use crate::Cast;
use crate::house::{House, Kind, Seat};
use crate::relay::{Fate, Frame, Way};
use crate::votes::result;
use anyhow::{Context as _, Result};
use hemicycle_protocol::ballot::archive::{EventList, EventType};
use hemicycle_protocol::ballot::records::Canonical as _;
use hemicycle_protocol::ballot::scalar::RecordHash;
use hemicycle_protocol::ids::Hex;
use hemicycle_protocol::wire::{Chunk, Command};
use hemicycle_terminal::screen::{
    BannerKind, MessageKind, Page, ReceiptState, Screen, SubmitState, VerdictKind,
};
use hemicycle_terminal::touch::Touch;
use hemicycle_terminal::words::Words;
use sha2::{Digest as _, Sha256};

/// Three scrutineers make the key; before, everything goes wrong that can.
pub async fn key(house: &mut House, cast: &mut Cast) -> Result<()> {
    let Cast { member, second, third, .. } = cast;
    let name = || -> Result<Command> {
        let members = [12, 10, 26].into_iter().map(|seat| house.member(seat));
        Ok(Command::NameScrutineers { members: members.collect::<Result<_>>()?, threshold: 2 })
    };
    let [first_time, second_time, third_time, last_time] = [name()?, name()?, name()?, name()?];
    third.touch(Touch::OpenAgenda).await?;
    third.shows(Kind::Agenda).await?;

    second.relay.hold_command("speak_keygen");
    house.ask(first_time).await?;
    member.until("the making", |s| told(s) == Some(MessageKind::Waiting)).await?;
    house.take("key-making", member).await?;
    third.until("the making", |s| s.banner.is_some()).await?;
    house.take("key-making-banner", third).await?;
    member.until("the failure", |s| told(s) == Some(MessageKind::Error)).await?;
    house.take("key-failed", member).await?;
    second.relay.calm();

    // What the others say reaches this terminal with signatures that do not hold.
    member.relay.bend_topic("me", |me| {
        let said = me["duty"]["said"].as_array_mut();
        for said in said.into_iter().flatten() {
            said["signature"] = "ef".repeat(64).into();
        }
    });
    house.ask(second_time).await?;
    let failed = member.terminal.screen();
    member
        .until("the relay", |s| s.page != failed.page && told(s) == Some(MessageKind::Error))
        .await?;
    house.take("key-relay", member).await?;
    member.relay.calm();

    second.relay.bend_topic("scrutiny", |scrutiny| {
        if scrutiny["key"]["state"] == "ready" {
            scrutiny["key"]["code"] = "0000-0000".into();
        }
    });
    house.ask(third_time).await?;
    second.until("another code", |s| told(s) == Some(MessageKind::Error)).await?;
    house.take("key-differs", second).await?;
    second.relay.calm();

    // At last nothing goes wrong.
    member.until("the key", |s| told(s) == Some(MessageKind::Info)).await?;
    let before = member.terminal.screen();
    house.ask(last_time).await?;
    member
        .until("the key", |s| s.page != before.page && told(s) == Some(MessageKind::Info))
        .await?;
    house.take("key-ready", member).await?;
    third.until("the key", |s| ready(s.banner.as_ref())).await?;
    house.take("key-ready-banner", third).await?;
    second.until("the key", |s| told(s) == Some(MessageKind::Info)).await?;
    for seat in [member, second, third] {
        seat.touch(Touch::CodesCompared).await?;
        seat.touch(Touch::OpenVotePage).await?;
        seat.until("the meeting", |s| Kind::of(&s.page) != Kind::Message).await?;
    }
    Ok(())
}

fn told(screen: &Screen) -> Option<MessageKind> {
    match &screen.page {
        Page::Message(message) => Some(message.kind),
        _ => None,
    }
}

fn ready(banner: Option<&hemicycle_terminal::screen::Banner>) -> bool {
    banner.is_some_and(|b| b.action.as_ref().is_some_and(|a| a.touch == Touch::CodesCompared))
}

fn error(screen: &Screen) -> bool {
    screen.banner.as_ref().is_some_and(|b| b.kind == BannerKind::Error)
}

fn submit(screen: &Screen) -> Option<SubmitState> {
    match &screen.page {
        Page::Vote(page) => Some(page.submit.state),
        Page::List(page) => Some(page.submit.state),
        _ => None,
    }
}

fn receipt(screen: &Screen) -> Option<ReceiptState> {
    match &screen.page {
        Page::Submitted(page) => Some(page.state),
        _ => None,
    }
}

/// One question, secret.
pub async fn motion(house: &mut House, cast: &mut Cast) -> Result<()> {
    house.start_item(3).await?;
    let vote = *house.item(3)?.votes.first().context("a vote")?;
    // Comes late, and is shown another question than the others.
    let mut other = house.seat(Some(27)).await?;
    other.signs_in_late().await?;
    other.relay.bend_topic("vote", |vote| {
        if vote["secret"].is_object() {
            vote["title"] = "关于提高代表履职补贴标准的决定（草案）".into();
        }
    });
    let Cast { chair, member, second, third, late, guest } = cast;
    member.relay.hold_files();
    house.open_vote(vote).await?;
    member.shows(Kind::Vote).await?;
    house.take("vote-secret-checking", member).await?;
    member.relay.calm();
    let prepared = |s: &Screen, help: &str| matches!(&s.page, Page::Vote(v) if v.help != help);
    let Page::Vote(checking) = member.terminal.screen().page else {
        anyhow::bail!("the ballot paper is gone")
    };
    member.until("the setup", |s| prepared(s, &checking.help)).await?;
    house.take("vote-secret", member).await?;
    member.choose(&[0]).await?;
    member.until("the choice", |s| submit(s) == Some(SubmitState::Ready)).await?;
    house.take("vote-secret-chosen", member).await?;
    member.relay.hold_command("cast_secret");
    member.touch(Touch::Submit).await?;
    member.until("the sealing", |s| submit(s) == Some(SubmitState::Busy)).await?;
    house.take("vote-secret-sealing", member).await?;
    member.relay.cut();
    member.until("a ballot afloat", |s| receipt(s) == Some(ReceiptState::Waiting)).await?;
    house.take("submitted-secret-waiting", member).await?;
    member.relay.calm();
    member.touch(Touch::RetryNow).await?;
    member.has_receipt().await?;
    member.until("no banner", |s| s.banner.is_none()).await?;
    house.take("submitted-secret", member).await?;

    guest.shows(Kind::Submitted).await?;
    house.take("vote-secret-watching", guest).await?;
    late.shows(Kind::Submitted).await?;
    house.take("secret-no-credential", late).await?;
    other.shows(Kind::Submitted).await?;
    house.take("secret-wrong-setup", &mut other).await?;
    for seat in [&mut *chair, second, third] {
        seat.votes(&[0]).await?;
    }
    house.others_press(vote).await?;
    chair.relay.bend_topic("vote", |vote| {
        let record = &mut vote["secret"]["record"];
        if record.is_object() {
            record["last"] = "99".repeat(32).into();
        }
    });
    forgets(house, third).await?;
    opening(house, [member, second, third, guest], vote).await?;

    let Cast { chair, member, second, .. } = cast;
    chair.until("the alarm", error).await?;
    house.take("alarm-other-record", chair).await?;
    chair.touch(Touch::Dismiss).await?;
    chair.relay.calm();
    second.until("the alarm", error).await?;
    house.take("alarm-not-counted", second).await?;
    second.touch(Touch::Dismiss).await?;
    second.until("the result", |s| Kind::of(&s.page) == Kind::Result && !error(s)).await?;
    house.take("result-secret-not-counted", second).await?;
    second.relay.calm();
    house.declare_vote(vote).await?;
    result(member, VerdictKind::Adopted).await?;
    member
        .until("the search", |s| matches!(&s.page, Page::Result(r) if r.note.contains('-')))
        .await?;
    house.take("result-secret", member).await?;
    other.terminal.stop().await
}

/// The terminal loses the note of its own ballot: the server holds one that it does not know.
async fn forgets(house: &mut House, third: &mut Seat) -> Result<()> {
    let idle = house.seat(None).await?;
    let seat = std::mem::replace(third, idle);
    let mut back = house
        .restart(seat, |folder| {
            for entry in std::fs::read_dir(folder.join("secret"))? {
                let path = entry?.path();
                if path.to_string_lossy().contains("-mark-") {
                    std::fs::remove_file(path)?;
                }
            }
            Ok(())
        })
        .await?;
    back.until("the alarm", error).await?;
    house.take("alarm-other-ballot", &mut back).await?;
    back.touch(Touch::Dismiss).await?;
    std::mem::replace(third, back).terminal.stop().await
}

/// Two of the three scrutineers are away when the vote is closed, and one gets no files.
async fn opening(
    house: &mut House,
    [member, second, third, guest]: [&mut Seat; 4],
    vote: hemicycle_protocol::ids::VoteId,
) -> Result<()> {
    second.relay.cut();
    third.relay.cut();
    member.relay.hold_files();
    house.close_vote(vote).await?;
    let opens = |s: &Screen| matches!(&s.page, Page::Result(r) if r.opening.is_some());
    let note = |s: &Screen| match &s.page {
        Page::Result(page) => page.note.clone(),
        _ => String::new(),
    };
    let says = |s: &Screen, key: &str| note(s) == Words::new(s.language).say(key);
    member.until("the checking", |s| opens(s) && says(s, "secret.here_checking")).await?;
    house.take("opening-checking", member).await?;
    member.relay.calm();
    member.until("the part", |s| opens(s) && says(s, "secret.here_given")).await?;
    house.take("opening-given", member).await?;
    guest.until("the opening", opens).await?;
    house.take("opening-waiting", guest).await?;
    lie_about_record(second)?;
    second.touch(Touch::RetryNow).await?;
    house.counted(vote).await?;
    third.relay.calm();
    third.touch(Touch::RetryNow).await
}

/// This terminal is given a record without its ballot: complete in itself, and not the true one.
fn lie_about_record(seat: &Seat) -> Result<()> {
    let event = |kind, byte| (kind, Some(RecordHash([byte; 32])));
    let events = EventList(vec![
        event(EventType::Setup, 1),
        event(EventType::Ballot, 2),
        (EventType::EndBallots, None),
        event(EventType::EncryptedTally, 3),
        event(EventType::PartialDecryption, 4),
        event(EventType::PartialDecryption, 5),
        event(EventType::Result, 6),
    ]);
    let bytes = events.to_bytes();
    let last = Hex(events.last_event().context("a last event")?.0);
    let hash = Hex(Sha256::digest(&bytes).into());
    let piece = Chunk { hash, offset: 0, data: &bytes }.encode();
    let record = serde_json::json!({
        "events": { "hash": hash, "bytes": bytes.len() },
        "last": last,
    });
    seat.relay.judge(move |way, frame| match frame {
        Frame::Text(value)
            if frame.is_topic("vote") && value["value"]["secret"]["record"].is_object() =>
        {
            let mut bent = value.clone();
            bent["value"]["secret"]["record"] = record.clone();
            Fate::Instead(Frame::Text(bent))
        }
        Frame::Text(value)
            if way == Way::Up
                && value["type"] == "fetch"
                && value["hash"] == serde_json::json!(hash) =>
        {
            Fate::Answer(Frame::Piece(piece.clone().into()))
        }
        Frame::Text(_) | Frame::Piece(_) => Fate::Pass,
    });
    Ok(())
}

/// A list of persons, secret.
pub async fn list(house: &mut House, cast: &mut Cast) -> Result<()> {
    house.start_item(5).await?;
    let vote = *house.item(5)?.votes.first().context("a vote")?;
    house.open_vote(vote).await?;
    let Cast { chair, member, second, third, .. } = cast;
    member.shows(Kind::List).await?;
    member.choose(&[0, 0, 2]).await?;
    let checking = |s: &Screen, help: &str| help == Words::new(s.language).say("secret.checking");
    let three =
        |s: &Screen| matches!(&s.page, Page::List(p) if p.chosen == 3 && !checking(s, &p.help));
    member.until("three answers", three).await?;
    house.take("list-secret", member).await?;
    member.choose(&[0, 0, 2, 0, 1, 0]).await?;
    member.until("all answers", |s| submit(s) == Some(SubmitState::Ready)).await?;
    house.take("list-secret-complete", member).await?;
    member.touch(Touch::Submit).await?;
    member.has_receipt().await?;
    house.take("submitted-list-secret", member).await?;
    for seat in [&mut *chair, second, third] {
        seat.votes(&[0; 6]).await?;
    }
    house.others_press(vote).await?;
    house.close_vote(vote).await?;
    house.counted(vote).await?;
    chair.touch(Touch::OpenChair).await?;
    chair
        .until("the words", |s| matches!(&s.page, Page::Chair(c) if !c.announcement.is_empty()))
        .await?;
    house.take("chair-result-list-secret", chair).await?;
    house.declare_vote(vote).await?;
    let declared = |s: &Screen| matches!(&s.page, Page::Result(r) if r.note.contains('-'));
    member.until("the result", declared).await?;
    house.take("result-list-secret", member).await
}
