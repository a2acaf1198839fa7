//! What opens the hall's page: a word short enough to be typed at a projector,
//! long enough that nobody guesses it, and void as soon as another one is drawn.

use crate::folder::{Folder, FolderError, write_durably};
use hemicycle_protocol::ids::Hex;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use subtle::ConstantTimeEq;
use tokio::sync::watch;
use zeroize::Zeroizing;

/// Letters and digits that cannot be taken for each other: five bits each.
const SIGNS: &[u8; 32] = b"abcdefghjkmnpqrstvwxyz0123456789";
/// Of them in the word: 60 bits, tried over a network one by one.
const LENGTH: usize = 12;

/// See the module.
#[derive(Debug)]
pub struct Hall {
    path: PathBuf,
    word: Mutex<Zeroizing<String>>,
    drawn: watch::Sender<u64>,
}

impl Hall {
    /// With the secret of a data folder.
    pub fn open(folder: &Folder) -> Result<Self, FolderError> {
        let secret = folder.hall_secret()?;
        let word = Mutex::new(word_of(&secret));
        Ok(Self { path: folder.hall_path(), word, drawn: watch::Sender::new(0) })
    }

    /// The word, for the link: `abcd-efgh-jkmn`.
    pub fn word(&self) -> Zeroizing<String> {
        self.lock().clone()
    }

    /// Is it that? Capital letters and left out or other strokes are no matter.
    pub fn opens(&self, token: &str) -> bool {
        if token.len() > 64 {
            return false;
        }
        let plain = |text: &str| -> Zeroizing<String> {
            let signs = text.chars().filter(char::is_ascii_alphanumeric);
            Zeroizing::new(signs.map(|c| c.to_ascii_lowercase()).collect())
        };
        let (given, known) = (plain(token), plain(&self.lock()));
        bool::from(given.as_bytes().ct_eq(known.as_bytes()))
    }

    /// Draws another one, durably: screens that came by the old one are sent away.
    pub fn renew(&self) -> Result<(), FolderError> {
        let secret = draw(&self.path)?;
        *self.lock() = word_of(&secret);
        self.drawn.send_modify(|times| *times += 1);
        Ok(())
    }

    /// Tells when another one was drawn.
    pub fn renewals(&self) -> watch::Receiver<u64> {
        self.drawn.subscribe()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Zeroizing<String>> {
        self.word.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn draw(path: &Path) -> Result<Zeroizing<[u8; 32]>, FolderError> {
    let mut secret = Zeroizing::new([0; 32]);
    getrandom::fill(secret.as_mut_slice()).map_err(|error| FolderError::Io {
        path: path.into(),
        source: std::io::Error::other(error),
    })?;
    let text = Zeroizing::new(hex::encode(*secret));
    write_durably(path, text.as_bytes(), 0o600)?;
    Ok(secret)
}

/// What is shown says nothing of what is kept.
fn word_of(secret: &[u8; 32]) -> Zeroizing<String> {
    let mut hash = Sha256::new();
    hash.update(b"hemicycle/1/hall\n");
    hash.update(Hex(*secret).to_string());
    let hash: [u8; 32] = hash.finalize().into();
    let mut word = Zeroizing::new(String::with_capacity(LENGTH + 2));
    for (i, byte) in hash.iter().take(LENGTH).enumerate() {
        if i > 0 && i % 4 == 0 {
            word.push('-');
        }
        word.push(SIGNS.get(usize::from(byte % 32)).map_or('x', |b| char::from(*b)));
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_word_opens_until_another_is_drawn() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("room");
        let folder = Folder::open(&path).unwrap();
        let hall = Hall::open(&folder).unwrap();
        let word = hall.word();
        assert_eq!((word.len(), word.matches('-').count()), (14, 2));
        assert!(hall.opens(&word) && hall.opens(&word.to_uppercase().replace('-', " ")));
        assert!(!hall.opens("") && !hall.opens(&word[1..]) && !hall.opens(&word.repeat(9)));
        assert_eq!(*Hall::open(&folder).unwrap().word(), *word);
        let kept = std::fs::read_to_string(folder.hall_path()).unwrap();
        assert!(!kept.contains(&word.replace('-', "")[..6]));
        let mut told = hall.renewals();
        hall.renew().unwrap();
        assert!(told.has_changed().unwrap());
        told.mark_unchanged();
        assert!(!hall.opens(&word) && hall.opens(&hall.word()));
        assert_eq!(*Hall::open(&folder).unwrap().word(), *hall.word());
        let mode = std::fs::metadata(folder.hall_path()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
