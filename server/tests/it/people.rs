//! People: the first account, roles and their rights, sessions that end, the
//! hall's link, sign-ins by PIN and by a drawn signature.

use crate::kit::*;
use hemicycle::Running;
use hemicycle::chance::Chance;
use hemicycle::clerks::{REST_MS, SETUP_MS};
use hemicycle::clock::Clock;
use hemicycle::{Config, Enrolment};
use hemicycle_protocol::identity::DrawnSignIn;
use hemicycle_protocol::ids::*;
use hemicycle_protocol::people::{Drawing, PIN_TRIES, Pin, SignInBy};
use hemicycle_protocol::refusal::Code;
use hemicycle_protocol::topic::{AuditLine, Settings, Topic, TopicName};
use hemicycle_protocol::wire::*;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

const JSON: (&str, &str) = ("Content-Type", "application/json");

async fn post(addr: SocketAddr, path: &str, cookie: &str, body: Value) -> Answered {
    let headers = [JSON, ("Cookie", cookie)];
    http(addr, "POST", path, &headers, body.to_string().as_bytes()).await
}

fn code(answer: &Answered) -> (u16, String) {
    (answer.status, answer.json()["code"].as_str().unwrap_or_default().to_owned())
}

async fn sign_in(addr: SocketAddr, name: &str, password: &str) -> Answered {
    post(addr, "/api/login", "", json!({ "name": name, "password": password })).await
}

/// A server whose clock the test turns.
async fn with_clock(data: &Path) -> (Running, Arc<AtomicI64>) {
    let now = Arc::new(AtomicI64::new(1_787_706_000_000));
    let told = Arc::clone(&now);
    let clock = Clock::from_fn(move || Millis(told.load(Ordering::Relaxed)));
    let config = Config {
        listen: "127.0.0.1:0".parse().unwrap(),
        enrolment: Enrolment::Open,
        assets: Some(assets()),
        pdf_worker: Some(PROGRAM.into()),
        ..Config::new(data)
    };
    (hemicycle::serve_with(config, clock, Chance::system()).await.unwrap(), now)
}

async fn said(clerk: &mut Client, what: &str, who: &str) {
    clerk
        .until(TopicName::Audit, |t| {
            matches!(t, Topic::Audit(a) if a.entries.iter().any(|e| e.what == what && e.who == who))
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_account_is_made_by_a_link_that_opens_once() {
    let dir = tempfile::tempdir().unwrap();
    let (running, now) = with_clock(dir.path()).await;
    let addr = running.addr;
    let late = running.setup().unwrap().unwrap().to_string();
    let asked = |token: &str, name: &str, password: &str| {
        post(addr, "/api/setup", "", json!({ "token": token, "name": name, "password": password }))
    };
    now.fetch_add(SETUP_MS, Ordering::Relaxed);
    assert_eq!(code(&asked(&late, "罗晨", "correct horse").await), (403, "setup_over".into()));
    let token = running.setup().unwrap().unwrap().to_string();
    assert_eq!(code(&asked(&late, "罗晨", "correct horse").await), (403, "setup_over".into()));
    // What does not fit can be mended: the link is not lost by it.
    assert_eq!(code(&asked(&token, "罗 晨", "correct horse").await), (409, "bad_name".into()));
    assert_eq!(code(&asked(&token, "罗晨", "short").await), (409, "bad_password".into()));
    let made = asked(&token, "罗晨", "correct horse").await;
    assert_eq!(made.status, 200);
    let cookie = made.cookie();
    assert_eq!(code(&asked(&token, "second", "correct horse").await), (403, "setup_over".into()));
    assert!(running.setup().unwrap().is_none());
    let session = http(addr, "GET", "/api/session", &[("Cookie", &cookie)], b"").await.json();
    assert_eq!((&session["name"], &session["role"]), (&json!("罗晨"), &json!("clerk")));
    let mut clerk = Client::console(addr, &cookie).await;
    said(&mut clerk, "account_set", "罗晨").await;
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_prints_the_link_and_never_logs_it() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("room");
    let log = dir.path().join("log.txt");
    let mut program = std::process::Command::new(PROGRAM);
    program.env("HEMICYCLE_LOG", "trace").stderr(std::fs::File::create(&log).unwrap());
    let mut server = Process::spawn(program, &data, &[]);
    let shown = server.shown.concat();
    let token = shown.split("/console#setup=").nth(1).expect("no link").lines().next().unwrap();
    let body = json!({ "token": token, "name": "li", "password": "correct horse" });
    assert_eq!(post(server.addr, "/api/setup", "", body).await.status, 200);
    assert!(server.terminate().success());
    let log = std::fs::read_to_string(&log).unwrap();
    assert!(log.contains("first account"), "{log}");
    for secret in [token, "correct horse"] {
        assert!(!log.contains(secret), "it is in the log");
    }
    let mut again = Process::start_with(&data, &[]);
    assert!(!again.shown.concat().contains("setup="));
    assert!(again.terminate().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_made_without_a_hand_by_the_program() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("room");
    let clerk = |arguments: &[&str], input: &str| {
        use std::io::Write;
        let mut child = std::process::Command::new(PROGRAM)
            .arg("clerk")
            .args(arguments)
            .arg("--data")
            .arg(&data)
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        // Whoever is refused at once may not read it.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        (output.status.success(), String::from_utf8(output.stdout).unwrap())
    };
    assert_eq!(clerk(&["add", "li"], "correct horse\n"), (true, String::new()));
    let (made, drawn) = clerk(&["set", "mo", "--role", "technician"], "\n");
    assert!(made && drawn.trim().len() == 23, "{drawn:?}");
    assert!(!clerk(&["add", "x", "--role", "king"], "correct horse\n").0);
    assert_eq!(clerk(&["list"], "").1, "li  clerk\nmo  technician\n");

    // The meeting's log has it, with nobody's name: from the start, and while it runs.
    let server = Process::start_with(&data, &[]);
    let cookie = sign_in(server.addr, "li", "correct horse").await.cookie();
    let mut console = Client::console(server.addr, &cookie).await;
    let told = |t: &Topic| {
        let Topic::Audit(audit) = t else { return vec![] };
        let lines = audit.entries.iter().filter(|e| e.what == "account_set" && e.who == "server");
        let of = |key: &str, line: &AuditLine| line.with.get(key).cloned().unwrap_or_default();
        lines.map(|l| (of("account", l), of("change", l))).collect()
    };
    let line = |name: &str, change: &str| (name.to_owned(), change.to_owned());
    let first = [line("li", "added"), line("mo", "added")];
    console.until(TopicName::Audit, |t| told(t) == first).await;
    assert_eq!(sign_in(server.addr, "mo", drawn.trim()).await.status, 200);
    assert!(clerk(&["set", "mo", "--role", "viewer"], "battery staple\n").0);
    let all = [&first[..], &[line("mo", "password"), line("mo", "role")]].concat();
    console.until(TopicName::Audit, |t| told(t) == all).await;
    assert_eq!(sign_in(server.addr, "mo", "battery staple").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_allows_what_it_says_and_no_more() {
    let dir = tempfile::tempdir().unwrap();
    let running = running_with(dir.path(), Enrolment::Ask).await;
    let addr = running.addr;
    let cookie = login(addr).await;
    for (name, role) in [("mo", "technician"), ("guan", "viewer")] {
        let act = json!({ "act": "add", "name": name, "role": role, "password": "battery staple" });
        assert_eq!(post(addr, "/api/accounts", &cookie, act).await.status, 200);
    }
    let mut clerk = Client::console(addr, &cookie).await;
    let (item, vote) = prepare(&mut clerk, 3, 0).await;
    let _terminal = Client::seat(addr, 2).await;
    let key = terminal(2).key();
    let mo_cookie = sign_in(addr, "mo", "battery staple").await.cookie();
    let guan_cookie = sign_in(addr, "guan", "battery staple").await.cookie();
    let mut mo = Client::console(addr, &mo_cookie).await;
    let mut guan = Client::console(addr, &guan_cookie).await;

    // A viewer sees the console's topics, and nothing that is asked for is done.
    guan.until(TopicName::Agenda, |t| matches!(t, Topic::Agenda(a) if a.items.len() == 1)).await;
    let assign = Command::AssignSeat { terminal: key, seat: SeatId(2) };
    for command in [
        Command::OpenMeeting,
        Command::OpenVote { vote },
        Command::RemoveItem { item },
        Command::PostNotice { text: "x".into(), level: hemicycle_protocol::topic::Level::Info },
        Command::Show { screen: None },
        assign.clone(),
    ] {
        assert_eq!(guan.refused(command.clone()).await, Code::WrongRole, "{command:?}");
    }
    // A technician handles terminals and the hall, and neither the meeting nor votes.
    for command in [
        Command::OpenMeeting,
        Command::OpenVote { vote },
        Command::CloseVote { vote },
        Command::SignInFor { member: MemberId(1), reason: "x".into() },
        Command::ReleasePin { member: MemberId(1) },
        Command::SetSettings { settings: Settings::default() },
    ] {
        assert_eq!(mo.refused(command.clone()).await, Code::WrongRole, "{command:?}");
    }
    mo.must(assign).await;
    let screen = Some(hemicycle_protocol::topic::Screen::SignIn);
    mo.must(Command::Show { screen }).await;
    said(&mut clerk, "seat_assigned", "mo").await;
    said(&mut clerk, "shown", "mo").await;

    // The same over HTTP.
    let accounts = json!({ "act": "disable", "name": CLERK });
    let pins = json!({ "act": "draw", "names": ["成员1"] });
    for cookie in [&mo_cookie, &guan_cookie] {
        for (path, body) in [("/api/accounts", &accounts), ("/api/pins", &pins)] {
            assert_eq!(code(&post(addr, path, cookie, body.clone()).await).1, "wrong_role");
        }
        assert_eq!(code(&upload(addr, cookie, b"%PDF-1.4").await).1, "wrong_role");
        let headers = [("Cookie", cookie.as_str())];
        assert_eq!(code(&http(addr, "POST", "/api/roster", &headers, b"x").await).1, "wrong_role");
        assert_eq!(code(&http(addr, "GET", "/api/accounts", &headers, b"").await).1, "wrong_role");
    }
    assert_eq!(code(&post(addr, "/api/hall", &guan_cookie, json!({})).await).1, "wrong_role");
    assert_eq!(post(addr, "/api/hall", &mo_cookie, json!({})).await.status, 200);
    said(&mut clerk, "hall_link_renewed", "mo").await;
    let headers = [("Cookie", guan_cookie.as_str())];
    let session = http(addr, "GET", "/api/session", &headers, b"").await.json();
    assert_eq!((&session["role"], &session["hall"]), (&json!("viewer"), &Value::Null));
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_account_is_signed_out_at_once_and_the_log_says_by_whom() {
    let dir = tempfile::tempdir().unwrap();
    let running = running(dir.path()).await;
    let addr = running.addr;
    let cookie = login(addr).await;
    let mut clerk = Client::console(addr, &cookie).await;
    let ask = |body: Value| post(addr, "/api/accounts", &cookie, body);
    let made = ask(json!({ "act": "add", "name": "mo", "role": "technician" })).await.json();
    let mut password = made["password"].as_str().expect("none was drawn").to_owned();
    for act in [
        json!({ "act": "role", "name": "mo", "role": "viewer" }),
        json!({ "act": "password", "name": "mo" }),
        json!({ "act": "disable", "name": "mo" }),
    ] {
        let theirs = sign_in(addr, "mo", &password).await.cookie();
        let mut open = Client::console(addr, &theirs).await;
        let answer = ask(act.clone()).await;
        assert_eq!(answer.status, 200, "{act}");
        // Without a press of theirs.
        assert_eq!(farewell(&mut open.socket).await.0, Code::NotAuthentic, "{act}");
        let headers = [("Cookie", theirs.as_str())];
        assert_eq!(http(addr, "GET", "/api/session", &headers, b"").await.status, 401);
        if let Some(drawn) = answer.json()["password"].as_str() {
            assert_eq!(sign_in(addr, "mo", &password).await.status, 401);
            password = drawn.to_owned();
        }
    }
    assert_eq!(sign_in(addr, "mo", &password).await.status, 401);
    assert_eq!(code(&ask(json!({ "act": "disable", "name": CLERK })).await).1, "last_clerk");
    let is = |t: &Topic| {
        let Topic::Audit(audit) = t else { return false };
        let acts = audit.entries.iter().filter(|e| e.what == "account_set" && e.who == CLERK);
        let acts: Vec<&str> = acts.map(|e| e.with["change"].as_str()).collect();
        acts == ["added", "role", "password", "disabled"]
    };
    clerk.until(TopicName::Audit, is).await;
    // The own password: the old one is asked for, other sessions end, this one goes on.
    let other = login(addr).await;
    let own = |old: &str| {
        post(addr, "/api/password", &cookie, json!({ "old": old, "new": "a new horse" }))
    };
    assert_eq!(code(&own("wrong horse").await), (403, "wrong_password".into()));
    let renewed = own(PASSWORD).await;
    assert_eq!(renewed.status, 200);
    let renewed = renewed.cookie();
    for (cookie, status) in [(&other, 401), (&cookie, 401), (&renewed, 200)] {
        let headers = [("Cookie", cookie.as_str())];
        assert_eq!(http(addr, "GET", "/api/session", &headers, b"").await.status, status);
    }
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_passwords_slow_the_address_and_lock_nobody_out() {
    let dir = tempfile::tempdir().unwrap();
    let (running, now) = with_clock(dir.path()).await;
    running.app().clerks.set(CLERK, PASSWORD).unwrap();
    let addr = running.addr;
    let mut refused = 0;
    for _ in 0..12 {
        match sign_in(addr, CLERK, "wrong horse").await.status {
            401 => refused += 1,
            429 => break,
            other => panic!("{other}"),
        }
    }
    assert_eq!(refused, 10);
    // From here also the right one waits; elsewhere it never did.
    assert_eq!(sign_in(addr, CLERK, PASSWORD).await.status, 429);
    let elsewhere = tokio::net::TcpSocket::new_v4().unwrap();
    elsewhere.bind("127.0.0.2:0".parse().unwrap()).unwrap();
    let stream = elsewhere.connect(addr).await.unwrap();
    let body = json!({ "name": CLERK, "password": PASSWORD }).to_string();
    let answer = http_on(stream, addr, "POST", "/api/login", &[JSON], body.as_bytes()).await;
    assert_eq!(answer.status, 200);
    now.fetch_add(6_000, Ordering::Relaxed);
    assert_eq!(sign_in(addr, CLERK, PASSWORD).await.status, 200);
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_nobody_uses_ends() {
    let dir = tempfile::tempdir().unwrap();
    let (running, now) = with_clock(dir.path()).await;
    running.app().clerks.set(CLERK, PASSWORD).unwrap();
    let addr = running.addr;
    let answer = sign_in(addr, CLERK, PASSWORD).await;
    let set = answer.head.lines().find(|l| l.to_lowercase().starts_with("set-cookie")).unwrap();
    for part in ["HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(set.contains(part), "{set}");
    }
    let cookie = answer.cookie();
    let headers = [("Cookie", cookie.as_str())];
    let holds = || http(addr, "GET", "/api/session", &headers, b"");
    for _ in 0..3 {
        now.fetch_add(REST_MS - 1, Ordering::Relaxed);
        assert_eq!(holds().await.status, 200, "each use keeps it");
    }
    now.fetch_add(REST_MS, Ordering::Relaxed);
    assert_eq!(holds().await.status, 401);
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn another_sites_page_can_do_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let running = running(dir.path()).await;
    let addr = running.addr;
    let cookie = login(addr).await;
    let here = format!("http://{addr}");
    for path in [
        "/api/login",
        "/api/logout",
        "/api/setup",
        "/api/accounts",
        "/api/password",
        "/api/hall",
        "/api/pins",
        "/api/papers",
        "/api/roster",
    ] {
        for foreign in [("Origin", "http://evil.example"), ("Origin", "null")] {
            let headers = [JSON, ("Cookie", cookie.as_str()), foreign];
            let answer = http(addr, "POST", path, &headers, b"{}").await;
            assert_eq!(code(&answer), (403, "not_allowed".into()), "{path} {foreign:?}");
        }
        let headers = [JSON, ("Cookie", cookie.as_str()), ("Origin", here.as_str())];
        let own = http(addr, "POST", path, &headers, b"{}").await;
        assert_ne!(own.status, 403, "{path}");
    }
    // A socket that such a page opens is nobody's, although the browser adds the cookie.
    let cookie = login(addr).await;
    use tokio_tungstenite::tungstenite::client::IntoClientRequest;
    for (origin, welcome) in [(here.as_str(), true), ("http://evil.example", false)] {
        let mut request = format!("ws://{addr}{PATH}").into_client_request().unwrap();
        let headers = request.headers_mut();
        headers.insert("Sec-WebSocket-Protocol", SUBPROTOCOL.parse().unwrap());
        headers.insert("Cookie", cookie.parse().unwrap());
        headers.insert("Origin", origin.parse().unwrap());
        let stream = tokio::net::TcpStream::connect(addr).await.unwrap();
        let (mut socket, _) = tokio_tungstenite::client_async(request, stream).await.unwrap();
        greeting(&mut socket).await;
        send(&mut socket, &Up::Hello(hello_of(Role::Console, vec![]))).await;
        if welcome {
            assert!(matches!(receive(&mut socket).await, Down::Welcome { .. }));
        } else {
            assert_eq!(farewell(&mut socket).await.0, Code::NotAuthentic);
        }
    }
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hall_opens_by_its_word_or_for_a_console() {
    let dir = tempfile::tempdir().unwrap();
    let running = running(dir.path()).await;
    let addr = running.addr;
    let word = running.hall_word().to_string();
    let refused = async |cookie: Option<&str>, token: &str| {
        let mut socket = socket(addr, cookie).await;
        greeting(&mut socket).await;
        let role = Role::Hall { token: token.into() };
        send(&mut socket, &Up::Hello(hello_of(role, vec![]))).await;
        farewell(&mut socket).await.0
    };
    assert_eq!(refused(None, "").await, Code::NotAuthentic);
    assert_eq!(refused(None, "abcd-efgh-jkmn").await, Code::NotAuthentic);
    let cookie = login(addr).await;
    assert_eq!(refused(Some(&cookie), "abcd-efgh-jkmn").await, Code::NotAuthentic);
    let mut screen = Client::hall(addr, &word.to_uppercase()).await;
    // The console's own screen, without the word.
    let mut socket = socket(addr, Some(&cookie)).await;
    greeting(&mut socket).await;
    let role = Role::Hall { token: String::new() };
    send(&mut socket, &Up::Hello(hello_of(role, vec![]))).await;
    assert!(matches!(receive(&mut socket).await, Down::Welcome { .. }));

    let answer = post(addr, "/api/hall", &cookie, json!({})).await.json();
    let link = answer["hall"].as_str().unwrap().to_owned();
    assert_eq!(farewell(&mut screen.socket).await.0, Code::NotAuthentic);
    assert_eq!(refused(None, &word).await, Code::NotAuthentic);
    let new = link.strip_prefix("/hall#").unwrap();
    assert_eq!((new.len(), new), (14, running.hall_word().as_str()));
    let mut screen = Client::hall(addr, new).await;
    screen.until(TopicName::Meeting, |t| matches!(t, Topic::Meeting(_))).await;
    // And ends with the session that opened it.
    http(addr, "POST", "/api/logout", &[("Cookie", &cookie)], b"").await;
    assert_eq!(farewell(&mut socket).await.0, Code::NotAuthentic);
    running.stop().await.unwrap();
}

/// A room of three whose members sign in that way.
async fn room(dir: &Path, sign_in: SignInBy) -> (Running, Client, String) {
    let running = running(dir).await;
    let cookie = login(running.addr).await;
    let mut clerk = Client::console(running.addr, &cookie).await;
    prepare(&mut clerk, 3, 0).await;
    clerk
        .must(Command::SetSettings { settings: Settings { sign_in, ..Settings::default() } })
        .await;
    (running, clerk, cookie)
}

fn with_pin(client: &Client, seat: u16, digits: &str) -> Command {
    let Command::SignIn { signature, .. } = client.sign_in_command(seat) else { panic!() };
    Command::SignIn {
        signature,
        pin: serde_json::from_value(json!(digits)).unwrap(),
        drawing: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seat_signs_in_by_pin_and_a_clerk_releases_it() {
    let dir = tempfile::tempdir().unwrap();
    let (running, mut clerk, cookie) = room(dir.path(), SignInBy::Pin).await;
    let addr = running.addr;
    let mut seat = Client::seat(addr, 2).await;
    seat.seated().await;
    let press = seat.sign_in_command(2);
    // Nobody has a PIN yet.
    assert_eq!(seat.refused(press.clone()).await, Code::PinNeeded);
    assert_eq!(seat.refused(with_pin(&seat, 2, "0417")).await, Code::PinNeeded);
    let drawn =
        post(addr, "/api/pins", &cookie, json!({ "act": "draw", "names": ["成员1", "成员2"] }));
    let drawn = drawn.await.json();
    let pin = drawn["pins"][1]["pin"].as_str().unwrap().to_owned();
    assert!(drawn["pins"][1]["name"] == "成员2" && Pin::parse(&pin).is_some());
    let set = json!({ "act": "set", "pins": [{ "name": "成员3", "pin": "0417" }] });
    assert_eq!(post(addr, "/api/pins", &cookie, set).await.status, 200);
    let bad = json!({ "act": "set", "pins": [{ "name": "成员3", "pin": "04" }] });
    assert_eq!(code(&post(addr, "/api/pins", &cookie, bad).await), (409, "bad_pin".into()));
    let nobody = json!({ "act": "draw", "names": ["无此人"] });
    assert_eq!(code(&post(addr, "/api/pins", &cookie, nobody).await), (409, "not_found".into()));
    said(&mut clerk, "pins_set", CLERK).await;
    seat.me_until(|me| me.pin.is_some_and(|p| p.set && p.left == PIN_TRIES)).await;

    // A press is not enough, and a wrong one counts; a restart would not help.
    assert_eq!(seat.refused(press).await, Code::PinNeeded);
    let wrong = if pin == "000000" { "111111" } else { "000000" };
    for left in (0..PIN_TRIES).rev() {
        let code = if left == 0 { Code::PinLocked } else { Code::WrongPin };
        assert_eq!(seat.refused(with_pin(&seat, 2, wrong)).await, code);
        seat.me_until(|me| me.pin.is_some_and(|p| p.left == left)).await;
    }
    assert_eq!(seat.refused(with_pin(&seat, 2, &pin)).await, Code::PinLocked);
    let is_locked = |t: &Topic| matches!(t, Topic::Devices(d) if d.locked == [MemberId(2)]);
    clerk.until(TopicName::Devices, is_locked).await;
    clerk.must(Command::ReleasePin { member: MemberId(2) }).await;
    assert_eq!(seat.refused(with_pin(&seat, 2, wrong)).await, Code::WrongPin);
    seat.must(with_pin(&seat, 2, &pin)).await;
    seat.me_until(|me| me.signed_in).await;
    // Each has an own one.
    let mut third = Client::seat(addr, 3).await;
    third.seated().await;
    assert_eq!(third.refused(with_pin(&third, 3, &pin)).await, Code::WrongPin);
    third.must(with_pin(&third, 3, "0417")).await;
    running.stop().await.unwrap();

    let log = std::fs::read(dir.path().join("log.sqlite")).unwrap();
    let kept = std::fs::read_to_string(dir.path().join("pins.json")).unwrap();
    for secret in [format!("\"{pin}\""), "\"0417\"".to_owned()] {
        assert!(!kept.contains(&secret), "a PIN is kept as it is");
        assert!(!log.windows(secret.len()).any(|w| w == secret.as_bytes()), "in the log");
    }
    let out = tempfile::tempdir().unwrap();
    hemicycle::export::export(dir.path(), out.path(), false).unwrap();
    hemicycle::verify::folder(out.path(), None, &mut |_| {}).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signature_is_drawn_kept_and_checked() {
    let dir = tempfile::tempdir().unwrap();
    let (running, mut clerk, cookie) = room(dir.path(), SignInBy::Signature).await;
    let addr = running.addr;
    let mut seat = Client::seat(addr, 2).await;
    seat.seated().await;
    let drawn = |client: &Client, drawing: Drawing, signed: Drawing| {
        let (meeting, member, seat) = (client.meeting, MemberId(2), SeatId(2));
        let statement = DrawnSignIn { meeting, member, seat, drawing: signed };
        let signature = client.me.as_ref().unwrap().sign(&statement);
        Command::SignIn { signature, pin: None, drawing: Some(drawing) }
    };
    let hand = Drawing { strokes: vec![vec![[100, 200], [400, 90]], vec![[500, 60], [880, 70]]] };
    let press = seat.sign_in_command(2);
    assert_eq!(seat.refused(press).await, Code::SignatureNeeded);
    let dot = Drawing { strokes: vec![vec![[5, 5]]] };
    assert_eq!(seat.refused(drawn(&seat, dot.clone(), dot)).await, Code::SignatureNeeded);
    let mut other = hand.clone();
    other.strokes[0][0][0] += 1;
    assert_eq!(seat.refused(drawn(&seat, hand.clone(), other)).await, Code::NotAuthentic);
    seat.must(drawn(&seat, hand.clone(), hand)).await;
    seat.me_until(|me| me.signed_in).await;
    clerk
        .until(TopicName::Attendance, |t| matches!(t, Topic::Attendance(a) if a.present == 1))
        .await;
    let headers = [("Cookie", cookie.as_str())];
    let picture = http(addr, "GET", "/api/signatures/2", &headers, b"").await;
    let picture = (picture.status, String::from_utf8(picture.body).unwrap());
    assert!(picture.0 == 200 && picture.1.contains("M100 200L400 90M500 60L880 70"), "{picture:?}");
    assert_eq!(http(addr, "GET", "/api/signatures/1", &headers, b"").await.status, 404);
    assert_eq!(http(addr, "GET", "/api/signatures/2", &[], b"").await.status, 401);
    running.stop().await.unwrap();

    let out = tempfile::tempdir().unwrap();
    hemicycle::export::export(dir.path(), out.path(), false).unwrap();
    let minutes = std::fs::read_to_string(out.path().join("minutes.html")).unwrap();
    assert!(minutes.contains("M100 200L400 90"), "it is not in the minutes");
    hemicycle::verify::folder(out.path(), None, &mut |_| {}).unwrap();
}
