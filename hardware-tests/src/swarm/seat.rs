//! One virtual seat: the terminal's own state machine, a socket, and fingers
//! that follow the script.

use super::papers::Taker;
use super::table::{Seen, Standing};
use super::{Shared, derive_wait, processors, told_to_stop};
use crate::socket::{Socket, open};
use futures_util::{SinkExt, StreamExt};
use getrandom::SysRng;
use hemicycle_protocol::identity::Identity;
use hemicycle_protocol::ids::{CommandId, Millis, SeatId, VoteId};
use hemicycle_protocol::refusal::{Code, Refusal};
use hemicycle_protocol::topic::{Phase, Standing as Role, Topic, TopicName, VoteState};
use hemicycle_protocol::wire::{
    Answer, Chunk, Command, Down, SignedReceipt, Up, limits, read_down, write,
};
use hemicycle_terminal::seat::{Channel, Checked, Effect, Job, Msg, Outcome, SigningIn, State};
use hemicycle_terminal::touch::Touch;
use rand_core::UnwrapErr;
use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::sync::{mpsc, watch};
use tokio_tungstenite::tungstenite::Message;

/// How soon something that was refused for the moment is tried again.
const AGAIN: Duration = Duration::from_millis(300);
/// Jobs of one seat that are under way at most.
const JOBS: usize = 16;
/// Nothing heard for so long: the server is gone.
const SILENT: Duration = Duration::from_secs(limits::SILENCE_SECONDS);

/// Runs a seat until it is told to stop.
pub(super) async fn run(
    shared: Arc<Shared>,
    place: usize,
    seat: SeatId,
    key: [u8; 32],
    names: [u8; 32],
    mut stopped: watch::Receiver<bool>,
) {
    let mut seat = Seat::new(shared, place, seat, key, names);
    let work = async {
        let effects = seat.state.start();
        seat.effects = effects;
        loop {
            let after = seat.connect_after();
            tokio::time::sleep(after).await;
            if let Some((socket, channel)) = seat.call().await {
                seat.talk(socket, channel).await;
            }
            seat.hung_up();
        }
    };
    tokio::select! {
        () = told_to_stop(&mut stopped) => {}
        () = work => {}
    }
}

struct Seat {
    shared: Arc<Shared>,
    place: usize,
    id: SeatId,
    state: State,
    standing: Standing,
    /// What the state machine wants done and nobody did yet.
    effects: Vec<Effect>,
    taker: Taker,
    /// When the connection that is being opened was asked for.
    called: Option<Instant>,
    /// Topics of which this connection has brought a value.
    known: BTreeSet<TopicName>,
    finger: Option<Finger>,
    /// When to sign in, once that is possible.
    sign_in_at: Option<Instant>,
    has_signed_in: bool,
    /// Something was refused for the moment: not before then.
    patience: Option<Instant>,
    /// The registration of credentials that waits for its answer.
    registering: Option<CommandId>,
    /// Jobs that are done come back here.
    worked: (mpsc::Sender<Outcome>, mpsc::Receiver<Outcome>),
}

/// A finger above the button.
#[derive(Clone, Copy, Debug)]
struct Finger {
    vote: VoteId,
    /// When it presses, or pressed. None: together with the others.
    at: Option<Instant>,
    submitted: bool,
}

impl Seat {
    fn new(shared: Arc<Shared>, place: usize, id: SeatId, key: [u8; 32], names: [u8; 32]) -> Self {
        let mut state = State::new(Identity::from_secret(&key), names, now());
        state.wish = Some(id);
        state.client = concat!("hemicycle-swarm/", env!("CARGO_PKG_VERSION")).into();
        let taker = Taker::new(shared.papers);
        Self {
            shared,
            place,
            id,
            state,
            standing: Standing { seat: id, ..Standing::default() },
            effects: Vec::new(),
            taker,
            called: None,
            known: BTreeSet::new(),
            finger: None,
            sign_in_at: None,
            has_signed_in: false,
            patience: None,
            registering: None,
            worked: mpsc::channel(JOBS),
        }
    }

    /// How long to wait before the next connection.
    fn connect_after(&mut self) -> Duration {
        let mut after = AGAIN;
        for effect in self.effects.drain(..) {
            if let Effect::Connect { after: millis } = effect {
                after = Duration::from_millis(millis.into());
            }
        }
        after
    }

    async fn call(&mut self) -> Option<(Socket, Channel)> {
        let shared = Arc::clone(&self.shared);
        let _turn = shared.opening.acquire().await.ok()?;
        self.called = Some(Instant::now());
        open(&shared.server, Arc::clone(&shared.traffic), None).await.ok()
    }

    /// One connection from its beginning to its end.
    async fn talk(&mut self, mut socket: Socket, channel: Channel) {
        self.known.clear();
        self.tell(Msg::LinkUp(channel));
        let mut starts = self.shared.starts.subscribe();
        let mut heard = Instant::now();
        loop {
            if self.carry_out(&mut socket).await.is_err() {
                return;
            }
            let act_at = self.act_at();
            tokio::select! {
                frame = socket.next() => match frame {
                    Some(Ok(frame)) => {
                        heard = Instant::now();
                        if self.take(frame).is_err() {
                            return;
                        }
                    }
                    Some(Err(_)) | None => return,
                },
                Some(outcome) = self.worked.1.recv() => self.tell(Msg::Worked(outcome)),
                _ = starts.changed() => self.let_go(),
                () = tokio::time::sleep_until(act_at.into()) => {
                    if heard.elapsed() >= SILENT {
                        return;
                    }
                    self.tell(Msg::Tick);
                }
            }
            self.act();
            self.stand();
        }
    }

    /// The connection is over, or did not come about.
    fn hung_up(&mut self) {
        self.effects.clear();
        self.tell(Msg::LinkDown);
        self.stand();
    }

    /// What the state machine wants done. An error: the connection is to end.
    async fn carry_out(&mut self, socket: &mut Socket) -> Result<(), ()> {
        for effect in std::mem::take(&mut self.effects) {
            match effect {
                Effect::Send(up) => {
                    self.note_press(&up);
                    self.send(socket, &up).await?;
                }
                Effect::WantPaper { hash, bytes, urgent, .. } => {
                    if let Some(up) = self.taker.want(hash, bytes, urgent) {
                        self.send(socket, &up).await?;
                    }
                }
                Effect::Hang | Effect::Rest => return Err(()),
                // A call while there is a connection is for the next time; pictures, searches, places
                // and preferences are for those who have a screen; the state remembers its server.
                Effect::Connect { .. }
                | Effect::KeepPapers { .. }
                | Effect::KeepUnder(_)
                | Effect::OpenPaper { .. }
                | Effect::Draw { .. }
                | Effect::ForgetDrawings
                | Effect::Find { .. }
                | Effect::StopFinding
                | Effect::KeepPlaces(_)
                | Effect::DropPlaces
                | Effect::SavePreferences(_)
                | Effect::CallAt { .. }
                | Effect::Pin(_)
                | Effect::Picked(_)
                // Done as soon as they come.
                | Effect::Keep { .. }
                | Effect::Destroy { .. }
                | Effect::Work(_)
                | Effect::Export(_) => {}
            }
        }
        Ok(())
    }

    /// A job runs aside, no more of them at a time than there are processors.
    fn work(&self, job: Job) {
        let shared = Arc::clone(&self.shared);
        let done = self.worked.0.clone();
        tokio::spawn(async move {
            let Ok(_turn) = Arc::clone(&shared.workers).acquire_owned().await else { return };
            let work = move || job.run(&mut UnwrapErr(SysRng), processors(), &shared.memo);
            if let Ok(outcome) = tokio::task::spawn_blocking(work).await {
                // The seat may have gone home.
                let _ = done.send(outcome).await;
            }
        });
    }

    fn note_press(&mut self, up: &Up) {
        let Up::Command(ask) = up else { return };
        if let Command::RegisterCredentials { .. } = ask.command {
            self.registering = Some(ask.id);
        }
        let pressed = if let Command::Cast { vote, ballot, .. } = &ask.command {
            (*vote, Some(ballot.clone()))
        } else if let Command::CastSecret { vote, .. } = &ask.command {
            (*vote, None)
        } else {
            return;
        };
        self.shared.measure.pressed(pressed.0, self.id, pressed.1);
    }

    async fn send(&self, socket: &mut Socket, up: &Up) -> Result<(), ()> {
        socket.send(Message::text(write(up))).await.map_err(drop)
    }

    fn take(&mut self, frame: Message) -> Result<(), ()> {
        let at = Instant::now();
        match frame {
            Message::Text(text) => {
                let down = read_down(&text).map_err(drop)?;
                self.notice(&down, at);
                let welcome = matches!(down, Down::Welcome { .. });
                self.tell(Msg::Received(Box::new(down)));
                if welcome {
                    self.effects.extend(self.taker.begin_again().map(Effect::Send));
                }
                Ok(())
            }
            Message::Binary(bytes) if self.state.wants_piece(&bytes) => {
                self.tell(Msg::Piece(bytes.into()));
                Ok(())
            }
            Message::Binary(bytes) => {
                let chunk = Chunk::decode(&bytes).map_err(drop)?;
                let length = chunk.data.len() as u64;
                self.shared.paper_bytes.fetch_add(length, Ordering::Relaxed);
                let (msg, next) = self.taker.piece(&chunk);
                if let Some(msg) = msg {
                    self.tell(msg);
                }
                self.effects.extend(next.map(Effect::Send));
                Ok(())
            }
            Message::Ping(_) | Message::Pong(_) => Ok(()),
            Message::Close(_) | Message::Frame(_) => Err(()),
        }
    }

    /// What is measured before the seat itself learns of it.
    fn notice(&mut self, down: &Down, at: Instant) {
        let measure = &self.shared.measure;
        let receipt = |signed: &SignedReceipt| {
            let of = &signed.receipt;
            measure.receipt(of.vote, self.id, of.seq, of.ballot);
        };
        match down {
            Down::Welcome { .. } => {
                self.standing.welcomes += 1;
                self.standing.refused = None;
                if let Some(called) = self.called.take() {
                    measure.connected(called.elapsed(), self.shared.began.elapsed());
                }
            }
            Down::Topic(frame) => {
                let name = frame.topic.name();
                // The first value comes with the connection, whenever that is.
                let newer = !self.known.insert(name);
                if newer && name != TopicName::Me {
                    measure.topic(name, frame.version, at);
                }
                if let Topic::Vote(Some(vote)) = &frame.topic {
                    let before = self.standing.vote.as_ref().map(|v| (v.id, v.state));
                    if newer && before != Some((vote.id, vote.state)) {
                        measure.vote_seen(vote, at);
                    }
                }
                if let Topic::Me(me) = &frame.topic
                    && let Some(mine) = &me.ballot
                {
                    let signature = mine.signature;
                    receipt(&SignedReceipt { receipt: mine.receipt.clone(), signature });
                }
            }
            Down::Reply(reply) => match &reply.answer {
                Answer::Ok(done) => {
                    if let Some(signed) = &done.receipt {
                        receipt(signed);
                    }
                    self.standing.registered |= self.registering == Some(reply.id);
                }
                Answer::Refused(why) => {
                    if let Some(finger) = self.finger
                        && self.state.casting.as_ref().is_some_and(|c| c.id == reply.id)
                    {
                        measure.refused(finger.vote, why.code);
                    }
                }
            },
            Down::Goodbye { refused } => self.standing.refused = Some(refused.to_string()),
            Down::Greeting { .. }
            | Down::NoBlob { .. }
            | Down::Notes { .. }
            | Down::NotesKept { .. } => {}
        }
    }

    fn tell(&mut self, msg: Msg) {
        let mut msgs = VecDeque::from([msg]);
        while let Some(msg) = msgs.pop_front() {
            for effect in self.state.update(msg, now()) {
                // A virtual seat keeps nothing beyond its own life. Neither that nor a job needs
                // the connection.
                if let Effect::Keep { name, .. } = effect {
                    msgs.push_back(Msg::Kept { name });
                } else if let Effect::Destroy { name } = effect {
                    msgs.push_back(Msg::Destroyed { name });
                } else if let Effect::Work(job) = effect {
                    self.work(job);
                } else {
                    self.effects.push(effect);
                }
            }
        }
        let Some((vote, _)) = self.state.confirmed else { return };
        if let Some(finger) = self.finger.filter(|f| f.vote == vote) {
            let at = Instant::now();
            let pressed = finger.at.unwrap_or(at);
            let took = at.saturating_duration_since(pressed);
            self.shared.measure.confirmed(vote, self.id, took, at);
            self.finger = None;
        }
    }

    /// Everybody presses now, if it is for the vote that this seat waits in.
    fn let_go(&mut self) {
        let starts = self.shared.starts.borrow();
        if let Some(finger) = &mut self.finger
            && finger.at.is_none()
        {
            finger.at = starts.get(&finger.vote).copied();
        }
    }

    /// When there is something to do without being asked.
    fn act_at(&self) -> Instant {
        let tick =
            Duration::from_millis(millis_until(self.state.wake_at()).max(20)).min(SILENT / 3);
        let times = [
            self.sign_in_at.filter(|_| !self.has_signed_in),
            self.finger.filter(|f| !f.submitted).and_then(|f| f.at),
            self.patience,
        ];
        let tick = Instant::now() + tick;
        times.into_iter().flatten().min().map_or(tick, |at| at.min(tick))
    }

    /// Does what the person at the seat would do.
    fn act(&mut self) {
        if self.patience.is_some_and(|until| until > Instant::now()) || !self.state.online() {
            return;
        }
        self.patience = None;
        self.sign_in();
        self.choose();
        self.submit();
    }

    fn sign_in(&mut self) {
        let open = matches!(
            self.state.room.meeting.as_ref().map(|m| m.phase),
            Some(Phase::SignIn | Phase::InSession | Phase::Adjourned)
        );
        let Some(me) = self.state.me() else { return };
        if me.signed_in {
            self.has_signed_in = true;
        }
        let wanted = open && me.person.is_some() && !me.on_leave && !self.has_signed_in;
        if !wanted || !self.shared.press.attends(self.id) {
            return;
        }
        let thinks = self.shared.pace.thinks(self.id, 0).unwrap_or_default();
        let at = *self.sign_in_at.get_or_insert_with(|| Instant::now() + thinks);
        match self.state.signing_in {
            SigningIn::Busy(_) => {}
            SigningIn::Ready | SigningIn::Failed(_) if at > Instant::now() => {}
            SigningIn::Ready => {
                self.tell(Msg::Touch(Touch::Wake));
                self.tell(Msg::Touch(Touch::SignIn));
            }
            SigningIn::Failed(_) => {
                self.tell(Msg::Touch(Touch::SignIn));
                self.wait();
            }
        }
    }

    /// Chooses and puts the finger above the button.
    fn choose(&mut self) {
        let Some(vote) = self.state.room.vote.as_ref() else { return };
        let (id, open) = (vote.id, vote.state == VoteState::Open);
        if !open || self.standing.stance.is_some_and(|(of, _)| of == id) {
            return;
        }
        let signed_in = self.state.me().is_some_and(|me| me.signed_in);
        let presses = self.shared.press.answers(vote.id, &vote.title, &vote.form, self.id);
        if !signed_in || presses.is_empty() {
            self.standing.stance = Some((id, false));
            return;
        }
        // Until the server says so, this seat is not on the roll.
        if self.state.votable().is_none() || self.state.has_voted() {
            return;
        }
        if self.finger.is_none_or(|finger| finger.vote != id) {
            for (question, choice) in presses {
                self.tell(Msg::Touch(Touch::Choose { question, choice }));
            }
            let ready = Instant::now();
            let thinks = self.shared.pace.thinks(self.id, u64::from(id.0) + 1);
            // Who comes after all others have pressed presses at once.
            let late = self.shared.starts.borrow().contains_key(&id).then_some(ready);
            let at = thinks.map(|time| ready + time).or(late);
            self.finger = Some(Finger { vote: id, at, submitted: false });
        }
        // Fingers that come down together wait for terminals that encrypt one after the other
        // here; in a room each has a processor of its own.
        let alone = self.finger.is_some_and(|finger| finger.at.is_some());
        if alone || self.state.is_ready_to_send() {
            self.standing.stance = Some((id, true));
        }
    }

    fn submit(&mut self) {
        let Some(finger) = self.finger else { return };
        let due = finger.at.is_some_and(|at| at <= Instant::now());
        if !due {
            return;
        }
        if let Some(failed) = self.failed(finger.vote) {
            if !matches!(failed.code, Code::Unavailable | Code::TooFast) {
                self.finger = None;
                return;
            }
            if finger.submitted {
                self.finger = Some(Finger { submitted: false, ..finger });
                self.wait();
                return;
            }
        }
        if finger.submitted {
            return;
        }
        self.tell(Msg::Touch(Touch::Submit));
        if self.state.casting.is_some() {
            self.finger = Some(Finger { submitted: true, ..finger });
        } else if !self.may_still_vote(finger.vote) {
            // Closed before this finger came down.
            self.finger = None;
        } else {
            self.wait();
        }
    }

    /// Is it open to this seat? What the seat needs besides may come a moment later, after a restart.
    fn may_still_vote(&self, vote: VoteId) -> bool {
        let open = |state| matches!(state, VoteState::Open | VoteState::Paused);
        let before_the_room = self.state.room.vote.as_ref().filter(|v| v.id == vote);
        before_the_room.is_some_and(|v| open(v.state))
            && self.state.me().is_some_and(|m| m.may_vote)
    }

    /// Why the submission did not succeed.
    fn failed(&self, vote: VoteId) -> Option<Refusal> {
        let draft = self.state.draft.as_ref().filter(|d| d.vote == vote)?;
        draft.failed.clone()
    }

    fn wait(&mut self) {
        self.patience = Some(Instant::now() + derive_wait(AGAIN, self.id));
    }

    /// The secret vote in whose record this seat has looked for its ballot.
    fn found(&self) -> Option<(VoteId, bool)> {
        let vote = self.state.room.vote.as_ref()?.id;
        match self.state.checked(vote) {
            Some(Checked::Counted(_)) => Some((vote, true)),
            Some(Checked::Absent | Checked::OtherRecord) => Some((vote, false)),
            None => self.standing.found,
        }
    }

    /// Writes the seat's line in the table, if it is another one.
    fn stand(&mut self) {
        let me = self.state.me();
        let person = me.and_then(|me| me.person.as_ref());
        let vote = self.state.room.vote.as_ref();
        let now = Standing {
            online: self.state.online(),
            seated: person.is_some(),
            member: person.is_some_and(|p| p.standing == Role::Member),
            signed_in: me.is_some_and(|me| me.signed_in),
            phase: self.state.room.meeting.as_ref().map(|m| m.phase),
            vote: vote.map(|v| Seen {
                id: v.id,
                state: v.state,
                count: v.count.clone(),
                verdict: v.verdict.clone(),
            }),
            confirmed: self.state.confirmed.map(|(vote, _)| vote),
            found: self.found(),
            ..self.standing.clone()
        };
        if self.shared.table.differs(self.place, &now) {
            self.shared.table.put(self.place, now.clone());
        }
        self.standing = now;
    }
}

fn now() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

fn millis_until(at: Millis) -> u64 {
    u64::try_from(at.0.saturating_sub(now().0)).unwrap_or(0)
}
