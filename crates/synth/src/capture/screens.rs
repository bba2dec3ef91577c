//! How much of a light things out of sight leave to a point: the soft shadows of the phone, the arm, the person, and of
//! the frame of a window.
//!
//! The light is carried along its rays into a screen's plane and taken for an even rectangle there, of the same
//! variance along the screen's sides. So the hidden share is a product of two overlaps: exact for a rectangular light
//! parallel to a rectangular screen, and as soft as life for the rest. Shadows of screens are far wider than a node of
//! the coarse grids, which is where they are looked up.

use glam::DVec3;

use crate::scene::{AreaLight, Screen};

/// A light so near to a screen's plane is held by it and shines from its front, as the flash of a phone and the hand around
/// it, mm.
const HELD: f64 = 60.0;

/// Share of a light that all screens leave to a point, 0-1.
pub(crate) fn open(screens: &[Screen], light: &AreaLight, at: DVec3) -> f64 {
    screens.iter().fold(1.0, |open, screen| if open > 0.0 { open * passed(screen, light, at) } else { 0.0 })
}

/// Share of a light that passes one screen.
fn passed(screen: &Screen, light: &AreaLight, at: DVec3) -> f64 {
    let (u, v) = (screen.half_u, screen.half_v);
    let normal = u.cross(v);
    let from = (at - screen.centre).dot(normal);
    let to = (light.centre - screen.centre).dot(normal);
    if from * to >= 0.0 || to.abs() < HELD * normal.length() {
        return 1.0;
    }
    let way = light.centre - at;
    let t = from / (from - to);
    let hit = at + way * t - screen.centre;
    // A point of the light beside its middle crosses the plane beside the hit, after the law of rays.
    let slope = normal / way.dot(normal);
    let cross = |half: DVec3| (half - way * half.dot(slope)) * t;
    // An even disc has 3/4 of the variance of its square.
    let shape = if light.round { 0.75 } else { 1.0 };
    let (a, b) = (cross(light.half_u), cross(light.half_v));
    let along = |side: DVec3| {
        let length = side.length();
        let axis = side / length;
        let (x, y) = (a.dot(axis), b.dot(axis));
        (hit.dot(axis), libm::sqrt(shape * (x * x + y * y)).max(1e-3), length)
    };
    let covered =
        if screen.round { ellipse(along(u), along(v)) } else { overlap(along(u)) * overlap(along(v)) };
    if screen.opening { covered } else { 1.0 - covered }
}

/// Share of a stretch of the light, `middle` plus and minus `reach`, within plus and minus `half`.
fn overlap((middle, reach, half): (f64, f64, f64)) -> f64 {
    let (low, high) = ((middle - reach).max(-half), (middle + reach).min(half));
    ((high - low) / (2.0 * reach)).max(0.0)
}

/// Share of a light within an ellipse, from its distance to the rim along the ray from the middle.
fn ellipse((x, ex, u): (f64, f64, f64), (y, ey, v): (f64, f64, f64)) -> f64 {
    let radius = libm::sqrt(x * x / (u * u) + y * y / (v * v));
    let size = libm::sqrt(u * v);
    let reach = libm::sqrt(ex * ey);
    let s = (0.5 + 0.5 * (1.0 - radius) * size / reach).clamp(0.0, 1.0);
    // A thing smaller than the light hides a part of it at most.
    let most = (core::f64::consts::FRAC_PI_4 * size * size / (reach * reach)).min(1.0);
    s * s * (3.0 - 2.0 * s) * most
}

#[cfg(test)]
mod tests {
    use super::*;

    fn light(round: bool) -> AreaLight {
        AreaLight {
            kind: "lamp".into(),
            centre: DVec3::new(30.0, -20.0, 1000.0),
            half_u: DVec3::X * 120.0,
            half_v: DVec3::Y * 70.0,
            round,
            luminance: [1.0; 3],
            in_ambient: false,
        }
    }

    fn screen() -> Screen {
        Screen {
            centre: DVec3::new(0.0, 0.0, 250.0),
            half_u: DVec3::X * 38.0,
            half_v: DVec3::Y * 80.0,
            round: false,
            opening: false,
        }
    }

    /// Counts rays to points of the light that miss the rectangle.
    fn brute_force(screen: &Screen, light: &AreaLight, at: DVec3) -> f64 {
        const N: i32 = 200;
        let (mut free, mut all) = (0u32, 0u32);
        for i in 0..N {
            for j in 0..N {
                let [a, b] = [i, j].map(|k| (f64::from(k) + 0.5) / f64::from(N) * 2.0 - 1.0);
                if light.round && a * a + b * b > 1.0 {
                    continue;
                }
                let p = light.centre + light.half_u * a + light.half_v * b;
                let hit = at + (p - at) * (screen.centre.z / p.z);
                all += 1;
                let outside = hit.x.abs() > screen.half_u.x || hit.y.abs() > screen.half_v.y;
                free += u32::from(outside != screen.opening);
            }
        }
        f64::from(free) / f64::from(all)
    }

    #[test]
    fn a_rectangle_hides_what_rays_say() {
        for (round, tolerance) in [(false, 0.01), (true, 0.06)] {
            for opening in [false, true] {
                let screen = Screen { opening, ..screen() };
                for x in -8..9 {
                    let at = DVec3::new(f64::from(x) * 12.0, 65.0, 0.0);
                    let (exact, counted) =
                        (passed(&screen, &light(round), at), brute_force(&screen, &light(round), at));
                    assert!((exact - counted).abs() < tolerance, "{round} {opening} {x}: {exact} {counted}");
                }
            }
        }
    }

    #[test]
    fn what_is_not_between_hides_nothing() {
        let mut beyond = screen();
        beyond.centre.z = 1200.0;
        let mut below = screen();
        below.centre.z = -5.0;
        assert_eq!(open(&[beyond, below], &light(false), DVec3::ZERO), 1.0);
        let wall = Screen { opening: true, ..screen() };
        assert!(open(&[screen(), wall], &light(false), DVec3::ZERO) < 0.05);
    }

    #[test]
    fn an_ellipse_hides_most_in_its_middle_and_nothing_far_off() {
        let round = Screen { round: true, ..screen() };
        let at = |x: f64| passed(&round, &light(true), DVec3::new(x, 0.0, 0.0));
        assert!(at(-10.0) < 0.2 && at(400.0) == 1.0);
        for x in 0..50 {
            assert!(at(f64::from(x + 1) * 8.0) >= at(f64::from(x) * 8.0) - 1e-12);
        }
    }
}
