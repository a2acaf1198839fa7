//! Read receipts: what the server is told of the papers at this seat. Which are
//! here it is told anew on every connection; what the member has opened, or come
//! to the end of, once, whenever there is a connection. Reports are gathered, and
//! step aside for a ballot or a sign-in that is on its way. Where the meeting keeps
//! no receipts, nothing is noted.

use super::{Effect, SigningIn, State};
use hemicycle_protocol::ids::{CommandId, Hash, Millis, PaperId};
use hemicycle_protocol::refusal::Code;
use hemicycle_protocol::topic::{Meeting, Phase, Reach, ReadPaper};
use hemicycle_protocol::wire::{Answer, Ask, Command, Reply, Up, limits};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

/// What is to be told gathers for so long, in milliseconds, and at some terminals
/// for as much longer: a room does not turn a page in one instant.
const GATHER: i64 = 3000;
const SPREAD: i64 = 2000;
/// A report without an answer is sent again after so long.
const AGAIN: i64 = 10_000;
/// While something waits that matters more, it is looked at again after so long.
const STEP_ASIDE: i64 = 1000;
/// Versions that are remembered; those beyond are not told.
const MOST: usize = 4000;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Report {
    /// What the person here has opened, by paper and version.
    read: BTreeMap<(PaperId, u32), Progress>,
    /// Files of which this connection's server knows that they are here.
    held: BTreeSet<Hash>,
    under_way: Option<UnderWay>,
    /// There may be something to tell.
    news: bool,
    due: Option<Millis>,
}

/// How far the person has come with a version, and what of that the server knows.
#[derive(Debug)]
struct Progress {
    hash: Hash,
    reach: Reach,
    told: Reach,
}

/// A report that has no answer yet.
#[derive(Debug)]
struct UnderWay {
    id: CommandId,
    command: Command,
    sent_at: Millis,
}

impl Report {
    /// The connection is gone: the next one knows nothing of what is here, and whether
    /// the last report arrived is not known.
    pub fn interrupted(&mut self) {
        self.under_way = None;
        self.held.clear();
        self.due = None;
    }

    /// Something was read, arrived, or came on the agenda.
    pub fn has_news(&mut self) {
        self.news = true;
    }

    fn note(&mut self, version: (PaperId, u32), hash: Hash, reach: Reach) {
        if self.read.len() >= MOST && !self.read.contains_key(&version) {
            return;
        }
        let new = Progress { hash, reach: Reach::Held, told: Reach::Held };
        let progress = self.read.entry(version).or_insert(new);
        if reach > progress.reach {
            progress.reach = reach;
            self.news = true;
        }
    }

    /// The server knows this much.
    fn told(&mut self, papers: &[ReadPaper]) {
        for told in papers {
            self.held.insert(told.hash);
            let of = |((paper, _), progress): &(&(PaperId, u32), &mut Progress)| {
                *paper == told.paper && progress.hash == told.hash
            };
            for (_, progress) in self.read.iter_mut().filter(of) {
                progress.told = progress.told.max(told.reach);
            }
        }
    }
}

impl State {
    /// Does the meeting want to be told, as far as is known?
    fn keeps_receipts(&self) -> bool {
        let wants =
            |meeting: &Meeting| meeting.settings.read_receipts && meeting.phase != Phase::Closed;
        self.room.meeting.as_ref().is_some_and(wants)
    }

    /// The words beside the agenda that say so are shown.
    pub fn says_receipts(&self) -> bool {
        self.keeps_receipts() && self.seated().is_some()
    }

    /// The meeting's settings or its phase may be others: what is not wanted any more is
    /// forgotten, not told later.
    pub(super) fn receipts_wanted(&mut self) {
        if self.keeps_receipts() {
            self.report.has_news();
        } else {
            self.report = Report::default();
        }
    }

    /// These pages of the open paper are on the screen.
    pub(super) fn note_read(&mut self, in_sight: &RangeInclusive<u32>) {
        if !self.says_receipts() {
            return;
        }
        let (Some(reading), Some(last)) = (&self.book.reading, self.book.pages().checked_sub(1))
        else {
            return;
        };
        let reach = if *in_sight.end() >= last { Reach::Ended } else { Reach::Opened };
        self.report.note((reading.paper, reading.version), reading.hash, reach);
    }

    /// Sends what is due.
    pub(super) fn tend_report(&mut self, effects: &mut Vec<Effect>) {
        let (now, online) = (self.now, self.online());
        if let Some(under_way) = &mut self.report.under_way {
            if online && now.0.saturating_sub(under_way.sent_at.0) >= AGAIN {
                under_way.sent_at = now;
                let (id, command) = (under_way.id, under_way.command.clone());
                effects.push(Effect::Send(Up::Command(Ask { id, command })));
            }
            return;
        }
        let wanted = online && self.agenda_known() && self.says_receipts();
        if !self.report.news || !wanted {
            self.report.due = None;
            return;
        }
        match self.report.due {
            None => self.report.due = Some(self.after(GATHER + self.spread())),
            Some(due) if due > now => {}
            Some(_) if self.is_stating() => self.report.due = Some(self.after(STEP_ASIDE)),
            Some(_) => {
                self.report.due = None;
                self.send_report(effects);
            }
        }
    }

    /// When that is to be looked at next.
    pub(super) fn report_at(&self) -> Option<Millis> {
        let again = |sent: &UnderWay| Millis(sent.sent_at.0.saturating_add(AGAIN));
        let at = self.report.under_way.as_ref().map(again).or(self.report.due);
        at.filter(|_| self.online())
    }

    /// Takes the answer to a report; tells whether it was one.
    pub(super) fn report_answered(&mut self, reply: &Reply) -> bool {
        let Some(under_way) = self.report.under_way.take_if(|sent| sent.id == reply.id) else {
            return false;
        };
        self.report.has_news();
        match &reply.answer {
            Answer::Refused(why) if matches!(why.code, Code::Unavailable | Code::TooFast) => {
                self.report.due = Some(self.after(AGAIN));
            }
            // Whatever else the server does not want, it does not want later either.
            Answer::Ok(_) | Answer::Refused(_) => {
                if let Command::ReportReading { papers, .. } = &under_way.command {
                    self.report.told(papers);
                }
            }
        }
        true
    }

    fn send_report(&mut self, effects: &mut Vec<Effect>) {
        let papers = self.untold();
        let Some((member, _)) = self.seated().filter(|_| !papers.is_empty()) else {
            self.report.news = false;
            return;
        };
        let (id, sent_at) = (self.command_id(), self.now);
        let command = Command::ReportReading { member, papers };
        effects.push(Effect::Send(Up::Command(Ask { id, command: command.clone() })));
        self.report.under_way = Some(UnderWay { id, command, sent_at });
    }

    /// What the server does not know, no more than fits into one report.
    fn untold(&self) -> Vec<ReadPaper> {
        let Report { read, held, .. } = &self.report;
        let read = read.iter().filter(|(_, progress)| progress.reach > progress.told).map(
            |(&(paper, _), progress)| ReadPaper {
                paper,
                hash: progress.hash,
                reach: progress.reach,
            },
        );
        let mut papers: Vec<ReadPaper> = read.take(limits::READ).collect();
        let named: BTreeSet<Hash> = papers.iter().map(|read| read.hash).collect();
        let here = self.room.agenda.items.iter().flat_map(|item| &item.papers);
        let here = here.filter(|paper| {
            let hash = &paper.hash;
            self.shelf.ready.contains(hash) && !held.contains(hash) && !named.contains(hash)
        });
        let here =
            here.map(|paper| ReadPaper { paper: paper.id, hash: paper.hash, reach: Reach::Held });
        papers.extend(here.take(limits::READ - papers.len()));
        papers
    }

    /// A ballot or a sign-in is on its way.
    fn is_stating(&self) -> bool {
        self.casting.is_some() || matches!(self.signing_in, SigningIn::Busy(_))
    }

    fn spread(&self) -> i64 {
        i64::from(self.key().0[1]) * SPREAD / 256
    }

    fn after(&self, milliseconds: i64) -> Millis {
        Millis(self.now.0.saturating_add(milliseconds))
    }
}
