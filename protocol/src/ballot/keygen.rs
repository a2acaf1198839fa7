//! Making a threshold key together, with no dealer: n participants end up with shares of a key of which any k can open
//! sums, and nobody ever holds the whole.
//!
//! What lives here: the participant as a state machine without I/O: messages in, messages out. Transport, time limits and
//! the terminals' identities belong to the caller.
//!
//! Participant i draws a polynomial f_i of degree k − 1 with coefficients a_ie and goes through four rounds, each begun when
//! everybody's message of the round before is there:
//! 1. **commit**: the hash of what comes in round 2, so that nobody chooses its part after seeing the others';
//! 2. **reveal**: certificate with a verification key vk_i and a channel key E_i, and A_ie = a_ie·G, both as in the record;
//! 3. **shares**: f_i(j) to each j, encrypted to E_j (see [`channel`]);
//! 4. **confirm**: X_j = S_j·G for S_j = Σ_i f_i(j), and the hash of all messages seen. Or **complain**, if f_i(j)·G is not
//!    Σ_e j^e·A_ie, with a proof that lets everybody see who is at fault.
//!
//! Whoever breaks a rule is named in a [`Blame`]; whoever is silent is named in [`Progress::Waiting`]. A failed ceremony gives
//! no key: the callers begin a new one, with a new session and without the culprit. Messages must reach the others as
//! they were sent and under the sender's authenticated number. A relay that cannot do better than drop messages can only
//! delay; one that shows different messages to different participants is found in round 4. Against a relay that also
//! forges identities, the participants compare the short code of the transcript by eye.

pub mod board;
pub mod channel;
pub mod message;

use curve25519_dalek::scalar::Scalar as Inner;
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::group::Point;
use super::keys::SecretKey;
use super::records::{Canonical as _, MAX_TRUSTEES, RecordError, to_json};
use super::scalar::{RecordHash, SecretScalar};
use super::trustees::{
    Certificate, CertificateContext, Coefexps, Pedersen, SignedMessage, TrusteeFault,
};
use board::Board;
use channel::{Route, SealedShare};
use message::{Body, Complaint, Confirmation, Message, Reveal, Shares, commitment};

/// What all participants agree on before the first message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ceremony {
    /// A hash that no other key generation has: of the meeting, the attempt, and the participants' identities in order.
    pub session: RecordHash,
    /// n, the number of participants.
    pub size: u32,
    /// k, how many of them will be able to open a sum; at least 2 unless there is but one participant.
    pub threshold: u32,
}

/// Why a ceremony cannot begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CeremonyError {
    /// Not 2 ≤ threshold ≤ size ≤ 64, or 1 of 1.
    #[error("threshold and number of participants do not fit")]
    Sizes,
    /// The participant's number is not between 1 and the size.
    #[error("there is no participant {0}")]
    Index(u32),
}

/// Who broke the key generation, and how.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("participant {participant}: {fault}")]
pub struct Blame {
    /// Number of the participant, from 1.
    pub participant: u32,
    /// What it did.
    pub fault: Fault,
}

/// How a participant can break a key generation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Sent something that is no message.
    #[error("malformed message ({0})")]
    Malformed(RecordError),
    /// Sent a message of another session, or under another number.
    #[error("message of another session or sender")]
    OtherSession,
    /// Said two different things in one round.
    #[error("two different messages in one round")]
    Contradiction,
    /// Revealed something else than it committed to.
    #[error("revealed something else than committed to")]
    Commitment,
    /// A part of the later record is wrong.
    #[error("{0}")]
    Trustee(TrusteeFault),
    /// The signature on a message does not hold.
    #[error("the signature on a message does not hold")]
    Signature,
    /// The shares are not one for each other participant in order.
    #[error("not one share for each other participant")]
    Receivers,
    /// Sent a share that does not fit its commitments.
    #[error("sent participant {to} a share that does not fit the commitments")]
    Share {
        /// Who received it.
        to: u32,
    },
    /// Complained about a share that is right, or without proof.
    #[error("complained about participant {against} without cause")]
    FalseComplaint {
        /// Who was accused.
        against: u32,
    },
    /// Saw other messages than we did: it, the relay, or somebody in between shows different things to different parties.
    #[error("saw other messages than we did")]
    OtherTranscript,
}

/// How far a key generation has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress<'a> {
    /// In this round (1 to 4), waiting for these participants. When the time is up, they are the silent ones.
    Waiting {
        /// The round.
        round: usize,
        /// Numbers of the participants.
        waiting_for: Vec<u32>,
    },
    /// Over, without a key.
    Failed(&'a Blame),
    /// Over: the item for the trustees record.
    Done(&'a Pedersen),
}

/// One participant. Its secrets are wiped when it is dropped.
#[derive(Debug)]
pub struct Participant {
    index: u32,
    signing: SecretKey,
    channel: SecretKey,
    polynomial: Vec<SecretScalar>,
    reveal: Reveal,
    /// Rounds in which this participant has spoken.
    spoken: usize,
    share: Option<SecretKey>,
    board: Board,
}

impl Ceremony {
    fn check(&self) -> Result<(), CeremonyError> {
        // With a threshold of one all shares would be the same key, which is no sharing.
        let least = if self.size == 1 { 1 } else { 2 };
        let fits = self.threshold >= least
            && self.threshold <= self.size
            && usize::try_from(self.size).is_ok_and(|size| size <= MAX_TRUSTEES);
        if fits { Ok(()) } else { Err(CeremonyError::Sizes) }
    }

    fn message(&self, from: u32, body: Body) -> Vec<u8> {
        Message { version: 1, session: self.session, from, body }.to_bytes()
    }
}

impl Participant {
    /// Draws all secrets of participant `index` and gives its first messages (with one participant: all of them).
    ///
    /// # Errors
    /// [`CeremonyError`].
    pub fn new(
        ceremony: Ceremony,
        index: u32,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<(Self, Vec<Vec<u8>>), CeremonyError> {
        let board = Board::new(ceremony)?;
        let ceremony = board.ceremony();
        if index == 0 || index > ceremony.size {
            return Err(CeremonyError::Index(index));
        }
        let signing = SecretKey::generate(rng);
        let channel = SecretKey::generate(rng);
        let polynomial: Vec<SecretScalar> =
            (0..ceremony.threshold).map(|_| SecretScalar::random(rng)).collect();
        let certificate = Certificate {
            context: CertificateContext {
                group: "Ed25519".to_owned(),
                size: ceremony.size,
                threshold: ceremony.threshold,
                index,
            },
            verification: *signing.public(),
            encryption: *channel.public(),
        };
        let coefexps = Coefexps { coefexps: polynomial.iter().map(Point::mul_base).collect() };
        let mut nonce = [0_u8; 32];
        rng.fill_bytes(&mut nonce);
        let reveal = Reveal {
            nonce: RecordHash(nonce),
            certificate: signed(&signing, &to_json(&certificate), rng),
            coefexps: signed(&signing, &to_json(&coefexps), rng),
        };
        let mut participant =
            Self { index, signing, channel, polynomial, reveal, spoken: 0, share: None, board };
        let messages = participant.advance(rng);
        Ok((participant, messages))
    }

    /// Takes a message that was delivered as coming from `from` (see [`Board::receive`]) and gives what is to be sent to
    /// everybody now. A message of one's own may come back; it is ignored.
    #[must_use = "the messages have to be sent"]
    pub fn receive(
        &mut self,
        from: u32,
        message: &[u8],
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Vec<Vec<u8>> {
        if from == self.index {
            return Vec::new();
        }
        self.board.receive(from, message);
        self.advance(rng)
    }

    /// How far it has come.
    #[must_use]
    pub fn progress(&self) -> Progress<'_> {
        self.board.progress()
    }

    /// The public side.
    #[must_use]
    pub const fn board(&self) -> &Board {
        &self.board
    }

    /// Number of this participant.
    #[must_use]
    pub const fn index(&self) -> u32 {
        self.index
    }

    /// The share S_j as a trustee's private key, once the key generation is done.
    #[must_use]
    pub fn share(&self) -> Option<&SecretKey> {
        match self.board.progress() {
            Progress::Done(_) => self.share.as_ref(),
            Progress::Waiting { .. } | Progress::Failed(_) => None,
        }
    }

    fn advance(&mut self, rng: &mut (impl CryptoRng + ?Sized)) -> Vec<Vec<u8>> {
        let mut messages = Vec::new();
        while let Progress::Waiting { .. } = self.board.progress() {
            let Some(body) = self.next_body(rng) else { break };
            let message = self.board.ceremony().message(self.index, body);
            self.spoken += 1;
            self.board.receive(self.index, &message);
            messages.push(message);
        }
        if !matches!(self.board.progress(), Progress::Waiting { .. }) {
            self.polynomial.clear();
        }
        messages
    }

    /// What to say now, if everybody has said what comes before.
    fn next_body(&mut self, rng: &mut (impl CryptoRng + ?Sized)) -> Option<Body> {
        let ceremony = self.board.ceremony();
        match self.spoken {
            0 => Some(Body::Commit { commitment: commitment(ceremony, self.index, &self.reveal) }),
            1 if self.board.all_have(0) => Some(Body::Reveal(self.reveal.clone())),
            2 if self.board.all_have(1) => Some(self.make_shares(rng)),
            3 if self.board.all_have(2) => Some(self.conclude(rng)),
            _ => None,
        }
    }

    fn make_shares(&self, rng: &mut (impl CryptoRng + ?Sized)) -> Body {
        let ceremony = self.board.ceremony();
        let mut shares = Vec::new();
        for to in (1..=ceremony.size).filter(|to| *to != self.index) {
            if let Some(channel) = self.board.channel_key(to) {
                let route = Route { ceremony, from: self.index, to };
                shares.push(SealedShare::seal(route, channel, &self.evaluate(to), rng));
            }
        }
        Body::Shares(Shares::sign(ceremony, self.index, shares, &self.signing, rng))
    }

    /// Opens all shares: a confirmation if they fit, else a complaint about the first that does not.
    fn conclude(&mut self, rng: &mut (impl CryptoRng + ?Sized)) -> Body {
        let ceremony = self.board.ceremony();
        let mut sum = self.evaluate(self.index);
        for from in (1..=ceremony.size).filter(|from| *from != self.index) {
            let shares = self.board.shares_of(from).map(|shares| &shares.shares[..]);
            let mine = shares.unwrap_or_default().iter().find(|share| share.to == self.index);
            let Some(sealed) = mine else { continue };
            let route = Route { ceremony, from, to: self.index };
            let opening = Zeroizing::new(sealed.opening(&self.channel));
            let share = sealed
                .open(route, self.channel.public(), &opening)
                .filter(|share| self.board.share_fits(from, self.index, share));
            match share {
                Some(share) => sum = SecretScalar(sum.0 + share.0),
                None => {
                    let proven = sealed.prove_opening(route, &self.channel, rng);
                    return Body::Complain(Complaint::sign(
                        ceremony,
                        self.index,
                        from,
                        proven,
                        &self.signing,
                        rng,
                    ));
                }
            }
        }
        let key = SecretKey::from_scalar(sum);
        let mut record = key.trustee_key(rng);
        let text = key.public().encoded().to_hex();
        record.signature = Some(self.signing.sign_text(&text, rng));
        let certificates = self.board.certificates_text(self.index).unwrap_or_default();
        let transcript = self.board.transcript().unwrap_or(ceremony.session);
        let body = Confirmation {
            transcript,
            key: record,
            certificates: self.signing.sign_text(&certificates, rng),
            signature: Confirmation::sign_transcript(
                ceremony,
                self.index,
                &transcript,
                &self.signing,
                rng,
            ),
        };
        self.share = Some(key);
        Body::Confirm(Box::new(body))
    }

    /// f_i(x) by Horner's rule.
    fn evaluate(&self, place: u32) -> SecretScalar {
        let place = Inner::from(place);
        let mut sum = Zeroizing::new(Inner::ZERO);
        for coefficient in self.polynomial.iter().rev() {
            *sum = *sum * place + coefficient.0;
        }
        SecretScalar(*sum)
    }
}

fn signed(key: &SecretKey, json: &[u8], rng: &mut (impl CryptoRng + ?Sized)) -> SignedMessage {
    let message = String::from_utf8_lossy(json).into_owned();
    let signature = key.sign_text(&message, rng);
    SignedMessage { message, signature }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha12Rng;
    use rand_core::SeedableRng as _;

    /// Three participants, of whom `cheat` may change number 2 once every reveal is there and before any share is sent.
    fn run(cheat: impl FnOnce(&mut Participant)) -> Vec<Participant> {
        run_changing(cheat, |_, body| body)
    }

    fn run_changing(
        cheat: impl FnOnce(&mut Participant),
        mut change: impl FnMut(&Participant, Body) -> Body,
    ) -> Vec<Participant> {
        let mut rng = ChaCha12Rng::seed_from_u64(5);
        let ceremony = Ceremony { session: RecordHash::of(b"test"), size: 3, threshold: 2 };
        let mut participants = Vec::new();
        let mut queue = Vec::new();
        for index in 1..=3 {
            let (participant, sent) = Participant::new(ceremony.clone(), index, &mut rng).unwrap();
            participants.push(participant);
            queue.extend(sent.into_iter().map(|message| (index, message)));
        }
        let mut cheat = Some(cheat);
        while !queue.is_empty() {
            let mut next = Vec::new();
            for (from, message) in &queue {
                for participant in &mut participants {
                    let index = participant.index();
                    for answer in participant.receive(*from, message, &mut rng) {
                        let body = Message::from_bytes(&answer).unwrap().body;
                        let body = change(participant, body);
                        next.push((index, ceremony.message(index, body)));
                    }
                }
                if participants[1].spoken == 2
                    && let Some(cheat) = cheat.take()
                {
                    cheat(&mut participants[1]);
                }
            }
            queue = next;
        }
        participants
    }

    fn blamed(participants: &[Participant], index: usize) -> &Blame {
        match participants[index].progress() {
            Progress::Failed(blame) => blame,
            other @ (Progress::Waiting { .. } | Progress::Done(_)) => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_share_that_does_not_fit_names_its_sender() {
        let participants = run(|cheater| {
            cheater.polynomial[1] = SecretScalar(Inner::from(7_u8));
        });
        for index in [0, 2] {
            let blame = blamed(&participants, index);
            assert_eq!(blame.participant, 2);
            assert!(matches!(blame.fault, Fault::Share { .. }), "{blame}");
            assert!(participants[index].share().is_none());
        }
    }

    #[test]
    fn a_share_that_cannot_be_opened_names_its_sender() {
        let mut rng = ChaCha12Rng::seed_from_u64(6);
        let participants = run_changing(
            |_| {},
            |participant, body| match body {
                Body::Shares(mut shares) if participant.index == 2 => {
                    shares.shares[1].sealed = "00".repeat(48);
                    Body::Shares(Shares::sign(
                        participant.board.ceremony(),
                        2,
                        shares.shares,
                        &participant.signing,
                        &mut rng,
                    ))
                }
                other @ (Body::Commit { .. }
                | Body::Reveal(_)
                | Body::Shares(_)
                | Body::Complain(_)
                | Body::Confirm(_)) => other,
            },
        );
        for index in [0, 2] {
            let blame = blamed(&participants, index);
            assert_eq!((blame.participant, &blame.fault), (2, &Fault::Share { to: 3 }));
        }
    }

    #[test]
    fn a_complaint_about_a_right_share_names_the_complainer() {
        let mut rng = ChaCha12Rng::seed_from_u64(7);
        let participants = run_changing(
            |_| {},
            |participant, body| match body {
                Body::Confirm(_) if participant.index == 2 => {
                    let ceremony = participant.board.ceremony();
                    let route = Route { ceremony, from: 1, to: 2 };
                    let sealed = &participant.board.shares_of(1).unwrap().shares[0];
                    let proven = sealed.prove_opening(route, &participant.channel, &mut rng);
                    let key = &participant.signing;
                    Body::Complain(Complaint::sign(ceremony, 2, 1, proven, key, &mut rng))
                }
                other @ (Body::Commit { .. }
                | Body::Reveal(_)
                | Body::Shares(_)
                | Body::Complain(_)
                | Body::Confirm(_)) => other,
            },
        );
        for index in [0, 2] {
            let blame = blamed(&participants, index);
            assert_eq!(
                (blame.participant, &blame.fault),
                (2, &Fault::FalseComplaint { against: 1 })
            );
        }
    }

    #[test]
    fn secrets_of_the_polynomial_do_not_outlive_the_ceremony() {
        let participants = run(|_| {});
        for participant in &participants {
            assert!(matches!(participant.progress(), Progress::Done(_)));
            assert!(participant.polynomial.is_empty());
            assert!(participant.share().is_some());
        }
    }
}
