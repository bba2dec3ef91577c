//! Smooth noise in space, from a table: texture of skin, cloth and walls.
//!
//! Value noise (Perlin 1985, in its lattice form) on a lattice that repeats every 32 cells; a lookup is eight
//! loads and a cubic blend.

use std::sync::LazyLock;

use glam::{Vec3, Vec3A};

use crate::rng::pixel_hash;

const SIDE: usize = 32;
const MASK: i32 = SIDE as i32 - 1;

static LATTICE: LazyLock<Vec<f32>> = LazyLock::new(|| {
    let value = |i: usize| pixel_hash(0x006e_6f69_7365, i as u32, (i >> 5) as u32 & 31, 0);
    (0..SIDE * SIDE * SIDE).map(|i| (f64::from(value(i)) / f64::from(u32::MAX) * 2.0 - 1.0) as f32).collect()
});

/// The whole number below, without a call.
fn floor(value: f32) -> i32 {
    let whole = value as i32;
    whole - i32::from(value < whole as f32)
}

/// Noise in -1 to 1 with features as large as 1; mean 0, deviation about 0.33.
pub(super) fn noise(p: Vec3) -> f32 {
    let [x, y, z] = [p.x, p.y, p.z].map(floor);
    let t = p - Vec3::new(x as f32, y as f32, z as f32);
    let t = t * t * (Vec3::splat(3.0) - t * 2.0);
    let lattice = &LATTICE[..SIDE * SIDE * SIDE];
    let [xs, ys, zs] =
        [(x, 0), (y, 5), (z, 10)].map(|(i, shift)| [i & MASK, (i + 1) & MASK].map(|i| (i << shift) as usize));
    let at = |dx: usize, dy: usize, dz: usize| lattice[zs[dz] | ys[dy] | xs[dx]];
    let mix = |a: f32, b: f32, t: f32| a + (b - a) * t;
    let row = |dy, dz| mix(at(0, dy, dz), at(1, dy, dz), t.x);
    mix(mix(row(0, 0), row(1, 0), t.y), mix(row(0, 1), row(1, 1), t.y), t.z)
}

/// Three independent noises at once, each as [`noise`].
pub(super) fn noise3(p: Vec3) -> Vec3 {
    static LATTICE3: LazyLock<Vec<Vec3A>> = LazyLock::new(|| {
        let at = |i: usize, k: usize| LATTICE[(i * 3 + k * 11_003 + 7) % LATTICE.len()];
        (0..SIDE * SIDE * SIDE).map(|i| Vec3A::new(at(i, 0), at(i, 1), at(i, 2))).collect()
    });
    let [x, y, z] = [p.x, p.y, p.z].map(floor);
    let t = p - Vec3::new(x as f32, y as f32, z as f32);
    let t = t * t * (Vec3::splat(3.0) - t * 2.0);
    let lattice = &LATTICE3[..SIDE * SIDE * SIDE];
    let [xs, ys, zs] =
        [(x, 0), (y, 5), (z, 10)].map(|(i, shift)| [i & MASK, (i + 1) & MASK].map(|i| (i << shift) as usize));
    let at = |dx: usize, dy: usize, dz: usize| lattice[zs[dz] | ys[dy] | xs[dx]];
    let mix = |a: Vec3A, b: Vec3A, t: f32| a + (b - a) * t;
    let row = |dy, dz| mix(at(0, dy, dz), at(1, dy, dz), t.x);
    mix(mix(row(0, 0), row(1, 0), t.y), mix(row(0, 1), row(1, 1), t.y), t.z).into()
}

/// A number in 0-1 for a pair of integers.
pub(super) fn hash01(seed: u64, a: u32, b: u32) -> f32 {
    (pixel_hash(seed, a, b, 7) >> 8) as f32 * (1.0 / (1 << 24) as f32)
}

/// Smooth step from 0 at `from` to 1 at `to`.
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
