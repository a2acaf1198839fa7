//! Before the meeting, its sign-in, and its end.

use crate::Cast;
use crate::house::{House, Kind, Seat};
use crate::proving;
use crate::relay::{Fate, Frame};
use anyhow::{Context as _, Result};
use hemicycle_hardware_tests::clerk::Room;
use hemicycle_protocol::ids::SeatId;
use hemicycle_protocol::topic::{Person, Phase};
use hemicycle_protocol::wire::{Command, RosterRow};
use hemicycle_terminal::screen::{Page, Screen, SignInState};
use hemicycle_terminal::touch::{ChairView, Touch};

/// Who never comes.
const ABSENT: u16 = 27;
/// Photographed; everybody else is a virtual seat.
const PHOTOGRAPHED: [u16; 5] = [1, 10, 12, 20, 26];
const ON_LEAVE: [(u16, &str); 3] = [(18, "病假"), (23, "公务"), (29, "事假")];
/// Whose name is long: on the nameplate it needs its own size.
const LONG: (u16, &str) = (26, "古丽巴哈尔·买买提");

pub async fn sign_in(house: &mut House) -> Result<Cast> {
    import(house, people(house)).await?;
    // Drawing takes longer than members do.
    for vote in house.clerk.room().votes.votes {
        if vote.seconds.is_some() {
            house.set_time(vote.id, None).await?;
        }
    }
    finding_the_server(house).await?;
    finding_the_seat(house).await?;
    let mut cast = Cast {
        chair: house.seat(Some(1)).await?,
        member: house.seat(Some(12)).await?,
        second: house.seat(Some(10)).await?,
        third: house.seat(Some(26)).await?,
        late: house.seat(Some(20)).await?,
        guest: house.seat(Some(32)).await?,
    };
    let Cast { chair, member, second, third, late, guest } = &mut cast;
    // The server never hears of this terminal's credentials.
    late.relay.judge(|_, frame| match frame.is_command("register_credentials") {
        true => Fate::Drop,
        false => Fate::Pass,
    });
    for (name, seat) in
        [("standby", &mut *member), ("standby-rare-name", second), ("standby-long-name", third)]
    {
        seat.shows(Kind::Standby).await?;
        house.take(name, seat).await?;
    }
    same_terminal_twice(house, member).await?;

    house.ask(Command::OpenSignIn).await?;
    for (seat, reason) in ON_LEAVE {
        let member = house.member(seat)?;
        house.ask(Command::SetLeave { member, reason: reason.into() }).await?;
    }
    let prompted = |p: &Page| matches!(p, Page::Standby(page) if !page.prompt.is_empty());
    member.until("the prompt", |s| prompted(&s.page)).await?;
    house.take("standby-sign-in", member).await?;
    member.touch(Touch::Wake).await?;
    let calm = |s: &Screen| Kind::of(&s.page) == Kind::SignIn && s.banner.is_none();
    member.until("the button", calm).await?;
    house.take("sign-in", member).await?;
    member.relay.hold_command("sign_in");
    member.touch(Touch::SignIn).await?;
    signing_in(member, |state| *state == SignInState::Busy).await?;
    house.take("sign-in-busy", member).await?;
    member.relay.calm();
    signing_in(member, |state| matches!(state, SignInState::Done { .. })).await?;
    house.take("sign-in-done", member).await?;

    let mut absent = house.seat(Some(ABSENT)).await?;
    absent.until("the prompt", |s| prompted(&s.page)).await?;
    let name = house.name(ABSENT)?;
    proving::kinds(house, &mut absent, &name).await?;
    absent.terminal.stop().await?;
    // Another terminal comes to it later.
    house.ask(Command::ReleaseSeat { seat: SeatId(ABSENT) }).await?;

    // A signature that does not hold is refused by the server.
    third.until("the prompt", |s| prompted(&s.page)).await?;
    third.relay.bend_command("sign_in", |ask| ask["signature"] = "ab".repeat(64).into());
    third.touch(Touch::Wake).await?;
    third.shows(Kind::SignIn).await?;
    third.touch(Touch::SignIn).await?;
    signing_in(third, |state| matches!(state, SignInState::Failed { .. })).await?;
    house.take("sign-in-failed", third).await?;
    third.relay.calm();
    third.touch(Touch::SignIn).await?;
    signing_in(third, |state| matches!(state, SignInState::Done { .. })).await?;

    let mut sick = house.seat(Some(18)).await?;
    sick.until("the prompt", |s| prompted(&s.page)).await?;
    sick.touch(Touch::Wake).await?;
    sick.until("the plan", |s| matches!(&s.page, Page::SignIn(p) if p.map.rows > 0)).await?;
    house.take("sign-in-on-leave", &mut sick).await?;
    sick.terminal.stop().await?;

    guest.signs_in().await?;
    house.take("sign-in-attendee", guest).await?;
    late.until("the prompt", |s| prompted(&s.page)).await?;
    late.touch(Touch::OpenAgenda).await?;
    late.until("the reminder", |s| s.banner.is_some()).await?;
    house.take("agenda-not-signed-in", late).await?;

    leading(house, chair, second).await?;
    Ok(cast)
}

/// The chair sees who is missing, and opens the meeting when there is a quorum.
async fn leading(house: &mut House, chair: &mut Seat, second: &mut Seat) -> Result<()> {
    chair.signs_in().await?;
    chair.touch(Touch::OpenChair).await?;
    chair.shows(Kind::Chair).await?;
    chair
        .until("the names", |s| matches!(&s.page, Page::Chair(c) if !c.missing.is_empty()))
        .await?;
    house.take("chair-no-quorum", chair).await?;
    second.signs_in().await?;
    let seats = (1..=36).filter(|n| {
        let left = [ABSENT, 32, 33];
        let leave = ON_LEAVE.iter().any(|(seat, _)| seat == n);
        !PHOTOGRAPHED.contains(n) && !left.contains(n) && !leave
    });
    house.fill(seats.map(SeatId).collect());
    // 31, less those on leave, the absent one, and the late one.
    house.room_until("everybody to sign in", |room| room.attendance.present == 26).await?;
    let ready =
        |page: &Page| matches!(page, Page::Chair(c) if c.present == "26" && c.next.is_some());
    chair.until("the next step", |s| ready(&s.page)).await?;
    house.take("chair-quorum", chair).await?;
    chair.touch(Touch::ChairShow(ChairView::Missing)).await?;
    let view = |page: &Page, of| matches!(page, Page::Chair(c) if c.view == Some(of));
    chair.until("the names", |s| view(&s.page, ChairView::Missing)).await?;
    house.take("chair-missing", chair).await?;
    chair.touch(Touch::ChairShow(ChairView::Steps)).await?;
    chair.until("the steps", |s| view(&s.page, ChairView::Steps)).await?;
    let opened = |room: &Room| {
        room.meeting.as_ref().is_some_and(|meeting| meeting.phase == Phase::InSession)
    };
    house.leads(chair, "the meeting to open", opened).await
}

/// The roster that the server has, with one name that is longer than names are here.
fn people(house: &House) -> Vec<RosterRow> {
    let roll = house.clerk.room().roll;
    let row = |p: Person| RosterRow {
        name: if p.seat == SeatId(LONG.0) { LONG.1.into() } else { p.name },
        seat: p.seat,
        title: p.title,
        standing: p.standing,
        chair: p.chair,
    };
    roll.people.into_iter().map(row).collect()
}

async fn import(house: &House, people: Vec<RosterRow>) -> Result<()> {
    let layout = house.clerk.room().roll.layout;
    let names = people.len();
    house.ask(Command::ImportRoster { people, layout }).await?;
    house.room_until("the roster", |room| room.roll.people.len() == names).await
}

async fn finding_the_server(house: &mut House) -> Result<()> {
    let mut seat = house.seat(None).await?;
    seat.relay.judge(|_, _| Fate::Hold);
    let words = |page: &Page| matches!(page, Page::Starting { text } if !text.is_empty());
    seat.until("the first words", |s| words(&s.page)).await?;
    house.take("starting", &mut seat).await?;
    seat.relay.cut();
    seat.shows(Kind::Message).await?;
    house.take("message-no-server", &mut seat).await?;
    seat.relay.judge(|_, frame| match frame {
        Frame::Text(value) if value["type"] == "greeting" => {
            let mut other = value.clone();
            other["protocol"] = 999.into();
            Fate::Instead(Frame::Text(other))
        }
        _ => Fate::Pass,
    });
    seat.touch(Touch::RetryNow).await?;
    let code = |page: &Page| matches!(page, Page::Message(m) if !m.code.is_empty());
    seat.until("the refusal", |s| code(&s.page)).await?;
    house.take("message-wrong-version", &mut seat).await?;
    seat.terminal.stop().await
}

async fn finding_the_seat(house: &mut House) -> Result<()> {
    let mut seat = house.seat(None).await?;
    seat.shows(Kind::Message).await?;
    let codes = |s: &Screen| match &s.page {
        Page::Message(page) => Some((page.title.clone(), page.code.clone())),
        _ => None,
    };
    let coded = |s: &Screen| codes(s).is_some_and(|(_, code)| !code.is_empty());
    seat.until("the code", coded).await?;
    house.take("message-no-seat", &mut seat).await?;
    let before = seat.terminal.screen();
    let terminal = seat.terminal.key;
    house.ask(Command::RefuseTerminal { terminal }).await?;
    let turned = |s: &Screen| coded(s) && codes(s).map(|c| c.0) != codes(&before).map(|c| c.0);
    seat.until("the clerk's no", turned).await?;
    house.take("message-not-admitted", &mut seat).await?;
    // Its person is taken off the roster.
    house.ask(Command::AssignSeat { terminal, seat: SeatId(36) }).await?;
    seat.shows(Kind::Standby).await?;
    let whole = people(house);
    let without = whole.iter().filter(|row| row.seat != SeatId(36)).cloned().collect();
    import(house, without).await?;
    seat.shows(Kind::Message).await?;
    house.take("message-seat-empty", &mut seat).await?;
    import(house, whole).await?;
    seat.shows(Kind::Standby).await?;
    another_server(house, seat).await
}

/// Another server answers where the terminal's own was: while people read, and at a start.
async fn another_server(house: &mut House, seat: Seat) -> Result<()> {
    let stranger = serde_json::Value::from("77".repeat(32));
    seat.relay.judge(move |_, frame| match frame {
        Frame::Text(value) if value["type"] == "greeting" => {
            let mut other = value.clone();
            other["server"] = stranger.clone();
            Fate::Instead(Frame::Text(other))
        }
        Frame::Text(_) | Frame::Piece(_) => Fate::Pass,
    });
    let mut seat = house.restart(seat, |_| Ok(())).await?;
    seat.shows(Kind::Message).await?;
    house.take("message-other-server", &mut seat).await?;
    house.ask(Command::ReleaseSeat { seat: SeatId(36) }).await?;
    seat.terminal.stop().await
}

/// A copy of a terminal's key on another one: only one of them is let in.
async fn same_terminal_twice(house: &mut House, member: &mut Seat) -> Result<()> {
    let mut copy = house.seat(None).await?;
    copy.shows(Kind::Message).await?;
    let original = member.folder.clone();
    let mut copy = house
        .restart(copy, |folder| {
            for entry in std::fs::read_dir(&original)? {
                let entry = entry?;
                if entry.file_type()?.is_file() {
                    std::fs::copy(entry.path(), folder.join(entry.file_name()))?;
                }
            }
            Ok(())
        })
        .await?;
    copy.shows(Kind::Standby).await?;
    member.shows(Kind::Message).await.context("the first of the two")?;
    house.take("message-refused", member).await?;
    copy.terminal.stop().await?;
    member.touch(Touch::RetryNow).await?;
    let calm = |s: &Screen| Kind::of(&s.page) == Kind::Standby && s.banner.is_none();
    member.until("the nameplate", calm).await?;
    Ok(())
}

async fn signing_in(seat: &mut Seat, wanted: impl Fn(&SignInState) -> bool) -> Result<()> {
    seat.until("the sign-in", |s| matches!(&s.page, Page::SignIn(page) if wanted(&page.state)))
        .await?;
    Ok(())
}

/// An interruption, the chair's last step, and the end.
pub async fn end(house: &mut House, cast: &mut Cast) -> Result<()> {
    let Cast { chair, member, .. } = cast;
    house.ask(Command::AdjournMeeting).await?;
    member.touch(Touch::OpenVotePage).await?;
    member.shows(Kind::Pause).await?;
    house.take("pause", member).await?;
    chair.touch(Touch::OpenChair).await?;
    chair.touch(Touch::ChairShow(ChairView::Steps)).await?;
    chair.shows(Kind::Chair).await?;
    house.take("chair-resume", chair).await?;
    house.ask(Command::ResumeMeeting).await?;
    for place in [2, 4] {
        house.start_item(place).await?;
    }
    let item = house.item(4)?.id;
    house.ask(Command::FinishItem { item }).await?;
    let last = |page: &Page| matches!(page, Page::Chair(c) if c.next.is_none());
    chair.until("the last step, which is the clerk's", |s| last(&s.page)).await?;
    house.take("chair-end", chair).await?;
    house.ask(Command::CloseMeeting).await?;
    member.shows(Kind::Ended).await?;
    house.take("ended", member).await?;
    Ok(())
}
