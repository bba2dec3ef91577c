//! Closed guilloches about a point.

use core::f64::consts::TAU;

use serde::{Deserialize, Serialize};

use super::super::canvas::Print;
use super::super::design::one;
use super::super::raster::{Coverage, Grid};
use super::super::value::Colour;
use super::{demand, line_work};

/// A closed guilloche: strands that swing between two circles, each a little turned against the last.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rosette {
    /// Colours, spread over the artwork's width.
    pub inks: Vec<Colour>,
    /// The middle, mm.
    pub at: [f64; 2],
    /// Radii between which it swings, mm.
    pub radii: [f64; 2],
    /// Swings in one turn.
    pub petals: u32,
    /// Number of strands.
    pub strands: u32,
    /// A second swing: its number in one turn, and its share of the first.
    #[serde(default)]
    pub overtone: (u32, f64),
    /// Height over width.
    #[serde(default = "one")]
    pub aspect: f64,
    /// Width of a line, mm.
    pub width: f64,
    /// Share of the ink, 0-1.
    #[serde(default = "one")]
    pub opacity: f64,
}

impl Rosette {
    pub(super) fn plates(&self, grid: &Grid) -> Result<Vec<Print>, String> {
        demand((1..=200).contains(&self.strands), "`strands` must be 1 to 200")?;
        demand((1..=200).contains(&self.petals), "`petals` must be 1 to 200")?;
        let [inner, outer] = self.radii;
        let (middle, swing) = ((inner + outer) / 2.0, (outer - inner) / 2.0);
        let (overtone, share) = self.overtone;
        let steps = (TAU * outer.max(1.0) / 0.12).ceil() as u32 + 24 * self.petals.max(overtone);
        let strand = |k: u32| -> Vec<[f64; 2]> {
            let phase = TAU * f64::from(k) / f64::from(self.strands);
            let point = |i: u32| {
                let turn = TAU * f64::from(i) / f64::from(steps);
                let first = libm::sin(f64::from(self.petals) * turn + phase);
                let second = share * libm::sin(f64::from(overtone) * turn - phase);
                let r = middle + swing * (first + second) / (1.0 + share.abs());
                let (sin, cos) = libm::sincos(turn);
                [self.at[0] + r * cos, self.at[1] + r * sin * self.aspect]
            };
            (0..=steps).map(point).collect()
        };
        let lines: Vec<_> = (0..self.strands).map(strand).collect();
        let reach = outer + self.width;
        let area =
            [self.at[0] - reach, self.at[1] - reach * self.aspect, 2.0 * reach, 2.0 * reach * self.aspect];
        let coverage = Coverage::stroke(grid, &lines, self.width, Some(area));
        Ok(vec![line_work(grid, coverage, &self.inks, self.opacity)])
    }
}
