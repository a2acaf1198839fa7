//! `hemicycle export`: everything that a meeting leaves behind, as one folder
//! that anybody can check (`docs/record.md`). It reads the data folder and
//! changes nothing in it, so a server may run on it meanwhile. What the folder
//! holds follows from the log alone; `crate::verify` checks it.

pub mod account;
pub mod head;
pub mod layout;
pub mod line;
pub mod live;
mod minutes;
mod pack;
pub mod readme;
pub(crate) mod source;
mod tables;
mod words;

use account::{Account, Entry, EntryFault};
use head::{End, Head};
use hemicycle_meeting::state::secret::Part;
use hemicycle_protocol::ballot::archive::{self, EventType};
use hemicycle_protocol::ballot::decrypt::{Opened, SecondProofs};
use hemicycle_protocol::ballot::records::{
    Canonical as _, EncryptedTally, Owned, PartialDecryption,
};
use hemicycle_protocol::ballot::setup::Setup;
use hemicycle_protocol::ids::{Hash, Hex, Seq, VoteId};
use layout::{Content, Listed};
use line::Line;
use sha2::{Digest, Sha256};
use source::Source;
use std::collections::HashMap;
use std::fmt;
use std::fs::{self, DirBuilder, File};
use std::io::{self, BufWriter, Read, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why a record is not exported. Each sentence says what to do.
#[derive(Debug, Error)]
pub enum Trouble {
    #[error(
        "{0} is not the data folder of a Hemicycle server: name the folder that the server runs on"
    )]
    NoData(PathBuf),
    #[error(
        "{path} was made by a newer version of Hemicycle (format {found}, this one knows {known}): export with that version"
    )]
    Newer { path: PathBuf, found: i64, known: i64 },
    #[error("{0} is not empty: name a new or empty folder, nothing is overwritten")]
    NotEmpty(PathBuf),
    #[error("{0} exists: remove it or name another folder, nothing is overwritten")]
    Exists(PathBuf),
    #[error("{0} is inside of the data folder: name a folder elsewhere")]
    Inside(PathBuf),
    #[error(
        "{path} is damaged ({what}): keep a copy of the data folder as evidence, then restore it from a backup"
    )]
    Damaged { path: PathBuf, what: String },
    #[error("entry {seq} of the log: {fault}")]
    Entry { seq: Seq, fault: EntryFault },
    #[error("the log holds no meeting yet")]
    NoMeeting,
    #[error(
        "the record of secret vote {0} is not among the files in records/: restore the data folder from a backup"
    )]
    NoArchive(VoteId),
    #[error("secret vote {vote}: {what}")]
    Secret { vote: VoteId, what: String },
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: io::Error },
}

impl Trouble {
    pub(crate) fn io(path: &Path, source: io::Error) -> Self {
        Self::Io { path: path.into(), source }
    }

    fn damaged(path: &Path, what: &str) -> Self {
        Self::Damaged { path: path.into(), what: what.into() }
    }
}

/// What was exported.
#[derive(Clone, Debug)]
pub struct Exported {
    pub folder: PathBuf,
    pub zip: Option<PathBuf>,
    pub title: String,
    pub head: Head,
    pub files: Vec<Listed>,
    /// The meeting goes on; another export will hold more.
    pub goes_on: bool,
    /// Secret votes whose sum is not open yet: their ballots are not in it.
    pub unopened: Vec<VoteId>,
}

/// Exports the meeting of the data folder into `out`, which is made, and next
/// to it as a zip file if that is wished. All of it or nothing appears.
pub fn export(data: &Path, out: &Path, zip: bool) -> Result<Exported, Trouble> {
    let source = Source::open(data)?;
    let identity = source.identity()?;
    let place = Place::find(data, out, zip)?;
    DirBuilder::new().mode(0o700).create(&place.coming).map_err(|e| {
        let there = e.kind() == io::ErrorKind::AlreadyExists;
        let path = &place.coming;
        if there { Trouble::Exists(path.clone()) } else { Trouble::io(path, e) }
    })?;
    let unfinished = Unfinished(&place.coming);

    let mut account = Account::default();
    let path = place.coming.join(layout::LOG);
    let mut log = BufWriter::new(create(&path)?);
    let end = source.log(&mut |seq, hash, payload| {
        let text = std::str::from_utf8(payload)
            .map_err(|_| Trouble::damaged(&path, &format!("entry {seq} is no text")))?;
        let entry = Entry::read(payload).map_err(|fault| Trouble::Entry { seq, fault })?;
        account.add(seq, &entry);
        let line = Line { seq, hash: *hash, payload: text.into() };
        log.write_all(&line.bytes()).map_err(|e| Trouble::io(&path, e))
    })?;
    let log = log.into_inner().map_err(|e| Trouble::io(&path, e.into_error()))?;
    log.sync_all().map_err(|e| Trouble::io(&path, e))?;

    let meeting = account.state.meeting_id().ok_or(Trouble::NoMeeting)?;
    let end = End { meeting, entries: end.seq(), hash: end.head(), at: account.last };
    let head = Head::sign(&identity, &end);
    let files = layout::files(&account);
    let mut writer = FileWriter { source: &source, account: &account, head: &head, archives: None };
    for file in &files {
        let path = place.coming.join(&file.path);
        if let Some(folder) = path.parent() {
            let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
            made.map_err(|e| Trouble::io(folder, e))?;
        }
        writer.write(file.content, &path)?;
    }
    if let Some((zip, name)) = &place.zip {
        pack::pack(&place.coming, &files, name, zip).inspect_err(|_| {
            // Half a zip file is worse than none; the first error is the one to be told.
            let _ = fs::remove_file(zip);
        })?;
    }
    fs::rename(&place.coming, &place.out).map_err(|e| Trouble::io(&place.out, e))?;
    std::mem::forget(unfinished);
    let sealed = |v: &&hemicycle_meeting::state::voting::Vote| v.is_being_opened();
    Ok(Exported {
        folder: place.out,
        zip: place.zip.map(|(zip, _)| zip),
        title: account.state.title().to_owned(),
        head,
        goes_on: !account.is_over(),
        unopened: account.state.votes().filter(sealed).map(|v| v.id).collect(),
        files,
    })
}

/// Is this such a text as an older program wrote it: the same facts under the words of then?
pub fn was_text(content: Content, account: &Account, head: &Head, found: &[u8]) -> bool {
    match content {
        Content::Readme => readme::was_one(found, account, head),
        Content::Minutes => minutes::was_one(found, account, head),
        Content::Head
        | Content::SignIns
        | Content::ReadReceipts
        | Content::Ballots(_)
        | Content::Log
        | Content::Paper(_)
        | Content::Archive(_)
        | Content::Proofs(_)
        | Content::Hints(_)
        | Content::LiveSums(_) => false,
    }
}

/// The text of a file that follows from the log; none for the others.
pub fn text(content: Content, account: &Account, head: &Head) -> Option<Vec<u8>> {
    match content {
        Content::Readme => Some(readme::text(account, head).into_bytes()),
        Content::Head => Some(head.bytes()),
        Content::Minutes => Some(minutes::html(account, head).into_bytes()),
        Content::SignIns => Some(tables::sign_ins(account, head)),
        Content::ReadReceipts => Some(tables::read_receipts(account, head)),
        Content::Ballots(vote) => {
            account.state.vote(vote).map(|vote| tables::ballots(account, head, vote))
        }
        Content::Log
        | Content::Paper(_)
        | Content::Archive(_)
        | Content::Proofs(_)
        | Content::Hints(_)
        | Content::LiveSums(_) => None,
    }
}

/// The file of second proofs of an archive, from the parts in the log.
pub fn second_proofs(archive: &[u8], parts: &[Part]) -> Result<Vec<u8>, String> {
    let contents = archive::read(archive).map_err(|e| e.to_string())?;
    let (mut setup, mut tally, mut used) = (None, None, Vec::new());
    for event in &contents.events {
        match (event.kind, &event.data[..]) {
            (EventType::Setup, [election, trustees, credentials, data]) => {
                let read = Setup::from_archive(election, trustees, credentials, data);
                setup = Some(read.map_err(|e| e.to_string())?);
            }
            (EventType::EncryptedTally, [encrypted, _]) => {
                tally = Some(EncryptedTally::from_bytes(encrypted).map_err(|e| e.to_string())?);
            }
            (EventType::PartialDecryption, [_, owned]) => {
                used.push(Owned::from_bytes(owned).map_err(|e| e.to_string())?.owner);
            }
            (
                EventType::Setup
                | EventType::Ballot
                | EventType::EndBallots
                | EventType::EncryptedTally
                | EventType::PartialDecryption
                | EventType::Result,
                _,
            ) => {}
        }
    }
    let (Some(setup), Some(tally)) = (setup, tally) else {
        return Err("the record has no encrypted sum".into());
    };
    let opened: Vec<Opened> = used
        .into_iter()
        .map(|owner| {
            let part = parts.iter().find(|part| part.owner == owner);
            read_part(part.ok_or(format!("the log has no part of trustee {owner}"))?)
        })
        .collect::<Result<_, String>>()?;
    Ok(SecondProofs::collect(&setup, &tally, &opened).to_bytes())
}

/// A trustee's part as the log has it.
pub fn read_part(part: &Part) -> Result<Opened, String> {
    let Part { owner, partial, second } = part;
    let bad = |e: &dyn fmt::Display| format!("the part of trustee {owner} cannot be read: {e}");
    Ok(Opened {
        owner: *owner,
        partial: PartialDecryption::from_bytes(partial.as_bytes()).map_err(|e| bad(&e))?,
        second: serde_json::from_str(second).map_err(|e| bad(&e))?,
    })
}

impl fmt::Display for Exported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let statement = &self.head.statement;
        writeln!(f, "{}", self.title)?;
        writeln!(f, "  日志   log          {} 条 entries", statement.entries)?;
        writeln!(f, "  末条   last entry   {}", statement.head)?;
        writeln!(f, "  服务器 server       {}（{}）", statement.server, statement.server.short())?;
        writeln!(f, "  文件   files        {}", self.files.len())?;
        if self.goes_on {
            writeln!(f, "  会议尚未结束 the meeting is not closed: this is how it stands now")?;
        }
        for vote in &self.unopened {
            writeln!(
                f,
                "  表决 {vote} 尚未开票 vote {vote} is not opened yet: its ballots are not in it"
            )?;
        }
        writeln!(f, "  写入   written      {}", self.folder.display())?;
        if let Some(zip) = &self.zip {
            writeln!(f, "                      {}", zip.display())?;
        }
        writeln!(f, "  核对   check        hemicycle verify {}", self.folder.display())
    }
}

/// Where the record goes.
struct Place {
    out: PathBuf,
    /// It is written here and then takes its name, so that no half record stands under it.
    coming: PathBuf,
    /// The zip file, and the folder's name in it.
    zip: Option<(PathBuf, String)>,
}

impl Place {
    fn find(data: &Path, out: &Path, zip: bool) -> Result<Self, Trouble> {
        let at = |e| Trouble::io(out, e);
        match fs::read_dir(out) {
            Ok(mut entries) => {
                if entries.next().is_some() {
                    return Err(Trouble::NotEmpty(out.into()));
                }
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(e) => return Err(at(e)),
        }
        let named = || io::Error::new(io::ErrorKind::InvalidInput, "this names no folder");
        let absolute = std::path::absolute(out).map_err(at)?;
        let (parent, name) = match (absolute.parent(), absolute.file_name()) {
            (Some(parent), Some(name)) => (parent.to_owned(), name.to_owned()),
            (_, _) => return Err(at(named())),
        };
        fs::create_dir_all(&parent).map_err(at)?;
        let parent = parent.canonicalize().map_err(at)?;
        let data = data.canonicalize().map_err(|e| Trouble::io(data, e))?;
        if parent.starts_with(&data) {
            return Err(Trouble::Inside(out.into()));
        }
        let with = |ending: &str| {
            let mut whole = name.clone();
            whole.push(ending);
            parent.join(whole)
        };
        let zip = match zip {
            true => {
                let path = with(".zip");
                if path.symlink_metadata().is_ok() {
                    return Err(Trouble::Exists(path));
                }
                Some((path, name.to_string_lossy().into_owned()))
            }
            false => None,
        };
        Ok(Self { coming: with(".unfinished"), out: parent.join(&name), zip })
    }
}

/// Takes away what was written if it does not come to an end.
struct Unfinished<'a>(&'a Path);

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        // The first error is the one to be told.
        let _ = fs::remove_dir_all(self.0);
    }
}

struct FileWriter<'a> {
    source: &'a Source,
    account: &'a Account,
    head: &'a Head,
    /// Looked for once, when the first is needed.
    archives: Option<HashMap<Hash, PathBuf>>,
}

impl FileWriter<'_> {
    fn write(&mut self, content: Content, path: &Path) -> Result<(), Trouble> {
        match content {
            // Written as it was read.
            Content::Log => Ok(()),
            Content::Paper(hash) => self.paper(&hash, path),
            Content::Archive(vote) => {
                let (_, bytes) = self.archive(vote)?;
                write(path, &bytes)
            }
            Content::Proofs(vote) => {
                let (parts, bytes) = self.archive(vote)?;
                let proofs = second_proofs(&bytes, &parts);
                write(path, &proofs.map_err(|what| Trouble::Secret { vote, what })?)
            }
            Content::Hints(vote) => write(path, &self.hints(vote)?),
            Content::LiveSums(vote) => {
                let (_, bytes) = self.archive(vote)?;
                let sealed = self.account.state.vote(vote).and_then(|vote| vote.sealed.as_ref());
                let sealed = sealed.ok_or(Trouble::NoArchive(vote))?;
                let sums = archive::read(&bytes).map_err(|e| e.to_string()).and_then(|contents| {
                    let events: Vec<_> = contents.events.iter().map(|event| event.hash).collect();
                    live::bytes(sealed, &events)
                });
                write(path, &sums.map_err(|what| Trouble::Secret { vote, what })?)
            }
            Content::Readme
            | Content::Head
            | Content::Minutes
            | Content::SignIns
            | Content::ReadReceipts
            | Content::Ballots(_) => {
                write(path, &text(content, self.account, self.head).unwrap_or_default())
            }
        }
    }

    fn paper(&self, hash: &Hash, path: &Path) -> Result<(), Trouble> {
        let (from, mut file) = self.source.paper(hash)?;
        let mut to = create(path)?;
        let mut sha = Sha256::new();
        let mut buffer = vec![0; 1 << 16];
        loop {
            let n = file.read(&mut buffer).map_err(|e| Trouble::io(&from, e))?;
            let Some(part) = buffer.get(..n).filter(|part| !part.is_empty()) else { break };
            sha.update(part);
            to.write_all(part).map_err(|e| Trouble::io(path, e))?;
        }
        to.sync_all().map_err(|e| Trouble::io(path, e))?;
        if Hex(sha.finalize().into()) != *hash {
            return Err(Trouble::damaged(&from, "it is not the file that its name says"));
        }
        Ok(())
    }

    fn hints(&self, vote: VoteId) -> Result<Vec<u8>, Trouble> {
        let sealed = self.account.state.vote(vote).and_then(|vote| vote.sealed.as_ref());
        let hash = sealed.and_then(|sealed| sealed.hints).ok_or(Trouble::NoArchive(vote))?.hash;
        let (path, bytes) = self.source.blob(&hash)?;
        if Hex(Sha256::digest(&bytes).into()) != hash {
            return Err(Trouble::damaged(&path, "it is not the file that its name says"));
        }
        Ok(bytes)
    }

    fn archive(&mut self, vote: VoteId) -> Result<(Vec<Part>, Vec<u8>), Trouble> {
        let found = match self.archives.take() {
            Some(found) => found,
            None => self.source.archives()?,
        };
        let found = self.archives.insert(found);
        let sealed = self.account.state.vote(vote).and_then(|vote| vote.sealed.as_ref());
        let record = sealed.and_then(|sealed| Some((sealed, sealed.record?.last)));
        let (sealed, last) = record.ok_or(Trouble::NoArchive(vote))?;
        let path = found.get(&last).ok_or(Trouble::NoArchive(vote))?;
        let bytes = fs::read(path).map_err(|e| Trouble::io(path, e))?;
        Ok((sealed.parts.clone(), bytes))
    }
}

fn create(path: &Path) -> Result<File, Trouble> {
    File::create_new(path).map_err(|e| Trouble::io(path, e))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Trouble> {
    let mut file = create(path)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(|e| Trouble::io(path, e))
}
