//! Sessions: short, kept alive by being used, over after a day's work whatever
//! happens. `sessions.json` has only hashes of their tokens, so that a restart in
//! the middle of a meeting signs nobody out.

use super::lock;
use crate::folder::write_durably;
use hemicycle_protocol::ids::{Hex, Millis};
use hemicycle_protocol::people::ClerkRole;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use zeroize::Zeroizing;

/// How long a session lasts that nobody uses: no request, no open console.
pub const REST_MS: i64 = 30 * 60 * 1000;
/// How long it lasts at most.
pub const MOST_MS: i64 = 16 * 3600 * 1000;
/// Its use is written down no more often than that.
const NOTE_MS: i64 = 60 * 1000;
/// Sessions at most.
const MOST: usize = 200;

/// Whose session it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    pub name: String,
    pub role: ClerkRole,
}

/// See the module.
#[derive(Debug)]
pub struct Sessions {
    path: PathBuf,
    open: Mutex<HashMap<Hex<32>, Open>>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Open {
    clerk: String,
    /// The account's, when it began.
    rev: u64,
    until: Millis,
    /// Never longer than this.
    over: Millis,
}

impl Sessions {
    /// Opens the file in a data folder; it need not exist.
    pub fn open(folder: &Path, now: Millis) -> Self {
        let path = folder.join("sessions.json");
        // Sessions are a convenience: if the file is unreadable, people sign in again.
        let mut open: HashMap<Hex<32>, Open> = std::fs::read(&path)
            .ok()
            .and_then(|text| serde_json::from_slice(&text).ok())
            .unwrap_or_default();
        open.retain(|_, s| s.until > now);
        Self { path, open: Mutex::new(open) }
    }

    /// Begins one; returns its token.
    pub fn begin(
        &self,
        clerk: &str,
        rev: u64,
        now: Millis,
    ) -> Result<Zeroizing<String>, getrandom::Error> {
        let mut secret = Zeroizing::new([0; 32]);
        getrandom::fill(secret.as_mut_slice())?;
        let token = Zeroizing::new(hex::encode(*secret));
        let mut open = lock(&self.open);
        open.retain(|_, s| s.until > now);
        if open.len() >= MOST
            && let Some(oldest) = open.iter().min_by_key(|(_, s)| s.until).map(|(k, _)| *k)
        {
            open.remove(&oldest);
        }
        let over = Millis(now.0.saturating_add(MOST_MS));
        let until = Millis(now.0.saturating_add(REST_MS));
        open.insert(hashed(&token), Open { clerk: clerk.into(), rev, until, over });
        self.save(&open);
        Ok(token)
    }

    /// Whose it is and from which time of the account; it lasts longer by that.
    pub fn used(&self, token: &str, now: Millis) -> Option<(String, u64)> {
        let mut open = lock(&self.open);
        let session = open.get_mut(&hashed(token)).filter(|s| s.until > now)?;
        let until = session.over.min(Millis(now.0.saturating_add(REST_MS)));
        let found = (session.clerk.clone(), session.rev);
        if until.0 - session.until.0 >= NOTE_MS {
            session.until = until;
            self.save(&open);
        }
        Some(found)
    }

    /// Ends one.
    pub fn end(&self, token: &str) {
        let mut open = lock(&self.open);
        if open.remove(&hashed(token)).is_some() {
            self.save(&open);
        }
    }

    /// How many of an account are open.
    pub fn count(&self, clerk: &str, rev: u64, now: Millis) -> usize {
        let open = lock(&self.open);
        open.values().filter(|s| s.clerk == clerk && s.rev == rev && s.until > now).count()
    }

    fn save(&self, open: &HashMap<Hex<32>, Open>) {
        let text = serde_json::to_vec(open).unwrap_or_default();
        if let Err(error) = write_durably(&self.path, &text, 0o600) {
            tracing::warn!(%error, "sessions will not survive a restart");
        }
    }
}

fn hashed(token: &str) -> Hex<32> {
    Hex(Sha256::digest(token.as_bytes()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn use_keeps_a_session_and_rest_ends_it() {
        let dir = tempfile::tempdir().unwrap();
        let sessions = Sessions::open(dir.path(), Millis(0));
        let token = sessions.begin("li", 1, Millis(0)).unwrap();
        let used = |at: i64| sessions.used(&token, Millis(at)).is_some();
        assert!(used(REST_MS - 1));
        assert!(used(2 * REST_MS - 2), "it was used meanwhile");
        assert!(!used(3 * REST_MS - 2), "nobody used it");
        // Used all the time, it is over in the end.
        let token = sessions.begin("li", 1, Millis(0)).unwrap();
        let lasted = (0..)
            .map(|n| n * (REST_MS / 2))
            .take_while(|at| sessions.used(&token, Millis(*at)).is_some());
        assert_eq!(lasted.last(), Some(MOST_MS - REST_MS / 2));
        assert_eq!(sessions.count("li", 1, Millis(1)), 1);
    }

    #[test]
    fn there_are_not_more_than_fit() {
        let dir = tempfile::tempdir().unwrap();
        let sessions = Sessions::open(dir.path(), Millis(0));
        let first = sessions.begin("li", 1, Millis(0)).unwrap();
        for at in 1..=i64::try_from(MOST).unwrap() {
            sessions.begin("mo", 1, Millis(at)).unwrap();
        }
        assert!(sessions.used(&first, Millis(300)).is_none());
        assert_eq!(lock(&sessions.open).len(), MOST);
    }
}
