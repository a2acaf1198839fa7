//! The pictures of the seat, from a running meeting: the real server with the
//! sample meeting, a clerk, virtual seats, and real terminals whose screens are
//! drawn by the program's own window in every panel size, language and text
//! size. Faults are brought about for real, on the line between.
//!
//! `pictures --out DIR [--only PART]…`

#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "a picture waits for one page; every other one is not it"
)]

mod album;
mod between;
mod finding;
mod house;
mod opening;
mod papers;
mod proving;
mod relay;
mod rooms;
mod secret;
mod terminal;
mod votes;
mod writing;

use album::Album;
use anyhow::{Context as _, Result, bail};
use hemicycle_hardware_tests::host::Programs;
use house::{House, Seat};
use std::path::PathBuf;
use std::process::ExitCode;

/// Everybody who is photographed.
pub struct Cast {
    pub chair: Seat,
    pub member: Seat,
    /// Scrutineers with the member; the first has a rare character in the name.
    pub second: Seat,
    pub third: Seat,
    /// Signs in while a vote is open.
    pub late: Seat,
    pub guest: Seat,
}

fn main() -> ExitCode {
    let run = || -> Result<Album> {
        let (out, only) = arguments()?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        // The windows belong to this thread.
        runtime.block_on(shoot(Album::open(&out, only)?))
    };
    match run() {
        Ok(album) => {
            println!("{} pictures", album.drawn);
            for text in &album.cut {
                eprintln!("cut off: {text}");
            }
            if album.cut.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            eprintln!("pictures: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn arguments() -> Result<(PathBuf, Vec<String>)> {
    let (mut out, mut only) = (None, Vec::new());
    let mut rest = std::env::args().skip(1);
    while let Some(name) = rest.next() {
        let value = rest.next().with_context(|| format!("{name} needs a value"))?;
        match name.as_str() {
            "--out" => out = Some(PathBuf::from(value)),
            "--only" => only.push(value),
            _ => bail!("unknown argument {name}"),
        }
    }
    Ok((out.context("--out names the folder for the pictures")?, only))
}

async fn shoot(album: Album) -> Result<Album> {
    // Programs stand one folder above the examples.
    let example = std::env::current_exe()?;
    let folder = example.parent().and_then(|examples| examples.parent()).context("a folder")?;
    let programs = Programs::beside(&folder.join("hemicycle-demo"))?;
    let mut house = House::open(programs, album).await?;
    rooms::found(&mut house).await.context("rooms on the network")?;
    rooms::not_proven(&mut house).await.context("somebody in between")?;
    let mut cast = opening::sign_in(&mut house).await.context("sign-in")?;
    secret::key(&mut house, &mut cast).await.context("the scrutineers' key")?;
    papers::read(&mut house, &mut cast).await.context("papers")?;
    votes::recorded(&mut house, &mut cast).await.context("recorded votes")?;
    votes::forms(&mut house, &mut cast).await.context("other forms of vote")?;
    secret::motion(&mut house, &mut cast).await.context("a secret motion")?;
    secret::list(&mut house, &mut cast).await.context("a secret list")?;
    opening::end(&mut house, &mut cast).await.context("the end")?;
    house.close().await
}
