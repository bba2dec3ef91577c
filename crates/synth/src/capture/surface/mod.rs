//! What a card lies on: procedural materials, each in a file of its own and one line of [`KINDS`].
//!
//! A material gives albedo, relief and gloss at a point, and leaves out what a pixel cannot resolve. Nothing repeats:
//! every detail comes from a hash of its place.

#![expect(
    clippy::manual_clamp,
    reason = "max and min are one instruction each; clamp branches for its checks"
)]

mod cloth;
mod desk;
mod plain;
mod stone;
mod wood;

use retake_simd::{array, kernel};

use super::lanes::{LANES, Lane};
use crate::capture::clutter::{Clutter, Near};
use crate::scene::Surface;
use crate::{Error, Result};

/// Every material. A new one is a function in a file beside this one and a line here.
const KINDS: &[Kind] = &[
    plain::DARK,
    plain::LIGHT,
    wood::OAK,
    wood::WALNUT,
    desk::MELAMINE,
    desk::LINOLEUM,
    stone::GRANITE,
    stone::MARBLE,
    cloth::LINEN,
    cloth::PATTERNED,
];

/// The kinds of surface that a card can lie on.
pub const SURFACES: &[&str] = &{
    let mut names = [""; KINDS.len()];
    let mut i = 0;
    while i < KINDS.len() {
        names[i] = KINDS[i].name;
        i += 1;
    }
    names
};

/// Mean reflectance of a surface as it is tinted, 0-1; that of grey card for a kind that there is not.
pub fn surface_albedo(surface: &Surface) -> f64 {
    Ground::new(surface).map_or(0.18, |ground| f64::from(crate::color::luminance(ground.mean())))
}

/// See [`Kind::fine`].
type FineAt = fn(&Spots, &[Lane; SLOW], &mut [Lane; FINE]);

/// See [`Kind::paint`].
type PaintAt = fn(&Spots, &[Lane; SLOW], &[Lane; FINE], &mut Paints);

/// A material.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    /// Its name in recipes and scenes.
    name: &'static str,
    /// Mean albedo, linear.
    pub(crate) mean: [f32; 3],
    /// GGX alpha of its gloss.
    pub(crate) roughness: f32,
    /// Refractive index of what shines.
    pub(crate) refractive_index: f64,
    /// What changes over centimetres only; interpolated between the nodes of a coarse grid.
    slow: fn(&Spots, &mut [Lane; SLOW]),
    /// What changes over several pixels; `None` when every detail is finer.
    fine: Option<FineAt>,
    /// How far apart the nodes may lie between which `fine` is interpolated, mm: a quarter of its shortest wave.
    pitch: f32,
    /// What it looks like.
    paint: PaintAt,
}

/// Makes a function over points at once of a material's function of one point, compiled for each level of the processor.
macro_rules! batch {
    (slow $one:path) => {{
        kernel! {
            fn batch(spots: &Spots, out: &mut [Lane; SLOW]) {
                for i in 0..LANES {
                    let one = $one(&spots.at(i));
                    for k in 0..SLOW {
                        out[k][i] = one[k];
                    }
                }
            }
        }
        batch
    }};
    (fine $one:path) => {{
        kernel! {
            fn batch(spots: &Spots, slow: &[Lane; SLOW], out: &mut [Lane; FINE]) {
                for i in 0..LANES {
                    let one = $one(&spots.at(i), retake_simd::array!(SLOW, |k| slow[k][i]));
                    for k in 0..FINE {
                        out[k][i] = one[k];
                    }
                }
            }
        }
        batch
    }};
    (paint $one:path) => {{
        kernel! {
            fn batch(spots: &Spots, slow: &[Lane; SLOW], fine: &[Lane; FINE], out: &mut Paints) {
                for i in 0..LANES {
                    let slow = retake_simd::array!(SLOW, |k| slow[k][i]);
                    out.set(i, &$one(&spots.at(i), slow, retake_simd::array!(FINE, |k| fine[k][i])));
                }
            }
        }
        batch
    }};
}
use batch;

/// Values of a material that change over centimetres only. Each material gives them its own meaning.
pub(crate) type Slow = [f32; SLOW];

/// The number of slow values.
pub(crate) const SLOW: usize = 4;

/// Values of a material that change over several pixels. Each material gives them its own meaning.
pub(crate) type Fine = [f32; FINE];

/// The number of fine values.
pub(crate) const FINE: usize = 6;

/// The most pixels between two nodes of the fine values.
const MOST_STEP: usize = 8;

/// A point that is looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spot {
    /// Place on the material, mm.
    pub(crate) p: [f32; 2],
    /// Side of a pixel on the material, mm.
    pub(crate) footprint: f32,
    /// Seed of the material.
    pub(crate) seed: u32,
}

/// Points that are looked at, of one footprint.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spots {
    x: Lane,
    y: Lane,
    footprint: f32,
    seed: u32,
}

impl Spots {
    #[inline(always)]
    fn at(&self, i: usize) -> Spot {
        Spot { p: [self.x[i], self.y[i]], footprint: self.footprint, seed: self.seed }
    }
}

/// A material at points.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Paints {
    /// Albedo, linear, 0-1.
    pub(crate) albedo: [Lane; 3],
    /// How the normal leans along two axes.
    pub(crate) slope: [Lane; 2],
    /// Factor on the mirrored light.
    pub(crate) gloss: Lane,
}

impl Paints {
    /// Puts the material at point `i`.
    #[inline(always)]
    pub(crate) fn set(&mut self, i: usize, paint: &Paint) {
        for k in 0..3 {
            self.albedo[k][i] = paint.albedo[k];
        }
        for k in 0..2 {
            self.slope[k][i] = paint.slope[k];
        }
        self.gloss[i] = paint.gloss;
    }

    /// The material at point `i`.
    #[cfg(test)]
    pub(crate) fn at(&self, i: usize) -> Paint {
        Paint {
            albedo: self.albedo.map(|lane| lane[i]),
            slope: self.slope.map(|lane| lane[i]),
            gloss: self.gloss[i],
        }
    }
}

/// A material at a point.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paint {
    /// Albedo, linear, 0-1.
    pub(crate) albedo: [f32; 3],
    /// How the normal leans along the material's two axes.
    pub(crate) slope: [f32; 2],
    /// Factor on the mirrored light.
    pub(crate) gloss: f32,
}

/// A material laid out on the table as a scene says, with what lies about on it.
#[derive(Clone, Debug)]
pub(crate) struct Ground {
    /// The material.
    pub(crate) kind: &'static Kind,
    tint: [f32; 3],
    turn: [f32; 2],
    shift: [f32; 2],
    seed: u32,
    clutter: Clutter,
}

impl Ground {
    /// Looks the scene's surface up.
    pub(crate) fn new(surface: &Surface) -> Result<Self> {
        let kind = KINDS.iter().find(|kind| kind.name == surface.kind).ok_or_else(|| Error::Unknown {
            kind: "surface",
            name: surface.kind.clone(),
            known: SURFACES.join(", "),
        })?;
        // The origin is moved, so that no seed shows what is special at the zero of a lattice.
        let seed = (surface.seed ^ (surface.seed >> 32)) as u32;
        let shift = [super::noise::unit(1, 0, seed) * 4000.0, super::noise::unit(0, 1, seed) * 4000.0];
        Ok(Self {
            kind,
            tint: surface.tint.map(|t| t as f32),
            turn: [libm::cos(surface.turn) as f32, libm::sin(surface.turn) as f32],
            shift,
            seed,
            clutter: Clutter::new(&surface.clutter),
        })
    }

    /// The slow values at points of the table, mm.
    pub(crate) fn slow(&self, at: &[Lane; 2], footprint: f32, out: &mut [Lane; SLOW]) {
        (self.kind.slow)(&self.spots(at, footprint), out);
    }

    /// The fine values at points of the table, mm.
    pub(crate) fn fine(&self, at: &[Lane; 2], footprint: f32, slow: &[Lane; SLOW], out: &mut [Lane; FINE]) {
        if let Some(fine) = self.kind.fine {
            fine(&self.spots(at, footprint), slow, out);
        }
    }

    /// Pixels between the nodes of the fine values, a power of two, where pixels have this footprint, mm; `None` when it
    /// has none.
    pub(crate) fn step(&self, footprint: f32) -> Option<usize> {
        self.kind.fine?;
        let most = (self.kind.pitch / footprint).clamp(1.0, MOST_STEP as f32) as usize;
        Some(1 << most.ilog2())
    }

    /// The material at points of the table, mm, where its slow and fine values are these, with the things that are near;
    /// `slope` comes back in the table's axes.
    #[inline(always)]
    pub(crate) fn paint(
        &self,
        at: &[Lane; 2],
        footprint: f32,
        slow: &[Lane; SLOW],
        fine: &[Lane; FINE],
        near: &Near,
        out: &mut Paints,
    ) {
        if near.hidden {
            *out = Paints::default();
        } else {
            self.material(at, footprint, slow, fine, out);
        }
        self.clutter.cover(near, at, footprint, out);
    }

    /// The material alone.
    #[inline(always)]
    fn material(
        &self,
        at: &[Lane; 2],
        footprint: f32,
        slow: &[Lane; SLOW],
        fine: &[Lane; FINE],
        out: &mut Paints,
    ) {
        (self.kind.paint)(&self.spots(at, footprint), slow, fine, out);
        for (albedo, tint) in out.albedo.iter_mut().zip(self.tint) {
            for a in albedo {
                *a = (*a * tint).max(0.0).min(0.95);
            }
        }
        let ([c, s], [a, b]) = (self.turn, out.slope);
        for i in 0..LANES {
            out.slope[0][i] = c * a[i] - s * b[i];
            out.slope[1][i] = s * a[i] + c * b[i];
        }
    }

    /// Finds the things that lie within `reach` of a point of the table, mm.
    pub(crate) fn near(&self, at: [f32; 2], reach: f32, near: &mut Near) {
        self.clutter.near(at, reach, near);
    }

    #[inline(always)]
    fn spots(&self, [x, y]: &[Lane; 2], footprint: f32) -> Spots {
        let ([c, s], [right, down]) = (self.turn, self.shift);
        Spots {
            x: array!(LANES, |i| c * x[i] + s * y[i] + right),
            y: array!(LANES, |i| c * y[i] - s * x[i] + down),
            footprint,
            seed: self.seed,
        }
    }

    /// Mean albedo with the scene's tint.
    pub(crate) fn mean(&self) -> [f32; 3] {
        core::array::from_fn(|k| self.kind.mean[k] * self.tint[k])
    }
}

/// Linear mix of two colours.
#[inline(always)]
fn mix(a: [f32; 3], b: [f32; 3], t: f32) -> [f32; 3] {
    array!(3, |k| a[k] + (b[k] - a[k]) * t)
}

/// A colour times a factor.
#[inline(always)]
fn scaled(a: [f32; 3], factor: f32) -> [f32; 3] {
    array!(3, |k| a[k] * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn surface(kind: &str, seed: u64) -> Surface {
        Surface { kind: kind.into(), tint: [1.0; 3], turn: 0.3, seed, clutter: vec![] }
    }

    fn mean_albedo(ground: &Ground, footprint: f32, spacing: f32) -> [f64; 3] {
        let mut sum = [0.0; 3];
        let n = 160;
        for y in 0..n {
            for x in (0..n).step_by(LANES) {
                let at = [core::array::from_fn(|i| (x + i) as f32 * spacing), [y as f32 * spacing; LANES]];
                let (mut slow, mut fine) = ([[0.0; LANES]; SLOW], [[0.0; LANES]; FINE]);
                let mut paints = Paints::default();
                ground.slow(&at, footprint, &mut slow);
                ground.fine(&at, footprint, &slow, &mut fine);
                ground.paint(&at, footprint, &slow, &fine, &Near::default(), &mut paints);
                for (total, albedo) in sum.iter_mut().zip(paints.albedo) {
                    *total += albedo.iter().map(|v| f64::from(*v)).sum::<f64>();
                }
            }
        }
        sum.map(|s| s / (n * n) as f64)
    }

    #[test]
    fn every_surface_keeps_its_mean_near_and_far() {
        for name in SURFACES {
            let mut stated = [0.0f64; 3];
            let (mut near, mut far) = ([0.0f64; 3], [0.0f64; 3]);
            let seeds = 12;
            for seed in 0..seeds {
                let ground = Ground::new(&surface(name, seed * 77 + 5)).unwrap();
                let (n, f) = (mean_albedo(&ground, 0.08, 2.77), mean_albedo(&ground, 2.0, 2.77));
                for k in 0..3 {
                    stated[k] += f64::from(ground.mean()[k]) / seeds as f64;
                    near[k] += n[k] / seeds as f64;
                    far[k] += f[k] / seeds as f64;
                }
            }
            for k in 0..3 {
                assert!((near[k] / stated[k] - 1.0).abs() < 0.15, "{name}: near {near:?}, stated {stated:?}");
                assert!((far[k] / near[k] - 1.0).abs() < 0.08, "{name}: far {far:?}, near {near:?}");
            }
        }
    }

    #[test]
    fn unknown_surfaces_name_the_known_ones() {
        let error = Ground::new(&surface("velvet", 1)).unwrap_err().to_string();
        assert!(error.contains("velvet") && error.contains(SURFACES[0]), "{error}");
    }
}
