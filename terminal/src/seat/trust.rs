//! Whom the terminal speaks to. A server shows who it is by its key; on TLS the
//! key has vouched for the certificate that the connection shows, and what the
//! terminal signs is good for that connection only. The first server that gives
//! this terminal a seat is remembered; another one is told nothing.

use super::{Effect, State};
use hemicycle_protocol::identity::{Certificate, verify};
use hemicycle_protocol::ids::{Hash, Key};
use hemicycle_protocol::wire::VouchedCertificate;

/// How the socket reached the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// Without TLS, and without leaving this machine.
    Within,
    Tls {
        /// SHA-256 of the certificate that was shown.
        certificate: Hash,
        /// What only the two ends of the connection know.
        binding: Hash,
    },
}

/// The server that this terminal belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    pub server: Key,
    /// What it calls its room.
    pub room: String,
}

/// Why a server is told nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Distrust {
    /// It is not the one that this terminal belongs to.
    OtherServer { server: Key },
    /// Its key has not vouched for the certificate that the connection shows:
    /// somebody stands between.
    Certificate,
}

impl State {
    /// May this server be told who this terminal is? What the answer is bound to.
    pub(super) fn trusts(
        &self,
        server: Key,
        vouched: Option<&VouchedCertificate>,
    ) -> Result<Option<Hash>, Distrust> {
        if self.expected().is_some_and(|pin| pin.server != server) {
            return Err(Distrust::OtherServer { server });
        }
        match self.channel {
            Some(Channel::Within) => Ok(None),
            Some(Channel::Tls { certificate, binding }) => {
                let vouched = vouched.ok_or(Distrust::Certificate)?;
                let statement = Certificate { server, certificate };
                verify(&server, &statement, &vouched.signature)
                    .map_err(|_| Distrust::Certificate)?;
                Ok(Some(binding))
            }
            // A greeting without a connection is nobody's.
            None => Err(Distrust::Certificate),
        }
    }

    /// This server has given the terminal a seat: from now on no other one will do.
    pub(super) fn belongs(&mut self, effects: &mut Vec<Effect>) {
        let Some(server) = self.known.server else { return };
        let pin = Pin { server, room: self.known.room.clone() };
        let moved = self.has_moved();
        if moved || self.pin.as_ref() != Some(&pin) {
            self.pin = Some(pin.clone());
            effects.push(Effect::Pin(pin));
        }
    }
}
