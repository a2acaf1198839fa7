//! A survey (测评): 满意 / 基本满意 / 不满意 for each subject. A blank answer is
//! invalid and counted as such; shares are of the valid answers.

use serde::{Deserialize, Serialize};

/// One answer of a survey.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// 满意
    Satisfied,
    /// 基本满意
    Fair,
    /// 不满意
    Dissatisfied,
}

impl Grade {
    /// In the order in which they stand on every screen.
    pub const ALL: [Grade; 3] = [Grade::Satisfied, Grade::Fair, Grade::Dissatisfied];
}

/// The answers to one subject.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct GradeTally {
    pub satisfied: u32,
    pub fair: u32,
    pub dissatisfied: u32,
    pub invalid: u32,
}

impl GradeTally {
    /// Counts one answer.
    pub fn add(&mut self, grade: Option<Grade>) {
        match grade {
            Some(Grade::Satisfied) => self.satisfied += 1,
            Some(Grade::Fair) => self.fair += 1,
            Some(Grade::Dissatisfied) => self.dissatisfied += 1,
            None => self.invalid += 1,
        }
    }

    /// Number of valid answers: the base of every share.
    pub fn valid(&self) -> u32 {
        self.satisfied.saturating_add(self.fair).saturating_add(self.dissatisfied)
    }
}
