//! Smooth noise in space, from a table.
//!
//! Value noise on a lattice of 32 cells a side, repeated: the fade is cubic, so the gradient is continuous.

use std::sync::LazyLock;

use glam::Vec3;

use crate::body::raster::floor;
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
    let floor = Vec3::from(p.to_array().map(|v| floor(v) as f32));
    let t = p - floor;
    let fade = t * t * (Vec3::splat(3.0) - 2.0 * t);
    let slope = 6.0 * t * (Vec3::ONE - t);
    let wrap = |v: f32| (v as i32 & (SIDE as i32 - 1)) as usize;
    let (x0, y0, z0) = (wrap(floor.x), wrap(floor.y), wrap(floor.z));
    let (x1, y1, z1) = ((x0 + 1) % SIDE, (y0 + 1) % SIDE, (z0 + 1) % SIDE);
    let table = &table[..SIDE * SIDE * SIDE];
    let at = |x: usize, yz: usize| table[yz * SIDE + x];
    let row = [z0 * SIDE + y0, z0 * SIDE + y1, z1 * SIDE + y0, z1 * SIDE + y1];
    let (a, b) = (at(x0, row[0]), at(x1, row[0]));
    let (c, d) = (at(x0, row[1]), at(x1, row[1]));
    let (near, near_x, near_y) = plane([a, b, c, d], fade);
    let (a, b) = (at(x0, row[2]), at(x1, row[2]));
    let (c, d) = (at(x0, row[3]), at(x1, row[3]));
    let (far, far_x, far_y) = plane([a, b, c, d], fade);
    let mix = |a: f32, b: f32| a + (b - a) * fade.z;
    (mix(near, far), Vec3::new(mix(near_x, far_x), mix(near_y, far_y), far - near) * slope)
}

/// The value between the nodes of a square, and its change across and down.
#[inline(always)]
fn plane([a, b, c, d]: [f32; 4], fade: Vec3) -> (f32, f32, f32) {
    let (upper, lower) = (a + (b - a) * fade.x, c + (d - c) * fade.x);
    let across = (b - a) + ((d - c) - (b - a)) * fade.y;
    (upper + (lower - upper) * fade.y, across, lower - upper)
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
