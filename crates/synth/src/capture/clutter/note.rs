//! Sticky notes.

use super::super::surface::Paint;
use super::noise::{unit, wave};
use super::{Local, Placed};

/// A coloured note that curls up along one side.
#[inline(always)]
pub(super) fn note(local: &Local<'_>) -> Paint {
    let Local { p, footprint, thing: &Placed { half, tint, seed, .. } } = *local;
    let curl = ((p[1] / half[1]).max(0.0) - 0.4).max(0.0);
    // A few words by hand.
    let row = (p[1] / 11.0).floor();
    let line = p[1] - (row + 0.5) * 11.0 - 1.8 * wave([p[0], row * 40.0], 3.4, footprint, seed ^ 0x61);
    let within = p[0] > -half[0] * 0.75 && p[0] < half[0] * (0.2 + 0.5 * unit(row as i32, 5, seed));
    let gap = wave([p[0], row * 17.0], 8.0, footprint, seed ^ 0x62) > -0.25;
    let written = within && gap && p[1].abs() < half[1] * 0.7;
    let ink = if written { (0.5 - (line.abs() - 0.28) / footprint.max(0.15)).clamp(0.0, 1.0) } else { 0.0 };
    let albedo = core::array::from_fn(|k| tint[k] + ([0.05, 0.06, 0.14][k] - tint[k]) * 0.85 * ink);
    Paint { albedo, slope: [0.0, -0.5 * curl], gloss: 0.06 }
}
