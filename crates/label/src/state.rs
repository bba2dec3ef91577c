//! From a measure to a state: whether a defect counts as there.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// The truth about one category on one image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The defect is there.
    Present,
    /// The defect is not there.
    Absent,
    /// Between the two thresholds: rendered and labelled, left out of precision and recall.
    Borderline,
    /// The category says nothing about an image of this kind.
    NotApplicable,
}

impl State {
    /// The state as it stands in files.
    pub fn id(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Absent => "absent",
            Self::Borderline => "borderline",
            Self::NotApplicable => "not_applicable",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.id())
    }
}

/// Which way a measure runs as the defect gets worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// A larger value is worse, as with a clipped area.
    HigherIsWorse,
    /// A smaller value is worse, as with dots per inch.
    LowerIsWorse,
}

/// What a category's measure is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeasureSpec {
    /// What is measured, in words.
    pub name: String,
    /// Its unit, as it is printed behind a value: `mm`, `dpi`, `stops`, or `share of the card`.
    pub unit: String,
    /// Which way is worse.
    pub direction: Direction,
}

/// The two values of a measure between which an image is borderline.
///
/// With [`Direction::HigherIsWorse`] a measure at or above `present` is present and one at or
/// below `absent` is absent; with [`Direction::LowerIsWorse`] the other way round.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    /// From here on the defect is absent.
    pub absent: f64,
    /// From here on the defect is present.
    pub present: f64,
}

impl Thresholds {
    /// The state that a measure has under these thresholds.
    pub fn state(&self, measure: f64, direction: Direction) -> State {
        let (measure, absent, present) = match direction {
            Direction::HigherIsWorse => (measure, self.absent, self.present),
            Direction::LowerIsWorse => (-measure, -self.absent, -self.present),
        };
        if measure >= present {
            State::Present
        } else if measure <= absent {
            State::Absent
        } else {
            State::Borderline
        }
    }

    /// Checks that the thresholds are finite and in the measure's order.
    ///
    /// # Errors
    /// [`Error::Invalid`] with what would be right.
    pub fn check(&self, direction: Direction) -> Result<()> {
        let ordered = match direction {
            Direction::HigherIsWorse => self.absent <= self.present,
            Direction::LowerIsWorse => self.absent >= self.present,
        };
        if ordered && self.absent.is_finite() && self.present.is_finite() {
            return Ok(());
        }
        let relation = match direction {
            Direction::HigherIsWorse => "at or below",
            Direction::LowerIsWorse => "at or above",
        };
        Err(Error::Invalid(format!(
            "`absent` ({}) must be {relation} `present` ({}), both finite",
            self.absent, self.present
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_cut_in_the_direction_of_the_measure() {
        let glare = Thresholds { absent: 0.01, present: 0.02 };
        let cases =
            [(0.0, State::Absent), (0.01, State::Absent), (0.015, State::Borderline), (0.02, State::Present)];
        for (measure, state) in cases {
            assert_eq!(glare.state(measure, Direction::HigherIsWorse), state, "{measure}");
        }
        let dpi = Thresholds { absent: 220.0, present: 150.0 };
        let cases = [
            (300.0, State::Absent),
            (220.0, State::Absent),
            (200.0, State::Borderline),
            (150.0, State::Present),
        ];
        for (measure, state) in cases {
            assert_eq!(dpi.state(measure, Direction::LowerIsWorse), state, "{measure}");
        }
        assert!(dpi.check(Direction::LowerIsWorse).is_ok());
        assert!(dpi.check(Direction::HigherIsWorse).is_err());
    }
}
