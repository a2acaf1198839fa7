//! Word files (.docx, .doc, .wps) become PDFs where LibreOffice is installed. It is a large
//! program that reads what strangers wrote: it runs in a folder of its own that goes with it,
//! with an end to its time and its memory, without a network where the system allows that,
//! and what it writes is checked like any other paper.

use hemicycle_protocol::wire::limits;
use rustix::process::{Pid, Signal, kill_process_group};
use std::ffi::OsString;
use std::fs::{self, DirBuilder, File};
use std::io::{self, Read};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use thiserror::Error;
use tokio::process::Command;
use tokio::time::timeout;

/// A conversion takes seconds, the first one after the installation more.
const PATIENCE: Duration = Duration::from_secs(120);
/// Settings for fontconfig, beside the text.
const FONTS: &str = "fonts.conf";
/// Faces without serifs, by the names that offices' texts have them under.
const UPRIGHT: [&str; 8] =
    ["黑体", "SimHei", "微软雅黑", "Microsoft YaHei", "等线", "DengXian", "华文细黑", "STXihei"];
/// Processor time, in seconds, and address space, in bytes.
const PROCESSOR: u32 = 120;
const MEMORY: u64 = 4 << 30;
/// Bytes that are looked through at a time.
const PIECE: usize = 1 << 20;
/// What the program is called.
const NAMES: [&str; 2] = ["soffice", "libreoffice"];
/// The beginnings of the two forms: a ZIP archive, and a compound file.
const ZIP: &[u8] = b"PK\x03\x04";
const COMPOUND: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

/// The form of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Docx,
    /// .doc, and .wps, which is the same within.
    Doc,
}

impl Form {
    fn ending(self) -> &'static str {
        match self {
            Form::Docx => "docx",
            Form::Doc => "doc",
        }
    }
}

/// Why a text did not become a paper.
#[derive(Debug, Error)]
pub enum WordError {
    #[error("a Word file of more than {} MiB", limits::WORD >> 20)]
    TooLarge,
    #[error("LibreOffice is not installed on the server")]
    NotInstalled,
    #[error("LibreOffice cannot read it")]
    Unreadable,
    #[error("it took longer than {} seconds", PATIENCE.as_secs())]
    TimedOut,
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// Is this file a text of one of these forms, of whatever size? By what is in it; nothing is
/// parsed here.
pub fn form(path: &Path) -> io::Result<Option<Form>> {
    let mut file = File::open(path)?;
    let mut bytes = Vec::new();
    file.by_ref().take(8).read_to_end(&mut bytes)?;
    let (form, within): (Form, Vec<u8>) = if bytes.starts_with(ZIP) {
        (Form::Docx, b"word/document.xml".to_vec())
    } else if bytes == COMPOUND {
        // Its parts have their names in UTF-16.
        (Form::Doc, "WordDocument".encode_utf16().flat_map(u16::to_le_bytes).collect())
    } else {
        return Ok(None);
    };
    Ok(holds(bytes.chain(file), &within)?.then_some(form))
}

/// Do these bytes stand anywhere in what comes?
fn holds(mut from: impl Read, wanted: &[u8]) -> io::Result<bool> {
    let mut bytes = Vec::with_capacity(PIECE + wanted.len());
    while from.by_ref().take(PIECE as u64).read_to_end(&mut bytes)? > 0 {
        if bytes.windows(wanted.len()).any(|part| part == wanted) {
            return Ok(true);
        }
        // They may begin at the end of one piece and go on in the next.
        bytes.drain(..bytes.len().saturating_sub(wanted.len()));
    }
    Ok(false)
}

/// LibreOffice, if this machine has it.
pub fn program() -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&folders).collect();
    NAMES
        .iter()
        .find_map(|name| folders.iter().map(|folder| folder.join(name)).find(|path| path.is_file()))
}

/// The text as a PDF, in a folder that is made for it. What it is set in and the machine does
/// not have is set in the fonts of this folder, if there is one.
pub async fn convert(
    text: &Path,
    form: Form,
    folder: &Path,
    fonts: Option<&Path>,
) -> Result<PathBuf, WordError> {
    if fs::metadata(text)?.len() > limits::WORD {
        return Err(WordError::TooLarge);
    }
    let program = program().ok_or(WordError::NotInstalled)?;
    DirBuilder::new().mode(0o700).create(folder)?;
    if let Some(fonts) = fonts {
        fs::write(folder.join(FONTS), font_settings(fonts, folder))?;
    }
    let given = folder.join(format!("paper.{}", form.ending()));
    fs::copy(text, &given)?;
    let isolated = run(&program, &given, folder, true).await;
    match isolated {
        // A system that gives nobody a network of one's own says so at once.
        Err(WordError::Unreadable) if !folder.join("profile").exists() => {
            run(&program, &given, folder, false).await?;
        }
        other => other?,
    }
    let made = folder.join("paper.pdf");
    if made.is_file() { Ok(made) } else { Err(WordError::Unreadable) }
}

/// For fontconfig: Chinese faces that a server hardly has, and whatever else is missing, in ours.
fn font_settings(fonts: &Path, folder: &Path) -> String {
    let text = |path: &Path| {
        let text = path.to_string_lossy().replace('&', "&amp;");
        text.replace('<', "&lt;").replace('>', "&gt;")
    };
    let alias = |face: &str| {
        let accept = "<accept><family>Noto Sans SC</family></accept>";
        format!("<alias binding=\"same\"><family>{face}</family>{accept}</alias>\n")
    };
    let (dir, cache) = (text(fonts), text(&folder.join("fontcache")));
    let upright: String = UPRIGHT.into_iter().map(alias).collect();
    format!(
        "<?xml version=\"1.0\"?>\n<!DOCTYPE fontconfig SYSTEM \"fonts.dtd\">\n<fontconfig>\n\
         <dir>{dir}</dir>\n<cachedir>{cache}</cachedir>\n\
         <match target=\"pattern\"><edit name=\"family\" mode=\"append\" binding=\"weak\">\
         <string>Noto Serif SC</string></edit></match>\n{upright}\
         <include ignore_missing=\"yes\">/etc/fonts/fonts.conf</include>\n</fontconfig>\n"
    )
}

async fn run(
    program: &Path,
    given: &Path,
    folder: &Path,
    without_network: bool,
) -> Result<(), WordError> {
    let mut words: Vec<OsString> = Vec::new();
    if without_network {
        words.extend(["unshare", "--map-root-user", "--net", "--"].map(OsString::from));
    }
    words.extend(["prlimit".into(), format!("--as={MEMORY}").into()]);
    words.extend([format!("--cpu={PROCESSOR}").into(), "--core=0".into(), "--".into()]);
    words.push(program.into());
    let mut profile = OsString::from("-env:UserInstallation=file://");
    profile.push(folder.join("profile"));
    words.push(profile);
    words.extend(["--headless", "--norestore", "--nologo", "--nodefault"].map(OsString::from));
    words.extend(["--convert-to", "pdf:writer_pdf_Export", "--outdir"].map(OsString::from));
    words.extend([folder.into(), given.into()]);
    let settings = folder.join(FONTS);
    let (first, rest) = words.split_first().ok_or(WordError::NotInstalled)?;
    let mut child = Command::new(first)
        .args(rest)
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("HOME", folder)
        .env("LANG", "C.UTF-8")
        .envs(settings.is_file().then_some(("FONTCONFIG_FILE", settings)))
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()?;
    let group = child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
    let ended = timeout(PATIENCE, child.wait()).await;
    // It starts others, which must not outlive it.
    if let Some(group) = group {
        let _ = kill_process_group(group, Signal::KILL);
    }
    let status = ended.map_err(|_| WordError::TimedOut)??;
    if status.success() { Ok(()) } else { Err(WordError::Unreadable) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_known_by_what_is_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        let name: Vec<u8> = "WordDocument".encode_utf16().flat_map(u16::to_le_bytes).collect();
        for (bytes, want) in [
            ([ZIP, b"...word/document.xml..."].concat(), Some(Form::Docx)),
            ([ZIP, b"...xl/workbook.xml..."].concat(), None),
            ([COMPOUND, b"...", &name].concat(), Some(Form::Doc)),
            ([COMPOUND, b"...Workbook"].concat(), None),
            (b"%PDF-1.7 word/document.xml".to_vec(), None),
            (Vec::new(), None),
        ] {
            fs::write(&path, &bytes).unwrap();
            assert_eq!(form(&path).unwrap(), want, "{}", String::from_utf8_lossy(&bytes));
        }
    }
}
