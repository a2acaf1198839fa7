//! The room around a log that fails.

use super::*;
use crate::board::Board;
use crate::store::MemoryStore;
use hemicycle_protocol::ids::{Hex, ItemId};
use hemicycle_protocol::topic::{ItemKind, TopicName};

struct House {
    to_room: mpsc::Sender<Request>,
    board: Arc<Board>,
    _stop: oneshot::Sender<()>,
    _papers: tempfile::TempDir,
}

async fn house(store: MemoryStore) -> House {
    let clock = Clock::from_fn(|| Millis(1_000));
    let writer = Writer::start(store).unwrap();
    let id = Hex([1; 16]);
    let first = first_entry(Millis(1_000), Event::MeetingCreated { id });
    writer.append(vec![first], Vec::new()).await.unwrap();
    let (replayed, chain) = writer.with(|s| (replay(s), s.head())).await.unwrap();
    let replayed = replayed.unwrap();
    let papers = tempfile::tempdir().unwrap();
    let (to_room, inbox) = mpsc::channel(INBOX);
    let (_, looks) = mpsc::channel(LOOKS);
    let board = Arc::new(Board::new(id));
    let data = papers.path().join("data");
    let vault = Arc::new(secret::Vault::open(&data).unwrap());
    let registrations = secret::Registrations::open(vault.registrations()).unwrap();
    let reader = writer.reader();
    let secret = secret::Parts { vault, polls: Arc::default(), registrations, reader };
    let parts = Parts {
        replayed,
        writer,
        identity: Arc::new(Identity::from_secret(&[1; 32])),
        board: Arc::clone(&board),
        devices: Arc::default(),
        shelf: Arc::new(Shelf::open(papers.path(), 1_000).unwrap()),
        clock,
        enrolment: Enrolment::Ask,
        inbox,
        looks,
        back: to_room.downgrade(),
        chain,
        pins: Arc::new(Pins::open(papers.path()).unwrap()),
        paper_keys: Arc::new(PaperKeys::open(papers.path(), false).unwrap()),
        notes: Arc::new(Notes::start(papers.path(), false).unwrap()),
        checker: Checker::new(None, None, papers.path()),
        secret,
    };
    let (stop, stops) = oneshot::channel();
    tokio::spawn(Room::new(parts).run(stops));
    House { to_room, board, _stop: stop, _papers: papers }
}

impl House {
    /// Puts commands in the inbox together; their answers in order.
    async fn ask(&self, commands: Vec<(u8, Command)>) -> Vec<Answer> {
        let mut waiting = Vec::new();
        for (id, command) in commands {
            let (tell, told) = oneshot::channel();
            let request = Request {
                who: Asker::clerk("li"),
                what: What::Command(Ask { id: Hex([id; 16]), command }),
                reply: Box::new(move |answer| tell.send(answer).unwrap()),
            };
            self.to_room.try_send(request).ok().unwrap();
            waiting.push(told);
        }
        let mut answers = Vec::new();
        for told in waiting {
            answers.push(told.await.unwrap());
        }
        answers
    }

    async fn agenda_shown(&self) -> String {
        let mut console = self.board.console.subscribe();
        let sheet = console.wait_for(|s| s.get(TopicName::Agenda).is_some()).await.unwrap();
        sheet.get(TopicName::Agenda).unwrap().text.as_str().to_owned()
    }
}

fn add(title: &str) -> Command {
    Command::AddItem { title: title.into(), short: "短".into(), kind: ItemKind::Report }
}

fn code(answer: &Answer) -> Option<Code> {
    match answer {
        Answer::Ok(_) => None,
        Answer::Refused(refusal) => Some(refusal.code),
    }
}

#[tokio::test]
async fn later_commands_of_a_batch_see_the_earlier_ones() {
    let house = house(MemoryStore::default()).await;
    let edit = Command::EditItem {
        item: ItemId(1),
        rev: 1,
        title: "改".into(),
        short: "改".into(),
        kind: ItemKind::Report,
    };
    let again = add("一");
    let answers = house.ask(vec![(1, add("一")), (2, edit.clone()), (3, edit), (1, again)]).await;
    assert_eq!(
        answers.iter().map(code).collect::<Vec<_>>(),
        [None, None, Some(Code::ChangedMeanwhile), None]
    );
    assert_eq!(answers[0], answers[3], "the same id, the same answer");
}

#[tokio::test]
async fn a_full_disk_refuses_the_batch_and_forgets_it() {
    let house = house(MemoryStore::full_once_after(2)).await;
    assert_eq!(code(&house.ask(vec![(1, add("一"))]).await[0]), None);
    let refused = house.ask(vec![(2, add("二")), (3, add("三"))]).await;
    for answer in &refused {
        assert_eq!(code(answer), Some(Code::Unavailable));
    }
    // Room was made: the same commands again are done now, with the ids that
    // they would have had.
    let answers = house.ask(vec![(2, add("二")), (3, add("三"))]).await;
    let made: Vec<_> = answers
        .iter()
        .map(|a| match a {
            Answer::Ok(done) => (done.seq, done.made),
            Answer::Refused(r) => panic!("{r}"),
        })
        .collect();
    assert_eq!(made, [(Seq(3), Some(2)), (Seq(4), Some(3))]);
}

#[tokio::test]
async fn after_a_failed_write_nothing_more_is_taken_and_nothing_unstored_is_shown() {
    let house = house(MemoryStore::failing_after(2)).await;
    assert_eq!(code(&house.ask(vec![(1, add("已存"))]).await[0]), None);
    assert_eq!(code(&house.ask(vec![(2, add("未存"))]).await[0]), Some(Code::Unavailable));
    let later = house.ask(vec![(3, add("之后"))]).await;
    assert_eq!(code(&later[0]), Some(Code::Unavailable));
    // What is shown is what was stored.
    let shown = loop {
        let shown = house.agenda_shown().await;
        if shown.contains("已存") {
            break shown;
        }
        tokio::task::yield_now().await;
    };
    assert!(!shown.contains("未存") && !shown.contains("之后"), "{shown}");
}
