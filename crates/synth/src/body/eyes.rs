//! Eyes: the ball with iris and pupil, the cornea's bulge that mirrors lamps, and what the lids do to both.

use glam::Vec3;

use super::appearance::{Appearance, rgb};
use super::figure::Eyeball;
use super::light::{Lamp, Lights, Lit};
use super::noise::{noise, smooth};

/// A place on an eye as it is shaded.
pub(super) struct Spot {
    pub(super) position: Vec3,
    /// Unit vector out of the ball, which is the normal beside the cornea.
    pub(super) out: Vec3,
    /// Unit vector to the camera.
    pub(super) to_eye: Vec3,
    /// Light on the mesh there, and how it is where the normal is [`Self::out`].
    pub(super) lit: Lit,
    pub(super) lux: Vec3,
}

/// Corners and lids of an eye: inner, outer, middles of the upper and the lower lid.
pub(super) type Lids = [Vec3; 4];

/// Sine of the iris's half angle: 5.85 mm on a ball of 14.95 mm.
const IRIS: f32 = 0.391;

/// Where between the lids a place lies.
struct Between {
    /// From the inner (0) to the outer corner (1).
    along: f32,
    /// Below the upper and above the lower lid's rim, mm.
    below: f32,
    above: f32,
}

impl Between {
    fn new(position: Vec3, &[inner, outer, upper, lower]: &Lids) -> Self {
        let along = ((position.x - inner.x) / (outer.x - inner.x)).clamp(0.0, 1.0);
        let base = inner.y + (outer.y - inner.y) * along;
        let bow = |lid: Vec3| base + (lid.y - (inner.y + outer.y) / 2.0) * 4.0 * along * (1.0 - along);
        Self { along, below: bow(upper) - position.y, above: position.y - bow(lower) }
    }

    /// Share of the light that comes past lids and lashes: they shade the ball above most, and it lies deep in its corners.
    fn open(&self) -> f32 {
        let upper = 0.20 + 0.80 * smooth(-0.4, 4.6, self.below);
        let lower = 0.74 + 0.26 * smooth(-0.2, 2.2, self.above);
        let corners = 0.54 + 0.46 * smooth(0.0, 0.24, self.along.min(1.0 - self.along));
        upper * lower * corners
    }
}

/// What an eye looks like at a place, cd/m2 per channel.
pub(super) fn shade(person: &Appearance, ball: &Eyeball, lids: &Lids, lights: &Lights, spot: &Spot) -> Vec3 {
    let between = Between::new(spot.position, lids);
    let out = spot.out;
    let cos = out.dot(ball.gaze);
    let aside = out - ball.gaze * cos;
    let off = aside.length();
    let around = aside.normalize_or_zero();
    let towards = lights.highlights.first().map_or(Vec3::Y, |(towards, _)| *towards);
    let mut albedo = paint(person, cos, off, around, around.dot(towards));
    // The corner at the nose is flesh.
    let flesh = smooth(0.17, 0.05, between.along);
    albedo = albedo.lerp(rgb(person.skin.albedo) * 0.4 + Vec3::new(0.28, 0.10, 0.09), flesh);
    let matt = albedo * spot.lux * (between.open() * core::f32::consts::FRAC_1_PI);
    matt + wet(lights, &between, ball, spot, off)
}

/// What the wet ball mirrors: lamps in the cornea, the room above, and light along the lower lid, where tears stand.
fn wet(lights: &Lights, between: &Between, ball: &Eyeball, spot: &Spot, off: f32) -> Vec3 {
    let out = spot.out;
    // The cornea bulges: 8 mm of radius on a ball of twice that.
    let bulge = smooth(0.47, 0.38, off);
    let cornea = (out + (out - ball.gaze * out.dot(ball.gaze)) * (0.9 * bulge)).normalize_or_zero();
    let mirror = cornea * (2.0 * cornea.dot(spot.to_eye)) - spot.to_eye;
    let below_lashes = smooth(0.1, 0.9, between.below);
    let mut sum = Vec3::ZERO;
    for (&(towards, lux), &radius) in lights.highlights.iter().zip(&lights.radii) {
        let lamp = Lamp { towards, radius, lux, samples: 0 };
        // The ball beside the cornea is rougher: a lamp is hardly seen in it.
        sum += image(&lamp, mirror, 1.0) * (0.12 + 0.88 * bulge);
    }
    if let Some(screen) = &lights.screen {
        sum += image(screen, mirror, 0.5) * bulge;
    }
    let sky = smooth(-0.2, 0.6, mirror.y);
    let tears = smooth(0.75, 0.35, between.above) * smooth(-0.2, 0.15, between.above);
    let room = 0.0010 + 0.0014 * sky * bulge + 0.012 * tears * smooth(0.04, 0.2, between.along);
    sum * below_lashes + spot.lit.lux * room * below_lashes.max(0.3)
}

/// A lamp's mirror image: large ones are windows with a bar across, upright ones screens (`slim` is width by height).
fn image(lamp: &Lamp, mirror: Vec3, slim: f32) -> Vec3 {
    /// What a cornea mirrors (index 1.376).
    const F0: f32 = 0.025;
    /// Angular radius from which a lamp is a window, and from which it is no more than a bright wall, radians.
    const WINDOW: f32 = 0.22;
    const WALL: f32 = 0.44;
    let ahead = mirror.dot(lamp.towards);
    if ahead < 0.5 {
        return Vec3::ZERO;
    }
    let right = Vec3::Y.cross(lamp.towards).normalize_or(Vec3::X);
    let up = lamp.towards.cross(right);
    let (x, y) = (mirror.dot(right).abs() / ahead, mirror.dot(up) / ahead);
    let soft = if lamp.radius > WALL { 0.15 } else { 0.035 };
    let inside = if slim < 1.0 || lamp.radius >= WINDOW {
        let (wide, high) = (lamp.radius * 0.9 * slim.sqrt(), lamp.radius * 0.9 / slim.sqrt());
        let bar = if slim < 1.0 || lamp.radius > WALL { 0.0 } else { 0.6 * smooth(0.12, 0.05, x / wide) };
        smooth(wide + soft, wide - soft, x) * smooth(high + soft, high - soft, y.abs()) * (1.0 - bar)
    } else {
        // At least so large that a picture shows it.
        let radius = lamp.radius.max(0.09);
        smooth(radius + soft, radius - soft, (x * x + y * y).sqrt())
    };
    let share = 3.0 * F0 / (core::f32::consts::PI * lamp.radius * lamp.radius).max(1e-3);
    lamp.lux * (inside * share.clamp(0.07, 0.8))
}

/// Albedo of the ball at `off`, the sine of the angle from the gaze axis, and `around` it; `lit` is how much the light comes
/// from there: it is gathered by the cornea on the other side of the iris.
fn paint(person: &Appearance, cos: f32, off: f32, around: Vec3, lit: f32) -> Vec3 {
    let shift = Vec3::splat((person.seed & 31) as f32);
    // The white of the eye is pigmented too where the skin is.
    let brown = person.skin.melanin as f32;
    let white = Vec3::new(0.62, 0.55, 0.51).lerp(Vec3::new(0.165, 0.138, 0.118), brown);
    let sclera = || {
        let veins = smooth(0.15, 0.5, noise(around * 11.0 + Vec3::splat(off * 6.0) + shift));
        let corner = smooth(0.42, 0.95, off);
        let red = 0.06 * veins + corner * (0.30 + 0.22 * veins);
        white * (Vec3::ONE - Vec3::new(0.22 * corner + 0.02 * veins, red + 0.1 * corner, red + 0.06 * corner))
    };
    if cos < 0.0 || off > IRIS * 1.10 {
        return sclera();
    }
    let r = off / IRIS;
    // Fibres run out from the pupil, finer and coarser.
    let fibres = noise(around * 8.0 + shift) + 0.8 * noise(around * 19.0 + Vec3::splat(r) + shift);
    let frill = smooth(0.36, 0.46, r) * smooth(0.66, 0.50, r);
    let ring = smooth(0.76, 0.97, r);
    let pupil = smooth(0.40, 0.35, r);
    let glow = 1.0 - 0.55 * lit * smooth(0.3, 0.8, r);
    let mut iris = rgb(person.iris) * ((0.9 + 0.6 * fibres).max(0.3) * glow * (1.0 + 0.40 * frill));
    iris *= (1.0 - 0.84 * ring) * (1.0 - 0.97 * pupil);
    if r < 0.94 { iris } else { iris.lerp(sclera(), smooth(0.94, 1.10, r)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::Sex;
    use crate::rng::Stream;

    #[test]
    fn a_pupil_is_darker_than_the_iris_and_the_ring_round_it_darker_than_both_sides() {
        for i in 0..8 {
            let person = Appearance::draw(&mut Stream::new("eyes", 1, i), Sex::Male, 30.0);
            let mean = |r: f32| {
                let off = r * IRIS;
                let cos = (1.0 - off * off).sqrt();
                let at = |k: i32| {
                    let angle = k as f32 * 0.1;
                    let around = Vec3::new(libm::sinf(angle), libm::cosf(angle), 0.0);
                    crate::color::luminance(paint(&person, cos, off, around, 0.0).into())
                };
                (0..63).map(at).sum::<f32>()
            };
            let [pupil, iris, ring, white] = [0.2, 0.6, 0.93, 1.2].map(mean);
            assert!(pupil < 0.2 * iris && ring < 0.6 * iris && ring < 0.6 * white, "{i}");
        }
    }

    #[test]
    fn a_lamp_is_mirrored_where_the_mirror_looks_at_it() {
        for (radius, slim) in [(0.08, 1.0), (0.4, 1.0), (0.13, 0.5)] {
            let towards = Vec3::new(0.3, 0.4, 0.8).normalize();
            let lamp = Lamp { towards, radius, lux: Vec3::ONE, samples: 1 };
            let beside = (towards + 0.3 * radius * towards.any_orthonormal_vector()).normalize();
            assert!(image(&lamp, beside, slim).x > 0.0);
            let far = (towards + 3.0 * radius.max(0.1) * towards.any_orthonormal_vector()).normalize();
            assert_eq!(image(&lamp, far, slim), Vec3::ZERO);
        }
    }
}
