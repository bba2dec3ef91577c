//! Fine lines out of a point.

use core::f64::consts::TAU;

use serde::{Deserialize, Serialize};

use super::super::artwork::Rect;
use super::super::canvas::Print;
use super::super::design::one;
use super::super::raster::{Coverage, Grid};
use super::super::value::Colour;
use super::{demand, line_work};

/// Fine lines out of a point, swaying together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rays {
    /// Colours, spread over the artwork's width.
    pub inks: Vec<Colour>,
    /// The point, mm.
    pub at: [f64; 2],
    /// From which to which distance, mm.
    pub radii: [f64; 2],
    /// Number of rays in a full turn.
    pub count: u32,
    /// How far they sway, degrees, and over which length, mm.
    #[serde(default)]
    pub sway: (f64, f64),
    /// Width of a line, mm.
    pub width: f64,
    /// Where, mm; everywhere if not given.
    pub area: Option<Rect>,
    /// Width over which its edges fade, mm.
    #[serde(default)]
    pub fade: f64,
    /// Share of the ink, 0-1.
    #[serde(default = "one")]
    pub opacity: f64,
}

impl Rays {
    pub(super) fn plates(&self, grid: &Grid) -> Result<Vec<Print>, String> {
        demand((1..=2000).contains(&self.count), "`count` must be 1 to 2000")?;
        let [inner, outer] = self.radii;
        let (sway, length) = (self.sway.0.to_radians(), self.sway.1.max(0.5));
        let steps = ((outer - inner) / 0.4).ceil().clamp(1.0, 2000.0) as u32;
        let ray = |k: u32| -> Vec<[f64; 2]> {
            let point = |i: u32| {
                let r = inner + (outer - inner) * f64::from(i) / f64::from(steps);
                let turn = TAU * f64::from(k) / f64::from(self.count) + sway * libm::sin(TAU * r / length);
                let (sin, cos) = libm::sincos(turn);
                [self.at[0] + r * cos, self.at[1] + r * sin]
            };
            (0..=steps).map(point).collect()
        };
        let lines: Vec<_> = (0..self.count).map(ray).collect();
        let mut coverage = Coverage::stroke(grid, &lines, self.width, self.area);
        coverage.fade(grid, self.area, self.fade);
        Ok(vec![line_work(grid, coverage, &self.inks, self.opacity)])
    }
}
