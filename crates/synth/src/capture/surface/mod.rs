//! What a card lies on: procedural materials, each in a file of its own and one line of [`KINDS`].
//!
//! A material gives albedo, relief and gloss at a point, and leaves out what a pixel cannot resolve. Nothing repeats:
//! every detail comes from a hash of its place.

mod cloth;
mod desk;
mod plain;
mod rows;
mod stone;
mod wood;

pub(crate) use rows::FineRows;

use crate::capture::clutter::Clutter;
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

/// A material.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    /// Its name in recipes and scenes.
    name: &'static str,
    /// Mean albedo, linear.
    pub(crate) mean: [f32; 3],
    /// GGX alpha of its gloss.
    pub(crate) roughness: f32,
    /// The greatest lean of its relief.
    pub(crate) relief: f32,
    /// Refractive index of what shines.
    pub(crate) refractive_index: f64,
    /// What changes over centimetres only, at a point; interpolated between the nodes of a coarse grid.
    slow: fn(&Spot) -> Slow,
    /// What changes over several pixels, at a point; `None` when every detail is finer.
    fine: Option<fn(&Spot, Slow) -> Fine>,
    /// How far apart the nodes may lie between which `fine` is interpolated, mm: a quarter of its shortest wave.
    pitch: f32,
    /// What it looks like at a point.
    paint: fn(&Spot, Slow, Fine) -> Paint,
}

/// Values of a material that change over centimetres only. Each material gives them its own meaning.
pub(crate) type Slow = [f32; SLOW];

/// The number of slow values.
pub(crate) const SLOW: usize = 4;

/// Values of a material that change over several pixels. Each material gives them its own meaning.
pub(crate) type Fine = [f32; 6];

/// The most pixels between two nodes of the fine values.
const MOST_STEP: f32 = 8.0;

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

    /// The slow values at a point of the table, mm.
    pub(crate) fn slow(&self, at: [f32; 2], footprint: f32) -> Slow {
        (self.kind.slow)(&self.spot(at, footprint))
    }

    /// The fine values at a point of the table, mm.
    pub(crate) fn fine(&self, at: [f32; 2], footprint: f32, slow: Slow) -> Fine {
        self.kind.fine.map_or([0.0; 6], |fine| fine(&self.spot(at, footprint), slow))
    }

    /// Pixels between the nodes of the fine values, where pixels have this footprint, mm; `None` when it has none.
    pub(crate) fn step(&self, footprint: f32) -> Option<usize> {
        self.kind.fine.map(|_| (self.kind.pitch / footprint).clamp(1.0, MOST_STEP) as usize)
    }

    /// The material at a point of the table, mm, where its slow and fine values are these; `slope` comes back in the
    /// table's axes.
    pub(crate) fn paint(&self, at: [f32; 2], footprint: f32, slow: Slow, fine: Fine) -> Paint {
        let mut paint = (self.kind.paint)(&self.spot(at, footprint), slow, fine);
        for (albedo, tint) in paint.albedo.iter_mut().zip(self.tint) {
            *albedo = (*albedo * tint).clamp(0.0, 0.95);
        }
        let ([c, s], [a, b]) = (self.turn, paint.slope);
        paint.slope = [c * a - s * b, s * a + c * b];
        self.clutter.cover(at, footprint, &mut paint);
        paint
    }

    fn spot(&self, [x, y]: [f32; 2], footprint: f32) -> Spot {
        let [c, s] = self.turn;
        Spot { p: [c * x + s * y + self.shift[0], c * y - s * x + self.shift[1]], footprint, seed: self.seed }
    }

    /// Mean albedo with the scene's tint.
    pub(crate) fn mean(&self) -> [f32; 3] {
        core::array::from_fn(|k| self.kind.mean[k] * self.tint[k])
    }
}

/// Linear mix of two colours.
fn mix(a: [f32; 3], b: [f32; 3], t: f32) -> [f32; 3] {
    core::array::from_fn(|k| a[k] + (b[k] - a[k]) * t)
}

/// A colour times a factor.
fn scaled(a: [f32; 3], factor: f32) -> [f32; 3] {
    a.map(|v| v * factor)
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
            for x in 0..n {
                let at = [x as f32 * spacing, y as f32 * spacing];
                let slow = ground.slow(at, footprint);
                let paint = ground.paint(at, footprint, slow, ground.fine(at, footprint, slow));
                for (total, value) in sum.iter_mut().zip(paint.albedo) {
                    *total += f64::from(value);
                }
            }
        }
        sum.map(|s| s / f64::from(n * n))
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
