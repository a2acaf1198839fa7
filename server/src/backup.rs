//! A copy of a data folder from which a server can start, taken also while a
//! server runs on it. The log is copied as one moment has it, and first: what else
//! it speaks of (papers, records) is in the folder before it is in the log, and
//! never changes.

use crate::export::Trouble;
use crate::export::source::{Source, open_to_read};
use crate::{notes, paper_keys, papers};
use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// What a copy must not have: who is signed in now, who has the folder open, the
/// server's share of a secret vote, members' notes, and what their and the papers' keys
/// are made of. Those are destroyed when they have served, which would mean nothing if
/// copies lay about.
const NEVER: [&str; 10] = [
    "lock",
    "sessions.json",
    "secret",
    paper_keys::FILE,
    notes::FILES[0],
    notes::FILES[1],
    notes::FILES[2],
    "log.sqlite",
    "log.sqlite-wal",
    "log.sqlite-shm",
];

/// In a folder of the data folder: files on their way, which are half there and nobody's yet.
const NEVER_WITHIN: [(&str, &str); 1] = [("papers", papers::COMING)];

/// What was copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Copied {
    /// Entries of the log.
    pub entries: u64,
    /// Files beside it, and their bytes.
    pub files: u64,
    pub bytes: u64,
}

impl std::fmt::Display for Copied {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { entries, files, bytes } = self;
        let mib = bytes.div_ceil(1024 * 1024);
        writeln!(f, "已备份　日志 {entries} 条，文件 {files} 个，{mib} MiB")?;
        writeln!(f, "copied    {entries} entries of the log, {files} files, {mib} MiB")
    }
}

/// Copies the data folder into a new or empty one. If it fails, the copy is of no use.
pub fn backup(data: &Path, out: &Path) -> Result<Copied, Trouble> {
    Source::open(data)?;
    let at = |e| Trouble::io(out, e);
    let from = data.canonicalize().map_err(|e| Trouble::io(data, e))?;
    // The copy would be copied, too.
    let there = std::path::absolute(out).map_err(at)?;
    let above = there.ancestors().find_map(|folder| folder.canonicalize().ok());
    if above.is_some_and(|folder| folder.starts_with(&from)) {
        return Err(Trouble::Inside(out.into()));
    }
    fs::DirBuilder::new().recursive(true).mode(0o700).create(out).map_err(at)?;
    if fs::read_dir(out).map_err(at)?.next().is_some() {
        return Err(Trouble::NotEmpty(out.into()));
    }
    let to = out.canonicalize().map_err(at)?;
    let log = to.join("log.sqlite");
    copy_log(&from.join("log.sqlite"), &log)?;
    let mut copied = Copied { entries: 0, files: 0, bytes: 0 };
    copy_folder(&from, &to, &NEVER, &mut copied)?;
    // What is not readable now would not be in an emergency either.
    Source::open(&to)?.log(&mut |_, _, _| {
        copied.entries += 1;
        Ok(())
    })?;
    fs::File::open(&to).and_then(|folder| folder.sync_all()).map_err(at)?;
    Ok(copied)
}

fn copy_log(from: &Path, to: &Path) -> Result<(), Trouble> {
    let failed = |e: rusqlite::Error| Trouble::io(from, io::Error::other(e));
    let text = to.to_str().ok_or_else(|| {
        Trouble::io(to, io::Error::new(io::ErrorKind::InvalidInput, "the name is not UTF-8"))
    })?;
    let db = open_to_read(from).map_err(failed)?;
    db.busy_timeout(std::time::Duration::from_secs(5)).map_err(failed)?;
    db.execute("VACUUM INTO ?1", [text]).map_err(failed)?;
    fs::File::open(to).and_then(|file| file.sync_all()).map_err(|e| Trouble::io(to, e))
}

fn copy_folder(from: &Path, to: &Path, never: &[&str], copied: &mut Copied) -> Result<(), Trouble> {
    let mut names: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(from).map_err(|e| Trouble::io(from, e))? {
        names.push(entry.map_err(|e| Trouble::io(from, e))?.file_name().into());
    }
    names.sort();
    for name in names {
        let half_written = name.extension().is_some_and(|e| e == "new");
        if half_written || never.iter().any(|n| name.as_os_str() == *n) {
            continue;
        }
        let (source, target) = (from.join(&name), to.join(&name));
        let at = |e| Trouble::io(&source, e);
        match fs::symlink_metadata(&source) {
            Ok(meta) if meta.is_dir() => {
                fs::DirBuilder::new().mode(0o700).create(&target).map_err(at)?;
                let within = NEVER_WITHIN.iter().filter(|(folder, _)| name.as_os_str() == *folder);
                let within: Vec<&str> = within.map(|(_, name)| *name).collect();
                copy_folder(&source, &target, &within, copied)?;
            }
            Ok(meta) if meta.is_file() => match copy_file(&source, &target) {
                Ok(bytes) => {
                    copied.files += 1;
                    copied.bytes = copied.bytes.saturating_add(bytes);
                }
                // On its way to its final name a moment ago.
                Err(e) if e.kind() == io::ErrorKind::NotFound => {}
                Err(e) => return Err(at(e)),
            },
            Ok(_) => {}
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(e) => return Err(at(e)),
        }
    }
    Ok(())
}

fn copy_file(from: &Path, to: &Path) -> io::Result<u64> {
    let bytes = fs::copy(from, to)?;
    fs::File::open(to)?.sync_all()?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_written_over_or_into_itself() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("room");
        let out = dir.path().join("copy");
        assert!(matches!(backup(&data, &out), Err(Trouble::NoData(_))));
        assert!(!out.exists(), "nothing is made for a mistake");
        drop(crate::folder::Folder::open(&data).unwrap());
        assert!(matches!(backup(&data, &data.join("a/copy")), Err(Trouble::Inside(_))));
        assert!(!data.join("a").exists());
        fs::create_dir(&out).unwrap();
        fs::write(out.join("letter"), "kept").unwrap();
        assert!(matches!(backup(&data, &out), Err(Trouble::NotEmpty(_))));
        assert_eq!(fs::read_to_string(out.join("letter")).unwrap(), "kept");
    }
}
