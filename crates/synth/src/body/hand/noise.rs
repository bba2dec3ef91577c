//! Smooth noise in space, from a table.
//!
//! Value noise on a lattice of 32 cells a side, repeated: the fade is cubic, so the gradient is continuous.

use std::sync::LazyLock;

use glam::Vec3;

use crate::rng::pixel_hash;

const SIDE: usize = 32;

static LATTICE: LazyLock<Vec<f32>> = LazyLock::new(|| {
    (0..SIDE * SIDE * SIDE)
        .map(|i| pixel_hash(0x5ca1_ab1e, i as u32, 0, 0) as f32 * (2.0 / 4_294_967_296.0) - 1.0)
        .collect()
});

/// The noise (-1 to 1, deviation about 0.35) and its gradient at a point, in cells.
pub(super) fn noise(p: Vec3) -> (f32, Vec3) {
    let table = &*LATTICE;
    let floor = p.floor();
    let t = p - floor;
    let fade = t * t * (Vec3::splat(3.0) - 2.0 * t);
    let slope = 6.0 * t * (Vec3::ONE - t);
    let wrap = |v: f32| (v as i32 & (SIDE as i32 - 1)) as usize;
    let (x0, y0, z0) = (wrap(floor.x), wrap(floor.y), wrap(floor.z));
    let (x1, y1, z1) = ((x0 + 1) % SIDE, (y0 + 1) % SIDE, (z0 + 1) % SIDE);
    let at = |x: usize, y: usize, z: usize| table[(z * SIDE + y) * SIDE + x];
    let line = |y: usize, z: usize| {
        let (a, b) = (at(x0, y, z), at(x1, y, z));
        (a + (b - a) * fade.x, b - a)
    };
    let plane = |z: usize| {
        let ((a, da), (b, db)) = (line(y0, z), line(y1, z));
        (a + (b - a) * fade.y, da + (db - da) * fade.y, b - a)
    };
    let ((a, ax, ay), (b, bx, by)) = (plane(z0), plane(z1));
    let mix = |a: f32, b: f32| a + (b - a) * fade.z;
    (mix(a, b), Vec3::new(mix(ax, bx), mix(ay, by), b - a) * slope)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gradient_is_that_of_the_values_and_the_lattice_repeats() {
        for i in 0..200u32 {
            let p = Vec3::new(0.37, 0.73, 0.19) * i as f32 - Vec3::splat(20.0);
            let (value, gradient) = noise(p);
            assert!(value.abs() <= 1.0);
            const STEP: f32 = 4e-3;
            for (k, axis) in [Vec3::X, Vec3::Y, Vec3::Z].into_iter().enumerate() {
                let slope = (noise(p + axis * STEP).0 - noise(p - axis * STEP).0) / (2.0 * STEP);
                assert!((slope - gradient[k]).abs() < 2e-2, "{p} {slope} {gradient}");
            }
            assert!((noise(p + Vec3::splat(32.0)).0 - value).abs() < 1e-3);
        }
    }
}
