//! Clerks: signing in, two at once, and pages of other sites.

use crate::kit::*;
use hemicycle::Enrolment;
use hemicycle_protocol::ids::*;
use hemicycle_protocol::refusal::Code;
use hemicycle_protocol::topic::{ItemKind, Topic, TopicName};
use hemicycle_protocol::wire::*;

#[tokio::test(flavor = "multi_thread")]
async fn two_clerks_do_not_overwrite_each_other() {
    let dir = tempfile::tempdir().unwrap();
    let running = running(dir.path()).await;
    let cookie = login(running.addr).await;
    let mut one = Client::console(running.addr, &cookie).await;
    let mut two = Client::console(running.addr, &login(running.addr).await).await;
    let add = Command::AddItem { title: "一".into(), short: "一".into(), kind: ItemKind::Report };
    let item = ItemId(one.must(add).await.made.unwrap());
    let has_it = |t: &Topic| matches!(t, Topic::Agenda(a) if a.items.len() == 1);
    let Topic::Agenda(agenda) = two.until(TopicName::Agenda, has_it).await else { panic!() };
    let rev = agenda.items[0].rev;
    let edit = |title: &str| Command::EditItem {
        item,
        rev,
        title: title.into(),
        short: "改".into(),
        kind: ItemKind::Report,
    };
    one.must(edit("第一人改的")).await;
    assert_eq!(two.refused(edit("第二人改的")).await, Code::ChangedMeanwhile);
    let newer = |t: &Topic| matches!(t, Topic::Agenda(a) if a.items[0].rev != rev);
    let Topic::Agenda(agenda) = two.until(TopicName::Agenda, newer).await else { panic!() };
    assert_eq!(agenda.items[0].title, "第一人改的");
    // Who did it stands in the log that both see.
    two.until(TopicName::Audit, |t| {
        matches!(t, Topic::Audit(a)
            if a.entries.iter().any(|e| e.what == "item_edited" && e.who == CLERK))
    })
    .await;
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_opens_the_console_until_it_ends() {
    let dir = tempfile::tempdir().unwrap();
    let running = running(dir.path()).await;
    let addr = running.addr;
    let json = [("Content-Type", "application/json")];
    let wrong = br#"{"name":"li","password":"wrong"}"#;
    let answer = http(addr, "POST", "/api/login", &json, wrong).await;
    assert_eq!((answer.status, answer.json()["code"].as_str()), (401, Some("not_authentic")));
    assert_eq!(http(addr, "POST", "/api/login", &json, b"{}").await.status, 400);
    assert_eq!(http(addr, "GET", "/api/session", &[], b"").await.status, 401);

    let cookie = login(addr).await;
    let answer = http(addr, "GET", "/api/session", &[("Cookie", &cookie)], b"").await;
    assert_eq!(answer.json()["name"], CLERK);
    assert_eq!(answer.json()["hall"], format!("/hall#{}", running.hall_word().as_str()));
    for header in ["content-security-policy", "x-content-type-options", "referrer-policy"] {
        assert!(answer.head.contains(header), "{header} is missing:\n{}", answer.head);
    }
    // Another site's page can do nothing with the cookie.
    for foreign in [("Origin", "http://evil.example"), ("Sec-Fetch-Site", "cross-site")] {
        let headers = [("Cookie", cookie.as_str()), foreign];
        assert_eq!(http(addr, "POST", "/api/logout", &headers, b"").await.status, 403);
    }
    let mut clerk = Client::console(addr, &cookie).await;
    clerk.must(Command::ImportRoster { people: rows(2, 0), layout: Vec::new() }).await;
    let out = http(addr, "POST", "/api/logout", &[("Cookie", &cookie)], b"").await;
    assert_eq!(out.status, 204);
    assert_eq!(http(addr, "GET", "/api/session", &[("Cookie", &cookie)], b"").await.status, 401);
    // The console that is still open is closed with it.
    assert_eq!(farewell(&mut clerk.socket).await.0, Code::NotAuthentic);
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_roster_is_read_or_its_mistakes_are_listed() {
    let dir = tempfile::tempdir().unwrap();
    let running = running(dir.path()).await;
    let addr = running.addr;
    let cookie = login(addr).await;
    let headers = [("Cookie", cookie.as_str())];
    for name in ["roster.csv", "roster-gb18030.csv"] {
        let csv = std::fs::read(assets().join("sample").join(name)).unwrap();
        let answer = http(addr, "POST", "/api/roster", &headers, &csv).await;
        let people: Vec<RosterRow> =
            serde_json::from_value(answer.json()["people"].clone()).unwrap();
        assert_eq!((people.len(), people[0].name.as_str()), (36, "许文澜"));
    }
    let rare = "座位,姓名,身份\n1,王\u{2b7f8},主持人\n";
    let answer = http(addr, "POST", "/api/roster", &headers, rare.as_bytes()).await;
    let warning = &answer.json()["warnings"][0];
    assert_eq!(
        (warning["seat"].as_u64(), warning["missing"].as_str()),
        (Some(1), Some("\u{2b7f8}"))
    );
    let bad = "座位,姓名,身份\n1,甲,主持人\nx,乙,委员\n";
    let answer = http(addr, "POST", "/api/roster", &headers, bad.as_bytes()).await;
    assert_eq!((answer.status, answer.json()["code"].as_str()), (422, Some("bad_roster")));
    let mistake = &answer.json()["mistakes"][0];
    assert_eq!((mistake["line"].as_u64(), mistake["column"].as_str()), (Some(3), Some("座位")));
    let large = vec![b'x'; hemicycle::roster::MOST_BYTES + 1];
    assert_eq!(http(addr, "POST", "/api/roster", &headers, &large).await.status, 413);
    assert_eq!(http(addr, "POST", "/api/roster", &[], b"x").await.status, 401);
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clerk_gives_a_terminal_its_seat() {
    let dir = tempfile::tempdir().unwrap();
    let running = running_with(dir.path(), Enrolment::Ask).await;
    let addr = running.addr;
    let mut clerk = Client::console(addr, &login(addr).await).await;
    prepare(&mut clerk, 3, 0).await;
    let mut knocking = Client::seat(addr, 2).await;
    let key = terminal(2).key();
    clerk
        .until(TopicName::Devices, |t| {
            matches!(t, Topic::Devices(d) if d.terminals.iter().any(|t| {
                t.terminal == key && t.online && t.seat.is_none() && t.wish == Some(SeatId(2))
            }))
        })
        .await;
    knocking.me_until(|me| me.seat.is_none()).await;
    clerk.must(Command::AssignSeat { terminal: key, seat: SeatId(2) }).await;
    knocking.me_until(|me| me.person.as_ref().is_some_and(|p| p.seat == SeatId(2))).await;
    let command = knocking.sign_in_command(2);
    knocking.must(command).await;
    // Taken away again, it sees nothing more than that.
    clerk.must(Command::ReleaseSeat { seat: SeatId(2) }).await;
    assert_eq!(farewell(&mut knocking.socket).await.0, Code::NoSeat);
    let mut knocking = Client::seat_with(addr, terminal(2), None, vec![TopicName::Me]).await;
    knocking.me_until(|me| me.seat.is_none()).await;
    assert_eq!(knocking.refused(Command::AskToSpeak).await, Code::NoSeat);
    drop(knocking);
    clerk
        .until(
            TopicName::Devices,
            |t| matches!(t, Topic::Devices(d) if d.terminals.iter().all(|t| t.terminal != key)),
        )
        .await;
    running.stop().await.unwrap();
}
