//! A lit hand as pixels: which part of its surface each shows, and the light that it sends.
//!
//! Skin is shaded at the nodes of a lattice as fine as its detail and interpolated between nodes that lie on one smooth
//! piece of surface; elsewhere every pixel is shaded by itself. Coverage is counted on subpixels.

use glam::Vec3;
use retake_simd::kernel;

use super::layer::Crop;
use super::light::Reach;
use super::model::{FINGERS, Surface};
use super::skin::{Shader, Spot};
use crate::body::depth_map::DepthMap;
use crate::body::lattice::{Lattice, Node};
use crate::body::raster::{Fragment, Raster, ScreenVertex, Sides};
use crate::image::{LinearImage, Plane};

/// Subpixels along each axis.
const SUB: usize = 2;
/// Rows of pixels whose subpixels are counted at a time.
const STRIP: usize = 256;
/// Distance between the nodes that skin is shaded at, mm: a quarter of a pore.
const LATTICE: f32 = 0.16;
/// The most pixels between two nodes.
const MOST_STEP: usize = 4;
/// Change of nearness from a node to a pixel, as a share, from which an edge lies between.
const EDGE: f32 = 0.004;
/// The layer of all skin.
const SKIN: u32 = 0;

/// The hand's surface in the world with all that its skin depends on.
pub(super) struct SkinSurface<'a> {
    pub(super) surface: &'a Surface,
    pub(super) points: &'a [Vec3],
    pub(super) normals: &'a [Vec3],
    pub(super) triangles: &'a [[u32; 3]],
    pub(super) reach: &'a [Reach],
    pub(super) eye: Vec3,
    /// Height of each point above what it can rest on, mm.
    pub(super) above: &'a [f32],
    /// What is below is not hidden by it everywhere, as by a table, but behind a card that is held.
    pub(super) held: bool,
}

impl SkinSurface<'_> {
    fn spot(&self, fragment: &Fragment) -> Spot<'_> {
        let t = self.triangles[fragment.triangle as usize];
        let [a, b, c] = [t[0] as usize, t[1] as usize, t[2] as usize];
        let corners = [self.points[a], self.points[b], self.points[c]];
        let paint = &self.surface.paint;
        let at = fragment.mix(corners);
        let finger = usize::from(self.surface.finger[fragment.triangle as usize / 16]);
        Spot {
            rest: fragment.at(&self.surface.rest, t),
            normal: fragment.at(self.normals, t).normalize_or_zero(),
            view: (self.eye - at).normalize_or_zero(),
            along: gradient(corners, [paint[a].along, paint[b].along, paint[c].along]),
            paint: fragment.at(paint, t),
            reach: fragment.at(self.reach, t),
            nail: (finger < FINGERS).then(|| &self.surface.nails[finger]),
            height: fragment.mix([self.above[a].abs(), self.above[b].abs(), self.above[c].abs()]),
        }
    }
}

/// Gradient in space of a value that is linear over a triangle.
fn gradient([a, b, c]: [Vec3; 3], [u, v, w]: [f32; 3]) -> Vec3 {
    let normal = (b - a).cross(c - a);
    let twice = normal.length_squared().max(1e-9);
    (normal.cross(c - b) * u + normal.cross(a - c) * v + normal.cross(b - a) * w) * (1.0 / twice)
}

/// A hand as pixels of a crop.
pub(super) struct Drawn {
    pub(super) coverage: Plane,
    /// Weighted with coverage.
    pub(super) radiance: LinearImage,
    /// Pixels whose nearest skin is behind a card that is held; none when nothing is held.
    pub(super) behind: Vec<bool>,
}

/// Draws the skin that is in sight; `seen` are its points in the picture, px.
pub(super) fn draw(skin: &SkinSurface<'_>, shader: &Shader<'_>, seen: &[ScreenVertex], crop: Crop) -> Drawn {
    let at = |sub: usize| -> Vec<ScreenVertex> {
        let (left, top, sub) = (crop.left as f32, crop.top as f32, sub as f32);
        seen.iter().map(|v| ScreenVertex { x: (v.x - left) * sub, y: (v.y - top) * sub, ..*v }).collect()
    };
    let vertices = at(1);
    // What is below the card or the table is hidden by it.
    let levels: Option<Vec<f32>> = (!skin.held).then(|| skin.above.iter().map(|h| h - HIDDEN).collect());
    let mut raster = Raster::new(crop.width, crop.height);
    raster.draw(&vertices, skin.triangles, 0, Sides::Front, levels.as_deref());
    let shown = Shown { skin, vertices: &vertices, raster: &raster };
    let mut nodes = Lattice::new(crop.width, step(skin, &vertices), EDGE);
    let mut radiance = LinearImage::filled(crop.width, crop.height, [0.0; 3]);
    for y in 0..crop.height {
        nodes.seek(y);
        for x in 0..crop.width {
            if let Some((nearness, _)) = raster.get(x, y) {
                let between = nodes.at(|x, y| shown.node(shader, x, y), x, SKIN, nearness);
                radiance.pixels[y * crop.width + x] =
                    between.map_or_else(|| shown.shaded(shader, x, y), |[light]| light.truncate().into());
            }
        }
    }
    let coverage = coverage(skin, &at(SUB), crop);
    weigh(&mut radiance, &coverage, &raster);
    let behind = if skin.held { behind(&shown, crop) } else { Vec::new() };
    Drawn { coverage, radiance, behind }
}

/// Pixels whose skin is below the plane of the card; those whose middle shows none are as their neighbours are.
fn behind(shown: &Shown<'_>, crop: Crop) -> Vec<bool> {
    let below = |x: usize, y: usize| {
        let fragment = (x < crop.width && y < crop.height).then(|| shown.fragment(x, y)).flatten()?;
        let t = shown.skin.triangles[fragment.triangle as usize];
        Some(fragment.mix(t.map(|i| shown.skin.above[i as usize])) < HIDDEN)
    };
    let of = |x: usize, y: usize| {
        let near = [(x.wrapping_sub(1), y), (x + 1, y), (x, y.wrapping_sub(1)), (x, y + 1)];
        below(x, y).unwrap_or_else(|| near.into_iter().any(|(x, y)| below(x, y) == Some(true)))
    };
    (0..crop.width * crop.height).map(|i| of(i % crop.width, i / crop.width)).collect()
}

/// Height from which on skin is below what it rests on, mm.
const HIDDEN: f32 = -0.05;

/// Pixels between the nodes of the lattice: by the scale of the largest triangles in sight.
fn step(skin: &SkinSurface<'_>, vertices: &[ScreenVertex]) -> usize {
    let px_per_mm = (skin.triangles.iter().step_by(64))
        .filter_map(|t| {
            let [a, b] = [t[0], t[1]].map(|i| (vertices[i as usize], skin.points[i as usize]));
            let (dx, dy) = (a.0.x - b.0.x, a.0.y - b.0.y);
            let seen = a.0.weight > 0.0 && b.0.weight > 0.0;
            seen.then(|| (dx * dx + dy * dy).sqrt() / (a.1 - b.1).length().max(1e-3))
        })
        .fold(0.0, f32::max);
    ((LATTICE * px_per_mm) as usize).clamp(1, MOST_STEP)
}

/// Share of each pixel's subpixels that show the hand.
fn coverage(skin: &SkinSurface<'_>, vertices: &[ScreenVertex], crop: Crop) -> Plane {
    // Front sides only: an arm beside the lens must not show its inside.
    let faces = |t: &[u32; 3]| {
        let [a, b, c] = t.map(|i| vertices[i as usize]);
        (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x) < 0.0
    };
    let free: Vec<[u32; 3]> = (skin.triangles.iter())
        .filter(|t| faces(t) && (skin.held || t.iter().all(|i| skin.above[*i as usize] >= HIDDEN)))
        .copied()
        .collect();
    let mut map = DepthMap::new(crop.width * SUB, crop.height.min(STRIP) * SUB);
    let mut coverage = Plane::filled(crop.width, crop.height, 0.0);
    for (k, strip) in coverage.values.chunks_mut((STRIP * crop.width).max(1)).enumerate() {
        let top = k * STRIP * SUB;
        map.restart(top);
        map.draw(vertices, &free);
        for (y, row) in strip.chunks_exact_mut(crop.width).enumerate() {
            for sub in 0..SUB {
                count(map.row(top + y * SUB + sub), row);
            }
        }
    }
    coverage
}

kernel! {
    /// Adds the shares of pixels that a row of subpixels covers.
    fn count(nearness: &[f32], shares: &mut [f32]) {
        const PART: f32 = 1.0 / (SUB * SUB) as f32;
        for (share, near) in shares.iter_mut().zip(nearness.as_chunks::<SUB>().0) {
            for n in near {
                *share += if *n > f32::NEG_INFINITY { PART } else { 0.0 };
            }
        }
    }
}

/// Weighs radiance with coverage. A pixel that is covered beside its middle gets the light of its neighbours.
fn weigh(radiance: &mut LinearImage, coverage: &Plane, raster: &Raster) {
    let (width, height) = (radiance.width, radiance.height);
    let bare = |x: usize, y: usize| raster.get(x, y).is_none();
    let mut borrowed = Vec::new();
    for y in 0..height {
        for x in 0..width {
            let i = y * width + x;
            if coverage.values[i] > 0.0 && bare(x, y) {
                let near = [(x.wrapping_sub(1), y), (x + 1, y), (x, y.wrapping_sub(1)), (x, y + 1)];
                let near = near.into_iter().filter(|&(x, y)| x < width && y < height && !bare(x, y));
                let (mut sum, mut count) = ([0.0; 3], 0.0);
                for (x, y) in near {
                    let light = radiance.pixels[y * width + x];
                    sum = core::array::from_fn(|k| sum[k] + light[k]);
                    count += 1.0;
                }
                borrowed.push((i, sum.map(|s: f32| if count > 0.0 { s / count } else { 0.0 })));
            }
        }
    }
    for (i, light) in borrowed {
        radiance.pixels[i] = light;
    }
    for (pixel, share) in radiance.pixels.iter_mut().zip(&coverage.values) {
        *pixel = pixel.map(|v| v * share);
    }
}

/// The skin that is in sight.
struct Shown<'a> {
    skin: &'a SkinSurface<'a>,
    vertices: &'a [ScreenVertex],
    raster: &'a Raster,
}

impl Shown<'_> {
    /// Where on its triangle a pixel lies.
    fn fragment(&self, x: usize, y: usize) -> Option<Fragment> {
        let (nearness, triangle) = self.raster.get(x, y)?;
        let [a, b, c] = self.skin.triangles[triangle as usize];
        let vertex = |i: u32| self.vertices[i as usize];
        Some(Fragment::of(triangle, nearness, [vertex(a), vertex(b), vertex(c)], x, y))
    }

    /// Light of a pixel that shows skin.
    fn shaded(&self, shader: &Shader<'_>, x: usize, y: usize) -> [f32; 3] {
        self.fragment(x, y).map_or([0.0; 3], |fragment| shader.radiance(&self.skin.spot(&fragment)))
    }

    #[inline(never)]
    fn node(&self, shader: &Shader<'_>, x: usize, y: usize) -> Node<1> {
        self.raster.get(x, y).map_or(Node::EMPTY, |(nearness, _)| {
            Node::new(SKIN, nearness, [Vec3::from(self.shaded(shader, x, y)).extend(0.0)])
        })
    }
}
