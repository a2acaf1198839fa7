//! `POST /api/search`: the console's search in what its topics do not have, the papers in all
//! their versions and who has read what. The words come in the body: addresses are kept by too
//! many. Items and votes are looked through by the page, which has them.

use super::{Trouble, clerk};
use crate::app::App;
use crate::room::Look;
use crate::texts::{Found, Legible, Question};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Json;
use hemicycle_meeting::view::is_for;
use hemicycle_meeting::view::search::{Reader, Shelved, library, readers};
use hemicycle_protocol::ids::{Hash, ItemId, MemberId, Millis, PaperId, SeatId};
use hemicycle_protocol::topic::TopicName;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use tokio::sync::oneshot;

/// Places of one version that are answered.
const PLACES: usize = 5;
/// People that are answered.
const PEOPLE: usize = 20;
/// Characters of a question.
const LONGEST: usize = 200;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    words: String,
}

#[derive(Debug, Default, Serialize)]
pub struct Answer {
    papers: Vec<FoundPaper>,
    people: Vec<FoundPerson>,
    /// How many people are meant, also those that are not answered.
    people_meant: usize,
    /// Versions whose text is still being read.
    coming: usize,
    /// Papers on the agenda whose valid version has no text to search in.
    silent: Vec<Silent>,
}

#[derive(Debug, Serialize)]
struct FoundPaper {
    paper: PaperId,
    item: ItemId,
    title: String,
    removed: bool,
    /// The title has it.
    named: bool,
    /// Those that have it, the valid one first; all of them where the title has it.
    versions: Vec<FoundVersion>,
}

#[derive(Debug, Serialize)]
struct FoundVersion {
    version: usize,
    valid: bool,
    at: Millis,
    hash: Hash,
    #[serde(flatten)]
    found: Found,
}

#[derive(Debug, Serialize)]
struct FoundPerson {
    member: MemberId,
    receipts: Vec<FoundReceipt>,
}

/// How far somebody has come with a version that the terminal at the seat holds, or where it
/// was opened.
#[derive(Debug, Serialize)]
struct FoundReceipt {
    paper: PaperId,
    title: String,
    version: u32,
    valid: bool,
    hash: Hash,
    opened: Option<Millis>,
    ended: Option<Millis>,
}

#[derive(Debug, Serialize)]
struct Silent {
    paper: PaperId,
    title: String,
    hash: Hash,
    why: Legible,
}

/// What the room knows.
struct Known {
    papers: Vec<Shelved>,
    people: Vec<Reader>,
    people_meant: usize,
    /// Which of these seats' terminals hold which file.
    held: HashMap<SeatId, HashSet<Hash>>,
}

/// See the module.
pub async fn search(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Json(Asked { words }): Json<Asked>,
) -> Result<Json<Answer>, Trouble> {
    let who = clerk(&app, &headers)?;
    if words.chars().count() > LONGEST {
        return Err(Trouble::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "words"));
    }
    let Some(question) = Question::new(&words) else { return Ok(Json(Answer::default())) };
    let mut known = look(&app, question.clone()).await?;
    // What a member reads is told to those who are told it by the topic, too.
    if !is_for(TopicName::Reading, who.role) {
        (known.people, known.people_meant) = (Vec::new(), 0);
    }
    let answered = tokio::task::spawn_blocking(move || answer(&app, &question, known));
    answered.await.map(Json).map_err(Trouble::unavailable)
}

async fn look(app: &App, question: Question) -> Result<Known, Trouble> {
    let (tell, told) = oneshot::channel();
    let look: Look = Box::new(move |state, devices| {
        let (people, people_meant) = readers(
            state,
            |person| question.is_in(&person.name) || question.is_in(&person.title),
            PEOPLE,
        );
        let papers = library(state);
        let hashes: Vec<Hash> =
            papers.iter().flat_map(|paper| &paper.versions).map(|v| v.hash).collect();
        let mut held: HashMap<SeatId, HashSet<Hash>> = HashMap::new();
        for (hash, holders) in hashes.iter().zip(devices.holders(&hashes)) {
            for reader in &people {
                if state.terminal_at(reader.seat).is_some_and(|key| holders.contains(&key)) {
                    held.entry(reader.seat).or_default().insert(*hash);
                }
            }
        }
        // Whoever asked may have left.
        let _ = tell.send(Known { papers, people, people_meant, held });
    });
    app.looks.send(look).await.map_err(|_| Trouble::unavailable("the server stops"))?;
    told.await.map_err(|_| Trouble::unavailable("the server stops"))
}

fn answer(app: &App, question: &Question, known: Known) -> Answer {
    let Known { papers, people, people_meant, held } = known;
    // Before anything is looked for: what is read meanwhile is found by who asks again.
    let versions = papers.iter().flat_map(|paper| &paper.versions);
    let coming = versions.filter(|v| app.texts.legible(&v.hash) == Legible::Coming).count();
    let mut texts = app.texts.find(question, PLACES);
    let titles: BTreeMap<PaperId, (&str, Option<Hash>)> = papers
        .iter()
        .map(|p| (p.paper, (p.title.as_str(), p.versions.last().map(|v| v.hash))))
        .collect();
    let people = people.into_iter().map(|reader| person(reader, &titles, &held)).collect();
    let mut answer = Answer { people, people_meant, coming, ..Answer::default() };
    for paper in &papers {
        if let Some(valid) = paper.versions.last().filter(|_| !paper.removed) {
            let why = app.texts.legible(&valid.hash);
            if matches!(why, Legible::Nothing | Legible::Unreadable) {
                let (paper, title, hash) = (paper.paper, paper.title.clone(), valid.hash);
                answer.silent.push(Silent { paper, title, hash, why });
            }
        }
        answer.papers.extend(found(paper, question, &mut texts));
    }
    answer
}

fn found(
    paper: &Shelved,
    question: &Question,
    texts: &mut HashMap<Hash, Found>,
) -> Option<FoundPaper> {
    let named = question.is_in(&paper.title);
    let last = paper.versions.len();
    let versions: Vec<FoundVersion> = paper
        .versions
        .iter()
        .enumerate()
        .rev()
        .filter_map(|(before, v)| {
            let version = before + 1;
            let found = texts.get(&v.hash).cloned();
            if found.is_none() && !named {
                return None;
            }
            let found = found.unwrap_or_default();
            let valid = version == last && !paper.removed;
            Some(FoundVersion { version, valid, at: v.at, hash: v.hash, found })
        })
        .collect();
    if versions.is_empty() {
        return None;
    }
    let Shelved { paper, item, title, removed, .. } = paper.clone();
    Some(FoundPaper { paper, item, title, removed, named, versions })
}

fn person(
    reader: Reader,
    titles: &BTreeMap<PaperId, (&str, Option<Hash>)>,
    held: &HashMap<SeatId, HashSet<Hash>>,
) -> FoundPerson {
    let holds = held.get(&reader.seat);
    let receipts = reader.receipts.into_iter().filter_map(|receipt| {
        let (title, last) = titles.get(&receipt.paper)?;
        let reached = receipt.opened.is_some() || holds.is_some_and(|h| h.contains(&receipt.hash));
        reached.then(|| FoundReceipt {
            paper: receipt.paper,
            title: (*title).to_owned(),
            version: receipt.version,
            valid: *last == Some(receipt.hash),
            hash: receipt.hash,
            opened: receipt.opened,
            ended: receipt.ended,
        })
    });
    FoundPerson { member: reader.member, receipts: receipts.collect() }
}
