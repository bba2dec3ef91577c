//! Where a garment ends: triangles that its edge runs through are cut finer, so that a neckline is the curve that
//! was cut and not a polygon over the mesh.

use glam::Vec3;

use super::figure::Surface;
use super::raster::ScreenVertex;
use super::render::{Lens, SAMPLES};

/// Parts that each side of a triangle on the edge is divided into.
const PARTS: usize = 4;

/// Triangles of a surface that ends inside of them, ready for the rasteriser.
pub(super) struct Trimmed {
    /// In the picture, in samples.
    pub(super) screen: Vec<ScreenVertex>,
    pub(super) triangles: Vec<[u32; 3]>,
    /// Where the surface ends: not negative at vertices that are drawn.
    pub(super) levels: Vec<f32>,
    /// The surface's triangle that each one lies on.
    pub(super) parents: Vec<u32>,
}

impl Trimmed {
    /// The part of a surface where `level`, asked at places of the default shape, is not negative. `screen` are
    /// the surface's vertices in the picture.
    pub(super) fn new(
        surface: &Surface,
        screen: &[ScreenVertex],
        lens: &Lens,
        level: impl Fn(Vec3) -> f32,
    ) -> Self {
        let rest = &surface.topology.rest;
        let mut trimmed = Self {
            screen: screen.to_vec(),
            triangles: Vec::new(),
            levels: rest.iter().map(|p| level(*p)).collect(),
            parents: Vec::new(),
        };
        for (parent, corners) in (0u32..).zip(&surface.topology.triangles) {
            let [a, b, c] = corners.map(|i| trimmed.levels[i as usize]);
            // An edge that bends may dip into a triangle between its corners.
            let near = rest_length(rest, corners) / PARTS as f32;
            if a.max(b).max(c) < -near {
                continue;
            }
            if a.min(b).min(c) > near {
                trimmed.push(*corners, parent);
                continue;
            }
            let first = trimmed.screen.len() as u32;
            for (i, j) in nodes() {
                let at = |values: &[Vec3]| {
                    let [a, b, c] = corners.map(|i| values[i as usize]);
                    a + (b - a) * (i as f32 / PARTS as f32) + (c - a) * (j as f32 / PARTS as f32)
                };
                trimmed.screen.push(lens.project(at(&surface.positions), SAMPLES as f32));
                trimmed.levels.push(level(at(rest)));
            }
            for triangle in small_triangles() {
                trimmed.push(triangle.map(|k| first + k), parent);
            }
        }
        trimmed
    }

    fn push(&mut self, triangle: [u32; 3], parent: u32) {
        self.triangles.push(triangle);
        self.parents.push(parent);
    }
}

/// Longest side of a triangle on the default shape, mm.
fn rest_length(rest: &[Vec3], corners: &[u32; 3]) -> f32 {
    let [a, b, c] = corners.map(|i| rest[i as usize]);
    (b - a).length().max((c - b).length()).max((a - c).length())
}

/// Places of the points in a divided triangle: parts towards the second and the third corner.
fn nodes() -> impl Iterator<Item = (usize, usize)> {
    (0..=PARTS).flat_map(|j| (0..=PARTS - j).map(move |i| (i, j)))
}

/// The triangles between [`nodes`], turned as the one that they divide.
fn small_triangles() -> impl Iterator<Item = [u32; 3]> {
    let at = |i: usize, j: usize| (j * (PARTS + 1) - j * j.saturating_sub(1) / 2 + i) as u32;
    (0..PARTS).flat_map(move |j| {
        (0..PARTS - j).flat_map(move |i| {
            let upright = Some([at(i, j), at(i + 1, j), at(i, j + 1)]);
            let inverted = (i + j + 1 < PARTS).then(|| [at(i + 1, j), at(i + 1, j + 1), at(i, j + 1)]);
            upright.into_iter().chain(inverted)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_triangles_cover_the_large_one_once() {
        let nodes: Vec<_> = nodes().collect();
        let area = |[a, b, c]: [u32; 3]| {
            let [a, b, c] = [a, b, c].map(|k| (nodes[k as usize].0 as i32, nodes[k as usize].1 as i32));
            (b.0 - a.0) * (c.1 - a.1) - (b.1 - a.1) * (c.0 - a.0)
        };
        let areas: Vec<i32> = small_triangles().map(area).collect();
        assert!(areas.iter().all(|area| *area == 1));
        assert_eq!(areas.len(), PARTS * PARTS);
    }
}
