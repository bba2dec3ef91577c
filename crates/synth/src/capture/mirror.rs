//! Mirror images of area lights in a rough surface.
//!
//! A rough surface is made of facets whose slopes follow the GGX distribution (Walter et al. 2007). A facet
//! shows the light when its slope is that of the half vector between eye and light. So the light's outline is
//! carried into the plane of half-vector slopes, and the share of facets inside the outline is the mirrored light,
//! before Fresnel. For GGX this integral is closed: the slope density is a clamped cosine seen from the height
//! `alpha` above the slope plane (the idea of linearly transformed cosines, Heitz et al. 2016), hence a
//! form factor.

#![expect(
    clippy::manual_clamp,
    reason = "max and min are one instruction each; clamp branches for its checks"
)]

use glam::{DMat3, DVec2, DVec3};

use super::lanes::{LANES, Lane};
use crate::scene::AreaLight;

/// Slope given to half vectors that no facet can have.
const NEVER: f64 = 1e3;

/// Slope of the half vector between directions to the eye and to a target, in a surface's axes (normal last).
pub(crate) fn half_slope(axes: &DMat3, at: DVec3, eye: DVec3, target: DVec3) -> DVec2 {
    let half = axes.transpose() * ((eye - at).normalize_or_zero() + (target - at).normalize_or_zero());
    if half.z > 1e-3 { DVec2::new(half.x, half.y) / half.z } else { DVec2::splat(NEVER) }
}

/// Fresnel reflectance by Schlick (1994) with the normal reflectance of a refractive index.
pub(crate) fn fresnel(refractive_index: f64, cosine: f64) -> f64 {
    let f0 = ((refractive_index - 1.0) / (refractive_index + 1.0))
        * ((refractive_index - 1.0) / (refractive_index + 1.0));
    let m = (1.0 - cosine).clamp(0.0, 1.0);
    f0 + (1.0 - f0) * m * m * m * m * m
}

/// The outline of a light in the plane of half-vector slopes, relative to the mean normal.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Outline {
    /// Four corners in order.
    Quad([[f32; 2]; 4]),
    /// Centre and the ends of its two half axes.
    Ellipse([[f32; 2]; 3]),
}

/// Outlines at several places side by side, four points each; of an ellipse the first three count.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outlines {
    /// Whether they are ellipses.
    pub(crate) round: bool,
    /// The points' coordinates, as [`Outline`] has them.
    pub(crate) points: [Lane; 8],
}

impl Outlines {
    /// [`Outline::share`] of each.
    #[inline(always)]
    pub(crate) fn shares(&self, slope: &[Lane; 2], alpha: f32) -> Lane {
        let (p, mut out) = (&self.points, [0.0; LANES]);
        let (scale, [u, v]) = (1.0 / alpha, slope);
        if self.round {
            for i in 0..LANES {
                let points = [[p[0][i], p[1][i]], [p[2][i], p[3][i]], [p[4][i], p[5][i]]];
                out[i] = ellipse(&points, [u[i], v[i]], alpha);
            }
        } else {
            for i in 0..LANES {
                let corners =
                    [[p[0][i], p[1][i]], [p[2][i], p[3][i]], [p[4][i], p[5][i]], [p[6][i], p[7][i]]];
                out[i] = quad(&corners, [u[i], v[i]], scale);
            }
        }
        out
    }
}

impl Outline {
    /// The outline of a light, as a point of a surface with these axes (normal last) mirrors it to the eye.
    pub(crate) fn of(light: &AreaLight, axes: &DMat3, at: DVec3, eye: DVec3) -> Self {
        let (c, u, v) = (light.centre, light.half_u, light.half_v);
        let slope = |target: DVec3| half_slope(axes, at, eye, target).as_vec2().to_array();
        if light.round {
            Self::Ellipse([c, c + u, c + v].map(slope))
        } else {
            Self::Quad([c - u - v, c + u - v, c + u + v, c - u + v].map(slope))
        }
    }

    /// Share of the facets that mirror the light, 0-1, on a surface whose normal leans by `slope` and whose
    /// GGX roughness is `alpha`.
    #[inline]
    pub(crate) fn share(&self, slope: [f32; 2], alpha: f32) -> f32 {
        match self {
            Self::Quad(corners) => quad(corners, slope, 1.0 / alpha),
            Self::Ellipse(points) => ellipse(points, slope, alpha),
        }
    }
}

/// Without a branch, so that loops over it run several places at a time.
#[inline(always)]
fn quad(corners: &[[f32; 2]; 4], slope: [f32; 2], scale: f32) -> f32 {
    let mut p = [[0.0; 2]; 4];
    for i in 0..4 {
        p[i] = [(corners[i][0] - slope[0]) * scale, (corners[i][1] - slope[1]) * scale];
    }
    let centre =
        [0.25 * (p[0][0] + p[1][0] + p[2][0] + p[3][0]), 0.25 * (p[0][1] + p[1][1] + p[2][1] + p[3][1])];
    let distance = 1.0 + centre[0] * centre[0] + centre[1] * centre[1];
    let (d, e) = ([p[2][0] - p[0][0], p[2][1] - p[0][1]], [p[3][0] - p[1][0], p[3][1] - p[1][1]]);
    let extent = d[0] * d[0] + d[1] * d[1] + e[0] * e[0] + e[1] * e[1];
    // Far off or tiny: density times area.
    let area = 0.5 * (d[0] * e[1] - d[1] * e[0]).abs();
    let far = area / (core::f32::consts::PI * distance * distance);
    let mut inverse = [0.0; 4];
    for i in 0..4 {
        inverse[i] = 1.0 / (p[i][0] * p[i][0] + p[i][1] * p[i][1] + 1.0).sqrt();
    }
    let mut sum = 0.0;
    for i in 0..4 {
        let j = (i + 1) % 4;
        let norm = inverse[i] * inverse[j];
        let cosine = (p[i][0] * p[j][0] + p[i][1] * p[j][1] + 1.0) * norm;
        let cross = (p[i][0] * p[j][1] - p[i][1] * p[j][0]) * norm;
        sum += cross * arc(cosine);
    }
    if distance > 60.0 * extent { far } else { sum.abs().min(1.0) }
}

/// `acos(x) / sin(acos(x)) / 2 pi`, rational fit (Hill and Heitz 2016, "Real-Time Area Lighting").
#[inline(always)]
pub(crate) fn arc(x: f32) -> f32 {
    let y = x.abs();
    let a = 0.854_398_5 + (0.496_515_5 + 0.014_520_6 * y) * y;
    let b = 3.417_594 + (4.161_672_4 + y) * y;
    let v = a / b;
    let obtuse = 0.5 / (1.0 - x * x).max(1e-7).sqrt() - v;
    if x > 0.0 { v } else { obtuse }
}

/// Form factor of a disc in a parallel plane, off axis (Howell, catalogue of configuration factors, B-13),
/// with the ellipse made a disc of the same area.
#[inline(always)]
fn ellipse(points: &[[f32; 2]; 3], slope: [f32; 2], alpha: f32) -> f32 {
    let [c, u, v] = *points;
    let (a, b) = ([u[0] - c[0], u[1] - c[1]], [v[0] - c[0], v[1] - c[1]]);
    let det = a[0] * b[1] - a[1] * b[0];
    let area = det.abs();
    let per = if area < 1e-12 { 0.0 } else { 1.0 / det };
    let o = [slope[0] - c[0], slope[1] - c[1]];
    let x = (o[0] * b[1] - o[1] * b[0]) * per;
    let y = (a[0] * o[1] - a[1] * o[0]) * per;
    let offset = (x * x + y * y) * area;
    let h = alpha * alpha;
    let sum = offset + h + area;
    let root = (sum * sum - 4.0 * area * offset).max(0.0).sqrt();
    // 1/2 (1 - (sum - 2 area) / root), without cancellation.
    let rest = sum - 2.0 * area;
    let outside = 2.0 * area * h / (root * (root + rest)).max(1e-30);
    let inside = 0.5 * (1.0 - rest / root.max(1e-20));
    let share = if rest > 0.0 { outside } else { inside };
    if area < 1e-12 { 0.0 } else { share.max(0.0).min(1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn density(x: f64, y: f64, alpha: f64) -> f64 {
        let t = 1.0 + (x * x + y * y) / (alpha * alpha);
        1.0 / (core::f64::consts::PI * alpha * alpha * t * t)
    }

    fn brute_force(inside: impl Fn(f64, f64) -> bool, slope: [f64; 2], alpha: f64) -> f64 {
        let n = 800;
        let half = 0.5;
        let step = 2.0 * half / f64::from(n);
        let mut sum = 0.0;
        for i in 0..n {
            for j in 0..n {
                let (x, y) = (-half + (f64::from(i) + 0.5) * step, -half + (f64::from(j) + 0.5) * step);
                if inside(x, y) {
                    sum += density(x - slope[0], y - slope[1], alpha) * step * step;
                }
            }
        }
        sum
    }

    #[test]
    fn quads_hold_the_share_of_facets_inside() {
        let quad = Outline::Quad([[-0.1, -0.05], [0.2, -0.05], [0.2, 0.15], [-0.1, 0.15]]);
        for (slope, alpha) in
            [([0.0, 0.0], 0.05), ([0.19, 0.1], 0.03), ([-0.3, 0.2], 0.1), ([0.05, 0.05], 0.3)]
        {
            let summed =
                brute_force(|x, y| (-0.1..0.2).contains(&x) && (-0.05..0.15).contains(&y), slope, alpha);
            let exact = f64::from(quad.share(slope.map(|s| s as f32), alpha as f32));
            assert!((exact - summed).abs() < 2e-3, "{slope:?} {alpha}: {exact} {summed}");
        }
    }

    #[test]
    fn ellipses_hold_the_share_of_facets_inside() {
        let disc = Outline::Ellipse([[0.05, 0.02], [0.15, 0.02], [0.05, 0.12]]);
        for (slope, alpha) in [([0.05, 0.02], 0.05), ([0.15, 0.02], 0.03), ([-0.2, 0.1], 0.1)] {
            let summed =
                brute_force(|x, y| (x - 0.05) * (x - 0.05) + (y - 0.02) * (y - 0.02) < 0.01, slope, alpha);
            let exact = f64::from(disc.share(slope.map(|s| s as f32), alpha as f32));
            assert!((exact - summed).abs() < 2e-3, "{slope:?} {alpha}: {exact} {summed}");
        }
    }

    #[test]
    fn far_quads_join_near_ones_smoothly() {
        let quad = |x: f32| {
            Outline::Quad([[x - 0.02, -0.02], [x + 0.02, -0.02], [x + 0.02, 0.02], [x - 0.02, 0.02]])
                .share([0.0; 2], 0.05)
        };
        let mut last = quad(0.0);
        for i in 1..1000 {
            let next = quad(i as f32 * 0.002);
            assert!(next < last * 1.001, "rises at step {i}");
            assert!((last - next) < 0.15 * last + 1e-9, "jumps at step {i}: {last} {next}");
            last = next;
        }
    }

    #[test]
    fn normal_reflectance_is_that_of_polycarbonate() {
        assert!((fresnel(1.585, 1.0) - 0.0512).abs() < 1e-4);
        assert!((fresnel(1.585, 0.0) - 1.0).abs() < 1e-12);
    }
}
