//! What a hand hides, and where it goes through things: worked out coarsely, to find a place for it.

use glam::Vec3;

use super::model::surface;
use super::placement::{HandPlacement, Posed, Support};
use super::view::Projection;
use crate::body::raster::{DepthMap, ScreenVertex};
use crate::scene::{Scene, Stage};

/// Points of the coarse surface that went through card or table, within the picture or, with `anywhere`, at all,
/// and those as high as the phone, which no arm reaches round.
pub(crate) fn sunk_points(posed: &Posed, hand: &HandPlacement, scene: &Scene, anywhere: bool) -> usize {
    let Stage::Document(desk) = &scene.stage else { return 0 };
    let view = Projection::new(&scene.camera);
    let [width, height] = scene.camera.size.map(|v| v as f32);
    let held = desk.held.is_some();
    let (points, above) = posed.placed_coarse(hand, Support::of(&scene.stage));
    let seen = |p: &Vec3| {
        let v = view.vertex(*p);
        v.weight > 0.0 && (0.0..width).contains(&v.x) && (0.0..height).contains(&v.y)
    };
    let too_near = |p: &Vec3| scene.camera.to_camera(p.as_dvec3()).z < NEAREST;
    let wrong = |p: &Vec3, above: f32| too_near(p) || !held && above < -SUNK && (anywhere || seen(p));
    points.iter().zip(&above).filter(|(p, above)| wrong(p, **above)).count()
}

/// Depth before the camera that a hand keeps, mm.
const NEAREST: f64 = 70.0;

/// Depth from which a part of the hand counts as gone through it, mm.
const SUNK: f32 = 2.5;

/// Share of the card's pixels that a hand hides, worked out at a low resolution. For finding how far a hand
/// must reach: cheap, and rising with the reach.
///
/// Only the parts of the hand that `counts` says are looked at: fingers by number, the thumb first, then the rest.
pub(crate) fn covered_share(
    posed: &Posed,
    hand: &HandPlacement,
    scene: &Scene,
    counts: impl Fn(usize) -> bool,
) -> f64 {
    let Stage::Document(desk) = &scene.stage else { return 0.0 };
    let card = &desk.card;
    let view = Projection::new(&scene.camera);
    let corners = card.corners().map(|c| view.straight(c.as_vec3()));
    let bounds = |f: fn(&ScreenVertex) -> f32| {
        corners.iter().map(f).fold((f32::MAX, f32::MIN), |(l, h), v| (l.min(v), h.max(v)))
    };
    let ((left, right), (top, bottom)) = (bounds(|v| v.x), bounds(|v| v.y));
    const ACROSS: f32 = 130.0;
    let scale = ACROSS / (right - left).max(bottom - top).max(1.0);
    let size = |low: f32, high: f32| ((high - low) * scale).ceil() as usize + 1;
    let (width, height) = (size(left, right), size(top, bottom));
    let flat = |v: ScreenVertex| ScreenVertex { x: (v.x - left) * scale, y: (v.y - top) * scale, ..v };
    let mut on_card = DepthMap::new(width, height);
    on_card.draw(&corners.map(flat), &[[0, 1, 2], [0, 2, 3]]);
    let surface = surface();
    let (points, above) = posed.placed_coarse(hand, Support::of(&scene.stage));
    let vertices: Vec<ScreenVertex> = points.iter().map(|p| flat(view.straight(*p))).collect();
    let shown: Vec<[u32; 3]> = (surface.triangles.iter().zip(&surface.finger))
        .filter(|(_, finger)| counts(usize::from(**finger)))
        .map(|(t, _)| *t)
        .filter(|t| t.iter().all(|i| above[*i as usize] >= -0.05))
        .collect();
    let mut covered = DepthMap::new(width, height);
    covered.draw(&vertices, &shown);
    let (mut all, mut hidden) = (0u32, 0u32);
    for y in 0..height as isize {
        for x in 0..width as isize {
            if on_card.get(x, y) > f32::NEG_INFINITY {
                all += 1;
                hidden += u32::from(covered.get(x, y) > f32::NEG_INFINITY);
            }
        }
    }
    f64::from(hidden) / f64::from(all.max(1))
}
