//! Ball pens with tip, ring and clip.

use retake_simd::array;

use super::super::surface::Paint;
use super::{Local, Placed};

/// Slopes beyond this look the same: the side of a round thing is seen from above.
const STEEPEST: f32 = 1.6;

/// Slope across a round thing, from the distance to its axis as a share of its radius.
#[inline(always)]
pub(super) fn round(t: f32) -> f32 {
    let t = t.clamp(-0.98, 0.98);
    (t / (1.0 - t * t).sqrt()).clamp(-STEEPEST, STEEPEST)
}

/// Length of the tip's cone and of the button at the back, mm.
const TIP: f32 = 14.0;
const BUTTON: f32 = 8.0;

/// Half the width at a place along the pen, mm.
#[inline(always)]
fn width(thing: &Placed, x: f32) -> f32 {
    let [length, radius] = thing.half;
    let to_tip = length - x;
    if to_tip < TIP {
        radius * (0.25 + 0.75 * (to_tip / TIP).max(0.0))
    } else if x < BUTTON - length {
        radius * 0.55
    } else {
        radius
    }
}

/// Signed distance to a pen, mm.
#[inline(always)]
pub(super) fn distance(thing: &Placed, [x, y]: [f32; 2]) -> f32 {
    (y.abs() - width(thing, x)).max(x.abs() - thing.half[0])
}

/// A ball pen along its first axis, its tip at the end.
#[inline(always)]
pub(super) fn pen(local: &Local<'_>) -> Paint {
    let Local { p: [x, y], thing, .. } = *local;
    let Placed { half: [length, radius], tint, .. } = *thing;
    let ring = (x - length * 0.25).abs() < 1.2;
    let clip = y.abs() < radius * 0.32 && (BUTTON - length..46.0 - length).contains(&x);
    let metal = ring || clip || length - x < TIP || x < BUTTON - length;
    let albedo = if metal { [0.42, 0.42, 0.43] } else { tint };
    let t = y / width(thing, x).max(0.3);
    let across = round(t);
    // The room shines along the top, and the sides see the dark table.
    let dim = 0.45 + 0.55 * (1.0 - (t * t).min(1.0)).sqrt();
    let streak = (1.0 - ((t + 0.25) / 0.16).abs()).max(0.0) * if metal { 0.35 } else { 0.16 };
    Paint {
        albedo: array!(3, |k| albedo[k] * dim + streak),
        slope: [0.0, if clip { 0.15 * across } else { across }],
        gloss: if metal { 5.0 } else { 1.6 },
    }
}
