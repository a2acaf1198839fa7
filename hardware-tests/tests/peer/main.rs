//! An independent program as judge of whole meetings: the sample meeting, with an
//! election and a survey added to it, is held with the real server and virtual
//! seats, its record exported, and each secret vote put to `belenios-tool`
//! (`$BELENIOS_TOOL`, else on the path; 3.0 or later). And the other way round:
//! an election made by that tool is put to `hemicycle verify-ballots`. Without the
//! tool nothing is judged, and the test says so loudly; with
//! `HEMICYCLE_REQUIRE_PEER` set it fails instead.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

#[path = "../it/stage.rs"]
#[allow(dead_code, reason = "shared with the other tests")]
mod stage;
#[path = "../../../protocol/tests/ballot_peer/theirs.rs"]
mod theirs;
#[path = "../../../protocol/tests/ballot_peer/tool.rs"]
mod tool;

use getrandom::SysRng;
use hemicycle_hardware_tests::clerk::Clerk;
use hemicycle_hardware_tests::demo::course::Course;
use hemicycle_hardware_tests::swarm::{Pace, Press};
use hemicycle_protocol::ballot::archive::read;
use hemicycle_protocol::ballot::election::{Report, verify_record};
use hemicycle_protocol::ids::{ItemId, VoteId};
use hemicycle_protocol::topic::VoteLine;
use hemicycle_protocol::vote::{
    Count, Form, GradeTally, Method, Nominee, PersonAction, Preset, Rule, Tally,
};
use hemicycle_protocol::wire::{Command, VoteSpec, limits};
use rand_core::UnwrapErr;
use stage::Stage;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tool::Tool;

/// An end for what hangs.
const LIMIT: Duration = Duration::from_secs(30);

fn records(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for vote in std::fs::read_dir(folder.join("votes")).unwrap() {
        let files = std::fs::read_dir(vote.unwrap().path()).unwrap();
        found.extend(
            files
                .map(|f| f.unwrap().path())
                .filter(|p| p.extension().is_some_and(|extension| extension == "bel")),
        );
    }
    found.sort();
    found
}

/// Adds a secret vote of another form than the sample has.
async fn add(clerk: &Clerk, item: ItemId, title: &str, form: Form, preset: Preset) -> VoteId {
    let (title, rule) = (title.to_owned(), Rule::preset(preset));
    let spec =
        VoteSpec { title, form, method: Method::Secret, rule, seconds: None, signatories: 0 };
    VoteId(clerk.ask(Command::AddVote { item, spec }).await.unwrap().made.unwrap())
}

fn candidates() -> Vec<Nominee> {
    let person = |name: &str| Nominee {
        name: name.to_owned(),
        action: PersonAction::Elect,
        post: "委员".to_owned(),
    };
    ["岑见山", "聂思远", "㛃文", "卫南枝", "祁连"].map(person).into()
}

/// Whom the seats press by chance, as the virtual seats draw it: how many do not
/// press, and the count.
fn drawn(stage: &Stage, line: &VoteLine) -> (u32, Count) {
    let press = Press::Sample(Box::new(stage.cast.sample().clone()));
    let mut times: BTreeMap<(u16, u8), u32> = BTreeMap::new();
    let mut unpressed = 0;
    for seat in stage.cast.member_seats().into_iter().filter(|seat| press.attends(*seat)) {
        let presses = press.answers(line.id, &line.title, &line.form, seat);
        unpressed += u32::from(presses.is_empty());
        presses.into_iter().for_each(|press| *times.entry(press).or_default() += 1);
    }
    let at = |question: usize, answer: u8| {
        let question = u16::try_from(question).unwrap();
        times.get(&(question, answer)).copied().unwrap_or(0)
    };
    let count = match &line.form {
        Form::Plurality { candidates, .. } => {
            let votes = (0..candidates.len()).map(|candidate| at(candidate, 0)).collect();
            Count::Plurality { votes, invalid: 0 }
        }
        Form::Satisfaction { subjects } => {
            let tally = |subject| GradeTally {
                satisfied: at(subject, 0),
                fair: at(subject, 1),
                dissatisfied: at(subject, 2),
                invalid: 0,
            };
            Count::Satisfaction { tallies: (0..subjects.len()).map(tally).collect() }
        }
        Form::Motion | Form::Personnel { .. } => panic!("the sample has these"),
    };
    (unpressed, count)
}

/// Holds the sample meeting with an election and a survey at the end of its last
/// item; every vote of it as the console shows it.
async fn held(stage: &Stage) -> Vec<VoteLine> {
    let (clerk, swarm) = (stage.clerk().await, stage.swarm(Pace::Within(Duration::from_secs(2))));
    // Ballots then stand in the archive sum by sum.
    let mut settings = clerk.room().meeting.unwrap().settings;
    settings.secret_live = Some(limits::LIVE_STEP);
    clerk.ask(Command::SetSettings { settings }).await.unwrap();
    let course = Course::new(&clerk, &swarm, &stage.cast);
    let mut wrong = Vec::new();
    course.gather(&mut wrong).await.unwrap();
    course.make_key().await.unwrap();
    for item in clerk.room().agenda.items {
        clerk.ask(Command::StartItem { item: item.id }).await.unwrap();
        for vote in item.votes {
            course.vote(vote, &mut wrong).await.unwrap();
        }
    }
    let item = clerk.room().agenda.items.last().unwrap().id;
    let election = Form::Plurality { candidates: candidates(), seats: 3 };
    let survey =
        Form::Satisfaction { subjects: vec!["区教育局".into(), "区水务局".into()] };
    for (title, form, preset) in [
        ("选举常务委员会委员", election, Preset::Plurality),
        ("工作满意度测评", survey, Preset::Survey),
    ] {
        let vote = add(&clerk, item, title, form, preset).await;
        let line = clerk.until("the vote", LIMIT, |room| room.line(vote).cloned()).await.unwrap();
        let (unpressed, count) = drawn(stage, &line);
        clerk.ask(Command::OpenVote { vote }).await.unwrap();
        course.receipts(vote, unpressed).await.unwrap();
        // The script expects nothing of this one: what was pressed says what comes out.
        let mut unscripted = Vec::new();
        let held = course.finish(vote, &mut unscripted).await.unwrap();
        assert_eq!(unscripted, [format!("{title}: the script does not know this vote")]);
        assert_eq!((held.count, held.unpressed), (Some(count), Some(unpressed)), "{title}");
    }
    clerk.ask(Command::FinishItem { item }).await.unwrap();
    clerk.ask(Command::CloseMeeting).await.unwrap();
    assert_eq!(wrong, Vec::<String>::new());
    let lines = clerk.room().votes.votes.clone();
    swarm.stop().await;
    lines
}

/// What the archive's sums are, in the meeting's terms.
fn is_count(report: &Report, count: &Count) -> bool {
    let opened = &report.result.as_ref().unwrap().result;
    let tally = |tally: &Tally| vec![tally.in_favour, tally.against, tally.abstain];
    let grades = |t: &GradeTally| vec![t.satisfied, t.fair, t.dissatisfied, t.invalid];
    let shown: Vec<Vec<u32>> = match count {
        Count::Motion { tally: one } => vec![tally(one)],
        Count::Personnel { tallies } => tallies.iter().map(tally).collect(),
        Count::Satisfaction { tallies } => tallies.iter().map(grades).collect(),
        Count::Plurality { votes, .. } => vec![votes.clone()],
    };
    *opened == shown
}

#[tokio::test(flavor = "multi_thread")]
async fn secret_votes_of_a_whole_meeting_are_accepted_by_another_program() {
    let Some(tool) = Tool::find() else { return };
    let stage = Stage::set(0).await;
    let lines = held(&stage).await;
    let programs = stage.programs.clone();
    let folder = stage.stop().await;
    let record = folder.path().join("record");
    programs.record(&folder.path().join("server"), &record).await.unwrap();

    let records = records(&record);
    let secret: Vec<&VoteLine> = lines.iter().filter(|l| l.method == Method::Secret).collect();
    assert_eq!((records.len(), secret.len()), (4, 4), "{records:?}");
    let with_sums = |path: &&PathBuf| path.with_file_name("live-sums.json").exists();
    assert_ne!(records.iter().filter(with_sums).count(), 0, "no sum was opened while a vote ran");
    for (path, line) in records.iter().zip(secret) {
        let archive = std::fs::read(path).unwrap();
        assert!(tool.accepts(&archive), "{}", path.display());
        let report = verify_record(&archive, None, 2).unwrap();
        assert_eq!(report.setup.election().name, line.title);
        let cast = line.present - line.unpressed.unwrap();
        assert_eq!(u32::try_from(report.counted()), Ok(cast), "{}", line.title);
        assert!(is_count(&report, line.count.as_ref().unwrap()), "{}", line.title);

        // One bit of a ballot: both programs see it.
        let contents = read(&archive).unwrap();
        let first = contents.events.iter().position(|event| event.data.len() == 1).unwrap();
        let ballot = contents.events[first].data[0];
        let at = archive.windows(ballot.len()).position(|window| window == ballot).unwrap();
        let mut changed = archive.clone();
        changed[at + ballot.len() / 2] ^= 1;
        assert!(!tool.verifies(&changed, report.setup.election().uuid.as_str()));
        assert!(verify_record(&changed, None, 2).is_err());
    }
}

#[test]
fn an_election_made_by_another_program_is_verified_by_ours() {
    let Some(tool) = Tool::find() else { return };
    let archive = theirs::election(&tool, &mut UnwrapErr(SysRng));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("theirs.bel");
    let ask = |archive: &[u8]| {
        std::fs::write(&path, archive).unwrap();
        let programs = hemicycle_hardware_tests::host::Programs::beside(stage::driver()).unwrap();
        let mut command = std::process::Command::new(programs.server);
        command.arg("verify-ballots").arg(&path).output().unwrap()
    };
    let out = ask(&archive);
    let said = String::from_utf8(out.stdout).unwrap();
    assert!(out.status.success(), "{said}");
    assert!(said.contains("两人以内 (0 to 2 answers a ballot)"), "{said}");
    let [question, election] = theirs::RESULT;
    for (answer, count) in
        ["Y", "N", "A", "甲", "乙", "丙", "丁"].iter().zip(question.iter().chain(election))
    {
        assert!(said.contains(&format!("{count:>6}  {answer}")), "{answer}: {said}");
    }
    let mut changed = archive;
    let middle = changed.len() / 2;
    changed[middle] ^= 1;
    assert!(!ask(&changed).status.success());
}
