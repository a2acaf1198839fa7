//! One question with three answers: 赞成 / 反对 / 弃权.

use serde::{Deserialize, Serialize};

/// One member's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// 赞成
    For,
    /// 反对
    Against,
    /// 弃权
    Abstain,
}

impl Choice {
    /// In the order in which they stand on every screen.
    pub const ALL: [Choice; 3] = [Choice::For, Choice::Against, Choice::Abstain];
}

/// Y, N and A.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Tally {
    /// Y, 赞成
    #[serde(rename = "for")]
    pub in_favour: u32,
    /// N, 反对
    pub against: u32,
    /// A, 弃权
    pub abstain: u32,
}

impl Tally {
    /// Counts one answer.
    pub fn add(&mut self, choice: Choice) {
        match choice {
            Choice::For => self.in_favour += 1,
            Choice::Against => self.against += 1,
            Choice::Abstain => self.abstain += 1,
        }
    }

    /// C = Y + N + A; saturates, as no room holds four thousand million people.
    pub fn cast(&self) -> u32 {
        self.in_favour.saturating_add(self.against).saturating_add(self.abstain)
    }
}
