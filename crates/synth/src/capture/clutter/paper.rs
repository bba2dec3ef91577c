//! Sheets of paper with printed lines, and sticky notes.

use super::super::surface::Paint;
use super::noise::{unit, wave};
use super::{Local, Look, rectangle};

/// Distance between two lines of print, mm.
const LINE: f32 = 5.2;
/// Width of a letter, mm.
const LETTER: f32 = 1.7;
/// Width of the margins, mm.
const MARGIN: f32 = 20.0;

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

/// Share of ink at a point of a page: rows of what looks like words without being any.
fn print(local: &Local) -> f32 {
    let Local { p: [x, y], half, footprint, seed, .. } = *local;
    let row = (y / LINE).floor();
    let number = row as i32;
    let above = y - (row + 0.5) * LINE;
    // A paragraph's last line is short, and an empty one follows.
    let paragraph = unit(number, 9, seed);
    let written = paragraph > 0.2 && (paragraph > 0.4 || x < half[0] * 0.5);
    let letter = ((x + 40.0 * unit(number, 3, seed)) / LETTER).floor() as i32;
    if !written || unit(letter, number, seed ^ 0x51) < 0.17 || footprint > 1.5 {
        return 0.0;
    }
    let tall = if unit(letter, number, seed ^ 0x52) < 0.3 { 0.75 } else { 0.0 };
    let band = (above.abs() - 0.8).max(above - 0.8 - tall).max(-above - 0.8);
    let edge = footprint.max(0.12);
    let body = (0.5 - band.min(above.abs() - 0.8 - tall) / edge).clamp(0.0, 1.0);
    // Strokes: the zero lines of a noise as fine as letters.
    let stroke = wave([x, 0.7 * y + 31.0 * row], 1.25, 0.1, seed ^ 0x57).abs() * 0.9 - 0.17;
    let mean = 0.3;
    let sharp = (0.5 - stroke / edge).clamp(0.0, 1.0);
    let resolved = (1.6 - 4.0 * footprint).clamp(0.0, 1.0);
    body * (mean + (sharp - mean) * resolved)
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
