//! Light of hologram patches: diffraction gratings in the laminate, whose colour turns with light and view.

use super::mirror::Outline;
use crate::card::HologramPatch;

/// Wavelengths that stand for the three channels, nm.
const WAVELENGTHS: [f32; 3] = [610.0, 545.0, 465.0];
/// Share of the light that a transparent patch sends into all orders: it lies over print that must stay readable,
/// unlike a metal foil.
const TRANSPARENT: f32 = 0.085;
/// GGX alpha of the lobe about each diffracted direction.
const SPREAD: f32 = 0.055;

/// Light of the patches at a place on the card, cd/m2. `slope` is the laminate's lean there, `white` the luminance of
/// a white diffuse card, `lights` luminances and outlines in slope space.
///
/// The grating equation in half vectors: a grating of pitch `d` shows a light of wavelength `l` where a mirror leaning
/// by `l / 2d` across the lines would (first order, both sides).
pub(super) fn light(
    patches: &[HologramPatch],
    at: [f32; 2],
    slope: [f32; 2],
    white: [f32; 3],
    lights: impl Iterator<Item = ([f32; 3], Outline)> + Clone,
) -> [f32; 3] {
    let mut sum = [0.0; 3];
    for patch in patches {
        let Some(grating) = patch.grating(f64::from(at[0]), f64::from(at[1])) else { continue };
        let strength = TRANSPARENT * grating.efficiency as f32;
        let across = grating.across.map(|a| a as f32);
        for k in 0..3 {
            let lean = 0.5 * WAVELENGTHS[k] / grating.pitch_nm as f32;
            for side in [-lean, lean] {
                let facet = [slope[0] + side * across[0], slope[1] + side * across[1]];
                for (luminance, outline) in lights.clone() {
                    sum[k] += strength * luminance[k] * outline.share(facet, SPREAD);
                }
                sum[k] += 2.0 * strength * white[k] * room(facet);
            }
        }
    }
    sum
}

/// How bright the room is where a facet mirrors it: smooth, with a mean of one half.
fn room(facet: [f32; 2]) -> f32 {
    let t = 4.6 * facet[0] + 3.4 * facet[1] + 0.13;
    let phase = t - t.floor();
    let rise = 1.0 - (2.0 * phase - 1.0).abs();
    rise * rise * (3.0 - 2.0 * rise)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::testing;

    #[test]
    fn a_patch_shines_inside_only_and_its_colour_follows_the_light() {
        let patches = [testing::patch()];
        let lamp = |x: f32| {
            let outline = Outline::Quad([[x, -0.1], [x + 0.1, -0.1], [x + 0.1, 0.1], [x, 0.1]]);
            [([3000.0f32; 3], outline)].into_iter()
        };
        let shine = |at, x| light(&patches, at, [0.0; 2], [100.0; 3], lamp(x));
        assert_eq!(shine([50.0, 37.0], 0.2), [0.0; 3]);
        // A place whose lines run across, where the lamp moves.
        let bright = |i: &u16| {
            let x = 61.0 + 0.05 * f64::from(*i);
            patches[0].grating(x, 37.0).is_some_and(|g| g.efficiency > 0.7 && g.across[0].abs() > 0.9)
        };
        let at = [61.0 + 0.05 * f32::from((0..360).find(bright).unwrap()), 37.0];
        let (a, b) = (shine(at, 0.15), shine(at, 0.30));
        let hue = |c: [f32; 3]| c[0] / c[2];
        assert!(hue(b) > 1.15 * hue(a), "{a:?} {b:?}");
    }
}
