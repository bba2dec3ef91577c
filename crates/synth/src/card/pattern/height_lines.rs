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
        let columns = coverage.width + 1;
        let middle = |i: usize| (i as f64 + 0.5) / grid.px_per_mm / self.scale;
        let across: Vec<f64> = (0..columns).map(|column| middle(coverage.x + column)).collect();
        let mut country = Country { seed: self.seed, levels: self.levels, hills: vec![], rocks: vec![] };
        let [mut heights, mut below] = [(); 2].map(|()| vec![0.0f32; columns]);
        country.row(&across, middle(coverage.y), &mut heights);
        let half = (self.width / 2.0 * grid.px_per_mm) as f32;
        for row in 0..coverage.height {
            country.row(&across, middle(coverage.y + row + 1), &mut below);
            for i in 0..coverage.width {
                let (dx, dy) = (heights[i + 1] - heights[i], below[i] - heights[i]);
                let slope = (dx * dx + dy * dy).sqrt().max(1e-4);
                let distance = (heights[i] - heights[i].round()).abs() / slope;
                let sharp = (half - distance + 0.5).clamp(0.0, 1.0);
                coverage.values[row * coverage.width + i] = sharp.min(2.0 * half);
            }
            core::mem::swap(&mut heights, &mut below);
        }
        coverage.fade(grid, self.area, self.fade);
        Ok(vec![line_work(grid, coverage, &self.inks, self.opacity)])
    }
}

/// A hilly country.
struct Country {
    seed: u64,
    levels: f64,
    hills: Vec<f64>,
    rocks: Vec<f64>,
}

impl Country {
    /// Heights of a row of places, in lines.
    fn row(&mut self, across: &[f64], down: f64, heights: &mut [f32]) {
        noise(self.seed, 1.0, across, down, &mut self.hills);
        noise(self.seed + 1, 2.1, across, down, &mut self.rocks);
        for ((height, hill), rock) in heights.iter_mut().zip(&self.hills).zip(&self.rocks) {
            *height = (self.levels * (hill + 0.3 * rock)) as f32;
        }
    }
}

/// Value noise, 0-1, with a continuous slope, at a row of places times `scale`, from the left.
fn noise(seed: u64, scale: f64, across: &[f64], down: f64, out: &mut Vec<f64>) {
    out.clear();
    let y = scale * down;
    let j = y.floor();
    let t = smooth(y - j);
    let mut from = 0;
    while let Some(first) = across.get(from) {
        let i = (scale * first).floor();
        let count = across[from..].iter().take_while(|x| (scale * **x).floor() == i).count();
        let value = |di: i64, dj: i64| {
            let (a, b) = ((i as i64 + di + 65_536) as u32, (j as i64 + dj + 65_536) as u32);
            f64::from(pixel_hash(seed, a, b, 7)) / 4_294_967_296.0
        };
        let [a, b, c, d] = [value(0, 0), value(1, 0), value(0, 1), value(1, 1)];
        out.extend(across[from..from + count].iter().map(|x| {
            let s = smooth(scale * x - i);
            let top = a * (1.0 - s) + b * s;
            let bottom = c * (1.0 - s) + d * s;
            top * (1.0 - t) + bottom * t
        }));
        from += count;
    }
}

#[inline(always)]
fn smooth(t: f64) -> f64 {
    t * t * t * (t * (6.0 * t - 15.0) + 10.0)
}
