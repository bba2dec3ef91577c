//! Smooth runs of colours.

#![expect(
    clippy::manual_clamp,
    reason = "max and min are one instruction each; clamp branches for its checks"
)]

use retake_simd::kernel;
use serde::{Deserialize, Serialize};

use super::super::artwork::Rect;
use super::super::canvas::{Blend, Print};
use super::super::design::one;
use super::super::raster::{Coverage, Grid};
use super::super::value::Colour;
use super::demand;

/// A smooth run of colours from left to right, covering what is under it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gradient {
    /// Colours, evenly spread over the area; one is plain.
    pub inks: Vec<Colour>,
    /// Where, mm; everywhere if not given.
    pub area: Option<Rect>,
    /// Radius of the area's corners, mm.
    #[serde(default)]
    pub radius: f64,
    /// Width over which its edges fade, mm.
    #[serde(default)]
    pub fade: f64,
    /// Whether it fades from full at the top to nothing at the bottom.
    #[serde(default)]
    pub downwards: bool,
    /// Share of the ink, 0-1.
    #[serde(default = "one")]
    pub opacity: f64,
}

impl Gradient {
    pub(super) fn plates(&self, grid: &Grid) -> Result<Vec<Print>, String> {
        demand(!self.inks.is_empty(), "a gradient needs at least one ink")?;
        let card = [0.0, 0.0, grid.width as f64 / grid.px_per_mm, grid.height as f64 / grid.px_per_mm];
        let [x, y, w, h] = self.area.unwrap_or(card);
        let mut coverage = Coverage::over(grid, self.area);
        let radius = self.radius.clamp(0.0, w.min(h) / 2.0);
        let (cx, cy) = (x + w / 2.0, y + h / 2.0);
        let fall = if self.downwards { [y, h] } else { [0.0, f64::INFINITY] };
        round_box(&mut coverage, grid, [cx, cy], [w / 2.0, h / 2.0], radius, fall);
        coverage.fade(grid, self.area, self.fade);
        let (inks, opacity) = (self.inks.clone(), self.opacity);
        Ok(vec![Print { coverage, inks, span: [x, w], opacity, blend: Blend::Cover }])
    }
}

kernel! {
    /// Fills a box with round corners, mm, the less the further down from where `fall` begins to where it ends.
    fn round_box(
        coverage: &mut Coverage,
        grid: &Grid,
        middle: [f64; 2],
        half: [f64; 2],
        radius: f64,
        fall: [f64; 2],
    ) {
        let ([cx, cy], [half_x, half_y], [top, height]) = (middle, half, fall);
        let per_mm = grid.px_per_mm;
        coverage.set(grid, |px, py| {
            // Signed distance.
            let (qx, qy) = ((px - cx).abs() - half_x + radius, (py - cy).abs() - half_y + radius);
            let (ox, oy) = (qx.max(0.0), qy.max(0.0));
            let distance = (ox * ox + oy * oy).sqrt() + qx.max(qy).min(0.0) - radius;
            (0.5 - distance * per_mm).max(0.0).min(1.0) * (1.0 - (py - top) / height)
        });
    }
}
