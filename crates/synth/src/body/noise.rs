//! Smooth noise in space, from a table: texture of skin, cloth and walls.
//!
//! Value noise (Perlin 1985, in its lattice form) on a lattice that repeats every 32 cells; a lookup is eight
//! loads and a cubic blend.

use std::sync::LazyLock;

use glam::{Vec3, Vec4};

use crate::rng::pixel_hash;

const SIDE: usize = 32;
const MASK: i32 = SIDE as i32 - 1;

static LATTICE: LazyLock<Vec<f32>> = LazyLock::new(|| {
    let value = |i: usize| pixel_hash(0x006e_6f69_7365, i as u32, (i >> 5) as u32 & 31, 0);
    (0..SIDE * SIDE * SIDE).map(|i| (f64::from(value(i)) / f64::from(u32::MAX) * 2.0 - 1.0) as f32).collect()
});

/// The whole number below, without a call.
#[inline(always)]
fn floor(value: f32) -> i32 {
    let whole = value as i32;
    whole - i32::from(value < whole as f32)
}

/// A place in the lattice: where the eight nodes around it are kept, and how far it is between them, eased.
#[derive(Clone, Copy)]
struct Cell {
    x: [usize; 2],
    y: [usize; 2],
    z: [usize; 2],
    t: Vec3,
}

impl Cell {
    #[inline(always)]
    fn new(p: Vec3) -> Self {
        let (x, y, z) = (floor(p.x), floor(p.y), floor(p.z));
        let t = p - Vec3::new(x as f32, y as f32, z as f32);
        let t = t * t * (Vec3::splat(3.0) - t * 2.0);
        let place = |i: i32, shift: u32| ((i & MASK) << shift) as usize;
        Self {
            x: [place(x, 0), place(x + 1, 0)],
            y: [place(y, 5), place(y + 1, 5)],
            z: [place(z, 10), place(z + 1, 10)],
            t,
        }
    }

    /// The values at the nodes, blended.
    #[inline(always)]
    fn blend<T>(&self, lattice: &[T]) -> T
    where
        T: Copy + core::ops::Add<Output = T> + core::ops::Sub<Output = T> + core::ops::Mul<f32, Output = T>,
    {
        let lattice = &lattice[..SIDE * SIDE * SIDE];
        let Self { x: [x0, x1], y: [y0, y1], z: [z0, z1], t } = *self;
        let row = [z0 | y0, z0 | y1, z1 | y0, z1 | y1];
        let (a, b) = (lattice[row[0] | x0], lattice[row[0] | x1]);
        let (c, d) = (lattice[row[1] | x0], lattice[row[1] | x1]);
        let (e, f) = (lattice[row[2] | x0], lattice[row[2] | x1]);
        let (g, h) = (lattice[row[3] | x0], lattice[row[3] | x1]);
        let near = mix(mix(a, b, t.x), mix(c, d, t.x), t.y);
        mix(near, mix(mix(e, f, t.x), mix(g, h, t.x), t.y), t.z)
    }
}

/// From one value to another.
#[inline(always)]
fn mix<T>(a: T, b: T, t: f32) -> T
where
    T: Copy + core::ops::Add<Output = T> + core::ops::Sub<Output = T> + core::ops::Mul<f32, Output = T>,
{
    a + (b - a) * t
}

/// Noise in -1 to 1 with features as large as 1; mean 0, deviation about 0.33.
pub(super) fn noise(p: Vec3) -> f32 {
    Cell::new(p).blend(&LATTICE)
}

/// Three independent noises at once, each as [`noise`].
pub(super) fn noise3(p: Vec3) -> Vec3 {
    noise4(p).truncate()
}

/// Four independent noises at once, each as [`noise`].
pub(super) fn noise4(p: Vec3) -> Vec4 {
    static LATTICE4: LazyLock<Vec<Vec4>> = LazyLock::new(|| {
        let at = |i: usize, k: usize| LATTICE[(i * 3 + k * 11_003 + 7) % LATTICE.len()];
        (0..SIDE * SIDE * SIDE).map(|i| Vec4::new(at(i, 0), at(i, 1), at(i, 2), at(i, 3))).collect()
    });
    Cell::new(p).blend(&LATTICE4)
}

/// A number in 0-1 for a pair of integers.
pub(super) fn hash01(seed: u64, a: u32, b: u32) -> f32 {
    (pixel_hash(seed, a, b, 7) >> 8) as f32 * (1.0 / (1 << 24) as f32)
}

/// Smooth step from 0 at `from` to 1 at `to`.
#[inline]
pub(super) fn smooth(from: f32, to: f32, x: f32) -> f32 {
    let t = ((x - from) / (to - from)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_continuous_and_centred() {
        let mut sum = 0.0;
        for i in 0..4000 {
            let p = Vec3::new(i as f32 * 0.37 - 300.0, i as f32 * 0.11, i as f32 * -0.23);
            let here = noise(p);
            assert!(here.abs() <= 1.0 && (noise(p + Vec3::splat(1e-3)) - here).abs() < 0.02);
            sum += here;
        }
        assert!((sum / 4000.0).abs() < 0.05);
    }
}
