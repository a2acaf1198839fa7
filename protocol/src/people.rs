//! People and what they may do: the roles of accounts at the console, and the
//! ways in which a member signs in at a seat.

use serde::{Deserialize, Serialize};
use std::fmt;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Digits of a PIN.
pub const PIN_DIGITS: std::ops::RangeInclusive<usize> = 4..=8;
/// Wrong PINs in a row before a seat has to be released by a clerk.
pub const PIN_TRIES: u32 = 5;
/// The field that a signature is drawn on, in units: the largest coordinates.
pub const DRAWING: [u16; 2] = [1000, 400];
/// Strokes of a signature at most.
pub const STROKES: usize = 64;
/// Points of all its strokes together at most.
pub const POINTS: usize = 1500;
/// Least length of all its strokes together, in units: less is a slip of the finger.
const LEAST_LENGTH: u64 = 100;

/// What an account is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum ClerkRole {
    /// 工作人员: prepares and runs the meeting, and keeps the accounts.
    #[default]
    Clerk,
    /// 技术员: terminals, calls for help, the hall's screen. Not the meeting, not its votes.
    Technician,
    /// 观察员: sees the console and changes nothing.
    Viewer,
}

impl ClerkRole {
    /// All of them.
    pub const ALL: [ClerkRole; 3] = [ClerkRole::Clerk, ClerkRole::Technician, ClerkRole::Viewer];

    /// The one that may do everything; the logs leave it out.
    pub fn is_clerk(&self) -> bool {
        *self == ClerkRole::Clerk
    }

    /// As on the wire.
    pub fn text(self) -> &'static str {
        match self {
            ClerkRole::Clerk => "clerk",
            ClerkRole::Technician => "technician",
            ClerkRole::Viewer => "viewer",
        }
    }
}

/// What was done to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountChange {
    Added,
    Role,
    Password,
    Disabled,
    Enabled,
}

impl AccountChange {
    /// As it is stored.
    pub fn text(self) -> &'static str {
        match self {
            AccountChange::Added => "added",
            AccountChange::Role => "role",
            AccountChange::Password => "password",
            AccountChange::Disabled => "disabled",
            AccountChange::Enabled => "enabled",
        }
    }
}

/// How members sign in at their seats.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum SignInBy {
    /// A press.
    #[default]
    Touch,
    /// A PIN, which the server checks.
    Pin,
    /// A signature that is drawn on the terminal.
    Signature,
}

impl SignInBy {
    /// The one that meetings had before there were others; the log leaves it out.
    pub fn is_touch(&self) -> bool {
        *self == SignInBy::Touch
    }
}

/// A member's PIN on its way to the server. It is wiped when it is dropped, and
/// nothing that prints prints it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(transparent)]
pub struct Pin(String);

impl Pin {
    /// Takes digits; none where there are too few, too many, or others.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = PIN_DIGITS.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        fits.then(|| Self(text.to_owned()))
    }

    /// Its digits, as they came.
    pub fn digits(&self) -> &str {
        &self.0
    }

    /// Can it be one at all? What came over the wire need not.
    pub fn is_proper(&self) -> bool {
        Self::parse(&self.0).is_some()
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin")
    }
}

/// A signature that was drawn: its strokes in the order in which they were made,
/// each as the points that it passes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Drawing {
    /// `[x, y]` from the upper left corner, within [`DRAWING`].
    pub strokes: Vec<Vec<[u16; 2]>>,
}

/// Why a drawing is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadDrawing {
    #[error("it is empty or only a dot")]
    Empty,
    #[error("it has more than {STROKES} strokes or {POINTS} points, or an empty stroke")]
    Size,
    #[error("a point lies outside of {} × {}", DRAWING[0], DRAWING[1])]
    Outside,
}

impl Drawing {
    /// Is it one that a hand has drawn on the field?
    pub fn check(&self) -> Result<(), BadDrawing> {
        let points: usize = self.strokes.iter().map(Vec::len).sum();
        if points == 0 {
            return Err(BadDrawing::Empty);
        }
        let hollow = self.strokes.iter().any(Vec::is_empty);
        if hollow || self.strokes.len() > STROKES || points > POINTS {
            return Err(BadDrawing::Size);
        }
        let [width, height] = DRAWING;
        if self.strokes.iter().flatten().any(|[x, y]| *x > width || *y > height) {
            return Err(BadDrawing::Outside);
        }
        if self.length() < LEAST_LENGTH { Err(BadDrawing::Empty) } else { Ok(()) }
    }

    /// The way of all strokes, along the grid.
    fn length(&self) -> u64 {
        let way = |a: &[u16; 2], b: &[u16; 2]| {
            u64::from(a[0].abs_diff(b[0])) + u64::from(a[1].abs_diff(b[1]))
        };
        let of = |stroke: &Vec<[u16; 2]>| -> u64 {
            stroke.iter().zip(stroke.iter().skip(1)).map(|(a, b)| way(a, b)).sum()
        };
        self.strokes.iter().map(of).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_digits_and_is_never_printed() {
        assert!(Pin::parse("0417").is_some() && Pin::parse("12345678").is_some());
        for bad in ["", "123", "123456789", "12a4", "１２３４", "12 4"] {
            assert!(Pin::parse(bad).is_none(), "{bad}");
        }
        let pin = Pin::parse("604713").unwrap();
        assert_eq!((format!("{pin:?}").as_str(), pin.digits()), ("Pin", "604713"));
        let sent: Pin = serde_json::from_str("\"x\"").unwrap();
        assert!(!sent.is_proper());
    }

    #[test]
    fn a_drawing_is_bounded_and_more_than_a_dot() {
        let of = |strokes: Vec<Vec<[u16; 2]>>| Drawing { strokes }.check();
        assert_eq!(of(vec![vec![[10, 10], [200, 90]], vec![[30, 300]]]), Ok(()));
        assert_eq!(of(vec![]), Err(BadDrawing::Empty));
        assert_eq!(of(vec![vec![[5, 5], [20, 9]]]), Err(BadDrawing::Empty));
        assert_eq!(of(vec![vec![[0, 0], [500, 0]], vec![]]), Err(BadDrawing::Size));
        assert_eq!(of(vec![vec![[0, 0], [500, 0]]; STROKES + 1]), Err(BadDrawing::Size));
        assert_eq!(of(vec![vec![[1, 1]; POINTS + 1]]), Err(BadDrawing::Size));
        assert_eq!(of(vec![vec![[0, 0], [1001, 400]]]), Err(BadDrawing::Outside));
        assert_eq!(of(vec![vec![[0, 0], [1000, 401]]]), Err(BadDrawing::Outside));
        assert_eq!(of(vec![vec![[0, 0], [1000, 400]]]), Ok(()));
    }
}
