//! Read receipts on the wire: what seats report, who is told, and what stands in
//! the record.

use crate::kit::*;
use hemicycle::export::export;
use hemicycle::verify::folder as verify_folder;
use hemicycle_protocol::ids::*;
use hemicycle_protocol::people::ClerkRole;
use hemicycle_protocol::refusal::Code;
use hemicycle_protocol::topic::{
    PaperReading, Reach, ReadPaper, Reading, Settings, Topic, TopicName,
};
use hemicycle_protocol::wire::*;
use std::net::SocketAddr;
use std::path::Path;

fn report(seat: u16, papers: &[(u32, Hash, Reach)]) -> Command {
    let paper =
        |&(id, hash, reach): &(u32, Hash, Reach)| ReadPaper { paper: PaperId(id), hash, reach };
    Command::ReportReading {
        member: MemberId(seat.into()),
        papers: papers.iter().map(paper).collect(),
    }
}

/// Waits until the console is shown this of the first paper: version, held, opened, ended.
async fn shown(clerk: &mut Client, version: u32, bits: [&[u8]; 3]) -> PaperReading {
    let people = 3;
    let is = |bits: &Bits, wanted: &[u8]| (0..people).all(|i| bits.get(i) == (wanted[i] == 1));
    let wanted = |paper: &PaperReading| {
        paper.version == version
            && [&paper.held, &paper.opened, &paper.ended]
                .into_iter()
                .zip(bits)
                .all(|(a, b)| is(a, b))
    };
    let is = |t: &Topic| matches!(t, Topic::Reading(r) if r.papers.first().is_some_and(&wanted));
    match clerk.until(TopicName::Reading, is).await {
        Topic::Reading(Reading { kept: true, mut papers }) => papers.remove(0),
        other => panic!("{other:?}"),
    }
}

async fn seated(addr: SocketAddr, seat: u16) -> Client {
    let mut client = Client::seat(addr, seat).await;
    client.seated().await;
    client
}

fn checked(data: &Path, to: &Path, server: &Key) -> (String, String) {
    export(data, to, false).unwrap();
    let mut said = Vec::new();
    verify_folder(to, Some(server), &mut |line| said.push(line.to_owned())).unwrap();
    let table = std::fs::read_to_string(to.join("read-receipts.csv")).unwrap();
    (said.join("\n"), table)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_console_and_the_record_know_who_has_read_what() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("room");
    std::fs::create_dir_all(&data).unwrap();
    let server = running(&data).await;
    let addr = server.addr;
    let cookie = login(addr).await;
    let mut clerk = Client::console(addr, &cookie).await;
    let (item, _) = prepare(&mut clerk, 2, 1).await;
    let one = put_file(&server, b"%PDF-1.7 one").await;
    let two = put_file(&server, b"%PDF-1.7 two").await;
    clerk
        .must(Command::AddPaper {
            item,
            title: "报告".into(),
            hash: one,
            terms: Default::default(),
        })
        .await;
    let mut seats = [seated(addr, 1).await, seated(addr, 2).await, seated(addr, 3).await];
    let none: &[u8] = &[0, 0, 0];
    shown(&mut clerk, 1, [none, none, none]).await;

    // That a paper is there is known as long as its terminal is; it is no entry of the log.
    let before = seats[0].must(report(1, &[(1, one, Reach::Held)])).await.seq;
    let after = seats[1].must(report(2, &[(1, one, Reach::Held)])).await.seq;
    assert_eq!(before, after);
    shown(&mut clerk, 1, [&[1, 1, 0], none, none]).await;
    let opened = seats[1].must(report(2, &[(1, one, Reach::Opened)])).await.seq;
    assert_eq!(opened.0, after.0 + 1);
    assert_eq!(seats[1].must(report(2, &[(1, one, Reach::Opened)])).await.seq, opened);
    seats[2].must(report(3, &[(1, one, Reach::Ended)])).await;
    shown(&mut clerk, 1, [&[1, 1, 1], &[0, 1, 1], &[0, 0, 1]]).await;
    let [first, mut second, mut third] = seats;
    drop(first);
    shown(&mut clerk, 1, [&[0, 1, 1], &[0, 1, 1], &[0, 0, 1]]).await;

    // Nobody else is told.
    let mut hall = Client::hall(addr, &server.hall_word()).await;
    // An answer comes after all topics that were there before.
    assert_eq!(hall.refused(Command::ClearNotice).await, Code::NotAllowed);
    assert!(hall.topics.contains_key(&TopicName::Agenda));
    for client in [&mut second, &mut hall] {
        assert!(!client.topics.contains_key(&TopicName::Reading));
    }
    for role in [ClerkRole::Technician, ClerkRole::Viewer] {
        let name = role.text();
        server.app().clerks.set_with(name, PASSWORD, Some(role)).unwrap();
        let body = format!("{{\"name\":\"{name}\",\"password\":\"{PASSWORD}\"}}");
        let json = [("Content-Type", "application/json")];
        let cookie = http(addr, "POST", "/api/login", &json, body.as_bytes()).await.cookie();
        let mut other = Client::console(addr, &cookie).await;
        assert_eq!(other.refused(Command::ClearNotice).await, Code::WrongRole);
        assert!(other.topics.contains_key(&TopicName::Scrutiny));
        assert!(!other.topics.contains_key(&TopicName::Reading), "{name}");
    }

    // Refused: what there is not, and what is another's.
    assert_eq!(second.refused(report(2, &[(9, one, Reach::Held)])).await, Code::NotFound);
    assert_eq!(second.refused(report(2, &[(1, two, Reach::Held)])).await, Code::NotFound);
    assert_eq!(second.refused(report(3, &[(1, one, Reach::Held)])).await, Code::NotAllowed);
    assert_eq!(second.refused(report(2, &[])).await, Code::BadValue);
    assert_eq!(clerk.refused(report(2, &[(1, one, Reach::Held)])).await, Code::NotAllowed);

    // Another version begins anew, after a restart too.
    clerk.must(Command::ReplacePaper { paper: PaperId(1), hash: two }).await;
    second.must(report(2, &[(1, two, Reach::Held)])).await;
    shown(&mut clerk, 2, [&[0, 1, 0], none, none]).await;
    third.must(report(3, &[(1, two, Reach::Opened)])).await;
    drop((clerk, second, third, hall));
    let key = server.server;
    server.stop().await.unwrap();
    let server = running(&data).await;
    let cookie = login(server.addr).await;
    let mut clerk = Client::console(server.addr, &cookie).await;
    shown(&mut clerk, 2, [none, &[0, 0, 1], none]).await;

    // Where the meeting keeps none, none is taken.
    let settings = Settings { read_receipts: false, ..Settings::default() };
    clerk.must(Command::SetSettings { settings }).await;
    let mut second = seated(server.addr, 2).await;
    assert_eq!(second.refused(report(2, &[(1, two, Reach::Opened)])).await, Code::BadValue);
    let off = |t: &Topic| matches!(t, Topic::Reading(r) if !r.kept && r.papers.is_empty());
    clerk.until(TopicName::Reading, off).await;
    drop((clerk, second));
    server.stop().await.unwrap();
    let (said, table) = checked(&data, &dir.path().join("record"), &key);
    assert!(said.contains("3 条 receipts"), "{said}");
    let rows: Vec<&str> = table.lines().collect();
    // Of the old version those who have opened it, of the valid one everybody.
    assert_eq!(rows.len(), 1 + 2 + 3, "{table}");
    assert!(rows[1].starts_with("1,报告,1,2,成员2,组成人员,2,已打开 opened,"), "{table}");
    assert!(rows[2].starts_with("1,报告,1,3,成员3,列席,3,已读完 read to the end,"), "{table}");
    assert_eq!(rows[3], "1,报告,2,1,成员1,组成人员,1,未打开 not opened,,,,", "{table}");
    assert!(rows[5].starts_with("1,报告,2,3,成员3,列席,3,已打开 opened,"), "{table}");
}
