//! Who may sit at the console: accounts with argon2id in `clerks.json`, and
//! the sessions that a sign-in opens in `sessions.json` (only hashes of their
//! tokens), so that a restart in the middle of a meeting signs nobody out.

use crate::folder::{FolderError, write_durably};
use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use hemicycle_protocol::ids::{Hex, Millis};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use thiserror::Error;
use zeroize::Zeroizing;

/// How long a session lasts without being used to sign in again.
pub const SESSION_MS: i64 = 16 * 3600 * 1000;
/// Wrong passwords in a row before a name has to wait.
const TRIES: u32 = 5;
/// How long it has to wait then.
const WAIT_MS: i64 = 30_000;
/// Accounts, sessions and names that are remembered at most.
const MOST: usize = 200;

/// Accounts and sessions of one data folder.
#[derive(Debug)]
pub struct Clerks {
    accounts: PathBuf,
    sessions_at: PathBuf,
    sessions: Mutex<HashMap<Hex<32>, Session>>,
    wrong: Mutex<HashMap<String, (u32, Millis)>>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Session {
    clerk: String,
    until: Millis,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Accounts {
    v: u32,
    clerks: Vec<Account>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Account {
    name: String,
    /// PHC string.
    password: String,
}

/// Why somebody is not let in, or an account is not made.
#[derive(Debug, Error)]
pub enum ClerkError {
    #[error("no clerk of that name, or another password")]
    Wrong,
    #[error("too many wrong passwords; wait half a minute")]
    Wait,
    #[error("a clerk's name has 1 to 40 letters, digits or - _ . and no spaces")]
    BadName,
    #[error("a password has at least 8 and at most 200 characters")]
    BadPassword,
    #[error("there are {MOST} clerks already")]
    Full,
    #[error("{0} is damaged: restore it from a backup, or remove it and set the clerks again")]
    Damaged(PathBuf),
    #[error("the password cannot be hashed: {0}")]
    Hash(String),
    #[error(transparent)]
    Folder(#[from] FolderError),
}

impl Clerks {
    /// Opens the files in a data folder; they need not exist.
    pub fn open(folder: &Path, now: Millis) -> Result<Self, ClerkError> {
        let sessions_at = folder.join("sessions.json");
        // Sessions are a convenience: if the file is unreadable, people sign in again.
        let mut sessions: HashMap<Hex<32>, Session> = std::fs::read(&sessions_at)
            .ok()
            .and_then(|text| serde_json::from_slice(&text).ok())
            .unwrap_or_default();
        sessions.retain(|_, s| s.until > now);
        let clerks = Self {
            accounts: folder.join("clerks.json"),
            sessions_at,
            sessions: Mutex::new(sessions),
            wrong: Mutex::new(HashMap::new()),
        };
        clerks.read()?;
        Ok(clerks)
    }

    /// Is there nobody yet?
    pub fn is_empty(&self) -> Result<bool, ClerkError> {
        Ok(self.read()?.clerks.is_empty())
    }

    /// Makes an account or gives it another password. May be called while a
    /// server runs: it reads the file at every sign-in.
    pub fn set(&self, name: &str, password: &str) -> Result<(), ClerkError> {
        check_name(name)?;
        if !(8..=200).contains(&password.chars().count()) {
            return Err(ClerkError::BadPassword);
        }
        let password = Argon2::default()
            .hash_password(password.as_bytes())
            .map_err(|e| ClerkError::Hash(e.to_string()))?
            .to_string();
        let mut accounts = self.read()?;
        let full = accounts.clerks.len() >= MOST;
        match accounts.clerks.iter_mut().find(|c| c.name == name) {
            Some(account) => account.password = password,
            None if full => return Err(ClerkError::Full),
            None => accounts.clerks.push(Account { name: name.into(), password }),
        }
        accounts.v = 1;
        let text = serde_json::to_vec_pretty(&accounts)
            .map_err(|_| ClerkError::Damaged(self.accounts.clone()))?;
        write_durably(&self.accounts, &text, 0o600)?;
        Ok(())
    }

    /// Signs in; returns the session's token. Slow on purpose: not for an
    /// async thread.
    pub fn sign_in(
        &self,
        name: &str,
        password: &str,
        now: Millis,
    ) -> Result<Zeroizing<String>, ClerkError> {
        let key: String = name.chars().take(40).collect();
        {
            let mut wrong = lock(&self.wrong);
            if wrong.len() >= MOST {
                wrong.retain(|_, (_, until)| *until > now);
            }
            if let Some((tries, until)) = wrong.get(&key)
                && *tries >= TRIES
                && *until > now
            {
                return Err(ClerkError::Wait);
            }
        }
        let accounts = self.read()?;
        let account = accounts.clerks.iter().find(|c| c.name == name);
        // Someone who does not exist takes as long as someone who does.
        let stored = account.map_or(NOBODY, |a| &a.password);
        let right = PasswordHash::new(stored)
            .is_ok_and(|h| Argon2::default().verify_password(password.as_bytes(), &h).is_ok());
        if !right || account.is_none() {
            let mut wrong = lock(&self.wrong);
            if wrong.len() < MOST || wrong.contains_key(&key) {
                let entry = wrong.entry(key).or_insert((0, now));
                *entry = (entry.0.saturating_add(1), Millis(now.0 + WAIT_MS));
            }
            return Err(ClerkError::Wrong);
        }
        lock(&self.wrong).remove(&key);
        let mut secret = Zeroizing::new([0; 32]);
        getrandom::fill(secret.as_mut_slice()).map_err(|e| ClerkError::Hash(e.to_string()))?;
        let token = Zeroizing::new(hex::encode(*secret));
        let mut sessions = lock(&self.sessions);
        sessions.retain(|_, s| s.until > now);
        if sessions.len() >= MOST
            && let Some(oldest) = sessions.iter().min_by_key(|(_, s)| s.until).map(|(k, _)| *k)
        {
            sessions.remove(&oldest);
        }
        let until = Millis(now.0.saturating_add(SESSION_MS));
        sessions.insert(hashed(&token), Session { clerk: name.into(), until });
        self.save(&sessions);
        Ok(token)
    }

    /// Whose session this is, if it still holds.
    pub fn session(&self, token: &str, now: Millis) -> Option<String> {
        let sessions = lock(&self.sessions);
        sessions.get(&hashed(token)).filter(|s| s.until > now).map(|s| s.clerk.clone())
    }

    /// Ends a session.
    pub fn sign_out(&self, token: &str) {
        let mut sessions = lock(&self.sessions);
        if sessions.remove(&hashed(token)).is_some() {
            self.save(&sessions);
        }
    }

    fn save(&self, sessions: &HashMap<Hex<32>, Session>) {
        let text = serde_json::to_vec(sessions).unwrap_or_default();
        if let Err(error) = write_durably(&self.sessions_at, &text, 0o600) {
            tracing::warn!(%error, "sessions will not survive a restart");
        }
    }

    fn read(&self) -> Result<Accounts, ClerkError> {
        match std::fs::read(&self.accounts) {
            Ok(text) => serde_json::from_slice(&text)
                .map_err(|_| ClerkError::Damaged(self.accounts.clone())),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Accounts::default()),
            Err(source) => Err(FolderError::Io { path: self.accounts.clone(), source }.into()),
        }
    }
}

/// A password that can be read out and typed: four groups of five.
pub fn draw_password() -> Result<Zeroizing<String>, getrandom::Error> {
    // 32 letters and digits without those that look alike.
    const SIGNS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789+";
    let mut bytes = Zeroizing::new([0; 20]);
    getrandom::fill(bytes.as_mut_slice())?;
    let mut password = Zeroizing::new(String::with_capacity(23));
    for (i, byte) in bytes.iter().enumerate() {
        if i > 0 && i % 5 == 0 {
            password.push('-');
        }
        password.push(SIGNS.get(usize::from(byte % 32)).map_or('x', |b| char::from(*b)));
    }
    Ok(password)
}

/// A hash that no password was ever made for.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5bm9ib2R5MTIzNA$MXtmi6D0WjVGWSuVrFmFqx0JFkXnvp1FuKzPCWDpuGg";

fn check_name(name: &str) -> Result<(), ClerkError> {
    let fits = (1..=40).contains(&name.chars().count())
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'));
    if fits { Ok(()) } else { Err(ClerkError::BadName) }
}

fn hashed(token: &str) -> Hex<32> {
    Hex(Sha256::digest(token.as_bytes()).into())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_and_out_and_over_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let now = Millis(1_000);
        let clerks = Clerks::open(dir.path(), now).unwrap();
        assert!(clerks.is_empty().unwrap());
        clerks.set("李敏", "correct horse").unwrap();
        assert!(matches!(clerks.set("a b", "correct horse"), Err(ClerkError::BadName)));
        assert!(matches!(clerks.set("x", "short"), Err(ClerkError::BadPassword)));
        let token = clerks.sign_in("李敏", "correct horse", now).unwrap();
        assert_eq!(clerks.session(&token, now).as_deref(), Some("李敏"));
        assert_eq!(clerks.session("another", now), None);
        let kept = std::fs::read_to_string(dir.path().join("sessions.json")).unwrap();
        assert!(!kept.contains(token.as_str()));

        let clerks = Clerks::open(dir.path(), now).unwrap();
        assert_eq!(clerks.session(&token, now).as_deref(), Some("李敏"));
        assert_eq!(clerks.session(&token, Millis(now.0 + SESSION_MS)), None);
        clerks.sign_out(&token);
        assert_eq!(clerks.session(&token, now), None);
    }

    #[test]
    fn guessing_has_to_wait() {
        let dir = tempfile::tempdir().unwrap();
        let clerks = Clerks::open(dir.path(), Millis(0)).unwrap();
        clerks.set("clerk", "correct horse").unwrap();
        for _ in 0..TRIES {
            let wrong = clerks.sign_in("clerk", "correct house", Millis(0));
            assert!(matches!(wrong, Err(ClerkError::Wrong)));
        }
        let right = |at| clerks.sign_in("clerk", "correct horse", Millis(at));
        assert!(matches!(right(WAIT_MS - 1), Err(ClerkError::Wait)));
        assert!(right(WAIT_MS).is_ok());
        assert!(matches!(clerks.sign_in("nobody", "x", Millis(0)), Err(ClerkError::Wrong)));
        assert!(PasswordHash::new(NOBODY).is_ok());
    }

    #[test]
    fn passwords_can_be_typed() {
        let password = draw_password().unwrap();
        assert_eq!(password.len(), 23);
        assert_ne!(password, draw_password().unwrap());
    }
}
