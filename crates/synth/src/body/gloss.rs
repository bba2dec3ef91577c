//! Light that skin and other wet or greasy surfaces mirror.
//!
//! Two lobes of Trowbridge and Reitz's distribution (1975, "GGX"), a rough one of the skin itself and a smoother one of its oil
//! (two lobes after Weyrich et al. 2006), with Schlick's Fresnel term (1994) and the visibility of Kelemen and Szirmay-Kalos (2001).
//! A lamp of some size widens a lobe.

use glam::Vec3;

use super::light::{Lights, Lit};
use crate::color::luminance;

/// Roughness (alpha, slopes' root mean square) of skin and of its oil.
const ROUGH: f32 = 0.34;
const OILY: f32 = 0.23;

/// What skin mirrors of light that falls straight on it: an index of refraction of 1.4.
const F0: f32 = 0.028;

/// How a surface mirrors.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gloss {
    /// Factor on all that is mirrored.
    pub(super) amount: f32,
    /// How much oil there is on it, 0-1.
    pub(super) oil: f32,
}

/// A lobe about a half vector whose cosine to the normal this is: its value, and its relative steepness.
fn lobe(cos: f32, alpha: f32, radius: f32) -> (f32, f32) {
    let a2 = alpha * alpha + 0.25 * radius * radius;
    let d = cos * cos * (a2 - 1.0) + 1.0;
    (a2 / (core::f32::consts::PI * d * d), 4.0 * cos * (1.0 - a2) / d)
}

/// The fifth power.
fn fifth(x: f32) -> f32 {
    let square = x * x;
    square * square * x
}

/// Light that a surface with this normal mirrors to the eye, cd/m2 per channel, and the change of its luminance with the normal.
pub(super) fn mirrored(lights: &Lights, lit: &Lit, normal: Vec3, to_eye: Vec3, gloss: Gloss) -> (Vec3, Vec3) {
    let graze = fifth(1.0 - normal.dot(to_eye).clamp(0.0, 1.0));
    // The room at large; a rough surface mirrors less of it at grazing angles than a smooth one would.
    let mut sum = lit.lux * ((0.40 * F0 + 0.11 * graze) * gloss.amount * core::f32::consts::FRAC_1_PI);
    let mut lean = Vec3::ZERO;
    for (k, (&(towards, lux), &radius)) in lights.highlights.iter().zip(&lights.radii).enumerate() {
        let incoming = normal.dot(towards);
        if lit.open[k] <= 0.0 || incoming <= 0.0 {
            continue;
        }
        let both = towards + to_eye;
        let length = both.length().max(1e-3);
        let half = both / length;
        let cos = normal.dot(half).max(0.0);
        let fresnel = F0 + (1.0 - F0) * fifth(1.0 - 0.5 * length);
        let (rough, rough_steep) = lobe(cos, ROUGH, radius);
        let (oily, oily_steep) = lobe(cos, OILY, radius);
        let (rough, oily) = (rough * (1.0 - 0.45 * gloss.oil), oily * 0.45 * gloss.oil);
        // Seen nearly against the light, slopes hide each other.
        let light = lux * (lit.open[k] * gloss.amount * fresnel / (length * length).max(1.0));
        sum += light * (incoming * (rough + oily));
        let turn = half * (incoming * (rough * rough_steep + oily * oily_steep)) + towards * (rough + oily);
        lean += turn * luminance(light.into());
    }
    (sum, lean)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::light::{HIGHLIGHTS, Lamp};

    fn lamp(radius: f32) -> Lights {
        let mut lights = Lights::default();
        let towards = Vec3::new(0.5, 0.0, 0.866).normalize();
        lights.lamp(&Lamp { towards, radius, lux: Vec3::splat(100.0), samples: 1 });
        lights
    }

    const LIT: Lit = Lit { lux: Vec3::ZERO, slope: Vec3::ZERO, open: [1.0; HIGHLIGHTS] };

    #[test]
    fn a_highlight_lies_between_lamp_and_eye_and_a_small_lamp_has_a_brighter_one() {
        let gloss = Gloss { amount: 1.0, oil: 0.5 };
        let at = |degrees: f32, radius: f32| {
            let (s, c) = (libm::sinf(degrees.to_radians()), libm::cosf(degrees.to_radians()));
            mirrored(&lamp(radius), &LIT, Vec3::new(s, 0.0, c), Vec3::Z, gloss).0.x
        };
        let best = (-30..60).max_by(|a, b| at(*a as f32, 0.1).total_cmp(&at(*b as f32, 0.1)));
        assert!((13..=18).contains(&best.unwrap()), "{best:?}");
        assert!(at(15.0, 0.05) > 1.2 * at(15.0, 0.5));
        assert!(at(40.0, 0.05) < at(40.0, 0.5));
    }

    #[test]
    fn the_lean_is_the_change_with_the_normal() {
        let (lights, gloss) = (lamp(0.2), Gloss { amount: 0.7, oil: 1.0 });
        let normal = Vec3::new(0.1, 0.2, 1.0).normalize();
        let value = |n: Vec3| luminance(mirrored(&lights, &LIT, n, Vec3::Z, gloss).0.into());
        let (_, lean) = mirrored(&lights, &LIT, normal, Vec3::Z, gloss);
        for way in [normal.any_orthonormal_vector(), normal.cross(normal.any_orthonormal_vector())] {
            let change = (value(normal + way * 1e-3) - value(normal - way * 1e-3)) / 2e-3;
            assert!((change - lean.dot(way)).abs() < 0.02 * lean.length(), "{change} {}", lean.dot(way));
        }
    }
}
