//! Smooth runs of colours.

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
        coverage.set(grid, |px, py| {
            // Signed distance to a box with round corners.
            let (qx, qy) = ((px - cx).abs() - w / 2.0 + radius, (py - cy).abs() - h / 2.0 + radius);
            let (ox, oy) = (qx.max(0.0), qy.max(0.0));
            let distance = (ox * ox + oy * oy).sqrt() + qx.max(qy).min(0.0) - radius;
            let edge = (0.5 - distance * grid.px_per_mm).clamp(0.0, 1.0);
            if self.downwards { edge * (1.0 - (py - y) / h) } else { edge }
        });
        coverage.fade(grid, self.area, self.fade);
        let (inks, opacity) = (self.inks.clone(), self.opacity);
        Ok(vec![Print { coverage, inks, span: [x, w], opacity, blend: Blend::Cover }])
    }
}
