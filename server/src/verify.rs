//! `hemicycle verify` and `hemicycle verify-ballots`: checking what a meeting
//! left behind, offline, and saying what that proves. Nothing of the folder is
//! trusted; `docs/record.md` lists what is checked, in this order:
//!
//! ```text
//! record.json ─▶ log.jsonl: chain, then each entry by the rules (facts) ─▶ head
//!      ─▶ every file of the folder: texts made anew, papers, secret votes
//! ```

mod ballots;
mod facts;
mod live_sums;
mod papers;
mod people;
mod reading;
mod scrutiny;
mod secret;
mod signatures;
mod voting;

pub use ballots::ballots;

use crate::export::account::{Account, Entry};
use crate::export::head::{FORMAT, Head};
use crate::export::layout::{self, Content, Listed};
use crate::export::line::{self, Line};
use crate::export::{live, text, was_text};
use facts::{Checker, Found};
use hemicycle_meeting::state::voting::Vote;
use hemicycle_protocol::identity::{LogHead, RecordHead, verify as verify_signature};
use hemicycle_protocol::ids::{Hash, Hex, Key, Seq, VoteId};
use hemicycle_protocol::record::Chain;
use hemicycle_protocol::topic::{SignedHead, VoteState};
use secret::Fault;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// `record.json` is small.
const MOST_HEAD: u64 = 1 << 16;
/// No archive, and no file of proofs, is larger.
const MOST_ARCHIVE: u64 = 1 << 30;
/// What an older program wrote is hardly longer than what this one writes.
const MOST_MORE: u64 = 1 << 16;
/// More is no record: papers of all items in all their versions are fewer.
const MOST_FILES: usize = 1 << 20;

/// The first thing that is wrong.
#[derive(Debug, Error)]
#[error("{place}: {what}")]
pub struct Wrong {
    pub place: Spot,
    pub what: String,
}

/// Where something is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spot {
    File(String),
    /// In the log.
    Entry {
        seq: Seq,
        vote: Option<VoteId>,
    },
    /// A file of a vote.
    Vote {
        file: String,
        vote: VoteId,
    },
}

impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Spot::File(path) => f.write_str(path),
            Spot::Entry { seq, vote: None } => write!(f, "{} entry {seq}", layout::LOG),
            Spot::Entry { seq, vote: Some(vote) } => {
                write!(f, "{} entry {seq} (vote {vote})", layout::LOG)
            }
            Spot::Vote { file, vote } => write!(f, "{file} (vote {vote})"),
        }
    }
}

impl Wrong {
    fn file(path: impl Into<String>, what: impl fmt::Display) -> Self {
        Self { place: Spot::File(path.into()), what: what.to_string() }
    }

    fn entry(seq: Seq, what: impl fmt::Display) -> Self {
        Self { place: Spot::Entry { seq, vote: None }, what: what.to_string() }
    }
}

/// Checks the whole folder. `server` is the server's key as it is known from
/// elsewhere; without it the record is only checked against itself. `say` gets
/// a line for everything that was found to hold, as it is found.
pub fn folder(path: &Path, server: Option<&Key>, say: &mut dyn FnMut(&str)) -> Result<(), Wrong> {
    folder_with(path, server, &[], say)
}

/// The same with what terminals remember of the log: each must be signed by the
/// record's server, and be what the log has there.
pub fn folder_with(
    path: &Path,
    server: Option<&Key>,
    remembered: &[SignedHead],
    say: &mut dyn FnMut(&str),
) -> Result<(), Wrong> {
    let head = read_head(path, server)?;
    let statement = &head.statement;
    let short = statement.server.short();
    say(&format!("✓ 签名 signature      服务器 server {short}，记录的末条 the end of the log"));
    let remembered = sorted(remembered, statement)?;
    let (account, found) = read_log(path, &head, &remembered)?;
    say(&format!("✓ 日志 log            {} 条连成一链 entries in one chain", statement.entries));
    if !remembered.is_empty() {
        say(&format!(
            "✓ 终端 terminals      {} 个记住的日志哈希都在其中 remembered hashes are in it",
            remembered.len()
        ));
    }
    say(&format!(
        "✓ 签到 sign-ins       {} 个签名 signatures，{} 次代签 by a clerk",
        found.sign_ins, found.sign_ins_for
    ));
    say(&format!(
        "✓ 记名票 recorded     {} 个签名 signatures，{} 张代录 by a clerk",
        found.ballots, found.ballots_for
    ));
    if found.read > 0 {
        say(&format!("✓ 阅读回执 reading      {} 条 receipts", found.read));
    }
    if found.keygens > 0 {
        say(&format!(
            "✓ 密钥 scrutineers    {} 次生成 keys made，{} 条消息 messages",
            found.keygens, found.spoken
        ));
    }
    let files = layout::files(&account);
    check_names(path, &files)?;
    let (mut texts, mut papers) = (0, 0);
    for file in &files {
        match file.content {
            // Read before everything else.
            Content::Log | Content::Head => {}
            Content::Paper(hash) => {
                check_paper(path, &file.path, &hash)?;
                papers += 1;
            }
            // With their archives.
            Content::Proofs(_) | Content::Hints(_) | Content::LiveSums(_) => {}
            Content::Archive(vote) => {
                let counted = check_secret(path, &files, &account, vote)?;
                say(&counted);
            }
            Content::Readme
            | Content::Minutes
            | Content::SignIns
            | Content::ReadReceipts
            | Content::Ballots(_) => {
                check_text(path, file, &account, &head)?;
                texts += 1;
            }
        }
    }
    say(&format!("✓ 文件 papers         {papers} 个版本 versions"));
    say(&format!("✓ 文本 texts          {texts} 份与日志一致 agree with the log"));
    account.state.votes().for_each(|vote| tell(vote, say));
    if !account.is_over() {
        say("• 会议尚未结束 the meeting was not closed when this was exported");
    }
    match server {
        Some(_) => say(&format!("✓ 服务器 server       {short} 与所给的相同 is the one given")),
        None => say(&format!("• 请核对指纹 compare the fingerprint with the meeting's: {short}")),
    }
    Ok(())
}

fn read_head(path: &Path, server: Option<&Key>) -> Result<Head, Wrong> {
    let wrong = |what: &dyn fmt::Display| Wrong::file(layout::HEAD, what);
    let bytes = read_file(path, layout::HEAD, MOST_HEAD)?;
    let format = |v: serde_json::Value| v.get("statement")?.get("format")?.as_u64();
    match serde_json::from_slice(&bytes).ok().and_then(format) {
        Some(found) if found > u64::from(FORMAT) => {
            return Err(wrong(&format_args!(
                "made by a newer version of Hemicycle (format {found}, this one knows {FORMAT})"
            )));
        }
        Some(_) | None => {}
    }
    let head: Head = serde_json::from_slice(&bytes).map_err(|e| wrong(&e))?;
    if head.bytes() != bytes || head.statement.format != FORMAT {
        return Err(wrong(&"not written as this format is"));
    }
    if let Some(server) = server
        && *server != head.server()
    {
        let (found, short) = (head.server().short(), server.short());
        return Err(wrong(&format_args!("signed by server {found}, not by {short}")));
    }
    head.check().map_err(|e| wrong(&e))?;
    Ok(head)
}

/// By place, once they are known to be this server's word about this meeting.
fn sorted(remembered: &[SignedHead], record: &RecordHead) -> Result<BTreeMap<Seq, Hash>, Wrong> {
    let mut by_place = BTreeMap::new();
    for SignedHead { statement, signature } in remembered {
        let LogHead { meeting, seq, head } = statement;
        let wrong =
            |what: &str| Wrong::entry(*seq, format_args!("as a terminal remembers it: {what}"));
        if *meeting != record.meeting {
            return Err(wrong("of another meeting"));
        }
        verify_signature(&record.server, statement, signature)
            .map_err(|_| wrong("not signed by the record's server"))?;
        if by_place.insert(*seq, *head).is_some_and(|other| other != *head) {
            return Err(wrong("two terminals were told different things"));
        }
    }
    Ok(by_place)
}

/// Follows the log from the first entry to the last.
fn read_log(
    path: &Path,
    head: &Head,
    remembered: &BTreeMap<Seq, Hash>,
) -> Result<(Account, Found), Wrong> {
    let statement = &head.statement;
    let file = open(path, layout::LOG)?;
    let mut from = BufReader::with_capacity(1 << 16, file);
    let (mut account, mut chain) = (Account::default(), Chain::default());
    let mut checker = Checker::new(statement.meeting);
    loop {
        let next = Seq(chain.seq().0 + 1);
        let read = line::read(&mut from).map_err(|e| Wrong::file(layout::LOG, e))?;
        let line = match read {
            line::Read::Line(line) => line,
            line::Read::Malformed => {
                checker.settle()?;
                return Err(Wrong::entry(next, "not written as this format is"));
            }
            line::Read::End => break,
        };
        if let Err(wrong) = check_entry(&mut account, &mut chain, &mut checker, &line) {
            // A signature that waits to be checked came before.
            checker.settle()?;
            return Err(wrong);
        }
        if remembered.get(&chain.seq()).is_some_and(|known| *known != chain.head()) {
            let what = "its hash is not the one that a terminal was told in the meeting";
            return Err(Wrong::entry(chain.seq(), what));
        }
    }
    if let Some((last, _)) = remembered.last_key_value()
        && *last > chain.seq()
    {
        return Err(Wrong::entry(*last, "a terminal was told of it, and the log ends before"));
    }
    let found = checker.finish()?;
    let (entries, hash) = (chain.seq(), chain.head());
    if entries != statement.entries {
        let signed = statement.entries;
        let what = format!("it ends with entry {entries}, the server signed {signed} entries");
        return Err(Wrong::file(layout::LOG, what));
    }
    if hash != statement.head {
        return Err(Wrong::entry(entries, "its hash is not the one that the server signed"));
    }
    if account.state.meeting_id() != Some(statement.meeting) {
        return Err(Wrong::file(layout::HEAD, "it names another meeting than the log"));
    }
    Ok((account, found))
}

fn check_entry(
    account: &mut Account,
    chain: &mut Chain,
    checker: &mut Checker,
    line: &Line<'_>,
) -> Result<(), Wrong> {
    let Line { seq, hash, payload } = line;
    let expected = Seq(chain.seq().0 + 1);
    chain.check(*seq, payload.as_bytes(), hash).map_err(|broken| Wrong::entry(expected, broken))?;
    let entry = Entry::read(payload.as_bytes()).map_err(|e| Wrong::entry(*seq, e))?;
    checker.check(account, *seq, &entry)?;
    account.add(*seq, &entry);
    Ok(())
}

/// The folder holds the files that follow from the log, and no others.
fn check_names(path: &Path, files: &[Listed]) -> Result<(), Wrong> {
    let mut expected: BTreeSet<&str> = files.iter().map(|f| f.path.as_str()).collect();
    let parents: BTreeSet<&str> =
        files.iter().flat_map(|f| f.path.match_indices('/').map(|(at, _)| &f.path[..at])).collect();
    let mut folders = vec![String::new()];
    let mut number = 0;
    while let Some(folder) = folders.pop() {
        let wrong = |e: io::Error| Wrong::file(folder.clone(), e);
        let mut names = Vec::new();
        for entry in fs::read_dir(path.join(&folder)).map_err(wrong)? {
            let entry = entry.map_err(wrong)?;
            names.push((entry.file_name(), entry.file_type().map_err(wrong)?));
        }
        names.sort_by(|(a, _), (b, _)| a.cmp(b));
        for (name, kind) in names {
            number += 1;
            let name = name.to_string_lossy();
            let name = if folder.is_empty() { name.into() } else { format!("{folder}/{name}") };
            let known = if kind.is_dir() {
                parents.contains(name.as_str())
            } else {
                kind.is_file() && expected.remove(name.as_str())
            };
            if !known || number > MOST_FILES {
                return Err(Wrong::file(name, "nothing in the log speaks of it"));
            }
            if kind.is_dir() {
                folders.push(name);
            }
        }
    }
    match files.iter().find(|file| expected.contains(file.path.as_str())) {
        Some(missing) => Err(wrong_file(missing, "it is missing")),
        None => Ok(()),
    }
}

fn check_text(path: &Path, file: &Listed, account: &Account, head: &Head) -> Result<(), Wrong> {
    let wanted = text(file.content, account, head).unwrap_or_default();
    let most = u64::try_from(wanted.len()).unwrap_or(u64::MAX);
    let found = read_at_most(path, &file.path, most.saturating_add(MOST_MORE))?;
    if found == wanted || was_text(file.content, account, head, &found) {
        return Ok(());
    }
    let same = found.iter().zip(&wanted).take_while(|(a, b)| a == b).count();
    let line = wanted.iter().take(same).filter(|b| **b == b'\n').count() + 1;
    Err(wrong_file(file, format_args!("line {line} is not what the log says")))
}

fn check_paper(path: &Path, name: &str, hash: &Hash) -> Result<(), Wrong> {
    let mut file = open(path, name)?;
    let (mut sha, mut buffer) = (Sha256::new(), vec![0; 1 << 16]);
    loop {
        let n = file.read(&mut buffer).map_err(|e| Wrong::file(name, e))?;
        let Some(part) = buffer.get(..n).filter(|part| !part.is_empty()) else { break };
        sha.update(part);
    }
    if Hex(sha.finalize().into()) != *hash {
        return Err(Wrong::file(name, "it is not the paper that the log names"));
    }
    Ok(())
}

fn check_secret(
    path: &Path,
    files: &[Listed],
    account: &Account,
    id: VoteId,
) -> Result<String, Wrong> {
    let place = |content: Content| files.iter().find(|file| file.content == content);
    let (archive, proofs) = (place(Content::Archive(id)), place(Content::Proofs(id)));
    let (Some(archive), Some(proofs), Some(vote)) = (archive, proofs, account.state.vote(id))
    else {
        return Err(Wrong::file(layout::LOG, format_args!("vote {id} is not there")));
    };
    let bytes = read_file(path, &archive.path, MOST_ARCHIVE)?;
    let second = read_file(path, &proofs.path, MOST_ARCHIVE)?;
    let hints = match place(Content::Hints(id)) {
        Some(file) => {
            let hints = read_file(path, &file.path, MOST_ARCHIVE)?;
            let named = vote.sealed.as_ref().and_then(|sealed| sealed.hints);
            if named.map(|blob| blob.hash) != Some(Hex(Sha256::digest(&hints).into())) {
                return Err(wrong_file(file, "it is not the file that the log names"));
            }
            Some(hints)
        }
        None => None,
    };
    let claim = secret::claim(account, vote).map_err(|fault| wrong_file(archive, fault))?;
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let live = place(Content::LiveSums(id));
    let report =
        secret::check(&claim, &bytes, &second, hints.as_deref(), threads).map_err(|fault| {
            let file = match (&fault, live) {
                (Fault::Live { .. }, Some(live)) => live,
                (fault, _) if fault.is_of_the_proofs() => proofs,
                (_, _) => archive,
            };
            wrong_file(file, fault)
        })?;
    let (ballots, owners) = (report.ballots.len(), report.owners.len());
    let mut line = format!(
        "✓ 无记名 secret       表决 vote {id}：{ballots} 张选票及证明 ballots with proofs，{owners} 份解密 parts with both proofs"
    );
    if let (Some(live), Some(sealed)) = (live, &vote.sealed) {
        let wanted = live::bytes(sealed, &report.events).map_err(|e| wrong_file(live, e))?;
        if read_file(path, &live.path, MOST_ARCHIVE)? != wanted {
            return Err(wrong_file(live, "it is not what the log and the archive say"));
        }
        let sums = sealed.live_sums.len();
        line.push_str(&format!("，{sums} 个分段合计 live sums"));
    }
    Ok(line)
}

/// What came of a vote, in a line.
fn tell(vote: &Vote, say: &mut dyn FnMut(&str)) {
    let (id, title, cast) = (vote.id, &vote.question.title, vote.turnout());
    let how = match (vote.state, &vote.verdict) {
        (VoteState::Annulled, _) => "已作废 annulled",
        (VoteState::Closed | VoteState::Declared, Some(_)) => {
            return say(&format!(
                "✓ 表决 vote {id}        {title}：{cast} 票 ballots，计票与结论重算一致 count and verdict hold"
            ));
        }
        (VoteState::Closed | VoteState::Declared, None) => "尚未开票 not yet opened",
        (VoteState::Open | VoteState::Paused, _) => "尚未结束 not closed",
        (VoteState::Prepared, _) => "未表决 not put to the vote",
    };
    say(&format!("• 表决 vote {id}        {title}：{how}"));
}

fn wrong_file(file: &Listed, what: impl fmt::Display) -> Wrong {
    let path = file.path.clone();
    let place = match file.content {
        Content::Ballots(vote)
        | Content::Archive(vote)
        | Content::Proofs(vote)
        | Content::Hints(vote)
        | Content::LiveSums(vote) => Spot::Vote { file: path, vote },
        Content::Readme
        | Content::Head
        | Content::Log
        | Content::Minutes
        | Content::SignIns
        | Content::ReadReceipts
        | Content::Paper(_) => Spot::File(path),
    };
    Wrong { place, what: what.to_string() }
}

/// Opens a plain file of the folder: no link, nothing that blocks.
fn open(folder: &Path, name: &str) -> Result<File, Wrong> {
    let path: PathBuf = folder.join(name);
    let kind = fs::symlink_metadata(&path).map_err(|e| {
        let missing = e.kind() == io::ErrorKind::NotFound;
        if missing { Wrong::file(name, "it is missing") } else { Wrong::file(name, e) }
    })?;
    if !kind.is_file() {
        return Err(Wrong::file(name, "it is no plain file"));
    }
    File::open(&path).map_err(|e| Wrong::file(name, e))
}

fn read_at_most(folder: &Path, name: &str, most: u64) -> Result<Vec<u8>, Wrong> {
    let mut bytes = Vec::new();
    let mut file = open(folder, name)?.take(most);
    file.read_to_end(&mut bytes).map_err(|e| Wrong::file(name, e))?;
    Ok(bytes)
}

fn read_file(folder: &Path, name: &str, most: u64) -> Result<Vec<u8>, Wrong> {
    let bytes = read_at_most(folder, name, most.saturating_add(1))?;
    match u64::try_from(bytes.len()) {
        Ok(length) if length <= most => Ok(bytes),
        Ok(_) | Err(_) => Err(Wrong::file(name, format_args!("more than {most} bytes"))),
    }
}
