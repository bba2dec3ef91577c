//! How much light reaches the hand, and how much of it the hand keeps from card and table.
//!
//! Every light is cut into small ones, the ambient light into directions of a dome. Each gets a shadow map in
//! an oblique projection along its direction onto the card's plane, with the height as depth: all maps share
//! the plane's coordinates, so the shade on the plane is a plain sum over maps, and a point of the hand looks
//! itself up where its ray would meet the plane.

use glam::Vec3;
use retake_simd::kernel;

use crate::body::depth_map::DepthMap;
use crate::body::raster::{ScreenVertex, floor};
use crate::capture;
use crate::color::luminance;
use crate::scene::{AreaLight, Scene};

/// Parts that a light is cut into at most; a small one casts a hard shadow with few.
const PARTS: usize = 14;
/// Half angle of a light for each of its parts, radians.
const ANGLE_PER_PART: f32 = 0.03;
/// Directions of the dome.
const DOME: usize = 24;
/// How far inside of the lit rectangle the shade begins to fade, mm, so that none ends in a straight line.
const FADE: f32 = 24.0;
/// Side of a shadow map's pixel, mm.
pub(super) const TEXEL: f32 = 0.5;
/// Lights that are told apart on the hand; the rest, the weakest, are left to the ambient light.
pub(super) const LIGHTS: usize = 4;
/// Height above a surface from which something shades it, mm.
const BIAS: f32 = 0.15;

/// A rectangle of the card's plane: left, near, right, far, mm.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ground {
    /// Least x and y.
    pub(super) low: [f32; 2],
    /// Greatest x and y.
    pub(super) high: [f32; 2],
    /// Height of the plane.
    pub(super) z: f32,
}

/// A light as the hand sees it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Key {
    /// Unit vector to its middle.
    pub(super) direction: Vec3,
    /// Illuminance on a surface that faces it, lx per channel.
    pub(super) illuminance: [f32; 3],
    /// Half of the angle that it fills, radians.
    pub(super) spread: f32,
}

/// What reaches a point of the hand.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Reach {
    /// Visible share of each light.
    pub(super) keys: [f32; LIGHTS],
    /// Ambient light and light thrown back by what is below, as a share of the ambient illuminance.
    pub(super) ambient: f32,
}

impl core::ops::Add for Reach {
    type Output = Self;
    fn add(self, o: Self) -> Self {
        Self { keys: core::array::from_fn(|k| self.keys[k] + o.keys[k]), ambient: self.ambient + o.ambient }
    }
}

impl core::ops::Mul<f32> for Reach {
    type Output = Self;
    fn mul(self, s: f32) -> Self {
        Self { keys: self.keys.map(|k| k * s), ambient: self.ambient * s }
    }
}

/// The lights, the shade and what reaches the hand.
pub(super) struct Lighting {
    /// The strongest lights.
    pub(super) keys: Vec<Key>,
    /// Share of the light that the plane loses, per texel.
    shade: Vec<f32>,
    width: usize,
    height: usize,
    low: [f32; 2],
}

impl Lighting {
    /// Share of the light taken from a point of the plane, 0-1; bilinear.
    pub(super) fn shade(&self, x: f32, y: f32) -> f32 {
        let (x, y) = ((x - self.low[0]) / TEXEL - 0.5, (y - self.low[1]) / TEXEL - 0.5);
        let (ix, iy) = (floor(x), floor(y));
        let (fx, fy) = (ix as f32, iy as f32);
        if ix < 0 || iy < 0 || ix + 1 >= self.width as isize || iy + 1 >= self.height as isize {
            return 0.0;
        }
        let i = iy as usize * self.width + ix as usize;
        let (tx, ty) = (x - fx, y - fy);
        let top = self.shade[i] + (self.shade[i + 1] - self.shade[i]) * tx;
        let below = &self.shade[i + self.width..];
        let bottom = below[0] + (below[1] - below[0]) * tx;
        top + (bottom - top) * ty
    }
}

struct Part {
    /// To the light, divided by its own z.
    slant: [f32; 2],
    /// Unit vector.
    direction: Vec3,
    /// Illuminance on a surface that faces it, per channel.
    illuminance: [f32; 3],
}

/// Lights a hand: `points` and `normals` in the world (mm), where light is wanted, and the triangles that
/// cast shadows. Points without a normal only cast them.
pub(super) fn light(
    scene: &Scene,
    ground: Ground,
    points: &[Vec3],
    normals: &[Vec3],
    triangles: &[[u32; 3]],
) -> (Lighting, Vec<Reach>) {
    let spot = Vec3::new(
        (ground.low[0] + ground.high[0]) / 2.0,
        (ground.low[1] + ground.high[1]) / 2.0,
        ground.z + 10.0,
    );
    let mut lights: Vec<Vec<Part>> = (scene.lights.iter())
        .filter(|light| !light.in_ambient)
        .map(|light| parts(light, spot, capture::open(&scene.screens, light, spot.as_dvec3()) as f32))
        .filter(|parts| !parts.is_empty())
        .collect();
    lights.sort_by(|a, b| total(b).total_cmp(&total(a)));
    lights.truncate(LIGHTS);
    let ambient = luminance(scene.ambient.map(|v| v as f32));
    let flat: f32 = lights.iter().flatten().map(|p| luminance(p.illuminance) * p.direction.z).sum();
    let all = (flat + ambient).max(1e-6);

    let mut caster = Caster::new(ground, points, triangles, TEXEL);
    let mut reach = vec![Reach::default(); normals.len()];
    for (k, parts) in lights.iter().enumerate() {
        let whole = total(parts).max(1e-6);
        for part in parts {
            caster.cast(part.slant);
            caster.add_shade(luminance(part.illuminance) * part.direction.z / all);
            let share = luminance(part.illuminance) / whole;
            for ((reach, p), n) in reach.iter_mut().zip(points).zip(normals) {
                reach.keys[k] += share * caster.open(*p + *n * 1.2, part.slant);
            }
        }
    }
    let mut soft = Caster::new(ground, points, triangles, 2.0 * TEXEL);
    for i in 0..DOME {
        let direction = dome(i);
        let slant = [direction.x / direction.z, direction.y / direction.z];
        soft.cast(slant);
        // The directions are as dense as the cosine to the zenith, so each carries the same light.
        soft.add_shade(ambient / (all * DOME as f32));
        for ((reach, p), n) in reach.iter_mut().zip(points).zip(normals) {
            let cosine = (n.dot(direction) + 0.15).max(0.0) / (1.15 * direction.z);
            if cosine > 0.0 {
                reach.ambient += cosine * soft.open(*p + *n * 1.5, slant) / DOME as f32;
            }
        }
    }
    let bounce = 0.5 * all / ambient.max(1e-6);
    for ((reach, p), n) in reach.iter_mut().zip(points).zip(normals) {
        let height = (p.z - ground.z).max(0.0);
        reach.ambient = reach.ambient.min(1.0) + bounce * (0.5 - 0.5 * n.z) * (height / (height + 9.0)) * 0.8;
    }
    let mut shade = caster.shade(1, 6);
    shade.add(&soft.shade(1, 6));
    shade.fade((FADE / TEXEL) as usize);
    let keys = lights.iter().map(|parts| key(parts)).collect();
    let lighting =
        Lighting { keys, shade: shade.values, width: shade.width, height: shade.height, low: ground.low };
    (lighting, reach)
}

fn total(parts: &[Part]) -> f32 {
    parts.iter().map(|p| luminance(p.illuminance)).sum()
}

/// A light as small ones that stand above the plane; luminance times area times both cosines over the square of the
/// distance (the last cosine is the receiver's own). `open`: the share that the scene's screens let through.
fn parts(light: &AreaLight, spot: Vec3, open: f32) -> Vec<Part> {
    let (u, v) = (light.half_u.as_vec3(), light.half_v.as_vec3());
    let facing = u.cross(v);
    let angle = u.length().max(v.length()) / (light.centre.as_vec3() - spot).length();
    let count = ((angle / ANGLE_PER_PART) as usize).clamp(2, PARTS);
    let area = facing.length() * if light.round { core::f32::consts::PI } else { 4.0 } / count as f32;
    let facing = facing.normalize_or_zero();
    (0..count)
        .filter_map(|i| {
            // Roberts' R2 sequence: even, and distinct along every direction.
            let a = (0.5 + 0.754_877_7 * i as f32).fract() * 2.0 - 1.0;
            let b = (0.5 + 0.569_840_3 * i as f32).fract() * 2.0 - 1.0;
            let (a, b) = if light.round { on_disc(a, b) } else { (a, b) };
            let to = light.centre.as_vec3() + u * a + v * b - spot;
            let distance = to.length();
            let direction = to / distance;
            let power = open * area * facing.dot(direction).abs() / (distance * distance);
            (direction.z > 0.08 && open > 0.0).then(|| Part {
                slant: [direction.x / direction.z, direction.y / direction.z],
                direction,
                illuminance: light.luminance.map(|l| l as f32 * power),
            })
        })
        .collect()
}

/// From a square to a disc of the same density (Shirley and Chiu 1997).
fn on_disc(a: f32, b: f32) -> (f32, f32) {
    if a == 0.0 && b == 0.0 {
        return (0.0, 0.0);
    }
    let (radius, turn) = if a.abs() > b.abs() {
        (a, core::f32::consts::FRAC_PI_4 * b / a)
    } else {
        (b, core::f32::consts::FRAC_PI_2 - core::f32::consts::FRAC_PI_4 * a / b)
    };
    (radius * libm::cosf(turn), radius * libm::sinf(turn))
}

/// Direction `i` of the dome, as dense as the cosine to the zenith (a Fibonacci spiral on the disc below, Malley's method).
fn dome(i: usize) -> Vec3 {
    let radius = ((i as f32 + 0.5) / DOME as f32).sqrt().min(0.985);
    let turn = 2.399_963_2 * i as f32;
    let (x, y) = (radius * libm::cosf(turn), radius * libm::sinf(turn));
    Vec3::new(x, y, (1.0 - radius * radius).sqrt())
}

fn key(parts: &[Part]) -> Key {
    let whole = total(parts).max(1e-6);
    let mean: Vec3 = parts.iter().map(|p| p.direction * (luminance(p.illuminance) / whole)).sum();
    let illuminance = core::array::from_fn(|k| parts.iter().map(|p| p.illuminance[k]).sum());
    // Directions spread over a cap of half angle a have a mean of length about 1 - a^2 / 4.
    Key {
        direction: mean.normalize_or_zero(),
        illuminance,
        spread: (4.0 * (1.0 - mean.length()).max(0.0)).sqrt(),
    }
}

struct Caster<'a> {
    ground: Ground,
    texel: f32,
    width: usize,
    height: usize,
    points: &'a [Vec3],
    triangles: &'a [[u32; 3]],
    map: DepthMap,
    /// Shade by what is near the plane, and by what is high above it, whose shade is soft.
    low: Vec<f32>,
    high: Vec<f32>,
}

impl<'a> Caster<'a> {
    fn new(ground: Ground, points: &'a [Vec3], triangles: &'a [[u32; 3]], texel: f32) -> Self {
        let size = |k: usize| ((ground.high[k] - ground.low[k]) / texel).ceil().clamp(2.0, 2000.0) as usize;
        let (width, height) = (size(0), size(1));
        let none = || vec![0.0; width * height];
        let map = DepthMap::new(width, height);
        Self { ground, texel, width, height, points, triangles, map, low: none(), high: none() }
    }

    fn place(&self, p: Vec3, slant: [f32; 2]) -> [f32; 2] {
        let rise = p.z - self.ground.z;
        [0, 1].map(|k| (p[k] - slant[k] * rise - self.ground.low[k]) / self.texel)
    }

    fn cast(&mut self, slant: [f32; 2]) {
        let vertices: Vec<ScreenVertex> = (self.points.iter())
            .map(|p| {
                let [x, y] = self.place(*p, slant);
                ScreenVertex::orthographic(x, y, self.ground.z - p.z)
            })
            .collect();
        self.map.clear();
        // The upper side of a closed body is all that is topmost anywhere.
        self.map.draw_facing(&vertices, self.triangles, 1.0);
    }

    /// Takes this share of the light from the plane wherever the last cast shades it.
    fn add_shade(&mut self, share: f32) {
        let rows = self.high.chunks_exact_mut(self.width).zip(self.low.chunks_exact_mut(self.width));
        for (y, (high, low)) in rows.enumerate() {
            add_shade_row(high, low, self.map.row(y), share);
        }
    }

    fn open(&self, p: Vec3, slant: [f32; 2]) -> f32 {
        let [x, y] = self.place(p, slant);
        self.map.unshadowed(x, y, p.z - self.ground.z)
    }

    /// The shade on the plane. Steps between the parts of the light are smoothed over as far as their shadows lie
    /// apart: `near` and `far` texels.
    fn shade(mut self, near: usize, far: usize) -> Shade {
        for radius in [far, far * 2 / 3] {
            box_blur(&mut self.high, self.width, self.height, radius);
        }
        box_blur(&mut self.low, self.width, self.height, near);
        let values = self.low.iter().zip(&self.high).map(|(l, h)| l + h).collect();
        Shade { values, width: self.width, height: self.height }
    }
}

kernel! {
    /// See [`Caster::add_shade`].
    fn add_shade_row(high: &mut [f32], low: &mut [f32], casters: &[f32], share: f32) {
        for ((high, low), caster) in high.iter_mut().zip(low).zip(casters) {
            let share = if *caster > BIAS { share } else { 0.0 };
            let far = ((caster - 10.0) * (1.0 / 40.0)).clamp(0.0, 1.0);
            *high += share * far;
            *low += share * (1.0 - far);
        }
    }
}

/// Share of the light that texels of the plane lose.
struct Shade {
    values: Vec<f32>,
    width: usize,
    height: usize,
}

impl Shade {
    /// Adds the shade of a map with texels twice as large.
    fn add(&mut self, soft: &Self) {
        let sample = |x: f32, y: f32| {
            let (x, y) = (x.clamp(0.0, soft.width as f32 - 1.001), y.clamp(0.0, soft.height as f32 - 1.001));
            let (ix, iy) = (x as usize, y as usize);
            let (tx, ty) = (x - ix as f32, y - iy as f32);
            let i = iy * soft.width + ix;
            let top = soft.values[i] + (soft.values[i + 1] - soft.values[i]) * tx;
            let j = i + soft.width;
            let bottom = soft.values[j] + (soft.values[j + 1] - soft.values[j]) * tx;
            top + (bottom - top) * ty
        };
        for y in 0..self.height {
            for x in 0..self.width {
                let at = |v: usize| (v as f32 + 0.5) * 0.5 - 0.5;
                self.values[y * self.width + x] += sample(at(x), at(y));
            }
        }
    }
}

impl Shade {
    /// Lets the shade end smoothly within `margin` texels of the border.
    fn fade(&mut self, margin: usize) {
        let ramp = |i: usize, length: usize| {
            let t = (i.min(length - 1 - i) as f32 / margin as f32).min(1.0);
            t * t * (3.0 - 2.0 * t)
        };
        for (y, row) in self.values.chunks_exact_mut(self.width).enumerate() {
            let down = ramp(y, self.height);
            for (x, value) in row.iter_mut().enumerate() {
                *value *= down * ramp(x, self.width);
            }
        }
    }
}

/// Mean over a window of `2 radius + 1` texels both ways, cut at the border; running sums.
fn box_blur(values: &mut [f32], width: usize, height: usize, radius: usize) {
    if radius == 0 {
        return;
    }
    let mut sums = vec![0.0f32; width + 1];
    for row in values.chunks_exact_mut(width) {
        for (k, value) in row.iter().enumerate() {
            sums[k + 1] = sums[k] + value;
        }
        for (k, value) in row.iter_mut().enumerate() {
            let (from, to) = (k.saturating_sub(radius), (k + radius + 1).min(width));
            *value = (sums[to] - sums[from]) / (to - from) as f32;
        }
    }
    // Downwards, all columns side by side.
    let mut sum = vec![0.0f32; width];
    let before = values.to_vec();
    for k in 0..height + radius {
        if k < height {
            add_row(&mut sum, &before[k * width..][..width], 1.0);
        }
        if k > 2 * radius {
            add_row(&mut sum, &before[(k - 2 * radius - 1) * width..][..width], -1.0);
        }
        if let Some(row) = k.checked_sub(radius) {
            let (from, to) = (row.saturating_sub(radius), (k + 1).min(height));
            scale_row(&mut values[row * width..][..width], &sum, 1.0 / (to - from) as f32);
        }
    }
}

kernel! {
    fn add_row(sums: &mut [f32], row: &[f32], factor: f32) {
        for (sum, value) in sums.iter_mut().zip(row) {
            *sum += value * factor;
        }
    }
}

kernel! {
    fn scale_row(out: &mut [f32], row: &[f32], factor: f32) {
        for (out, value) in out.iter_mut().zip(row) {
            // What a running sum loses by rounding must not fall below nothing.
            *out = (value * factor).max(0.0);
        }
    }
}
