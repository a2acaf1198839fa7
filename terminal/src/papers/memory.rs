//! A folder that is in memory and never on a disk, for one terminal.

use rustix::fs::statfs;
use sha2::{Digest, Sha256};
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

/// Where such folders are.
const PLACE: &str = "/dev/shm";
/// The kinds of file system that are: tmpfs and ramfs.
const KINDS: [u64; 2] = [0x0102_1994, 0x8584_58f6];

/// The one of the terminal that keeps its papers there, empty. None where this machine has
/// no place for it.
pub fn folder(papers: &Path) -> io::Result<Option<PathBuf>> {
    let place = Path::new(PLACE);
    let kind = match statfs(place) {
        Ok(found) => u64::try_from(found.f_type).unwrap_or(0) & 0xffff_ffff,
        Err(_) => return Ok(None),
    };
    if !KINDS.contains(&kind) {
        return Ok(None);
    }
    let papers = papers.canonicalize()?;
    let name = hex(&Sha256::digest(papers.as_os_str().as_bytes()));
    let mine = rustix::process::geteuid().as_raw();
    let path = place.join(format!("hemicycle-{mine}-{name}"));
    // Left by a terminal that was killed; somebody else's is not touched.
    match fs::symlink_metadata(&path) {
        Ok(found) if found.is_dir() && found.uid() == mine => fs::remove_dir_all(&path)?,
        Ok(_) => return Err(io::Error::other(format!("{} is somebody else's", path.display()))),
        Err(e) if e.kind() == io::ErrorKind::NotFound => {}
        Err(e) => return Err(e),
    }
    DirBuilder::new().mode(0o700).create(&path)?;
    Ok(Some(path))
}

/// Enough of it to tell one folder from another.
fn hex(digest: &[u8]) -> String {
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
