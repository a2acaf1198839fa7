//! One secret vote: its archive and second proofs against everything that the
//! log says of it. The record by itself is checked by `verify_hinted`; here is
//! what binds it to this meeting: the same question, trustees, credentials and
//! number of ballots, the same last event that every terminal saw, the same
//! counts and verdict.

use super::live_sums::Live;
use crate::export::account::Account;
use crate::export::{read_part, second_proofs};
use hemicycle_meeting::state::secret::Part;
use hemicycle_meeting::state::voting::Vote;
use hemicycle_protocol::ballot::archive::{
    self, AppendError, Archive, ArchivedEvent, EventList, EventType,
};
use hemicycle_protocol::ballot::decrypt::verify_opened;
use hemicycle_protocol::ballot::election::{ElectionError, Report, verify_hinted};
use hemicycle_protocol::ballot::records::{Canonical as _, EncryptedTally, SizedTally};
use hemicycle_protocol::ballot::trustees::{Pedersen, Trustee, Trustees};
use hemicycle_protocol::ids::{Hex, MeetingId};
use hemicycle_protocol::secret;
use hemicycle_protocol::topic::{Blob, RecordRef};
use hemicycle_protocol::vote::{Count, Form, Room, Rule, Verdict};
use sha2::{Digest, Sha256};
use thiserror::Error;

#[cfg(test)]
mod tests;

/// What the log says of a secret vote.
pub(super) struct Claim<'a> {
    pub(super) meeting: MeetingId,
    pub(super) slot: u32,
    pub(super) title: &'a str,
    pub(super) form: &'a Form,
    pub(super) rule: &'a Rule,
    pub(super) room: Room,
    /// The scrutineers' item under which it was opened.
    pub(super) item: Pedersen,
    /// The archive up to its first event.
    pub(super) setup: Blob,
    pub(super) credentials: u32,
    /// Members who cast.
    pub(super) cast: usize,
    /// The sums that were opened while it ran.
    pub(super) live: Live<'a>,
    /// The archive up to the encrypted sum.
    pub(super) summed: Blob,
    pub(super) parts: &'a [Part],
    pub(super) count: &'a Count,
    pub(super) verdict: &'a Verdict,
    pub(super) record: RecordRef,
}

/// How the record of a secret vote does not agree with its log.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(super) enum Fault {
    #[error("the log does not say how the vote was opened and counted")]
    NoClaim,
    #[error(transparent)]
    Record(#[from] ElectionError),
    #[error("it does not end with a result")]
    NoResult,
    #[error("its last event is not the one in the log, which the terminals saw")]
    LastEvent,
    #[error("its list of events is not the one that the log names")]
    Events,
    #[error("its setup is not the one that the vote was opened with")]
    Setup,
    #[error("it asks something else than the vote, or belongs to another vote or meeting")]
    OtherQuestion,
    #[error("its trustees are not the server and the scrutineers")]
    OtherTrustees,
    #[error("it has {found} credentials, the log says {wanted}")]
    Credentials { found: usize, wanted: u32 },
    #[error("a credential has a weight")]
    Weight,
    #[error("it holds {found} ballots, {wanted} members have cast")]
    Ballots { found: usize, wanted: usize },
    #[error("a ballot was replaced by a later one")]
    Replaced,
    #[error("its ballots do not stand in the order of their trackers")]
    Order,
    #[error("the live sum of {ballots} ballots: {what}")]
    Live { ballots: u32, what: String },
    #[error("up to its sum it is not what the scrutineers were asked to open")]
    Sum,
    #[error("{0}")]
    Part(String),
    #[error("they are not those of the log")]
    Proofs,
    #[error("its result is not the count in the log")]
    Count,
    #[error("the verdict in the log is not what the rule makes of the result")]
    Verdict,
}

impl Fault {
    /// Is the file of second proofs at fault, and not the archive?
    pub(super) fn is_of_the_proofs(&self) -> bool {
        match self {
            Fault::Record(ElectionError::SecondProofs(_)) | Fault::Proofs => true,
            Fault::Record(ElectionError::Archive(_) | ElectionError::Event { .. })
            | Fault::NoClaim
            | Fault::NoResult
            | Fault::LastEvent
            | Fault::Events
            | Fault::Setup
            | Fault::OtherQuestion
            | Fault::OtherTrustees
            | Fault::Credentials { .. }
            | Fault::Weight
            | Fault::Ballots { .. }
            | Fault::Replaced
            | Fault::Order
            | Fault::Live { .. }
            | Fault::Sum
            | Fault::Part(_)
            | Fault::Count
            | Fault::Verdict => false,
        }
    }
}

/// What the log says of a counted secret vote.
pub(super) fn claim<'a>(account: &'a Account, vote: &'a Vote) -> Result<Claim<'a>, Fault> {
    let found = || {
        let sealed = vote.sealed.as_ref()?;
        let counted = account.counted.get(&vote.id)?;
        let item = account.items.get(&vote.id)?;
        Some(Claim {
            meeting: account.state.meeting_id()?,
            slot: sealed.opening.slot,
            title: &vote.question.title,
            form: &vote.question.form,
            rule: &vote.question.rule,
            room: vote.room(),
            item: serde_json::from_str(item).ok()?,
            setup: sealed.opening.setup,
            credentials: sealed.opening.credentials,
            cast: vote.ballots.len(),
            live: Live::of(sealed),
            summed: sealed.summed?,
            parts: &sealed.parts,
            count: &counted.count,
            verdict: &counted.verdict,
            record: sealed.record?,
        })
    };
    found().ok_or(Fault::NoClaim)
}

/// Checks the two files against the claim.
pub(super) fn check(
    claim: &Claim<'_>,
    bel: &[u8],
    proofs: &[u8],
    hints: Option<&[u8]>,
    threads: usize,
) -> Result<Report, Fault> {
    let contents = archive::read(bel).map_err(ElectionError::Archive)?;
    // First, so that another vote's record is called that.
    let last = contents.events.last().map(|event| event.hash.0);
    need(last == Some(claim.record.last.0), Fault::LastEvent)?;
    let report = verify_hinted(bel, Some(proofs), hints, threads)?;
    let (Some(result), Some((tally, _))) = (&report.result, &report.tally) else {
        return Err(Fault::NoResult);
    };
    need(is(&claim.record.events, &EventList::of(&contents).to_bytes()), Fault::Events)?;

    let setup = &report.setup;
    let Claim { meeting, slot, title, form, .. } = claim;
    need(secret::asks(setup, meeting, *slot, title, form), Fault::OtherQuestion)?;
    let trustees = setup.records().get(1).and_then(|r| Trustees::from_bytes(r).ok());
    match trustees.as_ref().map(|t| &t.0[..]) {
        Some([Trustee::Single(_), Trustee::Pedersen(item)]) if *item == claim.item => {}
        Some(_) | None => return Err(Fault::OtherTrustees),
    }
    let (found, wanted) = (setup.credentials().len(), claim.credentials);
    need(u32::try_from(found) == Ok(wanted), Fault::Credentials { found, wanted })?;
    need(setup.credentials().iter().all(|line| line.weight.is_none()), Fault::Weight)?;
    let start = Archive::new(setup, report.timestamp).map_err(|_| Fault::Setup)?;
    need(is(&claim.setup, start.as_bytes()), Fault::Setup)?;

    let (found, wanted) = (report.ballots.len(), claim.cast);
    need(found == wanted, Fault::Ballots { found, wanted })?;
    need(report.ballots.iter().all(|ballot| ballot.counts), Fault::Replaced)?;
    // Anything else could tell the order in which they came.
    let trackers: Vec<_> = report.ballots.iter().map(|ballot| ballot.tracker).collect();
    need(claim.live.is_in_order(&trackers), Fault::Order)?;
    claim.live.check(setup, report.timestamp, &contents.events, form)?;
    let sum = up_to_the_sum(start, &contents.events).map_err(|_| Fault::Sum)?;
    need(sum.is_some_and(|sum| is(&claim.summed, sum.as_bytes())), Fault::Sum)?;

    // A part that was not needed must be right too: it stands in the log as given.
    for part in claim.parts {
        let opened = read_part(part).map_err(Fault::Part)?;
        verify_opened(setup, tally, &opened).map_err(|e| Fault::Part(e.to_string()))?;
    }
    same_parts(claim.parts, &contents.events)?;
    let wanted = second_proofs(bel, claim.parts).map_err(Fault::Part)?;
    need(wanted == proofs, Fault::Proofs)?;

    let counted = secret::count(form, result);
    need(counted.as_ref() == Some(claim.count), Fault::Count)?;
    let judged = form.judge(claim.count, claim.rule, &claim.room).ok();
    need(judged.as_ref() == Some(claim.verdict), Fault::Verdict)?;
    Ok(report)
}

fn need(holds: bool, fault: Fault) -> Result<(), Fault> {
    if holds { Ok(()) } else { Err(fault) }
}

fn is(blob: &Blob, bytes: &[u8]) -> bool {
    Ok(blob.bytes.0) == u64::try_from(bytes.len()) && blob.hash == Hex(Sha256::digest(bytes).into())
}

/// The archive up to its encrypted sum; none if there is no sum.
fn up_to_the_sum(
    mut archive: Archive,
    events: &[ArchivedEvent<'_>],
) -> Result<Option<Archive>, AppendError> {
    for event in events {
        match (event.kind, &event.data[..]) {
            (EventType::Ballot, [ballot]) => archive.push_ballot(ballot)?,
            (EventType::EndBallots, []) => archive.end_ballots()?,
            (EventType::EncryptedTally, [tally, sized]) => {
                let tally = EncryptedTally::from_bytes(tally);
                let (Ok(tally), Ok(sized)) = (tally, SizedTally::from_bytes(sized)) else {
                    return Ok(None);
                };
                archive.push_tally(&tally, &sized)?;
                return Ok(Some(archive));
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
    Ok(None)
}

/// Every part in the record is, byte for byte, one that the log has as given.
fn same_parts(parts: &[Part], events: &[ArchivedEvent<'_>]) -> Result<(), Fault> {
    for event in events.iter().filter(|event| event.kind == EventType::PartialDecryption) {
        let given = event
            .data
            .first()
            .is_some_and(|bytes| parts.iter().any(|part| part.partial.as_bytes() == *bytes));
        let fault = || Fault::Part("a part in it is not one that the log has as given".into());
        need(given, fault())?;
    }
    Ok(())
}
