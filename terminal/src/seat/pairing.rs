//! The code that is compared before a terminal gets its seat. Both ends draw a part
//! of it, the terminal promises its own before it sees the server's: whoever stands
//! between them would have to guess.

use super::{Effect, State};
use hemicycle_protocol::identity::{Pairing, PairingCommitment, fingerprint};
use hemicycle_protocol::ids::{Hash, Hex, Nonce};
use hemicycle_protocol::wire::Up;
use sha2::{Digest, Sha256};

/// How far it has come on this connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Progress {
    opening: Nonce,
    /// The server's part.
    nonce: Option<Nonce>,
    /// Both sides show it.
    code: Option<String>,
}

impl State {
    /// Draws this terminal's part for a connection; what goes into `hello`.
    pub(super) fn promise(&mut self) -> Hash {
        self.drawn_ids += 1;
        let mut sha = Sha256::new();
        sha.update(b"hemicycle/1/pairing-opening\n");
        sha.update(self.seed);
        sha.update(self.drawn_ids.to_be_bytes());
        let opening = Hex(sha.finalize().into());
        self.pairing = Some(Progress { opening, nonce: None, code: None });
        fingerprint(&PairingCommitment { opening })
    }

    pub(super) fn pairing_offered(&mut self, nonce: Option<Nonce>) {
        if let Some(pairing) = &mut self.pairing {
            pairing.nonce = nonce;
        }
    }

    /// The server has no seat for this terminal yet: it is told what the code is made of.
    pub(super) fn show_code(&mut self, effects: &mut Vec<Effect>) {
        let (Some(server), terminal) = (self.known.server, self.key()) else { return };
        let Some(Progress { opening, nonce: Some(nonce), code: code @ None }) = &mut self.pairing
        else {
            return;
        };
        let opening = *opening;
        *code = Some(Pairing { server, terminal, nonce: *nonce, opening }.code());
        effects.push(Effect::Send(Up::Pair { opening }));
    }

    /// What people compare; none while there is no connection to compare it over.
    pub fn pairing_code(&self) -> Option<&str> {
        self.pairing.as_ref().and_then(|pairing| pairing.code.as_deref())
    }
}
