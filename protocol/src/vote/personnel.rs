//! A list of persons: one answer each, all on one ballot, counted each for
//! itself by the rule of the vote.

use serde::{Deserialize, Serialize};

/// A person put to the vote.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Nominee {
    /// Name as on the paper.
    pub name: String,
    /// What is decided about the person.
    pub action: PersonAction,
    /// The post concerned.
    pub post: String,
}

/// Removal stands before appointment in every list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum PersonAction {
    /// 免去
    Remove,
    /// 接受辞职
    AcceptResignation,
    /// 撤职
    Dismiss,
    /// 决定任命
    DecideAppointment,
    /// 任命
    Appoint,
    /// 推选、选举
    Elect,
}
