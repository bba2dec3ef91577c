//! The height lines of a hilly country that does not exist.

use serde::{Deserialize, Serialize};

use super::super::artwork::Rect;
use super::super::canvas::Print;
use super::super::design::one;
use super::super::raster::{Coverage, Grid};
use super::super::value::Colour;
use super::{demand, line_work};
use crate::rng::pixel_hash;

/// Height lines of a random country.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeightLines {
    /// Colours, spread over the artwork's width.
    pub inks: Vec<Colour>,
    /// Size of its hills, mm.
    pub scale: f64,
    /// Number of lines from the deepest valley to the highest top, about.
    pub levels: f64,
    /// Width of a line, mm.
    pub width: f64,
    /// Which country.
    pub seed: u64,
    /// Where, mm; everywhere if not given.
    pub area: Option<Rect>,
    /// Width over which its edges fade, mm.
    #[serde(default)]
    pub fade: f64,
    /// Share of the ink, 0-1.
    #[serde(default = "one")]
    pub opacity: f64,
}

impl HeightLines {
    pub(super) fn plates(&self, grid: &Grid) -> Result<Vec<Print>, String> {
        demand(self.scale >= 0.5, "`scale` must be 0.5 mm or more")?;
        let mut coverage = Coverage::over(grid, self.area);
        // One row and one column more than the coverage, for the slope.
        let (columns, rows) = (coverage.width + 1, coverage.height + 1);
        let middle = |i: usize| (i as f64 + 0.5) / grid.px_per_mm;
        let mut country = [Noise::new(self.seed), Noise::new(self.seed + 1)];
        let mut height = |i: usize| {
            let place = [coverage.x + i % columns, coverage.y + i / columns].map(middle);
            self.height(&mut country, place) as f32
        };
        let heights: Vec<f32> = (0..columns * rows).map(&mut height).collect();
        let half = (self.width / 2.0 * grid.px_per_mm) as f32;
        for row in 0..coverage.height {
            for column in 0..coverage.width {
                let i = row * columns + column;
                let (dx, dy) = (heights[i + 1] - heights[i], heights[i + columns] - heights[i]);
                let slope = (dx * dx + dy * dy).sqrt().max(1e-4);
                let distance = (heights[i] - heights[i].round()).abs() / slope;
                let sharp = (half - distance + 0.5).clamp(0.0, 1.0);
                coverage.values[row * coverage.width + column] = sharp.min(2.0 * half);
            }
        }
        coverage.fade(grid, self.area, self.fade);
        Ok(vec![line_work(grid, coverage, &self.inks, self.opacity)])
    }

    /// Height, in lines.
    fn height(&self, [hills, rocks]: &mut [Noise; 2], place: [f64; 2]) -> f64 {
        let [u, v] = place.map(|mm| mm / self.scale);
        self.levels * (hills.at(u, v) + 0.3 * rocks.at(2.1 * u, 2.1 * v))
    }
}

/// Value noise, 0-1, with a continuous slope, for places that are asked for one beside the other.
struct Noise {
    seed: u64,
    /// The cell of the last place, and the values at its corners: top left, top right, bottom left, bottom right.
    cell: [f64; 2],
    corners: [f64; 4],
}

impl Noise {
    fn new(seed: u64) -> Self {
        Self { seed, cell: [f64::NAN; 2], corners: [0.0; 4] }
    }

    fn at(&mut self, x: f64, y: f64) -> f64 {
        let (i, j) = (x.floor(), y.floor());
        if self.cell != [i, j] {
            let value = |di: i64, dj: i64| {
                let (a, b) = ((i as i64 + di + 65_536) as u32, (j as i64 + dj + 65_536) as u32);
                f64::from(pixel_hash(self.seed, a, b, 7)) / 4_294_967_296.0
            };
            self.corners = [value(0, 0), value(1, 0), value(0, 1), value(1, 1)];
            self.cell = [i, j];
        }
        let smooth = |t: f64| t * t * t * (t * (6.0 * t - 15.0) + 10.0);
        let (s, t) = (smooth(x - i), smooth(y - j));
        let [a, b, c, d] = self.corners;
        let top = a * (1.0 - s) + b * s;
        let bottom = c * (1.0 - s) + d * s;
        top * (1.0 - t) + bottom * t
    }
}
