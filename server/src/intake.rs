//! In front of the room: signatures in commands are verified here, by all
//! processors together when many come at once. What comes out goes to the
//! room's inbox in the order in which it came in.

use crate::board::Sitting;
use crate::room::{Asker, Request, What};
use hemicycle_protocol::identity::{BadSignature, RecordedBallot, SignIn, verify};
use hemicycle_protocol::ids::{Key, MeetingId, Signature};
use hemicycle_protocol::refusal::{Code, Refusal};
use hemicycle_protocol::wire::{Answer, Command};
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
    statement: Statement,
    signature: Signature,
}

enum Statement {
    SignIn(SignIn),
    Ballot(RecordedBallot),
}

/// Does this command carry a signature of its sender?
pub fn is_signed(command: &Command) -> bool {
    matches!(command, Command::SignIn { .. } | Command::Cast { .. })
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
        let (statement, signature) = if let Command::SignIn { signature } = command {
            (Statement::SignIn(SignIn { meeting, member, seat }), *signature)
        } else if let Command::Cast { vote, ballot, signature } = command {
            let ballot = ballot.clone();
            let vote = *vote;
            let statement = RecordedBallot { meeting, vote, member, seat, ballot };
            (Statement::Ballot(statement), *signature)
        } else {
            return None;
        };
        Some(Self { key: terminal, statement, signature })
    }

    fn verify(&self) -> Result<(), BadSignature> {
        match &self.statement {
            Statement::SignIn(s) => verify(&self.key, s, &self.signature),
            Statement::Ballot(s) => verify(&self.key, s, &self.signature),
        }
    }
}

/// Moves commands from `from` to the room until one of the two is gone.
pub async fn run(mut from: mpsc::Receiver<Incoming>, room: mpsc::Sender<Request>) {
    let mut batch = Vec::with_capacity(BATCH);
    while from.recv_many(&mut batch, BATCH).await > 0 {
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
                Err(bad) => {
                    (request.reply)(Answer::Refused(Refusal::of(Code::NotAuthentic, bad)));
                }
            }
        }
    }
}

fn check(incoming: Incoming) -> (Request, Result<(), BadSignature>) {
    let Incoming { mut request, signed } = incoming;
    let held = signed.as_ref().map_or(Ok(()), Signed::verify);
    // Whatever the session said, only a signature that holds says who signed.
    if let (Asker::Terminal { signed_for, .. }, What::Command(_)) =
        (&mut request.who, &request.what)
    {
        *signed_for = match (&signed, &held) {
            (Some(signed), Ok(())) => Some(match &signed.statement {
                Statement::SignIn(s) => s.member,
                Statement::Ballot(s) => s.member,
            }),
            (Some(_), Err(_)) | (None, _) => None,
        };
    }
    (request, held)
}
