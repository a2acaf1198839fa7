//! A terminal that nobody has told an address: the rooms on this machine's network,
//! two of the same name, and a server in another's place. The servers are real and
//! announce themselves; on a network with rooms of its own those are seen too.

use crate::between::Between;
use crate::house::House;
use crate::terminal::{Terminal, Where};
use anyhow::{Context as _, Result};
use hemicycle_hardware_tests::host::end;
use hemicycle_terminal::screen::{MessageKind, Page, Screen};
use hemicycle_terminal::touch::Touch;
use std::path::Path;
use std::process::Stdio;
use tokio::process::Child;

const HALL: &str = "望澜区人大常委会会议厅";
const OTHER: &str = "望澜区人大机关第二会议室";

pub async fn found(house: &mut House) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let at = |name: &str| folder.path().join(name);
    let worker = house.programs.terminal.clone();
    let mut seat = Terminal::start(Where::Announced, &at("terminal"), None, &worker)?;
    seat.until("the search", |s| matches!(s.page, Page::Message(_))).await?;
    house.album.take("rooms-searching", &mut seat).await?;

    let mut first = announced(house, &at("first"), HALL).await?;
    let _other = announced(house, &at("other"), OTHER).await?;
    seat.until("two rooms", |s| named(s, HALL) == 1 && named(s, OTHER) == 1).await?;
    house.album.take("rooms", &mut seat).await?;
    let screen = seat.screen();
    let row = rows(&screen).iter().find(|row| row.name == HALL).context("the room")?;
    let (pick, own) = (row.action.touch.clone(), row.code.clone());

    let mut second = announced(house, &at("second"), HALL).await?;
    seat.until("two of a name", |s| named(s, HALL) == 2).await?;
    house.album.take("rooms-same-name", &mut seat).await?;
    // Its key is another one: only after it is gone does the pick go astray.
    stop(&mut second).await?;
    seat.until("the second to go", |s| named(s, HALL) == 1).await?;
    let screen = seat.screen();
    let left = rows(&screen).iter().find(|row| row.name == HALL).context("the room")?;
    anyhow::ensure!(left.code == own, "the wrong room went");
    seat.touch(pick).await?;
    seat.until("the code for the clerk", |s| message(s) == Some((MessageKind::Waiting, true)))
        .await?;
    house.album.take("rooms-picked", &mut seat).await?;

    stop(&mut first).await?;
    let _stranger = announced(house, &at("stranger"), HALL).await?;
    seat.until("the warning", |s| message(s) == Some((MessageKind::Error, true))).await?;
    house.album.take("rooms-other-key", &mut seat).await?;
    seat.touch(Touch::OtherRoom).await?;
    seat.stop().await
}

/// The server's word for its own certificate does not cover the one that is shown.
pub async fn not_proven(house: &mut House) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let between = Between::start(&house.host.address).await?;
    let worker = house.programs.terminal.clone();
    let mut seat = Terminal::start(Where::At(&between.address), folder.path(), None, &worker)?;
    seat.until("the warning", |s| message(s) == Some((MessageKind::Error, false))).await?;
    house.album.take("message-not-proven", &mut seat).await?;
    seat.stop().await
}

/// A server of this name that the network hears of; it ends with its handle.
async fn announced(house: &House, data: &Path, room: &str) -> Result<Child> {
    std::fs::create_dir_all(data)?;
    let config = data.with_extension("toml");
    std::fs::write(&config, format!("room = \"{room}\"\n"))?;
    let log = std::fs::File::create(data.with_extension("log"))?;
    let mut command = house.programs.guarded(&house.programs.server);
    command.arg("serve").arg("--data").arg(data).arg("--config").arg(&config);
    command.args(["--listen", "0.0.0.0:0"]);
    Ok(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn()?)
}

/// In order, so that the announcement is taken back.
async fn stop(server: &mut Child) -> Result<()> {
    end(server);
    server.wait().await?;
    Ok(())
}

fn rows(screen: &Screen) -> &[hemicycle_terminal::screen::RoomRow] {
    match &screen.page {
        Page::Rooms(rooms) => &rooms.rows,
        _ => &[],
    }
}

fn named(screen: &Screen, room: &str) -> usize {
    rows(screen).iter().filter(|row| row.name == room).count()
}

/// What kind it is, and whether it has a code.
fn message(screen: &Screen) -> Option<(MessageKind, bool)> {
    match &screen.page {
        Page::Message(message) => Some((message.kind, !message.code.is_empty())),
        _ => None,
    }
}
