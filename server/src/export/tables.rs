//! The tables for spreadsheets: who signed in, who has opened which paper, and who
//! chose what in a recorded vote. UTF-8 with the mark that spreadsheets look for.

use super::account::{Account, Hand, SignedIn};
use super::head::Head;
use super::words;
use hemicycle_meeting::state::reading::{Mark, Receipt};
use hemicycle_meeting::state::voting::{Stored, Vote};
use hemicycle_protocol::ids::{MemberId, Millis, Seq};
use hemicycle_protocol::people::SignInBy;
use hemicycle_protocol::vote::{Ballot, Form};

/// `sign-ins.csv`
pub fn sign_ins(account: &Account, head: &Head) -> Vec<u8> {
    let time = format!("时间 time {}", head.zone());
    let heads = ["序号 entry", &time, "编号 member", "姓名 name", "身份 standing", "席位 seat"];
    let mut table = Table::new(heads.into_iter().chain(HAND));
    for SignedIn { seq, at, member, hand } in &account.sign_ins {
        let row = vec![seq.to_string(), head.clock(*at)];
        let row = row.into_iter().chain(person(account, *member)).chain(hand_of(Some(hand)));
        table.row(row.collect());
    }
    table.finish()
}

/// `read-receipts.csv`: of the valid version of every paper on the agenda everybody,
/// of all others those who have opened them.
pub fn read_receipts(account: &Account, head: &Head) -> Vec<u8> {
    let time = |what: &str| format!("{what} {}", head.zone());
    let (opened, ended) = (time("打开时间 opened"), time("读完时间 read to the end"));
    let heads = ["文件 paper", "标题 title", "版本 version", "编号 member", "姓名 name"];
    let more = ["身份 standing", "席位 seat", "状态 state"];
    let times = ["序号 entry", &opened, "序号 entry", &ended];
    let mut table = Table::new(heads.into_iter().chain(more).chain(times));
    let state = &account.state;
    for paper in state.papers().all() {
        let last = paper.versions.len();
        let stands = !paper.removed && state.agenda().get(paper.item).is_some();
        for (version, place) in (1..).zip(1..=last) {
            for one in state.people() {
                let receipt = state.reading().of(one.member, paper.id, version);
                let due = stands && place == last && paper.is_for(one, true);
                if receipt.is_none() && !due {
                    continue;
                }
                let (said, opened, ended) = match receipt {
                    Some(Receipt { opened, ended }) => {
                        (words::read(Some(ended.is_some())), Some(opened), ended.as_ref())
                    }
                    None => (words::read(None), None, None),
                };
                let mark = |mark: Option<&Mark>| match mark {
                    Some(Mark { seq, at }) => when(head, *seq, *at),
                    None => Default::default(),
                };
                let row = [paper.id.to_string(), paper.title.clone(), version.to_string()];
                let row = row.into_iter().chain(person(account, one.member));
                let row = row.chain([said.to_owned()]).chain(mark(opened)).chain(mark(ended));
                table.row(row.collect());
            }
        }
    }
    table.finish()
}

/// `ballots.csv`: everybody on the roll of the vote in the order of the roster.
pub fn ballots(account: &Account, head: &Head, vote: &Vote) -> Vec<u8> {
    let time = format!("时间 time {}", head.zone());
    let form = &vote.question.form;
    let heads = ["编号 member", "姓名 name", "身份 standing", "席位 seat"].map(str::to_owned);
    let after = ["序号 entry", &time].into_iter().chain(HAND).map(str::to_owned);
    let columns = columns(form);
    let blank = vec![words::UNPRESSED.to_owned(); columns.len()];
    let heads: Vec<String> = heads.into_iter().chain(columns).chain(after).collect();
    let mut table = Table::new(heads.iter().map(String::as_str));
    for one in account.state.people() {
        let member = one.member;
        let stored = vote.ballots.get(&member);
        if !vote.on_roll(member) && stored.is_none() {
            continue;
        }
        let ballot = stored.and_then(|s| s.ballot.as_ref());
        let answers = ballot.map_or_else(|| blank.clone(), |ballot| answers(form, ballot));
        let when = match stored {
            Some(Stored { seq, at, .. }) => when(head, *seq, *at),
            None => [String::new(), String::new()],
        };
        let hand = hand_of(account.hands.get(&(vote.id, member)));
        let row = person(account, member).into_iter().chain(answers).chain(when).chain(hand);
        table.row(row.collect());
    }
    table.finish()
}

const HAND: [&str; 5] =
    ["方式 by", "终端 terminal", "签名 signature", "工作人员 clerk", "原因 reason"];

fn hand_of(hand: Option<&Hand>) -> [String; 5] {
    match hand {
        Some(Hand::Seat { terminal, signature, by }) => [
            match by {
                SignInBy::Touch => "终端 terminal".into(),
                SignInBy::Pin => "终端和密码 terminal and PIN".into(),
                SignInBy::Signature => "终端和手写签名 terminal and drawn signature".into(),
            },
            terminal.to_string(),
            signature.to_string(),
            String::new(),
            String::new(),
        ],
        Some(Hand::Clerk { name, reason }) => {
            ["工作人员 clerk".into(), String::new(), String::new(), name.clone(), reason.clone()]
        }
        None => Default::default(),
    }
}

fn person(account: &Account, member: MemberId) -> [String; 4] {
    let (name, standing, seat) = match account.state.person(member) {
        Some(person) => {
            (person.name.clone(), words::standing(person.standing), person.seat.to_string())
        }
        None => Default::default(),
    };
    [member.to_string(), name, standing.to_owned(), seat]
}

fn when(head: &Head, seq: Seq, at: Millis) -> [String; 2] {
    [seq.to_string(), head.clock(at)]
}

/// What the ballots of a form say, one column each.
fn columns(form: &Form) -> Vec<String> {
    match form {
        Form::Motion => vec!["表决 vote".into()],
        Form::Personnel { .. } | Form::Satisfaction { .. } => words::questions("", form),
        Form::Plurality { .. } => vec!["所选 chosen".into()],
    }
}

fn answers(form: &Form, ballot: &Ballot) -> Vec<String> {
    match ballot {
        Ballot::Motion { choice } => vec![words::choice(*choice).into()],
        Ballot::Personnel { choices } => choices.iter().map(|c| words::choice(*c).into()).collect(),
        Ballot::Satisfaction { grades } => grades.iter().map(|g| words::grade(*g).into()).collect(),
        Ballot::Plurality { chosen } => {
            let names = words::questions("", form);
            let name = |i: &u16| names.get(usize::from(*i)).cloned().unwrap_or_default();
            vec![chosen.iter().map(name).collect::<Vec<_>>().join("；")]
        }
    }
}

struct Table(csv::Writer<Vec<u8>>);

impl Table {
    fn new<'a>(heads: impl Iterator<Item = &'a str>) -> Self {
        let mut table = Self(csv::Writer::from_writer("\u{feff}".as_bytes().to_vec()));
        table.row(heads.map(str::to_owned).collect());
        table
    }

    fn row(&mut self, cells: Vec<String>) {
        // Every row of a table has as many cells as its head, and memory takes them all.
        let _ = self.0.write_record(cells);
    }

    fn finish(self) -> Vec<u8> {
        self.0.into_inner().unwrap_or_default()
    }
}
