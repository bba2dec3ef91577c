//! The press: ink on card, in linear reflectance.

use retake_simd::kernel;

use super::raster::{Coverage, Grid};
use super::reflectance::{Reflectance, from_code, to_code};
use super::value::{Colour, WHITE};

/// The darkest that inks over one another get, reflectance.
const DARKEST: f32 = 0.024;

/// How ink meets what is under it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Blend {
    /// Transparent ink: what is under it shows through.
    Glaze,
    /// Covering ink.
    Cover,
}

/// One pass of one plate.
#[derive(Clone, Debug)]
pub(super) struct Print {
    pub coverage: Coverage,
    /// Colours, spread evenly from left to right over `span` (rainbow print); one is plain.
    pub inks: Vec<Colour>,
    /// Left edge and width of the spread, mm.
    pub span: [f64; 2],
    /// Share of the ink, 0-1.
    pub opacity: f64,
    pub blend: Blend,
}

/// Some rows of a picture on its grid.
#[derive(Clone, Debug)]
pub(super) struct Canvas {
    pub grid: Grid,
    /// The first row.
    pub top: usize,
    pub image: Reflectance,
}

impl Canvas {
    /// The rows that are printed on, bare.
    pub(super) fn new(grid: Grid, paper: Colour) -> Self {
        let [top, bottom] = grid.rows;
        Self { grid, top, image: Reflectance::filled(grid.width, bottom - top, paper.reflectance()) }
    }

    /// Prints a plate.
    pub(super) fn print(&mut self, print: &Print) {
        let Coverage { x, y, width, height, .. } = print.coverage;
        let rows = self.top.saturating_sub(y)..(self.top + self.image.height).saturating_sub(y).min(height);
        if rows.is_empty() {
            return;
        }
        let inks = ramp(print, &self.grid);
        let opacity = print.opacity as f32;
        let lines = print.coverage.values.chunks_exact(width.max(1)).enumerate();
        for (row, line) in lines.take(rows.end).skip(rows.start) {
            let start = (y + row - self.top) * self.grid.width + x;
            let points = &mut self.image.points[start..start + width];
            match print.blend {
                Blend::Glaze => glaze(points, line, &inks, opacity),
                Blend::Cover => lay(points, line, &inks, opacity),
            }
        }
    }
}

kernel! {
    /// Prints a row with transparent inks, one for each point.
    fn glaze(points: &mut [[u16; 3]], covered: &[f32], inks: &[[f32; 3]], opacity: f32) {
        press(points, covered, inks, opacity, |value, ink| (value * ink).max(DARKEST));
    }
}

kernel! {
    /// Prints a row with covering inks, one for each point.
    fn lay(points: &mut [[u16; 3]], covered: &[f32], inks: &[[f32; 3]], opacity: f32) {
        press(points, covered, inks, opacity, |_, ink| ink);
    }
}

/// Points that are printed together, or left out together where there is no ink.
const TOGETHER: usize = 16;

/// Brings each point to what `target` makes of it and of its ink, by the share that is covered.
#[inline(always)]
fn press(
    points: &mut [[u16; 3]],
    covered: &[f32],
    inks: &[[f32; 3]],
    opacity: f32,
    target: impl Fn(f32, f32) -> f32,
) {
    let mut shares = [[0.0f32; 3]; TOGETHER];
    let chunks = points.chunks_mut(TOGETHER).zip(covered.chunks(TOGETHER)).zip(inks.chunks(TOGETHER));
    for ((points, covered), inks) in chunks {
        if covered.iter().all(|covered| *covered == 0.0) {
            continue;
        }
        for (share, covered) in shares.iter_mut().zip(covered) {
            *share = [covered * opacity; 3];
        }
        let all = points.as_flattened_mut().iter_mut().zip(shares.as_flattened()).zip(inks.as_flattened());
        for ((point, share), ink) in all {
            let value = from_code(*point);
            *point = to_code(value + (target(value, *ink) - value) * share);
        }
    }
}

/// The ink of each column of a plate: reflectance to cover with, or factor to glaze with.
fn ramp(print: &Print, grid: &Grid) -> Vec<[f32; 3]> {
    let inks: Vec<[f32; 3]> = print.inks.iter().map(|ink| ink.reflectance()).collect();
    let tone = |ink: [f32; 3]| if print.blend == Blend::Glaze { ink.map(|v| v / WHITE) } else { ink };
    let [left, width] = print.span;
    let column = |c: usize| {
        let mm = ((print.coverage.x + c) as f64 + 0.5) / grid.px_per_mm;
        let position = ((mm - left) / width).clamp(0.0, 1.0) * (inks.len() - 1) as f64;
        let i = (position as usize).min(inks.len().saturating_sub(2));
        let t = (position - i as f64) as f32;
        let (a, b) = (inks[i], inks[(i + 1).min(inks.len() - 1)]);
        tone(core::array::from_fn(|k| a[k] + (b[k] - a[k]) * t))
    };
    if inks.is_empty() {
        vec![[1.0; 3]; print.coverage.width]
    } else {
        (0..print.coverage.width).map(column).collect()
    }
}
