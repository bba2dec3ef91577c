//! Sheets of paper with printed lines.

use std::sync::LazyLock;

use retake_simd::array;

use super::super::surface::Paints;
use super::noise::{lattice, unit, wave};
use super::{LANES, Lane, Placed, rectangle};
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
#[inline(always)]
pub(super) fn sheet(thing: &Placed, p: &[Lane; 2], footprint: f32, looks: &mut Paints) {
    let seed = thing.seed;
    let [x, y] = p;
    // What changes over centimetres is straight from end to end of a row of points.
    let ends = [0, LANES - 1].map(|i| [x[i], y[i]]);
    let slow = |wavelength: f32, seed: u32| {
        let [a, b] = ends.map(|end| wave(end, wavelength, footprint, seed));
        [a, (b - a) * (1.0 / (LANES - 1) as f32)]
    };
    let (tone, across, down) = (slow(60.0, seed ^ 0x54), slow(70.0, seed ^ 0x55), slow(70.0, seed ^ 0x56));
    let ink = print(thing, p, footprint);
    for i in 0..LANES {
        let fibre = wave([x[i], y[i]], 1.1, footprint, seed ^ 0x53);
        let at = |[start, step]: [f32; 2]| start + step * i as f32;
        let light = 1.0 - 0.7 * ink[i] + 0.012 * fibre + 0.01 * at(tone);
        for k in 0..3 {
            looks.albedo[k][i] = [0.80, 0.80, 0.785][k] * light;
        }
        looks.slope[0][i] = 0.02 * at(across);
        looks.slope[1][i] = 0.02 * at(down);
        looks.gloss[i] = 0.08;
    }
}

/// Share of ink at points of a page: paragraphs of running text. Not inlined: it looks texels up one by one.
#[inline(never)]
fn print(thing: &Placed, [x, y]: &[Lane; 2], footprint: f32) -> Lane {
    let margins = [thing.half[0] - MARGIN, thing.half[1] - MARGIN];
    array!(LANES, |i| {
        let p = [x[i], y[i]];
        if rectangle(p, margins) < 0.0 { ink(thing, p, footprint) } else { 0.0 }
    })
}

/// Share of ink at a point between the margins.
fn ink(thing: &Placed, [x, y]: [f32; 2], footprint: f32) -> f32 {
    let Placed { half, seed, .. } = *thing;
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
