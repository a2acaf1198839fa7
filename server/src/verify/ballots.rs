//! `hemicycle verify-ballots`: checks an archive of secret ballots from
//! anyone, offline, and says what it proves. What a valid record is stands in
//! `hemicycle_protocol::ballot`; here are only the file and the words.

use anyhow::{Context, Result, bail};
use hemicycle_protocol::ballot::election::{Report, SecondCheck, verify_record};
use std::fmt::Write as _;
use std::path::Path;

/// A larger archive is not read: three thousand ballots of a long list stay far below.
const MOST_BYTES: u64 = 1 << 30;

/// Checks the archive at `path`; the text says what was checked and found.
/// An error names the first thing that is wrong.
pub fn ballots(path: &Path) -> Result<String> {
    let about = || path.display().to_string();
    let bytes = std::fs::metadata(path).with_context(about)?.len();
    if bytes > MOST_BYTES {
        bail!("{}: {bytes} bytes is no archive of ballots", about());
    }
    let archive = std::fs::read(path).with_context(about)?;
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let report = verify_record(&archive, None, threads)
        .with_context(|| format!("{} does not hold", about()))?;
    Ok(words(&report))
}

fn words(report: &Report) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write(&mut text, report);
    text
}

fn write(out: &mut String, report: &Report) -> std::fmt::Result {
    let election = report.setup.election();
    writeln!(out, "vote         {}", election.name)?;
    writeln!(out, "uuid         {}", election.uuid.as_str())?;
    writeln!(out, "voters       {}", report.setup.credentials().len())?;
    writeln!(out, "ballots      {} ({} count)", report.ballots.len(), report.counted())?;
    writeln!(out, "events       {} (the last: {})", report.height + 1, report.last_kind.name())?;
    writeln!(out, "last event   {}", report.last_event)?;
    writeln!(
        out,
        "checked      file, chain of events, setup, every ballot's proofs and signature"
    )?;
    if report.tally.is_some() {
        writeln!(out, "             the encrypted tally is the sum of the ballots that count")?;
    }
    if !report.owners.is_empty() {
        let owners: Vec<_> = report.owners.iter().map(u32::to_string).collect();
        writeln!(out, "             partial decryptions of trustees {}", owners.join(", "))?;
    }
    match report.second {
        SecondCheck::Hold => writeln!(out, "             the full-statement decryption proofs")?,
        SecondCheck::Absent => writeln!(
            out,
            "not checked  full-statement decryption proofs: an archive alone does not hold them"
        )?,
    }
    match &report.result {
        Some(result) => {
            for (question, counts) in election.questions.iter().zip(&result.result) {
                write!(out, "result       {}", question.question)?;
                match (question.min, question.max) {
                    (1, 1) => writeln!(out)?,
                    (min, max) => writeln!(out, " ({min} to {max} answers a ballot)")?,
                }
                for (answer, count) in question.answers.iter().zip(counts) {
                    writeln!(out, "             {count:>6}  {answer}")?;
                }
            }
        }
        None => writeln!(out, "result       not yet in the record")?,
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn sample(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../protocol/tests/belenios").join(name)
    }

    #[test]
    fn a_sound_archive_is_told_in_full() {
        let folder = sample("sample-mixed");
        let archive = std::fs::read_dir(folder)
            .unwrap()
            .map(|e| e.unwrap().path())
            .find(|p| p.extension().is_some_and(|e| e == "bel"))
            .unwrap();
        let text = ballots(&archive).unwrap();
        for part in ["voters       7", "ballots      7 (7 count)", "not checked", "result"] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }

    #[test]
    fn an_archive_that_was_changed_is_named_with_the_event() {
        for name in ["rejected-flipped-proof.bel", "rejected-changed-result.bel"] {
            let error = format!("{:#}", ballots(&sample(name)).unwrap_err());
            assert!(error.contains("does not hold") && error.contains("event"), "{error}");
        }
        assert!(ballots(&sample("no-such.bel")).is_err());
    }
}
