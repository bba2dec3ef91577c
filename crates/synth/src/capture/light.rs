//! Light that falls on a point, and where a lamp must hang to be mirrored at one.
//!
//! Illuminance is exact for polygons: Lambert's formula for the form factor (Lambert 1760; as in Arvo 1995,
//! "Applications of Irradiance Tensors"), clipped at the horizon of the lit surface.

use glam::{DMat3, DVec3};

use super::screens;
use crate::scene::{AreaLight, Scene};

/// Sides of the polygon that stands for an ellipse; its area is made the ellipse's own.
const ELLIPSE_SIDES: usize = 12;

impl AreaLight {
    /// The light's outline as a polygon: its four corners, or a polygon of the same area as the ellipse.
    pub(crate) fn outline(&self) -> Vec<DVec3> {
        if !self.round {
            let (c, u, v) = (self.centre, self.half_u, self.half_v);
            return vec![c - u - v, c + u - v, c + u + v, c - u + v];
        }
        let step = core::f64::consts::TAU / ELLIPSE_SIDES as f64;
        let grow = libm::sqrt(core::f64::consts::TAU / (ELLIPSE_SIDES as f64 * libm::sin(step)));
        (0..ELLIPSE_SIDES)
            .map(|i| {
                let angle = step * i as f64;
                self.centre + (self.half_u * libm::cos(angle) + self.half_v * libm::sin(angle)) * grow
            })
            .collect()
    }
}

/// Form factor of a polygon seen from a point with a normal: the share of the light of a full uniform dome
/// that it would give, 0-1. Parts under the point's horizon do not count; both faces of the polygon shine.
pub(crate) fn form_factor(polygon: &[DVec3], at: DVec3, normal: DVec3) -> f64 {
    let mut clipped = Vec::with_capacity(polygon.len() + 2);
    for (i, corner) in polygon.iter().enumerate() {
        let a = *corner - at;
        let b = polygon[(i + 1) % polygon.len()] - at;
        let (ha, hb) = (a.dot(normal), b.dot(normal));
        if ha >= 0.0 {
            clipped.push(a);
        }
        if (ha < 0.0) != (hb < 0.0) {
            clipped.push(a + (b - a) * (ha / (ha - hb)));
        }
    }
    let mut sum = 0.0;
    for (i, a) in clipped.iter().enumerate() {
        let b = clipped[(i + 1) % clipped.len()];
        let cross = a.cross(b);
        let sine = cross.length();
        if sine > 1e-12 {
            sum += libm::atan2(sine, a.dot(b)) * cross.dot(normal) / sine;
        }
    }
    (sum / core::f64::consts::TAU).abs()
}

/// Illuminance at a point with a normal from the ambient dome and all lights that are not counted in it, behind the
/// scene's screens and with nothing else in the way, lx per linear sRGB channel. Divided by pi and times an albedo it is a luminance, cd/m2.
pub fn illuminance(scene: &Scene, at: DVec3, normal: DVec3) -> [f64; 3] {
    let mut sum = scene.ambient;
    for light in scene.lights.iter().filter(|light| !light.in_ambient) {
        let open = screens::open(&scene.screens, light, at);
        let share = form_factor(&light.outline(), at, normal) * core::f64::consts::PI * open;
        for (total, luminance) in sum.iter_mut().zip(light.luminance) {
            *total += share * luminance;
        }
    }
    sum
}

/// How the illuminance of a surface grows as its normal leans: relative growth per unit of slope along its
/// two axes. What makes relief visible.
pub(crate) fn lean(scene: &Scene, at: DVec3, axes: &DMat3) -> [f32; 2] {
    let step = 0.05;
    let tilted = |axis: DVec3, sign: f64| {
        let [r, g, b] = illuminance(scene, at, (axes.z_axis + axis * (sign * step)).normalize());
        0.2126 * r + 0.7152 * g + 0.0722 * b
    };
    [axes.x_axis, axes.y_axis].map(|axis| {
        let (up, down) = (tilted(axis, 1.0), tilted(axis, -1.0));
        if up + down > 0.0 { ((up - down) / (step * (up + down))) as f32 } else { 0.0 }
    })
}

/// Unit direction from a mirroring point towards where a light must stand for its image to be seen there.
pub fn mirror_direction(eye: DVec3, at: DVec3, normal: DVec3) -> DVec3 {
    let view = (eye - at).normalize();
    (normal * (2.0 * view.dot(normal)) - view).normalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(height: f64, half: f64) -> Vec<DVec3> {
        [[-half, -half], [half, -half], [half, half], [-half, half]]
            .map(|[x, y]| DVec3::new(x, y, height))
            .to_vec()
    }

    /// Sums the definition, cos cos / (pi r^2) dA.
    fn brute_force(height: f64, half: f64, at: DVec3, normal: DVec3) -> f64 {
        let n = 400;
        let side = 2.0 * half / f64::from(n);
        let mut sum = 0.0;
        for i in 0..n {
            for j in 0..n {
                let p = DVec3::new(
                    -half + (f64::from(i) + 0.5) * side,
                    -half + (f64::from(j) + 0.5) * side,
                    height,
                );
                let d = p - at;
                let cosine = (d.dot(normal) / d.length()).max(0.0);
                sum += cosine * (d.z.abs() / d.length()) / (core::f64::consts::PI * d.length_squared())
                    * side
                    * side;
            }
        }
        sum
    }

    #[test]
    fn form_factor_is_the_integral_it_stands_for() {
        let tilted = DVec3::new(0.8, 0.1, 0.25).normalize();
        for (at, normal) in [
            (DVec3::ZERO, DVec3::Z),
            (DVec3::new(300.0, 50.0, 10.0), DVec3::Z),
            (DVec3::new(-100.0, 0.0, 0.0), tilted),
        ] {
            let exact = form_factor(&square(500.0, 200.0), at, normal);
            let summed = brute_force(500.0, 200.0, at, normal);
            assert!((exact - summed).abs() < 2e-4 * summed.max(0.01), "{exact} {summed}");
        }
        let clipped = DVec3::new(0.999, 0.0, 0.045).normalize();
        let exact = form_factor(&square(500.0, 200.0), DVec3::ZERO, clipped);
        let summed = brute_force(500.0, 200.0, DVec3::ZERO, clipped);
        assert!((exact - summed).abs() < 1e-3 * summed, "{exact} {summed}");
    }

    #[test]
    fn an_ellipse_shines_as_much_as_its_area() {
        let disc = AreaLight {
            kind: "lamp".into(),
            centre: DVec3::new(0.0, 0.0, 900.0),
            half_u: DVec3::X * 60.0,
            half_v: DVec3::Y * 60.0,
            round: true,
            luminance: [1.0; 3],
            in_ambient: false,
        };
        // Disc on axis: r^2 / (h^2 + r^2).
        let exact = 3600.0 / (810_000.0 + 3600.0);
        assert!((form_factor(&disc.outline(), DVec3::ZERO, DVec3::Z) / exact - 1.0).abs() < 1e-3);
    }

    #[test]
    fn mirror_direction_has_the_normal_in_the_middle() {
        let (eye, at) = (DVec3::new(10.0, -80.0, 250.0), DVec3::new(30.0, 5.0, 0.8));
        let normal = DVec3::new(0.1, 0.05, 1.0).normalize();
        let half = ((eye - at).normalize() + mirror_direction(eye, at, normal)).normalize();
        assert!((half - normal).length() < 1e-12);
    }
}
