//! Signatures of a log, checked many at once by all processors. The first one
//! that does not hold is named, as if they had been checked one by one.

use super::{Spot, Wrong};
use hemicycle_protocol::identity::{
    BadSignature, DrawnSignIn, KeygenSpeech, RecordedBallot, SignIn, verify,
};
use hemicycle_protocol::ids::{Key, Seq, Signature, VoteId};
use rayon::prelude::*;

/// Checked together.
const BATCH: usize = 4096;

/// Something that was signed in a log.
pub(super) enum Signed {
    SignIn(SignIn),
    DrawnSignIn(DrawnSignIn),
    Ballot(RecordedBallot),
    Speech(KeygenSpeech),
}

/// Signatures that wait to be checked.
#[derive(Default)]
pub(super) struct Signatures(Vec<(Seq, Key, Signed, Signature)>);

impl Signatures {
    /// Adds one; many are checked now and then.
    pub(super) fn add(
        &mut self,
        seq: Seq,
        key: Key,
        signed: Signed,
        signature: Signature,
    ) -> Result<(), Wrong> {
        self.0.push((seq, key, signed, signature));
        if self.0.len() >= BATCH { self.settle() } else { Ok(()) }
    }

    /// Checks what waits.
    pub(super) fn settle(&mut self) -> Result<(), Wrong> {
        let waiting = std::mem::take(&mut self.0);
        let first = waiting.par_iter().find_map_first(|(seq, key, signed, signature)| {
            let fault = signed.check(key, signature).err()?;
            let place = Spot::Entry { seq: *seq, vote: signed.vote() };
            Some(Wrong { place, what: fault.to_string() })
        });
        first.map_or(Ok(()), Err)
    }
}

impl Signed {
    fn check(&self, key: &Key, signature: &Signature) -> Result<(), BadSignature> {
        match self {
            Signed::SignIn(statement) => verify(key, statement, signature),
            Signed::DrawnSignIn(statement) => verify(key, statement, signature),
            Signed::Ballot(statement) => verify(key, statement, signature),
            Signed::Speech(statement) => verify(key, statement, signature),
        }
    }

    fn vote(&self) -> Option<VoteId> {
        match self {
            Signed::Ballot(ballot) => Some(ballot.vote),
            Signed::SignIn(_) | Signed::DrawnSignIn(_) | Signed::Speech(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hemicycle_protocol::identity::Identity;
    use hemicycle_protocol::ids::{Hex, MemberId, SeatId};

    #[test]
    fn the_first_bad_one_is_named() {
        let me = Identity::from_secret(&[3; 32]);
        let mut signatures = Signatures::default();
        for seq in 1..=100_u16 {
            let statement =
                SignIn { meeting: Hex([1; 16]), member: MemberId(1), seat: SeatId(seq) };
            let mut signature = me.sign(&statement);
            if [40, 70].contains(&seq) {
                signature.0[0] ^= 1;
            }
            let signed = Signed::SignIn(statement);
            signatures.add(Seq(seq.into()), me.key(), signed, signature).unwrap();
        }
        let wrong = signatures.settle().unwrap_err();
        assert_eq!(wrong.place, Spot::Entry { seq: Seq(40), vote: None });
        // They were taken out with that.
        assert!(signatures.settle().is_ok());
    }
}
