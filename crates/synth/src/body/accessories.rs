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
    let power = 2.0 / glasses.squareness as f32;
    let super_arc = |v: f32| libm::powf(v.abs(), power).copysign(v);
    // Wrapped a little round the face, and tilted forward at the top.
    let on_ring = |side: f32, angle: f32| {
        let (s, c) = (super_arc(libm::sinf(angle)), super_arc(libm::cosf(angle)));
        let x = side * (apart + half_w * c);
        (Vec3::new(x, half_h * s, plane - 0.0016 * x * x + 0.06 * half_h * s), s)
    };
    let off = clearance(figure, middle, [1.0, -1.0].map(|side| move |k| on_ring(side, k).0));
    let at = |p: Vec3| middle + turn * (p + Vec3::new(0.0, -3.0, off));
    for side in [1.0f32, -1.0] {
        let ring = |k: usize| {
            let (place, s) = on_ring(side, k as f32 / RING as f32 * core::f32::consts::TAU);
            (at(place), color(s, s.max(0.0) * s.max(0.0) * 0.7))
        };
        // Light runs along the upper edge of the rim.
        let glint = |k: usize| {
            let (place, color) = ring(k);
            (place + turn * Vec3::new(0.0, 0.28 * rim, 0.4), color * 1.25 + total * 0.012)
        };
        out.push([0.22 * rim; 2], (RING / 24..=RING / 2 - RING / 24).map(glint));
        out.push([rim; 2], (0..=RING / 2).map(ring));
        out.push([rim * glasses.lower as f32; 2], (RING / 2..=RING).map(ring));
        let outer = side * (apart + half_w);
        let ear = figure.landmark(if side > 0.0 { "ear_lobe_l" } else { "ear_lobe_r" });
        let behind = ear + turn * Vec3::new(side * 2.0, 44.0, -2.0);
        // The end piece reaches out towards where the temple clears the head: a longer one is a horn to a lens that is near.
        let width = (turn.transpose() * (ear - middle)).x.abs();
        let reach = (width - 4.0 - outer.abs()).clamp(2.0, 4.5);
        let up = half_h * 0.5;
        let joint = Vec3::new(outer, up, plane - 0.0016 * outer * outer);
        let hinge = joint + Vec3::new(side * reach, 0.0, -3.0);
        let piece = [joint - Vec3::X * side, joint.lerp(hinge, 0.5) + Vec3::Z, hinge];
        out.push([rim * 1.3, rim * 1.2], piece.map(|p| (at(p), color(0.3, 0.6))));
        let temple = |k: usize| {
            let t = k as f32 / 12.0;
            let bow = turn * Vec3::new(side * 7.0 * t * (1.0 - t), 0.0, 0.0);
            (at(hinge).lerp(behind, t) + bow, color(0.2, 0.3))
        };
        out.push([rim * 1.2; 2], (0..=12).map(temple));
    }
    let bridge = |k: usize| {
        let t = k as f32 / 8.0 * 2.0 - 1.0;
        let (x, bow) = (t * (apart - half_w), 1.0 - t * t);
        (at(Vec3::new(x, half_h * 0.32 + 2.5 * bow, plane + bow)), color(0.5, 0.8))
    };
    out.push([rim * 1.1; 2], (0..=8).map(bridge));
}

/// Pieces of a rim.
const RING: usize = 96;

/// How much farther out rims stand so that they touch no brow and no cheek, mm: what the skin behind them lacks of
/// 1.5 mm at most places, and no more than a nose carries.
fn clearance(figure: &Figure, middle: Vec3, rims: [impl Fn(f32) -> Vec3; 2]) -> f32 {
    let turn = figure.head.rotation.transpose();
    let mut off = 0.0f32;
    let places: Vec<Vec3> = (0..24)
        .flat_map(|k| rims.each_ref().map(|rim| rim(k as f32 / 24.0 * core::f32::consts::TAU)))
        .collect();
    for (point, rest) in figure.skin.positions.iter().zip(&figure.skin.topology.rest) {
        if rest.z < 90.0 || !(85.0..185.0).contains(&rest.y) {
            continue;
        }
        let point = turn * (*point - middle) + Vec3::new(0.0, 3.0, 0.0);
        for place in &places {
            let (dx, dy) = (point.x - place.x, point.y - place.y);
            if dx * dx + dy * dy < 9.0 {
                off = off.max(point.z + 1.5 - place.z);
            }
        }
    }
    off.min(8.0)
}
