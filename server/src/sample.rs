//! Loads a sample meeting (a folder with `meeting.json`, a roster and papers)
//! into a fresh data folder, by the same commands that a clerk's console
//! sends. Further members can be made up, for rooms larger than the sample.

use crate::config::Config;
use crate::intake::Incoming;
use crate::room::{Asker, Request, What};
use crate::serve::{Running, ServeError, serve};
use hemicycle_meeting::{ServerCommand, StoredPaper};
use hemicycle_pdf::PaperProblem;
use hemicycle_protocol::ids::{Bytes, CommandId, Hash, Hex, ItemId, SeatId};
use hemicycle_protocol::refusal::Refusal;
use hemicycle_protocol::topic::{ItemKind, PaperTerms, Place, Settings, Standing};
use hemicycle_protocol::vote::{Form, Method, Nominee, PersonAction, Preset, Rule, Tie, rule};
use hemicycle_protocol::wire::{Answer, Ask, Command, Done, RosterRow, VoteSpec, limits};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use thiserror::Error;
use tokio::sync::oneshot;

/// The clerk's name in the log.
const CLERK: &str = "sample";

/// Why a sample is not loaded.
#[derive(Debug, Error)]
pub enum SampleError {
    #[error(transparent)]
    Serve(#[from] ServeError),
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: std::io::Error },
    #[error("{path}: {what}")]
    Wrong { path: PathBuf, what: String },
    #[error("{path}: {problem}")]
    Paper { path: PathBuf, problem: PaperProblem },
    #[error("the room refuses {what}: {refusal}")]
    Refused { what: String, refusal: Refusal },
    #[error("the data folder holds a meeting already; name a fresh one")]
    NotFresh,
    #[error("the room gave no answer")]
    NoAnswer,
}

#[derive(Deserialize)]
struct Sample {
    version: u32,
    title: String,
    body: String,
    date: String,
    time: String,
    place: String,
    roster: PathBuf,
    settings: SampleSettings,
    items: Vec<SampleItem>,
    layout: Layout,
}

#[derive(Deserialize)]
struct SampleSettings {
    quorum: Preset,
    rule: Preset,
    method: Method,
    tie: SampleTie,
    show_unpressed: bool,
    recusal_shrinks_base: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum SampleTie {
    Fail,
    Chair,
    Again,
}

#[derive(Deserialize)]
struct SampleItem {
    title: String,
    short: String,
    kind: String,
    papers: Vec<SamplePaper>,
    votes: Vec<SampleVote>,
}

#[derive(Deserialize)]
struct SamplePaper {
    file: PathBuf,
    title: String,
}

#[derive(Deserialize)]
struct SampleVote {
    id: String,
    title: String,
    kind: String,
    rule: Preset,
    method: Method,
    seconds: Option<u32>,
    #[serde(default)]
    persons: Vec<SamplePerson>,
}

#[derive(Deserialize)]
struct SamplePerson {
    name: String,
    action: String,
    post: String,
}

#[derive(Deserialize)]
struct Layout {
    seats: Vec<Place>,
}

/// Loads the sample in `from`; `members` is the number of members that the
/// body shall have at least. Returns what was loaded, as one line of JSON.
pub async fn load(
    config: Config,
    from: &Path,
    members: Option<u16>,
) -> Result<String, SampleError> {
    let path = from.join("meeting.json");
    let sample: Sample = serde_json::from_slice(&read(&path)?).map_err(|e| wrong(&path, e))?;
    if sample.version != 1 {
        return Err(wrong(&path, "its version is not 1"));
    }
    let roster = from.join(&sample.roster);
    let mut people = crate::roster::read(&read(&roster)?)
        .map_err(|mistakes| wrong(&roster, format_args!("{mistakes:?}")))?;
    let known = people.len();
    make_up(&mut people, members.map_or(0, usize::from));
    let local = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let running = serve(Config { listen: local, ..config }).await?;
    let loaded = fill(&running, from, sample, people, known).await;
    running.stop().await?;
    loaded
}

async fn fill(
    running: &Running,
    from: &Path,
    sample: Sample,
    people: Vec<RosterRow>,
    known: usize,
) -> Result<String, SampleError> {
    let Sample { title, body, place, date, time, settings, items, layout, .. } = sample;
    // A fresh log holds the meeting's creation and nothing else.
    let starts_at = format!("{date}T{time}");
    let first = ask(running, Command::SetMeeting { title, body, place, starts_at }).await?;
    if first.seq.0 != 2 {
        return Err(SampleError::NotFresh);
    }
    let seconds = None;
    let settings = Settings {
        quorum: match settings.quorum {
            Preset::Congress => rule::QUORUM_CONGRESS,
            Preset::Committee
            | Preset::Constitution
            | Preset::Signatories
            | Preset::Simple
            | Preset::TwoThirdsVoting
            | Preset::MajorityPresent
            | Preset::TwoThirdsAndFloor
            | Preset::MajorityAndTurnout
            | Preset::Plurality
            | Preset::Survey => rule::QUORUM_COMMITTEE,
        },
        rule: Rule { tie: tie(&settings.tie), ..Rule::preset(settings.rule) },
        method: settings.method,
        vote_seconds: seconds,
        show_unpressed: settings.show_unpressed,
        recusal_shrinks_base: settings.recusal_shrinks_base,
        ..Settings::default()
    };
    let same = Settings { ..Settings::default() } == settings;
    if !same {
        ask(running, Command::SetSettings { settings }).await?;
    }
    // The seat map is drawn for the people of the sample.
    let layout = if people.len() == known { layout.seats } else { Vec::new() };
    let number = people.len();
    ask(running, Command::ImportRoster { people, layout }).await?;
    let (mut papers, mut votes) = (0_u32, BTreeMap::new());
    let number_of_items = items.len();
    for item in items {
        let kind = item_kind(&item.kind)
            .ok_or_else(|| wrong(&from.join("meeting.json"), format_args!("kind {}", item.kind)))?;
        let SampleItem { title, short, papers: of_item, votes: put, .. } = item;
        let made = ask(running, Command::AddItem { title, short, kind }).await?.made;
        let item = ItemId(made.ok_or(SampleError::NoAnswer)?);
        for SamplePaper { file, title } in of_item {
            let hash = take_in(running, &from.join(file)).await?;
            let terms = PaperTerms::default();
            ask(running, Command::AddPaper { item, title, hash, terms }).await?;
            papers += 1;
        }
        for vote in put {
            let id = vote.id.clone();
            let spec = spec(vote).map_err(|what| wrong(&from.join("meeting.json"), what))?;
            let made = ask(running, Command::AddVote { item, spec }).await?.made;
            votes.insert(id, made.ok_or(SampleError::NoAnswer)?);
        }
    }
    Ok(serde_json::json!({
        "meeting": running.app().board.meeting,
        "people": number,
        "items": number_of_items,
        "papers": papers,
        "votes": votes,
    })
    .to_string())
}

async fn take_in(running: &Running, path: &Path) -> Result<Hash, SampleError> {
    let app = running.app();
    let io = |source| SampleError::Io { path: path.into(), source };
    let shelf_error = |e: crate::papers::ShelfError| io(std::io::Error::other(e));
    let bytes = read(path)?;
    let mut upload = app.shelf.begin().map_err(shelf_error)?;
    upload.write(&bytes).map_err(shelf_error)?;
    let facts = app
        .checker
        .check(upload.path().to_owned())
        .await
        .map_err(|problem| SampleError::Paper { path: path.into(), problem })?;
    let hash = app.shelf.keep(upload, facts.clone()).map_err(shelf_error)?;
    let stored = StoredPaper {
        hash,
        bytes: Bytes(facts.bytes),
        pages: facts.pages,
        substituted_fonts: facts.fonts_missing,
    };
    send(running, What::Server(ServerCommand::StorePaper(stored)), "a paper").await?;
    Ok(hash)
}

async fn ask(running: &Running, command: Command) -> Result<Done, SampleError> {
    let mut id: CommandId = Hex([0; 16]);
    getrandom::fill(&mut id.0).map_err(|_| SampleError::NoAnswer)?;
    let name = serde_json::to_value(&command)
        .ok()
        .and_then(|v| v.get("command").and_then(|n| n.as_str()).map(str::to_owned))
        .unwrap_or_default();
    send(running, What::Command(Ask { id, command }), &name).await
}

async fn send(running: &Running, what: What, name: &str) -> Result<Done, SampleError> {
    let (tell, told) = oneshot::channel();
    let reply = Box::new(move |answer| {
        let _ = tell.send(answer);
    });
    let who = Asker::clerk(CLERK);
    let incoming = Incoming { request: Request { who, what, reply }, signed: None };
    running.app().intake.send(incoming).await.map_err(|_| SampleError::NoAnswer)?;
    match told.await.map_err(|_| SampleError::NoAnswer)? {
        Answer::Ok(done) => Ok(done),
        Answer::Refused(refusal) => Err(SampleError::Refused { what: name.to_owned(), refusal }),
    }
}

fn item_kind(kind: &str) -> Option<ItemKind> {
    Some(match kind {
        "decision" => ItemKind::Decision,
        "report" => ItemKind::Report,
        "budget" | "resolution" => ItemKind::Resolution,
        "plan" => ItemKind::Plan,
        "personnel" => ItemKind::Personnel,
        "other" => ItemKind::Other,
        _ => return None,
    })
}

fn spec(vote: SampleVote) -> Result<VoteSpec, String> {
    let form = match vote.kind.as_str() {
        "motion" => Form::Motion,
        "personnel" => {
            let nominees = vote.persons.into_iter().map(nominee).collect::<Result<_, _>>()?;
            Form::Personnel { nominees }
        }
        other => return Err(format!("vote kind {other}")),
    };
    let SampleVote { title, rule, method, seconds, .. } = vote;
    Ok(VoteSpec { title, form, method, rule: Rule::preset(rule), seconds, signatories: 0 })
}

fn nominee(person: SamplePerson) -> Result<Nominee, String> {
    let SamplePerson { name, action, post } = person;
    let action = match action.as_str() {
        "免去" | "决定免去" => PersonAction::Remove,
        "接受辞职" => PersonAction::AcceptResignation,
        "撤职" => PersonAction::Dismiss,
        "决定任命" => PersonAction::DecideAppointment,
        "任命" => PersonAction::Appoint,
        "选举" | "推选" => PersonAction::Elect,
        other => return Err(format!("action {other}")),
    };
    Ok(Nominee { name, action, post })
}

fn tie(tie: &SampleTie) -> Tie {
    match tie {
        SampleTie::Fail => Tie::Fails,
        SampleTie::Chair => Tie::ChairDecides,
        SampleTie::Again => Tie::VoteAgain,
    }
}

/// Adds members until there are `members` of them. Their names are made of
/// parts in turn, so that each run makes up the same people.
fn make_up(people: &mut Vec<RosterRow>, members: usize) {
    const FIRST: [&str; 24] = [
        "赵", "钱", "孙", "李", "周", "吴", "郑", "王", "冯", "陈", "褚", "卫", "蒋", "沈", "韩",
        "杨", "朱", "秦", "许", "何", "吕", "施", "张", "孔",
    ];
    const LAST: [&str; 19] = [
        "安澜", "伯言", "承志", "德明", "恩泽", "芳", "国华", "海燕", "敬之", "可欣", "立新",
        "明远", "宁", "培元", "清", "若水", "思远", "文静", "卓然",
    ];
    const MIDDLE: [&str; 11] = ["", "一", "大", "小", "子", "春", "夏", "秋", "冬", "东", "西"];
    let have = people.iter().filter(|p| p.standing == Standing::Member).count();
    let mut seat = people.iter().map(|p| p.seat.0).max().unwrap_or(0);
    for i in 0..members.min(limits::PEOPLE).saturating_sub(have) {
        let part = |of: &[&'static str], at: usize| of.get(at % of.len()).copied().unwrap_or("");
        let middle = part(&MIDDLE, i / (FIRST.len() * LAST.len()));
        let name = format!("{}{middle}{}", part(&FIRST, i), part(&LAST, i / FIRST.len()));
        seat = seat.saturating_add(1);
        people.push(RosterRow {
            seat: SeatId(seat),
            name,
            title: "委员".into(),
            standing: Standing::Member,
            chair: false,
        });
    }
}

fn read(path: &Path) -> Result<Vec<u8>, SampleError> {
    std::fs::read(path).map_err(|source| SampleError::Io { path: path.into(), source })
}

fn wrong(path: &Path, what: impl std::fmt::Display) -> SampleError {
    SampleError::Wrong { path: path.into(), what: what.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn a_congress_can_be_made_up() {
        let mut people = Vec::new();
        make_up(&mut people, 3376);
        assert_eq!(people.len(), 3376);
        let names: HashSet<_> = people.iter().map(|p| &p.name).collect();
        assert_eq!(names.len(), 3376);
        let before = people.clone();
        make_up(&mut people, 31);
        assert_eq!(people, before);
    }
}
