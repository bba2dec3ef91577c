//! Sheets of paper with printed lines, and sticky notes.

use super::super::surface::Paint;
use super::noise::{unit, wave};
use super::{Local, Look, rectangle};

/// Distance between two lines of print, mm.
const LINE: f32 = 5.2;
/// Width of the margins, mm.
const MARGIN: f32 = 20.0;

/// A printed sheet.
pub(super) fn sheet(local: &Local) -> Look {
    let Local { p, half, footprint, seed, .. } = *local;
    let mut ink = 0.0;
    let inside = rectangle(p, [half[0] - MARGIN, half[1] - MARGIN]) < 0.0;
    if inside && footprint < 2.0 {
        let row = (p[1] / LINE).floor();
        let y = (p[1] / LINE - row - 0.5).abs() * LINE;
        // Words of several letters, each an upright or two as wide as a pen's stroke.
        let word = (p[0] / 9.0 + unit(row as i32, 3, seed)).floor();
        let letter = (p[0] / 1.9).floor();
        let written = unit(word as i32, row as i32, seed ^ 0x51) > 0.13 && unit(row as i32, 9, seed) > 0.15;
        let height = 0.8 + 0.7 * unit(letter as i32, row as i32, seed ^ 0x52);
        let x = (p[0] / 1.9 - letter - 0.5).abs() * 1.9;
        let stroke = |d: f32, w: f32| (0.5 - (d - w) / footprint.max(0.15)).clamp(0.0, 1.0);
        if written {
            ink = stroke(y, height) * (1.0 - 0.75 * stroke(x, 0.3)).min(stroke(x, 0.75));
        }
    }
    let dull = 1.0 - 0.62 * ink;
    let fibre = 0.012 * wave(p, 1.1, footprint, seed ^ 0x53) + 0.01 * wave(p, 60.0, footprint, seed ^ 0x54);
    let albedo = [0.80, 0.80, 0.785].map(|v| v * (dull + fibre));
    let slope = [0.02 * wave(p, 70.0, footprint, seed ^ 0x55), 0.02 * wave(p, 70.0, footprint, seed ^ 0x56)];
    Look { distance: rectangle(p, half), paint: Paint { albedo, slope, gloss: 0.08 } }
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
