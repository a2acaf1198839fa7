//! `minutes.html`: the meeting for people, one page without scripts that any
//! browser shows and prints.

use super::account::Account;
use super::head::Head;
use super::words;
use crate::drawing::svg;
use hemicycle_meeting::state::agenda::Item;
use hemicycle_meeting::state::attendance::Presence;
use hemicycle_meeting::state::voting::Vote;
use hemicycle_protocol::ids::{Hash, Millis};
use hemicycle_protocol::topic::{CountedBy, PaperVersion, Person, Standing, VoteState};
use hemicycle_protocol::vote::{Count, Outcome, Tally, Verdict};
use std::fmt::{self, Write};

const STYLE: &str = "body{font:16px/1.7 'Noto Serif SC',SimSun,serif;max-width:50rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b}\
h1{font-size:1.6rem;text-align:center}h2{font-size:1.2rem;border-bottom:1px solid #888;margin-top:2rem}\
h3{font-size:1.05rem;margin-bottom:.3rem}table{border-collapse:collapse;margin:.5rem 0}\
td,th{border:1px solid #999;padding:.2rem .7rem;text-align:left}td.n{text-align:right}\
.small{font-size:.8rem;color:#555;word-break:break-all}.outcome{font-weight:bold}";
/// For signatures that were drawn. Older programs knew of none and wrote no such lines.
const HANDS: &str = "\
.hands{display:grid;grid-template-columns:repeat(auto-fill,minmax(11rem,1fr));gap:.8rem}\
figure{margin:0;break-inside:avoid}figure svg{width:100%;border-bottom:1px solid #999}\
figcaption{font-size:.85rem;text-align:center}";

/// The file.
pub fn html(account: &Account, head: &Head) -> String {
    let mut page = String::new();
    // Writing to a string cannot fail.
    let _ = Minutes { account, head }.write(&mut page);
    page
}

/// Is this the file as an older program wrote it?
pub fn was_one(bytes: &[u8], account: &Account, head: &Head) -> bool {
    account.state.drawings().is_empty()
        && html(account, head).replacen(HANDS, "", 1).as_bytes() == bytes
}

struct Minutes<'a> {
    account: &'a Account,
    head: &'a Head,
}

impl Minutes<'_> {
    fn write(&self, out: &mut String) -> fmt::Result {
        let state = &self.account.state;
        let title = Text(state.title());
        writeln!(out, "<!doctype html>\n<html lang=\"zh-CN\">\n<meta charset=\"utf-8\">")?;
        writeln!(out, "<title>{title}</title>\n<style>{STYLE}{HANDS}</style>")?;
        writeln!(out, "<h1>{title}</h1>\n<table>")?;
        let starts_at = state.starts_at().replace('T', " ");
        pair(out, "单位 body", state.body())?;
        pair(out, "地点 place", state.place())?;
        pair(out, "会议时间 called for", &starts_at)?;
        pair(out, "开会 opened", &self.moment(self.account.opened_at))?;
        pair(out, "闭会 closed", &self.moment(self.account.closed_at))?;
        pair(out, "状态 state", words::phase(state.phase()))?;
        writeln!(out, "</table>\n<p class=\"small\">时间按 times in {}</p>", self.head.zone())?;
        self.attendance(out)?;
        self.agenda(out)?;
        self.record(out)
    }

    fn moment(&self, at: Option<Millis>) -> String {
        at.map_or_else(|| "—".to_owned(), |at| self.head.clock(at))
    }

    fn attendance(&self, out: &mut String) -> fmt::Result {
        let state = &self.account.state;
        writeln!(out, "<h2>出席情况 Attendance</h2>\n<table>")?;
        let of = |standing: Standing, wanted: fn(&Presence) -> bool| {
            let here =
                |p: &&Person| p.standing == standing && wanted(state.attendance().of(p.member));
            state.people().iter().filter(here).map(|p| p.name.as_str()).collect::<Vec<_>>()
        };
        let came: fn(&Presence) -> bool = |p| matches!(p, Presence::Here | Presence::Left);
        let on_leave: fn(&Presence) -> bool = |p| matches!(p, Presence::OnLeave { .. });
        let absent: fn(&Presence) -> bool = |p| matches!(p, Presence::Absent);
        let members = state.roll().members;
        pair(out, "应到 members", &format!("{members} 人，法定人数 quorum {} 人", state.quorum()))?;
        names(out, "出席 present", &of(Standing::Member, came))?;
        names(out, "请假 on leave", &of(Standing::Member, on_leave))?;
        names(out, "缺席 absent", &of(Standing::Member, absent))?;
        names(out, "列席 attending", &of(Standing::Attendee, came))?;
        writeln!(out, "</table>")?;
        self.signatures(out)
    }

    /// Those that were drawn, in the order of the roster.
    fn signatures(&self, out: &mut String) -> fmt::Result {
        let drawings = self.account.state.drawings();
        if drawings.is_empty() {
            return Ok(());
        }
        writeln!(out, "<h3>手写签名 Signatures</h3>\n<div class=\"hands\">")?;
        for person in self.account.state.people() {
            let Some(drawing) = drawings.get(&person.member) else { continue };
            let (name, seat) = (Text(&person.name), person.seat);
            writeln!(
                out,
                "<figure>{}<figcaption>{name}　{seat}</figcaption></figure>",
                svg(drawing)
            )?;
        }
        writeln!(out, "</div>")
    }

    fn agenda(&self, out: &mut String) -> fmt::Result {
        let state = &self.account.state;
        writeln!(out, "<h2>议程与表决 Agenda and votes</h2>")?;
        for (number, item) in (1..).zip(state.agenda().visible()) {
            let (title, kind) = (Text(&item.title), words::item_kind(item.kind));
            writeln!(out, "<h3>{number}. {title}（{kind}）</h3>")?;
            self.papers(out, item)?;
            let votes = state.votes().filter(|v| v.item == item.id);
            votes.into_iter().try_for_each(|vote| self.vote(out, vote))?;
        }
        // An item may be taken off the agenda after it was voted on.
        let hidden = |v: &&Vote| v.opened.is_some() && state.agenda().get(v.item).is_none();
        let mut votes = state.votes().filter(hidden).peekable();
        if votes.peek().is_some() {
            writeln!(out, "<h3>已删除议题的表决 Votes of removed items</h3>")?;
        }
        votes.try_for_each(|vote| self.vote(out, vote))
    }

    fn papers(&self, out: &mut String, item: &Item) -> fmt::Result {
        let papers = item.papers.iter().filter_map(|id| self.account.state.papers().get(*id));
        let mut papers = papers.peekable();
        if papers.peek().is_none() {
            return Ok(());
        }
        writeln!(out, "<ul>")?;
        for paper in papers {
            let (title, versions) = (Text(&paper.title), paper.versions.len());
            let number = paper.id.0;
            write!(out, "<li>{title}　<span class=\"small\">文件 paper {number:02}")?;
            if versions > 1 {
                write!(out, "，第 {versions} 版 version {versions}")?;
            }
            for terms in words::terms(&paper.terms) {
                write!(out, "，{terms}")?;
            }
            writeln!(out, "</span>")?;
        }
        writeln!(out, "</ul>")
    }

    /// Which texts exactly were put to the vote.
    fn put_to_the_vote(&self, out: &mut String, papers: &[PaperVersion]) -> fmt::Result {
        for PaperVersion { paper, version, hash } in papers {
            let title = self.account.state.papers().any(*paper).map_or("", |p| p.title.as_str());
            let title = Text(title);
            write!(
                out,
                "<br>\n表决文本 text：文件 paper {:02}　{title}，第 {version} 版",
                paper.0
            )?;
            write!(out, " <span class=\"small\">SHA-256 {hash}</span>")?;
        }
        Ok(())
    }

    fn vote(&self, out: &mut String, vote: &Vote) -> fmt::Result {
        let question = &vote.question;
        let (title, method) = (Text(&question.title), words::method(question.method));
        writeln!(out, "<p><b>表决 vote {}　{title}</b>（{method}）<br>", vote.id)?;
        let Some(opened) = &vote.opened else {
            return writeln!(out, "未表决 not put to the vote</p>");
        };
        let rule = words::rule(&question.rule);
        let (members, present) = (opened.opening.members, opened.opening.present);
        write!(out, "规则 rule：{}<br>\n全体组成人员 M = {members}", Text(&rule))?;
        write!(out, "，出席 P = {present}，可投票 roll {} 人", opened.size)?;
        if question.signatories > 0 {
            write!(out, "，联名 S = {}", question.signatories)?;
        }
        write!(out, "，开始 opened {}", self.head.clock(opened.at))?;
        match vote.counted_by {
            CountedBy::Terminals => {}
            CountedBy::Hands | CountedBy::PaperBallots => {
                write!(out, "<br>\n计票方式 counted by：{}", words::counted_by(vote.counted_by))?;
            }
        }
        self.put_to_the_vote(out, &opened.opening.papers)?;
        if let Some(reason) = &vote.reason {
            write!(out, "<br>\n原因 reason：{}", Text(reason))?;
        }
        if !vote.recused.is_empty() {
            let name = |m| self.account.state.person(m).map_or("", |p| p.name.as_str());
            let away: Vec<_> = vote.recused.iter().map(|m| name(*m)).collect();
            write!(out, "<br>\n回避 recused：{}", Text(&away.join("、")))?;
        }
        writeln!(out, "</p>")?;
        match (vote.state, &vote.verdict) {
            (VoteState::Annulled, _) => {
                writeln!(out, "<p class=\"outcome\">已作废 annulled</p>")
            }
            (VoteState::Closed | VoteState::Declared, Some(verdict)) => {
                self.result(out, vote, verdict)
            }
            (VoteState::Closed | VoteState::Declared, None) => {
                let cast = vote.turnout();
                writeln!(out, "<p class=\"outcome\">已投 {cast} 票，尚未开票 not yet opened</p>")
            }
            (VoteState::Prepared | VoteState::Open | VoteState::Paused, _) => {
                writeln!(out, "<p class=\"outcome\">表决中 not closed</p>")
            }
        }
    }

    fn result(&self, out: &mut String, vote: &Vote, verdict: &Verdict) -> fmt::Result {
        let asked = words::questions(&vote.question.title, &vote.question.form);
        writeln!(out, "<table>")?;
        match (&vote.count, verdict) {
            (Count::Motion { tally }, Verdict::Motion { outcome }) => {
                row(out, "th", &["赞成 for", "反对 against", "弃权 abstain", "结果 outcome"])?;
                tally_row(out, None, tally, *outcome)?;
            }
            (Count::Personnel { tallies }, Verdict::Personnel { outcomes }) => {
                row(
                    out,
                    "th",
                    &["姓名 name", "赞成 for", "反对 against", "弃权 abstain", "结果 outcome"],
                )?;
                for ((name, tally), outcome) in asked.iter().zip(tallies).zip(outcomes) {
                    tally_row(out, Some(name), tally, *outcome)?;
                }
            }
            (Count::Satisfaction { tallies }, Verdict::Satisfaction) => {
                row(out, "th", &["对象 subject", "满意", "基本满意", "不满意", "未选 blank"])?;
                for (name, t) in asked.iter().zip(tallies) {
                    let [a, b, c, d] = [t.satisfied, t.fair, t.dissatisfied, t.invalid];
                    row(
                        out,
                        "td",
                        &[name, &a.to_string(), &b.to_string(), &c.to_string(), &d.to_string()],
                    )?;
                }
            }
            (Count::Plurality { votes, invalid }, Verdict::Plurality { elected, tied, .. }) => {
                row(out, "th", &["候选人 candidate", "得票 votes", "结果 outcome"])?;
                for ((index, name), votes) in (0..).zip(&asked).zip(votes) {
                    let outcome = if elected.contains(&index) {
                        "当选 elected"
                    } else if tied.contains(&index) {
                        "得票相等，须再次投票 tied"
                    } else {
                        "未当选 not elected"
                    };
                    row(out, "td", &[name, &votes.to_string(), outcome])?;
                }
                row(out, "td", &["无效票 invalid", &invalid.to_string(), ""])?;
            }
            // A verdict is always of its count's kind: the log's own check says so.
            (
                Count::Motion { .. }
                | Count::Personnel { .. }
                | Count::Satisfaction { .. }
                | Count::Plurality { .. },
                _,
            ) => {}
        }
        writeln!(out, "</table>")?;
        write!(out, "<p>已投 cast {}", vote.turnout())?;
        if let Some(unpressed) = vote.unpressed() {
            write!(out, "，未按 did not vote {unpressed}")?;
        }
        let declared = match vote.state {
            VoteState::Declared => "已公布 declared",
            VoteState::Closed
            | VoteState::Annulled
            | VoteState::Prepared
            | VoteState::Open
            | VoteState::Paused => "尚未公布 not declared",
        };
        writeln!(out, "，{declared}</p>")?;
        match vote.sealed.as_ref().and_then(|sealed| sealed.record) {
            Some(record) => last_event(out, &record.last),
            None => Ok(()),
        }
    }

    fn record(&self, out: &mut String) -> fmt::Result {
        let statement = &self.head.statement;
        writeln!(out, "<h2>本记录 This record</h2>\n<table class=\"small\">")?;
        pair(out, "会议编号 meeting", &statement.meeting.to_string())?;
        pair(out, "日志 log", &format!("{} 条 entries", statement.entries))?;
        pair(out, "末条 last entry", &statement.head.to_string())?;
        pair(out, "服务器 server", &statement.server.to_string())?;
        pair(out, "指纹 fingerprint", &statement.server.short())?;
        writeln!(out, "</table>\n</html>")
    }
}

fn last_event(out: &mut String, last: &Hash) -> fmt::Result {
    writeln!(
        out,
        "<p class=\"small\">无记名表决记录的末条 last event of the secret record：{last}</p>"
    )
}

fn tally_row(out: &mut String, name: Option<&str>, tally: &Tally, outcome: Outcome) -> fmt::Result {
    let Tally { in_favour, against, abstain } = tally;
    write!(out, "<tr>")?;
    if let Some(name) = name {
        write!(out, "<td>{}</td>", Text(name))?;
    }
    for number in [in_favour, against, abstain] {
        write!(out, "<td class=\"n\">{number}</td>")?;
    }
    writeln!(out, "<td class=\"outcome\">{}</td></tr>", words::outcome(outcome))
}

fn row(out: &mut String, tag: &str, cells: &[&str]) -> fmt::Result {
    write!(out, "<tr>")?;
    cells.iter().try_for_each(|cell| write!(out, "<{tag}>{}</{tag}>", Text(cell)))?;
    writeln!(out, "</tr>")
}

fn pair(out: &mut String, name: &str, value: &str) -> fmt::Result {
    let value = if value.is_empty() { "—" } else { value };
    row_of(out, name, value)
}

fn names(out: &mut String, name: &str, people: &[&str]) -> fmt::Result {
    let listed = people.join("、");
    let stop = if people.is_empty() { "" } else { "：" };
    row_of(out, name, &format!("{} 人{stop}{listed}", people.len()))
}

fn row_of(out: &mut String, name: &str, value: &str) -> fmt::Result {
    writeln!(out, "<tr><th>{name}</th><td>{}</td></tr>", Text(value))
}

/// Text that means nothing else to a browser.
struct Text<'a>(&'a str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}
