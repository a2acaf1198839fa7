//! Sign-in by a PIN, and by a signature that is drawn.

use crate::house::{House, Kind, Seat};
use anyhow::{Context as _, Result};
use hemicycle_protocol::people::SignInBy;
use hemicycle_protocol::topic::Settings;
use hemicycle_protocol::wire::Command;
use hemicycle_terminal::screen::{Page, Screen, SignIn, SignInState, SignInWay};
use hemicycle_terminal::touch::Touch;

/// Not one of the PINs that were drawn, or the test would not see a refusal.
const WRONG: [u8; 4] = [0; 4];

/// `seat` belongs to a member who has not signed in; it stays so.
pub async fn kinds(house: &mut House, seat: &mut Seat, name: &str) -> Result<()> {
    let before = settings(house)?;
    ask_for(house, &before, SignInBy::Pin).await?;
    seat.touch(Touch::Wake).await?;
    seat.until("that there is no PIN", |s| pin(s).is_some_and(|(_, open)| !open)).await?;
    house.take("sign-in-pin-none", seat).await?;
    house.session.draw_pins(&[name]).await?;
    seat.until("the keys", |s| pin(s).is_some_and(|(_, open)| open)).await?;
    house.take("sign-in-pin", seat).await?;
    press(seat, &WRONG).await?;
    seat.until("the digits", |s| pin(s).is_some_and(|(typed, _)| typed == 4)).await?;
    house.take("sign-in-pin-typed", seat).await?;
    seat.touch(Touch::SignIn).await?;
    let refused = |page: &SignIn| matches!(page.state, SignInState::Failed { .. });
    seat.until("the refusal", |s| page(s).is_some_and(refused)).await?;
    house.take("sign-in-pin-wrong", seat).await?;
    while pin(&seat.terminal.screen()).is_some_and(|(_, open)| open) {
        press(seat, &WRONG).await?;
        seat.until("the digits", |s| pin(s).is_none_or(|(typed, open)| typed == 4 || !open))
            .await?;
        seat.touch(Touch::SignIn).await?;
        seat.until("the answer", |s| pin(s).is_some_and(|(typed, open)| typed == 0 || !open))
            .await?;
    }
    house.take("sign-in-pin-locked", seat).await?;

    ask_for(house, &before, SignInBy::Signature).await?;
    seat.until("the field", |s| drawn(s).is_some()).await?;
    house.take("sign-in-signature", seat).await?;
    for stroke in strokes() {
        for (at, (x, y)) in stroke.into_iter().enumerate() {
            seat.touch(if at == 0 {
                Touch::StrokeBegin { x, y }
            } else {
                Touch::StrokeOn { x, y }
            })
            .await?;
        }
    }
    seat.until("the signature", |s| drawn(s) == Some(true)).await?;
    house.take("sign-in-signature-drawn", seat).await?;
    seat.touch(Touch::ClearProof).await?;
    ask_for(house, &before, before.sign_in).await?;
    seat.shows(Kind::SignIn).await?;
    Ok(())
}

async fn press(seat: &Seat, digits: &[u8]) -> Result<()> {
    seat.touch(Touch::ClearProof).await?;
    for digit in digits {
        seat.touch(Touch::PinDigit(*digit)).await?;
    }
    Ok(())
}

fn settings(house: &House) -> Result<Settings> {
    Ok(house.clerk.room().meeting.context("the meeting")?.settings)
}

async fn ask_for(house: &House, before: &Settings, sign_in: SignInBy) -> Result<()> {
    let settings = Settings { sign_in, ..before.clone() };
    house.ask(Command::SetSettings { settings }).await?;
    house
        .room_until("the settings", |room| {
            room.meeting.as_ref().is_some_and(|meeting| meeting.settings.sign_in == sign_in)
        })
        .await
}

/// Three strokes that could be somebody's hand, as shares of the field.
fn strokes() -> [Vec<(f32, f32)>; 3] {
    let wave = |from: f32, to: f32, high: f32, turns: f32| {
        let point = move |n: u8| {
            let share = f32::from(n) / 40.0;
            let sway = (share * turns * std::f32::consts::TAU).sin();
            (from + (to - from) * share, 0.5 + high * sway * (1.0 - 0.4 * share))
        };
        (0..=40).map(point).collect()
    };
    [wave(0.12, 0.3, 0.3, 0.9), wave(0.26, 0.34, -0.28, 0.5), wave(0.36, 0.84, 0.16, 3.2)]
}

fn page(screen: &Screen) -> Option<&SignIn> {
    match &screen.page {
        Page::SignIn(page) => Some(page),
        _ => None,
    }
}

/// How many digits are typed, and whether the keys do anything.
fn pin(screen: &Screen) -> Option<(u8, bool)> {
    match page(screen)?.way {
        SignInWay::Pin { typed, open, .. } => Some((typed, open)),
        SignInWay::Press | SignInWay::Signature { .. } => None,
    }
}

/// Is there enough of a signature?
fn drawn(screen: &Screen) -> Option<bool> {
    match page(screen)?.way {
        SignInWay::Signature { may_confirm, .. } => Some(may_confirm),
        SignInWay::Press | SignInWay::Pin { .. } => None,
    }
}
