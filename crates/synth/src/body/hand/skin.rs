//! What skin and nails send towards the camera.

use glam::Vec3;

use super::light::{Key, LIGHTS, Reach};
use super::model::{Nail, Paint};
use super::noise::noise;
use super::placement::{Nails, Skin};
use crate::color::srgb_to_linear;

/// A point of the hand as a pixel shows it.
pub(super) struct Spot<'a> {
    /// Rest position, mm: what paint sticks to.
    pub(super) rest: Vec3,
    /// Unit normal in the world, and unit vector to the camera.
    pub(super) normal: Vec3,
    pub(super) view: Vec3,
    /// Direction in which [`Paint::along`] grows in the world, per mm.
    pub(super) along: Vec3,
    /// Skin maps.
    pub(super) paint: Paint,
    /// What light reaches it.
    pub(super) reach: Reach,
    /// The nail of its finger.
    pub(super) nail: Option<&'a Nail>,
    /// Height above card or table, mm.
    pub(super) height: f32,
}

/// A material, with all that does not depend on the pixel worked out.
pub(super) struct Shader<'a> {
    keys: &'a [Key],
    ambient: [f32; 3],
    dorsal: [f32; 3],
    palmar: [f32; 3],
    depth: f32,
    shine: f32,
    offset: Vec3,
    nails: &'a Nails,
    melanin: f32,
}

/// How far diffuse light wraps round, per channel: red travels farthest under the skin.
const WRAP: [f32; 3] = [0.32, 0.16, 0.11];

impl<'a> Shader<'a> {
    pub(super) fn new(skin: &Skin, nails: &'a Nails, keys: &'a [Key], ambient: [f32; 3]) -> Self {
        let melanin = skin.melanin.clamp(0.0, 1.0);
        let warmth = skin.redness.clamp(-1.0, 1.0) as f32;
        let tint = |[r, g, b]: [f32; 3]| {
            [r * (1.0 + 0.04 * warmth), g * (1.0 - 0.05 * warmth), b * (1.0 + 0.03 * warmth)]
        };
        let h = crate::rng::pixel_hash(skin.seed, 1, 2, 3);
        let part = |shift: u32| ((h >> shift) & 0xff) as f32 * 1.37;
        Self {
            keys,
            ambient,
            dorsal: tint(tone(melanin)),
            // Palms hold little melanin, however dark the skin is.
            palmar: tint(tone(melanin * 0.45)),
            depth: skin.roughness.clamp(0.0, 3.0) as f32,
            shine: skin.shine.clamp(0.0, 1.0) as f32,
            offset: Vec3::new(part(0), part(8), part(16)),
            nails,
            melanin: melanin as f32,
        }
    }

    /// Luminance towards the camera, cd/m2 per channel.
    pub(super) fn radiance(&self, spot: &Spot<'_>) -> [f32; 3] {
        match spot.nail.map(|nail| on_nail(nail, spot.rest, self.nails.free_edge as f32)) {
            Some(at) if at.inside > 0.0 => {
                let plate = self.nail(spot, &at);
                if at.inside >= 1.0 {
                    return plate;
                }
                let skin = self.skin(spot, at.groove);
                core::array::from_fn(|k| skin[k] + (plate[k] - skin[k]) * at.inside)
            }
            at => self.skin(spot, at.map_or(0.0, |at| at.groove)),
        }
    }

    fn skin(&self, spot: &Spot<'_>, groove: f32) -> [f32; 3] {
        let p = spot.rest + self.offset;
        let (blotch, _) = noise(p * (1.0 / 11.0));
        let (mottle, mottle_slope) = noise(p * (1.0 / 2.6));
        let (pore, pore_slope) = noise(p * (1.0 / 0.62));
        let (crease, crease_slope) = self.crease(spot, p);
        let depth = self.depth * (0.35 + 0.65 * spot.paint.dorsal.clamp(0.0, 1.0));
        let (net, net_slope) = self.net(spot, p);
        // Slopes of the surface's height, mm per mm.
        let tilt = mottle_slope * (0.035 / 2.6)
            + pore_slope * (0.03 * depth / 0.62)
            + spot.along * crease_slope
            + net_slope;
        let tilt = tilt - spot.normal * tilt.dot(spot.normal);
        let normal = (spot.normal - tilt).normalize_or_zero();
        let cavity =
            (1.0 - 0.16 * depth * (-pore).max(0.0) - 0.42 * crease - 0.10 * net) * (1.0 - 0.22 * groove);
        let albedo = self.albedo(spot, blotch, mottle, crease);
        // The fold round a nail is thin, and blood shows through it.
        let fold = [0.06, 0.24, 0.24].map(|v: f32| 1.0 - v * groove);
        let albedo: [f32; 3] = core::array::from_fn(|k| albedo[k] * fold[k]);
        let occlusion = cavity.max(0.2);
        let mut out = [0.0; 3];
        let irradiance = self.irradiance(spot, normal);
        for k in 0..3 {
            out[k] = albedo[k] * irradiance[k] * occlusion * core::f32::consts::FRAC_1_PI;
        }
        // Pores and lines break the sheen up.
        let gloss = (0.5 + 0.6 * self.shine)
            * (1.0 + 0.5 * mottle + 0.7 * pore).max(0.1)
            * occlusion
            * (1.0 - 0.5 * net);
        let rough = 0.42 - 0.14 * self.shine;
        self.add_specular(&mut out, spot, normal, 0.028, rough, gloss);
        out
    }

    /// Depth (0-1) of the creases across a joint, and their slope along the finger.
    fn crease(&self, spot: &Spot<'_>, p: Vec3) -> (f32, f32) {
        let strength = spot.paint.knuckle * self.depth;
        if strength < 0.02 {
            return (0.0, 0.0);
        }
        let (bend, _) = noise(p * (1.0 / 4.5));
        let (fade, _) = noise(p * (1.0 / 2.2) + Vec3::splat(7.3));
        // Ridges about 1.7 mm apart that bend and break off.
        let t = spot.paint.along * (1.0 / 1.75) + 0.75 * bend;
        let cell = t - t.floor() - 0.5;
        let profile = 1.0 - (cell.abs() * 3.2).min(1.0);
        let strength = strength * (0.62 + 0.9 * fade).clamp(0.0, 1.0) * spot.paint.dorsal.abs().min(1.0);
        let side = if cell.abs() < 0.3125 { if cell > 0.0 { 1.0 } else { -1.0 } } else { 0.0 };
        (profile * profile * strength, side * profile * strength * 0.55)
    }

    /// The net of fine lines on the back of hand and fingers: depth (0-1) and slope. Ridges of a noise that is drawn out
    /// across the finger, where the skin folds.
    fn net(&self, spot: &Spot<'_>, p: Vec3) -> (f32, Vec3) {
        const WIDTH: f32 = 0.13;
        let strength =
            (0.3 + spot.paint.dorsal).clamp(0.0, 1.0) * (self.depth * (1.0 - spot.paint.tip)).min(1.2);
        let scale = Vec3::new(1.0 / 2.4, 1.0 / 1.3, 1.0 / 1.9);
        let (value, slope) = noise(p * scale + Vec3::splat(3.7));
        let line = 1.0 - value.abs() / WIDTH;
        if line <= 0.0 || strength <= 0.0 {
            return (0.0, Vec3::ZERO);
        }
        (line * strength, slope * scale * (value.signum() * 0.045 * line * strength / WIDTH))
    }

    fn albedo(&self, spot: &Spot<'_>, blotch: f32, mottle: f32, crease: f32) -> [f32; 3] {
        let palm = (0.5 - 0.9 * spot.paint.dorsal).clamp(0.0, 1.0);
        let pale = 1.0 - self.melanin;
        // Blood shows at joints and fingertips, less through dark skin; a pressed pad is drained of it.
        let pressed = (1.0 - spot.height / 2.2).clamp(0.0, 1.0);
        let flush = (0.55 * spot.paint.knuckle + 0.5 * spot.paint.tip + 0.5 * blotch) * (0.35 + 0.65 * pale);
        let blood = [0.03, -0.22, -0.19].map(|v: f32| 1.0 + v * flush + 0.12 * pressed * pale);
        let grain = [0.04, 0.06, 0.065].map(|v: f32| 1.0 + v * (0.8 * blotch + 1.2 * mottle));
        let dark =
            [0.18, 0.31, 0.35].map(|v: f32| 1.0 - v * crease - 0.5 * v * self.melanin * spot.paint.knuckle);
        core::array::from_fn(|k| {
            let base = self.dorsal[k] + (self.palmar[k] - self.dorsal[k]) * palm;
            (base * blood[k] * grain[k] * dark[k]).clamp(0.01, 0.9)
        })
    }

    fn nail(&self, spot: &Spot<'_>, at: &NailSpot) -> [f32; 3] {
        let p = spot.rest + self.offset;
        let (waves, _) = noise(Vec3::new(at.across * 9.0, at.along * 0.35, 3.0) + self.offset);
        let (spots, _) = noise(p * (1.0 / 3.0));
        let pale = 1.0 - self.melanin;
        let bed = match self.nails.polish {
            Some(polish) => polish.map(|v| v as f32),
            None => {
                let moon = at.moon * 0.22;
                let white = at.free * 0.75;
                core::array::from_fn(|k| {
                    // The bed is skin without much melanin, seen through a pale plate.
                    let skin = 0.5 * (self.palmar[k] + self.dorsal[k]);
                    let bed = skin + ([0.58, 0.37, 0.32][k] - skin) * (0.22 + 0.33 * pale);
                    let base = bed * (1.0 + 0.05 * spots);
                    let base = base + ([0.70, 0.56, 0.50][k] - base) * moon;
                    base + ([0.72, 0.67, 0.58][k] - base) * white
                })
            }
        };
        // The plate is ribbed along the finger, which breaks the highlight up.
        let across = spot.normal.cross(spot.along).normalize_or_zero();
        let along = spot.along.normalize_or_zero();
        let edge = (across * at.falls[0] + along * at.falls[1]) * (0.55 * at.rim) + across * (0.3 * at.bow);
        let normal = (spot.normal + across * (0.035 * waves) + edge).normalize_or_zero();
        let irradiance = self.irradiance(spot, normal);
        let shadow = 1.0 - 0.16 * at.rim;
        let mut out: [f32; 3] =
            core::array::from_fn(|k| bed[k] * irradiance[k] * shadow * core::f32::consts::FRAC_1_PI);
        let (rough, gloss) = if self.nails.polish.is_some() { (0.09, 1.0) } else { (0.27, 0.6) };
        self.add_specular(&mut out, spot, normal, 0.045, rough, gloss * shadow);
        out
    }

    /// Illuminance with light that travelled under the skin, lx per channel.
    fn irradiance(&self, spot: &Spot<'_>, normal: Vec3) -> [f32; 3] {
        let mut sum: [f32; 3] = core::array::from_fn(|k| self.ambient[k] * spot.reach.ambient);
        // Fine relief shows in ambient light as well, since more of it comes from above.
        let relief = 1.0 + 0.6 * (normal.z - spot.normal.z);
        for v in &mut sum {
            *v *= relief;
        }
        for (i, key) in self.keys.iter().enumerate().take(LIGHTS) {
            let cosine = normal.dot(key.direction);
            let open = spot.reach.keys[i];
            for k in 0..3 {
                let w = WRAP[k];
                let wrapped = ((cosine + w) / (1.0 + w)).max(0.0) / (1.0 + w);
                // Red light leaks farther into the shadow's rim.
                let open = open + (open * (1.0 - open)) * 0.5 * w;
                sum[k] += key.illuminance[k] * wrapped * open;
            }
        }
        sum
    }

    /// Adds mirrored light: GGX (Walter et al. 2007) widened by each light's extent (Karis 2013), and the room.
    fn add_specular(
        &self,
        out: &mut [f32; 3],
        spot: &Spot<'_>,
        normal: Vec3,
        f0: f32,
        rough: f32,
        gloss: f32,
    ) {
        let facing = normal.dot(spot.view).max(0.05);
        for (i, key) in self.keys.iter().enumerate().take(LIGHTS) {
            let cosine = normal.dot(key.direction);
            if cosine <= 0.0 || spot.reach.keys[i] <= 0.0 {
                continue;
            }
            let half = (key.direction + spot.view).normalize_or_zero();
            let alpha = rough * rough;
            let wide = (alpha + 0.5 * key.spread).min(1.0);
            let a2 = wide * wide;
            let nh = normal.dot(half);
            let d = nh * nh * (a2 - 1.0) + 1.0;
            let density = a2 / (core::f32::consts::PI * d * d);
            let k = 0.5 * wide;
            let masking = 1.0 / ((cosine * (1.0 - k) + k) * (facing * (1.0 - k) + k));
            let lobe = 0.25 * density * masking * fresnel(f0, half.dot(spot.view)) * gloss * cosine;
            for (out, e) in out.iter_mut().zip(key.illuminance) {
                *out += e * lobe * spot.reach.keys[i];
            }
        }
        let mirrored = normal * (2.0 * normal.dot(spot.view)) - spot.view;
        let sky = (0.5 + 0.9 * mirrored.z).clamp(0.0, 1.0) * spot.reach.ambient.min(1.0);
        let share = fresnel(f0, facing) * gloss * (1.0 - 0.6 * rough) * sky * core::f32::consts::FRAC_1_PI;
        for (out, e) in out.iter_mut().zip(self.ambient) {
            *out += e * share;
        }
    }
}

/// Schlick's approximation.
fn fresnel(f0: f32, cosine: f32) -> f32 {
    let m = (1.0 - cosine).clamp(0.0, 1.0);
    let m2 = m * m;
    f0 + (1.0 - f0) * m2 * m2 * m
}

/// Linear reflectance of skin from the lightest to the darkest.
fn tone(melanin: f64) -> [f32; 3] {
    const STOPS: [[f64; 3]; 4] =
        [[0.90, 0.71, 0.61], [0.80, 0.59, 0.47], [0.60, 0.405, 0.295], [0.30, 0.19, 0.14]];
    let at = melanin * (STOPS.len() - 1) as f64;
    let i = (at as usize).min(STOPS.len() - 2);
    let t = at - i as f64;
    core::array::from_fn(|k| srgb_to_linear(STOPS[i][k] + (STOPS[i + 1][k] - STOPS[i][k]) * t) as f32)
}

/// Where a point is on its finger's nail.
struct NailSpot {
    /// 0 on skin, 1 on the plate.
    inside: f32,
    /// The fold of skin round the plate, 0-1.
    groove: f32,
    /// Shadow of that fold on the plate, 0-1.
    rim: f32,
    /// Way to the nearest edge, across and along the finger: the plate bends down there.
    falls: [f32; 2],
    /// Place across in half widths, from -1 to 1: the plate is bowed from side to side.
    bow: f32,
    /// The half-moon at its root, 0-1.
    moon: f32,
    /// The free edge, 0-1.
    free: f32,
    /// Place across and along, mm.
    across: f32,
    along: f32,
}

fn on_nail(nail: &Nail, rest: Vec3, free_edge: f32) -> NailSpot {
    let d = rest - nail.middle;
    let [x, y, z] = nail.axes.map(|axis| d.dot(axis));
    let [w, l] = [nail.half[0] * 0.93, nail.half[1] * 0.98];
    let mut spot = NailSpot {
        inside: 0.0,
        groove: 0.0,
        rim: 0.0,
        falls: [0.0; 2],
        bow: 0.0,
        moon: 0.0,
        free: 0.0,
        across: x,
        along: y,
    };
    if z < -6.0 || y.abs() > l + 4.0 || x.abs() > w + 3.0 {
        return spot;
    }
    // An oval root, straight sides and a rounded end: distance to the rim, mm, positive inside.
    let u = (x / w).abs();
    let round = w * if y < 0.0 { 0.85 } else { 0.5 };
    let corner = [x.abs() - w + round, y.abs() - l + round];
    let [over_x, over_y] = corner.map(|v| v.max(0.0));
    let beyond = (over_x * over_x + over_y * over_y).sqrt();
    let edge = round - beyond - corner[0].max(corner[1]).min(0.0);
    let root = -l + l * 0.42 * u * u * u;
    let end = l - l * 0.20 * u * u;
    let ramp = |v: f32| v.clamp(0.0, 1.0);
    spot.inside = ramp(edge / 0.3 + 0.5);
    let outside = (y < l - 1.0) as u8 as f32;
    spot.groove = ramp(1.0 - (edge + 0.3).abs() / 0.7) * outside;
    spot.rim = ramp(1.0 - edge / 0.7);
    spot.falls = if beyond > 0.0 {
        [over_x * x.signum() / beyond, over_y * y.signum() / beyond]
    } else if corner[0] >= corner[1] {
        [x.signum(), 0.0]
    } else {
        [0.0, y.signum()]
    };
    spot.bow = x / w;
    let moon = (y - root) - l * 0.48 * (1.0 - u * u * 1.6).max(0.0);
    spot.moon = ramp(0.5 - moon / 0.7);
    spot.free = ramp((y - (end - free_edge)) / 0.25 + 0.5);
    spot
}
