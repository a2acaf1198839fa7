//! What is done to accounts beside the server, by a program on its computer, comes into
//! the meeting's log too: the file keeps it until the server has written it there.

use super::{Accounts, ClerkError, Clerks};
use crate::folder::FolderError;
use hemicycle_protocol::people::{AccountChange, ClerkRole};
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;

/// Kept at most; of more the oldest are forgotten, as no log is ever told of them.
const MOST: usize = 1_000;

/// A change of an account that the log does not have yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Untold {
    pub account: String,
    pub change: AccountChange,
    /// What the account is for after it.
    pub role: ClerkRole,
}

impl Accounts {
    pub(super) fn untell(&mut self, what: Untold) {
        self.untold.push(what);
        let over = self.untold.len().saturating_sub(MOST);
        self.untold.drain(..over);
    }
}

impl Clerks {
    /// What the log does not have yet, oldest first.
    pub fn untold(&self) -> Result<Vec<Untold>, ClerkError> {
        Ok(self.read()?.untold.clone())
    }

    /// The log has the oldest of these now.
    pub fn told(&self, first: &Untold) -> Result<(), ClerkError> {
        let _alone = self.alone()?;
        let mut accounts = (*self.read()?).clone();
        if accounts.untold.first() == Some(first) {
            accounts.untold.remove(0);
            self.replace(accounts)?;
        }
        Ok(())
    }

    /// Held while the file is read and replaced: server and program may both want to.
    pub(super) fn alone(&self) -> Result<File, ClerkError> {
        let path = self.path.with_extension("lock");
        let taken = || {
            let file = OpenOptions::new()
                .create(true)
                .truncate(false)
                .write(true)
                .mode(0o600)
                .open(&path)?;
            file.lock()?;
            Ok(file)
        };
        taken().map_err(|source| FolderError::Io { path: path.clone(), source }.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clerks::Act;
    use hemicycle_protocol::ids::Millis;
    use std::path::Path;
    use zeroize::Zeroizing;

    fn opened(folder: &Path) -> Clerks {
        Clerks::open(folder, Millis(1_000)).unwrap()
    }

    fn untold(clerks: &Clerks) -> Vec<(String, AccountChange)> {
        clerks.untold().unwrap().into_iter().map(|u| (u.account, u.change)).collect()
    }

    #[test]
    fn the_server_is_told_of_what_was_done_beside_it_and_of_that_alone() {
        let dir = tempfile::tempdir().unwrap();
        let server = opened(dir.path());
        opened(dir.path()).set("li", "correct horse").unwrap();
        let password = Zeroizing::new("battery staple".to_owned());
        let act = Act::Add { role: ClerkRole::Viewer, password };
        server.carry_out(server.plan("mo", act).unwrap()).unwrap();
        server.carry_out(server.plan("mo", Act::Disable).unwrap()).unwrap();
        opened(dir.path()).set_with("mo", "another word", Some(ClerkRole::Technician)).unwrap();
        let mo = |change| ("mo".to_owned(), change);
        let all = [
            ("li".to_owned(), AccountChange::Added),
            mo(AccountChange::Password),
            mo(AccountChange::Role),
            mo(AccountChange::Enabled),
        ];
        assert_eq!(untold(&server), all);
        let first = server.untold().unwrap().remove(0);
        server.told(&first).unwrap();
        // Twice is once.
        server.told(&first).unwrap();
        assert_eq!(untold(&opened(dir.path())), all[1..]);
        assert!(server.sign_in("mo", "another word", Millis(1_000)).is_ok());
    }

    #[test]
    fn two_that_write_at_once_lose_nothing() {
        let dir = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for name in ["a", "b", "c", "d"] {
                let folder = dir.path();
                scope.spawn(move || opened(folder).set(name, "correct horse").unwrap());
            }
        });
        assert_eq!(opened(dir.path()).list(Millis(1_000)).unwrap().len(), 4);
        assert_eq!(untold(&opened(dir.path())).len(), 4);
    }
}
