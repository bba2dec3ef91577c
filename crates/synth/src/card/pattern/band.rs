//! Guilloches along a strip.

use core::f64::consts::TAU;

use serde::{Deserialize, Serialize};

use super::super::artwork::Rect;
use super::super::canvas::Print;
use super::super::design::one;
use super::super::raster::{Coverage, Grid};
use super::super::value::Colour;
use super::{demand, line_work};

/// A guilloche along a strip from left to right: strands that swing within an envelope which itself swells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Band {
    /// Colours, spread over the artwork's width.
    pub inks: Vec<Colour>,
    /// The strip, mm.
    pub area: Rect,
    /// Number of strands.
    pub strands: u32,
    /// Length of a swing, mm.
    pub wavelength: f64,
    /// Length of a swell of the envelope, mm.
    pub swell: f64,
    /// How far the envelope closes between swells, 0-1.
    #[serde(default)]
    pub waist: f64,
    /// Width of a line, mm.
    pub width: f64,
    /// Share of the ink, 0-1.
    #[serde(default = "one")]
    pub opacity: f64,
}

impl Band {
    pub(super) fn plates(&self, grid: &Grid) -> Result<Vec<Print>, String> {
        demand((1..=200).contains(&self.strands), "`strands` must be 1 to 200")?;
        demand(self.wavelength >= 0.5 && self.swell >= 0.5, "wavelengths must be 0.5 mm or more")?;
        let [left, top, width, height] = self.area;
        let steps = (width / 0.12).ceil().max(1.0) as u32;
        let strand = |k: u32| -> Vec<[f64; 2]> {
            let phase = TAU * f64::from(k) / f64::from(self.strands);
            let point = |i: u32| {
                let x = width * f64::from(i) / f64::from(steps);
                let swell = 0.5 + 0.5 * libm::cos(TAU * x / self.swell);
                let envelope = 1.0 - self.waist * swell;
                let swing = libm::sin(TAU * x / self.wavelength + phase);
                let drift = 0.25 * libm::sin(TAU * x / self.swell + 2.0 * phase);
                [left + x, top + height / 2.0 * (1.0 + envelope * (0.8 * swing + 0.8 * drift))]
            };
            (0..=steps).map(point).collect()
        };
        let lines: Vec<_> = (0..self.strands).map(strand).collect();
        let coverage = Coverage::stroke(grid, &lines, self.width, Some(self.area));
        Ok(vec![line_work(grid, coverage, &self.inks, self.opacity)])
    }
}
