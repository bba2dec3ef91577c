//! Glasses: rims, bridge and temples as ribbons before the eyes.

use glam::Vec3;

use super::appearance::{Appearance, rgb};
use super::figure::Figure;
use super::light::Lights;
use super::strands::Ribbons;

/// Draws glasses, if the person wears any.
pub(super) fn glasses(person: &Appearance, figure: &Figure, lights: &Lights, out: &mut Ribbons) {
    let Some(glasses) = &person.glasses else { return };
    let turn = figure.head.rotation;
    let total: Vec3 = lights.list.iter().map(|l| l.lux * l.towards.z.max(0.0)).sum();
    let albedo = rgb(glasses.albedo);
    let front = total * albedo * core::f32::consts::FRAC_1_PI;
    // The rim is round: lit from above, darker below.
    let color = |up: f32, shine: f32| front * (0.9 + 0.4 * up) + total * (0.006 * shine);
    let rim = glasses.rim as f32;
    let [half_w, half_h] = glasses.lens.map(|v| v as f32 / 2.0);
    let centres = figure.eyeballs.map(|ball| ball.centre);
    let middle = (centres[0] + centres[1]) / 2.0;
    let apart = ((centres[0] - centres[1]).length() / 2.0).max(half_w + 6.5);
    let plane = (turn.transpose() * (figure.landmark("nasion") - middle)).z.max(20.0) + 7.0;
    let at = |x: f32, y: f32, z: f32| middle + turn * Vec3::new(x, y - 3.0, plane + z);
    let power = 2.0 / glasses.squareness as f32;
    let super_arc = |v: f32| libm::powf(v.abs(), power).copysign(v);
    for side in [1.0f32, -1.0] {
        let ring = |k: usize| {
            let angle = k as f32 / 48.0 * core::f32::consts::TAU;
            let (s, c) = (super_arc(libm::sinf(angle)), super_arc(libm::cosf(angle)));
            let x = side * (apart + half_w * c);
            // Wrapped a little round the face, and tilted forward at the top.
            (at(x, half_h * s, -0.0016 * x * x + 0.06 * half_h * s), color(s, (s * 3.0).max(0.0) * 0.4))
        };
        out.push([rim; 2], (0..=48).map(ring));
        let outer = side * (apart + half_w);
        let ear = figure.landmark(if side > 0.0 { "ear_lobe_l" } else { "ear_lobe_r" });
        let behind = ear + turn * Vec3::new(side * 1.0, 44.0, -2.0);
        let hinge = at(outer + side * 2.0, half_h * 0.45, -0.0016 * outer * outer - 2.0);
        out.push([rim * 1.3; 2], (0..=6).map(|k| (hinge.lerp(behind, k as f32 / 6.0), color(0.2, 0.3))));
    }
    let bridge = |k: usize| {
        let t = k as f32 / 8.0 * 2.0 - 1.0;
        (at(t * (apart - half_w), half_h * 0.32 + 2.5 * (1.0 - t * t), 1.0 * (1.0 - t * t)), color(0.5, 0.8))
    };
    out.push([rim * 1.1; 2], (0..=8).map(bridge));
}
