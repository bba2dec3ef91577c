//! Coins of no country: a rim and worn relief.

use retake_simd::array;

use super::super::surface::Paint;
use super::noise::{octaves, wave};
use super::{Local, Placed};

/// Width of the rim, mm.
const RIM: f32 = 1.1;

/// Signed distance to a coin, mm.
#[inline(always)]
pub(super) fn distance(thing: &Placed, p: [f32; 2]) -> f32 {
    (p[0] * p[0] + p[1] * p[1]).sqrt() - thing.half[0]
}

/// A coin as wide as the first of its half sides.
#[inline(always)]
pub(super) fn coin(local: &Local<'_>) -> Paint {
    let Local { p, footprint, thing: &Placed { half, tint, seed, .. } } = *local;
    let radius = (p[0] * p[0] + p[1] * p[1]).sqrt();
    let out = array!(2, |k| p[k] / radius.max(0.1));
    // Up the rim from inside, over it, and down outside.
    let rise = |from: f32, width: f32| {
        let t = (radius - from) / width;
        if (0.0..1.0).contains(&t) { 4.0 * t * (1.0 - t) } else { 0.0 }
    };
    let rim = 0.55 * rise(half[0] - 0.5, 0.6) - 0.45 * rise(half[0] - RIM, 0.5);
    let relief = if radius < half[0] * 0.72 { 1.0 } else { 0.15 };
    let bump = |tag: u32| {
        relief * (0.28 * wave(p, 2.6, footprint, seed ^ tag) + 0.12 * wave(p, 0.9, footprint, seed ^ tag))
    };
    let dirt = 0.85 + 0.25 * octaves::<3>(p, 7.0, footprint, seed ^ 0x73);
    Paint {
        albedo: array!(3, |k| (tint[k] * dirt).clamp(0.02, 0.8)),
        slope: [rim * out[0] + bump(0x71), rim * out[1] + bump(0x72)],
        gloss: 6.0,
    }
}
