//! Where the sight line of a pixel meets a plane: a homography and its derivatives.

use glam::{DMat3, DVec2, DVec3};

use retake_simd::{array, kernel};

use super::lanes::{LANES, Lane};
use crate::scene::Camera;

/// Maps undistorted picture points to a plane's own coordinates, mm, as fractions of linear forms of `(x, y, 1)`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PlaneMap {
    u: [f64; 3],
    v: [f64; 3],
    w: [f64; 3],
}

/// A point of a plane as a pixel sees it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Seen {
    /// Place on the plane, mm.
    pub(crate) at: [f32; 2],
    /// Step on the plane for one pixel to the right, mm.
    pub(crate) across: [f32; 2],
    /// Step on the plane for one pixel down, mm.
    pub(crate) down: [f32; 2],
}

impl Seen {
    /// Side of a square pixel of the same area on the plane, mm.
    #[inline]
    pub(crate) fn footprint(&self) -> f32 {
        (self.across[0] * self.down[1] - self.across[1] * self.down[0]).abs().sqrt()
    }
}

impl PlaneMap {
    /// The plane through `origin` with two unit axes and its normal as columns; the coordinates are along the first
    /// two from `origin`.
    pub(crate) fn new(camera: &Camera, origin: DVec3, axes: &DMat3) -> Self {
        let (base, right, down) = {
            let base = camera.ray(DVec2::ZERO);
            (base, camera.ray(DVec2::X) - base, camera.ray(DVec2::Y) - base)
        };
        let offset = camera.position - origin;
        let height = -axes.z_axis.dot(offset);
        // From below, all three forms change sign: `w < 0` always means that the sight line meets the plane.
        let sign = if height < 0.0 { 1.0 } else { -1.0 };
        let form = |axis: DVec3| [axis.dot(right), axis.dot(down), axis.dot(base)].map(|f| f * sign);
        let w = form(axes.z_axis);
        // axis . (offset + t d) with t = height / (normal . d), brought over one denominator.
        let over = |axis: DVec3| {
            let (d, o) = (form(axis), axis.dot(offset));
            core::array::from_fn(|i| o * w[i] + height * d[i])
        };
        Self { u: over(axes.x_axis), v: over(axes.y_axis), w }
    }

    /// What is seen at an undistorted picture point; `None` where the sight line does not meet the plane.
    #[inline]
    pub(crate) fn seen(&self, p: DVec2) -> Option<Seen> {
        let eval = |f: &[f64; 3]| f[0] * p.x + f[1] * p.y + f[2];
        let w = eval(&self.w);
        if w > -1e-9 {
            return None;
        }
        let inverse = 1.0 / w;
        let (u, v) = (eval(&self.u) * inverse, eval(&self.v) * inverse);
        let slope = |i: usize| {
            [((self.u[i] - u * self.w[i]) * inverse) as f32, ((self.v[i] - v * self.w[i]) * inverse) as f32]
        };
        Some(Seen { at: [u as f32, v as f32], across: slope(0), down: slope(1) })
    }
}

/// A [`PlaneMap`] for pixels side by side, from picture points that the lens distorts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PlaneLanes {
    /// The forms about the principal point, the last one of order 1 there.
    u: [f32; 3],
    v: [f32; 3],
    w: [f32; 3],
    principal_point: [f32; 2],
    /// What distortion adds for each squared pixel from the principal point.
    distortion: f32,
}

/// Coordinate on a plane given to sight lines that do not meet it, mm.
pub(crate) const NOWHERE: f32 = 1e6;

impl PlaneLanes {
    pub(crate) fn new(map: &PlaneMap, camera: &Camera) -> Self {
        let p = camera.principal_point;
        let about = |f: &[f64; 3]| [f[0], f[1], f[0] * p.x + f[1] * p.y + f[2]];
        let scale = 1.0 / about(&map.w)[2].abs().max(1e-9);
        let form = |f: &[f64; 3]| about(f).map(|v| (v * scale) as f32);
        let [w, h] = camera.size.map(f64::from);
        Self {
            u: form(&map.u),
            v: form(&map.v),
            w: form(&map.w),
            principal_point: p.as_vec2().to_array(),
            distortion: (4.0 * camera.distortion / (w * w + h * h)) as f32,
        }
    }

    /// The places on the plane that the middles of pixels from `(x, y)` to the right see, mm.
    #[inline(always)]
    pub(crate) fn at(&self, x: usize, y: usize) -> [Lane; 2] {
        let first = x as f32 + 0.5 - self.principal_point[0];
        let down = y as f32 + 0.5 - self.principal_point[1];
        let mut out = [[0.0; LANES]; 2];
        places(self, &array!(LANES, |i| first + i as f32), &[down; LANES], &mut out);
        out
    }

    /// The places that points of the picture see, px from its top left corner.
    #[inline(always)]
    pub(crate) fn at_points(&self, [x, y]: &[Lane; 2]) -> [Lane; 2] {
        let [px, py] = self.principal_point;
        let mut out = [[0.0; LANES]; 2];
        places(self, &array!(LANES, |i| x[i] - px), &array!(LANES, |i| y[i] - py), &mut out);
        out
    }
}

kernel! {
    /// The places that points of the picture see, px from the principal point.
    fn places(map: &PlaneLanes, dx: &Lane, dy: &Lane, out: &mut [Lane; 2]) {
        // Copies: loads under the condition below would keep the loop from becoming vectors.
        let PlaneLanes { u, v, w, distortion, .. } = *map;
        for i in 0..LANES {
            let (x, y) = (dx[i], dy[i]);
            let bent = 1.0 + distortion * (x * x + y * y);
            let (x, y) = (x * bent, y * bent);
            let near = w[0] * x + w[1] * y + w[2];
            let inverse = 1.0 / near.min(-1e-6);
            let across = (u[0] * x + u[1] * y + u[2]) * inverse;
            let down = (v[0] * x + v[1] * y + v[2]) * inverse;
            let there = near < -1e-6;
            out[0][i] = if there { across } else { NOWHERE };
            out[1][i] = if there { down } else { NOWHERE };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::testing;

    #[test]
    fn seen_points_project_back_to_their_pixel() {
        let mut scene = testing::scene();
        scene.camera.distortion = 0.008;
        let testing::Parts { camera, desk, .. } = testing::parts(&scene);
        let card = &desk.card;
        let axes = DMat3::from_cols(card.axes.x_axis, -card.axes.y_axis, card.axes.z_axis);
        let map = PlaneMap::new(camera, card.at(DVec2::ZERO), &axes);
        for p in [DVec2::new(800.0, 600.0), DVec2::new(3.0, 1190.0), DVec2::new(1500.5, 20.25)] {
            let seen = map.seen(camera.undistort(p)).unwrap();
            let [u, v] = PlaneLanes::new(&map, camera).at_points(&[[p.x as f32; LANES], [p.y as f32; LANES]]);
            assert!(
                (u[3] - seen.at[0]).abs() < 2e-4 && (v[3] - seen.at[1]).abs() < 2e-4,
                "{u:?} {v:?} {seen:?}"
            );
            let back = camera.picture_of(card.at(DVec2::new(seen.at[0].into(), seen.at[1].into()))).unwrap();
            assert!((back - p).length() < 1e-3, "{p} {back}");
            // The derivative, by a step.
            let q = camera.undistort(p) + DVec2::new(0.0, 1e-3);
            let step = map.seen(q).unwrap();
            let measured = (step.at[1] - seen.at[1]) / 1e-3;
            assert!((measured - seen.down[1]).abs() < 0.05, "{measured} {}", seen.down[1]);
        }
    }

    #[test]
    fn sight_lines_over_the_horizon_meet_nothing() {
        let mut scene = testing::scene();
        scene.camera.axes = DMat3::from_cols(DVec3::X, -DVec3::Z, DVec3::Y);
        let map = PlaneMap::new(&scene.camera, DVec3::ZERO, &DMat3::IDENTITY);
        assert!(map.seen(scene.camera.principal_point - DVec2::new(0.0, 100.0)).is_none());
        assert!(map.seen(scene.camera.principal_point + DVec2::new(0.0, 100.0)).is_some());
    }
}
