//! Round things: ball pens with tip, ring and clip, and cables.

use super::super::surface::Paint;
use super::noise::wave;
use super::{Local, Look};

/// Slopes beyond this look the same: the side of a round thing is seen from above.
const STEEPEST: f32 = 1.6;

/// Slope across a round thing, from the distance to its axis as a share of its radius.
fn round(t: f32) -> f32 {
    let t = t.clamp(-0.98, 0.98);
    (t / (1.0 - t * t).sqrt()).clamp(-STEEPEST, STEEPEST)
}

/// A ball pen along its first axis, its tip at the end.
pub(super) fn pen(local: &Local) -> Look {
    let Local { p, half: [length, radius], tint, .. } = *local;
    let [x, y] = p;
    // The cone of the tip, the barrel, and a button at the back.
    let to_tip = length - x;
    let (width, metal) = if to_tip < 14.0 {
        (radius * (0.25 + 0.75 * (to_tip / 14.0).max(0.0)), true)
    } else if x < -length + 8.0 {
        (radius * 0.55, true)
    } else {
        (radius, (x - length * 0.25).abs() < 1.2)
    };
    let distance = (y.abs() - width).max(x.abs() - length);
    let clip = y.abs() < radius * 0.32 && (-length + 8.0..-length + 46.0).contains(&x);
    let steel = [0.42, 0.42, 0.43];
    let albedo = if metal || clip { steel } else { tint };
    let t = y / width.max(0.3);
    let across = round(t);
    // The room shines along the top, and the sides see the dark table.
    let dim = 0.45 + 0.55 * (1.0 - (t * t).min(1.0)).sqrt();
    let streak = (1.0 - ((t + 0.25) / 0.16).abs()).max(0.0) * if metal || clip { 0.35 } else { 0.16 };
    let albedo = albedo.map(|v: f32| v * dim + streak);
    let slope = if clip { 0.15 * across } else { across };
    let gloss = if metal || clip { 5.0 } else { 1.6 };
    Look { distance, paint: Paint { albedo, slope: [0.0, slope], gloss } }
}

/// A cable along its first axis, winding a little.
pub(super) fn cable(local: &Local) -> Look {
    let (distance, side) = winding(local);
    let gloss = if local.tint[0] > 0.4 { 0.7 } else { 1.0 };
    Look { distance, paint: Paint { albedo: local.tint, slope: [0.0, round(side)], gloss } }
}

/// Signed distance to a cable, mm.
pub(super) fn from_cable(local: &Local) -> f32 {
    winding(local).0
}

/// Distance to the cable's outline, and to its axis as a share of its radius.
fn winding(local: &Local) -> (f32, f32) {
    const THICK: f32 = 1.9;
    let Local { p: [x, y], half, seed, .. } = *local;
    let sway = |x: f32| (half[1] - THICK) * wave([x, 0.0], 120.0, 0.1, seed ^ 0x81);
    let lean = sway(x + 1.0) - sway(x - 1.0);
    // Across a slanted line distances are shorter than upright.
    let off = (y - sway(x)) / (1.0 + 0.25 * lean * lean).sqrt();
    ((off.abs() - THICK).max(x.abs() - half[0]), off / THICK)
}
