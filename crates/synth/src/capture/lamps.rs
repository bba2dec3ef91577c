//! The lamps as a plane of the scene mirrors them: their outlines in slope space, and where these matter in detail.

use glam::{DMat3, DVec3};

use super::grid::Grid;
use super::lanes::Lane;
use super::mirror::{self, Outline, Outlines};
use crate::color::luminance;
use crate::scene::{AreaLight, Scene};

/// Values of a lamp's outline at a node: four points.
pub(crate) const POINTS: usize = 8;
/// Luminance, as a share of the sensor's white, below which it does not matter where on the relief a pixel lies.
const NEGLIGIBLE: f32 = 5e-4;

/// A lamp.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lamp {
    /// In the unit that it was made for.
    pub(crate) luminance: [f32; 3],
    round: bool,
}

impl Lamp {
    /// The light, its luminance times `unit`.
    pub(crate) fn new(light: &AreaLight, unit: f64) -> Self {
        Self { luminance: light.luminance.map(|v| (v * unit) as f32), round: light.round }
    }

    /// Its outline from the values of [`outlines`].
    #[inline]
    pub(crate) fn outline(&self, p: &[f32; POINTS]) -> Outline {
        if self.round {
            Outline::Ellipse([[p[0], p[1]], [p[2], p[3]], [p[4], p[5]]])
        } else {
            Outline::Quad([[p[0], p[1]], [p[2], p[3]], [p[4], p[5]], [p[6], p[7]]])
        }
    }

    /// Its outlines from the values of [`values`] at several places.
    #[inline(always)]
    pub(crate) fn outlines(&self, points: [Lane; POINTS]) -> Outlines {
        Outlines { round: self.round, points }
    }
}

/// Values of the lamps at a point of a plane with these axes: the share of facets that mirror each from a surface that
/// does not lean, then the four points of each outline in slope space.
pub(crate) fn values(scene: &Scene, axes: &DMat3, at: DVec3, roughness: f32, out: &mut [f32]) {
    let (shares, outlines) = out.split_at_mut(scene.lights.len());
    for ((light, share), out) in scene.lights.iter().zip(shares).zip(outlines.as_chunks_mut::<POINTS>().0) {
        let (c, u, v) = (light.centre, light.half_u, light.half_v);
        let points =
            if light.round { [c, c + u, c + v, c] } else { [c - u - v, c + u - v, c + u + v, c - u + v] };
        for (point, out) in points.iter().zip(out.chunks_exact_mut(2)) {
            let slope = mirror::half_slope(axes, at, scene.camera.position, *point);
            out.copy_from_slice(&slope.as_vec2().to_array());
        }
        *share = Lamp::new(light, 1.0).outline(out).share([0.0; 2], roughness);
    }
}

/// For every cell of a grid, whether any lamp's mirrored light hangs on how the surface leans there; else it is the same as
/// from a level surface.
#[derive(Clone, Debug)]
pub(crate) struct Near {
    columns: usize,
    cells: Vec<bool>,
}

/// A plane's gloss.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gloss {
    /// GGX alpha.
    pub(crate) roughness: f32,
    /// The greatest lean of its relief.
    pub(crate) relief: f32,
}

impl Near {
    /// From a grid with the Fresnel reflectance at `fresnel` and the [`values`] of the lamps from `first` on.
    /// `white` is in the unit of the lamps' luminance.
    pub(crate) fn new(
        grid: &Grid,
        lamps: &[Lamp],
        fresnel: usize,
        first: usize,
        gloss: Gloss,
        white: f32,
    ) -> Self {
        let matters: Vec<bool> = grid
            .nodes()
            .map(|node| {
                let (shares, outlines) = node[first..].split_at(lamps.len());
                lamps.iter().zip(shares).zip(outlines.as_chunks::<POINTS>().0).any(
                    |((lamp, share), points)| {
                        let reflected = luminance(lamp.luminance) * node[fresnel] / white;
                        reflected * (greatest_share(lamp, points, gloss) - share) > NEGLIGIBLE
                    },
                )
            })
            .collect();
        let columns = grid.columns();
        let cells = (0..matters.len())
            .map(|i| {
                let corners = [i, i + 1, i + columns, i + columns + 1];
                corners.iter().any(|i| matters.get(*i).copied().unwrap_or(false))
            })
            .collect();
        Self { columns, cells }
    }

    /// Whether any lamp matters in a cell.
    #[inline]
    pub(crate) fn any(&self, column: usize, row: usize) -> bool {
        self.cells[row * self.columns + column]
    }
}

/// The share that mirrors a lamp where the relief leans towards it as far as it can.
fn greatest_share(lamp: &Lamp, points: &[f32; POINTS], gloss: Gloss) -> f32 {
    let corners = if lamp.round { 1 } else { 4 };
    let sum = |k: usize| (0..corners).map(|i| points[2 * i + k]).sum::<f32>() / corners as f32;
    let (x, y) = (sum(0), sum(1));
    let far = (x * x + y * y).sqrt();
    let step = gloss.relief.min(far) / far.max(1e-6);
    lamp.outline(points).share([x * step, y * step], gloss.roughness)
}
