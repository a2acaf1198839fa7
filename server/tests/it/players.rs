//! Terminals that take part in secret votes by the book: credentials, ballots,
//! and the three that keep the key. They use the protocol's own code, and keep
//! in memory what a terminal keeps on its disk.

use crate::kit::*;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::join_all;
use hemicycle::secret::os_random;
use hemicycle_protocol::ballot::archive::{EventList, read};
use hemicycle_protocol::ballot::credential::Credential;
use hemicycle_protocol::ballot::decrypt::{Opened, partially_decrypt};
use hemicycle_protocol::ballot::disclosure::Disclosures;
use hemicycle_protocol::ballot::encrypt::{Sealed, encrypt};
use hemicycle_protocol::ballot::follow::Followed;
use hemicycle_protocol::ballot::keygen::{Ceremony, Participant, Progress};
use hemicycle_protocol::ballot::keys::SecretKey;
use hemicycle_protocol::ballot::records::Canonical as _;
use hemicycle_protocol::ballot::scalar::RecordHash;
use hemicycle_protocol::ballot::setup::Setup;
use hemicycle_protocol::ballot::trustees::Pedersen;
use hemicycle_protocol::identity::{KeygenSpeech, Registration, verify};
use hemicycle_protocol::ids::*;
use hemicycle_protocol::secret::{
    self, Expected, asks, check_list, check_live, check_sum, choices, uuid,
};
use hemicycle_protocol::topic::{
    Objection, OpenTask, RecordRef, Scrutiny, ScrutinyKey, Topic, TopicName, Vote, VoteState,
};
use hemicycle_protocol::vote::{Ballot, Method};
use hemicycle_protocol::wire::*;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

/// Slots that a terminal registers ahead.
const AHEAD: u32 = 5;

/// A member's terminal.
pub struct Player {
    pub client: Client,
    pub seat: u16,
    pub credentials: Vec<Credential>,
    pub share: Option<Share>,
}

/// What a scrutineer's terminal keeps.
pub struct Share {
    pub key: SecretKey,
    pub item: Pedersen,
    disclosures: BTreeMap<u32, Disclosures>,
    /// The vote that runs, as far as it was checked, by its slot.
    followed: Option<(u32, Followed)>,
}

/// A ballot as it was cast, with the server's word.
pub struct Cast {
    pub command: Command,
    pub sealed: Sealed,
    pub receipt: SignedReceipt,
}

impl Player {
    /// Takes its seat.
    pub async fn sit(addr: SocketAddr, seat: u16) -> Self {
        let mut client = Client::seat(addr, seat).await;
        client.seated().await;
        Self { client, seat, credentials: Vec::new(), share: None }
    }

    /// The same terminal on another connection.
    pub async fn back(&mut self, addr: SocketAddr) {
        self.client = Client::seat(addr, self.seat).await;
        self.client.seated().await;
    }

    pub async fn sign_in(&mut self) {
        let command = self.client.sign_in_command(self.seat);
        self.client.must(command).await;
    }

    pub fn registration(&self, first: u32, keys: Vec<Hash>) -> Registration {
        Registration {
            meeting: self.client.meeting,
            member: MemberId(self.seat.into()),
            seat: SeatId(self.seat),
            first,
            keys,
        }
    }

    pub fn register_command(&self, first: u32, keys: Vec<Hash>) -> Command {
        let signature =
            self.client.me.as_ref().unwrap().sign(&self.registration(first, keys.clone()));
        Command::RegisterCredentials { first, keys, signature }
    }

    /// Draws and registers credentials for the first slots.
    pub async fn register(&mut self) {
        self.credentials = (0..AHEAD).map(|_| Credential::generate(&mut os_random())).collect();
        let keys = (0..AHEAD).map(|slot| self.public(slot)).collect();
        let command = self.register_command(0, keys);
        self.client.must(command).await;
    }

    pub fn key(&self, slot: u32) -> SecretKey {
        self.credentials[slot as usize].key(&uuid(&self.client.meeting, slot))
    }

    pub fn public(&self, slot: u32) -> Hash {
        Hex(*self.key(slot).public().encoded().as_bytes())
    }

    /// The vote, once it takes ballots, and its setup, checked.
    pub async fn setup(&mut self, vote: VoteId) -> (Vote, Setup) {
        let open = self.client.vote_until(|v| v.id == vote && v.state == VoteState::Open).await;
        let secret = open.secret.clone().unwrap();
        let bytes = fetch(&mut self.client, secret.setup.hash, secret.setup.bytes.0).await;
        let contents = read(&bytes).unwrap();
        let [election, trustees, credentials, data] = contents.events[0].data[..] else { panic!() };
        let setup = Setup::from_archive(election, trustees, credentials, data).unwrap();
        let meeting = self.client.meeting;
        assert!(asks(&setup, &meeting, secret.slot, &open.title, &open.form));
        assert_eq!(setup.credentials().len(), secret.credentials as usize);
        (open, setup)
    }

    /// Encrypts a ballot.
    pub async fn seal(&mut self, vote: VoteId, ballot: &Ballot) -> (Sealed, Command) {
        let (open, setup) = self.setup(vote).await;
        let key = self.key(open.secret.unwrap().slot);
        let choices = choices(&open.form, ballot).unwrap();
        let sealed = encrypt(&setup, &key, &choices, &mut os_random()).unwrap();
        let command = cast_command(vote, &sealed.ballot, &sealed);
        (sealed, command)
    }

    /// Casts a ballot and checks the receipt.
    pub async fn cast(&mut self, vote: VoteId, ballot: &Ballot) -> Cast {
        let (sealed, command) = self.seal(vote, ballot).await;
        let done = self.client.must(command.clone()).await;
        let receipt = done.receipt.expect("a receipt");
        verify(&self.client.server, &receipt.receipt, &receipt.signature).unwrap();
        assert_eq!(receipt.receipt.ballot.0, sealed.tracker.0);
        assert_eq!((receipt.receipt.vote, receipt.receipt.seat), (vote, SeatId(self.seat)));
        Cast { command, sealed, receipt }
    }

    /// Makes a key with the other scrutineers.
    pub async fn make_key(&mut self, attempt: u32) {
        let wanted = |me: &hemicycle_protocol::topic::Me| {
            me.duty.as_ref().is_some_and(|duty| duty.attempt == attempt)
        };
        let duty = self.client.me_until(wanted).await.duty.unwrap();
        let ceremony = Ceremony {
            session: secret::session(&self.client.meeting, attempt, &duty.terminals),
            size: duty.terminals.len() as u32,
            threshold: duty.threshold,
        };
        let mut rng = os_random();
        let (mut me, mut messages) = Participant::new(ceremony, duty.index, &mut rng).unwrap();
        let mut heard = 0;
        loop {
            for message in messages.drain(..) {
                let command = self.speak_command(attempt, &message);
                self.client.must(command).await;
            }
            if let (Progress::Done(item), Some(key)) = (me.progress(), me.share()) {
                let (key, item) = (key.clone(), item.clone());
                let disclosures = BTreeMap::new();
                self.share = Some(Share { key, item, disclosures, followed: None });
                return;
            }
            assert!(matches!(me.progress(), Progress::Waiting { .. }), "{:?}", me.progress());
            let more = |me: &hemicycle_protocol::topic::Me| {
                me.duty.as_ref().is_some_and(|duty| duty.said.len() > heard)
            };
            let said = self.client.me_until(more).await.duty.unwrap().said;
            for said in &said[heard..] {
                let terminal = &duty.terminals[said.from as usize - 1];
                let message = Hex(Sha256::digest(said.message.as_bytes()).into());
                let speech = KeygenSpeech { meeting: self.client.meeting, attempt, message };
                verify(terminal, &speech, &said.signature).unwrap();
                messages.extend(me.receive(said.from, said.message.as_bytes(), &mut rng));
            }
            heard = said.len();
        }
    }

    pub fn speak_command(&self, attempt: u32, message: &[u8]) -> Command {
        let hash = Hex(Sha256::digest(message).into());
        let speech = KeygenSpeech { meeting: self.client.meeting, attempt, message: hash };
        let signature = self.client.me.as_ref().unwrap().sign(&speech);
        let message = String::from_utf8(message.to_vec()).unwrap();
        Command::SpeakKeygen { attempt, message, signature }
    }

    /// Checks the sum that it is asked to open, and makes its part.
    pub async fn part(&mut self) -> (OpenTask, Opened) {
        self.part_of(|task| task.live.is_none()).await
    }

    /// The same for the next live sum, of more ballots than the one before.
    pub async fn live_part(&mut self, before: u32) -> (OpenTask, Opened) {
        self.part_of(|task| task.live.is_some_and(|live| live.ballots > before)).await
    }

    /// Members and their seats.
    async fn people(&mut self) -> BTreeMap<MemberId, SeatId> {
        let is_roll = |topic: &Topic| matches!(topic, Topic::Roll(_));
        let Topic::Roll(roll) = self.client.until(TopicName::Roll, is_roll).await else { panic!() };
        roll.people.iter().map(|p| (p.member, p.seat)).collect()
    }

    /// Checks the list of credentials of the vote that has opened, and says so.
    pub async fn check_list(&mut self) -> Result<(), Objection> {
        let asked = |me: &hemicycle_protocol::topic::Me| {
            me.duty.as_ref().is_some_and(|duty| duty.check.is_some())
        };
        let task = self.client.me_until(asked).await.duty.unwrap().check.unwrap();
        let people = self.people().await;
        let setup = fetch(&mut self.client, task.setup.hash, task.setup.bytes.0).await;
        let lines = task.registrations;
        let registrations = fetch(&mut self.client, lines.hash, lines.bytes.0).await;
        let expected = Expected {
            meeting: self.client.meeting,
            slot: task.slot,
            title: &task.title,
            form: &task.form,
            item: &self.share.as_ref().expect("a share").item,
            people: &people,
        };
        let found = check_list(&expected, &setup, &registrations);
        let command = Command::ListChecked { vote: task.vote, objection: found.err() };
        self.client.must(command).await;
        found
    }

    async fn part_of(&mut self, wanted: impl Fn(&OpenTask) -> bool) -> (OpenTask, Opened) {
        let asked = |me: &hemicycle_protocol::topic::Me| {
            let duty = me.duty.as_ref();
            duty.is_some_and(|duty| duty.open.as_ref().is_some_and(&wanted))
        };
        let task = self.client.me_until(asked).await.duty.unwrap().open.unwrap();
        let people = self.people().await;
        let (archive, lines) = (task.archive, task.registrations);
        let archive = fetch(&mut self.client, archive.hash, archive.bytes.0).await;
        let registrations = fetch(&mut self.client, lines.hash, lines.bytes.0).await;
        let share = self.share.as_mut().expect("a share");
        let expected = Expected {
            meeting: self.client.meeting,
            slot: task.slot,
            title: &task.title,
            form: &task.form,
            item: &share.item,
            people: &people,
        };
        let disclosures = share.disclosures.entry(task.slot).or_insert_with(|| Disclosures::new(5));
        let openable = match task.live {
            Some(live) => {
                let known = share.followed.take().filter(|(slot, _)| *slot == task.slot);
                let known = known.map(|(_, followed)| followed);
                let checked = check_live(&expected, known, &archive, &registrations, 1);
                let (followed, openable) = checked.unwrap();
                share.followed = Some((task.slot, followed));
                assert_eq!((openable.ballots, live.step), (live.ballots, limits::LIVE_STEP));
                disclosures.permit_prefix(openable.sum(), live.received).unwrap();
                openable
            }
            None => {
                let openable = check_sum(&expected, &archive, &registrations, None, 1).unwrap();
                disclosures.permit_final(openable.sum()).unwrap();
                openable
            }
        };
        let rng = &mut os_random();
        let part = partially_decrypt(&openable.setup, &share.key, &openable.tally, rng).unwrap();
        (task, part)
    }

    /// Helps to open the sum.
    pub async fn open(&mut self) {
        let (task, part) = self.part().await;
        self.client.must(part_command(task.vote, None, &part)).await;
    }

    /// Helps to open the next live sum; how many ballots are in it.
    pub async fn open_live(&mut self, before: u32) -> u32 {
        let (task, part) = self.live_part(before).await;
        let ballots = task.live.unwrap().ballots;
        self.client.must(part_command(task.vote, Some(ballots), &part)).await;
        ballots
    }

    /// Checks that its ballot is in the finished record.
    pub async fn check(&mut self, vote: VoteId, tracker: &RecordHash) -> RecordRef {
        let counted = |v: &Vote| {
            v.id == vote && v.secret.as_ref().is_some_and(|secret| secret.record.is_some())
        };
        let record = self.client.vote_until(counted).await.secret.unwrap().record.unwrap();
        let bytes = fetch(&mut self.client, record.events.hash, record.events.bytes.0).await;
        let events = EventList::from_bytes(&bytes).unwrap();
        assert_eq!(events.last_event().unwrap().0, record.last.0);
        assert!(events.has_ballot(tracker), "seat {}: the ballot is not counted", self.seat);
        record
    }
}

pub fn cast_command(vote: VoteId, ballot: &[u8], hints: &Sealed) -> Command {
    let ballot = String::from_utf8(ballot.to_vec()).unwrap();
    Command::CastSecret { vote, ballot, hints: STANDARD.encode(hints.hints.to_bytes()) }
}

pub fn part_command(vote: VoteId, live: Option<u32>, part: &Opened) -> Command {
    let partial = String::from_utf8(part.partial.to_bytes()).unwrap();
    let second = serde_json::to_string(&part.second).unwrap();
    Command::OpenPart { vote, live, partial, second }
}

/// Fetches a file whole and checks its hash.
pub async fn fetch(client: &mut Client, hash: Hash, size: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while (bytes.len() as u64) < size {
        let offset = bytes.len() as u64;
        let length = limits::FETCH.min(size - offset);
        client.send(&Up::Fetch { hash, offset, length }).await;
        while (bytes.len() as u64) < offset + length {
            assert!(client.no_blob.is_empty(), "{:?}", client.no_blob);
            match client.chunks.iter().position(|(of, _, _)| *of == hash) {
                Some(place) => bytes.extend(client.chunks.remove(place).2),
                None => client.step().await,
            }
        }
    }
    assert_eq!(Hex(Sha256::digest(&bytes).into()), hash);
    bytes
}

/// A room in session with members, scrutineers at seats 2, 3 and 4 (two of
/// them open a sum) and a secret vote.
pub struct Chamber {
    pub clerk: Client,
    pub players: Vec<Player>,
    pub item: ItemId,
    pub vote: VoteId,
}

impl Chamber {
    /// All members are here; those of `registered` have credentials.
    pub async fn new(addr: SocketAddr, members: u16, registered: &[u16]) -> Self {
        let cookie = login(addr).await;
        let mut clerk = Client::console(addr, &cookie).await;
        let (item, first) = prepare(&mut clerk, members, 0).await;
        clerk.must(Command::RemoveVote { vote: first }).await;
        let mut players = Vec::new();
        for seat in 1..=members {
            let mut player = Player::sit(addr, seat).await;
            player.sign_in().await;
            if registered.contains(&seat) {
                player.register().await;
            }
            players.push(player);
        }
        clerk.must(Command::OpenMeeting).await;
        let spec = VoteSpec { method: Method::Secret, ..motion("人事任免表决") };
        let vote = add_vote(&mut clerk, item, spec).await;
        Self { clerk, players, item, vote }
    }

    /// With a key and the vote open.
    pub async fn open(addr: SocketAddr, members: u16, registered: &[u16]) -> Self {
        let mut chamber = Self::new(addr, members, registered).await;
        chamber.make_key(1).await;
        chamber.clerk.must(Command::OpenVote { vote: chamber.vote }).await;
        chamber
    }

    /// Names the scrutineers and waits for their key.
    pub async fn make_key(&mut self, attempt: u32) {
        let members = vec![MemberId(2), MemberId(3), MemberId(4)];
        self.clerk.must(Command::NameScrutineers { members, threshold: 2 }).await;
        join_all(self.players[1..4].iter_mut().map(|player| player.make_key(attempt))).await;
        let ready = |s: &Scrutiny| matches!(s.key, ScrutinyKey::Ready { .. });
        self.scrutiny_until(|s| s.attempt == attempt && ready(s)).await;
    }

    pub async fn scrutiny_until(&mut self, wanted: impl Fn(&Scrutiny) -> bool) -> Scrutiny {
        let is = |topic: &Topic| matches!(topic, Topic::Scrutiny(s) if wanted(s));
        match self.clerk.until(TopicName::Scrutiny, is).await {
            Topic::Scrutiny(scrutiny) => scrutiny,
            other => panic!("{other:?}"),
        }
    }

    pub fn at(&mut self, seat: u16) -> &mut Player {
        &mut self.players[usize::from(seat) - 1]
    }

    /// Waits until the log has so many entries of that name.
    pub async fn logged(&mut self, what: &str, times: usize) {
        let is = |topic: &Topic| {
            matches!(topic, Topic::Audit(a)
                if a.entries.iter().filter(|e| e.what == what).count() >= times)
        };
        self.clerk.until(TopicName::Audit, is).await;
    }

    pub async fn counted(&mut self) -> Vote {
        let vote = self.vote;
        self.clerk.vote_until(|v| v.id == vote && v.verdict.is_some()).await
    }

    /// Everybody connects again.
    pub async fn back(&mut self, addr: SocketAddr) {
        let cookie = login(addr).await;
        self.clerk = Client::console(addr, &cookie).await;
        for player in &mut self.players {
            player.back(addr).await;
        }
    }
}

pub async fn add_vote(clerk: &mut Client, item: ItemId, spec: VoteSpec) -> VoteId {
    VoteId(clerk.must(Command::AddVote { item, spec }).await.made.unwrap())
}

/// Every file under a folder that holds these bytes.
pub fn files_with(folder: &std::path::Path, needle: &[u8]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_with(&path, needle));
        } else {
            let bytes = std::fs::read(&path).unwrap();
            if bytes.windows(needle.len()).any(|window| window == needle) {
                found.insert(path.file_name().unwrap().to_string_lossy().into_owned());
            }
        }
    }
    found
}
