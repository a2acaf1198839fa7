//! Where a member's exports go: the stick that is plugged in. A file is on it whole and for good, or not at
//! all, and never in place of another. Which stick is trusted, and what is exported, is not looked at here.

use rustix::fs::{
    Access, AtFlags, CWD, Mode, OFlags, RenameFlags, StatVfsMountFlags, accessat, openat, renameat,
    renameat_with, statat, statvfs, unlinkat,
};
use rustix::io::Errno;
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// What follows a paper's title in the name of its copy.
const MARK: &str = "（批注）";
const KIND: &str = ".pdf";
/// Of the title; what a file manager still shows, and what fits into a name with all that follows.
const TITLE_CHARS: usize = 80;
const TITLE_BYTES: usize = 200;
const UNTITLED: &str = "文件";
/// Copies of one title on one stick.
const COPIES: u32 = 1_000;
/// Entries of a folder that are looked at: media are few.
const ENTRIES: usize = 100;

/// Where a member's exports are put.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stick {
    folder: PathBuf,
    /// Shown to the member.
    name: String,
    /// The folder stays when its medium goes, and would take files into the terminal's own disk.
    device: u64,
}

/// Why a file is not on the stick. Nothing of it is left there.
#[derive(Debug, thiserror::Error)]
pub enum StickError {
    #[error("{name} is full")]
    Full { name: String },
    #[error("{name} cannot be written to")]
    ReadOnly { name: String },
    #[error("{name} was pulled out or no longer answers")]
    Gone { name: String },
    #[error("{name} has {COPIES} files of this title already")]
    TooMany { name: String },
    #[error("a file of {bytes} bytes is too large for {name}")]
    TooLarge { name: String, bytes: u64 },
    #[error("writing to {name}: {source}")]
    Io { name: String, source: io::Error },
}

impl StickError {
    /// Stable, for logs and for choosing words on a screen.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Full { .. } => "stick_full",
            Self::ReadOnly { .. } => "stick_read_only",
            Self::Gone { .. } => "stick_gone",
            Self::TooMany { .. } => "stick_too_many",
            Self::TooLarge { .. } => "stick_file_too_large",
            Self::Io { .. } => "stick_io",
        }
    }
}

/// The first medium that can be written to below these folders (`/media`, `/run/media`): a folder at depth 1 or 2
/// that is a mount point of its own. Folders come in the order of their names, and a deeper one after the one it is in.
pub fn find(under: &[PathBuf]) -> Option<Stick> {
    find_where(under, is_mounted)
}

/// The same for what counts as a medium here.
pub(crate) fn find_where(under: &[PathBuf], medium: impl Fn(&Path) -> bool) -> Option<Stick> {
    let fits = |folder: &Path| medium(folder) && is_writable(folder);
    for top in under {
        for folder in folders(top) {
            let here = fits(&folder).then(|| folder.clone());
            let found = here.or_else(|| folders(&folder).into_iter().find(|deeper| fits(deeper)));
            if let Some(stick) = found.and_then(Stick::at) {
                return Some(stick);
            }
        }
    }
    None
}

impl Stick {
    fn at(folder: PathBuf) -> Option<Self> {
        let device = fs::metadata(&folder).ok()?.dev();
        let name = folder.file_name()?.to_string_lossy();
        let name = name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        Some(Self { folder, name, device })
    }

    /// As the medium is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Puts a file on the stick, durable when this returns (which may take minutes), and says what it is called there: the title without
    /// what file systems forbid, a mark, and a number where that name is taken.
    pub fn write(&self, title: &str, bytes: &[u8]) -> Result<String, StickError> {
        let written = self.put(&presentable(title), bytes);
        let written = written.map_err(|error| self.failed(error, bytes))?;
        written.ok_or_else(|| StickError::TooMany { name: self.name.clone() })
    }

    /// `None` where all names are taken.
    fn put(&self, title: &str, bytes: &[u8]) -> io::Result<Option<String>> {
        // All names below are looked up in this folder as it is now, wherever its path leads later.
        let folder = File::open(&self.folder)?;
        if folder.metadata()?.dev() != self.device {
            return Err(Errno::NODEV.into());
        }
        let mut aside = Aside::create(&folder)?;
        aside.file.write_all(bytes)?;
        aside.file.sync_all()?;
        for copy in 1..=COPIES {
            let number = if copy == 1 { String::new() } else { format!(" {copy}") };
            let name = format!("{title}{MARK}{number}{KIND}");
            if aside.rename(&name)? {
                folder.sync_all()?;
                return Ok(Some(name));
            }
        }
        Ok(None)
    }

    fn failed(&self, source: io::Error, bytes: &[u8]) -> StickError {
        let name = self.name.clone();
        match Errno::from_io_error(&source) {
            Some(Errno::NOSPC | Errno::DQUOT) => StickError::Full { name },
            Some(Errno::ROFS | Errno::ACCESS | Errno::PERM) => StickError::ReadOnly { name },
            Some(Errno::FBIG) => StickError::TooLarge { name, bytes: bytes.len() as u64 },
            // A medium that goes in the middle of a write shows in any of these.
            Some(
                Errno::NOENT
                | Errno::NOTDIR
                | Errno::NODEV
                | Errno::NXIO
                | Errno::IO
                | Errno::STALE,
            ) => StickError::Gone { name },
            Some(_) | None => StickError::Io { name, source },
        }
    }
}

/// A file under a name that nobody looks for. It is removed unless it gets another.
struct Aside<'a> {
    folder: &'a File,
    file: File,
    name: Option<String>,
}

impl<'a> Aside<'a> {
    fn create(folder: &'a File) -> io::Result<Self> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        // What is there already was left by a power cut, or is being written.
        for attempt in 0..COPIES {
            let name = format!(".hemicycle-{}-{attempt}.part", std::process::id());
            match openat(folder, &name, flags, Mode::from_raw_mode(0o644)) {
                Ok(file) => return Ok(Self { folder, file: file.into(), name: Some(name) }),
                Err(Errno::EXIST) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Errno::EXIST.into())
    }

    /// False where that name is taken.
    fn rename(&mut self, to: &str) -> io::Result<bool> {
        let Some(from) = &self.name else { return Ok(false) };
        let folder = self.folder;
        match renameat_with(folder, from, folder, to, RenameFlags::NOREPLACE) {
            Ok(()) => {}
            Err(Errno::EXIST) => return Ok(false),
            // A file system that cannot promise it; nobody else gives names on the stick meanwhile.
            Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {
                match statat(folder, to, AtFlags::SYMLINK_NOFOLLOW) {
                    Ok(_) => return Ok(false),
                    Err(Errno::NOENT) => renameat(folder, from, folder, to)?,
                    Err(error) => return Err(error.into()),
                }
            }
            Err(error) => return Err(error.into()),
        }
        self.name = None;
        Ok(true)
    }
}

impl Drop for Aside<'_> {
    fn drop(&mut self) {
        if let Some(name) = self.name.take() {
            // Where the medium is gone, so is the file.
            let _ = unlinkat(self.folder, name, AtFlags::empty());
        }
    }
}

/// The folders in a folder, sorted; links are none.
fn folders(of: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(of) else { return Vec::new() };
    let is_folder = |entry: &fs::DirEntry| entry.file_type().is_ok_and(|kind| kind.is_dir());
    let entries = entries.take(ENTRIES).flatten().filter(is_folder);
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    folders.sort();
    folders
}

/// Of another device than the folder it is in.
fn is_mounted(folder: &Path) -> bool {
    let device = |path: &Path| fs::metadata(path).ok().map(|meta| meta.dev());
    let above = folder.parent().and_then(device);
    device(folder).is_some_and(|own| above.is_some_and(|above| above != own))
}

fn is_writable(folder: &Path) -> bool {
    let open = statvfs(folder).is_ok_and(|fs| !fs.f_flag.contains(StatVfsMountFlags::RDONLY));
    open && accessat(CWD, folder, Access::WRITE_OK | Access::EXEC_OK, AtFlags::EACCESS).is_ok()
}

/// A title as the beginning of a name that FAT allows too.
fn presentable(title: &str) -> String {
    let forbidden = |c: char| c.is_control() || r#"<>:"/\|?*"#.contains(c);
    let clean: String = title.chars().map(|c| if forbidden(c) { ' ' } else { c }).collect();
    let words = clean.split_whitespace().collect::<Vec<_>>().join(" ");
    // A point at the beginning hides a file.
    let words = words.trim_start_matches(['.', ' ']);
    let mut name = String::new();
    for c in words.chars().take(TITLE_CHARS) {
        if name.len() + c.len_utf8() > TITLE_BYTES {
            break;
        }
        name.push(c);
    }
    let name = name.trim_end();
    if name.is_empty() { UNTITLED.to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    fn stick() -> (tempfile::TempDir, Stick) {
        let folder = tempfile::tempdir().unwrap();
        let stick = Stick::at(folder.path().to_owned()).unwrap();
        (folder, stick)
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn titles_become_names_that_every_file_system_takes() {
        let check = |title: &str, want: &str| assert_eq!(presentable(title), want, "{title:?}");
        check("关于预算调整的议案", "关于预算调整的议案");
        check(" a/b\\c:d*e?f\"g<h>i|j\u{7}k\n", "a b c d e f g h i j k");
        check("../../etc/passwd", "etc passwd");
        check("...", UNTITLED);
        check("\u{0}", UNTITLED);
        check("", UNTITLED);
        // 66 characters of three bytes are 198.
        check(&"长".repeat(300), &"长".repeat(66));
        check(&"x".repeat(300), &"x".repeat(80));
        check(&format!("{} y", "x".repeat(79)), &"x".repeat(79));
        let longest = format!("{}{MARK} {COPIES}{KIND}", presentable(&"长".repeat(300)));
        assert!(longest.len() <= 255, "{}", longest.len());
    }

    #[test]
    fn a_file_never_takes_the_place_of_another() {
        let (folder, stick) = stick();
        fs::write(folder.path().join("议案（批注） 2.pdf"), b"another's").unwrap();
        std::os::unix::fs::symlink("nowhere", folder.path().join("议案（批注） 3.pdf")).unwrap();
        assert_eq!(stick.write("议案", b"one").unwrap(), "议案（批注）.pdf");
        assert_eq!(stick.write("议案", b"two").unwrap(), "议案（批注） 4.pdf");
        let read = |name: &str| fs::read(folder.path().join(name)).unwrap();
        assert_eq!(read("议案（批注）.pdf"), b"one");
        assert_eq!(read("议案（批注） 2.pdf"), b"another's");
        assert_eq!(read("议案（批注） 4.pdf"), b"two");
        assert_eq!(names(folder.path()).len(), 4, "nothing half written is left");
    }

    #[test]
    fn what_a_power_cut_left_is_in_nobodys_way() {
        let (folder, stick) = stick();
        let left = format!(".hemicycle-{}-0.part", std::process::id());
        fs::write(folder.path().join(left), b"half").unwrap();
        assert!(stick.write("a", b"whole").is_ok());
        assert_eq!(names(folder.path()).len(), 2);
    }

    #[test]
    fn a_stick_that_is_gone_is_said_so() {
        let (folder, stick) = stick();
        folder.close().unwrap();
        let error = stick.write("a", b"bytes").unwrap_err();
        assert_eq!(error.code(), "stick_gone", "{error}");
        assert!(error.to_string().contains(stick.name()), "{error}");
    }

    #[test]
    fn media_are_looked_for_two_folders_deep_and_in_order() {
        let house = tempfile::tempdir().unwrap();
        let under = |path: &str| house.path().join(path);
        for path in ["media/plain", "media/user/STICK", "media/user/deep/too-deep", "run/OTHER"] {
            fs::create_dir_all(under(path)).unwrap();
        }
        fs::write(under("media/file"), b"").unwrap();
        std::os::unix::fs::symlink(under("run/OTHER"), under("media/a-link")).unwrap();
        let places = [under("nowhere"), under("media"), under("run")];
        let found = |media: &[&str]| {
            let media: Vec<PathBuf> = media.iter().map(|path| under(path)).collect();
            find_where(&places, |folder| media.iter().any(|path| path == folder))
                .map(|stick| stick.name().to_owned())
        };
        assert_eq!(found(&[]), None);
        assert_eq!(found(&["media/user/STICK", "run/OTHER"]).as_deref(), Some("STICK"));
        assert_eq!(found(&["run/OTHER", "media/a-link"]).as_deref(), Some("OTHER"));
        assert_eq!(found(&["media/plain", "media/user/STICK"]).as_deref(), Some("plain"));
        assert_eq!(found(&["media/user/deep/too-deep", "media/file", "media"]), None);
        assert_eq!(find(&places), None, "all of it is on one device");
    }

    /// A small memory disk; `None` where this machine lets nobody mount one.
    struct Mounted(PathBuf);

    impl Mounted {
        fn at(folder: &Path) -> Option<Self> {
            fs::create_dir_all(folder).unwrap();
            let mut mount = Command::new("mount");
            mount.args(["-t", "tmpfs", "-o", "size=64k", "tmpfs"]).arg(folder);
            let done = mount.output().is_ok_and(|done| done.status.success());
            done.then(|| Self(folder.to_owned()))
        }

        fn again(&self, options: &str) -> bool {
            let mut mount = Command::new("mount");
            mount.args(["-o", options]).arg(&self.0).status().is_ok_and(|status| status.success())
        }
    }

    impl Drop for Mounted {
        fn drop(&mut self) {
            let _ = Command::new("umount").arg("-l").arg(&self.0).status();
        }
    }

    #[test]
    fn a_real_medium_is_found_filled_and_locked() {
        let house = tempfile::tempdir().unwrap();
        let place = house.path().join("user/KINGSTON");
        let Some(mounted) = Mounted::at(&place) else {
            eprintln!("nothing can be mounted here: only what needs no mount was tested");
            return;
        };
        let places = [house.path().to_owned()];
        let stick = find(&places).unwrap();
        assert_eq!((stick.name(), stick.folder.as_path()), ("KINGSTON", place.as_path()));
        assert_eq!(stick.write("议案", b"bytes").unwrap(), "议案（批注）.pdf");

        let error = stick.write("大", &vec![1; 1 << 20]).unwrap_err();
        assert_eq!(error.code(), "stick_full", "{error}");
        assert_eq!(names(&place), ["议案（批注）.pdf"], "nothing half written is left");
        assert!(stick.write("小", b"bytes").is_ok(), "and there is room again");

        assert!(mounted.again("remount,ro"));
        assert_eq!(find(&places), None);
        let error = stick.write("议案", b"bytes").unwrap_err();
        assert_eq!(error.code(), "stick_read_only", "{error}");

        drop(mounted);
        assert_eq!(find(&places), None, "only the folder is left");
        let error = stick.write("议案", b"bytes").unwrap_err();
        assert_eq!(error.code(), "stick_gone", "{error}");
        assert!(names(&place).is_empty(), "and nothing is put there");
    }
}
