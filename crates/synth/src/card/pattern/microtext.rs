//! Lines of letters too small for a copier.

use serde::{Deserialize, Serialize};

use super::super::canvas::Print;
use super::super::design::one;
use super::super::path::{Contours, Transform};
use super::super::raster::{Coverage, Grid};
use super::super::value::{Colour, FontName};
use super::{demand, line_work};

/// A text repeated along a line, on one or more lines.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Microtext {
    /// Colours, spread over the artwork's width.
    pub inks: Vec<Colour>,
    /// The text; put the gap to its repetition at its end.
    pub text: String,
    /// The font.
    pub font: FontName,
    /// Height of the em square, mm.
    pub size: f64,
    /// Where the first baseline starts, mm.
    pub at: [f64; 2],
    /// Length of a line, mm; the last text is whole and may stop short.
    pub length: f64,
    /// Turned clockwise, degrees.
    #[serde(default)]
    pub angle: f64,
    /// Number of lines.
    #[serde(default = "line")]
    pub lines: u32,
    /// Distance of lines, mm.
    #[serde(default = "one")]
    pub pitch: f64,
    /// Share of the ink, 0-1.
    #[serde(default = "one")]
    pub opacity: f64,
}

fn line() -> u32 {
    1
}

impl Microtext {
    pub(super) fn plates(&self, grid: &Grid) -> Result<Vec<Print>, String> {
        demand(self.size >= 0.1 && self.length <= 500.0, "microtext: 0.1 mm or larger, 500 mm or shorter")?;
        demand(self.lines <= 300, "`lines` must be 300 or fewer")?;
        let run = self.font.0.run(&self.text, 0.02);
        let advance = (run.advance + 0.02) * self.size;
        demand(advance > 0.05, "`text` must not be empty")?;
        let repeats = (self.length / advance).floor() as u32;
        let turn = Transform::rotate(self.angle).then(Transform::translate(self.at[0], self.at[1]));
        let mut contours = Contours::default();
        for row in 0..self.lines {
            let indent = if row % 2 == 0 { 0.0 } else { advance / 2.0 };
            for i in 0..repeats {
                let place = Transform::scale(self.size, self.size)
                    .then(Transform::translate(indent + f64::from(i) * advance, f64::from(row) * self.pitch))
                    .then(turn);
                contours.0.extend(run.contours.clone().transformed(&place).0);
            }
        }
        let coverage = Coverage::fill(grid, &contours);
        Ok(vec![line_work(grid, coverage, &self.inks, self.opacity)])
    }
}
