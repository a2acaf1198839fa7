//! 同步翻页: the page that is shown comes to every seat, and the log has who showed which
//! paper, not every page.

use crate::kit::*;
use hemicycle_protocol::ids::*;
use hemicycle_protocol::ink::{Colour, SHOWN_POINTS, Stroke, Tool};
use hemicycle_protocol::refusal::Code;
use hemicycle_protocol::topic::{Pointer, Presenting, Topic, TopicName};
use hemicycle_protocol::wire::*;

async fn shown(
    seat: &mut Client,
    wanted: impl Fn(&Option<Presenting>) -> bool,
) -> Option<Presenting> {
    let is = |t: &Topic| matches!(t, Topic::Floor(floor) if wanted(&floor.presenting));
    match seat.until(TopicName::Floor, is).await {
        Topic::Floor(floor) => floor.presenting,
        other => panic!("{other:?}"),
    }
}

async fn sitting(addr: std::net::SocketAddr, seats: u16) -> (Client, Vec<Client>, PaperId) {
    let cookie = login(addr).await;
    let mut clerk = Client::console(addr, &cookie).await;
    let (item, _) = prepare(&mut clerk, seats, 0).await;
    let pdf =
        std::fs::read(assets().join("sample/papers/4-1-budget-resolution-draft.pdf")).unwrap();
    let hash = Hash::parse(upload(addr, &cookie, &pdf).await.json()["hash"].as_str().unwrap());
    let (title, hash) = ("决议（草案）".to_owned(), hash.unwrap());
    let add = Command::AddPaper { item, title, hash, terms: Default::default() };
    let paper = PaperId(clerk.must(add).await.made.unwrap());
    let mut members = Vec::new();
    for number in 1..=seats {
        let mut seat = Client::seat(addr, number).await;
        seat.seated().await;
        let command = seat.sign_in_command(number);
        seat.must(command).await;
        members.push(seat);
    }
    clerk.must(Command::OpenMeeting).await;
    clerk.must(Command::StartItem { item }).await;
    (clerk, members, paper)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_shown_comes_to_all_and_each_turn_of_it() {
    let dir = tempfile::tempdir().unwrap();
    let running = running(dir.path()).await;
    let (mut clerk, mut members, paper) = sitting(running.addr, 3).await;
    let [chair, second, third] = &mut members[..] else { panic!() };
    let page = |page, pointer| Command::Present { paper, page, pointer, ink: vec![] };
    assert_eq!(second.refused(page(0, None)).await, Code::NotAllowed);

    let began = chair.must(page(1, None)).await.seq;
    for seat in [&mut *second, third] {
        let told = shown(seat, Option::is_some).await.unwrap();
        assert_eq!((told.member, told.paper, told.page), (MemberId(1), paper, 1));
        assert_eq!(told.pointer, None);
    }
    // Further pages, and where is pointed: told, and in no log.
    let pointer = Some(Pointer { x: 5_000, y: 2_500 });
    for (number, spot) in [(0, None), (1, pointer), (1, None), (0, pointer)] {
        let seq = chair.must(page(number, spot)).await.seq;
        assert_eq!(seq, began);
        let is = |p: &Option<Presenting>| {
            p.as_ref().is_some_and(|p| (p.page, p.pointer) == (number, spot))
        };
        shown(second, is).await;
        shown(third, is).await;
    }
    assert_eq!(chair.refused(page(99, None)).await, Code::BadValue);
    let told = |t: &Topic, what: &str| {
        let Topic::Audit(audit) = t else { return 0 };
        audit.entries.iter().filter(|line| line.what == what).count()
    };
    clerk.until(TopicName::Audit, |t| told(t, "presenting_began") == 1).await;

    // A clerk may end it; who comes now is told of nothing.
    clerk.must(Command::StopPresenting).await;
    shown(second, Option::is_none).await;
    clerk.until(TopicName::Audit, |t| told(t, "presenting_ended") == 1).await;
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_late_sees_the_page_and_a_restart_keeps_who_shows_it() {
    let dir = tempfile::tempdir().unwrap();
    let server = running(dir.path()).await;
    let (_clerk, mut members, paper) = sitting(server.addr, 2).await;
    members[0].must(Command::Present { paper, page: 1, pointer: None, ink: vec![] }).await;
    let mut late = Client::seat(server.addr, 2).await;
    assert_eq!(shown(&mut late, Option::is_some).await.unwrap().page, 1);
    drop(members);
    server.stop().await.unwrap();

    // It does not know the page any more; the seat that shows it says so again.
    let server = running(dir.path()).await;
    let mut chair = Client::seat(server.addr, 1).await;
    let mut member = Client::seat(server.addr, 2).await;
    assert_eq!(shown(&mut member, Option::is_some).await.unwrap().page, 0);
    chair.seated().await;
    chair.must(Command::Present { paper, page: 1, pointer: None, ink: vec![] }).await;
    shown(&mut member, |p| p.as_ref().is_some_and(|p| p.page == 1)).await;
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_drawn_on_the_page_comes_to_all_and_goes_with_it() {
    let dir = tempfile::tempdir().unwrap();
    let running = running(dir.path()).await;
    let (mut clerk, mut members, paper) = sitting(running.addr, 2).await;
    let mut hall = Client::hall(running.addr, &running.hall_word()).await;
    let [chair, member] = &mut members[..] else { panic!() };
    let stroke = |points: u16| {
        let line = (0..points).map(|at| Pointer { x: at, y: 10_000 - at }).collect();
        Stroke { tool: Tool::Marker, colour: Colour::Yellow, line }
    };
    let drawn = |page, ink| Command::Present { paper, page, pointer: None, ink };
    for bad in [vec![stroke(0)], vec![stroke(2_001)], vec![stroke(1_900); 2]] {
        assert_eq!(chair.refused(drawn(1, bad)).await, Code::BadValue);
    }
    let began = chair.must(drawn(1, Vec::new())).await.seq;
    // One more each time; as many as there may be in the end.
    let most = vec![stroke(1_000); SHOWN_POINTS / 1_000];
    for ink in [vec![stroke(2)], vec![stroke(2), stroke(1)], most] {
        assert_eq!(chair.must(drawn(1, ink.clone())).await.seq, began);
        for other in [&mut *member, &mut clerk, &mut hall] {
            let shown = shown(other, |p| p.as_ref().is_some_and(|p| p.ink == ink)).await;
            assert_eq!(shown.unwrap().page, 1);
        }
    }
    chair.must(drawn(0, Vec::new())).await;
    shown(member, |p| p.as_ref().is_some_and(|p| p.page == 0 && p.ink.is_empty())).await;
    chair.must(drawn(0, vec![stroke(9)])).await;
    clerk.must(Command::StopPresenting).await;
    shown(member, Option::is_none).await;
    // Whoever shows it again begins with a clean page.
    chair.must(drawn(0, Vec::new())).await;
    assert!(shown(member, Option::is_some).await.unwrap().ink.is_empty());
    running.stop().await.unwrap();
}
