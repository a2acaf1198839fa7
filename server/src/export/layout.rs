//! Which files the folder of a record holds, by name. It follows from the log
//! alone, so that a file too many or too few is found.

use super::account::Account;
use super::live;
use hemicycle_meeting::state::voting::Vote;
use hemicycle_protocol::ids::{Hash, VoteId};
use hemicycle_protocol::topic::CountedBy;
use hemicycle_protocol::vote::Method;

/// The letter to whoever opens the folder.
pub const README: &str = "README.txt";
/// Where the log ends, signed.
pub const HEAD: &str = "record.json";
/// The log.
pub const LOG: &str = "log.jsonl";
/// The meeting for people.
pub const MINUTES: &str = "minutes.html";
/// Every sign-in.
pub const SIGN_INS: &str = "sign-ins.csv";
/// Who has opened which paper, where anybody has.
pub const READ_RECEIPTS: &str = "read-receipts.csv";

/// Longest part of a title in a file name, in characters.
const TITLE: usize = 40;

/// A file of the folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// With `/` between folders.
    pub path: String,
    pub content: Content,
}

/// What is in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    Readme,
    Head,
    Log,
    Minutes,
    SignIns,
    ReadReceipts,
    Paper(Hash),
    /// Of a recorded vote.
    Ballots(VoteId),
    /// Of a secret vote: the `.bel`.
    Archive(VoteId),
    /// Beside it.
    Proofs(VoteId),
    /// Beside it: what makes checking it quicker.
    Hints(VoteId),
    /// Beside it, where sums were opened while the vote ran.
    LiveSums(VoteId),
}

/// All files of a record, in the order in which they are written.
pub fn files(account: &Account) -> Vec<Listed> {
    let mut files = Vec::new();
    let mut list = |path: String, content| files.push(Listed { path, content });
    list(README.into(), Content::Readme);
    list(HEAD.into(), Content::Head);
    list(LOG.into(), Content::Log);
    list(MINUTES.into(), Content::Minutes);
    list(SIGN_INS.into(), Content::SignIns);
    if !account.state.reading().is_empty() {
        list(READ_RECEIPTS.into(), Content::ReadReceipts);
    }
    for paper in account.state.papers().all() {
        for (version, hash) in (1..).zip(&paper.versions) {
            let name = format!("papers/{:02}-v{version}{}.pdf", paper.id.0, ending(&paper.title));
            list(name, Content::Paper(*hash));
        }
    }
    for vote in account.state.votes() {
        let folder = folder(vote);
        if has_ballots(vote) {
            list(format!("{folder}/ballots.csv"), Content::Ballots(vote.id));
        }
        if vote.sealed.as_ref().is_some_and(|sealed| sealed.record.is_some()) {
            list(archive(vote), Content::Archive(vote.id));
            list(format!("{folder}/decryption-proofs.json"), Content::Proofs(vote.id));
            if vote.sealed.as_ref().is_some_and(|sealed| sealed.hints.is_some()) {
                list(format!("{folder}/ballot-hints.bin"), Content::Hints(vote.id));
            }
            if vote.sealed.as_ref().is_some_and(live::has_any) {
                list(format!("{folder}/live-sums.json"), Content::LiveSums(vote.id));
            }
        }
    }
    files
}

/// Path of a secret vote's archive.
pub fn archive(vote: &Vote) -> String {
    format!("{}/{:02}.bel", folder(vote), vote.id.0)
}

fn folder(vote: &Vote) -> String {
    format!("votes/{:02}{}", vote.id.0, ending(&vote.question.title))
}

/// A recorded vote that was taken at the terminals, or began there.
fn has_ballots(vote: &Vote) -> bool {
    let taken = match vote.counted_by {
        CountedBy::Terminals => true,
        CountedBy::Hands | CountedBy::PaperBallots => !vote.ballots.is_empty(),
    };
    match vote.question.method {
        Method::Recorded => vote.opened.is_some() && taken,
        Method::Secret => false,
    }
}

/// A title as the end of a file name that every system takes: letters and
/// digits of any script, a hyphen for everything else. The number in front
/// keeps names apart.
fn ending(title: &str) -> String {
    let mut name = String::new();
    let mut length = 0;
    for c in title.chars() {
        if c.is_alphanumeric() {
            name.push(c);
        } else if !name.is_empty() && !name.ends_with('-') {
            name.push('-');
        } else {
            continue;
        }
        length += 1;
        if length == TITLE {
            break;
        }
    }
    let name = name.trim_end_matches('-');
    if name.is_empty() { String::new() } else { format!("-{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_become_names_that_lead_nowhere() {
        let check = |title: &str, name: &str| assert_eq!(ending(title), name, "{title}");
        check("关于2026年预算的决议（草案）", "-关于2026年预算的决议-草案");
        check("../../etc/passwd", "-etc-passwd");
        check("C:\\con. ", "-C-con");
        check("…", "");
        check("a\u{202e}b\0c", "-a-b-c");
        check(&"长".repeat(200), &format!("-{}", "长".repeat(TITLE)));
        check(&format!("{} x", "长".repeat(TITLE - 1)), &format!("-{}", "长".repeat(TITLE - 1)));
    }
}
