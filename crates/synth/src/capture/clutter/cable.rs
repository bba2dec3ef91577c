//! Cables.

use super::super::surface::Paint;
use super::noise::wave;
use super::pen::round;
use super::{Local, Placed};

/// Half the thickness of a cable, mm.
const THICK: f32 = 1.9;
/// Distance between two known points of a course, mm.
const STEP: f32 = 2.0;

/// Where the middle of a cable runs: a little beside its axis, to and fro.
#[derive(Clone, Debug, Default)]
pub(super) struct Course {
    /// Where the known points begin, mm, and what lies beside the axis there.
    start: f32,
    sway: Vec<f32>,
}

impl Course {
    /// The course of a cable within these half sides, mm.
    pub(super) fn new([length, width]: [f32; 2], seed: u32) -> Self {
        let count = (2.0 * length / STEP) as usize + 4;
        let start = -length - STEP;
        let sway = |i: usize| (width - THICK) * wave([start + i as f32 * STEP, 0.0], 120.0, 0.1, seed ^ 0x81);
        Self { start, sway: (0..count).map(sway).collect() }
    }

    /// Distance from the axis at a place along it, and how that grows with the way.
    #[inline(always)]
    fn at(&self, x: f32) -> (f32, f32) {
        let place = ((x - self.start) * (1.0 / STEP)).clamp(0.0, self.sway.len() as f32 - 1.001);
        let i = place as usize;
        let rise = self.sway[i + 1] - self.sway[i];
        (self.sway[i] + rise * (place - i as f32), rise * (1.0 / STEP))
    }
}

/// A cable along its first axis, winding a little.
#[inline(always)]
pub(super) fn cable(local: &Local<'_>) -> Paint {
    let Local { p, thing, .. } = *local;
    let gloss = if thing.tint[0] > 0.4 { 0.7 } else { 1.0 };
    Paint { albedo: thing.tint, slope: [0.0, round(beside(thing, p) * (1.0 / THICK))], gloss }
}

/// Signed distance to a cable, mm.
#[inline(always)]
pub(super) fn distance(thing: &Placed, p: [f32; 2]) -> f32 {
    (beside(thing, p).abs() - THICK).max(p[0].abs() - thing.half[0])
}

/// Distance to the middle of a cable, mm.
#[inline(always)]
fn beside(thing: &Placed, [x, y]: [f32; 2]) -> f32 {
    let (sway, lean) = thing.course.at(x);
    // Across a slanted line distances are shorter than upright.
    (y - sway) / (1.0 + lean * lean).sqrt()
}
