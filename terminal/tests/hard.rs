//! The hard papers of the corpus at a seat: the seat's own logic, its desk and a real worker. Each is
//! shown or said in one line not to be, a search in it comes to an end, and the vote that opens over
//! it is cast as if there were no paper.

// A test that panics has said what it has to say. The modules are shared with other tests.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::wildcard_enum_match_arm)]
#![allow(clippy::type_complexity, dead_code)]

#[path = "../pdf/tests/it/corpus.rs"]
mod corpus;
#[path = "seat/fake.rs"]
mod fake;
#[path = "../pdf/tests/it/pdf.rs"]
mod pdf;

use corpus::{Case, Fate};
use fake::{Room, hash, vote};
use hemicycle_pdf::sealed::{HEADER, SEGMENT, SealKey, Sealer};
use hemicycle_pdf::{Assets, Delivery, Program, WorkerConfig, assets};
use hemicycle_protocol::ink::NotesKey;
use hemicycle_protocol::topic::Topic;
use hemicycle_protocol::vote::Form;
use hemicycle_protocol::wire::{Command, Down};
use hemicycle_terminal::desk::{Desk, Outcome, hand_out};
use hemicycle_terminal::screen::{Page, Reader};
use hemicycle_terminal::seat::{Effect, ExportTrouble, Exporting, Msg, PenTool};
use hemicycle_terminal::touch::Touch;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);

fn key() -> SealKey {
    SealKey::new([7; 32])
}

/// As it lies on a seat's disk.
fn seal(path: &Path, paper: &[u8]) {
    let sealer = Sealer::new(&key(), paper.len() as u64);
    let mut file = vec![0; HEADER];
    for (number, piece) in (0..).zip(paper.chunks(SEGMENT)) {
        let mut piece = piece.to_vec();
        sealer.seal(number, &mut piece).unwrap();
        file.extend(piece);
    }
    std::fs::write(path, file).unwrap();
}

struct Seat {
    room: Room,
    desk: Desk,
    deliveries: Receiver<Delivery>,
    paper: PathBuf,
}

impl Seat {
    fn new(folder: &Path) -> Self {
        let tree = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets");
        let assets = assets::find().or_else(|_| Assets::in_folder(tree)).expect("the PDF library");
        let mut program = Program::new(env!("CARGO_BIN_EXE_hemicycle-terminal"));
        program.arguments.push("--pdf-worker".into());
        let mut config = WorkerConfig::new(program, assets).reading_only([folder.to_owned()]);
        config.patience.page = Duration::from_secs(6);
        let (send, deliveries) = channel();
        let desk = Desk::start(config, move |delivery| drop(send.send(delivery))).unwrap();
        Self { room: Room::in_session(), desk, deliveries, paper: PathBuf::new() }
    }

    /// Carries out what the seat wants done, as the program does.
    fn carry_out(&mut self) {
        loop {
            let effects = self.room.take_effects();
            if effects.is_empty() {
                return;
            }
            let mut wishes = Vec::new();
            for effect in effects {
                match effect {
                    Effect::OpenPaper { hash } => {
                        let outcome = self.desk.open(hash, self.paper.clone(), key());
                        self.came(outcome);
                    }
                    Effect::Draw { hash, bitmap, ahead } => wishes.push((hash, bitmap, ahead)),
                    Effect::ForgetDrawings => self.desk.forget(),
                    Effect::Find { hash, wish, words } => {
                        let outcome = self.desk.find(hash, wish, &words);
                        self.came(outcome);
                    }
                    Effect::StopFinding => self.desk.stop_finding(),
                    _ => {}
                }
            }
            let outcome = self.desk.draw(&wishes);
            self.came(outcome);
        }
    }

    fn came(&mut self, outcome: Outcome) {
        for drawing in outcome.drawings {
            assert!(drawing.picture.width <= 6_000 && drawing.picture.height <= 6_000);
            assert!(drawing.picture.pixels.len() <= 4 * 16_100_000);
        }
        for message in outcome.messages {
            self.room.msg(message);
        }
    }

    /// The paper with what was drawn on it, as it would be handed out.
    fn export(&mut self) -> (String, std::sync::Arc<Vec<u8>>) {
        self.room.take_effects();
        self.room.touch(Touch::ExportNotes);
        let effects = self.room.take_effects().into_iter();
        let wish = effects.filter_map(|effect| match effect {
            Effect::Export(export) => Some(export),
            _ => None,
        });
        let mut outcome = self.desk.export(wish.last().expect("an export"));
        loop {
            assert!(outcome.messages.is_empty(), "{:?}", outcome.messages);
            if let Some(export) = outcome.export {
                return export;
            }
            let delivery = self.deliveries.recv_timeout(PATIENCE).expect("a delivery");
            if let Delivery::Annotated { .. } = &delivery {
                outcome = self.desk.delivered(delivery);
            } else {
                outcome = Outcome::default();
            }
        }
    }

    fn until(&mut self, done: impl Fn(&Room) -> bool) {
        self.carry_out();
        while !done(&self.room) {
            let delivery = self.deliveries.recv_timeout(PATIENCE).expect("a delivery");
            let outcome = self.desk.delivered(delivery);
            self.came(outcome);
            self.carry_out();
        }
    }

    /// Opens the file and waits for what becomes of it.
    fn open(&mut self, path: PathBuf) -> Reader {
        self.paper = path;
        self.room.touch(Touch::ReaderSized { width: 1400, height: 900 });
        self.room.touch(Touch::OpenPaper(41));
        self.room.msg(Msg::PaperReady { hash: hash(41) });
        self.until(|room| {
            let page = reader(room);
            page.image.is_some() || !matches!(page.waiting.as_str(), "正在打开…" | "正在接收文件…")
        });
        reader(&self.room)
    }
}

fn reader(room: &Room) -> Reader {
    match room.page() {
        Page::Reader(page) => page,
        other => panic!("not the reader: {other:?}"),
    }
}

fn check(seat: &mut Seat, case: &Case, page: &Reader) {
    let name = case.name;
    let refused = ["此页无法显示，请呼叫工作人员。", "此页内容过大，显示超时。"];
    match (page.image, case.fate) {
        (Some(_), Fate::Shown | Fate::Either) => assert_eq!(page.waiting, "", "{name}"),
        (None, Fate::Refused(_) | Fate::Either) => {
            assert!(refused.contains(&page.waiting.as_str()), "{name}: {:?}", page.waiting);
        }
        (image, fate) => panic!("{name}: {fate:?}, and it is {image:?} {:?}", page.waiting),
    }
    if page.image.is_some() && page.pages <= 20 {
        seat.room.touch(Touch::OpenFind);
        seat.room.touch(Touch::FindText("x".into()));
        seat.until(|room| room.seat.search.as_ref().is_some_and(|search| search.found.done));
    }
}

#[test]
fn a_seat_survives_each_and_votes() {
    let folder = tempfile::tempdir().unwrap();
    // One desk for all of them: what a paper has done to the worker must not stay.
    let mut seat = Seat::new(folder.path());
    for case in corpus::all() {
        let path = folder.path().join(format!("{}.pdf", case.name));
        seal(&path, &case.bytes);
        seat.room = Room::in_session();
        seat.desk.forget();
        let page = seat.open(path.clone());
        check(&mut seat, &case, &page);

        // A vote opens over it.
        seat.room.open_vote(vote(7, Form::Motion));
        assert_eq!(seat.room.page_name(), "vote", "{}", case.name);
        seat.room.choose(0);
        seat.room.take_effects();
        seat.room.touch(Touch::Submit);
        assert!(matches!(seat.room.only_command().command, Command::Cast { .. }), "{}", case.name);

        // And the next paper is read as if nothing had been.
        let good = folder.path().join("good.pdf");
        seal(&good, &pdf::pages(2));
        seat.room = Room::in_session();
        seat.desk.forget();
        let page = seat.open(good);
        assert!(page.image.is_some(), "after {}: {:?}", case.name, page.waiting);
        std::fs::remove_file(path).unwrap();
    }
}

/// From a finger on the page to a file that a member takes home.
#[test]
fn notes_leave_the_seat_as_annotations_of_the_paper() {
    let folder = tempfile::tempdir().unwrap();
    let mut seat = Seat::new(folder.path());
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/sample/papers");
    let paper = std::fs::read(sample.join("1-2-decision-explanation.pdf")).unwrap();
    let path = folder.path().join("paper");
    seal(&path, &paper);
    seat.room.me.notes = Some(NotesKey::new(&[9; 32]));
    seat.room.topic(Topic::Me(seat.room.me.clone()));
    let page = seat.open(path);
    seat.room.say(Down::Notes { paper: hash(41), pages: vec![], refused: None });
    seat.room.touch(Touch::OpenPen);
    let at = |x: f32, y: f32| (page.sheet_width * x, page.sheet_height * y);
    for (tool, y) in [(PenTool::Red, 0.2), (PenTool::Marker, 0.4)] {
        seat.room.touch(Touch::TakeTool(tool));
        let ((x, y), (end, _)) = (at(0.2, y), at(0.8, y));
        seat.room.touch(Touch::PenDown { x, y });
        seat.room.touch(Touch::PenUp { x: end, y });
    }
    let (title, bytes) = seat.export();
    assert_eq!(title, "文件41");
    assert!(bytes.starts_with(&paper), "the paper itself is as it was");
    let added = String::from_utf8_lossy(&bytes[paper.len()..]).into_owned();
    assert_eq!(added.matches("/InkList").count(), 2, "{added}");
    // Nothing is plugged in; nothing is lost, and it can be tried again.
    let nowhere = [folder.path().join("media")];
    let exporting = hand_out(&nowhere, &title, &bytes);
    assert_eq!(exporting, Exporting::Failed(ExportTrouble::NoMedium));
    seat.room.msg(Msg::Exported(exporting));
    seat.export();
}
