//! A keyboard: keys with rounded edges in a frame.

use super::super::surface::Paint;
use super::noise::unit;
use super::{Local, Placed, rectangle};

/// Distance between keys, and half of a key's side, mm.
const PITCH: f32 = 19.0;
const HALF: f32 = 8.1;

/// How far the frame's rounded edge stands out, mm.
pub(super) const FRAME: f32 = 2.0;

/// Signed distance to a keyboard, mm.
#[inline(always)]
pub(super) fn distance(thing: &Placed, p: [f32; 2]) -> f32 {
    rectangle(p, thing.half) - FRAME
}

/// A keyboard whose frame has this colour; its keys are a little lighter.
#[inline(always)]
pub(super) fn keyboard(local: &Local<'_>) -> Paint {
    let Local { p, footprint, thing: &Placed { half, tint, seed, .. } } = *local;
    let row = (p[1] / PITCH).floor();
    let shift = unit(row as i32, 1, seed) * PITCH;
    let column = ((p[0] + shift) / PITCH).floor();
    let key = [p[0] + shift - (column + 0.5) * PITCH, p[1] - (row + 0.5) * PITCH];
    let distance = rectangle(key, [HALF - 1.5, HALF - 1.5]) - 1.5;
    let inside = rectangle(p, [half[0] - 7.0, half[1] - 7.0]) < 0.0;
    let top = if inside { (0.5 - distance / footprint.max(0.2)).clamp(0.0, 1.0) } else { 0.0 };
    // The tops are hollow, the rims steep.
    let rim = ((distance + 1.6) / 1.6).clamp(0.0, 1.0) * top;
    let slope = [0, 1].map(|k| (key[k] / HALF) * (0.7 * rim - 0.08 * top));
    // A letter in the upper left of each key: a few strokes.
    let mark = [key[0] + 3.2, key[1] - 3.0];
    let strokes = (0..3).any(|i| {
        let upright = unit(column as i32, row as i32 + 31 * i, seed ^ 0x91) > 0.5;
        let place = 1.6 * (unit(column as i32 + 17 * i, row as i32, seed ^ 0x92) - 0.5);
        let (along, across) = if upright { (mark[1], mark[0] - place) } else { (mark[0], mark[1] - place) };
        along.abs() < 1.3 && across.abs() < 0.22
    });
    let letter = if strokes && top > 0.9 && footprint < 0.6 { 0.8 } else { 0.0 };
    let ground = 0.5 + 0.5 * top;
    let light = if tint[0] > 0.3 { 0.08 } else { 0.62 };
    let albedo = core::array::from_fn(|k| {
        let base = tint[k] * (ground + 0.25 * top);
        base + (light - base) * letter
    });
    Paint { albedo, slope, gloss: 0.5 }
}
