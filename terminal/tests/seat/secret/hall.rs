//! A small server of secret votes and some seats with their disks, from the
//! protocol crate alone. What it does honestly can be bent by `Lie`s. Nothing
//! goes on by itself: `settle` lets everything that is due happen.

mod live;

use crate::fake;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hemicycle_protocol::ballot::archive::{Archive, EventList, read};
use hemicycle_protocol::ballot::decrypt::{Opened, combine, partially_decrypt, verify_opened};
use hemicycle_protocol::ballot::election::hints_for;
use hemicycle_protocol::ballot::hints::Hints;
use hemicycle_protocol::ballot::keygen::board::Board;
use hemicycle_protocol::ballot::keygen::{Ceremony, Progress};
use hemicycle_protocol::ballot::keys::SecretKey;
use hemicycle_protocol::ballot::records::{Canonical as _, EncryptedTally, PartialDecryption};
use hemicycle_protocol::ballot::scalar::RecordHash;
use hemicycle_protocol::ballot::setup::{Draft, Setup};
use hemicycle_protocol::ballot::tally::Tally;
use hemicycle_protocol::ballot::trustees::{Pedersen, Trustee, Trustees};
use hemicycle_protocol::ballot::verify::{CheckedBallot, Submission, verify_many};
use hemicycle_protocol::identity::{
    Identity, KeygenSpeech, Receipt, Registration, verify as verify_statement,
};
use hemicycle_protocol::ids::*;
use hemicycle_protocol::refusal::{Code, Refusal};
use hemicycle_protocol::secret::{self, Registered};
use hemicycle_protocol::topic::*;
use hemicycle_protocol::vote::{Form, Method};
use hemicycle_protocol::wire::{
    self, Answer, Ask, Chunk, Command, Done, Down, Reply, SignedReceipt, TopicFrame, Up,
};
use hemicycle_terminal::screen::{self, Page, Screen};
use hemicycle_terminal::seat::{Channel, Effect, Memo, Msg, Private, State};
use hemicycle_terminal::touch::Touch;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, VecDeque};

pub fn sha(bytes: &[u8]) -> Hash {
    Hex(Sha256::digest(bytes).into())
}

/// What the server does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Lie {
    #[default]
    None,
    /// The receipt's signature is bent.
    BadReceipt,
    /// The receipt names another ballot.
    OtherTracker,
    /// The setup asks something else.
    OtherQuestion,
    /// This seat's ballot is taken out of the record.
    DropsBallotOf(usize),
    /// The last event that is published is not the list's.
    OtherRecord,
    /// Messages of the key generation are changed on their way.
    Relay,
    /// A credential of nobody is added to the list.
    Stranger,
}

/// A seat and its disk.
pub struct Seat {
    pub state: State,
    pub disk: BTreeMap<String, Vec<u8>>,
    /// Keeps are not answered while this is set.
    pub slow_disk: bool,
    pub slow_work: bool,
    /// It is switched off.
    pub off: bool,
    waiting: VecDeque<Effect>,
    /// Everything that was asked of the driver, as a log would show it.
    pub log: String,
    pub commands: Vec<Ask>,
    ballot: Option<MyBallot>,
}

pub struct Hall {
    pub seats: Vec<Seat>,
    pub server: Identity,
    pub lie: Lie,
    pub now: i64,
    pub meeting: Meeting,
    pub scrutiny: Scrutiny,
    pub said: Vec<Said>,
    pub vote: Option<Vote>,
    pub setup: Option<Setup>,
    pub registered: BTreeMap<(usize, u32), Registered>,
    pub ballots: BTreeMap<RecordHash, (usize, Vec<u8>)>,
    pub parts: Vec<Opened>,
    pub refused: BTreeMap<MemberId, Objection>,
    /// What the scrutineers' terminals said of the list of credentials.
    pub checked: BTreeMap<MemberId, Option<Objection>>,
    /// The ballots of the live sum that was asked for last, in its order.
    pub summed: Vec<RecordHash>,
    /// Of each file that a seat has asked for, the first byte.
    first_bytes: BTreeMap<(usize, Hash), u64>,
    live_files: BTreeMap<usize, Hash>,
    /// Answers of commands are lost on the way.
    pub deaf: bool,
    item: Option<Pedersen>,
    board: Option<Board>,
    server_key: Option<SecretKey>,
    archive: Option<Archive>,
    pub tally: Option<EncryptedTally>,
    task: Option<OpenTask>,
    list: Option<ListTask>,
    pub blobs: BTreeMap<Hash, Vec<u8>>,
    versions: u64,
    rng: ChaCha20Rng,
    memo: Memo,
}

fn identity(i: usize) -> Identity {
    Identity::from_secret(&[u8::try_from(i).unwrap() + 50; 32])
}

fn member(i: usize) -> MemberId {
    MemberId(u32::try_from(i).unwrap() + 1)
}

fn seat_id(i: usize) -> SeatId {
    SeatId(u16::try_from(i).unwrap() + 1)
}

fn state(i: usize, now: i64) -> State {
    State::new(identity(i), [u8::try_from(i).unwrap(); 32], Millis(now))
}

impl Hall {
    /// So many members, all signed in, the meeting in session.
    pub fn with(seats: usize) -> Self {
        let mut meeting = fake::meeting();
        meeting.phase = Phase::InSession;
        let mut hall = Hall {
            seats: vec![],
            server: Identity::from_secret(&[99; 32]),
            lie: Lie::None,
            now: fake::START,
            meeting,
            scrutiny: Scrutiny::default(),
            said: vec![],
            vote: None,
            setup: None,
            registered: BTreeMap::new(),
            ballots: BTreeMap::new(),
            parts: vec![],
            refused: BTreeMap::new(),
            checked: BTreeMap::new(),
            summed: vec![],
            first_bytes: BTreeMap::new(),
            live_files: BTreeMap::new(),
            list: None,
            deaf: false,
            item: None,
            board: None,
            server_key: None,
            archive: None,
            tally: None,
            task: None,
            blobs: BTreeMap::new(),
            versions: 0,
            rng: ChaCha20Rng::seed_from_u64(7),
            memo: Memo::default(),
        };
        for i in 0..seats {
            hall.seats.push(Seat {
                state: state(i, hall.now),
                disk: BTreeMap::new(),
                slow_disk: false,
                slow_work: false,
                off: false,
                waiting: VecDeque::new(),
                log: String::new(),
                commands: vec![],
                ballot: None,
            });
        }
        (0..seats).for_each(|i| hall.start(i));
        hall.settle();
        hall
    }

    fn start(&mut self, i: usize) {
        let effects = self.seats[i].state.start();
        self.seats[i].waiting.extend(effects);
    }

    /// The terminal is switched off and on: only its disk is left.
    pub fn restart(&mut self, i: usize) {
        let disk = self.seats[i].disk.clone();
        let seat = &mut self.seats[i];
        seat.state = state(i, self.now);
        seat.waiting.clear();
        let kept = disk.into_iter().map(|(name, bytes)| (name, Private::new(bytes))).collect();
        assert_eq!(seat.state.recall(kept), Vec::<String>::new());
        self.start(i);
        self.settle();
    }

    pub fn break_link(&mut self, i: usize) {
        self.msg(i, Msg::LinkDown);
        self.settle();
    }

    pub fn msg(&mut self, i: usize, msg: Msg) {
        let seat = &mut self.seats[i];
        let effects = seat.state.update(msg, Millis(self.now));
        seat.log.push_str(&format!("{effects:?}\n"));
        seat.waiting.extend(effects);
    }

    pub fn touch(&mut self, i: usize, touch: Touch) {
        self.msg(i, Msg::Touch(touch));
    }

    pub fn wait(&mut self, ms: i64) {
        self.now += ms;
        for i in 0..self.seats.len() {
            self.msg(i, Msg::Tick);
        }
        self.settle();
    }

    fn topic(&mut self, i: usize, topic: Topic) {
        self.versions += 1;
        let version = Version(self.versions);
        self.msg(i, Msg::Received(Box::new(Down::Topic(TopicFrame { version, topic }))));
    }

    fn roll(&self) -> Roll {
        let people = (0..self.seats.len()).map(|i| self.person(i)).collect();
        Roll { people, layout: vec![] }
    }

    fn person(&self, i: usize) -> Person {
        Person {
            member: member(i),
            seat: seat_id(i),
            name: format!("委员{}", i + 1),
            title: "委员".into(),
            standing: Standing::Member,
            chair: false,
        }
    }

    pub fn me(&self, i: usize) -> Me {
        let index = self.scrutiny.scrutineers.iter().position(|s| s.member == member(i));
        let duty = index.map(|index| {
            let given = self.parts.iter().any(|p| p.owner as usize == index + 2);
            let open = !given && !self.refused.contains_key(&member(i));
            Box::new(Duty {
                attempt: self.scrutiny.attempt,
                index: u32::try_from(index + 1).unwrap(),
                threshold: self.scrutiny.threshold,
                terminals: self.scrutiny.scrutineers.iter().map(|s| s.terminal).collect(),
                said: self.said.clone(),
                check: self.list.clone().filter(|_| !self.checked.contains_key(&member(i))),
                open: self.task.clone().filter(|_| open),
            })
        });
        Me {
            seat: Some(seat_id(i)),
            person: Some(self.person(i)),
            signed_in: true,
            may_vote: self.vote.is_some(),
            ballot: self.seats[i].ballot.clone(),
            duty,
            ..Me::default()
        }
    }

    pub fn publish(&mut self) {
        for i in 0..self.seats.len() {
            if self.seats[i].state.online() {
                self.topics(i);
            }
        }
    }

    fn topics(&mut self, i: usize) {
        self.topic(i, Topic::Meeting(self.meeting.clone()));
        self.topic(i, Topic::Roll(self.roll()));
        self.topic(i, Topic::Me(self.me(i)));
        self.topic(i, Topic::Scrutiny(self.scrutiny.clone()));
        self.topic(i, Topic::Vote(self.vote.clone()));
    }

    /// Carries out everything that any seat wants, until nothing is left.
    pub fn settle(&mut self) {
        assert!(self.steps(100_000), "it never comes to rest");
    }

    /// Carries out so much of it, first come first served by seat. True: nothing is left.
    pub fn steps(&mut self, most: usize) -> bool {
        for _ in 0..most {
            let next = (0..self.seats.len()).find_map(|i| {
                let seat = &mut self.seats[i];
                if seat.off {
                    return None;
                }
                let held = |e: &Effect| {
                    (seat.slow_disk && matches!(e, Effect::Keep { .. }))
                        || (seat.slow_work && matches!(e, Effect::Work(_)))
                };
                let at = seat.waiting.iter().position(|e| !held(e))?;
                seat.waiting.remove(at).map(|effect| (i, effect))
            });
            let Some((i, effect)) = next else { return true };
            self.carry_out(i, effect);
        }
        false
    }

    fn carry_out(&mut self, i: usize, effect: Effect) {
        match effect {
            Effect::Keep { name, bytes } => {
                self.seats[i].disk.insert(name.clone(), bytes.reveal().to_vec());
                self.msg(i, Msg::Kept { name });
            }
            Effect::Destroy { name } => {
                self.seats[i].disk.remove(&name);
                self.msg(i, Msg::Destroyed { name });
            }
            Effect::Work(job) => {
                let outcome = job.run(&mut self.rng, 2, &self.memo);
                self.msg(i, Msg::Worked(outcome));
            }
            Effect::Connect { .. } => {
                self.msg(i, Msg::LinkUp(Channel::Within));
                let server = self.server.key();
                let nonce = Hex([5; 32]);
                let room = "东厅".into();
                let protocol = wire::VERSION;
                let greeting = Down::Greeting { protocol, server, room, nonce, certificate: None };
                self.msg(i, Msg::Received(Box::new(greeting)));
            }
            Effect::Send(Up::Hello(_)) => {
                let (meeting, now) = (self.meeting.id, Millis(self.now));
                let welcome = Down::Welcome { meeting, run: None, now, pairing: None };
                self.msg(i, Msg::Received(Box::new(welcome)));
                self.topics(i);
            }
            Effect::Send(Up::Fetch { hash, offset, length }) => self.serve(i, hash, offset, length),
            Effect::Send(Up::Command(ask)) => {
                self.seats[i].commands.push(ask.clone());
                let answer = match self.command(i, &ask.command) {
                    Ok(done) => Answer::Ok(done),
                    Err(code) => Answer::Refused(Refusal::from(code)),
                };
                if !self.deaf {
                    let reply = Down::Reply(Reply { id: ask.id, answer });
                    self.msg(i, Msg::Received(Box::new(reply)));
                    self.publish();
                }
            }
            _ => {}
        }
    }

    fn serve(&mut self, i: usize, hash: Hash, offset: u64, length: u64) {
        self.first_bytes.entry((i, hash)).or_insert(offset);
        let Some(blob) = self.blobs.get(&hash) else {
            let refused = Code::NotFound.into();
            return self.msg(i, Msg::Received(Box::new(Down::NoBlob { hash, refused })));
        };
        let range = &blob[offset as usize..(offset + length) as usize];
        let frames: Vec<_> = (0u64..)
            .zip(range.chunks(wire::limits::CHUNK))
            .map(|(n, data)| {
                let offset = offset + n * wire::limits::CHUNK as u64;
                Chunk { hash, offset, data }.encode()
            })
            .collect();
        for frame in frames {
            if self.seats[i].state.wants_piece(&frame) {
                self.msg(i, Msg::Piece(frame));
            }
        }
    }

    fn blob(&mut self, bytes: &[u8]) -> Blob {
        let hash = sha(bytes);
        self.blobs.insert(hash, bytes.to_vec());
        Blob { hash, bytes: Bytes(bytes.len() as u64) }
    }

    fn command(&mut self, i: usize, command: &Command) -> Result<Done, Code> {
        match command {
            Command::RegisterCredentials { first, keys, signature } => {
                let registration = Registration {
                    meeting: self.meeting.id,
                    member: member(i),
                    seat: seat_id(i),
                    first: *first,
                    keys: keys.clone(),
                };
                let terminal = identity(i).key();
                verify_statement(&terminal, &registration, signature).unwrap();
                let line = Registered { registration, terminal, signature: *signature };
                for slot in (*first..).take(keys.len()) {
                    assert!(slot >= self.scrutiny.next_slot, "an open slot is left alone");
                    self.registered.insert((i, slot), line.clone());
                }
                Ok(Done::default())
            }
            Command::SpeakKeygen { attempt, message, signature } => {
                self.spoken(i, *attempt, message, *signature)
            }
            Command::CastSecret { vote, ballot, hints } => self.cast(i, *vote, ballot, hints),
            Command::OpenPart { live, partial, second, .. } => self.part(i, *live, partial, second),
            Command::ObjectOpening { why, .. } => {
                self.refused.insert(member(i), *why);
                Ok(Done::default())
            }
            Command::ListChecked { objection, .. } => {
                self.checked.insert(member(i), *objection);
                Ok(Done::default())
            }
            Command::ShareDestroyed { attempt } => {
                assert_eq!(*attempt, self.scrutiny.attempt);
                let own = member(i);
                let line = self.scrutiny.scrutineers.iter_mut().find(|s| s.member == own);
                line.unwrap().destroyed = true;
                Ok(Done::default())
            }
            other => panic!("{other:?}"),
        }
    }

    pub fn name_scrutineers(&mut self, seats: &[usize], threshold: u32) {
        let attempt = self.scrutiny.attempt + 1;
        self.scrutiny = Scrutiny {
            attempt,
            threshold,
            scrutineers: seats
                .iter()
                .map(|&i| Scrutineer {
                    member: member(i),
                    seat: seat_id(i),
                    name: format!("委员{}", i + 1),
                    terminal: identity(i).key(),
                    rounds: 0,
                    destroyed: false,
                })
                .collect(),
            key: ScrutinyKey::Making { since: Millis(self.now) },
            next_slot: self.scrutiny.next_slot,
        };
        let terminals: Vec<Key> = self.scrutiny.scrutineers.iter().map(|s| s.terminal).collect();
        let session = secret::session(&self.meeting.id, attempt, &terminals);
        let size = u32::try_from(seats.len()).unwrap();
        self.board = Some(Board::new(Ceremony { session, size, threshold }).unwrap());
        self.said.clear();
        self.publish();
    }

    fn spoken(
        &mut self,
        i: usize,
        attempt: u32,
        message: &str,
        signature: Signature,
    ) -> Result<Done, Code> {
        if attempt != self.scrutiny.attempt {
            return Err(Code::WrongState);
        }
        let speech =
            KeygenSpeech { meeting: self.meeting.id, attempt, message: sha(message.as_bytes()) };
        verify_statement(&identity(i).key(), &speech, &signature).unwrap();
        let own = member(i);
        let index = self.scrutiny.scrutineers.iter().position(|s| s.member == own).unwrap();
        let from = u32::try_from(index + 1).unwrap();
        if self.said.iter().any(|s| s.from == from && s.message == message) {
            return Ok(Done::default());
        }
        let board = self.board.as_mut().unwrap();
        board.receive(from, message.as_bytes());
        self.scrutiny.scrutineers[index].rounds += 1;
        let mut message = message.to_owned();
        if self.lie == Lie::Relay && from == 2 {
            message = message.replace("\"from\":2", "\"from\":3");
        }
        self.said.push(Said { from, message, signature });
        match board.progress() {
            Progress::Waiting { .. } => {}
            Progress::Done(item) => {
                self.item = Some(item.clone());
                let code = board.transcript().unwrap().short_code();
                self.scrutiny.key = ScrutinyKey::Ready { code };
            }
            Progress::Failed(blame) => {
                let why = KeyFault::from(&blame.fault);
                self.scrutiny.key = ScrutinyKey::Failed { members: vec![], why };
            }
        }
        Ok(Done::default())
    }

    pub fn open_vote(&mut self, form: Form) {
        let slot = self.scrutiny.next_slot;
        let key = SecretKey::generate(&mut self.rng);
        let item = self.item.clone().expect("the key is made");
        let trustees = Trustees(vec![
            Trustee::single(key.trustee_key(&mut self.rng)),
            Trustee::Pedersen(item),
        ]);
        let mut keys: Vec<_> = self
            .registered
            .iter()
            .filter(|((_, of), _)| *of == slot)
            .map(|(_, line)| {
                let Registration { first, keys, .. } = &line.registration;
                hemicycle_protocol::ballot::group::Encoded::from_bytes(
                    keys[(slot - first) as usize].0,
                )
            })
            .collect();
        if self.lie == Lie::Stranger {
            keys.push(*SecretKey::generate(&mut self.rng).public().encoded());
        }
        let mut vote = Vote { method: Method::Secret, ..fake::vote(7 + slot, form) };
        let title = if self.lie == Lie::OtherQuestion { "另一项议题" } else { &vote.title };
        let draft: Draft = secret::draft(&self.meeting.id, slot, title, &vote.form);
        let setup = Setup::create(draft, &trustees, &keys).unwrap();
        let archive = Archive::new(&setup, 1_787_706_000).unwrap();
        let blob = self.blob(archive.as_bytes());
        vote.secret = Some(Box::new(SecretVote {
            slot,
            setup: blob,
            credentials: u32::try_from(keys.len()).unwrap(),
            checks: ListChecks::default(),
            live: None,
            opening: None,
            record: None,
        }));
        let registrations = self.registrations(slot);
        let (title, form) = (vote.title.clone(), vote.form.clone());
        self.list = Some(ListTask { vote: vote.id, slot, title, form, setup: blob, registrations });
        self.setup = Some(setup);
        self.archive = Some(archive);
        self.server_key = Some(key);
        self.scrutiny.next_slot += 1;
        self.ballots.clear();
        self.parts.clear();
        self.refused.clear();
        self.checked.clear();
        self.summed.clear();
        self.task = None;
        self.seats.iter_mut().for_each(|seat| seat.ballot = None);
        self.vote = Some(vote);
        self.publish();
    }

    fn cast(&mut self, i: usize, vote: VoteId, ballot: &str, hints: &str) -> Result<Done, Code> {
        let setup = self.setup.clone().unwrap();
        let standing = self.vote.as_ref().unwrap();
        let slot = standing.secret.as_ref().unwrap().slot;
        let tracker = RecordHash::of(ballot.as_bytes());
        let known = self.ballots.get(&tracker).is_some_and(|(of, _)| *of == i);
        if !known {
            if standing.state != VoteState::Open || standing.id != vote {
                return Err(Code::VoteNotOpen);
            }
            if self.ballots.values().any(|(of, _)| *of == i) {
                return Err(Code::AlreadyVoted);
            }
            let hints = STANDARD.decode(hints).unwrap();
            let hints = Hints::from_bytes(&hints, &setup.election().questions);
            assert!(hints.is_some(), "hints travel with the ballot");
            let submission = Submission { ballot: ballot.as_bytes(), hints: hints.as_ref() };
            let checked = verify_many(&setup, &[submission], &mut self.rng).remove(0).unwrap();
            let line = &self.registered[&(i, slot)].registration;
            let own = line.keys[(slot - line.first) as usize];
            assert_eq!(checked.credential().as_bytes(), &own.0);
            self.ballots.insert(tracker, (i, ballot.as_bytes().to_vec()));
            self.vote.as_mut().unwrap().cast += 1;
        }
        let mut receipt = Receipt {
            meeting: self.meeting.id,
            vote,
            seat: seat_id(i),
            ballot: Hex(tracker.0),
            seq: Seq(41),
            at: Millis(self.now),
        };
        if self.lie == Lie::OtherTracker {
            receipt.ballot.0[0] ^= 1;
        }
        let mut signature = self.server.sign(&receipt);
        if self.lie == Lie::BadReceipt {
            signature.0[0] ^= 1;
        }
        self.seats[i].ballot = Some(MyBallot { vote, receipt: receipt.clone(), signature });
        let receipt = Some(SignedReceipt { receipt, signature });
        Ok(Done { receipt, ..Done::default() })
    }

    /// A ballot that somebody put in under this seat's name, with the credential of another.
    pub fn foreign_ballot(&mut self, i: usize) {
        let vote = self.vote.as_ref().unwrap().id;
        let receipt = Receipt {
            meeting: self.meeting.id,
            vote,
            seat: seat_id(i),
            ballot: Hex([0x77; 32]),
            seq: Seq(40),
            at: Millis(self.now),
        };
        let signature = self.server.sign(&receipt);
        self.seats[i].ballot = Some(MyBallot { vote, receipt, signature });
        self.publish();
    }

    fn registrations(&mut self, slot: u32) -> Blob {
        let of_slot = self.registered.iter().filter(|((_, of), _)| *of == slot);
        let lines: Vec<_> = of_slot.map(|(_, line)| line.clone()).collect();
        self.blob(&serde_json::to_vec(&lines).unwrap())
    }

    /// Closes the vote and gives the scrutineers what they open.
    pub fn close_vote(&mut self) {
        let setup = self.setup.clone().unwrap();
        let mut tally = Tally::new(&setup);
        let mut archive = self.archive.take().unwrap();
        self.refused.clear();
        let rest = self.ballots.keys().filter(|tracker| !self.summed.contains(tracker));
        for (owner, ballot) in self.summed.iter().chain(rest).map(|t| &self.ballots[t]) {
            if self.lie == Lie::DropsBallotOf(*owner) {
                continue;
            }
            let checked: CheckedBallot =
                hemicycle_protocol::ballot::verify::verify(&setup, ballot).unwrap();
            tally.add(&checked).unwrap();
            archive.push_ballot(ballot).unwrap();
        }
        archive.end_ballots().unwrap();
        let (sum, sized) = tally.records();
        archive.push_tally(&sum, &sized).unwrap();
        let archived = self.blob(archive.as_bytes());
        let hints = self.blob(&hints_for(archive.as_bytes(), 1).unwrap());
        let slot = self.vote.as_ref().unwrap().secret.as_ref().unwrap().slot;
        let registrations = self.registrations(slot);
        let vote = self.vote.as_mut().unwrap();
        vote.state = VoteState::Closed;
        self.task = Some(OpenTask {
            vote: vote.id,
            slot,
            title: vote.title.clone(),
            form: vote.form.clone(),
            archive: archived,
            registrations,
            hints: Some(hints),
            live: None,
        });
        let key = self.server_key.clone().unwrap();
        self.parts = vec![partially_decrypt(&setup, &key, &sum, &mut self.rng).unwrap()];
        self.tally = Some(sum);
        self.archive = Some(archive);
        self.show_opening();
        self.publish();
    }

    fn show_opening(&mut self) {
        let given = |index: usize| self.parts.iter().any(|p| p.owner as usize == index + 2);
        let mut opening = SumOpening::default();
        for (index, s) in self.scrutiny.scrutineers.iter().enumerate() {
            if given(index) {
                opening.given.push(s.member);
            } else if let Some(why) = self.refused.get(&s.member) {
                opening.refused.push(Objected { member: s.member, why: *why });
            } else {
                opening.missing.push(s.member);
            }
        }
        let there = u32::try_from(opening.given.len()).unwrap();
        opening.needed = self.scrutiny.threshold.saturating_sub(there);
        let secret = self.vote.as_mut().unwrap().secret.as_mut().unwrap();
        secret.opening = Some(opening);
    }

    fn part(
        &mut self,
        i: usize,
        live: Option<u32>,
        partial: &str,
        second: &str,
    ) -> Result<Done, Code> {
        let asked = self.task.as_ref().map(|task| task.live.map(|live| live.ballots));
        if asked.is_some_and(|asked| asked != live) {
            return Ok(Done::default());
        }
        let setup = self.setup.clone().unwrap();
        let tally = self.tally.clone().unwrap();
        let own = member(i);
        let index = self.scrutiny.scrutineers.iter().position(|s| s.member == own).unwrap();
        let opened = Opened {
            owner: u32::try_from(index + 2).unwrap(),
            partial: PartialDecryption::from_bytes(partial.as_bytes()).unwrap(),
            second: serde_json::from_str(second).unwrap(),
        };
        verify_opened(&setup, &tally, &opened).unwrap();
        if self.task.is_none() || self.parts.iter().any(|p| p.owner == opened.owner) {
            return Ok(Done::default());
        }
        self.parts.push(opened);
        let enough = self.parts.len() > self.scrutiny.threshold as usize;
        match live {
            Some(ballots) if enough => self.count_live(&setup, &tally, ballots),
            Some(_) => {}
            None => {
                self.show_opening();
                if enough {
                    self.count(&setup, &tally);
                }
            }
        }
        Ok(Done::default())
    }

    fn count(&mut self, setup: &Setup, tally: &EncryptedTally) {
        self.parts.sort_by_key(|part| part.owner);
        let mut archive = self.archive.clone().unwrap();
        let parts: Vec<_> = self.parts.iter().map(|p| (p.owner, p.partial.clone())).collect();
        parts.iter().for_each(|(owner, p)| archive.push_partial(*owner, p).unwrap());
        let weight = u32::try_from(self.ballots.len()).unwrap();
        let result = combine(setup, tally, weight, &parts).unwrap();
        archive.push_result(&result).unwrap();
        let list = EventList::of(&read(archive.as_bytes()).unwrap());
        let events = self.blob(&list.to_bytes());
        let mut last = Hex(archive.last_event().0);
        if self.lie == Lie::OtherRecord {
            last.0[0] ^= 1;
        }
        let vote = self.vote.as_mut().unwrap();
        vote.count = secret::count(&vote.form, &result);
        let secret = vote.secret.as_mut().unwrap();
        secret.opening = None;
        secret.record = Some(RecordRef { events, last });
        self.task = None;
    }

    pub fn close_meeting(&mut self) {
        self.meeting.phase = Phase::Closed;
        self.publish();
        self.settle();
    }

    pub fn screen(&self, i: usize) -> Screen {
        screen::screen(&self.seats[i].state)
    }

    pub fn page(&self, i: usize) -> Page {
        self.screen(i).page
    }

    pub fn banner(&self, i: usize) -> String {
        self.screen(i).banner.map(|b| format!("{}：{}", b.title, b.body)).unwrap_or_default()
    }

    /// The line under the result.
    pub fn note(&self, i: usize) -> String {
        match self.page(i) {
            Page::Result(page) => page.note,
            other => panic!("not the result: {other:?}"),
        }
    }

    pub fn submit(&mut self, i: usize, choices: &[u8]) {
        for (question, choice) in (0..).zip(choices) {
            self.touch(i, Touch::Choose { question, choice: *choice });
        }
        self.touch(i, Touch::Submit);
    }

    /// The commands of one kind that a seat has sent.
    pub fn sent(&self, i: usize, kind: fn(&Command) -> bool) -> Vec<Command> {
        let commands = self.seats[i].commands.iter().map(|ask| ask.command.clone());
        commands.filter(kind).collect()
    }

    /// Is there anything of this kind on the disk of a seat?
    pub fn on_disk(&self, i: usize, kind: &str) -> usize {
        self.seats[i].disk.keys().filter(|name| name.contains(kind)).count()
    }

    /// A key, three scrutineers of whom two open.
    pub fn with_key(seats: usize) -> Self {
        let mut hall = Self::with(seats);
        hall.name_scrutineers(&[0, 1, 2], 2);
        hall.settle();
        assert!(matches!(hall.scrutiny.key, ScrutinyKey::Ready { .. }), "{:?}", hall.scrutiny.key);
        hall
    }
}
