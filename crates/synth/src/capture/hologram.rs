//! Light of hologram patches: diffraction gratings in the laminate, whose colour turns with light and view.

use retake_simd::{array, kernel, split};

use super::lanes::{LANES, Lane};
use super::mirror::Outlines;
use crate::card::HologramPatch;

/// Wavelengths that stand for the three channels, nm.
const WAVELENGTHS: [f32; 3] = [610.0, 545.0, 465.0];
/// Share of the light that a transparent patch sends into all orders: it lies over print that must stay readable,
/// unlike a metal foil.
const TRANSPARENT: f32 = 0.085;
/// GGX alpha of the lobe about each diffracted direction.
const SPREAD: f32 = 0.055;

/// A patch's gratings at places on the card.
#[derive(Clone, Copy, Debug)]
pub(super) struct Foil {
    /// Share of the light that they send into all orders.
    strength: Lane,
    /// Unit vectors across the lines.
    across: [Lane; 2],
    /// Distance of the lines, nm.
    pitch: Lane,
}

impl Foil {
    /// The patch at places on the card, mm; `None` where it is at none of them.
    pub(super) fn of(patch: &HologramPatch, [x, y]: &[Lane; 2]) -> Option<Self> {
        let mut foil = Self { strength: [0.0; LANES], across: [[0.0; LANES]; 2], pitch: [1000.0; LANES] };
        let mut any = false;
        for i in 0..LANES {
            let Some(grating) = patch.grating(f64::from(x[i]), f64::from(y[i])) else { continue };
            any = true;
            foil.strength[i] = TRANSPARENT * grating.efficiency as f32;
            foil.pitch[i] = grating.pitch_nm as f32;
            for k in 0..2 {
                foil.across[k][i] = grating.across[k] as f32;
            }
        }
        any.then_some(foil)
    }
}

kernel! {
    /// Adds the light of a patch, cd/m2. `slope` is the laminate's lean there, `white` the luminance of a white diffuse card,
    /// `lights` luminances and outlines in slope space.
    ///
    /// The grating equation in half vectors: a grating of pitch `d` shows a light of wavelength `l` where a mirror leaning
    /// by `l / 2d` across the lines would (first order, both sides).
    pub(super) fn shine(
        foil: &Foil,
        slope: &[Lane; 2],
        white: &[Lane; 3],
        lights: &[([f32; 3], Outlines)],
        out: &mut [Lane; 3],
    ) {
        let Foil { strength, across, pitch } = foil;
        for k in 0..3 {
            for side in [-0.5 * WAVELENGTHS[k], 0.5 * WAVELENGTHS[k]] {
                let facet = array!(2, |d| array!(LANES, |i| slope[d][i] + side / pitch[i] * across[d][i]));
                for (luminance, outlines) in lights {
                    let shares = outlines.shares(&facet, SPREAD);
                    for i in 0..LANES {
                        out[k][i] += strength[i] * luminance[k] * shares[i];
                    }
                }
                for i in 0..LANES {
                    out[k][i] += 2.0 * strength[i] * white[k][i] * room([facet[0][i], facet[1][i]]);
                }
            }
        }
    }
}

/// How bright the room is where a facet mirrors it: smooth, with a mean of one half.
#[inline(always)]
fn room(facet: [f32; 2]) -> f32 {
    let (_, phase) = split(4.6 * facet[0] + 3.4 * facet[1] + 0.13);
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
        let shine = |[at_x, at_y]: [f32; 2], x: f32| {
            let corners = [x, -0.1, x + 0.1, -0.1, x + 0.1, 0.1, x, 0.1];
            let lamp = Outlines { round: false, points: corners.map(|v| [v; LANES]) };
            let mut out = [[0.0; LANES]; 3];
            if let Some(foil) = Foil::of(&patches[0], &[[at_x; LANES], [at_y; LANES]]) {
                let (level, white) = ([[0.0; LANES]; 2], [[100.0; LANES]; 3]);
                super::shine(&foil, &level, &white, &[([3000.0; 3], lamp)], &mut out);
            }
            out.map(|lane| lane[3])
        };
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
