//! In front of the room: signatures in commands are verified here, by all
//! processors together when many come at once. What comes out goes to the
//! room's inbox in the order in which it came in; only encrypted ballots take
//! another way (`secret::ballots`), because their proofs take longer.

use crate::board::Sitting;
use crate::room::{self, Asker, Request};
use hemicycle_protocol::ballot::group::Encoded;
use hemicycle_protocol::identity::{
    DrawnSignIn, KeygenSpeech, RecordedBallot, Registration, SignIn, verify,
};
use hemicycle_protocol::ids::{Hex, Key, MeetingId, MemberId, Signature};
use hemicycle_protocol::refusal::{Code, Refusal};
use hemicycle_protocol::wire::{Answer, Command, limits};
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;

/// Commands that wait for verification at most.
pub const QUEUE: usize = 4096;
/// Verified together at most: not so many that the first waits for the last.
const BATCH: usize = 256;
/// From here on all processors help.
const TOGETHER: usize = 8;

/// A command and what its signature has to hold for.
pub struct Incoming {
    pub request: Request,
    pub signed: Option<Signed>,
}

/// A signature with its statement.
pub struct Signed {
    key: Key,
    member: MemberId,
    what: What,
}

enum What {
    Statement(Statement, Signature),
    /// An encrypted ballot: signed with its credential, inside.
    Sealed,
}

enum Statement {
    SignIn(SignIn),
    DrawnSignIn(DrawnSignIn),
    Ballot(RecordedBallot),
    Credentials(Registration),
    Keygen(KeygenSpeech),
}

/// Does this command carry a signature of its sender? An encrypted ballot is
/// signed with its credential.
pub fn is_signed(command: &Command) -> bool {
    matches!(
        command,
        Command::SignIn { .. }
            | Command::Cast { .. }
            | Command::RegisterCredentials { .. }
            | Command::SpeakKeygen { .. }
    )
}

impl Signed {
    /// What a terminal's command says, with the seat that it has now. None
    /// where nothing is signed or nobody sits there.
    pub fn of(
        command: &Command,
        meeting: MeetingId,
        terminal: Key,
        sitting: Sitting,
    ) -> Option<Self> {
        let (seat, member) = (sitting.seat, sitting.member?);
        let what = if let Command::SignIn { signature, drawing: Some(drawing), .. } = command {
            let statement = DrawnSignIn { meeting, member, seat, drawing: drawing.clone() };
            What::Statement(Statement::DrawnSignIn(statement), *signature)
        } else if let Command::SignIn { signature, .. } = command {
            What::Statement(Statement::SignIn(SignIn { meeting, member, seat }), *signature)
        } else if let Command::Cast { vote, ballot, signature } = command {
            let (vote, ballot) = (*vote, ballot.clone());
            let statement = RecordedBallot { meeting, vote, member, seat, ballot };
            What::Statement(Statement::Ballot(statement), *signature)
        } else if let Command::RegisterCredentials { first, keys, signature } = command {
            let (first, keys) = (*first, keys.clone());
            let statement = Registration { meeting, member, seat, first, keys };
            What::Statement(Statement::Credentials(statement), *signature)
        } else if let Command::SpeakKeygen { attempt, message, signature } = command {
            let message = Hex(Sha256::digest(message.as_bytes()).into());
            let statement = KeygenSpeech { meeting, attempt: *attempt, message };
            What::Statement(Statement::Keygen(statement), *signature)
        } else if let Command::CastSecret { .. } = command {
            What::Sealed
        } else {
            return None;
        };
        Some(Self { key: terminal, member, what })
    }

    /// The terminal.
    pub fn key(&self) -> Key {
        self.key
    }

    /// Who sits there.
    pub fn member(&self) -> MemberId {
        self.member
    }

    fn verify(&self) -> Result<(), Refusal> {
        let What::Statement(statement, signature) = &self.what else {
            return Err(Refusal::of(Code::BadBallot, "its proofs are not checked here"));
        };
        let held = match statement {
            Statement::SignIn(s) => verify(&self.key, s, signature),
            Statement::DrawnSignIn(s) => verify(&self.key, s, signature),
            Statement::Ballot(s) => verify(&self.key, s, signature),
            Statement::Credentials(s) => verify(&self.key, s, signature),
            Statement::Keygen(s) => verify(&self.key, s, signature),
        };
        held.map_err(|bad| Refusal::of(Code::NotAuthentic, bad))?;
        match statement {
            Statement::Credentials(s) => credentials(s),
            Statement::SignIn(_)
            | Statement::DrawnSignIn(_)
            | Statement::Ballot(_)
            | Statement::Keygen(_) => Ok(()),
        }
    }
}

/// A credential is a canonical point of the prime-order group other than zero.
fn credentials(registration: &Registration) -> Result<(), Refusal> {
    let keys = &registration.keys;
    if keys.len() > limits::CREDENTIALS {
        return Err(Refusal::of(Code::BadValue, "credentials"));
    }
    for (place, key) in (1..).zip(keys) {
        Encoded::from_bytes(key.0).decode_key().map_err(|bad| {
            Refusal::of(Code::BadValue, format_args!("credential {place}: {bad}"))
        })?;
    }
    Ok(())
}

/// Moves commands from `from` to the room, or to where ballots are checked,
/// until one of them is gone.
pub async fn run(
    mut from: mpsc::Receiver<Incoming>,
    ballots: mpsc::Sender<Incoming>,
    room: mpsc::Sender<Request>,
) {
    let mut taken = Vec::with_capacity(BATCH);
    while from.recv_many(&mut taken, BATCH).await > 0 {
        let mut batch = Vec::with_capacity(taken.len());
        for incoming in taken.drain(..) {
            if !incoming.is_sealed() {
                batch.push(incoming);
                continue;
            }
            // Never waited for: what has no time here is sent again.
            if let Err(full) = ballots.try_send(incoming) {
                let (mpsc::error::TrySendError::Full(incoming)
                | mpsc::error::TrySendError::Closed(incoming)) = full;
                let refusal = Refusal::of(Code::Unavailable, "too many at once");
                (incoming.request.reply)(Answer::Refused(refusal));
            }
        }
        let checked = if batch.iter().filter(|i| i.signed.is_some()).count() < TOGETHER {
            batch.drain(..).map(check).collect()
        } else {
            let taken = std::mem::take(&mut batch);
            let together = tokio::task::spawn_blocking(move || {
                use rayon::prelude::*;
                taken.into_par_iter().map(check).collect::<Vec<_>>()
            });
            match together.await {
                Ok(checked) => checked,
                // Dropped requests tell their senders by their connection.
                Err(_) => continue,
            }
        };
        for (request, held) in checked {
            match held {
                Ok(()) => {
                    if let Err(mpsc::error::SendError(request)) = room.send(request).await {
                        (request.reply)(Answer::Refused(Code::Unavailable.into()));
                    }
                }
                Err(refusal) => (request.reply)(Answer::Refused(refusal)),
            }
        }
    }
}

impl Incoming {
    fn is_sealed(&self) -> bool {
        self.signed.as_ref().is_some_and(|signed| matches!(signed.what, What::Sealed))
    }
}

fn check(incoming: Incoming) -> (Request, Result<(), Refusal>) {
    let Incoming { mut request, signed } = incoming;
    let held = signed.as_ref().map_or(Ok(()), Signed::verify);
    // Whatever the session said, only a signature that holds says who signed.
    if let (Asker::Terminal { signed_for, .. }, room::What::Command(_)) =
        (&mut request.who, &request.what)
    {
        *signed_for = match (&signed, &held) {
            (Some(signed), Ok(())) => Some(signed.member),
            (Some(_), Err(_)) | (None, _) => None,
        };
    }
    (request, held)
}
