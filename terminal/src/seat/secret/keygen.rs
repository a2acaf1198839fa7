//! A scrutineer's terminal in the key generation. The seed of all its secrets
//! is on disk before its first word, and what it says follows from the seed and
//! from what it has heard: a terminal that is started again says the same again
//! and ends with the same share.
//!
//! Fresh numbers for each step come from the seed *and* everything heard so far.
//! A relay that shows other messages after a restart gets other numbers, never
//! two proofs with one nonce.

use super::job::Task;
use super::shelf::{Kind, Place, Saved, Share};
use crate::seat::{Effect, State};
use hemicycle_protocol::ballot::keygen::{Ceremony, Participant, Progress};
use hemicycle_protocol::ballot::scalar::RecordHash;
use hemicycle_protocol::identity::{KeygenSpeech, verify};
use hemicycle_protocol::ids::{CommandId, Hash, Hex, MeetingId};
use hemicycle_protocol::secret::session;
use hemicycle_protocol::topic::{Duty, Phase, Said, ScrutinyKey};
use hemicycle_protocol::wire::Command;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// The key generation that this terminal takes part in.
pub(in crate::seat) struct KeyMaking {
    meeting: MeetingId,
    attempt: u32,
    stage: Stage,
}

enum Stage {
    /// The seed is being drawn or written.
    Seed {
        job: Option<u64>,
    },
    Talking(Box<Talking>),
    /// The share is being written.
    Keeping,
    /// The share is on disk.
    Done,
    Broken(Broken),
}

struct Talking {
    participant: Participant,
    /// Messages taken in, and their hash so far.
    heard: usize,
    heard_hash: Sha256,
    /// Own messages, in order.
    own: Vec<Vec<u8>>,
    /// The own message that was sent last, and its command.
    asked: Option<(usize, CommandId)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Broken {
    /// It was started again in the middle, and what it had said before is lost.
    Lost,
    /// A message does not bear its sender's signature, or was changed afterwards.
    Relay,
    /// A participant broke a rule.
    Blamed,
    /// What the server asks for makes no sense.
    Senseless,
}

/// How the key generation stands, for the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Making {
    /// In this round of four.
    Round(u32),
    /// Done: what the scrutineers compare, and whether it is what the server says.
    Ready { code: String, same: bool },
    /// This terminal was started again in the middle and cannot go on.
    Lost,
    /// The messages do not bear their senders' signatures.
    Relay,
    /// Over without a key; the server names whom it waits for.
    Failed,
}

impl State {
    /// How the making of the key stands at this scrutineer's terminal; none: it is no such
    /// terminal, or there is nothing to say.
    pub fn making(&self) -> Option<Making> {
        let meeting = self.meeting_id()?;
        let duty = self.me()?.duty.as_deref()?;
        let key = &self.room.scrutiny.as_ref()?.key;
        if let Some(share) = self.secret.shelf.shares.get(&(meeting, duty.attempt)) {
            let same = match key {
                ScrutinyKey::Ready { code } => *code == share.code,
                ScrutinyKey::Making { .. } => true,
                ScrutinyKey::Absent | ScrutinyKey::Failed { .. } => return Some(Making::Failed),
            };
            return Some(Making::Ready { code: share.code.clone(), same });
        }
        match key {
            ScrutinyKey::Absent => return None,
            ScrutinyKey::Failed { .. } => return Some(Making::Failed),
            ScrutinyKey::Making { .. } | ScrutinyKey::Ready { .. } => {}
        }
        let making = self.secret.making.as_ref().filter(|m| m.attempt == duty.attempt);
        match making.map(|m| &m.stage) {
            None | Some(Stage::Seed { .. }) => Some(Making::Round(1)),
            Some(Stage::Talking(talking)) => match talking.participant.progress() {
                Progress::Waiting { round, .. } => {
                    Some(Making::Round(u32::try_from(round).unwrap_or(4)))
                }
                Progress::Done(_) => Some(Making::Round(4)),
                Progress::Failed(_) => Some(Making::Failed),
            },
            Some(Stage::Keeping | Stage::Done) => Some(Making::Round(4)),
            Some(Stage::Broken(Broken::Lost)) => Some(Making::Lost),
            Some(Stage::Broken(Broken::Relay)) => Some(Making::Relay),
            Some(Stage::Broken(Broken::Blamed | Broken::Senseless)) => Some(Making::Failed),
        }
    }

    /// Is it certain that this terminal has no share, and will not get one?
    pub(super) fn is_without_share(&self) -> bool {
        let stage = self.secret.making.as_ref().map(|making| &making.stage);
        matches!(stage, Some(Stage::Broken(_) | Stage::Done))
    }

    /// Were the codes of this key generation compared, as far as this terminal was told?
    pub fn codes_compared(&self) -> bool {
        let attempt = self.me().and_then(|me| me.duty.as_ref()).map(|d| d.attempt);
        self.secret.compared.is_some() && self.secret.compared == self.meeting_id().zip(attempt)
    }

    pub(in crate::seat) fn compare_codes(&mut self) {
        let attempt = self.me().and_then(|me| me.duty.as_ref()).map(|d| d.attempt);
        self.secret.compared = self.meeting_id().zip(attempt);
    }

    pub(super) fn tend_keygen(&mut self, effects: &mut Vec<Effect>) {
        let Some(meeting) = self.meeting_id() else { return };
        let Some(duty) = self.me().and_then(|me| me.duty.clone()) else {
            self.secret.making = None;
            return;
        };
        let attempt = duty.attempt;
        if self.room.meeting.as_ref().is_none_or(|m| m.phase == Phase::Closed) {
            return;
        }
        let Some(key) =
            self.room.scrutiny.as_ref().filter(|s| s.attempt == attempt).map(|s| &s.key)
        else {
            return;
        };
        let wanted = match key {
            ScrutinyKey::Making { .. } | ScrutinyKey::Ready { .. } => true,
            ScrutinyKey::Absent | ScrutinyKey::Failed { .. } => false,
        };
        let is_making = matches!(key, ScrutinyKey::Making { .. });
        // Earlier attempts are over, and so is one that has failed.
        for place in self.secret.shelf.places() {
            let of_key = matches!(place.kind, Kind::Seed | Kind::Share);
            let over = place.number < attempt || (place.number == attempt && !wanted);
            if place.meeting == meeting && of_key && over {
                self.secret.shelf.destroy(place, effects);
            }
        }
        if !wanted {
            self.secret.making = None;
            return;
        }
        let current = self.secret.making.as_ref();
        if current.is_none_or(|m| (m.meeting, m.attempt) != (meeting, attempt)) {
            let has_share = self.secret.shelf.shares.contains_key(&(meeting, attempt));
            let has_seed = self.secret.shelf.seeds.contains_key(&(meeting, attempt));
            let spoke = duty.said.iter().any(|said| said.from == duty.index);
            let stage = if has_share {
                Stage::Keeping
            } else if has_seed || (is_making && !spoke) {
                Stage::Seed { job: None }
            } else {
                Stage::Broken(Broken::Lost)
            };
            self.secret.making = Some(KeyMaking { meeting, attempt, stage });
        }
        self.go_on_with_seed(meeting, &duty, effects);
        self.go_on_talking(meeting, &duty, effects);
        self.go_on_keeping(meeting, attempt, effects);
    }

    fn go_on_with_seed(&mut self, meeting: MeetingId, duty: &Duty, effects: &mut Vec<Effect>) {
        let Some(KeyMaking { stage: Stage::Seed { job }, .. }) = &self.secret.making else {
            return;
        };
        let attempt = duty.attempt;
        let place = Place { meeting, kind: Kind::Seed, number: attempt };
        let Some(seed) = self.secret.shelf.seeds.get(&(meeting, attempt)).cloned() else {
            if job.is_none() {
                let job = Some(self.work(Task::Seed, effects));
                let stage = Stage::Seed { job };
                self.secret.making = Some(KeyMaking { meeting, attempt, stage });
            }
            return;
        };
        match self.secret.shelf.saved(place) {
            Saved::Writing => return,
            Saved::Failed | Saved::Not => {
                if self.secret.may_try(self.now) {
                    self.secret.shelf.keep(place, effects);
                }
                return;
            }
            Saved::Yes => {}
        }
        let stage = match Talking::begin(meeting, duty, self.key(), &seed) {
            Some(talking) => Stage::Talking(Box::new(talking)),
            None => Stage::Broken(Broken::Senseless),
        };
        self.secret.making = Some(KeyMaking { meeting, attempt, stage });
    }

    pub(super) fn seed_drawn(
        &mut self,
        number: u64,
        seed: Zeroizing<[u8; 32]>,
        effects: &mut Vec<Effect>,
    ) {
        let Some(KeyMaking { meeting, attempt, stage: Stage::Seed { job } }) =
            &mut self.secret.making
        else {
            return;
        };
        if *job == Some(number) {
            let place = Place { meeting: *meeting, kind: Kind::Seed, number: *attempt };
            self.secret.shelf.seeds.insert((*meeting, *attempt), seed);
            self.secret.shelf.keep(place, effects);
        }
    }

    fn go_on_talking(&mut self, meeting: MeetingId, duty: &Duty, effects: &mut Vec<Effect>) {
        let attempt = duty.attempt;
        let Some(KeyMaking { stage: Stage::Talking(talking), .. }) = &mut self.secret.making else {
            return;
        };
        let Some(seed) = self.secret.shelf.seeds.get(&(meeting, attempt)) else { return };
        let heard = talking.listen(meeting, duty, seed);
        // Others need the last word too: the share counts once it has been heard.
        let said = duty.said.iter().filter(|said| said.from == duty.index).count();
        let all_said = heard.is_ok() && said >= talking.own.len();
        let finished = all_said.then(|| talking.finished()).flatten();
        let blamed = matches!(talking.participant.progress(), Progress::Failed(_));
        let next = match heard {
            Err(broken) => Some(Stage::Broken(broken)),
            Ok(()) => finished.map(|share| {
                self.secret.shelf.shares.insert((meeting, attempt), share);
                let place = Place { meeting, kind: Kind::Share, number: attempt };
                self.secret.shelf.keep(place, effects);
                Stage::Keeping
            }),
        };
        if let Some(stage) = next {
            self.secret.making = Some(KeyMaking { meeting, attempt, stage });
            return;
        }
        self.speak(meeting, duty, effects);
        if blamed && self.secret.making.as_ref().is_some_and(KeyMaking::has_said_all) {
            let stage = Stage::Broken(Broken::Blamed);
            self.secret.making = Some(KeyMaking { meeting, attempt, stage });
        }
    }

    /// Sends the first own message that the others do not have yet.
    fn speak(&mut self, meeting: MeetingId, duty: &Duty, effects: &mut Vec<Effect>) {
        let (online, may_try) = (self.online(), self.secret.may_try(self.now));
        let Some(KeyMaking { stage: Stage::Talking(talking), .. }) = &self.secret.making else {
            return;
        };
        let said = duty.said.iter().filter(|said| said.from == duty.index).count();
        let waits = talking.asked.is_some_and(|(number, _)| number >= said);
        let Some(message) = talking.own.get(said).filter(|_| online && may_try && !waits) else {
            return;
        };
        let Ok(message) = String::from_utf8(message.clone()) else { return };
        let speech =
            KeygenSpeech { meeting, attempt: duty.attempt, message: digest(message.as_bytes()) };
        let signature = self.identity.sign(&speech);
        let command = Command::SpeakKeygen { attempt: duty.attempt, message, signature };
        let Some(id) = self.ask_if_room(command, effects) else { return };
        if let Some(KeyMaking { stage: Stage::Talking(talking), .. }) = &mut self.secret.making {
            talking.asked = Some((said, id));
        }
    }

    pub(super) fn spoken(&mut self, id: CommandId, ok: bool) {
        let Some(KeyMaking { stage: Stage::Talking(talking), .. }) = &mut self.secret.making else {
            return;
        };
        if !ok && talking.asked.take_if(|(_, asked)| *asked == id).is_some() {
            self.secret.try_later(self.now);
        }
    }

    /// Once the share is on disk nothing of its making is needed any more.
    fn go_on_keeping(&mut self, meeting: MeetingId, attempt: u32, effects: &mut Vec<Effect>) {
        let Some(KeyMaking { stage: stage @ Stage::Keeping, .. }) = &mut self.secret.making else {
            return;
        };
        let place = |kind| Place { meeting, kind, number: attempt };
        match self.secret.shelf.saved(place(Kind::Share)) {
            Saved::Writing => {}
            Saved::Failed | Saved::Not => {
                if self.secret.may_try(self.now) {
                    self.secret.shelf.keep(place(Kind::Share), effects);
                }
            }
            Saved::Yes => {
                *stage = Stage::Done;
                self.secret.shelf.destroy(place(Kind::Seed), effects);
            }
        }
    }
}

impl KeyMaking {
    fn has_said_all(&self) -> bool {
        match &self.stage {
            Stage::Talking(talking) => {
                talking.asked.is_some_and(|(number, _)| number + 1 >= talking.own.len())
            }
            Stage::Seed { .. } | Stage::Keeping | Stage::Done | Stage::Broken(_) => true,
        }
    }
}

impl Talking {
    fn begin(
        meeting: MeetingId,
        duty: &Duty,
        own: hemicycle_protocol::ids::Key,
        seed: &[u8; 32],
    ) -> Option<Self> {
        let place = usize::try_from(duty.index).ok()?.checked_sub(1)?;
        if duty.terminals.get(place) != Some(&own) {
            return None;
        }
        let ceremony = Ceremony {
            session: session(&meeting, duty.attempt, &duty.terminals),
            size: u32::try_from(duty.terminals.len()).ok()?,
            threshold: duty.threshold,
        };
        let mut heard_hash = Sha256::new_with_prefix(b"hemicycle/1/keygen-heard\n");
        heard_hash.update(ceremony.session.0);
        let mut rng = numbers(seed, &heard_hash);
        let (participant, own) = Participant::new(ceremony, duty.index, &mut rng).ok()?;
        Some(Self { participant, heard: 0, heard_hash, own, asked: None })
    }

    /// Takes in what was said since the last time.
    fn listen(&mut self, meeting: MeetingId, duty: &Duty, seed: &[u8; 32]) -> Result<(), Broken> {
        for said in duty.said.iter().skip(self.heard) {
            let Said { from, message, signature } = said;
            let speech = KeygenSpeech {
                meeting,
                attempt: duty.attempt,
                message: digest(message.as_bytes()),
            };
            let place = usize::try_from(*from).ok().and_then(|from| from.checked_sub(1));
            let terminal = place.and_then(|place| duty.terminals.get(place));
            let genuine = terminal.is_some_and(|key| verify(key, &speech, signature).is_ok());
            if !genuine {
                return Err(Broken::Relay);
            }
            if *from == duty.index && !self.own.iter().any(|own| own == message.as_bytes()) {
                // It bears this terminal's signature: an earlier run has said it.
                return Err(Broken::Lost);
            }
            self.heard += 1;
            self.heard_hash.update(from.to_be_bytes());
            self.heard_hash.update(speech.message.0);
            let mut rng = numbers(seed, &self.heard_hash);
            let new = self.participant.receive(*from, message.as_bytes(), &mut rng);
            self.own.extend(new);
        }
        Ok(())
    }

    /// The share with the scrutineers' item, once everybody has confirmed it.
    fn finished(&self) -> Option<Share> {
        let Progress::Done(item) = self.participant.progress() else { return None };
        let item = item.clone();
        let key = self.participant.share()?.clone();
        let code = self.participant.board().transcript().as_ref().map(RecordHash::short_code)?;
        Some(Share { key, item, code })
    }
}

fn digest(bytes: &[u8]) -> Hash {
    Hex(Sha256::digest(bytes).into())
}

/// The random numbers of one step.
fn numbers(seed: &[u8; 32], heard: &Sha256) -> ChaCha20Rng {
    let mut sha = Sha256::new_with_prefix(b"hemicycle/1/keygen-numbers\n");
    sha.update(seed);
    sha.update(heard.clone().finalize());
    let seed = Zeroizing::new(sha.finalize().into());
    ChaCha20Rng::from_seed(*seed)
}
