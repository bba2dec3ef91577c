//! Emblems and plain shapes, by paths.

use serde::{Deserialize, Serialize};

use super::super::canvas::{Blend, Print};
use super::super::design::one;
use super::super::path::{self, Contours, Transform};
use super::super::raster::{Coverage, Grid};
use super::super::value::Colour;
use super::demand;

/// A path, filled or drawn, once or several times about a point.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shape {
    /// An SVG path (`M L H V C Q Z`), or the name of one of the design's. Parts of opposite sense cut holes.
    pub path: String,
    /// Where the path's origin stands, mm.
    pub at: [f64; 2],
    /// Size of the path's unit, mm; negative mirrors.
    pub scale: [f64; 2],
    /// Turned clockwise, degrees.
    #[serde(default)]
    pub angle: f64,
    /// Copies about `at`, evenly over a turn.
    #[serde(default = "copy")]
    pub copies: u32,
    /// Colours to fill with, spread over the shape.
    #[serde(default)]
    pub fill: Vec<Colour>,
    /// Colour to draw the outline with.
    pub stroke: Option<Colour>,
    /// Width of the outline, mm.
    #[serde(default)]
    pub width: f64,
    /// Share of the ink, 0-1.
    #[serde(default = "one")]
    pub opacity: f64,
}

fn copy() -> u32 {
    1
}

impl Shape {
    pub(super) fn plates(&self, grid: &Grid) -> Result<Vec<Print>, String> {
        demand((1..=500).contains(&self.copies), "`copies` must be 1 to 500")?;
        let unit = self.scale[0].abs().max(self.scale[1].abs()).max(1e-6);
        let base = path::parse(&self.path, 0.01 / unit)?;
        let mut contours = Contours::default();
        for i in 0..self.copies {
            let turn = self.angle + 360.0 * f64::from(i) / f64::from(self.copies);
            let place = Transform::scale(self.scale[0], self.scale[1])
                .then(Transform::rotate(turn))
                .then(Transform::translate(self.at[0], self.at[1]));
            contours.0.extend(base.clone().transformed(&place).0);
        }
        let [left, top, right, bottom] = contours.bounds().unwrap_or_default();
        let size = grid.width.max(grid.height) as f64 / grid.px_per_mm;
        let near = [left, top, right, bottom].iter().all(|v| (-size..2.0 * size).contains(v));
        demand(near, "the shape lies far outside the card")?;
        let span = [left, (right - left).max(1e-6)];
        let plate =
            |coverage, inks| Print { coverage, inks, span, opacity: self.opacity, blend: Blend::Cover };
        let mut plates = Vec::new();
        if !self.fill.is_empty() {
            plates.push(plate(Coverage::fill(grid, &contours), self.fill.clone()));
        }
        if let Some(ink) = self.stroke {
            let margin = self.width + 0.1;
            let area =
                [left - margin, top - margin, right - left + 2.0 * margin, bottom - top + 2.0 * margin];
            plates.push(plate(Coverage::stroke(grid, &contours.0, self.width, Some(area)), vec![ink]));
        }
        Ok(plates)
    }
}
