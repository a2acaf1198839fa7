//! The link that makes the first account: its token is drawn when the server
//! starts and nobody has an account, opens once, and not for long. It is shown on
//! standard output and kept nowhere; the server remembers its hash.

use super::lock;
use hemicycle_protocol::ids::{Hash, Hex, Millis};
use sha2::{Digest, Sha256};
use std::sync::Mutex;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// How long the link opens.
pub const SETUP_MS: i64 = 60 * 60 * 1000;

/// See the module.
#[derive(Debug, Default)]
pub struct Setup(Mutex<Option<(Hash, Millis)>>);

impl Setup {
    /// Draws the token; one drawn before is void.
    pub fn draw(&self, now: Millis) -> Result<Zeroizing<String>, getrandom::Error> {
        let mut secret = Zeroizing::new([0; 16]);
        getrandom::fill(secret.as_mut_slice())?;
        let token = Zeroizing::new(hex::encode(*secret));
        *lock(&self.0) = Some((hashed(&token), Millis(now.0.saturating_add(SETUP_MS))));
        Ok(token)
    }

    /// Takes it: true once, in time, for the right one. A wrong one spoils nothing.
    pub fn take(&self, token: &str, now: Millis) -> bool {
        let mut waiting = lock(&self.0);
        let fits = |(hash, until): &(Hash, Millis)| {
            *until > now && bool::from(hash.0.ct_eq(&hashed(token).0))
        };
        let opens = waiting.as_ref().is_some_and(fits);
        if opens {
            *waiting = None;
        }
        opens
    }

    /// Puts it back: the account could not be made, and the person tries again.
    pub fn give_back(&self, token: &str, now: Millis) {
        let until = Millis(now.0.saturating_add(SETUP_MS / 6));
        lock(&self.0).get_or_insert((hashed(token), until));
    }

    /// Nobody needs it any more.
    pub fn void(&self) {
        *lock(&self.0) = None;
    }
}

fn hashed(token: &str) -> Hash {
    Hex(Sha256::digest(token.as_bytes()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_once_and_not_for_long() {
        let setup = Setup::default();
        assert!(!setup.take("", Millis(0)), "none was drawn");
        let token = setup.draw(Millis(0)).unwrap();
        assert_eq!(token.len(), 32);
        assert!(!setup.take("0", Millis(1)));
        assert!(setup.take(&token, Millis(1)));
        assert!(!setup.take(&token, Millis(2)), "a second time");
        setup.give_back(&token, Millis(2));
        assert!(setup.take(&token, Millis(3)));

        let late = setup.draw(Millis(0)).unwrap();
        assert!(!setup.take(&late, Millis(SETUP_MS)));
        let first = setup.draw(Millis(0)).unwrap();
        let second = setup.draw(Millis(0)).unwrap();
        assert!(!setup.take(&first, Millis(1)) && setup.take(&second, Millis(1)));
        setup.draw(Millis(0)).unwrap();
        setup.void();
        assert!(!setup.take(&second, Millis(1)));
    }
}
