//! What the terminal keeps of itself: its private key and the member's liking
//! for the screen. The key file is for its owner only.

use crate::screen::{Language, TextSize};
use crate::seat::{Pin, Places, Preferences};
use hemicycle_protocol::identity::Identity;
use hemicycle_protocol::ids::Key;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// What can be wrong with the terminal's folder.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    #[error("cannot use the terminal's folder {path}: {source}; name another one with --data")]
    Folder { path: PathBuf, source: io::Error },
    #[error(
        "{path} does not hold a key; restore it, or remove it and let the clerk give the new terminal its seat"
    )]
    NotAKey { path: PathBuf },
    #[error(
        "{path} does not say which server this terminal belongs to; restore it, or start once with --forget-server and pair the terminal again"
    )]
    NotAPin { path: PathBuf },
    #[error("no random numbers: {0}")]
    Random(String),
}

/// The terminal's key, made at the first start.
pub fn identity(folder: &Path) -> Result<Identity, Trouble> {
    let path = folder.join("terminal.key");
    let trouble = |source| Trouble::Folder { path: path.clone(), source };
    fs::create_dir_all(folder).and_then(|()| only_mine(folder, 0o700)).map_err(trouble)?;
    match fs::read(&path) {
        Ok(bytes) => match <[u8; 32]>::try_from(bytes.as_slice()) {
            Ok(secret) => Ok(Identity::from_secret(&secret)),
            Err(_) => Err(Trouble::NotAKey { path }),
        },
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            let secret = random()?;
            write_mine(&path, &secret).map_err(trouble)?;
            Ok(Identity::from_secret(&secret))
        }
        Err(source) => Err(trouble(source)),
    }
}

/// 32 fresh random bytes.
pub fn random() -> Result<[u8; 32], Trouble> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|e| Trouble::Random(e.to_string()))?;
    Ok(bytes)
}

/// A half-written file must never be read: written aside, synced, then named.
fn write_mine(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let aside = path.with_extension("new");
    let mut file =
        fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&aside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&aside, path)
}

pub(crate) fn only_mine(path: &Path, mode: u32) -> io::Result<()> {
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

/// What is kept of the server that this terminal belongs to.
#[derive(Serialize, Deserialize)]
struct Server {
    server: Key,
    room: String,
    address: String,
    /// It has given this terminal a seat; else a technician has only picked it.
    #[serde(default = "yes")]
    seated: bool,
}

fn yes() -> bool {
    true
}

/// What was kept of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub pin: Pin,
    /// Where it was last.
    pub address: String,
    /// It has given this terminal a seat; else a technician has only picked it.
    pub seated: bool,
}

const SERVER: &str = "server.json";

/// The server that this terminal belongs to, or that was picked for it.
pub fn pin(folder: &Path) -> Result<Option<Kept>, Trouble> {
    let path = folder.join(SERVER);
    match fs::read(&path) {
        Ok(bytes) => {
            let Ok(kept) = serde_json::from_slice(&bytes) else {
                return Err(Trouble::NotAPin { path });
            };
            let Server { server, room, address, seated } = kept;
            Ok(Some(Kept { pin: Pin { server, room }, address, seated }))
        }
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(Trouble::Folder { path, source }),
    }
}

/// Keeps it for the next start.
pub fn save_pin(folder: &Path, pin: &Pin, address: &str, seated: bool) -> io::Result<()> {
    let Pin { server, room } = pin.clone();
    let kept = Server { server, room, address: address.to_owned(), seated };
    write_mine(&folder.join(SERVER), serde_json::to_string_pretty(&kept)?.as_bytes())
}

/// From now on the terminal belongs to nobody.
pub fn forget_pin(folder: &Path) -> Result<(), Trouble> {
    let path = folder.join(SERVER);
    match fs::remove_file(&path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(Trouble::Folder { path, source })
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

#[derive(Serialize, Deserialize)]
struct Liked {
    language: String,
    text_size: u8,
    #[serde(default)]
    continuous: bool,
}

/// How the screen was liked last; the usual where that cannot be read.
pub fn preferences(folder: &Path) -> Preferences {
    let Ok(text) = fs::read_to_string(folder.join("preferences.json")) else {
        return Preferences::default();
    };
    let Ok(liked) = serde_json::from_str::<Liked>(&text) else { return Preferences::default() };
    Preferences {
        language: if liked.language == "en" { Language::En } else { Language::Zh },
        text_size: TextSize::from_step(liked.text_size).unwrap_or_default(),
        continuous: liked.continuous,
    }
}

/// Keeps them for the next start.
pub fn save_preferences(folder: &Path, preferences: Preferences) -> io::Result<()> {
    let language = match preferences.language {
        Language::Zh => "zh",
        Language::En => "en",
    };
    let liked = Liked {
        language: language.into(),
        text_size: preferences.text_size.step(),
        continuous: preferences.continuous,
    };
    write_whole(folder, "preferences", &serde_json::to_string(&liked)?)
}

/// Where papers were left, if that can be read.
pub fn places(folder: &Path) -> Option<Places> {
    let text = fs::read_to_string(folder.join("places.json")).ok()?;
    serde_json::from_str(&text).ok()
}

/// Keeps that for the next start; with nothing to keep, the file goes.
pub fn save_places(folder: &Path, places: Option<&Places>) -> io::Result<()> {
    match places {
        Some(places) => write_whole(folder, "places", &serde_json::to_string(places)?),
        None => match fs::remove_file(folder.join("places.json")) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
            Ok(()) | Err(_) => Ok(()),
        },
    }
}

/// Never half a file under its name.
fn write_whole(folder: &Path, name: &str, text: &str) -> io::Result<()> {
    let aside = folder.join(format!("{name}.new"));
    fs::write(&aside, text)?;
    fs::rename(aside, folder.join(format!("{name}.json")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hemicycle_protocol::ids::{Hex, MemberId, PaperId};

    #[test]
    fn the_key_is_made_once_and_only_for_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let first = identity(folder.path()).unwrap();
        assert_eq!(identity(folder.path()).unwrap().key(), first.key());
        let mode = fs::metadata(folder.path().join("terminal.key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_damaged_key_is_named_and_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("terminal.key"), b"short").unwrap();
        let error = identity(folder.path()).unwrap_err();
        assert!(matches!(error, Trouble::NotAKey { .. }), "{error}");
        assert_eq!(fs::read(folder.path().join("terminal.key")).unwrap(), b"short");
    }

    #[test]
    fn the_server_is_remembered_until_it_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        assert_eq!(pin(path).unwrap(), None);
        let first = Pin { server: hemicycle_protocol::ids::Hex([7; 32]), room: "东厅".into() };
        let address = "wss://10.0.0.5:8480/ws";
        for seated in [false, true] {
            save_pin(path, &first, address, seated).unwrap();
            let kept = Kept { pin: first.clone(), address: address.into(), seated };
            assert_eq!(pin(path).unwrap(), Some(kept));
        }
        // As terminals wrote it that could not pick yet.
        let text = fs::read_to_string(path.join(SERVER)).unwrap();
        let old = text.replace(",\n  \"seated\": true", "");
        assert_ne!(old, text);
        fs::write(path.join(SERVER), old).unwrap();
        assert!(pin(path).unwrap().unwrap().seated);
        let mode = fs::metadata(path.join(SERVER)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        // Damaged it is not the same as none: any server would do then.
        fs::write(path.join(SERVER), b"{").unwrap();
        assert!(matches!(pin(path), Err(Trouble::NotAPin { .. })));
        forget_pin(path).unwrap();
        forget_pin(path).unwrap();
        assert_eq!(pin(path).unwrap(), None);
    }

    #[test]
    fn preferences_come_back() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(preferences(folder.path()), Preferences::default());
        let liked =
            Preferences { language: Language::En, text_size: TextSize::Pt27, continuous: true };
        save_preferences(folder.path(), liked).unwrap();
        assert_eq!(preferences(folder.path()), liked);
        fs::write(folder.path().join("preferences.json"), r#"{"language":"en","text_size":0}"#)
            .unwrap();
        assert!(!preferences(folder.path()).continuous, "a file of an earlier version");
    }

    #[test]
    fn places_come_back_until_they_are_dropped() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(places(folder.path()), None);
        let kept = Places {
            meeting: Hex([7; 16]),
            member: MemberId(12),
            pages: [(PaperId(41), 5)].into(),
        };
        save_places(folder.path(), Some(&kept)).unwrap();
        assert_eq!(places(folder.path()), Some(kept));
        save_places(folder.path(), None).unwrap();
        save_places(folder.path(), None).unwrap();
        assert_eq!(places(folder.path()), None);
    }
}
