//! Members' PINs in `pins.json`, each as argon2id under the member's name. Who has
//! one and how often it was wrong is in the log; what it is, nowhere else. A PIN has
//! few digits: against guessing at a seat the meeting counts tries, and whoever has
//! this file has the server.

use crate::folder::{FolderError, write_durably};
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use hemicycle_protocol::people::Pin;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use thiserror::Error;
use zeroize::Zeroizing;

/// Digits of a PIN that the server draws.
const DIGITS: usize = 6;
/// Memory of one hash, in KiB: a congress that signs in is let in within minutes.
const MEMORY_KIB: u32 = 8 * 1024;

/// See the module.
#[derive(Debug)]
pub struct Pins {
    path: PathBuf,
    hashed: Mutex<BTreeMap<String, String>>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    v: u32,
    pins: BTreeMap<String, String>,
}

/// Why PINs cannot be kept.
#[derive(Debug, Error)]
pub enum PinError {
    #[error("{0} is damaged: restore it from a backup, or remove it and give new PINs")]
    Damaged(PathBuf),
    #[error("a PIN cannot be hashed: {0}")]
    Hash(String),
    #[error(transparent)]
    Folder(#[from] FolderError),
}

impl Pins {
    /// Opens the file in a data folder; it need not exist.
    pub fn open(folder: &Path) -> Result<Self, PinError> {
        let path = folder.join("pins.json");
        let file: File = match std::fs::read(&path) {
            Ok(text) => {
                serde_json::from_slice(&text).map_err(|_| PinError::Damaged(path.clone()))?
            }
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => File::default(),
            Err(source) => return Err(FolderError::Io { path, source }.into()),
        };
        if file.v > 1 {
            return Err(FolderError::Newer { path, found: file.v }.into());
        }
        Ok(Self { path, hashed: Mutex::new(file.pins) })
    }

    /// Hashes them; slow on purpose, by all processors.
    pub fn hash(given: &[(String, Pin)]) -> Result<Vec<(String, String)>, PinError> {
        let hash = |(name, pin): &(String, Pin)| {
            let hashed = hasher()?
                .hash_password(pin.digits().as_bytes())
                .map_err(|e| PinError::Hash(e.to_string()))?;
            Ok((name.clone(), hashed.to_string()))
        };
        given.par_iter().map(hash).collect()
    }

    /// Keeps them, durably; those of others stay.
    pub fn keep(&self, hashed: Vec<(String, String)>) -> Result<(), PinError> {
        let mut known = self.lock();
        let mut pins = known.clone();
        pins.extend(hashed);
        let text = serde_json::to_vec(&File { v: 1, pins: pins.clone() })
            .map_err(|_| PinError::Damaged(self.path.clone()))?;
        write_durably(&self.path, &text, 0o600)?;
        *known = pins;
        Ok(())
    }

    /// Is it this person's? None: the person has none here. Slow on purpose.
    pub fn check(&self, name: &str, pin: &Pin) -> Option<bool> {
        let stored = self.lock().get(name).cloned()?;
        let hash = PasswordHash::new(&stored).ok()?;
        // Its own parameters are in the hash.
        let right = Argon2::default().verify_password(pin.digits().as_bytes(), &hash).is_ok();
        Some(pin.is_proper() && right)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.hashed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A PIN that nobody has chosen: each one as likely as any other.
pub fn draw() -> Result<Pin, PinError> {
    let wrong = |e: getrandom::Error| PinError::Hash(e.to_string());
    let mut digits = Zeroizing::new(String::with_capacity(DIGITS));
    while digits.len() < DIGITS {
        let mut byte = [0];
        getrandom::fill(&mut byte).map_err(wrong)?;
        // 250 is the last multiple of ten: what is beyond would favour some digits.
        if byte[0] < 250 {
            digits.push(char::from(b'0' + byte[0] % 10));
        }
    }
    Pin::parse(&digits).ok_or_else(|| PinError::Hash("digits".into()))
}

fn hasher() -> Result<Argon2<'static>, PinError> {
    let params = Params::new(MEMORY_KIB, 2, 1, None).map_err(|e| PinError::Hash(e.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_pin_is_one_persons_and_not_readable() {
        let dir = tempfile::tempdir().unwrap();
        let pins = Pins::open(dir.path()).unwrap();
        let pin = |text| Pin::parse(text).unwrap();
        let given = [("许文澜".to_owned(), pin("604713")), ("秦思远".to_owned(), pin("0417"))];
        pins.keep(Pins::hash(&given).unwrap()).unwrap();
        let pins = Pins::open(dir.path()).unwrap();
        assert_eq!(pins.check("许文澜", &pin("604713")), Some(true));
        assert_eq!(pins.check("许文澜", &pin("0417")), Some(false));
        assert_eq!(pins.check("秦思远", &pin("0417")), Some(true));
        assert_eq!(pins.check("李", &pin("0417")), None);
        let again = [("秦思远".to_owned(), pin("1111"))];
        pins.keep(Pins::hash(&again).unwrap()).unwrap();
        assert_eq!(pins.check("秦思远", &pin("0417")), Some(false));
        assert_eq!(pins.check("许文澜", &pin("604713")), Some(true));
        let path = dir.path().join("pins.json");
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains("$argon2id$") && !text.contains("604713"), "{text}");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::write(&path, "{").unwrap();
        assert!(matches!(Pins::open(dir.path()), Err(PinError::Damaged(_))));
    }

    #[test]
    fn drawn_pins_differ() {
        let drawn: std::collections::BTreeSet<String> =
            (0..50).map(|_| draw().unwrap().digits().to_owned()).collect();
        assert!(drawn.len() > 45 && drawn.iter().all(|pin| pin.len() == DIGITS));
    }
}
