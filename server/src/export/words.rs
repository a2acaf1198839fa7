//! The words of a record's texts, Chinese first. They are part of the folder's
//! format: `verify` makes the texts anew and compares.

use hemicycle_protocol::topic::{CountedBy, ItemKind, PaperTerms, Phase, Readers, Standing};
use hemicycle_protocol::vote::{
    Choice, Cmp, Form, Grade, Method, Nominee, Outcome, PersonAction, Preset, Quantity, Rule, Term,
    Test,
};

/// 未按: on the roll, but did not cast.
pub const UNPRESSED: &str = "未按";
/// A name of a survey that was left blank.
pub const BLANK: &str = "未选";

pub fn choice(choice: Choice) -> &'static str {
    match choice {
        Choice::For => "赞成",
        Choice::Against => "反对",
        Choice::Abstain => "弃权",
    }
}

/// What is not ordinary about whom a paper is for.
pub fn terms(terms: &PaperTerms) -> Vec<String> {
    let readers = match &terms.readers {
        Readers::Everyone => None,
        Readers::Members => Some("仅组成人员 members only".to_owned()),
        Readers::Seats { seats } => {
            let seats: Vec<String> = seats.iter().map(ToString::to_string).collect();
            Some(format!("仅席位 seats only {}", seats.join("、")))
        }
    };
    let confidential = terms.confidential.then(|| "会后收回 confidential".to_owned());
    readers.into_iter().chain(confidential).collect()
}

pub fn grade(grade: Option<Grade>) -> &'static str {
    match grade {
        Some(Grade::Satisfied) => "满意",
        Some(Grade::Fair) => "基本满意",
        Some(Grade::Dissatisfied) => "不满意",
        None => BLANK,
    }
}

pub fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Adopted => "通过 adopted",
        Outcome::NotAdopted => "未通过 not adopted",
        Outcome::TiedForChair => "票数相等，由主持人决定 tied, for the chair",
        Outcome::TiedVoteAgain => "票数相等，须再次表决 tied, to be voted on again",
    }
}

pub fn method(method: Method) -> &'static str {
    match method {
        Method::Recorded => "记名 recorded",
        Method::Secret => "无记名 secret",
    }
}

pub fn counted_by(by: CountedBy) -> &'static str {
    match by {
        CountedBy::Terminals => "终端表决 terminals",
        CountedBy::Hands => "举手表决 hands",
        CountedBy::PaperBallots => "纸质票 paper ballots",
    }
}

pub fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Member => "组成人员",
        Standing::Attendee => "列席",
    }
}

/// How far somebody has come with a paper that was opened: to its end?
pub fn read(ended: Option<bool>) -> &'static str {
    match ended {
        None => "未打开 not opened",
        Some(false) => "已打开 opened",
        Some(true) => "已读完 read to the end",
    }
}

pub fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Preparing => "准备中 in preparation",
        Phase::SignIn => "签到中 sign-in",
        Phase::InSession => "会议中 in session",
        Phase::Adjourned => "休会 adjourned",
        Phase::Closed => "已结束 closed",
    }
}

pub fn item_kind(kind: ItemKind) -> &'static str {
    match kind {
        ItemKind::Decision => "决定",
        ItemKind::Report => "报告",
        ItemKind::Resolution => "决议",
        ItemKind::Plan => "计划、规划",
        ItemKind::Personnel => "人事任免",
        ItemKind::Other => "其他",
    }
}

fn action(action: PersonAction) -> &'static str {
    match action {
        PersonAction::Remove => "免去",
        PersonAction::AcceptResignation => "接受辞职",
        PersonAction::Dismiss => "撤职",
        PersonAction::DecideAppointment => "决定任命",
        PersonAction::Appoint => "任命",
        PersonAction::Elect => "选举",
    }
}

/// 任命　张三　局长
pub fn nominee(nominee: &Nominee) -> String {
    let Nominee { name, action: what, post } = nominee;
    [action(*what), name, post].into_iter().filter(|s| !s.is_empty()).collect::<Vec<_>>().join("　")
}

/// What each question of a form asks, as a line of a table.
pub fn questions(title: &str, form: &Form) -> Vec<String> {
    match form {
        Form::Motion => vec![title.to_owned()],
        Form::Personnel { nominees } => nominees.iter().map(nominee).collect(),
        Form::Satisfaction { subjects } => subjects.clone(),
        Form::Plurality { candidates, .. } => candidates.iter().map(nominee).collect(),
    }
}

/// The name of a rule, or its comparisons.
pub fn rule(rule: &Rule) -> String {
    let name = match rule.preset {
        Some(Preset::Committee) => "全体组成人员过半数",
        Some(Preset::Congress) => "全体代表过半数",
        Some(Preset::Constitution) => "全体组成人员三分之二以上",
        Some(Preset::Signatories) => "联名人过半数",
        Some(Preset::Simple) => "赞成多于反对",
        Some(Preset::TwoThirdsVoting) => "赞成、反对票的三分之二以上",
        Some(Preset::MajorityPresent) => "出席人员过半数",
        Some(Preset::TwoThirdsAndFloor) => "赞成、反对票的三分之二以上，且全体组成人员过半数",
        Some(Preset::MajorityAndTurnout) => "赞成多于反对，且参加表决不少于 30 人",
        Some(Preset::Plurality) => "得票多者当选",
        Some(Preset::Survey) => "只统计比例",
        None => return formulas(&rule.tests),
    };
    match &rule.tests[..] {
        [] => name.to_owned(),
        tests => format!("{name}（{}）", formulas(tests)),
    }
}

fn formulas(tests: &[Test]) -> String {
    tests.iter().map(formula).collect::<Vec<_>>().join("，且 ")
}

fn formula(test: &Test) -> String {
    let side = |term: Term| {
        let Term { times, of } = term;
        match (of, times) {
            (Quantity::One, times) => times.to_string(),
            (of, 1) => quantity(of).to_owned(),
            (of, times) => format!("{times} × {}", quantity(of)),
        }
    };
    let sign = match test.cmp {
        Cmp::MoreThan => ">",
        Cmp::AtLeast => "≥",
    };
    format!("{} {sign} {}", side(test.left), side(test.right))
}

fn quantity(quantity: Quantity) -> &'static str {
    match quantity {
        Quantity::For => "赞成",
        Quantity::Against => "反对",
        Quantity::Abstain => "弃权",
        Quantity::ForAndAgainst => "赞成与反对之和",
        Quantity::Cast => "已投",
        Quantity::Present => "出席",
        Quantity::Members => "全体组成人员",
        Quantity::Signatories => "联名人数",
        Quantity::One => "1",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_said_with_their_numbers() {
        let said = |preset| rule(&Rule::preset(preset));
        assert_eq!(said(Preset::Committee), "全体组成人员过半数（2 × 赞成 > 全体组成人员）");
        assert_eq!(
            said(Preset::TwoThirdsVoting),
            "赞成、反对票的三分之二以上（赞成 ≥ 2 × 反对，且 赞成 ≥ 1）"
        );
        assert_eq!(said(Preset::Survey), "只统计比例");
        let own = Rule { preset: None, ..Rule::preset(Preset::MajorityPresent) };
        assert_eq!(rule(&own), "2 × 赞成 > 出席");
    }
}
