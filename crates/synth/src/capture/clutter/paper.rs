//! Sheets of paper with printed lines, and sticky notes.

use std::sync::LazyLock;

use super::super::surface::Paint;
use super::noise::{lattice, unit, wave};
use super::{Local, Look, rectangle};
use crate::card::prose;

/// Distance between two lines of print, mm.
const LINE: f32 = 5.0;
/// Em of the letters, and their baseline from the top of a line, mm: 11 points.
const EM: f64 = 3.88;
const BASELINE: f64 = 3.5;
/// Width of the margins, mm.
const MARGIN: f32 = 20.0;
/// Length of the lines that are kept, mm, and how many different ones there are.
const LENGTH: f32 = 170.0;
const LINES: usize = 24;
/// Texels for each mm of the finest copy, and the number of copies, each half as fine.
const FINEST: f32 = 8.0;
const COPIES: usize = 5;

/// Lines of print one below the other, in copies that fit ever larger pixels.
struct Print {
    copies: Vec<Copy>,
}

struct Copy {
    width: usize,
    height: usize,
    /// Texels of one line.
    line: f32,
    ink: Vec<f32>,
}

static PRINT: LazyLock<Print> = LazyLock::new(Print::new);

impl Print {
    fn new() -> Self {
        let size = [f64::from(LENGTH), f64::from(LINE)];
        let line = |i: usize| {
            prose::line(size, EM, BASELINE, f64::from(FINEST), |n| {
                lattice(i as i32, n as i32, 0x5eed) as usize
            })
        };
        let mut ink: Vec<f32> = (0..LINES).flat_map(line).collect();
        let mut width = (LENGTH * FINEST) as usize;
        let mut copies = Vec::with_capacity(COPIES);
        for k in 0..COPIES {
            let height = ink.len() / width;
            let half: Vec<f32> = (0..(width / 2) * (height / 2))
                .map(|i| {
                    let (x, y) = (2 * (i % (width / 2)), 2 * (i / (width / 2)));
                    let at = |dx: usize, dy: usize| ink[(y + dy) * width + x + dx];
                    0.25 * (at(0, 0) + at(1, 0) + at(0, 1) + at(1, 1))
                })
                .collect();
            copies.push(Copy { width, height, line: LINE * FINEST / (1 << k) as f32, ink });
            (ink, width) = (half, width / 2);
        }
        Self { copies }
    }

    /// Share of ink at a place in a line, mm, of a pixel with this side: bilinear in the copy that fits.
    fn at(&self, line: usize, [x, y]: [f32; 2], footprint: f32) -> f32 {
        let mut level = 0;
        while level + 1 < COPIES && footprint * FINEST > 1.5 * (1u32 << level) as f32 {
            level += 1;
        }
        let copy = &self.copies[level];
        let scale = copy.line / LINE;
        let (x, y) = (x * scale - 0.5, (y + (line % LINES) as f32 * LINE) * scale - 0.5);
        let (x, y) = (x.clamp(0.0, copy.width as f32 - 1.001), y.clamp(0.0, copy.height as f32 - 1.001));
        let (column, row) = (x as usize, y as usize);
        let (tx, ty) = (x - column as f32, y - row as f32);
        let at = |dx: usize, dy: usize| copy.ink[(row + dy).min(copy.height - 1) * copy.width + column + dx];
        let above = at(0, 0) + (at(1, 0) - at(0, 0)) * tx;
        let below = at(0, 1) + (at(1, 1) - at(0, 1)) * tx;
        above + (below - above) * ty
    }
}

/// A printed sheet.
pub(super) fn sheet(local: &Local) -> Look {
    let Local { p, half, footprint, seed, .. } = *local;
    let ink = if rectangle(p, [half[0] - MARGIN, half[1] - MARGIN]) < 0.0 { print(local) } else { 0.0 };
    let dull = 1.0 - 0.7 * ink;
    let fibre = 0.012 * wave(p, 1.1, footprint, seed ^ 0x53) + 0.01 * wave(p, 60.0, footprint, seed ^ 0x54);
    let albedo = [0.80, 0.80, 0.785].map(|v| v * (dull + fibre));
    let slope = [0.02 * wave(p, 70.0, footprint, seed ^ 0x55), 0.02 * wave(p, 70.0, footprint, seed ^ 0x56)];
    Look { distance: rectangle(p, half), paint: Paint { albedo, slope, gloss: 0.08 } }
}

/// Share of ink at a point of a page: paragraphs of running text.
fn print(local: &Local) -> f32 {
    let Local { p: [x, y], half, footprint, seed, .. } = *local;
    // Things are seen with their second axis up.
    let down = -y;
    let row = (down / LINE).floor();
    let number = row as i32;
    // A paragraph's last line is short, and an empty one follows.
    let paragraph = unit(number, 9, seed);
    let end = half[0] - MARGIN - if paragraph > 0.22 { 0.0 } else { 1.2 * half[0] * unit(number, 7, seed) };
    if unit(number - 1, 9, seed) <= 0.22 || x > end {
        return 0.0;
    }
    let line = lattice(number, 3, seed) as usize;
    PRINT.at(line, [x + half[0] - MARGIN, down - row * LINE], footprint)
}

/// A coloured note that curls up along one side.
pub(super) fn note(local: &Local) -> Look {
    let Local { p, half, tint, footprint, seed, .. } = *local;
    let curl = ((p[1] / half[1]).max(0.0) - 0.4).max(0.0);
    // A few words by hand.
    let row = (p[1] / 11.0).floor();
    let line = p[1] - (row + 0.5) * 11.0 - 1.8 * wave([p[0], row * 40.0], 3.4, footprint, seed ^ 0x61);
    let within = p[0] > -half[0] * 0.75 && p[0] < half[0] * (0.2 + 0.5 * unit(row as i32, 5, seed));
    let gap = wave([p[0], row * 17.0], 8.0, footprint, seed ^ 0x62) > -0.25;
    let written = within && gap && p[1].abs() < half[1] * 0.7;
    let ink = if written { (0.5 - (line.abs() - 0.28) / footprint.max(0.15)).clamp(0.0, 1.0) } else { 0.0 };
    let albedo = core::array::from_fn(|k| tint[k] + ([0.05, 0.06, 0.14][k] - tint[k]) * 0.85 * ink);
    Look { distance: rectangle(p, half), paint: Paint { albedo, slope: [0.0, -0.5 * curl], gloss: 0.06 } }
}
