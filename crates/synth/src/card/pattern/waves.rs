//! Families of parallel waves: the ground of a guilloche, and relief by bent lines.

use core::f64::consts::TAU;

use serde::{Deserialize, Serialize};

use super::super::artwork::Rect;
use super::super::canvas::Print;
use super::super::design::one;
use super::super::path::{self, Transform};
use super::super::raster::{Coverage, Grid};
use super::super::value::Colour;
use super::{demand, line_work};

/// Parallel waves: line `k` is a sum of sines along the line, each shifted by its drift from line to line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waves {
    /// Colours, spread over the artwork's width.
    pub inks: Vec<Colour>,
    /// Distance of the lines, mm.
    pub pitch: f64,
    /// Width of a line, mm.
    pub width: f64,
    /// Direction of the lines, degrees clockwise from the right.
    #[serde(default)]
    pub angle: f64,
    /// The sines: amplitude mm, wavelength mm, drift in turns per line.
    #[serde(default)]
    pub sines: Vec<[f64; 3]>,
    /// A shape that bends the lines, so that it seems embossed.
    pub relief: Option<Relief>,
    /// Where, mm; everywhere if not given.
    pub area: Option<Rect>,
    /// Width over which its edges fade, mm.
    #[serde(default)]
    pub fade: f64,
    /// Share of the ink, 0-1.
    #[serde(default = "one")]
    pub opacity: f64,
}

/// A shape that bends lines.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Relief {
    /// An SVG path (`M L H V C Q Z`), or the name of one of the design's.
    pub path: String,
    /// Where the path's origin stands, mm.
    pub at: [f64; 2],
    /// Size of the path's unit, mm.
    pub scale: f64,
    /// How far lines are moved, mm.
    pub depth: f64,
    /// Width of the slope at its edge, mm.
    pub slope: f64,
}

impl Waves {
    pub(super) fn plates(&self, grid: &Grid) -> Result<Vec<Print>, String> {
        demand(self.pitch >= 0.1, "`pitch` must be 0.1 mm or more")?;
        demand(self.sines.iter().all(|s| s[1] >= 0.5), "a wavelength must be 0.5 mm or more")?;
        let height = self.relief.as_ref().map(|relief| relief.height_map(grid)).transpose()?;
        let card = [0.0, 0.0, grid.width as f64 / grid.px_per_mm, grid.height as f64 / grid.px_per_mm];
        let [x, y, w, h] = self.area.unwrap_or(card);
        let middle = [x + w / 2.0, y + h / 2.0];
        let turn = Transform::rotate(self.angle).then(Transform::translate(middle[0], middle[1]));
        let (sin, cos) = libm::sincos(self.angle.to_radians());
        let half_u = (w * cos.abs() + h * sin.abs()) / 2.0;
        let reach: f64 = self.sines.iter().map(|s| s[0].abs()).sum();
        let half_v = (w * sin.abs() + h * cos.abs()) / 2.0 + reach;
        let count = (half_v / self.pitch).ceil() as i64;
        let step = 0.15;
        let steps = (2.0 * half_u / step).ceil() as i64;
        let line = |k: i64| -> Vec<[f64; 2]> {
            let point = |i: i64| {
                let u = -half_u + i as f64 * step;
                let bend = |s: &[f64; 3]| s[0] * libm::sin(TAU * (u / s[1] + s[2] * k as f64));
                let v = k as f64 * self.pitch + self.sines.iter().map(bend).sum::<f64>();
                let [px, py] = turn.apply([u, v]);
                let lift = height.as_ref().map_or(0.0, |map| map.at(px, py));
                [px - sin * lift, py + cos * lift]
            };
            (0..=steps).map(point).collect()
        };
        let lines: Vec<_> = (-count..=count).map(line).collect();
        let mut coverage = Coverage::stroke(grid, &lines, self.width, self.area);
        coverage.fade(grid, self.area, self.fade);
        Ok(vec![line_work(grid, coverage, &self.inks, self.opacity)])
    }
}

/// Height of a relief, mm, on a coarse grid.
struct HeightMap {
    coverage: Coverage,
    px_per_mm: f64,
    depth: f64,
}

impl Relief {
    fn height_map(&self, grid: &Grid) -> Result<HeightMap, String> {
        let px_per_mm = 8.0;
        let size = [grid.width as f64 / grid.px_per_mm, grid.height as f64 / grid.px_per_mm];
        let coarse = Grid::new(size, px_per_mm);
        let map = Transform::scale(self.scale, self.scale).then(Transform::translate(self.at[0], self.at[1]));
        let contours = path::parse(&self.path, 0.02 / self.scale.max(1e-6))?.transformed(&map);
        let shape = Coverage::fill(&coarse, &contours);
        let mut coverage = Coverage::over(&coarse, None);
        for row in 0..shape.height {
            let to = (shape.y + row) * coverage.width + shape.x;
            coverage.values[to..to + shape.width]
                .copy_from_slice(&shape.values[row * shape.width..(row + 1) * shape.width]);
        }
        let radius = (self.slope * px_per_mm / 2.0).round().max(1.0) as usize;
        for _ in 0..2 {
            box_blur(&mut coverage, radius);
        }
        Ok(HeightMap { coverage, px_per_mm, depth: self.depth })
    }
}

impl HeightMap {
    fn at(&self, x: f64, y: f64) -> f64 {
        let (u, v) = (x * self.px_per_mm - 0.5, y * self.px_per_mm - 0.5);
        let value = |i: f64, j: f64| {
            let column = i.clamp(0.0, self.coverage.width as f64 - 1.0) as usize;
            let row = j.clamp(0.0, self.coverage.height as f64 - 1.0) as usize;
            f64::from(self.coverage.values[row * self.coverage.width + column])
        };
        let (i, j) = (u.floor(), v.floor());
        let (s, t) = (u - i, v - j);
        let top = value(i, j) * (1.0 - s) + value(i + 1.0, j) * s;
        let bottom = value(i, j + 1.0) * (1.0 - s) + value(i + 1.0, j + 1.0) * s;
        self.depth * (top * (1.0 - t) + bottom * t)
    }
}

/// Means over a square of `2 radius + 1`, zero outside.
fn box_blur(coverage: &mut Coverage, radius: usize) {
    let (width, height) = (coverage.width, coverage.height);
    let pass = |values: &[f32], length: usize, stride: usize, start: usize, out: &mut [f32]| {
        let share = 1.0 / (2 * radius + 1) as f32;
        let mut sum: f32 = (0..radius.min(length)).map(|i| values[start + i * stride]).sum();
        for i in 0..length {
            if i + radius < length {
                sum += values[start + (i + radius) * stride];
            }
            if i > radius {
                sum -= values[start + (i - radius - 1) * stride];
            }
            out[start + i * stride] = sum * share;
        }
    };
    let mut across = vec![0.0; width * height];
    (0..height).for_each(|row| pass(&coverage.values, width, 1, row * width, &mut across));
    (0..width).for_each(|column| pass(&across, height, width, column, &mut coverage.values));
}
