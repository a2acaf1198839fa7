//! Who may sit at the console: accounts with their roles and argon2id in
//! `clerks.json`, the sessions that a sign-in opens, the link that makes the first
//! account, and the gate in front of all that costs a hash.

mod gate;
mod sessions;
mod setup;
mod untold;

pub use gate::{Gate, Pass};
pub use sessions::{MOST_MS, REST_MS, Sessions, SignedIn};
pub use setup::{SETUP_MS, Setup};
pub use untold::Untold;

use crate::folder::{FolderError, write_durably};
use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use hemicycle_protocol::ids::Millis;
use hemicycle_protocol::people::{AccountChange, ClerkRole};
use serde::{Deserialize, Serialize};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use thiserror::Error;
use tokio::sync::watch;
use zeroize::Zeroizing;

/// Accounts of a data folder at most.
const MOST: usize = 200;
/// Format of `clerks.json`.
const FORMAT: u32 = 3;

/// Accounts and sessions of one data folder.
#[derive(Debug)]
pub struct Clerks {
    path: PathBuf,
    /// The file as it was read last.
    known: Mutex<(Option<Stamp>, Arc<Accounts>)>,
    sessions: Sessions,
    changes: watch::Sender<u64>,
}

/// Tells one state of a file from another: it is replaced, never written over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    inode: u64,
    modified: i64,
    nanoseconds: i64,
    length: u64,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Accounts {
    v: u32,
    clerks: Vec<Account>,
    /// What was done beside a server, in order, and does not stand in the meeting's log yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    untold: Vec<Untold>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Account {
    name: String,
    /// PHC string.
    password: String,
    #[serde(default)]
    role: ClerkRole,
    #[serde(default)]
    disabled: bool,
    /// Counts what ends sessions: another password, another role, being disabled.
    #[serde(default)]
    rev: u64,
}

/// An account as others see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Listed {
    pub name: String,
    pub role: ClerkRole,
    pub disabled: bool,
    /// Open sessions.
    pub sessions: usize,
}

/// What is done to an account.
#[derive(Debug)]
pub enum Act {
    Add { role: ClerkRole, password: Zeroizing<String> },
    Role(ClerkRole),
    Password(Zeroizing<String>),
    Disable,
    Enable,
}

/// A change that is possible, with its hash made: what is left is to write it.
#[derive(Debug)]
pub struct Planned {
    pub name: String,
    pub change: AccountChange,
    /// What the account is for after it.
    pub role: ClerkRole,
    hashed: Option<String>,
}

/// Who writes an account's change into the meeting's log.
#[derive(Clone, Copy)]
enum Teller {
    /// The server, and it has done so.
    Server,
    /// Nobody yet: this program is another one.
    Beside,
}

/// Why somebody is not let in, or an account is not changed.
#[derive(Debug, Error)]
pub enum ClerkError {
    #[error("no account of that name, or another password")]
    Wrong,
    #[error("a name has 1 to 40 letters, digits or - _ . and no spaces")]
    BadName,
    #[error("a password has at least 8 and at most 200 characters")]
    BadPassword,
    #[error("there is an account {0} already")]
    Taken(String),
    #[error("there is no account {0}")]
    Unknown(String),
    #[error("it is so already")]
    Same,
    #[error("{0} is the last clerk who can sign in: make another one first")]
    Last(String),
    #[error("there are {MOST} accounts already")]
    Full,
    #[error("{0} is damaged: restore it from a backup, or remove it and make the accounts again")]
    Damaged(PathBuf),
    #[error("the password cannot be hashed: {0}")]
    Hash(String),
    #[error(transparent)]
    Folder(#[from] FolderError),
}

impl Clerks {
    /// Opens the files in a data folder; they need not exist.
    pub fn open(folder: &Path, now: Millis) -> Result<Self, ClerkError> {
        let clerks = Self {
            path: folder.join("clerks.json"),
            known: Mutex::default(),
            sessions: Sessions::open(folder, now),
            changes: watch::Sender::new(0),
        };
        clerks.read()?;
        Ok(clerks)
    }

    /// Is there nobody yet?
    pub fn is_empty(&self) -> Result<bool, ClerkError> {
        Ok(self.read()?.clerks.is_empty())
    }

    /// Makes a clerk, or gives an account another password and, if one is named,
    /// another role. For programs beside a server, which may run: it looks at the file
    /// again, and writes into the log what was done.
    pub fn set(&self, name: &str, password: &str) -> Result<(), ClerkError> {
        self.set_with(name, password, None)
    }

    /// The same with a role.
    pub fn set_with(
        &self,
        name: &str,
        password: &str,
        role: Option<ClerkRole>,
    ) -> Result<(), ClerkError> {
        let password = || Zeroizing::new(password.to_owned());
        let known = self.read()?.clerks.iter().find(|c| c.name == name).cloned();
        let Some(account) = known else {
            let act = Act::Add { role: role.unwrap_or_default(), password: password() };
            return self.write(self.plan(name, act)?, Teller::Beside);
        };
        self.write(self.plan(name, Act::Password(password()))?, Teller::Beside)?;
        if let Some(role) = role.filter(|role| *role != account.role) {
            self.write(self.plan(name, Act::Role(role))?, Teller::Beside)?;
        }
        if account.disabled {
            self.write(self.plan(name, Act::Enable)?, Teller::Beside)?;
        }
        Ok(())
    }

    /// Everybody, in the order in which the accounts were made.
    pub fn list(&self, now: Millis) -> Result<Vec<Listed>, ClerkError> {
        let accounts = self.read()?;
        let listed = |account: &Account| Listed {
            name: account.name.clone(),
            role: account.role,
            disabled: account.disabled,
            sessions: self.sessions.count(&account.name, account.rev, now),
        };
        Ok(accounts.clerks.iter().map(listed).collect())
    }

    /// Can this be done? Slow on purpose where a password is hashed.
    pub fn plan(&self, name: &str, act: Act) -> Result<Planned, ClerkError> {
        let accounts = self.read()?;
        let known = accounts.clerks.iter().find(|c| c.name == name);
        let planned = |change, role, hashed| Planned { name: name.into(), change, role, hashed };
        if let Act::Add { role, password } = act {
            check_name(name)?;
            if known.is_some() {
                return Err(ClerkError::Taken(name.into()));
            }
            if accounts.clerks.len() >= MOST {
                return Err(ClerkError::Full);
            }
            return Ok(planned(AccountChange::Added, role, Some(hash(&password)?)));
        }
        let account = known.ok_or_else(|| ClerkError::Unknown(name.into()))?;
        let others = accounts.clerks.iter().filter(|c| c.name != name);
        let is_last = account.role.is_clerk()
            && !account.disabled
            && !others.into_iter().any(|c| c.role.is_clerk() && !c.disabled);
        match act {
            Act::Add { .. } => Err(ClerkError::Taken(name.into())),
            Act::Password(password) => {
                let hashed = Some(hash(&password)?);
                Ok(planned(AccountChange::Password, account.role, hashed))
            }
            Act::Role(role) if role == account.role => Err(ClerkError::Same),
            Act::Role(_) | Act::Disable if is_last => Err(ClerkError::Last(name.into())),
            Act::Role(role) => Ok(planned(AccountChange::Role, role, None)),
            Act::Disable if account.disabled => Err(ClerkError::Same),
            Act::Disable => Ok(planned(AccountChange::Disabled, account.role, None)),
            Act::Enable if !account.disabled => Err(ClerkError::Same),
            Act::Enable => Ok(planned(AccountChange::Enabled, account.role, None)),
        }
    }

    /// Does it, durably, once the log has it. Sessions of the account end.
    pub fn carry_out(&self, planned: Planned) -> Result<(), ClerkError> {
        self.write(planned, Teller::Server)
    }

    fn write(&self, planned: Planned, teller: Teller) -> Result<(), ClerkError> {
        let Planned { name, change, role, hashed } = planned;
        let _alone = self.alone()?;
        let mut accounts = (*self.read()?).clone();
        match teller {
            Teller::Server => {}
            Teller::Beside => accounts.untell(Untold { account: name.clone(), change, role }),
        }
        let account = accounts.clerks.iter_mut().find(|c| c.name == name);
        match (change, account, hashed) {
            (AccountChange::Added, None, Some(password)) => {
                accounts.clerks.push(Account { name, password, role, disabled: false, rev: 1 });
            }
            (AccountChange::Added, Some(_), _) => return Err(ClerkError::Taken(name)),
            (_, None, _) => return Err(ClerkError::Unknown(name)),
            (change, Some(account), hashed) => {
                account.rev += 1;
                account.role = role;
                account.password = hashed.unwrap_or_else(|| std::mem::take(&mut account.password));
                account.disabled = match change {
                    AccountChange::Disabled => true,
                    AccountChange::Enabled => false,
                    AccountChange::Added | AccountChange::Role | AccountChange::Password => {
                        account.disabled
                    }
                };
            }
        }
        self.replace(accounts)?;
        self.changes.send_modify(|changes| *changes += 1);
        Ok(())
    }

    fn replace(&self, mut accounts: Accounts) -> Result<(), ClerkError> {
        accounts.v = FORMAT;
        let text = serde_json::to_vec_pretty(&accounts)
            .map_err(|_| ClerkError::Damaged(self.path.clone()))?;
        Ok(write_durably(&self.path, &text, 0o600)?)
    }

    /// Opens a session; returns its token. Slow on purpose: not for an async thread,
    /// and behind the [`Gate`].
    pub fn sign_in(
        &self,
        name: &str,
        password: &str,
        now: Millis,
    ) -> Result<Zeroizing<String>, ClerkError> {
        let accounts = self.read()?;
        let account = accounts.clerks.iter().find(|c| c.name == name && !c.disabled);
        // Someone who does not exist takes as long as someone who does.
        let stored = account.map_or(NOBODY, |a| &a.password);
        let right = PasswordHash::new(stored)
            .is_ok_and(|h| Argon2::default().verify_password(password.as_bytes(), &h).is_ok());
        let account = account.filter(|_| right).ok_or(ClerkError::Wrong)?;
        self.sessions
            .begin(&account.name, account.rev, now)
            .map_err(|error| ClerkError::Hash(error.to_string()))
    }

    /// Whose session this is, if it still holds; using it keeps it.
    pub fn session(&self, token: &str, now: Millis) -> Option<SignedIn> {
        let (name, rev) = self.sessions.used(token, now)?;
        let accounts = self.read().ok()?;
        let account = accounts.clerks.iter().find(|c| c.name == name)?;
        let holds = !account.disabled && account.rev == rev;
        holds.then_some(SignedIn { name, role: account.role })
    }

    /// Ends a session.
    pub fn sign_out(&self, token: &str) {
        self.sessions.end(token);
        self.changes.send_modify(|changes| *changes += 1);
    }

    /// Tells when sessions may have ended.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// The accounts as the file has them now.
    fn read(&self) -> Result<Arc<Accounts>, ClerkError> {
        let io = |source| FolderError::Io { path: self.path.clone(), source };
        let stamp = match std::fs::metadata(&self.path) {
            Ok(file) => Stamp {
                inode: file.ino(),
                modified: file.mtime(),
                nanoseconds: file.mtime_nsec(),
                length: file.len(),
            },
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Arc::default()),
            Err(source) => return Err(io(source).into()),
        };
        let mut known = lock(&self.known);
        if known.0 != Some(stamp) {
            let text = std::fs::read(&self.path).map_err(io)?;
            let accounts: Accounts = serde_json::from_slice(&text)
                .map_err(|_| ClerkError::Damaged(self.path.clone()))?;
            if accounts.v > FORMAT {
                let (path, found) = (self.path.clone(), accounts.v);
                return Err(FolderError::Newer { path, found }.into());
            }
            *known = (Some(stamp), Arc::new(accounts));
        }
        Ok(Arc::clone(&known.1))
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

fn hash(password: &str) -> Result<String, ClerkError> {
    if !(8..=200).contains(&password.chars().count()) {
        return Err(ClerkError::BadPassword);
    }
    Argon2::default()
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|e| ClerkError::Hash(e.to_string()))
}

fn check_name(name: &str) -> Result<(), ClerkError> {
    let fits = (1..=40).contains(&name.chars().count())
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'));
    if fits { Ok(()) } else { Err(ClerkError::BadName) }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = Millis(1_000);

    fn opened(folder: &Path) -> Clerks {
        Clerks::open(folder, NOW).unwrap()
    }

    fn done(clerks: &Clerks, name: &str, act: Act) -> Result<(), ClerkError> {
        clerks.carry_out(clerks.plan(name, act)?)
    }

    fn password(text: &str) -> Zeroizing<String> {
        Zeroizing::new(text.to_owned())
    }

    #[test]
    fn in_and_out_and_over_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let clerks = opened(dir.path());
        assert!(clerks.is_empty().unwrap());
        clerks.set("李敏", "correct horse").unwrap();
        assert!(matches!(clerks.set("a b", "correct horse"), Err(ClerkError::BadName)));
        assert!(matches!(clerks.set("x", "short"), Err(ClerkError::BadPassword)));
        let token = clerks.sign_in("李敏", "correct horse", NOW).unwrap();
        let who = clerks.session(&token, NOW).unwrap();
        assert_eq!((who.name.as_str(), who.role), ("李敏", ClerkRole::Clerk));
        assert!(clerks.session("another", NOW).is_none());
        let kept = std::fs::read_to_string(dir.path().join("sessions.json")).unwrap();
        assert!(!kept.contains(token.as_str()));

        let clerks = opened(dir.path());
        assert!(clerks.session(&token, NOW).is_some());
        clerks.sign_out(&token);
        assert!(clerks.session(&token, NOW).is_none());
        assert!(matches!(clerks.sign_in("nobody", "x", NOW), Err(ClerkError::Wrong)));
        assert!(PasswordHash::new(NOBODY).is_ok());
    }

    #[test]
    fn a_changed_account_ends_its_sessions_and_no_others() {
        let dir = tempfile::tempdir().unwrap();
        let clerks = opened(dir.path());
        clerks.set("li", "correct horse").unwrap();
        let act = |role| Act::Add { role, password: password("battery staple") };
        done(&clerks, "mo", act(ClerkRole::Technician)).unwrap();
        assert!(matches!(done(&clerks, "mo", act(ClerkRole::Viewer)), Err(ClerkError::Taken(_))));
        let open = |name, word| clerks.sign_in(name, word, NOW).unwrap();
        let holds = |token: &str| clerks.session(token, NOW).is_some();
        let (li, mut mo) = (open("li", "correct horse"), open("mo", "battery staple"));
        for act in
            [Act::Password(password("battery stable")), Act::Role(ClerkRole::Viewer), Act::Disable]
        {
            assert!(holds(&mo), "{act:?}");
            done(&clerks, "mo", act).unwrap();
            assert!(!holds(&mo) && holds(&li));
            if let Ok(again) = clerks.sign_in("mo", "battery stable", NOW) {
                mo = again;
            }
        }
        // Disabled, nothing opens it; enabled, the password does, and no old session.
        assert!(clerks.sign_in("mo", "battery stable", NOW).is_err());
        assert!(matches!(done(&clerks, "mo", Act::Disable), Err(ClerkError::Same)));
        done(&clerks, "mo", Act::Enable).unwrap();
        assert!(!holds(&mo) && clerks.sign_in("mo", "battery stable", NOW).is_ok());
        let listed = clerks.list(NOW).unwrap();
        let told: Vec<_> = listed.iter().map(|l| (l.name.as_str(), l.role, l.sessions)).collect();
        assert_eq!(told, [("li", ClerkRole::Clerk, 1), ("mo", ClerkRole::Viewer, 1)]);
    }

    #[test]
    fn the_last_clerk_stays() {
        let dir = tempfile::tempdir().unwrap();
        let clerks = opened(dir.path());
        clerks.set("li", "correct horse").unwrap();
        for act in [Act::Disable, Act::Role(ClerkRole::Viewer)] {
            assert!(matches!(done(&clerks, "li", act), Err(ClerkError::Last(_))));
        }
        clerks.set_with("mo", "battery staple", Some(ClerkRole::Clerk)).unwrap();
        done(&clerks, "li", Act::Disable).unwrap();
        assert!(matches!(done(&clerks, "mo", Act::Disable), Err(ClerkError::Last(_))));
        assert!(matches!(done(&clerks, "no", Act::Disable), Err(ClerkError::Unknown(_))));
    }

    #[test]
    fn another_process_and_an_older_file_are_understood() {
        let dir = tempfile::tempdir().unwrap();
        let running = opened(dir.path());
        opened(dir.path()).set("li", "correct horse").unwrap();
        let token = running.sign_in("li", "correct horse", NOW).unwrap();
        opened(dir.path()).set("li", "another horse").unwrap();
        assert!(running.session(&token, NOW).is_none());
        let text = std::fs::read_to_string(dir.path().join("clerks.json")).unwrap();
        let mut file: serde_json::Value = serde_json::from_str(&text).unwrap();
        file["v"] = 1.into();
        let account = file["clerks"][0].as_object_mut().unwrap();
        account.retain(|key, _| ["name", "password"].contains(&key.as_str()));
        std::fs::write(dir.path().join("clerks.json"), file.to_string()).unwrap();
        let older = opened(dir.path());
        let token = older.sign_in("li", "another horse", NOW).unwrap();
        assert_eq!(older.session(&token, NOW).unwrap().role, ClerkRole::Clerk);
    }

    #[test]
    fn passwords_can_be_typed() {
        let password = draw_password().unwrap();
        assert_eq!(password.len(), 23);
        assert_ne!(password, draw_password().unwrap());
    }
}
