//! The other forms of a secret vote against the real program, from their preparation to the record that is checked: an
//! election with a tie across the cut, and a survey.

use crate::kit::*;
use crate::players::*;
use hemicycle_protocol::ballot::records::Question;
use hemicycle_protocol::ids::*;
use hemicycle_protocol::refusal::Code;
use hemicycle_protocol::topic::{Phase, Topic, TopicName, Vote};
use hemicycle_protocol::vote::{
    Ballot, Count, Form, Grade, GradeTally, Method, Nominee, PersonAction, Preset, Rule, Verdict,
};
use hemicycle_protocol::wire::*;
use std::path::Path;

/// A room whose secret vote is this one, open; seats 1 to 5 have credentials.
async fn open(server: &Process, form: Form, rule: Rule) -> Chamber {
    let mut room = Chamber::new(server.addr, 6, &[1, 2, 3, 4, 5]).await;
    room.make_key(1).await;
    let (item, vote) = (room.item, room.vote);
    room.clerk.must(Command::RemoveVote { vote }).await;
    let spec =
        VoteSpec { form, rule, method: Method::Secret, ..motion("选举常务委员会委员") };
    room.vote = add_vote(&mut room.clerk, item, spec).await;
    let vote = room.vote;
    room.clerk.must(Command::OpenVote { vote }).await;
    room
}

/// Closes, opens the sum with two scrutineers, lets everybody find the ballot, declares, and ends the meeting.
async fn close(room: &mut Chamber, casts: &[Cast]) -> Vote {
    let vote = room.vote;
    room.clerk.must(Command::CloseVote { vote }).await;
    for seat in [2, 4] {
        room.at(seat).open().await;
    }
    let end = room.counted().await;
    for (seat, cast) in (1..).zip(casts) {
        room.at(seat).check(vote, &cast.sealed.tracker).await;
    }
    room.clerk.must(Command::DeclareVote { vote }).await;
    let item = room.item;
    room.clerk.must(Command::FinishItem { item }).await;
    room.clerk.must(Command::CloseMeeting).await;
    let closed = |t: &Topic| matches!(t, Topic::Meeting(m) if m.phase == Phase::Closed);
    room.clerk.until(TopicName::Meeting, closed).await;
    end
}

/// The record as it is handed out: exported, checked, its archive checked alone. Gives what that printed, and the
/// minutes.
fn record(data: &Path, vote: VoteId) -> (String, String) {
    let to = data.with_file_name("record");
    let said = |arguments: &[&str]| {
        let out = std::process::Command::new(PROGRAM)
            .args(arguments)
            .env("HEMICYCLE_ASSETS", assets())
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&out.stdout).into_owned();
        let wrong = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(out.status.success(), "{arguments:?}: {told}{wrong}");
        told
    };
    let path = to.to_str().unwrap();
    said(&["export", "--data", data.to_str().unwrap(), "--out", path]);
    said(&["verify", path]);
    let name = format!("{:02}.bel", vote.0);
    let archives: Vec<_> = std::fs::read_dir(to.join("votes"))
        .unwrap()
        .map(|folder| folder.unwrap().path().join(&name))
        .filter(|path| path.exists())
        .collect();
    let [archive] = &archives[..] else { panic!("{archives:?}") };
    let alone = said(&["verify-ballots", archive.to_str().unwrap()]);
    (alone, std::fs::read_to_string(to.join("minutes.html")).unwrap())
}

fn candidates(names: &[&str]) -> Vec<Nominee> {
    let candidate = |name: &&str| Nominee {
        name: (*name).to_owned(),
        action: PersonAction::Elect,
        post: "委员".to_owned(),
    };
    names.iter().map(candidate).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_election_is_secret_from_its_opening_to_its_record() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("room");
    let mut server = Process::start(&data);
    let names = ["王伟", "赵敏", "钱江", "孙立"];
    let form = Form::Plurality { candidates: candidates(&names), seats: 2 };
    let mut room = open(&server, form, Rule::preset(Preset::Plurality)).await;
    let vote = room.vote;

    let (_, setup) = room.at(1).setup(vote).await;
    let answers = names.map(|name| format!("选举　{name}　委员")).into();
    assert_eq!(setup.election().questions, [Question::at_most("选举常务委员会委员", answers, 2)]);
    // Two names, one, none; the order of pressing says nothing.
    let chosen: [&[u16]; 5] = [&[0, 1], &[2, 0], &[0], &[2, 1], &[]];
    let mut casts = Vec::new();
    for (seat, chosen) in (1..).zip(chosen) {
        let ballot = Ballot::Plurality { chosen: chosen.to_vec() };
        casts.push(room.at(seat).cast(vote, &ballot).await);
    }
    // Nobody can tell one from another by its size, and nobody votes twice.
    let sizes = casts.iter().map(|cast| cast.sealed.ballot.len());
    let (least, most) = (sizes.clone().min().unwrap(), sizes.max().unwrap());
    assert!(most - least < 60, "{least} to {most}");
    let other = Ballot::Plurality { chosen: vec![3] };
    let (_, again) = room.at(5).seal(vote, &other).await;
    assert_eq!(room.at(5).client.refused(again).await, Code::AlreadyVoted);

    let end = close(&mut room, &casts).await;
    assert_eq!(end.count, Some(Count::Plurality { votes: vec![3, 2, 2, 0], invalid: 0 }));
    let verdict = Verdict::Plurality { elected: vec![0], tied: vec![1, 2], open_seats: 1 };
    assert_eq!(end.verdict, Some(verdict));
    assert_eq!((end.cast, end.unpressed, end.by_name), (5, Some(1), None));

    assert!(server.terminate().success());
    let (alone, minutes) = record(&data, vote);
    for (name, votes) in names.iter().zip([3, 2, 2, 0]) {
        assert!(alone.contains(&format!("{votes:>6}  选举　{name}　委员")), "{alone}");
        assert!(minutes.contains(&format!("<td>选举　{name}　委员</td><td>{votes}</td>")));
    }
    assert!(alone.contains("选举常务委员会委员 (0 to 2 answers a ballot)"), "{alone}");
    assert!(minutes.contains("当选 elected") && minutes.contains("得票相等，须再次投票 tied"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_survey_is_secret_from_its_opening_to_its_record() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("room");
    let mut server = Process::start(&data);
    let form = Form::Satisfaction { subjects: vec!["区教育局".into(), "区水务局".into()] };
    let mut room = open(&server, form, Rule::preset(Preset::Survey)).await;
    let vote = room.vote;
    let grades = [
        [Some(Grade::Satisfied), Some(Grade::Fair)],
        [Some(Grade::Satisfied), None],
        [Some(Grade::Dissatisfied), Some(Grade::Fair)],
        [Some(Grade::Fair), Some(Grade::Dissatisfied)],
        [None, Some(Grade::Dissatisfied)],
    ];
    let mut casts = Vec::new();
    for (seat, grades) in (1..).zip(grades) {
        casts.push(room.at(seat).cast(vote, &Ballot::Satisfaction { grades: grades.into() }).await);
    }
    let end = close(&mut room, &casts).await;
    let tally = |satisfied, fair, dissatisfied, invalid| GradeTally {
        satisfied,
        fair,
        dissatisfied,
        invalid,
    };
    let tallies = vec![tally(2, 1, 1, 1), tally(0, 2, 2, 1)];
    assert_eq!(end.count, Some(Count::Satisfaction { tallies }));
    assert_eq!(end.verdict, Some(Verdict::Satisfaction));
    assert_eq!((end.cast, end.unpressed, end.by_name), (5, Some(1), None));

    assert!(server.terminate().success());
    let (alone, minutes) = record(&data, vote);
    for text in ["     2  满意", "     1  基本满意", "     2  不满意", "     1  未选", "区水务局"]
    {
        assert!(alone.contains(text), "{text}: {alone}");
    }
    assert!(minutes.contains("<td>区教育局</td><td>2</td><td>1</td><td>1</td><td>1</td>"));
    assert!(minutes.contains("<td>区水务局</td><td>0</td><td>2</td><td>2</td><td>1</td>"));
}
