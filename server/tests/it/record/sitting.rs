//! A whole meeting without a network: what people do is decided by the meeting
//! itself, secret votes are made with all their cryptography, and the log is
//! written as the server would write it. A test may change it before.

use hemicycle::store::{SqliteStore, Store};
use hemicycle_meeting::state::secret::Part;
use hemicycle_meeting::{
    Actor, Context, Event, Meta, SecretOpening, ServerCommand, State, StoredPaper, Vouched, apply,
    decide, decide_server, voters,
};
use hemicycle_protocol::ballot::archive::{Archive, EventList, read};
use hemicycle_protocol::ballot::credential::Credential;
use hemicycle_protocol::ballot::decrypt::{Opened, combine, partially_decrypt};
use hemicycle_protocol::ballot::election::hints_for;
use hemicycle_protocol::ballot::encrypt::{encrypt, one_of};
use hemicycle_protocol::ballot::keygen::{Ceremony, Participant, Progress};
use hemicycle_protocol::ballot::keys::SecretKey;
use hemicycle_protocol::ballot::records::Canonical as _;
use hemicycle_protocol::ballot::setup::Setup;
use hemicycle_protocol::ballot::tally::Tally;
use hemicycle_protocol::ballot::trustees::{Pedersen, Trustee, Trustees};
use hemicycle_protocol::ballot::verify::verify;
use hemicycle_protocol::identity::{Identity, KeygenSpeech, RecordedBallot, SignIn};
use hemicycle_protocol::ids::*;
use hemicycle_protocol::people::ClerkRole;
use hemicycle_protocol::secret;
use hemicycle_protocol::topic::{Blob, CountedBy, ItemKind, RecordRef};
use hemicycle_protocol::vote::{
    Ballot, Choice, Count, Form, Method, Nominee, PersonAction, Tally as Answers,
};
use hemicycle_protocol::wire::{Command, VoteSpec};
use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::SeedableRng as _;
use sha2::{Digest, Sha256};
use std::path::Path;

use crate::kit::{motion, rows, terminal};

pub const MEETING: MeetingId = Hex([0x5a; 16]);
pub const SERVER_SECRET: [u8; 32] = [0x51; 32];
/// Members; an attendee sits behind them.
pub const MEMBERS: u16 = 7;

pub const RECORDED: VoteId = VoteId(1);
pub const SECRET: VoteId = VoteId(2);
pub const HANDS: VoteId = VoteId(3);
pub const ANNULLED: VoteId = VoteId(4);

/// An entry of the log.
pub type Fact = (Millis, Actor, Event);

/// See the module.
pub struct Sitting {
    pub state: State,
    pub log: Vec<Fact>,
    pub papers: Vec<Vec<u8>>,
    /// Files of `records/`.
    pub records: Vec<Vec<u8>>,
    pub item: ItemId,
    rng: ChaCha12Rng,
    now: i64,
}

/// A secret vote that is open for ballots, with everybody's secrets.
pub struct Poll {
    pub setup: Setup,
    pub own: SecretKey,
    pub shares: Vec<SecretKey>,
    credentials: Vec<SecretKey>,
    timestamp: u64,
}

pub fn blob(bytes: &[u8]) -> Blob {
    let length = u64::try_from(bytes.len()).unwrap();
    Blob { hash: Hex(Sha256::digest(bytes).into()), bytes: Bytes(length) }
}

pub fn at(seat: u16) -> Actor {
    Actor::Seat { seat: SeatId(seat), terminal: terminal(seat).key() }
}

pub fn clerk() -> Actor {
    Actor::Clerk { name: "li".into(), role: ClerkRole::Clerk }
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

impl Sitting {
    /// Everything that a record can hold, up to the closed meeting.
    pub fn whole() -> Self {
        let mut sitting = Self::opened();
        sitting.recorded();
        let poll = sitting.secret_vote_open();
        let choices = [[0, 1], [0, 0], [1, 0], [0, 0], [2, 0]];
        sitting.secret_vote_taken(&poll, &choices);
        sitting.by_hands();
        sitting.annulled();
        sitting.clerk(Command::CloseMeeting);
        sitting
    }

    /// In session, six of seven members and the attendee here, a paper replaced.
    pub fn opened() -> Self {
        let mut sitting = Self {
            state: State::new(),
            log: Vec::new(),
            papers: Vec::new(),
            records: Vec::new(),
            item: ItemId(1),
            rng: ChaCha12Rng::seed_from_u64(7),
            now: 1_787_706_000_000,
        };
        sitting.server(ServerCommand::CreateMeeting { id: MEETING });
        sitting.clerk(Command::SetMeeting {
            title: "第三次会议 <草案>".into(),
            body: "常务委员会".into(),
            place: "三楼会议厅".into(),
            starts_at: "2026-08-26T09:00".into(),
        });
        let people = rows(MEMBERS, 1);
        sitting.clerk(Command::ImportRoster { people, layout: vec![] });
        for seat in 1..=MEMBERS + 1 {
            let terminal = terminal(seat).key();
            sitting.server(ServerCommand::Enrol { terminal, seat: SeatId(seat) });
        }
        let (title, short) = ("审议决定草案".to_owned(), "决定".to_owned());
        sitting.clerk(Command::AddItem { title, short, kind: ItemKind::Decision });
        let item = sitting.item;
        let [first, second] = ["%PDF 第一版", "%PDF 第二版"].map(|t| sitting.store(t.as_bytes()));
        let title = "../决定（草案）".to_owned();
        sitting.clerk(Command::AddPaper { item, title, hash: first, terms: Default::default() });
        sitting.clerk(Command::ReplacePaper { paper: PaperId(1), hash: second });
        sitting.clerk(Command::OpenSignIn);
        for seat in [1, 2, 3, 4, 5, MEMBERS + 1] {
            sitting.sign_in(seat);
        }
        let reason = "终端故障".to_owned();
        sitting.clerk(Command::SignInFor { member: MemberId(6), reason });
        sitting.clerk(Command::SetLeave { member: MemberId(7), reason: "病假".into() });
        sitting.clerk(Command::OpenMeeting);
        sitting.clerk(Command::StartItem { item });
        sitting
    }

    /// Four for, one against, one entered by the clerk.
    pub fn recorded(&mut self) {
        self.add(motion("关于决定的表决"));
        self.clerk(Command::OpenVote { vote: RECORDED });
        for (seat, choice) in
            [(1, Choice::For), (2, Choice::For), (3, Choice::Against), (4, Choice::For)]
        {
            self.cast(RECORDED, seat, choice);
        }
        let ballot = Ballot::Motion { choice: Choice::For };
        let (member, reason) = (MemberId(6), "终端故障".to_owned());
        self.clerk(Command::CastFor { vote: RECORDED, member, ballot, reason });
        self.clerk(Command::CloseVote { vote: RECORDED });
        self.clerk(Command::DeclareVote { vote: RECORDED });
    }

    pub fn by_hands(&mut self) {
        self.add(motion("举手表决的事项"));
        let count = Count::Motion { tally: Answers { in_favour: 4, against: 1, abstain: 1 } };
        let (by, reason) = (CountedBy::Hands, "停电".to_owned());
        self.clerk(Command::EnterCount { vote: HANDS, count, by, reason });
        self.clerk(Command::DeclareVote { vote: HANDS });
    }

    pub fn annulled(&mut self) {
        self.add(motion("作废的表决"));
        self.clerk(Command::OpenVote { vote: ANNULLED });
        self.cast(ANNULLED, 1, Choice::Abstain);
        self.clerk(Command::AnnulVote { vote: ANNULLED, reason: "题目有误".into() });
    }

    /// The scrutineers at seats 2, 3 and 4 make their key; the personnel list
    /// is opened for the credentials of seats 1 to 5.
    pub fn secret_vote_open(&mut self) -> Poll {
        let nominee = |name: &str, action| {
            let (name, post) = (name.to_owned(), "秘书长".to_owned());
            Nominee { name, action, post }
        };
        let nominees =
            vec![nominee("张三", PersonAction::Remove), nominee("李四", PersonAction::Appoint)];
        let form = Form::Personnel { nominees };
        let spec = VoteSpec { form, method: Method::Secret, ..motion("人事任免") };
        self.add(spec);
        let shares = self.make_key();
        self.open_secret(SECRET, shares)
    }

    /// The ballots of the first seats, the sum, and its opening by the server
    /// and scrutineers 1 and 3; scrutineer 2's part is not needed but there.
    pub fn secret_vote_taken(&mut self, poll: &Poll, choices: &[[u8; 2]]) {
        let mut ballots = Vec::new();
        for (choices, seat) in choices.iter().zip(1_u16..) {
            let key = &poll.credentials[usize::from(seat) - 1];
            let choices = choices.map(|choice| one_of(3, choice));
            ballots.push(encrypt(&poll.setup, key, &choices, &mut self.rng).unwrap());
            let cast =
                Command::CastSecret { vote: SECRET, ballot: String::new(), hints: String::new() };
            self.vouched(at(seat), &cast, Vouched::Ballot);
        }
        self.clerk(Command::CloseVote { vote: SECRET });
        ballots.sort_by_key(|sealed| sealed.tracker);
        let mut archive = Archive::new(&poll.setup, poll.timestamp).unwrap();
        let mut tally = Tally::new(&poll.setup);
        for sealed in &ballots {
            tally.add(&verify(&poll.setup, &sealed.ballot).unwrap()).unwrap();
            archive.push_ballot(&sealed.ballot).unwrap();
        }
        archive.end_ballots().unwrap();
        let (encrypted, sized) = tally.records();
        archive.push_tally(&encrypted, &sized).unwrap();
        let closed = self.keep(archive.as_bytes());
        let hints = self.keep(&hints_for(archive.as_bytes(), 1).unwrap());
        self.server(ServerCommand::Summed { vote: SECRET, archive: closed, hints });

        let keys = [&poll.own, &poll.shares[0], &poll.shares[1], &poll.shares[2]];
        let opened: Vec<Opened> = keys
            .into_iter()
            .map(|key| partially_decrypt(&poll.setup, key, &encrypted, &mut self.rng).unwrap())
            .collect();
        for (part, seat) in opened.iter().zip(1_u16..) {
            let owner = part.owner;
            let partial = text(part.partial.to_bytes());
            let second = serde_json::to_string(&part.second).unwrap();
            if owner == 1 {
                let part = Part { owner, partial, second };
                self.server(ServerCommand::OwnPart { vote: SECRET, live: None, part });
            } else {
                let open = Command::OpenPart { vote: SECRET, live: None, partial, second };
                self.vouched(at(seat), &open, Vouched::Part { owner });
            }
        }
        let used = [&opened[0], &opened[1], &opened[3]];
        let parts: Vec<_> = used.iter().map(|p| (p.owner, p.partial.clone())).collect();
        for (owner, partial) in &parts {
            archive.push_partial(*owner, partial).unwrap();
        }
        let result = combine(&poll.setup, &encrypted, sized.total_weight, &parts).unwrap();
        archive.push_result(&result).unwrap();
        self.keep(archive.as_bytes());
        let events = EventList::of(&read(archive.as_bytes()).unwrap()).to_bytes();
        let record = RecordRef { events: blob(&events), last: Hex(archive.last_event().0) };
        self.records.push(events);
        let form = self.state.vote(SECRET).unwrap().question.form.clone();
        let count = secret::count(&form, &result).unwrap();
        self.server(ServerCommand::Counted { vote: SECRET, count, record });
        self.server(ServerCommand::KeyDestroyed { vote: SECRET });
        self.clerk(Command::DeclareVote { vote: SECRET });
    }

    /// Puts the log and the files into a data folder, with secrets that no
    /// record may hold.
    pub fn store_in(&self, data: &Path) {
        std::fs::create_dir_all(data).unwrap();
        std::fs::write(data.join("format"), "1\n").unwrap();
        std::fs::write(data.join("server.key"), hex::encode(SERVER_SECRET)).unwrap();
        let mut store = SqliteStore::open(&data.join("log.sqlite"), &mut |_, _| Ok(())).unwrap();
        let payloads: Vec<Vec<u8>> = self.log.iter().map(payload).collect();
        store.append(&payloads, &[]).unwrap();
        for paper in &self.papers {
            let name = blob(paper).hash.to_string();
            let folder = data.join("papers").join(&name[..2]);
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join(format!("{name}.pdf")), paper).unwrap();
        }
        let folder = data.join("records/blobs");
        std::fs::create_dir_all(&folder).unwrap();
        for bytes in &self.records {
            std::fs::write(folder.join(blob(bytes).hash.to_string()), bytes).unwrap();
        }
    }

    /// The number of the first such entry, from 1.
    pub fn seq(&self, wanted: impl Fn(&Event) -> bool) -> u64 {
        let place = self.log.iter().position(|(_, _, event)| wanted(event)).unwrap();
        u64::try_from(place).unwrap() + 1
    }

    /// The first event of the kind that `change` changes.
    pub fn change<T>(&mut self, change: impl Fn(&mut Event) -> Option<T>) -> u64 {
        for (place, (_, _, event)) in self.log.iter_mut().enumerate() {
            if change(event).is_some() {
                return u64::try_from(place).unwrap() + 1;
            }
        }
        panic!("there is no such event");
    }

    pub fn clerk(&mut self, command: Command) {
        self.vouched(clerk(), &command, Vouched::Nothing);
    }

    pub fn sign_in(&mut self, seat: u16) {
        let (member, seat_id) = (MemberId(seat.into()), SeatId(seat));
        let statement = SignIn { meeting: MEETING, member, seat: seat_id };
        let signature = terminal(seat).sign(&statement);
        self.vouched(
            at(seat),
            &Command::SignIn { signature, pin: None, drawing: None },
            Vouched::Nothing,
        );
    }

    pub fn cast(&mut self, vote: VoteId, seat: u16, choice: Choice) {
        let ballot = Ballot::Motion { choice };
        let signature = terminal(seat).sign(&ballot_of(vote, seat, &ballot));
        self.vouched(at(seat), &Command::Cast { vote, ballot, signature }, Vouched::Nothing);
    }

    fn add(&mut self, spec: VoteSpec) {
        let item = self.item;
        self.clerk(Command::AddVote { item, spec });
    }

    fn make_key(&mut self) -> Vec<SecretKey> {
        let seats = [2_u16, 3, 4];
        let members = seats.map(|seat| MemberId(seat.into())).to_vec();
        self.clerk(Command::NameScrutineers { members, threshold: 2 });
        let keys: Vec<Identity> = seats.map(terminal).into_iter().collect();
        let terminals: Vec<Key> = keys.iter().map(Identity::key).collect();
        let session = secret::session(&MEETING, 1, &terminals);
        let ceremony = Ceremony { session, size: 3, threshold: 2 };
        let (mut parties, mut waiting) = (Vec::new(), Vec::new());
        for index in 1..=3 {
            let (party, first) = Participant::new(ceremony.clone(), index, &mut self.rng).unwrap();
            parties.push(party);
            waiting.extend(first.into_iter().map(|message| (index, message)));
        }
        while !waiting.is_empty() {
            let (from, message) = waiting.remove(0);
            let place = usize::try_from(from).unwrap() - 1;
            let hash = Hex(Sha256::digest(&message).into());
            let speech = KeygenSpeech { meeting: MEETING, attempt: 1, message: hash };
            let signature = keys[place].sign(&speech);
            let speak =
                Command::SpeakKeygen { attempt: 1, message: text(message.clone()), signature };
            self.vouched(at(seats[place]), &speak, Vouched::Nothing);
            for (party, to) in parties.iter_mut().zip(1..) {
                let answers = party.receive(from, &message, &mut self.rng);
                waiting.extend(answers.into_iter().map(|answer| (to, answer)));
            }
        }
        let Progress::Done(item) = parties[0].progress() else { panic!("no key") };
        let item = serde_json::to_string(item).unwrap();
        let code = parties[0].board().transcript().unwrap().short_code();
        self.server(ServerCommand::KeyMade { attempt: 1, item, code });
        parties.iter().map(|party| party.share().unwrap().clone()).collect()
    }

    fn open_secret(&mut self, vote: VoteId, shares: Vec<SecretKey>) -> Poll {
        let slot = self.state.scrutiny().slots;
        let uuid = secret::uuid(&MEETING, slot);
        assert_eq!(voters(&self.state, vote).unwrap().len(), 6);
        let credentials: Vec<SecretKey> =
            (0..5).map(|_| Credential::generate(&mut self.rng).key(&uuid)).collect();
        let own = SecretKey::generate(&mut self.rng);
        let item: Pedersen =
            serde_json::from_str(self.state.scrutiny().item.as_ref().unwrap()).unwrap();
        let single = Trustee::single(own.trustee_key(&mut self.rng));
        let trustees = Trustees(vec![single, Trustee::Pedersen(item)]);
        let question = &self.state.vote(vote).unwrap().question;
        let draft = secret::draft(&MEETING, slot, &question.title, &question.form);
        let public: Vec<_> = credentials.iter().map(|key| *key.public().encoded()).collect();
        let setup = Setup::create(draft, &trustees, &public).unwrap();
        let timestamp = 1_787_706_100;
        let archive = Archive::new(&setup, timestamp).unwrap();
        let setup_blob = self.keep(archive.as_bytes());
        let registrations = blob(b"destroyed later");
        let opening = SecretOpening { slot, setup: setup_blob, credentials: 5, registrations };
        self.vouched(clerk(), &Command::OpenVote { vote }, Vouched::Opening(opening));
        Poll { setup, own, shares, credentials, timestamp }
    }

    fn keep(&mut self, bytes: &[u8]) -> Blob {
        self.records.push(bytes.to_vec());
        blob(bytes)
    }

    fn store(&mut self, bytes: &[u8]) -> Hash {
        let Blob { hash, bytes: length } = blob(bytes);
        self.papers.push(bytes.to_vec());
        let file = StoredPaper { hash, bytes: length, pages: 1, substituted_fonts: vec![] };
        self.server(ServerCommand::StorePaper(file));
        hash
    }

    fn vouched(&mut self, actor: Actor, command: &Command, vouched: Vouched) {
        let cx = Context { vouched, ..Context::new(self.tick(), actor.clone()) };
        let decision = decide(&self.state, command, &cx)
            .unwrap_or_else(|refusal| panic!("{command:?}: {refusal}"));
        self.commit(decision.events, actor);
    }

    pub fn server(&mut self, command: ServerCommand) {
        let actor = match &command {
            ServerCommand::StorePaper(_) => clerk(),
            _ => Actor::Server,
        };
        let cx = Context::new(self.tick(), actor.clone());
        let decision = decide_server(&self.state, command, &cx).unwrap();
        self.commit(decision.events, actor);
    }

    fn tick(&mut self) -> Millis {
        self.now += 250;
        Millis(self.now)
    }

    fn commit(&mut self, events: Vec<Event>, who: Actor) {
        let at = Millis(self.now);
        for event in events {
            let seq = Seq(self.state.seq().0 + 1);
            apply(&mut self.state, &event, &Meta { seq, at, who: who.clone() });
            self.log.push((at, who.clone(), event));
        }
    }
}

/// What is signed in a ballot of a seat, whose member has the same number.
pub fn ballot_of(vote: VoteId, seat: u16, ballot: &Ballot) -> RecordedBallot {
    let (member, seat) = (MemberId(seat.into()), SeatId(seat));
    RecordedBallot { meeting: MEETING, vote, member, seat, ballot: ballot.clone() }
}

fn payload((at, who, event): &Fact) -> Vec<u8> {
    serde_json::to_vec(&serde_json::json!({ "v": 1, "at": at, "who": who, "event": event }))
        .unwrap()
}
