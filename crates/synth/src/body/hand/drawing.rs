//! A lit hand as pixels: which part of its surface each shows, and the light that it sends.
//!
//! Skin is shaded at the nodes of a lattice as fine as its detail and interpolated between nodes that lie on one smooth
//! piece of surface; elsewhere every pixel is shaded by itself. Coverage is counted on subpixels.

use glam::Vec3;

use super::layer::Crop;
use super::light::Reach;
use super::model::{FINGERS, Paint, Surface};
use super::skin::{Shader, Spot};
use super::view::Projection;
use crate::body::raster::{DepthMap, Fragment, Raster, ScreenVertex, Sides};
use crate::image::{LinearImage, Plane};

/// Subpixels along each axis.
const SUB: usize = 2;
/// Distance between the nodes that skin is shaded at, mm: a quarter of a pore.
const LATTICE: f32 = 0.16;
/// The most pixels between two nodes.
const MOST_STEP: usize = 4;
/// Change of nearness within a cell, as a share, from which it shows an edge.
const EDGE: f32 = 0.004;

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
        let t = self.triangles[fragment.triangle as usize].map(|i| i as usize);
        let corners = t.map(|i| self.points[i]);
        let paint = t.map(|i| self.surface.paint[i]);
        let at = fragment.mix(corners);
        let finger = usize::from(self.surface.finger[fragment.triangle as usize / 16]);
        Spot {
            rest: fragment.mix(t.map(|i| self.surface.rest[i])),
            normal: fragment.mix(t.map(|i| self.normals[i])).normalize_or_zero(),
            view: (self.eye - at).normalize_or_zero(),
            along: gradient(corners, paint.map(|p: Paint| p.along)),
            paint: fragment.mix(paint),
            reach: fragment.mix(t.map(|i| self.reach[i])),
            nail: (finger < FINGERS).then(|| &self.surface.nails[finger]),
            height: fragment.mix(t.map(|i| self.above[i].abs())),
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

/// Draws the skin that is in sight.
pub(super) fn draw(skin: &SkinSurface<'_>, shader: &Shader<'_>, view: &Projection<'_>, crop: Crop) -> Drawn {
    let at = |sub: usize| -> Vec<ScreenVertex> {
        let (left, top) = (crop.left as f64, crop.top as f64);
        skin.points.iter().map(|p| view.vertex(*p, left, top, sub as f64)).collect()
    };
    let vertices = at(1);
    // What is below the card or the table is hidden by it.
    let shown = |f: &Fragment| {
        let t = skin.triangles[f.triangle as usize];
        skin.held || f.mix(t.map(|i| skin.above[i as usize])) >= HIDDEN
    };
    let mut raster = Raster::new(crop.width, crop.height);
    raster.draw(&vertices, skin.triangles, 0, Sides::Front, shown);
    let mut lattice = Lattice::new(skin, shader, &raster, step(skin, &vertices));
    let mut radiance = LinearImage::filled(crop.width, crop.height, [0.0; 3]);
    for y in 0..crop.height {
        for x in 0..crop.width {
            if let Some(fragment) = raster.get(x, y) {
                radiance.pixels[y * crop.width + x] = lattice.radiance(x, y, &fragment);
            }
        }
    }
    let coverage = coverage(skin, &at(SUB), crop);
    weigh(&mut radiance, &coverage, &raster);
    let behind = if skin.held { behind(skin, &raster, crop) } else { Vec::new() };
    Drawn { coverage, radiance, behind }
}

/// Pixels whose skin is below the plane of the card; those whose middle shows none are as their neighbours are.
fn behind(skin: &SkinSurface<'_>, raster: &Raster, crop: Crop) -> Vec<bool> {
    let below = |x: usize, y: usize| {
        let fragment = (x < crop.width && y < crop.height).then(|| raster.get(x, y)).flatten()?;
        let t = skin.triangles[fragment.triangle as usize];
        Some(fragment.mix(t.map(|i| skin.above[i as usize])) < HIDDEN)
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
    let mut map = DepthMap::new(crop.width * SUB, crop.height * SUB);
    // Front sides only: an arm beside the lens must not show its inside.
    let faces = |t: &[u32; 3]| {
        let [a, b, c] = t.map(|i| vertices[i as usize]);
        (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x) < 0.0
    };
    let free: Vec<[u32; 3]> = (skin.triangles.iter())
        .filter(|t| faces(t) && (skin.held || t.iter().all(|i| skin.above[*i as usize] >= HIDDEN)))
        .copied()
        .collect();
    map.draw(vertices, &free);
    let mut coverage = Plane::filled(crop.width, crop.height, 0.0);
    for (y, row) in coverage.values.chunks_exact_mut(crop.width).enumerate() {
        for sub in 0..SUB {
            for (value, pair) in row.iter_mut().zip(map.row(y * SUB + sub).chunks_exact(SUB)) {
                let hits = pair.iter().filter(|n| **n > f32::NEG_INFINITY).count();
                *value += hits as f32 * (1.0 / (SUB * SUB) as f32);
            }
        }
    }
    coverage
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

/// Nodes that skin is shaded at, each when it is first asked for.
struct Lattice<'a> {
    skin: &'a SkinSurface<'a>,
    shader: &'a Shader<'a>,
    raster: &'a Raster,
    step: usize,
    columns: usize,
    /// Nearness and light of the nodes; NaN for those that were not asked for, `-inf` for those off the hand.
    nodes: Vec<(f32, [f32; 3])>,
}

impl<'a> Lattice<'a> {
    fn new(skin: &'a SkinSurface<'a>, shader: &'a Shader<'a>, raster: &'a Raster, step: usize) -> Self {
        let columns = raster.width().div_ceil(step) + 1;
        let rows = raster.height().div_ceil(step) + 1;
        Self { skin, shader, raster, step, columns, nodes: vec![(f32::NAN, [0.0; 3]); columns * rows] }
    }

    fn node(&mut self, column: usize, row: usize) -> (f32, [f32; 3]) {
        let i = row * self.columns + column;
        if self.nodes[i].0.is_nan() {
            let fragment = self.raster.get(column * self.step, row * self.step);
            self.nodes[i] = fragment.map_or((f32::NEG_INFINITY, [0.0; 3]), |f| {
                (f.nearness, self.shader.radiance(&self.skin.spot(&f)))
            });
        }
        self.nodes[i]
    }

    fn radiance(&mut self, x: usize, y: usize, fragment: &Fragment) -> [f32; 3] {
        if self.step == 1 {
            return self.shader.radiance(&self.skin.spot(fragment));
        }
        let (column, row) = (x / self.step, y / self.step);
        let corners = [(0, 0), (1, 0), (0, 1), (1, 1)].map(|(dx, dy)| self.node(column + dx, row + dy));
        let near = |n: f32| (n - fragment.nearness).abs() < EDGE * fragment.nearness;
        if !corners.iter().all(|c| near(c.0)) {
            return self.shader.radiance(&self.skin.spot(fragment));
        }
        let part = |v: usize| (v % self.step) as f32 / self.step as f32;
        let (tx, ty) = (part(x), part(y));
        core::array::from_fn(|k| {
            let [a, b, c, d] = corners.map(|c| c.1[k]);
            let (top, bottom) = (a + (b - a) * tx, c + (d - c) * tx);
            top + (bottom - top) * ty
        })
    }
}
