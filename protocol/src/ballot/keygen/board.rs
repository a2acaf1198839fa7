//! What everybody sees of a key generation, and every check that needs no secret.
//!
//! A board belongs to each party: participants keep one inside, the server and the hall may follow with one of their own.
//! It decides who is at fault by public evidence only, so all boards that see the same messages name the same culprit.

use curve25519_dalek::edwards::EdwardsPoint;

use crate::ballot::group::Point;
use crate::ballot::keys::verify_text;
use crate::ballot::records::Canonical as _;
use crate::ballot::scalar::{RecordHash, SecretScalar};
use crate::ballot::trustees::{
    Certificate, Pedersen, TrusteeFault, certificates_text, evaluate, share_commitment,
    verify_holder_key,
};

use super::channel::Route;
use super::message::{Body, Complaint, Confirmation, Message, Reveal, Shares, commitment};
use super::{Blame, Ceremony, CeremonyError, Fault, Progress};

/// The public side of one key generation.
#[derive(Clone, Debug)]
pub struct Board {
    ceremony: Ceremony,
    places: Vec<Place>,
    /// Messages that came before what they build on; at most one of each round and sender.
    early: Vec<Message>,
    blame: Option<Blame>,
    record: Option<Pedersen>,
}

/// What one participant has said.
#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    commitment: Option<RecordHash>,
    reveal: Option<Revealed>,
    shares: Option<Shares>,
    confirmation: Option<Confirmation>,
    /// The complaint that this participant made, if any; it ends the ceremony.
    complaint: Option<Complaint>,
}

#[derive(Clone, Debug)]
struct Revealed {
    body: Reveal,
    certificate: Certificate,
    commitments: Vec<Point>,
}

impl Board {
    /// An empty board.
    ///
    /// # Errors
    /// [`CeremonyError`] if threshold and size make no sense.
    pub fn new(ceremony: Ceremony) -> Result<Self, CeremonyError> {
        ceremony.check()?;
        let places = (0..ceremony.size).map(|_| Place::default()).collect();
        Ok(Self { ceremony, places, early: Vec::new(), blame: None, record: None })
    }

    /// The ceremony.
    #[must_use]
    pub const fn ceremony(&self) -> &Ceremony {
        &self.ceremony
    }

    /// Takes a message that was delivered as coming from `from`.
    ///
    /// The caller has made sure that participant `from` really sent these bytes (they arrive under the signature of the
    /// terminal's identity): whatever is wrong with them is blamed on `from`. The same message may arrive again; messages
    /// may overtake each other. After a failure everything is ignored.
    pub fn receive(&mut self, from: u32, bytes: &[u8]) {
        if self.blame.is_some() {
            return;
        }
        if self.place(from).is_none() {
            return;
        }
        let message = match Message::from_bytes(bytes) {
            Ok(message) => message,
            Err(error) => return self.fail(from, Fault::Malformed(error)),
        };
        if message.from != from || message.session != self.ceremony.session {
            return self.fail(from, Fault::OtherSession);
        }
        self.take(message);
        self.take_early();
        self.finish();
    }

    /// How far it has come.
    #[must_use]
    pub fn progress(&self) -> Progress<'_> {
        if let Some(blame) = &self.blame {
            return Progress::Failed(blame);
        }
        if let Some(record) = &self.record {
            return Progress::Done(record);
        }
        for round in 0..4 {
            let waiting_for: Vec<u32> =
                self.numbered().filter(|(_, place)| !place.has(round)).map(|(i, _)| i).collect();
            if !waiting_for.is_empty() {
                return Progress::Waiting { round: round + 1, waiting_for };
            }
        }
        Progress::Waiting { round: 4, waiting_for: Vec::new() }
    }

    /// Hash of all messages of rounds 2 and 3, once they are all there. Its short code is what the scrutineers compare.
    #[must_use]
    pub fn transcript(&self) -> Option<RecordHash> {
        let Ceremony { session, size, threshold } = &self.ceremony;
        let mut text =
            format!("hemicycle-keygen-1|transcript|{session}|{size}|{threshold}").into_bytes();
        for (from, place) in self.numbered() {
            let reveal = Body::Reveal(place.reveal.as_ref()?.body.clone());
            let shares = Body::Shares(place.shares.clone()?);
            for body in [reveal, shares] {
                let bytes = self.ceremony.message(from, body);
                text.push(b'|');
                text.extend_from_slice(RecordHash::of(&bytes).to_hex().as_bytes());
            }
        }
        Some(RecordHash::of(&text))
    }

    pub(super) fn all_have(&self, round: usize) -> bool {
        self.places.iter().all(|place| place.has(round))
    }

    pub(super) fn channel_key(&self, index: u32) -> Option<&Point> {
        Some(&self.place(index)?.reveal.as_ref()?.certificate.encryption)
    }

    pub(super) fn shares_of(&self, index: u32) -> Option<&Shares> {
        self.place(index)?.shares.as_ref()
    }

    /// The text that holder `index` signs for the record: all certificates and its own commitments.
    pub(super) fn certificates_text(&self, index: u32) -> Option<String> {
        let certs: Option<Vec<_>> = self
            .places
            .iter()
            .map(|place| Some(place.reveal.as_ref()?.body.certificate.clone()))
            .collect();
        let own = &self.place(index)?.reveal.as_ref()?.commitments;
        Some(certificates_text(&certs?, own))
    }

    /// Whether f_i(j)·G = Σ_e j^e·A_ie.
    pub(super) fn share_fits(&self, from: u32, to: u32, share: &SecretScalar) -> bool {
        self.place(from).and_then(|place| place.reveal.as_ref()).is_some_and(|revealed| {
            evaluate(&revealed.commitments, to) == EdwardsPoint::mul_base(&share.0)
        })
    }

    /// Sorts a message into its place, or keeps it for later.
    fn take(&mut self, message: Message) {
        let from = message.from;
        let round = message.body.round();
        let Some(place) = self.place(from) else { return };
        if place.has(round) {
            if place.said(&message.body) {
                return;
            }
            return self.fail(from, Fault::Contradiction);
        }
        let ready = match &message.body {
            Body::Commit { .. } => true,
            Body::Reveal(_) => place.has(0),
            Body::Shares(_) => self.all_have(1),
            Body::Complain(complaint) => {
                self.all_have(1)
                    && self.place(complaint.against).is_none_or(|accused| accused.has(2))
            }
            Body::Confirm(_) => self.all_have(2),
        };
        if !ready {
            let same_round = |other: &Message| other.from == from && other.body.round() == round;
            match self.early.iter().find(|other| same_round(other)) {
                None => self.early.push(message),
                Some(other) if *other == message => {}
                Some(_) => self.fail(from, Fault::Contradiction),
            }
            return;
        }
        if let Err((culprit, fault)) = self.judge(from, message.body) {
            self.fail(culprit, fault);
        }
    }

    fn take_early(&mut self) {
        loop {
            let waiting = core::mem::take(&mut self.early);
            let before = waiting.len();
            for message in waiting {
                if self.blame.is_none() {
                    self.take(message);
                }
            }
            if self.blame.is_some() || self.early.len() == before {
                return;
            }
        }
    }

    fn judge(&mut self, from: u32, body: Body) -> Result<(), (u32, Fault)> {
        let own = |fault| (from, fault);
        match body {
            Body::Commit { commitment } => self.set(from, |place| {
                place.commitment = Some(commitment);
            }),
            Body::Reveal(reveal) => {
                let revealed = self.judge_reveal(from, reveal).map_err(own)?;
                self.set(from, |place| place.reveal = Some(revealed));
            }
            Body::Shares(shares) => {
                self.judge_shares(from, &shares).map_err(own)?;
                self.set(from, |place| place.shares = Some(shares));
            }
            Body::Complain(complaint) => {
                let verdict = self.judge_complaint(from, &complaint);
                self.set(from, |place| place.complaint = Some(complaint));
                return Err(verdict);
            }
            Body::Confirm(confirmation) => {
                self.judge_confirmation(from, &confirmation).map_err(own)?;
                self.set(from, |place| place.confirmation = Some(*confirmation));
            }
        }
        Ok(())
    }

    fn judge_reveal(&self, from: u32, reveal: Reveal) -> Result<Revealed, Fault> {
        let committed = self.place(from).and_then(|place| place.commitment);
        if committed != Some(commitment(&self.ceremony, from, &reveal)) {
            return Err(Fault::Commitment);
        }
        let Ceremony { size, threshold, .. } = self.ceremony;
        let certificate = reveal.certificate.certificate(from, self.places.len(), threshold)?;
        debug_assert_eq!(usize::try_from(size), Ok(self.places.len()));
        let commitments = reveal.coefexps.coefexps(&certificate.verification, threshold)?;
        // The last coefficient may be anything; A_i0 = 0 would only mean that this participant adds nothing.
        let repeats = self.places.iter().filter_map(|place| place.reveal.as_ref()).any(|other| {
            other.certificate.verification == certificate.verification
                || other.certificate.encryption == certificate.encryption
                || other.commitments[0] == commitments[0]
        });
        if repeats || certificate.verification == certificate.encryption {
            return Err(Fault::Trustee(TrusteeFault::RepeatedKey));
        }
        Ok(Revealed { body: reveal, certificate, commitments })
    }

    fn judge_shares(&self, from: u32, shares: &Shares) -> Result<(), Fault> {
        if !shares.is_signed(&self.ceremony, from, self.verification_key(from)?) {
            return Err(Fault::Signature);
        }
        let others = (1..=self.ceremony.size).filter(|index| *index != from);
        if !others.eq(shares.shares.iter().map(|share| share.to)) {
            return Err(Fault::Receivers);
        }
        Ok(())
    }

    /// A complaint always ends the ceremony; the question is only whose fault it is.
    fn judge_complaint(&self, from: u32, complaint: &Complaint) -> (u32, Fault) {
        let against = complaint.against;
        let unfounded = (from, Fault::FalseComplaint { against });
        let evidence = || {
            let key = self.verification_key(from).ok()?;
            let channel = self.channel_key(from)?;
            let shares = &self.shares_of(against)?.shares;
            let share = shares.iter().find(|share| share.to == from)?;
            let route = Route { ceremony: &self.ceremony, from: against, to: from };
            let Complaint { opening, proof, .. } = complaint;
            let proven = complaint.is_signed(&self.ceremony, from, key)
                && share.opening_is_proven(route, channel, opening, proof);
            proven.then(|| share.open(route, channel, opening))
        };
        match evidence() {
            None => unfounded,
            Some(Some(share)) if self.share_fits(against, from, &share) => unfounded,
            Some(_) => (against, Fault::Share { to: from }),
        }
    }

    fn judge_confirmation(&self, from: u32, confirmation: &Confirmation) -> Result<(), Fault> {
        let key = self.verification_key(from)?;
        if !confirmation.is_signed(&self.ceremony, from, key) {
            return Err(Fault::Signature);
        }
        if Some(confirmation.transcript) != self.transcript() {
            return Err(Fault::OtherTranscript);
        }
        let commitments: Vec<Vec<Point>> = self
            .places
            .iter()
            .filter_map(|place| Some(place.reveal.as_ref()?.commitments.clone()))
            .collect();
        let expected = Point::from_inner(share_commitment(&commitments, from));
        if confirmation.key.public_key != expected {
            return Err(Fault::Trustee(TrusteeFault::WrongKey));
        }
        if confirmation.key.name.is_some() {
            return Err(Fault::Trustee(TrusteeFault::Context));
        }
        verify_holder_key(&confirmation.key, key)?;
        let text = self.certificates_text(from).unwrap_or_default();
        if !verify_text(key, &text, &confirmation.certificates) {
            return Err(Fault::Trustee(TrusteeFault::CertificatesSignature));
        }
        Ok(())
    }

    /// Once everybody has confirmed: the record, checked once more as a stranger would.
    fn finish(&mut self) {
        if self.blame.is_some() || self.record.is_some() {
            return;
        }
        let mut record = Pedersen {
            threshold: self.ceremony.threshold,
            certs: Vec::new(),
            coefexps: Vec::new(),
            signatures: Vec::new(),
            verification_keys: Vec::new(),
        };
        for place in &self.places {
            let (Some(revealed), Some(confirmation)) = (&place.reveal, &place.confirmation) else {
                return;
            };
            record.certs.push(revealed.body.certificate.clone());
            record.coefexps.push(revealed.body.coefexps.clone());
            record.signatures.push(confirmation.certificates);
            record.verification_keys.push(confirmation.key.clone());
        }
        match record.verify(1) {
            Ok(_) => self.record = Some(record),
            Err(error) => self.fail(error.owner, Fault::Trustee(error.fault)),
        }
    }

    fn verification_key(&self, index: u32) -> Result<&Point, Fault> {
        self.place(index)
            .and_then(|place| place.reveal.as_ref())
            .map(|revealed| &revealed.certificate.verification)
            .ok_or(Fault::Commitment)
    }

    fn fail(&mut self, participant: u32, fault: Fault) {
        self.early.clear();
        self.blame.get_or_insert(Blame { participant, fault });
    }

    fn set(&mut self, index: u32, change: impl FnOnce(&mut Place)) {
        let position = usize::try_from(index).ok().and_then(|index| index.checked_sub(1));
        if let Some(place) = position.and_then(|position| self.places.get_mut(position)) {
            change(place);
        }
    }

    fn place(&self, index: u32) -> Option<&Place> {
        self.places.get(usize::try_from(index).ok()?.checked_sub(1)?)
    }

    fn numbered(&self) -> impl Iterator<Item = (u32, &Place)> {
        (1..).zip(&self.places)
    }
}

impl Place {
    const fn has(&self, round: usize) -> bool {
        match round {
            0 => self.commitment.is_some(),
            1 => self.reveal.is_some(),
            2 => self.shares.is_some(),
            _ => self.confirmation.is_some() || self.complaint.is_some(),
        }
    }

    fn said(&self, body: &Body) -> bool {
        match body {
            Body::Commit { commitment } => self.commitment == Some(*commitment),
            Body::Reveal(reveal) => {
                self.reveal.as_ref().is_some_and(|revealed| revealed.body == *reveal)
            }
            Body::Shares(shares) => self.shares.as_ref() == Some(shares),
            Body::Complain(complaint) => self.complaint.as_ref() == Some(complaint),
            Body::Confirm(confirmation) => self.confirmation.as_ref() == Some(&**confirmation),
        }
    }
}

impl From<TrusteeFault> for Fault {
    fn from(fault: TrusteeFault) -> Self {
        Self::Trustee(fault)
    }
}
