//! Shoulders and chest as a field of heights, for hair that comes to rest on them.

use glam::Vec3;

use super::figure::Surface;

/// Size of a cell, mm.
const CELL: f32 = 12.0;
/// Cells from one arm to the other, and from the back to the chest.
const COUNT: [usize; 2] = [36, 26];
/// Where the first cell begins, x and z, mm.
const FIRST: [f32; 2] = [-216.0, -130.0];
/// Height of cells where there is nothing, mm.
const NOTHING: f32 = -400.0;
/// How far over cloth hair lies, mm.
const OVER: f32 = 4.0;

/// The upmost of a body's surface over a grid of places.
pub(super) struct Shoulders {
    heights: Vec<f32>,
}

impl Shoulders {
    /// Of the garment in its pose.
    pub(super) fn new(shirt: &Surface) -> Self {
        let mut heights = vec![NOTHING; COUNT[0] * COUNT[1]];
        for p in shirt.positions.iter().filter(|p| p.y < 45.0) {
            let cell = [p.x, p.z].map(|v| v / CELL);
            let [i, k] = [0, 1].map(|a| (cell[a] - FIRST[a] / CELL).floor());
            if i >= 0.0 && k >= 0.0 && (i as usize) < COUNT[0] && (k as usize) < COUNT[1] {
                let height = &mut heights[k as usize * COUNT[0] + i as usize];
                *height = height.max(p.y);
            }
        }
        Self { heights }.smoothed()
    }

    /// Every cell as the mean of those round it that hold something, so that no edge of a cell shows.
    fn smoothed(&self) -> Self {
        let mut heights = self.heights.clone();
        for k in 1..COUNT[1] - 1 {
            for i in 1..COUNT[0] - 1 {
                let near = (0..9).map(|n| self.heights[(k + n / 3 - 1) * COUNT[0] + i + n % 3 - 1]);
                let (sum, count) = near
                    .filter(|height| *height > NOTHING)
                    .fold((0.0, 0.0), |(sum, count), height| (sum + height, count + 1.0));
                if count > 0.0 {
                    heights[k * COUNT[0] + i] = sum / count;
                }
            }
        }
        Self { heights }
    }

    fn height(&self, x: f32, z: f32) -> f32 {
        let [x, z] = [(x - FIRST[0]) / CELL - 0.5, (z - FIRST[1]) / CELL - 0.5];
        let (x, z) = (x.clamp(0.0, COUNT[0] as f32 - 1.001), z.clamp(0.0, COUNT[1] as f32 - 1.001));
        let (i, k) = (x as usize, z as usize);
        let (tx, tz) = (x - i as f32, z - k as f32);
        let at = |i: usize, k: usize| self.heights[k * COUNT[0] + i];
        let row = |k: usize| at(i, k) * (1.0 - tx) + at(i + 1, k) * tx;
        row(k) * (1.0 - tz) + row(k + 1) * tz
    }

    /// The point, moved out of the body along its surface's slope.
    pub(super) fn keep(&self, point: Vec3) -> Vec3 {
        if point.y > 60.0 {
            return point;
        }
        let height = self.height(point.x, point.z);
        let under = height + OVER - point.y;
        if under <= 0.0 || height < -250.0 {
            return point;
        }
        let slope = |dx: f32, dz: f32| {
            self.height(point.x + dx, point.z + dz) - self.height(point.x - dx, point.z - dz)
        };
        let [dx, dz] = [slope(8.0, 0.0), slope(0.0, 8.0)].map(|rise| (rise / 16.0).clamp(-2.5, 2.5));
        let normal = Vec3::new(-dx, 1.0, -dz).normalize_or_zero();
        point + normal * (under * normal.y)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_under_the_surface_comes_out_down_its_slope() {
        let height = |n: usize| 20.0 - 8.0 * (n / COUNT[0]) as f32;
        let shoulders = Shoulders { heights: (0..COUNT[0] * COUNT[1]).map(height).collect() };
        let inside = Vec3::new(10.0, shoulders.height(10.0, 0.0) - 10.0, 0.0);
        let out = shoulders.keep(inside);
        assert!(out.z > inside.z && (out.y - shoulders.height(out.x, out.z) - OVER).abs() < 0.5);
        let above = Vec3::new(10.0, 50.0, 60.0);
        assert_eq!(shoulders.keep(above), above);
    }
}
