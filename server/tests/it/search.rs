//! Searching papers in all their versions, and who has read what.

use crate::kit::*;
use hemicycle_protocol::ids::*;
use hemicycle_protocol::people::ClerkRole;
use hemicycle_protocol::topic::{PaperTerms, Reach, ReadPaper, Topic, TopicName};
use hemicycle_protocol::wire::*;
use serde_json::Value;
use std::net::SocketAddr;

const TYPE: (&str, &str) = ("Content-Type", "application/json");

async fn ask(addr: SocketAddr, cookie: &str, words: &str) -> Answered {
    let body = serde_json::json!({ "words": words }).to_string();
    http(addr, "POST", "/api/search", &[("Cookie", cookie), TYPE], body.as_bytes()).await
}

/// Once every text was read.
async fn search(addr: SocketAddr, cookie: &str, words: &str) -> Value {
    let until = tokio::time::Instant::now() + NEVER;
    loop {
        let answer = ask(addr, cookie, words).await;
        assert_eq!(answer.status, 200, "{}", answer.json());
        let said = answer.json();
        if said["coming"] == 0 {
            return said;
        }
        assert!(tokio::time::Instant::now() < until, "{said}");
    }
}

async fn paper(addr: SocketAddr, cookie: &str, name: &str) -> Hash {
    let file = std::fs::read(assets().join("sample/papers").join(name)).unwrap();
    let answer = upload(addr, cookie, &file).await;
    Hash::parse(answer.json()["hash"].as_str().unwrap()).unwrap()
}

/// Version, whether it is the valid one, and the page of the first place.
fn versions(paper: &Value) -> Vec<(u64, bool, Option<u64>)> {
    let versions = paper["versions"].as_array().unwrap().iter();
    let of = |v: &Value| {
        let page = v["places"][0]["page"].as_u64();
        (v["version"].as_u64().unwrap(), v["valid"].as_bool().unwrap(), page)
    };
    versions.map(of).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn papers_are_found_in_all_versions_and_after_the_meeting() {
    let dir = tempfile::tempdir().unwrap();
    let server = running(dir.path()).await;
    let addr = server.addr;
    let cookie = login(addr).await;
    let mut clerk = Client::console(addr, &cookie).await;
    let (item, _) = prepare(&mut clerk, 2, 0).await;
    let old = paper(addr, &cookie, "1-1-decision-draft.pdf").await;
    let new = paper(addr, &cookie, "4-1-budget-resolution-draft.pdf").await;
    let scan = paper(addr, &cookie, "1-3-amendment-scan.pdf").await;
    let add = |title: &str, hash| {
        let (title, terms) = (title.into(), PaperTerms::default());
        Command::AddPaper { item, title, hash, terms }
    };
    let decision = PaperId(clerk.must(add("第一份文件", old)).await.made.unwrap());
    clerk.must(add("扫描的修正案", scan)).await;
    clerk.must(Command::ReplacePaper { paper: decision, hash: new }).await;

    // Only what was replaced speaks of water.
    let said = search(addr, &cookie, "河湖").await;
    let found = said["papers"].as_array().unwrap();
    assert_eq!(found.len(), 1, "{said}");
    let [(version, valid, page)] = versions(&found[0])[..] else { panic!("{said}") };
    assert_eq!((version, valid), (1, false));
    assert!(page.is_some());
    assert_eq!(found[0]["versions"][0]["hash"], old.to_string());
    assert_eq!(found[0]["versions"][0]["places"][0]["found"], "河湖");
    // One character, and words that must be on one page together.
    assert_eq!(versions(&search(addr, &cookie, "湖").await["papers"][0])[0].0, 1);
    let said = search(addr, &cookie, "预算 决议").await;
    assert_eq!(versions(&said["papers"][0])[0], (2, true, Some(1)), "{said}");
    assert!(search(addr, &cookie, "河湖 预算").await["papers"].as_array().unwrap().is_empty());

    // A scan has its title only, and that is said.
    let said = search(addr, &cookie, "扫描").await;
    assert_eq!(said["papers"][0]["named"], true);
    assert_eq!(versions(&said["papers"][0]), [(1, true, None)]);
    assert_eq!(said["silent"][0]["title"], "扫描的修正案");
    assert_eq!(said["silent"][0]["why"], "nothing");

    // Removed, and after the meeting and another start, from what lies beside the papers.
    clerk.must(Command::RemovePaper { paper: decision }).await;
    clerk.must(Command::CloseMeeting).await;
    server.stop().await.unwrap();
    let beside = hemicycle::papers_folder(dir.path());
    let name = old.to_string();
    assert!(beside.join(&name[..2]).join(format!("{name}.text")).exists());
    let server = running(dir.path()).await;
    let said = search(server.addr, &cookie, "河湖").await;
    assert_eq!(said["papers"][0]["removed"], true);
    assert_eq!(versions(&said["papers"][0])[0].0, 1);
    // What lies there is no more than kept: it is read again.
    server.stop().await.unwrap();
    std::fs::write(beside.join(&name[..2]).join(format!("{name}.text")), "{").unwrap();
    let server = running(dir.path()).await;
    assert_eq!(search(server.addr, &cookie, "河湖").await, said);
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_found_with_what_they_have_read() {
    let dir = tempfile::tempdir().unwrap();
    let server = running(dir.path()).await;
    let addr = server.addr;
    let cookie = login(addr).await;
    let mut clerk = Client::console(addr, &cookie).await;
    let (item, _) = prepare(&mut clerk, 2, 0).await;
    let first = put_file(&server, b"%PDF-1.7 first").await;
    let second = put_file(&server, b"%PDF-1.7 second").await;
    let terms = PaperTerms::default();
    let add = Command::AddPaper { item, title: "报告".into(), hash: first, terms };
    let id = PaperId(clerk.must(add).await.made.unwrap());
    let mut seat = Client::seat(addr, 2).await;
    seat.seated().await;
    let command = seat.sign_in_command(2);
    seat.must(command).await;
    let report = |hash, reach| Command::ReportReading {
        member: MemberId(2),
        papers: vec![ReadPaper { paper: id, hash, reach }],
    };
    seat.must(report(first, Reach::Ended)).await;
    clerk.must(Command::ReplacePaper { paper: id, hash: second }).await;
    seat.must(report(second, Reach::Held)).await;

    let Topic::Roll(roll) = clerk.until(TopicName::Roll, |_| true).await else { panic!("no roll") };
    let name = roll.people.iter().find(|person| person.member == MemberId(2)).unwrap().name.clone();
    let said = search(addr, &cookie, &name).await;
    assert_eq!(said["people_meant"], 1);
    assert_eq!(said["people"][0]["member"], 2);
    let receipts = said["people"][0]["receipts"].as_array().unwrap();
    let told: Vec<(u64, bool, bool, bool)> = receipts
        .iter()
        .map(|r| {
            let version = r["version"].as_u64().unwrap();
            let valid = r["valid"].as_bool().unwrap();
            (version, valid, r["opened"].is_number(), r["ended"].is_number())
        })
        .collect();
    assert_eq!(told, [(1, false, true, true), (2, true, false, false)], "{said}");

    // What a member reads is nobody's business but that of those who run the meeting.
    for (account, role) in [("guan", ClerkRole::Viewer), ("mo", ClerkRole::Technician)] {
        server.app().clerks.set_with(account, PASSWORD, Some(role)).unwrap();
        let body = serde_json::json!({ "name": account, "password": PASSWORD }).to_string();
        let cookie = http(addr, "POST", "/api/login", &[TYPE], body.as_bytes()).await.cookie();
        let said = search(addr, &cookie, &name).await;
        assert_eq!((&said["people"], &said["people_meant"]), (&serde_json::json!([]), &0.into()));
        assert_eq!(search(addr, &cookie, "报告").await["papers"][0]["title"], "报告");
    }
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_sees_the_console_may_search_and_nobody_else() {
    let dir = tempfile::tempdir().unwrap();
    let server = running(dir.path()).await;
    let addr = server.addr;
    server.app().clerks.set_with("guan", PASSWORD, Some(ClerkRole::Viewer)).unwrap();
    let body = format!("{{\"name\":\"guan\",\"password\":\"{PASSWORD}\"}}");
    let viewer = http(addr, "POST", "/api/login", &[TYPE], body.as_bytes()).await.cookie();
    assert_eq!(ask(addr, "", "预算").await.status, 401);
    assert_eq!(ask(addr, &viewer, "预算").await.status, 200);
    let nothing = ask(addr, &viewer, " 　").await.json();
    assert_eq!((&nothing["papers"], &nothing["people_meant"]), (&serde_json::json!([]), &0.into()));
    assert_eq!(ask(addr, &viewer, &"长".repeat(201)).await.status, 413);
    let foreign = [("Cookie", viewer.as_str()), TYPE, ("Origin", "https://elsewhere.example")];
    assert_eq!(http(addr, "POST", "/api/search", &foreign, b"{\"words\":\"x\"}").await.status, 403);
    server.stop().await.unwrap();
}
