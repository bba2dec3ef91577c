//! Hologram patches: gratings whose colour turns with light and view.

use super::noise::{smoothstep, split};
use super::texture::CardRect;

/// How strongly a patch shines at a place on the card, 0-1: an ellipse with soft borders, filled with a rosette
/// of fine rings.
#[inline]
pub(super) fn strength(patch: &CardRect, at: [f32; 2]) -> f32 {
    let ([x, y], r2) = local(patch, at);
    if r2 >= 1.0 {
        return 0.0;
    }
    let (dx, dy) = (x * x - 0.2 * y, y * y + 0.3 * x);
    let rings = split(7.0 * (dx + dy)).1;
    let leaves = split(5.0 * (x * y + 0.35 * (x - y))).1;
    let figure = 0.45 + 0.35 * triangle(rings) + 0.2 * triangle(leaves);
    figure * (1.0 - smoothstep(0.7, 1.0, r2))
}

/// The colour of a patch where the half vector leans by `toward` from the normal: first-order diffraction
/// runs through the spectrum as it leans across the grooves.
#[inline]
pub(super) fn color(patch: &CardRect, at: [f32; 2], toward: [f32; 2]) -> [f32; 3] {
    let ([x, y], r2) = local(patch, at);
    let phase = 3.1 * toward[0] * (0.6 + x) + 3.1 * toward[1] * (0.6 + y) + 0.55 * r2 + 0.4 * x;
    core::array::from_fn(|k| {
        let t = triangle(split(phase + [0.0, 0.333, 0.667][k]).1);
        t * t * 1.8
    })
}

/// Place in the patch: -1 to 1 along both axes, and the squared radius.
#[inline]
fn local(patch: &CardRect, at: [f32; 2]) -> ([f32; 2], f32) {
    let [left, top, w, h] = patch.map(|v| v as f32);
    let x = (at[0] - left) / (0.5 * w) - 1.0;
    let y = (at[1] - top) / (0.5 * h) - 1.0;
    ([x, y], x * x + y * y)
}

/// 0 at both ends of a phase of 0-1, 1 in the middle.
#[inline]
fn triangle(phase: f32) -> f32 {
    1.0 - (2.0 * phase - 1.0).abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_ends_at_its_border_and_changes_colour_with_the_light() {
        let patch = [10.0, 10.0, 20.0, 14.0];
        assert_eq!(strength(&patch, [9.0, 17.0]), 0.0);
        assert!(strength(&patch, [21.0, 17.5]) > 0.2);
        let a = color(&patch, [20.0, 17.0], [0.0, 0.0]);
        let b = color(&patch, [20.0, 17.0], [0.15, 0.0]);
        assert!((a[0] - b[0]).abs() + (a[1] - b[1]).abs() > 0.2);
    }
}
